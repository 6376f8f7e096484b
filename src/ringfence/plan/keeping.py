"""What an amended plan has no place for any more and still stands: its steps are kept, or nobody would undo them.

A decision that changes (a reference put off, or wanted now) and a newer Ringfence (which makes fewer keys) build a plan
without steps that are done. What they made is there all the same: it would be taken for the application's own at the
next look at the catalog, and a revert would leave it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from ringfence.catalog.model import Catalog, Table
from ringfence.names import QualifiedName
from ringfence.plan.model import (
    CatalogChange,
    ConstraintAdded,
    ConstraintValidated,
    IndexAdded,
    IndexAttached,
    IndexRemoved,
    Phase,
    Plan,
    Step,
    TriggerAdded,
)


def keep_standing(plan: Plan, former: Plan, done: Collection[str], present: Catalog) -> Plan:
    """The plan with the done steps of the one before it whose indexes, constraints and triggers stand, in their places.

    Steps of a phase that the plan lacks are not kept, nor is one whose object the plan makes under another step's id.
    """
    known = plan.steps_by_id
    made = {thing for _, step in known.values() for thing in _things(step)}
    bases = {view.table: view.base for view in former.compatibility}
    kept = frozenset(
        step.id
        for step_id, (_, step) in former.steps_by_id.items()
        if step_id in done and step_id not in known and not made & set(_things(step)) and _stands(step, present, bases)
    )
    if not kept:
        return plan
    befores = {phase.number: phase for phase in former.phases}
    phases = tuple(
        _merged(phase, befores[phase.number], kept) if phase.number in befores else phase for phase in plan.phases
    )
    there = {step.id for phase in phases for step in phase.steps} & kept
    notes = tuple(
        f"{step_id} is done and kept until a revert, though nothing asks for it now" for step_id in sorted(there)
    )
    return replace(plan, phases=phases, notes=(*plan.notes, *notes))


def _merged(phase: Phase, before: Phase, kept: Collection[str]) -> Phase:
    """Each kept step behind the one it stood behind, so that they are undone in the order they need."""
    steps = list(phase.steps)
    behind = 0
    for step in before.steps:
        if step.id in kept:
            steps.insert(behind, step)
            behind += 1
        else:
            behind = next((n for n, other in enumerate(steps, 1) if other.id == step.id), behind)
    return replace(phase, steps=tuple(steps))


def _things(step: Step) -> Iterator[tuple[QualifiedName, str, str]]:
    for effect in step.effect:
        match effect:
            case IndexAdded(table, index):
                yield table, "index", index.name
            case ConstraintAdded(table, constraint):
                yield table, "constraint", constraint.name
            case TriggerAdded(table, trigger):
                yield table, "trigger", trigger.name
            case _:
                pass


def _stands(step: Step, present: Catalog, bases: Mapping[QualifiedName, QualifiedName]) -> bool:
    again = {effect.index.name for effect in step.effect if isinstance(effect, IndexAdded)}
    # an index that becomes a constraint goes and comes in one step
    effects = [e for e in step.effect if not (isinstance(e, IndexRemoved) and e.index in again)]
    return bool(effects) and all(_there(effect, present, bases) for effect in effects)


def _there(effect: CatalogChange, present: Catalog, bases: Mapping[QualifiedName, QualifiedName]) -> bool:
    match effect:
        case IndexAdded(name, index):
            table = _table(name, present, bases)
            return table is not None and table.index(index.name) is not None
        case IndexAttached(name, index_name, _):
            table = _table(name, present, bases)
            return table is not None and table.index(index_name) is not None
        case ConstraintAdded(name, constraint):
            table = _table(name, present, bases)
            return table is not None and table.constraint(constraint.name) is not None
        case ConstraintValidated(name, constraint_name):
            table = _table(name, present, bases)
            return table is not None and table.constraint(constraint_name) is not None
        case TriggerAdded(name, trigger):
            table = _table(name, present, bases)
            return table is not None and any(t.name == trigger.name for t in table.triggers)
        case _:
            return False


def _table(name: QualifiedName, present: Catalog, bases: Mapping[QualifiedName, QualifiedName]) -> Table | None:
    """A table behind a compatibility view has another name for that long."""
    return present.table(bases.get(name, name)) or present.table(name)
