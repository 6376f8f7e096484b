"""How fast to go: sizes of chunks and batches from measured times, and pauses between tries.

Pure: everything here is arithmetic on numbers that somebody else measured.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ringfence.tenancy.model import Limits

CHUNK_PAGES_MIN = 8
FIRST_CHUNK_PAGES = 128
GROW_RATIO_MAX = 1.5
SHRINK_AT_RATIO = 5.0
FIRST_REST_RATIO = 1.0
REST_RATIO_MAX = 6.0
"""A seventh of the time is ours even when everybody is slow: a backfill that never ends helps nobody."""
REST_STEP = 0.15
STEP_REST_S_MAX = 2.0
SLOWER_RATIO_GOOD = 1.08
SLOWER_RATIO_MAX = 1.2
"""Beyond it the application's transactions are slower by more than chance, and we are the ones who can give way."""


@dataclass(frozen=True, slots=True)
class Pace:
    """The current size of a chunk in pages and the number of passes over it."""

    chunk_pages: int
    passes: int


def first_pace(limits: Limits, pages: int, passes_max: int) -> Pace:
    """Where a backfill begins: small, because nothing has been measured yet; a tiny table needs no passes."""
    if pages <= FIRST_CHUNK_PAGES:
        return Pace(max(CHUNK_PAGES_MIN, pages), 1)
    return Pace(min(limits.chunk_pages, FIRST_CHUNK_PAGES), passes_max)


def next_pace(pace: Pace, batches_ms: Sequence[float], limits: Limits) -> Pace:
    """The pace after a chunk whose batches took so long.

    The slowest of its passes (the first one, which finds no room on the pages yet) is steered towards the target, by
    at most half at a time; one that took five times the target makes the next chunk a tenth at once: a database in
    trouble is left alone quickly and trusted again slowly (the rule Spirit uses, by its own documents).
    """
    target = float(limits.batch_target_ms)
    slowest = max(batches_ms, default=0.0)
    if slowest > SHRINK_AT_RATIO * target:
        pages = pace.chunk_pages // 10
    else:
        ratio = min(GROW_RATIO_MAX, target / max(slowest, 0.5))
        pages = int(pace.chunk_pages * ratio)
        if ratio > 1.0:
            pages = max(pages, pace.chunk_pages + 1)
    return replace(pace, chunk_pages=max(CHUNK_PAGES_MIN, min(pages, max(limits.chunk_pages, CHUNK_PAGES_MIN))))


def rest_seconds(milliseconds: float, ratio: float) -> float:
    """The pause after a batch, so that the application keeps its share of the server."""
    return milliseconds / 1000.0 * ratio


def step_rest_seconds(milliseconds: float, ratio: float, limits: Limits) -> float:
    """The pause after a step or a check that took so long, when batches rest `ratio` of their time.

    Bounded, because a step cannot be split: after an hour of building an index nobody needs an hour of rest.
    """
    return min(STEP_REST_S_MAX, rest_seconds(milliseconds, max(ratio, limits.step_rest_ratio)))


def first_rest(limits: Limits) -> float:
    """How long batches rest, as a share of their time, before anything was measured: half of the time at least."""
    return max(FIRST_REST_RATIO, limits.batch_nice_ratio)


def next_rest(ratio: float, slower: float, limits: Limits) -> float:
    """How long batches rest from now on, when transactions of others take `slower` times what they took without us.

    Longer at once when they suffer, shorter step by step when they do not, and in between as before: the way senders
    find their share of a line without knowing who else is on it (additive increase, multiplicative decrease).
    `batch_nice_ratio` is the least; the most is REST_RATIO_MAX, since others may be slow for reasons of their own.
    """
    if slower > SLOWER_RATIO_MAX:
        return max(limits.batch_nice_ratio, min(REST_RATIO_MAX, max(ratio * 1.6, FIRST_REST_RATIO / 2)))
    if slower > SLOWER_RATIO_GOOD:
        return max(limits.batch_nice_ratio, ratio)
    return max(limits.batch_nice_ratio, ratio - REST_STEP)


def backoff_seconds(attempt: int, limits: Limits, chance: random.Random) -> float:
    """The pause before lock attempt number `attempt` (1 is the first retry): doubling, bounded, with full jitter.

    Jitter keeps our attempts from falling into step with a client that retries at a fixed rate.
    """
    ceiling_ms = min(limits.lock_backoff_ms_max, 20 * (1 << min(attempt, 16)))
    return float(chance.uniform(0.25, 1.0) * ceiling_ms / 1000.0)


@dataclass(frozen=True, slots=True)
class Rate:
    """Rows per second, smoothed over about twenty batches."""

    rows_per_second: float = 0.0
    measured: bool = False

    def after(self, rows: int, milliseconds: float) -> Rate:
        """The rate after one more batch."""
        now = rows / max(milliseconds / 1000.0, 1e-6)
        if not self.measured:
            return Rate(now, True)
        return Rate(0.9 * self.rows_per_second + 0.1 * now, True)

    def remaining_seconds(self, rows: int) -> float | None:
        """Time for so many rows, None while nothing is known."""
        if not self.measured or self.rows_per_second <= 0:
            return None
        return rows / self.rows_per_second
