-- Communes: what they are, were, belong to and border on.

create schema if not exists "educational_data";

create table "educational_data".regions (
  code_region text not null,
  nom_region text not null,
  chef_lieu text,
  zone text,
  withheld text[],
  retired_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  release_id bigint,
  primary key (code_region)
);
comment on table "educational_data".regions is 'Regions of France: INSEE code and name.';
comment on column "educational_data".regions.code_region is 'INSEE code; not the code of a région académique';
comment on column "educational_data".regions.nom_region is 'its name';
comment on column "educational_data".regions.chef_lieu is 'code of its first town';
comment on column "educational_data".regions.zone is 'metro, drom = overseas département, com = overseas collectivity, in none; where the file says';
comment on column "educational_data".regions.withheld is 'columns whose value the ministry withheld in this row; filled by the seal';
comment on column "educational_data".regions.retired_at is 'since when no file names this row; null = current';
comment on column "educational_data".regions.created_at is 'when the row was first published here';
comment on column "educational_data".regions.updated_at is 'when a release last changed it';
comment on column "educational_data".regions.release_id is 'the release that last changed it';

create table "educational_data".departements (
  code_departement text not null,
  nom_departement text not null,
  code_region text,
  chef_lieu text,
  zone text,
  withheld text[],
  retired_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  release_id bigint,
  primary key (code_departement)
);
comment on table "educational_data".departements is 'Départements of France: code, name and region.';
comment on column "educational_data".departements.code_departement is '01, 2A, 971';
comment on column "educational_data".departements.nom_departement is 'its name';
comment on column "educational_data".departements.code_region is 'INSEE code of its region';
comment on column "educational_data".departements.chef_lieu is 'code of its first town';
comment on column "educational_data".departements.zone is 'metro, drom = overseas département, com = overseas collectivity, in none; where the file says';
comment on column "educational_data".departements.withheld is 'columns whose value the ministry withheld in this row; filled by the seal';
comment on column "educational_data".departements.retired_at is 'since when no file names this row; null = current';
comment on column "educational_data".departements.created_at is 'when the row was first published here';
comment on column "educational_data".departements.updated_at is 'when a release last changed it';
comment on column "educational_data".departements.release_id is 'the release that last changed it';

create table "educational_data".info_communes (
  code_commune text not null,
  type_commune text not null,
  code_parent text,
  nom_commune text not null,
  code_departement text not null,
  nom_departement text,
  code_region text,
  nom_region text,
  zone text not null,
  code_arrondissement text,
  code_canton text,
  code_postal text,
  codes_postaux text[],
  libelle_d_acheminement text,
  population integer,
  population_annee integer,
  siren text,
  latitude double precision,
  longitude double precision,
  annee_cog integer,
  withheld text[],
  retired_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  release_id bigint,
  insee_com text generated always as (code_commune) stored,
  nom_com text generated always as (nom_commune) stored,
  code_cant text generated always as (code_canton) stored,
  code_arr text generated always as (code_arrondissement) stored,
  code_dept text generated always as (code_departement) stored,
  code_du_departement text generated always as (code_departement) stored,
  nom_dept text generated always as (nom_departement) stored,
  nom_reg text generated always as (nom_region) stored,
  code_com integer generated always as (case when code_commune ~ '^[0-9AB]{5}$' then right(code_commune, 3)::integer end) stored,
  code_reg integer generated always as (code_region::integer) stored,
  coordonnees_gps text generated always as (latitude::text || ',' || longitude::text) stored,
  primary key (code_commune)
);
comment on table "educational_data".info_communes is 'Communes of France today, and the 45 arrondissements of Paris, Lyon and Marseille.';
comment on column "educational_data".info_communes.code_commune is 'INSEE code';
comment on column "educational_data".info_communes.type_commune is 'COM = commune; ARM = arrondissement of Paris, Lyon or Marseille, counted in its commune too';
comment on column "educational_data".info_communes.code_parent is 'the commune of an arrondissement; null for communes';
comment on column "educational_data".info_communes.nom_commune is 'name with its article and accents';
comment on column "educational_data".info_communes.code_departement is '01, 2A, 971; of an overseas collectivity, 975 …';
comment on column "educational_data".info_communes.nom_departement is 'from the dataset departements, where that is loaded';
comment on column "educational_data".info_communes.code_region is 'INSEE code of the region; an overseas collectivity has its own';
comment on column "educational_data".info_communes.nom_region is 'from the dataset regions, where that is loaded';
comment on column "educational_data".info_communes.zone is 'metro, drom = overseas département, com = overseas collectivity';
comment on column "educational_data".info_communes.code_arrondissement is 'arrondissement of the préfecture: 012';
comment on column "educational_data".info_communes.code_canton is 'canton';
comment on column "educational_data".info_communes.code_postal is 'lowest of its postal codes';
comment on column "educational_data".info_communes.codes_postaux is 'all its postal codes; of Paris, Lyon and Marseille, those of the arrondissements';
comment on column "educational_data".info_communes.libelle_d_acheminement is 'name of the post office, upper case without accents';
comment on column "educational_data".info_communes.population is 'municipal population';
comment on column "educational_data".info_communes.population_annee is 'its year, where it comes from communes_population; null = the file''s own';
comment on column "educational_data".info_communes.siren is 'number of the commune in the register of enterprises';
comment on column "educational_data".info_communes.latitude is 'of a point in the commune, WGS84';
comment on column "educational_data".info_communes.longitude is 'of a point in the commune, WGS84';
comment on column "educational_data".info_communes.annee_cog is '1 January whose communes these are; null = those of the day it was fetched';
comment on column "educational_data".info_communes.withheld is 'columns whose value the ministry withheld in this row; filled by the seal';
comment on column "educational_data".info_communes.retired_at is 'since when no file names this row; null = current';
comment on column "educational_data".info_communes.created_at is 'when the row was first published here';
comment on column "educational_data".info_communes.updated_at is 'when a release last changed it';
comment on column "educational_data".info_communes.release_id is 'the release that last changed it';
comment on column "educational_data".info_communes.insee_com is 'the same as code_commune, as the old table called it';
comment on column "educational_data".info_communes.nom_com is 'the same as nom_commune, as the old table called it';
comment on column "educational_data".info_communes.code_cant is 'the same as code_canton, as the old table called it';
comment on column "educational_data".info_communes.code_arr is 'the same as code_arrondissement, as the old table called it';
comment on column "educational_data".info_communes.code_dept is 'the same as code_departement, as the old table called it';
comment on column "educational_data".info_communes.code_du_departement is 'the same as code_departement, as the old table called it';
comment on column "educational_data".info_communes.nom_dept is 'the same as nom_departement, as the old table called it';
comment on column "educational_data".info_communes.nom_reg is 'the same as nom_region, as the old table called it';
comment on column "educational_data".info_communes.code_com is 'last three digits of code_commune, as in the old table; not a key';
comment on column "educational_data".info_communes.code_reg is 'code_region as a number, as in the old table; INSEE''s, not an académie''s';
comment on column "educational_data".info_communes.coordonnees_gps is 'latitude,longitude as one text, as in the old table';
create index info_communes_code_departement on "educational_data".info_communes (code_departement);
create index info_communes_code_parent on "educational_data".info_communes (code_parent) where code_parent is not null;
create index info_communes_codes_postaux on "educational_data".info_communes using gin (codes_postaux);
create index info_communes_nom_commune on "educational_data".info_communes (lower(nom_commune) text_pattern_ops);

create table "educational_data".communes_mouvements (
  mouvement text not null,
  mod text not null,
  date_eff date not null,
  typecom_av text,
  com_av text,
  tncc_av text,
  ncc_av text,
  nccenr_av text,
  libelle_av text,
  typecom_ap text,
  com_ap text,
  tncc_ap text,
  ncc_ap text,
  nccenr_ap text,
  libelle_ap text,
  withheld text[],
  retired_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  release_id bigint,
  primary key (mouvement)
);
comment on table "educational_data".communes_mouvements is 'Every event of a commune''s territory, code or name since 1943 (INSEE, COG).';
comment on column "educational_data".communes_mouvements.mouvement is 'event, date, and both sides in a row: what a movement is known by';
comment on column "educational_data".communes_mouvements.mod is 'kind of event, INSEE''s code: 32 = commune nouvelle …';
comment on column "educational_data".communes_mouvements.date_eff is 'first day on which it held';
comment on column "educational_data".communes_mouvements.typecom_av is 'kind of territory before: COM, COMA, COMD, ARM; null = none';
comment on column "educational_data".communes_mouvements.com_av is 'its code before; 20 was Corsica until 1976';
comment on column "educational_data".communes_mouvements.tncc_av is 'kind of article in its name before';
comment on column "educational_data".communes_mouvements.ncc_av is 'its name before, upper case without accents';
comment on column "educational_data".communes_mouvements.nccenr_av is 'its name before, without article';
comment on column "educational_data".communes_mouvements.libelle_av is 'its name before, with article';
comment on column "educational_data".communes_mouvements.typecom_ap is 'kind of territory after: COM, COMA, COMD, ARM; null = none';
comment on column "educational_data".communes_mouvements.com_ap is 'its code after; 20 was Corsica until 1976';
comment on column "educational_data".communes_mouvements.tncc_ap is 'kind of article in its name after';
comment on column "educational_data".communes_mouvements.ncc_ap is 'its name after, upper case without accents';
comment on column "educational_data".communes_mouvements.nccenr_ap is 'its name after, without article';
comment on column "educational_data".communes_mouvements.libelle_ap is 'its name after, with article';
comment on column "educational_data".communes_mouvements.withheld is 'columns whose value the ministry withheld in this row; filled by the seal';
comment on column "educational_data".communes_mouvements.retired_at is 'since when no file names this row; null = current';
comment on column "educational_data".communes_mouvements.created_at is 'when the row was first published here';
comment on column "educational_data".communes_mouvements.updated_at is 'when a release last changed it';
comment on column "educational_data".communes_mouvements.release_id is 'the release that last changed it';
create index communes_mouvements_com_av on "educational_data".communes_mouvements (com_av);
create index communes_mouvements_com_ap on "educational_data".communes_mouvements (com_ap);

create table "educational_data".communes_correspondances (
  code_ancien text not null,
  valid_from date not null,
  valid_until date,
  code_actuel text not null,
  kind text not null,
  is_unique boolean not null,
  withheld text[],
  retired_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  release_id bigint,
  primary key (code_ancien, valid_from, code_actuel)
);
comment on table "educational_data".communes_correspondances is 'For each code of a commune since 1943 and each time in which it meant one thing: the commune of today.';
comment on column "educational_data".communes_correspondances.code_ancien is 'a code that a commune, or an arrondissement, has or had since 1943';
comment on column "educational_data".communes_correspondances.valid_from is 'first day on which the code meant that; 1943-01-01 = or before';
comment on column "educational_data".communes_correspondances.valid_until is 'first day on which it no longer did; null = it still does';
comment on column "educational_data".communes_correspondances.code_actuel is 'commune of today (type COM) that holds the land, or part of it';
comment on column "educational_data".communes_correspondances.kind is 'same; merged into another; renumbered; split among several; part = no commune had the code at that time, and in a file it means the former commune; arrondissement; alias = a code of files, none of INSEE';
comment on column "educational_data".communes_correspondances.is_unique is 'false where the code, at that time, is several communes now';
comment on column "educational_data".communes_correspondances.withheld is 'columns whose value the ministry withheld in this row; filled by the seal';
comment on column "educational_data".communes_correspondances.retired_at is 'since when no file names this row; null = current';
comment on column "educational_data".communes_correspondances.created_at is 'when the row was first published here';
comment on column "educational_data".communes_correspondances.updated_at is 'when a release last changed it';
comment on column "educational_data".communes_correspondances.release_id is 'the release that last changed it';
create index communes_correspondances_code_actuel on "educational_data".communes_correspondances (code_actuel);

create table "educational_data".communes_postales (
  code_commune text not null,
  code_postal text not null,
  nom_commune text,
  libelle_acheminement text,
  lieux_dits text[],
  latitude double precision,
  longitude double precision,
  withheld text[],
  retired_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  release_id bigint,
  primary key (code_commune, code_postal)
);
comment on table "educational_data".communes_postales is 'Postal codes of each commune. The communes are those of the file''s own year.';
comment on column "educational_data".communes_postales.code_commune is 'INSEE code; arrondissements in Paris, Lyon and Marseille';
comment on column "educational_data".communes_postales.code_postal is 'five digits';
comment on column "educational_data".communes_postales.nom_commune is 'name of the commune, as the source writes it';
comment on column "educational_data".communes_postales.libelle_acheminement is 'name of the post office, upper case without accents';
comment on column "educational_data".communes_postales.lieux_dits is 'places of that commune that have this postal code (line 5 of the address)';
comment on column "educational_data".communes_postales.latitude is 'of the commune, WGS84';
comment on column "educational_data".communes_postales.longitude is 'of the commune, WGS84';
comment on column "educational_data".communes_postales.withheld is 'columns whose value the ministry withheld in this row; filled by the seal';
comment on column "educational_data".communes_postales.retired_at is 'since when no file names this row; null = current';
comment on column "educational_data".communes_postales.created_at is 'when the row was first published here';
comment on column "educational_data".communes_postales.updated_at is 'when a release last changed it';
comment on column "educational_data".communes_postales.release_id is 'the release that last changed it';
create index communes_postales_code_postal on "educational_data".communes_postales (code_postal);

create table "educational_data".communes_population (
  code_commune text not null,
  annee integer not null,
  population integer not null,
  nom_commune text,
  withheld text[],
  retired_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  release_id bigint,
  primary key (code_commune, annee)
);
comment on table "educational_data".communes_population is 'Municipal population of communes, one row a commune and year.';
comment on column "educational_data".communes_population.code_commune is 'INSEE code of the file''s own year; see traps';
comment on column "educational_data".communes_population.annee is 'year of the population: the census it comes from';
comment on column "educational_data".communes_population.population is 'municipal population (each person counted once); 0 in six villages destroyed in 1916';
comment on column "educational_data".communes_population.nom_commune is 'name of the commune';
comment on column "educational_data".communes_population.withheld is 'columns whose value the ministry withheld in this row; filled by the seal';
comment on column "educational_data".communes_population.retired_at is 'since when no file names this row; null = current';
comment on column "educational_data".communes_population.created_at is 'when the row was first published here';
comment on column "educational_data".communes_population.updated_at is 'when a release last changed it';
comment on column "educational_data".communes_population.release_id is 'the release that last changed it';

create table "educational_data".communes_appartenance (
  code_commune text not null,
  nom_commune text,
  code_departement text,
  code_region text,
  code_epci text,
  nature_epci text,
  code_arrondissement text,
  code_canton text,
  code_zone_emploi text,
  code_unite_urbaine text,
  code_aav text,
  categorie_aav text,
  code_bassin text,
  annee_geographie integer not null,
  withheld text[],
  retired_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  release_id bigint,
  primary key (code_commune, annee_geographie)
);
comment on table "educational_data".communes_appartenance is 'The areas each commune belongs to. Arrondissements have those of their commune and stand not in it.';
comment on column "educational_data".communes_appartenance.code_commune is 'INSEE code of that year';
comment on column "educational_data".communes_appartenance.nom_commune is 'its name';
comment on column "educational_data".communes_appartenance.code_departement is '01, 2A, 971';
comment on column "educational_data".communes_appartenance.code_region is 'INSEE code of the region';
comment on column "educational_data".communes_appartenance.code_epci is 'SIREN of its intercommunalité; ZZZZZZZZZ = none';
comment on column "educational_data".communes_appartenance.nature_epci is 'CC, CA, CU, ME; ZZ = in none';
comment on column "educational_data".communes_appartenance.code_arrondissement is 'arrondissement of the préfecture';
comment on column "educational_data".communes_appartenance.code_canton is 'canton-ville';
comment on column "educational_data".communes_appartenance.code_zone_emploi is 'zone d''emploi';
comment on column "educational_data".communes_appartenance.code_unite_urbaine is 'unité urbaine';
comment on column "educational_data".communes_appartenance.code_aav is 'aire d''attraction des villes; 000 = outside';
comment on column "educational_data".communes_appartenance.categorie_aav is 'place of the commune in it';
comment on column "educational_data".communes_appartenance.code_bassin is 'bassin de vie; looks like the code of a commune and is none; ZZZZZ in Mayotte = none drawn';
comment on column "educational_data".communes_appartenance.annee_geographie is '1 January whose communes these are';
comment on column "educational_data".communes_appartenance.withheld is 'columns whose value the ministry withheld in this row; filled by the seal';
comment on column "educational_data".communes_appartenance.retired_at is 'since when no file names this row; null = current';
comment on column "educational_data".communes_appartenance.created_at is 'when the row was first published here';
comment on column "educational_data".communes_appartenance.updated_at is 'when a release last changed it';
comment on column "educational_data".communes_appartenance.release_id is 'the release that last changed it';
create index communes_appartenance_code_bassin on "educational_data".communes_appartenance (annee_geographie, code_bassin);
create index communes_appartenance_code_epci on "educational_data".communes_appartenance (annee_geographie, code_epci);

create table "educational_data".zones_supra_communales (
  niveau text not null,
  code_zone text not null,
  libelle text not null,
  nb_communes integer,
  annee_geographie integer not null,
  withheld text[],
  retired_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  release_id bigint,
  primary key (niveau, code_zone, annee_geographie)
);
comment on table "educational_data".zones_supra_communales is 'Names of the areas of communes_appartenance.';
comment on column "educational_data".zones_supra_communales.niveau is 'kind of area: EPCI, ZE2020, UU2020, AAV2020, BV2012, DEP …';
comment on column "educational_data".zones_supra_communales.code_zone is 'its code';
comment on column "educational_data".zones_supra_communales.libelle is 'its name';
comment on column "educational_data".zones_supra_communales.nb_communes is 'communes in it';
comment on column "educational_data".zones_supra_communales.annee_geographie is '1 January whose communes these are';
comment on column "educational_data".zones_supra_communales.withheld is 'columns whose value the ministry withheld in this row; filled by the seal';
comment on column "educational_data".zones_supra_communales.retired_at is 'since when no file names this row; null = current';
comment on column "educational_data".zones_supra_communales.created_at is 'when the row was first published here';
comment on column "educational_data".zones_supra_communales.updated_at is 'when a release last changed it';
comment on column "educational_data".zones_supra_communales.release_id is 'the release that last changed it';

create table "educational_data".communes_limitrophes (
  insee text not null,
  insee_voisins text[] not null,
  nb_voisins integer,
  withheld text[],
  retired_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  release_id bigint,
  primary key (insee)
);
comment on table "educational_data".communes_limitrophes is 'Neighbours of each commune: each pair both ways, codes of today.';
comment on column "educational_data".communes_limitrophes.insee is 'commune of today';
comment on column "educational_data".communes_limitrophes.insee_voisins is 'its neighbours, communes of today, in order of their codes; {} = an island';
comment on column "educational_data".communes_limitrophes.nb_voisins is 'how many they are; counted here';
comment on column "educational_data".communes_limitrophes.withheld is 'columns whose value the ministry withheld in this row; filled by the seal';
comment on column "educational_data".communes_limitrophes.retired_at is 'since when no file names this row; null = current';
comment on column "educational_data".communes_limitrophes.created_at is 'when the row was first published here';
comment on column "educational_data".communes_limitrophes.updated_at is 'when a release last changed it';
comment on column "educational_data".communes_limitrophes.release_id is 'the release that last changed it';
create index communes_limitrophes_voisins on "educational_data".communes_limitrophes using gin (insee_voisins);
