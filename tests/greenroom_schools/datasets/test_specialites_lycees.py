"""Spécialités: the list is cut where it may be, labels become canonical, nothing unknown is lost."""

import pytest
from tests.greenroom_schools.datasets.onisep_files import ENS, as_csv, as_json, choices
from tests.greenroom_schools.datasets.onisep_files import desk as desk

from greenroom_schools.pack import pack

NAME = "specialites_lycees"
TITLE = "Enseignements de spécialité de classe de 1ère générale"
REAL = "fr/education/ideo-enseignements_de_specialite_de_premiere_generale.2026-04.csv.gz"
TABLE = "educational_data.specialites_lycees"


def row(listed, **changes):
    return choices(TITLE, listed, **changes)


def another(listed, number, uai="9990001X"):
    return row(
        listed,
        **{
            "Identifiant action de formation": f"AF.{number}",
            "Identifiant et fiche onisep lieu de cours": f"{ENS}ENS.{number}",
            "UAI lieu de cours": uai,
        },
    )


@pytest.mark.parametrize("written", [as_csv, as_json], ids=["csv", "json"])
def test_a_published_row_lands_typed(desk, written):
    desk.publish(NAME, written(row("physique-chimie / mathématiques")))
    (found,) = desk.rows(
        f"select af_id, ens_id, uai, code_postal, specialites_raw, specialites_array,"
        f" date_creation::text, date_modification::text from {TABLE}"
    )
    assert found == (
        "AF.1",
        "ENS.11",
        "9990001X",
        "01000",
        "physique-chimie / mathématiques",
        ["Mathématiques", "Physique-chimie"],
        "2020-06-06",
        "2024-02-29",
    )


def test_the_tables_own_columns_are_read_back(desk):
    desk.publish(NAME, "af_id;ens_id;uai;specialites_array;date_creation\nAF.1;ENS.2;;{Mathématiques};2024-01-31\n")
    assert desk.rows(f"select af_id, ens_id, specialites_array, date_creation::text from {TABLE}") == [
        ("AF.1", "ENS.2", ["Mathématiques"], "2024-01-31")
    ]


def test_commas_and_slashes_inside_a_label_do_not_cut_it(desk):
    label = "histoire-géographie, géopolitique et sciences politiques"
    desk.publish(NAME, as_csv(row(f"{label} / chant/danse / mathématiques")))
    assert desk.value(f"select specialites_array from {TABLE}") == [
        "Histoire-géographie, géopolitique et sciences politiques",
        "Mathématiques",
        "chant/danse",
    ]


def test_the_documents_query_finds_the_lycee(desk):
    desk.publish(NAME, as_csv(row("mathématiques / LLCER anglais")))
    asked = f"select count(*) from {TABLE} where specialites_array @> "
    assert desk.value(asked + "array['Mathématiques']::text[]") == 1
    assert desk.value(asked + "educational_data.specialites(array['MATHEMATIQUES', 'llcer Anglais'])") == 1
    assert desk.value(asked + "educational_data.specialites(array['mathématiques', 'SVT'])") == 0
    # what nobody knows finds nothing, rather than everything
    assert desk.value(asked + "educational_data.specialites(array['alchimie'])") == 0


@pytest.mark.parametrize(
    ("typed", "label"),
    [
        ("maths", "Mathématiques"),
        ("  Sciences de l’Ingenieur ", "Sciences de l'ingénieur"),
        ("ÉDUCATION PHYSIQUE, PRATIQUES ET CULTURE SPORTIVES", "Éducation physique, pratiques et culture sportives"),
        ("arts: Cinéma–audiovisuel", "Arts : cinéma - audiovisuel"),
        ("théâtre", "Arts : théâtre"),
        ("the\u0301a\u0302tre", "Arts : théâtre"),
        ("AMC", "LLCER anglais - monde contemporain"),
        ("LLCE occitan", "LLCER occitan-langue d'oc"),
        ("nsi", "Numérique et sciences informatiques"),
        ("alchimie", "alchimie"),
    ],
)
def test_what_a_person_types_is_understood(desk, typed, label):
    assert desk.value("select educational_data.specialites(array[%s])", typed) == [label]


def test_nothing_typed_is_an_empty_list(desk):
    assert desk.value("select educational_data.specialites(array['maths', 'MATHS', null, ' '])") == ["Mathématiques"]
    assert desk.value("select educational_data.specialites('{}')") == []


def test_an_unknown_label_is_a_warning_and_is_published_as_given(desk):
    staged = desk.stage(NAME, as_csv(another("mathématiques / alchimie", 1), another("alchimie", 2)))
    ((check, severity, message, _),) = desk.findings()
    assert (check, severity) == ("unknown_specialite", "warning")
    assert message.startswith("'alchimie' is no known spécialité; 2 rows have it, the first AF.1")
    assert staged.stopping
    desk.publish(NAME, as_csv(another("mathématiques / alchimie", 1), another("alchimie", 3)))
    assert desk.rows(f"select specialites_array from {TABLE} order by af_id") == [
        (["Mathématiques", "alchimie"],),
        (["alchimie"],),
    ]


def test_a_new_alias_makes_the_label_known(desk):
    desk.rows("insert into educational_data.specialites_alias values ('alchimie', 'physique-chimie') returning 1")
    desk.publish(NAME, as_csv(row("Alchimie")))
    assert desk.findings() == []
    assert desk.value(f"select specialites_array from {TABLE}") == ["Physique-chimie"]


@pytest.mark.parametrize(
    ("header", "value", "rule"),
    [
        ("UAI lieu de cours", "9990001W", "bad_uai"),
        ("Identifiant action de formation", "23666", "bad_af_id"),
        ("Identifiant action de formation", "", "missing_af_id"),
        ("Identifiant et fiche onisep lieu de cours", f"{ENS}UAI.7", "bad_ens_id"),
        ("AF date de modification", "31/02/2024", "bad_date_modification"),
        ("AF date de modification", "2024-06-31", "bad_date_modification"),
        ("AF date création", "demain", "bad_date_creation"),
    ],
)
def test_a_row_that_cannot_be_read_is_in_quarantine_by_name(desk, header, value, rule):
    desk.stage(NAME, as_csv(another("mathématiques", 1), {**another("mathématiques", 2), header: value}))
    ((found, seen),) = desk.quarantine()
    assert found == rule
    assert (seen or "") == value
    assert desk.value("select staged_count from greenroom.batch") == 1


def test_the_same_offer_twice_is_an_error(desk):
    desk.stage(NAME, as_csv(another("mathématiques", 1), another("physique-chimie", 1)))
    assert [(check, severity) for check, severity, _, _ in desk.findings()] == [("duplicate_key", "error")]


def test_a_lycee_with_annexes_has_one_row_in_the_view(desk):
    desk.publish(
        NAME,
        as_csv(
            another("mathématiques / physique-chimie", 1),
            another("mathématiques / arts : danse", 2),
            another("", 3, "9990002Y"),
            another("mathématiques", 4, ""),
        ),
    )
    assert desk.rows("select * from educational_data.specialites_par_uai order by uai") == [
        ("9990001X", ["Arts : danse", "Mathématiques", "Physique-chimie"], 3, 2),
        ("9990002Y", [], 0, 1),
    ]


def test_retired_rows_are_not_in_the_view(desk):
    desk.publish(NAME, as_csv(another("mathématiques", 1), another("arts : danse", 2)))
    desk.rows(f"update {TABLE} set retired_at = now() where af_id = 'AF.2' returning af_id")
    assert desk.rows("select specialites_array, lieux from educational_data.specialites_par_uai") == [
        (["Mathématiques"], 1)
    ]


def test_an_offer_that_a_whole_file_no_longer_names_leaves(desk):
    desk.publish(NAME, as_csv(another("mathématiques", 1), another("arts : danse", 2)), complete=True)
    desk.publish(NAME, as_csv(another("mathématiques", 1)), complete=True)
    assert desk.rows(f"select af_id from {TABLE} where retired_at is null") == [("AF.1",)]


def test_the_app_may_read_the_views_and_what_they_are_made_of(desk):
    may = "select has_table_privilege('anon', 'educational_data.' || %s, 'select')"
    views = ("specialites_par_uai", "options_par_uai", "sections_par_uai", "formations_par_uai", "onisep_par_uai")
    assert [name for name in (*views, NAME) if not desk.value(may, name)] == []


def test_every_alias_is_written_as_labels_are_compared(desk):
    bent = "select alias from educational_data.specialites_alias where alias <> greenroom_schools.label_folded(alias)"
    assert desk.rows(bent) == []


def test_every_canonical_label_is_recognised_and_begins_with_a_capital(desk):
    labels = [label for (label,) in desk.rows("select libelle from educational_data.specialites_libelles")]
    assert desk.value("select educational_data.specialites(%s)", labels) == sorted(labels)
    assert all(label[0].isupper() for label in labels)


def test_the_real_file(desk, shared_data):
    staged = desk.publish(NAME, shared_data(REAL))
    assert (staged.batch.read, staged.batch.staged, staged.batch.quarantined) == (2_452, 2_452, 0)
    assert desk.findings() == []
    (counts,) = desk.rows(
        f"select count(distinct uai), count(*) filter (where uai is null),"
        f" count(*) filter (where specialites_array = '{{}}'), max(cardinality(specialites_array)) from {TABLE}"
    )
    # 2,452 rows = 7 without UAI + 2,445 of 2,436 schools
    assert counts == (2_436, 7, 7, 19)
    assert (
        desk.value(f"select count(*) from {TABLE} where specialites_array @> array['Mathématiques']::text[]") == 2_433
    )
    labels = f"select item, count(*) from {TABLE}, unnest(specialites_array) as item group by item"
    found = dict(desk.rows(labels))
    assert len(found) == 30
    assert (found["LLCER anglais"], found["Arts : arts plastiques"], found["LLCER tahitien"]) == (1_421, 543, 2)
    assert desk.rows("select count(*), count(distinct uai) from educational_data.specialites_par_uai") == [
        (2_436, 2_436)
    ]
    assert desk.value("select lieux from educational_data.specialites_par_uai where uai = '0690521S'") == 3
    assert desk.value("select complete from greenroom.unit")
    assert desk.stage(NAME, shared_data(REAL)).batch is None


@pytest.mark.parametrize(
    ("dataset", "provider_id"),
    [
        ("specialites_lycees", "60113f395cce6"),
        ("enseignements_optionnels_seconde", "60113c3d5fee0"),
        ("etablissements_onisep", "5fa5816ac6a6e"),
        ("onisep_details_formations_lycees", "605340ddc19a9"),
    ],
)
def test_files_of_onisep_are_registered_with_their_share_alike_licence(dataset, provider_id):
    (source,) = [source for source in pack.sources if source.dataset == dataset]
    assert source.urls == (f"https://api.opendata.onisep.fr/downloads/{provider_id}/{provider_id}.csv",)
    assert "ODbL" in source.licence
    assert "share-alike" in source.licence
