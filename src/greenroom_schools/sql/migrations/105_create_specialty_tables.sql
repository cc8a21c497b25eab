-- Specialties and programmes: what is taught where, from ONISEP (ODbL: credit and share-alike) and the ministry's
-- international sections (Licence Ouverte 2.0). Rows of ONISEP are places of teaching, hence the views by school.

create schema if not exists "educational_data";

-- The catalogue of spécialités is ours: the files spell them in lower case, people in every way.
create table "educational_data".specialites_libelles (
  code text primary key,
  libelle text not null unique
);
comment on table "educational_data".specialites_libelles is
  'Spécialités of the classes de 1re and terminale générales under their canonical labels: as ONISEP spells them, with a capital first letter.';
comment on column "educational_data".specialites_libelles.code is 'Short name, ours: maths, hggsp, llcer-anglais.';
comment on column "educational_data".specialites_libelles.libelle is 'Canonical label; what specialites_array holds.';
insert into "educational_data".specialites_libelles (code, libelle)
values
  ('maths', 'Mathématiques'),
  ('physique-chimie', 'Physique-chimie'),
  ('svt', 'Sciences de la vie et de la Terre'),
  ('ses', 'Sciences économiques et sociales'),
  ('hggsp', 'Histoire-géographie, géopolitique et sciences politiques'),
  ('hlp', 'Humanités, littérature et philosophie'),
  ('nsi', 'Numérique et sciences informatiques'),
  ('si', 'Sciences de l''ingénieur'),
  ('llca', 'Littérature et langues et cultures de l''Antiquité'),
  ('eppcs', 'Éducation physique, pratiques et culture sportives'),
  ('biologie-ecologie', 'Biologie-écologie'),
  ('arts-plastiques', 'Arts : arts plastiques'),
  ('cinema-audiovisuel', 'Arts : cinéma - audiovisuel'),
  ('cirque', 'Arts : arts du cirque'),
  ('danse', 'Arts : danse'),
  ('histoire-des-arts', 'Arts : histoire des arts'),
  ('musique', 'Arts : musique'),
  ('theatre', 'Arts : théâtre'),
  ('llcer', 'Langues, littératures et cultures étrangères et régionales'),
  ('llcer-allemand', 'LLCER allemand'),
  ('llcer-anglais', 'LLCER anglais'),
  ('llcer-amc', 'LLCER anglais - monde contemporain'),
  ('llcer-basque', 'LLCER basque'),
  ('llcer-breton', 'LLCER breton'),
  ('llcer-catalan', 'LLCER catalan'),
  ('llcer-corse', 'LLCER corse'),
  ('llcer-creole', 'LLCER créole'),
  ('llcer-espagnol', 'LLCER espagnol'),
  ('llcer-italien', 'LLCER italien'),
  ('llcer-occitan', 'LLCER occitan-langue d''oc'),
  ('llcer-portugais', 'LLCER portugais'),
  ('llcer-tahitien', 'LLCER tahitien');

create table "educational_data".specialites_alias (
  alias text primary key,
  code text not null references "educational_data".specialites_libelles (code)
);
comment on table "educational_data".specialites_alias is
  'Spellings by which a spécialité is recognised. A new spelling of a file is one more row here.';
comment on column "educational_data".specialites_alias.alias is
  'Lower case, no accents, words parted by one blank: sciences de l ingenieur.';
comment on column "educational_data".specialites_alias.code is 'The spécialité it means.';
create index specialites_alias_code on "educational_data".specialites_alias (code);
insert into "educational_data".specialites_alias (alias, code)
values
  ('mathematique', 'maths'),
  ('mathematiques', 'maths'),
  ('maths', 'maths'),
  ('spe maths', 'maths'),
  ('specialite mathematiques', 'maths'),
  ('pc', 'physique-chimie'),
  ('physique chimie', 'physique-chimie'),
  ('sciences de la vie et de la terre', 'svt'),
  ('sciences de la vie et de la terre svt', 'svt'),
  ('svt', 'svt'),
  ('sciences economiques et sociales', 'ses'),
  ('ses', 'ses'),
  ('hggsp', 'hggsp'),
  ('histoire geographie geopolitique et sciences politiques', 'hggsp'),
  ('histoire geographie geopolitique sciences politiques', 'hggsp'),
  ('hlp', 'hlp'),
  ('humanites litterature et philosophie', 'hlp'),
  ('humanites litterature philosophie', 'hlp'),
  ('nsi', 'nsi'),
  ('numerique et sciences informatiques', 'nsi'),
  ('science de l ingenieur', 'si'),
  ('sciences de l ingenieur', 'si'),
  ('sciences ingenieur', 'si'),
  ('si', 'si'),
  ('litterature et langues et cultures de l antiquite', 'llca'),
  ('litterature langues et cultures de l antiquite', 'llca'),
  ('llca', 'llca'),
  ('education physique pratiques et culture sportives', 'eppcs'),
  ('education physique pratiques et cultures sportives', 'eppcs'),
  ('eppcs', 'eppcs'),
  ('bio ecologie', 'biologie-ecologie'),
  ('biologie ecologie', 'biologie-ecologie'),
  ('arts arts plastiques', 'arts-plastiques'),
  ('arts plastiques', 'arts-plastiques'),
  ('arts cinema', 'cinema-audiovisuel'),
  ('arts cinema audiovisuel', 'cinema-audiovisuel'),
  ('cinema', 'cinema-audiovisuel'),
  ('cinema audiovisuel', 'cinema-audiovisuel'),
  ('arts arts du cirque', 'cirque'),
  ('arts cirque', 'cirque'),
  ('arts du cirque', 'cirque'),
  ('cirque', 'cirque'),
  ('arts danse', 'danse'),
  ('danse', 'danse'),
  ('arts histoire des arts', 'histoire-des-arts'),
  ('histoire des arts', 'histoire-des-arts'),
  ('arts musique', 'musique'),
  ('musique', 'musique'),
  ('arts theatre', 'theatre'),
  ('theatre', 'theatre'),
  ('langues litteratures et cultures etrangeres', 'llcer'),
  ('langues litteratures et cultures etrangeres et regionales', 'llcer'),
  ('llce', 'llcer'),
  ('llcer', 'llcer'),
  ('langues litteratures et cultures etrangeres allemand', 'llcer-allemand'),
  ('langues litteratures et cultures etrangeres et regionales allemand', 'llcer-allemand'),
  ('llce allemand', 'llcer-allemand'),
  ('llcer allemand', 'llcer-allemand'),
  ('langues litteratures et cultures etrangeres anglais', 'llcer-anglais'),
  ('langues litteratures et cultures etrangeres et regionales anglais', 'llcer-anglais'),
  ('llce anglais', 'llcer-anglais'),
  ('llcer anglais', 'llcer-anglais'),
  ('amc', 'llcer-amc'),
  ('anglais monde contemporain', 'llcer-amc'),
  ('langues litteratures et cultures etrangeres anglais monde contemporain', 'llcer-amc'),
  ('langues litteratures et cultures etrangeres et regionales anglais monde contemporain', 'llcer-amc'),
  ('llce anglais monde contemporain', 'llcer-amc'),
  ('llcer anglais monde contemporain', 'llcer-amc'),
  ('langues litteratures et cultures etrangeres basque', 'llcer-basque'),
  ('langues litteratures et cultures etrangeres et regionales basque', 'llcer-basque'),
  ('llce basque', 'llcer-basque'),
  ('llcer basque', 'llcer-basque'),
  ('langues litteratures et cultures etrangeres breton', 'llcer-breton'),
  ('langues litteratures et cultures etrangeres et regionales breton', 'llcer-breton'),
  ('llce breton', 'llcer-breton'),
  ('llcer breton', 'llcer-breton'),
  ('langues litteratures et cultures etrangeres catalan', 'llcer-catalan'),
  ('langues litteratures et cultures etrangeres et regionales catalan', 'llcer-catalan'),
  ('llce catalan', 'llcer-catalan'),
  ('llcer catalan', 'llcer-catalan'),
  ('langues litteratures et cultures etrangeres corse', 'llcer-corse'),
  ('langues litteratures et cultures etrangeres et regionales corse', 'llcer-corse'),
  ('llce corse', 'llcer-corse'),
  ('llcer corse', 'llcer-corse'),
  ('langues litteratures et cultures etrangeres creole', 'llcer-creole'),
  ('langues litteratures et cultures etrangeres et regionales creole', 'llcer-creole'),
  ('llce creole', 'llcer-creole'),
  ('llcer creole', 'llcer-creole'),
  ('langues litteratures et cultures etrangeres espagnol', 'llcer-espagnol'),
  ('langues litteratures et cultures etrangeres et regionales espagnol', 'llcer-espagnol'),
  ('llce espagnol', 'llcer-espagnol'),
  ('llcer espagnol', 'llcer-espagnol'),
  ('langues litteratures et cultures etrangeres et regionales italien', 'llcer-italien'),
  ('langues litteratures et cultures etrangeres italien', 'llcer-italien'),
  ('llce italien', 'llcer-italien'),
  ('llcer italien', 'llcer-italien'),
  ('langues litteratures et cultures etrangeres et regionales occitan langue d oc', 'llcer-occitan'),
  ('langues litteratures et cultures etrangeres occitan langue d oc', 'llcer-occitan'),
  ('llce occitan', 'llcer-occitan'),
  ('llce occitan langue d oc', 'llcer-occitan'),
  ('llcer langue d oc', 'llcer-occitan'),
  ('llcer occitan', 'llcer-occitan'),
  ('llcer occitan langue d oc', 'llcer-occitan'),
  ('langues litteratures et cultures etrangeres et regionales portugais', 'llcer-portugais'),
  ('langues litteratures et cultures etrangeres portugais', 'llcer-portugais'),
  ('llce portugais', 'llcer-portugais'),
  ('llcer portugais', 'llcer-portugais'),
  ('langues litteratures et cultures etrangeres et regionales tahitien', 'llcer-tahitien'),
  ('langues litteratures et cultures etrangeres tahitien', 'llcer-tahitien'),
  ('llce tahitien', 'llcer-tahitien'),
  ('llcer tahitien', 'llcer-tahitien');

create table "educational_data".specialites_lycees (
  af_id text not null,
  uai text,
  ens_id text not null,
  url_onisep text,
  libelle text,
  adresse text,
  boite_postale text,
  code_postal text,
  commune text,
  departement text,
  region text,
  academie text,
  specialites_raw text,
  specialites_array text[],
  date_creation date,
  date_modification date,
  retired_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  release_id bigint,
  primary key (af_id)
);
comment on table "educational_data".specialites_lycees is 'Spécialités of the classe de 1re générale, one row per offer at a place of teaching.';
comment on column "educational_data".specialites_lycees.af_id is 'the offer at one place (action de formation), AF.23666';
comment on column "educational_data".specialites_lycees.uai is 'school number of the place; empty for some annexes';
comment on column "educational_data".specialites_lycees.ens_id is 'ONISEP''s number of the place of teaching, ENS.16488';
comment on column "educational_data".specialites_lycees.url_onisep is 'page of the place at ONISEP';
comment on column "educational_data".specialites_lycees.libelle is 'name of the place of teaching';
comment on column "educational_data".specialites_lycees.adresse is 'street and number';
comment on column "educational_data".specialites_lycees.boite_postale is 'post-office box';
comment on column "educational_data".specialites_lycees.code_postal is 'five digits; a zero lost by the publisher is put back';
comment on column "educational_data".specialites_lycees.commune is 'name of the commune';
comment on column "educational_data".specialites_lycees.departement is 'name of the département';
comment on column "educational_data".specialites_lycees.region is 'name of the region; the collectivities overseas are one';
comment on column "educational_data".specialites_lycees.academie is 'name of the académie';
comment on column "educational_data".specialites_lycees.specialites_raw is 'the list as published, separated by '' / ''';
comment on column "educational_data".specialites_lycees.specialites_array is 'the same as canonical labels (specialites_libelles), sorted; {} when the list is empty';
comment on column "educational_data".specialites_lycees.date_creation is 'when ONISEP first described the offer';
comment on column "educational_data".specialites_lycees.date_modification is 'when ONISEP last changed it';
comment on column "educational_data".specialites_lycees.retired_at is 'since when no file names this row; null = current';
comment on column "educational_data".specialites_lycees.created_at is 'when the row was first published here';
comment on column "educational_data".specialites_lycees.updated_at is 'when a release last changed it';
comment on column "educational_data".specialites_lycees.release_id is 'the release that last changed it';
create index specialites_lycees_specialites on "educational_data".specialites_lycees using gin (specialites_array);
create index specialites_lycees_uai on "educational_data".specialites_lycees (uai);
create index specialites_lycees_departement on "educational_data".specialites_lycees (departement);

create table "educational_data".enseignements_optionnels_seconde (
  af_id text not null,
  uai text,
  ens_id text not null,
  url_onisep text,
  libelle text,
  adresse text,
  boite_postale text,
  code_postal text,
  commune text,
  departement text,
  region text,
  academie text,
  options_raw text,
  options_array text[],
  lv1_array text[],
  lv2_array text[],
  date_creation date,
  date_modification date,
  retired_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  release_id bigint,
  primary key (af_id)
);
comment on table "educational_data".enseignements_optionnels_seconde is 'Optional subjects and languages of the classe de 2nde, one row per offer at a place of teaching.';
comment on column "educational_data".enseignements_optionnels_seconde.af_id is 'the offer at one place (action de formation), AF.23666';
comment on column "educational_data".enseignements_optionnels_seconde.uai is 'school number of the place; empty for some annexes';
comment on column "educational_data".enseignements_optionnels_seconde.ens_id is 'ONISEP''s number of the place of teaching, ENS.16488';
comment on column "educational_data".enseignements_optionnels_seconde.url_onisep is 'page of the place at ONISEP';
comment on column "educational_data".enseignements_optionnels_seconde.libelle is 'name of the place of teaching';
comment on column "educational_data".enseignements_optionnels_seconde.adresse is 'street and number';
comment on column "educational_data".enseignements_optionnels_seconde.boite_postale is 'post-office box';
comment on column "educational_data".enseignements_optionnels_seconde.code_postal is 'five digits; a zero lost by the publisher is put back';
comment on column "educational_data".enseignements_optionnels_seconde.commune is 'name of the commune';
comment on column "educational_data".enseignements_optionnels_seconde.departement is 'name of the département';
comment on column "educational_data".enseignements_optionnels_seconde.region is 'name of the region; the collectivities overseas are one';
comment on column "educational_data".enseignements_optionnels_seconde.academie is 'name of the académie';
comment on column "educational_data".enseignements_optionnels_seconde.options_raw is 'the list as published, separated by '' / ''';
comment on column "educational_data".enseignements_optionnels_seconde.options_array is 'optional subjects, sorted, without the two languages';
comment on column "educational_data".enseignements_optionnels_seconde.lv1_array is 'first foreign languages (LV1), sorted';
comment on column "educational_data".enseignements_optionnels_seconde.lv2_array is 'second languages (LV2), sorted';
comment on column "educational_data".enseignements_optionnels_seconde.date_creation is 'when ONISEP first described the offer';
comment on column "educational_data".enseignements_optionnels_seconde.date_modification is 'when ONISEP last changed it';
comment on column "educational_data".enseignements_optionnels_seconde.retired_at is 'since when no file names this row; null = current';
comment on column "educational_data".enseignements_optionnels_seconde.created_at is 'when the row was first published here';
comment on column "educational_data".enseignements_optionnels_seconde.updated_at is 'when a release last changed it';
comment on column "educational_data".enseignements_optionnels_seconde.release_id is 'the release that last changed it';
create index enseignements_optionnels_options on "educational_data".enseignements_optionnels_seconde using gin (options_array);
create index enseignements_optionnels_lv1 on "educational_data".enseignements_optionnels_seconde using gin (lv1_array);
create index enseignements_optionnels_lv2 on "educational_data".enseignements_optionnels_seconde using gin (lv2_array);
create index enseignements_optionnels_uai on "educational_data".enseignements_optionnels_seconde (uai);

create table "educational_data".sections_internationales (
  rentree_scolaire text not null,
  academie text,
  uai text not null,
  nom_etablissement text,
  niveau text not null,
  ville text,
  section text not null,
  premiere_session text,
  ouverture text,
  latitude double precision,
  longitude double precision,
  retired_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  release_id bigint,
  has_section_internationale boolean not null generated always as (true) stored,
  primary key (rentree_scolaire, uai, section, niveau)
);
comment on table "educational_data".sections_internationales is 'International sections, one row per school year, school, section and level.';
comment on column "educational_data".sections_internationales.rentree_scolaire is 'school year, 2025-2026';
comment on column "educational_data".sections_internationales.academie is 'académie, upper case; of a school abroad, its country';
comment on column "educational_data".sections_internationales.uai is 'school number; a school may stand on several rows';
comment on column "educational_data".sections_internationales.nom_etablissement is 'name of the school';
comment on column "educational_data".sections_internationales.niveau is 'école, collège, lycée, collège et lycée; or non précisé';
comment on column "educational_data".sections_internationales.ville is 'town';
comment on column "educational_data".sections_internationales.section is 'language or country of the section, upper case: BRITANNIQUE';
comment on column "educational_data".sections_internationales.premiere_session is 'first session of the OIB, or of the DNB with the international option';
comment on column "educational_data".sections_internationales.ouverture is 'what the file says of the section''s opening';
comment on column "educational_data".sections_internationales.latitude is 'degrees north';
comment on column "educational_data".sections_internationales.longitude is 'degrees east';
comment on column "educational_data".sections_internationales.retired_at is 'since when no file names this row; null = current';
comment on column "educational_data".sections_internationales.created_at is 'when the row was first published here';
comment on column "educational_data".sections_internationales.updated_at is 'when a release last changed it';
comment on column "educational_data".sections_internationales.release_id is 'the release that last changed it';
comment on column "educational_data".sections_internationales.has_section_internationale is
  'Always true: the name by which the source document asks. Of a school without a row, sections_par_uai has none either.';
create index sections_internationales_uai on "educational_data".sections_internationales (uai);
create index sections_internationales_section on "educational_data".sections_internationales (section);

create table "educational_data".etablissements_onisep (
  ens_id text not null,
  code_uai text,
  numero_siret text,
  type_etablissement text,
  nom text not null,
  sigle text,
  statut text,
  tutelle text,
  universite_rattachement_libelle_uai text,
  universite_rattachement_id_url text,
  etablissements_lies_libelles text,
  etablissements_lies_url_id text,
  adresse_1 text,
  adresse_2 text,
  code_postal text,
  commune text,
  commune_cog text,
  cedex text,
  telephone text,
  arrondissement text,
  departement text,
  academie text,
  region text,
  region_cog text,
  longitude double precision,
  latitude double precision,
  journees_portes_ouvertes text,
  langues_enseignees text,
  url_id_onisep text not null,
  date_creation date,
  date_modification date,
  retired_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  release_id bigint,
  uai text generated always as (code_uai) stored,
  code_commune text generated always as (
    case
      -- 75100 is ONISEP's own; the others are INSEE's arrondissements
      when commune_cog ~ '^751[0-9]{2}$' then '75056'
      when commune_cog ~ '^6938[0-9]$' then '69123'
      when commune_cog ~ '^132(0[0-9]|1[0-6])$' then '13055'
      else commune_cog
    end
  ) stored,
  is_annexe boolean generated always as (nom ~* '\mannexes?\M') stored,
  etablissements_lies text[] generated always as (string_to_array(etablissements_lies_libelles, ' | ')) stored,
  etablissements_lies_urls text[] generated always as (string_to_array(etablissements_lies_url_id, ' | ')) stored,
  primary key (ens_id)
);
comment on table "educational_data".etablissements_onisep is 'Places of secondary education as ONISEP describes them, one row per place of teaching.';
comment on column "educational_data".etablissements_onisep.ens_id is 'ONISEP''s number of the place, ENS.24671';
comment on column "educational_data".etablissements_onisep.code_uai is 'school number; empty for some places';
comment on column "educational_data".etablissements_onisep.numero_siret is 'SIRET, fourteen digits, as published';
comment on column "educational_data".etablissements_onisep.type_etablissement is 'collège, lycée professionnel …; 25 kinds';
comment on column "educational_data".etablissements_onisep.nom is 'name of the place';
comment on column "educational_data".etablissements_onisep.sigle is 'acronym';
comment on column "educational_data".etablissements_onisep.statut is 'public, privé, privé sous contrat, privé hors contrat …, as published';
comment on column "educational_data".etablissements_onisep.tutelle is 'ministry in charge';
comment on column "educational_data".etablissements_onisep.universite_rattachement_libelle_uai is 'university it belongs to: name and UAI';
comment on column "educational_data".etablissements_onisep.universite_rattachement_id_url is 'the same: its page at ONISEP';
comment on column "educational_data".etablissements_onisep.etablissements_lies_libelles is 'linked schools, separated by '' | ''; as a list in etablissements_lies';
comment on column "educational_data".etablissements_onisep.etablissements_lies_url_id is 'their pages, in the same order; as a list in etablissements_lies_urls';
comment on column "educational_data".etablissements_onisep.adresse_1 is 'street and number';
comment on column "educational_data".etablissements_onisep.adresse_2 is 'post-office box: the file has no second address line';
comment on column "educational_data".etablissements_onisep.code_postal is 'postal code, five digits';
comment on column "educational_data".etablissements_onisep.commune is 'name of the commune';
comment on column "educational_data".etablissements_onisep.commune_cog is 'code of the commune as published; 75100 for Paris, which INSEE does not know: see code_commune';
comment on column "educational_data".etablissements_onisep.cedex is 'Cedex, as published';
comment on column "educational_data".etablissements_onisep.telephone is 'telephone, as published';
comment on column "educational_data".etablissements_onisep.arrondissement is 'number of the arrondissement in Paris, Lyon and Marseille';
comment on column "educational_data".etablissements_onisep.departement is 'name of the département';
comment on column "educational_data".etablissements_onisep.academie is 'name of the académie';
comment on column "educational_data".etablissements_onisep.region is 'name of the region';
comment on column "educational_data".etablissements_onisep.region_cog is 'INSEE code of the region, two digits; 00 = collectivities';
comment on column "educational_data".etablissements_onisep.longitude is 'degrees east';
comment on column "educational_data".etablissements_onisep.latitude is 'degrees north';
comment on column "educational_data".etablissements_onisep.journees_portes_ouvertes is 'open days, free text';
comment on column "educational_data".etablissements_onisep.langues_enseignees is 'languages taught, separated by commas';
comment on column "educational_data".etablissements_onisep.url_id_onisep is 'its page at ONISEP';
comment on column "educational_data".etablissements_onisep.date_creation is 'when ONISEP first described the place';
comment on column "educational_data".etablissements_onisep.date_modification is 'when ONISEP last changed it';
comment on column "educational_data".etablissements_onisep.retired_at is 'since when no file names this row; null = current';
comment on column "educational_data".etablissements_onisep.created_at is 'when the row was first published here';
comment on column "educational_data".etablissements_onisep.updated_at is 'when a release last changed it';
comment on column "educational_data".etablissements_onisep.release_id is 'the release that last changed it';
comment on column "educational_data".etablissements_onisep.uai is 'The same as code_uai, under the name other tables have.';
comment on column "educational_data".etablissements_onisep.code_commune is
  'INSEE code of the whole commune: 75100 and the arrondissements are read as Paris, Lyon and Marseille.';
comment on column "educational_data".etablissements_onisep.is_annexe is
  'Whether the name says annexe. ONISEP has no column for it: an annexe that is not called so is false.';
comment on column "educational_data".etablissements_onisep.etablissements_lies is 'Linked schools, as a list.';
comment on column "educational_data".etablissements_onisep.etablissements_lies_urls is 'Their pages at ONISEP, in the same order.';
create index etablissements_onisep_uai on "educational_data".etablissements_onisep (code_uai);
create index etablissements_onisep_commune on "educational_data".etablissements_onisep (code_commune);
create index etablissements_onisep_type on "educational_data".etablissements_onisep (type_etablissement);

create table "educational_data".onisep_details_formations_lycees (
  af_id text not null,
  ens_id text not null,
  for_id text not null,
  variante integer not null,
  for_url text,
  ens_url text,
  for_libelle text not null,
  for_domaine text,
  for_type text,
  for_nature_certificat text,
  for_url_referentiel text,
  for_niveau_sortie text,
  ens_libelle text,
  uai text,
  ens_statut text,
  ens_adresse text,
  ens_code_postal text,
  ens_commune text,
  ens_departement text,
  ens_academie text,
  ens_region text,
  latitude double precision,
  longitude double precision,
  ens_telephone text,
  ens_site_web text,
  ens_hebergement text,
  ens_accessibilite text,
  af_duree text,
  af_modalites_scolarite text,
  af_elements_enseignement text,
  af_cout_scolarite text,
  af_modalites_accueil text,
  af_page_web text,
  date_modification date,
  retired_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  release_id bigint,
  primary key (af_id, ens_id, for_id, variante)
);
comment on table "educational_data".onisep_details_formations_lycees is 'Programmes taught at places of secondary education, one row per offer, place and programme.';
comment on column "educational_data".onisep_details_formations_lycees.af_id is 'the offer (action de formation), AF.5992; not unique';
comment on column "educational_data".onisep_details_formations_lycees.ens_id is 'the place of teaching, ENS.16488';
comment on column "educational_data".onisep_details_formations_lycees.for_id is 'the programme, FOR.4816';
comment on column "educational_data".onisep_details_formations_lycees.variante is '1, and 2 and on where the file tells the same offer, place and programme in several ways';
comment on column "educational_data".onisep_details_formations_lycees.for_url is 'page of the programme at ONISEP';
comment on column "educational_data".onisep_details_formations_lycees.ens_url is 'page of the place at ONISEP';
comment on column "educational_data".onisep_details_formations_lycees.for_libelle is 'name of the programme';
comment on column "educational_data".onisep_details_formations_lycees.for_domaine is 'fields of work, as ONISEP files them';
comment on column "educational_data".onisep_details_formations_lycees.for_type is 'kind of diploma';
comment on column "educational_data".onisep_details_formations_lycees.for_nature_certificat is 'who stands behind the diploma';
comment on column "educational_data".onisep_details_formations_lycees.for_url_referentiel is 'page of its specification';
comment on column "educational_data".onisep_details_formations_lycees.for_niveau_sortie is 'level reached';
comment on column "educational_data".onisep_details_formations_lycees.ens_libelle is 'name of the place';
comment on column "educational_data".onisep_details_formations_lycees.uai is 'school number; missing on some 1 %';
comment on column "educational_data".onisep_details_formations_lycees.ens_statut is 'public, privé …, as published';
comment on column "educational_data".onisep_details_formations_lycees.ens_adresse is 'street and number';
comment on column "educational_data".onisep_details_formations_lycees.ens_code_postal is 'postal code, five digits';
comment on column "educational_data".onisep_details_formations_lycees.ens_commune is 'name of the commune';
comment on column "educational_data".onisep_details_formations_lycees.ens_departement is 'name of the département';
comment on column "educational_data".onisep_details_formations_lycees.ens_academie is 'name of the académie';
comment on column "educational_data".onisep_details_formations_lycees.ens_region is 'name of the region';
comment on column "educational_data".onisep_details_formations_lycees.latitude is 'degrees north';
comment on column "educational_data".onisep_details_formations_lycees.longitude is 'degrees east';
comment on column "educational_data".onisep_details_formations_lycees.ens_telephone is 'telephone, as published';
comment on column "educational_data".onisep_details_formations_lycees.ens_site_web is 'web site';
comment on column "educational_data".onisep_details_formations_lycees.ens_hebergement is 'boarding';
comment on column "educational_data".onisep_details_formations_lycees.ens_accessibilite is 'access for the disabled';
comment on column "educational_data".onisep_details_formations_lycees.af_duree is 'usual length: 2 ans';
comment on column "educational_data".onisep_details_formations_lycees.af_modalites_scolarite is 'full time, apprenticeship …';
comment on column "educational_data".onisep_details_formations_lycees.af_elements_enseignement is 'what it is made of';
comment on column "educational_data".onisep_details_formations_lycees.af_cout_scolarite is 'fees, free text';
comment on column "educational_data".onisep_details_formations_lycees.af_modalites_accueil is 'how pupils are received';
comment on column "educational_data".onisep_details_formations_lycees.af_page_web is 'page of the offer';
comment on column "educational_data".onisep_details_formations_lycees.date_modification is 'when ONISEP last changed the offer';
comment on column "educational_data".onisep_details_formations_lycees.retired_at is 'since when no file names this row; null = current';
comment on column "educational_data".onisep_details_formations_lycees.created_at is 'when the row was first published here';
comment on column "educational_data".onisep_details_formations_lycees.updated_at is 'when a release last changed it';
comment on column "educational_data".onisep_details_formations_lycees.release_id is 'the release that last changed it';
create index onisep_details_formations_uai on "educational_data".onisep_details_formations_lycees (uai);
create index onisep_details_formations_ens on "educational_data".onisep_details_formations_lycees (ens_id);
create index onisep_details_formations_for on "educational_data".onisep_details_formations_lycees (for_id);

create view "educational_data".specialites_par_uai as
select
  s.uai,
  coalesce(
    array_agg(distinct item.label collate "C" order by item.label collate "C") filter (where item.label is not null),
    '{}'
  ) as specialites_array,
  count(distinct item.label)::integer as nb_specialites,
  count(distinct s.af_id)::integer as lieux
from "educational_data".specialites_lycees as s
left join lateral unnest(s.specialites_array) as item (label) on true
where s.uai is not null
  and s.retired_at is null
group by s.uai;
comment on view "educational_data".specialites_par_uai is
  'Spécialités of each lycée, its places of teaching together; one row per UAI. A lycée that ONISEP does not list has no row.';
comment on column "educational_data".specialites_par_uai.uai is 'School number.';
comment on column "educational_data".specialites_par_uai.specialites_array is 'Canonical labels, sorted; {} when the lists are empty.';
comment on column "educational_data".specialites_par_uai.nb_specialites is 'How many.';
comment on column "educational_data".specialites_par_uai.lieux is 'Places of teaching they were taken from.';

create view "educational_data".options_par_uai as
select
  o.uai,
  coalesce(
    array_agg(distinct item.label collate "C" order by item.label collate "C") filter (where item.kind = 'option'),
    '{}'
  ) as options_array,
  coalesce(
    array_agg(distinct item.label collate "C" order by item.label collate "C") filter (where item.kind = 'lv1'),
    '{}'
  ) as lv1_array,
  coalesce(
    array_agg(distinct item.label collate "C" order by item.label collate "C") filter (where item.kind = 'lv2'),
    '{}'
  ) as lv2_array,
  count(distinct o.af_id)::integer as lieux
from "educational_data".enseignements_optionnels_seconde as o
left join lateral (
  select 'option' as kind, one.label from unnest(o.options_array) as one (label)
  union all
  select 'lv1', one.label from unnest(o.lv1_array) as one (label)
  union all
  select 'lv2', one.label from unnest(o.lv2_array) as one (label)
) as item on true
where o.uai is not null
  and o.retired_at is null
group by o.uai;
comment on view "educational_data".options_par_uai is
  'Options and languages of the classe de 2nde of each lycée, its places of teaching together; one row per UAI.';
comment on column "educational_data".options_par_uai.uai is 'School number.';
comment on column "educational_data".options_par_uai.options_array is 'Optional subjects, sorted; {} when there are none.';
comment on column "educational_data".options_par_uai.lv1_array is 'First foreign languages, sorted.';
comment on column "educational_data".options_par_uai.lv2_array is 'Second languages, sorted.';
comment on column "educational_data".options_par_uai.lieux is 'Places of teaching they were taken from.';

create view "educational_data".sections_par_uai as
with newest as (
  -- the newest year; one that holds less than a file usually does stands back
  select s.rentree_scolaire
  from "educational_data".sections_internationales as s
  where s.retired_at is null
  group by s.rentree_scolaire
  order by count(*) >= 300 desc, s.rentree_scolaire desc
  limit 1
), stated as (
  select s.uai, s.rentree_scolaire, s.section, s.niveau
  from "educational_data".sections_internationales as s
  join newest as n on n.rentree_scolaire = s.rentree_scolaire
  where s.retired_at is null
    -- what a file without levels said is dropped where another says the level
    and not (
      s.niveau = 'non précisé'
      and exists (
        select
        from "educational_data".sections_internationales as o
        where o.uai = s.uai
          and o.rentree_scolaire = s.rentree_scolaire
          and o.section = s.section
          and o.niveau <> 'non précisé'
          and o.retired_at is null
      )
    )
)
select
  s.uai,
  s.rentree_scolaire,
  true as has_section_internationale,
  coalesce(
    array_agg(distinct s.section collate "C" order by s.section collate "C"),
    '{}'
  ) as sections_internationales,
  coalesce(
    array_agg(distinct s.section collate "C" order by s.section collate "C")
      filter (where s.niveau ~ '(lycée|non précisé)'),
    '{}'
  ) as sections_lycee,
  coalesce(
    array_agg(distinct s.section collate "C" order by s.section collate "C")
      filter (where s.niveau ~ '(collège|non précisé)'),
    '{}'
  ) as sections_college,
  coalesce(
    array_agg(distinct s.section collate "C" order by s.section collate "C")
      filter (where s.niveau ~ '(école|non précisé)'),
    '{}'
  ) as sections_ecole
from stated as s
group by s.uai, s.rentree_scolaire;
comment on view "educational_data".sections_par_uai is
  'International sections of each school in the newest year; one row per UAI. A school without any has no row.';
comment on column "educational_data".sections_par_uai.uai is 'School number.';
comment on column "educational_data".sections_par_uai.rentree_scolaire is 'School year, the same in all rows.';
comment on column "educational_data".sections_par_uai.has_section_internationale is 'True: a school without a section has no row.';
comment on column "educational_data".sections_par_uai.sections_internationales is 'Sections of any level, sorted.';
comment on column "educational_data".sections_par_uai.sections_lycee is 'Those of the lycée, and those whose level no file says.';
comment on column "educational_data".sections_par_uai.sections_college is 'Those of the collège, and those whose level no file says.';
comment on column "educational_data".sections_par_uai.sections_ecole is 'Those of the primary school, and those whose level no file says.';

create view "educational_data".formations_par_uai as
select
  f.uai,
  count(distinct f.for_id)::integer as nb_formations,
  count(distinct f.af_id)::integer as nb_actions
from "educational_data".onisep_details_formations_lycees as f
where f.uai is not null
  and f.retired_at is null
group by f.uai;
comment on view "educational_data".formations_par_uai is
  'Programmes of each school, counted; one row per UAI.';
comment on column "educational_data".formations_par_uai.uai is 'School number.';
comment on column "educational_data".formations_par_uai.nb_formations is 'Different programmes.';
comment on column "educational_data".formations_par_uai.nb_actions is 'Different offers of them.';

create view "educational_data".onisep_par_uai as
select distinct on (e.code_uai)
  e.code_uai as uai,
  e.ens_id,
  e.url_id_onisep,
  e.nom,
  e.type_etablissement,
  e.statut,
  e.adresse_1,
  e.adresse_2,
  e.code_postal,
  e.commune,
  e.code_commune,
  e.telephone,
  e.latitude,
  e.longitude,
  e.journees_portes_ouvertes,
  e.langues_enseignees,
  e.is_annexe,
  (count(*) over (partition by e.code_uai))::integer as lieux
from "educational_data".etablissements_onisep as e
where e.code_uai is not null
  and e.retired_at is null
order by e.code_uai, e.is_annexe, e.latitude is null, length(e.ens_id), e.ens_id;
comment on view "educational_data".onisep_par_uai is
  'The main place of each school at ONISEP: not an annexe, then one with coordinates, then the one known longest; one row per UAI.';
comment on column "educational_data".onisep_par_uai.uai is 'School number.';
comment on column "educational_data".onisep_par_uai.lieux is 'Places of teaching under this UAI.';
