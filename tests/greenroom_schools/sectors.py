"""Made-up sectors in the shapes of the published files, and the steps from a file to a published table."""

import csv
import io
import json
from contextlib import suppress

import pytest

from greenroom import catalog, pipeline
from greenroom.audit import review
from greenroom.db.connection import begin, connect
from greenroom.model.errors import UnknownBatch
from greenroom.write.fetch import Store

SECTORS = "fr/communes/sectorisation/"
COLLEGES_35 = SECTORS + "fr-en-carte-scolaire-colleges-publics_35_dev.csv"
OCCITANIE = SECTORS + "fr-en-occitanie-carte-scolaire-lycees_extrait_10+200vides.csv.gz"
TOULOUSE = SECTORS + "lycees_toulouse_2023_pages_1-32.csv"
GEOCODED = SECTORS + "geocode_nominatim_toulouse_pages_1-32.json.gz"
IPS_LYCEES = "fr/education/fr-en-ips_lycees.2016-2021.tech-headers.csv.gz"

# Schools that do not exist, with check letters that hold.
PORT, MER, DUNE, PHARE = "9990001X", "9990002Y", "9990003Z", "9990004A"

LABELS = (
    "code_departement", "libelle_departement", "code_insee", "libelle_commune", "lieu_dit", "Type_et_Libelle",
    "No_de_voie_debut", "Indice_de_repetition_debut", "No_de_voie_fin", "Indice_de_repetition_fin", "Parite",
    "Code_RNE", "Secteur_unique",
)  # fmt: skip
TECHNICAL = (
    "code_departement", "libelle_departement", "code_insee", "libelle_commune", "lieu_dit", "type_et_libelle",
    "n_de_voie_debut", "indice_de_repetition_debut", "n_de_voie_fin", "indice_de_repetition_fin", "parite",
    "code_rne", "secteur_unique", "no_ligne",
)  # fmt: skip


def street(label, first="1", last="9999", side="PI", uai=PORT, *, letters=("", ""), hamlet="", commune="99001"):
    """A line of the national file: a range of numbers of a street."""
    place = ["099", "LES SABLES", commune, "Port-Azur" if commune == "99001" else f"Ville-{commune}", hamlet]
    return [*place, label, first, letters[0], last, letters[1], side, uai, "N"]


def whole(uai=PORT, commune="99002", hamlet=""):
    """A line of the national file: a whole commune."""
    return ["099", "LES SABLES", commune, f"Ville-{commune}", hamlet, "", "", "", "", "", "", uai, "O"]


def carte(*lines, header=LABELS):
    """The national file."""
    return table(header, lines)


def table(header, lines):
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows(lines)
    return "\ufeff" + text.getvalue()


def features(*found, name="FeatureCollection"):
    """GeoJSON of (properties, ring or geometry)."""
    return json.dumps(
        {
            "type": name,
            "features": [
                {
                    "type": "Feature",
                    "properties": properties,
                    "geometry": shape if isinstance(shape, dict) else ring(shape),
                }
                for properties, shape in found
            ],
        }
    )


def ring(points):
    return {"type": "Polygon", "coordinates": [[list(point) for point in points]]} if points else None


def box(west, south, east, north):
    return [(west, south), (east, south), (east, north), (west, north), (west, south)]


IPS = (
    "rentree_scolaire;uai;nom_de_l_etablissement;secteur;type_de_lycee;ips;code_insee_de_la_commune;nom_de_la_commune;"
    "code_du_departement\n"
)


IPS_COLLEGES = IPS.replace("type_de_lycee;", "")


def lycees(*schools):
    """A directory of lycées: (uai, name, kind, commune, its name)."""
    return IPS + "".join(
        f"2023-2024;{uai};{name};public;{kind};100;{commune};{city};{commune[:2]}\n"
        for uai, name, kind, commune, city in schools
    )


class Desk:
    """One database with the schools pack, a folder for files, and the steps."""

    def __init__(self, conn, store, folder):
        self.conn, self.store, self.folder = conn, store, folder

    def scope(self, name):
        with begin(self.conn):
            return catalog.one(self.conn, [name])

    def stage(self, name, file, *, only=None, complete=None):
        """Seal a file: a path, or text; `only` is the school year it does not say."""
        if isinstance(file, str):
            path = self.folder / "file"
            path.write_text(file, encoding="utf-8")
            file = path
        snapshot = self.store.keep(file, address=file.as_uri(), headers={})
        return pipeline.stage(self.conn, self.scope(name), snapshot, self.store, only=only, complete=complete)

    def promote(self, name, *, only=None):
        found = self.scope(name)
        with begin(self.conn), suppress(UnknownBatch):
            review.approve(self.conn, found.pack, found.scope_id, by="tests", note="as the test says")
        return pipeline.promote(self.conn, found, only=only, by="tests")

    def publish(self, name, file, *, only=None, complete=None):
        """Seal a file, approve what it finds, promote it."""
        staged = self.stage(name, file, only=only, complete=complete)
        self.promote(name)
        return staged

    def rows(self, query, *values):
        with begin(self.conn):
            return self.conn.execute(query, values).fetchall()

    def value(self, query, *values):
        ((value,),) = self.rows(query, *values)
        return value

    def findings(self, check):
        return self.rows(
            "select severity, message from greenroom.finding where check_name = %s order by message", check
        )

    def quarantine(self):
        return self.rows("select rule, value from greenroom.quarantine order by id")

    def left_out(self):
        return self.value(
            "select reading -> 'left_out' from greenroom.batch where source <> 'derived' order by id desc limit 1"
        )

    def ask(self, address=None, niveau="college", **parts):
        """The answer of one level."""
        found = self.whole_answer(address, niveau=niveau, **parts)
        assert found["problem"] is None, found
        return found["answers"][0]

    def whole_answer(self, address=None, **parts):
        given = {"p_address": address, **{f"p_{name}": value for name, value in parts.items()}}
        named = ", ".join(f"{name} => %({name})s" for name in given)
        with begin(self.conn):
            return self.conn.execute(f"select educational_data.lookup_schools({named})", given).fetchone()[0]


@pytest.fixture
def desk(make_database, tmp_path):
    """A desk of its own for each test."""
    url = make_database("schools").url
    with connect(url, application_name="tests", statement_timeout_seconds=60, lock_timeout_seconds=5) as conn:
        yield Desk(conn, Store(tmp_path / "store"), tmp_path)


def uais(answer):
    return [school["uai"] for school in answer["schools"]]
