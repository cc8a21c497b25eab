-- What people say to each other about a batch, who looks at what, how many have to agree, and what the desk was asked to do.
-- No foreign keys to the scope: its row is the lock of a promotion, and people talk while one runs. Scopes are never deleted.

create table greenroom.comment (
  id bigint generated always as identity primary key,
  scope_id integer not null,
  dataset text,
  unit_key text[],
  row_ref text,
  check_name text,
  text text not null check (text <> ''),
  commented_by text not null,
  commented_at timestamptz not null default clock_timestamp(),
  resolved_by text,
  resolved_at timestamptz,
  check ((dataset is null) = (unit_key is null)),
  check (unit_key is not null or (row_ref is null and check_name is null)),
  check ((resolved_by is null) = (resolved_at is null))
);
comment on table greenroom.comment is 'What people say about a scope, a unit of it, a row or a finding. Never deleted: resolved.';
comment on column greenroom.comment.row_ref is 'The row it is about, as greenroom.edit names one.';
comment on column greenroom.comment.check_name is 'The check whose finding it is about.';
create index comment_scope on greenroom.comment (scope_id, id);

create table greenroom.assignment (
  id bigint generated always as identity primary key,
  scope_id integer not null,
  unit_key text[],
  assigned_to text not null,
  assigned_by text not null,
  assigned_at timestamptz not null default clock_timestamp(),
  note text not null default '',
  done_by text,
  done_at timestamptz,
  check ((done_by is null) = (done_at is null))
);
comment on table greenroom.assignment is 'Who was asked to look at a scope, or at one unit of it; done when somebody says so.';
-- One person is asked for one thing once; asking again while it is open changes nothing.
create unique index assignment_open on greenroom.assignment (scope_id, coalesce(unit_key, '{}'), assigned_to)
  where done_at is null;
create index assignment_scope on greenroom.assignment (scope_id, id);
create index assignment_person on greenroom.assignment (assigned_to) where done_at is null;

create table greenroom.policy (
  pack text primary key,
  people smallint not null default 1 check (people in (1, 2)),
  set_by text not null default session_user,
  set_at timestamptz not null default clock_timestamp()
);
comment on table greenroom.policy is 'How many people a decision takes, by pack; a pack without a row takes one.';
comment on column greenroom.policy.people is
  '1: who made an edit may approve it; 2: who made an edit in force, or sealed the unit, may not.';

create table greenroom.desk_job (
  id bigint generated always as identity primary key,
  key uuid not null unique,
  scope_id integer,
  verb text not null check (verb in ('promote', 'live', 'rollback', 'clean', 'refresh')),
  dry_run boolean not null,
  arguments jsonb not null,
  title text not null,
  asked_by text not null,
  asked_at timestamptz not null default clock_timestamp(),
  began_at timestamptz,
  ended_at timestamptz,
  state text not null default 'waiting' check (state in ('waiting', 'running', 'done', 'refused', 'failed', 'cancelled', 'lost')),
  steps jsonb not null default '[]',
  result jsonb,
  runner uuid not null,
  backend integer,
  alive_at timestamptz not null default clock_timestamp(),
  check ((state in ('waiting', 'running')) = (ended_at is null))
);
comment on table greenroom.desk_job is 'What the desk was asked to do: who, what, when, what came of it. Kept for ever.';
comment on column greenroom.desk_job.key is 'Made with the form: what is sent twice is done once. A promotion or rollback bears it in greenroom.release too.';
comment on column greenroom.desk_job.runner is 'The desk that runs it.';
comment on column greenroom.desk_job.alive_at is 'When the desk that runs it last said that it does.';
-- One at a time on a scope: the second is told so, rather than left to wait for a lock.
create unique index desk_job_scope on greenroom.desk_job (scope_id) where state in ('waiting', 'running');
create index desk_job_scopes on greenroom.desk_job (scope_id, id);
