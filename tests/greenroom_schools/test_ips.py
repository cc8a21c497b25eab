"""The index of social position: every vintage of its files lands in the same columns, and every row can be read."""

import csv
import io
import random

import pytest
from psycopg import sql

from greenroom.model.errors import ContractBroken
from greenroom.write.formats import opened
from greenroom.write.parse import file_columns, match
from greenroom.write.put import landing
from greenroom_schools.pack import pack

LYCEES = pack.dataset("ips_lycees_years")
COLLEGES = pack.dataset("ips_colleges_years")
EDUCATION = "fr/education"

PLACE = {
    "rentree_scolaire": "2024-2025",
    "academie": "AZUR",
    "code_du_departement": "99",
    "departement": "VAL D AZUR",
    "uai": "9990001X",
}
COMMUNE = {"code_insee_de_la_commune": "99901", "nom_de_la_commune": "PORT AZUR", "secteur": "public"}
REGION = {"code_region": "99", "region_academique": "VAL D AZUR"}
BENCHMARKS = {
    f"ips_{area}_{kind}": "100.1"
    for area in ("national", "academique", "departemental")
    for kind in ("legt", "lpo", "lp", "legt_prive", "legt_public", "lpo_prive", "lpo_public", "lp_prive", "lp_public")
}
SINCE_2023 = {
    "code_academie": "99",
    **PLACE,
    "nom_de_l_etablissement": "LYCEE INVENTE",
    **COMMUNE,
    "type_de_lycee": "LPO",
    "ips_voie_gt": "110.5",
    "ips_voie_pro": "NS",
    "ips_post_bac": "120",
    "ips_etab": "105.5",
    "ecart_type_voie_gt": "30.1",
    "ecart_type_voie_pro": "NS",
    "ecart_type_etablissement": "31",
    **BENCHMARKS,
}
UNTIL_2021 = {
    **PLACE,
    "nom_de_l_etablissment": "LYCEE INVENTE",
    **COMMUNE,
    "type_de_lycee": "LPO",
    "ips_voie_gt": "110.5",
    "ips_voie_pro": "",
    "ips_ensemble_gt_pro": "105.5",
    "ecart_type_de_l_ips_voie_gt": "30.1",
    "ecart_type_de_l_ips_voie_pro": "",
}
LABELS = {
    "Rentrée scolaire": "2024-2025",
    "Académie": "AZUR",
    "Code du département": "99",
    "Département": "VAL D AZUR",
    "UAI": "9990001X",
    "Nom de l'établissment": "LYCEE INVENTE",
    "Code INSEE de la commune": "99901",
    "Nom de la commune": "PORT AZUR",
    "Secteur": "public",
    "Type de lycée": "LPO",
    "IPS voie GT": "110.5",
    "IPS voie PRO": "",
    "IPS Ensemble GT-PRO": "105.5",
    "Ecart-type de l'IPS voie GT": "30.1",
    "Ecart-type de l'IPS voie PRO": "",
}
VINTAGES = {
    "until 2021": UNTIL_2021,
    "2022": {
        **UNTIL_2021,
        "effectifs_voie_gt": "400.0",
        "effectifs_voie_pro": "",
        "effectifs_ensemble_gt_pro": "400.0",
    },
    "labels": LABELS,
    "labels of 2023": {
        **{label: value for label, value in LABELS.items() if "-" not in label and label != "Nom de l'établissment"},
        "Nom de l'établissement": "LYCEE INVENTE",
        "IPS de l'établissement": "105.5",
        "Ecart type voie GT": "30.1",
        "Ecart-type établissement": "31",
        "IPS national LEGT privé": "100.1",
    },
    "since 2023": {"num_ligne": "5980.0", **REGION, **SINCE_2023},
    # The region's INSEE code stands third and the line number is gone: as many columns, all shifted.
    "2026": {"rentree_scolaire": "2024-2025", "code_region": "99", "code_region_insee": "93", **REGION, **SINCE_2023},
}


def as_csv(*records):
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(records[0]), delimiter=";")
    writer.writeheader()
    writer.writerows(records)
    return io.BytesIO(text.getvalue().encode())


def land(conn, dataset, raw):
    with opened(raw) as table:
        return landing(conn, dataset, table).rows


def landed(conn):
    return conn.execute("select to_jsonb(landing) - 'row_no' from pg_temp.landing").fetchone()[0]


def unreadable(conn, dataset):
    """Rows that the seal would send to quarantine, per column."""
    found = {}
    for column in file_columns(dataset):
        name = sql.Identifier(column.name)
        read = sql.Identifier("greenroom_schools", f"clean_{column.clean}") if column.clean else sql.SQL("")
        query = sql.SQL(
            """
            select count(*)
            from (select nullif(btrim({name}), '') as cell from pg_temp.landing) as landed
            cross join lateral (select case when upper(cell) = any (%(missing)s) then null else cell end as raw) as met
            cross join lateral (select {read}(raw) as value) as cleaned
            where raw is null and %(required)s
              or raw is not null and (value is null or value !~ %(pattern)s)
            """
        ).format(name=name, read=read)
        missing = [token.upper() for token in column.missing]
        values = {"missing": missing, "required": column.required, "pattern": column.pattern or ""}
        if rows := conn.execute(query, values).fetchone()[0]:
            found[column.name] = rows
    return found


@pytest.mark.parametrize("vintage", VINTAGES.values(), ids=VINTAGES)
def test_each_vintage_lands_in_the_same_columns(conn, vintage):
    assert land(conn, LYCEES, as_csv(vintage)) == 1
    row = landed(conn)
    assert set(row) == {column.name for column in file_columns(LYCEES)}
    expected = {
        **PLACE,
        **COMMUNE,
        "nom_de_l_etablissement": "LYCEE INVENTE",
        "type_de_lycee": "LPO",
        "ips_voie_gt": "110.5",
        "ips": "105.5",
        "ecart_type_voie_gt": "30.1",
    }
    assert {name: row[name] for name in expected} == expected
    assert unreadable(conn, LYCEES) == {}


def test_the_header_of_2026_shifts_nothing(conn):
    land(conn, LYCEES, as_csv(VINTAGES["2026"]))
    row = landed(conn)
    assert (row["code_region"], row["code_region_insee"], row["region_academique"]) == ("99", "93", "VAL D AZUR")
    assert len(VINTAGES["2026"]) == len(VINTAGES["since 2023"])


def test_only_the_line_number_is_left_over():
    for name, vintage in VINTAGES.items():
        assert match(tuple(vintage), LYCEES).left_over == (("num_ligne",) if name == "since 2023" else ())


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_columns_does_not_matter(conn, seed):
    land(conn, LYCEES, as_csv(VINTAGES["since 2023"]))
    before = landed(conn)
    cells = list(VINTAGES["since 2023"].items())
    random.Random(seed).shuffle(cells)
    land(conn, LYCEES, as_csv(dict(cells)))
    assert landed(conn) == before


def test_a_renamed_column_is_refused_by_its_name():
    header = ["numero_uai" if name == "uai" else name for name in UNTIL_2021]
    with pytest.raises(ContractBroken, match=r"ips_lycees_years: missing uai \(nearest met: numero_uai\)"):
        match(header, LYCEES)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("uai", "9990001W"),
        ("rentree_scolaire", "2024-2026"),
        ("code_du_departement", "20"),
        ("code_insee_de_la_commune", "2C004"),
        ("secteur", "autre"),
        ("type_de_lycee", "LEG"),
        ("ips_etab", "105.555"),
        ("ips_etab", "1e2"),
        ("nom_de_l_etablissement", " "),
    ],
)
def test_a_cell_that_cannot_be_read_is_found(conn, column, value):
    land(conn, LYCEES, as_csv({**SINCE_2023, column: value}))
    assert unreadable(conn, LYCEES) == {"ips" if column == "ips_etab" else column: 1}


@pytest.mark.parametrize("token", ["NS", "ns", "ND", "NA", "NC", "n/a", "N/A", "."])
def test_withheld_is_not_unreadable(conn, token):
    land(conn, LYCEES, as_csv({**SINCE_2023, "ips_etab": token, "ips_voie_gt": token}))
    assert unreadable(conn, LYCEES) == {}


def test_a_year_without_a_single_index_is_found(conn):
    query = pack.sql_folder().joinpath("checks", LYCEES.checks[0].query).read_text("utf-8")
    conn.execute("create temporary table unit as select * from (values (1), (2), (3)) as unit (id)")
    rows = "(values (1, 100.1), (1, null), (2, null)) as batch (unit_id, ips)"
    conn.execute(f"create temporary table batch as select * from {rows}")
    found = conn.execute(query).fetchall()
    assert [row[:2] for row in found] == [(2, "error"), (3, "error")]


LYCEES_2016 = f"{EDUCATION}/fr-en-ips_lycees.2016-2021.tech-headers.csv.gz"
LYCEES_2022 = f"{EDUCATION}/fr-en-ips-lycees-ap2022.tech-headers.csv"
LYCEES_2023 = f"{EDUCATION}/fr-en-ips-lycees-ap2023.pays-de-la-loire.2023-2025"
COLLEGES_2022 = f"{EDUCATION}/fr-en-ips-colleges-ap2022.tech-headers.csv"
COLLEGES_2023 = f"{EDUCATION}/fr-en-ips-colleges-ap2023.pays-de-la-loire.2023-2025"

PAYS_DE_LA_LOIRE = {
    LYCEES_2023: {"2023-2024": (188, 110.94), "2024-2025": (191, 111.76)},
    COLLEGES_2023: {"2023-2024": (414, 106.32), "2024-2025": (413, 106.28)},
}
REAL = {
    LYCEES_2016: {
        "2016-2017": (3_648, 102.77),
        "2017-2018": (3_656, 102.68),
        "2018-2019": (3_634, 102.99),
        "2019-2020": (3_621, 103.26),
        "2020-2021": (3_611, 103.49),
        "2021-2022": (3_607, 103.91),
    },
    LYCEES_2022: {"2022-2023": (3_598, 105.80)},
    COLLEGES_2022: {"2022-2023": (6_973, 104.13)},
    **{
        f"{stem}.{form}": years
        for stem, years in PAYS_DE_LA_LOIRE.items()
        for form in ("api-v2.json.gz", "rebuilt.csv")
    },
}


@pytest.mark.parametrize("path", REAL)
def test_every_row_of_the_real_files_can_be_read(conn, shared_data, path):
    dataset = COLLEGES if "colleges" in path else LYCEES
    with shared_data(path).open("rb") as raw:
        land(conn, dataset, raw)
    assert unreadable(conn, dataset) == {}
    years = conn.execute(
        """
        select rentree_scolaire, count(*), avg(ips::numeric), count(distinct greenroom_schools.clean_uai(uai))
        from pg_temp.landing
        group by rentree_scolaire
        """
    ).fetchall()
    assert {year: (rows, float(round(mean, 2))) for year, rows, mean, _ in years} == REAL[path]
    # The key holds: no school twice in a year.
    assert all(rows == schools for _, rows, _, schools in years)
