-- Batches of files name a row by its key and its place in the file; tables made by an earlier version said so in each row.

create schema if not exists "educational_data";

-- lock: sealed rows are the engine's own, no reader of the site sees them; no row is rewritten
alter table if exists greenroom.batch_ips_lycees
  drop column if exists row_key,
  drop column if exists parent_row_key,
  drop column if exists position,
  drop column if exists derived;
-- lock: as above
alter table if exists greenroom.batch_ips_lycees_years
  drop column if exists row_key,
  drop column if exists parent_row_key,
  drop column if exists position,
  drop column if exists derived;
-- lock: as above
alter table if exists greenroom.batch_ips_colleges
  drop column if exists row_key,
  drop column if exists parent_row_key,
  drop column if exists position,
  drop column if exists derived;
-- lock: as above
alter table if exists greenroom.batch_ips_colleges_years
  drop column if exists row_key,
  drop column if exists parent_row_key,
  drop column if exists position,
  drop column if exists derived;
