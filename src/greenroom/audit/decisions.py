"""What is to be decided on in a scope, what was decided, who said what: a scope enters, all of it leaves.

A decision is bound to what the person saw: units, their hashes and the findings on them, carried by `seen`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Literal

from psycopg import sql
from psycopg.rows import class_row, dict_row

from greenroom.audit import check
from greenroom.db.kernel import Database
from greenroom.db.queries import dicts, query_of
from greenroom.model.errors import ApprovalVoid, UnknownBatch
from greenroom.model.pack import Pack

Verdict = Literal["approved", "rejected"]

# Of what is settled, as much as tells how things went.
_PAST = 100


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit that waits, with what is found on it now. `mark` stands for its hash and its findings."""

    id: int
    batch_id: int
    dataset: str
    key: list[str]
    name: str
    state: str
    rows: int
    complete: bool
    hash: str
    digest: str
    findings: list[dict[str, Any]]
    sealed_at: datetime
    authors: list[str]
    may_approve: bool
    edited_at: datetime | None
    edited_by: str | None

    @property
    def mark(self) -> str:
        """What a decision on it is bound to."""
        return sha256(f"{self.hash}\n{self.digest}".encode()).hexdigest()[:16]

    def count(self, severity: str) -> int:
        """How many findings of this severity are not waived."""
        return sum(f["severity"] == severity and not f["waived"] for f in self.findings)

    @property
    def words(self) -> str:
        """What it is called."""
        return f"{self.dataset} {self.name}".strip()


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision, on all the units it was made for at once, and whether it still counts for any of them."""

    ids: tuple[int, ...]
    verdict: Verdict
    decided_by: str
    decided_at: datetime
    note: str
    units: tuple[str, ...]
    counts: bool
    # Why not, or for how many not; empty where it counts for all.
    void: str


@dataclass(frozen=True, slots=True)
class Comment:
    """What somebody said, about the scope or about something in it."""

    id: int
    dataset: str | None
    unit_key: list[str] | None
    row_ref: str | None
    check_name: str | None
    text: str
    commented_by: str
    commented_at: datetime
    resolved_by: str | None
    resolved_at: datetime | None

    @property
    def about(self) -> str:
        """What it is about, in words."""
        return " · ".join(
            filter(None, (self.dataset, " ".join(filter(None, self.unit_key or ())), self.row_ref, self.check_name))
        )


@dataclass(frozen=True, slots=True)
class Assignment:
    """Who was asked to look at what."""

    id: int
    unit_key: list[str] | None
    assigned_to: str
    assigned_by: str
    assigned_at: datetime
    note: str
    done_by: str | None
    done_at: datetime | None


@dataclass(frozen=True, slots=True)
class Standing:
    """All that a person needs to decide. `seen` goes back with the decision; `people` is the policy: 1 or 2."""

    units: list[Unit]
    seen: str
    stopping: list[dict[str, Any]]
    decisions: list[Decision]
    comments: list[Comment]
    assignments: list[Assignment]
    people: int

    @property
    def can_be_promoted(self) -> bool:
        """Whether something waits and the gate lets all of it through."""
        return bool(self.units) and not self.stopping

    @property
    def errors(self) -> int:
        """Findings that no approval sets aside."""
        return sum(unit.count("error") for unit in self.units)

    @property
    def warnings(self) -> int:
        """Findings that one approval sets aside."""
        return sum(unit.count("warning") for unit in self.units)

    @property
    def mine(self) -> list[Unit]:
        """Units that the person who looks may not approve, having made them."""
        return [unit for unit in self.units if not unit.may_approve]


def remaining(conn: Database, pack: Pack, scope_id: int, *, only: str | None = None) -> list[str]:
    """What still stops the pending units of a scope after a decision: a sentence for errors, one for the rest."""
    found = check.stopping(conn, pack, check.pending(conn, pack, scope_id, only))
    errors = [each for each in found if each["severity"] == "error"]
    others = [each for each in found if each["severity"] != "error"]
    said = []
    if errors:
        number = "1 error remains" if len(errors) == 1 else f"{len(errors):,} errors remain"
        said.append(f"{number}: {_checks(errors)}. No approval sets errors aside: correct them, or waive the check.")
    if others:
        number = "1 other finding" if len(others) == 1 else f"{len(others):,} other findings"
        said.append(f"What still stops it, {number}: {_checks(others)}.")
    return said


def _checks(found: Iterable[dict[str, Any]]) -> str:
    return ", ".join(dict.fromkeys(str(each["check"]).replace("_", " ") for each in found))


def standing(conn: Database, pack: Pack, scope_id: int, *, who: str, only: str | None = None) -> Standing:
    """What waits in a scope, as `who` sees it. Reads only."""
    found = units(conn, pack, scope_id, who=who, only=only)
    return Standing(
        units=found,
        seen=seen_of(found),
        stopping=check.stopping(conn, pack, [unit.id for unit in found]) if found else [],
        decisions=list(_decisions(conn, pack, scope_id, found)),
        comments=comments(conn, scope_id),
        assignments=assignments(conn, scope_id),
        people=people(conn, pack),
    )


def units(conn: Database, pack: Pack, scope_id: int, *, who: str, only: str | None = None) -> list[Unit]:
    """The units that wait, with what is found on them now."""
    pending = check.pending(conn, pack, scope_id, only)
    if not pending:
        return []
    query = query_of("audit/deciding").format(findings=sql.Identifier(pack.compiled_schema, "findings"))
    with conn.cursor(row_factory=class_row(Unit)) as cursor:
        return cursor.execute(
            query,
            {
                "units": pending,
                "pack": pack.name,
                "who": who,
                "datasets": [dataset.name for dataset in pack.datasets],
            },
        ).fetchall()


def people(conn: Database, pack: Pack) -> int:
    """How many people a decision takes."""
    row = conn.execute("select greenroom.people(%s)", (pack.name,)).fetchone()
    return int(row[0]) if row else 1


def set_people(conn: Database, pack: Pack, number: int, *, by: str) -> None:
    """How many people a decision takes from now on; with 2, approvals by authors cease to count."""
    conn.execute(
        "insert into greenroom.policy (pack, people, set_by) values (%(pack)s, %(people)s, %(by)s)"
        " on conflict (pack) do update set people = excluded.people, set_by = excluded.set_by,"
        " set_at = clock_timestamp() where policy.people <> excluded.people",
        {"pack": pack.name, "people": number, "by": by},
    )


def seen_of(found: Iterable[Unit]) -> str:
    """What a page shows of these units, in a text that goes back with the decision."""
    return " ".join(f"{unit.id}:{unit.mark}" for unit in sorted(found, key=lambda unit: unit.id))


def refuse_unseen(
    conn: Database, pack: Pack, scope_id: int, seen: str, *, who: str, only: str | None = None
) -> list[Unit]:
    """The units as they stand, in the transaction of the decision; raises ApprovalVoid where they are others now.

    Locks the scope, so that they stay as they are until the decision is made.
    """
    conn.execute("select from greenroom.scope where id = %s for update", (scope_id,))
    now = units(conn, pack, scope_id, who=who, only=only)
    if not now and not seen:
        raise UnknownBatch("Nothing waits for a decision there.")
    changed = _changed(conn, seen, now)
    if changed:
        raise ApprovalVoid(
            "It changed while you looked: nothing was decided.",
            hint="Look at it as it is now, then decide.",
            findings=[{"check": "changed", "severity": "error", "message": text} for text in changed],
        )
    return now


def _changed(conn: Database, seen: str, now: list[Unit]) -> list[str]:
    was = dict(part.split(":", 1) for part in seen.split() if ":" in part)
    is_now = {str(unit.id): unit for unit in now}
    told = [
        f"{unit.words} is new here"
        + (f": {unit.edited_by} edited it" if unit.edited_by else f": sealed as batch {unit.batch_id}")
        for number, unit in is_now.items()
        if number not in was
    ]
    told += [
        f"{unit.words} has other rows or other findings"
        + (f": {unit.edited_by} edited it last" if unit.edited_by else "")
        for number, unit in is_now.items()
        if number in was and was[number] != unit.mark
    ]
    gone = [int(number) for number in was.keys() - is_now.keys() if number.isdigit() and len(number) < 19]
    rows = conn.execute(
        "select u.dataset, array_to_string(u.key, ' '), u.state from greenroom.unit as u where u.id = any (%s)"
        " order by u.dataset, u.key",
        (gone,),
    ).fetchall()
    told += [f"{dataset} {key} no longer waits: it is {state}" for dataset, key, state in rows]
    if was.keys() - is_now.keys() and not rows:
        told.append("what you saw is not what waits here")
    return told


def _decisions(conn: Database, pack: Pack, scope_id: int, pending: list[Unit]) -> Iterable[Decision]:
    """Decisions in the scope, newest first, those made at once together."""
    rows = dicts(conn, query_of("audit/decided"), {"scope": scope_id, "pack": pack.name, "limit": _PAST * 10})
    by_unit = {(unit.dataset, tuple(unit.key)): unit for unit in pending}
    latest: set[tuple[str, tuple[str, ...], str]] = set()
    made: dict[tuple[Any, ...], list[tuple[dict[str, Any], str]]] = {}
    for row in rows:
        place = (row["dataset"], tuple(row["unit_key"]))
        void = _void(row, by_unit.get(place), is_latest=(*place, row["unit_hash"]) not in latest)
        latest.add((*place, row["unit_hash"]))
        made.setdefault((row["at_once"], row["decided_by"], row["verdict"], row["note"]), []).append((row, void))
    for (_, by, verdict, note), group in list(made.items())[:_PAST]:
        reasons = list(dict.fromkeys(void for _, void in group if void))
        counts = sum(not void for _, void in group)
        yield Decision(
            ids=tuple(row["id"] for row, _ in group),
            verdict=verdict,
            decided_by=by,
            decided_at=group[0][0]["decided_at"],
            note=note,
            units=tuple(f"{row['dataset']} {' '.join(filter(None, row['unit_key']))}".strip() for row, _ in group),
            counts=counts > 0,
            void=_void_words(reasons, counts, len(group)),
        )


def _void_words(reasons: list[str], counts: int, total: int) -> str:
    if not reasons:
        return ""
    said = "; ".join(reasons[:3])
    return said if not counts else f"{total - counts} of {total} units: {said}"


def _void(row: dict[str, Any], unit: Unit | None, *, is_latest: bool) -> str:
    """Why a decision on one unit does not count; empty where it does."""
    if unit is None:
        return f"settled: {row['became']}" if row["became"] else "no longer waits"
    if row["unit_hash"] != unit.hash:
        if unit.edited_at and unit.edited_at > row["decided_at"]:
            return f"void since {unit.edited_at:%Y-%m-%d %H:%M}: {unit.edited_by} edited it"
        if unit.sealed_at > row["decided_at"]:
            return f"void since {unit.sealed_at:%Y-%m-%d %H:%M}: another edition was sealed"
        return "void: it has other rows now"
    if not is_latest:
        return "a later decision took its place"
    if row["verdict"] == "approved" and unit.digest and row["findings_seen"] != unit.digest:
        return "void: the findings are others now"
    if row["verdict"] == "approved" and not row["may_approve"]:
        return f"void: two people decide here, and {row['decided_by']} made it"
    return ""


def comments(conn: Database, scope_id: int) -> list[Comment]:
    """What was said, oldest first; what is resolved last."""
    with conn.cursor(row_factory=class_row(Comment)) as cursor:
        return cursor.execute(
            "select c.id, c.dataset, c.unit_key, c.row_ref, c.check_name, c.text, c.commented_by, c.commented_at,"
            " c.resolved_by, c.resolved_at from greenroom.comment as c where c.scope_id = %s"
            " order by c.resolved_at is not null, c.id",
            (scope_id,),
        ).fetchall()


def say(
    conn: Database,
    scope_id: int,
    text: str,
    *,
    by: str,
    dataset: str | None = None,
    unit_key: list[str] | None = None,
    row_ref: str | None = None,
    check_name: str | None = None,
) -> int:
    """Write a comment down; its number. Raises UnknownBatch for a unit that the scope never had."""
    _refuse_unknown(conn, scope_id, unit_key, dataset)
    row = conn.execute(
        "insert into greenroom.comment (scope_id, dataset, unit_key, row_ref, check_name, text, commented_by)"
        " values (%s, %s, %s, %s, %s, %s, %s) returning id",
        (scope_id, dataset, unit_key, row_ref, check_name, text, by),
    ).fetchone()
    assert row is not None
    number: int = row[0]
    return number


def place_of(conn: Database, scope_id: int, unit: int) -> tuple[str, list[str]]:
    """The dataset and key of a unit. Raises UnknownBatch for one of another scope."""
    row = conn.execute(
        "select u.dataset, u.key from greenroom.unit as u where u.id = %s and u.scope_id = %s", (unit, scope_id)
    ).fetchone()
    if row is None:
        raise UnknownBatch("There is no such unit in this scope.", hint="Load the page again.")
    return row[0], row[1]


def resolve(conn: Database, scope_id: int, comment: int, *, by: str, on: bool = True) -> Comment:
    """A comment is settled, or open again. Raises UnknownBatch."""
    done = conn.execute(
        "update greenroom.comment set resolved_by = case when %(on)s then coalesce(resolved_by, %(by)s) end,"
        " resolved_at = case when %(on)s then coalesce(resolved_at, clock_timestamp()) end"
        " where id = %(id)s and scope_id = %(scope)s returning id",
        {"on": on, "by": by, "id": comment, "scope": scope_id},
    ).fetchone()
    if done is None:
        raise UnknownBatch(f"There is no comment {comment} here.", hint="Load the page again.")
    return next(each for each in comments(conn, scope_id) if each.id == comment)


def assignments(conn: Database, scope_id: int) -> list[Assignment]:
    """Who was asked to look, open requests first."""
    with conn.cursor(row_factory=class_row(Assignment)) as cursor:
        return cursor.execute(
            "select a.id, a.unit_key, a.assigned_to, a.assigned_by, a.assigned_at, a.note, a.done_by, a.done_at"
            " from greenroom.assignment as a where a.scope_id = %s order by a.done_at is not null, a.id desc limit 200",
            (scope_id,),
        ).fetchall()


def assign(
    conn: Database, scope_id: int, to: str, *, by: str, note: str = "", unit_key: list[str] | None = None
) -> int:
    """Ask somebody to look; asking again while it is open is the same request. Its number."""
    _refuse_unknown(conn, scope_id, unit_key, None)
    conn.execute(
        "insert into greenroom.assignment (scope_id, unit_key, assigned_to, assigned_by, note)"
        " values (%s, %s, %s, %s, %s) on conflict do nothing",
        (scope_id, unit_key, to, by, note),
    )
    row = conn.execute(
        "select a.id from greenroom.assignment as a where a.scope_id = %s and a.assigned_to = %s"
        " and a.unit_key is not distinct from %s::text[] and a.done_at is null",
        (scope_id, to, unit_key),
    ).fetchone()
    assert row is not None
    number: int = row[0]
    return number


def done(conn: Database, scope_id: int, assignment: int, *, by: str) -> None:
    """What somebody was asked for is done. Raises UnknownBatch."""
    row = conn.execute(
        "update greenroom.assignment set done_by = coalesce(done_by, %s),"
        " done_at = coalesce(done_at, clock_timestamp())"
        " where id = %s and scope_id = %s returning id",
        (by, assignment, scope_id),
    ).fetchone()
    if row is None:
        raise UnknownBatch(f"There is no request {assignment} here.", hint="Load the page again.")


def open_for(conn: Database, person: str) -> list[dict[str, Any]]:
    """What one person was asked to look at and has not: for the overview."""
    with conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            "select a.id, a.scope_id, c.name as scope, a.unit_key, a.assigned_by, a.assigned_at, a.note"
            " from greenroom.assignment as a join greenroom.scope as c on c.id = a.scope_id"
            " where a.assigned_to = %s and a.done_at is null order by a.id",
            (person,),
        ).fetchall()


def known_people(conn: Database) -> list[str]:
    """Who may be asked: people of the desk, and whoever was heard here before."""
    rows = conn.execute(
        "select p.name from greenroom.person as p where p.disabled_at is null"
        " union select c.commented_by from greenroom.comment as c"
        " union select a.assigned_to from greenroom.assignment as a order by 1 limit 200"
    ).fetchall()
    return [name for (name,) in rows]


def _refuse_unknown(conn: Database, scope_id: int, unit_key: list[str] | None, dataset: str | None) -> None:
    row = conn.execute(
        "select exists (select from greenroom.scope where id = %(scope)s)"
        " and (%(key)s::text[] is null or exists (select from greenroom.unit as u where u.scope_id = %(scope)s"
        " and u.key = %(key)s::text[] and (%(dataset)s::text is null or u.dataset = %(dataset)s)))",
        {"scope": scope_id, "key": unit_key, "dataset": dataset},
    ).fetchone()
    if not (row and row[0]):
        raise UnknownBatch("There is nothing of that name in this scope.", hint="Load the page again.")
