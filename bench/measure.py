"""What one piece of work cost: wall, CPU on both sides, memory, WAL, and what a reader felt meanwhile."""

from __future__ import annotations

import os
import resource
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from bench.gen import percentile

_TICK = os.sysconf("SC_CLK_TCK")


@dataclass
class Cost:
    """Seconds, megabytes of 1,000,000 bytes, milliseconds for the reader."""

    seconds: float = 0.0
    client_cpu: float = 0.0
    server_cpu: float = 0.0
    server_peak_mb: float = 0.0
    wal_bytes: int = 0
    client_peak_mb: float = 0.0
    reads: int = 0
    reader_p50_ms: float = 0.0
    reader_p99_ms: float = 0.0
    reader_max_ms: float = 0.0
    reader_waits: int = 0
    extra: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        found = asdict(self)
        return {
            **{k: round(v, 4) if isinstance(v, float) else v for k, v in found.items() if k != "extra"},
            **self.extra,
        }


@contextmanager
def measured(url: str, postmaster: int, *, reader: str | None = None) -> Iterator[Cost]:
    """Fill a Cost; `reader` is a query that a second connection asks all the while; its own CPU is not counted."""
    cost = Cost()
    with (
        psycopg.connect(url, autocommit=True) as watch,
        _reading(url, reader, cost) as asking,
        _peak(postmaster, cost),
    ):
        wal = _wal(watch)
        client, server = time.process_time() + _children_cpu(), server_cpu(postmaster)
        started = time.perf_counter()
        yield cost
        cost.seconds = time.perf_counter() - started
        reader_client, reader_server = asking()
        cost.client_cpu = time.process_time() + _children_cpu() - client - reader_client
        cost.server_cpu = server_cpu(postmaster) - server - reader_server
        cost.wal_bytes = _wal(watch) - wal
    cost.client_peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


def server_cpu(postmaster: int) -> float:
    """CPU seconds of a server so far: the living processes and those it has buried."""
    ticks = sum(_stat(postmaster)[11:15])
    for child in _children(postmaster):
        with suppress(OSError, IndexError):
            ticks += sum(_stat(child)[11:13])
    return ticks / _TICK


def _children_cpu() -> float:
    """CPU seconds of programs that we started and that have ended."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return ended.ru_utime + ended.ru_stime


def _stat(pid: int) -> list[int]:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return [0, *(int(x) for x in fields[1:])]


def _children(pid: int) -> list[int]:
    return [int(x) for x in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _wal(connection: psycopg.Connection) -> int:
    row = connection.execute("select pg_current_wal_insert_lsn() - '0/0'::pg_lsn").fetchone()
    return int(row[0]) if row else 0


@contextmanager
def _peak(postmaster: int, cost: Cost) -> Iterator[None]:
    # Private memory of the fattest backend: shared buffers are not counted.
    done = threading.Event()

    def look() -> None:
        while not done.wait(0.1):
            for child in _children(postmaster):
                with suppress(OSError, IndexError, KeyError):
                    lines = dict(
                        x.split(":", 1) for x in Path(f"/proc/{child}/status").read_text().splitlines() if ":" in x
                    )
                    cost.server_peak_mb = max(cost.server_peak_mb, int(lines["RssAnon"].split()[0]) * 1024 / 1e6)

    with _thread(look, done):
        yield


@contextmanager
def _reading(url: str, query: str | None, cost: Cost) -> Iterator[Callable[[], tuple[float, float]]]:
    """Asks in a thread; gives what asking has cost so far, here and in the server."""
    if query is None:
        yield lambda: (0.0, 0.0)
        return
    done = threading.Event()
    seen: list[float] = []
    backend: list[int] = []

    def read() -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            # A reader that waits for any lock is counted, not excused.
            connection.execute("set lock_timeout = '5ms'")
            backend.append(connection.info.backend_pid)
            while not done.wait(0.004):
                started = time.perf_counter()
                try:
                    connection.execute(query)
                except psycopg.errors.LockNotAvailable:
                    cost.reader_waits += 1
                seen.append((time.perf_counter() - started) * 1000)

    with _thread(read, done) as thread:
        clock = time.pthread_getcpuclockid(thread.ident or 0)
        yield lambda: (time.clock_gettime(clock), sum(sum(_stat(pid)[11:13]) for pid in backend) / _TICK)
    cost.reads = len(seen)
    cost.reader_p50_ms = percentile(seen, 0.5)
    cost.reader_p99_ms = percentile(seen, 0.99)
    cost.reader_max_ms = max(seen, default=0.0)


@contextmanager
def _thread(work: Callable[[], None], done: threading.Event) -> Iterator[threading.Thread]:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield thread
    finally:
        done.set()
        thread.join()
