"""What a live terminal shows, as a value: every observation gives the next scene. Pure; `live` draws it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import assert_never

from ringfence.cli.lines import the_lock
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

WAIT_SHOWN_S = 3.0
"""A wait that is not confirmed for so long is over; nobody reports the end of one."""


@dataclass(frozen=True, slots=True)
class PhaseLine:
    """The phase at work."""

    number: int
    name: str
    steps: int
    done: int = 0
    """Steps finished in this run."""
    began: float = 0.0


@dataclass(frozen=True, slots=True)
class StepLine:
    """The step at work."""

    id: str
    title: str
    began: float
    batch: BatchDone | None = None
    says: str = ""
    """The step's own last word, such as the state of an index build."""


@dataclass(frozen=True, slots=True)
class Scene:
    """The moving part of the screen."""

    direction: str = "forward"
    phase: PhaseLine | None = None
    step: StepLine | None = None
    waits: str = ""
    waits_since: float = 0.0
    waits_seen: float = 0.0

    def waiting(self, now: float) -> str:
        """What is waited for at this moment, '' for nothing."""
        return self.waits if self.waits and now - self.waits_seen <= WAIT_SHOWN_S else ""


@dataclass(frozen=True, slots=True)
class PhaseOver:
    """A line that stays: a phase is finished."""

    number: int
    name: str
    steps: int
    seconds: float
    direction: str


@dataclass(frozen=True, slots=True)
class Said:
    """A line that stays: something a person should read; `level` is info, warning or error."""

    text: str
    level: str


Lasting = PhaseOver | Said


def advance(scene: Scene, seen: Observation, now: float) -> tuple[Scene, Lasting | None]:
    """The next scene, and the line above it that stays on the screen, if any; `now` is a monotonic clock."""
    match seen:
        case PhaseStarted(phase, name, steps, direction):
            return Scene(direction, PhaseLine(phase, name, steps, 0, now)), None
        case PhaseFinished(phase, name, seconds, direction):
            done = scene.phase.done if scene.phase is not None else 0
            return Scene(direction), PhaseOver(phase, name, done, seconds, direction)
        case StepStarted(step, title, _, direction):
            return replace(_calm(scene), direction=direction, step=StepLine(step, title, now)), None
        case StepFinished():
            phase_ = replace(scene.phase, done=scene.phase.done + 1) if scene.phase is not None else None
            return replace(_calm(scene), phase=phase_, step=None), None
        case LockHeld():
            return scene, None
        case LockWaited():
            return _waits(scene, f"for {the_lock(seen)}", now), None
        case Throttled(_, signal, detail, _):
            return _waits(scene, f"because of {signal}: {detail}", now), None
        case BatchDone():
            calm = _calm(scene)
            return (replace(calm, step=replace(calm.step, batch=seen)) if calm.step is not None else calm), None
        case GateJudged(_, gate, check, verdict, _):
            if verdict == "passed":
                return scene, None
            # the report at the end says what is missing
            return scene, Said(f"gate {gate}: {check} {verdict}", "warning" if verdict == "accepted" else "error")
        case Note(text, level):
            return _note(scene, text, level)
        case _:
            assert_never(seen)


def _note(scene: Scene, text: str, level: str) -> tuple[Scene, Lasting | None]:
    step = scene.step
    if level != "info" or step is None:
        return scene, Said(text, level)
    return replace(scene, step=replace(step, says=text.removeprefix(f"{step.id}: "))), None


def _calm(scene: Scene) -> Scene:
    return replace(scene, waits="", waits_since=0.0, waits_seen=0.0)


def _waits(scene: Scene, text: str, now: float) -> Scene:
    since = scene.waits_since if scene.waiting(now) else now
    return replace(scene, waits=text, waits_since=since, waits_seen=now)
