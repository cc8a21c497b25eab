"""The desk on a real database: a role enters, a browserless client leaves."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from greenroom.db.connection import Connections, Limits, begin
from greenroom.pipeline import Fetching
from greenroom.web import people
from greenroom.web.app import make
from greenroom.web.ground import Ground
from greenroom.web.sessions import cookie_name
from greenroom.write.fetch import Store

HOST = "testserver"


def ground_of(url: str, home: Path, **changes) -> Ground:
    given = {
        "connections": Connections(url, application_name="desk tests", limits=Limits(60.0, 5.0), most=8),
        "fetching": Fetching(Store(str(home / "snapshots")), home=home),
        "installed": lambda pack: pack,
        "place": "tests",
        "hosts": (HOST, "127.0.0.1", "localhost"),
    }
    return Ground(**{**given, **changes})


@pytest.fixture
def desk_of(tmp_path) -> Iterator[Callable[..., FastAPI]]:
    """`desk_of(database.url)` is the app itself, one for each address; what nobody foresaw fails the test."""
    made: dict[tuple, FastAPI] = {}

    def app_of(url: str, **changes):
        key = (url, *sorted(changes))
        if key not in made:
            made[key] = make(ground_of(url, tmp_path / "home", **changes))
            made[key].state.defect = _shown
        return made[key]

    yield app_of
    for app in made.values():
        app.state.ground.connections.close()


@pytest.fixture
def desk(desk_of) -> Callable[..., TestClient]:
    """`desk(database.url, role="editor", name="Ada")` is a client of somebody who is signed in."""

    def sign_in(url: str, role: people.RoleName = "admin", name: str = "Ada", **changes) -> TestClient:
        return signed_in(desk_of(url, **changes), role, name)

    return sign_in


def signed_in(app, role, name: str) -> TestClient:
    """A client of a person, who is made or given this role if need be."""
    ground = app.state.ground
    with ground.connections.one() as conn, begin(conn):
        found = people.named(conn, name) or people.add(conn, name, role, email=None, by="tests")
        conn.execute("update greenroom.person set role = %s, disabled_at = null where id = %s", [role, found.id])
        person = people.one(conn, found.id)
    token = app.state.sessions.open(person, "start link")
    client = TestClient(app, base_url=f"https://{HOST}" if ground.is_secure else f"http://{HOST}")
    client.follow_redirects = False
    client.cookies.set(cookie_name(ground), token)
    client.headers["x-csrf-token"] = app.state.sessions.session_of(client).csrf
    return client


def _shown(error: Exception) -> None:
    raise error


# What asks the database for people and sessions alone, route by route: one major tells as much as two.
_OF_THE_SHELL = frozenset({"test_access.py", "test_app.py", "test_hosts.py", "test_oidc.py", "test_people.py"})


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the older major out of these; the run says how many are deselected."""
    mine = [i for i in items if i.path.parent == Path(__file__).parent and i.path.name in _OF_THE_SHELL]
    majors = sorted({_major(item) for item in mine} - {""})
    left = {item for item in mine if _major(item) not in ("", *majors[-1:])}
    if left:
        config.hook.pytest_deselected(items=sorted(left, key=lambda item: item.nodeid))
        items[:] = [item for item in items if item not in left]


def _major(item: pytest.Item) -> str:
    called = getattr(item, "callspec", None)
    server = called.params.get("server") if called else None
    return f"{server.major:03}" if server is not None else ""
