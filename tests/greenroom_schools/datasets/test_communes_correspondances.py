"""What an old code of a commune is today: by the year of its file, and nothing where it is not one commune."""

from tests.greenroom_schools.datasets.commune_files import (
    INSEE_2025,
    MOVEMENTS,
    insee,
    movements,
    settle,
    today,
    written,
)
from tests.greenroom_schools.datasets.onisep_files import desk as desk

TABLE = "educational_data.communes_correspondances"


def fates(desk, code):
    return desk.rows(
        f"select valid_from::text, valid_until::text, code_actuel, kind, is_unique from {TABLE}"
        " where code_ancien = %s and retired_at is null order by 1, 3",
        code,
    )


def test_a_commune_to_which_nothing_happened_is_itself(desk):
    settle(desk, ["99001"])
    assert fates(desk, "99001") == [("1943-01-01", None, "99001", "same", True)]
    assert today(desk, "99001", 1990) == "99001"


def test_a_chain_of_mergers_is_followed(desk):
    settle(
        desk, ["99003"],
        "2016-01-01 32 99001 > 99002", "2016-01-01 32 99002 > 99002",
        "2019-01-01 32 99002 > 99003", "2019-01-01 32 99003 > 99003",
    )  # fmt: skip
    assert [today(desk, code, 2015) for code in ("99001", "99002", "99003")] == ["99003"] * 3
    assert fates(desk, "99001") == [
        ("1943-01-01", "2016-01-01", "99003", "merged", True),
        ("2016-01-01", None, "99003", "part", True),
    ]


def test_a_commune_put_together_and_taken_apart_is_several_in_between(desk):
    settle(
        desk, ["99001", "99002"],
        "2016-01-01 32 99001 > 99001", "2016-01-01 32 99002 > 99001", "2016-01-01 32 99002 > COMD 99002",
        "2024-01-01 21 99001 > 99001", "2024-01-01 21 99001 > 99002", "2024-01-01 21 COMD 99002 > 99002",
    )  # fmt: skip
    assert [today(desk, "99001", year) for year in (2015, 2016, 2023, 2024)] == ["99001", None, None, "99001"]
    # the one that came back always meant itself, also in files that went on using its code
    assert [today(desk, "99002", year) for year in (2015, 2020, 2024, None)] == ["99002"] * 4
    assert today(desk, "99001") is None
    assert [f for f in fates(desk, "99001") if not f[4]] == [
        ("2016-01-01", "2024-01-01", "99001", "split", False),
        ("2016-01-01", "2024-01-01", "99002", "split", False),
    ]


def test_a_code_that_changed_and_changed_back_is_followed(desk):
    settle(
        desk, ["99001"],
        "2017-01-01 32 99001 > 99001", "2017-01-01 32 99002 > 99001",
        "2021-01-01 50 99001 > 99002", "2023-01-01 50 99002 > 99001",
    )  # fmt: skip
    for code in ("99001", "99002"):
        assert {today(desk, code, year) for year in (2016, 2018, 2022, 2024, None)} == {"99001"}


def test_a_change_of_département_and_a_merger_of_one_day_are_one_after_the_other(desk):
    settle(
        desk, ["99003"],
        "2018-01-01 41 95001 > 99009", "2018-01-01 32 99009 > 99003", "2018-01-01 32 99009 > COMD 99009",
        "2018-01-01 32 99003 > 99003",
    )  # fmt: skip
    assert [today(desk, code, 2017) for code in ("95001", "99009", "99003")] == ["99003"] * 3


def test_a_renumbered_commune_that_comes_back_under_its_new_code_is_known(desk):
    settle(
        desk, ["99003", "99009"],
        "1968-01-01 41 95001 > 99009",
        "2016-01-01 33 99009 > 99003", "2016-01-01 33 99003 > 99003",
        "2024-01-01 21 99003 > 99003", "2024-01-01 21 99003 > 99009",
    )  # fmt: skip
    assert today(desk, "95001", 1960) == "99009"


def test_a_commune_shared_out_is_no_single_one_and_leaves_its_heirs_alone(desk):
    settle(desk, ["99002", "99003"], "1968-01-01 30 99001 > 99002", "1968-01-01 30 99001 > 99003")
    assert today(desk, "99001", 1960) is None
    assert today(desk, "99002", 2020) == "99002"


def test_a_new_name_changes_nothing(desk):
    settle(desk, ["99001"], "2010-01-01 10 99001 > 99001")
    assert today(desk, "99001", 2000) == "99001"


def test_a_movement_after_the_day_of_the_list_does_not_count_yet(desk):
    settle(desk, ["99001", "99002"], "2026-01-01 32 99001 > 99002", "2026-01-01 32 99002 > 99002", year=2025)
    assert today(desk, "99001", 2025) == "99001"
    # the list of the next year comes, and the codes follow it in the same transaction
    desk.publish("info_communes", written(desk, "v_commune_2026.csv", insee("99002")))
    assert today(desk, "99001", 2025) == "99002"


def test_a_commune_that_the_list_does_not_hold_is_left_out_by_name_of_the_reason(desk):
    settle(desk, ["99001"], "2016-01-01 32 99002 > 99003", "2016-01-01 32 99003 > 99003")
    assert today(desk, "99002", 2015) is None
    reading = desk.value(
        "select reading -> 'left_out' from greenroom.batch where origin = 'file' order by id desc limit 1"
    )
    assert reading == {"its commune is not in info_communes: take movements and communes of the same year": 3}


def test_arrondissements_and_the_codes_that_stand_for_their_communes(desk):
    ville = {"COM": "75056", "DEP": "75", "LIBELLE": "Grande-Ville"}
    first = {
        "TYPECOM": "ARM",
        "COM": "75101",
        "DEP": "",
        "REG": "",
        "LIBELLE": "Grande-Ville 1er",
        "COMPARENT": "75056",
    }
    settle(desk, [ville, first])
    assert [today(desk, code, 2024) for code in ("75101", "75100", "75056")] == ["75056"] * 3
    place = "select greenroom_schools.current_place(%s, 2024)"
    assert [desk.value(place, code) for code in ("75101", "75100", "75056", "12345")] == [
        "75101",
        "75056",
        "75056",
        None,
    ]
    assert [f[3] for code in ("75101", "75100") for f in fates(desk, code)] == ["arrondissement", "alias"]


def test_movements_that_come_later_are_followed_at_once(desk):
    settle(desk, ["99001"])
    assert today(desk, "99002", 2015) is None
    desk.publish("communes_mouvements", movements("2016-01-01 32 99001 > 99001", "2016-01-01 32 99002 > 99001"))
    assert today(desk, "99002", 2015) == "99001"


def test_no_meaning_overlaps_another_of_the_same_code(desk):
    settle(
        desk, ["99001", "99002"],
        "1950-01-01 33 99002 > 99001", "1950-01-01 33 99001 > 99001",
        "1990-01-01 21 99001 > 99001", "1990-01-01 21 99001 > 99002",
        "2016-01-01 32 99002 > 99001", "2016-01-01 32 99001 > 99001",
    )  # fmt: skip
    assert overlaps(desk) == 0


def overlaps(desk):
    """Meanings of one code whose times overlap, though each is said to be the only one."""
    return desk.value(
        f"""
        select count(*)
        from {TABLE} as a
        join {TABLE} as b
          on b.code_ancien = a.code_ancien
          and (b.valid_from, b.code_actuel) <> (a.valid_from, a.code_actuel)
        where (a.is_unique or b.is_unique)
          and daterange(a.valid_from, a.valid_until) && daterange(b.valid_from, b.valid_until)
        """
    )


def test_the_real_communes(desk, shared_data):
    # The copy of the movements is cut at 2025: mergers of 1 January 2025 are not in it.
    desk.publish("communes_mouvements", shared_data(MOVEMENTS))
    desk.publish("info_communes", shared_data(INSEE_2025))
    assert overlaps(desk) == 0
    follow: dict[str, dict[int, str | None]] = {
        # re-established in 2024
        "60054": {2015: "60054", 2022: None, 2024: "60054"},
        "60694": {2015: "60694", 2022: "60694", 2024: "60694"},
        "85084": {2015: "85084", 2022: None, 2024: "85084"},
        "85165": {2015: "85165", 2022: "85165", 2024: "85165"},
        # renumbered to and fro, never cut up
        "27676": {2015: "27676", 2022: "27676", 2024: "27676"},
        "27058": {2015: "27676", 2022: "27676", 2024: "27676"},
        # another département
        "14513": {2015: "50592"},
        "49144": {2015: "44180"},
        "20004": {1970: "2A004"},
        "14011": {2024: "14581"},
        "69383": {2024: "69123"},
        "69380": {2024: "69123"},
        # merged on 1 January 2025: not in this copy, so not known rather than wrong
        "97123": {2005: None},
    }
    found = {code: {year: today(desk, code, year) for year in years} for code, years in follow.items()}
    assert found == follow
    lost = f"""
        select count(*)
        from educational_data.info_communes as i
        where i.retired_at is null
          and not exists (
            select
            from {TABLE} as c
            where c.code_ancien = i.code_commune
              and c.code_actuel = coalesce(i.code_parent, i.code_commune)
              and c.valid_until is null
              and c.is_unique
          )
        """
    # 15031, 15035, 15047, 15171 and 49126 came back on 1 January 2025
    assert desk.value(lost) == 5
    assert desk.value(f"select count(distinct code_actuel) from {TABLE}") == 34_870
