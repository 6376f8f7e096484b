"""Roles that act for end users: what they are, what they are members of, and what their logins can become."""

from __future__ import annotations

from collections.abc import Iterable

from ringfence.assess import surface
from ringfence.assess.model import Found, Scene, Severity, counted, rule
from ringfence.assess.reach import PUBLIC
from ringfence.catalog.model import Role, Table
from ringfence.names import display_ident, quote_ident

SHOWN_MAX = 10

PREDEFINED = {
    "pg_execute_server_program": (Severity.CRITICAL, "runs programs as the server"),
    "pg_read_server_files": (Severity.CRITICAL, "reads every file of the server, the tables' own among them"),
    "pg_write_server_files": (Severity.CRITICAL, "writes every file of the server"),
    "pg_create_subscription": (Severity.HIGH, "makes the server connect to others and write what they send"),
    "pg_read_all_data": (Severity.HIGH, "reads every table, view and sequence that row security does not close"),
    "pg_write_all_data": (Severity.HIGH, "writes every table that row security does not close"),
    "pg_monitor": (Severity.HIGH, "reads the statements of every session"),
    "pg_read_all_stats": (Severity.HIGH, "reads the statements of every session"),
    "pg_read_all_settings": (Severity.MEDIUM, "reads every setting, also those that hold secrets"),
}
"""Predefined roles (https://www.postgresql.org/docs/current/predefined-roles.html) by what they give an end user."""
PREDEFINED_OTHER = (Severity.MEDIUM, "has rights over the whole server")


def request_bypass(scene: Scene) -> Iterable[Found]:
    """A request role that no policy binds: R2."""
    for role in surface.request_roles(scene):
        if scene.reach.bypasses(role.name):
            what = "is a superuser" if role.superuser else "has BYPASSRLS"
            yield Found(
                f"role {display_ident(role.name)}",
                f"acts for end users and {what}: no policy binds it, FORCE or not",
                hint=f"alter role {quote_ident(role.name)} nosuperuser nobypassrls;"
                if role.superuser
                else f"alter role {quote_ident(role.name)} nobypassrls;",
            )


def bypass_reachable(scene: Scene) -> Iterable[Found]:
    """`RESET ROLE; SET ROLE service_role`: R3."""
    for login in surface.gateways(scene):
        wider = sorted(r for r in scene.reach.may_become(login.name) if scene.reach.bypasses(r))
        if not wider:
            continue
        fixed = surface.only_the_gateway_speaks(scene, login.name)
        yield Found(
            f"role {display_ident(login.name)}",
            f"runs requests, and its sessions may SET ROLE to {surface.roles_text(wider)}, which no policy binds",
            detail=(
                "it is one RESET ROLE away for whoever can put a statement into such a session: a function with"
                " dynamic SQL is enough"
            ),
            hint="\n".join(_revokes(scene, login, wider)),
            severity=Severity.MEDIUM if fixed else None,
        )


def _revokes(scene: Scene, login: Role, targets: Iterable[str]) -> Iterable[str]:
    """The direct memberships by which a login comes to these roles."""
    wanted = set(targets)
    for name in sorted(scene.reach.may_become(login.name)):
        role = scene.reach.roles.get(name)
        for other in role.member_of if role is not None else ():
            if other in wanted and name not in wanted:
                yield f"revoke {quote_ident(other)} from {quote_ident(name)};"


def request_owns(scene: Scene) -> Iterable[Found]:
    """Who owns a table is not bound without FORCE, and can switch row security off with it: R1b, R15."""
    for role in surface.request_roles(scene):
        for owner, owned in sorted(_owned(scene, scene.reach.held(role.name)).items()):
            loose = [t for t in owned if not t.rls_forced]
            is_owner = owner == role.name
            yield Found(
                f"role {display_ident(role.name)}",
                f"acts for end users and {'owns' if is_owner else f'inherits the owner {owner} of'}"
                f" {counted(len(owned), 'table')}: "
                + ("no policy binds it on them" if loose else "it can switch their row security off"),
                detail=_listed(loose or owned),
                hint=_moved(scene, owned, role)
                if is_owner
                else f"revoke {quote_ident(owner)} from {quote_ident(role.name)};",
                severity=None if loose else Severity.HIGH,
            )


def owner_reachable(scene: Scene) -> Iterable[Found]:
    """A session that runs requests can become the owner of the tables: R1."""
    asked = set(scene.reach.request_roles)
    for login in surface.gateways(scene):
        told = [login.name] if login.name in asked else asked  # of these request_owns speaks
        held = {owner for role in told for owner in scene.reach.held(role)}
        for owner, owned in sorted(_owned(scene, scene.reach.may_become(login.name) - held).items()):
            own = owner == login.name
            yield Found(
                f"role {display_ident(login.name)}",
                f"runs requests, and {'owns' if own else f'may become the owner {display_ident(owner)} of'}"
                f" {counted(len(owned), 'table')} with row security",
                detail=_listed(owned) + "\nan owner is not bound without FORCE, and can drop every policy with it",
                hint=_moved(scene, owned, None) if own else "\n".join(_revokes(scene, login, [owner])),
                severity=Severity.MEDIUM if login.name == scene.catalog.current_user else None,
            )


def owner_bypasses(scene: Scene) -> Iterable[Found]:
    """FORCE means nothing to an owner that bypasses: R2b."""
    owned: dict[str, list[Table]] = {}
    for table in surface.tables(scene):
        if table.rls_enabled and table.rls_forced and scene.reach.bypasses(table.owner):
            owned.setdefault(table.owner, []).append(table)
    for owner, those in sorted(owned.items()):
        yield Found(
            f"role {display_ident(owner)}",
            f"owns {counted(len(those), 'table')} with FORCE and bypasses row security: FORCE changes nothing for"
            " its views, SECURITY DEFINER functions and sessions",
            detail=_listed(those),
            hint=_moved(scene, those, None),
        )


def _owned(scene: Scene, roles: frozenset[str]) -> dict[str, list[Table]]:
    found: dict[str, list[Table]] = {}
    for table in surface.tables(scene):
        if table.rls_enabled and table.owner in roles:
            found.setdefault(table.owner, []).append(table)
    return found


def _moved(scene: Scene, moved: Iterable[Table], keeps: Role | None) -> str:
    owner, made = surface.better_owner(scene)
    lines = []
    for table in moved:
        kind = "foreign table" if table.kind.value == "f" else "table"
        lines.append(f"alter {kind} {table.name.sql} owner to {quote_ident(owner)};")
        if keeps is not None:
            lines.append(f"grant select, insert, update, delete on {table.name.sql} to {quote_ident(keeps.name)};")
    return made + "\n".join(lines)


def _listed(those: list[Table]) -> str:
    more = f" and {len(those) - SHOWN_MAX} more" if len(those) > SHOWN_MAX else ""
    return ", ".join(str(t.name) for t in those[:SHOWN_MAX]) + more


def request_member(scene: Scene) -> Iterable[Found]:
    """A policy or grant for another role is one for its members, too: R7."""
    asked = set(scene.reach.request_roles)
    owners = {t.owner for t in surface.tables(scene)}
    for role in surface.request_roles(scene):
        for membership in role.memberships:
            other = membership.role
            if other in asked or other in owners or other.startswith("pg_") or scene.reach.bypasses(other):
                continue
            wider = _policies_for(scene, other)
            how = (
                "has its rights"
                if membership.inherit
                else "may SET ROLE to it"
                if membership.set_role
                else "may grant it"
            )
            yield Found(
                f"role {display_ident(role.name)}",
                f"acts for end users and is a member of {display_ident(other)}: it {how}",
                detail="policies for that role: " + ", ".join(wider[:SHOWN_MAX]) if wider else "",
                hint=f"revoke {quote_ident(other)} from {quote_ident(role.name)};",
                severity=Severity.HIGH if wider else None,
            )


def _policies_for(scene: Scene, role: str) -> list[str]:
    return [
        f"{table.name} policy {display_ident(policy.name)}"
        for table in surface.tables(scene)
        for policy in table.policies
        if policy.permissive and role in policy.roles
    ]


def predefined(scene: Scene) -> Iterable[Found]:
    """The server's own roles, in the hands of end users: R6, X7, X14."""
    for role in surface.request_roles(scene):
        for name in sorted(r for r in scene.reach.may_become(role.name) if r.startswith("pg_")):
            severity, what = PREDEFINED.get(name, PREDEFINED_OTHER)
            through = [
                member
                for member in sorted(scene.reach.may_become(role.name))
                if member in scene.reach.roles and name in scene.reach.roles[member].member_of
            ]
            yield Found(
                f"role {display_ident(role.name)}",
                f"acts for end users and is a member of {name}: it {what}",
                hint="\n".join(f"revoke {name} from {quote_ident(member)};" for member in through),
                severity=severity,
            )


def request_attribute(scene: Scene) -> Iterable[Found]:
    """Attributes that lead to other roles or around row security."""
    for role in surface.request_roles(scene):
        if role.superuser:
            continue
        for held, word, severity, what in (
            (role.create_role, "createrole", Severity.HIGH, "makes roles, and before PostgreSQL 16 joins any"),
            (role.replication, "replication", Severity.HIGH, "streams the log of every tenant"),
            (role.create_db, "createdb", Severity.LOW, "makes databases"),
        ):
            if held:
                yield Found(
                    f"role {display_ident(role.name)}",
                    f"acts for end users and has {word.upper()}: it {what}",
                    hint=f"alter role {quote_ident(role.name)} no{word};",
                    severity=severity,
                )


def request_login(scene: Scene) -> Iterable[Found]:
    """A request role that logs in beside its gateway: nobody checks what it says of itself."""
    gateways = surface.gateways(scene)
    for role in surface.request_roles(scene):
        others = [g.name for g in gateways if g.name != role.name and g.name != scene.catalog.current_user]
        if role.login and others and role.name != PUBLIC:
            yield Found(
                f"role {display_ident(role.name)}",
                f"acts for end users behind {surface.roles_text(others)}, and can log in by itself",
                detail="a session of its own sets its claims as it likes: no gateway has verified a token",
                hint=f"alter role {quote_ident(role.name)} nologin;",
            )


RULES = (
    rule("REQUEST-BYPASS", "A request role bypasses row security", Severity.CRITICAL, request_bypass),
    rule("REQUEST-OWNS", "A request role owns tables", Severity.CRITICAL, request_owns),
    rule("BYPASS-REACHABLE", "A session of requests can become a bypassing role", Severity.HIGH, bypass_reachable),
    rule("OWNER-REACHABLE", "A session of requests can become the owner", Severity.HIGH, owner_reachable),
    rule("PREDEFINED-ROLE", "A request role is a member of a predefined role", Severity.HIGH, predefined),
    rule("REQUEST-ATTRIBUTE", "A request role has an attribute it should not", Severity.HIGH, request_attribute),
    rule("REQUEST-MEMBER", "A request role is a member of another role", Severity.MEDIUM, request_member),
    rule("REQUEST-LOGIN", "A request role logs in beside its gateway", Severity.MEDIUM, request_login),
    rule("OWNER-BYPASSES", "The owner of tables bypasses row security", Severity.MEDIUM, owner_bypasses),
)
