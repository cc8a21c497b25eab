"""A visit to a site: the requests it begins with enter; documents, kept as snapshots, and what failed leave."""

import fcntl
import hashlib
import json
import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import IO
from urllib.parse import urlsplit

from greenroom.model.errors import (
    ContractBroken,
    GreenroomError,
    ScopeBusy,
    SiteRefuses,
    SourceEmpty,
    SourceError,
    SourceMissing,
    SourceUnreadable,
)
from greenroom.model.landing import Part
from greenroom.model.request import Request
from greenroom.write.fetch import Snapshot, Store, identity_of, to_disk

# A page that only leads to documents. All other kinds are the pack's own words.
ON_THE_WAY = "subject"

# Pages of one list are kept together as a document of ours. All three tell it: a type, an address that no request
# can have (a fragment is never asked for), and the first key of its text.
PAGES_TYPE = "application/vnd.greenroom.pages+json"
_PAGES_MARK = "pages"
_PAGES_KEY = "greenroom-pages"
# What an interrupted visit brought is still fresh for so long; the same as a site's robots.txt.
_JOURNAL_SECONDS = 86_400.0
# A site that said no so often in a row has been understood.
_REFUSALS_UNDERSTOOD = 3
_LIMIT_CURE = "Look whether the site leads in a circle; the other documents were fetched."


@dataclass(frozen=True, slots=True)
class Limits:
    """Where a visit ends that a site would let run for ever.

    The longest list met has some 10 pages, the deepest way 5 steps, the largest board 6,000 documents.
    """

    pages_of_a_list: int = 200
    depth: int = 12
    requests: int = 20_000


@dataclass(frozen=True, slots=True)
class Document:
    """One thing to be read, and the request that it answers; of a list, the request for its first page."""

    request: Request
    snapshot: Snapshot


@dataclass(frozen=True, slots=True)
class Failure:
    """A request that brought nothing, and why."""

    request: Request
    error: GreenroomError

    def in_words(self) -> str:
        """One line, beginning with what was asked for."""
        known = " ".join(filter(None, (self.request.subject, self.request.name, self.request.kind)))
        return f"{known}: {self.error.message}"


@dataclass(frozen=True, slots=True)
class Visit:
    """What a visit brought. `asked` requests went out, `remembered` were answered before it was interrupted."""

    documents: tuple[Document, ...]
    failures: tuple[Failure, ...]
    asked: int
    remembered: int


@dataclass(frozen=True, slots=True)
class _Step:
    """A request with its place: the steps that led to it, and the list of which it is a page."""

    request: Request
    depth: int
    of: str

    @property
    def name(self) -> str:
        return identity_of(self.request)


FetchOne = Callable[[Request], Snapshot]
Follow = Callable[[Request, bytes], Iterable[Request]]


def visit(
    requests: Iterable[Request],
    follow: Follow,
    fetch_one: FetchOne,
    store: Store,
    *,
    journal: Path,
    only: str | None = None,
    jobs: int = 1,
    limits: Limits | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> Visit:
    """Ask for everything these requests lead to, each once, one level after the other.

    `only` leaves out what is known to be of another subject. What fails is named and stops nothing else, but a list
    of which a page failed is no document. What was answered is in the `journal`: a visit that was interrupted goes
    on where it was. Raises SourceEmpty or the first failure when it ends with nothing, ScopeBusy beside another visit.
    """
    with _journal(journal) as kept:
        walk = _Walk(follow, _Asking(fetch_one, store, kept, say), only, limits or Limits(), jobs)
        walk.through(requests)
        brought = walk.brought()
        # also of one that brought nothing: the next one must not stand on the pages that led nowhere
        kept.remove()
    if not brought.documents:
        raise _nothing(brought)
    return brought


def parts_of(snapshot: Snapshot, store: Store) -> list[Part]:
    """What is read together: the pages of a list in their order, or a document alone."""
    with store.open(snapshot.hash) as file:
        content = file.read()
    if not _is_pages(snapshot, content):
        return [Part(content, snapshot.sightings[-1].address)]
    parts = []
    for page in json.loads(content)[_PAGES_KEY]:
        with store.open(page["snapshot"]) as file:
            parts.append(Part(file.read(), page["address"]))
    return parts


def _is_pages(snapshot: Snapshot, content: bytes) -> bool:
    return content.startswith(f'{{"{_PAGES_KEY}"'.encode()) and any(
        urlsplit(seen.address).fragment.endswith(_PAGES_MARK) and seen.headers.get("content-type") == PAGES_TYPE
        for seen in snapshot.sightings
    )


def _keep_pages(pages: Sequence[tuple[str, str]], store: Store) -> Snapshot:
    """The pages of a list as one snapshot: another one exactly when a page is another, is new or is gone."""
    first = pages[0][0]
    # an address has one fragment: that of what was posted goes before
    address = f"{first}+{_PAGES_MARK}" if urlsplit(first).fragment else f"{first}#{_PAGES_MARK}"
    listed = [{"address": name, "snapshot": sha256} for name, sha256 in pages]
    text = json.dumps({_PAGES_KEY: listed}, ensure_ascii=False)
    return store.keep([text.encode()], address=address, headers={"content-type": PAGES_TYPE})


class _Walk:
    """One visit as it goes: what was met, what came of it, what failed."""

    def __init__(self, follow: Follow, asking: "_Asking", only: str | None, limits: Limits, jobs: int) -> None:
        self._follow = follow
        self._asking = asking
        self._only = only
        self._limits = limits
        self._jobs = jobs
        self._met: set[str] = set()
        self._done: list[tuple[_Step, Snapshot]] = []
        self._failures: list[tuple[_Step, GreenroomError]] = []
        # by list, the hashes of its pages
        self._pages: dict[str, list[str]] = {}

    def through(self, requests: Iterable[Request]) -> None:
        """Level by level, so that the order of what is found does not hang on which answer is quicker."""
        level = self._new(requests, None)
        with ThreadPoolExecutor(max_workers=max(1, self._jobs)) as pool:
            while level:
                self._asking.expect(len(level))
                answers = [pool.submit(self._asking.ask, step.request, step.name) for step in level]
                try:
                    level = [
                        further
                        for step, answer in zip(level, answers, strict=True)
                        for further in self._settled(step, answer.result())
                    ]
                except BaseException:
                    pool.shutdown(wait=False, cancel_futures=True)
                    raise

    def brought(self) -> Visit:
        """Documents in the order they were met, pages of one list as one."""
        broken = {step.of: error for step, error in reversed(self._failures)}
        failures = [Failure(step.request, error) for step, error in self._failures]
        documents = []
        of_list: dict[str, list[tuple[_Step, Snapshot]]] = {}
        for step, snapshot in self._done:
            of_list.setdefault(step.of, []).append((step, snapshot))
        for name, pages in of_list.items():
            request = pages[0][0].request
            if request.kind == ON_THE_WAY or name in broken:
                continue
            documents.append(Document(request, self._together(pages)))
        return Visit(tuple(documents), tuple(failures), self._asking.asked, self._asking.remembered)

    def _together(self, pages: list[tuple[_Step, Snapshot]]) -> Snapshot:
        if len(pages) == 1:
            return pages[0][1]
        return _keep_pages([(step.name, snapshot.hash) for step, snapshot in pages], self._asking.store)

    def _settled(self, step: _Step, answer: Snapshot | GreenroomError) -> list[_Step]:
        if isinstance(answer, GreenroomError):
            self._failures.append((step, answer))
            return []
        pages = self._pages.setdefault(step.of, [])
        if answer.hash in pages:
            # a list that answers a further page with one it gave before has ended
            return []
        pages.append(answer.hash)
        self._done.append((step, answer))
        if not step.request.leads_on:
            return []
        try:
            with self._asking.store.open(answer.hash) as file:
                return self._new(self._follow(step.request, file.read()), step)
        except SourceError as error:
            error.address = error.address or step.name
            self._failures.append((step, error))
        except Exception as error:  # noqa: BLE001 - a page nobody has met yet is no reason to drop the others
            said = f"{step.name}: cannot be followed: {type(error).__name__}: {error}"
            self._failures.append((step, ContractBroken(said.splitlines()[0][:300])))
        return []

    def _new(self, requests: Iterable[Request], parent: _Step | None) -> list[_Step]:
        """Those not met before, as far as they are wished for and within the limits."""
        found = []
        for request in requests:
            step = _Step(request, parent.depth + 1 if parent else 0, _list_of(request, parent))
            if step.name in self._met or (self._only and request.subject not in (None, self._only)):
                continue
            self._met.add(step.name)
            if why := self._beyond(step):
                self._failures.append((step, ContractBroken(f"{step.name}: not fetched: {why}.", hint=_LIMIT_CURE)))
                continue
            found.append(step)
        return found

    def _beyond(self, step: _Step) -> str | None:
        if step.request.part_of and len(self._pages.get(step.of, ())) >= self._limits.pages_of_a_list:
            return f"its list has more than {self._limits.pages_of_a_list} pages"
        if not step.request.part_of and step.depth > self._limits.depth:
            return f"it lies more than {self._limits.depth} steps from where the visit began"
        if len(self._met) > self._limits.requests:
            return f"the visit has made {self._limits.requests} requests"
        return None


def _list_of(request: Request, parent: _Step | None) -> str:
    """The name of the list a page is of: that of its first page.

    Where one address gives several lists by what is posted to it, the page that leads here tells which is meant.
    """
    if not request.part_of:
        return identity_of(request)
    if parent and request.part_of in (parent.request.address, parent.request.part_of):
        return parent.of
    return identity_of(Request(request.part_of, request.kind))


def _nothing(brought: Visit) -> GreenroomError:
    if not brought.failures:
        return SourceEmpty("The visit found no document.", hint="Look at the site: it may have been built anew.")
    first = brought.failures[0].error
    if len(brought.failures) == 1:
        return first
    return type(first)(
        f"The visit brought nothing: {len(brought.failures)} requests failed; the first: {first.message}",
        hint=first.hint,
        details=tuple(failure.in_words() for failure in brought.failures[:10]),
    )


class _Asking:
    """Requests on their way: the journal is asked before the site, and a site that says no is left alone."""

    def __init__(self, fetch_one: FetchOne, store: Store, journal: "_Journal", say: Callable[[str], None]) -> None:
        self._fetch_one = fetch_one
        self.store = store
        self._journal = journal
        self._say = say
        self._lock = Lock()
        self._refused: Counter[str] = Counter()
        self._begun = 0
        self._expected = 0
        self.asked = 0
        self.remembered = 0

    def expect(self, more: int) -> None:
        """So many more requests are known of."""
        self._expected += more

    def ask(self, request: Request, name: str) -> Snapshot | GreenroomError:
        """One answer, or what was said instead of it."""
        host = urlsplit(request.address).hostname or ""
        with self._lock:
            self._begun += 1
            place = f"[{self._begun}/{self._expected}]"
            known = self._remembered(name)
            if known is not None:
                self.remembered += 1
                return known
            if self._refused[host] >= _REFUSALS_UNDERSTOOD:
                return SiteRefuses(f"{name}: not asked for: {host} has said no {_REFUSALS_UNDERSTOOD} times.")
            self.asked += 1
        self._say(f"{place} {name}")
        try:
            snapshot = self._fetch_one(request)
        except GreenroomError as error:
            with self._lock:
                self._refused[host] += isinstance(error, SiteRefuses)
            return error
        with self._lock:
            if self._refused[host] < _REFUSALS_UNDERSTOOD:
                self._refused[host] = 0
            self._journal.write(name, snapshot.hash)
        return snapshot

    def _remembered(self, name: str) -> Snapshot | None:
        sha256 = self._journal.answered.get(name)
        if sha256 is None:
            return None
        try:
            self.store.open(sha256).close()
        except (SourceMissing, SourceUnreadable):
            return None
        return self.store.get(sha256)


class _Journal:
    """The answers of a visit that has not ended, one line each, on disk before the next request goes out."""

    def __init__(self, file: IO[str], path: Path) -> None:
        self._file = file
        self._path = path
        self.answered = dict(_fresh(file))

    def write(self, name: str, sha256: str) -> None:
        """This was answered."""
        self._file.write(json.dumps({"at": time.time(), "address": name, "snapshot": sha256}) + "\n")
        to_disk(self._file)

    def remove(self) -> None:
        """The visit has ended: the next one asks for everything."""
        self._path.unlink(missing_ok=True)


def _fresh(file: IO[str]) -> Iterator[tuple[str, str]]:
    file.seek(0)
    text = file.read()
    for line in text.splitlines():
        # the last line of a process that was killed may be half a line
        with suppress(ValueError, KeyError, TypeError):
            entry = json.loads(line)
            if 0 <= time.time() - entry["at"] < _JOURNAL_SECONDS:
                yield entry["address"], entry["snapshot"]
    if text and not text.endswith("\n"):
        file.write("\n")


@contextmanager
def _journal(path: Path) -> Iterator[_Journal]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = _held(path)
    except OSError as error:
        raise SourceUnreadable(
            f"The journal of the visit cannot be written to {path}: {error.strerror}.",
            hint="Name a folder that can be written with GREENROOM_HOME.",
        ) from error
    with file:
        yield _Journal(file, path)


def _held(path: Path) -> IO[str]:
    """The journal, for this process alone; one that another process has just removed is not held."""
    while True:
        file = path.open("a+", encoding="utf-8")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            raise ScopeBusy("Another visit of this kind is under way.") from None
        with suppress(FileNotFoundError):
            if path.stat().st_ino == _inode(file):
                return file
        file.close()


def _inode(file: IO[str]) -> int:
    return os.fstat(file.fileno()).st_ino


def journal_name(*words: str) -> str:
    """A file's name for what is visited, whatever characters its names have."""
    said = "-".join(words)
    plain = "".join(letter if letter.isalnum() else "-" for letter in said).lower()
    return f"{plain}-{hashlib.sha256(said.encode()).hexdigest()[:8]}.jsonl"
