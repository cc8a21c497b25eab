"""Where the rows of a dataset come from: the source registry."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Source:
    """One published file or page, with its owner and terms.

    `urls` are the official addresses, newest vintage first. `member` names the file
    inside a ZIP; `sheet` the sheet of a workbook, `header_row` its 1-based header line.
    `months` are the months in which a new edition is usually published (1 = January).
    """

    dataset: str
    title: str
    owner: str
    licence: str
    urls: tuple[str, ...] = ()
    provider_ids: tuple[str, ...] = ()
    months: tuple[int, ...] = ()
    member: str | None = None
    sheet: str | None = None
    header_row: int = 1
    optional: bool = False
    note: str = ""
