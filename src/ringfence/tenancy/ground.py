"""What every check of `resolve` stands on: the file, the database, and the problems found so far."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, field

from ringfence.catalog.model import Catalog, Column, Table
from ringfence.names import QualifiedName, display_ident
from ringfence.spec.model import Spec, Where
from ringfence.spec.problems import nearest
from ringfence.tenancy.problems import ColumnNotFound, TableNotFound, TenancyInvalid

NAMES_SHOWN_MAX = 12


@dataclass
class Ground:
    """The two inputs and what is wrong between them."""

    spec: Spec
    catalog: Catalog
    problems: list[TenancyInvalid] = field(default_factory=list)

    def add(
        self,
        kind: type[TenancyInvalid],
        message: str,
        *,
        at: Where,
        subject: object,
        hint: str = "",
        detail: str = "",
    ) -> None:
        """Note one problem."""
        self.problems.append(kind(message, subject=str(subject), where=at, hint=hint, detail=detail))

    def table(self, name: QualifiedName, at: Where, what: str) -> Table | None:
        """The table of that name, or None and a note with the nearest name."""
        found = self.catalog.table(name)
        if found is not None:
            return found
        near = nearest_table(name, self.catalog)
        views = {v.name for v in self.catalog.views}
        self.add(
            TableNotFound,
            f"{what} {name} is a view, not a table" if name in views else f"{what} {name} does not exist",
            at=at,
            subject=name,
            hint=f"did you mean {near}?" if near else "check schema and spelling: psql -c '\\dt *.*'",
        )
        return None

    def column(self, table: Table, name: str, at: Where) -> Column | None:
        """The column of that name, or None and a note with the nearest name and what there is."""
        found = table.column(name)
        if found is not None:
            return found
        names = [c.name for c in table.columns]
        near = nearest(name, names)
        shown = ", ".join(display_ident(n) for n in names[:NAMES_SHOWN_MAX])
        more = f" and {len(names) - NAMES_SHOWN_MAX} more" if len(names) > NAMES_SHOWN_MAX else ""
        self.add(
            ColumnNotFound,
            f"{table.name} has no column {name!r}",
            at=at,
            subject=f"{table.name}.{display_ident(name)}",
            detail=f"columns: {shown}{more}",
            hint=f"did you mean {near!r}?" if near else "names are written exactly as the database stores them",
        )
        return None


def nearest_table(name: QualifiedName, catalog: Catalog) -> str | None:
    """The table most people would mean: the same name elsewhere, the same letters, or one spelled nearly so."""
    tables = [t.name for t in catalog.tables]
    for same in (
        [t for t in tables if t.name == name.name],
        [t for t in tables if t.schema == name.schema and t.name.casefold() == name.name.casefold()],
    ):
        if same:
            return str(min(same))
    inside = {t.name: t for t in tables if t.schema == name.schema}
    found = difflib.get_close_matches(name.name, inside, n=1, cutoff=0.6)
    return str(inside[found[0]]) if found else nearest(str(name), (str(t) for t in tables))


def first_free(candidates: Iterable[str], taken: Iterable[str]) -> str:
    """The first candidate that nobody uses; when all are used, the first one with a number that is free."""
    used = {t.casefold() for t in taken}
    listed = list(candidates)
    for name in listed:
        if name.casefold() not in used:
            return name
    number = 2
    while f"{listed[0]}_{number}".casefold() in used:
        number += 1
    return f"{listed[0]}_{number}"
