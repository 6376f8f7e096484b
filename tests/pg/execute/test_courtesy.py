"""Batches rest for as long as the application's own transactions ask for it, seen on a real server."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Self

import psycopg
import pytest

from ringfence import db, sqltext
from ringfence.execute.attempt import ConnectionLost
from ringfence.execute.courtesy import CALM_S, LOOK_EVERY_S, Courtesy
from ringfence.execute.pace import FIRST_REST_RATIO, REST_RATIO_MAX, STEP_REST_S_MAX
from ringfence.execute.procedures import Procedures
from ringfence.health import pg as health_pg
from ringfence.health.compare import OTHERS_MIN
from ringfence.health.model import StatementClock, Unreadable
from ringfence.journal import pg as journal_pg
from ringfence.observe import Observation, Throttled
from ringfence.tenancy.model import Limits
from support.databases import Database
from support.sample_plans import sample_catalog, sample_plan

pytestmark = pytest.mark.pg


class Application:
    """Sessions that ask for something all the time; how long it takes is up to us."""

    def __init__(self, url: str) -> None:
        self.statement_s = 0.002
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._ask, args=(url,)) for _ in range(3)]

    def _ask(self, url: str) -> None:
        with psycopg.connect(url, autocommit=True) as conn:
            while not self._over.is_set():
                # a session that touches no table has nothing to add to the statistics, and adds nothing
                conn.execute("select pg_sleep(%s) from pg_catalog.pg_database limit 1", (self.statement_s,))

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()


@contextmanager
def slower_beside_us(
    application: Application, calm_s: float, busy_s: float
) -> Iterator[tuple[list[float], Callable[[float], None]]]:
    """A stand-in for `sleep`: while it rests for a look without us, the application is as fast as it is alone."""
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if seconds == CALM_S:
            application.statement_s = calm_s
            time.sleep(CALM_S)
            application.statement_s = busy_s

    application.statement_s = busy_s
    yield slept, sleep


def look(courtesy: Courtesy, times: int) -> list[float]:
    """So many batches, each with a look after it, as a backfill would do them; the rest after each."""
    seen = []
    for _ in range(times):
        time.sleep(LOOK_EVERY_S + 0.05)  # the window the statistics need, not a guess at somebody's speed
        courtesy.rest("fill", 10.0)
        seen.append(courtesy.ratio)
    return seen


def test_where_nobody_works_there_is_no_rest(database: Database) -> None:
    with db.connect(database.url) as conn:
        courtesy = Courtesy(conn, Limits())

        first, second = look(courtesy, 2)

    assert (first, second) == (FIRST_REST_RATIO, 0.0)


def test_our_own_work_beside_batches_is_not_taken_for_somebody_elses(database: Database) -> None:
    """Between two steps the journal is written and gates are judged: many transactions, and all of them ours."""
    slept: list[float] = []
    with db.connect(database.url) as conn:
        courtesy = Courtesy(conn, Limits(), sleep=slept.append)
        look(courtesy, 2)
        for _ in range(3 * OTHERS_MIN):
            conn.execute("select count(*) from pg_catalog.pg_class")

        courtesy.rest("keys", 10.0)
        look(courtesy, 1)

        assert courtesy.ratio == 0.0
    assert CALM_S not in slept, "nobody was waited for"


def test_an_application_that_gets_slower_is_given_room(database: Database) -> None:
    with (
        db.connect(database.url) as conn,
        Application(database.url) as application,
        slower_beside_us(application, 0.002, 0.02) as (slept, sleep),
    ):
        courtesy = Courtesy(conn, Limits(), sleep=sleep)

        seen = look(courtesy, 6)

    assert slept.count(CALM_S) == 1, "one look without us, and the next only after a while"
    assert seen == sorted(seen)
    assert seen[-1] == REST_RATIO_MAX
    assert slept[-1] == pytest.approx(0.01 * seen[-2])


def test_an_application_that_does_not_get_slower_is_worked_beside(database: Database) -> None:
    with (
        db.connect(database.url) as conn,
        Application(database.url) as application,
        slower_beside_us(application, 0.02, 0.02) as (slept, sleep),
    ):
        courtesy = Courtesy(conn, Limits(batch_nice_ratio=0.7), sleep=sleep)

        seen = look(courtesy, 6)

    assert slept.count(CALM_S) == 1
    assert seen[0] == FIRST_REST_RATIO
    assert seen[-1] == 0.7, "the least the operator wants"


def test_the_clock_counts_statements_of_all_sessions_ours_at_once(database: Database) -> None:
    with db.connect(database.url) as conn:
        before = health_pg.statement_clock(conn)
        conn.execute("select pg_catalog.pg_sleep(0.2)")
        after = health_pg.statement_clock(conn)

    assert isinstance(before, StatementClock)
    assert isinstance(after, StatementClock)
    window = after - before
    assert window.active_ms >= 200.0
    assert window.transactions >= 1


def test_a_server_that_answers_with_an_error_gets_the_longest_rest(database: Database) -> None:
    """What cannot be read is no comfort (law 4.7)."""
    role = database.create_role("careful", "login")
    with db.connect(database.url) as conn:
        conn.execute("revoke select on pg_catalog.pg_stat_database from public")

    with db.connect(database.url_as(role)) as conn:
        courtesy = Courtesy(conn, Limits(), sleep=lambda _: None)

        (seen,) = look(courtesy, 1)

        assert isinstance(health_pg.statement_clock(conn), Unreadable)
    assert seen == REST_RATIO_MAX


@pytest.fixture
def lost(database: Database) -> Iterator[db.Connection]:
    """A connection whose backend somebody has ended."""
    with db.connect(database.url) as conn:
        with psycopg.connect(database.url) as other:
            other.execute("select pg_terminate_backend(%s)", (conn.info.backend_pid,))
        yield conn


def test_a_lost_connection_is_not_waited_for(lost: db.Connection) -> None:
    """It comes back through a new connection only, so whoever runs the backfill has to know."""
    courtesy = Courtesy(lost, Limits(), sleep=lambda _: None)

    with pytest.raises(ConnectionLost):
        look(courtesy, 1)


def test_a_connection_lost_during_a_pause_is_not_waited_for_either(database: Database) -> None:
    """A pause was asked for, and when the signals are read again the session is gone."""
    blocker = database.connect(autocommit=False)
    with db.connect(database.url) as conn:
        journal_pg.install(conn)
        database.execute(sqltext.load("ringfence.plan", "objects_v1"))

        def end_it(observation: Observation) -> None:
            if isinstance(observation, Throttled):
                blocker.rollback()
                database.execute(f"select pg_terminate_backend({conn.info.backend_pid})")

        procedures = Procedures(database.url, conn, sample_plan(), sample_catalog(), end_it, accept={})
        procedures.breathe("fill", "public.documents", 1.0)
        blocker.execute("lock table pg_catalog.pg_class in access exclusive mode")
        time.sleep(LOOK_EVERY_S + 0.05)

        with pytest.raises(ConnectionLost):
            procedures.breathe("fill", "public.documents", 1.0)


def test_a_step_is_followed_by_a_rest_while_others_are_connected(database: Database) -> None:
    slept: list[float] = []
    clock = iter(float(second) for second in range(10))
    with db.connect(database.url, application="ringfence run") as conn:
        courtesy = Courtesy(conn, Limits(step_rest_ratio=2.0), sleep=slept.append, now=clock.__next__)

        courtesy.rest_between(100.0)
        assert slept == [], "nobody is there"

        with db.connect(database.url, application="ringfence watch"):
            courtesy.rest_between(100.0)
            assert slept == [], "that is one of ours"

        with db.connect(database.url, application="desk"):
            courtesy.rest_between(100.0)
            courtesy.rest_between(3_600_000.0)
    assert slept == [pytest.approx(0.2), STEP_REST_S_MAX]


def test_a_rest_between_steps_does_not_hide_a_lost_connection(database: Database) -> None:
    with db.connect(database.url) as conn, db.connect(database.url) as other:
        courtesy = Courtesy(conn, Limits())
        other.execute("select pg_catalog.pg_terminate_backend(%s)", [conn.info.backend_pid])

        with pytest.raises(ConnectionLost):
            courtesy.rest_between(1.0)
