"""The questions a backup asks: the source under one snapshot, and the scratch server it is restored into."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence

import psycopg
from psycopg import errors as pgerrors
from psycopg.conninfo import make_conninfo

from ringfence import db, sqltext
from ringfence.backup.digest import DIGEST_SETTINGS, row_digest
from ringfence.backup.model import (
    Digest,
    DigestFailed,
    DumpFailed,
    RestoreFailed,
    SecretNotPassable,
    SequenceSpan,
    SourceDatabase,
    SourceRole,
)
from ringfence.db import Connection, Row
from ringfence.errors import RingfenceError
from ringfence.names import QualifiedName, quote_ident, quote_literal

PACKAGE = "ringfence.backup"
APPLICATION = "ringfence backup"
QUESTION_TIMEOUT_MS = 60_000
# Options that libpq takes from a connection string only, and that other users must not read in a process list.
SECRET_OPTIONS = frozenset({"sslpassword", "scram_client_key", "scram_server_key", "oauth_client_secret"})


# --- digests ---------------------------------------------------------------------------------------------------------


def digest_tables(
    conn: Connection,
    tables: Mapping[QualifiedName, Sequence[str]],
    *,
    snapshot: str | None = None,
    statement_timeout_ms: int = 0,
    parallel_workers: int = 0,
) -> Mapping[QualifiedName, Digest]:
    """Count and sum every table, one query each, all of them in one read-only snapshot.

    `snapshot` is a name from pg_export_snapshot of a transaction that is still open; without it the connection takes
    one of its own. The timeout bounds one table; 0 means no bound. Workers are 0 by default, since the server has
    other work. The connection must not be in a transaction. Raises DigestFailed naming the table.
    """
    with _coded(DigestFailed, "the snapshot"), conn.transaction():
        _begin_reading(conn)
        if snapshot is not None:
            conn.execute(f"set transaction snapshot {quote_literal(snapshot)}".encode())
        return dict(digests(conn, tables, statement_timeout_ms=statement_timeout_ms, parallel_workers=parallel_workers))


def digests(
    conn: Connection,
    tables: Mapping[QualifiedName, Sequence[str]],
    *,
    statement_timeout_ms: int = 0,
    parallel_workers: int = 0,
) -> Iterator[tuple[QualifiedName, Digest]]:
    """The same inside a transaction that is open already, one table at a time, so that its caller can look around."""
    for setting, value in (*DIGEST_SETTINGS, ("max_parallel_workers_per_gather", str(parallel_workers))):
        _set(conn, setting, value)
    _set(conn, "statement_timeout", f"{statement_timeout_ms}ms")
    for table, columns in tables.items():
        with _coded(DigestFailed, str(table)):
            row = _one(conn, row_digest(table, columns))
        yield table, Digest(int(row["rows"]), str(row["checksum"]))


@contextlib.contextmanager
def exported_snapshot(conn: Connection) -> Iterator[str]:
    """A read-only transaction whose snapshot others may take over by name, as long as the block lasts."""
    with _coded(DumpFailed, "the snapshot"), conn.transaction():
        _begin_reading(conn)
        # Nothing is sent on this connection while pg_dump works: a bound on idleness would end the snapshot under it.
        for setting in ("idle_in_transaction_session_timeout", "transaction_timeout"):
            if _one(conn, f"select current_setting({quote_literal(setting)}, true) as value")["value"] is not None:
                _set(conn, setting, "0")
        yield str(_one(conn, "select pg_catalog.pg_export_snapshot() as name")["name"])


def large_objects(conn: Connection) -> tuple[int, Digest | None]:
    """How many large objects there are, and their digest; None when one is larger than a value can be (1 GB)."""
    objects = int(_ask(conn, "large_objects")[0]["objects"])
    try:
        with _coded(DigestFailed, "large objects"), conn.transaction():
            found = _ask(conn, "large_objects_digest")[0]
    except DigestFailed as error:
        if isinstance(error.__cause__, pgerrors.InvalidParameterValue):
            return objects, None
        raise
    return objects, Digest(int(found["rows"]), str(found["checksum"]))


# --- the source ------------------------------------------------------------------------------------------------------


def source_database(conn: Connection, url: str) -> SourceDatabase:
    """What a scratch database must have in common with this one; raises DumpFailed."""
    with _coded(DumpFailed, db.safe_target(url)), conn.transaction():
        _set(conn, "statement_timeout", f"{QUESTION_TIMEOUT_MS}ms")
        row = _ask(conn, "source_database")[0]
        roles = tuple(SourceRole(r["name"], r["superuser"]) for r in _ask(conn, "roles"))
    return SourceDatabase(
        target=db.safe_target(url),
        server_version=row["server_version"],
        database=row["database"],
        encoding=row["encoding"],
        collate=row["collate"],
        ctype=row["ctype"],
        locale_provider=row["locale_provider"],
        locale=row["locale"],
        bytes=row["bytes"],
        roles=roles,
        extensions=tuple(row["extensions"]),
        schemas=tuple(row["schemas"]),
    )


def not_readable(conn: Connection, excluded_schemas: Sequence[str]) -> tuple[tuple[QualifiedName, str], ...]:
    """What this role cannot dump, with the reason; () when a full dump is possible."""
    with _coded(DumpFailed, "privileges"), conn.transaction():
        _set(conn, "statement_timeout", f"{QUESTION_TIMEOUT_MS}ms")
        rows = _ask(conn, "not_readable", excluded=list(excluded_schemas))
    return tuple((QualifiedName(r["schema"], r["name"]), str(r["reason"])) for r in rows)


def sequence_values(conn: Connection) -> Mapping[QualifiedName, tuple[int | None, bool]]:
    """The last value of every sequence, and whether it ascends."""
    with _coded(DumpFailed, "sequences"):
        rows = _ask(conn, "sequences")
    return {QualifiedName(r["schema"], r["name"]): (r["last_value"], bool(r["ascending"])) for r in rows}


def spans(
    before: Mapping[QualifiedName, tuple[int | None, bool]], after: Mapping[QualifiedName, tuple[int | None, bool]]
) -> tuple[SequenceSpan, ...]:
    """The sequences that were there all the time, each with both its values."""
    return tuple(
        SequenceSpan(name, value, after[name][0], ascending)
        for name, (value, ascending) in before.items()
        if name in after
    )


def client_environment(conn: Connection, application: str = APPLICATION) -> Mapping[str, str]:
    """Environment variables that bring a client program to exactly the server this connection reached.

    A URL may name several hosts, or a name with several addresses; a snapshot lives on one server only. Raises
    SecretNotPassable for a secret that libpq takes from a connection string only.
    """
    found: dict[str, str] = {}
    for option in conn.pgconn.info:
        if option.val is None:
            continue
        keyword = option.keyword.decode()
        if keyword in SECRET_OPTIONS and option.val:
            raise SecretNotPassable(
                subject=keyword,
                hint="take the option out of the URL: use an unencrypted key file with mode 0600, or a password",
            )
        if option.envvar is not None and option.val:
            found[option.envvar.decode()] = option.val.decode()
    info = conn.info
    found |= {"PGHOST": info.host, "PGPORT": str(info.port), "PGUSER": info.user, "PGDATABASE": info.dbname}
    if info.password:
        found["PGPASSWORD"] = info.password
    if info.hostaddr:
        found["PGHOSTADDR"] = info.hostaddr
    # The server is chosen already; the program speaks the database's own encoding.
    for unwanted in ("PGTARGETSESSIONATTRS", "PGLOADBALANCEHOSTS", "PGCLIENTENCODING"):
        found.pop(unwanted, None)
    return found | {"PGAPPNAME": application}


# --- the scratch server ----------------------------------------------------------------------------------------------


def available_extensions(conn: Connection) -> frozenset[str]:
    """The extensions the server could create."""
    with _coded(RestoreFailed, "extensions"):
        return frozenset(r["name"] for r in _ask(conn, "available_extensions"))


def role_names(conn: Connection) -> frozenset[str]:
    """The roles the server has."""
    with _coded(RestoreFailed, "roles"):
        return frozenset(r["name"] for r in _ask(conn, "roles"))


def server_major(conn: Connection) -> int:
    """The server's major version."""
    return conn.info.server_version // 10000


def execute(conn: Connection, statements: Sequence[str]) -> None:
    """Run statements on the scratch server, each on its own; raises RestoreFailed naming the one that failed."""
    for statement in statements:
        with _coded(RestoreFailed, statement):
            conn.execute(statement.encode())


def execute_first(conn: Connection, statements: Sequence[str]) -> int:
    """Run the first statement the server takes and say which; raises RestoreFailed with the last one's error."""
    for number, statement in enumerate(statements[:-1]):
        try:
            conn.execute(statement.encode())
        except psycopg.DatabaseError:
            continue  # the caller is told by the number, and the last statement's error is raised
        else:
            return number
    execute(conn, statements[-1:])
    return len(statements) - 1


def url_of_database(url: str, database: str) -> str:
    """The same server and user, another database."""
    return make_conninfo(url, dbname=database)


def drop_schema(url: str, schema: str) -> None:
    """Drop an empty schema; raises RestoreFailed."""
    with db.connect(url, application=APPLICATION) as conn:
        execute(conn, (f"drop schema {quote_ident(schema)}",))


def drop_database(conn: Connection, name: str) -> None:
    """Drop a scratch database, and end the sessions that are still in it."""
    execute(conn, (f"drop database if exists {quote_ident(name)} with (force)",))


# --- shared ----------------------------------------------------------------------------------------------------------


def _begin_reading(conn: Connection) -> None:
    conn.execute(b"set transaction isolation level repeatable read, read only")


def _set(conn: Connection, setting: str, value: str) -> None:
    conn.execute(b"select pg_catalog.set_config(%s, %s, true)", (setting, value))


def _one(conn: Connection, query: str) -> Row:
    row = conn.execute(query.encode()).fetchone()
    assert row is not None
    return row


def _ask(conn: Connection, question: str, **values: object) -> list[Row]:
    return conn.execute(sqltext.load(PACKAGE, question).encode(), values or None).fetchall()


@contextlib.contextmanager
def _coded(kind: type[RingfenceError], subject: str) -> Iterator[None]:
    """Turn the driver's errors into ours: the server's message and hint, never a statement or a row."""
    try:
        yield
    except psycopg.Error as error:
        primary = error.diag.message_primary or (str(error).strip().splitlines() or [type(error).__name__])[0]
        code = f" ({error.sqlstate})" if error.sqlstate else ""
        raise kind(subject=subject, detail=f"{primary}{code}", hint=_hint(error)) from error


def _hint(error: psycopg.Error) -> str:
    match error:
        case pgerrors.InsufficientPrivilege():
            return "use a role that reads every row: the owner where row security is not forced, or one with BYPASSRLS"
        case pgerrors.UndefinedTable() | pgerrors.UndefinedColumn():
            return "the schema changed since it was read: run the command again"
        case pgerrors.QueryCanceled():
            return "the bound on one statement was reached, or somebody cancelled it: allow more time"
        case psycopg.OperationalError():
            return "the connection was lost: try again"
        case _:
            return error.diag.message_hint or ""
