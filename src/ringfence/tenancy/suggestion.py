"""What `ringfence init` proposes, as values: every table with a scope, a way, a reason and a confidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ringfence.names import QualifiedName
from ringfence.tenancy.adoption import Adoption
from ringfence.tenancy.people import Confidence, People


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another line a person could choose, and what speaks for it."""

    line: str
    why: str


@dataclass(frozen=True, slots=True)
class TableSuggestion:
    """What is proposed for one table."""

    name: QualifiedName
    scope: str
    """tenant | shared | excluded | unresolved."""
    reasons: tuple[str, ...]
    confidence: Confidence | None
    """None where nothing is proposed."""
    derive: tuple[str, ...] = ()
    alternatives: tuple[Alternative, ...] = ()
    caution: str = ""
    """What can go wrong although the proposal is right as far as the catalog says."""
    uniques: tuple[tuple[str, str], ...] = ()
    """Unique constraints that hold across all tenants today: name, and what is unique."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Everything `ringfence init` writes."""

    database: str
    people: People | None
    people_choices: tuple[tuple[QualifiedName, str], ...]
    """Tables that could be the users table when none is sure."""
    adoption: Adoption | None
    column: str
    column_why: str
    organizations: QualifiedName
    memberships: QualifiedName
    names_why: str
    email_column: str | None
    roles: Mapping[str, tuple[str, ...]]
    tables: tuple[TableSuggestion, ...]
    """Unresolved ones first, then tenant tables with parents before children, then the others."""
    platform: Mapping[str, int]
    """What needs no mention: Supabase, an extension, with the number of its tables."""
    followers: Mapping[QualifiedName, int]
    """Partitions and children that follow a table."""

    @property
    def unresolved(self) -> tuple[QualifiedName, ...]:
        """Tables a person must decide on before a plan can be made."""
        return tuple(t.name for t in self.tables if t.scope == "unresolved")
