-- Empties the inbox of one scope. Batches and snapshots stay.
create function greenroom_exams.clean(p_scope integer, p_only text default null)
returns jsonb
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_counts jsonb := greenroom_exams.inbox_count(p_scope, p_only);
begin
  perform 1 from greenroom.scope as c where c.id = p_scope for update;
  -- topics and papers go with their subject, as the inbox has always done
  delete from "public".staging_aqa_subjects as s
  using greenroom_exams.inbox_subjects as i
  where i.inbox_id = s.id
    and i.scope_keys = (select c.keys from greenroom.scope as c where c.id = p_scope)
    and (p_only is null or i.unit_key[1] = p_only);
  return v_counts;
end
$$;
comment on function greenroom_exams.clean(integer, text) is 'Deletes the inbox rows of a scope, or of one subject in it.';
