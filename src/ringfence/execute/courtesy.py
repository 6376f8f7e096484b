"""How long batches rest: measured on the application's own transactions, beside which ours run.

The database counts what all its client sessions spend in statements (pg_stat_database.active_time, since PostgreSQL
14). Without our own share that is the application's, with no extension and no privilege. What it is without us is
looked at in a short pause, now and then: applications have their hours.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from ringfence.db import Connection
from ringfence.execute import pace
from ringfence.execute.attempt import ConnectionLost
from ringfence.health import pg as health_pg
from ringfence.health.compare import others_ms
from ringfence.health.model import StatementClock, Unreadable
from ringfence.tenancy.model import Limits

LOOK_EVERY_S = 1.0
"""As often as sessions add their share to the statistics; a shorter window would see chance."""
CALM_S = 1.5
CALM_EVERY_S = 60.0


class Courtesy:
    """Rests after every batch, and learns how long."""

    def __init__(
        self,
        conn: Connection,
        limits: Limits,
        *,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._conn = conn
        self._limits = limits
        self._sleep = sleep
        self._now = now
        self.ratio = pace.first_rest(limits)
        """How long the next batch rests, as a share of its time."""
        self._clock: StatementClock | None = None
        self._own = StatementClock()
        self._looked_s = now()
        self._calm_ms: float | None = None
        self._calm_s = 0.0

    def rest(self, milliseconds: float) -> None:
        """Rest after a batch that took so long; once a second, look how the others are doing.

        Raises ConnectionLost, which no rest brings back.
        """
        self._own += StatementClock(milliseconds, 1)
        pause = pace.rest_seconds(milliseconds, self.ratio)
        if pause > 0.0:
            self._sleep(pause)
        if self._now() - self._looked_s >= LOOK_EVERY_S:
            self._learn()

    def _learn(self) -> None:
        theirs_ms = self._window()
        if theirs_ms is None:
            return
        if self._calm_ms is None or self._now() - self._calm_s > CALM_EVERY_S:
            self._sleep(CALM_S)
            calm_ms = self._window()
            if calm_ms is None:
                return
            self._calm_ms, self._calm_s = calm_ms, self._now()
        self.ratio = pace.next_rest(self.ratio, theirs_ms / max(self._calm_ms, 1e-3), self._limits)

    def _window(self) -> float | None:
        """What a transaction of others took since the last look; None when that cannot be said, with the rest set."""
        clock = health_pg.statement_clock(self._conn)
        before, own = self._clock, self._own
        self._own, self._looked_s = StatementClock(), self._now()
        if isinstance(clock, Unreadable):
            if self._conn.closed:
                raise ConnectionLost(detail=clock.error, hint="ringfence apply (it reads the journal and goes on)")
            self._clock = None
            self.ratio = max(self.ratio, pace.REST_RATIO_MAX)  # a server that does not answer is not well
            return None
        self._clock = clock
        if before is None:
            return None
        theirs_ms = others_ms(clock - before, own)
        if theirs_ms is None:
            self.ratio = self._limits.batch_nice_ratio  # nobody is there
        return theirs_ms
