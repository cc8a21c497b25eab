"""Occupations and social categories, the words behind the codes of the index of social position."""

from greenroom import Bounds, Column, Dataset, Source
from greenroom_schools.ips import ENGINE

pcs_libelle = Dataset(
    name="pcs_libelle",
    table="pcs_libelle",
    columns=(
        Column(
            "pcs",
            "bigint",
            required=True,
            headers=("code_pcs", "code", "code PCS"),
            pattern="^[0-9]{1,4}$",
            note="Code of the post, PCS 2003.",
        ),
        Column(
            "libelle",
            required=True,
            headers=("libellé", "intitulé", "libelle_pcs"),
            note="Its name, as INSEE gives it.",
        ),
        *ENGINE,
    ),
    key=("pcs",),
    label=("pcs", "libelle"),
    # 42 posts in the PCS of 2003.
    bounds=Bounds(least=1, complete=40, most=100),
    differs=(
        "The source document keys it by code_pcs, as text; the database it describes had pcs, a number. "
        "Both names are there."
    ),
    note=(
        "Occupations and social categories (INSEE, PCS 2003, 42 posts). No source of it can be fetched: "
        "filled when a file is supplied."
    ),
)

file = Source(
    dataset="pcs_libelle",
    title="Professions et catégories socioprofessionnelles, PCS 2003, 42 postes",
    owner="INSEE",
    licence="Licence Ouverte 2.0 (Etalab)",
    where="INSEE, nomenclature PCS 2003: the list of the 42 posts, saved as a table with the columns pcs and libelle.",
    every_years=10,
    optional=True,
)
