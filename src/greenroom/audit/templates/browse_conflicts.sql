-- Corrections that the source contradicts, per scope.
select e.scope_id, pg_catalog.count(*) as conflicts
from greenroom.edit as e
where e.state = 'conflict'
group by e.scope_id
