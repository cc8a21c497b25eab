"""What takes seconds: few at a time and never for long, so that whoever only looks always gets an answer."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from fastapi import Request

from greenroom.db.connection import Connection, begin
from greenroom.model.errors import TimedOut
from greenroom.web.ground import Desk
from greenroom.web.refusal import Refusal

# At once, in one desk.
MOST = 2
# After that the database stops a statement.
SECONDS = 8.0
# When it is worth asking again.
AGAIN_SECONDS = 5

_making = threading.Lock()


@contextmanager
def reading(request: Request, desk: Desk, *, instead: str) -> Iterator[Connection]:
    """One transaction for a heavy read. `instead` says what else can be done where it takes too long.

    Raises Refusal: 503 when others of its kind are at work, or when the database had to stop it.
    """
    places = places_of(request)
    if not places.acquire(blocking=False):
        raise Refusal(
            503,
            f"The desk already works on {MOST} large comparisons.",
            "Wait a few seconds, then load the page again. All other pages answer as always.",
            headers={"Retry-After": str(AGAIN_SECONDS)},
        )
    try:
        with desk.database() as conn, begin(conn, statement_timeout_seconds=SECONDS):
            yield conn
    except TimedOut:
        raise Refusal(503, f"This took longer than {SECONDS:g} seconds and was stopped.", instead) from None
    finally:
        places.release()


def places_of(request: Request) -> threading.BoundedSemaphore:
    """The places for heavy reads in the desk that answers this request."""
    state = request.app.state
    with _making:
        if not hasattr(state, "heavy"):
            state.heavy = threading.BoundedSemaphore(MOST)
    found: threading.BoundedSemaphore = state.heavy
    return found
