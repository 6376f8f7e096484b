"""A disk that is full: a coded error, nothing half done, the application's rows untouched; with room again it goes on."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from support import live
from support.cases import Case
from support.databases import Database
from support.faults import tally
from support.faults.marks import COMMITTED
from support.faults.migrator import Nursery
from support.faults.worlds import twins

DISK_MB = 48
BLOCK = bytes(8192)


@contextmanager
def small_disk() -> Iterator[Path]:
    """A file system of its own with little room; only root of a Linux may mount one.

    Not below pytest's folders: every other test run closes those to all accounts but its own.
    """
    folder = Path(tempfile.mkdtemp(prefix="rf-disk-", dir="/tmp"))
    try:
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m,mode=0755", "tmpfs", folder],
            check=True,
            capture_output=True,
        )
    except (OSError, subprocess.CalledProcessError):
        folder.rmdir()
        pytest.skip("NO FAULT: a small file system can only be mounted on Linux, as root with CAP_SYS_ADMIN")
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True, capture_output=True)
        folder.rmdir()


@contextmanager
def full(ballast: Path) -> Iterator[Callable[[], None]]:
    """A function that takes all the room there is; at the end there is room again."""

    def fill() -> None:
        with ballast.open("ab", buffering=0) as out, suppress(OSError):
            while True:
                out.write(BLOCK)
        assert os.statvfs(ballast).f_bavail == 0

    ballast.touch()
    try:
        yield fill
    finally:
        ballast.unlink()


STEPS = (
    "backfill/public.notes/rows",
    "backfill/public.notes/index/notes_client_id_id_idx",
    "backfill/memberships",
    "expand/memberships",
)


@pytest.mark.parametrize("step", STEPS[:1] if tally.share() is None else STEPS)
def test_a_full_disk(nursery: Nursery, counting: tally.Counting, tmp_path: Path, step: str) -> None:
    """The tablespace fills up in the middle of a step: apply ends with PostgreSQL's own words, and goes on later."""
    counts = counting("disk full")
    with small_disk() as disk, live.own_server() as (embedded, database):
        place = disk / "space"
        place.mkdir()
        owner = embedded.data_directory.stat()
        os.chown(place, owner.st_uid, owner.st_gid)
        database.execute(f"create tablespace small location '{place}'")

        def load(origin: Database) -> Case:
            with origin.server.admin() as conn:
                conn.execute(f"alter database {origin.name} set tablespace small".encode())
            return live.notes(origin, tmp_path, rows=20_000, chunk_pages=8)

        with twins(database.server, nursery, tmp_path, load) as pair:
            peace = pair.in_peace("apply")
            with full(disk / "ballast") as fill, nursery.start(pair.order("apply")) as migrator:
                migrator.until(lambda m: m.point == COMMITTED and m.kind == "StepStarted" and m.subject == step)
                fill()
                failed = [migrator.finish(), nursery.start(pair.order("apply")).finish()]
            counts.faults += len(failed)
            for ended in failed:
                assert ended.outcome == "RF602", ended
                assert "53100" in ended.detail
                assert "ringfence apply" in ended.detail
            pair.settle("apply", peace.state, counts)
