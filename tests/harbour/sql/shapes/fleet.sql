-- How many ships call each town home.
select
  row_number() over (order by s.town) as row_no,
  s.town,
  count(*)::text as ships,
  array_agg(s.ship order by s.ship)::text as names
from "harbour".ships as s
where s.retired_at is null
group by s.town
