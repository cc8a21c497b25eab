-- Points that lie outside the area in which their projection is used: latitude and longitude were exchanged, or made
-- with the projection of another territory.
select
  b.unit_id,
  'warning' as severity,
  pg_catalog.format('%s: %s, %s is outside the area of %s', b.uai, b.latitude, b.longitude, b.epsg) as message,
  b.uai as row_key,
  b.position
from batch as b
join (
  values
    ('EPSG:2154', 41.0, 51.5, -5.5, 10.0),
    ('EPSG:32620', 14.0, 18.5, -63.5, -60.0),
    ('EPSG:4559', 14.0, 18.5, -63.5, -60.0),
    ('EPSG:5490', 14.0, 18.5, -63.5, -60.0),
    ('EPSG:2972', 2.0, 6.0, -55.0, -51.0),
    ('EPSG:2975', -21.6, -20.7, 55.0, 56.0),
    ('EPSG:32738', -13.2, -12.4, 44.8, 45.5),
    ('EPSG:4471', -13.2, -12.4, 44.8, 45.5),
    ('EPSG:32621', 46.5, 47.3, -56.6, -56.0),
    ('EPSG:4467', 46.5, 47.3, -56.6, -56.0)
) as area (epsg, south, north, west, east)
  on area.epsg = b.epsg
where b.latitude is not null
  and b.longitude is not null
  and not (b.latitude between area.south and area.north and b.longitude between area.west and area.east)
