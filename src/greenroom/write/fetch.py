"""An address, file or folder becomes snapshots: bytes, hashed, kept for ever, with where and when they were met."""

import hashlib
import ipaddress
import json
import os
import re
import socket
import time
import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from io import IOBase
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import urlsplit

from greenroom.model.errors import NotAllowed, SourceMissing, SourceUnreadable
from greenroom.model.source import Source

if TYPE_CHECKING:
    import httpx2

_BLOCK_BYTES = 256 * 1024
# What tells one edition from another, or explains it. Cookies and the like are nobody's business.
_KEPT_HEADERS = ("etag", "last-modified", "content-type", "content-length", "content-disposition", "date")
_MOST_REDIRECTS = 5
_CONNECT_SECONDS = 10.0
_READ_SECONDS = 60.0
# Between the four attempts; a site that asks for more by Retry-After gets it.
_PAUSES_SECONDS = (1.0, 4.0, 16.0)
_WORTH_REPEATING = {408, 425, 429, *range(500, 600)}


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
                _to_disk(file)
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
) -> Iterator[Snapshot]:
    """Bring the addresses of a source, or one address, file or folder, into the store, one snapshot after the other.

    Only https to `official_hosts` and to those of a source, which must not resolve to a private network;
    `allow_hosts` holds further places as host:port, where http and private networks will do.
    Proxies of the environment are ignored. Raises SourceMissing, SourceUnreadable or NotAllowed.
    """
    hosts = official_hosts if not isinstance(origin, Source) else {*official_hosts, *hosts_of([origin])}
    caller = _Caller(
        hosts=frozenset(hosts),
        places=frozenset(allow_hosts),
        agent=f"greenroom/{version('greenroom')}" + (f" (+{contact})" if contact else ""),
        deadline_seconds=deadline_seconds,
        most_bytes=most_bytes,
    )
    if isinstance(origin, Source):
        for address in origin.urls:
            yield _from_address(address, store, caller)
    elif isinstance(origin, str) and "://" in origin:
        yield _from_address(origin, store, caller)
    else:
        yield from _from_path(Path(origin), store)


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
            _to_disk(file)
        incoming.replace(path)
    finally:
        incoming.unlink(missing_ok=True)
    _folder_to_disk(path.parent)


def _to_disk(file: IO[Any]) -> None:
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
class _Caller:
    """Whom we may call, how we introduce ourselves, and how patient we are."""

    hosts: frozenset[str]
    places: frozenset[str]
    agent: str
    deadline_seconds: float
    most_bytes: int


class _Passing(Exception):
    """Something that may be over soon."""

    def __init__(self, message: str, pause_seconds: float = 0.0) -> None:
        super().__init__(message)
        self.pause_seconds = pause_seconds


def _from_address(address: str, store: Store, caller: _Caller) -> Snapshot:
    """Ask up to four times for as long as the trouble is of the passing kind."""
    end = time.monotonic() + caller.deadline_seconds
    pauses_seconds = list(_PAUSES_SECONDS)
    while True:
        try:
            return _attempt(address, store, caller, end)
        except _Passing as trouble:
            if not pauses_seconds:
                raise SourceMissing(f"{address}: {trouble}, again and again.", hint="Try again later.") from trouble
            wait_seconds = max(pauses_seconds.pop(0), trouble.pause_seconds)
            if time.monotonic() + wait_seconds > end:
                raise SourceMissing(
                    f"{address}: {trouble}.", hint=f"Try again in {wait_seconds:.0f} seconds or later."
                ) from trouble
        time.sleep(wait_seconds)


def _attempt(address: str, store: Store, caller: _Caller, end: float) -> Snapshot:
    import httpx2

    known = store.latest(address)
    timeout = httpx2.Timeout(_READ_SECONDS, connect=_CONNECT_SECONDS)
    with httpx2.Client(trust_env=False, follow_redirects=False, timeout=timeout) as client:
        url = _url(address)
        for _ in range(_MOST_REDIRECTS + 1):
            request = _request(client, url, caller, known.headers_from(address) if known else {})
            try:
                with closing(client.send(request, stream=True)) as response:
                    if not response.is_redirect or "location" not in response.headers:
                        return _kept(response, address, store, caller, known, end)
                    url = url.join(response.headers["location"])
            except httpx2.TimeoutException as error:
                raise _Passing(f"{url.host} does not answer in time") from error
            except httpx2.TransportError as error:
                raise _Passing(f"the connection to {url.host} failed ({error or type(error).__name__})") from error
            except httpx2.DecodingError as error:
                raise _Passing(f"{url.host} sent damaged bytes") from error
    raise SourceUnreadable(f"{address}: more than {_MOST_REDIRECTS} redirects.", hint="Open it in a browser.")


def _url(address: str) -> "httpx2.URL":
    import httpx2

    try:
        return httpx2.URL(address)
    except httpx2.InvalidURL as error:
        raise NotAllowed(f"{address} is not an address: {error}.") from error


def _request(client: "httpx2.Client", url: "httpx2.URL", caller: _Caller, last: Mapping[str, str]) -> "httpx2.Request":
    """A request to the very address that was looked at, so that a second look-up cannot lead elsewhere."""
    number = _permitted(url, caller)
    headers = {"Host": url.netloc.decode(), "User-Agent": caller.agent, "Accept": "*/*", "Accept-Encoding": "gzip"}
    if "etag" in last:
        headers["If-None-Match"] = last["etag"]
    if "last-modified" in last:
        headers["If-Modified-Since"] = last["last-modified"]
    return client.build_request(
        "GET", url.copy_with(host=number), headers=headers, extensions={"sni_hostname": url.host}
    )


def _permitted(url: "httpx2.URL", caller: _Caller) -> str:
    """The number of a host we may call. Raises NotAllowed."""
    host, port = url.host.lower(), url.port or {"https": 443, "http": 80}.get(url.scheme, 0)
    place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    cure = f"If you trust it: GREENROOM_ALLOW_HOSTS={place}"
    if url.userinfo:
        raise NotAllowed(f"The address on {host} holds a user name or password.", hint="Leave it out.")
    if url.scheme not in ("https", "http") or not host:
        raise NotAllowed(f"{url} is neither https nor a file.", hint="Give a path, a folder, or an https address.")
    if place not in caller.places:
        if host not in caller.hosts:
            raise NotAllowed(f"{host} is not a host of this source.", hint=cure)
        if url.scheme != "https" or port != 443:
            raise NotAllowed(f"{place} would be fetched without https, or from an odd port.", hint=cure)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise _Passing(f"{host} is not known to the network") from error
    numbers = [str(entry[4][0]) for entry in found]
    if place not in caller.places and not all(ipaddress.ip_address(number).is_global for number in numbers):
        raise NotAllowed(f"{host} leads into a private network.", hint=cure)
    return numbers[0]


def _kept(
    response: "httpx2.Response", address: str, store: Store, caller: _Caller, known: Snapshot | None, end: float
) -> Snapshot:
    status = response.status_code
    if status == 304 and known is not None:
        return store.see_again(known.hash, address=address, headers={**known.headers_from(address), **response.headers})
    if status in _WORTH_REPEATING:
        raise _Passing(f"the site answers {status}", _asked_pause_seconds(response.headers.get("retry-after", "")))
    if status in (404, 410):
        raise SourceMissing(f"{address} is gone ({status}).", hint="Look for its new address on the publisher's site.")
    if status != 200:
        raise SourceUnreadable(f"{address}: the site answers {status}.", hint="Open the address in a browser.")
    return store.keep(_body(response, address, caller, end), address=address, headers=dict(response.headers))


def _asked_pause_seconds(retry_after: str) -> float:
    if retry_after.isascii() and retry_after.isdigit():
        return float(retry_after)
    try:
        return max(0.0, (parsedate_to_datetime(retry_after) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return 0.0


def _body(response: "httpx2.Response", address: str, caller: _Caller, end: float) -> Iterator[bytes]:
    size_bytes = 0
    for block in response.iter_bytes(_BLOCK_BYTES):
        size_bytes += len(block)
        if size_bytes > caller.most_bytes:
            raise SourceUnreadable(f"{address} is larger than {caller.most_bytes:,} bytes.", hint="Fetch it by hand.")
        if time.monotonic() > end:
            raise SourceMissing(
                f"{address} took more than {caller.deadline_seconds:.0f} seconds.", hint="Try again later."
            )
        yield block
    promised = response.headers.get("content-length", "")
    if promised.isdigit() and response.num_bytes_downloaded != int(promised):
        raise _Passing(f"{response.num_bytes_downloaded} bytes came of {promised}")
