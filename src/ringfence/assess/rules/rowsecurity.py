"""Row security that would hide rows from the migration itself. Isolation between tenants is not judged here."""

from __future__ import annotations

from collections.abc import Iterable

from ringfence.assess.model import Found, Rule, Scene, Severity
from ringfence.names import quote_ident


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


RULES = (
    Rule(
        "RFA-HIDDEN-ROWS",
        "Row security hides rows from the migrating role",
        Severity.ERROR,
        "reference/rules/hidden-rows.md",
        hidden_rows,
    ),
)
