-- ONISEP's file of spécialités: ids out of the addresses, the list cut at ' / ', labels made canonical.
with labels as (
  -- each published spelling is looked up once
  select published.label, greenroom_schools.specialite(published.label) as canonical
  from (
    select distinct btrim(item.label) as label
    from pg_temp.landed as l
    cross join lateral regexp_split_to_table(l.specialites_raw, '\s+/\s+') as item (label)
  ) as published
  where published.label <> ''
)
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
  l.specialites_raw,
  coalesce(list.labels, '{}')::text as specialites_array,
  l.date_creation,
  l.date_modification
from pg_temp.landed as l
cross join lateral (
  select array_agg(distinct k.canonical collate "C") as labels
  from regexp_split_to_table(l.specialites_raw, '\s+/\s+') as item (label)
  join labels as k on k.label = btrim(item.label)
) as list
