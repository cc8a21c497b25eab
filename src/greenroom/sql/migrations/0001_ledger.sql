-- The ledger: what was fetched, sealed, found, decided and released. Never exposed to the app.
create schema if not exists greenroom;
comment on schema greenroom is 'Greenroom''s ledger: batches, findings, decisions, releases. Not for the app.';

create table greenroom.scope (
  id integer generated always as identity primary key,
  pack text not null,
  keys text[] not null,
  name text not null,
  unique (pack, keys)
);
comment on table greenroom.scope is 'What is locked, decided and released together; its row is the lock.';

create table greenroom.snapshot (
  hash text primary key,
  bytes bigint not null,
  first_fetched_at timestamptz not null default now()
);
comment on table greenroom.snapshot is 'Bytes a source gave, by their sha256; the bytes stand in the snapshot store.';

create table greenroom.fetch (
  id bigint generated always as identity primary key,
  address text not null,
  hash text references greenroom.snapshot (hash),
  fetched_at timestamptz not null default now(),
  headers jsonb not null default '{}',
  outcome text not null check (outcome in ('new', 'same', 'failed')),
  message text
);
comment on table greenroom.fetch is 'Each look at a source: when, what came, whether it was new.';
create index fetch_address on greenroom.fetch (address, fetched_at desc);
create index fetch_hash on greenroom.fetch (hash);

create table greenroom.batch (
  id bigint generated always as identity primary key,
  scope_id integer not null references greenroom.scope (id),
  origin text not null check (origin in ('inbox', 'file')),
  source text,
  snapshot text,
  parser text,
  read_count bigint not null default 0,
  staged_count bigint not null default 0,
  quarantined_count bigint not null default 0,
  duplicate_count bigint not null default 0,
  cleaned jsonb not null default '{}',
  sealed_at timestamptz not null default clock_timestamp(),
  sealed_by text not null default session_user,
  check (read_count = staged_count + quarantined_count + duplicate_count)
);
comment on table greenroom.batch is 'One sealing of some units of a scope. Its rows never change.';
comment on column greenroom.batch.cleaned is 'Per column: withheld and repaired cells, counted.';
create index batch_scope on greenroom.batch (scope_id, id desc);

create table greenroom.release (
  id bigint generated always as identity primary key,
  scope_id integer not null references greenroom.scope (id),
  kind text not null check (kind in ('promote', 'rollback', 'live', 'adopt', 'revert')),
  state text not null check (state in ('prepared', 'stale', 'withdrawn', 'applied', 'rolled back')),
  made_at timestamptz not null default clock_timestamp(),
  made_by text not null default session_user,
  note text,
  counts jsonb not null default '{}',
  undoes bigint[],
  idempotency_key uuid unique
);
comment on table greenroom.release is 'What one application of changes did. Kept for ever; history only grows.';
create index release_scope on greenroom.release (scope_id, id desc);

create table greenroom.unit (
  id bigint generated always as identity primary key,
  batch_id bigint not null references greenroom.batch (id),
  scope_id integer not null references greenroom.scope (id),
  dataset text not null,
  key text[] not null,
  complete boolean not null,
  row_count bigint not null check (row_count > 0),
  quarantined_count bigint not null default 0,
  hash text not null,
  state text not null default 'sealed'
    check (state in ('sealed', 'held', 'ready', 'rejected', 'promoted', 'superseded', 'failed')),
  release_id bigint references greenroom.release (id)
);
comment on table greenroom.unit is 'The smallest thing a source publishes whole, as one batch holds it.';
comment on column greenroom.unit.complete is 'Absence is evidence only inside a complete unit.';
create unique index unit_pending on greenroom.unit (scope_id, dataset, key)
  where state in ('sealed', 'held', 'ready');
create index unit_batch on greenroom.unit (batch_id);
create index unit_release on greenroom.unit (release_id);

create table greenroom.published (
  scope_id integer not null references greenroom.scope (id),
  dataset text not null,
  key text[] not null,
  root_id uuid,
  unit_id bigint references greenroom.unit (id),
  release_id bigint not null references greenroom.release (id),
  complete boolean not null,
  row_count bigint not null,
  hash text not null,
  primary key (scope_id, dataset, key)
);
comment on table greenroom.published is 'What production holds of each unit: the hash a batch is compared with.';
create index published_unit on greenroom.published (unit_id);
create index published_release on greenroom.published (release_id);
create index published_root on greenroom.published (root_id);

create table greenroom.quarantine (
  id bigint generated always as identity primary key,
  batch_id bigint not null references greenroom.batch (id),
  unit_id bigint references greenroom.unit (id),
  dataset text not null,
  rule text not null,
  value text,
  position text,
  row_data jsonb not null
);
comment on table greenroom.quarantine is 'Rows that could not be read, with rule, value and source position.';
create index quarantine_batch on greenroom.quarantine (batch_id);
create index quarantine_unit on greenroom.quarantine (unit_id);

create table greenroom.finding (
  id bigint generated always as identity primary key,
  unit_id bigint not null references greenroom.unit (id),
  check_name text not null,
  severity text not null check (severity in ('error', 'warning')),
  message text not null,
  row_key text,
  position text,
  found_by text not null default 'check' check (found_by in ('check', 'parser')),
  found_at timestamptz not null default clock_timestamp()
);
comment on table greenroom.finding is 'Rows or units that answer a check badly; what only the parser can know is written here too.';
create index finding_unit on greenroom.finding (unit_id);

create table greenroom.waiver (
  id bigint generated always as identity primary key,
  scope_id integer not null references greenroom.scope (id),
  check_name text not null,
  dataset text not null,
  unit_key text[] not null,
  unit_hash text not null,
  waived_by text not null,
  why text not null,
  until date not null,
  waived_at timestamptz not null default clock_timestamp()
);
comment on table greenroom.waiver is 'A check set aside for one unit as it stands: who, why, until when.';
create index waiver_scope on greenroom.waiver (scope_id, unit_hash);

create table greenroom.approval (
  id bigint generated always as identity primary key,
  scope_id integer not null references greenroom.scope (id),
  dataset text not null,
  unit_key text[] not null,
  unit_hash text not null,
  verdict text not null check (verdict in ('approved', 'rejected')),
  findings_seen text not null,
  decided_by text not null,
  note text not null,
  decided_at timestamptz not null default clock_timestamp()
);
comment on table greenroom.approval is 'A decision on one unit as it stands; another hash is another unit.';
comment on column greenroom.approval.findings_seen is 'Digest of the findings that stood when the decision was made.';
create index approval_scope on greenroom.approval (scope_id, unit_hash);

create table greenroom.release_unit (
  release_id bigint not null references greenroom.release (id),
  dataset text not null,
  key text[] not null,
  root_id uuid,
  unit_id bigint references greenroom.unit (id),
  unit_before bigint references greenroom.unit (id),
  hash_before text,
  hash_after text,
  complete boolean not null,
  complete_before boolean,
  primary key (release_id, dataset, key)
);
comment on table greenroom.release_unit is 'The units one release touched, with the hash production had before and after.';
create index release_unit_unit on greenroom.release_unit (unit_id);
create index release_unit_before on greenroom.release_unit (unit_before);

-- No foreign key to the release: it would be looked up for every row of a large release, and
-- releases are never deleted.
create table greenroom.history (
  release_id bigint not null,
  dataset text not null,
  identity text[] not null,
  before jsonb not null,
  primary key (release_id, dataset, identity)
);
comment on table greenroom.history is 'Before-images of rows a release changed or removed; new rows carry its release_id instead.';

create table greenroom.drift (
  id bigint generated always as identity primary key,
  pack text not null,
  dataset text not null,
  root_id uuid,
  key text[],
  identity text[] not null,
  operation text not null check (operation in ('INSERT', 'UPDATE', 'DELETE')),
  before jsonb,
  changed_at timestamptz not null default clock_timestamp(),
  changed_by text not null default session_user
);
comment on table greenroom.drift is 'Source columns of production changed by another hand than apply''s; empty is the rule.';
create index drift_identity on greenroom.drift (pack, dataset, identity);
create index drift_root on greenroom.drift (root_id);

create table greenroom.succession (
  id bigint generated always as identity primary key,
  scope_id integer not null references greenroom.scope (id),
  dataset text not null,
  unit_key text[] not null,
  old_key text not null,
  new_key text not null,
  kind text not null check (kind in ('renamed', 'renumbered', 'moved')),
  score real,
  evidence text not null,
  recorded_by text not null default session_user,
  recorded_at timestamptz not null default clock_timestamp(),
  unique (scope_id, dataset, unit_key, new_key)
);
comment on table greenroom.succession is 'Matches recorded by a person: this new key is that old row.';
