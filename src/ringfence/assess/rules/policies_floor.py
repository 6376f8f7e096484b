"""Policies beside one another: permissive ones widen, and a restrictive one is a floor only where it stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ringfence.assess.model import Found, Scene, Severity, rule
from ringfence.assess.policies import COMMANDS, Clause
from ringfence.catalog.model import Policy, Table
from ringfence.names import QualifiedName, display_ident, quote_ident


def floor_command(scene: Scene) -> Iterable[Found]:
    """A restrictive policy for some commands leaves the others to the permissive ones: P12."""
    reached = {(name, command) for name, command, _ in _open(scene)}
    for table, floor in _floors(scene):
        covered = {c for p in table.policies if not p.permissive for c in _commands(p)}
        missing = [c for c in COMMANDS if c not in covered and (table.name, c) in reached]
        if missing and "public" in floor.policy.roles:
            yield _found(table, floor, f"does not hold for {', '.join(COMMANDS[c] for c in missing)}")


def floor_role(scene: Scene) -> Iterable[Found]:
    """A restrictive policy for some roles does not bind the others: P13."""
    reached = _open(scene)
    for table, floor in _floors(scene):
        everywhere = {c for f in _of(scene, table) if "public" in f.policy.roles for c in _commands(f.policy)}
        if "public" in floor.policy.roles or set(_commands(floor.policy)) <= everywhere:
            continue
        missing = [
            role
            for role in scene.reach.request_roles
            if not scene.protection.applies(floor.policy, role)
            and any((table.name, command, role) in reached for command in _commands(floor.policy))
        ]
        if missing:
            yield _found(table, floor, f"does not bind {', '.join(missing)}")


def _found(table: Table, floor: Clause, what: str) -> Found:
    name = quote_ident(floor.policy.name)
    return Found(
        floor.subject,
        f"restricts, but {what}",
        detail=f"{floor.spelled}\nfor the rest the permissive policies alone decide, and they let other rows through",
        hint=(
            f"drop policy {name} on {table.name.sql};\n"
            f"create policy {name} on {table.name.sql} as restrictive for all to public\n"
            f"  using ({floor.text}) with check ({floor.text});"
        ),
    )


def floor_alone(scene: Scene) -> Iterable[Found]:
    """Only restrictive policies: nobody sees a row, and no error says so."""
    for table in scene.protection.tables:
        if table.rls_enabled and table.policies and not any(p.permissive for p in table.policies):
            reached = scene.reach.who("rawd", table)
            if reached:
                yield Found(
                    str(table.name),
                    "has restrictive policies only: no row gets through, and no error says so",
                    detail="restrictive policies narrow what permissive ones let through; there is none",
                    hint=(
                        f"create policy {quote_ident('within_the_floor')} on {table.name.sql}"
                        f" for all to {', '.join(map(quote_ident, reached))} using (true) with check (true);"
                    ),
                )


def widens(scene: Scene) -> Iterable[Found]:
    """A permissive policy beside one that binds the tenant: OR, not AND (P1, P1b)."""
    for table in scene.protection.tables:
        column = scene.protection.tenant_column(table)
        if column is None or not table.rls_enabled:
            continue
        clauses = [c for c in scene.protection.of(table) if c.policy.permissive]
        tight = [c for c in clauses if column in c.bound and c.closed]
        for clause in clauses:
            beside = [c for c in tight if c.policy.name != clause.policy.name and _meet(c.policy, clause.policy)]
            if not beside or column in clause.bound or not clause.ways or scene.protection.narrowed(clause, column):
                continue
            if scene.protection.exposures(clause):
                yield Found(
                    clause.subject,
                    f"widens policy {display_ident(beside[0].policy.name)}: a row needs to pass only one of them",
                    detail=f"{clause.spelled}\n{beside[0].spelled}\npermissive policies are joined by OR",
                    hint=(
                        f"create policy {quote_ident('tenant_floor')} on {table.name.sql}\n"
                        "  as restrictive for all to public\n"
                        f"  using ({beside[0].text}) with check ({beside[0].text});"
                    ),
                )
                break  # one floor serves them all


def _meet(one: Policy, other: Policy) -> bool:
    return bool(set(_commands(one)) & set(_commands(other)))


def _commands(policy: Policy) -> str:
    return "rawd" if policy.command == "*" else policy.command


def _of(scene: Scene, table: Table) -> list[Clause]:
    """The clauses by which restrictive policies bind the rows of a table."""
    return [
        c
        for c in scene.protection.of(table)
        if not c.policy.permissive and c.ways and c.bound and (c.kind == "using" or c.policy.command == "a")
    ]


def _floors(scene: Scene) -> Iterator[tuple[Table, Clause]]:
    for table in scene.protection.tables:
        if table.rls_enabled:
            yield from ((table, clause) for clause in _of(scene, table))


def _open(scene: Scene) -> frozenset[tuple[QualifiedName, str, str]]:
    """Table, command and role wherever a permissive policy is open and nothing below it holds."""
    return frozenset(
        (opening.clause.table.name, exposure.command, exposure.role)
        for those in scene.openings.values()
        for opening in those
        for exposure in opening.exposures
    )


RULES = (
    rule("FLOOR-COMMAND", "A floor for some commands", Severity.HIGH, floor_command),
    rule("FLOOR-ROLE", "A floor for some roles", Severity.HIGH, floor_role),
    rule("FLOOR-ALONE", "A floor with nothing above it", Severity.LOW, floor_alone),
    rule("POLICY-WIDENS", "A policy that widens another", Severity.HIGH, widens),
)
