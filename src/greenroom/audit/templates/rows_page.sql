-- Numbers of the rows of a table that are on one page of it, those that people added last; how many fit, and how many
-- there are. Rows fit that were touched, that are found, or that hold the words, where that was asked.
with every as not materialized (
  select b.row_no, false as is_touched, {sealed} as words
  from {batch} as b
  where b.unit_id = %(unit)s
    and not exists (select from {edited} as e where e.unit_id = %(unit)s and e.row_no = b.row_no)
  union all
  select e.row_no, true, {corrected}
  from {edited} as e
  where e.unit_id = %(unit)s
), fit as not materialized (
  select y.row_no
  from every as y
  where (not %(touched)s or y.is_touched)
    and (%(numbers)s::integer[] is null or y.row_no = any (%(numbers)s))
    and (%(like)s::text is null or y.words ilike %(like)s)
)
select
  array(
    select f.row_no
    from fit as f
    order by f.row_no < 0, abs(f.row_no)
    limit %(limit)s
    offset least(%(offset)s, greatest((select pg_catalog.count(*) from fit) - 1, 0) / %(limit)s * %(limit)s)
  ),
  (select pg_catalog.count(*) from fit),
  (select pg_catalog.count(*) from every)
