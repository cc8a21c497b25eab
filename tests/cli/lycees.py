"""Made-up files of the index of social position: as many lycées as wanted, in the département 99."""

import csv

PLACE = {
    "academie": "AZUR",
    "code_du_departement": "99",
    "departement": "VAL D AZUR",
    "code_insee_de_la_commune": "",
    "nom_de_la_commune": "PORT AZUR",
}
KIND = {"secteur": "public", "type_de_lycee": "LPO"}
SCORES = {"ips_voie_gt": "110.5", "ips_voie_pro": "NS", "ecart_type_etablissement": "31"}
LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"


def uai(number):
    """A school number with its right check letter."""
    digits = f"{9990000 + number:07d}"
    return digits + LETTERS[int(digits) % 23]


def lycees(count, year="2023-2024", first=1, ips=100):
    """Rows of `count` lycées; the index grows by one from row to row."""
    return [
        {
            "rentree_scolaire": year,
            **PLACE,
            "uai": uai(number),
            "nom_de_l_etablissement": f"LYCEE INVENTE {number}",
            **KIND,
            **SCORES,
            "ips_etab": str(ips + number % 40),
        }
        for number in range(first, first + count)
    ]


def file_of(path, rows):
    """A file as the portal publishes it."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter=";")
        writer.writeheader()
        writer.writerows(rows)
    return path
