"""What stands in the way: findings of rules over catalog, tenancy and what was observed on the server.

A rule is a value with a pure function; it looks at a `Scene` and yields what it found. Nothing here talks to a server,
and nothing here may import a rule: rules are registered in `rules/__init__.py`, one family a file.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum

from ringfence.assess.faults import Fault, Opening, openings
from ringfence.assess.policies import Protection
from ringfence.assess.reach import Reach
from ringfence.assess.surroundings import Surroundings
from ringfence.catalog.model import Catalog, Table, TableKind
from ringfence.errors import RingfenceError
from ringfence.names import QualifiedName
from ringfence.tenancy.model import Tenancy, TenantTable, ThroughForeignKey
from ringfence.tenancy.platform_tables import platform_reason


class CannotObserve(RingfenceError):
    """The server did not answer a question about itself in time, usually because somebody holds a lock."""

    code = "RF801"
    exit_code = 7


# --- what was observed -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StatementSeen:
    """The text of a statement some client ran: from pg_stat_statements, or the last one of a connected session."""

    text: str
    calls: int
    role: str
    application: str = ""
    """Empty when it comes from pg_stat_statements, which does not know the application."""
    of_session: bool = False
    """The last statement of a session that is connected now."""


@dataclass(frozen=True, slots=True)
class SourceText:
    """A statement that the application's source holds, what is put in at run time as a parameter."""

    text: str
    place: str
    """`server/app.py:12`."""


@dataclass(frozen=True, slots=True)
class OldTransaction:
    """A transaction that is open now."""

    pid: int
    role: str
    application: str
    state: str
    age_s: int
    holds_snapshot: bool
    """Has a snapshot: a concurrent index build waits for it, and dead rows of a backfill cannot be reclaimed."""
    query: str = ""
    """Its last statement with every literal replaced, '' when that cannot be shown safely."""
    here: bool = True
    """Is connected to the database at hand."""


@dataclass(frozen=True, slots=True)
class PreparedTransaction:
    """A transaction prepared for two-phase commit and not yet finished."""

    name: str
    owner: str
    age_s: int
    here: bool = True


@dataclass(frozen=True, slots=True)
class PublishedTable:
    """One table as one publication sends it."""

    publication: str
    table: QualifiedName
    updates: bool
    """The publication sends updates."""
    columns: tuple[str, ...]
    column_list: bool
    """The columns were chosen; otherwise a new column is sent too."""
    row_filter: str | None = None


@dataclass(frozen=True, slots=True)
class Slot:
    """One replication slot."""

    name: str
    plugin: str
    """'' for a physical slot."""
    active: bool
    retained_bytes: int
    """WAL the slot holds back."""
    holds_horizon: bool = False
    """Has an xmin: dead rows stay."""


@dataclass(frozen=True, slots=True)
class Replica:
    """One connected standby or subscriber."""

    application: str
    state: str
    lag_s: float
    holds_horizon: bool


@dataclass(frozen=True, slots=True)
class TableFacts:
    """What the catalog model leaves out about one table, because it is no property of the schema alone."""

    may_select: bool = True
    may_trigger: bool = True
    may_reference: bool = True
    identity_columns: tuple[str, ...] = ()
    """Columns of the replica identity as it is now; () when there is none."""
    row_type: QualifiedName | None = None
    """The type a typed table (CREATE TABLE .. OF) was made of."""
    columns_used: int = 0
    """Column slots ever used, dropped columns included; PostgreSQL allows 1600."""


@dataclass(frozen=True, slots=True)
class RowTypeUse:
    """A stored column whose type contains the row type of a table."""

    of: QualifiedName
    table: QualifiedName
    column: str


@dataclass(frozen=True, slots=True)
class Migrator:
    """What the connected role may do."""

    superuser: bool = True
    bypass_rls: bool = True
    replica_role: bool = True
    """May set session_replication_role."""
    create_in_database: bool = True
    reads_activity: bool = True
    """Sees other roles' sessions and statements (pg_read_all_stats)."""
    signals_backends: bool = True
    """May cancel or end other roles' sessions (pg_signal_backend)."""
    acts_as: frozenset[str] | None = None
    """Roles whose rights it has, itself included; None when not asked (then ownership is taken to be fine)."""
    schemas_usable: frozenset[str] | None = None
    """Schemas it may create objects in; None when not asked."""

    @property
    def sees_all_rows(self) -> bool:
        """Row security never applies to it, FORCE or not."""
        return self.superuser or self.bypass_rls


@dataclass(frozen=True)
class Observed:
    """What was asked beyond the catalog. The defaults describe a server on which nothing is in the way."""

    migrator: Migrator = Migrator()
    tables: Mapping[str, TableFacts] = field(default_factory=dict)
    """By str(QualifiedName)."""
    statements: tuple[StatementSeen, ...] | None = None
    """None: nothing could be seen at all."""
    statements_complete: bool = True
    """pg_stat_statements was read with every text; otherwise only the last statements of connected sessions."""
    sources: tuple[SourceText, ...] = ()
    """Statements in the application's source; empty when nobody said where that is."""
    sources_unread: tuple[str, ...] = ()
    """Files of it that could not be read, with the reason."""
    transactions: tuple[OldTransaction, ...] = ()
    prepared: tuple[PreparedTransaction, ...] = ()
    wraparound_vacuums: tuple[str, ...] = ()
    """Texts of running autovacuum commands that say '(to prevent wraparound)'."""
    published: tuple[PublishedTable, ...] = ()
    slots: tuple[Slot, ...] = ()
    replicas: tuple[Replica, ...] = ()
    subscribed: Mapping[str, str] = field(default_factory=dict)
    """str(table) to the subscription that writes it."""
    row_types: tuple[RowTypeUse, ...] = ()
    temporary: tuple[str, ...] = ()
    """Names of temporary tables that sessions have now."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """Server and session settings by name, as pg_settings has them before our own SET."""
    ringfence_owner: str | None = None
    """Owner of schema ringfence, None when it does not exist."""
    installed: bool = False
    """Our own objects are there: the database was prepared before, and what exists may be ours."""
    disk_free_bytes: int | None = None
    """Free space under the data directory; None when the server is on another machine or does not say."""
    surroundings: Surroundings = field(default_factory=Surroundings)

    def facts(self, name: QualifiedName) -> TableFacts:
        """The facts of one table; nothing in the way when it was not asked about."""
        return self.tables.get(str(name), TableFacts())

    def setting(self, name: str) -> str:
        """A setting's text, '' when this role may not read it."""
        return self.settings.get(name, "")


# --- findings ----------------------------------------------------------------------------------------------------


class Question(Enum):
    """What a finding is an answer to; a migration is not refused for what it is there to repair."""

    MIGRATION = "migration"
    """May phase 1 begin?"""
    ISOLATION = "isolation"
    """May one tenant reach the rows of another, as the database is now?"""


class Severity(Enum):
    """How much a finding matters. Each question has its own scale; only an error is a blocker."""

    ERROR = "error"
    """Phase 1 cannot begin."""
    WARNING = "warning"
    INFO = "info"
    CRITICAL = "critical"
    """Rows of another tenant are read or written today, by an ordinary request."""
    HIGH = "high"
    """The same, given one more step that an attacker or a mistake takes; or everybody is locked out."""
    MEDIUM = "medium"
    """A defence is missing behind one that holds, or it holds only while the application behaves."""
    LOW = "low"
    """Costs time or clarity, or lets others count what they cannot read."""

    @property
    def question(self) -> Question:
        """The question whose scale this severity is of."""
        return Question.MIGRATION if self in _MIGRATION_SCALE else Question.ISOLATION

    @property
    def rank(self) -> int:
        """0 for the worst of its question: the order in which people should read."""
        return (_MIGRATION_SCALE if self in _MIGRATION_SCALE else _ISOLATION_SCALE).index(self)

    def at_least(self, other: Severity) -> bool:
        """As bad as the other one or worse; severities of the other question never are."""
        return self.question is other.question and self.rank <= other.rank


_MIGRATION_SCALE = (Severity.ERROR, Severity.WARNING, Severity.INFO)
_ISOLATION_SCALE = (Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW)


@dataclass(frozen=True, slots=True)
class Found:
    """What a rule's function yields: a finding without what the rule itself knows."""

    subject: str
    message: str
    detail: str = ""
    hint: str = ""
    """SQL or a command, ready to paste; comments begin with `--` or `#`."""
    severity: Severity | None = None
    """Other than the rule's own, of the same question, where one kind of trouble is worse than the other."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that stands in the way, or that a person should know."""

    code: str
    severity: Severity
    subject: str
    message: str
    detail: str
    hint: str
    page: str

    @property
    def question(self) -> Question:
        """What it is an answer to."""
        return self.severity.question


@dataclass(frozen=True, slots=True)
class Assessment:
    """All findings, migration before isolation, worst first: the same database gives the same text."""

    findings: tuple[Finding, ...] = ()
    rules: int = 0
    """How many rules looked at what stands in the way of a migration."""
    isolation_rules: int = 0
    """How many looked at isolation."""

    @property
    def blockers(self) -> tuple[Finding, ...]:
        """The findings that must be gone before phase 1."""
        return self.of(Severity.ERROR)

    def of(self, severity: Severity) -> tuple[Finding, ...]:
        """The findings of one severity."""
        return tuple(f for f in self.findings if f.severity is severity)

    def about(self, question: Question) -> tuple[Finding, ...]:
        """The findings that answer one question."""
        return tuple(f for f in self.findings if f.question is question)


def counted(number: int, noun: str) -> str:
    """`1 table`, `2 tables`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


# --- rules -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing to look for. `page` is its docs page below docs/; its severity says which question it answers."""

    code: str
    title: str
    severity: Severity
    page: str
    run: Callable[[Scene], Iterable[Found]]


def rule(code: str, title: str, severity: Severity, run: Callable[[Scene], Iterable[Found]]) -> Rule:
    """A rule whose page is named after its code, as all are."""
    return Rule(f"RFA-{code}", title, severity, f"reference/rules/{code.lower()}.md", run)


@dataclass(frozen=True)
class Scene:
    """What every rule looks at."""

    catalog: Catalog
    tenancy: Tenancy | None
    observed: Observed

    @functools.cached_property
    def reach(self) -> Reach:
        """Which roles act for end users, and what they may do."""
        return Reach(self.catalog, self.tenancy.request_roles if self.tenancy is not None else ())

    @functools.cached_property
    def protection(self) -> Protection:
        """All policies, read and judged together."""
        return Protection(self.catalog, self.reach, self.tenancy)

    @functools.cached_property
    def openings(self) -> Mapping[Fault, tuple[Opening, ...]]:
        """The ways in which policies let rows of others through, by what is wrong with them."""
        return openings(self.protection)

    @functools.cached_property
    def roots(self) -> tuple[Table, ...]:
        """The tables that are to carry a tenant; without a tenancy every table of the application."""
        if self.tenancy is not None:
            known = (self.catalog.table(t.name) for t in self.tenancy.tables)
            return tuple(t for t in known if t is not None)
        return tuple(
            t
            for t in self.catalog.tables
            if t.partition_of is None
            and not t.inherits
            and t.kind is not TableKind.FOREIGN
            and platform_reason(self.catalog, t.name) is None
        )

    def family(self, name: QualifiedName) -> tuple[Table, ...]:
        """A table with its partitions and inheritance children, any depth, parents first."""
        found: dict[QualifiedName, Table] = {}
        waiting = [name]
        while waiting:
            table = self.catalog.table(waiting.pop(0))
            if table is not None and table.name not in found:
                found[table.name] = table
                waiting.extend(self.catalog.children.get(table.name, ()))
        return tuple(found.values())

    @functools.cached_property
    def targets(self) -> tuple[Table, ...]:
        """The roots with their families: every table whose definition or rows Ringfence changes."""
        found = {member.name: member for root in self.roots for member in self.family(root.name)}
        return tuple(found[name] for name in sorted(found))

    @functools.cached_property
    def gaining(self) -> Mapping[QualifiedName, Table]:
        """The targets that gain a column; an existing tenant column makes no difference to old code."""
        kept: set[QualifiedName] = set()
        if self.tenancy is not None:
            for entry in self.tenancy.tables:
                if entry.column_exists:
                    kept.update(t.name for t in self.family(entry.name))
        return {t.name: t for t in self.targets if t.name not in kept}

    @functools.cached_property
    def read(self) -> tuple[Table, ...]:
        """Tables that fill triggers and backfill read besides the targets: users, memberships, tables on the way."""
        if self.tenancy is None:
            return ()
        names = {self.tenancy.users.table, self.tenancy.memberships.table, self.tenancy.organizations.table}
        for entry in self.tenancy.tables:
            for derivation in entry.derivations:
                if isinstance(derivation, ThroughForeignKey):
                    names.update(hop.parent for hop in derivation.path)
        targets = {t.name for t in self.targets}
        known = (self.catalog.table(name) for name in sorted(names - targets))
        return tuple(t for t in known if t is not None)

    def entry(self, name: QualifiedName) -> TenantTable | None:
        """The tenancy's word on a table, for members of a family that of their root."""
        return self._entries.get(name)

    @functools.cached_property
    def _entries(self) -> Mapping[QualifiedName, TenantTable]:
        found: dict[QualifiedName, TenantTable] = {}
        entries = self.tenancy.tables if self.tenancy is not None else ()
        for entry in entries:
            for member in self.family(entry.name):
                found.setdefault(member.name, entry)
        return {**found, **{entry.name: entry for entry in entries}}

    def may_own(self, owner: str) -> bool:
        """Whether the connected role may act as that owner."""
        acts_as = self.observed.migrator.acts_as
        return self.observed.migrator.superuser or acts_as is None or owner in acts_as

    def resolve(self, schema: str, name: str) -> QualifiedName | None:
        """The gaining table a name in a statement means; without a schema, one of that name in any schema.

        The search path of whoever runs the statement is not known, so an unqualified name is taken to mean it.
        """
        if schema:
            exact = QualifiedName(schema, name)
            return exact if exact in self.gaining else None
        return self._by_bare_name.get(name)

    @functools.cached_property
    def _by_bare_name(self) -> Mapping[str, QualifiedName]:
        return {name.name: name for name in sorted(self.gaining, reverse=True)}
