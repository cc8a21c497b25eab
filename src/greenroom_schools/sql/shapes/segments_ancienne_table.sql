-- Rows of the table of the source document: four columns of lycées, a line or none.
select
  l.row_no,
  greenroom_schools.departement_of_commune(greenroom_schools.clean_commune(l.code_commune)) as code_departement,
  l.annee_scolaire,
  'lycee'::text as niveau,
  'ancienne_table'::text as source,
  case
    when btrim(l.libelle_rue) <> '' then
      greenroom_schools.segment_name(
        greenroom_schools.clean_commune(l.code_commune), null, greenroom_schools.clean_street(l.libelle_rue),
        coalesce(nullif(btrim(l.number_from), ''), '1'), null, coalesce(nullif(btrim(l.number_to), ''), '9999'), null,
        coalesce(greenroom_schools.clean_side(l.side), 'PI')
      )
  end as segment,
  l.code_commune,
  l.libelle_rue,
  greenroom_schools.clean_street(l.libelle_rue) as street_norm,
  coalesce(nullif(btrim(l.number_from), ''), '1') as number_from,
  coalesce(nullif(btrim(l.number_to), ''), '9999') as number_to,
  coalesce(nullif(btrim(l.side), ''), 'PI') as side,
  'false'::text as secteur_unique,
  u.uais,
  l.ewkb
from pg_temp.landed as l
cross join lateral (
  select array_agg(regexp_replace(s.uai, '[^A-Za-z0-9]', '', 'g') order by s.n)::text as uais
  from (values (1, l.uai_lycees_1), (2, l.uai_lycees_2), (3, l.uai_lycees_3), (4, l.uai_lycees_4)) as s (n, uai)
  where btrim(s.uai) <> ''
) as u
