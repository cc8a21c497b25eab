"""The desk in a hand: nothing runs out of a screen of 390 points, and a thumb does what a mouse does."""

import pytest
from tests.web.browser import wales
from tests.web.browser.conftest import PHONE, cell, codes, ended, loaded, open_tree, row, said
from tests.web.browser.furnished import FILES, FRAGMENTS, pages_of

from greenroom_exams import landing

WIDTH = PHONE["viewport"]["width"]

# What sticks out, the outermost first: to be told when it fails.
TOO_WIDE = """
(width) => {
  const over = Math.max(document.scrollingElement.scrollWidth, window.innerWidth);
  if (over <= width) return null;
  const isClipped = (each) => {
    for (let at = each.parentElement; at; at = at.parentElement) {
      if (getComputedStyle(at).overflowX !== "visible") return true;
    }
    return false;
  };
  return `${over}: ` + [...document.body.querySelectorAll("*")]
    .filter((each) => each.getBoundingClientRect().right > width + 1 && !isClipped(each))
    .slice(0, 3).map((each) => each.outerHTML.slice(0, 120).replace(/\\s+/g, " ")).join(" | ");
}
"""


@pytest.mark.timeout(300)
def test_no_page_runs_out_of_a_phone(furnished):
    site, made = furnished()
    page = site.seat(**PHONE)
    found = {}
    for route, addresses in pages_of(site.app, made).items():
        if route in FILES | FRAGMENTS:
            continue
        for address in addresses:
            loaded(page, address)
            if "/tree?subject" in address:
                page.wait_for_selector("#tree[data-ready]")
            told = page.evaluate(TOO_WIDE, WIDTH)
            if told:
                found[address] = told
    assert not found, "\n".join(f"{address}: {told}" for address, told in found.items())


@pytest.fixture
def phone(exams, monkeypatch, tmp_path, open_desk, scripts):
    """Bea's phone on a desk where an edition waits, and the scope's number."""
    monkeypatch.setattr(landing, "boards", lambda: {"WJEC": wales.board()})
    path = tmp_path / "edition.pdf"
    path.write_bytes(wales.printed(*wales.FIRST, loose=["Sundries of the trade"]))
    exams("stage", "WJEC A-Level", "--from", path)
    site = open_desk(exams.url)
    return site.seat("Bea", "admin", **PHONE), exams.value("select id from greenroom.scope where pack = 'exams'")


def fits(page) -> None:
    told = page.evaluate(TOO_WIDE, WIDTH)
    assert told is None, f"{page.url}: {told}"


def test_the_story_is_told_by_thumb(phone, exams, picture):
    page, at = phone
    loaded(page, "/")
    fits(page)
    picture(page, "phone-overview")
    page.get_by_role("button", name="Menu").tap()
    page.get_by_role("navigation", name="Desk").get_by_role("link", name="Releases").tap()
    page.wait_for_url("**/releases")
    page.go_back()
    page.get_by_role("link", name="1 held, 1 ready").first.tap()
    page.wait_for_url(f"**/scope/{at}")
    finding = page.locator("li.finding", has_text="Sundries of the trade")
    finding.get_by_text("Source", exact=True).tap()
    finding.locator("img.leaf").first.scroll_into_view_if_needed()
    finding.locator("q").wait_for()
    fits(page)

    open_tree(page, at, "A990")
    cell(page, "2", "name").tap()
    page.get_by_role("button", name="Move", exact=True).tap()
    page.get_by_role("button", name="Under the one before").tap()
    said(page, "Moved: 2 Carrying")
    assert row(page, "2").get_attribute("aria-level") == "2"
    assert codes(page) == ["1", "1.1", "1.2", "2", "2.1", "2.2", "3"]
    cell(page, "3", "name").tap()
    page.get_by_role("button", name="Rename").tap()
    field = page.locator(".tcell.editing input")
    field.fill("Signals at sea")
    field.press("Enter")
    said(page, "Saved: 3 Signals at sea.")
    page.get_by_role("button", name="Undo").tap()
    said(page, "Taken back")
    assert cell(page, "3", "name").inner_text() == "Signals"
    fits(page)
    picture(page, "phone-tree")

    loaded(page, f"/scope/{at}/decide")
    page.get_by_label("Why (kept with the decision)").fill("read on the train")
    page.get_by_role("button", name="Approve as it stands").tap()
    page.locator("#notices", has_text="approved by Bea").wait_for()
    page.get_by_role("button", name="Promote and show in the app").tap()
    page.wait_for_url("**/jobs/*")
    ended(page)
    fits(page)
    page.get_by_role("link", name="Release 1").tap()
    page.wait_for_url("**/releases/1")
    fits(page)
    assert exams.value("select count(*) from public.curriculum_topics where retired_at is null") == 7
    page.get_by_role("button", name="Dry run: what would come back").tap()
    page.wait_for_url("**/jobs/*")
    ended(page)
    page.get_by_role("button", name="Do it now").tap()
    page.get_by_text("dry run").wait_for(state="detached")
    ended(page)
    assert exams.value("select count(*) from public.curriculum_topics where retired_at is null") == 0


class Finger:
    """A finger on the screen, as the browser is told of a real one."""

    def __init__(self, page):
        self.page = page
        self.session = page.context.new_cdp_session(page)

    def touch(self, what, *places):
        points = [{"x": x, "y": y} for x, y in places]
        self.session.send("Input.dispatchTouchEvent", {"type": what, "touchPoints": points})

    def drag(self, start, end, rest):
        """Put down, held still for `rest` milliseconds, drawn along and lifted."""
        self.touch("touchStart", start)
        self.page.wait_for_timeout(rest)
        for n in range(1, 9):
            share = n / 8
            at = (start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share)
            self.touch("touchMove", at)
            self.page.wait_for_timeout(20)
        self.touch("touchEnd")


def test_a_finger_that_rests_drags_a_row_and_one_that_does_not_scrolls(phone):
    page, at = phone
    open_tree(page, at, "A990")
    finger = Finger(page)

    def middle(code):
        box = cell(page, code, "name").bounding_box()
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    before = codes(page)
    finger.drag(middle("3"), middle("1"), rest=0)
    assert page.locator("#tree.dragging").count() == 0
    assert codes(page) == before
    page.evaluate("window.scrollTo(0, 0)")
    cell(page, "3", "name").scroll_into_view_if_needed()
    finger.drag(middle("3"), middle("2"), rest=700)
    said(page, "Moved: 3 Signals")
    assert row(page, "3").get_attribute("aria-level") == "2"
    assert page.locator("#tree.dragging").count() == 0
