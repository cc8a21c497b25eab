"""Landing becomes a batch: typed, accounted for to the row, the same content never twice."""

import io

import psycopg
import pytest
from psycopg import sql

from greenroom import catalog
from greenroom.db.connection import begin, connect
from greenroom.db.kernel import call
from greenroom.db.kernel import rows as kernel_rows
from greenroom.model.check import Finding
from greenroom.model.errors import Blocked, DatabaseError
from greenroom.write import formats, put, seal
from greenroom.write.seal import Origin

HEADER = "uai;rentree_scolaire;nom_de_l_etablissement;secteur;type_de_lycee;ips\n"
ROW = "0750654D;2023-2024;LYCEE HENRI IV;public;LEGT;147.6\n"
OTHER = "0782562L;2022-2023;LYCEE HOCHE;public;LEGT;151.4\n"


@pytest.fixture
def conn(make_database):
    url = make_database("exams", "schools").url
    with connect(url, application_name="tests", statement_timeout_seconds=60, lock_timeout_seconds=5) as connection:
        yield connection


def sealed(conn, text, *, complete=None, name="ips_lycees"):
    """Seal one file, of lycées if nothing else is said, in a transaction of its own."""
    with begin(conn):
        found = catalog.one(conn, [name])
        dataset = catalog.entry(found.pack, found.keys[0])
        with formats.opened(io.BytesIO(text.encode())) as table:
            put.landing(conn, dataset, table)
        return seal.seal_landing(
            conn, found.pack, dataset, found.scope_id, origin=Origin("a file", "a hash", "a parser"), complete=complete
        )


def rows(conn, query):
    with begin(conn):
        return conn.execute(query).fetchall()


def inbox(conn, *subjects):
    with begin(conn):
        for code, name in subjects:
            conn.execute(
                "insert into public.staging_aqa_subjects (subject_code, subject_name, exam_board, qualification_type)"
                " values (%s, %s, 'AQA', 'GCSE')",
                (code, name),
            )
            conn.execute(
                "insert into public.staging_aqa_topics (subject_id, topic_code, topic_name, topic_level)"
                " select id, '1', 'All of it', 0 from public.staging_aqa_subjects where subject_code = %s",
                (code,),
            )


def seal_inbox(conn, only=None):
    with begin(conn):
        found = catalog.one(conn, ["AQA GCSE"])
        return seal.seal_inbox(conn, found.pack, found.scope_id, only=only, origin=Origin("inbox"))


def test_what_was_read_is_staged_quarantined_or_a_duplicate(conn):
    text = HEADER + ROW + ROW + OTHER + ROW.replace("147.6", "much") + ROW.replace("0750654D", "")
    batch = sealed(conn, text)
    assert (batch.read, batch.staged, batch.quarantined, batch.duplicates) == (5, 2, 2, 1)
    found = rows(conn, "select rule, value, position from greenroom.quarantine order by id")
    assert found == [("bad_ips", "much", "row 4"), ("missing_uai", None, "row 5")]


def test_a_row_in_quarantine_is_kept_as_it_was(conn):
    sealed(conn, HEADER + ROW + ROW.replace("147.6", "much"))
    ((kept,),) = rows(conn, "select row_data from greenroom.quarantine")
    assert kept["ips"] == "much"
    assert kept["uai"] == "0750654D"


def test_each_year_is_a_unit_and_the_newest_complete_one_the_current(conn):
    sealed(conn, HEADER + ROW + OTHER, complete=True)
    units = rows(conn, "select dataset, key, complete, row_count from greenroom.unit order by dataset, key")
    assert units == [
        ("ips_lycees", [], True, 1),
        ("ips_lycees_years", ["2022-2023"], True, 1),
        ("ips_lycees_years", ["2023-2024"], True, 1),
    ]
    assert rows(conn, "select uai from greenroom.batch_ips_lycees") == [("0750654D",)]


def test_a_file_below_the_datasets_bound_is_incomplete(conn):
    sealed(conn, HEADER + ROW)
    assert rows(conn, "select dataset, complete from greenroom.unit") == [("ips_lycees_years", False)]


def test_the_same_content_is_not_sealed_twice(conn):
    assert sealed(conn, HEADER + ROW + OTHER) is not None
    assert sealed(conn, HEADER + OTHER + ROW) is None
    assert rows(conn, "select count(*) from greenroom.batch") == [(1,)]


def test_the_same_content_said_to_be_whole_is_new(conn):
    sealed(conn, HEADER + ROW)
    assert sealed(conn, HEADER + ROW, complete=True) is not None


def test_a_newer_batch_takes_the_place_of_one_that_waits(conn):
    first = sealed(conn, HEADER + ROW + OTHER)
    second = sealed(conn, HEADER + ROW.replace("147.6", "147.7"))
    states = dict(rows(conn, "select batch_id || ' ' || key[1], state from greenroom.unit"))
    assert states[f"{first.id} 2023-2024"] == "superseded"
    assert states[f"{second.id} 2023-2024"] == "sealed"
    # the year that the second file does not hold still waits
    assert states[f"{first.id} 2022-2023"] == "sealed"


def test_a_batch_remembers_where_it_came_from(conn):
    sealed(conn, HEADER + ROW)
    assert rows(conn, "select origin, source, snapshot, parser from greenroom.batch") == [
        ("file", "a file", "a hash", "a parser")
    ]


def test_a_batch_is_found_by_its_number(conn):
    batch = sealed(conn, HEADER + ROW)
    with begin(conn):
        assert seal.batch(conn, batch.id) == batch


def test_rows_none_of_which_can_be_read_are_refused_and_not_stored(conn):
    with pytest.raises(Blocked) as refused:
        sealed(conn, HEADER + ROW.replace("147.6", "much"))
    assert [finding["check"] for finding in refused.value.findings] == ["bad_ips"]
    assert rows(conn, "select count(*) from greenroom.batch") == [(0,)]


def test_a_database_whose_batches_were_made_by_an_earlier_version_seals_again(conn):
    names = ("ips_lycees", "ips_lycees_years", "ips_colleges", "ips_colleges_years")
    with begin(conn):
        for name in names:
            conn.execute(
                sql.SQL(
                    "alter table {} add row_key text not null, add parent_row_key text, add position text,"
                    " add derived text[], add primary key (unit_id, row_no)"
                ).format(sql.Identifier("greenroom", f"batch_{name}"))
            )
    with pytest.raises(DatabaseError, match="row_key"):
        sealed(conn, HEADER + ROW)
    found = catalog.pack_named("schools")
    with begin(conn):
        conn.execute(found.sql_folder().joinpath("migrations", "103c_batches_of_files.sql").read_bytes())
    batch = sealed(conn, HEADER + ROW + OTHER, complete=True)
    with begin(conn):
        assert call(conn, found, "record_findings", units=list(batch.units)) is not None
    assert rows(conn, "select count(*) from greenroom.batch_ips_lycees_years") == [(2,)]


def test_a_day_that_no_month_has_goes_to_quarantine_by_name(conn):
    moves = (
        "mouvement;mod;date_eff\na;32;2024-01-01\nb;32;2024-02-31\nc;32;2023-02-29\nd;32;2024-02-29\ne;32;0000-01-01\n"
    )
    batch = sealed(conn, moves, name="communes_mouvements")
    assert (batch.read, batch.staged, batch.quarantined) == (5, 2, 3)
    assert rows(conn, "select rule, value, position from greenroom.quarantine order by id") == [
        ("bad_date_eff", "2024-02-31", "row 2"),
        ("bad_date_eff", "2023-02-29", "row 3"),
        ("bad_date_eff", "0000-01-01", "row 5"),
    ]


def test_landing_is_gone_with_its_transaction(conn):
    sealed(conn, HEADER + ROW)
    assert rows(conn, "select to_regclass('pg_temp.landing')") == [(None,)]


def test_the_inbox_is_sealed_by_subject(conn):
    inbox(conn, ("8999", "Lantern Studies"), ("8998", "Beacon Studies"))
    assert seal_inbox(conn, "8998").read == 2
    assert seal_inbox(conn).read == 2
    assert seal_inbox(conn) is None
    keys = rows(conn, "select distinct key[1] from greenroom.unit order by 1")
    assert keys == [("8998",), ("8999",)]


def test_an_inbox_of_rows_nobody_can_read_is_refused_with_them(conn):
    with begin(conn):
        conn.execute(
            "insert into public.staging_aqa_subjects (subject_name, exam_board, qualification_type)"
            " values ('Nameless', 'AQA', 'GCSE')"
        )
    with pytest.raises(Blocked) as refused:
        seal_inbox(conn)
    (finding,) = refused.value.findings
    assert finding["dataset"] == "subjects"
    assert "code" in str(finding["check"])


def test_an_unreadable_row_that_has_been_told_of_is_not_told_again(conn):
    inbox(conn, ("8999", "Lantern Studies"))
    with begin(conn):
        conn.execute(
            "insert into public.staging_aqa_subjects (subject_name, exam_board, qualification_type)"
            " values ('Nameless', 'AQA', 'GCSE')"
        )
    assert seal_inbox(conn).quarantined == 1
    assert seal_inbox(conn) is None


def test_an_unreadable_row_of_no_unit_holds_the_batch_it_came_with(conn):
    inbox(conn, ("8999", "Lantern Studies"))
    with begin(conn):
        conn.execute(
            "insert into public.staging_aqa_subjects (subject_name, exam_board, qualification_type)"
            " values ('Nameless', 'AQA', 'GCSE')"
        )
    seal_inbox(conn)
    assert rows(conn, "select sum(quarantined_count) from greenroom.unit") == [(1,)]


def finding(dataset):
    return Finding("gated", "warning", "12 documents need a login", dataset=dataset, position="item 3")


def test_what_only_a_parser_knows_stands_on_the_unit_it_is_about(conn):
    inbox(conn, ("8999", "Lantern Studies"))
    batch = seal_inbox(conn)
    with begin(conn):
        seal.note(conn, batch.units, [finding("topics")])
    noted = rows(
        conn,
        "select u.dataset, f.check_name, f.severity, f.message, f.position, f.found_by"
        " from greenroom.finding as f join greenroom.unit as u on u.id = f.unit_id",
    )
    assert noted == [("topics", "gated", "warning", "12 documents need a login", "item 3", "parser")]


def test_what_a_parser_says_of_rows_that_are_all_in_quarantine_is_not_lost(conn):
    inbox(conn, ("8999", "Lantern Studies"))
    batch = seal_inbox(conn)
    with begin(conn):
        seal.note(conn, batch.units, [finding("papers")])
        found = catalog.one(conn, ["AQA GCSE"])
        stopping = call(conn, found.pack, "gate", units=list(batch.units))
    assert [each["check"] for each in stopping] == ["gated"]


def test_a_batch_that_is_not_there_is_a_mistake_of_ours(conn):
    with pytest.raises(AssertionError), begin(conn):
        seal.batch(conn, 4711)
    assert conn.info.transaction_status == psycopg.pq.TransactionStatus.IDLE


def test_the_first_sealing_and_a_later_one_read_a_file_alike(conn):
    """The first goes straight to the batch, the later ones are compared with what is known before they do."""
    text = HEADER + ROW + ROW + OTHER + ROW.replace("147.6", "much") + OTHER.replace("151.4", " NS ")
    first = sealed(conn, text)
    with begin(conn):
        conn.execute("update greenroom.unit set state = 'rejected'")
    second = sealed(conn, text)
    assert first.id != second.id
    assert (first.read, first.staged, first.quarantined, first.duplicates, first.cleaned) == (
        second.read, second.staged, second.quarantined, second.duplicates, second.cleaned,
    )  # fmt: skip
    told = "select key, complete, row_count, hash, quarantined_count, keys_are_unique, texts_are_sound from"
    units = [rows(conn, f"{told} greenroom.unit where batch_id = {b.id} order by key") for b in (first, second)]
    assert units[0] == units[1]
    assert [unit[5] for unit in units[0]] == [False, True]


def test_a_year_none_of_whose_rows_can_be_read_is_no_unit(conn):
    sealed(conn, HEADER + ROW + OTHER.replace("151.4", "much"))
    assert rows(conn, "select key from greenroom.unit") == [(["2023-2024"],)]


def test_damaged_text_and_repeated_keys_are_found_in_the_first_file_too(conn):
    damaged = ROW.replace("HENRI IV", "HENRI Ã©")
    sealed(conn, HEADER + damaged + damaged.replace("147.6", "147.7") + OTHER)
    with begin(conn):
        found = catalog.one(conn, ["ips_lycees"])
        units = call(conn, found.pack, "pending", scope=found.scope_id)
        names = rows_of(conn, found, units)
    assert {("damaged_text", "2023-2024"), ("duplicate_key", "2023-2024")} == {
        each for each in names if each[0] in ("damaged_text", "duplicate_key")
    }


def rows_of(conn, found, units):
    """Names of findings with the year they are of."""
    return {
        (each["check_name"], each["unit_key"][0])
        for each in kernel_rows(conn, found.pack, "findings", units=units)
        if each["unit_key"]
    }
