"""The API described: to programs as OpenAPI, to readers as a plain list."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from greenroom.web import contract
from greenroom.web.access import Viewer
from greenroom.web.render import page

pages = APIRouter()
api = APIRouter()


@api.get("/openapi.json", include_in_schema=False)
def openapi(request: Request, desk: Viewer) -> Response:
    """What the API promises, as OpenAPI."""
    return JSONResponse(contract.document(request.app))


@pages.get("/api")
def listed(request: Request, desk: Viewer) -> Response:
    """Every operation, to read."""
    told = contract.document(request.app)
    return page(
        request,
        desk,
        "api.html",
        title="The API",
        operations=contract.operations(request.app),
        tags={tag["name"]: tag["description"] for tag in told["tags"]},
        description=told["info"]["description"],
    )
