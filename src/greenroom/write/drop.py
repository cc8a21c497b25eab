"""The drop folder: what a person put there by hand enters; snapshots, and what was left for next time, leave."""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from greenroom.model.errors import SourceError, SourceUnreadable
from greenroom.write.fetch import Snapshot, Store

# Hidden files, what browsers and office programs leave while they work, and what systems strew about.
_NOT_MEANT = re.compile(
    r"^(?:\.|~\$)|(?:~|\.(?:tmp|temp|part|partial|crdownload|download|swp|lock|filepart))$|^(?:Thumbs\.db|desktop\.ini)$",
    re.I,
)
# Browsers keep the pictures of a saved page in a folder beside it.
_BESIDE_A_PAGE = re.compile(r"_files$|^\.", re.I)
# A file that nobody wrote to for so long is whole; a younger one is watched for a moment.
_SETTLED_SECONDS = 30.0
_WATCHED_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Left:
    """A file that was not read, and why."""

    path: Path
    why: str


def place_of(home: Path, name: str) -> Path:
    """Where the files of a scope are put: `drop/IB IB` in GREENROOM_HOME."""
    return home / "drop" / name.replace("/", "-")


def folder_of(home: Path, name: str) -> Path:
    """The same, made if it was not there."""
    folder = place_of(home, name)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SourceUnreadable(
            f"The drop folder {folder} cannot be made: {error.strerror}.",
            hint="Name a folder that can be written with GREENROOM_HOME.",
        ) from error
    return folder


def dropped(folder: Path, store: Store) -> tuple[list[Snapshot], list[Left]]:
    """Keep what lies in the folder and below, but for what is still being copied; names say nothing."""
    paths = files_in(folder)
    changing = _changing(paths)
    kept: list[Snapshot] = []
    left: list[Left] = []
    for path in paths:
        why = changing.get(path)
        try:
            snapshot = None if why else store.keep(path, address=path.absolute().as_uri(), headers={})
            if snapshot and snapshot.size_bytes != path.stat().st_size:
                snapshot, why = None, _STILL_COPIED
        except FileNotFoundError:
            # somebody took it away again
            continue
        except SourceError as error:
            snapshot, why = None, error.message
        if snapshot:
            kept.append(snapshot)
        else:
            left.append(Left(path, why or _STILL_COPIED))
    return kept, left


_STILL_COPIED = "still being copied: left for next time"


def files_in(folder: Path) -> list[Path]:
    """The files of a folder and of those below that somebody means to be read."""
    return sorted(_meant(folder)) if folder.is_dir() else []


def _meant(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.is_dir():
            if not _BESIDE_A_PAGE.search(path.name) and not path.is_symlink():
                yield from _meant(path)
        elif not _NOT_MEANT.search(path.name):
            yield path


def _changing(paths: list[Path]) -> dict[Path, str]:
    """Files that are written to at this moment, and those that hold nothing yet."""
    before = {path: _state(path) for path in paths}
    young = [path for path, (_, changed_at) in before.items() if time.time() - changed_at < _SETTLED_SECONDS]
    if young:
        time.sleep(_WATCHED_SECONDS)
    found = {path: _STILL_COPIED for path in young if _state(path) != before[path]}
    return {path: "empty: left for next time" for path, (size, _) in before.items() if size == 0} | found


def _state(path: Path) -> tuple[int, float]:
    """Size, and when it was last written to: by the clock of the disk, which copying a file's own date leaves alone."""
    try:
        found = path.stat()
    except OSError:
        return 0, 0.0
    return found.st_size, found.st_ctime
