"""Whatever is wrong: one line of cause, one of cure, the code of its group, and nothing half-done."""

import gzip
import threading
import time

import psycopg
import pytest
from psycopg import sql
from tests.cli.inbox import TREE, published, scrape

from greenroom.cli.environment import configured

LYCEE = "uai;rentree_scolaire;nom_de_l_etablissement;secteur;type_de_lycee;ips\n"
ROW = "0750654D;2023-2024;LYCEE HENRI IV;public;LEGT;147.6\n"


def nothing_was_sealed(shell):
    return shell.value("select count(*) from greenroom.batch") == 0


# Words


@pytest.mark.parametrize(
    ("words", "code", "cause", "cure"),
    [
        (("promote", "AQB GCSE"), 11, "'AQB GCSE'", "catalog"),
        (("promote", "AQA GCZE"), 11, "'AQA GCSE'", "catalog"),
        (("promote", "ccea"), 11, "Nobody has staged anything of ccea", "CCEA"),
        (("promote", ""), 11, "No target", "AQA GCSE"),
        (("promote", "nonsense"), 11, "'nonsense'", "catalog"),
        (("import", "ips_lycee", "--csv", "x.csv"), 11, "'ips_lycees'", "catalog"),
        (("sql", "ips_lyceees"), 11, "'ips_lycees'", "catalog"),
        (("migrate", "exam"), 11, "'exam'", "exams, schools"),
        (("rollback", "4711"), 44, "4711", "releases"),
        (("rollback", "first"), 10, "release", "rollback 12"),
        (("rollback", "AQA GCSE", "--to", "4711"), 44, "4711", "releases"),
        (("promte", "AQA GCSE"), 2, "promte", "--help"),
        (("promote", "AQA GCSE", "--liv"), 2, "--liv", "--help"),
        (("promote",), 2, "argument", "--help"),
        (("run", "AQA GCSE", "--from", "x.pdf", "--live"), 10, "not promoted", "--promote"),
        (("live", "on"), 10, "what", "greenroom live"),
        (("drift", "AQA GCSE", "--adopt", "--revert"), 10, "not both", "--help"),
        (("stage", "AQA", "--from", "x.pdf"), 11, "AQA", "qualification"),
        (("waive", "orphan", "AQA GCSE", "--why", "x", "--until", "tomorrow"), 2, "tomorrow", "--help"),
        (("stage", "IB IB"), 21, "no address to visit", "--from"),
        (("stage", "AQA GCSE", "--snapshot", "123456789abc"), 21, "123456789abc", "fetch"),
        (("stage", "AQA GCSE", "--from", "not-there.pdf"), 21, "not-there.pdf", "path"),
        (("stage", "AQA GCSE", "--from", "https://example.org/x.pdf"), 25, "example.org", ""),
        (("promote", "AQA GCSE"), 1, "nothing is staged for AQA GCSE", ""),
        (("promote", "AQA GCSE", "--subject", "9999"), 1, "9999", ""),
        (("seal", "AQA GCSE", "--subject", "9999"), 21, "holds nothing", ""),
        (("approve", "AQA GCSE", "--note", "x"), 31, "Nothing waits", "status"),
        (("clean", "ips_lycees"), 11, "ips_lycees", ""),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)  # fmt: skip
def test_words_that_mean_nothing(exams, words, code, cause, cure):
    answer = exams.refused(*words, code=code)
    assert cause in answer.cause
    assert cure in answer.cure
    assert nothing_was_sealed(exams)


def test_an_unknown_subject_of_a_scope_that_has_others_is_refused(exams):
    scrape(exams)
    exams("seal", "AQA GCSE")
    for verb in ("promote", "seal", "live", "check", "diff", "report"):
        words = (verb, "AQA GCSE", "on") if verb == "live" else (verb, "AQA GCSE")
        answer = exams.refused(*words, "--subject", "8998", code=None)
        assert answer.code not in (0, 70)
        assert "8998" in answer.cause
    assert published(exams) == {}


# Files


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", 23),
        (b"%PDF-1.7\n1 0 obj\n<</Type /Catalog", 22),
        (b"\x00" * 4000, None),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 200, None),
        (b"uai;rentree_scolaire\n0750654D;2023\n", None),
        (gzip.compress(b"<html></html>"), None),
        ("<html><body>Café ÃƒÂ©tÃƒÂ©</body></html>".encode(), None),
    ],
    ids=["empty", "cut off", "zeros", "picture", "table", "packed", "mojibake"],
)
@pytest.mark.parametrize("name", ["document.pdf", "document.html"])
@pytest.mark.parametrize("board", ["AQA GCSE", "OCR GCSE", "Edexcel GCSE"])
def test_a_document_that_is_none(exams, tmp_path, board, name, content, code):
    path = tmp_path / name
    path.write_bytes(content)
    answer = exams.refused("run", board, "--subject", "8525", "--from", path, "--promote", code=None)
    assert 20 <= answer.code < 30
    assert code is None or answer.code == code
    assert name in answer.cause
    assert nothing_was_sealed(exams)
    assert exams.value("select count(*) from staging_aqa_subjects") == 0


def test_a_real_specification_cut_in_half(exams, shared_data, tmp_path):
    whole = shared_data("uk/ocr/j277-gcse-computer-science-spec.pdf").read_bytes()
    path = tmp_path / "j277.pdf"
    path.write_bytes(whole[: len(whole) // 2])
    answer = exams.refused("run", "OCR GCSE", "--from", path, "--promote", code=None)
    assert 20 <= answer.code < 30
    assert nothing_was_sealed(exams)


def test_the_specification_of_another_board_or_subject(exams, shared_data):
    path = shared_data("uk/ocr/j277-gcse-computer-science-spec.pdf")
    for words in (("AQA GCSE",), ("OCR GCSE", "--subject", "J560"), ("OCR A-Level",)):
        answer = exams.refused("run", *words, "--from", path, "--promote", code=None)
        assert 20 <= answer.code < 30
    assert nothing_was_sealed(exams)


@pytest.mark.parametrize(
    ("content", "code", "cause"),
    [
        (b"", 23, ""),
        (LYCEE.encode(), 23, "no rows"),
        (b"%PDF-1.7 not a table", None, ""),
        (b"PK\x03\x04 not a workbook", 22, ""),
        (gzip.compress((LYCEE + ROW).encode())[:-12], 22, ""),
        ((LYCEE + ROW.replace("HENRI", "HEN\x00RI")).encode(), None, ""),
        ((LYCEE + ROW.rstrip("\n") + ";one;more\n").encode(), 24, "2"),
        ((LYCEE + "0750654D;2023-2024\n").encode(), 24, "2"),
        ((LYCEE + '0750654D;2023-2024;"never closed;public;LEGT;147.6\n').encode(), 24, ""),
        ((LYCEE.replace("secteur", "UAI") + ROW).encode(), 24, "uai"),
        ((LYCEE.replace("uai;", "ua;") + ROW).encode(), 24, "missing uai"),
        (b'{"records": [{"uai": ', None, ""),
    ],
    ids=[
        "empty", "header alone", "a PDF", "broken ZIP", "cut gzip", "NUL", "too many cells", "too few cells",
        "open quote", "the same header twice", "no key", "cut JSON",
    ],
)  # fmt: skip
def test_a_table_that_is_broken(schools, tmp_path, content, code, cause):
    path = tmp_path / "lycees.csv"
    path.write_bytes(content)
    answer = schools.refused("import", "ips_lycees", "--csv", path, code=code)
    assert 20 <= answer.code < 30
    assert cause in answer.cause
    assert nothing_was_sealed(schools)
    assert schools.value("select count(*) from educational_data.ips_lycees_years") == 0


def test_a_table_of_rows_nobody_can_read_is_refused_with_the_first_of_each_kind(schools, tmp_path):
    path = tmp_path / "lycees.csv"
    path.write_text(LYCEE + ROW.replace("147.6", "many") + ROW.replace("0750654D", "0750654X"))
    answer = schools("import", "ips_lycees", "--csv", path, code=1)
    assert "bad_ips" in answer.err
    assert "bad_uai" in answer.err
    assert nothing_was_sealed(schools)


def test_some_rows_that_nobody_can_read_wait_for_somebody_to_look(schools, tmp_path):
    path = tmp_path / "lycees.csv"
    path.write_text(LYCEE + ROW + ROW.replace("0750654D", "0781683X"))
    answer = schools("import", "ips_lycees", "--csv", path, "--complete", code=1)
    assert "2 read = 1 staged + 1 quarantined + 0 duplicates" in answer.err
    assert "quarantined" in answer.err
    assert schools.value("select count(*) from educational_data.ips_lycees_years") == 0
    row = schools.rows("select rule, value, position from greenroom.quarantine")[0]
    assert row == {"rule": "bad_uai", "value": "0781683X", "position": "row 2"}


# The inbox


@pytest.mark.parametrize("code", [None, "", "   "])
def test_a_subject_without_a_code_is_not_passed_over_in_silence(exams, code):
    exams.write(
        "insert into staging_aqa_subjects (subject_code, subject_name, exam_board, qualification_type)"
        " values (%s, 'Nameless', 'AQA', 'GCSE')",
        code,
    )
    answer = exams("seal", "AQA GCSE", code=1)
    assert "code" in answer.err
    assert nothing_was_sealed(exams)


def test_bad_rows_beside_good_ones_wait_for_somebody_to_look(exams):
    scrape(exams)
    exams.write(
        "insert into staging_aqa_subjects (subject_name, exam_board, qualification_type) values ('X', 'AQA', 'GCSE')"
    )
    answer = exams("seal", "AQA GCSE")
    assert "1 quarantined" in answer.out
    assert exams("promote", "AQA GCSE", code=1).cure
    exams("approve", "AQA GCSE", "--note", "seen")
    exams("promote", "AQA GCSE")
    assert len(published(exams)) == 4
    assert "nothing new" in exams("seal", "AQA GCSE").out


def test_topics_without_codes_get_one_that_is_marked(exams):
    scrape(exams)
    exams.write("update staging_aqa_topics set topic_code = null where topic_code = '1.2'")
    exams("run", "AQA GCSE", "--from", "not-there.pdf", code=21)
    exams("seal", "AQA GCSE")
    derived = exams.rows("select topic_code, derived from greenroom.batch_topics where derived is not null")
    assert any("topic_code" in row["derived"] for row in derived)


def test_codes_that_repeat_block(exams):
    scrape(exams)
    exams.write("alter table staging_aqa_topics drop constraint staging_aqa_topics_subject_id_topic_code_key")
    exams.write("update staging_aqa_topics set topic_code = '1.1' where topic_code = '1.2'")
    exams("seal", "AQA GCSE")
    assert "duplicate_key" in exams("check", "AQA GCSE", code=1).out
    exams("promote", "AQA GCSE", code=1)
    assert published(exams) == {}


def test_a_parent_in_another_subject_blocks(exams):
    scrape(exams)
    scrape(exams, "8998", "Beacon Studies")
    exams.write(
        "update staging_aqa_topics set parent_topic_id = (select t.id from staging_aqa_topics as t"
        " join staging_aqa_subjects as s on s.id = t.subject_id where s.subject_code = '8998' and t.topic_code = '1')"
        " where topic_code = '1.1' and subject_id = (select id from staging_aqa_subjects where subject_code = '8999')"
    )
    exams("seal", "AQA GCSE")
    answer = exams("promote", "AQA GCSE", code=1)
    assert "8999" in answer.err
    assert published(exams) == {}


# The database


@pytest.mark.parametrize(
    ("url", "code", "cause"),
    [
        ("postgresql://somebody:sekret123@127.0.0.1:1/nothing", 51, "refused"),
        ("postgresql://somebody:sekret123@no-such-host.invalid/nothing", 51, ""),
        ("nonsense sekret123", 13, "address"),
        ("postgresql://somebody:sekret123@127.0.0.1:notaport/x", None, ""),
        ("mysql://somebody:sekret123@127.0.0.1/x", None, ""),
    ],
)
def test_an_address_that_leads_nowhere(shell, url, code, cause):
    shell.set(DATABASE_URL=url)
    for words in (("status",), ("promote", "AQA GCSE"), ("migrate", "exams"), ("db", "doctor")):
        answer = shell.refused(*words, code=code)
        assert answer.code in (13, 51)
        assert cause in answer.cause
        assert "sekret123" not in answer.err


def test_a_wrong_password(exams, server):
    wrong = f"postgresql://greenroom_owner:sekret123@127.0.0.1:{server.port}/{exams.name}"
    answer = exams.at(wrong).refused("status", code=51)
    assert "password" in answer.cause
    assert "sekret123" not in answer.err


def test_a_database_that_was_never_migrated(shell, make_database):
    shell.at(make_database().url)
    for words in (("status",), ("promote", "AQA GCSE"), ("seal", "AQA GCSE"), ("check", "ips_lycees"), ("releases",)):
        answer = shell.refused(*words, code=None)
        assert answer.code in (11, 50)
        assert "migrate" in answer.cure


def test_a_server_that_is_too_old(exams, monkeypatch):
    monkeypatch.setattr(psycopg.ConnectionInfo, "server_version", property(lambda _: 140_011))
    answer = exams.refused("status", code=52)
    assert "14.11" in answer.cause


def test_a_role_that_may_only_read(exams, server):
    scrape(exams)
    exams("seal", "AQA GCSE")
    name = exams.name
    role = f"only_reader_{name}"
    with psycopg.connect(server.address(name), autocommit=True) as connection:
        connection.execute(sql.SQL("create role {} login password 'sekret123'").format(sql.Identifier(role)))
        connection.execute(sql.SQL("grant pg_read_all_data to {}").format(sql.Identifier(role)))
    try:
        exams.at(f"postgresql://{role}:sekret123@127.0.0.1:{server.port}/{name}")
        for words in (("promote", "AQA GCSE"), ("seal", "AQA GCSE"), ("clean", "AQA GCSE"), ("migrate", "exams")):
            answer = exams.refused(*words, code=53)
            assert "right" in answer.cause
        assert published(exams) == {}
    finally:
        with psycopg.connect(server.address(name), autocommit=True) as connection:
            connection.execute(sql.SQL("drop owned by {}").format(sql.Identifier(role)))
            connection.execute(sql.SQL("drop role {}").format(sql.Identifier(role)))


def test_a_database_that_only_reads(exams):
    scrape(exams)
    exams("seal", "AQA GCSE")
    name = exams.name
    exams.write(sql.SQL("alter database {} set default_transaction_read_only = on").format(sql.Identifier(name)))
    for words in (("promote", "AQA GCSE"), ("seal", "AQA GCSE"), ("approve", "AQA GCSE", "--note", "x")):
        answer = exams.refused(*words, code=58)
        assert "DATABASE_URL" in answer.cure
    assert "AQA GCSE" in exams("status").out
    assert "ready" in exams("check", "AQA GCSE").out


def test_a_connection_that_is_cut_half_way(exams, server):
    scrape(exams)
    exams("seal", "AQA GCSE")
    name = exams.name
    with psycopg.connect(exams.url) as holder:
        holder.execute("select from greenroom.scope for update")
        killer = threading.Thread(target=_end_waiting_backend, args=(server.address(name),))
        killer.start()
        answer = exams.refused("promote", "AQA GCSE", code=55)
        killer.join()
    assert "same command again" in answer.cure or "again" in answer.cure.lower()
    assert published(exams) == {}
    exams("promote", "AQA GCSE")
    assert len(published(exams)) == 4


def _end_waiting_backend(url):
    deadline = time.monotonic() + 30
    with psycopg.connect(url, autocommit=True) as connection:
        while time.monotonic() < deadline:
            done = connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where wait_event_type = 'Lock' and application_name = 'greenroom' and datname = current_database()"
            ).fetchall()
            if done:
                return
            time.sleep(0.02)


def test_a_scope_that_somebody_else_holds(exams):
    scrape(exams)
    exams("seal", "AQA GCSE")
    exams.set(GREENROOM_LOCK_TIMEOUT_SECONDS="0.2")
    with psycopg.connect(exams.url) as holder:
        holder.execute("select from greenroom.scope for update")
        exams.refused("promote", "AQA GCSE", code=45)
    exams("promote", "AQA GCSE")


# The environment, and places to write


def test_a_misspelt_variable_is_refused_with_the_right_one(exams):
    exams.set(GREENROOM_HOMME="/tmp")
    answer = exams.refused("status", code=12)
    assert "GREENROOM_HOMME" in answer.cause
    assert "GREENROOM_HOME" in answer.cure


def test_a_value_of_the_wrong_kind(exams):
    exams.set(GREENROOM_LOCK_TIMEOUT_SECONDS="soon")
    answer = exams.refused("status", code=13)
    assert "GREENROOM_LOCK_TIMEOUT_SECONDS" in answer.cause


def test_a_report_that_cannot_be_written(exams, tmp_path):
    scrape(exams)
    exams("seal", "AQA GCSE")
    for path in (tmp_path, tmp_path / "no" / "page.html", "/proc/page.html"):
        answer = exams.refused("report", "AQA GCSE", "-o", path, code=21)
        assert str(path) in answer.cause
        assert "-o" in answer.cure


def test_a_home_that_cannot_be_written(exams, tmp_path):
    (tmp_path / "file").write_text("")
    exams.set(GREENROOM_HOME=tmp_path / "file")
    (tmp_path / "page.html").write_text("<html></html>")
    answer = exams.refused("stage", "AQA GCSE", "--from", tmp_path / "page.html", code=22)
    assert "kept" in answer.cause


def test_what_nobody_thought_of_is_two_lines_and_a_file(exams, monkeypatch, tmp_path):
    from greenroom import catalog

    def broken(*_):
        raise RuntimeError(f"connecting to {exams.url} went wrong\nand more")

    monkeypatch.setattr(catalog, "everything", broken)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    answer = exams.refused("status", code=70)
    assert "defect" in answer.cure
    password = psycopg.conninfo.conninfo_to_dict(exams.url).get("password")
    kept = next(tmp_path.glob("greenroom-error-*")).read_text()
    assert "RuntimeError" in kept
    for text in (answer.err, kept):
        assert not password or password not in text


def test_settings_are_read_anew_by_each_command(shell):
    shell.set(GREENROOM_CONTACT="a@example.org")
    assert configured().contact == "a@example.org"


def test_levels_of_the_tree_are_those_the_scraper_gave(exams):
    scrape(exams)
    exams("seal", "AQA GCSE")
    levels = {row["topic_code"]: row["topic_level"] for row in exams.rows("select * from greenroom.batch_topics")}
    assert levels == {number: number.count(".") for number, _, _ in TREE}
