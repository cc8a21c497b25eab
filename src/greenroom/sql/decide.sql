-- Who may decide on a unit. Written again at each migrate, never dropped.

create or replace function greenroom.people(p_pack text)
returns integer
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select coalesce((select p.people from greenroom.policy as p where p.pack = p_pack), 1)
$$;
comment on function greenroom.people(text) is 'How many people a decision takes in this pack: 1 or 2.';

-- Names of people are compared without case and blanks: "Ada " is Ada.
create or replace function greenroom.editors(p_unit bigint)
returns table (name text)
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select distinct e.edited_by
  from greenroom.unit as u
  join greenroom.edit as e
    on e.scope_id = u.scope_id
    and e.dataset = u.dataset
    and e.unit_key = u.key
    and e.state in ('in force', 'conflict')
  where u.id = p_unit
$$;
comment on function greenroom.editors(bigint) is 'Who made the edits in force on a unit.';

create or replace function greenroom.authors(p_unit bigint)
returns table (name text)
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select e.name from greenroom.editors(p_unit) as e
  union
  select b.sealed_by
  from greenroom.unit as u
  join greenroom.batch as b on b.id = u.batch_id
  where u.id = p_unit
$$;
comment on function greenroom.authors(bigint) is 'Who made the edits in force on a unit, and who sealed it.';

create or replace function greenroom.may_approve(p_pack text, p_unit bigint, p_by text)
returns boolean
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select greenroom.people(p_pack) = 1
    or not exists (
      select from greenroom.authors(p_unit) as a where greenroom.fold(a.name) = greenroom.fold(p_by)
    )
$$;
comment on function greenroom.may_approve(text, bigint, text) is 'Whether somebody''s approval of a unit counts, by the policy of its pack.';

create or replace function greenroom.refuse_author(p_pack text, p_units bigint[], p_by text)
returns void
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_rows jsonb;
begin
  select pg_catalog.jsonb_agg(
    pg_catalog.jsonb_build_object(
      'check', 'second_person', 'severity', 'error', 'dataset', u.dataset, 'unit', pg_catalog.to_jsonb(u.key),
      'message', pg_catalog.format('%s made or sealed %s %s, and in %s somebody else has to approve', p_by, u.dataset,
        pg_catalog.array_to_string(u.key, ' '), p_pack)
    ) order by u.dataset, u.key
  )
  into v_rows
  from greenroom.unit as u
  where u.id = any (p_units)
    and not greenroom.may_approve(p_pack, u.id, p_by);
  if v_rows is not null then
    perform greenroom.refuse(
      pg_catalog.format('%s may not approve what they made: two people decide in %s', p_by, p_pack), v_rows,
      'ask somebody else to look at it, or decide on the others alone (--subject, --period)'
    );
  end if;
end
$$;
comment on function greenroom.refuse_author(text, bigint[], text) is 'Refuses an approval by an author, where two people decide.';
