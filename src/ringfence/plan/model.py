"""The plan as a value: phases > steps > statements, finished SQL with its lock, timeouts, hazards and undo.

What a person reads here is what will run. A step is born with its undo and its effect on the catalog; one that cannot
be undone says `Irreversible` and why.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias

from ringfence import codec
from ringfence.catalog.model import Column, Constraint, Index, Policy, Schema, Table, Trigger, View
from ringfence.errors import RingfenceError
from ringfence.names import QualifiedName
from ringfence.plan.rights import (
    DefaultAclChanged,
    DefaultChanged,
    EventTriggerAdded,
    GrantsChanged,
    OwnerChanged,
    PolicyChanged,
    PolicyRemoved,
    RoutineChanged,
    RowSecurityChanged,
    SchemaGrantsChanged,
    SequenceGrantsChanged,
    ViewChanged,
)
from ringfence.plan.trial import Trial
from ringfence.tenancy.model import StarReader, Tenancy

PLAN_FORMAT = 1


class PlanRefused(RingfenceError):
    """No plan can be built for this database as it is."""

    code = "RF401"
    exit_code = 3


class LockMode(Enum):
    """The table lock a statement takes, weakest first (PostgreSQL, explicit locking)."""

    NONE = "none"
    ACCESS_SHARE = "ACCESS SHARE"
    ROW_SHARE = "ROW SHARE"
    ROW_EXCLUSIVE = "ROW EXCLUSIVE"
    SHARE_UPDATE_EXCLUSIVE = "SHARE UPDATE EXCLUSIVE"
    SHARE = "SHARE"
    SHARE_ROW_EXCLUSIVE = "SHARE ROW EXCLUSIVE"
    EXCLUSIVE = "EXCLUSIVE"
    ACCESS_EXCLUSIVE = "ACCESS EXCLUSIVE"


@dataclass(frozen=True, slots=True)
class Hazard:
    """What a statement could do to the people using the database; `code` is a row of docs/reference/hazards.md."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Statement:
    """One finished SQL statement."""

    sql: str
    lock: LockMode = LockMode.NONE
    tables: tuple[QualifiedName, ...] = ()
    """The tables locked in that mode, in lock order."""
    lock_timeout_ms: int = 50
    statement_timeout_ms: int = 5000
    hazards: tuple[Hazard, ...] = ()


@dataclass(frozen=True, slots=True)
class Privilege:
    """What the migrating role must be able to do; `sql` gives one boolean, `without` says what happens if not."""

    text: str
    sql: str
    without: str = "refused before the first write"
    grant: str = ""
    """A statement that grants it, ready to paste, run by a suitable role."""


@dataclass(frozen=True, slots=True)
class Probe:
    """A question with one boolean as answer, asked to the real catalog."""

    sql: str


# --- actions: what a step does -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Transaction:
    """Statements in one short transaction, the journal entry last; retried on lock timeouts within bounds."""

    statements: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Concurrently:
    """One statement that must not run in a transaction (CREATE INDEX CONCURRENTLY) with its debris and definition.

    Before each try `debris` is asked: when it is true a failed earlier try is in the way and `clean_up` runs first.
    """

    statement: Statement
    debris: Probe
    clean_up: Statement
    done_when: Probe | None = None
    """True when what it makes (or takes away) is there (or gone): then there is nothing to run."""


@dataclass(frozen=True, slots=True)
class Backfill:
    """Rows whose tenant differs from the derived one are filled, in striped passes inside page chunks, then swept.

    `settings` are finished SET LOCAL statements run first in every batch's transaction. `batch_sql` takes %(lo)s and
    %(hi)s (texts of tids), %(passes)s and %(stripe)s and returns one row: rows (bigint, changed) and intact (boolean:
    nothing but the tenant column changed). A sweep is the same over all chunks in one pass each, until
    `differs_sql`, which counts rows that still differ (bigint `rows`), says zero. `stops_sql` names rows a person must decide on
    (subject, detail); any row ends the step with an error after everything else is filled.
    """

    table: QualifiedName
    """The relation that holds the rows itself: a partition, never the partitioned root."""
    column: str
    settings: tuple[str, ...]
    batch_sql: str
    differs_sql: str
    analyze_sql: str
    stops_sql: str | None = None
    stops_hint: str = ""
    sweeps_only: bool = False
    settled_later: bool = False
    """A later step sweeps again when references carry every change of a parent; until then a parent that changes hands
    makes rows differ faster than a sweep of a large table can follow, so this step does not wait for zero."""


@dataclass(frozen=True, slots=True)
class Repeat:
    """A bounded statement on our own tables, run (each time with a journal entry) until it changes no row.

    Takes %(rows_max)s; its row count is the progress.
    """

    statement: Statement
    rows_max: int


class ProcedureKind(Enum):
    """Work that is more than SQL; each kind has one handler in the executor."""

    SESSIONS = "sessions"
    BACKUP = "backup"
    BASELINE = "baseline"


@dataclass(frozen=True, slots=True)
class Procedure:
    """A named piece of work of the executor with its arguments."""

    kind: ProcedureKind
    arguments: Mapping[str, str] = field(default_factory=dict)


Action: TypeAlias = Transaction | Concurrently | Backfill | Repeat | Procedure


# --- undo --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class UndoWith:
    """Actions that take the step back, in this order; each is safe to run again."""

    actions: tuple[Action, ...]
    done_when: Probe | None = None


@dataclass(frozen=True, slots=True)
class NothingToUndo:
    """The step leaves nothing behind, or what it leaves goes with something else; `why` says which."""

    why: str


@dataclass(frozen=True, slots=True)
class Irreversible:
    """The step cannot be taken back, and why that is acceptable."""

    why: str


Undo: TypeAlias = UndoWith | NothingToUndo | Irreversible


@dataclass(frozen=True, slots=True)
class OneWay:
    """Rows written after the step can make its undo impossible; `conflicts_sql` names them.

    The query returns `subject` and `detail` texts, at most 100; no row means the undo is possible.
    """

    why: str
    conflicts_sql: str
    hint: str


# --- effects on a simulated catalog ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TableAdded:
    """A table appears."""

    table: Table


@dataclass(frozen=True, slots=True)
class ColumnAdded:
    """A column appears at the end of a table (and of its partitions and children)."""

    table: QualifiedName
    column: Column


@dataclass(frozen=True, slots=True)
class ColumnNotNull:
    """A column becomes NOT NULL; on 18 with the named constraint."""

    table: QualifiedName
    column: str
    constraint: str


@dataclass(frozen=True, slots=True)
class ConstraintAdded:
    """A constraint appears."""

    table: QualifiedName
    constraint: Constraint


@dataclass(frozen=True, slots=True)
class ConstraintValidated:
    """A NOT VALID constraint becomes valid."""

    table: QualifiedName
    constraint: str


@dataclass(frozen=True, slots=True)
class ConstraintRemoved:
    """A constraint goes."""

    table: QualifiedName
    constraint: str


@dataclass(frozen=True, slots=True)
class IndexAdded:
    """An index appears."""

    table: QualifiedName
    index: Index


@dataclass(frozen=True, slots=True)
class IndexAttached:
    """A partition's index becomes part of the partitioned one."""

    table: QualifiedName
    index: str
    whole: QualifiedName


@dataclass(frozen=True, slots=True)
class IndexRemoved:
    """An index goes."""

    table: QualifiedName
    index: str


@dataclass(frozen=True, slots=True)
class TriggerAdded:
    """A trigger appears."""

    table: QualifiedName
    trigger: Trigger


@dataclass(frozen=True, slots=True)
class TriggerRemoved:
    """A trigger goes."""

    table: QualifiedName
    trigger: str


@dataclass(frozen=True, slots=True)
class PolicyAdded:
    """A policy appears."""

    table: QualifiedName
    policy: Policy


@dataclass(frozen=True, slots=True)
class ViewAdded:
    """A view appears."""

    view: View


@dataclass(frozen=True, slots=True)
class ViewRemoved:
    """A view goes."""

    view: QualifiedName


@dataclass(frozen=True, slots=True)
class TableRenamed:
    """A table gets another name in its schema; everything that refers to it follows, since it refers by identity."""

    table: QualifiedName
    name: str


@dataclass(frozen=True, slots=True)
class SchemaAdded:
    """A schema appears."""

    schema: Schema


@dataclass(frozen=True, slots=True)
class SchemaRemoved:
    """A schema goes."""

    schema: str


CatalogChange: TypeAlias = (
    TableAdded
    | ColumnAdded
    | ColumnNotNull
    | ConstraintAdded
    | ConstraintValidated
    | ConstraintRemoved
    | IndexAdded
    | IndexAttached
    | IndexRemoved
    | TriggerAdded
    | TriggerRemoved
    | PolicyAdded
    | ViewAdded
    | PolicyRemoved
    | PolicyChanged
    | RowSecurityChanged
    | OwnerChanged
    | GrantsChanged
    | DefaultChanged
    | ViewChanged
    | RoutineChanged
    | SchemaGrantsChanged
    | SequenceGrantsChanged
    | DefaultAclChanged
    | EventTriggerAdded
    | ViewRemoved
    | TableRenamed
    | SchemaAdded
    | SchemaRemoved
)


# --- steps, gates, phases ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Step:
    """One recorded unit of work. `id` is unique in the plan and stable between two builds of the same plan."""

    id: str
    title: str
    action: Action
    undo: Undo
    table: QualifiedName | None = None
    effect: tuple[CatalogChange, ...] = ()
    done_when: Probe | None = None
    """Asked when a step was started and not recorded; a Transaction or Repeat records itself and needs none."""
    needs: tuple[Privilege, ...] = ()
    proves: str = ""
    one_way: OneWay | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """One question of a gate: `sql` returns a row (subject, detail) per problem, none when all is well.

    `observed_sql`, when given, counts what the check could look at (bigint `observed`); zero means unproven.
    """

    code: str
    title: str
    sql: str
    hint: str
    observed_sql: str | None = None
    acceptable: bool = False
    """Whether `--accept CODE --reason` may override it."""
    trial: Trial | None = None
    """What is run to find the problems, in place of `sql`."""


@dataclass(frozen=True, slots=True)
class Gate:
    """The checks that must hold before a phase begins or ends."""

    id: str
    checks: tuple[Check, ...]


@dataclass(frozen=True, slots=True)
class Phase:
    """One phase: entry gate, steps in order, exit gate."""

    number: int
    name: str
    title: str
    entry: Gate
    steps: tuple[Step, ...]
    exit: Gate
    back: Gate = Gate("back", ())
    """Judged before the first step of the phase is undone; nothing is changed while it does not hold."""


@dataclass(frozen=True, slots=True)
class CompatibilityView:
    """A table that old clients reach through a view of its old columns, because some of them prepared `*`."""

    table: QualifiedName
    """The name everybody knows: the view's, from phase 1 until the view is retired."""
    base: QualifiedName
    """The table itself meanwhile."""
    full: QualifiedName
    """The view of all columns for new code, found by its search path."""
    columns: tuple[str, ...]
    """The old columns, in the table's order."""
    readers: tuple[StarReader, ...] = ()
    """Who needs it; empty when only the spec says so."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What was measured for this plan besides the catalog; everything else in a plan follows from values."""

    replica_role_allowed: bool = False
    """The migrating role may set session_replication_role."""
    repeated: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By str(table name), columns whose values repeat five times or more on average, as the statistics say."""
    returns_old: bool = False
    """RETURNING knows OLD and NEW (PostgreSQL 18)."""
    founding: Mapping[str, str] = field(default_factory=dict)
    """Most frequent organization key by str(table name), sampled; tables without an entry take the founding one."""
    may_lock: frozenset[str] = frozenset()
    """Tables (str) the role may LOCK in SHARE UPDATE EXCLUSIVE mode without owning them, such as auth.users."""
    later_policies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By str(table name), policies made after the table was enforced (a plan that is amended)."""
    star_readers: Mapping[str, tuple[StarReader, ...]] = field(default_factory=dict)
    """By str(table name), clients seen to take all its columns; those the spec declares are not among them."""
    hindrances: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By str(table name), what is known that a view in the table's place would break."""
    standing: frozenset[str] = frozenset()
    """Tables (str) whose column stands already (a plan that is amended): nothing is decided about them again."""
    views_standing: tuple[CompatibilityView, ...] = ()
    """Those of them that are behind a view."""


@dataclass(frozen=True)
class Plan:
    """All phases, and the catalog they were made for."""

    tenancy: Tenancy
    server_version: int
    catalog_fingerprint: str
    phases: tuple[Phase, ...]
    notes: tuple[str, ...] = ()
    """What a reader should know: blockers that were accepted, things found and left alone."""
    compatibility: tuple[CompatibilityView, ...] = ()
    """Tables behind a view of their old columns from phase 1 on, in the order of the tenancy."""
    format: int = PLAN_FORMAT

    @functools.cached_property
    def hash(self) -> str:
        """SHA-256 of the plan's canonical JSON; a run belongs to exactly one plan."""
        return hashlib.sha256(codec.canonical(self).encode()).hexdigest()

    @functools.cached_property
    def steps_by_id(self) -> Mapping[str, tuple[Phase, Step]]:
        """Every step with its phase."""
        return {step.id: (phase, step) for phase in self.phases for step in phase.steps}

    def phase(self, number: int) -> Phase:
        """The phase of that number; raises KeyError when the plan has none."""
        return next(p for p in self.phases if p.number == number)
