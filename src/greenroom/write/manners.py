"""Manners towards a site: a host enters; a turn at it leaves, when its pause is over and its robots.txt says yes."""

import copy
import fcntl
import json
import os
import re
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING
from urllib.parse import urlsplit
from uuid import uuid4

from greenroom.model.errors import NotAllowed, SiteRefuses, SourceMissing, SourceUnreadable

if TYPE_CHECKING:
    from protego import Protego

# The name a robots.txt knows us by: the first word of our User-Agent.
ROBOT_NAME = "greenroom"
ANY_HOST = "*"
DEFAULT_PAUSE_SECONDS = 1.0

# RFC 9309, 2.4: no copy older than a day.
_ROBOTS_SECONDS = 86_400.0
# A site in trouble is asked again sooner, but not for each of its documents.
_UNREACHABLE_SECONDS = 600.0
# RFC 9309, 2.5: what lies beyond 500 KiB need not be read.
ROBOTS_BYTES = 512 * 1024
_LOOK_AGAIN_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Robots:
    """What a site answered to the request for its robots.txt; `status` 0 stands for no answer at all."""

    status: int
    text: str = ""
    reason: str = ""


AskRobots = Callable[[str], Robots]


class Gate:
    """Turns at hosts: no more than `per_host` at a time, `pause` between two, for all processes that share a folder.

    `pauses` are (host, seconds); a host's name covers the names below it, `*` covers all, the longest name decides.
    `own_pause_seconds` is what the pack asks for; robots.txt may ask for more, and the longest pause is kept.
    """

    def __init__(
        self,
        folder: Path,
        *,
        pauses: Sequence[tuple[str, float]] = (),
        per_host: int = 1,
        own_pause_seconds: float = 0.0,
    ) -> None:
        self._folder = folder
        self._pauses = {ANY_HOST: DEFAULT_PAUSE_SECONDS, **dict(pauses)}
        self.per_host = per_host
        self._own_pause_seconds = own_pause_seconds
        # by scheme and host: what its robots.txt says, and until when (of the monotonic clock) that holds
        self._rules: dict[str, tuple[Protego | Robots, float]] = {}
        self._reading = threading.Lock()

    def slower(self, own_pause_seconds: float) -> "Gate":
        """The same gate for a pack that asks for a pause of its own."""
        other = copy.copy(self)
        other._own_pause_seconds = own_pause_seconds
        return other

    def pause_seconds(self, host: str) -> float:
        """The pause that is kept at a host, as far as its robots.txt is known."""
        names = [name for name in self._pauses if name != ANY_HOST and f".{host}".endswith(f".{name}")]
        wished = self._pauses.get(max(names, key=len, default=ANY_HOST), 0.0)
        said = [_asked_for(rules) for origin, (rules, _) in [*self._rules.items()] if urlsplit(origin).hostname == host]
        return max(wished, self._own_pause_seconds, *said, 0.0)

    @contextmanager
    def turn(self, host: str, *, most_seconds: float) -> Iterator[float]:
        """Wait for a turn and keep it; gives the seconds that were waited.

        A host that asked to be left alone for more than `most_seconds` is not waited for: SourceMissing.
        """
        began = time.monotonic()
        with self._slot(host):
            while (wait_seconds := self._claim(host, most_seconds)) > 0:
                time.sleep(wait_seconds)
            try:
                yield time.monotonic() - began
            finally:
                # counted from the end of the answer too: a pause is a time of silence
                with self._paced(host) as pace:
                    pace["last"] = time.time()

    def leave_alone(self, host: str, seconds: float) -> None:
        """Keep all turns at a host back for a while: it asked for that."""
        with self._paced(host) as pace:
            pace["until"] = max(pace.get("until", 0.0), time.time() + seconds)

    def check_robots(self, address: str, ask: AskRobots, *, keep: bool = True) -> None:
        """Raise NotAllowed where robots.txt says no, or cannot be had; `ask` fetches it.

        Without `keep` nothing of it is written down, not even whose it is.
        """
        parts = urlsplit(address)
        origin = f"{parts.scheme}://{parts.netloc}"
        with self._reading:
            if origin not in self._rules or self._rules[origin][1] < time.monotonic():
                met = self._robots(origin, ask) if keep else ask(f"{origin}/robots.txt")
                self._rules[origin] = _read(met), time.monotonic() + _lasting_seconds(met)
            rules = self._rules[origin][0]
        if isinstance(rules, Robots):
            raise NotAllowed(
                f"robots.txt of {parts.hostname} cannot be had ({rules.reason}): until then nothing is fetched there.",
                hint="Try again in ten minutes or later.",
            )
        if not rules.can_fetch(address, ROBOT_NAME):
            raise NotAllowed(
                f"robots.txt of {parts.hostname} does not let {ROBOT_NAME} fetch {parts.path or '/'}.",
                hint=SiteRefuses.default_hint,
            )

    def _robots(self, origin: str, ask: AskRobots) -> Robots:
        path = self._path(origin.partition("://")[2], "robots.json")
        with suppress(OSError, ValueError, KeyError, TypeError):
            kept = json.loads(path.read_bytes())
            met = Robots(kept["status"], kept["text"], kept["reason"])
            age_seconds = time.time() - kept["at"]
            if kept["origin"] == origin and 0 <= age_seconds < _lasting_seconds(met):
                return met
        met = ask(f"{origin}/robots.txt")
        said = {"origin": origin, "at": time.time(), "status": met.status, "reason": met.reason, "text": met.text}
        with _writing(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
            incoming = path.with_name(f".{path.name}.{uuid4().hex}")
            incoming.write_text(json.dumps(said, ensure_ascii=False), encoding="utf-8")
            incoming.replace(path)
        return met

    @contextmanager
    def _slot(self, host: str) -> Iterator[None]:
        """One of the places at a host; a process that dies gives its own back."""
        with ExitStack() as held:
            files = [held.enter_context(self._opened(host, f"place{n}")) for n in range(self.per_host)]
            while not any(_locked(file) for file in files):
                time.sleep(_LOOK_AGAIN_SECONDS)
            yield

    def _claim(self, host: str, most_seconds: float) -> float:
        """The seconds still to wait; 0 when the turn is ours, and written down as taken."""
        with self._paced(host) as pace:
            now = time.time()
            last, until = pace.get("last", 0.0), pace.get("until", 0.0)
            if last > now:
                # written by a clock that was wrong: the pause is counted from now
                last = pace["last"] = now
            if until - now > most_seconds:
                raise SourceMissing(
                    f"{host} asked to be left alone for {until - now:.0f} seconds.",
                    hint=f"Try again in {until - now:.0f} seconds or later.",
                )
            wait_seconds = max(last + self.pause_seconds(host), until) - now
            if wait_seconds <= 0:
                pace["last"] = now
            return wait_seconds

    @contextmanager
    def _paced(self, host: str) -> Iterator[dict[str, float]]:
        """The times of a host, read and written while nobody else does."""
        with self._opened(host, "pace") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            pace = _times(file)
            before = dict(pace)
            yield pace
            if pace != before:
                file.seek(0)
                file.truncate()
                file.write(json.dumps(pace))
                file.flush()

    @contextmanager
    def _opened(self, host: str, ending: str) -> Iterator[IO[str]]:
        with _writing(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
            file = self._path(host, ending).open("a+", encoding="utf-8")
        with file:
            yield file

    def _path(self, host: str, ending: str) -> Path:
        return self._folder / f"{re.sub(r'[^a-z0-9.-]', '_', host.lower())}.{ending}"


def _times(file: IO[str]) -> dict[str, float]:
    file.seek(0)
    with suppress(ValueError):
        found = json.loads(file.read())
        if isinstance(found, dict):
            return {name: float(moment) for name, moment in found.items() if isinstance(moment, int | float)}
    return {}


def _locked(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read(met: Robots) -> "Protego | Robots":
    """RFC 9309, 2.3.1: without a robots.txt all is allowed; where nobody can tell, nothing is.

    "Too many requests" is counted among the troubles of a site, not as a robots.txt that is not there.
    """
    from protego import Protego

    if met.reason:
        return met
    return Protego.parse(met.text if met.status == 200 else "")


def _lasting_seconds(met: Robots) -> float:
    return _UNREACHABLE_SECONDS if met.reason else _ROBOTS_SECONDS


def _asked_for(rules: "Protego | Robots") -> float:
    """The seconds between two requests that a robots.txt asks for."""
    if isinstance(rules, Robots):
        return 0.0
    delay_seconds = rules.crawl_delay(ROBOT_NAME) or 0.0
    rate = rules.request_rate(ROBOT_NAME)
    return max(delay_seconds, rate.seconds / rate.requests if rate and rate.requests else 0.0)


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise SourceUnreadable(
            f"The times of requests cannot be kept in {folder}: {error.strerror or os.strerror(error.errno or 0)}.",
            hint="Name a folder that can be written with GREENROOM_HOME.",
        ) from error
