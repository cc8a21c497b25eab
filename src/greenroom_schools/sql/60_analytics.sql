-- What keeps `analytics` in order: who may be referred to, what is forgotten.

-- null = there is no such table; 'ready' = it can be referred to; else why it cannot.
create or replace function greenroom_schools.users_reference()
returns text
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select case
    when not has_schema_privilege(n.oid, 'usage') then 'this database user has no usage of schema user_mgmt'
    when c.relkind = 'p' then 'it is partitioned'
    when c.relkind = 'v' then 'it is a view'
    when c.relkind <> 'r' then 'it is no ordinary table'
    when c.relpersistence <> 'p' then 'it does not survive a crash (unlogged)'
    when exists (select from pg_inherits where inhparent = c.oid) then 'other tables inherit from it'
    when a.attnum is null then 'it has no column id'
    when a.atttypid <> 'uuid'::regtype then 'its id is ' || format_type(a.atttypid, a.atttypmod) || ', not uuid'
    when not exists (
      select
      from pg_index as i
      where i.indrelid = c.oid
        and i.indisunique
        and i.indisvalid
        and i.indimmediate
        and i.indpred is null
        and i.indnkeyatts = 1
        and i.indkey[0] = a.attnum
    ) then 'its id has no unique index'
    when not has_column_privilege(c.oid, a.attnum, 'references') then
      format('this database user may not refer to it: grant references (id) on user_mgmt.users to %I', current_user)
    else 'ready'
  end
  -- by name: to_regclass is refused where the schema may not be used
  from pg_namespace as n
  join pg_class as c
    on c.relnamespace = n.oid
    and c.relname = 'users'
  left join pg_attribute as a
    on a.attrelid = c.oid
    and a.attname = 'id'
    and not a.attisdropped
  where n.nspname = 'user_mgmt'
$$;
comment on function greenroom_schools.users_reference() is
  'Whether analytics can refer to user_mgmt.users: null = no such table, ready, or why not.';

-- Only a table that Greenroom made gets the reference, and only once.
create or replace function greenroom_schools.lacks_users_reference(p_table text)
returns boolean
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select greenroom_schools.users_reference() = 'ready'
    and exists (
      select
      from greenroom.made as m
      where (m.kind, m.schema, m.name, m.pack) = ('table', 'analytics', p_table, 'schools')
    )
    and not exists (
      select
      from pg_constraint as c
      join pg_class as r on r.oid = c.conrelid
      join pg_class as u on u.oid = c.confrelid
      where c.contype = 'f'
        and (r.relnamespace, r.relname) = (to_regnamespace('analytics'), p_table)
        and (u.relnamespace, u.relname) = (to_regnamespace('user_mgmt'), 'users')
    )
$$;
comment on function greenroom_schools.lacks_users_reference(text) is
  'Whether this table of analytics is ours, and should refer to user_mgmt.users, and does not yet.';

-- plpgsql, not sql: a table that others made may lack a column, and then only the call fails, not the migration.
create or replace function analytics.erase_user(p_user uuid)
returns table (table_name text, erased bigint)
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  delete from analytics.nl_query_log as q
  where q.user_id = p_user;
  get diagnostics erased = row_count;
  table_name := 'nl_query_log';
  return next;
  delete from analytics.user_feedback as f
  where f.user_id = p_user;
  get diagnostics erased = row_count;
  table_name := 'user_feedback';
  return next;
end
$$;
comment on function analytics.erase_user(uuid) is
  'Deletes what one user asked and said. To be called before the account is deleted: afterwards nothing says whose the rows were.';

create or replace function analytics.forget(p_before timestamptz)
returns table (table_name text, erased bigint)
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  delete from analytics.nl_query_log as q
  where q.created_at < p_before;
  get diagnostics erased = row_count;
  table_name := 'nl_query_log';
  return next;
  delete from analytics.user_feedback as f
  where f.created_at < p_before;
  get diagnostics erased = row_count;
  table_name := 'user_feedback';
  return next;
end
$$;
comment on function analytics.forget(timestamptz) is 'Deletes what was asked and said before this moment.';
