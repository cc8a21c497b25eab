-- Rates that their own count and denominator deny: columns were exchanged, or the unit of the rate changed.
select
  b.unit_id,
  'warning' as severity,
  pg_catalog.format('%s: %s facts are not %s per 1000 of %s', b.row_key, b.nombre, b.taux_pour_mille, d.denominateur)
    as message,
  b.row_key,
  b.position
from batch as b
cross join lateral (
  select case when b.indicateur = 'Cambriolages de logement' then b.insee_log else b.insee_pop end as denominateur
) as d
where pg_catalog.abs(b.taux_pour_mille - 1000.0 * b.nombre / nullif(d.denominateur, 0)) > 0.001
