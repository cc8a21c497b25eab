"""Finds the packs and what a person's words mean in them: words enter, targets leave."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from hashlib import sha256
from importlib.metadata import entry_points

from greenroom.db import installed
from greenroom.db.kernel import Database, call, rows
from greenroom.model.dataset import Dataset
from greenroom.model.errors import UnknownTarget
from greenroom.model.pack import Pack
from greenroom.model.source import Source


@dataclass(frozen=True, slots=True)
class Found:
    """One scope of one pack; `name` as production spells it."""

    pack: Pack
    scope_id: int
    name: str
    keys: tuple[str, ...]


@cache
def packs() -> dict[str, Pack]:
    """Installed packs by name."""
    found = [point.load() for point in entry_points(group="greenroom.packs")]
    return {pack.name: pack for pack in sorted(found, key=lambda pack: pack.name)}


def pack_named(name: str) -> Pack:
    """The pack of this name."""
    try:
        return packs()[name]
    except KeyError:
        raise UnknownTarget(f"There is no pack {name!r}.", hint=f"Packs: {', '.join(packs())}.") from None


def groups(pack: Pack) -> dict[str, list[Dataset]]:
    """Flat datasets by the scope they are released in."""
    return pack.groups


def entry(pack: Pack, group: str) -> Dataset:
    """The dataset of a group that its files are read into."""
    return next(d for d in groups(pack)[group] if d.current_of is None)


def scope_of(conn: Database, pack: Pack, dataset: Dataset) -> Found:
    """The scope that a flat dataset is released in."""
    group = dataset.group or dataset.name
    return Found(pack, call(conn, pack, "scope_id", keys=[group]), group, (group,))


def followers(pack: Pack, group: str) -> list[Dataset]:
    """Datasets without a file of their own that are made from those of this group, in order."""
    names = {d.name for d in groups(pack)[group]}
    return [d for d in pack.datasets if d.derive is not None and names & set(d.needs)]


def is_derived(pack: Pack, group: str) -> bool:
    """Whether this group has no file, and is made from others."""
    return entry(pack, group).derive is not None


def needs(pack: Pack, group: str) -> set[str]:
    """Groups with files of their own that must stand before this one is read."""
    found: set[str] = set()
    for needed in stands_on(pack, group):
        found |= needs(pack, needed) if is_derived(pack, needed) else {needed}
    return found


def stands_on(pack: Pack, group: str) -> set[str]:
    """Groups whose published rows the shapes of this one read."""
    group_of = {d.name: d.group or d.name for d in pack.datasets}
    # a second installation of one dataset reads the others where they are: they are not in it
    return {group_of[name] for dataset in groups(pack)[group] for name in dataset.needs if name in group_of} - {group}


def declaration(pack: Pack, group: str) -> str:
    """A short digest of what is declared for a group: another one reads the same file anew."""
    shapes = {form.shape for dataset in groups(pack)[group] for form in dataset.forms if form.shape}
    folder = pack.sql_folder().joinpath("shapes")
    texts = [repr(groups(pack)[group]), *(folder.joinpath(shape).read_text("utf-8") for shape in sorted(shapes))]
    return sha256("\0".join(texts).encode()).hexdigest()[:16]


def sources(pack: Pack, group: str) -> list[Source]:
    """Registered sources of a group's datasets."""
    names = {d.name for d in groups(pack)[group]} | {group}
    return [s for s in pack.sources if s.dataset in names]


def dataset_named(name: str) -> tuple[Pack, Dataset]:
    """A dataset of any pack by its name or its table's."""
    for pack in packs().values():
        for dataset in pack.datasets:
            if name in (dataset.name, dataset.table):
                return pack, dataset
    known = [d.name for pack in packs().values() for d in pack.datasets]
    raise UnknownTarget(f"There is no dataset {name!r}.{_nearest(name, known)}")


def resolve(conn: Database, words: Sequence[str]) -> list[Found]:
    """Scopes that the words of a command line mean.

    All words together may be one target (`WJEC A-Level`), else each is one.
    """
    if not any(word.strip() for word in words):
        raise UnknownTarget("No target is named.", hint='For example "AQA GCSE", ips_lycees or exams.')
    together = list(_meant(conn, " ".join(words)))
    if together:
        return together
    found = [list(_meant(conn, word)) for word in words]
    for word, meant in zip(words, found, strict=True):
        if not meant:
            _refuse(conn, " ".join(words) if len(words) > 1 and not any(found) else word)
    return list({(f.pack.name, f.scope_id): f for meant in found for f in meant}.values())


def one(conn: Database, words: Sequence[str]) -> Found:
    """The one scope these words mean."""
    found = resolve(conn, words)
    if len(found) != 1:
        raise UnknownTarget(
            f"{' '.join(words)} means {len(found)} scopes: {', '.join(f.name for f in found)}.",
            hint='Name one, for example "AQA GCSE".',
        )
    return found[0]


def narrow(conn: Database, found: Found, only: str | None) -> None:
    """Refuse a subject or period that nobody has staged in this scope."""
    if only is None:
        return
    known = [
        row[0]
        for row in conn.execute(
            "select k.part from ("
            " select u.key from greenroom.unit as u where u.scope_id = %(scope)s"
            " union select p.key from greenroom.published as p where p.scope_id = %(scope)s) as n"
            " cross join lateral unnest(n.key) with ordinality as k (part, n)"
            # of a file any part of a unit's key narrows: the school year, the département
            " where k.n = 1 or %(file)s group by 1 order by 1",
            {"scope": found.scope_id, "file": found.pack.landing == "file"},
        )
    ]
    if only not in known:
        raise UnknownTarget(
            f"Nothing of {found.name} is called {only!r}.{_nearest(only, known)}",
            hint=f"Staged so far: {', '.join(known[:20]) or 'nothing'}{' …' if len(known) > 20 else ''}.",
        )


def installed_pack(conn: Database, name: str) -> Pack:
    """The pack of a scope, which may be a second installation, as this database has it."""
    known = _installed(conn)
    if name not in known:
        known = {pack.name: pack for pack in _second(conn)}
    if name not in known:
        raise UnknownTarget(
            f"{name} is no longer installed in this database.", hint="Install it again with the command that did."
        )
    return known[name]


def _meant(conn: Database, word: str) -> Iterator[Found]:
    found = list(_meant_of_first(conn, word))
    yield from found
    if found:
        return
    for pack in _second(conn):
        for group, datasets in groups(pack).items():
            names = {pack.name, group, *(f"{pack.schema}.{d.table}" for d in datasets)}
            # a whole pack beside is known by its schema
            if word in names or (word == pack.schema and not pack.reads):
                yield scope_of(conn, pack, entry(pack, group))


def _meant_of_first(conn: Database, word: str) -> Iterator[Found]:
    for pack in _installed(conn).values():
        if pack.landing == "inbox":
            if word == pack.name:
                yield from _known(conn, pack)
            else:
                for row in rows(conn, pack, "targets", words=word):
                    yield Found(pack, row["scope_id"], row["scope_name"], _keys(conn, row["scope_id"]))
        else:
            for group in groups(pack):
                if word in (group, pack.name, *(d.table for d in groups(pack)[group])):
                    yield scope_of(conn, pack, entry(pack, group))


def _known(conn: Database, pack: Pack) -> Iterator[Found]:
    for scope_id, name, keys in conn.execute(
        "select c.id, c.name, c.keys from greenroom.scope as c where c.pack = %s order by c.name", (pack.name,)
    ):
        yield Found(pack, scope_id, name, tuple(keys))


def _keys(conn: Database, scope_id: int) -> tuple[str, ...]:
    row = conn.execute("select c.keys from greenroom.scope as c where c.id = %s", (scope_id,)).fetchone()
    assert row is not None
    return tuple(row[0])


def installed_packs(conn: Database) -> list[Pack]:
    """The packs of this database, each with the schema its tables stand in."""
    return list(_installed(conn).values())


def file_packs(conn: Database) -> list[Pack]:
    """Packs of flat data in this database, as they are installed."""
    return [pack for pack in installed_packs(conn) if pack.landing == "file"]


def flat_dataset(conn: Database, name: str) -> tuple[Pack, Dataset]:
    """A dataset of an installed pack of flat data, by its name or its table's. Raises UnknownTarget."""
    packs = file_packs(conn)
    for pack in packs:
        for dataset in pack.datasets:
            if name in (dataset.name, dataset.table):
                return pack, dataset
    if not packs:
        raise UnknownTarget("No pack of flat data is in this database.", hint="Install one: greenroom migrate schools")
    raise UnknownTarget(f"There is no dataset {name!r} here.", hint="See the names under Schools.")


def _installed(conn: Database) -> dict[str, Pack]:
    """The packs of this database, each with the schema its tables stand in."""
    names = [pack.compiled_schema for pack in packs().values()]
    there = conn.execute("select nspname from pg_catalog.pg_namespace where nspname = any (%s)", (names,)).fetchall()
    if not there:
        raise UnknownTarget(
            "No pack is installed in this database.", hint="Install them: greenroom migrate exams schools"
        )
    schemas = {row[0] for row in there}
    found = [pack for pack in packs().values() if pack.compiled_schema in schemas]
    return {pack.name: replace(pack, schema=call(conn, pack, "home"), written_for=pack.file_schema) for pack in found}


def _second(conn: Database) -> list[Pack]:
    """The second installations of this database, each as the pack that was compiled for it."""
    first = _installed(conn)
    return [
        one.of(first[one.pack], first[one.pack].schema)
        for one in installed.installations(conn)
        if one.pack in first
    ]  # fmt: skip


def _refuse(conn: Database, word: str) -> None:
    known: list[str] = []
    for pack in (*_installed(conn).values(), *_second(conn)):
        if pack.landing == "inbox":
            known += [row["known_targets"] for row in rows(conn, pack, "known_targets")]
        else:
            known += list(groups(pack))
    if word.casefold() in (name.casefold() for name in known):
        # a board alone means its scopes, and it has none
        longer = next((name for name in known if name.casefold().startswith(f"{word.casefold()} ")), f"{word} GCSE")
        raise UnknownTarget(
            f"Nobody has staged anything of {word} yet.", hint=f'Name the qualification too, for example "{longer}".'
        )
    raise UnknownTarget(f"Nothing is called {word!r}.{_nearest(word, known)}")


def _nearest(word: str, known: Sequence[str]) -> str:
    from rapidfuzz import process, utils

    found = process.extract(word, known, limit=3, score_cutoff=60, processor=utils.default_process)
    return f" Did you mean {' or '.join(repr(f[0]) for f in found)}?" if found else ""


def everything(conn: Database) -> list[Found]:
    """Every scope that anybody has named, and those whose rows wait in an inbox."""
    found: dict[tuple[str, int], Found] = {}
    for pack in packs().values():
        if pack.name not in _installed(conn):
            continue
        if pack.landing == "inbox":
            call(conn, pack, "notice_inbox")
        for one in _known(conn, pack):
            found[one.pack.name, one.scope_id] = one
    for pack in _second(conn):
        for one in _known(conn, pack):
            found[pack.name, one.scope_id] = one
    return list(found.values())


def unknown_rows(conn: Database) -> list[dict[str, object]]:
    """Inbox rows whose spelling nobody has taught: they belong to no scope and wait."""
    return [
        row
        for pack in packs().values()
        if pack.name in _installed(conn) and pack.landing == "inbox"
        for row in rows(conn, pack, "unknown_rows")
    ]
