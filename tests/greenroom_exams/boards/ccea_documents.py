"""CCEA's documents about Lantern Studies, a subject that no board has, made after the facts known of the real ones."""

import json

from tests.greenroom_exams.layouts.pdf_writer import Text, make_pdf

LEFT, RIGHT, ASSESSMENT, WEIGHT = 60, 250, 220, 400
SITE = "https://ccea.org.uk"
PAGE = f"{SITE}/key-stage-4/gcse/subjects/gcse-lantern-studies-2031"
FEED = f"{SITE}/sites/default/files/qualification/599.json"
# Sub-headings, rows of the left column, outcomes of the right one.
FLAME = (
    (
        "Oils and wicks",
        (
            ("Wicks and their|trimming", ("explain why a wick is|trimmed; and", "trim one.")),
            ("Oils", ("name two oils.",)),
        ),
    ),
    ("Light", (("Brightness", ("measure light.",)),)),
)
CARRYING = (("", (("Handles", ("carry a lantern.",)), ("Hooks", ("hang one up.",)))),)
PROJECT = (("", (("Your own lantern", ("build a lantern.",)),)),)
UNITS = (
    ("3.1", "Unit 1: Flame", "External written examination|1 hour 30 minutes|80 marks", "50%", FLAME),
    ("3.2", "Unit 2: Carrying", "External written examination|45 minutes", "30%", CARRYING),
    ("3.3", "Unit 3: A Lantern of Your Own", "Controlled assessment|20 hours", "20%", PROJECT),
)


def specification(*, units=UNITS, contents=None, level="GCSE", code="7310", inside=None, qans=("QAN 603/9999/X",)):
    """A specification: cover, contents, a table at a glance, a section for each unit, the next chapter."""
    cover = [f"CCEA {level} Specification in", "Lantern Studies", "Version 2: 8 June 2031"]
    cover += ["For first teaching from September 2031", "For first assessment in Summer 2032"]
    cover += ["For first award in Summer 2033", f"Subject Code: {code}"]
    listed = units if contents is None else contents
    pages = [_stack(cover, size=18), _contents(listed), _stack([f"Subject Code {inside or code}", *qans])]
    pages += [_glance(units), *_sections(units), [Text(LEFT, 760, "4 Scheme of Assessment", 18, bold=True)]]
    return make_pdf([_page(texts, number, level) for number, texts in enumerate(pages, start=1)], title="Specification")


def gce(**options):
    """A GCE, which has units of the AS and of the A2."""
    units = (
        ("3.1", "Unit AS 1: Flame", "External written examination|1 hour", "100% of AS|40% of A level", CARRYING),
        ("3.2", "Unit A2 1: Carrying", "External written examination|2 hours", "60% of A level", PROJECT),
    )
    qans = ("QAN AS Level 603/9998/1", "QAN A Level 603/9997/2")
    return specification(units=units, level="GCE", qans=qans, **options)


def tiered():
    """Units of two tiers: a learner takes some of them."""
    units = (
        ("3.1", "Unit M1: Foundation Tier", "External written examination|1 hour", "45%", CARRYING),
        ("3.2", "Unit M3: Higher Tier", "External written examination|2 hours", "45%", PROJECT),
    )
    return specification(units=units)


def over_pages(*, again="Wicks (cont.)", more=False):
    """One unit whose table goes on over a page, with its heads, and with its cell; at wish over one page more."""
    first = [Text(LEFT, 760, "3 Subject Content", 18, bold=True), Text(LEFT, 730, "3.1 Unit 1: Flame", 14, bold=True)]
    first += [*_heads(690), Text(LEFT, 660, "Wicks"), *_outcome(660, "explain a wick.")]
    second = [*_heads(760), Text(LEFT, 730, again), *_outcome(730, "trim a wick.")]
    units = UNITS[:1]
    cover = ["CCEA GCSE Specification in", "Lantern Studies", "For first teaching from September 2031"]
    cover.append("Subject Code: 7310")
    third = [[*_heads(760), Text(LEFT, 730, "Oils"), *_outcome(730, "name an oil.")]] if more else []
    pages = [_stack(cover, size=18), _contents(units), first, second, *third]
    pages.append([Text(LEFT, 760, "4 Scheme of Assessment", 18, bold=True)])
    return make_pdf(
        [_page(texts, number, "GCSE") for number, texts in enumerate(pages, start=1)], title="Specification"
    )


def _page(texts, number, level):
    foot = f"CCEA {level} Lantern Studies from September 2031"
    return [*texts, Text(LEFT, 30, foot, 8), Text(500, 30, str(number), 8)] if number > 1 else texts


def _contents(units):
    texts = [Text(LEFT, 760, "Contents", 18, bold=True), Text(LEFT, 730, "3 Subject Content"), Text(500, 730, "5")]
    for index, (section, title, *_) in enumerate(units):
        base = 710 - 16 * index
        texts += [Text(LEFT + 20, base, f"{section} {title}"), Text(500, base, str(5 + index))]
    return texts


def _glance(units):
    texts = [Text(LEFT, 760, "2 Specification at a Glance", 18, bold=True)]
    heads = zip((LEFT, ASSESSMENT, WEIGHT), ("Content", "Assessment", "Weightings"), strict=True)
    texts += [Text(left, 720, head, bold=True) for left, head in heads]
    for index, (_, title, assessment, weight, _) in enumerate(units):
        base = 690 - 60 * index
        texts.append(Text(LEFT, base, title, 8))
        texts += [Text(ASSESSMENT, base - 12 * row, line, 8) for row, line in enumerate(assessment.split("|"))]
        texts += [Text(WEIGHT, base - 12 * row, line, 8) for row, line in enumerate(weight.split("|"))]
    return texts


def _sections(units):
    for index, (section, title, *_, content) in enumerate(units):
        texts = [Text(LEFT, 770, "3 Subject Content", 18, bold=True)] if index == 0 else []
        texts.append(Text(LEFT, 740, f"{section} {title}", 14, bold=True))
        texts.append(Text(LEFT, 715, "In this unit students look at lanterns of all kinds."))
        base = 690
        for heading, rows in content:
            if heading:
                texts.append(Text(LEFT, base, heading, 12, bold=True))
                base -= 30
            texts += _heads(base)
            texts.append(Text(RIGHT, base - 20, "Students should be able to:"))
            base -= 44
            for name, outcomes in rows:
                texts += [Text(LEFT, base - 12 * row, part) for row, part in enumerate(name.split("|"))]
                for outcome in outcomes:
                    texts += _outcome(base, outcome)
                    base -= 12 * (1 + outcome.count("|"))
                base -= 12 * max(0, name.count("|") + 1 - len(outcomes)) + 14
            base -= 10
        yield texts


def _heads(base):
    return [Text(LEFT, base, "Content", bold=True), Text(RIGHT, base, "Learning Outcomes", bold=True)]


def _outcome(base, text):
    lines = [Text(RIGHT + 14, base - 12 * row, part) for row, part in enumerate(text.split("|"))]
    return [Text(RIGHT, base, "•"), *lines]


def _stack(lines, *, size=10):
    return [Text(LEFT, 700 - 2 * size * index, line, size) for index, line in enumerate(lines)]


def record(paper, *, year=2033, series="Summer", kind="Paper", medium="Standard", number=1, ending="", **changes):
    """One record of the feed of papers, its title, fields and address as CCEA makes them."""
    folder = "/downloads/docs/Past-Papers/cleared/GCSE/GCSE%20Lantern%20Studies%20%282031%29"
    file = f"GCSE-Lantern%20Studies-599-{series}{year}-{paper}-{kind}{ending}.pdf".replace(" ", "%20")
    told = {
        "title": f"Cleared/{medium} {kind}: {paper} - [599] GCSE Lantern Studies (2031), {series} {year}",
        "id": str(number), "series": series, "year": str(year), "qualification": "599",
        "mark_scheme": "1" if kind == "MS" else "0", "tier": "", "type": medium,
        "field_document_cloud": f"{folder}/{year}-{series}/{medium.replace(' ', '%20')}/0/{file}",
        "field_title_paper_ms": paper, "mime_type": "pdf", "changed": "28/08/2033",
    }  # fmt: skip
    return told | changes


def feed(*records):
    """The feed as JSON."""
    return json.dumps(list(records)).encode()


def html(body, *, title="GCSE Lantern Studies (2031) | CCEA"):
    """A page of CCEA's site."""
    return f"<!DOCTYPE html><html><head><title>{title}</title></head><body>{body}</body></html>".encode()


def subject_index():
    """The list of subjects: one of them twice, others of another level, a page that is no subject's."""
    links = (
        ("/key-stage-4/gcse/subjects/gcse-lantern-studies-2031", "GCSE Lantern Studies (2031)"),
        ("/key-stage-4/gcse/subjects/gcse-rope-work-2030", "Rope Work"),
        ("/key-stage-4/gcse/subjects/gcse-lantern-studies-2031", "Lantern Studies"),
        ("/post-16/gce/subjects/gce-lantern-studies-2032", "Lantern Studies"),
        ("/key-stage-4/gcse/subjects/", "All subjects"),
    )
    return html("".join(f'<a href="{address}">{text}</a>' for address, text in links), title="GCSE subjects | CCEA")


def subject_page():
    """The page of one subject: its specification in two versions of the language, its papers, another subject's."""
    title = "GCSE%20Lantern%20Studies%20%282031%29"
    base = f"/downloads/docs/Specifications/GCSE/{title}/{title}"
    links = [f"{base}-specification-Standard_1.pdf", f"{base}-specification-Irish%20Medium.pdf"]
    links += [f"{PAGE}/past-papers-mark-schemes", f"{SITE}/key-stage-4/gcse/subjects/gcse-rope-work-2030"]
    links += ["https://elsewhere.example.org/downloads/docs/Specifications/a-specification-Standard.pdf"]
    return html("".join(f'<a href="{link}">More</a>' for link in links))


def papers_page(*, feed_id="599", address=f"{FEED}?v=1787910737"):
    """The page of papers, whose script is told where the feed is."""
    script = f"qualificationPapers('{address}', '{feed_id}')"
    return html(f'<div id="qp-block-599" x-data="{script}" x-init="init()"></div>')
