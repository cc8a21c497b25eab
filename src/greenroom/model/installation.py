"""A pack, or one dataset of it, installed a second time elsewhere: which, and the pack that is compiled for it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from greenroom.model.dataset import Dataset
from greenroom.model.pack import Pack


@dataclass(frozen=True, slots=True)
class Installation:
    """`table` takes the rows of `dataset`; without both it is the whole pack. `name` is given by the ledger."""

    pack: str
    schema: str
    dataset: str | None = None
    table: str | None = None
    name: str = ""

    @property
    def target(self) -> str:
        """The word a person types for it."""
        return f"{self.schema}.{self.table}" if self.table else self.schema

    def of(self, pack: Pack, home: str) -> Pack:
        """The pack that is compiled for it; `home` is the schema of the first installation.

        Its scopes are named for the table they fill. One dataset reads the others where they are;
        a whole pack reads its own.
        """
        return replace(
            pack,
            name=self.name,
            schema=self.schema,
            written_for=pack.file_schema,
            datasets=tuple(self._datasets(pack)),
            copy_of=pack.name,
            reads=home if self.dataset else "",
            appended=(),
        )

    def _datasets(self, pack: Pack) -> list[Dataset]:
        if self.dataset is None:
            return [replace(d, group=f"{self.schema}.{d.group or d.name}") for d in pack.datasets]
        named = pack.dataset(self.dataset)
        together = [d for d in pack.datasets if (d.group or d.name) == (named.group or named.name)]
        return [replace(d, table=self._table_of(d, named), group=self.target) for d in together]

    def _table_of(self, dataset: Dataset, named: Dataset) -> str:
        """Tables released with the one that was named keep what tells them from it: `<table>_years`."""
        assert self.table is not None
        if dataset is named:
            return self.table
        if dataset.table.startswith(named.table):
            return self.table + dataset.table.removeprefix(named.table)
        ending = named.table.removeprefix(dataset.table)
        shorter = self.table.removesuffix(ending)
        return shorter if shorter != self.table else f"{self.table}_current"
