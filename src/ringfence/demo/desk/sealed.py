"""The isolated version's ways to the database: one that speaks in a user's name, and a door with a few functions.

Requests log in as `desk_app`, which may become `authenticated` and nothing wider. Each transaction brings a sealed
context, so the database knows who asks, and shows and changes rows of that organization alone, whatever the statement
says. What comes before all organizations goes through `desk_door`, which can read no table.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, LiteralString
from uuid import UUID

from ringfence.demo.desk.errors import DeskError
from ringfence.demo.desk.model import Caller, Row
from ringfence.demo.desk.pg import Database, Login, Statements, login_url, translated
from ringfence.demo.desk.tenant import TenantStatements
from ringfence.runtime import NotAMember, SealKey, TenantContext, TenantDatabase
from ringfence.runtime.database import TenantTransaction
from ringfence.runtime.pool.pg import NoFreeConnection

APPLICATION = "document-desk 2.1"
APP_LOGIN = "desk_app"
REQUEST_ROLE = "authenticated"
DOOR = Login("desk_door", APPLICATION, connections_max=4)
CONNECTIONS_MAX = 10


def open_runtime(url: str, key: SealKey) -> TenantDatabase:
    """The runtime's pool as `desk_app`, to be entered."""
    return TenantDatabase(
        login_url(url, APP_LOGIN, "next,public"), key=key, connections_max=CONNECTIONS_MAX, application=APPLICATION
    )


class SealedStatements:
    """One transaction of the runtime, asked the way the desk asks."""

    def __init__(self, transaction: TenantTransaction) -> None:
        self._tx = transaction

    async def rows(self, sql: LiteralString, **values: Any) -> list[Row]:
        """All rows."""
        return (await self._tx.execute(sql, values)).dicts()

    async def row(self, sql: LiteralString, **values: Any) -> Row | None:
        """The first row; None when there is none."""
        return next(iter(await self.rows(sql, **values)), None)

    async def count(self, sql: LiteralString, **values: Any) -> int:
        """How many rows it touched."""
        return (await self._tx.execute(sql, values)).count


class SealedDatabase:
    """Transactions in somebody's name, and the door for what has none."""

    def __init__(self, tenants: TenantDatabase, door: Database, role: str = REQUEST_ROLE) -> None:
        self._tenants = tenants
        self._door = door
        self._role = role

    @asynccontextmanager
    async def tenant(self, me: Caller) -> AsyncIterator[TenantStatements]:
        """A transaction of the organization the token names, or else of the caller's home; raises a 403 DeskError.

        The database reads the membership itself, in every statement.
        """
        organization = me.organization or await self._home(me.user)
        try:
            with translated():
                async with self._tenants.tenant(TenantContext(organization, me.user, self._role)) as tx:
                    yield TenantStatements(SealedStatements(tx), organization, me)
        except NotAMember:
            raise _no_member() from None
        except NoFreeConnection:
            raise DeskError(503, "busy", "the desk is busy, or its database is away") from None

    @asynccontextmanager
    async def without_tenant(self) -> AsyncIterator[Statements]:
        """For what happens before or beside all organizations: readiness, public links, sessions, the nightly job."""
        async with self._door.connection() as db:
            yield db

    async def _home(self, user: UUID) -> UUID:
        async with self._door.connection() as db:
            row = await db.row("select desk_home_of(%(user)s) as home", user=user)
        home: UUID | None = row["home"] if row else None
        if home is None:
            raise _no_member()
        return home


def _no_member() -> DeskError:
    return DeskError(403, "no_member", "the user is no member of the organization")
