-- A line is a range of numbers of a street, or a whole commune (secteur unique), and one school. Lines of one range
-- are one sector with several schools.
with line as (
  select
    l.row_no,
    l.code_departement,
    l.annee_scolaire,
    'college' as niveau,
    coalesce(greenroom_schools.clean_commune(l.code_insee), l.code_insee) as commune,
    l.libelle_commune,
    nullif(btrim(l.lieu_dit), '') as lieu_dit,
    nullif(btrim(l.type_et_libelle), '') as rue,
    case upper(btrim(l.secteur_unique)) when 'O' then 'true' when 'OUI' then 'true' when 'N' then 'false' when 'NON' then 'false' else lower(btrim(l.secteur_unique)) end as is_whole,
    nullif(regexp_replace(btrim(l.numero_debut), '[.,]0+$', ''), '') as number_from,
    nullif(btrim(l.indice_debut), '') as letter_from,
    nullif(regexp_replace(btrim(l.numero_fin), '[.,]0+$', ''), '') as number_to,
    nullif(btrim(l.indice_fin), '') as letter_to,
    coalesce(greenroom_schools.clean_side(l.parite), nullif(btrim(l.parite), '')) as side,
    -- what is no UAI stays to be seen in quarantine
    coalesce(greenroom_schools.clean_uai(l.code_rne), nullif(regexp_replace(l.code_rne, '[^A-Za-z0-9]', '', 'g'), ''), 'aucun') as uai,
    coalesce(l.code_departement, l.code_insee, l.code_rne) is null as is_empty
  from pg_temp.landed as l
), place as (
  select
    l.*,
    case when l.is_whole = 'true' then null else greenroom_schools.clean_street(l.rue) end as street,
    -- a street without numbers is the whole street
    case when l.number_from is null and l.number_to is null and l.rue is not null then '1' else l.number_from end as first_number,
    case when l.number_from is null and l.number_to is null and l.rue is not null then '9999' else l.number_to end as last_number
  from line as l
), named as (
  select
    p.*,
    case
      when p.is_whole = 'true' then greenroom_schools.segment_name(p.commune, p.lieu_dit, null, null, null, null, null, null)
      -- neither a street nor a whole commune: a line that says nothing goes to quarantine
      when p.street is not null then
        greenroom_schools.segment_name(p.commune, p.lieu_dit, p.street, p.first_number, p.letter_from, p.last_number, p.letter_to, coalesce(p.side, 'PI'))
    end as segment
  from place as p
), sector as (
  select
    n.*,
    min(n.row_no) over one_sector as first_row,
    row_number() over (
      partition by n.code_departement, n.annee_scolaire, n.niveau, coalesce(n.segment, n.row_no::text), n.uai
      order by n.row_no
    ) as nth_time
  from named as n
  window one_sector as (partition by n.code_departement, n.annee_scolaire, n.niveau, coalesce(n.segment, n.row_no::text))
), schools as (
  select s.first_row, array_agg(s.uai order by s.row_no)::text as uais
  from sector as s
  where s.nth_time = 1
  group by s.first_row
)
select
  s.row_no,
  s.code_departement,
  s.annee_scolaire,
  s.niveau,
  'carte_scolaire_colleges'::text as source,
  s.segment,
  s.commune as code_commune,
  s.libelle_commune as nom_commune,
  greenroom_schools.clean_street(s.libelle_commune) as commune_norm,
  s.lieu_dit,
  case when s.is_whole = 'true' then null else s.rue end as libelle_rue,
  s.street as street_norm,
  case when s.is_whole = 'true' then null else s.first_number end as number_from,
  case when s.is_whole = 'true' then null else s.letter_from end as letter_from,
  case when s.is_whole = 'true' then null else s.last_number end as number_to,
  case when s.is_whole = 'true' then null else s.letter_to end as letter_to,
  case when s.is_whole = 'true' then null else coalesce(s.side, 'PI') end as side,
  s.is_whole as secteur_unique,
  c.uais,
  case
    when s.is_empty then 'empty line'
    when s.nth_time > 1 then 'the same line again'
    when s.row_no > s.first_row then 'another school of a sector: added to it'
  end as left_out
from sector as s
left join schools as c on c.first_row = s.row_no
