"""Flat data in the desk: datasets, any table of them, the map, distributions, how tables fit together."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import Response, StreamingResponse
from starlette.responses import HTMLResponse

from greenroom import catalog
from greenroom.audit import distribution as spreading
from greenroom.audit import holdings as holding
from greenroom.audit import joins as joining
from greenroom.audit import layers, tables
from greenroom.audit import map as mapping
from greenroom.audit.distribution import Distribution, Side
from greenroom.audit.holdings import Holdings
from greenroom.audit.joins import Joined, Strangers
from greenroom.audit.layers import Layer
from greenroom.audit.map import Departement, Map
from greenroom.audit.tables import Filter, How, Page, Row, Wish
from greenroom.db.kernel import Database
from greenroom.model.dataset import Dataset
from greenroom.model.errors import DeclarationError, UnknownTarget
from greenroom.model.pack import Pack
from greenroom.web import drawing
from greenroom.web.access import Viewer
from greenroom.web.ground import Desk
from greenroom.web.render import page
from greenroom.web.words import Plain

pages = APIRouter()
api = APIRouter(tags=["schools"])

# The deepest page that can be asked for; what lies behind it is found by filters.
_DEEPEST = 100_000
# More conditions than a page has lines for.
_FILTERS = 12

DatasetName = Annotated[Plain, Path(description="A dataset's name or its table's.")]
Period = Annotated[Plain, Query(description="A period; empty for all, or for the newest where one is needed.")]
Compared = Annotated[Literal["", "all", "both"], Query(description="all rows, or both: those that stand on both sides")]
PageNumber = Annotated[int, Query(alias="page", ge=1, le=_DEEPEST)]


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the address of a table says."""

    wish: Wish
    # As typed, one for each line of the form.
    columns: tuple[str, ...]
    hows: tuple[str, ...]
    values: tuple[str, ...]


def _asked(
    layer: Annotated[Layer, Query(description="production, batch (what waits) or preview")] = "production",
    period: Period = "",
    sort: Annotated[Plain, Query(description="a column; with - before it from the highest down")] = "",
    page: PageNumber = 1,
    retired: Annotated[bool, Query(description="rows that no longer stand in the source")] = False,
    column: Annotated[list[Plain] | None, Query(max_length=_FILTERS)] = None,
    how: Annotated[list[How] | None, Query(max_length=_FILTERS)] = None,
    value: Annotated[list[Plain] | None, Query(max_length=_FILTERS)] = None,
) -> _Asked:
    """Conditions come in three lists, one place of each a line of the form; a line without a column is none."""
    columns, hows, values = column or [], how or [], value or []
    filters = []
    for n, name in enumerate(columns):
        if name:
            chosen: How = hows[n] if n < len(hows) else "contains"
            text = values[n] if n < len(values) else ""
            # an empty text filters nothing, unless it is the condition itself that says what is absent
            if text or chosen in tables.BARE:
                filters.append(Filter(name, chosen, text))
    wish = Wish(layer, period or None, tuple(filters), sort, page, retired)
    return _Asked(wish, tuple(columns), tuple(hows), tuple(values))


Asked = Annotated[_Asked, Depends(_asked)]


# The answers: the same behind a page and behind the API.


def _held(desk: Desk) -> list[Holdings]:
    with desk.reading() as conn:
        return [holding.holdings(conn, pack) for pack in catalog.file_packs(conn)]


def _pack_with_map(conn: Database) -> Pack:
    found = next((pack for pack in catalog.file_packs(conn) if pack.name == "schools"), None)
    if found is None:
        raise UnknownTarget("The pack schools is not in this database.", hint="Install it: greenroom migrate schools")
    return found


@dataclass(frozen=True, slots=True)
class Atlas:
    """What maps there are."""

    period: str | None
    periods: list[str]
    departements: list[Departement]


def _atlas(conn: Database, pack: Pack, period: str) -> Atlas:
    year = mapping.period_of(conn, pack, period or None)
    known = layers.periods(conn, pack, pack.dataset("ips_lycees_years"))
    return Atlas(year, known, mapping.departements(conn, pack, year) if year else [])


def _side(words: str) -> Side | None:
    """production:2024-2025, batch: and the like, as a form sends them."""
    if not words:
        return None
    layer, _, period = words.partition(":")
    found = next((each for each in layers.LAYERS if each == layer), None)
    if found is None:
        raise DeclarationError(f"{words!r} is no side.", hint="Write production:2024-2025, or batch: for what waits.")
    return Side(found, period or None)


def _distribution(
    desk: Desk, dataset: str, now: str, before: str, column: str, rows: str
) -> tuple[Dataset, Distribution]:
    with desk.reading() as conn:
        pack, found = catalog.flat_dataset(conn, dataset)
        return found, spreading.distribution(
            conn, pack, found, now=_side(now), before=_side(before), column=column or None,
            rows=rows or None,  # type: ignore[arg-type]
        )  # fmt: skip


def _joined(desk: Desk) -> list[Joined]:
    with desk.reading() as conn:
        return [joined for pack in catalog.file_packs(conn) for joined in joining.coverage(conn, pack)]


@dataclass(frozen=True, slots=True)
class Join:
    """One reference, by period, and a page of what finds no partner."""

    joined: Joined
    partners: list[str]
    strangers: Strangers


def _join(desk: Desk, dataset: str, column: str, partner: str, period: str, number: int) -> Join:
    with desk.reading() as conn:
        pack, found = catalog.flat_dataset(conn, dataset)
        one = joining.reference(pack, found.name, column, partner or None)
        if period and layers.period_column(found) is None:
            raise UnknownTarget(f"{found.name} has no periods.", hint="Leave the period out.")
        return Join(
            joining.joined(conn, pack, one),
            [d.name for d in joining.partners(pack, one)],
            joining.strangers(conn, pack, one, period=period or None, page=number),
        )


# The pages.


@pages.get("/schools")
def index(request: Request, desk: Viewer) -> HTMLResponse:
    """Datasets by group: whose they are, how new, what is missing."""
    return page(request, desk, "schools.html", title="Schools", packs=_held(desk))


@pages.get("/schools/map")
def map_page(request: Request, desk: Viewer, departement: Plain = "", period: Period = "") -> HTMLResponse:
    """A département's lycées by index."""
    with desk.reading() as conn:
        pack = _pack_with_map(conn)
        atlas = _atlas(conn, pack, period)
        made = mapping.map_of(conn, pack, departement, period or None) if departement else None
    return page(
        request, desk, "schools_map.html",
        title=f"Map, {made.departement.name}" if made else "Map",
        atlas=atlas, map=made, drawing=drawing.drawn(made) if made else None,
    )  # fmt: skip


@pages.get("/schools/joins")
def joins_page(request: Request, desk: Viewer) -> HTMLResponse:
    """How tables fit together."""
    return page(request, desk, "schools_joins.html", title="Join coverage", joins=_joined(desk))


@pages.get("/schools/joins/{dataset}/{column}")
def join_page(
    request: Request,
    desk: Viewer,
    dataset: DatasetName,
    column: Plain,
    partner: Plain = "",
    period: Period = "",
    number: PageNumber = 1,
) -> HTMLResponse:
    """One reference, and who finds no partner."""
    found = _join(desk, dataset, column, partner, period, number)
    one = found.joined.reference
    return page(
        request, desk, "schools_join.html", title=f"{one.dataset}.{one.column} in {one.partner}", join=found,
        period=period,
    )  # fmt: skip


@pages.get("/schools/{dataset}/distribution")
def distribution_page(
    request: Request,
    desk: Viewer,
    dataset: DatasetName,
    now: Plain = "",
    before: Plain = "",
    column: Plain = "",
    rows: Compared = "",
) -> HTMLResponse:
    """The numbers of a dataset on two sides."""
    declared, found = _distribution(desk, dataset, now, before, column, rows)
    return page(
        request, desk, "schools_distribution.html", title=f"Distribution of {declared.name}",
        dataset=declared, found=found, said=drawing.said,
        numeric=[column.name for column in declared.source_columns if layers.is_number(column)],
        bars=drawing.bars(found.histogram) if found.histogram else None, boxes=drawing.boxes(found.boxes),
    )  # fmt: skip


@pages.get("/schools/{dataset}/row")
def row_page(
    request: Request, desk: Viewer, dataset: DatasetName, key: Annotated[list[Plain], Query(max_length=8)]
) -> HTMLResponse:
    """One row: as published, as it waits, as it was."""
    declared, found, scope_id = _row(desk, dataset, key)
    return page(
        request, desk, "schools_row.html", title=f"{declared.name} {' '.join(key)}",
        dataset=declared, row=found, scope_id=scope_id,
    )  # fmt: skip


@pages.get("/schools/{dataset}/csv")
def csv_page(desk: Viewer, dataset: DatasetName, asked: Asked) -> Response:
    """The filtered rows as a file."""
    return _csv(desk, dataset, asked)


@pages.get("/schools/{dataset}")
def table_page(request: Request, desk: Viewer, dataset: DatasetName, asked: Asked) -> HTMLResponse:
    """A table, filtered, sorted, paged."""
    with desk.reading() as conn:
        pack, declared = catalog.flat_dataset(conn, dataset)
        found = tables.page(conn, pack, declared, asked.wish)
        known = layers.periods(conn, pack, declared, asked.wish.layer)
        has_waiting = layers.waits(conn, pack, declared)
    lines = _lines_of_form(asked)
    return page(
        request, desk, "schools_table.html", title=declared.name, dataset=declared, table=found, asked=asked,
        lines=lines, left_out=_left_out(asked, found), known=known, has_waiting=has_waiting,
        hows=tables.HOWS, layers=layers.LAYERS, period_column=layers.period_column(declared), deepest=_DEEPEST,
        address=lambda **changes: _address(asked, changes),
    )  # fmt: skip


def _left_out(asked: _Asked, found: Page) -> list[str]:
    """Columns with nothing in them, but for those that somebody asked for by name."""
    meant = {asked.wish.sort.removeprefix("-"), *(each.column for each in asked.wish.filters)}
    return [name for name in found.empty if name not in meant]


def _lines_of_form(asked: _Asked) -> list[tuple[str, str, str]]:
    """The conditions as they were typed, and one empty line to add another."""
    kept = [(each.column, each.how, each.value) for each in asked.wish.filters]
    return [*kept, ("", "contains", "")] if len(kept) < _FILTERS else list(kept)


def _address(asked: _Asked, changes: dict[str, Any]) -> str:
    """The query of this table's address with some of it changed; `without` leaves one condition out."""
    wish = asked.wish
    without = changes.pop("without", None)
    told: dict[str, Any] = {
        "layer": wish.layer if wish.layer != "production" else "", "period": wish.period or "", "sort": wish.sort,
        "retired": "true" if wish.retired else "", "page": "",
    }  # fmt: skip
    told |= changes
    pairs = [(name, str(value)) for name, value in told.items() if value not in ("", None)]
    for n, each in enumerate(wish.filters):
        if n != without:
            pairs += [("column", each.column), ("how", each.how), ("value", each.value)]
    return urlencode(pairs)


def _row(desk: Desk, dataset: str, key: list[str]) -> tuple[Dataset, Row, int | None]:
    with desk.reading() as conn:
        pack, declared = catalog.flat_dataset(conn, dataset)
        return declared, tables.row(conn, pack, declared, key), layers.scope_id(conn, pack, declared)


def _csv(desk: Desk, dataset: str, asked: _Asked) -> Response:
    held = ExitStack()
    try:
        conn = held.enter_context(desk.reading())
        pack, declared = catalog.flat_dataset(conn, dataset)
        pieces = tables.as_csv(conn, pack, declared, asked.wish)
        # asked for here, so that a refusal is an answer and not a broken file
        first = next(pieces)
    except BaseException:
        held.close()
        raise

    def sent() -> Iterator[bytes]:
        with held:
            yield first
            yield from pieces

    layer = "published" if asked.wish.layer == "production" else asked.wish.layer
    name = "-".join([declared.name, *([asked.wish.period] if asked.wish.period else []), layer])
    safe = "".join(letter if (letter.isalnum() and letter.isascii()) or letter in "-_." else "_" for letter in name)
    return StreamingResponse(
        sent(),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{safe}.csv"'},
    )


# The same for programs.


@api.get("/schools")
def held(desk: Viewer) -> list[Holdings]:
    """Datasets by group: whose they are, how new, what is missing."""
    return _held(desk)


@api.get("/schools/map")
def atlas(desk: Viewer, period: Period = "") -> Atlas:
    """Départements that a map can be asked for."""
    with desk.reading() as conn:
        return _atlas(conn, _pack_with_map(conn), period)


@api.get("/schools/map/{departement}")
def map_of(desk: Viewer, departement: Plain, period: Period = "") -> Map:
    """A département's lycées by index, and its outline in degrees."""
    with desk.reading() as conn:
        return mapping.map_of(conn, _pack_with_map(conn), departement, period or None)


@api.get("/schools/joins")
def joins(desk: Viewer) -> list[Joined]:
    """How tables fit together, by period."""
    return _joined(desk)


@api.get("/schools/joins/{dataset}/{column}")
def join(
    desk: Viewer,
    dataset: DatasetName,
    column: Plain,
    partner: Plain = "",
    period: Period = "",
    number: PageNumber = 1,
) -> Join:
    """One reference by period, and who finds no partner."""
    return _join(desk, dataset, column, partner, period, number)


@api.get("/schools/{dataset}/distribution")
def distribution(
    desk: Viewer,
    dataset: DatasetName,
    now: Plain = "",
    before: Plain = "",
    column: Plain = "",
    rows: Compared = "",
) -> Distribution:
    """The numbers of a dataset on two sides; where one is a part, of rows that both have, unless all are asked for."""
    return _distribution(desk, dataset, now, before, column, rows)[1]


@api.get("/schools/{dataset}/row")
def row(desk: Viewer, dataset: DatasetName, key: Annotated[list[Plain], Query(max_length=8)]) -> Row:
    """One row: as published, as it waits, as it was."""
    return _row(desk, dataset, key)[1]


@api.get("/schools/{dataset}/csv", response_class=StreamingResponse)
def csv(desk: Viewer, dataset: DatasetName, asked: Asked) -> Response:
    """The filtered rows as a file."""
    return _csv(desk, dataset, asked)


@api.get("/schools/{dataset}")
def table(desk: Viewer, dataset: DatasetName, asked: Asked) -> Page:
    """A hundred rows of a table, filtered and sorted, and how many there are."""
    with desk.reading() as conn:
        pack, declared = catalog.flat_dataset(conn, dataset)
        return tables.page(conn, pack, declared, asked.wish)
