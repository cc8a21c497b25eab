"""What is asked of a site, and where it stands in a visit."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Request:
    """One address to fetch. `kind` says what will be read from it: a pack's own word ("specification").

    `form` is posted as a form when given; it belongs to the identity of the request. `part_of` is the address of the
    first page of a list of which this is a further page: pages of one list are read together.
    `subject` is the first key part of the unit the document is about, `name` what people call it, where known.
    `leads_on` is false for a document from which nothing further is followed. `by_name`: only its `name` tells of
    which subject it is; it is read once a subject of that name is known. `known_as` is the address it is kept under,
    where its own holds what must not be stored.
    """

    address: str
    kind: str
    subject: str | None = None
    name: str | None = None
    form: tuple[tuple[str, str], ...] = ()
    part_of: str | None = None
    leads_on: bool = True
    # Further headers, such as the one that tells a site's own script apart from a page load.
    headers: tuple[tuple[str, str], ...] = ()
    # A JSON body, instead of a form.
    body: str | None = None
    by_name: bool = False
    known_as: str | None = None
