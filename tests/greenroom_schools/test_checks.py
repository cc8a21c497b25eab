"""Checks of the schools pack, on sealed rows."""

import io

import pytest

from greenroom import catalog
from greenroom.audit import check
from greenroom.db.connection import begin, connect
from greenroom.write import formats, put, seal

HEADER = (
    "rentree_scolaire;uai;nom_de_l_etablissement;secteur;type_de_lycee;code_du_departement;code_insee_de_la_commune;ips"
)


@pytest.fixture
def found(make_database):
    """The findings on one sealed row, by check."""

    def findings(*rows: str) -> list[tuple[str, str | None]]:
        url = make_database("schools").url
        with (
            connect(url, application_name="t", statement_timeout_seconds=30, lock_timeout_seconds=5) as conn,
            begin(conn),
        ):
            one = catalog.one(conn, ["ips_lycees"])
            dataset = catalog.entry(one.pack, "ips_lycees")
            with formats.opened(io.BytesIO("\n".join([HEADER, *rows, ""]).encode())) as table:
                put.landing(conn, dataset, table)
            batch = seal.seal_landing(conn, one.pack, dataset, one.scope_id, origin=seal.Origin(), complete=False)
            assert batch is not None
            return [(f.check, f.row_key) for f in check.findings(conn, one.pack, list(batch.units))]

    return findings


@pytest.mark.parametrize(
    ("departement", "commune"), [("44", "44109"), ("2A", "2A004"), ("971", "97801"), ("", "44109")]
)
def test_a_commune_of_its_departement_is_not(found, departement, commune):
    assert found(f"2031-2032;9990275V;LYCEE A;public;LEGT;{departement};{commune};100") == []


def test_a_year_without_an_index_is_found(found):
    assert [name for name, _ in found("2031-2032;9990275V;LYCEE A;public;LEGT;44;44109;")] == ["ips_empty"]


def test_a_commune_of_another_departement_is_found(found):
    assert found("2031-2032;9990275V;LYCEE A;public;LEGT;44;85047;100") == [("ips_place", "9990275V")]
