"""What the files of school sectors have in common: the edition they belong to, the schools they name."""

from greenroom import Column
from greenroom_schools import ips

# Who published a sector. Editions of two publishers stand side by side, and neither retires the other's.
EDITION = (
    Column("code_departement", required=True, clean="departement", note="01, 2A, 971"),
    Column("annee_scolaire", required=True, clean="rentree", note="school year the sectors hold for, 2023-2024"),
    Column("niveau", required=True, pattern="^(college|lycee)$", note="college or lycee: whose sectors these are"),
    Column(
        "source",
        required=True,
        pattern="^[a-z][a-z0-9_]*$",
        note="which published file they come from; editions of two files stand side by side",
    ),
)

# No file withholds anything here.
ENGINE = ips.ENGINE[1:]

SCHOOLS = (
    Column(
        "uais",
        "text[]",
        required=True,
        clean="uais",
        note="the schools of the sector in the order of the file, as UAI; NULL in the place of one that is only named"
        " and could not be found, see etablissements",
    ),
    Column(
        "etablissements", "text[]", note="the schools as the file names them, in the same order; null where it has UAIs"
    ),
)

# The sector of one département is whole only when its file is; what is smaller adds and changes.
TRAPS = (
    "A sector holds for one school year; the files seldom say which: give --period.",
    "A sector may have several schools; four columns hold the first four, uais all of them.",
    "It tells where a child is expected, and is no right to a place.",
)
