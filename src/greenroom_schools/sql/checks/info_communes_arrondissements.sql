-- A list without the 45 arrondissements would retire them; one of them without its commune belongs nowhere.
select
  u.id as unit_id,
  'error' as severity,
  pg_catalog.format('%s of 45 arrondissements of Paris, Lyon and Marseille: was the list asked for without them?', pg_catalog.count(b.code_commune)) as message,
  null::text as row_key,
  null::text as position
from unit as u
left join batch as b on b.unit_id = u.id and b.type_commune = 'ARM'
where u.complete
group by u.id
having pg_catalog.count(b.code_commune) <> 45
union all
select b.unit_id, 'error', pg_catalog.format('%s: %s has no commune in this list', b.code_commune, b.nom_commune), b.code_commune, b.position
from batch as b
join unit as u on u.id = b.unit_id
where b.type_commune = 'ARM'
  and u.complete
  and not exists (
    select
    from batch as c
    where c.unit_id = b.unit_id
      and c.code_commune = b.code_parent
      and c.type_commune = 'COM'
  )
