"""What the catalog cannot say and the data can: whether the values of a column are keys of another table.

The pure side writes the questions and reads the answers; asking is `pg.py`'s business.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from ringfence.catalog.model import Catalog, Column, Table
from ringfence.names import QualifiedName
from ringfence.tenancy.likeness import comparable, family
from ringfence.tenancy.people import find_users
from ringfence.tenancy.platform_tables import AUTH_USERS, is_child, is_supabase, platform_reason
from ringfence.tenancy.words import ALIASES, Role, looks_like_reference, noun, role_of, stem

SAMPLE_ROWS = 20_000
"""Rows one question reads at most."""
VALUES_MIN = 20
"""Distinct values below which nothing is concluded: a handful is found anywhere by chance."""
SHARE_MIN = 0.99
"""Share of values that must be found; the rest may be rows whose parent was deleted."""
QUESTIONS_PER_TABLE_MAX = 40


@dataclass(frozen=True, slots=True)
class Question:
    """Are the values of a column keys of a parent table?"""

    table: QualifiedName
    column: str
    parent: QualifiedName
    parent_column: str
    sample_percent: float
    """Share of the table's pages to look at, so that about SAMPLE_ROWS rows are read; 100 reads from the beginning."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What the sample showed."""

    rows: int
    nulls: int
    values: int
    """Distinct values that are not null."""
    found: int
    """How many of them are keys of the parent."""

    @property
    def null_share(self) -> float:
        """Share of rows without a value; 0 when there was no row."""
        return self.nulls / self.rows if self.rows else 0.0

    @property
    def found_share(self) -> float:
        """Share of distinct values that are keys of the parent; 0 when there was none."""
        return self.found / self.values if self.values else 0.0


@dataclass(frozen=True, slots=True)
class Unanswered:
    """The question could not be asked to the end, and why (a permission, a timeout)."""

    reason: str


Answer: TypeAlias = Counted | Unanswered


@dataclass(frozen=True, slots=True)
class Activity:
    """What the server's statistics say about a table since they began."""

    rows: int
    inserted: int
    updated: int
    deleted: int


@dataclass(frozen=True)
class Evidence:
    """All answers; a question that nobody asked is missing, and then nothing is concluded from it."""

    answers: Mapping[Question, Answer] = field(default_factory=dict)
    activity: Mapping[str, Activity] = field(default_factory=dict)
    """By str(QualifiedName)."""

    def about(self, table: QualifiedName, column: str, parent: QualifiedName) -> Answer | None:
        """The answer about one column and one parent, None when it was not asked."""
        return self._by_names.get((table, column, parent))

    @functools.cached_property
    def _by_names(self) -> Mapping[tuple[QualifiedName, str, QualifiedName], Answer]:
        return {(q.table, q.column, q.parent): a for q, a in self.answers.items()}


def application_tables(catalog: Catalog) -> tuple[Table, ...]:
    """The tables a person has to decide on: the application's own, without partitions and children."""
    return tuple(
        t for t in catalog.tables if platform_reason(catalog, t.name) is None and not is_child(catalog, t.name)
    )


def questions(catalog: Catalog, users: QualifiedName | None = None) -> tuple[Question, ...]:
    """Every question whose answer could decide something: columns that look like references, or may be null.

    `users` is the users table when a person has named it. The order is that of the tables and columns.
    """
    people = find_users(catalog, users)
    users_table = people.table if people is not None else None
    tables = application_tables(catalog)
    by_noun = parents_by_noun(catalog, tables)
    found: list[Question] = []
    for table in tables:
        percent = _percent(catalog.measure(table.name).rows_estimate)
        asked = [
            Question(table.name, column.name, parent.name, parent_column, percent)
            for column in table.columns
            for parent, parent_column in _parents(catalog, table, column, by_noun, users_table)
        ]
        found.extend(asked[:QUESTIONS_PER_TABLE_MAX])
    return tuple(dict.fromkeys(found))


def parents_by_noun(catalog: Catalog, tables: Iterable[Table]) -> Mapping[str, list[Table]]:
    """The tables a column can refer to, by the last word of their name."""
    found: dict[str, list[Table]] = {}
    for table in (*tables, *([catalog.by_name[AUTH_USERS]] if is_supabase(catalog) else [])):
        name = stem(table.name.name)
        if name and len(table.primary_key) == 1:
            found.setdefault(ALIASES.get(name[-1], name[-1]), []).append(table)
    return found


def _percent(rows_estimate: int) -> float:
    return 100.0 if rows_estimate <= SAMPLE_ROWS else 100.0 * SAMPLE_ROWS / rows_estimate


def _parents(
    catalog: Catalog,
    table: Table,
    column: Column,
    by_noun: Mapping[str, list[Table]],
    users: QualifiedName | None,
) -> Iterator[tuple[Table, str]]:
    declared = [c for c in table.foreign_keys if c.columns == (column.name,) and c.references is not None]
    for constraint in declared:
        assert constraint.references is not None
        parent = catalog.table(constraint.references)
        if parent is not None and not column.not_null and parent.name != table.name:
            yield parent, constraint.referenced_columns[0]
    if declared or any(column.name in c.columns for c in table.foreign_keys):
        return
    for name in candidates(catalog, table, column, by_noun, users):
        parent = catalog.by_name[name]
        yield parent, parent.primary_key[0]


def candidates(
    catalog: Catalog,
    table: Table,
    column: Column,
    by_noun: Mapping[str, list[Table]],
    users: QualifiedName | None,
) -> list[QualifiedName]:
    """The tables that a column without foreign key could refer to by its name and type, the likeliest first."""
    if is_polymorphic(table, column.name):
        return []
    found: list[QualifiedName] = []
    own_key = table.primary_key == (column.name,)
    if own_key:
        # whole numbers of two keys coincide by themselves, so only wide keys can show that a table extends users
        if users is not None and users != table.name and family(column.base_type or column.type) == "uuid":
            found.append(users)
    elif looks_like_reference(column.name):
        meant = noun(column.name)
        head = ALIASES.get(meant[-1], meant[-1]) if meant else ""
        matching = [(_words_in_common(stem(p.name.name), meant), p.name) for p in by_noun.get(head, ())]
        matching.sort(key=lambda m: (-m[0], m[1].schema != table.name.schema, len(m[1].name), m[1]))
        found.extend(name for common, name in matching if common)
        if users is not None and role_of(column.name) is not Role.UNKNOWN and users not in found:
            found.append(users)
    return [name for name in found if name != table.name and _keyed_alike(catalog.by_name[name], column)]


def _words_in_common(table_words: tuple[str, ...], meant: tuple[str, ...]) -> int:
    """How many words both end in, 0 unless one name ends in the other whole one.

    `question_id` means polls_question, `author_user_id` means users.
    """
    one = [ALIASES.get(w, w) for w in meant]
    other = [ALIASES.get(w, w) for w in table_words]
    shorter = min(len(one), len(other))
    return shorter if shorter and one[-shorter:] == other[-shorter:] else 0


def _keyed_alike(parent: Table, column: Column) -> bool:
    key = parent.column(parent.primary_key[0]) if len(parent.primary_key) == 1 else None
    # other types' equality may live in a schema that our empty search path does not see
    known = ("whole number", "text", "uuid")
    return key is not None and comparable(column, key) and family(column.base_type or column.type) in known


def is_polymorphic(table: Table, column: str) -> bool:
    """Whether a column refers to a table that another column names (commentable_type beside commentable_id)."""
    meant = noun(column)
    return bool(meant) and any(noun(c.name) == (*meant, "type") for c in table.columns)
