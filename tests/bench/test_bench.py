"""The benchmarks run at their smallest size, and every result they time is right. No time is asserted."""

import pytest
from bench.__main__ import table
from bench.gen import FLATS, TREES, sha256

from bench import flat, load, promote

# The same bytes on every machine, or results of two machines cannot be compared.
DIGESTS = {
    "topics": "fa9d5b289045ef0991f2df5fc853eec0851521939ce1b826a71a87ff2bb6e72c",
    "subjects": "16ff3357fb0dc28665121962da472942de8f99add93391e5a4ac29f24c683fe3",
    "wide": "0a0732d1900720396f72facbc48e8ce9116cc5dfdf1345ccadebfa5c6d8b4094",
    "long": "6a0ff9c039ab8123c4b413ffa54269508765f8109f1ea9f98d6e29ac82cd0283",
}


def test_generated_rows_are_the_same_everywhere():
    found = {
        "topics": sha256(TREES["s"].topic_rows()),
        "subjects": sha256(TREES["s"].subject_rows()),
        **{name: sha256(made.csv_rows()) for name, made in FLATS["s"].items()},
    }
    assert found == DIGESTS


@pytest.mark.parametrize("size", TREES)
def test_a_size_has_as_many_topics_as_it_says(size):
    trees = TREES[size]
    assert (len(trees.sizes()), sum(trees.sizes())) == (trees.subjects, trees.topics)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("suite", [promote, flat, load], ids=["promote", "flat", "load"])
def test_a_suite_runs_and_its_results_are_right(suite):
    records = list(suite.run("s", 1, None))
    assert records
    assert all(record["seconds"] > 0 for record in records)
    assert sum(record["reader_waits"] for record in records) == 0
    assert table(records).count("\n") == 1 + len({record["step"] for record in records})
