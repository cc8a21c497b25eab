"""Compiled SQL is plain, printable, the same every time, and kept.

GREENROOM_UPDATE_GOLDEN=1 writes the golden files anew.
"""

import os
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import psycopg
import pytest

from greenroom.db import compile as compiler
from greenroom.model.column import Column
from greenroom.model.errors import DeclarationError
from greenroom_exams.pack import pack as exams
from greenroom_schools.pack import pack as schools

GOLDEN = Path(__file__).parents[1] / "golden"
PACKS = {"exams": exams, "schools": schools}


EXPECTED: dict[str, Callable[[], str]] = {
    **{f"exams_{d.name}.sql": partial(compiler.dataset_sql, exams, d, "public") for d in exams.datasets},
    "exams_pack.sql": lambda: compiler.pack_sql(exams, "public"),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_compiled_sql_is_the_golden_one(name):
    text = EXPECTED[name]()
    file = GOLDEN / name
    if os.environ.get("GREENROOM_UPDATE_GOLDEN"):
        file.write_text(text, encoding="utf-8")
    assert file.read_text(encoding="utf-8") == text, "meant? then GREENROOM_UPDATE_GOLDEN=1 and review the difference"


def test_no_golden_file_is_left_over():
    assert {f.name for f in GOLDEN.glob("exams_*.sql")} == set(EXPECTED)


@pytest.mark.parametrize("pack", PACKS.values(), ids=PACKS)
def test_compiling_twice_gives_the_same_text(pack):
    assert compiler.pack_sql(pack, pack.schema) == compiler.pack_sql(pack, pack.schema)
    compiler._environment.cache_clear()
    assert compiler.pack_sql(pack, pack.schema) == compiler.pack_sql(pack, pack.schema)


def test_another_schema_is_one_changed_identifier():
    default = compiler.pack_sql(exams, "public")
    other = compiler.pack_sql(exams, "exam_data")
    assert other != default
    assert other.replace('"exam_data"', '"public"') == default


@pytest.mark.parametrize("bad", ['x"; drop table y; --', "Topics", "1st", "", "a" * 64, "na me", "é", "a-b", "x'y"])
def test_bad_identifiers_are_refused(bad):
    topics = exams.dataset("topics")
    with pytest.raises(DeclarationError):
        compiler.pack_sql(exams, bad)
    for changed in (
        replace(topics, name=bad),
        replace(topics, table=bad),
        replace(topics, columns=(*topics.columns, Column(bad))),
    ):
        with pytest.raises(DeclarationError):
            compiler.dataset_sql(replace(exams, datasets=(exams.datasets[0], changed)), changed, "public")


@pytest.mark.parametrize(
    "bad", ["text; drop table x", "Integer", "int--", "numeric(1", "", "text default now()", "a'b"]
)
def test_bad_types_are_refused(bad):
    topics = exams.dataset("topics")
    changed = replace(topics, columns=(*topics.columns, Column("extra", bad)))
    with pytest.raises(DeclarationError):
        compiler.dataset_sql(replace(exams, datasets=(exams.datasets[0], changed)), changed, "public")


@pytest.mark.parametrize("lacking", ["retired_at", "created_at", "updated_at", "release_id"])
def test_a_dataset_without_the_engine_s_columns_is_refused(lacking):
    topics = exams.dataset("topics")
    changed = replace(topics, columns=tuple(c for c in topics.columns if c.name != lacking))
    with pytest.raises(DeclarationError, match=lacking):
        compiler.dataset_sql(replace(exams, datasets=(exams.datasets[0], changed)), changed, "public")


def test_a_quote_in_a_note_stays_a_note():
    topics = replace(exams.dataset("topics"), note="it's; drop table x")
    assert "'it''s; drop table x'" in compiler.table_sql(exams, topics, "public")


def _columns(connection: psycopg.Connection, schema: str, table: str) -> dict[str, str]:
    return dict(
        connection.execute(
            "select attname::text, format_type(atttypid, atttypmod) from pg_attribute"
            " where attrelid = format('%%I.%%I', %s::text, %s::text)::regclass and attnum > 0 and not attisdropped and attgenerated = '' and attidentity = ''",  # noqa: E501
            # a generated column repeats another under a second name; nobody writes it
            [schema, table],
        ).fetchall()
    )


def _named(types: dict[str, str]) -> dict[str, str]:
    """Types as the catalogue spells them."""
    words = {"timestamptz": "timestamp with time zone", "varchar": "character varying"}
    return {
        name: next((full + kind[len(short) :] for short, full in words.items() if kind.startswith(short)), kind)
        for name, kind in types.items()
    }


@pytest.mark.parametrize("name", PACKS)
def test_declared_tables_are_the_migrated_ones(make_database, name):
    pack = PACKS[name]
    with psycopg.connect(make_database(name).url) as connection:
        for dataset in pack.datasets:
            assert _columns(connection, pack.schema, dataset.table) == _named(
                dict(compiler.published_columns(pack, dataset))
            )
            for table, declared in compiler.batch_columns(pack, dataset).items():
                migrated = _columns(connection, "greenroom", table)
                inbox = {"row_key", "parent_row_key", "position", "derived"} if pack.landing == "inbox" else set()
                sealed = {"unit_id", "row_no", *inbox}
                kinds = {"batch": sealed, "edited": {*sealed, "is_gone"}, "prepared": {"release_id"}}
                own = kinds[table.split("_")[0]]
                assert {c: t for c, t in migrated.items() if c not in own or c in declared} == _named(dict(declared))
                assert own <= migrated.keys()


@pytest.mark.parametrize("name", PACKS)
def test_the_compiled_schema_holds_functions_and_views_only(make_database, name):
    with psycopg.connect(make_database(name).url) as connection:
        kinds = connection.execute(
            "select distinct relkind::text from pg_class where relnamespace = %s::regnamespace", [f"greenroom_{name}"]
        ).fetchall()
        assert {kind for (kind,) in kinds} <= {"v"}
        undescribed = connection.execute(
            "select p.oid::regprocedure::text from pg_proc as p where p.pronamespace = %s::regnamespace"
            " and obj_description(p.oid, 'pg_proc') is null",
            [f"greenroom_{name}"],
        ).fetchall()
        assert undescribed == []
        unguarded = connection.execute(
            "select p.oid::regprocedure::text from pg_proc as p where p.pronamespace = %s::regnamespace"
            " and p.prosecdef and not exists (select from unnest(p.proconfig) as c where c like 'search_path=%%')",
            [f"greenroom_{name}"],
        ).fetchall()
        assert unguarded == [], "a definer's function without a search_path of its own"
