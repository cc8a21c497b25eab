-- What a release leaves on each row of the reference tables, and a key for couples of parents, whose codes may be missing.

create schema if not exists "educational_data";

-- lock: nothing has filled this table yet, no source of it could be fetched
alter table "educational_data".pcs_libelle
  add column withheld text[],
  add column retired_at timestamptz,
  add column created_at timestamptz not null default now(),
  add column updated_at timestamptz not null default now(),
  add column release_id bigint,
  add column code_pcs text generated always as (pcs::text) stored;
comment on column "educational_data".pcs_libelle.withheld is 'columns whose value the ministry withheld in this row; filled by the seal';
comment on column "educational_data".pcs_libelle.retired_at is 'since when no file names this row; null = current';
comment on column "educational_data".pcs_libelle.created_at is 'when the row was first published here';
comment on column "educational_data".pcs_libelle.updated_at is 'when a release last changed it';
comment on column "educational_data".pcs_libelle.release_id is 'the release that last changed it';
comment on column "educational_data".pcs_libelle.code_pcs is 'the same as pcs, as the source document of the project calls it';

-- lock: nothing has filled this table yet, no source of it could be fetched
alter table "educational_data".ips_score
  add column couple text,
  add column withheld text[],
  add column retired_at timestamptz,
  add column created_at timestamptz not null default now(),
  add column updated_at timestamptz not null default now(),
  add column release_id bigint;
update "educational_data".ips_score
set couple = coalesce(pcs_mere::text, '-') || '/' || coalesce(pcs_pere::text, '-')
  || '/' || coalesce(diplome_mere::text, '-') || '/' || coalesce(diplome_pere::text, '-');
-- lock: nothing has filled this table yet, no source of it could be fetched
alter table "educational_data".ips_score add primary key (couple);
comment on column "educational_data".ips_score.couple is 'the four codes in a row, - for one that is not given: 31/52/-/-; what a row is known by';
comment on column "educational_data".ips_score.withheld is 'columns whose value the ministry withheld in this row; filled by the seal';
comment on column "educational_data".ips_score.retired_at is 'since when no file names this row; null = current';
comment on column "educational_data".ips_score.created_at is 'when the row was first published here';
comment on column "educational_data".ips_score.updated_at is 'when a release last changed it';
comment on column "educational_data".ips_score.release_id is 'the release that last changed it';
