"""The catalog as it will be: a step's declared effects applied to the catalog value.

What is predicted here is read again from the real catalog after the run, by another road (rehearse, drift detection).
A few texts cannot be predicted (a trigger's WHEN and our policies as the server prints them; the tables we create, whose
grants depend on default privileges): `comparable` blanks them on both sides, and names which.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TypeAlias, assert_never

from ringfence.catalog.model import Catalog, Column, Constraint, ConstraintKind, Table, TableKind
from ringfence.errors import RingfenceError
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
from ringfence.plan.names import POLICY_PREFIX, shown
from ringfence.plan.renaming import LaterTexts, without_aliases
from ringfence.plan.rights import (
    DefaultAclChanged,
    DefaultChanged,
    EventTriggerAdded,
    GrantsChanged,
    OwnerChanged,
    PolicyChanged,
    PolicyRemoved,
    RoutineChanged,
    RowSecurityChanged,
    SchemaGrantsChanged,
    SequenceGrantsChanged,
    ViewChanged,
    change_sequences,
    change_surroundings,
    change_table,
)

Children: TypeAlias = Mapping[QualifiedName, tuple[QualifiedName, ...]]


class EffectDoesNotFit(RingfenceError):
    """A step's declared effect cannot be applied to the catalog it should apply to."""

    code = "RF410"


def simulate(catalog: Catalog, plan: Plan, through_phase: int) -> Catalog:
    """The catalog after every step up to and including a phase; raises EffectDoesNotFit for a broken plan."""
    effects = (e for p in plan.phases if p.number <= through_phase for s in p.steps for e in s.effect)
    return apply_effects(catalog, effects)


def simulate_steps(catalog: Catalog, plan: Plan, done: frozenset[str]) -> Catalog:
    """The catalog after the steps named, in plan order."""
    effects = (e for p in plan.phases for s in p.steps if s.id in done for e in s.effect)
    return apply_effects(catalog, effects)


def apply_effects(catalog: Catalog, effects: Iterable[CatalogChange]) -> Catalog:
    """Apply effects one after the other."""
    tables = dict(catalog.by_name)
    views = list(catalog.views)
    children = dict(catalog.children)
    declared: list[tuple[QualifiedName, str]] = []
    later = LaterTexts()
    for effect in effects:
        match effect:
            case IndexAdded(name, index) if _existing(tables, name).kind is TableKind.PARTITIONED:
                declared.append((name, index.name))
                tables = _change_family(tables, children, effect)
            case TableAdded(table):
                tables[table.name] = table
            case ViewAdded(view):
                views.append(view)
            case ViewRemoved(name):
                views = [v for v in views if v.name != name]
            case SchemaAdded(schema):
                others = (s for s in catalog.schemas if s.name != schema.name)
                catalog = replace(catalog, schemas=tuple(sorted((*others, schema), key=lambda s: s.name)))
            case SchemaRemoved(name):
                catalog = replace(catalog, schemas=tuple(s for s in catalog.schemas if s.name != name))
            case TableRenamed(name, to):
                new = replace(name, name=to)
                if later.meets(name, new):
                    catalog = later.flushed(replace(catalog, tables=tuple(tables.values()), views=tuple(views)))
                    tables, views, children = dict(catalog.by_name), list(catalog.views), dict(catalog.children)
                tables[new] = replace(_existing(tables, name), name=new)
                del tables[name]
                children[new] = children.pop(name, ())
                declared = [(new if table == name else table, index) for table, index in declared]
                later.pending[name] = new
            case ColumnAdded(name, column):
                _add_column(tables, children, name, column, top=True)
            case (
                ViewChanged()
                | RoutineChanged()
                | SchemaGrantsChanged()
                | SequenceGrantsChanged()
                | DefaultAclChanged()
                | EventTriggerAdded() as change
            ):
                changed = change_surroundings(replace(catalog, views=tuple(views)), change)
                catalog, views = changed, list(changed.views)
            case OwnerChanged():
                # a sequence says in a text which table it goes with
                catalog = later.flushed(replace(catalog, tables=tuple(tables.values()), views=tuple(views)))
                tables, views, children = dict(catalog.by_name), list(catalog.views), dict(catalog.children)
                catalog = change_sequences(catalog, effect)
                tables = _change_family(tables, children, effect)
            case _:
                tables = _change_family(tables, children, effect)
    for name, index_name in declared:
        valid = _is_valid(tables, children, name, index_name)
        indexes = (replace(i, valid=valid) if i.name == index_name else i for i in tables[name].indexes)
        tables[name] = replace(tables[name], indexes=tuple(indexes))
    catalog = later.flushed(replace(catalog, tables=tuple(tables.values()), views=tuple(views)))
    return replace(
        catalog,
        tables=tuple(sorted(catalog.tables, key=lambda t: t.name)),
        views=tuple(sorted(catalog.views, key=lambda v: v.name)),
    )


def _is_valid(tables: Mapping[QualifiedName, Table], children: Children, name: QualifiedName, index: str) -> bool:
    """Whether a partitioned index is whole: valid only when every partition has a valid index attached to it.

    A run can stop between two attachments, and the catalog foreseen for that moment has the index not yet valid.
    """
    if tables[name].kind is not TableKind.PARTITIONED:
        return all(i.valid for i in tables[name].indexes if i.name == index)
    whole = QualifiedName(name.schema, index)
    attached = [
        (child, i.name) for child in _children(children, name) for i in tables[child].indexes if i.partition_of == whole
    ]
    return len(attached) == len(_children(children, name)) and all(
        _is_valid(tables, children, child, part) for child, part in attached
    )


def _existing(tables: dict[QualifiedName, Table], name: QualifiedName) -> Table:
    table = tables.get(name)
    if table is None:
        raise EffectDoesNotFit(f"there is no table {name} to change", subject=str(name))
    return table


def _add_column(
    tables: dict[QualifiedName, Table],
    children: Children,
    name: QualifiedName,
    column: Column,
    *,
    top: bool,
) -> None:
    table = _existing(tables, name)
    if table.column(column.name) is not None:
        raise EffectDoesNotFit(f"{name} has a column {column.name} already", subject=str(name))
    tables[name] = replace(table, columns=(*table.columns, replace(column, inherited=not top)))
    for child in _children(children, name):
        _add_column(tables, children, child, column, top=False)


def _children(children: Children, name: QualifiedName) -> tuple[QualifiedName, ...]:
    return children.get(name, ())


def _change_family(
    tables: dict[QualifiedName, Table], children: Children, effect: CatalogChange
) -> dict[QualifiedName, Table]:
    match effect:
        case (
            TableAdded()
            | ViewAdded()
            | ViewRemoved()
            | TableRenamed()
            | SchemaAdded()
            | SchemaRemoved()
            | ColumnAdded()
            | ViewChanged()
            | RoutineChanged()
            | SchemaGrantsChanged()
            | SequenceGrantsChanged()
            | DefaultAclChanged()
            | EventTriggerAdded()
        ):
            raise AssertionError("handled by the caller")
        case _:
            pass
    changed = dict(tables)

    def walk(name: QualifiedName, top: bool) -> None:
        table = _existing(changed, name)
        changed[name] = _change(table, effect, top)
        if _recurses(effect, table):
            for child in _children(children, name):
                walk(child, False)

    walk(effect.table, True)
    return changed


def _recurses(effect: CatalogChange, table: Table) -> bool:
    """Whether the server carries this change on to partitions or inheritance children."""
    match effect:
        case ConstraintAdded(_, constraint):
            return constraint.kind is ConstraintKind.CHECK
        case ConstraintRemoved(_, name) | ConstraintValidated(_, name):
            found = table.constraint(name)
            return found is None or found.kind is ConstraintKind.CHECK
        case ColumnNotNull():
            return True
        case TriggerAdded() | TriggerRemoved():
            return table.kind.value == "p"
        case _:
            return False


def _change(table: Table, effect: CatalogChange, top: bool) -> Table:
    match effect:
        case ColumnNotNull(_, column, constraint):
            columns = tuple(replace(c, not_null=True) if c.name == column else c for c in table.columns)
            added: tuple[Constraint, ...] = ()
            if constraint:
                added = (
                    Constraint(
                        constraint,
                        ConstraintKind.NOT_NULL,
                        f"NOT NULL {shown(column)}",
                        columns=(column,),
                        inherited=not top,
                    ),
                )
            return replace(table, columns=columns, constraints=_sorted((*table.constraints, *added)))
        case ConstraintAdded(_, constraint_):
            if table.constraint(constraint_.name) is not None:
                raise EffectDoesNotFit(
                    f"{table.name} has a constraint {constraint_.name} already", subject=str(table.name)
                )
            return replace(table, constraints=_sorted((*table.constraints, replace(constraint_, inherited=not top))))
        case ConstraintValidated(_, name):
            found = table.constraint(name)
            if found is None:
                raise EffectDoesNotFit(f"{table.name} has no constraint {name}", subject=str(table.name))
            valid = replace(found, validated=True, definition=found.definition.removesuffix(" NOT VALID"))
            return replace(table, constraints=tuple(valid if c.name == name else c for c in table.constraints))
        case ConstraintRemoved(_, name):
            return replace(table, constraints=tuple(c for c in table.constraints if c.name != name))
        case IndexAdded(_, index):
            if table.index(index.name) is not None:
                raise EffectDoesNotFit(f"{table.name} has an index {index.name} already", subject=str(table.name))
            return replace(table, indexes=tuple(sorted((*table.indexes, index), key=lambda i: i.name)))
        case IndexAttached(_, name, whole):
            return replace(
                table,
                indexes=tuple(replace(i, partition_of=whole) if i.name == name else i for i in table.indexes),
            )
        case IndexRemoved(_, name):
            return replace(table, indexes=tuple(i for i in table.indexes if i.name != name))
        case TriggerAdded(_, trigger):
            beside: tuple[Constraint, ...] = ()
            if trigger.constraint:
                beside = (
                    Constraint(
                        trigger.name,
                        ConstraintKind.TRIGGER,
                        "TRIGGER DEFERRABLE INITIALLY DEFERRED",
                        deferrable=True,
                        deferred=True,
                    ),
                )
            return replace(
                table,
                triggers=tuple(
                    sorted((*table.triggers, replace(trigger, inherited=not top)), key=lambda t: t.name.encode())
                ),
                constraints=_sorted((*table.constraints, *beside)),
            )
        case TriggerRemoved(_, name):
            return replace(
                table,
                triggers=tuple(t for t in table.triggers if t.name != name),
                constraints=tuple(
                    c for c in table.constraints if not (c.name == name and c.kind is ConstraintKind.TRIGGER)
                ),
            )
        case PolicyAdded(_, policy):
            return replace(table, policies=tuple(sorted((*table.policies, policy), key=lambda p: p.name)))
        case (
            PolicyRemoved()
            | PolicyChanged()
            | RowSecurityChanged()
            | OwnerChanged()
            | GrantsChanged()
            | DefaultChanged() as change
        ):
            return change_table(table, change)
        case (
            TableAdded()
            | ViewAdded()
            | ColumnAdded()
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


def _sorted(constraints: Iterable[Constraint]) -> tuple[Constraint, ...]:
    return tuple(sorted(constraints, key=lambda c: c.name))


def comparable(catalog: Catalog, plan: Plan) -> Catalog:
    """The catalog with what cannot be predicted blanked: texts of triggers, views and policies of ours."""
    created = _created(plan)
    if plan.compatibility:
        catalog = _views_blanked(without_aliases(catalog, {v.base: v.table.name for v in plan.compatibility}), plan)
    return replace(
        catalog,
        tables=tuple(
            replace(
                table,
                # the application may have added columns after ours came, and they stand behind it then
                columns=tuple(sorted(table.columns, key=lambda c: c.name == plan.tenancy.column)),
                triggers=tuple(
                    replace(t, definition="", update_columns=()) if "ringfence" in t.function.schema else t
                    for t in table.triggers
                ),
                policies=tuple(
                    replace(p, using="", check="") if p.name.startswith(POLICY_PREFIX) else p for p in table.policies
                ),
                # a reference to a partitioned table has one more row per partition, named by the server
                constraints=tuple(
                    c for c in table.constraints if not (c.inherited and c.kind is ConstraintKind.FOREIGN)
                ),
            )
            for table in catalog.tables
            if table.name not in created
        ),
    )


def _views_blanked(catalog: Catalog, plan: Plan) -> Catalog:
    # the server prints a view's text in another way in each major version; its columns and what it reads are compared
    ours = {name for v in plan.compatibility for name in (v.table, v.base, v.full)}
    return replace(catalog, views=tuple(replace(v, definition="") if v.name in ours else v for v in catalog.views))


def _created(plan: Plan) -> frozenset[QualifiedName]:
    return frozenset(e.table.name for p in plan.phases for s in p.steps for e in s.effect if isinstance(e, TableAdded))
