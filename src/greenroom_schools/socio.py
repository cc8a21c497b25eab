"""What the files about communes have in common: codes, years, shares, counts, and the forms they come in."""

from greenroom import Check, Column, Form, Place
from greenroom_schools.ips import ENGINE

# INSEE's export of its local statistics says why a cell is empty; census and income files write s and nd.
WITHHELD = (
    "N/A - résultat non disponible",
    "N/A - secret statistique",
    "N/A - division par 0",
    "N/A",
    "NA",
    "s",
    "nd",
)

INSEE = "Institut national de la statistique et des études économiques (INSEE)"
OPEN_LICENCE = "Licence Ouverte 2.0 (Etalab)"

CODE = Column(
    "code_commune",
    required=True,
    clean="commune",
    headers=("Code", "CODGEO", "insee_com", "code_insee"),
    note="INSEE code of the commune, five characters",
)
NAME = Column(
    "commune", headers=("Libellé", "LIBGEO", "nom_commune"), note="name of the commune, where the file has it"
)
YEAR = Column("annee", "integer", required=True, pattern="^(19|20)[0-9]{2}$", note="year the values are of")

WHY = Column(
    "withheld_why", "text[]", note="why a value is withheld, as the file says it: `college: secret statistique`"
)
FROM = Column("origine", note="which kind of file the row comes from: statistiques_locales, rp (census), bpe")

PLACE_COLUMNS = (CODE, NAME, YEAR)
FILE_COLUMNS = (FROM, WHY, *ENGINE)

# A bassin de vie has the code of a commune: only the number of rows tells one export from the other.
COMMUNE_CHECKS = (
    Check("commune_level", query="commune_level.sql", note="an export of bassins de vie, loaded as one of communes"),
    Check("values_absent", query="values_absent.sql", note="no row has a single value: another file, or new labels"),
)


def labels(*spellings: str) -> tuple[str, ...]:
    """A label of the export with the year it ends in, and without."""
    return (*(f"{spelling} {{annee}}" for spelling in spellings), *spellings)


def share(name: str, *spellings: str, note: str) -> Column:
    """A share in per cent."""
    return Column(
        name,
        "numeric(5,2)",
        headers=labels(name, *spellings),
        missing=WITHHELD,
        clean="number",
        pattern=r"^(100|[0-9]{1,2})(\.[0-9]+)?$",
        note=f"{note}, in per cent",
    )


def amount(name: str, kind: str, *spellings: str, note: str, dated: bool = True) -> Column:
    """A number that is not a share; `dated=False` where its year may differ from that of the file."""
    names = (name, *spellings)
    headers = labels(*names) if dated else tuple(f"{s}{end}" for s in names for end in (" {autre}", ""))
    return Column(name, kind, headers=headers, missing=WITHHELD, clean="number", note=note)


def local_statistics(*columns: Column) -> tuple[Form, ...]:
    """INSEE's export of local statistics: two lines of banner, or none once a person removed them.

    The second also reads an export of the project's old table, which had no column for the year.
    """
    note = "Any choice and order of columns; the year stands in the labels, else in the name of the file."
    shape = "statistiques_locales.sql"
    return (
        Form("statistiques_locales", columns, shape=shape, place=Place(header_row=3), year="annee", note=note),
        Form("statistiques_locales_bare", columns, shape=shape, year="annee", note=note),
    )


def census(name: str, *columns: Column) -> Form:
    """A census file of communes: hundreds of columns for three censuses, of which the newest is read."""
    return Form(
        "rp",
        (CODE, YEAR, *columns),
        shape=f"rp_{name}.sql",
        place=Place(member="base*"),
        year="annee",
        note="Counts are weighted, not whole numbers. Paris, Lyon and Marseille as in the file.",
    )


def counted(*names: str) -> tuple[Column, ...]:
    """Columns of a census file that a shape reads: `p_log` is P21_LOG, P22_LOG."""
    return tuple(
        Column(name, headers=(f"{name[0].upper()}{{aa}}_{name[2:].upper()}",), expected=True) for name in names
    )


def perhaps(*names: str) -> tuple[Column, ...]:
    """The same, of columns that not every edition has."""
    return tuple(Column(name, headers=(f"{name[0].upper()}{{aa}}_{name[2:].upper()}",)) for name in names)
