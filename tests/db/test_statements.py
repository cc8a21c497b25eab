"""Text cut into statements, and the names they create."""

import pytest

from greenroom.db.statements import Name, created, split


@pytest.mark.parametrize(
    "text",
    [
        "select ';'",
        "select 'it''s; so'",
        r"select E'it\'s; so'",
        'select ";" from x',
        "select $$ a; b -- c\n $$",
        "select $body$ $$;$$ $body$",
        "select 1 /* ; /* in; */ ; */ + 1",
        "select 'a /* b', 1 /* c; */",
        "select 1 -- a; b\n + 1",
    ],
)
def test_a_semicolon_inside_is_no_end(text: str) -> None:
    assert len(list(split(f"{text};\nselect 2;"))) == 2


def test_a_statement_knows_its_line_and_what_was_said_above_it() -> None:
    first, second = split("-- head\n-- lock: forty rows\ncreate table a ();\n\n  select 1")
    assert (first.line, first.comment) == (3, "head\nlock: forty rows")
    assert (second.line, second.comment) == (5, "")


def test_words_leave_out_what_strings_say() -> None:
    (statement,) = split("COMMENT on  table A is 'drop table b cascade' -- c")
    assert statement.words == "comment on table a is ''"


def test_names_what_is_created() -> None:
    text = (
        'create table if not exists "public".a (); create or replace function "S".f(x int) returns int return 1;'
        'create materialized view "s"."v""w" as select 1; create unlogged table t (); create index i on t (x);'
    )
    assert list(created(text)) == [
        Name("table", "public", "a"),
        Name("function", "S", "f"),
        Name("materialized view", "s", 'v"w'),
        Name("table", None, "t"),
    ]
