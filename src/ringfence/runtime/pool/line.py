"""A connection in the hands of the asynchronous face: the event loop listens to it from one statement to the next.

psycopg's own waiting asks the loop to listen anew for each answer, and sets a timer beside it: two system calls
and some microseconds in every transaction. In what is waited for, and how it is called off, this is the same.
"""

from __future__ import annotations

import asyncio
from typing import TypeVar

from ringfence.runtime import pg
from ringfence.runtime.pool import pg as pools
from ringfence.runtime.wire.pg import READING, TAKEN, CalledOff, Session

T = TypeVar("T")


class Line:
    """One connection outside of its pool."""

    __slots__ = (
        "_awaited",
        "_lent",
        "_loop",
        "_pgconn",
        "_socket",
        "conn",
        "pool",
        "rests_since",
        "session",
        "taken_at",
    )

    def __init__(self, conn: pg.AsyncConnection, session: Session, pool: pools.AsyncPool, taken_at: float) -> None:
        self.conn = conn
        self.session = session
        self.pool = pool
        self.taken_at = taken_at
        """When it came out of the pool, by the loop's clock."""
        self.rests_since = taken_at
        self._pgconn = conn.pgconn
        self._socket = -1
        self._loop: asyncio.AbstractEventLoop | None = None
        self._awaited: asyncio.Future[None] | None = None
        self._lent = False

    def lend(self) -> None:
        """From now on others wait on its socket too, and the loop listens for one of them at a time."""
        self._lent = True
        self.hang_up()

    def hang_up(self) -> None:
        """Stop listening; to be said before anybody else waits on the socket or closes it."""
        if self._loop is not None:
            self._loop.remove_reader(self._socket)
            self._loop = None

    def is_alive(self) -> bool:
        """Whether the server has not hung up meanwhile, as far as the socket knows; asks nobody."""
        alive = pg.is_alive(self.conn)
        if not alive:
            self.hang_up()
        return alive

    async def carry(self, steps: pg.Steps[T]) -> T:
        """Do what the steps say, as `conn.wait` does."""
        async with self.conn.lock:
            try:
                waits_for = next(steps)
                while waits_for == READING:
                    try:
                        await self._heard()
                    except asyncio.CancelledError as given_up:
                        self.hang_up()
                        return await self.conn.wait(CalledOff(steps, given_up))  # cancels on the server too
                    except pg.DriverError as lost:
                        waits_for = steps.throw(lost)
                    else:
                        waits_for = steps.send(TAKEN)
                self.hang_up()
                return await self.conn.wait(steps)  # a socket that takes no more is psycopg's to wait for
            except StopIteration as over:
                if self._lent:
                    self.hang_up()
                answer: T = over.value
                return answer
            except BaseException:
                self.hang_up()  # while it is known which socket it was: libpq closes that of a lost connection
                raise

    def _heard(self) -> asyncio.Future[None]:
        """Done when something has been read from the socket."""
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
            self._socket = self._pgconn.socket  # a lost connection cannot say any more which one it was
            self._loop.add_reader(self._socket, self._hear)
        self._awaited = awaited = self._loop.create_future()
        return awaited

    def _hear(self) -> None:
        """Take what has come, at once: the loop looks at the socket once more before it lets anybody go on."""
        awaited, self._awaited = self._awaited, None
        try:
            self._pgconn.consume_input()
        except pg.DriverError as lost:
            self.hang_up()
            if awaited is not None and not awaited.done():
                awaited.set_exception(lost)
            return
        if awaited is not None and not awaited.done():
            awaited.set_result(None)
