"""What people browse, against the same facts asked for by SQL of the test's own."""

import json

import pytest
from tests.publish.exams import Paper, Subject, Topic, leaves

from greenroom import catalog
from greenroom.audit import browse, scopes
from greenroom.model.errors import UnknownBatch

BIOLOGY = Subject(
    topics=(
        Topic("1", "Cells"),
        Topic("1.1", "Membranes", "1"),
        Topic("1.2", "Mitosis", "1"),
        Topic("2", "Genetics"),
        Topic("2.1", "DNA", "2"),
        Topic("2.1.1", "Replication", "2.1"),
    ),
    papers=(
        Paper(number=1),
        Paper(number=1, type="mark scheme", url="https://example.org/1ms.pdf"),
        Paper(number=2, url="https://example.org/2.pdf", tier="Higher"),
        Paper(year=2023, series="November", url="https://example.org/old.pdf"),
    ),
)


@pytest.fixture
def pack(exams):
    (found,) = catalog.installed_packs(exams.connection)
    return found


@pytest.fixture
def standing(exams, pack):
    """`standing("AQA A-Level")` as the overview has it now."""

    def of(name):
        (found,) = [one for one in scopes.standings(exams.connection, [pack]) if one.name == name]
        return found

    return of


def one_subject(exams, pack, code="7402", version=None, board="AQA", qualification="A-Level"):
    return browse.subject(exams.connection, pack, board=board, qualification=qualification, code=code, version=version)[
        0
    ]


def record(exams):
    """Seal what the inbox has, and write down what the checks find."""
    exams.seal()
    exams.one("select greenroom_exams.record_findings(greenroom_exams.pending(%s))", exams.scope)


# Scopes at a glance


def test_a_scope_that_waits_is_counted_as_the_ledger_has_it(exams, standing):
    exams.publish(BIOLOGY)
    exams.inbox(
        BIOLOGY.but(topics=(*BIOLOGY.topics, Topic("3", "Ecology"))),
        Subject("7408", "Physics", leaves(12), (Paper(url="https://example.org/p.pdf"), Paper(url="not an address"))),
    )
    record(exams)
    one = standing("AQA A-Level")
    states = {
        row["state"]: row["n"]
        for row in exams.rows(
            "select state, count(*) as n from greenroom.unit where scope_id = %s and state in"
            " ('held', 'ready', 'sealed') group by state",
            exams.scope,
        )
    }
    assert (one.held, one.ready, one.sealed) == tuple(states.get(s, 0) for s in ("held", "ready", "sealed"))
    assert one.held + one.ready > 2
    assert one.waiting_rows == exams.one(
        "select (select count(*) from greenroom_exams.effective_topics where unit_id = any (p))"
        " + (select count(*) from greenroom_exams.effective_subjects where unit_id = any (p))"
        " + (select count(*) from greenroom_exams.effective_papers where unit_id = any (p))"
        " from (select greenroom_exams.pending(%s) as p) as x",
        exams.scope,
    )
    assert (
        one.quarantined == exams.one("select count(*) from greenroom.quarantine where rule = 'not_a_web_address'") == 1
    )
    assert one.rows_by_dataset == {
        name: exams.one(f"select count(*) from public.{table} where retired_at is null")
        for name, table in (
            ("subjects", "exam_board_subjects"), ("topics", "curriculum_topics"), ("papers", "exam_papers")
        )
    }  # fmt: skip
    assert one.rows == sum(one.rows_by_dataset.values())


def test_held_units_tell_their_findings_and_the_worst(exams, standing):
    exams.inbox(BIOLOGY.but(topics=(*leaves(30), Topic("99", None))))
    record(exams)
    one = standing("AQA A-Level")
    rows = exams.rows(
        "select f.severity, f.check_name, f.message from greenroom.finding as f join greenroom.unit as u"
        " on u.id = f.unit_id where u.state = 'held' order by f.id"
    )
    assert one.errors == sum(row["severity"] == "error" for row in rows) > 0
    assert one.warnings == sum(row["severity"] == "warning" for row in rows)
    worst = next(row for row in rows if row["severity"] == "error")
    assert one.worst == f"{worst['check_name'].replace('_', ' ')}: {worst['message']}"
    assert one.state == "held"


def test_the_worst_finding_is_the_first_error(exams, standing):
    exams.inbox(BIOLOGY)
    record(exams)
    exams.rows("delete from greenroom.finding")
    exams.rows("update greenroom.unit set state = 'held' where dataset = 'topics'")
    for severity, message in (("warning", "odd"), ("error", "wrong"), ("error", "worse"), ("warning", "strange")):
        exams.rows(
            "insert into greenroom.finding (unit_id, check_name, severity, message)"
            " select id, 'x', %s, %s from greenroom.unit where dataset = 'topics'",
            severity,
            message,
        )
    one = standing("AQA A-Level")
    assert (one.worst, one.errors, one.warnings) == ("x: wrong", 2, 2)


def test_the_last_release_is_the_newest_that_stands(exams, standing):
    exams.publish(BIOLOGY)
    assert standing("AQA A-Level").release.kind == "promote"
    exams.live()
    one = standing("AQA A-Level")
    newest = exams.rows("select id, kind, made_by, made_at from greenroom.release order by id desc limit 1")[0]
    assert (one.release.id, one.release.kind) == (newest["id"], "live")
    assert (one.release.made_by, one.release.made_at) == (newest["made_by"], newest["made_at"])
    assert (one.subjects, one.live, one.state) == (1, 1, "live")


def test_the_trend_follows_every_release_and_its_undoing(exams, standing):
    exams.publish(BIOLOGY)
    first = exams.last_release()
    exams.publish(BIOLOGY.but(topics=(*BIOLOGY.topics, Topic("3", "Ecology"), Topic("4", "Food"))))
    exams.rollback(exams.last_release())
    held = exams.one("select count(*) from public.curriculum_topics where retired_at is null") + 1 + 4
    assert held == 11
    assert standing("AQA A-Level").trend == (11, 13, 11)
    exams.rollback(first)
    assert standing("AQA A-Level").trend == (11, 13, 11, 0)


def test_the_trend_is_cut_to_its_newest_steps(exams, standing):
    for n in range(scopes.TREND_STEPS + 2):
        exams.publish(BIOLOGY.but(topics=leaves(10 + n)))
    trend = standing("AQA A-Level").trend
    assert len(trend) == scopes.TREND_STEPS
    assert trend[-1] == 10 + scopes.TREND_STEPS + 1 + 5
    assert list(trend) == sorted(trend)


def test_a_prepared_release_is_told_and_stale_when_production_moved(exams, standing):
    exams.publish(BIOLOGY, live=True)
    exams.live()
    exams.inbox(BIOLOGY.but(topics=(*BIOLOGY.topics, Topic("3", "Ecology"))))
    record(exams)
    exams.promote()
    one = standing("AQA A-Level")
    assert one.prepared == exams.one("select id from greenroom.release where state = 'prepared'")
    assert not one.is_stale
    assert "prepared" in one.states
    exams.rows("update public.curriculum_topics set topic_name = 'Zellen' where topic_code = '1'")
    one = standing("AQA A-Level")
    assert one.is_stale
    assert one.drift == 1
    assert one.states[0] == "changed by hand"
    assert "stale" in one.states


def test_drift_counts_each_change_once_and_in_its_own_scope(exams, standing):
    exams.publish(BIOLOGY)
    other = exams.other("OCR", "GCSE")
    other.publish(Subject("J247", "Biology", leaves(15)))
    exams.rows("update public.curriculum_topics set topic_name = topic_name || '!' where topic_code in ('1', '1.1')"
               " and exam_board_subject_id = %s", exams.subject()["id"])  # fmt: skip
    assert standing("AQA A-Level").drift == exams.one(
        "select count(*) from greenroom_exams.drifted(%s)", exams.scope
    ) == 2  # fmt: skip
    assert standing("OCR GCSE").drift == 0


def test_corrections_in_conflict_are_counted_by_scope(exams, standing):
    exams.inbox(BIOLOGY)
    record(exams)
    unit = exams.pending()[0]
    for state in ("conflict", "conflict", "in force", "withdrawn"):
        exams.rows(
            "insert into greenroom.edit (scope_id, dataset, unit_key, unit_id, gesture, row_ref, label, action,"
            " column_name, state, edited_by, reason)"
            " values (%s, 'topics', array['7402', ''], %s, gen_random_uuid(), %s, '1', 'set', 'topic_name', %s, 'Ada',"
            " 'x')",
            exams.scope, unit, f"row {state} {exams.one('select count(*) from greenroom.edit')}", state,
        )  # fmt: skip
    one = standing("AQA A-Level")
    assert one.conflicts == 2
    assert one.state == "edits in conflict"


def test_a_scope_that_only_the_inbox_names_is_shown_and_not_written_down(exams, pack, standing):
    exams.rows(
        "insert into public.staging_aqa_subjects (subject_code, subject_name, qualification_type, exam_board)"
        " values ('C700', 'Art', 'A level', 'wjec'), (null, 'No code', 'A-Level', 'WJEC'),"
        " ('X', 'X', 'Diploma', 'WJEC')"
    )
    one = standing("WJEC A-Level")
    assert (one.scope_id, one.state) == (None, "unsealed")
    assert one.inbox == scopes.Inbox(subjects=2, newer=2, newer_subjects=2)
    assert not exams.rows("select * from greenroom.scope where name = 'WJEC A-Level'")


def test_inbox_rows_written_after_the_last_batch_are_newer(exams, pack, standing):
    exams.inbox(BIOLOGY)
    assert standing("AQA A-Level").inbox.newer == 1 + 6 + exams.one("select count(*) from staging_aqa_exam_papers")
    exams.seal()
    assert standing("AQA A-Level").inbox.newer == 0
    exams.rows(
        "insert into public.staging_aqa_topics (subject_id, topic_code, topic_name, topic_level)"
        " select id, '9', 'Late', 0 from public.staging_aqa_subjects"
    )
    assert standing("AQA A-Level").inbox == scopes.Inbox(subjects=1, newer=1, newer_subjects=1)
    assert browse.newer(exams.connection, pack, board="AQA", qualification="A-Level") == [
        browse.Newer("7402", 7, exams.one("select count(*) from staging_aqa_exam_papers"), 1)
    ]
    exams.seal()
    assert browse.newer(exams.connection, pack, board="AQA", qualification="A-Level") == []


def test_newer_rows_of_one_scope_are_not_those_of_another(exams, pack):
    exams.inbox(BIOLOGY)
    exams.other("OCR", "GCSE").inbox(Subject("J247", "Biology", leaves(3)))
    (ours,) = browse.newer(exams.connection, pack, board="OCR", qualification="GCSE")
    assert ours == browse.Newer("J247", 3, 0, 4)


def test_the_number_of_questions_does_not_grow_with_the_scopes(exams, pack, monkeypatch):
    asked = []
    from greenroom.db.queries import dicts as real

    def counted(*given):
        asked.append(1)
        return real(*given)

    for module in (browse, scopes):
        monkeypatch.setattr(module, "dicts", counted)
    exams.publish(BIOLOGY)
    scopes.standings(exams.connection, [pack])
    alone = len(asked)
    for board in ("OCR", "WJEC", "Edexcel"):
        for qualification in ("GCSE", "A-Level"):
            exams.other(board, qualification).publish(Subject("S1", "Subject", leaves(12)))
    asked.clear()
    assert len(scopes.standings(exams.connection, [pack])) == 7
    assert len(asked) == alone <= 5


# Work


def kinds(exams, pack, **more):
    return [work.kind for work in scopes.worklist(scopes.standings(exams.connection, [pack]), **more)]


def test_nothing_waits_in_an_empty_database(exams, pack):
    assert kinds(exams, pack) == []


def test_everything_that_waits_is_listed_the_most_urgent_first(exams, pack):
    exams.publish(BIOLOGY)
    exams.rows("update public.curriculum_topics set topic_name = 'Zellen' where topic_code = '1'")
    other = exams.other("OCR", "GCSE")
    other.inbox(Subject("J247", "Biology", (Topic("1", None), *leaves(20, 2)), (Paper(url="x"), Paper())))
    record(other)
    exams.other("WJEC", "GCSE").inbox(Subject("3400", "Biology", leaves(4)))
    exams.rows("insert into greenroom.exam_offer (exam_board, qualification, name, subject_code, source)"
               " values ('OCR', 'GCSE', 'Chess', 'J999', 'x'), ('OCR', 'GCSE', 'Biology', 'J247', 'x')")  # fmt: skip
    unknown = [scopes.Unknown("Board of Nowhere", "GCSE", "1")]
    exams.rows("insert into greenroom.fetch (address, outcome, message) values ('https://x.example/a', 'failed', 'no')")
    failed = scopes.failed_fetches(exams.connection)
    found = scopes.worklist(scopes.standings(exams.connection, [pack]), unknown=unknown, failed=failed)
    assert [(w.kind, w.scope) for w in found] == [
        ("drift", "AQA A-Level"),
        ("held", "OCR GCSE"),
        ("ready", "OCR GCSE"),
        ("quarantine", "OCR GCSE"),
        ("unsealed", "WJEC GCSE"),
        ("unknown", ""),
        ("fetch", ""),
        ("missing", "OCR GCSE"),
    ]
    assert all(w.next and w.command.startswith("greenroom ") for w in found)
    by_kind = {w.kind: w for w in found}
    assert by_kind["held"].detail == scopes.standings(exams.connection, [pack])[1].worst
    assert by_kind["missing"].what == "1 of 2 offered subjects never staged"
    assert by_kind["unsealed"].what == "5 inbox rows of 1 subject newer than any batch"
    assert "Board of Nowhere / GCSE" in by_kind["unknown"].detail
    assert by_kind["fetch"].detail == "no"


def test_a_fetch_that_worked_since_is_no_work(exams):
    exams.rows("insert into greenroom.fetch (address, outcome, fetched_at) values"
               " ('https://x.example/a', 'failed', now() - interval '1 hour'), ('https://x.example/a', 'same', now()),"
               " ('https://x.example/b', 'same', now() - interval '1 hour'),"
               " ('https://x.example/b', 'failed', now())")  # fmt: skip
    assert [one.address for one in scopes.failed_fetches(exams.connection)] == ["https://x.example/b"]


def test_a_stale_release_and_one_that_is_prepared_are_different_work(exams, pack):
    exams.publish(BIOLOGY)
    exams.live()
    exams.inbox(BIOLOGY.but(topics=(*BIOLOGY.topics, Topic("3", "Ecology"))))
    record(exams)
    exams.promote()
    assert kinds(exams, pack) == ["prepared"]
    exams.rows("update public.curriculum_topics set topic_name = 'Zellen' where topic_code = '1'")
    assert kinds(exams, pack) == ["drift", "stale"]


# Offers


def offered(exams, *rows):
    for board, qualification, name, code in rows:
        exams.rows(
            "insert into greenroom.exam_offer (exam_board, qualification, name, subject_code, source, page_url)"
            " values (%s, %s, %s, %s, 'list', 'https://example.org/')", board, qualification, name, code,
        )  # fmt: skip


def test_offers_lack_what_coverage_says_they_lack(exams, pack):
    exams.publish(BIOLOGY)
    exams.clean()
    exams.inbox(Subject("7408", "Physics", leaves(12)), Subject("7037", "Geography", leaves(12)))
    record(exams)
    other = exams.other("WJEC", "GCSE")
    other.publish(Subject("3400", "Biology, Double Award", leaves(12)))
    other.clean()
    other.inbox(Subject("3430", "Chemistry", leaves(12)))
    record(other)
    offered(
        exams,
        ("AQA", "A-Level", "Biology", "7402"), ("AQA", "A-Level", "Physics", "7408"),
        ("AQA", "A-Level", "Chess", "9999"), ("AQA", "GCSE", "Biology", "8461"),
        ("WJEC", "GCSE", "BIOLOGY - Double Award", None), ("WJEC", "GCSE", "Chemistry", None),
        ("WJEC", "GCSE", "Poker", None),
    )  # fmt: skip
    theirs = {
        (row["area"], row["kind"], row["name"]): row["why"]
        for row in exams.rows("select * from greenroom_exams.coverage_missing() where what in ('scraped', 'promoted')")
    }
    ours = browse.offers(exams.connection, pack)
    assert {(o.board, o.qualification, o.name): o.lacks for o in ours if o.lacks} == theirs
    assert len(theirs) == 5
    assert [o.name for o in browse.offers(exams.connection, pack, board="WJEC", qualification="GCSE")] == [
        "BIOLOGY - Double Award", "Chemistry", "Poker",
    ]  # fmt: skip


def test_offers_are_counted_in_the_cell(exams, standing):
    offered(exams, ("AQA", "GCSE", "Biology", "8461"), ("AQA", "GCSE", "Physics", "8463"))
    one = standing("AQA GCSE")
    assert (one.offered, one.missing, one.scope_id, one.state) == (2, 2, None, "empty")


# Subjects


def test_subjects_are_counted_as_the_tables_have_them(exams, pack):
    exams.publish(BIOLOGY, Subject("7408", "Physics", leaves(12)))
    exams.inbox(BIOLOGY.but(topics=leaves(20)), Subject("7037", "Geography", leaves(11)))
    record(exams)
    found = browse.subjects(exams.connection, pack, board="AQA", qualification="A-Level")
    assert [(s.code, s.name) for s in found.items] == [("7402", "Biology"), ("7037", "Geography"), ("7408", "Physics")]
    assert found.total == 3
    biology, geography, physics = found.items
    assert biology.topics_by_level == {
        str(row["topic_level"]): row["n"]
        for row in exams.rows("select topic_level, count(*) as n from public.curriculum_topics"
                              " where exam_board_subject_id = %s and retired_at is null group by 1", biology.root_id)
    } == {"0": 2, "1": 3, "2": 1}  # fmt: skip
    assert (biology.topics, biology.papers) == (6, 4)
    assert biology.inbox_topics == 20
    assert biology.units["topics"].rows == 20
    assert biology.layers == ("production", "batch", "preview", "inbox")
    assert (physics.states, physics.layers) == (("hidden",), ("production", "preview", "inbox"))
    assert geography.states[0] == "new"
    assert geography.root_id is None


def test_a_subject_that_waits_under_a_new_version_name_is_the_one_that_had_none(exams, pack):
    exams.publish(BIOLOGY)
    exams.clean()
    exams.inbox(BIOLOGY.but(version="2015"))
    record(exams)
    (one,) = browse.subjects(exams.connection, pack, board="AQA", qualification="A-Level").items
    assert one.root_id == exams.subject()["id"]
    assert one.version == ""
    assert one.units


def test_versions_stand_beside_each_other_and_the_current_one_is_meant(exams, pack):
    exams.publish(BIOLOGY.but(version="2015"))
    exams.rows("update public.exam_board_subjects set is_current = false, spec_end_year = 2026")
    exams.publish(BIOLOGY.but(version="2027", name="Biology"))
    found = browse.subject(exams.connection, pack, board="AQA", qualification="A-Level", code="7402", version=None)
    assert [(s.version, s.states[0]) for s in found] == [("2027", "hidden"), ("2015", "archived")]
    chosen = one_subject(exams, pack, version="2015")
    assert (chosen.version, chosen.spec_end_year) == ("2015", 2026)
    assert browse.subject(
        exams.connection, pack, board="AQA", qualification="A-Level", code="7402", version="1999"
    ) == ()  # fmt: skip


def test_subjects_are_looked_for_by_name_and_code_literally(exams, pack):
    exams.publish(BIOLOGY, Subject("10%", "Physics_100", leaves(12)))

    def codes(words):
        found = browse.subjects(exams.connection, pack, board="AQA", qualification=None, words=words)
        return [one.code for one in found.items]

    assert codes("BIO") == ["7402"]
    assert codes("740") == ["7402"]
    assert codes("%") == ["10%"]
    assert codes("_") == ["10%"]
    assert codes("\\") == []


def test_subjects_come_in_pages_that_cover_all_of_them_once(exams, pack):
    exams.publish(*(Subject(f"S{n}", f"Subject {n:02}", leaves(10)) for n in range(7)))

    def part(offset, limit=3):
        return browse.subjects(exams.connection, pack, board="AQA", qualification="A-Level", limit=limit, offset=offset)

    pages = [part(offset) for offset in (0, 3, 6)]
    assert [one.code for page in pages for one in page.items] == [f"S{n}" for n in range(7)]
    assert {page.total for page in pages} == {7}
    assert (part(50).total, part(50).items) == (7, ())


def test_boards_and_qualifications_of_others_are_left_out(exams, pack):
    exams.publish(BIOLOGY)
    exams.other("OCR", "A-Level").publish(Subject("H420", "Biology", leaves(12)))

    def scopes(board, qualification):
        found = browse.subjects(exams.connection, pack, board=board, qualification=qualification)
        return {(one.board, one.qualification) for one in found.items}

    assert scopes("OCR", None) == {("OCR", "A-Level")}
    assert scopes(None, "A-Level") == {("OCR", "A-Level"), ("AQA", "A-Level")}
    assert scopes("AQA", "GCSE") == set()


def test_boards_count_their_subjects(exams, pack):
    exams.publish(BIOLOGY)
    found = {board.code: board for board in browse.boards(exams.connection, pack)}
    assert len(found) == exams.one("select count(*) from public.exam_boards")
    assert (found["AQA"].subjects, found["OCR"].subjects) == (1, 0)
    assert [q.code for q in found["AQA"].qualifications if q.subjects] == ["A-Level"]


# Trees


def shape(tree):
    return [(topic.depth, topic.code) for topic in tree.items]


def test_a_tree_is_in_its_own_order_in_every_layer(exams, pack):
    exams.publish(BIOLOGY)
    exams.inbox(BIOLOGY.but(topics=(*BIOLOGY.topics, Topic("2.2", "RNA", "2"))))
    record(exams)
    one = one_subject(exams, pack)
    published = [(0, "1"), (1, "1.1"), (1, "1.2"), (0, "2"), (1, "2.1"), (2, "2.1.1")]
    waits = [*published, (1, "2.2")]
    trees = {layer: shape(browse.topics(exams.connection, pack, one, layer)) for layer in browse.LAYERS}
    assert trees == {"production": published, "preview": published, "batch": waits, "inbox": waits}


def test_the_preview_shows_what_is_prepared_before_production_does(exams, pack):
    exams.publish(BIOLOGY)
    exams.live()
    exams.inbox(BIOLOGY.but(topics=(Topic("1", "Cells and more"), *BIOLOGY.topics[1:5])))
    record(exams)
    exams.approve()
    exams.promote()
    one = one_subject(exams, pack)
    preview = browse.topics(exams.connection, pack, one, "preview")
    production = browse.topics(exams.connection, pack, one, "production")
    assert (preview.items[0].name, production.items[0].name) == ("Cells and more", "Cells")
    assert [t.code for t in production.items if not t.is_retired] == [t.code for t in BIOLOGY.topics]
    assert [t.code for t in preview.items if not t.is_retired] == [t.code for t in BIOLOGY.topics[:5]]
    # the same place, whichever layer: ids do not change
    assert preview.items[0].ref == production.items[0].ref


def test_retired_topics_stay_and_say_so(exams, pack):
    exams.publish(BIOLOGY)
    exams.hang("public.flashcards", exams.topics()["2.1.1"]["id"])
    exams.publish(BIOLOGY.but(topics=BIOLOGY.topics[:5]))
    tree = browse.topics(exams.connection, pack, one_subject(exams, pack), "production")
    gone = [topic for topic in tree.items if topic.is_retired]
    assert [topic.code for topic in gone] == ["2.1.1"]
    assert "retired" in gone[0].flags


def test_the_inbox_is_shown_as_it_was_written(exams, pack):
    exams.inbox(
        BIOLOGY.but(topics=(Topic(None, "Nameless", level=None), Topic("1", None), Topic("1.1", "Child", "1", 5)))
    )
    tree = browse.topics(exams.connection, pack, one_subject(exams, pack), "inbox")
    assert {(t.code, t.name, t.level) for t in tree.items} == {
        ("", "Nameless", None),
        ("1", "", 0),
        ("1.1", "Child", 5),
    }
    assert exams.one("select count(*) from greenroom.batch") == 0


def test_topics_that_hang_nowhere_are_shown_and_say_why(exams, pack):
    exams.inbox(BIOLOGY.but(topics=leaves(4)))
    ids = {row["topic_code"]: row["id"] for row in exams.rows("select * from public.staging_aqa_topics")}
    exams.rows("update public.staging_aqa_topics set parent_topic_id = %s where id = %s", ids["2"], ids["1"])
    exams.rows("update public.staging_aqa_topics set parent_topic_id = %s where id = %s", ids["1"], ids["2"])
    other = exams.other("OCR", "GCSE")
    other.inbox(Subject("J247", "Biology", leaves(1)))
    stranger = exams.one("select id from public.staging_aqa_topics where topic_name = 'Topic 1' and id <> %s", ids["1"])
    exams.rows("update public.staging_aqa_topics set parent_topic_id = %s where id = %s", stranger, ids["3"])
    tree = browse.topics(exams.connection, pack, one_subject(exams, pack), "inbox")
    assert sorted(t.code for t in tree.items) == ["1", "2", "3", "4"]
    lost = {t.code: t.lost for t in tree.items}
    assert lost == {"1": "hangs in a circle", "2": "", "3": "its parent is missing", "4": ""}


def test_corrections_in_force_are_in_the_batch_layer(exams, pack):
    exams.inbox(BIOLOGY)
    record(exams)
    unit = exams.one("select max(id) from greenroom.unit where dataset = 'topics'")
    exams.rows(
        "insert into greenroom.edited_topics (unit_id, row_no, row_key, parent_row_key, topic_code, topic_name,"
        " topic_level, sort_order) select unit_id, row_no, row_key, parent_row_key, topic_code, 'Corrected',"
        " topic_level, sort_order from greenroom.batch_topics where unit_id = %s and topic_code = '1'", unit,
    )  # fmt: skip
    tree = browse.topics(exams.connection, pack, one_subject(exams, pack), "batch")
    assert [(t.name, t.is_edited) for t in tree.items[:2]] == [("Corrected", True), ("Membranes", False)]
    assert "edited" in tree.items[0].flags


def test_a_search_keeps_what_is_above_a_match_and_nothing_else(exams, pack):
    exams.publish(BIOLOGY)
    tree = browse.topics(exams.connection, pack, one_subject(exams, pack), "production", words="rEPLi")
    assert shape(tree) == [(0, "2"), (1, "2.1"), (2, "2.1.1")]
    assert [t.code for t in tree.items if t.is_match] == ["2.1.1"]
    assert (tree.matches, tree.total) == (1, 6)
    by_code = browse.topics(exams.connection, pack, one_subject(exams, pack), "production", words="1.2")
    assert [t.code for t in by_code.items] == ["1", "1.2"]


def test_flags_tell_what_makes_a_topic_another(exams, pack):
    exams.inbox(BIOLOGY.but(topics=leaves(12)))
    exams.rows("update public.staging_aqa_topics set examined = false, tier = 'Higher', study_level = 'HL',"
               " language = 'Welsh', option_group = 'A' where topic_code = '1'")  # fmt: skip
    tree = browse.topics(exams.connection, pack, one_subject(exams, pack), "inbox")
    assert tree.items[0].flags == ("not examined", "Higher", "HL", "in Welsh", "option of A")
    assert tree.items[1].flags == ()


def test_a_derived_code_says_that_it_is(exams, pack):
    exams.inbox(BIOLOGY.but(topics=(Topic("1", "Cells"), Topic(None, "No code", "1"), *leaves(10, 2))))
    record(exams)
    tree = browse.topics(exams.connection, pack, one_subject(exams, pack), "batch")
    (derived,) = [t for t in tree.items if t.derived]
    assert derived.code.startswith("1~")
    assert any("topic_code" in flag for flag in derived.flags)


# Papers


def test_sets_are_those_of_the_app_s_own_view(exams, pack):
    exams.publish(BIOLOGY)
    found = browse.papers(exams.connection, pack, one_subject(exams, pack), "production")
    ours = {
        (s.year, s.series, s.tier or None, p.component or None, p.paper_number, p.language, p.is_modified): (
            p.question_papers[0].url if p.question_papers else None,
            p.mark_schemes[0].url if p.mark_schemes else None,
            p.examiner_reports[0].url if p.examiner_reports else None,
            len(p.question_papers + p.mark_schemes + p.examiner_reports + p.others),
        )
        for s in found.sittings
        for p in s.sets
    }
    theirs = {
        (r["year"], r["series"], r["tier"], r["component_code"], r["paper_number"], r["language"], r["modified"]): (
            r["question_paper_url"], r["mark_scheme_url"], r["examiner_report_url"], r["documents"]
        )
        for r in exams.rows("select * from public.paper_sets")
    }  # fmt: skip
    assert ours == theirs
    assert len(theirs) == 3


@pytest.mark.parametrize("layer", ["production", "preview", "batch", "inbox"])
def test_papers_are_in_every_layer_with_one_spelling(exams, pack, layer):
    exams.publish(BIOLOGY)
    exams.rows("update public.staging_aqa_exam_papers set exam_series = 'summer' where exam_series = 'June'")
    exams.rows("update public.staging_aqa_exam_papers set marks = 60, title = 'changed'")
    exams.inbox(BIOLOGY.but(papers=(*BIOLOGY.papers, Paper(year=2022, series="june", url="https://example.org/n.pdf"))))
    record(exams)
    found = browse.papers(exams.connection, pack, one_subject(exams, pack), layer)
    assert found.total == (5 if layer in ("batch", "inbox") else 4)
    assert {one.series for one in found.items} == {"June", "November"}
    assert [one.year for one in found.items] == sorted((one.year or 0 for one in found.items), reverse=True)


def test_papers_are_narrowed_by_each_of_their_attributes(exams, pack):
    exams.publish(BIOLOGY)
    one = one_subject(exams, pack)

    def urls(**by):
        return {p.url.rsplit("/", 1)[1] for p in browse.papers(exams.connection, pack, one, "production", **by).items}

    assert urls(year=2023) == {"old.pdf"}
    assert urls(series="June") == {"1.pdf", "1ms.pdf", "2.pdf"}
    assert urls(tier="Higher") == {"2.pdf"}
    assert urls(kind="mark scheme") == {"1ms.pdf"}
    assert urls(kind="mark scheme", year=2023) == set()
    choices = browse.papers(exams.connection, pack, one, "production", year=2023).choices
    assert choices == browse.Choices((2024, 2023), ("June", "November"), ("Higher",), ("mark scheme", "question paper"))


@pytest.mark.parametrize("layer", ["production", "preview", "inbox"])
def test_a_checked_link_says_what_became_of_it(exams, pack, layer):
    exams.publish(BIOLOGY)
    exams.rows("insert into greenroom.link (url, outcome, status, detail) values"
               " ('https://example.org/1.pdf', 'gone', 404, 'answers 404'),"
               " ('https://example.org/2.pdf', 'there', 200, null)")  # fmt: skip
    one = one_subject(exams, pack)
    found = {p.url: p.link for p in browse.papers(exams.connection, pack, one, layer).items}
    assert found == {
        "https://example.org/1.pdf": "gone", "https://example.org/2.pdf": "there",
        "https://example.org/1ms.pdf": None, "https://example.org/old.pdf": None,
    }  # fmt: skip

    def narrowed(outcome):
        return len(browse.papers(exams.connection, pack, one, layer, link=outcome).items)

    assert (narrowed("gone"), narrowed("there"), narrowed("unasked"), narrowed("changed")) == (1, 1, 2, 0)


def test_inbox_papers_of_all_three_shapes_are_told(exams, pack):
    exams.inbox(BIOLOGY.but(papers=()))
    subject = exams.one("select id from public.staging_aqa_subjects")
    exams.rows(
        "insert into public.staging_aqa_exam_papers (subject_id, year, exam_series, paper_number, question_paper_url,"
        " mark_scheme_url) values (%s, 2024, 'June', 1, 'https://e.org/q', 'https://e.org/m')", subject)  # fmt: skip
    exams.rows("insert into public.staging_aqa_exam_papers (subject_id, year, exam_series, paper_number, type, url)"
               " values (%s, 2024, 'June', 2, 'QP', 'https://e.org/one'), (%s, null, null, 3, null, null)",
               subject, subject)  # fmt: skip
    exams.rows("insert into public.staging_aqa_exam_papers (subject_id, year, exam_series, paper_number, documents)"
               " values (%s, 2024, 'June', 4, %s), (%s, 2024, 'June', 5, '\"text\"')", subject,
               json.dumps([{"type": "insert", "url": "https://e.org/i", "marks": "many", "modified": "perhaps"}]),
               subject)  # fmt: skip
    found = browse.papers(exams.connection, pack, one_subject(exams, pack), "inbox")
    assert sorted((p.paper_number, p.type, p.url) for p in found.items) == [
        (1, "mark scheme", "https://e.org/m"),
        (1, "question paper", "https://e.org/q"),
        (2, "question paper", "https://e.org/one"),
        (3, "", ""),
        (4, "insert", "https://e.org/i"),
    ]


# The inbox and what becomes of it


def test_rows_that_cannot_be_read_are_those_that_a_seal_puts_into_quarantine(exams, pack):
    exams.inbox(
        BIOLOGY.but(
            papers=(Paper(url="ftp://x"), Paper(series="Ragnarök"), Paper(year=1066, number=9), Paper(number=3))
        )
    )
    foretold = browse.unreadable(exams.connection, pack, ("AQA", "A-Level"))
    exams.seal()
    told = exams.rows("select dataset, rule, value, position from greenroom.quarantine")
    assert sorted((u.dataset, u.rule, u.value, u.position) for u in foretold) == sorted(
        tuple(row.values()) for row in told
    )
    assert {u.rule for u in foretold} == {"not_a_web_address", "unknown_series", "impossible_year"}
    assert {u.subject for u in foretold} == {"7402"}


def test_an_account_adds_up_and_names_its_units(exams):
    exams.inbox(BIOLOGY.but(papers=(*BIOLOGY.papers, Paper(url="ftp://x", number=7))))
    batch = exams.seal()
    exams.one("select greenroom_exams.record_findings(greenroom_exams.pending(%s))", exams.scope)
    account = browse.account(exams.connection, batch)
    assert account.read == account.staged + account.quarantined + account.duplicates == 1 + 6 + 5
    assert {(u.dataset, u.rows) for u in account.units} == {("subjects", 1), ("topics", 6), ("papers", 4)}
    assert [(u.rule, u.value, u.subject) for u in account.unread] == [("not_a_web_address", "ftp://x", "7402")]
    assert account.scope == "AQA A-Level"
    with pytest.raises(UnknownBatch):
        browse.account(exams.connection, batch + 1)


def test_known_words_are_those_of_production(exams):
    series, kinds_known = browse.known_words(exams.connection)
    assert series == ["January", "June", "March", "November", "Specimen"]
    assert "question paper" in kinds_known
    assert len(set(kinds_known)) == len(kinds_known)


def test_flat_data_is_told_with_its_states(make_database):
    import psycopg

    with psycopg.connect(make_database("schools").url, autocommit=True) as connection:
        (pack,) = catalog.installed_packs(connection)
        scope = connection.execute("select greenroom_schools.scope_id(array['communes'])").fetchone()[0]
        batch = connection.execute(
            "insert into greenroom.batch (scope_id, origin) values (%s, 'file') returning id", [scope]
        ).fetchone()[0]
        connection.execute(
            "insert into greenroom.unit (batch_id, scope_id, dataset, key, complete, row_count, hash, state,"
            " quarantined_count) values (%s, %s, 'communes', '{2024}', true, 30, '30:1:1', 'ready', 4)", [batch, scope]
        )  # fmt: skip
        (one,) = scopes.standings(connection, [pack])
        assert (one.name, one.state, one.waiting_rows, one.quarantined) == ("communes", "ready", 30, 4)
        assert (one.subjects, one.live) == (None, None)
        assert browse.periods(connection, ["schools"]) == {}
