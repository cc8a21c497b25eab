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
    "date": "[1-9][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])",
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
# A number below a power of ten, or up to one: a share in per cent.
_BOUNDED = re.compile(
    r"\^(?:\((?P<top>10+)\|(?:\[0-9\]|\\d)\{1,(?P<below_top>\d+)\}\)|(?:\[0-9\]|\\d)(?:\+|\{1,(?P<most>\d+)\}))"
    r"\((?:\?:)?\\\.(?:\[0-9\]|\\d)\+\)\?\$"
)
# Without needless zeros before it, so that its digits tell its size.
_CANONICAL = "(0|[1-9][0-9]*)([.,][0-9]+)?"
# So many characters are few enough for any rule that counts digits.
_LONGEST = 20
# Years: of two beginnings and two digits.
_BEGUN = re.compile(r"\^\((?P<beginnings>\d\d(?:\|\d\d)*)\)(?:\[0-9\]|\\d)\{(?P<more>\d)\}\$")


def condition(columns: Sequence[Column], plain: Mapping[str, Plain], shown: Sequence[Column]) -> str:
    """A condition on the given cells of a row, `g`; true: each cell is stored as it stands.

    `plain` gives, for rules of cleaning, texts that the rule leaves as they are, but for a decimal comma and
    zeros after it: the texts themselves, or an anchored pattern of them. A text that ends in `#` stands for
    all with digits in their place; then all of them are of one form, as 01### and 2A###.
    The texts of `shown` hold no damaged characters either.
    """
    if any(_is_unknown(column, plain) and column.required for column in columns):
        return "false"
    tests = [test for column in columns for test in _alone(column, plain)]
    tests += _whole(columns, plain)
    tests += _decimal([c for c in columns if _is_measured(c, plain)], plain)
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
    if _is_measured(column, plain):
        # asked of all such cells at once
        return
    if _is_unknown(column, plain):
        yield f"{cell} is null"
        return
    if column.clean and base in _DECIMAL:
        yield _at_most(cell, _LONGEST)
    if column.type == "text":
        if not column.clean and not _NAMED.fullmatch(column.pattern or ""):
            # null is no answer, and passes
            yield f"(pg_catalog.btrim({cell}) = {cell}) is not false"
    elif base in _SHAPES:
        yield _like(cell, f"^{_SHAPES[base]}$")
    elif base in _DIGITS:
        if _is_whole(column) and (begun := _BEGUN.fullmatch(column.pattern or "")):
            # an expression for each row is as dear as all else that is asked of it
            more = "_" * int(begun["more"])
            likes = [f"{cell} like {_literal(each + more)}" for each in begun["beginnings"].split("|")]
            yield f"({' or '.join(likes)}) is not false"
            return
        limit = _WHOLE.fullmatch(column.pattern or "")
        digits = min(_DIGITS[base], int(limit["most"])) if limit else _DIGITS[base]
        yield _at_most(cell, digits)
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


def _begins(plain: Plain | None) -> tuple[int, int] | None:
    """How many characters are given, and how many digits follow; None where texts are given whole."""
    if not plain or isinstance(plain, str) or not plain[0].endswith("#"):
        return None
    return len(plain[0].rstrip("#")), plain[0].count("#")


def _fits(cell: str, plain: Plain) -> str:
    if begins := _begins(plain):
        # that digits follow is asked of all such cells at once
        given, more = begins
        beginnings = _list([each[:given] for each in plain])
        length = f"{cell} like '{'_' * (given + more)}'"
        return f"({length} and pg_catalog.left({cell}, {given}) in ({beginnings})) is not false"
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


def _whole(columns: Sequence[Column], plain: Mapping[str, Plain]) -> Iterator[str]:
    """Whole numbers put together are digits, and so are the ends of codes."""
    cells = [f"g.{column.name}" for column in columns if _is_whole(column)]
    for column in columns:
        if begins := _begins(plain.get(column.clean or "")):
            cells.append(f"pg_catalog.substr(g.{column.name}, {begins[0] + 1})")
    for some in _some(cells):
        yield f"pg_catalog.concat({', '.join(some)}) !~ '[^0-9]'"


def _is_measured(column: Column, plain: Mapping[str, Plain]) -> bool:
    """Whether its form, which many columns share, and its size are all that is asked of a number."""
    is_read = column.clean is None or isinstance(plain.get(column.clean), str)
    is_bounded = column.pattern is None or _BOUNDED.fullmatch(column.pattern) is not None
    return column.type.split("(")[0] in _DECIMAL and is_read and is_bounded


def _decimal(columns: list[Column], plain: Mapping[str, Plain]) -> Iterator[str]:
    """Few numbers are asked one by one; of many, each is followed by a sign or by the end. Then their size."""
    forms: dict[str, list[Column]] = {}
    for column in columns:
        forms.setdefault(_form(column, plain), []).append(column)
    for form, alike in forms.items():
        if len(alike) < _MANY:
            yield from (_like(f"g.{column.name}", f"^{form}$") for column in alike)
            continue
        for some in _some([f"g.{column.name}" for column in alike]):
            yield rf"pg_catalog.concat_ws(e'\x1f', {', '.join(some)}) ~ '^({form}(\u001f|$))*$'"
    # they are numbers from here on: these tests are put in order
    for column in columns:
        yield from _size(column)


def _form(column: Column, plain: Mapping[str, Plain]) -> str:
    if column.clean:
        return str(plain[column.clean])[1:-1]
    if column.pattern:
        return _CANONICAL
    return f"-?{_CANONICAL}" if "(" in column.type else _NUMBER


def _size(column: Column) -> Iterator[str]:
    cell = f"g.{column.name}"
    if column.clean:
        yield _at_most(cell, _LONGEST)
    limits = []
    if size := re.findall(r"\d+", column.type):
        # what is rounded stays below too
        limits.append(10 ** (int(size[0]) - int(size[-1] if len(size) > 1 else 0)) - 1)
    if column.pattern and (bounded := _BOUNDED.fullmatch(column.pattern)):
        if bounded["top"] and int(bounded["top"]) == 10 ** int(bounded["below_top"]):
            limits.append(int(bounded["top"]))
        elif digits := bounded["below_top"] or bounded["most"]:
            limits.append(10 ** int(digits) - 1)
    if limits:
        number = f"pg_catalog.replace({cell}, ',', '.')::numeric"
        is_signed = not column.clean and not column.pattern
        yield f"({f'pg_catalog.abs({number})' if is_signed else number} <= {min(limits)}) is not false"


def _some(cells: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(cells), _CELLS_A_CALL):
        yield cells[start : start + _CELLS_A_CALL]


def _at_most(cell: str, characters: int) -> str:
    # sooner told than the length is
    return f"({cell} like '{'_' * (characters + 1)}%') is not true"


def _like(text: str, pattern: str) -> str:
    return f"({text} ~ {_literal(pattern)}) is not false"


def _list(texts: Sequence[str]) -> str:
    return ", ".join(map(_literal, texts))


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
