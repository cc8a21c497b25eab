-- Pack {{ pack }}, compiled from its declarations. Functions and views only: made anew by each migrate.
create schema if not exists {{ S }};
comment on schema {{ S }} is 'Compiled functions and views of pack {{ pack }}; greenroom sql prints them.';
create schema if not exists preview;
comment on schema preview is 'Published tables as they will stand once the prepared releases land.';
