-- The schools and communes that names in files are looked up in.

create view greenroom_schools.directory as
select distinct
  s.uai,
  s.niveau,
  s.kind,
  s.nom,
  s.code_commune,
  coalesce(greenroom_schools.departement_of_commune(s.code_commune), greenroom_schools.departement_of_uai(s.uai)) as code_departement
from (
  select l.uai, 'lycee' as niveau, l.type_de_lycee as kind, l.nom_de_l_etablissement as nom, l.code_insee_de_la_commune as code_commune
  from "educational_data".ips_lycees_years as l
  where l.retired_at is null
    and l.secteur = 'public'
  union all
  select c.uai, 'college', 'college', c.nom_de_l_etablissement, c.code_insee_de_la_commune
  from "educational_data".ips_colleges_years as c
  where c.retired_at is null
    and c.secteur = 'public'
  union all
  select
    e.uai,
    case when e.est_lycee then 'lycee' else 'college' end,
    greenroom_schools.school_kind(e.nom),
    e.nom,
    e.code_commune
  from "educational_data".etablissements_geolocalisation as e
  where e.retired_at is null
    and e.secteur = 'public'
    and (e.est_lycee or e.est_college)
) as s;
comment on view greenroom_schools.directory is
  'Public schools by every name they have had: only these have sectors.';

create view greenroom_schools.commune_names as
select
  n.code_commune,
  greenroom_schools.clean_street(n.nom) as words,
  greenroom_schools.departement_of_commune(n.code_commune) as code_departement
from (
  select l.code_insee_de_la_commune as code_commune, l.nom_de_la_commune as nom
  from "educational_data".ips_lycees_years as l
  union
  select c.code_insee_de_la_commune, c.nom_de_la_commune
  from "educational_data".ips_colleges_years as c
  union
  select i.code_commune, i.nom_commune
  from "educational_data".info_communes as i
  where i.retired_at is null
) as n
where n.code_commune is not null;
comment on view greenroom_schools.commune_names is 'Communes by name, as far as loaded tables name them.';

create function greenroom_schools.is_school(p_uai text)
returns boolean
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select exists (select from "educational_data".etablissements_geolocalisation as e where e.uai = p_uai and e.retired_at is null)
    or exists (select from "educational_data".ips_lycees_years as l where l.uai = p_uai and l.retired_at is null)
    or exists (select from "educational_data".ips_colleges_years as c where c.uai = p_uai and c.retired_at is null)
$$;
comment on function greenroom_schools.is_school(text) is 'Whether any loaded directory holds this UAI.';

create function greenroom_schools.knows_schools_of(p_niveau text, p_departement text)
returns boolean
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select case p_niveau
    when 'lycee' then exists (select from "educational_data".ips_lycees_years as l where l.code_du_departement = p_departement)
    else exists (select from "educational_data".ips_colleges_years as c where c.code_du_departement = p_departement)
  end
$$;
comment on function greenroom_schools.knows_schools_of(text, text) is
  'Whether schools of this level and département are loaded, so that an unknown one says something.';
