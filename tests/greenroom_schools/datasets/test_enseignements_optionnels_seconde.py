"""Options of the classe de 2nde: languages are unpacked, what only looks like them is not."""

import pytest
from tests.greenroom_schools.datasets.onisep_files import as_csv, as_json, choices
from tests.greenroom_schools.datasets.onisep_files import desk as desk

from greenroom.model.errors import ContractBroken

NAME = "enseignements_optionnels_seconde"
TITLE = "Enseignements optionnels et langues de classe de 2nde GT"
REAL = "fr/education/ideo-enseignements_optionnels_de_seconde_generale_et_technologique.2026-04.csv.gz"
TABLE = "educational_data.enseignements_optionnels_seconde"


@pytest.mark.parametrize("written", [as_csv, as_json], ids=["csv", "json"])
def test_languages_are_unpacked_and_options_with_a_colon_are_not(desk, written):
    listed = (
        "Arts : théâtre / Langues et cultures de l'Antiquité : latin / Italien"
        " / LV1 : anglais, allemand / LV2 : espagnol, hébreu moderne, anglais"
    )
    desk.publish(NAME, written(choices(TITLE, listed)))
    (found,) = desk.rows(f"select options_raw, options_array, lv1_array, lv2_array, ens_id, code_postal from {TABLE}")
    assert found == (
        listed,
        ["Arts : théâtre", "Italien", "Langues et cultures de l'Antiquité : latin"],
        ["allemand", "anglais"],
        ["anglais", "espagnol", "hébreu moderne"],
        "ENS.11",
        "01000",
    )


@pytest.mark.parametrize(
    ("listed", "options", "first", "second"),
    [
        ("", [], [], []),
        ("LV1 : anglais / LV1 : allemand", [], ["allemand", "anglais"], []),
        ("LV1: anglais,allemand / LV2 :espagnol", [], ["allemand", "anglais"], ["espagnol"]),
        (
            "Écologie, agronomie, territoires, développement durable",
            ["Écologie, agronomie, territoires, développement durable"],
            [],
            [],
        ),
        ("LV3 : russe", ["LV3 : russe"], [], []),
        ("Italien / Italien", ["Italien"], [], []),
    ],
)
def test_each_item_goes_where_it_belongs(desk, listed, options, first, second):
    desk.publish(NAME, as_csv(choices(TITLE, listed)))
    assert desk.rows(f"select options_array, lv1_array, lv2_array from {TABLE}") == [(options, first, second)]


def test_a_bad_uai_is_in_quarantine_by_name(desk):
    good = choices(TITLE, "Italien")
    bad = choices(TITLE, "Italien", **{"Identifiant action de formation": "AF.2", "UAI lieu de cours": "999001X"})
    desk.stage(NAME, as_csv(good, bad))
    assert desk.quarantine() == [("bad_uai", "999001X")]


def test_the_file_of_specialites_is_refused_by_the_name_of_its_column(desk):
    with pytest.raises(ContractBroken, match="missing"):
        desk.stage(NAME, as_csv(choices("Enseignements de spécialité de classe de 1ère générale", "mathématiques")))


def test_the_view_has_one_row_per_school(desk):
    desk.publish(
        NAME,
        as_csv(
            choices(TITLE, "Italien / LV1 : anglais"),
            choices(TITLE, "Russe / LV1 : allemand / LV2 : arabe", **{"Identifiant action de formation": "AF.2"}),
            choices(TITLE, "", **{"Identifiant action de formation": "AF.3", "UAI lieu de cours": "9990002Y"}),
        ),
    )
    assert desk.rows("select * from educational_data.options_par_uai order by uai") == [
        ("9990001X", ["Italien", "Russe"], ["allemand", "anglais"], ["arabe"], 2),
        ("9990002Y", [], [], [], 1),
    ]


def test_the_real_file(desk, shared_data):
    staged = desk.publish(NAME, shared_data(REAL))
    assert (staged.batch.read, staged.batch.staged, staged.batch.quarantined) == (2_682, 2_682, 0)
    assert desk.findings() == []
    # 2,682 rows = 4 without UAI + 2,670 schools + 8 more places of 7 of them
    assert desk.value(f"select count(*) from {TABLE} where uai is null") == 4
    assert desk.rows("select count(*), count(distinct uai) from educational_data.options_par_uai") == [(2_670, 2_670)]
    several = f"select uai from {TABLE} where uai is not null group by uai having count(*) > 1"
    assert len(desk.rows(several)) == 7
    item = f"select count(distinct item) from {TABLE}, unnest(%s) as item"
    # 399 published items, and the empty list = 64 options + 71 forms of LV1 + 264 of LV2
    assert desk.value(item % "options_array") == 64
    packed = f"select count(distinct item) from {TABLE}, regexp_split_to_table(options_raw, ' / ') as item"
    assert desk.value(packed) == 399
    assert desk.value(packed + " where item like 'LV1 : %%'") == 71
    assert desk.value(packed + " where item like 'LV2 : %%'") == 264
    latin = f"select count(*) from {TABLE} where options_array @> array['Langues et cultures de l''Antiquité : latin']"
    assert desk.value(latin) == 1_673
    languages = f"select count(*) from {TABLE}, unnest(lv1_array || lv2_array) as item where item ~ '[:,]'"
    assert desk.value(languages) == 0
    assert desk.stage(NAME, shared_data(REAL)).batch is None
