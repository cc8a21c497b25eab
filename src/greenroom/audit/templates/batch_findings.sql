, placed as (
  select
    f.*,
    pg_catalog.row_number() over (
      partition by f.check_name, f.severity order by f.stops desc, f.unit_key, f.id
    ) as place
  from standing as f
  where (%(check)s::text is null or f.check_name = %(check)s)
    and (%(severity)s::text is null or f.severity = %(severity)s)
)
select p.*
from placed as p
where p.place > %(offset)s
  and p.place <= %(offset)s + %(limit)s
order by p.check_name, p.severity, p.place
