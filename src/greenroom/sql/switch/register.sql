-- A file replaces what was registered; what did not change keeps its date.
with
  given as (
    select q.name, q.text, q.position
    from unnest(%(names)s::text[], %(texts)s::text[]) with ordinality as q (name, text, position)
  ),
  gone as (
    delete from greenroom.consumer_query as c
    where not exists (
      select
      from given
      where given.name = c.name
    )
  )
insert into greenroom.consumer_query as c (name, text, position)
select name, text, position
from given
on conflict (name) do update
set
  position = excluded.position,
  text = excluded.text,
  registered_at = case when c.text = excluded.text then c.registered_at else excluded.registered_at end,
  registered_by = case when c.text = excluded.text then c.registered_by else excluded.registered_by end
