-- Each couple gets one text that names it: four codes, - where one is not given. 31.0 is 31.
select
  l.row_no,
  (
    select pg_catalog.string_agg(
      coalesce(pg_catalog.regexp_replace(nullif(pg_catalog.btrim(c.code), ''), '[.,]0+$', ''), '-'), '/' order by c.place
    )
    from (values (1, l.pcs_mere), (2, l.pcs_pere), (3, l.diplome_mere), (4, l.diplome_pere)) as c (place, code)
  ) as couple,
  l.pcs_mere,
  l.pcs_pere,
  l.diplome_mere,
  l.diplome_pere,
  l.ips_score
from pg_temp.landed as l
