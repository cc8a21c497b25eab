"""Published addresses asked again: what is there, gone, something else, refused, or not to be told."""

import json
import socket

import pytest
from tests.cli import toy_board
from tests.mirror.site import Mirror

from greenroom_exams import landing

PDF = (200, {"Content-Type": "application/pdf"}, b"%PDF-1.7\n" + b"x" * 5_000)
SORRY = (200, {"Content-Type": "text/html"}, b"<!doctype html><title>Page not found</title>")
T1 = {"code": "T1", "name": "Lantern Studies"}


@pytest.fixture
def mirror():
    with Mirror().running() as site:
        yield site


@pytest.fixture
def toy(exams, mirror, monkeypatch):
    """A terminal that may ask the mirror, at once."""
    monkeypatch.setattr(landing, "boards", lambda: {"AQA": toy_board.board()})
    monkeypatch.setattr("greenroom.write.fetch._PAUSES_SECONDS", (0.01,))
    monkeypatch.setattr("greenroom.links._LINK_SECONDS", 3.0)
    exams.set(GREENROOM_ALLOW_HOSTS=mirror.place, GREENROOM_PAUSE_SECONDS="0", GREENROOM_CONTACT="someone@example.org")
    return exams


def publish(toy, mirror, tmp_path, **answers):
    """Papers by the year they are of, each at an address that answers so."""
    mirror.answers |= {f"/{year[1:]}.pdf": answer for year, answer in answers.items()}
    papers = [
        {
            "subject_code": "T1", "component_code": "T1/1", "paper_number": 1, "year": int(year[1:]), "series": "June",
            "tier": None, "type": "question paper", "title": year, "url": mirror.url(f"/{year[1:]}.pdf"),
        }
        for year in answers
    ]  # fmt: skip
    topics = [{"code": "1", "name": "Lamps", "level": 0, "parent_code": None}]
    path = toy_board.document(tmp_path, "t1.json", subjects=[T1], topics=topics, papers=papers)
    toy("run", "AQA GCSE", "--from", path, "--promote")


def papers_at(toy, tmp_path, *urls):
    """Papers at such addresses, published one after the other."""
    papers = [
        {
            "subject_code": "T1", "component_code": "T1/1", "paper_number": 1, "year": 2001 + n, "series": "June",
            "tier": None, "type": "question paper", "title": str(2001 + n), "url": url,
        }
        for n, url in enumerate(urls)
    ]  # fmt: skip
    topics = [{"code": "1", "name": "Lamps", "level": 0, "parent_code": None}]
    path = toy_board.document(tmp_path, "t1.json", subjects=[T1], topics=topics, papers=papers)
    toy("run", "AQA GCSE", "--from", path, "--promote")


def outcomes(answer):
    (told,) = answer.json
    return {link["what"].split()[2]: link["outcome"] for link in told["links"]}


def test_each_outcome_is_told(toy, mirror, tmp_path):
    gone: tuple[int, dict[str, str], bytes] = (404, {}, b"")
    moved = (301, {"Location": "/y.pdf"}, b"")
    mirror.answers["/y.pdf"] = PDF
    mirror.robots = (200, {}, b"User-agent: *\nDisallow: /2006.pdf\n")
    publish(
        toy, mirror, tmp_path,
        y2001=PDF, y2002=gone, y2003=SORRY, y2004=(500, {}, b""), y2005=moved, y2006=PDF, y2007=(200, {}, b""),
    )  # fmt: skip
    answer = toy("links", "AQA GCSE", "--json", code=1)
    assert outcomes(answer) == {
        "2001": "there", "2002": "gone", "2003": "changed", "2004": "unknown", "2005": "there", "2006": "refused",
        "2007": "changed",
    }  # fmt: skip
    (told,) = answer.json
    assert (told["published"], told["asked"], told["broken"]) == (7, 7, 3)
    words = toy("links", "AQA GCSE", code=1)
    assert "gone for the first time: T1 June 2002 T1/1 question paper" in words.out
    assert "a PDF was published, a page is there now" in words.out
    # nothing was changed by looking
    assert toy.value("select count(*) from greenroom.release") == 1


def test_only_the_beginning_of_a_paper_is_fetched(toy, mirror, tmp_path):
    publish(toy, mirror, tmp_path, y2001=PDF)
    toy("links", "AQA GCSE")
    (asked,) = [each for each in mirror.log if each.path == "/2001.pdf"]
    assert asked.headers["Range"] == "bytes=0-1023"
    assert "someone@example.org" in asked.headers["User-Agent"]


def test_what_was_asked_lately_is_not_asked_again_and_the_unknown_is(toy, mirror, tmp_path):
    publish(toy, mirror, tmp_path, y2001=PDF, y2002=(503, {}, b""))
    toy("links", "AQA GCSE")
    before = len(mirror.log)
    mirror.answers["/2002.pdf"] = PDF
    answer = toy("links", "AQA GCSE", "--json")
    assert [each.path for each in mirror.log[before:]] == ["/2002.pdf"]
    assert outcomes(answer) == {"2001": "there", "2002": "there"}
    toy("links", "AQA GCSE", "--days", "0")
    assert sorted(each.path for each in mirror.log[before + 1 :]) == ["/2001.pdf", "/2002.pdf"]


def test_since_when_a_link_is_broken_stays_known(toy, mirror, tmp_path):
    publish(toy, mirror, tmp_path, y2001=(404, {}, b""))
    toy("links", "AQA GCSE", code=1)
    toy.write("update greenroom.link set since = now() - interval '9 days', checked_at = now() - interval '9 days'")
    since = toy.value("select since from greenroom.link")
    toy("links", "AQA GCSE", code=1)
    assert toy.rows("select since, times from greenroom.link") == [{"since": since, "times": 2}]
    mirror.answers["/2001.pdf"] = PDF
    toy("links", "AQA GCSE", "--days", "0")
    (row,) = toy.rows("select since, times, outcome from greenroom.link")
    assert (row["times"], row["outcome"]) == (1, "there")
    assert row["since"] > since


def test_a_limit_asks_the_longest_unasked_first_and_a_dry_run_nobody(toy, mirror, tmp_path):
    publish(toy, mirror, tmp_path, y2001=PDF, y2002=PDF, y2003=PDF)
    (told,) = toy("links", "AQA GCSE", "--dry-run", "--json").json
    assert (told["asked"], told["left"], mirror.log) == (0, 3, [])
    (told,) = toy("links", "AQA GCSE", "--limit", "2", "--json").json
    assert (told["asked"], told["left"], len(told["links"])) == (2, 1, 2)
    (told,) = toy("links", "AQA GCSE", "--limit", "2", "--json").json
    assert (told["asked"], told["left"], len(told["links"])) == (1, 0, 3)


def test_a_private_address_that_somebody_published_is_not_asked(toy, mirror, tmp_path):
    publish(toy, mirror, tmp_path, y2001=PDF)
    toy.set(GREENROOM_ALLOW_HOSTS="")
    (told,) = toy("links", "AQA GCSE", "--json").json
    assert [link["outcome"] for link in told["links"]] == ["refused"]
    assert [each for each in mirror.log if each.path == "/2001.pdf"] == []


def as_the_real_one(monkeypatch):
    """The look-up of a name refuses what cannot be one, as it does outside of tests."""
    known = socket.getaddrinfo

    def looked_up(host, *args, **options):
        host.encode("idna")
        return known(host, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", looked_up)


def test_what_is_no_address_does_not_stop_the_others(toy, mirror, tmp_path, monkeypatch):
    as_the_real_one(monkeypatch)
    mirror.answers["/good.pdf"] = PDF
    mirror.answers["/astray.pdf"] = (302, {"Location": "http://[::1/x.pdf"}, b"")
    papers_at(
        toy, tmp_path, "http://[::1/x.pdf", "https://board..example/x.pdf", f"https://{'a' * 70}.example/x.pdf",
        "http://127.0.0.1:abc/x.pdf", mirror.url("/astray.pdf"), mirror.url("/good.pdf"),
    )  # fmt: skip
    (told,) = (answer := toy("links", "AQA GCSE", "--json")).json
    assert outcomes(answer) == {
        "2001": "refused", "2002": "refused", "2003": "refused", "2004": "refused", "2005": "unknown", "2006": "there",
    }  # fmt: skip
    details = {link["what"].split()[2]: link["detail"] for link in told["links"]}
    assert "http://[::1/x.pdf is not an address" in details["2001"]
    assert details["2002"] == "board..example cannot be the name of a host."
    assert "leads on to what is no address: 'http://[::1/x.pdf'" in details["2005"]
    # what was learned is kept, of the bad ones too
    assert toy.value("select count(*) from greenroom.link") == 6
    assert toy("links", "AQA GCSE", "--json").json[0]["asked"] == 1


def test_a_number_of_days_beyond_reason_is_refused(toy):
    refused = toy.refused("links", "AQA GCSE", "--days", "999999999999", code=2)
    assert "3650" in refused.cause


def test_schools_publish_no_addresses(shell, make_database):
    shell.at(make_database("schools").url)
    assert "publishes no addresses" in shell.refused("links", "ips_lycees", code=None).cause


def test_the_list_can_be_read_by_a_program(toy, mirror, tmp_path):
    publish(toy, mirror, tmp_path, y2001=PDF)
    told = json.loads(toy("links", "AQA GCSE", "--json").out)
    assert {"url", "what", "outcome", "status", "detail", "checked_at", "since", "times"} == set(told[0]["links"][0])
