-- Names of streets, communes and schools, so that two spellings of one name are equal.
--
-- The bodies are of the `return` form, as in 10_canonical.sql.

create or replace function greenroom_schools.plain_words(value text)
returns text
language sql
immutable
parallel safe
return
  btrim(
    regexp_replace(
      upper(
        translate(
          replace(replace(replace(replace(value, U&'\0153', 'oe'), U&'\0152', 'OE'), U&'\00e6', 'ae'), U&'\00c6', 'AE'),
          -- the last five, combining accents, have no partner and are dropped
          U&'\00e0\00e2\00e4\00e3\00e5\00e7\00e9\00e8\00ea\00eb\00ee\00ef\00ed\00f1\00f4\00f6\00f3\00f9\00fb\00fc\00fa\00ff\00c0\00c2\00c4\00c3\00c5\00c7\00c9\00c8\00ca\00cb\00ce\00cf\00cd\00d1\00d4\00d6\00d3\00d9\00db\00dc\00da\0178\0300\0301\0302\0308\0327',
          'aaaaaceeeeiiinooouuuuyAAAAACEEEEIIINOOOUUUUY'
        ) collate "C"
      ),
      '[^A-Z0-9]+', ' ', 'g'
    )
  );
comment on function greenroom_schools.plain_words(text) is
  'Capital letters without accents, digits, and single blanks for everything else.';

create or replace function greenroom_schools.street_type(word text)
returns text
language sql
immutable
parallel safe
return
  case word
    when 'R' then 'RUE'
    when 'AV' then 'AVENUE'
    when 'AVE' then 'AVENUE'
    when 'BD' then 'BOULEVARD'
    when 'BLD' then 'BOULEVARD'
    when 'BVD' then 'BOULEVARD'
    when 'BOUL' then 'BOULEVARD'
    when 'CHE' then 'CHEMIN'
    when 'CHEM' then 'CHEMIN'
    when 'CH' then 'CHEMIN'
    when 'IMP' then 'IMPASSE'
    when 'PL' then 'PLACE'
    when 'ALL' then 'ALLEE'
    when 'RTE' then 'ROUTE'
    when 'SQ' then 'SQUARE'
    when 'PASS' then 'PASSAGE'
    when 'CRS' then 'COURS'
    when 'FG' then 'FAUBOURG'
    when 'FBG' then 'FAUBOURG'
    when 'LOT' then 'LOTISSEMENT'
    when 'RES' then 'RESIDENCE'
    when 'PROM' then 'PROMENADE'
    when 'RPT' then 'ROND POINT'
    when 'VLA' then 'VILLA'
    when 'SEN' then 'SENTIER'
    when 'HAM' then 'HAMEAU'
    when 'QU' then 'QUAI'
    else word
  end;
comment on function greenroom_schools.street_type(text) is
  'The kind of a way, its usual abbreviation written out; any other word stays. Only for the first word of a name.';

create or replace function greenroom_schools.titles_written_out(words text)
returns text
language sql
immutable
parallel safe
return
  case
    -- one look tells that most names hold none of these
    when words ~ '\m(STE?|DR|GAL|GEN|MAL|PDT|PROF|PR|CDT|COL|LT|MGR|NTRE?)\M'
    then
      regexp_replace(
        regexp_replace(
          regexp_replace(
            regexp_replace(
              regexp_replace(
                regexp_replace(
                  regexp_replace(
                    regexp_replace(
                      regexp_replace(
                        regexp_replace(words, '\mST(E?)\M', 'SAINT\1', 'g'),
                        '\mDR\M', 'DOCTEUR', 'g'
                      ),
                      '\m(GAL|GEN)\M', 'GENERAL', 'g'
                    ),
                    '\mMAL\M', 'MARECHAL', 'g'
                  ),
                  '\mPDT\M', 'PRESIDENT', 'g'
                ),
                '\m(PROF|PR)\M', 'PROFESSEUR', 'g'
              ),
              '\mCDT\M', 'COMMANDANT', 'g'
            ),
            '\mCOL\M', 'COLONEL', 'g'
          ),
          '\mLT\M', 'LIEUTENANT', 'g'
        ),
        '\mMGR\M', 'MONSEIGNEUR', 'g'
      )
    else words
  end;
comment on function greenroom_schools.titles_written_out(text) is
  'Saint, docteur, général and their like written out, as whole words only; the text is in plain words already.';

create or replace function greenroom_schools.street_of_words(words text)
returns text
language sql
immutable
parallel safe
return
  nullif(
    greenroom_schools.titles_written_out(
      greenroom_schools.street_type(split_part(words, ' ', 1)) || substr(words, length(split_part(words, ' ', 1)) + 1)
    ),
    ''
  );
comment on function greenroom_schools.street_of_words(text) is
  'Plain words as the name of a street: the kind of way and titles written out.';

create or replace function greenroom_schools.clean_street(value text)
returns text
language sql
immutable
parallel safe
return greenroom_schools.street_of_words(greenroom_schools.plain_words(value));
comment on function greenroom_schools.clean_street(text) is
  'Name of a street as it is compared: capitals, no accents, kind of way and titles written out, articles and digits kept.';

create or replace function greenroom_schools.clean_repetition(value text)
returns text
language sql
immutable
parallel safe
return
  case upper(btrim(value, E' \t\r\n\u00a0\u202f') collate "C")
    when 'BIS' then 'B'
    when 'TER' then 'T'
    when 'QUATER' then 'Q'
    when 'QUINQUIES' then 'E'
    else substring(upper(btrim(value, E' \t\r\n\u00a0\u202f') collate "C") from '^[A-Z]$')
  end;
comment on function greenroom_schools.clean_repetition(text) is
  'The letter behind a number: bis is B, ter T, quater Q, as the files abbreviate them; quinquies is E, the fifth.';

create or replace function greenroom_schools.repetition_rank(letter text)
returns integer
language sql
immutable
parallel safe
return
  case
    when letter is null or letter = '' then 0
    -- ter is the third, quater the fourth: with C and D
    when letter = 'T' then 3
    when letter = 'Q' then 4
    else ascii(letter) - 64
  end;
comment on function greenroom_schools.repetition_rank(text) is
  'Order of house numbers that differ in the letter only: none, then A, B (bis), C and T (ter), D and Q (quater), E …';

create or replace function greenroom_schools.place_number(number integer, letter text)
returns integer
language sql
immutable
parallel safe
return number * 32 + greenroom_schools.repetition_rank(letter);
comment on function greenroom_schools.place_number(integer, text) is
  'A house number with its letter as one number: 8 < 8 A < 8 B < 9.';

create or replace function greenroom_schools.on_side(number integer, side text)
returns boolean
language sql
immutable
parallel safe
return side = 'PI' or side = case when number % 2 = 0 then 'P' else 'I' end;
comment on function greenroom_schools.on_side(integer, text) is 'Whether a number is on this side: P even, I odd, PI both.';

create or replace function greenroom_schools.clean_side(value text)
returns text
language sql
immutable
parallel safe
return
  case greenroom_schools.plain_words(value)
    when 'P' then 'P'
    when 'PAIR' then 'P'
    when 'PAIRS' then 'P'
    when 'I' then 'I'
    when 'IMPAIR' then 'I'
    when 'IMPAIRS' then 'I'
    when 'PI' then 'PI'
    when 'IP' then 'PI'
    when 'TOUS' then 'PI'
    when 'TOUS LES N DE' then 'PI'
    when 'TOUS LES NUMEROS' then 'PI'
    when 'LES N PAIRS DE' then 'P'
    when 'LES N IMPAIRS DE' then 'I'
  end;
comment on function greenroom_schools.clean_side(text) is
  'Side of a street: P even, I odd, PI both; read from letters of either case and from the sentence of the Occitanie file.';

-- How alike two names are, without the extension that may not be there: the same on every server.
create or replace function greenroom_schools.trigrams(words text)
returns text[]
language sql
immutable
parallel safe
return (
  select array_agg(distinct substr('  ' || words || ' ', n, 3))
  from generate_series(1, length(words) + 1) as n
);
comment on function greenroom_schools.trigrams(text) is 'The distinct runs of three letters of a name, blanks around it counted.';

create or replace function greenroom_schools.alike(one text[], other text[])
returns numeric
language sql
immutable
parallel safe
return (
  select coalesce(round(count(*)::numeric / nullif(cardinality(one) + cardinality(other) - count(*), 0), 4), 0)
  from unnest(one) as gram
  where gram = any (other)
);
comment on function greenroom_schools.alike(text[], text[]) is 'Shared trigrams of all trigrams, 0 to 1.';

create or replace function greenroom_schools.without_articles(words text)
returns text
language sql
immutable
parallel safe
return btrim(regexp_replace(regexp_replace(words, '\m(DE|DU|DES|LA|LE|LES|L|D|ET|A|AU|AUX)\M', ' ', 'g'), ' +', ' ', 'g'));
comment on function greenroom_schools.without_articles(text) is 'A name in plain words without articles and small words.';

create or replace function greenroom_schools.school_words(value text)
returns text
language sql
immutable
parallel safe
return (
  select string_agg(word, ' ' order by word collate "C")
  from unnest(
    string_to_array(
      greenroom_schools.without_articles(
        greenroom_schools.titles_written_out(
          regexp_replace(
            -- trades taught are told behind the name: LYCEE DES METIERS DE …
            regexp_replace(greenroom_schools.plain_words(value), '(.)\mLYCEE (DES )?METIERS.*$', '\1'),
            '\m(LYCEE|LYC|COLLEGE|CLG|GENERAL ET TECHNOLOGIQUE|D ENSEIGNEMENT GENERAL|LGT|LEGT|LG|LPO|LP|LT|POLYVALENT|PROFESSIONNEL|TECHNOLOGIQUE|PRIVEE?|PUBLIC)\M|^((LYCEE|LYC) )?GENERAL\M',
            ' ', 'g'
          )
        )
      ),
      ' '
    )
  ) as word
  where word <> ''
);
comment on function greenroom_schools.school_words(text) is
  'The words that are a school''s own name, in order of the alphabet: without kind, trades and articles.';

create or replace function greenroom_schools.school_kind(value text)
returns text
language sql
immutable
parallel safe
return
  case
    when greenroom_schools.plain_words(value) ~ '^(COLLEGE|CLG|COL)\M' then 'college'
    when greenroom_schools.plain_words(value) ~ '^(LP|LYCEE PROFESSIONNEL|LYC PROF)\M' then 'LP'
    when greenroom_schools.plain_words(value) ~ '^(LPO|LYCEE POLYVALENT)\M' then 'LPO'
    when greenroom_schools.plain_words(value) ~ '^(LGT|LEGT|LG|LT|LYCEE (GENERAL|TECHNOLOGIQUE|D ENSEIGNEMENT GENERAL))\M' then 'LEGT'
    when greenroom_schools.plain_words(value) ~ '^(LYCEE|LYC)\M' then 'lycee'
  end;
comment on function greenroom_schools.school_kind(text) is
  'The kind of school its name begins with: college, LEGT, LPO, LP, or lycee when it says no more; null when it says none.';

create or replace function greenroom_schools.clean_uais(value text)
returns text
language sql
immutable
parallel safe
return
  case
    when value ~ '^\{[A-Za-z0-9]+(,[A-Za-z0-9]+)*\}$'
    then (
      select case when bool_and(u.uai is null or greenroom_schools.clean_uai(u.uai) is not null) then array_agg(greenroom_schools.clean_uai(u.uai) order by u.n)::text end
      from unnest(value::text[]) with ordinality as u (uai, n)
    )
  end;
comment on function greenroom_schools.clean_uais(text) is
  'A list of UAIs, each with its check letter, or NULL in the place of one that is not known; null when one is wrong.';

create or replace function greenroom_schools.clean_niveau(value text)
returns text
language sql
immutable
parallel safe
return
  case
    when greenroom_schools.plain_words(value) ~ '^(COL|CLG|COLLEGES?)\M' then 'college'
    when greenroom_schools.plain_words(value) ~ '^(LYC|LYCEES?|LG|LGT|LEGT|LPO|LP)\M' then 'lycee'
  end;
comment on function greenroom_schools.clean_niveau(text) is 'Level of a school: college or lycee, from the first word.';

create or replace function greenroom_schools.departement_of_uai(uai text)
returns text
language sql
immutable
parallel safe
return
  case left(uai, 3)
    -- Corsica was divided in 1976, and its schools numbered anew
    when '620' then '2A'
    when '720' then '2B'
    else greenroom_schools.clean_departement(left(uai, 3))
  end;
comment on function greenroom_schools.departement_of_uai(text) is 'The département whose number a UAI begins with.';

create or replace function greenroom_schools.segment_name(
  commune text, lieu_dit text, street text, number_from text, letter_from text, number_to text, letter_to text, side text
)
returns text
language sql
immutable
parallel safe
return
  commune
  || coalesce(' (' || greenroom_schools.clean_street(lieu_dit) || ')', '')
  || coalesce(
    ' ' || street
    || ' ' || coalesce(number_from, '') || coalesce(letter_from, '')
    || '-' || coalesce(number_to, '') || coalesce(letter_to, '')
    || ' ' || coalesce(side, ''),
    ''
  );
comment on function greenroom_schools.segment_name(text, text, text, text, text, text, text, text) is
  'What a row of a sector is about, in one word: 35238 RUE DU PORT 1-9999 PI; a commune alone when there is no street.';

create or replace function greenroom_schools.lies_inside(
  a_from integer, a_from_letter text, a_to integer, a_to_letter text, a_side text,
  b_from integer, b_from_letter text, b_to integer, b_to_letter text, b_side text
)
returns boolean
language sql
immutable
parallel safe
return
  greenroom_schools.place_number(a_from, a_from_letter) >= greenroom_schools.place_number(b_from, b_from_letter)
  and greenroom_schools.place_number(a_to, a_to_letter) <= greenroom_schools.place_number(b_to, b_to_letter)
  and (b_side = 'PI' or a_side = b_side)
  and (a_from, a_from_letter, a_to, a_to_letter, a_side) is distinct from (b_from, b_from_letter, b_to, b_to_letter, b_side);
comment on function greenroom_schools.lies_inside(integer, text, integer, text, text, integer, text, integer, text, text) is
  'Whether range a is a part of range b, and not all of it.';
