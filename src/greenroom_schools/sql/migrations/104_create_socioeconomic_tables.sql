-- The socio-economic context of communes: services, recorded crime, sales of homes, census, incomes.
-- Tables with a year in their key hold several; a reader takes the newest of each.

create schema if not exists "educational_data";

-- What each indicator of recorded crime counts and which contains which: published in no file.
create table "educational_data".crime_indicateurs (
  indicateur text primary key,
  unite_de_compte text not null,
  denominateur text not null check (denominateur in ('insee_pop', 'insee_log')),
  contenu_dans text references "educational_data".crime_indicateurs (indicateur),
  panier boolean not null,
  libelles text[] not null
);
comment on table "educational_data".crime_indicateurs is
  'Indicators of recorded crime (SSMSI). Add up only those with panier: they do not contain each other.';
comment on column "educational_data".crime_indicateurs.indicateur is 'name since the releases of 2025';
comment on column "educational_data".crime_indicateurs.unite_de_compte is 'what is counted; different units do not add up to facts';
comment on column "educational_data".crime_indicateurs.denominateur is 'column of the files by which its rate is made';
comment on column "educational_data".crime_indicateurs.contenu_dans is 'the indicator that counts the same facts already; null = none';
comment on column "educational_data".crime_indicateurs.panier is 'in the basket of a commune''s level of crime: disjoint, and neither police activity (drugs) nor the victim''s address (fraud)';
comment on column "educational_data".crime_indicateurs.libelles is 'spellings of other releases that are read as this one';
create index crime_indicateurs_contenu_dans on "educational_data".crime_indicateurs (contenu_dans);

insert into "educational_data".crime_indicateurs
  (indicateur, unite_de_compte, denominateur, contenu_dans, panier, libelles)
values
  ('Homicides', 'Victime', 'insee_pop', null, false, '{}'),
  ('Tentatives d''homicide', 'Victime', 'insee_pop', null, false, '{}'),
  ('Coups et blessures volontaires', 'Victime', 'insee_pop', null, false, '{}'),
  ('Violences physiques intrafamiliales', 'Victime', 'insee_pop', 'Coups et blessures volontaires', true, '{Coups et blessures volontaires intrafamiliaux}'),
  ('Violences physiques hors cadre familial', 'Victime', 'insee_pop', 'Coups et blessures volontaires', true, '{Autres coups et blessures volontaires}'),
  ('Violences sexuelles', 'Victime', 'insee_pop', null, true, '{}'),
  ('Vols avec armes', 'Infraction', 'insee_pop', null, true, '{"Vols avec armes (armes à feu, armes blanches ou par destination)"}'),
  ('Vols violents sans arme', 'Infraction', 'insee_pop', null, true, '{}'),
  ('Vols sans violence contre des personnes', 'Victime entendue', 'insee_pop', null, true, '{}'),
  ('Cambriolages de logement', 'Infraction', 'insee_log', null, true, '{}'),
  ('Vols de véhicule', 'Véhicule', 'insee_pop', null, true, '{Vols de véhicules,"Vols de véhicules (automobiles ou deux-roues motorisés)"}'),
  ('Vols dans les véhicules', 'Véhicule', 'insee_pop', null, true, '{}'),
  ('Vols d''accessoires sur véhicules', 'Véhicule', 'insee_pop', null, true, '{"Vols d''accessoires sur véhicule"}'),
  ('Destructions et dégradations volontaires', 'Infraction', 'insee_pop', null, true, '{}'),
  ('Usage de stupéfiants', 'Mis en cause', 'insee_pop', null, false, '{}'),
  ('Usage de stupéfiants (AFD)', 'Mis en cause', 'insee_pop', 'Usage de stupéfiants', false, '{}'),
  ('Usage de stupéfiants (hors AFD)', 'Mis en cause', 'insee_pop', 'Usage de stupéfiants', false, '{}'),
  ('Trafic de stupéfiants', 'Mis en cause', 'insee_pop', null, false, '{}'),
  ('Escroqueries et fraudes aux moyens de paiement', 'Victime', 'insee_pop', null, false, '{Escroqueries}');


-- "educational_data".commerce_sante_2024, from its declaration.
create table "educational_data".commerce_sante_2024 (
  code_commune text not null,
  commune text,
  annee integer not null,
  police_gendarmerie integer,
  banque_caisse_epargne integer,
  grande_surface integer,
  superette_epicerie integer,
  boulangerie_patisserie integer,
  ecole_maternelle_primaire_elementaire integer,
  college integer,
  urgences integer,
  lycee integer,
  medecin_generaliste integer,
  chirurgien_dentiste integer,
  masseur_kinesitherapeute integer,
  infirmier integer,
  pharmacie integer,
  personnes_agees_hebergement integer,
  eaje_accueil_jeune_enfant integer,
  bassin_natation integer,
  salles_multisports integer,
  origine text,
  withheld_why text[],
  withheld text[],
  retired_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  release_id bigint,
  primary key (code_commune, annee)
);
comment on table "educational_data".commerce_sante_2024 is 'Number of eighteen everyday services in each commune. Source: INSEE, base permanente des équipements.';
comment on column "educational_data".commerce_sante_2024.code_commune is 'INSEE code of the commune, five characters';
comment on column "educational_data".commerce_sante_2024.commune is 'name of the commune, where the file has it';
comment on column "educational_data".commerce_sante_2024.annee is 'year the values are of';
comment on column "educational_data".commerce_sante_2024.police_gendarmerie is 'facilities of type A101 police, A104 gendarmerie; null = not known, 0 = none';
comment on column "educational_data".commerce_sante_2024.banque_caisse_epargne is 'facilities of type A203 bank; null = not known, 0 = none';
comment on column "educational_data".commerce_sante_2024.grande_surface is 'facilities of type B104 hypermarket, B105 supermarket; null = not known, 0 = none';
comment on column "educational_data".commerce_sante_2024.superette_epicerie is 'facilities of type B201 supérette, B202 grocery; null = not known, 0 = none';
comment on column "educational_data".commerce_sante_2024.boulangerie_patisserie is 'facilities of type B207 bakery; null = not known, 0 = none';
comment on column "educational_data".commerce_sante_2024.ecole_maternelle_primaire_elementaire is 'facilities of type C107, C108, C109 schools up to eleven; null = not known, 0 = none';
comment on column "educational_data".commerce_sante_2024.college is 'facilities of type C201 collège; null = not known, 0 = none';
comment on column "educational_data".commerce_sante_2024.urgences is 'facilities of type D106 emergency service; null = not known, 0 = none';
comment on column "educational_data".commerce_sante_2024.lycee is 'facilities of type C301, C302, C303 lycée; null = not known, 0 = none';
comment on column "educational_data".commerce_sante_2024.medecin_generaliste is 'facilities of type D265 general practitioner; null = not known, 0 = none';
comment on column "educational_data".commerce_sante_2024.chirurgien_dentiste is 'facilities of type D277 dentist; null = not known, 0 = none';
comment on column "educational_data".commerce_sante_2024.masseur_kinesitherapeute is 'facilities of type D279 physiotherapist; null = not known, 0 = none';
comment on column "educational_data".commerce_sante_2024.infirmier is 'facilities of type D281 nurse; null = not known, 0 = none';
comment on column "educational_data".commerce_sante_2024.pharmacie is 'facilities of type D307 pharmacy; null = not known, 0 = none';
comment on column "educational_data".commerce_sante_2024.personnes_agees_hebergement is 'facilities of type D401 home for the aged; null = not known, 0 = none';
comment on column "educational_data".commerce_sante_2024.eaje_accueil_jeune_enfant is 'facilities of type D502 day nursery; null = not known, 0 = none';
comment on column "educational_data".commerce_sante_2024.bassin_natation is 'facilities of type F101 swimming pool; null = not known, 0 = none';
comment on column "educational_data".commerce_sante_2024.salles_multisports is 'facilities of type F121 sports hall; null = not known, 0 = none';
comment on column "educational_data".commerce_sante_2024.origine is 'which kind of file the row comes from: statistiques_locales, rp (census), bpe';
comment on column "educational_data".commerce_sante_2024.withheld_why is 'why a value is withheld, as the file says it: `college: secret statistique`';
comment on column "educational_data".commerce_sante_2024.withheld is 'columns whose value the ministry withheld in this row; filled by the seal';
comment on column "educational_data".commerce_sante_2024.retired_at is 'since when no file names this row; null = current';
comment on column "educational_data".commerce_sante_2024.created_at is 'when the row was first published here';
comment on column "educational_data".commerce_sante_2024.updated_at is 'when a release last changed it';
comment on column "educational_data".commerce_sante_2024.release_id is 'the release that last changed it';
create index commerce_sante_2024_newest on "educational_data".commerce_sante_2024 (code_commune, annee desc);

-- "educational_data".criminalite_2024, from its declaration.
create table "educational_data".criminalite_2024 (
  code_commune text not null,
  annee integer not null,
  indicateur text not null,
  geographie integer not null,
  unite_de_compte text,
  nombre integer,
  taux_pour_mille numeric,
  est_diffuse text,
  insee_pop integer,
  insee_pop_millesime integer,
  insee_log integer,
  insee_log_millesime integer,
  complement_info_nombre numeric,
  complement_info_taux numeric,
  retired_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  release_id bigint,
  primary key (code_commune, annee, indicateur)
);
comment on table "educational_data".criminalite_2024 is 'Recorded crime by commune, year and indicator, in one geography. Source: SSMSI, data.gouv.fr.';
comment on column "educational_data".criminalite_2024.code_commune is 'INSEE code in the geography of the release; Paris, Lyon, Marseille and their arrondissements both';
comment on column "educational_data".criminalite_2024.annee is 'year the values are of';
comment on column "educational_data".criminalite_2024.indicateur is 'kind of crime, one name through all releases; see crime_indicateurs for which contain which';
comment on column "educational_data".criminalite_2024.geographie is 'year of the map of communes; a release gives all years in one map';
comment on column "educational_data".criminalite_2024.unite_de_compte is 'what is counted: Victime, Infraction, Véhicule, Mis en cause, Victime entendue; they do not add up';
comment on column "educational_data".criminalite_2024.nombre is 'facts recorded; null where est_diffuse is ndiff';
comment on column "educational_data".criminalite_2024.taux_pour_mille is 'per 1000 inhabitants; of burglaries, per 1000 dwellings';
comment on column "educational_data".criminalite_2024.est_diffuse is 'diff: published, since more than five facts in three successive years; ndiff: not, see complement_*';
comment on column "educational_data".criminalite_2024.insee_pop is 'inhabitants';
comment on column "educational_data".criminalite_2024.insee_pop_millesime is 'year of insee_pop';
comment on column "educational_data".criminalite_2024.insee_log is 'dwellings';
comment on column "educational_data".criminalite_2024.insee_log_millesime is 'year of insee_log';
comment on column "educational_data".criminalite_2024.complement_info_nombre is 'mean over the unpublished communes of the département: an estimate';
comment on column "educational_data".criminalite_2024.complement_info_taux is 'their mean rate per 1000: an estimate, never a count';
comment on column "educational_data".criminalite_2024.retired_at is 'since when no file names this row; null = current';
comment on column "educational_data".criminalite_2024.created_at is 'when the row was first published here';
comment on column "educational_data".criminalite_2024.updated_at is 'when a release last changed it';
comment on column "educational_data".criminalite_2024.release_id is 'the release that last changed it';
create index criminalite_2024_year on "educational_data".criminalite_2024 (annee, indicateur);

-- "educational_data".criminalite_departements, from its declaration.
create table "educational_data".criminalite_departements (
  code_departement text not null,
  annee integer not null,
  indicateur text not null,
  code_region text,
  unite_de_compte text,
  nombre integer,
  taux_pour_mille numeric,
  insee_pop integer,
  insee_pop_millesime integer,
  insee_log integer,
  insee_log_millesime integer,
  retired_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  release_id bigint,
  primary key (code_departement, annee, indicateur)
);
comment on table "educational_data".criminalite_departements is 'Recorded crime by département, year and indicator, since 2016. Source: SSMSI, data.gouv.fr.';
comment on column "educational_data".criminalite_departements.code_departement is '01, 2A, 971; a zero lost in a spreadsheet is put back';
comment on column "educational_data".criminalite_departements.annee is 'year of the facts';
comment on column "educational_data".criminalite_departements.indicateur is 'kind of crime, one name through all releases; see crime_indicateurs for which contain which';
comment on column "educational_data".criminalite_departements.code_region is 'INSEE code of the region, 01 to 94';
comment on column "educational_data".criminalite_departements.unite_de_compte is 'what is counted: Victime, Infraction, Véhicule, Mis en cause, Victime entendue; they do not add up';
comment on column "educational_data".criminalite_departements.nombre is 'facts recorded';
comment on column "educational_data".criminalite_departements.taux_pour_mille is 'per 1000 inhabitants; of burglaries, per 1000 dwellings';
comment on column "educational_data".criminalite_departements.insee_pop is 'inhabitants';
comment on column "educational_data".criminalite_departements.insee_pop_millesime is 'year of insee_pop';
comment on column "educational_data".criminalite_departements.insee_log is 'dwellings';
comment on column "educational_data".criminalite_departements.insee_log_millesime is 'year of insee_log';
comment on column "educational_data".criminalite_departements.retired_at is 'since when no file names this row; null = current';
comment on column "educational_data".criminalite_departements.created_at is 'when the row was first published here';
comment on column "educational_data".criminalite_departements.updated_at is 'when a release last changed it';
comment on column "educational_data".criminalite_departements.release_id is 'the release that last changed it';

-- "educational_data".crime_indicateur_avg, from its declaration.
create table "educational_data".crime_indicateur_avg (
  code_departement text not null,
  annee integer not null,
  indicateur text not null,
  unite_de_compte text,
  nombre bigint,
  denominateur bigint,
  taux_pour_mille numeric,
  nb_departements integer,
  retired_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  release_id bigint,
  primary key (code_departement, annee, indicateur)
);
comment on table "educational_data".crime_indicateur_avg is 'Rate of each indicator by département and for France: sum of facts over sum of inhabitants or dwellings.';
comment on column "educational_data".crime_indicateur_avg.code_departement is '01, 2A, 971 …, and FR for all départements of the file';
comment on column "educational_data".crime_indicateur_avg.annee is 'year of the facts';
comment on column "educational_data".crime_indicateur_avg.indicateur is 'as in criminalite_departements';
comment on column "educational_data".crime_indicateur_avg.unite_de_compte is 'what is counted';
comment on column "educational_data".crime_indicateur_avg.nombre is 'facts recorded';
comment on column "educational_data".crime_indicateur_avg.denominateur is 'inhabitants; of burglaries, dwellings';
comment on column "educational_data".crime_indicateur_avg.taux_pour_mille is '1000 * nombre / denominateur';
comment on column "educational_data".crime_indicateur_avg.nb_departements is 'départements behind the row; 101 for the whole of France';
comment on column "educational_data".crime_indicateur_avg.retired_at is 'since when no file names this row; null = current';
comment on column "educational_data".crime_indicateur_avg.created_at is 'when the row was first published here';
comment on column "educational_data".crime_indicateur_avg.updated_at is 'when a release last changed it';
comment on column "educational_data".crime_indicateur_avg.release_id is 'the release that last changed it';
create index crime_indicateur_avg_indicator on "educational_data".crime_indicateur_avg (indicateur, annee desc);

-- "educational_data".mutations_immo, from its declaration.
create table "educational_data".mutations_immo (
  code_commune text not null,
  annee integer not null,
  nb_mutations integer,
  nb_maisons integer,
  nb_apparts integer,
  part_maisons numeric(5,2),
  part_apparts numeric(5,2),
  prix_moyen numeric(14,2),
  prix_m2_moyen numeric(14,2),
  surface_moyenne numeric(10,2),
  prix_median numeric(14,2),
  prix_m2_median numeric(14,2),
  immo_weak boolean,
  origine text,
  withheld text[],
  retired_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  release_id bigint,
  primary key (code_commune, annee)
);
comment on table "educational_data".mutations_immo is 'Sales of one house or flat by commune and year, with prices. Sources: DVF (DGFiP, Etalab); B. Mericskay.';
comment on column "educational_data".mutations_immo.code_commune is 'INSEE code; Paris, Lyon, Marseille are whole in the yearly aggregate, arrondissements in DVF';
comment on column "educational_data".mutations_immo.annee is 'year the values are of';
comment on column "educational_data".mutations_immo.nb_mutations is 'sales of one house or one flat: the n behind every mean of the row';
comment on column "educational_data".mutations_immo.nb_maisons is 'of them houses';
comment on column "educational_data".mutations_immo.nb_apparts is 'of them flats';
comment on column "educational_data".mutations_immo.part_maisons is 'houses among the sales, per cent; computed from the counts, never read';
comment on column "educational_data".mutations_immo.part_apparts is 'flats among the sales, per cent; computed from the counts, never read';
comment on column "educational_data".mutations_immo.prix_moyen is 'mean price, euros';
comment on column "educational_data".mutations_immo.prix_m2_moyen is 'mean of the prices per square metre, euros';
comment on column "educational_data".mutations_immo.surface_moyenne is 'mean floor area, square metres';
comment on column "educational_data".mutations_immo.prix_median is 'median price, euros; null where the file has only means';
comment on column "educational_data".mutations_immo.prix_m2_median is 'median price per square metre, euros; null where the file has only means';
comment on column "educational_data".mutations_immo.immo_weak is 'fewer than 11 sales: the means say little';
comment on column "educational_data".mutations_immo.origine is 'which kind of file the row comes from: statistiques_locales, rp (census), bpe';
comment on column "educational_data".mutations_immo.withheld is 'columns whose value the ministry withheld in this row; filled by the seal';
comment on column "educational_data".mutations_immo.retired_at is 'since when no file names this row; null = current';
comment on column "educational_data".mutations_immo.created_at is 'when the row was first published here';
comment on column "educational_data".mutations_immo.updated_at is 'when a release last changed it';
comment on column "educational_data".mutations_immo.release_id is 'the release that last changed it';
create index mutations_immo_newest on "educational_data".mutations_immo (code_commune, annee desc);

-- "educational_data".mutations_immo_latest, from its declaration.
create table "educational_data".mutations_immo_latest (
  code_commune text not null,
  annee integer not null,
  nb_mutations integer,
  nb_maisons integer,
  nb_apparts integer,
  part_maisons numeric(5,2),
  part_apparts numeric(5,2),
  prix_moyen numeric(14,2),
  prix_m2_moyen numeric(14,2),
  surface_moyenne numeric(10,2),
  prix_median numeric(14,2),
  prix_m2_median numeric(14,2),
  immo_weak boolean,
  origine text,
  withheld text[],
  retired_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  release_id bigint,
  primary key (code_commune)
);
comment on table "educational_data".mutations_immo_latest is 'Sales of one house or flat by commune, newest complete year.';
comment on column "educational_data".mutations_immo_latest.code_commune is 'INSEE code; Paris, Lyon, Marseille are whole in the yearly aggregate, arrondissements in DVF';
comment on column "educational_data".mutations_immo_latest.annee is 'year the values are of';
comment on column "educational_data".mutations_immo_latest.nb_mutations is 'sales of one house or one flat: the n behind every mean of the row';
comment on column "educational_data".mutations_immo_latest.nb_maisons is 'of them houses';
comment on column "educational_data".mutations_immo_latest.nb_apparts is 'of them flats';
comment on column "educational_data".mutations_immo_latest.part_maisons is 'houses among the sales, per cent; computed from the counts, never read';
comment on column "educational_data".mutations_immo_latest.part_apparts is 'flats among the sales, per cent; computed from the counts, never read';
comment on column "educational_data".mutations_immo_latest.prix_moyen is 'mean price, euros';
comment on column "educational_data".mutations_immo_latest.prix_m2_moyen is 'mean of the prices per square metre, euros';
comment on column "educational_data".mutations_immo_latest.surface_moyenne is 'mean floor area, square metres';
comment on column "educational_data".mutations_immo_latest.prix_median is 'median price, euros; null where the file has only means';
comment on column "educational_data".mutations_immo_latest.prix_m2_median is 'median price per square metre, euros; null where the file has only means';
comment on column "educational_data".mutations_immo_latest.immo_weak is 'fewer than 11 sales: the means say little';
comment on column "educational_data".mutations_immo_latest.origine is 'which kind of file the row comes from: statistiques_locales, rp (census), bpe';
comment on column "educational_data".mutations_immo_latest.withheld is 'columns whose value the ministry withheld in this row; filled by the seal';
comment on column "educational_data".mutations_immo_latest.retired_at is 'since when no file names this row; null = current';
comment on column "educational_data".mutations_immo_latest.created_at is 'when the row was first published here';
comment on column "educational_data".mutations_immo_latest.updated_at is 'when a release last changed it';
comment on column "educational_data".mutations_immo_latest.release_id is 'the release that last changed it';

-- "educational_data".niveau_education_2021, from its declaration.
create table "educational_data".niveau_education_2021 (
  code_commune text not null,
  commune text,
  annee integer not null,
  non_scolarises_15_plus numeric(12,2),
  part_sans_diplome numeric(5,2),
  part_brevet numeric(5,2),
  part_cap_bep numeric(5,2),
  part_bac numeric(5,2),
  part_bac_plus_2 numeric(5,2),
  part_bac_plus_3_4 numeric(5,2),
  part_bac_plus_5 numeric(5,2),
  origine text,
  withheld_why text[],
  withheld text[],
  retired_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  release_id bigint,
  primary key (code_commune, annee)
);
comment on table "educational_data".niveau_education_2021 is 'Highest diploma of people of 15 and over who left school, by commune. Source: INSEE, census.';
comment on column "educational_data".niveau_education_2021.code_commune is 'INSEE code of the commune, five characters';
comment on column "educational_data".niveau_education_2021.commune is 'name of the commune, where the file has it';
comment on column "educational_data".niveau_education_2021.annee is 'year the values are of';
comment on column "educational_data".niveau_education_2021.non_scolarises_15_plus is 'people of 15 and over who are not at school: P_NSCOL15P; the whole of the shares';
comment on column "educational_data".niveau_education_2021.part_sans_diplome is 'no diploma, or that of primary school: P_NSCOL15P_DIPLMIN / P_NSCOL15P, in per cent';
comment on column "educational_data".niveau_education_2021.part_brevet is 'brevet: P_NSCOL15P_BEPC / P_NSCOL15P, in per cent';
comment on column "educational_data".niveau_education_2021.part_cap_bep is 'CAP or BEP: P_NSCOL15P_CAPBEP / P_NSCOL15P, in per cent';
comment on column "educational_data".niveau_education_2021.part_bac is 'baccalauréat: P_NSCOL15P_BAC / P_NSCOL15P, in per cent';
comment on column "educational_data".niveau_education_2021.part_bac_plus_2 is 'two years after the baccalauréat: P_NSCOL15P_SUP2 / P_NSCOL15P, in per cent';
comment on column "educational_data".niveau_education_2021.part_bac_plus_3_4 is 'three or four years after it: P_NSCOL15P_SUP34 / P_NSCOL15P, in per cent';
comment on column "educational_data".niveau_education_2021.part_bac_plus_5 is 'five years or more after it: P_NSCOL15P_SUP5 / P_NSCOL15P, in per cent';
comment on column "educational_data".niveau_education_2021.origine is 'which kind of file the row comes from: statistiques_locales, rp (census), bpe';
comment on column "educational_data".niveau_education_2021.withheld_why is 'why a value is withheld, as the file says it: `college: secret statistique`';
comment on column "educational_data".niveau_education_2021.withheld is 'columns whose value the ministry withheld in this row; filled by the seal';
comment on column "educational_data".niveau_education_2021.retired_at is 'since when no file names this row; null = current';
comment on column "educational_data".niveau_education_2021.created_at is 'when the row was first published here';
comment on column "educational_data".niveau_education_2021.updated_at is 'when a release last changed it';
comment on column "educational_data".niveau_education_2021.release_id is 'the release that last changed it';
create index niveau_education_2021_newest on "educational_data".niveau_education_2021 (code_commune, annee desc);

-- "educational_data".population_evolution_age, from its declaration.
create table "educational_data".population_evolution_age (
  code_commune text not null,
  commune text,
  annee integer not null,
  population numeric(12,2),
  densite numeric(10,2),
  evolution_annuelle numeric(7,2),
  part_moins_15 numeric(5,2),
  part_moins_25 numeric(5,2),
  part_25_64 numeric(5,2),
  part_65_plus numeric(5,2),
  part_75_plus numeric(5,2),
  part_80_plus numeric(5,2),
  part_cadres_residents numeric(5,2),
  part_ouvriers_residents numeric(5,2),
  origine text,
  withheld_why text[],
  withheld text[],
  retired_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  release_id bigint,
  primary key (code_commune, annee)
);
comment on table "educational_data".population_evolution_age is 'Inhabitants by commune, their ages and occupations. Source: INSEE, census.';
comment on column "educational_data".population_evolution_age.code_commune is 'INSEE code of the commune, five characters';
comment on column "educational_data".population_evolution_age.commune is 'name of the commune, where the file has it';
comment on column "educational_data".population_evolution_age.annee is 'year the values are of';
comment on column "educational_data".population_evolution_age.population is 'inhabitants: P_POP';
comment on column "educational_data".population_evolution_age.densite is 'inhabitants per square kilometre; the export only; null from the census file';
comment on column "educational_data".population_evolution_age.evolution_annuelle is 'mean change of the population a year, per cent, may be negative; the export only; null from the census file';
comment on column "educational_data".population_evolution_age.part_moins_15 is 'under 15: P_POP0014 / P_POP, in per cent';
comment on column "educational_data".population_evolution_age.part_moins_25 is 'under 25; the export only; null from the census file, in per cent';
comment on column "educational_data".population_evolution_age.part_25_64 is '25 to 64; the export only; null from the census file, in per cent';
comment on column "educational_data".population_evolution_age.part_65_plus is '65 and over: (P_H65P + P_F65P) / P_POP, in per cent';
comment on column "educational_data".population_evolution_age.part_75_plus is '75 and over: (P_POP7589 + P_POP90P) / P_POP, in per cent';
comment on column "educational_data".population_evolution_age.part_80_plus is '80 and over; the export only; null from the census file, in per cent';
comment on column "educational_data".population_evolution_age.part_cadres_residents is 'executives and professionals among residents of 15 and over: C_POP15P_CS3 / C_POP15P, in per cent';
comment on column "educational_data".population_evolution_age.part_ouvriers_residents is 'manual workers among residents of 15 and over: C_POP15P_CS6 / C_POP15P, in per cent';
comment on column "educational_data".population_evolution_age.origine is 'which kind of file the row comes from: statistiques_locales, rp (census), bpe';
comment on column "educational_data".population_evolution_age.withheld_why is 'why a value is withheld, as the file says it: `college: secret statistique`';
comment on column "educational_data".population_evolution_age.withheld is 'columns whose value the ministry withheld in this row; filled by the seal';
comment on column "educational_data".population_evolution_age.retired_at is 'since when no file names this row; null = current';
comment on column "educational_data".population_evolution_age.created_at is 'when the row was first published here';
comment on column "educational_data".population_evolution_age.updated_at is 'when a release last changed it';
comment on column "educational_data".population_evolution_age.release_id is 'the release that last changed it';
create index population_evolution_age_newest on "educational_data".population_evolution_age (code_commune, annee desc);

-- "educational_data".logement_2021, from its declaration.
create table "educational_data".logement_2021 (
  code_commune text not null,
  commune text,
  annee integer not null,
  logements numeric(12,2),
  residences_principales numeric(12,2),
  part_residences_principales numeric(5,2),
  part_residences_secondaires numeric(5,2),
  part_vacants numeric(5,2),
  part_maisons numeric(5,2),
  part_appartements numeric(5,2),
  part_proprietaires numeric(5,2),
  part_locataires numeric(5,2),
  part_hlm numeric(5,2),
  part_suroccupation numeric(5,2),
  taille_menages numeric(5,2),
  origine text,
  withheld_why text[],
  withheld text[],
  retired_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  release_id bigint,
  primary key (code_commune, annee)
);
comment on table "educational_data".logement_2021 is 'Dwellings by commune and how they are held. Source: INSEE, census.';
comment on column "educational_data".logement_2021.code_commune is 'INSEE code of the commune, five characters';
comment on column "educational_data".logement_2021.commune is 'name of the commune, where the file has it';
comment on column "educational_data".logement_2021.annee is 'year the values are of';
comment on column "educational_data".logement_2021.logements is 'dwellings: P_LOG';
comment on column "educational_data".logement_2021.residences_principales is 'main homes: P_RP';
comment on column "educational_data".logement_2021.part_residences_principales is 'main homes: P_RP / P_LOG, in per cent';
comment on column "educational_data".logement_2021.part_residences_secondaires is 'second and occasional homes: P_RSECOCC / P_LOG, in per cent';
comment on column "educational_data".logement_2021.part_vacants is 'empty dwellings: P_LOGVAC / P_LOG, in per cent';
comment on column "educational_data".logement_2021.part_maisons is 'houses: P_MAISON / P_LOG, in per cent';
comment on column "educational_data".logement_2021.part_appartements is 'flats: P_APPART / P_LOG, in per cent';
comment on column "educational_data".logement_2021.part_proprietaires is 'owned main homes: P_RP_PROP / P_RP, in per cent';
comment on column "educational_data".logement_2021.part_locataires is 'rented main homes: P_RP_LOC / P_RP, in per cent';
comment on column "educational_data".logement_2021.part_hlm is 'main homes rented as social housing: P_RP_LOCHLMV / P_RP, in per cent';
comment on column "educational_data".logement_2021.part_suroccupation is 'main homes two rooms too small; the export only, in per cent';
comment on column "educational_data".logement_2021.taille_menages is 'people per main home: P_NPER_RP / P_RP';
comment on column "educational_data".logement_2021.origine is 'which kind of file the row comes from: statistiques_locales, rp (census), bpe';
comment on column "educational_data".logement_2021.withheld_why is 'why a value is withheld, as the file says it: `college: secret statistique`';
comment on column "educational_data".logement_2021.withheld is 'columns whose value the ministry withheld in this row; filled by the seal';
comment on column "educational_data".logement_2021.retired_at is 'since when no file names this row; null = current';
comment on column "educational_data".logement_2021.created_at is 'when the row was first published here';
comment on column "educational_data".logement_2021.updated_at is 'when a release last changed it';
comment on column "educational_data".logement_2021.release_id is 'the release that last changed it';
create index logement_2021_newest on "educational_data".logement_2021 (code_commune, annee desc);

-- "educational_data".activite_economique_2022, from its declaration.
create table "educational_data".activite_economique_2022 (
  code_commune text not null,
  commune text,
  annee integer not null,
  emplois numeric(12,2),
  taux_activite numeric(5,2),
  taux_chomage numeric(5,2),
  part_agriculteurs numeric(5,2),
  part_artisans numeric(5,2),
  part_cadres numeric(5,2),
  part_professions_intermediaires numeric(5,2),
  part_employes numeric(5,2),
  part_ouvriers numeric(5,2),
  unites_legales numeric(12,2),
  etablissements numeric(12,2),
  effectifs_salaries numeric(12,2),
  origine text,
  withheld_why text[],
  withheld text[],
  retired_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  release_id bigint,
  primary key (code_commune, annee)
);
comment on table "educational_data".activite_economique_2022 is 'Jobs, unemployment and occupations by commune. Source: INSEE, census; register of businesses.';
comment on column "educational_data".activite_economique_2022.code_commune is 'INSEE code of the commune, five characters';
comment on column "educational_data".activite_economique_2022.commune is 'name of the commune, where the file has it';
comment on column "educational_data".activite_economique_2022.annee is 'year the values are of';
comment on column "educational_data".activite_economique_2022.emplois is 'jobs located in the commune: P_EMPLT';
comment on column "educational_data".activite_economique_2022.taux_activite is 'residents of 15 to 64 who work or seek work: P_ACT1564 / P_POP1564, in per cent';
comment on column "educational_data".activite_economique_2022.taux_chomage is 'residents of 15 to 64 who call themselves unemployed, of the active ones: P_CHOM1564 / P_ACT1564, in per cent';
comment on column "educational_data".activite_economique_2022.part_agriculteurs is 'farmers among the jobs located here, whoever holds them: C_EMPLT_CS1 / C_EMPLT, in per cent';
comment on column "educational_data".activite_economique_2022.part_artisans is 'craftsmen, shopkeepers, heads of businesses among the jobs located here, whoever holds them: C_EMPLT_CS2 / C_EMPLT, in per cent';
comment on column "educational_data".activite_economique_2022.part_cadres is 'executives and professionals among the jobs located here, whoever holds them: C_EMPLT_CS3 / C_EMPLT, in per cent';
comment on column "educational_data".activite_economique_2022.part_professions_intermediaires is 'technicians and associate professionals among the jobs located here, whoever holds them: C_EMPLT_CS4 / C_EMPLT, in per cent';
comment on column "educational_data".activite_economique_2022.part_employes is 'clerical, sales and service workers among the jobs located here, whoever holds them: C_EMPLT_CS5 / C_EMPLT, in per cent';
comment on column "educational_data".activite_economique_2022.part_ouvriers is 'manual workers among the jobs located here, whoever holds them: C_EMPLT_CS6 / C_EMPLT, in per cent';
comment on column "educational_data".activite_economique_2022.unites_legales is 'businesses; their year may differ from that of the row; the export only';
comment on column "educational_data".activite_economique_2022.etablissements is 'their places of business, as above; the export only';
comment on column "educational_data".activite_economique_2022.effectifs_salaries is 'employees of those, as above; the export only';
comment on column "educational_data".activite_economique_2022.origine is 'which kind of file the row comes from: statistiques_locales, rp (census), bpe';
comment on column "educational_data".activite_economique_2022.withheld_why is 'why a value is withheld, as the file says it: `college: secret statistique`';
comment on column "educational_data".activite_economique_2022.withheld is 'columns whose value the ministry withheld in this row; filled by the seal';
comment on column "educational_data".activite_economique_2022.retired_at is 'since when no file names this row; null = current';
comment on column "educational_data".activite_economique_2022.created_at is 'when the row was first published here';
comment on column "educational_data".activite_economique_2022.updated_at is 'when a release last changed it';
comment on column "educational_data".activite_economique_2022.release_id is 'the release that last changed it';
create index activite_economique_2022_newest on "educational_data".activite_economique_2022 (code_commune, annee desc);

-- "educational_data".revenus_communes_2021, from its declaration.
create table "educational_data".revenus_communes_2021 (
  code_commune text not null,
  commune text,
  annee integer not null,
  niveau_vie_median numeric(10,2),
  taux_pauvrete numeric(6,2),
  nb_menages integer,
  nb_personnes numeric(12,1),
  part_menages_imposes numeric(6,2),
  d1 numeric(10,2),
  d9 numeric(10,2),
  rapport_interdecile numeric(6,2),
  taux_pauvrete_age_1 numeric(6,2),
  taux_pauvrete_age_2 numeric(6,2),
  taux_pauvrete_age_3 numeric(6,2),
  taux_pauvrete_age_4 numeric(6,2),
  taux_pauvrete_age_5 numeric(6,2),
  taux_pauvrete_age_6 numeric(6,2),
  taux_pauvrete_proprietaires numeric(6,2),
  taux_pauvrete_locataires numeric(6,2),
  part_revenus_activite numeric(6,2),
  part_salaires numeric(6,2),
  part_indemnites_chomage numeric(6,2),
  part_revenus_independants numeric(6,2),
  part_pensions numeric(6,2),
  part_patrimoine numeric(6,2),
  part_prestations_sociales numeric(6,2),
  part_prestations_familiales numeric(6,2),
  part_minima_sociaux numeric(6,2),
  part_prestations_logement numeric(6,2),
  part_impots numeric(6,2),
  origine text,
  withheld_why text[],
  withheld text[],
  retired_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  release_id bigint,
  primary key (code_commune, annee)
);
comment on table "educational_data".revenus_communes_2021 is 'Incomes by commune as INSEE publishes them. Source: INSEE, Filosofi.';
comment on column "educational_data".revenus_communes_2021.code_commune is 'INSEE code of the commune, five characters';
comment on column "educational_data".revenus_communes_2021.commune is 'name of the commune, where the file has it';
comment on column "educational_data".revenus_communes_2021.annee is 'year the values are of';
comment on column "educational_data".revenus_communes_2021.niveau_vie_median is 'median standard of living, euros a year';
comment on column "educational_data".revenus_communes_2021.taux_pauvrete is 'people under 60 % of the national median, per cent';
comment on column "educational_data".revenus_communes_2021.nb_menages is 'households of the tax register';
comment on column "educational_data".revenus_communes_2021.nb_personnes is 'people in them';
comment on column "educational_data".revenus_communes_2021.part_menages_imposes is 'households that pay income tax, per cent';
comment on column "educational_data".revenus_communes_2021.d1 is 'first decile of the standard of living, euros';
comment on column "educational_data".revenus_communes_2021.d9 is 'ninth decile, euros';
comment on column "educational_data".revenus_communes_2021.rapport_interdecile is 'd9 / d1';
comment on column "educational_data".revenus_communes_2021.taux_pauvrete_age_1 is 'poverty where the reference person is under 30, per cent';
comment on column "educational_data".revenus_communes_2021.taux_pauvrete_age_2 is 'poverty where the reference person is 30 to 39, per cent';
comment on column "educational_data".revenus_communes_2021.taux_pauvrete_age_3 is 'poverty where the reference person is 40 to 49, per cent';
comment on column "educational_data".revenus_communes_2021.taux_pauvrete_age_4 is 'poverty where the reference person is 50 to 59, per cent';
comment on column "educational_data".revenus_communes_2021.taux_pauvrete_age_5 is 'poverty where the reference person is 60 to 74, per cent';
comment on column "educational_data".revenus_communes_2021.taux_pauvrete_age_6 is 'poverty where the reference person is 75 and over, per cent';
comment on column "educational_data".revenus_communes_2021.taux_pauvrete_proprietaires is 'poverty among owners, per cent';
comment on column "educational_data".revenus_communes_2021.taux_pauvrete_locataires is 'poverty among tenants, per cent';
comment on column "educational_data".revenus_communes_2021.part_revenus_activite is 'income from work, per cent';
comment on column "educational_data".revenus_communes_2021.part_salaires is 'of which wages, per cent';
comment on column "educational_data".revenus_communes_2021.part_indemnites_chomage is 'of which unemployment benefit, per cent';
comment on column "educational_data".revenus_communes_2021.part_revenus_independants is 'of which self-employment, per cent';
comment on column "educational_data".revenus_communes_2021.part_pensions is 'income from pensions, per cent';
comment on column "educational_data".revenus_communes_2021.part_patrimoine is 'income from property, per cent';
comment on column "educational_data".revenus_communes_2021.part_prestations_sociales is 'income from social benefits, per cent';
comment on column "educational_data".revenus_communes_2021.part_prestations_familiales is 'of which for families, per cent';
comment on column "educational_data".revenus_communes_2021.part_minima_sociaux is 'of which minimum incomes, per cent';
comment on column "educational_data".revenus_communes_2021.part_prestations_logement is 'of which for housing, per cent';
comment on column "educational_data".revenus_communes_2021.part_impots is 'taxes; below zero, per cent';
comment on column "educational_data".revenus_communes_2021.origine is 'which kind of file the row comes from: statistiques_locales, rp (census), bpe';
comment on column "educational_data".revenus_communes_2021.withheld_why is 'why a value is withheld, as the file says it: `college: secret statistique`';
comment on column "educational_data".revenus_communes_2021.withheld is 'columns whose value the ministry withheld in this row; filled by the seal';
comment on column "educational_data".revenus_communes_2021.retired_at is 'since when no file names this row; null = current';
comment on column "educational_data".revenus_communes_2021.created_at is 'when the row was first published here';
comment on column "educational_data".revenus_communes_2021.updated_at is 'when a release last changed it';
comment on column "educational_data".revenus_communes_2021.release_id is 'the release that last changed it';
create index revenus_communes_2021_newest on "educational_data".revenus_communes_2021 (code_commune, annee desc);

-- "educational_data".revenus_bassins_2021, from its declaration.
create table "educational_data".revenus_bassins_2021 (
  code_bassin text not null,
  libelle text,
  annee integer not null,
  niveau_vie_median numeric(10,2),
  taux_pauvrete numeric(6,2),
  origine text,
  withheld_why text[],
  withheld text[],
  retired_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  release_id bigint,
  primary key (code_bassin, annee)
);
comment on table "educational_data".revenus_bassins_2021 is 'Incomes by bassin de vie: stands in where those of a commune are secret. Source: INSEE, Filosofi.';
comment on column "educational_data".revenus_bassins_2021.code_bassin is 'bassin de vie; looks like the code of a commune and is none';
comment on column "educational_data".revenus_bassins_2021.libelle is 'name of its chief town';
comment on column "educational_data".revenus_bassins_2021.annee is 'year the values are of';
comment on column "educational_data".revenus_bassins_2021.niveau_vie_median is 'median standard of living, euros a year';
comment on column "educational_data".revenus_bassins_2021.taux_pauvrete is 'people under 60 % of the national median, per cent';
comment on column "educational_data".revenus_bassins_2021.origine is 'which kind of file the row comes from: statistiques_locales, rp (census), bpe';
comment on column "educational_data".revenus_bassins_2021.withheld_why is 'why a value is withheld, as the file says it: `college: secret statistique`';
comment on column "educational_data".revenus_bassins_2021.withheld is 'columns whose value the ministry withheld in this row; filled by the seal';
comment on column "educational_data".revenus_bassins_2021.retired_at is 'since when no file names this row; null = current';
comment on column "educational_data".revenus_bassins_2021.created_at is 'when the row was first published here';
comment on column "educational_data".revenus_bassins_2021.updated_at is 'when a release last changed it';
comment on column "educational_data".revenus_bassins_2021.release_id is 'the release that last changed it';

-- "educational_data".merged_revenu_commune_bassin_2021, from its declaration.
create table "educational_data".merged_revenu_commune_bassin_2021 (
  code_commune text not null,
  annee integer not null,
  code_bassin text,
  niveau_vie_median numeric(10,2),
  niveau_vie_median_level text not null,
  taux_pauvrete numeric(6,2),
  taux_pauvrete_level text not null,
  bassin_approche boolean,
  nb_menages integer,
  nb_personnes numeric(12,1),
  part_menages_imposes numeric(6,2),
  d1 numeric(10,2),
  d9 numeric(10,2),
  rapport_interdecile numeric(6,2),
  withheld text[],
  retired_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  release_id bigint,
  primary key (code_commune, annee)
);
comment on table "educational_data".merged_revenu_commune_bassin_2021 is 'Income and poverty by commune; the bassin de vie''s where the commune''s is secret. Source: INSEE, Filosofi.';
comment on column "educational_data".merged_revenu_commune_bassin_2021.code_commune is 'INSEE code of the commune, five characters';
comment on column "educational_data".merged_revenu_commune_bassin_2021.annee is 'year the values are of';
comment on column "educational_data".merged_revenu_commune_bassin_2021.code_bassin is 'bassin de vie of the commune, from the newest communes_appartenance';
comment on column "educational_data".merged_revenu_commune_bassin_2021.niveau_vie_median is 'median standard of living, euros a year';
comment on column "educational_data".merged_revenu_commune_bassin_2021.niveau_vie_median_level is 'whose value it is: commune, bassin (the commune''s is secret), none';
comment on column "educational_data".merged_revenu_commune_bassin_2021.taux_pauvrete is 'people under 60 % of the median, per cent';
comment on column "educational_data".merged_revenu_commune_bassin_2021.taux_pauvrete_level is 'whose value it is: commune, bassin (the commune''s is secret), none';
comment on column "educational_data".merged_revenu_commune_bassin_2021.bassin_approche is 'the bassin is of another drawing than the incomes: near, not the same';
comment on column "educational_data".merged_revenu_commune_bassin_2021.nb_menages is 'households of the tax register; the commune''s own';
comment on column "educational_data".merged_revenu_commune_bassin_2021.nb_personnes is 'people in them; the commune''s own';
comment on column "educational_data".merged_revenu_commune_bassin_2021.part_menages_imposes is 'households that pay income tax, per cent; the commune''s own';
comment on column "educational_data".merged_revenu_commune_bassin_2021.d1 is 'first decile of the standard of living, euros; the commune''s own';
comment on column "educational_data".merged_revenu_commune_bassin_2021.d9 is 'ninth decile, euros; the commune''s own';
comment on column "educational_data".merged_revenu_commune_bassin_2021.rapport_interdecile is 'd9 / d1; the commune''s own';
comment on column "educational_data".merged_revenu_commune_bassin_2021.withheld is 'columns whose value the ministry withheld in this row; filled by the seal';
comment on column "educational_data".merged_revenu_commune_bassin_2021.retired_at is 'since when no file names this row; null = current';
comment on column "educational_data".merged_revenu_commune_bassin_2021.created_at is 'when the row was first published here';
comment on column "educational_data".merged_revenu_commune_bassin_2021.updated_at is 'when a release last changed it';
comment on column "educational_data".merged_revenu_commune_bassin_2021.release_id is 'the release that last changed it';
alter table "educational_data".merged_revenu_commune_bassin_2021
  add column revenu_level text generated always as (niveau_vie_median_level) stored;
comment on column "educational_data".merged_revenu_commune_bassin_2021.revenu_level is 'whose median standard of living the row has: commune, bassin, none';
create index merged_revenu_commune_bassin_2021_bassin on "educational_data".merged_revenu_commune_bassin_2021 (code_bassin);
create index merged_revenu_commune_bassin_2021_newest
  on "educational_data".merged_revenu_commune_bassin_2021 (code_commune, annee desc);
