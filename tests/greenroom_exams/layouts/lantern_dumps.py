"""Text dumps of specifications in Pearson's layouts, of subjects and in words that are invented."""

from collections.abc import Mapping, Sequence

from greenroom_exams.layouts.dump_pages import repaged
from greenroom_exams.layouts.pdf_lines import Pdf
from greenroom_exams.layouts.plain_text import read_text

FIRST_PAGE = 1


def dump(
    pages: Sequence[Sequence[str]],
    *,
    contents: Sequence[str],
    subject: str = "Lantern Studies",
    code: str = "9LS0",
    first: int = FIRST_PAGE,
) -> bytes:
    """A cover, a contents page and numbered pages; the foot of a page stands before it, as in Pearson's dumps."""
    lines = ["A Level", subject, "Specification", f"Pearson Edexcel Level 3 Advanced GCE in {subject} ({code})"]
    lines += ["First teaching from September 2031", "First certification from 2033 Issue 1", "", "Contents", *contents]
    for number, page in enumerate(pages, start=first):
        lines += ["", f"Pearson Edexcel Level 3 Advanced GCE in {subject} "]
        lines += ["Specification – Issue 1 – May 2030  © Pearson Education Limited 2030 ", f"{number} ", *page]
    return "\n".join(lines).encode()


def pdf_of(content: bytes) -> Pdf:
    """The dump as the families get it."""
    return repaged(read_text(content, name="lantern.txt"))


LETTERED_CONTENTS = (
    "Qualification at a glance 1",
    "Theme 1: Light and oil 2",
    "Theme 2: Selling",
    " lanterns 4",
    "Assessment 5",
)
LETTERED_PAGES: tuple[tuple[str, ...], ...] = (
    ("Qualification at a glance", " meeting the flame", " carrying it.", " market stalls."),
    (
        "Theme 1: Light and oil",
        "Overview",
        "Students will need 1.1 litres of prose, which is no content.",
        "1.1  Meeting the flame",
        "",
        "Subject content What students need to learn:",
        "1.1.1",
        "Wicks in a ",
        "self-trimming lantern",
        "a) Flat wicks:",
        "o woven",
        "o made of felt and then",
        "trimmed",
        "- by hand",
        "b) Round wicks",
        "1.1.2 Glass",
        "a) Clear glass of",
        "2.0 grams",
    ),
    (
        "1.2 Carrying it",
        "Subject content What students need to learn: ",
        "1.2.1",
        "Handles",
        "a) Wood",
        "b) Wire:",
        "o woven",
    ),
    ("Theme 2: Selling lanterns", "Content", "Prose.", "2.1  Market stalls", "2.1.1", "Stalls", "a) Where they stand"),
    ("Assessment", "Assessment summary", "The end of the content."),
)


def lettered(pages: Mapping[int, Sequence[str]] | None = None, *, contents: Sequence[str] = LETTERED_CONTENTS) -> bytes:
    """Numbered titles with lettered statements; `pages` replaces pages by their index."""
    return dump([(pages or {}).get(index, page) for index, page in enumerate(LETTERED_PAGES)], contents=contents)


NUMBERED_CONTENTS = ("Qualification at a glance 1", "Knowledge 2", "Assessment 5")
NUMBERED_PAGES: tuple[tuple[str, ...], ...] = (
    ("Qualification at a glance", "There are two core practicals.", "• Topic 1: Burning", "• Topic 2: Oils and waxes"),
    (
        "Topic 1: Burning",
        "Possible experiments include 1. lighting a lantern.",
        "Students should:",
        "1. know that a flame needs air, and that without air there is none",
        "2. understand what a wick does in a lantern of the common kind that was",
        "used in Group 2 towns",
        " Knowledge of wicks from before 1700 is not expected.",
        "CORE PRACTICAL 1: Light a lantern in a draught, with a wick that has been",
        "trimmed",
        "3. be able to: ",
        " i trim a wick",
        " ii put out a flame:",
        "• with a cap",
        "• with breath",
        " iii measure its height",
    ),
    (
        "Topic 2: Oils and waxes",
        "Students should:",
        "Topic 2A: Oils",
        "1. know oils",
        "2 know how oils are stored",
        "3. know when oils go bad",
        "Topic 2B: Waxes",
        "4. know waxes",
        "CORE PRACTICAL 2: Melt wax",
    ),
    (
        "Students should:",
        "5. know tallow",
        "Further suggested practicals:",
        "1. boil a candle",
        "2. weigh a lantern",
    ),
    ("Assessment", "The end of the content."),
)


def numbered(pages: Mapping[int, Sequence[str]] | None = None, *, contents: Sequence[str] = NUMBERED_CONTENTS) -> bytes:
    """Topics of numbered statements; `pages` replaces pages by their index."""
    replaced = [(pages or {}).get(index, page) for index, page in enumerate(NUMBERED_PAGES)]
    return dump(replaced, contents=contents, subject="Lamp Chemistry", code="9LC0")


NATIVE_CONTENTS = (
    "Introduction 1",
    "Themes, sub-themes and research subjects 2",
    "Paper 1: Writing 3",
    "Appendix 1: Prescribed literary texts and films 4",
    "Appendix 2: Grammar list 5",
    "Appendix 3: Codes 7",
)
NATIVE_PAGES: tuple[tuple[str, ...], ...] = (
    (
        "Introduction",
        "The course has two engaging themes:",
        "الفانوس والبيت ; السوق والضوء .",
        "Paper 1: Writing (*Paper code: 9LA0/01)",
        "Written examination: 2 hours",
        "60% of the qualification",
        "80 marks",
        "Paper 2: Works (*Paper code: 9LA0/02)",
        "Written examination: 1 hour",
        "40% of the qualification",
        "60 marks",
    ),
    (
        "Themes, sub-themes and research subjects",
        "Each theme is broken into one sub-themes and a research subject.",
        "Students are required to select only one research subject for Paper 1.",
        "Students must cover all two aspects of the research subject.",
        "المحور الأول: الفانوس والبيت",
        "Theme 1 is set in the context of the lantern-lit world. It goes on.",
        "الزيت",
        "أنواع الزيت؛ ثمن الزيت.",
        "",
        "موضوع البحث",
        "الفتيل",
        "صنع الفتيل؛",
        "قطع الفتيل.",
        "المحور الثاني: السوق والضوء",
        "Theme 2 is set in the context of the lantern-lit world.",
        "البيع",
        "بيع الليل؛ بيع النهار.",
        "",
        "موضوع البحث",
        "الضوء",
        "لون الضوء؛ قوة الضوء.",
    ),
    ("Paper 1: Writing", "Words."),
    (
        "Appendix 1: Prescribed literary texts and ",
        "films",
        "For Paper 2, students study two works.",
        "The works can be either two literary texts or one literary text and one film.",
        "Literary texts",
        "• قصة الفانوس (novel)",
        "• ليل بلا زيت (play)",
        "Films",
        "• فيلم الضوء",
    ),
    (
        "Appendix 2: Grammar list",
        "Students know the grammar.",
        "1. The case system",
        "2. Nouns",
        "● Gender",
        "● Number in the widest sense, in all the forms that it is",
        "given",
        "● Verbs of light:",
        "o to burn",
        "o to shine",
    ),
    ("3. Quantifiers", "Including كل", "4. Particles", "● Negation (using لا)"),
    ("Appendix 3: Codes", "Paper 1: 9LA0/01", "Paper 2: 9LA0/02"),
)


def native(pages: Mapping[int, Sequence[str]] | None = None, *, contents: Sequence[str] = NATIVE_CONTENTS) -> bytes:
    """Themes in Arabic with works and a grammar list; `pages` replaces pages by their index."""
    replaced = [(pages or {}).get(index, page) for index, page in enumerate(NATIVE_PAGES)]
    return dump(replaced, contents=contents, subject="Arabic", code="9LA0")
