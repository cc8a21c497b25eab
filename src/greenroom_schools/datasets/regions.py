"""Regions of France, from INSEE's official geographic code."""

from greenroom import Bounds, Column, Dataset, Source
from greenroom_schools.ips import ENGINE

regions = Dataset(
    name="regions",
    table="regions",
    beside=True,
    columns=(
        Column(
            "code_region",
            required=True,
            headers=("code", "reg"),
            clean="region_insee",
            note="INSEE code; not the code of a région académique",
        ),
        Column("nom_region", required=True, headers=("nom", "libelle"), note="its name"),
        Column("chef_lieu", headers=("chefLieu", "cheflieu"), clean="commune", note="code of its first town"),
        Column(
            "zone",
            pattern="^(metro|drom|com)$",
            note="metro, drom = overseas département, com = overseas collectivity, in none; where the file says",
        ),
        *ENGINE,
    ),
    key=("code_region",),
    label=("code_region", "nom_region"),
    bounds=Bounds(least=1, complete=18, most=40),
    note="Regions of France: INSEE code and name.",
)

file = Source(
    dataset="regions",
    title="Code officiel géographique, régions",
    owner="INSEE",
    licence="Licence Ouverte 2.0 (Etalab)",
    where="INSEE, Code officiel géographique: v_region_AAAA.csv; or regions.json of Etalab's découpage.",
    months=(2,),
    optional=True,
)
