"""Pages of WJEC's and Eduqas' sites, built alike: the index becomes offers, a subject's page its documents."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from greenroom import Request
from greenroom.model.errors import SourceEmpty, SourceError
from greenroom_exams.documents import Finding, Offer, Parsed, confidence
from greenroom_exams.layouts import kinds, subject_list
from greenroom_exams.layouts.escaped_list import named_links, qualification_ids
from greenroom_exams.layouts.subject_list import OTHER_DOCUMENTS, SHORT_COURSE, claimed_qualifications

LAYOUT = "index of names and links"
PAPERS_TAB = "/umbraco/surface/TabSurface/GetPastPapersTab"
PAGE = re.compile(r"/qualifications/[^/?#]+/?$")
# Their names are not built alike, the eight signs before them cannot be guessed: both are read from the page.
MEDIA = re.compile(r"""(?:href|"(?:link|url)"\s*:)\s*=?\s*["']([^"']*/media/[^"'/]+/[^"'/]+\.pdf)["']""", re.I)
SPECIFICATION = re.compile(r"\bspec(?:ification)?s?\b")
WELSH_MEDIUM = re.compile(r"-w(?:-|$)|\bcymraeg\b|\bmanyleb\b|\bcym\b", re.I)


@dataclass(frozen=True, slots=True)
class Site:
    """Where one of the two sites has its index."""

    host: str
    index: str

    @property
    def address(self) -> str:
        """The address of the index."""
        return f"https://{self.host}{self.index}"


def read_index(content: bytes, *, name: str, site: Site, qualification: str) -> Parsed:
    """The offers of one qualification on the index page; a link says by its last words of which it is."""
    findings: list[Finding] = []
    offers: list[Offer] = []
    others = 0
    links = [(label, urljoin(site.address, link)) for label, link in named_links(content, name=name) if link]
    for number, (label, address) in enumerate(dict.fromkeys(links), start=1):
        at = f"entry {number}"
        if subject_list.is_broken(address):
            findings.append(Finding("broken_address", "error", f"{label}: no address: {address!r}", at))
            continue
        if not PAGE.search(urlsplit(address).path):
            continue
        claims = claimed_qualifications(address)
        if not claims:
            message = f"{label} does not say of which qualification it is: {address}"
            findings.append(Finding("qualification_not_told", "warning", message, at))
        elif qualification not in claims:
            others += 1
        elif not label:
            findings.append(Finding("row_without_name", "error", f"an entry has no name: {address}", at))
        else:
            offers.append(Offer(_bare(label), page_url=address))
    if not offers:
        raise SourceEmpty(f"{name} lists no subjects for {qualification}", hint=kinds.CORRECT_ADDRESS)
    findings += _twins(offers)
    counts = {"items": len(offers) + others, "offers": len(offers), "other_qualifications": others}
    return Parsed(None, (), (), tuple(findings), LAYOUT, confidence(tuple(findings)), counts, offers=tuple(offers))


def _bare(label: str) -> str:
    """The subject's name without the qualification behind it: "Drama GCSE", "Law AS/A level"."""
    return (
        re.sub(r"\s*[-–(]?\s*(?:GCSE|AS\s*/\s*A[ -]?levels?|A[ -]?levels?|AS)\)?\s*$", "", label, flags=re.I) or label
    )


def _twins(offers: list[Offer]) -> Iterator[Finding]:
    addresses = [offer.page_url for offer in offers]
    for address in dict.fromkeys(addresses):
        names = [offer.name for offer in offers if offer.page_url == address]
        if len(names) > 1:
            yield Finding("same_address", "warning", f"one address for {', '.join(names)}: {address}")


def follow(qualification: str, request: Request, content: bytes, *, site: Site) -> Iterator[Request]:
    """From the index to the pages of subjects, from there to the specification and the past-papers tab."""
    if request.kind == "subject list":
        yield from _of_index(qualification, request, content, site)
    elif request.kind == "subject":
        yield from _of_subject(qualification, request, content, site)


def _of_index(qualification: str, request: Request, content: bytes, site: Site) -> Iterator[Request]:
    try:
        parsed = read_index(content, name=request.address, site=site, qualification=qualification)
    except SourceError:
        # the page itself is read by `parse`, which says what is wrong with it
        return
    for offer in parsed.offers:
        if offer.page_url:
            yield Request(offer.page_url, "subject", name=offer.name)


def _of_subject(qualification: str, request: Request, content: bytes, site: Site) -> Iterator[Request]:
    for address in specifications(content, request=request, qualification=qualification):
        yield Request(address, "specification", request.subject, request.name, leads_on=False)
    try:
        numbers = qualification_ids(content, name=request.address)
    except SourceError:
        return
    for number in numbers:
        query = f"?qualificationId={number}&cultureId=en-GB"
        yield Request(
            f"https://{site.host}{PAPERS_TAB}{query}", "papers", request.subject, request.name, leads_on=False
        )


def specifications(content: bytes, *, request: Request, qualification: str) -> list[str]:
    """The English specifications a subject's page links, but not comparisons, samples or those of another level."""
    text = content.decode("utf-8", "replace").replace("&quot;", '"')
    found: list[str] = []
    for link in MEDIA.findall(text):
        file = link.rpartition("/")[2].removesuffix(".pdf")
        words = re.sub(r"[\s_.+-]+", " ", file).casefold()
        claims = claimed_qualifications(f"/{file}.pdf")
        is_other = re.search(OTHER_DOCUMENTS, words) or WELSH_MEDIUM.search(file) or re.search(SHORT_COURSE, words)
        if SPECIFICATION.search(words) and not is_other and (not claims or qualification in claims):
            found.append(urljoin(request.address, link))
    return list(dict.fromkeys(found))
