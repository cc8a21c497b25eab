import json
from datetime import date

import pytest
from tests.greenroom_exams.case import lanterns
from tests.greenroom_exams.case.lanterns import DOCUMENT, ITEMS, child, package
from tests.greenroom_exams.case.schemas import errors_1_1
from tests.greenroom_exams.mutations import check_bytes

from greenroom import Part
from greenroom.model.errors import ContractBroken, SourceEmpty, SourceUnreadable
from greenroom_exams import landing
from greenroom_exams.case import packages

SAMPLE = "case/sample-cfpackage-roundtrip.json"


def read(document, *, subject=None, board="AQA", qualification="GCSE", name="lanterns.json"):
    content = document if isinstance(document, bytes) else json.dumps(document, ensure_ascii=False).encode()
    return packages.read(
        content, name=name, subject=subject, board=board, qualification=qualification, today=date(2031, 6, 1)
    )


def rules(parsed):
    return sorted({(finding.rule, finding.severity) for finding in parsed.findings})


def tree(parsed):
    return [(topic.code, topic.name, topic.parent_code, topic.level) for topic in parsed.topics]


def test_items_become_a_tree_by_their_associations_alone():
    parsed = read(package())
    assert tree(parsed) == [
        ("L1", "Light", None, 0),
        ("L1.1", "Wicks", "L1", 1),
        ("L1.2", "Lenses and panes", "L1", 1),
        ("~signals", "Signals", None, 0),
        ("~signals~flags-by-day", "Flags by day", "~signals", 1),
        ("~signals~flags-by-day~2", "Flags by day", "~signals", 1),
    ]
    assert [topic.sort_order for topic in parsed.topics] == [1, 2, 3, 4, 5, 6]


def test_the_order_is_that_of_the_sequence_numbers_not_of_the_list():
    shuffled = package(reversed(ITEMS))
    shuffled["CFAssociations"] = sorted(shuffled["CFAssociations"], key=str)
    assert tree(read(shuffled)) == tree(read(package()))
    turned = [(i, code, name, parent, -number) for i, code, name, parent, number in ITEMS]
    assert [row[0] for row in tree(read(package(turned)))][:2] == ["~signals", "~signals~flags-by-day"]


def test_the_subject_is_named_by_the_document_and_coded_by_its_definition():
    subject = read(package()).subject
    assert (subject.code, subject.name) == ("8999", "Lantern Studies")
    assert (subject.exam_board, subject.qualification_type) == ("AQA", "GCSE")


def test_a_package_without_a_code_needs_a_word_of_the_user():
    bare = package(CFDefinitions=[])
    with pytest.raises(ContractBroken, match="does not tell the code"):
        read(bare)
    assert read(bare, subject="8997").subject.code == "8997"
    with pytest.raises(ContractBroken, match="is of 8999, not of 8997"):
        read(package(), subject="8997")


def test_two_defined_subjects_are_not_chosen_between():
    two = package()
    two["CFDocument"]["subjectURI"].append(lanterns.link("t"))
    two["CFDefinitions"]["CFSubjects"].append({**lanterns.link("t"), "hierarchyCode": "8998"})
    with pytest.raises(ContractBroken, match="does not tell the code"):
        read(two)


def test_a_package_of_another_board_is_refused():
    with pytest.raises(ContractBroken, match="is of AQA GCSE, not of OCR GCSE"):
        read(lanterns.ours(1), board="OCR")


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ([(*ITEMS[1][:3], None, None)], ("orphan", "error")),
        ([(*ITEMS[1][:3], "elsewhere", 1)], ("unknown_parent", "error")),
        ([(*ITEMS[0][:3], "c", 1)], ("cycle", "error")),
        ([(*ITEMS[1][:3], "b", 1)], ("cycle", "error")),
        ([(*ITEMS[2][:4], 1)], ("order_unknown", "warning")),
        ([(*ITEMS[2][:4], None)], ("order_unknown", "warning")),
        ([("c", "L1.1", *ITEMS[2][2:])], ("duplicate_code", "error")),
        ([("c", "L1.2", "Lenses ?? panes", *ITEMS[2][3:])], ("stray_character", "error")),
    ],
)
def test_what_makes_no_tree_is_held(changed, rule):
    by_id = {row[0]: row for row in ITEMS} | {row[0]: row for row in changed}
    assert rule in rules(read(package(by_id.values())))


def test_a_circle_stands_nowhere_and_an_orphan_at_the_top():
    circle = {row[0]: row for row in ITEMS} | {"a": ("a", "L1", "Light", "c", 1)}
    assert [row[0] for row in tree(read(package(circle.values())))] == [
        "~signals", "~signals~flags-by-day", "~signals~flags-by-day~2",
    ]  # fmt: skip
    orphan = {row[0]: row for row in ITEMS} | {"b": ("b", "L1.1", "Wicks", None, None)}
    assert ("L1.1", "Wicks", None, 0) in tree(read(package(orphan.values())))


def test_two_parents_and_an_unknown_item_are_held():
    two = package()
    two["CFAssociations"] += [child("b", "d", 9), child("nobody", "d", 9)]
    assert {("two_parents", "error"), ("unknown_item", "error")} <= set(rules(read(two)))
    assert tree(read(two)) == tree(read(package()))


def test_an_unknown_kind_of_association_is_named():
    odd = package()
    odd["CFAssociations"] += [child("b", "d", None, "isCousinOf"), child("b", "d", None, "ext:cousin")]
    told = {finding.rule: finding.message for finding in read(odd).findings}
    assert told["unknown_association"] == "1 associations are 'isCousinOf', which CASE does not know"
    assert "1 associations ext:cousin" in told["not_kept"]


def test_what_has_no_place_is_counted():
    more = package(CFRubrics=[{"identifier": "r"}])
    more["CFItems"][0].update(educationLevel=["13"], abbreviatedStatement="Light", conceptKeywords=None)
    more["CFItems"][1].update(educationLevel=["13"], extensions={"other": 1})
    more["CFAssociations"].append(child("b", "c", None, "precedes"))
    (finding,) = read(more).findings
    assert (finding.rule, finding.severity) == ("not_kept", "warning")
    assert finding.message == (
        "has no place here: abbreviatedStatement of 1 items, educationLevel of 2 items, extensions of 1 items,"
        " identifier of 6 items, 1 associations precedes, 1 CFSubjects, 1 CFRubrics"
    )


def test_of_our_own_package_nothing_is_lost():
    assert read(lanterns.ours(3)).findings == ()


def test_notes_and_what_case_has_no_field_for_come_back():
    told = package()
    own = {"component_code": "8999/1", "examined": False, "tier": "Higher", "study_level": "HL", "language": "Arabic"}
    told["CFItems"][0].update(notes="Two lines\nof it", extensions={"greenroom": {**own, "option_group": "G"}})
    topic = read(told).topics[0]
    assert topic.description == "Two lines\nof it"
    assert (topic.component_code, topic.examined, topic.tier) == ("8999/1", False, "Higher")
    assert (topic.study_level, topic.language, topic.option_group) == ("HL", "Arabic", "G")


@pytest.mark.parametrize(("end", "standing"), [("2031-06-01", 2), ("2031-05-31", 2), ("2031-06-02", 3), (None, 3)])
def test_an_item_that_has_ended_is_no_topic(end, standing):
    told = package(ITEMS[:3])
    told["CFItems"][1]["statusEndDate"] = end
    parsed = read(told)
    assert len(parsed.topics) == standing
    assert parsed.counts == {"items": 3, "retired": 3 - standing}
    assert "orphan" not in {rule for rule, _ in rules(parsed)}


def test_a_child_of_what_has_ended_is_an_orphan():
    told = package()
    told["CFItems"][0]["statusEndDate"] = "2031-01-01"
    assert ("unknown_parent", "error") in rules(read(told))


def test_an_end_that_is_no_date_is_held():
    told = package()
    told["CFItems"][0]["statusEndDate"] = "last summer"
    assert ("unreadable_date", "error") in rules(read(told))


def test_a_tree_as_deep_as_a_well_is_read():
    rows = [(f"i{n}", str(n), f"Step {n}", f"i{n - 1}" if n else DOCUMENT, 1) for n in range(3000)]
    assert read(package(rows)).topics[-1].level == 2999


@pytest.mark.parametrize(
    ("content", "words", "error"),
    [
        (b"{", "no whole JSON", SourceUnreadable),
        (b'{"CFDocument": {}}', "has no identifier, title", ContractBroken),
        (b'{"CFDocument": []}', "has no CFDocument", ContractBroken),
        (b'{"CFDocuments": []}', "has no CFDocument", ContractBroken),
        (json.dumps(package(CFExtra=1)).encode(), "CFExtra is none of its parts", ContractBroken),
        (json.dumps(package(CFItems={})).encode(), "holds no item", SourceEmpty),
        (json.dumps(package(CFItems=[1])).encode(), "no list of objects", ContractBroken),
        (json.dumps(package(())).encode(), "holds no item", SourceEmpty),
        (json.dumps(package(CFItems=[{"identifier": "a"}])).encode(), "CFItem 1 has no fullStatement", ContractBroken),
        (json.dumps(package(CFAssociations=[{**child("b", "a", 1), "originNodeURI": "b"}])).encode(),
         "no identifier in its originNodeURI", ContractBroken),
        (json.dumps(package()).replace('"creator"', '"caseVersion": "2.0", "creator"').encode(), "of CASE 2.0",
         ContractBroken),
    ],
)  # fmt: skip
def test_what_is_no_package_is_refused(content, words, error):
    with pytest.raises(error, match=words):
        read(content)


def test_only_an_object_with_a_document_is_taken_for_a_package():
    assert packages.is_package(json.dumps(package()).encode())
    assert packages.is_package(b"\xef\xbb\xbf \n" + json.dumps(package()).encode())
    assert not packages.is_package(b'[{"CFDocument": {}}]')
    assert not packages.is_package(b'{"results": []}')
    assert not packages.is_package(b"%PDF-1.4")


def test_a_package_is_landed_whatever_the_board():
    (landed,) = landing.parse([Part(json.dumps(lanterns.ours(2)).encode(), "file:///x.json")], ("AQA", "GCSE"), None)
    assert (landed.only, landed.parser, landed.unproven) == ("8999", "aqa:CASE package", "")
    assert len(landed.tables["landed_topics"].rows) == 8


def test_the_sample_of_another_program_is_read_whole(shared_data):
    content = shared_data(SAMPLE).read_bytes()
    document = json.loads(content)
    parsed = read(content, subject="8999")
    assert len(parsed.topics) == len(document["CFItems"]) == 36
    parents = {
        link["originNodeURI"]["identifier"]: link["destinationNodeURI"]["identifier"]
        for link in document["CFAssociations"]
    }
    codes = {each["identifier"]: each["humanCodingScheme"] for each in document["CFItems"]}
    expected = {(codes[origin], codes.get(parent)) for origin, parent in parents.items()}
    assert {(topic.code, topic.parent_code) for topic in parsed.topics} == expected
    assert rules(parsed) == [("not_kept", "warning")]
    assert errors_1_1(shared_data, "CFPackageDType", document) != [], "it has nulls, which the strict schema refuses"


@pytest.mark.parametrize("indent", [None, 1])
def test_a_package_that_lost_something_is_held(indent):
    content = json.dumps(lanterns.ours(20), ensure_ascii=False, indent=indent).encode()
    check_bytes(read, content)


def test_a_package_that_lost_whole_objects_is_held():
    for part in ("CFItems", "CFAssociations"):
        for place in range(0, 80, 7):
            told = lanterns.ours(20)
            del told[part][place]
            assert {severity for _, severity in rules(read(told))} == {"error"}, (part, place)
