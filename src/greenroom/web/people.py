"""Who may use the desk: persons are added, given a role, let in and kept out; each time under the name of who did it.

Every function takes a connection inside `begin`. Nobody is deleted, and the last admin stays one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from psycopg.rows import class_row

from greenroom.db.connection import Connection
from greenroom.web import passwords
from greenroom.web.ground import Person, Role
from greenroom.web.refusal import Refusal

RoleName = Literal["viewer", "editor", "approver", "admin"]
ROLES: tuple[RoleName, ...] = ("viewer", "editor", "approver", "admin")

_LISTED = """
select
  person.id, person.name, person.role, person.email,
  person.password is not null as has_password,
  person.subject is not null as has_provider,
  person.disabled_at is null as is_let_in,
  person.added_at, person.added_by,
  (
    select count(*)
    from greenroom.session as session
    where session.person_id = person.id and session.expires_at > clock_timestamp()
  ) as sessions,
  (
    select max(session.last_seen_at)
    from greenroom.session as session
    where session.person_id = person.id
  ) as last_seen_at
from greenroom.person as person
"""


@dataclass(frozen=True, slots=True)
class Listed:
    """One person as an admin sees them."""

    id: int
    name: str
    role: RoleName
    email: str | None
    has_password: bool
    has_provider: bool
    is_let_in: bool
    added_at: datetime
    added_by: str
    sessions: int
    last_seen_at: datetime | None

    @property
    def person(self) -> Person:
        """As who asks."""
        return Person(self.name, Role[self.role])


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that was done to a person."""

    happened_at: datetime
    done_by: str
    name: str
    what: str


def everyone(conn: Connection) -> list[Listed]:
    """All persons, those who are let in first."""
    with conn.cursor(row_factory=class_row(Listed)) as cursor:
        return cursor.execute(
            _LISTED + " order by person.disabled_at is not null, lower(person.name)"  # one text, in two pieces
        ).fetchall()


def one(conn: Connection, person_id: int) -> Listed:
    """One person. Raises Refusal 404."""
    with conn.cursor(row_factory=class_row(Listed)) as cursor:
        found = cursor.execute(_LISTED + " where person.id = %s", [person_id]).fetchone()
    if found is None:
        raise Refusal(404, f"There is no person {person_id}.", "See who there is under People.")
    return found


def named(conn: Connection, name: str) -> Listed | None:
    """The person of a name, however it is capitalised."""
    with conn.cursor(row_factory=class_row(Listed)) as cursor:
        return cursor.execute(_LISTED + " where lower(person.name) = lower(%s)", [name]).fetchone()


def events(conn: Connection, most: int = 50) -> list[Event]:
    """What was done to persons, newest first."""
    with conn.cursor(row_factory=class_row(Event)) as cursor:
        return cursor.execute(
            "select event.happened_at, event.done_by, person.name, event.what from greenroom.person_event as event"
            " join greenroom.person as person on person.id = event.person_id order by event.id desc limit %s",
            [most],
        ).fetchall()


def add(conn: Connection, name: str, role: RoleName, *, email: str | None, by: str) -> Listed:
    """A new person, who has no way in yet. Raises Refusal 409 when the name or address is somebody's."""
    address = _address(email)
    made = conn.execute(
        "insert into greenroom.person (name, role, email, added_by) values (%s, %s, %s, %s)"
        " on conflict do nothing returning id",
        [name, role, address, by],
    ).fetchone()
    if made is None:
        raise Refusal(409, f"{name}, or this e-mail address, is there already.", "Names and addresses are unique.")
    note(conn, made[0], by, f"added as {role}" + (f", {address}" if address else ""))
    return one(conn, made[0])


def _address(email: str | None) -> str | None:
    address = (email or "").strip().lower()
    if not address:
        return None
    before, _, host = address.rpartition("@")
    if not before or "." not in host.strip(".") or any(c.isspace() for c in address):
        raise Refusal(422, f"{address} is no e-mail address.", "Write it as name@school.example, or leave it out.")
    return address


def make_admin(conn: Connection, name: str, *, by: str) -> Listed:
    """Whoever runs the desk's own machine: made when there is none, admin and let in again when there is."""
    _one_at_a_time(conn)
    found = named(conn, name)
    if found is None:
        return add(conn, name, "admin", email=None, by=by)
    if found.role != "admin" or not found.is_let_in:
        conn.execute("update greenroom.person set role = 'admin', disabled_at = null where id = %s", [found.id])
        note(conn, found.id, by, "made admin by whoever started the desk")
    return one(conn, found.id)


def by_provider(conn: Connection, issuer: str, subject: str, *, email: str, is_vouched_for: bool) -> Listed:
    """Whom a provider means. Raises Refusal 403 for somebody whom no admin added.

    An address counts only where the provider vouches for it, and only until the provider's own word is known.
    """
    known = conn.execute(
        "select id from greenroom.person where issuer = %s and subject = %s", [issuer, subject]
    ).fetchone()
    if known is None and is_vouched_for:
        known = conn.execute(
            "update greenroom.person set issuer = %s, subject = %s where email = %s and subject is null returning id",
            [issuer, subject, email],
        ).fetchone()
        if known is not None:
            note(conn, known[0], "the provider", f"known as {subject[:100]} from now on")
    if known is None:
        who = email if email and is_vouched_for else "This account"
        raise Refusal(
            403,
            f"{who} is not among the people of this desk."
            if is_vouched_for
            else "The provider does not vouch for this account's e-mail address.",
            "Ask an admin to add this address under People.",
        )
    return one(conn, known[0])


def set_role(conn: Connection, person_id: int, role: RoleName, *, by: str) -> Listed:
    """Another role, from their next request on. Raises Refusal."""
    _one_at_a_time(conn)
    before = one(conn, person_id)
    if before.role == role:
        return before
    if before.role == "admin":
        _refuse_to_lose_the_last_admin(conn, before)
    conn.execute("update greenroom.person set role = %s where id = %s", [role, person_id])
    note(conn, person_id, by, f"role {before.role} → {role}")
    return one(conn, person_id)


def set_let_in(conn: Connection, person_id: int, is_let_in: bool, *, by: str) -> Listed:
    """Kept out from their next request on, or let in again. Raises Refusal."""
    _one_at_a_time(conn)
    before = one(conn, person_id)
    if before.is_let_in == is_let_in:
        return before
    if not is_let_in:
        if before.role == "admin":
            _refuse_to_lose_the_last_admin(conn, before)
        conn.execute("delete from greenroom.session where person_id = %s", [person_id])
        conn.execute("delete from greenroom.sign_in_link where person_id = %s and used_at is null", [person_id])
    conn.execute(
        "update greenroom.person set disabled_at = case when %s then null else clock_timestamp() end where id = %s",
        [is_let_in, person_id],
    )
    note(conn, person_id, by, "enabled" if is_let_in else "disabled, and signed out everywhere")
    return one(conn, person_id)


def set_password(conn: Connection, person_id: int, password: str, *, by: str) -> None:
    """A new password. Raises Refusal when it would be guessed. Sessions are the caller's matter."""
    stored = passwords.hashed(password, name=one(conn, person_id).name)
    conn.execute(
        "update greenroom.person set password = %s, password_at = clock_timestamp() where id = %s", [stored, person_id]
    )
    note(conn, person_id, by, "chose a password")


def stored_password(conn: Connection, person_id: int) -> str | None:
    """The hash that stands, for whoever changes their own."""
    found = conn.execute("select password from greenroom.person where id = %s", [person_id]).fetchone()
    return found[0] if found else None


def anybody_has_a_password(conn: Connection) -> bool:
    """Whether somebody could sign in by a form."""
    found = conn.execute(
        "select exists (select from greenroom.person where password is not null and disabled_at is null)"
    ).fetchone()
    return bool(found and found[0])


def _one_at_a_time(conn: Connection) -> None:
    # Two admins who demote each other at once would leave none.
    conn.execute("lock table greenroom.person in share row exclusive mode")


def _refuse_to_lose_the_last_admin(conn: Connection, leaving: Listed) -> None:
    if not leaving.is_let_in:
        return
    others = conn.execute(
        "select exists (select from greenroom.person where role = 'admin' and disabled_at is null and id <> %s)",
        [leaving.id],
    ).fetchone()
    if not (others and others[0]):
        raise Refusal(409, f"{leaving.name} is the last admin.", "Make somebody else an admin first.")


def note(conn: Connection, person_id: int, by: str, what: str) -> None:
    """Write down what was done to a person."""
    conn.execute(
        "insert into greenroom.person_event (person_id, done_by, what) values (%s, %s, %s)", [person_id, by, what]
    )
