"""Somebody who reads all the while, on a thread of his own: what he saw, how long he waited, whether for a lock."""

import threading
import time

import psycopg


class Reader:
    """Runs one query again and again until left; a wait for a lock of 50 ms is an error of the query."""

    def __init__(self, url, query):
        self.url, self.query = url, query
        self.seen, self.longest_seconds, self.error = [], 0.0, None
        self.waits = []
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._read), threading.Thread(target=self._look)]
        self._ready = threading.Event()

    def _read(self):
        try:
            with psycopg.connect(self.url, application_name="reader", autocommit=True) as conn:
                conn.execute("set lock_timeout = '50ms'")
                while not self._stop.is_set():
                    began = time.monotonic()
                    self.seen.append(conn.execute(self.query).fetchone())
                    self.longest_seconds = max(self.longest_seconds, time.monotonic() - began)
                    self._ready.set()
        except psycopg.Error as error:
            self.error = error
        finally:
            self._ready.set()

    def _look(self):
        """What the server itself says of locks the reader waits for."""
        with psycopg.connect(self.url, application_name="watcher", autocommit=True) as conn:
            while not self._stop.is_set():
                self.waits += conn.execute(
                    "select l.mode, l.relation::regclass::text"
                    " from pg_locks as l join pg_stat_activity as a using (pid)"
                    " where a.application_name = 'reader' and a.datname = current_database()"
                    " and (not l.granted or a.wait_event_type = 'Lock')"
                ).fetchall()
                time.sleep(0.002)

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        self._ready.wait(20)
        return self

    def __exit__(self, *_):
        self._stop.set()
        for thread in self._threads:
            thread.join(20)
