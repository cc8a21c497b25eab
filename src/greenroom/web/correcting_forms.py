"""Forms of people without scripts: the fields of a form enter, changes as the edit store takes them leave."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.datastructures import FormData

from greenroom.audit import edits
from greenroom.db.kernel import Database
from greenroom.model.column import Column
from greenroom.model.errors import DeclarationError, UnknownRow
from greenroom.web import correcting
from greenroom.web.correcting import Place
from greenroom.web.words import LONG, SHORT, checked

# Fields of a form that hold a cell, and what stood there when the form was made.
_VALUE, _SEEN, _CHOICE, _MINE = "value.", "seen.", "choice.", "mine."


class Given:
    """The fields of one form. Raises DeclarationError for what cannot be stored."""

    def __init__(self, form: FormData) -> None:
        self._form = form

    def text(self, name: str, *, most: int = LONG) -> str:
        """One field; empty where it is wanting."""
        return readable(str(self._form.get(name) or ""), most=most)

    def name(self, name: str) -> str:
        """A short field."""
        return self.text(name, most=SHORT)

    def key(self) -> tuple[str, ...]:
        """The parts of the unit's key."""
        return tuple(readable(str(part), most=SHORT) for part in self._form.getlist("unit"))[:8]

    def ref(self, name: str) -> str | None:
        """A row; none where it is wanting."""
        return self.text(name, most=1_000) or None

    def reason(self, otherwise: str) -> str:
        """Why, in the person's words."""
        return self.text("reason").strip() or otherwise

    def numbers(self, name: str) -> list[int]:
        """Edits by their numbers."""
        given = [str(each) for each in self._form.getlist(name)][:2_000]
        if not all(each.isascii() and each.isdigit() and len(each) < 19 for each in given):
            raise DeclarationError("An edit is named by its number.", hint="Load the page again.")
        return [int(each) for each in given]

    def has(self, name: str) -> bool:
        """Whether the form has this field."""
        return name in self._form

    def typed(self) -> dict[str, str]:
        """What was typed into cells, to be shown again."""
        return {
            name.removeprefix(_VALUE): str(value)[:LONG]
            for name, value in self._form.items()
            if name.startswith(_VALUE)
        }

    def json(self, name: str) -> Any:
        """A field that a form of ours wrote as JSON."""
        try:
            return json.loads(self.text(name) or "null")
        except (ValueError, RecursionError):
            raise DeclarationError("This form is not whole.", hint="Load the page again.") from None


def readable(text: str, *, most: int = LONG) -> str:
    """A text that can be written down. Raises DeclarationError."""
    try:
        text = checked(text.replace("\r\n", "\n"))
    except ValueError as error:
        raise DeclarationError(f"A text {error}.", hint="Type it again without that character.") from None
    if len(text) > most:
        raise DeclarationError(f"A text has {len(text)} characters; {most} is the most.", hint="Shorten it.")
    return text


def current_ref(conn: Database, place: Place, key: tuple[str, ...], ref: str) -> str:
    """The ref that a row goes by now: rows get ids with the first edit of their unit."""
    if not ref.startswith("row:"):
        return ref
    unit = correcting.unit_at(conn, place, key)
    return correcting.row_at(conn, place, unit, ref).ref


def changes_of(
    conn: Database, place: Place, key: tuple[str, ...], do: str, ref: str | None, given: Given
) -> list[dict[str, Any]]:
    """The changes that a form asks for; none for forms that settle, turn or open."""
    if do == "add":
        return [_added(conn, place, key, ref, given)]
    if do not in ("set", "move", "delete"):
        return []
    if ref is None:
        raise UnknownRow("No row is named.", hint="Choose one from the list.")
    if do == "set":
        return _set(place, ref, given)
    if do == "delete":
        return _deleted(conn, place, key, ref, given)
    return [_moved(conn, place, key, ref, given)]


def _set(place: Place, ref: str, given: Given) -> list[dict[str, Any]]:
    changes = []
    for column in correcting.editable(place):
        text = _chosen(column, given)
        if text is None:
            continue
        seen = given.json(_SEEN + column.name)
        if text.strip() == correcting.text_of(seen).strip():
            continue
        value = correcting.typed(column, text)
        changes.append({"do": "set", "row": ref, "column": column.name, "value": value, "seen": seen})
    return changes


def _chosen(column: Column, given: Given) -> str | None:
    """What a cell is to hold; none where it stays."""
    choice = given.name(_CHOICE + column.name)
    if choice == "theirs" or not given.has(_VALUE + column.name):
        return None
    return given.text((_MINE if choice == "mine" else _VALUE) + column.name)


def rest_of(changes: Sequence[Mapping[str, Any]], conflicts: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """The other cells of a form whose conflict is shown: they go along with the decision."""
    disputed = {conflict["column"] for conflict in conflicts}
    return [
        {
            "column": change["column"],
            "text": correcting.text_of(change["value"]),
            "seen": correcting.as_json(change["seen"]),
        }
        for change in changes
        if change["do"] == "set" and change["column"] not in disputed
    ]


def _children(conn: Database, place: Place, key: tuple[str, ...]) -> dict[str | None, list[str]]:
    """Refs of rows that are there, by parent, in order."""
    rows = edits.rows(conn, place.pack, correcting.unit_at(conn, place, key).id)
    known = {row.ref for row in rows}
    children: dict[str | None, list[str]] = {None: []}
    for row in rows:
        if row.state != "deleted":
            children.setdefault(row.parent_ref if row.parent_ref in known else None, []).append(row.ref)
    return children


def _deleted(conn: Database, place: Place, key: tuple[str, ...], ref: str, given: Given) -> list[dict[str, Any]]:
    """Alone: what stands under it goes to its parent first, in its place."""
    gone = {"do": "delete", "row": ref}
    if place.dataset.tree is None:
        return [gone]
    if given.name("children") != "alone":
        return [gone | {"with_children": given.name("children") == "all"}]
    children = _children(conn, place, key)
    parent = next((above for above, under in children.items() if ref in under), None)
    changes: list[dict[str, Any]] = []
    after = ref
    for child in children.get(ref, ()):
        changes.append({"do": "move", "row": child, "under": parent, "after": after})
        after = child
    return [*changes, gone | {"with_children": False}]


def _moved(conn: Database, place: Place, key: tuple[str, ...], ref: str, given: Given) -> dict[str, Any]:
    """One step, or under or after another row."""
    children = _children(conn, place, key)
    seen = given.json("seen_under") if given.has("seen_under") else None
    parent = next((above for above, under in children.items() if ref in under), None)
    spot = _spot(children, parent, ref, given)
    if spot is None:
        raise DeclarationError("It cannot go further that way.", hint="It stands at that end already.")
    under, after = spot
    move = {"do": "move", "row": ref, "under": under, "after": after}
    return move | ({"seen": {"under": seen}} if given.has("seen_under") else {})


def _spot(
    children: Mapping[str | None, Sequence[str]], parent: str | None, ref: str, given: Given
) -> tuple[str | None, str | None] | None:
    """The new parent and the row to stand behind."""
    siblings = list(children.get(parent, ()))
    if ref not in siblings:
        raise UnknownRow("That row is not there any more.", hint="Go back to the list and choose another.")
    n = siblings.index(ref)
    how, under = given.name("how"), given.ref("under")
    rest = [each for each in children.get(under, ()) if each != ref]
    match how:
        case "up":
            return (parent, siblings[n - 2] if n > 1 else None) if n > 0 else None
        case "down":
            return (parent, siblings[n + 1]) if n < len(siblings) - 1 else None
        case "in":
            inside = children.get(siblings[n - 1], ()) if n > 0 else ()
            return (siblings[n - 1], inside[-1] if inside else None) if n > 0 else None
        case "out":
            above = next((up for up, under in children.items() if parent in under), None)
            return (above, parent) if parent is not None else None
        case "first":
            return under, None
        case "last":
            return under, rest[-1] if rest else None
        case "after":
            after = given.ref("after")
            return next((up for up, under in children.items() if after in under), None), after
    raise DeclarationError("The form does not say where to.", hint="Choose a place.")


def _added(conn: Database, place: Place, key: tuple[str, ...], ref: str | None, given: Given) -> dict[str, Any]:
    values = {
        column.name: correcting.typed(column, given.text(_VALUE + column.name))
        for column in place.dataset.source_columns
        if given.text(_VALUE + column.name).strip()
    }
    if place.dataset.tree is None:
        return {"do": "add", "values": values}
    children = _children(conn, place, key)
    if given.name("how") == "after" and ref is not None:
        parent = next((above for above, under in children.items() if ref in under), None)
        return {"do": "add", "under": parent, "after": ref, "values": values}
    inside = children.get(ref, ())
    return {"do": "add", "under": ref, "after": inside[-1] if inside else None, "values": values}
