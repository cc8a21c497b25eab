"""The importers of the second document: into their own table, into another, from a table of an old schema."""

import psycopg
import pytest
from tests.cli.lycees import file_of, lycees

from greenroom.catalog import pack_named


def elsewhere(schools, path, *words, **options):
    return schools("import", "ips_lycees", "--csv", path, "--complete", *words, **options)


@pytest.fixture
def path(tmp_path):
    return file_of(tmp_path / "lycees.csv", lycees(20))


def columns(schools, schema, table):
    rows = schools.rows(
        "select column_name from information_schema.columns where table_schema = %s and table_name = %s order by 1",
        schema, table,
    )  # fmt: skip
    return [row["column_name"] for row in rows]


def digest(schools, schema):
    """What a schema holds, rows and all."""
    tables = schools.rows(
        "select table_name as name from information_schema.tables where table_schema = %s order by 1", schema
    )
    with psycopg.connect(schools.url) as connection:
        return {
            row["name"]: connection.execute(
                psycopg.sql.SQL(
                    "select md5(coalesce(string_agg(t::text, '|' order by t::text), '')) from {} as t"
                ).format(psycopg.sql.Identifier(schema, row["name"]))
            ).fetchone()[0]
            for row in tables
        }


# Another schema, another table


def test_another_schema_and_table_are_made_and_loaded_like_the_first(schools, path):
    elsewhere(schools, path)
    answer = elsewhere(schools, path, "--schema", "staging", "--target-table", "ips")
    assert "20 read = 20 staged" in answer.out
    declared = {column.name for column in pack_named("schools").dataset("ips_lycees").columns}
    assert set(columns(schools, "staging", "ips")) == declared
    for place in ("staging.ips", "staging.ips_years"):
        assert schools.value(f"select count(*) from {place} where retired_at is null") == 20
    differing = (
        "select count(*) from educational_data.ips_lycees as a full join staging.ips as b using (uai)"
        " where (a.ips, a.rentree_scolaire, a.withheld) is distinct from (b.ips, b.rentree_scolaire, b.withheld)"
    )
    assert schools.value(differing) == 0


def test_the_first_installation_is_untouched_by_a_second(schools, path, tmp_path):
    elsewhere(schools, path)
    before = digest(schools, "educational_data")
    elsewhere(schools, file_of(tmp_path / "b.csv", lycees(25, ips=50)), "--schema", "staging")
    assert digest(schools, "educational_data") == before
    assert schools.value("select count(*) from staging.ips_lycees") == 25
    assert schools.value("select count(*) from educational_data.ips_lycees") == 20


def test_another_table_of_the_same_schema_takes_the_dataset_too(schools, path):
    elsewhere(schools, path, "--target-table", "ips_lycees_essai")
    assert schools.value("select count(*) from educational_data.ips_lycees_essai") == 20
    assert schools.value("select count(*) from educational_data.ips_lycees_essai_years") == 20
    assert schools.value("select count(*) from educational_data.ips_lycees") == 0


def test_the_table_of_all_years_may_be_named_instead_of_the_current_one(schools, path):
    schools(
        "import", "ips_lycees_years", "--csv", path, "--complete", "--schema", "staging", "--target-table", "all_of"
    )
    assert schools.value("select count(*) from staging.all_of") == 20
    assert schools.value("select count(*) from staging.all_of_current") == 20


def test_the_same_file_again_writes_nothing_there(schools, path):
    elsewhere(schools, path, "--schema", "staging")
    releases = schools.value("select count(*) from greenroom.release")
    answer = elsewhere(schools, path, "--schema", "staging")
    assert "nothing new" in answer.out
    assert "nothing to write" in answer.out
    assert schools.value("select count(*) from greenroom.release") == releases
    assert schools.value("select count(*) from greenroom.installation") == 1


def test_the_gate_holds_there_as_well(schools, path, tmp_path):
    elsewhere(schools, path, "--schema", "staging")
    less = file_of(tmp_path / "less.csv", lycees(5))
    answer = elsewhere(schools, less, "--schema", "staging", code=1)
    assert "staging.ips_lycees is held" in answer.cause
    assert schools.value("select count(*) from staging.ips_lycees") == 20
    schools("approve", "staging.ips_lycees", "--note", "seen")
    schools("promote", "staging.ips_lycees")
    assert schools.value("select count(*) from staging.ips_lycees") == 5


def test_a_release_there_is_undone_by_its_number_and_leaves_the_first_alone(schools, path, tmp_path):
    elsewhere(schools, path)
    elsewhere(schools, path, "--schema", "staging")
    before = digest(schools, "staging")
    answer = elsewhere(schools, file_of(tmp_path / "b.csv", lycees(20, ips=90)), "--schema", "staging", "--json").json
    assert digest(schools, "staging") != before
    schools("rollback", answer["release"])
    same = "select count(*) from staging.ips_lycees as a join educational_data.ips_lycees as b using (uai, ips)"
    assert schools.value(same) == 20


def test_every_verb_knows_the_other_table_by_its_name(schools, path, tmp_path):
    elsewhere(schools, path, "--schema", "staging", "--target-table", "ips")
    schools("stage", "staging.ips", "--from", file_of(tmp_path / "b.csv", lycees(21)), "--complete")
    assert "ips_lycees: 1 added, 20 unchanged" in schools("diff", "staging.ips").out
    assert schools("check", "staging.ips", "--json").json[0]["scope"] == "staging.ips"
    (status,) = schools("status", "staging.ips", "--json").json["scopes"]
    assert status["next"] == 'greenroom promote "staging.ips"'
    schools("promote", "staging.ips_years")
    assert [row["scope"] for row in schools("releases", "staging.ips", "--json").json] == ["staging.ips"] * 2
    assert "staging.ips" in schools("status").out
    refused = schools.refused("status", "staging.isp", code=11)
    assert "staging.ips" in refused.cause


def test_a_run_fills_the_other_table_as_an_import_does(schools, path, tmp_path):
    elsewhere(schools, path, "--schema", "staging")
    more = file_of(tmp_path / "b.csv", lycees(21))
    schools("run", "staging.ips_lycees", "--from", more, "--complete", "--promote")
    assert schools.value("select count(*) from staging.ips_lycees") == 21
    assert schools.value("select count(*) from educational_data.ips_lycees") == 0


def test_a_hand_made_change_there_is_drift(schools, path, tmp_path):
    elsewhere(schools, path, "--schema", "staging")
    schools.write("update staging.ips_lycees set ips = 1 where uai = (select min(uai) from staging.ips_lycees)")
    more = file_of(tmp_path / "b.csv", lycees(21))
    assert "changed by hand" in elsewhere(schools, more, "--schema", "staging", code=41).cause
    schools("drift", "staging.ips_lycees", "--revert")
    elsewhere(schools, more, "--schema", "staging")
    assert schools.value("select count(*) from staging.ips_lycees where ips = 1") == 0


def test_nobody_but_the_owner_reads_a_second_installation(schools, path):
    elsewhere(schools, path, "--schema", "staging")
    who = "select has_table_privilege(%s, 'staging.ips_lycees', 'select')"
    assert [schools.value(who, role) for role in ("anon", "authenticated")] == [False, False]
    public = (
        "select count(*) from pg_proc as p join pg_namespace as n on n.oid = p.pronamespace"
        " where starts_with(n.nspname, 'greenroom_schools_') and has_function_privilege('anon', p.oid, 'execute')"
    )
    assert schools.value(public) == 0


def test_a_migration_compiles_the_second_installation_again(schools, path, tmp_path):
    elsewhere(schools, path, "--schema", "staging")
    name = schools.value("select name from greenroom.installation")
    schools.write(f"drop function greenroom_{name}.pending(integer, text)")
    schools("migrate", "schools")
    elsewhere(schools, file_of(tmp_path / "b.csv", lycees(21)), "--schema", "staging")
    assert schools.value("select count(*) from staging.ips_lycees") == 21


def test_a_made_table_grows_with_its_declaration_at_the_next_migration(schools, path, tmp_path):
    elsewhere(schools, path, "--schema", "staging")
    # as it was before the declaration had the one column and the other type
    schools.write("drop trigger greenroom_drift_update on staging.ips_lycees")
    schools.write("alter table staging.ips_lycees drop column ips_post_bac")
    schools.write("drop trigger greenroom_drift_update on staging.ips_lycees_years")
    schools.write("alter table staging.ips_lycees_years alter column ips type integer")
    schools("migrate", "schools")
    assert "ips_post_bac" in columns(schools, "staging", "ips_lycees")
    kind = "select format_type(atttypid, atttypmod) from pg_attribute where attrelid = %s::regclass and attname = 'ips'"
    assert schools.value(kind, "staging.ips_lycees_years") == "numeric(5,2)"
    elsewhere(schools, file_of(tmp_path / "b.csv", lycees(21)), "--schema", "staging")
    assert schools.value("select count(*) from staging.ips_lycees") == 21


def test_of_a_table_that_was_there_a_migration_says_what_it_lacks_and_alters_nothing(schools, path):
    schools.write("create schema old")
    table_like(schools, "old.ips")
    elsewhere(schools, path, "--schema", "old", "--target-table", "ips")
    schools.write("drop trigger greenroom_drift_update on old.ips")
    schools.write("alter table old.ips drop column ips_post_bac")
    answer = schools("migrate", "schools")
    assert 'Nothing can be loaded into old.ips before its owner has run: alter table "old".ips add column' in answer.out
    assert "ips_post_bac" not in columns(schools, "old", "ips")
    schools.write("alter table old.ips add column ips_post_bac numeric(5,2)")
    schools("migrate", "schools")
    assert "nothing new" in elsewhere(schools, path, "--schema", "old", "--target-table", "ips").out


def test_a_dropped_second_installation_is_forgotten_and_may_be_made_again(schools, path):
    elsewhere(schools, path, "--schema", "staging")
    schools.write("drop table staging.ips_lycees, staging.ips_lycees_years")
    answer = schools("migrate", "schools")
    assert "staging.ips_lycees was dropped" in answer.out
    assert schools.value("select count(*) from greenroom.installation") == 0
    left = "select count(*) from pg_namespace as n where starts_with(n.nspname, 'greenroom_schools_')"
    assert schools.value(left) == 0
    schools.refused("status", "staging.ips_lycees", code=11)
    elsewhere(schools, path, "--schema", "staging")
    assert schools.value("select count(*) from staging.ips_lycees") == 20
    # also without a migration in between
    schools.write("drop table staging.ips_lycees, staging.ips_lycees_years")
    elsewhere(schools, path, "--schema", "staging")
    assert schools.value("select count(*) from staging.ips_lycees") == 20
    assert schools.value(left) == 1


# A table that is there


def table_like(schools, name, source="educational_data.ips_lycees"):
    schools.write(f"create table {name} (like {source} including defaults)")


def test_an_empty_table_with_the_columns_takes_the_rows_and_keeps_its_own_columns(schools, path):
    schools.write("create schema old")
    table_like(schools, "old.ips")
    schools.write("alter table old.ips add column remark text default 'none'")
    answer = elsewhere(schools, path, "--schema", "old", "--target-table", "ips")
    # what is added is said before it is
    assert "old.ips is there and fits; added to it, triggers: greenroom_drift_insert" in answer.err
    assert schools.value("select count(*) from old.ips where remark = 'none'") == 20
    triggers = "select string_agg(tgname, ', ' order by tgname) from pg_trigger where tgrelid = 'old.ips'::regclass"
    names = ["delete", "insert", "update"]
    assert schools.value(triggers) == ", ".join([*(f"greenroom_drift_{n}" for n in names), "greenroom_no_truncate"])


def test_a_table_that_lacks_columns_is_refused_with_the_statements_that_mend_it(schools, path):
    schools.write("create schema old; create table old.ips (uai varchar(20) primary key, ips numeric(5,2))")
    answer = schools.refused("import", "ips_lycees", "--csv", path, "--schema", "old", "--target-table", "ips", code=10)
    assert "old.ips cannot take ips_lycees" in answer.cause
    assert 'alter table "old".ips add column rentree_scolaire text;' in answer.err
    assert 'alter table "old".ips alter column uai type text using uai::text;' in answer.err
    assert columns(schools, "old", "ips") == ["ips", "uai"]
    assert schools.value("select to_regclass('old.ips_years') is null")


REFUSED = {
    "a view": ("create view old.ips as select 1 as uai", 10, "is a view, not an ordinary table"),
    "a materialized view": ("create materialized view old.ips as select 1 as uai", 10, "is a materialized view"),
    "a partitioned table": ("create table old.ips (uai text) partition by list (uai)", 10, "is a partitioned table"),
    "rows of somebody else": (
        "create table old.ips (like educational_data.ips_lycees including defaults);"
        "insert into old.ips (uai, rentree_scolaire, nom_de_l_etablissement, secteur, type_de_lycee)"
        " values ('9990001X', '2023-2024', 'L', 'public', 'LPO')",
        10,
        "holds rows that Greenroom did not put there",
    ),
    "a value nobody gives": (
        "create table old.ips (like educational_data.ips_lycees including defaults, remark text not null)",
        10,
        "wants values that ips_lycees has not: remark",
    ),
}


@pytest.mark.parametrize(("made", "code", "said"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_take_a_dataset_is_refused_and_left_as_it_was(schools, path, made, code, said):
    schools.write("create schema old")
    for statement in made.split(";"):
        schools.write(statement)
    before = digest(schools, "old")
    words = ("import", "ips_lycees", "--csv", path, "--schema", "old", "--target-table", "ips")
    answer = schools.refused(*words, code=code)
    assert said in answer.cause
    assert digest(schools, "old") == before
    assert schools.value("select count(*) from greenroom.installation") == 0
    assert (
        schools.value("select count(*) from pg_namespace as n where starts_with(n.nspname, 'greenroom_schools_')") == 0
    )


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--target-table", "ips_colleges"), 10, "one of Greenroom's own tables (pack schools)"),
        (("--target-table", "ips_lycees_years"), 10, "one of Greenroom's own tables (pack schools)"),
        (("--schema", "greenroom"), 10, "belongs to the system or to Greenroom"),
        (("--schema", "pg_catalog"), 10, "belongs to the system or to Greenroom"),
        (("--schema", "With Blank"), 10, "is not a plain identifier"),
        (("--target-table", "Ips"), 10, "is not a plain identifier"),
    ],
)
def test_a_place_that_is_not_to_be_used_is_refused_by_name(schools, path, words, code, said):
    answer = schools.refused("import", "ips_lycees", "--csv", path, *words, code=code)
    assert said in answer.cause
    assert schools.value("select count(*) from greenroom.installation") == 0


def test_one_table_takes_one_dataset(schools, path):
    elsewhere(schools, path, "--schema", "staging", "--target-table", "ips")
    words = ("import", "ips_colleges", "--csv", path, "--schema", "staging", "--target-table", "ips")
    assert "staging.ips takes ips_lycees" in schools.refused(*words, code=10).cause


def test_an_unknown_dataset_is_refused_whatever_its_target(schools, path):
    answer = schools.refused("import", "ips_lyceess", "--csv", path, "--schema", "staging", code=11)
    assert "ips_lycees" in answer.cause
    assert schools.value("select to_regnamespace('staging') is null")


def test_a_schema_that_may_not_be_made_is_refused_with_the_cure(schools, path):
    # whoever runs this owns the database; another role does not
    with psycopg.connect(schools.url) as connection:
        user, name = connection.info.user, connection.info.dbname
    superuser = schools.url.replace(user, "postgres", 1)
    with psycopg.connect(superuser, autocommit=True) as connection:
        connection.execute(f'alter database "{name}" owner to postgres')
    answer = schools.refused("import", "ips_lycees", "--csv", path, "--schema", "staging", code=53)
    assert "may not make schema staging" in answer.cause
    assert 'create schema "staging" authorization' in answer.cure


def test_rows_of_the_inbox_go_to_no_other_table(exams, path):
    answer = exams.refused("import", "topics", "--csv", path, "--schema", "staging", code=10)
    assert "inbox" in answer.cause


def test_a_dry_run_elsewhere_says_what_it_would_make_and_makes_nothing(schools, path):
    answer = elsewhere(schools, path, "--schema", "staging", "--dry-run")
    assert "staging.ips_lycees: would be installed" in answer.out
    assert schools.value("select to_regnamespace('staging') is null")
    assert schools.value("select count(*) from greenroom.installation") == 0
    elsewhere(schools, path, "--schema", "staging")
    assert "20 read" not in elsewhere(schools, path, "--schema", "staging", "--dry-run").out


# From a table of the database


OLD = (
    "create schema old;"
    "create table old.ips_lycees as select rentree_scolaire, academie, code_du_departement, departement, uai,"
    " nom_de_l_etablissement, nom_de_la_commune, secteur, type_de_lycee, ips_voie_gt, ips"
    " from educational_data.ips_lycees;"
)


@pytest.fixture
def old(schools, path):
    """A database whose old schema holds twenty lycées, and the new one nothing."""
    elsewhere(schools, path)
    schools.write(OLD)
    release = schools.value("select max(id) from greenroom.release")
    schools("rollback", release)
    assert schools.value("select count(*) from educational_data.ips_lycees") == 0
    return schools


def test_a_table_of_an_old_schema_is_read_by_its_column_names(old):
    before = digest(old, "old")
    answer = old("import", "ips_lycees", "--from", "postgres:old.ips_lycees", "--complete")
    assert "20 read = 20 staged" in answer.out
    same = "select count(*) from educational_data.ips_lycees as a join old.ips_lycees as b using (uai, ips, secteur)"
    assert old.value(same) == 20
    assert digest(old, "old") == before
    source = old.value("select source from greenroom.batch order by id desc limit 1")
    assert source == f"postgres:{old.name}/old.ips_lycees"


def test_the_same_table_again_is_the_same_snapshot_and_nothing_new(old):
    old.write("alter table old.ips_lycees add primary key (uai)")
    old("import", "ips_lycees", "--from", "postgres:old.ips_lycees", "--complete")
    snapshots = old.value("select count(*) from greenroom.snapshot")
    # moved within the table, as an update moves it
    old.write("update old.ips_lycees set ips = ips where uai = (select min(uai) from old.ips_lycees)")
    answer = old("import", "ips_lycees", "--from", "postgres:old.ips_lycees", "--complete")
    assert "nothing new" in answer.out
    assert old.value("select count(*) from greenroom.snapshot") == snapshots


def test_stage_and_run_read_a_table_as_import_does(old):
    answer = old("stage", "ips_lycees", "--from", "postgres:old.ips_lycees", "--complete")
    assert "20 read" in answer.out
    old("run", "ips_lycees", "--from", "postgres:old.ips_lycees", "--complete", "--promote")
    assert old.value("select count(*) from educational_data.ips_lycees") == 20


def test_a_published_table_is_read_without_its_retired_rows(schools, path, tmp_path):
    elsewhere(schools, path)
    schools.write(
        "create table public.pointing (uai text references educational_data.ips_lycees);"
        "insert into public.pointing select max(uai) from educational_data.ips_lycees"
    )
    elsewhere(schools, file_of(tmp_path / "less.csv", lycees(19)))
    assert schools.value("select count(*) from educational_data.ips_lycees") == 20
    words = ("--from", "postgres:educational_data.ips_lycees", "--complete", "--schema", "staging")
    answer = schools("import", "ips_lycees", *words)
    assert "19 read = 19 staged" in answer.out


@pytest.mark.parametrize("table", ["old.nothing", "nowhere.ips_lycees", "ips_lycees", "."])
def test_a_table_that_is_not_there_is_refused_by_name(old, table):
    answer = old.refused("import", "ips_lycees", "--from", f"postgres:{table}", code=21)
    assert table in answer.cause


def test_a_table_that_may_not_be_read_is_refused_with_the_grant_that_would_do(old):
    with psycopg.connect(old.url) as connection:
        user = connection.info.user
    with psycopg.connect(old.url.replace(user, "postgres", 1), autocommit=True) as connection:
        connection.execute("create schema secret; create table secret.ips (uai text)")
    answer = old.refused("import", "ips_lycees", "--from", "postgres:secret.ips", code=53)
    assert "may not read secret.ips" in answer.cause
    assert 'grant select on "secret"."ips"' in answer.cure


def test_rows_hidden_by_a_policy_are_not_left_out_in_silence(old):
    with psycopg.connect(old.url) as connection:
        user = connection.info.user
    with psycopg.connect(old.url.replace(user, "postgres", 1), autocommit=True) as connection:
        connection.execute("alter table old.ips_lycees owner to postgres; grant select on old.ips_lycees to public")
        connection.execute("alter table old.ips_lycees enable row level security")
    answer = old.refused("import", "ips_lycees", "--from", "postgres:old.ips_lycees", code=53)
    assert "row-level security" in answer.cause


def test_csv_and_from_together_are_refused(schools, path):
    schools.refused("import", "ips_lycees", "--csv", path, "--from", "postgres:old.ips", code=10)
