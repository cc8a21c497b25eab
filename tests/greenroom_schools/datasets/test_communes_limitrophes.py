"""Neighbours: whatever the file repeats or forgets, each pair stands both ways, once, in codes of today."""

import csv
from itertools import pairwise

import pytest
from tests.greenroom_schools.datasets.commune_files import ETALAB_2024, MOVEMENTS, REAL, settle, written
from tests.greenroom_schools.datasets.onisep_files import desk as desk

NAME = "communes_limitrophes"
TABLE = "educational_data.communes_limitrophes"
HEADER = "insee;nom;nb_voisins;insee_voisins\n"


def publish(desk, *rows, header=HEADER):
    file = written(desk, "communes_adjacentes_2022.csv", header + "".join(f"{row}\n" for row in rows))
    return desk.publish(NAME, file)


def neighbours(desk):
    return {
        insee: (voisins, n) for insee, voisins, n in desk.rows(f"select insee, insee_voisins, nb_voisins from {TABLE}")
    }


def test_a_list_is_cleaned_of_itself_and_of_repeats(desk):
    settle(desk, ["99001", "99002", "99003"])
    publish(desk, "99001;A;5;99002|99002|99001|99003", "99002;B;1;99001", "99003;C;1;99001")
    assert neighbours(desk) == {
        "99001": (["99002", "99003"], 2), "99002": (["99001"], 1), "99003": (["99001"], 1),
    }  # fmt: skip


def test_what_one_says_the_other_says_too(desk):
    settle(desk, ["99001", "99002"])
    publish(desk, "99001;A;1;99002", "99002;B;0;")
    assert neighbours(desk) == {"99001": (["99002"], 1), "99002": (["99001"], 1)}


def test_repeated_communes_are_one_and_merged_ones_the_commune_of_today(desk):
    settle(desk, ["99001", "99002", "99003"], "2024-01-01 32 99004 > 99001", "2024-01-01 32 99001 > 99001")
    publish(desk, "99001;A;1;99002", "99001;A;1;99004", "99004;D;2;99001|99003", "99002;B;1;99001", "99003;C;1;99004")
    assert neighbours(desk)["99001"] == (["99002", "99003"], 2)
    assert neighbours(desk)["99003"] == (["99001"], 1)


def test_an_island_has_no_neighbours_rather_than_no_row(desk):
    codes = [f"990{n:02}" for n in range(1, 11)]
    settle(desk, [*codes, "95001"])
    publish(desk, *(f"{a};;1;{b}" for a, b in pairwise(codes[:9])), f"{codes[8]};;1;{codes[7]}")
    assert neighbours(desk)["99010"] == ([], 0)
    # another département, of which the file says nothing
    assert "95001" not in neighbours(desk)


def test_a_département_of_which_the_file_has_a_part_gets_no_islands(desk):
    settle(desk, ["99001", "99002", "99003", "99004"])
    publish(desk, "99001;A;1;99002", "99002;B;1;99001")
    assert set(neighbours(desk)) == {"99001", "99002"}


def test_a_file_of_one_département_leaves_the_others_whole(desk):
    settle(desk, ["95001", "95002", "99001", "99002"])
    publish(desk, "95001;;2;95002|99001", "95002;;1;95001", "99001;;2;99002|95001", "99002;;1;99001")
    # now only 99, in which 99002 borders on 95002
    publish(desk, "99001;;2;99002|95001", "99002;;2;99001|95002")
    assert neighbours(desk) == {
        "95001": (["95002", "99001"], 2),
        "95002": (["95001"], 1),
        "99001": (["95001", "99002"], 2),
        "99002": (["95002", "99001"], 2),
    }


@pytest.mark.parametrize(
    "marks", ["99002|99003", "99002,99003", "99002 ; 99003", "{99002,99003}", '["99002", "99003"]']
)
def test_any_marks_stand_between_the_codes(desk, marks):
    settle(desk, ["99001", "99002", "99003"])
    file = written(desk, "old_2022.csv", f"insee\tinsee_voisins\tnb_voisins\n99001\t{marks}\t9\n".replace('"', ""))
    desk.publish(NAME, file)
    assert neighbours(desk)["99001"] == (["99002", "99003"], 2)


def test_codes_that_are_no_commune_are_counted_and_those_that_are_no_code_quarantined(desk):
    settle(desk, ["99001", "99002"])
    publish(desk, "99001;A;2;99002|99777", "99002;B;1;99001", "99888;X;1;99001", "ZZ;Y;1;99001")
    assert neighbours(desk) == {"99001": (["99002"], 1), "99002": (["99001"], 1)}
    assert desk.quarantine() == [("bad_insee", "ZZ")]
    assert desk.value(f"select reading -> 'left_out' from greenroom.batch where parser like '{NAME}%%'") == {
        "a commune that is none today, or several": 1,
        "a neighbour that is no commune today, or several": 1,
    }


def test_a_file_that_does_not_say_its_year_is_read_by_codes_that_ever_meant_one_commune(desk):
    settle(desk, ["99001", "99002"])
    staged = desk.publish(NAME, HEADER + "99001;A;1;99002\n99002;B;1;99001\n")
    assert (staged.batch.staged, staged.batch.quarantined) == (2, 0)
    assert desk.value(f"select insee_voisins from {TABLE} where insee = '99001'") == ["99002"]


def test_twice_is_once(desk):
    settle(desk, ["99001", "99002"])
    publish(desk, "99001;A;1;99002", "99002;B;1;99001")
    assert desk.stage(NAME, desk.folder / "communes_adjacentes_2022.csv").batch is None


def test_the_real_breton_file(desk, shared_data):
    real = shared_data(REAL + "limitrophes/voisinageCommunesBretonnes_22_29_56.csv")
    with real.open(encoding="utf-8", newline="") as text:
        rows = list(csv.DictReader(text, delimiter=";"))
    raw = {row["insee"]: row["insee_voisins"].split("|") for row in rows}
    # This cut has three of the four départements: 74 lines of communes met before, as many that list themselves,
    # 246 lists with repeats, which their count counts.
    assert (len(rows), len(raw)) == (938, 864)
    assert sum(row["insee"] in row["insee_voisins"].split("|") for row in rows) == 74
    repeated = [row for row in rows if len(set(listed := row["insee_voisins"].split("|"))) < len(listed)]
    assert len(repeated) == 246
    assert all(int(row["nb_voisins"]) == len(row["insee_voisins"].split("|")) for row in rows)

    desk.publish("communes_mouvements", shared_data(MOVEMENTS))
    desk.publish("info_communes", shared_data(ETALAB_2024))
    file = written(desk, "voisinage_2019.csv", real.read_text(encoding="utf-8"))
    staged = desk.publish(NAME, file)
    assert staged.batch.quarantined == 0
    assert desk.value("select complete from greenroom.unit order by id desc limit 1") is False
    found = neighbours(desk)
    assert len(found) == 874
    assert all(n == len(voisins) == len(set(voisins)) and insee not in voisins for insee, (voisins, n) in found.items())
    assert all(insee in found[v][0] for insee, (voisins, _) in found.items() for v in voisins if v in found)
    assert {insee for insee, (_, n) in found.items() if n == 0} == {
        "22016", "29082", "29083", "29084", "29155", "56069", "56085", "56086", "56087", "56088",
    }  # fmt: skip
    # neighbours across the edge of the file, in other départements, got no list from it
    assert {insee[:2] for insee in found} == {"22", "29", "56"}
    assert {v[:2] for voisins, _ in found.values() for v in voisins} == {"22", "29", "35", "44", "56"}
