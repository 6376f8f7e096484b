"""Whether the application has tenants already: organizations, teams or accounts with a memberships table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from ringfence.catalog.model import Catalog, Column, Table
from ringfence.names import QualifiedName, display_ident
from ringfence.tenancy.evidence import application_tables
from ringfence.tenancy.likeness import is_unique
from ringfence.tenancy.links import Link, Links
from ringfence.tenancy.people import People
from ringfence.tenancy.words import (
    FRAMEWORK_SHARED,
    INVITATION_WORDS,
    MEMBERSHIP_WORDS,
    ORGANIZATION_NOUNS,
    stem,
    words,
)

SCORE_MIN = 55


@dataclass(frozen=True, slots=True)
class Adoption:
    """The application's own organizations and memberships, and why they are taken for such."""

    organizations: QualifiedName
    key: str
    memberships: QualifiedName
    user_column: str
    organization_column: str
    home: str | None
    home_why: str
    reason: str
    active_choices: tuple[str, ...]
    """Conditions that could tell active memberships from others; a person must decide."""


def find_adoption(
    catalog: Catalog, links: Links, people: People | None, profiles: Mapping[QualifiedName, str]
) -> Adoption | None:
    """The application's tenants, None when it has none, or none that are sure enough.

    `profiles` are tables whose primary key is the user's key, with that column: whoever refers to them names a user.
    """
    if people is None:
        return None
    tables = [t for t in application_tables(catalog) if len(t.primary_key) == 1 and t.name != people.table]
    tables = [t for t in tables if t.name.name not in FRAMEWORK_SHARED]
    possible = {t.name: t for t in tables if _noun_score(t.name) > 0}
    ranked: list[tuple[int, QualifiedName, Adoption]] = []
    for name, table in possible.items():
        found = _judge(catalog, links, {**profiles, people.table: people.key}, table)
        if found is not None and found[0] >= SCORE_MIN:
            ranked.append((found[0], name, found[1]))
    found_names = {name for _, name, _ in ranked}
    # teams inside organizations: whoever stands above is the tenant
    tops = [item for item in ranked if not any(link.parent in found_names - {item[1]} for link in links.of(item[1]))]
    return max(tops or ranked, key=lambda item: (item[0], item[1]))[2] if ranked else None


def _noun_score(name: QualifiedName) -> int:
    parts = stem(name.name)
    return ORGANIZATION_NOUNS.get(parts[-1], 0) if parts else 0


def _judge(
    catalog: Catalog, links: Links, users: Mapping[QualifiedName, str], table: Table
) -> tuple[int, Adoption] | None:
    members = sorted(
        (found for other in application_tables(catalog) if (found := _membership(links, users, table, other))),
        key=lambda item: (-item[0], item[1].name),
    )
    if not members:
        return None
    member_score, memberships, user_column, organization_column, why = members[0]
    owning = {
        other.name
        for other in application_tables(catalog)
        if other.name != memberships.name
        and other.name not in users
        and any(_to_key(link, table) for link in links.of(other.name))
    }
    home, home_why = _home(memberships, user_column, organization_column)
    reason = [f"its name, {why}"]
    if owning:
        reason.append(f"{len(owning)} more table{'' if len(owning) == 1 else 's'} referring to it")
    adoption = Adoption(
        organizations=table.name,
        key=table.primary_key[0],
        memberships=memberships.name,
        user_column=user_column,
        organization_column=organization_column,
        home=home,
        home_why=home_why,
        reason=" and ".join(reason),
        active_choices=_active(memberships),
    )
    return _noun_score(table.name) + member_score + min(30, 5 * len(owning)), adoption


def _to_key(link: Link, table: Table) -> bool:
    return link.parent == table.name and link.parent_columns == table.primary_key


def _membership(
    links: Links, users: Mapping[QualifiedName, str], organizations: Table, table: Table
) -> tuple[int, Table, str, str, str] | None:
    """How well a table says which users belong to these organizations: score, table, its two columns, and why."""
    if table.name == organizations.name:
        return None
    to_organizations = [link for link in links.of(table.name) if _to_key(link, organizations)]
    if not to_organizations:
        return None
    organization = to_organizations[0].columns[0]
    if table.name in users:
        why = f"the column {display_ident(organization)} of {table.name}"
        return 25, table, users[table.name], organization, why
    to_users = [link for link in links.of(table.name) if link.parent_columns == (users.get(link.parent),)]
    if not to_users or set(stem(table.name.name)) & INVITATION_WORDS:
        return None
    user = to_users[0].columns[0]
    score = 0
    if is_unique(table, (user,)):
        score += 20  # a profile of each user that names the one organization
    elif is_unique(table, (user, organization)):
        score += 25
    if set(stem(table.name.name)) & MEMBERSHIP_WORDS:
        score += 10
    if any(c.name.lower() in ("role", "role_id", "roleid", "permission", "permissions") for c in table.columns):
        score += 10
    if to_users[0].nullable or to_organizations[0].nullable:
        score -= 10
    return (score, table, user, organization, f"the memberships in {table.name}") if score > 0 else None


_HOME_FLAGS = frozenset(("isdefault", "default", "isprimary", "primary", "ishome", "home", "ispersonal", "personal"))
_SINCE = ("createdat", "joinedat", "insertedat", "created", "joined", "addedat", "memberssince", "createdon")


def _home(table: Table, user: str, organization: str) -> tuple[str | None, str]:
    """The `home` line of a memberships table and why; None where a user has one membership at most."""
    if is_unique(table, (user,)):
        return None, "a user has one membership at most"
    plain = {"".join(words(c.name)): c for c in table.columns}
    flags = [c.name for joined, c in plain.items() if joined in _HOME_FLAGS and _is_boolean(c)]
    if flags:
        return flags[0], "where it is true"
    since = [plain[joined].name for joined in _SINCE if joined in plain and "," not in plain[joined].name]
    if since:
        return f"first:{since[0]}", "a user's earliest membership is home"
    keys = [c for c in table.primary_key if c not in (user, organization)] or [organization]
    return f"first:{keys[0]}", "nothing says which membership is home, so the lowest key is"


def _is_boolean(column: Column) -> bool:
    return (column.base_type or column.type) == "boolean"


def _active(table: Table) -> tuple[str, ...]:
    found: list[str] = []
    for column in table.columns:
        joined = "".join(words(column.name))
        name = display_ident(column.name)
        if joined in ("status", "state", "invitestatus", "membershipstatus"):
            found.append(f"{name} = 'active'")
        elif joined in ("isactive", "active", "enabled", "accepted", "confirmed") and _is_boolean(column):
            found.append(name)
        elif joined in ("disabled", "revoked", "isdeleted", "blocked", "suspended") and _is_boolean(column):
            found.append(f"not {name}")
        elif joined in ("deletedat", "removedat", "leftat", "revokedat", "disabledat"):
            found.append(f"{name} is null")
        elif joined in ("acceptedat", "confirmedat"):
            found.append(f"{name} is not null")
    return tuple(found)


def own_columns(links: Links, adoption: Adoption, organizations: Table) -> Counter[str]:
    """How often each column name is used to refer to the organizations, in tables other than memberships."""
    return Counter(
        link.columns[0]
        for name, found in links.sure.items()
        if name != adoption.memberships
        for link in found
        if _to_key(link, organizations)
    )
