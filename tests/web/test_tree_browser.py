"""The tree in Chromium: keyboard, pointer, two people, as they use it."""

import re
import shutil
import threading

import pytest
from tests.web.correcting import Correcting, biology, signed_in_again, staged

from greenroom.web.server import bound
from greenroom.web.sessions import cookie_name

playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright: python3 run.py setup dev browser")
CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs chromium on this machine")

READY = "() => document.querySelector('#tree')?.dataset.ready !== undefined"


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--headless=new", "--disable-background-networking"]
        )
        yield opened
        opened.close()


@pytest.fixture
def at(desk, desk_of, make_database):
    """Bob's client, on a desk that also answers browsers."""
    import uvicorn

    url = make_database("exams").url
    exams = staged(url)
    app = desk_of(url)
    listening = bound("127.0.0.1", 0)
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    bob = Correcting(desk(url, role="editor", name="Bob"), exams)
    bob.address = f"http://127.0.0.1:{listening.getsockname()[1]}"
    yield bob
    server.should_exit = True
    thread.join(timeout=15)
    listening.close()
    exams.connection.close()


@pytest.fixture
def open_tree(at, browser):
    """`open_tree()` is Ada's browser on the subject; every fault of a script fails the test."""
    contexts = []
    faults = []

    def opened(role="editor", **options):
        app = at.client.app
        context = browser.new_context(**options)
        contexts.append(context)
        context.add_cookies(
            [{"name": cookie_name(app.state.ground), "value": signed_in_again(app, role, "Ada"), "url": at.address}]
        )
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda told: faults.append(told.text) if "Content Security" in told.text else None)
        page.goto(f"{at.address}/scope/{at.scope}/tree?subject=7402&version=")
        page.wait_for_function(READY)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert faults == []


def codes(page):
    """Codes as they stand on the page, with how deep."""
    return page.evaluate(
        "() => [...document.querySelectorAll('.trow:not([hidden])')].map(r => r.getAttribute('aria-level') + ' '"
        " + r.querySelector('.c-code .text').textContent)"
    )


def said(page, words):
    playwright.expect(page.locator('[data-part="said"]')).to_contain_text(words)


def cell(page, code, column="name"):
    row = page.locator(".trow").filter(has=page.locator(".c-code .text", has_text=re.compile(f"^{code}$")))
    return row.locator(f".c-{column}")


def test_the_keyboard_walks_opens_and_closes(open_tree):
    page = open_tree()
    page.locator(".trow").first.focus()
    page.keyboard.press("ArrowLeft")
    assert codes(page) == ["1 1", "1 2", "2 2.1", "1 3"]
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("*")
    assert len(codes(page)) == 7
    page.keyboard.press("End")
    assert page.evaluate("document.activeElement.dataset.ref") == page.locator(".trow").last.get_attribute("data-ref")
    page.keyboard.press("m")
    assert "Membranes" in page.evaluate("document.activeElement.textContent")
    page.keyboard.press("?")
    playwright.expect(page.get_by_role("dialog", name="Keys of the tree")).to_be_visible()
    page.keyboard.press("Escape")
    assert "Membranes" in page.evaluate("document.activeElement.textContent")


def test_rows_say_where_they_stand_to_who_does_not_see_them(open_tree):
    page = open_tree()
    row = cell(page, "1.2").locator("..")
    values = {name: row.get_attribute(f"aria-{name}") for name in ("level", "posinset", "setsize", "expanded")}
    assert values == {"level": "2", "posinset": "2", "setsize": "2", "expanded": "true"}
    assert page.locator('.trow[tabindex="0"], .tcell[tabindex="0"]').count() == 1


def test_a_cell_is_edited_in_place_and_undone_after_a_reload(open_tree, at):
    page = open_tree()
    cell(page, "1.2").click()
    page.keyboard.press("F2")
    page.keyboard.type("Left as it was")
    page.keyboard.press("Escape")
    assert at.rows()["1.2"]["name"] == "Membranes"
    page.keyboard.press("Enter")
    page.keyboard.type("Cell membranes")
    page.keyboard.press("Enter")
    said(page, "Saved: 1.2 Cell membranes")
    assert at.rows()["1.2"]["words"] == ["edited by Ada"]
    playwright.expect(cell(page, "1.2", "status")).to_have_text("edited by Ada")
    page.reload()
    page.wait_for_function(READY)
    page.locator(".trow").first.focus()
    page.keyboard.press("Control+z")
    said(page, "Taken back")
    playwright.expect(cell(page, "1.2")).to_have_text("Membranes")
    page.keyboard.press("Control+Shift+Z")
    said(page, "Put back")
    assert at.rows()["1.2"]["name"] == "Cell membranes"


def test_the_keyboard_moves_adds_and_deletes(open_tree, at):
    page = open_tree()
    cell(page, "2").click()
    page.keyboard.press("Alt+ArrowUp")
    said(page, "Moved: 2 Energy, 1 of 3")
    page.keyboard.press("Alt+ArrowDown")
    said(page, "Moved: 2 Energy, 2 of 3")
    page.keyboard.press("Alt+ArrowRight")
    said(page, "under 1 Cells")
    assert at.rows()["2"]["level"] == 1
    page.keyboard.press("Alt+ArrowLeft")
    said(page, "under the top")
    assert codes(page) == ["1 1", "2 1.1", "2 1.2", "3 1.2.1", "1 2", "2 2.1", "1 3"]
    assert at.codes() == ["1", "1.1", "1.2", "1.2.1", "2", "2.1", "3"]
    page.keyboard.press("Shift+Insert")
    page.locator(".tcell.editing input").fill("New light")
    page.keyboard.press("Enter")
    said(page, "Saved")
    assert at.rows()["2.2"]["name"] == "New light"
    cell(page, "1.2").click()
    page.keyboard.press("Delete")
    page.get_by_role("button", name="Delete it alone; they go to 1 Cells").click()
    said(page, "Deleted: 1.2 Membranes")
    assert at.codes() == ["1", "1.1", "1.2.1", "2", "2.1", "2.2", "3"]


def drag(page, code, to, zone):
    page.locator(".tgrid").evaluate("grid => grid.scrollIntoView({ block: 'end' })")
    grip = cell(page, code, "code").locator(".grip").bounding_box()
    target = cell(page, to).locator("..").bounding_box()
    y = target["y"] + target["height"] * {"before": 0.1, "inside": 0.5, "after": 0.9}[zone]
    page.mouse.move(grip["x"] + 4, grip["y"] + 4)
    page.mouse.down()
    page.mouse.move(target["x"] + 60, y - 3, steps=4)
    page.mouse.move(target["x"] + 60, y, steps=2)


@pytest.mark.parametrize("width", [1280, 390])
def test_a_row_is_dragged_to_another_parent(open_tree, at, width):
    page = open_tree(viewport={"width": width, "height": 800})
    drag(page, "3", "1.2", "inside")
    assert page.locator(".drop-inside").count() == 1
    page.mouse.up()
    said(page, "Moved: 3 Rivers, 2 of 2 under 1.2 Membranes")
    assert at.rows()["3"]["level"] == 2
    drag(page, "2", "1", "before")
    assert page.locator(".drop-before").count() == 1
    page.mouse.up()
    said(page, "Moved: 2 Energy, 1 of 2 under the top")
    assert at.codes()[0] == "2"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_drag_ends_with_escape_and_goes_into_no_subtree_of_its_own(open_tree, at):
    page = open_tree()
    drag(page, "1", "1.2.1", "inside")
    assert page.locator(".drop-refused").count() == 1
    page.mouse.up()
    said(page, "Left where it was")
    drag(page, "3", "1", "before")
    page.keyboard.press("Escape")
    page.mouse.up()
    assert at.tree()["edits_said"] == "no edits"


def test_two_people_on_one_cell_are_shown_both_values(open_tree, at):
    at.rename("3", "Rivers!")
    page = open_tree()
    cell(page, "1.2").dblclick()
    page.locator(".tcell.editing input").fill("Ada's")
    at.rename("1.2", "Bob's")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    for words in ("Membranes", "Bob's", "Ada's"):
        playwright.expect(dialog).to_contain_text(words)
    assert at.rows()["1.2"]["name"] == "Bob's"
    dialog.get_by_role("button", name="Use mine").click()
    said(page, "Saved")
    assert at.rows()["1.2"]["name"] == "Ada's"


def test_what_others_do_comes_in_and_leaves_what_is_being_typed(open_tree, at):
    at.rename("3", "Rivers!")
    page = open_tree()
    cell(page, "1.2").dblclick()
    page.locator(".tcell.editing input").fill("half a wo")
    at.rename("1.1", "Bob's")
    at.change({"do": "set", "row": at.ref("1.2"), "column": "topic_level", "value": 3})
    # what a page does when it is looked at again
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    playwright.expect(cell(page, "1.1")).to_have_text("Bob's")
    playwright.expect(cell(page, "1.2", "level")).to_have_text("3")
    assert page.locator(".tcell.editing input").input_value() == "half a wo"


def test_subjects_are_switched_without_a_new_page_and_back(open_tree, at):
    at.exams.inbox(biology(), biology().but(code="7403", name="Botany"))
    at.exams.seal()
    page = open_tree()
    page.evaluate("window.stays = true")
    page.locator('a[data-subject="7403"]').click()
    playwright.expect(page.locator('[data-part="title"]')).to_have_text("Botany (7403)")
    assert "subject=7403" in page.url
    page.go_back()
    playwright.expect(page.locator('[data-part="title"]')).to_have_text("Biology (7402)")
    assert page.evaluate("window.stays")


def test_a_viewer_is_told_that_nothing_can_be_changed(open_tree, at):
    page = open_tree(role="viewer")
    page.locator(".trow").first.focus()
    page.keyboard.press("Delete")
    said(page, "You may look at this tree, not change it.")
    assert page.locator(".tgrid .grip:visible").count() == 0


def test_hostile_names_are_never_run(open_tree, at):
    at.rename("1.2", '<img src=x onerror="window.hit = 1"><script>window.hit = 1</script>')
    page = open_tree()
    cell(page, "1.2").click()
    page.keyboard.press("Control+Enter")
    playwright.expect(page.locator('[data-part="panel"] h2')).to_contain_text("<img src=x")
    assert page.evaluate("window.hit") is None
    assert page.locator("#tree img").count() == 0


def test_history_is_beside_the_row_and_is_withdrawn_and_restored_there(open_tree, at):
    at.rename("1.2", "Bob's")
    page = open_tree()
    cell(page, "1.2").click()
    page.keyboard.press("Control+Enter")
    page.get_by_role("button", name="Withdraw").click()
    said(page, "Withdrawn")
    assert at.rows()["1.2"]["name"] == "Membranes"
    page.get_by_role("button", name="Restore").click()
    said(page, "Restored")
    assert at.rows()["1.2"]["name"] == "Bob's"


def test_on_a_phone_a_long_code_leaves_the_name_its_room(open_tree, at):
    at.change(
        {"do": "set", "row": at.ref("1.2.1"), "column": "topic_code", "value": "AO1-2.1.1-PRACTICAL-INVESTIGATION"}
    )
    page = open_tree(viewport={"width": 390, "height": 844})
    for code in ("1.2.1", "3"):
        chosen = page.locator(".trow", has=page.locator(".c-code", has_text="PRACTICAL" if code == "1.2.1" else code))
        name = chosen.first.locator(".c-name").bounding_box()
        assert name["width"] > 140, name
    wide = page.evaluate("() => document.scrollingElement.scrollWidth")
    assert wide <= 390
