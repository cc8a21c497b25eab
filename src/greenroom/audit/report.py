"""Units of a batch enter; one page about them leaves: html, json or text. Every number is the database's."""

import json
import re
import shlex
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Any, Literal
from urllib.parse import urlsplit

from jinja2 import Environment, FunctionLoader, StrictUndefined
from psycopg import sql

from greenroom.audit import diff
from greenroom.audit.diff import Change, Diff, phrase, undone, visible, words
from greenroom.db.connection import name_of
from greenroom.db.kernel import Database, call, rows
from greenroom.db.queries import dicts, query_of
from greenroom.model.dataset import Dataset
from greenroom.model.pack import Pack

# Together they keep the page under two megabytes, whatever the batch; totals are always told.
CHANGE_LIMIT = 2_000
FINDING_LIMIT = 500
QUARANTINE_LIMIT = 200

# The columns by which people count documents, where a dataset has them.
_COUNTED_BY = ("year", "type")

# Enough to see a shape; each is one pass over the batch.
_SPREADS = 4
_SPREAD_BINS = 24

_TREND_LENGTH = 24

Counted = dict[str, int]


@dataclass(frozen=True, slots=True)
class Tally:
    """Rows by some value: as staged and as published now."""

    staged: Counted
    published: Counted


@dataclass(frozen=True, slots=True)
class Measured:
    """What one unit key holds of one dataset. `staged` is None where the batch does not speak of it."""

    dataset: str
    staged: int | None
    published: int
    state: str | None
    complete: bool | None
    is_same: bool
    by_level: Tally | None
    by_depth: Tally | None
    by: dict[str, Tally]


@dataclass(frozen=True, slots=True)
class Part:
    """A subject, or a period: its title, whether the app shows it, and what it holds."""

    key: tuple[str, ...]
    title: str
    is_live: bool | None
    measured: dict[str, Measured]


@dataclass(frozen=True, slots=True)
class Cleaned:
    """Cells of one column that the source withheld, and that were brought to their one form."""

    dataset: str
    column: str
    withheld: int
    repaired: int


@dataclass(frozen=True, slots=True)
class Batch:
    """One sealing: where its rows came from and how many; read = staged + quarantined + duplicates."""

    id: int
    origin: str
    source: str | None
    snapshot: str | None
    parser: str | None
    sealed_at: str
    sealed_by: str
    read: int
    staged: int
    quarantined: int
    duplicates: int


@dataclass(frozen=True, slots=True)
class Found:
    """A finding, with whether it has been waived and whether it stops the units."""

    dataset: str
    unit: tuple[str, ...]
    check: str
    severity: str
    message: str
    row_key: str | None
    position: str | None
    waived: bool
    stops: bool


@dataclass(frozen=True, slots=True)
class Unread:
    """A row that could not be read."""

    dataset: str
    unit: tuple[str, ...]
    rule: str
    value: str | None
    position: str | None


@dataclass(frozen=True, slots=True)
class Spread:
    """How the values of a number column lie between `least` and `most`, in equal steps."""

    dataset: str
    column: str
    filled: int
    least: float
    most: float
    bins: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """A command to type, and what for."""

    command: str
    why: str


@dataclass(frozen=True, slots=True)
class ReportData:
    """Everything the page says. `findings`, `quarantine` and `changes.rows` are cut; their totals are not."""

    made_at: str
    database: str
    pack: str
    scope: str
    verdict: Literal["ready", "held", "empty"]
    stopping: int
    stopping_by_check: dict[str, Counted]
    next_steps: tuple[Step, ...]
    batches: tuple[Batch, ...]
    parts: tuple[Part, ...]
    cleaned: tuple[Cleaned, ...]
    spreads: tuple[Spread, ...]
    findings: tuple[Found, ...]
    finding_counts: Counted
    quarantine: tuple[Unread, ...]
    quarantine_total: int
    quarantine_by_rule: Counted
    changes: Diff
    trends: dict[str, tuple[tuple[int, int], ...]]

    @property
    def verdict_words(self) -> str:
        """The verdict as the page's head has it."""
        if self.verdict == "held":
            return f"held: {self.stopping:,} finding{'s' if self.stopping != 1 else ''}"
        return "ready" if self.verdict == "ready" else "nothing waits"


def gather(
    conn: Database, pack: Pack, scope_id: int, units: list[int], *, change_limit: int = CHANGE_LIMIT
) -> ReportData:
    """Read what is known of these units at one moment. Stores nothing.

    `pack.schema` is where its tables are installed.
    """
    with undone(conn):
        (scope,) = conn.execute("select name from greenroom.scope where id = %s", [scope_id]).fetchone() or ("",)
        known = _units(conn, units)
        batches, cleaned = _batches(conn, sorted({unit["batch_id"] for unit in known}), known)
        stops = call(conn, pack, "gate", units=units) + _drift(conn, pack, scope_id, known)
        findings = _findings(conn, pack, units, stops)
        quarantine, by_rule = _quarantine(conn, units, [batch.id for batch in batches])
        return ReportData(
            made_at=_moment(datetime.now(UTC)),
            database=name_of(conn),
            pack=pack.name,
            scope=scope,
            verdict="held" if stops else "ready" if units else "empty",
            stopping=len(stops),
            stopping_by_check=_by_check(stops),
            next_steps=tuple(_next_steps(scope, stops, batches, known)),
            batches=batches,
            parts=_parts(conn, pack, scope_id, known),
            cleaned=cleaned,
            spreads=tuple(_spreads(conn, pack, units)) if pack.root is None else (),
            findings=findings[:FINDING_LIMIT],
            finding_counts=dict(Counter(_standing(each) for each in findings)),
            quarantine=quarantine,
            quarantine_total=sum(by_rule.values()),
            quarantine_by_rule=by_rule,
            changes=diff.changes(conn, pack, scope_id, units, limit=change_limit),
            trends=_trends(conn, scope_id),
        )


def render_html(data: ReportData) -> str:
    """One file that loads nothing and runs nothing."""
    return _environment().get_template("report.html").render(data=data, **_shown(data))


def render_json(data: ReportData) -> str:
    """The same data for programs; ASCII, so that no terminal obeys it."""
    return json.dumps(asdict(data), indent=2)


def render_text(data: ReportData, *, rows_shown: int = 40) -> str:
    """The same data for a terminal; of long lists the first `rows_shown`."""
    return "\n".join(visible(line) for line in _lines(data, rows_shown)) + "\n"


def _units(conn: Database, units: list[int]) -> list[dict[str, Any]]:
    return dicts(
        conn,
        "select u.id, u.batch_id, u.dataset, u.key, u.state, u.complete, u.row_count, u.quarantined_count,"
        " p.row_count as published, p.root_id, coalesce(p.hash = u.hash, false) as is_same"
        " from greenroom.unit as u left join greenroom.published as p using (scope_id, dataset, key)"
        " where u.id = any(%s) order by u.key, u.id",
        [units],
    )


def _batches(
    conn: Database, batches: list[int], known: list[dict[str, Any]]
) -> tuple[tuple[Batch, ...], tuple[Cleaned, ...]]:
    found = dicts(conn, "select * from greenroom.batch where id = any(%s) order by id", [batches])
    cells = defaultdict[tuple[str, str], Counter[str]](Counter)
    for row in found:
        dataset = next((unit["dataset"] for unit in known if unit["batch_id"] == row["id"]), "")
        for column, counted in row["cleaned"].items():
            cells[dataset, column].update(counted)
    return (
        tuple(
            Batch(
                id=row["id"],
                origin=row["origin"],
                source=row["source"],
                snapshot=row["snapshot"],
                parser=row["parser"],
                sealed_at=_moment(row["sealed_at"]),
                sealed_by=row["sealed_by"],
                read=row["read_count"],
                staged=row["staged_count"],
                quarantined=row["quarantined_count"],
                duplicates=row["duplicate_count"],
            )
            for row in found
        ),
        tuple(
            Cleaned(dataset, column, counted["withheld"], counted["repaired"])
            for (dataset, column), counted in cells.items()
            if counted.total()
        ),
    )


def _drift(conn: Database, pack: Pack, scope_id: int, known: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What a promotion of these units would refuse because somebody changed production by hand."""
    found = dict[int, dict[str, Any]]()
    for only in {unit["key"][0] if unit["key"] else None for unit in known}:
        found |= {row["id"]: row for row in rows(conn, pack, "drifted", scope=scope_id, only=only)}
    return [
        {
            "dataset": row["dataset"],
            "unit": row["key"] or [],
            "check": "drift",
            "severity": "error",
            "message": f"{row['operation'].lower()} by hand: {row['changed_by']}, {_moment(row['changed_at'])}",
            "row_key": " ".join(row["identity"]),
            "position": None,
        }
        for row in found.values()
    ]


def _findings(conn: Database, pack: Pack, units: list[int], stops: list[dict[str, Any]]) -> tuple[Found, ...]:
    stopping = {_signature(each) for each in stops}
    found = {
        _signature(row): _found(row, row["waived"], stops=not row["waived"] and _signature(row) in stopping)
        for row in rows(conn, pack, "findings", units=units)
        for row in [row | {"check": row["check_name"], "unit": row["unit_key"]}]
    }
    # Rejections and drift stop a promotion without being the answer of a check.
    found |= {
        _signature(each): _found(each, waived=False, stops=True) for each in stops if _signature(each) not in found
    }
    return tuple(sorted(found.values(), key=lambda f: (not f.stops, f.waived, f.severity, f.dataset, f.unit, f.check)))


def _signature(row: dict[str, Any]) -> tuple[object, ...]:
    return (row["dataset"], tuple(row["unit"]), row["check"], row["message"], row["row_key"], row["position"])


def _found(row: dict[str, Any], waived: bool, *, stops: bool) -> Found:
    return Found(
        dataset=row["dataset"],
        unit=tuple(row["unit"]),
        check=row["check"],
        severity=row["severity"],
        message=row["message"],
        row_key=row["row_key"],
        position=row["position"],
        waived=waived,
        stops=stops,
    )


def _standing(found: Found) -> str:
    if found.waived:
        return "waived"
    if found.severity == "warning" and not found.stops:
        return "approved"
    return found.severity


def _by_check(stops: list[dict[str, Any]]) -> dict[str, Counted]:
    counted = defaultdict[str, Counter[str]](Counter)
    for each in stops:
        counted[each["severity"]][each["check"]] += 1
    return {severity: dict(counter.most_common()) for severity, counter in sorted(counted.items())}


def _quarantine(conn: Database, units: list[int], batches: list[int]) -> tuple[tuple[Unread, ...], Counted]:
    these = {"units": units, "batches": batches}
    by_rule = Counted(conn.execute(query_of("audit/quarantine_by_rule"), these).fetchall())
    first = dicts(conn, query_of("audit/quarantine"), these | {"limit": QUARANTINE_LIMIT})
    return tuple(Unread(**row | {"unit": tuple(row["unit"])}) for row in first), by_rule


def _parts(conn: Database, pack: Pack, scope_id: int, known: list[dict[str, Any]]) -> tuple[Part, ...]:
    keys = list(dict.fromkeys(tuple(unit["key"]) for unit in known))
    if pack.root is None:
        return tuple(
            Part(
                key, " ".join(key) or "current", None, {u["dataset"]: _flat(u) for u in known if tuple(u["key"]) == key}
            )
            for key in keys
        )
    roots = {key: call(conn, pack, "find_root", scope=scope_id, key=list(key)) for key in keys}
    titles = _titles(conn, pack, known, roots)
    measured = {dataset.name: _measured(conn, pack, dataset, known, roots) for dataset in pack.datasets}
    return tuple(
        Part(key, *titles[key], {name: by_key[key] for name, by_key in measured.items() if key in by_key})
        for key in keys
    )


def _flat(unit: dict[str, Any]) -> Measured:
    return Measured(
        dataset=unit["dataset"],
        staged=unit["row_count"],
        published=unit["published"] or 0,
        state=unit["state"],
        complete=unit["complete"],
        is_same=unit["is_same"],
        by_level=None,
        by_depth=None,
        by={},
    )


def _titles(
    conn: Database, pack: Pack, known: list[dict[str, Any]], roots: dict[tuple[str, ...], Any]
) -> dict[tuple[str, ...], tuple[str, bool | None]]:
    """The name a subject will have, else has; and whether the app shows it."""
    root = pack.root
    if root is None:
        return {}
    named = next((c.name for c in root.source_columns if c.required and c.name not in root.unit), root.key[0])
    live = sql.Identifier(root.live) if root.live else sql.SQL("null")
    standing = {
        row[0]: row[1:]
        for row in conn.execute(
            sql.SQL("select id, {}, {} from {} where id = any(%s)").format(
                sql.Identifier(named), live, sql.Identifier(pack.schema, root.table)
            ),
            [[root_id for root_id in roots.values() if root_id]],
        )
    }
    staged = dict[int, str](
        conn.execute(
            sql.SQL("select unit_id, min({}) from {} where unit_id = any(%s) group by 1").format(
                sql.Identifier(named), sql.Identifier(pack.compiled_schema, f"effective_{root.name}")
            ),
            [[unit["id"] for unit in known if unit["dataset"] == root.name]],
        ).fetchall()
    )
    coming = {tuple(unit["key"]): staged.get(unit["id"]) for unit in known if unit["dataset"] == root.name}
    return {
        key: (coming.get(key) or standing.get(root_id, ("",))[0] or "", standing.get(root_id, ("", None))[1])
        for key, root_id in roots.items()
    }


def _measured(
    conn: Database, pack: Pack, dataset: Dataset, known: list[dict[str, Any]], roots: dict[tuple[str, ...], Any]
) -> dict[tuple[str, ...], Measured]:
    """What the units of one dataset hold, staged beside published, by their key."""
    mine = {tuple(unit["key"]): unit for unit in known if unit["dataset"] == dataset.name}
    ids = [unit["id"] for unit in mine.values()]
    root_ids = [root_id for root_id in roots.values() if root_id]
    columns = [name for name in _COUNTED_BY if any(c.name == name for c in dataset.source_columns)]
    level = [dataset.tree.level] if dataset.tree else []
    staged = {name: _staged_by(conn, pack, dataset, name, ids) for name in [*columns, *level]}
    standing = {name: _published_by(conn, pack, dataset, name, root_ids) for name in [*columns, *level]}
    held = _published_by(conn, pack, dataset, None, root_ids)
    depths = _depths(conn, pack, dataset, ids, root_ids) if dataset.tree else ({}, {})

    def tally(of_staged: dict[Any, Counted], of_published: dict[Any, Counted], key: tuple[str, ...]) -> Tally:
        unit_id = mine[key]["id"] if key in mine else None
        return Tally(_in_order(of_staged.get(unit_id, {})), _in_order(of_published.get(roots[key], {})))

    return {
        key: Measured(
            dataset=dataset.name,
            staged=mine[key]["row_count"] if key in mine else None,
            published=sum(held.get(root_id, {}).values()),
            state=mine[key]["state"] if key in mine else None,
            complete=mine[key]["complete"] if key in mine else None,
            is_same=key in mine and mine[key]["is_same"],
            by_level=tally(staged[level[0]], standing[level[0]], key) if level else None,
            by_depth=tally(*depths, key) if level else None,
            by={name: tally(staged[name], standing[name], key) for name in columns},
        )
        for key, root_id in roots.items()
        if key in mine or held.get(root_id)
    }


def _staged_by(conn: Database, pack: Pack, dataset: Dataset, column: str, units: list[int]) -> dict[Any, Counted]:
    query = sql.SQL("select unit_id, {}::text, count(*) from {} where unit_id = any(%s) group by 1, 2").format(
        sql.Identifier(column), sql.Identifier(pack.compiled_schema, f"effective_{dataset.name}")
    )
    return _grouped(conn.execute(query, [units]).fetchall())


def _published_by(
    conn: Database, pack: Pack, dataset: Dataset, column: str | None, roots: list[Any]
) -> dict[Any, Counted]:
    query = sql.SQL(
        "select {root}, {column}, count(*) from {table} where {root} = any(%s) and retired_at is null group by 1, 2"
    ).format(
        root=_root_column(pack, dataset),
        column=sql.SQL("{}::text").format(sql.Identifier(column)) if column else sql.SQL("''"),
        table=sql.Identifier(pack.schema, dataset.table),
    )
    return _grouped(conn.execute(query, [roots]).fetchall())


def _depths(
    conn: Database, pack: Pack, dataset: Dataset, units: list[int], roots: list[Any]
) -> tuple[dict[Any, Counted], dict[Any, Counted]]:
    walk = sql.Identifier(pack.compiled_schema, f"walk_{dataset.name}")
    staged = conn.execute(
        sql.SQL("select unit_id, depth::text, count(*) from {}(%s) group by 1, 2").format(walk), [units]
    )
    published = conn.execute(
        query_of("audit/published_depth").format(
            root=_root_column(pack, dataset),
            parent=sql.Identifier(dataset.tree.into if dataset.tree else ""),
            table=sql.Identifier(pack.schema, dataset.table),
        ),
        {"roots": roots},
    )
    return _grouped(staged.fetchall()), _grouped(published.fetchall())


def _root_column(pack: Pack, dataset: Dataset) -> sql.Identifier:
    into = next((r.into for r in dataset.references if pack.root and r.to == pack.root.name), "id")
    return sql.Identifier(into)


def _grouped(found: Iterable[tuple[Any, ...]]) -> dict[Any, Counted]:
    grouped = defaultdict[Any, Counted](dict)
    for owner, value, n in found:
        grouped[owner]["none" if value is None else value] = n
    return grouped


def _in_order(counted: Counted) -> Counted:
    return dict(sorted(counted.items(), key=lambda item: (not item[0].isdigit(), item[0].zfill(9))))


def _spreads(conn: Database, pack: Pack, units: list[int]) -> Iterable[Spread]:
    """The shapes of the best filled number columns."""
    for dataset in pack.datasets:
        numbers = [c.name for c in dataset.source_columns if c.type.startswith(("numeric", "double", "real"))]
        # The current year stands among the years already.
        if not numbers or dataset.current_of:
            continue
        table = sql.Identifier(pack.compiled_schema, f"effective_{dataset.name}")
        filled = conn.execute(
            sql.SQL("select {} from {} where unit_id = any(%s)").format(
                sql.SQL(", ").join(sql.SQL("count({})").format(sql.Identifier(name)) for name in numbers), table
            ),
            [units],
        ).fetchone()
        best = sorted(zip(numbers, filled or (), strict=True), key=lambda pair: -pair[1])[:_SPREADS]
        for name, n in best:
            if n:
                yield _spread(conn, dataset, name, table, units)


def _spread(conn: Database, dataset: Dataset, column: str, table: sql.Identifier, units: list[int]) -> Spread:
    query = query_of("audit/spread").format(column=sql.Identifier(column), table=table)
    found = conn.execute(query, {"units": units, "bins": _SPREAD_BINS}).fetchall()
    bins = dict.fromkeys(range(1, _SPREAD_BINS + 1), 0) | {place: n for place, n, _, _ in found}
    _, _, least, most = found[0]
    return Spread(dataset.name, column, sum(bins.values()), least, most, tuple(bins.values()))


def _trends(conn: Database, scope_id: int) -> dict[str, tuple[tuple[int, int], ...]]:
    """Rows after each of the latest releases, oldest first."""
    trends = defaultdict[str, list[tuple[int, int]]](list)
    for dataset, release, held in conn.execute(query_of("audit/trend"), {"scope": scope_id}):
        trends[dataset].append((release, held))
    return {dataset: tuple(points[:_TREND_LENGTH][::-1]) for dataset, points in trends.items()}


def _next_steps(
    scope: str, stops: list[dict[str, Any]], batches: tuple[Batch, ...], known: list[dict[str, Any]]
) -> Iterable[Step]:
    target = f'"{scope}"' if re.fullmatch(r"[\w .()-]+", scope) else shlex.quote(scope)
    if not known:
        yield Step(f"greenroom status {target}", "see what is staged and what is published")
        return
    checks = {each["check"] for each in stops}
    if "drift" in checks:
        yield Step(f"greenroom drift {target} --adopt", "keep what was changed by hand, as a release")
        yield Step(f"greenroom drift {target} --revert", "or take it back")
    if any(each["severity"] == "error" and each["check"] not in ("drift", "rejected") for each in stops):
        is_inbox = any(batch.origin == "inbox" for batch in batches)
        verb, again = ("seal", "the inbox") if is_inbox else ("stage", "the source")
        yield Step(f"greenroom {verb} {target}", f"once the errors are corrected in {again}")
    elif stops and checks != {"drift"}:
        yield Step(
            f"greenroom approve {target} --by NAME --note TEXT", "once you have read the warnings and accept them"
        )
    elif not stops:
        yield Step(f"greenroom promote {target}", "publish it; the answer names the command that undoes it")


def _moment(when: datetime) -> str:
    return when.astimezone(UTC).isoformat(timespec="seconds")


# What the templates need besides the data.

_SIGNS = {
    "added": "+",
    "removed": "−",
    "revived": "↺",
    "renumbered": "#",
    "renamed": "Aa",
    "moved": "→",
    "reordered": "↕",
    "other": "≠",
}

_WEB_ADDRESS = re.compile(r"https?://[A-Za-z0-9\-._~:/?#\[\]!$&'()*+,;=%]{1,1000}", re.IGNORECASE)


def _shown(data: ReportData) -> dict[str, Any]:
    groups = defaultdict[tuple[str, tuple[str, ...]], list[Change]](list)
    for change in data.changes.rows:
        groups[change.dataset, change.unit].append(change)
    return {
        "signs": _SIGNS,
        "kinds": tuple(_SIGNS),
        "group_kinds": {
            where: {kind: n for kind in _SIGNS if (n := sum(kind in change.kinds for change in changes))}
            for where, changes in groups.items()
        },
        "examples": {(each.severity, each.check): each.message for each in reversed(data.findings) if each.stops},
        "groups": groups,
        "titles": {part.key: part.title for part in data.parts},
        "leading": _leading(data),
        "depths": _summed(measured.by_depth for part in data.parts for measured in part.measured.values()),
        "counted": _counted_by(data),
        "sentence": _sentence(data),
    }


def _leading(data: ReportData) -> list[str]:
    """The datasets worth a chart: of a subject's tree and papers, not that it is one row itself."""
    names = list(dict.fromkeys(name for part in data.parts for name in part.measured))
    return [n for n in names if any((p.measured[n].staged or 0) > 1 for p in data.parts if n in p.measured)] or names


def _counted_by(data: ReportData) -> dict[tuple[str, str], Tally]:
    tallies = defaultdict[tuple[str, str], list[Tally]](list)
    for part in data.parts:
        for name, measured in part.measured.items():
            for column, tally in measured.by.items():
                tallies[name, column].append(tally)
    summed = {where: _summed(several) for where, several in tallies.items()}
    return {where: tally for where, tally in summed.items() if tally}


def _summed(tallies: Iterable[Tally | None]) -> Tally | None:
    staged, published = Counter[str](), Counter[str]()
    for tally in tallies:
        if tally:
            staged.update(tally.staged)
            published.update(tally.published)
    return Tally(_in_order(staged), _in_order(published)) if staged or published else None


def _sentence(data: ReportData) -> str:
    """What a promotion would do, as one would say it."""
    if data.verdict == "empty":
        return "Nothing is staged here that waits to be published."
    told = [
        f"{_VERBS[kind]} {n:,}"
        for kind in _SIGNS
        if (n := sum(getattr(each, kind) for each in data.changes.counts.values()))
    ]
    if not told:
        return "Promoting this would change nothing: production holds it already."
    told[0] += " row" if told[0].endswith(" 1") else " rows"
    *first, last = told
    return f"Promoting this would {', '.join(first) + ' and ' if first else ''}{last}."


_VERBS = {
    "added": "add",
    "removed": "remove",
    "revived": "bring back",
    "renumbered": "renumber",
    "renamed": "rename",
    "moved": "move",
    "reordered": "reorder",
    "other": "change",
}


def _address(text: str) -> str | None:
    """The text, where it is a plain web address that says where it leads; otherwise it stays text."""
    if not _WEB_ADDRESS.fullmatch(text):
        return None
    try:
        split = urlsplit(text)
    except ValueError:
        return None
    return text if split.hostname and "@" not in split.netloc else None


def _clipped(text: str, length: int = 300) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FunctionLoader(_template),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "visible": visible,
        "clipped": _clipped,
        "address": _address,
        "phrase": phrase,
        # The larger number of one row of a chart.
        "max_of": lambda row: max(row[1] or 0, row[2]),
    }
    return environment


def _lines(data: ReportData, rows_shown: int) -> Iterator[str]:
    yield f"{data.scope}  ·  {data.verdict_words}"
    yield f"{data.database}  ·  {data.made_at}"
    yield _sentence(data)
    for step in data.next_steps:
        yield f"  {step.command}    ({step.why})"
    yield ""
    for batch in data.batches:
        yield (
            f"batch {batch.id}: read {batch.read:,} = staged {batch.staged:,} + quarantined {batch.quarantined:,}"
            f" + duplicates {batch.duplicates:,}  ·  {batch.source or batch.origin}"
        )
    for part in data.parts:
        held = (
            f"{name} {'–' if m.staged is None else format(m.staged, ',')} (published {m.published:,})"
            for name, m in part.measured.items()
        )
        yield f"  {' '.join(filter(None, (*part.key, part.title)))}: {', '.join(held)}"
    yield from _listed(
        "Findings", [_finding_line(each) for each in data.findings], sum(data.finding_counts.values()), rows_shown
    )
    yield from _listed(
        "Quarantine",
        [f"{each.rule}: {each.value or 'empty'}  ({each.position or each.dataset})" for each in data.quarantine],
        data.quarantine_total,
        rows_shown,
    )
    yield from _listed("Changes", [words(change) for change in data.changes.rows], data.changes.total, rows_shown)


def _listed(title: str, lines: list[str], total: int, rows_shown: int) -> Iterator[str]:
    if total:
        yield ""
        yield f"{title}: {total:,}"
        yield from (f"  {line}" for line in lines[:rows_shown])
        if total > rows_shown:
            yield f"  … and {total - min(rows_shown, len(lines)):,} more"


def _finding_line(found: Found) -> str:
    place = f"  ({found.position})" if found.position else ""
    stops = "stops" if found.stops else "waived" if found.waived else "passes"
    return f"{found.severity}, {stops}: {found.message}  [{found.check}]{place}"


def _template(name: str) -> str:
    return files("greenroom").joinpath("audit", "templates", name).read_text("utf-8")
