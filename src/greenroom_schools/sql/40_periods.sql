-- Which period of each table the caches show: the newest that a complete batch covers, else the newest there is.
create function greenroom_schools.note_periods()
returns text
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  with newest as (
    select p.dataset as name, coalesce(max(p.key[1]) filter (where p.complete), max(p.key[1])) as period
    from greenroom.published as p
    join greenroom.scope as c on c.id = p.scope_id and c.pack = greenroom_schools.pack_name()
    join greenroom_schools.registry() as g on g.dataset = p.dataset and g.has_period
    where p.key <> '{}'
      and p.row_count > 0
    group by p.dataset
  ), indexed as (
    -- the index of the school year of the session shown, or the newest before it; else the newest
    select i.dataset, coalesce(
      max(i.key[1]) filter (where i.complete and i.key[1] <= greenroom_schools.rentree_of_session(n.period::integer)),
      max(i.key[1]) filter (where i.complete),
      max(i.key[1])
    ) as period
    from (
      values ('ips_lycees_years', 'aggregated_data_lycees_2024'), ('ips_colleges_years', 'metrics_colleges')
    ) as w (dataset, base)
    join greenroom.scope as c on c.pack = greenroom_schools.pack_name()
    join greenroom.published as i on i.scope_id = c.id and i.dataset = w.dataset and i.row_count > 0
    left join newest as n on n.name = w.base
    group by i.dataset
  ), made as (
    select n.name, n.period from newest as n where n.name not in (select i.dataset from indexed as i)
    union all
    select i.dataset, i.period from indexed as i
    union all
    -- tables made from others have no period of their own in the ledger
    select 'merged_revenu_commune_bassin_2021', max(r.annee)::text
    from "educational_data".merged_revenu_commune_bassin_2021 as r
    where r.retired_at is null
    having max(r.annee) is not null
  ), gone as (
    delete from "educational_data".cache_periods as p
    where p.name not in (select m.name from made as m)
  )
  insert into "educational_data".cache_periods as p (name, period)
  select distinct on (m.name) m.name, m.period from made as m order by m.name, m.period desc
  on conflict (name) do update
  set period = excluded.period
  where p.period <> excluded.period;
  return (
    select concat_ws(' ', string_agg(p.name || '=' || p.period, ' ' order by p.name),
      (select s.all_communes from "educational_data".cache_settings as s))
    from "educational_data".cache_periods as p
  );
end
$$;
comment on function greenroom_schools.note_periods() is 'Writes cache_periods; answers it in one line.';
