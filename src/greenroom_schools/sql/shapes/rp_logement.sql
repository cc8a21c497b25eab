-- Census, dwellings: weighted counts become shares of all dwellings, or of main homes.
select
  l.row_no,
  l.code_commune,
  l.annee,
  l.p_log as logements,
  l.p_rp as residences_principales,
  greenroom_schools.share(l.p_rp, l.p_log) as part_residences_principales,
  greenroom_schools.share(l.p_rsecocc, l.p_log) as part_residences_secondaires,
  greenroom_schools.share(l.p_logvac, l.p_log) as part_vacants,
  greenroom_schools.share(l.p_maison, l.p_log) as part_maisons,
  greenroom_schools.share(l.p_appart, l.p_log) as part_appartements,
  greenroom_schools.share(l.p_rp_prop, l.p_rp) as part_proprietaires,
  greenroom_schools.share(l.p_rp_loc, l.p_rp) as part_locataires,
  greenroom_schools.share(l.p_rp_lochlmv, l.p_rp) as part_hlm,
  greenroom_schools.ratio(l.p_nper_rp, l.p_rp, 1) as taille_menages,
  'rp'::text as origine
from pg_temp.landed as l
