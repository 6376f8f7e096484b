"""What is measured of a living database: who is connected, how well it is, and how fast it was before.

A role that may not see something gets no comfortable zero: the value is `Hidden`, and an error is `Unreadable`. A
judgement has to deal with both.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import TypeAlias

# --- sessions --------------------------------------------------------------------------------------------------------


class ClientKind(Enum):
    """Where a session comes from; the address itself is kept only when asked for."""

    LOCAL = "local"
    LOOPBACK = "loopback"
    REMOTE = "remote"
    HIDDEN = "hidden"


@dataclass(frozen=True, slots=True)
class SessionGroup:
    """The sessions of one login, application and database that look alike; None where this role may not look."""

    login: str
    application: str
    database: str
    driver: str
    """A guess from the application's name, '' when it says nothing."""
    client: ClientKind
    ssl: bool | None
    sessions: int
    oldest_backend_at: datetime | None
    oldest_transaction_s: float | None
    """Age of the oldest open transaction; None: none is open, or `client` is hidden."""
    idle_in_transaction: int | None
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """A login and application that were connected at some time since sampling began."""

    login: str
    application: str
    first_seen: datetime
    last_seen: datetime
    connections_max: int
    oldest_backend_at: datetime | None


@dataclass(frozen=True, slots=True)
class Watched:
    """How well the last hours were watched for clients that come and go."""

    hours: int
    hours_needed: int
    last_sample_at: datetime | None
    now: datetime
    """The server's clock, by which all of this is meant."""


@dataclass(frozen=True, slots=True)
class NoneLeft:
    """No old client is connected, and none was during the window, which was observed."""

    since: datetime


@dataclass(frozen=True, slots=True)
class StillThere:
    """Old clients that are connected, or were within the window; one line each."""

    clients: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unproven:
    """Nothing can be said, and what is missing."""

    reason: str


OldClients: TypeAlias = NoneLeft | StillThere | Unproven


# --- who stands in the way -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Holder:
    """A session, or a prepared transaction (`pid` is None), that holds something others wait for."""

    pid: int | None
    login: str
    application: str
    state: str
    transaction_s: float | None
    """Age of its transaction; None when this role may not see it."""
    query: str
    """The beginning of its statement without literals; '' when this role may not see it."""
    mode: str = ""
    """The lock it holds, in the words of the manual, for example ACCESS SHARE."""
    prepared: str | None = None
    """The name of the prepared transaction."""

    def __str__(self) -> str:
        """One line for people."""
        who = f"prepared transaction {self.prepared!r}" if self.pid is None else f"pid {self.pid}"
        name = f"{self.application or '(no application name)'} ({self.login})"
        age = "of unknown age" if self.transaction_s is None else f"for {self.transaction_s:.0f} s"
        mode = f", holds {self.mode}" if self.mode else ""
        query = f": {self.query}" if self.query else ""
        return f"{who} {name}, {self.state or 'state not visible'} {age}{mode}{query}"


@dataclass(frozen=True, slots=True)
class OwnBackend:
    """A backend of an earlier run of ours; `started_at` keeps a recycled process id from being taken for it."""

    pid: int
    application: str
    state: str
    started_at: datetime | None


# --- signals: one question each --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Replica:
    """One standby or subscriber that streams from here."""

    application: str
    state: str
    lag_s: float | None
    """pg_stat_replication.replay_lag; None when there was nothing to replay lately, or it does not report."""
    lag_bytes: int | None


@dataclass(frozen=True, slots=True)
class ReplicaLag:
    """How far the replicas are behind."""

    replicas: tuple[Replica, ...]


@dataclass(frozen=True, slots=True)
class Slot:
    """One replication slot and the WAL it keeps."""

    name: str
    active: bool
    retained_bytes: int


@dataclass(frozen=True, slots=True)
class SlotsRetained:
    """How much WAL replication slots keep from being removed."""

    slots: tuple[Slot, ...]


@dataclass(frozen=True, slots=True)
class ArchiverBacklog:
    """WAL segments that wait to be archived; None when nothing was ever archived although archiving is on."""

    segments: int | None
    failing: bool
    """The last attempt failed."""


@dataclass(frozen=True, slots=True)
class Vacuum:
    """A vacuum at work on a table; `wraparound` None when this role may not see which kind it is."""

    table: str
    pid: int
    wraparound: bool | None


@dataclass(frozen=True, slots=True)
class VacuumOnTable:
    """The vacuums at work on the tables that were asked about."""

    vacuums: tuple[Vacuum, ...]


@dataclass(frozen=True, slots=True)
class Horizon:
    """What keeps dead rows from being removed, oldest first; `seconds` None where only the transaction age is known."""

    holders: tuple[HorizonHolder, ...]


@dataclass(frozen=True, slots=True)
class HorizonHolder:
    """One thing that holds the vacuum horizon back."""

    what: str
    """For people: pid, application, login, or the name of a slot or prepared transaction."""
    transactions: int
    """How many transactions ago its snapshot was taken."""
    seconds: float | None


@dataclass(frozen=True, slots=True)
class IdleInTransaction:
    """Sessions that do nothing inside an open transaction, oldest first."""

    holders: tuple[Holder, ...]
    hidden: int = 0
    """Sessions whose state this role may not see."""


@dataclass(frozen=True, slots=True)
class CheckpointPressure:
    """WAL written since the last checkpoint began, and how much the server wants at most."""

    wal_bytes: int
    wal_bytes_max: int


@dataclass(frozen=True, slots=True)
class DiskFree:
    """Free bytes where the server keeps its data, and how many are needed next."""

    free_bytes: int
    needed_bytes: int


@dataclass(frozen=True, slots=True)
class Latency:
    """How long a trivial SELECT took, there and back."""

    milliseconds: float


Signal: TypeAlias = (
    ReplicaLag
    | SlotsRetained
    | ArchiverBacklog
    | VacuumOnTable
    | Horizon
    | IdleInTransaction
    | CheckpointPressure
    | DiskFree
    | Latency
)


@dataclass(frozen=True, slots=True)
class Hidden:
    """A signal that this role, or this machine, cannot see."""

    signal: str
    reason: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A signal whose question ended with an error."""

    signal: str
    error: str


Reading: TypeAlias = Signal | Hidden | Unreadable


@dataclass(frozen=True, slots=True)
class HealthLimits:
    """Bounds of signals that tenancy's Limits do not name."""

    oldest_snapshot_s_max: float = 1800.0
    """Beyond it the dead versions of backfilled rows pile up instead of making room."""
    oldest_snapshot_transactions_max: int = 10_000_000
    """The same for what has an age in transactions only: slots, and sessions this role may not look into."""
    idle_in_transaction_s_max: float = 900.0
    checkpoint_ratio_max: float = 1.5
    """WAL since the last checkpoint as a share of max_wal_size; beyond it checkpoints no longer keep up."""
    latency_ms_max: float = 250.0


@dataclass(frozen=True, slots=True)
class Go:
    """Nothing speaks against the next batch; `hidden` names what could not be seen, to be told once."""

    hidden: tuple[Hidden, ...] = ()


@dataclass(frozen=True, slots=True)
class Wait:
    """A signal asks for a pause."""

    signal: str
    detail: str


Judgement: TypeAlias = Go | Wait


# --- baseline --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DatabaseCounters:
    """pg_stat_database of this database, counted since `since` (ISO 8601, '' when never reset)."""

    commits: int
    rollbacks: int
    deadlocks: int
    blocks_read: int
    blocks_hit: int
    since: str


@dataclass(frozen=True, slots=True)
class StatementClock:
    """Time spent in statements and transactions ended, since some beginning; two of them make a window."""

    active_ms: float = 0.0
    transactions: int = 0

    def __add__(self, other: StatementClock) -> StatementClock:
        return StatementClock(self.active_ms + other.active_ms, self.transactions + other.transactions)

    def __sub__(self, other: StatementClock) -> StatementClock:
        return StatementClock(self.active_ms - other.active_ms, self.transactions - other.transactions)


@dataclass(frozen=True, slots=True)
class StatementCost:
    """What one normalised statement has cost since its statistics began; never a literal in its text."""

    query_id: str
    calls: int
    total_ms: float
    mean_ms: float
    deviation_ms: float
    max_ms: float
    text: str


@dataclass(frozen=True, slots=True)
class Ping:
    """Round trips of a trivial SELECT."""

    samples: int
    p50_ms: float
    p99_ms: float


@dataclass(frozen=True, slots=True)
class Baseline:
    """How fast and how faulty the database was at one time, to hold later ones against."""

    taken_at: str
    """ISO 8601, UTC."""
    ping: Ping
    counters: DatabaseCounters
    statements: tuple[StatementCost, ...]
    statements_missing: str = ""
    """Why there are no statements, '' when there are."""


@dataclass(frozen=True, slots=True)
class Worse:
    """One thing that was better before."""

    what: str
    before: float
    now: float
    unit: str


# --- wraparound and privileges ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TableAge:
    """A table on its way to a vacuum that no lock attempt can cancel."""

    table: str
    age: int
    age_max: int
    kind: str
    """'transactions' or 'multixacts'."""

    @property
    def share(self) -> float:
        """1.0 is where the vacuum that prevents wraparound begins."""
        return self.age / self.age_max


@dataclass(frozen=True, slots=True)
class Missing:
    """A privilege or condition that does not hold, and what the server said when it could not even be asked."""

    text: str
    reason: str
