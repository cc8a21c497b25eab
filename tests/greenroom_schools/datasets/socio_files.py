"""Made-up files about communes: INSEE's export of local statistics, census files, and where they are written."""

BANNER = "Insee - Statistiques locales; ; ; \nRéférentiel géographique : France par commune; ; ; \n"
UNAVAILABLE = "N/A - résultat non disponible"
SECRET = "N/A - secret statistique"
DIVISION = "N/A - division par 0"


def export(*rows, banner=BANNER):
    """An export: byte order mark, two lines of banner, labels in the third. Each row is a dict by label."""
    header = ";".join(f'"{name}"' if "\n" in name else name for name in rows[0])
    return "\ufeff" + banner + header + "\n" + "".join(";".join(row.values()) + "\n" for row in rows)


def place(code="01001", name="Port-Azur", **values):
    """The first two columns of an export, and others."""
    return {"Code": code, "Libellé": name, **values}


def census(*rows):
    """A census file: one dict a row, by column."""
    return ";".join(rows[0]) + "\n" + "".join(";".join(row.values()) + "\n" for row in rows)


def written(desk, name, text):
    """A file of this name in the desk's folder."""
    path = desk.folder / name
    if isinstance(text, bytes):
        path.write_bytes(text)
    else:
        path.write_text(text, encoding="utf-8")
    return path
