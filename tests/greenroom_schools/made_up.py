"""A small made-up France: one file for each importer of the document, and what the site's tables then hold.

Two communes of département 78, one of 971; schools whose numbers begin with the number of their département.
"""

import csv
import io
import itertools
import os

import psycopg
import pytest
from psycopg import sql
from tests.conftest import OWNER
from tests.greenroom_schools.datasets.commune_files import GREAT
from tests.greenroom_schools.datasets.onisep_files import Desk

from greenroom.db.connection import connect
from greenroom.write.fetch import Store

LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"
PORT, BOURG, ISLE = "78901", "78902", "97199"


def uai(departement, number):
    """A school number of a département, with its right check letter."""
    digits = f"{departement:0>3}{number:04d}"
    return digits + LETTERS[int(digits) % 23]


LEGT, LPO, LP = (uai("078", n) for n in (1, 2, 3))
FREE = uai("078", 4)
COLLEGE, ISLAND_COLLEGE = uai("078", 11), uai("971", 12)
ABROAD = uai("099", 5)
MATHS = "mathématiques / physique-chimie"


def table(*rows):
    """Rows of dicts as a file with semicolons; columns are those of all rows."""
    header = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, header, delimiter=";", restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def school(number, name, nature, commune=PORT, **changes):
    """A row of the national directory."""
    return {
        "numero_uai": number,
        "appellation_officielle": name,
        "secteur_public_prive_libe": "Public",
        "adresse_uai": "1 rue du Port",
        "code_postal_uai": f"{commune[:2]}100",
        "libelle_commune": "Port-Azur",
        "latitude": "48.8",
        "longitude": "2.1",
        "appariement": "Parfaite",
        "nature_uai": nature,
        "etat_etablissement_libe": "OUVERT",
        "code_departement": "078" if commune[:2] == "78" else commune[:3],
        "code_commune": commune,
        **changes,
    }


DIRECTORY = (
    school(LEGT, "Lycée du Port", "300"),
    school(LPO, "Lycée du Bourg", "306", BOURG),
    school(LP, "Lycée des Métiers", "320"),
    school(FREE, "Cours Libre", "300", secteur_public_prive_libe="Privé",
           secteur_prive_libelle_type_contrat="HORS CONTRAT", secteur_prive_code_type_contrat="10"),
    school(COLLEGE, "Collège du Port", "340"),
    school(ISLAND_COLLEGE, "Collège de l'Île", "340", ISLE, latitude="", longitude=""),
    school(ABROAD, "Lycée français de Nulle Part", "302", "99131", code_departement="099"),
)  # fmt: skip


def results(number, name, year=2024, commune=PORT, **changes):
    """A row of the baccalauréat, general and technological."""
    return {
        "annee": str(year),
        "uai": number,
        "etablissement": name,
        "code_departement": "78",
        "code_commune": commune,
        "ville": "PORT-AZUR",
        "academie": "AZUR",
        "secteur": "PU",
        "presents_toutes_series": "100",
        "taux_reussite_toutes_series": "95",
        "presents_stmg": "10",
        **changes,
    }


def brevet(number, name, year=2024, departement="078"):
    """A row of the brevet."""
    return {
        "session": str(year),
        "uai": number,
        "nom_etablissement": name,
        "code_departement": departement,
        "secteur": "PU",
        "nb_candidats_g": "80",
        "taux_reussite_g": "90",
    }


def index(number, name, year="2023-2024", ips="120.5", commune=PORT, **changes):
    """A row of the index of social position, of a lycée."""
    return {
        "rentree_scolaire": year,
        "uai": number,
        "nom_de_l_etablissement": name,
        "code_du_departement": "078",
        "code_insee_de_la_commune": commune,
        "secteur": "public",
        "type_de_lycee": "LEGT",
        "ips": ips,
        "ecart_type": "30",
        **changes,
    }


def index_of_college(number, name, year="2023-2024", ips="110"):
    """The same of a collège."""
    row = index(number, name, year, ips)
    del row["type_de_lycee"]
    row["ecart_type_ips"] = row.pop("ecart_type")
    return row


def commune(code, name, **changes):
    """A row of info_communes."""
    return {
        "code_commune": code,
        "type_commune": "COM",
        "nom_commune": name,
        "code_departement": "78" if code[:2] == "78" else code[:3],
        "zone": "metro" if code[:2] == "78" else "drom",
        "population": "12000",
        "annee_cog": "2024",
        **changes,
    }


def choice(number, listed, title, action, place):
    """A row of ONISEP's lists of what is taught, at one place of teaching."""
    return {
        "Identifiant action de formation": action,
        title: listed,
        "Identifiant et fiche onisep lieu de cours": f"https://www.onisep.fr/http/redirection/etablissement/slug/{place}",
        "UAI lieu de cours": number,
        "Libellé lieu de cours": "Lycée du Port",
        "Adresse lieu de cours": "1 rue du Port",
        "Boîte postale lieu de cours": "",
        "Code postal lieu de cours": "78100",
        "Commune lieu de cours": "Port-Azur",
        "Département lieu de cours": "Yvelines",
        "Région lieu de cours": "Ile-de-France",
        "Académie lieu de cours": "Versailles",
        "AF date création": "06/06/2020",
        "AF date de modification": "29/02/2024",
    }


SPECIALITES = "Enseignements de spécialité de classe de 1ère générale"
OPTIONS = "Enseignements optionnels et langues de classe de 2nde GT"


def of_commune(code=PORT, year=2021, **values):
    """A row of one of the tables about communes."""
    return {"code_commune": code, "commune": "Port-Azur", "annee": str(year), **values}


THEFTS = ("Vols de véhicule", "Vols avec armes", "Vols dans les véhicules")


def crime(code=PORT, year=2024, **changes):
    """A row of recorded crime."""
    return {
        "CODGEO_2025": code, "annee": str(year), "indicateur": "Vols de véhicule", "unite_de_compte": "Véhicule",
        "nombre": "12", "taux_pour_mille": "1", "est_diffuse": "diff", "insee_pop": "12000",
        "insee_pop_millesime": "2022", "insee_log": "5000", "insee_log_millesime": "2022",
        "complement_info_nombre": "NA", "complement_info_taux": "NA", **changes,
    }  # fmt: skip


def crime_of_departement(code="78", year=2024, **changes):
    """A row of recorded crime of a département."""
    return {
        "code_departement": code, "code_region": "11", "annee": str(year), "indicateur": "Vols de véhicule",
        "unite_de_compte": "Véhicule", "nombre": "1200", "taux_pour_mille": "1", "insee_pop": "1200000",
        "insee_pop_millesime": "2022", "insee_log": "500000", "insee_log_millesime": "2022", **changes,
    }  # fmt: skip


def sales(year=2024, price="4000", **changes):
    """A row of the sales of a commune, as the yearly files have it."""
    return {
        "INSEE_COM": PORT, "annee": str(year), "nb_mutations": "40", "NbMaisons": "10", "NbApparts": "30",
        "PropMaison": "25", "PropAppart": "75", "PrixMoyen": "300000", "Prixm2Moyen": price, "SurfaceMoy": "75",
        **changes,
    }  # fmt: skip


ENS = "https://www.onisep.fr/http/redirection/etablissement/slug/"

# By dataset: a file of it.
FILES = {
    "pcs_libelle": table(
        {"code_pcs": "31", "libelle": "Professions inventées"}, {"code_pcs": "52", "libelle": "Autres métiers"}
    ),
    "ips_score": table({"pcs_mere": "31", "pcs_pere": "52", "ips_score": "120,5"}),
    "info_communes": table(
        commune(PORT, "Port-Azur"),
        commune(BOURG, "Bourg-Azur"),
        commune(ISLE, "Île-Azur"),
        # without these a list counts as cut
        *(
            commune(c["COM"], c["LIBELLE"], type_commune=c.get("TYPECOM", "COM"), code_parent=c.get("COMPARENT", ""),
                    code_departement=c["COM"][:2])
            for c in GREAT
        ),
    ),
    "communes_limitrophes": table(
        {"insee": PORT, "nom": "Port-Azur", "nb_voisins": "1", "insee_voisins": BOURG},
        {"insee": BOURG, "nom": "Bourg-Azur", "nb_voisins": "1", "insee_voisins": PORT},
    ),
    "anecdotes_communes": table({"code_commune": PORT, "anecdote": "Le port est inventé."}),
    "commerce_sante_2024": table(of_commune(year=2024, pharmacie="2", lycee="1")),
    "criminalite_2024": table(*(crime(indicateur=kind) for kind in THEFTS)),
    "criminalite_departements": table(*(crime_of_departement(indicateur=kind) for kind in THEFTS)),
    "mutations_immo_latest": table(sales()),
    "niveau_education_2021": table(of_commune(non_scolarises_15_plus="5000", part_bac_plus_5="20")),
    "population_evolution_age": table(of_commune(population="12000", part_moins_25="30")),
    "revenus_communes_2021": table(of_commune(niveau_vie_median="25000", taux_pauvrete="9")),
    "activite_economique_2022": table(of_commune(year=2022, emplois="4000", taux_chomage="7")),
    "logement_2021": table(of_commune(logements="5000", residences_principales="4500", part_locataires="40")),
    "etablissements_par_source": table(*DIRECTORY),
    "aggregated_data_lycees_2024": table(
        results(LEGT, "LYCEE DU PORT"), results(LPO, "LYCEE DU BOURG", commune=BOURG)
    ),
    "metrics_colleges": table(
        brevet(COLLEGE, "COLLEGE DU PORT"), brevet(ISLAND_COLLEGE, "COLLEGE DE L ILE", departement="971")
    ),
    "ips_lycees": table(
        index(LEGT, "LYCEE DU PORT"), index(LPO, "LYCEE DU BOURG", ips="95", commune=BOURG, type_de_lycee="LPO"),
        index(LP, "LYCEE DES METIERS", ips="NS", type_de_lycee="LP"),
    ),
    "ips_colleges": table(index_of_college(COLLEGE, "COLLEGE DU PORT")),
    "etablissements_onisep": table({
        "ens_id": "ENS.11", "code_uai": LEGT, "nom": "Lycée du Port", "url_id_onisep": f"{ENS}ENS.11",
        "commune_cog": PORT,
    }),
    "specialites_lycees": table(
        # two places of teaching of one school
        choice(LEGT, MATHS, SPECIALITES, "AF.1", "ENS.11"),
        choice(LEGT, "mathématiques / LLCER anglais", SPECIALITES, "AF.2", "ENS.12"),
    ),
    "enseignements_optionnels_seconde": table(
        choice(LEGT, "LV1 : anglais, allemand / arts plastiques", OPTIONS, "AF.3", "ENS.11")
    ),
    "sections_internationales": table(
        *(
            {
                "rentree_scolaire": "2024", "academie": "AZUR", "uai": LEGT, "nom_etablissement": "Lycée du Port",
                "niveau": "Lycée", "ville": "Port-Azur", "section": section,
            }
            for section in ("BRITANNIQUE", "ALLEMANDE")
        )
    ),
    "onisep_details_formations_lycees": table({
        "af_id": "AF.9", "ens_id": "ENS.11", "for_id": "FOR.1", "variante": "1", "for_libelle": "bac général",
        "uai": LEGT,
    }),
}  # fmt: skip

# Datasets that are read from the file of another, and which.
MADE_OF = {
    "geodata_lycees": "etablissements_par_source",
    "lycees_geolocalisation": "etablissements_par_source",
    "lycees_address_uai_mapping": "etablissements_par_source",
    "crime_indicateur_avg": "criminalite_departements",
    "merged_revenu_commune_bassin_2021": "revenus_communes_2021",
}


class Site:
    """A terminal on a database with the schools pack, and files to load."""

    def __init__(self, schools, folder):
        self.schools, self.folder = schools, folder

    def file(self, name, text=None):
        """A file of this dataset, or of other rows."""
        path = self.folder / f"{name}.csv"
        path.write_text(FILES[MADE_OF.get(name, name)] if text is None else text, encoding="utf-8")
        return path

    def load(self, name, text=None, *words, code=0):
        """Import a file as whole."""
        return self.schools("import", name, "--csv", self.file(name, text), "--complete", *words, code=code)

    def refresh(self):
        """Refresh the caches; the state of each."""
        return {row["view"]: row["state"] for row in self.schools("refresh", "--json").json}

    def __call__(self, *words, code=0):
        return self.schools(*words, code=code)

    def __getattr__(self, name):
        return getattr(self.schools, name)


@pytest.fixture(scope="module")
def loaded(server, template, tmp_path_factory):
    """A database with every file loaded and the caches refreshed, made once a module: its name and its snapshots."""
    name = f"made_up_{os.getpid()}_{next(_numbers)}"
    folder = tmp_path_factory.mktemp("made_up")
    _copy(server, template("schools"), name)
    with connect(
        server.address(name, user=OWNER), application_name="tests", statement_timeout_seconds=60, lock_timeout_seconds=5
    ) as conn:
        desk = Desk(conn, Store(folder / "store"), folder)
        for dataset, text in FILES.items():
            path = folder / f"{dataset}.csv"
            path.write_text(text, encoding="utf-8")
            desk.publish(dataset, path, complete=True)
        desk.rows("select * from greenroom_schools.refresh()")
    yield name, folder / "store"
    with psycopg.connect(server.address(), autocommit=True) as conn:
        conn.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


@pytest.fixture
def site(shell, server, loaded, tmp_path):
    """A terminal on a copy of it."""
    name = f"site_{os.getpid()}_{next(_numbers)}"
    _copy(server, loaded[0], name)
    shell.set(GREENROOM_STORE=loaded[1])
    yield Site(shell.at(server.address(name, user=OWNER)), tmp_path)
    with psycopg.connect(server.address(), autocommit=True) as conn:
        conn.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


_numbers = itertools.count(1)


def _copy(server, source, name):
    copy = sql.SQL("create database {} template {} owner {} strategy file_copy")
    with psycopg.connect(server.address(), autocommit=True) as conn:
        conn.execute(copy.format(sql.Identifier(name), sql.Identifier(source), sql.Identifier(OWNER)))
