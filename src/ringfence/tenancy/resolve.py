"""Spec and Catalog to Tenancy: every table gets a scope, every tenant table a way to its tenant, or a person is asked.

Nothing is guessed here: a table the file does not name stays `Unresolved`, apart from what belongs to the platform.
"""

from __future__ import annotations

from collections.abc import Mapping

from ringfence.catalog.model import Catalog, ConstraintKind, Table
from ringfence.names import QualifiedName, display_ident
from ringfence.spec.derive import column_text
from ringfence.spec.model import Spec, TableSpec, Where
from ringfence.spec.problems import nearest
from ringfence.tenancy.anchors import Anchors, is_adopted, resolve_anchors
from ringfence.tenancy.assignment import resolve_assignment
from ringfence.tenancy.authentication import resolve_authentication
from ringfence.tenancy.decisions import resolve_isolation
from ringfence.tenancy.derivations import Landscape, derive_line, resolve_derivation, ways_hint
from ringfence.tenancy.ground import Ground, first_free
from ringfence.tenancy.model import (
    Client,
    Derivation,
    InconsistentRule,
    Limits,
    OrphanRule,
    OtherTable,
    OwnColumn,
    Reference,
    Scope,
    Tenancy,
    TenantTable,
    TenantUnique,
    ThroughForeignKey,
    Unresolved,
    ViewRule,
)
from ringfence.tenancy.order import find_cycle, parents_first
from ringfence.tenancy.platform_tables import descendants, is_child
from ringfence.tenancy.problems import (
    ColumnTaken,
    ConstraintNotFound,
    DerivationCycle,
    NoTenantTable,
    QuarantineMissing,
    RoleNotFound,
    UniqueImpossible,
    raise_problems,
)
from ringfence.tenancy.scopes import TableScope, resolve_scopes
from ringfence.tenancy.toml_text import table_header

COLUMN_NAMES = ("org_id", "tenant_id", "organization_id", "account_id", "workspace_id")
"""Names to propose where the tenant column's name is taken."""


def resolve(spec: Spec, catalog: Catalog) -> Tenancy:
    """Give every table its scope and every tenant table its derivation, parents before children.

    Tables that nobody has decided on come out `Unresolved` (`Tenancy.unresolved`). Raises TenancyInvalid, holding every
    problem found, when the file contradicts the database or itself.
    """
    ground = Ground(spec, catalog)
    anchors = resolve_anchors(ground)
    scopes = resolve_scopes(ground, anchors)
    _check_roles(ground)
    if anchors is None:
        raise_problems(ground.problems, spec.source)
        raise AssertionError("anchors are missing without a problem that says why")
    assignment = resolve_assignment(ground, anchors.users, is_adopted(spec))
    entries = _tenant_tables(ground, anchors, scopes)
    needs = {name: _needs(entry) for name, entry in entries.items()}
    circle = find_cycle(needs)
    if circle is not None:
        _report_cycle(ground, anchors, entries, circle)
    isolation = resolve_isolation(ground, frozenset(entries))
    authentication = resolve_authentication(ground)
    clients = _clients(ground, entries)
    raise_problems(ground.problems, spec.source)
    return Tenancy(
        column=spec.tenant.column,
        type=anchors.organizations.key_type,
        users=anchors.users,
        organizations=anchors.organizations,
        memberships=anchors.memberships,
        assignment=assignment,
        tables=tuple(entries[name] for name in parents_first(needs)),
        others=tuple(OtherTable(name, s.scope, s.reason) for name, s in sorted(scopes.items()) if name not in entries),
        founding_key=anchors.founding_key,
        founding_name=anchors.founding_name,
        quarantine_key=anchors.quarantine_key,
        request_roles=spec.roles.request,
        service_roles=spec.roles.service,
        gateways=spec.roles.gateways,
        indexes=spec.indexes,
        limits=Limits(**spec.limits),  # type: ignore[arg-type]  # load_spec checked each name, type and range
        backup=_backup(spec),
        old_clients=spec.roles.old_clients,
        isolation=isolation,
        authentication=authentication,
        clients=clients,
        compatibility_schema=spec.compatibility.schema,
        old_clients_quiet_hours=spec.soak.old_clients_quiet_hours,
    )


def _clients(ground: Ground, known: Mapping[QualifiedName, TenantTable]) -> tuple[Client, ...]:
    """The declared clients; a table they name must be one that gets a tenant column."""
    found: list[Client] = []
    for index, said in enumerate(ground.spec.clients):
        for place, name in enumerate(said.tables):
            if name not in known:
                near = nearest(str(name), (str(other) for other in known))
                ground.add(
                    NoTenantTable,
                    f"{name} is no tenant table",
                    at=ground.spec.where("clients", index, "tables", place),
                    subject=name,
                    hint=f"did you mean {near!r}?" if near else "take it out; without tables any tenant table is meant",
                )
        found.append(Client(said.login, said.application, said.selects_star, said.tables))
    return tuple(found)


def _backup(spec: Spec) -> Mapping[str, str]:
    backup = spec.backup
    texts = {
        "mode": backup.mode,
        "jobs": str(backup.jobs),
        "directory": backup.directory,
        "name": backup.name,
        "scratch_url": backup.scratch_url,
        "exclude_schemas": ",".join(backup.exclude_schemas) or None,
        "disk_free_ratio_min": str(spec.limits["disk_free_ratio_min"])
        if "disk_free_ratio_min" in spec.limits
        else None,
    }
    return {key: value for key, value in texts.items() if value is not None}


def _check_roles(ground: Ground) -> None:
    known = {r.name for r in ground.catalog.roles}
    roles = ground.spec.roles
    for key, names in (("request", roles.request), ("service", roles.service), ("gateways", roles.gateways)):
        for index, name in enumerate(names):
            if known and name not in known:
                near = nearest(name, known)
                ground.add(
                    RoleNotFound,
                    f"the server has no role {name!r}",
                    at=ground.spec.where("roles", key, index),
                    subject=name,
                    hint=f"did you mean {near!r}?" if near else "list the roles: psql -c '\\du'",
                )


# --- tenant tables -----------------------------------------------------------------------------------------------


def _tenant_tables(
    ground: Ground, anchors: Anchors, scopes: Mapping[QualifiedName, TableScope]
) -> dict[QualifiedName, TenantTable]:
    mine = {
        name: scope
        for name, scope in scopes.items()
        if scope.scope is Scope.TENANT and not is_child(ground.catalog, name)
    }
    land = Landscape(
        anchors,
        tenants=frozenset(name for name, scope in mine.items() if not scope.unresolved),
        undecided=frozenset(name for name, scope in mine.items() if scope.unresolved),
    )
    return {name: _tenant_table(ground, land, ground.catalog.by_name[name], scope) for name, scope in mine.items()}


def _tenant_table(ground: Ground, land: Landscape, table: Table, scope: TableScope) -> TenantTable:
    column = ground.spec.tenant.column
    if scope.unresolved or scope.said is None:
        reason = scope.reason
        return TenantTable(table.name, column, column_exists=False, derivations=(Unresolved(reason),), reason=reason)
    said = scope.said
    derivations: list[Derivation] = []
    for index, text in enumerate(said.derive):
        at = ground.spec.where("tables", str(table.name), "derive", index)
        found = resolve_derivation(ground, land, table, text, at)
        if found is not None:
            derivations.append(found)
    orphans, inconsistent = _rules(ground, land.anchors, table, said)
    exists = _column_exists(
        ground, land.anchors, table, tuple(derivations), ground.spec.where("tables", str(table.name))
    )
    return TenantTable(
        name=table.name,
        column=column,
        column_exists=exists,
        derivations=tuple(derivations),
        references=_references(ground, land, table, said, tuple(derivations)),
        uniques=_uniques(ground, table, said),
        orphans=orphans,
        inconsistent=inconsistent,
        founding=None if exists else land.anchors.founding_key,
        compatibility_view=ViewRule(said.compatibility_view),
    )


def _rules(ground: Ground, anchors: Anchors, table: Table, said: TableSpec) -> tuple[OrphanRule, InconsistentRule]:
    spec = ground.spec
    fallback = "stop" if anchors.quarantine_key is None else "quarantine"
    orphans = OrphanRule(said.orphans or spec.orphans or fallback)
    inconsistent = InconsistentRule(said.inconsistent or spec.inconsistent)
    if anchors.quarantine_key is None:
        for key, rule, own in (("orphans", orphans, said.orphans), ("inconsistent", inconsistent, said.inconsistent)):
            if rule.value == "quarantine":
                ground.add(
                    QuarantineMissing,
                    f"{key} = 'quarantine' for {table.name}, but none of your organizations is named as quarantine",
                    at=spec.where("tables", str(table.name), key) if own else spec.where(key),
                    subject=table.name,
                    hint=f'[tenant]\nquarantine = "..."    # key of a row of {anchors.organizations.table}\n'
                    f'or: {key} = "stop"',
                )
    return orphans, inconsistent


def _column_exists(
    ground: Ground, anchors: Anchors, table: Table, derivations: tuple[Derivation, ...], at: Where
) -> bool:
    """Whether the tenant column is there already and is the application's own organization column.

    A column of that name with another meaning is refused: filling it would overwrite the application's data.
    """
    name = ground.spec.tenant.column
    column = table.column(name)
    if column is None:
        _check_children(ground, table, name, at)
        return False
    organizations = anchors.organizations
    referring = any(
        c.references == organizations.table and c.columns == (name,) and c.referenced_columns == (organizations.key,)
        for c in table.foreign_keys
    )
    own = OwnColumn(name) in derivations
    subject = f"{table.name}.{display_ident(name)}"
    if not organizations.adopted or not (referring or own) or column.type != organizations.key_type:
        if not organizations.adopted:
            why = "organizations are only about to be created, so it means something else"
        elif column.type != organizations.key_type:
            why = f"it is {column.type}, but the key of {organizations.table} is {organizations.key_type}"
        else:
            why = f"it has no foreign key to {organizations.table}"
        meaning = f"\nor, if it holds the key of {organizations.table}: {derive_line('own:' + column_text(name))}"
        ground.add(
            ColumnTaken,
            f"{table.name} already has a column {name!r}: {why}",
            at=at,
            subject=subject,
            hint=f'[tenant]\ncolumn = "{_free_column(ground)}"' + (meaning if organizations.adopted else ""),
        )
        return False
    if not own or derivations[0] != OwnColumn(name):
        ground.add(
            ColumnTaken,
            f"{table.name} holds its organization in {name!r} already, and another derivation would overwrite it",
            at=at,
            subject=subject,
            hint=f"put 'own:{column_text(name)}' first in derive; what follows then fills rows where it is null",
        )
    return True


def _check_children(ground: Ground, table: Table, name: str, at: Where) -> None:
    """An inheritance child may have columns of its own, and one of that name would be merged with ours, silently."""
    for child in descendants(ground.catalog, table.name):
        if child.column(name) is not None:
            ground.add(
                ColumnTaken,
                f"{child.name}, a child of {table.name}, already has a column {name!r}",
                at=at,
                subject=f"{child.name}.{display_ident(name)}",
                hint=f'[tenant]\ncolumn = "{_free_column(ground)}"',
            )


def _free_column(ground: Ground) -> str:
    return first_free(COLUMN_NAMES, (c.name for t in ground.catalog.tables for c in t.columns))


def _references(
    ground: Ground, land: Landscape, table: Table, said: TableSpec, derivations: tuple[Derivation, ...]
) -> tuple[Reference, ...]:
    """Every foreign key to a tenant table; a partition that is referred to directly is left to its own checks."""
    found = [
        Reference(
            constraint=c.name,
            columns=c.columns,
            parent=c.references,
            parent_columns=c.referenced_columns,
            deriving=_derives(derivations, c.columns, c.references, c.referenced_columns),
            now=said.references.get(c.name) == "now",
            later=said.references.get(c.name) == "later",
        )
        for c in table.foreign_keys
        if c.references is not None and c.references in land.tenants
    ]
    for name in said.references:
        if all(r.constraint != name for r in found):
            near = nearest(name, (r.constraint for r in found))
            ground.add(
                ConstraintNotFound,
                f"{table.name} has no foreign key {name!r} to a tenant table",
                at=ground.spec.where("tables", str(table.name), "references", name),
                subject=table.name,
                detail="foreign keys to tenant tables: " + (", ".join(r.constraint for r in found) or "none"),
                hint=f"did you mean {near!r}?" if near else "take it out",
            )
    return tuple(found)


def _derives(
    derivations: tuple[Derivation, ...],
    columns: tuple[str, ...],
    parent: QualifiedName,
    parent_columns: tuple[str, ...],
) -> bool:
    match derivations[:1]:
        case (ThroughForeignKey(path=(hop,)),):
            pairs = set(zip(hop.columns, hop.parent_columns, strict=True))
            return hop.parent == parent and pairs == set(zip(columns, parent_columns, strict=True))
        case _:
            return False


def _uniques(ground: Ground, table: Table, said: TableSpec) -> tuple[TenantUnique, ...]:
    known = {c.name: c.columns for c in table.constraints if c.kind is ConstraintKind.UNIQUE}
    known = {i.name: i.columns for i in table.indexes if i.unique and not i.primary} | known
    primary = {c.name for c in table.constraints if c.kind is ConstraintKind.PRIMARY}
    found: list[TenantUnique] = []
    for name, rule in said.unique.items():
        at = ground.spec.where("tables", str(table.name), "unique", name)
        if name in known and "" in known[name]:
            ground.add(
                UniqueImpossible,
                f"{name!r} of {table.name} is unique by an expression, which cannot be scoped to the tenant for you",
                at=at,
                subject=table.name,
                hint="take it out, and make a unique index of the tenant column and the expression after phase 2",
            )
        elif name in known:
            found.append(TenantUnique(name, known[name], retire_old=rule == "tenant_only"))
        elif name in primary:
            ground.add(
                UniqueImpossible,
                f"{name!r} is the primary key of {table.name}, which stays as it is",
                at=at,
                subject=table.name,
                hint="take it out: a unique key (tenant, primary key) is made beside it where other rows refer to it",
            )
        else:
            near = nearest(name, known)
            ground.add(
                ConstraintNotFound,
                f"{table.name} has no unique constraint or index {name!r}",
                at=at,
                subject=table.name,
                detail="unique: " + (", ".join(known) or "none"),
                hint=f"did you mean {near!r}?" if near else "take it out",
            )
    return tuple(found)


# --- order -------------------------------------------------------------------------------------------------------


def _needs(entry: TenantTable) -> frozenset[QualifiedName]:
    return frozenset(d.path[-1].parent for d in entry.derivations if isinstance(d, ThroughForeignKey))


def _report_cycle(
    ground: Ground, anchors: Anchors, entries: Mapping[QualifiedName, TenantTable], circle: tuple[QualifiedName, ...]
) -> None:
    outside = Landscape(anchors, frozenset(entries) - set(circle), frozenset())
    first = circle[0]
    spoken = " -> ".join(str(name) for name in (*circle, first))
    ground.add(
        DerivationCycle,
        f"tables derive their tenant from one another in a circle: {spoken}",
        at=ground.spec.where("tables", str(first)),
        subject=first,
        detail="\n".join(
            f"{ground.spec.where('tables', str(name), 'derive')}: {name} derives from"
            f" {circle[(number + 1) % len(circle)]}"
            for number, name in enumerate(circle)
        ),
        hint="break it at one table that has another way:\n"
        + "\n".join(
            f"{table_header(name)} {ways_hint(ground, outside, ground.catalog.by_name[name])}" for name in circle[:3]
        ),
    )
