"""Points of the index of social position for each couple of parents."""

from greenroom import Bounds, Check, Column, Dataset, Form, Source
from greenroom_schools.ips import ENGINE

_COUPLE = (
    Column(
        "pcs_mere", "bigint", expected=True, pattern="^[0-9]{1,4}$", note="Occupation of the mother; null = not known."
    ),
    Column(
        "pcs_pere", "bigint", expected=True, pattern="^[0-9]{1,4}$", note="Occupation of the father; null = not known."
    ),
    Column("diplome_mere", "integer", note="Level of diploma of the mother, as the source counts; null = not used."),
    Column("diplome_pere", "integer", note="Level of diploma of the father, as the source counts; null = not used."),
    Column(
        "ips_score",
        "numeric(6,2)",
        required=True,
        headers=("ips", "score"),
        clean="number",
        pattern=r"^[0-9]{1,3}(\.[0-9]{1,2})?$",
        note="Index points; 38 to 179 in the published scale.",
    ),
)

ips_score = Dataset(
    name="ips_score",
    table="ips_score",
    columns=(
        *_COUPLE,
        Column(
            "couple",
            required=True,
            note="the four codes in a row, - for one that is not given: 31/52/-/-; what a row is known by",
        ),
        *ENGINE,
    ),
    key=("couple",),
    forms=(Form("couples", _COUPLE, shape="ips_score.sql", note="one row a couple of parents"),),
    needs=("pcs_libelle",),
    # 1,680 couples in the database of the source document.
    bounds=Bounds(least=1, complete=1_500, most=5_000),
    checks=(Check("ips_score_pcs", query="ips_score_pcs.sql", note="an occupation that pcs_libelle does not list"),),
    traps=("Promote pcs_libelle first: a couple whose occupation is not listed there is refused by name.",),
    differs=(
        "The source document keys it by one code_pcs; the published scale is by couple of parents, and one code cannot "
        "name a row. Codes may be missing, and a primary key holds no nulls: hence couple."
    ),
    note="Index of social position of a couple of parents (DEPP, actualisation 2022). Filled when a file is supplied.",
)

file = Source(
    dataset="ips_score",
    title="IPS : actualisation 2022, valeurs de référence par couple de PCS des parents",
    owner="DEPP, ministère de l'Éducation nationale",
    licence="Licence Ouverte 2.0 (Etalab)",
    where=(
        "DEPP, page « L'indice de position sociale (IPS) : actualisation 2022 »: its table of reference values, saved "
        "with the columns pcs_mere, pcs_pere, diplome_mere, diplome_pere, ips_score."
    ),
    every_years=5,
    optional=True,
)
