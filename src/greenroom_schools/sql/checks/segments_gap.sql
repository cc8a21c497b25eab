-- Streets of which some numbers have no school: on a side, a range begins after the one before it has ended, or the
-- last does not go to the end. One finding for an edition, with the first streets.
select
  g.unit_id,
  'warning' as severity,
  pg_catalog.format(
    '%s streets have numbers that no row names, for example %s',
    pg_catalog.count(*),
    pg_catalog.array_to_string((pg_catalog.array_agg(g.code_commune || ' ' || g.street_norm order by g.code_commune, g.street_norm))[1:5], ', ')
  ) as message,
  null::text as row_key,
  null::text as position
from (
  select s.unit_id, s.code_commune, s.street_norm
  from (
    select
      b.unit_id,
      b.code_commune,
      b.lieu_dit,
      b.street_norm,
      w.side,
      b.number_from,
      pg_catalog.max(b.number_to) over before as reached,
      pg_catalog.max(b.number_to) over of_side as furthest
    from batch as b
    join (values ('P'), ('I')) as w (side) on b.side in (w.side, 'PI')
    where b.street_norm is not null
    window
      of_side as (partition by b.unit_id, b.code_commune, b.lieu_dit, b.street_norm, w.side),
      before as (
        partition by b.unit_id, b.code_commune, b.lieu_dit, b.street_norm, w.side
        order by b.number_from, b.number_to
        rows between unbounded preceding and 1 preceding
      )
  ) as s
  group by s.unit_id, s.code_commune, s.street_norm, s.lieu_dit
  having pg_catalog.bool_or(s.number_from > coalesce(s.reached, 0) + 2)
    or pg_catalog.min(s.furthest) < 9999
    or pg_catalog.count(distinct s.side) < 2
) as g
group by g.unit_id
