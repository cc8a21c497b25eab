"""OCR's pages: the finder's rows by another route, its form and answers, pages at a glance, lists, single papers."""

import re
from collections import Counter

import pytest
from tests.greenroom_exams.boards import ocr_documents as made
from tests.greenroom_exams.layouts.pdf_writer import Text, make_pdf

from greenroom import Request
from greenroom.model.errors import ContractBroken, SourceEmpty, SourceUnreadable
from greenroom_exams.boards.ocr import FINDER, board, check_at_a_glance
from greenroom_exams.documents import SERIES

PAGES = {"J560": "J560", "J250": "J250", "J625": "J625", "J351": "J351", "J382": "J383", "alevel": "H580"}
# How OCR names its files: what the name ends or begins with.
FILE_ENDS = (
    (r"post-exam-correction|erratum", "erratum"),
    (r"formulae-sheet-?|data-sheet.*|equation-sheet", "data sheet"),
    (r"insert|resource-booklet|map", "insert"),
)
FILE_STARTS = {"question-paper": "question paper", "mark-scheme": "mark scheme", "examiner": "examiner report"}
SERIES_OF = {"June": "June", "November": "November"}


def parse(content, *, name="page.html", subject=None, qualification="GCSE"):
    return board.parse(content, name=name, subject=subject, qualification=qualification)


def rules(parsed):
    return sorted({(finding.rule, finding.severity) for finding in parsed.findings})


def page(shared_data, which):
    return shared_data(f"uk/ocr/past-paper-finder-{which}.html").read_bytes()


def listing(shared_data, which, **words):
    return parse(page(shared_data, which), **{"qualification": "A-Level" if which == "alevel" else "GCSE"} | words)


def items_by_another_route(html):
    """Headings and items of a page from its text, without a parser: (series, tier, title, address, unit code)."""
    series = tier = None
    pattern = (
        r'<h3 class="level-1[^>]*>.*?<span>(?P<one>[^<]+)</span></h3>'
        r'|<h4 class="level-2[^>]*><span>(?P<two>[^<]+)</span>'
        r'|<h4 class="level-3[^>]*><span>(?P<three>[^<]+)</span>'
        r'|<li class="resource  pdf">\s*<a href="(?P<url>[^"]+)"[^>]*>(?P<title>[^<]+)</a>'
        r'\s*(?:<span class="unit-code">(?P<code>[^<]*)</span>)?'
    )
    for found in re.finditer(pattern, html, re.S):
        if found["one"]:
            series = tier = None
        elif found["two"]:
            series, tier = found["two"], None
        elif found["three"]:
            tier = found["three"]
        else:
            yield series, tier, found["title"], found["url"], (found["code"] or "").strip()


def type_of_file(url):
    stem = re.sub(r"^\d+-", "", url.rpartition("/")[2].removesuffix(".pdf"))
    for end, kind in FILE_ENDS:
        if re.search(rf"(?:{end})$", stem):
            return kind
    return next((kind for start, kind in FILE_STARTS.items() if stem.startswith(start)), None)


@pytest.mark.parametrize("which", PAGES)
def test_every_real_row_agrees_with_headings_and_file_names(shared_data, which):
    rows = {paper.position: paper for paper in listing(shared_data, which).papers}
    told = list(items_by_another_route(page(shared_data, which).decode()))
    dated = [each for each in told if re.match(r"20\d\d - ", each[0] or "")]
    assert len(rows) == len(dated)
    silent = 0
    for paper, (series, tier, _, url, code) in zip(rows.values(), dated, strict=True):
        assert paper.url.endswith(url)
        assert (f"{paper.year} - {paper.series} series") == series
        assert paper.series in SERIES
        if tier in {"Foundation tier", "Higher tier"}:
            assert paper.tier == tier.removesuffix(" tier")
        numbers = re.findall(r"(?<=[/ -])\d\d", code)
        # An item without a unit code may name its unit in its title.
        if code:
            assert paper.component_code == (f"{code[:4]}/{'/'.join(numbers)}" if numbers else None)
        kind = type_of_file(url)
        assert kind in {paper.type, None}, (url, paper.type)
        silent += kind is None
    # Names such as j560-01-paper-1-foundation-tier tell no type.
    assert silent <= 17


def test_the_real_tier_is_that_of_the_paper(shared_data):
    """The number in the file name against the tier of the heading: papers 1 to 3 of 6, 1 to 6 of 12."""
    for which, last in (("J560", 3), ("J250", 6)):
        for paper in listing(shared_data, which).papers:
            found = re.search(r"-paper-(?:paper-)?(\d+)", paper.url)
            if found and paper.tier and paper.type in {"question paper", "mark scheme"} and "j560" not in paper.url:
                assert (paper.tier == "Foundation") == (int(found[1]) <= last), paper


def test_series_of_which_only_sheets_are_shown_are_counted_as_locked(shared_data):
    locked = {which: listing(shared_data, which).counts["locked"] for which in PAGES}
    assert locked == {"J560": 4, "J250": 2, "J625": 0, "J351": 0, "J382": 0, "alevel": 0}


def test_a_page_of_four_series_may_hide_more(shared_data):
    hidden = {which for which in PAGES if ("series_hidden", "warning") in rules(listing(shared_data, which))}
    assert hidden == {"J625", "J382", "alevel"}


def test_the_real_answer_without_its_page_gives_the_same_rows(shared_data):
    html = page(shared_data, "J625").decode()
    start = html.index('<div class="multi-accordion finder')
    depth, end = 0, start
    for found in re.finditer(r"<div\b|</div>", html[start:]):
        depth += 1 if found[0] == "<div" else -1
        if depth == 0:
            end = start + found.end()
            break
    fragment = html[start:end].encode()
    assert b"<html" not in fragment
    assert parse(fragment, name=f"{FINDER}answer", subject="J625").papers == listing(shared_data, "J625").papers


def test_an_answer_of_the_finder_needs_no_envelope():
    content = made.answer([("Question paper - Paper 1", "900001-question-paper-paper-1", "J999/01")])
    (paper,) = parse(content, name="https://www.ocr.org.uk/resource/filterresourcesbysubject/", subject="J999").papers
    assert (paper.component_code, paper.series, paper.year) == ("J999/01", "June", 2033)


def test_an_answer_that_broke_off_is_refused():
    content = made.answer([("Question paper - Paper 1", "900001-question-paper-paper-1", "J999/01")])
    with pytest.raises(SourceUnreadable, match="lost a piece"):
        parse(content[: content.rindex(b"</div>")])


def test_an_answer_that_there_is_nothing_is_empty():
    with pytest.raises(SourceEmpty, match="lists no documents"):
        parse(b"<p>Sorry there are currently no past paper materials for this qualification.</p>")


def test_a_piece_of_another_page_is_refused():
    with pytest.raises(ContractBroken, match="no answer of OCR's past-paper finder"):
        parse(b"<div><p>Lanterns</p></div>")


@pytest.mark.parametrize(("which", "qualification"), [("J560", "A-Level"), ("alevel", "GCSE"), ("alevel", "AS-Level")])
def test_a_real_page_of_another_qualification_is_refused(shared_data, which, qualification):
    with pytest.raises(ContractBroken, match=f"not {qualification}"):
        listing(shared_data, which, qualification=qualification)


@pytest.mark.parametrize(
    ("code", "qualification"), [("J899", "Cambridge-Nationals"), ("05999", "Cambridge-Technicals")]
)
def test_papers_of_vocational_units_go_to_the_subject_asked_for(code, qualification):
    content = made.answer([("Question paper - Wicks and oils", "900001-question-paper-wicks-and-oils", "R999/01")])
    (paper,) = parse(content, subject=code, qualification=qualification).papers
    assert (paper.subject_code, paper.component_code, paper.type) == (code, "R999/01", "question paper")
    with pytest.raises(ContractBroken, match="names units only"):
        parse(content, qualification=qualification)


@pytest.mark.parametrize(
    ("which", "qualification", "entries", "offers", "some"),
    [
        ("J560", "GCSE", 32, 39, ("Computer Science", "J277", 2020)),
        ("J730", "GCSE", 32, 39, ("Religious Studies", "J125", 2016)),
        ("alevel", "A-Level", 36, 38, ("Biology B (Advancing Biology)", "H422", 2015)),
        ("alevel", "AS-Level", 36, 38, ("Mathematics A", "H230", 2017)),
    ],
)
def test_the_real_finder_lists_the_subjects(shared_data, which, qualification, entries, offers, some):
    parsed = parse(page(shared_data, which), name=FINDER, qualification=qualification)
    assert parsed.counts == {"entries": entries, "offers": offers}
    assert some in {(offer.name, offer.code, offer.first_teaching) for offer in parsed.offers}
    assert parsed.findings == ()
    raw = page(shared_data, which).decode().split('id="pp-qual"')[1].split("</select>")[0]
    assert raw.count("<option") == entries + 1


def test_the_real_offers_are_those_of_the_lists_that_people_made(shared_data):
    """The list of GCSEs by hand has one code more or less where the finder names a range or a short course."""
    own = {offer.code for offer in parse(page(shared_data, "J560"), name=FINDER).offers}
    by_hand = shared_data("uk/ocr/ocr-gcse-list.md").read_text("utf-8")
    assert own == set(re.findall(r"(?<= )J\d{3}(?= ?-)", by_hand))


def test_the_finder_of_another_type_offers_nothing(shared_data):
    with pytest.raises(SourceEmpty, match="offers no A-Level"):
        parse(page(shared_data, "J560"), name=FINDER, qualification="A-Level")


def test_a_vocational_list_of_the_finder():
    content = made.finder([("1", "Lantern Making - Level 1/2 - J899 (from 2032)"), ("2", "Lanterns of all kinds")])
    parsed = parse(content, name=FINDER, qualification="Cambridge-Nationals")
    assert [(offer.name, offer.code, offer.first_teaching) for offer in parsed.offers] == [
        ("Lantern Making - Level 1/2", "J899", 2032)
    ]
    assert rules(parsed) == [("unknown_entry", "warning")]


def test_an_index_page_offers_what_it_links_to():
    content = b"""<html><body><h1>GCSE</h1><ul>
<li><a href="/qualifications/gcse/lantern-studies-j999-from-2031/">Lantern Studies (9-1) - J999 (from 2031)</a></li>
<li><a href="/qualifications/gcse/beacons-j998/">Beacons (9-1) - J997</a></li>
<li><a href="/qualifications/gcse/">All GCSEs</a></li></ul></body></html>"""
    parsed = parse(content, name="https://www.ocr.org.uk/qualifications/gcse/index.aspx")
    assert [(offer.name, offer.code) for offer in parsed.offers] == [("Lantern Studies", "J999")]
    assert rules(parsed) == [("unknown_entry", "warning")]
    with pytest.raises(ContractBroken, match="is not OCR's past-paper finder"):
        parse(content, name="file:///index.html")


def test_the_real_lists_that_people_made_become_offers(shared_data):
    def offers(file, qualification):
        return parse(shared_data(f"uk/ocr/{file}").read_bytes(), name=file, qualification=qualification).offers

    assert len(offers("ocr-alevel-subjects.json", "A-Level")) == 28
    assert len(offers("ocr-gcse-list.md", "GCSE")) == 39
    assert len(offers("cambridge-vocational.md", "Cambridge-Nationals")) == 10
    assert len(offers("cambridge-vocational.md", "Cambridge-Technicals")) == 8


def test_renamed_codes_are_told():
    assert dict(board.succeeded) == {"J198": "J051", "J383": "J382"}


def visit(site, qualification, subject=None):
    """All requests that a visit makes, each answered by the made-up site."""
    waiting, made_requests = list(board.start(qualification, subject)), []
    while waiting:
        request = waiting.pop(0)
        made_requests.append(request)
        if request.leads_on and request.kind in {"subject list", "subject"}:
            waiting += board.follow(qualification, request, site(request))
    return made_requests


LEVELS = {
    "771": b'[{"value": 1, "description": "GCSE"}, {"value": 2, "description": "GCSE (Short course)"}]',
    "772": b'[{"value": 1, "description": "GCSE"}]',
}
INDEX = "https://www.ocr.org.uk/qualifications/gcse/"
SUBJECT = "/qualifications/gcse/lantern-studies-j999-from-2031/"


def site(request: Request) -> bytes:
    if request.address == FINDER:
        return made.finder([("771", "Lantern Studies (9-1) - J999, J998 (from 2031)"), ("772", "Beacons (9-1) - J997")])
    if request.address.endswith("/resource/getlevels/"):
        return LEVELS[dict(request.form)["qualification"]]
    pages = {
        INDEX: f'<a href="{SUBJECT}">Lantern Studies (9-1) - J999</a>',
        f"https://www.ocr.org.uk{SUBJECT}": '<a href="specification-at-a-glance/">Glance</a>'
        '<a href="/qualifications/gcse/other/specification-at-a-glance/">Other</a>',
    }
    if request.address in pages:
        return f"<html>{pages[request.address]}</html>".encode()
    assert request.address == f"https://www.ocr.org.uk{SUBJECT}specification-at-a-glance/"
    return made.glance().replace(b">A Level<", b">GCSE<")


def test_a_visit_asks_for_levels_and_then_for_documents():
    requests = visit(site, "GCSE")
    papers = [request for request in requests if request.kind == "papers"]
    assert [(request.subject, dict(request.form)["level"]) for request in papers] == [
        ("J999", "GCSE"),
        ("J998", "GCSE (Short course)"),
        ("J997", "GCSE"),
    ]
    assert papers[0].address == "https://www.ocr.org.uk/resource/filterresourcesbysubject/"
    assert papers[0].form == (
        ("qualification", "771"),
        ("level", "GCSE"),
        ("templateId", "900453"),
        ("resultHeader", "Documents"),
        ("errorMessage", "Sorry there are currently no past paper materials for this qualification."),
        ("pageId", "tcm:9-9-64"),
        ("resourcetypes[0]", "Past papers"),
        ("resourcetypes[1]", "Practice materials"),
    )
    assert papers[0].headers == (("X-Requested-With", "XMLHttpRequest"),)


def test_a_visit_goes_by_the_page_at_a_glance_to_the_specification():
    (specification,) = [request for request in visit(site, "GCSE") if request.kind == "specification"]
    assert (
        specification.address == "https://www.ocr.org.uk/Images/900100-specification-a-level-lantern-studies-h799.pdf"
    )
    assert specification.subject == "J999"


@pytest.mark.parametrize(("subject", "level"), [("J999", "GCSE"), ("J998", "GCSE (Short course)")])
def test_a_visit_for_one_subject_asks_for_no_other(subject, level):
    requests = visit(site, "GCSE", subject)
    papers = [(request.subject, dict(request.form)["level"]) for request in requests if request.kind == "papers"]
    assert papers == [(subject, level)]
    assert all(request.subject in {subject, f"{subject},", f",{subject}"} for request in requests)


def test_without_the_hidden_fields_nothing_is_asked_for():
    content = made.finder([("771", "Lantern Studies (9-1) - J999")], fields=made.FIELDS[1:])
    assert list(board.follow("GCSE", Request(FINDER, "subject list"), content)) == []


def test_the_real_form_leads_to_every_qualification(shared_data):
    found = list(board.follow("A-Level", Request(FINDER, "subject list"), page(shared_data, "alevel")))
    assert len(found) == 36
    assert {request.address for request in found} == {"https://www.ocr.org.uk/resource/getlevels/"}
    (sociology,) = [request for request in found if request.name == "Sociology"]
    value = re.search(r'<option value="(\d+)">Sociology', page(shared_data, "alevel").decode())[1]
    assert (sociology.subject, dict(sociology.form)["qualification"]) == ("H580", value)
    answer = b'[{"value": 383897, "description": "A Level"}, {"value": 383911, "description": "AS Level"}]'
    (papers,) = board.follow("A-Level", sociology, answer)
    assert (papers.subject, dict(papers.form)["level"], dict(papers.form)["templateId"]) == (
        "H580",
        "A Level",
        "383453",
    )


def test_a_page_at_a_glance_tells_the_components_of_one_qualification():
    parsed = parse(made.glance(), qualification="A-Level", subject="H799")
    assert [(c.code, c.name, c.examined, c.marks, c.duration_minutes, c.weight_percent) for c in parsed.components] == [
        ("H799/01", "Flame", True, 80, 150, 50),
        ("H799/02", "Glass", True, 60, 45, 30),
        ("H799/03", "Lantern project", False, None, None, 20),
    ]
    assert [(t.name, t.level, t.component_code) for t in parsed.topics] == [
        ("Flame", 0, "H799/01"),
        ("Wicks", 1, "H799/01"),
        ("Oils", 1, "H799/01"),
        ("Glass", 0, "H799/02"),
        ("Panes", 1, "H799/02"),
    ]
    assert parsed.subject.specification_pdf_url.endswith(
        "/Images/900100-specification-a-level-lantern-studies-h799.pdf"
    )
    assert rules(parsed) == [("overview_only", "warning")]
    # it must retire no topic of the specification
    assert not parsed.whole
    as_level = parse(made.glance(), qualification="AS-Level")
    assert (as_level.subject.code, [c.name for c in as_level.components]) == ("H099", ["Flame alone"])


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (made.glance(weights=("50%", "30%", "10%")), "weights_disagree"),
        (made.glance().replace(b"<td>2 hours 30 mins</td>", b"<td>long</td>"), "assessment_unread"),
        (made.glance().replace(b"studies-h799.pdf", b"studies-h798.pdf"), "subject_code_differs"),
        (made.glance().replace(b'href="/Images/900100', b'href="/Other/900100'), "missing_address"),
        (made.glance().replace(b"Component 02: Glass", b"Component 02: Panes of glass"), "title_differs"),
        (made.glance().replace(b"Component 02: Glass", b"Component 04: Glass"), "witnesses_disagree"),
        (
            made.glance().replace(b"<li>Wicks</li><li>Oils.</li>", b"").replace(b"<li>Panes</li>", b""),
            "missing_children",
        ),
    ],
)
def test_a_page_at_a_glance_that_disagrees_with_itself_is_held(content, rule):
    assert rule in {name for name, _ in rules(parse(content, qualification="A-Level"))}


def test_a_page_at_a_glance_of_another_subject_is_refused():
    with pytest.raises(ContractBroken, match="the page of H799, not of H798"):
        parse(made.glance(), qualification="A-Level", subject="H798")
    with pytest.raises(ContractBroken, match="no page at a glance of a GCSE"):
        parse(made.glance(), qualification="GCSE")


@pytest.mark.parametrize(
    ("which", "qualification", "code", "components", "levels"),
    [
        ("H240", "A-Level", "H240", 3, {0: 3, 1: 19}),
        ("H240", "AS-Level", "H230", 2, {0: 3, 1: 17}),
        ("H446", "A-Level", "H446", 3, {0: 3, 1: 8}),
        ("H446", "AS-Level", "H046", 2, {0: 2, 1: 8}),
        ("H505", "A-Level", "H505", 4, {0: 4, 1: 58}),
        ("H505", "AS-Level", "H105", 2, {0: 2, 1: 29}),
    ],
)
def test_real_pages_at_a_glance(shared_data, which, qualification, code, components, levels):
    content = shared_data(f"uk/ocr/{which}-specification-at-a-glance.html").read_bytes()
    parsed = parse(content, qualification=qualification, subject=code)
    assert len(parsed.components) == components
    assert Counter(topic.level for topic in parsed.topics) == levels
    assert parsed.subject.specification_pdf_url.endswith(f"{code.lower()}.pdf")
    assert sum(component.weight_percent for component in parsed.components) == pytest.approx(100, abs=0.1)
    # The AS tab of H446 calls its second component otherwise in its content than in its table.
    contradicts = [("title_differs", "warning")] if code == "H046" else []
    assert rules(parsed) == [("overview_only", "warning"), *contradicts]


def test_the_real_page_at_a_glance_witnesses_the_units_of_history(shared_data):
    dump = parse(shared_data("uk/ocr/H505-spec-text.txt").read_bytes(), name="H505.txt", qualification="A-Level")
    content = shared_data("uk/ocr/H505-specification-at-a-glance.html").read_bytes()
    findings = check_at_a_glance(content, dump, name="glance.html")
    assert [(finding.rule, finding.severity) for finding in findings] == [("title_differs", "warning")] * 2
    assert all("late Tudors" in f.message or "From Pitt to Peel" in f.message for f in findings)


def test_a_specification_that_lost_a_unit_is_told_by_the_page_at_a_glance(shared_data):
    text = shared_data("uk/ocr/H505-spec-text.txt").read_bytes().replace(b"Unit Y113:", b"Unit of 113:")
    parsed = parse(text, name="H505.txt", qualification="A-Level")
    content = shared_data("uk/ocr/H505-specification-at-a-glance.html").read_bytes()
    told = [f.message for f in check_at_a_glance(content, parsed, name="glance.html") if f.severity == "error"]
    assert told == ["Unit group 1 has 12 topics, at a glance 13"]


def test_a_real_paper_tells_the_number_of_its_qualification(shared_data):
    content = shared_data("uk/ocr/621076-question-paper-computer-systems.pdf").read_bytes()
    parsed = parse(content, name="621076-question-paper-computer-systems.pdf", subject="H446", qualification="A-Level")
    (paper,) = parsed.papers
    assert (paper.component_code, paper.year, paper.series, paper.type) == ("H446/01", 2019, "June", "question paper")
    assert (parsed.subject.code, parsed.subject.qan) == ("H446", "601/4911/5")
    assert parsed.findings == ()


@pytest.mark.parametrize("file", ["621076-question-paper-computer-systems", "621302-mark-scheme-computer-systems"])
def test_a_real_paper_filed_under_another_qualification_is_refused(shared_data, file):
    content = shared_data(f"uk/ocr/{file}.pdf").read_bytes()
    with pytest.raises(ContractBroken, match="is of H446, A-Level, not GCSE"):
        parse(content, name=f"{file}.pdf", qualification="GCSE")


def test_a_gcse_paper_filed_under_a_level_is_refused():
    lines = ("OCR GCSE Lantern Studies", "J999/01", "Monday 6 June 2033", "Time allowed: 1 hour", "[601/9999/X]")
    content = make_pdf([[Text(60, 700 - 20 * index, line) for index, line in enumerate(lines)]])
    assert parse(content, name="a.pdf").subject.qan == "601/9999/X"
    with pytest.raises(ContractBroken, match="is of J999, GCSE, not A-Level"):
        parse(content, name="a.pdf", qualification="A-Level")
