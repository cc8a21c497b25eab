"""A server of our own to kill, and ways to cut a command short."""

import contextlib
import os
import signal
import socket
import threading
import time
from dataclasses import replace

import psycopg
from psycopg import sql
from tests.faults.scenes import connect

from greenroom.db.binaries import server_account
from greenroom.db.cluster import Cluster
from greenroom.db.throwaway import _SETTINGS

OWNER = "greenroom_owner"


class Fragile:
    """Databases copied from prepared ones, on a server that may be killed and started again."""

    def __init__(self, running, template):
        self.running = running
        self.template = template
        self._cluster = Cluster(
            running.programs, server_account(), running.folder / "data", running.folder / "server.log"
        )
        self._count = 0

    def url(self, name):
        return self.running.address(name, user=OWNER)

    def _superuser(self):
        return connect(self.running.address("postgres"))

    def copy(self, of=None, name=None):
        self._count += 1
        name = name or f"trial_{self._count}"
        names = {"name": name, "of": of or self.template, "owner": OWNER}
        with self._superuser() as connection:
            connection.execute(
                sql.SQL("create database {name} template {of} owner {owner} strategy file_copy").format(
                    **{key: sql.Identifier(value) for key, value in names.items()}
                )
            )
        return name

    def drop(self, name):
        with self._superuser() as connection:
            connection.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))

    def await_answer(self):
        """Until it takes connections again."""
        deadline = time.monotonic() + 30
        while True:
            try:
                return self._superuser().close()
            except psycopg.OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)

    def await_quiet(self, name):
        """Until nobody works in that database, and it answers."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with contextlib.suppress(psycopg.OperationalError), self._superuser() as connection:
                busy = connection.execute(
                    "select count(*) from pg_stat_activity where datname = %s", [name]
                ).fetchone()[0]
                if not busy:
                    return
            time.sleep(0.01)
        raise AssertionError("a killed command goes on for ever")

    def terminate(self, name):
        with contextlib.suppress(psycopg.OperationalError), self._superuser() as connection:
            connection.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", [name])

    def kill_backend(self, name):
        """SIGKILL one server process; the postmaster restarts all of them through recovery."""
        with self._superuser() as connection:
            found = connection.execute("select pid from pg_stat_activity where datname = %s", [name]).fetchall()
        for (pid,) in found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if found:
            time.sleep(0.05)
        self.await_answer()

    def kill_postmaster(self):
        pid = self._cluster.pid()
        assert pid
        os.kill(pid, signal.SIGKILL)
        port = self._cluster.start(_SETTINGS, port=self.running.port)
        self.running = replace(self.running, port=port)
        self.await_answer()


class Cutter:
    """A wire between client and server that breaks where it is told to.

    `before`: the message with this text never reaches the server. `after`: it does, its answer never comes
    back. `at`: broken once so many bytes of the client have passed.
    """

    def __init__(self, port, *, before=None, after=None, at=None):
        self._server_port = port
        self._before, self._after, self._at = before, after, at
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.passed = 0
        self.has_cut = False
        self._swallowed = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self):
        client, _ = self._listener.accept()
        server = socket.create_connection(("127.0.0.1", self._server_port))
        back = threading.Thread(target=self._back, args=(server, client))
        back.start()
        with contextlib.suppress(OSError):
            while data := client.recv(65536):
                if self._before and self._before in data:
                    self.has_cut = True
                elif self._at is not None and self.passed + len(data) > self._at:
                    server.sendall(data[: self._at - self.passed])
                    self.has_cut = True
                elif self._after and self._after in data:
                    self.has_cut = True
                    server.sendall(data)
                    # The server's answer to it ends here.
                    self._swallowed.wait(20)
                else:
                    server.sendall(data)
                self.passed += len(data)
                if self.has_cut:
                    break
        for end in (client, server):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        back.join(20)
        self._listener.close()

    def _back(self, server, client):
        with contextlib.suppress(OSError):
            while data := server.recv(65536):
                if self.has_cut:
                    self._swallowed.set()
                else:
                    client.sendall(data)
        if not self.has_cut:
            with contextlib.suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)

    def close(self):
        self._thread.join(30)
