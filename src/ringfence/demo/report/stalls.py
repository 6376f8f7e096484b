"""Which requests could have waited for a lock of ours, by joining the log of requests with the log of steps. Pure.

A step can only make a request wait while both are under way: a request that came before the step's lock was wanted
waited for something else until then, and when the step is over its lock is gone. So the time they share is the most the
step can have cost that request; what else made it slow in that time (a busy processor, a checkpoint) is counted as ours
too. Steps whose locks stand in nobody's way (VALIDATE, a concurrent index build, ANALYZE, a batch of rows, which locks
rows and not the table) are not stalls of DDL and are left out by whoever makes the log of steps.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ringfence.demo.report.model import Stall

STALLS_KEPT_MAX = 20


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: when it was due, in seconds since the traffic began, and how long its answer took."""

    due_s: float
    milliseconds: float
    what: str


@dataclass(frozen=True, slots=True)
class Locking:
    """One try of a step that locks an application's table, from before the lock is wanted until it is given back."""

    phase: int
    step: str
    begins_s: float
    ends_s: float


def stalls(requests: Iterable[Asked], steps: Sequence[Locking]) -> tuple[Stall, ...]:
    """For every request the step that can have cost it most, longest first; requests beside no step are left out."""
    ordered = sorted(steps, key=lambda step: step.begins_s)
    begins = [step.begins_s for step in ordered]
    longest_s = max((step.ends_s - step.begins_s for step in ordered), default=0.0)
    found: list[Stall] = []
    for asked in requests:
        answered_s = asked.due_s + asked.milliseconds / 1000.0
        first = bisect_left(begins, asked.due_s - longest_s)
        last = bisect_left(begins, answered_s)
        shared = [(_shared_s(asked.due_s, answered_s, step), step) for step in ordered[first:last]]
        seconds, step = max(shared, key=lambda pair: pair[0], default=(0.0, None))
        if step is not None and seconds > 0.0:
            found.append(Stall(round(asked.due_s, 3), round(seconds * 1000.0, 1), asked.what, step.phase, step.step))
    return tuple(sorted(found, key=lambda stall: -stall.milliseconds))


def _shared_s(due_s: float, answered_s: float, step: Locking) -> float:
    return min(answered_s, step.ends_s) - max(due_s, step.begins_s)


def longest_by_phase(found: Iterable[Stall]) -> Mapping[int, float]:
    """The longest stall of every phase that has one."""
    longest: dict[int, float] = {}
    for stall in found:
        longest[stall.phase] = max(longest.get(stall.phase, 0.0), stall.milliseconds)
    return longest
