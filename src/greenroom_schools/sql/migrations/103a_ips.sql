-- The index of social position of lycées and collèges: all years, and the current one beside.
-- Index points run from 38 to 179 for a pupil. Source: ministère de l'Éducation nationale (DEPP), Licence Ouverte 2.0.

create schema if not exists "educational_data";

create table "educational_data".ips_lycees_years (
  rentree_scolaire text not null,
  code_region text,
  code_region_insee text,
  region_academique text,
  region_insee text,
  code_academie text,
  academie text,
  code_du_departement text,
  departement text,
  code_insee_de_la_commune text,
  nom_de_la_commune text,
  uai text not null,
  nom_de_l_etablissement text,
  secteur text,
  type_de_lycee text,
  effectifs_voie_gt integer,
  effectifs_voie_pro integer,
  effectifs_ensemble_gt_pro integer,
  ips_voie_gt numeric(5, 2),
  ips_voie_pro numeric(5, 2),
  ips_post_bac numeric(5, 2),
  ips numeric(5, 2),
  ecart_type_voie_gt numeric(5, 2),
  ecart_type_voie_pro numeric(5, 2),
  ecart_type numeric(5, 2),
  ips_national_legt numeric(5, 2),
  ips_national_legt_prive numeric(5, 2),
  ips_national_legt_public numeric(5, 2),
  ips_national_lpo numeric(5, 2),
  ips_national_lpo_prive numeric(5, 2),
  ips_national_lpo_public numeric(5, 2),
  ips_national_lp numeric(5, 2),
  ips_national_lp_prive numeric(5, 2),
  ips_national_lp_public numeric(5, 2),
  ips_academique_legt numeric(5, 2),
  ips_academique_legt_prive numeric(5, 2),
  ips_academique_legt_public numeric(5, 2),
  ips_academique_lpo numeric(5, 2),
  ips_academique_lpo_prive numeric(5, 2),
  ips_academique_lpo_public numeric(5, 2),
  ips_academique_lp numeric(5, 2),
  ips_academique_lp_prive numeric(5, 2),
  ips_academique_lp_public numeric(5, 2),
  ips_departemental_legt numeric(5, 2),
  ips_departemental_legt_prive numeric(5, 2),
  ips_departemental_legt_public numeric(5, 2),
  ips_departemental_lpo numeric(5, 2),
  ips_departemental_lpo_prive numeric(5, 2),
  ips_departemental_lpo_public numeric(5, 2),
  ips_departemental_lp numeric(5, 2),
  ips_departemental_lp_prive numeric(5, 2),
  ips_departemental_lp_public numeric(5, 2),
  withheld text[],
  retired_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  release_id bigint,
  ips_etab numeric(5, 2) generated always as (ips) stored,
  ecart_type_etablissement numeric(5, 2) generated always as (ecart_type) stored,
  primary key (uai, rentree_scolaire)
);
comment on table "educational_data".ips_lycees_years is
  'Index of social position of each lycée, all years. The scale changed in 2022: do not chain the series. Key: uai and rentree_scolaire.';
comment on column "educational_data".ips_lycees_years.rentree_scolaire is 'school year, 2023-2024';
comment on column "educational_data".ips_lycees_years.code_region is 'code of the académie''s region (Pays de la Loire = 17), not INSEE''s';
comment on column "educational_data".ips_lycees_years.code_region_insee is 'INSEE code of the region; published since 2026';
comment on column "educational_data".ips_lycees_years.region_academique is 'name of the académie''s region';
comment on column "educational_data".ips_lycees_years.region_insee is 'name of the INSEE region; published since 2026';
comment on column "educational_data".ips_lycees_years.code_academie is 'code of the académie';
comment on column "educational_data".ips_lycees_years.academie is 'name of the académie, upper case without accents';
comment on column "educational_data".ips_lycees_years.code_du_departement is '01, 2A, 971';
comment on column "educational_data".ips_lycees_years.departement is 'name of the département, upper case without accents';
comment on column "educational_data".ips_lycees_years.code_insee_de_la_commune is 'INSEE code, five characters; of the arrondissement in Paris, Lyon and Marseille';
comment on column "educational_data".ips_lycees_years.nom_de_la_commune is 'name of the commune, upper case without accents';
comment on column "educational_data".ips_lycees_years.uai is 'school number with its check letter';
comment on column "educational_data".ips_lycees_years.nom_de_l_etablissement is 'name of the school';
comment on column "educational_data".ips_lycees_years.secteur is 'public, privé sous contrat';
comment on column "educational_data".ips_lycees_years.type_de_lycee is 'LEGT, LPO (both tracks) or LP (vocational)';
comment on column "educational_data".ips_lycees_years.effectifs_voie_gt is 'pupils of the general and technological track; 2022-2023 only';
comment on column "educational_data".ips_lycees_years.effectifs_voie_pro is 'pupils of the vocational track; 2022-2023 only';
comment on column "educational_data".ips_lycees_years.effectifs_ensemble_gt_pro is 'pupils of both tracks; 2022-2023 only';
comment on column "educational_data".ips_lycees_years.ips_voie_gt is 'index of the general and technological track';
comment on column "educational_data".ips_lycees_years.ips_voie_pro is 'index of the vocational track';
comment on column "educational_data".ips_lycees_years.ips_post_bac is 'index of the classes after the baccalauréat; since 2023-2024';
comment on column "educational_data".ips_lycees_years.ips is 'index of the whole school, in points; since 2023-2024 with the classes after the baccalauréat';
comment on column "educational_data".ips_lycees_years.ecart_type_voie_gt is 'standard deviation of ips_voie_gt; since 2019-2020';
comment on column "educational_data".ips_lycees_years.ecart_type_voie_pro is 'standard deviation of ips_voie_pro; since 2019-2020';
comment on column "educational_data".ips_lycees_years.ecart_type is 'standard deviation of ips; since 2023-2024';
comment on column "educational_data".ips_lycees_years.ips_national_legt is 'mean index of the lycées d''enseignement général et technologique, in France';
comment on column "educational_data".ips_lycees_years.ips_national_legt_prive is 'mean index of the lycées d''enseignement général et technologique, private, in France';
comment on column "educational_data".ips_lycees_years.ips_national_legt_public is 'mean index of the lycées d''enseignement général et technologique, public, in France';
comment on column "educational_data".ips_lycees_years.ips_national_lpo is 'mean index of the lycées polyvalents, in France';
comment on column "educational_data".ips_lycees_years.ips_national_lpo_prive is 'mean index of the lycées polyvalents, private, in France';
comment on column "educational_data".ips_lycees_years.ips_national_lpo_public is 'mean index of the lycées polyvalents, public, in France';
comment on column "educational_data".ips_lycees_years.ips_national_lp is 'mean index of the lycées professionnels, in France';
comment on column "educational_data".ips_lycees_years.ips_national_lp_prive is 'mean index of the lycées professionnels, private, in France';
comment on column "educational_data".ips_lycees_years.ips_national_lp_public is 'mean index of the lycées professionnels, public, in France';
comment on column "educational_data".ips_lycees_years.ips_academique_legt is 'mean index of the lycées d''enseignement général et technologique, in the académie';
comment on column "educational_data".ips_lycees_years.ips_academique_legt_prive is 'mean index of the lycées d''enseignement général et technologique, private, in the académie';
comment on column "educational_data".ips_lycees_years.ips_academique_legt_public is 'mean index of the lycées d''enseignement général et technologique, public, in the académie';
comment on column "educational_data".ips_lycees_years.ips_academique_lpo is 'mean index of the lycées polyvalents, in the académie';
comment on column "educational_data".ips_lycees_years.ips_academique_lpo_prive is 'mean index of the lycées polyvalents, private, in the académie';
comment on column "educational_data".ips_lycees_years.ips_academique_lpo_public is 'mean index of the lycées polyvalents, public, in the académie';
comment on column "educational_data".ips_lycees_years.ips_academique_lp is 'mean index of the lycées professionnels, in the académie';
comment on column "educational_data".ips_lycees_years.ips_academique_lp_prive is 'mean index of the lycées professionnels, private, in the académie';
comment on column "educational_data".ips_lycees_years.ips_academique_lp_public is 'mean index of the lycées professionnels, public, in the académie';
comment on column "educational_data".ips_lycees_years.ips_departemental_legt is 'mean index of the lycées d''enseignement général et technologique, in the département';
comment on column "educational_data".ips_lycees_years.ips_departemental_legt_prive is 'mean index of the lycées d''enseignement général et technologique, private, in the département';
comment on column "educational_data".ips_lycees_years.ips_departemental_legt_public is 'mean index of the lycées d''enseignement général et technologique, public, in the département';
comment on column "educational_data".ips_lycees_years.ips_departemental_lpo is 'mean index of the lycées polyvalents, in the département';
comment on column "educational_data".ips_lycees_years.ips_departemental_lpo_prive is 'mean index of the lycées polyvalents, private, in the département';
comment on column "educational_data".ips_lycees_years.ips_departemental_lpo_public is 'mean index of the lycées polyvalents, public, in the département';
comment on column "educational_data".ips_lycees_years.ips_departemental_lp is 'mean index of the lycées professionnels, in the département';
comment on column "educational_data".ips_lycees_years.ips_departemental_lp_prive is 'mean index of the lycées professionnels, private, in the département';
comment on column "educational_data".ips_lycees_years.ips_departemental_lp_public is 'mean index of the lycées professionnels, public, in the département';
comment on column "educational_data".ips_lycees_years.withheld is 'columns whose value the ministry withheld in this row; filled by the seal';
comment on column "educational_data".ips_lycees_years.retired_at is 'since when no file names this row; null = current';
comment on column "educational_data".ips_lycees_years.created_at is 'when the row was first published here';
comment on column "educational_data".ips_lycees_years.updated_at is 'when a release last changed it';
comment on column "educational_data".ips_lycees_years.release_id is 'the release that last changed it';
comment on column "educational_data".ips_lycees_years.ips_etab is 'the published name of ips; always equal to it';
comment on column "educational_data".ips_lycees_years.ecart_type_etablissement is 'the published name of ecart_type; always equal to it';
create index ips_lycees_years_rentree on "educational_data".ips_lycees_years (rentree_scolaire);
create index ips_lycees_years_departement on "educational_data".ips_lycees_years (code_du_departement);

create table "educational_data".ips_lycees (
  like "educational_data".ips_lycees_years including defaults including generated including comments,
  primary key (uai)
);
comment on table "educational_data".ips_lycees is
  'Index of social position of each lycée, newest complete year. Key: uai.';
-- "The lycées of a département, highest index first" is what a school search asks.
create index ips_lycees_departement on "educational_data".ips_lycees (code_du_departement, ips desc);

create table "educational_data".ips_colleges_years (
  rentree_scolaire text not null,
  code_region text,
  code_region_insee text,
  region_academique text,
  region_insee text,
  code_academie text,
  academie text,
  code_du_departement text,
  departement text,
  code_insee_de_la_commune text,
  nom_de_la_commune text,
  uai text not null,
  nom_de_l_etablissement text,
  secteur text,
  effectifs integer,
  ips numeric(5, 2),
  ecart_type_ips numeric(5, 2),
  ips_national_prive numeric(5, 2),
  ips_national_public numeric(5, 2),
  ips_national numeric(5, 2),
  ips_academique_prive numeric(5, 2),
  ips_academique_public numeric(5, 2),
  ips_academique numeric(5, 2),
  ips_departemental_prive numeric(5, 2),
  ips_departemental_public numeric(5, 2),
  ips_departemental numeric(5, 2),
  withheld text[],
  retired_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  release_id bigint,
  ecart_type_de_l_ips numeric(5, 2) generated always as (ecart_type_ips) stored,
  primary key (uai, rentree_scolaire)
);
comment on table "educational_data".ips_colleges_years is
  'Index of social position of each collège, all years. The scale changed in 2022: do not chain the series. Key: uai and rentree_scolaire.';
comment on column "educational_data".ips_colleges_years.rentree_scolaire is 'school year, 2023-2024';
comment on column "educational_data".ips_colleges_years.code_region is 'code of the académie''s region (Pays de la Loire = 17), not INSEE''s';
comment on column "educational_data".ips_colleges_years.code_region_insee is 'INSEE code of the region; published since 2026';
comment on column "educational_data".ips_colleges_years.region_academique is 'name of the académie''s region';
comment on column "educational_data".ips_colleges_years.region_insee is 'name of the INSEE region; published since 2026';
comment on column "educational_data".ips_colleges_years.code_academie is 'code of the académie';
comment on column "educational_data".ips_colleges_years.academie is 'name of the académie, upper case without accents';
comment on column "educational_data".ips_colleges_years.code_du_departement is '01, 2A, 971';
comment on column "educational_data".ips_colleges_years.departement is 'name of the département, upper case without accents';
comment on column "educational_data".ips_colleges_years.code_insee_de_la_commune is 'INSEE code, five characters; of the arrondissement in Paris, Lyon and Marseille';
comment on column "educational_data".ips_colleges_years.nom_de_la_commune is 'name of the commune, upper case without accents';
comment on column "educational_data".ips_colleges_years.uai is 'school number with its check letter';
comment on column "educational_data".ips_colleges_years.nom_de_l_etablissement is 'name of the school';
comment on column "educational_data".ips_colleges_years.secteur is 'public, privé sous contrat';
comment on column "educational_data".ips_colleges_years.effectifs is 'pupils; 2022-2023 only';
comment on column "educational_data".ips_colleges_years.ips is 'index of the school, in points';
comment on column "educational_data".ips_colleges_years.ecart_type_ips is 'standard deviation of ips';
comment on column "educational_data".ips_colleges_years.ips_national_prive is 'mean index of the private collèges in France';
comment on column "educational_data".ips_colleges_years.ips_national_public is 'mean index of the public collèges in France';
comment on column "educational_data".ips_colleges_years.ips_national is 'mean index of the collèges in France';
comment on column "educational_data".ips_colleges_years.ips_academique_prive is 'mean index of the private collèges in the académie';
comment on column "educational_data".ips_colleges_years.ips_academique_public is 'mean index of the public collèges in the académie';
comment on column "educational_data".ips_colleges_years.ips_academique is 'mean index of the collèges in the académie';
comment on column "educational_data".ips_colleges_years.ips_departemental_prive is 'mean index of the private collèges in the département';
comment on column "educational_data".ips_colleges_years.ips_departemental_public is 'mean index of the public collèges in the département';
comment on column "educational_data".ips_colleges_years.ips_departemental is 'mean index of the collèges in the département';
comment on column "educational_data".ips_colleges_years.withheld is 'columns whose value the ministry withheld in this row; filled by the seal';
comment on column "educational_data".ips_colleges_years.retired_at is 'since when no file names this row; null = current';
comment on column "educational_data".ips_colleges_years.created_at is 'when the row was first published here';
comment on column "educational_data".ips_colleges_years.updated_at is 'when a release last changed it';
comment on column "educational_data".ips_colleges_years.release_id is 'the release that last changed it';
comment on column "educational_data".ips_colleges_years.ecart_type_de_l_ips is 'the published name of ecart_type_ips; always equal to it';
create index ips_colleges_years_rentree on "educational_data".ips_colleges_years (rentree_scolaire);
create index ips_colleges_years_departement on "educational_data".ips_colleges_years (code_du_departement);

create table "educational_data".ips_colleges (
  like "educational_data".ips_colleges_years including defaults including generated including comments,
  primary key (uai)
);
comment on table "educational_data".ips_colleges is
  'Index of social position of each collège, newest complete year. Key: uai.';
-- "The collèges of a département, highest index first" is what a school search asks.
create index ips_colleges_departement on "educational_data".ips_colleges (code_du_departement, ips desc);
