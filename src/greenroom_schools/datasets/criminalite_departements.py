"""Recorded crime by département, and the rates over départements and France that are made from it."""

from greenroom import Bounds, Check, Column, Dataset, Source
from greenroom_schools.crime import DATASET, ENGINE_ONLY, OWNER, UNIT, indicator, number
from greenroom_schools.socio import OPEN_LICENCE

_YEAR = Column("annee", "integer", required=True, clean="millesime", note="year of the facts")

criminalite_departements = Dataset(
    name="criminalite_departements",
    table="criminalite_departements",
    beside=True,
    columns=(
        Column(
            "code_departement",
            required=True,
            headers=("Code.département",),
            clean="departement",
            note="01, 2A, 971; a zero lost in a spreadsheet is put back",
        ),
        _YEAR,
        indicator("classe"),
        Column("code_region", headers=("Code.région",), clean="region", note="INSEE code of the region, 01 to 94"),
        UNIT,
        number("nombre", "integer", "facts recorded", "faits"),
        number("taux_pour_mille", "numeric", "per 1000 inhabitants; of burglaries, per 1000 dwellings"),
        number("insee_pop", "integer", "inhabitants", "POP"),
        Column("insee_pop_millesime", "integer", headers=("millPOP",), clean="millesime", note="year of insee_pop"),
        number("insee_log", "integer", "dwellings", "LOG"),
        Column("insee_log_millesime", "integer", headers=("millLOG",), clean="millesime", note="year of insee_log"),
        *ENGINE_ONLY,
    ),
    key=("code_departement", "annee", "indicateur"),
    period="annee",
    bounds=Bounds(least=1, complete=8_000, most=50_000),
    checks=(
        Check("crime_release", query="crime_release.sql", note="an older release than the one published"),
        Check("crime_indicators", query="crime_indicators.sql", note="an indicator nobody has described yet"),
        Check("crime_rates", query="crime_rates.sql", note="a rate that its own count and denominator deny"),
    ),
    traps=(
        "Copies saved by a spreadsheet lose the zero of département and region: it is put back.",
        "The release of 2022 has another header, years of two digits, decimal commas, and twelve indicators.",
        "Homicides are published here and not for communes.",
    ),
    note="Recorded crime by département, year and indicator, since 2016. Source: SSMSI, data.gouv.fr.",
)

crime_indicateur_avg = Dataset(
    name="crime_indicateur_avg",
    table="crime_indicateur_avg",
    columns=(
        Column("code_departement", required=True, note="01, 2A, 971 …, and FR for all départements of the file"),
        Column("annee", "integer", required=True, note="year of the facts"),
        Column("indicateur", required=True, note="as in criminalite_departements"),
        Column("unite_de_compte", note="what is counted"),
        Column("nombre", "bigint", note="facts recorded"),
        Column("denominateur", "bigint", note="inhabitants; of burglaries, dwellings"),
        Column("taux_pour_mille", "numeric", note="1000 * nombre / denominateur"),
        Column("nb_departements", "integer", note="départements behind the row; 101 for the whole of France"),
        *ENGINE_ONLY,
    ),
    key=("code_departement", "annee", "indicateur"),
    needs=("criminalite_departements",),
    derive="crime_indicateur_avg.sql",
    period="annee",
    bounds=Bounds(least=1, complete=1, most=60_000),
    traps=("A mean of communal rates would leave out the half that is not published and weigh villages as cities.",),
    differs=(
        "The old table had 98 places, all overseas départements in one, and no year; here each département and France, "
        "by year, from sums and not from means."
    ),
    note="Rate of each indicator by département and for France: sum of facts over sum of inhabitants or dwellings.",
)

file = Source(
    dataset="criminalite_departements",
    title="Bases statistiques communale et départementale de la délinquance enregistrée: départements",
    owner=OWNER,
    licence=OPEN_LICENCE,
    where=(
        f"data.gouv.fr/datasets/{DATASET}: take donnee-dep-data.gouv-….csv of the newest release; "
        "its name, and so its address, changes with each."
    ),
    provider_ids=(DATASET,),
    months=(2, 3, 6, 7),
)
