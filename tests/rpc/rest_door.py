"""A look-alike of PostgREST's door: requests of the real Supabase clients enter, SQL under the caller's role leaves."""

import json
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qsl, urlsplit

import psycopg
from psycopg import sql

# As Supabase sets them; authenticator's own limit holds for service_role.
TIME_LIMITS = {"anon": "3s", "authenticated": "8s", "service_role": "8s"}
KEYS = {"anon": "anon.test.key", "authenticated": "authenticated.test.key", "service_role": "service_role.test.key"}
_ROLES = {key: role for role, key in KEYS.items()}

# The first prefix of the SQLSTATE that fits, in the order of PostgREST's own table.
_STATUS = (
    ("08", 503), ("09", 500), ("0L", 403), ("0P", 403), ("23503", 409), ("23505", 409), ("25006", 405), ("25", 500),
    ("28", 403), ("40", 500), ("53400", 500), ("53", 503), ("54", 500), ("55", 500), ("57P01", 503), ("57", 500),
    ("58", 500), ("P0001", 400), ("P0", 500), ("XX", 500), ("42883", 404), ("42P01", 404), ("42", 400), ("", 400),
)  # fmt: skip


class Door(ThreadingHTTPServer):
    """Listens on loopback; every request is one transaction of the login role `authenticator`."""

    daemon_threads = True

    def __init__(self, database_url, time_limits=TIME_LIMITS):
        super().__init__(("127.0.0.1", 0), _Request)
        self.database_url = database_url
        self.time_limits = dict(time_limits)
        self.url = f"http://127.0.0.1:{self.server_port}"


@contextmanager
def opened(database_url):
    """Serve until the block ends."""
    door = Door(database_url)
    serving = Thread(target=door.serve_forever, kwargs={"poll_interval": 0.02})
    serving.start()
    try:
        yield door
    finally:
        door.shutdown()
        serving.join()
        door.server_close()


class _Request(BaseHTTPRequestHandler):
    server: Door
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def _serve(self):
        address = urlsplit(self.path)
        words = address.path.strip("/").split("/")
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        token = (self.headers.get("Authorization") or "Bearer ").split(" ", 1)[1] or self.headers.get("apikey")
        role = _ROLES.get(token or "")
        if words[:2] != ["rest", "v1"] or role is None:
            self._answer(401 if role is None else 404, {"code": "PGRST301", "message": "no such door"})
            return
        try:
            query, values = _statement(self.command, words[2:], dict(parse_qsl(address.query)), body)
            with psycopg.connect(self.server.database_url) as connection:
                connection.execute(sql.SQL("set local role {}").format(sql.Identifier(role)))
                limit = self.server.time_limits[role]
                connection.execute("select set_config('statement_timeout', %s, true)", [limit])
                rows = connection.execute(query, values).fetchall()
        except psycopg.Error as error:
            said = error.diag
            status = _status(error.sqlstate or "", role)
            problem = {"code": error.sqlstate, "message": said.message_primary or str(error)}
            self._answer(status, {**problem, "details": said.message_detail, "hint": said.message_hint})
        else:
            called = words[2] == "rpc"
            wanted = called or self.command == "GET" or "return=representation" in (self.headers.get("Prefer") or "")
            self._answer(201 if self.command == "POST" and not called else 200, rows[0][0] if wanted else None)

    do_GET = do_POST = do_PATCH = do_DELETE = _serve  # noqa: N815

    def _answer(self, status, content):
        written = b"" if content is None else json.dumps(content, default=str).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(written)))
        self.end_headers()
        self.wfile.write(written)


def _status(state, role):
    if state.startswith("PT"):
        return int(state[2:])
    if state == "42501":
        return 401 if role == "anon" else 403
    return next(status for prefix, status in _STATUS if state.startswith(prefix))


def _statement(method, words, parameters, body):
    """One statement that answers one JSON value, as PostgREST composes it."""
    given = json.loads(body) if body else {}
    if words[0] == "rpc":
        arguments = sql.SQL(", ").join(sql.SQL("{} => {}").format(sql.Identifier(n), sql.Placeholder(n)) for n in given)
        return sql.SQL("select to_jsonb({}({}))").format(sql.Identifier("public", words[1]), arguments), given
    table = sql.Identifier("public", words[0])
    where, values = _filters(parameters)
    if method == "GET":
        chosen = _columns(parameters.get("select", "*"))
        return sql.SQL("select coalesce(jsonb_agg(x), '[]') from (select {} from {} as t{}) as x").format(
            chosen, table, where
        ), values
    if method == "DELETE":
        changed = sql.SQL("delete from {} as t{} returning *").format(table, where)
    elif method == "PATCH":
        sets = _columns(",".join(given))
        patch = sql.SQL(
            "update {0} as t set ({1}) = (select {1} from jsonb_populate_record(null::{0}, {2})){3} returning *"
        )
        changed = patch.format(table, sets, sql.Literal(json.dumps(given)), where)
    else:
        rows = given if isinstance(given, list) else [given]
        names = parameters.get("columns", ",".join(rows[0])).replace('"', "")
        columns = _columns(names)
        upsert = sql.SQL(
            "insert into {0} ({1}) select {1} from jsonb_populate_recordset(null::{0}, {2}){3} returning *"
        )
        changed = upsert.format(table, columns, sql.Literal(json.dumps(rows)), _merge(parameters, names))
    return sql.SQL("with changed as ({}) select coalesce(jsonb_agg(c), '[]') from changed as c").format(changed), values


def _merge(parameters, names):
    if "on_conflict" not in parameters:
        return sql.SQL("")
    sets = [sql.SQL("{0} = excluded.{0}").format(sql.Identifier(name)) for name in names.split(",")]
    key = _columns(parameters["on_conflict"])
    return sql.SQL(" on conflict ({}) do update set {}").format(key, sql.SQL(", ").join(sets))


def _columns(names):
    named = [name.strip() for name in names.split(",")]
    return sql.SQL(", ").join(sql.SQL("*") if name == "*" else sql.Identifier(name) for name in named)


def _filters(parameters):
    wanted = {
        name: value.partition(".")[2]
        for name, value in parameters.items()
        if name not in ("select", "on_conflict", "columns") and value.startswith(("eq.", "is."))
    }
    tests = [
        sql.SQL("t.{}::text is not distinct from {}").format(sql.Identifier(n), sql.Placeholder(n)) for n in wanted
    ]
    values = {name: None if value == "null" else value for name, value in wanted.items()}
    return sql.SQL(" where ") + sql.SQL(" and ").join(tests) if tests else sql.SQL(""), values
