"""The desk on a real database: a role enters, a browserless client leaves."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from greenroom.db.connection import Connections, Limits
from greenroom.pipeline import Fetching
from greenroom.web.app import make
from greenroom.web.ground import Ground, Person, Role
from greenroom.web.people import COOKIE
from greenroom.write.fetch import Store


def ground_of(url: str, home: Path) -> Ground:
    return Ground(
        connections=Connections(url, application_name="desk tests", limits=Limits(60.0, 5.0), most=8),
        fetching=Fetching(Store(str(home / "snapshots")), home=home),
        installed=lambda pack: pack,
        place="tests",
        hosts=("testserver", "127.0.0.1", "localhost"),
    )


@pytest.fixture
def desk(tmp_path) -> Iterator[Callable[..., TestClient]]:
    """`desk(database.url, role="editor", name="Ada")` is a client of somebody who is signed in."""
    made: dict[str, tuple] = {}

    def sign_in(url: str, role: str = "admin", name: str = "Ada") -> TestClient:
        if url not in made:
            ground = ground_of(url, tmp_path / "home")
            made[url] = (ground, make(ground))
        app = made[url][1]
        client = TestClient(app, follow_redirects=False)
        token = app.state.people.sign_in(Person(name, Role[role]))
        client.cookies.set(COOKIE, token)
        session = app.state.people.session_of(_Asked(token))
        client.headers["x-csrf-token"] = session.csrf
        return client

    yield sign_in
    for ground, _ in made.values():
        ground.connections.close()


class _Asked:
    """As much of a request as holds a cookie."""

    def __init__(self, token: str) -> None:
        self.cookies = {COOKIE: token}
