-- What the national directory offers, and how much of it the published tables hold: counts, and who is missing.

create function greenroom_schools.newest_period(p_dataset text)
returns text
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select coalesce(max(p.key[1]) filter (where p.complete), max(p.key[1]))
  from greenroom.published as p
  join greenroom.scope as c on c.id = p.scope_id and c.pack = greenroom_schools.pack_name()
  where p.dataset = p_dataset
    and p.key <> '{}'
    and p.row_count > 0
$$;
comment on function greenroom_schools.newest_period(text) is
  'The newest period of a table that a complete batch covers, else the newest there is; null when it is empty.';

-- Per school and thing asked for, whether it is there. Not asked for where it cannot be: spécialités of a vocational
-- lycée, results of a private school without a contract.
create function greenroom_schools.coverage_facts()
returns table (area text, kind text, what text, key text, name text, is_present boolean, why text)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  with newest as materialized (
    select
      greenroom_schools.newest_period('aggregated_data_lycees_2024')::integer as gt,
      greenroom_schools.newest_period('aggregated_data_lycees_pro')::integer as pro,
      greenroom_schools.newest_period('metrics_colleges')::integer as dnb,
      greenroom_schools.newest_period('ips_lycees_years') as ips_lycees,
      greenroom_schools.newest_period('ips_colleges_years') as ips_colleges
  ), judged as materialized (
    select
      case when v.est_etranger then 'abroad' else coalesce(v.code_departement, 'unknown') end as area,
      case v.niveau when 'lycee' then 'lycée' else 'collège' end as kind,
      v.*,
      case v.niveau when 'lycee' then n.gt else n.dnb end as session,
      n.pro,
      case v.niveau when 'lycee' then n.ips_lycees else n.ips_colleges end as rentree
    from "educational_data".couverture_etablissements as v
    cross join newest as n
  ), asked as (
    select
      j.*,
      coalesce(j.resultats_annee >= j.session, false) or coalesce(j.resultats_pro_annee >= j.pro, false) as has_results,
      coalesce(j.ips_rentree >= j.rentree, false) as has_ips
    from judged as j
    -- a school that no directory names counts as long as the newest files name it
    where j.est_dans_annuaire
      or j.resultats_annee >= j.session
      or j.resultats_pro_annee >= j.pro
      or coalesce(j.ips_rentree, j.ips_retenu_rentree) >= j.rentree
  )
  select a.area, a.kind, w.what, a.uai, a.nom, w.is_present, w.why
  from asked as a
  cross join lateral (
    values
      ('directory', true, a.est_dans_annuaire, 'not in the national directory'),
      ('results', a.est_publie, a.has_results,
        case
          when a.nature in ('334', '335') then 'a section of another school'
          when greatest(a.resultats_annee, a.resultats_pro_annee) is not null
            then format('last in session %s', greatest(a.resultats_annee, a.resultats_pro_annee))
          else 'in no file of results'
        end),
      ('ips', a.est_publie, a.has_ips,
        case
          when a.ips_retenu_rentree >= a.rentree then format('withheld in %s: too few pupils', a.ips_retenu_rentree)
          when a.nature in ('334', '335') then 'a section of another school'
          when a.ips_rentree is not null then format('last in %s', a.ips_rentree)
          else 'in no file of the index'
        end),
      ('specialites', a.voie_generale and not a.est_etranger, coalesce(a.nb_specialites > 0, false),
        case when a.nb_specialites = 0 then 'listed by ONISEP without any' else 'not listed by ONISEP' end),
      ('coordinates', true, a.a_position, 'no directory has its point'),
      ('cache', a.est_publie and coalesce(a.voie_gt, true), a.est_dans_cache,
        case
          when a.resultats_annee >= a.session then 'the cache is behind: greenroom refresh'
          when a.niveau = 'lycee' then 'no general or technological results in the newest session'
          else 'no results in the newest session'
        end)
  ) as w (what, is_offered, is_present, why)
  where w.is_offered
$$;
comment on function greenroom_schools.coverage_facts() is
  'Each secondary school and each thing to be known of it: whether it is, and if not, why.';

-- As a person may type an area: 1 and 001 are 01, 99 is abroad.
create function greenroom_schools.coverage_area(p_area text)
returns text
language sql
immutable
set search_path = pg_catalog, pg_temp
as $$
  select case when x.code = '99' then 'abroad' else coalesce(x.code, lower(btrim(p_area))) end
  from (select greenroom_schools.clean_departement(p_area) as code) as x
$$;
comment on function greenroom_schools.coverage_area(text) is 'The area that a person means: 01, 2A, 971, abroad, unknown.';

create function greenroom_schools.coverage(p_area text default null)
returns table (area text, kind text, what text, offered bigint, present bigint)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select coalesce(f.area, 'all'), f.kind, f.what, count(*), count(*) filter (where f.is_present)
  from greenroom_schools.coverage_facts() as f
  group by grouping sets ((f.area, f.kind, f.what), (f.kind, f.what))
  having p_area is null
    or coalesce(f.area, 'all') = greenroom_schools.coverage_area(p_area)
  order by grouping(f.area), f.area, f.kind desc,
    array_position(array['directory', 'results', 'ips', 'specialites', 'coordinates', 'cache'], f.what)
$$;
comment on function greenroom_schools.coverage(text) is
  'Per département (abroad, unknown, all), kind and thing to be known: schools of whom it is to be expected, and of whom it is there.';

create function greenroom_schools.coverage_missing(p_area text default null, p_what text default null)
returns table (area text, kind text, what text, key text, name text, why text)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select f.area, f.kind, f.what, f.key, f.name, f.why
  from greenroom_schools.coverage_facts() as f
  where not f.is_present
    and (p_area is null or greenroom_schools.coverage_area(p_area) in ('all', f.area))
    and (p_what is null or f.what = p_what)
  order by f.area, f.kind desc, f.what, f.key
$$;
comment on function greenroom_schools.coverage_missing(text, text) is 'The schools of whom something is missing, by number and name, and why.';
