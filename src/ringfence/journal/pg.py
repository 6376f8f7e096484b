"""The journal in the customer's database: install, append, read; plans and snapshots; the run lock.

`append` belongs at the end of the transaction whose work it records, so that both are there or neither is. After a
COMMIT whose answer was lost, read: the entry that is there was committed with everything before it.
"""

from __future__ import annotations

import functools
import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TypeVar

import psycopg
from psycopg.rows import class_row

from ringfence import codec, sqltext
from ringfence.db import Connection, Row
from ringfence.errors import RingfenceError
from ringfence.journal import chain, fold, refuse
from ringfence.journal.model import (
    DocumentMissing,
    Entry,
    Event,
    IllegalTransition,
    JournalDamaged,
    JournalDenied,
    JournalMissing,
    JournalProtected,
    Progress,
    RunLockLost,
    RunSuperseded,
    WrongIsolation,
)

T = TypeVar("T")

RUN_LOCK_WAIT_MS_MAX = 3000
"""How long a new run waits for the run lock: a program that was killed leaves its session for a moment."""
RUN_LOCK_POLL_MS = 100

_ERRORS: dict[str, type[RingfenceError]] = {
    "RF502": IllegalTransition,
    "RF503": JournalDamaged,
    "RF506": RunSuperseded,
    "RF508": WrongIsolation,
    "RF510": JournalProtected,
    psycopg.errors.InsufficientPrivilege.sqlstate or "": JournalDenied,
    psycopg.errors.UndefinedTable.sqlstate or "": JournalMissing,
    psycopg.errors.UndefinedFunction.sqlstate or "": JournalMissing,
    psycopg.errors.InvalidSchemaName.sqlstate or "": JournalMissing,
}


@functools.cache
def _sql(name: str) -> bytes:
    return sqltext.load("ringfence.journal", name).encode()


@contextmanager
def _spoken() -> Iterator[None]:
    """Say the server's refusals in our own words; what is not about the journal stays the driver's error."""
    try:
        yield
    except psycopg.Error as error:
        known = _ERRORS.get(error.sqlstate or "")
        if known is None:
            raise
        raise known(
            detail=error.diag.message_primary or "",
            hint=error.diag.message_hint or "",
            subject="schema ringfence",
        ) from error


def _row(conn: Connection, query: str, values: Mapping[str, object]) -> Row | None:
    with _spoken():
        return conn.execute(_sql(query), values).fetchone()


# --- installing --------------------------------------------------------------------------------------------------


def exists(conn: Connection) -> bool:
    """Whether this database has a journal that this version reads; raises SchemaTaken when it is not ours."""
    state = _state(conn)
    return state.journal_exists and not refuse.must_install(state)


def install(conn: Connection) -> None:
    """Create schema ringfence with journal, plans and snapshots unless they are there; safe to run at any time.

    Raises SchemaTaken before anything is written when the schema is somebody else's or may not be created.
    """
    with conn.transaction():
        # Two installers at once: the second waits here and then finds everything in place.
        conn.execute("select pg_catalog.pg_advisory_xact_lock(1380535879, 2)")
        if refuse.must_install(_state(conn)):
            conn.execute(_sql("install"))


def _state(conn: Connection) -> refuse.SchemaState:
    row = conn.execute(_sql("state")).fetchone()
    assert row is not None
    return refuse.SchemaState(**row)


# --- entries -----------------------------------------------------------------------------------------------------


def work_for(conn: Connection, run_id: str) -> None:
    """Mark this session as working for a run: only then it may append that run's entries.

    Once per connection, also after a reconnect. A session whose run was superseded meanwhile is refused at its next
    append, and its transaction with it, however late its backend comes to life again.
    """
    conn.execute("select pg_catalog.set_config('ringfence.run_id', %s, false)", (run_id,))


def append(conn: Connection, event: Event) -> Entry:
    """Append one entry in the caller's transaction; it must be the last statement before COMMIT.

    One round trip. Others that append wait until this transaction ends, bounded by lock_timeout. Ask `fold.follow`
    before, as `record` does: the server sees that one run follows another, not whether a step may follow a step.
    Raises IllegalTransition, RunSuperseded, JournalDamaged, WrongIsolation, JournalMissing, JournalDenied.
    """
    row = _row(conn, "append", {"event": chain.text_of(event)})
    assert row is not None
    return Entry(row["seq"], row["at"], event, row["previous_hash"], row["hash"])


def record(conn: Connection, progress: Progress, event: Event) -> Progress:
    """Append one entry unless it cannot follow, and give the progress after it; like `append`, the last statement.

    Takes in what others appended since (a pause). When the transaction does not commit, the result is void: read again.
    """
    fold.follow(progress, event)  # an illegal entry in an append-only journal would be there for ever
    append(conn, event)
    return fold.fold(read_since(conn, progress.seq), progress)


def read(conn: Connection) -> tuple[Entry, ...]:
    """Every entry, the chain verified; raises JournalDamaged and JournalMissing."""
    return read_since(conn, 0)


def read_since(conn: Connection, seq: int) -> tuple[Entry, ...]:
    """The entries after a position, proved to follow it; raises JournalDamaged and JournalMissing."""
    with _spoken(), conn.cursor(row_factory=class_row(chain.StoredEntry)) as cursor:
        rows = cursor.execute(_sql("read"), {"seq": seq}).fetchall()
    return tuple(chain.verified(rows, seq))


# --- documents ---------------------------------------------------------------------------------------------------


def store_plan(conn: Connection, plan: chain.Hashed) -> None:
    """Keep a plan under its hash; storing it again changes nothing."""
    with _spoken():
        conn.execute(_sql("store_plan"), {"hash": plan.hash, "document": chain.text_of(plan)})


def load_plan(conn: Connection, plan_hash: str, kind: type[chain.H]) -> chain.H:
    """The plan of that hash; raises DocumentMissing, JournalDamaged when it is not what the hash was made of."""
    row = _row(conn, "load_plan", {"hash": plan_hash})
    if row is None:
        raise DocumentMissing(f"the plan {plan_hash[:12]} is not stored", subject="ringfence.plans")
    return chain.plan_from(kind, plan_hash, row["document"])


def store_snapshot(conn: Connection, name: str, document: object) -> None:
    """Keep a value (a catalog, counts) under a name; a later one takes its place."""
    with _spoken():
        conn.execute(_sql("store_snapshot"), {"name": name, "document": chain.text_of(document)})


def load_snapshot(conn: Connection, name: str, kind: type[T]) -> T:
    """The value kept under a name, read as the given type; raises DocumentMissing."""
    row = _row(conn, "load_snapshot", {"name": name})
    if row is None:
        raise DocumentMissing(f"there is no snapshot {name!r}", subject="ringfence.snapshots")
    return codec.from_json(kind, json.loads(row["document"]))


# --- the run lock ------------------------------------------------------------------------------------------------


@contextmanager
def run_lock(
    conn: Connection, wait_ms_max: int = RUN_LOCK_WAIT_MS_MAX, sleep: Callable[[float], None] = time.sleep
) -> Iterator[None]:
    """Hold the run lock of this database on a connection of its own, autocommit and otherwise idle.

    Idle so that it never holds a snapshot, and polled so that it never waits: either would stop a concurrent index
    build (ONLINE_DDL H5, H6). Raises AnotherRunAtWork, naming the holder.
    """
    assert conn.autocommit, "the run lock's connection must not sit in a transaction"
    conn.execute("set idle_session_timeout = 0")  # a server that ends idle sessions must not end this one
    for _ in range(wait_ms_max // RUN_LOCK_POLL_MS):
        if _take(conn):
            break
        sleep(RUN_LOCK_POLL_MS / 1000)
    else:
        if not _take(conn):
            raise refuse.another_run(holders(conn))
    try:
        yield
    finally:
        # The server frees the lock of a session that is gone. What ended the session is the caller's story already, and
        # this sentence must not take its place.
        with suppress(psycopg.OperationalError):
            conn.execute(_sql("free_run_lock"))


def _take(conn: Connection) -> bool:
    row = conn.execute(_sql("try_run_lock")).fetchone()
    assert row is not None
    return bool(row["taken"])


def holders(conn: Connection) -> tuple[refuse.LockHolder, ...]:
    """Who holds the run lock now; empty when nobody does."""
    return tuple(refuse.LockHolder(**row) for row in conn.execute(_sql("run_lock_holders")).fetchall())


def check_run_lock(conn: Connection) -> None:
    """Make sure that the connection given to `run_lock` is alive and still holds it; raises RunLockLost."""
    try:
        held = conn.info.backend_pid in {holder.pid for holder in holders(conn)}
    except psycopg.OperationalError as error:
        raise RunLockLost(detail=str(error), hint=refuse.LOCK_LOST_HINT) from error
    if not held:
        raise RunLockLost(hint=refuse.LOCK_LOST_HINT)
