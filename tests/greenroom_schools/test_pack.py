"""The pack finds its datasets; what they declare is what the migrations make."""

import re

import psycopg
import pytest

from greenroom import Dataset, Reference
from greenroom_schools.pack import _in_order, pack

MIGRATIONS = sorted(pack.sql_folder().joinpath("migrations").iterdir(), key=lambda file: file.name)
_MADE = "".join(file.read_text("utf-8") for file in MIGRATIONS)
MIGRATED = [dataset for dataset in pack.datasets if f'create table "{pack.schema}".{dataset.table} (' in _MADE]


@pytest.fixture
def migrated(database):
    with psycopg.connect(database.url) as migrated:
        for file in MIGRATIONS:
            migrated.execute(file.read_text("utf-8"))
        yield migrated


def test_a_dataset_is_found_by_its_file_and_stands_behind_what_it_needs():
    names = [dataset.name for dataset in pack.datasets]
    assert len(names) == len(set(names))
    assert names.index("ips_lycees_years") < names.index("ips_lycees")
    assert names.index("ips_colleges_years") < names.index("ips_colleges")


def test_order_is_kept_but_for_references():
    def dataset(name, *needs, current_of=None):
        references = tuple(Reference(("x",), to=need, into="x_id") for need in needs)
        return Dataset(name, name, (), ("x",), references=references, current_of=current_of)

    declared = [dataset("a", "c"), dataset("b", "b"), dataset("c"), dataset("d", current_of="e"), dataset("e")]
    assert [d.name for d in _in_order(declared)] == ["b", "c", "a", "e", "d"]
    with pytest.raises(ValueError, match="wait for each other: a, b"):
        list(_in_order([dataset("a", "b"), dataset("b", "a")]))


@pytest.mark.parametrize("dataset", pack.datasets, ids=lambda dataset: dataset.name)
def test_declarations_hold_together(dataset):
    names = [c.name for c in dataset.columns]
    assert len(names) == len(set(names))
    assert {*dataset.key, *dataset.unit} <= {c.name for c in dataset.source_columns if c.required}
    assert dataset.note
    assert all(c.note for c in dataset.columns)
    for check in dataset.checks:
        assert pack.sql_folder().joinpath("checks", check.query).is_file()
    functions = "".join(file.read_text("utf-8") for file in pack.sql_folder().iterdir() if file.name.endswith(".sql"))
    assert all(f"clean_{c.clean}(" in functions for c in dataset.columns if c.clean)


@pytest.mark.parametrize("source", pack.sources, ids=lambda source: source.dataset)
def test_sources_name_a_dataset_and_its_terms(source):
    assert pack.dataset(source.dataset)
    assert source.licence and source.owner and (source.urls or source.where)
    # what has no address of its own may have no season either
    assert source.months or not source.urls
    assert all(re.match(r"https://[a-z.-]+\.fr/", url) for url in source.urls)


@pytest.mark.parametrize("dataset", MIGRATED, ids=lambda dataset: dataset.name)
def test_what_is_declared_is_what_is_migrated(migrated, dataset):
    found = migrated.execute(
        """
        select attname::text, format_type(atttypid, atttypmod), col_description(attrelid, attnum)
        from pg_attribute
        where attrelid = %s::regclass and attnum > 0 and not attisdropped and attgenerated = '' and attidentity = ''
        order by attnum
        """,
        [f"{pack.schema}.{dataset.table}"],
    ).fetchall()
    plain = {"timestamp with time zone": "timestamptz"}
    assert [(name, plain.get(kind, kind), note) for name, kind, note in found] == [
        (c.name, c.type, c.note) for c in dataset.columns
    ]


@pytest.mark.parametrize("dataset", MIGRATED, ids=lambda dataset: dataset.name)
def test_the_key_declared_is_the_key_of_the_table(migrated, dataset):
    (key,) = migrated.execute(
        """
        select array_agg(attname::text order by place)
        from pg_index, unnest(indkey) with ordinality as part (attnum, place)
        join pg_attribute using (attnum)
        where indisprimary and indrelid = %(table)s::regclass and attrelid = indrelid
        """,
        {"table": f"{pack.schema}.{dataset.table}"},
    ).fetchone()
    assert tuple(key) == dataset.key


def test_each_table_and_column_has_a_comment(migrated):
    silent = migrated.execute(
        """
        select format('%%s.%%s', relname, attname)
        from pg_class
        join pg_attribute on attrelid = pg_class.oid and attnum >= 0 and not attisdropped
        where relnamespace = %s::regnamespace and relkind = 'r' and col_description(attrelid, attnum) is null
        union all
        select relname from pg_class
        where relnamespace = %s::regnamespace and relkind = 'r' and obj_description(oid, 'pg_class') is null
        """,
        [pack.schema, pack.schema],
    ).fetchall()
    assert silent == []


def test_the_names_of_the_document_and_of_the_files_both_answer(migrated):
    migrated.execute(
        """
        insert into educational_data.ips_lycees (uai, rentree_scolaire, ips, ecart_type)
        values ('9990001X', '2024-2025', 101.5, 30)
        """
    )
    migrated.execute(
        """
        insert into educational_data.ips_colleges (uai, rentree_scolaire, ips, ecart_type_ips)
        values ('9990002Y', '2024-2025', 99, 31.2)
        """
    )
    migrated.execute("set local search_path = educational_data")
    lycee = migrated.execute("select IPS, ecart_type, ips_etab, ecart_type_etablissement from ips_lycees").fetchone()
    college = migrated.execute("select IPS, ecart_type_ips, ecart_type_de_l_ips from ips_colleges").fetchone()
    assert [float(value) for value in (*lycee, *college)] == [101.5, 30, 101.5, 30, 99, 31.2, 31.2]


def test_a_pair_of_parents_has_one_score(migrated):
    migrated.execute("insert into educational_data.pcs_libelle values (10, 'Agriculteurs')")
    score = "insert into educational_data.ips_score values (10, null, 1, null, 101.25, %s)"
    migrated.execute(score, ["10/-/1/-"])
    with pytest.raises(psycopg.errors.UniqueViolation):
        migrated.execute(score, ["another name of the same couple"])


@pytest.mark.parametrize("file", MIGRATIONS, ids=lambda file: file.name)
def test_a_migration_names_its_schema_in_quotes(file):
    # The compiler rewrites the quoted name for another schema.
    text = re.sub(r"--.*|'[^']*'", "", file.read_text("utf-8"))
    assert not re.search(r'(?<!")educational_data', text)
