"""One domain: its datasets in the order of their references, its schema and its SQL."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from greenroom.model.check import Finding
from greenroom.model.dataset import Dataset
from greenroom.model.landing import Landing, Manners, Part
from greenroom.model.request import Request
from greenroom.model.source import Proved, Source


@dataclass(frozen=True, slots=True)
class Pack:
    """What `migrate` installs and `compile` compiles.

    `schema` is the default schema of the published tables; `package` the Python package
    whose `sql/` folder holds `migrations/*.sql` (run once, by name) and `*.sql` (functions
    and views of the compiled schema, written again at each migrate, by name). Its `sql/after/*.sql`
    are run after each migrate, each statement a transaction that waits for nobody for long.
    `landing` says where sealed rows come from: "inbox" (views `inbox_<dataset>` of the
    pack's SQL) or "file" (the temporary table `landing` of the loading transaction).
    `parse` reads one document of an inbox pack: (its parts, scope keys, the unit's first key part if
    the user named one) -> a Landing for each unit it is of; it raises a SourceError where the
    document is not what it should be. Most documents are one part; the pages of one list are several.
    `start` (scope keys, first key part if one was named) gives the requests that a visit to the source
    begins with, `follow` (scope keys, a request, what came) those that a fetched page leads to.
    `manners` (scope keys) says how that source is visited.
    """

    name: str
    schema: str
    package: str
    datasets: tuple[Dataset, ...]
    landing: str
    sources: tuple[Source, ...] = ()
    parse: Callable[[Sequence[Part], tuple[str, ...], str | None], Sequence[Landing]] | None = None
    start: Callable[[tuple[str, ...], str | None], Iterable[Request]] | None = None
    follow: Callable[[tuple[str, ...], Request, bytes], Iterable[Request]] | None = None
    manners: Callable[[tuple[str, ...]], Manners] | None = None
    # Further findings on what was parsed, from documents it names that are at hand: the store's bytes by address.
    compare: Callable[[Landing, Callable[[str], bytes | None]], Sequence[Finding]] | None = None
    # One document in a person's words: (scope keys, first key part, what was said of it) -> a Landing that is a part.
    told: Callable[[tuple[str, ...], str, Mapping[str, Any]], Landing] | None = None
    # What its parsers know and its tables must: each migrate hands it to `learn(p_taught jsonb)`, in its transaction.
    teaches: Callable[[], Sequence[Mapping[str, Any]]] | None = None
    # How far the reading of each kind of document is proved; asked for late, since it loads every parser.
    proofs: Callable[[], Sequence[Proved]] | None = None
    # The name its SQL files are written for, where `schema` is another.
    written_for: str = ""
    # The path on which consumers find its tables without naming a schema.
    search_path: tuple[str, ...] = ()
    # By rule of cleaning, texts that the rule leaves as they are, but for a decimal comma and zeros after it:
    # the texts themselves, `#` at the end for digits, or an anchored pattern of them (of numbers: up to 20 characters).
    # Rows of such cells are not cleaned cell by cell.
    plain: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict, hash=False)
    # Small tables of its schema that are no datasets, and that the app reads.
    side_tables: tuple[str, ...] = ()
    # Tables (schema.table) beside the datasets, to which the app only adds rows: its log.
    appended: tuple[str, ...] = ()
    # The dataset that lists what the world offers. Its pack's SQL counts against it: `coverage(p_area)` answers
    # (area, kind, what, offered, present), `coverage_missing(p_area, p_what)` (area, kind, what, key, name, why).
    offered_in: str = ""
    # Or its sources publish lists of what they offer, which `land_list` lays down and `coverage` counts against;
    # `coverage_next()` then says what is to be done next (area, kind, why, command).
    lists_offers: bool = False
    # `links(p_scope, p_only)` of its SQL gives the web addresses (url, what, kind) that the app is given.
    gives_links: bool = False
    # By format, the function of its SQL that tells what is published in it: of (scopes, one subject or none, a base
    # address or none, whole documents only) it answers path, subject_code (of a whole document alone) and document.
    exports: Mapping[str, str] = field(default_factory=dict, hash=False)
    # For a second installation (model/installation.py): the pack it is of, and the schema where its SQL finds the
    # published tables of others, when that is not its own.
    copy_of: str = ""
    reads: str = ""
    note: str = ""

    @property
    def file_schema(self) -> str:
        """The schema's name as the SQL files of the pack write it."""
        return self.written_for or self.schema

    @property
    def compiled_schema(self) -> str:
        """The schema of the pack's functions and views."""
        return f"greenroom_{self.name}"

    @property
    def root(self) -> Dataset | None:
        """The dataset whose rows are the units of all others, if there is one."""
        return next((d for d in self.datasets if d.scope), None)

    @property
    def groups(self) -> dict[str, list[Dataset]]:
        """Flat datasets by the scope they are released in."""
        found: dict[str, list[Dataset]] = {}
        for dataset in self.datasets:
            found.setdefault(dataset.group or dataset.name, []).append(dataset)
        return found

    def dataset(self, name: str) -> Dataset:
        """The dataset of this name."""
        return next(d for d in self.datasets if d.name == name)

    def sql_folder(self) -> Traversable:
        """Where the pack's migrations, functions and checks are."""
        return files(self.package).joinpath("sql")
