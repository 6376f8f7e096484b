"""A server that dies: at any moment, with or without the migrator, and in the middle of what takes long."""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ringfence import db
from ringfence.execute import pg as execute_pg
from ringfence.execute import watch
from ringfence.execute.attempt import AttemptFailed, BatchResult, FailureKind
from ringfence.observe import LockWaited, Note
from support import live
from support.cases import Case
from support.databases import Database, Server
from support.faults import tally
from support.faults.marks import COMMITTED, Ended, Mark
from support.faults.migrator import Migrator, Nursery
from support.faults.worlds import Twins, twins

SEED = 23
PER_RUN = 6
WAIT_S = 0.2
"""A first wait before connecting again that a crash recovery of these small servers fits in."""


def moments(marks: tuple[Mark, ...], chance: random.Random) -> set[Mark]:
    """Some marks of a run."""
    return set(chance.sample(marks, PER_RUN))


def suffer(
    pair: Twins,
    counts: tally.Tally,
    number: int,
    strike: Callable[[Migrator, bool], None],
    *,
    dies: bool = False,
) -> None:
    """Go forward and back until there were so many faults, each at a mark or just after it; every end is compared."""
    chance = random.Random(SEED)
    for verb in itertools.cycle(("apply", "revert")):
        peace = pair.in_peace(verb)
        left = moments(peace.marks, chance)
        order = pair.order(verb, reconnect_wait_s=WAIT_S)
        migrator = pair.nursery.start(order)
        while not isinstance(said := migrator.until(left.__contains__), Ended):
            left.remove(said)
            began = time.monotonic()
            strike(migrator, chance.random() < 0.5)
            counts.faults += 1
            if dies:
                migrator = pair.nursery.start(order)
                migrator.until(lambda mark: mark.point == COMMITTED)
                counts.resume_s.append(time.monotonic() - began)
            if counts.faults >= number:
                left.clear()
        pair.judge(said, peace.state, counts)
        if counts.faults >= number:
            return


@pytest.mark.timeout(1200)
def test_a_server_that_crashes_anywhere(nursery: Nursery, counting: tally.Counting, tmp_path: Path) -> None:
    """Immediate stop and restart, while the migrator stands at a mark or just works on: it connects again by itself."""
    counts = counting("server killed and restarted")
    with live.own_server() as (embedded, database):

        def crash(migrator: Migrator, at_work: bool) -> None:
            if at_work:
                migrator.go()
            embedded.kill()
            embedded.restart()

        with twins(database.server, nursery, tmp_path, small(tmp_path)) as pair:
            suffer(pair, counts, tally.how_many(PER_RUN, 40), crash)


@pytest.mark.timeout(1200)
def test_a_machine_without_power(nursery: Nursery, counting: tally.Counting, tmp_path: Path) -> None:
    """Server and migrator die together; when both are back the journal says where they were."""
    counts = counting("server and migrator killed")
    with live.own_server() as (embedded, database):

        def crash(migrator: Migrator, at_work: bool) -> None:
            if at_work:
                migrator.go()
            migrator.kill()
            embedded.kill()
            embedded.restart()

        with twins(database.server, nursery, tmp_path, small(tmp_path)) as pair:
            suffer(pair, counts, tally.how_many(PER_RUN, 20), crash, dies=True)


@pytest.mark.timeout(1200)
def test_sessions_that_are_terminated(
    server: Server, nursery: Nursery, counting: tally.Counting, tmp_path: Path
) -> None:
    """Somebody ends the run's session, the lock's, or both, at any moment: they are made anew, and the run goes on."""
    counts = counting("sessions terminated")
    which = itertools.cycle(("ringfence run", "ringfence run lock", "ringfence%"))
    with twins(server, nursery, tmp_path, small(tmp_path)) as pair:

        def terminate(migrator: Migrator, at_work: bool) -> None:
            if at_work:
                migrator.go()
            pair.faulty.execute(
                "select pg_terminate_backend(pid, 5000) from pg_stat_activity"
                f" where datname = current_database() and application_name like '{next(which)}'"
            )

        suffer(pair, counts, tally.how_many(PER_RUN, 60), terminate)


def small(scratch: Path) -> Callable[[Database], Case]:
    """A case that is quick and has batches."""
    return lambda database: live.notes(database, scratch, rows=4000, chunk_pages=8)


@pytest.mark.parametrize("moment", ["build", "validation"])
def test_a_server_that_crashes_in_a_long_statement(
    nursery: Nursery, counting: tally.Counting, tmp_path: Path, moment: str
) -> None:
    """In the middle of a concurrent build, which leaves an invalid index, and of a validation that waits for a lock."""
    counts = counting("server killed in a long statement")
    with live.own_server() as (embedded, database), twins(database.server, nursery, tmp_path, small(tmp_path)) as pair:
        peace = pair.in_peace("apply")
        holder = live.client(pair.faulty, "export", autocommit=False)
        if moment == "build":
            holder.execute("set transaction isolation level repeatable read")
            holder.execute("select count(*) from auth.users")
        waiting = {
            "build": "select 1 from pg_stat_progress_create_index where phase ~ 'waiting'",
            "validation": "select 1 from pg_stat_activity where wait_event_type = 'Lock' and query ~ 'validate'",
        }[moment]
        migrator = nursery.start(pair.order("apply", reconnect_wait_s=WAIT_S))
        at = "backfill/public.notes/index" if moment == "build" else "backfill/public.notes/validate"
        migrator.until(lambda m: m.point == COMMITTED and m.kind == "StepStarted" and m.subject.startswith(at))
        if moment == "validation":
            holder.execute("lock table public.notes in share update exclusive mode")
        migrator.go()
        with pair.faulty.connect() as conn:
            live.wait_until(lambda: conn.execute(waiting.encode()).fetchone(), f"a {moment} that waits")
            embedded.kill()
        embedded.restart()
        counts.faults += 1
        pair.judge(migrator.finish(), peace.state, counts)


def test_a_machine_that_slept_in_a_transaction_connects_again(database: Database) -> None:
    """The server has ended its session meanwhile: that is a lost connection, and no failure of the step."""
    with db.connect(database.url) as conn:
        conn.execute("set idle_in_transaction_session_timeout = '20ms'")
        pid = conn.info.backend_pid

        def sleep(_: BatchResult) -> None:
            with database.connect() as other:
                question = b"select 1 from pg_stat_activity where pid = %s"
                live.wait_until(lambda: other.execute(question, (pid,)).fetchone() is None, "the end of the session")

        result = execute_pg.batch(conn, (), "select 1 as rows, true as intact", {}, 5000, sleep)

    assert isinstance(result, AttemptFailed)
    assert result.kind is FailureKind.CONNECTION, result


def test_a_watcher_that_loses_its_session_says_so(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second pair of eyes of a long build is not needed for it: a line says that it is gone, and the build ends."""
    monkeypatch.setattr(watch, "LOOK_EVERY_S", 0.05)
    case = live.notes(database, tmp_path)
    snapshot = live.client(database, "export", autocommit=False)
    snapshot.execute("set transaction isolation level repeatable read")
    snapshot.execute("select count(*) from auth.users")
    applying = live.Applying(case)
    applying.wait_for(lambda o: isinstance(o, LockWaited) and "export" in " ".join(o.holders), "the export, named")

    database.execute(
        "select pg_terminate_backend(pid, 5000) from pg_stat_activity"
        " where datname = current_database() and application_name = 'ringfence watcher'"
    )

    applying.wait_for(lambda o: isinstance(o, Note) and "nobody watches it" in o.text, "the watcher's last word")
    snapshot.rollback()
    assert applying.report().outcome == "finished"
    live.assert_complete(case)
