"""Event triggers that switch row security on for new tables, and the tables they miss."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ringfence.assess.model import Found, Scene, Severity, rule
from ringfence.names import display_ident, quote_ident, quote_literal

MAKING_TABLES = ("CREATE TABLE", "CREATE TABLE AS", "SELECT INTO")
_SWITCHES_ON = re.compile(r"enable\s+row\s+level\s+security", re.IGNORECASE)


def auto_rls(scene: Scene) -> Iterable[Found]:
    """A trigger on CREATE TABLE sees neither CREATE TABLE AS nor SELECT INTO: O18."""
    bodies = {r.name: r.definition for r in scene.catalog.routines}
    for trigger in scene.catalog.event_triggers:
        if trigger.event != "ddl_command_end" or not _SWITCHES_ON.search(bodies.get(trigger.function, "")):
            continue
        missed = [tag for tag in MAKING_TABLES if trigger.tags and tag not in trigger.tags]
        name = quote_ident(trigger.name)
        if missed:
            tags = ", ".join(quote_literal(t) for t in (*trigger.tags, *missed))
            yield Found(
                f"event trigger {display_ident(trigger.name)}",
                f"switches row security on for new tables, but not after {', '.join(missed)}",
                hint=(
                    f"begin;\ndrop event trigger {name};\n"
                    f"create event trigger {name} on ddl_command_end when tag in ({tags})\n"
                    f"  execute function {trigger.function.sql}();\ncommit;"
                ),
            )
        elif trigger.enabled not in ("O", "A"):
            yield Found(
                f"event trigger {display_ident(trigger.name)}",
                "switches row security on for new tables, and is disabled",
                hint=f"alter event trigger {name} enable;",
            )


RULES = (rule("AUTO-RLS", "New tables without the row security they were to have", Severity.MEDIUM, auto_rls),)
