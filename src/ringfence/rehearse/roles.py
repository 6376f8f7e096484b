"""The statements that make the source's roles on a scratch server, and give its database to the same people."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from ringfence.catalog.model import Membership, Role
from ringfence.names import quote_ident

MEMBERSHIP_OPTIONS_SINCE = 16


def create_roles(roles: Iterable[Role], *, login: str, present: Collection[str]) -> tuple[str, ...]:
    """Roles with the attributes they have in the source, without password; only `login` may connect.

    A role that is there already stays as it is: one scratch server may hold several clones.
    """
    made = tuple(_create(role) for role in roles if role.name not in present)
    return (*made, f"alter role {quote_ident(login)} login")


def _create(role: Role) -> str:
    attributes = {
        "superuser": role.superuser,
        "bypassrls": role.bypass_rls,
        "createrole": role.create_role,
        "createdb": role.create_db,
        "inherit": role.inherit,
        "login": False,
    }
    words = (word if has else f"no{word}" for word, has in attributes.items())
    return f"create role {quote_ident(role.name)} {' '.join(words)}"


def grant_memberships(roles: Iterable[Role], *, known: Collection[str], major: int) -> tuple[str, ...]:
    """Every membership in a role the scratch server knows (predefined ones differ between versions)."""
    return tuple(
        f"grant {quote_ident(m.role)} to {quote_ident(role.name)}{_options(m, major)}"
        for role in roles
        for m in role.memberships
        if m.role in known
    )


def _options(membership: Membership, major: int) -> str:
    if major < MEMBERSHIP_OPTIONS_SINCE:
        return " with admin option" if membership.admin else ""
    options = {"admin": membership.admin, "inherit": membership.inherit, "set": membership.set_role}
    return " with " + ", ".join(f"{word} {'true' if on else 'false'}" for word, on in options.items())


def give_database(
    database: str, *, owner: str, default_grants: bool, grants: Iterable[Mapping[str, Any]]
) -> tuple[str, ...]:
    """The database's owner and grants as in the source: whether a plan may create its schema depends on them."""
    name = quote_ident(database)
    statements = [f"alter database {name} owner to {quote_ident(owner)}"]
    if not default_grants:
        statements += [f"revoke all on database {name} from public", f"revoke all on database {name} from current_user"]
        for grant in grants:
            grantee = "public" if grant["grantee"] is None else quote_ident(grant["grantee"])
            statements.append(f"grant {grant['privilege']} on database {name} to {grantee}")
    return tuple(statements)
