"""A column that somebody added to a table of ours, where a migration adds one of that name: refused by name."""

from functools import partial
from typing import Any, cast

import pytest

from greenroom import Pack, catalog
from greenroom.db import compile as compiler
from greenroom.db.connection import begin, connect
from greenroom.db.migrate import migrate
from greenroom.db.migration import run
from greenroom.model.errors import DatabaseError, ForeignObjects


@pytest.fixture
def connecting(make_database):
    """How a database without anything in it is connected to."""
    url = make_database().url
    return partial(connect, url, application_name="test", statement_timeout_seconds=60, lock_timeout_seconds=2)


@pytest.fixture
def grow(connecting, tmp_path, monkeypatch):
    """`grow(NAME=SQL)` migrates a pack by files of that text, those of before and these."""
    name = f"pack_of_{tmp_path.name.replace('-', '_')}"
    folder = tmp_path / name / "sql" / "migrations"
    folder.mkdir(parents=True)
    (tmp_path / name / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    pack = Pack(name="zoo", schema="public", package=name, datasets=(), landing="file")

    class NothingCompiled:
        pack_sql = staticmethod(lambda pack, schema: "")
        rewrite = staticmethod(compiler.rewrite)

    def grown(*, check=False, **files):
        for file, text in files.items():
            (folder / f"{file.removeprefix('m')}.sql").write_text(text)
        return migrate(connecting, [pack], compiler=cast(Any, NothingCompiled()), check=check)

    return grown


def execute(connecting, text):
    with connecting() as conn, begin(conn):
        conn.execute(text)


def test_a_column_of_others_in_the_place_of_ours_is_refused_by_name(grow, connecting):
    grow(m100='create table "public".birds (id int primary key);')
    execute(connecting, "alter table public.birds add column level text")
    more = 'alter table "public".birds\n  add column wingspan int,\n  add column level int;\n'
    for check in (True, False):
        with pytest.raises(ForeignObjects) as refused:
            grow(m101=more, check=check)
        assert refused.value.exit_code == 56
        assert "public.birds.level stands here already" in refused.value.message
        assert "zoo/101.sql" in refused.value.message
        assert "alter table public.birds rename column level to" in refused.value.hint
    # the cure is one
    execute(connecting, "alter table public.birds rename column level to our_level")
    grow()
    with connecting() as conn, begin(conn):
        assert conn.execute("select level, our_level, wingspan from public.birds").fetchall() == []


def test_the_exams_pack_refuses_a_column_of_the_app_s_own(connecting):
    last = catalog.pack_named("exams").sql_folder().joinpath("migrations", "0004_boards.sql").read_text("utf-8")
    with connecting() as conn, begin(conn):
        conn.execute("create table public.staging_aqa_subjects (id int)")
        conn.execute("alter table public.staging_aqa_subjects add column qan text")
        with pytest.raises(ForeignObjects, match=r"public\.staging_aqa_subjects\.qan stands here"):
            run(conn, last, "exams/0004_boards.sql")


def test_a_statement_that_names_a_column_twice_is_no_matter_of_others(connecting):
    with connecting() as conn, begin(conn):
        with pytest.raises(DatabaseError) as failed:
            run(conn, "create table eggs (n int, n int);", "zoo/102.sql")
        assert not isinstance(failed.value, ForeignObjects)
        assert "zoo/102.sql" in failed.value.message
