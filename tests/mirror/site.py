"""A board that no exam knows, on a server of this machine: its pages, its feed of papers, and a log of who asked what.

/                      the list of subjects
/subject/CODE          a subject's page: links to its specification and its feed
/spec/CODE.pdf         the specification
/api/papers?spec=CODE  the feed of papers, two a page, each page naming the next
"""

import hashlib
import json
import threading
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from urllib.parse import parse_qs, urlsplit

from tests.greenroom_exams.layouts.pdf_writer import Text, make_pdf

SUBJECTS = {"8991": "Lantern Studies", "8992": "Tidal Gardening", "8993": "Kite Philosophy"}
TOPICS = ("1 Flame", "1.1 Wicks", "1.2 Oils", "2 Glass", "2.1 Chimneys")
PAPERS_OF_A_PAGE = 2


@dataclass(frozen=True)
class Asked:
    """One line of the server's log; `at` is when it came, by the monotonic clock."""

    at: float
    method: str
    path: str
    headers: dict
    body: bytes
    status: int = 0


@dataclass
class Mirror:
    """What the site says, and what it was asked. `answers` by path go before its own pages."""

    subjects: dict = field(default_factory=lambda: dict(SUBJECTS))
    topics: tuple = TOPICS
    papers: int = 5
    robots: object = (200, {}, b"User-agent: *\nDisallow: /private/\n")
    answers: dict = field(default_factory=dict)
    log: list = field(default_factory=list)
    delay_seconds: float = 0.0
    most_at_a_time: int = 0
    with_etags: bool = True

    def __post_init__(self):
        self._lock = threading.Lock()
        self._at_a_time = 0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.place = f"127.0.0.1:{self._server.server_port}"

    @contextmanager
    def running(self):
        thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            thread.join()
            self._server.server_close()

    def url(self, path="/"):
        return f"http://{self.place}{path}"

    @property
    def asked(self):
        """Paths in the order they came, but for robots.txt."""
        return [each.path for each in self.log if each.path != "/robots.txt"]

    @property
    def statuses(self):
        """How often each status was answered, but for robots.txt."""
        return Counter(each.status for each in self.log if each.path != "/robots.txt")

    def gaps(self):
        """Seconds between two requests, robots.txt included."""
        moments = sorted(each.at for each in self.log)
        return [later - earlier for earlier, later in pairwise(moments)]

    def whole(self):
        """How many requests a visit to all of it takes."""
        pages = -(-self.papers // PAPERS_OF_A_PAGE)
        return 1 + len(self.subjects) * (2 + pages)

    def _handler(site):  # noqa: N805 - the class below has the usual self
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                site._answer(self)

            do_POST = do_GET  # noqa: N815 - the name that the server calls

            def log_message(self, *args):
                """Say nothing."""

        return Handler

    def _answer(self, handler):
        came = time.monotonic()
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        with self._lock:
            self._at_a_time += 1
            self.most_at_a_time = max(self.most_at_a_time, self._at_a_time)
        time.sleep(self.delay_seconds)
        status, headers, content = self._said(handler, body)
        etag = f'"{hashlib.sha256(content).hexdigest()[:12]}"'
        if status == 200 and self.with_etags and handler.command == "GET":
            headers = {"ETag": etag, **headers}
            if handler.headers.get("If-None-Match") == etag:
                status, content = 304, b""
        with self._lock:
            self._at_a_time -= 1
            self.log.append(Asked(came, handler.command, handler.path, dict(handler.headers), body, status))
        handler.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(content)

    def _said(self, handler, body):
        path = urlsplit(handler.path)
        given = self.robots if path.path == "/robots.txt" else self.answers.get(handler.path)
        if isinstance(given, list):
            given = given.pop(0) if len(given) > 1 else given[0]
        if callable(given):
            given = given(handler, body)
        if given is not None:
            return given
        code = path.path.rpartition("/")[2].removesuffix(".pdf")
        if path.path == "/":
            return _page([{"code": c, "name": n, "page": f"/subject/{c}"} for c, n in self.subjects.items()])
        if path.path.startswith("/subject/") and code in self.subjects:
            return _page({"specification": f"/spec/{code}.pdf", "papers": f"/api/papers?spec={code}&page=1"})
        if path.path.startswith("/spec/") and code in self.subjects:
            return 200, {"Content-Type": "application/pdf"}, specification(code, self.subjects[code], self.topics)
        if path.path == "/api/papers":
            asked = parse_qs(path.query)
            return _page(self._papers(asked["spec"][0], int(asked["page"][0])))
        return 404, {}, b"not here"

    def _papers(self, code, page):
        first = (page - 1) * PAPERS_OF_A_PAGE
        numbers = range(self.papers)[first : first + PAPERS_OF_A_PAGE]
        found = {"spec": code, "total": self.papers, "items": [_paper(code, number) for number in numbers]}
        if first + PAPERS_OF_A_PAGE < self.papers:
            found["next"] = f"/api/papers?spec={code}&page={page + 1}"
        return found


def specification(code, name, topics=TOPICS):
    """One page: a title, and a numbered line for each topic."""
    lines = [Text(60, 760, f"Specification {code} {name}", 20)]
    lines += [Text(60, 700 - 20 * n, topic, 12) for n, topic in enumerate(topics)]
    return make_pdf([lines], title="Specification")


def _paper(code, number):
    return {"year": 2030 + number, "paper": 1, "url": f"https://files.example.org/{code}/{number}.pdf"}


def _page(value):
    return 200, {"Content-Type": "application/json"}, json.dumps(value).encode()
