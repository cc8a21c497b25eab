"""The first page: what it says, to whom, and that nothing a source wrote becomes markup."""

import re
from html import unescape

import psycopg
import pytest
from tests.publish.exams import Exams, Paper, Subject, Topic, leaves

from greenroom.web.ground import Desk

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
BIOLOGY = Subject(topics=leaves(12), papers=(Paper(),))


@pytest.fixture
def exams(make_database):
    database = make_database("exams")
    with psycopg.connect(database.url, autocommit=True) as connection:
        made = Exams(connection)
        made.url = database.url
        yield made


def words_of(answer):
    """What a reader sees, blanks as one."""
    text = re.sub(r"<(script|style)\b.*?</\1>", " ", answer.text, flags=re.S)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", text)))


def test_a_fresh_database_says_what_to_type(desk, make_database):
    answer = desk(make_database("exams", "schools").url).get("/")
    assert answer.status_code == 200
    words = words_of(answer)
    assert "Nothing has been staged yet" in words
    assert 'greenroom run "WJEC A-Level"' in words
    assert "greenroom import" in words
    assert "Nothing waits for anybody" in words


@pytest.mark.parametrize(("packs", "there", "absent"), [
    (("exams",), "Boards and qualifications", "Datasets of schools"),
    (("schools",), "Datasets of schools", "Boards and qualifications"),
])  # fmt: skip
def test_a_database_with_one_pack_shows_that_pack_alone(desk, make_database, packs, there, absent):
    words = words_of(desk(make_database(*packs).url).get("/"))
    assert there in words
    assert absent not in words


def test_a_database_without_packs_is_told_what_to_install(desk, exams, monkeypatch):
    monkeypatch.setattr(Desk, "packs", lambda desk, conn: [])
    assert "greenroom migrate exams schools" in words_of(desk(exams.url).get("/"))


def test_every_scope_has_a_cell_with_its_state_in_words(desk, exams):
    exams.publish(BIOLOGY)
    exams.live()
    exams.other("OCR", "GCSE").inbox(Subject("J247", "Biology", leaves(3)))
    answer = desk(exams.url).get("/")
    words = words_of(answer)
    assert "1 of 1 subjects live" in words
    assert "12 topics, 1 paper" in words
    assert "4 unsealed inbox rows" in words
    assert 'href="/browse?board=AQA&amp;qualification=A-Level"' in answer.text
    assert 'href="/browse/inbox?board=OCR&amp;qualification=GCSE"' in answer.text
    assert re.search(r"release \d+", words)
    assert "tester" in words
    # a state is a word, whatever colour it has
    assert re.search(r'<span class="badge live">live</span>', answer.text)


def test_the_trend_can_be_read_without_seeing_it(desk, exams):
    exams.publish(BIOLOGY)
    exams.publish(BIOLOGY.but(topics=leaves(14)))
    text = desk(exams.url).get("/").text
    assert 'role="img" aria-label="Rows after the last 2 releases: 14, 16"' in text


def test_what_needs_a_person_comes_with_its_next_step(desk, exams):
    exams.inbox(BIOLOGY.but(topics=(Topic("1", None), *leaves(12, 2))))
    exams.seal()
    exams.one("select greenroom_exams.record_findings(greenroom_exams.pending(%s))", exams.scope)
    answer = desk(exams.url, role="viewer").get("/")
    words = words_of(answer)
    assert "held: " in words
    assert 'greenroom report "AQA A-Level"' in words
    assert f'href="/scope/{exams.scope}"' in answer.text
    work = desk(exams.url).get("/api/overview").json()["work"]
    assert [one["kind"] for one in work] == ["held", "ready"]
    assert answer.text.index("What needs a person") < answer.text.index("Boards and qualifications")


def test_page_and_api_say_the_same(desk, exams):
    exams.publish(BIOLOGY)
    told = desk(exams.url).get("/api/overview").json()
    (cell,) = told["matrices"][0]["cells"]
    assert cell["states"] == ["hidden"]
    assert cell["standing"]["rows"] == 14
    assert told["matrices"][0]["boards"] == ["AQA"]
    assert told["scopes"] == {"hidden": 1}
    assert told["packs"] == ["exams"]


def test_more_work_than_a_screen_holds_is_folded_not_lost(desk, exams):
    for n in range(12):
        exams.rows("insert into greenroom.fetch (address, outcome, message) values (%s, 'failed', 'no')",
                   f"https://x{n}.example/a")  # fmt: skip
    answer = desk(exams.url).get("/")
    assert "4 more" in words_of(answer)
    assert all(f"https://x{n}.example/a failed" in words_of(answer) for n in range(12))


def test_a_second_installation_is_shown_beside(desk, make_database):
    database = make_database("schools")
    with psycopg.connect(database.url, autocommit=True) as connection:
        connection.execute("insert into greenroom.scope (pack, keys, name) values ('schools_1', '{lycees}', 'lycees')")
    told = desk(database.url).get("/api/overview").json()
    assert [group["pack"] for group in told["datasets"]] == ["schools", "schools_1"]
    assert "Datasets of schools_1" in words_of(desk(database.url).get("/"))


def test_every_group_of_the_catalogue_has_its_line(desk, make_database):
    from greenroom import catalog

    told = desk(make_database("schools").url).get("/api/overview").json()
    groups = [group["name"] for group in told["datasets"][0]["groups"]]
    assert groups == list(catalog.groups(catalog.pack_named("schools")))


def test_hostile_texts_of_sources_and_people_are_only_text(desk, exams):
    exams.publish(BIOLOGY)
    exams.rows("update greenroom.release set made_by = %s", HOSTILE)
    exams.rows("insert into public.staging_aqa_subjects (subject_code, qualification_type, exam_board)"
               " values ('1', %s, %s)", HOSTILE, HOSTILE)  # fmt: skip
    exams.rows("insert into greenroom.fetch (address, outcome, message) values (%s, 'failed', %s)", HOSTILE, HOSTILE)
    exams.rows("update greenroom.unit set state = 'held'")
    exams.rows("insert into greenroom.finding (unit_id, check_name, severity, message)"
               " select max(id), %s, 'error', %s from greenroom.unit", HOSTILE, HOSTILE)  # fmt: skip
    exams.rows("insert into greenroom.exam_offer (exam_board, qualification, name, source) values (%s, %s, 'x', 'x')",
               HOSTILE, HOSTILE)  # fmt: skip
    answer = desk(exams.url).get("/")
    assert answer.status_code == 200
    assert answer.text.count("&lt;script&gt;alert(1)") >= 5
    assert "<script>alert" not in answer.text
    assert "<img" not in answer.text


def test_nobody_sees_it_who_is_not_signed_in(desk, exams):
    client = desk(exams.url)
    client.cookies.clear()
    assert client.get("/").status_code == 303
    assert client.get("/api/overview").status_code == 401


def test_one_release_is_no_trend(desk, exams):
    exams.publish(BIOLOGY)
    assert 'class="spark"' not in desk(exams.url).get("/").text


def test_where_no_list_of_offers_is_loaded_it_says_so(desk, exams):
    exams.publish(BIOLOGY)
    place = "/browse?board=AQA&qualification=A-Level"
    said = "No list of offered subjects is loaded"
    assert f"{said}, so nothing can be said of what is missing. greenroom run BOARD" in words_of(
        desk(exams.url).get("/")
    )
    assert f"{said} of AQA, so nothing" in words_of(desk(exams.url).get(place))
    exams.rows("insert into greenroom.exam_offer (exam_board, qualification, name, subject_code, source, page_url)"
               " values ('AQA', 'A-Level', 'Biology', '7402', 'x', null)")  # fmt: skip
    for address in ("/", place):
        assert said not in words_of(desk(exams.url).get(address))
