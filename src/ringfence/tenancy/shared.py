"""Lookup tables: the same for everybody, because nobody's rows are in them."""

from __future__ import annotations

from collections.abc import Container

from ringfence.catalog.model import Catalog
from ringfence.names import QualifiedName
from ringfence.tenancy.evidence import Evidence
from ringfence.tenancy.links import Links
from ringfence.tenancy.words import LOOKUP_WORDS, ORGANIZATION_NOUNS, stem

ROWS_MAX = 10_000
"""Rows a lookup table has at most, when its name says that it is one."""
UNNAMED_ROWS_MAX = 200
"""Rows it has at most when its name says nothing."""
SMALLER_MIN = 20
"""How many times smaller than the largest table that uses it such a table is, at least."""


def shared_reason(
    catalog: Catalog, evidence: Evidence, links: Links, name: QualifiedName, tenants: Container[QualifiedName]
) -> str | None:
    """Why a table without a way to a user is probably shared, None when that would be a guess.

    Some tenant table must use it, directly or through others. It must be small and hardly written; and either be called
    like a lookup table, or be tiny beside the tables that use it. What is called like an organization is none.
    """
    users = _users_of(links, name)
    direct = len(links.used_by.get(name, frozenset()) - {name})
    parts = stem(name.name)
    if not parts or parts[-1] in ORGANIZATION_NOUNS or not any(user in tenants for user in users):
        return None
    rows, written = _size(catalog, evidence, name)
    if not rows or rows > ROWS_MAX or (written is not None and written > max(rows, 10)):
        return None
    largest = max((_size(catalog, evidence, user)[0] or 0 for user in users), default=0)
    tiny = rows <= UNNAMED_ROWS_MAX and largest >= SMALLER_MIN * rows and written == 0
    if not (parts[-1] in LOOKUP_WORDS or tiny):
        return None
    words = ["no way to a user", f"used by {direct} table{'' if direct == 1 else 's'}"]
    words.append(f"{rows} row{'' if rows == 1 else 's'}, up to {largest} where it is used")
    if written == 0:
        words.append("never updated since statistics began")
    return ", ".join(words)


def _users_of(links: Links, name: QualifiedName) -> set[QualifiedName]:
    """Every table from which some chain of links leads to this one."""
    found: set[QualifiedName] = set()
    waiting = [name]
    while waiting:
        for other in links.used_by.get(waiting.pop(), frozenset()) - {name}:
            if other not in found:
                found.add(other)
                waiting.append(other)
    return found


def _size(catalog: Catalog, evidence: Evidence, name: QualifiedName) -> tuple[int | None, int | None]:
    """Rows, and updates and deletes since statistics began; None where nothing is known."""
    activity = evidence.activity.get(str(name))
    estimate = catalog.measure(name).rows_estimate
    rows = estimate if estimate >= 0 else (activity.rows if activity is not None else None)
    return rows, (activity.updated + activity.deleted if activity is not None else None)
