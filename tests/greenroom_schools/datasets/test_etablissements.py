"""The national directory: three kinds of file, one row a school, and the lycées made from it."""

import pytest
from tests.greenroom_schools.datasets.onisep_files import as_csv, as_json
from tests.greenroom_schools.datasets.onisep_files import desk as desk

NAME = "etablissements_par_source"
BY_SOURCE = f"educational_data.{NAME}"
DIRECTORY = "educational_data.etablissements_geolocalisation"

COLLEGES = "fr/education/fr-en-adresse-et-geolocalisation.colleges.2024-12.tech-headers.csv.gz"
ANNUAIRE_35 = "fr/education/fr-en-annuaire-education.dept35.2023-06.csv.gz"
ILE_DE_FRANCE = "fr/education/lycees-donnees-generales.idf.2026.csv"

# The portal's file of addresses: technical names, their labels, a made-up school.
_ADDRESSES = [
    ("numero_uai", "Code établissement", "9990001X"),
    ("appellation_officielle", "Appellation officielle", "Lycée inventé"),
    ("denomination_principale", "Dénomination principale", "LYCEE GENERAL"),
    ("patronyme_uai", "Patronyme uai", "DU PORT"),
    ("secteur_public_prive_libe", "Secteur Public/Privé", "Privé"),
    ("adresse_uai", "Adresse", "1 rue DU PORT"),
    ("lieu_dit_uai", "Lieu dit", ""),
    ("boite_postale_uai", "Boite postale", "72"),
    ("code_postal_uai", "Code postal", "1000"),
    ("localite_acheminement_uai", "Localite d'acheminement", "PORT AZUR"),
    ("libelle_commune", "Commune", "Port-Azur"),
    ("coordonnee_x", "Coordonnee X", "700000.0"),
    ("coordonnee_y", "Coordonnee Y", "6600000.0"),
    ("EPSG", "EPSG", "EPSG:2154"),
    ("latitude", "Latitude", "46.5"),
    ("longitude", "Longitude", "3.0"),
    ("appariement", "Qualité d'appariement", "Parfaite"),
    ("localisation", "Localisation", "Numéro de rue"),
    ("nature_uai", "Code nature", "302"),
    ("nature_uai_libe", "Nature", "LYCEE D ENSEIGNEMENT GENERAL"),
    ("etat_etablissement", "Code état établissement", "1"),
    ("etat_etablissement_libe", "Etat établissement", "OUVERT"),
    ("code_departement", "Code département", "001"),
    ("code_region", "Code région", "84"),
    ("code_academie", "Code académie", "10"),
    ("code_commune", "Code commune", "01053"),
    ("libelle_departement", "Département", "Ain"),
    ("libelle_region", "Région", "Auvergne-Rhône-Alpes"),
    ("libelle_academie", "Académie", "Lyon"),
    ("position", "Position", "46.5, 3.0"),
    ("secteur_prive_code_type_contrat", "Code type contrat privé", "30"),
    ("secteur_prive_libelle_type_contrat", "Type contrat privé", "CONTRAT D'ASSOCIATION TOUTES CLASSES"),
    ("date_ouverture", "Date d'ouverture", "1965-05-01"),
]
ADDRESSES = {name: value for name, _, value in _ADDRESSES}
ADDRESS_LABELS = {label: value for _, label, value in _ADDRESSES}

ANNUAIRE_2023 = {
    "Identifiant_de_l_etablissement": "9990001X",
    "Nom_etablissement": "Lycée inventé du port",
    "Type_etablissement": "Lycée",
    "Statut_public_prive": "Privé",
    "Adresse_1": "1 rue du Port",
    "Adresse_2": "BP 72",
    "Adresse_3": "01001 PORT AZUR CEDEX",
    "Code postal": "01001",
    "Code_commune": "01053",
    "Nom_commune": "Port-Azur",
    "Code_departement": "001",
    "Code_academie": "10",
    "Code_region": "84",
    "Voie_generale": "1",
    "Voie_technologique": "0",
    "Voie_professionnelle": "",
    "Section_internationale": "0",
    "Post_BAC": "1",
    "position": "46.6, 3.1",
    "Type_contrat_prive": "C0NTRAT SIMPLE POUR PARTIE DES CLASSES",
    "Libelle_departement": "Ain",
    "Libelle_academie": "Lyon",
    "Libelle_region": "Auvergne-Rhône-Alpes",
    "coordonnee_X": "700000.0",
    "coordonnee_Y": "6600000.0",
    "epsg": "EPSG:2154",
    "latitude": "46.6",
    "longitude": "3.1",
    "precision_localisation": "Rue",
    "date_ouverture": "1965-05-01",
    "date_maj_ligne": "2023-06-08",
    "etat": "OUVERT",
    "etablissement_multi_lignes": "0",
    "code_nature": "302",
    "libelle_nature": "LYCEE D ENSEIGNEMENT GENERAL",
    "Code_type_contrat_prive": "20",
}
_OF_2026 = {
    "Code postal": "Code_postal",
    "coordonnee_X": "coordX_origine",
    "coordonnee_Y": "coordY_origine",
    "epsg": "epsg_origine",
    "etablissement_multi_lignes": "multi_uai",
}
ANNUAIRE_2026 = {_OF_2026.get(name, name): value for name, value in ANNUAIRE_2023.items()}
ANNUAIRE_API = {name.lower(): value for name, value in ANNUAIRE_2026.items()}
# As a spreadsheet leaves it: zeros lost, dates turned round, commas for points.
ANNUAIRE_SPOILT = ANNUAIRE_2026 | {
    "Code_postal": "1001",
    "Code_commune": "1053",
    "Code_departement": "1",
    "date_ouverture": "01/05/1965",
    "latitude": "46,6",
    "longitude": "3,1",
}

REGION = {
    "CODE_UAI": "9990001X",
    "NUM_SIRET": "",
    "CODE_ACADEMIE": "024",
    "ACADEMIE": "Créteil",
    "DEPARTEMENT": "94",
    "SIGLE_UAI": "LPO",
    "NATURE_UAI": "lycée polyvalent",
    "NOM_ETABLISSEMENT": "Lycée polyvalent inventé",
    "STATUT": "privé",
    "CONTRAT_ETABLISSEMENT": "lycée privé sous contrat Éducation nationale",
    "ADRESSE_POSTALE": "5 rue du Quai",
    "CODE_POSTAL": "94200",
    "CODE_INSEE": "94041",
    "COMMUNE": "Ivry-sur-Seine",
    "GEO": "48.81, 2.37",
}


def college(**changes):
    return ADDRESSES | {
        "numero_uai": "9990002Y",
        "appellation_officielle": "Collège inventé",
        "nature_uai": "340",
        "nature_uai_libe": "COLLEGE",
        **changes,
    }


@pytest.mark.parametrize(
    "file",
    [as_csv(ADDRESSES), as_csv(ADDRESS_LABELS), as_json(ADDRESSES)],
    ids=["technical", "labels", "json"],
)
def test_the_file_of_addresses_is_read_by_each_of_its_headers(desk, file):
    desk.publish(NAME, file)
    assert desk.rows(
        f"""
        select source, uai, nom, nature, type, secteur, adresse, code_postal, localite, code_commune, commune,
          code_departement, departement, code_academie, academie, code_region_insee, region, latitude, longitude, epsg,
          appariement, localisation, etat, date_ouverture::text, section_internationale
        from {BY_SOURCE}
        """
    ) == [
        (
            "geolocalisation", "9990001X", "Lycée inventé", "302", "lycée", "privé sous contrat",
            "1 rue DU PORT, BP 72", "01000", "PORT AZUR", "01053", "Port-Azur", "01", "Ain", "10", "Lyon", "84",
            "Auvergne-Rhône-Alpes", 46.5, 3.0, "EPSG:2154", "Parfaite", "Numéro de rue", "OUVERT", "1965-05-01", None,
        )
    ]  # fmt: skip


@pytest.mark.parametrize(
    "file",
    [as_csv(ANNUAIRE_2023), as_csv(ANNUAIRE_2026), as_json(ANNUAIRE_API), as_csv(ANNUAIRE_SPOILT)],
    ids=["2023", "2026", "json", "spreadsheet"],
)
def test_the_annuaire_is_read_by_each_of_its_headers(desk, file):
    desk.publish(NAME, file)
    assert desk.rows(
        f"""
        select source, uai, nom, nature, type, secteur, adresse, code_postal, localite, code_commune,
          code_departement, code_region_insee, latitude, longitude, localisation, etat, date_ouverture::text,
          section_internationale, voie_generale, voie_technologique, voie_professionnelle, post_bac
        from {BY_SOURCE}
        """
    ) == [
        (
            "annuaire", "9990001X", "Lycée inventé du port", "302", "lycée", "privé sous contrat",
            "1 rue du Port, BP 72", "01001", "PORT AZUR CEDEX", "01053", "01", "84", 46.6, 3.1, "Rue", "OUVERT",
            "1965-05-01", False, True, False, None, True,
        )
    ]  # fmt: skip


def test_the_regional_file_is_read(desk):
    desk.publish(NAME, as_csv(REGION))
    assert desk.rows(
        f"select source, uai, nature, type, secteur, code_commune, code_departement, code_academie, latitude, longitude"
        f" from {BY_SOURCE}"
    ) == [
        ("ile-de-france", "9990001X", "306", "lycée", "privé sous contrat", "94041", "94", "24", 48.81, 2.37)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("status", "contract", "code", "secteur"),
    [
        ("Public", "SANS OBJET", "99", "public"),
        ("Privé", "HORS CONTRAT", "10", "privé hors contrat"),
        ("Privé", "", "10", "privé hors contrat"),
        ("Privé", "C0NTRAT SIMPLE POUR PARTIE DES CLASSES", "21", "privé sous contrat"),
        ("Privé", "SANS OBJET", "99", "privé"),
        ("", "SANS OBJET", "99", None),
    ],
)
def test_the_sector_is_said_by_the_contract(desk, status, contract, code, secteur):
    changes = {"Statut_public_prive": status, "Type_contrat_prive": contract, "Code_type_contrat_prive": code}
    desk.publish(NAME, as_csv(ANNUAIRE_2023 | changes))
    assert desk.value(f"select secteur from {BY_SOURCE}") == secteur


def test_several_rows_of_one_school_are_folded_into_the_open_main_one_and_counted(desk):
    main = ANNUAIRE_2023 | {"Nom_etablissement": "Lycée B", "Voie_generale": "1", "Voie_professionnelle": "0"}
    staged = desk.publish(
        NAME,
        as_csv(
            main | {"Nom_etablissement": "Lycée A - annexe", "Section_internationale": "1"},
            main | {"Nom_etablissement": "Lycée professionnel A", "Voie_generale": "0", "Voie_professionnelle": "1"},
            main | {"Nom_etablissement": "Lycée fermé", "etat": "A FERMER"},
            main,
        ),
    )
    assert staged.batch.read == 1
    assert desk.value("select reading -> 'left_out' from greenroom.batch where reading ->> 'form' = 'annuaire'") == {
        "another row of the same school (an annexe, or another name)": 3
    }
    assert desk.rows(f"select nom, etat, section_internationale, voie_professionnelle from {BY_SOURCE}") == [
        ("Lycée B", "OUVERT", True, True)
    ]


def test_the_order_of_rows_changes_nothing(desk):
    rows = [ANNUAIRE_2023 | {"Nom_etablissement": name} for name in ("Lycée A", "Lycée B", "Lycée C")]
    desk.publish(NAME, as_csv(*rows))
    assert desk.stage(NAME, as_csv(*reversed(rows))).batch is None


def test_each_value_is_from_the_best_directory_and_the_point_from_one(desk):
    desk.publish(NAME, as_csv(REGION, REGION | {"CODE_UAI": "9990003Z", "STATUT": "public"}))
    desk.publish(NAME, as_csv(ANNUAIRE_2023))
    desk.publish(NAME, as_csv(ADDRESSES | {"latitude": "", "longitude": "", "secteur_prive_code_type_contrat": "99",
                                           "secteur_prive_libelle_type_contrat": "SANS OBJET"}))  # fmt: skip
    assert desk.rows(
        f"""
        select uai, nom, type, secteur, code_departement, latitude, longitude, localisation, position_source, source,
          sources, voie_generale, est_lycee, est_college
        from {DIRECTORY} order by uai
        """
    ) == [
        (
            "9990001X", "Lycée inventé", "lycée", "privé sous contrat", "01", 46.6, 3.1, "Rue", "annuaire",
            "geolocalisation", ["geolocalisation", "annuaire", "ile-de-france"], True, True, False,
        ),
        (
            "9990003Z", "Lycée polyvalent inventé", "lycée", "public", "94", 48.81, 2.37, None, "ile-de-france",
            "ile-de-france", ["ile-de-france"], None, True, False,
        ),
    ]  # fmt: skip


def test_the_tables_of_lycees_hold_lycees_only(desk):
    """The old table held the whole directory: its filter had been lost."""
    school = ADDRESSES | {"numero_uai": "9990003Z", "nature_uai": "151", "nature_uai_libe": "ECOLE ELEMENTAIRE"}
    office = ADDRESSES | {"numero_uai": "9990004A", "nature_uai": "809", "nature_uai_libe": "CIRCONSCRIPTION"}
    desk.publish(NAME, as_csv(ADDRESSES, college(), school, office))
    assert desk.rows(f"select uai, type, est_lycee, est_college from {DIRECTORY} order by uai") == [
        ("9990001X", "lycée", True, False),
        ("9990002Y", "collège", False, True),
        ("9990003Z", "école", False, False),
        ("9990004A", None, False, False),
    ]
    assert desk.rows(
        "select uai, etablissement, latitude, longitude, position, code_commune, commune, academie, secteur"
        " from educational_data.geodata_lycees"
    ) == [
        ("9990001X", "Lycée inventé", 46.5, 3, "46.5, 3", "01053", "Port-Azur", "Lyon", "privé sous contrat")
    ]  # fmt: skip
    assert desk.rows(
        "select uai, nom, commune, latitude, longitude, secteur from educational_data.lycees_geolocalisation"
    ) == [("9990001X", "Lycée inventé", "Port-Azur", 46.5, 3, "privé sous contrat")]
    assert desk.rows("select uai, address from educational_data.lycees_address_uai_mapping") == [
        ("9990001X", "1 rue DU PORT, BP 72, 01000 PORT AZUR")
    ]


def test_a_file_of_collèges_alone_makes_no_table_of_lycees(desk):
    desk.publish(NAME, as_csv(college()))
    assert desk.value("select count(*) from educational_data.geodata_lycees") == 0


def test_a_lycée_without_a_point_or_an_address_stands_where_it_may(desk):
    empty = dict.fromkeys(("latitude", "longitude", "adresse_uai", "boite_postale_uai", "code_postal_uai",
                           "localite_acheminement_uai", "EPSG"), "")  # fmt: skip
    desk.publish(NAME, as_csv(ADDRESSES | empty))
    assert desk.rows("select latitude, longitude, position from educational_data.geodata_lycees") == [(None,) * 3]
    assert desk.value("select count(*) from educational_data.lycees_address_uai_mapping") == 0


def test_an_extract_retires_nothing_and_another_directory_neither(desk):
    desk.publish(NAME, as_csv(ADDRESSES, college()))
    desk.publish(NAME, as_csv(ADDRESSES | {"appellation_officielle": "Lycée renommé"}))
    desk.publish(NAME, as_csv(ANNUAIRE_2023))
    assert desk.rows(f"select uai, nom, retired_at from {DIRECTORY} order by uai") == [
        ("9990001X", "Lycée renommé", None),
        ("9990002Y", "Collège inventé", None),
    ]


def test_a_whole_directory_retires_what_left_it(desk):
    desk.publish(NAME, as_csv(ADDRESSES, college()), complete=True)
    desk.publish(NAME, as_csv(college()), complete=True)
    there = "where retired_at is null"
    assert desk.rows(f"select uai from {DIRECTORY} {there}") == [("9990002Y",)]


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"numero_uai": "9990001W"}, ("bad_uai", "9990001W")),
        ({"numero_uai": ""}, ("missing_uai", None)),
        ({"latitude": "146.5"}, ("bad_latitude", "146.5")),
        ({"longitude": "NaN"}, ("bad_longitude", "NaN")),
        ({"code_commune": "2C004"}, ("bad_code_commune", "2C004")),
        ({"date_ouverture": "hier"}, ("bad_date_ouverture", "hier")),
        ({"date_ouverture": "2023-02-31"}, ("bad_date_ouverture", "2023-02-31")),
        ({"nature_uai": "LP"}, ("bad_nature", "LP")),
    ],
)
def test_a_bad_row_is_in_quarantine_by_name(desk, changes, rule):
    desk.publish(NAME, as_csv(college(), ADDRESSES | changes))
    assert desk.quarantine() == [rule]


@pytest.mark.parametrize(
    ("epsg", "latitude", "longitude", "found"),
    [
        ("EPSG:2154", "46.5", "3.0", 0),
        ("EPSG:2154", "3.0", "46.5", 1),
        ("EPSG:2975", "-21.1", "55.5", 0),
        ("EPSG:2975", "46.5", "3.0", 1),
        ("EPSG:32620", "16.2", "-61.5", 0),
        ("EPSG:4471", "-12.8", "45.2", 0),
        ("", "0", "0", 0),
    ],
)
def test_a_point_outside_the_area_of_its_projection_is_shown(desk, epsg, latitude, longitude, found):
    staged = desk.stage(NAME, as_csv(ADDRESSES | {"EPSG": epsg, "latitude": latitude, "longitude": longitude}))
    assert [check["check"] for check in staged.stopping].count("point_outside") == found


def test_the_national_file_of_collèges(desk, shared_data):
    """MANIFEST: 7,654 collèges of December 2024, 147 without a point; Corsica and overseas whole."""
    staged = desk.publish(NAME, shared_data(COLLEGES))
    assert (staged.batch.read, staged.batch.staged, staged.batch.quarantined) == (7_654, 7_654, 0)
    assert staged.stopping == ()
    assert desk.rows(
        f"""
        select count(*), count(*) filter (where est_college), count(*) filter (where latitude is null),
          count(*) filter (where longitude is null), count(*) filter (where code_commune is null),
          count(*) filter (where secteur = 'public'), count(*) filter (where secteur = 'privé hors contrat'),
          count(*) filter (where code_region_insee is null)
        from {DIRECTORY}
        """
    ) == [(7_654, 7_654, 147, 147, 0, 5_417, 535, 112)]
    assert dict(desk.rows(f"select appariement, count(*) from {DIRECTORY} group by 1"))["Parfaite"] == 5_823
    places = dict(desk.rows(f"select code_departement, count(*) from {DIRECTORY} group by 1"))
    assert {code: places[code] for code in ("2A", "2B", "971", "974", "976", "977", "988")} == {
        "2A": 16, "2B": 16, "971": 56, "974": 95, "976": 26, "977": 2, "988": 63,
    }  # fmt: skip
    assert desk.value(f"select count(*) from {DIRECTORY} where latitude < 0 and code_departement = '974'") == 94
    assert desk.stage(NAME, shared_data(COLLEGES)).batch is None


def test_the_annuaire_of_one_département(desk, shared_data):
    """MANIFEST: 996 rows, 3 UAI twice, 86 lycées, 117 collèges, 9 rows without a type."""
    staged = desk.publish(NAME, shared_data(ANNUAIRE_35))
    assert (staged.batch.read, staged.batch.staged, staged.batch.quarantined) == (993, 993, 0)
    assert desk.value("select reading -> 'left_out' from greenroom.batch where reading ->> 'form' = 'annuaire'") == {
        "another row of the same school (an annexe, or another name)": 3
    }
    # 86 and 117 rows, of which two and one are second rows of a school
    assert desk.rows(
        f"select count(*) filter (where est_lycee), count(*) filter (where est_college),"
        f" count(*) filter (where type is null) from {DIRECTORY}"
    ) == [(84, 116, 9)]
    assert desk.rows(
        f"select uai, nom from {DIRECTORY} where uai in ('0352072M', '0350852L', '0350778F') order by 1"
    ) == [
        ("0350778F", "Lycée Assomption"),
        ("0350852L", "Collège Saint-Joseph"),
        ("0352072M", "Lycée polyvalent Institution Saint-Malo La Providence"),
    ]
    assert desk.value("select count(*) from educational_data.geodata_lycees") == 84


def test_the_lycees_of_ile_de_france(desk, shared_data):
    """MANIFEST: 688 rows; EREA, schools of the first degree and of STS alone are no lycées."""
    staged = desk.publish(NAME, shared_data(ILE_DE_FRANCE))
    assert (staged.batch.read, staged.batch.staged, staged.batch.quarantined) == (688, 688, 0)
    assert desk.rows(
        "select count(*), count(latitude), count(*) filter (where code_commune like '751%%'),"
        " count(*) filter (where secteur = 'public') from educational_data.geodata_lycees"
    ) == [(670, 670, 155, 453)]
    assert desk.value("select count(*) from educational_data.lycees_address_uai_mapping") == 670
