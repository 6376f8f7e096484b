"""Where a second unique key will stand: the tenant together with columns that are unique without it. Pure.

PostgreSQL checks an upsert against every unique index but the one it names as against any other: the row that ON
CONFLICT was to meet, seen through the second key, is a violation (hazard T18). So such a key is made only where
something needs it. The plan makes these keys and the assessment warns of them: both must mean the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ringfence.catalog.model import Catalog, Index, Table
from ringfence.names import QualifiedName, display_ident, quote_ident
from ringfence.tenancy.model import InconsistentRule, Reference, Tenancy, TenantTable


@dataclass(frozen=True, slots=True)
class SecondKey:
    """One unique key that the plan makes beside one that the table has."""

    table: QualifiedName
    beside: tuple[str, ...]
    """Columns of the key that is there, which the application's upserts name."""
    columns: tuple[str, ...]
    """The tenant column first."""
    needed_by: str
    """In words: what could not be without it."""
    references: tuple[tuple[QualifiedName, str], ...] = ()
    """The foreign keys that will refer to it, as they are called today: put off, they need no such key."""


def second_keys(tenancy: Tenancy, catalog: Catalog) -> tuple[SecondKey, ...]:
    """Every second unique key of the plan, table by table; partitions and inheritance children go with their root."""
    found: list[SecondKey] = []
    followed = followers(tenancy, catalog)
    for entry in tenancy.tables:
        table = catalog.table(entry.name)
        if table is None:
            continue  # an assessment reads what is there, the plan refuses it
        columns = key_columns(entry, table)
        if columns and entry.name in followed and holding(table, columns) is None:
            names = ", ".join(dict.fromkeys(str(child) for child, _ in followed[entry.name]))
            why = f"rows of {names} follow its tenant"
            found.append(SecondKey(entry.name, table.primary_key, columns, why, followed[entry.name]))
        for unique in entry.uniques:
            scoped = (entry.column, *(c for c in unique.columns if c != entry.column))
            until = "until the old rule goes" if unique.retire_old else "for good"
            why = f"{unique.constraint} is to hold within a tenant too, {until}"
            found.append(SecondKey(entry.name, unique.columns, scoped, why))
    return tuple(found)


def key_columns(entry: TenantTable, table: Table) -> tuple[str, ...]:
    """The tenant and the primary key; () for a table without one."""
    if not table.primary_key:
        return ()
    return (entry.column, *(c for c in table.primary_key if c != entry.column))


def followers(tenancy: Tenancy, catalog: Catalog) -> Mapping[QualifiedName, tuple[tuple[QualifiedName, str], ...]]:
    """By table, who refers to it tenant-consistently, which takes a unique key: table and foreign key, if any does."""
    found: dict[QualifiedName, list[tuple[QualifiedName, str]]] = {}
    for entry in tenancy.tables:
        for reference in consistent(catalog, entry):
            found.setdefault(reference.parent, []).append((entry.name, reference.constraint))
    return {parent: tuple(those) for parent, those in found.items()}


def consistent(catalog: Catalog, entry: TenantTable) -> tuple[Reference, ...]:
    """The references of a table that become tenant-consistent in phase 2: that decide the tenant, or are wanted now.

    The deciding one may be put off, too: then the fill trigger and a trigger on the parent keep it true. A reference to
    another unique column than the primary key keeps its old key only. Where inconsistent rows go to quarantine, a row's
    tenant may differ from its parent's, so no reference of the table can hold.
    """
    if entry.inconsistent is InconsistentRule.QUARANTINE and any(not r.deriving for r in entry.references):
        return ()
    parents = {t.name: t.primary_key for t in map(catalog.table, {r.parent for r in entry.references}) if t is not None}
    return tuple(
        r
        for r in entry.references
        if ((r.deriving and not r.later) or r.now) and parents.get(r.parent) and r.parent_columns == parents[r.parent]
    )


def holding(table: Table, columns: Iterable[str]) -> Index | None:
    """A unique index of the table that a foreign key to these columns can refer to, in whatever order it has them."""
    wanted = set(columns)
    deferrable = {c.name for c in table.constraints if c.deferrable}
    for index in table.indexes:
        usable = index.unique and index.valid and index.plain and index.predicate is None
        if usable and set(index.columns) == wanted and index.constraint not in deferrable:
            return index
    return None


def leading(indexes: Iterable[Index], columns: Sequence[str]) -> Index | None:
    """An index that finds rows by exactly these columns: it begins with them and holds every row that has a value."""
    every = {None, *(f"({form(c)} IS NOT NULL)" for c in columns for form in (display_ident, quote_ident))}
    for index in indexes:
        usable = index.valid and index.plain and index.predicate in every and index.method == "btree"
        if usable and index.columns[: len(columns)] == tuple(columns):
            return index
    return None
