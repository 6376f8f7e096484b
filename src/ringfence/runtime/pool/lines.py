"""Where the asynchronous face gets its connections from, and where they go after each transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Generator
from contextlib import suppress
from typing import Any

from ringfence.runtime import pg
from ringfence.runtime.pool import pg as pools
from ringfence.runtime.pool.athand import AtHand
from ringfence.runtime.pool.line import Line
from ringfence.runtime.wire.pg import Past


class Lines:
    """The connections of one database: those in psycopg's pool, and those at hand."""

    def __init__(self, target: pools.Target) -> None:
        self.connections_max = target.connections_max
        self._target = target
        self._sessions = pools.Sessions(target)
        self._pool: pools.AsyncPool | None = None
        self._at_hand = AtHand(self._put_back)
        self._going_back: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Connect. Raises CannotConnect, LoginTooWide and SealsWouldBeLogged."""
        if self._pool is None or not self._sessions.are_of_this_process:
            self._sessions = pools.Sessions(self._target, before=(self._pool, self._at_hand))
            self._at_hand = AtHand(self._put_back)
            self._pool = await pools.open_pool(self._target, self._sessions)

    async def close(self) -> None:
        """Close every connection."""
        pool, self._pool = self._pool, None
        if pool is None or not self._sessions.are_of_this_process:
            return
        at_hand = self._at_hand.empty()
        await pool.close()
        for line in at_hand:
            await _return(line)  # which closes it, now that it is closed itself
        if self._going_back:
            await asyncio.wait(self._going_back)

    async def take(self) -> Line:
        """A connection for one transaction; raises NotOpen and NoFreeConnection, and why none was let in."""
        pool = self._pool
        if pool is None:
            raise pools.NotOpen(hint="async with TenantDatabase(url, key=key) as database: ..")
        self._sessions.require_this_process()
        while (line := self._at_hand.take()) is not None:
            if line.is_alive():
                return line
            await self.give_back(line, broken=True)
        for _ in range(self.connections_max + 1):
            self._at_hand.waiting += 1
            try:
                conn = await pool.getconn()
            except pools.PoolTimeout as error:
                raise self._sessions.no_connection(error) from None
            finally:
                self._at_hand.waiting -= 1
            line = Line(conn, self._sessions.of(conn), pool, asyncio.get_running_loop().time())
            if line.is_alive():
                return line
            await self.give_back(line, broken=True)  # the pool opens another in its place
        raise pools.NoFreeConnection("the server had closed every connection of the pool", hint="try again")

    async def give_back(self, line: Line, *, broken: bool) -> None:
        """Take a connection back, whoever is cancelled meanwhile: half returned, it would be lost for ever."""
        if not broken and line.pool is self._pool and self._at_hand.keep(line):
            return
        if broken:
            line.hang_up()
            await line.conn.close()
        elif line.session.past is Past.LEAVING:
            await asyncio.shield(_returned_clean(line))
            return
        await _return(line)

    def has_time(self) -> bool:
        """Whether nobody waits for the connection that a transaction is about to leave."""
        return not self._at_hand.waiting

    def _put_back(self, line: Line) -> None:
        going = asyncio.ensure_future(_returned_clean(line))
        self._going_back.add(going)
        going.add_done_callback(self._going_back.discard)


async def _returned_clean(line: Line) -> None:
    """Hear whether a session could forget what was before, since the pool takes none that still has to answer."""
    if line.session.past is Past.LEAVING:
        clean = False
        with suppress(pg.DriverError):
            clean = await line.carry(pg.left(line.conn.pgconn, line.session))
        if not clean:
            line.hang_up()
            await line.conn.close()
    await _return(line)


async def _return(line: Line) -> None:
    """To the pool. A task of its own would see to its end, at the price of two turns of the event loop.

    So it is begun by hand, and only when it has to wait for somebody is the rest of it made a task.
    """
    line.hang_up()
    returning = line.pool.putconn(line.conn)
    try:
        waits_for = returning.send(None)
    except StopIteration:
        return
    await asyncio.shield(_rest(returning, waits_for))


async def _rest(begun: Coroutine[Any, Any, None], waits_for: Any) -> None:
    await _Begun(begun, waits_for)


class _Begun:
    """A coroutine that was begun by hand, to be awaited to its end."""

    def __init__(self, begun: Coroutine[Any, Any, None], waits_for: Any) -> None:
        self._begun = begun
        self._waits_for = waits_for

    def __await__(self) -> Generator[Any, Any, None]:
        waits_for = self._waits_for
        while True:
            yield waits_for
            try:
                waits_for = self._begun.send(None)
            except StopIteration:
                return
