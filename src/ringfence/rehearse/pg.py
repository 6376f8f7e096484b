"""What a rehearsal asks the source and does on the scratch server."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import psycopg

from ringfence import db, sqltext
from ringfence.db import Connection, Row
from ringfence.names import QualifiedName

APPLICATION = "ringfence rehearse"
PACKAGE = "ringfence.rehearse"


def database_facts(conn: Connection) -> Row:
    """Owner and grants of the source database: `owner`, `default_grants`, `grants`."""
    (row,) = _ask(conn, "source")
    return row


def not_lockable(conn: Connection) -> tuple[QualifiedName, ...]:
    """Tables this role cannot dump, not even without rows."""
    return tuple(QualifiedName(r["schema"], r["name"]) for r in _ask(conn, "not_lockable"))


def extension_parts(conn: Connection, extensions: Sequence[str]) -> list[Row]:
    """What the named extensions consist of, as far as a stand-in could replace it."""
    return _ask(conn, "extension_parts", extensions=list(extensions))


def installed_extensions(conn: Connection) -> frozenset[str]:
    """The extensions of this database."""
    return frozenset(r["name"] for r in _ask(conn, "extensions"))


def available_extensions(conn: Connection) -> frozenset[str]:
    """The extensions this server could install."""
    return frozenset(r["name"] for r in _ask(conn, "available"))


LOCKS_PER_TRANSACTION = "1024"


def clone_settings(conn: Connection) -> dict[str, str]:
    """How a scratch server must be set to behave like this one; a restore locks every object of a schema at once."""
    found = {r["name"]: str(r["setting"]) for r in _ask(conn, "settings")}
    return {**found, "max_locks_per_transaction": LOCKS_PER_TRANSACTION, "synchronous_commit": "off"}


def role_names(conn: Connection) -> frozenset[str]:
    """The roles of this server, the predefined ones too."""
    return frozenset(r["name"] for r in _ask(conn, "roles"))


def run(conn: Connection, statements: Iterable[str]) -> None:
    """Run generated statements one by one."""
    for statement in statements:
        conn.execute(statement.encode())


def tried(conn: Connection, statements: Iterable[str]) -> str | None:
    """Run statements in one transaction; gives the server's complaint when one of them fails, and keeps none."""
    try:
        with conn.transaction():
            conn.execute("set local check_function_bodies = off")
            run(conn, statements)
    except psycopg.Error as error:
        return error.diag.message_primary or type(error).__name__
    return None


def connect(url: str) -> Connection:
    """A connection of the rehearsal."""
    return db.connect(url, application=APPLICATION)


def _ask(conn: Connection, question: str, **values: object) -> list[Row]:
    return conn.execute(sqltext.load(PACKAGE, question).encode(), values or None).fetchall()
