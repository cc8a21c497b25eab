"""AQA's names of files and content ids become facts: AQA-85251B-QP-MQP18A4-JUN22-CR, in whatever folder."""

import re

from greenroom_exams.layouts.paper_title import MONTHS, Facts

KINDS = {
    "QP": "question paper",
    "MS": "mark scheme",
    "WRE": "examiner report",
    "ER": "examiner report",
    "INS": "insert",
    "SQP": "specimen question paper",
    "SMS": "specimen mark scheme",
    "SIN": "specimen insert",
}
# W marks a web edition, CR a cut for copyright; they tell no two documents apart.
_SILENT = {"W", "CR"}
# 7402 1, 8525 1B, 8464 B 1F, 8658 LF: the subject, at times a letter for the discipline, the paper, the option.
_COMPONENT = re.compile(r"(?P<subject>\d{4})(?P<letters>[A-Z]{0,2})(?P<paper>\d?)(?P<option>[A-Z0-9]{0,3})", re.I)
# A paper for weak eyes in the given point size and paper size: MQP18A4.
_MODIFIED = re.compile(r"MQP[A-Z0-9]*", re.I)
_SERIES = re.compile(r"(?P<month>[A-Z]{3})(?P<year>\d\d)", re.I)
_NAME = re.compile(r"(?:^|[./])AQA-(?P<tokens>[A-Z0-9]+(?:-[A-Z0-9]+)*)(?:[._]PDF)?$", re.I)
_FOLDER = re.compile(r"[./](?P<year>20\d\d)[./](?P<month>[A-Za-z]+)[./]AQA-", re.I)
# Listening, reading, speaking and writing have their tier in the second letter.
_TIERED_LETTERS = re.compile(r"[LRSW](?P<tier>[FH])", re.I)
_TIERS = {"F": "Foundation", "H": "Higher"}


def subject_code(name: str) -> str | None:
    """The four digits that the file name begins with."""
    found = _NAME.search(name)
    component = _COMPONENT.match(found["tokens"]) if found else None
    return component["subject"] if component else None


def name_facts(name: str) -> Facts | None:
    """What a file name or content id says; None for one that is not in AQA's grammar."""
    found = _NAME.search(name)
    if not found:
        return None
    head, *tokens = found["tokens"].upper().split("-")
    component = _COMPONENT.fullmatch(head)
    kinds = [token for token in tokens if token in KINDS]
    modified = [token for token in tokens if _MODIFIED.fullmatch(token)]
    series = [match for token in tokens if (match := _SERIES.fullmatch(token)) and match["month"].casefold() in MONTHS]
    known = len(kinds) + len(modified) + len(series) + sum(token in _SILENT for token in tokens)
    if component is None or len(kinds) != 1 or len(modified) > 1 or len(series) > 1 or known != len(tokens):
        return None
    return Facts(
        type=KINDS[kinds[0]],
        variant=modified[0] if modified else None,
        paper_number=int(component["paper"]) if component["paper"] else None,
        component=_component(component),
        tier=_tier(component),
        series=MONTHS[series[0]["month"].casefold()] if series else None,
        year=2000 + int(series[0]["year"]) if series else None,
        modified=bool(modified),
    )


def folder_facts(name: str) -> Facts:
    """The year and the series of the folder that holds the file."""
    found = _FOLDER.search(name)
    month = MONTHS.get(found["month"].casefold()) if found else None
    return Facts(series=month, year=int(found["year"])) if found and month else Facts()


def _component(found: re.Match[str]) -> str | None:
    parts = [part.upper() for part in (found["letters"], found["paper"] + found["option"]) if part]
    return "/".join([found["subject"], *parts]) if parts else None


def _tier(found: re.Match[str]) -> str | None:
    """Only GCSEs, whose codes begin with 8, have tiers: 7042/1F is an option of A-level History."""
    if not found["subject"].startswith("8"):
        return None
    lettered = _TIERED_LETTERS.fullmatch(found["letters"])
    return _TIERS.get((lettered["tier"] if lettered else found["option"]).upper())
