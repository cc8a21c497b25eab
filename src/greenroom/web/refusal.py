"""What a handler says instead of an answer: a status, a cause and a cure, as a page or as JSON."""

from __future__ import annotations


class Refusal(Exception):
    """The desk does not do this. `status` is one of HTTP's from 400 to 499, or 503 while it is too busy."""

    def __init__(
        self,
        status: int,
        cause: str,
        cure: str,
        *,
        findings: list[dict[str, object]] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(cause)
        self.status = status
        self.cause = cause
        self.cure = cure
        self.findings = findings or []
        self.headers = headers or {}
