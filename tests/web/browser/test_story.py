"""A reviewer's whole story in a browser: find it, read its source, put it right, have it approved, show it, undo it."""

import re
from pathlib import Path

import pytest
from tests.web.browser import wales
from tests.web.browser.conftest import cell, codes, ended, loaded, open_tree, rename, row, said

from greenroom_exams import landing

SCOPE = "WJEC A-Level"
NEXT = (*wales.FIRST[:2], ("1.2", "Glas"), *wales.FIRST[3:])
PASSWORD = "lantern orbit velvet seven"


@pytest.fixture
def printer(exams, monkeypatch, tmp_path):
    """`printer(topics…)` stages an edition of the made-up A-level by the command line."""
    monkeypatch.setattr(landing, "boards", lambda: {"WJEC": wales.board()})
    editions: list[Path] = []

    def stage(*topics, loose=(), live=False):
        path = tmp_path / f"edition{len(editions) + 1}.pdf"
        editions.append(path)
        path.write_bytes(wales.printed(*topics, loose=loose))
        exams("stage", SCOPE, "--from", path)
        # pictures for the docs tell no paths of this machine
        exams.write("update greenroom.batch set source = 'https://www.wjec.example/lantern-studies.pdf'")
        if live:
            exams("promote", SCOPE, "--live")

    return stage


@pytest.fixture
def scope(owner):
    return lambda: owner.one("select id from greenroom.scope where keys = array['WJEC', 'A-Level']")


def drag(page, code, target, share=0.5):
    """Take a row by its grip and let it go over another; `share` of the way down that row."""
    grip = cell(page, code, "code").locator(".grip").bounding_box()
    box = row(page, target).bounding_box()
    page.mouse.move(grip["x"] + grip["width"] / 2, grip["y"] + grip["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + 60, box["y"] + box["height"] * share - 8, steps=4)
    page.mouse.move(box["x"] + 60, box["y"] + box["height"] * share, steps=4)
    page.locator(".trow.dragged").wait_for()
    page.mouse.up()


def names(owner):
    found = owner.rows("select topic_code as code, topic_name as name from public.curriculum_topics"
                       " where retired_at is null order by 1")  # fmt: skip
    return {each["code"]: each["name"] for each in found}


def parents(owner):
    found = owner.rows(
        "select t.topic_code as code, p.topic_code as parent from public.curriculum_topics as t"
        " left join public.curriculum_topics as p on p.id = t.parent_topic_id where t.retired_at is null"
    )
    return {each["code"]: each["parent"] for each in found}


def approve(page, scope):
    loaded(page, f"/scope/{scope}/decide")
    page.get_by_label("Why (kept with the decision)").fill("read beside the document")
    page.get_by_role("button", name="Approve as it stands").click()
    page.locator("#notices", has_text="approved by").wait_for()


def promote(page, scope, button="Promote"):
    """Promote and stay until it is over."""
    loaded(page, f"/scope/{scope}/decide")
    page.get_by_role("button", name=button, exact=True).click()
    page.wait_for_url("**/jobs/*")
    ended(page)


def test_the_whole_story(printer, scope, owner, open_desk, exams, picture, scripts):
    printer(*wales.FIRST, live=True)
    before = owner.image()
    printer(*NEXT, loose=["Sundries of the trade"])
    at = scope()
    site = open_desk(exams.url)

    # by the start link to the overview, and from there to what waits
    ada = site.screen()
    ada.goto(f"/start/{site.sessions.start_link('Ada Lovelace')}")
    ada.wait_for_url(f"{site.base}/")
    matrix = ada.get_by_role("region", name="Boards and qualifications")
    picture(ada, "overview")
    matrix.get_by_role("link", name=f"browse {SCOPE}").click()
    ada.get_by_role("heading", name=SCOPE).wait_for()
    ada.go_back()
    matrix.get_by_role("link", name="1 held").click()
    ada.wait_for_url(f"**/scope/{at}")
    assert "held" in ada.locator(".page-head").inner_text()

    # the source beside the finding, the box drawn on its page
    finding = ada.locator("li.finding", has_text="Sundries of the trade")
    finding.get_by_text("Source", exact=True).click()
    leaf = finding.locator("img.leaf").first
    leaf.wait_for()
    leaf.scroll_into_view_if_needed()
    ada.wait_for_function("image => image.complete && image.naturalWidth > 500", arg=leaf.element_handle())
    assert finding.locator("q").inner_text() == "Sundries of the trade"
    picture(ada, "source")

    # who may approve, and how many it takes
    ada.get_by_role("link", name="People").click()
    adding = ada.get_by_role("region", name="Add somebody")
    adding.get_by_label("Name").fill("Bea Webb")
    adding.get_by_label("Role").select_option("approver")
    adding.get_by_role("button", name="Add").click()
    link = ada.get_by_label("Link for Bea Webb").input_value()
    loaded(ada, f"/scope/{at}/decide")
    ada.get_by_label("Two people:").check()
    ada.get_by_role("button", name="Set", exact=True).click()
    ada.locator("#notices", has_text="two people").wait_for()

    # the tree: a name, a branch by mouse, another by keyboard
    loaded(ada, f"/scope/{at}?subject=A990")
    ada.get_by_role("link", name="Correct the tree").click()
    ada.wait_for_selector("#tree[data-ready]")
    assert codes(ada) == ["1", "1.1", "1.2", "2", "2.1", "2.2", "3"]
    rename(ada, "1.2", "Glass and mica")
    said(ada, "Saved: 1.2 Glass and mica.")
    drag(ada, "2.2", "1")
    said(ada, "Moved: 2.2 Hooks")
    assert row(ada, "2.2").get_attribute("aria-level") == "2"
    assert codes(ada)[:4] in (["1", "1.1", "1.2", "2.2"], ["1", "2.2", "1.1", "1.2"])
    cell(ada, "3", "name").click()
    ada.keyboard.press("Alt+ArrowRight")
    said(ada, "Moved: 3 Signals")
    assert row(ada, "3").get_attribute("aria-level") == "2"
    picture(ada, "tree")

    # back, and forth again
    ada.keyboard.press("Control+z")
    said(ada, "Taken back")
    assert row(ada, "3").get_attribute("aria-level") == "1"
    ada.get_by_role("button", name="Redo").click()
    said(ada, "Put back")
    assert row(ada, "3").get_attribute("aria-level") == "2"

    # somebody else approves
    bea = site.screen()
    bea.goto(link)
    for label in bea.locator("main input[type=password]").all():
        label.fill(PASSWORD)
    bea.locator("main form button").click()
    bea.wait_for_url(f"{site.base}/")
    loaded(ada, f"/scope/{at}/decide")
    assert "somebody else has to approve" in ada.locator("main").inner_text()
    picture(ada, "decide")
    approve(bea, at)
    bea.get_by_text("Counts.").first.wait_for()

    # promoted, looked at, landed: what the app reads moves with the last step
    promote(bea, at)
    assert owner.image() == before
    picture(bea, "job")
    bea.get_by_role("link", name="Prepared release").click()
    picture(bea, "release")
    assert "Glass and mica" in bea.locator("main").inner_text()
    bea.get_by_role("button", name="Land it and show").click()
    bea.wait_for_url("**/jobs/*")
    ended(bea)
    assert names(owner)["1.2"] == "Glass and mica"
    assert (parents(owner)["2.2"], parents(owner)["3"]) == ("1", "2")

    # the release tells it in words; then it is undone
    loaded(bea, "/releases")
    bea.get_by_role("link", name=re.compile(r"^Release \d+$")).first.click()
    notes = bea.get_by_role("textbox", name="English").input_value()
    assert "1 topic renamed, 2 moved" in notes
    bea.get_by_role("button", name="Dry run: what would come back").click()
    bea.wait_for_url("**/jobs/*")
    ended(bea)
    bea.get_by_role("button", name="Do it now").click()
    bea.wait_for_url("**/jobs/*")
    bea.get_by_text("dry run").wait_for(state="detached")
    ended(bea)
    assert owner.image() == before


def test_a_correction_outlives_the_next_edition_and_rests_when_the_source_adopts_it(
    printer, scope, exams, open_desk, owner, scripts
):
    printer(*NEXT)
    ada = open_desk(exams.url).seat()
    at = scope()
    open_tree(ada, at, "A990")
    rename(ada, "1.2", "Glass")
    said(ada, "Saved: 1.2 Glass.")

    printer(*NEXT, ("3.1", "Shutters"))
    open_tree(ada, at, "A990")
    assert codes(ada)[-1] == "3.1"
    assert cell(ada, "1.2", "name").inner_text() == "Glass"
    assert "edited" in cell(ada, "1.2", "status").inner_text()
    assert "1 edit" in ada.locator('[data-part="edits"]').inner_text()

    printer(*wales.FIRST, ("3.1", "Shutters"))
    open_tree(ada, at, "A990")
    assert cell(ada, "1.2", "name").inner_text() == "Glass"
    assert "edited" not in cell(ada, "1.2", "status").inner_text()
    cell(ada, "1.2", "name").click()
    ada.keyboard.press("Control+Enter")
    panel = ada.locator('[data-part="panel"]')
    panel.get_by_text("the source says the same").first.wait_for()


@pytest.mark.parametrize(("button", "name"), [("Use mine", "Glass"), ("Keep theirs", "Glass panes")])
def test_a_source_that_says_something_else_is_a_conflict_of_three(
    printer, scope, exams, open_desk, owner, scripts, picture, button, name
):
    printer(*NEXT)
    ada = open_desk(exams.url).seat()
    at = scope()
    open_tree(ada, at, "A990")
    rename(ada, "1.2", "Glass")
    said(ada, "Saved: 1.2 Glass.")
    printer(*wales.FIRST[:2], ("1.2", "Glass panes"), *wales.FIRST[3:])

    open_tree(ada, at, "A990")
    assert "conflict" in cell(ada, "1.2", "status").inner_text()
    cell(ada, "1.2", "name").click()
    ada.keyboard.press("Control+Enter")
    panel = ada.locator('[data-part="panel"]')
    panel.get_by_role("button", name="Decide").click()
    asked = ada.get_by_role("dialog")
    assert asked.locator(".version .value").all_inner_texts() == ["Glas", "Glass panes", "Glass"]
    picture(ada, "conflict")
    asked.get_by_role("button", name=button).click()
    said(ada, "stands")
    assert cell(ada, "1.2", "name").inner_text() == name
    assert "conflict" not in cell(ada, "1.2", "status").inner_text()
    loaded(ada, f"/scope/{at}/decide")
    assert "Ready: nothing stops it" in ada.locator("main").inner_text()
    promote(ada, at)
    assert names(owner)["1.2"] == name
