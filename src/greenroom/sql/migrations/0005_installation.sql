-- Where a pack, or one dataset of it, is installed a second time.

create table greenroom.installation (
  id integer generated always as identity primary key,
  pack text not null,
  name text not null unique generated always as (pack || '_' || id::text) stored,
  dataset text,
  schema text not null,
  table_name text,
  installed_at timestamptz not null default pg_catalog.clock_timestamp(),
  installed_by text not null default session_user,
  unique nulls not distinct (schema, table_name),
  check ((dataset is null) = (table_name is null))
);
comment on table greenroom.installation is
  'A pack, or one dataset of it, installed a second time: import --schema --target-table, rebuild --into. Each migrate compiles it again.';
comment on column greenroom.installation.name is
  'The pack of its scopes; its functions stand in schema greenroom_<name>. A number is never used again.';
comment on column greenroom.installation.dataset is 'The one dataset, with what is released with it; null = the whole pack.';
