"""Names written from right to left are never altered; what tore or hides their order is told."""

import unicodedata

import pytest

from greenroom_exams.documents import Topic
from greenroom_exams.layouts.right_to_left import (
    CONTROLS,
    check_names,
    has_native,
    is_native,
    letters_of,
    presentation_forms,
    torn,
)

LANTERN = "\u0641\u0627\u0646\u0648\u0633"  # fanus, in letters
# The same word in the forms it has on paper: initial feh, final alef, initial noon, final waw, isolated seen.
PRINTED = "\ufed3\ufe8e\ufee7\ufeee\ufeb1"


def rules(*names):
    topics = [Topic(str(number), name, 0, None, number, line=number) for number, name in enumerate(names, start=1)]
    return {finding.rule: finding for finding in check_names(topics)}


def test_most_letters_decide_whether_a_text_is_native():
    assert is_native(LANTERN)
    assert is_native("Фонарь")
    assert is_native(f"{LANTERN} (a)")
    assert not is_native(f"Lanterns such as ({LANTERN})")
    assert not is_native("Éclairage à l'huile")
    assert not is_native("1.2.3 ...")


def test_symbols_of_science_are_not_native():
    assert not has_native("ΔG = −RT ln K, 5 µm")
    assert has_native(f"using {LANTERN}")


def test_letters_are_compared_whatever_form_they_are_printed_in():
    assert PRINTED != LANTERN
    assert letters_of(PRINTED) == letters_of(LANTERN) == letters_of(LANTERN[::-1])
    assert letters_of(LANTERN) != letters_of(LANTERN[1:])


def test_presentation_forms_are_found():
    assert presentation_forms(f"a {PRINTED}") == PRINTED
    assert presentation_forms(LANTERN) == ""


# A stretched letter, and one given as a letter only among printed forms.
STRETCHED, MIXED = "\ufed3\u0640\ufe8e", "\u0637\ufe8e"


@pytest.mark.parametrize(
    "text", [LANTERN, PRINTED, STRETCHED, MIXED, f"{LANTERN} {PRINTED}؛ {LANTERN}.", f"Negation ({LANTERN})", "ΔG."]
)
def test_what_is_in_order_is_not_torn(text):
    assert torn(text) is None


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (PRINTED[1:], "join with nothing"),  # begins with a final form
        (PRINTED[:1], "join with nothing"),  # ends with an initial form
        (f"{PRINTED}{PRINTED}", "join with nothing"),  # two words without a blank
        ("\ufe94\ufee7\ufeee", "join with nothing"),  # teh marbuta ends words only
        (f"{LANTERN}. {LANTERN}", "behind the full stop"),
        (f"؛ {LANTERN}", "wrong end"),
        (f"{LANTERN} ؛{LANTERN}", "wrong end"),
        (f"{LANTERN}،", "wrong end"),
        (f"){LANTERN}(", "brackets"),
        (f"({LANTERN}", "brackets"),
        (f"lamp{LANTERN}", "two scripts"),
    ],
)
def test_what_is_torn_says_why(text, why):
    assert why in (torn(text) or "")


def test_words_of_another_direction_are_left_alone():
    assert torn("lamp). oil, wick(") is None


def test_each_control_that_turns_text_is_named_by_its_number():
    for control in CONTROLS:
        assert unicodedata.category(control) == "Cf"
        finding = rules(f"{LANTERN}{control}")["bidi_controls"]
        assert f"U+{ord(control):04X}" in finding.message
        assert control not in finding.message
        assert (finding.severity, finding.position) == ("warning", "line 1")


def test_names_out_of_nfc_and_in_printed_forms_are_told_once():
    apart = unicodedata.normalize("NFD", "\u0622")
    found = rules(LANTERN, f"{LANTERN} {apart}", PRINTED, PRINTED)
    assert set(found) == {"not_normalized", "presentation_forms"}
    assert "2 names, 3 first" in found["presentation_forms"].message
    assert "U+FED3" in found["presentation_forms"].message


def test_torn_names_are_told_with_their_codes():
    found = rules(LANTERN, f"{LANTERN}،")
    assert set(found) == {"reading_order"}
    assert "1 names" in found["reading_order"].message
    assert "2: a stop" in found["reading_order"].message
