"""Style sheets and scripts: a path enters, a file of this package leaves."""

from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import PurePosixPath

from fastapi import APIRouter
from fastapi.responses import FileResponse, Response

pages = APIRouter()


@pages.get("/static/{path:path}")
def static(path: str) -> Response:
    """A file of the desk's own."""
    parts = PurePosixPath(path).parts
    folder = files("greenroom").joinpath("web", "static")
    if not parts or ".." in parts or parts[0] == "/":
        return Response(status_code=404)
    found = folder.joinpath(*parts)
    if not found.is_file():
        return Response(status_code=404)
    with as_file(found) as file:
        return FileResponse(file, headers={"Cache-Control": "max-age=300"})
