"""Canonical forms that only the education files need: years, sectors, codes of two digits, natures of schools."""

from importlib.resources import files

import psycopg
import pytest


@pytest.fixture
def ask(database):
    with psycopg.connect(database.url) as conn:
        conn.execute("create schema greenroom_schools")
        for name in ("10_canonical.sql", "11_canonical_years.sql"):
            conn.execute(files("greenroom_schools").joinpath("sql", name).read_text("utf-8"))

        def asked(function, *values):
            marks = ", ".join(["%s"] * len(values))
            return conn.execute(f"select greenroom_schools.{function}({marks})", values).fetchone()[0]

        yield asked


@pytest.mark.parametrize(
    ("function", "value", "expected"),
    [
        ("clean_annee", "2024", "2024"),
        ("clean_annee", " 2024.0 ", "2024"),
        ("clean_annee", "2024-01-01", "2024"),
        ("clean_annee", "2024-01-01T00:00:00+00:00", "2024"),
        ("clean_annee", "2023-2024", None),
        ("clean_annee", "24", None),
        ("clean_annee", "2024-09-01", None),
        ("clean_session", "2024", "2024"),
        ("clean_session", "2024-01-01", "2024"),
        ("clean_session", "2023-2024", "2024"),
        ("clean_session", "2023/2024", "2024"),
        ("clean_session", "2023-2025", None),
        ("clean_session", "juin 2024", None),
        ("session_of_rentree", "2023-2024", 2024),
        ("session_of_rentree", "2023", 2024),
        ("session_of_rentree", "nonsense", None),
        ("rentree_of_session", 2024, "2023-2024"),
        ("rentree_of_session", 24, None),
        ("clean_secteur_sous_contrat", "PR", "privé sous contrat"),
        ("clean_secteur_sous_contrat", "PU", "public"),
        ("clean_secteur_sous_contrat", "privé hors contrat", "privé hors contrat"),
        ("clean_secteur_sous_contrat", "X", None),
        ("clean_region", "1", "01"),
        ("clean_region", "024", "24"),
        ("clean_region", "84", "84"),
        ("clean_region", "124", None),
        ("departement_of_commune", "78646", "78"),
        ("departement_of_commune", "2A004", "2A"),
        ("departement_of_commune", "97411", "974"),
        ("departement_of_commune", "98818", "988"),
        ("departement_of_commune", "99130", "99"),
        ("departement_of_commune", None, None),
        ("type_of_nature", "302", "lycée"),
        ("type_of_nature", "335", "lycée"),
        ("type_of_nature", "340", "collège"),
        ("type_of_nature", "370", "erea"),
        ("type_of_nature", "151", "école"),
        ("type_of_nature", "400", None),
        ("type_of_nature", None, None),
    ],
)
def test_each_spelling_has_one_form(ask, function, value, expected):
    assert ask(function, value) == expected


@pytest.mark.parametrize("session", range(2012, 2026))
def test_a_session_and_its_school_year_name_each_other(ask, session):
    assert ask("session_of_rentree", ask("rentree_of_session", session)) == session
