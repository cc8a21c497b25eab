"""Outlives the process that made a throw-away server, then stops the server and removes its folder.

Run as a script, with the standard library alone: FOLDER ALIVE PG_CTL UID GID (or - - for this account).
Whoever holds a lock on the file ALIVE keeps the server; the system lets go of it however that process ends,
kill -9 included.
"""

import contextlib
import fcntl
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path


def main(folder: Path, alive: Path, pg_ctl: str, uid: str, gid: str) -> None:
    """Wait, stop, remove."""
    held = alive.open("rb")
    if os.fork():
        # The maker waits for this exit only, and so never has a child to look after.
        return
    with held, contextlib.suppress(KeyboardInterrupt):
        fcntl.flock(held, fcntl.LOCK_EX)
    # An initdb or a start that was under way may outlast its maker by a moment.
    for _ in range(6):
        stop(folder / "data", pg_ctl, uid, gid)
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        time.sleep(0.5)


def stop(data: Path, pg_ctl: str, uid: str, gid: str) -> None:
    """Stop at once: nobody will read these data again."""
    if not (data / "postmaster.pid").exists():
        return
    ours = uid == "-"
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        subprocess.run(
            [pg_ctl, "-D", str(data), "-m", "immediate", "-w", "-t", "20", "stop"],
            check=False,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            user=None if ours else int(uid),
            group=None if ours else int(gid),
            extra_groups=None if ours else [],
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:6])
