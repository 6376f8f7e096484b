"""A way and its facts: what is tied to what, and what is wrong with a condition that ties nothing."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from ringfence.assess.terms import Inner, Own, Session, Term
from ringfence.names import QualifiedName


class Flag(Enum):
    """What is wrong with a fact that ties the row to nobody."""

    UNSET = "unset"
    """Holds when the session says nothing."""
    NO_TENANT = "no tenant"
    """Holds for rows whose column is null."""
    CAPTURED = "captured"
    """Compares a column with itself."""
    INVERTED = "inverted"
    """Holds for everybody but the right one."""
    UNFILTERED = "unfiltered"
    """Looks for rows of another table, whoever asks."""
    UNREAD = "unread"
    """Depends on what could not be read."""
    CONSTANT = "constant"
    """Compares the row with a literal."""
    SIGNED_IN = "signed in"
    """Holds for everybody who is signed in."""


OUR_TENANTS = frozenset({"client_id", "client_ids", "canary_client_id", "writer_client_id"})
"""Functions of schema ringfence whose answer is read from the memberships, each time they are asked."""

Point: TypeAlias = str
"""'own:<column>', 'row:<alias>', 'session', 'client' (what the caller wrote itself) or 'role'."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One condition of a way."""

    edges: frozenset[tuple[Point, Point]] = frozenset()
    seen: frozenset[Term] = frozenset()
    """Columns and words of the session in it."""
    flags: frozenset[Flag] = frozenset()


Way: TypeAlias = frozenset[Fact]
Ways: TypeAlias = tuple[Way, ...]


@dataclass(frozen=True)
class Judged:
    """One way, judged."""

    way: Way

    @functools.cached_property
    def _components(self) -> dict[Point, frozenset[Point]]:
        groups: dict[Point, set[Point]] = {}
        for fact in self.way:
            for a, b in fact.edges:
                merged = groups.get(a, {a}) | groups.get(b, {b})
                for point in merged:
                    groups[point] = merged
        return {point: frozenset(group) for point, group in groups.items()}

    def _tied_to(self, point: Point) -> frozenset[str]:
        group = self._components.get(point, frozenset())
        return frozenset(p.removeprefix("own:") for p in group if p.startswith("own:"))

    @functools.cached_property
    def bound(self) -> frozenset[str]:
        """The row's columns that are tied to what the session proves."""
        return self._tied_to("session")

    @functools.cached_property
    def editable(self) -> frozenset[str]:
        """The row's columns that are tied to what the caller wrote itself, and to nothing better."""
        return self._tied_to("client") - self.bound

    @functools.cached_property
    def by_role(self) -> frozenset[str]:
        """The row's columns that are tied to the database role, and to nothing better."""
        return self._tied_to("role") - self.bound

    @functools.cached_property
    def flags(self) -> frozenset[Flag]:
        """What is wrong with its facts."""
        return frozenset(flag for fact in self.way for flag in fact.flags)

    @functools.cached_property
    def seen(self) -> frozenset[Term]:
        """Everything it looks at."""
        return frozenset(term for fact in self.way for term in fact.seen)

    @property
    def own(self) -> frozenset[str]:
        """The row's columns that it looks at."""
        return frozenset(t.column for t in self.seen if isinstance(t, Own))

    @property
    def session(self) -> frozenset[Session]:
        """What it asks the session."""
        return frozenset(t for t in self.seen if isinstance(t, Session))

    @property
    def safe(self) -> bool:
        """Ties the row to who asks, or cannot be read; what is unread is not taken for open."""
        return bool(self.bound) or Flag.UNREAD in self.flags

    @functools.cached_property
    def trusted(self) -> frozenset[tuple[QualifiedName, str]]:
        """Columns of other tables that decide: (table, column) for every row between the session and this one.

        Columns that are themselves compared with the session are left out: they say who, the others say what.
        """
        group = self._components.get("session", frozenset())
        who = {term for fact in self.way if ("session" in {p for e in fact.edges for p in e}) for term in fact.seen}
        return frozenset(
            (t.relation, t.column)
            for t in self.seen - who
            if isinstance(t, Inner) and t.relation is not None and f"row:{t.alias}" in group
        )

    @property
    def asks_ours(self) -> bool:
        """It asks a function of ours who belongs where, which no text of the application shows."""
        return any(t.source == "ringfence" and t.key in OUR_TENANTS for t in self.session)

    @property
    def asks_members(self) -> bool:
        """It looks at who belongs where, in the transaction itself."""
        return bool(self.members or self.trusted) or self.asks_ours

    @functools.cached_property
    def members(self) -> frozenset[tuple[QualifiedName, str]]:
        """Columns of other tables that are compared with the session: (table, column)."""
        return frozenset(
            (t.relation, t.column)
            for fact in self.way
            if "session" in {p for e in fact.edges for p in e}
            for t in fact.seen
            if isinstance(t, Inner) and t.relation is not None
        )
