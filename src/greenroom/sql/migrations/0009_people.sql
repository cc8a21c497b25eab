-- Who may use the review desk, and which browsers are signed in. Secrets stand here only as hashes.

create table greenroom.person (
  id integer generated always as identity primary key,
  name text not null check (name = btrim(name) and char_length(name) between 1 and 200),
  role text not null check (role in ('viewer', 'editor', 'approver', 'admin')),
  email text check (email = lower(btrim(email)) and email like '%_@_%'),
  -- the provider and its own word for this person, once they came in by it
  issuer text,
  subject text,
  password text,
  password_at timestamptz,
  disabled_at timestamptz,
  added_at timestamptz not null default clock_timestamp(),
  added_by text not null,
  unique (issuer, subject),
  check ((issuer is null) = (subject is null))
);
comment on table greenroom.person is 'Who may use the desk, and as what. Nobody is deleted: the ledger holds their names.';
comment on column greenroom.person.password is 'An argon2id hash; null: only a start link or the provider lets this person in.';
comment on column greenroom.person.subject is 'The provider''s own word for this person, remembered at the first sign-in: an e-mail address may change hands.';
comment on column greenroom.person.disabled_at is 'Since when this person is not let in; null: is let in.';
-- Ada and ada are one person to whoever reads the ledger.
create unique index person_name on greenroom.person (lower(name));
create unique index person_email on greenroom.person (email);

create table greenroom.person_event (
  id bigint generated always as identity primary key,
  person_id integer not null references greenroom.person (id),
  happened_at timestamptz not null default clock_timestamp(),
  done_by text not null,
  what text not null
);
comment on table greenroom.person_event is 'What was done to a person: added, role, link, password, disabled, enabled.';
create index person_event_person on greenroom.person_event (person_id, id desc);

create table greenroom.session (
  id bigint generated always as identity primary key,
  token_hash text not null unique,
  person_id integer not null references greenroom.person (id),
  csrf text not null,
  how text not null check (how in ('start link', 'password', 'provider', 'new password')),
  address text not null default '',
  agent text not null default '',
  created_at timestamptz not null default clock_timestamp(),
  last_seen_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null
);
comment on table greenroom.session is 'One browser of one person. A row that is gone, old or idle lets nobody in.';
comment on column greenroom.session.token_hash is 'sha256 of the cookie; the cookie itself stands nowhere.';
comment on column greenroom.session.csrf is 'What each form and script of this session sends back.';
create index session_person on greenroom.session (person_id);

create table greenroom.sign_in_link (
  token_hash text primary key,
  person_id integer not null references greenroom.person (id),
  purpose text not null check (purpose in ('start', 'password')),
  made_at timestamptz not null default clock_timestamp(),
  made_by text not null,
  expires_at timestamptz not null,
  used_at timestamptz
);
comment on table greenroom.sign_in_link is 'Links that work once: into the desk on this machine, or to choose a password.';
create index sign_in_link_person on greenroom.sign_in_link (person_id);

create table greenroom.sign_in (
  id bigint generated always as identity primary key,
  name text not null,
  address text not null,
  tried_at timestamptz not null default clock_timestamp(),
  outcome text not null default 'asked' check (outcome in ('asked', 'failed', 'refused', 'succeeded'))
);
comment on table greenroom.sign_in is 'Tries to sign in by password, of the last day: what slows down guessing.';
comment on column greenroom.sign_in.name is 'sha256 of what was typed: people type passwords into this field by mistake.';
create index sign_in_recent on greenroom.sign_in (tried_at);

create table greenroom.sign_in_flow (
  state_hash text primary key,
  nonce text not null,
  verifier text not null,
  expires_at timestamptz not null
);
comment on table greenroom.sign_in_flow is 'Sign-ins that are under way at the provider. Each is taken out once.';
