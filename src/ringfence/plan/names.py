"""The names of everything a plan creates, chosen so that they never clash with the application's own."""

from __future__ import annotations

from dataclasses import dataclass, field

from ringfence.catalog.model import Catalog, Table
from ringfence.names import QualifiedName, bounded_name

OURS = "ringfence"
"""The schema that holds our objects."""

FILL_INSERT = "zzz_ringfence_fill_insert"
FILL_UPDATE = "zzz_ringfence_fill_update"
"""Fill triggers sort after the application's own: a later BEFORE trigger could still change the owner (law 4.5)."""
HOLD = "zzz_ringfence_hold"
SETTLE = "ringfence_settle"
CHOICE = "ringfence_choice"
SIGN_UP = "00_ringfence_sign_up"
"""Sorts before the application's own AFTER triggers, which may insert rows that need the membership (law 4.6)."""


def ours(name: str) -> QualifiedName:
    """A name in our own schema."""
    return QualifiedName(OURS, name)


def sorted_last(table: Table, base: str) -> str:
    """A trigger name that sorts after every BEFORE ROW trigger of the table; `~` is the last printable ASCII sign."""
    name = base
    before = [t.name for t in table.triggers if t.timing == "before" and t.for_each_row and "ringfence" not in t.name]
    while any(other >= name for other in before):
        name = "~" + name
    return name


def sorted_first(table: Table, base: str) -> str:
    """A trigger name that sorts before every AFTER ROW trigger of the table."""
    name = base
    after = [t.name for t in table.triggers if t.timing == "after" and t.for_each_row and "ringfence" not in t.name]
    while any(other <= name for other in after):
        name = "!" + name
    return name


@dataclass
class Namer:
    """Hands out relation and constraint names, each once; what the catalog already uses gets a number behind it.

    The only mutable value of the stage: it lives for one build and the same input gives the same names.
    """

    taken: set[tuple[str, str]] = field(default_factory=set)

    @classmethod
    def of(cls, catalog: Catalog) -> Namer:
        """A namer that knows every relation and constraint name of the catalog."""
        taken: set[tuple[str, str]] = set()
        for table in catalog.tables:
            taken.add((table.name.schema, table.name.name))
            taken.update((table.name.schema, i.name) for i in table.indexes)
            taken.update((table.name.schema, c.name) for c in table.constraints)
        taken.update((v.name.schema, v.name.name) for v in catalog.views)
        taken.update((s.name.schema, s.name.name) for s in catalog.sequences)
        return cls(taken)

    def take(self, schema: str, *parts: str) -> str:
        """A free name in the schema made of the parts."""
        name = bounded_name(*parts)
        number = 2
        while (schema, name) in self.taken:
            name = bounded_name(*parts, str(number))
            number += 1
        self.taken.add((schema, name))
        return name
