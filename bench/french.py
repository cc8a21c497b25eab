"""The three largest French files at national size: official format in, published table out, beside psql's \\copy."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from bench.gen import SEED, mix
from bench.ground import OWNER, Ground, ground, value
from bench.measure import Cost, measured
from greenroom import catalog, pipeline
from greenroom.db import compile as compiler
from greenroom.db.connection import begin, connect
from greenroom.db.kernel import call
from greenroom.db.migrate import migrate
from greenroom.write.fetch import Store

Record = dict[str, Any]

# Row of the official file, and the same row clean and typed as a peer would have it: comma, point, empty = null.
Lines = Iterator[tuple[str, str]]

INDICATORS = (
    ("Cambriolages de logement", "Infraction"),
    ("Destructions et dégradations volontaires", "Infraction"),
    ("Escroqueries et fraudes aux moyens de paiement", "Victime"),
    ("Trafic de stupéfiants", "Mis en cause"),
    ("Usage de stupéfiants", "Mis en cause"),
    ("Usage de stupéfiants (AFD)", "Mis en cause"),
    ("Usage de stupéfiants (hors AFD)", "Mis en cause"),
    ("Violences physiques hors cadre familial", "Victime"),
    ("Violences physiques intrafamiliales", "Victime"),
    ("Violences sexuelles", "Victime"),
    ("Vols avec armes", "Infraction"),
    ("Vols d'accessoires sur véhicules", "Véhicule"),
    ("Vols dans les véhicules", "Véhicule"),
    ("Vols de véhicule", "Véhicule"),
    ("Vols sans violence contre des personnes", "Victime"),
)
DEPARTEMENTS = tuple(["2A", "2B", *(f"{n:02}" for n in range(1, 96) if n != 20), "971", "972", "973", "974", "976"])


def commune(number: int) -> str:
    """Code of the n-th commune; overseas départements hold a hundred, the others what is left."""
    overseas = 5
    if number < overseas * 99:
        return f"{DEPARTEMENTS[-overseas + number % overseas]}{number // overseas + 1:02}"
    number -= overseas * 99
    mainland = len(DEPARTEMENTS) - overseas
    return f"{DEPARTEMENTS[number % mainland]}{number // mainland + 1:03}"


@dataclass(frozen=True)
class Criminalite:
    """Facts recorded by the police: communes x 15 indicators x years, half of them not published."""

    communes: int
    years: int = 9

    dataset = "criminalite_2024"
    # Like the published table, keys, indexes and stamps and all.
    peer = "like educational_data.criminalite_2024 including all"

    @property
    def rows(self) -> int:
        return self.communes * len(INDICATORS) * self.years

    def lines(self) -> Lines:
        names = "annee;indicateur;unite_de_compte;nombre;taux_pour_mille;est_diffuse;insee_pop;insee_pop_millesime"
        names += ";insee_log;insee_log_millesime;complement_info_nombre;complement_info_taux"
        yield f"CODGEO_2025;{names}\n", f"code_commune,geographie,{names.replace(';', ',')}\n"
        codes = sorted(commune(n) for n in range(self.communes))
        for place, code in enumerate(codes):
            size = 50 + mix(SEED, 600, place) % 4_000
            for year in range(2025 - self.years, 2025):
                people, homes = size + year - 2016, size // 2 + 7
                for n, (indicator, unit) in enumerate(INDICATORS):
                    cell = mix(SEED, 601, (place * 40 + year - 2000) * len(INDICATORS) + n)
                    found = cell % 97
                    if cell >> 32 & 1:
                        rate = f"{found * 1000 / (homes if n == 0 else people):.7f}"
                        known, typed = f"{found};{rate.replace('.', ',')};diff", f"{found},{rate},diff"
                        extra, extra_typed = "NA;NA", ","
                    else:
                        known, typed = "NA;NA;ndiff", ",,ndiff"
                        a, b = f"{found / 31:.7f}", f"{found / 13:.7f}"
                        extra, extra_typed = f"{a};{b}".replace(".", ","), f"{a},{b}"
                    yield (
                        f"{code};{year};{indicator};{unit};{known};{people};{year};{homes};{year};{extra}\n",
                        f"{code},2025,{year},{indicator},{unit},{typed},{people},{year},{homes},{year},{extra_typed}\n",
                    )


@dataclass(frozen=True)
class Mutations:
    """Sales of land and buildings, one line per parcel, in 40 columns. Published are prices by commune."""

    rows: int

    dataset = "mutations_immo_latest"
    header = (
        "id_mutation,date_mutation,numero_disposition,nature_mutation,valeur_fonciere,adresse_numero,adresse_suffixe,"
        "adresse_nom_voie,adresse_code_voie,code_postal,code_commune,nom_commune,code_departement,ancien_code_commune,"
        "ancien_nom_commune,id_parcelle,ancien_id_parcelle,numero_volume,lot1_numero,lot1_surface_carrez,lot2_numero,"
        "lot2_surface_carrez,lot3_numero,lot3_surface_carrez,lot4_numero,lot4_surface_carrez,lot5_numero,"
        "lot5_surface_carrez,nombre_lots,code_type_local,type_local,surface_reelle_bati,nombre_pieces_principales,"
        "code_nature_culture,nature_culture,code_nature_culture_speciale,nature_culture_speciale,surface_terrain,"
        "longitude,latitude"
    )

    @property
    def peer(self) -> str:
        return _typed(self.header.split(","), "primary key (id_mutation, numero_disposition, id_parcelle)")

    def lines(self) -> Lines:
        yield f"{self.header}\n", f"{self.header}\n"
        kinds = ("1,Maison", "2,Appartement", "3,Dépendance", "4,Local industriel. commercial ou assimilé")
        sale, price, code, day, parcels = -1, "", "", "", 0
        for row in range(self.rows):
            cell = mix(SEED, 620, row)
            if parcels == 0:
                sale, parcels = sale + 1, 1 + cell % 3 * (cell >> 8 & 1)
                price = f"{20_000 + cell % 480_000}.{cell // 7 % 100:02}".rstrip("0").rstrip(".")
                code, day = commune(cell % 34_920), f"2024-{cell // 31 % 12 + 1:02}-{cell // 512 % 28 + 1:02}"
            parcels -= 1
            kind = cell >> 12 & 7
            local = f"{kinds[kind]},{30 + cell // 97 % 170},{1 + cell // 101 % 7}" if kind < 4 else ",,,"
            land = f"S,sols,,,{100 + cell // 89 % 2_000}" if kind not in (1, 2) else ",,,,"
            lot = f"{cell // 3 % 90},{20 + cell % 90}.{cell // 11 % 90 + 10}" if kind == 1 else ","
            departement = code[:3] if code >= "97" else code[:2]
            line = (
                f"2024-{sale + 1},{day},000001,Vente,{price},{1 + cell % 160},{'B' if cell % 23 == 0 else ''},"
                f"RUE DE LA MAIRIE {cell % 900},{cell % 9000:04},{code[:2].replace('2A', '20').replace('2B', '20')}"
                f"{cell % 1000:03},{code},Commune {code},{departement},,,{code}000AB{row % 10_000:04},,,"
                f"{lot},,,,,,,,,{1 if kind == 1 else 0},{local},{land},{cell % 12_000_000 / 1_000_000 - 4:.6f},"
                f"{cell // 12 % 9_000_000 / 1_000_000 + 42:.6f}\n"
            )
            yield line, line


@dataclass(frozen=True)
class Census:
    """A file of the census on dwellings: a commune a line, weighted counts with ten decimals."""

    communes: int
    columns: int = 109

    dataset = "logement_2021"
    # What Greenroom reads of it, as shares of all dwellings; the rest are the same for other years and forms.
    read = (
        ("LOG", 1.0), ("RP", 0.9), ("RSECOCC", 0.05), ("LOGVAC", 0.05), ("RP_PROP", 0.6), ("RP_LOC", 0.3),
        ("RP_LOCHLMV", 0.1), ("MAISON", 0.7), ("APPART", 0.25), ("NPER_RP", 1.8),
    )  # fmt: skip

    @property
    def rows(self) -> int:
        return self.communes

    @property
    def peer(self) -> str:
        return _typed(["codgeo", *(name.lower() for name in self.header())], "primary key (codgeo)")

    def header(self) -> list[str]:
        return [f"P21_{name}" for name, _ in self.read] + [
            f"{'PC'[n % 2]}{(15, 10)[n % 3 % 2]}_V{n}" for n in range(self.columns - len(self.read))
        ]

    def lines(self) -> Lines:
        names = self.header()
        yield f"CODGEO;{';'.join(names)}\n", f"codgeo,{','.join(names).lower()}\n"
        for place, code in enumerate(sorted(commune(n) for n in range(self.communes))):
            homes = 20 + mix(SEED, 700, place) % 50_000
            cells = [
                f"{homes * share + mix(SEED, 701 + n, place) % 1000 / 1000:.10f}"
                for n, (_, share) in enumerate(self.read)
            ]
            for n in range(self.columns - len(self.read)):
                cell = mix(SEED, 720 + n, place)
                cells.append(f"{cell % 50_000}.{cell >> 20 & 0xFFFFFFFF:010}" if cell & 7 else str(cell % 50_000))
            yield f"{code};{';'.join(cells)}\n", f"{code},{','.join(cells)}\n"


def _typed(names: list[str], key: str) -> str:
    whole = ("adresse_numero", "nombre_lots", "code_type_local", "nombre_pieces_principales")
    kinds = {"date_mutation": "date", **dict.fromkeys(whole, "integer")}
    numbers = ("valeur", "surface", "longitude", "latitude", "p1", "p2", "c1", "c2")
    columns = []
    for name in names:
        is_number = name.startswith(numbers) or name.endswith("_carrez")
        columns.append(f"{name} {kinds.get(name, 'double precision' if is_number else 'text')}")
    return ", ".join([*columns, key])


# Of criminalité m is the smallest that counts as whole.
FILES: dict[str, tuple[Criminalite | Mutations | Census, ...]] = {
    "s": (Criminalite(20, 2), Mutations(500), Census(40)),
    "m": (Criminalite(3_800), Mutations(200_000), Census(3_500)),
    "l": (Criminalite(34_920), Mutations(2_000_000), Census(35_000)),
}


def run(size: str, reps: int, major: int | None) -> Iterator[Record]:
    """Per file the peer, then Greenroom: two records, the second with the ratios."""
    with ground(major=major) as server, tempfile.TemporaryDirectory() as folder:
        template = server.make(lambda url: _install(server, url))
        for made in FILES[size]:
            paths = _written(made, Path(folder))
            for rep in range(reps):
                with server.copy_of(template) as database:
                    peer, clean = _peer(server, database, made, paths[1])
                    shared = {"suite": "french", "size": size, "rep": rep}
                    yield {**shared, "step": f"{made.dataset}: psql \\copy, clean and typed", **peer.as_json()}
                    cost = _published(server, database, made, paths[0], Path(folder), clean)
                    cost.extra |= {
                        "ratio": round(cost.seconds / peer.seconds, 2),
                        "cpu_ratio": round(
                            (cost.server_cpu + cost.client_cpu) / max(peer.server_cpu + peer.client_cpu, 0.01), 2
                        ),
                        "load": round(os.getloadavg()[0], 1),
                    }
                    yield {**shared, "step": f"{made.dataset}: file to promoted", **cost.as_json()}
            for path in paths:
                path.unlink()


def _install(server: Ground, url: str) -> None:
    with psycopg.connect(url.replace(f"{OWNER}@", "postgres@"), autocommit=True) as connection:
        connection.execute("create schema extensions")
        connection.execute(sql.SQL("grant usage on schema extensions to {}, public").format(sql.Identifier(OWNER)))
        if server.cluster.programs.has_postgis:
            connection.execute("create extension postgis schema extensions")
    migrate(partial(_connected, url), [catalog.pack_named("schools")], compiler=compiler)


def _connected(url: str) -> Any:
    return connect(url, application_name="bench", statement_timeout_seconds=3600, lock_timeout_seconds=5)


def _written(made: Criminalite | Mutations | Census, folder: Path) -> tuple[Path, Path]:
    """The official file, and the clean one."""
    official, clean = folder / f"{made.dataset}-2024.csv", folder / f"{made.dataset}_clean.csv"
    with official.open("w") as one, clean.open("w") as other:
        for line, typed in made.lines():
            one.write(line)
            other.write(typed)
    return official, clean


def _peer(server: Ground, database: str, made: Criminalite | Mutations | Census, file: Path) -> tuple[Cost, object]:
    """Clean, typed lines by psql into a table with the same keys; what it held is the measure of the other."""
    url = server.url(database)
    with psycopg.connect(url) as connection:
        connection.execute("create schema peer")
        connection.execute(f"create table peer.copied ({made.peer})".encode())
    with file.open() as lines:
        names = lines.readline().strip()
    with measured(url, server.postmaster) as cost:
        subprocess.run(
            [server.cluster.programs.program("psql"), "-XqAt", "-v", "ON_ERROR_STOP=1", url],
            input=f"\\copy peer.copied ({names}) from '{file}' with (format csv, header true)",
            text=True,
            check=True,
        )
    with psycopg.connect(url) as connection:
        assert value(connection, "select count(*) from peer.copied") == made.rows
        held = _content(connection, "peer.copied", names) if isinstance(made, Criminalite) else None
        connection.execute("drop schema peer cascade")
    return cost, held


def _content(connection: psycopg.Connection, table: str, names: str) -> object:
    return value(connection, f"select sum(hashtextextended((t.*)::text, 0)) from (select {names} from {table}) as t")


def _published(
    server: Ground, database: str, made: Criminalite | Mutations | Census, file: Path, folder: Path, clean: object
) -> Cost:
    """From the file to the promoted release, as `greenroom run` goes; a reader asks all the while."""
    url = server.url(database)
    store = Store(folder / "store")
    reader = f"select count(*) from educational_data.{made.dataset} where code_commune = '01001'"
    with _connected(url) as connection:
        with begin(connection):
            found = catalog.one(connection, [made.dataset])
        seconds: dict[str, float] = {}
        with measured(url, server.postmaster, reader=reader) as cost:
            started = time.perf_counter()
            (snapshot,) = pipeline.bring(found, str(file), pipeline.Fetching(store))
            seconds["fetch_seconds"] = time.perf_counter() - started
            staged = pipeline.stage(connection, found, snapshot, store)
            if staged.stopping:
                # made-up rows give warnings; to decide on them is a person's work, and costs as much
                with begin(connection):
                    call(
                        connection,
                        found.pack,
                        "decide",
                        scope=found.scope_id,
                        verdict="approved",
                        by="bench",
                        note="seen",
                    )
            seconds["stage_seconds"] = time.perf_counter() - started - seconds["fetch_seconds"]
            told = pipeline.promote(connection, found, by="bench")
            seconds["promote_seconds"] = time.perf_counter() - started - sum(seconds.values())
        assert staged.batch is not None
        assert staged.batch.quarantined == 0, staged
        assert told[catalog.entry(found.pack, found.keys[0]).name] > 0, told
    with psycopg.connect(url) as connection:
        if isinstance(made, Criminalite):
            with file.open() as lines:
                names = lines.readline().strip().replace("CODGEO_2025", "code_commune,geographie").replace(";", ",")
            assert told[made.dataset] == made.rows, told
            assert _content(connection, "educational_data.criminalite_2024", names) == clean
    cost.extra = {name: round(found_seconds, 2) for name, found_seconds in seconds.items()}
    return cost
