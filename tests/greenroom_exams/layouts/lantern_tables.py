"""GCSE specifications of Lantern Studies in Pearson's layouts, as text dumps; all subjects and words are invented."""

from collections.abc import Sequence

OVERVIEW = (
    "Qualification at a glance",
    "{one} (*Paper code: 1LS0/01)",
    "Written examination: 1 hour and 30 minutes",
    "60% of the qualification",
    "80 marks",
)
CODES = (
    "Appendix 1: Codes",
    "The QN for this",
    "qualification is:",
    "600/1234/5",
    "Paper 1: 1LS0/01",
    "Paper 2: 1LS0/02",
)


def dump(pages: Sequence[Sequence[str]], *, contents: Sequence[str] = (), stray: Sequence[str] = ()) -> bytes:
    """A cover, the contents, and pages from 1 whose running head and number stand before their text."""
    lines = [*stray, "Specification", "Pearson Edexcel Level 1/Level 2 GCSE (9 - 1) in Lantern Studies (1LS0)"]
    lines += ["First teaching from September 2031", "First certification from 2033 Issue 1", "", "Contents", *contents]
    for number, page in enumerate(pages, start=1):
        lines += ["", "Pearson Edexcel Level 1/Level 2 GCSE (9-1) in Lantern Studies "]
        lines += ["Specification – Issue 1 – May 2030 © Pearson Education Limited 2030", f"{number} ", *page]
    return "\n".join(lines).encode()


def glance(first: str, second: str, *between: str) -> tuple[str, ...]:
    """The overview of two papers, with what stands below the first one."""
    box = ("Written examination: 1 hour and 30 minutes", "50% of the qualification", "80 marks")
    return ("Qualification at a glance", f"{first} (*Paper code: 1LS0/01)", *box, *between, *_second(second, box))


def _second(second: str, box: tuple[str, ...]) -> tuple[str, ...]:
    return (f"{second} (*Paper code: 1LS0/02)", *box)


def outcomes(*, last: Sequence[str] = ("2.1.1 be able to carry a lit lantern",)) -> bytes:
    """Topics with tables of subtopics and outcomes, one table over two pages."""
    below = (
        "This paper will assess Topics 1 to 2.",
        "● Topic 1: Flame – how it burns.",
        "● Topic 2: Carrying – where.",
    )
    pages = (
        glance("Paper 1: Light", "Paper 2: Trade", *below),
        (
            "Topic 1: Flame",
            "Prose, as of 1.1 times.",
            "Subject content Students should:",
            "1.1 Wicks ",
            "and oils ",
            "1.1.1 understand why a wick is",
            "trimmed",
            "1.2 Glass 1.2.1 understand why glass blackens",
        ),
        ("Subject content Students should:", " 1.2.2 be able to clean it, see 1.1", "", "*In this specification, x"),
        ("Topic 2: Carrying", "Subject content Students should: ", "2.1 Handles", *last),
        ("Onscreen lanterns", "Prose of the next chapter.", "3 Assessment information"),
        CODES,
    )
    return dump(pages, contents=("Topic 1: Flame 2", "Topic 2: Carrying 4", "Appendix 1: Codes 6"))


def themes(*, title: Sequence[str] = ("The life of", "a flame"), points: int = 2) -> bytes:
    """Themes of topics with paragraphs and points."""
    pages = (
        (
            *glance("Theme 1: Light", "Theme 2: Trade", "● Topic 1.1 Flames"),
            "● Topic 2.1 Selling",
        ),
        ("Theme 1: Light", "Overview", "Prose.", "● Topic 1.1 Flames – students look at one"),
        (
            "Topic 1.1 Flames",
            "Subject content What students need to learn:",
            "1.1.1",
            *title,
            "How a flame begins:",
            *(f"● spark {number} of the" for number in range(points)),
            "lighter",
            "",
            "Why it goes out.",
            "1.1.2",
            "Smoke",
            "",
            "What smoke is made of:",
            "● soot",
        ),
        (
            "Assessment information",
            "● The assessment is out of 80 marks.",
            "● The assessment is 1 hour and 30 minutes.",
        ),
        ("Theme 2: Trade", "Overview", "Prose."),
        ("Topic 2.1 Selling", "Subject content What students need to learn:", "2.1.1", "Price", "Price", "● cost"),
        (
            "Assessment information",
            "● The assessment is out of 80 marks.",
            "● The assessment is 1 hour and 30 minutes.",
        ),
        ("3 Administration and general information", *CODES),
    )
    return dump(pages, contents=("Theme 1: Light 2", "Theme 2: Trade 5"))


def questions(*, promised: Sequence[str] = (), second: Sequence[str] = ("2 The law", "● The rule.")) -> bytes:
    """Themes of key questions with numbered topics, and the stages of an action with a choice."""
    pages = (
        (
            *glance("Paper 1", "Paper 2", "Questions are focused on specification Theme A: Light."),
            "Questions relate to specification Theme B: Acting.",
        ),
        ("Content themes", "● A: Light", "● B: Acting"),
        (
            "Theme A: Light",
            "Introduction",
            "Prose about Theme B: Acting",
            "Key questions explored:",
            "● Who may light a lantern?",
            *promised,
            "Who may light",
            "a lantern?",
            "1 The lighter",
            "and the lit",
            "● Who lights it: ",
            "o a keeper",
            "o a child[1]",
            *second,
        ),
        (
            "Theme B: Acting",
            "Prose.",
            "Stage Related tasks",
            "1 Plan ● Think.",
            "2 Act",
            "● Begin.",
            "And either",
            "● light it",
            "Or",
            "● put it out",
            "[1] A note about",
            "the choice.",
        ),
        ("3 Assessment information", "Paper 1 (Paper code: 1LS0/01)", "● The assessment is out of 80 marks."),
        CODES,
    )
    return dump(pages, contents=("Content themes 2", "3 Assessment information 5", "Appendix 1: Codes 6"))


def ideas(
    *, statements: Sequence[str] = ("a. The wind. (1)", "b. The rain", "of autumn."), options: str = "one"
) -> bytes:
    """Topics of key ideas with lettered content, options to choose from and tasks outdoors."""
    pages = (
        (
            "Component 1: Light (*Paper 1 code: 1LS0/01)",
            "Written examination: 1 hour and 30 minutes",
            "50% of the qualification",
            "80 marks",
            f"● Topic 1: Flames – including options from which students choose {options} from two, 1A: Candles",
            "and 1B: Lamps",
            "Component 2: Outdoors (*Paper 2 code: 1LS0/02)",
            "Written examination: 1 hour and 30 minutes",
            "50% of the qualification",
            "80 marks",
            "● Topic 2: Walks",
        ),
        (
            "Component 1: Light",
            "Overview",
            "1A: Candles, in a line of prose",
            "Topic 1: Flames",
            "Overview of flames",
            "Key idea Detailed content",
            "1.1  A flame is",
            "put out by",
            *statements,
            "Weather",
            "1.2  Storms",
            "a. Gales.",
            "Integrated skills:",
            "(1) Reading the sky",
        ),
        (
            "Optional sub topic 1A: Candles",
            "One optional sub topic from 1A or 1B.",
            "Key idea Detailed content",
            "1.3 Wax*",
            "a. Its melting.",
            "*See Appendix 9",
            "Optional sub topic 1B: Lamps",
            "Key idea Detailed content",
            "1.4 Oil",
            "a. Its smell.",
            "Assessment information",
            "● The assessment is out of 80 marks.",
        ),
        (
            "Component 2: Outdoors",
            "Overview",
            "There is a choice of one from two environments in 2A: Night walks.",
            "Topic 2: Walks",
            "Prose about walks.",
            "2A: Night walks",
            "Task: A lit path",
            "Enquiry process",
            "point",
            "Go and look.",
            "Task: A dark path",
            "Enquiry process",
            "Stay at home.",
        ),
        ("Assessment information", "● The assessment is out of 80 marks."),
        ("3 Administration and general information", *CODES),
    )
    return dump(pages, contents=("Component 1: Light 2", "Component 2: Outdoors 4"))


def tiers(*, higher: Sequence[str] = ("1a.03 Know oil. Only the best.",), left: str = "1a.02") -> bytes:
    """A list for each tier, whose statements and guidance stand in two columns that ran together."""
    head, columns = "{} tier content", "What students need to learn: Guidance"
    only = "(Higher tier topic only; not assessed at Foundation tier)"
    pages = (
        (*glance("Paper 1", "Paper 2", "Content overview", "1. Burning"),),
        (
            head.format("Foundation"),
            columns,
            "1. Burning",
            "(a) Wicks",
            "1a.01 Know a wick, e.g. flat ones.",
            "Round wicks are guidance.",
            f"{left} {only}",
        ),
        (head.format("Foundation"), columns, "(a) Wicks continued", "1a.03 Know oil."),
        (head.format("Higher"), columns, "1. Burning", "(a) Wicks", "1a.01 Know a wick.", "1a.02 Know glass."),
        (head.format("Higher"), columns, *higher),
        ("3 Assessment information", "Prose."),
        CODES,
    )
    return dump(pages, contents=("Foundation tier content 2", "Higher tier content 4", "Appendix 1: Codes 7"))
