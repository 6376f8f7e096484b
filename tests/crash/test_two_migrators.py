"""Two migrators of one database: one works, the other is told who does; and whoever was taken for dead stays out."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

import pytest

from ringfence import db
from ringfence.health import pg as health_pg
from support import live
from support.databases import Server
from support.faults import tally
from support.faults.marks import COMMITTED, EXECUTED, Ended, Mark
from support.faults.migrator import Nursery
from support.faults.worlds import twins

KIND = "two migrators at once"


def in_the_fill(mark: Mark) -> bool:
    """In the middle of the backfill."""
    return mark.point == COMMITTED and mark.kind == "BatchCommitted" and "notes" in mark.subject


def in_a_build(mark: Mark) -> bool:
    """A concurrent build has ended and is not recorded."""
    return mark.point == EXECUTED


@pytest.mark.parametrize("moment", [in_the_fill, in_a_build])
def test_the_second_is_refused_and_takes_over_when_the_first_is_killed(
    moment: object, server: Server, nursery: Nursery, counting: tally.Counting, tmp_path: Path
) -> None:
    """While the first works the second is told by whom; killed, the first leaves its place to the next."""
    counts = counting(KIND)
    with twins(server, nursery, tmp_path, lambda db: live.notes(db, tmp_path, rows=4000, chunk_pages=8)) as pair:
        peace = pair.in_peace("apply")
        with nursery.start(pair.order("apply")) as first:
            first.until(moment)  # type: ignore[arg-type]
            refused = nursery.start(pair.order("apply")).finish()
            assert refused.outcome == "RF505", refused
            assert "ringfence run lock" in refused.detail
            counts.faults += 1
            assert first.kill()
            counts.faults += 1
            pair.settle("apply", peace.state, counts)


def test_the_second_waits_for_one_that_is_just_dying(
    server: Server, nursery: Nursery, counting: tally.Counting, tmp_path: Path
) -> None:
    """Started while the first is at work, it takes over by itself when the first dies within its patience."""
    counts = counting(KIND)
    with twins(server, nursery, tmp_path, lambda db: live.notes(db, tmp_path, rows=4000, chunk_pages=8)) as pair:
        peace = pair.in_peace("apply")
        with nursery.start(pair.order("apply")) as first:
            first.until(in_the_fill)
            second = nursery.start(pair.order("apply"))
            ended: list[Ended] = []
            waiting = threading.Thread(target=lambda: ended.append(second.finish()))
            waiting.start()
            live.wait_until(lambda: asks_for_the_lock(pair.faulty.url), "a second session that asks for the lock")
            assert first.kill()
            counts.faults += 1
            waiting.join(60)
        pair.judge(ended[0], peace.state, counts)


def asks_for_the_lock(url: str) -> bool:
    """Whether two sessions are there for the run lock."""
    with db.connect(url) as conn:
        return len(health_pg.own_backends(conn, "ringfence run lock")) == 2


def test_one_that_slept_and_was_taken_for_dead_does_nothing_more(
    server: Server, nursery: Nursery, counting: tally.Counting, tmp_path: Path
) -> None:
    """A laptop that sleeps: its lock is lost, another takes over; awake again, it finds that out and is refused."""
    counts = counting("slept, lost its lock, woke up")
    with twins(server, nursery, tmp_path, lambda db: live.notes(db, tmp_path, rows=4000, chunk_pages=8)) as pair:
        peace = pair.in_peace("apply")
        with nursery.start(pair.order("apply")) as sleeper:
            sleeper.until(in_the_fill)
            os.kill(sleeper.pid, signal.SIGSTOP)
            counts.faults += 1
            with db.connect(pair.faulty.url) as conn:
                health_pg.end_own(conn, health_pg.own_backends(conn, "ringfence run lock"))
            with nursery.start(pair.order("apply")) as second:
                at_work = second.until(lambda mark: mark.point == COMMITTED and mark.kind == "StepDone")
                assert isinstance(at_work, Mark)
                os.kill(sleeper.pid, signal.SIGCONT)
                woken = sleeper.finish()
                assert woken.outcome == "RF505", woken
                ended = second.finish()
        pair.judge(ended, peace.state, counts)
