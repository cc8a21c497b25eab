"""A published address is asked again: it is there, gone, something else, or nobody can tell."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from greenroom.model.errors import GreenroomError, NotAllowed, SiteRefuses
from greenroom.write.fetch import Caller, ask

if TYPE_CHECKING:
    import httpx2

Outcome = Literal["there", "gone", "changed", "refused", "unknown"]
BROKEN: tuple[Outcome, ...] = ("gone", "changed")

# The beginning tells a PDF from a page that says "not found" with status 200; servers that know no ranges send all
# of it, of which only this much is read.
_HEAD_BYTES = 1024
_GONE = (404, 410)


@dataclass(frozen=True, slots=True)
class Look:
    """What one address answered; `status` is HTTP's, None where there was no answer."""

    url: str
    outcome: Outcome
    status: int | None = None
    detail: str = ""


def look(url: str, kind: str, caller: Caller) -> Look:
    """Ask one address for its beginning. `kind` is "pdf" where a PDF was published, else "page"."""

    def read(response: httpx2.Response) -> Look:
        if response.status_code in _GONE:
            return Look(url, "gone", response.status_code, "the site says it is gone")
        if response.status_code not in (200, 206):
            return Look(url, "unknown", response.status_code, f"the site answers {response.status_code}")
        head = next(response.iter_bytes(_HEAD_BYTES), b"")
        return _judged(url, kind, response.status_code, head)

    try:
        return ask(url, caller, (("Range", f"bytes=0-{_HEAD_BYTES - 1}"),), read)
    except (NotAllowed, SiteRefuses) as error:
        return Look(url, "refused", None, error.message)
    except GreenroomError as error:
        return Look(url, "unknown", None, error.message)
    except ValueError as error:
        # whatever else a published address can be wrong in: the others are still asked
        return Look(url, "refused", None, f"{url} cannot be asked: {error}.")


def _judged(url: str, kind: str, status: int, head: bytes) -> Look:
    if not head:
        return Look(url, "changed", status, "the answer is empty")
    if kind == "pdf" and _is_called_pdf(url) and b"%PDF-" not in head:
        what = "a page" if b"<" in head[:64] else "no PDF"
        return Look(url, "changed", status, f"a PDF was published, {what} is there now")
    return Look(url, "there", status)


def _is_called_pdf(url: str) -> bool:
    # addresses that hide behind a number may be anything; those that say .pdf must be one
    return PurePosixPath(urlsplit(url).path).suffix.casefold() == ".pdf"
