"""Views that show rows with their owner's rights, and materialized views, which hold copies of rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ringfence.catalog.model import Table, View
from ringfence.names import QualifiedName
from ringfence.plan import acl
from ringfence.plan.enforcing.scene import Reader, ReaderKind, Scene
from ringfence.tenancy.isolation import Way


def views(scene: Scene) -> Iterator[Reader]:
    """Views that show rows with their owner's rights, and materialized views, which hold copies of rows."""
    reading = reading_views(scene)
    for view in scene.catalog.views:
        if view.name not in reading:
            continue
        tables = ", ".join(str(t) for t in sorted(reading[view.name]))
        others = _granted_to(view)
        if view.kind == "m":
            if others:
                yield scene.reader(
                    str(view.name),
                    ReaderKind.MATERIALIZED_VIEW,
                    f"holds rows of {tables} of every tenant and can be read by {_people(others)}; it cannot have policies",
                    (Way.CLOSE, Way.BYPASS),
                )
            if not scene.bypasses(view.owner):
                yield scene.reader(
                    f"role:{view.owner}",
                    ReaderKind.MATERIALIZED_VIEW,
                    f"refreshes {view.name}, which would fail or come out empty: row security binds it",
                    (Way.BYPASS,),
                )
        elif not invoker(view) and others:
            short = [role for role in others if not _reaches(scene, role, view)]
            yield scene.reader(
                str(view.name),
                ReaderKind.VIEW,
                f"shows rows of {tables} with the rights of {view.owner}"
                + (f"; {_people(short)} may not read all that is beneath it" if short else ""),
                (Way.OWNER, Way.BYPASS, Way.CLOSE) if short else (Way.INVOKER, Way.OWNER, Way.BYPASS, Way.CLOSE),
                None if short else Way.INVOKER,
            )


def invoker(view: View) -> bool:
    """Whether a view is read with the rights of whoever asks."""
    return any(o in view.options for o in ("security_invoker=true", "security_invoker=on", "security_invoker=1"))


def reading_views(scene: Scene) -> Mapping[QualifiedName, frozenset[QualifiedName]]:
    """For each view that reads tenant tables, itself or through other views, those tables."""
    found: dict[QualifiedName, frozenset[QualifiedName]] = {
        v.name: frozenset(v.reads) & scene.tables.keys() for v in scene.catalog.views
    }
    while True:
        grown = {
            v.name: found[v.name] | frozenset(t for r in v.reads if r in found for t in found[r])
            for v in scene.catalog.views
        }
        if grown == found:
            return {name: tables for name, tables in found.items() if tables}
        found = grown


def _granted_to(view: View) -> list[str]:
    return sorted({i.grantee for i in acl.read(view.acl) if i.grantee != view.owner and set(i.letters) & set("arwd")})


def _people(roles: list[str]) -> str:
    return ", ".join(role or "everybody" for role in roles)


def _reaches(scene: Scene, role: str, view: View) -> bool:
    """Whether a role may do directly on everything beneath a view what it may do on the view."""
    if role and scene.bypasses(role) and scene.roles[role].superuser:
        return True
    wanted = {k for i in acl.read(view.acl) if i.grantee == role for k in i.letters if k in "arwd"}
    mine = scene.member_of(role) | {acl.PUBLIC} if role else {acl.PUBLIC}
    relations: dict[QualifiedName, Table | View] = {
        **scene.catalog.by_name,
        **{v.name: v for v in scene.catalog.views},
    }
    for name in view.reads:
        relation = relations.get(name)
        if relation is None:
            return False
        has = {k for i in acl.read(relation.acl) if i.grantee in mine for k in i.letters}
        if "r" not in has or (name in scene.tables and not wanted <= has):
            return False
    return True
