"""Corrections: edit, edits, withdraw."""

import json
from typing import Annotated, Any

import typer

from greenroom import catalog, pipeline
from greenroom.audit import edits as store
from greenroom.audit.edits import Edit, Row
from greenroom.catalog import Found
from greenroom.cli.session import By, DryRun, Json, Period, Subject, Target, answer, database, table
from greenroom.db.connection import begin
from greenroom.db.kernel import Database
from greenroom.model.dataset import Dataset
from greenroom.model.errors import UnknownBatch, UnknownRow, UnknownTarget

Why = Annotated[str, typer.Option("--why", help="Why; recorded.")]
Of = Annotated[
    str | None,
    typer.Option("--dataset", help="Which of the scope's tables: subjects, topics, papers …; by default the tree."),
]
Version = Annotated[str | None, typer.Option("--version", help="Which specification version, where there are several.")]


def edit(
    target: Target,
    why: Why,
    by: By,
    row: Annotated[str | None, typer.Option("--row", help="The row: its code, its key, or its number.")] = None,
    values: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="COLUMN=VALUE", help="What a column should say; again for more."),
    ] = None,
    under: Annotated[str | None, typer.Option("--under", help="The row it should stand under; TOP for none.")] = None,
    after: Annotated[
        str | None, typer.Option("--after", help="The row it should follow among its siblings; FIRST for none.")
    ] = None,
    add: Annotated[bool, typer.Option("--add", help="Add a row with these values.")] = False,
    delete: Annotated[bool, typer.Option("--delete", help="Take the row away.")] = False,
    with_children: Annotated[bool, typer.Option("--with-children", help="And all that stands under it.")] = False,
    subject: Subject = None,
    period: Period = None,
    dataset: Of = None,
    version: Version = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Correct a row of what waits, or of what is published: the source keeps its word beside."""
    with database(writing=not dry_run) as conn, begin(conn):
        one = catalog.one(conn, target)
        table_ = _dataset(one, dataset)
        unit = store.open_unit(
            conn, one.pack, one.scope_id, table_.name, _key(conn, one, table_, subject or period, version), by=by
        )
        rows = store.rows(conn, one.pack, unit)
        changes = _gesture(
            table_, rows, row, values or [], under, after, add=add, delete=delete, with_children=with_children
        )
        made = store.change(conn, one.pack, unit, changes, by=by, reason=why)
        listed = store.listed(conn, one.scope_id, ids=made.edits)
        if dry_run:
            raise pipeline.Undone
    said = {"scope": one.name, "edits": [_as_json(each) for each in listed], "replaced": list(made.replaced)}
    said["state"] = made.units[0].state
    answer(said, as_json=as_json, text=lambda _: _edited(one, listed, made.replaced, made.units[0].state, dry_run))


def edits(
    target: Target,
    everything: Annotated[bool, typer.Option("--all", help="The history too: adopted, withdrawn, replaced.")] = False,
    conflicts: Annotated[bool, typer.Option("--conflicts", help="Only those the source contradicts.")] = False,
    rows: Annotated[bool, typer.Option("--rows", help="The rows that can be edited instead.")] = False,
    subject: Subject = None,
    period: Period = None,
    dataset: Of = None,
    version: Version = None,
    as_json: Json = False,
) -> None:
    """Corrections in force, and those that the source contradicts by now."""
    with database() as conn, begin(conn):
        found = catalog.resolve(conn, target)
        if rows:
            one = catalog.one(conn, target)
            table_ = _dataset(one, dataset)
            key = _key(conn, one, table_, subject or period, version)
            unit = store.pending_unit(conn, one.scope_id, table_.name, key)
            if unit is None:
                raise UnknownBatch(
                    f"Nothing of {one.name} {' '.join(filter(None, key))} waits.",
                    hint="Published rows go by their codes or keys: greenroom edit opens them.",
                )
            shown = store.rows(conn, one.pack, unit)
            answer([_row_json(each) for each in shown], as_json=as_json, text=lambda _: _rows_told(shown))
            return
        states: Any = None if everything else (("conflict",) if conflicts else store.LIVE)
        told = [
            (one, each)
            for one in found
            for each in store.listed(conn, one.scope_id, dataset=dataset, states=states)
            if (subject or period) in (None, *each.unit_key)
        ]
    answer(
        [{"scope": one.name, **_as_json(each)} for one, each in told],
        as_json=as_json,
        text=lambda _: "\n".join(_line(one, each) for one, each in told) or "no corrections",
    )


def withdraw(
    numbers: Annotated[list[int], typer.Argument(metavar="EDIT…", help="Numbers of edits, as `edits` lists them.")],
    why: Why,
    by: By,
    restore: Annotated[bool, typer.Option("--restore", help="Put edits back that were taken back.")] = False,
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep edits that the source contradicts, against what it says now.")
    ] = False,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Take corrections back: the source's word stands again."""
    if restore and keep:
        raise UnknownTarget("--restore and --keep are two things.", hint="Give one of them.")
    with database(writing=not dry_run) as conn, begin(conn):
        known = {each.id: each for each in store.listed(conn, None, states=None, ids=numbers)}
        unknown = [str(number) for number in numbers if number not in known]
        if unknown:
            raise UnknownRow(f"There is no edit {', '.join(unknown)}.", hint="See them with: greenroom edits TARGET")
        what = "restore" if restore else "keep" if keep else "withdraw"
        done = []
        for one, mine in _by_scope(conn, numbers):
            made = store.settle(conn, one.pack, one.scope_id, by=by, why=why, **{what: mine})
            done.append((one, mine, made))
        if dry_run:
            raise pipeline.Undone
    word = {"restore": "put back", "keep": "kept against the source", "withdraw": "taken back"}[what]
    answer(
        [{"scope": one.name, what: mine, "units": [unit.unit for unit in made.units]} for one, mine, made in done],
        as_json=as_json,
        text=lambda _: "\n".join(
            f'{one.name}: {len(mine)} edits{" would be" if dry_run else ""} {word}\n  next: greenroom diff "{one.name}"'
            for one, mine, _made in done
        ),
    )


def _dataset(one: Found, name: str | None) -> Dataset:
    datasets = one.pack.datasets
    if one.pack.root is None:
        mine = catalog.groups(one.pack)[one.keys[0]]
        return next((d for d in mine if d.name == name), catalog.entry(one.pack, one.keys[0]))
    found = next((d for d in datasets if d.name == name or (name is None and d.tree)), None)
    if found is None:
        raise UnknownTarget(f"There is no dataset {name!r}.", hint=f"Datasets: {', '.join(d.name for d in datasets)}.")
    return found


def _key(conn: Database, one: Found, dataset: Dataset, only: str | None, version: str | None) -> list[str]:
    """The one unit that is meant, among those that wait or are published."""
    rows = conn.execute(
        "select u.key, true from greenroom.unit as u where u.scope_id = %(scope)s and u.dataset = %(dataset)s"
        " and u.state in ('sealed', 'held', 'ready', 'rejected')"
        " union select p.key, false from greenroom.published as p where p.scope_id = %(scope)s"
        " and p.dataset = %(dataset)s and p.row_count > 0",
        {"scope": one.scope_id, "dataset": dataset.name},
    ).fetchall()
    keys = sorted({tuple(key) for key, _ in rows if (only is None or only in key) and version in (None, *key[1:])})
    waiting = sorted({tuple(key) for key, waits in rows if waits} & set(keys))
    meant = waiting if len(waiting) == 1 else keys
    if not meant:
        raise UnknownBatch(
            f"Nothing of {' '.join(filter(None, (one.name, only, version)))} waits or is published in {dataset.name}."
        )
    if len(meant) > 1:
        named = ", ".join(" ".join(filter(None, key)) or "(no version)" for key in meant[:8])
        option = "--subject or --version" if one.pack.root else "--period"
        raise UnknownTarget(
            f"{one.name} has {len(meant)} units of {dataset.name}.", hint=f"Name one with {option}: {named}"
        )
    return list(meant[0])


def _gesture(
    dataset: Dataset,
    rows: list[Row],
    row: str | None,
    values: list[str],
    under: str | None,
    after: str | None,
    *,
    add: bool,
    delete: bool,
    with_children: bool,
) -> list[dict[str, Any]]:
    """What the options say, as changes of one gesture."""
    given = dict(_pair(dataset, each) for each in values)
    place: dict[str, Any] = {}
    if under is not None:
        place["under"] = None if under == "TOP" else store.named(rows, under).ref
    if after is not None:
        place["after"] = None if after == "FIRST" else store.named(rows, after).ref
    if add:
        return [{"do": "add", "values": given, **place}]
    if row is None:
        raise UnknownRow("Which row? None is named.", hint="Name it with --row, or add one with --add.")
    meant = store.named(rows, row)
    if delete:
        return [{"do": "delete", "row": meant.ref, "with_children": with_children}]
    changes: list[dict[str, Any]] = [
        {"do": "set", "row": meant.ref, "column": column, "value": value} for column, value in given.items()
    ]
    if place:
        changes.append({"do": "move", "row": meant.ref, "under": meant.parent_ref, **place})
    if not changes:
        raise UnknownRow(
            "What should it say? Nothing is given.", hint="Use --set, --under, --after, --add or --delete."
        )
    return changes


def _pair(dataset: Dataset, text: str) -> tuple[str, Any]:
    column, equals, value = text.partition("=")
    known = [c.name for c in dataset.source_columns]
    if not equals or column not in known:
        raise UnknownTarget(
            f"{text!r} names no column of {dataset.name}.", hint=f"Write COLUMN=VALUE; columns: {', '.join(known)}."
        )
    if dataset.column(column).type in ("jsonb", "text[]"):
        try:
            return column, json.loads(value)
        except ValueError:
            raise UnknownTarget(
                f"{column} holds JSON, and {value!r} is none.", hint='For example: ["a", "b"]'
            ) from None
    return column, value


def _by_scope(conn: Database, numbers: list[int]) -> list[tuple[Found, list[int]]]:
    rows = conn.execute(
        "select c.pack, c.id, c.name, c.keys, array_agg(e.id order by e.id) from greenroom.edit as e"
        " join greenroom.scope as c on c.id = e.scope_id where e.id = any (%s) group by c.id order by c.id",
        (numbers,),
    ).fetchall()
    return [
        (Found(catalog.installed_pack(conn, pack), scope, name, tuple(keys)), mine)
        for pack, scope, name, keys, mine in rows
    ]


def _edited(one: Found, made: list[Edit], replaced: tuple[int, ...], state: str, dry_run: bool) -> str:
    lines = [_line(one, each) for each in reversed(made)]
    if replaced:
        lines.append(f"  in the place of {', '.join(f'edit {number}' for number in replaced)}")
    if not lines:
        return f"{one.name}: nothing to change; the source says so already"
    if dry_run:
        return "\n".join(["would be:", *lines])
    numbers = " ".join(str(each.id) for each in made)
    undo = [f"  undo: greenroom withdraw {numbers} --why TEXT"] if numbers else []
    verb = "report" if state == "held" else "promote"
    return "\n".join([*lines, *undo, f'  next: greenroom {verb} "{one.name}"'])


def _line(one: Found, each: Edit) -> str:
    what = each.column_name or {"parent": "place", "order": "order of the rows"}.get(each.action, each.action)
    said = {"add": "added", "delete": "deleted"}.get(each.action) or f"{_short(each.base)} → {_short(each.value)}"
    theirs = f"; the source says {_short(each.theirs)} now" if each.state == "conflict" else ""
    unit = " ".join(filter(None, each.unit_key))
    return (
        f"edit {each.id}  {one.name} {unit}  {each.label}: {what} {said}{theirs}"
        f"  ({each.state}, by {each.edited_by}: {each.reason})"
    )


def _short(value: Any) -> str:
    text = "empty" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:59]}…"


def _as_json(each: Edit) -> dict[str, Any]:
    return {name: getattr(each, name) for name in each.__slots__}


def _row_json(row: Row) -> dict[str, Any]:
    return {name: getattr(row, name) for name in row.__slots__}


def _rows_told(rows: list[Row]) -> str:
    return table(
        ("row", "state", "label", "corrected"),
        [(row.ref, row.state, row.label[:80], ", ".join(row.edited)) for row in rows],
    )
