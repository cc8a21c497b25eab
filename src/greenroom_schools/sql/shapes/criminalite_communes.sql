-- The basket is disjoint (crime_indicateurs.panier): nested indicators would count a fact twice.
-- A rate is the published one, else the estimate that the file gives for unpublished communes of the département.
with rate as (
  select
    c.code_commune,
    c.annee,
    c.insee_pop,
    c.est_diffuse = 'diff' as is_published,
    coalesce(case when c.est_diffuse = 'diff' then c.taux_pour_mille end, c.complement_info_taux) as taux,
    f.taux_pour_mille as national
  from "educational_data".criminalite_2024 as c
  join "educational_data".crime_indicateurs as k on k.indicateur = c.indicateur and k.panier
  left join "educational_data".crime_indicateur_avg as f
    on f.code_departement = 'FR'
    and f.annee = c.annee
    and f.indicateur = c.indicateur
    and f.retired_at is null
  where c.retired_at is null
    and c.annee = (select max(m.annee) from "educational_data".criminalite_2024 as m where m.retired_at is null)
), score as (
  select
    r.code_commune,
    min(r.annee) as annee,
    max(r.insee_pop) as population,
    -- five times the national rate is the most one indicator may weigh: villages with three burglaries
    avg(least(r.taux / nullif(r.national, 0), 5)) as score,
    count(*) filter (where r.is_published)::double precision / count(*) as coverage,
    count(*) filter (where r.is_published) as published,
    coalesce(bool_or(not r.is_published and r.taux is not null), false) as is_estimated,
    count(r.taux) as known
  from rate as r
  group by r.code_commune
), fifth as (
  -- arrondissements are in their commune already
  select
    s.score,
    sum(s.population) over (order by s.score) / nullif(sum(s.population) over (), 0)::numeric as share
  from score as s
  where s.score is not null
    and s.population > 0
    and s.code_commune !~ '^(751[0-2][0-9]|6938[0-9]|132[01][0-9])$'
), bound as (
  select
    max(f.score) filter (where f.share <= 0.2) as b1,
    max(f.score) filter (where f.share <= 0.4) as b2,
    max(f.score) filter (where f.share <= 0.6) as b3,
    max(f.score) filter (where f.share <= 0.8) as b4
  from fifth as f
)
select
  row_number() over (order by s.code_commune) as row_no,
  s.code_commune,
  s.annee::text as annee,
  s.population::text as population,
  round(s.score::numeric, 4)::text as crime_score,
  case
    when s.published < 3 or s.score is null then null
    when s.score <= coalesce(b.b1, 0) then 'très faible'
    when s.score <= coalesce(b.b2, b.b1, 0) then 'faible'
    when s.score <= coalesce(b.b3, b.b2, b.b1, 0) then 'moyen'
    when s.score <= coalesce(b.b4, b.b3, b.b2, b.b1, 0) then 'élevé'
    else 'très élevé'
  end as crime_level,
  round(s.coverage::numeric, 4)::text as crime_coverage,
  s.is_estimated::text as crime_estimated,
  s.known::text as nb_indicateurs
from score as s
cross join bound as b
