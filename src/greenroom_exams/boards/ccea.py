"""CCEA: specifications by unit with learning outcomes, the feed of papers, lists of subjects; often fetched by hand."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from greenroom import Request
from greenroom.model.errors import ContractBroken, NotAllowed, SourceEmpty
from greenroom_exams.documents import Board, Finding, Offer, Parsed, Subject, confidence
from greenroom_exams.layouts import kinds, learning_outcomes, qualification_feed, subject_list
from greenroom_exams.layouts.families import Family, chosen
from greenroom_exams.layouts.front_page import Front, board_of, is_specification, subject_of
from greenroom_exams.layouts.pdf_lines import Pdf, join, read_pdf

SITE = "https://ccea.org.uk"
HOSTS = ("ccea.org.uk", "www.ccea.org.uk")
# robots.txt asks for it.
CRAWL_DELAY_SECONDS = 10.0
BY_HAND = (
    "Where ccea.org.uk answers 403, open the subject's page in a browser and save the specification PDF and the feed"
    " of papers (sites/default/files/qualification/….json) to the drop folder."
)
CODE = r"\d{4}"
LISTS = {
    "GCSE": f"{SITE}/key-stage-4/gcse/subjects",
    "A-Level": f"{SITE}/post-16/gce/subjects",
    "AS-Level": f"{SITE}/post-16/gce/subjects",
}
# GCE is one specification of AS and A2 units, for both qualifications.
_LEVELS = {"GCSE": ("GCSE",), "GCE": ("A-Level", "AS-Level")}
_SPOKEN = {"AS-Level": "AS", "A-Level": "A"}
_SUBJECT_PAGE = re.compile(r"/(?:key-stage-4/gcse|post-16/gce)/subjects/(?P<level>gcse|gce)-[^/]+-(?P<year>20\d\d)/?$")
_PAPERS_PAGE = "/past-papers-mark-schemes"
_SPECIFICATION = re.compile(r"/downloads/docs/Specifications/.+-specification-Standard(?:_\d+)?\.pdf$", re.I)
# x-data="qualificationPapers('https://ccea.org.uk/sites/default/files/qualification/504.json?v=1787910737', '504')"
_FEED = re.compile(r"qualificationPapers\(\s*['\"](?P<address>[^'\"]+)['\"]\s*,\s*['\"](?P<id>\d+)['\"]")
_FEED_PATH = re.compile(r"/sites/default/files/qualification/(?P<id>\d+)\.json$")
_REFUSED = re.compile(r"Just a moment|Attention Required|Access denied|403 Forbidden|Cloudflare", re.I)
_COVER = re.compile(
    r"CCEA (?P<level>GCSE|GCE) Specification in\s+(?P<name>\S.*?)\s*(?=Version \d|For first|Subject Code|$)"
)


def parse(content: bytes, *, name: str, subject: str | None, qualification: str) -> Parsed:
    """Read any document of CCEA: a specification, the feed of a qualification's papers, a list of subjects."""
    kind = kinds.kind_of(content, name=name)
    if kind == "pdf":
        return read_specification(read_pdf(content, name=name), name=name, subject=subject, qualification=qualification)
    if kind == "html":
        return _page(content, name, qualification)
    if kind == "json" and qualification_feed.is_feed(value := kinds.read_json(content, name=name)):
        return _feed(value, name, subject, qualification)
    if subject_list.is_list(content, name=name):
        return subject_list.read_offers(content, name=name, board=board.code, qualification=qualification, hosts=HOSTS)
    raise ContractBroken(f"{name} is no specification, feed or list of CCEA", hint=kinds.CORRECT_ADDRESS)


def read_specification(pdf: Pdf, *, name: str, subject: str | None, qualification: str) -> Parsed:
    """The units of a specification with their tables, compared with its contents and its overview."""
    front = _front(pdf)
    named = subject_of(front, board=board.code, name=name, subject=subject, qualification=qualification)
    family = Family(learning_outcomes.LAYOUT, partial(learning_outcomes.read, qualification=qualification))
    parsed = chosen(pdf, (family,), name=name, least_confidence=board.least_confidence)
    findings = (*parsed.findings, *_check_code(pdf, named.code))
    return replace(
        parsed,
        subject=replace(named, qan=_qan(pdf, qualification), first_assessment_year=_first_assessment(pdf)),
        findings=findings,
        confidence=confidence(findings),
    )


def _front(pdf: Pdf) -> Front:
    cover = join(line.text for line in pdf.pages[0].lines)
    found = _COVER.search(cover)
    code = re.search(rf"Subject Code:? ({CODE})\b", cover)
    version = re.search(r"Version (\d+(?:\.\d+)?)", " ".join([cover, *pdf.running]))
    teaching = re.search(r"[Ff]irst teaching from (?:[A-Z][a-z]+ )?(20\d\d)", cover)
    return Front(
        board=board_of(" ".join([pdf.title, cover, *pdf.running])),
        is_specification=is_specification(pdf),
        code=code[1] if code else None,
        name=found["name"] if found else None,
        qualifications=_LEVELS[found["level"]] if found else (),
        version=version[1] if version else None,
        start_year=int(teaching[1]) if teaching else None,
    )


def _first_assessment(pdf: Pdf) -> int | None:
    cover = join(line.text for line in pdf.pages[0].lines)
    found = re.search(r"For first assessment in [A-Z][a-z]+ (20\d\d)", cover)
    return int(found[1]) if found else None


def _qan(pdf: Pdf, qualification: str) -> str | None:
    """The number behind "QAN"; of a GCE the one behind the qualification's own name."""
    text = " ".join(line.text for line in pdf.lines())
    label = rf"QAN {_SPOKEN[qualification]} [Ll]evel" if qualification in _SPOKEN else "QAN"
    numbers = set(re.findall(rf"{label}:? (\d{{3}}/\d{{4}}/[\dX])\b", text))
    return numbers.pop() if len(numbers) == 1 else None


def _check_code(pdf: Pdf, code: str) -> Iterator[Finding]:
    """The code stands on the cover and once more beside the number of the qualification."""
    inside = " ".join(line.text for page in pdf.pages[1:] for line in page.lines)
    told = set(re.findall(rf"Subject Code:? ({CODE})\b", inside))
    if told - {code}:
        message = f"the code is {code} on the cover and {', '.join(sorted(told))} inside"
        yield Finding("witnesses_disagree", "error", message)


def _feed(value: Any, name: str, subject: str | None, qualification: str) -> Parsed:
    feed = qualification_feed.read_feed(value, name=name)
    if qualification not in _LEVELS[feed.level]:
        raise ContractBroken(f"{name} is for {feed.level}, not for {qualification}", hint="Correct the qualification.")
    addressed = _FEED_PATH.search(urlsplit(name).path)
    if addressed and addressed["id"] != feed.id:
        message = f"{name} holds the papers of {feed.id} {feed.name}"
        raise ContractBroken(message, hint="Fetch the feed that the subject's page names.")
    code = subject or feed.id
    papers, found = qualification_feed.papers_of(feed, code=code)
    findings = (*found, *_check_claim(feed, code))
    counts = qualification_feed.counts_of(feed, papers)
    if qualification == "AS-Level":
        kept = tuple(paper for paper in papers if not (paper.component_code or "").startswith("A2"))
        counts |= {"other_qualification": len(papers) - len(kept)}
        papers = kept
    named = Subject(code, feed.name, board.code, qualification, spec_start_year=feed.first_teaching, paper_code=feed.id)
    return Parsed(named, (), papers, findings, "qualification feed", confidence(findings), counts)


def _check_claim(feed: qualification_feed.Feed, code: str) -> Iterator[Finding]:
    """The feed knows only its own number: that it is of another code is what somebody says."""
    if code != feed.id:
        message = f"the feed of {feed.id} {feed.name} does not say that it is of {code}"
        yield Finding("subject_not_told", "warning", message)


def _page(content: bytes, name: str, qualification: str) -> Parsed:
    page = kinds.read_html(content, name=name)
    _refuse_if_refused(page, name)
    offers = tuple(_offers(page, qualification))
    if not offers:
        feed = _feed_address(page, base=name)
        hint = f"Give the feed it names: {feed}" if feed else kinds.CORRECT_ADDRESS
        raise SourceEmpty(f"{name} lists no subjects of CCEA's {qualification}", hint=hint)
    return Parsed(None, offers=offers, layout="subject links", counts={"offers": len(offers)})


def _refuse_if_refused(page: Any, name: str) -> None:
    """Cloudflare answers programs with a page of its own, in place of the one asked for."""
    title = kinds.text_of(page.css_first("title")) if page.css_first("title") else ""
    if _REFUSED.search(title) or page.css_first("#challenge-form, #cf-wrapper, #cf-error-details") is not None:
        raise NotAllowed(f"{name}: the site says no ({title or 'no title'})", hint=BY_HAND)


def _offers(page: Any, qualification: str, *, base: str = SITE) -> Iterator[Offer]:
    """The subjects that a page links to, each address once; the year in it is that of first teaching."""
    level = "gcse" if qualification == "GCSE" else "gce"
    met: set[str] = set()
    for link in page.css('a[href*="/subjects/"]'):
        address = urljoin(base, link.attributes.get("href") or "").partition("#")[0].partition("?")[0].rstrip("/")
        found = _SUBJECT_PAGE.search(urlsplit(address).path)
        text = kinds.text_of(link)
        if found and found["level"] == level and text and address not in met:
            met.add(address)
            name = re.sub(r"^(?:GCSE|GCE)\s+|\s*\(20\d\d\)$", "", text)
            yield Offer(name, None, address, first_teaching=int(found["year"]))


def _feed_address(page: Any, *, base: str) -> str | None:
    """The address of the feed that the page's script is given, without the number that only spoils caches."""
    for node in page.css("[x-data]"):
        found = _FEED.search(node.attributes.get("x-data") or "")
        if not found:
            continue
        address = urljoin(base, str(found["address"])).partition("?")[0]
        path = _FEED_PATH.search(urlsplit(address).path)
        if path and path["id"] == found["id"] and urlsplit(address).hostname in HOSTS:
            return address
    return None


def start(qualification: str, subject: str | None) -> Iterable[Request]:
    """The visit begins with the list of subjects of the qualification's level."""
    return (Request(LISTS[qualification], "subject list"),) if qualification in LISTS else ()


def follow(qualification: str, request: Request, content: bytes) -> Iterable[Request]:
    """From the list to each subject's page, from there to the specification and the page of papers, and to its feed."""
    if kinds.kind_of(content, name=request.address) != "html":
        return ()
    page = kinds.read_html(content, name=request.address)
    _refuse_if_refused(page, request.address)
    if request.kind == "subject list":
        offers = _offers(page, qualification, base=request.address)
        return tuple(Request(each.page_url or "", "subject", name=each.name) for each in offers)
    return tuple(_subject_links(page, request))


def _subject_links(page: Any, request: Request) -> Iterator[Request]:
    links = [urljoin(request.address, link.attributes.get("href") or "") for link in page.css("a[href]")]
    own = request.address.rstrip("/")
    for link in dict.fromkeys(link.partition("#")[0] for link in links):
        if urlsplit(link).hostname not in HOSTS:
            continue
        if _SPECIFICATION.search(unquote(urlsplit(link).path)):
            yield Request(link, "specification", name=request.name, leads_on=False)
        elif link.rstrip("/") == own + _PAPERS_PAGE:
            yield Request(link, "subject", name=request.name)
    feed = _feed_address(page, base=request.address)
    if feed:
        # It knows a number of its own alone; the specification knows the subject's code, and both are called alike.
        yield Request(feed, "papers", name=request.name, leads_on=False, by_name=request.name is not None)


board = Board(
    code="CCEA",
    name="Council for the Curriculum, Examinations and Assessment",
    parse=parse,
    proof={
        ("GCSE", "papers"): "real",
        ("GCSE", "specification"): "made-up",
        ("A-Level", "specification"): "made-up",
        ("AS-Level", "specification"): "made-up",
        ("GCSE", "subject list"): "made-up",
        ("A-Level", "subject list"): "made-up",
    },
    hosts=HOSTS,
    start=start,
    follow=follow,
    pause_seconds=CRAWL_DELAY_SECONDS,
    by_hand=BY_HAND,
    country="Northern Ireland",
)
