-- Recorded crime of a commune in one figure: made once, when the communal file is published, and read by the caches.

create schema if not exists "educational_data";

create table "educational_data".criminalite_communes (
  code_commune text not null,
  annee integer not null,
  population integer,
  crime_score double precision,
  crime_level text,
  crime_coverage double precision,
  crime_estimated boolean,
  nb_indicateurs integer,
  retired_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  release_id bigint,
  primary key (code_commune)
);
comment on table "educational_data".criminalite_communes is 'Level of recorded crime of each commune and arrondissement, newest year.';
comment on column "educational_data".criminalite_communes.code_commune is 'INSEE code, in the geography of the file';
comment on column "educational_data".criminalite_communes.annee is 'the newest year of criminalite_2024';
comment on column "educational_data".criminalite_communes.population is 'inhabitants, as the file gives them';
comment on column "educational_data".criminalite_communes.crime_score is 'mean ratio of the basket''s rates to the national ones (1 = as in France), each of at most 5';
comment on column "educational_data".criminalite_communes.crime_level is 'très faible, faible, moyen, élevé, très élevé: fifths of the population of France by crime_score; null where fewer than three indicators of the basket are published';
comment on column "educational_data".criminalite_communes.crime_coverage is 'share of the basket''s indicators that are published for this commune, 0 to 1';
comment on column "educational_data".criminalite_communes.crime_estimated is 'whether some of the rates are the département''s estimate';
comment on column "educational_data".criminalite_communes.nb_indicateurs is 'indicators of the basket that have a rate, published or estimated';
comment on column "educational_data".criminalite_communes.retired_at is 'since when no file names this row; null = current';
comment on column "educational_data".criminalite_communes.created_at is 'when the row was first published here';
comment on column "educational_data".criminalite_communes.updated_at is 'when a release last changed it';
comment on column "educational_data".criminalite_communes.release_id is 'the release that last changed it';
