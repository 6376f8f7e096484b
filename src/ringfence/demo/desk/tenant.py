"""The after version's way to the database: a transaction that belongs to one organization.

Here it is an ordinary pool that acts as `service_role` and a look at the memberships first; every query must still
name the organization itself. Once isolation is enforced, `sealed.py` stands in for it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, LiteralString, Protocol
from uuid import UUID

from ringfence.demo.desk.errors import DeskError
from ringfence.demo.desk.model import Caller, Row
from ringfence.demo.desk.pg import Database, Login, Statements

# While old clients need the old shape of a table under its old name, the whole table is to be had in schema `next`.
LOGIN = Login("desk_after", "document-desk 2.0", connections_max=10, role="service_role", search_path="next,public")


class Asks(Protocol):
    """Whatever takes statements."""

    async def rows(self, sql: LiteralString, **values: Any) -> list[Row]:
        """All rows."""
        ...

    async def row(self, sql: LiteralString, **values: Any) -> Row | None:
        """The first row; None when there is none."""
        ...

    async def count(self, sql: LiteralString, **values: Any) -> int:
        """How many rows it touched."""
        ...


class TenantStatements:
    """A transaction of one organization: %(org)s and %(me)s stand for it and the caller in every statement."""

    def __init__(self, statements: Asks, organization: UUID, me: Caller) -> None:
        self.plain = statements
        """The same without the two names."""
        self._bound = {"org": organization, "me": me.user}
        self.organization = organization

    async def rows(self, sql: LiteralString, **values: Any) -> list[Row]:
        """All rows."""
        return await self.plain.rows(sql, **self._bound, **values)

    async def row(self, sql: LiteralString, **values: Any) -> Row | None:
        """The first row; None when there is none."""
        return await self.plain.row(sql, **self._bound, **values)

    async def count(self, sql: LiteralString, **values: Any) -> int:
        """How many rows it touched."""
        return await self.plain.count(sql, **self._bound, **values)


class Tenants(Protocol):
    """A way to the database that knows organizations."""

    def tenant(self, me: Caller) -> AbstractAsyncContextManager[TenantStatements]:
        """A transaction of one organization."""
        ...

    def without_tenant(self) -> AbstractAsyncContextManager[Asks]:
        """For what has none."""
        ...


class ServiceDatabase:
    """Transactions with an organization, and the few things that have none."""

    def __init__(self, database: Database) -> None:
        self._db = database

    @asynccontextmanager
    async def tenant(self, me: Caller) -> AsyncIterator[TenantStatements]:
        """A transaction of the organization the token names, or else of the caller's home.

        The membership is read in the same transaction: whoever was removed a moment ago is out. Raises a 403 DeskError.
        """
        async with self._db.transaction() as tx:
            row = await tx.row(
                "select organization_id from user_organizations where user_id = %(user)s"
                " and (%(wanted)s::uuid is null or organization_id = %(wanted)s)"
                " order by is_home desc, organization_id limit 1",
                user=me.user,
                wanted=me.organization,
            )
            if row is None:
                raise DeskError(403, "no_member", "the user is no member of the organization")
            yield TenantStatements(tx, row["organization_id"], me)

    @asynccontextmanager
    async def without_tenant(self) -> AsyncIterator[Statements]:
        """For what happens before or beside all organizations: readiness, public links, sessions, the nightly job."""
        async with self._db.connection() as db:
            yield db
