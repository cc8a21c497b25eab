"""Sectors by street: every published shape lands in the same rows, sets stay sets, nothing is dropped unseen."""

import pytest
from tests.greenroom_schools.sectors import (
    COLLEGES_35,
    DUNE,
    GEOCODED,
    IPS_COLLEGES,
    IPS_LYCEES,
    MER,
    OCCITANIE,
    PORT,
    TECHNICAL,
    TOULOUSE,
    carte,
    lycees,
    street,
    table,
    whole,
)
from tests.greenroom_schools.sectors import desk as desk

from greenroom.model.errors import Blocked, ContractBroken
from greenroom.write import geometry

NAME = "sectorisation_segments"
TABLE = f"educational_data.{NAME}"
YEAR = "2023-2024"


def test_a_line_lands_typed_with_the_columns_of_the_document(desk):
    desk.publish(NAME, carte(street("R DE L'ÉCLUSE", "8", "24", "P", letters=("", "C"))), only=YEAR)
    assert desk.rows(
        f"select code_departement, annee_scolaire, niveau, source, code_commune, libelle_rue, street_norm, number_from,"
        f" letter_from, number_to, letter_to, side, secteur_unique, uais, uai_lycees_1, uai_lycees_2, geometry"
        f" from {TABLE}"
    ) == [
        (
            "99", YEAR, "college", "carte_scolaire_colleges", "99001", "R DE L'ÉCLUSE", "RUE DE L ECLUSE", 8,
            None, 24, "C", "P", False, [PORT], PORT, None, None,
        )
    ]  # fmt: skip
    assert desk.value(f"select segment from {TABLE}") == "99001 RUE DE L ECLUSE 8-24C P"


def test_technical_headers_and_numbers_of_a_spreadsheet_give_the_same_rows(desk):
    desk.publish(NAME, carte(street("RUE DU PORT", "2", "9999", "p"), whole()), only=YEAR)
    before = desk.rows(f"select segment, number_from, number_to, side, uais from {TABLE} order by 1")
    lines = [[*street("RUE DU PORT", "2.0", "9999.0", "P"), "1"], [*whole(), "2"]]
    assert desk.stage(NAME, carte(*lines, header=TECHNICAL), only=YEAR).batch is None
    assert [row[0] for row in before] == ["99001 RUE DU PORT 2-9999 P", "99002"]


def test_one_range_with_several_schools_is_one_row_with_a_set_and_every_line_is_accounted_for(desk):
    lines = [street("RUE DU PORT", uai=uai) for uai in (MER, PORT, MER)]
    desk.publish(NAME, carte(*lines, whole(PORT), whole(DUNE)), only=YEAR)
    assert desk.rows(f"select segment, uais from {TABLE} order by segment") == [
        ("99001 RUE DU PORT 1-9999 PI", [MER, PORT]),
        ("99002", [PORT, DUNE]),
    ]
    assert desk.left_out() == {"another school of a sector: added to it": 2, "the same line again": 1}


def test_more_schools_than_four_columns_hold_are_kept(desk):
    five = ["9990001X", "9990002Y", "9990003Z", "9990004A", "9990005B"]
    desk.publish(NAME, carte(*(whole(uai) for uai in five)), only=YEAR)
    assert desk.rows(f"select uais, uai_lycees_4 from {TABLE}") == [(five, "9990004A")]


def test_a_hamlet_keeps_two_streets_of_one_name_apart(desk):
    lines = [street("RUE DU PORT", uai=PORT, hamlet="LE HAUT"), street("RUE DU PORT", uai=MER, hamlet="LE BAS")]
    desk.publish(NAME, carte(*lines), only=YEAR)
    assert desk.rows(f"select lieu_dit, uais from {TABLE} order by 1") == [("LE BAS", [MER]), ("LE HAUT", [PORT])]


@pytest.mark.parametrize(
    ("line", "rule", "value"),
    [
        (street("RUE DU PORT", uai="9990001W"), "bad_uais", "{9990001W}"),
        (street("RUE DU PORT", uai=""), "bad_uais", "{aucun}"),
        (street("RUE DU PORT", first="douze"), "bad_number_from", "douze"),
        (street("RUE DU PORT", side="GAUCHE"), "bad_side", "GAUCHE"),
        (street("RUE DU PORT", commune="990"), "bad_code_commune", "990"),
        (street("RUE DU PORT", letters=("XX", "")), "bad_letter_from", "XX"),
        (street(""), "missing_segment", None),
    ],
)
def test_a_line_that_cannot_be_read_goes_to_quarantine_by_name(desk, line, rule, value):
    staged = desk.stage(NAME, carte(street("RUE BONNE"), line), only=YEAR)
    assert (staged.batch.staged, staged.batch.quarantined) == (1, 1)
    assert desk.quarantine() == [(rule, value)]


def test_a_file_without_its_year_is_refused_with_what_to_type(desk):
    with pytest.raises(ContractBroken) as refused:
        desk.stage(NAME, carte(whole()))
    assert "--period" in refused.value.hint


def test_twice_is_once(desk):
    desk.publish(NAME, carte(whole()), only=YEAR)
    assert desk.stage(NAME, carte(whole()), only=YEAR).batch is None
    assert desk.promote(NAME)["written"] == {}


def test_only_one_departement_is_promoted_when_only_one_is_asked_for(desk):
    other = whole(MER, commune="98801")
    other[0] = "988"
    desk.stage(NAME, carte(whole(), other), only=YEAR)
    desk.promote(NAME, only="988")
    assert desk.rows(f"select code_departement from {TABLE}") == [("988",)]
    desk.promote(NAME, only="99")
    assert desk.rows(f"select code_departement from {TABLE} order by 1") == [("988",), ("99",)]


def test_a_school_year_narrows_too(desk):
    desk.stage(NAME, carte(whole()), only="2022-2023")
    desk.stage(NAME, carte(whole(MER)), only="2023-2024")
    desk.promote(NAME, only="2023-2024")
    assert desk.rows(f"select annee_scolaire, uais from {TABLE}") == [("2023-2024", [MER])]


def test_a_small_edition_adds_and_takes_nothing_away(desk):
    desk.publish(NAME, carte(whole(), whole(commune="99003")), only=YEAR)
    desk.publish(NAME, carte(whole(MER)), only=YEAR)
    assert desk.rows(f"select code_commune, uais from {TABLE} order by 1") == [("99002", [MER]), ("99003", [PORT])]
    desk.publish(NAME, carte(whole(DUNE)), only=YEAR, complete=True)
    assert desk.rows(f"select code_commune, uais from {TABLE}") == [("99002", [DUNE])]


def test_overlaps_gaps_and_ranges_without_a_number_are_told(desk):
    desk.stage(
        NAME,
        carte(
            street("RUE A", "2", "20", "PI", PORT),
            street("RUE A", "15", "9999", "I", MER),
            street("RUE B", "1", "9999", "PI", PORT),
            street("RUE B", "1", "13", "I", MER),
            street("RUE C", "9", "3", "PI", PORT),
            street("RUE C", "1", "9999", "PI", PORT),
        ),
        only=YEAR,
    )
    (overlap,) = desk.findings("overlap")
    assert "99001 RUE A 15-9999 I and 99001 RUE A 2-20 PI overlap" in overlap[1]
    assert desk.findings("reversed") == [("warning", "99001 RUE C 9-3 PI: no number is in this range")]
    assert desk.findings("gap") == [("warning", "1 streets have numbers that no row names, for example 99001 RUE A")]


# Lycées


OCC = (
    "code_departement", "code_insee", "com_name_upper", "lieu_dit", "type_et_libelle", "no_de_voie_debut",
    "no_de_voie_fin", "indice_de_repetition_debut", "indice_de_repetition_fin", "parite", "code_rne", "libelle_commune",
    "appellation_officielle", "geo_shape",
)  # fmt: skip


def test_the_sentence_of_the_lycees_is_read_and_the_outline_of_the_commune_is_not(desk):
    shape = '{"coordinates": [[[4, 44], [5, 44], [5, 45], [4, 44]]], "type": "Polygon"}'
    line = ["30", "30007", "PORT", "", "IMPASSE DU PORT", "1", "9999", "", "", "Tous les N°, de", PORT, "Port"]
    desk.publish(NAME, table(OCC, [[*line, "Lycée polyvalent du Port", shape], [""] * len(OCC)]), only=YEAR)
    assert desk.rows(f"select niveau, source, side, ewkb, uais from {TABLE}") == [
        ("lycee", "carte_scolaire_occitanie", "PI", None, [PORT])
    ]
    assert desk.left_out() == {"empty line": 1}


PDF = (
    "page", "table", "row_in_table", "COMMUNE", "TYPE DE VOIE", "LIBELLE DE VOIE", "NUMERO (DEBUT DE VOIE)",
    "INDICE DE REPETITION DE DEBUT", "NUMERO (FIN DE VOIE, INCLUS)", "INDICE DE REPETITION DE FIN", "PARITE",
    "LYCEE DE RATTACHEMENT",
)  # fmt: skip
AZUR = ("31001", "PORT AZUR")


def named(lycee, label="DU PORT", side="PI"):
    return ["1", "1", "2", "PORT AZUR", "RUE", label, "1", "", "9999", "", side, lycee]


def test_lycees_by_name_are_found_by_kind_name_and_city_and_page_headers_left_out(desk):
    desk.publish(
        "ips_lycees",
        lycees(
            (PORT, "LYCEE GENERAL ET TECHNOLOGIQUE DES DUNES", "LEGT", *AZUR),
            (MER, "LYCEE PROFESSIONNEL DES DUNES", "LP", *AZUR),
            (DUNE, "LYCEE POLYVALENT JEAN PHARE LYCEE DES METIERS DE LA MER", "LPO", *AZUR),
        ),
    )
    lines = [named("LGT LES DUNES - PORT AZUR"), named("LPO JEAN PHARE - PORT AZUR", "B", "p"), list(PDF)]
    desk.publish(NAME, table(PDF, lines), only="2023")
    assert desk.rows(
        f"select code_departement, code_commune, niveau, street_norm, side, uais, etablissements, annee_scolaire"
        f" from {TABLE} order by street_norm"
    ) == [
        ("31", "31001", "lycee", "RUE B", "P", [DUNE], ["LPO JEAN PHARE - PORT AZUR"], YEAR),
        ("31", "31001", "lycee", "RUE DU PORT", "PI", [PORT], ["LGT LES DUNES - PORT AZUR"], YEAR),
    ]
    assert desk.left_out() == {"header repeated on a page": 1}


def test_a_lycee_that_is_not_found_stays_with_its_name_and_is_told(desk):
    desk.publish("ips_lycees", lycees((PORT, "LYCEE GENERAL DES DUNES", "LEGT", *AZUR)))
    desk.publish(
        NAME, table(PDF, [named("LGT DES DUNES - PORT AZUR"), named("LGT INCONNU - PORT AZUR", "B")]), only="2023"
    )
    assert desk.rows(f"select uais, etablissements, uai_lycees_1 from {TABLE} order by street_norm") == [
        ([None], ["LGT INCONNU - PORT AZUR"], None),
        ([PORT], ["LGT DES DUNES - PORT AZUR"], PORT),
    ]
    ((severity, message),) = desk.findings("unmatched_school")
    assert severity == "warning"
    assert message.startswith("LGT INCONNU - PORT AZUR (1 rows)")


def test_two_schools_of_one_name_are_not_decided_between(desk):
    desk.publish(
        "ips_lycees",
        lycees((PORT, "LYCEE GENERAL DES DUNES", "LEGT", *AZUR), (MER, "LYCEE TECHNOLOGIQUE LES DUNES", "LEGT", *AZUR)),
    )
    desk.publish(NAME, table(PDF, [named("LGT DES DUNES - PORT AZUR")]), only="2023")
    assert desk.value(f"select uais from {TABLE}") == [None]


def test_a_uai_that_the_directory_lacks_is_told_where_the_departement_is_known(desk):
    assert desk.stage(NAME, carte(whole()), only=YEAR) and desk.findings("unknown_school") == []
    colleges = IPS_COLLEGES + f"2023-2024;{PORT};COLLEGE DU PORT;public;100;99001;PORT AZUR;99\n"
    desk.publish("ips_colleges", colleges)
    desk.stage(NAME, carte(whole(PORT), whole(MER, commune="99004")), only=YEAR)
    assert desk.findings("unknown_school") == [("warning", f"{MER} (1 rows) is in no directory of schools")]


def test_an_export_of_the_old_table_is_read_with_its_line(desk):
    line = geometry.ewkb({"type": "LineString", "coordinates": [[1.4, 43.6], [1.5, 43.7]]})
    single = "0102000020E6100000" + line[18 + 8 + 10 :]
    header = "id,code_commune,libelle_rue,number_from,number_to,side,uai_lycees_1,uai_lycees_2,geometry\n"
    desk.publish(NAME, header + f"7,31555,Rue du Port,1,99,I,{PORT},{MER},{single}\n", only=YEAR)
    assert desk.rows(f"select niveau, street_norm, number_to, side, uais, ewkb, geometry::text from {TABLE}") == [
        ("lycee", "RUE DU PORT", 99, "I", [PORT, MER], line, line)
    ]


def test_an_export_of_our_own_table_comes_back_as_it_was(desk):
    desk.publish(NAME, carte(street("RUE DU PORT", "1", "9", "I", letters=("", "B")), whole()), only=YEAR)
    query = f"copy (select * from {TABLE}) to stdout with (format csv, header)"
    with desk.conn.transaction(), desk.conn.cursor() as cursor, cursor.copy(query) as copy:
        text = b"".join(copy).decode()
    assert desk.stage(NAME, text).batch is None


# The real files


def test_the_real_map_of_ille_et_vilaine(desk, shared_data):
    staged = desk.publish(NAME, shared_data(COLLEGES_35), only=YEAR)
    assert (staged.batch.staged, staged.batch.quarantined) == (2_636, 0)
    assert desk.left_out() == {"another school of a sector: added to it": 169}
    counts = f"select count(*) filter (where secteur_unique), count(*) filter (where not secteur_unique) from {TABLE}"
    assert desk.rows(counts) == [(334, 2_302)]
    # thirteen communes belong to two or three collèges as a whole
    assert desk.value(f"select count(*) from {TABLE} where secteur_unique and cardinality(uais) > 1") == 13
    assert desk.value(f"select uais from {TABLE} where code_commune = '35001'") == ["0352167R"]
    assert desk.rows(f"select lieu_dit, count(*) from {TABLE} where lieu_dit is not null group by 1") != []


def test_the_real_extract_of_occitanie(desk, shared_data):
    staged = desk.publish(NAME, shared_data(OCCITANIE), only="2024")
    assert (staged.batch.staged, staged.batch.quarantined) == (10, 0)
    assert desk.left_out() == {"empty line": 200}
    assert desk.value(f"select count(*) from {TABLE} where side <> 'PI' or niveau <> 'lycee' or ewkb is not null") == 0


def test_the_real_table_of_toulouse_and_its_places(desk, shared_data):
    with pytest.raises(Blocked):
        # without a directory, no commune and no school has a code
        desk.stage(NAME, shared_data(TOULOUSE))
    desk.publish("ips_lycees", shared_data(IPS_LYCEES))
    staged = desk.publish(NAME, shared_data(TOULOUSE))
    assert (staged.batch.staged, staged.batch.quarantined) == (1_888, 0)
    assert desk.left_out() == {"header repeated on a page": 31}
    assert desk.value(f"select count(distinct annee_scolaire || code_commune) from {TABLE}") == 1
    # ten of eleven lycées; the directory of 2021 has one under the name it had then
    assert desk.value(f"select count(distinct uais[1]) from {TABLE}") == 10
    ((_, message),) = desk.findings("unmatched_school")
    assert message.startswith("LGT JOSEPHINE BAKER - TOULOUSE (265 rows)")

    before = desk.rows("select department, total_segments, osm_matched from educational_data.data_quality_metrics")
    assert before == [("31", 1_888, 0)]
    desk.publish("rues_geocodees", shared_data(GEOCODED))
    ((total, matched, confidence),) = desk.rows(
        "select total_segments, osm_matched, match_confidence from educational_data.data_quality_metrics"
    )
    assert (total, confidence) == (1_888, 100)
    assert 0 < matched < total
    assert matched == desk.value(
        f"select count(*) from {TABLE} as s join educational_data.rues_geocodees as g using (code_commune, street_norm)"
        " where g.longitude is not null"
    )
