"""Blocking connections whose every answer comes within a time: a thread that waits cannot be cancelled.

A server that is stopped, a pooler without a free session or a network that swallows packets would otherwise keep a
worker's thread for ever, and with it one of the few that answer requests.
"""

from __future__ import annotations

import time
from typing import Any, TypeAlias, TypeVar

import psycopg
from psycopg.abc import PQGen

T = TypeVar("T")
Row: TypeAlias = dict[str, Any]
ANSWER_S_MAX = 5.0
INTERVAL_S = 0.1
"""How often a connection that waits looks at the clock."""


class TooLate(psycopg.OperationalError):
    """The server's answer did not come in time; the connection is closed, since nobody knows what it is at."""


class BoundedConnection(psycopg.Connection[Row]):
    """A connection of psycopg that gives up an answer after `answer_s_max` seconds, and itself with it."""

    answer_s_max = ANSWER_S_MAX

    def wait(self, gen: PQGen[T], interval: float = INTERVAL_S, *more: Any, **named: Any) -> T:
        """Wait for an answer, as psycopg does; raises TooLate."""
        try:
            return super().wait(_bounded(gen, self.answer_s_max), min(interval, INTERVAL_S), *more, **named)
        except TooLate:
            self.pgconn.finish()
            raise


def _bounded(gen: PQGen[T], s_max: float) -> PQGen[T]:
    """The same steps, until it is too late."""
    until = time.monotonic() + s_max
    try:
        wanted = next(gen)
        while True:
            ready = yield wanted
            if not ready and time.monotonic() >= until:
                raise TooLate(f"no answer within {s_max} s")
            wanted = gen.send(ready)
    except StopIteration as end:
        result: T = end.value
        return result
