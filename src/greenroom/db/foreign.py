"""What others made, guarded: names we are about to use enter, a refusal that says how theirs differs leaves."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import psycopg
from psycopg import sql

from greenroom.db.inventory import RELATIONS, ROUTINES, Database, Item, Owned, Seen, columns, is_there
from greenroom.db.migration import ADOPT, CORE, Migration, Plan, core_functions, run
from greenroom.db.statements import Name, created
from greenroom.model.errors import DatabaseError, ForeignObjects
from greenroom.model.pack import Pack


@dataclass(frozen=True, slots=True)
class Difference:
    """What became of one object."""

    item: Item
    what: Literal["made", "changed", "removed"]


_COLLIDING = (*RELATIONS, *ROUTINES, "type", "domain")


def refuse_foreign(
    connection: Database,
    plan: Plan,
    pending: Mapping[str, Sequence[Migration]],
    before: Mapping[Item, Seen],
    ours: Mapping[Item, Owned],
) -> None:
    """Refuse where something stands under a name that we are about to use, and say how it differs."""
    theirs = {item.collides_as: item for item in before if item not in ours and item.kind in _COLLIDING}
    for item in ours:
        theirs.pop(item.collides_as, None)
    found: list[str] = []
    for pack in plan.packs:
        wanted = [item_named(name) for name in _wanted(plan, pack, pending[pack.name])]
        foreign = list(dict.fromkeys(theirs[item.collides_as] for item in wanted if item.collides_as in theirs))
        if foreign:
            shapes = _shapes(connection, plan, pack, pending[CORE.name], foreign)
            found += [f"{item}{_comparison(connection, item, shapes.get(item))}" for item in foreign]
    if found:
        raise ForeignObjects(
            f"{len(found)} things stand here that Greenroom did not make; it never alters those.",
            hint=ADOPT,
            details=tuple(found),
        )


def _wanted(plan: Plan, pack: Pack, pending: Sequence[Migration]) -> Iterator[Name]:
    """The names of everything a migration is about to make."""
    for file in pending:
        yield from created(plan.text(pack, file.text))
    for dataset in pack.datasets:
        yield Name("table", plan.schema(pack), dataset.table)
        yield from created(plan.compiler.batch_sql(pack, dataset))
    if pack is not CORE:
        yield from created(plan.compiled(pack))


def item_named(name: Name) -> Item:
    """The object a statement creates; of a function the arguments are wanting."""
    return Item(name.schema or "public", name.kind, name.name)


def _shapes(
    connection: Database, plan: Plan, pack: Pack, core: Sequence[Migration], foreign: Sequence[Item]
) -> dict[Item, dict[str, str]]:
    """The columns our tables would have had: the whole pack is built in schemas beside, and undone with the rest."""
    beside = {schema: f"greenroom_beside_{n}" for n, schema in enumerate(sorted({item.schema for item in foreign}))}

    def moved(text: str) -> str:
        for schema, scratch in beside.items():
            text = plan.compiler.rewrite(text, schema, scratch)
        return text

    try:
        with connection.transaction(force_rollback=True):
            for scratch in beside.values():
                connection.execute(sql.SQL("create schema {}").format(sql.Identifier(scratch)))
            if pack is not CORE:
                for file in core:
                    run(connection, file.text, str(file))
                core_functions(connection)
            for file in plan.files[pack.name]:
                if not file.is_apart:
                    run(connection, moved(plan.text(pack, file.text)), str(file))
            for dataset in pack.datasets:
                schema = beside.get(plan.schema(pack), plan.schema(pack))
                if not is_there(connection, schema, dataset.table):
                    run(connection, plan.compiler.table_sql(pack, dataset, schema), dataset.name)
            return {item: columns(connection, beside[item.schema], item.name) for item in foreign}
    except (DatabaseError, psycopg.Error):
        # Only the comparison is lost, not the refusal.
        return {}


def _comparison(connection: Database, item: Item, ours: Mapping[str, str] | None) -> str:
    if item.kind != "table" or not ours:
        return ""
    theirs = columns(connection, item.schema, item.name)
    lacks = [f"{name} {kind}" for name, kind in ours.items() if name not in theirs]
    more = [f"{name} {kind}" for name, kind in theirs.items() if name not in ours]
    other = [f"{name} is {theirs[name]}, not {kind}" for name, kind in ours.items() if theirs.get(name, kind) != kind]
    parts = (("lacks", lacks), ("has besides", more), ("differs:", other))
    told = "; ".join(f"{word} {', '.join(names)}" for word, names in parts if names)
    return f": {told}" if told else ": the same columns"


def refuse_altered(differences: Sequence[Difference], ours: Mapping[Item, Owned]) -> None:
    """The promise itself, looked at after the fact: nothing of others was changed or removed."""
    altered = [
        difference.item
        for difference in differences
        if difference.what == "changed" and difference.item not in ours and difference.item.kind != "schema"
    ]
    if altered:
        raise ForeignObjects(
            f"Greenroom never alters what it did not make, but this would have: {', '.join(map(str, altered))}.",
            hint="If somebody else changed it just now, migrate again; otherwise a migration of the pack is wrong.",
        )


def differences(before: Mapping[Item, Seen], after: Mapping[Item, Seen]) -> Iterator[Difference]:
    """What this transaction made, changed and removed."""
    for item in sorted({*before, *after}):
        if item not in before:
            if after[item].is_ours_now:
                yield Difference(item, "made")
        elif item not in after:
            yield Difference(item, "removed")
        elif before[item].digest != after[item].digest:
            yield Difference(item, "changed")
