-- A source revises topics: names change in the first so many subjects, in every so many-th row (1 = all).
with revised as (
  update public.staging_aqa_topics as t
  set topic_name = t.topic_name || ', revised'
  from public.staging_aqa_subjects as s
  where s.id = t.subject_id
    and s.subject_code < current_setting('bench.until')
    and abs(hashtext(t.topic_name)) % current_setting('bench.every')::integer = 0
  returning t.id, t.topic_name
)
update peer.ready as r
set topic_name = n.topic_name
from revised as n
where r.id = n.id;
