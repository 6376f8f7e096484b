"""A table with its partitions and inheritance children: which relations there are, and which of them hold rows."""

from __future__ import annotations

from ringfence.catalog.model import Catalog, Table, TableKind
from ringfence.names import QualifiedName


def members(catalog: Catalog, name: QualifiedName) -> tuple[Table, ...]:
    """All partitions and inheritance children of a table, any depth, parents first."""
    found: list[Table] = []
    waiting = list(catalog.children.get(name, ()))
    while waiting:
        child = waiting.pop(0)
        table = catalog.by_name[child]
        if table not in found:
            found.append(table)
            waiting.extend(catalog.children.get(child, ()))
    return tuple(found)


def holders(catalog: Catalog, name: QualifiedName) -> tuple[Table, ...]:
    """The relations of a table's family that hold rows themselves."""
    whole = (catalog.by_name[name], *members(catalog, name))
    return tuple(t for t in whole if t.kind is TableKind.ORDINARY)
