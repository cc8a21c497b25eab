"""Which postal codes a commune has, and where it stands on the map; from the post."""

from greenroom import Bounds, Column, Dataset, Form, Source
from greenroom_schools.ips import ENGINE

_NAME = ("nomCommune", "nom_de_la_commune", "#nom_commune")
_CODE = ("codeCommune", "code_commune_insee", "#code_commune_insee", "insee_com")

communes_postales = Dataset(
    name="communes_postales",
    table="communes_postales",
    beside=True,
    columns=(
        Column(
            "code_commune",
            required=True,
            headers=_CODE,
            clean="commune",
            note="INSEE code; arrondissements in Paris, Lyon and Marseille",
        ),
        Column("code_postal", required=True, headers=("codePostal",), clean="postal", note="five digits"),
        Column("nom_commune", headers=_NAME, note="name of the commune, as the source writes it"),
        Column(
            "libelle_acheminement",
            headers=("libelleAcheminement", "libelle_d_acheminement"),
            note="name of the post office, upper case without accents",
        ),
        Column(
            "lieux_dits", "text[]", note="places of that commune that have this postal code (line 5 of the address)"
        ),
        Column(
            "latitude",
            "double precision",
            clean="number",
            pattern=r"^-?[0-9]{1,2}(\.[0-9]+)?$",
            note="of the commune, WGS84",
        ),
        Column(
            "longitude",
            "double precision",
            clean="number",
            pattern=r"^-?[0-9]{1,3}(\.[0-9]+)?$",
            note="of the commune, WGS84",
        ),
        *ENGINE,
    ),
    key=("code_commune", "code_postal"),
    forms=(
        Form(
            "hexasmal",
            (
                Column("code_commune", required=True, headers=_CODE),
                Column("nom_commune", headers=_NAME),
                Column("code_postal", required=True),
                Column("libelle_acheminement", headers=("libelle_d_acheminement",)),
                Column("ligne_5", expected=True, headers=("ligne5",)),
                Column("coordonnees_gps", headers=("coordonnees_geographiques", "_geopoint")),
            ),
            shape="communes_postales.sql",
            note="La Poste, base officielle des codes postaux: one line a commune, postal code and place",
        ),
    ),
    bounds=Bounds(least=1, complete=34_500, most=60_000),
    traps=(
        "A commune may have several postal codes, a postal code several communes: neither is a key.",
        "The file of the post has arrondissements for Paris, Lyon and Marseille; copies of it have lost leading zeros.",
    ),
    note="Postal codes of each commune. The communes are those of the file's own year.",
)

file = Source(
    dataset="communes_postales",
    title="Base officielle des codes postaux",
    owner="La Poste",
    licence="Licence Ouverte 2.0 (Etalab)",
    where=(
        "data.gouv.fr, « base officielle des codes postaux » (laposte_hexasmal.csv); or codes-postaux.json, the same "
        "by the DGFiP. Only the former gives coordinates, and not in all its editions."
    ),
    months=(3, 10),
    optional=True,
    note="Fills postal codes and coordinates of info_communes where its own file has none.",
)
