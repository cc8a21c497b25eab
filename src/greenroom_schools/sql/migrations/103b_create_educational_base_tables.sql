-- Results of lycées and collèges, and where each school stands. Keys that hold in the published files: a school and a
-- year or session; a school. Source: ministère de l'Éducation nationale (DEPP, DNE), Licence Ouverte 2.0.
-- The index of social position, of the same step of the document, is in 103a.

create schema if not exists "educational_data";

create table "educational_data".aggregated_data_lycees_2024 (
  annee integer not null,
  uai text not null,
  etablissement text not null,
  code_region text,
  region text,
  academie text,
  code_departement text,
  departement text,
  code_commune text,
  ville text,
  secteur text,
  presents_toutes_series integer,
  taux_reussite_toutes_series double precision,
  valeur_ajoutee_taux_reussite_toutes_series double precision,
  taux_mentions_toutes_series double precision,
  valeur_ajoutee_taux_mentions_toutes_series double precision,
  presents_l integer,
  taux_reussite_l double precision,
  valeur_ajoutee_taux_reussite_l double precision,
  taux_mentions_l double precision,
  valeur_ajoutee_taux_mentions_l double precision,
  presents_es integer,
  taux_reussite_es double precision,
  valeur_ajoutee_taux_reussite_es double precision,
  taux_mentions_es double precision,
  valeur_ajoutee_taux_mentions_es double precision,
  presents_s integer,
  taux_reussite_s double precision,
  valeur_ajoutee_taux_reussite_s double precision,
  taux_mentions_s double precision,
  valeur_ajoutee_taux_mentions_s double precision,
  presents_gnle integer,
  taux_reussite_gnle double precision,
  valeur_ajoutee_taux_reussite_gnle double precision,
  taux_mentions_gnle double precision,
  valeur_ajoutee_taux_mentions_gnle double precision,
  presents_sti2d integer,
  taux_reussite_sti2d double precision,
  valeur_ajoutee_taux_reussite_sti2d double precision,
  taux_mentions_sti2d double precision,
  valeur_ajoutee_taux_mentions_sti2d double precision,
  presents_std2a integer,
  taux_reussite_std2a double precision,
  valeur_ajoutee_taux_reussite_std2a double precision,
  taux_mentions_std2a double precision,
  valeur_ajoutee_taux_mentions_std2a double precision,
  presents_stmg integer,
  taux_reussite_stmg double precision,
  valeur_ajoutee_taux_reussite_stmg double precision,
  taux_mentions_stmg double precision,
  valeur_ajoutee_taux_mentions_stmg double precision,
  presents_stl integer,
  taux_reussite_stl double precision,
  valeur_ajoutee_taux_reussite_stl double precision,
  taux_mentions_stl double precision,
  valeur_ajoutee_taux_mentions_stl double precision,
  presents_st2s integer,
  taux_reussite_st2s double precision,
  valeur_ajoutee_taux_reussite_st2s double precision,
  taux_mentions_st2s double precision,
  valeur_ajoutee_taux_mentions_st2s double precision,
  presents_tmd integer,
  taux_reussite_tmd double precision,
  valeur_ajoutee_taux_reussite_tmd double precision,
  taux_mentions_tmd double precision,
  valeur_ajoutee_taux_mentions_tmd double precision,
  presents_sthr integer,
  taux_reussite_sthr double precision,
  valeur_ajoutee_taux_reussite_sthr double precision,
  taux_mentions_sthr double precision,
  valeur_ajoutee_taux_mentions_sthr double precision,
  effectif_de_seconde integer,
  effectif_de_premiere integer,
  effectif_de_terminale integer,
  taux_acces_2nde_bac double precision,
  valeur_ajoutee_taux_acces_2nde_bac double precision,
  taux_acces_1ere_bac double precision,
  valeur_ajoutee_taux_acces_1ere_bac double precision,
  taux_acces_terminale_bac double precision,
  valeur_ajoutee_taux_acces_terminale_bac double precision,
  nombre_mentions_tb_avec_felicitations_g integer,
  nombre_mentions_tb_sans_felicitations_g integer,
  nombre_mentions_b_g integer,
  nombre_mentions_ab_g integer,
  nombre_mentions_tb_avec_felicitations_t integer,
  nombre_mentions_tb_sans_felicitations_t integer,
  nombre_mentions_b_t integer,
  nombre_mentions_ab_t integer,
  withheld text[],
  retired_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  release_id bigint,
  primary key (uai, annee)
);
comment on table "educational_data".aggregated_data_lycees_2024 is 'Results of lycées at the general and technological baccalauréat (IVAL), one row a lycée and year.';
comment on column "educational_data".aggregated_data_lycees_2024.annee is 'session of the baccalauréat: 2024 = summer 2024';
comment on column "educational_data".aggregated_data_lycees_2024.uai is 'school number with its check letter';
comment on column "educational_data".aggregated_data_lycees_2024.etablissement is 'name of the school, upper case';
comment on column "educational_data".aggregated_data_lycees_2024.code_region is 'INSEE code of the region; the workbook does not give it';
comment on column "educational_data".aggregated_data_lycees_2024.region is 'name of the INSEE region';
comment on column "educational_data".aggregated_data_lycees_2024.academie is 'name of the académie, upper case without accents';
comment on column "educational_data".aggregated_data_lycees_2024.code_departement is '01, 2A, 971; made from the commune for the workbook';
comment on column "educational_data".aggregated_data_lycees_2024.departement is 'name of the département, upper case';
comment on column "educational_data".aggregated_data_lycees_2024.code_commune is 'INSEE code; of the arrondissement in Paris, Lyon and Marseille';
comment on column "educational_data".aggregated_data_lycees_2024.ville is 'name of the commune, upper case';
comment on column "educational_data".aggregated_data_lycees_2024.secteur is 'public, privé sous contrat';
comment on column "educational_data".aggregated_data_lycees_2024.presents_toutes_series is 'candidates present';
comment on column "educational_data".aggregated_data_lycees_2024.taux_reussite_toutes_series is 'candidates who passed, per cent';
comment on column "educational_data".aggregated_data_lycees_2024.valeur_ajoutee_taux_reussite_toutes_series is 'candidates who passed: value added, points';
comment on column "educational_data".aggregated_data_lycees_2024.taux_mentions_toutes_series is 'candidates who passed with honours, per cent';
comment on column "educational_data".aggregated_data_lycees_2024.valeur_ajoutee_taux_mentions_toutes_series is 'candidates who passed with honours: value added, points';
comment on column "educational_data".aggregated_data_lycees_2024.presents_l is 'candidates present, série L (until 2020)';
comment on column "educational_data".aggregated_data_lycees_2024.taux_reussite_l is 'candidates who passed, série L (until 2020), per cent';
comment on column "educational_data".aggregated_data_lycees_2024.valeur_ajoutee_taux_reussite_l is 'candidates who passed, série L (until 2020): value added, points';
comment on column "educational_data".aggregated_data_lycees_2024.taux_mentions_l is 'candidates who passed with honours, série L (until 2020), per cent';
comment on column "educational_data".aggregated_data_lycees_2024.valeur_ajoutee_taux_mentions_l is 'candidates who passed with honours, série L (until 2020): value added, points';
comment on column "educational_data".aggregated_data_lycees_2024.presents_es is 'candidates present, série ES (until 2020)';
comment on column "educational_data".aggregated_data_lycees_2024.taux_reussite_es is 'candidates who passed, série ES (until 2020), per cent';
comment on column "educational_data".aggregated_data_lycees_2024.valeur_ajoutee_taux_reussite_es is 'candidates who passed, série ES (until 2020): value added, points';
comment on column "educational_data".aggregated_data_lycees_2024.taux_mentions_es is 'candidates who passed with honours, série ES (until 2020), per cent';
comment on column "educational_data".aggregated_data_lycees_2024.valeur_ajoutee_taux_mentions_es is 'candidates who passed with honours, série ES (until 2020): value added, points';
comment on column "educational_data".aggregated_data_lycees_2024.presents_s is 'candidates present, série S (until 2020)';
comment on column "educational_data".aggregated_data_lycees_2024.taux_reussite_s is 'candidates who passed, série S (until 2020), per cent';
comment on column "educational_data".aggregated_data_lycees_2024.valeur_ajoutee_taux_reussite_s is 'candidates who passed, série S (until 2020): value added, points';
comment on column "educational_data".aggregated_data_lycees_2024.taux_mentions_s is 'candidates who passed with honours, série S (until 2020), per cent';
comment on column "educational_data".aggregated_data_lycees_2024.valeur_ajoutee_taux_mentions_s is 'candidates who passed with honours, série S (until 2020): value added, points';
comment on column "educational_data".aggregated_data_lycees_2024.presents_gnle is 'candidates present, série general (since 2021)';
comment on column "educational_data".aggregated_data_lycees_2024.taux_reussite_gnle is 'candidates who passed, série general (since 2021), per cent';
comment on column "educational_data".aggregated_data_lycees_2024.valeur_ajoutee_taux_reussite_gnle is 'candidates who passed, série general (since 2021): value added, points';
comment on column "educational_data".aggregated_data_lycees_2024.taux_mentions_gnle is 'candidates who passed with honours, série general (since 2021), per cent';
comment on column "educational_data".aggregated_data_lycees_2024.valeur_ajoutee_taux_mentions_gnle is 'candidates who passed with honours, série general (since 2021): value added, points';
comment on column "educational_data".aggregated_data_lycees_2024.presents_sti2d is 'candidates present, série STI2D';
comment on column "educational_data".aggregated_data_lycees_2024.taux_reussite_sti2d is 'candidates who passed, série STI2D, per cent';
comment on column "educational_data".aggregated_data_lycees_2024.valeur_ajoutee_taux_reussite_sti2d is 'candidates who passed, série STI2D: value added, points';
comment on column "educational_data".aggregated_data_lycees_2024.taux_mentions_sti2d is 'candidates who passed with honours, série STI2D, per cent';
comment on column "educational_data".aggregated_data_lycees_2024.valeur_ajoutee_taux_mentions_sti2d is 'candidates who passed with honours, série STI2D: value added, points';
comment on column "educational_data".aggregated_data_lycees_2024.presents_std2a is 'candidates present, série STD2A';
comment on column "educational_data".aggregated_data_lycees_2024.taux_reussite_std2a is 'candidates who passed, série STD2A, per cent';
comment on column "educational_data".aggregated_data_lycees_2024.valeur_ajoutee_taux_reussite_std2a is 'candidates who passed, série STD2A: value added, points';
comment on column "educational_data".aggregated_data_lycees_2024.taux_mentions_std2a is 'candidates who passed with honours, série STD2A, per cent';
comment on column "educational_data".aggregated_data_lycees_2024.valeur_ajoutee_taux_mentions_std2a is 'candidates who passed with honours, série STD2A: value added, points';
comment on column "educational_data".aggregated_data_lycees_2024.presents_stmg is 'candidates present, série STMG';
comment on column "educational_data".aggregated_data_lycees_2024.taux_reussite_stmg is 'candidates who passed, série STMG, per cent';
comment on column "educational_data".aggregated_data_lycees_2024.valeur_ajoutee_taux_reussite_stmg is 'candidates who passed, série STMG: value added, points';
comment on column "educational_data".aggregated_data_lycees_2024.taux_mentions_stmg is 'candidates who passed with honours, série STMG, per cent';
comment on column "educational_data".aggregated_data_lycees_2024.valeur_ajoutee_taux_mentions_stmg is 'candidates who passed with honours, série STMG: value added, points';
comment on column "educational_data".aggregated_data_lycees_2024.presents_stl is 'candidates present, série STL';
comment on column "educational_data".aggregated_data_lycees_2024.taux_reussite_stl is 'candidates who passed, série STL, per cent';
comment on column "educational_data".aggregated_data_lycees_2024.valeur_ajoutee_taux_reussite_stl is 'candidates who passed, série STL: value added, points';
comment on column "educational_data".aggregated_data_lycees_2024.taux_mentions_stl is 'candidates who passed with honours, série STL, per cent';
comment on column "educational_data".aggregated_data_lycees_2024.valeur_ajoutee_taux_mentions_stl is 'candidates who passed with honours, série STL: value added, points';
comment on column "educational_data".aggregated_data_lycees_2024.presents_st2s is 'candidates present, série ST2S';
comment on column "educational_data".aggregated_data_lycees_2024.taux_reussite_st2s is 'candidates who passed, série ST2S, per cent';
comment on column "educational_data".aggregated_data_lycees_2024.valeur_ajoutee_taux_reussite_st2s is 'candidates who passed, série ST2S: value added, points';
comment on column "educational_data".aggregated_data_lycees_2024.taux_mentions_st2s is 'candidates who passed with honours, série ST2S, per cent';
comment on column "educational_data".aggregated_data_lycees_2024.valeur_ajoutee_taux_mentions_st2s is 'candidates who passed with honours, série ST2S: value added, points';
comment on column "educational_data".aggregated_data_lycees_2024.presents_tmd is 'candidates present, série S2TMD, formerly TMD';
comment on column "educational_data".aggregated_data_lycees_2024.taux_reussite_tmd is 'candidates who passed, série S2TMD, formerly TMD, per cent';
comment on column "educational_data".aggregated_data_lycees_2024.valeur_ajoutee_taux_reussite_tmd is 'candidates who passed, série S2TMD, formerly TMD: value added, points';
comment on column "educational_data".aggregated_data_lycees_2024.taux_mentions_tmd is 'candidates who passed with honours, série S2TMD, formerly TMD, per cent';
comment on column "educational_data".aggregated_data_lycees_2024.valeur_ajoutee_taux_mentions_tmd is 'candidates who passed with honours, série S2TMD, formerly TMD: value added, points';
comment on column "educational_data".aggregated_data_lycees_2024.presents_sthr is 'candidates present, série STHR, formerly hôtellerie';
comment on column "educational_data".aggregated_data_lycees_2024.taux_reussite_sthr is 'candidates who passed, série STHR, formerly hôtellerie, per cent';
comment on column "educational_data".aggregated_data_lycees_2024.valeur_ajoutee_taux_reussite_sthr is 'candidates who passed, série STHR, formerly hôtellerie: value added, points';
comment on column "educational_data".aggregated_data_lycees_2024.taux_mentions_sthr is 'candidates who passed with honours, série STHR, formerly hôtellerie, per cent';
comment on column "educational_data".aggregated_data_lycees_2024.valeur_ajoutee_taux_mentions_sthr is 'candidates who passed with honours, série STHR, formerly hôtellerie: value added, points';
comment on column "educational_data".aggregated_data_lycees_2024.effectif_de_seconde is 'pupils of the first year at the autumn before the session';
comment on column "educational_data".aggregated_data_lycees_2024.effectif_de_premiere is 'pupils of the second year';
comment on column "educational_data".aggregated_data_lycees_2024.effectif_de_terminale is 'pupils of the last year';
comment on column "educational_data".aggregated_data_lycees_2024.taux_acces_2nde_bac is 'from the first year to the diploma, per cent';
comment on column "educational_data".aggregated_data_lycees_2024.valeur_ajoutee_taux_acces_2nde_bac is 'from the first year to the diploma: value added, points';
comment on column "educational_data".aggregated_data_lycees_2024.taux_acces_1ere_bac is 'from the second year to the diploma, per cent';
comment on column "educational_data".aggregated_data_lycees_2024.valeur_ajoutee_taux_acces_1ere_bac is 'from the second year to the diploma: value added, points';
comment on column "educational_data".aggregated_data_lycees_2024.taux_acces_terminale_bac is 'from the last year to the diploma, per cent';
comment on column "educational_data".aggregated_data_lycees_2024.valeur_ajoutee_taux_acces_terminale_bac is 'from the last year to the diploma: value added, points';
comment on column "educational_data".aggregated_data_lycees_2024.nombre_mentions_tb_avec_felicitations_g is 'candidates with honours très bien, with the jury''s praise (18 and above), general track; since 2021';
comment on column "educational_data".aggregated_data_lycees_2024.nombre_mentions_tb_sans_felicitations_g is 'candidates with honours très bien (16 to 18), general track; since 2021';
comment on column "educational_data".aggregated_data_lycees_2024.nombre_mentions_b_g is 'candidates with honours bien (14 to 16), general track; since 2021';
comment on column "educational_data".aggregated_data_lycees_2024.nombre_mentions_ab_g is 'candidates with honours assez bien (12 to 14), general track; since 2021';
comment on column "educational_data".aggregated_data_lycees_2024.nombre_mentions_tb_avec_felicitations_t is 'candidates with honours très bien, with the jury''s praise (18 and above), technological track; since 2021';
comment on column "educational_data".aggregated_data_lycees_2024.nombre_mentions_tb_sans_felicitations_t is 'candidates with honours très bien (16 to 18), technological track; since 2021';
comment on column "educational_data".aggregated_data_lycees_2024.nombre_mentions_b_t is 'candidates with honours bien (14 to 16), technological track; since 2021';
comment on column "educational_data".aggregated_data_lycees_2024.nombre_mentions_ab_t is 'candidates with honours assez bien (12 to 14), technological track; since 2021';
comment on column "educational_data".aggregated_data_lycees_2024.withheld is 'columns whose value the ministry withheld in this row; filled by the seal';
comment on column "educational_data".aggregated_data_lycees_2024.retired_at is 'since when no file names this row; null = current';
comment on column "educational_data".aggregated_data_lycees_2024.created_at is 'when the row was first published here';
comment on column "educational_data".aggregated_data_lycees_2024.updated_at is 'when a release last changed it';
comment on column "educational_data".aggregated_data_lycees_2024.release_id is 'the release that last changed it';
-- "The lycées of a département in one year" and "of a commune" are what a school search asks; the key serves one school's years.
create index aggregated_data_lycees_2024_departement on "educational_data".aggregated_data_lycees_2024 (code_departement, annee);
create index aggregated_data_lycees_2024_commune on "educational_data".aggregated_data_lycees_2024 (code_commune, annee);
create index aggregated_data_lycees_2024_academie on "educational_data".aggregated_data_lycees_2024 (academie, annee);
create index aggregated_data_lycees_2024_annee on "educational_data".aggregated_data_lycees_2024 (annee);
-- names are upper case without accents: a prefix is found without folding
create index aggregated_data_lycees_2024_etablissement on "educational_data".aggregated_data_lycees_2024 (etablissement text_pattern_ops);

create table "educational_data".aggregated_data_lycees_pro (
  annee integer not null,
  uai text not null,
  etablissement text not null,
  code_region text,
  region text,
  academie text,
  code_departement text,
  departement text,
  code_commune text,
  ville text,
  secteur text,
  presents_toutes_specialites integer,
  taux_reussite_toutes_specialites double precision,
  valeur_ajoutee_taux_reussite_toutes_specialites double precision,
  taux_mentions_toutes_specialites double precision,
  valeur_ajoutee_taux_mentions_toutes_specialites double precision,
  presents_production integer,
  taux_reussite_production double precision,
  valeur_ajoutee_taux_reussite_production double precision,
  taux_mentions_production double precision,
  valeur_ajoutee_taux_mentions_production double precision,
  presents_services integer,
  taux_reussite_services double precision,
  valeur_ajoutee_taux_reussite_services double precision,
  taux_mentions_services double precision,
  valeur_ajoutee_taux_mentions_services double precision,
  presents_pluri_techno integer,
  taux_reussite_pluri_techno double precision,
  valeur_ajoutee_taux_reussite_pluri_techno double precision,
  taux_mentions_pluri_techno double precision,
  valeur_ajoutee_taux_mentions_pluri_techno double precision,
  presents_transformations integer,
  taux_reussite_transformations double precision,
  valeur_ajoutee_taux_reussite_transformations double precision,
  taux_mentions_transformations double precision,
  valeur_ajoutee_taux_mentions_transformations double precision,
  presents_genie_civil integer,
  taux_reussite_genie_civil double precision,
  valeur_ajoutee_taux_reussite_genie_civil double precision,
  taux_mentions_genie_civil double precision,
  valeur_ajoutee_taux_mentions_genie_civil double precision,
  presents_materiaux_souples integer,
  taux_reussite_materiaux_souples double precision,
  valeur_ajoutee_taux_reussite_materiaux_souples double precision,
  taux_mentions_materiaux_souples double precision,
  valeur_ajoutee_taux_mentions_materiaux_souples double precision,
  presents_mecanique_electricite integer,
  taux_reussite_mecanique_electricite double precision,
  valeur_ajoutee_taux_reussite_mecanique_electricite double precision,
  taux_mentions_mecanique_electricite double precision,
  valeur_ajoutee_taux_mentions_mecanique_electricite double precision,
  presents_services_plurivalents integer,
  taux_reussite_services_plurivalents double precision,
  valeur_ajoutee_taux_reussite_services_plurivalents double precision,
  taux_mentions_services_plurivalents double precision,
  valeur_ajoutee_taux_mentions_services_plurivalents double precision,
  presents_echanges_gestion integer,
  taux_reussite_echanges_gestion double precision,
  valeur_ajoutee_taux_reussite_echanges_gestion double precision,
  taux_mentions_echanges_gestion double precision,
  valeur_ajoutee_taux_mentions_echanges_gestion double precision,
  presents_communication integer,
  taux_reussite_communication double precision,
  valeur_ajoutee_taux_reussite_communication double precision,
  taux_mentions_communication double precision,
  valeur_ajoutee_taux_mentions_communication double precision,
  presents_services_personnes integer,
  taux_reussite_services_personnes double precision,
  valeur_ajoutee_taux_reussite_services_personnes double precision,
  taux_mentions_services_personnes double precision,
  valeur_ajoutee_taux_mentions_services_personnes double precision,
  presents_services_collectivite integer,
  taux_reussite_services_collectivite double precision,
  valeur_ajoutee_taux_reussite_services_collectivite double precision,
  taux_mentions_services_collectivite double precision,
  valeur_ajoutee_taux_mentions_services_collectivite double precision,
  effectif_de_seconde integer,
  effectif_de_premiere integer,
  effectif_de_terminale integer,
  taux_acces_2nde_bac double precision,
  valeur_ajoutee_taux_acces_2nde_bac double precision,
  taux_acces_1ere_bac double precision,
  valeur_ajoutee_taux_acces_1ere_bac double precision,
  taux_acces_terminale_bac double precision,
  valeur_ajoutee_taux_acces_terminale_bac double precision,
  withheld text[],
  retired_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  release_id bigint,
  primary key (uai, annee)
);
comment on table "educational_data".aggregated_data_lycees_pro is 'Results of lycées at the vocational baccalauréat (IVAL), one row a lycée and year.';
comment on column "educational_data".aggregated_data_lycees_pro.annee is 'session of the baccalauréat: 2024 = summer 2024';
comment on column "educational_data".aggregated_data_lycees_pro.uai is 'school number with its check letter';
comment on column "educational_data".aggregated_data_lycees_pro.etablissement is 'name of the school, upper case';
comment on column "educational_data".aggregated_data_lycees_pro.code_region is 'INSEE code of the region; the workbook does not give it';
comment on column "educational_data".aggregated_data_lycees_pro.region is 'name of the INSEE region';
comment on column "educational_data".aggregated_data_lycees_pro.academie is 'name of the académie, upper case without accents';
comment on column "educational_data".aggregated_data_lycees_pro.code_departement is '01, 2A, 971; made from the commune for the workbook';
comment on column "educational_data".aggregated_data_lycees_pro.departement is 'name of the département, upper case';
comment on column "educational_data".aggregated_data_lycees_pro.code_commune is 'INSEE code; of the arrondissement in Paris, Lyon and Marseille';
comment on column "educational_data".aggregated_data_lycees_pro.ville is 'name of the commune, upper case';
comment on column "educational_data".aggregated_data_lycees_pro.secteur is 'public, privé sous contrat';
comment on column "educational_data".aggregated_data_lycees_pro.presents_toutes_specialites is 'present, all specialities';
comment on column "educational_data".aggregated_data_lycees_pro.taux_reussite_toutes_specialites is 'candidates who passed, all specialities, per cent';
comment on column "educational_data".aggregated_data_lycees_pro.valeur_ajoutee_taux_reussite_toutes_specialites is 'candidates who passed, all specialities: value added, points';
comment on column "educational_data".aggregated_data_lycees_pro.taux_mentions_toutes_specialites is 'candidates who passed with honours, all specialities, per cent';
comment on column "educational_data".aggregated_data_lycees_pro.valeur_ajoutee_taux_mentions_toutes_specialites is 'candidates who passed with honours, all specialities: value added, points';
comment on column "educational_data".aggregated_data_lycees_pro.presents_production is 'present, Ensemble Production';
comment on column "educational_data".aggregated_data_lycees_pro.taux_reussite_production is 'candidates who passed, Ensemble Production, per cent';
comment on column "educational_data".aggregated_data_lycees_pro.valeur_ajoutee_taux_reussite_production is 'candidates who passed, Ensemble Production: value added, points';
comment on column "educational_data".aggregated_data_lycees_pro.taux_mentions_production is 'candidates who passed with honours, Ensemble Production, per cent';
comment on column "educational_data".aggregated_data_lycees_pro.valeur_ajoutee_taux_mentions_production is 'candidates who passed with honours, Ensemble Production: value added, points';
comment on column "educational_data".aggregated_data_lycees_pro.presents_services is 'present, Ensemble Services';
comment on column "educational_data".aggregated_data_lycees_pro.taux_reussite_services is 'candidates who passed, Ensemble Services, per cent';
comment on column "educational_data".aggregated_data_lycees_pro.valeur_ajoutee_taux_reussite_services is 'candidates who passed, Ensemble Services: value added, points';
comment on column "educational_data".aggregated_data_lycees_pro.taux_mentions_services is 'candidates who passed with honours, Ensemble Services, per cent';
comment on column "educational_data".aggregated_data_lycees_pro.valeur_ajoutee_taux_mentions_services is 'candidates who passed with honours, Ensemble Services: value added, points';
comment on column "educational_data".aggregated_data_lycees_pro.presents_pluri_techno is 'present, Spécialités pluri-techno';
comment on column "educational_data".aggregated_data_lycees_pro.taux_reussite_pluri_techno is 'candidates who passed, Spécialités pluri-techno, per cent';
comment on column "educational_data".aggregated_data_lycees_pro.valeur_ajoutee_taux_reussite_pluri_techno is 'candidates who passed, Spécialités pluri-techno: value added, points';
comment on column "educational_data".aggregated_data_lycees_pro.taux_mentions_pluri_techno is 'candidates who passed with honours, Spécialités pluri-techno, per cent';
comment on column "educational_data".aggregated_data_lycees_pro.valeur_ajoutee_taux_mentions_pluri_techno is 'candidates who passed with honours, Spécialités pluri-techno: value added, points';
comment on column "educational_data".aggregated_data_lycees_pro.presents_transformations is 'present, Transformations';
comment on column "educational_data".aggregated_data_lycees_pro.taux_reussite_transformations is 'candidates who passed, Transformations, per cent';
comment on column "educational_data".aggregated_data_lycees_pro.valeur_ajoutee_taux_reussite_transformations is 'candidates who passed, Transformations: value added, points';
comment on column "educational_data".aggregated_data_lycees_pro.taux_mentions_transformations is 'candidates who passed with honours, Transformations, per cent';
comment on column "educational_data".aggregated_data_lycees_pro.valeur_ajoutee_taux_mentions_transformations is 'candidates who passed with honours, Transformations: value added, points';
comment on column "educational_data".aggregated_data_lycees_pro.presents_genie_civil is 'present, Génie civil, construction et bois';
comment on column "educational_data".aggregated_data_lycees_pro.taux_reussite_genie_civil is 'candidates who passed, Génie civil, construction et bois, per cent';
comment on column "educational_data".aggregated_data_lycees_pro.valeur_ajoutee_taux_reussite_genie_civil is 'candidates who passed, Génie civil, construction et bois: value added, points';
comment on column "educational_data".aggregated_data_lycees_pro.taux_mentions_genie_civil is 'candidates who passed with honours, Génie civil, construction et bois, per cent';
comment on column "educational_data".aggregated_data_lycees_pro.valeur_ajoutee_taux_mentions_genie_civil is 'candidates who passed with honours, Génie civil, construction et bois: value added, points';
comment on column "educational_data".aggregated_data_lycees_pro.presents_materiaux_souples is 'present, Matériaux souples';
comment on column "educational_data".aggregated_data_lycees_pro.taux_reussite_materiaux_souples is 'candidates who passed, Matériaux souples, per cent';
comment on column "educational_data".aggregated_data_lycees_pro.valeur_ajoutee_taux_reussite_materiaux_souples is 'candidates who passed, Matériaux souples: value added, points';
comment on column "educational_data".aggregated_data_lycees_pro.taux_mentions_materiaux_souples is 'candidates who passed with honours, Matériaux souples, per cent';
comment on column "educational_data".aggregated_data_lycees_pro.valeur_ajoutee_taux_mentions_materiaux_souples is 'candidates who passed with honours, Matériaux souples: value added, points';
comment on column "educational_data".aggregated_data_lycees_pro.presents_mecanique_electricite is 'present, Mécanique, électricité, électronique';
comment on column "educational_data".aggregated_data_lycees_pro.taux_reussite_mecanique_electricite is 'candidates who passed, Mécanique, électricité, électronique, per cent';
comment on column "educational_data".aggregated_data_lycees_pro.valeur_ajoutee_taux_reussite_mecanique_electricite is 'candidates who passed, Mécanique, électricité, électronique: value added, points';
comment on column "educational_data".aggregated_data_lycees_pro.taux_mentions_mecanique_electricite is 'candidates who passed with honours, Mécanique, électricité, électronique, per cent';
comment on column "educational_data".aggregated_data_lycees_pro.valeur_ajoutee_taux_mentions_mecanique_electricite is 'candidates who passed with honours, Mécanique, électricité, électronique: value added, points';
comment on column "educational_data".aggregated_data_lycees_pro.presents_services_plurivalents is 'present, Spécialités plurivalentes des services';
comment on column "educational_data".aggregated_data_lycees_pro.taux_reussite_services_plurivalents is 'candidates who passed, Spécialités plurivalentes des services, per cent';
comment on column "educational_data".aggregated_data_lycees_pro.valeur_ajoutee_taux_reussite_services_plurivalents is 'candidates who passed, Spécialités plurivalentes des services: value added, points';
comment on column "educational_data".aggregated_data_lycees_pro.taux_mentions_services_plurivalents is 'candidates who passed with honours, Spécialités plurivalentes des services, per cent';
comment on column "educational_data".aggregated_data_lycees_pro.valeur_ajoutee_taux_mentions_services_plurivalents is 'candidates who passed with honours, Spécialités plurivalentes des services: value added, points';
comment on column "educational_data".aggregated_data_lycees_pro.presents_echanges_gestion is 'present, Échanges et gestion';
comment on column "educational_data".aggregated_data_lycees_pro.taux_reussite_echanges_gestion is 'candidates who passed, Échanges et gestion, per cent';
comment on column "educational_data".aggregated_data_lycees_pro.valeur_ajoutee_taux_reussite_echanges_gestion is 'candidates who passed, Échanges et gestion: value added, points';
comment on column "educational_data".aggregated_data_lycees_pro.taux_mentions_echanges_gestion is 'candidates who passed with honours, Échanges et gestion, per cent';
comment on column "educational_data".aggregated_data_lycees_pro.valeur_ajoutee_taux_mentions_echanges_gestion is 'candidates who passed with honours, Échanges et gestion: value added, points';
comment on column "educational_data".aggregated_data_lycees_pro.presents_communication is 'present, Communication et information';
comment on column "educational_data".aggregated_data_lycees_pro.taux_reussite_communication is 'candidates who passed, Communication et information, per cent';
comment on column "educational_data".aggregated_data_lycees_pro.valeur_ajoutee_taux_reussite_communication is 'candidates who passed, Communication et information: value added, points';
comment on column "educational_data".aggregated_data_lycees_pro.taux_mentions_communication is 'candidates who passed with honours, Communication et information, per cent';
comment on column "educational_data".aggregated_data_lycees_pro.valeur_ajoutee_taux_mentions_communication is 'candidates who passed with honours, Communication et information: value added, points';
comment on column "educational_data".aggregated_data_lycees_pro.presents_services_personnes is 'present, Services aux personnes';
comment on column "educational_data".aggregated_data_lycees_pro.taux_reussite_services_personnes is 'candidates who passed, Services aux personnes, per cent';
comment on column "educational_data".aggregated_data_lycees_pro.valeur_ajoutee_taux_reussite_services_personnes is 'candidates who passed, Services aux personnes: value added, points';
comment on column "educational_data".aggregated_data_lycees_pro.taux_mentions_services_personnes is 'candidates who passed with honours, Services aux personnes, per cent';
comment on column "educational_data".aggregated_data_lycees_pro.valeur_ajoutee_taux_mentions_services_personnes is 'candidates who passed with honours, Services aux personnes: value added, points';
comment on column "educational_data".aggregated_data_lycees_pro.presents_services_collectivite is 'present, Services à la collectivité';
comment on column "educational_data".aggregated_data_lycees_pro.taux_reussite_services_collectivite is 'candidates who passed, Services à la collectivité, per cent';
comment on column "educational_data".aggregated_data_lycees_pro.valeur_ajoutee_taux_reussite_services_collectivite is 'candidates who passed, Services à la collectivité: value added, points';
comment on column "educational_data".aggregated_data_lycees_pro.taux_mentions_services_collectivite is 'candidates who passed with honours, Services à la collectivité, per cent';
comment on column "educational_data".aggregated_data_lycees_pro.valeur_ajoutee_taux_mentions_services_collectivite is 'candidates who passed with honours, Services à la collectivité: value added, points';
comment on column "educational_data".aggregated_data_lycees_pro.effectif_de_seconde is 'pupils of the first year at the autumn before the session';
comment on column "educational_data".aggregated_data_lycees_pro.effectif_de_premiere is 'pupils of the second year';
comment on column "educational_data".aggregated_data_lycees_pro.effectif_de_terminale is 'pupils of the last year';
comment on column "educational_data".aggregated_data_lycees_pro.taux_acces_2nde_bac is 'from the first year to the diploma, per cent';
comment on column "educational_data".aggregated_data_lycees_pro.valeur_ajoutee_taux_acces_2nde_bac is 'from the first year to the diploma: value added, points';
comment on column "educational_data".aggregated_data_lycees_pro.taux_acces_1ere_bac is 'from the second year to the diploma, per cent';
comment on column "educational_data".aggregated_data_lycees_pro.valeur_ajoutee_taux_acces_1ere_bac is 'from the second year to the diploma: value added, points';
comment on column "educational_data".aggregated_data_lycees_pro.taux_acces_terminale_bac is 'from the last year to the diploma, per cent';
comment on column "educational_data".aggregated_data_lycees_pro.valeur_ajoutee_taux_acces_terminale_bac is 'from the last year to the diploma: value added, points';
comment on column "educational_data".aggregated_data_lycees_pro.withheld is 'columns whose value the ministry withheld in this row; filled by the seal';
comment on column "educational_data".aggregated_data_lycees_pro.retired_at is 'since when no file names this row; null = current';
comment on column "educational_data".aggregated_data_lycees_pro.created_at is 'when the row was first published here';
comment on column "educational_data".aggregated_data_lycees_pro.updated_at is 'when a release last changed it';
comment on column "educational_data".aggregated_data_lycees_pro.release_id is 'the release that last changed it';
create index aggregated_data_lycees_pro_departement on "educational_data".aggregated_data_lycees_pro (code_departement, annee);
create index aggregated_data_lycees_pro_commune on "educational_data".aggregated_data_lycees_pro (code_commune, annee);
create index aggregated_data_lycees_pro_annee on "educational_data".aggregated_data_lycees_pro (annee);

create table "educational_data".metrics_colleges (
  session integer not null,
  uai text not null,
  nom_etablissement text not null,
  commune text,
  code_region_academique text,
  region_academique text,
  code_academie text,
  academie text,
  code_departement text,
  departement text,
  secteur text,
  nb_candidats_g integer,
  taux_reussite_g numeric(5,2),
  va_taux_reussite_g numeric(5,2),
  note_ecrit_g numeric(5,2),
  va_note_g numeric(5,2),
  nb_candidats_p integer,
  taux_reussite_p numeric(5,2),
  note_ecrit_p numeric(5,2),
  taux_acces_6e_3e numeric(5,2),
  part_presents_3e_ordinaire_total numeric(5,2),
  part_presents_3e_ordinaire_g numeric(5,2),
  part_presents_3e_ordinaire_p numeric(5,2),
  part_presents_3e_segpa_total numeric(5,2),
  nb_mentions_ab_g integer,
  nb_mentions_b_g integer,
  nb_mentions_tb_g integer,
  nb_mentions_global_g integer,
  taux_mention numeric(5,2),
  score_college numeric,
  classement integer,
  classement_relatif integer,
  valeur_ajoutee numeric,
  code_commune text,
  withheld text[],
  retired_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  release_id bigint,
  primary key (uai, session)
);
comment on table "educational_data".metrics_colleges is 'Results of collèges at the brevet (IVAC), one row a collège and session.';
comment on column "educational_data".metrics_colleges.session is 'session of the brevet: 2024 = summer 2024';
comment on column "educational_data".metrics_colleges.uai is 'school number with its check letter';
comment on column "educational_data".metrics_colleges.nom_etablissement is 'name of the school, upper case; the publisher writes a comma for each full stop (W,A, MOZART)';
comment on column "educational_data".metrics_colleges.commune is 'name of the commune, upper case; not a key';
comment on column "educational_data".metrics_colleges.code_region_academique is 'code of the académie''s region, not INSEE''s';
comment on column "educational_data".metrics_colleges.region_academique is 'name of the académie''s region';
comment on column "educational_data".metrics_colleges.code_academie is 'code of the académie';
comment on column "educational_data".metrics_colleges.academie is 'name of the académie, upper case without accents';
comment on column "educational_data".metrics_colleges.code_departement is '01, 2A, 971';
comment on column "educational_data".metrics_colleges.departement is 'name of the département, upper case';
comment on column "educational_data".metrics_colleges.secteur is 'public, privé sous contrat';
comment on column "educational_data".metrics_colleges.nb_candidats_g is 'candidates of the general series';
comment on column "educational_data".metrics_colleges.taux_reussite_g is 'candidates who passed, general series, per cent';
comment on column "educational_data".metrics_colleges.va_taux_reussite_g is 'candidates who passed, general series, points: value added';
comment on column "educational_data".metrics_colleges.note_ecrit_g is 'mean mark of the written papers, general series, out of 20';
comment on column "educational_data".metrics_colleges.va_note_g is 'mean mark of the written papers, general series: value added';
comment on column "educational_data".metrics_colleges.nb_candidats_p is 'candidates of the vocational series';
comment on column "educational_data".metrics_colleges.taux_reussite_p is 'candidates who passed, vocational series, per cent';
comment on column "educational_data".metrics_colleges.note_ecrit_p is 'mean mark of the written papers, vocational series, out of 20';
comment on column "educational_data".metrics_colleges.taux_acces_6e_3e is 'pupils of sixième who reach troisième in the school, per cent';
comment on column "educational_data".metrics_colleges.part_presents_3e_ordinaire_total is 'pupils of troisième outside segpa who sat it, per cent';
comment on column "educational_data".metrics_colleges.part_presents_3e_ordinaire_g is 'pupils of troisième outside segpa, general series who sat it, per cent';
comment on column "educational_data".metrics_colleges.part_presents_3e_ordinaire_p is 'pupils of troisième outside segpa, vocational series who sat it, per cent';
comment on column "educational_data".metrics_colleges.part_presents_3e_segpa_total is 'pupils of troisième in segpa who sat it, per cent';
comment on column "educational_data".metrics_colleges.nb_mentions_ab_g is 'candidates with honours assez bien, general series';
comment on column "educational_data".metrics_colleges.nb_mentions_b_g is 'candidates with honours bien, general series';
comment on column "educational_data".metrics_colleges.nb_mentions_tb_g is 'candidates with honours très bien, general series';
comment on column "educational_data".metrics_colleges.nb_mentions_global_g is 'candidates with honours, general series';
comment on column "educational_data".metrics_colleges.taux_mention is 'computed here: 100 * nb_mentions_global_g / nb_candidats_g, two decimals, per cent';
comment on column "educational_data".metrics_colleges.score_college is 'filled only from an export of the old table; the source has no such thing';
comment on column "educational_data".metrics_colleges.classement is 'filled only from an export of the old table; the source has no such thing';
comment on column "educational_data".metrics_colleges.classement_relatif is 'filled only from an export of the old table; the source has no such thing';
comment on column "educational_data".metrics_colleges.valeur_ajoutee is 'filled only from an export of the old table; the source has no such thing';
comment on column "educational_data".metrics_colleges.code_commune is 'INSEE code, found by UAI: in the national directory, then in the index of social position';
comment on column "educational_data".metrics_colleges.withheld is 'columns whose value the ministry withheld in this row; filled by the seal';
comment on column "educational_data".metrics_colleges.retired_at is 'since when no file names this row; null = current';
comment on column "educational_data".metrics_colleges.created_at is 'when the row was first published here';
comment on column "educational_data".metrics_colleges.updated_at is 'when a release last changed it';
comment on column "educational_data".metrics_colleges.release_id is 'the release that last changed it';
-- the newest session, then a département or a commune in it
create index metrics_colleges_session on "educational_data".metrics_colleges (session);
create index metrics_colleges_departement on "educational_data".metrics_colleges (code_departement, session);
create index metrics_colleges_commune on "educational_data".metrics_colleges (code_commune, session);
create index metrics_colleges_academie on "educational_data".metrics_colleges (academie, session);
create index metrics_colleges_nom on "educational_data".metrics_colleges (nom_etablissement text_pattern_ops);

create table "educational_data".etablissements_par_source (
  source text not null,
  uai text not null,
  nom text,
  nature text,
  nature_libelle text,
  type text,
  secteur text,
  adresse text,
  code_postal text,
  localite text,
  code_commune text,
  commune text,
  code_departement text,
  departement text,
  code_academie text,
  academie text,
  code_region_insee text,
  region text,
  latitude double precision,
  longitude double precision,
  epsg text,
  appariement text,
  localisation text,
  etat text,
  date_ouverture date,
  section_internationale boolean,
  voie_generale boolean,
  voie_technologique boolean,
  voie_professionnelle boolean,
  post_bac boolean,
  withheld text[],
  retired_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  release_id bigint,
  primary key (source, uai)
);
comment on table "educational_data".etablissements_par_source is 'What each directory of schools says of each school. etablissements_geolocalisation is made of it.';
comment on column "educational_data".etablissements_par_source.source is 'which directory';
comment on column "educational_data".etablissements_par_source.uai is 'school number with its check letter';
comment on column "educational_data".etablissements_par_source.nom is 'name, as written on the door; not a key';
comment on column "educational_data".etablissements_par_source.nature is 'code of the kind of school in the ministry''s register, 300 = LEGT';
comment on column "educational_data".etablissements_par_source.nature_libelle is 'kind of school in words';
comment on column "educational_data".etablissements_par_source.type is 'école, collège, lycée, erea …; by the annuaire, else by nature (300 to 335 = lycée)';
comment on column "educational_data".etablissements_par_source.secteur is 'public, privé sous contrat, privé hors contrat; privé where the file does not say which';
comment on column "educational_data".etablissements_par_source.adresse is 'street, place name and box, in one line';
comment on column "educational_data".etablissements_par_source.code_postal is 'postal code; of the cedex where there is one';
comment on column "educational_data".etablissements_par_source.localite is 'name of the post town';
comment on column "educational_data".etablissements_par_source.code_commune is 'INSEE code; of the arrondissement in Paris, Lyon and Marseille';
comment on column "educational_data".etablissements_par_source.commune is 'name of the commune';
comment on column "educational_data".etablissements_par_source.code_departement is '01, 2A, 971';
comment on column "educational_data".etablissements_par_source.departement is 'name of the département';
comment on column "educational_data".etablissements_par_source.code_academie is 'code of the académie';
comment on column "educational_data".etablissements_par_source.academie is 'name of the académie';
comment on column "educational_data".etablissements_par_source.code_region_insee is 'INSEE code of the region';
comment on column "educational_data".etablissements_par_source.region is 'name of the INSEE region';
comment on column "educational_data".etablissements_par_source.latitude is 'degrees, WGS 84';
comment on column "educational_data".etablissements_par_source.longitude is 'degrees, WGS 84';
comment on column "educational_data".etablissements_par_source.epsg is 'projection of the source''s other coordinates; only a check, they are not read';
comment on column "educational_data".etablissements_par_source.appariement is 'how well the address was matched: Parfaite, Correcte, MANUEL, Moyenne, Mauvaise …';
comment on column "educational_data".etablissements_par_source.localisation is 'what was matched: Numéro de rue, Rue, Ville …';
comment on column "educational_data".etablissements_par_source.etat is 'OUVERT, A OUVRIR, A FERMER';
comment on column "educational_data".etablissements_par_source.date_ouverture is 'day it opened';
comment on column "educational_data".etablissements_par_source.section_internationale is 'has an international section, by the annuaire';
comment on column "educational_data".etablissements_par_source.voie_generale is 'has the general track, by the annuaire';
comment on column "educational_data".etablissements_par_source.voie_technologique is 'has the technological track, by the annuaire';
comment on column "educational_data".etablissements_par_source.voie_professionnelle is 'has the vocational track, by the annuaire';
comment on column "educational_data".etablissements_par_source.post_bac is 'has classes after the baccalauréat, by the annuaire';
comment on column "educational_data".etablissements_par_source.withheld is 'columns whose value the ministry withheld in this row; filled by the seal';
comment on column "educational_data".etablissements_par_source.retired_at is 'since when no file names this row; null = current';
comment on column "educational_data".etablissements_par_source.created_at is 'when the row was first published here';
comment on column "educational_data".etablissements_par_source.updated_at is 'when a release last changed it';
comment on column "educational_data".etablissements_par_source.release_id is 'the release that last changed it';
create index etablissements_par_source_uai on "educational_data".etablissements_par_source (uai);

create table "educational_data".etablissements_geolocalisation (
  uai text not null,
  nom text,
  nature text,
  nature_libelle text,
  type text,
  secteur text,
  est_lycee boolean,
  est_college boolean,
  adresse text,
  code_postal text,
  localite text,
  code_commune text,
  commune text,
  code_departement text,
  departement text,
  code_academie text,
  academie text,
  code_region_insee text,
  region text,
  latitude double precision,
  longitude double precision,
  epsg text,
  appariement text,
  localisation text,
  position_source text,
  etat text,
  date_ouverture date,
  section_internationale boolean,
  voie_generale boolean,
  voie_technologique boolean,
  voie_professionnelle boolean,
  post_bac boolean,
  source text,
  sources text[],
  withheld text[],
  retired_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  release_id bigint,
  primary key (uai)
);
comment on table "educational_data".etablissements_geolocalisation is 'The national directory: one row a school, of every level, with its address, commune and point.';
comment on column "educational_data".etablissements_geolocalisation.uai is 'school number with its check letter';
comment on column "educational_data".etablissements_geolocalisation.nom is 'name, as written on the door; not a key';
comment on column "educational_data".etablissements_geolocalisation.nature is 'code of the kind of school in the ministry''s register, 300 = LEGT';
comment on column "educational_data".etablissements_geolocalisation.nature_libelle is 'kind of school in words';
comment on column "educational_data".etablissements_geolocalisation.type is 'école, collège, lycée, erea …; by the annuaire, else by nature (300 to 335 = lycée)';
comment on column "educational_data".etablissements_geolocalisation.secteur is 'public, privé sous contrat, privé hors contrat; privé where the file does not say which';
comment on column "educational_data".etablissements_geolocalisation.est_lycee is 'whether it is a lycée (type)';
comment on column "educational_data".etablissements_geolocalisation.est_college is 'whether it is a collège (type)';
comment on column "educational_data".etablissements_geolocalisation.adresse is 'street, place name and box, in one line';
comment on column "educational_data".etablissements_geolocalisation.code_postal is 'postal code; of the cedex where there is one';
comment on column "educational_data".etablissements_geolocalisation.localite is 'name of the post town';
comment on column "educational_data".etablissements_geolocalisation.code_commune is 'INSEE code; of the arrondissement in Paris, Lyon and Marseille';
comment on column "educational_data".etablissements_geolocalisation.commune is 'name of the commune';
comment on column "educational_data".etablissements_geolocalisation.code_departement is '01, 2A, 971';
comment on column "educational_data".etablissements_geolocalisation.departement is 'name of the département';
comment on column "educational_data".etablissements_geolocalisation.code_academie is 'code of the académie';
comment on column "educational_data".etablissements_geolocalisation.academie is 'name of the académie';
comment on column "educational_data".etablissements_geolocalisation.code_region_insee is 'INSEE code of the region';
comment on column "educational_data".etablissements_geolocalisation.region is 'name of the INSEE region';
comment on column "educational_data".etablissements_geolocalisation.latitude is 'degrees, WGS 84';
comment on column "educational_data".etablissements_geolocalisation.longitude is 'degrees, WGS 84';
comment on column "educational_data".etablissements_geolocalisation.epsg is 'projection of the source''s other coordinates; only a check, they are not read';
comment on column "educational_data".etablissements_geolocalisation.appariement is 'how well the address was matched: Parfaite, Correcte, MANUEL, Moyenne, Mauvaise …';
comment on column "educational_data".etablissements_geolocalisation.localisation is 'what was matched: Numéro de rue, Rue, Ville …';
comment on column "educational_data".etablissements_geolocalisation.position_source is 'directory that the coordinates are from';
comment on column "educational_data".etablissements_geolocalisation.etat is 'OUVERT, A OUVRIR, A FERMER';
comment on column "educational_data".etablissements_geolocalisation.date_ouverture is 'day it opened';
comment on column "educational_data".etablissements_geolocalisation.section_internationale is 'has an international section, by the annuaire';
comment on column "educational_data".etablissements_geolocalisation.voie_generale is 'has the general track, by the annuaire';
comment on column "educational_data".etablissements_geolocalisation.voie_technologique is 'has the technological track, by the annuaire';
comment on column "educational_data".etablissements_geolocalisation.voie_professionnelle is 'has the vocational track, by the annuaire';
comment on column "educational_data".etablissements_geolocalisation.post_bac is 'has classes after the baccalauréat, by the annuaire';
comment on column "educational_data".etablissements_geolocalisation.source is 'directory that most of the row is from';
comment on column "educational_data".etablissements_geolocalisation.sources is 'directories that name the school';
comment on column "educational_data".etablissements_geolocalisation.withheld is 'columns whose value the ministry withheld in this row; filled by the seal';
comment on column "educational_data".etablissements_geolocalisation.retired_at is 'since when no file names this row; null = current';
comment on column "educational_data".etablissements_geolocalisation.created_at is 'when the row was first published here';
comment on column "educational_data".etablissements_geolocalisation.updated_at is 'when a release last changed it';
comment on column "educational_data".etablissements_geolocalisation.release_id is 'the release that last changed it';
create index etablissements_geolocalisation_commune on "educational_data".etablissements_geolocalisation (code_commune);
create index etablissements_geolocalisation_departement on "educational_data".etablissements_geolocalisation (code_departement, type);
-- "within a radius" is a box of degrees first, with PostGIS or without
create index etablissements_geolocalisation_point on "educational_data".etablissements_geolocalisation (latitude, longitude);

create table "educational_data".geodata_lycees (
  uai text not null,
  etablissement text,
  latitude double precision,
  longitude double precision,
  code_commune text,
  commune text,
  academie text,
  secteur text,
  withheld text[],
  retired_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  release_id bigint,
  -- The engine's batches have a column of this name; here it is what the portal writes: `lat, lon`.
  position text generated always as (latitude::text || ', ' || longitude::text) stored,
  primary key (uai)
);
comment on table "educational_data".geodata_lycees is 'Points of lycées. Made from the national directory.';
comment on column "educational_data".geodata_lycees.uai is 'school number with its check letter';
comment on column "educational_data".geodata_lycees.etablissement is 'name of the school';
comment on column "educational_data".geodata_lycees.latitude is 'degrees, WGS 84';
comment on column "educational_data".geodata_lycees.longitude is 'degrees, WGS 84';
comment on column "educational_data".geodata_lycees.code_commune is 'INSEE code; of the arrondissement in Paris, Lyon and Marseille';
comment on column "educational_data".geodata_lycees.commune is 'name of the commune';
comment on column "educational_data".geodata_lycees.academie is 'name of the académie';
comment on column "educational_data".geodata_lycees.secteur is 'public, privé sous contrat, privé hors contrat; privé where the file does not say which';
comment on column "educational_data".geodata_lycees.withheld is 'columns whose value the ministry withheld in this row; filled by the seal';
comment on column "educational_data".geodata_lycees.retired_at is 'since when no file names this row; null = current';
comment on column "educational_data".geodata_lycees.created_at is 'when the row was first published here';
comment on column "educational_data".geodata_lycees.updated_at is 'when a release last changed it';
comment on column "educational_data".geodata_lycees.release_id is 'the release that last changed it';
comment on column "educational_data".geodata_lycees.position is 'latitude, longitude in one text';
create index geodata_lycees_commune on "educational_data".geodata_lycees (code_commune);
create index geodata_lycees_point on "educational_data".geodata_lycees (latitude, longitude);

create table "educational_data".lycees_geolocalisation (
  uai text not null,
  nom text,
  commune text,
  latitude double precision,
  longitude double precision,
  secteur text,
  withheld text[],
  retired_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  release_id bigint,
  primary key (uai)
);
comment on table "educational_data".lycees_geolocalisation is 'Points of lycées, for the look-up of a sector. Made from the national directory.';
comment on column "educational_data".lycees_geolocalisation.uai is 'school number with its check letter';
comment on column "educational_data".lycees_geolocalisation.nom is 'name of the school';
comment on column "educational_data".lycees_geolocalisation.commune is 'name of the commune';
comment on column "educational_data".lycees_geolocalisation.latitude is 'degrees, WGS 84';
comment on column "educational_data".lycees_geolocalisation.longitude is 'degrees, WGS 84';
comment on column "educational_data".lycees_geolocalisation.secteur is 'public, privé sous contrat, privé hors contrat; privé where the file does not say which';
comment on column "educational_data".lycees_geolocalisation.withheld is 'columns whose value the ministry withheld in this row; filled by the seal';
comment on column "educational_data".lycees_geolocalisation.retired_at is 'since when no file names this row; null = current';
comment on column "educational_data".lycees_geolocalisation.created_at is 'when the row was first published here';
comment on column "educational_data".lycees_geolocalisation.updated_at is 'when a release last changed it';
comment on column "educational_data".lycees_geolocalisation.release_id is 'the release that last changed it';
create index lycees_geolocalisation_commune on "educational_data".lycees_geolocalisation (commune);
create index lycees_geolocalisation_secteur on "educational_data".lycees_geolocalisation (secteur);

create table "educational_data".lycees_address_uai_mapping (
  uai text not null,
  address text not null,
  withheld text[],
  retired_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  release_id bigint,
  primary key (uai)
);
comment on table "educational_data".lycees_address_uai_mapping is 'Addresses of lycées. Made from the national directory; a lycée without an address is not in it.';
comment on column "educational_data".lycees_address_uai_mapping.uai is 'school number with its check letter';
comment on column "educational_data".lycees_address_uai_mapping.address is 'street, postal code and town, in one line';
comment on column "educational_data".lycees_address_uai_mapping.withheld is 'columns whose value the ministry withheld in this row; filled by the seal';
comment on column "educational_data".lycees_address_uai_mapping.retired_at is 'since when no file names this row; null = current';
comment on column "educational_data".lycees_address_uai_mapping.created_at is 'when the row was first published here';
comment on column "educational_data".lycees_address_uai_mapping.updated_at is 'when a release last changed it';
comment on column "educational_data".lycees_address_uai_mapping.release_id is 'the release that last changed it';
