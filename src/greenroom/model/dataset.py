"""What one published table is: its columns and their kinds, its keys, what it refers to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from greenroom.model.check import Bounds, Check
from greenroom.model.column import Column
from greenroom.model.form import Form


@dataclass(frozen=True, slots=True)
class Reference:
    """`columns` of this dataset name a row of dataset `to` by its natural key.

    In the published table the named row stands as `into` (its id). `optional` allows null.
    """

    columns: tuple[str, ...]
    to: str
    into: str
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Lookup:
    """A scope column that stands in the published table as the id of a reference row.

    `table` is a small reference table of the pack's schema, found there by `by`.
    """

    column: str
    table: str
    by: str
    into: str


@dataclass(frozen=True, slots=True)
class Tree:
    """The rows of a unit form a tree: `parent` (published as an id in `into`) holds a code.

    `order` is a row's place among its siblings.
    """

    code: str
    name: str
    parent: str
    into: str
    level: str
    order: str | None = None


@dataclass(frozen=True, slots=True)
class Dataset:
    """One published table, declared.

    `scope`: columns of the root dataset that name what is locked and released together;
    empty for flat data, whose scope is `group` (its own name unless given).
    `unit`: the columns that name the smallest thing a source publishes whole.
    `key`: the natural key inside the scope. `identity`: "id" when learners and apps point
    at a surrogate id that must survive a change of key; "key" when the key itself is the row.
    `live`: the boolean lifecycle column that shows a row to the app; only on the root
    dataset of a pack, the others follow it through their reference. `current`: the boolean
    lifecycle column that is false for an archived version.
    `label`: the columns by which a person recognises a row; by default key and name.
    `current_of`: this table repeats the newest complete period of that dataset.
    `forms`: shapes of files beside the plain one, which has the dataset's own columns.
    `needs`: datasets whose published rows the shapes read; they come first.
    `derive`: this dataset has no file; the shape of this name makes it from the published rows
    of what it `needs`, in the same transaction that promotes those.
    `beside`: a table that the source document does not name.
    `period`: the column whose highest value is the date of the data; by default the first of `unit`,
    and none when it is empty.
    `traps` and `differs` are for readers: what to know about the source, and where the table is not
    what the source document of the project expects, and why.
    """

    name: str
    table: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    unit: tuple[str, ...] = ()
    scope: tuple[str, ...] = ()
    group: str = ""
    identity: Literal["id", "key"] = "key"
    references: tuple[Reference, ...] = ()
    lookups: tuple[Lookup, ...] = ()
    tree: Tree | None = None
    live: str | None = None
    current: str | None = None
    label: tuple[str, ...] = ()
    current_of: str | None = None
    forms: tuple[Form, ...] = ()
    needs: tuple[str, ...] = ()
    derive: str | None = None
    beside: bool = False
    period: str | None = None
    traps: tuple[str, ...] = ()
    differs: str = ""
    bounds: Bounds = field(default_factory=Bounds)
    checks: tuple[Check, ...] = ()
    note: str = ""

    @property
    def source_columns(self) -> tuple[Column, ...]:
        """What a source gives: diffed, hashed, reviewed."""
        return tuple(c for c in self.columns if c.kind == "source")

    @property
    def lifecycle_columns(self) -> tuple[Column, ...]:
        """What commands and the maintainer set: never overwritten by a batch."""
        return tuple(c for c in self.columns if c.kind == "lifecycle")

    def column(self, name: str) -> Column:
        """The column of this name."""
        return next(c for c in self.columns if c.name == name)
