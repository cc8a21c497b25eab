import csv
import io

import pytest
from tests.greenroom_exams.mutations import check_bytes

from greenroom import Part
from greenroom.model.errors import ContractBroken, SourceEmpty, SourceUnreadable
from greenroom_exams import landing
from greenroom_exams.case import opensalt
from greenroom_exams.case.opensalt import COLUMNS

ROWS = (
    ("a", "Light", "L", "1", ""),
    ("b", "Wicks, oils\nand tallow", "L.2", "2", "L"),
    ("c", "Lenses", "L.1", "1", "L"),
    ("d", "Signals", "", "2", ""),
    ("e", "Flags", "", "1", "d"),
)


def table(rows=ROWS, columns=COLUMNS, **more):
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, restval="", quoting=csv.QUOTE_ALL)
    writer.writeheader()
    for identifier, name, code, number, parent in rows:
        writer.writerow(
            {"Identifier": identifier, "fullStatement": name, "Human Coding Scheme": code, "sequenceNumber": number,
             "Is Child Of": parent, **more}
        )  # fmt: skip
    return out.getvalue().encode()


def read(content, *, subject="8999"):
    return opensalt.read(content, name="lanterns.csv", subject=subject, board="AQA", qualification="GCSE")


def rules(parsed):
    return sorted({(finding.rule, finding.severity) for finding in parsed.findings})


def test_rows_become_a_tree_by_code_or_identifier():
    parsed = read(table())
    assert [(topic.code, topic.name, topic.parent_code, topic.level) for topic in parsed.topics] == [
        ("L", "Light", None, 0),
        ("L.1", "Lenses", "L", 1),
        ("L.2", "Wicks, oils and tallow", "L", 1),
        ("~signals", "Signals", None, 0),
        ("~signals~flags", "Flags", "~signals", 1),
    ]
    assert (parsed.subject.code, parsed.subject.name) == ("8999", "")


def test_rows_without_identifiers_hang_on_codes():
    rows = [("", *row[1:]) for row in ROWS[:3]]
    assert [(topic.code, topic.parent_code) for topic in read(table(rows)).topics] == [
        ("L", None), ("L.1", "L"), ("L.2", "L"),
    ]  # fmt: skip


def test_a_table_is_always_held_and_says_what_is_lost():
    (finding,) = read(table(**{"Exemplar": "https://case.example/x", "Notes": "Trimmed daily"})).findings
    assert (finding.rule, finding.severity) == ("not_kept", "warning")
    assert finding.message.startswith("has no place here: Exemplar of 5 items, Identifier of 5 items")
    assert read(table(Notes="Trimmed daily")).topics[0].description == "Trimmed daily"


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        (("c", "Lenses", "L.1", "1", "M"), "unknown_parent"),
        (("c", "Lenses", "L.2", "1", "L"), "duplicate_code"),
        (("c", "Lenses", "L.1", "2", "L"), "order_unknown"),
        (("c", "Lenses", "L.1", "", "L"), "order_unknown"),
        (("a", "Light", "L", "1", "L.2"), "cycle"),
    ],
)
def test_what_makes_no_tree_is_held(row, rule):
    by_id = {each[0]: each for each in ROWS} | {row[0]: row}
    assert rule in {name for name, _ in rules(read(table(by_id.values())))}


@pytest.mark.parametrize(
    ("content", "words", "error"),
    [
        (table(()), "holds no item", SourceEmpty),
        (table() + b'"f","More"\n', "row 7 has 2 cells", SourceUnreadable),
        (table()[:-8], "no whole table|cells of", SourceUnreadable),
        (table([("a", "", "L", "1", "")]), "row 2 has no fullStatement", ContractBroken),
        (table(columns=(*COLUMNS, "Colour")), "Colour", ContractBroken),
        (table().replace(b"Light", b"L\xff"), "not in UTF-8", SourceUnreadable),
    ],
)
def test_what_is_no_table_is_refused(content, words, error):
    with pytest.raises(error, match=words):
        read(content)


def test_the_subject_must_be_named():
    with pytest.raises(ContractBroken, match="does not tell the code"):
        read(table(), subject=None)


def test_a_table_is_landed_whatever_the_board():
    (landed,) = landing.parse([Part(table(), "file:///x.csv")], ("AQA", "GCSE"), "8999")
    assert (landed.only, landed.parser) == ("8999", "aqa:OpenSALT table")
    assert len(landed.tables["landed_topics"].rows) == 5


def test_the_sample_of_opensalt_is_read_whole(shared_data):
    content = shared_data("case/sample-opensalt-import.csv").read_bytes()
    assert opensalt.is_table(content)
    parsed = read(content)
    lines = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    assert {(topic.code, topic.name, topic.parent_code) for topic in parsed.topics} == {
        (line["Human Coding Scheme"], line["fullStatement"].strip(), line["Is Child Of"] or None) for line in lines
    }
    assert {severity for _, severity in rules(parsed)} == {"warning"}


def test_a_table_that_lost_something_is_held():
    check_bytes(read, table([(f"i{n}", f"Lantern {n}", f"L{n}", str(n), "") for n in range(1, 80)]))
