"""A whole board at the terminal: its site and its drop folder, from address to app, with what fails named."""

import json
import os
import time
from dataclasses import replace

import psycopg
import pytest
from tests.mirror import board
from tests.mirror.site import Mirror, specification

from greenroom.audit import scopes

TABLES = ("batch", "unit", "finding", "release", "snapshot", "quarantine")


@pytest.fixture
def mirror():
    with Mirror().running() as site:
        yield site


@pytest.fixture
def terminal(exams, mirror, monkeypatch):
    """A terminal whose AQA is the mirror, and whose IB has nothing on the web."""
    board.install(
        mirror.url().rstrip("/"), "AQA", set_attribute=monkeypatch.setattr, by_hand="Ask your coordinator for guides."
    )
    exams.set(GREENROOM_ALLOW_HOSTS=mirror.place, GREENROOM_PAUSE_SECONDS="0", GREENROOM_CONTACT="someone@example.org")
    return exams


@pytest.fixture
def closed(terminal, monkeypatch):
    """The same board, when it has nothing on the web."""
    from greenroom_exams import landing

    known = {"AQA": board.board("", start=lambda *_: (), by_hand="Ask your coordinator for guides.")}
    monkeypatch.setattr(landing, "boards", lambda: known)
    return terminal


def counts(terminal):
    return {name: terminal.value(f"select count(*) from greenroom.{name}") for name in TABLES}


def live(terminal):
    """Topics and papers by subject, as the app's tables have them."""
    return {
        row["subject_code"]: (row["topics"], row["papers"])
        for row in terminal.rows(
            "select s.subject_code,"
            " (select count(*) from curriculum_topics as t where t.exam_board_subject_id = s.id) as topics,"
            " (select count(*) from exam_papers as p where p.exam_board_subject_id = s.id) as papers"
            " from exam_board_subjects as s order by 1"
        )
    }


def drop(terminal, name, content):
    folder = terminal.home / "drop" / "AQA GCSE"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)
    # as if it had been lying there for a while
    return folder / name


@pytest.fixture(autouse=True)
def nothing_is_young(monkeypatch):
    monkeypatch.setattr("greenroom.write.drop._WATCHED_SECONDS", 0.01)


# A whole board


def test_a_board_is_visited_staged_and_promoted_in_one_command(terminal, mirror):
    answer = terminal("run", "AQA GCSE", "--promote", "--approve", "seen")
    assert live(terminal) == dict.fromkeys(mirror.subjects, (5, 5))
    assert mirror.asked[0] == "/"
    assert len(mirror.asked) == mirror.whole()
    assert f"[{mirror.whole()}/{mirror.whole()}] http" in answer.err
    assert "[1/7] staging AQA GCSE from" in answer.err
    assert "report: " in answer.out
    assert "GREENROOM_CONTACT" not in answer.err
    assert {each.headers["User-Agent"] for each in mirror.log} == {mirror.log[0].headers["User-Agent"]}
    assert mirror.log[0].headers["User-Agent"].endswith("(+someone@example.org)")


def test_the_same_command_again_asks_whether_anything_changed_and_writes_nothing(terminal, mirror):
    terminal("run", "AQA GCSE", "--promote", "--approve", "seen")
    before, looks = counts(terminal), terminal.value("select count(*) from greenroom.fetch")
    mirror.log.clear()
    answer = terminal("run", "AQA GCSE", "--promote", "--json")
    assert mirror.statuses == {304: mirror.whole()}
    assert [each.path for each in mirror.log if each.path == "/robots.txt"] == []
    assert counts(terminal) == before
    assert {row["batch"] for row in answer.json[0]["staged"]} == {None}
    # the log of looks is the only thing that grows: one line for each document, saying that it is the same
    assert terminal.value("select count(*) from greenroom.fetch") == looks + 7
    assert terminal.rows("select distinct outcome from greenroom.fetch where id > %s", looks) == [{"outcome": "same"}]


def test_a_page_that_changed_is_one_batch_of_its_subject_alone(terminal, mirror):
    terminal("run", "AQA GCSE", "--promote", "--approve", "seen")
    mirror.answers["/spec/8992.pdf"] = (200, {}, specification("8992", "Tidal Gardening", (*board_topics(), "3 Moon")))
    before = counts(terminal)
    terminal("run", "AQA GCSE", "--promote")
    assert counts(terminal)["batch"] == before["batch"] + 1
    assert live(terminal) == {"8991": (5, 5), "8992": (6, 5), "8993": (5, 5)}


def board_topics():
    return ("1 Flame", "1.1 Wicks", "1.2 Oils", "2 Glass", "2.1 Chimneys")


def test_one_subject_is_fetched_staged_and_promoted_alone(terminal, mirror):
    terminal("run", "AQA GCSE", "--subject", "8992", "--promote", "--approve", "seen")
    assert live(terminal) == {"8992": (5, 5)}
    assert [path for path in mirror.asked if "8991" in path] == []


def test_a_subject_that_fails_is_named_and_the_others_are_promoted(terminal, mirror):
    mirror.answers["/spec/8992.pdf"] = (200, {}, specification("8999", "Another"))
    mirror.answers["/subject/8993"] = (403, {}, b"")
    answer = terminal("run", "AQA GCSE", "--promote", "--approve", "seen", code=26)
    # papers alone do not name a subject, so that those of 8992 wait for its specification
    assert live(terminal) == {"8991": (5, 5)}
    assert "missing: 8993 Kite Philosophy subject: http" in answer.out
    assert "missing: 8992: http" in answer.out
    assert answer.cause.startswith("3 of 6 failed; the first: 8993 Kite Philosophy subject")
    assert str(terminal.home / "drop" / "AQA GCSE") in answer.cure
    assert (terminal.home / "drop" / "AQA GCSE").is_dir()


def differently(monkeypatch, mirror, change):
    """The same board, whose pages lead on in another way."""

    def follow(qualification, request, content):
        return change(list(board.follow(qualification, request, content)))

    board.install(mirror.url().rstrip("/"), "AQA", set_attribute=monkeypatch.setattr, follow=follow)


@pytest.mark.parametrize("words", [(), ("--dry-run",)])
def test_papers_may_be_met_before_the_specification_that_names_their_subject(terminal, mirror, monkeypatch, words):
    differently(monkeypatch, mirror, lambda requests: requests[::-1])
    answer = terminal("run", "AQA GCSE", "--promote", "--approve", "seen", *words)
    assert "missing" not in answer.out
    assert live(terminal) == ({} if words else dict.fromkeys(mirror.subjects, (5, 5)))


def test_a_site_that_does_not_say_whose_a_document_is_may_be_asked_for_one_subject(terminal, mirror, monkeypatch):
    differently(monkeypatch, mirror, lambda requests: [replace(one, subject=None) for one in requests])
    terminal("run", "AQA GCSE", "--subject", "8992", "--promote", "--approve", "seen")
    assert live(terminal) == {"8992": (5, 5)}
    answer = terminal("run", "AQA GCSE", "--subject", "8888", code=24)
    assert "8888" in answer.err


def test_a_subject_that_is_held_does_not_hold_the_others(terminal, mirror):
    unread = specification("8992", "Tidal Gardening", ("1 Flame", "2 ?"))
    mirror.answers["/spec/8992.pdf"] = (200, {}, unread)
    answer = terminal("run", "AQA GCSE", "--promote", "--approve", "seen", code=1)
    assert {code: topics for code, (topics, _) in live(terminal).items()} == {"8991": 5, "8993": 5}
    assert "8992: " in answer.err


def test_a_dry_run_keeps_snapshots_and_writes_nothing(terminal, mirror):
    terminal("run", "AQA GCSE", "--promote", "--dry-run")
    assert set(counts(terminal).values()) == {0}
    assert len(mirror.asked) == mirror.whole()


def test_fetch_only_keeps_and_its_dry_run_asks_nobody(terminal, mirror):
    plan = terminal("fetch", "AQA GCSE", "--dry-run", "--json").json
    assert plan[0]["addresses"] == [mirror.url("/")]
    assert mirror.log == []
    assert not (terminal.home / "drop").exists()
    kept = terminal("fetch", "AQA GCSE", "--json").json
    assert len(kept) == 7
    assert sum(row["address"].endswith("#pages") for row in kept) == 3
    assert terminal.value("select count(*) from greenroom.fetch") == 0
    for ending in ("/spec/8991.pdf", "?spec=8991&page=1#pages"):
        (snapshot,) = [row["snapshot"] for row in kept if row["address"].endswith(ending)]
        staged = terminal("stage", "AQA GCSE", "--subject", "8991", "--snapshot", snapshot, "--json").json
    # the pages of a list are opened again from the store
    assert staged[0]["read"] == 5


def test_what_failed_to_be_fetched_is_the_exit_code_of_fetch(terminal, mirror):
    mirror.answers["/spec/8993.pdf"] = (404, {}, b"")
    answer = terminal("fetch", "AQA GCSE", code=21)
    assert answer.cause == f"{mirror.url('/spec/8993.pdf')} is gone (404)." or "1 of 7 failed" in answer.cause
    assert len(answer.out.splitlines()) == 6


def failed(terminal):
    """What the desk puts before people of addresses that gave nothing, each with why."""
    with psycopg.connect(terminal.url) as conn:
        work = scopes.worklist([], failed=scopes.failed_fetches(conn))
    return [(one.what, one.count, one.detail) for one in work]


def test_what_failed_to_be_fetched_is_work_until_it_is_fetched(terminal, mirror):
    terminal("run", "AQA GCSE", "--promote", "--approve", "seen")
    assert failed(terminal) == []
    mirror.answers["/spec/8993.pdf"] = (404, {}, b"")
    terminal("fetch", "AQA GCSE", "--dry-run")
    assert failed(terminal) == []
    terminal("fetch", "AQA GCSE", code=21)
    gone = mirror.url("/spec/8993.pdf")
    assert failed(terminal) == [(f"The last fetch of {gone} failed", 1, f"{gone} is gone (404).")]
    mirror.answers["/subject/8992"] = (403, {}, b"")
    terminal("run", "AQA GCSE", "--promote", "--approve", "seen", code=None)
    ((what, count, detail),) = failed(terminal)
    assert (what, count) == ("The last fetch of 2 addresses of 127.0.0.1 failed", 2)
    assert f"{gone}: {gone} is gone (404)." in detail
    assert "does not give this to a program" in detail
    # a page that only leads on is never staged: that it answers again is known all the same
    mirror.answers.clear()
    terminal("run", "AQA GCSE")
    assert failed(terminal) == []


def test_a_visit_without_a_contact_is_warned_of_once(terminal, mirror):
    terminal.set(GREENROOM_CONTACT="")
    answer = terminal("fetch", "AQA GCSE")
    assert answer.err.count("GREENROOM_CONTACT") == 1


def test_a_page_of_an_address_given_by_hand_heeds_robots_txt_too(terminal, mirror):
    answer = terminal.refused("fetch", "AQA GCSE", "--from", mirror.url("/private/x"), code=25)
    assert "robots.txt of 127.0.0.1 does not let greenroom fetch /private/x" in answer.cause
    assert mirror.asked == []


# The drop folder


def test_a_board_with_nothing_on_the_web_says_where_to_put_what(closed):
    answer = closed.refused("run", "AQA GCSE", code=21)
    folder = closed.home / "drop" / "AQA GCSE"
    assert f"there is no address to visit, and {folder} holds no file" in answer.cause
    assert answer.cure.startswith(f"Ask your coordinator for guides. Put the files into {folder}")
    assert folder.is_dir()


def test_files_of_the_drop_folder_are_recognised_by_what_they_hold(closed):
    drop(closed, "scan0001", specification("8991", "Lantern Studies"))
    drop(closed, "8991.pdf", specification("8992", "Tidal Gardening"))
    closed("run", "AQA GCSE", "--promote", "--approve", "seen")
    names = {r["subject_code"]: r["subject_name"] for r in closed.rows("select * from exam_board_subjects")}
    assert names == {"8991": "Lantern Studies", "8992": "Tidal Gardening"}
    before = counts(closed)
    closed("run", "AQA GCSE", "--promote")
    assert counts(closed) == before


def test_files_of_the_drop_folder_stand_beside_what_the_site_gives(terminal, mirror):
    mirror.answers["/spec/8993.pdf"] = (403, {}, b"")
    first = terminal("stage", "AQA GCSE", code=26)
    assert "2 of 7 failed; the first: 8993 Kite Philosophy specification" in first.cause
    drop(terminal, "saved.pdf", specification("8993", "Kite Philosophy"))
    terminal("run", "AQA GCSE", "--promote", "--approve", "seen", code=26)
    assert live(terminal)["8993"] == (5, 5)


def test_an_old_file_in_the_drop_folder_does_not_take_the_place_of_what_the_site_gives(terminal, mirror):
    drop(terminal, "old.pdf", specification("8991", "Lantern Studies", ("1 Flame",)))
    terminal("run", "AQA GCSE", "--promote", "--approve", "seen")
    assert live(terminal)["8991"] == (5, 5)
    before = counts(terminal)
    terminal("run", "AQA GCSE", "--promote", "--approve", "seen")
    assert live(terminal)["8991"] == (5, 5)
    assert counts(terminal) == before


def test_when_the_site_gives_nothing_the_drop_folder_still_does(terminal, mirror):
    mirror.answers["/"] = (403, {}, b"")
    drop(terminal, "saved.pdf", specification("8993", "Kite Philosophy"))
    answer = terminal("run", "AQA GCSE", "--promote", "--approve", "seen", code=26)
    assert live(terminal) == {"8993": (5, 0)}
    assert "the site answers 403" in answer.err


def test_a_file_that_cannot_be_read_is_named_and_the_others_are_read(closed):
    drop(closed, "good", specification("8991", "Lantern Studies"))
    drop(closed, "letter.txt", b"Dear coordinator,")
    answer = closed("run", "AQA GCSE", "--promote", "--approve", "seen", code=24)
    assert live(closed) == {"8991": (5, 0)}
    assert "letter.txt is no document of the mirror" in answer.err
    assert "missing: letter.txt: " in answer.out


def test_with_a_subject_files_of_others_are_no_failure(closed):
    drop(closed, "one", specification("8991", "Lantern Studies"))
    drop(closed, "two", specification("8992", "Tidal Gardening"))
    closed("run", "AQA GCSE", "--subject", "8992", "--promote", "--approve", "seen")
    assert live(closed) == {"8992": (5, 0)}
    closed("run", "AQA GCSE", "--subject", "8993", code=24)


@pytest.mark.parametrize(
    "name", [".hidden", "~$guide.docx", "guide.pdf.part", "guide.crdownload", "guide.tmp", "guide.pdf~", "Thumbs.db"]
)
def test_names_of_work_under_way_are_ignored(closed, name):
    drop(closed, name, specification("8991", "Lantern Studies"))
    drop(closed, "other", specification("8992", "Tidal Gardening"))
    kept = closed("fetch", "AQA GCSE", "--json").json
    assert [row["address"].rpartition("/")[2] for row in kept] == ["other"]


def test_folders_below_are_read_but_not_the_pictures_of_a_saved_page(closed):
    drop(closed, "one", specification("8991", "Lantern Studies"))
    folder = closed.home / "drop" / "AQA GCSE"
    for name in ("8992", "page_files", ".git"):
        (folder / name).mkdir()
        (folder / name / "x").write_bytes(specification("8992", f"Subject of {name}"))
    kept = closed("fetch", "AQA GCSE", "--json").json
    assert sorted(row["address"].rpartition("GCSE/")[2] for row in kept) == ["8992/x", "one"]


def test_a_file_that_is_still_being_copied_is_left_for_next_time(closed, monkeypatch):
    whole = specification("8991", "Lantern Studies")
    path = drop(closed, "copied", whole[:200])
    drop(closed, "whole", specification("8992", "Tidal Gardening"))
    drop(closed, "empty", b"")

    def meanwhile(_seconds):
        with path.open("ab") as file:
            file.write(whole[200:300])

    with monkeypatch.context() as patch:
        patch.setattr("greenroom.write.drop.time.sleep", meanwhile)
        answer = closed("run", "AQA GCSE")
    assert "copied: still being copied: left for next time" in answer.err
    assert "empty: empty: left for next time" in answer.err
    path.write_bytes(whole)
    closed("run", "AQA GCSE", "--promote", "--approve", "seen")
    assert live(closed).keys() == {"8991", "8992"}


def test_a_file_nobody_has_touched_for_a_while_is_not_watched(closed, monkeypatch):
    from greenroom.write import drop as dropping

    path = drop(closed, "old", specification("8991", "Lantern Studies"))
    monkeypatch.setattr(dropping, "_SETTLED_SECONDS", 0.05)
    time.sleep(0.1)
    monkeypatch.setattr("greenroom.write.drop.time.sleep", lambda _: pytest.fail("waited"))
    assert len(closed("fetch", "AQA GCSE", "--json").json) == 1
    # a date that was copied along says nothing: the disk's own clock does
    os.utime(path, (1, 1))
    monkeypatch.setattr(dropping, "_SETTLED_SECONDS", 30.0)
    with pytest.raises(pytest.fail.Exception):
        closed("fetch", "AQA GCSE")


def test_settings_of_manners_are_read(terminal):
    rows = {r["name"]: r["value"] for r in terminal("settings", "--json").json}
    assert (rows["GREENROOM_PAUSE_SECONDS"], rows["GREENROOM_PER_HOST"]) == ("*=0", "1")
    terminal.set(GREENROOM_PAUSE_SECONDS="ccea.org.uk=10, *=0.5", GREENROOM_PER_HOST="3")
    rows = {r["name"]: r["value"] for r in terminal("settings", "--json").json}
    assert (rows["GREENROOM_PAUSE_SECONDS"], rows["GREENROOM_PER_HOST"]) == ("ccea.org.uk=10,*=0.5", "3")
    for name, wrong in (("PAUSE_SECONDS", "ccea=soon"), ("PAUSE_SECONDS", "a=1,a=2"), ("PER_HOST", "9")):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv(f"GREENROOM_{name}", wrong)
            terminal.refused("settings", code=13)


def test_json_says_what_is_missing(terminal, mirror):
    mirror.answers["/subject/8993"] = (404, {}, b"")
    answer = terminal("run", "AQA GCSE", "--json", code=21)
    (row,) = json.loads(answer.out)
    assert [failed["what"] for failed in row["failed"]] == [
        f"8993 Kite Philosophy subject: {mirror.url('/subject/8993')} is gone (404)."
    ]
    assert len(row["staged"]) == 5
