"""WJEC: three real specifications against another reading of them, real file names, and invented documents."""

import json
import random
import re
from collections import Counter

import pytest
from tests.greenroom_exams.layouts import lantern_wales
from tests.greenroom_exams.layouts.pdf_writer import Text, make_pdf
from tests.greenroom_exams.mutations import MUTATIONS, check_bytes, check_document, lost_in, mutate_bytes, tree

from greenroom import Request
from greenroom.model.errors import ContractBroken, SourceEmpty, SourceError, SourceUnreadable
from greenroom_exams.boards import eduqas, wjec
from greenroom_exams.layouts.numbered import comparable
from greenroom_exams.layouts.pdf_lines import read_pdf
from greenroom_exams.layouts.wjec_papers import file_facts

SPECIFICATIONS = ("drama", "dance", "digital-media-and-film")
# units, areas, rows; and the subject
COUNTED = {
    "drama": ((3, 3, 8), ("3620QS", "Drama", 2025, 2027, "C00/4967/5")),
    "dance": ((3, 3, 9), ("3640QS", "Dance", 2026, 2028, "C00/5167/3")),
    "digital-media-and-film": ((3, 5, 20), ("3670QS", "Digital Media and Film", 2026, 2028, "C00/5167/0")),
}
# unit: examined, marks, minutes, percent
ASSESSED = {
    "drama": ((False, 96, None, 40.0), (False, 72, None, 30.0), (True, 72, 120, 30.0)),
    "dance": ((False, 96, None, 40.0), (False, 72, None, 30.0), (True, 72, 105, 30.0)),
    "digital-media-and-film": ((True, 60, 90, 30.0), (False, 72, 1080, 30.0), (False, 96, None, 40.0)),
}
INDEX = "uk/wjec/wjec-alevel-cs-paper-index.json"


def parse(content, *, name="https://www.wjec.co.uk/media/x/lantern.pdf", subject=None, qualification="GCSE"):
    return wjec.parse(content, name=name, subject=subject, qualification=qualification)


def rules(parsed):
    return {finding.rule for finding in parsed.findings}


def named(which, kind="pdf"):
    return f"uk/wjec/wjec-gcse-{which}-specification.{kind}"


@pytest.fixture(scope="module")
def opened():
    """Each real specification, opened once."""
    return {}


def specification(opened, shared_data, which):
    if which not in opened:
        opened[which] = read_pdf(shared_data(named(which)).read_bytes(), name=named(which))
    return opened[which]


def real(opened, shared_data, which):
    pdf = specification(opened, shared_data, which)
    return wjec.read_specification(pdf, name=named(which), subject=None, qualification="GCSE")


def reference(shared_data, which):
    """Titles by code as the Markdown reading beside the PDF has them: in cells and in the lists above them."""
    text = shared_data(named(which, "md")).read_text(encoding="utf-8")
    content = text[text.index("SUBJECT CONTENT") :]
    titles: dict[str, set[str]] = {}
    cells = [cell.strip() for line in content.splitlines() for cell in line.split("|")]
    for cell, after in zip(cells, [*cells[1:], ""], strict=True):
        single = re.fullmatch(r"(\d\.\d(?:\.\d)?)(?: (\D.*))?", cell)
        if single:
            titles.setdefault(single[1], set()).add(single[2] or after)
        for code, title in re.findall(r"(\d\.\d\.\d) (.+?)(?= \d\.\d\.\d |$)", cell if "In this " in cell else ""):
            titles.setdefault(code, set()).add(title)
    return titles


@pytest.mark.parametrize("which", SPECIFICATIONS)
def test_the_real_tree_is_counted_exactly(opened, shared_data, which):
    parsed = real(opened, shared_data, which)
    levels = Counter(topic.level for topic in parsed.topics if "~" not in topic.code)
    assert tuple(levels[level] for level in range(3)) == COUNTED[which][0]
    assert len(levels) == 3
    assert (parsed.layout, parsed.confidence, parsed.findings) == ("amplification table", 1.0, ())


@pytest.mark.parametrize("which", SPECIFICATIONS)
def test_the_real_codes_are_those_that_a_plain_search_finds(opened, shared_data, which):
    pdf = specification(opened, shared_data, which)
    text = "\n".join(line.text for page in pdf.pages[8:25] for line in page.lines)
    # each row's code stands alone twice: in the list and in the table
    counted = Counter(re.findall(r"^(\d\.\d\.\d)$", text, re.M))
    assert set(counted.values()) == {2}
    codes = [topic.code for topic in real(opened, shared_data, which).topics if re.fullmatch(r"\d\.\d\.\d", topic.code)]
    assert codes == sorted(counted)


@pytest.mark.parametrize("which", SPECIFICATIONS)
def test_the_real_titles_agree_with_the_other_reading(opened, shared_data, which):
    told = reference(shared_data, which)
    parsed = real(opened, shared_data, which)
    topics = {topic.code: topic for topic in parsed.topics if topic.level and "~" not in topic.code}
    assert set(topics) <= set(told)
    for code, topic in topics.items():
        assert comparable(topic.name) in {comparable(title) for title in told[code]}, code
        assert topic.parent_code == code.rpartition(".")[0]


@pytest.mark.parametrize("which", SPECIFICATIONS)
def test_the_real_subject_is_named_by_its_entry_code(opened, shared_data, which):
    subject = real(opened, shared_data, which).subject
    found = (subject.code, subject.name, subject.spec_start_year, subject.first_assessment_year, subject.qan)
    assert found == COUNTED[which][1]
    assert (subject.exam_board, subject.qualification_type, subject.paper_code) == ("WJEC", "GCSE", subject.code[:4])


@pytest.mark.parametrize("which", SPECIFICATIONS)
def test_the_real_units_are_assessed_as_their_pages_say(opened, shared_data, which):
    parsed = real(opened, shared_data, which)
    found = tuple((c.examined, c.marks, c.duration_minutes, c.weight_percent) for c in parsed.components)
    assert found == ASSESSED[which]
    examined = {component.code: component.examined for component in parsed.components}
    assert all(topic.examined == examined[topic.component_code] for topic in parsed.topics)
    assert {topic.component_code for topic in parsed.topics} == {"Unit 1", "Unit 2", "Unit 3"}


def test_the_real_amplification_is_kept_by_line(opened, shared_data):
    topics = {topic.code: topic for topic in real(opened, shared_data, "dance").topics}
    assert topics["3.1.1"].description.splitlines()[:4] == [
        "Learners should be able to identify and describe, using dance terminology, the different constituent "
        "features of dance.",
        "Learners should understand movement material including:",
        "• the dancers’ movements",
        "• relationships between dancers",
    ]
    assert topics["3.1.1"].page == 17
    assert "Mad Hatter’s Tea Party by ZooNation" in topics["3"].description
    assert all(topic.description for topic in topics.values() if re.fullmatch(r"\d\.\d\.\d", topic.code))


# What is chosen from what: by the works' first words, as they stand in the three documents.
WORKS: dict[str, dict[str, tuple[str, ...]]] = {
    "drama": {
        "3.1.1": (
            *("A Midsummer Night’s Dream", "The Glass Menagerie", "Blue Remembered Hills", "Face Benjamin"),
            *("Lionboy Zizou", "Resting Restless", "Tuesday Alison Carr"),
        )
    },
    "dance": {
        "3~column-2-longer-works-over-an-hour-in-length": ("Mad Hatter’s Tea Party", "Fagin’s Twist", "Pinocchio"),
        "3~column-3-shorter-works-20-40-minutes": ("Dust by", "Ripple by", "Henge by"),
    },
    "digital-media-and-film": {
        "1.1~films-set-for-study": ("Patagonia", "Pride", "Dream Horse", "Save the Cinema", "Y Sŵn")
    },
}


@pytest.mark.parametrize("which", SPECIFICATIONS)
def test_the_real_set_works_are_options(opened, shared_data, which):
    parsed = real(opened, shared_data, which)
    assert {(group.code, group.choose_least, group.choose_most) for group in parsed.option_groups} == {
        (code, 1, 1) for code in WORKS[which]
    }
    for code, works in WORKS[which].items():
        names = [topic.name for topic in parsed.topics if topic.option_group == code]
        assert len(names) == len(works)
        assert all(name.startswith(work) for name, work in zip(names, works, strict=True))
        assert {topic.parent_code for topic in parsed.topics if topic.option_group == code} == {code}


def test_the_real_compulsory_work_is_no_option(opened, shared_data):
    topics = {topic.parent_code: topic for topic in real(opened, shared_data, "dance").topics}
    work = topics["3~column-1-compulsory"]
    assert work.name == "“Rygbi: Annwyl (Dear)” by Fearghus Ó Conchúir and performers of National Dance Company Wales"
    assert (work.option_group, work.examined, work.level) == (None, True, 2)


def test_the_real_set_films_stand_with_their_area(opened, shared_data):
    topics = {topic.code: topic for topic in real(opened, shared_data, "digital-media-and-film").topics}
    assert "select one pair of films" in topics["1.1"].description
    assert topics["1.1.5"].name == "Comparative study"
    assert topics["1.3.2"].name == "How social media shapes society and culture"


@pytest.mark.parametrize("which", SPECIFICATIONS)
def test_a_real_specification_that_lost_something_is_refused_held_or_nearly_right(opened, shared_data, which):
    def read(pdf):
        return wjec.read_specification(pdf, name=named(which), subject=None, qualification="GCSE")

    check_document(read, specification(opened, shared_data, which))


@pytest.mark.parametrize("which", SPECIFICATIONS)
def test_a_real_specification_is_not_of_eduqas_nor_of_another_level_or_subject(shared_data, which):
    content, name = shared_data(named(which)).read_bytes(), named(which)
    with pytest.raises(ContractBroken, match="document of WJEC, not of EDUQAS"):
        eduqas.parse(content, name=name, subject=None, qualification="GCSE")
    with pytest.raises(ContractBroken, match="for GCSE, not for A-Level"):
        parse(content, name=name, qualification="A-Level")
    with pytest.raises(ContractBroken, match="not of 1500QS"):
        parse(content, name=name, subject="1500QS")


def index_rows(shared_data):
    """Each document of the real index with the year, season, unit and type under which a person filed it."""
    subjects = json.loads(shared_data(INDEX).read_text(encoding="utf-8"))["subjects"]
    for year, under in subjects["Computer Science"]["years"].items():
        for exams in under["qualifications"].values():
            for exam in exams["exams"].values():
                for kind, documents in exam["documents"].items():
                    for document in documents:
                        yield document["id"], (int(year), exam["exam_season"], exam["unit_number"], kind.casefold())


def test_every_real_file_name_says_what_it_was_filed_under(shared_data):
    rows = list(index_rows(shared_data))
    assert len(rows) == 43
    wrong = {}
    for name, filed in rows:
        facts = file_facts(f"https://x.uk/{name}.pdf")
        season = {"June": "Summer"}.get(facts.series or "")
        if (facts.year, season, facts.unit, facts.type) != filed:
            wrong[name] = (facts.year, facts.unit, filed)
    # The index has this one wrong: its name gives the exam day, 5 June 2017, of unit 1, which the index lacks.
    assert wrong == {"2500U10-1(050617)": (2017, 1, (2023, "Summer", 10, "question paper"))}
    assert (2017, "Summer", 1, "question paper") not in {filed for _, filed in rows}


def test_real_welsh_medium_files_are_told_by_their_letter(shared_data):
    welsh = {name for name, _ in index_rows(shared_data) if file_facts(f"https://x.uk/{name}.pdf").language == "Welsh"}
    assert {name[:9] for name in welsh} == {"2500N10-1", "2500N20-1"}
    assert all(name.endswith("-w") for name in welsh)


@pytest.mark.parametrize(
    ("file", "component", "unit", "language", "kind", "series", "year", "modified"),
    [
        ("s24-c720u20-1.pdf", "C720U20-1", 2, "English", "question paper", "June", 2024, False),
        ("S25/S25-C300NA0-1-MS.pdf", "C300NA0-1", None, "Welsh", "mark scheme", "June", 2025, False),
        ("n23-3300u10-1.pdf", "3300U10-1", 1, "English", "question paper", "November", 2023, False),
        ("w20-3430u10-1.pdf", "3430U10-1", 1, "English", "question paper", "January", 2020, False),
        ("j19-1500u30-1-ms.pdf", "1500U30-1", 3, "English", "mark scheme", "January", 2019, False),
        ("s23-c300ua0-1-mlp-a4-18.pdf", "C300UA0-1", None, "English", "question paper", "June", 2023, True),
        ("S25/S25-C300UA0-1-BRL.pdf", "C300UA0-1", None, "English", "question paper", "June", 2025, True),
        (
            *("s19-3430u10-1+3430ua0-1%20wjec%20gcse%20lanterns%20-%20u-ms.pdf", "3430U10-1+3430UA0-1"),
            *(None, "English", "mark scheme", "June", 2019, False),
        ),
        ("s23-2500u20-1a.pdf", "2500U20-1A", 2, "English", "question paper", "June", 2023, False),
        ("1500U30-1-130622%20(1).pdf", "1500U30-1", 3, "English", "question paper", "June", 2022, False),
    ],
)
def test_the_grammar_of_file_names(file, component, unit, language, kind, series, year, modified):
    facts = file_facts(f"https://pastpapers.download.wjec.co.uk/{file}")
    assert (facts.component, facts.unit, facts.language, facts.type) == (component, unit, language, kind)
    assert (facts.series, facts.year, facts.modified) == (series, year, modified)


@pytest.mark.parametrize("file", ["q24-c720u20-1.pdf", "c720-summer.pdf", "lantern.pdf", "s24-c720x20-1.pdf", ""])
def test_other_file_names_say_nothing(file):
    assert file_facts(f"https://x.uk/{file}") is None


def test_an_invented_specification_is_read_without_a_finding():
    parsed = parse(lantern_wales.wjec())
    assert parsed.findings == ()
    assert (parsed.subject.code, parsed.subject.name, parsed.subject.spec_start_year) == (
        "3990QS",
        "Lantern Studies",
        2031,
    )
    assert [(topic.code, topic.name, topic.examined) for topic in parsed.topics] == [
        ("1", "Flames", True),
        ("1.1", "Wicks and oils", True),
        ("1.1.1", "How a wick is trimmed", True),
        ("1.1.2", "Oils", True),
        ("1.2", "Glass", True),
        ("1.2.1", "Panes of all kinds", True),
        ("2", "Carrying", False),
        ("2.1", "Carrying", False),
        ("2.1.1", "Handles", False),
    ]
    assert parsed.topics[3].description == "Learners should understand:\n• why oil\n• why not water"
    first, second = parsed.components
    assert (first.examined, first.duration_minutes, first.weight_percent, first.marks) == (True, 90, 60.0, 90)
    assert (second.examined, second.assessment) == (False, "Non-examination assessment: 10 hours")


def changed(unit, **fields):
    """The invented units with one of them changed: `title`, `told` (its three lines) or `areas`."""
    units = []
    for code, title, told, areas in lantern_wales.UNITS:
        row = {"title": title, "told": told, "areas": areas} | (fields if code == unit else {})
        units.append((code, row["title"], row["told"], row["areas"]))
    return tuple(units)


ONE_ROW_LESS = ((*lantern_wales.UNITS[0][3][0][:2], lantern_wales.UNITS[0][3][0][2][:1]), lantern_wales.UNITS[0][3][1])
OTHER_CODE = (("1.2", "Wicks and oils", lantern_wales.UNITS[0][3][0][2]),)


@pytest.mark.parametrize(
    ("document", "rule"),
    [
        ({"listed": changed("1", areas=ONE_ROW_LESS)}, "witnesses_disagree"),
        ({"summary": changed("1", title="Flame")}, "witnesses_disagree"),
        ({"summary": lantern_wales.UNITS[:1]}, "witnesses_disagree"),
        (
            {"summary": changed("1", told=("On-screen examination", "50% of qualification", "90 marks"))},
            "assessment_disagrees",
        ),
        (
            {"summary": changed("2", told=("Non-examination assessment", "40% of qualification", "6 marks"))},
            "assessment_disagrees",
        ),
        ({"units": changed("2", told=("Non-examination assessment", "30% of qualification", "60 marks"))}, "weights"),
        ({"units": changed("1", told=("A long evening", "60% of qualification", "90 marks"))}, "assessment_disagrees"),
        ({"units": changed("1", areas=OTHER_CODE)}, "numbering_gap"),
        ({"without": ("end",)}, "content_without_end"),
        ({"without": ("contents",)}, "contents_disagree"),
        ({"without": ("1",)}, "missing_children"),
        ({"without": ("head 2",)}, "page_missing"),
        ({"award": "Summer 2034 will be the first assessment opportunity."}, "witnesses_disagree"),
        ({"entry": ("WJEC GCSE Lamp Studies", "3990QS", "3990CS")}, "witnesses_disagree"),
    ],
)
def test_what_two_witnesses_tell_differently_is_held(document, rule):
    parsed = parse(lantern_wales.wjec(**document))
    assert rule in rules(parsed)
    assert "error" in {finding.severity for finding in parsed.findings}


def test_a_unit_that_says_nothing_of_an_examination_is_not_live():
    parsed = parse(lantern_wales.wjec(units=changed("1", told=("A long evening", "60% of qualification", "90 marks"))))
    assert {topic.examined for topic in parsed.topics if topic.component_code == "Unit 2"} == {False}
    assert parsed.components[1].examined is False


def test_an_invented_specification_is_of_one_brand_only():
    with pytest.raises(ContractBroken, match="document of WJEC, not of EDUQAS"):
        eduqas.parse(lantern_wales.wjec(), name="x.pdf", subject=None, qualification="GCSE")
    with pytest.raises(ContractBroken, match="document of EDUQAS, not of WJEC"):
        parse(lantern_wales.wjec(company="WJEC Eduqas © WJEC CBAC Ltd"))
    english = ("WJEC Eduqas GCSE Lantern Studies", "C990QS")
    parsed = eduqas.parse(
        lantern_wales.wjec(company="WJEC Eduqas © WJEC CBAC Ltd", entry=english),
        name="x.pdf",
        subject="C990QS",
        qualification="GCSE",
    )
    assert (parsed.subject.exam_board, parsed.subject.code, len(parsed.topics)) == ("EDUQAS", "C990QS", 9)


def test_a_specification_without_a_code_or_a_tree_is_refused():
    with pytest.raises(ContractBroken, match="no entry code"):
        parse(lantern_wales.wjec(without=("codes",)))
    with pytest.raises(SourceEmpty, match="laid out as none"):
        parse(lantern_wales.wjec(without=("1", "2")))


def lantern_tab(**more):
    host = "https://pastpapers.download.wjec.co.uk"
    records = []
    for year in range(19, 25):
        for unit in (1, 2):
            for mark, kind in (("", "Past Paper"), ("-ms", "Mark Scheme")):
                for letter in "un":
                    name = f"{kind} - Summer - Lantern Studies Unit {unit}"
                    file = f"s{year}-3990{letter}{unit}0-1{mark}.pdf"
                    records.append(lantern_wales.record(file, kind=kind, name=name, year=f"20{year}"))
    assert all(record["Url"].startswith(host) for record in records)
    return lantern_wales.tab(*records, **more)


def test_an_invented_tab_gives_one_paper_for_each_document():
    parsed = parse(lantern_tab(), name="https://www.wjec.co.uk/tab", subject="3990QS")
    assert parsed.findings == ()
    assert dict(parsed.counts)["rows"] == len(parsed.papers) == 48
    assert len({paper.identity for paper in parsed.papers}) == 48
    assert Counter(paper.language for paper in parsed.papers) == {"English": 24, "Welsh": 24}
    assert Counter(paper.type for paper in parsed.papers) == {"question paper": 24, "mark scheme": 24}
    assert {(paper.subject_code, paper.series) for paper in parsed.papers} == {("3990QS", "June")}


def test_a_spoilt_tab_is_refused_held_or_nearly_right():
    check_bytes(lambda content: parse(content, name="https://www.wjec.co.uk/tab", subject="3990QS"), lantern_tab())


def test_a_spoilt_list_of_the_real_file_names_is_refused_held_or_nearly_right(shared_data):
    records = []
    for name, (year, season, unit, kind) in index_rows(shared_data):
        label = {"question paper": "Past Paper", "mark scheme": "Mark Scheme"}[kind]
        title = f"{label} - {season} - Unit {unit}"
        records.append(lantern_wales.record(f"{name}.pdf", kind=label, name=title, year=str(year), series=season))
    content = lantern_wales.tab(*records)

    def read(spoilt):
        return parse(spoilt, name="https://www.wjec.co.uk/tab", subject="1500QS", qualification="A-Level")

    whole = tree(read(content))
    assert "paper_year_mismatch" in rules(read(content))
    wrong = [
        seed for seed in range(MUTATIONS) if lost_in(read, mutate_bytes(content, random.Random(seed))[1], whole) >= 0.05
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("record", "rule"),
    [
        (lantern_wales.record("s24-3990u10-1.pdf", year="2023"), "paper_year_mismatch"),
        (lantern_wales.record("n24-3990u10-1.pdf"), "paper_series_mismatch"),
        (lantern_wales.record("s24-3990u10-1-ms.pdf"), "paper_type_mismatch"),
        (lantern_wales.record("s24-3990u10-1.pdf", name="Mark Scheme - Summer - Lanterns"), "paper_type_mismatch"),
        (lantern_wales.record("s24-3991u10-1.pdf"), "subject_code_differs"),
        (lantern_wales.record("lantern.pdf"), "unknown_file_name"),
        (lantern_wales.record("s24-3990u10-1.pdf", kind="Lantern"), "unknown_type"),
        (lantern_wales.record("s24-3990u10-1.pdf", year="24"), "paper_without_series"),
        (lantern_wales.record("s24-3990u10-1.zip"), "not_a_pdf"),
        (lantern_wales.record("s24-3990u10-1.pdf", name="Past Paper - x - Welsh medium"), "paper_language_mismatch"),
        (lantern_wales.record("s24-3990u10-1.pdf") | {"Url": "https://x.example/s24-3990u10-1.pdf"}, "foreign_host"),
        (lantern_wales.record("s24-3990u10-1.pdf", name="Paper - Summer - Lanterns"), "title_differs"),
        (lantern_wales.record("s24-3990u10-1.pdf") | {"eries": "Summer"}, "record_differs"),
        (lantern_wales.record("s24-3990u10-1.pdf") | {"Url": "s24-3990u10-1.pdf"}, "broken_address"),
        (lantern_wales.record("s23-3990u10-1.pdf", year="2023"), "duplicate_paper"),
    ],
)  # fmt: skip
def test_a_record_that_is_not_sure_is_told(record, rule):
    sound = [lantern_wales.record(f"s23-3990u{unit}0-1.pdf", year="2023") for unit in (1, 2, 3)]
    assert rules(parse(lantern_wales.tab(*sound), name="tab", subject="3990QS")) == set()
    assert rule in rules(parse(lantern_wales.tab(*sound, record), name="tab", subject="3990QS"))


def test_the_units_of_as_belong_to_the_a_level_of_wales():
    records = [
        lantern_wales.record(f"s23-{stem}u{unit}0-1.pdf", year="2023") for stem, unit in (("2990", 1), ("1990", 3))
    ]
    content = lantern_wales.tab(*records)
    whole = parse(content, name="tab", subject="1990QS", qualification="A-Level")
    assert {paper.component_code for paper in whole.papers} == {"2990U10-1", "1990U30-1"}
    half = parse(content, name="tab", subject="2990QS", qualification="AS-Level")
    assert {paper.component_code for paper in half.papers} == {"2990U10-1"}
    assert half.counts["other_level"] == 1
    assert half.findings == whole.findings == ()


def test_a_tab_of_the_other_brand_or_subject_is_refused():
    with pytest.raises(ContractBroken, match="C990, which is no code of WJEC"):
        parse(lantern_wales.tab(lantern_wales.record("s24-c990u10-1.pdf")), name="tab")
    with pytest.raises(ContractBroken, match="papers of 3990, not of 3991QS"):
        parse(lantern_wales.tab(lantern_wales.record("s24-3990u10-1.pdf")), name="tab", subject="3991QS")


def test_a_tab_that_breaks_off_or_is_empty_is_refused():
    content = lantern_tab()
    with pytest.raises(SourceUnreadable, match="breaks off"):
        parse(content[: len(content) // 2], name="tab")
    with pytest.raises(SourceEmpty, match="lists no papers"):
        parse(lantern_wales.tab(), name="tab")


def test_a_tab_without_the_entry_code_says_so():
    parsed = parse(lantern_wales.tab(lantern_wales.record("s24-3990u10-1.pdf")), name="tab")
    assert rules(parsed) == {"entry_code_not_told"}
    assert parsed.papers[0].subject_code == "3990"


def paper(*lines):
    return make_pdf([[Text(60, 700 - 20 * index, line) for index, line in enumerate(lines)]])


COVER = (
    "WJEC GCSE",
    "3990U10-1",
    "S24-3990U10-1",
    "TUESDAY, 14 MAY 2024",
    "Tuesday, 14 May 2024",
    "Time allowed: 1 hour",
)


def test_an_invented_paper_is_read_from_its_first_page_and_its_name():
    name = "https://pastpapers.download.wjec.co.uk/s24-3990u10-1.pdf"
    parsed = parse(paper(*COVER), name=name, subject="3990QS")
    (found,) = parsed.papers
    assert (found.subject_code, found.component_code, found.paper_number) == ("3990QS", "3990U10-1", 1)
    assert (found.type, found.series, found.year, found.language) == ("question paper", "June", 2024, "English")
    assert parsed.findings == ()


def test_a_paper_whose_name_and_page_disagree_is_held():
    name = "https://pastpapers.download.wjec.co.uk/s23-3990u20-1.pdf"
    assert {"paper_year_mismatch", "paper_component_mismatch"} <= rules(
        parse(paper(*COVER), name=name, subject="3990QS")
    )


def test_a_paper_of_another_subject_or_brand_is_refused():
    with pytest.raises(ContractBroken, match="paper of 3990, not of 3991"):
        parse(paper(*COVER), name="x.pdf", subject="3991QS")
    with pytest.raises(ContractBroken, match="not one of EDUQAS"):
        eduqas.parse(paper(*COVER), name="x.pdf", subject=None, qualification="GCSE")
    with pytest.raises(ContractBroken, match="not one of WJEC"):
        parse(paper("AQA GCSE", "7402/1", "Time allowed: 1 hour", "14 May 2024"), name="x.pdf")


def test_other_documents_are_refused(shared_data):
    with pytest.raises(ContractBroken, match="neither a past-papers tab nor a list"):
        parse(shared_data(INDEX).read_bytes(), name="x.json", qualification="A-Level")
    with pytest.raises(ContractBroken, match="is a text"):
        parse(b"Lanterns were lit.", name="x.txt")
    with pytest.raises(SourceEmpty):
        parse(b"", name="x.pdf")
    with pytest.raises(SourceError):
        parse(shared_data(named("drama", "md")).read_bytes(), name="x.md")


INDEX_PAGE = lantern_wales.index(
    ("Lantern Studies GCSE", "/en/qualifications/lantern-studies-gcse/"),
    ("Lantern Studies AS/A level", "/en/qualifications/lantern-studies-asa-level/"),
    ("Wicks - GCSE", "https://www.wjec.co.uk/en/qualifications/wicks-gcse/"),
    ("About us", "/en/about/"),
)


def test_the_index_gives_the_subjects_of_a_qualification():
    parsed = parse(INDEX_PAGE, name="https://www.wjec.co.uk/en/qualifications/")
    assert [(offer.name, offer.page_url) for offer in parsed.offers] == [
        ("Lantern Studies", "https://www.wjec.co.uk/en/qualifications/lantern-studies-gcse/"),
        ("Wicks", "https://www.wjec.co.uk/en/qualifications/wicks-gcse/"),
    ]
    assert dict(parsed.counts) == {"items": 3, "offers": 2, "other_qualifications": 1}
    assert parsed.findings == ()
    for qualification in ("A-Level", "AS-Level"):
        offers = parse(INDEX_PAGE, name="index", qualification=qualification).offers
        assert [offer.name for offer in offers] == ["Lantern Studies"]


def test_entries_of_the_index_that_are_not_sure_are_told():
    entries = (
        ("Lanterns GCSE", "/en/qualifications/lanterns-gcse/"),
        ("", "/en/qualifications/wicks-gcse/"),
        ("Oils", "/en/qualifications/oils/"),
        ("Lamps GCSE", "/en/qualifications/lanterns-gcse/"),
    )
    parsed = parse(lantern_wales.index(*entries), name="index")
    assert rules(parsed) == {"row_without_name", "qualification_not_told", "same_address"}
    with pytest.raises(SourceEmpty, match="lists no subjects"):
        parse(lantern_wales.index(("About us", "/en/about/")), name="index")


SUBJECT_PAGE = b"""<html><body data-qualification-id="38449">
<a href="/media/abcd1234/wjec-gcse-lantern-studies-specification-e.pdf">Specification</a>
<a href="/media/abcd1235/wjec-gcse-lantern-studies-specification-w.pdf">Manyleb</a>
<a href="/media/abcd1236/wjec-gcse-lantern-studies-sams-spec.pdf">Sample assessment</a>
<a href="/media/abcd1237/wjec-gce-lantern-studies-spec-from-2031.pdf">GCE</a>
<a href="/media/abcd1238/guidance.pdf">Guidance</a></body></html>"""


def test_a_visit_goes_from_the_index_to_specification_and_papers():
    (first,) = wjec.start("GCSE", None)
    assert (first.address, first.kind) == ("https://www.wjec.co.uk/en/qualifications/", "subject list")
    pages = list(wjec.follow("GCSE", first, INDEX_PAGE))
    assert [(page.kind, page.name) for page in pages] == [("subject", "Lantern Studies"), ("subject", "Wicks")]
    further = list(wjec.follow("GCSE", pages[0], SUBJECT_PAGE))
    assert [(request.kind, request.address, request.leads_on) for request in further] == [
        (
            *("specification",),
            "https://www.wjec.co.uk/media/abcd1234/wjec-gcse-lantern-studies-specification-e.pdf",
            False,
        ),
        (
            *("papers",),
            "https://www.wjec.co.uk/umbraco/surface/TabSurface/GetPastPapersTab?qualificationId=38449&cultureId=en-GB",
            False,
        ),
    ]
    assert list(wjec.follow("GCSE", further[1], lantern_tab())) == []
    assert list(wjec.follow("GCSE", first, b"<html>")) == []
    assert list(wjec.start("IB", None)) == []
    assert all(isinstance(request, Request) for request in further)


def with_works(*works):
    """The invented units; one row of the first sets works to choose from."""
    rule = ("Centres will select one of the lamps below:", *works)
    areas = (("1.1", "Lamps", (("1.1.1", ("Lamps of", "the world"), rule),)), lantern_wales.UNITS[0][3][1])
    return lantern_wales.wjec(units=changed("1", areas=areas))


def test_works_to_choose_from_hang_on_their_row():
    parsed = parse(with_works("1. Red lamp", "2. Blue lamp", "3. Green lamp."))
    assert parsed.findings == ()
    (group,) = parsed.option_groups
    assert (group.code, group.choose_least, group.choose_most, group.component_code) == ("1.1.1", 1, 1, "Unit 1")
    assert [(t.code, t.name, t.level, t.parent_code) for t in parsed.topics if t.option_group] == [
        ("1.1.1~red-lamp", "Red lamp", 3, "1.1.1"),
        ("1.1.1~blue-lamp", "Blue lamp", 3, "1.1.1"),
        ("1.1.1~green-lamp", "Green lamp", 3, "1.1.1"),
    ]


@pytest.mark.parametrize(
    ("works", "rule"),
    [
        (("1. Red lamp", "3. Green lamp"), "works_missing"),
        (("1. Red lamp",), "works_missing"),
        (("1. Red lamp", "2. Red lamp"), "duplicate_code"),
    ],
)
def test_a_list_of_works_that_lost_one_is_held(works, rule):
    assert rule in rules(parse(with_works(*works)))
