-- The country is the town's; a line of dots is the printer's.
select
  l.row_no,
  l.ship,
  l.year,
  l.town,
  t.country,
  l.masts,
  l.tons,
  case when l.ship = '...' then 'line of dots' end as left_out
from pg_temp.landed as l
left join "harbour".towns as t on t.town = l.town and t.retired_at is null
