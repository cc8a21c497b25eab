"""How datasets fit together: which references there are, how many rows find their partner, who does not."""

import pytest
from tests.greenroom_schools import made_up
from tests.greenroom_schools.atlas import BEFORE, NOW, NUMBERS, school, square
from tests.greenroom_schools.atlas import atlas as atlas
from tests.greenroom_schools.atlas import atlas_made as atlas_made

from greenroom.audit import joins
from greenroom.audit.joins import Fit, Reference
from greenroom.db.connection import begin
from greenroom.model.errors import UnknownColumn, UnknownTarget
from greenroom.write import geometry
from greenroom_schools.pack import pack


@pytest.fixture
def joined(atlas):
    def count(dataset, column, partner=None):
        with begin(atlas.desk.conn) as conn:
            return joins.joined(conn, pack, joins.reference(pack, dataset, column, partner))

    return count


@pytest.fixture
def strangers(atlas):
    def listed(dataset, column, partner=None, **asked):
        with begin(atlas.desk.conn) as conn:
            return joins.strangers(conn, pack, joins.reference(pack, dataset, column, partner), **asked)

    return listed


def test_schools_communes_and_departements_are_looked_for_in_their_lists():
    assert {kind: d.name for kind, d in joins.registers(pack).items()} == {
        "school": "etablissements_geolocalisation", "commune": "info_communes", "département": "departements",
    }  # fmt: skip


def test_every_declared_uai_commune_and_departement_is_a_reference():
    found = {(one.dataset, one.column) for one in joins.references(pack)}
    for dataset in pack.datasets:
        for column in dataset.source_columns:
            if column.clean in ("uai", "uais", "commune", "departement"):
                is_list = joins.registers(pack)[joins.KINDS[column.clean]] == dataset
                assert ((dataset.name, column.name) in found) == (not is_list and dataset.current_of is None)


def test_a_reference_says_what_it_names():
    assert joins.reference(pack, "ips_lycees_years", "uai") == Reference(
        "ips_lycees_years", "uai", "school", "etablissements_geolocalisation", "uai"
    )


@pytest.mark.parametrize(("dataset", "column"), [("ips_lycees_years", "ips"), ("ips_lycees_years", "x"), ("x", "uai")])
def test_other_columns_are_none(dataset, column):
    with pytest.raises(UnknownColumn):
        joins.reference(pack, dataset, column)


def test_a_partner_must_have_such_a_key():
    assert joins.reference(pack, "ips_lycees_years", "uai", "geodata_lycees").partner_column == "uai"
    for partner in ("info_communes", "nothing", "ips_lycees_years"):
        with pytest.raises(UnknownTarget):
            joins.reference(pack, "ips_lycees_years", "uai", partner)


def test_rows_that_find_their_partner_are_counted_by_period(atlas, joined):
    everybody = len(NUMBERS)
    assert joined("ips_lycees_years", "uai").fits == (
        Fit(NOW, everybody, everybody, everybody, 0), Fit(BEFORE, everybody, everybody, everybody, 0),
    )  # fmt: skip
    atlas.desk.conn.execute(
        "delete from educational_data.etablissements_geolocalisation where uai = any (%s)", ([school(1), school(2)],)
    )
    atlas.desk.conn.execute(
        "delete from educational_data.ips_lycees_years where uai = %s and rentree_scolaire = %s", (school(1), NOW)
    )
    found = joined("ips_lycees_years", "uai")
    assert found.fits == (
        Fit(NOW, everybody - 1, everybody - 1, everybody - 2, 1), Fit(BEFORE, everybody, everybody, everybody - 2, 2),
    )  # fmt: skip
    assert found.whole.share == pytest.approx(100 * (2 * everybody - 4) / (2 * everybody - 1))


def test_rows_that_name_nobody_are_no_strangers(atlas, joined):
    atlas.desk.conn.execute(
        "update educational_data.ips_lycees_years set code_insee_de_la_commune = null where rentree_scolaire = %s",
        (NOW,),
    )
    now, before = joined("ips_lycees_years", "code_insee_de_la_commune").fits
    assert (now.named, now.found, now.strangers, now.share) == (0, 0, 0, 100.0)
    assert (before.named, before.found) == (len(NUMBERS),) * 2


def test_partners_that_left_are_not_found(atlas, joined):
    atlas.desk.conn.execute(
        "update educational_data.etablissements_geolocalisation set retired_at = now() where uai = %s", (school(1),)
    )
    assert joined("ips_lycees_years", "uai").fits[0].found == len(NUMBERS) - 1


def test_a_list_of_schools_counts_each_of_them(atlas, joined, strangers):
    outline = geometry.ewkb({"type": "Polygon", "coordinates": [square(1.9, 48.6)]})
    atlas.desk.conn.execute(
        "insert into educational_data.sectorisation_zones"
        " (code_departement, annee_scolaire, niveau, source, zone, uais, ewkb) values"
        " ('78', '2023-2024', 'lycee', 'secteurs_uai', '1', %s, %s),"
        " ('78', '2023-2024', 'lycee', 'secteurs_uai', '2', %s, %s)",
        ([school(1), school(2), None], outline, [school(1), "0789999Z"], outline),
    )
    (fit,) = joined("sectorisation_zones", "uais").fits
    assert (fit.rows, fit.named, fit.found, fit.strangers) == (5, 4, 3, 1)
    assert [one.value for one in strangers("sectorisation_zones", "uais").strangers] == ["0789999Z"]


def test_strangers_are_named_with_their_rows_and_periods(atlas, strangers):
    atlas.desk.conn.execute(
        "delete from educational_data.etablissements_geolocalisation where uai = any (%s)", ([school(1), school(7)],)
    )
    found = strangers("ips_lycees_years", "uai")
    assert [(one.value, one.rows, one.first_period, one.last_period) for one in found.strangers] == [
        (school(1), 2, BEFORE, NOW), (school(7), 2, BEFORE, NOW),
    ]  # fmt: skip
    assert (found.of, found.pages) == (2, 1)
    assert found.strangers[1].label == "LYCEE N 7"
    assert [one.rows for one in strangers("ips_lycees_years", "uai", period=NOW).strangers] == [1, 1]


def test_strangers_come_by_the_page(atlas, strangers, monkeypatch):
    monkeypatch.setattr(joins, "PAGE", 5)
    atlas.desk.conn.execute("delete from educational_data.etablissements_geolocalisation")
    first, last = strangers("ips_lycees_years", "uai"), strangers("ips_lycees_years", "uai", page=4)
    assert (len(first.strangers), first.of, first.pages) == (5, len(NUMBERS), 4)
    assert len(last.strangers) == len(NUMBERS) - 15
    assert not {s.value for s in first.strangers} & {s.value for s in last.strangers}


def test_the_three_kinds_of_a_whole_pack_are_counted(atlas):
    with begin(atlas.desk.conn) as conn:
        found = {(one.reference.dataset, one.reference.column): one for one in joins.coverage(conn, pack)}
    assert len(found) == len(joins.references(pack))
    population = found["communes_population", "code_commune"]
    # 78901 and 78902 are communes of the list, 99999 is not
    assert (population.whole.rows, population.whole.found, population.whole.strangers) == (3, 2, 1)
    assert found["ips_lycees_years", "code_du_departement"].whole.found == 0


def test_great_tables_wait_to_be_asked(atlas, monkeypatch):
    monkeypatch.setattr(joins, "AT_ONCE", 0)
    with begin(atlas.desk.conn) as conn:
        (one,) = joins.coverage(conn, pack, [joins.reference(pack, "ips_lycees_years", "uai")])
    assert one.fits == ()
    assert "counted when you open it" in one.note


def test_what_takes_too_long_says_so(atlas, monkeypatch):
    one = joins.reference(pack, "ips_lycees_years", "uai")
    monkeypatch.setattr(joins, "SECONDS_FOR_ONE", 0.001)
    atlas.desk.conn.execute(
        "insert into educational_data.communes_population (code_commune, annee, population)"
        " select lpad(n::text, 5, '0'), 2000, 1 from generate_series(1, 90000) as n"
    )
    with begin(atlas.desk.conn) as conn:
        slow = joins.joined(conn, pack, joins.reference(pack, "communes_population", "code_commune"), seconds=0.001)
        assert slow.note
        # what follows in the same transaction still works
        assert joins.joined(conn, pack, one).fits
        assert joins.strangers(conn, pack, joins.reference(pack, "communes_population", "code_commune")).stopped


def test_the_partner_can_be_another_dataset(atlas, joined):
    atlas.desk.publish("ips_colleges", made_up.FILES["ips_colleges"], complete=True)
    found = joined("ips_colleges_years", "uai", "ips_lycees_years")
    assert [(fit.named, fit.found) for fit in found.fits] == [(1, 0)]
