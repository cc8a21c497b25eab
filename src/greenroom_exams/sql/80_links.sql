-- Addresses that the app is given: of papers and of specifications, as production holds them.
create function greenroom_exams.links(p_scope integer, p_only text default null)
returns table (url text, what text, kind text)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  with subject as (
    select s.id, s.subject_code, s.specification_url, s.specification_pdf_url
    from greenroom_exams.subjects_in(p_scope) as s
    where s.retired_at is null
      and (p_only is null or s.subject_code = p_only)
  ), named as (
    select
      p.url,
      pg_catalog.concat_ws(' ', s.subject_code, p.series, p.year, p.component_code, p.tier, p.type, p.variant) as what,
      'pdf' as kind
    from subject as s
    join "public".exam_papers as p on p.exam_board_subject_id = s.id
    where p.retired_at is null
    union all
    select s.specification_pdf_url, s.subject_code || ' specification', 'pdf' from subject as s
    union all
    select s.specification_url, s.subject_code || ' page', 'page' from subject as s
  )
  select n.url, pg_catalog.min(n.what), pg_catalog.min(n.kind)
  from named as n
  where n.url ~* '^https?://'
  group by n.url
$$;
comment on function greenroom_exams.links(integer, text) is 'Published web addresses of a scope, each once, with what it is the address of.';
