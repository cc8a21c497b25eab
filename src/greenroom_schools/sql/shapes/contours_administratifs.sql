-- Five characters are a commune, fewer a département.
select
  l.row_no,
  case when length(w.code) = 5 then 'commune' else 'departement' end as niveau,
  case
    when length(w.code) = 5 then coalesce(greenroom_schools.departement_of_commune(greenroom_schools.clean_commune(w.code)), w.code)
    else w.code
  end as code_departement,
  case
    when length(w.code) = 5 then coalesce(greenroom_schools.clean_commune(w.code), w.code)
    else coalesce(greenroom_schools.clean_departement(w.code), w.code)
  end as code,
  nullif(btrim(l.nom), '') as nom,
  l.ewkb,
  (o.outline[1])[0]::text as west,
  (o.outline[1])[1]::text as south,
  (o.outline[0])[0]::text as east,
  (o.outline[0])[1]::text as north,
  -- a delegated commune often has the code of the commune it belongs to
  case when nullif(btrim(l.commune), '') is not null then 'an arrondissement or delegated commune' end as left_out
from pg_temp.landed as l
cross join lateral (select btrim(l.code) as code) as w
cross join lateral (select greenroom_schools.outline_of(greenroom_schools.clean_multipolygon(l.ewkb)) as outline) as o
