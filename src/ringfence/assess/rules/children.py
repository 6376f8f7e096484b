"""Partitions and inheritance children: row security is asked of the table that a query names, and of no other."""

from __future__ import annotations

from collections.abc import Iterable

from ringfence.assess import surface
from ringfence.assess.model import Found, Scene, Severity, rule
from ringfence.catalog.model import Table
from ringfence.names import QualifiedName


def child_open(scene: Scene) -> Iterable[Found]:
    """A child named directly does not ask its parent's policies: O3, O4; its statistics are open, too (X8b)."""
    for table in surface.tables(scene):
        if table.rls_enabled or not any(parent.rls_enabled for parent in _above(scene, table)):
            continue
        who, grants = surface.given(scene, "rawd", table.acl, table.owner)
        reached = scene.reach.who("rawd", table)
        if not reached:
            continue
        parent = next(p for p in _above(scene, table) if p.rls_enabled)
        letters = "".join(sorted({p for g in grants for p in g.privileges} & set("rawd")))
        yield Found(
            str(table.name),
            f"{surface.roles_text(reached)} may name it instead of {parent.name}, whose policies are not asked then",
            detail="a new partition or child has neither row security nor policies; statistics of it are open, too",
            hint="\n".join(
                (
                    f"alter table {table.name.sql} enable row level security;",
                    f"alter table {table.name.sql} force row level security;",
                    *((surface.take_back(letters, table.name.sql, grants),) if who else ()),
                )
            ),
        )


def parent_open(scene: Scene) -> Iterable[Found]:
    """A parent without row security shows the rows of a child that has it: O4b."""
    for table in surface.tables(scene):
        closed = [c for c in scene.family(table.name)[1:] if c.rls_enabled]
        reached = scene.reach.who("rwd", table)
        if table.rls_enabled or not closed or not reached:
            continue
        policies = {p.name for c in closed for p in c.policies}
        yield Found(
            str(table.name),
            f"{surface.roles_text(reached)} may name it and get the rows of {closed[0].name}, whose policies are not"
            " asked then",
            detail=f"policies that only the child has: {', '.join(sorted(policies))}" if policies else "",
            hint=(
                "-- closed for all of them until it has the policies of its child as well\n"
                f"alter table {table.name.sql} enable row level security;"
            ),
        )


def _above(scene: Scene, table: Table) -> tuple[Table, ...]:
    """Parents and their parents, the nearest first."""
    found: dict[QualifiedName, Table] = {}
    waiting = [table]
    while waiting:
        one = waiting.pop(0)
        for name in (one.partition_of,) if one.partition_of else one.inherits:
            parent = scene.catalog.table(name)
            if parent is not None and name not in found:
                found[name] = parent
                waiting.append(parent)
    return tuple(found.values())


RULES = (
    rule("CHILD-OPEN", "A partition or child without its parent's protection", Severity.CRITICAL, child_open),
    rule("PARENT-OPEN", "A parent without its child's protection", Severity.CRITICAL, parent_open),
)
