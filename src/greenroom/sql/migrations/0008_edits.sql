-- Corrections: kept apart from what the source said, keyed by identity, so that no new edition wipes them.

create table greenroom.edit (
  id bigint generated always as identity primary key,
  scope_id integer not null references greenroom.scope (id),
  dataset text not null,
  unit_key text[] not null,
  unit_id bigint not null references greenroom.unit (id),
  gesture uuid not null,
  row_ref text not null,
  label text not null,
  action text not null check (action in ('set', 'parent', 'order', 'add', 'delete')),
  column_name text,
  base jsonb,
  value jsonb,
  theirs jsonb,
  agrees_unit bigint references greenroom.unit (id),
  state text not null default 'in force' check (state in ('in force', 'conflict', 'adopted', 'withdrawn', 'replaced')),
  edited_by text not null,
  edited_at timestamptz not null default clock_timestamp(),
  reason text not null,
  settled_by text,
  settled_at timestamptz,
  settled_why text,
  check ((action = 'set') = (column_name is not null))
);
comment on table greenroom.edit is 'Corrections by people. The newest of a cell is in force or in conflict; the others are its history.';
comment on column greenroom.edit.unit_id is 'The sealed unit it was compared with last.';
comment on column greenroom.edit.gesture is 'What one person did at once, and takes back at once.';
comment on column greenroom.edit.row_ref is 'The row, whatever it is called by now: its id, or its key where the key is the row; root for the top of a tree.';
comment on column greenroom.edit.label is 'What the row was called when it was edited, for readers.';
comment on column greenroom.edit.base is 'What the source said when the edit was made.';
comment on column greenroom.edit.theirs is 'What the source says now, where it is neither the base nor the edit.';
comment on column greenroom.edit.agrees_unit is 'The waiting unit whose source says the same: with its promotion the edit is adopted.';
create index edit_agrees on greenroom.edit (agrees_unit) where agrees_unit is not null;
comment on column greenroom.edit.state is
  'in force; conflict: the source says something else now; adopted: the source says the same now; withdrawn; replaced by a newer one.';
create unique index edit_cell on greenroom.edit (scope_id, dataset, unit_key, row_ref, action, coalesce(column_name, ''))
  where state in ('in force', 'conflict');
create index edit_unit on greenroom.edit (unit_id);
create index edit_gesture on greenroom.edit (gesture);

-- Rows of units that were edited, by the id that goes with them from edition to edition.
create table greenroom.lineage (
  unit_id bigint not null references greenroom.unit (id),
  row_no integer not null,
  id uuid not null,
  primary key (unit_id, row_no),
  unique (unit_id, id)
);
comment on table greenroom.lineage is 'Which row of a sealed unit is which: the id it has in production, or will have. Only of units that were edited.';

alter table greenroom.unit
  add column sealed_hash text,
  add column sealed_rows bigint;
comment on column greenroom.unit.hash is 'Hash of its effective rows: what the source said, with the edits in force.';
comment on column greenroom.unit.sealed_hash is 'Hash of what the source said, where edits made another hash of it.';
comment on column greenroom.unit.sealed_rows is 'How many rows the source gave, where edits were made.';

alter table greenroom.batch drop constraint batch_origin_check;
alter table greenroom.batch add constraint batch_origin_check check (origin in ('inbox', 'file', 'edit')) not valid;
alter table greenroom.batch validate constraint batch_origin_check;
-- The faces say who works: one database user serves many people.
alter table greenroom.batch alter column sealed_by
  set default coalesce(nullif(pg_catalog.current_setting('greenroom.person', true), ''), session_user);
comment on column greenroom.batch.sealed_by is 'Who sealed it: the person a face named, else the database user.';
comment on column greenroom.batch.origin is 'inbox; file; edit: published rows opened again, to be corrected.';
