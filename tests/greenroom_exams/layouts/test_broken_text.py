import pytest

from greenroom_exams.documents import Topic
from greenroom_exams.layouts import broken_text


def topic(name, description=None):
    return Topic("1", name, 0, None, 1, page=7, description=description)


@pytest.mark.parametrize("name", ["Wicks and", "Light of the", "Oils,", "Lanterns (", "Care for", "Glass –"])
def test_a_title_with_an_open_end_breaks_off(name):
    (finding,) = broken_text.check_titles([topic(name)])
    assert (finding.rule, finding.severity, finding.position) == ("title_breaks_off", "error", "page 7")


@pytest.mark.parametrize("name", ["Wicks", "Light for a band", "Basin", "Oils (whale)", "Candid photo-graphs"])
def test_a_whole_title_is_none(name):
    assert list(broken_text.check_titles([topic(name)])) == []


def test_a_stray_character_is_found():
    (finding,) = broken_text.check_titles([topic("Wi\ufffdks")])
    assert finding.rule == "stray_character"


def test_one_statement_without_a_stop_among_many_is_found():
    whole = [topic("Trim a wick.")] * 9
    (finding,) = broken_text.check_statements([*whole, topic("Trim a")], what="statement")
    assert "statement 1 ends without a full stop" in finding.message


def test_statements_that_never_have_a_stop_are_left_alone():
    assert list(broken_text.check_statements([topic("Trim a wick")] * 9, what="statement")) == []


def test_a_description_that_breaks_off_is_found():
    told = [topic("Wick", "It is trimmed (daily.)")] * 9 + [topic("Wick"), topic("Wick", "It is")]
    (finding,) = broken_text.check_descriptions(told)
    assert finding.rule == "text_breaks_off"
