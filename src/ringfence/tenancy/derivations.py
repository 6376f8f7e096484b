"""Lines of `derive` to derivations: every hop is found in the database and its two ends are compared."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never

from ringfence.catalog.model import Table
from ringfence.names import QualifiedName, display_ident
from ringfence.spec.derive import DeriveFounding, DeriveHop, DeriveOwn, DerivePath, hop_text, parse_derive
from ringfence.spec.model import Where
from ringfence.tenancy.anchors import Anchors
from ringfence.tenancy.ground import Ground
from ringfence.tenancy.likeness import comparable, is_unique
from ringfence.tenancy.model import (
    Derivation,
    FoundingTenant,
    Hop,
    OwnColumn,
    ThroughForeignKey,
    ThroughMembership,
    Unresolved,
)
from ringfence.tenancy.platform_tables import is_child, roots
from ringfence.tenancy.problems import (
    NotUnique,
    OrganizationsUnclear,
    ParentHasNoTenant,
    SelfDerivation,
    TypeClash,
)
from ringfence.tenancy.toml_text import table_header, toml_string


@dataclass(frozen=True, slots=True)
class Landscape:
    """What a derivation may lead to."""

    anchors: Anchors
    tenants: frozenset[QualifiedName]
    """Tables of scope tenant that are no partitions or children."""
    undecided: frozenset[QualifiedName]
    """Tables nobody has decided on."""


def resolve_derivation(ground: Ground, land: Landscape, table: Table, text: str, at: Where) -> Derivation | None:
    """One line of `derive`; None and a note when it does not fit the database."""
    derive = parse_derive(text)
    match derive:
        case DeriveFounding():
            if land.anchors.founding_key is not None:
                return FoundingTenant()
            ground.add(
                OrganizationsUnclear,
                f"{table.name} belongs to the founding organization, but none of your organizations is named as such",
                at=at,
                subject=table.name,
                hint=f'[tenant]\nfounding = "..."    # key of a row of {land.anchors.organizations.table}',
            )
            return None
        case DeriveOwn(column):
            return _own(ground, land.anchors, table, column, at)
        case DerivePath(hops):
            return _path(ground, land, table, hops, at)
        case _:
            assert_never(derive)


def _own(ground: Ground, anchors: Anchors, table: Table, name: str, at: Where) -> OwnColumn | None:
    organizations = anchors.organizations
    if not organizations.adopted:
        ground.add(
            OrganizationsUnclear,
            f"{table.name}.{display_ident(name)} cannot hold organizations that Ringfence is only about to create",
            at=at,
            subject=f"{table.name}.{display_ident(name)}",
            hint="if a table of yours holds the organizations, name it:\n"
            '[tenant]\norganizations = "public.teams"\norganizations_key = "id"\n'
            'memberships = "public.team_members"',
        )
        return None
    column = ground.column(table, name, at)
    if column is None:
        return None
    key = ground.catalog.by_name[organizations.table].column(organizations.key)
    assert key is not None, "resolve_anchors found the key"
    if not comparable(column, key):
        ground.add(
            TypeClash,
            f"{table.name}.{display_ident(name)} is {column.type}, but"
            f" {organizations.table}.{display_ident(key.name)} is {key.type}",
            at=at,
            subject=f"{table.name}.{display_ident(name)}",
            hint=ways_hint(ground, land_of(anchors), table),
        )
        return None
    return OwnColumn(name)


def derive_line(*hops: str) -> str:
    """A path as a line to paste."""
    return "derive = " + toml_string("; ".join(hops))


def land_of(anchors: Anchors) -> Landscape:
    """A landscape of users and organizations alone."""
    return Landscape(anchors, frozenset(), frozenset())


def _path(ground: Ground, land: Landscape, table: Table, hops: tuple[DeriveHop, ...], at: Where) -> Derivation | None:
    found: list[Hop] = []
    here = table
    for number, hop in enumerate(hops):
        last = number == len(hops) - 1
        if hop.table == land.anchors.organizations.table and not land.anchors.organizations.adopted:
            ground.add(
                OrganizationsUnclear,
                f"no row can refer to {hop.table} yet: Ringfence is only about to create it",
                at=at,
                subject=table.name,
                hint=ways_hint(ground, land, table),
            )
            return None
        parent = ground.table(hop.table, at, "the parent table")
        if parent is None:
            return None
        columns = [ground.column(here, name, at) for name in hop.columns]
        parents = _parent_columns(ground, land.anchors, here, hop, parent, at)
        if parents is None or None in columns:
            return None
        if not _ends_fit(ground, here, hop.columns, parent, parents, at):
            return None
        if not last and hop.table in land.tenants:
            ground.add(
                ParentHasNoTenant,
                f"{hop.table} is a tenant table itself, so the path ends there",
                at=at,
                subject=table.name,
                hint=derive_line(*(hop_text(h.columns, h.table, h.parent_columns) for h in hops[: number + 1])),
            )
            return None
        found.append(Hop(hop.columns, hop.table, parents))
        here = parent
    return _ending(ground, land, table, tuple(found), at)


def _parent_columns(
    ground: Ground, anchors: Anchors, here: Table, hop: DeriveHop, parent: Table, at: Where
) -> tuple[str, ...] | None:
    if hop.parent_columns:
        missing = [ground.column(parent, name, at) for name in hop.parent_columns]
        return None if None in missing else hop.parent_columns
    for constraint in here.foreign_keys:
        pairs = dict(zip(constraint.columns, constraint.referenced_columns, strict=True))
        if constraint.references == hop.table and set(pairs) == set(hop.columns):
            return tuple(pairs[name] for name in hop.columns)
    if len(hop.columns) == 1 and hop.table == anchors.users.table:
        return (anchors.users.key,)
    if len(hop.columns) == 1 and hop.table == anchors.organizations.table:
        return (anchors.organizations.key,)
    if len(parent.primary_key) == len(hop.columns):
        return parent.primary_key
    ground.add(
        NotUnique,
        f"no foreign key of {here.name} says which columns of {hop.table} equal ({', '.join(hop.columns)}), and its"
        f" primary key has {len(parent.primary_key)} columns",
        at=at,
        subject=here.name,
        hint=f"name them: {hop_text(hop.columns, hop.table)}(...)",
    )
    return None


def _ends_fit(
    ground: Ground, here: Table, columns: tuple[str, ...], parent: Table, parents: tuple[str, ...], at: Where
) -> bool:
    fits = True
    for name, parent_name in zip(columns, parents, strict=True):
        column, key = here.column(name), parent.column(parent_name)
        assert column is not None
        assert key is not None
        if not comparable(column, key):
            fits = False
            ground.add(
                TypeClash,
                f"{here.name}.{display_ident(name)} is {column.type}, but"
                f" {parent.name}.{display_ident(parent_name)} is {key.type}",
                at=at,
                subject=f"{here.name}.{display_ident(name)}",
                hint="derive through another column, or give the column the key's type first (that rewrites the table)",
            )
    if fits and not is_unique(parent, parents):
        fits = False
        listed = ", ".join(display_ident(c) for c in parents)
        ground.add(
            NotUnique,
            f"several rows of {parent.name} can have the same ({listed}), so a row of {here.name} could find several"
            " tenants",
            at=at,
            subject=parent.name,
            hint=f"create unique index concurrently on {parent.name} ({listed});",
        )
    return fits


def _ending(ground: Ground, land: Landscape, table: Table, hops: tuple[Hop, ...], at: Where) -> Derivation | None:
    """What a path that fits leads to: a user, an organization, a tenant table, or nowhere."""
    anchors = land.anchors
    last = hops[-1]
    if last.parent == anchors.users.table and last.parent_columns == (anchors.users.key,) and len(hops) == 1:
        return ThroughMembership(last.columns[0])
    if last.parent == anchors.organizations.table:
        if len(hops) == 1 and last.parent_columns == (anchors.organizations.key,):
            return OwnColumn(last.columns[0])
        return ThroughForeignKey(hops)
    if table.name in roots(ground.catalog, last.parent):
        ground.add(
            SelfDerivation,
            f"{table.name} cannot take its tenant from itself: the first row of each chain has nobody to ask",
            at=at,
            subject=table.name,
            hint=ways_hint(ground, land, table),
        )
        return None
    if last.parent in land.tenants:
        return ThroughForeignKey(hops)
    if last.parent in land.undecided:
        return Unresolved(f"its parent {last.parent} is not decided yet")
    ground.add(
        ParentHasNoTenant,
        _nowhere(ground, anchors, last.parent),
        at=at,
        subject=table.name,
        hint=_onward_hint(ground, land, table, hops),
    )
    return None


def _nowhere(ground: Ground, anchors: Anchors, parent: QualifiedName) -> str:
    if is_child(ground.catalog, parent):
        return f"{parent} is a partition or child of {roots(ground.catalog, parent)[0]}; refer to that"
    if parent == anchors.users.table:
        return f"a path of several hops, or to another column than {anchors.users.key}, cannot end at users"
    return f"{parent} is shared or excluded, so its rows belong to no tenant"


def _onward_hint(ground: Ground, land: Landscape, table: Table, hops: tuple[Hop, ...]) -> str:
    """The same path continued by the parent's own foreign keys where they lead on, else other ways out of the table."""
    parent = ground.catalog.by_name[hops[-1].parent]
    begun = "; ".join(hop_text(h.columns, h.parent, h.parent_columns) for h in hops)
    onward = [
        derive_line(begun, hop_text(columns, target))
        for columns, target in ways(land, parent)
        if target != land.anchors.users.table and target != table.name
    ]
    onward += [
        f"{table_header(parent.name)}\n{derive_line(hop_text(columns, target))}"
        for columns, target in ways(land, parent)
        if target == land.anchors.users.table
    ]
    return "\n".join(onward[:3]) or ways_hint(ground, land, table)


def ways(land: Landscape, table: Table) -> Iterator[tuple[tuple[str, ...], QualifiedName]]:
    """The foreign keys of a table that lead to users, organizations or another tenant table."""
    anchors = land.anchors
    goals = {anchors.users.table, *land.tenants} - {table.name}
    if anchors.organizations.adopted:
        goals.add(anchors.organizations.table)
    for constraint in table.foreign_keys:
        if constraint.references in goals:
            yield constraint.columns, constraint.references


def ways_hint(ground: Ground, land: Landscape, table: Table) -> str:
    """Lines to paste: each foreign key that would do, or what to do without one."""
    found = [derive_line(hop_text(columns, target)) for columns, target in ways(land, table)]
    if found:
        return "\n".join(found[:3])
    users = land.anchors.users
    key = ground.catalog.by_name[users.table].column(users.key)
    assert key is not None, "resolve_anchors found the key"
    alike = [c.name for c in table.columns if comparable(c, key) and c.name not in table.primary_key]
    if alike:
        return f"{derive_line(hop_text((alike[0],), users.table))}    # if {alike[0]} holds a user's key"
    return 'derive = "founding"    # all rows to the founding organization; or: scope = "shared"'
