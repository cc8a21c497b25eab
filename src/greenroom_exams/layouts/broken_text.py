"""Titles and statements that break off or hold a stray character are findings: half a line looks like a whole one."""

import re
from collections.abc import Iterator, Sequence

from greenroom_exams.documents import Finding, Topic

# A sign that no font explains is read as a bullet; a bullet stands alone.
SPOILT = re.compile(r"[\ufffd\x00-\x1f]|\w•|•\w")

# No title ends in one of these; what does lost its second line.
OPEN_END = re.compile(
    r"(?:\b(?:a|an|and|as|at|by|for|from|in|into|of|on|or|the|their|to|upon|with|within|which|that)|[,(&–—/-])$", re.I
)
SENTENCE_END = re.compile(r"[.!?:;…][)\"'’”]?$")
# One statement without a full stop is a slip where nearly all have one.
MOST = 0.8
STRAY = "\ufffd"


def check_titles(topics: Sequence[Topic]) -> Iterator[Finding]:
    """Errors for names that end in an open word, and for names that hold a character nobody could read."""
    for topic in topics:
        if OPEN_END.search(topic.name):
            yield _error("title_breaks_off", f"{topic.code} breaks off: {topic.name!r}", topic)
        if STRAY in topic.name:
            yield _error("stray_character", f"{topic.code} holds an unreadable character: {topic.name!r}", topic)


def check_statements(topics: Sequence[Topic], *, what: str) -> Iterator[Finding]:
    """Errors for the names that are no whole sentence, where most of these topics have one."""
    yield from _check_ends([(topic.name, topic) for topic in topics], what)


def check_descriptions(topics: Sequence[Topic]) -> Iterator[Finding]:
    """The same for the last sentence of each description."""
    yield from _check_ends([(topic.description, topic) for topic in topics if topic.description], "the text below")


def _check_ends(told: Sequence[tuple[str, Topic]], what: str) -> Iterator[Finding]:
    open_ones = [(text, topic) for text, topic in told if not SENTENCE_END.search(text)]
    if told and len(open_ones) / len(told) <= 1 - MOST:
        for text, topic in open_ones:
            yield _error("text_breaks_off", f"{what} {topic.code} ends without a full stop: {text[-60:]!r}", topic)


def _error(rule: str, message: str, topic: Topic) -> Finding:
    return Finding(rule, "error", message, None if topic.page is None else f"page {topic.page}")
