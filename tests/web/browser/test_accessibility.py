"""Everybody can use every page: axe-core finds nothing serious, the keyboard reaches all, words say what colours do."""

import sys
from pathlib import Path

import pytest
from tests.web.browser.conftest import loaded
from tests.web.browser.furnished import FILES, FRAGMENTS, pages_of

from greenroom.web.sessions import cookie_name

AXE = Path(sys.prefix) / "npm" / "node_modules" / "axe-core" / "axe.min.js"

LOOK = """
async (only) => {
  const options = only ? { runOnly: { type: "rule", values: only } } : {};
  const found = await axe.run(document, { ...options, resultTypes: ["violations"] });
  return found.violations
    .filter((each) => ["serious", "critical"].includes(each.impact))
    .map((each) => `${each.id}: ${each.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(" | ")}`);
}
"""

# Everything a keyboard should come by, told before and ticked off as the focus passes.
WATCH_FOCUS = """
() => {
  const wanted = "a[href], button, input, select, textarea, summary, [tabindex]";
  const isShown = (each) => each.checkVisibility({ visibilityProperty: true }) && each.getClientRects().length > 0;
  const isMeant = (each) =>
    isShown(each) && !each.disabled && each.tabIndex >= 0 && each.type !== "hidden" &&
    !(each.type === "radio" && !each.checked &&
      document.querySelector(`input[type=radio][name="${each.name}"]:checked`));
  const name = (each) => each.outerHTML.slice(0, 140).replace(/\\s+/g, " ");
  window.__missed = new Set([...document.querySelectorAll(wanted)].filter(isMeant));
  window.__unseen = [];
  const groups = new Set();
  for (const each of [...window.__missed]) {
    if (each.type !== "radio") continue;
    if (groups.has(each.name)) window.__missed.delete(each);
    groups.add(each.name);
  }
  document.addEventListener("focusin", ({ target }) => {
    window.__missed.delete(target);
    const style = getComputedStyle(target);
    const isSeen = (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none";
    if (!isSeen) window.__unseen.push(name(target));
  });
  window.__told = () => ({ missed: [...window.__missed].map(name), unseen: window.__unseen });
  return window.__missed.size;
}
"""

HEADS_AND_BADGES = """
() => ({
  heads: [...document.querySelectorAll("h1")].filter((each) => each.checkVisibility()).length,
  titles: document.title.length,
  language: document.documentElement.lang,
  mute: [...document.querySelectorAll(".badge")]
    .filter((each) => each.checkVisibility() && !each.innerText.trim())
    .map((each) => each.outerHTML),
})
"""


@pytest.fixture
def everything(furnished):
    """A desk, and the address of every page of it."""
    site, made = furnished()
    found = pages_of(site.app, made)
    return site, [
        address
        for route, addresses in found.items()
        if route not in FILES | FRAGMENTS | {"/login"}
        for address in addresses
    ]


@pytest.mark.timeout(400)
def test_axe_finds_nothing_serious_on_any_page_in_light_and_dark(everything):
    if not AXE.is_file():
        pytest.skip("needs axe-core: python3 run.py setup dev")
    site, addresses = everything
    source = AXE.read_text(encoding="utf-8")
    found = {}
    for scheme, rules in (("light", None), ("dark", ["color-contrast", "link-in-text-block"])):
        # axe writes a style of its own into the page while it measures
        page = site.seat(bypass_csp=True, color_scheme=scheme)
        for address in addresses:
            visit(page, address)
            page.evaluate(source)
            found[f"{address} ({scheme})"] = page.evaluate(LOOK, rules)
    found = {address: violations for address, violations in found.items() if violations}
    assert not found, "\n".join(f"{address}: {each}" for address, told in found.items() for each in told)


@pytest.mark.timeout(300)
def test_every_page_has_one_heading_words_for_states_and_focus_that_is_seen_everywhere(everything):
    site, addresses = everything
    page = site.seat()
    found = {}
    for address in addresses:
        visit(page, address)
        told = page.evaluate(HEADS_AND_BADGES)
        if told["heads"] != 1 or not told["titles"] or told["language"] != "en" or told["mute"]:
            found[f"{address} is badly headed"] = told
        count = page.evaluate(WATCH_FOCUS)
        for _ in range(count + 4):
            page.keyboard.press("Tab")
        told = page.evaluate("window.__told()")
        if told["missed"] or told["unseen"]:
            found[f"{address} by keyboard"] = told
    assert not found, "\n".join(f"{address}: {told}" for address, told in found.items())


def test_the_door_is_open_to_everybody_too(open_desk, make_database):
    if not AXE.is_file():
        pytest.skip("needs axe-core: python3 run.py setup dev")
    site = open_desk(make_database("exams").url)
    page = site.screen(bypass_csp=True)
    page.watch.expected.append("404|410|422")
    person = site.token("Bea", "viewer")
    assert person
    link = site.sessions.link(site.app.state.sessions.session_of(_cookie(site, person)).person_id, "password", by="x")
    for address in ("/login", f"/start/{link}", "/start/nothing"):
        page.goto(address)
        page.evaluate(AXE.read_text(encoding="utf-8"))
        assert page.evaluate(LOOK, None) == [], address
        assert page.evaluate(HEADS_AND_BADGES)["heads"] == 1


class _cookie:  # noqa: N801 - stands for a request
    def __init__(self, site, token):
        self.cookies = {cookie_name(site.app.state.ground): token}


def visit(page, address: str) -> None:
    loaded(page, address)
    if "/tree?subject" in address:
        page.wait_for_selector("#tree[data-ready]")
