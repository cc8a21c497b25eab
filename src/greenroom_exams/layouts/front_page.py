"""The first page and the running heads of a specification tell whose it is, of what, and which version."""

import re
from collections import Counter
from dataclasses import dataclass

from greenroom.model.errors import ContractBroken
from greenroom_exams.documents import Subject
from greenroom_exams.layouts.pdf_lines import Pdf, join

# By their own names only: a specification of one board may mention another.
BOARD_MARKS = {
    "AQA": r"\bAQA\b",
    "OCR": r"\bOCR\b|ocr\.org\.uk",
    "Edexcel": r"Pearson|Edexcel",
    "WJEC": r"\bWJEC\b|\bCBAC\b",
    "EDUQAS": r"\bEduqas\b",
    "CCEA": r"\bCCEA\b",
    "SQA": r"\bSQA\b|Scottish Qualifications",
    "CAIE": r"Cambridge (?:Assessment )?International|Cambridge IGCSE|cambridgeinternational",
}
# Documents about a specification, which hold its words but are not it.
OTHER_DOCUMENTS = (
    r"clarification|delivery guide|teacher.? guide|sample assessment|scheme of work|mark scheme|question paper"
)
QUALIFICATIONS = {
    "GCSE": r"\bGCSEs?\b",
    "A-Level": r"\bA[ -]levels?\b|\bGCE\b|Advanced GCE",
    "AS-Level": r"\bAS\b|Advanced Subsidiary",
}


@dataclass(frozen=True, slots=True)
class Front:
    """What a specification says of itself before its content begins."""

    board: str | None
    is_specification: bool
    code: str | None
    name: str | None
    qualifications: tuple[str, ...]
    version: str | None
    start_year: int | None


def read_front(pdf: Pdf, code_pattern: str) -> Front:
    """Read the front of a specification whose subject codes look like `code_pattern`."""
    first = join(line.text for line in pdf.pages[0].lines)
    near = " ".join([pdf.title, first, *pdf.running])
    code = _code(pdf, first, code_pattern)
    return Front(
        board=board_of(near),
        is_specification=is_specification(pdf),
        code=code,
        name=_name((*pdf.running, pdf.title), first, code) if code else None,
        qualifications=tuple(name for name, mark in QUALIFICATIONS.items() if re.search(mark, near, re.I)),
        version=_first(r"(?:Version|Issue) (\d+(?:\.\d+)?)\b", near),
        start_year=_year(near),
    )


def is_specification(pdf: Pdf) -> bool:
    """Whether the title or the first page calls the document a specification, and nothing about one."""
    named = " ".join([pdf.title, *(line.text for line in pdf.pages[0].lines)])
    return bool(re.search("specification", named, re.I)) and not re.search(OTHER_DOCUMENTS, named, re.I)


def subject_of(front: Front, *, board: str, name: str, subject: str | None, qualification: str) -> Subject:
    """The subject that was asked for; ContractBroken when the document is another one."""
    if front.board != board:
        whose = front.board or "an unknown board"
        raise ContractBroken(
            f"{name} is a document of {whose}, not of {board}", hint="Correct the address or the board."
        )
    if not front.is_specification:
        raise ContractBroken(
            f"{name} does not call itself a specification on its first page",
            hint="Give the specification; guides and papers have their own place.",
        )
    if front.code is None or front.name is None:
        raise ContractBroken(f"{name} does not say which subject it specifies", hint="Read its first page by hand.")
    if subject is not None and front.code.casefold() != subject.casefold():
        raise ContractBroken(
            f"{name} is the specification of {front.code} {front.name}, not of {subject}",
            hint="Correct the address of this subject's specification.",
        )
    if front.qualifications and _plain(qualification) not in map(_plain, front.qualifications):
        told = ", ".join(front.qualifications)
        raise ContractBroken(f"{name} is for {told}, not for {qualification}", hint="Correct the qualification.")
    return Subject(front.code, front.name, board, qualification, front.version, front.start_year)


def board_of(text: str) -> str | None:
    """The board that a text names most often; None when none or two are."""
    hits = Counter({board: len(re.findall(mark, text)) for board, mark in BOARD_MARKS.items()})
    if hits["EDUQAS"]:
        # Eduqas is WJEC's brand for England, and WJEC's own name stands on its covers too.
        hits["EDUQAS"] += hits.pop("WJEC")
    (first, most), (_, next_most) = hits.most_common(2)
    return first if most > next_most else None


def _code(pdf: Pdf, first_page: str, pattern: str) -> str | None:
    # The cover may carry a stray code of another document, hence the count over the whole text.
    whole = " ".join([pdf.title, first_page, *pdf.running, *(line.text for line in pdf.lines())])
    counted = Counter(re.findall(pattern, whole)).most_common(2)
    if not counted or (len(counted) > 1 and counted[0][1] == counted[1][1]):
        return None
    return str(counted[0][0])


def _name(running: tuple[str, ...], first_page: str, code: str) -> str | None:
    """The name in a running head, confirmed by the cover, where it stands in capitals."""
    pattern = rf"(?:GCSE|A[ -]level|AS)\b(?: \(9[–-]1\))?(?: in)? (?P<name>[A-Z][^.\d(]*?)(?= \(?{code}|[.(\d]|$)"
    cover = first_page.casefold()
    for head in running:
        found = re.search(pattern, head)
        if found and found["name"].strip().casefold() in cover:
            return found["name"].strip()
    return None


def _year(text: str) -> int | None:
    year = _first(r"(?:[Ff]irst teaching|[Ff]or teaching)(?: from| in)?(?: [A-Z][a-z]+)? (20\d\d)", text)
    return int(year) if year else None


def _first(pattern: str, text: str) -> str | None:
    found = re.search(pattern, text)
    return found[1] if found else None


def _plain(text: str) -> str:
    return re.sub(r"[^a-z]", "", text.casefold())
