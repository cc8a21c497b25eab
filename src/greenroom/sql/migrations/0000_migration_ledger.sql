create schema if not exists "greenroom";

create table "greenroom".migration (
  pack text not null,
  name text not null,
  sha256 text not null,
  applied_at timestamptz not null default pg_catalog.clock_timestamp(),
  applied_by text not null default current_user,
  seconds double precision not null,
  primary key (pack, name)
);

comment on table "greenroom".migration is
  'Every migration file that was run here, with the hash of its text: run once, never edited.';

create table "greenroom".made (
  kind text not null,
  schema text not null,
  name text not null,
  pack text not null,
  origin text not null check (origin in ('lasting', 'compiled', 'adopted')),
  primary key (kind, schema, name)
);

comment on table "greenroom".made is
  'What Greenroom made in this database, or took over; it alters and drops nothing else.';

comment on column "greenroom".made.origin is
  'lasting: by a migration or from a declaration; compiled: dropped and written again by each migrate; adopted: was there before.';
