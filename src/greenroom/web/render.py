"""Templates and values enter, pages leave. Everything a source or a person wrote is escaped; links are http(s) only."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

from fastapi import Request
from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse

from greenroom.web.ground import Desk


def page(request: Request, desk: Desk | None, template: str, /, *, status: int = 200, **values: Any) -> HTMLResponse:
    """A whole page; `desk` is None where nobody is signed in."""
    return HTMLResponse(_text(request, desk, template, values), status_code=status)


def fragment(
    request: Request, desk: Desk, template: str, name: str, /, *, status: int = 200, **values: Any
) -> HTMLResponse:
    """One block of a page's template, for a script that puts it in its place."""
    found = environment().get_template(template)
    context = found.new_context({**_common(request, desk), **values})
    return HTMLResponse("".join(found.blocks[name](context)), status_code=status)


def _text(request: Request, desk: Desk | None, template: str, values: dict[str, Any]) -> str:
    return environment().get_template(template).render({**_common(request, desk), **values})


def _common(request: Request, desk: Desk | None) -> dict[str, Any]:
    return {"request": request, "desk": desk, "path": request.url.path}


def link(address: str | None) -> Markup:
    """A link to somebody else's page, or the bare text where it is not http(s)."""
    from markupsafe import escape

    text = address or ""
    try:
        parts = urlsplit(text)
        leads = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        leads = False
    if not leads:
        return Markup(escape(text))  # noqa: S704 - escaped
    return Markup('<a href="{}" rel="noreferrer noopener" target="_blank">{}</a>').format(text, text)


@cache
def environment() -> Environment:
    """The templates of the desk."""
    folder = files("greenroom").joinpath("web", "templates")

    def load(name: str) -> str:
        return folder.joinpath(name).read_text(encoding="utf-8")

    made = Environment(
        loader=FunctionLoader(load), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    made.filters["link"] = link
    return made
