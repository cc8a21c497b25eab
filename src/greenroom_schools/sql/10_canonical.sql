-- One canonical form each for what the published files spell in many ways.
-- Text in, canonical text out; null when the text cannot be read, and the row goes to quarantine.
--
-- The bodies are of the `return` form: PostgreSQL binds every name when the function is made, so that
-- no search_path can bend them, and inlines the call. `set search_path` would forbid that, and make
-- the sealing of a numeric column two and a half times as slow.
-- `collate "C"`: a Turkish or Lithuanian database folds letters its own way.

create or replace function greenroom_schools.clean_uai(value text)
returns text
language sql
immutable
parallel safe
return
  case
    when upper(btrim(value, E' \t\r\n\u00a0\u202f') collate "C") ~ '^[0-9]{7}[A-HJ-NPR-Z]$'
    then
      case
        when substr('ABCDEFGHJKLMNPRSTUVWXYZ', left(btrim(value, E' \t\r\n\u00a0\u202f'), 7)::integer % 23 + 1, 1)
          = upper(right(btrim(value, E' \t\r\n\u00a0\u202f'), 1) collate "C")
        then upper(btrim(value, E' \t\r\n\u00a0\u202f') collate "C")
      end
  end;
comment on function greenroom_schools.clean_uai(text) is
  'School number: seven digits and the check letter they imply (digits mod 23 over the alphabet without I, O, Q).';

create or replace function greenroom_schools.clean_commune(value text)
returns text
language sql
immutable
parallel safe
return
  case
    when upper(btrim(value, E' \t\r\n\u00a0\u202f') collate "C") ~ '^2[AB][0-9]{3}$'
    then upper(btrim(value, E' \t\r\n\u00a0\u202f') collate "C")
    when btrim(value, E' \t\r\n\u00a0\u202f') ~ '^(0?[1-9]|1[0-9]|2[1-9]|[3-8][0-9]|9[0-5]|9[7-9])[0-9]{3}$'
    then lpad(btrim(value, E' \t\r\n\u00a0\u202f'), 5, '0')
    -- Overseas, some files write the three digits of the département and then three of the commune, which
    -- begin with the département's last: 971 and 102 are 97102. Where the two digits differ it is no such code.
    when btrim(value, E' \t\r\n\u00a0\u202f') ~ '^97([1-46])\1[0-9]{2}$'
    then '97' || right(btrim(value, E' \t\r\n\u00a0\u202f'), 3)
  end;
comment on function greenroom_schools.clean_commune(text) is
  'INSEE code of a commune: five characters, 2A and 2B kept, a zero lost in a spreadsheet put back, 971102 of some overseas files read as 97102. Whether the commune exists is not asked here.';

create or replace function greenroom_schools.clean_departement(value text)
returns text
language sql
immutable
parallel safe
return
  case
    when upper(btrim(value, E' \t\r\n\u00a0\u202f') collate "C") ~ '^0?2[AB]$'
    then upper(right(btrim(value, E' \t\r\n\u00a0\u202f'), 2) collate "C")
    when btrim(value, E' \t\r\n\u00a0\u202f') ~ '^(0{0,2}[1-9]|0?(1[0-9]|2[1-9]|[3-8][0-9]|9[0-5]|99))$'
    then lpad(ltrim(btrim(value, E' \t\r\n\u00a0\u202f'), '0'), 2, '0')
    when btrim(value, E' \t\r\n\u00a0\u202f') ~ '^(97[1-8]|98[46-9])$'
    then btrim(value, E' \t\r\n\u00a0\u202f')
  end;
comment on function greenroom_schools.clean_departement(text) is
  'Code of a département: 01 to 95, 2A and 2B, 971 and the other overseas ones, 99 for abroad; read from 1, 01, 001, 02A, 2A, 044, 971. The former Corsica, 20, is refused: it may be either.';

create or replace function greenroom_schools.clean_region_insee(value text)
returns text
language sql
immutable
parallel safe
return
  case
    when btrim(value, E' \t\r\n\u00a0\u202f') ~ '^(0?[1-46]|[1-9][0-9])$'
    then lpad(btrim(value, E' \t\r\n\u00a0\u202f'), 2, '0')
    when btrim(value, E' \t\r\n\u00a0\u202f') ~ '^(97[578]|98[46-9])$'
    then btrim(value, E' \t\r\n\u00a0\u202f')
  end;
comment on function greenroom_schools.clean_region_insee(text) is
  'INSEE code of a region, two digits: 11, 52, 01; of an overseas collectivity, which is in no region, its own three. Never a code of a région académique: 17 is Pays de la Loire there, 52 here.';

create or replace function greenroom_schools.clean_region_academique(value text)
returns text
language sql
immutable
parallel safe
return
  case
    when btrim(value, E' \t\r\n\u00a0\u202f') ~ '^(0{0,2}[1-9]|0?1[0-9])$'
    then lpad(ltrim(btrim(value, E' \t\r\n\u00a0\u202f'), '0'), 2, '0')
  end;
comment on function greenroom_schools.clean_region_academique(text) is
  'Code of a région académique, two digits: 10 is Île-de-France, 17 Pays de la Loire. Never an INSEE code of a region; the two are not joined.';

create or replace function greenroom_schools.clean_postal(value text)
returns text
language sql
immutable
parallel safe
return
  case
    when btrim(value, E' \t\r\n\u00a0\u202f') ~ '^[0-9]{4,5}$'
    then lpad(btrim(value, E' \t\r\n\u00a0\u202f'), 5, '0')
  end;
comment on function greenroom_schools.clean_postal(text) is
  'Postal code: five digits, a zero lost in a spreadsheet put back.';

create or replace function greenroom_schools.clean_rentree(value text)
returns text
language sql
immutable
parallel safe
return
  case
    when btrim(value, E' \t\r\n\u00a0\u202f') ~ '^(19|20)[0-9]{2} ?[-/–] ?(19|20)[0-9]{2}$'
    then
      case
        when left(btrim(value, E' \t\r\n\u00a0\u202f'), 4)::integer + 1
          = right(btrim(value, E' \t\r\n\u00a0\u202f'), 4)::integer
        then left(btrim(value, E' \t\r\n\u00a0\u202f'), 4) || '-' || right(btrim(value, E' \t\r\n\u00a0\u202f'), 4)
      end
    when btrim(value, E' \t\r\n\u00a0\u202f') ~ '^(19|20)[0-9]{2}(-0[19]-01(T00:00:00.*)?)?$'
    then
      left(btrim(value, E' \t\r\n\u00a0\u202f'), 4)
      || '-'
      || (left(btrim(value, E' \t\r\n\u00a0\u202f'), 4)::integer + 1)::text
  end;
comment on function greenroom_schools.clean_rentree(text) is
  'School year, 2023-2024; read also from the year of its autumn, 2023, and from the two dates the portal writes for a year, 2023-01-01 and 2023-09-01. Never for a session: session 2024 is the school year 2023-2024.';

create or replace function greenroom_schools.clean_secteur(value text)
returns text
language sql
immutable
parallel safe
return
  case lower(
    -- The last letter of the first list, a combining accent, has no partner and is dropped.
    translate(
      regexp_replace(btrim(value, E' \t\r\n\u00a0\u202f'), '[\s_]+', ' ', 'g'),
      E'\u00c9\u00e9\u0301',
      'ee'
    ) collate "C"
  )
    when 'public' then 'public'
    when 'pu' then 'public'
    when 'prive sous contrat' then 'privé sous contrat'
    when 'prive hors contrat' then 'privé hors contrat'
    when 'prive' then 'privé'
    when 'pr' then 'privé'
  end;
comment on function greenroom_schools.clean_secteur(text) is
  'Public, privé sous contrat, privé hors contrat; a bare privé (PR, PRIVE) stays privé, since the file does not say under which contract.';

create or replace function greenroom_schools.clean_number(value text)
returns text
language sql
immutable
parallel safe
return
  case
    -- Nearly all are written so; the expression below is ten times as dear.
    when octet_length(value) <= 20 and value ~ '^[0-9]+([.][0-9]+)?$'
    then trim_scale(value::numeric)::text
    when btrim(value, E' \t\r\n\u00a0\u202f')
      ~ E'^[+\u2212-]?([0-9]{1,30}|[0-9]{1,3}([ \u00a0\u202f][0-9]{3}){1,9})([.,][0-9]{1,20})?$'
    then trim_scale(translate(value, E',\u2212+ \u00a0\u202f\t\r\n', '.-')::numeric)::text
  end;
comment on function greenroom_schools.clean_number(text) is
  'Number with a point and nothing needless: decimal comma, spaces between thousands, a plus sign and trailing zeros are read (583.0 is 583). One separator only, so that 1.234,5 is refused.';
