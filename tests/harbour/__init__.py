"""A pack of files, declared in tests alone: towns, ships that need them, a fleet made of ships, tales nobody has."""

from greenroom import Bounds, Column, Dataset, Form, Pack, Place, Source

_ENGINE = (
    Column("retired_at", "timestamptz", kind="lifecycle"),
    Column("created_at", "timestamptz", kind="stamp"),
    Column("updated_at", "timestamptz", kind="stamp"),
    Column("release_id", "bigint", kind="stamp"),
)

towns = Dataset(
    name="towns",
    table="towns",
    columns=(Column("town", required=True), Column("country", required=True), *_ENGINE),
    key=("town",),
)
ships = Dataset(
    name="ships",
    table="ships",
    columns=(
        Column("ship", required=True),
        Column("year", "integer", required=True),
        Column("town", required=True),
        Column("country"),
        Column("masts", "integer", headers=("Masts in {annee}",)),
        Column("tons", "integer", headers=("Burden {aa}",)),
        *_ENGINE,
    ),
    key=("ship", "year"),
    unit=("year",),
    needs=("towns",),
    bounds=Bounds(complete=3),
    forms=(
        Form(
            "register",
            (
                Column("ship", required=True, headers=("Name of the ship",)),
                Column("town", required=True, headers=("Port",)),
                Column("masts", expected=True, headers=("Masts in {annee}",)),
                Column("tons", headers=("Burden {aa}",)),
            ),
            shape="ships_register.sql",
            year="year",
        ),
        Form(
            "yearbook",
            (
                Column("ship", required=True, headers=("Hull / Name",)),
                Column("town", required=True, headers=("Home / Name",)),
                Column("masts", headers=("Hull / Masts",)),
                Column("tons"),
            ),
            shape="ships_register.sql",
            place=Place(sheet="Ships*", header_row=3, block_row=2),
            year="year",
        ),
    ),
    differs="The document counts boats too.",
)
fleet = Dataset(
    name="fleet",
    table="fleet",
    columns=(
        Column("town", required=True), Column("ships", "integer", required=True), Column("names", "text[]"), *_ENGINE
    ),
    key=("town",),
    needs=("ships",),
    derive="fleet.sql",
    beside=True,
)  # fmt: skip
tales = Dataset(
    name="tales", table="tales", columns=(Column("tale", required=True), Column("teller", required=True), *_ENGINE),
    key=("tale",),
)  # fmt: skip

pack = Pack(
    name="harbour",
    schema="harbour",
    package="tests.harbour",
    datasets=(towns, ships, fleet, tales),
    sources=(
        Source("towns", "Towns", "The harbour", "none", where="the harbour master"),
        Source("ships", "Register of ships", "The harbour", "none", where="the harbour master"),
        Source("tales", "Tales", "Nobody", "none", where="the inn", optional=True),
    ),
    landing="file",
)
