"""The reference, made from the code: declarations and comments enter, `docs/reference/*.md` leave."""

import inspect
import re
import sys
from collections.abc import Iterator, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import typer.main

from greenroom import catalog, settings
from greenroom.cli.app import app
from greenroom.db import compile as compiler
from greenroom.db.migration import CORE, migration_files
from greenroom.db.statements import split
from greenroom.model import errors
from greenroom.model.dataset import Column, Dataset
from greenroom.model.pack import Pack

FOLDER = Path(__file__).parent / "reference"
MADE = "<!-- Made from the code by docs/make_reference.py (just docs). Do not edit. -->"

# Codes that belong to no error class: the gate's own, the shell's, run.py's.
OTHER_CODES = (
    (0, "done"),
    (2, "the command line does not know a verb or an option"),
    (60, "`run.py` could not make the environment"),
    (70, "a defect of Greenroom; the message names a file with the details"),
    (130, "stopped by the person"),
)


def pages() -> dict[str, str]:
    """Every generated page: file name and text."""
    return {
        "cli.md": _page("The command line", cli()),
        "settings.md": _page("Settings", settings_page()),
        "errors.md": _page("Errors and exit codes", errors_page()),
        "ledger.md": _page("The ledger: schema greenroom", ledger()),
        "datasets.md": _page("Datasets", datasets()),
        "sql-functions.md": _page("Compiled functions and views", functions()),
    }


def commands() -> dict[str, Any]:
    """Every verb, those of `db` as `db start`."""
    found: dict[str, Any] = {}
    for name, command in typer.main.get_command(app).commands.items():  # type: ignore[attr-defined]
        for sub, inner in getattr(command, "commands", {}).items():
            found[f"{name} {sub}"] = inner
        if not hasattr(command, "commands"):
            found[name] = command
    return found


def cli() -> Iterator[str]:
    """One section a verb."""
    yield (
        "Results go to standard output, progress to standard error."
        " A writing verb names host and database first and last."
    )
    yield "Exit codes: [errors](errors.md). From a checkout, `python3 run.py VERB …` is `greenroom VERB …`."
    for name, command in commands().items():
        arguments = [p for p in command.params if p.param_type_name == "argument"]
        options = [p for p in command.params if p.param_type_name == "option" and "--help" not in p.opts]
        words = " ".join(_argument(p) for p in arguments)
        usage = " ".join(part for part in (f"greenroom {name}", words, "[options]" if options else "") if part)
        yield f"## {name}"
        yield _sentence(command.help)
        yield f"```\n{usage}\n```"
        told = [(f"`{_argument(p)}`", _help(p)) for p in arguments if _help(p)]
        told += [(_spellings(p), _help(p) + (" Required." if p.required else "")) for p in options]
        if told:
            yield _table(("word", "meaning"), told)


def settings_page() -> Iterator[str]:
    """One row a setting."""
    home = str(settings.load({}).home)
    yield (
        "Environment variables, read once. A misspelt `GREENROOM_…` is an error, not ignored."
        " `greenroom settings` shows the values in force, with secrets masked."
    )
    rows = [
        (f"`{each.name}`", each.kind, _code(each.value.replace(home, "(user data folder)/greenroom")), each.help_line)
        for each in settings.listed({})
    ]
    yield _table(("setting", "kind", "default", "what"), rows)


def error_classes() -> list[type[errors.GreenroomError]]:
    """Every error, by exit code."""
    found = [c for _, c in inspect.getmembers(errors, inspect.isclass) if issubclass(c, errors.GreenroomError)]
    return sorted(found, key=lambda c: (c.exit_code, c.__name__))


def errors_page() -> Iterator[str]:
    """One row an error, and the codes that are none."""
    yield (
        "An error is one line of cause and one line of what to do."
        " Cures at length: [troubleshooting](../how-to/troubleshooting.md)."
    )
    yield "Tens are groups: 10 what was asked, 20 the source, 30 the audit, 40 the release, 50 the database."
    yield _table(
        ("exit code", "error", "cause", "what to do, unless the message knows better"),
        [(str(c.exit_code), f"`{c.__name__}`", _sentence(c.__doc__), c.default_hint) for c in error_classes()],
    )
    yield "Codes of no error class:"
    yield _table(("exit code", "means"), [(str(code), what) for code, what in OTHER_CODES])


def ledger() -> Iterator[str]:
    """The tables of schema greenroom, with their columns."""
    yield (
        "What was fetched, sealed, found, decided and released."
        " Nobody but the owner sees it; never expose it to the app."
    )
    for text in [f.text for pack in (CORE, *_packs()) for f in migration_files(pack)]:
        yield from _tables(text)
    yield "## Tables of each dataset"
    yield "Made by `migrate` from the declaration. `NAME` is a dataset of [datasets](datasets.md)."
    yield _table(
        ("table", "holds"),
        [
            ("`greenroom.batch_NAME`", "sealed rows: immutable, logged, typed"),
            ("`greenroom.prepared_NAME`", "resolved, frozen changes of prepared releases"),
        ],
    )


def datasets() -> Iterator[str]:
    """One section a dataset."""
    yield (
        "A dataset is one declared table. Kinds of column: *source* comes from a batch and is diffed;"
        " *lifecycle* is set by commands or by the maintainer; *stamp* is written by the engine."
    )
    for pack in _packs():
        yield f"# Pack {pack.name}"
        yield f"{pack.note} Default schema: `{pack.schema}`."
        for dataset in pack.datasets:
            yield f"## {dataset.name}"
            yield from _dataset(pack, dataset)


def functions() -> Iterator[str]:
    """Every function and view that migrate compiles, with its comment."""
    yield (
        "`greenroom sql DATASET` prints the text of those that belong to a dataset, `greenroom sql exams` a whole"
        " pack. `migrate` drops and rebuilds them all, except those of schema `greenroom`, which are written again"
        " in place."
    )
    core = files("greenroom").joinpath("sql", "core.sql").read_text("utf-8")
    for title, text in (("core", core), *((pack.name, compiler.pack_sql(pack, pack.schema)) for pack in _packs())):
        yield f"## {title}"
        yield _table(("what", "name", "does"), sorted(_commented(text)))


def _dataset(pack: Pack, dataset: Dataset) -> Iterator[str]:
    yield dataset.note
    bounds = dataset.bounds
    least = f"at least {bounds.least}" + (f", complete from {bounds.complete}" if bounds.complete > 1 else "")
    facts = [
        ("table", f"`{pack.schema}.{dataset.table}`"),
        ("scope", _named(dataset.scope) or f"`{dataset.group}`" * bool(dataset.group) or "that of what it refers to"),
        ("unit", _named(dataset.unit) or "the whole table"),
        ("key", _named(dataset.key)),
        ("identity", "`id`, which never changes" if dataset.identity == "id" else "the key"),
        ("rows in a unit", f"{least}; more than {bounds.most} warns"),
    ]
    if dataset.tree:
        facts.append(("depth", f"{bounds.depth_least} to {bounds.depth_most}; outside warns"))
    if dataset.current_of:
        facts.append(("filled from", f"the newest complete period of `{dataset.current_of}`"))
    yield _table(("", ""), facts)
    yield _table(("column", "type", "kind", "about"), [_column(column) for column in dataset.columns])
    if dataset.checks:
        yield "Checks of its own: " + "; ".join(f"`{c.name}` ({c.note or c.query})" for c in dataset.checks) + "."
    for source in (s for s in pack.sources if s.dataset == dataset.name):
        yield f"Source: *{source.title}*, {source.owner}. {source.licence}. {source.note}"
        yield f"Portal ids, newest first: {_named(source.provider_ids)}."


def _column(column: Column) -> tuple[str, ...]:
    also = f" Also read from: {_named(column.headers)}." if column.headers else ""
    must = " Required." if column.required else " Its header must be there." if column.expected else ""
    return (f"`{column.name}`", column.type, column.kind, (_sentence(column.note) + must + also).strip())


def _tables(text: str) -> Iterator[str]:
    """Tables of schema greenroom in one migration."""
    statements = [statement.text for statement in split(text)]
    said = dict(pair for pair in (_comment(s) for s in statements) if pair)
    for statement in statements:
        found = re.match(r'create table "?greenroom"?\.(\w+) \((.*)\)$', statement, flags=re.DOTALL)
        if found:
            name, body = found.groups()
            lines = re.findall(r"^  ([a-z_]\w*) ([a-z].*?),?$", body, flags=re.MULTILINE)
            columns = [(c, kind) for c, kind in lines if c not in ("primary", "unique", "check", "foreign")]
            yield f"## {name}"
            yield said.get(f"table greenroom.{name}", "")
            yield _table(
                ("column", "type", "about"),
                [(f"`{c}`", _type(kind), said.get(f"column greenroom.{name}.{c}", "")) for c, kind in columns],
            )


def _comment(statement: str) -> tuple[str, str] | None:
    found = re.match(r"comment on (.+?) is\s+'(.*)'$", statement, flags=re.DOTALL)
    return (found[1].replace('"', ""), found[2].replace("''", "'")) if found else None


def _commented(text: str) -> Iterator[tuple[str, ...]]:
    for statement in split(text):
        found = _comment(statement.text)
        kind, _, name = found[0].partition(" ") if found else ("", "", "")
        if found and kind in ("function", "view"):
            yield (kind, f"`{' '.join(name.split())}`", found[1])


def _type(text: str) -> str:
    return re.split(r" (?:not null|default|primary|unique|references|check|generated)", text)[0]


def _packs() -> Sequence[Pack]:
    return tuple(catalog.packs().values())


def _argument(parameter: Any) -> str:
    word = parameter.metavar or parameter.name.upper().removesuffix("S" if parameter.nargs == -1 else "")
    word = f"{word}…" if parameter.nargs == -1 else word
    return word if parameter.required else f"[{word}]"


def _spellings(parameter: Any) -> str:
    value = "" if parameter.is_flag else f" {parameter.name.upper()}"
    return ", ".join(f"`{spelling}{value}`" for spelling in (*parameter.opts, *parameter.secondary_opts))


def _help(parameter: Any) -> str:
    return _sentence(parameter.help)


def _sentence(text: str | None) -> str:
    text = " ".join((text or "").split())
    return text and text[0].upper() + text[1:] + ("" if text[-1] in ".?!:" else ".")


def _named(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _code(text: str) -> str:
    return f"`{text}`" if text else ""


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def _page(title: str, parts: Iterator[str]) -> str:
    return "\n\n".join([f"# {title}", MADE, *(part for part in parts if part)]) + "\n"


def main() -> None:
    """Write every page."""
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
        sys.stderr.write(f"docs/reference/{name}\n")


if __name__ == "__main__":
    main()
