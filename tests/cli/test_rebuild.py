"""Production made again from the snapshots it stands on, in place and beside, with everything around it as it was."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import psycopg
import pytest
from psycopg import sql
from tests.cli.inbox import scrape
from tests.cli.lycees import file_of, lycees, uai

from greenroom import catalog

TABLES = ("ips_lycees", "ips_lycees_years", "ips_colleges", "ips_colleges_years")
OTHERS = ("analytics", "public", "user_mgmt")


@pytest.fixture
def loaded(schools, tmp_path):
    """Lycées of two years from two files, the second of which corrects the first; collèges; and an app beside."""
    older = [*lycees(20, "2022-2023", ips=80), *lycees(20, "2023-2024", ips=90)]
    schools("import", "ips_lycees", "--csv", file_of(tmp_path / "a.csv", older), "--complete")
    schools("import", "ips_lycees", "--csv", file_of(tmp_path / "b.csv", lycees(21)), "--complete")
    colleges = [{k: v for k, v in row.items() if k not in ("type_de_lycee", "ips_voie_gt")} for row in lycees(12)]
    for row in colleges:
        row["ips"], row["ecart_type_ips"] = row.pop("ips_etab"), row.pop("ecart_type_etablissement")
    schools("import", "ips_colleges", "--csv", file_of(tmp_path / "c.csv", colleges), "--complete")
    # the caches say which periods they show, also of a site that never looked at them
    schools("refresh")
    for statement in (
        "create schema user_mgmt",
        "create table user_mgmt.users (id integer primary key, name text)",
        "insert into user_mgmt.users values (1, 'Ada'), (2, 'Bob')",
        "create schema if not exists analytics",
        "create table analytics.clicks (id integer primary key, what text)",
        "insert into analytics.clicks select n, 'click ' || n from generate_series(1, 50) as n",
        "create table public.favourites (uai text references educational_data.ips_lycees, since date)",
        "insert into public.favourites select uai, '2026-01-01' from educational_data.ips_lycees order by uai limit 5",
        "create view public.best as select uai, ips from educational_data.ips_lycees where ips > 110",
        "create view public.nearby as select uai, nom_commune from educational_data.lycee_context_cache",
        "create materialized view public.mean as select avg(ips) as ips from educational_data.ips_lycees",
        "grant select on educational_data.ips_lycees to anon",
    ):
        schools.write(statement)
    return schools


def images(schools, schema, *, without=()):
    """Every row of every table and view of a schema, and which object it is."""
    rows = schools.rows(
        "select c.oid::bigint, c.relname, c.relacl::text as acl from pg_class as c"
        " where c.relnamespace = to_regnamespace(%s) and c.relkind in ('r', 'v', 'm') order by 2",
        schema,
    )
    text = "select coalesce(array_agg(x order by x), '{{}}') from {} as t cross join lateral"
    text += " (select (to_jsonb(t) - %s::text[])::text) as image (x)"
    with psycopg.connect(schools.url) as connection:
        return {
            (row["oid"], row["relname"], row["acl"]): connection.execute(
                sql.SQL(text).format(sql.Identifier(schema, row["relname"])), (list(without),)
            ).fetchone()[0]
            for row in rows
        }


def around(schools):
    return {schema: images(schools, schema) for schema in OTHERS}


def published(schools):
    """What the app reads: all columns but the stamps, ids of the tables and grants."""
    return images(schools, "educational_data", without=("updated_at", "release_id"))


def damage(schools, *statements, table="ips_lycees"):
    """What goes past the triggers: a restore, a superuser, a cleaning up."""
    schools.write(f"alter table educational_data.{table} disable trigger user")
    for statement in statements:
        schools.write(statement)
    schools.write(f"alter table educational_data.{table} enable trigger user")


LOST = "delete from educational_data.ips_lycees where uai = (select max(uai) from educational_data.ips_lycees)"
BENT = f"update educational_data.ips_lycees set ips = 1, secteur = 'privé sous contrat' where uai = '{uai(3)}'"
FOREIGN = (
    "insert into educational_data.ips_lycees (uai, rentree_scolaire, nom_de_l_etablissement, secteur, type_de_lycee)"
    " values ('0000000A', '2023-2024', 'NOBODY', 'public', 'LP')"
)


def counts(schools):
    names = ("release", "batch", "unit", "history", "fetch", "snapshot")
    return {name: schools.value(f"select count(*) from greenroom.{name}") for name in names}


def outcomes(answer):
    return {row["scope"]: row["outcome"] for row in answer.json if row["tables"] or row["why"] != NOTHING}


NOTHING = "nothing of it was ever promoted"

# In place


def test_what_is_as_its_sources_give_it_is_left_without_a_trace(loaded):
    before, ledger, beside = published(loaded), counts(loaded), around(loaded)
    answer = loaded("rebuild", "schools", "--json")
    assert outcomes(answer) == {"ips_lycees": "same", "ips_colleges": "same"}
    lines = {t["dataset"]: (t["rows_before"], t["rows_after"]) for row in answer.json for t in row["tables"]}
    assert lines == {
        "ips_lycees": (21, 21), "ips_lycees_years": (41, 41), "ips_colleges": (12, 12), "ips_colleges_years": (12, 12)
    }  # fmt: skip
    assert published(loaded) == before
    assert counts(loaded) == ledger
    assert around(loaded) == beside
    assert "sealing" in answer.err


@pytest.mark.parametrize("statement", [LOST, BENT, FOREIGN], ids=["lost", "bent", "foreign"])
def test_what_went_past_the_ledger_is_found_and_put_right(loaded, statement):
    before = published(loaded)
    if statement is LOST:
        loaded.write("delete from public.favourites")
    beside = around(loaded)
    damage(loaded, statement)
    assert published(loaded) != before
    answer = loaded("rebuild", "ips_lycees")
    assert "ips_lycees: rebuilt" in answer.out
    assert "educational_data.ips_lycees: " in answer.out
    # ids of the tables, grants and each value: as before
    if statement is LOST:
        # a row that was lost is made again, now
        without = ("updated_at", "release_id", "created_at")
        assert loaded.value("select count(*) from educational_data.ips_lycees") == 21
        assert [k for k in images(loaded, "educational_data", without=without)] == list(before)
    else:
        assert published(loaded) == before
    assert around(loaded) == beside
    assert '"same"' in loaded("rebuild", "ips_lycees", "--json").out


def test_a_rebuild_is_a_release_that_can_be_undone(loaded):
    damage(loaded, BENT)
    bent = published(loaded)
    (row,) = loaded("rebuild", "ips_lycees", "--json").json
    assert row["written"]["ips_lycees"]["updated"] == 1
    assert [t["differing"] for t in row["tables"] if t["dataset"] == "ips_lycees"] == [["ips_lycees"]]
    loaded("rollback", *row["releases"])
    assert published(loaded) == bent


def test_a_damaged_older_year_comes_from_its_own_file(loaded):
    before = published(loaded)
    bend = "update educational_data.ips_lycees_years set ips = 1 where rentree_scolaire = '2022-2023'"
    damage(loaded, bend, table="ips_lycees_years")
    (row,) = loaded("rebuild", "ips_lycees", "--json").json
    assert [t["differing"] for t in row["tables"] if t["dataset"] == "ips_lycees_years"] == [["2022-2023"]]
    # the first file also holds 2023-2024 as it was before the second corrected it
    assert published(loaded) == before


def test_parts_laid_upon_a_whole_are_laid_again_in_their_order(loaded, tmp_path):
    for number, first in enumerate((3, 4, 30)):
        part = lycees(3, "2023-2024", first=first, ips=50 + number)
        loaded("import", "ips_lycees", "--csv", file_of(tmp_path / f"part{number}.csv", part), "--incomplete")
    before = images(loaded, "educational_data", without=("updated_at", "release_id", "created_at"))
    ledger = counts(loaded)
    assert loaded.value("select count(*) from educational_data.ips_lycees_years") == 44
    assert outcomes(loaded("rebuild", "ips_lycees", "--json")) == {"ips_lycees": "same"}
    assert counts(loaded) == ledger
    bend = f"update educational_data.ips_lycees_years set ips = 1 where uai in ('{uai(3)}', '{uai(5)}')"
    lose = "delete from educational_data.ips_lycees_years where uai > '9990030'"
    damage(loaded, bend, lose, table="ips_lycees_years")
    assert outcomes(loaded("rebuild", "ips_lycees", "--json")) == {"ips_lycees": "changed"}
    # what was lost is made again, now
    without = ("updated_at", "release_id", "created_at")
    assert images(loaded, "educational_data", without=without) == before


def test_a_column_declared_since_is_filled(schools, tmp_path, monkeypatch):
    whole = catalog.pack_named("schools")
    rows = [row | {"ips_post_bac": "120.5"} for row in lycees(20)]
    today = [d for d in whole.datasets if (d.group or d.name) == "ips_lycees"]
    before = [replace(d, columns=tuple(c for c in d.columns if c.name != "ips_post_bac")) for d in today]
    earlier = replace(whole, datasets=tuple(before))
    packs = catalog.packs()
    with monkeypatch.context() as then:
        then.setattr(catalog, "packs", lambda: packs | {"schools": earlier})
        schools("migrate", "schools")
        schools("import", "ips_lycees", "--csv", file_of(tmp_path / "a.csv", rows), "--complete")
    assert schools.value("select count(ips_post_bac) from educational_data.ips_lycees") == 0
    schools("migrate", "schools")
    answer = schools("rebuild", "ips_lycees")
    assert "20 changed" in answer.out
    assert schools.value("select count(*) from educational_data.ips_lycees where ips_post_bac = 120.5") == 20
    assert schools.value("select count(*) from educational_data.ips_lycees_years where ips_post_bac = 120.5") == 20


def test_a_dry_run_says_what_differs_and_writes_nothing(loaded):
    damage(loaded, BENT)
    before, ledger = published(loaded), counts(loaded)
    answer = loaded("rebuild", "schools", "--dry-run")
    assert "ips_lycees: would be rebuilt" in answer.out
    assert published(loaded) == before
    assert counts(loaded) == ledger


# What cannot be made again


def bytes_of(schools, dataset):
    (row,) = schools.rows(
        "select b.snapshot from greenroom.published as p join greenroom.unit as u on u.id = p.unit_id"
        " join greenroom.batch as b on b.id = u.batch_id where p.dataset = %s and p.key = '{}'",
        dataset,
    )
    (path,) = [p for p in schools.home.rglob(row["snapshot"][2:]) if p.is_file()]
    return path


def test_a_missing_snapshot_is_named_its_dataset_kept_and_the_others_rebuilt(loaded):
    damage(loaded, BENT)
    damage(loaded, "update educational_data.ips_colleges set ips = 1", table="ips_colleges")
    path = bytes_of(loaded, "ips_lycees")
    path.unlink()
    before, beside = published(loaded), around(loaded)
    answer = loaded("rebuild", "schools", code=1)
    assert f"Snapshot {path.parent.name}{path.name[:14]} of ips_lycees" in answer.out
    assert "ips_lycees: kept as it is" in answer.out
    assert "ips_colleges: rebuilt" in answer.out
    after = published(loaded)
    kept = {key: rows for key, rows in after.items() if key[1].startswith("ips_lycees")}
    assert kept == {key: rows for key, rows in before.items() if key[1].startswith("ips_lycees")}
    assert loaded.value("select count(*) from educational_data.ips_colleges where ips = 1") == 0
    assert around(loaded) == beside


def test_damaged_bytes_are_no_source(loaded):
    bytes_of(loaded, "ips_lycees").write_bytes(b"uai\n")
    before = published(loaded)
    assert "is damaged" in loaded("rebuild", "ips_lycees", code=1).out
    assert published(loaded) == before


def test_what_waits_to_be_decided_on_is_not_swept_along(loaded, tmp_path):
    damage(loaded, BENT)
    loaded("stage", "ips_lycees", "--from", file_of(tmp_path / "d.csv", lycees(22)), "--complete")
    before = published(loaded)
    assert "wait to be decided on" in loaded("rebuild", "ips_lycees", code=1).out
    assert published(loaded) == before
    assert loaded("status", "ips_lycees", "--json").json["scopes"][0]["units"]["ready"] == 2


def test_a_change_by_hand_is_neither_lost_nor_kept_unseen(loaded):
    loaded.write("update educational_data.ips_lycees set ips = 1 where uai = %s", uai(3))
    before = published(loaded)
    assert "was changed by hand" in loaded("rebuild", "ips_lycees", code=1).out
    loaded("drift", "ips_lycees", "--adopt")
    answer = loaded("rebuild", "ips_lycees", code=1)
    assert "made by hand and kept by release" in answer.out
    assert published(loaded) == before


def test_a_rebuild_that_today_s_checks_stop_leaves_production_as_it_is(loaded, monkeypatch):
    damage(loaded, BENT)
    whole = catalog.pack_named("schools")
    strict = tuple(replace(d, bounds=replace(d.bounds, least=1000)) for d in whole.datasets if d.name in TABLES)
    packs = catalog.packs()
    monkeypatch.setattr(catalog, "packs", lambda: packs | {"schools": replace(whole, datasets=strict)})
    loaded("migrate", "schools")
    before = published(loaded)
    (row,) = loaded("rebuild", "ips_lycees", "--json", code=1).json
    assert row["outcome"] == "kept"
    assert row["findings"]
    assert published(loaded) == before


# The document's script: seed_defects.md §0.2


def test_row_7_a_rebuild_never_touches_what_users_wrote(loaded):
    beside = around(loaded)
    damage(loaded, BENT, FOREIGN)
    loaded("rebuild", "schools")
    assert around(loaded) == beside
    assert loaded.value("select count(*) from analytics.clicks") == 50
    # also when it fails
    bytes_of(loaded, "ips_colleges").unlink()
    damage(loaded, BENT)
    loaded("rebuild", "schools", code=1)
    assert around(loaded) == beside


def test_row_3_a_failed_importer_fails_the_rebuild(loaded):
    for path in [p for p in loaded.home.rglob("*") if p.is_file() and len(p.name) == 62]:
        path.unlink()
    answer = loaded("rebuild", "schools", code=1)
    assert answer.out.count("kept as it is") == 2


def test_a_foreign_view_a_cache_and_a_foreign_key_survive_a_rebuild(loaded):
    mean = loaded.value("select ips from public.mean")
    damage(loaded, BENT)
    loaded("rebuild", "schools")
    assert loaded.value("select count(*) from public.best") == loaded.value(
        "select count(*) from educational_data.ips_lycees where ips > 110"
    )
    assert loaded.value("select ips from public.mean") == mean
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        loaded.write("insert into public.favourites values ('0000000A', '2026-01-01')")


KILLS = int(os.environ.get("GREENROOM_KILLS", "13"))


@pytest.mark.timeout(60 + 10 * KILLS)
def test_killed_at_any_moment_each_dataset_is_before_or_after_and_the_rest_untouched(loaded):
    beside, whole = around(loaded), by_group(published(loaded))
    program = [sys.executable, "-m", "greenroom", "rebuild", "schools"]
    began = time.monotonic()
    subprocess.run(program, check=True, capture_output=True, env=dict(os.environ))
    seconds = time.monotonic() - began
    # other work may come and go meanwhile: kills at equal steps, then sooner or later until both ends were met
    ends: set[bool] = set()
    waits = [seconds * (0.3 + 1.2 * number / KILLS) for number in range(KILLS)]
    while waits:
        wait = waits.pop(0)
        damage(loaded, BENT)
        damage(loaded, "update educational_data.ips_colleges set ips = 1", table="ips_colleges")
        damaged = by_group(published(loaded))
        process = subprocess.Popen(program, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=dict(os.environ))
        time.sleep(wait)
        process.send_signal(signal.SIGKILL)
        process.wait()
        await_quiet(loaded)
        found = by_group(published(loaded))
        for group, rows in found.items():
            assert rows in (whole[group], damaged[group]), f"{group} is neither before nor after"
        assert around(loaded) == beside
        ends.add(found == whole)
        loaded("rebuild", "schools")
        assert by_group(published(loaded)) == whole
        if not waits and len(ends) == 1:
            wait *= 0.7 if True in ends else 1.5
            assert 0.05 < wait < 60, "no kill came between"
            waits.append(wait)


def by_group(found):
    groups: dict[str, list] = {}
    for (oid, name, acl), rows in found.items():
        groups.setdefault(name.removesuffix("_years"), []).append((oid, name, acl, rows))
    return groups


def await_quiet(schools):
    """Until the server has noticed that its client is gone."""
    others = (
        "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
        " and backend_type = 'client backend'"
    )
    deadline = time.monotonic() + 30
    while schools.value(others) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert schools.value(others) == 0


# Corrections


def corrected(shell, target, *words):
    shell("edit", target, *words, "--by", "ada", "--why", "as printed")
    shell("promote", target, "--by", "ada")


def name_of(schools, school):
    query = "select nom_de_l_etablissement from educational_data.ips_lycees where uai = %s"
    return schools.value(query, uai(school))


CORRECTION = ("--period", "2023-2024", "--row", uai(3), "--set", "nom_de_l_etablissement=LYCEE CORRIGE")


def test_a_corrected_table_is_left_without_a_trace_and_put_right_with_its_corrections(loaded):
    corrected(loaded, "ips_lycees", *CORRECTION)
    assert name_of(loaded, 3) == "LYCEE CORRIGE"
    before, ledger = published(loaded), counts(loaded)
    assert outcomes(loaded("rebuild", "ips_lycees", "--json")) == {"ips_lycees": "same"}
    assert (published(loaded), counts(loaded)) == (before, ledger)
    damage(loaded, BENT, BENT.replace(uai(3), uai(5)).replace("secteur", "nom_de_l_etablissement"))
    assert outcomes(loaded("rebuild", "ips_lycees", "--json")) == {"ips_lycees": "changed"}
    assert published(loaded) == before
    assert [edit["state"] for edit in loaded("edits", "ips_lycees", "--json").json] == ["in force"]
    assert outcomes(loaded("rebuild", "ips_lycees", "--json")) == {"ips_lycees": "same"}


def test_a_correction_that_waits_is_not_swept_along(loaded):
    loaded("edit", "ips_lycees", *CORRECTION, "--by", "ada", "--why", "as printed")
    damage(loaded, BENT)
    assert outcomes(loaded("rebuild", "ips_lycees", "--json", code=1)) == {"ips_lycees": "kept"}
    assert name_of(loaded, 3) == "LYCEE INVENTE 3"


def test_corrected_rows_of_an_inbox_are_verified_with_their_corrections(exams):
    scrape(exams)
    exams("seal", "AQA GCSE")
    exams("promote", "AQA GCSE")
    corrected(exams, "AQA GCSE", "--subject", "8999", "--row", "1", "--set", "topic_name=Lights")
    assert exams.value("select count(*) from public.curriculum_topics where topic_name = 'Lights'") == 1
    assert outcomes(exams("rebuild", "AQA GCSE", "--json")) == {"AQA GCSE": "verified"}
    exams.write("alter table public.curriculum_topics disable trigger user")
    exams.write("update public.curriculum_topics set topic_name = 'Light' where topic_name = 'Lights'")
    exams.write("alter table public.curriculum_topics enable trigger user")
    assert "production is not what was promoted" in exams("rebuild", "AQA GCSE", code=1).out


# The inbox


def test_rows_of_an_inbox_are_verified_against_what_was_sealed(exams):
    scrape(exams)
    exams("seal", "AQA GCSE")
    exams("promote", "AQA GCSE")
    assert outcomes(exams("rebuild", "AQA GCSE", "--json")) == {"AQA GCSE": "verified"}
    exams.write("alter table public.curriculum_topics disable trigger user")
    exams.write("update public.curriculum_topics set topic_name = 'Bent' where topic_code = '1'")
    exams.write("alter table public.curriculum_topics enable trigger user")
    answer = exams("rebuild", "AQA GCSE", code=1)
    assert "production is not what was promoted" in answer.out
    exams.write("alter table public.curriculum_topics disable trigger user")
    exams.write("update public.curriculum_topics set topic_name = 'Light' where topic_code = '1'")
    exams.write("alter table public.curriculum_topics enable trigger user")
    exams("rebuild", "AQA GCSE")
    exams.write("update greenroom.batch_topics set topic_name = 'Bent' where topic_code = '1'")
    assert "sealed rows are not what was sealed" in exams("rebuild", "AQA GCSE", code=1).out


def test_a_copy_of_a_pack_with_an_inbox_is_refused(exams):
    scrape(exams)
    exams("seal", "AQA GCSE")
    exams.refused("rebuild", "exams", "--into", "beside", code=10)


# Beside


def test_a_fresh_copy_holds_what_production_holds(loaded):
    before, beside = published(loaded), around(loaded)
    answer = loaded("rebuild", "schools", "--into", "fresh", "--json")
    assert answer.json["same"]
    compared = {t["dataset"]: (t["rows"], t["rows_of_copy"], t["differing"]) for t in answer.json["tables"]}
    assert {name: compared[name] for name in TABLES} == {
        "ips_lycees": (21, 21, 0), "ips_lycees_years": (41, 41, 0),
        "ips_colleges": (12, 12, 0), "ips_colleges_years": (12, 12, 0),
    }  # fmt: skip
    assert loaded.value("select count(*) from fresh.ips_lycees") == 21
    # by the pack's own migrations: also the columns that repeat others under the document's names
    assert loaded.value("select count(ecart_type_etablissement) from fresh.ips_lycees") == 21
    assert published(loaded) == before
    assert around(loaded) == beside
    assert 'drop schema "fresh" cascade' in answer.err


def test_a_copy_that_differs_says_where_and_exits_1(loaded):
    damage(loaded, BENT, FOREIGN)
    answer = loaded("rebuild", "schools", "--into", "fresh", code=1)
    line = next(line for line in answer.out.splitlines() if line.startswith("educational_data.ips_lycees "))
    assert line.endswith("2 keys differ")
    assert "22" in line
    assert "21" in line


def test_a_second_copy_into_the_same_schema_refreshes_it(loaded, tmp_path):
    loaded("rebuild", "schools", "--into", "fresh")
    loaded("import", "ips_lycees", "--csv", file_of(tmp_path / "e.csv", lycees(22, "2024-2025")), "--complete")
    assert loaded("rebuild", "schools", "--into", "fresh", "--json").json["same"]
    assert loaded.value("select count(*) from fresh.ips_lycees") == 22
    # and what production has no longer, a copy has no longer
    loaded("rollback", loaded.value("select max(r.id) from greenroom.release as r join greenroom.scope as c"
           " on c.id = r.scope_id where c.name = 'ips_lycees'"))  # fmt: skip
    assert loaded("rebuild", "schools", "--into", "fresh", "--json").json["same"]
    assert loaded.value("select count(*) from fresh.ips_lycees") == 21
    assert loaded.value("select count(*) from greenroom.installation") == 1


def test_what_cannot_be_loaded_into_a_copy_is_named(loaded):
    bytes_of(loaded, "ips_lycees").unlink()
    answer = loaded("rebuild", "schools", "--into", "fresh", code=1)
    assert "ips_lycees: not loaded: Snapshot" in answer.out
    assert loaded.value("select count(*) from fresh.ips_colleges") == 12


def test_a_copy_is_reached_by_its_schema_and_dropped_by_its_owner(loaded):
    loaded("rebuild", "ips_colleges", "--into", "fresh")
    assert "fresh.ips_colleges" in loaded("status", "fresh").out
    assert loaded.value("select count(*) from fresh.ips_lycees") == 0
    loaded.write("drop schema fresh cascade")
    assert "fresh was dropped" in loaded("migrate", "schools").out
    assert loaded.value("select count(*) from greenroom.installation") == 0
    loaded("rebuild", "ips_colleges", "--into", "fresh")


@pytest.mark.parametrize("schema", ["educational_data", "greenroom", "other"])
def test_a_schema_that_holds_other_things_takes_no_copy(loaded, schema):
    loaded.write("create schema other")
    loaded.write("create table other.ips_lycees (uai text)")
    answer = loaded.refused("rebuild", "schools", "--into", schema, code=10)
    assert schema in answer.cause


def test_a_dry_run_of_a_copy_makes_nothing(loaded):
    assert "ips_lycees" in loaded("rebuild", "schools", "--into", "fresh", "--dry-run").out
    assert loaded.value("select to_regnamespace('fresh') is null")


def test_warnings_that_were_accepted_do_not_stop_a_copy(schools, tmp_path):
    rows = lycees(20)
    rows[3]["uai"] = "9990004Z"
    schools("import", "ips_lycees", "--csv", file_of(tmp_path / "a.csv", rows), "--complete", code=1)
    schools("approve", "ips_lycees", "--note", "one wrong number")
    schools("promote", "ips_lycees")
    assert schools("rebuild", "schools", "--into", "fresh", "--json").json["same"]
    assert outcomes(schools("rebuild", "ips_lycees", "--json")) == {"ips_lycees": "same"}


def test_a_second_installation_is_rebuilt_by_its_name(loaded, tmp_path):
    path = file_of(tmp_path / "b.csv", lycees(21))
    loaded("import", "ips_lycees", "--csv", path, "--complete", "--schema", "staging")
    loaded.write("alter table staging.ips_lycees disable trigger user")
    loaded.write("update staging.ips_lycees set ips = 1")
    loaded.write("alter table staging.ips_lycees enable trigger user")
    assert outcomes(loaded("rebuild", "staging.ips_lycees", "--json")) == {"staging.ips_lycees": "changed"}
    assert loaded.value("select count(*) from staging.ips_lycees where ips = 1") == 0
