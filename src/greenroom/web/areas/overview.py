"""The first page: where every board, qualification and dataset stands, and what waits for a person, on top."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from fastapi import APIRouter, Request, Response

from greenroom import catalog
from greenroom.audit import browse
from greenroom.audit.scopes import STATES, Standing, Unknown, Work, failed_fetches, standings, worklist
from greenroom.model.pack import Pack
from greenroom.web.access import Viewer
from greenroom.web.ground import Desk
from greenroom.web.render import page

pages = APIRouter()
api = APIRouter(tags=["overview"])

# Of one kind of work, how much the page shows before it is folded.
_FIRST = 8


@dataclass(frozen=True, slots=True)
class Cell:
    """A scope at a glance, with its states in words, the most urgent first."""

    states: tuple[str, ...]
    standing: Standing


@dataclass(frozen=True, slots=True)
class Matrix:
    """Boards downwards, qualifications across; a pair that nobody offers or has staged has no cell."""

    pack: str
    boards: tuple[str, ...]
    qualifications: tuple[str, ...]
    cells: tuple[Cell, ...]

    @property
    def has_offers(self) -> bool:
        """Whether a board's list of what it offers was ever read: only then is something missing."""
        return any(cell.standing.offered for cell in self.cells)

    def at(self, board: str, qualification: str) -> Cell | None:
        """The cell of a pair."""
        return next((cell for cell in self.cells if cell.standing.keys == (board, qualification)), None)


@dataclass(frozen=True, slots=True)
class Group:
    """A scope of flat data: its tables, and where it stands."""

    name: str
    tables: tuple[str, ...]
    cell: Cell

    @property
    def is_empty(self) -> bool:
        """Whether nothing of it was ever staged or published."""
        return self.cell.states == ("empty",) and self.cell.standing.release is None


@dataclass(frozen=True, slots=True)
class Datasets:
    """The flat datasets of one pack, or of one that is installed a second time."""

    pack: str
    note: str
    groups: tuple[Group, ...]


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything the first page says."""

    packs: tuple[str, ...]
    work: tuple[Work, ...] = ()
    matrices: tuple[Matrix, ...] = ()
    datasets: tuple[Datasets, ...] = ()
    scopes: dict[str, int] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Whether nothing was ever staged here, nor waits to be."""
        return not self.scopes or set(self.scopes) == {"empty"}


def overview(desk: Desk) -> Overview:
    """What the page shows and the API answers."""
    with desk.reading() as conn:
        packs = desk.packs(conn)
        if not packs:
            return Overview(())
        standing = standings(conn, packs)
        unknown = [Unknown(**row) for row in catalog.unknown_rows(conn)]  # type: ignore[arg-type]
        failed = failed_fetches(conn)
    counted: dict[str, int] = {}
    for one in standing:
        counted[one.state] = counted.get(one.state, 0) + 1
    return Overview(
        packs=tuple(pack.name for pack in packs),
        work=tuple(worklist(standing, unknown=unknown, failed=failed)),
        matrices=tuple(_matrix(pack, standing) for pack in packs if browse.has_trees(pack)),
        datasets=tuple(_datasets(packs, standing)),
        scopes={word: counted[word] for word in STATES if word in counted},
    )


def _cell(one: Standing) -> Cell:
    return Cell(one.states, one)


def _matrix(pack: Pack, standing: Iterable[Standing]) -> Matrix:
    mine = [one for one in standing if one.pack == pack.name and len(one.keys) == 2 and _is_worth_a_cell(one)]
    return Matrix(
        pack.name,
        tuple(sorted({one.keys[0] for one in mine}, key=str.casefold)),
        tuple(sorted({one.keys[1] for one in mine}, key=str.casefold)),
        tuple(_cell(one) for one in mine),
    )


def _is_worth_a_cell(one: Standing) -> bool:
    """A scope that somebody only asked about holds nothing to show."""
    return one.state != "empty" or one.offered > 0 or one.release is not None or one.inbox.subjects > 0


def _datasets(packs: Sequence[Pack], standing: Sequence[Standing]) -> Iterable[Datasets]:
    named = {(one.pack, one.keys): one for one in standing}
    for pack in packs:
        if browse.has_trees(pack):
            continue
        groups = []
        for group, datasets in catalog.groups(pack).items():
            one = named.get((pack.name, (group,)), Standing(pack.name, (group,), group))
            groups.append(Group(group, tuple(d.table for d in datasets), _cell(one)))
        yield Datasets(pack.name, pack.note, tuple(groups))
    first = {pack.name for pack in packs}
    for name in sorted({one.pack for one in standing} - first):
        beside = [Group(one.name, (), _cell(one)) for one in standing if one.pack == name]
        yield Datasets(name, "Installed a second time, beside the first.", tuple(beside))


@pages.get("/")
def first_page(request: Request, desk: Viewer) -> Response:
    """Where everything stands."""
    return page(request, desk, "overview.html", title="Overview", overview=overview(desk), first=_FIRST)


@api.get("/overview")
def overview_as_json(desk: Viewer) -> Overview:
    """Where every scope stands, and what waits for a person."""
    return overview(desk)
