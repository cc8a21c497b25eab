-- What the map of a département shows: its lycées with their index, outlines, and points to compute an outline from.

create function greenroom_schools.map_period(p_period text default null)
returns text
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select coalesce(nullif(btrim(p_period), ''), greenroom_schools.newest_period('ips_lycees_years'))
$$;
comment on function greenroom_schools.map_period(text) is 'The school year that a map is of: the one named, else the newest whole one.';

-- The lycées of the year's file, and those of the directory that it leaves out. A point comes from the directory alone.
create function greenroom_schools.map_schools(p_departement text, p_period text default null)
returns table (
  uai text, nom text, kind text, secteur text, commune text, ips numeric, state text, in_file boolean,
  latitude double precision, longitude double precision
)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  with listed as materialized (
    select
      l.uai,
      l.nom_de_l_etablissement as nom,
      l.type_de_lycee as kind,
      l.secteur,
      l.nom_de_la_commune as commune,
      l.ips,
      case
        when l.ips is not null then 'value'
        when 'ips' = any (l.withheld) then 'withheld'
        else 'not given'
      end as state
    from "educational_data".ips_lycees_years as l
    where l.retired_at is null
      and l.rentree_scolaire = greenroom_schools.map_period(p_period)
      and coalesce(l.code_du_departement, greenroom_schools.departement_of_commune(l.code_insee_de_la_commune), greenroom_schools.departement_of_uai(l.uai))
        = p_departement
  ), known as materialized (
    select e.*
    from "educational_data".etablissements_geolocalisation as e
    where e.retired_at is null
      and (
        e.uai in (select l.uai from listed as l)
        or e.est_lycee
        and coalesce(e.code_departement, greenroom_schools.departement_of_commune(e.code_commune), greenroom_schools.departement_of_uai(e.uai)) = p_departement
      )
  )
  select
    coalesce(l.uai, k.uai),
    coalesce(k.nom, l.nom),
    l.kind,
    coalesce(l.secteur, k.secteur),
    coalesce(k.commune, l.commune),
    l.ips,
    coalesce(l.state, 'not listed'),
    l.uai is not null,
    k.latitude,
    k.longitude
  from listed as l
  full join known as k on k.uai = l.uai
  order by l.ips desc nulls last, 1
$$;
comment on function greenroom_schools.map_schools(text, text) is
  'Lycées of a département: index of a school year, or why there is none; and their point, where a directory has one.';

create function greenroom_schools.map_outlines(p_departement text)
returns table (niveau text, code text, nom text, ewkb text)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select o.niveau, o.code, o.nom, o.ewkb
  from "educational_data".contours_administratifs as o
  where o.retired_at is null
    and o.code_departement = p_departement
  order by o.niveau, o.code
$$;
comment on function greenroom_schools.map_outlines(text) is 'Published outlines of a département and of its communes, as far as they are loaded.';

create function greenroom_schools.map_points(p_departement text)
returns table (kind text, longitude double precision, latitude double precision)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select 'commune', i.longitude, i.latitude
  from "educational_data".info_communes as i
  where i.retired_at is null
    and i.code_departement = p_departement
    and i.latitude is not null
    and i.longitude is not null
  union all
  select 'school', e.longitude, e.latitude
  from "educational_data".etablissements_geolocalisation as e
  where e.retired_at is null
    and e.latitude is not null
    and e.longitude is not null
    and coalesce(e.code_departement, greenroom_schools.departement_of_commune(e.code_commune)) = p_departement
$$;
comment on function greenroom_schools.map_points(text) is 'Points of a département: of its communes, and of its schools of every level.';

create function greenroom_schools.map_departements(p_period text default null)
returns table (code text, nom text, lycees bigint, with_index bigint)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select
    s.code,
    coalesce(min(d.nom_departement), min(s.nom)),
    count(*),
    count(s.ips)
  from (
    select
      coalesce(l.code_du_departement, greenroom_schools.departement_of_commune(l.code_insee_de_la_commune), greenroom_schools.departement_of_uai(l.uai)) as code,
      l.departement as nom,
      l.ips
    from "educational_data".ips_lycees_years as l
    where l.retired_at is null
      and l.rentree_scolaire = greenroom_schools.map_period(p_period)
  ) as s
  left join "educational_data".departements as d on d.code_departement = s.code and d.retired_at is null
  where s.code is not null
  group by s.code
  order by s.code
$$;
comment on function greenroom_schools.map_departements(text) is 'Départements of a school year''s file of the index: their lycées, and how many have one.';
