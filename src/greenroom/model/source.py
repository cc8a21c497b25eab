"""Where the rows of a dataset come from: the source registry."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Proved:
    """How far the reading of one kind of document is proved: on real ones, on made-up ones, on none."""

    area: str
    kind: str
    what: str
    dataset: str
    proof: str


@dataclass(frozen=True, slots=True)
class Source:
    """One published file or page, with its owner and terms.

    `urls` are the official addresses, newest vintage first; without any, `where` says where a
    person gets the file. `months` are the months in which a new edition is usually published
    (1 = January), `every_years` how often. `optional`: a run without it is still whole, the
    columns that hang on it stay null and say so by their coverage.
    """

    dataset: str
    title: str
    owner: str
    licence: str
    urls: tuple[str, ...] = ()
    provider_ids: tuple[str, ...] = ()
    months: tuple[int, ...] = ()
    every_years: int = 1
    where: str = ""
    optional: bool = False
    note: str = ""
