"""WJEC, the board of Wales: specifications of units with amplification tables, past-papers tabs, papers and lists."""

from collections.abc import Iterable

from greenroom import Request
from greenroom.model.errors import ContractBroken
from greenroom_exams.documents import Board, Parsed
from greenroom_exams.layouts import amplification_table, kinds, wjec_site
from greenroom_exams.layouts.families import Family
from greenroom_exams.layouts.pdf_lines import Pdf
from greenroom_exams.layouts.wjec_documents import Brand, parse_any
from greenroom_exams.layouts.wjec_documents import read_specification as read_branded

BRAND = Brand(
    code="WJEC",
    site=wjec_site.Site("www.wjec.co.uk", "/en/qualifications/"),
    # Codes of Wales are figures, those of Eduqas begin with a letter.
    stem_pattern=r"\d{4}",
    families=(Family(amplification_table.LAYOUT, amplification_table.read),),
)
QUALIFICATIONS = ("GCSE", "A-Level", "AS-Level")


def parse(content: bytes, *, name: str, subject: str | None, qualification: str) -> Parsed:
    """Read a WJEC specification, a past-papers tab, a paper, the index of qualifications or a list of subjects."""
    parsed = parse_any(content, BRAND, name=name, subject=subject, qualification=qualification)
    if parsed is None:
        raise ContractBroken(f"{name} is a text, a PDF or a page of WJEC was expected", hint=kinds.CORRECT_ADDRESS)
    return parsed


def read_specification(pdf: Pdf, *, name: str, subject: str | None, qualification: str) -> Parsed:
    """A specification that has been opened: its subject and its tree."""
    return read_branded(pdf, BRAND, name=name, subject=subject, qualification=qualification)


def start(qualification: str, _subject: str | None) -> Iterable[Request]:
    """A visit begins with the index: it names the subjects without their codes."""
    return (Request(BRAND.site.address, "subject list"),) if qualification in QUALIFICATIONS else ()


def follow(qualification: str, request: Request, content: bytes) -> Iterable[Request]:
    """From the index to each subject's page, from there to its specification and its past papers."""
    return wjec_site.follow(qualification, request, content, site=BRAND.site)


board = Board(
    code="WJEC",
    name="WJEC CBAC",
    parse=parse,
    proof={
        ("GCSE", "specification"): "real",
        ("GCSE", "papers"): "made-up",
        # Real lists made by hand were read right; the index of the site was not met.
        ("GCSE", "subject list"): "made-up",
        ("A-Level", "papers"): "made-up",
        ("A-Level", "subject list"): "made-up",
        ("AS-Level", "papers"): "made-up",
        ("AS-Level", "subject list"): "made-up",
    },
    hosts=("www.wjec.co.uk", "pastpapers.download.wjec.co.uk"),
    start=start,
    follow=follow,
)
