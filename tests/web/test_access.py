"""Every route × method × role: what may pass follows from the role that a route says, and from nothing else.

Routes of every area are found, so a new one is covered when it is written. Path parameters are given values that lead
nowhere; what is asked here is who gets past the door, not what stands behind it.
"""

import re
from dataclasses import dataclass

import pytest
from starlette.testclient import TestClient
from tests.web.conftest import HOST, ground_of, signed_in

from greenroom.db.connection import Connections, Limits, begin
from greenroom.pipeline import Fetching
from greenroom.web import people
from greenroom.web.access import OPEN, SAFE
from greenroom.web.app import Door, doors, make
from greenroom.web.ground import Ground, Role
from greenroom.write.fetch import Store

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
WHO = ("nobody", "viewer", "editor", "approver", "admin")
# What leads nowhere, by the name of a parameter; numbers, whatever they number, are the greatest of int4.
NOWHERE = {"token": "nothing", "path": "nothing.css"}


def _unused() -> Ground:
    """A ground that is never stood on: routes are known without a database."""
    return Ground(
        connections=Connections("postgresql://nobody@127.0.0.1:1/none", application_name="x", limits=Limits()),
        fetching=Fetching(Store("/nonexistent")),
        installed=lambda pack: pack,
        place="nowhere",
    )


DOORS = doors(make(_unused()))


@dataclass
class House:
    """One desk with somebody of each role, and what each is signed in by."""

    clients: dict[str, TestClient]

    def ask(self, who, method, path, **given):
        return self.clients[who].request(method, path, **given)


@pytest.fixture(scope="module")
def house(server, template, tmp_path_factory):
    """One database for the whole matrix: nothing in it is changed by what leads nowhere."""
    import psycopg
    from psycopg import sql

    name = f"test_matrix_{server.programs.major}_{tmp_path_factory.mktemp('matrix').name}_{id(server)}"[:60].lower()
    with psycopg.connect(server.address(), autocommit=True) as conn:
        conn.execute(
            sql.SQL("create database {} template {} owner greenroom_owner strategy file_copy").format(
                sql.Identifier(name), sql.Identifier(template("exams", "schools"))
            )
        )
    app = make(ground_of(server.address(name, user="greenroom_owner"), tmp_path_factory.mktemp("home")))
    app.state.defect = _shown
    clients = {role.name: signed_in(app, role.name, f"{role.name} one") for role in Role}
    clients["nobody"] = TestClient(app, base_url=f"http://{HOST}", follow_redirects=False)
    # Signing out is a route like any other; each who does it is let in anew.
    yield House(clients)
    app.state.ground.connections.close()
    with psycopg.connect(server.address(), autocommit=True) as conn:
        conn.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


def _shown(error):
    raise error


def path_of(door: Door) -> str:
    """The door's address with values that lead nowhere."""
    return re.sub(r"{(\w+)(?::\w+)?}", lambda found: NOWHERE.get(found[1], "2147483647"), door.path)


def methods_at(path: str) -> set[str]:
    """What any door at the same address takes; HEAD where GET, but for links that work once."""
    found = {method for door in DOORS if path_of(door) == path for method in door.methods}
    return found | ({"HEAD"} if "GET" in found and not path.startswith(("/start/", "/login/")) else set())


def may(who: str, role: Role | None) -> bool:
    return role is None or (who != "nobody" and Role[who] >= role)


CASES = [
    pytest.param(door, method, id=f"{method} {door.path}")
    for door in sorted(DOORS, key=lambda each: (each.path, sorted(each.methods)))
    for method in METHODS
]


def test_there_are_routes_and_roles_to_speak_of():
    assert len(DOORS) > 20
    assert {door.role for door in DOORS} >= {None, Role.viewer, Role.admin}
    assert {door.path for door in DOORS if door.role is None} == OPEN


@pytest.mark.parametrize(("door", "method"), CASES)
def test_who_passes_follows_from_the_role(house, door, method):
    path = path_of(door)
    taken = methods_at(path)
    for who in WHO:
        answer = restored(house, who, method, path)
        status = answer.status_code
        told = f"{who}: {method} {path} → {status} {answer.text[:300]}"
        assert status < 500, told
        if who == "nobody" and door.role is not None:
            assert status == (401 if path.startswith("/api/") else 303), told
            assert path.startswith("/api/") or answer.headers["location"] == "/login", told
        elif method not in taken:
            assert status == 405, told
        elif method in door.methods or (method == "HEAD" and "GET" in door.methods):
            if may(who, door.role):
                # a wrong password is 401 at the one door that asks for it
                assert status != 403 and (status != 401 or path.startswith("/login")), told
            else:
                assert status == 403, told
                assert door.role.name in answer.text or method == "HEAD", told


def restored(house, who, method, path):
    """Ask; whoever was signed out by it, or lost their role, is put back."""
    client = house.clients[who]
    answer = client.request(method, path, headers={"accept": "application/json"} if path.startswith("/api/") else {})
    if who != "nobody" and path == "/logout":
        house.clients[who] = signed_in(client.app, who, f"{who} one")
    return answer


UNSAFE = [
    pytest.param(door, method, id=f"{method} {door.path}")
    for door in DOORS
    for method in sorted(door.methods - SAFE)
    if door.role is not None
]


@pytest.mark.parametrize(("door", "method"), UNSAFE)
def test_what_changes_something_needs_the_token_of_its_session(house, door, method):
    path = path_of(door)
    admin = house.clients["admin"]
    other = house.clients["editor"].headers["x-csrf-token"]
    for wrong in ({}, {"x-csrf-token": ""}, {"x-csrf-token": "wrong"}, {"x-csrf-token": other}, {"x-csrf-token": "é"}):
        answer = bare(admin, method, path, headers={k: v.encode() for k, v in wrong.items()})
        assert answer.status_code == 403, f"{wrong} {answer.text[:200]}"
        assert "did not come from a page of this desk" in answer.text
    for form in ({}, {"csrf": ""}, {"csrf": "wrong"}, {"csrf": other}, {"csrf": ["wrong", other]}):
        assert bare(admin, method, path, data=form).status_code == 403, form
    assert bare(admin, method, path, files={"csrf": ("csrf", admin.headers["x-csrf-token"])}).status_code == 403
    assert bare(admin, method, f"{path}?csrf={admin.headers['x-csrf-token']}").status_code == 403
    assert bare(admin, method, path, json={"csrf": admin.headers["x-csrf-token"]}).status_code == 403


def bare(client, method, path, **given):
    """A request with the cookie alone."""
    headers = {**{"accept": "application/json"}, **given.pop("headers", {})}
    request = client.build_request(method, path, headers=headers, **given)
    if "x-csrf-token" not in headers:
        del request.headers["x-csrf-token"]
    return client.send(request)


@pytest.mark.parametrize(("door", "method"), UNSAFE)
def test_the_token_may_come_in_a_form(house, door, method):
    admin = house.clients["admin"]
    answer = bare(admin, method, path_of(door), data={"csrf": admin.headers["x-csrf-token"]})
    assert answer.status_code != 403, answer.text[:200]
    if door.path == "/logout":
        house.clients["admin"] = signed_in(admin.app, "admin", "admin one")


@pytest.mark.parametrize(
    ("door", "method"),
    [*UNSAFE, *[pytest.param(d, m, id=f"{m} {d.path}") for d in DOORS for m in d.methods - SAFE if d.role is None]],
)
def test_what_another_site_sends_is_refused(house, door, method):
    admin, path = house.clients["admin"], path_of(door)
    for headers in (
        {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}, {"sec-fetch-site": "odd"},
        {"origin": "https://evil.example"}, {"origin": "null"}, {"origin": f"https://{HOST}.evil.example"},
        {"sec-fetch-site": "cross-site", "origin": f"http://{HOST}"},
    ):  # fmt: skip
        answer = admin.request(method, path, headers=headers)
        assert answer.status_code == 403, (headers, answer.text[:200])
        assert "came from another site" in answer.text


def test_a_link_from_another_site_may_lead_to_the_desk(house):
    answer = house.ask("viewer", "GET", "/account", headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 200


def test_the_desk_s_own_pages_may_send(house):
    for headers in ({"sec-fetch-site": "same-origin"}, {"sec-fetch-site": "none"}, {"origin": f"http://{HOST}"}):
        answer = house.ask("viewer", "POST", "/account/sessions/end", headers=headers)
        assert answer.status_code == 303


def test_nobody_learns_what_there_is(house):
    for method in METHODS:
        real, made_up = (house.ask("nobody", method, path) for path in ("/people", "/nowhere"))
        assert (real.status_code, real.headers["location"]) == (made_up.status_code, made_up.headers["location"])
        real, made_up = (house.ask("nobody", method, path) for path in ("/api/people", "/api/nowhere"))
        assert real.status_code == made_up.status_code == 401
        assert real.content == made_up.content


def test_what_nobody_sends_is_not_even_read(house):
    answer = house.ask("nobody", "POST", "/api/people", content=b"{", headers={"content-type": "application/json"})
    assert answer.status_code == 401


@pytest.mark.parametrize(
    "path", ["/login/x", "/login/provider/back/x", "/start/x/y", "//login", "/login/", "/statics/x", "/static"]
)
def test_only_the_open_addresses_are_open(house, path):
    answer = house.clients["nobody"].get(f"http://{HOST}{path}")
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")


def test_a_person_without_a_session_row_is_nobody_whatever_the_cookie_says(house):
    client = TestClient(house.clients["nobody"].app, base_url=f"http://{HOST}", follow_redirects=False)
    for value in ("x", "a" * 4000, "%00", '"', "é".encode().decode("latin-1")):
        answer = client.get("/api/me", headers=[(b"cookie", f"greenroom={value}".encode("latin-1"))])
        assert answer.status_code == 401


def test_the_role_of_a_request_is_that_of_the_person_at_this_moment(house):
    app = house.clients["editor"].app
    client = signed_in(app, "admin", "short-lived")
    assert client.get("/people").status_code == 200
    with app.state.ground.connections.one() as conn, begin(conn):
        people.set_role(conn, people.named(conn, "short-lived").id, "viewer", by="tests")
    assert client.get("/people").status_code == 403
