"""Corrections attacked: random trees, swaps, names that repeat, races, kills, hostile values."""

import random
import threading
import time
from dataclasses import dataclass, field

import psycopg
import pytest
from psycopg.types.json import Jsonb
from tests.publish.corrections import Editor
from tests.publish.exams import Exams, Paper, Subject, Topic, assert_truths
from tests.publish.test_edits import BIOLOGY, edition, renamed, states

from greenroom.db.connection import our_errors
from greenroom.model.errors import Blocked, DatabaseError, EditConflict, GreenroomError, ScopeBusy, TimedOut


@pytest.fixture
def url(make_database) -> str:
    return make_database("exams").url


@pytest.fixture
def exams(url):
    with psycopg.connect(url, autocommit=True) as connection:
        made = Exams(connection).app()
        yield made
        assert_truths(made)


@pytest.fixture
def ada(exams: Exams) -> Editor:
    exams.inbox(BIOLOGY)
    exams.seal()
    return Editor(exams)


@pytest.fixture
def bob(url, ada):
    """A second person, at a connection of his own."""
    with psycopg.connect(url, autocommit=True) as connection:
        yield Editor(Exams(connection), "Bob")


# random trees


@dataclass
class Source:
    """A specification that changes by one thing from edition to edition; a topic's name is its own for ever."""

    rng: random.Random
    lines: dict[int, list] = field(default_factory=dict)
    order: list[int] = field(default_factory=list)
    names: int = 0
    codes: int = 0

    def insert(self) -> None:
        self.names += 1
        self.codes += 1
        under = self.rng.choice([None, *(n for n in self.order if self.depth(n) < 3)]) if len(self.order) > 1 else None
        self.lines[self.names] = [f"c{self.codes}", under]
        self.order.insert(self.rng.randint(0, len(self.order)), self.names)

    def depth(self, line: int | None) -> int:
        return 0 if line is None else 1 + self.depth(self.lines[line][1])

    def below(self, line: int) -> list[int]:
        found = [line]
        for above in found:
            found += [n for n, it in self.lines.items() if it[1] == above]
        return found

    def change(self) -> None:
        line, other = self.rng.choice(self.order), self.rng.choice(self.order)
        family = self.below(line)
        what = self.rng.choice(("insert", "remove", "renumber", "move", "shuffle", "swap"))
        if what == "insert":
            self.insert()
        elif what == "remove" and len(family) < len(self.order) - 3:
            self.order = [n for n in self.order if n not in family]
            self.lines = {n: it for n, it in self.lines.items() if n not in family}
        elif what == "renumber":
            self.codes += 1
            self.lines[line][0] = f"c{self.codes}"
        elif what == "move":
            self.lines[line][1] = self.rng.choice([None, *(n for n in self.order if n not in family)])
        elif what == "shuffle":
            self.order.remove(line)
            self.order.insert(self.rng.randint(0, len(self.order)), line)
        elif what == "swap":
            self.lines[line][0], self.lines[other][0] = self.lines[other][0], self.lines[line][0]

    def subject(self) -> Subject:
        read: list[int] = []

        def walk(under: int | None) -> None:
            for n in self.order:
                if self.lines[n][1] == under:
                    read.append(n)
                    walk(n)

        walk(None)
        return Subject(
            topics=tuple(
                Topic(self.lines[n][0], f"Topic {n}", str(self.lines[n][1]) if self.lines[n][1] else None, label=str(n))
                for n in read
            )
        )


def gesture(source: Source, rows: list) -> list[dict]:
    """One to four changes at once, sensible or not."""
    rng, changes = source.rng, []
    for _ in range(rng.randint(1, 4)):
        row, other = rng.choice(rows), rng.choice(rows)
        source.codes += 1
        code = {"do": "set", "row": row.ref, "column": "topic_code"}
        what = rng.choice(("set", "code", "swap", "move", "order", "add", "delete"))
        if what == "set":
            changes.append({"do": "set", "row": row.ref, "column": "description", "value": f"d{rng.randint(0, 99)}"})
        elif what == "code":
            changes.append({**code, "value": f"e{source.codes}"})
        elif what == "swap":
            changes.append({**code, "value": other.values["topic_code"]})
            changes.append({**code, "row": other.ref, "value": row.values["topic_code"]})
        elif what == "move":
            changes.append({"do": "move", "row": row.ref, "under": rng.choice([None, other.ref])})
        elif what == "order":
            after = rng.choice([None, other.ref])
            changes.append({"do": "move", "row": row.ref, "under": other.parent_ref, "after": after})
        elif what == "add":
            source.names += 1
            values = {"topic_code": f"a{source.codes}", "topic_name": f"Topic {source.names}"}
            changes.append({"do": "add", "under": rng.choice([None, other.ref]), "values": values})
        elif what == "delete":
            changes.append({"do": "delete", "row": row.ref, "with_children": rng.random() < 0.6})
    return changes


def assert_shown(editor: Editor) -> None:
    """What is in force stands in the rows."""
    rows = {row.ref: row for row in editor.rows()}
    for edit in editor.edits():
        if edit.state == "conflict":
            continue
        if edit.action == "order":
            children = [
                r.ref for r in rows.values() if r.state != "deleted" and (r.parent_ref or "root") == edit.row_ref
            ]
            wanted = [ref for ref in edit.value if ref in children]
            assert [ref for ref in children if ref in wanted] == wanted
            continue
        assert edit.row_ref in rows, edit
        row = rows[edit.row_ref]
        if edit.action in ("delete", "add"):
            assert (row.state == "deleted") == (edit.action == "delete"), edit
        elif row.state != "deleted":
            said = row.parent_ref if edit.action == "parent" else row.values[edit.column_name]
            assert said == edit.value, edit


def effective(editor: Editor) -> list[tuple]:
    rows = {row.ref: row for row in editor.rows() if row.state != "deleted"}
    return sorted(
        (
            row.values["topic_code"],
            row.values["topic_name"],
            rows[row.parent_ref].values["topic_code"] if row.parent_ref in rows else None,
            row.values["topic_level"],
            row.values["sort_order"],
        )
        for row in rows.values()
    )


@pytest.mark.parametrize("seed", [4, 7, 11, 18])
def test_random_trees_land_as_they_are_shown_and_no_topic_loses_its_id(exams, seed):
    source = Source(random.Random(seed))
    for _ in range(7):
        source.insert()
    editor = Editor(exams)
    ids: dict = {}
    exams.publish(source.subject())
    for _ in range(14):
        step(exams, editor, source)
        if not exams.pending():
            continue
        exams.approve()
        if exams.gate():
            continue
        assert_shown(editor)
        planned = effective(editor)
        exams.promote()
        landed = exams.topics().values()
        assert planned == sorted(
            (t["topic_code"], t["topic_name"], t["parent"], t["topic_level"], t["sort_order"]) for t in landed
        )
        for topic in landed:
            assert ids.setdefault(topic["topic_name"], topic["id"]) == topic["id"], topic["topic_name"]
            if topic["id"] not in {row["topic_id"] for row in exams.rows("select topic_id from public.flashcards")}:
                exams.hang("public.flashcards", topic["id"])
        assert_truths(exams)


def step(exams: Exams, editor: Editor, source: Source) -> None:
    """An edition, or something that a person does; what they may not do is refused in our words."""
    what = source.rng.choice(("edition", "edition", "gesture", "gesture", "gesture", "keep"))
    try:
        if what == "edition":
            source.change()
            exams.clean()
            exams.inbox(source.subject())
            exams.seal()
        elif what == "gesture":
            editor.open()
            editor.do(*gesture(source, [row for row in editor.rows() if row.state != "deleted"]))
        else:
            editor.settle(keep=[edit.id for edit in editor.edits() if edit.state == "conflict"][:1])
    except GreenroomError as error:
        assert not isinstance(error, DatabaseError), error


# codes and names


def test_two_topics_swap_their_codes_and_the_next_edition_knows_them(ada):
    ada.exams.promote()
    before = ada.exams.ids()
    ada.open()
    first, second = ada.row("1.1").ref, ada.row("1.2").ref
    ada.do(
        {"do": "set", "row": first, "column": "topic_code", "value": "1.2"},
        {"do": "set", "row": second, "column": "topic_code", "value": "1.1"},
    )
    ada.exams.promote()
    assert ada.exams.ids() == before
    ada.exams.publish(edition(*BIOLOGY.topics, Topic("3", "Ecology")))
    assert {name: ada.exams.ids()[name] for name in before} == before
    assert ada.exams.topics()["1.2"]["topic_name"] == "Structure"


def test_names_that_repeat_and_codes_that_are_derived_keep_each_its_edit_and_id(ada):
    topics = (
        Topic("1", "A"),
        Topic(None, "B", label="b"),
        Topic(None, "Introduction", "1", label="i1"),
        Topic(None, "Introduction", "b", label="i2"),
        Topic(None, "Introduction", label="i3"),
        Topic(None, "Introduction", "1", label="i4"),
        Topic(None, "Depth", "i2"),
    )
    ada.exams.clean()
    ada.exams.inbox(edition(*topics))
    ada.exams.seal()
    rows = [row for row in ada.rows() if row.values["topic_name"] == "Introduction"]
    ada.do(
        {"do": "set", "row": ada.row("B").ref, "column": "topic_code", "value": "2"},
        *({"do": "set", "row": r.ref, "column": "description", "value": r.values["topic_code"]} for r in rows),
    )
    ada.exams.promote()
    before = {t["id"]: (t["topic_code"], t["description"]) for t in ada.exams.topics().values()}
    assert len({d for _, d in before.values() if d}) == 4
    ada.exams.publish(edition(*topics, Topic("9", "New")))
    now = {t["id"]: (t["topic_code"], t["description"]) for t in ada.exams.topics().values()}
    assert before.items() <= now.items()


def test_everything_renumbered_while_rows_were_added_moved_and_deleted(ada):
    ada.exams.promote()
    before = ada.exams.ids()
    for topic in before.values():
        ada.exams.hang("public.flashcards", topic)
    ada.exams.inbox(edition(*BIOLOGY.topics, Topic("3", "Ecology")))
    ada.exams.seal()
    ada.add("4", "Box")
    ada.move("1.2", "Box")
    ada.move("2", "Box")
    ada.delete("1.1")
    shifted = [Topic(f"9{t.code}", t.name, f"9{t.parent}" if t.parent else None) for t in BIOLOGY.topics]
    ada.exams.publish(edition(Topic("1", "Introduction"), *shifted, Topic("93", "Ecology")))
    after = ada.exams.ids()
    assert {name: after[name] for name in before if name != "Structure"} == {
        name: topic for name, topic in before.items() if name != "Structure"
    }
    assert ada.exams.topics()["92"]["parent"] == ada.exams.topics()["91.2"]["parent"] == "4"
    assert {e.state for e in ada.edits()} == {"in force"}


def test_a_cycle_made_by_two_edits_or_by_the_source_is_held(ada):
    moved = ada.move("1", "2")
    ada.settle(withdraw=moved.edits)
    ada.move("2", "1")
    ada.settle(restore=moved.edits)
    assert "cycle" in {f["check"] for f in ada.exams.gate()}
    ada.settle(withdraw=moved.edits)
    assert ada.exams.gate() == []


def test_a_child_that_appears_under_a_deleted_row_is_held(ada):
    ada.delete("1", with_children=True)
    ada.exams.promote()
    ada.exams.inbox(edition(*BIOLOGY.topics, Topic("1.9", "Fresh", "1")))
    ada.exams.seal()
    assert {f["check"] for f in ada.exams.gate()} == {"orphan"}


# the life of an edit


def test_a_conflict_ends_when_the_source_takes_it_back(ada):
    ada.set("1.2", "topic_name", "Mitosis")
    ada.exams.promote()
    ada.exams.inbox(renamed("Mitosiss", "Other"))
    ada.exams.seal()
    assert [e.state for e in ada.edits()] == ["conflict"]
    ada.exams.publish(BIOLOGY)
    assert states(ada) == [("set", "topic_name", "in force")]
    assert "Mitosis" in ada.exams.ids()


def test_the_function_of_the_document_refuses_a_conflict_and_keeps_nothing_of_it(ada):
    ada.set("1.2", "topic_name", "Mitosis")
    ada.exams.promote()
    ada.exams.clean()
    ada.exams.inbox(renamed("Mitosiss", "Other"))
    with pytest.raises(Blocked) as refused, our_errors():
        ada.exams.connection.execute("select public.promote_staging_to_production('AQA', 'A-Level')")
    assert {f["check"] for f in refused.value.findings} == {"edit_conflict"}
    assert states(ada) == [("set", "topic_name", "in force")]
    assert ada.exams.pending() == []


def test_a_unit_opened_and_left_alone_writes_nothing(ada):
    ada.exams.promote()
    digest = ada.exams.digest()
    ada.open()
    ada.exams.promote()
    assert ada.exams.digest() == digest
    assert ada.exams.pending() == []


def test_papers_staged_meanwhile_leave_a_waiting_correction_of_topics_alone(ada):
    ada.exams.promote()
    ada.open()
    ada.set("1.2", "topic_name", "Mitosis")
    ada.exams.publish(Subject(papers=(Paper(),)))
    assert "Mitosis" in ada.exams.ids()


def test_ids_of_a_prepared_release_stand_though_more_is_corrected(ada):
    ada.exams.promote(live=True)
    ada.open()
    ada.add("1.4", "Organelles", "1")
    ada.exams.promote()
    shown = ada.exams.one("select id from preview.curriculum_topics where topic_code = '1.4'")
    ada.set("1.1", "topic_name", "Cell structure")
    ada.exams.live()
    assert ada.exams.topics()["1.4"]["id"] == shown


def test_all_is_rolled_back_and_the_corrections_wait_with_their_ids(ada):
    ada.set("1.2", "topic_name", "Mitosis")
    first = ada.exams.promote()["release"]
    before = ada.exams.ids()
    ada.exams.hang("public.flashcards", before["Mitosis"])
    ada.open()
    ada.add("1.4", "Organelles", "1")
    second = ada.exams.promote()["release"]
    after = ada.exams.ids()
    ada.exams.rollback(second, first)
    assert ada.exams.topics() == {}
    ada.exams.approve()
    ada.exams.promote()
    assert ada.exams.ids() == after


# at once


def test_of_two_at_the_same_cell_one_is_told_and_nothing_is_lost(ada, bob):
    row = ada.row("1.2").ref
    told: dict[str, object] = {}

    def edit(editor: Editor, value: str) -> None:
        try:
            change = {"do": "set", "row": row, "column": "topic_name", "value": value, "seen": "Mitosiss"}
            told[editor.name] = editor.do(change).edits
        except EditConflict as error:
            told[editor.name] = error.findings[0]["theirs"]

    at_once(lambda: edit(ada, "Ada's"), lambda: edit(bob, "Bob's"))
    (kept,) = ada.edits()
    loser = "Bob" if kept.edited_by == "Ada" else "Ada"
    assert told[loser] == kept.value


def test_one_edits_while_another_seals_promotes_and_rolls_back(ada, bob):
    ada.exams.promote()
    until, rng, refusals = time.monotonic() + 4, random.Random(5), set()

    def edit() -> None:
        while time.monotonic() < until:
            try:
                bob.open()
                bob.set("1.2", "description", str(rng.random()))
            except (Blocked, AssertionError) as error:
                refusals.add(type(error).__name__)

    def publish() -> None:
        n = 0
        while time.monotonic() < until:
            n += 1
            ada.exams.clean()
            ada.exams.inbox(edition(*BIOLOGY.topics, Topic(f"9{n}", f"New {n}")))
            ada.exams.seal()
            ada.exams.approve()
            ada.exams.promote()
            if n % 3 == 0:
                ada.exams.rollback(ada.exams.last_release())
            assert_truths(ada.exams)

    at_once(edit, publish)
    assert refusals <= {"Blocked", "EditConflict", "AssertionError"}
    (kept,) = ada.edits()
    ada.open()
    ada.exams.approve()
    ada.exams.promote()
    assert ada.exams.topics()["1.2"]["description"] == kept.value


def test_a_killed_connection_leaves_a_gesture_whole_or_undone(ada, url):
    ada.exams.promote()
    before, rng = ada.exams.ids(), random.Random(3)
    for n in range(8):
        with psycopg.connect(url, autocommit=True) as connection:
            killed = Editor(Exams(connection), f"Nr {n}")
            work = threading.Thread(target=lambda n=n, killed=killed: correct_and_promote(killed, n))
            work.start()
            time.sleep(rng.random() * 0.35)
            ada.exams.rows("select pg_terminate_backend(%s)", connection.info.backend_pid)
            work.join()
        made = ada.exams.one("select count(*) from greenroom.edit where edited_by = %s", f"Nr {n}")
        assert made in (0, 8)
        assert_truths(ada.exams)
        assert before.items() <= ada.exams.ids().items()


def correct_and_promote(editor: Editor, n: int) -> None:
    try:
        editor.open()
        rows = [row for row in editor.rows() if not row.values["topic_code"].startswith("k")]
        editor.do(
            *({"do": "set", "row": row.ref, "column": "description", "value": f"v{n}"} for row in rows),
            {"do": "add", "under": rows[0].ref, "values": {"topic_code": f"k{n}", "topic_name": f"K {n}"}},
        )
        editor.exams.approve()
        editor.exams.promote()
    except (GreenroomError, psycopg.Error):
        pass


def at_once(*works) -> None:
    failed: list[BaseException] = []

    def run(work) -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001
            failed.append(error)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


def test_a_scope_that_is_held_or_a_statement_too_slow_is_said_and_leaves_nothing(ada, bob):
    row = {"do": "set", "row": ada.row("1.2").ref, "column": "topic_name", "value": "Mitosis"}
    with bob.exams.connection.transaction():
        bob.exams.rows("select from greenroom.scope where id = %s for update", ada.exams.scope)
        ada.exams.rows("set lock_timeout = '200ms'")
        with pytest.raises(ScopeBusy):
            ada.do(row)
    ada.exams.rows("set lock_timeout = 0; set statement_timeout = '1ms'")
    with pytest.raises(TimedOut):
        ada.do(row)
    ada.exams.rows("set statement_timeout = 0")
    assert ada.edits(None) == []


# what is typed


@pytest.mark.parametrize(
    "change",
    [
        *(
            {"do": "set", "row": row, "column": "topic_name", "value": "x"}
            for row in ("row:1:99999999999", "row:-1", "row:99999:1", 5)
        ),
        {"do": "set", "row": "00000000-0000-0000-0000-000000000000", "column": "topic_name", "value": "x"},
        {"do": "delete", "row": "not-a-uuid"},
        {"do": "move", "row": "row:2:3", "under": "nowhere"},
        {"do": "move", "row": "row:2:3", "under": "row:2:1", "after": "nowhere"},
        {"do": "add", "values": {"topic_name": "x", "topic_code": "y", "id": "5"}},
        {"do": "add", "values": {"topic_name": None, "topic_code": None}},
        {"do": "fly"},
        {},
        "set",
        None,
    ],
    ids=str,
)
def test_what_makes_no_sense_is_refused_in_our_words(ada, change):
    with pytest.raises((Blocked, EditConflict)) as refused:
        ada.do(change)
    assert refused.value.hint
    assert ada.edits(None) == []


@pytest.mark.parametrize("value", ["deep", "1e400", "NaN", 99999999999999999999, 1.5, "²", [], {}, True], ids=str)
def test_a_level_is_a_whole_number_or_refused(ada, value):
    with pytest.raises(Blocked, match="topic_level cannot be"):
        ada.set("1.2", "topic_level", value)


@pytest.mark.parametrize(
    "trap",
    [
        "create temp view edits_touched as select 1::bigint as id, 'x'::text as what",
        "create temp view edit_nodes as select 1 as ref",
        "create temp view entering as select 1 as unit_id",
    ],
)
def test_temporary_objects_of_the_caller_are_not_taken_for_ours(ada, trap):
    unit, row = ada.open(), ada.row("1.2").ref
    with ada.exams.connection.transaction(force_rollback=True):
        ada.exams.rows(trap)
        with pytest.raises(Blocked, match="temporary objects"), our_errors(), ada.exams.connection.transaction():
            ada.exams.connection.execute(
                "select greenroom_exams.change_unit(%s, %s, 'Ada', 'seen')",
                (unit, Jsonb([{"do": "move", "row": row, "under": None, "after": None}])),
            )
