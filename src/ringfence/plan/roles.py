"""Roles that a plan makes, and what the migrating role must be for it."""

from __future__ import annotations

from ringfence.catalog.model import Catalog, Role
from ringfence.names import bounded_name, quote_ident, quote_literal
from ringfence.plan.model import Privilege
from ringfence.tenancy.model import Tenancy

CANARY_ROLE = "ringfence_canary"


def canaries_of(tenancy: Tenancy, catalog: Catalog) -> dict[str, str]:
    """Each request role that can have a canary, with its canary's name.

    A canary has the rights of its role by membership. A request role that logs in has to become its canary, which would
    make each a member of the other; PostgreSQL refuses that, so such roles have none.
    """
    known: dict[str, Role] = {r.name: r for r in catalog.roles}
    return {
        role: bounded_name(CANARY_ROLE, role)
        for role in tenancy.request_roles
        if role not in known or not known[role].login
    }


def role_made(name: str, attributes: str, forbidden: str) -> str:
    """Make a role unless it is there; roles belong to the whole server, so one that can do more is refused."""
    role, literal = quote_ident(name), quote_literal(name).strip()
    return (
        "do $block$\nbegin\n"
        f"  if not exists (select from pg_catalog.pg_roles where rolname = {literal}) then\n"
        f"    create role {role} {attributes};\n"
        f"  elsif exists (select from pg_catalog.pg_roles where rolname = {literal} and ({forbidden})) then\n"
        f"    raise exception 'role % can do more, or less, than it is made for', {literal}\n"
        "      using errcode = 'RF433', hint = 'choose another name for it in ringfence.toml';\n"
        "  end if;\n"
        "exception when duplicate_object or unique_violation then\n"
        "  null;  -- another database of this server made it at the same moment\n"
        "end\n$block$"
    )


def bypassing() -> Privilege:
    """The migrating role owns the functions that derive a tenant, which must see every parent row."""
    return Privilege(
        "the migrating role is not bound by row security",
        "select r.rolsuper or r.rolbypassrls as allowed from pg_catalog.pg_roles r where r.rolname = current_user",
        grant="alter role current_user bypassrls;    -- by a superuser, and never for a login that serves requests",
    )


def may_create_roles() -> Privilege:
    """The migrating role makes the roles that own tables and pass row security."""
    return Privilege(
        "CREATEROLE",
        "select r.rolsuper or r.rolcreaterole as allowed from pg_catalog.pg_roles r where r.rolname = current_user",
        grant="alter role current_user createrole;    -- by a superuser",
    )


def may_grant_on(schema: str) -> Privilege:
    """GRANT without grant option is a warning and no error, and the step after it would fail."""
    literal = quote_literal(schema)
    return Privilege(
        f"USAGE and CREATE on schema {schema}, to grant them on",
        f"select pg_catalog.has_schema_privilege({literal}, 'USAGE WITH GRANT OPTION')"
        f" and pg_catalog.has_schema_privilege({literal}, 'CREATE WITH GRANT OPTION') as allowed",
        grant=f"grant usage, create on schema {quote_ident(schema)} to current_user with grant option",
    )


def may_grant_role(role: str) -> Privilege:
    """From PostgreSQL 16 on whoever grants a role needs its ADMIN OPTION; before, CREATEROLE is enough."""
    literal, me = quote_literal(role), "(select r.oid from pg_catalog.pg_roles r where r.rolname = current_user)"
    return Privilege(
        f"may grant the role {role}",
        f"select r.rolsuper or (r.rolcreaterole and pg_catalog.current_setting('server_version_num')::int < 160000)\n"
        f"  or pg_catalog.pg_has_role({me}, {literal}, 'USAGE WITH ADMIN OPTION') as allowed\n"
        "from pg_catalog.pg_roles r where r.rolname = current_user",
        grant=f"grant {quote_ident(role)} to current_user with admin option",
    )
