-- The register of sales, line by line, becomes prices by commune and year.
--
-- A sale is several lines: each local of each parcel, once more for every kind of land of the parcel, with
-- the price on every line. Counted are plain sales of exactly one house or flat (cellars, garages and land
-- allowed, business premises not) with one price and a floor area. The dwellings of a parcel are those
-- beside any one kind of its land: the others repeat them.
--
-- `collate "C"`: of millions of texts only the equal ones are looked for, and that is the quick way.
with line as materialized (
  select
    l.row_no,
    -- the tax office's own files do not number their sales
    coalesce(
      nullif(l.id_mutation, ''),
      pg_catalog.concat_ws(
        '|', l.date_mutation, l.code_departement, l.code_commune, l.valeur_fonciere, l.numero_disposition
      )
    ) collate "C" as mutation,
    pg_catalog.btrim(l.nature_mutation) collate "C" as nature,
    nullif(pg_catalog.btrim(l.valeur_fonciere), '') collate "C" as price,
    case coalesce(pg_catalog.btrim(l.type_local), '')
      when 'Maison' then 'house'
      when 'Appartement' then 'flat'
      when 'Dépendance' then null
      when '' then null
      else 'premises'
    end collate "C" as kind,
    nullif(pg_catalog.btrim(l.surface_reelle_bati), '') collate "C" as area,
    coalesce(
      nullif(l.id_parcelle, ''), pg_catalog.concat_ws('|', l.prefixe_de_section, l.section, l.no_plan)
    ) collate "C" as parcel,
    pg_catalog.concat_ws('|', l.nature_culture, l.nature_culture_speciale, l.surface_terrain) as land,
    case
      when l.date_mutation ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}' then pg_catalog.left(l.date_mutation, 4)
      when l.date_mutation ~ '^[0-9]{2}/[0-9]{2}/[0-9]{4}$' then pg_catalog.right(l.date_mutation, 4)
      else l.date_mutation
    end collate "C" as year,
    case
      when pg_catalog.length(l.code_commune) > 3 or l.code_departement is null then l.code_commune
      -- 1 to 3 digits, without the département; overseas the last digit of the département may stand in both
      when pg_catalog.length(l.code_departement) = 3
        and pg_catalog.length(l.code_commune) = 3
        and pg_catalog.left(l.code_commune, 1) = pg_catalog.right(l.code_departement, 1)
      then pg_catalog.left(l.code_departement, 2) || l.code_commune
      when pg_catalog.length(l.code_departement) = 3
      then l.code_departement || case when pg_catalog.length(l.code_commune) < 2 then '0' else '' end || l.code_commune
      else pg_catalog.lpad(l.code_departement, 2, '0') || pg_catalog.lpad(l.code_commune, 3, '0')
    end collate "C" as commune
  from pg_temp.landed as l
),
mutation as materialized (
  select
    n.mutation,
    pg_catalog.min(n.row_no) as row_no,
    pg_catalog.min(n.nature) as nature,
    pg_catalog.max(n.nature) as other_nature,
    pg_catalog.min(n.price) as price,
    pg_catalog.max(n.price) as other_price,
    pg_catalog.bool_or(n.kind = 'premises') as has_premises
  from line as n
  group by n.mutation
),
beside_land as (
  select
    n.mutation,
    n.parcel,
    pg_catalog.count(*) as dwellings,
    pg_catalog.min(n.kind) as kind,
    pg_catalog.min(n.area) as area,
    pg_catalog.min(n.commune) as commune,
    pg_catalog.min(n.year) as year
  from line as n
  where n.kind in ('house', 'flat')
  group by n.mutation, n.parcel, n.land
),
on_parcel as (
  select
    b.mutation,
    b.parcel,
    pg_catalog.max(b.dwellings) as dwellings,
    pg_catalog.min(b.kind) as kind,
    pg_catalog.min(b.area) as area,
    pg_catalog.min(b.commune) as commune,
    pg_catalog.min(b.year) as year
  from beside_land as b
  group by b.mutation, b.parcel
),
dwelling as (
  select
    o.mutation,
    pg_catalog.sum(o.dwellings) as dwellings,
    pg_catalog.min(o.kind) as kind,
    pg_catalog.min(o.area) as area,
    pg_catalog.min(o.commune) as commune,
    pg_catalog.min(o.year) as year
  from on_parcel as o
  group by o.mutation
),
judged as materialized (
  select
    m.mutation,
    m.row_no,
    d.kind,
    d.commune,
    d.year,
    p.price,
    a.area,
    case
      when m.nature is distinct from 'Vente' or m.other_nature is distinct from 'Vente'
      then 'no plain sale: ' || coalesce(nullif(m.nature, 'Vente'), m.other_nature, 'nothing said')
      when d.dwellings is null then 'a sale without house or flat'
      when d.dwellings > 1 then 'a sale of several houses or flats'
      when m.has_premises then 'a sale with business premises'
      when m.price is null then 'a sale without price'
      when m.price <> m.other_price then 'a sale with several prices'
      when p.price is null then 'a sale whose price cannot be read'
      when p.price = 0 then 'a sale for nothing'
      when d.area is null or d.area = '0' then 'a sale without floor area'
      when a.area is null then 'a sale whose floor area cannot be read'
    end as left_out
  from mutation as m
  left join dwelling as d on d.mutation = m.mutation
  cross join lateral (
    select
      case
        when m.price ~ '^[0-9]{1,12}([.,][0-9]+)?$' then pg_catalog.replace(m.price, ',', '.')::numeric
      end as price
  ) as p
  cross join lateral (
    select
      case
        when d.area ~ '^[0-9]{1,7}([.,][0-9]+)?$' then nullif(pg_catalog.replace(d.area, ',', '.')::numeric, 0)
      end as area
  ) as a
),
by_commune as (
  select
    j.commune,
    j.year,
    pg_catalog.min(j.row_no) as row_no,
    pg_catalog.count(*) as sales,
    pg_catalog.count(*) filter (where j.kind = 'house') as houses,
    pg_catalog.count(*) filter (where j.kind = 'flat') as flats,
    pg_catalog.avg(j.price) as price,
    pg_catalog.avg(j.price / j.area) as price_m2,
    pg_catalog.avg(j.area) as area,
    pg_catalog.percentile_cont(0.5) within group (order by j.price::double precision) as median,
    pg_catalog.percentile_cont(0.5) within group (order by (j.price / j.area)::double precision) as median_m2
  from judged as j
  where j.left_out is null
  group by j.commune, j.year
)
select
  c.row_no,
  null::text as left_out,
  c.commune collate "default" as code_commune,
  c.year collate "default" as annee,
  c.sales::text as nb_mutations,
  c.houses::text as nb_maisons,
  c.flats::text as nb_apparts,
  pg_catalog.round(100.0 * c.houses / c.sales, 2)::text as part_maisons,
  pg_catalog.round(100.0 * c.flats / c.sales, 2)::text as part_apparts,
  pg_catalog.round(c.price, 2)::text as prix_moyen,
  pg_catalog.round(c.price_m2, 2)::text as prix_m2_moyen,
  pg_catalog.round(c.area, 2)::text as surface_moyenne,
  pg_catalog.round(c.median::numeric, 2)::text as prix_median,
  pg_catalog.round(c.median_m2::numeric, 2)::text as prix_m2_median,
  (c.sales < 11)::text as immo_weak,
  'dvf'::text as origine
from by_commune as c
union all
select
  n.row_no,
  coalesce(j.left_out, 'a further line of a sale already read') collate "default",
  null, null, null, null, null, null, null, null, null, null, null, null, null, null
from line as n
left join judged as j on j.row_no = n.row_no
where j.row_no is null
  or j.left_out is not null
