"""What is published, in another form: documents of a pack's SQL, and the files they become."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from greenroom.db.kernel import Database, rows
from greenroom.model.errors import DeclarationError, UnknownTarget
from greenroom.model.pack import Pack


@dataclass(frozen=True, slots=True)
class Document:
    """One document: where it belongs, below the base address, and the subject it holds whole, if it does."""

    path: str
    subject: str | None
    content: dict[str, Any]

    def text(self) -> str:
        """As a file holds it."""
        return json.dumps(self.content, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def documents(
    conn: Database, pack: Pack, scopes: Sequence[int], form: str, *, only: str | None, base: str | None, whole: bool
) -> list[Document]:
    """What is published of these scopes; with `whole` one document for each subject that is current, and no more."""
    function = pack.exports.get(form)
    if function is None:
        known = ", ".join(pack.exports) or "none"
        raise DeclarationError(f"{pack.name} is not exported as {form!r}.", hint=f"Formats of {pack.name}: {known}.")
    found = rows(conn, pack, function, scopes=list(scopes), only=only, base=base, whole=whole)
    return [Document(row["path"], row["subject_code"], row["document"]) for row in found]


def one_of(found: Sequence[Document]) -> Document:
    """The one whole document among these."""
    if len(found) != 1:
        told = ", ".join(str(document.subject) for document in found[:10]) + (" …" if len(found) > 10 else "")
        raise UnknownTarget(
            f"{len(found)} subjects are published: {told}.",
            hint="Name one with --subject, or give a folder with -o.",
        )
    return found[0]


def write_file(document: Document, file: Path) -> None:
    """Write one document whole, or not at all."""
    _put(file, document.text())


def write_folder(found: Sequence[Document], folder: Path) -> None:
    """Write each document below `folder` at its path, ending in .json. A folder that holds anything is refused."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise DeclarationError(
            f"{folder} holds something already; what is no longer published would stay in it.",
            hint="Give a new folder, then put it in the old one's place.",
        )
    for document in found:
        file = folder / f"{document.path}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(document.text(), encoding="utf-8")


def _put(file: Path, text: str) -> None:
    draft = file.with_name(f".{file.name}.part")
    file.parent.mkdir(parents=True, exist_ok=True)
    draft.write_text(text, encoding="utf-8")
    draft.replace(file)
