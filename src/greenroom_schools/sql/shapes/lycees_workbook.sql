-- A sheet of the IVAL workbook. It names the département and gives no code: the commune says it.
select
  l.*,
  greenroom_schools.departement_of_commune(greenroom_schools.clean_commune(l.code_commune)) as code_departement
from pg_temp.landed as l
