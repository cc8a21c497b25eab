"""Units of a batch enter; what promoting them would change leaves, in numbers and in words. Nothing stays behind."""

import json
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from psycopg import IsolationLevel, pq, sql
from psycopg.rows import dict_row

from greenroom.db.connection import our_errors
from greenroom.db.kernel import Database, call
from greenroom.db.queries import query_of
from greenroom.model.dataset import Dataset
from greenroom.model.pack import Pack

Kind = Literal["added", "removed", "revived", "renumbered", "renamed", "moved", "reordered", "other"]

# What fits a screen and a page of some hundred kilobytes; `None` asks for all.
ROW_LIMIT = 5_000

# A sentence; of longer texts the part where they begin to differ is shown.
_TEXT_LIMIT = 120


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One column of a row before and after, as JSON has them; `part` is what it is to a tree."""

    name: str
    before: Any
    after: Any
    part: Literal["code", "name", "parent", "level", "order", ""] = ""


@dataclass(frozen=True, slots=True)
class Change:
    """One row that a promotion would touch. `pointing`: rows of other tables that point at it, by table."""

    dataset: str
    unit: tuple[str, ...]
    kinds: tuple[Kind, ...]
    label: str
    level: int | None
    code: str | None
    name: str | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    fields: tuple[FieldChange, ...]
    pointing: dict[str, int] = field(default_factory=dict)
    # The row in production, or the one it will be: its id, or its key where the key is the row.
    identity: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Counts:
    """Rows by what would happen to them. One row may be renamed and moved at once; `changed` counts it once."""

    added: int = 0
    removed: int = 0
    revived: int = 0
    renumbered: int = 0
    renamed: int = 0
    moved: int = 0
    reordered: int = 0
    other: int = 0
    changed: int = 0
    unchanged: int = 0


@dataclass(frozen=True, slots=True)
class Referrer:
    """A table of the app whose rows point at rows that leave; `rows` is None where they are not visible to us."""

    dataset: str
    table: str
    rows: int | None
    targets: int | None


@dataclass(frozen=True, slots=True)
class Diff:
    """What a promotion would do: counts by dataset, by level for trees, and the first `limit` rows of `total`."""

    counts: dict[str, Counts]
    levels: dict[str, dict[int, Counts]]
    referrers: tuple[Referrer, ...]
    rows: tuple[Change, ...]
    total: int


def changes(
    conn: Database,
    pack: Pack,
    scope_id: int,
    units: list[int],
    *,
    limit: int | None = ROW_LIMIT,
    offset: int = 0,
    kind: Kind | None = None,
    dataset: str | None = None,
) -> Diff:
    """Plan the promotion of these units in a transaction that is rolled back, and tell what it would do.

    `pack.schema` is where its tables are installed. `limit=None` gives every row; `kind` and `dataset` narrow the
    rows, `offset` leaves out the first ones. Counts are always of all.
    """
    with planned(conn, pack, scope_id, units):
        counts, levels = _counted(conn, pack, units)
        pointing, referrers = _pointing(conn, pack, counts)
        return Diff(
            counts=counts,
            levels=levels,
            referrers=referrers,
            rows=tuple(_rows(conn, pack, pointing, limit, offset, kind, dataset)),
            total=sum(each.added + each.removed + each.changed for each in counts.values()),
        )


@contextmanager
def planned(conn: Database, pack: Pack, scope_id: int, units: list[int]) -> Iterator[None]:
    """A transaction that is rolled back, with what promoting these units would change in `pg_temp.change`."""
    with undone(conn):
        call(conn, pack, "plan", scope=scope_id, units=units)
        _name_changes(conn, pack, scope_id, sql.SQL("{}()").format(sql.Identifier(pack.compiled_schema, "changes")))
        yield


def between(
    conn: Database,
    pack: Pack,
    scope_id: int,
    first: int,
    second: int,
    *,
    limit: int | None = ROW_LIMIT,
    offset: int = 0,
) -> Diff:
    """What lies between two releases of a scope, in whichever order; 0 is before the first. Writes nothing.

    `offset` leaves out the first rows; counts are always of all.
    What would become of rows that point at those that left is not told: it is past.
    """
    with undone(conn):
        _name_changes(conn, pack, scope_id, _between(pack, scope_id, first, second))
        counts, levels = _counted(conn, pack, [])
        return Diff(
            counts=counts,
            levels=levels,
            referrers=(),
            rows=tuple(_rows(conn, pack, {}, limit, offset)),
            total=sum(each.added + each.removed + each.changed for each in counts.values()),
        )


@dataclass(frozen=True, slots=True)
class Tally:
    """How many rows of one dataset something happened to in one unit; `name` is what people call the unit."""

    unit: tuple[str, ...]
    name: str
    dataset: str
    kind: Kind
    n: int


def tally(conn: Database, pack: Pack, scope_id: int, first: int, second: int) -> list[Tally]:
    """What lies between two releases, counted unit by unit. `pack.schema` is where its tables are installed."""
    with undone(conn):
        _name_changes(conn, pack, scope_id, _between(pack, scope_id, first, second))
        repeating = [dataset.name for dataset in pack.datasets if dataset.current_of is not None]
        found = conn.execute(query_of("audit/tally"), {"repeating": repeating}).fetchall()
        names = _names_of_roots(conn, pack)
    return [
        Tally(tuple(unit), _called(unit, names.get(root, "")), dataset, kind, n)
        for unit, dataset, root, kind, n in found
    ]


def _called(unit: Sequence[str], name: str) -> str:
    key = " ".join(filter(None, unit))
    return f"{name} ({key})" if name and key else name or key


def _names_of_roots(conn: Database, pack: Pack) -> dict[Any, str]:
    """What the roots of changed rows are called: now, or where they are gone, before."""
    if pack.root is None:
        return {}
    column = next((c.name for c in pack.root.source_columns if c.name.endswith("_name")), pack.root.key[0])
    query = sql.SQL(
        "select c.root_id, coalesce(min(t.{name}), min(coalesce(c.after, c.before) ->> {key})"
        " filter (where c.dataset = {dataset})) from pg_temp.change as c"
        " left join {table} as t on t.id = c.root_id group by c.root_id"
    ).format(
        name=sql.Identifier(column),
        key=sql.Literal(column),
        dataset=sql.Literal(pack.root.name),
        table=sql.Identifier(pack.schema, pack.root.table),
    )
    return {root: name or "" for root, name in conn.execute(query).fetchall()}


def _between(pack: Pack, scope_id: int, first: int, second: int) -> sql.Composed:
    return sql.SQL("{}({}, {}, {})").format(
        sql.Identifier(pack.compiled_schema, "between"), *map(sql.Literal, (scope_id, first, second))
    )


def _name_changes(conn: Database, pack: Pack, scope_id: int, source: sql.Composed) -> None:
    """Put changes, as before and after, into `pg_temp.change` with what each is called."""
    conn.execute(
        query_of("audit/change").format(
            shapes=sql.Literal(json.dumps(_shapes(pack))), scope=sql.Literal(scope_id), changes=source
        )
    )


@contextmanager
def undone(conn: Database) -> Iterator[None]:
    """A transaction that sees one moment of the database and leaves nothing; a savepoint where one is open."""
    is_outermost = conn.info.transaction_status == pq.TransactionStatus.IDLE
    before = conn.isolation_level
    if is_outermost:
        conn.isolation_level = IsolationLevel.REPEATABLE_READ
    try:
        with our_errors(), conn.transaction(force_rollback=True):
            # Names of tables come out whole, whoever asks.
            conn.execute("select set_config('search_path', '', true)")
            yield
    finally:
        if is_outermost and not conn.closed:
            conn.isolation_level = before


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the sentence that tells a change; `role` says what the text is."""

    role: Literal["word", "key", "name", "was", "now", "pointing"]
    text: str


def words(change: Change) -> str:
    """One line: renamed: 1.2 "Markets" → "Market forces"."""
    said = [f'"{piece.text}"' if piece.role == "name" else piece.text for piece in phrase(change)]
    return visible(f"{kinds_in_words(change)}: {' '.join(said)}")


def kinds_in_words(change: Change) -> str:
    """Name what happens to the row."""
    return " and ".join("changed" if kind == "other" else kind for kind in change.kinds)


def phrase(change: Change) -> tuple[Piece, ...]:
    """The change as a sentence in pieces, so that each face can set them in its own type."""
    return (*(_tree_phrase(change) if change.code is not None else _flat_phrase(change)), *_pointing_phrase(change))


def visible(text: str) -> str:
    """The text with every character that cannot be seen, or that moves others, named by its number.

    Keeps terminals from obeying scraped text and readers from being deceived by it.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_seen(character) for character in text)


def _seen(character: str) -> str:
    if character in "\n\r\t":
        return {"\n": " ↵ ", "\r": "", "\t": " "}[character]
    # Controls, formats (bidi, zero-width), separators of lines, and what has no character at all.
    if unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}:
        return f"⟨U+{ord(character):04X}⟩"
    return character


def _shapes(pack: Pack) -> list[dict[str, object]]:
    root = pack.root.name if pack.root else None
    return [
        {
            "dataset": dataset.name,
            "place": place,
            "root": root,
            "unit": dataset.unit,
            "code": dataset.tree.code if dataset.tree else None,
            "name": dataset.tree.name if dataset.tree else None,
            "into_column": dataset.tree.into if dataset.tree else None,
            "level": dataset.tree.level if dataset.tree else None,
        }
        for place, dataset in enumerate(pack.datasets)
    ]


def _counted(conn: Database, pack: Pack, units: list[int]) -> tuple[dict[str, Counts], dict[str, dict[int, Counts]]]:
    by_level = defaultdict[tuple[str, int | None], dict[str, int]](dict)
    for dataset, level, kind, n in conn.execute(query_of("audit/change_counts")):
        by_level[dataset, level][kind] = n
    held = dict[str, int](
        conn.execute(
            "select dataset, sum(row_count)::bigint from greenroom.unit where id = any(%s) group by dataset", [units]
        ).fetchall()
    )
    counts = dict[str, Counts]()
    levels = dict[str, dict[int, Counts]]()
    for dataset in pack.datasets:
        mine = {level: _counts(n) for (name, level), n in by_level.items() if name == dataset.name}
        if dataset.name not in held and not mine:
            continue
        whole = _sum(mine.values())
        # What entered and is neither new nor changed is what production has already.
        stays = max(0, held.get(dataset.name, 0) - whole.added - whole.changed)
        counts[dataset.name] = replace(whole, unchanged=stays)
        if dataset.tree:
            levels[dataset.name] = {level: each for level, each in mine.items() if level is not None}
    return counts, levels


def _counts(n: dict[str, int]) -> Counts:
    kinds = {kind: count for kind, count in n.items() if kind != "all"}
    changed = n["all"] - n.get("added", 0) - n.get("removed", 0)
    return Counts(**kinds, changed=changed)


def _sum(parts: Iterable[Counts]) -> Counts:
    total = dict.fromkeys(Counts.__slots__, 0)
    for part in parts:
        for name in total:
            total[name] += getattr(part, name)
    return Counts(**total)


def _pointing(
    conn: Database, pack: Pack, counts: dict[str, Counts]
) -> tuple[dict[int, dict[str, int]], tuple[Referrer, ...]]:
    """Rows of the app that point at what leaves: by change, and by table."""
    by_change = defaultdict[int, dict[str, int]](dict)
    referrers = list[Referrer]()
    own = [sql.Identifier(pack.schema, dataset.table).as_string(conn) for dataset in pack.datasets]
    for dataset in pack.datasets:
        if not counts.get(dataset.name, Counts()).removed:
            continue
        table = sql.Identifier(pack.schema, dataset.table)
        found = conn.execute(
            "select referrer::text, condition, readable from greenroom.referring(%s::regclass)"
            " where referrer <> all (%s::regclass[]) order by 1, 2",
            [table.as_string(conn), own],
        ).fetchall()
        for referrer, condition, is_readable in found:
            if not is_readable:
                referrers.append(Referrer(dataset.name, referrer, None, None))
                continue
            # Name and condition were quoted by the server, from its catalogue (greenroom.referring).
            query = query_of("audit/pointing").format(
                table=table,
                same=_same_row(dataset),
                referrer=sql.SQL(referrer),
                condition=sql.SQL(condition),
                dataset=sql.Literal(dataset.name),
            )
            counted = dict[int, int](conn.execute(query).fetchall())
            for n, pointing in counted.items():
                by_change[n][referrer] = by_change[n].get(referrer, 0) + pointing
            referrers.append(Referrer(dataset.name, referrer, sum(counted.values()), len(counted)))
    return by_change, tuple(referrers)


def _same_row(dataset: Dataset) -> sql.Composed:
    columns = ("id",) if dataset.identity == "id" else dataset.key
    return sql.SQL(" and ").join(
        sql.SQL("t.{}::text = c.identity[{}]").format(sql.Identifier(column), sql.Literal(place))
        for place, column in enumerate(columns, start=1)
    )


def _rows(
    conn: Database,
    pack: Pack,
    pointing: dict[int, dict[str, int]],
    limit: int | None,
    offset: int = 0,
    kind: Kind | None = None,
    dataset: str | None = None,
) -> Iterator[Change]:
    datasets = {dataset.name: dataset for dataset in pack.datasets}
    # On the server, so that a first import of millions of rows is not held here to show the first ones.
    with conn.cursor("greenroom_changes", row_factory=dict_row) as cursor:
        cursor.itersize = 1_000
        cursor.execute(
            "select * from pg_temp.change as c where (%(kind)s::text is null or %(kind)s = any (c.kinds))"
            " and (%(dataset)s::text is null or c.dataset = %(dataset)s)"
            " order by c.unit, c.place, c.position, c.n limit %(limit)s offset %(offset)s",
            {"kind": kind, "dataset": dataset, "limit": limit, "offset": offset},
        )
        for row in cursor:
            yield _change(datasets[row["dataset"]], row, pointing.get(row["n"], {}))


def _change(dataset: Dataset, row: dict[str, Any], pointing: dict[str, int]) -> Change:
    tree = dataset.tree
    latest = row["after"] or row["before"] or {}
    return Change(
        dataset=dataset.name,
        unit=tuple(row["unit"]),
        kinds=tuple(row["kinds"]),
        label=row["label"],
        level=row["level"],
        code=str(latest.get(tree.code) or "") if tree else None,
        name=str(latest.get(tree.name) or "") if tree else None,
        before=row["before"],
        after=row["after"],
        fields=tuple(_field(dataset, name, row) for name in row["fields"] or ()),
        pointing=pointing,
        identity=tuple(row["identity"]),
    )


def _field(dataset: Dataset, name: str, row: dict[str, Any]) -> FieldChange:
    tree = dataset.tree
    parts: dict[str, Literal["code", "name", "parent", "level", "order"]] = {}
    if tree:
        parts = {tree.code: "code", tree.name: "name", tree.into: "parent", tree.level: "level", "sort_order": "order"}
    # Published as the parent's id, read as the parent's code.
    shown = tree.parent if tree and name == tree.into else name
    return FieldChange(shown, (row["before"] or {}).get(shown), (row["after"] or {}).get(shown), parts.get(name, ""))


def _tree_phrase(change: Change) -> Iterator[Piece]:
    parts = {each.part: each for each in change.fields if each.part}
    if "code" in parts:
        yield from _was_now(str(parts["code"].before), str(parts["code"].after))
    else:
        yield Piece("key", change.code or "")
    if "name" in parts:
        was, now = _excerpts(str(parts["name"].before), str(parts["name"].after))
        yield from _was_now(f'"{was}"', f'"{now}"')
    else:
        yield Piece("name", _shortened(change.name or ""))
    if "moved" in change.kinds:
        yield from _moved(parts["parent"])
    if "reordered" in change.kinds:
        yield Piece("word", f"from place {parts['order'].before} to place {parts['order'].after}")
    # A level that changes with the parent, and places that shift with neighbours, are told by that.
    silent = {"code", "name", "parent", "order"} | ({"level"} if "moved" in change.kinds else set())
    yield from _fields(each for each in change.fields if each.part not in silent)


def _moved(parent: FieldChange) -> Iterator[Piece]:
    was, now = ("the top" if code is None else str(code) for code in (parent.before, parent.after))
    yield Piece("word", "from under")
    yield Piece("was", was)
    yield Piece("word", "to under" if was != now else "to under another")
    yield Piece("now", now)


def _flat_phrase(change: Change) -> Iterator[Piece]:
    yield Piece("key", _shortened(change.label))
    yield from _fields(change.fields)


def _was_now(was: str, now: str) -> Iterator[Piece]:
    yield Piece("was", was)
    yield Piece("word", "→")
    yield Piece("now", now)


def _fields(fields: Iterable[FieldChange]) -> Iterator[Piece]:
    for each in fields:
        yield Piece("word", each.name.replace("_", " "))
        yield from _was_now(*_excerpts(_value(each.before), _value(each.after)))


def _pointing_phrase(change: Change) -> Iterator[Piece]:
    for table, n in sorted(change.pointing.items()):
        row = "row" if n == 1 else "rows"
        yield Piece("pointing", f"{n:,} {row} of {table} point{'s' if n == 1 else ''} at it: it stays, retired")


def _value(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, str):
        return f'"{value}"'
    return json.dumps(value, ensure_ascii=False)


def _shortened(text: str) -> str:
    return text if len(text) <= _TEXT_LIMIT else text[: _TEXT_LIMIT - 1] + "…"


def _excerpts(was: str, now: str) -> tuple[str, str]:
    """Both texts, or of long ones the part where they begin to differ."""
    if max(len(was), len(now)) <= _TEXT_LIMIT:
        return was, now
    same = next((n for n, (a, b) in enumerate(zip(was, now, strict=False)) if a != b), min(len(was), len(now)))
    start = max(0, same - _TEXT_LIMIT // 3)
    return _window(was, start), _window(now, start)


def _window(text: str, start: int) -> str:
    cut = text[start : start + _TEXT_LIMIT]
    return ("…" if start else "") + cut + ("…" if start + _TEXT_LIMIT < len(text) else "")


def text(diff: Diff, nothing: str = "nothing would change") -> str:
    """Counts, what points at what leaves, then the rows: for a terminal."""
    lines = [f"{dataset}: {_tally(counts)}" for dataset, counts in diff.counts.items()]
    for referrer in diff.referrers:
        rows = "rows we may not see" if referrer.rows is None else f"{referrer.rows} rows"
        lines.append(f"{rows} of {referrer.table} point at {referrer.dataset} that leave; those stay readable by id")
    lines += [f"  {words(change)}" for change in diff.rows]
    if diff.total > len(diff.rows):
        lines.append(f"  … and {diff.total - len(diff.rows)} more: greenroom diff TARGET --full")
    return "\n".join(lines) or nothing


def as_json(diff: Diff) -> dict[str, Any]:
    """The same for programs."""
    return asdict(diff)


def _tally(counts: Counts) -> str:
    # of a tree, "changed" would count the renamed and moved again
    words = {word: "changed" if word == "other" else word for word in asdict(counts) if word != "changed"}
    said = [f"{number} {words[word]}" for word, number in asdict(counts).items() if number and word in words]
    return ", ".join(said) or "nothing"
