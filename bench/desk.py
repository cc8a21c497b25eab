"""The desk in Chromium: a tree of 1,500 topics opened, edited and left for another one, timed as a person waits."""

from __future__ import annotations

import os
import shutil
import statistics
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import psycopg

from bench.gen import SEED, mix
from bench.ground import ground
from greenroom import catalog
from greenroom.db import compile as compiler
from greenroom.db.connection import Connections, Limits, begin, connect
from greenroom.db.migrate import migrate

Record = dict[str, Any]

TOPICS, SUBJECTS, SMALL = 1_500, 40, 60
REPEATS = 20
# Milliseconds a person may be made to wait, as the median of the repeats.
TARGETS = {"load": 1_500, "edit": 150, "move": 150, "switch": 300}
ARGUMENTS = [
    "--no-sandbox",
    "--headless=new",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def run(size: str, reps: int, major: int | None) -> Iterator[Record]:
    """One record per repeat; the medians stand beside the targets on standard error. Sizes are all one size."""
    chromium = shutil.which("chromium")
    if chromium is None:
        raise SystemExit("needs chromium on this machine")
    seen: dict[str, list[float]] = {}
    with ground(major=major) as server:
        name = server.make(lambda url: _fill(url))
        with _desk(server.url(name)) as (address, token, cookie):
            for step, milliseconds in _drive(chromium, address, token, cookie, max(REPEATS, reps)):
                seen.setdefault(step, []).append(milliseconds)
                yield {"suite": "desk", "size": size, "rep": len(seen[step]) - 1, "step": step, **_cost(milliseconds)}
    print(_verdict(seen), file=sys.stderr)


def _cost(milliseconds: float) -> Record:
    """In the columns of the other suites; what a browser takes is in none of them."""
    nothing = ("server_cpu", "client_cpu", "wal_bytes", "server_peak_mb", "client_peak_mb")
    nothing += ("reader_p50_ms", "reader_p99_ms", "reader_max_ms", "reader_waits")
    return {"seconds": milliseconds / 1000, "load_average": round(os.getloadavg()[0], 1), **dict.fromkeys(nothing, 0)}


def _verdict(seen: dict[str, list[float]]) -> str:
    lines = ["| step | median ms | worst ms | target ms | |", "|---|---|---|---|---|"]
    for step, found in seen.items():
        middle, target = statistics.median(found), TARGETS.get(step)
        told = "" if target is None else "kept" if middle < target else "MISSED"
        lines.append(f"| {step} | {middle:.0f} | {max(found):.0f} | {target or ''} | {told} |")
    return "\n".join(lines)


def _fill(url: str) -> None:
    """Forty subjects published; then another edition of all of them that waits."""
    migrate(
        partial(connect, url, application_name="bench", statement_timeout_seconds=120, lock_timeout_seconds=5),
        [catalog.pack_named("exams")],
        compiler=compiler,
    )
    with psycopg.connect(url, autocommit=True) as connection:
        scope = connection.execute("select greenroom_exams.scope_named('AQA', 'A-Level')").fetchone()
        assert scope is not None
        for edition in (0, 1):
            for n in range(SUBJECTS):
                _subject(connection, n, edition)
            connection.execute("select greenroom_exams.seal(%s, null, null, null, null, true)", scope)
            if edition == 0:
                connection.execute("select greenroom_exams.promote(%s, null, false, 'bench', null, null)", scope)
        connection.execute("select greenroom_exams.record_findings(greenroom_exams.pending(%s))", scope)
        connection.execute("vacuum analyze")


def _subject(connection: psycopg.Connection, n: int, edition: int) -> None:
    code, size = f"S{n:03}", TOPICS if n == 0 else SMALL
    connection.execute("delete from public.staging_aqa_subjects where subject_code = %s", [code])
    row = connection.execute(
        "insert into public.staging_aqa_subjects (subject_code, subject_name, qualification_type, exam_board)"
        " values (%s, %s, 'A-Level', 'AQA') returning id",
        [code, f"Studies {n}"],
    ).fetchone()
    assert row is not None
    codes: list[str] = []
    topics = []
    for i in range(size):
        # a few roots, then four under each
        above = (i - 8) // 4 if i >= 8 else None
        codes.append(str(i + 1) if above is None else f"{codes[above]}.{(i - 8) % 4 + 1}")
        # every twentieth is called otherwise in the new edition
        name = f"Topic {mix(SEED, 1, n * 10_000 + i) % 97} of {i}" + (" revised" if edition and i % 20 == 7 else "")
        topics.append((row[0], codes[i], name, codes[i].count("."), i, None if above is None else codes[above]))
    with (
        connection.cursor() as cursor,
        cursor.copy(
            "copy public.staging_aqa_topics (subject_id, topic_code, topic_name, topic_level, sort_order) from stdin"
        ) as copy,
    ):
        for topic in topics:
            copy.write_row(topic[:5])
    with connection.cursor() as cursor:
        cursor.executemany(
            "update public.staging_aqa_topics as t set parent_topic_id = p.id from public.staging_aqa_topics as p"
            " where t.subject_id = %s and t.topic_code = %s and p.subject_id = t.subject_id and p.topic_code = %s",
            [(topic[0], topic[1], topic[5]) for topic in topics if topic[5]],
        )


@contextmanager
def _desk(url: str) -> Iterator[tuple[str, str, str]]:
    """The desk in a thread of this process; its address, and the cookie of an editor."""
    import uvicorn

    from greenroom.pipeline import Fetching
    from greenroom.web import people
    from greenroom.web.app import make
    from greenroom.web.ground import Ground
    from greenroom.web.server import bound
    from greenroom.web.sessions import cookie_name
    from greenroom.write.fetch import Store

    with tempfile.TemporaryDirectory() as home:
        connections = Connections(url, application_name="bench desk", limits=Limits(60.0, 5.0))
        place = Ground(
            connections=connections,
            fetching=Fetching(Store(str(Path(home) / "snapshots")), home=Path(home)),
            installed=lambda pack: pack,
            place="bench",
        )
        app = make(place)
        with connections.one() as conn, begin(conn):
            person = people.add(conn, "Ada", "editor", email=None, by="bench")
        token = app.state.sessions.open(person, "start link")
        listening = bound("127.0.0.1", 0)
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}", token, cookie_name(place)
        finally:
            server.should_exit = True
            thread.join(timeout=15)
            connections.close()


def _drive(chromium: str, address: str, token: str, cookie: str, repeats: int) -> Iterator[tuple[str, float]]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        context = browser.new_context(viewport={"width": 1280, "height": 800})
        context.add_cookies([{"name": cookie, "value": token, "url": address}])
        page = context.new_page()
        scope = _scope(page, address)
        big = f"{address}/scope/{scope}/tree?subject=S000&version="
        for _ in range(repeats):
            yield "load", _load(page, big)
        for n in range(repeats):
            yield "edit", _edit(page, n)
        for n in range(repeats):
            yield "move", _move(page, n)
        for n in range(repeats):
            yield "switch", _switch(page, f"S{n % 5 + 1:03}", SMALL)
            yield "switch to the large one", _switch(page, "S000", TOPICS)
        _check(page, repeats)
        browser.close()


def _scope(page: Any, address: str) -> int:
    found = page.request.get(f"{address}/api/scope/1/tree?subject=S000")
    assert found.ok, found.text()
    return 1


_READY = "document.querySelector('#tree')?.dataset.ready !== undefined"


def _load(page: Any, url: str) -> float:
    """From the address to a tree that has painted and takes keys."""
    page.goto("about:blank")
    page.goto(url, wait_until="commit")
    page.wait_for_function(f"() => {_READY}", polling="raf")
    # the second frame after it is ready has been painted
    took: float = page.evaluate(
        "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now()))))"
    )
    count = page.locator("#tree .trow").count()
    assert count == TOPICS, f"{count} rows"
    return took


# Clocks run in the page: what the driver takes to speak to the browser is no wait of a person.
_SAVED = """([text]) => new Promise((done, fail) => {
  const said = document.querySelector('[data-part="said"]');
  const started = performance.now();
  const watch = new MutationObserver(() => {
    if (!said.textContent.startsWith('Saved') && !said.textContent.startsWith('Moved')) return;
    watch.disconnect();
    requestAnimationFrame(() => done(performance.now() - started));
  });
  said.textContent = '';
  watch.observe(said, { childList: true, characterData: true, subtree: true });
  setTimeout(() => fail(new Error('nothing was saved: ' + said.textContent)), 10000);
  const input = document.querySelector('.tcell.editing input');
  const press = (target, key, more = {}) =>
    target.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...more }));
  if (text === null) press(document.activeElement, 'ArrowDown', { altKey: true });
  else { input.value = text; press(input, 'Enter'); }
})"""


def _edit(page: Any, n: int) -> float:
    """From Enter to the word that it is saved."""
    name = page.locator("#tree .trow .c-name").nth(n * 7 + 3)
    name.dblclick()
    took: float = page.evaluate(_SAVED, [f"Edited {n}"])
    shown = name.text_content()
    assert shown == f"Edited {n}", f"edit {n} shows {shown}"
    return took


# A last child cannot go down: the first of several can.
_FIRST_OF_SEVERAL = """() => {
  const rows = [...document.querySelectorAll('.trow')];
  const below = rows.slice(rows.indexOf(document.activeElement.closest('.trow')));
  const first = (row) => row.getAttribute('aria-posinset') === '1' && Number(row.getAttribute('aria-setsize')) > 1;
  below.find(first).querySelector('.c-name').click();
}"""


def _move(page: Any, n: int) -> float:
    """A row one place down, by the keyboard."""
    page.locator("#tree .trow .c-name").nth(n * 5 + 40).click()
    # a last child cannot go down: the first child of a parent of four can
    page.evaluate(_FIRST_OF_SEVERAL)
    took: float = page.evaluate(_SAVED, [None])
    return took


_SWITCHED = """([subject, rows]) => new Promise((done, fail) => {
  const started = performance.now();
  const body = document.querySelector('[data-part="rows"]');
  const watch = new MutationObserver(() => {
    if (body.children.length !== rows) return;
    watch.disconnect();
    requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - started)));
  });
  watch.observe(body, { childList: true });
  setTimeout(() => fail(new Error('not switched')), 10000);
  document.querySelector(`a[data-subject="${subject}"]`).click();
})"""


def _switch(page: Any, subject: str, rows: int) -> float:
    """From a click on a subject to its tree on the screen."""
    took: float = page.evaluate(_SWITCHED, [subject, rows])
    assert f"subject={subject}" in page.url
    return took


def _check(page: Any, repeats: int) -> None:
    """Everything that was done is in the database, as the page says."""
    page.reload()
    page.wait_for_function(f"() => {_READY}")
    shown = page.locator("#tree .trow .c-name").all_text_contents()
    missing = [n for n in range(repeats) if f"Edited {n}" not in shown]
    if missing or len(shown) != TOPICS:
        raise SystemExit(f"the desk lost edits {missing} of {len(shown)} rows")
