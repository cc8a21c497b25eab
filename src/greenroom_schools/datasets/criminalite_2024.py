"""Recorded crime in each commune, year and indicator. From the SSMSI's communal file, one release at a time."""

from greenroom import Bounds, Check, Column, Dataset, Form, Source
from greenroom_schools.crime import DATASET, ENGINE_ONLY, OWNER, UNIT, indicator, number
from greenroom_schools.socio import OPEN_LICENCE, YEAR

_COLUMNS = (
    Column(
        "code_commune",
        required=True,
        headers=("CODGEO_{annee}", "codgeo"),
        clean="commune",
        note="INSEE code in the geography of the release; Paris, Lyon, Marseille and their arrondissements both",
    ),
    YEAR,
    indicator(),
    Column(
        "geographie", "integer", required=True, note="year of the map of communes; a release gives all years in one map"
    ),
    UNIT,
    number("nombre", "integer", "facts recorded; null where est_diffuse is ndiff"),
    number("taux_pour_mille", "numeric", "per 1000 inhabitants; of burglaries, per 1000 dwellings"),
    Column(
        "est_diffuse",
        pattern="^(diff|ndiff)$",
        note="diff: published, since more than five facts in three successive years; ndiff: not, see complement_*",
    ),
    number("insee_pop", "integer", "inhabitants"),
    number("insee_pop_millesime", "integer", "year of insee_pop"),
    number("insee_log", "integer", "dwellings"),
    number("insee_log_millesime", "integer", "year of insee_log"),
    number("complement_info_nombre", "numeric", "mean over the unpublished communes of the département: an estimate"),
    number("complement_info_taux", "numeric", "their mean rate per 1000: an estimate, never a count"),
)

criminalite_2024 = Dataset(
    name="criminalite_2024",
    table="criminalite_2024",
    columns=(*_COLUMNS, *ENGINE_ONLY),
    key=("code_commune", "annee", "indicateur"),
    forms=(Form("ssmsi", _COLUMNS, year="geographie", note="The header names the geography: CODGEO_2025."),),
    period="annee",
    bounds=Bounds(least=1, complete=500_000, most=12_000_000),
    checks=(
        Check(
            "crime_geography", query="crime_geography.sql", note="two maps of communes in one table, or an old release"
        ),
        Check("crime_indicators", query="crime_indicators.sql", note="an indicator nobody has described yet"),
    ),
    traps=(
        "Each release gives all years anew, in the communes of its own year: it replaces the table.",
        "Half the rows are not published (ndiff): their number is null, complement_* is a mean of the département.",
        "Indicators contain each other (drug use = fined + other): add only those with panier in crime_indicateurs.",
        "Paris, Lyon and Marseille stand beside their arrondissements: a sum over rows counts them twice.",
        "Indicators count different things: victims, offences, vehicles, suspects.",
    ),
    differs=(
        "The source document's table had no key; here it is commune, year and indicator, with the geography beside. "
        "Old names of indicators are stored under the new ones."
    ),
    note="Recorded crime by commune, year and indicator, in one geography. Source: SSMSI, data.gouv.fr.",
)

file = Source(
    dataset="criminalite_2024",
    title="Bases statistiques communale et départementale de la délinquance enregistrée: communes",
    owner=OWNER,
    licence=OPEN_LICENCE,
    where=(
        f"data.gouv.fr/datasets/{DATASET}: take donnee-data.gouv-….csv.gz of the newest release (35 MB); "
        "its name, and so its address, changes with each."
    ),
    provider_ids=(DATASET,),
    months=(2, 3, 6, 7),
    note="4.7 million rows for 2016 to 2024.",
)
