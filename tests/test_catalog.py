"""What a person's words mean: boards and qualifications in any spelling, datasets, packs; and what they do not."""

import pytest

from greenroom import catalog
from greenroom.db.connection import begin, connect
from greenroom.model.errors import UnknownTarget


@pytest.fixture
def conn(make_database):
    url = make_database("exams", "schools").url
    with (
        connect(url, application_name="tests", statement_timeout_seconds=60, lock_timeout_seconds=5) as connection,
        begin(connection),
    ):
        yield connection


def names(found):
    return [each.name for each in found]


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (["AQA GCSE"], "AQA GCSE"),
        (["AQA", "GCSE"], "AQA GCSE"),
        (["aqa  gcse"], "AQA GCSE"),
        (["pearson", "a level"], "Edexcel A-Level"),
        (["Pearson Edexcel", "A-Level"], "Edexcel A-Level"),
        (["eduqas (wjec)", "gcse"], "EDUQAS GCSE"),
        (["WJEC (Eduqas)", "GCSE"], "EDUQAS GCSE"),
        (["WJEC", "A-Level"], "WJEC A-Level"),
        (["SQA", "National 5"], "SQA National-5"),
        (["ips_lycees"], "ips_lycees"),
        (["ips_lycees_years"], "ips_lycees"),
    ],
)
def test_any_spelling_means_the_one_scope(conn, words, name):
    assert catalog.one(conn, words).name == name


def test_two_targets_in_one_line_are_two(conn):
    assert names(catalog.resolve(conn, ["AQA GCSE", "ips_lycees"])) == ["AQA GCSE", "ips_lycees"]


def test_the_same_target_twice_is_once(conn):
    assert names(catalog.resolve(conn, ["AQA GCSE", "aqa gcse"])) == ["AQA GCSE"]


def test_a_board_means_all_its_scopes_that_anybody_has_named(conn):
    catalog.resolve(conn, ["AQA GCSE"])
    catalog.resolve(conn, ["AQA A-Level"])
    catalog.resolve(conn, ["OCR GCSE"])
    assert names(catalog.resolve(conn, ["AQA"])) == ["AQA A-Level", "AQA GCSE"]
    with pytest.raises(UnknownTarget, match="2 scopes: AQA A-Level, AQA GCSE"):
        catalog.one(conn, ["AQA"])


def test_a_pack_means_all_of_it(conn):
    catalog.resolve(conn, ["AQA GCSE"])
    assert names(catalog.resolve(conn, ["exams"])) == ["AQA GCSE"]
    everything = names(catalog.resolve(conn, ["schools"]))
    assert {"ips_lycees", "ips_colleges", "info_communes"} <= set(everything)
    assert set(everything) == set(catalog.groups(catalog.pack_named("schools")))


def test_a_known_board_that_nobody_has_staged_is_told_from_an_unknown_one(conn):
    with pytest.raises(UnknownTarget) as refused:
        catalog.resolve(conn, ["CCEA"])
    assert "CCEA" in refused.value.message
    assert "staged" in refused.value.message + refused.value.hint


@pytest.mark.parametrize(
    ("word", "near"),
    [
        ("AQA GSE", "AQA GCSE"),
        ("ips_lycee", "ips_lycees"),
        ("Edexel GCSE", "Edexcel GCSE"),
        ("OCRR A-Level", "OCR A-Level"),
    ],
)
def test_an_unknown_word_is_refused_with_the_nearest(conn, word, near):
    with pytest.raises(UnknownTarget, match=f"'{near}'"):
        catalog.resolve(conn, [word])


@pytest.mark.parametrize("word", ["", " ", "'; drop table x; --", "%", "WJEC A-Level extra"])
def test_nonsense_is_refused(conn, word):
    with pytest.raises(UnknownTarget):
        catalog.resolve(conn, [word])


def test_no_word_at_all_is_refused(conn):
    with pytest.raises(UnknownTarget):
        catalog.resolve(conn, [])


def test_everything_holds_what_waits_in_the_inbox(conn):
    conn.execute(
        "insert into public.staging_aqa_subjects (subject_code, subject_name, exam_board, qualification_type)"
        " values ('1', 'One', 'pearson', 'a level'), ('2', 'Two', 'Nowhere', 'GCSE')"
    )
    assert "Edexcel A-Level" in names(catalog.everything(conn))
    assert [row["exam_board"] for row in catalog.unknown_rows(conn)] == ["Nowhere"]


def test_a_subject_nobody_staged_is_refused_with_those_that_were(conn):
    found = catalog.one(conn, ["AQA GCSE"])
    catalog.narrow(conn, found, None)
    with pytest.raises(UnknownTarget) as refused:
        catalog.narrow(conn, found, "8525")
    assert "8525" in refused.value.message
    assert "nothing" in refused.value.hint


def test_packs_datasets_and_their_sources():
    assert list(catalog.packs()) == ["exams", "schools"]
    pack, dataset = catalog.dataset_named("curriculum_topics")
    assert (pack.name, dataset.name) == ("exams", "topics")
    schools = catalog.pack_named("schools")
    assert catalog.entry(schools, "ips_lycees").name == "ips_lycees_years"
    assert len(catalog.sources(schools, "ips_lycees")) == 1
    for name in ("pack", "dataset"):
        with pytest.raises(UnknownTarget, match="'exam'"):
            getattr(catalog, f"{name}_named")("exam")


def test_a_database_without_packs_names_the_command(make_database):
    url = make_database().url
    with (
        connect(url, application_name="tests", statement_timeout_seconds=60, lock_timeout_seconds=5) as connection,
        begin(connection),
        pytest.raises(UnknownTarget) as refused,
    ):
        catalog.resolve(connection, ["AQA GCSE"])
    assert "greenroom migrate" in refused.value.hint
