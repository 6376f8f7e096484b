"""A share of the desk's statements, asked twice by the database: as they run today, and as they will under enforcement.

Phase 4 of the migration installs `ringfence.shadow_compare()`; docs/reference/phases/shadow.md says what it does. The
comparison goes before the statement and over a connection of its own, is rolled back, and decides nothing: whatever
becomes of it, the caller gets the answer of his own statement.
"""

from __future__ import annotations

import logging
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Any, LiteralString

from ringfence.demo.desk.errors import DeskError
from ringfence.demo.desk.model import Caller, Row
from ringfence.demo.desk.pg import Database, Login
from ringfence.demo.desk.tenant import Asks, Tenants, TenantStatements
from ringfence.runtime import TenantContext

GATEWAY = Login("authenticator", "document-desk compares", connections_max=2, search_path="next,public")
"""Whose claims the database believes, and who may become any role: only it may compare."""
BOUNDS = "select set_config('lock_timeout', '30ms', true), set_config('statement_timeout', '2s', true)"
"""A comparison waits for nobody: the caller waits for it."""
COMPARED_AS = "authenticated"
OF_A_FUNCTION = "desk_"
"""Functions that cross companies on purpose act for whoever calls them, whatever his role."""

endpoint: ContextVar[str] = ContextVar("endpoint", default="")
"""What is being asked for, such as `GET /documents/{document}`."""

log = logging.getLogger(__name__)


class Comparisons:
    """Compares a share of the statements it is shown."""

    def __init__(self, gateway: Database, share: float, chance: random.Random | None = None) -> None:
        self._gateway = gateway
        self._share = share
        self._chance = chance or random.Random()

    async def see(self, sql: LiteralString, values: dict[str, Any], context: TenantContext | None) -> None:
        """Compare this statement, or leave it out; never raises, for nothing depends on it."""
        if OF_A_FUNCTION in sql or self._chance.random() >= self._share:
            return
        claims = context.claims_json() if context is not None else ""
        try:
            async with self._gateway.transaction() as db:
                await db.row(BOUNDS)
                await db.row("select set_config('request.jwt.claims', %(claims)s, true)", claims=claims)
                await db.row(
                    "select ringfence.shadow_compare('service_role', %(query)s, %(endpoint)s, %(role)s)",
                    query=db.text(sql, values),
                    endpoint=endpoint.get(),
                    role=COMPARED_AS,
                )
        except DeskError as error:
            log.warning("not compared: %s", error.code)


class ComparedStatements:
    """Statements, each shown to the comparisons before it runs."""

    def __init__(self, statements: Asks, comparisons: Comparisons, context: TenantContext | None) -> None:
        self._statements = statements
        self._comparisons = comparisons
        self._context = context
        self._wrote = False

    async def rows(self, sql: LiteralString, **values: Any) -> list[Row]:
        """All rows."""
        await self._see(sql, values)
        return await self._statements.rows(sql, **values)

    async def row(self, sql: LiteralString, **values: Any) -> Row | None:
        """The first row; None when there is none."""
        await self._see(sql, values)
        return await self._statements.row(sql, **values)

    async def count(self, sql: LiteralString, **values: Any) -> int:
        """How many rows it touched."""
        await self._see(sql, values)
        return await self._statements.count(sql, **values)

    async def _see(self, sql: LiteralString, values: dict[str, Any]) -> None:
        # over its own connection a change of rows that this transaction has changed would wait for it
        command = sql.split(None, 1)[0]
        if not (self._wrote and command in ("update", "delete")):
            await self._comparisons.see(sql, values, self._context)
        self._wrote = self._wrote or command != "select"


class ComparedDatabase:
    """A way to the database, some of whose statements are compared."""

    def __init__(self, database: Tenants, comparisons: Comparisons) -> None:
        self._db = database
        self._comparisons = comparisons

    @asynccontextmanager
    async def tenant(self, me: Caller) -> AsyncIterator[TenantStatements]:
        """A transaction of one organization; raises what the way to the database raises."""
        async with self._db.tenant(me) as tx:
            context = TenantContext(tx.organization, me.user)
            yield TenantStatements(ComparedStatements(tx.plain, self._comparisons, context), tx.organization, me)

    @asynccontextmanager
    async def without_tenant(self) -> AsyncIterator[Asks]:
        """For what has none; compared as a caller without a tenant."""
        async with self._db.without_tenant() as db:
            yield ComparedStatements(db, self._comparisons, None)
