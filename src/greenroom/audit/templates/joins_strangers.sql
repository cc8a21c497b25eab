-- What rows name and the partner does not hold, with how many rows and periods do so and one of them in words.
select
  {value} as value,
  pg_catalog.count(*) as rows,
  pg_catalog.min({period}) as first_period,
  pg_catalog.max({period}) as last_period,
  pg_catalog.min({label}) as label,
  pg_catalog.count(*) over () as of
from {table} as t
{each}
where {condition}
  and {value} is not null
  and not exists (
    select
    from {partner} as p
    where p.{key}::text = {value}
      and p.retired_at is null
  )
group by 1
order by 2 desc, 1
limit %(most)s
offset %(skipped)s
