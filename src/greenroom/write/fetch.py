"""An address, file or folder becomes snapshots: bytes, hashed, kept for ever, with where and when they were met."""

import hashlib
import ipaddress
import json
import os
import re
import socket
import time
import uuid
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, nullcontext, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from io import IOBase
from itertools import chain
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypeVar
from urllib.parse import urldefrag, urlencode, urlsplit

from greenroom.model.errors import (
    GreenroomError,
    NotAllowed,
    SiteRefuses,
    SourceError,
    SourceMissing,
    SourceUnreadable,
)
from greenroom.model.request import Request
from greenroom.model.source import Source
from greenroom.write.manners import ROBOT_NAME, ROBOTS_BYTES, Gate, Robots

if TYPE_CHECKING:
    import httpx2

_BLOCK_BYTES = 256 * 1024
# What tells one edition from another, or explains it. Cookies and the like are nobody's business.
_KEPT_HEADERS = ("etag", "last-modified", "content-type", "content-length", "content-disposition", "date")
# What is asked of a site that told this when it gave the bytes last.
_CONDITIONS = {"If-None-Match": "etag", "If-Modified-Since": "last-modified"}
# Nobody else says who we are or where we are going; a wrong length would cut the next request.
_OUR_OWN = {"host", "user-agent", "content-length", "accept-encoding"}
_MOST_REDIRECTS = 5
_CONNECT_SECONDS = 10.0
_READ_SECONDS = 60.0
# Between the four attempts; a site that asks for more by Retry-After gets it.
_PAUSES_SECONDS = (1.0, 4.0, 16.0)
_WORTH_REPEATING = {408, 425, 429, *range(500, 600)}
_REFUSALS = {401, 403, 406, 451}
# How the pages begin that let only browsers pass. They say no as clearly as a 403 does, and are not to be got round.
_CHALLENGE = re.compile(
    rb"<title>\s*(?:Just a moment\.\.\.|Attention Required! \| Cloudflare|Pardon Our Interruption|"
    rb"Access (?:to this page has been )?denied|Client Challenge|Human Verification)\s*</title>"
    rb"|/_Incapsula_Resource\?|//(?:geo|ct)\.captcha-delivery\.com/|id=[\"']px-captcha",
    re.I,
)
_CHALLENGE_BYTES = 16 * 1024
_BY_HAND = SiteRefuses.default_hint
_Answer = TypeVar("_Answer")
# Names of parts of an address that are nobody's business: what they hold is left out wherever the address is kept.
_SECRET_PART = re.compile(r"(?<=[?&])([^=&#]*(?:api[-_]?key|token|secret|passw|signature)[^=&#]*|key|sig)=[^&#]+", re.I)


@dataclass(frozen=True, slots=True)
class Sighting:
    """Where bytes were met, and when last (UTC, ISO 8601)."""

    address: str
    fetched_at: str
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Bytes by their SHA-256, with each address that gave them, the latest last."""

    hash: str
    size_bytes: int
    sightings: tuple[Sighting, ...]

    def headers_from(self, address: str) -> Mapping[str, str]:
        """What this address said when it gave these bytes last."""
        return next(sighting.headers for sighting in self.sightings if sighting.address == address)


class Store:
    """A folder of snapshots: `ab/cdef…` holds the bytes, `ab/cdef….<address>.json` where they were met.

    Nothing is ever changed in place, so that any number of processes may share it.
    """

    def __init__(self, folder: Path | str) -> None:
        self._folder = Path(folder)

    def keep(self, source: Path | IO[bytes] | Iterable[bytes], *, address: str, headers: Mapping[str, str]) -> Snapshot:
        """Keep these bytes. The same bytes from another address are one snapshot with two sightings."""
        if isinstance(source, Path):
            with _opened(source) as stream:
                return self.keep(stream, address=address, headers=headers)
        digest = hashlib.sha256()
        incoming = self._folder / f".incoming-{uuid.uuid4().hex}"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with incoming.open("xb") as file:
                for block in _blocks(source):
                    digest.update(block)
                    file.write(block)
                to_disk(file)
            path = self._path(digest.hexdigest())
            path.parent.mkdir(exist_ok=True)
            # Over bytes that are there already too: it heals a copy that went bad.
            incoming.replace(path)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise SourceUnreadable(
                f"{address} cannot be kept in {self._folder}: {reason}.",
                hint="Make room there, or name another place: GREENROOM_STORE.",
            ) from error
        finally:
            with suppress(OSError):
                incoming.unlink()
        _folder_to_disk(path.parent)
        _folder_to_disk(self._folder)
        return self.see_again(digest.hexdigest(), address=address, headers=headers)

    def see_again(self, sha256: str, *, address: str, headers: Mapping[str, str]) -> Snapshot:
        """Record that this address gives these bytes, now."""
        kept = {name.lower(): value for name, value in headers.items() if name.lower() in _KEPT_HEADERS}
        sighting = {"address": address, "fetched_at": datetime.now(UTC).isoformat(), "headers": kept}
        path = self._path(sha256)
        _write(
            path.with_name(f"{path.name}.{_short(address)}.json"), json.dumps(sighting, ensure_ascii=False, indent=1)
        )
        return self.get(sha256)

    def get(self, sha256: str) -> Snapshot:
        """Find a snapshot by its hash, or by the first eight or more of its digits."""
        path = self._found(sha256)
        sightings = [Sighting(**json.loads(file.read_bytes())) for file in path.parent.glob(f"{path.name}.*.json")]
        return Snapshot(
            hash=path.parent.name + path.name,
            size_bytes=path.stat().st_size,
            sightings=tuple(sorted(sightings, key=lambda sighting: sighting.fetched_at)),
        )

    def open(self, sha256: str) -> IO[bytes]:
        """Open the bytes, after proving that they are still the ones that were kept."""
        path = self._found(sha256)
        stream = path.open("rb")
        if hashlib.file_digest(stream, "sha256").hexdigest() != path.parent.name + path.name:
            stream.close()
            raise SourceUnreadable(f"Snapshot {sha256} is damaged.", hint="Fetch it again: that replaces the copy.")
        stream.seek(0)
        return stream

    def list(self) -> Iterator[Snapshot]:
        """All snapshots, in the order of their hashes."""
        for path in sorted(self._folder.glob("[0-9a-f][0-9a-f]/*")):
            if re.fullmatch("[0-9a-f]{62}", path.name):
                yield self.get(path.parent.name + path.name)

    def addresses(self) -> dict[str, str]:
        """The hash of the bytes that each address gave last."""
        found: dict[str, tuple[str, str]] = {}
        for file in self._folder.glob("[0-9a-f][0-9a-f]/*.json"):
            seen = json.loads(file.read_bytes())
            newest = (str(seen["fetched_at"]), file.parent.name + file.name.partition(".")[0])
            found[seen["address"]] = max(found.get(seen["address"], newest), newest)
        return {address: sha256 for address, (_, sha256) in found.items()}

    def latest(self, address: str) -> Snapshot | None:
        """The snapshot this address gave last, when its bytes are still whole."""
        files = self._folder.glob(f"[0-9a-f][0-9a-f]/*.{_short(address)}.json")
        newest = max(files, key=lambda file: str(json.loads(file.read_bytes())["fetched_at"]), default=None)
        if newest is None:
            return None
        sha256 = newest.parent.name + newest.name.partition(".")[0]
        try:
            self.open(sha256).close()
        except (SourceMissing, SourceUnreadable):
            return None
        return self.get(sha256)

    def _path(self, sha256: str) -> Path:
        return self._folder / sha256[:2] / sha256[2:]

    def _found(self, sha256: str) -> Path:
        if not re.fullmatch("[0-9a-f]{8,64}", sha256):
            raise SourceMissing(f"{sha256} is no snapshot.", hint="Give at least the first 8 digits of its hash.")
        fitting = [path for path in self._folder.glob(f"{sha256[:2]}/{sha256[2:]}*") if "." not in path.name]
        if len(fitting) == 1:
            return fitting[0]
        how_many = "no snapshot" if not fitting else f"{len(fitting)} snapshots"
        raise SourceMissing(f"There is {how_many} {sha256}.", hint="Give more digits, or fetch it first.")


def fetch(
    origin: Source | Path | str,
    store: Store,
    *,
    official_hosts: Collection[str] = (),
    allow_hosts: Collection[str] = (),
    contact: str = "",
    deadline_seconds: float = 900.0,
    most_bytes: int = 8 * 1024**3,
    gate: Gate | None = None,
) -> Iterator[Snapshot]:
    """Bring the addresses of a source, or one address, file or folder, into the store, one snapshot after the other.

    Only https to `official_hosts` and to those of a source, which must not resolve to a private network;
    `allow_hosts` holds further places as host:port, where http and private networks will do.
    Proxies of the environment are ignored. A `gate` keeps turns and robots.txt.
    Raises SourceMissing, SourceUnreadable or NotAllowed.
    """
    hosts = official_hosts if not isinstance(origin, Source) else {*official_hosts, *hosts_of([origin])}
    caller = Caller(
        hosts=frozenset(hosts),
        places=frozenset(allow_hosts),
        agent=agent_of(contact),
        deadline_seconds=deadline_seconds,
        most_bytes=most_bytes,
        gate=gate,
    )
    if isinstance(origin, Source):
        for address in origin.urls:
            yield _from_address(_Question(address, address), store, caller)
    elif isinstance(origin, str) and "://" in origin:
        yield _from_address(_Question(origin, origin), store, caller)
    else:
        yield from _from_path(Path(origin), store)


def fetch_request(request: Request, store: Store, caller: "Caller") -> Snapshot:
    """Ask a site one thing; what it answers is kept under `identity_of(request)`.

    Further headers go to the host that was asked, never to one it leads to, and are neither kept nor told.
    Raises SourceMissing, SourceUnreadable, SiteRefuses or NotAllowed.
    """
    address = urldefrag(request.address).url
    if not (request.form or request.body):
        return _from_address(_Question(identity_of(request), address, headers=request.headers), store, caller)
    kind = "application/x-www-form-urlencoded" if request.form else "application/json"
    question = _Question(identity_of(request), address, (("Content-Type", kind), *request.headers), _body_of(request))
    return _from_address(question, store, caller)


def ask(
    address: str,
    caller: "Caller",
    headers: tuple[tuple[str, str], ...],
    read: "Callable[[httpx2.Response], _Answer]",
) -> _Answer:
    """Ask an address, and keep nothing of the answer but what `read` makes of it; as patient and polite as a fetch."""
    question = _Question(address, address, headers)
    return _patiently(
        question, caller, lambda end: _attempt(question, caller, end, {}, lambda response, _end: read(response))
    )


def identity_of(request: Request) -> str:
    """The address that an answer is kept under: with a digest of what was posted, and without secrets."""
    address = request.known_as or _without_secrets(urldefrag(request.address).url)
    if not (request.form or request.body):
        return address
    return f"{address}#posted={hashlib.sha256(_body_of(request)).hexdigest()[:16]}"


def agent_of(contact: str) -> str:
    """How we introduce ourselves."""
    return f"{ROBOT_NAME}/{version('greenroom')}" + (f" (+{contact})" if contact else "")


def _body_of(request: Request) -> bytes:
    return (urlencode(request.form) if request.form else request.body or "").encode()


def _without_secrets(address: str) -> str:
    return _SECRET_PART.sub(r"\1=", address)


def hosts_of(sources: Iterable[Source]) -> frozenset[str]:
    """The official hosts of a registry."""
    return frozenset(host for source in sources for url in source.urls if (host := urlsplit(url).hostname))


# Files


def _from_path(path: Path, store: Store) -> Iterator[Snapshot]:
    if not path.is_dir():
        yield store.keep(path, address=path.absolute().as_uri(), headers={})
        return
    files = sorted(file for file in path.iterdir() if file.is_file() and not file.name.startswith("."))
    if not files:
        raise SourceMissing(f"{path} holds no files.")
    for file in files:
        yield store.keep(file, address=file.absolute().as_uri(), headers={})


def _opened(path: Path) -> IO[bytes]:
    try:
        return path.open("rb")
    except FileNotFoundError as error:
        raise SourceMissing(f"There is no file {path}.") from error
    except OSError as error:
        raise SourceUnreadable(f"{path} cannot be read: {error.strerror}.") from error


def _blocks(source: IO[bytes] | Iterable[bytes]) -> Iterable[bytes]:
    # Iterating over a stream would cut it at line ends, of which a file may have none.
    return iter(lambda: source.read(_BLOCK_BYTES), b"") if isinstance(source, IOBase) else source


def _short(address: str) -> str:
    return hashlib.sha256(address.encode()).hexdigest()[:16]


def _write(path: Path, text: str) -> None:
    incoming = path.with_name(f".incoming-{uuid.uuid4().hex}")
    try:
        with incoming.open("x", encoding="utf-8") as file:
            file.write(text)
            to_disk(file)
        incoming.replace(path)
    finally:
        incoming.unlink(missing_ok=True)
    _folder_to_disk(path.parent)


def to_disk(file: IO[Any]) -> None:
    """What was written outlasts a power cut."""
    file.flush()
    os.fsync(file.fileno())


def _folder_to_disk(folder: Path) -> None:
    """Without this, a power cut may take back the rename."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


# Addresses


@dataclass(frozen=True, slots=True)
class Caller:
    """Whom we may call, how we introduce ourselves, and how patient and polite we are."""

    hosts: frozenset[str]
    places: frozenset[str]
    agent: str
    deadline_seconds: float = 900.0
    most_bytes: int = 8 * 1024**3
    gate: Gate | None = None


@dataclass(frozen=True, slots=True)
class _Question:
    """What is asked: the answer is kept under `name`, and only that is ever told. A `body` is posted."""

    name: str
    address: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None


class _Passing(Exception):
    """Something that may be over soon."""

    def __init__(self, message: str, pause_seconds: float = 0.0) -> None:
        super().__init__(message)
        self.pause_seconds = pause_seconds


def _from_address(question: _Question, store: Store, caller: Caller) -> Snapshot:
    known = store.latest(question.name) if question.body is None else None

    def kept(response: "httpx2.Response", end: float) -> Snapshot:
        return _kept(response, question.name, store, caller, known, end)

    last = known.headers_from(question.name) if known else {}
    conditions = {asked: last[said] for asked, said in _CONDITIONS.items() if said in last}
    try:
        return _patiently(question, caller, lambda end: _attempt(question, caller, end, conditions, kept))
    except SourceError as error:
        error.address = question.name
        raise


def _patiently(question: _Question, caller: Caller, attempt: Callable[[float], _Answer]) -> _Answer:
    """Ask up to four times for as long as the trouble is of the passing kind."""
    end = time.monotonic() + caller.deadline_seconds
    pauses_seconds = list(_PAUSES_SECONDS)
    while True:
        try:
            return attempt(end)
        except _Passing as trouble:
            if not pauses_seconds:
                raise SourceMissing(
                    f"{question.name}: {trouble}, again and again.", hint="Try again later."
                ) from trouble
            wait_seconds = max(pauses_seconds.pop(0), trouble.pause_seconds)
            if caller.gate and (host := urlsplit(question.address).hostname):
                # whoever else would ask there waits too
                caller.gate.leave_alone(host, wait_seconds)
            if time.monotonic() + wait_seconds > end:
                raise SourceMissing(
                    f"{question.name}: {trouble}.", hint=f"Try again in {wait_seconds:.0f} seconds or later."
                ) from trouble
        time.sleep(wait_seconds)


def _attempt(
    question: _Question,
    caller: Caller,
    end: float,
    conditions: Mapping[str, str],
    kept: "Callable[[httpx2.Response, float], _Answer]",
    *,
    heed_robots: bool = True,
) -> _Answer:
    import httpx2

    timeout = httpx2.Timeout(_READ_SECONDS, connect=_CONNECT_SECONDS)
    with httpx2.Client(trust_env=False, follow_redirects=False, timeout=timeout) as client:
        url = first = _url(question.address)
        body = question.body
        for _ in range(_MOST_REDIRECTS + 1):
            headers = dict(question.headers) if url.netloc == first.netloc else {}
            number = _permitted(url, caller)
            # its own host may be what must not be written down
            is_first = url.netloc == first.netloc
            known = (is_first and urlsplit(question.name).hostname) or url.host
            if heed_robots:
                _heed_robots(str(url), caller, keep=known == url.host)
            with _turn(known, caller, end) as waited_seconds:
                end += waited_seconds
                request = _request(client, url, number, caller, {**conditions, **headers}, body)
                try:
                    with closing(client.send(request, stream=True)) as response:
                        if not response.is_redirect or "location" not in response.headers:
                            return kept(response, end)
                        url = _joined(url, response.headers["location"])
                except httpx2.TimeoutException as error:
                    raise _Passing(f"{url.host} does not answer in time") from error
                except httpx2.TransportError as error:
                    raise _Passing(f"the connection to {url.host} failed ({error or type(error).__name__})") from error
                except httpx2.DecodingError as error:
                    raise _Passing(f"{url.host} sent damaged bytes") from error
            if body is not None and response.status_code not in (307, 308):
                body = None
            elif body is not None and url.netloc != first.netloc:
                raise NotAllowed(f"{first.host} hands what is posted to it on to {url.host}.", hint=_BY_HAND)
    raise SourceUnreadable(f"{question.name}: more than {_MOST_REDIRECTS} redirects.", hint="Open it in a browser.")


def _turn(host: str, caller: Caller, end: float) -> AbstractContextManager[float]:
    if caller.gate is None:
        return nullcontext(0.0)
    return caller.gate.turn(host.lower(), most_seconds=max(0.0, end - time.monotonic()))


def _heed_robots(address: str, caller: Caller, *, keep: bool) -> None:
    if caller.gate is not None:
        caller.gate.check_robots(address, lambda robots: _robots(robots, caller), keep=keep)


def _robots(address: str, caller: Caller) -> Robots:
    """A robots.txt, asked for as patiently as anything else; RFC 9309 says what each answer means."""

    def read(response: "httpx2.Response", _end: float) -> Robots:
        status = response.status_code
        if status in _WORTH_REPEATING:
            raise _Passing(f"the site answers {status}", _asked_pause_seconds(response.headers.get("retry-after", "")))
        if status != 200:
            return Robots(status)
        text = b""
        for block in response.iter_bytes(_BLOCK_BYTES):
            text += block
            if len(text) > ROBOTS_BYTES:
                break
        return Robots(status, text[:ROBOTS_BYTES].decode("utf-8", "replace"))

    question = _Question(address, address)
    try:
        return _patiently(question, caller, lambda end: _attempt(question, caller, end, {}, read, heed_robots=False))
    except GreenroomError as error:
        return Robots(0, reason=error.message.removeprefix(f"{address}: ").rstrip("."))


def _url(address: str) -> "httpx2.URL":
    import httpx2

    try:
        return httpx2.URL(address)
    except (httpx2.InvalidURL, ValueError) as error:
        raise NotAllowed(f"{address} is not an address: {error}.") from error


def _joined(url: "httpx2.URL", location: str) -> "httpx2.URL":
    import httpx2

    try:
        return url.join(location)
    except (httpx2.InvalidURL, ValueError) as error:
        raise SourceUnreadable(
            f"{url.host} leads on to what is no address: {location[:200]!r}.", hint="Open the address in a browser."
        ) from error


def _request(
    client: "httpx2.Client",
    url: "httpx2.URL",
    number: str,
    caller: Caller,
    more: Mapping[str, str],
    body: bytes | None,
) -> "httpx2.Request":
    """A request to the very address that was looked at, so that a second look-up cannot lead elsewhere."""
    headers = {"Accept": "*/*"} | {name: value for name, value in more.items() if name.lower() not in _OUR_OWN}
    headers |= {"Host": url.netloc.decode(), "User-Agent": caller.agent, "Accept-Encoding": "gzip"}
    return client.build_request(
        "GET" if body is None else "POST",
        url.copy_with(host=number),
        content=body,
        headers=headers,
        extensions={"sni_hostname": url.host},
    )


def _is_official(host: str, hosts: Collection[str]) -> bool:
    """Whether a host is one of a source's; `*.name` stands for all below a name."""
    return host in hosts or any(name.startswith("*.") and host.endswith(name[1:]) for name in hosts)


def _permitted(url: "httpx2.URL", caller: Caller) -> str:
    """The number of a host we may call. Raises NotAllowed."""
    host, port = url.host.lower(), url.port or {"https": 443, "http": 80}.get(url.scheme, 0)
    place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    cure = f"If you trust it: GREENROOM_ALLOW_HOSTS={place}"
    if url.userinfo:
        raise NotAllowed(f"The address on {host} holds a user name or password.", hint="Leave it out.")
    if url.scheme not in ("https", "http") or not host:
        raise NotAllowed(f"{url} is neither https nor a file.", hint="Give a path, a folder, or an https address.")
    if place not in caller.places:
        if not _is_official(host, caller.hosts):
            raise NotAllowed(f"{host} is not a host of this source.", hint=cure)
        if url.scheme != "https" or port != 443:
            raise NotAllowed(f"{place} would be fetched without https, or from an odd port.", hint=cure)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise _Passing(f"{host} is not known to the network") from error
    except (UnicodeError, OverflowError) as error:
        # a label that is empty or too long, a port of 30 digits: nobody can be called so
        raise NotAllowed(f"{host} cannot be the name of a host.", hint="Correct the address.") from error
    numbers = [str(entry[4][0]) for entry in found]
    if place not in caller.places and not all(ipaddress.ip_address(number).is_global for number in numbers):
        raise NotAllowed(f"{host} leads into a private network.", hint=cure)
    return numbers[0]


def _kept(
    response: "httpx2.Response", name: str, store: Store, caller: Caller, known: Snapshot | None, end: float
) -> Snapshot:
    status = response.status_code
    if status == 304 and known is not None:
        return store.see_again(known.hash, address=name, headers={**known.headers_from(name), **response.headers})
    if status in _REFUSALS or response.headers.get("cf-mitigated") or response.headers.get("x-amzn-waf-action"):
        raise SiteRefuses(f"{name}: the site answers {status}: it does not give this to a program.")
    if status in _WORTH_REPEATING:
        raise _Passing(f"the site answers {status}", _asked_pause_seconds(response.headers.get("retry-after", "")))
    if status in (404, 410):
        raise SourceMissing(f"{name} is gone ({status}).", hint="Look for its new address on the publisher's site.")
    if status != 200:
        raise SourceUnreadable(f"{name}: the site answers {status}.", hint="Open the address in a browser.")
    blocks = _body(response, name, caller, end)
    if response.headers.get("content-type", "").startswith("text/html"):
        blocks = _without_challenge(blocks, name)
    return store.keep(blocks, address=name, headers=dict(response.headers))


def _without_challenge(blocks: Iterator[bytes], name: str) -> Iterator[bytes]:
    """The blocks, when they do not begin as a page that wants to see a browser."""
    first = b""
    for block in blocks:
        first += block
        if len(first) >= _CHALLENGE_BYTES:
            break
    if _CHALLENGE.search(first[:_CHALLENGE_BYTES]):
        raise SiteRefuses(f"{name}: the site shows a page that lets only browsers pass.")
    return chain([first], blocks)


def _asked_pause_seconds(retry_after: str) -> float:
    if retry_after.isascii() and retry_after.isdigit():
        return float(retry_after)
    try:
        return max(0.0, (parsedate_to_datetime(retry_after) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return 0.0


def _body(response: "httpx2.Response", name: str, caller: Caller, end: float) -> Iterator[bytes]:
    size_bytes = 0
    for block in response.iter_bytes(_BLOCK_BYTES):
        size_bytes += len(block)
        if size_bytes > caller.most_bytes:
            raise SourceUnreadable(f"{name} is larger than {caller.most_bytes:,} bytes.", hint="Fetch it by hand.")
        if time.monotonic() > end:
            raise SourceMissing(
                f"{name} took more than {caller.deadline_seconds:.0f} seconds.", hint="Try again later."
            )
        yield block
    promised = response.headers.get("content-length", "")
    if promised.isdigit() and response.num_bytes_downloaded != int(promised):
        raise _Passing(f"{response.num_bytes_downloaded} bytes came of {promised}")
