"""People: signing in and out, one's own account, and who may use the desk as what."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from fastapi import APIRouter, Form, Path, Request, Response
from pydantic import BaseModel, StringConstraints
from starlette.responses import RedirectResponse

from greenroom.web import oidc, people, sessions
from greenroom.web.access import Admin, Viewer, session_of
from greenroom.web.ground import Desk, Ground
from greenroom.web.passwords import LEAST, MOST
from greenroom.web.people import Event, Listed, RoleName
from greenroom.web.refusal import Refusal
from greenroom.web.render import follow, page
from greenroom.web.sessions import Browser, Session, Sessions
from greenroom.web.words import Named, Plain

pages = APIRouter()
api = APIRouter(tags=["people"])

PersonId = Annotated[int, Path(ge=1, le=2**31 - 1)]
SessionId = Annotated[int, Path(ge=1, le=2**63 - 1)]
Token = Annotated[str, Path(max_length=200)]
# A password is not shown, hence may hold whatever a keyboard makes; no hash is made of a novel.
Password = Annotated[str, StringConstraints(max_length=1_000)]


# Answers


@dataclass(frozen=True)
class Me:
    """Who asks, what they may, and what their unsafe requests send back."""

    name: str
    role: RoleName
    csrf: str = field(repr=False)


@dataclass(frozen=True)
class Everyone:
    """Who may use the desk, and what was done to them last."""

    people: list[Listed]
    events: list[Event]


@dataclass(frozen=True)
class Invited:
    """A person and the link by which they choose a password; it is shown this once."""

    person: Listed
    link: str


class NewPerson(BaseModel):
    """Somebody to add."""

    name: Named
    role: RoleName
    email: Plain = ""


class Changes(BaseModel):
    """What is to be different about a person; what is left out stays."""

    role: RoleName | None = None
    is_let_in: bool | None = None


def everyone(desk: Desk) -> Everyone:
    """All persons, and the last things done to them."""
    with desk.reading() as conn:
        return Everyone(people.everyone(conn), people.events(conn))


def invited(request: Request, desk: Desk, person_id: int) -> Invited:
    """A new link for a person to choose a password by; older ones no longer work."""
    token = _sessions(request).link(person_id, "password", by=desk.person.name)
    with desk.reading() as conn:
        return Invited(people.one(conn, person_id), str(request.base_url).rstrip("/") + f"/start/{token}")


def changed(desk: Desk, person_id: int, *, role: RoleName | None = None, is_let_in: bool | None = None) -> Listed:
    """A person with another role, kept out, or let in again."""
    with desk.reading() as conn:
        if role is not None:
            people.set_role(conn, person_id, role, by=desk.person.name)
        if is_let_in is not None:
            people.set_let_in(conn, person_id, is_let_in, by=desk.person.name)
        return people.one(conn, person_id)


def added(desk: Desk, person: NewPerson) -> Listed:
    """A new person."""
    with desk.reading() as conn:
        return people.add(conn, person.name, person.role, email=person.email, by=desk.person.name)


# Signing in and out


@pages.get("/login")
def login(request: Request) -> Response:
    """The form; who is signed in already goes on to the overview."""
    if session_of(request):
        return RedirectResponse("/", status_code=303)
    return _login(request)


@pages.post("/login")
def sign_in(
    request: Request, name: Annotated[Plain, Form()] = "", password: Annotated[Password, Form()] = ""
) -> Response:
    """By name and password."""
    try:
        token = _sessions(request).by_password(name, password, **_browser(request))
    except Refusal as refusal:
        answer = _login(request, status=refusal.status, name=name, refusal=refusal)
        answer.headers.update(refusal.headers)
        return answer
    return _in(request, token)


@pages.get("/start/{token}")
def start(request: Request, token: Token) -> Response:
    """A link that works once: into the desk, or to choose a password."""
    purpose, person = _sessions(request).looked_at(token)
    if purpose == "start":
        return _in(request, _sessions(request).by_start_link(token, **_browser(request)))
    return _choose(request, person, token)


@pages.post("/start/{token}")
def choose(
    request: Request, token: Token, password: Annotated[Password, Form()], again: Annotated[Password, Form()]
) -> Response:
    """A password, chosen by whom the link was given to."""
    _, person = _sessions(request).looked_at(token)
    try:
        _refuse_different(password, again)
        chosen = _sessions(request).by_new_password(token, password, **_browser(request))
    except Refusal as refusal:
        if refusal.status == 410:
            raise
        return _choose(request, person, token, status=refusal.status, refusal=refusal)
    return _in(request, chosen)


@pages.get("/login/provider")
def to_the_provider(request: Request) -> Response:
    """Off to whoever keeps the accounts."""
    return oidc.leave(_ground(request), request)


@pages.get("/login/provider/back")
def back_from_the_provider(
    request: Request, code: Plain | None = None, state: Plain | None = None, error: Plain | None = None
) -> Response:
    """Back, with a code that only we can turn into a name."""
    try:
        person = oidc.come_back(_ground(request), request, code=code, state=state, error=error)
        token = _sessions(request).open(person, "provider", **_browser(request))
    except Refusal as refusal:
        return oidc.forget_flow(_ground(request), _login(request, status=refusal.status, refusal=refusal))
    return oidc.forget_flow(_ground(request), _in(request, token))


@pages.post("/logout")
def logout(request: Request, desk: Viewer) -> Response:
    """This browser leaves."""
    _sessions(request).leave(_session(request))
    return sessions.forget(desk.ground, RedirectResponse("/login", status_code=303))


# One's own account


@pages.get("/account")
def account(request: Request, desk: Viewer) -> Response:
    """Who one is here, one's password, and where one is signed in."""
    return _account(request, desk)


@pages.post("/account/password")
def change_password(
    request: Request,
    desk: Viewer,
    password: Annotated[Password, Form()],
    again: Annotated[Password, Form()],
    old: Annotated[Password, Form()] = "",
) -> Response:
    """Another password of one's own."""
    try:
        _refuse_different(password, again)
        _sessions(request).change_password(_session(request), old, password)
    except Refusal as refusal:
        return _account(request, desk, status=refusal.status, refusal=refusal)
    return follow(desk, "/account", "Your password was changed. Your other browsers were signed out.")


@pages.post("/account/sessions/{session_id}/end")
def end_session(request: Request, desk: Viewer, session_id: SessionId) -> Response:
    """Sign one of one's own browsers out."""
    _sessions(request).end(_session(request).person_id, session_id)
    return follow(desk, "/account", "That browser was signed out.")


@pages.post("/account/sessions/end")
def end_other_sessions(request: Request, desk: Viewer) -> Response:
    """Sign one's own other browsers out."""
    session = _session(request)
    count = _sessions(request).end_all(session.person_id, but=session.id)
    return follow(desk, "/account", f"{count} other browser{'' if count == 1 else 's'} signed out.")


@api.get("/me")
def me(desk: Viewer) -> Me:
    """Who asks, what they may, and the token that unsafe requests send back."""
    return Me(desk.person.name, desk.person.role.name, desk.csrf)  # type: ignore[arg-type]


# Everybody, for admins


@pages.get("/people")
def listed(request: Request, desk: Admin) -> Response:
    """Who may use the desk."""
    return _people(request, desk)


@pages.post("/people")
def add(
    request: Request,
    desk: Admin,
    name: Annotated[Named, Form()],
    role: Annotated[RoleName, Form()],
    email: Annotated[Plain, Form()] = "",
) -> Response:
    """Add somebody, and show the link to give them."""
    try:
        person = added(desk, NewPerson(name=name, role=role, email=email))
    except Refusal as refusal:
        return _people(request, desk, status=refusal.status, refusal=refusal)
    return _people(request, desk, invited=invited(request, desk, person.id))


@pages.post("/people/{person_id}/link")
def give_link(request: Request, desk: Admin, person_id: PersonId) -> Response:
    """A new link for somebody to choose a password by."""
    return _people(request, desk, invited=invited(request, desk, person_id))


@pages.post("/people/{person_id}/role")
def give_role(desk: Admin, person_id: PersonId, role: Annotated[RoleName, Form()]) -> Response:
    """Another role."""
    person = changed(desk, person_id, role=role)
    return follow(desk, "/people", f"{person.name} is {person.role} now.")


@pages.post("/people/{person_id}/disable")
def disable(desk: Admin, person_id: PersonId) -> Response:
    """Keep somebody out."""
    person = changed(desk, person_id, is_let_in=False)
    return follow(desk, "/people", f"{person.name} is kept out, and was signed out everywhere.")


@pages.post("/people/{person_id}/enable")
def enable(desk: Admin, person_id: PersonId) -> Response:
    """Let somebody in again."""
    person = changed(desk, person_id, is_let_in=True)
    return follow(desk, "/people", f"{person.name} is let in again.")


@pages.post("/people/{person_id}/sign-out")
def sign_out(request: Request, desk: Admin, person_id: PersonId) -> Response:
    """Sign somebody out of every browser."""
    with desk.reading() as conn:
        person = people.one(conn, person_id)
    count = _sessions(request).end_all(person_id, but=_session(request).id)
    return follow(desk, "/people", f"{person.name} was signed out of {count} browser{'' if count == 1 else 's'}.")


@api.get("/people")
def get_people(desk: Admin) -> Everyone:
    """Who may use the desk, and what was done to them last."""
    return everyone(desk)


@api.post("/people", status_code=201)
def post_people(request: Request, desk: Admin, person: NewPerson) -> Invited:
    """Add somebody; the link by which they choose a password is given this once."""
    return invited(request, desk, added(desk, person).id)


@api.patch("/people/{person_id}")
def patch_person(desk: Admin, person_id: PersonId, changes: Changes) -> Listed:
    """Another role; kept out, or let in again."""
    return changed(desk, person_id, role=changes.role, is_let_in=changes.is_let_in)


@api.post("/people/{person_id}/link")
def post_link(request: Request, desk: Admin, person_id: PersonId) -> Invited:
    """A new link by which somebody chooses a password; older ones no longer work."""
    return invited(request, desk, person_id)


@api.post("/people/{person_id}/sign-out")
def post_sign_out(request: Request, desk: Admin, person_id: PersonId) -> Listed:
    """Sign somebody out of every browser but this one."""
    with desk.reading() as conn:
        people.one(conn, person_id)
    _sessions(request).end_all(person_id, but=_session(request).id)
    with desk.reading() as conn:
        return people.one(conn, person_id)


# What the handlers share


def _ground(request: Request) -> Ground:
    ground: Ground = request.app.state.ground
    return ground


def _sessions(request: Request) -> Sessions:
    found: Sessions = request.app.state.sessions
    return found


def _session(request: Request) -> Session:
    session = session_of(request)
    assert session is not None, "only routes with a role come here"
    return session


def _browser(request: Request) -> dict[str, str]:
    return {
        "address": request.client.host if request.client else "",
        "agent": request.headers.get("user-agent", ""),
    }


def _in(request: Request, token: str) -> Response:
    """On to the overview with a new cookie; the session that was before ends."""
    before = session_of(request)
    if before is not None:
        _sessions(request).leave(before)
    return sessions.remember(_ground(request), RedirectResponse("/", status_code=303), token)


def _refuse_different(password: str, again: str) -> None:
    if password != again:
        raise Refusal(422, "The two passwords are not the same.", "Type the same twice.")


def _login(request: Request, *, status: int = 200, name: str = "", refusal: Refusal | None = None) -> Response:
    return page(
        request,
        None,
        "login.html",
        status=status,
        title="Sign in",
        name=name,
        refusal=refusal,
        place=_ground(request).place,
        provider=oidc.name_of(_ground(request)),
    )


def _choose(
    request: Request, person: Listed, token: str, *, status: int = 200, refusal: Refusal | None = None
) -> Response:
    return page(
        request,
        None,
        "start.html",
        status=status,
        title="Choose a password",
        person=person,
        token=token,
        refusal=refusal,
        least=LEAST,
        most=MOST,
    )


def _account(request: Request, desk: Desk, *, status: int = 200, refusal: Refusal | None = None) -> Response:
    session = _session(request)
    with desk.reading() as conn:
        person = people.one(conn, session.person_id)
    browsers: list[Browser] = _sessions(request).browsers(session.person_id)
    return page(
        request,
        desk,
        "account.html",
        status=status,
        title="Your account",
        person=person,
        browsers=browsers,
        this=session.id,
        refusal=refusal,
        least=LEAST,
        most=MOST,
    )


def _people(
    request: Request,
    desk: Desk,
    *,
    status: int = 200,
    invited: Invited | None = None,
    refusal: Refusal | None = None,
) -> Response:
    return page(
        request,
        desk,
        "people.html",
        status=status,
        title="People",
        everyone=everyone(desk),
        roles=people.ROLES,
        invited=invited,
        refusal=refusal,
        mine=_session(request).person_id,
    )
