"""Correcting over HTTP: every action by API and by form, both values where two people meet, undo, roles, refusals."""

import re
import threading
from html import unescape
from urllib.parse import urlencode

import psycopg
import pytest
from tests.cli.conftest import schools, shell  # noqa: F401 - fixtures
from tests.cli.lycees import file_of, lycees, uai
from tests.publish.exams import Exams, Paper, Subject, Topic
from tests.web.correcting import TREE, Correcting, biology, staged

from greenroom.audit import edits


@pytest.fixture
def at(desk, make_database):
    """Ada, who edits, on a subject that waits."""
    url = make_database("exams").url
    exams = staged(url)
    yield Correcting(desk(url, role="editor", name="Ada"), exams)
    exams.connection.close()


@pytest.fixture
def other(at, desk):
    """`other("Bob")` is somebody else at the same subject; `role` is what they may do."""

    def made(name, role="editor", **changes):
        client = desk(at.client.app.state.ground.connections._pool.conninfo, role=role, name=name)
        return Correcting(client, at.exams, **changes)

    return made


# each action


def test_a_cell_is_set(at):
    answer = at.rename("1.2", "Cell membranes")
    assert at.rows()["1.2"]["name"] == "Cell membranes"
    assert at.rows()["1.2"]["words"] == ["edited by Ada"]
    assert answer["edits_said"] == "1 edit by Ada"
    assert answer["state"] in ("ready", "held")


def test_an_edited_cell_tells_of_its_row_alone(at):
    at.rename("1", "Cells!")
    answer = at.rename("1.2.1", "Transport!")
    assert [row["code"] for row in answer["rows"]] == ["1.2.1"]
    assert answer["rows"][0] == at.rows()["1.2.1"]
    assert answer["order"] == []
    assert answer["gone"] == []


def test_an_answer_tells_what_the_tree_tells(at):
    at.rename("1", "Cells!")
    answer = at.move("1.2", under="2", after="2.1")
    tree = at.tree()
    rows = {row["ref"]: row for row in tree["rows"]}
    assert {row["code"] for row in answer["rows"]} >= {"1.2", "1.2.1"}
    for row in answer["rows"]:
        assert row == rows[row["ref"]]
    for siblings in answer["order"]:
        assert siblings["refs"] == [row["ref"] for row in tree["rows"] if row["parent"] == siblings["under"]]
    for name in ("mark", "state", "findings_said", "edits_said", "undo", "redo"):
        assert answer[name] == tree[name], name


def test_a_row_moves_with_what_hangs_on_it(at):
    at.move("1.2", under="2")
    assert at.codes() == ["1", "1.1", "2", "1.2", "1.2.1", "2.1", "3"]
    assert at.rows()["1.2.1"]["level"] == 2


def test_a_row_moves_to_the_top(at):
    at.move("1.2", under=None, after="1")
    assert at.codes() == ["1", "1.1", "1.2", "1.2.1", "2", "2.1", "3"]
    assert at.rows()["1.2"]["parent"] is None
    assert at.rows()["1.2"]["level"] == 0


def test_siblings_are_put_in_another_order(at):
    at.move("3", under=None, after=None)
    assert at.codes() == ["3", "1", "1.1", "1.2", "1.2.1", "2", "2.1"]


@pytest.mark.parametrize("under", ["1", "1.2", "1.2.1"])
def test_a_row_cannot_stand_under_itself(at, under):
    before = at.codes()
    answer = at.move("1", under=under, status=409)
    assert "under itself" in answer["error"]
    assert at.codes() == before


def test_a_row_is_added_where_it_was_asked_for(at):
    refs = {code: row["ref"] for code, row in at.rows().items()}
    values = {"topic_code": "1.3", "topic_name": "Nuclei"}
    answer = at.change({"do": "add", "under": refs["1"], "after": refs["1.1"], "values": values})
    assert at.codes() == ["1", "1.1", "1.3", "1.2", "1.2.1", "2", "2.1", "3"]
    assert answer["made"] == [at.ref("1.3")]
    assert at.rows()["1.3"]["words"] == ["added by Ada"]
    assert at.rows()["1.3"]["level"] == 1


def test_a_row_is_deleted_and_stays_to_be_seen(at):
    at.change({"do": "delete", "row": at.ref("3")})
    assert "3" not in at.codes()
    assert at.rows()["3"]["words"] == ["deleted by Ada"]


def test_a_row_with_children_is_deleted_with_them_or_not_at_all(at):
    refused = at.change({"do": "delete", "row": at.ref("1.2")}, status=409)
    assert "rows under it" in refused["error"]
    at.change({"do": "delete", "row": at.ref("1.2"), "with_children": True})
    assert at.codes() == ["1", "1.1", "2", "2.1", "3"]


def test_one_gesture_is_all_or_nothing(at):
    first = {"do": "set", "row": at.ref("1"), "column": "topic_name", "value": "Cells!"}
    second = {"do": "set", "row": at.ref("2"), "column": "no_such_column", "value": "x"}
    at.change(first, second, status=409)
    assert at.rows()["1"]["name"] == "Cells"
    assert at.tree()["edits_said"] == "no edits"


def test_a_change_voids_an_approval(at):
    at.rename("1", "Cells!")
    at.exams.approve()
    approved = at.exams.one(
        "select unit_hash from greenroom.approval where dataset = 'topics' order by id desc limit 1"
    )
    at.rename("1", "Cells?")
    now = at.exams.one("select hash from greenroom.unit where id = %s", at.tree()["unit"])
    assert approved != now


# several people


def test_what_somebody_else_changed_is_not_overwritten(at, other):
    bob = other("Bob")
    seen = at.rows()["1.2"]["name"]
    bob.rename("1.2", "Bob's")
    answer = at.rename("1.2", "Ada's", status=409, seen=seen)
    (conflict,) = answer["findings"]
    assert (conflict["seen"], conflict["theirs"], conflict["yours"]) == ("Membranes", "Bob's", "Ada's")
    assert conflict["by"] == "Bob"
    assert at.rows()["1.2"]["name"] == "Bob's"
    at.rename("1.2", "Ada's", seen="Bob's")
    assert at.rows()["1.2"]["name"] == "Ada's"


def test_a_row_that_was_moved_meanwhile_says_where_it_is(at, other):
    refs = {code: row["ref"] for code, row in at.rows().items()}
    at.rename("3", "Rivers!")
    refs = {code: row["ref"] for code, row in at.rows().items()}
    other("Bob").move("1.2", under="2")
    move = {"do": "move", "row": refs["1.2"], "under": refs["3"], "after": None, "seen": {"under": refs["1"]}}
    (conflict,) = at.change(move, status=409)["findings"]
    assert conflict["theirs"] == refs["2"]
    at.change(move | {"seen": {"under": refs["2"]}})
    assert at.rows()["1.2"]["parent"] == refs["3"]


def test_a_row_that_was_deleted_meanwhile_is_not_edited(at, other):
    at.rename("1", "Cells!")
    ref = at.ref("3")
    other("Bob").change({"do": "delete", "row": ref})
    answer = at.change({"do": "set", "row": ref, "column": "topic_name", "value": "x"}, status=409)
    assert "not there any more" in answer["error"]


def test_two_people_racing_on_one_cell_lose_nothing(at, other):
    at.rename("3", "Rivers!")
    ref = at.ref("1.2")
    people = [other(f"Person {n}") for n in range(4)]
    gate = threading.Barrier(len(people))
    answers = {}

    def edit(person, n):
        change = {"do": "set", "row": ref, "column": "topic_name", "value": f"By {n}", "seen": "Membranes"}
        body = {"dataset": "topics", "key": ["7402", ""], "changes": [change]}
        gate.wait()
        answers[n] = person.client.post(f"/api/scope/{at.scope}/edits", json=body)

    threads = [threading.Thread(target=edit, args=(person, n)) for n, person in enumerate(people)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (winner,) = [n for n, answer in answers.items() if answer.status_code == 200]
    assert at.rows()["1.2"]["name"] == f"By {winner}"
    for n, answer in answers.items():
        if n != winner:
            assert answer.status_code == 409
            assert answer.json()["findings"][0]["theirs"] == f"By {winner}"
            assert answer.json()["findings"][0]["yours"] == f"By {n}"


def test_people_racing_on_different_cells_all_land(at, other):
    at.rename("3", "Rivers!")
    refs = {code: row["ref"] for code, row in at.rows().items()}
    codes = ["1", "1.1", "1.2", "2"]
    gate = threading.Barrier(len(codes))
    statuses = []

    def edit(person, code):
        change = {"do": "set", "row": refs[code], "column": "topic_name", "value": f"New {code}"}
        gate.wait()
        body = {"dataset": "topics", "key": ["7402", ""], "changes": [change]}
        statuses.append(person.client.post(f"/api/scope/{at.scope}/edits", json=body).status_code)

    threads = [threading.Thread(target=edit, args=(other(f"P {code}"), code)) for code in codes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * len(codes)
    assert {code: at.rows()[code]["name"] for code in codes} == {code: f"New {code}" for code in codes}


def test_the_first_edit_of_two_people_at_once_names_rows_by_their_numbers(at, other):
    mine, theirs = at.ref("1"), other("Bob").ref("2")
    assert mine.startswith("row:")
    at.change({"do": "set", "row": mine, "column": "topic_name", "value": "A"})
    other("Bob").change({"do": "set", "row": theirs, "column": "topic_name", "value": "B"})
    assert [at.rows()[code]["name"] for code in ("1", "2")] == ["A", "B"]


# undo and redo


def test_undo_and_redo_go_through_everything_one_did(at):
    states = [at.tree()["rows"]]
    at.rename("1.2", "Cell membranes")
    states.append(at.tree()["rows"])
    at.rename("1.2", "Membranes of cells")
    at.move("1.2", under="2")
    at.change({"do": "delete", "row": at.ref("1"), "with_children": True})
    at.change({"do": "add", "under": None, "after": None, "values": {"topic_code": "0", "topic_name": "Before"}})
    last = _shape(at)
    shapes = [last]
    for _ in range(5):
        at.turn("undo")
        shapes.append(_shape(at))
    assert [(row["code"], row["name"]) for row in states[0]] == [(code, name) for code, name, *_ in shapes[-1]]
    assert at.tree()["undo"] is None
    assert at.tree()["edits_said"] == "no edits"
    for shape in reversed(shapes[:-1]):
        at.turn("redo")
        assert _shape(at) == shape
    assert at.tree()["redo"] is None
    # and once more, all the way
    for _ in range(5):
        at.turn("undo")
    assert _shape(at) == shapes[-1]


def _shape(at):
    codes = {row["ref"]: row["code"] for row in at.tree()["rows"]}
    return [
        (row["code"], row["name"], row["level"], codes.get(row["parent"]), row["state"] == "deleted")
        for row in at.tree()["rows"]
    ]


def test_undo_of_a_second_edit_brings_back_the_first(at):
    at.rename("1.2", "One")
    at.rename("1.2", "Two")
    answer = at.turn("undo")
    assert answer["rows"][0]["name"] == "One"
    at.turn("undo")
    assert at.rows()["1.2"]["name"] == "Membranes"


def test_a_new_change_ends_redo(at):
    at.rename("1.2", "One")
    at.turn("undo")
    at.rename("1.1", "Another")
    assert at.tree()["redo"] is None
    assert at.turn("redo", status=409)["error"] == "There is nothing to put back."


def test_an_added_row_is_deleted_and_comes_back(at):
    made = at.change({"do": "add", "under": None, "after": None, "values": {"topic_code": "9", "topic_name": "New"}})
    answer = at.change({"do": "delete", "row": made["made"][0]})
    assert answer["gone"] == made["made"]
    at.turn("undo")
    assert at.ref("9") == made["made"][0]
    at.turn("redo")
    assert "9" not in at.codes(deleted=True)


def test_an_edit_back_to_the_source_is_undone(at):
    at.rename("1.2", "One")
    at.rename("1.2", "Membranes")
    assert at.tree()["edits_said"] == "no edits"
    at.turn("undo")
    assert at.rows()["1.2"]["name"] == "One"
    at.turn("redo")
    assert at.rows()["1.2"]["name"] == "Membranes"


def test_undo_is_of_ones_own_and_leaves_what_others_changed_since(at, other):
    bob = other("Bob")
    at.rename("1.2", "Ada's first")
    at.rename("1.2", "Ada's")
    bob.rename("1.2", "Bob's")
    bob.rename("1.1", "Bob's too")
    assert at.tree()["undo"] is None
    at.turn("undo", status=409)
    assert at.rows()["1.2"]["name"] == "Bob's"
    bob.turn("undo")
    assert at.rows()["1.1"]["name"] == "Walls"
    bob.turn("undo")
    assert at.rows()["1.2"]["name"] == "Ada's"


def test_withdrawing_by_hand_can_be_undone(at):
    made = at.rename("1.2", "One")
    at.post("/settle", withdraw=made["edits"], why="no")
    assert at.rows()["1.2"]["name"] == "Membranes"
    at.turn("undo")
    assert at.rows()["1.2"]["name"] == "One"


# history, conflicts with the source


def test_history_tells_who_when_from_what_to_what_and_why(at):
    at.change(
        {"do": "set", "row": at.ref("1.2"), "column": "topic_name", "value": "One"},
        reason="as page 12 of the board has it",
    )
    (edit,) = at.row("1.2")["history"]
    assert (edit["edited_by"], edit["reason"]) == ("Ada", "as page 12 of the board has it")
    assert (edit["base"], edit["value"], edit["state"]) == ("Membranes", "One", "in force")
    assert edit["said"] == "Topic name: “Membranes” → “One”"


def test_a_withdrawn_edit_is_restored(at):
    made = at.rename("1.2", "One")
    at.post("/settle", withdraw=made["edits"], why="no")
    assert at.row("1.2")["history"][0]["state"] == "withdrawn"
    at.post("/settle", restore=made["edits"], why="yes")
    assert at.rows()["1.2"]["name"] == "One"


def _next_edition(at, name):
    at.exams.inbox(biology(*[t if t.code != "1.2" else Topic("1.2", name, "1") for t in TREE]))
    at.exams.seal()


def test_a_correction_stays_when_the_source_says_what_it_said(at):
    at.rename("1.2", "One")
    at.exams.inbox(biology(*[t if t.code != "3" else Topic("3", "Seas") for t in TREE]))
    at.exams.seal()
    assert at.rows()["1.2"]["name"] == "One"
    assert at.rows()["3"]["name"] == "Seas"


def test_a_correction_retires_when_the_source_adopts_it(at):
    at.rename("1.2", "One")
    _next_edition(at, "One")
    assert at.rows()["1.2"]["words"] == []
    assert at.row("1.2")["history"][0]["state"] == "agreed"
    at.exams.promote()
    assert at.row("1.2")["history"][0]["state"] == "adopted"


@pytest.fixture
def conflict(at):
    """Ada corrected a name; the source says a third thing now."""
    at.rename("1.2", "Ada's")
    _next_edition(at, "The source's")
    return at


def test_a_conflict_is_shown_with_three_versions(conflict):
    row = conflict.rows()["1.2"]
    assert row["conflicts"] == 1
    assert row["words"][0] == "in conflict"
    (edit,) = conflict.row("1.2")["conflicts"]
    assert (edit["base"], edit["theirs"], edit["value"]) == ("Membranes", "The source's", "Ada's")
    page = conflict.row_page("1.2")
    for text in ("Membranes", "The source&#39;s", "Ada&#39;s", "Keep theirs", "Use mine"):
        assert text in page


@pytest.mark.parametrize(("take", "name"), [("withdraw", "The source's"), ("keep", "Ada's")])
def test_a_conflict_is_settled_by_api_and_by_form(conflict, take, name):
    (edit,) = conflict.row("1.2")["conflicts"]
    conflict.form("settle", "1.2", **{take: str(edit["id"])})
    assert conflict.rows()["1.2"]["name"] == name
    assert conflict.rows()["1.2"]["conflicts"] == 0


def test_a_conflict_is_settled_by_a_third_value(conflict):
    conflict.rename("1.2", "A third")
    assert conflict.rows()["1.2"]["name"] == "A third"
    assert conflict.rows()["1.2"]["conflicts"] == 0


def test_edits_are_listed_with_and_without_their_history(at):
    made = at.rename("1.2", "One")
    at.rename("1.2", "Two")
    assert [edit["value"] for edit in at.api("/edits")] == ["Two"]
    assert [edit["value"] for edit in at.api("/edits", all_states="true", dataset="topics")] == ["Two", "One"]
    assert at.api("/edits", dataset="papers") == []
    assert at.api("/edits", all_states="true")[1]["id"] == made["edits"][0]


# what is refused


@pytest.mark.parametrize(
    "change",
    [
        {"do": "fly"},
        {"do": "set"},
        {"do": "set", "row": "x", "column": "topic_name", "value": "a\0b"},
        {"do": "set", "row": "x", "column": "topic_name", "value": {"a": ["b\0"]}},
        {"do": "set", "row": "x", "column": "topic_name", "value": "a\u202eb"},
        {"do": "set", "row": "x\0", "column": "topic_name", "value": "a"},
        {"do": "set", "row": "x", "column": "topic_name", "value": "a", "more": 1},
        {"do": "add", "values": {"a\0": 1}},
    ],
)
def test_what_is_no_change_is_refused(at, change):
    body = {"dataset": "topics", "key": ["7402", ""], "changes": [change]}
    assert at.client.post(f"/api/scope/{at.scope}/edits", json=body).status_code in (409, 422)
    assert at.tree()["edits_said"] == "no edits"


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("topic_name", ""),
        ("topic_code", None),
        ("topic_level", "deep"),
        ("topic_level", 10**30),
        ("topic_level", 1.5),
        ("examined", "perhaps"),
        ("id", "x"),
        ("release_id", 5),
        ("sort_order", 5),
    ],
)
def test_a_value_that_the_column_does_not_take_is_refused(at, column, value):
    answer = at.change({"do": "set", "row": at.ref("1"), "column": column, "value": value}, status=409)
    assert answer["error"]
    assert at.tree()["edits_said"] == "no edits"


def test_edits_of_another_subject_are_not_settled_by_the_way(at, other):
    at.exams.inbox(biology().but(code="7403", name="Botany"))
    at.exams.seal()
    botany = other("Ada", key=("7403", ""))
    made = botany.rename("1.2", "One")
    assert "no edits of this unit" in at.post("/settle", 422, withdraw=made["edits"], why="x")["error"]
    assert botany.rows()["1.2"]["name"] == "One"


def test_numbers_beyond_the_database_are_refused(at):
    assert at.client.get("/api/scope/2147483648/edits").status_code == 422
    at.post("/settle", 422, withdraw=[2**63], why="x")
    at.post("/settle", 422, withdraw=[], why="x")


@pytest.mark.parametrize("path", ["", "/settle", "/turn", "/open"])
def test_viewers_change_nothing(at, other, path):
    bodies: dict[str, dict] = {
        "": {"changes": [{"do": "delete", "row": at.ref("3")}]},
        "/settle": {"withdraw": [1], "why": "x"},
        "/turn": {"turn": "undo"},
        "/open": {},
    }
    other("Vic", role="viewer").post(path, 403, **bodies[path])


@pytest.mark.parametrize("do", ["set", "move", "add", "delete", "settle", "turn", "open"])
def test_forms_want_a_role_and_the_token_of_their_session(at, other, do):
    other("Vic", role="viewer").form(do, "1", status=403)
    del at.client.headers["x-csrf-token"]
    at.form(do, "1", status=403)
    at.form(do, "1", status=403, csrf="guessed")


def test_the_api_wants_the_token_of_the_session(at):
    ref = at.ref("1")
    del at.client.headers["x-csrf-token"]
    at.change({"do": "set", "row": ref, "column": "topic_name", "value": "x"}, status=403)
    assert at.rows()["1"]["name"] == "Cells"


# without scripts


def _fields(row):
    fields = {f"value.{cell['name']}": cell["text"] for cell in row["columns"]}
    import json

    return fields | {f"seen.{cell['name']}": json.dumps(cell["value"]) for cell in row["columns"]}


def test_a_form_sets_every_kind_of_column(at):
    fields = _fields(at.row("1.2"))
    fields |= {
        "value.topic_name": "Membrane",
        "value.period_start_year": "1914",
        "value.examined": "false",
        "value.key_themes": '["a", "b"]',
        "reason": "as printed",
    }
    answer = at.form("set", "1.2", **fields)
    assert answer.headers["location"].startswith(f"/scope/{at.scope}/tree/row?")
    now = {cell["name"]: cell["value"] for cell in at.row("1.2")["columns"]}
    assert (now["topic_name"], now["period_start_year"], now["examined"]) == ("Membrane", 1914, False)
    assert now["key_themes"] == ["a", "b"]
    assert {edit["reason"] for edit in at.row("1.2")["history"]} == {"as printed"}


def test_a_form_that_was_not_changed_changes_nothing(at):
    at.form("set", "1.2", **_fields(at.row("1.2")))
    assert at.tree()["edits_said"] == "no edits"


def test_a_form_with_an_unfit_value_says_why_and_keeps_what_was_typed(at):
    fields = _fields(at.row("1.2")) | {"value.topic_level": "deep", "value.description": "kept while it is corrected"}
    page = at.form("set", "1.2", status=409, **fields).text
    assert "kept while it is corrected" in page
    assert 'role="alert"' in page
    page = at.form("set", "1.2", status=422, **_fields(at.row("1.2")) | {"value.key_themes": "[half"}).text
    assert "is not JSON" in page


def test_a_form_shows_both_values_where_somebody_was_faster(at, other):
    fields = _fields(at.row("1.2")) | {"value.topic_name": "Ada's", "value.description": "beside it"}
    other("Bob").rename("1.2", "Bob's")
    page = at.form("set", "1.2", status=409, **fields).text
    for text in ("Membranes", "Bob&#39;s", "Ada&#39;s", "Keep theirs", "Use mine"):
        assert text in page
    assert 'name="value.description" value="beside it"' in page
    assert at.rows()["1.2"]["name"] == "Bob's"


@pytest.mark.parametrize(("choice", "name"), [("mine", "Ada's"), ("theirs", "Bob's"), ("other", "A third")])
def test_a_form_decides_between_both_values(at, other, choice, name):
    other("Bob").rename("1.2", "Bob's")
    at.form(
        "set",
        "1.2",
        **{
            "choice.topic_name": choice,
            "value.topic_name": "A third",
            "mine.topic_name": "Ada's",
            "seen.topic_name": '"Bob\'s"',
        },
    )
    assert at.rows()["1.2"]["name"] == name


@pytest.mark.parametrize(
    ("code", "how", "codes"),
    [
        ("2", "up", ["2", "2.1", "1", "1.1", "1.2", "1.2.1", "3"]),
        ("1.1", "down", ["1", "1.2", "1.2.1", "1.1", "2", "2.1", "3"]),
        ("3", "in", ["1", "1.1", "1.2", "1.2.1", "2", "2.1", "3"]),
        ("1.1", "out", ["1", "1.2", "1.2.1", "1.1", "2", "2.1", "3"]),
    ],
)
def test_a_form_moves_one_step(at, code, how, codes):
    at.form("move", code, how=how)
    assert at.codes() == codes
    parents = {row["ref"]: row["code"] for row in at.rows().values()}
    expected = {"up": None, "down": "1", "in": "2", "out": None}[how]
    assert parents.get(at.rows()[code]["parent"]) == expected


@pytest.mark.parametrize(("code", "how"), [("1", "up"), ("3", "down"), ("1", "in"), ("1", "out")])
def test_a_form_says_that_it_cannot_go_further(at, code, how):
    assert "cannot go further" in at.form("move", code, status=422, how=how).text


@pytest.mark.parametrize(("how", "codes"), [("first", ["2", "3", "2.1"]), ("last", ["2", "2.1", "3"])])
def test_a_form_moves_under_another(at, how, codes):
    at.form("move", "3", how=how, under=at.ref("2"), seen_under="null")
    assert at.codes()[4:] == codes
    assert at.rows()["3"]["level"] == 1


def test_a_form_places_after_another(at):
    at.form("move", "3", how="after", after=at.ref("1.1"))
    assert at.codes() == ["1", "1.1", "3", "1.2", "1.2.1", "2", "2.1"]


def test_a_form_shows_where_a_row_went_meanwhile(at, other):
    at.rename("1", "Cells!")
    seen = f'"{at.ref("1")}"'
    other("Bob").move("1.2", under="2")
    page = at.form("move", "1.2", status=409, how="last", under=at.ref("3"), seen_under=seen).text
    for text in ("1 Cells!", "2 Energy", "3 Rivers", "Keep theirs"):
        assert text in page


def test_a_form_adds_after_under_and_at_the_top(at):
    new = {"value.topic_name": "New"}
    answer = at.form("add", "1.1", how="after", **{"value.topic_code": "a"}, **new)
    assert "row=" in answer.headers["location"]
    at.form("add", "1.2", how="under", **{"value.topic_code": "b"}, **new)
    at.form("add", how="under", **{"value.topic_code": "c"}, **new)
    assert at.codes() == ["1", "1.1", "a", "1.2", "1.2.1", "b", "2", "2.1", "3", "c"]


def test_a_form_deletes_with_and_without_what_stands_under_it(at):
    page = at.row_page("1.2")
    assert 'value="all"' in page
    assert 'value="alone"' in page
    at.form("delete", "1.2", children="alone")
    assert at.codes() == ["1", "1.1", "1.2.1", "2", "2.1", "3"]
    assert at.rows()["1.2.1"]["level"] == 1
    at.form("delete", "2", children="all")
    assert at.codes() == ["1", "1.1", "1.2.1", "3"]
    at.form("delete", "3")
    assert at.codes() == ["1", "1.1", "1.2.1"]


def test_forms_turn_back_and_forth(at):
    at.rename("1.2", "One")
    assert "Undo: topic name of 1.2 Membranes" in at.page("/tree", subject="7402")
    at.form("turn", turn="undo")
    assert at.rows()["1.2"]["name"] == "Membranes"
    at.form("turn", turn="redo")
    assert at.rows()["1.2"]["name"] == "One"


def test_a_form_restores_what_was_withdrawn(at):
    made = at.rename("1.2", "One")
    at.form("settle", "1.2", withdraw=str(made["edits"][0]))
    assert at.rows()["1.2"]["name"] == "Membranes"
    assert ">Restore</button>" in at.row_page("1.2")
    at.form("settle", "1.2", restore=str(made["edits"][0]))
    assert at.rows()["1.2"]["name"] == "One"


def test_a_form_made_before_the_first_edit_still_means_its_row(at, other):
    old = at.ref("1.2")
    fields = _fields(at.row("1.2")) | {"value.topic_name": "One"}
    other("Bob").rename("3", "Rivers!")
    answer = at.client.post(
        f"/scope/{at.scope}/edits/set", data={"dataset": "topics", "unit": ["7402", ""], "row": old, **fields}
    )
    assert answer.status_code == 303
    assert at.rows()["1.2"]["name"] == "One"


# tables


@pytest.fixture
def papers(at):
    return Correcting(at.client, at.exams, dataset="papers")


def _paper(papers, type_):
    return next(
        row for row in papers.api("/rows", dataset="papers", key=["7402", ""])["rows"] if row["values"]["type"] == type_
    )


def test_a_table_is_read_searched_and_narrowed(papers):
    asked = {"dataset": "papers", "key": ["7402", ""]}
    answer = papers.api("/rows", **asked)
    assert (answer["total"], answer["pages"], answer["may_edit"]) == (2, 1, True)
    assert papers.api("/rows", **asked, words="MARK scheme")["total"] == 1
    assert papers.api("/rows", **asked, only="touched")["total"] == 0
    assert papers.api("/rows", **asked, page=99)["page"] == 1


def test_a_cell_of_a_table_is_edited_and_undone(papers):
    row = _paper(papers, "mark scheme")
    change = {
        "do": "set",
        "row": row["ref"],
        "column": "url",
        "value": "https://example.org/new.pdf",
        "seen": row["values"]["url"],
    }
    papers.change(change)
    now = _paper(papers, "mark scheme")
    assert now["values"]["url"] == "https://example.org/new.pdf"
    assert now["source"] == {"url": "https://example.org/2.pdf"}
    assert now["words"] == ["edited by Ada"]
    papers.turn("undo")
    assert _paper(papers, "mark scheme")["values"]["url"] == "https://example.org/2.pdf"


def test_a_table_has_pages_for_who_has_no_scripts(papers):
    listing = papers.page("/rows", dataset="papers")
    assert f"/scope/{papers.scope}/rows?dataset=papers&amp;unit=7402&amp;unit=&amp;page=1" in listing
    page = papers.page("/rows", dataset="papers", unit=["7402", ""])
    assert "https://example.org/1.pdf" in page
    ref = _paper(papers, "mark scheme")["ref"]
    row = papers.page("/rows/row", dataset="papers", unit=["7402", ""], row=ref)
    assert 'name="value.url"' in row
    papers.client.post(
        f"/scope/{papers.scope}/edits/set",
        data={
            "dataset": "papers",
            "unit": ["7402", ""],
            "row": ref,
            "value.url": "https://example.org/3.pdf",
            "seen.url": '"https://example.org/2.pdf"',
        },
    )
    assert _paper(papers, "mark scheme")["values"]["url"] == "https://example.org/3.pdf"


def test_a_subjects_own_row_is_a_table_too(papers):
    answer = papers.api("/rows", dataset="subjects", key=["7402", ""])
    subject = Correcting(papers.client, papers.exams, dataset="subjects")
    subject.change({"do": "set", "row": answer["rows"][0]["ref"], "column": "subject_name", "value": "Life"})
    assert papers.api("/rows", dataset="subjects", key=["7402", ""])["rows"][0]["values"]["subject_name"] == "Life"


def test_a_dataset_of_another_scope_is_not_found(papers):
    assert papers.client.get(f"/api/scope/{papers.scope}/rows", params={"dataset": "none"}).status_code == 404


def test_a_row_of_a_table_is_added_and_deleted(papers):
    values = {
        "year": 2025, "series": "June", "type": "insert", "language": "English", "modified": False,
        "url": "https://example.org/9.pdf", "component_code": "7402/1",
    }  # fmt: skip
    made = papers.change({"do": "add", "values": values})
    assert _paper(papers, "insert")["ref"] == made["made"][0]
    papers.change({"do": "delete", "row": made["made"][0]})
    assert papers.api("/rows", dataset="papers", key=["7402", ""])["total"] == 2


def test_a_gesture_holds_no_more_than_two_hundred_changes(at):
    change = {"do": "set", "row": at.ref("1"), "column": "topic_name", "value": "Cells!"}
    refused = at.change(*[change] * 201, status=422)
    assert "holds 201 changes; 200 is the most at once" in refused["error"]
    assert at.tree()["edits_said"] == "no edits"


# versions, and all corrections of a scope


def test_a_tree_without_a_version_is_the_only_one_there_is(desk, make_database):
    url = make_database("exams").url
    exams = staged(url, Subject(topics=TREE, version="2015"))
    at = Correcting(desk(url, role="editor", name="Ada"), exams, key=("7402", ""))
    assert at.tree()["version"] == "2015"
    assert at.tree() == Correcting(at.client, exams, key=("7402", "2015")).tree()
    assert "Cells" in at.page("/tree", subject="7402")
    assert "Cells" in at.page("/tree/row", subject="7402", row=at.ref("1"))
    for path in ("", "?subject=7402"):
        assert f'href="/scope/{at.scope}/tree?subject=7402&amp;version=2015"' in at.page(path)
    exams.connection.close()


def test_of_several_versions_one_is_chosen(desk, make_database):
    url = make_database("exams").url
    exams = Exams(psycopg.connect(url, autocommit=True))
    exams.publish(Subject(topics=TREE, version="2015"))
    exams.clean()
    exams.inbox(Subject(topics=TREE, version="2025"))
    exams.seal()
    at = Correcting(desk(url, role="editor", name="Ada"), exams)
    page = at.page("/tree", subject="7402")
    assert "version=2015" in page
    assert "version=2025" in page
    answer = at.client.get(f"/api/scope/{at.scope}/tree", params={"subject": "7402"})
    assert (answer.status_code, answer.json()["hint"]) == (404, "Say which: 2015, 2025.")
    assert "Correct the tree of 2025" in at.page("", subject="7402")
    exams.connection.close()


def test_papers_alone_have_no_tree_to_correct(desk, make_database):
    url = make_database("exams").url
    exams = staged(url, Subject(topics=(), papers=(Paper(),)))
    at = Correcting(desk(url, role="editor", name="Ada"), exams)
    assert "/tree" not in at.page("", subject="7402")
    exams.connection.close()


def test_what_is_published_leads_to_its_correction(desk, make_database):
    url = make_database("exams").url
    exams = Exams(psycopg.connect(url, autocommit=True))
    exams.publish(biology())
    at = Correcting(desk(url, role="editor", name="Ada"), exams)
    link = f'href="/scope/{at.scope}/tree?subject=7402'
    assert link in at.page("")
    assert link in at.page("", subject="7402")
    asked = {"board": "AQA", "qualification": "A-Level", "subject": "7402"}
    browsed = at.client.get("/browse", params=asked).text
    assert link in browsed
    assert at.client.get(unescape(re.search(re.escape(link) + '[^"]*', browsed)[0][6:])).status_code == 200
    exams.connection.close()


def test_corrections_are_listed_with_who_when_what_and_why(at):
    at.change({"do": "set", "row": at.ref("1.2"), "column": "topic_name", "value": "One"}, reason="page 12")
    at.rename("1.2", "Two")
    at.move("1.2", under="2")
    page = at.page("/edits")
    for words in ("In force", "No longer in force", "Membranes", "Two", "One", "page 12", "Ada", "replaced"):
        assert words in page
    assert "2 Energy" in page, "a place is told by its name"
    history = at.page("/edits", show="history")
    assert "One" in history
    assert ">Two<" not in history
    assert "No such correction" in at.page("/edits", show="conflict")
    assert "Nobody has corrected anything here that fits" in at.page("/edits", by="Bob")
    assert "Corrections" in at.page("")


def test_a_correction_is_withdrawn_and_restored_from_the_list(at):
    (edit,) = at.rename("1.2", "One")["edits"]
    answer = at.form("settle", withdraw=str(edit), back="show=in+force&dataset=topics&evil=//example.org")
    assert answer.headers["location"] == f"/scope/{at.scope}/edits?show=in+force&dataset=topics"
    assert at.rows()["1.2"]["name"] == "Membranes"
    assert "Restore" in at.page("/edits")
    at.form("settle", restore=str(edit), back="")
    assert at.rows()["1.2"]["name"] == "One"


def test_a_viewer_sees_corrections_and_no_buttons(at, other):
    at.rename("1.2", "One")
    page = other("Vic", role="viewer").page("/edits")
    assert "Membranes" in page
    assert "Withdraw" not in page


@pytest.mark.parametrize(("take", "name"), [("withdraw", "The source's"), ("keep", "Ada's")])
def test_a_conflict_is_a_link_away_and_settled_from_the_list(conflict, take, name):
    conflict.exams.rows("select greenroom_exams.record_findings(greenroom_exams.pending(%s))", conflict.exams.scope)
    row = f"/scope/{conflict.scope}/tree/row?" + urlencode(
        {"subject": "7402", "version": "", "row": conflict.ref("1.2")}
    )
    assert row in unescape(conflict.client.get("/").text)
    assert row in unescape(conflict.page(""))
    page = conflict.page("/edits", show="conflict")
    for text in ("In conflict", "Membranes", "The source&#39;s", "Ada&#39;s", "Keep theirs", "Use the correction"):
        assert text in page
    (edit,) = conflict.row("1.2")["conflicts"]
    conflict.form("settle", back="show=conflict", **{take: str(edit["id"])})
    assert conflict.rows()["1.2"]["name"] == name
    assert conflict.rows()["1.2"]["conflicts"] == 0


def test_a_row_that_left_its_source_leads_to_what_was_said_of_it(at):
    ref = at.ref("3")
    at.rename("3", "Streams")
    (edit,) = at.api("/edits")
    at.exams.inbox(biology(*[t for t in TREE if t.code != "3"]))
    at.exams.seal()
    assert edit["row"] != ref or not ref.startswith("row:")
    answer = at.client.get(f"/scope/{at.scope}/tree/row", params={"subject": "7402", "version": "", "row": edit["row"]})
    assert answer.status_code in (200, 303)
    assert "Streams" in at.page("/edits", row=edit["row"])


def test_a_large_table_is_read_page_by_page(schools, tmp_path, desk, monkeypatch):  # noqa: F811
    rows = lycees(250)
    rows[7]["nom_de_l_etablissement"] = "LYCEE 100% _ \\ D'OR"
    schools("import", "ips_lycees", "--csv", file_of(tmp_path / "a.csv", rows), code=None)
    schools("edit", "ips_lycees", "--period", "2023-2024", "--row", uai(3), "--delete", "--by", "a", "--why", "b")
    scope = schools.value("select id from greenroom.scope where name = 'ips_lycees'")
    client, read = desk(schools.url), []
    from greenroom.db.kernel import rows as kernel_rows

    def counted(*given, **named):
        read.append(len(found := list(kernel_rows(*given, **named))))
        return found

    monkeypatch.setattr(edits, "kernel_rows", counted)

    year = {"dataset": "ips_lycees_years", "key": "2023-2024"}

    def page(**asked):
        answer = client.get(f"/api/scope/{scope}/rows", params=year | asked)
        assert answer.status_code == 200, answer.text
        found = answer.json()
        return found["total"], found["page"], found["pages"], [row["values"]["uai"] for row in found["rows"]]

    assert page() == (250, 1, 3, [uai(n) for n in range(1, 101)])
    assert page(page=3) == (250, 3, 3, [uai(n) for n in range(201, 251)])
    assert page(page=99) == page(page=3)
    assert page(words="invente 24")[::3] == (11, [uai(24), *(uai(n) for n in range(240, 250))])
    for words in ("100%", "% _", "\\ d'or"):
        assert page(words=words)[::3] == (1, [uai(8)]), words
    assert page(words="nobody") == (0, 1, 1, [])
    assert page(only="touched")[::3] == (1, [uai(3)])
    assert client.get(f"/api/scope/{scope}/rows", params=year | {"words": "nobody"}).json()["all_rows"] == 250
    assert max(read) <= 100
    read.clear()
    ref = client.get(f"/api/scope/{scope}/rows", params=year | {"page": 2}).json()["rows"][5]["ref"]
    one = client.get(f"/api/scope/{scope}/rows/row", params=year | {"row": ref})
    assert one.json()["ref"] == ref
    assert read == [100, 1]
