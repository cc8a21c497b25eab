"""Items of AQA's lists of resources become papers: title, content id, folder and file name are their witnesses."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from greenroom_exams.documents import PAPER_TYPES, Finding, Paper, Subject
from greenroom_exams.layouts.paper_title import Facts, read_title
from greenroom_exams.layouts.resource_cards import Item
from greenroom_exams.layouts.resource_list import Resources
from greenroom_exams.layouts.resource_names import folder_facts, name_facts, subject_code
from greenroom_exams.papers import check_unique, disagreements, kept_variant, not_pdfs, unknown_type

# Forms for schools, which stand among the papers: admin.crf_pdf.AQA-CDS-25_PDF
_ADMINISTRATIVE = re.compile(r"^admin\.|\bcentre declaration (?:sheet|form)\b", re.I)


def papers_of(
    items: Sequence[Item], tiers: Sequence[str | None], subject: Subject
) -> tuple[tuple[Paper, ...], list[Finding], dict[str, int]]:
    """Papers, findings and counts of a list; forms for schools are counted, and are no papers.

    `tiers` are those that the list itself tells, one an item.
    """
    told = [(item, tier) for item, tier in zip(items, tiers, strict=True) if not _is_form(item)]
    pdfs = [(item, tier) for item, tier in told if item.kind == "pdf"]
    rows = [_row(item, tier, subject) for item, tier in pdfs]
    papers = tuple(row for row in rows if isinstance(row, Paper))
    findings = [
        *(finding for item, tier in pdfs for finding in _item_findings(item, tier, subject)),
        *(row for row in rows if isinstance(row, Finding)),
        *not_pdfs(item.kind for item, _ in told if item.kind != "pdf"),
        *check_unique(papers),
    ]
    aside = {"forms": len(items) - len(told), "undated": sum(_is_undated(row) for row in rows)}
    counts = {"items": len(items), "pdfs": len(pdfs), "rows": len(papers)}
    return papers, findings, counts | {name: count for name, count in aside.items() if count}


def _is_undated(row: Paper | Finding) -> bool:
    return isinstance(row, Finding) and row.rule == "paper_without_series"


def _is_form(item: Item) -> bool:
    return bool(_ADMINISTRATIVE.search(item.content_id) or _ADMINISTRATIVE.search(item.title))


def _row(item: Item, tier: str | None, subject: Subject) -> Paper | Finding:
    told, filed = _title_facts(item, subject), _file_facts(item)
    kind, series, year = told.type or filed.type, told.series or filed.series, told.year or filed.year
    if kind is None:
        return unknown_type(item.title, item.url, item.position)
    if series is None or year is None:
        return Finding("paper_without_series", "warning", f"no series: {item.title} ({item.url})", item.position)
    return Paper(
        subject_code=subject.code,
        component_code=filed.component,
        paper_number=told.paper_number or filed.paper_number,
        year=year,
        series=series,
        tier=tier or told.tier or filed.tier,
        type=kind,
        title=item.title,
        url=item.url,
        language=told.language,
        modified=told.modified or filed.modified,
        position=item.position,
        variant=filed.variant or kept_variant(told, filed.component),
    )


def _title_facts(item: Item, subject: Subject) -> Facts:
    """What the title says; "Question paper: Paper 1 - Sample set 1" is a specimen, whatever its first words."""
    facts = read_title(item.title, subject_name=subject.name)
    is_sample = re.search(r"\bsample set\b", item.title, re.I) and f"specimen {facts.type}" in PAPER_TYPES
    return replace(facts, type=f"specimen {facts.type}") if is_sample else facts


def _file_facts(item: Item) -> Facts:
    return name_facts(item.content_id) or Facts()


def _item_findings(item: Item, tier: str | None, subject: Subject) -> Iterator[Finding]:
    witnesses = {
        "the title": _title_facts(item, subject),
        "the content id": _file_facts(item),
        "its folder": folder_facts(item.content_id),
        "the file name": (name_facts(item.file_name) if item.file_name else None) or Facts(),
        "the list": Facts(tier=tier),
    }
    yield from disagreements(witnesses, title=item.title, position=item.position)
    if name_facts(item.content_id) is None:
        yield Finding("unknown_file_name", "warning", f"{item.content_id} is not in AQA's grammar", item.position)
    elif subject_code(item.content_id) != subject.code:
        message = f"{item.title} is filed as {item.content_id}, not under {subject.code}"
        yield Finding("subject_code_differs", "error", message, item.position)
    if item.asset and item.asset not in item.url:
        message = f"{item.title} has the address {item.url}, its file is {item.asset}"
        yield Finding("address_differs", "error", message, item.position)


def check_whole(whole: Resources, cards: Sequence[Item], named: Subject, promised: int | None) -> Iterator[Finding]:
    """Errors where the list in a page's data and what the page shows differ: subject, number, titles, addresses."""
    listed = len(whole.items) + whole.links
    if whole.code != named.code:
        yield Finding("witnesses_disagree", "error", f"the page is of {named.code}, its data of {whole.code}")
    if promised is not None and promised != listed:
        yield Finding("witnesses_disagree", "error", f"the page promises {promised} results, its data hold {listed}")
    by_id = {item.content_id: item for item in whole.items}
    for card in cards:
        item = by_id.get(card.content_id)
        if item is None or item.url != card.url or not card.title.endswith(item.title):
            message = f"the card {card.title} ({card.url}) is not so in the page's data"
            yield Finding("witnesses_disagree", "error", message, card.position)


def incomplete(shown: int, promised: int | None) -> Iterator[Finding]:
    """A warning for a page that holds only some of the results; who puts all pages together drops it."""
    if promised is not None and promised > shown:
        message = f"the page shows {shown} of {promised} results; the others are on further pages"
        yield Finding("listing_incomplete", "warning", message)
