"""Names in another script than Latin are kept to the letter; what may have been torn or hidden in them is said."""

import re
import unicodedata
from collections.abc import Iterator, Sequence

from greenroom_exams.documents import Finding, Topic

# Marks, embeddings, overrides and isolates: they are not seen, but change the order in which text is shown.
CONTROLS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_TATWEEL = "\u0640"
_STOPS = ".؛،;"


def is_native(text: str) -> bool:
    """Whether most letters of a text are of another script than Latin."""
    letters = [letter for letter in text if letter.isalpha()]
    return bool(letters) and sum(not _is_latin(letter) for letter in letters) * 2 > len(letters)


def has_native(text: str) -> bool:
    """Whether a text holds a letter of another script than Latin and Greek, in which science writes symbols."""
    return any(letter.isalpha() and not _is_latin(letter) and not _is_greek(letter) for letter in text)


def is_right_to_left(text: str) -> bool:
    """Whether a text holds a letter that is written from right to left."""
    return any(unicodedata.bidirectional(letter) in {"R", "AL"} for letter in text)


def letters_of(text: str) -> str:
    """The letters of a text in one form and in one order, to compare what was set in two; never to be kept."""
    plain = unicodedata.normalize("NFKC", text).replace("\u06cc", "\u064a").replace("\u0649", "\u064a")
    return "".join(sorted(letter for letter in plain if letter.isalpha()))


def presentation_forms(text: str) -> str:
    """The letters of a text that stand in the form they have on paper, not as letters: U+FB50 to U+FEFC."""
    return "".join(letter for letter in text if "\ufb50" <= letter <= "\ufefc")


def torn(text: str) -> str | None:
    """Why the words of a text cannot be in the order in which they are read; None where nothing shows it."""
    if not is_right_to_left(text):
        return None
    for word in re.findall(r"[^\s()\[\].,:;/؛،]+", text):
        if not _is_joined(word):
            return f"letters of {word!r} join with nothing"
        if re.search(r"[A-Za-z]", word) and has_native(word):
            return f"{word!r} is of two scripts"
    if any(is_native(found[1]) for found in re.finditer(r"(\w)\.\s*[^\s)\].]", text)):
        return "words stand behind the full stop"
    if text.lstrip()[:1] in _STOPS or text.rstrip()[-1:] in "،؛" or re.search(r"\s؛\S", text):
        return "a stop stands at the wrong end"
    if not _is_balanced(text):
        return "its brackets do not match"
    return None


def _is_latin(letter: str) -> bool:
    return unicodedata.name(letter, "").startswith(("LATIN", "FEMININE", "MASCULINE", "MODIFIER"))


def _is_greek(letter: str) -> bool:
    return unicodedata.name(letter, "").startswith(("GREEK", "MICRO", "OHM"))


def _form(letter: str) -> str | None:
    """INITIAL, MEDIAL, FINAL or ISOLATED for a letter in its printed form."""
    found = re.search(r" (INITIAL|MEDIAL|FINAL|ISOLATED) FORM$", unicodedata.name(letter, ""))
    return found[1] if found else None


def _joins_on(letter: str) -> bool:
    """Whether a letter can join with the one after it: it then has an initial form."""
    name = unicodedata.name(letter, "").removesuffix(" ISOLATED FORM").removesuffix(" FINAL FORM")
    try:
        unicodedata.lookup(f"{name} INITIAL FORM")
    except KeyError:
        return False
    return True


def _is_joined(word: str) -> bool:
    """Whether each printed form fits its neighbours: an initial one begins a group of letters, a final one ends it."""
    letters = ["", *(letter for letter in word if unicodedata.category(letter) != "Mn" and letter not in CONTROLS), ""]
    return all(_fits(*three) for three in zip(letters, letters[1:], letters[2:], strict=False))


def _fits(before: str, letter: str, after: str) -> bool:
    form = _form(letter)
    if form in {"MEDIAL", "FINAL"} and not _reaches(before, {"INITIAL", "MEDIAL"}):
        return False
    if form in {"INITIAL", "MEDIAL"} and not _reaches(after, {"MEDIAL", "FINAL"}):
        return False
    # A letter that could join on and does not ends its word, as these two do in any case.
    ends = form in {"FINAL", "ISOLATED"} and _joins_on(letter)
    ends = ends or any(name in unicodedata.name(letter, "") for name in ("TEH MARBUTA", "ALEF MAKSURA"))
    return not (ends and after.isalpha())


def _reaches(neighbour: str, forms: set[str]) -> bool:
    """Whether a neighbour joins: by its form, or, where it is given as a letter only, by its nature."""
    if not neighbour:
        return False
    form = _form(neighbour)
    return neighbour == _TATWEEL or form in forms or (form is None and _joins_on(neighbour))


def _is_balanced(text: str) -> bool:
    depth = 0
    for letter in text:
        depth += (letter in "([") - (letter in ")]")
        if depth < 0:
            return False
    return depth == 0


def check_names(topics: Sequence[Topic]) -> Iterator[Finding]:
    """Warnings for what a reader of the language must compare with the paper; no name is altered."""
    for topic in topics:
        controls = sorted({f"U+{ord(letter):04X}" for letter in topic.name if letter in CONTROLS})
        if controls:
            message = f"{topic.code} holds characters that turn the order of text: {', '.join(controls)}"
            yield Finding("bidi_controls", "warning", message, _place(topic))
        if not unicodedata.is_normalized("NFC", topic.name):
            message = f"{topic.code} {topic.name!r} writes letters and their marks apart (it is not in NFC)"
            yield Finding("not_normalized", "warning", message, _place(topic))
    printed = [topic for topic in topics if presentation_forms(topic.name)]
    if printed:
        message = (
            f"{len(printed)} names, {printed[0].code} first, hold letters in the form they have on paper "
            f"(such as U+{ord(presentation_forms(printed[0].name)[0]):04X}): they are kept so, and a search for the "
            "letters themselves does not find them"
        )
        yield Finding("presentation_forms", "warning", message, _place(printed[0]))
    disordered = {topic.code: why for topic in topics if (why := torn(topic.name))}
    if disordered:
        places = "; ".join(f"{code}: {why}" for code, why in disordered.items())
        message = f"{len(disordered)} names are not in the order in which they are read: {places}"
        yield Finding("reading_order", "warning", message)


def _place(topic: Topic) -> str | None:
    return f"line {topic.line}" if topic.line is not None else None
