"""The database's part of a rollout: a worker's exchange of counts for modes, and what the operator asks and sets.

A worker has one connection of its own, which may be lost and is opened again; each of its statements is a transaction
of its own and leaves nothing in the session, so that a transaction pooler may stand between.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import psycopg
from psycopg.rows import dict_row

from ringfence import sqltext
from ringfence.db import Connection, safe_target
from ringfence.errors import RingfenceError
from ringfence.runtime.bounded.pg import BoundedConnection
from ringfence.runtime.rollout.board import Told
from ringfence.runtime.rollout.decide import mode_of
from ringfence.runtime.rollout.model import Bounds, Endpoint, EndpointsNotInstalled, Seen, Setting

CONNECT_TIMEOUT_S = 2
"""The least that libpq waits for; the exchange as a whole is given up earlier."""

_GONE = (psycopg.errors.UndefinedFunction, psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName)


class ModesUnreadable(RingfenceError):
    """The modes of endpoints could not be read in time."""

    code = "RF962"


def _text(name: str) -> bytes:
    return sqltext.load("ringfence.runtime.rollout", name).encode()


class Source:
    """One worker's way to the modes."""

    def __init__(self, url: str, application: str, timeout_s: float) -> None:
        self._url = url
        self._application = application
        self._timeout_s = timeout_s
        self._conn: psycopg.AsyncConnection[dict[str, Any]] | None = None

    async def exchange(self, told: Told) -> tuple[Endpoint, ...]:
        """Tell counts and hear every endpoint; raises ModesUnreadable, or EndpointsNotInstalled when there are none.

        Counts that were told in vain are lost: while the database is away, errors say nothing of the tenant side.
        """
        rows = await self._ask("exchange", _counts(told))
        return tuple(_endpoint(row) for row in rows)

    async def fall_back(self, endpoint: Endpoint, reason: str) -> bool:
        """Send an endpoint back to legacy; False when somebody changed it before. Raises as exchange does."""
        values = {"endpoint": endpoint.name, "revision": endpoint.revision, "reason": reason}
        rows = await self._ask("fall_back", values)
        return bool(rows[0]["fell"])

    async def close(self) -> None:
        """Close the connection, if there is one."""
        conn, self._conn = self._conn, None
        if conn is not None:
            await conn.close()

    async def _ask(self, name: str, values: Mapping[str, object]) -> Sequence[dict[str, Any]]:
        try:
            async with asyncio.timeout(self._timeout_s):
                if self._conn is None or self._conn.closed:
                    self._conn = await self._connect()
                return await (await self._conn.execute(_text(name), values)).fetchall()
        except _GONE:
            raise EndpointsNotInstalled(hint="ringfence apply    (they come with phase 3)") from None
        except (psycopg.Error, TimeoutError) as error:
            # whatever state it is in: the next try begins with a new one
            await self.close()
            raise ModesUnreadable(subject=safe_target(self._url), detail=type(error).__name__) from None

    async def _connect(self) -> psycopg.AsyncConnection[dict[str, Any]]:
        return await psycopg.AsyncConnection.connect(self._url, **_connection_arguments(self._application))


class BlockingSource:
    """The same for threads; while one of them asks, another waits."""

    def __init__(self, url: str, application: str, timeout_s: float) -> None:
        self._url = url
        self._application = application
        self._timeout_s = timeout_s
        self._asking = threading.Lock()
        self._conn: BoundedConnection | None = None

    def exchange(self, told: Told) -> tuple[Endpoint, ...]:
        """Tell counts and hear every endpoint, as the other does; raises the same."""
        rows = self._ask("exchange", _counts(told))
        return tuple(_endpoint(row) for row in rows)

    def fall_back(self, endpoint: Endpoint, reason: str) -> bool:
        """Send an endpoint back to legacy; False when somebody changed it before. Raises as exchange does."""
        values = {"endpoint": endpoint.name, "revision": endpoint.revision, "reason": reason}
        rows = self._ask("fall_back", values)
        return bool(rows[0]["fell"])

    def close(self) -> None:
        """Close the connection, if there is one."""
        with self._asking:
            self._hang_up()

    def _hang_up(self) -> None:
        conn, self._conn = self._conn, None
        if conn is not None:
            conn.close()

    def _ask(self, name: str, values: Mapping[str, object]) -> Sequence[dict[str, Any]]:
        with self._asking:
            try:
                if self._conn is None or self._conn.closed:
                    self._conn = BoundedConnection.connect(self._url, **_connection_arguments(self._application))
                    self._conn.answer_s_max = self._timeout_s
                return self._conn.execute(_text(name), values).fetchall()
            except _GONE:
                raise EndpointsNotInstalled(hint="ringfence apply    (they come with phase 3)") from None
            except psycopg.Error as error:
                self._hang_up()
                raise ModesUnreadable(subject=safe_target(self._url), detail=type(error).__name__) from None


def _connection_arguments(application: str) -> dict[str, Any]:
    return {
        "autocommit": True,
        "prepare_threshold": None,
        "row_factory": dict_row,
        "application_name": application,
        "client_encoding": "utf8",
        "connect_timeout": CONNECT_TIMEOUT_S,
    }


def _counts(told: Told) -> dict[str, object]:
    counts = [{"endpoint": name, "revision": revision, **asdict(c)} for (name, revision), c in told.items()]
    return {"counts": json.dumps(counts)}


def _endpoint(row: Mapping[str, Any]) -> Endpoint:
    return Endpoint(
        name=row["endpoint"],
        mode=mode_of(row["mode"], row["percent"]),
        bounds=Bounds(float(row["error_share_max"]), float(row["difference_share_max"]), row["observed_min"]),
        falls_back=row["falls_back"],
        revision=row["revision"],
        seen=Seen(row["tenant_runs"], row["tenant_errors"], row["compared"], row["differed"]),
    )


# --- the operator ----------------------------------------------------------------------------------------------------


def list_endpoints(conn: Connection) -> list[dict[str, Any]]:
    """Every endpoint with what was seen in the last minute; raises EndpointsNotInstalled."""
    return _rows(conn, "list", {})


def readable(conn: Connection) -> bool:
    """Whether the modes are there and whoever asks may look at them."""
    return bool(_rows(conn, "readable", {})[0]["readable"])


def modes(conn: Connection) -> list[dict[str, Any]]:
    """How many endpoints are in each mode, and since when; raises EndpointsNotInstalled."""
    return _rows(conn, "modes", {})


def history(conn: Connection, endpoint: str | None, limit: int) -> list[dict[str, Any]]:
    """The newest changes, newest first; raises EndpointsNotInstalled."""
    return _rows(conn, "history", {"endpoint": endpoint, "limit": limit})


def set_endpoint(conn: Connection, endpoint: str, change: Setting, reason: str) -> None:
    """Change an endpoint, or make it known. Raises EndpointsNotInstalled."""
    _rows(conn, "set", {"endpoint": endpoint, **asdict(change), "reason": reason})


def _rows(conn: Connection, name: str, values: Mapping[str, object]) -> list[dict[str, Any]]:
    try:
        return conn.execute(_text(name), values).fetchall()
    except _GONE:
        raise EndpointsNotInstalled(hint="ringfence apply    (they come with phase 3)") from None
