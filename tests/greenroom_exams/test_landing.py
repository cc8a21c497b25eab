"""Pages of one list joined, and what they say of each other."""

import pytest

from greenroom.model.errors import ContractBroken
from greenroom_exams.documents import Component, Finding, Paper, Parsed, Subject, Topic, confidence
from greenroom_exams.landing import joined

LAMPS = Subject("8991", "Lantern Studies", "AQA", "GCSE")
PART = Finding("listing_incomplete", "warning", "2 of 4")


def paper(year):
    return Paper("8991", "8991/1", 1, year, "June", None, "question paper", "Paper", f"https://a.example/{year}.pdf")


def page(*years, promised=4, findings=(PART,), subject=LAMPS, **more):
    counts = {"items": len(years), "promised": promised}
    papers = tuple(paper(year) for year in years)
    return Parsed(subject, (), papers, findings, "cards", confidence(findings), counts, **more)


def topic(code, name, order=1):
    return Topic(code, name, code.count("."), code.rpartition(".")[0] or None, order)


def sections(*topics, **more):
    return Parsed(LAMPS, topics, layout="sections", **more)


def test_pages_that_add_up_are_a_whole_list():
    whole = joined([page(2021, 2022), page(2023, 2024)])
    assert [p.year for p in whole.papers] == [2021, 2022, 2023, 2024]
    assert whole.findings == ()
    assert whole.confidence == 1.0
    assert whole.counts == {"items": 4, "promised": 4}


def test_pages_that_do_not_add_up_stay_a_part():
    part = joined([page(2021, 2022), page(2023)])
    assert [f.rule for f in part.findings] == ["listing_incomplete"]
    assert part.counts == {"items": 3, "promised": 4}


def test_pages_that_promise_no_number_stay_as_they_say():
    part = joined([page(2021, promised=0), page(2022, promised=0)])
    assert [f.rule for f in part.findings] == ["listing_incomplete"]


def test_a_paper_that_two_pages_list_is_told():
    assert [f.rule for f in joined([page(2021, 2022), page(2022, 2024)]).findings] == ["duplicate_paper"]


def test_pages_of_two_subjects_are_no_list():
    with pytest.raises(ContractBroken, match="8991, 8992"):
        joined([page(2021), page(2022, subject=Subject("8992", "Kite Studies", "AQA", "GCSE"))])


def test_a_section_announced_by_an_earlier_page_keeps_its_place_and_takes_the_later_words():
    index = sections(topic("1", "Lamps", 1), topic("2", "Glass", 2))
    second = sections(topic("2", "Glass", 1), topic("2.1", "Chimneys", 2))
    first = sections(topic("1", "Lamps", 1), topic("1.1", "Oil", 2))
    whole = joined([index, second, first])
    assert [(t.code, t.sort_order) for t in whole.topics] == [("1", 1), ("2", 2), ("2.1", 3), ("1.1", 4)]
    assert whole.findings == ()


def test_pages_that_name_one_code_otherwise_are_held():
    whole = joined([sections(topic("1", "Lamps")), sections(topic("1", "Candles"))])
    assert [(f.rule, f.severity) for f in whole.findings] == [("pages_disagree", "error")]


def test_doubt_of_a_page_stays_beyond_what_its_findings_cost():
    sure, unsure = page(2021, 2022), page(2023, 2024)
    whole = joined([sure, Parsed(**{n: getattr(unsure, n) for n in unsure.__slots__} | {"confidence": 0.3})])
    assert whole.confidence == pytest.approx(0.3 / 0.95, abs=0.001)


def test_components_of_all_pages_are_there_once():
    one, two = Component("8991/1", "Paper 1"), Component("8991/2", "Paper 2")
    assert joined([sections(components=(one,)), sections(components=(one, two))]).components == (one, two)
