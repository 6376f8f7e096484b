"""One line per observation, for logs and for terminals that cannot redraw. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import assert_never

from ringfence.cli.words import counted, duration, number, plain
from ringfence.observe import (
    BatchDone,
    GateJudged,
    LockHeld,
    LockWaited,
    Note,
    Observation,
    PhaseFinished,
    PhaseStarted,
    StepFinished,
    StepStarted,
    Throttled,
)


def stamped(observation: Observation, at: datetime) -> str:
    """The observation as a line of a log: time in UTC, then what happened; no control characters."""
    return f"{at:%Y-%m-%dT%H:%M:%SZ} {line(observation)}"


def line(observation: Observation) -> str:
    """What happened, in one line without a time."""
    return plain(_text(observation))


def _text(observation: Observation) -> str:
    match observation:
        case PhaseStarted(phase, name, steps, direction):
            verb = "phase" if direction == "forward" else "undo of phase"
            return f"{verb} {phase} {name} begins, {counted(steps, 'step')}"
        case PhaseFinished(phase, name, seconds, direction):
            verb = "phase" if direction == "forward" else "undo of phase"
            return f"{verb} {phase} {name} ends after {duration(seconds)}"
        case StepStarted(step, title, _, direction):
            return f"{'undo ' if direction == 'back' else ''}{step}: {title}"
        case StepFinished(step, _, seconds, attempts, direction):
            tries = f", {attempts} attempts" if attempts > 1 else ""
            return f"{'undo ' if direction == 'back' else ''}{step}: done in {duration(seconds)}{tries}"
        case LockHeld(step, tables, lock, milliseconds):
            return f"{step}: held {lock} on {', '.join(tables)} and let go, {milliseconds:.0f} ms in all"
        case LockWaited():
            return f"{observation.step}: waits for {the_lock(observation)}"
        case BatchDone():
            return f"{observation.step}: {progress(observation)}"
        case Throttled(step, signal, detail, seconds):
            return f"{step}: waits {duration(seconds)} because of {signal}: {detail}"
        case GateJudged(_, gate, check, verdict, detail):
            return f"gate {gate}: {check} {verdict}" + (f": {shortened(detail)}" if detail else "")
        case Note(text, level):
            return text if level == "info" else f"{level}: {text}"
        case _:
            assert_never(observation)


def shortened(detail: str) -> str:
    """The first two lines of a detail as one, and how many more there are."""
    lines = detail.split("\n")
    more = f" (and {counted(len(lines) - 2, 'line')} more)" if len(lines) > 2 else ""
    return " ".join(lines[:2]) + more


def the_lock(waited: LockWaited) -> str:
    """Which lock is waited for, which attempt that was, and who holds it."""
    held = f"held by {'; '.join(waited.holders)}" if waited.holders else "nobody was seen holding it"
    return f"the lock on {waited.table}, attempt {waited.attempt} of {waited.attempts_max}: {held}"


def progress(batch: BatchDone) -> str:
    """How far a backfill is: rows, rate and remaining time."""
    total = f" of about {number(batch.rows_total)}" if batch.rows_total else ""
    left = f", about {duration(batch.remaining_seconds)} left" if batch.remaining_seconds is not None else ""
    return f"{number(batch.rows_done)}{total} rows, {number(batch.rows_per_second)} rows/s{left}"
