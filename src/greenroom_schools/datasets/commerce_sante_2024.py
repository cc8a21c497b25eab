"""Eighteen everyday services in each commune: shops, schools, doctors. From INSEE's inventory of facilities (BPE)."""

from greenroom import Bounds, Column, Dataset, Form, Place, Source
from greenroom_schools.socio import (
    COMMUNE_CHECKS,
    FILE_COLUMNS,
    INSEE,
    OPEN_LICENCE,
    PLACE_COLUMNS,
    WITHHELD,
    local_statistics,
)


def _service(name: str, codes: str, *spellings: str) -> Column:
    # blanks, accents, - and _ do not count: the column's own name is the label of most
    ends = (" (en nombre) {annee}", " (en nombre)", " {annee}", "")
    headers = tuple(f"{s}{end}" for s in (name, *spellings) for end in ends)
    return Column(
        name,
        "integer",
        headers=headers,
        missing=WITHHELD,
        note=f"facilities of type {codes}; null = not known, 0 = none",
    )


_SERVICES = (
    _service("police_gendarmerie", "A101 police, A104 gendarmerie", "Police-gendarmerie", "Police, gendarmerie"),
    _service("banque_caisse_epargne", "A203 bank", "Banque-Caisse d'épargne", "Banque, caisse d'épargne"),
    _service("grande_surface", "B104 hypermarket, B105 supermarket", "Grandes surfaces", "Hypermarché - Supermarché"),
    _service("superette_epicerie", "B201 supérette, B202 grocery", "Supérette, épicerie", "Supérette / Épicerie"),
    _service("boulangerie_patisserie", "B207 bakery", "Boulangerie"),
    _service(
        "ecole_maternelle_primaire_elementaire",
        "C107, C108, C109 schools up to eleven",
        "École maternelle, primaire, élémentaire",
        "École maternelle / primaire / élémentaire",
        "École (maternelle, primaire, élémentaire)",
    ),
    _service("college", "C201 collège"),
    _service("urgences", "D106 emergency service", "Service d'urgences"),
    _service("lycee", "C301, C302, C303 lycée"),
    _service("medecin_generaliste", "D265 general practitioner"),
    _service("chirurgien_dentiste", "D277 dentist"),
    _service("masseur_kinesitherapeute", "D279 physiotherapist"),
    _service("infirmier", "D281 nurse"),
    _service("pharmacie", "D307 pharmacy"),
    _service(
        "personnes_agees_hebergement",
        "D401 home for the aged",
        "Personnes âgées : hébergement",
        "Personnes âgées, hébergement",
    ),
    _service(
        "eaje_accueil_jeune_enfant",
        "D502 day nursery",
        "EAJE : accueil du jeune enfant",
        "EAJE : accueil jeune enfant",
        "Accueil du jeune enfant",
        "Crèche",
    ),
    _service("bassin_natation", "F101 swimming pool", "Bassin de natation"),
    _service("salles_multisports", "F121 sports hall", "Salles multisports (gymnases)", "Salle multisports (gymnase)"),
)

_BPE = Form(
    "bpe",
    (
        Column("geo", required=True),
        Column("geo_object", required=True),
        Column("facility_type", required=True),
        Column("bpe_measure", required=True),
        Column("time_period", required=True),
        Column("obs_value", required=True),
    ),
    shape="bpe.sql",
    place=Place(member="*_data.csv"),
    note="INSEE's long file: one row per place, type and measure, all levels and totals mixed.",
)

commerce_sante_2024 = Dataset(
    name="commerce_sante_2024",
    table="commerce_sante_2024",
    columns=(*PLACE_COLUMNS, *_SERVICES, *FILE_COLUMNS),
    key=("code_commune", "annee"),
    unit=("annee",),
    forms=(*local_statistics(*PLACE_COLUMNS, *_SERVICES), _BPE),
    bounds=Bounds(least=1, complete=20_000, most=36_000),
    checks=COMMUNE_CHECKS,
    traps=(
        "The export's columns come in the order somebody clicked them: they are found by label, never by place.",
        "N/A is not 0: a value INSEE does not give stays null, with its reason in withheld_why.",
        "The export gives Paris, Lyon and Marseille whole; the BPE file also gives arrondissements: do not add both.",
        "The BPE file mixes levels and totals; it has no row for a commune without any facility.",
    ),
    differs=(
        "The key is commune and year, not commune: several vintages can stand in the table. "
        "The importer of the source document wrote 0 for every N/A and took the header for a commune."
    ),
    note="Number of eighteen everyday services in each commune. Source: INSEE, base permanente des équipements.",
)

export = Source(
    dataset="commerce_sante_2024",
    title="Statistiques locales: équipements (base permanente des équipements)",
    owner=INSEE,
    licence=OPEN_LICENCE,
    where=(
        "statistiques-locales.insee.fr: choose the 18 services one by one, level commune, then export as CSV. "
        "The BPE file below gives the same counts without a click."
    ),
    months=(10, 11),
    note="Export of an interactive page: it has no address of its own.",
)

file = Source(
    dataset="commerce_sante_2024",
    title="Base permanente des équipements: dénombrement par commune et type (DS_BPE)",
    owner=INSEE,
    licence=OPEN_LICENCE,
    urls=("https://www.insee.fr/fr/statistiques/fichier/8217527/DS_BPE_CSV_FR.zip",),
    provider_ids=("DS_BPE",),
    months=(10, 11),
    note="The ZIP holds DS_BPE_2024_data.csv and a dictionary. The address stays, the year inside moves on.",
)
