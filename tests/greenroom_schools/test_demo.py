"""The demonstration's files: invented schools, two editions, as the ministry would publish them."""

from importlib.resources import files

from tests.greenroom_schools.test_ips import LYCEES, land, unreadable

from greenroom.write.formats import opened
from greenroom.write.parse import match
from greenroom_schools.pack import pack

DEMO = files("greenroom").joinpath("demo", "schools")


def years(conn):
    return dict(conn.execute("select rentree_scolaire, count(*) from pg_temp.landing group by 1").fetchall())


def test_the_first_edition_can_be_read_whole(conn):
    with DEMO.joinpath("ips_lycees_edition1.csv").open("rb") as raw:
        assert land(conn, LYCEES, raw) == 40
    assert unreadable(conn, LYCEES) == {}
    assert years(conn) == {"2024-2025": 40}


def test_the_second_edition_brings_a_year_and_one_bad_row(conn):
    with DEMO.joinpath("ips_lycees_edition2.csv").open("rb") as raw:
        assert land(conn, LYCEES, raw) == 80
    assert unreadable(conn, LYCEES) == {"uai": 1}
    assert years(conn) == {"2024-2025": 40, "2025-2026": 40}


def test_the_editions_differ_in_their_headers_as_the_real_ones_do():
    headers = []
    for edition in (1, 2):
        with DEMO.joinpath(f"ips_lycees_edition{edition}.csv").open("rb") as raw, opened(raw) as table:
            headers.append(table.header)
    assert set(headers[0]) ^ set(headers[1]) == {"num_ligne", "code_region_insee"}
    assert len(headers[0]) == len(headers[1]) == 48
    assert [match(header, LYCEES).left_over for header in headers] == [("num_ligne",), ()]


def test_no_school_of_the_demonstration_is_a_real_one(conn):
    for edition in (1, 2):
        with DEMO.joinpath(f"ips_lycees_edition{edition}.csv").open("rb") as raw:
            land(conn, LYCEES, raw)
        places = (
            "select distinct left(uai, 3), code_du_departement, left(code_insee_de_la_commune, 3) from pg_temp.landing"
        )
        assert conn.execute(places).fetchall() == [("999", "99", "999")]


def test_the_demonstration_is_smaller_than_a_country():
    assert pack.dataset("ips_lycees_years").bounds.complete > 80
