"""How the made-up board of the mirror is visited and read: a board's file like those of real ones."""

import json
import re
from functools import partial
from urllib.parse import urljoin

from greenroom import Request
from greenroom.model.errors import ContractBroken
from greenroom_exams import landing
from greenroom_exams.documents import Board, Finding, Offer, Paper, Parsed, Proof, Subject, Topic, confidence
from greenroom_exams.layouts.pdf_lines import read_pdf

KINDS = ("subject list", "specification", "papers")


def start(origin, _qualification, _subject):
    yield Request(f"{origin}/", "subject list")


def follow(_qualification, request, content):
    if request.kind == "specification":
        raise AssertionError("a specification leads nowhere")
    page, at = json.loads(content), partial(urljoin, request.address)
    if request.kind == "subject list":
        for entry in page:
            yield Request(at(entry["page"]), "subject", entry["code"], entry["name"])
    elif request.kind == "subject":
        named = (request.subject, request.name)
        yield Request(at(page["specification"]), "specification", *named, leads_on=False)
        yield Request(at(page["papers"]), "papers", *named)
    elif "next" in page:
        first = request.part_of or request.address
        yield Request(at(page["next"]), "papers", request.subject, request.name, part_of=first)


def parse(code, content, *, name, subject, qualification):
    if content.startswith(b"%PDF"):
        return _specification(code, content, name, subject, qualification)
    try:
        page = json.loads(content)
    except ValueError:
        raise ContractBroken(f"{name} is no document of the mirror") from None
    if isinstance(page, list):
        return Parsed(None, offers=tuple(Offer(e["name"], e["code"]) for e in page), layout="mirror list")
    return _papers(code, page, subject, qualification)


def _specification(board, content, name, subject, qualification):
    title, *lines = [line.text for line in read_pdf(content, name=name).lines()]
    found = re.fullmatch(r"Specification (\d{4}) (.+)", title)
    if not found or subject not in (None, found[1]):
        raise ContractBroken(f"{name} is not the specification of {subject}")
    topics = []
    for order, line in enumerate(lines, start=1):
        number, _, text = line.partition(" ")
        topics.append(Topic(number, text, number.count("."), number.rpartition(".")[0] or None, order, page=1))
    findings = tuple(Finding("unread", "error", f"line {t.code} is not read") for t in topics if t.name == "?")
    named = Subject(found[1], found[2], board, qualification)
    return Parsed(named, tuple(topics), findings=findings, layout="mirror specification")


def _papers(board, page, subject, qualification):
    papers = tuple(
        Paper(page["spec"], None, item["paper"], item["year"], "June", None, "question paper", "Paper", item["url"])
        for item in page["items"]
    )
    findings: tuple[Finding, ...] = ()
    if len(papers) < page["total"]:
        findings = (Finding("listing_incomplete", "warning", f"{len(papers)} of {page['total']} are shown"),)
    counts = {"promised": page["total"], "items": len(papers)}
    named = Subject(page["spec"], "", board, qualification)
    return Parsed(named, (), papers, findings, "mirror papers", confidence(findings), counts)


def board(origin, code="AQA", **more):
    """A board of this code that lives at `origin`."""
    said = {"pause_seconds": 0.0, "start": partial(start, origin), "follow": follow, **more}
    proof: dict[tuple[str, str], Proof] = {("GCSE", kind): "real" for kind in KINDS}
    return Board(code=code, name="The mirror", parse=partial(parse, code), proof=proof, **said)


def install(origin, *codes, set_attribute=setattr, **more):
    """Put the mirror in the place of these boards, and leave no others."""
    known = {code: board(origin, code, **more) for code in codes or ("AQA",)}
    set_attribute(landing, "boards", lambda: known)
