-- What the site's scripts and its people call: refresh the caches, ask how old the data are.

create function "educational_data".refresh_all_caches()
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_one record;
begin
  for v_one in select r.* from greenroom_schools.refresh() as r loop
    raise notice '%: %, % rows', v_one.view, v_one.state, v_one.rows;
  end loop;
end
$$;
comment on function "educational_data".refresh_all_caches() is
  'Refreshes the caches whose data have moved, in order of dependency; readers wait for nothing.';

create function "educational_data".check_data_freshness()
returns table (
  table_name text, last_updated timestamptz, row_count bigint, period text, published_by bigint, looked_at timestamptz,
  expected_since date, state text, source text, licence text, address text
)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select * from greenroom_schools.freshness()
$$;
comment on function "educational_data".check_data_freshness() is
  'Per table: when it was last published, how many rows, the period of its data, and whether a newer edition is due.';
