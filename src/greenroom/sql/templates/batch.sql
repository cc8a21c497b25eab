-- Sealed rows of {{ d.name }}: immutable, logged, typed; and the frozen plan of a prepared release.
create table if not exists greenroom.batch_{{ d.name }} (
  unit_id bigint not null,
  row_no integer not null,
{% if landing == "inbox" %}
  row_key text not null,
  parent_row_key text,
  position text,
  derived text[],
{% endif %}
{% for c in d.natural %}
  {{ c.name }} {{ c.type }}{{ "," if not loop.last or landing == "inbox" }}
{% endfor %}
{% if landing == "inbox" %}
  primary key (unit_id, row_no)
{% endif %}
);
{% if landing == "file" %}
-- a batch lies together: which pages hold a unit is told by a few bytes, and costs nothing to write
create index if not exists batch_{{ d.name }}_unit on greenroom.batch_{{ d.name }} using brin (unit_id);
{% endif %}
comment on table greenroom.batch_{{ d.name }} is 'Sealed rows of {{ d.name }}; unit_id is greenroom.unit.id (no foreign key: units are never deleted).';

create table if not exists greenroom.edited_{{ d.name }} (
  unit_id bigint not null,
  row_no integer not null,
  is_gone boolean not null default false,
{% if landing == "inbox" %}
  row_key text not null,
  parent_row_key text,
  position text,
  derived text[],
{% endif %}
{% for c in d.natural %}
  {{ c.name }} {{ c.type }},
{% endfor %}
  primary key (unit_id, row_no)
);
comment on table greenroom.edited_{{ d.name }} is 'Rows of batch_{{ d.name }} that edits change, as they stand then, and rows that edits add (below zero).';

create table if not exists greenroom.prepared_{{ d.name }} (
  release_id bigint not null,
{% for c in d.plan_columns %}
  {{ c.name }} {{ c.type }},
{% endfor %}
  primary key (release_id, {{ d.identity | join(', ') }})
);
comment on table greenroom.prepared_{{ d.name }} is 'Resolved, frozen changes of prepared releases to {{ d.table }}.';
