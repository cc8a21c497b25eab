-- Units without a single value: another file than the dataset's, or labels that nobody has taught it.
select
  u.id as unit_id,
  'error' as severity,
  'no row has a value beside its code and year: another file, or new labels?' as message,
  null::text as row_key,
  null::text as position
from unit as u
where not exists (
  select
  from batch as b
  where b.unit_id = u.id
    and pg_catalog.jsonb_strip_nulls(
      pg_catalog.to_jsonb(b) - array[
        'unit_id', 'row_no', 'row_key', 'position', 'parent_row_key', 'code_commune', 'code_bassin', 'commune', 'libelle',
        'annee', 'origine', 'withheld', 'withheld_why'
      ]
    ) <> '{}'
)
