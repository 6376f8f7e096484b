"""What the migrating role must be able to do, asked before anything is written."""

from __future__ import annotations

from collections.abc import Iterable

from ringfence.assess.model import Found, Rule, Scene, Severity, counted
from ringfence.catalog.model import Table
from ringfence.names import QualifiedName, quote_ident
from ringfence.tenancy.model import AssignAdopted

SHOWN_MAX = 10


def owner(scene: Scene) -> Iterable[Found]:
    """Only a table's owner may change it."""
    foreign: dict[str, list[Table]] = {}
    for table in scene.targets:
        if not scene.may_own(table.owner):
            foreign.setdefault(table.owner, []).append(table)
    for role, tables in sorted(foreign.items()):
        yield Found(
            f"role {role}",
            f"owns {counted(len(tables), 'table')} to be changed, and {scene.catalog.current_user} is no member of it",
            detail=_listed([str(t.name) for t in tables]),
            hint=f"grant {quote_ident(role)} to {quote_ident(scene.catalog.current_user)};",
        )


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN_MAX} more" if len(names) > SHOWN_MAX else ""
    return ", ".join(names[:SHOWN_MAX]) + more


def table_privileges(scene: Scene) -> Iterable[Found]:
    """What is needed on tables that need not be ours, above all on auth.users: the sign-up trigger stands there."""
    tenancy = scene.tenancy
    if tenancy is None:
        return
    needed: dict[QualifiedName, list[str]] = {table.name: ["select"] for table in scene.read}
    if tenancy.users.table in needed:
        if not isinstance(tenancy.assignment, AssignAdopted):
            needed[tenancy.users.table].append("trigger")
        if not tenancy.memberships.adopted:
            needed[tenancy.users.table].append("references")
    if tenancy.organizations.adopted and tenancy.organizations.table in needed:
        needed[tenancy.organizations.table].append("references")
    for name, privileges in needed.items():
        facts = scene.observed.facts(name)
        held = {"select": facts.may_select, "trigger": facts.may_trigger, "references": facts.may_reference}
        missing = [p for p in privileges if not held[p]]
        if missing:
            yield Found(
                str(name),
                f"{scene.catalog.current_user} lacks {', '.join(missing).upper()} on it",
                detail=_why(missing),
                hint=f"grant {', '.join(missing)} on {name.sql} to {quote_ident(scene.catalog.current_user)};",
            )


def _why(missing: list[str]) -> str:
    reasons = {
        "select": "SELECT: tenants are derived from its rows",
        "trigger": "TRIGGER: who signs up gets an organization in the same transaction",
        "references": "REFERENCES: rows of ours refer to its rows",
    }
    return "\n".join(reasons[p] for p in missing)


def create(scene: Scene) -> Iterable[Found]:
    """CREATE on the database (for schema ringfence) and on every schema that gets an index or table."""
    migrator, me = scene.observed.migrator, quote_ident(scene.catalog.current_user)
    if scene.observed.ringfence_owner is None and not (migrator.create_in_database or migrator.superuser):
        yield Found(
            f"database {scene.catalog.database}",
            f"{scene.catalog.current_user} may not create schema ringfence in it",
            hint=f"grant create on database {quote_ident(scene.catalog.database)} to {me};",
        )
    if migrator.schemas_usable is None or migrator.superuser:
        return
    schemas = {table.name.schema for table in scene.targets}
    if scene.tenancy is not None:
        created = (scene.tenancy.organizations, scene.tenancy.memberships)
        schemas.update(c.table.schema for c in created if not c.adopted)
    for schema in sorted(schemas - migrator.schemas_usable):
        yield Found(
            f"schema {schema}",
            f"{scene.catalog.current_user} may not create objects in it: even an index on its own table needs that",
            hint=f"grant usage, create on schema {quote_ident(schema)} to {me};",
        )


def schema_taken(scene: Scene) -> Iterable[Found]:
    """Schema ringfence is there and belongs to somebody else."""
    taken = scene.observed.ringfence_owner
    if taken is not None and not scene.may_own(taken):
        yield Found(
            "schema ringfence",
            f"belongs to {taken}, and {scene.catalog.current_user} is no member of that role",
            hint=f"grant {quote_ident(taken)} to {quote_ident(scene.catalog.current_user)};",
        )


def limited_role(scene: Scene) -> Iterable[Found]:
    """What a role without superuser rights does without, and what is done instead."""
    migrator = scene.observed.migrator
    if migrator.superuser:
        return
    lines = ["no event triggers: changes of the schema by others are noticed at the next gate, not at once"]
    if not migrator.replica_role:
        lines.append("no session_replication_role: a trigger of ours puts back what UPDATE triggers set in a backfill")
    if not migrator.signals_backends:
        lines.append(
            "no pg_signal_backend: sessions of other roles that hold a lock are named, but cannot be cancelled"
        )
    yield Found(
        f"role {scene.catalog.current_user}",
        "is no superuser; every step has a way without, except where an error says otherwise",
        detail="\n".join(lines),
    )


def activity_unseen(scene: Scene) -> Iterable[Found]:
    """Without pg_read_all_stats other roles' transactions look empty."""
    if not (scene.observed.migrator.reads_activity or scene.observed.migrator.superuser):
        me = quote_ident(scene.catalog.current_user)
        yield Found(
            f"role {scene.catalog.current_user}",
            "does not see other roles' sessions: long transactions and who blocks whom stay unknown",
            hint=f"grant pg_read_all_stats, pg_signal_backend to {me};",
        )


RULES = (
    Rule("RFA-OWNER", "Tables of a foreign owner", Severity.ERROR, "reference/rules/owner.md", owner),
    Rule(
        "RFA-TABLE-PRIVILEGE",
        "Privileges on tables that are read",
        Severity.ERROR,
        "reference/rules/table-privilege.md",
        table_privileges,
    ),
    Rule("RFA-CREATE", "CREATE on database and schemas", Severity.ERROR, "reference/rules/create.md", create),
    Rule(
        "RFA-SCHEMA-TAKEN", "Schema ringfence is taken", Severity.ERROR, "reference/rules/schema-taken.md", schema_taken
    ),
    Rule("RFA-LIMITED-ROLE", "A role with limits", Severity.INFO, "reference/rules/limited-role.md", limited_role),
    Rule(
        "RFA-ACTIVITY-UNSEEN",
        "Other roles' sessions cannot be seen",
        Severity.WARNING,
        "reference/rules/activity-unseen.md",
        activity_unseen,
    ),
)
