"""Lists of subjects that a person or a program wrote become offers; what is wrong in them is told, never mended."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from greenroom.model.errors import ContractBroken
from greenroom_exams.documents import Finding, Offer, Parsed, confidence
from greenroom_exams.layouts.list_entries import (
    PAGE,
    PAPERS,
    SPECIFICATION,
    UNIT,
    Entry,
    Link,
    SubjectList,
    board_in,
    is_list,
    read_entries,
)
from greenroom_exams.layouts.numbered import comparable

__all__ = ["LAYOUT", "Entry", "Link", "SubjectList", "is_list", "read_entries", "read_offers"]

LAYOUT = "subject list"
# An address may say in words what it leads to; "as" is a word too (Arabic as a first language).
ADDRESS_CLAIMS = (
    (("International-GCSE",), r"\b(?:international|int) gcse\b|\bigcse\b|^ig\b"),
    (("International-A-Level",), r"\binternational advanced levels?\b|\bial\b"),
    (("AS-Level", "A-Level"), r"\basa levels?\b|\bas and a levels?\b|\bgce(?: \w+)? (?:as|a) level\b|\bgce(?=\b|\d)"),
    (("GCSE",), r"\bgcses?(?=\b|\d)"),
    (("A-Level",), r"\ba ?levels?\b"),
    (("AS-Level",), r"\bas levels?\b|(?<!^)\bas (?!a\b|an\b|and\b|1st|2nd|first|second)(?=[a-z])|^as (?=[a-z])"),
    (("BTEC",), r"\bbtec"),
    (("National-5",), r"\bn5\b|coursespecn5"),
    (("Advanced-Higher",), r"^ah\b"),
    (("Higher",), r"^h course\b|^higher(?:course|\b)"),
)
# Words of a file name that stands where a specification should; each with what the subject's name must then have.
OTHER_DOCUMENTS = (
    r"comparison|\bguide\b|mark scheme|question paper|past paper|scheme of work|summary|clarification|\bsams?\b"
)
SHORT_COURSE = r"\bshort\b"
CODE_IN_ADDRESS = r"[HJ]\d{3}|\d{4}|\d[A-Z]{2}\d"
BROKEN = re.compile(r"[\s<>\"{}|\\^`\x00-\x1f\x7f-\uffff]|%(?![0-9A-Fa-f]{2})")


@dataclass(frozen=True, slots=True)
class _Asked:
    board: str
    qualification: str
    code_pattern: str | None
    hosts: tuple[str, ...]


def read_offers(
    content: bytes,
    *,
    name: str,
    board: str,
    qualification: str,
    code_pattern: str | None = None,
    hosts: tuple[str, ...] = (),
) -> Parsed:
    """The offers of one board and qualification in a list, and a finding for all that is wrong with a row.

    An address that is broken, or whose own words say another qualification or document, is told and not offered.
    Raises ContractBroken for the list of another board or qualification.
    """
    asked = _Asked(board, qualification, code_pattern, hosts)
    listed = read_entries(content, name=name)
    _refuse_other_board(listed, asked, name)
    chosen = _chosen(listed, asked)
    if not chosen:
        told = sorted({each for entry in listed.entries for each in (*entry.qualifications, *entry.section)})
        raise ContractBroken(
            f"{name} lists {', '.join(told) or 'other qualifications'}, not {qualification}",
            hint="Correct the qualification.",
        )
    read = [_offer(entry, asked) for entry in chosen if entry.name]
    offers = tuple(offer for offer, _ in read)
    findings = (
        *listed.findings,
        *(finding for _, found in read for finding in found),
        *_check_list(listed, asked),
        *_check_names(chosen),
        *_check_choice(chosen, listed, asked),
        *_check_offers(offers),
    )
    counts = {
        "rows": len(listed.entries),
        "offers": len(offers),
        "other_qualifications": len(listed.entries) - len(chosen),
        "with_specification": sum(offer.specification_pdf_url is not None for offer in offers),
    }
    return Parsed(None, (), (), findings, LAYOUT, confidence(findings), counts, offers=offers)


def _refuse_other_board(listed: SubjectList, asked: _Asked, name: str) -> None:
    told = Counter(entry.board for entry in listed.entries if entry.board)
    told.update(board for title in listed.titles if (board := board_in(title)))
    others = [board for board in told if board != asked.board and not _same_company(board, asked.board)]
    linked = {urlsplit(link.address).hostname for link in _links(listed) if not is_broken(link.address)}
    if asked.hosts and linked and not any(_is_on(host or "", asked.hosts) for host in linked):
        raise ContractBroken(
            f"{name} has addresses of {', '.join(sorted(filter(None, linked)))}, none of {asked.board}",
            hint="Correct the address or the board.",
        )
    if others and asked.board not in told:
        raise ContractBroken(
            f"{name} is a list of {others[0]}, not of {asked.board}", hint="Correct the address or the board."
        )


def _links(listed: SubjectList) -> Iterator[Link]:
    for entry in listed.entries:
        yield from entry.links


def _is_on(host: str, hosts: Sequence[str]) -> bool:
    return any(host == each or host.endswith(f".{each}") for each in hosts)


def _same_company(told: str, asked: str) -> bool:
    """Pearson's BTEC is Edexcel's list; Cambridge Nationals are OCR's."""
    return (told, asked) in {("CAIE", "Cambridge"), ("CAIE", "OCR")}


def _chosen(listed: SubjectList, asked: _Asked) -> list[Entry]:
    """The rows of a qualification: by the row's own words, else by its heading, else all.

    A row that stands below another heading too is taken once, from its own one where there is one.
    """
    wanted = [entry for entry in listed.entries if _is_of(entry, asked.qualification)]
    own = [entry for entry in wanted if not entry.section or asked.qualification in entry.section]
    named = {comparable(entry.name) for entry in own}
    return [entry for entry in wanted if entry in own or (entry.qualifications and comparable(entry.name) not in named)]


def _is_of(entry: Entry, qualification: str) -> bool:
    if entry.unknown:
        return False
    if entry.qualifications:
        return qualification in entry.qualifications
    if entry.section:
        return qualification in entry.section
    linked = {link.qualification for link in entry.links if link.qualification}
    return not linked or qualification in linked


def _offer(entry: Entry, asked: _Asked) -> tuple[Offer, list[Finding]]:
    sound, findings = _sound_links(entry, asked)
    pages, specifications, papers = (
        list(dict.fromkeys(link.address for link in sound if link.role == role))
        for role in (PAGE, SPECIFICATION, PAPERS)
    )
    units = list(dict.fromkeys(link.address for link in sound if link.role == UNIT))
    if len(specifications or units) > 1:
        several = ", ".join(specifications or units)
        findings.append(_warn("several_specifications", f"{entry.name} has {several}", entry))
    whole = specifications or [each for each in units if ".pdf" in each.casefold()]
    pages += [each for each in units if ".pdf" not in each.casefold()]
    years = sorted(set(entry.first_teaching))
    if len(years) > 1:
        told = ", ".join(map(str, years))
        findings.append(_warn("years_disagree", f"{entry.name} is first taught in {told}", entry))
    offer = Offer(
        name=entry.name,
        code=_code(entry, asked),
        page_url=pages[0] if pages else None,
        specification_pdf_url=whole[0] if len(whole) == 1 else None,
        papers_url=papers[0] if papers else None,
        first_teaching=years[0] if len(years) == 1 else None,
        last_assessment_year=entry.last_assessment_year,
    )
    return offer, findings


def _code(entry: Entry, asked: _Asked) -> str | None:
    if entry.code and asked.code_pattern and not re.fullmatch(asked.code_pattern.replace(r"\b", ""), entry.code):
        return None
    return entry.code


def _sound_links(entry: Entry, asked: _Asked) -> tuple[list[Link], list[Finding]]:
    links = [link for link in entry.links if link.qualification in (None, asked.qualification)]
    sound: list[Link] = []
    findings: list[Finding] = []
    for link in links:
        faults = list(_faults(link, entry, asked))
        findings += [finding for finding, _ in faults]
        sound += [] if any(withheld for _, withheld in faults) else [link]
    return sound, findings


def _faults(link: Link, entry: Entry, asked: _Asked) -> Iterator[tuple[Finding, bool]]:
    """What is wrong with an address, each with whether it must not be offered."""
    if is_broken(link.address):
        yield Finding("broken_address", "error", f"{entry.name}: no address: {link.address!r}", entry.position), True
        return
    host = urlsplit(link.address).hostname or ""
    if asked.hosts and not _is_on(host, asked.hosts):
        yield _warn("foreign_host", f"{entry.name}: {link.address} is not on the board's site", entry), True
    claims = claimed_qualifications(link.address)
    if claims and asked.qualification not in claims and _same_system(claims, asked.qualification):
        told = f"{entry.name}: the address says {' or '.join(claims)}, not {asked.qualification}: {link.address}"
        yield _warn("address_of_another_qualification", told, entry), True
    if link.role == SPECIFICATION:
        yield from _file_faults(link, entry)


def _file_faults(link: Link, entry: Entry) -> Iterator[tuple[Finding, bool]]:
    file = _words(urlsplit(link.address).path.rpartition("/")[2])
    other = re.search(OTHER_DOCUMENTS, file)
    if other:
        told = f"{entry.name}: the address says {other.group()!r}, so it is no specification: {link.address}"
        yield _warn("address_of_another_document", told, entry), True
    if re.search(SHORT_COURSE, file) and not re.search(SHORT_COURSE, entry.name, re.I):
        told = f"{entry.name}: the address is of a short course: {link.address}"
        yield _warn("address_of_another_qualification", told, entry), True
    if re.search(r"\bdraft\b", file):
        yield _warn("address_of_draft", f"{entry.name}: the address is of a draft: {link.address}", entry), False


def is_broken(address: str) -> bool:
    """Whether an address cannot be one: no scheme or host, stray characters, words after its ".pdf"."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return True
    has_host = parts.scheme in {"http", "https"} and "." in (parts.hostname or "")
    return not has_host or bool(BROKEN.search(address)) or bool(re.search(r"\.pdf\w", parts.path, re.I))


def claimed_qualifications(address: str) -> tuple[str, ...]:
    """The qualifications that an address names: its last part decides, then the folder above, and so up."""
    for part in reversed(urlsplit(address).path.split("/")):
        words = _words(part)
        for qualifications, pattern in ADDRESS_CLAIMS:
            if re.search(pattern, words):
                return qualifications
    return ()


def _same_system(claims: Sequence[str], qualification: str) -> bool:
    """Words such as GCSE decide between qualifications that such words name; a Cambridge National is named by none."""
    known = {each for qualifications, _ in ADDRESS_CLAIMS for each in qualifications}
    return qualification in known and set(claims) <= known


def _words(part: str) -> str:
    return re.sub(r"[\s_.+-]+", " ", unquote(part)).casefold().strip()


def _check_list(listed: SubjectList, asked: _Asked) -> Iterator[Finding]:
    if listed.promised is None:
        message = f"the list does not say how many subjects it has; {len(listed.entries)} rows were read"
        yield Finding("list_without_total", "warning", message)
    elif listed.promised != len(listed.entries):
        message = f"the list says it has {listed.promised} subjects, it has {len(listed.entries)}"
        yield Finding("promised_total", "error", message)
    for entry in listed.entries:
        if not entry.name:
            told = ", ".join(filter(None, (entry.code, *(link.address for link in entry.links))))
            yield Finding("row_without_name", "error", f"a row has no name: {told or 'nothing'}", entry.position)
        if entry.unknown:
            yield _warn("unknown_qualification", f"{entry.name} is of {entry.unknown!r}", entry)
    unread = sorted({column for entry in listed.entries for column in entry.left})
    if unread:
        yield Finding("unknown_column", "warning", f"no rule reads the columns {', '.join(unread)}")
    placeholders = [entry.code for entry in listed.entries if entry.code and _code(entry, asked) is None]
    if placeholders:
        message = f"{len(placeholders)} codes are none of {asked.board}: {', '.join(placeholders)}"
        yield Finding("placeholder_code", "warning", message)


def _check_names(chosen: Sequence[Entry]) -> Iterator[Finding]:
    """Warnings for rows of one name or one code, and for one file that stands for several."""
    for what, key in (("name", lambda entry: comparable(entry.name)), ("code", lambda entry: entry.code)):
        groups: dict[str, list[Entry]] = {}
        for entry in chosen:
            if key(entry):
                groups.setdefault(key(entry), []).append(entry)
        for twins in groups.values():
            if len(twins) > 1:
                told = " and ".join(f"{twin.name} ({twin.code or 'no code'}, {twin.position})" for twin in twins)
                yield _warn("duplicate_offer", f"one {what} for {told}", twins[1])
    for entry in chosen:
        yield from _other_codes(entry)


def _other_codes(entry: Entry) -> Iterator[Finding]:
    """A warning where an address names codes, and not the row's own."""
    if entry.code is None:
        return
    for link in entry.links:
        part = unquote(urlsplit(link.address).path if not is_broken(link.address) else "")
        codes = {code.upper() for code in re.findall(r"(?<![A-Za-z0-9])[hjHJ]\d{3}(?![A-Za-z0-9])", part)}
        ranged = len(codes) == 2 and min(codes) <= entry.code.upper() <= max(codes)
        if codes and re.fullmatch(r"[HJ]\d{3}", entry.code) and entry.code.upper() not in codes and not ranged:
            told = f"{entry.name} is {entry.code}, its address names {', '.join(sorted(codes))}: {link.address}"
            yield _warn("address_of_another_code", told, entry)


def _check_choice(chosen: Sequence[Entry], listed: SubjectList, asked: _Asked) -> Iterator[Finding]:
    """Warnings for rows that are offered although list or heading leaves open whether they are of the qualification."""
    open_ones = [entry for entry in chosen if not entry.qualifications and _leaves_open(entry, listed)]
    if open_ones:
        names = ", ".join(entry.name for entry in open_ones)
        yield Finding("qualification_not_told", "warning", f"{len(open_ones)} rows do not say their level: {names}")
    for entry in chosen:
        if entry.section and entry.qualifications and asked.qualification not in entry.section:
            told = f"{entry.name} is of {asked.qualification} by its row, but stands below {entry.section[0]} only"
            yield _warn("sections_disagree", told, entry)


def _leaves_open(entry: Entry, listed: SubjectList) -> bool:
    if any(link.qualification for link in entry.links):
        return False
    return any(each.qualifications or any(link.qualification for link in each.links) for each in listed.entries)


def _check_offers(offers: Sequence[Offer]) -> Iterator[Finding]:
    roles = ("specification_pdf_url", "page_url", "papers_url")
    for role in roles:
        shared: dict[str, list[str]] = {}
        for offer in offers:
            if address := getattr(offer, role):
                shared.setdefault(address, []).append(offer.name)
        for address, names in shared.items():
            if len(names) > 1:
                yield Finding("same_address", "warning", f"one address for {', '.join(names)}: {address}")
    bare = [offer.name for offer in offers if not any(getattr(offer, role) for role in roles)]
    if bare and len(bare) < len(offers):
        message = f"{len(bare)} of {len(offers)} rows have no address: {', '.join(bare)}"
        yield Finding("offers_without_address", "warning", message)
    elif bare:
        yield Finding("offers_without_address", "warning", f"none of the {len(bare)} rows has an address")


def _warn(rule: str, message: str, entry: Entry) -> Finding:
    return Finding(rule, "warning", message, entry.position)
