-- ONISEP's file of options: the list cut at ' / ' first; then only 'LV1 : a, b' and 'LV2 : a, b' hold several.
select
  l.row_no,
  btrim(l.af_id) as af_id,
  l.uai,
  greenroom_schools.onisep_id(l.url_onisep, 'ENS') as ens_id,
  l.url_onisep,
  l.libelle,
  l.adresse,
  l.boite_postale,
  l.code_postal,
  l.commune,
  l.departement,
  l.region,
  l.academie,
  l.options_raw,
  coalesce(list.options, '{}')::text as options_array,
  coalesce(list.lv1, '{}')::text as lv1_array,
  coalesce(list.lv2, '{}')::text as lv2_array,
  l.date_creation,
  l.date_modification
from pg_temp.landed as l
cross join lateral (
  select
    array_agg(distinct btrim(said.words) collate "C") filter (where item.language is null) as options,
    array_agg(distinct btrim(said.words) collate "C") filter (where item.language = '1') as lv1,
    array_agg(distinct btrim(said.words) collate "C") filter (where item.language = '2') as lv2
  from (
    select s.item, substring(s.item from '^\s*LV\s?([12])\s*:') as language
    from regexp_split_to_table(l.options_raw, '\s+/\s+') as s (item)
  ) as item
  cross join lateral (
    select item.item as words
    where item.language is null
    union all
    select one.words
    from regexp_split_to_table(regexp_replace(item.item, '^\s*LV\s?[12]\s*:', ''), ',') as one (words)
    where item.language is not null
  ) as said
  where btrim(said.words) <> ''
) as list
