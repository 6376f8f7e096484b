"""The step that installs the helpers of `context.py`: the first that any policy of ours needs."""

from __future__ import annotations

from ringfence.catalog.model import Catalog
from ringfence.names import quote_ident
from ringfence.plan import acl, ddl, policies
from ringfence.plan.context import KEEPER, context_objects
from ringfence.plan.model import CatalogChange, LockMode, Statement, Step, Transaction, UndoWith
from ringfence.plan.rights import (
    GrantsChanged,
    OwnerChanged,
    RowSecurityChanged,
    SchemaGrantsChanged,
    change_table,
)
from ringfence.plan.roles import may_create_roles
from ringfence.tenancy.model import Tenancy


def context(tenancy: Tenancy, catalog: Catalog, phase: str) -> Step:
    """Who is asking: helpers, keys of seals, and memberships owned by a role of their own (laws 5.4 and 5.5)."""
    m = tenancy.memberships
    table = catalog.table(m.table)
    owner = catalog.current_user if table is None else table.owner
    forced = table is not None and table.rls_forced
    objects = context_objects(tenancy, owner, memberships_forced=forced)
    aside = (ddl.step_aside(tenancy.limits, m.table),)
    effect: list[CatalogChange] = []
    for schema in catalog.schemas:
        has = {k for i in acl.read(schema.acl) if i.grantee == KEEPER for k in i.letters}
        if schema.name == m.table.schema and schema.owner != KEEPER and "U" not in has:
            grantor = policies.grants_as(catalog, schema)
            effect.append(SchemaGrantsChanged(schema.name, acl.granted(schema.acl, KEEPER, "U", grantor)))
    do = [_statement(tenancy, sql) for sql in objects.do]
    undo = [_statement(tenancy, sql) for sql in objects.undo]
    if table is not None:
        moved = OwnerChanged(m.table, KEEPER)
        effect.append(moved)
        if forced:
            effect.append(RowSecurityChanged(m.table, table.rls_enabled, False))
        roles = {r.name: r for r in catalog.roles}
        if owner != catalog.current_user and not (owner in roles and roles[owner].superuser):
            # an application that logs in as the owner goes on to manage its members
            words = ", ".join(acl.WORDS[k] for k in policies.ROWS)
            do.append(ddl.plain(f"grant {words} on table {m.table.sql} to {quote_ident(owner)}"))
            undo.insert(0, ddl.plain(f"revoke {words} on table {m.table.sql} from {quote_ident(owner)}"))
            after = change_table(table, moved)
            effect.append(GrantsChanged(m.table, acl.granted(after.acl, owner, policies.ROWS, KEEPER)))
    return Step(
        id=f"{phase}/context",
        title="helpers that say who is asking, and the role that owns them and the memberships",
        action=Transaction((*aside, *do)),
        undo=UndoWith((Transaction((*aside, *undo)),)),
        table=m.table,
        effect=tuple(effect),
        needs=(may_create_roles(), *(() if table is None else (ddl.owner_privilege(m.table),))),
        proves="a policy can ask for the tenant, and nobody can answer for somebody else",
    )


def _statement(tenancy: Tenancy, sql: str) -> Statement:
    table = tenancy.memberships.table
    if sql.startswith(f"alter table {table.sql} ") or (table.sql in sql and sql.lstrip().startswith("alter table")):
        return ddl.short(tenancy.limits, sql, LockMode.ACCESS_EXCLUSIVE, table)
    return ddl.plain(sql)
