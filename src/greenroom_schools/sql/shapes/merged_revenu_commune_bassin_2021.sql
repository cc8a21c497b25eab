-- Incomes of communes; where one is withheld, that of the bassin de vie in the same year. Each value says
-- whose it is. A value nobody has keeps the mark of the file, so that it stands as withheld.
with home as (
  -- the newest table of areas
  select
    a.code_commune,
    a.code_bassin
  from "educational_data".communes_appartenance as a
  where a.retired_at is null
    and a.annee_geographie = (
      select pg_catalog.max(n.annee_geographie)
      from "educational_data".communes_appartenance as n
      where n.retired_at is null
    )
),
bassin as (
  select *
  from "educational_data".revenus_bassins_2021 as b
  where b.retired_at is null
),
drawing as (
  -- codes that the incomes do not know: the bassins were drawn anew between the two files
  select
    exists (
      select
      from home as h
      where h.code_bassin is not null
        and h.code_bassin <> 'ZZZZZ'
        and not exists (select from bassin as b where b.code_bassin = h.code_bassin)
    ) as differs
),
joined as (
  select
    c.*,
    h.code_bassin,
    b.niveau_vie_median as median_of_bassin,
    b.taux_pauvrete as poverty_of_bassin
  from "educational_data".revenus_communes_2021 as c
  left join home as h on h.code_commune = c.code_commune
  left join bassin as b on b.code_bassin = h.code_bassin and b.annee = c.annee
  where c.retired_at is null
)
select
  pg_catalog.row_number() over (order by j.annee, j.code_commune collate "C") as row_no,
  j.code_commune,
  j.annee::text as annee,
  j.code_bassin,
  coalesce(
    j.niveau_vie_median::text,
    j.median_of_bassin::text,
    case when 'niveau_vie_median' = any (j.withheld) then 's' end
  ) as niveau_vie_median,
  case
    when j.niveau_vie_median is not null then 'commune'
    when j.median_of_bassin is not null then 'bassin'
    else 'none'
  end as niveau_vie_median_level,
  coalesce(
    j.taux_pauvrete::text,
    j.poverty_of_bassin::text,
    case when 'taux_pauvrete' = any (j.withheld) then 's' end
  ) as taux_pauvrete,
  case
    when j.taux_pauvrete is not null then 'commune'
    when j.poverty_of_bassin is not null then 'bassin'
    else 'none'
  end as taux_pauvrete_level,
  case
    when j.niveau_vie_median is null and j.median_of_bassin is not null
      or j.taux_pauvrete is null and j.poverty_of_bassin is not null
    then d.differs
  end::text as bassin_approche,
  coalesce(j.nb_menages::text, case when 'nb_menages' = any (j.withheld) then 's' end) as nb_menages,
  coalesce(j.nb_personnes::text, case when 'nb_personnes' = any (j.withheld) then 's' end) as nb_personnes,
  coalesce(
    j.part_menages_imposes::text, case when 'part_menages_imposes' = any (j.withheld) then 's' end
  ) as part_menages_imposes,
  coalesce(j.d1::text, case when 'd1' = any (j.withheld) then 's' end) as d1,
  coalesce(j.d9::text, case when 'd9' = any (j.withheld) then 's' end) as d9,
  coalesce(
    j.rapport_interdecile::text, case when 'rapport_interdecile' = any (j.withheld) then 's' end
  ) as rapport_interdecile
from joined as j
cross join drawing as d
