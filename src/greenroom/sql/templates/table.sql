-- {{ d.table }}, from its declaration.
create table {{ d.table }} (
{% if d.by_id %}
  id uuid primary key default gen_random_uuid(),
{% endif %}
{% for c in d.table_columns %}
  {{ c.name }} {{ c.type }}{{ " not null" if c.not_null }}{{ " default " ~ c.default if c.default }}{{ "," if not loop.last or not d.by_id }}
{% endfor %}
{% if not d.by_id %}
  primary key ({{ d.identity | join(', ') }})
{% endif %}
);
comment on table {{ d.table }} is {{ d.comment }};
{% for c in d.table_columns if c.comment %}
comment on column {{ d.table }}.{{ c.name }} is {{ c.comment }};
{% endfor %}
