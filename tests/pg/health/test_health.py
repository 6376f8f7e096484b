"""The questions about a living database, asked as a superuser, as an ordinary owner and with pg_monitor."""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from ringfence import db, sqltext
from ringfence.embedded import EmbeddedServer, client_tool
from ringfence.health import pg
from ringfence.health.judge import judge
from ringfence.health.model import (
    ArchiverBacklog,
    CheckpointPressure,
    ClientKind,
    DiskFree,
    Go,
    Hidden,
    Horizon,
    IdleInTransaction,
    Latency,
    NoneLeft,
    Reading,
    ReplicaLag,
    SlotsRetained,
    StillThere,
    Unreadable,
    VacuumOnTable,
    Wait,
)
from ringfence.health.sessions import old_clients_left
from ringfence.names import QualifiedName
from ringfence.plan.phases.prepare import statements_of
from ringfence.tenancy.model import Limits
from support.databases import Database, Server

T = QualifiedName("public", "t")
WHO = pytest.mark.parametrize("who", ["superuser", "owner", "monitor"])


@pytest.fixture
def conn(database: Database) -> Iterator[db.Connection]:
    """A superuser's connection as the executor's watcher has it."""
    with db.connect(database.url, application="ringfence watcher") as opened:
        yield opened


def connect_as(who: str, database: Database) -> db.Connection:
    """A connection of one of the three kinds of roles the migrator may have."""
    match who:
        case "superuser":
            return db.connect(database.url)
        case _:
            role = database.create_role(who, "login in role pg_monitor" if who == "monitor" else "login")
            database.execute(f'grant create on database "{database.name}" to "{role}"')
            return db.connect(database.url_as(role))


def named(readings: tuple[Reading, ...], kind: type) -> Reading:
    """The reading of that kind; a hidden one by the name of its signal is not it."""
    return next(reading for reading in readings if isinstance(reading, kind))


# --- sessions --------------------------------------------------------------------------------------------------------


@WHO
def test_sessions_are_seen_by_login_and_application_by_every_role(database: Database, who: str) -> None:
    app = database.connect(autocommit=False)
    app.execute("set application_name = 'web-1.4'")
    app.execute("select 1")
    with connect_as(who, database) as mine:
        groups = [g for g in pg.sample_sessions(mine) if g.database == database.name]
    web = next(g for g in groups if g.application == "web-1.4")

    assert web.sessions == 1
    assert (web.client is ClientKind.HIDDEN) == (who == "owner")
    assert web.idle_in_transaction == (None if who == "owner" else 1)
    assert (web.oldest_backend_at is None) == (who == "owner")
    assert (web.oldest_transaction_s is None) == (who == "owner")
    assert web.addresses == ()


def test_background_processes_are_no_clients(conn: db.Connection, database: Database) -> None:
    assert [g.sessions for g in pg.sample_sessions(conn) if g.database == database.name] == [1]


def test_addresses_are_given_only_when_asked_for() -> None:
    with EmbeddedServer.start(listen_tcp=True) as server, db.connect(server.url()) as conn:
        (asked,) = pg.sample_sessions(conn, with_addresses=True)
        (plain,) = pg.sample_sessions(conn)

    assert (asked.client, asked.addresses) == (ClientKind.LOOPBACK, ("127.0.0.1",))
    assert plain.addresses == ()


def install(database: Database) -> None:
    """The plan's own objects, as phase 0 makes them."""
    script = statements_of(sqltext.load("ringfence.plan", "objects_v1"))
    database.execute(";\n".join(["create schema if not exists ringfence", *script]))


def test_who_was_connected_is_remembered_and_judged(conn: db.Connection, database: Database) -> None:
    install(database)
    app = database.connect()
    app.execute("set application_name = 'web-1.4'")
    began = datetime.now(UTC)
    pg.record_sessions(conn, pg.sample_sessions(conn))
    time.sleep(0.05)
    pg.record_sessions(conn, pg.sample_sessions(conn))

    def left(since: datetime) -> object:
        return old_clients_left(
            ["web-*"],
            pg.sample_sessions(conn),
            pg.seen_sessions(conn),
            database=database.name,
            since=since,
            now=datetime.now(UTC),
        )

    web = next(s for s in pg.seen_sessions(conn) if s.application == "web-1.4")
    assert began < web.first_seen < web.last_seen
    assert web.connections_max == 1
    assert isinstance(left(began), StillThere)

    app.close()
    time.sleep(0.2)
    after = datetime.now(UTC)
    pg.record_sessions(conn, pg.sample_sessions(conn))
    assert isinstance(left(after), NoneLeft)
    assert isinstance(left(after - timedelta(minutes=1)), StillThere)


def test_what_is_remembered_is_bounded(conn: db.Connection, database: Database) -> None:
    install(database)
    app = database.connect()
    for number in range(6):
        app.execute(f"set application_name = 'job-{number}'")
        pg.record_sessions(conn, pg.sample_sessions(conn), rows_max=4)

    kept = [s.application for s in pg.seen_sessions(conn)]
    assert len(kept) == 4
    assert {"job-5", "job-4", "ringfence watcher"} <= set(kept)


# --- signals ---------------------------------------------------------------------------------------------------------


@WHO
def test_every_signal_is_read_or_said_to_be_hidden_by_every_role(database: Database, who: str) -> None:
    database.execute("create table t (a int)")
    with connect_as(who, database) as mine:
        mine.execute("set statement_timeout = '7s'")
        readings = pg.read_signals(mine, tables=[T], disk_needed_bytes=1)
        timeout = mine.execute("show statement_timeout").fetchone()

    assert not [r for r in readings if isinstance(r, Unreadable)]
    seen = {type(r) for r in readings}
    assert {Latency, SlotsRetained, ArchiverBacklog, VacuumOnTable, CheckpointPressure} <= seen
    assert {Horizon, IdleInTransaction, ReplicaLag} <= seen
    hidden = {r.signal for r in readings if isinstance(r, Hidden)}
    assert hidden <= {"disk"}
    assert timeout == {"statement_timeout": "7s"}
    assert isinstance(judge(readings, Limits()), Go)


def test_free_disk_is_known_for_a_server_of_this_machine() -> None:
    with EmbeddedServer.start() as server, db.connect(server.url()) as conn:
        reading = named(pg.read_signals(conn, disk_needed_bytes=5), DiskFree)

    assert isinstance(reading, DiskFree)
    assert reading.free_bytes > 2**20
    assert reading.needed_bytes == 5


def test_a_broken_connection_is_a_reason_to_wait(database: Database, conn: db.Connection) -> None:
    database.connect().execute("select pg_terminate_backend(%s)", (conn.info.backend_pid,))
    readings = pg.read_signals(conn)

    assert isinstance(judge(readings, Limits()), Wait)


def test_a_question_that_takes_too_long_is_a_reason_to_wait(database: Database, conn: db.Connection) -> None:
    """An ACCESS EXCLUSIVE lock on a catalog, which makes every look at it wait."""
    blocker = database.connect(autocommit=False)
    blocker.execute("lock table pg_catalog.pg_class in access exclusive mode")
    began = time.monotonic()

    readings = pg.read_signals(conn, tables=[T], statement_timeout_ms=200)

    blocker.rollback()
    assert time.monotonic() - began < 10
    judgement = judge(readings, Limits())
    assert isinstance(judgement, Wait)
    assert "cannot be read" in judgement.detail


@WHO
def test_an_old_transaction_is_named_or_said_to_be_hidden(database: Database, who: str) -> None:
    reader = database.connect(autocommit=False)
    reader.execute("set application_name = 'report'")
    reader.commit()
    reader.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    reader.execute("select 'a literal'")
    with connect_as(who, database) as mine:
        readings = pg.read_signals(mine)
    held = named(readings, Horizon)
    idle = named(readings, IdleInTransaction)

    assert isinstance(held, Horizon)
    assert isinstance(idle, IdleInTransaction)
    mine_only = [h for h in held.holders if "report" in h.what]
    assert len(mine_only) == 1
    if who == "owner":
        assert mine_only[0].seconds is None
        assert idle.hidden >= 1
        judgement = judge(readings, Limits())
        assert isinstance(judgement, Go)
        assert {"horizon", "idle_in_transaction"} <= {h.signal for h in judgement.hidden}
    else:
        assert mine_only[0].seconds is not None
        assert [h.query for h in idle.holders] == ["select ?"]


def test_a_prepared_transaction_holds_the_horizon(database: Database, conn: db.Connection) -> None:
    name = f"held-{uuid.uuid4()}"
    database.execute("create table t (a int)")
    holder = database.connect(autocommit=False)
    holder.execute("insert into t values (1)")
    holder.execute(f"prepare transaction '{name}'".encode())
    try:
        held = named(pg.read_signals(conn), Horizon)
        (blocker,) = pg.lock_holders(conn, T, "ACCESS EXCLUSIVE")
    finally:
        conn.execute(f"rollback prepared '{name}'".encode())

    assert isinstance(held, Horizon)
    assert any(name in h.what for h in held.holders)
    assert blocker.pid is None
    assert blocker.prepared == name
    assert blocker.mode == "ROW EXCLUSIVE"


def test_a_prepared_transaction_is_still_named_after_a_restart() -> None:
    """Its virtual transaction changes then, and no process was ever behind it."""
    with EmbeddedServer.start(settings={"max_prepared_transactions": "2"}) as server:
        with psycopg.connect(server.url()) as holder:
            holder.execute("create table t (a int)")
            holder.commit()
            holder.execute("insert into t values (1)")
            holder.execute("prepare transaction 'left behind'")
        server.restart()
        with db.connect(server.url()) as conn:
            (blocker,) = pg.lock_holders(conn, T, "SHARE")
            conn.execute("rollback prepared 'left behind'")

    assert str(blocker).startswith("prepared transaction 'left behind'")


def test_wal_kept_by_a_slot_is_counted(database: Database, conn: db.Connection) -> None:
    name = f"slot_{uuid.uuid4().hex[:10]}"
    conn.execute("select pg_create_physical_replication_slot(%s, true)", (name,))
    try:
        database.execute("create table t as select repeat('x', 500) as a from generate_series(1, 20000)")
        reading = named(pg.read_signals(conn), SlotsRetained)
        judgement = judge(pg.read_signals(conn), Limits(slot_retained_mb_max=1))
    finally:
        conn.execute("select pg_drop_replication_slot(%s)", (name,))

    assert isinstance(reading, SlotsRetained)
    slot = next(s for s in reading.slots if s.name == name)
    assert slot.retained_bytes > 2**20
    assert not slot.active
    assert isinstance(judgement, Wait)
    assert "nobody is connected" in judgement.detail


def test_segments_that_wait_for_the_archiver_are_counted() -> None:
    settings = {"archive_mode": "on", "archive_command": "/bin/false", "wal_level": "replica"}
    with EmbeddedServer.start(settings=settings) as server, db.connect(server.url()) as conn:
        conn.execute("create table public.t (a int)")
        conn.execute("select pg_switch_wal()")
        for _ in range(100):
            judgement = judge(pg.read_signals(conn), Limits())
            if isinstance(judgement, Wait):
                break
            time.sleep(0.1)

    assert judgement == Wait("archiver", "archiving fails and nothing was archived yet")


@WHO
def test_a_receiver_of_wal_is_a_replica_and_its_lag_is_hidden_from_an_ordinary_role(
    database: Database, who: str, tmp_path: Path
) -> None:
    tool = client_tool("pg_receivewal", database.server.major)
    receiver = subprocess.Popen(
        [tool, "--no-password", f"--directory={tmp_path}", f"--dbname={database.server.url}"],
        env={**os.environ, "PGAPPNAME": "archive"},
        stderr=subprocess.DEVNULL,
    )
    try:
        with connect_as(who, database) as mine:
            reading = _until_replica(mine)
    finally:
        receiver.terminate()
        receiver.wait(20)

    if who == "owner":
        assert isinstance(reading, Hidden)
        assert "may not see" in reading.reason
    else:
        assert isinstance(reading, ReplicaLag)
        (replica,) = reading.replicas
        assert replica.lag_bytes is not None
        assert 0 <= replica.lag_bytes < 2**30


def _until_replica(conn: db.Connection) -> Reading:
    for _ in range(100):
        for reading in pg.read_signals(conn):
            if isinstance(reading, Hidden) and reading.signal == "replica_lag":
                return reading
            if isinstance(reading, ReplicaLag) and any(r.state == "streaming" for r in reading.replicas):
                return reading
        time.sleep(0.05)
    raise AssertionError("the receiver was never seen")


@WHO
def test_a_vacuum_at_work_on_the_table_is_seen_by_every_role(database: Database, who: str) -> None:
    database.execute("create table t as select g as a from generate_series(1, 200000) g; create index on t (a)")
    database.execute("delete from t where a % 2 = 0")
    with connect_as(who, database) as mine:
        vacuum = threading.Thread(target=_vacuum_slowly, args=(database,))
        vacuum.start()
        try:
            found = _until_vacuum(mine)
        finally:
            with psycopg.connect(database.url, autocommit=True) as admin:
                admin.execute(
                    "select pg_cancel_backend(pid) from pg_stat_activity"
                    " where application_name = 'slow vacuum' and datname = current_database()"
                )
            vacuum.join()

    (seen,) = found.vacuums
    assert seen.table == T.sql
    assert seen.wraparound is (None if who == "owner" else False)
    judgement = judge((found,), Limits())
    assert isinstance(judgement, Wait)
    assert judgement.signal == "vacuum"


def _vacuum_slowly(database: Database) -> None:
    with psycopg.connect(database.url, autocommit=True, application_name="slow vacuum") as conn:
        conn.execute("set vacuum_cost_delay = '100ms'; set vacuum_cost_limit = 1")
        with contextlib.suppress(psycopg.errors.QueryCanceled):
            conn.execute("vacuum t")


def _until_vacuum(conn: db.Connection) -> VacuumOnTable:
    for _ in range(100):
        reading = named(pg.read_signals(conn, tables=[T]), VacuumOnTable)
        assert isinstance(reading, VacuumOnTable)
        if reading.vacuums:
            return reading
        time.sleep(0.05)
    raise AssertionError("the vacuum was never seen")


# --- who stands in the way -------------------------------------------------------------------------------------------


def test_the_holder_of_a_conflicting_lock_is_named_without_literals(database: Database, conn: db.Connection) -> None:
    database.execute("create table t (a text)")
    reader = database.connect(autocommit=False)
    reader.execute("select * from t where a = 'a person'")

    (holder,) = pg.lock_holders(conn, T, "ACCESS EXCLUSIVE")

    assert holder.pid == reader.info.backend_pid
    assert (holder.mode, holder.state) == ("ACCESS SHARE", "idle in transaction")
    assert holder.query == "select * from t where a = ?"
    assert pg.lock_holders(conn, T, "SHARE UPDATE EXCLUSIVE") == ()
    assert pg.lock_holders(conn, T, "ACCESS EXCLUSIVE", waiting_pid=reader.info.backend_pid) == ()


def test_the_one_ahead_in_the_queue_is_a_blocker_too(database: Database, conn: db.Connection) -> None:
    """A waiting ALTER holds nothing yet, and every later reader waits behind it."""
    database.execute("create table t (a text)")
    reader = database.connect(autocommit=False)
    reader.execute("select * from t")
    waiting = [_lock_in_background(database, mode) for mode in ("access exclusive", "access share")]
    try:
        first, second = (_until_blocked(conn, pid) for pid, _ in waiting)
    finally:
        reader.rollback()
        for _, thread in waiting:
            thread.join()

    assert [h.pid for h in first] == [reader.info.backend_pid]
    assert [h.pid for h in second] == [waiting[0][0]]


def _lock_in_background(database: Database, mode: str) -> tuple[int, threading.Thread]:
    conn = database.connect(autocommit=False)

    def lock() -> None:
        conn.execute(f"lock table t in {mode} mode".encode())
        conn.rollback()

    thread = threading.Thread(target=lock)
    thread.start()
    with psycopg.connect(database.url, autocommit=True) as watcher:
        for _ in range(100):
            row = watcher.execute(
                "select wait_event_type from pg_stat_activity where pid = %s", (conn.info.backend_pid,)
            ).fetchone()
            if row == ("Lock",):
                break
            time.sleep(0.05)
    return conn.info.backend_pid, thread


def _until_blocked(conn: db.Connection, pid: int) -> tuple[pg.Holder, ...]:
    for _ in range(50):
        found = pg.blockers(conn, pid)
        if found:
            return found
        time.sleep(0.05)
    return ()


def test_a_lost_connection_is_never_a_reason_to_go_on(database: Database, conn: db.Connection) -> None:
    """Before the first question and in the middle of them alike; that nobody waits for it is `breathe`'s part."""
    lost = db.connect(database.url)
    pg.end_own(conn, [pg.own_session(lost)])

    for _ in range(2):
        assert isinstance(judge(pg.read_signals(lost), Limits()), Wait)
        assert lost.closed


# --- own leftovers ---------------------------------------------------------------------------------------------------


def _sleeping(database: Database, application: str, user: str | None = None) -> psycopg.Connection[tuple[object, ...]]:
    conn = database.connect(user=user)
    conn.execute("select set_config('application_name', %s, false)", (application,))
    conn.pgconn.send_query(b"select pg_sleep(60)")
    return conn


def test_only_our_own_leftovers_are_ended(database: Database, conn: db.Connection) -> None:
    """Same name and another role, same role and another name, or a process id that was given out again: not ours."""
    stranger = database.create_role("stranger", "login superuser")
    ours = _sleeping(database, "ringfence run-7")
    theirs = _sleeping(database, "ringfence run-7", user=stranger)
    other = _sleeping(database, "web run-7")
    another_run = _sleeping(database, "ringfence run-8")
    found = pg.own_backends(conn, "ringfence", "run-7")
    assert [b.pid for b in found] == [ours.info.backend_pid]
    strangers = [
        replace(found[0], pid=c.info.backend_pid, started_at=at)
        for c in (theirs, other)
        for (at,) in _starts(database, c.info.backend_pid)
    ]
    recycled = replace(found[0], pid=another_run.info.backend_pid)

    pg.end_own(conn, [*found, *strangers, recycled])

    left = {r["pid"]: r["state"] for r in conn.execute("select pid, state from pg_stat_activity")}
    assert ours.info.backend_pid not in left
    assert [left[c.info.backend_pid] for c in (theirs, other, another_run)] == ["active"] * 3
    pg.end_own(conn, found)


def _starts(database: Database, pid: int) -> list[tuple[datetime]]:
    """When a backend was started."""
    rows = database.connect().execute("select backend_start from pg_stat_activity where pid = %s", (pid,))
    return [(row[0],) for row in rows]


def test_a_session_knows_itself_as_others_see_it(database: Database, conn: db.Connection) -> None:
    """What it says of itself is enough to end it from outside."""
    with db.connect(database.url, application="ringfence run lock") as lost:
        itself = pg.own_session(lost)
        assert [(b.pid, b.started_at) for b in pg.own_backends(conn, "ringfence run lock")] == [
            (itself.pid, itself.started_at)
        ]

        pg.end_own(conn, [itself])

        assert pg.own_backends(conn, "ringfence run lock") == ()


# --- baseline, wraparound, privileges --------------------------------------------------------------------------------


@WHO
def test_a_baseline_is_taken_by_every_role(database: Database, who: str) -> None:
    with connect_as(who, database) as mine:
        taken = pg.baseline(mine)

    assert taken.ping.samples == 100
    assert 0 < taken.ping.p50_ms <= taken.ping.p99_ms
    assert taken.counters.commits >= 0
    assert taken.statements == ()
    assert "pg_stat_statements" in taken.statements_missing


def test_statements_are_kept_without_literals(server: Server) -> None:
    if server.major != 15:
        pytest.skip("the embedded servers have no pg_stat_statements")
    with EmbeddedServer.start(major=15, settings={"shared_preload_libraries": "pg_stat_statements"}) as own:
        with db.connect(own.url()) as conn:
            conn.execute("create schema stats")
            conn.execute("create extension pg_stat_statements with schema stats")
            conn.execute("create role someone login password 'zebra'")
            conn.execute("select 'zebra'")
            taken = pg.baseline(conn)
        with db.connect(own.url(user="someone")) as conn:
            unprivileged = pg.baseline(conn)

    assert taken.statements
    assert "create role someone login password ?" in {s.text for s in taken.statements}
    assert "zebra" not in repr(taken)
    assert unprivileged.statements == () or "zebra" not in repr(unprivileged)


@WHO
def test_tables_near_a_wraparound_vacuum_are_listed(database: Database, who: str) -> None:
    database.execute(
        """
        create table "Odd table" (a int) with (autovacuum_freeze_max_age = 100000);
        create table young (a int);
        """
    )
    with connect_as(who, database) as mine:
        everything = pg.wraparound(mine, share=0.0)
        old = pg.wraparound(mine, share=0.99)

    by_name = {(age.table, age.kind): age for age in everything}
    assert by_name[('public."Odd table"', "transactions")].age_max == 100_000
    assert by_name[("public.young", "transactions")].age_max == 200_000_000
    assert by_name[("public.young", "multixacts")].age_max == 400_000_000
    assert old == ()


def test_privileges_are_asked_one_by_one_and_a_question_cannot_write(conn: db.Connection) -> None:
    needs = [
        ("may read", "select true as allowed"),
        ("may not", "select false"),
        ("nobody knows", "select null::bool"),
        ("no row", "select true where false"),
        ("not a yes", "select 1"),
        ("no such thing", "select pg_catalog.has_table_privilege('public.gone', 'select')"),
        ("writes", "create table made (a int)"),
        ("may read again", "select true"),
    ]

    found = {m.text: m.reason for m in pg.check_privileges(conn, needs)}

    assert list(found) == ["may not", "nobody knows", "no row", "not a yes", "no such thing", "writes"]
    assert "does not exist" in found["no such thing"]
    assert "read-only" in found["writes"]
    assert conn.execute("select to_regclass('public.made') as made").fetchone() == {"made": None}
