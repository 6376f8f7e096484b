"""The same for threads: connections come from psycopg's pool for each transaction, and go back to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from ringfence.runtime import pg
from ringfence.runtime.pool import pg as pools
from ringfence.runtime.wire.pg import Session

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class BlockingLine:
    """One connection outside of its pool."""

    conn: pg.Connection
    session: Session
    pool: pools.Pool

    def carry(self, steps: pg.Steps[T]) -> T:
        """Do what the steps say."""
        with self.conn.lock:
            return self.conn.wait(steps)

    def lend(self) -> None:
        """From now on others use its socket too, which is no matter here."""


class BlockingLines:
    """The connections of one database."""

    def __init__(self, target: pools.Target) -> None:
        self.connections_max = target.connections_max
        self._target = target
        self._sessions = pools.Sessions(target)
        self._pool: pools.Pool | None = None

    def open(self) -> None:
        """Connect. Raises CannotConnect, LoginTooWide and SealsWouldBeLogged."""
        if self._pool is None or not self._sessions.are_of_this_process:
            self._sessions = pools.Sessions(self._target, before=self._pool)
            self._pool = pools.open_blocking_pool(self._target, self._sessions)

    def close(self) -> None:
        """Close every connection."""
        pool, self._pool = self._pool, None
        if pool is not None and self._sessions.are_of_this_process:
            pool.close()

    def take(self) -> BlockingLine:
        """A connection for one transaction; raises NotOpen and NoFreeConnection, and why none was let in."""
        pool = self._pool
        if pool is None:
            raise pools.NotOpen(hint="with BlockingTenantDatabase(url, key=key) as database: ..")
        self._sessions.require_this_process()
        for _ in range(self.connections_max + 1):
            try:
                conn = pool.getconn()
            except pools.PoolTimeout as error:
                raise self._sessions.no_connection(error) from None
            line = BlockingLine(conn, self._sessions.of(conn), pool)
            if pg.is_alive(conn):
                return line
            self.give_back(line, broken=True)  # the pool opens another in its place
        raise pools.NoFreeConnection("the server had closed every connection of the pool", hint="try again")

    def give_back(self, line: BlockingLine, *, broken: bool) -> None:
        """Take a connection back."""
        if broken:
            line.conn.close()
        line.pool.putconn(line.conn)

    def has_time(self) -> bool:
        """Never: only a loop can hear a session out while others work."""
        return False
