"""Without scripts: everything can be read, corrected, decided, promoted and undone by links and forms."""

import pytest
from tests.web.browser import wales
from tests.web.browser.conftest import ended, loaded

from greenroom_exams import landing


@pytest.fixture
def at(exams, monkeypatch, tmp_path):
    """An edition that waits, and the number of its scope."""
    monkeypatch.setattr(landing, "boards", lambda: {"WJEC": wales.board()})
    for n, loose in enumerate(((), ("Sundries of the trade",))):
        path = tmp_path / f"edition{n}.pdf"
        topics = (*wales.FIRST, ("3.1", "Shutters")) if n else wales.FIRST
        path.write_bytes(wales.printed(*topics, loose=loose))
        exams("stage", "WJEC A-Level", "--from", path)
        if not n:
            exams("promote", "WJEC A-Level")
    return exams.value("select id from greenroom.scope where pack = 'exams'")


def name(exams, code):
    return exams.value(
        "select topic_name from public.curriculum_topics where topic_code = %s and retired_at is null", code
    )


def test_the_story_without_scripts(at, exams, owner, open_desk):
    before = owner.image()
    page = open_desk(exams.url).seat("Ada", "admin", java_script_enabled=False)

    # find it and read it beside its source
    loaded(page, "/")
    page.get_by_role("link", name="1 held").first.click()
    finding = page.locator("li.finding", has_text="Sundries of the trade")
    finding.get_by_text("Source", exact=True).click()
    finding.get_by_role("link", name="The source beside this finding").click()
    assert page.locator("q").first.inner_text() == "Sundries of the trade"
    picture = page.locator("img.leaf").first.get_attribute("src")
    answer = page.request.get(picture)
    assert answer.headers["content-type"] == "image/png"
    page.get_by_role("navigation", name="Where this page is").get_by_role("link", name="WJEC A-Level").click()
    page.get_by_role("navigation", name="Parts of this page").get_by_role("link", name="Changes").click()
    assert "Shutters" in page.locator("main").inner_text()
    loaded(page, "/browse?board=WJEC&qualification=A-Level&subject=A990&layer=batch&open=all")
    assert "Shutters" in page.locator("main").inner_text()

    # correct a name and a place, take one back
    loaded(page, f"/scope/{at}/tree?subject=A990")
    page.get_by_role("link", name="Glass").click()
    page.get_by_label("Name").first.fill("Glass and mica")
    page.get_by_role("button", name="Save").click()
    page.locator("#notices", has_text="Saved").wait_for()
    page.get_by_role("button", name="Under the one before").click()
    page.locator("#notices", has_text="Saved").wait_for()
    page.get_by_role("button", name="Undo").click()
    page.locator("#notices", has_text="Taken back").wait_for()
    assert "Glass and mica" in page.locator("main").inner_text()

    # decide, promote, watch it to its end
    loaded(page, f"/scope/{at}/decide")
    page.get_by_label("Why (kept with the decision)").fill("read beside the document")
    page.get_by_role("button", name="Approve as it stands").click()
    page.locator("#notices", has_text="approved by Ada").wait_for()
    page.get_by_role("button", name="Promote", exact=True).click()
    page.wait_for_url("**/jobs/*")
    ended(page)
    assert name(exams, "1.2") == "Glass and mica"
    assert name(exams, "3.1") == "Shutters"

    # and back: a look first, then for good
    page.locator("main").get_by_role("link", name="Release 2").click()
    page.get_by_role("button", name="Dry run: what would come back").click()
    page.wait_for_url("**/jobs/*")
    ended(page)
    assert name(exams, "1.2") == "Glass and mica"
    page.get_by_role("button", name="Do it now").click()
    page.get_by_text("dry run").wait_for(state="detached")
    ended(page)
    assert owner.image() == before


def test_two_who_write_into_one_cell_see_both_values_without_scripts(at, exams, open_desk):
    site = open_desk(exams.url)
    ada, bea = (site.seat(name, "editor", java_script_enabled=False) for name in ("Ada", "Bea"))
    bea.watch.expected.append("status of 409")
    for page in (ada, bea):
        loaded(page, f"/scope/{at}/tree?subject=A990")
        page.get_by_role("link", name="Glass").click()
        page.get_by_label("Name").first.fill(f"{'Ada' if page is ada else 'Bea'}'s glass")
    ada.get_by_role("button", name="Save").click()
    ada.locator("#notices", has_text="Saved").wait_for()
    bea.get_by_role("button", name="Save").click()
    bea.get_by_role("heading", name="Changed meanwhile").wait_for()
    assert bea.locator(".version .value").all_inner_texts() == ["Glass", "Ada's glass", "Bea's glass"]
    bea.get_by_role("button", name="Use mine").click()
    bea.locator("#notices", has_text="Saved").wait_for()
    assert exams.value(
        "select value #>> '{}' from greenroom.edit where state = 'in force' and action = 'set'"
    ) == "Bea's glass"  # fmt: skip
