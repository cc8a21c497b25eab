-- Everything of a scope that production holds, for the compiled digest.
create temporary table touched on commit drop as
select p.dataset, p.key, p.root_id, p.unit_id, p.complete, p.hash, p.row_count, true as lands
from greenroom.published as p
where p.scope_id = %(scope)s
