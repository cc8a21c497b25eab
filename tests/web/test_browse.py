"""Browsing pages and their API: four layers, filters, the inbox sealed from a form, a paper by its address."""

import json
import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest
from tests.publish.exams import Exams, Paper, Subject, Topic, leaves

from greenroom import pipeline
from greenroom.model.errors import ContractBroken, NotAllowed, SiteRefuses, SourceMissing
from greenroom.web.areas import browse as area

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
BIOLOGY = Subject(
    topics=(Topic("1", "Cells"), Topic("1.1", "Membranes", "1"), *leaves(9, 2)),
    papers=(
        Paper(url="https://example.org/qp.pdf", tier="Higher"),
        Paper(type="mark scheme", url="https://example.org/ms.pdf", tier="Higher"),
        Paper(year=2023, series="November", url="https://example.org/old.pdf"),
    ),
)
AT = {"board": "AQA", "qualification": "A-Level", "subject": "7402"}


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


def links_of(answer):
    return [unescape(found) for found in re.findall(r'href="([^"]*)"', answer.text)]


# Subjects


@pytest.mark.parametrize("address", ["/browse", "/data-viewer-v2.html"])
def test_the_seeds_page_filters_by_board_and_qualification(desk, exams, address):
    exams.publish(BIOLOGY)
    exams.other("OCR", "GCSE").publish(Subject("J247", "Physics", leaves(12)))
    client = desk(exams.url, role="viewer")
    assert {"Biology", "Physics"} <= set(words_of(client.get(address)).split())
    answer = client.get(address, params={"board": "AQA", "qualification": "A-Level"})
    assert "Physics" not in words_of(answer)
    place = next(link for link in links_of(answer) if "subject=7402" in link)
    assert parse_qs(urlsplit(place).query) == {**{k: [v] for k, v in AT.items()}}
    assert client.get(place).status_code == 200


def test_a_subject_is_told_with_its_state_and_counts(desk, exams):
    exams.publish(BIOLOGY)
    words = words_of(desk(exams.url).get("/browse", params={"board": "AQA", "qualification": "A-Level"}))
    assert "Biology 7402 current hidden 11 = 10 + 1 3 nothing" in words
    told = desk(exams.url).get("/api/browse", params={"board": "AQA"}).json()
    assert (told["total"], told["items"][0]["topics_by_level"]) == (1, {"0": 10, "1": 1})


def test_subjects_come_in_pages_with_links_between_them(desk, exams, monkeypatch):
    monkeypatch.setattr(area, "_PER_PAGE", 2)
    exams.publish(*(Subject(f"S{n}", f"Subject {n}", leaves(10)) for n in range(5)))
    client = desk(exams.url)
    seen: list[str] = []
    address: str | None = "/browse?board=AQA&qualification=A-Level"
    while address:
        answer = client.get(address)
        seen += re.findall(r'<span class="mono faint">(S\d)</span>', answer.text)
        following = re.search(r'rel="next" href="([^"]*)"', answer.text)
        address = unescape(following[1]) if following else None
    assert seen == [f"S{n}" for n in range(5)]


def test_what_a_board_offers_and_nobody_staged_is_named(desk, exams):
    exams.publish(BIOLOGY)
    exams.rows("insert into greenroom.exam_offer (exam_board, qualification, name, subject_code, source, page_url)"
               " values ('AQA', 'A-Level', 'Chess', '9999', 'x', 'https://aqa.example/chess'),"
               " ('AQA', 'A-Level', 'Biology', '7402', 'x', null)")  # fmt: skip
    answer = desk(exams.url).get("/browse", params={"board": "AQA", "qualification": "A-Level"})
    assert "Chess 9999 nobody has staged it https://aqa.example/chess" in words_of(answer)
    told = desk(exams.url).get("/api/browse/missing", params={"board": "AQA"}).json()
    assert [(one["name"], one["is_staged"]) for one in told["items"]] == [("Chess", False)]
    assert desk(exams.url).get("/api/browse/missing", params={"offset": 1}).json()["items"] == []


def test_boards_are_listed_for_programs(desk, exams):
    exams.publish(BIOLOGY)
    told = {board["code"]: board for board in desk(exams.url).get("/api/boards").json()}
    assert {"AQA", "WJEC"} <= told.keys()
    assert {q["code"]: q["subjects"] for q in told["AQA"]["qualifications"]}["A-Level"] == 1


def test_a_database_without_boards_lists_its_datasets(desk, make_database):
    client = desk(make_database("schools").url)
    assert "communes" in words_of(client.get("/browse"))
    assert client.get("/api/boards").json() == []
    assert client.get("/api/browse").json()["items"] == []
    assert client.get("/api/browse/missing").json()["items"] == []
    assert client.get("/api/browse/inbox").json() == {"newer": [], "unreadable": [], "unknown": []}
    assert client.get("/browse/inbox").status_code == 200
    assert client.get("/browse", params=AT).status_code == 404
    assert client.post("/api/browse/seal", json={"board": "AQA", "qualification": "GCSE"}).status_code == 404


# Trees


def test_a_tree_is_a_nested_list_that_folds_without_a_script(desk, exams):
    exams.publish(BIOLOGY)
    text = desk(exams.url).get("/browse", params=AT).text
    tree = text[text.index('<ul class="tree"') : text.rindex("</ul>")]
    assert re.search(
        r"<details open><summary>.*?>1</span>.*?Cells.*?</summary>\s*<ul>\s*<li[^>]*>.*?Membranes", tree, re.S
    )
    assert tree.count("<details") == 1
    assert tree.count("<ul") == tree.count("</ul>") + 1
    assert tree.count("<li") == tree.count("</li>") == 11


@pytest.mark.parametrize("layer", ["inbox", "batch", "production", "preview"])
def test_switching_layers_keeps_the_place(desk, exams, layer):
    exams.publish(BIOLOGY)
    exams.inbox(BIOLOGY.but(topics=(*BIOLOGY.topics, Topic("1.2", "Membrane transport", "1"))))
    exams.seal()
    answer = desk(exams.url).get("/browse", params={**AT, "version": "", "layer": layer, "q": "membrane"})
    expected = {"inbox": 2, "batch": 2, "production": 1, "preview": 1}[layer]
    assert f"{expected} of {11 + (expected == 2)} topics hold “membrane”" in words_of(answer)
    tabs = re.search(r'<nav class="tabs" aria-label="Layers".*?</nav>', answer.text, re.S)[0]
    for place in (parse_qs(urlsplit(unescape(href)).query, True) for href in re.findall(r'href="([^"]*)"', tabs)):
        assert place.pop("layer")
        assert place == {
            "board": ["AQA"],
            "qualification": ["A-Level"],
            "subject": ["7402"],
            "version": [""],
            "q": ["membrane"],
        }


def test_a_layer_that_holds_nothing_says_so(desk, exams):
    exams.inbox(BIOLOGY)
    client = desk(exams.url)
    for layer, words in (("production", "Nothing of it has been promoted yet"), ("batch", "Nothing of it waits")):
        assert words in words_of(client.get("/browse", params={**AT, "layer": layer}))
    # without a layer: the one that has something
    assert "what scrapers wrote, as they wrote it" in words_of(client.get("/browse", params=AT))


def test_topics_of_the_api_come_in_pages_of_the_walked_tree(desk, exams):
    exams.publish(BIOLOGY)
    client = desk(exams.url)
    pages = [client.get("/api/browse/topics", params={**AT, "limit": 4, "offset": n}).json() for n in (0, 4, 8, 12)]
    assert [len(page["items"]) for page in pages] == [4, 4, 3, 0]
    codes = [topic["code"] for page in pages for topic in page["items"]]
    assert codes[:2] == ["1", "1.1"]
    assert len(set(codes)) == 11
    found = client.get("/api/browse/topics", params={**AT, "q": "membranes"}).json()
    assert (found["matches"], found["shown"], found["total"]) == (1, 2, 11)


def test_large_trees_begin_folded_and_unfold_by_a_link(desk, exams):
    exams.publish(Subject(topics=(Topic("A", "Top"), *leaves(250, prefix="A", parent="A"), *leaves(250, prefix="B"))))
    client = desk(exams.url)
    folded = client.get("/browse", params=AT)
    assert "<details>" in folded.text
    assert folded.text.count("<li id=") == 501
    unfold = next(link for link in links_of(folded) if "open=all" in link)
    assert "<details open>" in client.get(unfold).text
    assert "<details open>" in client.get("/browse", params={**AT, "q": "A7"}).text


def test_versions_are_links_and_the_one_shown_is_marked(desk, exams):
    exams.publish(BIOLOGY.but(version="2015"))
    exams.rows("update public.exam_board_subjects set is_current = false")
    exams.publish(BIOLOGY.but(version="2027"))
    client = desk(exams.url)
    answer = client.get("/browse", params=AT)
    assert "Versions: 2015 , 2027" in words_of(answer).replace(" ,", " ,")
    assert "<strong>2027</strong>" in answer.text
    older = next(link for link in links_of(answer) if "version=2015" in link and "layer" not in link)
    assert "<strong>2015</strong>" in client.get(older).text


@pytest.mark.parametrize("asked", [
    {**AT, "subject": "none"}, {**AT, "board": "Nobody"}, {**AT, "version": "1999"}, {**AT, "qualification": "GCSE"},
])  # fmt: skip
def test_a_subject_that_nobody_staged_is_not_found(desk, exams, asked):
    exams.publish(BIOLOGY)
    client = desk(exams.url)
    assert client.get("/browse", params=asked).status_code == 404
    assert client.get("/api/browse/topics", params=asked).status_code == 404
    assert client.get("/api/browse/papers", params=asked).status_code == 404


# Papers


def test_papers_of_a_sitting_stand_side_by_side(desk, exams):
    exams.publish(BIOLOGY)
    exams.rows("insert into greenroom.link (url, outcome, detail) values ('https://example.org/qp.pdf', 'gone', '404')")
    answer = desk(exams.url).get("/browse", params={**AT, "show": "papers"})
    words = words_of(answer)
    assert words.index("June 2024, Higher") < words.index("November 2023")
    assert "Paper 1 question paper link gone mark scheme none none" in words
    assert 'href="https://example.org/qp.pdf" rel="noreferrer noopener"' in answer.text
    only_gone = desk(exams.url).get("/api/browse/papers", params={**AT, "link": "gone"}).json()
    assert [paper["url"] for paper in only_gone["items"]] == ["https://example.org/qp.pdf"]


def test_papers_are_filtered_from_the_form(desk, exams):
    exams.publish(BIOLOGY)
    client = desk(exams.url)
    answer = client.get("/browse", params={**AT, "show": "papers", "year": "2023", "series": "", "kind": ""})
    assert "1 document." in words_of(answer)
    assert "No document fits" in words_of(client.get("/browse", params={**AT, "show": "papers", "year": "1999"}))
    assert "3 documents" in words_of(client.get("/browse", params={**AT, "show": "papers", "year": "nonsense"}))


def test_addresses_that_are_no_web_addresses_are_no_links(desk, exams):
    exams.inbox(
        BIOLOGY.but(
            papers=(Paper(url="javascript:alert(1)"), Paper(number=2, url="javascript://x.example/%0aalert(2)"))
        )
    )
    answer = desk(exams.url).get("/browse", params={**AT, "layer": "inbox", "show": "papers"})
    assert "javascript:alert(1)" in words_of(answer)
    assert not [link for link in links_of(answer) if link.lower().startswith(("javascript:", "data:"))]


# Hostile texts


def test_hostile_texts_in_every_field_are_only_text(desk, exams):
    exams.inbox(BIOLOGY)
    exams.rows("update public.staging_aqa_subjects set subject_name = %s, specification_url = %s, spec_version = null",
               HOSTILE, "javascript:" + HOSTILE)  # fmt: skip
    exams.rows(
        "update public.staging_aqa_topics set topic_name = topic_name || %s, topic_code = topic_code || %s,"
        " description = %s, component_code = %s, tier = %s, study_level = %s, language = %s, option_group = %s",
        *[HOSTILE] * 8,
    )
    exams.rows("update public.staging_aqa_exam_papers set tier = %s, component_code = %s, title = %s, documents ="
               " jsonb_build_array(jsonb_build_object('type', 'insert', 'url', 'https://e.org/' || %s,"
               " 'variant', %s::text, 'title', %s::text, 'language', %s::text),"
               " jsonb_build_object('type', %s::text, 'url', %s::text))",
               *[HOSTILE] * 9)  # fmt: skip
    exams.seal()
    exams.rows("update public.staging_aqa_exam_papers set exam_series = %s", HOSTILE)
    exams.rows("insert into greenroom.exam_offer (exam_board, qualification, name, subject_code, source, page_url)"
               " values ('AQA', 'A-Level', %s, %s, 'x', %s)", HOSTILE, HOSTILE, "javascript:" + HOSTILE)  # fmt: skip
    exams.rows("insert into greenroom.link (url, outcome, detail) values ('https://e.org/' || %s, 'changed', %s)",
               HOSTILE, HOSTILE)  # fmt: skip
    exams.rows("insert into public.staging_aqa_subjects (subject_code, qualification_type, exam_board)"
               " values (%s, %s, %s)", HOSTILE, HOSTILE, HOSTILE)  # fmt: skip
    batch = exams.one("select max(id) from greenroom.batch")
    exams.rows("update greenroom.batch set source = %s", "javascript:" + HOSTILE)
    client = desk(exams.url)
    scope = {"board": "AQA", "qualification": "A-Level"}
    asked = [
        ("/browse", scope), ("/browse", {"q": HOSTILE}), ("/browse/inbox", scope), (f"/browse/batch/{batch}", {}),
        ("/browse/add", AT),
        *[("/browse", {**AT, "layer": layer, "show": show, "link": HOSTILE * (show == "papers") * 0})
          for layer in ("inbox", "batch") for show in ("topics", "papers")],
        ("/browse", {**AT, "layer": "inbox", "q": HOSTILE}),
    ]  # fmt: skip
    for path, params in asked:
        answer = client.get(path, params=params)
        assert answer.status_code == 200, (path, params)
        assert "&lt;script&gt;alert(1)" in answer.text, (path, params)
        assert "<script>alert" not in answer.text, (path, params)
        assert "<img" not in answer.text, (path, params)
        assert not [link for link in links_of(answer) if link.startswith("javascript:")], (path, params)


def test_a_page_of_the_desk_has_no_inline_script_or_style(desk, exams):
    exams.publish(BIOLOGY)
    client = desk(exams.url)
    for path, params in (("/", {}), ("/browse", {}), ("/browse", AT), ("/browse", {**AT, "show": "papers"}),
                         ("/browse/inbox", {}), ("/browse/add", AT)):  # fmt: skip
        text = client.get(path, params=params).text
        assert not re.search(r"<script(?![^>]*\bsrc=)", text)
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=", text)


@pytest.mark.parametrize("params", [
    {"board": "a\x00b"}, {"q": "\x00"}, {"layer": "attic"}, {"offset": "-1"}, {"offset": str(10**12)},
    {**AT, "subject": "\x00"}, {**AT, "version": "\x00"}, {**AT, "show": "all"}, {"q": "x" * 300},
])  # fmt: skip
def test_what_no_database_could_hold_is_refused_not_a_defect(desk, exams, params):
    client = desk(exams.url)
    assert client.get("/browse", params=params).status_code == 422
    assert client.get("/browse/batch/9223372036854775808").status_code == 422
    assert client.get("/browse/batch/9223372036854775807").status_code in (404, 409)


# The inbox


def test_unsealed_rows_are_told_with_what_a_seal_would_refuse(desk, exams):
    exams.inbox(BIOLOGY.but(papers=(Paper(url="ftp://x"), *BIOLOGY.papers)))
    exams.rows("insert into public.staging_aqa_subjects (subject_code, qualification_type, exam_board)"
               " values ('1', 'GCSE', 'Board of Nowhere')")  # fmt: skip
    client = desk(exams.url, role="viewer")
    answer = client.get("/browse/inbox", params={"board": "AQA", "qualification": "A-Level"})
    words = words_of(answer)
    assert "not a web address ftp://x" in words
    assert "Board of Nowhere GCSE 1" in words
    assert "7402 11 " in words
    # a viewer may look, not seal
    assert '<form method="post" action="/browse/seal"' not in answer.text
    told = client.get("/api/browse/inbox", params={"board": "AQA", "qualification": "A-Level"}).json()
    assert [one["code"] for one in told["newer"]] == ["7402"]
    assert [one["rule"] for one in told["unreadable"]] == ["not_a_web_address"]
    assert told["unknown"][0]["exam_board"] == "Board of Nowhere"


def test_looking_first_writes_nothing(desk, exams):
    exams.inbox(BIOLOGY)
    client = desk(exams.url, role="editor")
    scope = {"board": "AQA", "qualification": "A-Level"}
    answer = client.post("/browse/seal", data={**scope, "look": "yes"})
    assert answer.status_code == 200
    assert "15 read = 15 staged + 0 quarantined + 0 duplicates" in words_of(answer)
    assert exams.one("select count(*) from greenroom.batch") == 0
    told = client.post("/api/browse/seal", json={**scope, "dry_run": True}).json()
    assert told["staged"] == 15
    assert exams.one("select count(*) from greenroom.unit") == 0


def test_sealing_from_the_form_makes_a_batch_and_shows_its_account(desk, exams):
    exams.inbox(BIOLOGY.but(papers=(Paper(url="ftp://x"), *BIOLOGY.papers)), Subject("7408", "Physics", leaves(12)))
    client = desk(exams.url, role="editor")
    answer = client.post("/browse/seal", data={"board": "AQA", "qualification": "A-Level", "subject": "7402"})
    assert answer.status_code == 303
    batch = exams.one("select max(id) from greenroom.batch")
    assert answer.headers["location"] == f"/browse/batch/{batch}"
    words = words_of(client.get(answer.headers["location"]))
    assert "not a web address ftp://x" in words
    assert "16 read = 15 staged + 1 quarantined + 0 duplicates" in words
    assert f"Sealed as batch {batch}" in words
    assert exams.one("select array_agg(distinct key[1]) from greenroom.unit") == ["7402"]
    # and findings were written down
    assert exams.one("select count(*) from greenroom.unit where state = 'sealed'") == 0
    again = client.post("/browse/seal", data={"board": "AQA", "qualification": "A-Level", "subject": "7402"})
    # the row that cannot be read stands in quarantine already: nothing else is new
    assert again.headers["location"].startswith("/browse/inbox")
    assert exams.one("select count(*) from greenroom.batch") == 1


def test_an_inbox_of_unreadable_rows_alone_is_refused_with_the_rows(desk, exams):
    exams.publish(BIOLOGY)
    exams.clean()
    exams.inbox(BIOLOGY.but(topics=(), papers=(Paper(url="ftp://x"),)))
    answer = desk(exams.url, role="editor").post("/browse/seal", data={"board": "AQA", "qualification": "A-Level"})
    assert answer.status_code == 409
    assert "ftp://x" in words_of(answer)


@pytest.mark.parametrize(("path", "role", "status"), [
    ("/browse/seal", "viewer", 403), ("/browse/add", "viewer", 403),
    ("/api/browse/seal", "viewer", 403), ("/api/browse/papers", "viewer", 403),
])  # fmt: skip
def test_only_editors_write(desk, exams, path, role, status):
    exams.inbox(BIOLOGY)
    assert (
        desk(exams.url, role=role).post(path, data={"board": "AQA", "qualification": "A-Level"}).status_code == status
    )
    forged = desk(exams.url, role="editor", name="Eve")
    forged.headers.pop("x-csrf-token")
    assert forged.post(path, data={"board": "AQA", "qualification": "A-Level"}).status_code == 403
    assert exams.one("select count(*) from greenroom.batch") == 0


@pytest.mark.parametrize("given", [
    {}, {"board": "AQA"}, {"board": "\x00", "qualification": "GCSE"}, {"board": "", "qualification": ""},
])  # fmt: skip
def test_a_seal_of_nothing_named_is_refused(desk, exams, given):
    assert desk(exams.url, role="editor").post("/browse/seal", data=given).status_code == 422


@pytest.mark.parametrize(
    "given", [{"board": "AQA", "qualification": "Diploma"}, {"board": "exams", "qualification": "x"}]
)
def test_a_seal_of_what_there_is_not_is_refused(desk, exams, given):
    assert desk(exams.url, role="editor").post("/browse/seal", data=given).status_code == 404
    assert exams.one("select count(*) from greenroom.scope") == 0


# A paper by its address

PAPER = {
    **AT, "version": "", "url": "https://elsewhere.example/new.pdf", "year": "2022", "series": "June",
    "type": "question paper", "tier": "Higher", "component": "7402/1", "paper_number": "1", "language": "", "title": "",
}  # fmt: skip


def add(client, **changes):
    return client.post("/browse/add", data={**PAPER, **changes})


def papers(exams):
    """What waits, by address."""
    rows = exams.rows(
        "select p.*, u.complete, u.state from greenroom_exams.effective_papers as p join greenroom.unit as u"
        " on u.id = p.unit_id where u.state in ('sealed', 'held', 'ready')"
    )
    return {row["url"]: row for row in rows}


def test_a_paper_in_words_is_a_row_of_the_inbox_and_a_part(desk, exams):
    exams.publish(BIOLOGY)
    exams.clean()
    client = desk(exams.url, role="editor", name="Ada")
    answer = add(client)
    assert answer.status_code == 303, words_of(answer)
    assert "a part: adds, retires nothing" in words_of(client.get(answer.headers["location"]))
    (row,) = papers(exams).values()
    assert (row["year"], row["series"], row["type"], row["tier"], row["component_code"], row["paper_number"]) == (
        2022, "June", "question paper", "Higher", "7402/1", 1
    )  # fmt: skip
    assert row["language"] == "English"
    assert row["complete"] is False
    written = exams.rows("select * from public.staging_aqa_exam_papers")[0]
    assert (written["year"], written["exam_series"], written["documents"][0]["url"]) == (2022, "June", PAPER["url"])
    assert exams.one("select source from greenroom.batch order by id desc limit 1") == "added by Ada"
    before = exams.one("select count(*) from public.exam_papers where retired_at is null")
    exams.approve()
    exams.promote()
    assert exams.one("select count(*) from public.exam_papers where retired_at is null") == before + 1
    assert exams.one("select count(*) from public.curriculum_topics where retired_at is null") == 11


def test_an_address_may_be_long(desk, exams):
    exams.publish(BIOLOGY)
    long = "https://elsewhere.example/" + "a" * 1_500
    assert add(desk(exams.url, role="editor"), url=long).status_code == 303
    assert long in papers(exams)


def test_a_paper_beside_a_listing_in_the_inbox_leaves_that_as_it_is(desk, exams):
    exams.publish(BIOLOGY)
    add(desk(exams.url, role="editor"))
    assert set(papers(exams)) == {PAPER["url"], *(p.url for p in BIOLOGY.papers)}


def test_the_same_paper_again_adds_nothing(desk, exams):
    exams.publish(BIOLOGY)
    client = desk(exams.url, role="editor")
    add(client)
    batches = exams.one("select count(*) from greenroom.batch")
    again = add(client)
    assert again.status_code == 303
    assert "there already" in words_of(client.get(again.headers["location"]))
    assert exams.one("select count(*) from greenroom.batch") == batches


@pytest.mark.parametrize(("changes", "said"), [
    ({"url": "javascript:alert(1)"}, "is no web address"), ({"url": "ftp://x.example/a"}, "is no web address"),
    ({"url": "https://"}, "is no web address"), ({"url": "https://a b.example/"}, "holds a blank"),
    ({"url": "https://me:pw@x.example/"}, "holds a user name or password"), ({"url": "https://[::1"}, "is no address"),
    ({"url": "https://x.example:port/"}, "is no address"), ({"url": ""}, "Address"),
    ({"url": "https://x.example/" + "a" * 2100}, "Address"), ({"year": "1066"}, "is too small"),
    ({"year": "22nd"}, "is no number"), ({"year": ""}, "is no number"), ({"paper_number": "-1"}, "is too small"),
    ({"series": ""}, "Series"), ({"title": "a\x00b"}, "Title"),
])  # fmt: skip
def test_a_wrong_field_is_named_beside_it_and_nothing_is_written(desk, exams, changes, said):
    exams.publish(BIOLOGY)
    exams.clean()
    answer = add(desk(exams.url, role="editor"), **changes)
    assert answer.status_code == 422
    assert said in words_of(answer)
    assert 'aria-invalid="true"' in answer.text
    # what was right is still there
    assert 'value="7402/1"' in answer.text
    assert exams.one("select count(*) from public.staging_aqa_subjects") == 0


@pytest.mark.parametrize("changes", [{"series": "Ragnarök"}, {"type": "love letter"}])
def test_words_that_production_does_not_know_are_refused(desk, exams, changes):
    exams.publish(BIOLOGY)
    answer = add(desk(exams.url, role="editor"), **changes)
    assert answer.status_code == 409
    assert "Known: " in words_of(answer)


def test_a_paper_of_a_subject_that_nobody_staged_is_refused(desk, exams):
    exams.publish(BIOLOGY)
    assert add(desk(exams.url, role="editor"), subject="none").status_code == 404


@pytest.mark.parametrize(("error", "status"), [
    (NotAllowed("x is not a host of this source."), 303), (SiteRefuses("the site answers 403"), 303),
    (SourceMissing("it is gone (404)"), 409),
])  # fmt: skip
def test_what_cannot_be_fetched_is_taken_by_word_but_not_what_is_gone(desk, exams, monkeypatch, error, status):
    exams.publish(BIOLOGY)
    exams.clean()

    def refuse(*_given, **_more):
        raise error
        yield

    monkeypatch.setattr(pipeline, "bring_from", refuse)
    client = desk(exams.url, role="editor")
    answer = add(client, fetch="yes")
    assert answer.status_code == status
    words = words_of(answer if status == 409 else client.get(answer.headers["location"]))
    assert error.message in words
    assert len(papers(exams)) == (status == 303)


def fetched(monkeypatch, exams, desk_client, told):
    """A document is fetched that says this of itself."""
    store = desk_client.app.state.ground.fetching.store
    kept = store.keep([b"%PDF-1.4 made up"], address=PAPER["url"], headers={})
    monkeypatch.setattr(pipeline, "bring_from", lambda *_a, **_m: iter([kept]))
    monkeypatch.setattr(pipeline, "papers_in", lambda *_a: told)
    return kept


def test_a_document_that_says_another_thing_is_for_a_person(desk, exams, monkeypatch):
    exams.publish(BIOLOGY)
    exams.clean()
    client = desk(exams.url, role="editor")
    fetched(monkeypatch, exams, client, [{"year": 2021, "series": "November", "type": "question paper", "tier": None}])
    answer = add(client, fetch="yes")
    assert answer.status_code == 409
    words = words_of(answer)
    assert "year: the form says 2022, the document says 2021" in words
    assert "series: the form says June, the document says November" in words
    assert "tier: the form says" not in words
    assert papers(exams) == {}
    assert add(client).status_code == 303


def test_a_document_that_is_a_whole_list_is_not_one_paper(desk, exams, monkeypatch):
    exams.publish(BIOLOGY)
    client = desk(exams.url, role="editor")
    fetched(monkeypatch, exams, client, None)
    answer = add(client, fetch="yes")
    assert answer.status_code == 409
    assert f'greenroom stage "AQA A-Level" --from {PAPER["url"]}' in words_of(answer)


def test_a_document_that_does_not_say_its_series_is_taken_by_word(desk, exams, monkeypatch):
    exams.publish(BIOLOGY)
    client = desk(exams.url, role="editor")
    fetched(monkeypatch, exams, client, [])
    answer = add(client, fetch="yes")
    assert answer.status_code == 303
    assert "does not say of which series" in words_of(client.get(answer.headers["location"]))


def test_a_document_that_agrees_is_staged_as_it_was_fetched(desk, exams, monkeypatch):
    exams.publish(BIOLOGY)
    client = desk(exams.url, role="editor")
    kept = fetched(monkeypatch, exams, client, [{"year": 2022, "series": "June", "type": "Question Paper"}])
    asked = []

    def stage(conn, found, snapshot, store, *, only):
        asked.append((found.name, snapshot.hash, only))
        return pipeline.Staged(found.name, PAPER["url"], snapshot.hash, None, ())

    monkeypatch.setattr(pipeline, "stage", stage)
    assert add(client, fetch="yes").status_code == 303
    assert asked == [("AQA A-Level", kept.hash, "7402")]


def test_the_reader_of_a_board_tells_one_paper_from_a_list(exams, monkeypatch, tmp_path):
    from tests.cli.toy_board import board

    from greenroom import catalog
    from greenroom.write.fetch import Store
    from greenroom_exams import landing

    monkeypatch.setattr(landing, "boards", lambda: {"AQA": board()})
    found = catalog.one(exams.connection, ["AQA GCSE"])
    store = Store(tmp_path)

    def read(**told):
        kept = store.keep([json.dumps({"board": "toy", **told}).encode()], address="https://x.example/a", headers={})
        return pipeline.papers_in(found, kept, store, "T1")

    paper = {"subject_code": "T1", "component_code": None, "paper_number": 1, "year": 2024, "series": "June",
             "tier": None, "type": "question paper", "title": "One", "url": "https://x.example/a"}  # fmt: skip
    assert read(papers=[paper]) is None
    (row,) = read(papers=[paper], whole=False)
    assert (row["year"], row["type"], row["subject_code"]) == (2024, "question paper", "T1")
    with pytest.raises(ContractBroken):
        store.keep([b"nothing"], address="https://x.example/b", headers={})
        read(board="other")


def test_the_api_adds_papers_by_the_same_rules(desk, exams):
    exams.publish(BIOLOGY)
    client = desk(exams.url, role="editor")
    body = {**PAPER, "year": 2022, "paper_number": None, "fetch": False}
    told = client.post("/api/browse/papers", json=body).json()
    assert told["how"] == "the form's"
    account = client.get(f"/api/browse/batch/{told['batch']}").json()
    assert {unit["dataset"]: unit["complete"] for unit in account["units"]}["papers"] is False
    assert client.post("/api/browse/papers", json={**body, "url": "javascript:1"}).status_code == 422
    assert client.post("/api/browse/papers", json={**body, "surprise": 1}).status_code == 422


def test_a_paper_of_an_archived_version_stays_in_it(desk, exams):
    exams.publish(BIOLOGY.but(version="2015"))
    exams.rows("update public.exam_board_subjects set is_current = false")
    exams.publish(BIOLOGY.but(version="2027"))
    exams.clean()
    assert add(desk(exams.url, role="editor"), version="2015").status_code == 303
    keys = exams.one("select array_agg(distinct key[2]) from greenroom.unit where state in ('sealed', 'held', 'ready')")
    assert keys == ["2015"]
