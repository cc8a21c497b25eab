-- Sectors of schools by street and by outline, where their streets lie, and how many could be put on a map.
--
-- The geometry is of PostGIS's own type where PostGIS is; elsewhere it is the same hex that PostGIS prints, under a
-- domain, and a later migrate changes it when PostGIS has come (greenroom_schools, 13_geometry.sql).

create schema if not exists "educational_data";

-- PostGIS goes into a schema of its own, never into one that is there for something else.
do $$
begin
  if exists (select from pg_catalog.pg_available_extensions where name = 'postgis' and installed_version is null) then
    create schema if not exists extensions;
    create extension postgis schema extensions;
  end if;
exception
  when insufficient_privilege or feature_not_supported or invalid_schema_name or object_not_in_prerequisite_state then
    raise warning 'geometry is kept as hex EWKB text: PostGIS is on this server, but this database user may not install it. Ask its owner for: create schema if not exists extensions; create extension postgis schema extensions; then migrate again';
end
$$;

create domain "educational_data".multipolygon_hex as text
  check (value ~ '^0106000020E6100000([0-9A-F]{2})+$');
comment on domain "educational_data".multipolygon_hex is
  'MultiPolygon, WGS 84, as hex EWKB: what a geometry is where PostGIS is not.';
create domain "educational_data".multilinestring_hex as text
  check (value ~ '^0105000020E6100000([0-9A-F]{2})+$');
comment on domain "educational_data".multilinestring_hex is
  'MultiLineString, WGS 84, as hex EWKB: what a geometry is where PostGIS is not.';

create table "educational_data".sectorisation_segments (
  id bigint generated always as identity unique,
  code_departement text not null,
  annee_scolaire text not null,
  niveau text not null,
  source text not null,
  segment text not null,
  code_commune text not null,
  nom_commune text,
  commune_norm text,
  lieu_dit text,
  libelle_rue text,
  street_norm text,
  number_from integer,
  letter_from text,
  number_to integer,
  letter_to text,
  side text,
  secteur_unique boolean not null,
  uais text[] not null,
  etablissements text[],
  ewkb text,
  match_score numeric(5, 2),
  retired_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  release_id bigint,
  uai_lycees_1 text generated always as (uais[1]) stored,
  uai_lycees_2 text generated always as (uais[2]) stored,
  uai_lycees_3 text generated always as (uais[3]) stored,
  uai_lycees_4 text generated always as (uais[4]) stored,
  geometry "educational_data".multilinestring_hex generated always as (ewkb::"educational_data".multilinestring_hex) stored,
  primary key (code_departement, annee_scolaire, niveau, source, segment)
);
comment on table "educational_data".sectorisation_segments is 'Sectors of collèges and lycées by street and number.';
comment on column "educational_data".sectorisation_segments.code_departement is '01, 2A, 971';
comment on column "educational_data".sectorisation_segments.annee_scolaire is 'school year the sectors hold for, 2023-2024';
comment on column "educational_data".sectorisation_segments.niveau is 'college or lycee: whose sectors these are';
comment on column "educational_data".sectorisation_segments.source is 'which published file they come from; editions of two files stand side by side';
comment on column "educational_data".sectorisation_segments.segment is 'what the row is about, in one word: commune, hamlet, street, numbers and side; the key inside an edition';
comment on column "educational_data".sectorisation_segments.code_commune is 'INSEE code, five characters, as the file gives it';
comment on column "educational_data".sectorisation_segments.nom_commune is 'name of the commune, as the file gives it';
comment on column "educational_data".sectorisation_segments.commune_norm is 'the same as it is compared';
comment on column "educational_data".sectorisation_segments.lieu_dit is 'former commune or hamlet, where two streets of one name must be told apart';
comment on column "educational_data".sectorisation_segments.libelle_rue is 'name of the street as published; null for a whole commune';
comment on column "educational_data".sectorisation_segments.street_norm is 'the same as it is compared: see greenroom_schools.clean_street';
comment on column "educational_data".sectorisation_segments.number_from is 'first number';
comment on column "educational_data".sectorisation_segments.letter_from is 'letter behind the first number: A, B (bis), T (ter), Q (quater)';
comment on column "educational_data".sectorisation_segments.number_to is 'last number; 9999 = to the end of the street';
comment on column "educational_data".sectorisation_segments.letter_to is 'letter behind the last number';
comment on column "educational_data".sectorisation_segments.side is 'P even numbers, I odd, PI both';
comment on column "educational_data".sectorisation_segments.secteur_unique is 'true = the whole commune, whatever the street';
comment on column "educational_data".sectorisation_segments.uais is 'the schools of the sector in the order of the file, as UAI; NULL in the place of one that is only named and could not be found, see etablissements';
comment on column "educational_data".sectorisation_segments.etablissements is 'the schools as the file names them, in the same order; null where it has UAIs';
comment on column "educational_data".sectorisation_segments.ewkb is 'line of the street as hex EWKB, where the file gives one';
comment on column "educational_data".sectorisation_segments.match_score is 'how sure the line is that of the street, 0 to 100, where the file says';
comment on column "educational_data".sectorisation_segments.retired_at is 'since when no file names this row; null = current';
comment on column "educational_data".sectorisation_segments.created_at is 'when the row was first published here';
comment on column "educational_data".sectorisation_segments.updated_at is 'when a release last changed it';
comment on column "educational_data".sectorisation_segments.release_id is 'the release that last changed it';
comment on column "educational_data".sectorisation_segments.uai_lycees_1 is 'school 1 of uais; of collèges too';
comment on column "educational_data".sectorisation_segments.uai_lycees_2 is 'school 2 of uais; of collèges too';
comment on column "educational_data".sectorisation_segments.uai_lycees_3 is 'school 3 of uais; of collèges too';
comment on column "educational_data".sectorisation_segments.uai_lycees_4 is 'school 4 of uais; of collèges too';
comment on column "educational_data".sectorisation_segments.id is 'number of the row in this database; a row that leaves and comes back gets a new one';
comment on column "educational_data".sectorisation_segments.geometry is 'the line of the street, WGS 84, where the file gives one; made from ewkb';
-- a look-up finds the commune by its name, then the rows of one street, of the whole commune, or of all its streets
create index sectorisation_segments_street on "educational_data".sectorisation_segments (code_commune, street_norm);
create index sectorisation_segments_commune on "educational_data".sectorisation_segments (commune_norm, code_commune);
create index sectorisation_segments_departement on "educational_data".sectorisation_segments (code_departement, annee_scolaire);

create table "educational_data".sectorisation_zones (
  id bigint generated always as identity unique,
  code_departement text not null,
  annee_scolaire text not null,
  niveau text not null,
  source text not null,
  zone text not null,
  code_commune text,
  zone_name text,
  uais text[] not null,
  etablissements text[],
  ewkb text not null,
  west double precision,
  south double precision,
  east double precision,
  north double precision,
  retired_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  release_id bigint,
  uai_lycees_1 text generated always as (uais[1]) stored,
  uai_lycees_2 text generated always as (uais[2]) stored,
  uai_lycees_3 text generated always as (uais[3]) stored,
  uai_lycees_4 text generated always as (uais[4]) stored,
  outline box generated always as (box(point(west, south), point(east, north))) stored,
  geometry "educational_data".multipolygon_hex generated always as (ewkb::"educational_data".multipolygon_hex) stored,
  primary key (code_departement, annee_scolaire, niveau, source, zone)
);
comment on table "educational_data".sectorisation_zones is 'Sectors of collèges and lycées by outline.';
comment on column "educational_data".sectorisation_zones.code_departement is '01, 2A, 971';
comment on column "educational_data".sectorisation_zones.annee_scolaire is 'school year the sectors hold for, 2023-2024';
comment on column "educational_data".sectorisation_zones.niveau is 'college or lycee: whose sectors these are';
comment on column "educational_data".sectorisation_zones.source is 'which published file they come from; editions of two files stand side by side';
comment on column "educational_data".sectorisation_zones.zone is 'number or name of the sector in its file; the key inside an edition';
comment on column "educational_data".sectorisation_zones.code_commune is 'INSEE code of the commune, where the sector lies in one';
comment on column "educational_data".sectorisation_zones.zone_name is 'name of the sector';
comment on column "educational_data".sectorisation_zones.uais is 'the schools of the sector in the order of the file, as UAI; NULL in the place of one that is only named and could not be found, see etablissements';
comment on column "educational_data".sectorisation_zones.etablissements is 'the schools as the file names them, in the same order; null where it has UAIs';
comment on column "educational_data".sectorisation_zones.ewkb is 'outline of the sector as hex EWKB';
comment on column "educational_data".sectorisation_zones.west is 'westernmost longitude, degrees';
comment on column "educational_data".sectorisation_zones.south is 'southernmost latitude, degrees';
comment on column "educational_data".sectorisation_zones.east is 'easternmost longitude, degrees';
comment on column "educational_data".sectorisation_zones.north is 'northernmost latitude, degrees';
comment on column "educational_data".sectorisation_zones.retired_at is 'since when no file names this row; null = current';
comment on column "educational_data".sectorisation_zones.created_at is 'when the row was first published here';
comment on column "educational_data".sectorisation_zones.updated_at is 'when a release last changed it';
comment on column "educational_data".sectorisation_zones.release_id is 'the release that last changed it';
comment on column "educational_data".sectorisation_zones.uai_lycees_1 is 'school 1 of uais; of collèges too';
comment on column "educational_data".sectorisation_zones.uai_lycees_2 is 'school 2 of uais; of collèges too';
comment on column "educational_data".sectorisation_zones.uai_lycees_3 is 'school 3 of uais; of collèges too';
comment on column "educational_data".sectorisation_zones.uai_lycees_4 is 'school 4 of uais; of collèges too';
comment on column "educational_data".sectorisation_zones.id is 'number of the row in this database; a row that leaves and comes back gets a new one';
comment on column "educational_data".sectorisation_zones.outline is 'box around the outline, for indexes; made from west, south, east, north';
comment on column "educational_data".sectorisation_zones.geometry is 'the outline, WGS 84; made from ewkb';
create index sectorisation_zones_outline on "educational_data".sectorisation_zones using gist (outline);
create index sectorisation_zones_departement on "educational_data".sectorisation_zones (code_departement, annee_scolaire);

create table "educational_data".rues_geocodees (
  code_commune text not null,
  street_norm text not null,
  libelle_rue text,
  nom_commune text,
  longitude double precision,
  latitude double precision,
  similarity numeric(5, 2),
  retired_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  release_id bigint,
  primary key (code_commune, street_norm),
  check ((longitude is null) = (latitude is null))
);
comment on table "educational_data".rues_geocodees is 'Where the streets of the sectors lie, for addresses without a number and for the quality of the match.';
comment on column "educational_data".rues_geocodees.code_commune is 'INSEE code of the commune';
comment on column "educational_data".rues_geocodees.street_norm is 'name of the street as it is compared';
comment on column "educational_data".rues_geocodees.libelle_rue is 'name of the street as it was asked for';
comment on column "educational_data".rues_geocodees.nom_commune is 'name of the commune as it was asked for';
comment on column "educational_data".rues_geocodees.longitude is 'degrees east; null = not found';
comment on column "educational_data".rues_geocodees.latitude is 'degrees north; null = not found';
comment on column "educational_data".rues_geocodees.similarity is 'how like the street found is to the one asked for, 0 to 100; null = not found';
comment on column "educational_data".rues_geocodees.retired_at is 'since when no file names this row; null = current';
comment on column "educational_data".rues_geocodees.created_at is 'when the row was first published here';
comment on column "educational_data".rues_geocodees.updated_at is 'when a release last changed it';
comment on column "educational_data".rues_geocodees.release_id is 'the release that last changed it';

create table "educational_data".data_quality_metrics (
  department text not null,
  total_segments integer not null,
  osm_matched integer not null,
  match_confidence numeric(5, 2),
  retired_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  release_id bigint,
  primary key (department),
  check (osm_matched between 0 and total_segments)
);
comment on table "educational_data".data_quality_metrics is 'How many sectors by street could be put on a map, by département; follows each promotion of the sectors.';
comment on column "educational_data".data_quality_metrics.department is 'code of the département, 01, 2A, 971';
comment on column "educational_data".data_quality_metrics.total_segments is 'rows of its newest editions, one a level';
comment on column "educational_data".data_quality_metrics.osm_matched is 'of these, how many have a line or a place of a street of the same name';
comment on column "educational_data".data_quality_metrics.match_confidence is 'mean likeness of the matched ones, 0 to 100; null where none is matched';
comment on column "educational_data".data_quality_metrics.retired_at is 'since when no file names this row; null = current';
comment on column "educational_data".data_quality_metrics.created_at is 'when the row was first published here';
comment on column "educational_data".data_quality_metrics.updated_at is 'when a release last changed it';
comment on column "educational_data".data_quality_metrics.release_id is 'the release that last changed it';

-- With PostGIS: its own types. Its names are found once, here, and bound.
do $$
declare
  v_path text := current_setting('search_path');
  v_home text;
begin
  select quote_ident(n.nspname)
  into v_home
  from pg_catalog.pg_extension as e
  join pg_catalog.pg_namespace as n on n.oid = e.extnamespace
  where e.extname = 'postgis';
  if v_home is not null then
    perform set_config('search_path', v_home || ', pg_catalog', true);
    alter table "educational_data".sectorisation_zones
      drop column geometry,
      add column geometry geometry(MultiPolygon, 4326) generated always as (ewkb::geometry(MultiPolygon, 4326)) stored;
    comment on column "educational_data".sectorisation_zones.geometry is 'the outline, WGS 84; made from ewkb';
    create index sectorisation_zones_geometry on "educational_data".sectorisation_zones using gist (geometry);
    alter table "educational_data".sectorisation_segments
      drop column geometry,
      add column geometry geometry(MultiLineString, 4326) generated always as (ewkb::geometry(MultiLineString, 4326)) stored;
    comment on column "educational_data".sectorisation_segments.geometry is 'the line of the street, WGS 84, where the file gives one; made from ewkb';
    create index sectorisation_segments_geometry on "educational_data".sectorisation_segments using gist (geometry);
    perform set_config('search_path', v_path, true);
  end if;
end
$$;
