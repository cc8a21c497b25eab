-- Effective rows of {{ d.name }}: what was sealed, with the edits in force. What checks, resolve, diff and apply read.
create view {{ S }}.effective_{{ d.name }} as
select
  b.unit_id,
  b.row_no{% if landing == "inbox" %},
  b.row_key,
  b.parent_row_key,
  b.position,
  b.derived{% endif %}{% for c in d.natural %},
  b.{{ c.name }}{% endfor %}

from greenroom.batch_{{ d.name }} as b
where not exists (
  select
  from greenroom.edited_{{ d.name }} as e
  where e.unit_id = b.unit_id
    and e.row_no = b.row_no
)
union all
select
  e.unit_id,
  e.row_no{% if landing == "inbox" %},
  e.row_key,
  e.parent_row_key,
  e.position,
  e.derived{% endif %}{% for c in d.natural %},
  e.{{ c.name }}{% endfor %}

from greenroom.edited_{{ d.name }} as e
where not e.is_gone;
comment on view {{ S }}.effective_{{ d.name }} is 'Sealed rows of {{ d.name }} as they stand after edits.';
