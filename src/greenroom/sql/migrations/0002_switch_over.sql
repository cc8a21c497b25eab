-- The search_path of the database: what it was before each switch-over, and the queries that prove one.

create table greenroom.switch (
  id bigint generated always as identity primary key,
  database text not null,
  old_value text,
  new_value text not null,
  state text not null default 'over' check (state in ('over', 'back')),
  switched_at timestamptz not null default clock_timestamp(),
  switched_by text not null default session_user,
  back_at timestamptz,
  back_by text,
  report jsonb
);
comment on table greenroom.switch is 'Each switch-over of a database''s search_path, and what it was before.';
comment on column greenroom.switch.database is 'Its name then; in a copy under another name the saved value is not this database''s.';
comment on column greenroom.switch.old_value is 'The setting as it stood, letter by letter; null = it was not set.';
comment on column greenroom.switch.new_value is 'The setting as it was written, letter by letter.';
comment on column greenroom.switch.switched_at is 'Sessions opened earlier may still have the old path.';
comment on column greenroom.switch.report is 'What was found before and after.';
create index switch_database on greenroom.switch (database, id desc);

create table greenroom.consumer_query (
  name text primary key,
  text text not null,
  position integer not null,
  registered_at timestamptz not null default clock_timestamp(),
  registered_by text not null default session_user
);
comment on table greenroom.consumer_query is 'Queries of the app that a switch-over runs on the old path and on the new.';
comment on column greenroom.consumer_query.position is 'Where it stood in its file, from 1.';
