"""What happened to communes since 1943, from INSEE's official geographic code."""

from greenroom import Bounds, Column, Dataset, Form, Source
from greenroom_schools.ips import ENGINE

# Not cleaned as a commune of today: 20001 was one.
_CODE = "^([0-9]{5}|2[AB][0-9]{3})$"
_KIND = "^(COM|COMA|COMD|ARM)$"


def _side(suffix: str, when: str) -> tuple[Column, ...]:
    return (
        Column(f"typecom_{suffix}", pattern=_KIND, note=f"kind of territory {when}: COM, COMA, COMD, ARM; null = none"),
        Column(f"com_{suffix}", pattern=_CODE, note=f"its code {when}; 20 was Corsica until 1976"),
        Column(f"tncc_{suffix}", note=f"kind of article in its name {when}"),
        Column(f"ncc_{suffix}", note=f"its name {when}, upper case without accents"),
        Column(f"nccenr_{suffix}", note=f"its name {when}, without article"),
        Column(f"libelle_{suffix}", note=f"its name {when}, with article"),
    )


_COLUMNS = (
    Column("mod", required=True, pattern="^[0-9]{2}$", note="kind of event, INSEE's code: 32 = commune nouvelle …"),
    Column("date_eff", "date", required=True, note="first day on which it held"),
    *_side("av", "before"),
    *_side("ap", "after"),
)

communes_mouvements = Dataset(
    name="communes_mouvements",
    table="communes_mouvements",
    beside=True,
    columns=(
        Column(
            "mouvement",
            required=True,
            note="event, date, and both sides in a row: what a movement is known by",
        ),
        *_COLUMNS,
        *ENGINE,
    ),
    key=("mouvement",),
    forms=(
        Form(
            "v_mvt_commune",
            tuple(
                Column(
                    c.name,
                    c.type,
                    required=c.required,
                    expected=c.name in ("typecom_av", "com_av", "typecom_ap", "com_ap"),
                )
                for c in _COLUMNS
            ),
            shape="communes_mouvements.sql",
            note="INSEE, v_mvt_commune_AAAA.csv",
        ),
    ),
    # 13,734 in the edition of 2026.
    bounds=Bounds(least=1, complete=13_000, most=30_000),
    traps=(
        "A merged commune stands on two lines: for the commune that takes it in, and for the delegated one it becomes.",
        "Code and name of a département's change (41) and of a change of chef-lieu (50) are new, the land is the same.",
    ),
    note="Every event of a commune's territory, code or name since 1943 (INSEE, COG).",
)

file = Source(
    dataset="communes_mouvements",
    title="Code officiel géographique, mouvements de communes depuis 1943",
    owner="INSEE",
    licence="Licence Ouverte 2.0 (Etalab)",
    where="INSEE, Code officiel géographique: v_mvt_commune_AAAA.csv. Take the edition of info_communes.",
    months=(2,),
)
