"""Every migration of the packs runs alone, with psql -f, in the order of their names."""

import os
import shutil
import subprocess
from importlib.resources import as_file

import pytest

from greenroom import catalog
from greenroom.db.migration import CORE, migration_files


@pytest.mark.parametrize("name", ["exams", "schools"])
def test_each_migration_runs_with_psql_alone(make_database, name):
    database = make_database()
    psql = shutil.which("psql")
    if psql is None:
        pytest.skip("needs psql")
    pack = catalog.pack_named(name)
    for one in (CORE, pack):
        with as_file(one.sql_folder()) as folder:
            for file in migration_files(one):
                done = subprocess.run(
                    [
                        psql,
                        "-X",
                        "-q",
                        "-v",
                        "ON_ERROR_STOP=1",
                        "-d",
                        database.url,
                        "-f",
                        folder / "migrations" / file.name,
                    ],
                    capture_output=True,
                    text=True,
                    env=os.environ | {"PGOPTIONS": ""},
                )
                assert done.returncode == 0, f"{file.name}: {done.stderr}"
