"""International sections of schools in France and French schools abroad, from the ministry."""

from greenroom import Bounds, Column, Dataset, Form, Source
from greenroom_schools.ips import ENGINE

_RENTREE = Column("rentree_scolaire", required=True, clean="rentree", note="school year, 2025-2026")
_ACADEMIE = Column("academie", note="académie, upper case; of a school abroad, its country")
_UAI = Column("uai", required=True, clean="uai", note="school number; a school may stand on several rows")
_LATITUDE = Column("latitude", "double precision", clean="number", note="degrees north")
_LONGITUDE = Column("longitude", "double precision", clean="number", note="degrees east")

sections_internationales = Dataset(
    name="sections_internationales",
    table="sections_internationales",
    columns=(
        _RENTREE,
        _ACADEMIE,
        _UAI,
        Column("nom_etablissement", note="name of the school"),
        Column("niveau", required=True, note="école, collège, lycée, collège et lycée; or non précisé"),
        Column("ville", note="town"),
        Column("section", required=True, note="language or country of the section, upper case: BRITANNIQUE"),
        Column("premiere_session", note="first session of the OIB, or of the DNB with the international option"),
        Column("ouverture", note="what the file says of the section's opening"),
        _LATITUDE,
        _LONGITUDE,
        *(column for column in ENGINE if column.name != "withheld"),
    ),
    key=("rentree_scolaire", "uai", "section", "niveau"),
    unit=("rentree_scolaire",),
    forms=(
        Form(
            "portail",
            (
                Column("rentree_scolaire", headers=("Rentrée scolaire", "rentree"), expected=True),
                Column("academie", headers=("Académie",)),
                Column("uai", headers=("code_uai", "numero_uai"), expected=True),
                Column("nom_etablissement", headers=("Nom établissement", "Nom de l'établissement")),
                Column("niveau"),
                Column("ville", headers=("commune",)),
                Column(
                    "section",
                    headers=("Section International", "Section internationale", "Langue de la section"),
                    expected=True,
                ),
                Column(
                    "premiere_session",
                    headers=("Premiere_session_OIB_ou_DNB_option_internationale_a_venir",),
                ),
                Column(
                    "ouverture",
                    headers=("Ouverture de la section internationale", "ouverture_rentree_suivante"),
                ),
                Column("latitude"),
                Column("longitude"),
            ),
            shape="sections_internationales.sql",
            note="The portal's file, and copies cut to a few of its columns.",
        ),
    ),
    traps=(
        "A school may have several sections: 33 of 312 in a copy of 2025. Never join on uai alone.",
        "A copy cut to four columns has no level: niveau is then 'non précisé'.",
        "Of schools abroad, the column academie holds the country.",
    ),
    differs=(
        "The source document joins it by uai for has_section_internationale; several rows per school would "
        "repeat the lycée. The column is there, the join belongs to the view sections_par_uai."
    ),
    # 1,044 rows in February 2026, 395 in a copy of its collèges and schools abroad
    bounds=Bounds(least=1, complete=300, most=2_500),
    note="International sections, one row per school year, school, section and level.",
)

file = Source(
    dataset="sections_internationales",
    title="Sections internationales",
    owner="DGESCO, ministère de l'Éducation nationale",
    licence="Licence Ouverte 2.0 (Etalab)",
    urls=(
        "https://data.education.gouv.fr/api/explore/v2.1/catalog/datasets/fr-en-sections-internationales/exports/csv",
        "https://www.data.gouv.fr/api/1/datasets/r/877befc2-2b3c-4e27-902b-abcf7f1e800f",
    ),
    provider_ids=("fr-en-sections-internationales",),
    months=(9, 10),
    note="One edition per school year. The second address is the data.gouv.fr redirect to the same file.",
)
