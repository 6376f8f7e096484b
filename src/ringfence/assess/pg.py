"""Asks the server what an assessment needs beyond the catalog: read-only, no table locks, bounded in rows and time."""

from __future__ import annotations

import shutil
from pathlib import Path

import psycopg

from ringfence import sqltext
from ringfence.assess import sqlread
from ringfence.assess.model import (
    CannotObserve,
    Migrator,
    Observed,
    OldTransaction,
    PreparedTransaction,
    PublishedTable,
    Replica,
    RowTypeUse,
    Slot,
    StatementSeen,
    TableFacts,
)
from ringfence.assess.surroundings import ForeignServer, LargeObjects, Strong, Surroundings
from ringfence.catalog.model import Catalog
from ringfence.db import Connection, Row
from ringfence.names import QualifiedName

QUESTION_TIMEOUT = "20s"
LOCK_TIMEOUT = "5s"
"""The server's own functions that show an expression take ACCESS SHARE on its table."""


def observe_database(conn: Connection, catalog: Catalog) -> Observed:
    """Ask everything; what this role may not see comes back as unknown, never as an error.

    The connection must not be in a transaction. Texts of statements are kept with their literals removed, and only
    facts about tables that the catalog knows. Raises CannotObserve when somebody's lock holds a question up.
    """
    try:
        return _observe(conn, catalog)
    except (psycopg.errors.QueryCanceled, psycopg.errors.LockNotAvailable) as error:
        raise CannotObserve(
            detail=str(error).strip(),
            hint=(
                "-- who holds strong locks, and for how long:\n"
                "select l.pid, l.relation::regclass, a.application_name, now() - a.xact_start as age\n"
                "from pg_locks l join pg_stat_activity a using (pid)\n"
                "where l.mode = 'AccessExclusiveLock' and l.granted;"
            ),
        ) from error


def observe_clients(conn: Connection) -> Observed:
    """Only what clients send and what is published: enough to tell which tables should stand behind a view.

    Raises CannotObserve when somebody's lock holds a question up.
    """
    try:
        with conn.transaction():
            conn.execute("set transaction read only")
            conn.execute("select pg_catalog.set_config('statement_timeout', %s, true)", (QUESTION_TIMEOUT,))
            conn.execute("select pg_catalog.set_config('lock_timeout', %s, true)", (LOCK_TIMEOUT,))
            (role,) = _rows(conn, "migrator")
            return Observed(
                statements=_statements(conn),
                statements_complete=bool(_rows(conn, "statements_view")) and role["reads_activity"],
                published=tuple(_published(row) for row in _rows(conn, "published")),
            )
    except (psycopg.errors.QueryCanceled, psycopg.errors.LockNotAvailable) as error:
        raise CannotObserve(detail=str(error).strip(), hint="try again when the lock is gone") from error


def _statements(conn: Connection) -> tuple[StatementSeen, ...]:
    recorded = [row for v in _rows(conn, "statements_view") for row in _rows(conn, "statements", view=str(v["view"]))]
    return tuple(seen for row in (*recorded, *_rows(conn, "session_statements")) for seen in _statement(row))


def _observe(conn: Connection, catalog: Catalog) -> Observed:
    known = {str(table.name) for table in catalog.tables}
    with conn.transaction():
        conn.execute("set transaction read only")
        conn.execute("select pg_catalog.set_config('statement_timeout', %s, true)", (QUESTION_TIMEOUT,))
        conn.execute("select pg_catalog.set_config('lock_timeout', %s, true)", (LOCK_TIMEOUT,))
        (role,) = _rows(conn, "migrator")
        views = _rows(conn, "statements_view")
        return Observed(
            migrator=Migrator(
                superuser=role["superuser"],
                bypass_rls=role["bypass_rls"],
                replica_role=role["replica_role"],
                create_in_database=role["create_in_database"],
                reads_activity=role["reads_activity"],
                signals_backends=role["signals_backends"],
                acts_as=frozenset(role["acts_as"]),
                schemas_usable=frozenset(role["schemas_usable"]),
            ),
            tables={str(_name(row)): _facts(row) for row in _rows(conn, "tables") if str(_name(row)) in known},
            statements=_statements(conn),
            statements_complete=bool(views) and role["reads_activity"],
            transactions=tuple(_transaction(row) for row in _rows(conn, "transactions")),
            prepared=tuple(PreparedTransaction(**row) for row in _rows(conn, "prepared")),
            wraparound_vacuums=tuple(row["query"] for row in _rows(conn, "wraparound_vacuums")),
            published=tuple(_published(row) for row in _rows(conn, "published")),
            slots=tuple(Slot(**row) for row in _rows(conn, "slots")),
            replicas=tuple(Replica(**row) for row in _rows(conn, "replicas")),
            subscribed={str(_name(row)): row["subscription"] for row in _rows(conn, "subscribed")},
            row_types=tuple(
                RowTypeUse(QualifiedName(row["of_schema"], row["of_name"]), _name(row), row["column"])
                for row in _rows(conn, "row_types")
            ),
            temporary=tuple(row["name"] for row in _rows(conn, "temporary")),
            settings={row["name"]: row["setting"] for row in _rows(conn, "settings")},
            ringfence_owner=role["ringfence_owner"],
            installed=role["installed"],
            disk_free_bytes=_disk_free(conn) if role["sees_files"] else None,
            surroundings=_surroundings(conn),
        )


def _surroundings(conn: Connection) -> Surroundings:
    (database,) = _rows(conn, "database")
    return Surroundings(
        database_owner=database["owner"],
        database_acl=tuple(database["acl"]),
        database_settings=tuple(database["settings"]),
        statement_timeout_ms=database["statement_timeout_ms"],
        strong=tuple(Strong(**{**row, "acl": tuple(row["acl"])}) for row in _rows(conn, "strong_functions")),
        servers=tuple(ForeignServer(**{**row, "acl": tuple(row["acl"])}) for row in _rows(conn, "foreign_servers")),
        large_objects=tuple(LargeObjects(**{**row, "acl": tuple(row["acl"])}) for row in _rows(conn, "large_objects")),
        public_buckets=_public_buckets(conn),
    )


def _public_buckets(conn: Connection) -> tuple[str, ...] | None:
    (seen,) = _rows(conn, "buckets_seen")
    if seen["present"] and not seen["readable"]:
        return None
    return tuple(row["id"] for row in _rows(conn, "public_buckets")) if seen["present"] else ()


def _rows(conn: Connection, name: str, **slots: str) -> list[Row]:
    return conn.execute(sqltext.fill(sqltext.load("ringfence.assess", name), **slots).encode()).fetchall()


def _name(row: Row) -> QualifiedName:
    return QualifiedName(row["schema"], row["name"])


def _facts(row: Row) -> TableFacts:
    made_of = QualifiedName(row["row_type_schema"], row["row_type_name"]) if row["row_type_name"] else None
    return TableFacts(
        may_select=row["may_select"],
        may_trigger=row["may_trigger"],
        may_reference=row["may_reference"],
        identity_columns=tuple(row["identity_columns"]),
        row_type=made_of,
        columns_used=row["columns_used"],
    )


def _statement(row: Row) -> list[StatementSeen]:
    text = sqlread.without_literals(row["text"])
    return (
        [StatementSeen(text, row["calls"], row["role"], row.get("application", ""), "application" in row)]
        if text
        else []
    )


def _transaction(row: Row) -> OldTransaction:
    return OldTransaction(**{**row, "query": sqlread.without_literals(row["query"])})


def _published(row: Row) -> PublishedTable:
    return PublishedTable(
        publication=row["publication"],
        table=_name(row),
        updates=row["updates"],
        columns=tuple(row["columns"] or ()),  # a table may have none
        column_list=row["column_list"],
        row_filter=row["row_filter"],
    )


def _disk_free(conn: Connection) -> int | None:
    """Free bytes under the data directory; None unless the server is on this machine."""
    (row,) = _rows(conn, "data_directory")
    folder = Path(row["data_directory"])
    try:
        written_s = int((folder / "postmaster.pid").stat().st_mtime)
        free = shutil.disk_usage(folder).free
    except OSError:
        return None  # another machine, or not ours to look into
    # a container has the same path with another server's data in it
    return free if written_s == row["started_s"] else None
