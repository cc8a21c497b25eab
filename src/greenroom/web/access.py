"""Which person a request comes from and what they may: a role enters, the type of a handler's first argument leaves.

Every route takes exactly one of `Viewer`, `Editor`, `Approver`, `Admin` or is listed in OPEN; `app.make` refuses
others. The guard stands before the routes: nobody who is not signed in learns what there is, and nothing that would
change something is read before it was told from a forgery.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from greenroom.web.ground import Desk, Person, Role
from greenroom.web.sessions import Session, Sessions

# Addresses that need no person: signing in, and what a page needs to look like one.
OPEN = frozenset(
    {"/login", "/login/provider", "/login/provider/back", "/start/{token}", "/static/{path:path}", "/favicon.ico"}
)

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

_OPEN_PATHS = re.compile(r"/login(/provider(/back)?)?|/start/[^/]*|/static/.*|/favicon\.ico", re.DOTALL)
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
_SESSION = "greenroom.session"


class NotSignedIn(Exception):
    """Nobody is signed in: a page leads to the login, the API answers 401."""


class NotAllowed(Exception):
    """The person's role does not reach."""

    def __init__(self, person: Person, needed: Role) -> None:
        super().__init__(f"{person.name} is {person.role.name}; this needs {needed.name}.")
        self.person = person
        self.needed = needed


class Forged(Exception):
    """A request that would change something came without the token of its session."""


class Guard:
    """Lets through who is signed in, and whoever is on the way to it."""

    def __init__(
        self, app: ASGIApp, *, sessions: Sessions, refuse: Callable[[Request, Exception], Awaitable[Response]]
    ) -> None:
        self._app = app
        self._sessions = sessions
        self._refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = _Body(receive)
        request = Request(scope, body)
        try:
            await self._let_in(scope, request)
        except ClientDisconnect:
            return
        except Exception as problem:  # noqa: BLE001 - whatever it is, it is answered as everywhere else
            answer = await self._refuse(request, problem)
            await answer(scope, receive, send)
            return
        await self._app(scope, body.again, send)

    async def _let_in(self, scope: Scope, request: Request) -> None:
        is_open = _OPEN_PATHS.fullmatch(scope["path"]) is not None
        if is_open and scope["path"].startswith(("/static/", "/favicon.ico")):
            return
        session = await run_in_threadpool(self._sessions.session_of, request)
        scope[_SESSION] = session
        if is_open:
            return
        if session is None:
            raise NotSignedIn
        if scope["method"] not in SAFE and not secrets.compare_digest(
            (await _token(request)).encode("utf-8", "replace"), session.csrf.encode()
        ):
            raise Forged


class _Body:
    """What a request carries, read here for its token and then given to the handler once more."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._read: list[Message] = []
        self._given = 0

    async def __call__(self) -> Message:
        message = await self._receive()
        self._read.append(message)
        return message

    async def again(self) -> Message:
        if self._given < len(self._read):
            self._given += 1
            return self._read[self._given - 1]
        return await self._receive()


async def _token(request: Request) -> str:
    given = request.headers.get("x-csrf-token")
    if given is None and request.headers.get("content-type", "").lower().startswith(_FORMS):
        async with request.form() as form:
            value = form.get("csrf")
        given = value if isinstance(value, str) else None
    return given or ""


def session_of(request: Request) -> Session | None:
    """Whose request this is, as the guard found it."""
    found: Session | None = request.scope.get(_SESSION)
    return found


def desk_of(request: Request) -> Desk | None:
    """The desk as whoever is signed in has it; None for nobody."""
    session = session_of(request)
    return Desk(request.app.state.ground, session.person, session.csrf) if session else None


def needs(role: Role) -> Callable[..., Any]:
    """A dependency that answers the Desk of a person with at least this role."""

    async def desk(request: Request) -> Desk:
        found = desk_of(request)
        if found is None:
            raise NotSignedIn
        if found.person.role < role:
            raise NotAllowed(found.person, role)
        return found

    desk.role = role  # type: ignore[attr-defined]
    return desk


def role_of(route: APIRoute) -> Role | None:
    """The role a route needs, None where it says none."""
    roles = [getattr(each.call, "role", None) for each in route.dependant.dependencies]
    return next((role for role in roles if role is not None), None)


Viewer = Annotated[Desk, Depends(needs(Role.viewer))]
Editor = Annotated[Desk, Depends(needs(Role.editor))]
Approver = Annotated[Desk, Depends(needs(Role.approver))]
Admin = Annotated[Desk, Depends(needs(Role.admin))]
