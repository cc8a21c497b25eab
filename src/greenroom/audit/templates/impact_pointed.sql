-- Rows that leave and at which one table of the app points: they stay, retired.
insert into pg_temp.stays (n)
select distinct c.n
from pg_temp.change as c
join {table} as t on {same}
where c.dataset = {dataset}
  and 'removed' = any (c.kinds)
  and exists (select from {referrer} as r where {condition})
  and not exists (select from pg_temp.stays as s where s.n = c.n)
