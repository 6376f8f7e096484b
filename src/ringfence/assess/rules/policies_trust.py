"""Tables that policies believe: whoever writes memberships is a member of every tenant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ringfence.assess import repair
from ringfence.assess.facts import Flag
from ringfence.assess.model import Found, Scene, Severity, rule
from ringfence.assess.policies import Clause, Exposure
from ringfence.assess.terms import Own, leaves
from ringfence.catalog.model import ConstraintKind, Table
from ringfence.names import QualifiedName, quote_ident
from ringfence.tenancy.model import Memberships
from ringfence.tenancy.platform_tables import platform_reason


def self_join(scene: Scene) -> Iterable[Found]:
    """INSERT into a membership table that asks only who, not where to: P14."""
    for table, columns, believers in _believed(scene):
        for clause in scene.protection.of(table):
            exposed = _free(scene, clause, "a", columns)
            if exposed:
                yield Found(
                    clause.subject,
                    f"lets {_who(exposed)} choose {', '.join(sorted(columns))} when inserting",
                    detail=_detail(clause, believers, "inserting one's own membership joins any tenant"),
                    hint=_closed(scene, clause),
                )


def self_edit(scene: Scene) -> Iterable[Found]:
    """UPDATE of the columns that policies believe: P15, P16."""
    for table, columns, believers in _believed(scene):
        for clause in scene.protection.of(table):
            if clause.kind == "using" and clause.policy.check is not None:
                continue
            changeable = {
                c for c in columns if any(scene.reach.may_on(r, "w", table, c) for r in scene.reach.request_roles)
            }
            exposed = _free(scene, clause, "w", frozenset(changeable)) if changeable else ()
            if exposed:
                grants = ", ".join(quote_ident(c.name) for c in table.columns if c.name not in columns)
                who = ", ".join(quote_ident(r) for r in sorted({e.role for e in exposed}))
                yield Found(
                    clause.subject,
                    f"lets {_who(exposed)} change {', '.join(sorted(changeable))}",
                    detail=_detail(clause, believers, "a privilege on columns is what keeps them"),
                    hint=(
                        f"revoke update on {table.name.sql} from public, {who};\n"
                        f"grant update ({grants}) on {table.name.sql} to {who};"
                        if grants
                        else f"revoke update on {table.name.sql} from public, {who};"
                    ),
                )


def trusted_open(scene: Scene) -> Iterable[Found]:
    """A table that policies read, that request roles write, and that nothing protects: P26."""
    for table, columns, believers in _believed(scene):
        writers = [r for r in scene.reach.request_roles if any(scene.reach.may_on(r, p, table) for p in "aw")]
        if table.rls_enabled or not writers:
            continue
        named = ", ".join(map(quote_ident, writers))
        yield Found(
            str(table.name),
            f"decides what policies let through ({', '.join(sorted(columns))}), and {', '.join(writers)} may write it",
            detail=f"read by {', '.join(c.subject for c in believers[:3])}; its row security is off",
            hint=f"revoke insert, update, delete on {table.name.sql} from public, {named};",
        )


def _believed(scene: Scene) -> Iterator[tuple[Table, frozenset[str], tuple[Clause, ...]]]:
    """Tables whose columns decide for the rows of others: table, columns, the clauses that read them."""
    columns: dict[QualifiedName, set[str]] = {}
    clauses: dict[QualifiedName, dict[str, Clause]] = {}
    for clause in scene.protection.active:
        for way in clause.ways:
            for name, column in way.trusted:
                if name != clause.table.name and column != "*" and not _unique(scene, name, column):
                    columns.setdefault(name, set()).add(column)
                    clauses.setdefault(name, {})[clause.subject] = clause
    # our own helpers read the memberships out of sight; what they believe, the spec names
    asking = {c.subject: c for c in scene.protection.active if any(way.asks_ours for way in c.ways)}
    if scene.tenancy is not None and asking:
        m = scene.tenancy.memberships
        columns.setdefault(m.table, set()).update((m.organization_column, *_active(scene, m)))
        clauses.setdefault(m.table, {}).update(asking)
    for name in sorted(columns):
        table = scene.catalog.table(name)
        if table is not None and platform_reason(scene.catalog, name) is None:
            yield table, frozenset(columns[name]), tuple(clauses[name].values())


def _active(scene: Scene, memberships: Memberships) -> Iterator[str]:
    """Columns by which a membership counts, or no longer."""
    table = scene.catalog.table(memberships.table)
    if table is not None and memberships.active_condition is not None:
        term = scene.protection.reader.expression(memberships.active_condition, table).term
        yield from (t.column for t in leaves(term) if isinstance(t, Own))


def _unique(scene: Scene, name: QualifiedName, column: str) -> bool:
    """A value that only one row can have cannot be claimed by a second one."""
    table = scene.catalog.table(name)
    return table is not None and any(
        c.columns == (column,) and c.kind in (ConstraintKind.PRIMARY, ConstraintKind.UNIQUE) for c in table.constraints
    )


def _free(scene: Scene, clause: Clause, command: str, columns: frozenset[str]) -> tuple[Exposure, ...]:
    """Where a clause alone decides for a command and leaves one of the believed columns to the caller."""
    if not clause.policy.permissive or not clause.table.rls_enabled or not clause.ways:
        return ()
    exposed = [e for e in scene.protection.admitted(clause) if e.command == command]
    held = _held_below(scene, clause.table, command, exposed)
    return tuple(
        e
        for e in exposed
        if any(
            # a way that binds nothing at all has a rule of its own
            way.bound and Flag.UNREAD not in way.flags and not (way.bound | held[e.role]) & columns
            for way in clause.ways
        )
        and any(scene.reach.may_on(e.role, command, clause.table, c) for c in columns)
    )


def _held_below(scene: Scene, table: Table, command: str, exposed: list[Exposure]) -> Mapping[str, frozenset[str]]:
    """By role, the columns that restrictive policies bind for a command."""
    found: dict[str, frozenset[str]] = {}
    for role in {e.role for e in exposed}:
        bound: set[str] = set()
        for policy in table.policies:
            if not policy.permissive and policy.command in ("*", command) and scene.protection.applies(policy, role):
                clause = scene.protection.clause(table, policy, "check")
                bound |= clause.bound if clause is not None else set()
        found[role] = frozenset(bound)
    return found


def _who(exposed: tuple[Exposure, ...]) -> str:
    return ", ".join(sorted({e.role for e in exposed}))


def _detail(clause: Clause, believers: tuple[Clause, ...], why: str) -> str:
    others = f" and {len(believers) - 3} more" if len(believers) > 3 else ""
    return f"{clause.spelled}\nbelieved by {', '.join(b.subject for b in believers[:3])}{others}\n{why}"


def _closed(scene: Scene, clause: Clause) -> str:
    name, table = quote_ident(clause.policy.name), clause.table.name.sql
    if clause.policy.command == "a":
        return (
            "-- memberships are then made by a function of yours that checks an invitation\n"
            f"drop policy {name} on {table};"
        )
    if clause.policy.command == "*":
        return (
            f"drop policy {name} on {table};\n"
            f"create policy {name} on {table} for select to {_roles(clause)} using ({clause.policy.using});"
        )
    return repair.repair(scene.protection, clause)


def _roles(clause: Clause) -> str:
    return ", ".join("public" if r == "public" else quote_ident(r) for r in clause.policy.roles)


RULES = (
    rule("SELF-JOIN", "Users may join any tenant", Severity.CRITICAL, self_join),
    rule("SELF-EDIT", "Users may change what policies believe", Severity.CRITICAL, self_edit),
    rule("TRUSTED-OPEN", "A table that policies believe is open", Severity.CRITICAL, trusted_open),
)
