"""Connections of the migrator: one synchronous psycopg connection at a time, set up so that a crash leaves no work.

Only this file and the `pg.py` of a stage touch the driver.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, LiteralString, TypeAlias

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
SILENCE_IDLE_S, SILENCE_INTERVAL_S, SILENCE_COUNT = 10, 5, 4
SILENCE_S = SILENCE_IDLE_S + SILENCE_INTERVAL_S * SILENCE_COUNT
NETWORK: Mapping[str, Any] = {
    # A network that drops a connection without a word (a router that forgot it, a machine without power) would leave a
    # run waiting for its answer for two hours, as the system's own keepalive does. What the URL says comes first.
    "keepalives_idle": SILENCE_IDLE_S,
    "keepalives_interval": SILENCE_INTERVAL_S,
    "keepalives_count": SILENCE_COUNT,
    "tcp_user_timeout": SILENCE_S * 1000,
}
POOLER_TRIES = 3


class CannotConnect(RingfenceError):
    """The database cannot be reached with this URL."""

    code = "RF201"
    exit_code = 7


class UnsupportedServer(RingfenceError):
    """The server's version is not supported."""

    code = "RF202"
    exit_code = 7


class ReadOnlyServer(RingfenceError):
    """The server is a standby or forces read-only transactions, so nothing can be changed here."""

    code = "RF203"
    exit_code = 7


class PoolerInBetween(RingfenceError):
    """A transaction pooler stands between Ringfence and the server, so session settings and locks do not hold."""

    code = "RF204"
    exit_code = 7


def safe_target(url: str) -> str:
    """The URL's host, port and database for people to read, without user secrets."""
    try:
        parts = conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        return "(unreadable URL)"
    # An @ in a password that was not written as %40 makes the rest of it look like the host.
    host = str(parts.get("host") or "(default host)").rpartition("@")[2]
    port = str(parts.get("port") or 5432)
    port = port if port.replace(",", "").isdecimal() else "(port is no number)"
    return f"{host}:{port}/{parts.get('dbname') or parts.get('user') or ''}"


def connect(url: str, *, application: str = APPLICATION_PREFIX, autocommit: bool = True) -> Connection:
    """Open a connection for the migrator: autocommit, rows as dicts, UTC, no search path, row security an error.

    `application` is shown in pg_stat_activity and is how leftovers are found after a crash (at most 63 bytes).
    Raises CannotConnect (the password never appears in it), UnsupportedServer and PoolerInBetween.
    """
    conn = _open(url, application)
    try:
        _refuse_unsupported(conn, url)
        _refuse_transaction_pooler(conn, url)
        # Plans with parameters must see the values (chunk bounds), and a pooler must not be handed prepared statements.
        conn.prepare_threshold = None
        names, values = zip(*SESSION_SETTINGS, strict=True)
        conn.execute(
            "select pg_catalog.set_config(s.n, s.v, false) from unnest(%s::text[], %s::text[]) as s (n, v)"
            " where pg_catalog.current_setting(s.n, true) is not null",
            (list(names), list(values)),
        )
        conn.autocommit = autocommit
    except BaseException:
        conn.close()
        raise
    return conn


def _open(url: str, application: str) -> Connection:
    try:
        parts = conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        raise CannotConnect(
            "the database URL cannot be read",  # and is not shown: the driver's own message quotes it, password and all
            hint="write it as postgresql://user:password@host:5432/database, with %40 for @, %3A for : and %2F for / "
            "in the password",
        ) from None
    try:
        conn: Connection = psycopg.connect(
            url,
            autocommit=True,
            row_factory=dict_row,
            application_name=application.encode()[:63].decode(errors="ignore"),
            client_encoding="utf8",
            connect_timeout=CONNECT_TIMEOUT_S,
            **{name: value for name, value in NETWORK.items() if name not in parts},
        )
    except (psycopg.OperationalError, psycopg.ProgrammingError) as error:
        said = str(error).strip()
        broken = "@" in str(parts.get("host") or "")
        raise CannotConnect(
            f"cannot connect to {safe_target(url)}",
            detail="" if broken or not said else _last_line(said, parts.get("password")),
            hint="write @ in the password as %40"
            if broken
            else "check host, port, database, user and password: psql \"$DATABASE_URL\" -c 'select 1'",
        ) from None  # the driver's error may carry the whole connection string
    return conn


def _last_line(text: str, secret: object) -> str:
    line = text.splitlines()[-1].strip()
    return line.replace(str(secret), "***") if secret else line


def _refuse_unsupported(conn: Connection, url: str) -> None:
    version = conn.info.server_version
    if not VERSION_MIN <= version < VERSION_NEXT:
        raise UnsupportedServer(
            f"PostgreSQL {version // 10000} is not supported",
            subject=safe_target(url),
            hint="Ringfence works on PostgreSQL 15 to 18",
        )


def _refuse_transaction_pooler(conn: Connection, url: str) -> None:
    """Leave before a setting is made: it would stay on a backend that the application is handed next.

    An empty search path there would fail the application's statements, one in so many, until that backend is recycled.
    """
    # Every pooler makes up its own process ids, also in session mode where all is well.
    is_direct = _scalar(conn, "select pg_catalog.pg_backend_pid()") == conn.info.backend_pid
    if not is_direct and _is_shared(conn, url):
        raise PoolerInBetween(
            subject=safe_target(url),
            hint="connect to PostgreSQL itself, or to the pooler's session mode (on Supabase port 5432, not 6543)",
        )


def _is_shared(conn: Connection, url: str) -> bool:
    """Whether a second client of this URL is handed the backend our idle connection used.

    Only in transaction and statement mode does an idle client give its backend away. So a second connection opens a
    transaction and both say where they landed; more than once, because other clients may step in between.
    """
    other = _open(url, APPLICATION_PREFIX)
    try:
        return any(_is_handed_over(conn, other) for _ in range(POOLER_TRIES))
    finally:
        other.close()


def _is_handed_over(conn: Connection, other: Connection) -> bool:
    mine = _scalar(conn, "select pg_catalog.pg_backend_pid()")
    try:
        with other.transaction():
            theirs = _scalar(other, "select pg_catalog.pg_backend_pid()")
            mine_now = _scalar(conn, "select pg_catalog.pg_backend_pid()")
    except psycopg.errors.ProtocolViolation:
        return True  # statement mode: no transaction is allowed at all
    return bool(theirs == mine or mine_now != mine)


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
    # Counts and checks read whole tables, and the application has more use for the other processors.
    ("max_parallel_workers_per_gather", "0"),
    ("statement_timeout", "0"),
    ("lock_timeout", "0"),
    ("idle_in_transaction_session_timeout", "60s"),
    # A role's own setting must not end the idle run lock, nor a long validation (transaction_timeout exists since 17).
    ("idle_session_timeout", "0"),
    ("transaction_timeout", "0"),
    # The same at the server's end: a run lock whose holder lost its network is free after half a minute, not two hours.
    ("tcp_keepalives_idle", f"{SILENCE_IDLE_S}s"),
    ("tcp_keepalives_interval", f"{SILENCE_INTERVAL_S}s"),
    ("tcp_keepalives_count", str(SILENCE_COUNT)),
    ("tcp_user_timeout", f"{SILENCE_S}s"),
)


def check_writable(conn: Connection, url: str) -> None:
    """Refuse a standby and a read-only server before anything is started; raises ReadOnlyServer."""
    row = conn.execute(
        "select pg_catalog.pg_is_in_recovery() as standby, pg_catalog.current_setting('transaction_read_only') as ro"
    ).fetchone()
    assert row is not None
    if row["standby"] or row["ro"] == "on":
        raise ReadOnlyServer(
            detail="it is a standby" if row["standby"] else "default_transaction_read_only is on",
            subject=safe_target(url),
            hint="use the primary's address; on a primary: alter database ... set default_transaction_read_only = off",
        )


def _scalar(conn: Connection, query: LiteralString) -> Any:
    row = conn.execute(query).fetchone()
    assert row is not None
    return next(iter(row.values()))
