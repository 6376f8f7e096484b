"""One run at a time, and the holder is named."""

from __future__ import annotations

import threading
import time

import psycopg
import pytest

from ringfence import db
from ringfence.journal import pg
from ringfence.journal.model import AnotherRunAtWork, RunLockLost
from support.databases import Database


def test_a_second_run_is_refused_and_told_who_is_at_work(database: Database) -> None:
    """The error names process, application and login of the run at work; afterwards the lock is free."""
    with db.connect(database.url, application="ringfence run 7") as one, db.connect(database.url) as two:
        with pg.run_lock(one):
            with pytest.raises(AnotherRunAtWork) as caught, pg.run_lock(two, wait_ms_max=200):
                pass
            assert f"pid {one.info.backend_pid}, application ringfence run 7" in caught.value.detail
            pg.check_run_lock(one)
        with pg.run_lock(two, wait_ms_max=0):
            assert [two.info.backend_pid] == [holder.pid for holder in pg.holders(one)]
        assert pg.holders(one) == ()


def test_the_lock_of_another_database_does_not_matter(database: Database, supabase_database: Database) -> None:
    """Two databases of one server are migrated at the same time."""
    with (
        db.connect(database.url) as one,
        db.connect(supabase_database.url) as two,
        pg.run_lock(one),
        pg.run_lock(two, wait_ms_max=0),
    ):
        assert [one.info.backend_pid] == [holder.pid for holder in pg.holders(one)]


def test_a_role_that_may_not_look_still_learns_whom_to_ask(database: Database) -> None:
    """An ordinary role sees whose session it is, if not from where and since when."""
    role = database.create_role()
    with (
        db.connect(database.url) as one,
        db.connect(database.url_as(role)) as two,
        pg.run_lock(one),
        pytest.raises(
            AnotherRunAtWork, match=f"pid {one.info.backend_pid}, application ringfence, login .*not visible"
        ),
        pg.run_lock(two, wait_ms_max=0),
    ):
        pass


def test_a_run_waits_a_moment_for_one_that_is_just_ending(database: Database) -> None:
    """A program that was killed leaves its session for a moment; the next run does not fail on it."""
    with db.connect(database.url) as one, db.connect(database.url) as two:
        holding = threading.Event()

        def hold() -> None:
            with pg.run_lock(one):
                holding.set()
                waited.wait(10)

        waited = threading.Event()
        thread = threading.Thread(target=hold)
        thread.start()
        assert holding.wait(10)
        naps: list[float] = []

        def nap(seconds: float) -> None:
            naps.append(seconds)
            waited.set()
            thread.join(10)

        with pg.run_lock(two, sleep=nap):
            assert naps == [0.1]


def test_a_killed_session_loses_the_lock_and_is_told(database: Database) -> None:
    """A run whose lock session was ended must not go on: another may have begun."""
    one = db.connect(database.url)
    with db.connect(database.url) as two:
        with pg.run_lock(one):
            database.connect().execute("select pg_terminate_backend(%s, 5000)", (one.info.backend_pid,))
            with pytest.raises(RunLockLost):
                pg.check_run_lock(one)
        with pg.run_lock(two):
            assert [two.info.backend_pid] == [holder.pid for holder in pg.holders(two)]


def test_a_lock_that_was_given_back_is_noticed(database: Database) -> None:
    """A session that is alive and does not hold the lock is as bad as a dead one."""
    with db.connect(database.url) as one, pytest.raises(RunLockLost):
        pg.check_run_lock(one)


def test_holding_the_lock_leaves_no_snapshot_behind(database: Database) -> None:
    """A concurrent index build waits for snapshots; the lock's session has none and does not wait itself."""
    database.execute("create table public.t (n int)")
    with db.connect(database.url) as one, db.connect(database.url) as two, pg.run_lock(one):
        with pytest.raises(AnotherRunAtWork), pg.run_lock(two, wait_ms_max=0):
            pass
        builder = database.connect()
        builder.execute("set statement_timeout = '5s'")
        builder.execute("create index concurrently on public.t (n)")
        rows = builder.execute(
            "select count(*) from pg_stat_activity"
            " where pid = any (%s) and (backend_xmin is not null or state <> 'idle')",
            ([one.info.backend_pid, two.info.backend_pid],),
        ).fetchone()
        assert rows == (0,)


def test_the_lock_connection_must_not_sit_in_a_transaction(database: Database) -> None:
    """A connection without autocommit would hold a snapshot for the whole run."""
    with db.connect(database.url, autocommit=False) as one, pytest.raises(AssertionError), pg.run_lock(one):
        pass


def test_a_server_that_ends_idle_sessions_does_not_end_the_run(database: Database) -> None:
    """The lock's session is idle for hours by design, whatever the server thinks of idle sessions."""
    database.execute(f"alter database {database.name} set idle_session_timeout = '300ms'")
    with db.connect(database.url) as one, pg.run_lock(one):
        time.sleep(0.7)
        pg.check_run_lock(one)


def test_an_error_inside_gives_the_lock_back(database: Database) -> None:
    """Whatever ends a run frees the lock."""
    with db.connect(database.url) as one, db.connect(database.url) as two:
        with pytest.raises(psycopg.errors.DivisionByZero), pg.run_lock(one):
            one.execute("select 1 / 0")
        with pg.run_lock(two, wait_ms_max=0):
            pass
