-- Years in their three coats: school year (2023-2024), rentrée (autumn 2023), session (the examinations of summer 2024).
-- And the few canonical forms that only the education files need. Same rules as in 10_canonical.sql.

create or replace function greenroom_schools.clean_annee(value text)
returns text
language sql
immutable
parallel safe
return
  case
    when btrim(value, E' \t\r\n\u00a0\u202f') ~ '^(19|20)[0-9]{2}(\.0|-01-01(T00:00:00.*)?)?$'
    then left(btrim(value, E' \t\r\n\u00a0\u202f'), 4)
  end;
comment on function greenroom_schools.clean_annee(text) is
  'Year in four digits; read also from 2024.0 and from 2024-01-01, which the portal writes for a year.';

create or replace function greenroom_schools.session_of_rentree(value text)
returns integer
language sql
immutable
parallel safe
return left(greenroom_schools.clean_rentree(value), 4)::integer + 1;
comment on function greenroom_schools.session_of_rentree(text) is
  'Session of the examinations that end a school year: 2023-2024 gives 2024.';

create or replace function greenroom_schools.rentree_of_session(session integer)
returns text
language sql
immutable
parallel safe
return case when session between 1900 and 2099 then (session - 1)::text || '-' || session::text end;
comment on function greenroom_schools.rentree_of_session(integer) is
  'School year that ends with the examinations of a session: 2024 gives 2023-2024.';

create or replace function greenroom_schools.clean_session(value text)
returns text
language sql
immutable
parallel safe
return
  case
    when value ~ '[0-9]{4} ?[-/–] ?(19|20)[0-9]{2}[^0-9]*$'
    then greenroom_schools.session_of_rentree(value)::text
    else greenroom_schools.clean_annee(value)
  end;
comment on function greenroom_schools.clean_session(text) is
  'Session of an examination, by the year of its summer: read from 2024, from 2024-01-01 and from the school year 2023-2024.';

create or replace function greenroom_schools.clean_secteur_sous_contrat(value text)
returns text
language sql
immutable
parallel safe
return
  case greenroom_schools.clean_secteur(value)
    when 'privé' then 'privé sous contrat'
    else greenroom_schools.clean_secteur(value)
  end;
comment on function greenroom_schools.clean_secteur_sous_contrat(text) is
  'Secteur, for files that hold no private school but those under contract (the results of lycées and collèges): PR means privé sous contrat there.';

create or replace function greenroom_schools.clean_region(value text)
returns text
language sql
immutable
parallel safe
return
  case
    when btrim(value, E' \t\r\n\u00a0\u202f') ~ '^([0-9]|0?[0-9]{2})$'
    then right('0' || btrim(value, E' \t\r\n\u00a0\u202f'), 2)
  end;
comment on function greenroom_schools.clean_region(text) is
  'Two digits of a region, or of an académie: read from 1, 01 and 001. Whose code it is, INSEE''s or the académie''s, is for the column to say.';

create or replace function greenroom_schools.departement_of_commune(code_commune text)
returns text
language sql
immutable
parallel safe
return
  case
    when code_commune ~ '^9[78]' then left(code_commune, 3)
    else left(code_commune, 2)
  end;
comment on function greenroom_schools.departement_of_commune(text) is
  'Département in which the INSEE code of a commune lies: 78646 gives 78, 2A004 gives 2A, 97411 gives 974.';

create or replace function greenroom_schools.type_of_nature(nature text)
returns text
language sql
immutable
parallel safe
return
  case
    when btrim(nature) ~ '^1[0-9]{2}$' then 'école'
    when btrim(nature) ~ '^3([0-2][0-9]|3[0-5])$' then 'lycée'
    when btrim(nature) in ('340', '350', '352') then 'collège'
    when btrim(nature) = '370' then 'erea'
  end;
comment on function greenroom_schools.type_of_nature(text) is
  'Type of a school by the code of its nature in the ministry''s register: 100 to 199 école, 300 to 335 lycée, 340, 350 and 352 collège, 370 erea; null for others.';

create or replace function greenroom_schools.secteur_of_contract(status text, contract text, code text)
returns text
language sql
immutable
parallel safe
return
  case
    when greenroom_schools.clean_secteur(status) is distinct from 'privé' then nullif(btrim(status), '')
    when upper(contract) like '%HORS CONTRAT%' or btrim(code) = '10' then 'privé hors contrat'
    -- one label spells CONTRAT with a zero
    when upper(contract) ~ 'SOUS CONTRAT|^C[O0]NTRAT ' or btrim(code) ~ '^[23][0-9]$' then 'privé sous contrat'
    else 'privé'
  end;
comment on function greenroom_schools.secteur_of_contract(text, text, text) is
  'Secteur of a school from its status, the label of its contract and the contract''s code; a bare privé where neither says which contract.';
