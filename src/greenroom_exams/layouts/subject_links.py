"""AQA's site leads from its list of subjects to all documents: links of a page become offers and requests."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

from greenroom import Request
from greenroom_exams.documents import Finding, Offer, Parsed, confidence
from greenroom_exams.layouts import content_pages, kinds, resource_cards, resource_list

SITE = "https://www.aqa.org.uk"
# Newer files have a hash for a name there.
HASHED = "cdn.sanity.io"
HOSTS = ("www.aqa.org.uk", "aqa.org.uk", "filestore.aqa.org.uk", HASHED)
SUBJECTS = f"{SITE}/subjects"
SEARCH = f"{SITE}/api/search"
LAYOUT = "subject links"
_ALL = re.compile(r"^/subjects/?$")
_FAMILY = re.compile(r"^/subjects/[^/]+$")
_FIRST_PAGE, _RESOURCES = "/specification", "/assessment-resources"
_ENDINGS = (content_pages.PATH, _FIRST_PAGE, _RESOURCES)
# The most results that one reply of the search holds.
SEARCH_LIMIT = 100
# What AQA's addresses call a qualification.
LEVELS = {"GCSE": "gcse", "A-Level": "a-level", "AS-Level": "as-level"}
_PAGE = re.compile(r"/subjects/[^/]+/(?P<level>[^/]+)/(?P<slug>[^/]+?)-(?P<codes>\d{4}(?:-\d{4})*)(?P<rest>/.*)?$")


def codes_of(address: str) -> tuple[str, ...]:
    """The subject codes in the address of a subject's page, or of one below it."""
    found = _PAGE.search(urlsplit(address).path)
    return tuple(found["codes"].split("-")) if found else ()


def subject_list(page: Any, qualification: str, *, name: str) -> Parsed | None:
    """The offers of a page that lists subjects; nothing for a page that does not call itself one.

    The list of all subjects names them without their qualifications, each with a page of its own, which is one part
    of the list: it offers its own subject only, though its menu names others.
    """
    address = content_pages.own_address(page, name=name)
    found, families = tuple(offers(page, qualification, base=address)), _families(page, address)
    own = _FAMILY.search(urlsplit(address).path)
    if not own and not _ALL.search(urlsplit(address).path):
        return None
    if not found and not families:
        return None
    if own:
        found = tuple(each for each in found if urlsplit(each.page_url or "").path.startswith(f"{own.group()}/"))
    elif families:
        found = ()
    counts = {"offers": len(found), "items": 1 if own or not families else 0, "promised": len(families) or 1}
    findings: tuple[Finding, ...] = ()
    if counts["items"] < counts["promised"]:
        message = f"the page is {counts['items']} of {counts['promised']} pages of subjects"
        findings = (Finding("listing_incomplete", "warning", message),)
    return Parsed(None, (), (), findings, LAYOUT, confidence(findings), counts, offers=found)


def _families(page: Any, base: str) -> tuple[str, ...]:
    """The pages of subjects without a qualification: /subjects/lantern-studies."""
    links = (urljoin(base, link.attributes.get("href") or "") for link in page.css('a[href*="/subjects/"]'))
    plain = dict.fromkeys(link.partition("#")[0].partition("?")[0].rstrip("/") for link in links)
    return tuple(link for link in plain if _FAMILY.search(urlsplit(link).path) and urlsplit(link).hostname in HOSTS)


def offers(page: Any, qualification: str, *, base: str = SITE) -> Iterator[Offer]:
    """The subjects of one qualification that a page links to, each once, by the addresses of their pages."""
    met: set[str] = set()
    for link in page.css('a[href*="/subjects/"]'):
        address = urljoin(base, link.attributes.get("href") or "")
        found = _PAGE.search(urlsplit(address).path)
        if not found or found["rest"] not in {None, "/"} or not _is_level(found["level"], qualification):
            continue
        page_url = address.partition("#")[0].partition("?")[0].rstrip("/")
        if page_url not in met:
            met.add(page_url)
            codes = found["codes"].split("-")
            code = codes[0] if len(codes) == 1 else None
            yield Offer(_offered_name(kinds.text_of(link), found["codes"]), code, page_url)


def _is_level(level: str, qualification: str) -> bool:
    """Older addresses put AS and A-level together: as-and-a-level."""
    wanted = LEVELS.get(qualification)
    return level == wanted or (level == "as-and-a-level" and wanted in {"a-level", "as"})


def _offered_name(text: str, codes: str) -> str:
    """The link's words without the level and the codes."""
    bare = re.sub(r"^(?:AS and A-level|A-level|GCSE|AS)\s+", "", text)
    return re.sub(rf"\s*\(?(?:{'|'.join(codes.split('-'))})[\d, /]*\)?$", "", bare).strip() or text


def start(qualification: str, subject: str | None) -> Iterable[Request]:
    """The visit begins with the list of subjects, whose links lead to all else."""
    if qualification not in LEVELS:
        return ()
    return (Request(SUBJECTS, "subject list", subject=subject),)


def follow(qualification: str, request: Request, content: bytes) -> Iterable[Request]:
    """What a fetched page leads to: subject pages, specification and papers, further pages of a list."""
    kind = kinds.kind_of(content, name=request.address)
    if kind == "json":
        return tuple(_further_results(request, content))
    if kind != "html":
        return ()
    page = kinds.read_html(content, name=request.address)
    if request.kind == "subject list":
        return tuple(_subject_pages(page, qualification, request))
    if request.kind == "papers":
        return tuple(_further_cards(page, request))
    if content_pages.is_content_page(page, name=request.address):
        return tuple(_section_pages(page, request))
    return tuple(_subject_links(page, request))


def _subject_pages(page: Any, qualification: str, request: Request) -> Iterator[Request]:
    """From the list to each subject's own page, from there to those of its qualifications."""
    found = [each for each in offers(page, qualification, base=request.address) if each.page_url]
    own, families = _FAMILY.search(urlsplit(request.address).path), _families(page, request.address)
    if own:
        found = [each for each in found if urlsplit(each.page_url or "").path.startswith(f"{own.group()}/")]
    mine = [each for each in found if request.subject is None or request.subject in codes_of(each.page_url or "")]
    if families and not own and not (request.subject and mine):
        yield from (replace(request, address=each, part_of=request.address) for each in families)
        return
    for offer in mine:
        yield Request(offer.page_url or "", "subject", subject=request.subject or offer.code, name=offer.name)


def _subject_links(page: Any, request: Request) -> Iterator[Request]:
    """From a subject's page, or the first page of its specification: what they link to, of this subject only.

    The specification is taken as PDF, whose outline is a second witness; as web pages only where no PDF is linked.
    """
    own = codes_of(request.address)
    links = dict(_links(page, request.address))
    mine = [link for link in links if own and codes_of(link) == own and urlsplit(link).hostname in HOSTS]
    ends = {ending: [link for link in mine if urlsplit(link).path.endswith(ending)] for ending in _ENDINGS}
    pdfs = [link for link, text in links.items() if own and _is_specification(link, text, own)]
    is_first = not urlsplit(request.address).path.endswith(_FIRST_PAGE)
    yield from (replace(_to(request, link, "specification"), leads_on=False) for link in pdfs)
    if is_first:
        yield from (_to(request, link, "subject") for link in ends[_FIRST_PAGE] if not pdfs)
    if not pdfs and not (is_first and ends[_FIRST_PAGE]):
        yield from (_to(request, link, "specification") for link in ends[content_pages.PATH])
    if is_first:
        yield from (_to(request, link, "papers") for link in ends[_RESOURCES])
        if not ends[_RESOURCES]:
            yield from (_question(code, 1, request) for code in own if request.subject in {None, code})


def _links(page: Any, base: str) -> Iterator[tuple[str, str]]:
    for link in page.css("a[href]"):
        yield urljoin(base, link.attributes.get("href") or "").partition("#")[0].rstrip("/"), kinds.text_of(link)


def _is_specification(link: str, text: str, codes: tuple[str, ...]) -> bool:
    """By the file name AQA-7401-7402-SP-2015.PDF; on the newer host, which gives hashes, by the link's words."""
    path = urlsplit(link).path
    if urlsplit(link).hostname not in HOSTS or not path.casefold().endswith(".pdf"):
        return False
    named = re.search(rf"/AQA-(?:\d{{4}}-)*{codes[0]}(?:-\d{{4}})*-SP-\d{{4}}\.PDF$", path, re.I)
    return bool(named or (urlsplit(link).hostname == HASHED and re.search(r"\bspecification\b", text, re.I)))


def _to(request: Request, address: str, kind: str, *, part_of: str | None = None) -> Request:
    return Request(address, kind, subject=request.subject, name=request.name, part_of=part_of)


def _question(code: str, page: int, request: Request, *, part_of: str | None = None) -> Request:
    """The question that AQA's own page of past papers asks."""
    fields = {
        "type": "aqaResource",
        "location": "/find-past-papers-and-mark-schemes",
        "prefilter": "scope",
        "scope": "findPastPapers",
        "facets": "",
        "specCode": code,
        "page": page,
        "limit": SEARCH_LIMIT,
    }
    return _to(request, f"{SEARCH}?{urlencode(fields)}", "papers", part_of=part_of)


def _further_results(request: Request, content: bytes) -> Iterator[Request]:
    """From the first reply all further ones: `hits` tells how many there are."""
    value = kinds.read_json(content, name=request.address)
    asked = parse_qs(urlsplit(request.address).query)
    if request.part_of is not None or not resource_list.is_search(value) or "specCode" not in asked:
        return
    hits = resource_list.search_results(value, name=request.address).hits
    for number in range(2, -(-hits // SEARCH_LIMIT) + 1):
        yield _question(asked["specCode"][0], number, request, part_of=request.address)


def _further_cards(page: Any, request: Request) -> Iterator[Request]:
    """Where the page's data do not hold the whole list, the pages that show the rest of it."""
    promised, shown = resource_cards.results_promised(page), resource_cards.card_count(page)
    if request.part_of is not None or not promised or not shown:
        return
    if resource_list.resources(page, name=request.address) is not None:
        return
    for number in range(2, -(-promised // shown) + 1):
        address = f"{request.address}?{urlencode({'page': number})}"
        yield replace(request, address=address, part_of=request.address)


def _section_pages(page: Any, request: Request) -> Iterator[Request]:
    """From the page of all sections to each; a section's own page leads to none."""
    if request.part_of is not None:
        return
    for each in content_pages.sections(page, name=request.address):
        yield replace(request, address=each.address, part_of=request.address)
