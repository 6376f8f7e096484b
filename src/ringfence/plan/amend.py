"""The application changed its own schema while the migration was under way: the plan takes it in.

The present catalog is the original one, plus what our done steps did, plus what the application did. Taking our part
away leaves the catalog a new plan is built for; its steps have the same ids for everything that has not changed, so
what is done stays done, and only what is new is left to do.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import assert_never

from ringfence.catalog.model import Catalog, ConstraintKind, Table
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
from ringfence.plan.rights import (
    DefaultAclChanged,
    DefaultChanged,
    EventTriggerAdded,
    GrantsChanged,
    OwnerChanged,
    PolicyChanged,
    PolicyRemoved,
    RightsChange,
    RoutineChanged,
    RowSecurityChanged,
    SchemaGrantsChanged,
    SequenceGrantsChanged,
    ViewChanged,
    change_sequences,
    take_surroundings_back,
    take_table_back,
)


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
            case (
                ViewChanged()
                | RoutineChanged()
                | SchemaGrantsChanged()
                | SequenceGrantsChanged()
                | DefaultAclChanged()
                | EventTriggerAdded() as change
            ):
                present = take_surroundings_back(replace(present, views=tuple(views)), change, original)
                views = list(present.views)
            case (
                PolicyRemoved()
                | PolicyChanged()
                | RowSecurityChanged()
                | OwnerChanged()
                | GrantsChanged()
                | DefaultChanged() as right
            ):
                if later.pending:
                    # a sequence says in a text which table it goes with
                    present = later.flushed(replace(present, tables=tuple(tables.values()), views=tuple(views)))
                    tables, views, children = dict(present.by_name), list(present.views), dict(present.children)
                # said of one relation, never of its partitions and children
                if right.table in tables:
                    present = _sequences_back(present, right, tables[right.table], original)
                    tables[right.table] = take_table_back(tables[right.table], right, original.table(right.table))
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


def later_policies(now: Catalog, before: Catalog, plan: Plan, done: Collection[str]) -> Mapping[str, tuple[str, ...]]:
    """Policies that the application made on tables after we had a hand in these, by str(table name).

    `now` and `before` are the catalogs without our part, of this plan and of the one before it.
    """
    found: dict[str, tuple[str, ...]] = {}
    for table in now.tables:
        tried = f"shadow/{table.name}/canary" in done or f"enforce/{table.name}/rows" in done
        if not tried or plan.tenancy.isolation is None:
            continue
        old = before.table(table.name)
        known = {p.name for p in old.policies} if old is not None else set()
        later = set(plan.tenancy.isolation.rules(table.name).later)
        names = tuple(sorted(p.name for p in table.policies if p.name not in known or p.name in later))
        if names:
            found[str(table.name)] = names
    return found


def _sequences_back(present: Catalog, right: RightsChange, table: Table, original: Catalog) -> Catalog:
    before = original.table(right.table)
    if not isinstance(right, OwnerChanged) or before is None or table.owner != right.owner:
        return present
    return change_sequences(present, replace(right, owner=before.owner))


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
            # a constraint trigger is a constraint too
            return replace(
                table,
                triggers=tuple(t for t in table.triggers if t.name != trigger.name),
                constraints=tuple(
                    c for c in table.constraints if not (c.name == trigger.name and c.kind is ConstraintKind.TRIGGER)
                ),
            )
        case PolicyAdded(_, policy):
            return replace(table, policies=tuple(p for p in table.policies if p.name != policy.name))
        case ConstraintValidated() | IndexAttached() | TriggerRemoved():
            return table
        case (
            TableAdded()
            | ViewAdded()
            | PolicyRemoved()
            | PolicyChanged()
            | RowSecurityChanged()
            | OwnerChanged()
            | GrantsChanged()
            | DefaultChanged()
            | ViewChanged()
            | RoutineChanged()
            | SchemaGrantsChanged()
            | SequenceGrantsChanged()
            | DefaultAclChanged()
            | EventTriggerAdded()
            | ViewRemoved()
            | TableRenamed()
            | SchemaAdded()
            | SchemaRemoved()
        ):
            raise AssertionError("handled by the caller")
        case _:
            assert_never(effect)
