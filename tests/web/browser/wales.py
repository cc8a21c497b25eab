"""WJEC as a test has it: A-levels of nothing, printed as small PDFs, read by the layouts' own reader."""

import re
from collections.abc import Sequence

from tests.greenroom_exams.layouts.pdf_writer import Text, make_pdf

from greenroom.model.errors import ContractBroken
from greenroom_exams.documents import Board, Finding, Parsed, Subject, Topic, confidence
from greenroom_exams.layouts.pdf_lines import read_pdf

_ENTRY = re.compile(r"(.+) \(([A-Z0-9]+)\)")
_TOPIC = re.compile(r"(\d+(?:\.\d+)*) (.+)")

FIRST = (
    ("1", "Light"),
    ("1.1", "Wicks and oils"),
    ("1.2", "Glass"),
    ("2", "Carrying"),
    ("2.1", "Handles"),
    ("2.2", "Hooks"),
    ("3", "Signals"),
)


def printed(*topics: tuple[str, str], loose: Sequence[str] = (), name: str = "Lantern Studies") -> bytes:
    """One specification; a line of `loose` stands among the topics without a code."""
    lines = [Text(60, 720, f"{name} (A990)", 16), Text(60, 690, "2 Subject content", 14)]
    told = [f"{code} {title}" for code, title in topics]
    told[3:3] = loose
    lines += [Text(60 + 14 * line.count("."), 650 - 26 * n, line, 11) for n, line in enumerate(told)]
    return make_pdf([[Text(60, 700, "WJEC A Level", 24), Text(60, 660, name, 20)], lines], title=name)


def parse(content, *, name, subject, qualification):
    """Read one of them."""
    pdf = read_pdf(content, name=name)
    found = next((match for line in pdf.lines() if (match := _ENTRY.fullmatch(line.text))), None)
    if found is None:
        raise ContractBroken(f"{name} is no specification of this board", hint="Give another.")
    page = pdf.pages[-1]
    topics: list[Topic] = []
    findings: list[Finding] = []
    for line in page.lines[2:]:
        told = _TOPIC.fullmatch(line.text)
        if told:
            parent = told[1].rpartition(".")[0] or None
            topics.append(
                Topic(
                    code=told[1],
                    name=told[2],
                    level=told[1].count("."),
                    parent_code=parent,
                    sort_order=len(topics) + 1,
                    page=line.page,
                    box=line.box,
                )
            )
        else:
            box = " ".join(f"{side:.1f}" for side in line.box)
            message = f"A line among the topics has no code: '{line.text}'"
            findings.append(Finding("loose_text", "warning", message, f"page {line.page} at {box}"))
    return Parsed(
        subject=Subject(code=found[2], name=found[1], exam_board="WJEC", qualification_type=qualification),
        topics=tuple(topics),
        findings=tuple(findings),
        layout="made-up",
        confidence=confidence(tuple(findings)),
        tried={"made-up": 1.0},
    )


def board() -> Board:
    """In WJEC's place."""
    return Board("WJEC", "WJEC", parse, proof={("A-Level", "specification"): "real"}, country="Wales")
