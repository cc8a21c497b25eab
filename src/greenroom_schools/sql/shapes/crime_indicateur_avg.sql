-- Rates by département and for France, from sums: facts over inhabitants, or over dwellings for burglaries.
-- A mean of communal rates would leave out the half that is not published and weigh villages as cities.
with counted as (
  select
    c.code_departement,
    c.annee,
    c.indicateur,
    c.unite_de_compte,
    c.nombre,
    case when c.indicateur = 'Cambriolages de logement' then c.insee_log else c.insee_pop end as denominateur
  from "educational_data".criminalite_departements as c
  where c.retired_at is null
    and c.nombre is not null
),
placed as (
  select *
  from counted as c
  where c.denominateur is not null
  union all
  select
    'FR',
    c.annee,
    c.indicateur,
    c.unite_de_compte,
    c.nombre,
    c.denominateur
  from counted as c
  where c.denominateur is not null
),
summed as (
  select
    p.code_departement,
    p.annee,
    p.indicateur,
    pg_catalog.min(p.unite_de_compte) as unite_de_compte,
    pg_catalog.sum(p.nombre) as nombre,
    pg_catalog.sum(p.denominateur) as denominateur,
    pg_catalog.count(*) as nb_departements
  from placed as p
  group by p.code_departement, p.annee, p.indicateur
)
select
  pg_catalog.row_number() over (order by s.code_departement collate "C", s.annee, s.indicateur collate "C") as row_no,
  s.code_departement,
  s.annee::text as annee,
  s.indicateur,
  s.unite_de_compte,
  s.nombre::text as nombre,
  s.denominateur::text as denominateur,
  pg_catalog.round(1000.0 * s.nombre / nullif(s.denominateur, 0), 7)::text as taux_pour_mille,
  s.nb_departements::text as nb_departements
from summed as s
