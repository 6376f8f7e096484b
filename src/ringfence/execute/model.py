"""What a run wants and the one thing it does next, as values; `decide` makes them, `run` carries them out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from ringfence.errors import RingfenceError
from ringfence.plan.model import Gate, Phase, Step


class NoRunOpen(RingfenceError):
    """Work was asked for outside a run: the journal has no open RunStarted."""

    code = "RF620"
    exit_code = 5


class OtherPlanFollowed(RingfenceError):
    """The journal follows another plan than the one at hand."""

    code = "RF621"
    exit_code = 5


class OtherWish(RingfenceError):
    """The open run goes elsewhere than what is asked for."""

    code = "RF622"
    exit_code = 5


class NoSuchPhase(RingfenceError):
    """The plan has no phase of this number."""

    code = "RF623"
    exit_code = 2


# --- what the operator wants -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Forward:
    """Do every phase up to and including this one."""

    through_phase: int


@dataclass(frozen=True, slots=True)
class Back:
    """Undo this phase and every later one."""

    first_phase: int


Wish: TypeAlias = Forward | Back


# --- what is done next -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class JudgeGate:
    """Ask the gate's checks, then append GatePassed or GateHeld."""

    phase: Phase
    gate: Gate


@dataclass(frozen=True, slots=True)
class StartStep:
    """Append StepStarted."""

    step: Step


@dataclass(frozen=True, slots=True)
class ExecuteStep:
    """Execute the step's action from the cursor on, then append StepDone, or StepFailed; nothing of it is in doubt."""

    step: Step
    cursor: Mapping[str, Any] | None
    attempt: int
    """1 for the first try of this run."""


@dataclass(frozen=True, slots=True)
class ProbeStep:
    """As ExecuteStep, but an earlier try may have been executed unrecorded: ask `done_when` first, if there is one.

    When it says true nothing is executed and StepDone is appended.
    """

    step: Step
    cursor: Mapping[str, Any] | None
    attempt: int


@dataclass(frozen=True, slots=True)
class StartUndo:
    """Append UndoStarted."""

    step: Step


@dataclass(frozen=True, slots=True)
class ExecuteUndo:
    """Execute the actions of the step's undo, then append UndoDone, or StepFailed with `undoing`."""

    step: Step
    cursor: Mapping[str, Any] | None
    attempt: int


@dataclass(frozen=True, slots=True)
class ProbeUndo:
    """As ExecuteUndo, but an earlier try may have been executed unrecorded: ask the undo's `done_when` first."""

    step: Step
    cursor: Mapping[str, Any] | None
    attempt: int


@dataclass(frozen=True, slots=True)
class RecordUndo:
    """Append UndoDone and execute nothing: there is nothing to take back, and why."""

    step: Step
    why: str


@dataclass(frozen=True, slots=True)
class EndRun:
    """Append RunEnded with this outcome: 'finished', 'gate', 'paused' or 'failed'."""

    outcome: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Refuse:
    """Do nothing and raise this: the run should never have come here."""

    error: RingfenceError


Move: TypeAlias = (
    JudgeGate | StartStep | ExecuteStep | ProbeStep | StartUndo | ExecuteUndo | ProbeUndo | RecordUndo | EndRun | Refuse
)
