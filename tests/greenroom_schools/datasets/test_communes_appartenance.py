"""The areas of communes: names of the areas carry years of their own, the year of the communes is said beside."""

import shutil

import pytest
from tests.greenroom_schools.datasets.commune_files import REAL, written
from tests.greenroom_schools.datasets.onisep_files import desk as desk

from greenroom.model.errors import ContractBroken

NAME = "communes_appartenance"
TABLE = "educational_data.communes_appartenance"
HEADER = (
    "code_commune,nom_commune,dep,reg,epci,nature_epci,arr,cv,"
    "ze2020,uu2020,aav2020,cateaav2020,bv2022,annee_geographie\n"
)
ROW = "99001,Port-Azur,99,11,249900000,CC,991,9901,9901,00991,001,20,99002,2024\n"


def test_a_table_of_any_year_lands(desk):
    desk.publish(NAME, HEADER + ROW)
    assert desk.rows(
        f"select code_commune, code_epci, code_bassin, code_zone_emploi, annee_geographie from {TABLE}"
    ) == [("99001", "249900000", "99002", "9901", 2024)]
    assert desk.stage(NAME, HEADER + ROW).batch is None


def test_another_year_stands_beside(desk):
    desk.publish(NAME, HEADER + ROW)
    desk.publish(NAME, HEADER + ROW.replace("2024", "2025"))
    assert desk.value(f"select count(*) from {TABLE} where retired_at is null") == 2


def test_a_row_that_cannot_be_read_is_named(desk):
    desk.publish(NAME, HEADER + ROW + ROW.replace("99001", "99003").replace("249900000", "none"))
    assert desk.quarantine() == [("bad_code_epci", "none")]


def test_the_real_table_of_2021(desk, shared_data):
    real = shared_data(REAL + "insee/table-appartenance-geo-communes-21.xlsx")
    file = written(desk, "a table of places.xlsx", "")
    shutil.copyfile(real, file)
    with pytest.raises(ContractBroken, match="say its year"):
        desk.stage(NAME, file)
    # its own name says it, in two digits
    file = real
    staged = desk.publish(NAME, file)
    assert (staged.batch.staged, staged.batch.quarantined) == (34_965, 0)
    assert desk.value(f"select count(distinct code_bassin) from {TABLE} where code_bassin <> 'ZZZZZ'") == 1_663
    staged = desk.publish("zones_supra_communales", file)
    assert (staged.batch.staged, staged.batch.quarantined) == (8_983, 0)
    unnamed = f"""
        select count(*)
        from {TABLE} as a
        where not exists (
          select
          from educational_data.zones_supra_communales as z
          where (z.niveau, z.code_zone, z.annee_geographie) = ('EPCI', a.code_epci, a.annee_geographie)
        )
        """
    assert desk.value(unnamed) == 0
