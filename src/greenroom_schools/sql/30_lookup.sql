-- Which schools serve this address: the sectors by street, whole communes and outlines, read in one order.

create or replace function greenroom_schools.is_way(word text)
returns boolean
language sql
immutable
parallel safe
return
  greenroom_schools.street_type(word) in (
    'RUE', 'AVENUE', 'BOULEVARD', 'CHEMIN', 'IMPASSE', 'PLACE', 'ALLEE', 'ALLEES', 'ROUTE', 'SQUARE', 'PASSAGE', 'COURS', 'COUR',
    'FAUBOURG', 'LOTISSEMENT', 'RESIDENCE', 'PROMENADE', 'ROND POINT', 'ROND', 'VILLA', 'SENTIER', 'SENTE', 'HAMEAU', 'QUAI',
    'RUELLE', 'VENELLE', 'ESPLANADE', 'MAIL', 'MONTEE', 'CITE', 'PONT', 'PORT', 'ESPACE', 'LIEU', 'VOIE', 'TRAVERSE', 'CHAUSSEE',
    'PASSERELLE', 'PARVIS', 'CLOS', 'DOMAINE', 'RAMPE', 'ROCADE', 'COTE', 'LEVEE', 'PARC', 'JARDIN', 'ESCALIER', 'CALE', 'DIGUE'
  );
comment on function greenroom_schools.is_way(text) is 'Whether a word is a kind of way, so that what follows is its name.';

-- 12 bis, rue de la Paix, hameau, 35000 Rennes: number, letter, street, hamlet, postal code, commune.
create or replace function greenroom_schools.address_parts(
  p_address text,
  out number integer, out letter text, out street text, out lieu_dit text, out postcode text, out commune text
)
language plpgsql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
  v_rest text := regexp_replace(btrim(regexp_replace(p_address, '[\s\u00a0\u202f]+', ' ', 'g'), ' ,;'), ' *[,;]? *france$', '', 'i');
  v_found text[];
  v_last text;
begin
  v_found := regexp_match(v_rest, '^(.*?)[ ,;]*\m(\d{5})\M[ ,]+(\D.*)$');
  if v_found is not null then
    v_rest := v_found[1];
    postcode := v_found[2];
    commune := v_found[3];
  else
    v_last := btrim(regexp_replace(v_rest, '^.*,', ''));
    -- behind the last comma stands the commune, unless only a number stands before it
    if v_rest ~ ',' and v_last !~ '\d' and v_rest !~* '^ *\d{1,4} *([a-z]|bis|ter|quater|quinquies)? *,[^,]*$' then
      commune := v_last;
      v_rest := regexp_replace(v_rest, ' *,[^,]*$', '');
    elsif v_rest !~ '[\d,]' and not greenroom_schools.is_way(upper(split_part(v_rest, ' ', 1))) then
      commune := v_rest;
      v_rest := '';
    end if;
  end if;
  commune := nullif(btrim(regexp_replace(commune, '\mcedex\M.*$', '', 'i'), ' ,;'), '');

  v_found := regexp_match(v_rest, '^ *(\d{1,4}) *(bis|ter|quater|quinquies)?\M[ ,]*(.*)$', 'i');
  if v_found is null then
    -- 12B, or 12 B where a kind of way follows: an R alone may be the street's
    v_found := regexp_match(v_rest, '^ *(\d{1,4})([a-z])\M[ ,]*(.*)$', 'i');
  elsif v_found[2] is null
    and v_found[3] ~* '^[a-z][ ,]'
    and greenroom_schools.is_way(split_part(greenroom_schools.plain_words(substr(v_found[3], 2)), ' ', 1))
  then
    v_found := array[v_found[1], left(v_found[3], 1), btrim(substr(v_found[3], 2), ' ,')];
  end if;
  -- RUE 1814 and 8 MAI 1945 begin or end with numbers that are names: a number counts only before words
  if v_found is not null and v_found[3] <> '' then
    number := v_found[1]::integer;
    letter := greenroom_schools.clean_repetition(v_found[2]);
    v_rest := v_found[3];
  end if;
  street := nullif(btrim(split_part(v_rest, ',', 1)), '');
  lieu_dit := nullif(btrim(substr(v_rest, length(split_part(v_rest, ',', 1)) + 2), ' ,'), '');
end
$$;
comment on function greenroom_schools.address_parts(text) is
  'A free address in parts: 12 bis rue de la Paix, 35000 Rennes. What cannot be told stays null.';

-- The communes that a code or name, with a postal code or without, may mean.
create or replace function greenroom_schools.communes_meant(p_commune text, p_postcode text)
returns table (code text, name text)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_words text := regexp_replace(
    greenroom_schools.clean_street(p_commune), ' \d{1,2}( ?(E|ER|EME|ND))?( ARRONDISSEMENT)?$', ''
  );
begin
  if greenroom_schools.clean_commune(p_commune) is not null then
    return query
    select x.code, coalesce(i.nom_commune, x.code)
    from (select greenroom_schools.clean_commune(p_commune) as code) as x
    left join "educational_data".info_communes as i on i.code_commune = x.code and i.retired_at is null;
    return;
  end if;
  return query
  with near as (
    -- by postal code, which few communes share; else by département; without either, cheap looks first: there are 35,000
    select i.code_commune, i.nom_commune, i.type_commune, i.code_parent, true as has_postcode
    from "educational_data".info_communes as i
    where p_postcode is not null
      and i.codes_postaux @> array[p_postcode]
      and i.retired_at is null
    union all
    select i.code_commune, i.nom_commune, i.type_commune, i.code_parent, false
    from "educational_data".info_communes as i
    where i.code_departement = any (
        case
          when p_postcode ~ '^20' then array['2A', '2B']
          when p_postcode is not null then array[greenroom_schools.departement_of_commune(p_postcode)]
        end
      )
      and i.type_commune = 'COM'
      and i.retired_at is null
    union all
    select i.code_commune, i.nom_commune, i.type_commune, i.code_parent, false
    from "educational_data".info_communes as i
    where p_postcode is null
      and i.type_commune = 'COM'
      and abs(length(i.nom_commune) - length(v_words)) <= 1
      and translate(upper(left(i.nom_commune, 1)), U&'\00c9\00c8\00ca\00ce\00cf\00d4\00c0\00c2\00c7', 'EEEIIOAAC') = left(v_words, 1)
      and i.retired_at is null
  ), named as (
    select n.code_commune as code, n.nom_commune as name, n.code_parent, n.has_postcode
    from near as n
    where regexp_replace(greenroom_schools.clean_street(n.nom_commune), ' \d{1,2}( ?(E|ER|EME|ND))?( ARRONDISSEMENT)?$', '') = v_words
    union all
    select s.code_commune, min(s.nom_commune), null, false
    from "educational_data".sectorisation_segments as s
    where s.commune_norm = v_words
      and s.retired_at is null
      and (
        p_postcode is null
        or p_postcode ~ '^20' and s.code_commune ~ '^2[AB]'
        or starts_with(p_postcode, greenroom_schools.departement_of_commune(s.code_commune))
      )
    group by s.code_commune
  ), best as (
    select n.code, min(n.name) as name, bool_or(n.has_postcode) as has_postcode, bool_or(bool_or(n.has_postcode)) over () as some_have
    from named as n
    group by n.code
  )
  select p.code, p.name
  from best as p
  where p.has_postcode >= p.some_have
    -- the arrondissement rather than the whole of Paris, Lyon or Marseille
    and not exists (select from named as o where o.has_postcode and o.code_parent = p.code)
  order by p.code;
end
$$;
comment on function greenroom_schools.communes_meant(text, text) is
  'Communes by code, or by name and postal code; several when the name does not tell.';

-- Sectors name communes by the codes of their year: the code itself, what it is now, what it was, and the commune of an
-- arrondissement.
create or replace function greenroom_schools.codes_of_commune(p_code text)
returns text[]
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select array_agg(distinct c.code)
  from (
    select p_code as code
    union
    select greenroom_schools.current_place(p_code, null)
    union
    select greenroom_schools.current_commune(p_code, null)
    union
    -- a former commune's sectors are not those of the whole it is now a part of
    select k.code_ancien
    from "educational_data".communes_correspondances as k
    where k.code_actuel = p_code
      and k.is_unique
      and k.kind = 'renumbered'
      and k.retired_at is null
  ) as c
  where c.code is not null
$$;
comment on function greenroom_schools.codes_of_commune(text) is 'The codes under which the sectors of a commune may stand.';

create or replace function greenroom_schools.school_name(p_uai text)
returns text
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select coalesce(
    (select e.nom from "educational_data".etablissements_geolocalisation as e where e.uai = p_uai),
    (select l.nom_de_l_etablissement from "educational_data".ips_lycees as l where l.uai = p_uai),
    (select c.nom_de_l_etablissement from "educational_data".ips_colleges as c where c.uai = p_uai),
    -- a school that is in no current year may be in an older one
    (select l.nom_de_l_etablissement from "educational_data".ips_lycees_years as l where l.uai = p_uai order by l.rentree_scolaire desc limit 1),
    (select c.nom_de_l_etablissement from "educational_data".ips_colleges_years as c where c.uai = p_uai order by c.rentree_scolaire desc limit 1)
  )
$$;
comment on function greenroom_schools.school_name(text) is 'Name of a school in the newest directory that holds it; null where none does.';

create or replace function greenroom_schools.schools_json(p_uais text[], p_names text[])
returns jsonb
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select jsonb_agg(
    jsonb_build_object('rank', s.n, 'uai', s.uai, 'name', coalesce(greenroom_schools.school_name(s.uai), s.name)) order by s.n
  )
  from unnest(p_uais, p_names) with ordinality as s (uai, name, n)
$$;
comment on function greenroom_schools.schools_json(text[], text[]) is 'The schools of a sector, ranked, with names where they are known.';

-- What an answer looks like, whatever found it.
create or replace function greenroom_schools.lookup_answer(
  p_niveau text, p_method text, p_confidence numeric, p_annee text, p_sectors jsonb, p_problem text, p_message text, p_matched jsonb
)
returns jsonb
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select jsonb_build_object(
    'niveau', p_niveau,
    'method', p_method,
    'confidence', p_confidence,
    'annee_scolaire', p_annee,
    'source', (select jsonb_agg(distinct s.sector -> 'source') from jsonb_array_elements(p_sectors) as s (sector)),
    -- several sectors are no answer: they stand beside, and none is chosen
    'schools', case when p_problem is null then p_sectors -> 0 -> 'schools' else '[]' end,
    'conflict', coalesce(p_problem = 'conflict', false),
    'gap', coalesce(p_problem = 'gap', false),
    'problem', p_problem,
    'message', p_message,
    'sectors', p_sectors,
    'matched', p_matched
  )
$$;
comment on function greenroom_schools.lookup_answer(text, text, numeric, text, jsonb, text, text, jsonb) is
  'One level''s answer; with a problem no school is chosen, and what would have been stands in sectors.';

-- The editions that count: of each publisher the newest whole one, and what has come since in parts.
create or replace function greenroom_schools.editions_of(p_codes text[], p_niveau text, p_annee text)
returns text[]
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select array_agg(e.source || ' ' || e.annee)
  from (
    select
      p.key[2] as annee,
      p.key[4] as source,
      max(p.key[2]) filter (where p.complete) over (partition by p.key[1], p.key[4]) as newest_whole
    from greenroom.published as p
    where p.dataset = 'sectorisation_segments'
      and p.key[1] in (select greenroom_schools.departement_of_commune(c.code) from unnest(p_codes) as c (code))
      and p.key[3] = p_niveau
      and p.row_count > 0
  ) as e
  where case when p_annee is null then e.annee >= coalesce(e.newest_whole, '') else e.annee = p_annee end
$$;
comment on function greenroom_schools.editions_of(text[], text, text) is
  'Publisher and school year of the sectors to look in: a part of a new edition does not hide the whole one before it.';

-- The street of an edition that is meant by a name: itself, or the nearest that is clearly nearest.
create or replace function greenroom_schools.street_meant(p_codes text[], p_niveau text, p_editions text[], p_street text)
returns table (street text, score numeric)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_kind text := split_part(p_street, ' ', 1);
  v_name text;
  v_grams text[];
begin
  return query
  select s.street_norm, 1.0
  from "educational_data".sectorisation_segments as s
  where s.code_commune = any (p_codes)
    and s.street_norm = p_street
    and s.niveau = p_niveau
    and s.source || ' ' || s.annee_scolaire = any (p_editions)
    and s.retired_at is null
  limit 1;
  if found then
    return;
  end if;
  v_kind := case when greenroom_schools.is_way(v_kind) then v_kind end;
  v_name := greenroom_schools.without_articles(case when v_kind is null then p_street else substr(p_street, length(v_kind) + 2) end);
  v_grams := greenroom_schools.trigrams(v_name);
  return query
  with listed as (
    select distinct s.street_norm as street
    from "educational_data".sectorisation_segments as s
    where s.code_commune = any (p_codes)
      and s.street_norm is not null
      and s.niveau = p_niveau
      and s.source || ' ' || s.annee_scolaire = any (p_editions)
      and s.retired_at is null
      and (v_kind is null or starts_with(s.street_norm, v_kind || ' '))
  ), named as materialized (
    select
      l.street,
      greenroom_schools.without_articles(
        case
          when greenroom_schools.is_way(split_part(l.street, ' ', 1)) then substr(l.street, length(split_part(l.street, ' ', 1)) + 2)
          else l.street
        end
      ) as name
    from listed as l
  ), scored as (
    select
      n.street,
      case
        when n.name = v_name then 0.95
        -- a name that is much longer or shorter cannot reach the threshold
        when length(n.name) between length(v_name) * 0.6 and length(v_name) * 1.7 then
          least(greenroom_schools.alike(v_grams, greenroom_schools.trigrams(n.name)), 0.94)
        else 0
      end as score
    from named as n
  )
  select s.street, s.score
  from scored as s
  where s.score >= 0.55
    -- what is nearly as near as the nearest cannot be told from it
    and s.score >= (select max(o.score) from scored as o) - 0.1
    and (s.score >= 0.95 or not exists (select from scored as o where o.score >= 0.95))
  order by s.score desc, s.street
  limit 5;
end
$$;
comment on function greenroom_schools.street_meant(text[], text, text[], text) is
  'Streets of these editions that a name may mean, with likeness 0 to 1: one, or those that cannot be told apart.';

create or replace function greenroom_schools.lookup_by_place(
  p_niveau text, p_annee text, p_lon double precision, p_lat double precision, p_confidence numeric, p_matched jsonb
)
returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_annee text;
  v_sectors jsonb;
  v_sets integer;
begin
  with covering as materialized (
    select z.*
    from "educational_data".sectorisation_zones as z
    where z.outline && box(point(p_lon, p_lat), point(p_lon, p_lat))
      and z.niveau = p_niveau
      and (p_annee is null or z.annee_scolaire = p_annee)
      and z.retired_at is null
      and greenroom_schools.covers(z.ewkb, p_lon, p_lat)
  ), newest as (
    select c.* from covering as c where c.annee_scolaire = (select max(o.annee_scolaire) from covering as o)
  )
  select
    min(n.annee_scolaire),
    jsonb_agg(
      jsonb_build_object('sector', coalesce(n.zone_name, n.zone), 'source', n.source, 'schools', greenroom_schools.schools_json(n.uais, n.etablissements))
      order by n.source, n.zone
    ),
    count(distinct (n.uais, n.etablissements))
  into v_annee, v_sectors, v_sets
  from newest as n;
  if v_sectors is null then
    return null;
  end if;
  return greenroom_schools.lookup_answer(
    p_niveau, 'zone', case when v_sets > 1 then round(p_confidence / 2, 2) else p_confidence end, v_annee, v_sectors,
    case when v_sets > 1 then 'conflict' end,
    case when v_sets > 1 then format('%s sectors cover this place, or it lies on their border', jsonb_array_length(v_sectors)) end,
    p_matched
  );
end
$$;
comment on function greenroom_schools.lookup_by_place(text, text, double precision, double precision, numeric, jsonb) is
  'The sectors whose outline covers a place; null when none does.';

-- One level of one commune by street, then by place.
create or replace function greenroom_schools.lookup_level(
  p_niveau text, p_annee text, p_codes text[], p_number integer, p_letter text, p_street text, p_lieu_dit text,
  p_lon double precision, p_lat double precision
)
returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_annee text;
  v_editions text[] := greenroom_schools.editions_of(p_codes, p_niveau, p_annee);
  v_listed boolean;
  v_street text := greenroom_schools.clean_street(p_street);
  v_hamlet text := greenroom_schools.clean_street(p_lieu_dit);
  v_met record;
  v_streets jsonb;
  v_score numeric;
  v_rows jsonb;
  v_sets integer;
  v_hamlets text[];
  v_inside jsonb;
  v_answer jsonb;
  v_found jsonb;
  v_matched jsonb := '{}';
begin
  -- a whole commune answers at once
  with whole as materialized (
    select s.*, max(s.annee_scolaire) over () as newest
    from "educational_data".sectorisation_segments as s
    where s.code_commune = any (p_codes)
      and s.street_norm is null
      and s.secteur_unique
      and s.niveau = p_niveau
      and s.source || ' ' || s.annee_scolaire = any (v_editions)
      and s.retired_at is null
      and (s.lieu_dit is null or greenroom_schools.clean_street(s.lieu_dit) = v_hamlet)
  )
  select
    min(w.annee_scolaire),
    jsonb_agg(
      jsonb_build_object('sector', w.segment, 'source', w.source, 'schools', greenroom_schools.schools_json(w.uais, w.etablissements))
      order by w.source, w.segment
    ),
    count(distinct (w.uais, w.etablissements))
  into v_annee, v_rows, v_sets
  from whole as w
  where w.annee_scolaire = w.newest;
  if v_rows is not null then
    return greenroom_schools.lookup_answer(
      p_niveau, 'commune', case when v_sets > 1 then 0.5 else 1 end, v_annee, v_rows,
      case when v_sets > 1 then 'conflict' end,
      case when v_sets > 1 then 'publishers differ about this commune' end, v_matched
    );
  end if;

  v_listed := exists (
    select
    from "educational_data".sectorisation_segments as s
    where s.code_commune = any (p_codes)
      and s.niveau = p_niveau
      and s.source || ' ' || s.annee_scolaire = any (v_editions)
      and s.retired_at is null
  );
  if v_street is not null and v_listed then
    select jsonb_agg(jsonb_build_object('street', m.street, 'score', m.score)), max(m.score)
    into v_streets, v_score
    from greenroom_schools.street_meant(p_codes, p_niveau, v_editions, v_street) as m;
    if v_streets is null then
      v_answer := greenroom_schools.lookup_answer(
        p_niveau, null, 0, v_annee, '[]', 'street_unknown', format('%s is not in the sectors of this commune', v_street), v_matched
      );
    elsif jsonb_array_length(v_streets) > 1 then
      v_answer := greenroom_schools.lookup_answer(
        p_niveau, null, 0, v_annee, '[]', 'street_ambiguous', format('%s may be one of several streets', v_street),
        jsonb_build_object('streets', v_streets)
      );
    else
      v_street := v_streets -> 0 ->> 'street';
      v_matched := jsonb_build_object('street', v_street, 'score', v_score);
      with known as materialized (
        select s.*, greenroom_schools.clean_street(s.lieu_dit) as hamlet, max(s.annee_scolaire) over () as newest
        from "educational_data".sectorisation_segments as s
        where s.code_commune = any (p_codes)
          and s.street_norm = v_street
          and s.niveau = p_niveau
          and s.source || ' ' || s.annee_scolaire = any (v_editions)
          and s.retired_at is null
      ), listed as materialized (
        select k.* from known as k where k.annee_scolaire = k.newest
      ), here as materialized (
        select l.*
        from listed as l
        where v_hamlet is null
          or l.hamlet = v_hamlet
          -- a hamlet that the sectors do not know says nothing
          or not exists (select from listed as o where o.hamlet = v_hamlet)
      ), hit as materialized (
        select h.*
        from here as h
        where p_number is null
          or greenroom_schools.on_side(p_number, h.side)
            and greenroom_schools.place_number(p_number, p_letter)
              between greenroom_schools.place_number(h.number_from, h.letter_from)
              -- to the end of the street
              and case when h.number_to = 9999 then 9999999 else greenroom_schools.place_number(h.number_to, h.letter_to) end
      ), narrowest as materialized (
        -- a range inside another is an exception to it, and wins
        select h.*
        from hit as h
        where p_number is null
          or not exists (
            select
            from hit as o
            where o.hamlet is not distinct from h.hamlet
              and greenroom_schools.lies_inside(
                o.number_from, o.letter_from, o.number_to, o.letter_to, o.side, h.number_from, h.letter_from, h.number_to, h.letter_to, h.side
              )
          )
      )
      select
        (select min(l.annee_scolaire) from listed as l),
        (
          select jsonb_agg(
            jsonb_build_object('sector', n.segment, 'source', n.source, 'schools', greenroom_schools.schools_json(n.uais, n.etablissements))
            order by n.source, n.number_from, n.segment
          )
          from narrowest as n
        ),
        (select count(distinct (n.uais, n.etablissements)) from narrowest as n),
        (select array_agg(distinct coalesce(n.hamlet, '')) from narrowest as n),
        (
          select jsonb_agg(
            jsonb_build_object('sector', h.segment, 'source', h.source, 'schools', greenroom_schools.schools_json(h.uais, h.etablissements))
            order by h.number_from, h.segment
          )
          from here as h
        )
      into v_annee, v_rows, v_sets, v_hamlets, v_inside;
      if v_rows is null then
        v_answer := greenroom_schools.lookup_answer(
          p_niveau, null, 0, v_annee, v_inside, 'gap', format('%s is listed, but not number %s%s', v_street, p_number, p_letter), v_matched
        );
      elsif v_sets = 1 then
        return greenroom_schools.lookup_answer(p_niveau, 'segment', round(v_score, 2), v_annee, v_rows, null, null, v_matched);
      elsif cardinality(v_hamlets) > 1 then
        v_answer := greenroom_schools.lookup_answer(
          p_niveau, null, 0, v_annee, v_rows, 'lieu_dit_needed',
          format('%s is in several hamlets: %s', v_street, array_to_string(v_hamlets, ', ')), v_matched
        );
      elsif p_number is null then
        v_answer := greenroom_schools.lookup_answer(
          p_niveau, null, 0, v_annee, v_rows, 'number_needed', format('%s is divided by numbers', v_street), v_matched
        );
      else
        v_answer := greenroom_schools.lookup_answer(
          p_niveau, 'segment', round(v_score / 2, 2), v_annee, v_rows, 'conflict',
          format('number %s%s of %s is claimed by several sectors', p_number, p_letter, v_street), v_matched
        );
      end if;
    end if;
  end if;

  -- the outlines, by the place that was given or by where the street lies
  if coalesce(v_answer ->> 'problem', '') not in ('gap', 'conflict') or p_lon is not null then
    if p_lon is not null then
      v_found := greenroom_schools.lookup_by_place(p_niveau, p_annee, p_lon, p_lat, 0.95, v_matched);
    elsif v_street is not null then
      select greenroom_schools.lookup_by_place(
        p_niveau, p_annee, g.longitude, g.latitude, 0.6,
        v_matched || jsonb_build_object('place', jsonb_build_array(g.longitude, g.latitude), 'place_of', g.street_norm)
      )
      into v_found
      from "educational_data".rues_geocodees as g
      where g.code_commune = any (p_codes)
        and g.street_norm = v_street
        and g.longitude is not null
        and g.retired_at is null
      limit 1;
    end if;
    -- an outline does not overrule what a street's own rows say, be it that they say two things
    if v_found is not null and coalesce(v_answer ->> 'problem', '') not in ('gap', 'conflict') then
      return v_found;
    end if;
  end if;
  if v_answer is not null then
    return v_answer || case when v_found is null then '{}'::jsonb else jsonb_build_object('zone', v_found) end;
  end if;

  if v_listed and v_street is null then
    return greenroom_schools.lookup_answer(
      p_niveau, null, 0, v_annee, '[]', 'street_needed', 'this commune is divided by streets', v_matched
    );
  end if;

  -- nobody has published sectors of this place: the schools that are nearest, which says little
  if p_lon is not null then
    select jsonb_agg(jsonb_build_object(
      'rank', n.n, 'uai', n.uai, 'name', n.nom, 'km', round(n.km::numeric, 2)
    ) order by n.n)
    into v_rows
    from (
      select e.uai, e.nom, d.km, row_number() over (order by d.km, e.uai) as n
      from "educational_data".etablissements_geolocalisation as e
      cross join lateral (
        select 12742 * asin(least(1, sqrt(
          sin(radians(e.latitude - p_lat) / 2) ^ 2
          + cos(radians(p_lat)) * cos(radians(e.latitude)) * sin(radians(e.longitude - p_lon) / 2) ^ 2
        ))) as km
      ) as d
      where e.retired_at is null
        and e.secteur = 'public'
        and case p_niveau when 'lycee' then e.est_lycee else e.est_college end
        -- half a degree is 30 to 55 km; the box is quicker than the distance
        and e.latitude between p_lat - 0.5 and p_lat + 0.5
        and e.longitude between p_lon - 0.7 and p_lon + 0.7
      order by d.km, e.uai
      limit 3
    ) as n;
    if v_rows is not null then
      return greenroom_schools.lookup_answer(
        p_niveau, 'nearest', 0.2, null,
        jsonb_build_array(jsonb_build_object('sector', null, 'source', 'etablissements_geolocalisation', 'schools', v_rows)),
        null, 'no sectors are published for this place; these are the nearest public schools', v_matched
      );
    end if;
  end if;
  return greenroom_schools.lookup_answer(
    p_niveau, null, 0, p_annee, '[]', 'no_sectors',
    'no sectors of this place are loaded' || coalesce(' for ' || p_annee, ''), v_matched
  );
end
$$;
comment on function greenroom_schools.lookup_level(text, text, text[], integer, text, text, text, double precision, double precision) is
  'The sectors of one level for an address in a commune, or for a place: whole commune, street and number, outline, nearest.';

-- The one way for the command and the app: an address in one line, or its parts, or both (parts win).
create or replace function greenroom_schools.lookup(
  p_address text default null,
  p_number integer default null,
  p_letter text default null,
  p_street text default null,
  p_commune text default null,
  p_lieu_dit text default null,
  p_lon double precision default null,
  p_lat double precision default null,
  p_niveau text default null,
  p_annee text default null
)
returns jsonb
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_said record;
  v_niveau text := greenroom_schools.clean_niveau(p_niveau);
  v_annee text := greenroom_schools.clean_rentree(p_annee);
  v_number integer;
  v_letter text;
  v_street text;
  v_commune text;
  v_communes jsonb;
  v_codes text[];
  v_problem text;
  v_message text;
  v_answers jsonb;
begin
  -- a street has a few words; what is longer is none, and comparing it would take long
  if length(concat(p_address, p_street, p_commune, p_lieu_dit)) > 300 then
    perform greenroom.refuse('an address of more than 300 characters', '[]', 'give number, street and commune');
  end if;
  select * into v_said from greenroom_schools.address_parts(p_address);
  v_number := coalesce(p_number, v_said.number);
  v_letter := coalesce(greenroom_schools.clean_repetition(p_letter), case when p_number is null then v_said.letter end);
  v_street := coalesce(p_street, v_said.street);
  v_commune := coalesce(p_commune, v_said.commune);
  -- Pont-l'Abbé, Port Louis: what looks like a way may be the commune
  if v_commune is null and v_number is null and p_street is null
    and exists (select from greenroom_schools.communes_meant(v_street, null))
  then
    v_commune := v_street;
    v_street := null;
  end if;
  if p_niveau is not null and v_niveau is null then
    v_problem := 'niveau_unknown';
    v_message := format('%s is neither college nor lycee', p_niveau);
  elsif p_annee is not null and v_annee is null then
    v_problem := 'annee_unknown';
    v_message := format('%s is no school year; write 2023-2024', p_annee);
  elsif (p_lon is null) <> (p_lat is null) or abs(p_lon) > 180 or abs(p_lat) > 90 or p_lon = 'NaN' or p_lat = 'NaN' then
    v_problem := 'place_unknown';
    v_message := 'a place is a longitude and a latitude, in degrees';
  elsif v_commune is not null then
    select jsonb_agg(jsonb_build_object('code', m.code, 'name', m.name) order by m.code)
    into v_communes
    from greenroom_schools.communes_meant(v_commune, case when p_commune is null then v_said.postcode end) as m;
    if v_communes is null then
      v_problem := 'commune_unknown';
      v_message := format('no commune is called %s', concat_ws(' ', v_said.postcode, v_commune));
    elsif jsonb_array_length(v_communes) > 1 then
      v_problem := 'commune_ambiguous';
      v_message := format('%s communes are called %s', jsonb_array_length(v_communes), v_commune);
    else
      v_codes := greenroom_schools.codes_of_commune(v_communes -> 0 ->> 'code');
    end if;
  elsif p_lon is null then
    v_problem := 'commune_needed';
    v_message := 'the address names no commune';
  end if;
  if v_problem is null then
    select jsonb_agg(
      greenroom_schools.lookup_level(
        n.niveau, v_annee, coalesce(v_codes, '{}'), v_number, v_letter, v_street, coalesce(p_lieu_dit, v_said.lieu_dit), p_lon, p_lat
      )
      order by n.niveau
    )
    into v_answers
    from (values ('college'), ('lycee')) as n (niveau)
    where n.niveau = coalesce(v_niveau, n.niveau);
  end if;
  return jsonb_build_object(
    'address', jsonb_build_object(
      'number', v_number,
      'letter', v_letter,
      'street', v_street,
      'lieu_dit', coalesce(p_lieu_dit, v_said.lieu_dit),
      'postcode', v_said.postcode,
      'commune', v_commune,
      'place', case when p_lon is not null then jsonb_build_array(p_lon, p_lat) end
    ),
    'communes', coalesce(v_communes, '[]'),
    'problem', v_problem,
    'message', v_message,
    'answers', coalesce(v_answers, '[]'),
    'notice', 'Indicative: sectors change each school year, and only the académie assigns a school.'
  );
end
$$;
comment on function greenroom_schools.lookup(text, integer, text, text, text, text, double precision, double precision, text, text) is
  'Which schools serve an address: method, confidence, conflicts and gaps, for collèges and lycées.';

create or replace function "educational_data".lookup_schools(
  p_address text default null,
  p_number integer default null,
  p_letter text default null,
  p_street text default null,
  p_commune text default null,
  p_lieu_dit text default null,
  p_lon double precision default null,
  p_lat double precision default null,
  p_niveau text default null,
  p_annee text default null
)
returns jsonb
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select greenroom_schools.lookup(p_address, p_number, p_letter, p_street, p_commune, p_lieu_dit, p_lon, p_lat, p_niveau, p_annee)
$$;
comment on function "educational_data".lookup_schools(text, integer, text, text, text, text, double precision, double precision, text, text) is
  'Which schools serve an address, for the app: {address, communes, answers: [{niveau, method, confidence, annee_scolaire, source, schools, conflict, gap, problem, message, sectors}], notice}. Indicative.';
