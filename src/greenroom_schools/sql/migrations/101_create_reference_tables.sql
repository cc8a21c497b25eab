-- Reference values behind the index of social position: occupations, and the score of a couple of parents.

create schema if not exists "educational_data";

create table "educational_data".pcs_libelle (
  pcs bigint primary key,
  libelle text not null
);
comment on table "educational_data".pcs_libelle is
  'Occupations and social categories (INSEE, PCS 2003, 42 posts). No source of it can be fetched: filled when a file is supplied.';
comment on column "educational_data".pcs_libelle.pcs is 'Code of the post, PCS 2003.';
comment on column "educational_data".pcs_libelle.libelle is 'Its name, as INSEE gives it.';

create table "educational_data".ips_score (
  pcs_mere bigint references "educational_data".pcs_libelle (pcs),
  pcs_pere bigint references "educational_data".pcs_libelle (pcs),
  diplome_mere integer,
  diplome_pere integer,
  ips_score numeric(6, 2) not null,
  unique nulls not distinct (pcs_mere, pcs_pere, diplome_mere, diplome_pere)
);
comment on table "educational_data".ips_score is
  'Index of social position of a couple of parents (DEPP, actualisation 2022). A single code of occupation cannot name a row. Filled when a file is supplied.';
comment on column "educational_data".ips_score.pcs_mere is 'Occupation of the mother; null = not known.';
comment on column "educational_data".ips_score.pcs_pere is 'Occupation of the father; null = not known.';
comment on column "educational_data".ips_score.diplome_mere is 'Level of diploma of the mother, as the source counts; null = not used.';
comment on column "educational_data".ips_score.diplome_pere is 'Level of diploma of the father, as the source counts; null = not used.';
comment on column "educational_data".ips_score.ips_score is 'Index points; 38 to 179 in the published scale.';
create index ips_score_pcs_pere on "educational_data".ips_score (pcs_pere);
