"""The three largest French files at national size: official format in, published table out, beside psql's \\copy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bench.gen import SEED, mix

# Row of the official file, and the same row clean and typed as a peer would have it: comma, point, empty = null.
Lines = Iterator[tuple[str, str]]

INDICATORS = (
    ("Cambriolages de logement", "Infraction"),
    ("Destructions et dégradations volontaires", "Infraction"),
    ("Escroqueries et fraudes aux moyens de paiement", "Victime"),
    ("Trafic de stupéfiants", "Mis en cause"),
    ("Usage de stupéfiants", "Mis en cause"),
    ("Usage de stupéfiants (AFD)", "Mis en cause"),
    ("Usage de stupéfiants (hors AFD)", "Mis en cause"),
    ("Violences physiques hors cadre familial", "Victime"),
    ("Violences physiques intrafamiliales", "Victime"),
    ("Violences sexuelles", "Victime"),
    ("Vols avec armes", "Infraction"),
    ("Vols d'accessoires sur véhicules", "Véhicule"),
    ("Vols dans les véhicules", "Véhicule"),
    ("Vols de véhicule", "Véhicule"),
    ("Vols sans violence contre des personnes", "Victime"),
)
DEPARTEMENTS = tuple(
    ["2A", "2B", *(f"{n:02}" for n in range(1, 96) if n != 20), "971", "972", "973", "974", "976"]
)


def commune(number: int) -> str:
    """Code of the n-th commune; overseas départements hold a hundred, the others what is left."""
    overseas = 5
    if number < overseas * 99:
        return f"{DEPARTEMENTS[-overseas + number % overseas]}{number // overseas + 1:02}"
    number -= overseas * 99
    mainland = len(DEPARTEMENTS) - overseas
    return f"{DEPARTEMENTS[number % mainland]}{number // mainland + 1:03}"


@dataclass(frozen=True)
class Criminalite:
    """Facts recorded by the police: communes x 15 indicators x years, half of them not published."""

    communes: int
    years: int = 9

    name = "criminalite"
    delimiter = ";"

    @property
    def rows(self) -> int:
        return self.communes * len(INDICATORS) * self.years

    def lines(self) -> Lines:
        names = "annee;indicateur;unite_de_compte;nombre;taux_pour_mille;est_diffuse;insee_pop;insee_pop_millesime"
        names += ";insee_log;insee_log_millesime;complement_info_nombre;complement_info_taux"
        yield f"CODGEO_2025;{names}\n", f"code_commune,{names.replace(';', ',')}\n"
        codes = sorted(commune(n) for n in range(self.communes))
        for place, code in enumerate(codes):
            size = 50 + mix(SEED, 600, place) % 4_000
            for year in range(2025 - self.years, 2025):
                people, homes = size + year - 2016, size // 2 + 7
                for n, (indicator, unit) in enumerate(INDICATORS):
                    cell = mix(SEED, 601, (place * 40 + year - 2000) * len(INDICATORS) + n)
                    found = cell % 97
                    if cell >> 32 & 1:
                        rate = f"{found * 1000 / (homes if n == 0 else people):.7f}"
                        known, typed = f"{found};{rate.replace('.', ',')};diff", f"{found},{rate},diff"
                        extra, extra_typed = "NA;NA", ","
                    else:
                        known, typed = "NA;NA;ndiff", ",,ndiff"
                        a, b = f"{found / 31:.7f}", f"{found / 13:.7f}"
                        extra, extra_typed = f"{a};{b}".replace(".", ","), f"{a},{b}"
                    yield (
                        f"{code};{year};{indicator};{unit};{known};{people};{year};{homes};{year};{extra}\n",
                        f"{code},{year},{indicator},{unit},{typed},{people},{year},{homes},{year},{extra_typed}\n",
                    )


@dataclass(frozen=True)
class Mutations:
    """Sales of land and buildings, one line per parcel, in 40 columns."""

    rows: int

    name = "mutations"
    delimiter = ","
    header = (
        "id_mutation,date_mutation,numero_disposition,nature_mutation,valeur_fonciere,adresse_numero,adresse_suffixe,"
        "adresse_nom_voie,adresse_code_voie,code_postal,code_commune,nom_commune,code_departement,ancien_code_commune,"
        "ancien_nom_commune,id_parcelle,ancien_id_parcelle,numero_volume,lot1_numero,lot1_surface_carrez,lot2_numero,"
        "lot2_surface_carrez,lot3_numero,lot3_surface_carrez,lot4_numero,lot4_surface_carrez,lot5_numero,"
        "lot5_surface_carrez,nombre_lots,code_type_local,type_local,surface_reelle_bati,nombre_pieces_principales,"
        "code_nature_culture,nature_culture,code_nature_culture_speciale,nature_culture_speciale,surface_terrain,"
        "longitude,latitude"
    )

    def lines(self) -> Lines:
        yield f"{self.header}\n", f"{self.header}\n"
        kinds = ("1,Maison", "2,Appartement", "3,Dépendance", "4,Local industriel. commercial ou assimilé")
        sale, price, code, day, parcels = -1, "", "", "", 0
        for row in range(self.rows):
            cell = mix(SEED, 620, row)
            if parcels == 0:
                sale, parcels = sale + 1, 1 + cell % 3 * (cell >> 8 & 1)
                price = f"{20_000 + cell % 480_000}.{cell // 7 % 100:02}".rstrip("0").rstrip(".")
                code, day = commune(cell % 34_920), f"2024-{cell // 31 % 12 + 1:02}-{cell // 512 % 28 + 1:02}"
            parcels -= 1
            kind = cell >> 12 & 7
            local = f"{kinds[kind]},{30 + cell // 97 % 170},{1 + cell // 101 % 7}" if kind < 4 else ",,,"
            land = f"S,sols,,,{100 + cell // 89 % 2_000}" if kind not in (1, 2) else ",,,,"
            lot = f"{cell // 3 % 90},{20 + cell % 90}.{cell // 11 % 90 + 10}" if kind == 1 else ","
            departement = code[:3] if code >= "97" else code[:2]
            line = (
                f"2024-{sale + 1},{day},000001,Vente,{price},{1 + cell % 160},{'B' if cell % 23 == 0 else ''},"
                f"RUE DE LA MAIRIE {cell % 900},{cell % 9000:04},{code[:2].replace('2A', '20').replace('2B', '20')}"
                f"{cell % 1000:03},{code},Commune {code},{departement},,,{code}000AB{row % 10_000:04},,,"
                f"{lot},,,,,,,,,{1 if kind == 1 else 0},{local},{land},{cell % 12_000_000 / 1_000_000 - 4:.6f},"
                f"{cell // 12 % 9_000_000 / 1_000_000 + 42:.6f}\n"
            )
            yield line, line


@dataclass(frozen=True)
class Census:
    """A base-cc file of the census: a commune a line, weighted counts with ten decimals and more."""

    communes: int
    columns: int = 109

    name = "recensement"
    delimiter = ";"

    @property
    def rows(self) -> int:
        return self.communes

    def header(self) -> list[str]:
        return [f"{'PC'[n % 2]}{(21, 15, 10)[n % 3]}_V{n}" for n in range(self.columns)]

    def lines(self) -> Lines:
        names = self.header()
        yield f"CODGEO;{';'.join(names)}\n", f"codgeo,{','.join(names).lower()}\n"
        for place, code in enumerate(sorted(commune(n) for n in range(self.communes))):
            cells = []
            for n in range(self.columns):
                cell = mix(SEED, 700 + n, place)
                cells.append(f"{cell % 50_000}.{cell >> 20 & 0xFFFFFFFF:010}" if cell & 7 else str(cell % 50_000))
            yield f"{code};{';'.join(cells)}\n", f"{code},{','.join(cells)}\n"


FILES: dict[str, tuple[Criminalite, Mutations, Census]] = {
    "s": (Criminalite(20, 2), Mutations(500), Census(40)),
    "m": (Criminalite(3_492), Mutations(200_000), Census(3_500)),
    "l": (Criminalite(34_920), Mutations(2_000_000), Census(35_000)),
}
