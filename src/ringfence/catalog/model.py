"""What PostgreSQL says about a database, as frozen values that can be compared, hashed and simulated.

Definitions are the server's own text (`pg_get_constraintdef` and friends) read with an empty search path, so two equal
objects have equal texts. Object ids and attribute numbers are left out: a catalog restored by an undo is *equal*.
Sizes and estimates are measurements, not catalog: they live in `Measure` and never enter the fingerprint.
"""

from __future__ import annotations

import functools
import hashlib
import json
import operator
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

from ringfence.names import QualifiedName


class TableKind(Enum):
    """The relation kinds that can hold or show rows (pg_class.relkind)."""

    ORDINARY = "r"
    PARTITIONED = "p"
    FOREIGN = "f"


class ConstraintKind(Enum):
    """pg_constraint.contype; NOT_NULL exists since PostgreSQL 18 and is read on 18 only."""

    PRIMARY = "p"
    UNIQUE = "u"
    FOREIGN = "f"
    CHECK = "c"
    EXCLUSION = "x"
    NOT_NULL = "n"
    TRIGGER = "t"


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `type` is format_type() text, `default` pg_get_expr() text."""

    name: str
    type: str
    not_null: bool = False
    default: str | None = None
    generated: str = ""
    """'' ordinary, 's' stored, 'v' virtual (18)."""
    identity: str = ""
    """'' none, 'a' always, 'd' by default."""
    collation: str | None = None
    type_schema: str = "pg_catalog"
    base_type: str = ""
    """For a domain the type beneath it, otherwise equal to `type`."""
    acl: tuple[str, ...] = ()
    inherited: bool = False
    options: tuple[str, ...] = ()
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class Constraint:
    """One table constraint. `definition` is pg_get_constraintdef() text including NOT VALID and deferrability."""

    name: str
    kind: ConstraintKind
    definition: str
    columns: tuple[str, ...] = ()
    validated: bool = True
    deferrable: bool = False
    deferred: bool = False
    references: QualifiedName | None = None
    referenced_columns: tuple[str, ...] = ()
    on_update: str = ""
    """pg_constraint.confupdtype: 'a' no action, 'r' restrict, 'c' cascade, 'n' set null, 'd' set default."""
    on_delete: str = ""
    match: str = ""
    """pg_constraint.confmatchtype: 's' simple, 'f' full, 'p' partial."""
    inherited: bool = False
    """Comes from a parent table or partition root (conparentid or coninhcount)."""
    enforced: bool = True


@dataclass(frozen=True, slots=True)
class Index:
    """One index. `columns` are key columns in order, '' where the key is an expression; INCLUDE columns are apart."""

    name: str
    definition: str
    columns: tuple[str, ...]
    include: tuple[str, ...] = ()
    method: str = "btree"
    unique: bool = False
    primary: bool = False
    valid: bool = True
    ready: bool = True
    predicate: str | None = None
    constraint: str | None = None
    """Name of the constraint this index serves, if any."""
    partition_of: QualifiedName | None = None
    nulls_not_distinct: bool = False
    plain: bool = True
    """Every key is a plain column with default operator class, collation and order."""
    replica_identity: bool = False
    """Logical replication finds a row by this index (pg_index.indisreplident)."""
    clustered: bool = False


@dataclass(frozen=True, slots=True)
class Trigger:
    """One trigger that is not internal. `enabled`: 'O' origin, 'A' always, 'R' replica, 'D' disabled."""

    name: str
    definition: str
    function: QualifiedName
    timing: str
    """'before', 'after' or 'instead'."""
    events: tuple[str, ...]
    """Sorted subset of delete, insert, truncate, update."""
    for_each_row: bool
    enabled: str = "O"
    constraint: bool = False
    deferrable: bool = False
    deferred: bool = False
    inherited: bool = False
    update_columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Policy:
    """One row security policy, its expressions as pg_get_expr() text."""

    name: str
    command: str
    """'*', 'r', 'a', 'w' or 'd' (pg_policy.polcmd)."""
    permissive: bool
    roles: tuple[str, ...]
    """Sorted role names; 'public' stands for PUBLIC."""
    using: str | None
    check: str | None


@dataclass(frozen=True, slots=True)
class Rule:
    """One rewrite rule of a table or view, apart from a view's own _RETURN."""

    name: str
    definition: str
    enabled: str = "O"


@dataclass(frozen=True, slots=True)
class Table:
    """One table with everything that hangs on it."""

    name: QualifiedName
    kind: TableKind
    columns: tuple[Column, ...]
    owner: str
    constraints: tuple[Constraint, ...] = ()
    indexes: tuple[Index, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    policies: tuple[Policy, ...] = ()
    rules: tuple[Rule, ...] = ()
    acl: tuple[str, ...] = ()
    rls_enabled: bool = False
    rls_forced: bool = False
    replica_identity: str = "d"
    options: tuple[str, ...] = ()
    persistence: str = "p"
    partition_of: QualifiedName | None = None
    partition_bound: str | None = None
    partition_key: str | None = None
    inherits: tuple[QualifiedName, ...] = ()
    extension: str | None = None
    """Name of the extension that owns it, if any."""
    tablespace: str | None = None
    comment: str | None = None
    access_method: str = "heap"

    @property
    def primary_key(self) -> tuple[str, ...]:
        """The primary key's columns, () when there is none."""
        for constraint in self.constraints:
            if constraint.kind is ConstraintKind.PRIMARY:
                return constraint.columns
        return ()

    @property
    def foreign_keys(self) -> tuple[Constraint, ...]:
        """The foreign keys, in name order."""
        return tuple(c for c in self.constraints if c.kind is ConstraintKind.FOREIGN)

    def column(self, name: str) -> Column | None:
        """The column of that exact name, or None."""
        return next((c for c in self.columns if c.name == name), None)

    def constraint(self, name: str) -> Constraint | None:
        """The constraint of that exact name, or None."""
        return next((c for c in self.constraints if c.name == name), None)

    def index(self, name: str) -> Index | None:
        """The index of that exact name, or None."""
        return next((i for i in self.indexes if i.name == name), None)

    def trigger(self, name: str) -> Trigger | None:
        """The trigger of that exact name, or None."""
        return next((t for t in self.triggers if t.name == name), None)


@dataclass(frozen=True, slots=True)
class View:
    """One view or materialized view (`kind` 'v' or 'm'), with the tables it reads."""

    name: QualifiedName
    kind: str
    definition: str
    owner: str
    options: tuple[str, ...] = ()
    acl: tuple[str, ...] = ()
    reads: tuple[QualifiedName, ...] = ()
    columns: tuple[str, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    rules: tuple[Rule, ...] = ()
    indexes: tuple[Index, ...] = ()
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class Routine:
    """One function, procedure or aggregate, by its identity arguments."""

    name: QualifiedName
    arguments: str
    """pg_get_function_identity_arguments() text."""
    kind: str
    definition: str
    """pg_get_functiondef() text; for aggregates the result type."""
    owner: str
    language: str
    security_definer: bool = False
    volatility: str = "v"
    config: tuple[str, ...] = ()
    acl: tuple[str, ...] | None = None
    """None means the built-in default (EXECUTE to PUBLIC)."""
    returns: str = ""
    extension: str | None = None


@dataclass(frozen=True, slots=True)
class Sequence:
    """One sequence; its current value is data and not part of the catalog."""

    name: QualifiedName
    type: str
    owner: str
    owned_by: str | None = None
    """`schema.table.column` text, or None."""
    options: str = ""
    acl: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TypeDef:
    """One enum, domain, composite or range type; `definition` is an exact text of our own making."""

    name: QualifiedName
    kind: str
    definition: str
    owner: str


@dataclass(frozen=True, slots=True)
class Membership:
    """One grant of a role to another; before PostgreSQL 16 `inherit` follows the member, `set_role` is always true."""

    role: str
    admin: bool = False
    inherit: bool = True
    set_role: bool = True


@dataclass(frozen=True, slots=True)
class Role:
    """One role that matters here: attributes and memberships."""

    name: str
    superuser: bool = False
    bypass_rls: bool = False
    login: bool = False
    inherit: bool = True
    create_role: bool = False
    create_db: bool = False
    replication: bool = False
    member_of: tuple[str, ...] = ()
    config: tuple[str, ...] = ()
    """`name=value` texts for every database; the value of a setting that may hold a secret is `***`."""
    database_config: tuple[str, ...] = ()
    """The same for this database only; it wins."""
    memberships: tuple[Membership, ...] = ()
    """`member_of` with the options of each grant."""


@dataclass(frozen=True, slots=True)
class Schema:
    """One schema with owner and grants."""

    name: str
    owner: str
    acl: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Publication:
    """One publication; `tables` are texts with column list and row filter."""

    name: str
    all_tables: bool
    tables: tuple[str, ...] = ()
    schemas: tuple[str, ...] = ()
    options: str = ""


@dataclass(frozen=True, slots=True)
class Extension:
    """One installed extension."""

    name: str
    version: str
    schema: str


@dataclass(frozen=True, slots=True)
class DefaultAcl:
    """One row of pg_default_acl."""

    role: str
    schema: str | None
    object_type: str
    acl: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EventTrigger:
    """One event trigger."""

    name: str
    event: str
    function: QualifiedName
    enabled: str
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Measure:
    """How big a table is, as the statistics say: estimates, never part of the fingerprint."""

    rows_estimate: int
    """pg_class.reltuples; -1 when never analyzed."""
    pages: int
    bytes_total: int
    frozen_age: int = 0


@dataclass(frozen=True)
class Catalog:
    """Everything of one database that Ringfence reads; schemas of the system and of ringfence itself are left out."""

    server_version: int
    """server_version_num, for example 180004."""
    database: str
    current_user: str
    current_user_superuser: bool
    schemas: tuple[Schema, ...] = ()
    tables: tuple[Table, ...] = ()
    views: tuple[View, ...] = ()
    routines: tuple[Routine, ...] = ()
    sequences: tuple[Sequence, ...] = ()
    types: tuple[TypeDef, ...] = ()
    roles: tuple[Role, ...] = ()
    publications: tuple[Publication, ...] = ()
    extensions: tuple[Extension, ...] = ()
    default_acls: tuple[DefaultAcl, ...] = ()
    event_triggers: tuple[EventTrigger, ...] = ()
    measures: Mapping[str, Measure] = field(default_factory=dict)
    """By str(QualifiedName)."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """Server settings that a plan depends on, for example wal_level, max_replication_slots."""

    @functools.cached_property
    def by_name(self) -> Mapping[QualifiedName, Table]:
        """Tables by name."""
        return {t.name: t for t in self.tables}

    def table(self, name: QualifiedName) -> Table | None:
        """The table of that exact name, or None."""
        return self.by_name.get(name)

    def measure(self, name: QualifiedName) -> Measure:
        """The size of a table; an unknown one counts as empty and never analyzed."""
        return self.measures.get(str(name), Measure(rows_estimate=-1, pages=0, bytes_total=0))

    @functools.cached_property
    def children(self) -> Mapping[QualifiedName, tuple[QualifiedName, ...]]:
        """Partitions and inheritance children by parent, one level."""
        found: dict[QualifiedName, list[QualifiedName]] = {}
        for table in self.tables:
            parents = (table.partition_of,) if table.partition_of else table.inherits
            for parent in parents:
                found.setdefault(parent, []).append(table.name)
        return {parent: tuple(sorted(names)) for parent, names in found.items()}

    def with_table(self, table: Table) -> Catalog:
        """The same catalog with one table put in or replaced, tables kept in name order."""
        others = [t for t in self.tables if t.name != table.name]
        return replace(self, tables=tuple(sorted([*others, table], key=lambda t: t.name)))

    def without_table(self, name: QualifiedName) -> Catalog:
        """The same catalog without one table."""
        return replace(self, tables=tuple(t for t in self.tables if t.name != name))

    @functools.cached_property
    def fingerprint(self) -> str:
        """SHA-256 over schemas, tables, views, routines, sequences, types, policies, grants and publications.

        Roles, settings, sizes, the database's name and who is connected do not enter: the same schema has the same
        fingerprint on a clone.
        """
        parts = (
            sorted(self.schemas, key=_name),
            sorted(self.tables, key=_name),
            sorted(self.views, key=_name),
            sorted(self.routines, key=lambda r: (r.name, r.arguments)),
            sorted(self.sequences, key=_name),
            sorted(self.types, key=_name),
            sorted(self.publications, key=_name),
            sorted(self.default_acls, key=lambda a: (a.role, a.schema or "", a.object_type)),
            sorted(self.event_triggers, key=_name),
        )
        text = json.dumps(parts, default=_plain, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


_name = operator.attrgetter("name")
_UNORDERED = frozenset({"constraints", "indexes", "triggers", "policies", "rules"})


def _plain(value: Any) -> object:
    """A value of this file as a list, class name first; parts in name order, so that only columns have a position.

    The codec's form says every field's name; with ten thousand columns that took longer than reading the catalog.
    """
    if isinstance(value, Enum):
        return value.value
    parts: list[Any] = [type(value).__name__]
    if isinstance(value, (Table, View)):
        for field_name in value.__dataclass_fields__:
            part = getattr(value, field_name)
            parts.append(sorted(part, key=_name) if field_name in _UNORDERED else part)
        return parts
    parts.extend(getattr(value, field_name) for field_name in value.__dataclass_fields__)
    return parts
