import pytest

from greenroom_exams.documents import PAPER_TYPES, SERIES
from greenroom_exams.layouts.paper_title import MONTHS, TYPE_WORDS, read_title, series_of_date


@pytest.mark.parametrize(
    ("title", "kind", "variant"),
    [
        ("Question paper - Paper 1", "question paper", None),
        ("Mark scheme -  Paper 2", "mark scheme", None),
        ("Examiners' report - Wicks", "examiner report", None),
        ("Examiner report - A Level Paper 1", "examiner report", None),
        ("Report on the exam: Paper 2", "examiner report", None),
        ("Moderators' report - Carrying", "moderator report", None),
        ("Question paper - Wicks insert", "insert", None),
        ("Question paper - Wicks resource booklet", "insert", "resource booklet"),
        ("Question paper - Wicks map", "insert", "map"),
        ("Question paper - Paper 2 formulae sheet", "data sheet", "formulae sheet"),
        ("Question paper - Paper 2 erratum", "erratum", None),
        ("Question paper - Paper 2 post exam correction", "erratum", "post exam correction"),
        ("Foundation tier - Formulae sheet", "data sheet", "formulae sheet"),
        ("Higher tier formulae sheet", "data sheet", "formulae sheet"),
        ("Data sheet - Oils", "data sheet", None),
        ("Recording Tracked - A Level Paper 3", "recording", "tracked"),
        ("Specimen question paper: Paper 1", "specimen question paper", None),
        ("Lantern lore", None, None),
        ("Maps of lanterns", None, None),
    ],
)
def test_the_first_or_the_last_words_tell_the_type(title, kind, variant):
    facts = read_title(title)
    assert (facts.type, facts.variant) == (kind, variant)


def test_every_type_and_series_is_in_its_vocabulary():
    assert {kind for _, kind, _ in TYPE_WORDS} <= set(PAPER_TYPES)
    assert set(MONTHS.values()) == set(SERIES)


@pytest.mark.parametrize(
    ("title", "series", "year"),
    [
        ("Mark scheme - Paper 1 - June 2024", "June", 2024),
        ("Mark scheme - October 2020", "November", 2020),
        ("Summer 2016", "June", 2016),
        ("Mark scheme - Paper 3 - June", "June", None),
        ("2024 Mark X860", None, None),
        ("Marching 2024", None, None),
    ],
)
def test_the_series_is_read_from_whole_words(title, series, year):
    facts = read_title(title)
    assert (facts.series, facts.year) == (series, year)


@pytest.mark.parametrize(
    ("title", "number"),
    [
        ("Question paper - Paper 12 erratum", 12),
        ("Examiners' report - Papers 4, 5 and 6", None),
        ("Question paper", None),
    ],
)
def test_a_paper_number_is_one_number_or_none(title, number):
    assert read_title(title).paper_number == number


def test_a_title_may_tell_component_tier_language_and_modification():
    facts = read_title("Mark scheme - Unit J999/03 - Paper 3 - Foundation tier - June")
    assert (facts.component, facts.tier, facts.rest) == ("J999/03", "Foundation", None)
    assert read_title("Modified question paper (Welsh medium)").language == "Welsh"
    assert read_title("Question paper (large print)").modified
    assert read_title("Lantern Studies - Question paper: Wicks", subject_name="Lantern Studies").rest == "Wicks"


@pytest.mark.parametrize(
    ("kind", "date", "series", "year"),
    [
        ("question paper", "20240522", "June", 2024),
        ("question paper", "20201016", "November", 2020),
        ("question paper", "20190115", "January", 2019),
        ("question paper", "20190815", None, None),
        ("mark scheme", "20240815", "June", 2024),
        ("mark scheme", "20201217", "November", 2020),
        ("examiner report", "20190110", "November", 2018),
        ("mark scheme", "20190307", "January", 2019),
        ("mark scheme", "20190601", None, None),
    ],
)
def test_the_date_of_a_file_is_the_exam_or_the_results_day(kind, date, series, year):
    assert series_of_date(kind, date) == (series, year)
