"""Texts that would like to be more: in every column and field, on every page, with the policy and without it."""

import csv
import io
import xml.etree.ElementTree as ET  # the desk's own feed

import psycopg
import pytest
from tests.web.browser import hostile
from tests.web.browser.conftest import cell, loaded, open_tree
from tests.web.browser.furnished import FILES, pages_of

# What only a text that has become markup could have put there.
SCAN = """
(parsed) => {
  const found = [];
  const root = parsed ?? document;
  const scheme = /^\\s*([a-z][a-z0-9+.-]*):/i;
  const say = (what, each) => found.push(`${what}: ${each.outerHTML.slice(0, 200)}`);
  for (const each of root.querySelectorAll("*")) {
    const name = each.localName;
    if (["iframe", "object", "embed", "base", "frame", "applet", "marquee", "pwned", "keygen", "video", "audio",
         "style", "math", "foreignobject", "animate", "set", "slot"].includes(name)) say("element", each);
    if (name === "script" && !/^\\/static\\//.test(each.getAttribute("src") ?? "")) say("script", each);
    if (name === "link" && !/^\\/(static|releases)/.test(each.getAttribute("href") ?? "")) say("link", each);
    if (name === "meta" && each.httpEquiv === "refresh" && each.content !== "1") say("refresh", each);
    if (name === "meta" && each.name === "csrf" && each.content === "pwned") say("token", each);
    if (name === "img" && !/^\\/(finding|quarantine|scope)\\//.test(each.getAttribute("src") ?? "")) say("image", each);
    for (const { name: attribute, value } of each.attributes) {
      if (attribute.startsWith("on") || attribute === "style" || attribute === "srcdoc" || attribute === "ping" ||
          attribute.startsWith("hx-on") || attribute.startsWith("data-hx")) say("attribute", each);
      if (/^(href|src|action|formaction|xlink:href|poster|data)$/.test(attribute)) {
        const of = scheme.exec(value.replace(/[\\t\\n\\r]/g, ""))?.[1]?.toLowerCase();
        if (of && of !== "http" && of !== "https") say("address", each);
        if (!of && /^\\s*[\\/\\\\]{2}/.test(value)) say("address", each);
      }
      if (/^hx-(get|post|put|delete)$/.test(attribute) &&
          !/^\\/(jobs|finding|quarantine)\\//.test(value)) say("request", each);
    }
    if (String(each.className?.baseVal ?? each.className).split(" ").includes("pwned") || each.id === "pwned") {
      say("marked", each);
    }
  }
  return found;
}
"""
SCAN_TEXT = f"(text) => ({SCAN})(new DOMParser().parseFromString(text, 'text/html'))"
UNTOUCHED = "() => !('__pwned' in window) && !('__pwned' in {}) && !document.cookie.includes('pwned')"


def harmless(page, where: str, problems: list[str]) -> None:
    """Nothing on this page is more than a text."""
    problems += [f"{where}: {each}" for each in page.evaluate(SCAN)]
    if not page.evaluate(UNTOUCHED):
        problems.append(f"{where}: ran")
    if hostile.SUM in page.inner_text("body"):
        problems.append(f"{where}: computed")


@pytest.mark.timeout(400)
def test_no_text_of_any_column_runs_anywhere_with_and_without_the_policy(furnished):
    site, made = furnished(hostile.TOGETHER)
    found = pages_of(site.app, made, many=2)
    problems: list[str] = []
    for bypass in (False, True):
        page = site.seat(bypass_csp=bypass)
        # a link that leads nowhere, and pictures of what is no page, say so
        page.watch.expected.append("status of 404")
        for route, addresses in found.items():
            if route in FILES:
                continue
            # the same texts become the same elements under the policy: there, some of each kind are enough
            for address in addresses if bypass else addresses[:2]:
                answer = page.goto(address, wait_until="load")
                where = f"{'without' if bypass else 'with'} the policy, {address}"
                if answer.status != 200:
                    problems.append(f"{where}: {answer.status}")
                    continue
                # what the texts became does not depend on the policy, only what it might do
                if bypass:
                    harmless(page, where, problems)
                elif not page.evaluate(UNTOUCHED):
                    problems.append(f"{where}: ran")
        _within_the_tree(page, made, problems)
    assert not problems, "\n".join(problems[:40])


def _within_the_tree(page, made, problems) -> None:
    """What scripts build of the same texts: cells, the panel, questions, the list of parents."""
    open_tree(page, made.scope, "7402")
    harmless(page, "the tree", problems)
    for n in (3, 40):
        row = page.locator(".trow").nth(n)
        row.locator(".c-name").click()
        page.keyboard.press("Control+Enter")
        page.locator('[data-part="panel"] h3', has_text="History").wait_for()
        harmless(page, "the panel", problems)
        page.locator('[data-part="panel"] header button').click()
    page.locator(".trow").nth(0).locator(".c-name").click()
    page.keyboard.press("Delete")
    page.get_by_role("dialog").wait_for()
    harmless(page, "a question", problems)
    page.get_by_role("button", name="Leave it").click()
    page.get_by_role("button", name="Move", exact=True).click()
    page.get_by_role("button", name="Under another topic").click()
    page.get_by_role("dialog").wait_for()
    harmless(page, "the list of parents", problems)
    page.get_by_role("button", name="Leave it").click()
    cell(page, "1", "name").dblclick()
    field = page.locator(".tcell.editing input")
    field.fill(hostile.TEXTS[0])
    field.press("Enter")
    page.locator('[data-part="said"]', has_text="Saved").wait_for()
    harmless(page, "a cell just saved", problems)
    page.get_by_role("button", name="Undo").click()
    page.locator('[data-part="said"]', has_text="Taken back").wait_for()


@pytest.mark.timeout(300)
def test_what_is_typed_into_fields_and_addresses_stays_a_text_or_is_refused(furnished):
    site, made = furnished()
    page = site.seat()
    page.watch.expected.append("status of 4")
    loaded(page, f"/scope/{made.scope}/decide")
    token = page.evaluate("document.querySelector('meta[name=csrf]').content")
    headers = {"x-csrf-token": token}
    at = f"/scope/{made.scope}"
    problems: list[str] = []
    for n, text in enumerate(hostile.TEXTS):
        sent = [
            (f"{at}/comments", {"text": text}),
            (f"{at}/assignments", {"to": text, "note": text}),
            (f"{at}/decisions", {"verdict": "rejected", "note": text, "seen": "", "only": text}),
            (f"{at}/waivers", {"check": text, "why": text, "until": "2099-01-01", "subject": text}),
            ("/people", {"name": text, "role": "viewer", "email": text}),
        ]
        # every text is said; the other places take turns
        for path, body in (sent[0], sent[1 + n // 2 % 4])[: 2 - n % 2]:
            answer = page.request.post(f"/api{path}", data=body, headers=headers)
            if answer.status not in (200, 201, 404, 409, 422) or "json" not in answer.headers["content-type"]:
                problems.append(f"{path} {text!r}: {answer.status}")
        pages = [
            ("POST", "/people", {"name": text, "role": "viewer", "email": text}),
            ("POST", "/browse/add", {"board": "AQA", "qualification": "A-Level", "subject": "7402", "url": text,
                                     "title": text}),
            ("POST", f"{at}/edits/add", {"dataset": "topics", "unit": "7402", "how": text, "value.topic_code": text}),
            ("GET", "/browse", {"q": text, "board": text}),
            ("GET", "/browse", {"board": "AQA", "qualification": "A-Level", "subject": text, "q": text}),
            ("GET", "/schools/ips_lycees", {"column": "nom_de_la_commune", "value": text, "sort": text}),
            ("GET", at, {"subject": text, "check": text}),
            ("GET", f"{at}/tree", {"subject": text, "version": text}),
            ("GET", f"{at}/between", {"old": text, "new": text}),
        ]  # fmt: skip
        method, path, values = pages[n % len(pages)]
        given = {"form": values} if method == "POST" else {"params": values}
        answer = page.request.fetch(path, method=method, headers={**headers, "accept": "text/html"}, **given)
        body = answer.text()
        if answer.status >= 500:
            problems.append(f"{path} {text!r}: {answer.status}")
        if len(body) < 200_000:
            problems += [f"{path} {text!r}: {each}" for each in page.evaluate(SCAN_TEXT, body)]
        if hostile.SUM in body:
            problems.append(f"{path} {text!r}: computed")
    for path in (f"{at}/decide", "/people", f"{at}/waivers"):
        loaded(page, path)
        harmless(page, path, problems)
    nobody = site.screen()
    nobody.watch.expected.append("status of 4")
    for text in hostile.TEXTS[::30]:
        nobody.goto("/login")
        nobody.get_by_label("Name").fill(text[:150])
        nobody.locator("input[type=password]").fill("x")
        nobody.locator("main form button").first.click()
        nobody.get_by_role("alert").wait_for()
        harmless(nobody, f"/login {text!r}", problems)
    assert not problems, "\n".join(problems[:40])


@pytest.mark.timeout(300)
def test_files_that_leave_the_desk_carry_no_code(furnished, shell, tmp_path):
    site, _ = furnished(hostile.TOGETHER)
    page = site.seat()
    rows = list(csv.reader(io.StringIO(page.request.get("/schools/ips_lycees/csv").text(), newline=""), delimiter=";"))
    assert len(rows) > 150
    formulas = [each for row in rows for each in row if each.lstrip(" \t\r\n\u00a0")[:1] in tuple("=+@＝＋＠")]
    assert formulas == []
    assert any(each.startswith("'=") for row in rows for each in row)

    feed = page.request.get("/releases.atom")
    assert feed.headers["content-type"].startswith("application/atom+xml")
    tree = ET.fromstring(feed.body())
    known = {"feed", "title", "id", "updated", "link", "entry", "author", "name", "summary", "content", "subtitle",
             "category", "published", "generator"}  # fmt: skip
    assert {each.tag.rpartition("}")[2] for each in tree.iter()} <= known
    assert {each.get("type", "text") for each in tree.iter() if each.tag.endswith(("summary", "content"))} <= {"text"}
    problems: list[str] = []
    # shown as a document, it asks for a sign of its own
    page.watch.expected.append("favicon")
    page.goto("/releases.atom")
    if not page.evaluate("() => !('__pwned' in window)"):
        problems.append("the feed ran")

    shell("report", "AQA A-Level", "-o", tmp_path / "report.html", code=None)
    report = site.screen(base_url=None)
    report.watch.base = "file://"
    report.goto((tmp_path / "report.html").as_uri())
    if not report.evaluate("() => !('__pwned' in window)"):
        problems.append("the report ran")
    problems += [each for each in report.evaluate(SCAN) if not each.startswith(("element: <style", "script: <script>"))]
    assert not problems, "\n".join(problems[:20])


def test_the_list_of_texts_is_long_and_what_runs_is_noticed(open_desk, make_database):
    assert len(hostile.TEXTS) > 200
    site = open_desk(make_database("exams").url)
    page = site.screen(bypass_csp=True)
    page.watch.expected.append(".")
    seen = 0
    for text in hostile.TEXTS:
        seen += bool(page.evaluate(SCAN_TEXT, f"<main>{text}</main>"))
    page.goto("/login")
    page.evaluate("() => (document.querySelector('main').innerHTML = '<img src=x onerror=window.__pwned=1>')")
    page.wait_for_function("() => window.__pwned === 1")
    assert not page.evaluate(UNTOUCHED)
    # without escaping, most of what is markup shows; the rest are addresses, formulas and words
    assert seen > 100


def test_the_texts_do_stand_in_the_ledger(furnished):
    _, made = furnished(hostile.TEXTS[:40])
    with psycopg.connect(made.superuser_url) as connection:
        for table, column in (
            ("release", "note"), ("release", "made_by"), ("approval", "note"), ("approval", "decided_by"),
            ("waiver", "why"), ("waiver", "waived_by"), ("edit", "reason"), ("edit", "edited_by"), ("edit", "label"),
            ("batch", "source"), ("batch", "parser"), ("batch", "sealed_by"), ("comment", "text"),
            ("finding", "message"), ("quarantine", "value"), ("person_event", "done_by"),
        ):  # fmt: skip
            count = connection.execute(
                f"select count(*) from greenroom.{table} where position('pwned' in {column}) > 0"
            ).fetchone()[0]
            assert count or not connection.execute(f"select count({column}) from greenroom.{table}").fetchone()[0], (
                f"{table}.{column}"
            )


def test_the_policy_stops_what_would_run_if_a_text_were_markup(open_desk, make_database):
    site = open_desk(make_database("exams").url)
    page = site.seat()
    # each of these is told by the console; that is what the policy is for
    page.watch.expected.append("policy|Content Security Policy|status of 404")
    for address in ("/", "/browse", "/people", "/nothing"):
        page.goto(address)
        page.evaluate(
            """() => {
              const script = document.createElement("script");
              script.textContent = "window.__pwned = 1";
              document.body.append(script);
              const holder = document.createElement("div");
              holder.innerHTML = "<img src=x onerror='window.__pwned=1'><p style='color: rgb(1, 2, 3)' id=styled>x</p>";
              document.body.append(holder);
            }"""
        )
        page.wait_for_function("() => [...document.images].every((each) => each.complete)")
        assert page.evaluate(UNTOUCHED), address
        assert page.evaluate("() => getComputedStyle(document.getElementById('styled')).color") != "rgb(1, 2, 3)"
        with pytest.raises(Exception, match="Failed to fetch"):
            page.evaluate(f"() => fetch('{hostile.FAR}/x')")
    assert [each for each in page.watch.complaints if each.startswith("foreign")] == []
