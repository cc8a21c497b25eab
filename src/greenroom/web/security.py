"""What every answer carries and every request must satisfy: headers, and the addresses the desk answers to."""

from __future__ import annotations

from fastapi import FastAPI, Request
from starlette.middleware.base import RequestResponseEndpoint
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import Response

from greenroom.web.ground import Ground

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src"
    " 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def add_to(app: FastAPI, ground: Ground) -> None:
    """Headers on every answer; requests under other names than the desk's own are refused."""

    @app.middleware("http")
    async def headers(request: Request, follow: RequestResponseEndpoint) -> Response:
        answer = await follow(request)
        answer.headers["Content-Security-Policy"] = POLICY
        answer.headers["X-Content-Type-Options"] = "nosniff"
        answer.headers["Referrer-Policy"] = "same-origin"
        answer.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        answer.headers.setdefault("Cache-Control", "no-store")
        return answer

    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(ground.hosts), www_redirect=False)
