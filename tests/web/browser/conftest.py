"""The desk in a real browser: a database enters, people at their screens leave.

What a browser complains of, any request to another host and whatever the desk did not foresee fails the test.

One major version of PostgreSQL is enough here, the newest of those wanted: how they differ is tested without a browser.
"""

import os
import re
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
import uvicorn
from tests.cli.conftest import exams, schools, shell  # noqa: F401 - fixtures
from tests.conftest import _majors, _shared_server
from tests.publish.exams import Exams
from tests.web.browser.furnished import PLAIN, furnish
from tests.web.conftest import ground_of

from greenroom.db.connection import begin
from greenroom.web import people, render
from greenroom.web.app import make
from greenroom.web.people import RoleName
from greenroom.web.server import bound
from greenroom.web.sessions import cookie_name

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# A machine of two cores that does much else besides; nobody waits as long where all goes well.
PATIENCE_MS = 20_000
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}
IMAGES = Path(__file__).parents[3] / "docs" / "images"
# Set to anything, the pictures of the docs are taken anew; else they are taken and thrown away.
KEEP_IMAGES = "DESK_SCREENSHOTS"

# Told by the console, where nothing else would.
_TELL_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`policy: ${event.violatedDirective} forbids ${event.blockedURI || event.sample}`));
"""


def _newest() -> list[Any]:
    majors: list[Any] = _majors()
    return sorted(majors, key=lambda each: int(each.id[2:]))[-1:]


@pytest.fixture(scope="session", params=_newest())
def server(request):
    """The newest major version wanted."""
    return _shared_server(request.param)


@pytest.fixture(scope="package")
def browser():
    """One Chromium for all tests here; each person has a context of their own."""
    playwright = pytest.importorskip("playwright.sync_api", reason="needs Playwright: the extra browser")
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if not program:
        pytest.skip("needs chromium on this machine")
    with playwright.sync_playwright() as driver:
        found = driver.chromium.launch(executable_path=program, args=FLAGS)
        yield found
        found.close()


@dataclass
class Watch:
    """What one browser context was told, and complained of."""

    base: str
    complaints: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)
    # Words of questions that are answered with yes.
    agreed: list[str] = field(default_factory=list)

    def over(self, context) -> None:
        context.on("console", self._console)
        context.on("weberror", lambda error: self.complaints.append(f"script: {error.error}"))
        context.on("dialog", self._dialog)
        context.on("request", self._request)

    def left(self) -> list[str]:
        return [each for each in self.complaints if not any(re.search(words, each) for words in self.expected)]

    def _console(self, message) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"console {message.type}: {message.text} ({message.location.get('url')})")

    def _dialog(self, dialog) -> None:
        if any(words in dialog.message for words in self.agreed):
            dialog.accept()
            return
        self.complaints.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _request(self, request) -> None:
        asked = urlsplit(request.url)
        if asked.scheme in ("data", "blob", "about"):
            return
        if f"{asked.scheme}://{asked.netloc}" != self.base:
            self.complaints.append(f"foreign: {request.url[:200]}")


@dataclass
class Site:
    """A running desk and everybody who sits at it."""

    base: str
    app: Any
    url: str
    browser: Any
    watches: list[Watch] = field(default_factory=list)
    contexts: list[Any] = field(default_factory=list)

    @property
    def sessions(self):
        return self.app.state.sessions

    def screen(self, **options):
        """A page that nobody is signed in with."""
        options = {"viewport": {"width": 1280, "height": 860}, "base_url": self.base, **options}
        context = self.browser.new_context(**options)
        context.set_default_timeout(PATIENCE_MS)
        context.add_init_script(_TELL_VIOLATIONS)
        watch = Watch(self.base)
        watch.over(context)
        self.watches.append(watch)
        self.contexts.append(context)
        page = context.new_page()
        page.watch = watch
        return page

    def token(self, name: str, role: RoleName) -> str:
        """The session of a person, who is made or given this role if need be."""
        with self.app.state.ground.connections.one() as conn, begin(conn):
            found = people.named(conn, name) or people.add(conn, name, role, email=None, by="tests")
            conn.execute("update greenroom.person set role = %s where id = %s", [role, found.id])
            person = people.one(conn, found.id)
        return self.sessions.open(person, "start link")

    def seat(self, name: str = "Ada", role: RoleName = "admin", **options):
        """A page of somebody who is signed in."""
        page = self.screen(**options)
        self.admit(page, name, role)
        return page

    def admit(self, page, name: str, role: RoleName) -> None:
        cookie = {"name": cookie_name(self.app.state.ground), "value": self.token(name, role), "url": self.base}
        page.context.add_cookies([{**cookie, "httpOnly": True, "sameSite": "Strict"}])

    def problems(self) -> list[str]:
        return [each for watch in self.watches for each in watch.left()]


@pytest.fixture
def open_desk(browser, tmp_path) -> Iterator[Callable[..., Site]]:
    """`open_desk(database.url)` answers on a port of its own until the test ends."""
    running: list[tuple[Site, uvicorn.Server, threading.Thread, socket.socket]] = []
    defects: list[Exception] = []

    def start(url: str, **changes) -> Site:
        app = make(ground_of(url, tmp_path / "home", **changes))
        app.state.defect = defects.append
        listening = bound("127.0.0.1", 0)
        config = uvicorn.Config(
            app, log_config=None, access_log=False, lifespan="off", ws="none", timeout_graceful_shutdown=5
        )
        server: Any = uvicorn.Server(config)
        begun = threading.Event()
        server.startup = _saying(server.startup, begun)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        assert begun.wait(20), "the desk did not begin to answer"
        site = Site(f"http://127.0.0.1:{listening.getsockname()[1]}", app, url, browser)
        running.append((site, server, thread, listening))
        return site

    yield start
    problems = []
    for site, server, thread, listening in running:
        for context in site.contexts:
            context.close()
        server.should_exit = True
        thread.join(20)
        listening.close()
        jobs = getattr(site.app.state, "jobs", None)
        if jobs is not None:
            jobs.close()
        site.app.state.ground.connections.close()
        problems += site.problems()
    assert not defects, defects
    assert not problems, "\n".join(problems)


def _saying(startup, begun: threading.Event):
    async def start(sockets=None) -> None:
        await startup(sockets=sockets)
        begun.set()

    return start


@pytest.fixture
def owner(exams) -> Iterator[Exams]:  # noqa: F811
    """The owner's own connection to the database of the terminal `exams`."""
    with psycopg.connect(exams.url, autocommit=True) as connection:
        yield Exams(connection)


@pytest.fixture
def furnished(shell, make_database, open_desk, tmp_path):  # noqa: F811
    """`furnished(texts)` is a desk in which every page has something to show, and what was made for it."""
    open_connections = []

    def fill(texts=PLAIN):
        database = make_database("exams", "schools")
        connection = psycopg.connect(database.url, autocommit=True)
        open_connections.append(connection)
        site = open_desk(database.url)
        terminal = shell.at(database.url)
        return site, furnish(terminal, database.superuser_url, connection, site, tmp_path, texts)

    yield fill
    for connection in open_connections:
        connection.close()


@pytest.fixture
def scripts():
    """Skips where the front-end libraries were not fetched: the desk then runs its pages without scripts."""
    if not render.has_libraries():
        pytest.skip("needs the front-end libraries: python3 run.py setup")


@pytest.fixture
def picture(tmp_path) -> Callable[..., None]:
    """`picture(page, "overview")` takes a picture; for the docs when the variable says so."""
    folder = IMAGES if os.environ.get(KEEP_IMAGES) else tmp_path

    def take(page, name: str, **options) -> None:
        path = folder / f"desk-{name}.png"
        page.screenshot(path=path, animations="disabled", **options)
        assert path.stat().st_size < 200_000, f"{name} is too large to be kept"

    return take


# What people do on many pages.


def loaded(page, path: str):
    """Go to a page that must be there."""
    answer = page.goto(path)
    assert answer is not None and answer.status == 200, f"{path}: {answer and answer.status}"
    return page


def open_tree(page, scope: int, subject: str, version: str = ""):
    """The tree of a subject, once its script has taken over."""
    loaded(page, f"/scope/{scope}/tree?subject={subject}&version={version}")
    page.wait_for_selector("#tree[data-ready]")
    return page


def row(page, code: str):
    """The row of the tree with this code."""
    return page.locator(".trow").filter(has=page.locator(f'.c-code .text:text-is("{code}")'))


def cell(page, code: str, column: str):
    """One cell of the tree."""
    return row(page, code).locator(f".c-{column}")


def codes(page) -> list[str]:
    """What the tree shows, from above; deleted rows too."""
    return page.locator(".trow:not([hidden]) .c-code .text").all_text_contents()


def said(page, words: str) -> None:
    """Wait until the tree has said something."""
    page.locator('[data-part="said"]', has_text=words).wait_for()


def rename(page, code: str, name: str) -> None:
    """Type another name into a row, as with the keyboard."""
    cell(page, code, "name").dblclick()
    field = page.locator(".tcell.editing input")
    field.fill(name)
    field.press("Enter")


def ended(page, state: str = "done") -> None:
    """Wait until a job's page says that it is over."""
    page.locator(".job-state .badge", has_text=re.compile("done|refused|failed|cancelled|lost")).wait_for()
    assert page.locator(".job-state .badge").inner_text() == state, page.locator("main").inner_text()
