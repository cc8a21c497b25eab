"""Municipal populations of communes, year by year."""

from greenroom import Bounds, Column, Dataset, Form, Source
from greenroom_schools.ips import ENGINE

_CODE = ("codgeo", "com", "code_insee", "insee_com", "codecom")
_YEARS = tuple(f"{year % 100:02}" for year in range(2006, 2041))

communes_population = Dataset(
    name="communes_population",
    table="communes_population",
    beside=True,
    columns=(
        Column(
            "code_commune",
            required=True,
            headers=_CODE,
            clean="commune",
            note="INSEE code of the file's own year; see traps",
        ),
        Column(
            "annee",
            "integer",
            required=True,
            pattern="^(19|20)[0-9]{2}$",
            note="year of the population: the census it comes from",
        ),
        Column(
            "population",
            "integer",
            required=True,
            headers=("pmun", "population municipale", "p{aa}_pop", "pmun{aa}", "pmun{annee}"),
            clean="number",
            pattern="^[0-9]{1,8}$",
            note="municipal population (each person counted once); 0 in six villages destroyed in 1916",
        ),
        Column("nom_commune", headers=("libgeo", "commune", "libelle"), note="name of the commune"),
        *ENGINE,
    ),
    key=("code_commune", "annee"),
    unit=("annee",),
    forms=(
        Form(
            "years",
            (
                Column("code_commune", required=True, headers=_CODE),
                Column("nom_commune", headers=("libgeo", "commune", "libelle")),
                *(Column(f"p{year}_pop", headers=(f"pmun{year}", f"pmun20{year}")) for year in _YEARS),
            ),
            shape="communes_population.sql",
            note="a column a year: p13_pop, p14_pop …",
        ),
        Form(
            "one year",
            (
                Column("code_commune", required=True, headers=_CODE),
                Column("population", required=True, headers=("pmun", "population municipale")),
                Column("nom_commune", headers=("libgeo", "commune", "libelle")),
                Column("annee"),
            ),
            year="annee",
            note="INSEE, populations légales: donnees_communes.csv",
        ),
    ),
    bounds=Bounds(least=1, complete=34_000, most=37_500),
    traps=(
        "The communes are those of the file, of all years alike: merged ones stand in it with their old codes.",
        "The file of 2013 to 2021 has arrondissements only for Paris, Lyon and Marseille, and no Mayotte; another may "
        "have both. Never add up a column of codes: info_communes has both, told apart by type_commune.",
    ),
    note="Municipal population of communes, one row a commune and year.",
)

file = Source(
    dataset="communes_population",
    title="Populations municipales des communes",
    owner="INSEE",
    licence="Licence Ouverte 2.0 (Etalab)",
    where=(
        "data.gouv.fr, « population municipale des communes, France entière » (XLSX, 2013 to 2021); "
        "or INSEE, populations légales."
    ),
    months=(12,),
    optional=True,
    note="Fills the population of info_communes where its own file has none.",
)
