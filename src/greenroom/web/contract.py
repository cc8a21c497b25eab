"""The OpenAPI document: an app enters, what it promises to programs leaves, roles included."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI

from greenroom.web.app import doors
from greenroom.web.sessions import cookie_name

# In the order of the work: what is there, what waits, what is decided, what became of it.
_TAGS = {
    "overview": "What is where, and what needs a human.",
    "browse": "Subjects, topics and papers in the inbox, in batches, in production and in preview.",
    "batch": "Findings beside their source, changes, and what they touch in the app.",
    "correcting": "A subject's topics and a table's rows, and corrections of them: made, taken back, settled.",
    "decisions": "Comments, approvals, rejections, waivers; promotion and going live.",
    "jobs": "What runs, and how far it is.",
    "releases": "What was published, by whom and why; differences; undoing.",
    "schools": "The schools' tables, distributions and joins.",
    "people": "Who may use the desk, and who asks.",
}


@dataclass(frozen=True)
class Operation:
    """One thing a program may ask."""

    method: str
    path: str
    summary: str
    role: str
    # Where it stands, name, kind, whether it must be given.
    parameters: tuple[tuple[str, str, str, bool], ...]
    body: str


def document(app: FastAPI) -> dict[str, Any]:
    """The document itself, made once an app."""
    if app.openapi_schema is None:
        app.openapi_schema = _completed(app, FastAPI.openapi(app))
    return app.openapi_schema


def _completed(app: FastAPI, made: dict[str, Any]) -> dict[str, Any]:
    made["components"] = made.get("components", {}) | {
        "securitySchemes": {
            "session": {"type": "apiKey", "in": "cookie", "name": cookie_name(app.state.ground)},
            "csrf": {"type": "apiKey", "in": "header", "name": "x-csrf-token"},
        }
    }
    roles = {(door.path, method): door.role for door in doors(app) for method in door.methods}
    used: set[str] = set()
    for path, item in made["paths"].items():
        for method, operation in item.items():
            role = roles[path, method.upper()]
            operation["x-role"] = role.name if role else "anybody"
            operation["security"] = [{"session": []} if method == "get" else {"session": [], "csrf": []}]
            used.update(operation.get("tags", []))
    order = [*_TAGS, *sorted(used - _TAGS.keys())]
    made["tags"] = [{"name": tag, "description": _TAGS.get(tag, "")} for tag in order if tag in used]
    return made


def operations(app: FastAPI) -> dict[str, list[Operation]]:
    """Every operation under its tag, for readers."""
    told = document(app)
    found: dict[str, list[Operation]] = {tag["name"]: [] for tag in told["tags"]}
    for path, item in told["paths"].items():
        for method, operation in item.items():
            for tag in operation.get("tags", ["other"]):
                found.setdefault(tag, []).append(_operation(method, path, operation))
    return found


def _operation(method: str, path: str, told: dict[str, Any]) -> Operation:
    taken: dict[str, Any] = told.get("requestBody", {}).get("content", {})
    body: dict[str, Any] = next((each.get("schema", {}) for each in taken.values()), {})
    return Operation(
        method.upper(),
        path,
        str(told.get("description") or told.get("summary", "")).strip(),
        told["x-role"],
        tuple((p["in"], p["name"], _kind(p["schema"]), bool(p.get("required"))) for p in told.get("parameters", [])),
        _kind(body) if body else "",
    )


def _kind(schema: dict[str, Any]) -> str:
    """A schema in a word or two."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " or ".join(_kind(each) for each in schema["anyOf"])
    if "enum" in schema:
        return " or ".join(map(str, schema["enum"]))
    if "const" in schema:
        return str(schema["const"])
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    return {"null": "nothing", "string": "text"}.get(schema.get("type", ""), str(schema.get("type", "anything")))
