"""Pearson's search service: a page embeds how it is asked; its answers, page by page, become papers.

The key that a page embeds is read at run time and goes into the headers of a request, which nobody keeps. It stands in
no finding and no message.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qs, urlencode

from greenroom import Request
from greenroom.model.errors import ContractBroken, SourceEmpty
from greenroom_exams.documents import Finding, Paper, Parsed, confidence
from greenroom_exams.layouts import kinds
from greenroom_exams.layouts.paper_title import SERIES_AND_YEAR, Facts, read_title
from greenroom_exams.layouts.pearson_files import FileFacts, read_file_name
from greenroom_exams.papers import check_unique, disagreements, kept_variant, not_pdfs

SITE = "https://qualifications.pearson.com"
CATEGORY = "Pearson-UK:"
# The most that one answer of the service holds.
HITS_PER_PAGE = 1000
EXAM_MATERIALS = "Exam-materials"
# Kinds of documents that their name alone does not tell to paper_title.
DOCUMENT_TYPES: Mapping[str, str] = {"listening examinations mp3": "recording"}
_SETTINGS = {"application": "algoliaAppId", "key": "algoliaAPIKey", "index": "algoliaIndexName"}
# What is put into an address and into headers must be nothing but a name.
_NAMES = {"application": r"[A-Za-z0-9]{4,32}", "key": r"[\x21-\x7e]{8,}", "index": r"[A-Za-z0-9_.-]{1,128}"}
_SPECIFICATION = re.compile(r"Pearson-UK:Specification-Code/(?:[A-Za-z0-9%-]+/)*(?P<code>[A-Za-z0-9-]+)")
# "al18-arabic", "gcse16-science", "maths-2017-as-al" among the keywords of a page.
_KEYWORD = re.compile(r"(?=[a-z0-9-]*\d)(?=[a-z0-9-]*[a-z])[a-z0-9]+(?:-[a-z0-9]+)+")
_GATED_PATH = re.compile(r"/(?:secure|silver|gold)/", re.I)
_UNIT = re.compile(r"(?:Paper|Unit|Component)[- ](?P<number>\d{1,2})(?P<option>[A-Z]{0,2})\b")
_TIERS = {"F": "Foundation", "H": "Higher"}

Owner = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class Service:
    """How a page asks the search service. The key is not shown where a service is printed."""

    application: str
    index: str
    key: str = field(repr=False)

    @property
    def address(self) -> str:
        """Where questions to the index are posted."""
        return f"https://{self.application.lower()}-dsn.algolia.net/1/indexes/{self.index}/query"


@dataclass(frozen=True, slots=True)
class _Hit:
    """One document of an answer; `categories` by their kind: "Exam-Series" to ("June-2023",)."""

    position: str
    title: str
    url: str
    kind: str
    gated: bool
    categories: Mapping[str, tuple[str, ...]]


def service_of(page: Any) -> Service | None:
    """The service that a page embeds, or None; ContractBroken for one that is embedded in part or in two ways."""
    told = {
        name: {node.attributes.get("value") or "" for node in page.css(f"input[type=hidden].{mark}")}
        for name, mark in _SETTINGS.items()
    }
    if not any(told.values()):
        return None
    values: dict[str, str] = {}
    for name, found in told.items():
        value = found.pop() if len(found) == 1 else ""
        if not re.fullmatch(_NAMES[name], value):
            raise ContractBroken(
                f"The page does not embed one {name} of the search service that could be one.",
                hint="The search was built anew: its settings must be read in another way.",
            )
        values[name] = value
    return Service(**values)


def specifications(content: bytes, page: Any) -> tuple[str, ...]:
    """The codes under which the search service files what a page is about: "al18-arabic"."""
    named = dict.fromkeys(found["code"] for found in _SPECIFICATION.finditer(content.decode("utf-8", "replace")))
    if not named:
        words = (node.attributes.get("content") or "" for node in page.css("meta[name=keywords]"))
        tokens = (token.strip() for word in words for token in word.split(","))
        named = dict.fromkeys(token for token in tokens if _KEYWORD.fullmatch(token))
    return tuple(named)


def requests(content: bytes, *, page: Request) -> tuple[Request, ...]:
    """What a page of Pearson would ask its search service: one question for each specification it is about.

    Nothing for a page that embeds no service. Raises ContractBroken for one that does and names no specification.
    """
    tree = kinds.read_html(content, name=page.address)
    service = service_of(tree)
    if service is None:
        return ()
    codes = specifications(content, tree)
    if not codes:
        raise ContractBroken(
            f"{page.address} does not say which specification its search is for",
            hint="Save it again after the results have appeared, or give its materials page.",
        )
    return tuple(_question(service, code, page) for code in codes)


def _question(service: Service, code: str, page: Request) -> Request:
    headers = (("X-Algolia-Application-Id", service.application), ("X-Algolia-API-Key", service.key))
    return Request(
        address=service.address,
        kind="papers",
        subject=page.subject,
        name=page.name,
        headers=headers,
        body=_body(code, 0),
        # The service's address holds the application's id.
        known_as=page.address,
    )


def _body(code: str, page: int) -> str:
    filters = f'category:"{CATEGORY}Specification-Code/{code}" AND category:"{CATEGORY}Category/{EXAM_MATERIALS}"'
    asked = {"query": "", "filters": filters, "hitsPerPage": HITS_PER_PAGE, "page": page}
    return json.dumps({"params": urlencode(asked)})


def further(content: bytes, *, asked: Request) -> tuple[Request, ...]:
    """The further pages of an answer, which are parts of the same list; none from a further page itself."""
    if asked.part_of or not asked.body:
        return ()
    answer = _answer(content, asked.address)
    found = _SPECIFICATION.search(parse_qs(json.loads(asked.body)["params"])["filters"][0])
    pages = answer.get("nbPages")
    if found is None or not isinstance(pages, int):
        return ()
    return tuple(replace(asked, body=_body(found["code"], page), part_of=asked.address) for page in range(1, pages))


def is_answer(content: bytes, *, name: str) -> bool:
    """Whether a JSON document is an answer of the search service."""
    value = kinds.read_json(content, name=name)
    return isinstance(value, dict) and isinstance(value.get("hits"), list) and "nbHits" in value


def read(content: bytes, *, name: str, subject: str | None, owner_of: Owner | None = None) -> Parsed:
    """The papers of one page of an answer.

    `owner_of` gives the subject whose papers begin with a code, or None for a code of another subject; without it,
    a code is its own subject's. Raises ContractBroken, SourceEmpty or SourceUnreadable.
    """
    answer = _answer(content, name)
    hits = [_hit(value, number) for number, value in enumerate(answer["hits"], start=1)]
    materials = [hit for hit in hits if EXAM_MATERIALS in hit.categories.get("Category", (EXAM_MATERIALS,))]
    if not materials:
        raise SourceEmpty(f"{name} holds no exam materials", hint="Look at the page: the search may be built anew.")
    pdfs = [hit for hit in materials if hit.kind == "pdf" and not hit.gated]
    main = subject or _most_common(pdfs, name)
    owner = owner_of or (lambda code: code if code == main else None)
    own = [hit for hit in pdfs if _owner(hit, owner, main)]
    rows = [row for hit in own for row in _rows(hit, owner, main)]
    papers = tuple(row for row in rows if isinstance(row, Paper))
    findings = (
        *(row for row in rows if isinstance(row, Finding)),
        *_others(pdfs, own),
        *_gated(materials),
        *not_pdfs(hit.kind for hit in materials if hit.kind != "pdf" and not hit.gated),
        *check_unique(papers),
        *_incomplete(answer, hits),
    )
    counts = {
        "promised": int(answer["nbHits"]),
        "items": len(hits),
        "pdfs": len(pdfs),
        "rows": len(papers),
        "gated": sum(hit.gated for hit in materials),
        "other_materials": len(hits) - len(materials),
        "other_subjects": len(pdfs) - len(own),
    }
    return Parsed(None, (), papers, findings, "search service", confidence(findings), counts)


def _answer(content: bytes, name: str) -> dict[str, Any]:
    value = kinds.read_json(content, name=name)
    if (
        not isinstance(value, dict)
        or not isinstance(value.get("hits"), list)
        or not isinstance(value.get("nbHits"), int)
    ):
        raise ContractBroken(
            f"{name} is no answer of the search service: it has no hits, or does not count them",
            hint="Fetch the page again: the key it embeds may have changed.",
        )
    return value


def _hit(value: Any, number: int) -> _Hit:
    """One hit; what it does not say stays empty and becomes a finding later on."""
    told = value if isinstance(value, dict) else {}
    named = told.get("category") if isinstance(told.get("category"), list) else []
    categories: dict[str, tuple[str, ...]] = {}
    for each in named or []:
        kind, _, rest = str(each).removeprefix(CATEGORY).partition("/")
        categories[kind] = (*categories.get(kind, ()), rest)
    url = _text(told, "url") or _text(told, "id")
    return _Hit(
        position=f"hit {number}",
        title=" ".join(_text(told, "title").split()),
        url=url,
        kind=(_text(told, "extension") or url.rpartition(".")[2]).strip(".").casefold(),
        gated=_is_gated(told.get("gating")) or bool(_GATED_PATH.search(url)),
        categories=categories,
    )


def _text(told: Mapping[str, Any], name: str) -> str:
    value = told.get(name)
    return value if isinstance(value, str) else ""


def _is_gated(value: object) -> bool:
    """The service says yes or no in several ways; what is not a plain no keeps a document closed."""
    if isinstance(value, str):
        return value.strip().casefold() not in {"", "false", "no", "none", "open", "ungated"}
    return bool(value)


def _most_common(hits: Sequence[_Hit], name: str) -> str:
    codes = Counter(told.code for hit in hits if (told := read_file_name(hit.url)))
    if not codes:
        raise ContractBroken(f"{name} lists no file with a subject code", hint="Give the subject's code with it.")
    return codes.most_common(1)[0][0]


def _owner(hit: _Hit, owner: Owner, main: str) -> str | None:
    filed = read_file_name(hit.url)
    return owner(filed.code) if filed else main


def _rows(hit: _Hit, owner: Owner, main: str) -> Iterator[Paper | Finding]:
    """The paper of one hit, and what its witnesses do not say or say differently."""
    filed, told = read_file_name(hit.url), read_title(hit.title)
    facts = filed.facts if filed else Facts()
    shelved = _shelved(hit, filed)
    yield from _unknown(hit)
    yield from disagreements(
        {"its categories": shelved, "the file name": facts, "the title": replace(told, tier=None, component=None)},
        title=hit.title or hit.url,
        position=hit.position,
    )
    if filed is None:
        message = f"{hit.url or 'a hit'} is not in Pearson's grammar, so its component is not known"
        yield Finding("unknown_file_name", "warning", message, hit.position)
    kind = shelved.type or told.type or facts.type
    series, year = shelved.series or facts.series, shelved.year or facts.year
    if kind is None or series is None or year is None or not hit.url:
        what = "address" if not hit.url else "document type" if kind is None else "series"
        message = f"{hit.title or hit.url or 'a hit'} names no {what} that is known, so it was not taken"
        yield Finding("hit_unclear", "error", message, hit.position)
        return
    yield Paper(
        subject_code=_owner(hit, owner, main) or main,
        component_code=facts.component,
        paper_number=facts.paper_number or shelved.paper_number,
        year=year,
        series=series,
        tier=facts.tier or shelved.tier,
        type=kind,
        title=hit.title or hit.url.rpartition("/")[2],
        url=SITE + hit.url if hit.url.startswith("/") else hit.url,
        language=told.language,
        modified=shelved.modified or told.modified,
        position=hit.position,
        variant=kept_variant(replace(told, rest=None), facts.component) or shelved.variant,
    )


def _shelved(hit: _Hit, filed: FileFacts | None) -> Facts:
    """What the categories of a hit say; of two categories of one kind, none is believed."""
    kind, series, unit = (_one(hit, name) for name in ("Document-Type", "Exam-Series", "Unit"))
    typed = _typed(kind)
    dated = SERIES_AND_YEAR.search(series)
    numbered = _UNIT.search(unit)
    # Paper 2H of A-level history is an option; only GCSEs have tiers.
    tiered = filed is None or filed.code[0] in "14"
    facts = read_title(f"Question paper - {dated.group()}") if dated else Facts()
    return replace(
        typed,
        paper_number=int(numbered["number"]) if numbered else None,
        tier=_TIERS.get(numbered["option"]) if numbered and tiered else None,
        series=facts.series,
        year=facts.year,
        rest=None,
    )


def _one(hit: _Hit, kind: str) -> str:
    values = set(hit.categories.get(kind, ()))
    return values.pop().replace("-", " ") if len(values) == 1 else ""


def _typed(kind: str) -> Facts:
    known = DOCUMENT_TYPES.get(kind.casefold())
    if known:
        return Facts(type=known)
    first, _, rest = kind.partition(" ")
    told = read_title(rest) if first.casefold() == "modified" else read_title(kind)
    if told.type is None or told.rest:
        return Facts()
    return replace(told, modified=first.casefold() == "modified")


def _unknown(hit: _Hit) -> Iterator[Finding]:
    """Each category of a known kind with a value that no rule knows, by its name."""
    rules: Mapping[str, Callable[[str], bool]] = {
        "Document-Type": lambda value: _typed(value).type is not None,
        "Exam-Series": lambda value: SERIES_AND_YEAR.search(value) is not None,
        "Unit": lambda value: _UNIT.search(value) is not None,
    }
    for kind, is_known in rules.items():
        values = sorted(set(hit.categories.get(kind, ())))
        for value in values:
            if not is_known(value.replace("-", " ")):
                message = f"{CATEGORY}{kind}/{value} is a category that is not known ({hit.title or hit.url})"
                yield Finding("unknown_category", "warning", message, hit.position)
        if len(values) > 1:
            message = f"{hit.title or hit.url} is in {len(values)} categories of {kind}: {', '.join(values)}"
            yield Finding("several_categories", "warning", message, hit.position)


def _others(pdfs: Sequence[_Hit], own: Sequence[_Hit]) -> Iterator[Finding]:
    """Files of other subjects that share a specification in the service, or bear a code nobody knows of."""
    kept = {hit.position for hit in own}
    codes = Counter(told.code for hit in pdfs if hit.position not in kept and (told := read_file_name(hit.url)))
    if codes:
        counted = ", ".join(f"{count} under {code}" for code, count in sorted(codes.items()))
        yield Finding("other_subjects", "warning", f"files of other subjects were not taken: {counted}")


def _gated(hits: Sequence[_Hit]) -> Iterator[Finding]:
    count = sum(hit.gated for hit in hits)
    if count:
        yield Finding("gated", "warning", f"{count} documents are for teachers with a login and were not taken")


def _incomplete(answer: Mapping[str, Any], hits: Sequence[_Hit]) -> Iterator[Finding]:
    """A part of a list says so; where the service gives no page with the rest, more than a warning is due."""
    promised, pages = int(answer["nbHits"]), answer.get("nbPages")
    if len(hits) < promised:
        yield Finding("listing_incomplete", "warning", f"{len(hits)} of {promised} documents are shown")
    size = answer.get("hitsPerPage")
    if isinstance(pages, int) and isinstance(size, int) and pages * size < promised:
        message = f"the service gives {pages * size} of {promised} documents and no page with the others"
        yield Finding("listing_truncated", "error", message)
