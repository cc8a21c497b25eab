"""What the files of the index of social position have in common: the school, the scores, the address."""

from greenroom import Check, Column, Source
from greenroom.model.form import Form

# NS where too few pupils are known, NA where a département has no such school; sister files write the others.
WITHHELD = ("NS", "ND", "NA", "NC", "n/a", ".")

# Required is what no row may lack. The rest may be empty: some exports leave Corsica's codes out.
# `num_ligne` is left out on purpose: it numbers the lines of one export and moves with each.
YEAR_AND_PLACE = (
    Column("rentree_scolaire", required=True, clean="rentree", note="school year, 2023-2024"),
    Column("code_region", note="code of the académie's region (Pays de la Loire = 17), not INSEE's"),
    Column("code_region_insee", note="INSEE code of the region; published since 2026"),
    Column("region_academique", note="name of the académie's region"),
    Column("region_insee", note="name of the INSEE region; published since 2026"),
    Column("code_academie", note="code of the académie"),
    Column("academie", note="name of the académie, upper case without accents"),
    Column("code_du_departement", clean="departement", note="01, 2A, 971"),
    Column("departement", note="name of the département, upper case without accents"),
    Column(
        "code_insee_de_la_commune",
        clean="commune",
        note="INSEE code, five characters; of the arrondissement in Paris, Lyon and Marseille",
    ),
    Column("nom_de_la_commune", note="name of the commune, upper case without accents"),
)

SCHOOL = (
    Column("uai", required=True, clean="uai", note="school number with its check letter"),
    # Misspelt in every file before the series of 2023.
    Column("nom_de_l_etablissement", required=True, headers=("nom_de_l_etablissment",), note="name of the school"),
    Column("secteur", required=True, clean="secteur", note="public, privé sous contrat"),
)

ENGINE = (
    Column("withheld", "text[]", note="columns whose value the ministry withheld in this row; filled by the seal"),
    Column("retired_at", "timestamptz", kind="lifecycle", note="since when no file names this row; null = current"),
    Column("created_at", "timestamptz", kind="stamp", note="when the row was first published here"),
    Column("updated_at", "timestamptz", kind="stamp", note="when a release last changed it"),
    Column("release_id", "bigint", kind="stamp", note="the release that last changed it"),
)


CHECKS = (
    Check("ips_empty", query="ips_empty.sql", note="a year without a single index: the column was renamed"),
    Check("ips_place", query="ips_place.sql", note="a commune that is not in the département beside it"),
)


def score(name: str, *headers: str, note: str, expected: bool = False) -> Column:
    """Points of the index; a third decimal is refused, so that no published digit is rounded away."""
    return Column(
        name,
        "numeric(5,2)",
        headers=headers,
        missing=WITHHELD,
        clean="number",
        pattern=r"^[0-9]{1,3}(\.[0-9]{1,2})?$",
        expected=expected,
        note=note,
    )


def pupils(name: str, note: str) -> Column:
    """A count of pupils, which the files write as 475.0."""
    return Column(name, "integer", missing=WITHHELD, clean="number", pattern="^[0-9]{1,5}$", note=note)


def of_the_plan(spread: str, shape: str) -> Form:
    """The three columns of the source document's own table: the school is looked up in the years already published.

    No file of the portal fits it, since none of them calls its columns so.
    """
    year = Column("rentree_scolaire", clean="rentree")
    return Form(
        "plan",
        (year, Column("uai", required=True), Column("ips", expected=True), Column(spread, expected=True)),
        shape=shape,
        year="rentree_scolaire",
        note="The source document's table: uai, IPS and the deviation; the year from the file's name or --period.",
    )


def source(dataset: str, title: str, *provider_ids: str) -> Source:
    """The registry entry of the three series; newest first."""
    exports = "https://data.education.gouv.fr/api/explore/v2.1/catalog/datasets/{}/exports/csv"
    return Source(
        dataset=dataset,
        title=title,
        owner="DEPP, ministère de l'Éducation nationale",
        licence="Licence Ouverte 2.0 (Etalab)",
        urls=tuple(exports.format(provider_id) for provider_id in provider_ids),
        provider_ids=provider_ids,
        months=(1, 4),
        note="Three series: rentrées 2016 to 2021, 2022, and from 2023 on; the last is cumulative.",
    )
