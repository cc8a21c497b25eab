"""Headers find their columns by name."""

import random

import pytest

from greenroom import Column, Dataset
from greenroom.model.errors import BadDeclaration, ContractBroken
from greenroom.write.parse import match


def dataset(*columns):
    return Dataset(name="things", table="things", columns=columns, key=("code",))


THINGS = dataset(
    Column("code", required=True),
    Column("nom_de_l_etablissement", required=True, headers=("nom_de_l_etablissment",)),
    Column("ips", "numeric", headers=("ips_etab", "IPS de l'établissement")),
    Column("withheld", "text[]"),
    Column("created_at", "timestamptz", kind="stamp"),
)


@pytest.mark.parametrize(
    "spelling",
    ["ips", "IPS", "IPS_ETAB", "Ips Etab", "ips-etab", "IPS de l’établissement", "ips de l'etablissement", "\ufeffips"],
)
def test_case_accents_and_separators_do_not_count(spelling):
    assert match(("code", "nom_de_l_etablissment", spelling), THINGS).positions["ips"] == 2


def test_position_means_nothing():
    header = ["code", "Nom de l'établissment", "ips", "geom"]
    for seed in range(10):
        random.Random(seed).shuffle(header)
        mapping = match(header, THINGS)
        assert {column: header[place] for column, place in mapping.positions.items()} == {
            "code": "code",
            "nom_de_l_etablissement": "Nom de l'établissment",
            "ips": "ips",
        }
        assert mapping.left_over == ("geom",)


def test_an_optional_column_may_be_absent():
    assert match(("code", "nom_de_l_etablissement"), THINGS).absent == ("ips",)


def test_a_missing_required_column_is_named_with_the_nearest_header_met():
    with pytest.raises(ContractBroken, match=r"missing nom_de_l_etablissement \(nearest met: nom_etablissement\)"):
        match(("code", "ips", "ville", "nom_etablissement"), THINGS)


def test_two_headers_for_one_column_are_refused():
    with pytest.raises(ContractBroken, match="Two headers mean ips: IPS etab and ips"):
        match(("code", "nom_de_l_etablissement", "IPS etab", "ips"), THINGS)


def test_a_header_without_a_name_is_not_reported():
    assert match(("code", "nom_de_l_etablissement", ""), THINGS).left_over == ()


@pytest.mark.parametrize("name", ["withheld", "created_at"])
def test_a_file_cannot_fill_what_the_engine_fills(name):
    assert match(("code", "nom_de_l_etablissement", name), THINGS).left_over == (name,)


def test_one_spelling_for_two_columns_is_a_mistake_of_the_declaration():
    with pytest.raises(BadDeclaration, match="a-b is declared for two columns"):
        match(("code",), dataset(Column("code"), Column("a_b"), Column("c", headers=("a-b",))))
