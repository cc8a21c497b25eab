-- Census, diplomas: weighted counts become shares of those who left school.
select
  l.row_no,
  l.code_commune,
  l.annee,
  l.p_nscol15p as non_scolarises_15_plus,
  greenroom_schools.share(l.p_nscol15p_diplmin, l.p_nscol15p) as part_sans_diplome,
  greenroom_schools.share(l.p_nscol15p_bepc, l.p_nscol15p) as part_brevet,
  greenroom_schools.share(l.p_nscol15p_capbep, l.p_nscol15p) as part_cap_bep,
  greenroom_schools.share(l.p_nscol15p_bac, l.p_nscol15p) as part_bac,
  greenroom_schools.share(l.p_nscol15p_sup2, l.p_nscol15p) as part_bac_plus_2,
  greenroom_schools.share(l.p_nscol15p_sup34, l.p_nscol15p) as part_bac_plus_3_4,
  greenroom_schools.share(l.p_nscol15p_sup5, l.p_nscol15p) as part_bac_plus_5,
  'rp'::text as origine
from pg_temp.landed as l
