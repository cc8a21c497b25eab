"""Scrapers as they are, with the real client, through a door like PostgREST's: write, promote, read."""

import json
import shutil
import subprocess

import psycopg
import pytest
from postgrest.exceptions import APIError

BOARD = {"qualification_type": "A-Level", "exam_board": "WJEC"}
BY_SCRAPER = "subject_code,qualification_type,exam_board"
BY_DOCUMENT = "code,qualification_type,exam_board"
BY_PAPER = "subject_id,year,exam_series,paper_number,component_code,tier"
SITE = "https://papers.example.org"
TOPICS = [
    ("1", "Number", None),
    ("1.1", "Primes", "1"),
    ("1.2", "Sets", "1"),
    ("2", "Shape", None),
    ("2.1", "Angles", "2"),
]


def scrape_subject(client, code="1500", name="Computing", board=BOARD):
    """As the scrapers write it: the id comes back from the upsert."""
    row = {"subject_code": code, "subject_name": name, "specification_url": f"{SITE}/{code}", **board}
    return client.table("staging_aqa_subjects").upsert(row, on_conflict=BY_SCRAPER).execute().data[0]["id"]


def scrape_topics(client, subject, topics=TOPICS, board="WJEC"):
    """Two passes: the topics, then their parents by the ids that came back."""
    rows = [
        {
            "subject_id": subject,
            "topic_code": code,
            "topic_name": name,
            "topic_level": code.count("."),
            "exam_board": board,
        }
        for code, name, _ in topics
    ]
    made = client.table("staging_aqa_topics").upsert(rows, on_conflict="subject_id,topic_code").execute().data
    ids = {row["topic_code"]: row["id"] for row in made}
    for row, (_, _, parent) in zip(rows, topics, strict=True):
        if parent:
            whole = {**row, "parent_topic_id": ids[parent]}
            client.table("staging_aqa_topics").upsert(whole, on_conflict="subject_id,topic_code").execute()
    return ids


def paper_sets(subject, years=(2022, 2023)):
    return [
        {
            "subject_id": subject,
            "year": year,
            "exam_series": "June",
            "paper_number": 1,
            "component_code": "1500U10-1",
            "tier": "",
            "question_paper_url": f"{SITE}/{year}-qp.pdf",
            "mark_scheme_url": f"{SITE}/{year}-ms.pdf",
            "examiner_report_url": f"{SITE}/{year}-er.pdf",
            "exam_board": "WJEC",
        }
        for year in years
    ]


def scrape_papers(client, subject, years=(2022, 2023)):
    client.table("staging_aqa_exam_papers").upsert(paper_sets(subject, years), on_conflict=BY_PAPER).execute()


def scrape(client, **subject):
    made = scrape_subject(client, **subject)
    scrape_topics(client, made)
    scrape_papers(client, made)
    return made


def promote(client, board="WJEC", qualification="A-Level"):
    arguments = {"p_exam_board": board, "p_qualification": qualification}
    return client.rpc("promote_staging_to_production", arguments).execute().data


def refusal(client, board="WJEC", qualification="A-Level"):
    with pytest.raises(APIError) as refused:
        promote(client, board, qualification)
    return refused.value


def published(owner):
    return owner.execute(
        "select s.subject_code, s.subject_name, t.topic_code, t.topic_name, t.topic_level, p.topic_code"
        " from public.exam_board_subjects s join public.curriculum_topics t on t.exam_board_subject_id = s.id"
        " left join public.curriculum_topics p on p.id = t.parent_topic_id order by 1, 3"
    ).fetchall()


def test_a_scrape_is_promoted_through_the_real_client(clients, owner):
    scrape(clients.service_role)
    answer = promote(clients.service_role)
    assert {name: answer[name] for name in ("subjects", "topics", "papers")} == {
        "subjects": 1,
        "topics": 5,
        "papers": 6,
    }
    assert answer["release"]
    assert published(owner) == [
        ("1500", "Computing", code, name, code.count("."), parent) for code, name, parent in sorted(TOPICS)
    ]
    papers = owner.execute("select year, type, url from public.exam_papers order by 1, 2").fetchall()
    assert papers[:3] == [
        (2022, "examiner report", f"{SITE}/2022-er.pdf"),
        (2022, "mark scheme", f"{SITE}/2022-ms.pdf"),
        (2022, "question paper", f"{SITE}/2022-qp.pdf"),
    ]


def test_the_documents_names_are_taken_as_well(clients, owner):
    row = {"code": "1500", "name": "Computing", "spec_version": "2015", **BOARD}
    table = clients.service_role.table("staging_aqa_subjects")
    first = table.upsert(row, on_conflict=BY_DOCUMENT).execute().data[0]
    again = table.upsert({**row, "name": "Computer Science"}, on_conflict=BY_DOCUMENT).execute().data[0]
    assert again["id"] == first["id"]
    assert (again["subject_code"], again["subject_name"]) == ("1500", "Computer Science")
    levels = [{"subject_id": first["id"], "topic_code": "1", "topic_name": "Number", "level": 0, "sort_order": 7}]
    clients.service_role.table("staging_aqa_topics").insert(levels).execute()
    paper = {"subject_id": first["id"], "year": 2023, "series": "Summer", "type": "Question Paper", "title": "Unit 1"}
    clients.service_role.table("staging_aqa_exam_papers").insert(
        {**paper, "url": f"{SITE}/a.pdf", "marks": 80}
    ).execute()
    assert promote(clients.service_role)["topics"] == 1
    assert published(owner) == [("1500", "Computer Science", "1", "Number", 0, None)]
    rows = owner.execute("select series, type, title, url, marks from public.exam_papers").fetchall()
    assert rows == [("June", "question paper", "Unit 1", f"{SITE}/a.pdf", 80)]


def test_a_scraper_and_the_document_write_the_same_row(clients, owner):
    scraped = scrape_subject(clients.service_role)
    row = {"code": "1500", "name": "Computing (Wales)", **BOARD}
    met = clients.service_role.table("staging_aqa_subjects").upsert(row, on_conflict=BY_DOCUMENT).execute().data[0]
    assert met["id"] == scraped
    assert met["subject_name"] == "Computing (Wales)"
    back = clients.service_role.table("staging_aqa_subjects")
    back = back.upsert({"subject_code": "1500", "subject_name": "Computing", **BOARD}, on_conflict=BY_SCRAPER).execute()
    assert (back.data[0]["id"], back.data[0]["name"]) == (scraped, "Computing")


def test_scraping_again_and_promoting_again_writes_nothing(clients, owner):
    scrape(clients.service_role)
    first = promote(clients.service_role)
    before = published(owner)
    scrape(clients.service_role)
    again = promote(clients.service_role)
    assert {**again, "written": None} == {**first, "written": None}
    assert published(owner) == before
    assert owner.execute("select count(*) from greenroom.release").fetchone() == (1,)
    assert owner.execute("select count(*) from greenroom.batch").fetchone() == (1,)


def test_scraping_again_keeps_ids_and_brings_what_changed(clients, owner):
    subject = scrape(clients.service_role)
    first = promote(clients.service_role)
    ids = dict(owner.execute("select topic_code, id from public.curriculum_topics").fetchall())
    scrape_topics(clients.service_role, subject, [*TOPICS[:-1], ("2.1", "Angles and lines", "2"), ("2.2", "Area", "2")])
    second = promote(clients.service_role)
    assert second["release"] > first["release"]
    assert second["written"]["topics"]["inserted"] == 1
    assert second["written"]["topics"]["updated"] == 1
    now = dict(owner.execute("select topic_code, id from public.curriculum_topics").fetchall())
    assert {code: now[code] for code in ids} == ids


def test_papers_deleted_and_inserted_anew_are_the_same_papers(clients, owner):
    subject = scrape(clients.service_role)
    first = promote(clients.service_role)
    before = owner.execute("select id, year, type, url from public.exam_papers order by id").fetchall()
    papers = clients.service_role.table("staging_aqa_exam_papers")
    gone = papers.delete().eq("subject_id", subject).execute().data
    assert len(gone) == 2
    clients.service_role.table("staging_aqa_exam_papers").insert(paper_sets(subject)).execute()
    assert promote(clients.service_role)["release"] == first["release"]
    assert owner.execute("select id, year, type, url from public.exam_papers order by id").fetchall() == before
    # a year more, and one file replaced
    clients.service_role.table("staging_aqa_exam_papers").delete().eq("subject_id", subject).execute()
    sets = paper_sets(subject, (2022, 2023, 2024))
    sets[0]["mark_scheme_url"] = f"{SITE}/replaced.pdf"
    clients.service_role.table("staging_aqa_exam_papers").insert(sets).execute()
    written = promote(clients.service_role)["written"]["papers"]
    assert (written["inserted"], written["updated"], written["deleted"]) == (3, 1, 0)
    kept = {row[0] for row in owner.execute("select id from public.exam_papers").fetchall()}
    assert {row[0] for row in before} <= kept


def test_a_refusal_is_a_409_with_the_findings(clients, owner):
    subject = scrape_subject(clients.service_role)
    scrape_topics(clients.service_role, subject, [("1", "Number", None), ("1.1.1", "Too deep", "1")])
    error = refusal(clients.service_role)
    assert error.code == "PT409"
    found = json.loads(error.details)
    assert [(f["check"], f["severity"], f["dataset"]) for f in found] == [("level_jump", "warning", "topics")]
    assert found[0]["unit"] == ["1500", ""]
    assert "WJEC A-Level" in error.message
    assert "greenroom approve" in error.hint
    # nothing is stored by a refusal
    assert owner.execute("select count(*) from greenroom.batch").fetchone() == (0,)
    assert published(owner) == []


def test_after_seal_and_approval_the_same_call_passes(clients, owner):
    subject = scrape_subject(clients.service_role)
    scrape_topics(clients.service_role, subject, [("1", "Number", None), ("1.1.1", "Too deep", "1")])
    assert refusal(clients.service_role).code == "PT409"
    scope = owner.execute("select greenroom_exams.scope_named('WJEC', 'A-Level')").fetchone()[0]
    owner.execute("select greenroom_exams.seal(%s)", [scope])
    owner.execute("select greenroom_exams.decide(%s, 'approved', 'Ann', 'looked')", [scope])
    assert promote(clients.service_role)["topics"] == 2


def test_an_empty_inbox_is_refused(clients):
    error = refusal(clients.service_role)
    assert error.code == "PT409"
    assert json.loads(error.details) == []
    assert "nothing for WJEC A-Level" in error.message


def test_the_documents_batch_promoter_works_as_corrected(clients, owner):
    # promote_batch.py: rpc() only builds the request; execute() sends it, and .data holds the answer.
    supabase = clients.service_role
    scrape(supabase)
    result = supabase.rpc("promote_staging_to_production", {"p_exam_board": "WJEC", "p_qualification": "A-Level"})
    with pytest.raises(TypeError):
        result["subjects"]
    result = result.execute().data
    assert f"Promoted {result['subjects']} subjects, {result['topics']} topics" == "Promoted 1 subjects, 5 topics"


@pytest.mark.parametrize("role", ["anon", "authenticated"])
def test_the_apps_roles_may_not_promote_nor_look_behind(clients, owner, role):
    scrape(clients.service_role)
    client = getattr(clients, role)
    assert refusal(client).code == "42501"
    for table in ("staging_aqa_subjects", "staging_aqa_topics", "staging_aqa_exam_papers"):
        with pytest.raises(APIError) as refused:
            client.table(table).select("*").execute()
        assert refused.value.code == "42501"
        with pytest.raises(APIError) as refused:
            client.table(table).delete().eq("id", "00000000-0000-0000-0000-000000000000").execute()
        assert refused.value.code == "42501"
    with owner.transaction():
        owner.execute(f"set local role {role}")
        looked = owner.execute(
            "select count(*) filter (where has_schema_privilege(n.oid, 'usage') and n.nspname like 'greenroom%%'),"
            " count(*) from pg_namespace n where n.nspname ~ '^(greenroom|preview)'"
        ).fetchone()
        assert looked[0] == 0 and looked[1] >= 3
        reach = owner.execute(
            "select string_agg(c.oid::regclass::text, ', ') from pg_class c join pg_namespace n on"
            " n.oid = c.relnamespace"
            " where n.nspname ~ '^greenroom|^preview' and c.relkind in ('r', 'v') and"
            " has_table_privilege(c.oid, 'select')"
        ).fetchone()
        assert reach == (None,)
        callable_ = owner.execute(
            "select string_agg(p.oid::regprocedure::text, ', ') from pg_proc p join pg_namespace n on"
            " n.oid = p.pronamespace"
            " where n.nspname ~ '^greenroom|^public$' and p.prosecdef and has_function_privilege(p.oid, 'execute')"
            " and has_schema_privilege(n.oid, 'usage')"
        ).fetchone()
        assert callable_ == (None,)


def test_service_role_reaches_only_the_inbox_and_the_one_function(clients, owner):
    with owner.transaction():
        owner.execute("set local role service_role")
        for attempt in ("select * from greenroom.release", "select greenroom_exams.scope_id('{WJEC,A-Level}')"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), owner.transaction():
                owner.execute(attempt)


@pytest.mark.parametrize("role", ["anon", "authenticated"])
def test_the_app_sees_only_what_is_live(clients, owner, role):
    subject = scrape(clients.service_role)
    promote(clients.service_role)
    client = getattr(clients, role)
    tables = ("exam_board_subjects", "curriculum_topics", "exam_papers", "current_curriculum_topics")

    def seen():
        return [len(client.table(table).select("*").execute().data) for table in tables]

    assert seen() == [0, 0, 0, 0]
    owner.execute("update public.exam_board_subjects set live_in_app = true")
    assert seen() == [1, 5, 6, 5]
    # a change to what is live waits as a prepared release, and the caller is told
    scrape_topics(clients.service_role, subject, [*TOPICS, ("3", "Data", None)])
    answer = promote(clients.service_role)
    assert answer["prepared"]["topics"]["inserted"] == 1
    assert seen() == [1, 5, 6, 5]
    for table in tables[:3]:
        with pytest.raises(APIError) as refused:
            client.table(table).delete().eq("id", "00000000-0000-0000-0000-000000000000").execute()
        assert refused.value.code == "42501"


@pytest.mark.parametrize(
    ("written", "qualification", "called", "stands"),
    [
        ("Pearson", "A level", ("Pearson Edexcel", "A Level"), ("Edexcel", "A-Level")),
        ("WJEC (Eduqas)", "A-Level", ("Eduqas", "a-level"), ("EDUQAS", "A-Level")),
        ("WJEC Eduqas", "GCE A Level", ("wjec", "A_LEVEL"), ("WJEC", "A-Level")),
        (
            "EDEXCEL",
            "International A Level ",
            ("Edexcel", "International A Level "),
            ("Edexcel", "International-A-Level"),
        ),
        ("Eduqas (WJEC)", "GCSE (9-1)", ("EDUQAS", "gcse"), ("EDUQAS", "GCSE")),
    ],
)
def test_every_known_spelling_means_one_board(clients, owner, written, qualification, called, stands):
    scrape(clients.service_role, board={"exam_board": written, "qualification_type": qualification})
    assert promote(clients.service_role, *called)["subjects"] == 1
    assert owner.execute(
        "select b.code, q.code from public.exam_board_subjects s join public.exam_boards b on b.id = s.exam_board_id"
        " join public.qualification_types q on q.id = s.qualification_type_id"
    ).fetchall() == [stands]


def test_an_unknown_spelling_is_refused_with_the_known_ones(clients, owner):
    error = refusal(clients.service_role, "Hogwarts", "A-Level")
    assert (error.code, "Hogwarts" in error.message) == ("PT409", True)
    assert "AQA" in error.hint and "WJEC" in error.hint
    error = refusal(clients.service_role, "WJEC", "O-Level")
    assert (error.code, "O-Level" in error.message) == ("PT409", True)
    assert "A-Level" in error.hint and "GCSE" in error.hint
    assert refusal(clients.service_role, None, "A-Level").code == "PT409"
    assert refusal(clients.service_role, "", "").code == "PT409"
    assert owner.execute("select count(*) from greenroom.scope").fetchone() == (0,)


def test_a_row_with_an_unknown_spelling_waits_where_it_is_seen(clients, owner):
    scrape(clients.service_role)
    strange = scrape_subject(
        clients.service_role, "77", "Potions", {"exam_board": "WJECC", "qualification_type": "A-Level"}
    )
    assert promote(clients.service_role)["subjects"] == 1
    assert owner.execute("select id::text, exam_board, subject_code from greenroom_exams.inbox_unknown").fetchall() == [
        (strange, "WJECC", "77")
    ]
    # once the spelling is taught the row is promoted like any other
    scrape_topics(clients.service_role, strange)
    owner.execute("insert into greenroom.exam_board_alias values ('wjecc', 'WJEC')")
    assert promote(clients.service_role)["subjects"] == 2
    assert owner.execute("select count(*) from greenroom_exams.inbox_unknown").fetchone() == (0,)


def test_wrong_arguments_find_no_function(clients):
    with pytest.raises(APIError) as refused:
        clients.service_role.rpc("promote_staging_to_production", {"board": "WJEC"}).execute()
    assert refused.value.code == "42883"


CALL = "select public.promote_staging_to_production('WJEC', 'A-Level')"


def test_plain_sql_gives_the_same_answer_and_the_same_refusal(clients, owner):
    with pytest.raises(psycopg.Error) as refused:
        owner.execute(CALL)
    assert refused.value.sqlstate == "PT409"
    scrape(clients.service_role)
    answer = owner.execute(CALL).fetchone()[0]
    assert answer["topics"] == 5
    assert promote(clients.service_role) == {**answer, "written": {}}
    with owner.transaction():
        owner.execute("set local role service_role")
        assert owner.execute(CALL).fetchone()[0]["release"] == answer["release"]


def test_psql_gives_the_same_answer_and_the_same_refusal(clients, exams):
    psql = shutil.which("psql")
    if not psql:
        pytest.skip("needs psql on this machine")

    def run():
        return subprocess.run([psql, "-XAtq", exams.url, "-c", CALL], capture_output=True, text=True, check=False)

    refused = run()
    assert refused.returncode == 1
    assert "the inbox holds nothing for WJEC A-Level" in refused.stderr
    assert "HINT:" in refused.stderr
    scrape(clients.service_role)
    assert json.loads(run().stdout)["papers"] == 6


def test_an_api_call_that_takes_too_long_changes_nothing(clients, door, owner):
    scrape(clients.service_role)
    door.time_limits["service_role"] = "1ms"
    assert refusal(clients.service_role).code == "57014"
    assert published(owner) == []
    door.time_limits["service_role"] = "8s"
    assert promote(clients.service_role)["topics"] == 5
