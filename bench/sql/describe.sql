-- Every description changes; names stay.
with revised as (
  update public.staging_aqa_topics as t
  set description = coalesce(t.description, '') || ' Revised.'
  returning t.id, t.description
)
update peer.ready as r
set description = n.description
from revised as n
where r.id = n.id;
