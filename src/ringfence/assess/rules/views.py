"""Views over tables that gain a column."""

from __future__ import annotations

from collections.abc import Iterable

from ringfence.assess.model import Found, Rule, Scene, Severity
from ringfence.catalog.model import View
from ringfence.names import QualifiedName


def view_columns(scene: Scene) -> Iterable[Found]:
    """A view that shows all columns was expanded when it was created and will not gain the new one (H16)."""
    for view, tables in _over(scene):
        whole = [t for t in tables if {c.name for c in scene.gaining[t].columns} <= set(view.columns)]
        for table in whole:
            yield Found(
                str(view.name),
                f"shows every column of {table} and will not gain the tenant column",
                detail=(
                    "what reads the view goes on as before; new code that needs the column must have it added at the"
                    " view's end (CREATE OR REPLACE VIEW)"
                ),
            )


def view_writes(scene: Scene) -> Iterable[Found]:
    """INSTEAD OF triggers and rules write the table by its old columns."""
    for view, tables in _over(scene):
        names = [f"trigger {t.name}" for t in view.triggers] + [f"rule {r.name}" for r in view.rules]
        if names:
            yield Found(
                str(view.name),
                f"writes through {', '.join(names)} to {', '.join(str(t) for t in tables)}",
                detail="nothing to do: what it writes gets its tenant from the table's fill trigger",
            )


def view_owner(scene: Scene) -> Iterable[Found]:
    """Without security_invoker the view reads as its owner, whom row security may not bind."""
    for view, tables in _over(scene):
        if view.kind == "v" and not any(_on(option) for option in view.options):
            yield Found(
                str(view.name),
                f"reads {', '.join(str(t) for t in tables)} with the rights of its owner {view.owner}",
                detail="once policies divide the rows it still shows every tenant's; phase 6 makes it an invoker's",
            )


def _on(option: str) -> bool:
    name, _, value = option.partition("=")
    return name == "security_invoker" and value.lower() in ("", "on", "true", "yes", "1")


def forced_materialized(scene: Scene) -> Iterable[Found]:
    """REFRESH under a non-bypassing owner of a FORCEd table finds no row and says nothing."""
    roles = {r.name: r for r in scene.catalog.roles}
    for view in scene.catalog.views:
        owner = roles.get(view.owner)
        if view.kind != "m" or owner is None or owner.superuser or owner.bypass_rls:
            continue
        for name in view.reads:
            table = scene.catalog.table(name)
            if table is not None and table.rls_enabled and table.rls_forced:
                yield Found(
                    str(view.name),
                    f"is refreshed as {view.owner}, whom FORCE ROW LEVEL SECURITY of {name} leaves no row",
                    detail="REFRESH MATERIALIZED VIEW succeeds and stores 0 rows",
                    hint=f"alter table {table.name.sql} no force row level security;",
                )


def _over(scene: Scene) -> Iterable[tuple[View, list[QualifiedName]]]:
    for view in scene.catalog.views:
        tables = [name for name in view.reads if name in scene.gaining]
        if tables and view.name.schema != "ringfence":
            yield view, tables


RULES = (
    Rule(
        "RFA-VIEW-COLUMNS", "A view shows all columns", Severity.INFO, "reference/rules/view-columns.md", view_columns
    ),
    Rule("RFA-VIEW-WRITES", "A view that writes", Severity.INFO, "reference/rules/view-writes.md", view_writes),
    Rule(
        "RFA-VIEW-OWNER", "A view with its owner's rights", Severity.INFO, "reference/rules/view-owner.md", view_owner
    ),
    Rule(
        "RFA-FORCED-REFRESH",
        "A materialized view over FORCEd row security",
        Severity.WARNING,
        "reference/rules/forced-refresh.md",
        forced_materialized,
    ),
)
