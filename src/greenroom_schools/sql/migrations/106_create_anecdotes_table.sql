-- Short stories about communes, written by hand.

create schema if not exists "educational_data";

create table "educational_data".anecdotes_communes (
  code_commune text not null,
  anecdote text not null,
  withheld text[],
  retired_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  release_id bigint,
  primary key (code_commune)
);
comment on table "educational_data".anecdotes_communes is 'Anecdotes on communes. Written by hand: empty unless somebody supplies the texts.';
comment on column "educational_data".anecdotes_communes.code_commune is 'INSEE code';
comment on column "educational_data".anecdotes_communes.anecdote is 'the text; written by hand, no public source';
comment on column "educational_data".anecdotes_communes.withheld is 'columns whose value the ministry withheld in this row; filled by the seal';
comment on column "educational_data".anecdotes_communes.retired_at is 'since when no file names this row; null = current';
comment on column "educational_data".anecdotes_communes.created_at is 'when the row was first published here';
comment on column "educational_data".anecdotes_communes.updated_at is 'when a release last changed it';
comment on column "educational_data".anecdotes_communes.release_id is 'the release that last changed it';
