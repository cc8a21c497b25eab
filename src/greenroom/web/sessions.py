"""Who is signed in: cookies, links and passwords enter; sessions leave. All of it stands in the database.

A restart of the desk signs nobody out; a person who is kept out, or given another role, feels it at the next request.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from ipaddress import IPv6Address, ip_address
from typing import Literal, Protocol

from psycopg.rows import class_row
from starlette.responses import Response

from greenroom.db.connection import Connection, begin
from greenroom.web import passwords, people
from greenroom.web.ground import Ground, Person, Role
from greenroom.web.people import Listed
from greenroom.web.refusal import Refusal

# A working day with its breaks; then a week at most, however busy.
IDLE = timedelta(hours=12)
ABSOLUTE = timedelta(days=7)
START = timedelta(minutes=15)
CHOOSING = timedelta(hours=48)

# Wrong passwords in a quarter of an hour: of one name from one place, of one name, from one place.
WINDOW = timedelta(minutes=15)
TRIES = 5
TRIES_OF_A_NAME = 25
TRIES_FROM_A_PLACE = 40

How = Literal["start link", "password", "provider", "new password"]
Purpose = Literal["start", "password"]


class Asking(Protocol):
    """As much of a request as says which browser it comes from."""

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies by name."""


@dataclass(frozen=True, slots=True)
class Session:
    """One browser of one person."""

    id: int
    person_id: int
    person: Person
    csrf: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Browser:
    """One session as its person sees it."""

    id: int
    how: How
    address: str
    agent: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime


def cookie_name(ground: Ground) -> str:
    """The cookie's name. With the prefix a browser takes it from this host alone, and through TLS alone."""
    return "__Host-greenroom" if ground.is_secure else "greenroom"


class Sessions:
    """The sessions of one desk."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    @contextmanager
    def _database(self) -> Iterator[Connection]:
        with self._ground.connections.one() as conn, begin(conn):
            yield conn

    # Who asks

    def session_of(self, request: Asking) -> Session | None:
        """The session a request belongs to; looking at it keeps it awake."""
        token = request.cookies.get(cookie_name(self._ground), "")
        if not token:
            return None
        with self._database() as conn:
            found = conn.execute(_FIND, {"token": hash_of(token), "idle": IDLE}).fetchone()
            if found is None:
                return None
            session_id, csrf, person_id, name, role, is_drowsy = found
            if is_drowsy:
                conn.execute(
                    "update greenroom.session set last_seen_at = clock_timestamp() where id = %s", [session_id]
                )
        return Session(session_id, person_id, Person(name, Role[role]), csrf)

    # Coming in

    def open(self, person: Listed, how: How, *, address: str = "", agent: str = "") -> str:
        """A new session; the value of its cookie. Nothing a browser brought along is taken over."""
        with self._database() as conn:
            return open_session(conn, person, how, address=address, agent=agent)

    def by_password(self, name: str, password: str, *, address: str = "", agent: str = "") -> str:
        """Sign in by name and password. Raises Refusal 401, and 429 after too many tries.

        It takes as long, and says the same, whether the name, the password, or both are wrong.
        """
        place = _place(address)
        tried = self._try(name, place)
        with self._database() as conn:
            row = conn.execute(
                "select id, password from greenroom.person where lower(name) = lower(%s) and disabled_at is null",
                [name],
            ).fetchone()
        person_id, stored = row or (None, None)
        if not passwords.fits(password, stored) or person_id is None:
            self._settle(tried, "failed")
            raise Refusal(401, "The name or the password is not right.", "Try again, or ask an admin for a new link.")
        with self._database() as conn:
            conn.execute("update greenroom.sign_in set outcome = 'succeeded' where id = %s", [tried])
            if passwords.is_outdated(str(stored)):
                conn.execute(
                    "update greenroom.person set password = %s where id = %s and password = %s",
                    [passwords.rehashed(password), person_id, stored],
                )
            return open_session(conn, people.one(conn, person_id), "password", address=address, agent=agent)

    def _try(self, name: str, place: str) -> int:
        """Write the try down before it is judged, so that many at once are counted too. Raises Refusal 429."""
        key = hash_of(name.casefold())
        with self._database() as conn:
            conn.execute("delete from greenroom.sign_in where tried_at < clock_timestamp() - interval '1 day'")
            row = conn.execute(
                "insert into greenroom.sign_in (name, address) values (%s, %s) returning id", [key, place]
            ).fetchone()
        tried = int(row[0]) if row else 0
        with self._database() as conn:
            both, of_name, from_place = conn.execute(
                _TRIES, {"name": key, "place": place, "window": WINDOW}
            ).fetchone() or (0, 0, 0)
        if both > TRIES or of_name > TRIES_OF_A_NAME or from_place > TRIES_FROM_A_PLACE:
            self._settle(tried, "refused")
            minutes = int(WINDOW.total_seconds() // 60)
            raise Refusal(
                429,
                "Too many tries to sign in.",
                f"Wait {minutes} minutes; who runs the desk can start it anew for a start link.",
                headers={"Retry-After": str(minutes * 60)},
            )
        return tried

    def _settle(self, tried: int, outcome: str) -> None:
        with self._database() as conn:
            conn.execute("update greenroom.sign_in set outcome = %s where id = %s", [outcome, tried])

    # Links that work once

    def link(self, person_id: int, purpose: Purpose, *, by: str) -> str:
        """The token of a new link; those of before for the same purpose no longer work."""
        token = secrets.token_urlsafe(32)
        with self._database() as conn:
            person = people.one(conn, person_id)
            if not person.is_let_in:
                raise Refusal(409, f"{person.name} is disabled.", "Enable them first.")
            conn.execute(
                "delete from greenroom.sign_in_link where person_id = %s and purpose = %s and used_at is null",
                [person_id, purpose],
            )
            conn.execute(
                "insert into greenroom.sign_in_link (token_hash, person_id, purpose, made_by, expires_at)"
                " values (%s, %s, %s, %s, clock_timestamp() + %s)",
                [hash_of(token), person_id, purpose, by, START if purpose == "start" else CHOOSING],
            )
            if purpose == "password":
                people.note(conn, person_id, by, "given a link to choose a password")
        return token

    def start_link(self, name: str) -> str:
        """The token of a link that lets whoever runs the desk in, as an admin."""
        with self._database() as conn:
            person = people.make_admin(conn, name, by=name)
        return self.link(person.id, "start", by=name)

    def looked_at(self, token: str) -> tuple[Purpose, Listed]:
        """Whose link this is and what for; it stays unused. Raises Refusal 410."""
        with self._database() as conn:
            found = conn.execute(
                "select purpose, person_id from greenroom.sign_in_link"
                " where token_hash = %s and used_at is null and expires_at > clock_timestamp()",
                [hash_of(token)],
            ).fetchone()
            if found is None:
                raise _used_up()
            return found[0], people.one(conn, found[1])

    def by_start_link(self, token: str, *, address: str = "", agent: str = "") -> str:
        """Sign in by a start link, once. Raises Refusal 410."""
        with self._database() as conn:
            person = _use(conn, token, "start")
            return open_session(conn, person, "start link", address=address, agent=agent)

    def by_new_password(self, token: str, password: str, *, address: str = "", agent: str = "") -> str:
        """Choose a password by a link, once; every other browser of the person is signed out. Raises Refusal."""
        with self._database() as conn:
            person = _use(conn, token, "password")
            people.set_password(conn, person.id, password, by=person.name)
            conn.execute("delete from greenroom.session where person_id = %s", [person.id])
            return open_session(conn, person, "new password", address=address, agent=agent)

    def change_password(self, session: Session, old: str, new: str) -> None:
        """A person's own password. Their other browsers are signed out. Raises Refusal."""
        tried = self._try(session.person.name, f"session {session.id}")
        with self._database() as conn:
            stored = people.stored_password(conn, session.person_id)
        # Who came in by a start link or a provider has none yet.
        if stored is not None and not passwords.fits(old, stored):
            self._settle(tried, "failed")
            raise Refusal(422, "The old password is not right.", "Type the one you signed in with.")
        with self._database() as conn:
            conn.execute("update greenroom.sign_in set outcome = 'succeeded' where id = %s", [tried])
            people.set_password(conn, session.person_id, new, by=session.person.name)
            conn.execute(
                "delete from greenroom.session where person_id = %s and id <> %s", [session.person_id, session.id]
            )

    # Going out

    def browsers(self, person_id: int) -> list[Browser]:
        """Where a person is signed in, the most recently used first."""
        with self._database() as conn, conn.cursor(row_factory=class_row(Browser)) as cursor:
            return cursor.execute(
                "select id, how, address, agent, created_at, last_seen_at, expires_at from greenroom.session"
                " where person_id = %s and expires_at > clock_timestamp() and last_seen_at > clock_timestamp() - %s"
                " order by last_seen_at desc, id desc",
                [person_id, IDLE],
            ).fetchall()

    def leave(self, session: Session) -> None:
        """Sign a browser out; once more does no harm."""
        with self._database() as conn:
            conn.execute("delete from greenroom.session where id = %s", [session.id])

    def end(self, person_id: int, session_id: int) -> None:
        """Sign one browser of a person out. Raises Refusal 404 when it is not theirs."""
        with self._database() as conn:
            gone = conn.execute(
                "delete from greenroom.session where id = %s and person_id = %s", [session_id, person_id]
            )
            if gone.rowcount == 0:
                raise Refusal(404, "There is no such session.", "It may have ended already.")

    def end_all(self, person_id: int, *, but: int | None = None) -> int:
        """Sign a person out everywhere, or everywhere else; how many browsers that were."""
        with self._database() as conn:
            return conn.execute(
                "delete from greenroom.session where person_id = %s and id is distinct from %s", [person_id, but]
            ).rowcount


def open_session(conn: Connection, person: Listed, how: How, *, address: str, agent: str) -> str:
    """A new session of somebody who is let in; the value of its cookie."""
    if not person.is_let_in:
        raise Refusal(403, f"{person.name} is disabled.", "Ask an admin of this desk.")
    token = secrets.token_urlsafe(32)
    conn.execute(
        "delete from greenroom.session where expires_at < clock_timestamp() or last_seen_at < clock_timestamp() - %s",
        [IDLE],
    )
    conn.execute(
        "insert into greenroom.session (token_hash, person_id, csrf, how, address, agent, expires_at)"
        " values (%s, %s, %s, %s, %s, %s, clock_timestamp() + %s)",
        [hash_of(token), person.id, secrets.token_urlsafe(32), how, _written(address), _written(agent), ABSOLUTE],
    )
    return token


def remember(ground: Ground, answer: Response, token: str) -> Response:
    """Give a browser its cookie: out of reach of scripts, and not sent along by other sites' forms."""
    answer.set_cookie(
        cookie_name(ground),
        token,
        max_age=int(ABSOLUTE.total_seconds()),
        path="/",
        secure=ground.is_secure,
        httponly=True,
        samesite="lax",
    )
    return answer


def forget(ground: Ground, answer: Response) -> Response:
    """Take a browser's cookie back."""
    answer.delete_cookie(cookie_name(ground), path="/", secure=ground.is_secure, httponly=True, samesite="lax")
    return answer


_FIND = """
select
  session.id, session.csrf, person.id, person.name, person.role,
  session.last_seen_at < clock_timestamp() - interval '1 minute'
from greenroom.session as session
join greenroom.person as person on person.id = session.person_id
where session.token_hash = %(token)s
  and session.expires_at > clock_timestamp()
  and session.last_seen_at > clock_timestamp() - %(idle)s
  and person.disabled_at is null
"""

_TRIES = """
select
  count(*) filter (where name = %(name)s and address = %(place)s),
  count(*) filter (where name = %(name)s),
  count(*) filter (where address = %(place)s)
from greenroom.sign_in
where tried_at > clock_timestamp() - %(window)s
  and outcome in ('asked', 'failed')
"""


def _use(conn: Connection, token: str, purpose: Purpose) -> Listed:
    """Use a link up; two who use it at once are told apart by the row's lock."""
    found = conn.execute(
        "update greenroom.sign_in_link set used_at = clock_timestamp() where token_hash = %s and purpose = %s"
        " and used_at is null and expires_at > clock_timestamp() returning person_id",
        [hash_of(token), purpose],
    ).fetchone()
    if found is None:
        raise _used_up()
    return people.one(conn, found[0])


def _used_up() -> Refusal:
    return Refusal(
        410, "This link was used, is too old, or was replaced by a newer one.", "Ask for a new one: each works once."
    )


def hash_of(token: str) -> str:
    """What stands in the database for a token."""
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _place(address: str) -> str:
    """Whom tries are counted for: an address, or the network that an IPv6 household has to itself."""
    try:
        found = ip_address(address)
    except ValueError:
        return _written(address)
    if not isinstance(found, IPv6Address):
        return str(found)
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return f"{IPv6Address(int(found) >> 64 << 64)}/64"


def _written(text: str) -> str:
    """What a browser said about itself, as far as it can be written down."""
    return "".join(c for c in text if c.isprintable())[:200]
