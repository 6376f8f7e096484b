"""Policies as they act together: which clause decides what for whom, and whether a RESTRICTIVE floor stands below it.

PostgreSQL joins permissive policies with OR and restrictive ones with AND, per command and role
(https://www.postgresql.org/docs/current/sql-createpolicy.html). So a permissive clause that lets everything through is
harmless where a floor binds the row, and a floor is worth something only for the commands and roles it covers.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ringfence.assess.facts import Judged
from ringfence.assess.reach import PUBLIC, Reach
from ringfence.assess.termread import Read, Reader
from ringfence.assess.terms import Term
from ringfence.assess.ways import judged
from ringfence.catalog.model import Catalog, Policy, Table
from ringfence.names import QualifiedName, display_ident, quote_ident
from ringfence.tenancy.model import Scope, Tenancy
from ringfence.tenancy.platform_tables import platform_reason

COMMANDS = {"r": "SELECT", "a": "INSERT", "w": "UPDATE", "d": "DELETE"}
TENANT_COLUMNS = (
    "tenant_id", "organization_id", "organisation_id", "org_id", "client_id", "account_id", "workspace_id", "team_id",
    "company_id", "tenant", "customer_id",
)  # fmt: skip
"""Names that mean a tenant when no spec says which column does, the likeliest first."""


@dataclass(frozen=True, slots=True)
class Clause:
    """USING or WITH CHECK of one policy, read and judged."""

    table: Table
    policy: Policy
    kind: str
    """'using' or 'check'."""
    text: str
    read: Read
    ways: tuple[Judged, ...]

    @property
    def term(self) -> Term:
        """What it says."""
        return self.read.term

    @property
    def subject(self) -> str:
        """How findings name it."""
        return f"{self.table.name} policy {display_ident(self.policy.name)}"

    @property
    def spelled(self) -> str:
        """`USING (..)` or `WITH CHECK (..)`."""
        return f"{'USING' if self.kind == 'using' else 'WITH CHECK'} ({self.text})"

    @property
    def closed(self) -> bool:
        """Every way ties the row to who asks; no way at all is closed, too."""
        return all(way.safe for way in self.ways)

    @property
    def bound(self) -> frozenset[str]:
        """The columns that every way ties to the session."""
        if not self.ways:
            return frozenset()
        return frozenset.intersection(*(way.bound for way in self.ways))

    def alter(self, text: str) -> str:
        """ALTER POLICY with another expression for this clause."""
        word = "using" if self.kind == "using" else "with check"
        return f"alter policy {quote_ident(self.policy.name)} on {self.table.name.sql} {word} ({text});"


@dataclass(frozen=True, slots=True)
class Exposure:
    """A clause decides alone for one command of one request role: nothing restrictive binds the row there."""

    command: str
    role: str


def decides(policy: Policy, kind: str) -> str:
    """The commands for which a clause of a policy is asked; without WITH CHECK, USING answers for it (safe, P3)."""
    if kind == "using":
        return {"*": "rwd" if policy.check is not None else "rawd", "a": ""}.get(policy.command, policy.command)
    return {"*": "aw", "a": "a", "w": "w"}.get(policy.command, "")


@dataclass(frozen=True)
class Protection:
    """All policies of one database."""

    catalog: Catalog
    reach: Reach
    tenancy: Tenancy | None = None

    @functools.cached_property
    def reader(self) -> Reader:
        """Reads this catalog's expressions."""
        return Reader(self.catalog)

    @functools.cached_property
    def tables(self) -> tuple[Table, ...]:
        """The application's tables, in name order."""
        return tuple(t for t in self.catalog.tables if platform_reason(self.catalog, t.name) is None)

    @functools.cached_property
    def clauses(self) -> tuple[Clause, ...]:
        """Every clause of every policy of the application's tables, whether row security is on or not."""
        return tuple(clause for table in self.tables for clause in self._read(table))

    @functools.cached_property
    def active(self) -> tuple[Clause, ...]:
        """The clauses of tables whose row security is on."""
        return tuple(clause for clause in self.clauses if clause.table.rls_enabled)

    def of(self, table: Table) -> tuple[Clause, ...]:
        """The clauses of one table."""
        return self._by_table.get(table.name, ())

    def clause(self, table: Table, policy: Policy, kind: str) -> Clause | None:
        """What answers for a policy: its own clause, or USING where WITH CHECK is left out."""
        found = {c.kind: c for c in self.of(table) if c.policy.name == policy.name}
        return found.get(kind) or (found.get("using") if policy.command in "*w" else None)

    @functools.cached_property
    def _by_table(self) -> Mapping[QualifiedName, tuple[Clause, ...]]:
        found: dict[QualifiedName, list[Clause]] = {}
        for clause in self.clauses:
            found.setdefault(clause.table.name, []).append(clause)
        return {name: tuple(clauses) for name, clauses in found.items()}

    def _read(self, table: Table) -> Iterator[Clause]:
        for policy in table.policies:
            for kind, text in (("using", policy.using), ("check", policy.check)):
                if text is not None:
                    read = self.reader.expression(text, table)
                    yield Clause(table, policy, kind, text, read, judged(read.term))

    @functools.cached_property
    def bindings(self) -> Mapping[str, tuple[Clause, ...]]:
        """By column, the closed clauses that bind it and could stand on another table: each text once."""
        found: dict[str, dict[str, Clause]] = {}
        for clause in self.clauses:
            if clause.ways and clause.closed and f"{clause.table.name.name}." not in clause.text:
                for column in clause.bound:
                    found.setdefault(column, {}).setdefault(clause.text, clause)
        return {column: tuple(texts.values()) for column, texts in found.items()}

    def elsewhere(self, table: Table, column: str | None) -> Iterator[Clause]:
        """Clauses of other tables that bind a column of that name by columns that this table has, too."""
        columns = {c.name for c in table.columns}
        for clause in self.bindings.get(column or "", ()):
            if clause.table.name != table.name and all(way.own <= columns for way in clause.ways):
                yield clause

    def applies(self, policy: Policy, role: str) -> bool:
        """Whether a policy is asked for a role: named, inherited (R7) or TO PUBLIC."""
        return PUBLIC in policy.roles or bool(self.reach.held(role) & set(policy.roles))

    def admitted(self, clause: Clause) -> tuple[Exposure, ...]:
        """Where a permissive clause is asked: per command, and request role that holds the privilege."""
        if not clause.policy.permissive or not clause.table.rls_enabled:
            return ()
        return tuple(
            Exposure(command, role)
            for command in decides(clause.policy, clause.kind)
            for role in self.reach.request_roles
            if self.applies(clause.policy, role) and self.reach.may_on(role, command, clause.table)
        )

    def exposures(self, clause: Clause) -> tuple[Exposure, ...]:
        """Where a permissive clause decides alone: asked, and without a floor below that binds every row."""
        return tuple(e for e in self.admitted(clause) if not any(f.closed for f in self.below(clause, e)))

    def below(self, clause: Clause, exposure: Exposure) -> tuple[Clause, ...]:
        """The restrictive clauses that a row must pass besides, for that command and role."""
        kind = "check" if exposure.command == "a" else clause.kind
        found = (
            self.clause(clause.table, policy, kind)
            for policy in clause.table.policies
            if not policy.permissive
            and policy.command in ("*", exposure.command)
            and self.applies(policy, exposure.role)
        )
        return tuple(f for f in found if f is not None)

    def narrowed(self, clause: Clause, column: str) -> bool:
        """Wherever a clause is asked, a restrictive one asks for that column, if only in some of its ways."""
        return all(
            any(column in way.bound for f in self.below(clause, exposure) for way in f.ways)
            for exposure in self.admitted(clause)
        )

    # --- tenants -------------------------------------------------------------------------------------------------

    def tenant_column(self, table: Table) -> str | None:
        """The column that says whose a row is: the tenancy's, otherwise one whose name says so, otherwise none."""
        if self.tenancy is not None:
            entry = self.tenancy.by_name.get(table.name)
            names: tuple[str, ...] = (entry.column,) if entry is not None else (self.tenancy.column,)
            if table.name == self.tenancy.memberships.table:
                names = (self.tenancy.memberships.organization_column,)
        else:
            names = TENANT_COLUMNS
        return next((name for name in names if table.column(name) is not None), None)

    def scope(self, table: Table) -> Scope | None:
        """The tenancy's word on a table, None when nobody has decided."""
        if self.tenancy is None:
            return None
        if table.name in self.tenancy.by_name:
            return Scope.TENANT
        return next((other.scope for other in self.tenancy.others if other.name == table.name), None)

    def opened(self, table: Table) -> tuple[Judged, ...]:
        """In which ways rows of a table are open to be read by everybody because the spec says so (`open_when`)."""
        isolation = self.tenancy.isolation if self.tenancy is not None else None
        said = isolation.rules(table.name).open_when if isolation is not None else None
        return () if said is None else judged(self.reader.expression(said, table).term)

    def belongs_to_somebody(self, table: Table) -> bool:
        """Whether rows of a table are anybody's own: by the tenancy, a tenant column, or a policy that binds one."""
        scope = self.scope(table)
        if scope is not None and scope is not Scope.EXCLUDED:
            return scope is Scope.TENANT
        return self.tenant_column(table) is not None or any(way.bound for c in self.of(table) for way in c.ways)
