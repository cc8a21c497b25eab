"""AQA's whole list of resources, from the data of its page's script or from its search, becomes flat items."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from greenroom.model.errors import ContractBroken, SourceUnreadable
from greenroom_exams.layouts import kinds
from greenroom_exams.layouts.resource_cards import Item

FILES = "https://www.aqa.org.uk/files/"
_PUSHED = re.compile(r"self\.__next_f\.push\((\[1,.*\])\)\s*;?\s*$", re.S)
_ROW = re.compile(r"[0-9a-f]+:(?=[\[{])")


@dataclass(frozen=True, slots=True)
class Resources:
    """All resources of one specification: `links` are those without a file of their own."""

    code: str
    name: str
    items: tuple[Item, ...]
    links: int


@dataclass(frozen=True, slots=True)
class Found:
    """One page of a search: `hits` is how many results all its pages have; tiers stand beside their items."""

    items: tuple[Item, ...]
    tiers: tuple[str | None, ...]
    hits: int


def resources(page: Any, *, name: str) -> Resources | None:
    """The list that the page's own data holds, or nothing where the page was saved without its scripts.

    Raises SourceUnreadable for data that breaks off.
    """
    pushed = "".join(_pushed(page, name))
    for row in pushed.split("\n"):
        start = _ROW.match(row)
        if not start or '"resources":[' not in row:
            continue
        try:
            value = json.loads(row[start.end() :])
        except (json.JSONDecodeError, RecursionError) as error:
            raise SourceUnreadable(f"{name} holds a broken list ({error})", hint=kinds.FETCH_AGAIN) from error
        holder = next(_holders(value), None)
        if holder is not None:
            return _resources(holder, name)
    return None


def search_results(value: Any, *, name: str) -> Found:
    """One reply of the search; ContractBroken for anything else."""
    if not is_search(value) or not all(isinstance(each, dict) and each.get("contentId") for each in value["results"]):
        raise ContractBroken(f"{name} is no reply of AQA's search for papers", hint=kinds.CORRECT_ADDRESS)
    if not isinstance(value["hits"], int) or value["hits"] < len(value["results"]):
        raise ContractBroken(f"{name} counts {value['hits']} hits", hint=kinds.FETCH_AGAIN)
    items = tuple(_result(each, number) for number, each in enumerate(value["results"], start=1))
    tiers = tuple(each.get("tier") or each.get("examTier") or None for each in value["results"])
    return Found(items, tiers, value["hits"])


def is_search(value: Any) -> bool:
    """Whether a JSON value is a reply of the search."""
    return isinstance(value, dict) and isinstance(value.get("results"), list) and "hits" in value


def _pushed(page: Any, name: str) -> Iterator[str]:
    for script in page.css("script"):
        found = _PUSHED.match(script.text().strip())
        if not found:
            continue
        try:
            pushed = json.loads(found[1])
        except json.JSONDecodeError as error:
            raise SourceUnreadable(f"{name} holds broken data ({error})", hint=kinds.FETCH_AGAIN) from error
        yield from (each for each in pushed[1:] if isinstance(each, str))


def _holders(value: Any) -> Iterator[dict[str, Any]]:
    """The qualifications in the data that have resources, however deep they lie."""
    if isinstance(value, dict):
        if isinstance(value.get("resources"), list) and "specificationNumber" in value:
            yield value
        for each in value.values():
            yield from _holders(each)
    elif isinstance(value, list):
        for each in value:
            yield from _holders(each)


def _resources(holder: dict[str, Any], name: str) -> Resources:
    listed = holder["resources"]
    if not all(isinstance(each, dict) for each in listed):
        raise ContractBroken(f"{name} lists resources in a way not met before", hint="Look at the page by hand.")
    items = tuple(_item(each, number) for number, each in enumerate(listed, start=1))
    kept = tuple(item for item in items if item is not None)
    return Resources(str(holder["specificationNumber"]), str(holder.get("name", "")), kept, len(items) - len(kept))


def _item(resource: dict[str, Any], number: int) -> Item | None:
    file = resource.get("file")
    asset = file.get("asset") if isinstance(file, dict) else None
    if not isinstance(asset, dict) or not asset.get("url"):
        return None
    told = {key: str(asset.get(key) or "") for key in ("url", "extension", "assetId", "originalFilename")}
    return Item(
        position=f"resource {number}",
        title=" ".join(str(resource.get("title") or "").split()),
        url=told["url"],
        kind=told["extension"].casefold(),
        content_id=str(resource.get("_id") or ""),
        file_name=told["originalFilename"],
        asset=told["assetId"],
    )


def _result(result: dict[str, Any], number: int) -> Item:
    content_id = str(result["contentId"])
    found = re.search(r"_([A-Za-z]{3,4})$", content_id)
    title = " ".join(str(result.get("displayName") or "").split())
    # Some ids of modified papers lack their ending; they are PDFs like the others.
    return Item(f"result {number}", title, FILES + content_id, found[1].casefold() if found else "pdf", content_id)
