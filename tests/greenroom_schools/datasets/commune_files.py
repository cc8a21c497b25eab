"""Made-up communes and what happened to them, as INSEE and Etalab write files; the real ones by name."""

import csv
import io
import json

REAL = "fr/communes/"
ETALAB_2024 = REAL + "cog/decoupage-administratif-4.1.0_cog2024_communes.json.gz"
INSEE_2025 = REAL + "cog/v_commune_2025.csv.gz"
MOVEMENTS = REAL + "cog/v_mvt_commune_2026_DATE_EFF_before_2025.csv.gz"

V_COMMUNE = "TYPECOM,COM,REG,DEP,CTCD,ARR,TNCC,NCC,NCCENR,LIBELLE,CAN,COMPARENT"
V_MOVEMENT = (
    "MOD,DATE_EFF,TYPECOM_AV,COM_AV,TNCC_AV,NCC_AV,NCCENR_AV,LIBELLE_AV,"
    "TYPECOM_AP,COM_AP,TNCC_AP,NCC_AP,NCCENR_AP,LIBELLE_AP"
)

# The three communes that have arrondissements, and all of these, as v_commune writes them.
GREAT = [
    *(
        {"COM": code, "REG": region, "LIBELLE": f"Ville-{code}"}
        for code, region in (("75056", "11"), ("69123", "84"), ("13055", "93"))
    ),
    *(
        {"TYPECOM": "ARM", "COM": code, "DEP": "", "REG": "", "LIBELLE": f"Ville-{code}", "COMPARENT": parent}
        for parent, codes in (
            ("75056", [f"751{n:02}" for n in range(1, 21)]),
            ("69123", [f"6938{n}" for n in range(1, 10)]),
            ("13055", [f"132{n:02}" for n in range(1, 17)]),
        )
        for code in codes
    ),
]


def written(desk, name, text):
    """A file of this name, whose year the name may say."""
    path = desk.folder / name
    path.write_text(text, encoding="utf-8")
    return path


def lines(header, rows, delimiter=","):
    """Rows of dicts under a header; what a row does not name is empty."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, header.split(","), delimiter=delimiter, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def insee(*communes):
    """v_commune: each commune is a code, or a dict."""
    given = [{"COM": c, "LIBELLE": f"Ville-{c}"} if isinstance(c, str) else c for c in communes]
    rows = [{"TYPECOM": "COM", "REG": "11", "DEP": c["COM"][:2], **c} for c in given]
    return lines(V_COMMUNE, rows)


def movements(*events):
    """v_mvt_commune: each event is "2016-01-01 32 99001 > 99002"; a kind of commune before a code, COM where none."""
    rows = []
    for event in events:
        day, mod, *sides = event.split()
        before, after = " ".join(sides).split(">")
        row = {"MOD": mod, "DATE_EFF": day}
        for suffix, side in (("AV", before.split()), ("AP", after.split())):
            if side:
                row[f"TYPECOM_{suffix}"], row[f"COM_{suffix}"] = ["COM", *side][-2:]
        rows.append(row)
    return lines(V_MOVEMENT, rows)


def etalab(**changes):
    """One commune of communes.json."""
    return {
        "code": "99001",
        "nom": "Port-Azur",
        "typeLiaison": 0,
        "zone": "metro",
        "arrondissement": "991",
        "departement": "99",
        "region": "11",
        "type": "commune-actuelle",
        "siren": "219900011",
        "codesPostaux": ["99100"],
        "population": 1200,
    } | changes


def communes_json(*communes):
    return json.dumps(communes, ensure_ascii=False)


def settle(desk, codes, *events, year=2025):
    """Publish made-up communes and their movements; what codes are today follows."""
    if events:
        desk.publish("communes_mouvements", written(desk, "v_mvt.csv", movements(*events)))
    desk.publish("info_communes", written(desk, f"v_commune_{year}.csv", insee(*codes)))


def today(desk, code, vintage=None):
    return desk.value("select greenroom_schools.current_commune(%s, %s)", code, vintage)
