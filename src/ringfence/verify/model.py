"""What was attacked, how it ended, and what could not be tried: frozen values, ready for every kind of report.

An attack is a file in `attacks/`: who acts, what he runs, and what must not happen. It is tried for two tenants that
were made up for it, inside a transaction that is rolled back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from ringfence.errors import RingfenceError
from ringfence.names import QualifiedName


class CannotVerify(RingfenceError):
    """Nothing can be attacked with this connection."""

    code = "RF820"
    exit_code = 3


class Actor(Enum):
    """On whose behalf an attack runs; always as a request role."""

    MEMBER = "member"
    """A user of the attacking tenant with a valid context."""
    NOBODY = "nobody"
    """A caller without any context, as after a forgotten or failed log-in."""
    FORGER = "forger"
    """A user of the attacking tenant who names the other tenant in his claims."""
    EDITOR = "editor"
    """A user of the attacking tenant with a genuine token whose user metadata, which he edits, name the other."""
    FORMER = "former"
    """A user whose genuine token names the other tenant, which he is no member of (any more)."""


class Target(Enum):
    """What an attack is tried on, once for each."""

    TABLE = "table"
    CHILD = "child"
    """A partition or inheritance child, addressed by its own name."""
    VIEW = "view"
    MATERIALIZED = "materialized"
    """A materialized view over tenant tables: any row of it that comes back is somebody's."""
    ROUTINE = "routine"
    """A function that cannot write and names tenant tables, or runs with its owner's rights."""
    STORAGE = "storage"
    """A bucket of Supabase Storage, whose files are rows of storage.objects."""
    DATABASE = "database"


class Expect(Enum):
    """What must hold for the attack to be denied."""

    UNSEEN = "unseen"
    """Nothing that belongs to the other tenant comes back: in rows, notices, plans or errors."""
    NO_ROWS = "no rows"
    """As UNSEEN, and no statement returns a row at all."""
    UNTOUCHED = "untouched"
    """As UNSEEN, and the other tenant has the same rows with the same content as before."""
    NOT_TRUE = "not true"
    """The last statement's only value is not true."""
    SAME = "same"
    """The two statements end alike: the same error code, or the same number of rows."""
    REFUSED = "refused"
    """The last statement ends with an error."""


@dataclass(frozen=True, slots=True)
class Attack:
    """One attack, as its file says it."""

    id: str
    title: str
    catalogue: tuple[str, ...]
    """Ids of the escape catalogue (docs/reference/escapes.md)."""
    actor: Actor
    target: Target
    expect: Expect
    statements: tuple[str, ...]
    """With `{{slots}}`; on a target that cannot fill one (no unique key, no parent) the attack does not apply."""
    other_first: str = ""
    """A statement that a user of the other tenant runs first, in the same session."""
    other_keeps: bool = False
    """The other one brings no context but what that statement sets, and the session keeps it."""
    residual: bool = False
    """PostgreSQL itself leaves this open whatever the policies are; it is told and never counted as a leak."""


class Outcome(Enum):
    """How one try ended."""

    DENIED = "denied"
    LEAKED = "leaked"
    SKIPPED = "skipped"
    RESIDUAL = "residual"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One try of one attack."""

    attack: str
    target: str
    role: str
    outcome: Outcome
    detail: str = ""
    """Why it counts as a leak or was left out; never a value out of somebody's row."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One question to the catalog: `problems` name objects, empty when it holds."""

    code: str
    title: str
    severity: str
    problems: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether nothing was found."""
        return not self.problems


@dataclass(frozen=True, slots=True)
class Tried:
    """What one statement of an attack did."""

    ok: bool
    sqlstate: str = ""
    rows: int = 0
    seen: str = ""
    """Everything that came back to the attacker, as text: rows, notices, messages of errors."""
    last_value: str | None = None
    statement: str = ""


@dataclass(frozen=True, slots=True)
class Traces:
    """What the other tenant's rows look like from outside the attack: rows and a checksum by table."""

    rows: Mapping[QualifiedName, tuple[int, str]]


@dataclass(frozen=True)
class Verification:
    """Everything a run of `verify` found."""

    checks: tuple[CheckResult, ...]
    attacks: tuple[Verdict, ...]
    not_tried: Mapping[str, str] = field(default_factory=dict)
    """Target to the reason why no attack could be tried on it."""
    seconds: float = 0.0
    only: frozenset[str] = frozenset()
    """The attacks that were asked for; empty: all."""

    @property
    def leaked(self) -> int:
        """Attacks that reached another tenant."""
        return self._count(Outcome.LEAKED)

    @property
    def skipped(self) -> int:
        """Tries that could not be made, and targets on which none could."""
        return self._count(Outcome.SKIPPED) + len(self.not_tried)

    @property
    def failed(self) -> int:
        """Checks that do not hold."""
        return sum(not check.holds for check in self.checks)

    @property
    def denied(self) -> int:
        """Attacks that got nothing."""
        return self._count(Outcome.DENIED)

    def _count(self, outcome: Outcome) -> int:
        return Counter(v.outcome for v in self.attacks)[outcome]
