"""Postal codes: the places of one code are gathered, lost zeros are put back, and no row is a key by itself."""

import json

from tests.greenroom_schools.datasets.commune_files import REAL
from tests.greenroom_schools.datasets.onisep_files import desk as desk

NAME = "communes_postales"
TABLE = "educational_data.communes_postales"
HEXASMAL = "Code_commune_INSEE;Nom_commune;Code_postal;Ligne_5;Libellé_d_acheminement;coordonnees_gps\n"


def test_the_file_of_the_post_gathers_places_and_mends_zeros(desk):
    text = (
        HEXASMAL
        + "1001;PORT AZUR;1400;;PORT AZUR;46.15, 4.92\n"
        + "1001;PORT AZUR;1400;LE BAS;PORT AZUR;46.15, 4.92\n"
        + "1001;PORT AZUR;1400;LE HAUT;PORT AZUR;46.15, 4.92\n"
        + "1001;PORT AZUR;1410;;PORT AZUR;46.15, 4.92\n"
    )
    staged = desk.publish(NAME, text)
    assert (staged.batch.staged, staged.batch.quarantined) == (2, 0)
    assert staged.batch.cleaned["code_commune"] == {"repaired": 2}
    assert staged.batch.cleaned["code_postal"] == {"repaired": 2}
    found = f"select code_commune, code_postal, lieux_dits, latitude, longitude from {TABLE} order by code_postal"
    assert desk.rows(found) == [
        ("01001", "01400", ["LE BAS", "LE HAUT"], 46.15, 4.92),
        ("01001", "01410", None, 46.15, 4.92),
    ]
    assert desk.stage(NAME, text).batch is None


def test_the_list_of_the_tax_office_is_read(desk):
    one = {"codePostal": "99100", "codeCommune": "99001", "nomCommune": "Port-Azur", "libelleAcheminement": "PORT AZUR"}
    desk.publish(NAME, json.dumps([one]))
    assert desk.rows(f"select code_commune, code_postal, nom_commune, libelle_acheminement from {TABLE}") == [
        ("99001", "99100", "Port-Azur", "PORT AZUR")
    ]


def test_a_row_that_cannot_be_read_is_named(desk):
    desk.publish(NAME, HEXASMAL + "99001;A;99100;;A;\n99002;B;991OO;;B;\n990;C;99100;;C;\n")
    assert sorted(desk.quarantine()) == [("bad_code_commune", "990"), ("bad_code_postal", "991OO")]


def test_the_real_lists(desk, shared_data):
    staged = desk.publish(NAME, shared_data(REAL + "cog/laposte_hexasmal_2021.csv.gz"))
    assert (staged.batch.staged, staged.batch.quarantined) == (35_300, 0)
    assert staged.batch.cleaned["code_commune"] == {"repaired": 3_175}
    assert desk.value("select reading -> 'lines' from greenroom.batch") == 38_717
    staged = desk.publish(NAME, shared_data(REAL + "cog/codes-postaux-4.1.2.json.gz"))
    assert (staged.batch.read, staged.batch.staged, staged.batch.quarantined) == (35_684, 35_684, 0)
