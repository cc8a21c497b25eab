-- The yearly file of sales by commune. Its shares of houses and flats are not read: in 2024 they are
-- exchanged on every row (Paris, 84 houses of 24,246: houses 100 %). Both are computed from the counts.
-- Round prices of 2020 to 2023 have an exponent (1e+05).
select
  l.row_no,
  l.code_commune,
  l.annee,
  l.nb_mutations,
  l.nb_maisons,
  l.nb_apparts,
  greenroom_schools.share(n.houses, greenroom_schools.added(n.houses, n.flats)) as part_maisons,
  greenroom_schools.share(n.flats, greenroom_schools.added(n.houses, n.flats)) as part_apparts,
  greenroom_schools.written_out(l.prix_moyen) as prix_moyen,
  greenroom_schools.written_out(l.prix_m2_moyen) as prix_m2_moyen,
  greenroom_schools.written_out(l.surface_moyenne) as surface_moyenne,
  case
    when pg_catalog.replace(l.nb_mutations, '.0', '') ~ '^[0-9]{1,9}$'
    then (pg_catalog.replace(l.nb_mutations, '.0', '')::integer < 11)::text
  end as immo_weak,
  'agrege'::text as origine
from pg_temp.landed as l
cross join lateral (
  select nullif(l.nb_maisons, 'NA') as houses, nullif(l.nb_apparts, 'NA') as flats
) as n
