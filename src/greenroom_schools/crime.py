"""What the files of recorded crime have in common, for communes and for départements."""

from greenroom import Column
from greenroom_schools.ips import ENGINE

OWNER = "Service statistique ministériel de la sécurité intérieure (SSMSI), ministère de l'Intérieur"
DATASET = "621df2954fa5a3b5a023e23c"

# Indicators and units as the newest release writes them: of millions of cells, all but a few.
PLAIN = {
    "indicateur": (
        "Cambriolages de logement",
        "Coups et blessures volontaires",
        "Destructions et dégradations volontaires",
        "Escroqueries et fraudes aux moyens de paiement",
        "Homicides",
        "Tentatives d'homicide",
        "Trafic de stupéfiants",
        "Usage de stupéfiants",
        "Usage de stupéfiants (AFD)",
        "Usage de stupéfiants (hors AFD)",
        "Violences physiques hors cadre familial",
        "Violences physiques intrafamiliales",
        "Violences sexuelles",
        "Vols avec armes",
        "Vols d'accessoires sur véhicules",
        "Vols dans les véhicules",
        "Vols de véhicule",
        "Vols sans violence contre des personnes",
        "Vols violents sans arme",
    ),
    "unite": ("Victime", "Victime entendue", "Infraction", "Véhicule", "Mis en cause"),
}

# est_diffuse tells which numbers are published: a list of the withheld in each of millions of rows would say it twice.
ENGINE_ONLY = tuple(column for column in ENGINE if column.name != "withheld")

UNIT = Column(
    "unite_de_compte",
    headers=("unité.de.compte",),
    clean="unite",
    note="what is counted: Victime, Infraction, Véhicule, Mis en cause, Victime entendue; they do not add up",
)


def indicator(*headers: str) -> Column:
    """The indicator, in the spelling of the releases since 2025."""
    return Column(
        "indicateur",
        required=True,
        headers=headers,
        clean="indicateur",
        note="kind of crime, one name through all releases; see crime_indicateurs for which contain which",
    )


def number(name: str, kind: str, note: str, *headers: str) -> Column:
    """A count or rate, NA where it is not published."""
    return Column(name, kind, headers=headers, missing=("NA",), note=note)
