"""Changes of who may see and do what: row security, owners, grants, and the views and routines that reach tables.

Each is a value with the state that follows, found from the catalog when the step was made; applying one is all this
room does. They are members of `CatalogChange`, told apart by whether one table changes or something beside tables.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias, assert_never

from ringfence.catalog.model import Catalog, DefaultAcl, EventTrigger, Policy, Routine, Table, View
from ringfence.names import QualifiedName, display_ident
from ringfence.plan import acl

# --- of one table ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PolicyRemoved:
    """A policy goes."""

    table: QualifiedName
    policy: str


@dataclass(frozen=True, slots=True)
class PolicyChanged:
    """A policy keeps its name, kind and roles and says something else."""

    table: QualifiedName
    policy: Policy


@dataclass(frozen=True, slots=True)
class RowSecurityChanged:
    """Row security is switched, for everybody but the owner, or for the owner too."""

    table: QualifiedName
    enabled: bool
    forced: bool


@dataclass(frozen=True, slots=True)
class OwnerChanged:
    """A table and the sequences its columns own get another owner, who takes the old one's place in every grant."""

    table: QualifiedName
    owner: str


@dataclass(frozen=True, slots=True)
class GrantsChanged:
    """The access list of a table, and those of single columns where they change."""

    table: QualifiedName
    acl: tuple[str, ...]
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DefaultChanged:
    """A column gets another default; None: it has none."""

    table: QualifiedName
    column: str
    default: str | None


RightsChange: TypeAlias = (
    PolicyRemoved | PolicyChanged | RowSecurityChanged | OwnerChanged | GrantsChanged | DefaultChanged
)


# --- beside tables -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ViewChanged:
    """A view's options, owner or grants; its text stays."""

    view: View


@dataclass(frozen=True, slots=True)
class RoutineChanged:
    """A routine's owner, or as whom it runs."""

    routine: Routine


@dataclass(frozen=True, slots=True)
class SchemaGrantsChanged:
    """The access list of a schema."""

    schema: str
    acl: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SequenceGrantsChanged:
    """The access list of a sequence."""

    sequence: QualifiedName
    acl: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DefaultAclChanged:
    """What new objects of one kind are granted; an empty list: nothing beyond what the server gives anyway."""

    role: str
    schema: str | None
    object_type: str
    acl: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EventTriggerAdded:
    """An event trigger appears."""

    event_trigger: EventTrigger


SurroundingsChange: TypeAlias = (
    ViewChanged | RoutineChanged | SchemaGrantsChanged | SequenceGrantsChanged | DefaultAclChanged | EventTriggerAdded
)


# --- forward -----------------------------------------------------------------------------------------------------


def change_table(table: Table, change: RightsChange) -> Table:
    """The table after the change."""
    match change:
        case PolicyRemoved(_, name):
            return replace(table, policies=tuple(p for p in table.policies if p.name != name))
        case PolicyChanged(_, policy):
            return replace(table, policies=tuple(policy if p.name == policy.name else p for p in table.policies))
        case RowSecurityChanged(_, enabled, forced):
            return replace(table, rls_enabled=enabled, rls_forced=forced)
        case OwnerChanged(_, owner):
            return replace(
                table,
                owner=owner,
                acl=acl.owner_changed(table.acl, table.owner, owner),
                columns=tuple(
                    replace(c, acl=acl.owner_changed(c.acl, table.owner, owner)) if c.acl else c for c in table.columns
                ),
            )
        case GrantsChanged(_, items, columns):
            return replace(
                table,
                acl=items,
                columns=tuple(replace(c, acl=columns[c.name]) if c.name in columns else c for c in table.columns),
            )
        case DefaultChanged(_, column, default):
            return replace(
                table, columns=tuple(replace(c, default=default) if c.name == column else c for c in table.columns)
            )
        case _:
            assert_never(change)


def change_sequences(catalog: Catalog, change: OwnerChanged) -> Catalog:
    """The sequences that a table's columns own, after the table got another owner."""
    prefix = owned_by_prefix(change.table)
    return replace(
        catalog,
        sequences=tuple(
            replace(s, owner=change.owner, acl=acl.owner_changed(s.acl, s.owner, change.owner))
            if s.owned_by is not None and s.owned_by.startswith(prefix)
            else s
            for s in catalog.sequences
        ),
    )


def owned_by_prefix(table: QualifiedName) -> str:
    """How the catalog begins the owner of a sequence, before the column."""
    return f"{display_ident(table.schema)}.{display_ident(table.name)}."


def change_surroundings(catalog: Catalog, change: SurroundingsChange) -> Catalog:
    """The catalog after the change."""
    match change:
        case ViewChanged(view):
            return replace(catalog, views=tuple(view if v.name == view.name else v for v in catalog.views))
        case RoutineChanged(routine):
            key = (routine.name, routine.arguments)
            return replace(
                catalog, routines=tuple(routine if (r.name, r.arguments) == key else r for r in catalog.routines)
            )
        case SchemaGrantsChanged(schema, items):
            return replace(
                catalog, schemas=tuple(replace(s, acl=items) if s.name == schema else s for s in catalog.schemas)
            )
        case SequenceGrantsChanged(sequence, items):
            return replace(
                catalog,
                sequences=tuple(replace(s, acl=items) if s.name == sequence else s for s in catalog.sequences),
            )
        case DefaultAclChanged(role, in_schema, kind, items):
            return replace(catalog, default_acls=_defaults(catalog.default_acls, role, in_schema, kind, items))
        case EventTriggerAdded(added):
            others = (t for t in catalog.event_triggers if t.name != added.name)
            return replace(catalog, event_triggers=tuple(sorted((*others, added), key=lambda t: t.name)))
        case _:
            assert_never(change)


def _defaults(
    present: Iterable[DefaultAcl], role: str, schema: str | None, kind: str, items: tuple[str, ...]
) -> tuple[DefaultAcl, ...]:
    others = [d for d in present if (d.role, d.schema, d.object_type) != (role, schema, kind)]
    wanted = [DefaultAcl(role, schema, kind, items)] if items else []
    return tuple(sorted((*others, *wanted), key=lambda d: (d.role, d.schema or "", d.object_type)))


# --- back: a plan that is amended --------------------------------------------------------------------------------


def take_table_back(table: Table, change: RightsChange, before: Table | None) -> Table:
    """The table as if the step had not run; `before` is the table as it was when the plan was made.

    What the application changed in the same place meanwhile stays, since it was not the step that made it so.
    """
    if before is None:
        return table
    match change:
        case PolicyRemoved(_, name) | PolicyChanged(_, Policy(name=name)):
            old = next((p for p in before.policies if p.name == name), None)
            others = tuple(p for p in table.policies if p.name != name)
            there = len(others) != len(table.policies)
            if old is None or (there and isinstance(change, PolicyRemoved)):
                return table
            return replace(table, policies=tuple(sorted((*others, old), key=lambda p: p.name)))
        case RowSecurityChanged(_, enabled, forced):
            ours = (table.rls_enabled, table.rls_forced) == (enabled, forced)
            return replace(table, rls_enabled=before.rls_enabled, rls_forced=before.rls_forced) if ours else table
        case OwnerChanged(_, owner):
            if table.owner != owner:
                return table
            return change_table(table, OwnerChanged(table.name, before.owner))
        case GrantsChanged(_, items, columns):
            back = table
            if table.acl == items:
                back = replace(back, acl=before.acl)
            old_columns = {c.name: c.acl for c in before.columns}
            return replace(
                back,
                columns=tuple(
                    replace(c, acl=old_columns[c.name])
                    if c.name in old_columns and c.acl == columns.get(c.name, ("?",))
                    else c
                    for c in back.columns
                ),
            )
        case DefaultChanged(_, column, _):
            old_default = next((c.default for c in before.columns if c.name == column), None)
            return change_table(table, DefaultChanged(table.name, column, old_default))
        case _:
            assert_never(change)


def take_surroundings_back(catalog: Catalog, change: SurroundingsChange, before: Catalog) -> Catalog:
    """The catalog as if the step had not run."""
    match change:
        case ViewChanged(view):
            old = next((v for v in before.views if v.name == view.name), None)
            now = next((v for v in catalog.views if v.name == view.name), None)
            if old is None or now is None:
                return catalog
            return change_surroundings(
                catalog, ViewChanged(replace(now, options=old.options, owner=old.owner, acl=old.acl))
            )
        case RoutineChanged(routine):
            key = (routine.name, routine.arguments)
            was = next((r for r in before.routines if (r.name, r.arguments) == key), None)
            return catalog if was is None else change_surroundings(catalog, RoutineChanged(was))
        case SchemaGrantsChanged(schema, _):
            kept = next((s for s in before.schemas if s.name == schema), None)
            return catalog if kept is None else change_surroundings(catalog, SchemaGrantsChanged(schema, kept.acl))
        case SequenceGrantsChanged(sequence, _):
            # its owner goes back with its table, and takes the grants along
            first = next((s for s in before.sequences if s.name == sequence), None)
            now_ = next((s for s in catalog.sequences if s.name == sequence), None)
            if first is None or now_ is None:
                return catalog
            items = acl.owner_changed(first.acl, first.owner, now_.owner)
            return change_surroundings(catalog, SequenceGrantsChanged(sequence, items))
        case DefaultAclChanged(role, in_schema, kind, _):
            given = next(
                (d.acl for d in before.default_acls if (d.role, d.schema, d.object_type) == (role, in_schema, kind)), ()
            )
            return change_surroundings(catalog, DefaultAclChanged(role, in_schema, kind, given))
        case EventTriggerAdded(added):
            return replace(catalog, event_triggers=tuple(t for t in catalog.event_triggers if t.name != added.name))
        case _:
            assert_never(change)
