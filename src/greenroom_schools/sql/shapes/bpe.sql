-- INSEE's inventory of facilities in its long form: a row for each place, type and measure, with every
-- level of geography and every total in one file. Kept: counts of communes and arrondissements, of the
-- types that make our eighteen services. A commune of the file that lacks a type has none of it: the
-- inventory is exhaustive.
with service (code, service) as (
  values
    ('A101', 'police_gendarmerie'),
    ('A104', 'police_gendarmerie'),
    ('A203', 'banque_caisse_epargne'),
    ('B104', 'grande_surface'),
    ('B105', 'grande_surface'),
    ('B201', 'superette_epicerie'),
    ('B202', 'superette_epicerie'),
    ('B207', 'boulangerie_patisserie'),
    ('C107', 'ecole_maternelle_primaire_elementaire'),
    ('C108', 'ecole_maternelle_primaire_elementaire'),
    ('C109', 'ecole_maternelle_primaire_elementaire'),
    ('C201', 'college'),
    ('D106', 'urgences'),
    ('C301', 'lycee'),
    ('C302', 'lycee'),
    ('C303', 'lycee'),
    ('D265', 'medecin_generaliste'),
    ('D277', 'chirurgien_dentiste'),
    ('D279', 'masseur_kinesitherapeute'),
    ('D281', 'infirmier'),
    ('D307', 'pharmacie'),
    ('D401', 'personnes_agees_hebergement'),
    ('D502', 'eaje_accueil_jeune_enfant'),
    ('F101', 'bassin_natation'),
    ('F121', 'salles_multisports')
),
line as materialized (
  select
    l.row_no,
    pg_catalog.btrim(l.geo) as geo,
    pg_catalog.btrim(l.time_period) as annee,
    pg_catalog.btrim(l.facility_type) as facility_type,
    pg_catalog.btrim(l.obs_value) as obs_value,
    case
      when l.geo_object is null or pg_catalog.btrim(l.geo_object) not in ('COM', 'ARM')
      then 'another level: ' || coalesce(nullif(pg_catalog.btrim(l.geo_object), ''), 'none')
      when pg_catalog.btrim(l.bpe_measure) <> 'FACILITIES'
      then 'another measure: ' || pg_catalog.btrim(l.bpe_measure)
      when l.facility_type is null or pg_catalog.btrim(l.facility_type) !~ '^[A-Z][0-9]{3}$'
      then 'a total'
      when not exists (select from service as s where s.code = pg_catalog.btrim(l.facility_type))
      then 'a facility of another type'
    end as left_out
  from pg_temp.landed as l
),
-- a place may have no facility of our types at all, and stands in the file all the same
place as (
  select
    l.geo,
    l.annee,
    pg_catalog.min(l.row_no) as row_no
  from line as l
  where l.left_out is null
    or l.left_out in ('a total', 'a facility of another type')
  group by l.geo, l.annee
),
counted as (
  -- the same count twice is one count; two different ones for one thing cannot be read
  select
    l.geo,
    l.annee,
    l.facility_type,
    case
      when pg_catalog.min(l.obs_value) is distinct from pg_catalog.max(l.obs_value)
      then pg_catalog.min(l.obs_value) || ' or ' || pg_catalog.max(l.obs_value)
      else coalesce(pg_catalog.min(l.obs_value), 'empty')
    end as value
  from line as l
  where l.left_out is null
  group by l.geo, l.annee, l.facility_type
),
summed as (
  select
    c.geo,
    c.annee,
    s.service,
    coalesce(
      pg_catalog.min(c.value) filter (where greenroom_schools.clean_number(c.value) is null),
      pg_catalog.sum(greenroom_schools.clean_number(c.value)::numeric)::text
    ) as value
  from counted as c
  join service as s on s.code = c.facility_type
  group by c.geo, c.annee, s.service
),
pivoted as (
  select
    s.geo,
    s.annee,
    pg_catalog.min(s.value) filter (where s.service = 'police_gendarmerie') as police_gendarmerie,
    pg_catalog.min(s.value) filter (where s.service = 'banque_caisse_epargne') as banque_caisse_epargne,
    pg_catalog.min(s.value) filter (where s.service = 'grande_surface') as grande_surface,
    pg_catalog.min(s.value) filter (where s.service = 'superette_epicerie') as superette_epicerie,
    pg_catalog.min(s.value) filter (where s.service = 'boulangerie_patisserie') as boulangerie_patisserie,
    pg_catalog.min(s.value) filter (
      where s.service = 'ecole_maternelle_primaire_elementaire'
    ) as ecole_maternelle_primaire_elementaire,
    pg_catalog.min(s.value) filter (where s.service = 'college') as college,
    pg_catalog.min(s.value) filter (where s.service = 'urgences') as urgences,
    pg_catalog.min(s.value) filter (where s.service = 'lycee') as lycee,
    pg_catalog.min(s.value) filter (where s.service = 'medecin_generaliste') as medecin_generaliste,
    pg_catalog.min(s.value) filter (where s.service = 'chirurgien_dentiste') as chirurgien_dentiste,
    pg_catalog.min(s.value) filter (where s.service = 'masseur_kinesitherapeute') as masseur_kinesitherapeute,
    pg_catalog.min(s.value) filter (where s.service = 'infirmier') as infirmier,
    pg_catalog.min(s.value) filter (where s.service = 'pharmacie') as pharmacie,
    pg_catalog.min(s.value) filter (where s.service = 'personnes_agees_hebergement') as personnes_agees_hebergement,
    pg_catalog.min(s.value) filter (where s.service = 'eaje_accueil_jeune_enfant') as eaje_accueil_jeune_enfant,
    pg_catalog.min(s.value) filter (where s.service = 'bassin_natation') as bassin_natation,
    pg_catalog.min(s.value) filter (where s.service = 'salles_multisports') as salles_multisports
  from summed as s
  group by s.geo, s.annee
)
select
  p.row_no,
  null::text as left_out,
  p.geo as code_commune,
  p.annee,
  'bpe'::text as origine,
  coalesce(v.police_gendarmerie, '0') as police_gendarmerie,
  coalesce(v.banque_caisse_epargne, '0') as banque_caisse_epargne,
  coalesce(v.grande_surface, '0') as grande_surface,
  coalesce(v.superette_epicerie, '0') as superette_epicerie,
  coalesce(v.boulangerie_patisserie, '0') as boulangerie_patisserie,
  coalesce(v.ecole_maternelle_primaire_elementaire, '0') as ecole_maternelle_primaire_elementaire,
  coalesce(v.college, '0') as college,
  coalesce(v.urgences, '0') as urgences,
  coalesce(v.lycee, '0') as lycee,
  coalesce(v.medecin_generaliste, '0') as medecin_generaliste,
  coalesce(v.chirurgien_dentiste, '0') as chirurgien_dentiste,
  coalesce(v.masseur_kinesitherapeute, '0') as masseur_kinesitherapeute,
  coalesce(v.infirmier, '0') as infirmier,
  coalesce(v.pharmacie, '0') as pharmacie,
  coalesce(v.personnes_agees_hebergement, '0') as personnes_agees_hebergement,
  coalesce(v.eaje_accueil_jeune_enfant, '0') as eaje_accueil_jeune_enfant,
  coalesce(v.bassin_natation, '0') as bassin_natation,
  coalesce(v.salles_multisports, '0') as salles_multisports
from place as p
left join pivoted as v on v.geo = p.geo and v.annee = p.annee
union all
select
  l.row_no,
  l.left_out,
  null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null
from line as l
where l.left_out is not null
