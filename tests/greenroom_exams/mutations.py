"""Real documents that lost something on the way: 200 of each, by a seed. Each must be refused or held."""

import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from greenroom.model.errors import SourceError
from greenroom_exams.documents import Parsed
from greenroom_exams.layouts.pdf_lines import Line, Pdf

MUTATIONS = 200
# A tree that lost less than this may pass: comparison with what is published sees it.
SHARE = 0.05


def check_document(read: Callable[[Pdf], Parsed], pdf: Pdf, *, mutations: int = MUTATIONS) -> None:
    """Every mutation of a document is refused, held, or at least 95 % right.

    `read` is the board's own reading of a document that has been opened; `pdf` the whole one.
    """
    whole = tree(read(pdf))
    assert whole
    wrong = []
    for seed in range(mutations):
        kind, mutated = mutate(pdf, random.Random(seed))
        lost = lost_in(read, mutated, whole)
        if lost >= SHARE:
            wrong.append((seed, kind, f"{lost:.0%}"))
    assert wrong == []


def check_bytes(parse: Callable[[bytes], Parsed], content: bytes, *, mutations: int = MUTATIONS) -> None:
    """The same for the bytes of a page, a JSON answer or a text: cut, doubled, spoilt; papers count as topics do."""
    whole = tree(parse(content))
    assert whole
    wrong = []
    for seed in range(mutations):
        kind, mutated = mutate_bytes(content, random.Random(seed))
        lost = lost_in(parse, mutated, whole)
        if lost >= SHARE:
            wrong.append((seed, kind, f"{lost:.0%}"))
    assert wrong == []


def lost_in(read, mutated, whole: set[object]) -> float:
    """The share of the tree that is gone or wrong, where nobody would be told; 0 where it is refused or held."""
    try:
        parsed = read(mutated)
    except SourceError:
        return 0.0
    if parsed.findings:
        return 0.0
    left = tree(parsed)
    return len(whole ^ left) / len(whole)


def tree(parsed: Parsed) -> set[object]:
    """What must be right: each topic with its parent, each paper by its identity."""
    topics = {(topic.code, topic.name, topic.parent_code) for topic in parsed.topics}
    return topics | {paper.identity for paper in parsed.papers}


def mutate(pdf: Pdf, chance: random.Random) -> tuple[str, Pdf]:
    """Without a page or some, without runs of lines, cut off, with columns torn apart or letters spoilt."""
    pages = list(pdf.pages)
    kind = chance.choice(("page", "pages", "lines", "cut", "thinned", "torn", "letters"))
    index = chance.randrange(1, len(pages)) if len(pages) > 1 else 0
    page = pages[index]
    if kind == "page":
        del pages[index]
    elif kind == "pages":
        del pages[index : index + chance.randrange(2, 8)]
    elif kind == "cut":
        pages = [*pages[:index], replace(page, lines=page.lines[: chance.randrange(len(page.lines) + 1)])]
    elif kind == "lines":
        start = chance.randrange(len(page.lines) + 1)
        pages[index] = replace(page, lines=page.lines[:start] + page.lines[start + chance.randrange(1, 30) :])
    elif kind == "thinned":
        share = chance.choice((0.02, 0.1, 0.3))
        pages = [replace(p, lines=tuple(line for line in p.lines if chance.random() > share)) for p in pages]
    elif kind == "torn":
        # the right halves of a page's lines are gone, as when a column is lost
        pages[index] = replace(page, lines=tuple(left_half(page.lines)))
    else:
        pages = [replace(p, lines=tuple(spoilt(p.lines, chance))) for p in pages]
    return kind, replace(pdf, pages=tuple(pages) or pdf.pages[:1])


def left_half(lines: Iterable[Line]) -> Iterator[Line]:
    for line in lines:
        words = line.text.split(" ")
        yield replace(line, text=" ".join(words[: max(1, len(words) // 2)]))


def spoilt(lines: Iterable[Line], chance: random.Random) -> Iterator[Line]:
    for line in lines:
        if chance.random() < 0.1 and line.text:
            at = chance.randrange(len(line.text))
            yield replace(line, text=line.text[:at] + "\ufffd" + line.text[at + 1 :])
        else:
            yield line


def mutate_bytes(content: bytes, chance: random.Random) -> tuple[str, bytes]:
    """Cut off, with a hole, with lines or a piece gone, in another encoding, with stray bytes."""
    kind = chance.choice(("cut", "hole", "lines", "latin", "nul", "bytes"))
    at = chance.randrange(len(content))
    if kind == "cut":
        return kind, content[:at]
    if kind == "hole":
        return kind, content[:at] + content[at + chance.randrange(1, max(2, len(content) // 5)) :]
    if kind == "lines":
        lines = content.split(b"\n")
        start = chance.randrange(len(lines))
        return kind, b"\n".join(lines[:start] + lines[start + chance.randrange(1, max(2, len(lines) // 5)) :])
    if kind == "latin":
        return kind, content.decode("utf-8").encode("utf-16" if chance.random() < 0.5 else "cp1252", "replace")
    if kind == "nul":
        return kind, content[:at] + b"\x00" + content[at:]
    spoilt_bytes = bytearray(content)
    for _ in range(max(1, len(content) // 200)):
        spoilt_bytes[chance.randrange(len(content))] = chance.randrange(256)
    return kind, bytes(spoilt_bytes)
