"""Names of Pearson's exam files become facts: which paper, which kind of document, which series."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from greenroom_exams.layouts.paper_title import Facts, series_of_date

KINDS: Mapping[str, str] = {
    **dict.fromkeys(("que",), "question paper"),
    **dict.fromkeys(("rms", "msc", "ms"), "mark scheme"),
    **dict.fromkeys(("pef", "per", "er"), "examiner report"),
}
# 9aa0-01-que-20240522.pdf, 9AA0_01_msc_20201217.pdf, 9aa0-03-rms20240815.pdf, 1ma1-1h-que-20230519.pdf,
# 1hia-p5-que-20230518.pdf, 1sc0-2bh-rms-20240822.pdf, 4hi1-2a-pef-20230824.pdf, wma11-01-que-20240509.pdf
FILE_NAME = re.compile(
    r"(?:^|/)(?P<code>[0-9][a-z]{2}[0-9a-z]|w[a-z]{2}\d{2})[-_](?P<letter>p?)(?P<paper>\d{1,2})(?P<option>[a-z]{0,3})"
    rf"[-_](?P<kind>{'|'.join(KINDS)})[-_]?(?P<date>20\d{{6}})\.pdf(?:\?.*)?$",
    re.I,
)
# GCSEs and International GCSEs have tiers; paper 2H of A-level history is the eighth option of its second paper.
TIERED = re.compile(r"[14]")
TIERS = {"F": "Foundation", "H": "Higher"}


@dataclass(frozen=True, slots=True)
class FileFacts:
    """The subject or unit code a file is named after, and what its name says of the paper."""

    code: str
    facts: Facts


def read_file_name(address: str) -> FileFacts | None:
    """What the name of an exam file says; None for a name out of Pearson's grammar."""
    found = FILE_NAME.search(address)
    if not found:
        return None
    kind = KINDS[found["kind"].casefold()]
    series, year = series_of_date(kind, found["date"])
    code = found["code"].upper()
    option = found["option"].upper()
    component = f"{code}/{found['letter'].upper()}{found['paper']}{option}"
    facts = Facts(
        type=kind,
        paper_number=int(found["paper"]),
        component=component,
        tier=_tier(code, option),
        series=series,
        year=year,
    )
    return FileFacts(code, facts)


def _tier(code: str, option: str) -> str | None:
    """H in 1H, 2BH (biology) and 1HR (a paper for another region)."""
    letters = option.removesuffix("R") if len(option) > 1 else option
    return TIERS.get(letters[-1:]) if TIERED.match(code) else None
