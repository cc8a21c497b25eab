-- The schema of the published school tables.

create schema if not exists "educational_data";
comment on schema "educational_data" is
  'Reference data on French schools, as published: written to staging, audited, released by Greenroom.';
