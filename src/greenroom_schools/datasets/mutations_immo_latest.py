"""Sales of houses and flats in each commune and year, and their prices. From the tax office's register (DVF)."""

from greenroom import Bounds, Check, Column, Dataset, Form, Source
from greenroom_schools.ips import ENGINE
from greenroom_schools.socio import FROM, OPEN_LICENCE, YEAR

# Under this number of sales a mean says little about a commune: two in three are under it.
WEAK = 11


def _money(name: str, note: str) -> Column:
    return Column(name, "numeric(14,2)", missing=("NA",), note=note)


def _count(name: str, note: str, *headers: str) -> Column:
    return Column(name, "integer", headers=headers, missing=("NA",), note=note)


def _share(name: str, note: str) -> Column:
    return Column(name, "numeric(5,2)", missing=("NA",), pattern=r"^(100|[0-9]{1,2})(\.[0-9]+)?$", note=note)


_CODE = Column(
    "code_commune",
    required=True,
    clean="commune",
    headers=("INSEE_COM",),
    note="INSEE code; Paris, Lyon, Marseille are whole in the yearly aggregate, arrondissements in DVF",
)
_SALES = _count("nb_mutations", "sales of one house or one flat: the n behind every mean of the row")
_HOUSES = _count("nb_maisons", "of them houses")
_FLATS = _count("nb_apparts", "of them flats")
_PRICE = _money("prix_moyen", "mean price, euros")
_PRICE_M2 = _money("prix_m2_moyen", "mean of the prices per square metre, euros")
_AREA = Column(
    "surface_moyenne", "numeric(10,2)", headers=("SurfaceMoy",), missing=("NA",), note="mean floor area, square metres"
)

_COLUMNS = (
    _CODE,
    YEAR,
    _SALES,
    _HOUSES,
    _FLATS,
    _share("part_maisons", "houses among the sales, per cent; computed from the counts, never read"),
    _share("part_apparts", "flats among the sales, per cent; computed from the counts, never read"),
    _PRICE,
    _PRICE_M2,
    _AREA,
    _money("prix_median", "median price, euros; null where the file has only means"),
    _money("prix_m2_median", "median price per square metre, euros; null where the file has only means"),
    Column("immo_weak", "boolean", note=f"fewer than {WEAK} sales: the means say little"),
    FROM,
    *ENGINE,
)

_YEARLY = Form(
    "agrege",
    (_CODE, YEAR, *(Column(c.name, required=True) for c in (_SALES, _HOUSES, _FLATS)), _PRICE, _PRICE_M2, _AREA),
    shape="mutations_agregees.sql",
    year="annee",
    note="One row per commune and year, 2014 on. Its own shares are not read: in 2024 the two are exchanged.",
)

_REGISTER = Form(
    "dvf",
    (
        Column("id_mutation"),
        Column("numero_disposition", headers=("No disposition",)),
        Column("date_mutation", required=True),
        Column("nature_mutation", required=True),
        Column("valeur_fonciere", required=True),
        Column("code_departement"),
        Column("code_commune", required=True),
        Column("id_parcelle"),
        Column("prefixe_de_section"),
        Column("section"),
        Column("no_plan"),
        Column("type_local", required=True),
        Column("surface_reelle_bati", required=True),
        Column("nature_culture"),
        Column("nature_culture_speciale"),
        Column("surface_terrain"),
    ),
    shape="dvf.sql",
    note=(
        "Every line of the register: the geolocated edition, or the tax office's own (|, decimal comma), which "
        "does not number its sales: there, lines of one day, commune and price are one sale."
    ),
)

# 28,366 communes in the smallest of the cut files, 29,831 and more in the whole ones.
_BOUNDS = Bounds(least=1, complete=25_000, most=40_000)
_CHECKS = (Check("immo_parts", query="immo_parts.sql", note="counts and shares that deny each other"),)

mutations_immo = Dataset(
    name="mutations_immo",
    table="mutations_immo",
    beside=True,
    columns=_COLUMNS,
    key=("code_commune", "annee"),
    unit=("annee",),
    group="mutations_immo_latest",
    forms=(_YEARLY, _REGISTER),
    bounds=_BOUNDS,
    checks=_CHECKS,
    traps=(
        "In the yearly file of 2024 the shares of houses and flats are exchanged on all rows; both are computed here.",
        "Each yearly file has one row whose commune is NA (some 8,000 sales): it stands in quarantine.",
        "In the register one sale is several lines, and the price stands on each: a sum over lines counts it again.",
        "Bas-Rhin, Haut-Rhin and Moselle keep another register: absent. The yearly file has no overseas either.",
        "id_mutation is given anew at each publication.",
        "Of the register count sales of exactly one house or flat (cellars, garages allowed; business premises not).",
    ),
    note="Sales of one house or flat by commune and year, with prices. Sources: DVF (DGFiP, Etalab); B. Mericskay.",
)

mutations_immo_latest = Dataset(
    name="mutations_immo_latest",
    table="mutations_immo_latest",
    columns=_COLUMNS,
    key=("code_commune",),
    group="mutations_immo_latest",
    current_of="mutations_immo",
    bounds=_BOUNDS,
    checks=_CHECKS,
    differs="The newest complete year of mutations_immo. The shares are computed, and weak means are marked.",
    note="Sales of one house or flat by commune, newest complete year.",
)

yearly = Source(
    dataset="mutations_immo",
    title="Indicateurs immobiliers par commune et par année, prix et volumes sur la période 2014-2024",
    owner="Boris Mericskay, université Rennes 2",
    licence="ODbL",
    urls=(
        "https://static.data.gouv.fr/resources/"
        "indicateurs-immobiliers-par-commune-et-par-annee-prix-et-volumes-sur-la-periode-2014-2024/"
        "20250707-085855/communesdvf2024.csv",
    ),
    months=(7,),
    note="One file a year; those of 2014 to 2023 stand on the same page.",
)

register = Source(
    dataset="mutations_immo",
    title="Demandes de valeurs foncières géolocalisées",
    owner="DGFiP, Etalab",
    licence=OPEN_LICENCE,
    where=(
        "files.data.gouv.fr/geo-dvf/latest/csv/AAAA/full.csv.gz, or one département under departements/; "
        "the tax office's own ValeursFoncieres-AAAA.txt is read too."
    ),
    months=(4, 10),
    optional=True,
    note="Three to five million lines a year. Gives medians, overseas départements and arrondissements.",
)
