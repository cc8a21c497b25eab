-- How the values of a column lie between the least and the most, in equal steps.
with ends as (
  select pg_catalog.min({column})::double precision as least, pg_catalog.max({column})::double precision as most
  from {table}
  where unit_id = any (%(units)s)
)
select
  case
    when e.least = e.most then 1
    else least(pg_catalog.width_bucket({column}::double precision, e.least, e.most, %(bins)s), %(bins)s)
  end as place,
  pg_catalog.count(*) as n,
  e.least,
  e.most
from {table}
cross join ends as e
where unit_id = any (%(units)s)
  and {column} is not null
group by 1, e.least, e.most
order by 1
