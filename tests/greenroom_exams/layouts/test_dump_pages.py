"""A dump falls into its printed pages; its contents page is a witness of what should be there."""

from dataclasses import replace

from tests.greenroom_exams.layouts import lantern_dumps
from tests.greenroom_exams.layouts.lantern_dumps import dump, pdf_of

from greenroom_exams.layouts import dump_pages
from greenroom_exams.layouts.pdf_lines import Entry
from greenroom_exams.layouts.plain_text import read_text


def rules(pdf):
    return [finding.rule for finding in dump_pages.check_printed(pdf)]


def messages(pdf):
    return " ".join(finding.message for finding in dump_pages.check_printed(pdf))


def without(content, text):
    assert text.encode() in content
    return content.replace(text.encode(), b"")


def test_each_page_bears_its_printed_number_and_no_foot():
    pdf = pdf_of(lantern_dumps.lettered())
    assert [page.printed for page in pdf.pages] == [None, 1, 2, 3, 4, 5]
    assert pdf.pages[1].lines[0].text == "Qualification at a glance"
    assert not any("©" in line.text or line.text.startswith("Pearson Edexcel Level 3") for line in printed(pdf))


def printed(pdf):
    return [line for page in pdf.pages if page.printed for line in page.lines]


def test_repaging_twice_changes_nothing():
    once = pdf_of(lantern_dumps.lettered())
    assert dump_pages.repaged(once) == once


def test_a_text_without_feet_stays_as_it_is():
    pdf = read_text(b"One line\nand another", name="words.txt")
    assert dump_pages.repaged(pdf) is pdf


def test_a_foot_with_its_dash_on_the_second_line_is_met():
    content = lantern_dumps.lettered().replace(
        b"\nSpecification \xe2\x80\x93", b"\n\xe2\x80\x93 Specification \xe2\x80\x93"
    )
    assert b"\n\xe2\x80\x93 Specification" in content
    assert [page.printed for page in pdf_of(content).pages] == [None, 1, 2, 3, 4, 5]


def test_the_contents_are_read_with_titles_that_wrap():
    assert dump_pages.contents(pdf_of(lantern_dumps.lettered())) == (
        Entry(0, "Qualification at a glance", 1),
        Entry(0, "Theme 1: Light and oil", 2),
        Entry(0, "Theme 2: Selling lanterns", 4),
        Entry(0, "Assessment", 5),
    )


def test_prose_behind_the_contents_is_none_of_them():
    contents = ("Start 1", "Middle 2", "A", "page", "of", "prose", "that goes on", "for 30")
    assert [
        entry.title for entry in dump_pages.contents(pdf_of(dump([("Start",), ("Middle",)], contents=contents)))
    ] == [
        "Start",
        "Middle",
    ]


def test_a_title_may_hold_a_number_at_the_end_of_its_line():
    contents = ("Start 1", "Middle 3", "Lanterns of series 1 and 2", "and later 4")
    found = dump_pages.contents(pdf_of(dump([("Start",)], contents=contents)))
    assert found[-1] == Entry(0, "Lanterns of series 1 and 2 and later", 4)


def test_a_whole_dump_has_no_fault():
    for made in (lantern_dumps.lettered(), lantern_dumps.numbered(), lantern_dumps.native()):
        assert messages(pdf_of(made)) == ""


def test_a_lost_page_is_told():
    pdf = pdf_of(lantern_dumps.lettered())
    pages = (*pdf.pages[:3], *pdf.pages[4:])
    assert "printed page 4 follows 2" in messages(replace(pdf, pages=pages))


def test_a_page_that_lost_its_number_is_told():
    content = lantern_dumps.lettered().replace(b"2030 \n3 \n", b"2030 \n")
    assert "page_missing" in rules(pdf_of(content))


def test_a_text_that_was_cut_lacks_pages_that_the_contents_promise():
    content = lantern_dumps.lettered()
    cut = content[: content.index(b"Theme 2: Selling lanterns")]
    assert "'Assessment' on page 5" in messages(pdf_of(cut))


def test_a_text_without_contents_is_held():
    content = without(lantern_dumps.lettered(), "\nContents")
    assert rules(pdf_of(content)) == ["contents_missing"]


def test_an_appendix_that_the_contents_do_not_name_is_told():
    content = without(lantern_dumps.native(), "Appendix 2: Grammar list 5\n")
    assert "page 5 begins Appendix 2" in messages(pdf_of(content))


def test_a_heading_must_stand_where_the_contents_have_it():
    pdf = pdf_of(lantern_dumps.lettered())
    assert list(dump_pages.check_heading(pdf, Entry(0, "Assessment", 5))) == []
    found = list(dump_pages.check_heading(pdf, Entry(0, "Assessment", 4)))
    assert [finding.rule for finding in found] == ["witnesses_disagree"]


def test_lines_between_two_printed_pages_are_those_of_the_first_up_to_the_second():
    pdf = pdf_of(lantern_dumps.lettered())
    lines = dump_pages.between(pdf, 3, 5)
    assert (lines[0].text, lines[-1].text) == ("1.2 Carrying it", "a) Where they stand")


def test_real_dumps_of_all_subjects_are_paged_without_a_hole(shared_data):
    for name, pages in REAL.items():
        pdf = dump_pages.repaged(read_text(shared_data(f"uk/edexcel/{name}-spec-text.txt").read_bytes(), name=name))
        numbers = [page.printed for page in pdf.pages if page.printed]
        assert (numbers[0], numbers[-1], len(numbers)) == pages
        assert messages(pdf) == ""


# First and last printed page, and how many: from the last foot of each dump.
REAL = {"9bs0": (1, 55, 55), "9ch0": (1, 99, 99), "9aa0": (2, 52, 51)}
