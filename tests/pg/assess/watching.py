"""What the tests of rules share: assess a real database as some role, and look at one rule."""

from __future__ import annotations

from dataclasses import dataclass, replace

import psycopg
import pytest

from ringfence import db
from ringfence.assess.assess import assess
from ringfence.assess.model import Assessment, Finding, Observed
from ringfence.assess.pg import observe_database
from ringfence.catalog.model import Catalog
from ringfence.catalog.pg import read_catalog
from ringfence.names import QualifiedName
from ringfence.tenancy.model import Tenancy, Users
from support.databases import Database
from unit.assess.values import USERS, tenancy, tenant

ADD_COLUMN = "alter table public.t add column client_id uuid default '00000000-0000-0000-0000-000000000001'"


@dataclass
class Watch:
    """One database under the eye of one role."""

    database: Database
    user: str | None = None
    scopes: Tenancy | None = None

    def look(self) -> tuple[Catalog, Observed]:
        """Read the catalog and observe."""
        url = self.database.url_as(self.user) if self.user else self.database.url
        with db.connect(url, application="ringfence test") as conn:
            catalog = read_catalog(conn)
            return catalog, observe_database(conn, catalog)

    def assess(self) -> Assessment:
        """Everything every rule finds."""
        catalog, observed = self.look()
        return assess(catalog, self.scopes, observed)

    def found(self, code: str) -> list[Finding]:
        """What one rule finds."""
        return [f for f in self.assess().findings if f.code == code]

    def the(self, code: str) -> Finding:
        """The one thing a rule finds; the others are in the message of the failure."""
        found = self.found(code)
        assert len(found) == 1, [(f.subject, f.message) for f in found]
        return found[0]

    def repair(self, code: str) -> Finding:
        """Paste the hint of the one finding, as an administrator would, and see that nothing is left."""
        finding = self.the(code)
        self.database.execute(finding.hint)
        assert self.found(code) == []
        return finding

    def breaks(self, statement: str, sqlstate: str, change: str = ADD_COLUMN) -> None:
        """The change that Ringfence would make breaks the statement; afterwards everything is as it was."""
        with self.database.connect(autocommit=False) as conn:
            conn.execute(change.encode())
            with pytest.raises(psycopg.Error) as raised:
                conn.execute(statement.encode())
            assert raised.value.sqlstate == sqlstate, raised.value
            conn.rollback()

    def survives(self, statement: str, change: str = ADD_COLUMN) -> None:
        """The change leaves the statement working; afterwards everything is as it was."""
        with self.database.connect(autocommit=False) as conn:
            conn.execute(change.encode())
            conn.execute(statement.encode())
            conn.rollback()


def only_t(**more: object) -> Tenancy:
    """The tenancy in which public.t is the one tenant table."""
    return tenancy(tenant("t", **more), users=Users(USERS, "id", "integer"))


def renamed_users(scopes: Tenancy, schema: str) -> Tenancy:
    """The same tenancy with its users table in another schema."""
    return replace(scopes, users=replace(scopes.users, table=QualifiedName(schema, "users")))
