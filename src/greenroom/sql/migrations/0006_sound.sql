-- What a seal has seen of a unit's rows, so that no check has to look again.

alter table greenroom.unit
  add column keys_are_unique boolean not null default false,
  add column texts_are_sound boolean not null default false;
comment on column greenroom.unit.keys_are_unique is 'The seal has seen that no key stands twice.';
comment on column greenroom.unit.texts_are_sound is 'The seal has seen that no text holds damaged characters.';
