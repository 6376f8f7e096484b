"""Whose a table's rows are: what the file says, what belongs to the platform, what follows another table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ringfence.catalog.model import Catalog, Table, TableKind
from ringfence.names import QualifiedName
from ringfence.spec.model import TableSpec, Where
from ringfence.tenancy.anchors import Anchors
from ringfence.tenancy.ground import Ground
from ringfence.tenancy.model import Scope
from ringfence.tenancy.platform_tables import is_child, platform_reason, roots
from ringfence.tenancy.problems import ScopeImpossible
from ringfence.tenancy.toml_text import table_header

NOT_NAMED = "not named in ringfence.toml"


@dataclass(frozen=True, slots=True)
class TableScope:
    """What a table is. Tenant with `said` has derivations of its own; without, it follows another table."""

    scope: Scope
    reason: str
    said: TableSpec | None = None
    unresolved: bool = False


def resolve_scopes(ground: Ground, anchors: Anchors | None) -> dict[QualifiedName, TableScope]:
    """The scope of every table of the database; what the file demands and the database forbids is noted."""
    for name, said in ground.spec.tables.items():
        assert said.where is not None
        table = ground.table(name, said.where, "the table")
        if table is not None:
            _check_possible(ground, anchors, table, said, said.where)
    own = {
        t.name: _own_scope(ground, anchors, t) for t in ground.catalog.tables if not is_child(ground.catalog, t.name)
    }
    found = dict(own)
    for table in ground.catalog.tables:
        if table.name not in own:
            found[table.name] = _followed(ground, table, own)
    return found


def _check_possible(ground: Ground, anchors: Anchors | None, table: Table, said: TableSpec, at: Where) -> None:
    if is_child(ground.catalog, table.name):
        top = roots(ground.catalog, table.name)[0]
        ground.add(
            ScopeImpossible,
            f"{table.name} is a partition or inheritance child and follows {top}",
            at=at,
            subject=table.name,
            hint=f"describe {table_header(top)} instead and take this table out",
        )
    elif said.scope == "tenant" and table.kind is TableKind.FOREIGN:
        ground.add(
            ScopeImpossible,
            f"{table.name} is a foreign table: its rows are in another database",
            at=at,
            subject=table.name,
            hint='scope = "excluded"    # and migrate the database that holds the rows',
        )
    elif said.scope == "tenant" and table.extension is not None:
        ground.add(
            ScopeImpossible,
            f"{table.name} belongs to the extension {table.extension}, which would lose our column at its next update",
            at=at,
            subject=table.name,
            hint='scope = "excluded"',
        )
    elif said.scope in ("tenant", "shared") and anchors is not None:
        parts = {anchors.organizations.table: "organizations", anchors.memberships.table: "memberships"}
        part = parts.get(table.name)
        if part is not None and table.name != anchors.users.table:
            ground.add(
                ScopeImpossible,
                f"{table.name} holds the {part}; it is what tenants are made of and no table of theirs",
                at=at,
                subject=table.name,
                hint='scope = "excluded"    # or take the table out: this is its default',
            )


def _own_scope(ground: Ground, anchors: Anchors | None, table: Table) -> TableScope:
    said = ground.spec.tables.get(table.name)
    match said:
        case TableSpec(scope="tenant"):
            return TableScope(Scope.TENANT, "", said)
        case TableSpec(scope="shared"):
            return TableScope(Scope.SHARED, "shared by all tenants, as the file says")
        case TableSpec(scope="excluded"):
            return TableScope(Scope.EXCLUDED, "excluded, as the file says")
        case TableSpec():
            return TableScope(Scope.TENANT, "the file leaves it unresolved", said, unresolved=True)
        case None:
            reason = _default_reason(ground.catalog, anchors, table.name)
            if reason is not None:
                return TableScope(Scope.EXCLUDED, reason)
            return TableScope(Scope.TENANT, NOT_NAMED, unresolved=True)


def _default_reason(catalog: Catalog, anchors: Anchors | None, name: QualifiedName) -> str | None:
    if anchors is not None:
        match name:
            case anchors.organizations.table:
                return "holds the organizations"
            case anchors.users.table:
                return "holds the users, who belong to organizations through memberships"
            case anchors.memberships.table:
                return "holds the memberships"
    return platform_reason(catalog, name)


def _followed(ground: Ground, table: Table, own: Mapping[QualifiedName, TableScope]) -> TableScope:
    tops = roots(ground.catalog, table.name)
    scopes = {own[top].scope for top in tops if top in own}
    if len(scopes) == 1:
        return TableScope(scopes.pop(), f"follows {', '.join(map(str, tops))}")
    listed = ", ".join(f"{top} ({own[top].scope.value})" for top in tops if top in own)
    at = next((own[t].said.where for t in tops if t in own and own[t].said), None)  # type: ignore[union-attr]
    ground.add(
        ScopeImpossible,
        f"{table.name} inherits from tables of different scopes: {listed or 'none of them is known'}",
        at=at or ground.spec.where("tables"),
        subject=table.name,
        hint="give all its parents the same scope",
    )
    return TableScope(Scope.EXCLUDED, "inherits from tables of different scopes")
