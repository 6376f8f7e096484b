"""A migrator that is killed while the backup is taken or restored: no program of its goes on, nothing is left."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from support import live
from support.cases import Case
from support.databases import Database, Server
from support.faults import tally
from support.faults.marks import COMMITTED
from support.faults.migrator import Nursery
from support.faults.states import GONE_WITHIN_S
from support.faults.worlds import Twins, twins


def is_dumping(pair: Twins, _: Path) -> bool:
    """Somebody else's lock keeps pg_dump waiting."""
    question = (
        "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
        " and application_name = 'ringfence backup' and query ~* '^lock table'"
    )
    with psycopg.connect(pair.faulty.url, autocommit=True) as conn:
        return conn.execute(question.encode()).fetchone() is not None


def is_starting(_: Twins, temporary: Path) -> bool:
    """The scratch server is there."""
    return any(temporary.glob("*/data/postmaster.pid"))


def is_restoring(_: Twins, temporary: Path) -> bool:
    """pg_restore has begun."""
    return any((temporary.parent / f"{temporary.name}-backups").glob("*/pg_restore.log"))


@contextmanager
def temporary_folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for temporary files that nobody else uses, so that what stays in it is ours."""
    folder = Path(tempfile.mkdtemp(prefix="rf-t-", dir="/tmp"))
    folder.chmod(0o755)
    monkeypatch.setenv("TMPDIR", str(folder))
    yield folder
    left = [path.name for path in folder.iterdir() if not path.name.startswith("ringfence-")]
    assert left == []


def programs(*words: str) -> list[str]:
    """The command lines of processes that hold one of these words."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue  # it ended while we looked
        if any(word in line for word in words):
            found.append(line)
    return found


MOMENTS = (is_dumping, is_starting, is_restoring)


@pytest.mark.parametrize("moment", MOMENTS[:1] if tally.share() is None else MOMENTS)
def test_killed_in_the_middle_of_the_backup(
    server: Server,
    counting: tally.Counting,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    moment: Callable[[Twins, Path], bool],
) -> None:
    """pg_dump ends on the server too, the scratch server stops, and the next run takes and proves the backup."""
    if not Path("/proc/self/cmdline").exists():
        pytest.skip("NO FAULT: whether programs went on can only be seen in /proc")
    counts = counting("killed in the backup")
    with temporary_folder(monkeypatch) as temporary, Nursery() as nursery:
        backups = temporary.parent / f"{temporary.name}-backups"

        def load(origin: Database) -> Case:
            case = live.notes(origin, tmp_path, rows=4000)
            text = case.config.read_text()
            case.config.write_text(text.replace('mode = "none"', f'mode = "dump"\ndirectory = "{backups}"'))
            return case

        try:
            with twins(server, nursery, tmp_path, load) as pair:
                peace = pair.in_peace("apply")
                holder = live.client(pair.faulty, "somebody", autocommit=False)
                for done in backups.iterdir():
                    shutil.rmtree(done)
                migrator = nursery.start(pair.order("apply"))
                migrator.until(lambda m: (m.point, m.kind, m.subject) == (COMMITTED, "StepStarted", "prepare/backup"))
                if moment is is_dumping:
                    holder.execute("lock table public.notes in access exclusive mode")
                migrator.go()
                live.wait_until(lambda: moment(pair, temporary), f"the moment when it {moment.__name__}")
                assert migrator.kill()
                counts.faults += 1
                left = gone(lambda: programs(str(temporary), str(backups)) + sessions(pair.faulty))
                counts.left_behind += len(left)
                assert left == []
                holder.rollback()
                pair.settle("apply", peace.state, counts)
                assert [path.suffix for path in backups.iterdir()] == [""]
        finally:
            shutil.rmtree(backups, ignore_errors=True)


def sessions(database: Database) -> list[str]:
    """Sessions of a backup that are still there."""
    with psycopg.connect(database.url, autocommit=True) as conn:
        rows = conn.execute(
            "select application_name || ': ' || query from pg_stat_activity"
            " where datname = current_database() and application_name like 'ringfence%'"
        ).fetchall()
    return [text for (text,) in rows]


def gone(look: Callable[[], list[str]]) -> list[str]:
    """What is still there after the moment that dying takes."""
    deadline = time.monotonic() + GONE_WITHIN_S
    while (found := look()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return found
