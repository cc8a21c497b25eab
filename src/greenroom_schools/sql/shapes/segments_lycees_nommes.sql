-- A table of a PDF: communes and schools by name. A school that is not found stays, with its name; the headers that
-- each page repeats are left out.
with line as (
  select
    l.row_no,
    l.annee_scolaire,
    nullif(btrim(l.commune), '') as commune_name,
    nullif(btrim(concat_ws(' ', nullif(btrim(l.type_de_voie), ''), nullif(btrim(l.libelle_de_voie), ''))), '') as rue,
    nullif(btrim(l.numero_debut), '') as number_from,
    nullif(btrim(l.indice_debut), '') as letter_from,
    nullif(btrim(l.numero_fin), '') as number_to,
    nullif(btrim(l.indice_fin), '') as letter_to,
    coalesce(greenroom_schools.clean_side(l.parite), nullif(btrim(l.parite), '')) as side,
    nullif(btrim(l.lycee), '') as lycee,
    coalesce(l.commune, l.libelle_de_voie, l.lycee) is null as is_empty,
    greenroom_schools.plain_words(l.libelle_de_voie) = 'LIBELLE DE VOIE' as is_header
  from pg_temp.landed as l
), school as materialized (
  -- LGT OZENNE - TOULOUSE: kind and name, then the city
  select
    n.lycee,
    regexp_replace(n.lycee, '\s+-\s+[^-]+$', '') as name,
    greenroom_schools.clean_street(substring(n.lycee from '\s-\s+([^-]+)$')) as city
  from (select distinct l.lycee from line as l where not l.is_header and l.lycee is not null) as n
), named_commune as materialized (
  select n.words, n.code_commune as code, n.code_departement
  from greenroom_schools.commune_names as n
), known as materialized (
  select d.uai, d.kind, c.words as city, greenroom_schools.school_words(d.nom) as words
  from greenroom_schools.directory as d
  join named_commune as c on c.code = d.code_commune
  where d.niveau = 'lycee'
    -- the names of schools are taken apart only where they are asked for
    and c.words in (select s.city from school as s)
), found as materialized (
  -- one school or none: a name that two schools have is not decided here, unless only one is of the very kind
  select
    s.lycee,
    case
      when count(distinct k.uai) filter (where k.kind = greenroom_schools.school_kind(s.name)) = 1 then
        min(k.uai) filter (where k.kind = greenroom_schools.school_kind(s.name))
      when count(distinct k.uai) = 1 then min(k.uai)
    end as uai
  from school as s
  left join known as k
    on k.words = greenroom_schools.school_words(s.name)
    and k.city = s.city
    and case greenroom_schools.school_kind(s.name)
      when 'LP' then k.kind = 'LP'
      when 'LEGT' then k.kind in ('LEGT', 'LPO', 'lycee')
      when 'LPO' then k.kind in ('LEGT', 'LPO', 'lycee')
      else true
    end
  group by s.lycee
), commune as materialized (
  -- a commune lies in the département of most of its schools that were found; else its name must be the only one
  select
    c.commune_name,
    coalesce(
      case when count(distinct n.code) filter (where n.code_departement = c.code_departement) = 1 then min(n.code) filter (where n.code_departement = c.code_departement) end,
      case when count(distinct n.code) = 1 then min(n.code) end
    ) as code
  from (
    select l.commune_name, mode() within group (order by greenroom_schools.departement_of_uai(f.uai)) as code_departement
    from line as l
    left join found as f on f.lycee = l.lycee
    where not l.is_header
    group by l.commune_name
  ) as c
  left join named_commune as n on n.words = greenroom_schools.clean_street(c.commune_name)
  group by c.commune_name
), place as (
  select
    l.*,
    c.code as commune,
    f.uai,
    greenroom_schools.clean_street(l.rue) as street,
    case
      when l.rue is not null and not l.is_header then
        greenroom_schools.segment_name(
          c.code, null, greenroom_schools.clean_street(l.rue), l.number_from, l.letter_from, l.number_to, l.letter_to, l.side
        )
    end as segment
  from line as l
  left join commune as c on c.commune_name = l.commune_name
  left join found as f on f.lycee = l.lycee
), sector as (
  select
    p.*,
    min(p.row_no) over (partition by p.annee_scolaire, coalesce(p.segment, p.row_no::text)) as first_row,
    row_number() over (
      partition by p.annee_scolaire, coalesce(p.segment, p.row_no::text), p.lycee order by p.row_no
    ) as nth_time
  from place as p
), schools as (
  select
    s.first_row,
    array_agg(s.uai order by s.row_no)::text as uais,
    array_agg(s.lycee order by s.row_no)::text as etablissements
  from sector as s
  where s.nth_time = 1
    and s.lycee is not null
  group by s.first_row
)
select
  s.row_no,
  greenroom_schools.departement_of_commune(s.commune) as code_departement,
  s.annee_scolaire,
  'lycee'::text as niveau,
  'academie_par_rue'::text as source,
  s.segment,
  s.commune as code_commune,
  s.commune_name as nom_commune,
  greenroom_schools.clean_street(s.commune_name) as commune_norm,
  s.rue as libelle_rue,
  s.street as street_norm,
  s.number_from,
  s.letter_from,
  s.number_to,
  s.letter_to,
  s.side,
  'false'::text as secteur_unique,
  c.uais,
  c.etablissements,
  case
    when s.is_empty then 'empty line'
    when s.is_header then 'header repeated on a page'
    when s.nth_time > 1 then 'the same line again'
    when s.row_no > s.first_row then 'another school of a sector: added to it'
  end as left_out
from sector as s
left join schools as c on c.first_row = s.row_no
