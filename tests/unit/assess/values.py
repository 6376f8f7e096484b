"""Small catalogs and tenancies made by hand."""

from __future__ import annotations

from typing import Any

from ringfence.assess.assess import assess
from ringfence.assess.model import Finding, Observed
from ringfence.catalog.model import Catalog, Column, Constraint, ConstraintKind, Index, Routine, Table, TableKind
from ringfence.names import QualifiedName
from ringfence.tenancy.model import (
    Assignment,
    AssignOne,
    Derivation,
    Memberships,
    Organizations,
    Tenancy,
    TenantTable,
    ThroughMembership,
    Users,
)

USERS = QualifiedName("public", "users")


def name(text: str) -> QualifiedName:
    return QualifiedName("public", text)


def column(text: str, kind: str = "integer", **more: Any) -> Column:
    return Column(text, kind, base_type=kind, **more)


def primary(*columns: str) -> Constraint:
    return Constraint("pkey", ConstraintKind.PRIMARY, f"PRIMARY KEY ({', '.join(columns)})", columns=columns)


def foreign(columns: tuple[str, ...], parent: QualifiedName, **more: Any) -> Constraint:
    return Constraint(f"{columns[0]}_fkey", ConstraintKind.FOREIGN, "", columns=columns, references=parent, **more)


def table(text: str, *columns: Column | str, constraints: tuple[Constraint, ...] = (), **more: Any) -> Table:
    """A table of the public schema with a primary key on its first column."""
    made = tuple(c if isinstance(c, Column) else column(c) for c in columns or ("id", "owner_id"))
    return Table(
        QualifiedName("public", text),
        more.pop("kind", TableKind.ORDINARY),
        made,
        more.pop("owner", "me"),
        constraints=more.pop("key", (primary(made[0].name),)) + constraints,
        **more,
    )


def catalog(*tables: Table, version: int = 180000, **more: Any) -> Catalog:
    return Catalog(version, "shop", "me", False, tables=tuple(sorted(tables, key=lambda t: t.name)), **more)


def tenant(text: str, *derivations: Derivation, **more: Any) -> TenantTable:
    return TenantTable(
        name(text),
        more.pop("column", "client_id"),
        more.pop("column_exists", False),
        derivations or (ThroughMembership("owner_id"),),
        **more,
    )


def tenancy(*tables: TenantTable, assignment: Assignment | None = None, **more: Any) -> Tenancy:
    return Tenancy(
        column="client_id",
        type="uuid",
        users=more.pop("users", Users(USERS, "id", "integer")),
        organizations=more.pop("organizations", Organizations(name("organizations"), "id", "uuid", adopted=False)),
        memberships=more.pop(
            "memberships", Memberships(name("user_organizations"), "user_id", "organization_id", adopted=False)
        ),
        assignment=assignment or AssignOne(),
        tables=tables,
        others=(),
        founding_key="00000000-0000-0000-0000-000000000001",
        founding_name="Founding",
        quarantine_key="00000000-0000-0000-0000-000000000002",
        **more,
    )


def routine(text: str, body: str, returns: str = "void", language: str = "plpgsql", arguments: str = "") -> Routine:
    definition = (
        f"CREATE OR REPLACE FUNCTION public.{text}({arguments})\n RETURNS {returns}\n LANGUAGE {language}\n"
        f"AS $function${body}$function$"
    )
    return Routine(name(text), arguments, "f", definition, "me", language, returns=returns)


def index(text: str, *columns: str, **more: Any) -> Index:
    return Index(text, "", columns, **more)


def findings(
    code: str, found_in: Catalog, scopes: Tenancy | None = None, observed: Observed | None = None
) -> list[Finding]:
    """What one rule finds."""
    return [f for f in assess(found_in, scopes, observed or Observed()).findings if f.code == code]
