-- Sealed rows of {{ d.name }}: immutable, logged, typed; and the frozen plan of a prepared release.
create table if not exists greenroom.batch_{{ d.name }} (
  unit_id bigint not null,
  row_no integer not null,
  row_key text not null,
  parent_row_key text,
  position text,
  derived text[],
{% for c in d.natural %}
  {{ c.name }} {{ c.type }},
{% endfor %}
  primary key (unit_id, row_no)
);
comment on table greenroom.batch_{{ d.name }} is 'Sealed rows of {{ d.name }}; unit_id is greenroom.unit.id (no foreign key: units are never deleted).';

create table if not exists greenroom.prepared_{{ d.name }} (
  release_id bigint not null,
{% for c in d.plan_columns %}
  {{ c.name }} {{ c.type }},
{% endfor %}
  primary key (release_id, {{ d.identity | join(', ') }})
);
comment on table greenroom.prepared_{{ d.name }} is 'Resolved, frozen changes of prepared releases to {{ d.table }}.';
