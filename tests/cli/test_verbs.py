"""Every verb from seal to clean, on rows that another program wrote into the inbox."""

import json
import re

import pytest
from tests.cli.inbox import TREE, published, scrape

RENAMED = (("1", "Lights", None), ("1.1", "Wicks", "1"), ("1.2", "Lenses", "1"), ("2", "Signals", None))
SHORT = TREE[:3]


@pytest.fixture
def sealed(exams):
    """A subject that waits to be promoted."""
    scrape(exams)
    exams("seal", "AQA GCSE")
    return exams


@pytest.fixture
def promoted(sealed):
    """A subject that is in production, and hidden."""
    sealed("promote", "AQA GCSE")
    return sealed


@pytest.fixture
def live(promoted):
    """A subject that the app sees."""
    promoted("live", "AQA GCSE", "on")
    return promoted


def test_seal_takes_what_another_program_wrote(exams):
    scrape(exams)
    answer = exams("seal", "AQA GCSE")
    assert "5 read = 5 staged + 0 quarantined + 0 duplicates" in answer.out
    assert exams.value("select count(*) from curriculum_topics") == 0


def test_sealing_the_same_again_finds_nothing_new(sealed):
    assert "nothing new" in sealed("seal", "AQA GCSE").out
    assert sealed.value("select count(*) from greenroom.batch") == 1


def test_sealing_an_empty_inbox_says_that_the_scraper_failed(exams):
    answer = exams.refused("seal", "AQA GCSE", code=21)
    assert "holds nothing" in answer.cause


def test_one_subject_of_the_inbox_can_be_sealed_alone(exams):
    scrape(exams)
    scrape(exams, "8998", "Beacon Studies")
    exams("seal", "AQA GCSE", "--subject", "8998")
    assert [row["key"][0] for row in exams.rows("select distinct key from greenroom.unit")] == ["8998"]


def test_check_exits_0_when_nothing_stops_and_1_when_something_does(sealed):
    assert "ready" in sealed("check", "AQA GCSE").out
    scrape(sealed, "8997", "An empty subject", topics=())
    sealed("seal", "AQA GCSE")
    answer = sealed("check", "AQA GCSE", code=1)
    assert "no_topics" in answer.out
    assert "held" in answer.out


def test_diff_tells_counts_then_rows(promoted):
    scrape(promoted, topics=RENAMED)
    promoted("seal", "AQA GCSE")
    answer = promoted("diff", "AQA GCSE")
    assert "Lights" in answer.out
    assert answer.out.index("topics: ") < answer.out.index("Lights")


def test_diff_of_nothing_says_so(promoted):
    assert promoted("diff", "AQA GCSE").out.strip()


def test_report_writes_one_page_and_says_where(sealed, tmp_path):
    path = tmp_path / "page.html"
    answer = sealed("report", "AQA GCSE", "-o", path)
    assert answer.out.strip() == str(path)
    page = path.read_text("utf-8")
    assert page.lstrip().lower().startswith("<!doctype html>")
    assert "Lantern Studies" in page


def test_report_names_itself_after_its_scope(sealed, tmp_path):
    sealed("report", "AQA GCSE")
    assert (tmp_path / "report-aqa-gcse.html").exists()


def test_warnings_need_one_approval(live):
    # two of five topics gone: more than a fifth
    scrape(live, topics=SHORT[:2])
    live("seal", "AQA GCSE")
    answer = live("promote", "AQA GCSE", code=1)
    assert "warning" in answer.err
    assert "approve" in answer.cure
    approved = live("approve", "AQA GCSE", "--by", "Ada", "--note", "the new edition is shorter")
    assert "approved by Ada" in approved.out
    live("promote", "AQA GCSE", "--live")
    assert set(published(live)) == {"1", "1.1"}


def test_what_was_rejected_stays_out(sealed):
    sealed("reject", "AQA GCSE", "--by", "Ada", "--note", "wrong year")
    answer = sealed("promote", "AQA GCSE", code=None)
    assert answer.code != 0
    assert published(sealed) == {}
    # the same content again
    sealed("seal", "AQA GCSE", code=None)
    assert sealed("promote", "AQA GCSE", code=None).code != 0
    assert published(sealed) == {}


def test_a_waiver_names_who_why_and_until_when(live):
    scrape(live, topics=SHORT[:2])
    live("seal", "AQA GCSE")
    check = live("check", "AQA GCSE", "--json", code=1).json[0]["stopping"][0]["check"]
    live("waive", check, "AQA GCSE", "--by", "Ada", "--why", "agreed", "--until", "2099-01-01")
    live("promote", "AQA GCSE", "--live")
    assert set(published(live)) == {"1", "1.1"}
    waiver = live.rows("select waived_by, why, until::text from greenroom.waiver")
    assert waiver == [{"waived_by": "Ada", "why": "agreed", "until": "2099-01-01"}]


def test_waiving_what_stops_nothing_is_refused(sealed):
    answer = sealed.refused(
        "waive", "orphan", "AQA GCSE", "--by", "Ada", "--why", "x", "--until", "2099-01-01", code=32
    )
    assert "orphan" in answer.cause


def test_promote_says_how_to_undo_it(sealed):
    answer = sealed("promote", "AQA GCSE")
    assert "1 subject, 4 topics" in answer.out
    assert "undo: greenroom rollback 1" in answer.out
    assert len(published(sealed)) == 4


def test_a_dry_run_of_a_promotion_writes_nothing(sealed):
    before = sealed.value("select count(*) from greenroom.release")
    answer = sealed("promote", "AQA GCSE", "--dry-run")
    assert "would be promoted" in answer.out
    assert published(sealed) == {}
    assert sealed.value("select count(*) from greenroom.release") == before
    assert "database:" not in answer.err


def test_dump_keeps_the_images_of_before(promoted, tmp_path):
    scrape(promoted, topics=RENAMED)
    promoted("seal", "AQA GCSE")
    path = tmp_path / "before.jsonl"
    promoted("promote", "AQA GCSE", "--dump", path)
    (line,) = path.read_text().splitlines()
    assert json.loads(line)["before"]["topic_name"] == "Light"


def test_a_dump_that_cannot_be_written_stops_before_anything_is_promoted(promoted, tmp_path):
    scrape(promoted, topics=RENAMED)
    promoted("seal", "AQA GCSE")
    (tmp_path / "there.jsonl").write_text("kept")
    for path in (tmp_path / "there.jsonl", tmp_path / "no" / "folder.jsonl"):
        promoted.refused("promote", "AQA GCSE", "--dump", path, code=21)
    assert published(promoted)["1"] == "Light"
    assert (tmp_path / "there.jsonl").read_text() == "kept"


def test_live_tells_switches_on_and_off(promoted):
    assert "0 of 1 live" in promoted("live", "AQA GCSE").out
    assert "1 shown" in promoted("live", "AQA GCSE", "on").out
    assert "1 of 1 live" in promoted("live", "AQA", "GCSE").out
    assert "1 hidden" in promoted("live", "AQA", "GCSE", "off").out
    assert promoted.value("select live_in_app from exam_board_subjects") is False


def test_live_dry_run_switches_nothing(promoted):
    promoted("live", "AQA GCSE", "on", "--dry-run")
    assert promoted.value("select live_in_app from exam_board_subjects") is False


def test_changes_to_what_is_live_are_prepared_and_land_with_live(live):
    scrape(live, topics=RENAMED)
    live("seal", "AQA GCSE")
    answer = live("promote", "AQA GCSE")
    assert "prepared as release" in answer.out
    assert published(live)["1"] == "Light"
    assert "prepared" in live("live", "AQA GCSE").out
    command = re.search(r"land it: greenroom (.*)", answer.out)[1]
    assert command == 'live "AQA GCSE" on'
    assert "landed release" in live("live", "AQA GCSE", "on").out
    assert published(live)["1"] == "Lights"


def test_rollback_of_one_release(promoted):
    scrape(promoted, topics=RENAMED)
    promoted("seal", "AQA GCSE")
    promoted("promote", "AQA GCSE")
    answer = promoted("rollback", "2", "--note", "second thoughts")
    assert "undo that: greenroom rollback 3" in answer.out
    assert published(promoted)["1"] == "Light"


def test_rollback_to_a_state(promoted):
    for name in ("Lights", "Lamps"):
        scrape(promoted, topics=(("1", name, None), *TREE[1:]))
        promoted("seal", "AQA GCSE")
        promoted("promote", "AQA GCSE")
    dry = promoted("rollback", "AQA GCSE", "--to", "1", "--dry-run")
    assert "2" in dry.out
    assert "3" in dry.out
    assert published(promoted)["1"] == "Lamps"
    promoted("rollback", "AQA GCSE", "--to", "1", "--yes")
    assert published(promoted)["1"] == "Light"


def test_undoing_many_wants_a_yes(promoted):
    for name in ("Lights", "Lamps"):
        scrape(promoted, topics=(("1", name, None), *TREE[1:]))
        promoted("seal", "AQA GCSE")
        promoted("promote", "AQA GCSE")
    answer = promoted("rollback", "AQA GCSE", "--to", "1", code=10)
    assert "--yes" in answer.cure
    promoted("rollback", "AQA GCSE", "--to", "1", "--json", code=10)
    assert published(promoted)["1"] == "Lamps"


def test_drift_is_listed_adopted_or_taken_back(promoted):
    assert "nothing was changed by hand" in promoted("drift", "AQA GCSE").out
    promoted.write("update curriculum_topics set topic_name = 'By hand' where topic_code = '2'")
    assert "topics" in promoted("drift", "AQA GCSE").out
    assert promoted("status", "AQA GCSE", "--json").json["scopes"][0]["next"] == 'greenroom drift "AQA GCSE"'
    promoted("drift", "AQA GCSE", "--revert")
    assert published(promoted)["2"] == "Signals"
    promoted.write("update curriculum_topics set topic_name = 'By hand' where topic_code = '2'")
    promoted("drift", "AQA GCSE", "--adopt", "--note", "better")
    assert published(promoted)["2"] == "By hand"
    assert "nothing was changed by hand" in promoted("drift", "AQA GCSE").out


def test_drift_stops_a_promotion(promoted):
    promoted.write("update curriculum_topics set topic_name = 'By hand' where topic_code = '2'")
    scrape(promoted, topics=RENAMED)
    promoted("seal", "AQA GCSE")
    answer = promoted("promote", "AQA GCSE", code=41)
    assert "changed by hand" in answer.cause
    assert "drift" in answer.cure
    assert published(promoted)["1"] == "Light"


def test_releases_newest_first(live):
    lines = live("releases").out.splitlines()
    assert lines[0].split()[:2] == ["release", "scope"]
    assert [line.split()[0] for line in lines[1:]] == ["2", "1"]
    assert live("releases", "AQA GCSE").out.splitlines() == lines
    assert "nothing has been released" in live("releases", "OCR GCSE").out


def test_clean_is_refused_until_what_it_empties_is_published(sealed):
    answer = sealed.refused("clean", "AQA GCSE", code=33)
    assert "--yes" in answer.cure
    assert sealed.value("select count(*) from staging_aqa_topics") == 4
    sealed("promote", "AQA GCSE")
    dry = sealed("clean", "AQA GCSE", "--dry-run")
    assert "would go" in dry.out
    assert sealed.value("select count(*) from staging_aqa_topics") == 4
    sealed("clean", "AQA GCSE")
    assert sealed.value("select count(*) from staging_aqa_topics") == 0
    assert len(published(sealed)) == 4


def test_clean_with_yes_throws_the_unpublished_away(sealed):
    sealed("clean", "AQA GCSE", "--yes")
    assert sealed.value("select count(*) from staging_aqa_subjects") == 0
    assert sealed.value("select count(*) from greenroom.batch") == 1


def test_clean_of_one_subject_leaves_the_others(promoted):
    scrape(promoted, "8998", "Beacon Studies")
    promoted("clean", "AQA GCSE", "--subject", "8999")
    rows = promoted.rows("select subject_code from staging_aqa_subjects")
    assert rows == [{"subject_code": "8998"}]


def test_status_names_the_next_command(exams):
    assert "nothing has been staged yet" in exams("status").out

    def next_command():
        return exams("status", "AQA GCSE", "--json").json["scopes"][0]["next"]

    scrape(exams)
    assert next_command() == 'greenroom seal "AQA GCSE"'
    exams("seal", "AQA GCSE")
    assert next_command() == 'greenroom promote "AQA GCSE"'
    exams("promote", "AQA GCSE")
    assert next_command() == 'greenroom live "AQA GCSE" on'
    exams("live", "AQA GCSE", "on")
    assert next_command() == "nothing to do"
    scrape(exams, topics=RENAMED)
    exams("seal", "AQA GCSE")
    exams("promote", "AQA GCSE")
    assert next_command() == 'greenroom live "AQA GCSE" on'


def test_status_tells_of_rows_in_a_spelling_nobody_taught(exams):
    scrape(exams, board="Nowhere Board")
    answer = exams("status")
    assert "'Nowhere Board'" in answer.out


def test_status_counts_in_the_order_of_the_datasets(promoted):
    assert "1 subject, 4 topics" in promoted("status").out


def test_catalog_lists_what_can_be_named(exams):
    answer = exams("catalog")
    for name in ("curriculum_topics", "ips_lycees", "Licence Ouverte 2.0"):
        assert name in answer.out
    assert "curriculum_topics" not in exams("catalog", "schools").out
    assert {row["dataset"] for row in exams("catalog", "topics", "--json").json} == {"topics"}
    exams.refused("catalog", "tpics", code=11)


def test_settings_mask_what_is_secret(exams):
    answer = exams("settings")
    assert exams.url not in answer.out
    (line,) = [line for line in answer.out.splitlines() if line.startswith("DATABASE_URL")]
    assert "•••" in line
    assert "environment" in line


def test_sql_prints_what_runs(exams):
    assert "create function greenroom_exams.resolve_topics" in exams("sql", "topics").out
    assert "create function greenroom_exams.promote" in exams("sql", "exams").out
    exams.refused("sql", "nothing", code=11)


def test_fetch_keeps_the_bytes_and_says_under_which_hash(exams, tmp_path):
    (tmp_path / "page.html").write_text("<html></html>")
    answer = exams("fetch", "AQA GCSE", "--from", tmp_path / "page.html", "--json").json
    assert answer[0]["bytes"] == 13
    assert len(answer[0]["snapshot"]) == 64
    assert exams.value("select count(*) from greenroom.batch") == 0


def test_a_target_may_be_several_words_or_a_whole_board(promoted):
    scrape(promoted, "7999", "Lantern Studies", qualification="A-Level")
    promoted("seal", "AQA", "a level")
    promoted("promote", "AQA")
    assert promoted.value("select count(*) from exam_board_subjects") == 2


WRITING = [
    ("seal", "AQA GCSE"),
    ("approve", "AQA GCSE", "--note", "seen"),
    ("reject", "AQA GCSE", "--note", "no"),
    ("promote", "AQA GCSE"),
    ("clean", "AQA GCSE", "--yes"),
]


@pytest.mark.parametrize("words", WRITING, ids=lambda words: words[0])
def test_a_writing_verb_names_the_database_first_and_last(sealed, words):
    said = sealed(*words).err.splitlines()
    named = [line for line in said if line.startswith("database: ")]
    assert said[0] == named[0] == named[-1]
    assert len(named) == 2
    assert re.fullmatch(r"database: \S+:\d+/\S+ as \w+", named[0])


@pytest.mark.parametrize(
    "words",
    [*WRITING, ("waive", "no_topics", "AQA GCSE", "--why", "x", "--until", "2099-01-01"), ("live", "AQA GCSE", "on")],
    ids=lambda words: words[0],
)
def test_a_dry_run_leaves_the_database_as_it_was(sealed, words):
    scrape(sealed, "8997", "An empty subject", topics=())
    if words[0] != "seal":
        sealed("seal", "AQA GCSE")
    before = _everything(sealed)
    answer = sealed(*words, "--dry-run")
    assert answer.out
    assert "database:" not in answer.err
    assert _everything(sealed) == before


def _everything(shell):
    tables = shell.rows(
        "select n.nspname || '.' || c.relname as name"
        " from pg_class as c join pg_namespace as n on n.oid = c.relnamespace"
        " where c.relkind = 'r' and n.nspname in ('greenroom', 'public') order by 1"
    )
    return {row["name"]: str(shell.rows(f"select * from {row['name']} order by 1")) for row in tables}


def test_a_dry_run_of_settling_drift_changes_nothing(promoted):
    promoted.write("update curriculum_topics set topic_name = 'By hand' where topic_code = '2'")
    answer = promoted("drift", "AQA GCSE", "--revert", "--dry-run")
    assert "would be taken back" in answer.out
    assert published(promoted)["2"] == "By hand"


def test_a_whole_board_is_sealed_though_one_of_its_scopes_is_empty(promoted):
    promoted("clean", "AQA GCSE")
    scrape(promoted, "7999", "Lantern Studies", qualification="A-Level")
    promoted("status")
    answer = promoted("seal", "AQA")
    assert "AQA A-Level: batch" in answer.out
    assert "holds nothing for AQA GCSE" in answer.err


JSON = [
    ("status",),
    ("catalog",),
    ("settings",),
    ("releases",),
    ("seal", "AQA GCSE"),
    ("check", "AQA GCSE"),
    ("diff", "AQA GCSE"),
    ("report", "AQA GCSE"),
    ("approve", "AQA GCSE", "--note", "seen"),
    ("reject", "AQA GCSE", "--note", "no"),
    ("promote", "AQA GCSE", "--dry-run"),
    ("promote", "AQA GCSE"),
    ("live", "AQA GCSE"),
    ("drift", "AQA GCSE"),
    ("clean", "AQA GCSE", "--yes"),
    ("sql", "topics"),
    ("db", "status"),
    ("db", "doctor"),
    ("migrate", "exams", "--check"),
    ("migrate", "exams"),
]


@pytest.mark.parametrize("words", JSON, ids=" ".join)
def test_json_is_one_document_on_standard_output(sealed, words):
    assert sealed(*words, "--json").json is not None


@pytest.mark.parametrize("words", [("live", "AQA GCSE", "on"), ("rollback", "1"), ("releases",)], ids=" ".join)
def test_json_of_what_needs_a_release(promoted, words):
    assert promoted(*words, "--json").json is not None


def test_a_refusal_is_json_too(exams):
    scrape(exams, topics=())
    exams("seal", "AQA GCSE")
    answer = exams("promote", "AQA GCSE", "--json", code=1)
    refusal = answer.json
    assert refusal["error"]
    assert refusal["hint"]
    assert refusal["findings"][0]["check"] == "no_topics"


def test_diff_between_two_releases_in_either_order(promoted):
    scrape(promoted, topics=RENAMED)
    promoted("seal", "AQA GCSE")
    promoted("promote", "AQA GCSE")
    there = promoted("diff", "AQA GCSE", "--release", "1..2")
    assert there.out.splitlines()[0] == "AQA GCSE: release 1 to 2:"
    assert 'renamed: 1 "Light" → "Lights"' in there.out
    assert 'renamed: 1 "Lights" → "Light"' in promoted("diff", "AQA GCSE", "--release", "2..1").out
    assert "nothing differs" in promoted("diff", "AQA GCSE", "--release", "2..2").out
    told = promoted("diff", "AQA GCSE", "--release", "0..1", "--json").json
    assert (told["from"], told["to"], told["counts"]["topics"]["added"]) == (0, 1, 4)


@pytest.mark.parametrize("words", ["1", "1..", "..2", "a..b", "-1..2", "1...2", "1..2..3", "²..1", "1.." + "9" * 30])
def test_words_that_name_no_two_releases_are_refused(promoted, words):
    assert "does not name two releases" in promoted.refused("diff", "AQA GCSE", f"--release={words}", code=10).cause


def test_a_release_that_has_not_landed_is_no_end_of_a_difference(live):
    scrape(live, topics=RENAMED)
    live("seal", "AQA GCSE")
    live("promote", "AQA GCSE")
    prepared = live.value("select id from greenroom.release where state = 'prepared'")
    answer = live.refused("diff", "AQA GCSE", "--release", f"1..{prepared}", code=1)
    assert "has not landed" in answer.cause
