"""The database's part of sessions: a pool of its own, since no tenant transaction may call these functions."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

import psycopg
import psycopg_pool
from psycopg.rows import dict_row

from ringfence import sqltext
from ringfence.db import Connection as OperatorConnection
from ringfence.runtime.refused import CannotJudge
from ringfence.runtime.sessions.model import Left, SessionsNotInstalled

CONNECT_TIMEOUT_S = 5
Row: TypeAlias = dict[str, Any]
Connection: TypeAlias = psycopg.AsyncConnection[Row]
_log = logging.getLogger(__name__)
_GONE = (psycopg.errors.UndefinedFunction, psycopg.errors.InvalidSchemaName, psycopg.errors.InsufficientPrivilege)


def _text(name: str) -> bytes:
    return sqltext.load("ringfence.runtime.sessions", name).encode()


class Asking:
    """Questions of one transaction."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    async def row(self, name: str, values: Mapping[str, object]) -> Row | None:
        """The first row of the answer."""
        return await (await self._conn.execute(_text(name), values)).fetchone()


class Store:
    """The connections of one process."""

    def __init__(self, url: str, application: str, connections_max: int, wait_s_max: float) -> None:
        self._wait_s_max = wait_s_max
        self._pool: psycopg_pool.AsyncConnectionPool[Connection] = psycopg_pool.AsyncConnectionPool(
            url,
            min_size=1,
            max_size=connections_max,
            timeout=wait_s_max,
            open=False,
            connection_class=psycopg.AsyncConnection[Row],
            kwargs={
                "autocommit": True,
                "prepare_threshold": None,  # behind a transaction pooler no statement of ours has a name
                "row_factory": dict_row,
                "client_encoding": "utf8",
                "application_name": application,
                "connect_timeout": CONNECT_TIMEOUT_S,
            },
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
        except _GONE as error:
            _log.error("sessions cannot be asked: %s", type(error).__name__)
            raise CannotJudge("sessions", hint="ringfence apply installs them with phase 3, and grants them") from None
        except (psycopg.Error, psycopg_pool.PoolTimeout, psycopg_pool.PoolClosed) as error:
            _log.warning("sessions cannot be asked: %s", getattr(error, "sqlstate", None) or type(error).__name__)
            raise CannotJudge("database") from None


# --- the operator ----------------------------------------------------------------------------------------------------


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
