-- The three caches the site reads, and the views they are made of: one row per commune, lycée, collège.
--
-- What each of them joins has one row per key; which period of each table they read stands in cache_periods.
-- No function of ours is called from here: the compiled schema is dropped and written again by each migrate.

create schema if not exists "educational_data";

create table "educational_data".cache_periods (
  name text primary key,
  period text not null
);
comment on table "educational_data".cache_periods is
  'The period of each table that the caches read: the newest that a complete batch covers, else the newest. Written by each refresh.';
comment on column "educational_data".cache_periods.name is 'The dataset.';
comment on column "educational_data".cache_periods.period is 'Its period: 2024, 2023-2024.';

create table "educational_data".cache_settings (
  only_row boolean primary key default true check (only_row),
  all_communes boolean not null default false
);
comment on table "educational_data".cache_settings is 'How the caches are made; one row, for the maintainer to change.';
comment on column "educational_data".cache_settings.only_row is 'Always true: there is one row.';
comment on column "educational_data".cache_settings.all_communes is
  'Whether commune_context_cache holds every commune of France, or those of relevant_communes alone.';
insert into "educational_data".cache_settings default values;

-- Every code that a file may write for a commune, and the current one. An arrondissement stays itself.
create view "educational_data".communes_de_code as
select i.code_commune as code, i.code_commune
from "educational_data".info_communes as i
where i.retired_at is null
union all
select f.code, f.code_commune
from (
  select distinct on (c.code_ancien) c.code_ancien as code, c.code_actuel as code_commune
  from "educational_data".communes_correspondances as c
  where c.retired_at is null
    and c.is_unique
    and not exists (
      select
      from "educational_data".info_communes as i
      where i.code_commune = c.code_ancien
        and i.retired_at is null
    )
  -- what it means now, else what it meant last
  order by c.code_ancien, (c.valid_until is null) desc, c.valid_until desc, c.code_actuel
) as f;
comment on view "educational_data".communes_de_code is
  'One row per code of a commune that has one current meaning: the code, and the current code.';

-- Where secondary schools stand, by any table that says so.
create view "educational_data".communes_d_etablissements as
select distinct coalesce(d.code_commune, e.code) as code_commune, d.code_commune is not null as is_known
from (
  select a.code_commune as code from "educational_data".aggregated_data_lycees_2024 as a where a.retired_at is null
  union
  select a.code_commune from "educational_data".aggregated_data_lycees_pro as a where a.retired_at is null
  union
  select m.code_commune from "educational_data".metrics_colleges as m where m.retired_at is null
  union
  select i.code_insee_de_la_commune from "educational_data".ips_lycees as i where i.retired_at is null
  union
  select i.code_insee_de_la_commune from "educational_data".ips_colleges as i where i.retired_at is null
  union
  select g.code_commune
  from "educational_data".etablissements_geolocalisation as g
  where g.retired_at is null
    and (g.est_lycee or g.est_college)
  union
  select g.code_commune from "educational_data".geodata_lycees as g where g.retired_at is null
  union
  select o.code_commune from "educational_data".onisep_par_uai as o
) as e
left join "educational_data".communes_de_code as d on d.code = e.code
where e.code is not null;
comment on view "educational_data".communes_d_etablissements is
  'Communes and arrondissements with a secondary school. is_known: the code is one of the current geography; schools abroad have others.';

-- Sectors join in with the migration that makes their tables.
create view "educational_data".relevant_communes as
with held as (
  select e.code_commune from "educational_data".communes_d_etablissements as e where e.is_known
  union
  -- Paris, Lyon and Marseille as a whole, beside the arrondissement a school is in
  select i.code_parent
  from "educational_data".communes_d_etablissements as e
  join "educational_data".info_communes as i on i.code_commune = e.code_commune
  where e.is_known
    and i.code_parent is not null
    and i.retired_at is null
)
select h.code_commune
from held as h
union
select n.code_commune
from held as h
join "educational_data".communes_limitrophes as l on l.insee = h.code_commune and l.retired_at is null
cross join lateral unnest(l.insee_voisins) as v (code)
join "educational_data".communes_de_code as n on n.code = v.code
union
select i.code_commune
from "educational_data".info_communes as i
where i.retired_at is null
  and (select s.all_communes from "educational_data".cache_settings as s);
comment on view "educational_data".relevant_communes is
  'Current communes and arrondissements with a secondary school or a school sector, and their neighbours; all of them when cache_settings says so.';

-- The inputs of the commune cache: one row per current code. Communes that have merged since the file are
-- added up or weighted; an arrondissement of which the file says nothing takes its commune's row, and is marked.

create view "educational_data".commune_services as
with own as (
  select
    d.code_commune,
    sum(c.police_gendarmerie)::integer as police_gendarmerie,
    sum(c.banque_caisse_epargne)::integer as banque_caisse_epargne,
    sum(c.grande_surface)::integer as grande_surface,
    sum(c.superette_epicerie)::integer as superette_epicerie,
    sum(c.boulangerie_patisserie)::integer as boulangerie_patisserie,
    sum(c.ecole_maternelle_primaire_elementaire)::integer as ecole_maternelle_primaire_elementaire,
    sum(c.college)::integer as college,
    sum(c.urgences)::integer as urgences,
    sum(c.lycee)::integer as lycee,
    sum(c.medecin_generaliste)::integer as medecin_generaliste,
    sum(c.chirurgien_dentiste)::integer as chirurgien_dentiste,
    sum(c.masseur_kinesitherapeute)::integer as masseur_kinesitherapeute,
    sum(c.infirmier)::integer as infirmier,
    sum(c.pharmacie)::integer as pharmacie,
    sum(c.personnes_agees_hebergement)::integer as personnes_agees_hebergement,
    sum(c.eaje_accueil_jeune_enfant)::integer as eaje_accueil_jeune_enfant,
    sum(c.bassin_natation)::integer as bassin_natation,
    sum(c.salles_multisports)::integer as salles_multisports
  from "educational_data".commerce_sante_2024 as c
  join "educational_data".cache_periods as p on p.name = 'commerce_sante_2024' and p.period = c.annee::text
  join "educational_data".communes_de_code as d on d.code = c.code_commune
  where c.retired_at is null
  group by d.code_commune
), told as (
  select o.*, false as is_parents from own as o
  union all
  select i.code_commune, o.police_gendarmerie, o.banque_caisse_epargne, o.grande_surface, o.superette_epicerie,
    o.boulangerie_patisserie, o.ecole_maternelle_primaire_elementaire, o.college, o.urgences, o.lycee,
    o.medecin_generaliste, o.chirurgien_dentiste, o.masseur_kinesitherapeute, o.infirmier, o.pharmacie,
    o.personnes_agees_hebergement, o.eaje_accueil_jeune_enfant, o.bassin_natation, o.salles_multisports, true
  from "educational_data".info_communes as i
  join own as o on o.code_commune = i.code_parent
  where i.retired_at is null
    and not exists (select from own as n where n.code_commune = i.code_commune)
)
select
  t.code_commune,
  t.is_parents,
  s.local_services,
  s.total as local_services_total,
  -- of 18: a service nobody counted is not a service that is missing
  s.known as local_services_known,
  case when s.known > 0 then round(100.0 * s.present / s.known, 1) end as local_services_score
from told as t
cross join lateral (
  select
    jsonb_object_agg(e.service, e.n) as local_services,
    sum(e.n)::integer as total,
    count(e.n)::integer as known,
    count(*) filter (where e.n > 0) as present
  from (
    values
      ('police_gendarmerie', t.police_gendarmerie),
      ('banque_caisse_epargne', t.banque_caisse_epargne),
      ('grande_surface', t.grande_surface),
      ('superette_epicerie', t.superette_epicerie),
      ('boulangerie_patisserie', t.boulangerie_patisserie),
      ('ecole_maternelle_primaire_elementaire', t.ecole_maternelle_primaire_elementaire),
      ('college', t.college),
      ('urgences', t.urgences),
      ('lycee', t.lycee),
      ('medecin_generaliste', t.medecin_generaliste),
      ('chirurgien_dentiste', t.chirurgien_dentiste),
      ('masseur_kinesitherapeute', t.masseur_kinesitherapeute),
      ('infirmier', t.infirmier),
      ('pharmacie', t.pharmacie),
      ('personnes_agees_hebergement', t.personnes_agees_hebergement),
      ('eaje_accueil_jeune_enfant', t.eaje_accueil_jeune_enfant),
      ('bassin_natation', t.bassin_natation),
      ('salles_multisports', t.salles_multisports)
  ) as e (service, n)
) as s;
comment on view "educational_data".commune_services is
  'Per current commune the 18 services, counted: null = not known, 0 = none; local_services_score = per cent of the known ones that are there.';

create view "educational_data".commune_immobilier as
with own as (
  select
    d.code_commune,
    sum(m.nb_mutations)::integer as nb_mutations,
    case when sum(m.nb_maisons + m.nb_apparts) > 0
      then round(100.0 * sum(m.nb_maisons) / sum(m.nb_maisons + m.nb_apparts), 1)
    end as part_maisons,
    round((sum(m.prix_moyen * m.nb_mutations) filter (where m.prix_moyen is not null)
      / nullif(sum(m.nb_mutations) filter (where m.prix_moyen is not null), 0))::numeric, 0) as prix_moyen,
    round((sum(m.prix_m2_moyen * m.nb_mutations) filter (where m.prix_m2_moyen is not null)
      / nullif(sum(m.nb_mutations) filter (where m.prix_m2_moyen is not null), 0))::numeric, 0) as prix_m2_moyen,
    -- a median of medians is none
    case when count(*) = 1 then min(m.prix_m2_median) end as prix_m2_median,
    sum(m.nb_mutations) < 11 as immo_weak
  from "educational_data".mutations_immo_latest as m
  join "educational_data".communes_de_code as d on d.code = m.code_commune
  where m.retired_at is null
  group by d.code_commune
)
select o.*, false as is_parents from own as o
union all
select i.code_commune, o.nb_mutations, o.part_maisons, o.prix_moyen, o.prix_m2_moyen, o.prix_m2_median, o.immo_weak, true
from "educational_data".info_communes as i
join own as o on o.code_commune = i.code_parent
where i.retired_at is null
  and not exists (select from own as n where n.code_commune = i.code_commune);
comment on view "educational_data".commune_immobilier is
  'Per current commune the sales of the newest complete year; immo_weak: fewer than eleven stand behind the means.';

create view "educational_data".commune_education as
with own as (
  select
    d.code_commune,
    case when count(*) = 1 then min(n.part_sans_diplome) else sum(n.part_sans_diplome * n.non_scolarises_15_plus) / nullif(sum(n.non_scolarises_15_plus) filter (where n.part_sans_diplome is not null), 0) end as part_sans_diplome,
    case when count(*) = 1 then min(n.part_bac_plus_2) else sum(n.part_bac_plus_2 * n.non_scolarises_15_plus) / nullif(sum(n.non_scolarises_15_plus) filter (where n.part_bac_plus_2 is not null), 0) end as part_bac_plus_2,
    case when count(*) = 1 then min(n.part_bac_plus_3_4) else sum(n.part_bac_plus_3_4 * n.non_scolarises_15_plus) / nullif(sum(n.non_scolarises_15_plus) filter (where n.part_bac_plus_3_4 is not null), 0) end as part_bac_plus_3_4,
    case when count(*) = 1 then min(n.part_bac_plus_5) else sum(n.part_bac_plus_5 * n.non_scolarises_15_plus) / nullif(sum(n.non_scolarises_15_plus) filter (where n.part_bac_plus_5 is not null), 0) end as part_bac_plus_5
  from "educational_data".niveau_education_2021 as n
  join "educational_data".cache_periods as p on p.name = 'niveau_education_2021' and p.period = n.annee::text
  join "educational_data".communes_de_code as d on d.code = n.code_commune
  where n.retired_at is null
  group by d.code_commune
)
select o.*, false as is_parents from own as o
union all
select i.code_commune, o.part_sans_diplome, o.part_bac_plus_2, o.part_bac_plus_3_4, o.part_bac_plus_5, true
from "educational_data".info_communes as i
join own as o on o.code_commune = i.code_parent
where i.retired_at is null
  and not exists (select from own as n where n.code_commune = i.code_commune);
comment on view "educational_data".commune_education is
  'Per current commune the diplomas of those of 15 or more who have left school, per cent.';

create view "educational_data".commune_age as
with own as (
  select
    d.code_commune,
    sum(n.population) as population,
    -- a density of several communes wants their areas
    case when count(*) = 1 then min(n.densite) end as densite,
    case when count(*) = 1 then min(n.part_moins_15) else sum(n.part_moins_15 * n.population) / nullif(sum(n.population) filter (where n.part_moins_15 is not null), 0) end as part_moins_15,
    case when count(*) = 1 then min(n.part_moins_25) else sum(n.part_moins_25 * n.population) / nullif(sum(n.population) filter (where n.part_moins_25 is not null), 0) end as part_moins_25,
    case when count(*) = 1 then min(n.part_65_plus) else sum(n.part_65_plus * n.population) / nullif(sum(n.population) filter (where n.part_65_plus is not null), 0) end as part_65_plus
  from "educational_data".population_evolution_age as n
  join "educational_data".cache_periods as p on p.name = 'population_evolution_age' and p.period = n.annee::text
  join "educational_data".communes_de_code as d on d.code = n.code_commune
  where n.retired_at is null
  group by d.code_commune
)
select o.*, false as is_parents from own as o
union all
-- a number of people is not the commune's; shares are taken from it
select i.code_commune, null, o.densite, o.part_moins_15, o.part_moins_25, o.part_65_plus, true
from "educational_data".info_communes as i
join own as o on o.code_commune = i.code_parent
where i.retired_at is null
  and not exists (select from own as n where n.code_commune = i.code_commune);
comment on view "educational_data".commune_age is 'Per current commune the population by age, per cent.';

create view "educational_data".commune_logement as
with own as (
  select
    d.code_commune,
    case when count(*) = 1 then min(n.part_proprietaires) else sum(n.part_proprietaires * n.residences_principales) / nullif(sum(n.residences_principales) filter (where n.part_proprietaires is not null), 0) end as part_proprietaires,
    case when count(*) = 1 then min(n.part_locataires) else sum(n.part_locataires * n.residences_principales) / nullif(sum(n.residences_principales) filter (where n.part_locataires is not null), 0) end as part_locataires,
    case when count(*) = 1 then min(n.part_hlm) else sum(n.part_hlm * n.residences_principales) / nullif(sum(n.residences_principales) filter (where n.part_hlm is not null), 0) end as part_hlm,
    case when count(*) = 1 then min(n.part_residences_secondaires) else sum(n.part_residences_secondaires * n.logements) / nullif(sum(n.logements) filter (where n.part_residences_secondaires is not null), 0) end as part_residences_secondaires,
    case when count(*) = 1 then min(n.part_vacants) else sum(n.part_vacants * n.logements) / nullif(sum(n.logements) filter (where n.part_vacants is not null), 0) end as part_vacants
  from "educational_data".logement_2021 as n
  join "educational_data".cache_periods as p on p.name = 'logement_2021' and p.period = n.annee::text
  join "educational_data".communes_de_code as d on d.code = n.code_commune
  where n.retired_at is null
  group by d.code_commune
)
select o.*, false as is_parents from own as o
union all
select i.code_commune, o.part_proprietaires, o.part_locataires, o.part_hlm, o.part_residences_secondaires, o.part_vacants, true
from "educational_data".info_communes as i
join own as o on o.code_commune = i.code_parent
where i.retired_at is null
  and not exists (select from own as n where n.code_commune = i.code_commune);
comment on view "educational_data".commune_logement is 'Per current commune how people are housed, per cent.';

create view "educational_data".commune_activite as
with own as (
  select
    d.code_commune,
    sum(n.emplois) as emplois,
    -- a rate of unemployment wants those in work, whom the table has not
    case when count(*) = 1 then min(n.taux_chomage) end as taux_chomage,
    case when count(*) = 1 then min(n.part_cadres) else sum(n.part_cadres * n.emplois) / nullif(sum(n.emplois) filter (where n.part_cadres is not null), 0) end as part_cadres,
    case when count(*) = 1 then min(n.part_ouvriers) else sum(n.part_ouvriers * n.emplois) / nullif(sum(n.emplois) filter (where n.part_ouvriers is not null), 0) end as part_ouvriers
  from "educational_data".activite_economique_2022 as n
  join "educational_data".cache_periods as p on p.name = 'activite_economique_2022' and p.period = n.annee::text
  join "educational_data".communes_de_code as d on d.code = n.code_commune
  where n.retired_at is null
  group by d.code_commune
)
select o.*, false as is_parents from own as o
union all
select i.code_commune, null, o.taux_chomage, o.part_cadres, o.part_ouvriers, true
from "educational_data".info_communes as i
join own as o on o.code_commune = i.code_parent
where i.retired_at is null
  and not exists (select from own as n where n.code_commune = i.code_commune);
comment on view "educational_data".commune_activite is
  'Per current commune its jobs, per cent of them by occupation, and the rate of unemployment.';

create view "educational_data".commune_revenu as
with own as (
  select
    d.code_commune,
    -- medians and rates of several communes cannot be put together
    case when count(*) = 1 then min(n.niveau_vie_median) end as niveau_vie_median,
    case when count(*) = 1 then min(n.taux_pauvrete) end as taux_pauvrete,
    case when count(*) = 1 then min(n.niveau_vie_median_level) else 'none' end as niveau_vie_median_level,
    case when count(*) = 1 then min(n.taux_pauvrete_level) else 'none' end as taux_pauvrete_level
  from "educational_data".merged_revenu_commune_bassin_2021 as n
  join "educational_data".cache_periods as p on p.name = 'merged_revenu_commune_bassin_2021' and p.period = n.annee::text
  join "educational_data".communes_de_code as d on d.code = n.code_commune
  where n.retired_at is null
  group by d.code_commune
)
select o.*, false as is_parents from own as o
union all
select i.code_commune, o.niveau_vie_median, o.taux_pauvrete, o.niveau_vie_median_level, o.taux_pauvrete_level, true
from "educational_data".info_communes as i
join own as o on o.code_commune = i.code_parent
where i.retired_at is null
  and not exists (select from own as n where n.code_commune = i.code_commune);
comment on view "educational_data".commune_revenu is
  'Per current commune income and poverty, with the level (commune, bassin, none) each value is of.';

create view "educational_data".commune_criminalite as
with own as (
  select
    d.code_commune,
    case when count(*) = 1 then min(c.crime_level) end as crime_level,
    case when count(*) = 1 then min(c.crime_score) else sum(c.crime_score * c.population) / nullif(sum(c.population) filter (where c.crime_score is not null), 0) end as crime_score,
    min(c.crime_coverage) as crime_coverage,
    bool_or(c.crime_estimated) as crime_estimated,
    max(c.annee) as crime_annee
  from "educational_data".criminalite_communes as c
  join "educational_data".communes_de_code as d on d.code = c.code_commune
  where c.retired_at is null
  group by d.code_commune
)
select o.*, false as is_parents from own as o
union all
select i.code_commune, o.crime_level, o.crime_score, o.crime_coverage, o.crime_estimated, o.crime_annee, true
from "educational_data".info_communes as i
join own as o on o.code_commune = i.code_parent
where i.retired_at is null
  and not exists (select from own as n where n.code_commune = i.code_commune);
comment on view "educational_data".commune_criminalite is 'Per current commune the level of recorded crime and how far it is known.';

create materialized view "educational_data".commune_context_cache as
select
  i.code_commune,
  i.code_parent,
  i.type_commune,
  i.nom_commune,
  i.code_departement,
  i.code_region,
  a.code_epci,
  a.code_bassin,
  i.codes_postaux,
  i.code_postal,
  i.population,
  age.densite,
  i.latitude,
  i.longitude,
  v.insee_voisins as voisins,
  v.nb_voisins,
  s.local_services,
  s.local_services_total,
  s.local_services_known,
  s.local_services_score,
  crime.crime_level,
  crime.crime_score,
  crime.crime_coverage,
  crime.crime_annee,
  crime.crime_estimated,
  immo.prix_m2_moyen,
  immo.prix_m2_median,
  immo.prix_moyen,
  immo.nb_mutations,
  immo.part_maisons,
  immo.immo_weak,
  ed.part_sans_diplome,
  ed.part_bac_plus_2,
  ed.part_bac_plus_3_4,
  ed.part_bac_plus_5,
  age.part_moins_15,
  age.part_moins_25,
  age.part_65_plus,
  r.niveau_vie_median,
  r.taux_pauvrete,
  coalesce(r.niveau_vie_median_level, 'none') as revenu_level,
  coalesce(r.taux_pauvrete_level, 'none') as taux_pauvrete_level,
  l.part_proprietaires,
  l.part_locataires,
  l.part_hlm,
  l.part_residences_secondaires,
  l.part_vacants,
  act.emplois,
  act.taux_chomage,
  act.part_cadres,
  act.part_ouvriers,
  n.anecdote,
  array_remove(array[
    case when s.is_parents then 'services' end,
    case when crime.is_parents then 'crime' end,
    case when immo.is_parents then 'immobilier' end,
    case when ed.is_parents then 'education' end,
    case when age.is_parents then 'age' end,
    case when r.is_parents then 'revenu' end,
    case when l.is_parents then 'logement' end,
    case when act.is_parents then 'activite' end
  ], null) as from_parent,
  i.annee_cog,
  (select p.period from "educational_data".cache_periods as p where p.name = 'commerce_sante_2024') as annee_services,
  (select p.period from "educational_data".cache_periods as p where p.name = 'mutations_immo') as annee_immo,
  (select p.period from "educational_data".cache_periods as p where p.name = 'niveau_education_2021') as annee_education,
  (select p.period from "educational_data".cache_periods as p where p.name = 'population_evolution_age') as annee_age,
  (select p.period from "educational_data".cache_periods as p where p.name = 'merged_revenu_commune_bassin_2021') as annee_revenu,
  (select p.period from "educational_data".cache_periods as p where p.name = 'logement_2021') as annee_logement,
  (select p.period from "educational_data".cache_periods as p where p.name = 'activite_economique_2022') as annee_activite
from "educational_data".info_communes as i
join "educational_data".relevant_communes as w on w.code_commune = i.code_commune
left join lateral (
  select b.code_epci, b.code_bassin
  from "educational_data".communes_appartenance as b
  where b.code_commune in (i.code_commune, i.code_parent)
    and b.retired_at is null
  order by (b.code_commune = i.code_commune) desc, b.annee_geographie desc
  limit 1
) as a on true
left join "educational_data".communes_limitrophes as v on v.insee = i.code_commune and v.retired_at is null
left join "educational_data".commune_services as s on s.code_commune = i.code_commune
left join "educational_data".commune_criminalite as crime on crime.code_commune = i.code_commune
left join "educational_data".commune_immobilier as immo on immo.code_commune = i.code_commune
left join "educational_data".commune_education as ed on ed.code_commune = i.code_commune
left join "educational_data".commune_age as age on age.code_commune = i.code_commune
left join "educational_data".commune_logement as l on l.code_commune = i.code_commune
left join "educational_data".commune_activite as act on act.code_commune = i.code_commune
left join "educational_data".commune_revenu as r on r.code_commune = i.code_commune
left join "educational_data".anecdotes_communes as n on n.code_commune = i.code_commune and n.retired_at is null
where i.retired_at is null;
comment on materialized view "educational_data".commune_context_cache is
  'One row per current commune or arrondissement of relevant_communes: services, crime, housing, people, income, with the year of each. from_parent: what an arrondissement has from its commune.';
comment on column "educational_data".commune_context_cache.local_services is 'Counts of 18 services; null = not known.';
comment on column "educational_data".commune_context_cache.local_services_score is 'Per cent of the services known that are there.';
comment on column "educational_data".commune_context_cache.crime_coverage is
  'Share (0 to 1) of the basket''s indicators that are published for the commune; the others are estimates for its département.';
comment on column "educational_data".commune_context_cache.revenu_level is 'Of what niveau_vie_median is: commune, bassin (de vie) or none.';
create unique index commune_context_cache_code on "educational_data".commune_context_cache (code_commune);
create index commune_context_cache_departement on "educational_data".commune_context_cache (code_departement);

create materialized view "educational_data".lycee_context_cache as
select
  l.uai,
  l.annee,
  l.etablissement,
  l.ville,
  coalesce(d.code_commune, l.code_commune) as code_commune,
  l.code_departement,
  l.departement,
  l.academie,
  coalesce(c.code_region, l.code_region) as code_region_insee,
  l.secteur,
  l.presents_toutes_series,
  l.taux_reussite_toutes_series,
  l.valeur_ajoutee_taux_reussite_toutes_series,
  l.taux_acces_2nde_bac,
  l.valeur_ajoutee_taux_acces_2nde_bac,
  l.taux_mentions_toutes_series,
  l.valeur_ajoutee_taux_mentions_toutes_series,
  l.effectif_de_seconde,
  l.effectif_de_premiere,
  l.effectif_de_terminale,
  jsonb_strip_nulls(jsonb_build_object(
    'gnle', case when l.presents_gnle is not null then jsonb_build_object('presents', l.presents_gnle, 'taux_reussite', l.taux_reussite_gnle) end,
    'sti2d', case when l.presents_sti2d is not null then jsonb_build_object('presents', l.presents_sti2d, 'taux_reussite', l.taux_reussite_sti2d) end,
    'std2a', case when l.presents_std2a is not null then jsonb_build_object('presents', l.presents_std2a, 'taux_reussite', l.taux_reussite_std2a) end,
    'stmg', case when l.presents_stmg is not null then jsonb_build_object('presents', l.presents_stmg, 'taux_reussite', l.taux_reussite_stmg) end,
    'stl', case when l.presents_stl is not null then jsonb_build_object('presents', l.presents_stl, 'taux_reussite', l.taux_reussite_stl) end,
    'st2s', case when l.presents_st2s is not null then jsonb_build_object('presents', l.presents_st2s, 'taux_reussite', l.taux_reussite_st2s) end,
    'tmd', case when l.presents_tmd is not null then jsonb_build_object('presents', l.presents_tmd, 'taux_reussite', l.taux_reussite_tmd) end,
    'sthr', case when l.presents_sthr is not null then jsonb_build_object('presents', l.presents_sthr, 'taux_reussite', l.taux_reussite_sthr) end,
    'l', case when l.presents_l is not null then jsonb_build_object('presents', l.presents_l, 'taux_reussite', l.taux_reussite_l) end,
    'es', case when l.presents_es is not null then jsonb_build_object('presents', l.presents_es, 'taux_reussite', l.taux_reussite_es) end,
    's', case when l.presents_s is not null then jsonb_build_object('presents', l.presents_s, 'taux_reussite', l.taux_reussite_s) end
  )) as series,
  i.ips,
  i.ips_voie_gt,
  i.ips_voie_pro,
  i.ips_post_bac,
  i.ecart_type as ecart_type_etablissement,
  i.type_de_lycee,
  i.rentree_scolaire as ips_rentree,
  case
    when i.uai is null then 'absent'
    when i.ips is not null then 'published'
    when 'ips' = any (i.withheld) then 'withheld'
    else 'empty'
  end as ips_status,
  case i.type_de_lycee
    when 'LEGT' then i.ips_national_legt
    when 'LPO' then i.ips_national_lpo
    when 'LP' then i.ips_national_lp
  end as ips_national_ref,
  case i.type_de_lycee
    when 'LEGT' then i.ips_departemental_legt
    when 'LPO' then i.ips_departemental_lpo
    when 'LP' then i.ips_departemental_lp
  end as ips_departemental_ref,
  case when i.ips is not null
    then round((100 * percent_rank() over (partition by l.academie, i.ips is not null order by i.ips))::numeric, 1)
  end as ips_percentile_academie,
  -- null: ONISEP does not list the school; empty: listed without any
  s.specialites_array,
  s.nb_specialites,
  o.options_array,
  o.lv1_array,
  o.lv2_array,
  coalesce(cardinality(x.sections_lycee) > 0, g.section_internationale, false) as has_section_internationale,
  coalesce(x.sections_lycee, '{}') as sections_internationales,
  coalesce(gl.latitude, g.latitude, ge.latitude, n.latitude) as latitude,
  coalesce(gl.longitude, g.longitude, ge.longitude, n.longitude) as longitude,
  point(
    coalesce(gl.longitude, g.longitude, ge.longitude, n.longitude),
    coalesce(gl.latitude, g.latitude, ge.latitude, n.latitude)
  ) as geom,
  case
    when coalesce(gl.latitude, g.latitude, ge.latitude) is not null then coalesce(g.appariement, 'annuaire')
    when n.latitude is not null then 'onisep'
  end as precision_position,
  coalesce(m.address, g.adresse, nullif(concat_ws(', ', n.adresse_1, concat_ws(' ', n.code_postal, n.commune)), '')) as address,
  n.telephone,
  n.url_id_onisep as url_onisep,
  n.journees_portes_ouvertes,
  f.nb_formations,
  translate(
    lower(l.etablissement),
    'àâäáãéèêëíîïìóôöòõúûüùçñÿœæ''-',
    'aaaaaeeeeiiiiooooouuuucnyoa  '
  ) as nom_recherche,
  c.nom_commune,
  c.population,
  c.local_services,
  c.local_services_total,
  c.local_services_score,
  c.crime_level,
  c.crime_score,
  c.crime_coverage,
  c.prix_m2_moyen,
  c.nb_mutations,
  c.immo_weak,
  c.part_sans_diplome,
  c.part_bac_plus_5,
  c.part_moins_25,
  c.niveau_vie_median,
  c.taux_pauvrete,
  c.revenu_level,
  c.part_locataires,
  c.part_hlm,
  c.taux_chomage,
  c.part_cadres,
  c.part_ouvriers,
  c.anecdote,
  c.code_commune is not null as has_commune_context
from "educational_data".aggregated_data_lycees_2024 as l
join "educational_data".cache_periods as p on p.name = 'aggregated_data_lycees_2024' and p.period = l.annee::text
left join "educational_data".communes_de_code as d on d.code = l.code_commune
left join "educational_data".ips_lycees_years as i
  on i.uai = l.uai
  and i.retired_at is null
  and i.rentree_scolaire = (select r.period from "educational_data".cache_periods as r where r.name = 'ips_lycees_years')
left join "educational_data".specialites_par_uai as s on s.uai = l.uai
left join "educational_data".options_par_uai as o on o.uai = l.uai
left join "educational_data".sections_par_uai as x on x.uai = l.uai
left join "educational_data".etablissements_geolocalisation as g on g.uai = l.uai and g.retired_at is null
left join "educational_data".geodata_lycees as gl on gl.uai = l.uai and gl.retired_at is null
left join "educational_data".lycees_geolocalisation as ge on ge.uai = l.uai and ge.retired_at is null
left join "educational_data".lycees_address_uai_mapping as m on m.uai = l.uai and m.retired_at is null
left join "educational_data".onisep_par_uai as n on n.uai = l.uai
left join "educational_data".formations_par_uai as f on f.uai = l.uai
left join "educational_data".commune_context_cache as c on c.code_commune = d.code_commune
where l.retired_at is null;
comment on materialized view "educational_data".lycee_context_cache is
  'One row per general and technological lycée of the newest complete session: results, index, specialities, place, and the commune it stands in.';
comment on column "educational_data".lycee_context_cache.ips is 'Index of the whole school, in points, of ips_rentree; null: see ips_status.';
comment on column "educational_data".lycee_context_cache.ips_status is
  'published; withheld (too few pupils known); empty; absent (the school is not in the file).';
comment on column "educational_data".lycee_context_cache.ips_national_ref is 'National mean of the same type of lycée.';
comment on column "educational_data".lycee_context_cache.geom is
  'Longitude and latitude as PostgreSQL''s own point, which PostGIS casts to geometry; null = not known.';
comment on column "educational_data".lycee_context_cache.nom_recherche is 'The name in lower case without accents, for prefix search.';
comment on column "educational_data".lycee_context_cache.series is 'Candidates present and per cent who passed, by série.';
create unique index lycee_context_cache_uai on "educational_data".lycee_context_cache (uai);
create index lycee_context_cache_departement on "educational_data".lycee_context_cache (code_departement, ips desc);
create index lycee_context_cache_commune on "educational_data".lycee_context_cache (code_commune);
create index lycee_context_cache_academie on "educational_data".lycee_context_cache (academie, ips);
create index lycee_context_cache_specialites on "educational_data".lycee_context_cache using gin (specialites_array);
create index lycee_context_cache_geom on "educational_data".lycee_context_cache using gist (geom);
create index lycee_context_cache_nom on "educational_data".lycee_context_cache (nom_recherche text_pattern_ops);

create materialized view "educational_data".college_context_cache as
select
  m.uai,
  m.session,
  m.nom_etablissement,
  m.commune,
  k.code_commune,
  m.code_departement,
  m.departement,
  m.academie,
  m.secteur,
  m.nb_candidats_g,
  m.taux_reussite_g,
  m.va_taux_reussite_g,
  m.note_ecrit_g,
  m.va_note_g,
  m.taux_acces_6e_3e,
  m.nb_mentions_ab_g,
  m.nb_mentions_b_g,
  m.nb_mentions_tb_g,
  m.nb_mentions_global_g,
  m.taux_mention,
  i.ips,
  i.ecart_type_ips as ecart_type_de_l_ips,
  i.rentree_scolaire as ips_rentree,
  case
    when i.uai is null then 'absent'
    when i.ips is not null then 'published'
    when 'ips' = any (i.withheld) then 'withheld'
    else 'empty'
  end as ips_status,
  i.ips_national,
  i.ips_departemental,
  coalesce(cardinality(x.sections_college) > 0, g.section_internationale, false) as has_section_internationale,
  coalesce(x.sections_college, '{}') as sections_internationales,
  coalesce(g.latitude, n.latitude) as latitude,
  coalesce(g.longitude, n.longitude) as longitude,
  point(coalesce(g.longitude, n.longitude), coalesce(g.latitude, n.latitude)) as geom,
  case when g.latitude is not null then coalesce(g.appariement, 'annuaire') when n.latitude is not null then 'onisep' end as precision_position,
  coalesce(g.adresse, nullif(concat_ws(', ', n.adresse_1, concat_ws(' ', n.code_postal, n.commune)), '')) as address,
  n.telephone,
  n.url_id_onisep as url_onisep,
  translate(
    lower(m.nom_etablissement),
    'àâäáãéèêëíîïìóôöòõúûüùçñÿœæ''-',
    'aaaaaeeeeiiiiooooouuuucnyoa  '
  ) as nom_recherche,
  c.nom_commune,
  c.population,
  c.local_services,
  c.local_services_total,
  c.local_services_score,
  c.crime_level,
  c.crime_score,
  c.crime_coverage,
  c.prix_m2_moyen,
  c.nb_mutations,
  c.immo_weak,
  c.part_sans_diplome,
  c.part_bac_plus_5,
  c.part_moins_25,
  c.niveau_vie_median,
  c.taux_pauvrete,
  c.revenu_level,
  c.part_locataires,
  c.part_hlm,
  c.taux_chomage,
  c.part_cadres,
  c.part_ouvriers,
  c.anecdote,
  c.code_commune is not null as has_commune_context
from "educational_data".metrics_colleges as m
join "educational_data".cache_periods as p on p.name = 'metrics_colleges' and p.period = m.session::text
left join "educational_data".ips_colleges_years as i
  on i.uai = m.uai
  and i.retired_at is null
  and i.rentree_scolaire = (select r.period from "educational_data".cache_periods as r where r.name = 'ips_colleges_years')
left join "educational_data".sections_par_uai as x on x.uai = m.uai
left join "educational_data".etablissements_geolocalisation as g on g.uai = m.uai and g.retired_at is null
left join "educational_data".onisep_par_uai as n on n.uai = m.uai
-- the file has no commune: by the school's number, never by its name
left join "educational_data".communes_de_code as k on k.code = coalesce(m.code_commune, g.code_commune, i.code_insee_de_la_commune)
left join "educational_data".commune_context_cache as c on c.code_commune = k.code_commune
where m.retired_at is null;
comment on materialized view "educational_data".college_context_cache is
  'One row per collège of the newest complete session: results, index, place, and the commune it stands in.';
comment on column "educational_data".college_context_cache.ips_status is
  'published; withheld (too few pupils known); empty; absent (the school is not in the file).';
comment on column "educational_data".college_context_cache.geom is
  'Longitude and latitude as PostgreSQL''s own point, which PostGIS casts to geometry; null = not known.';
create unique index college_context_cache_uai on "educational_data".college_context_cache (uai);
create index college_context_cache_departement on "educational_data".college_context_cache (code_departement, ips desc);
create index college_context_cache_commune on "educational_data".college_context_cache (code_commune);
create index college_context_cache_geom on "educational_data".college_context_cache using gist (geom);
create index college_context_cache_nom on "educational_data".college_context_cache (nom_recherche text_pattern_ops);
