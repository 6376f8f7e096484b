"""Views that show rows with their owner's rights, and materialized views, which show what the owner saw."""

from __future__ import annotations

from collections.abc import Iterable

from ringfence.assess import queries, surface
from ringfence.assess.model import Found, Scene, Severity, rule
from ringfence.assess.queries import Filter
from ringfence.catalog.model import Table, View
from ringfence.names import QualifiedName

_REPLACED = "CREATE OR REPLACE VIEW without WITH (security_invoker) takes the option away again"
_SAYS = {
    Filter.ITS_OWN: "its own condition asks the session, and is all that stands between tenants",
    Filter.CLOSED: "its own condition ties what it shows to the caller, and says nothing of what is written",
    Filter.UNREAD: "its definition is nested too deep to be read here",
}
_FILTERS = (Filter.ITS_OWN, Filter.CLOSED)


def definer_view(scene: Scene) -> Iterable[Found]:
    """Without security_invoker a view reads as its owner: O1, O1c, O1d; over an invoker's view it does not (O1b)."""
    for view in surface.views(scene):
        readers, shown = scene.reach.who("r", view), _shown(scene, view)
        writers = scene.reach.who("awd", view) if queries.is_plain(view) else ()
        if view.kind != "v" or _on(view, "security_invoker") or not shown or not (readers or writers):
            continue
        how = queries.of_view(scene, view, shown)
        if how is Filter.CLOSED and not writers:
            continue
        does = [
            f"show {surface.roles_text(readers)}" if readers else "",
            f"write for {surface.roles_text(writers)}" if writers else "",
        ]
        yield Found(
            str(view.name),
            f"has its owner's rights: {' and '.join(filter(None, does))} rows of {_names(shown)} past its policies",
            detail="\n".join(filter(None, (_REPLACED, _SAYS.get(how, "")))),
            hint=(
                f"alter view {view.name.sql} set (security_invoker = true);"
                f"  -- callers need their own rights on {_names(shown)} then"
            ),
            severity=None if how is Filter.NONE else Severity.MEDIUM,
        )


def no_barrier(scene: Scene) -> Iterable[Found]:
    """A condition of the caller's runs before the view's own, and its error message shows the value: P25."""
    for view in surface.views(scene):
        if view.kind != "v" or _on(view, "security_invoker") or _on(view, "security_barrier"):
            continue
        shown = _shown(scene, view)
        if shown and scene.reach.who("r", view) and queries.of_view(scene, view, shown) in _FILTERS:
            yield Found(
                str(view.name),
                f"filters the rows of {_names(shown)} by itself, and a condition of the caller's may run first",
                detail="a cast that fails, or a function with a message, shows values of rows that the view hides",
                hint=f"alter view {view.name.sql} set (security_barrier = true);",
            )


def materialized_view(scene: Scene) -> Iterable[Found]:
    """A materialized view is a table without row security: O2."""
    for view in surface.views(scene):
        if view.kind != "m":
            continue
        who, grants = surface.given(scene, "r", view.acl, view.owner)
        shown = tuple(t for t in _beneath(scene, view, set()) if scene.protection.belongs_to_somebody(t))
        if who and shown and scene.reach.who("r", view):
            yield Found(
                str(view.name),
                f"shows {surface.roles_text(who)} what its owner saw of {_names(shown)}: it cannot have policies",
                detail="if tenants need it: a view over it with security_barrier and a condition on the tenant",
                hint=surface.take_back("r", view.name.sql, grants),
            )


def _shown(scene: Scene, view: View) -> tuple[Table, ...]:
    """Tables of which a view with its owner's rights shows more than their policies would."""
    found: dict[QualifiedName, Table] = {}
    for table, owner in _read(scene, view, set()):
        if not scene.protection.belongs_to_somebody(table) or surface.bound(scene, owner, table):
            continue
        if not table.rls_enabled and scene.reach.who("r", table):
            continue  # it is open by itself, and RFA-RLS-OFF says so
        found[table.name] = table
    return tuple(found[name] for name in sorted(found))


def _read(scene: Scene, view: View, seen: set[QualifiedName]) -> Iterable[tuple[Table, str]]:
    """(table, as whom it is read) for all a view reads, through views with their owners' rights."""
    views = {v.name: v for v in scene.catalog.views}
    seen.add(view.name)
    for name in view.reads:
        table, inner = scene.catalog.table(name), views.get(name)
        if table is not None:
            yield table, view.owner
        elif inner is not None and inner.kind == "v" and not _on(inner, "security_invoker") and name not in seen:
            yield from _read(scene, inner, seen)


def _beneath(scene: Scene, view: View, seen: set[QualifiedName]) -> Iterable[Table]:
    """Every table below a materialized view, whoever's rights it takes."""
    views = {v.name: v for v in scene.catalog.views}
    for name in view.reads:
        table, inner = scene.catalog.table(name), views.get(name)
        if table is not None:
            yield table
        elif inner is not None and name not in seen:
            seen.add(name)
            yield from _beneath(scene, inner, seen)


def _names(those: tuple[Table, ...]) -> str:
    return ", ".join(sorted({str(t.name) for t in those}))


def _on(view: View, option: str) -> bool:
    for entry in view.options:
        name, _, value = entry.partition("=")
        if name == option:
            return value.lower() in ("", "on", "true", "yes", "1")
    return False


RULES = (
    rule("DEFINER-VIEW", "A view past the policies of its tables", Severity.CRITICAL, definer_view),
    rule("MATERIALIZED-VIEW", "A request role reads a materialized view", Severity.CRITICAL, materialized_view),
    rule("VIEW-BARRIER", "A view that filters, without security_barrier", Severity.HIGH, no_barrier),
)
