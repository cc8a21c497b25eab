"""Each check finds exactly the bad rows, and nothing in good data; decisions hold for what was seen, and no longer."""

import pytest
from tests.publish.exams import Exams, Paper, Refused, Subject, Topic, leaves

from greenroom.model.check import Bounds

GOOD = Subject(
    topics=(*leaves(10), *leaves(3, prefix="1.", parent="1"), Topic("1.1.1", "Détail — “ﬁne”, 5 µm", "1.1")),
    papers=(Paper(), Paper(type="mark scheme", url="https://example.org/ms.pdf")),
)


def found(exams: Exams) -> list[tuple]:
    """Check, severity, and the codes of the rows it names (or the unit's dataset)."""
    rows = exams.rows(
        "select f.check_name, f.severity, f.dataset, b.topic_code from greenroom_exams.findings(greenroom_exams.pending(%s)) as f"  # noqa: E501
        " left join greenroom.batch_topics as b on b.unit_id = f.unit_id and b.row_key = f.row_key order by 1, 3, 4",
        exams.scope,
    )
    return [(r["check_name"], r["severity"], r["topic_code"] or r["dataset"]) for r in rows]


def seal(exams: Exams, *subjects: Subject) -> list[tuple]:
    exams.clean()
    exams.inbox(*subjects)
    exams.seal()
    return found(exams)


def test_good_data_answers_nothing(exams):
    assert seal(exams, GOOD) == []
    exams.promote()
    assert seal(exams, GOOD.but(name="Life")) == []


def test_a_code_that_stands_twice(exams):
    exams.rows("alter table public.staging_aqa_topics drop constraint staging_aqa_topics_subject_id_topic_code_key")
    twice = (Topic("3", "Topic 3"), Topic("3", "Another", label="other"), Topic("4", "Topic 4"))
    (finding,) = seal(exams, GOOD.but(topics=twice))
    assert finding[:2] == ("duplicate_key", "error")
    assert "3 stands 2 times" in exams.findings()[0]["message"]


def test_a_paper_that_stands_twice_with_other_contents(exams):
    twice = (Paper(), Paper(url="https://example.org/other.pdf"))
    assert seal(exams, GOOD.but(papers=twice)) == [("duplicate_key", "error", "papers")]


def test_a_paper_that_stands_twice_word_for_word_is_one(exams):
    assert seal(exams, GOOD.but(papers=(Paper(), Paper()))) == []
    assert exams.one("select duplicate_count from greenroom.batch") == 1


def test_a_topic_without_a_name(exams):
    bad = (*GOOD.topics, Topic("11", "  "), Topic("12", None))
    assert seal(exams, GOOD.but(topics=bad)) == [
        ("missing_topic_name", "error", "11"),
        ("missing_topic_name", "error", "12"),
    ]


@pytest.mark.parametrize("damage", ["Cells\ufffd", "Ã©nergie", "donâ€™t", "a\u202eb", "bell\x07"])
def test_damaged_text(exams, damage):
    assert seal(exams, GOOD.but(topics=(*GOOD.topics, Topic("11", damage)))) == [("damaged_text", "warning", "11")]


@pytest.mark.parametrize(
    "fine", ["Énergie", "µm – 5 °C", "Ω ≥ 2", "Âge", "Ã", "naïve “quotes”", "中文", "tab\tseparated"]
)
def test_text_that_only_looks_strange_is_not_damaged(exams, fine):
    assert seal(exams, GOOD.but(topics=(*GOOD.topics, Topic("11", fine)))) == []


def test_a_parent_from_another_subject_is_an_orphan(exams):
    exams.inbox(GOOD, Subject(code="7405", name="Chemistry", topics=leaves(3, prefix="c")))
    exams.rows(
        "update public.staging_aqa_topics set parent_topic_id = (select id from public.staging_aqa_topics where topic_code = 'c1')"  # noqa: E501
        " where topic_code = '2'"
    )
    exams.seal()
    assert ("orphan", "error", "2") in found(exams)
    assert {f for f in found(exams) if f[0] == "orphan"} == {("orphan", "error", "2")}


def test_rows_that_are_their_own_ancestors(exams):
    exams.inbox(GOOD)
    for child, parent in (("2", "3"), ("3", "4"), ("4", "2"), ("5", "5")):
        exams.rows(
            "update public.staging_aqa_topics set parent_topic_id ="
            " (select id from public.staging_aqa_topics where topic_code = %s) where topic_code = %s",
            parent,
            child,
        )
    exams.seal()
    cycles = [f for f in found(exams) if f[0] == "cycle"]
    assert cycles == [("cycle", "error", code) for code in ("2", "3", "4", "5")]


def test_a_level_that_jumps(exams):
    bad = (*GOOD.topics, Topic("1.2.1", "Deep", "1.2", level=3))
    assert seal(exams, GOOD.but(topics=bad)) == [("level_jump", "warning", "1.2.1")]


def test_a_tree_deeper_than_expected(exams):
    chain = [Topic("1", "One")]
    for n in range(2, 8):
        chain.append(Topic(f"{chain[-1].code}.1", f"Depth {n}", chain[-1].code))
    assert seal(exams, GOOD.but(topics=tuple(chain))) == [("depth", "warning", "topics")]
    assert seal(exams, GOOD.but(topics=tuple(chain[:-1]))) == []


def test_too_many_rows(exams):
    assert seal(exams, GOOD.but(topics=leaves(2000))) == []
    assert seal(exams, GOOD.but(topics=leaves(2001))) == [("too_many_rows", "warning", "topics")]


def test_too_few_rows(make_database):
    """The bound is one row for exams, which a sealed unit always has; a pack that expects more is asked."""
    from dataclasses import replace

    import psycopg
    from tests.publish.flatpack import install, pack

    few = replace(pack, datasets=tuple(replace(d, bounds=Bounds(least=3)) for d in pack.datasets))
    with psycopg.connect(make_database("exams").url, autocommit=True) as connection:
        flat = install(connection, few)
        flat.load([("a", "2024", "1"), ("b", "2024", "2")])
        assert {(f["check_name"], f["severity"]) for f in flat.findings()} == {("too_few_rows", "error")}
        flat.load([("a", "2024", "1"), ("b", "2024", "2"), ("c", "2024", "3")])
        assert flat.findings() == []


def test_rows_in_quarantine(exams):
    bad = (*GOOD.papers, Paper(year=1812), Paper(series="Whitsun"), Paper(url="ftp://x", number=3))
    assert seal(exams, GOOD.but(papers=bad)) == [("quarantined", "warning", "papers")]
    assert {(q["rule"], q["value"]) for q in exams.rows("select * from greenroom.quarantine")} == {
        ("impossible_year", "1812"),
        ("unknown_series", "Whitsun"),
        ("not_a_web_address", "ftp://x"),
    }


def test_a_unit_that_lost_more_than_a_fifth(exams):
    exams.publish(GOOD.but(topics=leaves(10)))
    assert seal(exams, GOOD.but(topics=leaves(8))) == [], "two of ten are a fifth, not more"
    assert seal(exams, GOOD.but(topics=leaves(7))) == [("shrunk", "warning", "topics")]
    assert exams.findings()[0]["message"] == "3 of 10 published rows would leave"


def test_a_renumbered_unit_has_not_shrunk(exams):
    exams.publish(GOOD.but(topics=leaves(10)))
    assert seal(exams, GOOD.but(topics=tuple(Topic(f"x{t.code}", t.name) for t in leaves(10)))) == []


def test_a_unit_whose_version_was_named_while_it_shrank(exams):
    exams.publish(GOOD.but(topics=leaves(10)))
    assert seal(exams, GOOD.but(version="2015", topics=leaves(7))) == [("shrunk", "warning", "topics")]


def test_a_subject_without_topics(exams):
    assert seal(exams, GOOD.but(topics=())) == [("no_topics", "error", "subjects")]


def test_a_papers_only_scrape_of_a_published_subject_lacks_nothing(exams):
    exams.publish(GOOD)
    assert seal(exams, GOOD.but(topics=(), papers=(*GOOD.papers, Paper(year=2025)))) == []


def test_topics_of_a_subject_that_was_rejected_lack_it(exams):
    seal(exams, GOOD)
    exams.rows("update greenroom.unit set state = 'rejected' where dataset = 'subjects'")
    assert {f for f in found(exams)} == {("no_subjects", "error", "papers"), ("no_subjects", "error", "topics")}


# decisions

WARNED = GOOD.but(topics=(*GOOD.topics, Topic("11", "Cells\ufffd")))


def test_a_warning_stops_until_somebody_who_saw_it_approves(exams):
    seal(exams, WARNED)
    with pytest.raises(Refused, match="AQA A-Level is held: 1 findings") as refused:
        exams.promote()
    assert refused.value.checks == {"damaged_text"}
    assert "approve" in refused.value.hint
    exams.approve()
    exams.promote()
    assert len(exams.topics()) == len(WARNED.topics)


def test_an_error_stops_whoever_approves(exams):
    seal(exams, GOOD.but(topics=(*GOOD.topics, Topic("11", None))))
    exams.approve()
    with pytest.raises(Refused):
        exams.promote()


def test_an_approval_is_void_when_the_content_changes(exams):
    seal(exams, WARNED)
    exams.approve()
    seal(exams, WARNED.but(topics=(*WARNED.topics, Topic("12", "Another"))))
    with pytest.raises(Refused):
        exams.promote()
    seal(exams, WARNED)
    exams.promote()


def test_an_approval_is_void_when_the_findings_change(exams):
    seal(exams, WARNED)
    exams.approve()
    exams.rows(
        "insert into greenroom.finding (unit_id, check_name, severity, message, found_by)"
        " select id, 'dead_link', 'warning', 'gone', 'parser' from greenroom.unit where dataset = 'topics' and state <> 'superseded'"  # noqa: E501
    )
    with pytest.raises(Refused) as refused:
        exams.promote()
    assert refused.value.checks == {"damaged_text", "dead_link"}
    exams.approve()
    exams.promote()


def test_an_approval_of_one_subject_lets_no_other_through(exams):
    other = WARNED.but(code="7405", name="Chemistry")
    seal(exams, WARNED, other)
    exams.approve("7402")
    with pytest.raises(Refused) as refused:
        exams.promote()
    assert {tuple(f["unit"]) for f in refused.value.findings} == {("7405", "")}
    exams.promote("7402")
    assert (
        exams.topics("7402")
        and exams.rows("select * from public.exam_board_subjects where subject_code = '7405'") == []
    )


def test_a_waiver_sets_one_check_aside_for_this_unit_as_it_stands(exams):
    seal(exams, WARNED)
    assert exams.waive("damaged_text", "2999-01-01") == 1
    assert exams.gate() == []
    seal(exams, WARNED.but(topics=(*WARNED.topics, Topic("12", "Another"))))
    assert {f["check"] for f in exams.gate()} == {"damaged_text"}
    seal(exams, WARNED)
    exams.promote()


def test_a_waiver_whose_date_has_passed_does_not_count(exams):
    seal(exams, WARNED)
    exams.waive("damaged_text", "2020-01-01")
    assert {f["check"] for f in exams.gate()} == {"damaged_text"}
    exams.waive("damaged_text", exams.one("select current_date::text"))
    assert exams.gate() == [], "the last day still counts"


@pytest.mark.parametrize(
    ("check", "subject"),
    [
        ("missing_topic_name", GOOD.but(topics=(*GOOD.topics, Topic("11", None)))),
        ("missing_subject_name", GOOD.but(name="")),
        ("duplicate_key", GOOD.but(papers=(Paper(), Paper(url="https://example.org/other.pdf")))),
    ],
)
def test_what_the_tables_insist_on_cannot_be_waived(exams, check, subject):
    seal(exams, subject)
    exams.waive(check, "2999-01-01")
    exams.approve()
    with pytest.raises(Refused) as refused:
        exams.promote()
    assert refused.value.checks == {check}


def test_orphans_and_cycles_cannot_be_waived(exams):
    exams.inbox(GOOD, Subject(code="7405", name="Chemistry", topics=leaves(3, prefix="c")))
    exams.rows(
        "update public.staging_aqa_topics set parent_topic_id = (select id from public.staging_aqa_topics where topic_code = 'c1')"  # noqa: E501
        " where topic_code = '2'"
    )
    exams.rows("update public.staging_aqa_topics set parent_topic_id = id where topic_code = '3'")
    exams.seal()
    for check in ("orphan", "cycle", "level_jump"):
        exams.waive(check, "2999-01-01")
    exams.approve()
    with pytest.raises(Refused) as refused:
        exams.promote()
    assert refused.value.checks == {"orphan", "cycle"}


def test_an_error_that_is_not_structural_can_be_waived(exams):
    seal(exams, GOOD.but(topics=()))
    exams.waive("no_topics", "2999-01-01")
    exams.promote()
    assert exams.subject()["subject_name"] == "Biology"


def test_what_was_rejected_stays_rejected_however_often_it_is_sealed(exams):
    seal(exams, GOOD)
    exams.approve(verdict="rejected")
    assert exams.pending() == []
    seal(exams, GOOD)
    with pytest.raises(Refused) as refused:
        exams.promote()
    assert refused.value.checks == {"rejected"}
    assert "teacher" in refused.value.findings[0]["message"]
    seal(exams, GOOD.but(name="Life", topics=leaves(9), papers=()))
    exams.rows("update greenroom.unit set state = 'superseded' where dataset = 'papers'")
    exams.promote()
    assert len(exams.topics()) == 9


def test_a_second_thought_after_a_rejection_counts(exams):
    seal(exams, GOOD)
    exams.approve(verdict="rejected")
    seal(exams, GOOD)
    exams.approve()
    exams.promote()
    assert len(exams.topics()) == len(GOOD.topics)


def test_a_refusal_stores_nothing(exams):
    seal(exams, WARNED)
    counts = (
        "select (select count(*) from greenroom.finding) + (select count(*) from greenroom.release)"
        " + (select count(*) from greenroom.approval)"
    )
    before = exams.one(counts)
    with pytest.raises(Refused):
        exams.promote()
    assert exams.one(counts) == before
    assert exams.image() == {}


def test_checks_write_nothing(exams):
    seal(exams, WARNED)
    with exams.connection.transaction():
        exams.connection.execute("set transaction read only")
        assert [f["check_name"] for f in exams.findings()] == ["damaged_text"]
        assert len(exams.gate()) == 1
