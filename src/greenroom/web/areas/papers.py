"""A paper by its address: a person's words enter; the document's own are put beside them, and it is staged."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal
from urllib.parse import urlsplit

from fastapi import APIRouter, Query, Request, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from greenroom import pipeline
from greenroom.audit import browse
from greenroom.catalog import Found
from greenroom.db.connection import begin
from greenroom.db.kernel import Database
from greenroom.model.errors import Blocked, ContractBroken, NotAllowed, SourceError, SourceUnreadable
from greenroom.web.access import Editor
from greenroom.web.browsing import At, Place, mistakes_in, one_subject, scope_of
from greenroom.web.ground import Desk
from greenroom.web.render import follow, page
from greenroom.web.words import Cell, Named, Plain

pages = APIRouter()
api = APIRouter(tags=["browse"])


@dataclass(frozen=True, slots=True)
class Added:
    """What became of a paper that somebody named. `how` says whose word it stands on."""

    batch: int | None
    how: Literal["the document's", "the form's"]
    words: str


def _web_address(text: str) -> str:
    text = text.strip()
    if re.search(r"[\s<>\"\\]", text):
        raise ValueError("holds a blank or a character that no address has")
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ValueError("is no address") from None
    if parts.scheme not in ("http", "https") or not host:
        raise ValueError("is no web address: it begins with https://")
    if parts.username or parts.password:
        raise ValueError("holds a user name or password: leave it out")
    return text


class PaperAsked(BaseModel):
    """One paper in a person's words."""

    model_config = ConfigDict(extra="forbid")

    board: Named
    qualification: Named
    subject: Named
    version: Plain = ""
    url: Annotated[Cell, Field(max_length=2_000), AfterValidator(_web_address)]
    year: Annotated[int, Field(ge=1950, le=2100)]
    series: Named
    type: Named
    tier: Plain = ""
    component: Plain = ""
    paper_number: Annotated[int | None, Field(ge=0, le=99)] = None
    language: Plain = "English"
    title: Plain = ""
    # False: the document is not fetched, the words are taken as they are.
    fetch: bool = True


def add_paper(desk: Desk, asked: PaperAsked) -> Added:
    """One paper by its address: the document's own words where it can be fetched, else those of the form.

    Where the two contradict each other nothing is written: a person decides.
    """
    with desk.database() as conn:
        with begin(conn):
            found = scope_of(desk, conn, asked.board, asked.qualification)
            _refuse_unknown_words(conn, asked)
            one_subject(desk, conn, asked.board, asked.qualification, asked.subject, asked.version or None)
        why = "You asked not to fetch it."
        if asked.fetch:
            why = _fetched(desk, conn, found, asked)
            if not why:
                return _staged_as_fetched(desk, conn, found, asked)
        said = {
            "url": asked.url, "year": asked.year, "series": asked.series, "type": asked.type,
            "tier": asked.tier or None, "component_code": asked.component or None, "paper_number": asked.paper_number,
            "language": asked.language or "English", "title": asked.title or None,
            "spec_version": asked.version or None,
        }  # fmt: skip
        staged = pipeline.take_word(conn, found, asked.subject, said, source=f"added by {desk.person.name}")
    if staged.batch is None:
        return Added(None, "the form's", "This paper is there already: nothing was added.")
    return Added(staged.batch.id, "the form's", f"Added in your words, as a part: nothing is retired. {why}")


def _fetched(desk: Desk, conn: Database, found: Found, asked: PaperAsked) -> str:
    """Why the form's words must do; nothing where the document was read and says the same.

    Raises where the address is gone, or leads to something else than the form says.
    """
    store = desk.ground.fetching.store
    try:
        snapshots = list(pipeline.bring_from(asked.url, found.pack, desk.ground.fetching, keys=found.keys))
    except (NotAllowed, SourceUnreadable) as error:
        return f"The document was not fetched: {error.message}"
    told = pipeline.papers_in(found, snapshots[-1], store, asked.subject)
    if told is None:
        raise ContractBroken(
            "The address leads to a specification or a list, not to one paper.",
            hint=f'Stage it whole: greenroom stage "{found.name}" --from {asked.url}',
        )
    if not told:
        return "The document was fetched, and does not say of which series it is."
    differ = list(_differences(asked, told[0]))
    if differ:
        raise Blocked(
            "The document says something else than the form.",
            hint="Correct the form; or take your own words, unfetched, if the document is wrong.",
            findings=differ,
        )
    return ""


def _staged_as_fetched(desk: Desk, conn: Database, found: Found, asked: PaperAsked) -> Added:
    store = desk.ground.fetching.store
    snapshot = store.latest(asked.url)
    if snapshot is None:
        raise SourceUnreadable(f"What {asked.url} gave was not kept.")
    staged = pipeline.stage(conn, found, snapshot, store, only=asked.subject)
    if staged.batch is None:
        return Added(None, "the document's", "This paper is there already: nothing was added.")
    return Added(staged.batch.id, "the document's", "Fetched, read and added as a part: nothing is retired.")


def _differences(asked: PaperAsked, told: Mapping[str, object]) -> Iterator[dict[str, object]]:
    mine = {
        "year": asked.year, "series": asked.series, "type": asked.type, "tier": asked.tier,
        "component_code": asked.component,
    }  # fmt: skip
    for name, value in mine.items():
        theirs = told.get(name)
        # silence is no contradiction
        if value in ("", None) or theirs in ("", None) or str(value).casefold() == str(theirs).casefold():
            continue
        yield {
            "check": f"paper_{name}_mismatch", "severity": "error",
            "message": f"{name.removesuffix('_code')}: the form says {value}, the document says {theirs}",
        }  # fmt: skip


def _refuse_unknown_words(conn: Database, asked: PaperAsked) -> None:
    series, kinds = browse.known_words(conn)
    for value, known, name in ((asked.series, series, "series"), (asked.type, kinds, "type")):
        if value not in known:
            raise ContractBroken(f"No {name} is called {value!r}.", hint=f"Known: {', '.join(known)}.")


@api.post("/browse/papers")
def add_as_json(desk: Editor, asked: PaperAsked) -> Added:
    """Add one paper by its address, as a part of its subject's papers."""
    return add_paper(desk, asked)


@pages.get("/browse/add")
def add_page(
    request: Request,
    desk: Editor,
    board: Place,
    qualification: Place,
    subject: Place,
    version: Annotated[Plain, Query()] = "",
) -> Response:
    """A form for one paper."""
    given = {"board": board, "qualification": qualification, "subject": subject, "version": version, "fetch": "yes"}
    return _add_form(request, desk, given)


@pages.post("/browse/add")
async def add_form(request: Request, desk: Editor) -> Response:
    """Add one paper, from a form."""
    from starlette.concurrency import run_in_threadpool

    form = {name: value for name, value in (await request.form()).items() if isinstance(value, str)}
    return await run_in_threadpool(_add, request, desk, form)


def _add(request: Request, desk: Desk, form: dict[str, str]) -> Response:
    known = {name: value for name, value in form.items() if name in PaperAsked.model_fields and name != "fetch"}
    if not known.get("paper_number", "").strip():
        known.pop("paper_number", None)
    try:
        asked = PaperAsked.model_validate({**known, "fetch": form.get("fetch") == "yes"})
    except ValidationError as error:
        return _add_form(request, desk, form, mistakes=mistakes_in(error), status=422)
    try:
        added = add_paper(desk, asked)
    except (SourceError, Blocked) as error:
        return _add_form(request, desk, form, refused=error, status=409)
    if added.batch is None:
        return follow(desk, _place_of(asked), added.words, kind="info")
    return follow(desk, f"/browse/batch/{added.batch}", added.words)


def _place_of(asked: PaperAsked) -> str:
    at = At(asked.board, asked.qualification, asked.subject, asked.version or None, "batch", "papers")
    return at.but()


def _add_form(
    request: Request,
    desk: Desk,
    given: Mapping[str, str],
    *,
    mistakes: Mapping[str, str] | None = None,
    refused: SourceError | Blocked | None = None,
    status: int = 200,
) -> Response:
    """The form as it was filled in, with what is wrong beside each field."""
    with desk.reading() as conn:
        _, versions = one_subject(
            desk, conn, given.get("board", ""), given.get("qualification", ""), given.get("subject", ""),
            given.get("version") or None,
        )  # fmt: skip
        series, kinds = browse.known_words(conn)
    one = versions[0]
    at = At(one.board, one.qualification, one.code, one.version)
    return page(
        request, desk, "browse_add.html", status=status, title="Add a paper", at=at, one=one, given=given,
        mistakes=mistakes or {}, refused=refused, series=series, kinds=kinds,
    )  # fmt: skip
