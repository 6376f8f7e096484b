"""A database that keeps the modes of endpoints, and the hands of its operator."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ringfence import db
from ringfence.plan.endpoints import endpoint_objects, rollout_login
from ringfence.runtime.rollout import pg
from ringfence.runtime.rollout.model import Setting
from support.databases import Database, unique_name

WAIT_S_MAX = 20.0


@dataclass(frozen=True)
class Operated:
    """The database, and the login of the workers."""

    database: Database
    login: str

    @property
    def url(self) -> str:
        """What a worker connects with."""
        return self.database.url_as(self.login)

    def set(self, endpoint: str, mode: str | None = None, percent: int | None = None, **more: Any) -> None:
        """What `ringfence endpoints set` does."""
        change = Setting(mode, None if percent is None else Decimal(percent), **more)
        with db.connect(self.database.url) as conn:
            pg.set_endpoint(conn, endpoint, change, "a test")

    def listed(self, endpoint: str) -> dict[str, Any]:
        """One endpoint as `ringfence endpoints list` has it."""
        with db.connect(self.database.url) as conn:
            return next(row for row in pg.list_endpoints(conn) if row["endpoint"] == endpoint)

    def history(self, endpoint: str | None = None) -> list[dict[str, Any]]:
        """The newest changes first."""
        with db.connect(self.database.url) as conn:
            return pg.history(conn, endpoint, 50)


def operated(database: Database) -> Operated:
    """Install what phase 3 installs, and make the workers' login."""
    login = unique_name("rollout")
    with database.connect() as conn, conn.transaction():
        conn.execute("create schema if not exists ringfence")
        for statement in (*endpoint_objects().do, *rollout_login(login)):
            conn.execute(statement.encode())
    database._roles.append(login)
    return Operated(database, login)


async def until(holds: Callable[[], bool], what: str) -> float:
    """Wait for a condition; how long it took, in seconds."""
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < WAIT_S_MAX, f"never came: {what}"
        await asyncio.sleep(0.01)
    return time.monotonic() - began
