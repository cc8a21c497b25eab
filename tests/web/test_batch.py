"""The batch page: what waits, what was found beside its source, what would change, who hangs on it, what is waived."""

import re
from datetime import UTC, date, datetime, timedelta
from html import unescape

import psycopg
import pytest
from tests.audit.test_source import LEAVES, frame, pixels
from tests.cli.conftest import exams, schools, shell  # noqa: F401 - fixtures
from tests.cli.lycees import file_of, lycees
from tests.publish.exams import Exams, Paper, Subject, Topic

from greenroom.audit import batch
from greenroom.audit.meaning import meaning_of
from greenroom.web import heavy
from greenroom.web.areas import batch as area
from greenroom_exams.pack import pack
from greenroom_schools.pack import pack as school_pack

TREE = (
    Topic("1", "Cells"),
    Topic("1.1", "Walls", "1"),
    Topic("1.2", "Nuclei", "1"),
    Topic("2", "Genes"),
    Topic("2.1", "DNA", "2"),
)
BIOLOGY = Subject(topics=TREE, papers=(Paper(),))
JUMP = Topic("2.5", "RNA", "2", level=4)
# One renamed, one that is gone, one that is new; the others where they were.
EDITION = (
    TREE[0],
    Topic("1.1", "Cell walls", "1"),
    Topic("2", "Genes", sort=3),
    Topic("2.1", "DNA", "2", sort=4),
    JUMP,
)
TOMORROW = datetime.now(UTC).date() + timedelta(days=2)
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'{{7*7}}"


@pytest.fixture
def made(make_database):
    """One scope whose batch has a warning, an added, a renamed and a removed topic that a learner uses."""
    database = make_database("exams")
    with psycopg.connect(database.url, autocommit=True) as connection:
        made = Exams(connection).app()
        made.url = database.url
        yield made


@pytest.fixture
def waiting(made):
    made.publish(BIOLOGY, live=True)
    made.hang("public.flashcards", made.ids()["Nuclei"])
    stage(made, BIOLOGY.but(topics=EDITION))
    return made


def stage(made, *subjects):
    made.clean()
    made.inbox(*subjects)
    made.seal()
    made.rows("select greenroom_exams.record_findings(greenroom_exams.pending(%s))", made.scope)


def page(client, made, path="", status=200, **asked):
    answer = client.get(f"/scope/{made.scope}{path}", params=asked)
    assert answer.status_code == status, answer.text
    return words(answer.text)


def words(text):
    """What a person reads: no tags, no runs of spaces."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())


def api(client, made, path="", **asked):
    answer = client.get(f"/api/scope/{made.scope}{path}", params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


def snapshot_of(client, content, address="https://example.org/spec.pdf"):
    """Keep a document where the desk of this client looks for it; its hash."""
    return client.app.state.ground.fetching.store.keep([content], address=address, headers={}).hash


def disagree(made):
    """What only a parser can know, and no approval passes."""
    made.rows(
        "insert into greenroom.finding (unit_id, check_name, severity, message, found_by)"
        " select max(u.id), 'witnesses_disagree', 'error', 'title and code differ', 'parser' from greenroom.unit as u"
        " where u.dataset = 'topics'"
    )


def cite(made, hash_, position, *, finding=True, message="look here"):
    """Let the pending batch be one of a document, and a finding, or an unread row, name a place of it."""
    made.rows("update greenroom.batch set snapshot = %s, source = 'https://example.org/spec.pdf'", hash_)
    if finding:
        return made.one(
            "insert into greenroom.finding (unit_id, check_name, severity, message, position, found_by)"
            " select max(u.id), 'loose_text', 'warning', %s, %s, 'parser' from greenroom.unit as u"
            " where u.dataset = 'topics' returning id",
            message,
            position,
        )
    return made.one(
        "insert into greenroom.quarantine (batch_id, unit_id, dataset, rule, value, position, row_data)"
        " select u.batch_id, u.id, 'topics', 'not_a_number', 'many', %s, %s from greenroom.unit as u"
        " where u.dataset = 'topics' order by u.id desc limit 1 returning id",
        position,
        '{"topic_name": "Walls", "marks": "many"}',
    )


# The head


def test_the_head_tells_batch_scope_and_state(desk, waiting):
    text = page(desk(waiting.url), waiting)
    assert "Scope AQA A-Level" in text
    assert "Batch 2" in text
    assert "held" in text
    assert "5 = 5 + 0 + 0" in text
    assert "complete" in text


def test_the_api_tells_the_same(desk, waiting):
    told = api(desk(waiting.url), waiting)
    (unit,) = told["head"]["units"]
    assert (unit["dataset"], unit["state"], unit["row_count"], unit["published"]) == ("topics", "held", 5, 5)
    (one,) = told["head"]["batches"]
    assert one["read"] == one["staged"] + one["quarantined"] + one["duplicates"] == 5
    assert told["stopping"] == 1


def test_who_approved_is_told_with_when_and_why(desk, waiting):
    waiting.approve()
    text = page(desk(waiting.url), waiting)
    assert "approved by teacher" in text
    assert "seen" in text
    assert "none stops the promotion" in text


def test_a_decision_on_other_content_is_not_told(desk, waiting):
    waiting.approve()
    stage(waiting, BIOLOGY.but(topics=(*TREE, JUMP)))
    assert "approved by" not in page(desk(waiting.url), waiting)


def test_where_nothing_waits_the_last_batch_is_shown_as_it_was(desk, made):
    made.publish(BIOLOGY)
    text = page(desk(made.url), made)
    assert "Nothing waits here" in text
    assert "promoted" in text
    assert page(desk(made.url), made, "/diff")
    assert api(desk(made.url), made, "/diff")["counts"] == {}


def test_a_scope_of_nothing_and_a_scope_that_is_not(desk, made):
    assert "Nothing was ever staged here" in page(desk(made.url), made)
    client = desk(made.url)
    assert client.get("/scope/9999").status_code == 404
    assert client.get("/api/scope/9999/findings").status_code == 404
    assert client.get("/scope/99999999999").status_code == 422


def test_one_subject_narrows_everything(desk, waiting):
    stage(
        waiting,
        Subject("7405", "Chemistry", (*TREE, JUMP, Topic("2.6", "PNA", "2", level=4))),
        BIOLOGY.but(topics=(*TREE, JUMP)),
    )
    client = desk(waiting.url)
    assert api(client, waiting, "/findings")["warnings"] == 3
    assert api(client, waiting, "/findings", subject="7405")["warnings"] == 2
    assert {unit["key"][0] for unit in api(client, waiting, subject="7405")["head"]["units"]} == {"7405"}
    text = page(client, waiting, subject="7405")
    assert "AQA A-Level · 7405" in text
    page(client, waiting, status=404, subject="9999")


def test_of_several_subjects_one_is_told_at_a_time(desk, waiting):
    stage(waiting, Subject("7405", "Chemistry", TREE), BIOLOGY.but(topics=(*TREE, JUMP)))
    client = desk(waiting.url)
    first, second = (page(client, waiting, "/diff", subject=code) for code in ("7402", "7405"))
    assert "What would change in 7402" in page(client, waiting, "/diff")
    assert "RNA" in first and "RNA" not in second
    assert "Walls" in second


# Findings


def test_findings_stand_by_check_with_what_they_mean_and_what_to_do(desk, waiting):
    text = page(desk(waiting.url), waiting)
    meaning = meaning_of("level_jump", pack)
    assert meaning.means in text and meaning.do in text
    assert "2.5 is at level 4 under 2 at level 0" in text
    assert "1 stops the promotion" in text


def test_errors_come_before_warnings(desk, waiting):
    stage(
        waiting,
        BIOLOGY.but(
            topics=(
                *TREE,
                JUMP,
            )
        ),
    )
    disagree(waiting)
    groups = api(desk(waiting.url), waiting, "/findings")["groups"]
    assert [group["severity"] for group in groups] == sorted(group["severity"] for group in groups)
    assert [group["check"] for group in groups] == ["witnesses_disagree", "level_jump"]


def test_of_a_check_with_many_findings_the_first_are_shown_and_all_are_paged(desk, waiting):
    stage(waiting, BIOLOGY.but(topics=(*TREE, *(Topic(f"2.{n}", f"T{n}", "2", level=4) for n in range(10, 130)))))
    client = desk(waiting.url)
    (group,) = api(client, waiting, "/findings")["groups"]
    assert (group["total"], len(group["findings"])) == (120, batch.FIRST)
    listed = [api(client, waiting, "/findings", check="level_jump", page=n) for n in (1, 2, 3)]
    ids = [each["id"] for told in listed for each in told["groups"][0]["findings"]]
    assert len(ids) == len(set(ids)) == 120
    assert listed[0]["pages"] == 3
    text = page(client, waiting, check="level_jump", page=2)
    assert "Page 2 of 3" in text
    assert "All checks" in text


def test_what_stops_is_what_the_gate_says(desk, waiting):
    stage(
        waiting,
        BIOLOGY.but(topics=(*TREE, JUMP, Topic("7", "Way", "2", 6))),
    )

    disagree(waiting)

    def both():
        gate = [(f["check"], f["message"]) for f in waiting.gate()]
        units = waiting.pending()
        ours = [(f["check"], f["message"]) for f in batch.stopping(waiting.connection, pack, units)]
        told = api(desk(waiting.url), waiting, "/findings")
        assert told["stopping"] == len(gate)
        return sorted(gate), sorted(ours)

    for _ in ("as found", "approved", "waived", "expired"):
        gate, ours = both()
        assert gate == ours
        if _ == "as found":
            waiting.approve()
        if _ == "approved":
            waiting.waive("level_jump", str(TOMORROW))
            waiting.waive("witnesses_disagree", str(TOMORROW))
        if _ == "waived":
            waiting.rows("update greenroom.waiver set until = current_date - 1")


def test_what_was_rejected_says_who_and_why(desk, waiting):
    waiting.approve(verdict="rejected")
    stage(waiting, BIOLOGY.but(topics=EDITION))
    gate = {f["check"] for f in waiting.gate()}
    groups = {group["check"]: group for group in api(desk(waiting.url), waiting, "/findings")["groups"]}
    assert "rejected" in gate
    assert groups["rejected"]["findings"][0]["message"] == "rejected by teacher: seen"
    assert groups["rejected"]["can_waive"] is False
    assert "rejected by teacher: seen" in page(desk(waiting.url), waiting)


def test_every_check_of_the_kernel_is_explained():
    from importlib.resources import files

    text = "".join(
        files("greenroom").joinpath("sql", "templates", name).read_text("utf-8") for name in ("check.sql", "gate.sql")
    )
    names = set(re.findall(r"select \w+\.(?:unit_id|id), '([a-z_]+)',", text))
    assert {"duplicate_key", "orphan", "shrunk", "strangers", "rolled_back"} <= names
    for name in names:
        assert meaning_of(name, pack).means != meaning_of("of_nobody", pack).means, name


def test_what_the_kernel_never_waives_is_never_offered():
    from importlib.resources import files

    text = files("greenroom").joinpath("sql", "templates", "gate.sql").read_text("utf-8")
    (listed,) = re.findall(r"check_name <> all \(array\[(.*?)\{%", text)
    names = set(re.findall(r"'([a-z_]+)'", listed.replace("no_{{", "")))
    assert "orphan" in names
    assert names <= set(batch.never_waived(pack))
    assert {"no_subjects", "missing_topic_name"} <= set(batch.never_waived(pack))


def test_a_packs_own_checks_are_explained_by_their_declaration():
    for one in (pack, school_pack):
        for dataset in one.datasets:
            for each in dataset.checks:
                assert (
                    meaning_of(each.name, one, dataset=dataset.name)
                    .means.casefold()
                    .startswith(each.note.casefold().rstrip(".")[:20])
                )


# The source beside


def test_a_finding_of_a_pdf_shows_its_box(desk, waiting):
    client = desk(waiting.url)
    hash_ = snapshot_of(client, LEAVES)
    number = cite(waiting, hash_, "page 1 at 50 197 150 210")
    told = client.get(f"/api/finding/{number}/source").json()
    (passage,) = told["evidence"]["passages"]
    assert passage["page"]["text"] == "1.2 Walls of cells"
    text = client.get(f"/finding/{number}/source").text
    assert "The words in the box" in text
    (zoomed, whole) = re.findall(r'src="([^"]+\.png[^"]*)"', text)
    for address, is_cut in ((zoomed, True), (whole, False)):
        answer = client.get(unescape(address))
        assert answer.headers["content-type"] == "image/png"
        assert ("zoom=true" in address) is is_cut
        assert frame(answer.content)
    assert client.get(re.search(r'<a href="([^"]+/page/1\?box[^"]*)"', text)[1]).status_code == 200


def test_a_script_gets_the_source_alone(desk, waiting):
    client = desk(waiting.url)
    number = cite(waiting, snapshot_of(client, LEAVES), "page 1 at 50 197 150 210")
    text = client.get(f"/finding/{number}/source", headers={"hx-request": "true"}).text
    assert "<html" not in text
    assert "The words in the box" in text


def test_every_finding_leads_to_its_source_without_a_script(desk, waiting):
    text = desk(waiting.url).get(f"/scope/{waiting.scope}").text
    (link,) = set(re.findall(r'<a href="(/finding/\d+/source)"', text))
    assert "staging_aqa_topics" in words(desk(waiting.url).get(link).text)


def test_a_finding_of_the_inbox_shows_the_row_that_stands_there(desk, waiting):
    client = desk(waiting.url)
    (group,) = api(client, waiting, "/findings")["groups"]
    told = client.get(f"/api/finding/{group['findings'][0]['id']}/source").json()
    assert told["evidence"]["format"] == "inbox"
    cells = {cell["name"]: cell["value"] for cell in told["evidence"]["passages"][0]["cells"]}
    assert cells["topic_name"] == "RNA"
    assert {"name": "topic_code", "value": "2.5"} in told["row"]
    waiting.clean()
    told = client.get(f"/api/finding/{group['findings'][0]['id']}/source").json()
    assert told["evidence"]["passages"] == []
    assert "inbox" in told["evidence"]["note"]


@pytest.mark.parametrize("table", ["exam_boards", "flashcards", "staging_nothing", "curriculum_topics"])
def test_a_position_opens_no_table_but_the_inboxs(desk, waiting, table):
    topic = waiting.ids()["Cells"]
    waiting.rows("update greenroom.finding set position = %s", f"{table} {topic}")
    number = waiting.one("select id from greenroom.finding limit 1")
    told = desk(waiting.url).get(f"/api/finding/{number}/source").json()
    assert told["evidence"]["passages"] == []


def test_a_picture_is_kept_by_the_browser_of_one_person(desk, waiting):
    client = desk(waiting.url)
    number = cite(waiting, snapshot_of(client, LEAVES), "page 1 at 50 197 150 210")
    first = client.get(f"/finding/{number}/page.png")
    assert first.headers["cache-control"].startswith("private")
    again = client.get(f"/finding/{number}/page.png", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    zoomed = client.get(f"/finding/{number}/page.png?zoom=true")
    assert zoomed.headers["etag"] != first.headers["etag"]
    assert pixels(zoomed.content)[1] < pixels(first.content)[1]


def test_only_documents_of_the_scopes_own_batches_are_shown(desk, waiting):
    client = desk(waiting.url)
    ours, other = snapshot_of(client, LEAVES), snapshot_of(client, LEAVES + b"\n")
    cite(waiting, ours, "page 1")
    at = f"/scope/{waiting.scope}/source"
    assert client.get(f"{at}/{ours}/page/2.png").status_code == 200
    assert client.get(f"{at}/{ours}/page/2").status_code == 200
    for path in (f"{at}/{other}/page/1.png", f"{at}/{other}/page/1", f"{at}/{'ab' * 32}/page/1.png"):
        assert client.get(path).status_code == 404, path
    elsewhere = waiting.one("select greenroom_exams.scope_named('OCR', 'GCSE')")
    assert client.get(f"/scope/{elsewhere}/source/{ours}/page/1.png").status_code == 404
    assert client.get(f"{at}/..%2f..%2fetc/page/1.png").status_code in (404, 422)


@pytest.mark.parametrize("box", ["1 2 3", "a b c d", "1e9 1 1 1", "1 2 3 4 5", "99999999 1 2 3"])
def test_a_box_that_is_none_is_refused(desk, waiting, box):
    client = desk(waiting.url)
    hash_ = snapshot_of(client, LEAVES)
    cite(waiting, hash_, "page 1")
    answer = client.get(f"/scope/{waiting.scope}/source/{hash_}/page/1.png", params={"box": box})
    assert answer.status_code == 422


@pytest.mark.parametrize("content", [b"%PDF-1.4 broken", LEAVES[:400], b"no pdf at all", b""])
def test_what_cannot_be_shown_is_a_message(desk, waiting, content):
    client = desk(waiting.url)
    hash_ = snapshot_of(client, content)
    number = cite(waiting, hash_, "page 1 at 1 2 3 4")
    assert client.get(f"/finding/{number}/source").status_code == 200
    assert client.get(f"/api/finding/{number}/source").status_code == 200
    assert client.get(f"/finding/{number}/page.png").status_code == 404
    assert client.get(f"/scope/{waiting.scope}/source/{hash_}/page/1.png").status_code == 404
    assert client.get(f"/scope/{waiting.scope}/source/{hash_}/page/1").status_code == 404


def test_a_document_that_is_not_kept_is_said_to_be_missing(desk, waiting):
    number = cite(waiting, "cd" * 32, "page 1")
    text = words(desk(waiting.url).get(f"/finding/{number}/source").text)
    assert "cannot be shown" in text
    assert desk(waiting.url).get(f"/finding/{number}/page.png").status_code == 404


def test_a_page_of_a_site_is_shown_as_text_and_never_as_a_page(desk, waiting):
    client = desk(waiting.url)
    html = b"<html><body><p>before</p><script>alert('Walls')</script><p>Walls</p></body></html>"
    number = cite(waiting, snapshot_of(client, html), "item 3", message="no code for: Walls</p>")
    text = client.get(f"/finding/{number}/source").text
    assert "<script>alert(" not in text
    assert "&lt;script&gt;alert(&#39;Walls&#39;)&lt;/script&gt;" in text
    assert "<mark>Walls&lt;/p&gt;</mark>" in text


def test_there_is_no_source_of_a_finding_that_is_gone(desk, waiting):
    client = desk(waiting.url)
    for path in ("/finding/99999/source", "/quarantine/99999/source", "/finding/99999/page.png"):
        assert client.get(path).status_code == 404
    assert client.get(f"/finding/{2**63}/source").status_code == 422


# Quarantine


def test_rows_in_quarantine_stand_with_rule_value_and_source(desk, waiting):
    client = desk(waiting.url)
    number = cite(waiting, snapshot_of(client, LEAVES), "page 1 at 50 197 150 210", finding=False)
    text = page(client, waiting, "/quarantine")
    assert "not a number : many" in text
    assert "page 1 at 50 197 150 210" in text
    told = client.get(f"/api/quarantine/{number}/source").json()
    assert {"name": "marks", "value": "many"} in told["row"]
    assert told["evidence"]["passages"][0]["page"]["text"] == "1.2 Walls of cells"
    assert client.get(f"/quarantine/{number}/source").status_code == 200
    assert client.get(f"/quarantine/{number}/page.png").status_code == 200
    assert api(client, waiting, "/quarantine")["rules"] == {"not_a_number": 1}
    assert api(client, waiting, "/quarantine", rule="another")["rows"] == []


# Changes and what hangs on them


def test_changes_are_told_as_a_tree_in_words(desk, waiting):
    text = page(desk(waiting.url), waiting, "/diff")
    assert "renamed from “Walls”" in text
    assert "1.2 Nuclei removed" in text
    assert "2.5 RNA added" in text
    assert "DNA" not in text.split("Only changes")[1]


def test_the_whole_tree_is_a_link_away(desk, waiting):
    client = desk(waiting.url)
    text = client.get(f"/scope/{waiting.scope}/diff").text
    assert unescape(re.search(r'href="([^"]+show=all[^"]*)"', text)[1]) == f"/scope/{waiting.scope}/diff?show=all"
    assert "DNA" in page(client, waiting, "/diff", show="all").split("The whole tree")[1]


def test_a_kind_of_change_is_a_link_away(desk, waiting):
    client = desk(waiting.url)
    links = re.findall(r'href="([^"]+kind=removed[^"]*)"', client.get(f"/scope/{waiting.scope}/diff").text)
    told = words(client.get(unescape(links[0])).text)
    assert "Nuclei" in told
    assert "Cell walls" not in told
    assert client.get(f"/scope/{waiting.scope}/diff?kind=nothing").status_code == 422


def test_the_front_page_counts_the_changes(desk, waiting):
    assert "1 added" in page(desk(waiting.url), waiting)
    assert "1 removed" in page(desk(waiting.url), waiting)


def test_what_hangs_on_the_changes_is_told(desk, waiting):
    text = page(desk(waiting.url), waiting, "/impact")
    assert "1 row would leave" in text
    assert "public.flashcards" in text
    assert "1.2 Nuclei (removed, 1 row)" in text
    assert "stay readable by id" in text
    told = api(desk(waiting.url), waiting, "/impact")
    assert told["leaving"] == [
        {"dataset": "topics", "table": "public.curriculum_topics", "removed": 1, "deleted": 0, "retired": 1}
    ]


def test_two_specifications_are_compared(desk, waiting):
    stage(waiting, Subject("7405", "Chemistry", (TREE[0], Topic("1.1", "Walls anew", "1"))))
    client = desk(waiting.url)
    text = page(client, waiting, "/between", old="7402", new="7405")
    assert "From 7402 to 7405" in text
    assert "gone" in text
    told = api(client, waiting, "/between", old="7402", new="7405")
    assert (told["old"], told["new"]) == ("7402", "7405")
    page(client, waiting, "/between", status=404, new="9999")


def test_where_none_is_declared_before_it_the_other_is_chosen(desk, waiting):
    client = desk(waiting.url)
    answer = client.get(f"/scope/{waiting.scope}/diff").text
    link = unescape(re.search(r'href="(/scope/\d+/between[^"]*)"', answer)[1])
    chosen = client.get(link)
    assert chosen.status_code == 200
    assert "7402 is not declared to succeed another: choose the old one above." in words(chosen.text)
    assert '<select id="old"' in chosen.text


# Waivers


def waive(client, made, **changes):
    form = {"check": "level_jump", "why": "the source is so", "until": str(TOMORROW)} | changes
    return client.post(f"/scope/{made.scope}/waivers", data=form)


def test_a_check_is_set_aside_by_a_form(desk, waiting):
    client = desk(waiting.url, role="approver", name="Grace")
    answer = waive(client, waiting)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/scope/{waiting.scope}/waivers")
    text = page(client, waiting, "/waivers")
    assert "the source is so" in text
    assert "Grace" in text
    assert "in force" in text
    assert "is set aside for 1 unit until" in text
    assert waiting.gate() == []
    assert "waived" in page(client, waiting)
    (one,) = api(client, waiting, "/waivers")
    assert (one["check"], one["state"], one["waived_by"]) == ("level_jump", "in force", "Grace")


def test_a_waiver_that_is_over_or_of_other_content_says_so(desk, waiting):
    client = desk(waiting.url)
    waive(client, waiting)
    waiting.rows("update greenroom.waiver set until = current_date - 1")
    assert "expired" in page(client, waiting, "/waivers")
    waiting.rows("update greenroom.waiver set until = current_date + 9")
    stage(waiting, BIOLOGY.but(topics=(*TREE, JUMP)))
    assert "of another edition" in page(client, waiting, "/waivers")


@pytest.mark.parametrize("role, status", [("viewer", 403), ("editor", 403), ("approver", 303), ("admin", 303)])
def test_only_an_approver_waives(desk, waiting, role, status):
    assert waive(desk(waiting.url, role=role, name=role), waiting).status_code == status


def test_viewers_are_shown_no_form(desk, waiting):
    assert "This needs an approver" in page(desk(waiting.url, role="viewer", name="V"), waiting, "/waivers")


@pytest.mark.parametrize(
    "changes, status",
    [
        ({"until": str(date(2020, 1, 1))}, 409),
        ({"until": "tomorrow"}, 422),
        ({"why": " "}, 422),
        ({"why": "a\0b"}, 422),
        ({"check": "nothing_such"}, 409),
        ({"check": "a\0b"}, 422),
        ({"subject": "9999"}, 404),
    ],
)
def test_a_waiver_that_makes_no_sense_is_refused(desk, waiting, changes, status):
    assert waive(desk(waiting.url), waiting, **changes).status_code == status
    assert waiting.one("select count(*) from greenroom.waiver") == 0


def test_a_waiver_of_one_subject_leaves_the_others(desk, waiting):
    stage(waiting, Subject("7405", "Chemistry", (*TREE, JUMP)), BIOLOGY.but(topics=(*TREE, JUMP)))
    client = desk(waiting.url)
    answer = client.post(
        f"/api/scope/{waiting.scope}/waivers",
        json={"check": "level_jump", "why": "so", "until": str(TOMORROW), "subject": "7405"},
    )
    assert (answer.status_code, answer.json()) == (200, {"units": 1})
    assert {f["unit"][0] for f in waiting.gate()} == {"7402"}


# Texts of others


def test_hostile_texts_are_texts(desk, waiting):
    stage(
        waiting,
        Subject("7402", HOSTILE, (Topic("1", HOSTILE), Topic(HOSTILE, "x", "1", level=5)), (Paper(title=HOSTILE),)),
    )
    client = desk(waiting.url)
    html = f"<p>{HOSTILE}</p>".encode()
    number = cite(waiting, snapshot_of(client, html), HOSTILE, message=HOSTILE)
    waiting.rows("update greenroom.batch set source = %s, parser = %s", f"javascript:alert(1)//{HOSTILE}", HOSTILE)
    waive(client, waiting, why=HOSTILE)
    texts = [
        client.get(f"/scope/{waiting.scope}{path}").text
        for path in ("", "/diff?show=all", "/impact", "/quarantine", "/waivers", "?check=level_jump")
    ]
    texts.append(client.get(f"/finding/{number}/source").text)
    assert sum("&lt;script&gt;" in text for text in texts) >= 5
    for text in texts:
        assert "<script>alert" not in text
        assert "<img src=x" not in text
        assert 'href="javascript:' not in text
        assert "49" not in re.findall(r"alert\(2\)&gt;[^<]{0,20}", text)


def test_no_page_has_inline_script_or_style(desk, waiting):
    client = desk(waiting.url)
    for path in ("", "/diff", "/impact", "/quarantine", "/waivers", "/between"):
        text = client.get(f"/scope/{waiting.scope}{path}").text
        assert not re.search(r"<script(?![^>]*\bsrc=)", text), path
        assert not re.search(r"\s(?:style|on[a-z]+)=", re.sub(r">[^<]*<", "><", text)), path


# Flat data


@pytest.fixture
def lycee_batch(schools, tmp_path, desk):  # noqa: F811
    """A published year of lycées, and a new edition of it that waits."""
    schools("import", "ips_lycees", "--csv", file_of(tmp_path / "2023.csv", lycees(150)), code=None)
    rows = lycees(151, ips=101)[3:]
    rows[4]["ips_etab"] = "no number"
    schools("stage", "ips_lycees", "--from", file_of(tmp_path / "2023b.csv", rows), code=None)
    schools.scope = schools.value("select id from greenroom.scope where name = 'ips_lycees'")
    return schools


def test_flat_changes_are_a_table_of_pages(desk, lycee_batch):
    client = desk(lycee_batch.url)
    told = api(client, lycee_batch, "/diff")
    assert told["tree"] is None
    assert told["pages"] == -(-told["total"] // 100) > 1
    assert len(told["rows"]) == 100
    (changed, *_) = [row for row in told["rows"] if "other" in row["kinds"]]
    assert any(field["before"] != field["after"] for field in changed["fields"])
    pages = [api(client, lycee_batch, "/diff", page=n)["rows"] for n in range(1, told["pages"] + 1)]
    labels = [(row["dataset"], row["label"]) for rows in pages for row in rows]
    assert len(labels) == len(set(labels)) == told["total"]
    assert "Page 2 of" in page(client, lycee_batch, "/diff", page=2)
    removed = api(client, lycee_batch, "/diff", kind="removed")
    assert removed["total"] == sum(each["removed"] for each in removed["counts"].values())
    assert all(row["kinds"] == ["removed"] for row in removed["rows"])


def test_a_row_that_could_not_be_read_stands_beside_its_line_and_headings(desk, lycee_batch):
    client = desk(lycee_batch.url)
    told = api(client, lycee_batch, "/quarantine")
    (row, *_) = [each for each in told["rows"] if each["value"] == "no number"]
    beside = client.get(f"/api/quarantine/{row['id']}/source").json()
    (passage,) = beside["evidence"]["passages"]
    cells = {cell["name"]: cell["value"] for cell in passage["cells"]}
    assert cells["ips_etab"] == "no number"
    assert cells["uai"] == lycees(151)[3:][4]["uai"]
    (meant,) = [line for line in passage["lines"] if line["is_meant"]]
    assert f"row {meant['number']}" == row["position"] == "row 5"
    text = words(client.get(f"/quarantine/{row['id']}/source").text)
    assert "LYCEE INVENTE" in text
    assert "no number" in page(client, lycee_batch, "/quarantine")


def test_flat_pages_have_no_trees_and_no_specifications(desk, lycee_batch):
    client = desk(lycee_batch.url)
    for path in ("", "/impact", "/waivers"):
        assert "Correct the tree" not in page(client, lycee_batch, path)
    page(client, lycee_batch, "/between", status=404)
    page(client, lycee_batch, period="2023-2024")
    page(client, lycee_batch, status=404, period="1999-2000")


# Real documents


@pytest.mark.parametrize(
    "scope, path, code",
    [
        (("Edexcel", "GCSE"), "uk/edexcel/1ma1-gcse-mathematics-spec.pdf", "1MA1"),
        (("AQA", "GCSE"), "uk/aqa/8525-gcse-computer-science-spec.pdf", "8525"),
    ],
)
def test_a_real_specification_is_read_beside_its_pages(desk, exams, shared_data, scope, path, code):  # noqa: F811
    exams("stage", *scope, "--from", shared_data(path), code=None)
    exams.scope = exams.value("select scope_id from greenroom.batch limit 1")
    client = desk(exams.url)
    assert code in page(client, exams)
    assert "added" in page(client, exams, "/diff")
    rows = exams.rows(
        "select b.unit_id, b.row_key, b.topic_name, b.position from greenroom.batch_topics as b"
        " where b.position like 'page %%' order by b.row_no limit 3 offset 5"
    )
    for row in rows:
        exams.write(
            "insert into greenroom.finding (unit_id, check_name, severity, message, row_key, position)"
            " values (%s, 'level_jump', 'warning', 'made for this test', %s, %s)",
            row["unit_id"], row["row_key"], row["position"],
        )  # fmt: skip
        number = exams.value("select max(id) from greenroom.finding")
        told = client.get(f"/api/finding/{number}/source").json()
        text = told["evidence"]["passages"][0]["page"]["text"].casefold()
        name = re.findall(r"\w+", row["topic_name"].casefold())
        assert sum(word in text for word in name) >= 0.8 * len(name)
        assert frame(client.get(f"/finding/{number}/page.png?zoom=true").content)


def test_large_comparisons_leave_room_for_others_and_small_ones_never_wait(waiting, desk, desk_of, monkeypatch):
    client, addresses = (
        desk(waiting.url),
        [f"{at}/scope/{waiting.scope}/{of}" for at in ("", "/api") for of in ("diff", "impact")],
    )
    for address in addresses:
        assert client.get(address).status_code == 200, address
    with monkeypatch.context() as patch:
        patch.setattr(area, "_COUNTED_ROWS", 0)
        large = [client.get(address) for address in addresses]
        assert [answer.status_code for answer in large] == [200] * 4
        places = desk_of(waiting.url).state.heavy
        for _ in range(heavy.MOST):
            assert places.acquire(blocking=False)
        for address in addresses:
            answer = client.get(address)
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "5"), address
        assert client.get(f"/scope/{waiting.scope}").status_code == 200
    for address in addresses:
        assert client.get(address).status_code == 200, address
