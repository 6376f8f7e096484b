"""What isolation is to be like once it is enforced: owner, policies, and the decisions about those without a tenant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from ringfence.names import QualifiedName


class LegacyPolicies(Enum):
    """What becomes of the policies an application has of its own."""

    KEEP = "keep"
    """They stay as rules within a tenant: who may do what with rows that are the tenant's anyway."""
    DROP = "drop"
    """They go; whoever belongs to the tenant may do what his grants allow."""


class Way(Enum):
    """How somebody without a tenant goes on after FORCE."""

    TENANT = "tenant"
    """It brings a tenant itself; the application sees to that."""
    PER_TENANT = "per_tenant"
    """It is run once for each tenant."""
    BYPASS = "bypass"
    """It sees every tenant, by name and for a reason."""
    INVOKER = "invoker"
    """It gets the rights of whoever calls it."""
    OWNER = "owner"
    """It gets an owner whom row security binds, and so sees the caller's tenant."""
    CLOSE = "close"
    """Request roles lose their rights to it."""


class Notes(Enum):
    """Which tables get the floor that only notes."""

    AUTO = "auto"
    """Those where no query loses an index by it."""
    ALWAYS = "always"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decided about one reader or writer, and why."""

    way: Way
    reason: str
    run_once: bool = False
    """It may be run before FORCE, in a transaction that is rolled back."""


@dataclass(frozen=True, slots=True)
class TableRules:
    """What the spec says of one tenant table."""

    policies: LegacyPolicies
    open_when: str | None = None
    later: tuple[str, ...] = ()
    """Policies that the application made after the table was enforced: they stay, whatever became of older ones."""


@dataclass(frozen=True, slots=True)
class Isolation:
    """Everything phases 4 and 6 need to know beyond the tables."""

    owner: str
    policies: LegacyPolicies = LegacyPolicies.KEEP
    tables: Mapping[str, TableRules] = field(default_factory=dict)
    """By str(table name), where a table says something of its own."""
    decisions: Mapping[str, Decision] = field(default_factory=dict)
    """By name as the spec writes it: a routine with its arguments, a relation, role:.., job:.., publication:.."""
    shadow: bool = True
    """Whether phase 4 tries enforcement beside what is, before phase 6 enforces it."""
    notes: Notes = Notes.AUTO
    note_one_in: int = 100
    """Of so many statements on a table one is looked at."""
    shadow_observations_min: int = 100
    """Comparisons per table, command and endpoint that the exit gate of phase 4 wants to see."""
    shadow_hours: int = 48
    """Over how long a time."""
    shared_buckets: tuple[str, ...] = ()
    """Buckets whose files everybody may read, of whatever tenant."""
    dump_role: str | None = None
    break_glass: tuple[str, ...] = ()
    break_glass_minutes_max: int = 60

    def rules(self, table: QualifiedName) -> TableRules:
        """What holds for a table."""
        return self.tables.get(str(table), TableRules(self.policies))
