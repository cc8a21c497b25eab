"""`greenroom lookup`: the answer of the function, in words and as JSON, and one département at a time."""

import pytest

HEADER = (
    "code_departement;code_insee;libelle_commune;lieu_dit;Type_et_Libelle;No_de_voie_debut;Indice_de_repetition_debut;"
    "No_de_voie_fin;Indice_de_repetition_fin;Parite;Code_RNE;Secteur_unique\n"
)
LINES = (
    "099;99001;Port-Azur;;RUE DU PORT;1;;13;;I;9990001X;N\n"
    "099;99001;Port-Azur;;RUE DU PORT;23;;9999;;I;9990002Y;N\n"
    "988;98801;Port-Loin;;;;;;;;9990003Z;O\n"
)


@pytest.fixture
def azur(schools, tmp_path):
    """Two départements staged with the school year said, the gaps approved, nothing promoted."""
    file = tmp_path / "carte.csv"
    file.write_text(HEADER + LINES, encoding="utf-8")
    words = ("stage", "sectorisation_segments", "--from", str(file), "--period", "2023-2024")
    assert schools(*words).code == 0
    assert schools("approve", "sectorisation_segments", "--by", "tests", "--note", "known").code == 0
    return schools


def test_one_departement_is_promoted_and_looked_up(azur):
    assert azur("promote", "sectorisation_segments", "--departement", "99").code == 0
    said = azur("lookup", "7 rue du Port, Port-Azur", "--niveau", "college")
    assert said.code == 0
    assert "9990001X" in said.out
    assert "segment · 2023-2024 · carte_scolaire_colleges" in said.out
    assert "Indicative" in said.out
    assert "no commune is called" in azur("lookup", "Port-Loin").out
    assert azur("promote", "sectorisation_segments", "--departement", "988").code == 0
    assert "9990003Z" in azur("lookup", "Port-Loin").out


def test_the_json_is_the_functions_answer_and_a_gap_is_told(azur):
    assert azur("promote", "sectorisation_segments").code == 0
    found = azur("lookup", "15 rue du Port", "--commune", "99001", "--niveau", "college", "--json").json
    (answer,) = found["answers"]
    assert (answer["problem"], answer["schools"], len(answer["sectors"])) == ("gap", [], 2)
    assert "is listed, but not number 15" in azur("lookup", "15 rue du Port", "--commune", "99001").out


@pytest.mark.parametrize(
    ("words", "cause"),
    [
        ((), "No address is given"),
        (("--at", "2.35"), "'2.35' is not a place"),
        (("--at", "a,b"), "'a,b' is not a place"),
    ],
)
def test_a_question_that_is_none_is_refused(schools, words, cause):
    said = schools("lookup", *words, code=None)
    assert said.code != 0
    assert said.cause.startswith(cause)


def test_a_departement_that_nobody_staged_is_refused(azur):
    said = azur("check", "sectorisation_segments", "--departement", "35", code=None)
    assert said.code != 0
    assert "Nothing of sectorisation_segments is called '35'" in said.cause


def test_an_address_without_end_is_refused(schools):
    answer = schools("lookup", "1 rue " + "a" * 500, code=None)
    assert answer.code != 0
    assert "more than 300 characters" in answer.err
