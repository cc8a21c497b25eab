"""Where every school stands: what each directory says, one row a school made of them, and the lycées among them."""

from dataclasses import replace

from greenroom import Bounds, Check, Column, Dataset, Source
from greenroom.model.form import Form
from greenroom_schools.ips import ENGINE

_EXPONENT = r"([eE]-?[0-9]{1,2})?"
_LATITUDE = r"^-?[0-8]?[0-9](\.[0-9]+)?" + _EXPONENT + "$"
_LONGITUDE = r"^-?(1[0-7]|[0-9])?[0-9](\.[0-9]+)?" + _EXPONENT + "$"

_UAI = Column("uai", required=True, clean="uai", note="school number with its check letter")
_LATITUDE_COLUMN = Column("latitude", "double precision", pattern=_LATITUDE, note="degrees, WGS 84")
_LONGITUDE_COLUMN = Column("longitude", "double precision", pattern=_LONGITUDE, note="degrees, WGS 84")
_CODE_COMMUNE = Column(
    "code_commune", clean="commune", note="INSEE code; of the arrondissement in Paris, Lyon and Marseille"
)
_SECTEUR = Column(
    "secteur",
    clean="secteur",
    note="public, privé sous contrat, privé hors contrat; privé where the file does not say which",
)

_WHO = (
    Column("nom", note="name, as written on the door; not a key"),
    Column("nature", pattern="^[0-9]{3}$", note="code of the kind of school in the ministry's register, 300 = LEGT"),
    Column("nature_libelle", note="kind of school in words"),
    Column("type", note="école, collège, lycée, erea …; by the annuaire, else by nature (300 to 335 = lycée)"),
    _SECTEUR,
)
_WHERE = (
    Column("adresse", note="street, place name and box, in one line"),
    Column("code_postal", clean="postal", note="postal code; of the cedex where there is one"),
    Column("localite", note="name of the post town"),
    _CODE_COMMUNE,
    Column("commune", note="name of the commune"),
    Column("code_departement", clean="departement", note="01, 2A, 971"),
    Column("departement", note="name of the département"),
    Column("code_academie", clean="region", note="code of the académie"),
    Column("academie", note="name of the académie"),
    Column("code_region_insee", clean="region_insee", note="INSEE code of the region"),
    Column("region", note="name of the INSEE region"),
)
_POINT = (
    _LATITUDE_COLUMN,
    _LONGITUDE_COLUMN,
    Column("epsg", note="projection of the source's other coordinates; only a check, they are not read"),
    Column("appariement", note="how well the address was matched: Parfaite, Correcte, MANUEL, Moyenne, Mauvaise …"),
    Column("localisation", note="what was matched: Numéro de rue, Rue, Ville …"),
)
_LIFE = (
    Column("etat", note="OUVERT, A OUVRIR, A FERMER"),
    Column("date_ouverture", "date", clean="jour", note="day it opened"),
    Column("section_internationale", "boolean", note="has an international section, by the annuaire"),
    Column("voie_generale", "boolean", note="has the general track, by the annuaire"),
    Column("voie_technologique", "boolean", note="has the technological track, by the annuaire"),
    Column("voie_professionnelle", "boolean", note="has the vocational track, by the annuaire"),
    Column("post_bac", "boolean", note="has classes after the baccalauréat, by the annuaire"),
)

# The portal's two directories hold some 65,000 open schools each; an extract of one region retires nothing.
_NATIONAL = Bounds(least=1, complete=50_000, most=90_000)

# Technical names, with the labels beside them: in two forms, since the label of a state (Etat établissement) is the
# technical name of its code. What no form names is left over and reported.
_ADDRESS_COLUMNS = (
    Column("numero_uai", required=True, headers=("Code établissement",)),
    Column("appellation_officielle", headers=("Appellation officielle",)),
    Column("denomination_principale", headers=("Dénomination principale",)),
    Column("patronyme_uai"),
    Column("secteur_public_prive_libe", headers=("Secteur Public/Privé",)),
    Column("adresse_uai", headers=("Adresse",)),
    Column("lieu_dit_uai", headers=("Lieu dit",)),
    Column("boite_postale_uai", headers=("Boite postale",)),
    Column("code_postal_uai", headers=("Code postal",)),
    Column("localite_acheminement_uai", headers=("Localite d'acheminement",)),
    Column("libelle_commune", headers=("Commune",)),
    Column("epsg"),
    Column("latitude", expected=True),
    Column("longitude", expected=True),
    Column("appariement", expected=True, headers=("Qualité d'appariement",)),
    Column("localisation"),
    Column("nature_uai", expected=True, headers=("Code nature",)),
    Column("nature_uai_libe", headers=("Nature",)),
    Column("etat_etablissement_libe", headers=("Etat établissement",)),
    Column("code_departement"),
    Column("code_region"),
    Column("code_academie"),
    Column("code_commune", expected=True),
    Column("libelle_departement", headers=("Département",)),
    Column("libelle_region", headers=("Région",)),
    Column("libelle_academie", headers=("Académie",)),
    Column("secteur_prive_code_type_contrat", headers=("Code type contrat privé", "Code contrat")),
    Column("secteur_prive_libelle_type_contrat", headers=("Type contrat privé", "Libellé type contrat privé")),
    Column("date_ouverture", headers=("Date d'ouverture",)),
)
_ADDRESS_FILE = "fr-en-adresse-et-geolocalisation-etablissements-premier-et-second-degre"

_geolocalisation = Form(
    "geolocalisation",
    tuple(replace(column, headers=()) for column in _ADDRESS_COLUMNS),
    shape="etablissements_of_geolocalisation.sql",
    note=f"{_ADDRESS_FILE}, technical names.",
)

_geolocalisation_labels = Form(
    "geolocalisation, labels",
    _ADDRESS_COLUMNS,
    shape="etablissements_of_geolocalisation.sql",
    note=f"{_ADDRESS_FILE}, labels.",
)

_annuaire = Form(
    "annuaire",
    (
        Column("identifiant_de_l_etablissement", required=True),
        Column("nom_etablissement", expected=True),
        Column("type_etablissement", expected=True),
        Column("statut_public_prive"),
        Column("adresse_1"),
        Column("adresse_2"),
        Column("adresse_3"),
        Column("code_postal"),
        Column("code_commune", expected=True),
        Column("nom_commune"),
        Column("code_departement"),
        Column("code_academie"),
        Column("code_region"),
        Column("voie_generale"),
        Column("voie_technologique"),
        Column("voie_professionnelle"),
        Column("section_internationale"),
        Column("post_bac"),
        Column("type_contrat_prive"),
        Column("code_type_contrat_prive"),
        Column("libelle_departement"),
        Column("libelle_academie"),
        Column("libelle_region"),
        Column("epsg", headers=("epsg_origine",)),
        Column("latitude", expected=True),
        Column("longitude", expected=True),
        Column("precision_localisation"),
        Column("date_ouverture"),
        Column("etat"),
        Column("code_nature"),
        Column("libelle_nature"),
    ),
    shape="etablissements_of_annuaire.sql",
    note="fr-en-annuaire-education, 69 columns in 2023, 71 in 2026, technical names or labels.",
)

_ile_de_france = Form(
    "ile-de-france",
    (
        Column("code_uai", required=True),
        Column("nom_etablissement", expected=True),
        Column("nature_uai", expected=True),
        Column("statut"),
        Column("contrat_etablissement"),
        Column("adresse_postale"),
        Column("code_postal"),
        Column("code_insee", expected=True),
        Column("commune"),
        Column("departement"),
        Column("code_academie"),
        Column("academie"),
        Column("geo", expected=True),
    ),
    shape="etablissements_of_ile_de_france.sql",
    note="lycees-donnees-generales of the Région Île-de-France.",
)

etablissements_par_source = Dataset(
    name="etablissements_par_source",
    table="etablissements_par_source",
    columns=(
        Column("source", required=True, pattern="^(geolocalisation|annuaire|ile-de-france)$", note="which directory"),
        _UAI,
        *_WHO,
        *_WHERE,
        *_POINT,
        *_LIFE,
        *ENGINE,
    ),
    key=("source", "uai"),
    unit=("source",),
    period="",
    forms=(_geolocalisation, _geolocalisation_labels, _annuaire, _ile_de_france),
    beside=True,
    label=("uai", "nom", "source"),
    bounds=_NATIONAL,
    checks=(
        Check("point_outside", query="etablissements_point.sql", note="a point outside the area of its projection"),
    ),
    traps=(
        "The annuaire holds several rows of one UAI (annexes, several names): one is kept, the open and main one;"
        " flags are those of any of them; the others are counted as left out.",
        "Six projections are in use, one a territory: latitude and longitude are read, the projected pair never is.",
        "147 of 7,654 collèges have no coordinates (the Pacific collectivities, and a few not located).",
        "Code_region is INSEE's here, unlike in the files of the index of social position.",
        "A contract may be spelt C0NTRAT, with a zero.",
        "The order of rows changes from one export to the next.",
    ),
    note="What each directory of schools says of each school. etablissements_geolocalisation is made of it.",
)

etablissements_geolocalisation = Dataset(
    name="etablissements_geolocalisation",
    table="etablissements_geolocalisation",
    columns=(
        _UAI,
        *_WHO,
        Column("est_lycee", "boolean", note="whether it is a lycée (type)"),
        Column("est_college", "boolean", note="whether it is a collège (type)"),
        *_WHERE,
        *_POINT,
        Column("position_source", note="directory that the coordinates are from"),
        *_LIFE,
        Column("source", note="directory that most of the row is from"),
        Column("sources", "text[]", note="directories that name the school"),
        *ENGINE,
    ),
    key=("uai",),
    needs=("etablissements_par_source",),
    derive="etablissements_geolocalisation.sql",
    beside=True,
    label=("uai", "nom"),
    bounds=Bounds(least=1, complete=1, most=100_000),
    traps=(
        "A value is taken from the file of addresses first, then from the annuaire, then from the regional file;"
        " the point always whole from one of them.",
    ),
    note="The national directory: one row a school, of every level, with its address, commune and point.",
)

_OF_THE_DIRECTORY = ("etablissements_geolocalisation",)
# Some 3,700 lycées of the ministry; 5,500 with the agricultural ones and those abroad.
_LYCEES = Bounds(least=1, complete=1, most=7_000)

geodata_lycees = Dataset(
    name="geodata_lycees",
    table="geodata_lycees",
    columns=(
        _UAI,
        Column("etablissement", note="name of the school"),
        _LATITUDE_COLUMN,
        _LONGITUDE_COLUMN,
        _CODE_COMMUNE,
        Column("commune", note="name of the commune"),
        Column("academie", note="name of the académie"),
        _SECTEUR,
        *ENGINE,
    ),
    key=("uai",),
    needs=_OF_THE_DIRECTORY,
    derive="geodata_lycees.sql",
    bounds=_LYCEES,
    differs=(
        "The old table held 64,412 rows, the whole directory, because its filter was lost. Here are lycées only,"
        " 3,500 to 5,600 of them; schools of every level are in etablissements_geolocalisation."
    ),
    note="Points of lycées. Made from the national directory.",
)

lycees_geolocalisation = Dataset(
    name="lycees_geolocalisation",
    table="lycees_geolocalisation",
    columns=(
        _UAI,
        Column("nom", note="name of the school"),
        Column("commune", note="name of the commune"),
        _LATITUDE_COLUMN,
        _LONGITUDE_COLUMN,
        _SECTEUR,
        *ENGINE,
    ),
    key=("uai",),
    needs=_OF_THE_DIRECTORY,
    derive="lycees_geolocalisation.sql",
    bounds=_LYCEES,
    differs="The old table held the 2,441 general and technological lycées; the vocational ones are here too.",
    note="Points of lycées, for the look-up of a sector. Made from the national directory.",
)

lycees_address_uai_mapping = Dataset(
    name="lycees_address_uai_mapping",
    table="lycees_address_uai_mapping",
    columns=(_UAI, Column("address", required=True, note="street, postal code and town, in one line"), *ENGINE),
    key=("uai",),
    needs=_OF_THE_DIRECTORY,
    derive="lycees_address_uai_mapping.sql",
    bounds=_LYCEES,
    note="Addresses of lycées. Made from the national directory; a lycée without an address is not in it.",
)

_EXPORTS = "https://data.education.gouv.fr/api/explore/v2.1/catalog/datasets/{}/exports/csv"

addresses = Source(
    dataset="etablissements_par_source",
    title="Adresse et géolocalisation des établissements d'enseignement du premier et second degrés",
    owner="DEPP, ministère de l'Éducation nationale",
    licence="Licence Ouverte 2.0 (Etalab)",
    urls=(_EXPORTS.format(_ADDRESS_FILE),),
    provider_ids=(_ADDRESS_FILE,),
    months=tuple(range(1, 13)),
    note="Open schools of every level, with coordinates and the quality of each match.",
)

directory = Source(
    dataset="etablissements_par_source",
    title="Annuaire de l'éducation",
    owner="DNE, ministère de l'Éducation nationale",
    licence="Licence Ouverte 2.0 (Etalab)",
    urls=(_EXPORTS.format("fr-en-annuaire-education"),),
    provider_ids=("fr-en-annuaire-education",),
    months=tuple(range(1, 13)),
    optional=True,
    note="Renewed every night; types of school, tracks and international sections.",
)

ile_de_france = Source(
    dataset="etablissements_par_source",
    title="Lycées : données générales",
    owner="Région Île-de-France",
    licence="Licence Ouverte 2.0 (Etalab)",
    provider_ids=("lycees-donnees-generales",),
    months=(3,),
    where="data.gouv.fr, dataset lycees-donnees-generales of the Région Île-de-France",
    optional=True,
    note="Lycées of one region; read when it is in the folder.",
)
