-- Each movement gets one text that names it.
select
  l.row_no,
  pg_catalog.concat_ws(
    ' ', l.date_eff, l.mod, nullif(l.typecom_av, ''), nullif(l.com_av, ''), '>', nullif(l.typecom_ap, ''), nullif(l.com_ap, '')
  ) as mouvement,
  l.mod,
  l.date_eff,
  l.typecom_av,
  l.com_av,
  l.tncc_av,
  l.ncc_av,
  l.nccenr_av,
  l.libelle_av,
  l.typecom_ap,
  l.com_ap,
  l.tncc_ap,
  l.ncc_ap,
  l.nccenr_ap,
  l.libelle_ap
from pg_temp.landed as l
