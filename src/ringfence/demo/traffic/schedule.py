"""When requests are due: an open loop, so arrivals do not wait for answers and a stall cannot hide itself. Pure."""

from __future__ import annotations

import random
from collections.abc import Iterator


def arrivals(per_second: float, source: random.Random) -> Iterator[float]:
    """Moments in seconds since the start, with exponential gaps: people do not know of one another."""
    if per_second <= 0:
        raise ValueError("the rate must be positive")
    moment = 0.0
    while True:
        moment += source.expovariate(per_second)
        yield moment
