"""The desk as an ASGI application: a ground enters, an app leaves. Errors become status codes here and only here."""

from __future__ import annotations

import logging
import pkgutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from importlib import import_module
from types import ModuleType
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute

from greenroom.defects import kept
from greenroom.model.errors import (
    AuditError,
    Blocked,
    CannotConnect,
    ConnectionLost,
    DatabaseError,
    DeclarationError,
    GreenroomError,
    NoRights,
    ReleaseError,
    ScopeBusy,
    UnknownBatch,
    UnknownRelease,
    UnknownTarget,
)
from greenroom.web import areas
from greenroom.web.access import OPEN, Forged, Guard, NotAllowed, NotSignedIn, desk_of, role_of
from greenroom.web.ground import Ground, Role
from greenroom.web.refusal import Refusal
from greenroom.web.render import page
from greenroom.web.security import Shell
from greenroom.web.sessions import Sessions

__all__ = ["Door", "Problem", "doors", "make", "role_of", "wants_json"]

_log = logging.getLogger(__name__)

# The first that fits wins: the status an error of ours is answered with.
_STATUS: tuple[tuple[type[GreenroomError], int], ...] = (
    (UnknownTarget, 404),
    (UnknownRelease, 404),
    (UnknownBatch, 409),
    (Blocked, 409),
    (NoRights, 403),
    (CannotConnect, 503),
    (ConnectionLost, 503),
    (ScopeBusy, 409),
    (ReleaseError, 409),
    (AuditError, 409),
    (DatabaseError, 503),
    (DeclarationError, 422),
)


@dataclass(frozen=True)
class Problem:
    """What the desk says instead of an answer."""

    error: str
    hint: str
    findings: list[dict[str, Any]] = field(default_factory=list)


# What each operation of the API may answer besides what it promises.
RESPONSES: dict[int | str, dict[str, Any]] = {
    400: {"model": Problem, "description": "The request cannot be understood."},
    401: {"model": Problem, "description": "Nobody is signed in."},
    403: {"model": Problem, "description": "The role does not reach, or the session's token is missing."},
    404: {"model": Problem, "description": "There is no such thing."},
    409: {"model": Problem, "description": "The gate says no, or somebody else was quicker; the findings say why."},
    413: {"model": Problem, "description": "The request is too large."},
    422: {"model": Problem, "description": "A value does not fit; the findings say which."},
    503: {"model": Problem, "description": "The database is away, or others ask for much; ask again later."},
}

DESCRIPTION = """The same answers as the desk's pages, for programs.

Sign in with a browser or by POST to `/login`; keep the cookie. `GET /api/me` says who you are and gives the token that
every other method than GET sends back in the header `x-csrf-token`. What is refused is a JSON object with `error`
(the cause), `hint` (what to do) and `findings`.
"""


@dataclass(frozen=True)
class Door:
    """One route of the desk, and who may pass it; a role of None is open to all."""

    path: str
    methods: frozenset[str]
    role: Role | None
    route: APIRoute


def make(ground: Ground) -> FastAPI:
    """The desk of one database.

    Each module of `areas` has `pages` (HTML, not in the OpenAPI document) and `api` (under /api), both APIRouter.
    """
    found, routes = _furnished(tuple(_areas()))
    app = FastAPI(
        # made once for all desks of a process: to make sense of every parameter takes half a second
        routes=list(routes),
        title="Greenroom",
        version="1",
        description=DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
    )
    app.state.ground = ground
    app.state.sessions = sessions = Sessions(ground)
    app.state.doors = found
    # Somebody who develops or tests may want to see it at once.
    app.state.defect = _kept
    for kind, answer in _ANSWERS.items():
        app.add_exception_handler(kind, answer)
    app.add_middleware(Guard, sessions=sessions, refuse=_whatever)
    app.add_middleware(Shell, ground=ground, answer=_whatever, defect=_defect)
    return app


def doors(app: FastAPI) -> tuple[Door, ...]:
    """Every route of a desk, with the role that it needs."""
    found: tuple[Door, ...] = app.state.doors
    return found


@lru_cache(maxsize=4)
def _furnished(modules: tuple[ModuleType, ...]) -> tuple[tuple[Door, ...], tuple[BaseRoute, ...]]:
    house = APIRouter()
    found: list[Door] = []
    for area in modules:
        pages: APIRouter | None = getattr(area, "pages", None)
        api: APIRouter | None = getattr(area, "api", None)
        if pages is not None:
            found += _doors(pages, "")
            house.include_router(pages, include_in_schema=False)
        if api is not None:
            found += _doors(api, "/api")
            house.include_router(api, prefix="/api", responses=RESPONSES)
    return tuple(found), tuple(house.routes)


def _areas() -> list[ModuleType]:
    names = sorted(each.name for each in pkgutil.iter_modules(areas.__path__))
    return [import_module(f"{areas.__name__}.{name}") for name in names]


def _doors(router: APIRouter, prefix: str) -> Iterator[Door]:
    """The routes of an area. A handler without a role is a mistake that nobody would see, so it is refused here."""
    for route in router.routes:
        if not isinstance(route, APIRoute):
            raise RuntimeError(f"{route!r} is no plain route: areas hold get, post, put, patch and delete")  # noqa: TRY004
        path = prefix + route.path
        role = role_of(route)
        if (role is None) != (path in OPEN):
            raise RuntimeError(
                f"{path} says no role: take Viewer, Editor, Approver or Admin"
                if role is None
                else f"{path} is open to all and says a role"
            )
        yield Door(path, frozenset(route.methods or ()), role, route)


def wants_json(request: Request) -> bool:
    """Whether a program asked: the API, or a script of a page."""
    return (
        request.url.path.startswith("/api/")
        or "application/json" in request.headers.get("accept", "")
        or request.headers.get("hx-request") == "true"
    )


# Refusals


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, GreenroomError)
    status = next((code for kind, code in _STATUS if isinstance(error, kind)), 400)
    hint = error.hint if wants_json(request) else _on_a_page(error)
    return _answer(request, status, error.message, hint, error.findings)


# What somebody at a browser can do, the first that fits; a command is for whoever has a terminal, and comes after it.
_WAYS: tuple[tuple[type[GreenroomError], str], ...] = (
    (UnknownTarget, "Look for it in the overview, or under Browse."),
    (UnknownRelease, "All releases stand under Releases."),
    (UnknownBatch, "The overview says what waits."),
    (ScopeBusy, "Wait until the other work has ended, then repeat."),
    (DatabaseError, "Wait a moment and load the page again; if that does not help, tell whoever runs this desk."),
    (GreenroomError, "Go back, load the page again, and look at what it says now."),
)


def _on_a_page(error: GreenroomError) -> str:
    if "greenroom " not in error.hint and "GREENROOM_" not in error.hint:
        return error.hint
    way = next(words for kind, words in _WAYS if isinstance(error, kind))
    return f"{way} Or, in a terminal, {error.hint[:1].lower()}{error.hint[1:]}"


async def _refusal(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    return _answer(request, error.status, error.cause, error.cure, error.findings, error.headers)


async def _sign_in(request: Request, _: Exception) -> Response:
    if wants_json(request):
        return _answer(request, 401, "Nobody is signed in.", "Sign in under /login.")
    return RedirectResponse("/login", status_code=303)


async def _not_allowed(request: Request, error: Exception) -> Response:
    return _answer(request, 403, str(error), "Ask an admin of this desk for the role, under People.")


async def _forged(request: Request, _: Exception) -> Response:
    return _answer(
        request, 403, "This request did not come from a page of this desk.", "Go back, load the page again, and repeat."
    )


async def _misfit(request: Request, error: Exception) -> Response:
    """What a person or program sent does not fit: each place, and what is wrong there, in words."""
    assert isinstance(error, RequestValidationError)
    findings: list[dict[str, object]] = [
        {"severity": "error", "where": _where(each["loc"]), "message": _words(each)} for each in error.errors()
    ]
    said = "; ".join(f"{each['where']}: {each['message']}" for each in findings[:3])
    return _answer(request, 422, f"This does not fit: {said}.", "Correct it, and send it again.", findings)


def _where(place: tuple[int | str, ...]) -> str:
    kinds = {"query": "in the address", "path": "in the address", "body": "in what was sent", "header": "in a header"}
    names = [str(part)[:100] for part in place[1:]]
    return ".".join(names) or kinds.get(str(place[0]), str(place[0]))


def _words(each: dict[str, Any]) -> str:
    message = str(each["msg"]).removeprefix("Value error, ")
    return message[:1].lower() + message[1:300]


_PHRASES = {
    400: ("The desk cannot understand this request.", "Go back, load the page again, and repeat."),
    404: ("There is nothing at this address.", "Start from the overview: /"),
    405: ("This address does not take this kind of request.", "Start from the overview: /"),
}


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    cause, cure = _PHRASES.get(error.status_code, (str(error.detail), "Start from the overview: /"))
    return _answer(request, error.status_code, cause, cure, headers=dict(error.headers or {}))


_ANSWERS: dict[type[Exception], Any] = {
    GreenroomError: _refused,
    Refusal: _refusal,
    NotSignedIn: _sign_in,
    NotAllowed: _not_allowed,
    Forged: _forged,
    RequestValidationError: _misfit,
    HTTPException: _http,
}


async def _whatever(request: Request, error: Exception) -> Response:
    """The answer to an error that is raised outside of the routes."""
    for kind, answer in _ANSWERS.items():
        if isinstance(error, kind):
            found: Response = await answer(request, error)
            return found
    raise error


def _defect(request: Request, error: Exception) -> Response:
    request.app.state.defect(error)
    return _answer(
        request,
        500,
        "Something went wrong in the desk itself.",
        "What happened is kept for whoever runs the desk; its log names the file. Nothing was half done.",
    )


def _kept(error: Exception) -> None:
    _log.error("defect: %s; the details are in %s", type(error).__name__, kept(error))


def _answer(
    request: Request,
    status: int,
    cause: str,
    cure: str,
    findings: list[dict[str, object]] | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    if wants_json(request):
        return JSONResponse(asdict(Problem(cause, cure, findings or [])), status_code=status, headers=headers)
    answer = page(
        request,
        desk_of(request),
        "refused.html",
        status=status,
        title="Refused",
        cause=cause,
        cure=cure,
        findings=findings or [],
    )
    answer.headers.update(headers or {})
    return answer
