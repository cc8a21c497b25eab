-- Shares and counts computed from text, and what the files about crime call by several names.
-- Same manner as 10_canonical.sql: text in, text out, bodies that PostgreSQL inlines. What cannot be read
-- comes back as it was, so that the column's own rule sends the row to quarantine by name.

create or replace function greenroom_schools.ratio(part text, whole text, times numeric)
returns text
language sql
immutable
parallel safe
return
  case
    -- Nearly all are written so: told at a glance, as in clean_number, and read once.
    when octet_length(part) <= 20
      and octet_length(whole) <= 20
      and part ~ '^[0-9]+([.][0-9]+)?$'
      and whole ~ '^[0-9]+([.][0-9]+)?$'
    then trim_scale(round(times * trim_scale(part::numeric) / nullif(trim_scale(whole::numeric), 0), 2))::text
    when nullif(btrim(part), '') is null or nullif(btrim(whole), '') is null then null
    when greenroom_schools.clean_number(part) is null then part
    when greenroom_schools.clean_number(whole) is null then whole
    when greenroom_schools.clean_number(whole)::numeric > 0
    then trim_scale(
      round(
        times * greenroom_schools.clean_number(part)::numeric / greenroom_schools.clean_number(whole)::numeric, 2
      )
    )::text
  end;
comment on function greenroom_schools.ratio(text, text, numeric) is
  'times * part / whole, to two decimals; null when either is empty or the whole is 0; a part or whole that is no number comes back as it was.';

create or replace function greenroom_schools.share(part text, whole text)
returns text
language sql
immutable
parallel safe
return greenroom_schools.ratio(part, whole, 100);
comment on function greenroom_schools.share(text, text) is
  'Part of a whole in per cent, to two decimals; null for a commune without inhabitants, dwellings or jobs.';

create or replace function greenroom_schools.added(a text, b text)
returns text
language sql
immutable
parallel safe
return
  case
    when nullif(btrim(a), '') is null or nullif(btrim(b), '') is null then null
    when greenroom_schools.clean_number(a) is null then a
    when greenroom_schools.clean_number(b) is null then b
    else (greenroom_schools.clean_number(a)::numeric + greenroom_schools.clean_number(b)::numeric)::text
  end;
comment on function greenroom_schools.added(text, text) is
  'Sum of two numbers written as text; null when either is empty, and what is no number comes back as it was.';

create or replace function greenroom_schools.written_out(value text)
returns text
language sql
immutable
parallel safe
return
  case when value ~ '^[0-9]+([.][0-9]+)?[eE][+]?[0-9]{1,2}$' then trim_scale(value::numeric)::text else value end;
comment on function greenroom_schools.written_out(text) is
  'Number without an exponent: files saved by R write 1e+05 for 100000. Anything else comes back as it was.';

create or replace function greenroom_schools.clean_indicateur(value text)
returns text
language sql
immutable
parallel safe
return
  case btrim(value)
    when 'Coups et blessures volontaires intrafamiliaux' then 'Violences physiques intrafamiliales'
    when 'Autres coups et blessures volontaires' then 'Violences physiques hors cadre familial'
    when 'Vols de véhicules' then 'Vols de véhicule'
    when 'Vols de véhicules (automobiles ou deux-roues motorisés)' then 'Vols de véhicule'
    when 'Vols d''accessoires sur véhicule' then 'Vols d''accessoires sur véhicules'
    when 'Vols avec armes (armes à feu, armes blanches ou par destination)' then 'Vols avec armes'
    when 'Escroqueries' then 'Escroqueries et fraudes aux moyens de paiement'
    else btrim(value)
  end;
comment on function greenroom_schools.clean_indicateur(text) is
  'Indicator of recorded crime under the name of the releases since 2025; a new one passes as it is, and a check reports it.';

create or replace function greenroom_schools.clean_unite(value text)
returns text
language sql
immutable
parallel safe
return upper(left(btrim(value), 1) collate "C") || substr(btrim(value), 2);
comment on function greenroom_schools.clean_unite(text) is
  'What an indicator counts, with a capital: Victime, Infraction, Véhicule, Mis en cause, Victime entendue. Old releases write it small.';

create or replace function greenroom_schools.clean_millesime(value text)
returns text
language sql
immutable
parallel safe
return
  case
    when btrim(value) ~ '^[0-9]{2}$' then '20' || btrim(value)
    when btrim(value) ~ '^(19|20)[0-9]{2}(\.0)?$' then left(btrim(value), 4)
  end;
comment on function greenroom_schools.clean_millesime(text) is
  'Year in four digits; read also from two, of this century: old files of recorded crime write 16 for 2016.';
