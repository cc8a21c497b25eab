import pytest

from greenroom_exams.layouts.resource_names import folder_facts, name_facts, subject_code


@pytest.mark.parametrize(
    ("name", "component", "number", "tier", "kind", "series", "year", "variant"),
    [
        ("AQA-74021-QP-JUN24-CR.PDF", "7402/1", 1, None, "question paper", "June", 2024, None),
        ("AQA-74022-QP-JUN24-MQP36A3-CR.PDF", "7402/2", 2, None, "question paper", "June", 2024, "MQP36A3"),
        ("AQA-74022-W-MS-JUN17.PDF", "7402/2", 2, None, "mark scheme", "June", 2017, None),
        ("AQA-85251B-QP-JUN23.PDF", "8525/1B", 1, None, "question paper", "June", 2023, None),
        ("AQA-83001F-MS-NOV22.PDF", "8300/1F", 1, "Foundation", "mark scheme", "November", 2022, None),
        ("AQA-8464B1H-WRE-JUN19.PDF", "8464/B/1H", 1, "Higher", "examiner report", "June", 2019, None),
        ("AQA-8658LF-QP-JUN22.PDF", "8658/LF", None, "Foundation", "question paper", "June", 2022, None),
        ("AQA-70421F-INS-JUN22.PDF", "7042/1F", 1, None, "insert", "June", 2022, None),
        ("AQA-74021-SQP-CR.PDF", "7402/1", 1, None, "specimen question paper", None, None, None),
    ],
)
def test_file_names_are_read(name, component, number, tier, kind, series, year, variant):
    facts = name_facts(name)
    assert (facts.component, facts.paper_number, facts.tier, facts.type) == (component, number, tier, kind)
    assert (facts.series, facts.year, facts.variant, facts.modified) == (series, year, variant, variant is not None)


@pytest.mark.parametrize(
    "name",
    [
        "AQA-CDS-25.pdf",
        "AQA-74021-XYZ-JUN24.PDF",
        "AQA-74021-QP-MS-JUN24.PDF",
        "AQA-74021-QP-MAI24.PDF",
        "7402.pdf",
        "",
    ],
)
def test_other_file_names_are_not_read(name):
    assert name_facts(name) is None


@pytest.mark.parametrize(
    "place", ["x.2033.june.AQA-79991-QP-JUN33_PDF", "https://example.org/2033/June/AQA-79991-QP-JUN33.PDF"]
)
def test_the_folder_is_a_witness_of_its_own(place):
    assert (folder_facts(place).year, folder_facts(place).series) == (2033, "June")
    assert subject_code(place) == "7999"


def test_another_folder_says_nothing():
    assert folder_facts("admin.crf_pdf.AQA-CDS-25_PDF").year is None
    assert subject_code("7999.pdf") is None
