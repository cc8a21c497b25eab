"""Comment, assign, approve, reject: on real batches, bound to what was seen."""

import re
from uuid import uuid4

import psycopg
import pytest
from tests.publish.exams import Exams, Subject, Topic, leaves

HELD = Subject(topics=(*leaves(5), Topic("6", "A topic \ufffd damaged")))
BIOLOGY = Subject(topics=leaves(6))
CHEMISTRY = Subject("7405", "Chemistry", leaves(4, prefix="c"))


@pytest.fixture
def database(make_database):
    return make_database("exams")


@pytest.fixture
def exams(database):
    with psycopg.connect(database.url, autocommit=True) as connection:
        yield Exams(connection)


def stage(exams: Exams, *subjects: Subject) -> None:
    """What a scraper left, sealed and checked."""
    exams.clean()
    exams.inbox(*subjects)
    exams.seal()
    exams.rows("select greenroom_exams.record_findings(greenroom_exams.pending(%s))", exams.scope)


@pytest.fixture
def held(exams):
    """A first edition in production, and one that loses most of it: held by a warning."""
    stage(exams, Subject(topics=leaves(20)))
    exams.approve()
    exams.promote()
    stage(exams, Subject(topics=leaves(8)))
    assert exams.gate(), "nothing is held"
    return exams


def seen(client, scope: int) -> str:
    return client.get(f"/api/scope/{scope}/decisions").json()["standing"]["seen"]


def test_the_page_shows_what_waits_and_what_stops_it(held, desk, database):
    page = desk(database.url, "approver").get(f"/scope/{held.scope}/decide")
    assert page.status_code == 200, page.text
    assert "7402" in page.text
    for finding in held.gate():
        assert finding["check"].replace("_", " ") in page.text


def test_the_api_tells_the_same_as_the_page(held, desk, database):
    told = desk(database.url, "viewer").get(f"/api/scope/{held.scope}/decisions").json()
    assert told["scope"] == "AQA A-Level"
    assert {f["check"] for f in told["standing"]["stopping"]} == {f["check"] for f in held.gate()}
    assert {(u["dataset"], u["state"]) for u in told["standing"]["units"]} >= {("topics", "held")}


def test_an_approval_opens_the_gate_and_says_who_when_and_why(held, desk, database):
    client = desk(database.url, "approver", "Ben")
    answer = client.post(
        f"/scope/{held.scope}/decide",
        data={"verdict": "approved", "note": "the board shortened it", "seen": seen(client, held.scope)},
    )
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/scope/{held.scope}/decide"
    assert held.gate() == []
    page = client.get(answer.headers["location"]).text
    assert "by <strong>Ben</strong>" in page
    assert "the board shortened it" in page
    assert "Counts." in page
    assert "Ready: nothing stops it" in page


def test_a_rejection_holds_the_same_content_until_somebody_approves_it(held, desk, database):
    client = desk(database.url, "approver", "Ben")
    client.post(
        f"/scope/{held.scope}/decide",
        data={"verdict": "rejected", "note": "half is missing", "seen": seen(client, held.scope)},
    )
    assert held.pending() == []
    stage(held, Subject(topics=leaves(8)))
    page = client.get(f"/scope/{held.scope}/decide").text
    assert "rejected by Ben: half is missing" in page


def test_a_decision_needs_a_note(held, desk, database):
    client = desk(database.url, "approver")
    for note in ("", "   ", "\n"):
        answer = client.post(
            f"/api/scope/{held.scope}/decisions",
            json={"verdict": "approved", "note": note, "seen": seen(client, held.scope)},
        )
        assert answer.status_code == 422
    assert held.rows("select * from greenroom.approval where decided_by = 'Ada'") == []


@pytest.mark.parametrize("role", ["viewer", "editor"])
def test_only_an_approver_decides(held, desk, database, role):
    client = desk(database.url, role, "Cy")
    answer = client.post(
        f"/scope/{held.scope}/decide",
        data={"verdict": "approved", "note": "mine", "seen": seen(client, held.scope)},
    )
    assert answer.status_code == 403
    assert held.gate()
    assert "Approve as it stands" not in client.get(f"/scope/{held.scope}/decide").text


def test_what_changed_while_one_looked_is_told_and_nothing_is_decided(held, desk, database):
    client = desk(database.url, "approver")
    before = seen(client, held.scope)
    stage(held, Subject(topics=leaves(9)))
    answer = client.post(
        f"/api/scope/{held.scope}/decisions", json={"verdict": "approved", "note": "seen", "seen": before}
    )
    assert answer.status_code == 409
    told = [finding["message"] for finding in answer.json()["findings"]]
    assert "It changed while you looked" in answer.json()["error"]
    assert any("topics 7402 is new here: sealed as batch" in text for text in told)
    assert any("no longer waits: it is superseded" in text for text in told)
    assert held.rows("select * from greenroom.approval where decided_by = 'Ada'") == []


def test_another_finding_is_another_thing_to_decide_on(held, desk, database):
    client = desk(database.url, "approver")
    before = seen(client, held.scope)
    held.rows(
        "insert into greenroom.finding (unit_id, check_name, severity, message, found_by)"
        " select id, 'looks_odd', 'warning', 'page 3 is blank', 'parser' from greenroom.unit"
        " where state = 'held' and dataset = 'topics'"
    )
    page = client.post(f"/scope/{held.scope}/decide", data={"verdict": "approved", "note": "seen", "seen": before})
    assert page.status_code == 409
    assert "topics 7402 has other rows or other findings" in page.text
    assert held.rows("select * from greenroom.approval where decided_by = 'Ada'") == []


def test_a_waiver_in_between_is_a_change_too(held, desk, database):
    client = desk(database.url, "approver")
    before = seen(client, held.scope)
    held.waive(held.gate()[0]["check"], "2999-01-01")
    answer = client.post(
        f"/api/scope/{held.scope}/decisions", json={"verdict": "approved", "note": "seen", "seen": before}
    )
    assert answer.status_code == 409


def test_what_was_never_shown_is_refused(held, desk, database):
    client = desk(database.url, "approver")
    for forged in ("", "999:0123456789abcdef", f"{held.pending()[0]}:0123456789abcdef"):
        answer = client.post(
            f"/api/scope/{held.scope}/decisions", json={"verdict": "approved", "note": "x", "seen": forged}
        )
        assert answer.status_code == 409, forged
    answer = client.post(
        f"/api/scope/{held.scope}/decisions", json={"verdict": "approved", "note": "x", "seen": "1:nonsense"}
    )
    assert answer.status_code == 422


def test_one_subject_is_decided_on_alone(exams, desk, database):
    stage(exams, Subject(topics=leaves(20)), Subject("7405", "Chemistry", leaves(20, prefix="c")))
    exams.approve()
    exams.promote()
    stage(exams, Subject(topics=leaves(8)), Subject("7405", "Chemistry", leaves(8, prefix="c")))
    client = desk(database.url, "approver")
    told = client.get(f"/api/scope/{exams.scope}/decisions", params={"only": "7402"}).json()["standing"]
    assert {u["name"] for u in told["units"]} == {"7402"}
    answer = client.post(
        f"/api/scope/{exams.scope}/decisions",
        json={"verdict": "approved", "note": "fine", "seen": told["seen"], "only": "7402"},
    )
    assert answer.status_code == 200
    assert {f["unit"][0] for f in exams.gate()} == {"7405"}


def test_a_subject_nobody_staged_is_refused_by_name(held, desk, database):
    answer = desk(database.url).get(f"/api/scope/{held.scope}/decisions", params={"only": "9999"})
    assert answer.status_code == 404
    assert "9999" in answer.json()["error"]


def test_a_scope_that_is_not_there_is_a_404(desk, database):
    for path in ("/api/scope/424242/decisions", "/scope/424242/decide"):
        assert desk(database.url).get(path).status_code == 404


def test_an_approval_of_another_edition_is_shown_as_void(held, desk, database):
    client = desk(database.url, "approver", "Ben")
    client.post(
        f"/scope/{held.scope}/decide",
        data={"verdict": "approved", "note": "fine", "seen": seen(client, held.scope)},
    )
    stage(held, Subject(topics=leaves(9)))
    (mine,) = [
        d
        for d in client.get(f"/api/scope/{held.scope}/decisions").json()["standing"]["decisions"]
        if d["decided_by"] == "Ben"
    ]
    # the subject's own row is in both editions: there the approval counts
    assert "void since" in mine["void"]
    assert "another edition was sealed" in mine["void"]


def test_an_approval_is_void_when_the_findings_are_others(held, desk, database):
    client = desk(database.url, "approver", "Ben")
    client.post(
        f"/scope/{held.scope}/decide",
        data={"verdict": "approved", "note": "fine", "seen": seen(client, held.scope)},
    )
    held.rows(
        "insert into greenroom.finding (unit_id, check_name, severity, message, found_by)"
        " select id, 'looks_odd', 'warning', 'page 3 is blank', 'parser' from greenroom.unit where id = any (%s)",
        held.pending(),
    )
    page = client.get(f"/scope/{held.scope}/decide").text
    assert "the findings are others now" in page
    assert "Does not count" in page
    assert held.gate()


def test_a_later_decision_takes_the_place_of_the_earlier(held, desk, database):
    client = desk(database.url, "approver", "Ben")
    for by, note in (("Ben", "first"), ("Cy", "second")):
        other = desk(database.url, "approver", by)
        other.post(
            f"/scope/{held.scope}/decide",
            data={"verdict": "approved", "note": note, "seen": seen(other, held.scope)},
        )
    told = client.get(f"/api/scope/{held.scope}/decisions").json()["standing"]["decisions"]
    made = {d["decided_by"]: d for d in told if d["decided_by"] in ("Ben", "Cy")}
    assert made["Cy"]["counts"] is True
    assert made["Ben"]["counts"] is False
    assert made["Ben"]["void"] == "a later decision took its place"


def test_what_was_promoted_tells_its_release(held, desk, database):
    client = desk(database.url, "approver", "Ben")
    client.post(
        f"/scope/{held.scope}/decide",
        data={"verdict": "approved", "note": "fine", "seen": seen(client, held.scope)},
    )
    release = held.promote()["release"]
    (mine,) = [
        d
        for d in client.get(f"/api/scope/{held.scope}/decisions").json()["standing"]["decisions"]
        if d["decided_by"] == "Ben"
    ]
    assert mine["counts"] is False
    assert f"promoted in release {release}" in mine["void"]


def test_a_comment_is_said_resolved_and_opened_again(held, desk, database):
    client = desk(database.url, "editor", "Eva")
    (topics,) = [
        u
        for u in client.get(f"/api/scope/{held.scope}/decisions").json()["standing"]["units"]
        if u["dataset"] == "topics"
    ]
    answer = client.post(
        f"/scope/{held.scope}/comments", data={"text": "is 8 right?\nlook at page 4", "about": str(topics["id"])}
    )
    assert answer.status_code == 303
    (comment,) = client.get(f"/api/scope/{held.scope}/decisions").json()["standing"]["comments"]
    assert (comment["text"], comment["commented_by"], comment["dataset"]) == (
        "is 8 right?\nlook at page 4", "Eva", "topics",
    )  # fmt: skip
    assert comment["unit_key"] == topics["key"]
    page = client.get(f"/scope/{held.scope}/decide").text
    assert "is 8 right?" in page
    assert "on topics · 7402" in page
    number = comment["id"]
    assert client.post(f"/scope/{held.scope}/comments/{number}/resolve", data={"on": "true"}).status_code == 303
    assert "Resolved by Eva" in client.get(f"/scope/{held.scope}/decide").text
    again = client.post(f"/api/scope/{held.scope}/comments/{number}/resolve", params={"on": "false"}).json()
    assert again["resolved_by"] is None


def test_who_resolved_first_is_kept(held, desk, database):
    client = desk(database.url, "editor", "Eva")
    number = client.post(f"/api/scope/{held.scope}/comments", json={"text": "hm"}).json()["id"]
    client.post(f"/api/scope/{held.scope}/comments/{number}/resolve")
    other = desk(database.url, "editor", "Dan")
    assert other.post(f"/api/scope/{held.scope}/comments/{number}/resolve").json()["resolved_by"] == "Eva"


def test_a_comment_may_be_about_a_row_or_a_finding(held, desk, database):
    client = desk(database.url, "editor")
    said = {"text": "look", "dataset": "topics", "unit_key": ["7402", ""], "row_ref": "x1", "check_name": "shrunk"}
    told = client.post(f"/api/scope/{held.scope}/comments", json=said).json()
    assert (told["row_ref"], told["check_name"]) == ("x1", "shrunk")


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"text": ""}, 422),
        ({"text": "x", "dataset": "topics"}, 422),
        ({"text": "x", "row_ref": "1"}, 422),
        ({"text": "x", "dataset": "topics", "unit_key": ["nothing"]}, 409),
        ({"text": "a\x00b"}, 422),
        ({"text": "x", "unknown": 1}, 422),
    ],
)
def test_a_comment_that_cannot_be_placed_is_refused(held, desk, database, said, status):
    client = desk(database.url, "editor")
    assert client.post(f"/api/scope/{held.scope}/comments", json=said).status_code == status
    assert held.rows("select * from greenroom.comment") == []


def test_a_comment_of_another_scope_is_not_resolved_here(held, desk, database):
    client = desk(database.url, "editor")
    number = client.post(f"/api/scope/{held.scope}/comments", json={"text": "hm"}).json()["id"]
    other = held.other("OCR", "GCSE").scope
    assert client.post(f"/api/scope/{other}/comments/{number}/resolve").status_code == 409
    assert held.rows("select resolved_at from greenroom.comment") == [{"resolved_at": None}]


def test_somebody_is_asked_to_look_once_and_says_that_it_is_done(held, desk, database):
    client = desk(database.url, "editor", "Eva")
    for _ in range(2):
        answer = client.post(f"/scope/{held.scope}/assignments", data={"to": "Dan", "note": "the new chapter"})
        assert answer.status_code == 303
    (asked,) = client.get(f"/api/scope/{held.scope}/decisions").json()["standing"]["assignments"]
    assert (asked["assigned_to"], asked["assigned_by"], asked["note"]) == ("Dan", "Eva", "the new chapter")
    dan = desk(database.url, "editor", "Dan")
    assert dan.post(f"/scope/{held.scope}/assignments/{asked['id']}/done").status_code == 303
    (asked,) = client.get(f"/api/scope/{held.scope}/decisions").json()["standing"]["assignments"]
    assert asked["done_by"] == "Dan"
    assert client.post(f"/api/scope/{held.scope}/assignments", json={"to": "Dan"}).json()["id"] != asked["id"]


def test_a_viewer_neither_comments_nor_asks(held, desk, database):
    client = desk(database.url, "viewer")
    assert client.post(f"/api/scope/{held.scope}/comments", json={"text": "x"}).status_code == 403
    assert client.post(f"/api/scope/{held.scope}/assignments", json={"to": "Dan"}).status_code == 403
    assert '<form method="post"' not in _main(client.get(f"/scope/{held.scope}/decide").text)


HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'; drop table greenroom.comment; --",
    "{{ 7*7 }}{% raw %}",
    "javascript:alert(1)",
    "</textarea><svg onload=alert(1)>",
    "𝕳𝖊𝖑𝖑𝖔 \u200d\u0301 مرحبا",
    "&lt;b&gt; &amp;",
    "x" * 5000,
)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_stand_as_text(held, desk, database, text):
    client = desk(database.url, "approver", text[:200])
    client.post(f"/scope/{held.scope}/comments", data={"text": text})
    client.post(f"/scope/{held.scope}/assignments", data={"to": text[:200], "note": text})
    client.post(
        f"/scope/{held.scope}/decide", data={"verdict": "approved", "note": text, "seen": seen(client, held.scope)}
    )
    page = client.get(f"/scope/{held.scope}/decide")
    assert page.status_code == 200
    assert held.rows("select text from greenroom.comment")[0]["text"] == text
    assert not re.search(r"<(script(?! (src|type)=)|img|svg onload)|onerror=[^&]*>(?<!&gt;)", page.text)
    assert "49" not in re.findall(r'class="note">([^<]*)<', page.text)


def test_without_the_token_nothing_is_said(held, desk, database):
    client = desk(database.url, "approver")
    del client.headers["x-csrf-token"]
    assert client.post(f"/scope/{held.scope}/comments", data={"text": "x"}).status_code == 403
    assert held.rows("select * from greenroom.comment") == []


def test_the_policy_is_an_admins(held, desk, database):
    assert desk(database.url, "approver").put("/api/policy/exams", json={"people": 2}).status_code == 403
    client = desk(database.url, "admin", "Root")
    assert client.put("/api/policy/exams", json={"people": 3}).status_code == 422
    assert client.put("/api/policy/nowhere", json={"people": 2}).status_code == 404
    answer = client.post("/policy/exams", data={"people": "2", "scope_id": str(held.scope)})
    assert answer.status_code == 303
    assert held.rows("select people, set_by from greenroom.policy") == [{"people": 2, "set_by": "Root"}]
    assert "Two people decide in exams" in client.get(f"/scope/{held.scope}/decide").text


def edit(exams: Exams, by: str, state: str = "in force") -> None:
    """An edit of a topic, as the edit store writes it down."""
    exams.rows(
        "insert into greenroom.edit (scope_id, dataset, unit_key, unit_id, gesture, row_ref, label, action,"
        " column_name, base, value, state, edited_by, reason)"
        " select scope_id, dataset, key, id, %s, %s, '1', 'set', 'topic_name', '\"a\"', '\"b\"', %s, %s, 'typo'"
        " from greenroom.unit where id = any (%s) and dataset = 'topics'",
        uuid4(),
        str(uuid4()),
        state,
        by,
        exams.pending(),
    )


def approve(client, scope: int):
    return client.post(
        f"/api/scope/{scope}/decisions", json={"verdict": "approved", "note": "ok", "seen": seen(client, scope)}
    )


def test_where_one_decides_the_author_may(held, desk, database):
    edit(held, "Ben")
    assert approve(desk(database.url, "approver", "Ben"), held.scope).status_code == 200
    assert held.gate() == []


def test_where_two_decide_the_author_may_not_and_another_may(held, desk, database):
    edit(held, "Ben")
    desk(database.url, "admin").put("/api/policy/exams", json={"people": 2})
    refused = approve(desk(database.url, "approver", "ben"), held.scope)
    assert refused.status_code == 409
    assert "may not approve what they made" in refused.json()["error"]
    assert held.gate()
    page = desk(database.url, "approver", "ben").get(f"/scope/{held.scope}/decide").text
    assert "somebody else has to approve them" in page
    assert approve(desk(database.url, "approver", "Cy"), held.scope).status_code == 200
    assert held.gate() == []


def test_where_two_decide_who_sealed_it_may_not_approve(held, desk, database):
    held.rows("update greenroom.batch set sealed_by = 'Ben'")
    desk(database.url, "admin").put("/api/policy/exams", json={"people": 2})
    assert approve(desk(database.url, "approver", "Ben"), held.scope).status_code == 409


def test_the_gate_itself_counts_no_approval_by_an_author(held, desk, database):
    """Given while one decided; since then two do. The function the app calls refuses too."""
    edit(held, "Ben")
    approve(desk(database.url, "approver", "Ben"), held.scope)
    assert held.gate() == []
    desk(database.url, "admin").put("/api/policy/exams", json={"people": 2})
    assert held.gate()
    page = desk(database.url, "viewer").get(f"/scope/{held.scope}/decide").text
    assert "two people decide here, and Ben made it" in page
    desk(database.url, "admin").put("/api/policy/exams", json={"people": 1})
    assert held.gate() == []


def test_where_two_decide_a_clean_unit_that_was_edited_waits_for_the_second(exams, desk, database):
    stage(exams, BIOLOGY)
    assert exams.gate() == []
    edit(exams, "Ben")
    desk(database.url, "admin").put("/api/policy/exams", json={"people": 2})
    (stops,) = exams.gate()
    assert (stops["check"], stops["severity"]) == ("second_person", "warning")
    assert "Ben" in stops["message"]
    approve(desk(database.url, "approver", "Cy"), exams.scope)
    assert exams.gate() == []


def test_where_two_decide_what_nobody_edited_goes_as_before(exams, desk, database):
    stage(exams, BIOLOGY)
    desk(database.url, "admin").put("/api/policy/exams", json={"people": 2})
    assert exams.gate() == []
    edit(exams, "Ben", "withdrawn")
    assert exams.gate() == []


def _main(page: str) -> str:
    return page[page.index("<main") :]


def test_an_approval_says_what_still_stops_it(exams, desk, database):
    stage(exams, Subject(topics=(*leaves(30), Topic("99", None))))
    errors = [each for each in exams.gate() if each["severity"] == "error"]
    assert len(errors) == 1, exams.gate()
    client = desk(database.url, "approver")
    given = {"verdict": "approved", "note": "seen", "seen": seen(client, exams.scope)}
    assert client.post(f"/scope/{exams.scope}/decide", data=given).status_code == 303
    page = client.get(f"/scope/{exams.scope}/decide").text
    check = errors[0]["check"].replace("_", " ")
    assert f"approved by Ada. 1 error remains: {check}. No approval sets errors aside" in page
    assert 'class="notice warn"' in page


def test_checks_are_named_in_words_on_every_page(exams, desk, database):
    stage(exams, HELD)
    client = desk(database.url, "viewer")
    named = [each["check"] for each in exams.gate() if "_" in each["check"]]
    assert named, exams.gate()
    for address in ("/", f"/scope/{exams.scope}/decide", f"/scope/{exams.scope}"):
        page = re.sub(r"<[^>]*>", " ", client.get(address).text)
        assert named[0].replace("_", " ") in page, address
        assert named[0] not in page, address
