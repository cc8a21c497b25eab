"""Results of collèges: three styles of header give the same row; the commune is found by the school's number."""

from decimal import Decimal

import pytest
from tests.greenroom_schools.datasets.onisep_files import as_csv, as_json
from tests.greenroom_schools.datasets.onisep_files import desk as desk
from tests.greenroom_schools.datasets.test_etablissements import COLLEGES
from tests.greenroom_schools.datasets.test_etablissements import college as school

NAME = "metrics_colleges"
TABLE = f"educational_data.{NAME}"
REAL = "fr/education/fr-en-indicateurs-valeur-ajoutee-colleges.2022-2024.labels.csv.gz"
IPS_2022 = "fr/education/fr-en-ips-colleges-ap2022.tech-headers.csv"

# Label of the portal, its technical name, the header of the publication of 2024, a made-up collège.
_HEADERS = [
    ("num_ligne", "num_ligne", None, "1"),
    ("Session", "session", "Session", "2024"),
    ("UAI", "uai", "UAI", "9990002Y"),
    ("Nom de l'établissement", "nom_de_l_etablissement", "nom_etab", "COLLEGE W,A, INVENTE"),
    ("Commune", "commune", "nom_com", "PORT AZUR"),
    ("Code région académique", "code_region_academique", None, "1"),
    ("Région académique", "region_academique", None, "VAL D AZUR"),
    ("Code académie", "code_academie", None, "10"),
    ("Académie", "academie", "acad", "AZUR"),
    ("Code département", "code_departement", None, "1"),
    ("Département", "departement", "nom_dept", "AIN"),
    ("Secteur", "secteur", "Secteur", "PR"),
    ("Nb candidats G", "nb_candidats_g", "Nb_candidats_G", "42"),
    ("Taux de réussite G", "taux_de_reussite_g", "Taux_de_reussite_G", "86.0"),
    ("VA du taux de réussite G", "va_du_taux_de_reussite_g", "VA_du_taux_de_reussite_G", "-4.0"),
    ("Nb candidats P", "nb_candidats_p", "Nb_candidats_P", ""),
    ("Taux de réussite P", "taux_de_reussite_p", "Taux_de_reussite_P", ""),
    ("Note à l'écrit G", "note_a_l_ecrit_g", "Note_a_l_ecrit_G", "8.8"),
    ("VA de la note G", "va_de_la_note_g", "VA_de_la_note_G", "-1.0"),
    ("Note à l'écrit P", "note_a_l_ecrit_p", "Note_a_l_ecrit_P", ""),
    ("Taux d'accès 6eme 3eme", "taux_d_acces_6eme_3eme", "Taux_d_acces_6eme_3eme", "92.0"),
    ("Part présents 3eme ordinaire total", "part_presents_3eme_ordinaire_total",
     "Part_presents_3eme_ordinaire_total", "100.0"),
    ("Part présents 3eme ordinaire G", "part_presents_3eme_ordinaire_g", "Part_presents_3eme_ordinaire_G", "99.0"),
    ("Part présents 3eme ordinaire P", "part_presents_3eme_ordinaire_p", "Part_presents_3eme_ordinaire_P", ""),
    ("Part présents 3eme segpa total", "part_presents_3eme_segpa_total", "Part_presents_3eme_segpa_total", ""),
    ("Nb mentions AB G", "nb_mentions_ab_g", "Nb_mentions_AB_G", "15"),
    ("Nb mentions B G", "nb_mentions_b_g", "Nb_mentions_B_G", "8"),
    ("Nb mentions TB G", "nb_mentions_tb_g", "Nb_mentions_TB_G", "6"),
    ("Nb mentions global G", "nb_mentions_global_g", "Nb_mentions_global_G", "29"),
]  # fmt: skip
LABELS = {label: value for label, _, _, value in _HEADERS}
TECHNICAL = {name: value for _, name, _, value in _HEADERS}
OF_2024 = {header: value for _, _, header, value in _HEADERS if header}
RESAVED = {name: value or "None" for name, value in TECHNICAL.items()}

EXPECTED = {
    "session": 2024,
    "uai": "9990002Y",
    "nom_etablissement": "COLLEGE W,A, INVENTE",
    "commune": "PORT AZUR",
    "academie": "AZUR",
    "departement": "AIN",
    "secteur": "privé sous contrat",
    "nb_candidats_g": 42,
    "taux_reussite_g": 86,
    "va_taux_reussite_g": -4,
    "note_ecrit_g": 8.8,
    "va_note_g": -1,
    "taux_acces_6e_3e": 92,
    "part_presents_3e_ordinaire_total": 100,
    "part_presents_3e_ordinaire_g": 99,
    "nb_mentions_ab_g": 15,
    "nb_mentions_b_g": 8,
    "nb_mentions_tb_g": 6,
    "nb_mentions_global_g": 29,
    "taux_mention": 69.05,
}
CODES = {
    "code_region_academique": "01", "region_academique": "VAL D AZUR", "code_academie": "10", "code_departement": "01"
}  # fmt: skip


def published(desk):
    """Rows of the table: what is not null, without stamps."""
    found = desk.rows(
        f"select jsonb_strip_nulls(to_jsonb(t) - '{{created_at,updated_at,release_id}}'::text[]) from {TABLE} as t"
    )
    return [row for (row,) in found]


def index(uai, commune, year="2022-2023"):
    """A row of the index of social position."""
    return {
        "rentree_scolaire": year,
        "uai": uai,
        "nom_de_l_etablissement": "COLLEGE INVENTE",
        "code_insee_de_la_commune": commune,
        "secteur": "public",
        "ips": "100.5",
    }


@pytest.mark.parametrize(
    "file",
    [
        as_csv(LABELS),
        as_csv(TECHNICAL),
        as_csv(RESAVED),
        as_json(TECHNICAL),
        as_csv(TECHNICAL | {"session": "2024-01-01"}),
    ],
    ids=["labels", "technical", "saved again", "json", "dated"],
)
def test_each_style_of_header_gives_the_same_row(desk, file):
    desk.publish(NAME, file)
    assert published(desk) == [EXPECTED | CODES]


def test_the_publication_of_2024_has_24_headers_and_no_codes(desk):
    assert len(OF_2024) == 24
    desk.publish(NAME, as_csv(OF_2024))
    assert published(desk) == [EXPECTED]


def test_an_export_of_the_old_table_keeps_what_the_old_application_made(desk):
    old = EXPECTED | CODES | {
        "score_college": 71.5, "classement": 12, "classement_relatif": 3, "valeur_ajoutee": -4.5,
        "code_commune": "01053",
    }  # fmt: skip
    desk.publish(NAME, as_csv({name: str(value) for name, value in old.items()}))
    assert published(desk) == [old]


def test_the_commune_is_from_the_directory_then_from_the_index_never_by_name(desk):
    desk.publish("etablissements_par_source", as_csv(school(numero_uai="9990002Y", code_commune="01053")))
    desk.publish(
        "ips_colleges",
        as_csv(
            index("9990002Y", "01999"),
            index("9990003Z", "01004"),
            index("9990003Z", "01005", "2023-2024"),
        ),
    )
    desk.publish(NAME, as_csv(OF_2024, OF_2024 | {"UAI": "9990003Z"}, OF_2024 | {"UAI": "9990004A"}))
    assert desk.rows(f"select uai, code_commune, code_departement from {TABLE} order by uai") == [
        ("9990002Y", "01053", "01"),
        ("9990003Z", "01005", "01"),
        ("9990004A", None, None),
    ]


def test_a_file_is_sealed_again_when_the_directory_has_learnt_its_commune(desk):
    desk.publish(NAME, as_csv(OF_2024))
    assert desk.stage(NAME, as_csv(OF_2024)).batch is None
    desk.publish("etablissements_par_source", as_csv(school(numero_uai="9990002Y", code_commune="01053")))
    desk.publish(NAME, as_csv(OF_2024))
    assert desk.value(f"select code_commune from {TABLE}") == "01053"


@pytest.mark.parametrize(
    ("candidates", "honours", "share"),
    [("42", "29", Decimal("69.05")), ("0", "0", None), ("", "", None), ("3", "1", Decimal("33.33"))],
)
def test_the_share_of_honours_is_among_candidates(desk, candidates, honours, share):
    changes = {"nb_candidats_g": candidates, "nb_mentions_global_g": honours}
    desk.publish(NAME, as_csv(TECHNICAL | changes))
    assert desk.value(f"select taux_mention from {TABLE}") == share


@pytest.mark.parametrize("token", ["ND", "NS", "n/a"])
def test_withheld_is_not_empty(desk, token):
    desk.publish(NAME, as_csv(TECHNICAL | {"va_du_taux_de_reussite_g": token}))
    assert desk.rows(f"select va_taux_reussite_g, nb_candidats_p, withheld from {TABLE}") == [
        (None, None, ["va_taux_reussite_g"])
    ]


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"uai": "9990002X"}, ("bad_uai", "9990002X")),
        ({"uai": ""}, ("missing_uai", None)),
        ({"session": "24"}, ("bad_session", "24")),
        ({"taux_de_reussite_g": "860"}, ("bad_taux_reussite_g", "860")),
        ({"note_a_l_ecrit_g": "21.5"}, ("bad_note_ecrit_g", "21.5")),
        ({"nb_candidats_g": "quarante"}, ("bad_nb_candidats_g", "quarante")),
        ({"nb_mentions_global_g": "60"}, ("bad_taux_mention", "142.86")),
        ({"secteur": "PX"}, ("bad_secteur", "PX")),
    ],
)
def test_a_bad_row_is_in_quarantine_by_name(desk, changes, rule):
    desk.publish(NAME, as_csv(TECHNICAL | {"uai": "9990003Z"}, TECHNICAL | changes))
    assert desk.quarantine() == [rule]
    assert desk.value(f"select count(*) from {TABLE}") == 1


def test_a_session_without_a_rate_is_stopped(desk):
    staged = desk.stage(NAME, as_csv(TECHNICAL | {"taux_de_reussite_g": ""}))
    assert [found["check"] for found in staged.stopping] == ["results_empty"]


def test_the_national_file(desk, shared_data):
    """fr_education.md §2.4: three sessions, means, what is empty."""
    staged = desk.publish(NAME, shared_data(REAL))
    assert (staged.batch.read, staged.batch.staged, staged.batch.quarantined) == (20_053, 20_053, 0)
    assert staged.batch.duplicates == 0
    assert desk.rows(
        f"""
        select session, count(*), round(avg(taux_reussite_g), 2),
          round(sum(taux_reussite_g * nb_candidats_g) / sum(nb_candidats_g), 2)
        from {TABLE} group by session order by session
        """
    ) == [
        (2022, 6_622, Decimal("89.06"), Decimal("89.13")),
        (2023, 6_615, Decimal("90.61"), Decimal("90.56")),
        (2024, 6_816, Decimal("87.26"), Decimal("87.14")),
    ]
    assert desk.rows(
        f"""
        select count(*) filter (where va_taux_reussite_g is null), count(*) filter (where nb_candidats_p is null),
          count(*) filter (where withheld is not null), count(*) filter (where taux_mention is null),
          count(*) filter (where nb_mentions_global_g <> nb_mentions_ab_g + nb_mentions_b_g + nb_mentions_tb_g),
          count(score_college) + count(classement) + count(classement_relatif) + count(valeur_ajoutee),
          count(*) filter (where nom_etablissement like '%%,%%'), count(code_commune)
        from {TABLE}
        """
    ) == [(1_171, 13_917, 0, 0, 0, 0, 76, 0)]
    assert dict(desk.rows(f"select secteur, count(*) from {TABLE} group by 1")) == {
        "public": 15_615, "privé sous contrat": 4_438
    }  # fmt: skip
    places = dict(desk.rows(f"select code_departement, count(*) from {TABLE} where session = 2024 group by 1"))
    assert {code: places[code] for code in ("78", "75", "59", "13", "2A", "2B", "971", "976")} == {
        "78": 139, "75": 168, "59": 280, "13": 189, "2A": 14, "2B": 16, "971": 49, "976": 22,
    }  # fmt: skip
    assert desk.rows(f"select session, taux_reussite_g from {TABLE} where uai = '0781683F' order by 1") == [
        (2022, 89), (2023, 93), (2024, 87)
    ]  # fmt: skip
    assert desk.stage(NAME, shared_data(REAL)).batch is None


def test_communes_of_the_national_file(desk, shared_data):
    """6,810 of the 6,816 collèges of 2024 by the directory alone, all but a few more by the index."""
    national, index_of_2022 = shared_data(REAL), shared_data(IPS_2022)
    desk.publish("etablissements_par_source", shared_data(COLLEGES))
    desk.publish(NAME, national)
    without = f"select uai from {TABLE} where session = 2024 and code_commune is null order by uai"
    assert [uai for (uai,) in desk.rows(without)] == [
        "0142145F", "0440309X", "0441820P", "0441821R", "0595173C", "0790001X"
    ]  # fmt: skip
    assert desk.value(f"select count(*) from {TABLE} where session = 2024 and code_commune is not null") == 6_810
    desk.publish("ips_colleges", index_of_2022)
    desk.publish(NAME, national)
    assert len(desk.rows(without)) < 6
    # a commune lies in the département that the file itself names, but for islands of Guadeloupe's académie
    assert desk.rows(
        f"select code_departement, left(code_commune, 3), count(*) from {TABLE}"
        " where code_departement <> greenroom_schools.departement_of_commune(code_commune) group by 1, 2 order by 2"
    ) == [("971", "977", 3), ("971", "978", 9)]
