"""The database's part of sessions: a pool of its own, since no tenant transaction may call these functions."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Any, TypeAlias, TypeVar

import psycopg
import psycopg_pool
from psycopg.rows import dict_row

from ringfence import sqltext
from ringfence.db import Connection as OperatorConnection
from ringfence.runtime.bounded.pg import ANSWER_S_MAX, BoundedConnection
from ringfence.runtime.refused import CannotJudge
from ringfence.runtime.sessions.model import Left, SessionsNotInstalled
from ringfence.runtime.sessions.talk import Question, Talk

CONNECT_TIMEOUT_S = 5
Row: TypeAlias = dict[str, Any]
Connection: TypeAlias = psycopg.AsyncConnection[Row]
T = TypeVar("T")
_log = logging.getLogger(__name__)
_GONE = (psycopg.errors.UndefinedFunction, psycopg.errors.InvalidSchemaName, psycopg.errors.InsufficientPrivilege)
_CANNOT = (psycopg.Error, psycopg_pool.PoolTimeout, psycopg_pool.PoolClosed, TimeoutError)


def _text(name: str) -> bytes:
    return sqltext.load("ringfence.runtime.sessions", name).encode()


def _pool_arguments(url: str, application: str, connections_max: int, wait_s_max: float) -> dict[str, Any]:
    return {
        "conninfo": url,
        "min_size": 1,
        "max_size": connections_max,
        "timeout": wait_s_max,
        "open": False,
        "kwargs": {
            "autocommit": True,
            "prepare_threshold": None,  # behind a transaction pooler no statement of ours has a name
            "row_factory": dict_row,
            "client_encoding": "utf8",
            "application_name": application,
            "connect_timeout": CONNECT_TIMEOUT_S,
        },
    }


def _cannot_judge(error: Exception) -> CannotJudge:
    """What whoever asks is told of whatever the database has; nobody is logged out by it."""
    if isinstance(error, _GONE):
        _log.error("sessions cannot be asked: %s", type(error).__name__)
        return CannotJudge("sessions", hint="ringfence apply installs them with phase 3, and grants them")
    _log.warning("sessions cannot be asked: %s", getattr(error, "sqlstate", None) or type(error).__name__)
    return CannotJudge("database")


# --- the asynchronous face -------------------------------------------------------------------------------------------


class Asking:
    """Questions of one transaction."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    async def talk(self, talk: Talk[T]) -> T:
        """Ask what it asks, until it has its result."""
        try:
            question = next(talk)
            while True:
                question = talk.send(await self._row(question))
        except StopIteration as end:
            result: T = end.value
            return result

    async def _row(self, question: Question) -> Row:
        async with asyncio.timeout(ANSWER_S_MAX):
            return await (await self._conn.execute(_text(question.name), question.values)).fetchone() or {}


class Store:
    """The connections of one process."""

    def __init__(self, url: str, application: str, connections_max: int, wait_s_max: float) -> None:
        self._pool: psycopg_pool.AsyncConnectionPool[Connection] = psycopg_pool.AsyncConnectionPool(
            connection_class=psycopg.AsyncConnection[Row],
            **_pool_arguments(url, application, connections_max, wait_s_max),
        )

    async def open(self) -> None:
        """Begin to connect; a database that is not there makes questions fail, and not the application's start."""
        await self._pool.open(wait=False)

    async def close(self) -> None:
        """Close every connection."""
        await self._pool.close()

    @asynccontextmanager
    async def asking(self, *, together: bool = False) -> AsyncIterator[Asking]:
        """Ask; `together` makes the questions one transaction. Raises CannotJudge for whatever the database has."""
        try:
            async with self._pool.connection() as conn:
                if together:
                    async with conn.transaction():
                        yield Asking(conn)
                else:
                    yield Asking(conn)
        except _CANNOT as error:
            raise _cannot_judge(error) from None


# --- the blocking face -----------------------------------------------------------------------------------------------


class BlockingAsking:
    """The same for threads."""

    def __init__(self, conn: BoundedConnection) -> None:
        self._conn = conn

    def talk(self, talk: Talk[T]) -> T:
        """Ask what it asks, until it has its result."""
        try:
            question = next(talk)
            while True:
                question = talk.send(self._row(question))
        except StopIteration as end:
            result: T = end.value
            return result

    def _row(self, question: Question) -> Row:
        return self._conn.execute(_text(question.name), question.values).fetchone() or {}


class BlockingStore:
    """The same for threads, each answer within a time."""

    def __init__(self, url: str, application: str, connections_max: int, wait_s_max: float) -> None:
        self._pool: psycopg_pool.ConnectionPool[BoundedConnection] = psycopg_pool.ConnectionPool(
            connection_class=BoundedConnection, **_pool_arguments(url, application, connections_max, wait_s_max)
        )

    def open(self) -> None:
        """Begin to connect; a database that is not there makes questions fail, and not the application's start."""
        self._pool.open(wait=False)

    def close(self, s_max: float) -> None:
        """Close every connection, and wait so long for the pool's threads."""
        self._pool.close(timeout=s_max)

    @contextmanager
    def asking(self, *, together: bool = False, wait_s_max: float | None = None) -> Iterator[BlockingAsking]:
        """Ask; `together` makes the questions one transaction. Raises CannotJudge for whatever the database has."""
        try:
            with self._pool.connection(wait_s_max) as conn:
                if together:
                    with conn.transaction():
                        yield BlockingAsking(conn)
                else:
                    yield BlockingAsking(conn)
        except _CANNOT as error:
            raise _cannot_judge(error) from None


# --- the operator ----------------------------------------------------------------------------------------------------


def readable(conn: OperatorConnection) -> bool:
    """Whether phase 3 stands and whoever asks may look at what it has counted."""
    row = conn.execute(_text("readable")).fetchone()
    return row is not None and bool(row["readable"])


def left(conn: OperatorConnection, hours: int) -> Left:
    """What is left of the old, by what was counted in the last hours; raises SessionsNotInstalled."""
    row = _operate(conn, "left", {"hours": hours}).fetchone()
    if row is None:
        raise SessionsNotInstalled
    return Left(hours=hours, **row)


def set_share(conn: OperatorConnection, share: float) -> None:
    """Change the share of sessions that get their tenant with their next token; raises SessionsNotInstalled."""
    _operate(conn, "set_share", {"share": share})


def _operate(conn: OperatorConnection, name: str, values: Mapping[str, object]) -> Any:
    try:
        return conn.execute(_text(name), values)
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
        raise SessionsNotInstalled(
            hint="[authenticate] enabled = true in ringfence.toml, then: ringfence apply --through 3"
        ) from None
