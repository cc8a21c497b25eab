-- What a code of a commune has meant since 1943, and what it is now.

create or replace function greenroom_schools.commune_fates(until date)
returns table (code text, valid_from date, valid_until date, target text, is_unique boolean, kind text)
language sql
stable
rows 15000
set search_path = pg_catalog, pg_temp
-- the number of movements is a guess to the planner: no join may be quadratic, and compiling costs more than it saves
set enable_nestloop = off
set jit = off
as $$
  with recursive movement as materialized (
    -- an event: what one commune becomes on one day; a change of name (10) moves no territory
    select m.date_eff, m.mod, m.com_av as code, pg_catalog.array_agg(distinct m.com_ap order by m.com_ap) as becomes
    from "educational_data".communes_mouvements as m
    where m.typecom_av = 'COM'
      and (m.typecom_ap = 'COM' or m.com_ap is null)
      and m.mod <> '10'
      and m.date_eff <= until
      and m.retired_at is null
    group by m.date_eff, m.mod, m.com_av
  ), event as materialized (
    select
      e.*,
      pg_catalog.lag(e.date_eff) over earlier as previous_date,
      pg_catalog.lag(e.mod) over earlier as previous_mod
    from movement as e
    where e.becomes <> array[e.code]
    window earlier as (partition by e.code order by e.date_eff, e.mod)
  ), met as (
    select m.com_av as code, m.date_eff, 0 as side, null::text as mod, null::text as other
    from "educational_data".communes_mouvements as m
    where m.typecom_av = 'COM'
      and m.date_eff <= until
      and m.retired_at is null
    union all
    select m.com_ap, m.date_eff, 1, m.mod, m.com_av
    from "educational_data".communes_mouvements as m
    where m.typecom_ap = 'COM'
      and m.typecom_av is not distinct from case when m.com_av is not null then 'COM' end
      and m.date_eff <= until
      and m.retired_at is null
  ), first_met as (
    select distinct on (m.code) m.code, m.date_eff, m.side, m.mod
    from met as m
    order by m.code, m.date_eff, m.side
  ), piece as (
    -- The grains: every commune that stood in 1943, in itself …
    select f.code, f.code as inside, '-infinity'::date as since
    from first_met as f
    where f.side = 0
    union
    -- … and every one made later, out of others (in which its land lay before) or out of nothing.
    select f.code, coalesce(m.other, f.code), case when m.other is null then f.date_eff else '-infinity'::date end
    from first_met as f
    join met as m on m.code = f.code and m.date_eff = f.date_eff and m.mod = f.mod and m.side = 1
    where f.side = 1
      and f.mod in ('20', '21')
  ), walk as (
    select p.code as piece, p.code as own, '' as way, p.inside, p.since, null::text as by, false as is_merged
    from piece as p
    union
    select
      w.piece,
      -- a new département gives a commune a new code for good
      case when w.own = w.inside and e.mod = '41' then s.inside else w.own end,
      -- one that was shared out goes several ways from there
      case
        when w.own = any (e.becomes) or w.inside = any (e.becomes) or pg_catalog.cardinality(e.becomes) = 1 then w.way
        else w.way || ' ' || s.inside
      end,
      s.inside,
      e.date_eff,
      e.mod,
      w.is_merged or e.mod not in ('41', '50')
    from walk as w
    join event as e
      on e.code = w.inside
      -- the first event after this piece came in; on the day it came, one of another kind
      and (e.date_eff > w.since or e.date_eff = w.since and e.mod is distinct from w.by)
      and not coalesce(
        e.previous_date > w.since or e.previous_date = w.since and e.previous_mod is distinct from w.by, false
      )
    -- Where a commune is cut up, each piece goes with its own name, else stays, else nobody knows.
    cross join lateral pg_catalog.unnest(
      case
        when w.own = any (e.becomes) then array[w.own]
        when w.inside = any (e.becomes) then array[w.inside]
        else e.becomes
      end
    ) as s (inside)
  ), stay as materialized (
    select w.*, e.date_eff as till
    from walk as w
    left join event as e
      on e.code = w.inside
      and (e.date_eff > w.since or e.date_eff = w.since and e.mod is distinct from w.by)
      and not coalesce(
        e.previous_date > w.since or e.previous_date = w.since and e.previous_mod is distinct from w.by, false
      )
  ), ending as (
    select s.piece, s.way, s.inside as target, s.is_merged
    from stay as s
    where s.till is null
  ), meaning as (
    -- what a code held while it was a commune's …
    select s.inside as code, e.target, pg_catalog.bool_or(e.is_merged) as is_merged,
      pg_catalog.range_agg(pg_catalog.daterange(s.since, s.till)) as held
    from stay as s
    join ending as e on e.piece = s.piece and pg_catalog.starts_with(e.way, s.way)
    where s.inside is not null
    group by s.inside, e.target
  ), as_commune as (
    select m.code, pg_catalog.range_agg(r.held) as held
    from meaning as m
    cross join lateral pg_catalog.unnest(m.held) as r (held)
    group by m.code
  ), as_part as (
    -- … and what it names in a file that goes on using it, while no commune has it.
    select p.code, e.target,
      pg_catalog.datemultirange(pg_catalog.daterange(null, null)) - coalesce(c.held, '{}'::datemultirange) as held
    from (
      select f.code, f.code as piece, '' as way
      from first_met as f
      union
      -- a code that stood for less than a day, between two events
      select s.inside, s.piece, s.way
      from stay as s
      where s.till = s.since
    ) as p
    join ending as e on e.piece = p.piece and pg_catalog.starts_with(e.way, p.way)
    left join as_commune as c on c.code = p.code
    group by p.code, e.target, c.held
  ), ranged as (
    select m.code, m.target, r.held, false as is_part, m.is_merged
    from meaning as m
    cross join lateral pg_catalog.unnest(m.held) as r (held)
    union all
    select a.code, a.target, r.held, true, true
    from as_part as a
    cross join lateral pg_catalog.unnest(a.held) as r (held)
  ), bound as (
    -- a bound that is open reads as null: the first day of all
    select r.code, coalesce(pg_catalog.lower(r.held), '-infinity'::date) as day
    from ranged as r
    where not pg_catalog.isempty(r.held)
    union
    select r.code, pg_catalog.upper(r.held)
    from ranged as r
    where pg_catalog.upper(r.held) is not null
  ), span as (
    select b.code, b.day as since, pg_catalog.lead(b.day) over (partition by b.code order by b.day) as till
    from bound as b
  ), fate as (
    select s.code, s.since, s.till, r.target, r.is_part, r.is_merged,
      pg_catalog.count(*) over (partition by s.code, s.since) = 1 as is_unique
    from span as s
    join ranged as r
      on r.code = s.code
      and r.held @> pg_catalog.daterange(s.since, s.till)
  )
  select
    f.code,
    greatest(f.since, '1943-01-01'::date),
    f.till,
    f.target,
    f.is_unique,
    case
      when not f.is_unique then 'split'
      when f.is_part then 'part'
      when f.code = f.target then 'same'
      when f.is_merged then 'merged'
      else 'renumbered'
    end
  from fate as f
$$;
comment on function greenroom_schools.commune_fates(date) is
  'For each code that a commune had since 1943 and each time in which it meant one thing: the commune, or communes, of that day that hold its land, by the movements published in communes_mouvements.';

create or replace function greenroom_schools.current_commune(code text, vintage integer)
returns text
language sql
stable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
  select case when pg_catalog.count(distinct c.code_actuel) = 1 then pg_catalog.min(c.code_actuel) end
  from "educational_data".communes_correspondances as c
  where c.code_ancien = code
    and c.retired_at is null
    and (
      vintage is null
      or pg_catalog.make_date(vintage, 1, 1) >= c.valid_from
      and (c.valid_until is null or pg_catalog.make_date(vintage, 1, 1) < c.valid_until)
    )
$$;
comment on function greenroom_schools.current_commune(text, integer) is
  'The commune of today that a code of 1 January of a year is now; that of an arrondissement, its commune. Null where the code was cut up since, or is not known. Without a year: where the code only ever meant one commune.';

create or replace function greenroom_schools.current_place(code text, vintage integer)
returns text
language sql
stable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
  select coalesce(
    (
      select i.code_commune
      from "educational_data".info_communes as i
      where i.code_commune = code
        and i.type_commune = 'ARM'
        and i.retired_at is null
    ),
    greenroom_schools.current_commune(code, vintage)
  )
$$;
comment on function greenroom_schools.current_place(text, integer) is
  'As current_commune, but an arrondissement of Paris, Lyon or Marseille stays itself.';

create or replace function greenroom_schools.commune_of_arrondissement(code text)
returns text
language sql
immutable
parallel safe
return
  case
    when code ~ '^751(0[1-9]|1[0-9]|20)$' then '75056'
    when code ~ '^6938[1-9]$' then '69123'
    when code ~ '^132(0[1-9]|1[0-6])$' then '13055'
  end;
comment on function greenroom_schools.commune_of_arrondissement(text) is
  'The commune of which a code is a municipal arrondissement: Paris, Lyon or Marseille; null for any other code.';

create or replace function greenroom_schools.commune_postcodes(until date)
returns table (code text, code_postal text, codes_postaux text, libelle_acheminement text, latitude text, longitude text)
language sql
stable
rows 35000
set search_path = pg_catalog, pg_temp
set enable_nestloop = off
set jit = off
as $$
  with sole as (
    -- the file does not say the year of its communes: only codes that ever meant one thing are followed
    select f.code, pg_catalog.min(f.target) as target
    from greenroom_schools.commune_fates(until) as f
    where f.target is not null
    group by f.code
    having pg_catalog.count(distinct f.target) = 1
  ), now_in as (
    select coalesce(s.target, p.code_commune) as code, p.*
    from "educational_data".communes_postales as p
    left join sole as s on s.code = p.code_commune
    where p.retired_at is null
  ), with_whole as (
    select n.code, n.code = n.code_commune as is_own, n.code_postal, n.libelle_acheminement, n.latitude, n.longitude
    from now_in as n
    union all
    -- a commune of arrondissements has their postal codes, and its middle
    select
      greenroom_schools.commune_of_arrondissement(n.code), true, n.code_postal, null,
      pg_catalog.avg(n.latitude) over by_commune, pg_catalog.avg(n.longitude) over by_commune
    from now_in as n
    where greenroom_schools.commune_of_arrondissement(n.code) is not null
    window by_commune as (partition by greenroom_schools.commune_of_arrondissement(n.code))
  )
  select
    w.code,
    pg_catalog.min(w.code_postal),
    pg_catalog.array_agg(distinct w.code_postal order by w.code_postal)::text,
    (pg_catalog.array_agg(w.libelle_acheminement order by w.is_own desc, w.code_postal))[1],
    (pg_catalog.array_agg(w.latitude order by w.is_own desc, w.latitude is null, w.code_postal, w.latitude))[1]::text,
    (pg_catalog.array_agg(w.longitude order by w.is_own desc, w.latitude is null, w.code_postal, w.latitude))[1]::text
  from with_whole as w
  group by w.code
$$;
comment on function greenroom_schools.commune_postcodes(date) is
  'The postal codes of communes_postales by commune of a day, the lowest first, as texts for a landing.';

create or replace function greenroom_schools.commune_populations(until date)
returns table (code text, population text, annee text)
language sql
stable
rows 35000
set search_path = pg_catalog, pg_temp
set enable_nestloop = off
set jit = off
as $$
  with newest as materialized (
    select p.code_commune, p.population, p.annee
    from "educational_data".communes_population as p
    where p.retired_at is null
      and p.annee = (
        select pg_catalog.max(o.annee)
        from "educational_data".communes_population as o
        where o.retired_at is null
      )
  ), now_in as (
    -- a population of year N is counted within the bounds of two years later, as INSEE publishes it
    select n.code_commune, n.population, n.annee, coalesce(f.target, n.code_commune) as code, coalesce(f.is_unique, true) as is_sure
    from newest as n
    left join greenroom_schools.commune_fates(until) as f
      on f.code = n.code_commune
      and pg_catalog.make_date(n.annee + 2, 1, 1) >= f.valid_from
      and (f.valid_until is null or pg_catalog.make_date(n.annee + 2, 1, 1) < f.valid_until)
  ), with_whole as (
    select n.code, n.population, n.annee, n.is_sure
    from now_in as n
    union all
    -- Paris, Lyon and Marseille, where the file has their arrondissements only
    select greenroom_schools.commune_of_arrondissement(n.code), n.population, n.annee, n.is_sure
    from now_in as n
    where greenroom_schools.commune_of_arrondissement(n.code) is not null
      and not exists (
        select
        from newest as w
        where w.code_commune = greenroom_schools.commune_of_arrondissement(n.code)
      )
  )
  select w.code, pg_catalog.sum(w.population)::text, pg_catalog.min(w.annee)::text
  from with_whole as w
  group by w.code
  having pg_catalog.bool_and(w.is_sure)
$$;
comment on function greenroom_schools.commune_populations(date) is
  'The newest population of communes_population on the communes of a day: those that merged since are added up, those that were cut up since are left out.';
