-- Census, inhabitants: weighted counts become shares. Bands that an edition does not have stay null.
select
  l.row_no,
  l.code_commune,
  l.annee,
  l.p_pop as population,
  greenroom_schools.share(l.p_pop0014, l.p_pop) as part_moins_15,
  greenroom_schools.share(coalesce(l.p_pop65p, greenroom_schools.added(l.p_h65p, l.p_f65p)), l.p_pop) as part_65_plus,
  greenroom_schools.share(
    coalesce(l.p_pop75p, greenroom_schools.added(l.p_pop7589, l.p_pop90p)), l.p_pop
  ) as part_75_plus,
  greenroom_schools.share(l.c_pop15p_cs3, l.c_pop15p) as part_cadres_residents,
  greenroom_schools.share(l.c_pop15p_cs6, l.c_pop15p) as part_ouvriers_residents,
  'rp'::text as origine
from pg_temp.landed as l
