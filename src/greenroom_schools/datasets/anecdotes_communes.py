"""A short story about a commune, written by hand."""

from greenroom import Bounds, Column, Dataset, Source
from greenroom_schools.ips import ENGINE

anecdotes_communes = Dataset(
    name="anecdotes_communes",
    table="anecdotes_communes",
    columns=(
        Column(
            "code_commune",
            required=True,
            headers=("insee", "code_insee", "insee_com"),
            clean="commune",
            note="INSEE code",
        ),
        Column("anecdote", required=True, note="the text; written by hand, no public source"),
        *ENGINE,
    ),
    key=("code_commune",),
    # 3,795 in the database of the source document.
    bounds=Bounds(least=1, complete=1, most=40_000),
    note="Anecdotes on communes. Written by hand: empty unless somebody supplies the texts.",
)

file = Source(
    dataset="anecdotes_communes",
    title="Anecdotes sur les communes",
    owner="the maintainer of the site",
    licence="none stated",
    where="No public source: an export of the old table, or a table with the columns code_commune and anecdote.",
    optional=True,
)
