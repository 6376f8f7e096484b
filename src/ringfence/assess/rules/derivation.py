"""Whether every row can get its tenant the way the spec says. Nothing here looks without a tenancy."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ringfence.assess.model import Found, Rule, Scene, Severity
from ringfence.catalog.model import Constraint, Table
from ringfence.names import QualifiedName, quote_ident
from ringfence.tenancy.model import (
    FoundingTenant,
    OrphanRule,
    OwnColumn,
    TenantTable,
    ThroughForeignKey,
    ThroughMembership,
    Unresolved,
)


def unresolved(scene: Scene) -> Iterable[Found]:
    """A plan cannot be built while nobody has decided whose rows a table holds."""
    for entry in scene.tenancy.unresolved if scene.tenancy is not None else ():
        reasons = [d.reason for d in entry.derivations if isinstance(d, Unresolved)]
        yield Found(
            str(entry.name),
            "nothing says whose rows these are",
            detail="\n".join(reasons),
            hint=(
                f'# in ringfence.toml, one of\n[tables."{entry.name}"]\nscope = "tenant"\n'
                f'derive = "<column> -> <schema.table>"\n# or\nscope = "shared"\n# or\nscope = "excluded"'
            ),
        )


def column_taken(scene: Scene) -> Iterable[Found]:
    """The tenant column's name means something else in a table or in one of its children."""
    if scene.tenancy is None:
        return
    for entry in scene.tenancy.tables:
        for table in scene.family(entry.name):
            column = table.column(entry.column)
            if column is None or (column.base_type or column.type) == scene.tenancy.type:
                continue
            yield Found(
                f"{table.name} column {entry.column}",
                f"is {column.type} and would have to be {scene.tenancy.type} to hold a tenant",
                detail="a column of that name with another meaning (an OAuth client, a business record) must stay",
                hint='# in ringfence.toml choose another name\n[tenant]\ncolumn = "tenant_id"',
            )


def generated(scene: Scene) -> Iterable[Found]:
    """A BEFORE trigger sees generated columns as null, and one made from the tenant changes with it."""
    for entry, table in _entries(scene):
        for name in sorted(_deriving(entry)):
            column = table.column(name)
            if column is not None and column.generated:
                yield Found(
                    f"{table.name} column {name}",
                    "is generated, and a fill trigger runs before it has its value: every new row would be an orphan",
                    detail=f"generated always as ({column.default})",
                    hint=(
                        f'# in ringfence.toml derive from a column it is made of\n[tables."{entry.name}"]\n'
                        f'derive = "<column> -> <schema.table>"'
                    ),
                )
        own = table.column(entry.column)
        if own is not None and own.generated:
            yield Found(
                f"{table.name} column {entry.column}",
                "is generated: it cannot be filled",
                detail=f"generated always as ({own.default})",
                hint='# in ringfence.toml choose another name\n[tenant]\ncolumn = "tenant_id"',
            )
        if entry.column_exists:
            for column in table.columns:
                if column.generated and _mentions(column.default or "", entry.column):
                    yield Found(
                        f"{table.name} column {column.name}",
                        f"is generated from {entry.column} and changes with it: a batch could not prove that it changed"
                        " nothing else",
                        detail=f"generated always as ({column.default})",
                        hint='# in ringfence.toml choose another name\n[tenant]\ncolumn = "tenant_id"',
                    )


def _mentions(expression: str, column: str) -> bool:
    return (
        re.search(rf"(?<![\w\"]){re.escape(column)}(?![\w\"])", expression) is not None
        or quote_ident(column) in expression
    )


def orphans(scene: Scene) -> Iterable[Found]:
    """Rows may have no parent to derive from, now or later."""
    for entry, table in _entries(scene):
        last = entry.derivations[-1] if entry.derivations else None
        if isinstance(last, FoundingTenant) or not entry.derivations:
            continue
        reasons = [r for d in entry.derivations for r in _weak(scene, table, d)]
        strong = [d for d in entry.derivations if not _weak(scene, table, d)]
        if strong or not reasons:
            continue
        quarantined = entry.orphans is OrphanRule.QUARANTINE and scene.tenancy is not None
        yield Found(
            str(entry.name),
            "may hold rows that nothing says the tenant of: "
            + (
                "they go to the quarantine organization, where no user sees them"
                if quarantined
                else "the backfill stops at the first one"
            ),
            detail="\n".join(reasons),
            hint=(
                f'# in ringfence.toml: a last resort, or a second way to derive\n[tables."{entry.name}"]\n'
                f'derive = [.., "founding"]'
            ),
        )


def _weak(scene: Scene, table: Table, derivation: object) -> list[str]:
    """Why a derivation may give no value for some row; empty when it always gives one."""
    match derivation:
        case OwnColumn(column):
            return _nullable(table, (column,))
        case ThroughMembership(column):
            assert scene.tenancy is not None
            if table.name == scene.tenancy.users.table and column == scene.tenancy.users.key:
                return []
            return _nullable(table, (column,)) + _unheld(table, (column,), scene.tenancy.users.table)
        case ThroughForeignKey(path):
            found: list[str] = []
            here: Table | None = table
            for hop in path:
                if here is None:
                    break
                found += _nullable(here, hop.columns) + _unheld(here, hop.columns, hop.parent)
                here = scene.catalog.table(hop.parent)
            return found
        case _:
            return []


def _nullable(table: Table, columns: tuple[str, ...]) -> list[str]:
    found = (table.column(c) for c in columns)
    return [f"{table.name}.{c.name} may be null" for c in found if c is not None and not c.not_null]


def _unheld(table: Table, columns: tuple[str, ...], parent: QualifiedName) -> list[str]:
    key = _key(table, columns, parent)
    shown = f"{table.name} ({', '.join(columns)})"
    if key is None:
        return [f"no foreign key makes {shown} refer to a row of {parent} that exists"]
    found = []
    if not key.enforced:
        found.append(f"{key.name} of {table.name} is not enforced")
    elif not key.validated:
        found.append(f"{key.name} of {table.name} is not validated: older rows may refer to nothing")
    if key.on_delete in ("n", "d"):
        found.append(f"{key.name} of {table.name} loses the parent when it is deleted (ON DELETE SET NULL or DEFAULT)")
    return found


def _key(table: Table, columns: tuple[str, ...], parent: QualifiedName) -> Constraint | None:
    fitting = [k for k in table.foreign_keys if set(k.columns) == set(columns) and k.references == parent]
    return fitting[0] if fitting else None


def _entries(scene: Scene) -> Iterable[tuple[TenantTable, Table]]:
    for entry in scene.tenancy.tables if scene.tenancy is not None else ():
        table = scene.catalog.table(entry.name)
        if table is not None:
            yield entry, table


def _deriving(entry: TenantTable) -> set[str]:
    found: set[str] = set()
    for derivation in entry.derivations:
        match derivation:
            case ThroughMembership(column):
                found.add(column)
            case ThroughForeignKey(path):
                found.update(path[0].columns)
            case _:
                pass
    return found - {entry.column}


RULES = (
    Rule("RFA-UNRESOLVED", "A table nobody decided on", Severity.ERROR, "reference/rules/unresolved.md", unresolved),
    Rule(
        "RFA-COLUMN-TAKEN",
        "The tenant column's name means something else",
        Severity.ERROR,
        "reference/rules/column-taken.md",
        column_taken,
    ),
    Rule(
        "RFA-GENERATED",
        "A generated column stands in the derivation",
        Severity.ERROR,
        "reference/rules/generated.md",
        generated,
    ),
    Rule("RFA-ORPHANS", "Rows may have no tenant", Severity.WARNING, "reference/rules/orphans.md", orphans),
)
