"""The hinge: every table resolved to a scope, a tenant column and a way its value is derived.

Nothing after this stage reads the configuration. A `Tenancy` is complete (no table is forgotten) and ordered (parents
before children), so a phase can walk it from front to back.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias

from ringfence.names import QualifiedName
from ringfence.spec.model import MappingEntry as MappingEntry  # noqa: PLC0414  # this form re-exports it
from ringfence.tenancy.authentication import Authentication
from ringfence.tenancy.isolation import Isolation


class Scope(Enum):
    """What a table's rows belong to."""

    TENANT = "tenant"
    SHARED = "shared"
    EXCLUDED = "excluded"


class OrphanRule(Enum):
    """What happens to rows whose tenant cannot be derived."""

    QUARANTINE = "quarantine"
    STOP = "stop"


class InconsistentRule(Enum):
    """What happens to rows whose parents belong to different tenants."""

    STOP = "stop"
    FIRST_PARENT = "first_parent"
    QUARANTINE = "quarantine"


class ViewRule(Enum):
    """Whether old clients reach a table through a view of its old columns."""

    AUTO = "auto"
    """Where a client is known that prepares SELECT * or RETURNING *, and nothing is known that a view would break."""
    ALWAYS = "always"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class OwnColumn:
    """The table already has a column that holds the organization's key."""

    column: str


@dataclass(frozen=True, slots=True)
class ThroughMembership:
    """A column names a user; the tenant is that user's home organization."""

    column: str
    """Column of this table that holds the users table's key (may be this table's own key)."""


@dataclass(frozen=True, slots=True)
class Hop:
    """One foreign-key step: `columns` of the table at hand equal `parent_columns` of `parent`."""

    columns: tuple[str, ...]
    parent: QualifiedName
    parent_columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ThroughForeignKey:
    """The row has the tenant of a parent row; `path` has one hop when the parent itself is a tenant table.

    More hops lead through tables without tenant column; the last one is a tenant table, or the organizations table.
    """

    path: tuple[Hop, ...]


@dataclass(frozen=True, slots=True)
class FoundingTenant:
    """Every row that says nothing else belongs to the founding organization."""


@dataclass(frozen=True, slots=True)
class Unresolved:
    """Nothing known says whose rows these are; a person must decide."""

    reason: str


Derivation: TypeAlias = OwnColumn | ThroughMembership | ThroughForeignKey | FoundingTenant | Unresolved


@dataclass(frozen=True, slots=True)
class TenantUnique:
    """A unique constraint or index to be scoped to the tenant; the old one goes only when `retire_old`."""

    constraint: str
    columns: tuple[str, ...]
    retire_old: bool = False


@dataclass(frozen=True, slots=True)
class Reference:
    """A foreign key of a tenant table to another tenant table, to be made tenant-consistent.

    `deriving` references are consistent by construction (the fill trigger copies the parent's tenant) and get their
    composite foreign key in phase 2. The others can be made inconsistent by old code at any time (a transfer of one
    side), so they are only counted until no old client is left, unless the spec asks for them `now`.
    """

    constraint: str
    columns: tuple[str, ...]
    parent: QualifiedName
    parent_columns: tuple[str, ...]
    deriving: bool
    now: bool = False
    later: bool = False
    """The spec says so, which only matters to the deriving one: its parent then needs no second unique key."""


@dataclass(frozen=True, slots=True)
class TenantTable:
    """One table of scope tenant. `derivations` are tried in order; the first that gives a value decides."""

    name: QualifiedName
    column: str
    column_exists: bool
    derivations: tuple[Derivation, ...]
    references: tuple[Reference, ...] = ()
    uniques: tuple[TenantUnique, ...] = ()
    orphans: OrphanRule = OrphanRule.QUARANTINE
    inconsistent: InconsistentRule = InconsistentRule.STOP
    founding: str | None = None
    """Text of the organization key used as fast default, chosen as the most frequent; None: no fast default."""
    reason: str = ""
    compatibility_view: ViewRule = ViewRule.AUTO


@dataclass(frozen=True, slots=True)
class OtherTable:
    """One table without a derivation of its own, and why.

    Scope tenant means a partition or inheritance child: it gets the column from the tenant table it follows.
    """

    name: QualifiedName
    scope: Scope
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Client:
    """A program that the operator declares, by login, application name, or both; a `*` at the end means any rest."""

    login: str | None
    application: str | None
    selects_star: bool = False
    tables: tuple[QualifiedName, ...] = ()
    """The tables whose columns it takes with `*`; () means any."""


@dataclass(frozen=True, slots=True, order=True)
class StarReader:
    """A client that takes all columns of a table with `*`, and so breaks when there is one more."""

    login: str
    """'' when only its application is known; a `*` at the end means any rest."""
    application: str
    """'' when only its login is known."""
    source: str
    """How it is known: 'declared', 'pg_stat_statements', 'session', or a place in the application's source."""


@dataclass(frozen=True, slots=True)
class Users:
    """The table that knows the users, and the column everything else refers to."""

    table: QualifiedName
    key: str
    key_type: str


@dataclass(frozen=True, slots=True)
class Organizations:
    """The table of organizations: created by Ringfence, or the application's own, adopted."""

    table: QualifiedName
    key: str
    key_type: str
    adopted: bool
    name_column: str | None = "name"


@dataclass(frozen=True, slots=True)
class Memberships:
    """The table that says which users belong to which organizations, and how the home one is found."""

    table: QualifiedName
    user_column: str
    organization_column: str
    adopted: bool
    home_column: str | None = "is_home"
    """A boolean column; None: the first membership in `home_order` is home."""
    home_order: tuple[str, ...] = ()
    active_condition: str | None = None
    """SQL condition over the adopted table's columns for active memberships; None: all are."""


@dataclass(frozen=True, slots=True)
class AssignOne:
    """Every user belongs to the founding organization."""


@dataclass(frozen=True, slots=True)
class AssignPerUser:
    """Every user gets an organization of their own."""


@dataclass(frozen=True, slots=True)
class AssignByColumn:
    """Users with the same value of a column share an organization."""

    column: str
    email_domain: bool = False
    """Take what stands behind the @ of the column, lower-case."""
    public_domains: tuple[str, ...] = ()
    """Domains of public mail services: their users get an organization each."""


@dataclass(frozen=True, slots=True)
class AssignByMapping:
    """A file says which user belongs where; users it does not name follow `otherwise`."""

    entries: tuple[MappingEntry, ...]
    otherwise: str = "per_user"
    """'per_user' or 'founding'."""


@dataclass(frozen=True, slots=True)
class AssignBySql:
    """A query gives user_key, organization (text key), name and home (boolean); users it leaves out get their own."""

    query: str


@dataclass(frozen=True, slots=True)
class AssignAdopted:
    """Memberships exist already and are the application's business; nothing is assigned."""


Assignment: TypeAlias = AssignOne | AssignPerUser | AssignByColumn | AssignByMapping | AssignBySql | AssignAdopted


@dataclass(frozen=True, slots=True)
class Limits:
    """Every bound of a run, with its unit in its name."""

    lock_attempt_ms: int = 50
    lock_attempts_max: int = 120
    lock_backoff_ms_max: int = 1000
    autovacuum_lock_ms: int = 1500
    batch_target_ms: int = 50
    batch_rows_max: int = 20_000
    batch_nice_ratio: float = 0.0
    """Least pause after each batch as a share of its duration; it grows while the application gets slower."""
    step_rest_ratio: float = 1.0
    """Pause after each step and each check as a share of its duration, while others are connected."""
    index_workers_max: int = 0
    """Parallel workers of one index build; none leaves the other processors to the application."""
    chunk_pages: int = 500
    passes: int = 8
    sweeps_max: int = 20
    validate_timeout_s: int = 6 * 3600
    reader_run_timeout_s: int = 60
    index_timeout_s: int = 12 * 3600
    replica_lag_s_max: float = 10.0
    slot_retained_mb_max: int = 512
    archiver_backlog_max: int = 42
    throttle_wait_s_max: int = 3600
    disk_free_ratio_min: float = 1.0
    step_attempts_max: int = 5


@dataclass(frozen=True)
class Tenancy:
    """Every table with its scope and, for tenant tables, the derivation of its tenant, parents before children."""

    column: str
    type: str
    users: Users
    organizations: Organizations
    memberships: Memberships
    assignment: Assignment
    tables: tuple[TenantTable, ...]
    others: tuple[OtherTable, ...]
    founding_key: str | None
    """Text form of the founding organization's key; None when an adopted schema has none."""
    founding_name: str
    quarantine_key: str | None
    """Text form of the quarantine organization's key; None: orphans stop the run."""
    request_roles: tuple[str, ...] = ()
    service_roles: tuple[str, ...] = ()
    gateways: tuple[str, ...] = ()
    indexes: str = "mirror"
    """'mirror': a tenant-led twin of every plain secondary index; 'keys': only of primary and foreign keys."""
    limits: Limits = field(default_factory=Limits)
    backup: Mapping[str, str] = field(default_factory=dict)
    """`mode` = 'dump' | 'external' | ...; `directory`; `name` of an external backup; `jobs`."""
    old_clients: tuple[str, ...] = ()
    """Logins or application names the operator declares as old clients."""
    isolation: Isolation | None = None
    """None: the plan has no phase that enforces isolation."""
    authentication: Authentication | None = None
    """None: the plan has no phase 3."""
    clients: tuple[Client, ...] = ()
    compatibility_schema: str = "next"
    """Where new code finds the full tables that stand behind a compatibility view."""
    old_clients_quiet_hours: int = 48
    """For so long no old client may have been seen before the view it needs goes."""

    @functools.cached_property
    def by_name(self) -> Mapping[QualifiedName, TenantTable]:
        """Tenant tables by name."""
        return {t.name: t for t in self.tables}

    @property
    def unresolved(self) -> tuple[TenantTable, ...]:
        """Tables nobody has decided on; a plan cannot be built while there are any."""
        return tuple(t for t in self.tables if any(isinstance(d, Unresolved) for d in t.derivations))
