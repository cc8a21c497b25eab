-- When each cache was refreshed, and over which data: what has not moved is not refreshed again.

create table greenroom.refresh (
  id bigint generated always as identity primary key,
  pack text not null,
  view text not null,
  inputs text not null,
  rows bigint not null,
  seconds double precision not null,
  refreshed_at timestamptz not null default clock_timestamp(),
  refreshed_by text not null default session_user
);
comment on table greenroom.refresh is 'Each refresh of a materialized view: a fingerprint of what it reads, its rows, how long it took.';
comment on column greenroom.refresh.inputs is 'Fingerprint of the published content of the tables under the view, and of its definition.';
create index refresh_view on greenroom.refresh (pack, view, id desc);
