"""No room left on the disk: refused, nothing changed, and it works once there is room."""

import os
import shutil
import subprocess

import psycopg
import pytest
from psycopg import sql
from tests.faults.scenes import connect, digest, exact, fill_inbox, promote

from greenroom.db.binaries import server_account

SIZE = {"subjects": 4, "leaves": 99}


@pytest.fixture
def tiny(fragile, tmp_path_factory):
    """A tablespace on a file system of a few megabytes; `tiny(size)` makes it that big."""
    if os.geteuid() != 0 or not shutil.which("mount"):
        pytest.skip("needs root and mount to make a small file system")
    folder = fragile.running.folder / "tiny"
    folder.mkdir(exist_ok=True)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder)], check=False, capture_output=True
    )
    if mounted.returncode:
        folder.rmdir()
        pytest.skip("this machine lets nobody mount a file system")
    account = server_account()
    inner = folder / "space"
    inner.mkdir()
    os.chown(inner, account.uid, account.gid)
    with connect(fragile.running.address()) as superuser:
        superuser.execute(sql.SQL("create tablespace tiny location {}").format(sql.Literal(str(inner))))
        superuser.execute("grant create on tablespace tiny to public")

    def resize(size):
        subprocess.run(["mount", "-o", f"remount,size={size}", str(folder)], check=True)

    yield resize
    with connect(fragile.running.address()) as superuser:
        # Files of a dropped database go with the next checkpoint.
        superuser.execute("checkpoint")
        superuser.execute("drop tablespace tiny")
    subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.parametrize(
    "what", ["temporary tables", "public.curriculum_topics", "greenroom.batch_topics", "greenroom.history"]
)
def test_a_full_disk_changes_nothing(fragile, tiny, what):
    name = fragile.copy()
    try:
        with connect(fragile.url(name)) as owner:
            fill_inbox(owner, **SIZE)
            edition = 1
            if what == "greenroom.history":
                promote(owner)
                fill_inbox(owner, edition=2, **SIZE)
                edition = 2
            if what == "temporary tables":
                owner.execute(sql.SQL("alter database {} set temp_tablespaces = tiny").format(sql.Identifier(name)))
            else:
                owner.execute(f"alter table {what} set tablespace tiny")
        tiny("512k")
        with connect(fragile.url(name)) as owner:
            before, words = exact(owner), digest(owner)
            with pytest.raises(psycopg.Error) as refused:
                promote(owner)
            assert refused.value.sqlstate == "53100"
            assert (exact(owner), digest(owner)) == (before, words)
            tiny("64m")
            assert promote(owner)["topics"] == 4000
            stamp = owner.execute(
                "select distinct substring(topic_name from 'v(\\d+)$') from public.curriculum_topics"
            ).fetchall()
            assert stamp == [(str(edition),)]
    finally:
        fragile.drop(name)
