-- Couples with an occupation that is not published in pcs_libelle: the child before its parent.
select
  b.unit_id,
  'error' as severity,
  pg_catalog.format('%s: occupation %s is not in pcs_libelle', b.couple, p.code) as message,
  b.couple as row_key,
  b.position
from batch as b
cross join lateral (values (b.pcs_mere), (b.pcs_pere)) as p (code)
where p.code is not null
  and not exists (
    select
    from "educational_data".pcs_libelle as l
    where l.pcs = p.code
      and l.retired_at is null
  )
