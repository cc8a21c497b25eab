import pytest

from greenroom_exams.layouts.unit_titles import unit_facts


@pytest.mark.parametrize(
    ("title", "unit", "number", "tier", "variant"),
    [
        ("Unit 4, (With calculator) Carrying", "Unit 4", None, None, None),
        ("Aonad 3 (Le háireamhán) Solas", "Unit 3", None, None, None),
        ("Higher Tier, M8: Paper 2 (With calculator)", "M8", 2, "Higher", None),
        ("Foundation tier, Unit M4 (With calculator)", "M4", None, "Foundation", None),
        ("M6.2", "M6", 2, None, None),
        ("Unit P1 : Physics", "P1", None, None, None),
        ("Higher Tier,Unit B1", "B1", None, "Higher", None),
        ("Unit AS 1: Flame", "AS 1", None, None, None),
        ("A2 2: Carrying", "A2 2", None, None, None),
        ("Unit 7: Biology, Practical Skills (Booklet A)", "Unit 7", None, None, "Biology Booklet A"),
        ("M4 (With calculator) (MV24-IM)", "M4", None, None, "MV24"),
        ("M4 (MV18pt)", "M4", None, None, "MV18"),
        ("Unit 3: Biology", "Unit 3", None, None, None),
    ],
)
def test_titles_of_units_and_papers_are_read(title, unit, number, tier, variant):
    facts = unit_facts(title)
    assert (facts.unit, facts.paper_number, facts.tier, facts.variant) == (unit, number, tier, variant)
    assert facts.mistyped is None


@pytest.mark.parametrize(("title", "unit", "typed"), [("MI: (With calculator)", "M1", "MI"), ("Unit CI", "C1", "CI")])
def test_a_letter_for_a_digit_is_read_and_told(title, unit, typed):
    assert (unit_facts(title).unit, unit_facts(title).mistyped) == (unit, typed)


@pytest.mark.parametrize("title", ["Lanterns", "Community I", "Practical Skills", ""])
def test_a_title_without_a_unit_has_none(title):
    assert unit_facts(title).unit is None
