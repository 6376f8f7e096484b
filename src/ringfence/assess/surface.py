"""What end users' requests can touch: the application's own objects, who acts for them, and SQL that takes rights back.

A gateway is a login that becomes a request role, or a request role that logs in by itself: what its session may do
beyond the request role is one injected `RESET ROLE` away.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable

from ringfence.assess.model import Scene
from ringfence.assess.reach import PUBLIC, Grant, parse_acl
from ringfence.catalog.model import Role, Routine, Table, View
from ringfence.names import QualifiedName, display_ident, quote_ident
from ringfence.tenancy.platform_tables import SUPABASE_SCHEMAS, is_supabase, platform_reason

WORDS = {
    "r": "select", "a": "insert", "w": "update", "d": "delete", "D": "truncate", "x": "references", "t": "trigger",
    "m": "maintain", "X": "execute", "U": "usage", "C": "create", "T": "temporary",
}  # fmt: skip
"""The privileges behind the letters of an ACL (https://www.postgresql.org/docs/current/ddl-priv.html)."""

OWNER_FALLBACK = "app_owner"
"""The owner a hint creates where no role is fit to own tables."""


def tables(scene: Scene) -> tuple[Table, ...]:
    """The application's tables, foreign ones and children included; not the platform's nor an extension's."""
    return tuple(t for t in scene.catalog.tables if platform_reason(scene.catalog, t.name) is None)


def views(scene: Scene) -> tuple[View, ...]:
    """The application's views and materialized views."""
    return tuple(v for v in scene.catalog.views if is_applications(scene, v.name))


def routines(scene: Scene) -> tuple[Routine, ...]:
    """The application's functions and procedures."""
    return tuple(
        r
        for r in scene.catalog.routines
        if r.extension is None and r.kind in ("f", "p", "w") and is_applications(scene, r.name)
    )


def is_applications(scene: Scene, name: QualifiedName) -> bool:
    """Whether an object of that schema is the application's and not the platform's."""
    return not (name.schema in SUPABASE_SCHEMAS and is_supabase(scene.catalog))


def subject(routine: Routine) -> str:
    """How findings name a routine."""
    return f"{routine.name}({routine.arguments})"


def spelled(routine: Routine) -> str:
    """A routine as ALTER, GRANT and DROP want it: `function "public"."f"(uuid)`."""
    kind = "procedure" if routine.kind == "p" else "function"
    return f"{kind} {routine.name.sql}({routine.arguments})"


# --- roles ---------------------------------------------------------------------------------------------------------


def request_roles(scene: Scene) -> tuple[Role, ...]:
    """The request roles that exist; PUBLIC is none."""
    return tuple(scene.reach.roles[name] for name in scene.reach.request_roles if name in scene.reach.roles)


def gateways(scene: Scene) -> tuple[Role, ...]:
    """The logins from which requests run; one that row security does not bind at all is an administrator's."""
    asked = {role.name for role in request_roles(scene)}
    return tuple(
        role
        for name, role in sorted(scene.reach.roles.items())
        if role.login and not scene.reach.bypasses(name) and asked & scene.reach.may_become(name)
    )


PLATFORM_GATEWAYS = ("authenticator", "supabase_storage_admin", "supabase_realtime_admin")


def only_the_gateway_speaks(scene: Scene, login: str) -> bool:
    """Whether SQL in sessions of a login is written by PostgREST, Storage or Realtime, not by the application."""
    named = scene.tenancy.gateways if scene.tenancy is not None else ()
    return login in named or login in PLATFORM_GATEWAYS


def bound(scene: Scene, owner: str, table: Table) -> bool:
    """Whether row security of a table binds what runs with that owner's rights."""
    if not table.rls_enabled or scene.reach.bypasses(owner):
        return False
    return table.rls_forced or table.owner not in scene.reach.held(owner)


def better_owner(scene: Scene) -> tuple[str, str]:
    """A role fit to own tables, and the SQL that makes it where there is none.

    It cannot log in, is bound by row security, and no request role or gateway can become it.
    """
    reachable = {
        other for role in (*request_roles(scene), *gateways(scene)) for other in scene.reach.may_become(role.name)
    }
    owned: dict[str, int] = {}
    for table in tables(scene):
        owned[table.owner] = owned.get(table.owner, 0) + 1
    fit = [
        name
        for name, role in scene.reach.roles.items()
        if name in owned and not role.login and not scene.reach.bypasses(name) and name not in reachable
    ]
    if fit:
        return min(fit, key=lambda name: (-owned[name], name)), ""
    made = "" if OWNER_FALLBACK in scene.reach.roles else f"create role {quote_ident(OWNER_FALLBACK)} nologin;\n"
    return OWNER_FALLBACK, made


# --- grants --------------------------------------------------------------------------------------------------------


def given(scene: Scene, privileges: str, acl: tuple[str, ...], owner: str) -> tuple[tuple[str, ...], tuple[Grant, ...]]:
    """The request roles that hold one of these privileges by a grant, and the grants they hold it by.

    What an owner holds as owner is no grant; `who` may be ('public',) where only PUBLIC asks.
    """
    grants = tuple(g for g in parse_acl(acl) if g.privileges & set(privileges) and g.grantee != owner)
    who = tuple(r for r in scene.reach.request_roles if any(g.grantee in scene.reach.held(r) for g in grants))
    through = {g for g in grants if any(g.grantee in scene.reach.held(r) for r in who)}
    return who, tuple(g for g in grants if g in through)


def named(privileges: Iterable[str]) -> str:
    """`SELECT, INSERT` for letters, in the order of WORDS."""
    wanted = set(privileges)
    return ", ".join(word.upper() for letter, word in WORDS.items() if letter in wanted)


def take_back(privileges: str, what: str, grants: Iterable[Grant], *, cascade: bool = False) -> str:
    """REVOKE of these privileges for whoever was granted them; `what` is `table "public"."t"` and the like."""
    grantees = sorted({g.grantee for g in grants if g.privileges & set(privileges)})
    words = ", ".join(word for letter, word in WORDS.items() if letter in privileges)
    return f"revoke {words} on {what} from {', '.join(map(role_sql, grantees))}{' cascade' if cascade else ''};"


def role_sql(name: str) -> str:
    """A role as GRANT wants it: PUBLIC is a word, every other name is quoted."""
    return PUBLIC if name == PUBLIC else quote_ident(name)


def roles_text(names: Iterable[str]) -> str:
    """`anon, authenticated`; PUBLIC in capitals."""
    return ", ".join("PUBLIC" if n == PUBLIC else display_ident(n) for n in names)


@functools.lru_cache(maxsize=64)
def setting_name(entry: str) -> str:
    """The name in a `name=value` setting."""
    return entry.partition("=")[0].strip()
