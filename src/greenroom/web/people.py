"""Who is signed in: a cookie enters, a session leaves."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from hashlib import sha256

from fastapi import Request

from greenroom.web.ground import Ground, Person

COOKIE = "greenroom"


@dataclass(frozen=True, slots=True)
class Session:
    """One browser of one person."""

    person: Person
    csrf: str = field(repr=False)


class People:
    """Sessions of this desk."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._sessions: dict[str, Session] = {}

    def sign_in(self, person: Person) -> str:
        """A new session; the value of its cookie."""
        token = secrets.token_urlsafe(32)
        self._sessions[sha256(token.encode()).hexdigest()] = Session(person, secrets.token_urlsafe(32))
        return token

    def session_of(self, request: Request) -> Session | None:
        """The session a request belongs to."""
        token = request.cookies.get(COOKIE, "")
        return self._sessions.get(sha256(token.encode()).hexdigest())
