"""A database in which every page of the desk has something to show, and the addresses of all those pages.

The texts that people and sources write are given: plain ones to see whether a page is well made, hostile ones to see
whether it stays what it is.
"""

import csv
from dataclasses import dataclass, field
from urllib.parse import urlencode

import psycopg
from psycopg import sql
from tests.audit.test_source import LEAVES
from tests.cli.lycees import KIND, PLACE, SCORES, uai
from tests.publish.exams import Exams, Paper, Subject, Topic

from greenroom.db.connection import begin
from greenroom.web.app import doors

PLAIN = (
    "Cells and their membranes",
    "Énergie, matière et société",
    "Rivers & coasts: “erosion”",
    "The Tudors, 1485–1603",
    "Photosynthesis",
    "Newton's laws of motion",
    "Urban issues",
    "Le théâtre du XXᵉ siècle",
    "Y Gymraeg",
    "Quadratic equations",
)
SCHOOL = uai(1)


@dataclass
class Furnished:
    """What `furnish` made, by which the addresses are named."""

    exams: Exams
    superuser_url: str
    scopes: list[int] = field(default_factory=list)
    findings: list[int] = field(default_factory=list)
    unread: list[int] = field(default_factory=list)
    releases: list[int] = field(default_factory=list)
    jobs: list[int] = field(default_factory=list)
    rows: list[str] = field(default_factory=list)
    papers: list[str] = field(default_factory=list)
    snapshot: str = ""

    @property
    def scope(self) -> int:
        return self.exams.scope


def furnish(terminal, superuser_url, connection, site, tmp_path, texts=PLAIN) -> Furnished:
    """Fill the database of a terminal that has both packs."""
    made = Furnished(Exams(connection), superuser_url)
    _specifications(made, texts)
    _schools(terminal, tmp_path, texts)
    made.snapshot = site.app.state.ground.fetching.store.keep(
        [LEAVES], address="https://example.org/spec.pdf", headers={}
    ).hash
    _corrections(site, made, texts)
    _ledger(made, texts)
    found = made.exams.rows
    made.scopes = [each["id"] for each in found("select id from greenroom.scope order by pack, id")]
    made.findings = [each["id"] for each in found("select id from greenroom.finding order by id desc")]
    made.unread = [each["id"] for each in found("select id from greenroom.quarantine order by id desc")]
    made.releases = [each["id"] for each in found("select id from greenroom.release order by id desc")]
    made.jobs = [each["id"] for each in found("select id from greenroom.desk_job order by id desc")]
    return made


def _turned(texts, by):
    by %= len(texts)
    return [*texts[by:], *texts[:by]]


def biology(texts, by: int) -> Subject:
    """A subject with a topic and a paper for each text, under other numbers in each edition."""
    words = _turned(texts, by)
    topics = [Topic("1", words[0]), Topic("2", words[1])]
    topics += [Topic(f"{1 + n % 2}.{n}", text, str(1 + n % 2)) for n, text in enumerate(words)]
    codes = [Topic(f"{text[:140]} {n}", f"Named by {n}", "2") for n, text in enumerate(texts) if text.strip()]
    papers = [
        Paper(year=2000 + n % 20, number=n + 1, url=f"https://example.org/{n}.pdf", title=text)
        for n, text in enumerate(words)
    ]
    return Subject("7402", words[2], tuple([*topics, *codes]), tuple(papers))


def _specifications(made: Furnished, texts) -> None:
    exams = made.exams.app()
    exams.inbox(biology(texts, 0))
    _described(exams, texts)
    exams.seal()
    _decide(exams)
    exams.promote(live=True)
    exams.hang("public.flashcards", exams.one("select min(id::text)::uuid from public.curriculum_topics"))
    exams.inbox(biology(texts, 1))
    _described(exams, _turned(texts, 1))
    exams.seal()
    _decide(exams)
    exams.promote(by=texts[0])
    # what waits: other names again, a level that jumps, cells that cannot be read, a second subject of a name
    waiting = biology(texts, 2)
    exams.inbox(waiting.but(topics=(*waiting.topics, Topic("2.9999", "Jump", "2", level=5))))
    exams.inbox(*(Subject(f"S{n}", text, (Topic("1", text),)) for n, text in enumerate(texts)))
    _described(exams, _turned(texts, 2))
    exams.rows("update public.staging_aqa_exam_papers set exam_series = title, year = null where paper_number % 7 = 0")
    exams.seal()
    exams.rows("select greenroom_exams.record_findings(greenroom_exams.pending(%s))", exams.scope)
    # and in the inbox, which nobody has sealed: spellings that nobody knows
    exams.inbox(*(Subject(f"N{n}", text, (Topic("1", text),)) for n, text in enumerate(texts[:20])))
    for n, text in enumerate(texts):
        exams.rows(
            "insert into public.staging_aqa_subjects (subject_code, subject_name, exam_board, qualification_type)"
            " values (%s, %s, %s, %s)", f"F{n}", text, text[:100], text[:100],
        )  # fmt: skip
        exams.rows(
            "insert into greenroom.exam_offer (exam_board, qualification, name, subject_code, source, page_url)"
            " values ('AQA', 'A-Level', %s, %s, %s, %s)", text, f"O{n}", text, text,
        )  # fmt: skip
        exams.rows("insert into greenroom.link (url, outcome, detail) values (%s, 'gone', %s)"
                   " on conflict do nothing", f"https://example.org/{n}.pdf", text)  # fmt: skip
    other = exams.other("OCR", "GCSE")
    other.publish(Subject("J198", texts[3], (Topic("1", texts[4]),), (Paper(),)))


def _described(exams: Exams, texts) -> None:
    """Every other column a scraper may write."""
    exams.rows(
        "update public.staging_aqa_topics as t set description = w.text, component_code = left(w.text, 60),"
        " chronological_period = left(w.text, 60), geographical_region = left(w.text, 60),"
        " key_themes = jsonb_build_array(w.text), page_reference = left(w.text, 60)"
        " from (select row_number() over (order by n) as n, text from"
        "   unnest(%s::text[]) with ordinality as u (text, n)) as w"
        " where w.n = 1 + t.sort_order %% %s", list(texts), len(texts),
    )  # fmt: skip
    exams.rows(
        "update public.staging_aqa_exam_papers as p set tier = left(w.text, 40), component_code = left(w.text, 40)"
        " from unnest(%s::text[]) with ordinality as w (text, n) where w.n = 1 + p.paper_number %% %s",
        list(texts), len(texts),
    )  # fmt: skip
    exams.rows(
        "update public.staging_aqa_subjects as s set specification_url = w.text, specification_pdf_url = w.text"
        " from (select text, n from unnest(%s::text[]) with ordinality as u (text, n)) as w"
        " where w.n = 1 + abs(hashtext(s.subject_code)) %% %s", list(texts), len(texts),
    )  # fmt: skip


def _decide(exams: Exams) -> None:
    exams.rows("select greenroom_exams.record_findings(greenroom_exams.pending(%s))", exams.scope)
    stopping = [each for each in exams.findings() if each["severity"] == "error"]
    for check in sorted({each["check_name"] for each in stopping}):
        exams.waive(check, "2099-01-01")
    exams.approve()


def _schools(terminal, tmp_path, texts) -> None:
    for year in ("2022-2023", "2023-2024"):
        rows = [
            {
                "rentree_scolaire": year,
                **PLACE,
                "code_du_departement": "75",
                "code_insee_de_la_commune": "75101",
                "academie": text,
                "departement": text,
                "nom_de_la_commune": text,
                "uai": uai(n),
                "nom_de_l_etablissement": text,
                **KIND,
                **SCORES,
                "ips_etab": str(80 + n % 60),
            }
            for n, text in enumerate(texts, start=1)
        ]
        # one that cannot be read
        rows.append({**rows[0], "uai": texts[0], "ips_etab": texts[1]})
        path = tmp_path / f"lycees-{year}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]), delimiter=";")
            writer.writeheader()
            writer.writerows(rows)
        terminal("stage", "ips_lycees", "--from", path, "--complete", "--period", year, code=None)
        terminal("approve", "ips_lycees", "--note", "seen", code=None)
        if year < "2023":
            terminal("promote", "ips_lycees")


def _corrections(site, made: Furnished, texts) -> None:
    """Corrections through the desk's own door, then an edition that disagrees with some."""
    from greenroom.audit import edits
    from greenroom_exams.pack import pack

    exams = made.exams
    with site.app.state.ground.connections.one() as conn, begin(conn):
        unit = edits.open_unit(conn, pack, exams.scope, "topics", ("7402", ""), by="Ada")
        rows = [row for row in edits.rows(conn, pack, unit) if row.values["topic_level"]][:8]
        changes = [
            {"do": "set", "row": row.ref, "column": "topic_name", "value": f"{n}{texts[n % len(texts)]}"[:9000]}
            for n, row in enumerate(rows)
        ]
        edits.change(conn, pack, unit, [*changes, {"do": "delete", "row": rows[-1].ref}], by="Ada", reason=texts[0])
    exams.inbox(biology(texts, 3))
    exams.rows("delete from public.staging_aqa_subjects where subject_code ~ '^[NF]'")
    exams.seal("7402")
    exams.rows("select greenroom_exams.record_findings(greenroom_exams.pending(%s))", exams.scope)
    with site.app.state.ground.connections.one() as conn, begin(conn):
        unit = edits.open_unit(conn, pack, exams.scope, "topics", ("7402", ""), by="Ada")
        rows = edits.rows(conn, pack, unit)
        made.rows = [*[row.ref for row in rows if row.edited][:3], rows[0].ref]
        unit = edits.open_unit(conn, pack, exams.scope, "papers", ("7402", ""), by="Ada")
        made.papers = [row.ref for row in edits.rows(conn, pack, unit)][:2]


# What the ledger calls things by, and what is one of a few words: another text there would be another thing.
_NAMES = {
    ("scope", "pack"), ("scope", "name"), ("snapshot", "hash"), ("fetch", "hash"), ("batch", "snapshot"),
    ("unit", "dataset"), ("unit", "hash"), ("unit", "sealed_hash"), ("published", "dataset"), ("published", "hash"),
    ("quarantine", "dataset"), ("waiver", "dataset"), ("waiver", "unit_hash"), ("waiver", "check_name"),
    ("approval", "dataset"), ("approval", "unit_hash"), ("approval", "findings_seen"), ("release_unit", "dataset"),
    ("release_unit", "hash_before"), ("release_unit", "hash_after"), ("history", "dataset"), ("drift", "pack"),
    ("drift", "dataset"), ("succession", "dataset"), ("edit", "dataset"), ("edit", "row_ref"),
    ("edit", "column_name"), ("comment", "dataset"), ("gesture", "dataset"), ("policy", "pack"),
    ("finding", "check_name"), ("installation", "pack"), ("refresh", "pack"), ("refresh", "name"), ("link", "url"),
    ("exam_offer", "exam_board"), ("exam_offer", "qualification"), ("succession", "unit_key"),
}  # fmt: skip
# Not of what the desk shows: how the schema came to be, sessions, hashes of secrets.
_TABLES = {
    "migration", "made", "installation", "switch", "consumer_query", "session", "sign_in_link", "sign_in",
    "sign_in_flow", "snapshot", "lineage", "refresh", "row_hash", "policy", "published", "unit", "scope",
}  # fmt: skip


def _ledger(made: Furnished, texts) -> None:
    """Every text that people, parsers and sites leave in the ledger, whoever wrote it: each column by its type."""
    exams = made.exams
    exams.rows(
        "insert into greenroom.finding (unit_id, check_name, severity, message, row_key, position, found_by)"
        " select max(u.id), 'loose_text', 'warning', w.text, w.text, 'page 1 at 50 197 150 210', 'parser'"
        " from greenroom.unit as u, unnest(%s::text[]) as w (text) where u.dataset = 'topics' and u.key[1] = '7402'"
        " group by w.text", list(texts),
    )  # fmt: skip
    exams.rows(
        "insert into greenroom.comment (scope_id, text, commented_by) select %s, w.text, w.text"
        " from unnest(%s::text[]) as w (text)", exams.scope, list(texts),
    )  # fmt: skip
    exams.rows(
        "insert into greenroom.assignment (scope_id, assigned_to, assigned_by, note)"
        " select %s, left(w.text, 200), w.text, w.text from (select distinct on (left(text, 200)) text"
        " from unnest(%s::text[]) as w (text)) as w", exams.scope, list(texts),
    )  # fmt: skip
    exams.rows(
        "insert into greenroom.quarantine (batch_id, unit_id, dataset, rule, value, position, row_data)"
        " select max(u.batch_id), max(u.id), 'topics', 'not_a_number', w.text, 'line 1', jsonb_build_object("
        "'topic_name', w.text, w.text, w.text)"
        " from greenroom.unit as u, unnest(%s::text[]) as w (text) where u.dataset = 'topics' and u.key[1] = '7402'"
        " group by w.text", list(texts),
    )  # fmt: skip
    exams.rows(
        "insert into greenroom.desk_job (key, scope_id, verb, dry_run, arguments, title, asked_by, began_at, ended_at,"
        " state, steps, result, runner)"
        " select gen_random_uuid(), %s, 'promote', true, jsonb_build_object('only', '7402', 'note', texts.whole),"
        " texts.whole, 'x', now(), now(), s.state, jsonb_build_array(jsonb_build_object('seconds', 1, 'text',"
        " texts.whole)), jsonb_build_object('lines', to_jsonb(%s::text[]), 'cause', texts.whole, 'cure', texts.whole,"
        " 'changes', to_jsonb(%s::text[]), 'undo', texts.whole, 'findings', (select jsonb_agg(jsonb_build_object("
        "'severity', 'error', 'check', w.text, 'dataset', w.text, 'unit', jsonb_build_array(w.text), 'message',"
        " w.text)) from unnest(%s::text[]) as w (text))), gen_random_uuid()"
        " from (select %s::text as whole) as texts, (values ('done'), ('refused')) as s (state)",
        exams.scope, list(texts), list(texts), list(texts), "\n".join(texts[:60]),
    )  # fmt: skip
    exams.rows("update greenroom.batch set snapshot = %s where id in (select max(batch_id) from greenroom.unit"
               " where dataset = 'topics' and key[1] = '7402')", made.snapshot)  # fmt: skip
    exams.rows("insert into greenroom.fetch (address, outcome, message)"
               " select w.text, 'failed', w.text from unnest(%s::text[]) as w (text)", list(texts))  # fmt: skip
    exams.rows(
        "insert into greenroom.person (name, role, email, added_by) select btrim(left(w.text, 200)), 'viewer',"
        " null, 'x'"
        " from unnest(%s::text[]) as w (text) where btrim(w.text) <> '' on conflict do nothing", list(texts),
    )  # fmt: skip
    exams.rows("update public.curriculum_topics set topic_name = topic_name || ' ' where id ="
               " (select min(id::text)::uuid from public.curriculum_topics)")  # fmt: skip
    if texts is PLAIN:
        return
    with psycopg.connect(made.superuser_url, autocommit=True) as connection:
        connection.execute("set session_replication_role = replica")
        for table, column, kind in _columns(connection):
            _overwrite(connection, table, column, kind, texts)


def _columns(connection):
    found = connection.execute(
        "select table_name, column_name, data_type from information_schema.columns as c"
        " join information_schema.tables as t using (table_schema, table_name)"
        " where table_schema = 'greenroom' and table_type = 'BASE TABLE' and data_type in ('text', 'jsonb')"
        " and is_generated = 'NEVER' order by 1, 2"
    ).fetchall()
    return [
        (table, column, kind)
        for table, column, kind in found
        if table not in _TABLES
        and (table, column) not in _NAMES
        and not table.startswith(("batch_", "edited_", "prepared_", "desk_job"))
    ]


def _overwrite(connection, table, column, kind, texts) -> None:
    """Spread the texts over what stands in a column; a column of a few words refuses, and keeps them."""
    if kind == "jsonb" and (table, column) not in {("edit", "base"), ("edit", "value"), ("edit", "theirs")}:
        return
    # other actions keep rows and places, which are no texts
    more = sql.SQL(" and action = 'set'") if kind == "jsonb" else sql.SQL("")
    value = sql.SQL("to_jsonb(w.text)") if kind == "jsonb" else sql.SQL("w.text")
    statement = sql.SQL(
        "update greenroom.{table} as t set {column} = {value} from (select ctid as place, row_number() over () as n,"
        " count(*) over () as rows from greenroom.{table} where {column} is not null{more}) as r,"
        " lateral (select string_agg(u.text, E' \\u2043 ' order by u.n) as text from unnest(%s::text[]) with ordinality"
        " as u (text, n) where u.n %% least(r.rows, %s) = r.n %% least(r.rows, %s)) as w where t.ctid = r.place"
    ).format(table=sql.Identifier(table), column=sql.Identifier(column), value=value, more=more)
    try:
        connection.execute(statement, [list(texts), len(texts), len(texts)])
    except (psycopg.errors.CheckViolation, psycopg.errors.UniqueViolation):
        return


# Addresses


def pages_of(app, made: Furnished, *, many: int = 1) -> dict[str, list[str]]:
    """Addresses by the route they stand for: of every page that can be looked at, at least one."""
    known = _examples(made, many)
    routes = {
        door.path
        for door in doors(app)
        if "GET" in door.methods and not door.path.startswith(("/api/", "/static/", "/login/"))
    }
    missing = routes - set(known)
    assert not missing, f"say in furnished.py how these pages are reached: {sorted(missing)}"
    return {route: [address for address in known[route] if address] for route in sorted(routes)}


def _examples(made: Furnished, many: int) -> dict[str, list[str]]:
    scope = made.scope
    school = next(each for each in reversed(made.scopes) if each != scope)
    both = "board=AQA&qualification=A-Level"
    unit = f"{both}&subject=7402&version="
    at = f"/scope/{scope}"
    leaf = f"{at}/source/{made.snapshot}/page/1"
    layers = ("production", "batch", "preview", "inbox")
    return {
        "/": ["/"],
        "/data-viewer-v2.html": [f"/data-viewer-v2.html?{unit}"],
        "/browse": [
            "/browse", f"/browse?{both}", f"/browse?{both}&q=a",
            *(f"/browse?{unit}&layer={layer}&open=all" for layer in layers),
            *(f"/browse?{unit}&layer={layer}&show=papers" for layer in layers),
        ],
        "/browse/inbox": ["/browse/inbox", f"/browse/inbox?{both}"],
        "/browse/batch/{batch}": [f"/browse/batch/{_newest(made)}"],
        "/browse/add": [f"/browse/add?{both}&subject=7402"],
        "/scope/{scope_id}": [at, f"{at}?subject=7402", f"{at}?check=loose_text", f"{at}?check=loose_text&page=2",
                              f"/scope/{school}"],
        "/scope/{scope_id}/diff": [f"{at}/diff?subject=7402", f"{at}/diff?subject=7402&show=all",
                                   f"/scope/{school}/diff"],
        "/scope/{scope_id}/edits": [f"{at}/edits", f"{at}/edits?subject=7402&show=history"],
        "/scope/{scope_id}/impact": [f"{at}/impact", f"{at}/impact?subject=7402"],
        "/scope/{scope_id}/quarantine": [f"{at}/quarantine", f"{at}/quarantine?page=2"],
        "/scope/{scope_id}/waivers": [f"{at}/waivers", f"{at}/waivers?check=level_jump"],
        "/scope/{scope_id}/between": [f"{at}/between?old=7402&new=S1", f"{at}/between"],
        "/finding/{finding_id}/source": [f"/finding/{each}/source" for each in made.findings[:many]],
        "/quarantine/{unread_id}/source": [f"/quarantine/{each}/source" for each in made.unread[:many]],
        "/finding/{finding_id}/page.png": [f"/finding/{_boxed(made)}/page.png"],
        "/quarantine/{unread_id}/page.png": [],
        "/scope/{scope_id}/source/{snapshot}/page/{leaf}": [leaf],
        "/scope/{scope_id}/source/{snapshot}/page/{leaf}.png": [f"{leaf}.png"],
        "/scope/{scope_id}/decide": [f"{at}/decide", f"{at}/decide?only=7402", f"/scope/{school}/decide"],
        "/scope/{scope_id}/rows": [
            f"{at}/rows?dataset=papers", f"{at}/rows?dataset=papers&unit=7402&unit=",
            f"{at}/rows?dataset=subjects&unit=7402&unit=", f"/scope/{school}/rows?dataset=ips_lycees",
        ],
        "/scope/{scope_id}/rows/row": [
            f"{at}/rows/row?" + urlencode([("dataset", "papers"), ("unit", "7402"), ("unit", ""), ("row", ref)])
            for ref in made.papers[:many]
        ],
        "/scope/{scope_id}/tree": [f"{at}/tree", f"{at}/tree?subject=7402&version=", f"{at}/tree?subject=S1&version="],
        "/scope/{scope_id}/tree/row": [
            f"{at}/tree/row?" + urlencode({"subject": "7402", "version": "", "row": ref}) for ref in made.rows
        ],
        "/jobs": ["/jobs"],
        "/jobs/{job_id}": [f"/jobs/{each}" for each in made.jobs],
        "/jobs/{job_id}/progress": [f"/jobs/{made.jobs[0]}/progress"],
        "/releases": ["/releases"],
        "/favicon.ico": ["/favicon.ico"],
        "/releases.atom": ["/releases.atom"],
        "/releases/{release_id}": [f"/releases/{each}" for each in made.releases],
        "/scope/{scope_id}/releases": [
            f"{at}/releases", f"{at}/releases?a={min(made.releases)}&b=0", f"/scope/{school}/releases",
        ],
        "/api": ["/api"],
        "/login": ["/login"],
        "/start/{token}": [],
        "/account": ["/account"],
        "/people": ["/people"],
        "/schools": ["/schools"],
        "/schools/map": ["/schools/map", "/schools/map?departement=75"],
        "/schools/joins": ["/schools/joins"],
        "/schools/joins/{dataset}/{column}": ["/schools/joins/ips_lycees_years/uai"],
        "/schools/{dataset}": [
            "/schools/ips_lycees", "/schools/ips_lycees?layer=batch", "/schools/ips_lycees?page=2",
            "/schools/ips_lycees?column=nom_de_la_commune&how=contains&value=a",
        ],
        "/schools/{dataset}/row": [f"/schools/ips_lycees/row?{urlencode({'key': SCHOOL})}"],
        "/schools/{dataset}/distribution": [
            "/schools/ips_lycees/distribution", "/schools/ips_lycees/distribution?column=ips",
        ],
        "/schools/{dataset}/csv": ["/schools/ips_lycees/csv"],
    }  # fmt: skip


def _newest(made: Furnished) -> int:
    return made.exams.one("select max(batch_id) from greenroom.unit where key[1] = '7402' and dataset = 'topics'")


def _boxed(made: Furnished) -> int:
    return made.exams.one("select max(id) from greenroom.finding where check_name = 'loose_text'")


# Routes that answer something else than a page.
FILES = {
    "/finding/{finding_id}/page.png",
    "/quarantine/{unread_id}/page.png",
    "/scope/{scope_id}/source/{snapshot}/page/{leaf}.png",
    "/schools/{dataset}/csv",
    "/releases.atom",
    "/favicon.ico",
}
FRAGMENTS = {"/jobs/{job_id}/progress"}
