"""What the lint of migrations finds, and that the migrations of this repository have none of it."""

from importlib.metadata import entry_points

import pytest

from greenroom.db.lock_lint import lint
from greenroom.db.migration import CORE, Migration, migration_files

LOCKING = {
    'drop table "public".topics cascade;': "cascade",
    'drop schema "public" cascade;': "cascade",
    'alter table "public".topics drop column code cascade;': "cascade",
    'truncate "public".topics;': "truncate",
    'lock table "public".topics;': "lock",
    'create index topics_code on "public".topics (code);': "index",
    'create unique index on only "public".topics (code);': "index",
    'create index concurrently topics_code on "public".topics (code);': "concurrent",
    'alter table "public".topics alter column code type bigint;': "type",
    'alter table "public".topics alter code set data type bigint using code::bigint;': "type",
    'alter table "public".topics add note text, alter column code set not null;': "not null",
    'alter table "public".topics add column token uuid default gen_random_uuid();': "default",
    'alter table "public".topics add column twice int generated always as (2 * one) stored;': "computed",
    'alter table "public".topics add column subject int references "public".subjects (id);': "constraint",
    'alter table only "public".topics add constraint f foreign key (a) references "public".b (id);': "constraint",
    'alter table "public".topics add constraint c check (code > 0);': "constraint",
    'alter table "public".topics add unique (code);': "constraint",
}

HARMLESS = [
    'create table "public".topics (id int primary key, code text references "public".b (id) on delete cascade);\n'
    'create index topics_code on "public".topics (code);\n'
    'alter table "public".topics alter column code set not null;',
    "alter table \"public\".topics add column note text not null default '';",
    'alter table "public".topics add column seen timestamptz default now(), drop column old;',
    'alter table "public".topics add constraint f foreign key (a) references b (id) on delete cascade not valid;',
    'alter table "public".topics validate constraint f;',
    'alter table "public".topics add constraint u unique using index topics_code;',
    "comment on table \"public\".topics is 'truncate x; drop table y cascade';",
    '-- lock: forty rows\nalter table "public".boards alter column code type bigint;',
    '-- no-transaction: builds beside readers\ncreate index concurrently topics_code on "public".topics (code);',
]


def _findings(text: str) -> list[str]:
    return [finding.rule for finding in lint([Migration("zoo", "102_more.sql", text)])]


@pytest.mark.parametrize("text", LOCKING)
def test_finds_what_locks_or_destroys(text: str) -> None:
    assert [rule for rule in _findings(text) if LOCKING[text] in rule]


@pytest.mark.parametrize("text", HARMLESS)
def test_leaves_alone_what_does_not(text: str) -> None:
    assert _findings(text) == []


def test_a_reason_is_needed_to_accept_a_lock() -> None:
    assert _findings('-- lock:\ntruncate "public".topics;')


def test_a_finding_names_file_and_line() -> None:
    (found,) = lint([Migration("zoo", "102_more.sql", 'select 1;\n\ntruncate "public".topics;')])
    assert str(found).startswith("zoo/102_more.sql:3: ")


def test_no_migration_of_this_repository_locks_for_long() -> None:
    packs = [CORE, *(found.load() for found in entry_points(group="greenroom.packs"))]
    assert [str(finding) for pack in packs for finding in lint(migration_files(pack))] == []
