"""Rows from a seed: any row of any column alone, the same bytes on every machine. Sizes in, COPY text out."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator
from dataclasses import dataclass

_MASK = (1 << 64) - 1
_WORDS = (
    "cells",
    "energy",
    "rivers",
    "memory",
    "trade",
    "poetry",
    "algebra",
    "empire",
    "forces",
    "markets",
    "language",
    "rocks",
    "light",
    "networks",
    "proteins",
    "climate",
    "drama",
    "vectors",
    "migration",
    "design",
)

SEED = 20_251_121


def mix(seed: int, column: int, row: int) -> int:
    """splitmix64 of one cell's place."""
    z = (seed + 0x9E3779B97F4A7C15 * (row * 1021 + column + 1)) & _MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
    return z ^ (z >> 31)


def uuid(column: int, row: int) -> str:
    """A UUID of version 4's shape."""
    high, low = mix(SEED, column, row), mix(SEED, column + 500, row)
    text = f"{high:016x}{low:016x}"
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"


@dataclass(frozen=True)
class Trees:
    """Subjects with their topic trees. The first `changing` subjects are those that a source revises."""

    topics: int
    subjects: int
    changing: int
    changing_topics: int

    def sizes(self) -> list[int]:
        """Topics of each subject."""
        rest, among = self.topics - self.changing * self.changing_topics, self.subjects - self.changing
        return [self.changing_topics] * self.changing + [
            rest * (n + 1) // among - rest * n // among for n in range(among)
        ]

    def subject_rows(self) -> Iterator[str]:
        """id, subject_code, subject_name, qualification_type, exam_board, spec_start_year."""
        for n in range(self.subjects):
            word = _WORDS[mix(SEED, 1, n) % len(_WORDS)]
            yield f"{uuid(2, n)}\tS{n:05}\tStudies of {word} {n}\tA-Level\tWJEC\t{2015 + mix(SEED, 3, n) % 9}\n"

    def topic_rows(self) -> Iterator[str]:
        """id, subject_id, parent_topic_id, code, name, level, sort_order, description, component_code."""
        first = 0
        for n, size in enumerate(self.sizes()):
            subject = uuid(2, n)
            ids = [uuid(4, first + i) for i in range(size)]
            codes: list[str] = []
            for i in range(size):
                above = i // 4 - 1
                codes.append(f"{codes[above]}.{i % 4 + 1}" if above >= 0 else str(i + 1))
                cell = mix(SEED, 5, first + i)
                name = f"{_WORDS[cell % 20].title()} and {_WORDS[cell // 20 % 20]}, part {cell // 400 % 97} of {i}"
                described = f"What learners know of {_WORDS[cell // 7 % 20]}." if cell % 3 else "\\N"
                parent = ids[above] if above >= 0 else "\\N"
                level = codes[i].count(".")
                yield (
                    f"{ids[i]}\t{subject}\t{parent}\t{codes[i]}\t{name}\t{level}\t{i % 4 + 1}\t{described}\t"
                    f"Component {cell % 4 + 1}\n"
                )
            first += size


# s works, m is what ratios are told for, l is a million.
TREES = {
    "s": Trees(topics=4_000, subjects=20, changing=2, changing_topics=200),
    "m": Trees(topics=200_000, subjects=400, changing=2, changing_topics=1_000),
    "l": Trees(topics=1_000_000, subjects=2_000, changing=10, changing_topics=1_000),
}


@dataclass(frozen=True)
class Flat:
    """A yearly file of a portal: `columns` beyond year and code, as CSV with a header."""

    rows: int
    columns: int
    years: int = 2

    def header(self) -> list[str]:
        """Names; their last letter but one tells the type."""
        return ["annee", "code", *(f"{_KINDS[n % len(_KINDS)]}_{n}" for n in range(self.columns))]

    def csv_rows(self, *, changed: float = 0.0) -> Iterator[str]:
        """The file, line by line; a share of rows has another value in its first measure."""
        yield ",".join(self.header()) + "\n"
        limit = int(changed * _MASK)
        for row in range(self.rows):
            bump = 1 if mix(SEED, 900, row) < limit else 0
            cells = [_cell(n, row, bump if n == 0 else 0) for n in range(self.columns)]
            yield f"{2023 + row % self.years},C{row // self.years:07}," + ",".join(cells) + "\n"


_KINDS = ("entier", "libelle", "taux", "jour", "oui")


def _cell(column: int, row: int, bump: int) -> str:
    z = mix(SEED, 100 + column, row)
    kind = column % len(_KINDS)
    if kind != 1 and z % 41 == 0:
        return "NS" if kind in (0, 2) else ""
    if kind == 0:
        return str(z % 100_000 + bump)
    if kind == 1:
        return f"Lycée {_WORDS[z % 20]} {z % 9973}"
    if kind == 2:
        return f"{z % 100}.{z // 100 % 10}"
    if kind == 3:
        return f"{2000 + z % 24}-{z // 24 % 12 + 1:02}-{z // 288 % 28 + 1:02}"
    return "true" if z & 1 else "false"


FLATS = {
    "s": {"wide": Flat(400, 108), "long": Flat(2_000, 10)},
    "m": {"wide": Flat(20_000, 108), "long": Flat(200_000, 10)},
    "l": {"wide": Flat(35_000, 108), "long": Flat(1_000_000, 10)},
}


def sha256(lines: Iterator[str]) -> str:
    """Digest of generated text."""
    digest = hashlib.sha256()
    for line in lines:
        digest.update(line.encode())
    return digest.hexdigest()


def blocks(lines: Iterator[str], size: int = 1 << 16) -> Iterator[bytes]:
    """Lines by the block, so that a COPY never holds a file."""
    held: list[str] = []
    length = 0
    for line in lines:
        held.append(line)
        length += len(line)
        if length >= size:
            yield "".join(held).encode()
            held, length = [], 0
    yield "".join(held).encode()


def percentile(values: list[float], share: float) -> float:
    """The value that `share` of them do not exceed."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)] if values else 0.0
