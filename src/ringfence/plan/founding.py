"""Which organization most rows of a table will belong to, asked before any of our tables exist.

The fast default of ADD COLUMN gives every present row a tenant without writing it; choosing the most frequent one
leaves the fewest rows for the backfill (law 4.4).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from ringfence.catalog.model import Catalog, TableKind
from ringfence.names import QualifiedName, quote_ident
from ringfence.plan import triggers
from ringfence.tenancy.model import (
    AssignAdopted,
    AssignByMapping,
    AssignOne,
    FoundingTenant,
    OwnColumn,
    Tenancy,
    TenantTable,
    ThroughForeignKey,
    ThroughMembership,
    Unresolved,
)

SAMPLE_ROWS = 20_000
PAGES_MIN = 128
"""A table of less than a megabyte is filled in a moment whatever its default is; not worth a question."""


def questions(tenancy: Tenancy, catalog: Catalog) -> Mapping[QualifiedName, str]:
    """For each table worth asking, SQL that gives one row: `organization_key` (text) of the most frequent tenant."""
    match tenancy.assignment:
        case AssignAdopted() | AssignOne() | AssignByMapping():
            return {}  # nothing to choose, one choice, or a mapping that is not in the database yet
        case _:
            pass
    found: dict[QualifiedName, str] = {}
    for entry in tenancy.tables:
        table = catalog.by_name[entry.name]
        if entry.column_exists or table.kind is TableKind.FOREIGN:
            continue
        if table.kind is TableKind.ORDINARY and catalog.measure(entry.name).pages < PAGES_MIN:
            continue
        chain = _chain(tenancy, entry, frozenset())
        if chain is None:
            continue
        joins, user = chain
        rows = catalog.measure(entry.name).rows_estimate
        percent = 100.0 if rows <= SAMPLE_ROWS else max(0.01, 100.0 * SAMPLE_ROWS / rows)
        # partitioned and inherited tables cannot be sampled as one; their first rows are as good a guess as any
        sample = f" tablesample system ({percent:.4f})" if table.kind is TableKind.ORDINARY else ""
        given = triggers.assignment_select(tenancy)
        found[entry.name] = (
            f"with home as materialized (\n{given}\n)\n"
            f"select pg_catalog.md5('ringfence:organization:' || home.key)::uuid::text as organization_key\n"
            f"from (select * from {entry.name.sql}{sample} limit {SAMPLE_ROWS}) t0\n"
            + "".join(f"{j}\n" for j in joins)
            + f"join home on home.user_key = {user} and home.home\n"
            f"group by home.key order by count(*) desc, home.key limit 1"
        )
    return found


def _chain(
    tenancy: Tenancy, entry: TenantTable, seen: frozenset[QualifiedName], depth: int = 0
) -> tuple[list[str], str] | None:
    """Joins from a table up to the column that names a user, following first derivations; None: no user at the end."""
    if entry.name in seen or not entry.derivations:
        return None
    derivation = entry.derivations[0]
    match derivation:
        case ThroughMembership(column):
            return [], f"t{depth}.{quote_ident(column)}"
        case ThroughForeignKey(path):
            joins: list[str] = []
            here = depth
            for hop in path:
                on = " and ".join(
                    f"t{here + 1}.{quote_ident(p)} = t{here}.{quote_ident(c)}"
                    for c, p in zip(hop.columns, hop.parent_columns, strict=True)
                )
                joins.append(f"join {hop.parent.sql} t{here + 1} on {on}")
                here += 1
            last = tenancy.by_name.get(path[-1].parent)
            if last is None:
                return None
            rest = _chain(tenancy, last, seen | {entry.name}, here)
            return None if rest is None else (joins + rest[0], rest[1])
        case OwnColumn() | FoundingTenant() | Unresolved():
            return None
        case _:
            assert_never(derivation)
