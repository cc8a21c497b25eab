"""Pearson's pages: lists of subjects, subject pages, course materials; and the grammar of its file names."""

import json
import re
from collections import Counter

import pytest
from tests.greenroom_exams.layouts.pdf_writer import Text, make_pdf

from greenroom import Request
from greenroom.model.errors import ContractBroken, SourceEmpty
from greenroom_exams.boards.edexcel import PAGES, board

SITE = "https://qualifications.pearson.com"
MATERIALS = "uk/edexcel/9aa0-arabic-coursematerials.html"


def parse(content, *, name="page.html", subject=None, qualification="GCSE"):
    if isinstance(content, str):
        content = content.encode()
    return board.parse(content, name=name, subject=subject, qualification=qualification)


def rules(parsed):
    return [(finding.rule, finding.severity) for finding in parsed.findings]


def html(*parts, title="Lanterns | Pearson qualifications"):
    return f"<!DOCTYPE html><html><head><title>{title}</title></head><body>{''.join(parts)}</body></html>"


def link(address, words=""):
    return f'<a href="{address}">{words}</a>'


def item(file, title, *, folder="/content/dam/pdf/Lantern/2031/Exam-materials/"):
    return (
        f'<a class="result-item course-materials-item" href="{folder}{file}">'
        f'<span class="doc-title"><span class="textContent">{title}</span></span></a>'
    )


def group(name):
    return f'<h2 class="groupHeader">{name}</h2>'


def chosen(category):
    return f'<input class="hidden" type="checkbox" name="filterQuery" value="category:Pearson-UK:{category}" hidden="">'


def counted(category, label):
    value = f"category:Pearson-UK:{category}"
    return f'<li><div><input class="filter" name="filterQuery" value="{value}"><label>{label}</label></div></li>'


def index(family, *subjects):
    menu = link("/en/qualifications/edexcel-gcses.html", "GCSEs") + link("/en/qualifications/btec-firsts.html", "x")
    links = "".join(link(f"/en/qualifications/{family}/{slug}.html", words) for slug, words in subjects)
    return html(menu, links, title="Qualifications | Pearson qualifications")


LANTERNS = (("lantern-studies-2031", "Lantern Studies"), ("wickcraft-2029", ""), ("wickcraft-2029", "Wickcraft"))


@pytest.mark.parametrize("qualification", PAGES)
def test_a_list_offers_each_subject_once_with_its_page(qualification):
    parsed = parse(index(PAGES[qualification], *LANTERNS), qualification=qualification)
    folder = f"{SITE}/en/qualifications/{PAGES[qualification]}"
    assert [(offer.name, offer.code, offer.page_url, offer.first_teaching) for offer in parsed.offers] == [
        ("Lantern Studies", None, f"{folder}/lantern-studies-2031.html", None),
        ("Wickcraft", None, f"{folder}/wickcraft-2029.html", None),
    ]
    assert (parsed.layout, parsed.findings, parsed.counts) == ("subject list", (), {"items": 2, "other_families": 0})


def test_a_list_of_another_qualification_is_refused():
    with pytest.raises(ContractBroken, match="lists subjects of edexcel-a-levels, none of BTEC"):
        parse(index("edexcel-a-levels", *LANTERNS), qualification="BTEC")


def test_subjects_of_other_families_are_counted_and_not_offered():
    page = index("edexcel-gcses", *LANTERNS).replace(
        "</body>", link("/en/qualifications/btec-nationals/lanterns-2030.html", "Lanterns") + "</body>"
    )
    parsed = parse(page)
    assert (len(parsed.offers), parsed.counts["other_families"]) == (2, 1)


def test_a_subject_without_a_name_or_with_two_pages_is_a_finding():
    page = index("edexcel-gcses", ("lamps-2030", ""), ("glass-2030", "Glass"), ("glass-2034", "Glass"))
    assert rules(parse(page)) == [("offer_without_name", "error"), ("several_pages", "warning")]


def test_a_subject_page_is_no_list_of_subjects():
    page = html(
        link("/en/qualifications/edexcel-gcses/lantern-studies-2031.html", "Specification"),
        link("/en/qualifications/edexcel-gcses/lantern-studies-2031.coursematerials.html", "Course materials"),
    )
    with pytest.raises(SourceEmpty, match="shows no course materials"):
        parse(page)


def test_a_page_that_was_not_found_is_no_list_of_subjects():
    page = index("edexcel-gcses", *LANTERNS).replace("Qualifications |", "Page not found |")
    with pytest.raises(SourceEmpty, match="Page not found"):
        parse(page)


def test_a_visit_goes_from_the_list_to_the_specification_and_the_search():
    (first,) = board.start("GCSE", None)
    assert (first.kind, first.address) == ("subject list", f"{SITE}/en/qualifications/edexcel-gcses.html")
    listed = list(board.follow("GCSE", first, index("edexcel-gcses", *LANTERNS).encode()))
    assert [(each.kind, each.name, each.address.rpartition("/")[2]) for each in listed] == [
        ("subject", "Lantern Studies", "lantern-studies-2031.html"),
        ("subject", "Wickcraft", "wickcraft-2029.html"),
    ]
    specification = "/content/dam/pdf/GCSE/Lantern%20Studies/2031/specification-and-sample-assesments/lantern-spec.pdf"
    page = html(
        link(specification, "Specification"),
        link(specification.replace("spec.pdf", "sams.pdf"), "Specification and sample assessment materials"),
        link(specification.replace("/content", "/content/dam/secure"), "Specification"),
        link("/en/qualifications/edexcel-gcses/lantern-studies-2031.coursematerials.html#filterQuery=x", "Materials"),
    )
    further = list(board.follow("GCSE", listed[0], page.encode()))
    assert [(each.kind, each.address) for each in further] == [
        ("specification", SITE + specification),
        ("subject", f"{SITE}/en/qualifications/edexcel-gcses/lantern-studies-2031.coursematerials.html"),
    ]
    settings = {"algoliaAppId": "LAMP123456", "algoliaAPIKey": "0123456789abcdef", "algoliaIndexName": "lanterns"}
    embedded = [f'<input type="hidden" class="{name}" value="{value}">' for name, value in settings.items()]
    (asked,) = board.follow(
        "GCSE", further[1], html(*embedded, chosen("Specification-Code/gcse31-lantern-studies")).encode()
    )
    assert (asked.kind, asked.name) == ("papers", "Lantern Studies")
    assert asked.body is not None
    assert "gcse31-lantern-studies" in asked.body
    assert "0123456789abcdef" not in asked.address + asked.body


def test_a_materials_page_that_does_not_say_how_to_ask_is_not_passed_over():
    page = Request(f"{SITE}/en/qualifications/edexcel-gcses/lantern-studies-2031.coursematerials.html", "subject")
    with pytest.raises(ContractBroken, match="does not say how its materials are asked for"):
        list(board.follow("GCSE", page, html().encode()))


def test_a_qualification_without_a_page_begins_no_visit():
    assert list(board.start("IB", None)) == []


@pytest.mark.parametrize(
    ("file", "title", "subject", "component", "tier", "series", "year", "kind"),
    [
        (
            "1hia-p5-que-20320518.pdf",
            "Question paper - Paper 5 - June 2032",
            "1HI0",
            "1HIA/P5",
            None,
            "June",
            2032,
            "q",
        ),
        (
            "1sc0-2bh-rms-20320822.pdf",
            "Mark scheme - Paper 2 - June 2032",
            "1SC0",
            "1SC0/2BH",
            "Higher",
            "June",
            2032,
            "m",
        ),
        (
            "1ma1-1h-que-20311107.pdf",
            "Question paper - November 2031",
            "1MA1",
            "1MA1/1H",
            "Higher",
            "November",
            2031,
            "q",
        ),
        (
            "1ma1_1F_msc_20320111.pdf",
            "Mark scheme - Paper 1 - November 2031",
            "1MA1",
            "1MA1/1F",
            "Foundation",
            "November",
            2031,
            "m",
        ),
        ("1ra0-3c-pef-20320822.pdf", "Examiner report - Paper 3", "1RA0", "1RA0/3C", None, "June", 2032, "e"),
        (
            "4hi1-2a-per-20320824.pdf",
            "Examiner report - Paper 2 - June 2032",
            "4HI1",
            "4HI1/2A",
            None,
            "June",
            2032,
            "e",
        ),
        (
            "4ma1-1hr-que-20320112.pdf",
            "Question paper - Paper 1 - January 2032",
            "4MA1",
            "4MA1/1HR",
            "Higher",
            "January",
            2032,
            "q",
        ),
        (
            "9hi0-2h-que-20320612.pdf",
            "Question paper - Paper 2 - June 2032",
            "9HI0",
            "9HI0/2H",
            None,
            "June",
            2032,
            "q",
        ),
        (
            "wma11-01-rms-20320307.pdf",
            "Mark scheme - Unit 1 - January 2032",
            "YMA01",
            "WMA11/01",
            None,
            "January",
            2032,
            "m",
        ),
        (
            "9pn0-02-que-20320612.pdf",
            "Question paper - Paper 2 - June 2032",
            "9PE0",
            "9PN0/02",
            None,
            "June",
            2032,
            "q",
        ),
        (
            "9PE0_03_que_20320612.pdf",
            "Question paper - Paper 3 - June 2032",
            "9PE1",
            "9PE0/03",
            None,
            "June",
            2032,
            "q",
        ),
        ("9pg0-01-er20320815.pdf", "Examiner report - Paper 1 - June 2032", "9PT0", "9PG0/01", None, "June", 2032, "e"),
    ],
)
def test_every_form_of_file_name_is_read(file, title, subject, component, tier, series, year, kind):
    parsed = parse(html(item(file, title)), subject=subject)
    types = {"q": "question paper", "m": "mark scheme", "e": "examiner report"}
    (paper,) = parsed.papers
    assert (paper.subject_code, paper.component_code, paper.tier) == (subject, component, tier)
    assert (paper.series, paper.year, paper.type) == (series, year, types[kind])
    assert paper.paper_number == int(re.search(r"/P?0?(\d)", component)[1])
    assert parsed.findings == ()


@pytest.mark.parametrize(
    ("files", "owner"),
    [("9pn0-01-que-20320612.pdf", "9PE0"), ("9pe0-01-que-20320612.pdf", "9PE1"), ("1hib-b1-que", None)],
)
def test_a_page_without_a_subject_is_of_the_one_that_owns_its_files(files, owner):
    page = html(item(files, "Question paper - Paper 1 - June 2032"))
    if owner is None:
        with pytest.raises(ContractBroken, match="no file with a subject code"):
            parse(page)
    else:
        assert parse(page).papers[0].subject_code == owner


def test_papers_by_unit_need_their_subject_named():
    page = html(item("wma11-01-que-20320112.pdf", "Question paper - January 2032"))
    with pytest.raises(ContractBroken, match=r"lists papers by unit \(WMA11\)"):
        parse(page, qualification="International-A-Level")


@pytest.mark.parametrize(
    ("file", "subject"),
    [
        ("9pe0-01-que-20320612.pdf", "9PE0"),
        ("1bi0-1h-que-20320612.pdf", "1MA1"),
        ("wph11-01-que-20320112.pdf", "YMA01"),
    ],
)
def test_a_file_of_another_subject_is_a_finding(file, subject):
    parsed = parse(html(item(file, "Question paper - Paper 1")), subject=subject)
    assert ("subject_code_differs", "error") in rules(parsed)


def test_one_page_of_several_sciences_gives_each_its_papers():
    files = ("1sc0-1bh", "1bi0-1h", "1ch0-2f", "1ph0-2h")
    page = html(group("June 2032"), *(item(f"{each}-que-20320610.pdf", "Question paper - June 2032") for each in files))
    parsed = parse(page, subject="1SC0")
    assert parsed.subject.code == "1SC0"
    assert [each.code for each in parsed.also] == ["1BI0", "1CH0", "1PH0"]
    assert [(each.subject_code, each.component_code, each.tier) for each in parsed.papers] == [
        ("1SC0", "1SC0/1BH", "Higher"),
        ("1BI0", "1BI0/1H", "Higher"),
        ("1CH0", "1CH0/2F", "Foundation"),
        ("1PH0", "1PH0/2H", "Higher"),
    ]
    assert parsed.findings == ()


def test_a_page_of_one_science_names_no_others():
    parsed = parse(html(item("1bi0-1h-que-20320610.pdf", "Question paper - June 2032")), subject="1BI0")
    assert (parsed.subject, parsed.also) == (None, ())


def test_a_modified_paper_is_told_apart():
    title = "Modified question paper - Paper 1 - June 2032"
    (paper,) = parse(html(item("9ls0-01-que-20320610.pdf", title)), subject="9LS0").papers
    assert (paper.type, paper.modified) == ("question paper", True)


PROMISES = (
    chosen("Qualification-Family/GCSE"),
    counted("Category/Exam-materials", "Exam materials (2)"),
    counted("Exam-Series/June-2032", "June 2032 (2)"),
    counted("Document-Type/Mark-scheme", "Mark scheme (1)"),
    counted("Format/pdf", "PDF (2)"),
)
SHOWN = (
    group("June 2032"),
    item("1ls0-01-que-20320610.pdf", "Question paper - Paper 1 - June 2032"),
    item("1ls0-01-rms-20320822.pdf", "Mark scheme - Paper 1 - June 2032"),
)


def test_a_page_that_shows_what_it_promises_passes():
    parsed = parse(html(*PROMISES, *SHOWN))
    assert (parsed.findings, parsed.counts["promised"]) == ((), 2)


def test_a_page_that_shows_less_than_it_promises_is_incomplete():
    assert rules(parse(html(*PROMISES, *SHOWN[:2]))) == [
        ("listing_incomplete", "warning"),
        *[("counts_differ", "error")] * 3,
    ]


def test_a_page_that_does_not_say_how_many_it_has_is_a_finding():
    assert rules(parse(html(PROMISES[0], *PROMISES[2:], *SHOWN))) == [("listing_unchecked", "warning")]


def test_materials_of_another_qualification_are_refused():
    with pytest.raises(ContractBroken, match="has materials of GCSE, not of A-Level"):
        parse(html(*PROMISES, *SHOWN), qualification="A-Level")


def test_real_materials_of_another_qualification_are_refused(shared_data):
    with pytest.raises(ContractBroken, match="has materials of A-Level, not of GCSE"):
        parse(shared_data(MATERIALS).read_bytes())


def test_the_real_papers_agree_with_their_groups_and_their_file_names(shared_data):
    """Another route: the page's own text, cut into lines, with a grammar of its own."""
    text = shared_data(MATERIALS).read_text(encoding="utf-8")
    papers = {paper.url: paper for paper in parse(text, subject="9AA0", qualification="A-Level").papers}
    marks = re.findall(r'groupHeader[^>]*>([^<]*)<|\bhref="(/content/dam/pdf/[^"]*\.pdf)"', text)
    heading = ""
    seen: dict[str, str] = {}
    for told, address in marks:
        heading = told.strip() or heading
        if address:
            seen.setdefault(SITE + address, heading)
    assert set(seen) == set(papers)
    kinds = {"que": "question paper", "rms": "mark scheme", "msc": "mark scheme", "pef": "examiner report"}
    for address, heading in seen.items():
        month, year = heading.split()
        file = re.search(r"9aa0[-_]0(\d)[-_]([a-z]{3})[-_]?(\d{4})(\d\d)\d\d\.pdf$", address.lower())
        paper = papers[address]
        assert (paper.series, paper.year) == ({"October": "November"}.get(month, month), int(year))
        assert (paper.component_code, paper.type) == (f"9AA0/0{file[1]}", kinds[file[2]])
        assert paper.year == int(file[3])
        assert paper.paper_number == int(file[1])
    assert Counter(paper.type for paper in papers.values()) == dict.fromkeys(set(kinds.values()), 15)


def test_the_search_for_the_real_page_is_asked_for_its_specification(shared_data):
    address = f"{SITE}/en/qualifications/edexcel-a-levels/arabic-2018.coursematerials.html"
    page = Request(address, "subject", name="Arabic")
    (asked,) = board.follow("A-Level", page, shared_data(MATERIALS).read_bytes())
    assert (asked.kind, asked.name) == ("papers", "Arabic")
    assert asked.body is not None
    assert "al18-arabic" in asked.body


def hit(file, *, kind="Question-paper", series="June-2032"):
    url = f"/content/dam/pdf/GCSE/Science/2016/Exam-materials/{file}"
    category = [
        f"Pearson-UK:Document-Type/{kind}",
        f"Pearson-UK:Exam-Series/{series}",
        "Pearson-UK:Category/Exam-materials",
    ]
    return {"title": f"{kind.replace('-', ' ')} - June 2032", "url": url, "extension": "pdf", "category": category}


def answer(*files):
    hits = [hit(file) for file in files]
    return json.dumps({"hits": hits, "nbHits": len(hits), "nbPages": 1, "hitsPerPage": 1000}).encode()


def test_an_answer_of_the_search_gives_each_science_its_papers():
    parsed = parse(answer("1sc0-1bh-que-20320610.pdf", "1ph0-2f-que-20320610.pdf"), name="query", subject="1SC0")
    assert [(each.subject_code, each.component_code) for each in parsed.papers] == [
        ("1SC0", "1SC0/1BH"),
        ("1PH0", "1PH0/2F"),
    ]
    assert [each.code for each in parsed.also] == ["1PH0"]


def test_an_answer_names_papers_by_the_subject_that_owns_them():
    parsed = parse(answer("9pn0-01-que-20320610.pdf"), name="query", subject="9PE0", qualification="A-Level")
    assert [(each.subject_code, each.component_code) for each in parsed.papers] == [("9PE0", "9PN0/01")]


def test_json_that_is_nothing_of_pearsons_is_refused():
    with pytest.raises(ContractBroken, match="is no list of subjects or documents"):
        parse(json.dumps({"lanterns": 3}), name="x.json")


@pytest.mark.parametrize(
    ("path", "qualification", "count"),
    [
        ("edexcel-alevel-subjects.json", "A-Level", 36),
        ("edexcel-gcse-subjects.json", "GCSE", 35),
        ("international-gcse-subjects.json", "International-GCSE", 37),
        ("btec-nationals-l3.md", "BTEC", 29),
    ],
)
def test_a_real_list_of_subjects_that_somebody_made_is_held(shared_data, path, qualification, count):
    parsed = parse(shared_data(f"uk/edexcel/{path}").read_bytes(), name=path, qualification=qualification)
    assert len(parsed.offers) == count
    assert parsed.findings
    assert all(offer.code is None or re.fullmatch(r"\d[A-Z]{2}\d", offer.code) for offer in parsed.offers)


def paper_pdf(component, *, words="Candidate number"):
    lines = ("Pearson Edexcel Level 3", words, f"Paper reference {component}", "Friday 10 June 2032")
    return make_pdf([[Text(60, 700 - 20 * number, line) for number, line in enumerate(lines)]])


@pytest.mark.parametrize(
    ("component", "subject", "number"),
    [("1SC0/2BH", "1SC0", 2), ("1BI0/1H", "1SC0", 1), ("9PN0/02", "9PE0", 2), ("WMA11/01", "YMA01", 1)],
)
def test_a_single_paper_is_of_the_subject_that_owns_its_code(component, subject, number):
    parsed = parse(paper_pdf(component), name="paper.pdf", subject=subject)
    (paper,) = parsed.papers
    owner = component[:4] if component.startswith("1BI0") else subject
    assert (paper.subject_code, paper.component_code, paper.paper_number) == (owner, component, number)


def test_a_single_paper_of_another_subject_or_of_a_nameless_unit_is_refused():
    with pytest.raises(ContractBroken, match="is a paper of 9PE0, not of 9PE0"):
        parse(paper_pdf("9PE0/01"), name="paper.pdf", subject="9PE0")
    with pytest.raises(ContractBroken, match="is a paper of unit WMA11"):
        parse(paper_pdf("WMA11/01"), name="paper.pdf")
