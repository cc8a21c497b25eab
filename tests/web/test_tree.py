"""The tree of a subject over HTTP: what it says of each row, and every page of it without scripts."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from random import Random

import pytest
from markupsafe import escape
from tests.publish.exams import Topic
from tests.web.correcting import TREE, Correcting, biology, staged


@pytest.fixture
def at(desk, make_database):
    """Ada, who edits, on a subject that waits."""
    url = make_database("exams").url
    exams = staged(url)
    yield Correcting(desk(url, role="editor", name="Ada"), exams)
    exams.connection.close()


@pytest.fixture
def newer(desk, make_database):
    """A subject that is published, and another edition of it that waits: renamed, moved, new, gone."""
    url = make_database("exams").url
    exams = staged(url)
    exams.promote()
    exams.inbox(
        biology(
            Topic("1", "Cells"),
            Topic("1.1", "Cell walls", "1"),
            Topic("1.2", "Membranes", "1"),
            Topic("1.2.1", "Transport", "1.2"),
            Topic("2", "Energy"),
            Topic("2.1", "Rivers", "2"),
            Topic("4", "Forces"),
        )
    )
    exams.seal()
    exams.rows("select greenroom_exams.record_findings(greenroom_exams.pending(%s))", exams.scope)
    yield Correcting(desk(url, role="editor", name="Ada"), exams)
    exams.connection.close()


def test_rows_come_in_the_order_they_are_read(at):
    assert at.codes() == ["1", "1.1", "1.2", "1.2.1", "2", "2.1", "3"]


def test_nothing_is_new_where_nothing_is_published(at):
    assert {words for row in at.rows().values() for words in row["words"]} == set()


def test_rows_say_how_they_differ_from_production_before_anybody_has_edited(newer):
    rows = newer.rows()
    assert rows["1.1"]["words"] == ["renamed"]
    assert rows["1.1"]["says"] == "1.1 Walls"
    assert rows["1.2"]["words"] == []
    assert rows["4"]["words"] == ["new"]


def test_a_row_that_moved_says_where_production_has_it(newer):
    row = newer.rows()["2.1"]
    assert row["words"] == ["renumbered", "moved"]
    assert row["says"] == "3 Rivers · at the top"


def test_rows_say_the_same_after_the_first_edit_has_given_them_ids(newer):
    before = {code: (row["words"], row["says"]) for code, row in newer.rows().items()}
    newer.rename("1", "Cells!")
    after = {code: (row["words"], row["says"]) for code, row in newer.rows().items()}
    assert after == before | {"1": (["edited by Ada", "renamed"], "1 Cells")}


def test_how_many_published_rows_would_leave_is_said(newer):
    assert newer.tree()["leaving"] == 1
    assert "1 published topic would leave" in newer.page("/tree", subject="7402")


def test_findings_are_counted_at_their_rows(desk, make_database):
    url = make_database("exams").url
    exams = staged(url, biology(*TREE[:5], Topic("2.1", "Light", "2", level=3), TREE[6]))
    at = Correcting(desk(url, role="viewer"), exams)
    assert {code: row["findings"] for code, row in at.rows().items() if row["findings"]} == {"2.1": 1}
    assert at.tree()["findings_said"] == "1 warning"
    assert at.row("2.1")["findings"][0]["check"] == "level_jump"
    exams.connection.close()


def test_a_finding_that_an_edit_cures_is_gone_from_the_answer(desk, make_database):
    url = make_database("exams").url
    exams = staged(url, biology(*TREE[:5], Topic("2.1", "Light", "2", level=3), TREE[6]))
    at = Correcting(desk(url, role="editor"), exams)
    answer = at.change({"do": "set", "row": at.ref("2.1"), "column": "topic_level", "value": 1})
    assert answer["found"] == {}
    assert answer["findings_said"] == "no findings"
    exams.connection.close()


def test_an_unknown_subject_scope_or_row_is_not_found(at):
    for path, asked in (
        ("/tree", {"subject": "none"}),
        ("/tree/mark", {"subject": "none"}),
        ("/tree/row", {"subject": "none", "row": "x"}),
    ):
        assert at.client.get(f"/api/scope/{at.scope}{path}", params=asked).status_code == 404, path
    assert at.client.get("/api/scope/99999/tree", params={"subject": "7402"}).status_code == 404
    assert at.client.get(f"/api/scope/{at.scope}/tree/row", params={"subject": "7402", "row": "x"}).status_code == 409


@pytest.mark.parametrize("subject", ["x" * 201, "a\0b", "a\nb"])
def test_a_subject_that_cannot_be_one_is_refused(at, subject):
    assert at.client.get(f"/api/scope/{at.scope}/tree", params={"subject": subject}).status_code == 422


def test_the_mark_is_the_same_until_something_changes(at):
    def asked(tag=""):
        return at.client.get(
            f"/api/scope/{at.scope}/tree/mark", params={"subject": "7402"}, headers={"if-none-match": tag}
        )

    tag = asked().headers["etag"]
    assert tag == f'"{at.tree()["mark"]}"'
    assert asked(tag).status_code == 304
    answer = at.rename("1", "Cells!")
    assert asked(tag).status_code == 204
    assert asked(f'"{answer["mark"]}"').status_code == 304


def test_the_mark_changes_when_an_edit_is_withdrawn(at):
    made = at.rename("1", "Cells!")
    back = at.post("/settle", withdraw=made["edits"], why="no")
    assert len({made["mark"], back["mark"], at.tree()["mark"]}) == 2


def test_the_page_holds_every_row_and_leads_to_each(at):
    page = at.page("/tree", subject="7402")
    for code, row in at.rows().items():
        assert f'<td class="depth-{code.count(".") + 1}">{code}</td>' in page
        assert f"row={row['ref'].replace(':', '%3A')}" in page


def test_without_a_subject_the_page_lists_them(at):
    page = at.page("/tree")
    assert f'href="/scope/{at.scope}/tree?subject=7402&amp;version="' in page
    assert "Biology" in page


def test_viewers_see_the_tree_and_no_control(at, desk):
    viewer = Correcting(
        desk(at.client.app.state.ground.connections._pool.conninfo, role="viewer", name="Vic"), at.exams
    )
    assert viewer.tree()["may_edit"] is False
    for page in (viewer.page("/tree", subject="7402"), viewer.row_page("1.2")):
        assert "/edits/" not in page
        assert 'data-action="remove"' not in page


def test_a_published_subject_is_read_until_it_is_opened(at):
    at.exams.promote()
    assert at.tree()["may_edit"] is False
    assert "Open it for correction" in at.page("/tree", subject="7402")
    at.form("open")
    assert at.tree()["may_edit"] is True
    assert "Open it for correction" not in at.page("/tree", subject="7402")
    at.rename("1", "Cells!")
    assert at.rows()["1"]["words"] == ["edited by Ada", "renamed"]


def test_reading_writes_nothing(newer):
    tables = ("edit", "lineage", "unit", "batch", "gesture", "finding")
    count = " + ".join(f"(select count(*) from greenroom.{table})" for table in tables)
    before = newer.exams.one(f"select {count}")
    newer.page("/tree", subject="7402")
    newer.row_page("1.2")
    newer.page("/rows", dataset="papers", unit=["7402", ""])
    assert newer.exams.one(f"select {count}") == before


def test_no_page_carries_a_script_or_style_of_its_own(at):
    for page in (
        at.page("/tree", subject="7402"),
        at.row_page("1.2"),
        at.page("/rows", dataset="papers", unit=["7402", ""]),
    ):
        assert not re.search(r"<script(?![^>]* src=)", page)
        assert not [name for name in _attributes(page) if name.startswith("on") or name == "style"]
        assert "<style" not in page


def _attributes(page):
    """Names of every attribute, as a browser reads them."""
    parser = _Attributes()
    parser.feed(page)
    return parser.found


class _Attributes(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag, attributes):
        self.found += [name for name, _ in attributes]


HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7 * 7 }}",
    "javascript:alert(1)",
    "</textarea><svg onload=alert(1)>",
    "'; drop table greenroom.edit; --",
    "‘ ’ “ ” é 漢字 🙂",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_stay_texts(at, text):
    at.rename("1.2", text)
    at.change({"do": "set", "row": at.ref("1.2"), "column": "description", "value": text}, reason=text)
    assert at.rows()["1.2"]["name"] == text
    for page in (at.page("/tree", subject="7402"), at.row_page("1.2")):
        assert not re.search(r"<script(?![^>]* src=)|<img|<svg", page)
        assert not [name for name in _attributes(page) if name.startswith("on") or name == "style"]
        assert str(escape(text)) in page


class Page:
    """What a page keeps of a tree: loaded once, then it takes the answers to its gestures, as tree/gestures.js does."""

    def __init__(self, answer):
        self.rows = {row["ref"]: row for row in answer["rows"]}
        self.children: dict[str | None, list[str]] = {None: []}
        for ref, row in self.rows.items():
            self.children.setdefault(row["parent"], []).append(ref)

    def put(self, ref, under):
        for children in self.children.values():
            if ref in children:
                children.remove(ref)
        self.children.setdefault(under, []).insert(0, ref)

    def take(self, answer):
        for row in answer["rows"]:
            if row["ref"] not in self.rows or self.rows[row["ref"]]["parent"] != row["parent"]:
                self.put(row["ref"], row["parent"])
            self.rows[row["ref"]] = row
        for ref in answer["gone"]:
            self.put(ref, None)
            self.children[None].remove(ref)
            self.rows.pop(ref, None)
        for siblings in answer["order"]:
            self.children[siblings["under"]] = siblings["refs"]
        for ref, row in self.rows.items():
            row["findings"] = answer["found"].get(ref, 0)

    def read(self, under=None):
        """Rows in the order in which they are read."""
        for ref in self.children.get(under, []):
            yield self.rows[ref]
            yield from self.read(ref)


def numbered(rows):
    """Rows as they are compared: numbers of those that people added are given anew each time."""
    return [row | {"number": max(row["number"], 0)} for row in rows]


def some_change(random, rows):
    """A gesture somebody might make; what cannot be done is refused and changes nothing."""
    there = [row["ref"] for row in rows if row["state"] != "deleted"]
    row, under = random.choice(there), random.choice([None, *there])
    beside = [each["ref"] for each in rows if each["parent"] == under and each["ref"] in there]
    return random.choice(
        [
            {"do": "move", "row": row, "under": under, "after": random.choice([None, *beside])},
            {"do": "move", "row": row, "under": under},
            {"do": "set", "row": row, "column": "topic_name", "value": f"Named {random.random()}"},
            {"do": "set", "row": row, "column": "topic_code", "value": f"X{random.randrange(10**6)}"},
            {"do": "set", "row": row, "column": "topic_level", "value": random.randrange(4)},
            {"do": "delete", "row": row, "with_children": random.random() < 0.5},
            {
                "do": "add",
                "under": under,
                "after": random.choice([None, *beside]),
                "values": {"topic_code": f"N{random.randrange(10**6)}", "topic_name": "New"},
            },
        ]
    )


@pytest.mark.parametrize("seed", range(4))
def test_a_page_that_takes_the_answers_shows_what_a_page_loaded_anew_shows(request, desk, make_database, seed):
    random = Random(seed)
    url = make_database("exams").url
    codes = [f"{a}.{b}" if b else str(a) for a in range(1, 7) for b in range(5)]
    topics = [Topic(code, f"Topic {code}", code[0] if "." in code else None) for code in codes]
    exams = staged(url, biology(*topics))
    request.addfinalizer(exams.connection.close)
    exams.promote()
    exams.inbox(biology(*(replace(topic, name=f"{topic.name}{'!' * random.randrange(2)}") for topic in topics)))
    exams.seal()
    exams.rows("select greenroom_exams.record_findings(greenroom_exams.pending(%s))", exams.scope)
    at = Correcting(desk(url, role="editor", name="Ada"), exams)
    at.rename("1", "Begun")
    page, done = Page(at.tree()), 0
    for _ in range(40):
        gesture: dict = {"changes": [some_change(random, list(page.read()))], "reason": ""}
        path = random.choice(["", "", "", "/turn"])
        if path:
            gesture = {"turn": random.choice(["undo", "undo", "redo"])}
        answer = at.client.post(
            f"/api/scope/{at.scope}/edits{path}", json={"dataset": at.dataset, "key": list(at.key), **gesture}
        )
        assert answer.status_code in {200, 409, 422}, answer.text
        if answer.status_code != 200:
            continue  # what cannot be done changes nothing
        done += 1
        page.take(answer.json())
        shown, anew = numbered(page.read()), numbered(at.tree()["rows"])
        assert [row["ref"] for row in shown] == [row["ref"] for row in anew], gesture
        assert [pair for pair in zip(shown, anew, strict=True) if pair[0] != pair[1]] == [], gesture
    assert done > 15
