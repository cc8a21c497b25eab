-- What production knows of communes and this list leaves empty: a poorer file must not blank it unseen.
select
  b.unit_id,
  'warning' as severity,
  pg_catalog.format(
    '%s would go blank for %s communes%s', c.name, pg_catalog.count(*),
    case c.name
      when 'population' then ': publish communes_population first'
      when 'codes_postaux' then ': publish communes_postales first'
      else ''
    end
  ) as message,
  null::text as row_key,
  null::text as position
from batch as b
join "educational_data".info_communes as p on p.code_commune = b.code_commune and p.retired_at is null
cross join lateral (
  values
    ('population', b.population is null and p.population is not null),
    ('codes_postaux', b.codes_postaux is null and p.codes_postaux is not null),
    ('code_region', b.code_region is null and p.code_region is not null),
    ('nom_departement', b.nom_departement is null and p.nom_departement is not null),
    ('nom_region', b.nom_region is null and p.nom_region is not null),
    ('siren', b.siren is null and p.siren is not null),
    ('latitude', b.latitude is null and p.latitude is not null)
) as c (name, is_lost)
where c.is_lost
group by b.unit_id, c.name
