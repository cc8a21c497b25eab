"""What the files spell in many ways has one canonical form, or none."""

import pytest
from psycopg import sql

READ = {
    "uai": {
        "0750654D": "0750654D",
        " 0750654d\u00a0": "0750654D",
        "9710015P": "9710015P",
        # A wrong check letter, letters that are never used, a place too many, the bad key of a real file.
        "0750654E": None,
        "0750654I": None,
        "07506540D": None,
        "350001SH": None,
        "0750654": None,
        "": None,
    },
    "commune": {
        "78646": "78646",
        "01269": "01269",
        "1269": "01269",
        "2a004": "2A004",
        "2B033": "2B033",
        "97117": "97117",
        "99130": "99130",
        "75056": "75056",
        "20004": None,
        "00123": None,
        "96123": None,
        "269": None,
        "2C004": None,
        "786460": None,
        # overseas, département and commune in three digits each; the digit they share must be the same
        "971102": "97102",
        "973353": "97353",
        "971202": None,
        "975501": None,
    },
    "departement": {
        "1": "01",
        "01": "01",
        "001": "01",
        "44": "44",
        "044": "44",
        "95": "95",
        "2A": "2A",
        "02b": "2B",
        "971": "971",
        "978": "978",
        "988": "988",
        "099": "99",
        "20": None,
        "020": None,
        "0": None,
        "00": None,
        "96": None,
        "979": None,
        "985": None,
        "0971": None,
        "2C": None,
        "Paris": None,
    },
    "region_insee": {
        "11": "11",
        "1": "01",
        "01": "01",
        "06": "06",
        "94": "94",
        "975": "975",
        "05": None,
        "0": None,
        "973": None,
        "Bretagne": None,
    },
    "region_academique": {
        "17": "17",
        "1": "01",
        "010": "10",
        "007": "07",
        "52": None,
        "0": None,
        "975": None,
    },
    "postal": {
        "75001": "75001",
        "1400": "01400",
        " 01400 ": "01400",
        "140": None,
        "750010": None,
        "7500A": None,
    },
    "rentree": {
        "2023-2024": "2023-2024",
        "2023/2024": "2023-2024",
        "2023 - 2024": "2023-2024",
        "2023": "2023-2024",
        "2023-01-01": "2023-2024",
        "2023-09-01": "2023-2024",
        "2023-09-01T00:00:00+00:00": "2023-2024",
        "2023-2025": None,
        "2024-2023": None,
        "2023-2023": None,
        "2023-24": None,
        "2023-06-15": None,
        "23": None,
        "20232024": None,
    },
    "secteur": {
        "public": "public",
        "PUBLIC": "public",
        "PU": "public",
        "privé sous contrat": "privé sous contrat",
        "Prive_sous contrat": "privé sous contrat",
        "PRIVE\u0301  SOUS CONTRAT": "privé sous contrat",
        "PRIVÉ HORS CONTRAT": "privé hors contrat",
        "PR": "privé",
        "Privé": "privé",
        "PRIVE": "privé",
        "mixte": None,
        "": None,
    },
    "number": {
        "105.9": "105.9",
        "105,90": "105.9",
        "583.0": "583",
        "139": "139",
        "0100": "100",
        "+4": "4",
        "-2": "-2",
        "\u22122,50": "-2.5",
        "-0": "0",
        "0.0": "0",
        "1 234,5": "1234.5",
        "12\u00a0345": "12345",
        "1\u202f234\u202f567": "1234567",
        " 81.7 ": "81.7",
        "1.234,5": None,
        "1,234,567": None,
        "12 34": None,
        "1234 567": None,
        "81,7%": None,
        "1e5": None,
        "NaN": None,
        "Infinity": None,
        "5.": None,
        ".5": None,
        "": None,
        "9" * 31: None,
    },
}


def clean(conn, name, value):
    function = sql.Identifier("greenroom_schools", f"clean_{name}")
    return conn.execute(sql.SQL("select {}(%s::text)").format(function), [value]).fetchone()[0]


@pytest.mark.parametrize("name", READ)
def test_each_spelling_has_its_canonical_form(conn, name):
    assert {value: clean(conn, name, value) for value in READ[name]} == READ[name]


@pytest.mark.parametrize("name", READ)
def test_a_canonical_form_is_its_own_and_null_stays_null(conn, name):
    forms = {form for form in READ[name].values() if form is not None}
    assert {clean(conn, name, form) for form in forms} == forms
    assert clean(conn, name, None) is None


def test_each_check_letter_is_accepted_once(conn):
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    for number in (9990001, 9990012, 23, 0):
        accepted = [letter for letter in letters if clean(conn, "uai", f"{number:07}{letter}")]
        assert accepted == ["ABCDEFGHJKLMNPRSTUVWXYZ"[number % 23]]


def test_the_search_path_cannot_bend_them(conn):
    conn.execute("create schema bent")
    conn.execute("create function bent.btrim(text, text) returns text language sql return 'bent'")
    conn.execute("create function bent.trim_scale(numeric) returns numeric language sql return 0")
    conn.execute("set local search_path = bent, pg_catalog")
    assert clean(conn, "uai", "0750654D") == "0750654D"
    assert clean(conn, "number", "105,90") == "105.9"


def test_they_are_immutable_parallel_safe_bound_and_commented(conn):
    rows = conn.execute(
        """
        select proname, provolatile::text, proparallel::text, prosqlbody is not null, obj_description(oid) is not null
        from pg_proc
        where pronamespace = 'greenroom_schools'::regnamespace
        """
    ).fetchall()
    assert sorted(rows) == [(f"clean_{name}", "i", "s", True, True) for name in sorted(READ)]
