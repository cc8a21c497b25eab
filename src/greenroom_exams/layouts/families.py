"""Several families of layouts try one document; the one with the most evidence is taken, and says how sure it is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from greenroom.model.errors import SourceEmpty, SourceError
from greenroom_exams.documents import Component, Exclusion, Finding, OptionGroup, Parsed, Topic, confidence
from greenroom_exams.layouts.pdf_lines import Pdf


@dataclass(frozen=True, slots=True)
class Reading:
    """What one family reads in a document: a tree, what belongs to it, and what a person must look at."""

    topics: tuple[Topic, ...]
    findings: tuple[Finding, ...] = ()
    components: tuple[Component, ...] = ()
    option_groups: tuple[OptionGroup, ...] = ()
    exclusions: tuple[Exclusion, ...] = ()


@dataclass(frozen=True, slots=True)
class Family:
    """One layout met on paper. `read` gives None, or no topics, where the document is not laid out so."""

    name: str
    read: Callable[[Pdf], Reading | None]


def chosen(pdf: Pdf, families: Sequence[Family], *, name: str, least_confidence: float = 0.5) -> Parsed:
    """Read a document in the family that has the most evidence; the subject is for the caller to add.

    Evidence is the confidence that a family's own checks leave, times its share of the topics that the most prolific
    family found: a family that reads three headings without a fault does not beat one that reads three hundred.
    Raises SourceEmpty when no family reads anything. A tree below `least_confidence` gets an error that says so.
    """
    readings = {family.name: _read(family, pdf) for family in families}
    found = {family: reading for family, reading in readings.items() if reading is not None and reading.topics}
    if not found:
        raise SourceEmpty(
            f"{name} is laid out as none of {', '.join(family.name for family in families)}",
            hint="Its layout is another one; read it by hand.",
        )
    most = max(len(reading.topics) for reading in found.values())
    tried = {
        family: round(confidence(reading.findings) * len(reading.topics) / most, 3) for family, reading in found.items()
    }
    best = max(tried, key=lambda family: tried[family])
    reading, sure = found[best], confidence(found[best].findings)
    findings = reading.findings
    if sure < least_confidence:
        message = f"read as {best!r} with confidence {sure}, below {least_confidence}"
        findings = (*findings, Finding("low_confidence", "error", message))
    parsed = Parsed(None, reading.topics, (), findings, best, sure, {"topics": len(reading.topics)})
    return replace(
        parsed,
        components=reading.components,
        option_groups=reading.option_groups,
        exclusions=reading.exclusions,
        tried=tried,
    )


def _read(family: Family, pdf: Pdf) -> Reading | None:
    try:
        return family.read(pdf)
    except SourceError:
        # this family cannot make sense of it; another may
        return None
