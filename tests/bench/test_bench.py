"""The benchmarks run at their smallest size, and every result they time is right. No time is asserted."""

import pytest
from bench.__main__ import table
from bench.gen import FLATS, TREES, sha256

from bench import flat, french, load, promote

# The same bytes on every machine, or results of two machines cannot be compared.
DIGESTS = {
    "topics": "fa9d5b289045ef0991f2df5fc853eec0851521939ce1b826a71a87ff2bb6e72c",
    "subjects": "16ff3357fb0dc28665121962da472942de8f99add93391e5a4ac29f24c683fe3",
    "wide": "0a0732d1900720396f72facbc48e8ce9116cc5dfdf1345ccadebfa5c6d8b4094",
    "long": "6a0ff9c039ab8123c4b413ffa54269508765f8109f1ea9f98d6e29ac82cd0283",
}

FRENCH_DIGESTS = {
    # the official file, and the clean one
    "criminalite_2024": ("d07b11ffb2836d0c", "fa29d106c81acaab"),
    "mutations_immo_latest": ("1f7af034d1654a6f", "1f7af034d1654a6f"),
    "logement_2021": ("fcfff5f118e6684e", "5ee469f75c97c37c"),
}


def test_generated_rows_are_the_same_everywhere():
    found = {
        "topics": sha256(TREES["s"].topic_rows()),
        "subjects": sha256(TREES["s"].subject_rows()),
        **{name: sha256(made.csv_rows()) for name, made in FLATS["s"].items()},
    }
    assert found == DIGESTS


def test_generated_french_files_are_the_same_everywhere():
    found = {
        made.dataset: tuple(sha256(line[side] for line in made.lines())[:16] for side in (0, 1))
        for made in french.FILES["s"]
    }
    assert found == FRENCH_DIGESTS


@pytest.mark.parametrize("size", french.FILES)
def test_a_french_file_has_as_many_lines_as_it_says(size):
    for made in french.FILES[size] if size != "l" else ():
        assert sum(1 for _ in made.lines()) == made.rows + 1


def test_the_national_files_have_the_published_sizes():
    crime, sales, census = french.FILES["l"]
    assert isinstance(census, french.Census)
    assert (crime.rows, sales.rows, census.rows) == (4_714_200, 2_000_000, 35_000)
    assert len(census.header()) + 1 == 110


@pytest.mark.parametrize("size", TREES)
def test_a_size_has_as_many_topics_as_it_says(size):
    trees = TREES[size]
    assert (len(trees.sizes()), sum(trees.sizes())) == (trees.subjects, trees.topics)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("suite", [promote, flat, load, french], ids=["promote", "flat", "load", "french"])
def test_a_suite_runs_and_its_results_are_right(suite):
    records = list(suite.run("s", 1, None))
    assert records
    assert all(record["seconds"] > 0 for record in records)
    assert sum(record["reader_waits"] for record in records) == 0
    assert table(records).count("\n") == 1 + len({record["step"] for record in records})
