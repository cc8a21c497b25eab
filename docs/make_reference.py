"""The reference, made from the code: declarations and comments enter, `docs/reference/**.md` leave."""

import inspect
import re
import sys
from calendar import month_name
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
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
from greenroom.model.column import Column
from greenroom.model.dataset import Dataset
from greenroom.model.form import Form
from greenroom.model.pack import Pack
from greenroom.model.source import Source

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

# What each index of the caches is for.
SERVES = {
    "commune_context_cache_code": "one commune; refreshing without a lock that a reader feels",
    "commune_context_cache_departement": "the communes of a département",
    "lycee_context_cache_uai": "one lycée, or a list of them (`uai = any (…)`); refreshing without a lock",
    "lycee_context_cache_departement": "`code_departement = … and ips >= … order by ips desc`",
    "lycee_context_cache_commune": "the lycées of a commune",
    "lycee_context_cache_academie": "the lycées of an académie by index, for its percentiles",
    "lycee_context_cache_specialites": "`specialites_array @> array['Mathématiques']`",
    "lycee_context_cache_geom": "the nearest (`order by geom <-> point(2.35, 48.85)`), or inside a box or circle",
    "lycee_context_cache_nom": "the beginning of a name without accents (`nom_recherche like 'jean mo%'`)",
    "college_context_cache_uai": "one collège, or a list of them; refreshing without a lock",
    "college_context_cache_departement": "`code_departement = … and ips >= … order by ips desc`",
    "college_context_cache_commune": "the collèges of a commune",
    "college_context_cache_geom": "the nearest, or inside a box or circle",
    "college_context_cache_nom": "the beginning of a name without accents",
}

# Columns of the caches of which the database says nothing more.
MEANS = {
    "voisins": "Codes of the neighbours.",
    "local_services_total": "Facilities of all the services known.",
    "local_services_known": "How many of the 18 services are known.",
    "crime_annee": "Year of the crime figures.",
    "from_parent": "Of an arrondissement: what it has from its commune, in words (services, crime, …).",
    "annee_services": "Year of the services.",
    "annee_immo": "Year of the sales.",
    "annee_education": "Year of the diplomas.",
    "annee_age": "Year of population and ages.",
    "annee_revenu": "Year of the incomes.",
    "annee_logement": "Year of the dwellings.",
    "annee_activite": "Year of jobs and unemployment.",
    "code_region_insee": "INSEE code of the region.",
    "ecart_type_etablissement": "Standard deviation of ips.",
    "ecart_type_de_l_ips": "Standard deviation of ips.",
    "ips_rentree": "School year of the index.",
    "ips_departemental_ref": "Mean of the same type of lycée in the département.",
    "ips_percentile_academie": "Of the other lycées of the académie with a published index, per cent below it.",
    "specialites_array": "Spécialités, canonical labels; null: not listed at ONISEP; empty: listed without any.",
    "nb_specialites": "How many they are.",
    "nb_formations": "Programmes that ONISEP lists for it.",
    "url_onisep": "Its page at ONISEP.",
    "options_array": "Options of the classe de 2nde; null: not listed.",
    "lv1_array": "First languages; null: not listed.",
    "lv2_array": "Second languages; null: not listed.",
    "has_section_internationale": "Whether it has an international section of this level, or the directory says so.",
    "sections_internationales": "Its international sections of this level.",
    "latitude": "WGS84; null = not known.",
    "longitude": "WGS84; null = not known.",
    "precision_position": "How good the point is: the directory's own word, annuaire, or onisep.",
    "address": "Address as one text.",
    "nom_recherche": "The name in lower case without accents, for prefix search.",
    "has_commune_context": "Whether the commune cache knows its commune.",
    "code_commune": "INSEE code, of today.",
}

# A compiled function that as many datasets as this have is told once.
_MANY = 10


def pages() -> dict[str, str]:
    """Every generated page: file name and text."""
    return {
        "cli.md": _page("The command line", cli()),
        "settings.md": _page("Settings", settings_page()),
        "errors.md": _page("Errors and exit codes", errors_page()),
        "ledger.md": _page("The ledger: schema greenroom", ledger()),
        "datasets.md": _page("Datasets", datasets()),
        **{
            f"datasets/{dataset.name}.md": _page(dataset.name, dataset_page(pack, dataset))
            for pack in _packs()
            for dataset in pack.datasets
        },
        "caches.md": _page("Caches of the schools pack, and the views under them", caches()),
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
    yield from _tables([s for pack in (CORE, *_packs()) for f in migration_files(pack) for s in _statements(f.text)])
    yield "## Tables of each dataset"
    yield "Made by `migrate` from the declaration. `NAME` is a dataset of [datasets](datasets.md)."
    yield _table(
        ("table", "holds"),
        [
            ("`greenroom.batch_NAME`", "sealed rows: immutable, logged, typed"),
            ("`greenroom.edited_NAME`", "effective rows that corrections changed, took away or added"),
            ("`greenroom.prepared_NAME`", "resolved, frozen changes of prepared releases"),
        ],
    )


def datasets() -> Iterator[str]:
    """The index: one line a dataset, in groups."""
    yield (
        "A dataset is one declared table. Its page says what it is, where its rows come from and under which licence,"
        " how files of each vintage spell its columns, what to beware of, and who reads it."
    )
    yield "The three caches that the site reads, and the views they stand on: [caches](caches.md)."
    for pack in _packs():
        yield f"## Pack {pack.name}"
        yield f"{pack.note} Schema: `{pack.schema}`, unless `GREENROOM_{pack.name.upper()}_SCHEMA` says another."
        named = [d for d in pack.datasets if not d.beside]
        beside = [d for d in pack.datasets if d.beside]
        if beside:
            yield f"### The {len(named)} tables of the source document"
        yield _table(("dataset", "what", "key", "comes from"), [_listed(pack, d) for d in _by_name(named)])
        if beside:
            yield f"### {len(beside)} tables beside"
            yield "The source document does not name them. The tables above, or the caches, are made with them."
            yield _table(("dataset", "what", "key", "comes from"), [_listed(pack, d) for d in _by_name(beside)])
    yield "## Files to get by hand"
    yield (
        "No address is registered for these. Put the files into one folder:"
        " [load the French data](../how-to/load-the-french-data.md)."
    )
    yield _table(("dataset", "in a run", "where to get it"), sorted(_by_hand()))
    yield "## How to read a page"
    yield "\n".join(
        (
            "- **Kinds of column**: *source* comes from a batch and is diffed; *lifecycle* is set by commands or by the"
            " maintainer; *stamp* is written by the engine. A column without a word of this kind is a source column.",
            "- **Spellings** are headers of files, beside the column's own name. Case, accents, blanks, `_`, `-`, `'`"
            " do not count. `{annee}` stands for the year of the data in four digits, `{aa}` in two, `{autre}` for a"
            " year that says nothing about them; what stands in `[…]` may be missing. Where headers hold several years,"
            " the newest is read.",
            "- **Required**: a row without it goes to quarantine. *Its header must be there*: its cells may be empty.",
            "- **Withheld** is not empty: the publisher has a value and keeps it back. The cell is null, and the"
            " column's name stands in `withheld`.",
            "- **Unit**: what a file gives whole. A complete file of a unit retires the rows that it lacks; other units"
            " are left as they are.",
            "- **In a run**: a table none of whose sources is there, and which has an *expected* one, makes"
            " `greenroom run` end with exit code 1.",
        )
    )


def dataset_page(pack: Pack, dataset: Dataset) -> Iterator[str]:
    """What one table is, where its rows come from, what to beware of, who reads it."""
    yield dataset.note
    yield _table(("", ""), list(_facts(pack, dataset)))
    yield "## Source"
    yield from _sources(pack, dataset)
    yield "## Columns"
    yield from _columns(pack, dataset)
    if forms := list(_forms(pack, dataset)):
        yield "## Files it reads"
        yield from forms
    yield "## Checks"
    yield from _checks(pack, dataset)
    yield "## Traps"
    yield _bullets(dataset.traps) or "None known."
    if dataset.differs:
        yield "## How it differs from the source document"
        yield dataset.differs
    yield "## Read by"
    yield _bullets(_readers(pack, dataset)) or "Nothing here; it is for the app."


def _by_hand() -> Iterator[tuple[str, ...]]:
    """Datasets of which no source has an address, and where a person gets the file."""
    for pack in _packs():
        for dataset in pack.datasets:
            sources = [source for source in pack.sources if source.dataset == dataset.name]
            if sources and not any(source.urls for source in sources):
                expected = "optional" if all(source.optional for source in sources) else "expected"
                told = " Or: ".join(source.where.rstrip(".") + "." for source in sources)
                yield _link(pack, dataset.name, "datasets/"), expected, told


def _by_name(found: Iterable[Dataset]) -> list[Dataset]:
    return sorted(found, key=lambda dataset: dataset.name)


def _listed(pack: Pack, dataset: Dataset) -> tuple[str, ...]:
    sources = _sources_of(pack, dataset)
    if dataset.derive:
        origin = "made from " + ", ".join(_link(pack, name) for name in dataset.needs)
    elif dataset.current_of:
        origin = f"newest period of {_link(pack, dataset.current_of)}"
    elif pack.landing == "inbox":
        origin = "documents, inbox"
    else:
        origin = "; ".join(dict.fromkeys(source.owner for source in sources))
    return (
        _link(pack, dataset.name, "datasets/"),
        dataset.note,
        _named(dataset.key),
        origin.replace("](", "](datasets/"),
    )


def _facts(pack: Pack, dataset: Dataset) -> Iterator[tuple[str, str]]:
    yield "table", f"`{pack.schema}.{dataset.table}`"
    if pack.landing == "file":
        yield "in the source document", "no: a table beside" if dataset.beside else "yes"
    yield "key", _named(dataset.key)
    yield "identity", "`id`, which never changes" if dataset.identity == "id" else "the key"
    yield "unit", _named(dataset.unit) or "the whole table"
    if period := dataset.period if dataset.period is not None else next(iter(dataset.unit), ""):
        yield "date of the data", f"highest `{period}`"
    yield (
        "scope",
        _named(dataset.scope)
        or (f"`{dataset.group or dataset.name}`" if pack.landing == "file" else "that of what it refers to"),
    )
    if dataset.current_of:
        yield "filled from", f"the newest complete period of {_link(pack, dataset.current_of)}, in the same release"
    if dataset.needs:
        yield "made from" if dataset.derive else "needs", ", ".join(_link(pack, name) for name in dataset.needs)


def _sources_of(pack: Pack, dataset: Dataset) -> list[Source]:
    """Its registered sources; those of the table that it repeats."""
    return [s for s in pack.sources if s.dataset in (dataset.name, dataset.current_of)]


def _sources(pack: Pack, dataset: Dataset) -> Iterator[str]:
    if pack.landing == "inbox":
        yield (
            "Documents of the boards ([publish a specification](../../how-to/publish-a-specification.md)), or rows that"
            " another program writes into the inbox ([your own scraper](../../how-to/your-own-scraper.md))."
        )
        yield "Licence: the pack states none; each board has its own terms."
    if dataset.derive:
        yield (
            f"No file of its own: made by `{dataset.derive}` from {', '.join(_link(pack, n) for n in dataset.needs)},"
            " and made again whenever one of them is promoted, in the same transaction."
        )
        found = {
            source.licence: None
            for name in sorted(_roots(pack, dataset))
            for source in _sources_of(pack, pack.dataset(name))
        }
        yield f"Licence: that of what it is made from: {'; '.join(found)}."
    for source in _sources_of(pack, dataset):
        yield f"### {source.title}"
        yield _table(("", ""), list(_source(source)))


def _roots(pack: Pack, dataset: Dataset) -> set[str]:
    """The datasets with files of their own that a derived one is made from."""
    if not dataset.derive:
        return {dataset.name}
    return {root for name in dataset.needs for root in _roots(pack, pack.dataset(name))}


def _source(source: Source) -> Iterator[tuple[str, str]]:
    yield "owner", source.owner
    yield "licence", source.licence
    if source.urls:
        yield (
            "address",
            " ".join(f"<{url}>" for url in source.urls) + (", newest first" if len(source.urls) > 1 else ""),
        )
    if source.where:
        yield "where to get it", source.where
    if source.provider_ids:
        yield "id at the provider", _named(source.provider_ids)
    if source.months:
        when = ", ".join(month_name[month] for month in source.months)
        yield "new edition", when + (f", every {source.every_years} years" if source.every_years > 1 else "")
    yield "in a run", "optional: without it the run is whole" if source.optional else "expected"
    if source.note:
        yield "about", source.note


def _columns(pack: Pack, dataset: Dataset) -> Iterator[str]:
    header = ("column", "type", "meaning", "spellings in files")
    # what has no file of its own has no spellings
    width = 3 if dataset.derive or pack.landing == "inbox" else 4
    yield _table(header[:width], [_column(column)[:width] for column in dataset.columns])
    kept_back: dict[tuple[str, ...], list[str]] = {}
    for column in dataset.columns:
        if column.missing and not dataset.derive:
            kept_back.setdefault(column.missing, []).append(column.name)
    for tokens, names in kept_back.items():
        where = f": {_named(names)}" if len(kept_back) > 1 else ""
        yield f"In the columns that may be withheld, {_named(tokens)} mean *withheld*{where}."
    statements = _migrations(pack)
    said = _said(statements)
    home = rf'"?{pack.schema}"?\.{dataset.table}'
    made = [
        (name, f"`{name}` {said.get(f'column {pack.schema}.{dataset.table}.{name}', '')}".strip())
        for statement in statements
        if re.match(rf"(create|alter) table {home}\s", statement)
        for name in re.findall(r"^\s+(?:add column )?(\w+) .*generated always as \(", statement, flags=re.MULTILINE)
    ]
    if made:
        yield "Also in the table, computed by PostgreSQL: " + "; ".join(dict(made).values()) + "."
    indexes = [
        found[1]
        for s in statements
        if (found := re.match(rf"create (?:unique )?index \w+\s+on {home}\s+(.*)$", s, re.DOTALL))
    ]
    if indexes:
        yield "Indexes beside the key: " + ", ".join(f"`{_line(index)}`" for index in indexes) + "."


def _column(column: Column) -> tuple[str, ...]:
    kind = "" if column.kind == "source" else f"({column.kind}) "
    must = " Required." if column.required else " Its header must be there." if column.expected else ""
    kept_back = " May be withheld." if column.missing else ""
    clean = f" Read by rule `{column.clean}`." if column.clean else ""
    about = kind + _sentence(column.note) + must + kept_back + clean
    return (f"`{column.name}`", column.type, about.strip(), _spelt(column))


def _spelt(column: Column) -> str:
    """Its headers; those that differ by what does not count, or by a year at their end, only once."""
    met: dict[str, tuple[str, set[str]]] = {_folded(column.name): (column.name, {""})}
    for header in column.headers:
        year = re.search(r"(?<=\S)\s*\{(annee|aa|autre)\}$", header)
        bare = header[: year.start()] if year else header
        spelling, years = met.setdefault(_folded(bare), (bare, set()))
        years.add(year[0] if year else "")
        met[_folded(bare)] = (spelling, years)
    told = []
    for spelling, years in met.values():
        dated = sorted(years - {""})
        if "" not in years:
            told += [spelling + year for year in dated]
        elif dated:
            told += [f"{spelling} [{'|'.join(year.strip() for year in dated)}]"]
        elif spelling != column.name:
            told.append(spelling)
    return _named(told)


def _folded(name: str) -> str:
    from unicodedata import combining, normalize

    letters = "".join(c for c in normalize("NFKD", name) if not combining(c))
    return re.sub(r"[\s_'’\-‐‑–]", "", letters).casefold()


def _forms(pack: Pack, dataset: Dataset) -> Iterator[str]:
    """The shapes of file that are tried; of the table itself, or of the one it repeats."""
    if dataset.derive or pack.landing == "inbox":
        return
    if dataset.current_of:
        yield f"Those of {_link(pack, dataset.current_of)}."
        return
    yield (
        "CSV (any separator and encoding), JSON records, XLSX, zipped or gzipped. The form that knows most of the"
        " file's headers is taken. **Plain**: the columns above, under any of their spellings; exports of this table"
        " too."
    )
    own = {column.name: column for column in dataset.columns}
    for form in dataset.forms:
        yield f"**{form.name}**: {_sentence(form.note)}" if form.note else f"**{form.name}**"
        yield _bullets(_form(form, own))


def _form(form: Form, own: Mapping[str, Column]) -> Iterator[str]:
    place = form.place
    where = [
        f"file `{place.member}` in the ZIP" if place.member else "",
        f"sheet `{place.sheet}`" if place.sheet else "",
        f"header in line {place.header_row}" if place.header_row > 1 else "",
        f"titles of blocks in line {place.block_row}, put before the names" if place.block_row else "",
    ]
    if any(where):
        yield "Place: " + ", ".join(filter(None, where)) + "."
    if form.year:
        yield f"Year: `{form.year}`, from the headers, `--period` or the file's name where no column has it."
    must = [_taken(c, own) for c in form.columns if (c.required or c.expected) and c.name != form.year]
    rest = [_taken(c, own) for c in form.columns if not (c.required or c.expected) or c.name == form.year]
    if must:
        yield f"Headers that must be there: {', '.join(must)}."
    if rest:
        yield f"Others it knows: {', '.join(rest)}."
    if form.shape:
        yield f"Made into rows by `{form.shape}`."


def _taken(column: Column, own: Mapping[str, Column]) -> str:
    """A column of a form: with its spellings where they are not the table's own."""
    same = column.name in own and own[column.name].headers == column.headers
    spelt = "" if same else _spelt(column)
    return f"`{column.name}`" + (f" ({spelt})" if spelt else "")


def _checks(pack: Pack, dataset: Dataset) -> Iterator[str]:
    bounds = dataset.bounds
    said = [
        f"Fewer than {bounds.least:,} rows in a unit are an error."
        if bounds.least > 1
        else "A unit without a row is an error."
    ]
    if bounds.complete > 1:
        said.append(f"Fewer than {bounds.complete:,} rows are an extract: it adds and changes, and retires nothing.")
    said.append(f"More than {bounds.most:,} {'rows are' if bounds.most > 1 else 'row is'} a warning.")
    if dataset.tree:
        said.append(f"A depth outside {bounds.depth_least} to {bounds.depth_most} is a warning.")
    yield " ".join(said)
    if dataset.checks:
        yield _table(("check", "finds"), [(f"`{c.name}`", _sentence(c.note or c.query)) for c in dataset.checks])
    if pack.landing == "file":
        yield "Those of every dataset: [troubleshooting](../../how-to/troubleshooting.md)."


def _readers(pack: Pack, dataset: Dataset) -> Iterator[str]:
    """Datasets, views and functions that read a table."""
    if filled := [d.name for d in pack.datasets if d.current_of == dataset.name]:
        yield "repeated by " + ", ".join(_link(pack, name) for name in filled)
    if made := [d.name for d in pack.datasets if dataset.name in d.needs and d.derive]:
        yield "made again from it: " + ", ".join(_link(pack, name) for name in sorted(made))
    if others := [d.name for d in pack.datasets if dataset.name in d.needs and not d.derive]:
        yield "looked into when their files are read: " + ", ".join(_link(pack, name) for name in sorted(others))
    views = _views(pack)
    direct = {name for name, text in views.items() if dataset.table in _tables_in(pack, text)}
    met, ahead = set[str](), set(direct)
    while ahead - met:
        name = (ahead - met).pop()
        met.add(name)
        ahead |= {other for other, text in views.items() if name in _tables_in(pack, text)}
    if plain := sorted(name for name in direct if name not in _cache_names(pack)):
        yield "views " + _named(plain)
    if cached := sorted(met & _cache_names(pack)):
        yield "caches " + ", ".join(f"[{name}](../caches.md#{name})" for name in cached)
    for kind in ("function", "view"):
        if names := sorted({name for made, name in _made_reading(pack, dataset.table) if made == kind}):
            yield f"compiled {kind}s " + _named(names)


def _link(pack: Pack, name: str, folder: str = "") -> str:
    return f"[{name}]({folder}{name}.md)"


def _bullets(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _line(text: str) -> str:
    return " ".join(text.split())


@cache
def _migrations(pack: Pack) -> tuple[str, ...]:
    return tuple(statement for file in migration_files(pack) for statement in _statements(file.text))


@cache
def _views(pack: Pack) -> dict[str, str]:
    """Views of the pack's schema and their text, the last that its migrations give."""
    made = re.compile(rf'create (?:or replace )?(?:materialized )?view "?{pack.schema}"?\.(\w+) as\s+(.*)$', re.DOTALL)
    return {found[1]: found[2] for statement in _migrations(pack) if (found := made.match(statement))}


@cache
def _cache_names(pack: Pack) -> set[str]:
    made = re.compile(rf'create materialized view "?{pack.schema}"?\.(\w+)')
    return {found[1] for statement in _migrations(pack) if (found := made.match(statement))}


def _tables_in(pack: Pack, text: str) -> list[str]:
    return list(dict.fromkeys(re.findall(rf'"{pack.schema}"\.(\w+)', text)))


def _made_reading(pack: Pack, table: str) -> Iterator[tuple[str, str]]:
    """Functions and views of the pack's own SQL files that name a table."""
    for file in pack.sql_folder().iterdir():
        if file.name.endswith(".sql"):
            for statement in _statements(file.read_text("utf-8")):
                made = re.match(r'create (?:or replace )?(function|view) ("?\w+"?\.\w+)', statement)
                if made and table in _tables_in(pack, statement):
                    yield made[1], made[2].replace('"', "")


def caches() -> Iterator[str]:
    """The materialized views column by column, their indexes, and the views they stand on."""
    pack = next(pack for pack in _packs() if _cache_names(pack))
    said = _said(_migrations(pack))
    yield (
        "Three materialized views hold what the site reads: one row a commune, a lycée, a collège. Whatever they join"
        " has one row per key, so no school stands in them twice, and none is lost for want of a commune."
        " `greenroom refresh` and `select educational_data.refresh_all_caches();` bring them up to date:"
        " [refresh and freshness](../how-to/refresh-and-freshness.md)."
    )
    yield "\n".join(
        (
            "- **Which period they show** stands in `cache_periods`: of each table the newest that a complete batch"
            " covers, else the newest there is. The index of social position is that of the school year of the session"
            " shown, or the newest before it.",
            "- **Which communes**: those with a secondary school or a school sector and their neighbours"
            " (`relevant_communes`). All of France after"
            " `update educational_data.cache_settings set all_communes = true;` and a refresh.",
            "- **Current codes**: a commune that has merged since a file was made is found under its code of today."
            " Counts are added up, shares are weighted, medians of several communes are null.",
            "- **Paris, Lyon, Marseille** stand in the commune cache as a whole and by arrondissement. What a file does"
            " not say of an arrondissement is taken from its commune, and `from_parent` says what.",
            "- **`geom`** is PostgreSQL's own `point` (longitude, latitude), with or without PostGIS, which casts it:"
            " `geom::geometry`. Distances of `<->` are in degrees, not metres.",
            "- **Null is not 0.** `local_services_known` and `crime_coverage` say how much is known; `ips_status`,"
            " `revenu_level` and `immo_weak` say why a value is null or weak.",
        )
    )
    for view, text in _views(pack).items():
        if view in _cache_names(pack):
            yield f"## {view}"
            yield said[f"materialized view {pack.schema}.{view}"]
            yield _table(("column", "from", "meaning"), list(_cached(pack, view, text, said)))
            yield "Indexes:"
            yield _table(("index", "on", "serves"), list(_indexed(pack, view)))
            vintage = [c for c, _ in _selected(text) if re.match(r"annee|session$|ips_rentree$|crime_annee$", c)]
            yield f"Of which year: {_named(vintage)}."
    yield "## Views"
    yield "What the caches stand on; `couverture_etablissements` is what `greenroom coverage` counts."
    yield _table(
        ("view", "holds", "reads"),
        [
            (f"`{view}`", said[f"view {pack.schema}.{view}"], ", ".join(_told(pack, t) for t in _tables_in(pack, text)))
            for view, text in sorted(_views(pack).items())
            if view not in _cache_names(pack)
        ],
    )
    yield "## Two small tables"
    for table in ("cache_periods", "cache_settings"):
        columns = {k.rpartition(".")[2]: v for k, v in said.items() if k.startswith(f"column {pack.schema}.{table}.")}
        yield f"`{table}`: {said[f'table {pack.schema}.{table}']}"
        yield _table(("column", "about"), [(f"`{column}`", about) for column, about in columns.items()])


def _cached(pack: Pack, view: str, text: str, said: Mapping[str, str]) -> Iterator[tuple[str, ...]]:
    aliases = _aliases(pack, text)
    for column, expression in _selected(text):
        period = re.fullmatch(
            r"\(select \w+\.period from .*cache_periods as \w+ where \w+\.name = '(\w+)'\)", expression
        )
        met = list(dict.fromkeys(re.findall(r"\b([a-z]+)\.(\w+)", re.sub(r'"\w+"\.\w+', "", expression))))
        origins = [(aliases[alias], name) for alias, name in met if alias in aliases]
        meaning = said.get(f"column {pack.schema}.{view}.{column}", "")
        meaning = meaning or MEANS.get(column, "")
        if period:
            origin = f"period shown of {_told(pack, period[1])}"
        else:
            by_table: dict[str, list[str]] = {}
            for table, name in origins:
                by_table.setdefault(table, []).append(name)
            origin = "; ".join(f"{_told(pack, table)}: {_named(names)}" for table, names in by_table.items())
            meaning = meaning or next(filter(None, (_meaning(pack, t, n) for t, n in origins if n == column)), "")
        yield f"`{column}`", origin, meaning


def _meaning(pack: Pack, table: str, column: str) -> str:
    """What a column of this name means, in the table or in what the view reads."""
    if table in _cache_names(pack):
        return "see there"
    for name in (table, *_tables_in(pack, _views(pack).get(table, ""))):
        for dataset in pack.datasets:
            if dataset.table == name and column in (c.name for c in dataset.columns):
                return _sentence(dataset.column(column).note)
    return ""


def _selected(text: str) -> Iterator[tuple[str, str]]:
    """The columns of a view's last select list, and what each is made of."""
    body = _line(text).removeprefix("select ")
    parts, depth, start = [], 0, 0
    for token in re.finditer(r"'(?:[^']|'')*'|[()\[\],]|\bfrom\b", body):
        depth += (token[0] in "([") - (token[0] in ")]")
        if depth == 0 and token[0] in (",", "from"):
            parts.append(body[start : token.start()].strip())
            start = token.end()
            if token[0] == "from":
                break
    for part in parts:
        named = re.fullmatch(r"(.*) as (\w+)", part)
        yield (named[2], named[1]) if named else (part.rpartition(".")[2], part)


def _aliases(pack: Pack, text: str) -> dict[str, str]:
    """What the short names of a view's joins stand for."""
    found = {alias: table for table, alias in re.findall(rf'"{pack.schema}"\.(\w+) as (\w+)', text)}
    for inner, alias in re.findall(r"lateral \((.*?)\n\) as (\w+)", text, flags=re.DOTALL):
        found[alias] = _tables_in(pack, inner)[0]
    return found


def _indexed(pack: Pack, view: str) -> Iterator[tuple[str, ...]]:
    made = re.compile(rf'create (?:unique )?index (\w+)\s+on "?{pack.schema}"?\.{view}\s+(.*)$', re.DOTALL)
    for statement in _migrations(pack):
        if found := made.match(statement):
            yield f"`{found[1]}`", f"`{_line(found[2])}`", SERVES.get(found[1], "")


def _told(pack: Pack, table: str) -> str:
    """A table by name; with a link where it has a page."""
    dataset = next((d for d in pack.datasets if d.table == table), None)
    if dataset:
        return _link(pack, dataset.name, "datasets/")
    return f"[{table}](#{table})" if table in _cache_names(pack) else f"`{table}`"


def functions() -> Iterator[str]:
    """Every function and view that migrate compiles, with its comment."""
    yield (
        "`greenroom sql DATASET` prints the text of those that belong to a dataset, `greenroom sql exams` a whole"
        " pack. `migrate` drops and rebuilds them all, except those of schema `greenroom`, which are written again"
        " in place."
    )
    folder = files("greenroom").joinpath("sql")
    core = "\n".join(folder.joinpath(name).read_text("utf-8") for name in ("core.sql", "decide.sql"))
    told = [("core", sorted(_commented(core)))]
    told += [(pack.name, sorted(_commented(compiler.pack_sql(pack, pack.schema)))) for pack in _packs()]
    own = [row for title, rows in told for row in rows if _is_called(row[1])]
    yield "## What an app or a person calls"
    yield "In the schemas of the published tables and of the app; the rest is the engine's."
    yield _table(("what", "name", "does"), own)
    for title, rows in told:
        inner = [row for row in rows if row not in own]
        yield f"## {title}"
        pack = catalog.packs().get(title)
        each = _of_each(pack, inner) if pack else {}
        yield _table(("what", "name", "does"), [row for row in inner if row not in each])
        if pack and each:
            yield f"### {title}: one for each dataset"
            yield "`NAME` is the dataset."
            yield _table(("what", "name", "does"), list(dict.fromkeys(each.values())))


def _is_called(name: str) -> bool:
    schema = name.strip("`").partition(".")[0]
    return schema in {pack.schema for pack in _packs()} | {"analytics"}


def _of_each(pack: Pack, rows: Iterable[tuple[str, ...]]) -> dict[tuple[str, ...], tuple[str, ...]]:
    """Rows that stand for many datasets alike, and the row that tells them all."""
    found: dict[tuple[str, ...], tuple[str, ...]] = {}
    names = sorted({d.name for d in pack.datasets}, key=len, reverse=True)
    for row in rows:
        said = re.match(r"`(\w+\.(?:\w+?_)??)(" + "|".join(names) + r")(?=[`(])", row[1])
        if said:
            found[row] = tuple(
                re.sub(rf"(?<![a-z]){said[2]}(?![a-z_])|(?<=_){said[2]}(?![a-z_])", "NAME", c) for c in row
            )
    many = Counter(found.values())
    return {row: general for row, general in found.items() if many[general] >= _MANY}


def _tables(statements: Sequence[str]) -> Iterator[str]:
    """Tables of schema greenroom, with the columns that later migrations added."""
    said = _said(statements)
    tables: dict[str, list[tuple[str, str]]] = {}
    for statement in statements:
        if made := re.match(r'create table "?greenroom"?\.(\w+) \((.*)\)$', statement, flags=re.DOTALL):
            lines = re.findall(r"^  ([a-z_]\w*) ([a-z].*?),?$", made[2], flags=re.MULTILINE)
            tables[made[1]] = [(c, k) for c, k in lines if c not in ("primary", "unique", "check", "foreign")]
        elif changed := re.match(r'alter table "?greenroom"?\.(\w+)\s(.*)$', statement, flags=re.DOTALL):
            tables[changed[1]] += re.findall(r"add column (\w+) (.*?),?$", changed[2], flags=re.MULTILINE)
    for name, columns in tables.items():
        yield f"## {name}"
        yield said.get(f"table greenroom.{name}", "")
        yield _table(
            ("column", "type", "about"),
            [(f"`{c}`", _type(kind), said.get(f"column greenroom.{name}.{c}", "")) for c, kind in columns],
        )


def _said(statements: Iterable[str]) -> dict[str, str]:
    """What is commented on, without quotes, and the comment; the last one counts."""
    return dict(pair for pair in map(_comment, statements) if pair)


@cache
def _statements(text: str) -> tuple[str, ...]:
    return tuple(statement.text for statement in split(text))


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
    made = pages()
    (FOLDER / "datasets").mkdir(exist_ok=True)
    for name, text in made.items():
        (FOLDER / name).write_text(text, encoding="utf-8")
    for page in (FOLDER / "datasets").glob("*.md"):
        if f"datasets/{page.name}" not in made:
            page.unlink()
    sys.stderr.write(f"docs/reference: {len(made)} pages\n")


if __name__ == "__main__":
    main()
