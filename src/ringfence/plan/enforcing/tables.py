"""Table by table, one short transaction each: policies, FORCE, owner, default and grants in their final form."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ringfence.catalog.model import Catalog, Table, TableKind
from ringfence.names import QualifiedName, quote_ident, quote_literal
from ringfence.plan import acl, ddl, policies
from ringfence.plan.enforcing.opening import refuse_bad_condition
from ringfence.plan.family import members
from ringfence.plan.model import CatalogChange, IndexAdded, Phase, Step, Transaction, UndoWith
from ringfence.plan.names import POLICY_PREFIX, Namer
from ringfence.plan.policies import Change, together
from ringfence.plan.rights import GrantsChanged, SequenceGrantsChanged, change_table
from ringfence.plan.simulate import apply_effects
from ringfence.plan.uniqueness import retire
from ringfence.tenancy.isolation import Isolation, LegacyPolicies, TableRules
from ringfence.tenancy.model import Scope, Tenancy, TenantTable

BREAK_GLASS = "ringfence_break_glass"
"""The role that passes row security, which nobody is a member of but for minutes."""


def relations(tenancy: Tenancy, catalog: Catalog) -> Iterator[tuple[TenantTable, Table]]:
    """Every relation that needs protection, partitions and children before what they are part of.

    Whoever names a partition meets the partition's own policies and not the root's, so each has its own (O3, O4).
    """
    for entry in tenancy.tables:
        for table in (*reversed(members(catalog, entry.name)), catalog.by_name[entry.name]):
            if table.kind is not TableKind.FOREIGN:
                yield entry, table


def protect(
    tenancy: Tenancy, isolation: Isolation, catalog: Catalog, entry: TenantTable, table: Table, before: Table
) -> Step:
    """One relation in its final form; in one transaction, since a gap would show rows of others, or none at all.

    `table` is as the steps before have left it, `before` as it was before phase 1: what the application had of its own.
    """
    limits, name = tenancy.limits, table.name
    rules = replace(isolation.rules(entry.name), later=isolation.rules(name).later)
    refuse_bad_condition(name, rules.open_when)
    memberships = name == tenancy.memberships.table
    changes = [_policies(tenancy, entry, table, before, rules)]
    # the helpers' own role owns the memberships and reads them past their policies; FORCE would make them ask themselves
    changes.append(policies.row_security(limits, table, forced=not memberships))
    changes.append(policies.tenant_default(limits, table, entry.column))
    changes.append(policies.grants_cut(table, tenancy.request_roles))
    cut = policies.sequences_cut(table, catalog.sequences, tenancy.request_roles)
    changes.append(cut)
    catalog = apply_effects(catalog, cut.effect)
    if not memberships:
        changes.append(_owner(tenancy, isolation, catalog, _after(table, changes)))
    if isolation.break_glass:
        changes.append(_break_glass(_after(table, changes)))
    change = together(*changes)
    aside = ddl.step_aside(limits, name)
    return Step(
        id=f"enforce/{name}/rows",
        title=f"rows of {name} belong to their tenant, for whoever asks",
        action=Transaction((aside, *change.do)),
        undo=UndoWith((Transaction((aside, *change.undo)),)),
        table=name,
        effect=change.effect,
        needs=(ddl.owner_privilege(name),),
        proves=f"no role that row security binds reads or writes another tenant's rows of {name}, its owner included",
    )


def _after(table: Table, changes: list[Change]) -> Table:
    for change in changes:
        for effect in change.effect:
            match effect:
                case GrantsChanged():
                    table = change_table(table, effect)
                case SequenceGrantsChanged():
                    pass
                case _:
                    table = _owned(table, effect)
    return table


def _owned(table: Table, effect: CatalogChange) -> Table:
    found = apply_effects(Catalog(0, "", "", False, tables=(table,)), (effect,))
    return found.tables[0]


def _policies(tenancy: Tenancy, entry: TenantTable, table: Table, before: Table, rules: TableRules) -> Change:
    """Legacy policies kept or dropped, permissive policies where nothing would be seen without, the floor."""
    limits, name = tenancy.limits, table.name
    # policies of a table whose row security is off have never spoken; switching it on must not give them a voice
    goes = rules.policies is LegacyPolicies.DROP or not before.rls_enabled
    legacy = {p.name for p in before.policies if p.name not in rules.later} if goes else set()
    changes = [
        policies.dropped(limits, name, p)
        for p in table.policies
        if p.name in legacy or p.name.startswith(POLICY_PREFIX)  # what phase 4 tried
    ]
    # on without any policy means that request roles see nothing of it, and it stays so
    if not before.rls_enabled or legacy:
        changes.append(policies.tenant_policies(limits, name, entry.column, rules.open_when))
    changes.append(policies.floor(limits, name, entry.column, rules.open_when))
    return together(*changes)


def _owner(tenancy: Tenancy, isolation: Isolation, catalog: Catalog, table: Table) -> Change:
    roles = {r.name: r for r in catalog.roles}
    old = roles.get(table.owner)
    # whoever migrates is a member of the new owner, and a superuser needs no grant
    needless = table.owner == catalog.current_user or (old is not None and old.superuser)
    return policies.owner(tenancy.limits, table, isolation.owner, keeps_rows=not needless, sequences=catalog.sequences)


def _break_glass(table: Table) -> Change:
    words = ", ".join(acl.WORDS[k] for k in policies.ROWS)
    role = quote_ident(BREAK_GLASS)
    return Change(
        (ddl.plain(f"grant {words} on table {table.name.sql} to {role}"),),
        (ddl.plain(f"revoke {words} on table {table.name.sql} from {role}"),),
        (GrantsChanged(table.name, acl.granted(table.acl, BREAK_GLASS, policies.ROWS, table.owner)),),
    )


def unique_within(tenancy: Tenancy, catalog: Catalog, earlier: Sequence[Phase]) -> Iterator[Step]:
    """Rules that hold across tenants tell one tenant what another has (T4): those go that the spec wants gone.

    The rules within a tenant stand since phase 2. The old ones were kept until no old client is left.
    """
    namer = Namer.of(catalog)
    made = (e for phase in earlier for step in phase.steps for e in step.effect if isinstance(e, IndexAdded))
    namer.taken.update((e.table.schema, e.index.name) for e in made)
    for entry in tenancy.tables:
        table = catalog.by_name[entry.name]
        for unique in entry.uniques:
            if unique.retire_old:
                yield from retire(tenancy, entry, table, unique, namer, phase="enforce")


def shared_kept(tenancy: Tenancy, catalog: Catalog) -> Iterator[Step]:
    """Shared tables belong to everybody, so nobody who serves one tenant may empty them or put a trigger on them."""
    limits = tenancy.limits
    for other in tenancy.others:
        table = catalog.by_name.get(other.name)
        if table is None or other.scope is not Scope.SHARED or table.owner in tenancy.request_roles:
            continue
        change = policies.grants_cut(table, tenancy.request_roles)
        if not change.effect:
            continue
        aside = ddl.step_aside(limits, table.name)
        yield Step(
            id=f"enforce/{table.name}/grants",
            title=f"{table.name} is read and written, and nothing beyond its rows",
            action=Transaction((aside, *change.do)),
            undo=UndoWith((Transaction((aside, *change.undo)),)),
            table=table.name,
            effect=change.effect,
            needs=(ddl.owner_privilege(table.name),),
            proves=f"no request role empties {table.name} or runs its own code in what others do with it",
        )


def views_rows_only(tenancy: Tenancy, catalog: Catalog) -> Iterator[Step]:
    """What request roles may do with views beyond their rows goes as it goes on tables."""
    schemas = {table.name.schema for _, table in relations(tenancy, catalog)}
    for view in catalog.views:
        change = policies.view_rows_only(view, tenancy.request_roles)
        # of those a request role owns, it can give itself anything; the inventory has them
        if not change.do or view.name.schema not in schemas or view.owner in tenancy.request_roles:
            continue
        yield Step(
            id=f"enforce/{view.name}/grants",
            title=f"{view.name} is read and written, and nothing beyond its rows",
            action=Transaction(change.do),
            undo=UndoWith((Transaction(change.undo),)),
            effect=change.effect,
            proves=f"no request role runs its own code in what others do with {view.name}",
        )


def taken_over(tenancy: Tenancy, isolation: Isolation, catalog: Catalog) -> Iterator[Step]:
    """Tables of no tenant that request roles own: an owner may put a trigger on them that others run (R10, R15)."""
    limits = tenancy.limits
    mine = set(protected(tenancy, catalog)) | {tenancy.memberships.table}
    for table in catalog.tables:
        if table.owner not in tenancy.request_roles or table.name in mine or table.extension is not None:
            continue
        change = _owner(tenancy, isolation, catalog, table)
        aside = ddl.step_aside(limits, table.name)
        yield Step(
            id=f"enforce/{table.name}/owner",
            title=f"{table.name} is owned by no request role any more",
            action=Transaction((aside, *change.do)),
            undo=UndoWith((Transaction((aside, *change.undo)),)),
            table=table.name,
            effect=change.effect,
            needs=(ddl.owner_privilege(table.name),),
            proves=f"{table.owner} reads and writes {table.name} as before, and can change nothing about it",
        )


def shared_use(tenancy: Tenancy, isolation: Isolation, catalog: Catalog) -> tuple[Change, ...]:
    """What the new owner needs beside the tenant tables to do what the old ones could: rules, definer functions, views.

    Tables of the same owners that are no tenant tables, read and written as before, and the schemas all are in.
    """
    mine = {table.name for _, table in relations(tenancy, catalog)}
    owners = {table.owner for _, table in relations(tenancy, catalog)}
    found: list[Change] = []
    schemas = {name.schema for name in mine}
    for table in catalog.tables:
        if table.name in mine or table.extension is not None or table.name == tenancy.memberships.table:
            continue
        if table.owner in tenancy.request_roles:
            schemas.add(table.name.schema)  # it will be the owner's own
            continue
        if table.owner not in owners:
            continue
        schemas.add(table.name.schema)
        found.append(_rows_granted(table, isolation.owner))
    used = [policies.schema_use(catalog, s, isolation.owner) for s in catalog.schemas if s.name in schemas]
    return (*used, *found)


def _rows_granted(table: Table, role: str) -> Change:
    words = ", ".join(acl.WORDS[k] for k in policies.ROWS)
    has = {k for i in acl.read(table.acl) if i.grantee == role for k in i.letters}
    if has >= set(policies.ROWS) or table.owner == role:
        return policies.NOTHING
    return Change(
        (ddl.plain(f"grant {words} on table {table.name.sql} to {quote_ident(role)}"),),
        (ddl.plain(f"revoke {words} on table {table.name.sql} from {quote_ident(role)}"),),
        (GrantsChanged(table.name, acl.granted(table.acl, role, policies.ROWS, table.owner)),),
    )


def protected(tenancy: Tenancy, catalog: Catalog) -> tuple[QualifiedName, ...]:
    """The names of all relations that end up protected."""
    return tuple(table.name for _, table in relations(tenancy, catalog))


def protected_values(tenancy: Tenancy, catalog: Catalog) -> str:
    """The same as rows of VALUES, each a quoted name as text; one row of null where there is none."""
    return ", ".join(f"({quote_literal(n.sql)})" for n in protected(tenancy, catalog)) or "(null)"
