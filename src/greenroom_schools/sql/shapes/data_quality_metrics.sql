-- Of the newest edition of each level and publisher: rows, rows on the map, and how sure.
with newest as (
  select s.code_departement, s.niveau, s.source, max(s.annee_scolaire) as annee_scolaire
  from "educational_data".sectorisation_segments as s
  where s.retired_at is null
  group by s.code_departement, s.niveau, s.source
), segment as (
  select
    s.code_departement,
    case
      when s.ewkb is not null then coalesce(s.match_score, 100)
      else g.similarity
    end as likeness
  from "educational_data".sectorisation_segments as s
  join newest as n using (code_departement, niveau, source, annee_scolaire)
  left join "educational_data".rues_geocodees as g
    on g.code_commune = s.code_commune
    and g.street_norm = s.street_norm
    and g.retired_at is null
    and g.longitude is not null
  where s.retired_at is null
)
select
  row_number() over (order by s.code_departement) as row_no,
  s.code_departement as department,
  count(*)::text as total_segments,
  count(s.likeness)::text as osm_matched,
  round(avg(s.likeness), 2)::text as match_confidence
from segment as s
group by s.code_departement
