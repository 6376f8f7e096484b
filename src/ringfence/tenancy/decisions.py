"""`[isolation]` and `[contextless]` held against the database: every name must be there."""

from __future__ import annotations

from collections.abc import Iterator

from ringfence.catalog.model import Catalog
from ringfence.names import QualifiedName
from ringfence.spec.problems import nearest
from ringfence.tenancy.ground import Ground
from ringfence.tenancy.isolation import Decision, Isolation, LegacyPolicies, Notes, TableRules, Way
from ringfence.tenancy.problems import ContextlessNotFound, RequestRolesMissing, RoleNotFound

ROLE, JOB, PUBLICATION = "role:", "job:", "publication:"


def resolve_isolation(ground: Ground, tenants: frozenset[QualifiedName]) -> Isolation | None:
    """The decisions of the file; None when it does not ask for enforcement, and then nothing of it is checked."""
    spec = ground.spec
    said = spec.isolation
    if not said.enforce:
        return None
    if not spec.roles.request:
        ground.add(
            RequestRolesMissing,
            "isolation is to be enforced, but no role is named that acts for end users",
            at=spec.where("isolation", "enforce"),
            subject="roles.request",
            hint='[roles]\nrequest = ["authenticated", "anon"]    # or the login of your application',
        )
    _roles(ground)
    _names(ground)
    rules = {
        str(name): TableRules(LegacyPolicies(table.policies or said.policies), table.open_when)
        for name, table in spec.tables.items()
        if name in tenants and (table.policies or table.open_when)
    }
    return Isolation(
        owner=said.owner,
        policies=LegacyPolicies(said.policies),
        tables=rules,
        decisions={
            key: Decision(Way(entry.way), entry.reason, entry.run_once) for key, entry in spec.contextless.items()
        },
        shadow=said.shadow,
        notes=Notes(said.note),
        note_one_in=said.note_one_in,
        shadow_observations_min=spec.gates.shadow_observations_min,
        shadow_hours=spec.soak.shadow_hours,
        shared_buckets=said.shared_buckets,
        dump_role=said.dump_role,
        break_glass=said.break_glass,
        break_glass_minutes_max=said.break_glass_minutes_max,
    )


def _roles(ground: Ground) -> None:
    known = {r.name for r in ground.catalog.roles}
    said = ground.spec.isolation
    wanted = [(name, ("isolation", "break_glass", place)) for place, name in enumerate(said.break_glass)]
    if said.dump_role is not None:
        wanted.append((said.dump_role, ("isolation", "dump_role", 0)))
    for name, path in wanted:
        if known and name not in known:
            near = nearest(name, known)
            ground.add(
                RoleNotFound,
                f"the server has no role {name!r}",
                at=ground.spec.where(*path),
                subject=name,
                hint=f"did you mean {near!r}?" if near else "list the roles: psql -c '\\du'",
            )


def _names(ground: Ground) -> None:
    known = set(nameable(ground.catalog))
    for key in ground.spec.contextless:
        # jobs are rows of an extension's table, which a catalog does not hold
        if key.startswith(JOB) or key in known:
            continue
        near = nearest(key, known)
        ground.add(
            ContextlessNotFound,
            f"there is no routine, relation, role or publication {key!r}",
            at=ground.spec.where("contextless", key),
            subject=key,
            hint=f"did you mean {near!r}?" if near else "write it as `ringfence status` names it",
        )


def nameable(catalog: Catalog) -> Iterator[str]:
    """Every name that `[contextless]` may decide on, written as the file must write it."""
    for routine in catalog.routines:
        yield f"{routine.name}({routine.arguments})"
    for view in catalog.views:
        yield str(view.name)
    for table in catalog.tables:
        yield str(table.name)
    for role in catalog.roles:
        yield ROLE + role.name
    for publication in catalog.publications:
        yield PUBLICATION + publication.name
