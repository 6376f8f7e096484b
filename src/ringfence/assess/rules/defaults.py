"""What the next object is granted without anybody asking."""

from __future__ import annotations

from collections.abc import Iterable

from ringfence.assess import surface
from ringfence.assess.model import Found, Scene, Severity, rule
from ringfence.assess.reach import PUBLIC, parse_acl
from ringfence.catalog.model import DefaultAcl
from ringfence.names import display_ident, quote_ident
from ringfence.tenancy.platform_tables import SUPABASE_SCHEMAS, is_supabase

KINDS = {"r": ("tables", "arwdDxtm"), "S": ("sequences", "rUw"), "f": ("functions", "X"), "n": ("schemas", "C")}
"""pg_default_acl.defaclobjtype, and the privileges on such objects that matter to requests."""


def default_grant(scene: Scene) -> Iterable[Found]:
    """The next table is open before anybody has written a policy for it: R11."""
    owners = {t.owner for t in surface.tables(scene)} | {scene.catalog.current_user}
    for entry in scene.catalog.default_acls:
        if entry.object_type not in KINDS or _platforms(scene, entry.schema):
            continue
        plural, letters = KINDS[entry.object_type]
        who, grants = surface.given(scene, letters, entry.acl, entry.role)
        if not who:
            continue
        where = f" in schema {display_ident(entry.schema)}" if entry.schema else ""
        given = {p for g in grants for p in g.privileges} & set(letters)
        severity = Severity.HIGH if entry.object_type == "r" else Severity.LOW
        yield Found(
            f"default privileges of {display_ident(entry.role)}{where} for {plural}",
            f"give {surface.roles_text(who)} {surface.named(given)} on every new one",
            detail="a table that somebody creates in a hurry has no row security, and is open from its first row"
            if entry.object_type == "r"
            else "",
            hint=_closed(entry, plural, sorted({g.grantee for g in grants})),
            severity=severity if entry.role in owners else Severity.LOW,
        )


def _platforms(scene: Scene, schema: str | None) -> bool:
    return schema in SUPABASE_SCHEMAS and is_supabase(scene.catalog)


def _closed(entry: DefaultAcl, plural: str, grantees: list[str]) -> str:
    schema = f" in schema {quote_ident(entry.schema)}" if entry.schema else ""
    return (
        f"alter default privileges for role {quote_ident(entry.role)}{schema}"
        f" revoke all on {plural} from {', '.join(map(surface.role_sql, grantees))};"
    )


def default_execute(scene: Scene) -> Iterable[Found]:
    """Every function is EXECUTE to PUBLIC unless somebody says otherwise: O16."""
    if not scene.reach.request_roles:
        return
    owners = sorted({r.owner for r in surface.routines(scene)})
    closed = {e.role for e in scene.catalog.default_acls if e.object_type == "f" and e.schema is None and not _open(e)}
    for owner in owners:
        if owner not in closed:
            yield Found(
                f"default privileges of {display_ident(owner)} for functions",
                "let everybody call every new function, anonymous callers among them",
                detail="that is PostgreSQL's own default; grants by schema cannot take it back",
                hint=(
                    f"alter default privileges for role {quote_ident(owner)} revoke execute on functions from public;"
                ),
            )


def _open(entry: DefaultAcl) -> bool:
    return any(g.grantee == PUBLIC and "X" in g.privileges for g in parse_acl(entry.acl))


RULES = (
    rule("DEFAULT-GRANT", "New objects are open to request roles", Severity.HIGH, default_grant),
    rule("DEFAULT-EXECUTE", "New functions may be called by everybody", Severity.LOW, default_execute),
)
