"""What is published, in a standard's form: one document, or the answers of a service as files."""

from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer

from greenroom import catalog
from greenroom.catalog import Found
from greenroom.cli.session import Json, Subject, Target, answer, database
from greenroom.db.connection import begin
from greenroom.model.errors import DeclarationError, UnknownTarget
from greenroom.model.pack import Pack
from greenroom.publish import takeout
from greenroom.publish.takeout import Document


def export(
    target: Target,
    form: Annotated[str, typer.Option("--as", help="The form: case, for 1EdTech CASE 1.1.")],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="A .json file for one subject, or a new folder for all answers."),
    ] = None,
    subject: Subject = None,
    base: Annotated[
        str | None, typer.Option("--base", help="Where it will be served: https://example.org. Else urn:uuid: names.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Write what is published in a standard's form; without -o the document of one subject is printed."""
    if base is not None and (urlsplit(base).scheme not in {"http", "https"} or not urlsplit(base).netloc):
        raise DeclarationError(f"{base!r} is no base address.", hint="For example: --base https://example.org")
    is_folder = output is not None and output.suffix.casefold() != ".json"
    with database() as conn, begin(conn):
        found = catalog.resolve(conn, target)
        pack = _pack(found)
        for one in found if subject and len(found) == 1 else ():
            catalog.narrow(conn, one, subject)
        scopes = [one.scope_id for one in found]
        documents = takeout.documents(conn, pack, scopes, form, only=subject, base=base, whole=not is_folder)
    if not documents:
        named = " ".join(filter(None, (" ".join(target), subject)))
        raise UnknownTarget(f"Nothing of {named} is published.", hint="Publish it first: greenroom promote TARGET")
    if output is None:
        print(takeout.one_of(documents).text(), end="")
        return
    if is_folder:
        takeout.write_folder(documents, output)
    else:
        documents = [takeout.one_of(documents)]
        takeout.write_file(documents[0], output)
    answer(_told(documents, output), as_json=as_json, text=_words)


def _pack(found: list[Found]) -> Pack:
    packs = {one.pack.name: one.pack for one in found}
    if len(packs) != 1:
        raise DeclarationError(f"{', '.join(packs)} have no form in common.", hint="Name what is of one pack.")
    return next(iter(packs.values()))


def _told(documents: list[Document], output: Path) -> dict[str, Any]:
    subjects = [document.subject for document in documents if document.subject]
    return {"output": str(output), "documents": len(documents), "subjects": subjects}


def _words(told: dict[str, Any]) -> str:
    count = len(told["subjects"])
    subjects = f"{count} subject{'' if count == 1 else 's'}"
    files = f"{told['documents']} file{'' if told['documents'] == 1 else 's'}"
    return f"{told['output']}: {subjects} in {files}"
