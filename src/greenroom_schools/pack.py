"""The schools pack: French school data. Its datasets are the files of `datasets/`, found by name."""

import pkgutil
from collections.abc import Iterator
from importlib import import_module

from greenroom import Dataset, Pack, Source
from greenroom_schools import crime, datasets


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
    search_path=("educational_data", "user_mgmt", "analytics", "public"),
    plain={
        "commune": tuple(f"{n}###" for n in (*(f"{n:02}" for n in range(1, 100) if n not in (20, 96)), "2A", "2B")),
        "departement": "^(0[1-9]|1[0-9]|2[1-9AB]|[3-8][0-9]|9[0-59]|97[1-8]|98[46-9])$",
        "number": "^(0|[1-9][0-9]*)([.,][0-9]+)?$",
        "millesime": "^(19|20)[0-9]{2}$",
        **crime.PLAIN,
    },
    offered_in="etablissements_geolocalisation",
    side_tables=("cache_periods", "cache_settings", "crime_indicateurs", "specialites_alias", "specialites_libelles"),
    appended=("analytics.nl_query_log", "analytics.user_feedback"),
    note="French schools: index of social position, results, places, programmes.",
)
