-- Functions every pack's compiled SQL uses. Written again at each migrate, never dropped.

-- One folding for names and spellings: case, accents-free punctuation and blanks do not tell two apart.
create or replace function greenroom.fold(p_text text)
returns text
language sql
immutable
parallel safe
return pg_catalog.btrim(pg_catalog.regexp_replace(pg_catalog.lower(p_text), '[\s\-_.,:;/()''"’‘“”–—]+', ' ', 'g'));
comment on function greenroom.fold(text) is 'Names compared without case, punctuation and extra blanks.';

-- What of one list is in another too, in the order of the first.
create or replace function greenroom.kept_order(p_list jsonb, p_other jsonb)
returns jsonb
language sql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
  select coalesce(pg_catalog.jsonb_agg(x.value order by x.n), '[]')
  from pg_catalog.jsonb_array_elements(p_list) with ordinality as x (value, n)
  where p_other @> pg_catalog.jsonb_build_array(x.value)
$$;
comment on function greenroom.kept_order(jsonb, jsonb) is 'Elements of a list that another has as well.';

-- A row trigger: source columns changed by another hand than apply's are noted with their old image.
-- Arguments: pack, dataset, root column or '', identity columns, unit columns.
create or replace function greenroom.note_drift()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set extra_float_digits = 1
as $$
declare
  v_old jsonb := case when tg_op <> 'INSERT' then pg_catalog.to_jsonb(old) end;
  v_new jsonb := case when tg_op <> 'DELETE' then pg_catalog.to_jsonb(new) end;
begin
  insert into greenroom.drift (pack, dataset, root_id, key, identity, operation, before)
  with side as (
    select
      s.n,
      s.operation,
      case when tg_argv[2] <> '' then (s.image ->> tg_argv[2])::uuid end as root_id,
      (select pg_catalog.array_agg(s.image ->> c order by n) from pg_catalog.unnest(tg_argv[4]::text[]) with ordinality as u (c, n)) as key,
      (select pg_catalog.array_agg(s.image ->> c order by n) from pg_catalog.unnest(tg_argv[3]::text[]) with ordinality as u (c, n)) as identity
    from (values (1, 'DELETE', v_old), (2, 'INSERT', v_new)) as s (n, operation, image)
    where s.image is not null
  ), place as (
    select pg_catalog.count(distinct (s.root_id, s.key, s.identity)) as places
    from side as s
  )
  -- a row that changed its unit left one and entered another: both are dirty
  select
    tg_argv[0],
    tg_argv[1],
    s.root_id,
    s.key,
    s.identity,
    case when tg_op = 'UPDATE' and p.places = 1 then tg_op else s.operation end,
    case when s.operation = 'DELETE' or p.places = 1 then v_old end
  from side as s
  cross join place as p
  where tg_op <> 'UPDATE'
    or p.places > 1
    or s.n = 2
  order by s.n;
  return null;
end
$$;
comment on function greenroom.note_drift() is 'Notes a change of source columns made by hand, with the image before it.';

-- TRUNCATE tells no row trigger what goes, and with CASCADE it takes the learners' rows along.
create or replace function greenroom.refuse_truncate()
returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  raise exception using
    errcode = 'PT409',
    message = pg_catalog.format('%s.%s is published by Greenroom and is not truncated by hand', tg_table_schema, tg_table_name),
    detail = '[]',
    hint = 'undo a release: greenroom rollback; or delete rows, which are then noted as drift';
end
$$;
comment on function greenroom.refuse_truncate() is 'Refuses TRUNCATE of a published table: nobody could say what went.';

-- One refusal for all faces: PostgREST answers 409, DETAIL holds the findings, HINT what to type.
-- Two hundred findings tell what is wrong; the message tells how many there are.
create or replace function greenroom.refuse(p_message text, p_findings jsonb, p_hint text)
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  raise exception using
    errcode = 'PT409',
    message = p_message,
    detail = coalesce((
      select pg_catalog.jsonb_agg(f.finding order by f.n)
      from pg_catalog.jsonb_array_elements(p_findings) with ordinality as f (finding, n)
      where f.n <= 200
    ), '[]')::text,
    hint = p_hint;
end
$$;
comment on function greenroom.refuse(text, jsonb, text) is 'Raises PT409 with findings as JSON in DETAIL; nothing is stored.';

-- Foreign keys of other tables that point at p_table, each as the condition that row r of
-- the referring table points at row t of p_table. From the catalogue, whoever made them.
create or replace function greenroom.referring(p_table regclass)
returns table (referrer regclass, condition text, readable boolean)
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select
    c.conrelid::regclass,
    pg_catalog.string_agg(
      pg_catalog.format('r.%I = t.%I', a.attname, b.attname),
      ' and ' order by k.n
    ),
    pg_catalog.has_schema_privilege(o.relnamespace, 'usage')
      and pg_catalog.has_table_privilege(c.conrelid, 'select')
      and not pg_catalog.row_security_active(c.conrelid)
  from pg_catalog.pg_constraint as c
  join pg_catalog.pg_class as o on o.oid = c.conrelid
  cross join lateral unnest(c.conkey, c.confkey) with ordinality as k (own, their, n)
  join pg_catalog.pg_attribute as a on a.attrelid = c.conrelid and a.attnum = k.own
  join pg_catalog.pg_attribute as b on b.attrelid = c.confrelid and b.attnum = k.their
  where c.contype = 'f'
    and c.confrelid = p_table
    and c.conrelid <> p_table
    and c.conparentid = 0
  group by c.oid, c.conrelid, o.relnamespace
$$;
comment on function greenroom.referring(regclass) is 'Foreign keys of other tables that point here, and whether we may see all their rows.';

-- A SECURITY DEFINER function works in temporary tables of its caller's session. What somebody
-- else has put there under our names is never read: a view of theirs would run as us.
create or replace function greenroom.refuse_foreign_temp(p_names text[])
returns void
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_found text;
begin
  select pg_catalog.string_agg(x.name, ', ' order by x.name)
  into v_found
  from (
    select c.relname as name
    from pg_catalog.pg_class as c
    where c.relnamespace = pg_catalog.pg_my_temp_schema()
      and c.relname = any (p_names)
      and (c.relkind <> 'r' or c.relowner <> current_user::regrole)
    union
    select t.typname
    from pg_catalog.pg_type as t
    where t.typnamespace = pg_catalog.pg_my_temp_schema()
      and t.typname = any (p_names)
      and t.typrelid = 0
  ) as x;
  if v_found is not null then
    perform greenroom.refuse(
      pg_catalog.format('this session has temporary objects under names Greenroom uses: %s', v_found), '[]',
      pg_catalog.format('use another session, or remove them first: drop … pg_temp.%s (or discard temp)', pg_catalog.split_part(v_found, ', ', 1))
    );
  end if;
end
$$;
comment on function greenroom.refuse_foreign_temp(text[]) is 'Refuses when somebody else''s temporary objects bear names of ours.';

-- The landing is its caller's table, read as us: a view, a policy or a type of theirs would run as us.
create or replace function greenroom.refuse_strange_landing()
returns void
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  if exists (
    select
    from pg_catalog.pg_class as c
    where c.relnamespace = pg_catalog.pg_my_temp_schema()
      and c.relname = 'landing'
      and (
        c.relkind <> 'r' or c.relhasrules or c.relhassubclass or c.relrowsecurity
        or exists (
          select
          from pg_catalog.pg_attribute as a
          join pg_catalog.pg_type as t on t.oid = a.atttypid
          where a.attrelid = c.oid
            and a.attnum > 0
            and not a.attisdropped
            and t.typnamespace <> 'pg_catalog'::regnamespace
        )
      )
  ) then
    perform greenroom.refuse('pg_temp.landing is not a plain table of text', '[]',
      'make it afresh: drop … pg_temp.landing, then create temporary table landing (…) on commit drop');
  end if;
end
$$;
comment on function greenroom.refuse_strange_landing() is 'Refuses a landing through which its maker could act as the owner.';
