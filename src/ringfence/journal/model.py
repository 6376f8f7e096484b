"""The journal: append-only entries, each hash-chained to the one before; progress is a pure fold of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

from ringfence.errors import RingfenceError


class IllegalTransition(RingfenceError):
    """The journal holds an entry that cannot follow the ones before it."""

    code = "RF502"
    exit_code = 5


class JournalDamaged(RingfenceError):
    """The journal's hash chain does not hold: entries were changed, removed or inserted."""

    code = "RF503"
    exit_code = 5


# --- what an entry says ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PlanAdopted:
    """From here on the run follows this plan (the first one, or an amended one)."""

    plan_hash: str
    previous_plan_hash: str | None
    step_ids: tuple[tuple[int, tuple[str, ...]], ...]
    """Phase number and its step ids in order, so that the journal can be folded without the plan."""


@dataclass(frozen=True, slots=True)
class RunStarted:
    """An operator asked for work: `direction` 'forward' or 'back', `target` a phase number (back: the first to undo)."""

    run_id: str
    direction: str
    target: int
    version: str


@dataclass(frozen=True, slots=True)
class RunEnded:
    """The run stopped: 'finished', 'gate', 'paused', 'failed' or 'interrupted'."""

    run_id: str
    outcome: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class StepStarted:
    """A step is about to be executed."""

    step: str


@dataclass(frozen=True, slots=True)
class BatchCommitted:
    """One batch of a step: rows changed and the cursor to go on from."""

    step: str
    rows: int
    cursor: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class StepDone:
    """A step is done; `result` holds measured facts (rows, seconds, checksums)."""

    step: str
    result: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StepFailed:
    """A step's try ended with an error; it can be tried again."""

    step: str
    error: str
    undoing: bool = False


@dataclass(frozen=True, slots=True)
class UndoStarted:
    """A step's undo is about to be executed."""

    step: str


@dataclass(frozen=True, slots=True)
class UndoDone:
    """A step is undone."""

    step: str
    result: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class GatePassed:
    """A gate held; `verdicts` by check code: passed, accepted."""

    gate: str
    verdicts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class GateHeld:
    """A gate did not hold; `missing` by check code says what is missing."""

    gate: str
    missing: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Accepted:
    """A person took responsibility for a check that does not hold."""

    check: str
    reason: str


@dataclass(frozen=True, slots=True)
class PauseRequested:
    """A person asked to stop at the next safe point."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class ResumeRequested:
    """A person took a pause back."""


Event: TypeAlias = (
    PlanAdopted
    | RunStarted
    | RunEnded
    | StepStarted
    | BatchCommitted
    | StepDone
    | StepFailed
    | UndoStarted
    | UndoDone
    | GatePassed
    | GateHeld
    | Accepted
    | PauseRequested
    | ResumeRequested
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One journal entry as stored: position, time, what happened, and the chain."""

    seq: int
    at: datetime
    event: Event
    previous_hash: str
    hash: str
