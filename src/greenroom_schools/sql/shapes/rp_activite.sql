-- Census, work: residents who work or seek work, and the jobs located in the commune.
select
  l.row_no,
  l.code_commune,
  l.annee,
  l.p_emplt as emplois,
  greenroom_schools.share(l.p_act1564, l.p_pop1564) as taux_activite,
  greenroom_schools.share(l.p_chom1564, l.p_act1564) as taux_chomage,
  greenroom_schools.share(l.c_emplt_cs1, l.c_emplt) as part_agriculteurs,
  greenroom_schools.share(l.c_emplt_cs2, l.c_emplt) as part_artisans,
  greenroom_schools.share(l.c_emplt_cs3, l.c_emplt) as part_cadres,
  greenroom_schools.share(l.c_emplt_cs4, l.c_emplt) as part_professions_intermediaires,
  greenroom_schools.share(l.c_emplt_cs5, l.c_emplt) as part_employes,
  greenroom_schools.share(l.c_emplt_cs6, l.c_emplt) as part_ouvriers,
  'rp'::text as origine
from pg_temp.landed as l
