"""What the verbs hand back: frozen values a terminal, a page or a JSON document can show without asking the database.

Times are seconds, texts are ready for people, nothing holds a secret or a row's content.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from ringfence.runtime.sessions.model import Left
from ringfence.shadow.model import Compared, Differing, Noted

OUTCOMES = ("finished", "gate", "paused", "failed", "interrupted")
"""How a run can end (journal.model.OUTCOMES)."""


@dataclass(frozen=True, slots=True)
class InitResult:
    """The first `ringfence.toml`, written from the catalog."""

    text: str
    unresolved: tuple[str, ...] = ()
    """Tables nobody can decide on but a person, as people write their names."""
    path: Path | None = None
    """Where the text was written; None when it was only made."""


# --- runs --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PhaseReport:
    """One phase after a run: how many steps the run did or undid, how long it took, and where the phase stands now."""

    number: int
    name: str
    seconds: float = 0.0
    steps: int = 0
    state: str = "pending"
    """'pending', 'started', 'done' or 'reverted'."""


@dataclass(frozen=True, slots=True)
class RunReport:
    """How `apply` or `revert` ended."""

    outcome: str
    """One of OUTCOMES."""
    phases: tuple[PhaseReport, ...] = ()
    gates_missing: Mapping[str, str] = field(default_factory=dict)
    """By check code, what is missing at the gate that did not hold."""
    detail: str = ""
    seconds: float = 0.0
    plan_hash: str = ""
    direction: str = "forward"
    """'forward' (apply) or 'back' (revert)."""


# --- status ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PhaseStatus:
    """One phase of the adopted plan as the journal knows it."""

    number: int
    name: str
    title: str = ""
    steps_total: int = 0
    steps_done: int = 0
    state: str = "pending"
    """'pending', 'started' or 'done' (every step done and the exit gate passed)."""
    gate: str = ""
    """What the phase's gates say: '', 'passed', or 'held'."""
    missing: Mapping[str, str] = field(default_factory=dict)
    """By check code, what the held gate misses."""


@dataclass(frozen=True, slots=True)
class StepStatus:
    """One step of the adopted plan as the journal knows it."""

    id: str
    title: str
    phase: int
    state: str
    """'pending', 'started', 'done' or 'undoing'."""
    rows: int = 0
    """Rows its committed batches changed."""
    seconds: float | None = None
    one_way: bool = False


@dataclass(frozen=True, slots=True)
class BackfillStatus:
    """A backfill that has begun and is not done."""

    step: str
    table: str
    rows_done: int
    rows_total: int
    """An estimate from the server's statistics; 0 when there is none."""
    rows_per_second: float | None = None
    remaining_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class SessionStatus:
    """A connected session that a run has to know about: it holds a lock we need, or keeps an old snapshot."""

    pid: int
    login: str
    application: str
    state: str
    """pg_stat_activity.state, for example 'idle in transaction'."""
    seconds: float
    """Age of its transaction; of the session when it has none."""
    blocks: tuple[str, ...] = ()
    """Tables, or what of ours waits for it."""
    query: str = ""
    """The first words of its statement with literals left out."""


@dataclass(frozen=True, slots=True)
class OldClientStatus:
    """A client that still needs a compatibility view: it is connected, or was within the quiet hours."""

    login: str
    application: str
    tables: tuple[str, ...]
    """The tables whose view it needs."""
    sessions: int
    """Connected now; 0: only seen before."""
    last_seen: datetime | None
    known_from: tuple[str, ...]
    """'declared', 'pg_stat_statements', 'session', or places in the application's source."""


@dataclass(frozen=True, slots=True)
class CompatibilityStatus:
    """Tables behind a view of their old columns, and who keeps the views from going."""

    tables: tuple[str, ...]
    old_clients: tuple[OldClientStatus, ...]
    hours_watched: int
    hours_needed: int
    """`[soak] old_clients_quiet_hours`: so many hours, all watched, none of them with an old client."""
    last_sample_at: datetime | None
    sampled_now: bool
    """This very question took a sample; False: the role may not write to schema ringfence."""


@dataclass(frozen=True, slots=True)
class ShadowStatus:
    """What phase 4 has seen, in short; `ringfence shadow` has the whole."""

    comparisons: int
    """About how many are kept."""
    differing: tuple[Differing, ...]
    noted: tuple[Noted, ...]


@dataclass(frozen=True, slots=True)
class ModeStatus:
    """The endpoints that are served in one mode."""

    mode: str
    """'legacy', 'shadow', 'tenant_share' or 'tenant'."""
    endpoints: int
    since: datetime
    """When the last of them came into it."""


@dataclass(frozen=True, slots=True)
class AuthenticateStatus:
    """What phase 3 has measured, in short; `ringfence sessions` and `ringfence endpoints list` have the whole."""

    left: Left
    tenant_share: float | None
    """Share of the counted requests that had a tenant, in the token or by membership; None: none was counted."""
    modes: tuple[ModeStatus, ...] = ()
    """In the order in which an endpoint goes through them, those without endpoints left out."""


@dataclass(frozen=True, slots=True)
class StatusReport:
    """Where the migration stands, read from the journal, and who is in the way right now."""

    plan_hash: str | None
    """None: no plan was ever adopted here."""
    state: str
    """'not started', 'running', 'stopped', 'gate', 'paused', 'failed', 'finished' or 'reverted'."""
    phases: tuple[PhaseStatus, ...] = ()
    steps: tuple[StepStatus, ...] = ()
    paused: str | None = None
    """The reason of a pause that is asked for or in force, '' when none was given; None: not paused."""
    last_error: str = ""
    sessions: tuple[SessionStatus, ...] = ()
    backfills: tuple[BackfillStatus, ...] = ()
    direction: str = "forward"
    accepted: Mapping[str, str] = field(default_factory=dict)
    """Checks a person took responsibility for, with the reason."""
    at: datetime | None = None
    """Time of the journal's last entry."""
    compatibility: CompatibilityStatus | None = None
    """None: no table is behind a compatibility view now."""
    authenticate: AuthenticateStatus | None = None
    """None: phase 3 does not stand, or whoever asks may not read what it has counted."""
    shadow: ShadowStatus | None = None
    """None: phase 4 does not stand, or phase 6 has ended it, or whoever asks may not read what it has seen."""


# --- journal -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class JournalLine:
    """One entry as people read it."""

    seq: int
    at: datetime
    event: str
    """The event's class name, for example 'StepDone'."""
    summary: str
    """What happened, in one line."""
    hash: str
    event_json: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ShadowReport:
    """What phase 4 has seen: comparisons per table and command, and what differed, most frequent first."""

    canary_share: float
    """Share of users who act as the canary, 0 to 1."""
    compared: tuple[Compared, ...]
    differing: tuple[Differing, ...]
    noted: tuple[Noted, ...] = ()


@dataclass(frozen=True, slots=True)
class JournalReport:
    """The journal's entries, and whether its hash chain holds."""

    entries: tuple[JournalLine, ...]
    ok: bool | None = None
    """None: the chain was not asked for."""
    detail: str = ""
    """When the chain is broken: where, and what is wrong there."""


# --- endpoints ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class EndpointStatus:
    """How an endpoint is served, and what all workers saw of it in the last minute."""

    endpoint: str
    mode: str
    """'legacy', 'shadow', 'tenant_share' or 'tenant'."""
    percent: float | None
    mode_since: datetime
    falls_back: bool
    error_share_max: float
    difference_share_max: float
    observed_min: int
    legacy_answers: int
    tenant_answers: int
    tenant_runs: int
    tenant_errors: int
    compared: int
    differed: int
    skipped: int


@dataclass(frozen=True, slots=True)
class EndpointChange:
    """One change of an endpoint, by a person or by itself."""

    at: datetime
    endpoint: str
    kind: str
    """'set' or 'fallback'."""
    mode_before: str | None
    percent_before: float | None
    mode_after: str
    percent_after: float | None
    reason: str
    login: str


@dataclass(frozen=True, slots=True)
class EndpointsReport:
    """Every endpoint that the database knows, by name."""

    endpoints: tuple[EndpointStatus, ...]


@dataclass(frozen=True, slots=True)
class EndpointHistory:
    """The newest changes, the newest last."""

    changes: tuple[EndpointChange, ...]
