-- What ONISEP spells in its own way: dates, postal codes, labels of subjects, ids inside addresses.
-- `return` bodies for the same reasons as in 10_canonical.sql.

create or replace function greenroom_schools.clean_jour(value text)
returns text
language sql
immutable
parallel safe
return
  case
    -- 29 to 31 only where the month has them: a cast would end the whole sealing
    when btrim(value) ~ '^(0?[1-9]|[12][0-9]|3[01])/(0?[1-9]|1[0-2])/(19|20)[0-9]{2}$'
      and split_part(btrim(value), '/', 1)::integer
        <= extract(day from make_date(split_part(btrim(value), '/', 3)::integer, split_part(btrim(value), '/', 2)::integer, 1) + interval '1 month - 1 day')
    then
      split_part(btrim(value), '/', 3)
      || '-' || lpad(split_part(btrim(value), '/', 2), 2, '0')
      || '-' || lpad(split_part(btrim(value), '/', 1), 2, '0')
    when btrim(value) ~ '^(19|20)[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])([T ][0-9:.+Z-]*)?$'
      and substr(btrim(value), 9, 2)::integer
        <= extract(day from make_date(left(btrim(value), 4)::integer, substr(btrim(value), 6, 2)::integer, 1) + interval '1 month - 1 day')
    then left(btrim(value), 10)
  end;
comment on function greenroom_schools.clean_jour(text) is
  'Date, 2026-04-30; read from 30/04/2026 and from 2026-04-30, with or without a time. A day that the month has not is refused.';

create or replace function greenroom_schools.clean_postal_onisep(value text)
returns text
language sql
immutable
parallel safe
return
  case
    when btrim(value, E' \t\r\n\u00a0\u202f') ~ '^[0-9]{4}$' then '0' || btrim(value, E' \t\r\n\u00a0\u202f')
    else btrim(value, E' \t\r\n\u00a0\u202f')
  end;
comment on function greenroom_schools.clean_postal_onisep(text) is
  'Postal code: a zero lost in front of four digits is put back (1000 is 01000). What is no French code stays as it is, unlike in clean_postal: ONISEP also lists places abroad.';

create or replace function greenroom_schools.onisep_id(value text, kind text)
returns text
language sql
immutable
parallel safe
return
  -- what holds no such id is given back as it is, so that quarantine names it
  coalesce(substring(value from '(?:^|/)(' || kind || '\.[0-9]+)/?\s*$'), value);
comment on function greenroom_schools.onisep_id(text, text) is
  'The id at the end of an ONISEP address: ENS.16488 of …/slug/ENS.16488, for the kind ENS.';

create or replace function greenroom_schools.label_folded(value text)
returns text
language sql
immutable
parallel safe
return
  btrim(
    regexp_replace(
      replace(
        replace(
          -- The letters after the pairs (accents that combine) have no partner and are dropped.
          translate(
            lower(
              translate(
                value,
                E'\u00c0\u00c2\u00c4\u00c7\u00c8\u00c9\u00ca\u00cb\u00ce\u00cf\u00d4\u00d6\u00d9\u00db\u00dc\u0152\u00c6',
                E'\u00e0\u00e2\u00e4\u00e7\u00e8\u00e9\u00ea\u00eb\u00ee\u00ef\u00f4\u00f6\u00f9\u00fb\u00fc\u0153\u00e6'
              ) collate "C"
            ),
            E'\u00e0\u00e2\u00e4\u00e7\u00e8\u00e9\u00ea\u00eb\u00ee\u00ef\u00f4\u00f6\u00f9\u00fb\u00fc\u0300\u0301\u0302\u0308\u0327',
            'aaaceeeeiioouuu'
          ),
          E'\u0153',
          'oe'
        ),
        E'\u00e6',
        'ae'
      ),
      '[^a-z0-9]+',
      ' ',
      'g'
    )
  );
comment on function greenroom_schools.label_folded(text) is
  'A label without what spelling may vary in: lower case, no accents, words parted by one blank. Sciences de l''Ingénieur and sciences de l’ingenieur are the same.';

create or replace function greenroom_schools.specialite(value text)
returns text
language sql
stable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
  select coalesce(
    (
      select l.libelle
      from "educational_data".specialites_alias as a
      join "educational_data".specialites_libelles as l on l.code = a.code
      where a.alias = greenroom_schools.label_folded(value)
    ),
    btrim(value)
  )
$$;
comment on function greenroom_schools.specialite(text) is
  'The canonical label of a spécialité; what the catalogue does not know stays as given.';

create or replace function greenroom_schools.is_specialite(value text)
returns boolean
language sql
stable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
  select exists (select from "educational_data".specialites_libelles as l where l.libelle = value)
$$;
comment on function greenroom_schools.is_specialite(text) is 'Whether this is a canonical label of the catalogue.';

-- For the app, which may not see the compiled schema: hence security definer.
create or replace function "educational_data".specialites(noms text[])
returns text[]
language sql
stable
parallel safe
security definer
set search_path = pg_catalog, pg_temp
as $$
  select coalesce(array_agg(distinct greenroom_schools.specialite(n.nom) collate "C"), '{}')
  from unnest(noms) as n (nom)
  where btrim(n.nom) <> ''
$$;
comment on function "educational_data".specialites(text[]) is
  'Canonical labels of spécialités, sorted, from what a person types in any case, with or without accents, or short: {mathematiques,NSI}. An unknown one stays as given, so that a search for it finds nothing rather than everything.';
