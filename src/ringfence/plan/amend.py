"""The application changed its own schema while the migration was under way: the plan takes it in.

The present catalog is the original one, plus what our done steps did, plus what the application did. Taking our part
away leaves the catalog a new plan is built for; its steps have the same ids for everything that has not changed, so
what is done stays done, and only what is new is left to do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import assert_never

from ringfence.catalog.model import Catalog, Table
from ringfence.names import QualifiedName
from ringfence.plan.model import (
    CatalogChange,
    ColumnAdded,
    ColumnNotNull,
    ConstraintAdded,
    ConstraintRemoved,
    ConstraintValidated,
    IndexAdded,
    IndexAttached,
    IndexRemoved,
    Plan,
    PolicyAdded,
    SchemaAdded,
    SchemaRemoved,
    TableAdded,
    TableRenamed,
    TriggerAdded,
    TriggerRemoved,
    ViewAdded,
    ViewRemoved,
)
from ringfence.plan.renaming import LaterTexts, without_aliases


def without_ours(present: Catalog, original: Catalog, plan: Plan) -> Catalog:
    """The present catalog without anything that the plan's steps add, and with what they remove put back."""
    effects = [e for p in plan.phases for s in p.steps for e in s.effect]
    known_as = {view.base: view.table for view in plan.compatibility}
    if plan.compatibility:
        present = without_aliases(present, {view.base: view.table.name for view in plan.compatibility})
    tables = {t.name: t for t in present.tables}
    views = list(present.views)
    children = dict(present.children)
    later = LaterTexts()
    for effect in reversed(effects):
        match effect:
            case TableAdded(table):
                tables.pop(table.name, None)
            case ViewAdded(view):
                views = [v for v in views if v.name != view.name]
            case SchemaAdded(schema):
                present = replace(present, schemas=tuple(s for s in present.schemas if s.name != schema.name))
            case TableRenamed(name, to):
                now = replace(name, name=to)
                if now in tables and name not in tables:
                    if later.meets(now, name):
                        present = later.flushed(replace(present, tables=tuple(tables.values()), views=tuple(views)))
                        tables, views, children = dict(present.by_name), list(present.views), dict(present.children)
                    tables[name] = replace(tables.pop(now), name=name)
                    children[name] = children.pop(now, ())
                    later.pending[now] = name
            case ViewRemoved() | SchemaRemoved():
                pass  # ours from beginning to end: what removed it also stands behind what added it
            case _:
                for name in _family(children, effect.table):
                    if name in tables:
                        before = original.table(known_as.get(name, name))
                        tables[name] = _take_back(tables[name], effect, before)
    present = later.flushed(replace(present, tables=tuple(tables.values()), views=tuple(views)))
    return replace(
        present,
        tables=tuple(sorted(present.tables, key=lambda t: t.name)),
        server_version=present.server_version,
    )


def _family(children: Mapping[QualifiedName, Sequence[QualifiedName]], name: QualifiedName) -> Iterable[QualifiedName]:
    yield name
    for child in children.get(name, ()):
        yield from _family(children, child)


def _take_back(table: Table, effect: CatalogChange, before: Table | None) -> Table:
    match effect:
        case ColumnAdded(_, column):
            return replace(
                table,
                columns=tuple(c for c in table.columns if c.name != column.name),
                constraints=tuple(c for c in table.constraints if column.name not in c.columns),
                indexes=tuple(i for i in table.indexes if column.name not in i.columns),
            )
        case ColumnNotNull(_, column_name, constraint):
            old = before.column(column_name) if before else None
            nullable = old is not None and not old.not_null
            return replace(
                table,
                columns=tuple(
                    replace(c, not_null=False) if c.name == column_name and nullable else c for c in table.columns
                ),
                constraints=tuple(c for c in table.constraints if not (nullable and c.name == constraint)),
            )
        case ConstraintAdded(_, added):
            return replace(table, constraints=tuple(c for c in table.constraints if c.name != added.name))
        case ConstraintRemoved(_, name):
            back = before.constraint(name) if before else None
            if back is None or table.constraint(name) is not None:
                return table
            return replace(table, constraints=tuple(sorted((*table.constraints, back), key=lambda c: c.name)))
        case IndexAdded(_, index):
            return replace(table, indexes=tuple(i for i in table.indexes if i.name != index.name))
        case IndexRemoved(_, name):
            gone = before.index(name) if before else None
            if gone is None or table.index(name) is not None:
                return table
            return replace(table, indexes=tuple(sorted((*table.indexes, gone), key=lambda i: i.name)))
        case TriggerAdded(_, trigger):
            return replace(table, triggers=tuple(t for t in table.triggers if t.name != trigger.name))
        case PolicyAdded(_, policy):
            return replace(table, policies=tuple(p for p in table.policies if p.name != policy.name))
        case ConstraintValidated() | IndexAttached() | TriggerRemoved():
            return table
        case TableAdded() | ViewAdded() | ViewRemoved() | TableRenamed() | SchemaAdded() | SchemaRemoved():
            raise AssertionError("handled by the caller")
        case _:
            assert_never(effect)
