-- Schools by UAI. The level is the file's; without it, that of the first school, if the directory holds it.
select
  l.row_no,
  coalesce(
    greenroom_schools.clean_departement(l.code_departement),
    greenroom_schools.departement_of_commune(greenroom_schools.clean_commune(l.code_commune)),
    greenroom_schools.departement_of_uai(greenroom_schools.clean_uai(l.uai_1))
  ) as code_departement,
  l.annee_scolaire,
  coalesce(
    greenroom_schools.clean_niveau(l.niveau),
    nullif(btrim(l.niveau), ''),
    (
      select case when count(distinct d.niveau) = 1 then min(d.niveau) end
      from greenroom_schools.directory as d
      where d.uai = greenroom_schools.clean_uai(l.uai_1)
    )
  ) as niveau,
  'secteurs_uai'::text as source,
  coalesce(nullif(btrim(l.zone), ''), nullif(btrim(l.zone_name), ''), u.uais) as zone,
  l.code_commune,
  nullif(btrim(l.zone_name), '') as zone_name,
  u.uais,
  l.ewkb,
  (o.outline[1])[0]::text as west,
  (o.outline[1])[1]::text as south,
  (o.outline[0])[0]::text as east,
  (o.outline[0])[1]::text as north
from pg_temp.landed as l
cross join lateral (
  select array_agg(regexp_replace(s.uai, '[^A-Za-z0-9]', '', 'g') order by s.n)::text as uais
  from (values (1, l.uai_1), (2, l.uai_2), (3, l.uai_3), (4, l.uai_4)) as s (n, uai)
  where btrim(s.uai) <> ''
) as u
cross join lateral (select greenroom_schools.outline_of(greenroom_schools.clean_multipolygon(l.ewkb)) as outline) as o
