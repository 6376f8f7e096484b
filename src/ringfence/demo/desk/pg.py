"""The desk's door to PostgreSQL: a bounded pool per login, and nothing of what is asked through it.

Errors of the driver become answers here. Their texts may quote what people wrote, so none of it leaves this file.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg
from psycopg import errors
from psycopg.conninfo import make_conninfo
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool, PoolClosed, PoolTimeout, TooManyRequests

from ringfence.demo.desk.errors import DeskError
from ringfence.demo.desk.model import Row

CONNECT_TIMEOUT_S = 10
POOL_TIMEOUT_S = 5.0
WAITING_MAX = 200
STATEMENT_TIMEOUT_MS = 5000
"""What a web application gives a statement before the user has gone anyway."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Login:
    """How one pool appears to the server."""

    name: str
    application: str
    connections_max: int
    role: str | None = None
    """What the login turns into at once; None stays itself."""
    search_path: str | None = None


def login_url(url: str, login: str, search_path: str) -> str:
    """The database's URL for one of the desk's logins, with the desk's bounds."""
    options = f"-c statement_timeout={STATEMENT_TIMEOUT_MS} -c idle_in_transaction_session_timeout=10s"
    options += f" -c search_path={search_path}"
    return make_conninfo(url, user=login, options=options, connect_timeout=CONNECT_TIMEOUT_S)


class Statements:
    """One connection for the time of a block."""

    def __init__(self, conn: psycopg.AsyncConnection[Row]) -> None:
        self._conn = conn

    async def rows(self, sql: LiteralString, **values: Any) -> list[Row]:
        """All rows."""
        return await (await self._conn.execute(sql, values)).fetchall()

    async def row(self, sql: LiteralString, **values: Any) -> Row | None:
        """The first row; None when there is none."""
        return await (await self._conn.execute(sql, values)).fetchone()

    async def count(self, sql: LiteralString, **values: Any) -> int:
        """How many rows it touched."""
        return (await self._conn.execute(sql, values)).rowcount

    def text(self, sql: LiteralString, values: Mapping[str, Any]) -> str:
        """The statement with its values in it, quoted by the driver; not run."""
        return psycopg.AsyncClientCursor(self._conn).mogrify(sql, values)


class Database:
    """A pool of connections of one login; opened and closed once."""

    def __init__(self, url: str, login: Login) -> None:
        options = f"-c statement_timeout={STATEMENT_TIMEOUT_MS} -c idle_in_transaction_session_timeout=10s"
        if login.role is not None:
            options += f" -c role={login.role}"
        if login.search_path is not None:
            options += f" -c search_path={login.search_path}"
        self.login = login
        self._pool: AsyncConnectionPool[psycopg.AsyncConnection[Row]] = AsyncConnectionPool(
            make_conninfo(
                url,
                user=login.name,
                application_name=login.application,
                options=options,
                connect_timeout=CONNECT_TIMEOUT_S,
            ),
            kwargs={"autocommit": True, "row_factory": dict_row},
            min_size=1,
            max_size=login.connections_max,
            max_waiting=WAITING_MAX,
            timeout=POOL_TIMEOUT_S,
            name=login.application,
            open=False,
        )

    async def open(self) -> None:
        """Connect; raises a 503 DeskError when the server does not answer."""
        with translated():
            await self._pool.open(wait=True, timeout=CONNECT_TIMEOUT_S)

    async def close(self) -> None:
        """Give every connection back to the server."""
        await self._pool.close(timeout=POOL_TIMEOUT_S)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Statements]:
        """For questions of one statement each, every one in a transaction of its own."""
        with translated():
            async with self._pool.connection() as conn:
                yield Statements(conn)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Statements]:
        """All of it or nothing; an error inside takes everything back."""
        with translated():
            async with self._pool.connection() as conn, conn.transaction():
                yield Statements(conn)


@contextmanager
def translated() -> Iterator[None]:
    """Turn what the driver raises into what the desk answers; what is nobody's fault but ours is left a 500."""
    try:
        yield
    except (PoolTimeout, TooManyRequests, PoolClosed):
        raise DeskError(503, "busy", "the desk is busy, or its database is away") from None
    except psycopg.Error as error:
        # primary message and detail may hold values; the state and the constraint's name never do
        log.warning("database: %s %s %s", type(error).__name__, error.sqlstate, error.diag.constraint_name or "")
        raise _answer(error) from None


def _answer(error: psycopg.Error) -> DeskError:
    match error:
        case errors.UniqueViolation():
            return DeskError(409, "conflict", "something of that name is there already")
        case errors.ForeignKeyViolation():
            return DeskError(422, "unknown_reference", "it refers to something that is not there")
        case errors.QueryCanceled():
            return DeskError(503, "timeout", "the database took too long")
        case errors.UndefinedTable() | errors.UndefinedColumn():
            return DeskError(503, "not_ready", "this version does not work on the database as it is")
        case psycopg.DataError() | errors.IntegrityError():
            return DeskError(422, "invalid", "the database does not take such a value")
        case psycopg.OperationalError() | psycopg.InterfaceError():
            return DeskError(503, "unavailable", "the database did not answer")
        case _:
            return DeskError(500, "internal", "the desk made a mistake")
