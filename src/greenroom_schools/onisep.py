"""What the files of ONISEP have in common: ids inside addresses, the place of teaching, the address of a file."""

from greenroom import Column, Source

LICENCE = "ODbL 1.0: credit ONISEP; a redistributed database made from it stays under ODbL (share-alike)"

AF_ID = r"^AF\.[0-9]+$"
ENS_ID = r"^ENS\.[0-9]+$"
FOR_ID = r"^FOR\.[0-9]+$"

# Rows of these files are places of teaching, not schools: annexes have their own row, some without UAI.
UAI_TRAPS = (
    "A row is a place of teaching: one UAI may stand on several rows (annexes), and some rows have no UAI.",
    "Licence ODbL: credit and share-alike, unlike the ministry's files. Both hold for tables made from it.",
)


def day(name: str, note: str, *headers: str) -> Column:
    """A date that ONISEP writes as DD/MM/YYYY."""
    return Column(name, "date", headers=headers, clean="jour", note=note)


def as_filed(column: Column, *headers: str, expected: bool = False) -> Column:
    """The same column as a published file has it: plain text under the publisher's headers."""
    return Column(column.name, headers=headers, expected=expected, note=column.note)


# Of the two files of a lycée's choices: classe de 1re (spécialités) and classe de 2nde (options).
AF = Column("af_id", required=True, pattern=AF_ID, note="the offer at one place (action de formation), AF.23666")
PLACE = (
    Column("uai", clean="uai", note="school number of the place; empty for some annexes"),
    Column("ens_id", required=True, pattern=ENS_ID, note="ONISEP's number of the place of teaching, ENS.16488"),
    Column("url_onisep", note="page of the place at ONISEP"),
    Column("libelle", note="name of the place of teaching"),
    Column("adresse", note="street and number"),
    Column("boite_postale", note="post-office box"),
    Column("code_postal", clean="postal_onisep", note="five digits; a zero lost by the publisher is put back"),
    Column("commune", note="name of the commune"),
    Column("departement", note="name of the département"),
    Column("region", note="name of the region; the collectivities overseas are one"),
    Column("academie", note="name of the académie"),
)
DATES = (
    day("date_creation", "when ONISEP first described the offer"),
    day("date_modification", "when ONISEP last changed it"),
)

AF_FILED = as_filed(AF, "Identifiant action de formation", expected=True)
PLACE_FILED = (
    Column("uai", headers=("UAI lieu de cours",), expected=True),
    Column(
        "url_onisep", headers=("Identifiant et fiche onisep lieu de cours", "fiche_onisep", "ens_id"), expected=True
    ),
    Column("libelle", headers=("Libellé lieu de cours",)),
    Column("adresse", headers=("Adresse lieu de cours",)),
    Column("boite_postale", headers=("Boîte postale lieu de cours",)),
    Column("code_postal", headers=("Code postal lieu de cours",)),
    Column("commune", headers=("Commune lieu de cours",)),
    Column("departement", headers=("Département lieu de cours",)),
    Column("region", headers=("Région lieu de cours",)),
    Column("academie", headers=("Académie lieu de cours",)),
)
DATES_FILED = (
    Column("date_creation", headers=("AF date création", "AF date de création")),
    Column("date_modification", headers=("AF date de modification", "AF date modification")),
)


def source(dataset: str, title: str, provider_id: str, note: str = "") -> Source:
    """The registry entry of one ONISEP file; there is one edition, mended in place."""
    return Source(
        dataset=dataset,
        title=title,
        owner="ONISEP",
        licence=LICENCE,
        urls=(f"https://api.opendata.onisep.fr/downloads/{provider_id}/{provider_id}.csv",),
        provider_ids=(provider_id,),
        # mended all the year round: rows carry dates of every month
        months=tuple(range(1, 13)),
        note=note or "The same rows as JSON under the same labels, at the same address with .json.",
    )
