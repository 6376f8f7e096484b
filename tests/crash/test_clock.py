"""A server clock that is set back and forth by days while a migration is under way."""

from __future__ import annotations

import itertools
import random
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from ringfence import embedded, verbs
from support import live
from support.cases import Case
from support.databases import Database
from support.faults import tally
from support.faults.marks import Ended, Mark
from support.faults.migrator import Nursery
from support.faults.worlds import twins

SEED = 41
STEPS = ("-3d", "+2d", "-1h", "+40d", "+0", "-90d")
PER_RUN = 4


@contextmanager
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A file whose text is how far the clock of a server that starts in this block is off."""
    found = sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
    if not found:
        pytest.skip("NO FAULT: the server's clock is set by libfaketime (apt install faketime)")
    folder = Path(tempfile.mkdtemp(prefix="rf-clock-", dir="/tmp"))
    folder.chmod(0o755)
    off = folder / "off"
    off.write_text("+0")
    ordinary = embedded._environment
    monkeypatch.setattr(
        embedded,
        "_environment",
        lambda: {
            **ordinary(),
            "LD_PRELOAD": str(found[0]),
            "FAKETIME_TIMESTAMP_FILE": str(off),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_DONT_RESET": "1",
        },
    )
    try:
        yield off
    finally:
        shutil.rmtree(folder)


def now(database: Database) -> float:
    """The server's time."""
    with psycopg.connect(database.url, autocommit=True) as conn:
        row = conn.execute("select extract(epoch from clock_timestamp())::float8").fetchone()
    assert row is not None
    return float(row[0])


def test_a_clock_that_is_set(
    nursery: Nursery, counting: tally.Counting, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Steps of days in both directions: the journal never runs backwards, its chain holds, and the end is the same."""
    counts = counting("clock set")
    chance = random.Random(SEED)
    number = tally.how_many(PER_RUN, 24)
    steps = itertools.cycle(STEPS)
    with clock(monkeypatch) as off, live.own_server() as (_, database):

        def load(origin: Database) -> Case:
            return live.notes(origin, tmp_path, rows=4000, chunk_pages=8)

        with twins(database.server, nursery, tmp_path, load) as pair:
            for verb in itertools.cycle(("apply", "revert")):
                peace = pair.in_peace(verb)
                moments = set(chance.sample(peace.marks, PER_RUN))
                migrator = nursery.start(pair.order(verb))
                while isinstance(said := migrator.until(moments.__contains__), Mark):
                    before = now(pair.faulty)
                    off.write_text(next(steps))
                    assert abs(now(pair.faulty) - before) > 1800, "the clock was not set"
                    counts.faults += 1
                assert isinstance(said, Ended)
                pair.judge(said, peace.state, counts)
                report = verbs.journal(pair.faulty.url, verify=True)
                assert report.ok is True
                with pair.faulty.connect() as conn:
                    back = conn.execute(
                        "select count(*) from (select at < lag(at) over (order by seq) as back from ringfence.journal) s"
                        " where back"
                    ).fetchone()
                assert back == (0,)
                verbs.status(pair.faulty.url)
                if counts.faults >= number:
                    break
