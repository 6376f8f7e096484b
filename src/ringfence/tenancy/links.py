"""All references between tables: those the schema declares, and those that names propose and the data confirms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ringfence.catalog.model import Catalog, Table
from ringfence.names import QualifiedName, display_ident
from ringfence.spec.derive import hop_text
from ringfence.tenancy.evidence import (
    SHARE_MIN,
    VALUES_MIN,
    Counted,
    Evidence,
    Unanswered,
    application_tables,
    candidates,
    parents_by_noun,
)

SHARE_WORTH_SAYING = 0.5
"""Below this share of found values a name's proposal is dropped without a word."""


@dataclass(frozen=True, slots=True)
class Link:
    """One reference that can be relied on."""

    table: QualifiedName
    columns: tuple[str, ...]
    parent: QualifiedName
    parent_columns: tuple[str, ...]
    constraint: str | None
    """Name of the foreign key; None when names and data say it."""
    nullable: bool
    cascade: bool
    why: str
    brief: str
    """The same in a few words."""

    @property
    def derive(self) -> str:
        """The link as a line of `derive`."""
        return hop_text(self.columns, self.parent)


@dataclass(frozen=True, slots=True)
class Doubt:
    """A reference that a name proposes and the data does not confirm."""

    table: QualifiedName
    column: str
    parent: QualifiedName
    why: str
    found_there: bool = False
    """The values are the parent's keys, though too few of them to rest a derivation on."""

    @property
    def derive(self) -> str:
        """The doubtful link as a line of `derive`."""
        return hop_text((self.column,), self.parent)


@dataclass(frozen=True, slots=True)
class Links:
    """References by table, in the order of their columns."""

    sure: Mapping[QualifiedName, tuple[Link, ...]]
    doubtful: Mapping[QualifiedName, tuple[Doubt, ...]]
    used_by: Mapping[QualifiedName, frozenset[QualifiedName]]
    """For each table the tables that refer to it, also those that only seem to."""

    def of(self, table: QualifiedName) -> tuple[Link, ...]:
        """What one table refers to for certain."""
        return self.sure.get(table, ())


def find_links(catalog: Catalog, evidence: Evidence, users: QualifiedName | None) -> Links:
    """Every reference out of the application's tables; `users` is the users table, when one is known."""
    tables = application_tables(catalog)
    by_noun = parents_by_noun(catalog, tables)
    sure: dict[QualifiedName, tuple[Link, ...]] = {}
    doubtful: dict[QualifiedName, tuple[Doubt, ...]] = {}
    for table in tables:
        links = _declared(catalog, evidence, table)
        doubts: list[Doubt] = []
        taken = {name for c in table.foreign_keys for name in c.columns}
        for column in table.columns:
            if column.name in taken:
                continue
            for parent in candidates(catalog, table, column, by_noun, users):
                found = _judged(catalog, evidence, table, column.name, parent)
                if isinstance(found, Link):
                    links.append(found)
                    break
                if found is not None:
                    doubts.append(found)
        sure[table.name] = tuple(links)
        confirmed = {link.columns[0] for link in links}
        doubtful[table.name] = tuple(d for d in doubts if d.column not in confirmed)
    used_by: dict[QualifiedName, set[QualifiedName]] = {}
    for name, found_links in sure.items():
        for link in found_links:
            used_by.setdefault(link.parent, set()).add(name)
    for name, doubts_left in doubtful.items():
        for doubt in doubts_left:
            if doubt.found_there:
                used_by.setdefault(doubt.parent, set()).add(name)
    return Links(sure, doubtful, {name: frozenset(users_of) for name, users_of in used_by.items()})


def _declared(catalog: Catalog, evidence: Evidence, table: Table) -> list[Link]:
    found: list[Link] = []
    order = {c.name: number for number, c in enumerate(table.columns)}
    for constraint in sorted(table.foreign_keys, key=lambda c: (order[c.columns[0]], c.name)):
        parent = constraint.references
        if parent is None or parent == table.name or catalog.table(parent) is None:
            continue
        optional = [c for c in constraint.columns if not (column := table.column(c)) or not column.not_null]
        cascade = constraint.on_delete == "c"
        nulls = _null_words(evidence, table.name, optional[0], parent) if optional else "never null"
        words = [f"foreign key {display_ident(constraint.name)}", nulls]
        if cascade:
            words.append("rows are deleted with their parent")
        found.append(
            Link(
                table.name,
                constraint.columns,
                parent,
                constraint.referenced_columns,
                constraint.name,
                nullable=bool(optional),
                cascade=cascade,
                why=", ".join(words),
                brief=f"foreign key, {nulls}",
            )
        )
    return found


def _null_words(evidence: Evidence, table: QualifiedName, column: str, parent: QualifiedName) -> str:
    match evidence.about(table, column, parent):
        case Counted() as counted if counted.rows and counted.nulls == 0:
            return f"may be null, but is not in {counted.rows} sampled rows"
        case Counted() as counted if counted.rows:
            return f"null in {_percent(counted.null_share)} of {counted.rows} sampled rows"
        case _:
            return "may be null"


def _percent(share: float) -> str:
    if 0 < share < 0.01:
        return "less than 1 %"
    if 0.99 < share < 1:
        return "more than 99 %"
    return f"{share:.0%}".replace("%", " %")


def _judged(
    catalog: Catalog, evidence: Evidence, table: Table, column: str, parent: QualifiedName
) -> Link | Doubt | None:
    """What the data says about a reference that a name proposes; None when there is nothing to it."""
    answer = evidence.about(table.name, column, parent)
    match answer:
        case None:
            return Doubt(table.name, column, parent, "its name says so, the data has not been asked")
        case Unanswered(reason):
            return Doubt(table.name, column, parent, f"its name says so, but the data could not be asked: {reason}")
        case Counted() if answer.values == 0:
            return Doubt(table.name, column, parent, "its name says so, but there is no value to compare")
        case Counted() if answer.found_share < SHARE_WORTH_SAYING:
            return None
        case Counted() if answer.found_share < SHARE_MIN:
            share = _percent(answer.found_share)
            return Doubt(
                table.name,
                column,
                parent,
                f"its name says so, but only {share} of {answer.values} values are found there",
            )
        case Counted() if answer.values < VALUES_MIN:
            return Doubt(
                table.name,
                column,
                parent,
                f"its name says so and its values are found there, but they are only {answer.values}"
                f" ({VALUES_MIN} are needed to be sure)",
                found_there=True,
            )
        case Counted():
            share = _percent(answer.found_share)
            nulls = f", null in {_percent(answer.null_share)} of the rows" if answer.nulls else ""
            return Link(
                table.name,
                (column,),
                parent,
                (catalog.by_name[parent].primary_key[0],),
                None,
                nullable=not (found := table.column(column)) or not found.not_null,
                cascade=False,
                why=f"no foreign key, but its name says so and {share} of {answer.values} sampled values are keys of"
                f" {parent}{nulls}",
                brief=f"no foreign key, but {share} of the values are keys{nulls}",
            )
