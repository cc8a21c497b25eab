"""International Baccalaureate: guides with SL and HL statements, papers by session and zone; all from a person."""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from greenroom.model.errors import ContractBroken
from greenroom_exams.documents import Board, Finding, Paper, Parsed, Subject, confidence
from greenroom_exams.layouts import families, guide_statements, kinds
from greenroom_exams.layouts.paper_title import MONTHS, SERIES_AND_YEAR, Facts
from greenroom_exams.layouts.paths import slug
from greenroom_exams.layouts.pdf_lines import Pdf, join, read_pdf
from greenroom_exams.papers import PAPER_LAYOUT, disagreements

QUALIFICATION = "IB"
BOARD = r"International Baccalaureate|Baccalauréat International|Bachillerato Internacional|\bIBO?\b"
GUIDE = re.compile(r"^(?P<name>\S.*?) guide$", re.I)
FIRST_ASSESSMENT = r"\bFirst (?:assessment|examinations?)(?: in)?:? (20\d\d)\b"
LAST_ASSESSMENT = r"\bLast (?:assessment|examinations?)(?: in)?:? (20\d\d)\b"
FIRST_TEACHING = r"\bFirst teaching(?: in)?:? (?:[A-Z][a-z]+ )?(20\d\d)\b"
# M23/4/BIOLO/HP2/ENG/TZ1/XX, with /M behind it on the mark scheme.
PRINT_CODE = re.compile(
    r"\b(?P<session>[MN])(?P<year>\d\d)/(?P<group>\d)/(?P<subject>[A-Z]{4,6})/(?P<level>[HSB])P(?P<paper>\d|M)/"
    r"(?P<language>[A-Z]{3})/(?P<zone>TZ\d)/XX(?P<scheme>/M)?(?![\w/])"
)
SESSIONS = {"M": "May", "N": "November"}
LANGUAGES = {"ENG": "English", "FRE": "French", "SPA": "Spanish", "GER": "German"}
LEVELS = {"H": "Higher level", "S": "Standard level"}
MARK_SCHEME = r"\bmark ?scheme\b"
MARKS = r"\bmaximum mark[^\[\]]{0,60}\[(\d{1,3}) marks?\]"


def parse(content: bytes, *, name: str, subject: str | None, qualification: str) -> Parsed:
    """Read a subject guide, a question paper or a mark scheme that a person has put into the drop folder."""
    kind = kinds.kind_of(content, name=name)
    if kind != "pdf":
        raise ContractBroken(f"{name} is {kind}; of the IB only guides and papers in PDF are read", hint=board.by_hand)
    if qualification != QUALIFICATION:
        raise ContractBroken(f"The IB awards no {qualification}", hint=f"Its qualification is {QUALIFICATION}.")
    cover = read_pdf(content, name=name, page_limit=1)
    if _is_guide(cover):
        return read_guide(read_pdf(content, name=name), name=name, subject=subject)
    return _paper(cover, name=name, subject=subject)


def read_guide(pdf: Pdf, *, name: str, subject: str | None) -> Parsed:
    """The tree of a guide, with the level that studies each statement; its first assessment is its version."""
    named = _subject(pdf, name)
    _refuse_other(named, subject, name)
    parsed = families.chosen(pdf, guide_statements.FAMILIES, name=name, least_confidence=board.least_confidence)
    findings = (*parsed.findings, *_check_version(named))
    counts = {**parsed.counts, "higher_level_only": sum(topic.study_level == "HL" for topic in parsed.topics)}
    return replace(parsed, subject=named, findings=findings, confidence=confidence(findings), counts=counts)


def _is_guide(pdf: Pdf) -> bool:
    cover = " ".join(line.text for line in pdf.pages[0].lines)
    return bool(_name(pdf)) and not PRINT_CODE.search(cover)


def _name(pdf: Pdf) -> str | None:
    """The subject of "Lantern science guide", a line of its own on the cover, the largest that ends so."""
    told = [(line.size, match["name"]) for line in pdf.pages[0].lines if (match := GUIDE.match(line.text))]
    return max(told)[1] if told else None


def _subject(pdf: Pdf, name: str) -> Subject:
    cover = join(line.text for line in pdf.pages[0].lines)
    near = " ".join([cover, pdf.title, *pdf.running, *(line.text for page in pdf.pages[1:3] for line in page.lines)])
    title = _name(pdf)
    if title is None or not re.search(BOARD, near):
        raise ContractBroken(
            f"{name} is no guide of the International Baccalaureate", hint="Correct the address or the board."
        )
    first, last, teaching = (_year(pattern, near) for pattern in (FIRST_ASSESSMENT, LAST_ASSESSMENT, FIRST_TEACHING))
    return Subject(
        # A guide prints no code; papers print the subject's name too, so its slug joins the two.
        code=slug(title),
        name=title,
        exam_board=board.code,
        qualification_type=QUALIFICATION,
        spec_version=str(first) if first else None,
        spec_start_year=teaching,
        first_assessment_year=first,
        last_assessment_year=last,
    )


def _year(pattern: str, text: str) -> int | None:
    """The one year that is told; none where two are."""
    found = {int(year) for year in re.findall(pattern, text, re.I)}
    return found.pop() if len(found) == 1 else None


def _refuse_other(named: Subject, subject: str | None, name: str) -> None:
    if subject is not None and slug(subject) != named.code:
        raise ContractBroken(
            f"{name} is the guide of {named.code}, not of {subject}", hint="Give the guide of the subject asked for."
        )


def _check_version(subject: Subject) -> Iterator[Finding]:
    if subject.first_assessment_year is None:
        message = "the guide does not tell one year of its first assessment, which is its version"
        yield Finding("version_unknown", "error", message, "page 1")


def _paper(cover: Pdf, *, name: str, subject: str | None) -> Parsed:
    """The one row of a paper, by the code that each of its pages prints."""
    lines = (*cover.pages[0].lines, *cover.pages[0].turned)
    # The code is a running head of the whole paper, and only a line of its first page.
    text = " ".join([*(line.text for line in lines), *cover.running])
    codes = {match.group(): match for match in PRINT_CODE.finditer(text)}
    if len(codes) != 1:
        raise ContractBroken(
            f"{name} is neither a guide of the IB nor a paper with one print code, such as M31/4/LANTE/HP2/ENG/TZ1/XX",
            hint=board.by_hand,
        )
    code = next(iter(codes.values()))
    title = _paper_subject([line.text for line in lines])
    if title is None:
        raise ContractBroken(f"{name} does not name its subject above its level", hint="Read its first page by hand.")
    if subject is not None and slug(subject) != slug(title):
        raise ContractBroken(f"{name} is a paper of {slug(title)}, not of {subject}", hint="Correct the subject.")
    row = _row(code, slug(title), text, name)
    findings = (*disagreements(_witnesses(code, text), title=name, position="page 1"), *_check_code(code, text))
    return Parsed(
        subject=None,
        papers=(row,),
        findings=findings,
        layout=PAPER_LAYOUT,
        confidence=confidence(findings),
        counts={"items": 1},
    )


def _paper_subject(lines: list[str]) -> str | None:
    """The line before the one that begins with the level: "Lantern science", "Higher level", "Paper 2"."""
    for before, line in pairwise(lines):
        if re.match(r"(?:Higher|Standard) level\b", line, re.I):
            return before
    return None


def _row(code: re.Match[str], subject: str, text: str, name: str) -> Paper:
    marks = {int(each) for each in re.findall(MARKS, text, re.I)}
    return Paper(
        subject_code=subject,
        component_code=f"{code['level']}P{code['paper']}",
        paper_number=int(code["paper"]) if code["paper"].isdigit() else None,
        year=2000 + int(code["year"]),
        # The session of May is the June series of every other board; its zones sit different papers.
        series=MONTHS[SESSIONS[code["session"]].casefold()],
        tier=None,
        type="mark scheme" if code["scheme"] else "question paper",
        title=code.group(),
        url=name,
        language=LANGUAGES.get(code["language"], code["language"]),
        marks=marks.pop() if len(marks) == 1 else None,
        position="page 1",
        variant=code["zone"],
    )


def _witnesses(code: re.Match[str], text: str) -> dict[str, Facts]:
    """The print code beside what the cover says in words."""
    days = {(MONTHS[month.casefold()], int(year)) for month, year in SERIES_AND_YEAR.findall(text)}
    # Papers of the session of May are sat from the last days of April.
    days |= {("June", int(year)) for year in re.findall(r"\bApril (20\d\d)\b", text)}
    series, year = days.pop() if len(days) == 1 else (None, None)
    numbers = set(re.findall(r"\bPaper (\d)\b", text))
    told = Facts(
        type="mark scheme" if re.search(MARK_SCHEME, text, re.I) else None,
        series=series,
        year=year,
        paper_number=int(numbers.pop()) if len(numbers) == 1 else None,
    )
    printed = Facts(
        type="mark scheme" if code["scheme"] else "question paper",
        series=MONTHS[SESSIONS[code["session"]].casefold()],
        year=2000 + int(code["year"]),
        paper_number=int(code["paper"]) if code["paper"].isdigit() else None,
    )
    return {"the print code": printed, "the first page": told}


def _check_code(code: re.Match[str], text: str) -> Iterator[Finding]:
    level = LEVELS.get(code["level"])
    if level and not re.search(level, text, re.I):
        yield Finding(
            "paper_level_mismatch", "error", f"{code.group()} is {level}, the first page says another", "page 1"
        )
    if code["language"] not in LANGUAGES:
        yield Finding("unknown_language", "warning", f"{code.group()} is in {code['language']}", "page 1")


board = Board(
    code="IB",
    name="International Baccalaureate",
    parse=parse,
    proof={(QUALIFICATION, "specification"): "made-up", (QUALIFICATION, "papers"): "made-up"},
    by_hand="Guides and papers of the IB are for its schools or on sale: put the PDFs you hold into the drop folder.",
)
