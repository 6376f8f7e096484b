"""What the demo says at its end, as frozen values; field by field they are report.json.

It knows how the numbers are written down, not how they came about. Latencies are milliseconds from the moment a request
was due to its answer; `_s` and `seconds` count from the start of the traffic or are lengths of time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum

STALL_MS_MAX = 100.0
"""What our DDL may cost a request at most, by the promise of the demo."""
P99_RATIO_MAX = 1.3
"""The 99th percentile while phases run, over the one before."""


@dataclass(frozen=True, slots=True)
class Latency:
    """Percentiles of many requests; all zero when there were none."""

    requests: int = 0
    p50: float = 0.0
    p99: float = 0.0
    p999: float = 0.0
    max: float = 0.0


@dataclass(frozen=True, slots=True)
class LatencyLines:
    """Before the first phase began, while phases 0 to 2 ran forward or back, and while neither.

    Phase 3 is counted apart, and so are phases 4 and 6 together: version 1, which `before` is about, shares its machine
    with version 2 by then, or has ended.
    """

    before: Latency = field(default_factory=Latency)
    during: Latency = field(default_factory=Latency)
    after: Latency = field(default_factory=Latency)
    enforcing: Latency = field(default_factory=Latency)
    authenticating: Latency = field(default_factory=Latency)

    @property
    def p99_ratio(self) -> float | None:
        """p99 during over p99 before; None when one of them saw nothing."""
        if not self.before.requests or not self.during.requests or not self.before.p99:
            return None
        return self.during.p99 / self.before.p99


@dataclass(frozen=True, slots=True)
class ClientLine:
    """One kind of client."""

    total: int
    failed: int
    p99: float = 0.0


@dataclass(frozen=True, slots=True)
class Requests:
    """Everything that was asked of the application, through HTTP and by old programs with connections of their own."""

    total: int = 0
    failed: int = 0
    """What a user would notice: an error, no answer in time, or an answer with wrong content."""
    by_client: Mapping[str, ClientLine] = field(default_factory=dict)
    failures: tuple[str, ...] = ()
    """The first of them in words."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One look at all acknowledged writes."""

    when: str
    acknowledged: int
    lost: int = 0
    duplicated: int = 0
    wrong_tenant: int = 0


@dataclass(frozen=True, slots=True)
class Writes:
    """What became of every acknowledged write, over all looks."""

    acknowledged: int = 0
    lost: int = 0
    """Missing, or holding something else than what was acknowledged last."""
    duplicated: int = 0
    wrong_tenant: int = 0
    unsure: int = 0
    """Writes whose answer never came: they may be there once or not at all."""
    judged: tuple[Judged, ...] = ()
    examples: tuple[str, ...] = ()
    """Some of the rows that are not as they should be."""

    @property
    def wrong(self) -> int:
        """Writes that are not what was acknowledged."""
        return self.lost + self.duplicated + self.wrong_tenant


@dataclass(frozen=True, slots=True)
class PhaseLine:
    """One phase as it was applied for the last time."""

    phase: int
    name: str
    seconds: float
    steps: int
    max_stall_ms: float = 0.0
    """The longest a request and one of its locking steps were both under way (stalls.py)."""


class BandKind(Enum):
    """What a stretch of time was for."""

    CALM = "calm"
    """Traffic alone: the baseline, the time afterwards, and looks at the ledger."""
    FORWARD = "forward"
    BACK = "back"
    NAIVE = "naive"


@dataclass(frozen=True, slots=True)
class Band:
    """A stretch of the time line."""

    label: str
    kind: BandKind
    begins_s: float
    ends_s: float


@dataclass(frozen=True, slots=True)
class Second:
    """One second of traffic; a request belongs to the second in which it was due."""

    second: int
    phase: str
    requests: int
    failed: int = 0
    p50: float = 0.0
    p99: float = 0.0
    max: float = 0.0
    after_share: float = 0.0
    """The share of people the new version of the application serves, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Stall:
    """One request that was under way while a step held, or wanted, a lock that could stand in its way."""

    second: float
    milliseconds: float
    request: str
    phase: int
    step: str


@dataclass(frozen=True, slots=True)
class LockWaits:
    """What the database itself saw: how long sessions of the application waited for locks of ours."""

    looks: int = 0
    """How often it was asked; 0 when nobody looked."""
    longest_ms: float = 0.0
    seen: tuple[str, ...] = ()
    """The longest waits in words: who, for whom, for which table."""


@dataclass(frozen=True, slots=True)
class Naive:
    """The same change as people do it: one transaction of plain DDL, on a fresh copy under the same traffic."""

    seconds: float
    requests: int
    failed: int
    max_stall_ms: float
    """The longest request while the transaction ran."""
    latency_ms: LatencyLines = field(default_factory=LatencyLines)
    timeline: tuple[Second, ...] = ()
    bands: tuple[Band, ...] = ()
    statements: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Revert:
    """Whether everything was as before when all phases had been taken back."""

    catalog_equal: bool
    rows_equal: bool
    seconds: float
    requests: int = 0
    """Requests while phases were taken back."""
    failed: int = 0
    phases: tuple[PhaseLine, ...] = ()
    """In the order in which they were taken back, every time one was."""


@dataclass(frozen=True, slots=True)
class Attack:
    """Attempts to reach another tenant's rows, and how many did."""

    run: int
    leaked: int


@dataclass(frozen=True, slots=True)
class Attacks:
    """The same attacks against the application before and after."""

    before: Attack
    after: Attack


@dataclass(frozen=True, slots=True)
class TokenPart:
    """One part of the story: requests by the kind of token that they came with."""

    label: str
    requests: Mapping[str, int]
    failed: Mapping[str, int] = field(default_factory=dict)
    """The same for those that failed; a kind of which none did is not there."""
    calm: bool = True
    """One stretch of time in which no phase ran; what phases ran through comes several times under one label."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """Which tokens people used, and what refreshes made of them."""

    parts: tuple[TokenPart, ...] = ()
    upgraded: int = 0
    """Refreshes that gave a token of the new key, which names the company, for one of before."""
    handed_back: int = 0
    """The other way round, before phase 3 was taken back."""
    resolved: int = 0
    """Requests of before whose company the servers found by membership, as they counted them."""
    refused: int = 0
    """Requests whose user had no company, or several and had chosen none."""

    @property
    def kinds(self) -> Mapping[str, int]:
        """Requests by kind of token, over all parts."""
        return _sum(part.requests for part in self.parts)

    @property
    def failed(self) -> Mapping[str, int]:
        """Failed requests by kind of token, over all parts."""
        return _sum(part.failed for part in self.parts)


def _sum(parts: Iterable[Mapping[str, int]]) -> Mapping[str, int]:
    found: dict[str, int] = {}
    for part in parts:
        for kind, number in part.items():
            found[kind] = found.get(kind, 0) + number
    return found


@dataclass(frozen=True, slots=True)
class EndpointMove:
    """One change of an endpoint, by a person (`set`) or by itself (`fallback`)."""

    endpoint: str
    kind: str
    before: str
    after: str
    reason: str


@dataclass(frozen=True, slots=True)
class Difference:
    """One way in which statements of an endpoint came out otherwise under enforcement."""

    endpoint: str
    tables: str
    difference: str
    times: int


@dataclass(frozen=True, slots=True)
class Comparisons:
    """How many statements of one version of the application were compared, and what differed."""

    times: int
    differences: tuple[Difference, ...] = ()


@dataclass(frozen=True, slots=True)
class Shadow:
    """Phase 4: enforcement tried while nobody was bound."""

    first: Comparisons
    """Of version 2.0."""
    second: Comparisons
    """Of version 2.1, once it served everybody as the canary."""
    checks: int
    """Of the gate: one per table and command."""
    accepted: int
    """For which a person answered, because nothing or too little was compared."""


@dataclass(frozen=True, slots=True)
class Report:
    """The whole demo."""

    server_version: int
    """As PostgreSQL counts: 180004 is 18.4."""
    seconds: float
    rows: Mapping[str, int] = field(default_factory=dict)
    """Rows per table of the application at the end."""
    organizations: int = 0
    rate: float = 0.0
    """HTTP requests a second that were due on average."""
    requests: Requests = field(default_factory=Requests)
    writes: Writes = field(default_factory=Writes)
    latency_ms: LatencyLines = field(default_factory=LatencyLines)
    phases: tuple[PhaseLine, ...] = ()
    revert: Revert | None = None
    naive: Naive | None = None
    attacks: Attacks | None = None
    tokens: Tokens | None = None
    endpoints: tuple[EndpointMove, ...] = ()
    """How endpoints moved, the first change first."""
    shadow: Shadow | None = None
    bands: tuple[Band, ...] = ()
    timeline: tuple[Second, ...] = ()
    stalls: tuple[Stall, ...] = ()
    """The longest, longest first."""
    lock_waits: LockWaits = field(default_factory=LockWaits)
    problems: tuple[str, ...] = ()
    """Why this is no success, in sentences; empty when it is one."""
    notes: tuple[str, ...] = ()
    """What a reader should know beside the numbers."""

    @property
    def ok(self) -> bool:
        """Whether everything held."""
        return not self.problems

    @property
    def rows_total(self) -> int:
        """Rows of all tables of the application at the end."""
        return sum(self.rows.values())

    @property
    def max_stall_ms(self) -> float:
        """The longest stall of all phases, forward and back."""
        lines = self.phases + (self.revert.phases if self.revert else ())
        return max((line.max_stall_ms for line in lines), default=0.0)
