"""Which of a table's references says best whose a row is.

What a row belongs to comes first: its own organization, then the thing it is deleted with, then its owner, then its
author. A parent that must be there is better than one that may be missing, a foreign key better than a name. The parent
row comes before the owner where the row cannot exist without it, because a row whose tenant is its parent's can never
contradict that parent, while an owner's home organization can.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ringfence.catalog.model import Table
from ringfence.names import QualifiedName
from ringfence.spec.derive import column_text, hop_text
from ringfence.tenancy.links import Link, Links
from ringfence.tenancy.words import Role, is_passing, role_of, stem

OWN = 1000
CONTAINER = {(False, True): 80, (False, False): 60, (True, True): 45, (True, False): 30}
"""By (nullable, cascade)."""
PERSON = {Role.OWNER: (70, 40), Role.UNKNOWN: (60, 35), Role.AUTHOR: (50, 25), Role.BYSTANDER: (10, 5)}
"""By the part the user has: score when never null, score when nullable."""
NEAR = 10
"""Two parents closer than this are a matter of opinion."""


@dataclass(frozen=True, slots=True)
class Anchored:
    """What derivations may end at: the users and tables that have a user's key as their own, and organizations."""

    users: QualifiedName | None
    users_key: str | None
    profiles: Mapping[QualifiedName, str]
    """Tables whose primary key is the user's key, with that column."""
    organizations: QualifiedName | None
    organizations_key: str | None
    memberships: QualifiedName | None


@dataclass(frozen=True, slots=True)
class Candidate:
    """One way a table could derive its tenant."""

    derive: str
    score: int
    why: str
    brief: str
    nullable: bool
    declared: bool
    """Rests on a foreign key, not on a name."""
    target: QualifiedName | None
    """The tenant table it needs; None when it ends at users or organizations."""
    weak: bool = False
    """The user had something to do with the row, but hardly owns it."""


def anchor(table: Table, link: Link, anchored: Anchored, column: str) -> Candidate | None:
    """The link as a way to users or organizations, None when it leads to another table.

    `column` is the tenant column's name: of several organizations in one row it marks the tenant.
    """
    if link.parent == anchored.organizations and link.parent_columns == (anchored.organizations_key,):
        score = OWN + (50 if link.columns == (column,) else 0) - (10 if link.nullable else 0)
        return Candidate(
            f"own:{column_text(link.columns[0])}",
            score,
            link.why,
            link.brief,
            link.nullable,
            link.constraint is not None,
            None,
        )
    profile = anchored.profiles.get(link.parent)
    to_users = link.parent == anchored.users and link.parent_columns == (anchored.users_key,)
    if anchored.users is None or not (to_users or (profile is not None and link.parent_columns == (profile,))):
        return None
    role = role_of(link.columns[0])
    score = PERSON[role][1 if link.nullable else 0]
    if table.primary_key == link.columns:
        score = 100  # the row is an extension of the user
    why = link.why if to_users else f"{link.why}; the key of {link.parent} is the user's key"
    return Candidate(
        hop_text(link.columns, anchored.users),
        score - (0 if link.constraint else 8),
        why,
        link.brief,
        link.nullable,
        link.constraint is not None,
        None,
        weak=role is Role.BYSTANDER and table.primary_key != link.columns,
    )


def container(table: Table, link: Link) -> Candidate:
    """The link as a way to a parent that is a tenant table itself."""
    score = CONTAINER[link.nullable, link.cascade]
    parent = stem(link.parent.name)
    if parent and stem(table.name.name)[: len(parent)] == parent:
        score += 6  # order_items hang on orders rather than on products
    if set(link.columns) <= set(table.primary_key):
        score += 4
    if is_passing(link.columns[0]):
        score -= 25
    return Candidate(
        link.derive,
        score - (0 if link.constraint else 8),
        link.why,
        link.brief,
        link.nullable,
        link.constraint is not None,
        link.parent,
    )


def owned_tables(tables: Mapping[QualifiedName, Table], links: Links, anchored: Anchored) -> frozenset[QualifiedName]:
    """The tables from which some chain of links leads to a user or an organization."""
    children: dict[QualifiedName, list[QualifiedName]] = {}
    reached: list[QualifiedName] = []
    for name, table in tables.items():
        for link in links.of(name):
            if anchor(table, link, anchored, "") is not None:
                reached.append(name)
            else:
                children.setdefault(link.parent, []).append(name)
    found: set[QualifiedName] = set()
    while reached:
        name = reached.pop()
        if name not in found:
            found.add(name)
            reached.extend(children.get(name, ()))
    return frozenset(found)
