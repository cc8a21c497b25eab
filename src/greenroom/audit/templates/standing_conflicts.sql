-- Corrections that the source contradicts, per scope: how many, and the first of them.
with conflict as (
  select
    e.*,
    pg_catalog.row_number() over (partition by e.scope_id order by e.id) as place
  from greenroom.edit as e
  where e.state = 'conflict'
)
select
  e.scope_id,
  c.pack,
  pg_catalog.count(*) as conflicts,
  pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
    'dataset', e.dataset,
    'key', e.unit_key,
    'row', e.row_ref,
    'label', e.label,
    'column', coalesce(e.column_name, case e.action when 'parent' then 'place' else e.action end)
  ) order by e.place) filter (where e.place <= %(first)s) as first
from conflict as e
join greenroom.scope as c on c.id = e.scope_id
group by e.scope_id, c.pack
