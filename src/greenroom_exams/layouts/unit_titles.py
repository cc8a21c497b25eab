"""CCEA's titles of units and papers become facts: "Higher Tier, M8: Paper 2 (With calculator)", "Aonad 3"."""

import re
from dataclasses import dataclass

# "Unit 4", "Unit M4", "M4", "Unit AS 1", "A2 2", "Unit B1"; Aonad is Irish for unit.
_UNIT = re.compile(
    r"\b(?:(?:Unit|Aonad)\s*(?P<named>(?:AS|A2)\s?\d|[A-Z]{1,2}\d|[A-Z]I\b|\d{1,2})(?!\w)"
    r"|(?P<bare>(?:AS|A2)\s\d|[A-Z]\d|[A-Z]I)(?=[.:,\s(]|$))"
)
_PAPER = re.compile(r"\bPaper\s*(?P<number>\d)\b|(?<=\d)\.(?P<decimal>\d)\b", re.I)
_TIER = re.compile(r"\b(?P<tier>Foundation|Higher)\s+Tier\b", re.I)
_BOOKLET = re.compile(r"\bBooklet\s+(?P<letter>[A-Z])\b", re.I)
_DISCIPLINE = re.compile(r"\b(?:Biology|Chemistry|Physics)\b", re.I)
# Large print in so many points, modified language, and the like: (MV18pt), (MV24-IM), ML
_ACCESS = re.compile(r"\b(?P<mark>MV\d{2}|MEP\d{2}|ML)(?:pt)?\b")


@dataclass(frozen=True, slots=True)
class UnitFacts:
    """What a title says; `mistyped` is the unit as it stands where a letter stands for a digit: MI for M1."""

    unit: str | None
    paper_number: int | None
    tier: str | None
    variant: str | None
    mistyped: str | None = None


def unit_facts(title: str) -> UnitFacts:
    """Read the title of a unit, or of one of its papers."""
    found = _UNIT.search(title)
    printed = (found["named"] or found["bare"]) if found else None
    paper, tier = _PAPER.search(title), _TIER.search(title)
    mistyped = printed if printed and re.fullmatch("[A-Z]I", printed) else None
    return UnitFacts(
        unit=_code(mistyped[0] + "1" if mistyped else printed) if printed else None,
        paper_number=int(paper["number"] or paper["decimal"]) if paper else None,
        tier=tier["tier"].capitalize() if tier else None,
        variant=_variant(title),
        mistyped=mistyped,
    )


def _code(printed: str) -> str:
    """A lettered unit has its own code; a mere number needs its word: Unit 4."""
    if printed.isdigit():
        return f"Unit {printed}"
    return re.sub(r"^(AS|A2)\s?(\d)$", r"\1 \2", printed)


def _variant(title: str) -> str | None:
    """What tells two papers of one unit apart: the kind of modification; booklets, and whose practical it is."""
    access, booklet = _ACCESS.search(title), _BOOKLET.search(title)
    discipline = _DISCIPLINE.search(title) if booklet else None
    parts = [
        discipline.group().capitalize() if discipline else "",
        f"Booklet {booklet['letter'].upper()}" if booklet else "",
        access["mark"] if access else "",
    ]
    return " ".join(part for part in parts if part) or None
