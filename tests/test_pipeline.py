"""The steps in their order, without a face: what is handed from one to the next, and what is undone when one fails."""

from contextlib import contextmanager

import psycopg
import pytest

from greenroom import catalog, pipeline
from greenroom.db.connection import begin, connect
from greenroom.model.errors import Blocked, ConnectionLost, ContractBroken, SourceMissing
from greenroom.pipeline import Fetching
from greenroom.write.fetch import Store

HEADER = "uai;rentree_scolaire;nom_de_l_etablissement;secteur;type_de_lycee;ips\n"
ROW = "0750654D;2023-2024;LYCEE HENRI IV;public;LEGT;147.6\n"


def opened(url):
    return connect(url, application_name="tests", statement_timeout_seconds=60, lock_timeout_seconds=5)


@pytest.fixture
def conn(make_database):
    with opened(make_database("exams", "schools").url) as connection:
        yield connection


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")


def scope(conn, *words):
    with begin(conn):
        return catalog.one(conn, words)


def kept(store, tmp_path, text, name="lycees.csv"):
    path = tmp_path / name
    path.write_text(text)
    return store.keep(path, address=path.as_uri(), headers={"etag": name})


def value(conn, query):
    with begin(conn):
        return conn.execute(query).fetchone()[0]


def topic(conn, name="Light"):
    with begin(conn):
        conn.execute("delete from public.staging_aqa_subjects")
        conn.execute(
            "insert into public.staging_aqa_subjects (subject_code, subject_name, exam_board, qualification_type)"
            " values ('8999', 'Lantern Studies', 'AQA', 'GCSE')"
        )
        conn.execute(
            "insert into public.staging_aqa_topics (subject_id, topic_code, topic_name, topic_level)"
            " select id, '1', %s, 0 from public.staging_aqa_subjects",
            (name,),
        )


def test_bring_reads_the_files_of_a_folder_in_order(conn, store, tmp_path):
    folder = tmp_path / "files"
    folder.mkdir()
    for name in ("b.csv", "a.csv"):
        (folder / name).write_text(HEADER + ROW + name)
    found = scope(conn, "ips_lycees")
    brought = list(pipeline.bring(found, str(folder), Fetching(store)))
    assert [each.sightings[-1].address.rpartition("/")[2] for each in brought] == ["a.csv", "b.csv"]


def test_bring_without_a_registered_address_asks_for_one(conn, store, tmp_path):
    for words in ("IB IB", "ips_score"):
        with pytest.raises(SourceMissing) as refused:
            list(pipeline.bring(scope(conn, words), None, Fetching(store, home=tmp_path)))
        assert "--from" in refused.value.hint


def test_staging_records_the_look_at_the_source_and_whether_it_was_new(conn, store, tmp_path):
    found = scope(conn, "ips_lycees")
    snapshot = kept(store, tmp_path, HEADER + ROW)
    assert pipeline.stage(conn, found, snapshot, store).batch is not None
    assert pipeline.stage(conn, found, snapshot, store).batch is None
    with begin(conn):
        looks = conn.execute("select outcome, headers, fetched_at::text from greenroom.fetch order by id").fetchall()
        seen = snapshot.sightings[-1]
        assert [look[:2] for look in looks] == [("new", dict(seen.headers)), ("same", dict(seen.headers))]
        assert looks[0][1] == {"etag": "lycees.csv"}
        assert looks[0][2][:19] == seen.fetched_at[:19].replace("T", " ")
        assert conn.execute("select hash, bytes from greenroom.snapshot").fetchall() == [
            (snapshot.hash, snapshot.size_bytes)
        ]


def test_a_dry_run_answers_the_batch_and_leaves_nothing(conn, store, tmp_path):
    staged = pipeline.stage(conn, scope(conn, "ips_lycees"), kept(store, tmp_path, HEADER + ROW), store, dry_run=True)
    assert staged.batch.read == 1
    for table in ("batch", "unit", "finding", "fetch", "snapshot"):
        assert value(conn, f"select count(*) from greenroom.{table}") == 0


def test_a_file_that_breaks_half_way_leaves_nothing(conn, store, tmp_path):
    snapshot = kept(store, tmp_path, HEADER + ROW * 1000 + "one;cell;too;many;in;this;row\n")
    with pytest.raises(ContractBroken):
        pipeline.stage(conn, scope(conn, "ips_lycees"), snapshot, store)
    for table in ("batch", "unit", "fetch", "snapshot"):
        assert value(conn, f"select count(*) from greenroom.{table}") == 0


def test_what_stops_a_batch_is_handed_on_with_it(conn, store, tmp_path):
    snapshot = kept(store, tmp_path, HEADER + ROW + ROW.replace("0750654D", "0750654X"))
    staged = pipeline.stage(conn, scope(conn, "ips_lycees"), snapshot, store)
    assert {finding["check"] for finding in staged.stopping} == {"quarantined"}
    with pytest.raises(Blocked):
        pipeline.promote(conn, scope(conn, "ips_lycees"), by="test")


def test_foreign_rows_are_sealed_promoted_and_shown(conn):
    found = scope(conn, "AQA GCSE")
    topic(conn)
    assert pipeline.seal_inbox(conn, found).batch.staged == 2
    assert pipeline.promote(conn, found, by="test", live=True)["topics"] == 1
    assert value(conn, "select live_in_app from public.exam_board_subjects") is True
    pipeline.live(conn, found, on=False, by="test")
    assert value(conn, "select live_in_app from public.exam_board_subjects") is False


def test_an_inbox_that_holds_nothing_is_a_scraper_that_failed(conn):
    with pytest.raises(SourceMissing, match="holds nothing for AQA GCSE 8999"):
        pipeline.seal_inbox(conn, scope(conn, "AQA GCSE"), "8999")


def test_a_connection_lost_after_commit_is_settled_by_the_key(make_database, monkeypatch):
    url = make_database("exams").url
    with opened(url) as conn:
        found = scope(conn, "AQA GCSE")
        topic(conn)
        pipeline.seal_inbox(conn, found)
        monkeypatch.setattr(pipeline, "begin", _losing_once_after_commit())
        answer = pipeline.promote(conn, found, by="test", again=lambda: opened(url))
        assert answer["release"] == 1
        assert answer["topics"] == 1
        assert value(conn, "select count(*) from greenroom.release") == 1


def test_a_connection_lost_before_commit_wrote_nothing_and_says_so(make_database, monkeypatch):
    url = make_database("exams").url
    with opened(url) as conn:
        found = scope(conn, "AQA GCSE")
        topic(conn)
        pipeline.seal_inbox(conn, found)
        monkeypatch.setattr(pipeline, "begin", _losing_once_before_commit())
        with pytest.raises(ConnectionLost, match="Nothing was promoted"):
            pipeline.promote(conn, found, by="test", again=lambda: opened(url))
        assert value(conn, "select count(*) from greenroom.release") == 0


def _losing_once_after_commit():
    left = [1]

    @contextmanager
    def lost(connection):
        with begin(connection):
            yield
        if left and left.pop():
            raise ConnectionLost

    return lost


def _losing_once_before_commit():
    left = [1]

    @contextmanager
    def lost(connection):
        with begin(connection):
            yield
            if left and left.pop():
                raise ConnectionLost

    return lost


def test_promoting_again_writes_nothing(conn):
    found = scope(conn, "AQA GCSE")
    topic(conn)
    pipeline.seal_inbox(conn, found)
    first = pipeline.promote(conn, found, by="test")
    again = pipeline.promote(conn, found, by="test")
    assert again["release"] == first["release"]
    assert not again["written"]
    assert value(conn, "select count(*) from greenroom.release") == 1


def test_nothing_of_ours_is_left_open(conn):
    scope(conn, "AQA GCSE")
    assert conn.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
