-- Rows of a tree as a page lists them, each beside the row of production that it is: what is called by another code or
-- name, stands elsewhere, or differs in other columns. Only those of %(refs)s and %(numbers)s where these are given.
with row as materialized (
  select
    r.ref,
    r.row_no,
    r.state,
    r.parent_ref,
    r.values ->> {code} as code,
    r.values ->> {name} as name,
    (r.values ->> {level})::integer as level,
    (r.values ->> {place})::integer as place,
    r.values - %(structural)s::text[] as rest,
    coalesce(%(identities)s::jsonb ->> r.row_no::text, r.ref) as identity
  from {rows}(%(unit)s) as r
  where %(refs)s::text[] is null
    or r.ref = any (%(refs)s)
    or r.row_no = any (%(numbers)s)
), published as materialized (
  select
    p.id::text as id,
    p.{code_column} as code,
    p.{name_column} as name,
    p.{level_column} as level,
    p.{into_column}::text as parent,
    pg_catalog.to_jsonb(p) - %(beside)s::text[] as rest
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
  p.id is not null and p.rest <> r.rest as is_changed
from row as r
left join published as p on p.id = r.identity
left join published as above on above.id = p.parent
