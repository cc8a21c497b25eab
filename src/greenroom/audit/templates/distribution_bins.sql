-- How many values of one column lie in each of the equal steps between two ends; the greatest belongs to the last.
select
  least(pg_catalog.width_bucket(t.{column}::double precision, %(least)s::double precision, %(most)s::double precision, %(bins)s), %(bins)s) as place,
  pg_catalog.count(*) as n
from {table} as t
where {condition}
  and t.{column} is not null
  and t.{column}::double precision not in ('NaN', 'Infinity', '-Infinity')
group by 1
order by 1
