"""Whether row security is on at all, binds the owner, and hides rows from the migration itself."""

from __future__ import annotations

from collections.abc import Iterable

from ringfence.assess import repair
from ringfence.assess.model import Found, Rule, Scene, Severity, counted, rule
from ringfence.assess.policies import COMMANDS
from ringfence.catalog.model import Table, TableKind
from ringfence.names import quote_ident
from ringfence.tenancy.model import Scope


def hidden_rows(scene: Scene) -> Iterable[Found]:
    """A backfill that row security filters would change no row and succeed (H17); ours fails instead."""
    if scene.observed.migrator.sees_all_rows:
        return
    me = scene.catalog.current_user
    for table in (*scene.targets, *scene.read):
        if not table.rls_enabled:
            continue
        owns = scene.may_own(table.owner)
        if table.rls_forced or not owns:
            why = "FORCE ROW LEVEL SECURITY binds its owner too" if owns else f"{me} does not own it"
            other = (
                f"-- or, until it is forced again: alter table {table.name.sql} no force row level security;"
                if owns
                else f"-- or: grant {quote_ident(table.owner)} to {quote_ident(me)};"
            )
            yield Found(
                str(table.name),
                f"row security hides rows of it from {me}: {why}",
                detail="with row_security = off, as we work, statements on it fail (42501) instead of missing rows",
                hint=f"alter role {quote_ident(me)} bypassrls;\n{other}",
            )


def off(scene: Scene) -> Iterable[Found]:
    """No row security on a table that request roles reach; its partitions and children have rules of their own."""
    for table, reached in _reached(scene):
        if table.rls_enabled or table.policies or table.partition_of is not None or table.inherits:
            continue
        shared = scene.protection.scope(table) is Scope.SHARED
        writes = [c for c in "awd" if scene.reach.who(c, table)]
        if shared and not writes:
            continue
        theirs = scene.protection.belongs_to_somebody(table)
        yield Found(
            str(table.name),
            f"has no row security: {', '.join(reached)} may {_may(scene, table)} every row",
            detail="what a grant allows on a table without row security, it allows on all tenants' rows",
            hint=_switched_on(scene, table, reached),
            severity=None if theirs else Severity.HIGH if writes else Severity.LOW,
        )


def ignored(scene: Scene) -> Iterable[Found]:
    """Policies on a table whose row security is off: they look like protection and are none."""
    for table, reached in _reached(scene):
        if table.policies and not table.rls_enabled:
            yield Found(
                str(table.name),
                f"has {counted(len(table.policies), 'policy').replace('policys', 'policies')} and row security is off:"
                f" {', '.join(reached)} may {_may(scene, table)} every row",
                hint=f"alter table {table.name.sql} enable row level security;",
            )


def dark(scene: Scene) -> Iterable[Found]:
    """Row security without a policy: no row, and no error that says why (M4)."""
    for table, reached in _reached(scene):
        if table.rls_enabled and not table.policies:
            grantees = ", ".join(quote_ident(role) for role in reached)
            yield Found(
                str(table.name),
                f"has row security and no policy: {', '.join(reached)} find it empty, and no error says so",
                detail="if nobody is meant to reach it, a grant that is not there says so more clearly",
                hint=f"revoke all on {table.name.sql} from public, {grantees};",
            )


def unforced(scene: Scene) -> Iterable[Found]:
    """Without FORCE the owner is not bound, and neither is who inherits from it: R1, R1b."""
    logins = [role for role in scene.catalog.roles if role.login and not scene.reach.bypasses(role.name)]
    for table, _ in _reached(scene):
        if not table.rls_enabled or table.rls_forced or scene.reach.bypasses(table.owner):
            continue  # an owner that bypasses row security is not bound by FORCE either (R2b)
        acting = sorted(role.name for role in logins if table.owner in scene.reach.held(role.name))
        requests = [role for role in scene.reach.request_roles if table.owner in scene.reach.held(role)]
        if not acting and not requests:
            continue
        direct = table.owner in acting
        who = ", ".join(requests or acting)
        yield Found(
            str(table.name),
            f"does not bind its owner {table.owner}, and so neither {who}",
            detail="an application that connects as the owner of its tables has no row security at all",
            hint=f"alter table {table.name.sql} force row level security;",
            severity=Severity.CRITICAL if requests else Severity.HIGH if direct else None,
        )


def _reached(scene: Scene) -> Iterable[tuple[Table, tuple[str, ...]]]:
    """The application's tables that request roles read or write, with those roles."""
    for table in scene.protection.tables:
        reached = scene.reach.who("rawd", table)
        if reached and table.kind is not TableKind.FOREIGN:
            yield table, reached


def _may(scene: Scene, table: Table) -> str:
    return ", ".join(word for letter, word in COMMANDS.items() if scene.reach.who(letter, table))


def _switched_on(scene: Scene, table: Table, reached: tuple[str, ...]) -> str:
    enable = f"alter table {table.name.sql} enable row level security;"
    binding = repair.binding(scene.protection, table)
    if binding is None:
        return f"-- closed for all of them until policies open it\n{enable}"
    return (
        f"create policy {quote_ident('tenant')} on {table.name.sql} for all to {', '.join(map(quote_ident, reached))}\n"
        f"  using ({binding}) with check ({binding});\n{enable}"
    )


RULES = (
    Rule(
        "RFA-HIDDEN-ROWS",
        "Row security hides rows from the migrating role",
        Severity.ERROR,
        "reference/rules/hidden-rows.md",
        hidden_rows,
    ),
    rule("RLS-OFF", "Row security is off", Severity.CRITICAL, off),
    rule("RLS-IGNORED", "Policies that nobody asks", Severity.CRITICAL, ignored),
    rule("RLS-UNFORCED", "Row security that does not bind the owner", Severity.MEDIUM, unforced),
    rule("RLS-DARK", "Row security without a policy", Severity.LOW, dark),
)
