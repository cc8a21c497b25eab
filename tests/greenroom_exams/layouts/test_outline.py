from greenroom_exams.layouts.outline import section
from greenroom_exams.layouts.pdf_lines import Entry

OUTLINE = (
    Entry(0, "Contents", 2),
    Entry(0, "3 Subject content", 9),
    Entry(1, "3.1 Flame", 10),
    Entry(2, "3.1.1 Wicks", 10),
    Entry(2, "Help and support", 11),
    Entry(0, "4 Scheme of assessment", 15),
    Entry(1, "4.1 Aims", 15),
)


def test_a_section_holds_the_numbered_entries_below_it():
    found = section(OUTLINE, "subject content")
    assert found.code == "3"
    assert found.entries == {"3.1": "Flame", "3.1.1": "Wicks"}


def test_a_section_ends_before_the_next_one():
    found = section(OUTLINE, "Subject content")
    assert (found.first_page, found.last_page) == (9, 14)


def test_the_last_section_has_no_last_page():
    assert section(OUTLINE, "Scheme of assessment").last_page is None


def test_an_outline_without_the_section_gives_nothing():
    assert section(OUTLINE, "Lanterns") is None
    assert section((), "Subject content") is None
