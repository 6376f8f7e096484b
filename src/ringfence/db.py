"""Connections of the migrator: one synchronous psycopg connection at a time, set up so that a crash leaves nothing running.

Only this file and the `pg.py` of a stage touch the driver.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import dict_row

from ringfence.errors import RingfenceError

Connection: TypeAlias = psycopg.Connection[dict[str, Any]]
Row: TypeAlias = dict[str, Any]

APPLICATION_PREFIX = "ringfence"
VERSION_MIN = 150000
VERSION_NEXT = 190000
CONNECT_TIMEOUT_S = 10


class CannotConnect(RingfenceError):
    """The database cannot be reached with this URL."""

    code = "RF201"


class UnsupportedServer(RingfenceError):
    """The server's version is not supported."""

    code = "RF202"


class ReadOnlyServer(RingfenceError):
    """The server is a standby or forces read-only transactions, so nothing can be changed here."""

    code = "RF203"


class PoolerInBetween(RingfenceError):
    """A transaction pooler stands between Ringfence and the server, so session settings and locks do not hold."""

    code = "RF204"


def safe_target(url: str) -> str:
    """The URL's host, port and database for people to read, without user secrets."""
    try:
        parts = conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        return "(unreadable URL)"
    host = parts.get("host") or "(default host)"
    return f"{host}:{parts.get('port') or 5432}/{parts.get('dbname') or parts.get('user') or ''}"


def connect(url: str, *, application: str = APPLICATION_PREFIX, autocommit: bool = True) -> Connection:
    """Open a connection for the migrator: autocommit, rows as dicts, UTC, no search path, row security an error.

    `application` is shown in pg_stat_activity and is how leftovers are found after a crash (at most 63 bytes).
    Raises CannotConnect (the password never appears in it) and UnsupportedServer.
    """
    try:
        conn: Connection = psycopg.connect(
            url,
            autocommit=True,
            row_factory=dict_row,
            application_name=application[:63],
            connect_timeout=CONNECT_TIMEOUT_S,
        )
    except (psycopg.OperationalError, psycopg.ProgrammingError) as error:
        first = str(error).strip().splitlines()[-1] if str(error).strip() else type(error).__name__
        raise CannotConnect(
            f"cannot connect to {safe_target(url)}",
            detail=first,
            hint="check host, port, database, user and password: psql \"$DATABASE_URL\" -c 'select 1'",
        ) from None  # the driver's error may carry the whole connection string
    version = conn.info.server_version
    if not VERSION_MIN <= version < VERSION_NEXT:
        conn.close()
        raise UnsupportedServer(
            f"PostgreSQL {version // 10000} is not supported",
            subject=safe_target(url),
            hint="Ringfence works on PostgreSQL 15 to 18",
        )
    # Plans with parameters must see the values (chunk bounds), and a pooler must not be handed prepared statements.
    conn.prepare_threshold = None
    for setting, value in SESSION_SETTINGS:
        conn.execute("select pg_catalog.set_config(%s, %s, false)", (setting, value))
    conn.autocommit = autocommit
    return conn


SESSION_SETTINGS: Sequence[tuple[str, str]] = (
    # A killed client must not leave a statement running and committing later (ONLINE_DDL H28).
    ("client_connection_check_interval", "200ms"),
    # An error instead of silently touching no row when the role does not bypass a FORCEd policy (H17).
    ("row_security", "off"),
    # Definitions read from the catalog come back fully qualified, and no name can be captured.
    ("search_path", ""),
    ("timezone", "UTC"),
    ("datestyle", "ISO, YMD"),
    ("intervalstyle", "iso_8601"),
    ("extra_float_digits", "1"),
    ("bytea_output", "hex"),
    ("statement_timeout", "0"),
    ("lock_timeout", "0"),
    ("idle_in_transaction_session_timeout", "60s"),
)


def check_writable(conn: Connection, url: str) -> None:
    """Refuse a standby, a read-only server and a transaction pooler before anything is started.

    Raises ReadOnlyServer or PoolerInBetween. A pooler shows itself because a session's backend changes between
    transactions or because its settings do not stay.
    """
    row = conn.execute("select pg_is_in_recovery() as standby, current_setting('transaction_read_only') as ro").fetchone()
    assert row is not None
    if row["standby"] or row["ro"] == "on":
        raise ReadOnlyServer(
            subject=safe_target(url),
            hint="use the primary's address; on a primary: alter database ... set default_transaction_read_only = off",
        )
    kept = _scalar(conn, "select current_setting('client_connection_check_interval')") == "200ms"
    if not kept or (_scalar(conn, "select pg_backend_pid()") != conn.info.backend_pid and _backend_is_shared(conn, url)):
        raise PoolerInBetween(
            subject=safe_target(url),
            hint="connect to PostgreSQL itself, or to the pooler's session mode (on Supabase port 5432, not 6543)",
        )


def _backend_is_shared(conn: Connection, url: str) -> bool:
    """Whether a second client of this URL is handed the backend our idle connection used.

    Every pooler makes up its own process ids, also in session mode where all is well; only in transaction mode does
    an idle client give its backend away. So a second connection opens a transaction and both say where they landed.
    """
    mine = _scalar(conn, "select pg_backend_pid()")
    with connect(url, autocommit=False) as other:
        theirs = _scalar(other, "select pg_backend_pid()")
        mine_now = _scalar(conn, "select pg_backend_pid()")
        other.rollback()
    return theirs == mine or mine_now != mine


def _scalar(conn: Connection, query: str) -> Any:
    row = conn.execute(query).fetchone()  # type: ignore[call-overload]  # a constant of this file, not LiteralString to mypy
    assert row is not None
    return next(iter(row.values()))
