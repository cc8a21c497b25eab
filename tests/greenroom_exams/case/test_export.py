"""What is published leaves as CASE, is valid, and comes back as the same tree."""

import json
import uuid
from collections import Counter

from tests.cli.inbox import TREE, scrape
from tests.greenroom_exams.case import lanterns
from tests.greenroom_exams.case.schemas import errors_1_0, errors_1_1

BASE = "https://curriculum.example"
BELOW = f"{BASE}/ims/case/v1p1"


def publish(shell, *scraped, **words):
    """One subject through the gate."""
    scrape(shell, *scraped, **words)
    shell("seal", "AQA GCSE")
    shell("approve", "AQA GCSE", "--by", "Ada", "--note", "seen", code=None)
    shell("promote", "AQA GCSE")


def package(shell, *words):
    return json.loads(shell("export", "AQA GCSE", "--as", "case", *words).out)


def tree(package):
    """Each standing item's code, name, parent's code and place, as the associations have them."""
    items = {item["identifier"]: item for item in package["CFItems"] if "statusEndDate" not in item}
    return {
        (
            items[link["originNodeURI"]["identifier"]]["humanCodingScheme"],
            items[link["originNodeURI"]["identifier"]]["fullStatement"],
            items.get(link["destinationNodeURI"]["identifier"], {}).get("humanCodingScheme"),
            link["sequenceNumber"],
        )
        for link in package["CFAssociations"]
        if link["associationType"] == "isChildOf" and link["originNodeURI"]["identifier"] in items
    }


def rich(shell):
    """A subject of everything that the tables can hold."""
    scrape(shell)
    shell.write(
        "update staging_aqa_subjects set qan = '699/1234/X', spec_start_year = 2031, first_assessment_year = 2033,"
        " last_assessment_year = 2039, paper_code = '8990', specification_pdf_url = 'https://boards.example/s.pdf'"
    )
    shell.write(
        "update staging_aqa_topics set description = 'Two lines\nof it', component_code = '8999/1', tier = 'Higher',"
        " study_level = 'HL', language = 'Arabic', option_group = 'G', examined = false where topic_code = '1.2'"
    )
    shell.write(
        "insert into staging_exam_components (subject_id, component_code, name, examined, assessment, marks,"
        " duration_minutes, weight_percent) select id, '8999/1', 'Paper 1', true, 'written', 80, 90, 62.5"
        " from staging_aqa_subjects"
    )
    shell.write(
        "insert into staging_exam_option_groups (subject_id, group_code, name, choose_least, choose_most)"
        " select id, 'G', 'Group', 1, 1 from staging_aqa_subjects"
    )
    shell.write(
        "insert into staging_exam_option_exclusions (subject_id, one_code, other_code, why)"
        " select id, '1.1', '1.2', 'too near' from staging_aqa_subjects"
    )
    shell("seal", "AQA GCSE")
    shell("promote", "AQA GCSE")


def test_a_subject_leaves_as_a_valid_package(exams, shared_data):
    rich(exams)
    found = package(exams, "--base", BASE)
    assert errors_1_1(shared_data, "CFPackageDType", found) == []
    assert errors_1_0(shared_data, found) == []


def test_identifiers_are_those_of_production(exams):
    publish(exams)
    found = package(exams, "--base", f"{BASE}/")
    (subject,) = exams.rows("select id::text from exam_board_subjects")
    assert found["CFDocument"]["identifier"] == subject["id"]
    assert found["CFDocument"]["uri"] == f"{BELOW}/CFDocuments/{subject['id']}"
    ids = {row["topic_code"]: row["id"] for row in exams.rows("select id::text, topic_code from curriculum_topics")}
    assert {item["humanCodingScheme"]: item["identifier"] for item in found["CFItems"]} == ids
    assert all(item["uri"] == f"{BELOW}/CFItems/{item['identifier']}" for item in found["CFItems"])


def test_without_a_base_identifiers_are_names(exams):
    publish(exams)
    found = package(exams)
    told = [found["CFDocument"], *found["CFItems"], *found["CFAssociations"], *found["CFDefinitions"]["CFSubjects"]]
    assert all(each["uri"] == f"urn:uuid:{each['identifier']}" for each in told)


def test_every_other_identifier_stays_and_is_a_name_based_uuid(exams):
    publish(exams)
    first, second = package(exams), package(exams)
    assert first == second
    made = [each["identifier"] for each in (*first["CFAssociations"], *first["CFDefinitions"]["CFSubjects"])]
    assert len(set(made)) == len(made) == 5
    assert {uuid.UUID(each).version for each in made} == {3}
    assert {uuid.UUID(each).variant for each in made} == {uuid.RFC_4122}


def test_the_tree_is_in_the_associations(exams):
    publish(exams)
    assert tree(package(exams)) == {
        ("1", "Light", None, 1),
        ("2", "Signals", None, 2),
        ("1.1", "Wicks", "1", 1),
        ("1.2", "Lenses", "1", 2),
    }


def test_the_moment_is_that_of_the_row(exams):
    publish(exams)
    first = package(exams)
    moment = exams.value(
        "select to_char(updated_at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')"
        " from curriculum_topics where topic_code = '1.1'"
    )
    by_code = {item["humanCodingScheme"]: item for item in first["CFItems"]}
    assert by_code["1.1"]["lastChangeDateTime"] == moment
    publish(exams, topics=[(code, name.replace("Lenses", "Lenses and panes"), parent) for code, name, parent in TREE])
    later = package(exams)
    changed = {item["humanCodingScheme"]: item["lastChangeDateTime"] for item in later["CFItems"]}
    assert changed["1.1"] == moment < changed["1.2"]
    assert later["CFDocument"]["lastChangeDateTime"] == changed["1.2"]


def test_a_topic_that_left_stays_with_the_day_it_left(exams, shared_data):
    publish(exams)
    # a flashcard of a learner keeps the row
    exams.write("create table flashcards (id int primary key, topic_id uuid references curriculum_topics (id))")
    exams.write("insert into flashcards select 1, id from curriculum_topics where topic_code = '1.2'")
    publish(exams, topics=[topic for topic in TREE if topic[0] != "1.2"])
    found = package(exams)
    ended = {item["humanCodingScheme"]: item.get("statusEndDate") for item in found["CFItems"]}
    day = exams.value(
        "select (retired_at at time zone 'UTC')::date::text from curriculum_topics where topic_code = '1.2'"
    )
    assert ended == {"1": None, "1.1": None, "2": None, "1.2": day}
    assert errors_1_1(shared_data, "CFPackageDType", found) == []
    assert len([link for link in found["CFAssociations"] if link["associationType"] == "isChildOf"]) == 4


def test_what_a_person_matched_after_the_fact_is_replaced(exams):
    publish(exams)
    exams.write("create table flashcards (id int primary key, topic_id uuid references curriculum_topics (id))")
    exams.write("insert into flashcards select 1, id from curriculum_topics where topic_code = '1.2'")
    publish(exams, topics=[*(topic for topic in TREE if topic[0] != "1.2"), ("1.3", "Panes of glass", "1")])
    assert replaced(exams) == []
    exams.write(
        "insert into greenroom.succession (scope_id, dataset, unit_key, old_key, new_key, kind, evidence)"
        " select scope_id, 'topics', key, '1.2', '1.3', 'renamed', 'seen' from greenroom.published"
        " where dataset = 'topics'"
    )
    ids = {row["topic_code"]: row["id"] for row in exams.rows("select id::text, topic_code from curriculum_topics")}
    assert replaced(exams) == [(ids["1.2"], ids["1.3"])]


def replaced(exams, *words):
    return [
        (link["originNodeURI"]["identifier"], link["destinationNodeURI"]["identifier"])
        for link in package(exams, *words)["CFAssociations"]
        if link["associationType"] == "replacedBy"
    ]


def test_a_subject_is_replaced_by_the_one_that_succeeds_it(exams, shared_data):
    publish(exams, "8998", "Lantern Lore")
    publish(exams)
    exams.write("update exam_board_subjects set succeeds = '8998' where subject_code = '8999'")
    ids = {
        row["subject_code"]: row["id"] for row in exams.rows("select id::text, subject_code from exam_board_subjects")
    }
    assert replaced(exams, "--subject", "8998") == [(ids["8998"], ids["8999"])]
    assert replaced(exams, "--subject", "8999") == []
    assert errors_1_1(shared_data, "CFPackageDType", package(exams, "--subject", "8998")) == []


def test_what_leaves_comes_back_as_the_same_tree(exams, tmp_path):
    rich(exams)
    file = tmp_path / "lantern.json"
    answer = exams("export", "AQA GCSE", "--as", "case", "--base", BASE, "-o", file)
    assert answer.out == f"{file}: 1 subject in 1 file\n"
    before = exams.rows("select * from curriculum_topics order by id")
    staged = exams("stage", "AQA GCSE", "--from", file, "--json")
    assert "not_kept" not in staged.out
    assert changed(exams) == []
    exams("promote", "AQA GCSE")
    assert exams.rows("select * from curriculum_topics order by id") == before


def test_a_package_changed_elsewhere_changes_what_it_changes(exams, tmp_path):
    rich(exams)
    file = tmp_path / "lantern.json"
    exams("export", "AQA GCSE", "--as", "case", "-o", file)
    file.write_text(file.read_text().replace('"fullStatement": "Wicks"', '"fullStatement": "Wicks and oils"'))
    exams("stage", "AQA GCSE", "--from", file)
    assert changed(exams) == [("topics", "1.1", ["topic_name"])]


def changed(exams):
    """What a promotion would change: dataset, code and the fields."""
    (told,) = exams("diff", "AQA GCSE", "--full", "--json").json
    return [(row["dataset"], row["code"], [field["name"] for field in row["fields"]]) for row in told["rows"]]


def test_every_answer_of_the_service_is_a_valid_file(exams, shared_data, tmp_path):
    rich(exams)
    publish(exams, "8998", "Lantern Lore")
    folder = tmp_path / "served"
    told = exams("export", "AQA GCSE", "--as", "case", "--base", BASE, "-o", folder, "--json").json
    files = {file.relative_to(folder).as_posix(): json.loads(file.read_text()) for file in folder.rglob("*.json")}
    assert told == {"output": str(folder), "documents": len(files), "subjects": told["subjects"]}
    assert sorted(told["subjects"]) == ["8998", "8999"]
    kinds = Counter(path.removeprefix("ims/case/v1p1/").partition("/")[0].removesuffix(".json") for path in files)
    assert kinds == {
        "CFDocuments": 3,
        "CFPackages": 2,
        "CFSubjects": 2,
        "CFItems": 8,
        "CFItemAssociations": 8,
        "CFAssociations": 8,
    }
    for path, document in files.items():
        kind = path.removeprefix("ims/case/v1p1/").partition("/")[0]
        assert errors_1_1(shared_data, ANSWERS[kind], document) == [], path


def test_each_answer_lies_where_its_address_says(exams, tmp_path):
    publish(exams)
    exams("export", "AQA GCSE", "--as", "case", "--base", BASE, "-o", tmp_path / "served")
    for file in (tmp_path / "served").rglob("*.json"):
        document = json.loads(file.read_text())
        address = f"{BASE}/{file.relative_to(tmp_path / 'served').as_posix().removesuffix('.json')}"
        if "uri" in document:
            assert document["uri"] == address
        for link in links_of(document):
            if link.startswith(f"{BELOW}/"):
                assert (tmp_path / "served" / f"{link.removeprefix(BASE)[1:]}.json").exists(), link


def links_of(value):
    """Every address that a document links to."""
    if isinstance(value, dict):
        yield from [value["uri"]] if "uri" in value else []
        for each in value.values():
            yield from links_of(each)
    elif isinstance(value, list):
        for each in value:
            yield from links_of(each)


def test_the_schemas_do_refuse(exams, shared_data):
    publish(exams)
    found = package(exams)
    for spoil in (
        lambda p: p["CFDocument"].pop("creator"),
        lambda p: p["CFItems"][0].update(identifier="1"),
        lambda p: p["CFAssociations"][0].update(associationType="isCousinOf"),
        lambda p: p.update(more=1),
        lambda p: p["CFItems"][0].update(lastChangeDateTime=4),
        lambda p: p["CFItems"][0].update(lastChangeDateTime="2031-05-01"),
        lambda p: p["CFItems"][0].update(statusEndDate="soon"),
        lambda p: p["CFDocument"].update(uri="nowhere"),
    ):
        spoilt = json.loads(json.dumps(found))
        spoil(spoilt)
        assert errors_1_1(shared_data, "CFPackageDType", spoilt) != []


def test_several_subjects_need_a_name_or_a_folder(exams, tmp_path):
    publish(exams)
    publish(exams, "8998", "Lantern Lore")
    for words in ((), ("-o", tmp_path / "one.json")):
        refused = exams.refused("export", "AQA GCSE", "--as", "case", *words, code=11)
        assert "2 subjects are published" in refused.cause
        assert "--subject" in refused.cure
    assert not (tmp_path / "one.json").exists()
    assert package(exams, "--subject", "8998")["CFDocument"]["subject"] == ["Lantern Lore"]


def test_what_cannot_be_exported_is_refused(exams, tmp_path):
    nothing = exams.refused("export", "AQA GCSE", "--as", "case", code=11)
    assert "Nothing of AQA GCSE is published" in nothing.cause
    publish(exams)
    assert "Formats of exams: case" in exams.refused("export", "AQA GCSE", "--as", "xml", code=10).cure
    assert "called '8990'" in exams.refused("export", "AQA GCSE", "--as", "case", "--subject", "8990", code=11).cause
    assert "base address" in exams.refused("export", "AQA GCSE", "--as", "case", "--base", "nowhere", code=10).cause
    (tmp_path / "served").mkdir()
    (tmp_path / "served" / "old.json").write_text("{}")
    full = exams.refused("export", "AQA GCSE", "--as", "case", "-o", tmp_path / "served", code=10)
    assert "holds something already" in full.cause
    assert [file.name for file in (tmp_path / "served").iterdir()] == ["old.json"]


def test_a_pack_without_forms_says_so(schools):
    refused = schools.refused("export", "ips_lycees", "--as", "case", code=10)
    assert "schools is not exported as 'case'" in refused.cause


def test_an_archived_version_is_served_and_replaced_by_the_current_one(exams, tmp_path):
    scrape(exams)
    exams.write("update staging_aqa_subjects set spec_start_year = 2021, spec_version = '2021'")
    exams("seal", "AQA GCSE")
    exams("promote", "AQA GCSE")
    exams.write("update exam_board_subjects set is_current = false")
    scrape(exams)
    exams.write("update staging_aqa_subjects set spec_start_year = 2031, spec_version = '2031'")
    exams("seal", "AQA GCSE")
    exams("approve", "AQA GCSE", "--by", "Ada", "--note", "seen", code=None)
    exams("promote", "AQA GCSE")
    assert package(exams)["CFDocument"]["version"] == "2031"
    exams("export", "AQA GCSE", "--as", "case", "-o", tmp_path / "served")
    ids = {
        row["spec_version"]: row["id"] for row in exams.rows("select id::text, spec_version from exam_board_subjects")
    }
    old = json.loads((tmp_path / "served/ims/case/v1p1/CFPackages" / f"{ids['2021']}.json").read_text())
    assert old["CFDocument"]["adoptionStatus"] == "Deprecated"
    (link,) = [each for each in old["CFAssociations"] if each["associationType"] == "replacedBy"]
    assert link["destinationNodeURI"]["identifier"] == ids["2031"]


ANSWERS = {
    "CFDocuments.json": "CFDocumentSetDType",
    "CFDocuments": "CFDocumentDType",
    "CFPackages": "CFPackageDType",
    "CFSubjects": "CFSubjectSetDType",
    "CFItems": "CFItemDType",
    "CFItemAssociations": "CFAssociationSetDType",
    "CFAssociations": "CFAssociationDType",
}


def test_a_package_of_another_program_waits_for_a_person_and_goes_live(exams, tmp_path):
    file = tmp_path / "guild.json"
    file.write_text(json.dumps(lanterns.package()))
    staged = exams("stage", "AQA GCSE", "--from", file)
    assert "not_kept" in staged.out
    assert exams.value("select count(*) from curriculum_topics") == 0
    exams("approve", "AQA GCSE", "--by", "Ada", "--note", "seen")
    exams("promote", "AQA GCSE")
    rows = exams.rows(
        "select t.topic_code, p.topic_code as parent from curriculum_topics as t"
        ' left join curriculum_topics as p on p.id = t.parent_topic_id order by t.topic_code collate "C"'
    )
    assert [(row["topic_code"], row["parent"]) for row in rows] == [
        ("L1", None),
        ("L1.1", "L1"),
        ("L1.2", "L1"),
        ("~signals", None),
        ("~signals~flags-by-day", "~signals"),
        ("~signals~flags-by-day~2", "~signals"),
    ]
    assert changed_by_export(exams, tmp_path) == []


def changed_by_export(exams, tmp_path):
    exams("export", "AQA GCSE", "--as", "case", "-o", tmp_path / "ours.json")
    exams("stage", "AQA GCSE", "--from", tmp_path / "ours.json")
    return changed(exams)
