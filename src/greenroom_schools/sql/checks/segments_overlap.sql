-- Two ranges of a street share numbers and name different schools, and neither lies inside the other (then the inner
-- one is an exception, and wins).
select
  a.unit_id,
  'warning' as severity,
  pg_catalog.format('%s and %s overlap: %s or %s', a.segment, b.segment, a.uais::text, b.uais::text) as message,
  a.segment as row_key,
  pg_catalog.concat_ws(' · ', a.position, b.position) as position
from batch as a
join batch as b
  on b.unit_id = a.unit_id
  and b.code_commune = a.code_commune
  and b.street_norm = a.street_norm
  and b.lieu_dit is not distinct from a.lieu_dit
  and b.segment > a.segment
where (a.uais, a.etablissements) is distinct from (b.uais, b.etablissements)
  and (a.side = b.side or 'PI' in (a.side, b.side))
  and greenroom_schools.place_number(a.number_from, a.letter_from) <= greenroom_schools.place_number(b.number_to, b.letter_to)
  and greenroom_schools.place_number(b.number_from, b.letter_from) <= greenroom_schools.place_number(a.number_to, a.letter_to)
  and not greenroom_schools.lies_inside(
    a.number_from, a.letter_from, a.number_to, a.letter_to, a.side, b.number_from, b.letter_from, b.number_to, b.letter_to, b.side
  )
  and not greenroom_schools.lies_inside(
    b.number_from, b.letter_from, b.number_to, b.letter_to, b.side, a.number_from, a.letter_from, a.number_to, a.letter_to, a.side
  )
