"""Results of lycées at the vocational baccalauréat, from the ministry's workbook."""

from greenroom import Bounds, Check, Column, Dataset
from greenroom.model.form import Form, Place
from greenroom_schools import bac
from greenroom_schools.bac import BLOCKS, COURSE, SCHOOL, WORKBOOK_COURSE, WORKBOOK_SCHOOL, added, pupils, rate, respelt
from greenroom_schools.ips import ENGINE

_GROUPS = {
    "toutes_specialites": "TOTAL",
    "production": "Ensemble Production",
    "services": "Ensemble Services",
    "pluri_techno": "Spécialités pluri-techno.",
    "transformations": "Transformations",
    "genie_civil": "Génie civil, construction et bois",
    "materiaux_souples": "Matériaux souples",
    "mecanique_electricite": "Mécanique, électricité, électronique",
    "services_plurivalents": "Spécialités plurivalentes des services",
    "echanges_gestion": "Échanges et gestion",
    "communication": "Communication et information",
    "services_personnes": "Services aux personnes",
    "services_collectivite": "Services à la collectivité",
}


def _of_group(name: str, label: str) -> tuple[Column, ...]:
    what = "all specialities" if label == "TOTAL" else label.removesuffix(".")
    return (
        # `expected` is what no file of general and technological lycées has
        pupils(f"presents_{name}", expected=name in ("toutes_specialites", "production"), note=f"present, {what}"),
        rate(f"taux_reussite_{name}", note=f"candidates who passed, {what}"),
        added(f"valeur_ajoutee_taux_reussite_{name}", note=f"candidates who passed, {what}"),
        rate(f"taux_mentions_{name}", note=f"candidates who passed with honours, {what}"),
        added(f"valeur_ajoutee_taux_mentions_{name}", note=f"candidates who passed with honours, {what}"),
    )


_BY_GROUP = {name: _of_group(name, label) for name, label in _GROUPS.items()}
_NUMBERS = tuple(column for columns in _BY_GROUP.values() for column in columns)

aggregated_data_lycees_pro = Dataset(
    name="aggregated_data_lycees_pro",
    table="aggregated_data_lycees_pro",
    columns=(*SCHOOL, *_NUMBERS, *COURSE, *ENGINE),
    key=("uai", "annee"),
    unit=("annee",),
    forms=(
        Form(
            "workbook",
            (
                *WORKBOOK_SCHOOL,
                *(
                    respelt(column, f"{BLOCKS[column.name.removesuffix(f'_{name}')]} / {_GROUPS[name]}")
                    for name, columns in _BY_GROUP.items()
                    for column in columns
                ),
                *WORKBOOK_COURSE,
            ),
            shape="lycees_workbook.sql",
            place=Place(sheet="LP*", header_row=2, block_row=1),
            year="annee",
            note="The ministry's workbook of one year, sheet LP: titles over blocks, every cell text.",
        ),
    ),
    beside=True,
    label=("uai", "etablissement", "annee"),
    # 2,008 in 2024.
    bounds=Bounds(least=1, complete=1_700, most=2_600, overlap=0.7),
    checks=(Check("results_empty", query="lycees_pro_empty.sql", note="a year without a single rate"),),
    traps=(
        "Not of the source document: kept apart so that the sheet LP is never taken for LGT.",
        "838 of the 2,331 lycées of 2024 stand in both tables: lycées polyvalents.",
        "ND = not computed for so few pupils: null, and named in withheld.",
    ),
    note="Results of lycées at the vocational baccalauréat (IVAL), one row a lycée and year.",
)

files = bac.source(
    "aggregated_data_lycees_pro",
    "Indicateurs de valeur ajoutée des lycées d'enseignement professionnel",
    optional=True,
    note="Only the workbook is read: fr-en-indicateurs-de-resultat-des-lycees-pro_v2 spells its columns otherwise.",
)
