"""A CASE package (1.0 or 1.1) becomes a subject with its topics; what has no place here is told."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from greenroom.model.errors import ContractBroken, SourceEmpty
from greenroom_exams.case.tree import Child, Placed, placed
from greenroom_exams.documents import (
    Component,
    Exclusion,
    Finding,
    OptionGroup,
    Parsed,
    Subject,
    Topic,
    confidence,
)
from greenroom_exams.layouts import kinds
from greenroom_exams.layouts.paths import path_code, unique_code

LAYOUT = "CASE package"
EXPORT_AGAIN = "Export it as CASE 1.0 or 1.1."
PARTS = ("CFDocument", "CFItems", "CFAssociations", "CFDefinitions", "CFRubrics", "extensions")
# Where Greenroom's own packages keep what CASE has no field for.
OURS = "greenroom"
CHILD = "isChildOf"
ASSOCIATION_TYPES = (
    CHILD,
    "isPeerOf",
    "isPartOf",
    "exactMatchOf",
    "precedes",
    "isRelatedTo",
    "replacedBy",
    "exemplar",
    "hasSkillLevel",
    "isTranslationOf",
)
OWN_TYPE = re.compile(r"ext:[a-zA-Z0-9._-]+$")
ITEM_NEEDS = ("identifier", "fullStatement")
ASSOCIATION_NEEDS = ("identifier", "associationType", "originNodeURI", "destinationNodeURI")
# What an item says of itself and not of the curriculum, or what is read of it.
ITEM_READ = (
    "identifier",
    "uri",
    "lastChangeDateTime",
    "CFDocumentURI",
    "fullStatement",
    "humanCodingScheme",
    "notes",
    "statusEndDate",
)


@dataclass(frozen=True, slots=True)
class _Package:
    """The parts of a package, each of the kind it must be; nulls are as good as absent."""

    document: Mapping[str, Any]
    items: Sequence[Mapping[str, Any]]
    associations: Sequence[Mapping[str, Any]]
    definitions: Mapping[str, Any]
    rubrics: Sequence[Any]

    @property
    def own(self) -> Mapping[str, Any]:
        """What a package of Greenroom's says beyond CASE; nothing in another's."""
        return _own(self.document)


def is_package(content: bytes) -> bool:
    """Whether the bytes begin as a JSON object that has a CFDocument."""
    start = content.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    return start == b"{" and b'"CFDocument"' in content


def read(
    content: bytes,
    *,
    name: str,
    subject: str | None,
    board: str,
    qualification: str,
    today: date | None = None,
) -> Parsed:
    """Read one package for a board and a qualification; `subject` is the code, which a package may lack.

    Raises ContractBroken for what is no package or one of something else, SourceEmpty for one without items.
    """
    package = _package(kinds.read_json(content, name=name), name)
    named = _subject(package, name=name, subject=subject, board=board, qualification=qualification)
    day = today or datetime.now(UTC).date()
    standing = [item for item in package.items if not _has_ended(item, day)]
    if not standing:
        raise SourceEmpty(f"{name} holds no item that is in force", hint="Export it again, with its items.")
    tree = placed(
        [str(item["identifier"]) for item in standing],
        list(_children(package, retired={str(item["identifier"]) for item in package.items} - _ids(standing))),
        root=str(package.document["identifier"]),
    )
    topics = tuple(_topics(standing, tree))
    findings = (*_check(package, standing, topics), *tree.findings)
    return Parsed(
        named,
        topics,
        findings=findings,
        layout=LAYOUT,
        confidence=confidence(findings),
        counts={"items": len(package.items), "retired": len(package.items) - len(standing)},
        components=tuple(_components(package.own)),
        option_groups=tuple(_option_groups(package.own)),
        exclusions=tuple(
            Exclusion(each["one"], each["other"], each.get("why")) for each in _list(package.own, "exclusions")
        ),
    )


def _ids(items: Sequence[Mapping[str, Any]]) -> set[str]:
    return {str(item["identifier"]) for item in items}


def _package(value: Any, name: str) -> _Package:
    if not isinstance(value, dict) or not isinstance(value.get("CFDocument"), dict):
        raise ContractBroken(f"{name} is no CASE package: it has no CFDocument", hint="Give a CFPackage, not a list.")
    unknown = sorted(set(value) - set(PARTS))
    if unknown:
        raise ContractBroken(
            f"{name} is no CASE package: {', '.join(unknown)} is none of its parts",
            hint="Export it as CASE 1.0 or 1.1.",
        )
    definitions = value.get("CFDefinitions")
    package = _Package(
        _without_nulls(value["CFDocument"]),
        [_without_nulls(each) for each in _objects(value, "CFItems", name)],
        [_without_nulls(each) for each in _objects(value, "CFAssociations", name)],
        # CASE 1.0 writes an empty list where there is nothing to define.
        definitions if isinstance(definitions, dict) else {},
        value.get("CFRubrics") or (),
    )
    _refuse_incomplete("CFDocument", [package.document], ("identifier", "title"), name)
    _refuse_incomplete("CFItem", package.items, ITEM_NEEDS, name)
    _refuse_incomplete("CFAssociation", package.associations, ASSOCIATION_NEEDS, name)
    if package.document.get("caseVersion", "1.1") != "1.1":
        raise ContractBroken(
            f"{name} is of CASE {package.document['caseVersion']}", hint="Export it as CASE 1.0 or 1.1."
        )
    return package


def _objects(value: Mapping[str, Any], part: str, name: str) -> list[Mapping[str, Any]]:
    found = value.get(part) or []
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise ContractBroken(f"{name} is no CASE package: its {part} is no list of objects", hint="Export it again.")
    return found


def _without_nulls(each: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in each.items() if value is not None}


def _refuse_incomplete(kind: str, each: Sequence[Mapping[str, Any]], needs: Sequence[str], name: str) -> None:
    for place, one in enumerate(each, start=1):
        lost = [need for need in needs if not one.get(need)]
        if lost:
            raise ContractBroken(f"{name}: {kind} {place} has no {', '.join(lost)}", hint="Export it again.")
        for end in ("originNodeURI", "destinationNodeURI"):
            if end in needs and not (isinstance(one[end], dict) and one[end].get("identifier")):
                raise ContractBroken(f"{name}: {kind} {place} has no identifier in its {end}", hint="Export it again.")


def _own(each: Mapping[str, Any]) -> Mapping[str, Any]:
    extensions = each.get("extensions")
    own = extensions.get(OURS) if isinstance(extensions, dict) else None
    return own if isinstance(own, dict) else {}


def _list(own: Mapping[str, Any], part: str) -> list[Mapping[str, Any]]:
    return own.get(part) or []


def _subject(package: _Package, *, name: str, subject: str | None, board: str, qualification: str) -> Subject:
    own = package.own
    told = (own.get("exam_board", board), own.get("qualification", qualification))
    if told != (board, qualification):
        raise ContractBroken(
            f"{name} is of {' '.join(told)}, not of {board} {qualification}", hint=f'Give it to "{" ".join(told)}".'
        )
    code = own.get("subject_code") or _defined_code(package) or subject
    if code is None:
        raise ContractBroken(f"{name} does not tell the code of its subject", hint="Name it with --subject.")
    if subject is not None and code != subject:
        raise ContractBroken(f"{name} is of {code}, not of {subject}", hint="Correct the file or the subject.")
    return Subject(
        code=code,
        name=own.get("subject_name") or str(package.document["title"]).strip(),
        exam_board=board,
        qualification_type=qualification,
        spec_version=own.get("spec_version") or package.document.get("version"),
        spec_start_year=own.get("spec_start_year"),
        specification_url=own.get("specification_url"),
        specification_pdf_url=own.get("specification_pdf_url") or package.document.get("officialSourceURL"),
        qan=own.get("qan"),
        first_assessment_year=own.get("first_assessment_year"),
        last_assessment_year=own.get("last_assessment_year"),
        paper_code=own.get("paper_code"),
    )


def _defined_code(package: _Package) -> str | None:
    """The code of the one subject that the document links; of several nobody can say which is meant."""
    defined = {
        str(each.get("identifier")): each.get("hierarchyCode")
        for each in package.definitions.get("CFSubjects") or ()
        if isinstance(each, dict)
    }
    links = [each for each in package.document.get("subjectURI") or () if isinstance(each, dict)]
    codes = {code for link in links if (code := defined.get(str(link.get("identifier"))))}
    return str(codes.pop()) if len(codes) == 1 else None


def _has_ended(item: Mapping[str, Any], today: date) -> bool:
    end = str(item.get("statusEndDate") or "")[:10]
    try:
        return bool(end) and date.fromisoformat(end) <= today
    except ValueError:
        # the checks say so
        return False


def _children(package: _Package, *, retired: set[str]) -> Iterator[Child]:
    for place, each in enumerate(package.associations):
        origin = str(each["originNodeURI"]["identifier"])
        if each["associationType"] == CHILD and origin not in retired:
            number = each.get("sequenceNumber")
            yield Child(
                origin,
                str(each["destinationNodeURI"]["identifier"]),
                number if isinstance(number, int) and not isinstance(number, bool) else None,
                place,
            )


def _topics(items: Sequence[Mapping[str, Any]], tree: Placed) -> Iterator[Topic]:
    by_id = {str(item["identifier"]): item for item in items}
    codes: dict[str, str] = {}
    given = {_text(item.get("humanCodingScheme")) for item in items} - {""}
    taken: set[str] = set()
    for order, place in enumerate(tree.places, start=1):
        item = by_id[place.item]
        parent = codes.get(place.parent) if place.parent else None
        name = _text(item["fullStatement"])
        code = _text(item.get("humanCodingScheme")) or unique_code(path_code(parent, name), taken | given)
        codes[place.item] = code
        taken.add(code)
        own = _own(item)
        yield Topic(
            code=code,
            name=name,
            level=place.level,
            parent_code=parent,
            sort_order=order,
            description=str(item["notes"]) if item.get("notes") else None,
            component_code=own.get("component_code"),
            examined=own.get("examined", True),
            tier=own.get("tier"),
            study_level=own.get("study_level"),
            language=own.get("language"),
            option_group=own.get("option_group"),
        )


def _text(value: object) -> str:
    return " ".join(str(value).split()) if value is not None else ""


def _components(own: Mapping[str, Any]) -> Iterator[Component]:
    for each in _list(own, "components"):
        yield Component(
            code=each["code"],
            name=each["name"],
            examined=each.get("examined", True),
            assessment=each.get("assessment"),
            tier=each.get("tier"),
            study_level=each.get("study_level"),
            marks=each.get("marks"),
            duration_minutes=each.get("duration_minutes"),
            weight_percent=each.get("weight_percent"),
        )


def _option_groups(own: Mapping[str, Any]) -> Iterator[OptionGroup]:
    for each in _list(own, "option_groups"):
        yield OptionGroup(
            code=each["code"],
            name=each["name"],
            choose_least=each["choose_least"],
            choose_most=each["choose_most"],
            component_code=each.get("component_code"),
            note=each.get("note"),
        )


def _check(package: _Package, items: Sequence[Mapping[str, Any]], topics: Sequence[Topic]) -> Iterator[Finding]:
    yield from _twice("CFItem", [str(item["identifier"]) for item in package.items])
    yield from _twice("CFAssociation", [str(each["identifier"]) for each in package.associations])
    for code, count in Counter(topic.code for topic in topics).items():
        if count > 1:
            yield Finding("duplicate_code", "error", f"{count} items have the code {code}")
    for topic in topics:
        # what another encoding made of letters that it has not
        if re.search(r"\?\?|\ufffd", topic.name):
            yield Finding("stray_character", "error", f"{topic.code} holds unreadable characters: {topic.name!r}")
    for item in items:
        end = str(item.get("statusEndDate") or "")
        if end and not re.match(r"\d{4}-\d\d-\d\d", end):
            yield Finding("unreadable_date", "error", f"{item['identifier']} ends on {end!r}, which is no date")
    yield from _check_types(package)
    yield from _not_kept(package, items)


def _twice(kind: str, identifiers: Sequence[str]) -> Iterator[Finding]:
    for identifier, count in Counter(identifiers).items():
        if count > 1:
            yield Finding("duplicate_identifier", "error", f"{count} of {kind} are {identifier}")


def _check_types(package: _Package) -> Iterator[Finding]:
    counted = Counter(str(each["associationType"]) for each in package.associations)
    for kind, count in counted.items():
        if kind not in ASSOCIATION_TYPES and not OWN_TYPE.match(kind):
            yield Finding(
                "unknown_association", "error", f"{count} associations are {kind!r}, which CASE does not know"
            )


def _not_kept(package: _Package, items: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
    """One warning that counts what the package says and no table here holds."""
    ours = bool(package.own)
    fields = Counter(
        key for item in items for key, value in item.items() if value and key not in (*ITEM_READ, "extensions")
    )
    fields.update("extensions" for item in items if set(item.get("extensions") or {}) - {OURS})
    # Our own packages come back to the rows that bear these identifiers; of another's, nothing keeps them.
    if not ours:
        fields["identifier"] = len(items)
    told = [f"{key} of {count} items" for key, count in sorted(fields.items())]
    kinds_met = Counter(str(each["associationType"]) for each in package.associations)
    told += [
        f"{count} associations {kind}"
        for kind, count in sorted(kinds_met.items())
        # who took whose place is in the ledger of whoever wrote the package
        if kind != CHILD and not (ours and kind == "replacedBy")
    ]
    told += [
        f"{len(each)} {part}"
        for part, each in sorted(package.definitions.items())
        if each and not (ours and part == "CFSubjects")
    ]
    told += [f"{len(package.rubrics)} CFRubrics"] if package.rubrics else []
    if told:
        yield Finding("not_kept", "warning", f"has no place here: {', '.join(told)}")
