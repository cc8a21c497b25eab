"""Items of three vendors' list pages."""

from tests.greenroom_exams.boards.pages import made_up

from greenroom_exams.layouts import finder_list, material_list, resource_cards
from greenroom_exams.layouts.kinds import read_html


def tree(name):
    return read_html(made_up(name), name=name)


def test_a_finder_item_knows_the_headings_above_it():
    items = list(finder_list.items(tree("ocr_past_paper_finder.html")))
    first, last = items[0], items[-1]
    assert (first.position, first.series, first.tier, first.kind) == (
        "item 1",
        "2033 - June series",
        "Foundation tier",
        "pdf",
    )
    assert (first.title, first.code) == ("Question paper - Paper 1", "J999/01")
    assert (last.section, last.series, last.tier) == ("Practice materials", "", "")


def test_a_heading_ends_the_ones_below_it():
    items = list(finder_list.items(tree("ocr_past_paper_finder.html")))
    assert (items[9].series, items[9].tier) == ("2032 - November series", "")


def test_series_headings_are_counted():
    assert finder_list.series_count(tree("ocr_past_paper_finder.html")) == 2


def test_a_result_knows_its_group_kind_and_gate():
    items = list(material_list.items(tree("edexcel_course_materials.html")))
    assert [item.kind for item in items] == ["pdf", "pdf", "mp3", "pdf", "pdf", "pdf"]
    assert [item.gated for item in items] == [False, False, False, True, False, False]
    assert (items[1].group, items[-1].group) == ("June 2033", "October 2032")
    assert items[0].title == "Question paper - A Level Paper 1 - June 2033"


def test_a_card_has_its_content_id():
    page = tree("aqa_assessment_resources.html")
    first = next(resource_cards.items(page))
    assert first.content_id == "sample-papers-and-mark-schemes.2033.June.AQA-89991F-QP-JUN33_PDF"
    assert (first.kind, first.title) == ("pdf", "Lantern Studies - Question paper: Paper 1 - June 2033")
    assert resource_cards.results_promised(page) == 4
