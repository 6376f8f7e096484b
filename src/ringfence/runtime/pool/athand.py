"""Connections at hand: out of the pool between two transactions, where the next one finds them without asking.

The pool stays master: whoever waits there is served first, and what rests goes back, to be shrunk and replaced there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from ringfence.runtime.pool.line import Line

REST_S_MAX = 1.0
"""A connection that nobody needed for so long goes back to the pool."""
AWAY_S_MAX = 60.0
"""A connection that is always needed goes back now and then: only there it grows too old."""


class AtHand:
    """The connections at hand, the one that was used last on top."""

    def __init__(self, give_back: Callable[[Line], None]) -> None:
        self._give_back = give_back
        self._lines: list[Line] = []
        self._timer: asyncio.TimerHandle | None = None
        self.waiting = 0
        """How many wait for a connection from the pool."""

    def take(self) -> Line | None:
        """A connection, if there is one."""
        return self._lines.pop() if self._lines else None

    def keep(self, line: Line) -> bool:
        """Keep a connection that is at rest, unless it belongs back in the pool."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        if self.waiting or now - line.taken_at > AWAY_S_MAX:
            return False
        line.rests_since = now
        self._lines.append(line)
        if self._timer is None:
            self._timer = loop.call_later(REST_S_MAX, self._look_around)
        return True

    def empty(self) -> list[Line]:
        """All of them, and none is left."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        lines, self._lines = self._lines, []
        return lines

    def _look_around(self) -> None:
        loop = asyncio.get_running_loop()
        latest = loop.time() - REST_S_MAX
        rested = [line for line in self._lines if line.rests_since <= latest]
        self._lines = [line for line in self._lines if line.rests_since > latest]
        self._timer = loop.call_later(REST_S_MAX, self._look_around) if self._lines else None
        for line in rested:
            self._give_back(line)
