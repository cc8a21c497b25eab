"""The ground: db, migrate, status, catalog, settings, sql, demo."""

import os
from pathlib import Path
from typing import Annotated, Any

import typer

from greenroom import catalog as catalogue
from greenroom.cli.environment import configured, say, schema_of
from greenroom.cli.ground import migrated, server
from greenroom.cli.session import Json, answer, table
from greenroom.cli.session import database as session
from greenroom.db.connection import begin, connect, name_of
from greenroom.model.errors import DeclarationError
from greenroom.wording import rows_in_words

database = typer.Typer(
    name="db", help="The private server, and a look at any database.", no_args_is_help=True, rich_markup_mode=None
)


@database.command()
def start(as_json: Json = False) -> None:
    """Start the private server, or find it running."""
    answer({"url": server().start()}, as_json=as_json, text=lambda v: v["url"])


@database.command()
def stop(as_json: Json = False) -> None:
    """Stop the private server; its data stay."""
    answer(
        {"stopped": server().stop()},
        as_json=as_json,
        text=lambda v: "stopped" if v["stopped"] else "was not running",
    )


@database.command(name="status")
def server_status(as_json: Json = False) -> None:
    """Whether the private server runs, which version, where its data are."""
    from dataclasses import asdict

    answer(asdict(server().status()), as_json=as_json, text=lambda s: table(["what", "is"], list(s.items())))


@database.command()
def url(as_json: Json = False) -> None:
    """The private server's address, for other programs; its password stands in a file that it names."""
    if configured().database_url:
        # Printing it would print its password.
        raise DeclarationError(
            "DATABASE_URL is set, and is the address that is used.",
            hint="Give other programs $DATABASE_URL; unset it to see the private server's address.",
        )
    answer({"url": server().url()}, as_json=as_json, text=lambda v: v["url"])


@database.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def psql(context: typer.Context) -> None:
    """Psql on the private server; what stands after -- goes to psql."""
    server().psql(context.args)


@database.command()
def dump(path: Annotated[Path, typer.Argument(help="The file to write.")], as_json: Json = False) -> None:
    """Back the private server's database up."""
    server().dump(path)
    answer({"file": str(path.absolute())}, as_json=as_json, text=lambda v: v["file"])


@database.command()
def doctor(as_json: Json = False) -> None:
    """Look at the database: version, extensions, pooler, rights, limits, what would fail."""
    from dataclasses import asdict

    from greenroom.db.doctor import examine

    with session() as conn:
        say(f"database: {name_of(conn)}")
        seen = [
            asdict(o)
            for o in examine(
                conn,
                list(catalogue.packs().values()),
                schemas={p.name: schema_of(p) for p in catalogue.packs().values()},
                app_roles=configured().app_roles,
            )
        ]
    answer(
        seen,
        as_json=as_json,
        text=lambda rows: "\n".join(
            f"{r['state']:<5} {r['name']}: {r['text']}" + (f"\n      → {r['cure']}" if r["cure"] else "") for r in rows
        ),
    )
    if any(r["state"] == "fail" for r in seen):
        raise typer.Exit(1)


def migrate(
    packs: Annotated[list[str], typer.Argument(help="exams, schools, or both.")],
    check: Annotated[bool, typer.Option("--check", help="List what would be made or changed; change nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Bring the named packs' schemas up to date."""
    from dataclasses import asdict

    with_private = configured().database_url is None
    dsn = configured().database_url or server().start()
    if with_private:
        say("on the private server")
    named = [catalogue.pack_named(name).name for name in packs]
    if not check:
        say(f"database: {_name_at(dsn)}")
    outcome = migrated(dsn, named, check=check)
    if not check:
        say(f"database: {outcome.database}")
    answer(asdict(outcome), as_json=as_json, text=lambda _: _migrated_words(outcome))


def _name_at(dsn: str) -> str:
    with connect(dsn, application_name="greenroom", statement_timeout_seconds=60, lock_timeout_seconds=5) as conn:
        return name_of(conn)


def _migrated_words(outcome: Any) -> str:
    would = "would be " if outcome.is_check else ""
    lines = [f"database: {outcome.database}"]
    for schema, differences in outcome.by_schema().items():
        lines.append(f"{schema}: {len(differences)}")
        lines += [f"  {would}{d.what}: {d.item.kind} {d.item.name}" for d in differences[:400] if outcome.is_check]
    lines += [f"applied: {name}" for name in (*outcome.applied, *outcome.apart)]
    lines += [f"note: {note}" for note in outcome.notes]
    lines.append(f"{outcome.compiled} compiled functions and views; {outcome.seconds:.1f} s")
    return "\n".join(lines)


def status(
    target: Annotated[list[str] | None, typer.Argument(help="What; all when left out.")] = None, as_json: Json = False
) -> None:
    """Per scope: inbox, units by state, what is live, last release, the next command to type."""
    from greenroom.audit import overview

    with session() as conn, begin(conn):
        words = target or []
        found = catalogue.resolve(conn, words) if words else catalogue.everything(conn)
        rows = [overview.status(conn, one.pack, one.scope_id, one.name) for one in found]
        unknown = catalogue.unknown_rows(conn)
    answer({"scopes": rows, "unknown": unknown}, as_json=as_json, text=_status_words)


def _status_words(value: dict[str, Any]) -> str:
    lines = [
        table(
            ["scope", "inbox", "units", "published", "live", "release", "drift", "next"],
            [
                [
                    r["scope"],
                    ("unsealed " if r["unsealed"] else "") + _rows({k: n for k, n in r["inbox"].items() if n}),
                    _rows(r["units"]),
                    _rows(r["published"]),
                    f"{r['live']} of {r['rows']}" + (f", {r['prepared']} prepared" if r["prepared"] else ""),
                    r["release"] or "-",
                    r["drift"] or "",
                    r["next"],
                ]
                for r in value["scopes"]
            ],
        )
        if value["scopes"]
        else "nothing has been staged yet: greenroom run TARGET --from FILE"
    ]
    for row in value["unknown"]:
        lines.append(
            f"waiting, unknown spelling: {row['exam_board']!r} {row['qualification_type']!r} {row['subject_code']}"
            " (teach it: insert into greenroom.exam_board_alias or qualification_alias)"
        )
    return "\n".join(lines)


def _rows(counts: dict[str, int]) -> str:
    return rows_in_words(counts, [dataset.name for pack in catalogue.packs().values() for dataset in pack.datasets])


def catalog(
    target: Annotated[list[str] | None, typer.Argument(help="Packs or datasets; all when left out.")] = None,
    as_json: Json = False,
) -> None:
    """Packs, datasets and sources: address, licence, expected months, and how far their reading is proved."""
    wanted = {catalogue.dataset_named(word)[1] for word in target or [] if word not in catalogue.packs()}
    rows = [
        {
            "pack": pack.name,
            "dataset": dataset.name,
            "table": f"{schema_of(pack)}.{dataset.table}",
            "unit": ", ".join(dataset.unit) or "whole table",
            "key": ", ".join(dataset.key),
            "sources": [
                {
                    "title": s.title,
                    "owner": s.owner,
                    "licence": s.licence,
                    "urls": list(s.urls),
                    "months": list(s.months),
                }
                for s in pack.sources
                if s.dataset == dataset.name
            ],
            "proofs": [
                {"source": f"{p.area} {p.kind}, {p.what}", "proof": p.proof}
                for p in (pack.proofs() if pack.proofs else ())
                if p.dataset == dataset.name
            ],
        }
        for pack in catalogue.packs().values()
        for dataset in pack.datasets
        if not target or dataset in wanted or pack.name in target
    ]
    answer(rows, as_json=as_json, text=_catalog_words)


def _catalog_words(rows: list[dict[str, Any]]) -> str:
    lines = []
    for row in rows:
        lines.append(f"{row['pack']}: {row['dataset']} → {row['table']}  (unit: {row['unit']}; key: {row['key']})")
        for source in row["sources"]:
            lines.append(f"    {source['title']} — {source['owner']}, {source['licence']}")
            lines += [f"      {url}" for url in source["urls"]]
        lines += [f"    {proved['source']}: proof {proved['proof']}" for proved in row["proofs"]]
    return "\n".join(lines)


def settings(as_json: Json = False) -> None:
    """Every setting with its value and where it comes from; secrets masked."""
    from dataclasses import asdict

    from greenroom.settings import listed

    rows = [asdict(each) for each in listed(os.environ)]
    answer(
        rows,
        as_json=as_json,
        text=lambda found: table(
            ["setting", "value", "from", "what"], [[r["name"], r["value"], r["source"], r["help_line"]] for r in found]
        ),
    )


def sql(
    dataset: Annotated[str, typer.Argument(help="A dataset, or a pack for all of it.")], as_json: Json = False
) -> None:
    """Print the compiled SQL that runs for a dataset."""
    from greenroom.db.compile import dataset_sql, pack_sql

    if dataset in catalogue.packs():
        pack = catalogue.pack_named(dataset)
        text = pack_sql(pack, schema_of(pack))
    else:
        pack, declared = catalogue.dataset_named(dataset)
        text = dataset_sql(pack, declared, schema_of(pack))
    answer({"name": dataset, "sql": text}, as_json=as_json, text=lambda v: v["sql"])


def demo(
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave the throw-away server running until Enter is pressed.")
    ] = False,
) -> None:
    """The main job on made-up data and a throw-away server: write, audit, publish, undo."""
    from greenroom.demo.story import tell

    if keep and not os.isatty(0):
        raise DeclarationError("--keep waits for Enter and there is no terminal.", hint="Leave --keep out.")
    tell(configured().home, keep=keep, say=print)
