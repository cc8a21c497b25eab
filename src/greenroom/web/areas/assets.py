"""Style sheets and scripts: a path enters, a file of this package leaves."""

from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import PurePosixPath

from fastapi import APIRouter
from fastapi.responses import FileResponse, Response

from greenroom.web.refusal import Refusal

pages = APIRouter()

# What a browser is told a file is; nothing else is given out.
KINDS = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".woff2": "font/woff2",
    ".json": "application/json",
    "": "text/plain; charset=utf-8",
}


@pages.get("/favicon.ico")
def favicon() -> Response:
    """The icon, for whatever asks where it always was; pages name it themselves."""
    return static("icon.svg")


@pages.get("/static/{path:path}")
def static(path: str) -> Response:
    """A file of the desk's own."""
    pure = PurePosixPath(path)
    folder = files("greenroom").joinpath("web", "static")
    is_plain = "\0" not in path and "\\" not in path and pure.parts and not pure.is_absolute()
    if not is_plain or any(part.startswith(".") for part in pure.parts) or pure.suffix not in KINDS:
        raise _nothing()
    found = folder.joinpath(*pure.parts)
    try:
        there = found.is_file()
    except OSError:
        there = False
    if not there:
        raise _nothing()
    with as_file(found) as file:
        return FileResponse(file, media_type=KINDS[pure.suffix], headers={"Cache-Control": "max-age=300"})


def _nothing() -> Refusal:
    return Refusal(404, "There is no such file.", "Start from the overview: /")
