"""Départements of France, from INSEE's official geographic code."""

from greenroom import Bounds, Column, Dataset, Source
from greenroom_schools.ips import ENGINE

departements = Dataset(
    name="departements",
    table="departements",
    beside=True,
    columns=(
        Column("code_departement", required=True, headers=("code", "dep"), clean="departement", note="01, 2A, 971"),
        Column("nom_departement", required=True, headers=("nom", "libelle"), note="its name"),
        Column(
            "code_region",
            expected=True,
            headers=("region", "reg"),
            clean="region_insee",
            note="INSEE code of its region",
        ),
        Column("chef_lieu", headers=("chefLieu", "cheflieu"), clean="commune", note="code of its first town"),
        Column(
            "zone",
            pattern="^(metro|drom|com)$",
            note="metro, drom = overseas département, com = overseas collectivity, in none; where the file says",
        ),
        *ENGINE,
    ),
    key=("code_departement",),
    label=("code_departement", "nom_departement"),
    # 101 since Mayotte became one, in 2011.
    bounds=Bounds(least=1, complete=101, most=115),
    note="Départements of France: code, name and region.",
)

file = Source(
    dataset="departements",
    title="Code officiel géographique, départements",
    owner="INSEE",
    licence="Licence Ouverte 2.0 (Etalab)",
    where=(
        "INSEE, Code officiel géographique: v_departement_AAAA.csv; "
        "or departements.json of Etalab's « découpage administratif »."
    ),
    months=(2,),
    optional=True,
)
