"""Which names the desk answers to, and how much it takes."""

from typing import Any

import pytest
from starlette.responses import Response
from starlette.testclient import TestClient
from tests.web.conftest import HOST

from greenroom.web import security
from greenroom.web.security import MOST_BYTES


@pytest.fixture
def app(desk_of, make_database):
    return desk_of(make_database("exams").url, hosts=("127.0.0.1:8765", "[::1]:8765", "desk.school.example", "[::2]"))


@pytest.mark.parametrize(
    ("host", "answered"),
    [
        ("127.0.0.1:8765", True), ("[::1]:8765", True), ("desk.school.example", True), ("DESK.school.EXAMPLE", True),
        ("desk.school.example:443", True), ("[::2]", True), ("[::2]:99", True),
        ("127.0.0.1", False), ("127.0.0.1:8766", False), ("localhost:8765", False), ("evil.example", False),
        ("desk.school.example.evil.example", False), ("evil.desk.school.example", False), ("", False),
        ("desk.school.example:x", False),
        ("desk.school.example@evil.example", False), ("desk.school.example,evil", False),
        ("[::1]", False), ("::1:8765", False), ("desk.school.example:", False), ("xdesk.school.example:80", False),
        ("desk.school.example:80:80", False), ("[::2", False),
    ],
)  # fmt: skip
def test_only_the_desk_s_own_names_are_answered(app, host, answered):
    client = TestClient(app, base_url=f"http://{HOST}", follow_redirects=False)
    answer = client.get("/login", headers={"host": host})
    assert answer.status_code == (200 if answered else 400)
    if not answered:
        assert "does not answer to this host name" in answer.text
        assert host == "" or host not in answer.text


def test_a_request_without_a_host_is_refused(app):
    import asyncio

    sent = []

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http", "method": "GET", "path": "/login", "raw_path": b"/login", "query_string": b"", "headers": [],
        "scheme": "http", "server": ("127.0.0.1", 8765), "client": ("127.0.0.1", 1), "http_version": "1.0",
        "root_path": "", "asgi": {"version": "3.0"},
    }  # fmt: skip
    asyncio.run(app(scope, receive, send))
    assert sent[0]["status"] == 400


def test_a_foreign_name_is_refused_before_anything_is_looked_up(app, monkeypatch):
    monkeypatch.setattr(app.state.sessions, "session_of", lambda _: pytest.fail("looked up"))
    client = TestClient(app, base_url="http://evil.example", follow_redirects=False)
    assert client.get("/people").status_code == 400


def test_what_a_forwarding_header_says_of_the_host_does_not_count(app):
    client = TestClient(app, base_url=f"http://{HOST}", follow_redirects=False)
    headers = {
        "host": "evil.example",
        "x-forwarded-host": "desk.school.example",
        "forwarded": "host=desk.school.example",
    }
    assert client.get("/login", headers=headers).status_code == 400


# How much


@pytest.fixture
def client(desk, make_database):
    return desk(make_database("exams").url)


def test_what_is_too_large_is_refused_by_its_length(client):
    answer = client.post("/api/people", content=b"x" * (MOST_BYTES + 1), headers={"content-type": "application/json"})
    assert answer.status_code == 413
    assert answer.json()["error"] == "The desk takes at most 2 MB at a time."


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/api/people", "application/json"), ("/people", "application/x-www-form-urlencoded"),
        ("/people", "multipart/form-data; boundary=x"), ("/login", "application/x-www-form-urlencoded"),
        ("/login", "multipart/form-data; boundary=x"),
    ],
)  # fmt: skip
def test_what_does_not_tell_its_length_is_counted(client, path, kind):
    read = []

    def stream():
        for _ in range(64):
            read.append(1)
            yield b"a=b&" * 16_384

    answer = client.post(path, content=stream(), headers={"content-type": kind, "accept": "application/json"})
    assert answer.status_code == 413


@pytest.mark.parametrize("length", ["99999999999999999999999", "3000000"])
def test_a_length_that_is_claimed_is_believed_without_reading(app, length):
    client = TestClient(app, base_url="http://desk.school.example", follow_redirects=False)
    assert client.post("/login", content=b"", headers={"content-length": length}).status_code == 413


def test_what_just_fits_is_taken(client):
    body = b'{"name": "' + b"x" * (MOST_BYTES - 14) + b'"}'
    assert len(body) <= MOST_BYTES
    answer = client.post("/api/people", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 422


@pytest.mark.parametrize(
    "nested", [b"[" * 500_000, b'{"a":' * 100_000, b"9" * 100_000, b"\xff\xfe", b'"\\ud800"', b"NaN"]
)
def test_a_body_made_to_hurt_is_refused_in_words(client, nested):
    answer = client.post("/api/people", content=nested, headers={"content-type": "application/json"})
    assert answer.status_code in (400, 422)
    assert answer.json()["error"]


def test_a_websocket_is_turned_away(app):
    from starlette.websockets import WebSocketDisconnect

    client = TestClient(app, base_url="http://desk.school.example")
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/login"):
        pass


def test_an_error_after_the_first_byte_tears_the_answer_off(desk_of, make_database):
    """Half a page that ends in a page of error would be taken for whole."""
    import asyncio

    sent = []

    async def broken(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise RuntimeError("half way")

    ground = desk_of(make_database("exams").url).state.ground
    app = desk_of(make_database("exams").url)
    heard: list[Any] = []

    async def answering(request, error):
        raise error

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    def defect(request, error):
        heard.append(error)
        return Response("a page of error", 500)

    shell = security.Shell(broken, ground=ground, answer=answering, defect=defect)
    scope = {"type": "http", "method": "GET", "path": "/", "headers": [(b"host", HOST.encode())], "app": app}

    async def send(message):
        sent.append(message)

    with pytest.raises(RuntimeError):
        asyncio.run(shell(scope, receive, send))
    assert [message["type"] for message in sent] == ["http.response.start"]
    assert len(heard) == 1
