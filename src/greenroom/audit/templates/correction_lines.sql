-- Rows of a tree as a page lists them, each beside the row of production that it is: what is called by another code or
-- name, stands elsewhere, or differs in other columns. Where %(refs)s are given, only those and %(numbers)s; where
-- %(parents)s are, too, also what hangs on them, what stands beside them or under a parent, and what they all hang on.
with recursive whole as materialized (
  select r.ref, r.row_no, r.state, r.parent_ref, r.values
  from {rows}(%(unit)s) as r
), named as materialized (
  select w.ref, w.parent_ref
  from whole as w
  where w.ref = any (%(refs)s)
    or w.row_no = any (%(numbers)s)
), below as (
  select n.ref
  from named as n
  where %(parents)s::text[] is not null
  union
  select w.ref
  from below as b
  join whole as w on w.parent_ref = b.ref
), parent as materialized (
  select coalesce(n.parent_ref, 'root') as ref
  from named as n
  where %(parents)s::text[] is not null
  union
  select p
  from pg_catalog.unnest(%(parents)s::text[]) as p
), above as (
  select p.ref
  from parent as p
  union
  select w.parent_ref
  from above as a
  join whole as w on w.ref = a.ref
), row as materialized (
  select
    w.ref,
    w.row_no,
    w.state,
    w.parent_ref,
    w.values ->> {code} as code,
    w.values ->> {name} as name,
    (w.values ->> {level})::integer as level,
    (w.values ->> {place})::integer as place,
    w.values - %(structural)s::text[] as rest,
    coalesce(%(identities)s::jsonb ->> w.row_no::text, w.ref) as identity
  from whole as w
  where %(refs)s::text[] is null
    or w.ref in (
      select n.ref from named as n
      union all
      select b.ref from below as b
      union all
      select a.ref from above as a where a.ref is not null
    )
    or coalesce(w.parent_ref, 'root') in (select p.ref from parent as p)
), published as materialized (
  select
    p.id::text as id,
    p.{code_column} as code,
    p.{name_column} as name,
    p.{level_column} as level,
    p.{into_column}::text as parent,
    p as whole
  from {table} as p
  where p.{root_column} = %(root)s::uuid
    and p.retired_at is null
)
select
  r.ref,
  r.row_no,
  r.state,
  r.parent_ref,
  r.code,
  r.name,
  r.level,
  r.place,
  p.id is not null as is_published,
  p.code as was_code,
  p.name as was_name,
  p.level as was_level,
  p.parent as was_parent,
  above.code as was_under,
  r.identity,
  p.id is not null and pg_catalog.to_jsonb(p.whole) - %(beside)s::text[] <> r.rest as is_changed
from row as r
left join published as p on p.id = r.identity
left join published as above on above.id = p.parent
