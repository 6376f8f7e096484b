"""Which table knows the users: it need not be called users."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from ringfence.catalog.model import Catalog, Table
from ringfence.names import QualifiedName, display_ident
from ringfence.tenancy.assignment import email_columns
from ringfence.tenancy.platform_tables import AUTH_USERS, is_child, is_supabase, platform_reason
from ringfence.tenancy.words import USER_NOUNS, Role, role_of, stem, words

SCORE_MIN = 40
LEAD_MIN = 10
CANDIDATES_SHOWN = 4


class Confidence(Enum):
    """How far a suggestion can be trusted."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class People:
    """The users table, its key, and why it is taken for one."""

    table: QualifiedName
    key: str
    reason: str
    confidence: Confidence


def find_users(catalog: Catalog, named: QualifiedName | None = None) -> People | None:
    """The users table; None when no table, or more than one, could be it. `named` is a person's own choice."""
    if named is not None:
        table = catalog.table(named)
        keys = table.primary_key if table is not None else ()
        return People(named, keys[0], "named by you", Confidence.HIGH) if len(keys) == 1 else None
    ranked = rank_users(catalog)
    if is_supabase(catalog):
        referring = _referring(catalog).get(AUTH_USERS, ())
        if referring or not ranked or ranked[0][0] < SCORE_MIN:
            why = f"Supabase's users, {_counted(len(referring))}"
            return People(AUTH_USERS, "id", why, Confidence.HIGH if referring else Confidence.MEDIUM)
    if not ranked or ranked[0][0] < SCORE_MIN:
        return None
    score, name, reason = ranked[0]
    if len(ranked) > 1 and score - ranked[1][0] < LEAD_MIN:
        return None
    sure = score >= SCORE_MIN + 20 and name in _referring(catalog)
    key = catalog.by_name[name].primary_key[0]
    return People(name, key, reason, Confidence.HIGH if sure else Confidence.MEDIUM)


def _counted(number: int) -> str:
    return f"referred to by {number} table{'' if number == 1 else 's'}"


def _referring(catalog: Catalog) -> Mapping[QualifiedName, tuple[tuple[QualifiedName, str], ...]]:
    """For each table the (table, column) pairs of foreign keys to it from the application's other tables."""
    found: dict[QualifiedName, list[tuple[QualifiedName, str]]] = {}
    for table in catalog.tables:
        if platform_reason(catalog, table.name) is not None:
            continue
        for constraint in table.foreign_keys:
            if constraint.references is not None and constraint.references != table.name:
                found.setdefault(constraint.references, []).append((table.name, constraint.columns[0]))
    return {name: tuple(pairs) for name, pairs in found.items()}


def rank_users(catalog: Catalog) -> list[tuple[int, QualifiedName, str]]:
    """Application tables that could be the users table: score, name and reason, the likeliest first."""
    referring = _referring(catalog)
    stems = {stem(t.name.name) for t in catalog.tables}
    found: list[tuple[int, QualifiedName, str]] = []
    for table in catalog.tables:
        if len(table.primary_key) != 1 or is_child(catalog, table.name):
            continue
        if platform_reason(catalog, table.name) is not None:
            continue
        score, reasons = _score(table, stems, referring.get(table.name, ()))
        if score > 0:
            found.append((score, table.name, ", ".join(reasons)))
    return sorted(found, key=lambda item: (-item[0], item[1]))


_PASSWORDS = frozenset(("password", "passwd", "pwd", "passhash"))
_LOGINS = frozenset(("username", "login", "phone", "nickname", "handle"))


def _score(
    table: Table, stems: set[tuple[str, ...]], referring: tuple[tuple[QualifiedName, str], ...]
) -> tuple[int, list[str]]:
    score = 0
    reasons: list[str] = []
    name = stem(table.name.name)
    if name and name[-1] in USER_NOUNS:
        score += USER_NOUNS[name[-1]]
        reasons.append("its name")
        if len(name) > 1 and name[:-1] in stems:
            score -= 35  # workspace_users beside workspaces: a link, not the people
    if any(c.columns == table.primary_key for c in table.foreign_keys):
        score -= 35  # extends another table by its key: a profile, not the people
    plain = {"".join(words(c.name)): c.name for c in table.columns}
    mails = email_columns(table.columns)
    if mails:
        score += 20
        reasons.append(f"the column {display_ident(mails[0])}")
    secret = next((c for joined, c in sorted(plain.items()) if any(p in joined for p in _PASSWORDS)), None)
    if secret is not None:
        score += 25
        reasons.append(f"the column {display_ident(secret)}")
    if any(joined in _LOGINS for joined in plain):
        score += 8
    if any(joined.startswith(("lastlogin", "lastsignin", "lastseen")) for joined in plain):
        score += 5
    tables = {of for of, _ in referring}
    if tables and score > 0:
        score += min(30, 3 * len(tables))
        score += min(20, 2 * sum(role_of(column) is not Role.UNKNOWN for _, column in referring))
        reasons.append(_counted(len(tables)))
    return score, reasons
