"""What phase 6 does for isolation: rows belong to their tenant for whoever asks, the tables' owner included."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ringfence.catalog.model import Catalog
from ringfence.plan import files, policies
from ringfence.plan.enforcing import gates, reach, surroundings, tables
from ringfence.plan.enforcing.inventory import inventory
from ringfence.plan.enforcing.trials import trials
from ringfence.plan.installing import context
from ringfence.plan.model import Check, Phase, PlanRefused, Step
from ringfence.plan.roles import canaries_of
from ringfence.plan.simulate import apply_effects
from ringfence.plan.uniqueness import old_clients_left
from ringfence.tenancy.isolation import Isolation
from ringfence.tenancy.model import Tenancy


@dataclass(frozen=True, slots=True)
class Enforcement:
    """The part of phase 6 that enforces isolation: steps in order, and the checks of its gates."""

    entry: tuple[Check, ...]
    steps: tuple[Step, ...]
    exit: tuple[Check, ...]


NOTHING = Enforcement((), (), ())
SHADOW = 4
"""The phase that installs the helpers and tries the floor, where the plan has it."""


def enforce(tenancy: Tenancy, catalog: Catalog, isolation: Isolation, earlier: Sequence[Phase]) -> Enforcement:
    """Make it from the catalog before phase 1 and the phases that come before, under the tables' own names.

    Raises PlanRefused when the migrating role serves requests, or the application has policies of our names.
    """
    _refuse(tenancy, catalog)
    readers = inventory(tenancy, catalog, isolation)
    before = catalog
    shadowed = [phase for phase in earlier if phase.number == SHADOW]
    catalog = apply_effects(catalog, (e for phase in shadowed for step in phase.steps for e in step.effect))
    floors = {f"shadow/{table.name}/canary" for _, table in tables.relations(tenancy, catalog)}
    floored = frozenset(s.table for p in shadowed for s in p.steps if s.id in floors and s.table is not None)
    canary = next(iter(canaries_of(tenancy, before).values()), None) if floored else None
    steps: list[Step] = []

    def add(found: Iterable[Step]) -> None:
        nonlocal catalog
        for step in found:
            steps.append(step)
            catalog = apply_effects(catalog, step.effect)

    if not shadowed:
        add([context(tenancy, catalog, "enforce")])
    add([surroundings.writer(tenancy)])
    add(surroundings.registry(readers, isolation))
    add(surroundings.own_functions(earlier))
    add(surroundings.break_glass(isolation))
    add([surroundings.owner_role(tenancy, isolation, catalog)])
    add(reach.before_tables(tenancy, isolation, catalog, readers))
    add(tuple(tables.unique_within(tenancy, catalog, earlier)))
    for entry, table in tuple(tables.relations(tenancy, catalog)):
        now, was = catalog.by_name[table.name], before.by_name[table.name]
        add([tables.protect(tenancy, isolation, catalog, entry, now, was)])
    stored = files.table(tenancy, catalog, isolation)
    if stored is not None:
        if not any(step.id == "shadow/files" for phase in shadowed for step in phase.steps):
            add([files.helper(tenancy, "enforce")])
        add([files.floor(tenancy, isolation, stored)])
    add(tuple(tables.taken_over(tenancy, isolation, catalog)))
    add(tuple(tables.shared_kept(tenancy, catalog)))
    for reader in readers:
        add(reach.after_tables(tenancy, isolation, catalog, [reader]))
    add(tuple(tables.views_rows_only(tenancy, catalog)))
    add(surroundings.default_privileges(tenancy, catalog))
    add(surroundings.new_tables(tenancy, isolation, catalog))
    return Enforcement(
        (
            *gates.entry_checks(tenancy, isolation, before, readers),
            *trials(tenancy, isolation, before, readers, canary=canary, floored=floored),
            *files.checks_before(tenancy, before, isolation),
            *old_clients_left(tenancy),
        ),
        tuple(steps),
        (*gates.exit_checks(tenancy, isolation, before), *files.checks_after(tenancy, before, isolation)),
    )


def _refuse(tenancy: Tenancy, catalog: Catalog) -> None:
    if catalog.current_user in tenancy.request_roles:
        raise PlanRefused(
            f"{catalog.current_user} migrates and serves requests: what it owns or passes, every request would",
            subject=catalog.current_user,
            hint="migrate as an administrator, or let the application log in as a role of its own",
        )
    policies.refuse_own_names(table for _, table in tables.relations(tenancy, catalog))
