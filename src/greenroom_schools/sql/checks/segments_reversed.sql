-- Ranges in which no number lies: the last before the first, or none of the side between them.
select
  b.unit_id,
  'warning' as severity,
  pg_catalog.format('%s: no number is in this range', b.segment) as message,
  b.segment as row_key,
  b.position
from batch as b
where greenroom_schools.place_number(b.number_to, b.letter_to) < greenroom_schools.place_number(b.number_from, b.letter_from)
  or b.side <> 'PI'
    and b.number_from = b.number_to
    and not greenroom_schools.on_side(b.number_from, b.side)
