"""A file into the landing table: Greenroom's put beside psql's own \\copy, into the same columns of text."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg

from bench.flat import dataset
from bench.gen import FLATS, blocks
from bench.ground import ground, value
from bench.measure import measured
from greenroom.write import put
from greenroom.write.formats import opened

Record = dict[str, Any]


def run(size: str, reps: int, major: int | None) -> Iterator[Record]:
    """One record per measurement."""
    with ground(major=major) as server, tempfile.TemporaryDirectory() as folder:
        database = server.make()
        url = server.url(database)
        for name, flat in FLATS[size].items():
            file = Path(folder) / f"{name}.csv"
            with file.open("wb") as out:
                out.writelines(blocks(flat.csv_rows()))
            declared = dataset(name, flat)
            columns = ", ".join(f"{c} text" for c in flat.header())
            for rep in range(reps):
                with (
                    psycopg.connect(url) as connection,
                    file.open("rb") as raw,
                    opened(raw) as table,
                    measured(url, server.postmaster) as cost,
                ):
                    rows = put.landing(connection, declared, table).rows
                    assert value(connection, "select count(*) from pg_temp.landing") == flat.rows == rows
                    connection.rollback()
                yield {"suite": "load", "size": size, "rep": rep, "step": f"{name}: put.landing", **cost.as_json()}
                script = (
                    f"begin; create temporary table landing ({columns}) on commit drop;\n"
                    f"\\copy landing from '{file}' with (format csv, header true)\nselect count(*) from landing;"
                )
                with measured(url, server.postmaster) as cost:
                    done = subprocess.run(
                        [server.cluster.programs.program("psql"), "-XqAt", "-v", "ON_ERROR_STOP=1", url],
                        input=script,
                        capture_output=True,
                        text=True,
                        check=True,
                    )
                assert done.stdout.split()[-1] == str(flat.rows), done
                yield {"suite": "load", "size": size, "rep": rep, "step": f"{name}: psql copy", **cost.as_json()}
