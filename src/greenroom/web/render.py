"""Templates and values enter, pages leave. Everything a source or a person wrote is escaped; links are http(s) only."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

from fastapi import Request
from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse, RedirectResponse

from greenroom.web.ground import Desk, Role

# What one page leaves for the next to say, signed with the session's own token.
SAID = "greenroom-said"

_KINDS = ("ok", "info", "warn", "error")
_PLACES = (("/", "Overview"), ("/browse", "Browse"), ("/releases", "Releases"), ("/schools", "Schools"))


def page(request: Request, desk: Desk | None, template: str, /, *, status: int = 200, **values: Any) -> HTMLResponse:
    """A whole page; `desk` is None where nobody is signed in."""
    answer = HTMLResponse(_text(request, desk, template, values), status_code=status)
    if desk and SAID in request.cookies:
        answer.delete_cookie(SAID, path="/", secure=desk.ground.is_secure, httponly=True, samesite="strict")
    return answer


def fragment(
    request: Request, desk: Desk, template: str, name: str, /, *, status: int = 200, **values: Any
) -> HTMLResponse:
    """One block of a page's template, for a script that puts it in its place."""
    found = environment().get_template(template)
    context = found.new_context({**_common(request, desk), **values})
    return HTMLResponse("".join(found.blocks[name](context)), status_code=status)


def follow(desk: Desk, to: str, said: str = "", *, kind: str = "ok") -> RedirectResponse:
    """After a form: where the browser goes next, and what is said there. `to` is an address of this desk."""
    if not to.startswith("/") or to[1:2] in ("/", "\\"):
        raise ValueError(f"{to!r} leads away from the desk")
    answer = RedirectResponse(to, status_code=303)
    if said:
        # A cookie holds 4 KB.
        text = urlsafe_b64encode(f"{kind}:{said[:1500]}".encode()).decode()
        answer.set_cookie(
            SAID,
            f"{text}.{_seal(desk, text)}",
            max_age=60,
            path="/",
            secure=desk.ground.is_secure,
            httponly=True,
            samesite="strict",
        )
    return answer


def _seal(desk: Desk, text: str) -> str:
    return hmac.digest(desk.csrf.encode(), text.encode(), "sha256").hex()


def _said(request: Request, desk: Desk | None) -> list[tuple[str, str]]:
    """What the page before left; only what this session's own desk wrote."""
    text, _, seal = request.cookies.get(SAID, "").partition(".")
    # bytes: compare_digest takes no other text than ASCII
    if desk is None or not hmac.compare_digest(_seal(desk, text).encode(), seal.encode()):
        return []
    try:
        kind, _, words = urlsafe_b64decode(text).decode().partition(":")
    except (NotBase64, UnicodeDecodeError):
        return []
    return [(kind if kind in _KINDS else "info", words)]


def _text(request: Request, desk: Desk | None, template: str, values: dict[str, Any]) -> str:
    return environment().get_template(template).render({**_common(request, desk), **values})


def _common(request: Request, desk: Desk | None) -> dict[str, Any]:
    return {
        "request": request,
        "desk": desk,
        "path": request.url.path,
        "places": (*_PLACES, ("/people", "People")) if desk and desk.person.role == Role.admin else _PLACES,
        "notices": _said(request, desk),
        "libraries": has_libraries(),
    }


def has_libraries() -> bool:
    """Whether set-up brought the front-end libraries; without them pages work as plain forms."""
    return files("greenroom").joinpath("web", "static", "vendor", "htmx.org", "htmx.min.js").is_file()


def link(address: str | None, words: str | None = None) -> Markup:
    """A link to somebody else's page, in these words; or the bare address where it is not http(s)."""
    text = address or ""
    try:
        parts = urlsplit(text)
        leads = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        leads = False
    if not leads:
        return Markup(escape(text))  # noqa: S704 - escaped
    return Markup('<a href="{}" rel="noreferrer noopener" target="_blank">{}</a>').format(text, words or text)


def moment(at: datetime | None) -> Markup:
    """A moment, to the minute, for readers and for programs; nothing for none."""
    if at is None:
        return Markup("")
    utc = at.astimezone(UTC)
    return Markup('<time datetime="{}">{}</time>').format(
        utc.isoformat(timespec="seconds"), f"{utc:%-d %b %Y, %H:%M} UTC"
    )


@cache
def environment() -> Environment:
    """The templates of the desk."""
    folder = files("greenroom").joinpath("web", "templates")

    def load(name: str) -> str | None:
        found = folder.joinpath(name)
        # none where there is no such template: an include may do without
        return found.read_text(encoding="utf-8") if found.is_file() else None

    made = Environment(
        loader=FunctionLoader(load), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    made.filters["link"] = link
    made.filters["moment"] = moment
    return made
