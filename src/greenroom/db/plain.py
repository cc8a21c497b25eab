"""Which rows of a file need no cleaning: columns enter, one SQL condition over a row of the landing leaves.

Cleaning looks at each cell several times. Nearly all cells of a published file are already as they
will be stored, and whether a row is of such cells alone is told at a fraction of that price.
The condition may say no to a row that is plain; it never says yes to one that is not.

PostgreSQL makes the states of a regular expression anew for each text it is put to: one that repeats
a short form over many cells costs little, one that spells out a row costs much.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from greenroom.model.column import Column

Plain = str | tuple[str, ...]

# Whole numbers of so many digits fit.
_DIGITS = {"smallint": 4, "integer": 9, "bigint": 18}
_DECIMAL = ("numeric", "real", "double precision")
_SHAPES = {
    "boolean": "(true|false|t|f|1|0)",
    "date": "[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])",
}
_NUMBER = "-?[0-9]+([.,][0-9]+)?"

# Every character that a damaged text is known by (see the check of that name), and all control characters.
_SUSPECT = r"[\u0001-\u001f\u0080-\u009f\u202a-\u202e\u2066-\u2069\u20ac\ufffd\u00c2\u00c3]"

# From so many columns on, one expression over all of them is cheaper than one for each.
_MANY = 3
# What one argument list takes.
_CELLS_A_CALL = 90

# A pattern that names its values, and one that still holds when needless zeros are dropped.
_NAMED = re.compile(r"\^\(?(?:\?:)?(\w+(?: \w+)*(?:\|\w+(?: \w+)*)*)\)?\$")
_POINTED = re.compile(r"\^(?:\[0-9\]|\\d)(?:\+|\{1,(?P<most>\d+)\})\((?:\?:)?\\\.(?:\[0-9\]|\\d)(?:\+|\{1,\d+\})\)\?\$")
# Whole numbers of so many digits at most; it holds too when needless zeros are dropped.
_WHOLE = re.compile(r"\^(?:\[0-9\]|\\d)\{1,(?P<most>\d)\}\$")
# Years: of two beginnings and two digits.
_BEGUN = re.compile(r"\^\((?P<beginnings>\d\d(?:\|\d\d)*)\)(?:\[0-9\]|\\d)\{(?P<more>\d)\}\$")


def condition(columns: Sequence[Column], plain: Mapping[str, Plain], shown: Sequence[Column]) -> str:
    """A condition on the given cells of a row, `g`; true: each cell is stored as it stands.

    `plain` gives, for rules of cleaning, texts that the rule leaves as they are, but for a decimal comma and
    zeros after it: the texts themselves, or an anchored pattern of them.
    The texts of `shown` hold no damaged characters either.
    """
    if any(_is_unknown(column, plain) and column.required for column in columns):
        return "false"
    tests = [test for column in columns for test in _alone(column, plain)]
    tests += _whole([c for c in columns if _is_whole(c)])
    tests += _decimal([c for c in columns if c.type in _DECIMAL and not c.clean and not c.pattern])
    free = [f"g.{c.name}" for c in shown if not _NAMED.fullmatch(c.pattern or "") and c.clean not in plain]
    if free:
        tests.append(f"pg_catalog.concat_ws(' ', {', '.join(free)}) !~ '{_SUSPECT}'")
    return " and ".join(tests) or "true"


def given(column: Column) -> str:
    """The text of a cell of row `l` of the landing; null when it is empty or withheld."""
    text = f"nullif(l.{column.name}, '')"
    for token in column.missing:
        text = f"nullif({text}, {_literal(token)})"
    return text


def value(column: Column) -> str:
    """The typed value of a plain cell."""
    text = f"g.{column.name}"
    base = column.type.split("(")[0]
    if base in _DECIMAL:
        text = f"pg_catalog.replace({text}, ',', '.')"
        if column.clean:
            # as the rule of cleaning does
            text = f"pg_catalog.trim_scale(({text})::numeric)"
    return text if column.type == "text" else f"({text})::{column.type}"


def withheld(column: Column) -> str:
    """Whether a cell of row `l` says that it was withheld, in so many words."""
    return "(" + " or ".join(f"l.{column.name} = {_literal(token)}" for token in column.missing) + ")"


def _is_unknown(column: Column, plain: Mapping[str, Plain]) -> bool:
    """Whether nothing can be said of a cell without cleaning it."""
    if column.clean and column.clean not in plain:
        return True
    base = column.type.split("(")[0]
    if base == "numeric":
        return False
    return column.type not in ("text", *_DIGITS, *_DECIMAL, *_SHAPES)


def _is_whole(column: Column) -> bool:
    """Whether digits, few enough, are all that is wanted."""
    by_type = column.type in _DIGITS and column.clean in (None, "number")
    return by_type and (not column.clean or not column.pattern or _WHOLE.fullmatch(column.pattern) is not None)


def _alone(column: Column, plain: Mapping[str, Plain]) -> Iterator[str]:
    """What is asked of this cell."""
    cell = f"g.{column.name}"
    base, _, size = column.type.partition("(")
    if column.required:
        yield f"{cell} is not null"
    if _is_unknown(column, plain):
        yield f"{cell} is null"
        return
    if column.type == "text":
        if not column.clean and not _NAMED.fullmatch(column.pattern or ""):
            # null is no answer, and passes
            yield f"(pg_catalog.btrim({cell}) = {cell}) is not false"
    elif base in _SHAPES:
        yield _like(cell, f"^{_SHAPES[base]}$")
    elif base in _DIGITS:
        if _is_whole(column) and (begun := _BEGUN.fullmatch(column.pattern or "")):
            # an expression for each row is as dear as all else that is asked of it
            yield f"(pg_catalog.octet_length({cell}) = {2 + int(begun['more'])}) is not false"
            yield f"(pg_catalog.left({cell}, 2) in ({_list(begun['beginnings'].split('|'))})) is not false"
            return
        limit = _WHOLE.fullmatch(column.pattern or "")
        digits = min(_DIGITS[base], int(limit["most"])) if limit else _DIGITS[base]
        yield f"(pg_catalog.octet_length({cell}) <= {digits}) is not false"
        if _is_whole(column):
            # that they are digits is asked of all such cells at once
            if column.pattern and not limit:
                yield _like(cell, column.pattern)
            return
        yield _like(cell, "^[0-9]+$")
    elif size:
        digits, scale = (int(number) for number in re.findall(r"\d+", size))
        pointed = _POINTED.fullmatch(column.pattern or "")
        if pointed is None or int(pointed["most"] or digits) > digits - scale:
            yield _like(cell, rf"^-?[0-9]{{1,{digits - scale}}}([.,][0-9]+)?$")
    elif (column.clean not in (None, "number") or column.pattern) and not _POINTED.fullmatch(column.pattern or ""):
        yield _like(cell, f"^{_NUMBER}$")
    if column.clean:
        yield _fits(cell, plain[column.clean])
    if column.pattern:
        yield _patterned(column, cell, base in _DECIMAL)
    yield from _tokens(column, cell)


def _fits(cell: str, plain: Plain) -> str:
    return _like(cell, plain) if isinstance(plain, str) else f"({cell} in ({_list(plain)})) is not false"


def _patterned(column: Column, cell: str, is_decimal: bool) -> str:
    """The column's own pattern is put to the cleaned text."""
    pattern = column.pattern or ""
    if named := _NAMED.fullmatch(pattern):
        return f"({cell} in ({_list(tuple(named[1].split('|')))})) is not false"
    if not is_decimal:
        return _like(cell, pattern)
    if _POINTED.fullmatch(pattern):
        return _like(cell, pattern.replace(r"\.", "[.,]"))
    number = f"pg_catalog.replace({cell}, ',', '.')"
    return _like(f"pg_catalog.trim_scale(({number})::numeric)::text" if column.clean else number, pattern)


def _tokens(column: Column, cell: str) -> Iterator[str]:
    """`na` is the token NA too, and to these tests it is a text like others."""
    if column.missing and column.type == "text":
        longest = max(len(token.encode()) for token in column.missing)
        folded = _list([token.lower() for token in column.missing])
        is_other = f"pg_catalog.lower({cell}) not in ({folded})"
        yield f"(pg_catalog.octet_length({cell}) > {longest} or {is_other}) is not false"


def _whole(columns: list[Column]) -> Iterator[str]:
    """Whole numbers put together are digits."""
    for some in _some(columns):
        yield f"pg_catalog.concat({', '.join(f'g.{column.name}' for column in some)}) !~ '[^0-9]'"


def _decimal(columns: list[Column]) -> Iterator[str]:
    """Few numbers are asked one by one; of many, each is followed by a sign or by the end."""
    if len(columns) < _MANY:
        yield from (_like(f"g.{column.name}", f"^{_NUMBER}$") for column in columns)
        return
    for some in _some(columns):
        cells = ", ".join(f"g.{column.name}" for column in some)
        yield rf"pg_catalog.concat_ws(e'\x1f', {cells}) ~ '^({_NUMBER}(\u001f|$))*$'"


def _some(columns: list[Column]) -> Iterator[list[Column]]:
    for start in range(0, len(columns), _CELLS_A_CALL):
        yield columns[start : start + _CELLS_A_CALL]


def _like(text: str, pattern: str) -> str:
    return f"({text} ~ {_literal(pattern)}) is not false"


def _list(texts: Sequence[str]) -> str:
    return ", ".join(map(_literal, texts))


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
