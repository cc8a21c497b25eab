"""Which person a request comes from and what they may: a role enters, the type of a handler's first argument leaves.

Every route takes exactly one of `Viewer`, `Editor`, `Approver`, `Admin` or is listed in OPEN;
`app.make` refuses others.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Depends, Request

from greenroom.web.ground import Desk, Ground, Person, Role

# Addresses that need no person: signing in, and what a page needs to look like one.
OPEN = frozenset({"/login", "/start/{token}", "/static/{path:path}"})

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


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


async def _desk(request: Request, needed: Role) -> Desk:
    ground: Ground = request.app.state.ground
    session = request.app.state.people.session_of(request)
    if session is None:
        raise NotSignedIn
    if request.method not in SAFE and not secrets.compare_digest(await _token(request), session.csrf):
        raise Forged
    if session.person.role < needed:
        raise NotAllowed(session.person, needed)
    return Desk(ground, session.person, session.csrf)


async def _token(request: Request) -> str:
    given = request.headers.get("x-csrf-token")
    if given is None and request.headers.get("content-type", "").startswith(
        ("application/x-www-form-urlencoded", "multipart/form-data")
    ):
        value = (await request.form()).get("csrf")
        given = value if isinstance(value, str) else None
    # compare_digest takes ASCII only
    return (given or "").encode("ascii", "replace").decode()


def needs(role: Role) -> Callable[..., Any]:
    """A dependency that answers the Desk of a person with at least this role."""

    async def desk(request: Request) -> Desk:
        return await _desk(request, role)

    desk.role = role  # type: ignore[attr-defined]
    return desk


Viewer = Annotated[Desk, Depends(needs(Role.viewer))]
Editor = Annotated[Desk, Depends(needs(Role.editor))]
Approver = Annotated[Desk, Depends(needs(Role.approver))]
Admin = Annotated[Desk, Depends(needs(Role.admin))]
