"""Places of secondary education as ONISEP describes them: address, coordinates, open days, languages."""

from greenroom import Bounds, Check, Column, Dataset, Form
from greenroom_schools.ips import ENGINE
from greenroom_schools.onisep import ENS_ID, UAI_TRAPS, day, source

# Also the columns of the old table onisep_etablissements_2024, under its names.
_COLUMNS = (
    Column("code_uai", clean="uai", headers=("code UAI", "uai"), note="school number; empty for some places"),
    Column("numero_siret", headers=("n° SIRET", "n_siret", "siret"), note="SIRET, fourteen digits, as published"),
    Column("type_etablissement", headers=("type d'établissement",), note="collège, lycée professionnel …; 25 kinds"),
    Column("nom", required=True, note="name of the place"),
    Column("sigle", note="acronym"),
    Column("statut", note="public, privé, privé sous contrat, privé hors contrat …, as published"),
    Column("tutelle", note="ministry in charge"),
    Column(
        "universite_rattachement_libelle_uai",
        headers=("université de rattachement libellé et UAI",),
        note="university it belongs to: name and UAI",
    ),
    Column(
        "universite_rattachement_id_url",
        headers=("université de rattachement ID et URL Onisep",),
        note="the same: its page at ONISEP",
    ),
    Column(
        "etablissements_lies_libelles",
        headers=("établissements liés libellés",),
        note="linked schools, separated by ' | '; as a list in etablissements_lies",
    ),
    Column(
        "etablissements_lies_url_id",
        headers=("établissements liés URL et ID Onisep",),
        note="their pages, in the same order; as a list in etablissements_lies_urls",
    ),
    Column("adresse_1", headers=("adresse",), note="street and number"),
    Column("adresse_2", headers=("boîte postale",), note="post-office box: the file has no second address line"),
    Column("code_postal", headers=("CP",), clean="postal_onisep", note="postal code, five digits"),
    Column("commune", note="name of the commune"),
    Column(
        "commune_cog",
        headers=("commune (COG)",),
        clean="commune",
        note="code of the commune as published; 75100 for Paris, which INSEE does not know: see code_commune",
    ),
    Column("cedex", note="Cedex, as published"),
    Column("telephone", note="telephone, as published"),
    Column("arrondissement", note="number of the arrondissement in Paris, Lyon and Marseille"),
    Column("departement", note="name of the département"),
    Column("academie", note="name of the académie"),
    Column("region", note="name of the region"),
    Column("region_cog", headers=("région (COG)",), note="INSEE code of the region, two digits; 00 = collectivities"),
    Column(
        "longitude", "double precision", headers=("longitude (X)", "longitude_x"), clean="number", note="degrees east"
    ),
    Column(
        "latitude", "double precision", headers=("latitude (Y)", "latitude_y"), clean="number", note="degrees north"
    ),
    Column("journees_portes_ouvertes", headers=("journées portes ouvertes",), note="open days, free text"),
    Column("langues_enseignees", headers=("langues enseignées",), note="languages taught, separated by commas"),
    Column("url_id_onisep", required=True, headers=("URL et ID Onisep", "url_et_id_onisep"), note="its page at ONISEP"),
    day("date_creation", "when ONISEP first described the place", "date création", "date de création"),
    day("date_modification", "when ONISEP last changed it", "date de modification"),
)

etablissements_onisep = Dataset(
    name="etablissements_onisep",
    table="etablissements_onisep",
    columns=(
        Column("ens_id", required=True, pattern=ENS_ID, note="ONISEP's number of the place, ENS.24671"),
        *(Column(c.name, c.type, required=c.required, clean=c.clean, note=c.note) for c in _COLUMNS),
        *(column for column in ENGINE if column.name != "withheld"),
    ),
    key=("ens_id",),
    label=("ens_id", "nom"),
    forms=(
        Form(
            "onisep",
            tuple(
                # the name of a place, its number and its school are what the file is for
                Column(c.name, headers=c.headers, expected=c.required or c.name == "code_uai", note=c.note)
                for c in _COLUMNS
            ),
            shape="etablissements_onisep.sql",
            note="The published file, CSV or JSON, and an export of the old table onisep_etablissements_2024.",
        ),
    ),
    traps=(
        *UAI_TRAPS,
        "Some 600 of 15,266 places have no UAI; they are kept.",
        "commune (COG) is 75100 for Paris: join communes on code_commune.",
        "région (COG) is 00 for the collectivities overseas, and 01 to 06 there are departments overseas.",
        "The XML edition has no dates and is not read.",
    ),
    differs=(
        "The key is ens_id, the number inside url_id_onisep: the UAI is empty or repeated on some rows, "
        "and an address may move to another host while its number stays."
    ),
    # 15,264 to 15,266 rows in 2026
    bounds=Bounds(least=1, complete=12_000, most=20_000),
    checks=(
        Check(
            "linked_schools",
            query="onisep_linked.sql",
            note="linked schools whose names and pages are not equally many",
        ),
    ),
    note="Places of secondary education as ONISEP describes them, one row per place of teaching.",
)

file = source("etablissements_onisep", "Idéo-Structures d'enseignement secondaire", "5fa5816ac6a6e")
