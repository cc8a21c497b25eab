-- What a person did in the desk at once, so that it can be taken back and put back after any reload.
create table greenroom.gesture (
  id bigint generated always as identity primary key,
  scope_id integer not null references greenroom.scope (id),
  dataset text not null,
  unit_key text[] not null,
  made_by text not null,
  made_at timestamptz not null default clock_timestamp(),
  said text not null,
  made bigint[] not null,
  ended bigint[] not null,
  is_back boolean not null default false
);
comment on table greenroom.gesture is 'Changes made in the desk, one row each: what undo takes back and redo puts back.';
comment on column greenroom.gesture.made is 'Edits that it put in force.';
comment on column greenroom.gesture.ended is 'Edits that it put out of force.';
comment on column greenroom.gesture.is_back is 'Whether its person has taken it back.';
create index gesture_of on greenroom.gesture (scope_id, dataset, unit_key, made_by, id desc);
