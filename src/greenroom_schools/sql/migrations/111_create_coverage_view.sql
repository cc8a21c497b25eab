-- What is known of each secondary school, and what is not: every other table against the national directory.
-- No function of ours is called from here: the compiled schema is dropped and written again by each migrate.

create schema if not exists "educational_data";

create view "educational_data".couverture_etablissements as
with connu as (
  select e.uai, 'lycee' as niveau
  from "educational_data".etablissements_geolocalisation as e
  where e.est_lycee
    and e.retired_at is null
  union
  select e.uai, 'college'
  from "educational_data".etablissements_geolocalisation as e
  where e.est_college
    and e.retired_at is null
  union
  select a.uai, 'lycee' from "educational_data".aggregated_data_lycees_2024 as a where a.retired_at is null
  union
  select a.uai, 'lycee' from "educational_data".aggregated_data_lycees_pro as a where a.retired_at is null
  union
  select i.uai, 'lycee' from "educational_data".ips_lycees_years as i where i.retired_at is null
  union
  select m.uai, 'college' from "educational_data".metrics_colleges as m where m.retired_at is null
  union
  select i.uai, 'college' from "educational_data".ips_colleges_years as i where i.retired_at is null
), resultats as (
  select a.uai, 'lycee' as niveau, max(a.annee) as annee, max(a.etablissement) as nom, max(a.code_commune) as code_commune
  from "educational_data".aggregated_data_lycees_2024 as a
  where a.retired_at is null
  group by a.uai
  union all
  select m.uai, 'college', max(m.session), max(m.nom_etablissement), max(m.code_commune)
  from "educational_data".metrics_colleges as m
  where m.retired_at is null
  group by m.uai
), resultats_pro as (
  select a.uai, 'lycee' as niveau, max(a.annee) as annee, max(a.etablissement) as nom, max(a.code_commune) as code_commune
  from "educational_data".aggregated_data_lycees_pro as a
  where a.retired_at is null
  group by a.uai
), ips as (
  select
    i.uai,
    'lycee' as niveau,
    max(i.rentree_scolaire) filter (where i.ips is not null) as rentree,
    max(i.rentree_scolaire) filter (where 'ips' = any (i.withheld)) as retenu_rentree,
    max(i.nom_de_l_etablissement) as nom,
    max(i.code_insee_de_la_commune) as code_commune
  from "educational_data".ips_lycees_years as i
  where i.retired_at is null
  group by i.uai
  union all
  select
    i.uai,
    'college',
    max(i.rentree_scolaire) filter (where i.ips is not null),
    max(i.rentree_scolaire) filter (where 'ips' = any (i.withheld)),
    max(i.nom_de_l_etablissement),
    max(i.code_insee_de_la_commune)
  from "educational_data".ips_colleges_years as i
  where i.retired_at is null
  group by i.uai
)
select
  k.uai,
  k.niveau,
  coalesce(e.nom, r.nom, p.nom, i.nom) as nom,
  w.code_commune,
  d.code_departement,
  w.est_etranger,
  e.secteur,
  e.nature,
  e.uai is not null as est_dans_annuaire,
  -- the ministry publishes of public schools and those under contract; of the collectivities of the Pacific, and of
  -- Saint-Pierre-et-Miquelon, no file of results or of the index has ever had one
  not w.est_etranger
    and e.secteur is distinct from 'privé hors contrat'
    and coalesce(d.code_departement, '') not in ('975', '986', '987', '988') as est_publie,
  case
    when k.niveau = 'lycee'
      then coalesce(
        coalesce(e.voie_generale, false) or e.voie_technologique,
        e.voie_generale,
        coalesce(e.nature, case when r.uai is null and p.uai is not null then '320' else '300' end) not in ('320', '334')
      )
  end as voie_gt,
  case
    when k.niveau = 'lycee'
      then coalesce(e.voie_generale, coalesce(e.nature, case when r.uai is null and p.uai is not null then '320' else '300' end) not in ('301', '320', '334'))
  end as voie_generale,
  r.annee as resultats_annee,
  p.annee as resultats_pro_annee,
  i.rentree as ips_rentree,
  i.retenu_rentree as ips_retenu_rentree,
  s.nb_specialites,
  coalesce(e.latitude, o.latitude) is not null as a_position,
  case k.niveau
    when 'lycee' then l.uai is not null
    else c.uai is not null
  end as est_dans_cache
from connu as k
left join "educational_data".etablissements_geolocalisation as e on e.uai = k.uai and e.retired_at is null
left join resultats as r on r.uai = k.uai and r.niveau = k.niveau
left join resultats_pro as p on p.uai = k.uai and p.niveau = k.niveau
left join ips as i on i.uai = k.uai and i.niveau = k.niveau
cross join lateral (
  select
    c.code_commune,
    coalesce(e.code_departement = '99' or c.code_commune ~ '^99', false) or k.uai ~ '^099' as est_etranger
  from (select coalesce(e.code_commune, r.code_commune, p.code_commune, i.code_commune) as code_commune) as c
) as w
cross join lateral (
  select
    case
      when w.est_etranger then null
      when e.code_departement is not null then e.code_departement
      when w.code_commune ~ '^9[78]' then left(w.code_commune, 3)
      when w.code_commune is not null then left(w.code_commune, 2)
      -- the number of a school begins with its département; Corsica's with two of its own
      when k.uai ~ '^620' then '2A'
      when k.uai ~ '^720' then '2B'
      when k.uai ~ '^9[78]' then left(k.uai, 3)
      when k.uai ~ '^0(0[1-9]|1[0-9]|2[1-9]|[3-8][0-9]|9[0-5])' then substr(k.uai, 2, 2)
    end as code_departement
) as d
left join "educational_data".specialites_par_uai as s on s.uai = k.uai and k.niveau = 'lycee'
left join "educational_data".onisep_par_uai as o on o.uai = k.uai
left join "educational_data".lycee_context_cache as l on l.uai = k.uai and k.niveau = 'lycee'
left join "educational_data".college_context_cache as c on c.uai = k.uai and k.niveau = 'college';
comment on view "educational_data".couverture_etablissements is
  'One row per lycée and collège that the national directory, a file of results or the index of social position names: what each table knows of it.';
comment on column "educational_data".couverture_etablissements.uai is 'School number.';
comment on column "educational_data".couverture_etablissements.niveau is 'lycee or college; a school of both has two rows.';
comment on column "educational_data".couverture_etablissements.nom is 'Name, by the directory where it has one.';
comment on column "educational_data".couverture_etablissements.code_commune is 'INSEE code, by the directory, else by the files of results or of the index.';
comment on column "educational_data".couverture_etablissements.code_departement is 'Of the directory, else of the commune or of the school''s number; null abroad.';
comment on column "educational_data".couverture_etablissements.est_etranger is 'Whether the school stands abroad.';
comment on column "educational_data".couverture_etablissements.secteur is 'public, privé sous contrat, privé hors contrat, privé; by the directory.';
comment on column "educational_data".couverture_etablissements.nature is 'Code of the kind of school, by the directory.';
comment on column "educational_data".couverture_etablissements.est_dans_annuaire is 'Whether the national directory has it, as a school of whatever kind.';
comment on column "educational_data".couverture_etablissements.est_publie is 'Whether results and index are to be expected: not abroad, in the Pacific or in Saint-Pierre-et-Miquelon, and not private without a contract.';
comment on column "educational_data".couverture_etablissements.voie_gt is 'Lycée with a general or technological track; by the annuaire, else by its kind.';
comment on column "educational_data".couverture_etablissements.voie_generale is 'Lycée with a general track, where there are spécialités.';
comment on column "educational_data".couverture_etablissements.resultats_annee is 'Newest session with results: baccalauréat (GT) or brevet.';
comment on column "educational_data".couverture_etablissements.resultats_pro_annee is 'Newest session with results of the vocational baccalauréat.';
comment on column "educational_data".couverture_etablissements.ips_rentree is 'Newest school year with an index.';
comment on column "educational_data".couverture_etablissements.ips_retenu_rentree is 'Newest school year in which the index was withheld.';
comment on column "educational_data".couverture_etablissements.nb_specialites is 'Spécialités; null = ONISEP does not list the school, 0 = listed without any.';
comment on column "educational_data".couverture_etablissements.a_position is 'Whether its coordinates are known.';
comment on column "educational_data".couverture_etablissements.est_dans_cache is 'Whether it is in lycee_context_cache or college_context_cache.';
