"""What can be observed while Ringfence works, as one sum type.

Stages emit observations; the terminal, the log and the metrics decide what to do with them. An observation never holds
a secret or a row's content.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class PhaseStarted:
    """A phase began, forward or back."""

    phase: int
    name: str
    steps: int
    direction: str


@dataclass(frozen=True, slots=True)
class PhaseFinished:
    """A phase ended with its exit gate passed (forward) or its catalog restored (back)."""

    phase: int
    name: str
    seconds: float
    direction: str


@dataclass(frozen=True, slots=True)
class StepStarted:
    """A step is about to run."""

    step: str
    title: str
    phase: int
    direction: str


@dataclass(frozen=True, slots=True)
class StepFinished:
    """A step is recorded in the journal."""

    step: str
    phase: int
    seconds: float
    attempts: int
    direction: str


@dataclass(frozen=True, slots=True)
class LockWaited:
    """One bounded lock attempt ended without the lock; who held it, if that could be seen."""

    step: str
    table: str
    waited_ms: float
    attempt: int
    attempts_max: int
    holders: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LockHeld:
    """A short transaction is committed: which lock it held at most, on which tables, and how long its one try took."""

    step: str
    tables: tuple[str, ...]
    lock: str
    """The strongest table lock, as PostgreSQL spells it."""
    milliseconds: float


@dataclass(frozen=True, slots=True)
class BatchDone:
    """One batch of rows and its cursor are committed."""

    step: str
    table: str
    rows: int
    rows_done: int
    rows_total: int
    milliseconds: float
    rows_per_second: float
    remaining_seconds: float | None


@dataclass(frozen=True, slots=True)
class Throttled:
    """Work waits because a signal of the database's health asks for it."""

    step: str
    signal: str
    detail: str
    seconds: float


@dataclass(frozen=True, slots=True)
class GateJudged:
    """A gate's check was asked; verdict is passed, failed, unproven or accepted."""

    phase: int
    gate: str
    check: str
    verdict: str
    detail: str


@dataclass(frozen=True, slots=True)
class Note:
    """Something worth a line that has no form of its own."""

    text: str
    level: str = "info"


Observation: TypeAlias = (
    PhaseStarted
    | PhaseFinished
    | StepStarted
    | StepFinished
    | LockWaited
    | LockHeld
    | BatchDone
    | Throttled
    | GateJudged
    | Note
)
Observer: TypeAlias = Callable[[Observation], None]


def ignore(_observation: Observation) -> None:
    """The observer that looks away."""
