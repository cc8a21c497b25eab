-- How many rows a query answers, and which: one hash whatever their order, one that tells the order too.
select
  pg_catalog.count(*),
  pg_catalog.sum({hash}(greenroom_row.content, 0))::text,
  pg_catalog.sum({hash}(greenroom_row.content, greenroom_row.n))::text
from (
  select {content} as content, pg_catalog.row_number() over () as n
  from (
{query}
  ) as greenroom_result
) as greenroom_row
