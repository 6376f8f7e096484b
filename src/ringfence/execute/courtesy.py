"""How long batches and steps rest: measured on the application's own transactions, beside which ours run.

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
        self._step = ""
        self._clock: StatementClock | None = None
        self._own = StatementClock()
        self._looked_s = now()
        self._calm_ms: float | None = None
        self._calm_s = 0.0
        self._company = True
        self._company_s: float | None = None

    def rest(self, step: str, milliseconds: float) -> None:
        """Rest after a step's batch that took so long; once a second, look how the others are doing.

        Raises ConnectionLost, which no rest brings back.
        """
        self._own += StatementClock(milliseconds, 1)
        pause = pace.rest_seconds(milliseconds, self.ratio)
        if pause > 0.0:
            self._sleep(pause)
        if step != self._step:
            self._step = step
            self.look_afresh()
        elif self._now() - self._looked_s >= LOOK_EVERY_S:
            self._learn()

    def rest_between(self, milliseconds: float) -> None:
        """Rest after a step or a check that took so long, unless nobody else is connected.

        Raises ConnectionLost, which no rest brings back.
        """
        pause = pace.step_rest_seconds(milliseconds, self.ratio, self._limits)
        if pause > 0.0 and self._in_company():
            self._sleep(pause)

    def _in_company(self) -> bool:
        """Whether others are connected, asked once a second; who cannot be asked about is taken to be there."""
        if self._company_s is None or self._now() - self._company_s >= LOOK_EVERY_S:
            match health_pg.others_connected(self._conn):
                case bool() as others:
                    self._company = others
                case Unreadable(_, error):
                    if self._conn.closed:
                        raise ConnectionLost(detail=error, hint="ringfence apply (it reads the journal and goes on)")
                    self._company = True
            self._company_s = self._now()
        return self._company

    def look_afresh(self) -> None:
        """Begin a new window: what we did since the last one beside batches would be taken for work of others."""
        self._mark()

    def _learn(self) -> None:
        before, own = self._clock, self._own
        now = self._mark()
        if before is None or now is None:
            return
        theirs_ms = others_ms(now - before, own)
        if theirs_ms is None:
            self.ratio = self._limits.batch_nice_ratio  # nobody is there
            return
        if self._calm_ms is None or self._now() - self._calm_s > CALM_EVERY_S:
            self._sleep(CALM_S)
            then = self._mark()
            self._calm_ms = None if then is None else others_ms(then - now, StatementClock())
            self._calm_s = self._now()
        if self._calm_ms is not None:
            self.ratio = pace.next_rest(self.ratio, theirs_ms / max(self._calm_ms, 1e-3), self._limits)

    def _mark(self) -> StatementClock | None:
        """Read the clock and begin a new window; None when it cannot be read, and then the rest is the longest."""
        clock = health_pg.statement_clock(self._conn)
        self._own, self._looked_s = StatementClock(), self._now()
        match clock:
            case StatementClock():
                self._clock = clock
            case Unreadable(_, error):
                if self._conn.closed:
                    raise ConnectionLost(detail=error, hint="ringfence apply (it reads the journal and goes on)")
                self._clock = None
                self.ratio = max(self.ratio, pace.REST_RATIO_MAX)  # a server that does not answer is not well
        return self._clock
