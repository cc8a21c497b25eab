"""The communes of today, and the arrondissements of Paris, Lyon and Marseille."""

from greenroom import Bounds, Check, Column, Dataset, Form, Source
from greenroom_schools.ips import ENGINE

_DEGREES = r"^-?[0-9]{1,3}(\.[0-9]+)?$"

_COLUMNS = (
    Column("code_commune", required=True, clean="commune", note="INSEE code"),
    Column(
        "type_commune",
        required=True,
        pattern="^(COM|ARM)$",
        note="COM = commune; ARM = arrondissement of Paris, Lyon or Marseille, counted in its commune too",
    ),
    Column("code_parent", clean="commune", note="the commune of an arrondissement; null for communes"),
    Column("nom_commune", required=True, note="name with its article and accents"),
    Column(
        "code_departement", required=True, clean="departement", note="01, 2A, 971; of an overseas collectivity, 975 …"
    ),
    Column("nom_departement", note="from the dataset departements, where that is loaded"),
    Column("code_region", clean="region_insee", note="INSEE code of the region; an overseas collectivity has its own"),
    Column("nom_region", note="from the dataset regions, where that is loaded"),
    Column(
        "zone",
        required=True,
        pattern="^(metro|drom|com)$",
        note="metro, drom = overseas département, com = overseas collectivity",
    ),
    Column("code_arrondissement", note="arrondissement of the préfecture: 012"),
    Column("code_canton", note="canton"),
    Column("code_postal", clean="postal", note="lowest of its postal codes"),
    Column(
        "codes_postaux",
        "text[]",
        note="all its postal codes; of Paris, Lyon and Marseille, those of the arrondissements",
    ),
    Column("libelle_d_acheminement", note="name of the post office, upper case without accents"),
    Column("population", "integer", clean="number", pattern="^[0-9]{1,8}$", note="municipal population"),
    Column(
        "population_annee",
        "integer",
        pattern="^20[0-9]{2}$",
        note="its year, where it comes from communes_population; null = the file's own",
    ),
    Column("siren", pattern="^[0-9]{9}$", note="number of the commune in the register of enterprises"),
    Column("latitude", "double precision", clean="number", pattern=_DEGREES, note="of a point in the commune, WGS84"),
    Column("longitude", "double precision", clean="number", pattern=_DEGREES, note="of a point in the commune, WGS84"),
    Column(
        "annee_cog",
        "integer",
        pattern="^20[0-9]{2}$",
        note="1 January whose communes these are; null = those of the day it was fetched",
    ),
)

_ETALAB = Form(
    "découpage administratif",
    (
        Column("code", required=True),
        Column("nom", required=True),
        Column("type", required=True),
        Column("zone", required=True),
        Column("departement", required=True),
        Column("region", required=True),
        Column("arrondissement"),
        Column("commune", note="of an arrondissement"),
        Column("chef_lieu", note="of a delegated or associated commune"),
        Column("codes_postaux", expected=True),
        Column("population", expected=True),
        Column("siren", expected=True),
        Column("type_liaison"),
        Column("rang_chef_lieu"),
        Column("anciens_codes"),
        Column("annee"),
    ),
    shape="info_communes_etalab.sql",
    year="annee",
    note="communes.json of Etalab's « découpage administratif »; the year of its COG from the file's name or --period",
)

_API = Form(
    "geo.api.gouv.fr",
    (
        Column("code", required=True),
        Column("nom", required=True),
        Column("code_departement", required=True),
        Column("code_region", required=True),
        Column("codes_postaux", expected=True),
        Column("population", expected=True),
        Column("siren"),
        Column("zone"),
        Column("centre"),
        Column("code_epci"),
        Column("type"),
    ),
    shape="info_communes_api.sql",
    note="answer of geo.api.gouv.fr/communes: the communes of the day it is asked",
)

_INSEE = Form(
    "v_commune",
    (
        Column("typecom", required=True),
        Column("com", required=True),
        Column("reg", required=True),
        Column("dep", required=True),
        Column("ctcd"),
        Column("arr"),
        Column("tncc"),
        Column("ncc"),
        Column("nccenr"),
        Column("libelle", required=True),
        Column("can"),
        Column("comparent", required=True),
        Column("annee"),
    ),
    shape="info_communes_insee.sql",
    year="annee",
    note="INSEE, v_commune_AAAA.csv: no population, no postal code, no overseas collectivity",
)

_OLD = Form(
    "old table",
    (
        Column("insee_com", required=True),
        Column("nom_com", required=True),
        Column("code_com"),
        Column("population"),
        Column("code_cant"),
        Column("code_arr"),
        Column("code_dept", required=True),
        Column("nom_dept"),
        Column("code_reg"),
        Column("nom_reg"),
        Column("nom_commune"),
        Column("code_postal"),
        Column("libelle_d_acheminement"),
        Column("coordonnees_gps"),
        Column("code_du_departement"),
        Column("annee"),
    ),
    shape="info_communes_old.sql",
    year="annee",
    note="export of the old database; the year of its communes by --period",
)

info_communes = Dataset(
    name="info_communes",
    table="info_communes",
    columns=(*_COLUMNS, *ENGINE),
    key=("code_commune",),
    period="annee_cog",
    label=("code_commune", "nom_commune"),
    forms=(_ETALAB, _API, _INSEE, _OLD),
    needs=("regions", "departements", "communes_mouvements", "communes_postales", "communes_population"),
    # 34,875 communes and 45 arrondissements in 2025; 36,700 in 2012.
    bounds=Bounds(least=1, complete=34_500, most=36_000),
    checks=(
        Check(
            "info_communes_arrondissements",
            query="info_communes_arrondissements.sql",
            note="arrondissements that are missing, or without their commune",
        ),
        Check(
            "info_communes_blanked",
            query="info_communes_blanked.sql",
            note="what production knows and this file does not say",
        ),
        Check(
            "info_communes_older",
            query="info_communes_older.sql",
            note="communes of an earlier year than those published",
        ),
    ),
    traps=(
        "Sum over type_commune = 'COM' only: each arrondissement is counted in its commune.",
        "A delegated commune often has the code of the commune it belongs to: a list without its type cannot be used.",
        "v_commune has no population and no postal codes: they come from communes_population and "
        "communes_postales, which must be published before. What would go blank is held for a person to decide.",
        "v_commune has no overseas collectivities (975 to 988): those published stay as they are.",
        "geo.api.gouv.fr leaves arrondissements out unless it is asked for them.",
    ),
    differs=(
        "The source document's code_postal is one code; 1 commune in 100 has several: codes_postaux has all. The "
        "columns of the old table (insee_com, nom_com, code_dept …) are generated from those of the document."
    ),
    note="Communes of France today, and the 45 arrondissements of Paris, Lyon and Marseille.",
)

file = Source(
    dataset="info_communes",
    title="Communes de France (API Découpage administratif)",
    owner="DINUM (Etalab), from INSEE, DGCL and La Poste",
    licence="Licence Ouverte 2.0 (Etalab)",
    urls=(
        "https://geo.api.gouv.fr/communes?fields=nom,code,zone,codesPostaux,siren,codeEpci,codeDepartement,codeRegion,population,centre"
        "&type=commune-actuelle,arrondissement-municipal&zone=metro,drom,com",
    ),
    months=(2,),
    note="Also read: communes.json of Etalab's « découpage administratif », and v_commune_AAAA.csv of INSEE's COG.",
)
