"""Correcting a subject's topics: a scope and a subject enter, their tree leaves, as a page and for its script."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse

from greenroom.web import correcting
from greenroom.web.access import Viewer
from greenroom.web.correcting import RowAnswer, TreeAnswer
from greenroom.web.numbers import ScopeId
from greenroom.web.render import page
from greenroom.web.words import Plain

pages = APIRouter()
api = APIRouter(tags=["correcting"])

Subject = Annotated[Plain, Query(description="The subject's code.")]
Version = Annotated[
    Plain, Query(description="Its specification version; empty for one without a name, or the only one.")
]
Ref = Annotated[str, Query(min_length=1, max_length=1_000, pattern=r"^[^\x00-\x1f]+$", description="A row.")]


@pages.get("/scope/{scope_id}/tree")
def tree_page(
    request: Request, desk: Viewer, scope_id: ScopeId, subject: Subject = "", version: Version = ""
) -> HTMLResponse:
    """A subject's topics; without a subject, the subjects to choose from; of several versions, these."""
    with desk.reading() as conn:
        place = correcting.place_of(desk, conn, scope_id)
        subjects = correcting.subjects_of(conn, place)
        if not subject:
            return page(request, desk, "tree_subjects.html", place=place, subjects=subjects, title="Topics")
        versions = [each for each in subjects if each.key[0] == subject]
        if not version and len(versions) > 1 and correcting.key_of(place, subject) not in [v.key for v in versions]:
            return page(request, desk, "tree_subjects.html", place=place, subjects=versions, title=subject)
        key = correcting.tree_key(conn, place, subject, version)
        answer, _ = correcting.tree_answer(desk, conn, place, key)
        depths = correcting.depths(answer.rows)
    return page(
        request,
        desk,
        "tree.html",
        title=f"{answer.title}, topics",
        answer=answer,
        place=place,
        subjects=subjects,
        depths=depths,
        can_open=correcting.may_edit(desk) and not answer.is_pending,
        address=lambda ref: correcting.address(place, key, ref),
    )


@api.get("/scope/{scope_id}/tree", summary="A subject's topics as a tree")
def tree(desk: Viewer, scope_id: ScopeId, subject: Subject, version: Version = "") -> TreeAnswer:
    """Rows in the order they are read, deleted ones too, with what was done to each and what production says."""
    with desk.reading() as conn:
        place = correcting.place_of(desk, conn, scope_id)
        answer, _ = correcting.tree_answer(desk, conn, place, correcting.tree_key(conn, place, subject, version))
    return answer


@api.get("/scope/{scope_id}/tree/mark", summary="Whether a tree has changed", response_class=Response)
def mark(request: Request, desk: Viewer, scope_id: ScopeId, subject: Subject, version: Version = "") -> Response:
    """Only an ETag: another one whenever anything that the tree shows has changed."""
    with desk.reading() as conn:
        place = correcting.place_of(desk, conn, scope_id)
        unit = correcting.unit_at(conn, place, correcting.tree_key(conn, place, subject, version))
    tag = f'"{unit.mark}"'
    is_known = tag in request.headers.get("if-none-match", "")
    return Response(status_code=304 if is_known else 204, headers={"etag": tag, "cache-control": "private, no-cache"})


@api.get("/scope/{scope_id}/tree/row", summary="One topic with its columns, findings and history")
def row(desk: Viewer, scope_id: ScopeId, subject: Subject, row: Ref, version: Version = "") -> RowAnswer:
    """Everything about one row."""
    with desk.reading() as conn:
        place = correcting.place_of(desk, conn, scope_id)
        answer, _ = correcting.row_answer(conn, place, correcting.tree_key(conn, place, subject, version), row)
    return answer
