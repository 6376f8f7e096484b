"""Reads the catalog of a live database: set-based questions, one short read-only snapshot, no lock on any table."""

from __future__ import annotations

import contextlib
import gc
import random
import time
from collections.abc import Collection, Iterator

import psycopg

from ringfence import db, sqltext
from ringfence.catalog import assemble
from ringfence.catalog.model import Catalog

LOCK_TIMEOUT = "5s"
READ_ATTEMPTS_MAX = 10
READ_PAUSE_S = 0.1

_QUESTIONS = (
    "relations",
    "inherits",
    "columns",
    "constraints",
    "indexes",
    "triggers",
    "policies",
    "rules",
    "reads",
    "routines",
    "sequences",
    "types",
    "roles",
    "publications",
    "extensions",
    "default_acls",
    "event_triggers",
    "measures",
    "settings",
)


def read_catalog(conn: db.Connection, *, schemas: Collection[str] | None = None) -> Catalog:
    """Read everything Ringfence knows of this database, or of the named schemas only.

    The connection must not be in a transaction. Needs no privilege: only catalogs that everybody may read are asked.
    A table dropped by somebody else in the very moment is not an error, the reading is repeated; raises
    CatalogMoved when that happens READ_ATTEMPTS_MAX times in a row.
    """
    for attempt in range(READ_ATTEMPTS_MAX):
        try:
            with _collector_off():
                return assemble.catalog(_ask(conn, schemas))
        except psycopg.errors.LockNotAvailable as error:
            raise assemble.CatalogLocked(
                detail=error.diag.message_primary or "",
                hint="ringfence status names who holds it; wait for it to end, then try again",
            ) from None
        except (psycopg.errors.InternalError_, psycopg.errors.UndefinedTable, assemble.VanishedWhileRead):
            # The snapshot shows an object that the server's definition functions, which look at the newest catalog,
            # no longer find ("cache lookup failed"). Locking it instead would stand in the application's way.
            time.sleep(random.uniform(0, READ_PAUSE_S * attempt))  # noqa: S311 - out of step with a migration's own rhythm
    raise assemble.CatalogMoved(hint="wait until the migration that runs on this database has ended, then try again")


def _ask(conn: db.Connection, schemas: Collection[str] | None) -> assemble.Answers:
    with conn.transaction():
        conn.execute("set transaction isolation level repeatable read, read only")
        # the server's definition functions take ACCESS SHARE: behind somebody's ALTER they would wait for ever
        conn.execute("select pg_catalog.set_config('lock_timeout', %s, true)", (LOCK_TIMEOUT,))
        _rows(conn, "begin")
        (server,) = _rows(conn, "server")
        found = _rows(conn, "schemas")
        bound = {"namespaces": assemble.namespaces(found, schemas)}
        wanted = [row for row in found if row["oid"] in set(bound["namespaces"])]
        # All questions at once: one round trip instead of twenty, and the server answers while we read.
        with conn.pipeline():
            asked = {name: conn.execute(_text(name), bound if "%(" in _text(name) else None) for name in _QUESTIONS}
            answers = {name: cursor.fetchall() for name, cursor in asked.items()}
    return assemble.Answers(server=server, schemas=wanted, **answers)


def _rows(conn: db.Connection, name: str) -> list[db.Row]:
    return conn.execute(_text(name)).fetchall()


def _text(name: str) -> str:
    return sqltext.load("ringfence.catalog", name)


@contextlib.contextmanager
def _collector_off() -> Iterator[None]:
    """No garbage collection while many small values are made: none is garbage, and each run walks over all of them."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
