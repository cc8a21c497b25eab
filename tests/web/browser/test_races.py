"""Two people at once: nothing is lost, nothing is done twice, nothing is approved unseen."""

import re

import pytest
from tests.publish.exams import Exams, Subject, Topic
from tests.web.browser.conftest import cell, codes, ended, loaded, open_tree, rename, row, said
from tests.web.browser.test_story import drag

TREE = (
    Topic("1", "Cells"),
    Topic("1.1", "Walls", "1"),
    Topic("1.2", "Membranes", "1"),
    Topic("2", "Energy"),
    Topic("2.1", "Light", "2"),
    Topic("3", "Rivers"),
)


@pytest.fixture
def both(owner: Exams, exams, open_desk, scripts):
    """Ada and Bea, each at the tree of one subject that waits; rows have their ids already."""
    owner.inbox(Subject(topics=TREE))
    owner.seal()
    owner.rows("select greenroom_exams.record_findings(greenroom_exams.pending(%s))", owner.scope)
    site = open_desk(exams.url)
    ada, bea = site.seat("Ada", "approver"), site.seat("Bea", "approver")
    open_tree(ada, owner.scope, "7402")
    rename(ada, "3", "Rivers and coasts")
    said(ada, "Saved")
    for page in (ada, bea):
        open_tree(page, owner.scope, "7402")
        # another tab's news would be taken before one can disagree with it
        page.evaluate("() => Object.defineProperty(document, 'visibilityState', { get: () => 'hidden' })")
        page.watch.expected.append("status of 409")
    return ada, bea


def value(owner, code):
    return next(each["values"]["topic_name"] for each in _rows(owner) if each["values"]["topic_code"] == code)


def _rows(owner):
    unit = owner.one("select max(id) from greenroom.unit where dataset = 'topics'")
    return [
        {"values": each["row"]}
        for each in owner.rows(
            "select to_jsonb(e) as row from greenroom_exams.effective_topics as e where e.unit_id = any(%s)", [unit]
        )
    ]


@pytest.mark.parametrize(("button", "wins"), [("Use mine", "Bea's walls"), ("Keep theirs", "Ada's walls")])
def test_of_two_who_write_into_one_cell_the_second_sees_both_values(both, owner, button, wins):
    ada, bea = both
    rename(ada, "1.1", "Ada's walls")
    said(ada, "Saved")
    rename(bea, "1.1", "Bea's walls")
    asked = bea.get_by_role("dialog")
    asked.wait_for()
    assert asked.locator(".version .value").all_inner_texts() == ["Walls", "Ada's walls", "Bea's walls"]
    assert "Ada" in asked.inner_text()
    assert value(owner, "1.1") == "Ada's walls"
    asked.get_by_role("button", name=button).click()
    asked.wait_for(state="detached")
    bea.locator(".trow[aria-busy]").wait_for(state="detached")
    said(bea, "Left as it is now." if button == "Keep theirs" else "Saved")
    assert cell(bea, "1.1", "name").inner_text() == wins
    assert value(owner, "1.1") == wins
    # what lost is still in the history
    assert owner.one("select count(*) from greenroom.edit where value = to_jsonb('Ada''s walls'::text)") == 1


def test_two_who_drag_different_rows_both_keep_what_they_did(both, owner):
    ada, bea = both
    drag(ada, "1.1", "2")
    drag(bea, "3", "1")
    said(ada, "Moved: 1.1")
    said(bea, "Moved: 3")
    for page in both:
        open_tree(page, owner.scope, "7402")
        assert row(page, "1.1").get_attribute("aria-level") == "2"
        assert row(page, "3").get_attribute("aria-level") == "2"
        order = codes(page)
        assert order.index("3") < order.index("2") < order.index("1.1")
    assert owner.one("select count(*) from greenroom.edit where action = 'parent' and state = 'in force'") == 2


def test_an_edit_while_somebody_approves_makes_the_approval_void(both, owner):
    ada, bea = both
    loaded(bea, f"/scope/{owner.scope}/decide")
    bea.get_by_label("Why (kept with the decision)").fill("as I saw it")
    rename(ada, "1.1", "Something else")
    said(ada, "Saved")
    bea.get_by_role("button", name="Approve as it stands").click()
    bea.get_by_role("heading", name="It changed while you looked").wait_for()
    assert owner.one("select count(*) from greenroom.approval") == 0

    # and one that was given before no longer counts
    loaded(bea, f"/scope/{owner.scope}/decide")
    bea.get_by_label("Why (kept with the decision)").fill("as I see it now")
    bea.get_by_role("button", name="Approve as it stands").click()
    bea.locator("#notices", has_text="approved by Bea").wait_for()
    rename(ada, "1.2", "Something else again")
    said(ada, "Saved: 1.2 Something else again.")
    loaded(bea, f"/scope/{owner.scope}/decide")
    assert "void since" in bea.locator("#decided").inner_text()
    assert "Ada edited it" in bea.locator("#decided").inner_text()


def test_a_double_click_on_promote_is_one_release(both, owner):
    _, bea = both
    loaded(bea, f"/scope/{owner.scope}/decide")
    bea.get_by_role("button", name="Promote", exact=True).dblclick()
    bea.wait_for_url("**/jobs/*")
    ended(bea)
    assert owner.one("select count(*) from greenroom.desk_job") == 1
    assert owner.one("select count(*) from greenroom.release") == 1


def test_a_form_sent_twice_without_the_script_that_prevents_it_is_one_release_too(both, owner):
    _, bea = both
    loaded(bea, f"/scope/{owner.scope}/decide")
    fields = bea.evaluate(
        "() => Object.fromEntries(new FormData(document.querySelector('form[action$=\"/promote\"]')))"
    )
    first, second = (
        bea.request.post(f"/scope/{owner.scope}/promote", form={**fields, "what": "promote"}) for _ in range(2)
    )
    assert first.url == second.url
    loaded(bea, re.sub(r"^.*?/jobs", "/jobs", first.url))
    ended(bea)
    assert owner.one("select count(*) from greenroom.release") == 1


def test_back_after_promoting_and_once_more_is_no_second_release(both, owner):
    _, bea = both
    loaded(bea, f"/scope/{owner.scope}/decide")
    bea.get_by_role("button", name="Promote", exact=True).click()
    bea.wait_for_url("**/jobs/*")
    ended(bea)
    bea.go_back()
    bea.wait_for_url("**/decide")
    again = bea.get_by_role("button", name="Promote", exact=True)
    # the page is asked for anew, or is the old one, whose key is spent
    if again.count():
        again.click()
        bea.wait_for_url("**/jobs/*")
        ended(bea)
    assert owner.one("select count(*) from greenroom.release") == 1
