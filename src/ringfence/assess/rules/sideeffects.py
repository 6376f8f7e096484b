"""What happens beside a statement: rewrite rules, triggers, copies and notifications, as whom and for whose eyes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import postgast
from postgast import pg_query_pb2 as pb

from ringfence.assess import helperread, sqlread, surface
from ringfence.assess.model import Found, Scene, Severity, rule
from ringfence.assess.parsing import Unreadable, parse
from ringfence.catalog.model import Routine, Rule, Table, Trigger, View
from ringfence.names import QualifiedName, display_ident, quote_ident

EVENT_PRIVILEGES = {"INSERT": "a", "UPDATE": "w", "DELETE": "d", "SELECT": "r"}
_EVENT = re.compile(r"\bAS\s+ON (SELECT|INSERT|UPDATE|DELETE)\b", re.IGNORECASE)
_ACTION = re.compile(r"\bDO(?:\s+INSTEAD|\s+ALSO)?\s+(.*)\Z", re.IGNORECASE | re.DOTALL)


def rewrite_rule(scene: Scene) -> Iterable[Found]:
    """A rule's action runs with the rights of the table's owner: O7."""
    relations: tuple[Table | View, ...] = (*surface.tables(scene), *surface.views(scene))
    for relation in relations:
        for one in relation.rules:
            event, shown = _event(one), _rule_tables(scene, relation, one)
            who = scene.reach.who(EVENT_PRIVILEGES[event], relation) if event else ()
            if one.enabled == "D" or not who or not shown:
                continue
            reads = _returns_rows(one)
            yield Found(
                f"{relation.name} rule {display_ident(one.name)}",
                f"{event} by {surface.roles_text(who)} runs it as {relation.owner}, whom the policies of"
                f" {', '.join(shown)} do not bind" + (": it hands their rows back" if reads else ""),
                detail=one.definition,
                hint=f"drop rule {quote_ident(one.name)} on {relation.name.sql};",
                severity=None if reads else Severity.HIGH,
            )


def _event(one: Rule) -> str:
    found = _EVENT.search(one.definition)
    return found[1].upper() if found else ""


def _action(one: Rule) -> str:
    found = _ACTION.search(one.definition)
    return found[1].strip().rstrip(";").removeprefix("(").removesuffix(")") if found else ""


def _returns_rows(one: Rule) -> bool:
    return any(isinstance(node, pb.SelectStmt) for node in _statements(_action(one)))


def _rule_tables(scene: Scene, relation: Table | View, one: Rule) -> list[str]:
    """Tables with other tenants' rows that the action names and whose policies do not bind the owner."""
    named = set()
    for statement in _statements(_action(one)):
        for _, node in postgast.walk(statement):
            if isinstance(node, pb.RangeVar) and node.relname not in ("old", "new"):
                named.add(QualifiedName(node.schemaname, node.relname))
    return [
        str(table.name)
        for table in surface.tables(scene)
        if table.name in named
        and table.rls_enabled
        and scene.protection.belongs_to_somebody(table)
        and not surface.bound(scene, relation.owner, table)
    ]


def _statements(text: str) -> list[object]:
    try:
        return [postgast.unwrap_node(raw.stmt) for raw in parse(text).stmts]
    except Unreadable:
        return []  # NOTHING is no statement


def strangers_trigger(scene: Scene) -> Iterable[Found]:
    """A trigger whose function a request role may rewrite: what others write is its to keep (R10)."""
    owners = {(r.name, r.owner) for r in scene.catalog.routines}
    for table, trigger in _triggers(scene):
        for role in scene.reach.request_roles:
            owner = next((o for n, o in sorted(owners) if n == trigger.function and o in scene.reach.held(role)), None)
            if owner is not None:
                yield Found(
                    f"{table.name} trigger {display_ident(trigger.name)}",
                    f"calls {trigger.function}, which {display_ident(role)} owns and may rewrite: it sees every row"
                    " that anybody writes",
                    hint=f"drop trigger {quote_ident(trigger.name)} on {table.name.sql};",
                )
                break


def copies(scene: Scene) -> Iterable[Found]:
    """A trigger copies rows into a table that has no protection of its own: O6."""
    for table, trigger in _triggers(scene):
        if not scene.protection.belongs_to_somebody(table):
            continue
        for routine in _functions(scene, trigger):
            for into in _written(scene, routine):
                reached = scene.reach.who("r", into)
                if into.rls_enabled or into.name == table.name or not reached:
                    continue
                yield Found(
                    f"{table.name} trigger {display_ident(trigger.name)}",
                    f"copies rows into {into.name}, where {surface.roles_text(reached)} may read every tenant's",
                    detail=f"{into.name} has no row security; give it a tenant column and the policies of {table.name}",
                    hint=f"alter table {into.name.sql} enable row level security;",
                )


def notify(scene: Scene) -> Iterable[Found]:
    """LISTEN needs no privilege: a payload is for everybody (O13)."""
    for table, trigger in _triggers(scene):
        for routine in _functions(scene, trigger):
            if trigger.enabled != "D" and scene.protection.belongs_to_somebody(table) and _tells(routine):
                yield Found(
                    f"{table.name} trigger {display_ident(trigger.name)}",
                    f"sends rows of {table.name} with NOTIFY: whoever has a session may LISTEN",
                    detail=f"{routine.name} should send that something changed; listeners read it under their policies",
                    hint=f"alter table {table.name.sql} disable trigger {quote_ident(trigger.name)};",
                )


def _tells(routine: Routine) -> bool:
    """pg_notify with a payload made of NEW or OLD."""
    for text in _texts(routine):
        try:
            tree = parse(text)
        except Unreadable:
            continue
        for _, node in postgast.walk(tree):
            if isinstance(node, pb.FuncCall) and node.funcname[-1].string.sval == "pg_notify" and len(node.args) > 1:
                inner = [n for _, n in postgast.walk(node.args[1])]
                if any(
                    isinstance(n, pb.ColumnRef) and n.fields[0].string.sval.lower() in ("new", "old") for n in inner
                ):
                    return True
    return False


def _texts(routine: Routine) -> tuple[str, ...]:
    """The SQL in a trigger function, which the parser of plpgsql reads only as an ordinary one."""
    body = helperread.read(routine)
    return body.statements or sqlread.trigger_texts(routine.definition)


def _written(scene: Scene, routine: Routine) -> list[Table]:
    inserts = sqlread.read_routine(routine.definition).inserts
    path = helperread.search_path(routine)
    return [
        table
        for table in surface.tables(scene)
        if any(
            i.into.name == table.name.name
            and (i.into.schema or table.name.schema) == table.name.schema
            and (i.into.schema or table.name.schema in path)
            for i in inserts
        )
    ]


def _functions(scene: Scene, trigger: Trigger) -> list[Routine]:
    return [r for r in scene.catalog.routines if r.name == trigger.function and r.returns == "trigger"]


def _triggers(scene: Scene) -> Iterator[tuple[Table, Trigger]]:
    for table in surface.tables(scene):
        for trigger in table.triggers:
            if not trigger.inherited:
                yield table, trigger


RULES = (
    rule("RULE-ROWS", "A rewrite rule past the policies of its tables", Severity.CRITICAL, rewrite_rule),
    rule("TRIGGER-STRANGER", "A trigger that a request role may rewrite", Severity.CRITICAL, strangers_trigger),
    rule("TRIGGER-COPIES", "A trigger that copies rows to where nobody protects them", Severity.CRITICAL, copies),
    rule("NOTIFY-ROWS", "Rows in notifications", Severity.MEDIUM, notify),
)
