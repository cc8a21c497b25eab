"""Made-up files of ONISEP and of the portal's sections, and the steps from a file to a published table."""

import csv
import io
import json

import pytest

from greenroom import catalog, pipeline
from greenroom.audit import review
from greenroom.db.connection import begin, connect
from greenroom.write.fetch import Store

ENS = "https://www.onisep.fr/http/redirection/etablissement/slug/"
FOR = "https://www.onisep.fr/http/redirection/formation/slug/"

# The two files of choices differ in the header of their list only.
CHOICES = {
    "Identifiant action de formation": "AF.1",
    "LIST": "",
    "Identifiant et fiche onisep lieu de cours": f"{ENS}ENS.11",
    "UAI lieu de cours": "9990001X",
    "Libellé lieu de cours": "Lycée inventé",
    "Adresse lieu de cours": "1 rue du Port",
    "Boîte postale lieu de cours": "BP 7",
    "Code postal lieu de cours": "1000",
    "Commune lieu de cours": "Port-Azur",
    "Département lieu de cours": "Val-d'Azur",
    "Région lieu de cours": "Ile-de-Nulle-Part",
    "Académie lieu de cours": "Azur",
    "AF date création": "06/06/2020",
    "AF date de modification": "29/02/2024",
}


def choices(title, listed, **changes):
    """A row of one of the two files of choices: its list under its title, and other cells by their header."""
    row = {title if header == "LIST" else header: cell for header, cell in CHOICES.items()}
    return row | {title: listed} | changes


def as_csv(*rows, bom=True):
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]), delimiter=";", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return ("\ufeff" if bom else "") + text.getvalue()


def as_json(*rows):
    return json.dumps(rows, ensure_ascii=False)


class Desk:
    """One database with the schools pack, a folder for files, and the two steps."""

    def __init__(self, conn, store, folder):
        self.conn, self.store, self.folder = conn, store, folder

    def scope(self, name):
        with begin(self.conn):
            return catalog.one(self.conn, [name])

    def stage(self, name, file, *, complete=None):
        """Seal a file: a path, or text."""
        if isinstance(file, str):
            path = self.folder / "file"
            path.write_text(file, encoding="utf-8")
            file = path
        snapshot = self.store.keep(file, address=file.as_uri(), headers={})
        return pipeline.stage(self.conn, self.scope(name), snapshot, self.store, complete=complete)

    def publish(self, name, file, *, complete=None):
        """Seal a file, approve what it finds, promote it."""
        staged = self.stage(name, file, complete=complete)
        found = self.scope(name)
        if staged.stopping:
            with begin(self.conn):
                review.approve(self.conn, found.pack, found.scope_id, by="tests", note="as the test says")
        pipeline.promote(self.conn, found, by="tests")
        return staged

    def rows(self, query, *values):
        with begin(self.conn):
            return self.conn.execute(query, values).fetchall()

    def value(self, query, *values):
        ((value,),) = self.rows(query, *values)
        return value

    def findings(self):
        return self.rows(
            "select check_name, severity, message, row_key from greenroom.finding order by check_name, message"
        )

    def quarantine(self):
        return self.rows("select rule, value from greenroom.quarantine order by id")


@pytest.fixture
def desk(make_database, tmp_path):
    """A desk of its own for each test."""
    url = make_database("schools").url
    with connect(url, application_name="tests", statement_timeout_seconds=60, lock_timeout_seconds=5) as conn:
        yield Desk(conn, Store(tmp_path / "store"), tmp_path)
