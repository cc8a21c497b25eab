"""What every answer carries and every request must satisfy. Plain ASGI, outermost: it holds for errors as for pages."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import cast
from urllib.parse import urlsplit

from fastapi import Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from greenroom.web.ground import Ground
from greenroom.web.refusal import Refusal

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src"
    " 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

_ALWAYS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Origin-Agent-Cluster": "?1",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_UNDER_TLS = {"Strict-Transport-Security": "max-age=31536000"}

# A gesture that moves a whole branch is some 100 KB; nothing is uploaded to the desk.
MOST_BYTES = 2 * 1024 * 1024

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})
# A look at these by HEAD, as programs that show a preview of links do, would be a visit.
_ONCE = ("/start/", "/login/")

Answering = Callable[[Request, Exception], Awaitable[Response]]


class Shell:
    """The outermost layer. `answer` makes pages and JSON of what is refused, `defect` hears of what nobody foresaw."""

    def __init__(
        self, app: ASGIApp, *, ground: Ground, answer: Answering, defect: Callable[[Request, Exception], Response]
    ) -> None:
        self._app = app
        self._hosts = tuple(each.lower() for each in ground.hosts)
        self._headers = {**_ALWAYS, **(_UNDER_TLS if ground.is_secure else {})}
        self._scheme = "https" if ground.is_secure else None
        self._answer = answer
        self._defect = defect

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] == "websocket":
            # Nothing here speaks it; what is closed needs no check of where it comes from.
            await send({"type": "websocket.close", "code": 1000})
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if self._scheme:
            scope["scheme"] = self._scheme
        reading = _Reading(receive)
        sending = _Sending(send, reading, self._headers, is_head=scope["method"] == "HEAD")
        try:
            self._examine(scope)
            if scope["method"] == "HEAD" and not scope["path"].startswith(_ONCE):
                scope = {**scope, "method": "GET"}
            await self._app(scope, reading, sending)
            if reading.problem:
                raise reading.problem  # noqa: TRY301 - one place answers
        except Refusal as refusal:
            reading.problem = None
            await self._instead(await self._answer(Request(scope), refusal), scope, receive, sending)
        except Exception as error:
            await self._instead(self._defect(Request(scope), error), scope, receive, sending)
            if sending.has_begun and not sending.is_whole:
                # Half an answer that simply ends would be taken for a whole one.
                raise

    async def _instead(self, answer: Response, scope: Scope, receive: Receive, sending: _Sending) -> None:
        if not sending.has_begun:
            await answer(scope, receive, sending)

    def _examine(self, scope: Scope) -> None:
        headers = Headers(scope=scope)
        if scope["method"] not in _METHODS:
            raise Refusal(
                405, "The desk does not know this method.", "Use GET or POST.", headers={"Allow": "GET, POST"}
            )
        if not self._is_ours(headers.get("host", "")):
            raise Refusal(
                400,
                "This desk does not answer to this host name.",
                "Use the address it printed when it started, or name the host in GREENROOM_DESK_HOSTS.",
            )
        length = headers.get("content-length", "")
        if length.isdigit() and (len(length) > 12 or int(length) > MOST_BYTES):
            raise _too_large()
        if scope["method"] not in _SAFE:
            _refuse_other_sites(headers)

    def _is_ours(self, host: str) -> bool:
        """Whether a request names this desk; an entry without a port stands for every port."""
        asked = host.lower()
        return asked in self._hosts or _without_port(asked) in self._hosts


def _without_port(host: str) -> str:
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdigit() and (":" not in name or name.endswith("]")) else host


def _refuse_other_sites(headers: Headers) -> None:
    """The browser itself says where a request comes from; that is asked besides the token."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        if site not in ("same-origin", "none"):
            raise _foreign()
        return
    origin = headers.get("origin")
    if origin is not None and urlsplit(origin).netloc.lower() != headers.get("host", "").lower():
        raise _foreign()


def _foreign() -> Refusal:
    return Refusal(403, "This request came from another site.", "Open the desk itself, and repeat it there.")


def _too_large() -> Refusal:
    return Refusal(413, f"The desk takes at most {MOST_BYTES // 1024 // 1024} MB at a time.", "Send it in parts.")


class _Reading:
    """What comes in, counted: a length that is not told, or told wrongly, is bounded too."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._bytes = 0
        self.problem: Refusal | None = None

    async def __call__(self) -> Message:
        message = await self._receive()
        self._bytes += len(message.get("body", b""))
        if self._bytes > MOST_BYTES:
            # Kept: a parser in between may make another error of it.
            self.problem = _too_large()
            raise self.problem
        return message


class _Sending:
    """What goes out, with the headers that everything carries."""

    def __init__(self, send: Send, reading: _Reading, headers: dict[str, str], *, is_head: bool) -> None:
        self._send = send
        self._reading = reading
        self._headers = headers
        self._is_head = is_head
        self.has_begun = False
        self.is_whole = False

    async def __call__(self, message: Message) -> None:
        if self._reading.problem and not self.has_begun:
            # What a parser made of half a request is not what is to be said.
            return
        if message["type"] == "http.response.start":
            self.has_begun = True
            headers = MutableHeaders(scope=cast("dict[str, object]", message))
            for name, value in self._headers.items():
                headers[name] = value
            headers.setdefault("Cache-Control", "no-store")
        elif message["type"] == "http.response.body":
            self.is_whole = not message.get("more_body", False)
            if self._is_head:
                message = {**message, "body": b""}
        await self._send(message)
