-- Pack {{ pack }}, compiled from its declarations. Functions and views only: made anew by each migrate.
create schema if not exists {{ S }};
comment on schema {{ S }} is 'Compiled functions and views of pack {{ pack }}; greenroom sql prints them.';

-- Where this database has the pack's tables.
create or replace function {{ S }}.home()
returns text
language sql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
-- quoted as everywhere else: another schema is one changed identifier
as $$ select pg_catalog.btrim('"{{ home }}"', '"') $$;
comment on function {{ S }}.home() is 'The schema of the published tables of {{ pack }} in this database.';

create or replace function {{ S }}.pack_name()
returns text
language sql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$ select '{{ pack }}' $$;
comment on function {{ S }}.pack_name() is 'The name under which the ledger keeps this pack''s scopes.';

create schema if not exists preview;
comment on schema preview is 'Published tables as they will stand once the prepared releases land.';
