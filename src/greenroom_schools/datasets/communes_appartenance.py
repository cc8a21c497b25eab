"""The areas a commune belongs to: intercommunalité, zone d'emploi, bassin de vie …; and those areas."""

from greenroom import Bounds, Column, Dataset, Form, Place, Source
from greenroom_schools.ips import ENGINE

_YEAR = Column(
    "annee_geographie", "integer", required=True, pattern="^20[0-9]{2}$", note="1 January whose communes these are"
)

_AREAS = (
    Column("code_commune", required=True, headers=("codgeo",), clean="commune", note="INSEE code of that year"),
    Column("nom_commune", headers=("libgeo",), note="its name"),
    Column("code_departement", headers=("dep",), clean="departement", note="01, 2A, 971"),
    Column("code_region", headers=("reg",), clean="region_insee", note="INSEE code of the region"),
    Column(
        "code_epci",
        headers=("epci",),
        pattern="^([0-9]{9}|ZZZZZZZZZ)$",
        note="SIREN of its intercommunalité; ZZZZZZZZZ = none",
    ),
    Column("nature_epci", note="CC, CA, CU, ME; ZZ = in none"),
    Column("code_arrondissement", headers=("arr",), note="arrondissement of the préfecture"),
    Column("code_canton", headers=("cv",), note="canton-ville"),
    Column("code_zone_emploi", headers=("ze{autre}",), note="zone d'emploi"),
    Column("code_unite_urbaine", headers=("uu{autre}",), note="unité urbaine"),
    Column("code_aav", headers=("aav{autre}",), note="aire d'attraction des villes; 000 = outside"),
    Column("categorie_aav", headers=("cateaav{autre}",), note="place of the commune in it"),
    Column(
        "code_bassin",
        headers=("bv{autre}",),
        pattern="^([0-9AB]{5}|Z{5})$",
        note="bassin de vie; looks like the code of a commune and is none; ZZZZZ in Mayotte = none drawn",
    ),
)

_WHERE = (
    "INSEE, « table d'appartenance géographique des communes » (XLSX in a ZIP): "
    "table-appartenance-geo-communes-AA.xlsx."
)

communes_appartenance = Dataset(
    name="communes_appartenance",
    table="communes_appartenance",
    beside=True,
    columns=(*_AREAS, _YEAR, *ENGINE),
    key=("code_commune", "annee_geographie"),
    unit=("annee_geographie",),
    forms=(
        Form(
            "table d'appartenance",
            (*_AREAS, _YEAR),
            place=Place(sheet="COM", header_row=6),
            year="annee_geographie",
            year_in_name=r"communes-(\d{2}|20\d{2})(?!\d)",
            note="sheet COM, technical names in row 6",
        ),
    ),
    bounds=Bounds(least=1, complete=34_000, most=37_500),
    traps=(
        "The year is in no column: the file's name must say it with four digits, or --period.",
        "The bassins de vie are those of 2012 in tables up to 2022, of 2022 since: their codes differ.",
    ),
    note="The areas each commune belongs to. Arrondissements have those of their commune and stand not in it.",
)

zones_supra_communales = Dataset(
    name="zones_supra_communales",
    table="zones_supra_communales",
    beside=True,
    columns=(
        Column(
            "niveau",
            required=True,
            headers=("nivgeo",),
            note="kind of area: EPCI, ZE2020, UU2020, AAV2020, BV2012, DEP …",
        ),
        Column("code_zone", required=True, headers=("codgeo",), note="its code"),
        Column("libelle", required=True, headers=("libgeo",), note="its name"),
        Column("nb_communes", "integer", headers=("nb_com",), note="communes in it"),
        _YEAR,
        *ENGINE,
    ),
    key=("niveau", "code_zone", "annee_geographie"),
    unit=("annee_geographie",),
    forms=(
        Form(
            "zones supra-communales",
            (
                Column("niveau", headers=("nivgeo",), required=True),
                Column("code_zone", headers=("codgeo",), required=True),
                Column("libelle", headers=("libgeo",), required=True),
                Column("nb_communes", "integer", headers=("nb_com",)),
                _YEAR,
            ),
            place=Place(sheet="Zones_supra_communales", header_row=6),
            year="annee_geographie",
            year_in_name=r"communes-(\d{2}|20\d{2})(?!\d)",
            note="sheet Zones_supra_communales, technical names in row 6",
        ),
    ),
    label=("niveau", "code_zone", "libelle"),
    bounds=Bounds(least=1, complete=5_000, most=20_000),
    note="Names of the areas of communes_appartenance.",
)

appartenance_file = Source(
    dataset="communes_appartenance",
    title="Table d'appartenance géographique des communes",
    owner="INSEE",
    licence="Licence Ouverte 2.0 (Etalab)",
    where=_WHERE,
    months=(3,),
    optional=True,
)

zones_file = Source(
    dataset="zones_supra_communales",
    title="Table d'appartenance géographique des communes, zones supra-communales",
    owner="INSEE",
    licence="Licence Ouverte 2.0 (Etalab)",
    where=_WHERE,
    months=(3,),
    optional=True,
)
