"""Who reads or writes tenant tables without a tenant, as a value, and what is asked of the catalog to find them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from ringfence.catalog.model import Catalog, Role
from ringfence.plan.family import members
from ringfence.tenancy.isolation import Decision, Isolation, Way
from ringfence.tenancy.model import Tenancy


class ReaderKind(Enum):
    """What sort of object it is."""

    ROUTINE = "routine"
    SIGN_UP = "trigger function"
    VIEW = "view"
    MATERIALIZED_VIEW = "materialized view"
    FOREIGN_TABLE = "foreign table"
    RULE = "table with rules"
    PUBLICATION = "publication"
    FILES = "files of Storage"


@dataclass(frozen=True, slots=True)
class Reader:
    """One reader or writer without a tenant."""

    key: str
    """Its name as `[contextless]` writes it."""
    kind: ReaderKind
    why: str
    """What it does, and what would happen to it."""
    ways: tuple[Way, ...]
    """The ways that make sense for it, the one that changes least first."""
    decision: Decision | None
    preset: Way | None = None
    """What is done when nobody decides, where that is safe."""

    @property
    def way(self) -> Way | None:
        """What will be done; None: a person must decide."""
        return self.decision.way if self.decision is not None else self.preset


class Scene:
    """The inputs, and what several kinds of readers ask of them."""

    def __init__(self, tenancy: Tenancy, catalog: Catalog, isolation: Isolation) -> None:
        self.tenancy = tenancy
        self.catalog = catalog
        self.isolation = isolation
        self.roles: Mapping[str, Role] = {r.name: r for r in catalog.roles}
        family = [catalog.by_name[e.name] for e in tenancy.tables]
        self.tables = {t.name: t for root in family for t in (root, *members(catalog, root.name))}
        """Every tenant table with its partitions and children."""

    def reader(self, key: str, kind: ReaderKind, why: str, ways: tuple[Way, ...], preset: Way | None = None) -> Reader:
        """A reader with what the spec decides on it."""
        return Reader(key, kind, why, ways, self.isolation.decisions.get(key), preset)

    def bypasses(self, role: str) -> bool:
        """Whether row security does not bind the role; one that the catalog does not know counts as bound."""
        known = self.roles.get(role)
        return known is not None and (known.superuser or known.bypass_rls)

    def member_of(self, role: str) -> frozenset[str]:
        """The role itself and every role whose rights it has."""
        found = {role}
        waiting = [role]
        while waiting:
            known = self.roles.get(waiting.pop())
            for name in known.member_of if known is not None else ():
                if name not in found:
                    found.add(name)
                    waiting.append(name)
        return frozenset(found)
