-- Outlines as hex EWKB (little-endian, SRID 4326), read without PostGIS, and with it where it is.

create or replace function greenroom_schools.count_at(bytes bytea, place integer)
returns bigint
language sql
immutable
parallel safe
return
  get_byte(bytes, place)::bigint
  + (get_byte(bytes, place + 1)::bigint << 8)
  + (get_byte(bytes, place + 2)::bigint << 16)
  + (get_byte(bytes, place + 3)::bigint << 24);
comment on function greenroom_schools.count_at(bytea, integer) is 'Four bytes, the lowest first, as a whole number.';

create or replace function greenroom_schools.degrees_at(bytes bytea, place integer)
returns double precision
language sql
immutable
parallel safe
return
  case
    when get_byte(bytes, place + 7) & 127 = 127 and get_byte(bytes, place + 6) >= 240 then 'NaN'::double precision
    else
      -- sign, then the fraction with its leading one, times a power of two: exact
      (1 - 2 * (get_byte(bytes, place + 7) >> 7))
      * (
        get_byte(bytes, place)::bigint
        + (get_byte(bytes, place + 1)::bigint << 8)
        + (get_byte(bytes, place + 2)::bigint << 16)
        + (get_byte(bytes, place + 3)::bigint << 24)
        + (get_byte(bytes, place + 4)::bigint << 32)
        + (get_byte(bytes, place + 5)::bigint << 40)
        + ((get_byte(bytes, place + 6) & 15)::bigint << 48)
        + case when ((get_byte(bytes, place + 7) & 127) << 4) + (get_byte(bytes, place + 6) >> 4) > 0 then 1::bigint << 52 else 0 end
      )::double precision
      * power(
        2::double precision,
        greatest(((get_byte(bytes, place + 7) & 127) << 4) + (get_byte(bytes, place + 6) >> 4), 1)::double precision - 1075
      )
  end;
comment on function greenroom_schools.degrees_at(bytea, integer) is 'Eight bytes, the lowest first, as a double: exactly what was written.';

-- Where the rings of a multipolygon, or the lines of a multiline, stand: {part, ring, place of the first point, points}.
create or replace function greenroom_schools.runs_of(bytes bytea)
returns integer[]
language plpgsql
immutable
strict
parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
  v_end integer := length(bytes);
  v_place integer := 13;
  v_parts bigint;
  v_rings bigint;
  v_points bigint;
  v_kind bigint;
  v_runs integer[] := '{}';
begin
  if v_end < 13 or get_byte(bytes, 0) <> 1 or greenroom_schools.count_at(bytes, 5) <> 4326 then
    return null;
  end if;
  -- 5 and 6 are the many of 2, a line, and 3, a polygon
  v_kind := greenroom_schools.count_at(bytes, 1) - x'20000000'::bigint - 3;
  v_parts := greenroom_schools.count_at(bytes, 9);
  if v_kind not in (2, 3) or v_parts = 0 or v_parts > v_end then
    return null;
  end if;
  for v_part in 1 .. v_parts loop
    if v_place + 9 > v_end or get_byte(bytes, v_place) <> 1 or greenroom_schools.count_at(bytes, v_place + 1) <> v_kind then
      return null;
    end if;
    v_place := v_place + 5;
    v_rings := 1;
    if v_kind = 3 then
      v_rings := greenroom_schools.count_at(bytes, v_place);
      v_place := v_place + 4;
    end if;
    if v_rings = 0 or v_rings > v_end then
      return null;
    end if;
    for v_ring in 1 .. v_rings loop
      if v_place + 4 > v_end then
        return null;
      end if;
      v_points := greenroom_schools.count_at(bytes, v_place);
      v_place := v_place + 4;
      if v_points < (case when v_kind = 3 then 4 else 2 end) or v_points > (v_end - v_place) / 16 then
        return null;
      end if;
      if v_kind = 3 and substr(bytes, v_place + 1, 16) <> substr(bytes, (v_place + 16 * (v_points - 1) + 1)::integer, 16) then
        return null;
      end if;
      v_runs := v_runs || array[[v_part::integer, v_ring::integer, v_place, v_points::integer]];
      v_place := v_place + 16 * v_points::integer;
    end loop;
  end loop;
  return case when v_place = v_end then v_runs end;
end
$$;
comment on function greenroom_schools.runs_of(bytea) is
  'The rings or lines of an EWKB multipolygon or multiline, by place; null when it is neither, or broken.';

create or replace function greenroom_schools.bytes_of(ewkb text)
returns bytea
language sql
immutable
parallel safe
return case when ewkb ~ '^([0-9A-F]{2})+$' then decode(ewkb, 'hex') end;
comment on function greenroom_schools.bytes_of(text) is 'Bytes of hex in capitals; null for any other text.';

create or replace function greenroom_schools.outline_of(ewkb text)
returns box
language sql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
  with geometry as materialized (
    select g.bytes, greenroom_schools.runs_of(g.bytes) as runs
    from (select greenroom_schools.bytes_of(ewkb) as bytes) as g
  ), point as materialized (
    select
      greenroom_schools.degrees_at(g.bytes, g.runs[r][3] + 16 * n) as x,
      greenroom_schools.degrees_at(g.bytes, g.runs[r][3] + 16 * n + 8) as y
    from geometry as g
    cross join lateral generate_subscripts(g.runs, 1) as r
    cross join lateral generate_series(0, g.runs[r][4] - 1) as n
  )
  select case
    when bool_and(p.x between -180 and 180 and p.y between -90 and 90) then box(point(min(p.x), min(p.y)), point(max(p.x), max(p.y)))
  end
  from point as p
$$;
comment on function greenroom_schools.outline_of(text) is
  'The box around an outline; null when the text is no EWKB multipolygon or multiline, or a point of it is not on Earth.';

-- Single polygons and lines, as old tables hold them, become their Multi form.
create or replace function greenroom_schools.as_multi(value text)
returns text
language sql
immutable
parallel safe
return
  case
    when upper(value collate "C") ~ '^010[23]000020E6100000'
    then
      case substr(value, 4, 1) when '2' then '0105000020E6100000' else '0106000020E6100000' end
      || '01000000'
      || left(upper(value collate "C"), 4) || '000000'
      || substr(upper(value collate "C"), 19)
    else upper(value collate "C")
  end;
comment on function greenroom_schools.as_multi(text) is 'Hex EWKB in capitals, a polygon or line as a Multi of one.';

-- The boxes France lies in: the mainland with Corsica, and each overseas département or collectivity with schools.
create or replace function greenroom_schools.in_france(outline box)
returns boolean
language sql
immutable
parallel safe
return
  outline <@ box '(-5.8,41.0),(10.0,51.5)'
  or outline <@ box '(-63.6,14.0),(-60.0,18.6)'
  or outline <@ box '(-55.0,1.8),(-51.0,6.2)'
  or outline <@ box '(44.7,-21.8),(56.2,-12.3)'
  or outline <@ box '(-57.0,46.4),(-55.8,47.6)'
  or outline <@ box '(158.0,-23.5),(172.5,-18.0)'
  or outline <@ box '(-179.0,-29.0),(-134.0,-7.0)';
comment on function greenroom_schools.in_france(box) is
  'Whether a place lies in France, roughly: longitude and latitude in the wrong order do not.';

create or replace function greenroom_schools.clean_multipolygon(value text)
returns text
language sql
immutable
parallel safe
return
  case
    when greenroom_schools.as_multi(value) ~ '^0106000020E6100000'
      and greenroom_schools.in_france(greenroom_schools.outline_of(greenroom_schools.as_multi(value)))
    then greenroom_schools.as_multi(value)
  end;
comment on function greenroom_schools.clean_multipolygon(text) is
  'Outline as hex EWKB, MultiPolygon, SRID 4326: whole, closed, in France; else null.';

create or replace function greenroom_schools.clean_multiline(value text)
returns text
language sql
immutable
parallel safe
return
  case
    when greenroom_schools.as_multi(value) ~ '^0105000020E6100000'
      and greenroom_schools.in_france(greenroom_schools.outline_of(greenroom_schools.as_multi(value)))
    then greenroom_schools.as_multi(value)
  end;
comment on function greenroom_schools.clean_multiline(text) is
  'Line as hex EWKB, MultiLineString, SRID 4326: whole, in France; else null.';

-- The rule of ST_Covers: a point on a border is covered, one in a hole is not; the same formula as PostGIS's, so the
-- same answer to the last bit.
create or replace function greenroom_schools.covers_without_postgis(ewkb text, lon double precision, lat double precision)
returns boolean
language sql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
  with geometry as materialized (
    select g.bytes, greenroom_schools.runs_of(g.bytes) as runs
    from (select greenroom_schools.bytes_of(ewkb) as bytes) as g
  ), side as materialized (
    select
      s.part,
      s.ring,
      s.x1, s.y1, s.x2, s.y2,
      (s.x2 - s.x1) * (lat - s.y1) - (lon - s.x1) * (s.y2 - s.y1) as turn
    from (
      select
        g.runs[r][1] as part,
        g.runs[r][2] as ring,
        greenroom_schools.degrees_at(g.bytes, g.runs[r][3] + 16 * n) as x1,
        greenroom_schools.degrees_at(g.bytes, g.runs[r][3] + 16 * n + 8) as y1,
        greenroom_schools.degrees_at(g.bytes, g.runs[r][3] + 16 * n + 16) as x2,
        greenroom_schools.degrees_at(g.bytes, g.runs[r][3] + 16 * n + 24) as y2
      from geometry as g
      cross join lateral generate_subscripts(g.runs, 1) as r
      cross join lateral generate_series(0, g.runs[r][4] - 2) as n
      -- only the sides at the height of the point matter; the rest of a side is not even read
      where lat between
        least(
          greenroom_schools.degrees_at(g.bytes, g.runs[r][3] + 16 * n + 8),
          greenroom_schools.degrees_at(g.bytes, g.runs[r][3] + 16 * n + 24)
        )
        and greatest(
          greenroom_schools.degrees_at(g.bytes, g.runs[r][3] + 16 * n + 8),
          greenroom_schools.degrees_at(g.bytes, g.runs[r][3] + 16 * n + 24)
        )
    ) as s
  ), ring as (
    select
      s.part,
      s.ring,
      bool_or(s.turn = 0 and lon between least(s.x1, s.x2) and greatest(s.x1, s.x2)) as on_border,
      sum(case
        when s.y1 <= lat and lat < s.y2 and s.turn > 0 then 1
        when s.y2 <= lat and lat < s.y1 and s.turn < 0 then -1
        else 0
      end) <> 0 as is_inside
    from side as s
    group by s.part, s.ring
  )
  select coalesce(bool_or(p.is_covered), false)
  from (
    select bool_or(r.on_border) or bool_or(r.is_inside and r.ring = 1) and not bool_or(r.is_inside and r.ring > 1) as is_covered
    from ring as r
    group by r.part
  ) as p
$$;
comment on function greenroom_schools.covers_without_postgis(text, double precision, double precision) is
  'Whether an outline covers a point, its border included and its holes not: what ST_Covers says.';

-- With PostGIS: its own function, and columns of its own type where an earlier migrate had none.
do $$
declare
  v_path text := current_setting('search_path');
  v_home text;
begin
  select quote_ident(n.nspname)
  into v_home
  from pg_catalog.pg_extension as e
  join pg_catalog.pg_namespace as n on n.oid = e.extnamespace
  where e.extname = 'postgis';
  if v_home is null then
    create or replace function greenroom_schools.covers(ewkb text, lon double precision, lat double precision)
    returns boolean
    language sql
    stable
    parallel safe
    return greenroom_schools.covers_without_postgis(ewkb, lon, lat);
  else
    -- the names of PostGIS are bound when a function or column is made, so that none of ours searches for them
    perform set_config('search_path', v_home || ', pg_catalog', true);
    create or replace function greenroom_schools.covers(ewkb text, lon double precision, lat double precision)
    returns boolean
    language sql
    stable
    parallel safe
    return st_covers(ewkb::geometry, st_setsrid(st_makepoint(lon, lat), 4326));
    if exists (
      select
      from pg_catalog.pg_attribute as a
      join pg_catalog.pg_type as t on t.oid = a.atttypid
      where a.attrelid = '"educational_data".sectorisation_zones'::regclass
        and a.attname = 'geometry'
        and t.typtype = 'd'
    ) then
      alter table "educational_data".sectorisation_zones
        drop column geometry,
        add column geometry geometry(MultiPolygon, 4326) generated always as (ewkb::geometry(MultiPolygon, 4326)) stored;
      comment on column "educational_data".sectorisation_zones.geometry is 'the outline, WGS 84; made from ewkb';
      create index sectorisation_zones_geometry on "educational_data".sectorisation_zones using gist (geometry);
      alter table "educational_data".sectorisation_segments
        drop column geometry,
        add column geometry geometry(MultiLineString, 4326) generated always as (ewkb::geometry(MultiLineString, 4326)) stored;
      comment on column "educational_data".sectorisation_segments.geometry is 'the line of the street, WGS 84, where the file gives one; made from ewkb';
      create index sectorisation_segments_geometry on "educational_data".sectorisation_segments using gist (geometry);
    end if;
    perform set_config('search_path', v_path, true);
  end if;
end
$$;
comment on function greenroom_schools.covers(text, double precision, double precision) is
  'Whether an outline covers a point, its border included: ST_Covers where PostGIS is, else what says the same.';
