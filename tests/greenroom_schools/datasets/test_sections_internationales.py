"""International sections: several a school, levels told or not, one row a school in the view."""

import pytest
from tests.greenroom_schools.datasets.onisep_files import as_csv
from tests.greenroom_schools.datasets.onisep_files import desk as desk

NAME = "sections_internationales"
REAL = "fr/education/fr-en-sections-internationales.2025.4cols.xlsx"
TABLE = "educational_data.sections_internationales"
VIEW = "educational_data.sections_par_uai"

LABELS = {
    "Rentrée scolaire": "2025",
    "Academie": "AZUR",
    "Section": "BRITANNIQUE",
    "UAI": "9990001X",
    "Nom établissement": "Collège inventé",
    "Niveau": "Collège",
    "Ville": "Port-Azur",
    "Premiere_session_OIB_ou_DNB_option_internationale_a_venir": "2027",
    "Ouverture de la section internationale": "2024",
    "Latitude": "43.5",
    "Longitude": "7.25",
    "Position": "43.5, 7.25",
}
CUT = {"Rentrée scolaire": "2025", "Academie": "AZUR", "UAI": "9990001X", "Section International": "BRITANNIQUE"}


def row(section="BRITANNIQUE", niveau="Collège", **changes):
    return {**LABELS, "Section": section, "Niveau": niveau, **changes}


TECHNICAL = {
    "rentree_scolaire": "2025",
    "academie": "AZUR",
    "section": "Britannique",
    "uai": "9990001X",
    "nom_etablissement": "Collège inventé",
    "niveau": "COLLEGE",
    "ville": "Port-Azur",
    "premiere_session_oib_ou_dnb_option_internationale_a_venir": "2027",
    "ouverture_rentree_suivante": "2024",
    "latitude": "43.5",
    "longitude": "7.25",
}


@pytest.mark.parametrize("vintage", [LABELS, TECHNICAL], ids=["labels", "technical"])
def test_a_published_row_lands_typed(desk, vintage):
    desk.publish(NAME, as_csv(vintage))
    (found,) = desk.rows(
        f"select rentree_scolaire, academie, uai, nom_etablissement, niveau, ville, section, premiere_session,"
        f" ouverture, latitude, longitude, has_section_internationale from {TABLE}"
    )
    assert found == (
        "2025-2026", "AZUR", "9990001X", "Collège inventé", "collège", "Port-Azur", "BRITANNIQUE", "2027",
        "2024", 43.5, 7.25, True,
    )  # fmt: skip


def test_a_copy_without_levels_says_so_in_the_key(desk):
    desk.publish(NAME, as_csv(CUT))
    assert desk.rows(f"select niveau, section from {TABLE}") == [("non précisé", "BRITANNIQUE")]
    assert desk.rows(f"select * from {VIEW}") == [
        ("9990001X", "2025-2026", True, ["BRITANNIQUE"], ["BRITANNIQUE"], ["BRITANNIQUE"], ["BRITANNIQUE"])
    ]


def test_where_one_file_tells_the_level_the_one_that_does_not_is_silent(desk):
    desk.publish(NAME, as_csv(CUT, {**CUT, "Section International": "ARABE"}))
    desk.publish(NAME, as_csv(row(niveau="Collège")))
    assert desk.rows(f"select sections_internationales, sections_lycee, sections_college from {VIEW}") == [
        (["ARABE", "BRITANNIQUE"], ["ARABE"], ["ARABE", "BRITANNIQUE"])
    ]


def test_a_school_with_several_sections_has_one_row_in_the_view(desk):
    desk.publish(
        NAME,
        as_csv(
            row("BRITANNIQUE", "Collège"),
            row("BRITANNIQUE", "Lycée"),
            row("AMÉRICAINE", "Collège et lycée"),
            row("ARABE", "École élémentaire"),
        ),
    )
    assert desk.value(f"select count(*) from {TABLE}") == 4
    assert desk.rows(f"select * from {VIEW}") == [
        (
            "9990001X",
            "2025-2026",
            True,
            ["AMÉRICAINE", "ARABE", "BRITANNIQUE"],
            ["AMÉRICAINE", "BRITANNIQUE"],
            ["AMÉRICAINE", "BRITANNIQUE"],
            ["ARABE"],
        )
    ]


def test_years_stand_side_by_side_and_the_view_has_the_newest(desk):
    desk.publish(NAME, as_csv(row("ARABE", **{"Rentrée scolaire": "2024"}), row("CHINOISE")))
    assert desk.value(f"select count(*) from {TABLE}") == 2
    assert desk.rows(f"select rentree_scolaire, sections_internationales from {VIEW}") == [("2025-2026", ["CHINOISE"])]


def test_a_year_of_a_few_rows_does_not_hide_a_whole_one(desk):
    codes = "ABCDEFGHJKLMNPRSTUVWXYZ"
    schools = [f"{n:07d}{codes[n % 23]}" for n in range(9_990_000, 9_990_300)]
    desk.publish(NAME, as_csv(*(row(UAI=uai, **{"Rentrée scolaire": "2024"}) for uai in schools)))
    desk.publish(NAME, as_csv(row("CHINOISE")))
    assert desk.rows(f"select distinct rentree_scolaire, count(*) from {VIEW} group by 1") == [("2024-2025", 300)]


def test_a_school_that_cannot_be_named_is_in_quarantine(desk):
    desk.stage(NAME, as_csv(CUT, {**CUT, "UAI": "350001SH"}, {**CUT, "Section International": ""}))
    assert desk.quarantine() == [("bad_uai", "350001SH"), ("missing_section", None)]


def test_schools_abroad_are_kept_under_their_country(desk):
    desk.publish(NAME, as_csv({**CUT, "Academie": "MAROC", "UAI": "3500010J"}))
    assert desk.rows(f"select uai, academie from {TABLE}") == [("3500010J", "MAROC")]


def test_the_real_file(desk, shared_data):
    staged = desk.publish(NAME, shared_data(REAL))
    assert (staged.batch.read, staged.batch.staged, staged.batch.quarantined) == (395, 394, 1)
    assert desk.quarantine() == [("bad_uai", "350001SH")]
    # 312 UAI in the file, one of them the malformed one
    assert desk.rows(f"select count(*), count(distinct uai) from {VIEW}") == [(311, 311)]
    assert desk.value(f"select count(*) from {VIEW} where cardinality(sections_internationales) > 1") == 33
    sections = dict(desk.rows(f"select section, count(*) from {TABLE} group by section"))
    assert len(sections) == 18
    # the malformed one is an ARABE
    assert (sections["BRITANNIQUE"], sections["AMÉRICAINE"], sections["ARABE"]) == (125, 73, 52)
    assert desk.stage(NAME, shared_data(REAL)).batch is None
