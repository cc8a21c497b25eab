"""The schools pack: French school data. Its datasets are the files of `datasets/`, found by name."""

import pkgutil
from collections.abc import Iterator
from importlib import import_module

from greenroom import Dataset, Pack, Source
from greenroom_schools import datasets


def _declared() -> Iterator[object]:
    """Everything the files of `datasets/` declare, by name of file, then in the order written."""
    for module in sorted(pkgutil.iter_modules(datasets.__path__), key=lambda found: found.name):
        yield from vars(import_module(f"{datasets.__name__}.{module.name}")).values()


def _in_order(declared: list[Dataset]) -> Iterator[Dataset]:
    """What a dataset refers to, or repeats, stands before it; for the rest the order is kept."""
    waiting = {dataset.name: dataset for dataset in declared}
    while waiting:
        free = next((d for d in waiting.values() if not _needs(d) & waiting.keys() - {d.name}), None)
        if free is None:
            raise ValueError(f"These datasets wait for each other: {', '.join(waiting)}.")
        yield waiting.pop(free.name)


def _needs(dataset: Dataset) -> set[str]:
    needs = {reference.to for reference in dataset.references}
    return needs | set(dataset.needs) | ({dataset.current_of} if dataset.current_of else set())


_found = list(_declared())

pack = Pack(
    name="schools",
    schema="educational_data",
    package="greenroom_schools",
    landing="file",
    datasets=tuple(_in_order([found for found in _found if isinstance(found, Dataset)])),
    sources=tuple(found for found in _found if isinstance(found, Source)),
    note="French schools: index of social position, results, places, programmes.",
)
