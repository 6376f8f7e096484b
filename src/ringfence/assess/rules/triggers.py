"""The application's own triggers, rules and event triggers, and what they do beside ours."""

from __future__ import annotations

from collections.abc import Iterable

from ringfence.assess.model import Found, Rule, Scene, Severity
from ringfence.catalog.model import ConstraintKind, Table, Trigger
from ringfence.names import quote_ident
from ringfence.tenancy.model import AssignAdopted
from ringfence.tenancy.platform_tables import SUPABASE_SCHEMAS

FILL = "zzz_ringfence_fill_insert"
SIGN_UP = "00_ringfence_sign_up"
LAST_SIGN = "~"
"""Sorts after every letter; our names are led by as many of it as it takes, and by nothing that sorts later."""
FIRST_SIGN = "!"


def update_triggers(scene: Scene) -> Iterable[Found]:
    """Triggers of the application that fire when the backfill updates a row (H18)."""
    allowed = scene.observed.migrator.replica_role
    for table in scene.targets:
        for trigger in _own(table):
            if "update" not in trigger.events or not _fires_for_tenant(scene, table, trigger):
                continue
            after = trigger.timing == "after" or not trigger.for_each_row
            if trigger.enabled in ("A", "R"):
                yield Found(
                    f"{table.name} trigger {trigger.name}",
                    "fires for every row of the backfill, even in the replica role",
                    detail=f"it is ENABLE {'ALWAYS' if trigger.enabled == 'A' else 'REPLICA'}: {trigger.definition}",
                    hint=f"alter table {table.name.sql} enable trigger {quote_ident(trigger.name)};"
                    "  -- fires for the application only",
                )
            elif allowed:
                yield Found(
                    f"{table.name} trigger {trigger.name}",
                    "is held off in backfill batches, which run in the replica role",
                    detail=trigger.definition,
                    severity=Severity.INFO,
                )
            else:
                yield Found(
                    f"{table.name} trigger {trigger.name}",
                    "fires for every row of the backfill: "
                    + (
                        "what it does elsewhere (audit rows, webhooks, notifications) happens once per row"
                        if after
                        else "what it sets in the row is put back, what it does elsewhere stays"
                    ),
                    detail=f"the migrating role may not set session_replication_role\n{trigger.definition}",
                    hint=(
                        "-- as a superuser:\n"
                        f"grant set on parameter session_replication_role to {quote_ident(scene.catalog.current_user)};"
                    ),
                    severity=Severity.WARNING if after else Severity.INFO,
                )


def _own(table: Table) -> Iterable[Trigger]:
    return (t for t in table.triggers if t.enabled != "D" and not t.inherited and "ringfence" not in t.name)


def _fires_for_tenant(scene: Scene, table: Table, trigger: Trigger) -> bool:
    """UPDATE OF other columns does not fire for an UPDATE of the tenant column alone."""
    if not trigger.update_columns:
        return True
    entry = scene.entry(table.name)
    return entry is not None and entry.column in trigger.update_columns


def trigger_names(scene: Scene) -> Iterable[Found]:
    """Triggers fire in the order of their names; ours must be the last before the row is written, the first after."""
    for table in scene.targets:
        for trigger in _own(table):
            if trigger.timing == "before" and trigger.for_each_row and trigger.name >= FILL:
                yield _order(table, trigger, "before the row is written", "after", trigger.name[:1] > LAST_SIGN)
    if scene.tenancy is None or isinstance(scene.tenancy.assignment, AssignAdopted):
        return
    users = scene.catalog.table(scene.tenancy.users.table)
    for trigger in _own(users) if users is not None else ():
        if (
            trigger.timing == "after"
            and trigger.for_each_row
            and "insert" in trigger.events
            and trigger.name <= SIGN_UP
        ):
            assert users is not None
            yield _order(users, trigger, "after a user signed up", "before", trigger.name[:1] < FIRST_SIGN)


def _order(table: Table, trigger: Trigger, moment: str, side: str, hopeless: bool) -> Found:
    # sorts before zzz_ and after 00_, whichever side it has to change to
    renamed = "a_" + ("".join(c for c in trigger.name if "!" < c < "~") or "application_trigger")
    return Found(
        f"{table.name} trigger {trigger.name}",
        (
            f"no name of ours can sort {side} it, and ours must fire {'last' if side == 'after' else 'first'} {moment}"
            if hopeless
            else f"sorts {'after' if side == 'after' else 'before'} our usual name {moment}; ours is named to sort"
            f" {side} it"
        ),
        detail=(
            "it could change the owner after the tenant was derived"
            if side == "after"
            else "it could insert rows of a user who has no organization yet"
        ),
        hint=f"alter trigger {quote_ident(trigger.name)} on {table.name.sql} rename to {quote_ident(renamed[:63])};",
        severity=Severity.ERROR if hopeless else Severity.INFO,
    )


def deferred(scene: Scene) -> Iterable[Found]:
    """Deferrable constraint triggers and keys: DML and DDL in one transaction would fail with 55006 (H19)."""
    for table in scene.targets:
        names = [t.name for t in _own(table) if t.constraint and t.deferrable]
        entry = scene.entry(table.name)
        ours = entry.column if entry is not None and not entry.column_exists else None
        names += [
            c.name
            for c in table.constraints
            if c.deferrable and not c.inherited and c.kind is not ConstraintKind.TRIGGER and ours not in c.columns
        ]
        if names:
            yield Found(
                str(table.name),
                f"has deferrable constraints: {', '.join(sorted(set(names)))}",
                detail=(
                    "nothing to do: no transaction of ours mixes changes of rows and of the table (55006), and tenant"
                    " keys copy the deferrability"
                ),
            )


def rewrite_rules(scene: Scene) -> Iterable[Found]:
    """Rewrite rules on a table change what the backfill's UPDATE and the application's INSERT do."""
    for table in scene.targets:
        for rule in table.rules:
            if rule.enabled == "D":
                continue
            event = rule.definition.upper()
            disable = f"alter table {table.name.sql} disable rule {quote_ident(rule.name)};"
            if " ON UPDATE TO " in event:
                yield Found(
                    f"{table.name} rule {rule.name}",
                    "rewrites UPDATE: the backfill cannot update the table",
                    detail="rules are not supported for data-modifying statements in WITH (0A000)\n" + rule.definition,
                    hint=f"-- do the same in a trigger, then:\n{disable}",
                )
            elif " ON INSERT TO " in event:
                yield Found(
                    f"{table.name} rule {rule.name}",
                    "rewrites INSERT: rows it sends elsewhere get their tenant there, or none",
                    detail=rule.definition,
                    hint=f"-- do the same in a trigger, then:\n{disable}",
                    severity=Severity.WARNING,
                )


def event_triggers(scene: Scene) -> Iterable[Found]:
    """Event triggers of the application run with every DDL statement of ours."""
    for trigger in scene.catalog.event_triggers:
        if trigger.enabled == "D":
            continue
        platform = trigger.function.schema in SUPABASE_SCHEMAS
        yield Found(
            f"event trigger {trigger.name}",
            f"runs {trigger.function} at {trigger.event} of every schema change of ours, under its lock",
            detail=(
                "part of the platform; it is known to be quick"
                if platform
                else "if it is slow, locks wait for it; if it refuses, the step fails and is undone"
            ),
            hint=""
            if platform
            else f"alter event trigger {quote_ident(trigger.name)} disable;  -- and enable it later",
            severity=Severity.INFO if platform else Severity.WARNING,
        )


RULES = (
    Rule(
        "RFA-UPDATE-TRIGGER",
        "The application's UPDATE triggers and the backfill",
        Severity.WARNING,
        "reference/rules/update-trigger.md",
        update_triggers,
    ),
    Rule(
        "RFA-TRIGGER-ORDER",
        "Trigger names sort around ours",
        Severity.INFO,
        "reference/rules/trigger-order.md",
        trigger_names,
    ),
    Rule("RFA-DEFERRABLE", "Deferrable constraints", Severity.INFO, "reference/rules/deferrable.md", deferred),
    Rule(
        "RFA-REWRITE-RULE", "Rewrite rules on a table", Severity.ERROR, "reference/rules/rewrite-rule.md", rewrite_rules
    ),
    Rule("RFA-EVENT-TRIGGER", "Event triggers", Severity.WARNING, "reference/rules/event-trigger.md", event_triggers),
)
