"""What WJEC and Eduqas, one company under two brands, have in common: papers, lists, covers of specifications."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from greenroom.model.errors import ContractBroken
from greenroom_exams.documents import Finding, Parsed, confidence
from greenroom_exams.layouts import entry_codes, kinds, subject_list, wjec_site
from greenroom_exams.layouts.escaped_list import has_items
from greenroom_exams.layouts.families import Family, chosen
from greenroom_exams.layouts.front_page import board_of, is_specification
from greenroom_exams.layouts.paper_title import Facts
from greenroom_exams.layouts.pdf_lines import Pdf, join, read_pdf
from greenroom_exams.layouts.wjec_papers import STEM_LENGTH, file_facts, read_tab
from greenroom_exams.papers import disagreements, paper_of, read_paper_page

COMPANY = ("WJEC", "EDUQAS")


@dataclass(frozen=True, slots=True)
class Brand:
    """One of the two brands: its code, its site, what its papers begin with, how its specifications are laid out."""

    code: str
    site: wjec_site.Site
    stem_pattern: str
    families: tuple[Family, ...]


def parse_any(content: bytes, brand: Brand, *, name: str, subject: str | None, qualification: str) -> Parsed | None:
    """Read what both brands publish alike; None for a text, which only one of them has."""
    if has_items(content):
        return read_tab(content, name=name, board=brand.code, stem_pattern=brand.stem_pattern, subject=subject)
    if subject_list.is_list(content, name=name):
        hosts = (brand.site.host.removeprefix("www."),)
        return subject_list.read_offers(
            content,
            name=name,
            board=brand.code,
            qualification=qualification,
            code_pattern=rf"(?:{brand.stem_pattern})[PQ][A-Z]",
            hosts=hosts,
        )
    kind = kinds.kind_of(content, name=name)
    if kind == "pdf":
        return _pdf(content, brand, name=name, subject=subject, qualification=qualification)
    if kind == "html":
        kinds.read_html(content, name=name)
        return wjec_site.read_index(content, name=name, site=brand.site, qualification=qualification)
    if kind == "json":
        kinds.read_json(content, name=name)
        raise ContractBroken(f"{name} is neither a past-papers tab nor a list of subjects", hint=kinds.CORRECT_ADDRESS)
    return None


def _pdf(content: bytes, brand: Brand, *, name: str, subject: str | None, qualification: str) -> Parsed:
    cover = read_pdf(content, name=name, page_limit=1)
    paper = _paper(cover, brand, name=name, subject=subject)
    if paper is not None:
        return paper
    return read_specification(
        read_pdf(content, name=name), brand, name=name, subject=subject, qualification=qualification
    )


def read_specification(pdf: Pdf, brand: Brand, *, name: str, subject: str | None, qualification: str) -> Parsed:
    """A specification with its cover; ContractBroken for the other brand's, another subject's or level's."""
    cover = join([pdf.title, *pdf.running, *(line.text for line in pdf.pages[0].lines)])
    whose = board_of(cover)
    if whose != brand.code:
        raise ContractBroken(
            f"{name} is a document of {whose or 'an unknown board'}, not of {brand.code}",
            hint="Correct the address or the board.",
        )
    if not is_specification(pdf):
        raise ContractBroken(
            f"{name} does not call itself a specification on its first page",
            hint="Give the specification; guides and papers have their own place.",
        )
    named = entry_codes.read_named(pdf)
    if not named.entries:
        raise ContractBroken(
            f"{name} has no entry code, so its subject is not sure", hint="Read its last pages by hand."
        )
    found, also, findings = entry_codes.subject_of(
        named, board=brand.code, name=name, subject=subject, qualification=qualification
    )
    parsed = chosen(pdf, brand.families, name=name)
    findings = (*parsed.findings, *findings, *_check_cover(pdf, found.name))
    return replace(parsed, subject=found, also=also, findings=findings, confidence=confidence(findings))


def _check_cover(pdf: Pdf, subject_name: str) -> tuple[Finding, ...]:
    cover = join(line.text for line in pdf.pages[0].lines).casefold()
    if re.sub(r"\s+", " ", subject_name).casefold() in cover:
        return ()
    message = f"the cover does not name {subject_name!r}, which stands beside the entry code"
    return (Finding("witnesses_disagree", "error", message, "page 1"),)


def _paper(cover: Pdf, brand: Brand, *, name: str, subject: str | None) -> Parsed | None:
    """A single paper. Its first page may name the company only; its code says of which brand it is."""
    text = join([cover.title, *(line.text for line in cover.pages[0].lines)])
    whose, pattern = board_of(text), rf"(?:{brand.stem_pattern})(?=[UN])"
    facts = read_paper_page(cover).facts
    if facts.type and not is_specification(cover) and not re.match(pattern, facts.component or ""):
        raise ContractBroken(
            f"{name} is a {facts.type}, but not one of {brand.code}", hint="Correct the address or the board."
        )
    board = whose if whose in COMPANY else brand.code
    asked = subject[:STEM_LENGTH].upper() if subject else None
    parsed = paper_of(cover, name=name, board=board or brand.code, code_pattern=pattern, subject=asked)
    if parsed is None or not parsed.papers:
        return parsed
    paper = replace(parsed.papers[0], subject_code=subject or parsed.papers[0].subject_code)
    filed = file_facts(name)
    if filed is None:
        return replace(parsed, papers=(paper,))
    witnesses = {
        "the first page": Facts(type=paper.type, series=paper.series, year=paper.year, component=paper.component_code),
        "the file name": Facts(type=filed.type, series=filed.series, year=filed.year, component=filed.component),
    }
    findings: Sequence[Finding] = (*parsed.findings, *disagreements(witnesses, title=name, position="page 1"))
    paper = replace(
        paper,
        language=filed.language,
        modified=paper.modified or filed.modified,
        paper_number=paper.paper_number or filed.unit,
    )
    return replace(parsed, papers=(paper,), findings=tuple(findings), confidence=confidence(tuple(findings)))
