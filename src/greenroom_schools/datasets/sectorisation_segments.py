"""Sectors told street by street: which school serves which numbers of which street, or a whole commune."""

from greenroom import Bounds, Check, Column, Dataset, Form, Source
from greenroom_schools.sectorisation import EDITION, ENGINE, SCHOOLS, TRAPS

_NUMBER = r"^[0-9]{1,5}$"

_COLUMNS = (
    *EDITION,
    Column(
        "segment",
        required=True,
        note="what the row is about, in one word: commune, hamlet, street, numbers and side; the key inside an edition",
    ),
    Column("code_commune", required=True, clean="commune", note="INSEE code, five characters, as the file gives it"),
    Column("nom_commune", note="name of the commune, as the file gives it"),
    Column("commune_norm", note="the same as it is compared"),
    Column("lieu_dit", note="former commune or hamlet, where two streets of one name must be told apart"),
    Column("libelle_rue", note="name of the street as published; null for a whole commune"),
    Column("street_norm", note="the same as it is compared: see greenroom_schools.clean_street"),
    Column("number_from", "integer", pattern=_NUMBER, note="first number"),
    Column("letter_from", clean="repetition", note="letter behind the first number: A, B (bis), T (ter), Q (quater)"),
    Column("number_to", "integer", pattern=_NUMBER, note="last number; 9999 = to the end of the street"),
    Column("letter_to", clean="repetition", note="letter behind the last number"),
    Column("side", clean="side", note="P even numbers, I odd, PI both"),
    Column("secteur_unique", "boolean", required=True, note="true = the whole commune, whatever the street"),
    *SCHOOLS,
    Column("ewkb", clean="multiline", note="line of the street as hex EWKB, where the file gives one"),
    Column(
        "match_score", "numeric(5,2)", note="how sure the line is that of the street, 0 to 100, where the file says"
    ),
    *ENGINE,
)

# The national file under its technical names and under its labels; the lycées of Occitanie add some columns to it.
_CARTE = (
    Column("code_departement", required=True),
    Column("annee_scolaire", headers=("annee_scol", "rentree_scolaire")),
    Column("code_insee", required=True, headers=("code_commune",)),
    Column("libelle_commune", expected=True),
    Column("lieu_dit"),
    Column("type_et_libelle", expected=True),
    Column("numero_debut", expected=True, headers=("n_de_voie_debut", "no_de_voie_debut")),
    Column("indice_debut", headers=("indice_de_repetition_debut",)),
    Column("numero_fin", expected=True, headers=("n_de_voie_fin", "no_de_voie_fin")),
    Column("indice_fin", headers=("indice_de_repetition_fin",)),
    Column("parite", expected=True),
    Column("code_rne", required=True, headers=("uai", "code_uai")),
)

_COLLEGES = Form(
    "carte scolaire des collèges",
    (*_CARTE, Column("secteur_unique", expected=True)),
    shape="segments_carte_colleges.sql",
    year="annee_scolaire",
    note="data.education.gouv.fr; both its technical names and its labels",
)

_LYCEES = Form(
    "carte scolaire des lycées d'Occitanie",
    (*_CARTE, Column("appellation_officielle", required=True)),
    shape="segments_carte_lycees.sql",
    year="annee_scolaire",
    note="the side is a sentence, and geo_shape the outline of the commune on every row: not used",
)

_PDF = Form(
    "tableau de rues transcrit",
    (
        Column("commune", required=True),
        Column("type_de_voie", expected=True),
        Column("libelle_de_voie", required=True),
        Column("numero_debut", expected=True, headers=("NUMERO (DEBUT DE VOIE)",)),
        Column("indice_debut", headers=("INDICE DE REPETITION DE DEBUT",)),
        Column("numero_fin", expected=True, headers=("NUMERO (FIN DE VOIE, INCLUS)",)),
        Column("indice_fin", headers=("INDICE DE REPETITION DE FIN",)),
        Column("parite", expected=True),
        Column("lycee", required=True, headers=("LYCEE DE RATTACHEMENT",)),
        Column("annee_scolaire"),
    ),
    shape="segments_lycees_nommes.sql",
    year="annee_scolaire",
    note="a PDF of an académie as a table; it names the lycées, their UAIs are looked up in the directory",
)

_OLD = Form(
    "ancienne table",
    (
        Column("code_commune", required=True),
        Column("libelle_rue", required=True),
        Column("number_from", expected=True),
        Column("number_to", expected=True),
        Column("side", expected=True),
        Column("uai_lycees_1", required=True),
        Column("uai_lycees_2"),
        Column("uai_lycees_3"),
        Column("uai_lycees_4"),
        Column("annee_scolaire"),
        Column("ewkb", headers=("geometry", "geom")),
    ),
    shape="segments_ancienne_table.sql",
    year="annee_scolaire",
    note="an export of the table the source document describes",
)

sectorisation_segments = Dataset(
    name="sectorisation_segments",
    table="sectorisation_segments",
    columns=_COLUMNS,
    key=("code_departement", "annee_scolaire", "niveau", "source", "segment"),
    unit=("code_departement", "annee_scolaire", "niveau", "source"),
    period="annee_scolaire",
    forms=(_COLLEGES, _LYCEES, _PDF, _OLD),
    needs=("ips_lycees", "ips_colleges", "etablissements_geolocalisation", "info_communes"),
    label=("segment",),
    # 5,416 rows in Ille-et-Vilaine; a département whose communes are all whole has about as many rows as communes.
    bounds=Bounds(least=1, complete=100, most=100_000),
    checks=(
        Check("overlap", "segments_overlap.sql", "two rows claim the same numbers for different schools"),
        Check("reversed", "segments_reversed.sql", "a range that holds no number"),
        Check("gap", "segments_gap.sql", "numbers of a listed street that no row names"),
        Check("unmatched_school", "sectors_unmatched_school.sql", "a school that is only named and was not found"),
        Check("unknown_school", "sectors_unknown_school.sql", "a UAI that the directory does not hold"),
    ),
    traps=(
        *TRAPS,
        "Identical ranges with several schools are one sector with a set of schools, not a mistake.",
        "9999 means: to the end of the street.",
        "Only départements that volunteered are in the national file.",
    ),
    differs="One row for any number of schools: uais holds them all, and the document's four columns its first four."
    " The geometry is a MultiLineString, which a street in several parts is, and is null where a file gives no line.",
    note="Sectors of collèges and lycées by street and number.",
)

files = Source(
    dataset="sectorisation_segments",
    title="Carte scolaire des collèges publics",
    owner="ministère de l'Éducation nationale, départements volontaires",
    licence="Licence Ouverte 2.0 (Etalab)",
    urls=(
        "https://data.education.gouv.fr/api/explore/v2.1/catalog/datasets/"
        "fr-en-carte-scolaire-colleges-publics/exports/csv",
    ),
    provider_ids=("fr-en-carte-scolaire-colleges-publics",),
    months=(3, 9),
    optional=True,
    note="The file does not say its school year: give --period.",
)

occitanie = Source(
    dataset="sectorisation_segments",
    title="Carte scolaire des lycées publics d'Occitanie",
    owner="Région académique Occitanie",
    licence="Licence Ouverte 2.0 (Etalab)",
    provider_ids=("fr-en-occitanie-carte-scolaire-des-colleges-lycees-publics",),
    months=(3, 9),
    where="data.education.gouv.fr, dataset fr-en-occitanie-carte-scolaire-des-colleges-lycees-publics, export as CSV",
    optional=True,
)

academies = Source(
    dataset="sectorisation_segments",
    title="Sectorisation des lycées par rue",
    owner="académies (DSDEN)",
    licence="not stated",
    months=(3,),
    where="the PDF of the académie, as a table with the columns COMMUNE; TYPE DE VOIE; LIBELLE DE VOIE; NUMERO …;"
    " PARITE; LYCEE DE RATTACHEMENT",
    optional=True,
)
