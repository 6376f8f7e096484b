"""The journal: append-only entries, each hash-chained to the one before; progress is a pure fold of them.

Events say what happened, `Progress` says where that leaves the run. Neither knows the plan: `PlanAdopted` carries the
outline (phases, gates, step ids) that the fold needs, so a journal can be judged without the plan it followed.
"""

from __future__ import annotations

import functools
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


class JournalMissing(RingfenceError):
    """This database has no Ringfence journal."""

    code = "RF504"
    exit_code = 5


class AnotherRunAtWork(RingfenceError):
    """Another run is at work on this database."""

    code = "RF505"
    exit_code = 5


class RunSuperseded(RingfenceError):
    """This run is not the one the journal knows as open: a later one has taken over, or it has ended."""

    code = "RF506"
    exit_code = 5


class SchemaTaken(RingfenceError):
    """The schema ringfence cannot take the journal."""

    code = "RF507"
    exit_code = 3


class WrongIsolation(RingfenceError):
    """A journal entry was appended outside READ COMMITTED, where the end of the journal cannot be seen."""

    code = "RF508"


class DocumentMissing(RingfenceError):
    """A plan or snapshot that the journal refers to is not stored in this database."""

    code = "RF509"
    exit_code = 5


class JournalProtected(RingfenceError):
    """Entries of the journal are never changed or removed."""

    code = "RF510"
    exit_code = 5


class RunLockLost(RingfenceError):
    """The session that held the run lock is gone, so another run may have begun."""

    code = "RF511"
    exit_code = 6


class JournalDenied(RingfenceError):
    """This role may not use the journal."""

    code = "RF512"
    exit_code = 5


# --- what an entry says ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PlanAdopted:
    """From here on the run follows this plan (the first one, or an amended one)."""

    plan_hash: str
    previous_plan_hash: str | None
    step_ids: tuple[tuple[int, tuple[str, ...]], ...]
    """Phase number and its step ids in order, so that the journal can be folded without the plan."""
    gates: tuple[tuple[int, str, str], ...] = ()
    """Phase number, 'entry', 'exit' or 'back', and the gate's id."""
    gone: tuple[str, ...] = ()
    """Steps that were begun and have no place in an amended plan, because the application dropped their object."""


@dataclass(frozen=True, slots=True)
class RunStarted:
    """An operator asked for work: 'forward' through phase `target`, or 'back' to before phase `target`."""

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
    """One batch of a step or of its undo: rows changed and the cursor to go on from."""

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
    """A step's undo is about to be executed; the step was done, or started and perhaps executed in part."""

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

RunEvent: TypeAlias = (
    StepStarted | BatchCommitted | StepDone | StepFailed | UndoStarted | UndoDone | GatePassed | GateHeld
)
"""What only the run at work may write; `append` asks for its id and refuses a run that was superseded."""

FORWARD = "forward"
BACK = "back"
DIRECTIONS = (FORWARD, BACK)
OUTCOMES = ("finished", "gate", "paused", "failed", "interrupted")


@dataclass(frozen=True, slots=True)
class Entry:
    """One journal entry as stored: position, time, what happened, and the chain."""

    seq: int
    at: datetime
    event: Event
    previous_hash: str
    hash: str


# --- where that leaves the run -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PhaseOutline:
    """A phase as the journal knows it: its number, step ids in order, and the ids of its gates."""

    number: int
    steps: tuple[str, ...]
    entry_gate: str | None = None
    exit_gate: str | None = None
    back_gate: str | None = None


@dataclass(frozen=True)
class Outline:
    """The adopted plan as the journal knows it."""

    phases: tuple[PhaseOutline, ...] = ()

    @functools.cached_property
    def order(self) -> tuple[str, ...]:
        """Every step id in plan order."""
        return tuple(step for phase in self.phases for step in phase.steps)

    @functools.cached_property
    def position(self) -> Mapping[str, int]:
        """Step id to its place in `order`."""
        return {step: place for place, step in enumerate(self.order)}

    @functools.cached_property
    def phase_of(self) -> Mapping[str, int]:
        """Step id to its phase number."""
        return {step: phase.number for phase in self.phases for step in phase.steps}

    @functools.cached_property
    def gate_phase(self) -> Mapping[str, PhaseOutline]:
        """Gate id to the phase it guards."""
        return {
            gate: phase
            for phase in self.phases
            for gate in (phase.entry_gate, phase.exit_gate, phase.back_gate)
            if gate is not None
        }

    def phase(self, number: int) -> PhaseOutline:
        """The phase of that number; raises KeyError when the plan has none."""
        for phase in self.phases:
            if phase.number == number:
                return phase
        raise KeyError(number)


@dataclass(frozen=True, slots=True)
class NotStarted:
    """Nothing of the step is there: it never began, or it was undone."""


@dataclass(frozen=True, slots=True)
class Started:
    """The step is being done; `cursor` is where its next batch begins, None before the first."""

    step: str
    cursor: Mapping[str, Any] | None = None
    rows: int = 0
    tries: int = 0
    """Failed tries of the current run; a new run starts to count again."""
    doubtful: bool = False
    """An earlier try may have been executed without being recorded (a crash, a lost connection)."""


@dataclass(frozen=True, slots=True)
class Done:
    """The step is done, with the measured facts of its StepDone and the rows of its batches."""

    result: Mapping[str, Any] = field(default_factory=dict)
    rows: int = 0


@dataclass(frozen=True, slots=True)
class Undoing:
    """The step is being undone; `was_done` is false when it had been started only."""

    step: str
    was_done: bool
    cursor: Mapping[str, Any] | None = None
    rows: int = 0
    tries: int = 0
    doubtful: bool = False


StepState: TypeAlias = NotStarted | Started | Done | Undoing


@dataclass(frozen=True, slots=True)
class Run:
    """The run at work, or one that died without a word."""

    run_id: str
    direction: str
    target: int
    version: str
    started_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """Where the journal leaves us. Made by `fold` alone, which keeps the invariants of docs/reference/journal.md."""

    seq: int = 0
    """Position of the last entry folded."""
    at: datetime | None = None
    """Time of the last entry folded."""
    plan_hash: str | None = None
    outline: Outline = Outline()
    run: Run | None = None
    direction: str | None = None
    """'forward' or 'back': where the current run goes, or the last one went."""
    done: Mapping[str, Done] = field(default_factory=dict)
    """Steps that are done, in the order in which they were completed (an amended plan can make that differ from plan
    order)."""
    open: Started | Undoing | None = None
    """The one step that is neither done nor untouched."""
    frontier: int = 0
    """Place in plan order of the first step that is not done: the only one that may be started next."""
    gates: frozenset[str] = frozenset()
    """Entry and exit gates passed and not re-opened since, and the back gates passed in the current run."""
    held: GateHeld | None = None
    """The gate that did not hold in the current run."""
    accepted: Mapping[str, str] = field(default_factory=dict)
    """Checks a person took responsibility for, with the reason."""
    paused: bool = False
    pause_reason: str = ""
    error: StepFailed | None = None
    """The last failed try, until a step is completed or undone."""

    def state(self, step: str) -> StepState:
        """The state of one step of the adopted plan; raises KeyError for any other."""
        if self.open is not None and self.open.step == step:
            return self.open
        if step in self.done:
            return self.done[step]
        self.outline.position[step]  # a step the plan does not know has no state
        return NotStarted()

    def passed(self, gate: str | None) -> bool:
        """Whether a gate has been passed and its phase not re-opened since; a phase without that gate passes."""
        return gate is None or gate in self.gates

    def begun(self, phase: PhaseOutline) -> bool:
        """Whether anything of a phase may be there to be undone."""
        return any(not isinstance(self.state(step), NotStarted) for step in phase.steps)

    def complete(self, phase: PhaseOutline) -> bool:
        """Whether every step of a phase is done and its exit gate passed."""
        return self.passed(phase.exit_gate) and all(step in self.done for step in phase.steps)

    def behind(self) -> tuple[str, ...]:
        """Steps that an amended plan put before steps already done: they come first when the run goes on."""
        last = max((self.outline.position[step] for step in self.done), default=-1)
        return tuple(step for step in self.outline.order[self.frontier : last + 1] if step not in self.done)
