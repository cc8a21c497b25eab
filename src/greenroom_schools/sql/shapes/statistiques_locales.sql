-- INSEE's export of local statistics. Its columns are the dataset's; what is added is where the row
-- comes from, and why a cell is empty: `N/A - secret statistique` is another thing than a count of none.
select
  l.*,
  'statistiques_locales'::text as origine,
  why.withheld_why
from pg_temp.landed as l
cross join lateral (
  select pg_catalog.array_agg(e.key || ': ' || pg_catalog.substr(e.value, 7) order by e.key)::text as withheld_why
  from pg_catalog.jsonb_each_text(pg_catalog.to_jsonb(l)) as e
  where e.value like 'N/A - %'
) as why
