-- How a file was read: its form, its lines, headers that no column took, rows of other things left out.

alter table greenroom.batch add column reading jsonb not null default '{}';
comment on column greenroom.batch.reading is
  'How the file was read: form, lines, rows, unknown and absent headers, rows left out by reason, notes.';
