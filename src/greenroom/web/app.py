"""The desk as an ASGI application: a ground enters, an app leaves. Errors become status codes here and only here."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from fastapi.routing import APIRoute

from greenroom.model.errors import (
    AuditError,
    Blocked,
    CannotConnect,
    ConnectionLost,
    DatabaseError,
    GreenroomError,
    NoRights,
    ReleaseError,
    UnknownBatch,
    UnknownRelease,
    UnknownTarget,
)
from greenroom.web import areas, people, security
from greenroom.web.access import OPEN, Forged, NotAllowed, NotSignedIn
from greenroom.web.ground import Ground
from greenroom.web.render import page

# The first that fits wins: the status an error of ours is answered with.
_STATUS: tuple[tuple[type[GreenroomError], int], ...] = (
    (UnknownTarget, 404),
    (UnknownRelease, 404),
    (UnknownBatch, 409),
    (Blocked, 409),
    (NoRights, 403),
    (CannotConnect, 503),
    (ConnectionLost, 503),
    (ReleaseError, 409),
    (AuditError, 409),
    (DatabaseError, 503),
)


def make(ground: Ground) -> FastAPI:
    """The desk of one database.

    Each module of `areas` has `pages` (HTML, not in the OpenAPI document) and `api` (under /api), both APIRouter.
    """
    app = FastAPI(title="Greenroom", docs_url=None, redoc_url=None, openapi_url="/api/openapi.json")
    app.state.ground = ground
    app.state.people = people.People(ground)
    for found in sorted(pkgutil.iter_modules(areas.__path__), key=lambda each: each.name):
        area = import_module(f"{areas.__name__}.{found.name}")
        pages: APIRouter | None = getattr(area, "pages", None)
        api: APIRouter | None = getattr(area, "api", None)
        if pages is not None:
            app.include_router(pages, include_in_schema=False)
        if api is not None:
            app.include_router(api, prefix="/api")
    _refuse_open_doors(app)
    app.add_exception_handler(GreenroomError, _refused)
    app.add_exception_handler(NotSignedIn, _sign_in)
    app.add_exception_handler(NotAllowed, _not_allowed)
    app.add_exception_handler(Forged, _forged)
    security.add_to(app, ground)
    return app


def _refuse_open_doors(app: FastAPI) -> None:
    """A handler without a role is a mistake that nobody would see."""
    for route in app.routes:
        if isinstance(route, APIRoute) and route.path not in OPEN and role_of(route) is None:
            raise RuntimeError(f"{route.path} says no role: take Viewer, Editor, Approver or Admin")


def role_of(route: APIRoute) -> Any:
    """The role a route needs, None where it says none."""
    roles = [getattr(each.call, "role", None) for each in route.dependant.dependencies]
    return next((role for role in roles if role is not None), None)


def wants_json(request: Request) -> bool:
    """Whether a program asked: the API, or a script of a page."""
    return request.url.path.startswith("/api/") or "application/json" in request.headers.get("accept", "")


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, GreenroomError)
    status = next((code for kind, code in _STATUS if isinstance(error, kind)), 400)
    return _answer(request, status, error.message, error.hint, error.findings)


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


def _answer(
    request: Request, status: int, cause: str, cure: str, findings: list[dict[str, object]] | None = None
) -> Response:
    if wants_json(request):
        return JSONResponse({"error": cause, "hint": cure, "findings": findings or []}, status_code=status)
    return page(
        request, None, "refused.html", status=status, title="Refused", cause=cause, cure=cure, findings=findings or []
    )
