-- Published addresses, and whether they still lead to what they were published for.
create table greenroom.link (
  url text primary key,
  outcome text not null check (outcome in ('there', 'gone', 'changed', 'refused', 'unknown')),
  status integer,
  detail text,
  checked_at timestamptz not null default now(),
  -- when this outcome was met first without another between
  since timestamptz not null default now(),
  times integer not null default 1
);
comment on table greenroom.link is 'What became of each published address when it was asked last.';
comment on column greenroom.link.outcome is
  'there: it answers with what was published; gone: 404 or 410; changed: it answers with something else; refused: the site says no; unknown: it did not answer.';
