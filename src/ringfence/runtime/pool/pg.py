"""Pools of connections, and who is let into one: a login that can do no more than a tenant may.

The pools are psycopg's. Every new connection is looked at before it is handed out, since roles and settings change
while an application runs.
"""

from __future__ import annotations

import functools
import os
import socket
import weakref
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import psycopg
import psycopg_pool

from ringfence import sqltext
from ringfence.db import CannotConnect, safe_target
from ringfence.errors import RingfenceError
from ringfence.runtime.pg import AnyConnection, AsyncConnection, Connection
from ringfence.runtime.wire.pg import Session

CONNECT_TIMEOUT_S = 10

AsyncPool: TypeAlias = psycopg_pool.AsyncConnectionPool[AsyncConnection]
Pool: TypeAlias = psycopg_pool.ConnectionPool[Connection]
PoolTimeout: TypeAlias = psycopg_pool.PoolTimeout


class LoginTooWide(RingfenceError):
    """The login of the request traffic could do more than a tenant may, so SQL slipped into its session could too."""

    code = "RF920"


class SealsWouldBeLogged(RingfenceError):
    """The server writes parameters into its log, and with them seals that are good for some seconds."""

    code = "RF921"


class NoFreeConnection(RingfenceError):
    """No connection of the pool became free in time."""

    code = "RF922"


class NotOpen(RingfenceError):
    """The tenant database has not been opened, or was closed."""

    code = "RF925"


@dataclass(frozen=True, slots=True)
class Target:
    """Where request traffic goes, and how."""

    url: str = field(repr=False)
    application: str
    connections_min: int
    connections_max: int
    wait_s_max: float
    logged_seals_accepted: bool
    seals: bool


class Sessions:
    """What is known of each connection of a pool, and the judgement that lets one in.

    Args:
        target: Where the connections go.
        before: What the process that this one was forked from had open, which is never touched again.
    """

    def __init__(self, target: Target, before: object = None) -> None:
        self._target = target
        self._process = os.getpid()
        self._before = before
        self._known: weakref.WeakKeyDictionary[AnyConnection, Session] = weakref.WeakKeyDictionary()
        self.refused: RingfenceError | None = None
        """Why the last connection was not let in: the pool itself would only say that none became free."""

    @property
    def are_of_this_process(self) -> bool:
        """Whether they were not opened before this process was forked from another."""
        return self._process == os.getpid()

    def require_this_process(self) -> None:
        """Raise NotOpen in a forked child: two processes on one connection would read each other's answers."""
        if not self.are_of_this_process:
            raise NotOpen(
                "the tenant database was opened before this process was forked, and its connections are the parent's",
                hint="open it in each worker: post_fork of Gunicorn, @postfork of uWSGI",
            )

    def of(self, conn: AnyConnection) -> Session:
        """What is known of a connection; of one that was not let in: nothing, so it counts as pooled."""
        known = self._known.get(conn)
        return self._known.setdefault(conn, Session()) if known is None else known

    async def admit(self, conn: AsyncConnection) -> None:
        """Let a new connection into the pool, or raise LoginTooWide or SealsWouldBeLogged."""
        cursor = await conn.execute(_login())
        self._admit(conn, await cursor.fetchone())

    def admit_blocking(self, conn: Connection) -> None:
        """The same for the synchronous face."""
        self._admit(conn, conn.execute(_login()).fetchone())

    def no_connection(self, error: psycopg_pool.PoolTimeout) -> RingfenceError:
        """The error for a pool that has no connection to give."""
        return self.refused or NoFreeConnection(
            f"no connection became free within {self._target.wait_s_max} s",
            detail=str(error),
            subject=safe_target(self._target.url),
            hint="raise connections_max, or look for transactions that stay open: select * from pg_stat_activity",
        )

    def _admit(self, conn: AnyConnection, row: Any) -> None:
        backend_pid, client_port, powers, logs = row
        try:
            if powers:
                raise LoginTooWide(
                    "the login of the request traffic can do more than a tenant may",
                    detail=", ".join(powers),
                    hint="create a login that is a member of the request roles and of nothing else and owns nothing",
                )
            if logs and self._target.seals and not self._target.logged_seals_accepted:
                raise SealsWouldBeLogged(
                    "the server writes parameters, and with them seals, into its log",
                    detail=", ".join(logs),
                    hint="alter role <login> set log_parameter_max_length = 0; or, where nobody may, accept with"
                    " logged_seals_accepted=True that readers of the log hold contexts for some seconds",
                )
        except RingfenceError as error:
            self.refused = error
            raise
        self.refused = None
        pooled = backend_pid != conn.info.backend_pid
        self._known[conn] = Session(pooled=pooled, ours=not pooled and client_port == _own_port(conn))


def _own_port(conn: AnyConnection) -> int | None:
    """The port at this end of a connection, which the server sees too unless somebody stands in between.

    None for a socket that is a file. A pooler that passed on the server's own process id would still be found out by
    this, which it cannot pass on.
    """
    with socket.socket(fileno=os.dup(conn.pgconn.socket)) as own:
        return None if own.family == socket.AF_UNIX else int(own.getsockname()[1])


@functools.cache
def _login() -> bytes:
    return sqltext.load("ringfence.runtime", "login").encode()


def _pool_arguments(target: Target) -> dict[str, Any]:
    return {
        "conninfo": target.url,
        "min_size": target.connections_min,
        "max_size": target.connections_max,
        "timeout": target.wait_s_max,
        "open": False,
        "kwargs": _connection_arguments(target),
    }


def _connection_arguments(target: Target) -> dict[str, Any]:
    return {
        "autocommit": True,  # BEGIN is ours to say, together with everything that belongs to it
        "prepare_threshold": None,  # psycopg's own statements would be named alike on every pooled server session
        "client_encoding": "utf8",
        "application_name": target.application,
        "connect_timeout": CONNECT_TIMEOUT_S,
    }


def cannot_connect(target: Target, error: psycopg.Error) -> CannotConnect:
    """The error for a server that is not there or does not want us; it never holds the password."""
    readable = isinstance(error, psycopg.OperationalError)
    return CannotConnect(
        f"cannot connect to {safe_target(target.url)}",
        detail=str(error).strip().splitlines()[-1] if readable and str(error).strip() else "",
        hint="check host, port, database, user and password",
    )


async def open_pool(target: Target, sessions: Sessions) -> AsyncPool:
    """Open a pool, after one connection of its own has shown that the server answers and the login is narrow."""
    try:
        conn = await psycopg.AsyncConnection.connect(target.url, **_connection_arguments(target))
    except psycopg.Error as error:
        raise cannot_connect(target, error) from None
    try:
        await sessions.admit(conn)
    finally:
        await conn.close()
    pool: AsyncPool = psycopg_pool.AsyncConnectionPool(**_pool_arguments(target), configure=sessions.admit)
    try:
        await pool.open(wait=True, timeout=target.wait_s_max)
    except psycopg_pool.PoolTimeout as error:
        await pool.close()
        raise sessions.no_connection(error) from None
    return pool


def open_blocking_pool(target: Target, sessions: Sessions) -> Pool:
    """The same for the synchronous face."""
    try:
        conn = psycopg.Connection.connect(target.url, **_connection_arguments(target))
    except psycopg.Error as error:
        raise cannot_connect(target, error) from None
    try:
        sessions.admit_blocking(conn)
    finally:
        conn.close()
    pool: Pool = psycopg_pool.ConnectionPool(**_pool_arguments(target), configure=sessions.admit_blocking)
    try:
        pool.open(wait=True, timeout=target.wait_s_max)
    except psycopg_pool.PoolTimeout as error:
        pool.close()
        raise sessions.no_connection(error) from None
    return pool
