"""The desk as a running server: an app and an address enter; it answers until it is stopped."""

from __future__ import annotations

import socket
from collections.abc import Callable
from ipaddress import ip_address

import uvicorn
from fastapi import FastAPI

from greenroom.model.errors import BadSetting, DeclarationError
from greenroom.web.jobs import close_jobs


def is_of_this_machine(listen: str) -> bool:
    """Whether only programs on this machine reach an address."""
    if listen == "localhost":
        return True
    try:
        return ip_address(listen.strip("[]")).is_loopback
    except ValueError:
        return False


def bound(listen: str, port: int) -> socket.socket:
    """The socket to listen on. Raises DeclarationError when it cannot be had."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(listen.strip("[]"), port, type=socket.SOCK_STREAM)[0]
    except (OSError, UnicodeError):
        raise BadSetting(
            f"{listen} is no address of this machine.", hint="Leave --listen out, or give an address such as 0.0.0.0."
        ) from None
    made = socket.socket(family, kind)
    try:
        # A desk that was stopped a moment ago has left the port in a state that only looks taken.
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Inherited by what is accepted: asyncio leaves it unset, and each answer would wait 40 ms for an ACK.
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        made.bind(address)
    except OSError as error:
        made.close()
        raise DeclarationError(
            f"Port {port} of {listen} cannot be listened on: {(error.strerror or 'it is taken').lower()}.",
            hint="Another desk may be running: use that one, or give another port: greenroom desk --port 8766",
        ) from None
    return made


def serve(app: FastAPI, listening: socket.socket, *, behind_tls: bool, ready: Callable[[], None]) -> None:
    """Answer until stopped by Ctrl-C or SIGTERM; `ready` is called once requests are answered."""
    config = uvicorn.Config(
        app,
        # The log of this program is its own; addresses hold tokens, so no request is logged.
        log_config=None,
        access_log=False,
        server_header=False,
        # Who asks is told by the proxy that ends TLS, and believed of a proxy on this machine alone.
        proxy_headers=behind_tls,
        forwarded_allow_ips="127.0.0.1,::1",
        lifespan="off",
        ws="none",
        # What is being answered is finished; then the connections close.
        timeout_graceful_shutdown=10,
    )
    try:
        _Server(config, ready).run(sockets=[listening])
    finally:
        # what was begun is ended: it holds connections, and somebody waits for what comes of it
        close_jobs(app)
        listening.close()


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()
