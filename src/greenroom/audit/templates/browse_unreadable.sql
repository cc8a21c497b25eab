-- Inbox rows that a seal would put into quarantine, and why.
select n.dataset, n.subject, n.rule, n.value, n.position
from (
  select 'subjects' as dataset, i.unit_key[1] as subject, i.problem as rule, i.problem_value as value, i.position
  from {compiled}.inbox_subjects as i
  where i.scope_keys = %(keys)s and i.problem is not null
  union all
  select 'topics', i.unit_key[1], i.problem, i.problem_value, i.position
  from {compiled}.inbox_topics as i
  where i.scope_keys = %(keys)s and i.problem is not null
  union all
  select 'papers', i.unit_key[1], i.problem, i.problem_value, i.position
  from {compiled}.inbox_papers as i
  where i.scope_keys = %(keys)s and i.problem is not null
) as n
order by n.dataset, n.subject, n.position
limit 200
