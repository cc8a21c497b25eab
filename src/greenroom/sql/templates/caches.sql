-- Materialized views of {{ pack }}, in the order PostgreSQL's dependency catalogue gives, with the tables under them.
create function {{ S }}.caches()
returns table (view text, depth integer, view_oid oid, tables oid[])
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  with recursive under (view_oid, relation, depth) as (
    select c.oid, c.oid, 0
    from pg_catalog.pg_class as c
    where c.relkind = 'm'
      and c.relnamespace = pg_catalog.to_regnamespace('{{ quoted_schema }}')
    union
    select u.view_oid, d.refobjid, u.depth + (o.relkind = 'm')::integer
    from under as u
    join pg_catalog.pg_rewrite as r on r.ev_class = u.relation
    join pg_catalog.pg_depend as d on d.classid = 'pg_catalog.pg_rewrite'::regclass and d.objid = r.oid and d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjid <> u.relation
    join pg_catalog.pg_class as o on o.oid = d.refobjid and o.relkind in ('r', 'p', 'v', 'm')
  )
  select c.relname, pg_catalog.max(u.depth), u.view_oid, pg_catalog.array_agg(distinct u.relation) filter (where u.relation <> u.view_oid)
  from under as u
  join pg_catalog.pg_class as c on c.oid = u.view_oid
  group by c.relname, u.view_oid
  order by pg_catalog.max(u.depth), c.relname
$$;
comment on function {{ S }}.caches() is 'Materialized views in the order in which they are refreshed, with all they read.';

-- What a view stands on, in one short text: when this has not moved, neither has the view.
create function {{ S }}.cache_inputs(p_view oid, p_tables oid[], p_terms text)
returns text
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select pg_catalog.md5(pg_catalog.concat_ws(e'\n',
    pg_catalog.pg_get_viewdef(p_view),
    (
      select pg_catalog.string_agg(pg_catalog.concat_ws(' ', p.dataset, p.key::text, p.hash), e'\n' order by p.dataset, p.key)
      from greenroom.published as p
      join greenroom.scope as c on c.id = p.scope_id and c.pack = '{{ pack }}'
      join {{ S }}.registry() as g on g.dataset = p.dataset
      where pg_catalog.to_regclass(pg_catalog.format('%I.%I', {{ S }}.home(), g.table_name))::oid = any (p_tables)
    ),
    -- rows that were changed by hand
    (
      select pg_catalog.string_agg(f.id::text, ' ' order by f.id)
      from greenroom.drift as f
      join {{ S }}.registry() as g on g.dataset = f.dataset
      where f.pack = '{{ pack }}'
        and pg_catalog.to_regclass(pg_catalog.format('%I.%I', {{ S }}.home(), g.table_name))::oid = any (p_tables)
    ),
    -- views and small tables of ours under it change with migrations
    (
      select pg_catalog.string_agg(pg_catalog.pg_get_viewdef(c.oid), e'\n' order by c.oid)
      from pg_catalog.pg_class as c
      where c.oid = any (p_tables)
        and c.relkind = 'v'
    ),
    (select pg_catalog.count(*)::text from greenroom.migration as m where m.pack = '{{ pack }}'),
    p_terms
  ))
$$;
comment on function {{ S }}.cache_inputs(oid, oid[], text) is 'Fingerprint of what a materialized view reads.';

-- Refreshes what has moved, readers undisturbed; all in one transaction, so that no two views tell of different data.
create function {{ S }}.refresh(p_views text[] default null, p_force boolean default false)
returns table (view text, state text, rows bigint, seconds double precision)
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_one record;
  v_inputs text;
  v_began timestamptz;
  v_rows bigint;
  v_unknown text;
  v_terms text;
begin
  select pg_catalog.string_agg(x, ', ') into v_unknown
  from pg_catalog.unnest(p_views) as x
  where x not in (select c.view from {{ S }}.caches() as c);
  if v_unknown is not null then
    perform greenroom.refuse(pg_catalog.format('no cache is called %s', v_unknown), '[]',
      'caches: ' || coalesce((select pg_catalog.string_agg(c.view, ', ') from {{ S }}.caches() as c), 'none'));
  end if;
  -- one at a time: a second one waits here, finds nothing to do, and goes
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('greenroom refresh {{ pack }}', 0));
  -- what else the pack's views stand on, in its own words: which periods they show
  if pg_catalog.to_regprocedure('{{ S }}.note_periods()') is not null then
    v_terms := {{ S }}.note_periods();
  end if;
  for v_one in select c.* from {{ S }}.caches() as c where p_views is null or c.view = any (p_views) order by c.depth, c.view loop
    v_began := pg_catalog.clock_timestamp();
    v_inputs := {{ S }}.cache_inputs(v_one.view_oid, v_one.tables, v_terms);
    view := v_one.view;
    if not p_force and exists (
      select
      from (
        select r.inputs from greenroom.refresh as r
        where r.pack = '{{ pack }}' and r.view = v_one.view
        order by r.id desc
        limit 1
      ) as last
      where last.inputs = v_inputs
    ) then
      state := 'unchanged';
      rows := (
        select r.rows from greenroom.refresh as r
        where r.pack = '{{ pack }}' and r.view = v_one.view
        order by r.id desc
        limit 1
      );
      seconds := 0;
    else
      begin
        -- which views there are, the catalogue says: the site's own may stand beside ours
        if (select c.relispopulated from pg_catalog.pg_class as c where c.oid = v_one.view_oid)
          and exists (
            select from pg_catalog.pg_index as i
            where i.indrelid = v_one.view_oid and i.indisunique and i.indpred is null and i.indexprs is null and i.indisvalid
          )
        then
          execute pg_catalog.format('refresh materialized view concurrently %s', v_one.view_oid::regclass);
        else
          execute pg_catalog.format('refresh materialized view %s', v_one.view_oid::regclass);
        end if;
        execute pg_catalog.format('select count(*) from %s', v_one.view_oid::regclass) into v_rows;
        execute pg_catalog.format('analyze %s', v_one.view_oid::regclass);
      exception when others then
        -- PostgreSQL says what was wrong and not where
        raise exception using
          errcode = sqlstate,
          message = pg_catalog.format('%s could not be refreshed, and all caches stay as they were: %s', v_one.view, sqlerrm);
      end;
      state := 'refreshed';
      rows := v_rows;
      seconds := pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - v_began);
      insert into greenroom.refresh (pack, view, inputs, rows, seconds)
      values ('{{ pack }}', v_one.view, v_inputs, v_rows, seconds);
    end if;
    return next;
  end loop;
end
$$;
comment on function {{ S }}.refresh(text[], boolean) is
  'Refreshes materialized views in order of dependency, concurrently; one whose inputs have not moved is left.';
