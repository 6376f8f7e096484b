"""The asynchronous face: `async with database.tenant(context) as tx`."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Generator, Sequence
from contextlib import asynccontextmanager, suppress
from types import TracebackType
from typing import Any, LiteralString, Self, TypeVar

from ringfence.runtime import opening, pg
from ringfence.runtime.answer import Answer
from ringfence.runtime.context import TENANT_CLAIM, SessionUnclean, TenantContext
from ringfence.runtime.line import Line
from ringfence.runtime.opening import Isolation
from ringfence.runtime.placeholders import Parameters
from ringfence.runtime.pool import pg as pools
from ringfence.runtime.pool.athand import AtHand
from ringfence.runtime.seal import SealKey
from ringfence.runtime.wire.pg import Past

T = TypeVar("T")
_log = logging.getLogger(__name__)


class TenantDatabase:
    """A pool of connections on which nothing can be asked but in some tenant's name.

        async with TenantDatabase(url, key=SealKey.from_text(os.environ["RINGFENCE_KEY"])) as database:
            async with database.tenant(TenantContext(organization, user)) as tx:
                answer = await tx.execute("select title from documents where id = %s", [document])

    Args:
        url: Of a login that is a member of the request roles and of nothing wider.
        key: Seals the contexts; without one the login must be a gateway, whose claims are believed.
        connections_min: Connections held open.
        connections_max: Connections at most; more transactions than that wait.
        wait_s_max: How long a transaction waits for a connection.
        application: Shown in pg_stat_activity.
        tenant_claim: The path of the tenant in the claims, as the database's helpers were installed with.
        logged_seals_accepted: Go on although the server writes parameters into its log.
        clock: Seconds since 1970, for the expiry of seals.
    """

    def __init__(
        self,
        url: str,
        *,
        key: SealKey | None = None,
        connections_min: int = 1,
        connections_max: int = 10,
        wait_s_max: float = 10.0,
        application: str = "ringfence runtime",
        tenant_claim: Sequence[str] = TENANT_CLAIM,
        logged_seals_accepted: bool = False,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._target = pools.Target(
            url, application, connections_min, connections_max, wait_s_max, logged_seals_accepted, key is not None
        )
        self._sessions = pools.Sessions(self._target)
        self._issuer = opening.Issuer(key, tuple(tenant_claim), clock)
        self._pool: pools.AsyncPool | None = None
        self._at_hand = AtHand(self._put_back)
        self._going_back: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Connect. Raises CannotConnect, LoginTooWide and SealsWouldBeLogged."""
        if self._pool is None:
            self._pool = await pools.open_pool(self._target, self._sessions)

    async def close(self) -> None:
        """Close every connection."""
        pool, self._pool = self._pool, None
        if pool is None:
            return
        at_hand = self._at_hand.empty()
        await pool.close()
        for line in at_hand:
            await _give_back(pool, line, broken=False)
        if self._going_back:
            await asyncio.wait(self._going_back)

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def tenant(
        self,
        context: TenantContext,
        *,
        isolation: Isolation = Isolation.READ_COMMITTED,
        read_only: bool = False,
    ) -> TenantTransaction:
        """A transaction for one tenant, to be entered with `async with`; raises NoTenantContext before any SQL."""
        return TenantTransaction(self, self._issuer.credentials(context), opening.begin(isolation, read_only))

    async def execute(
        self, context: TenantContext, query: LiteralString, parameters: Parameters | None = None
    ) -> Answer:
        """A transaction of one statement, in one round trip."""
        async with self.tenant(context) as tx:
            return await tx.execute_last(query, parameters)

    def _keep(self, pool: pools.AsyncPool, line: Line) -> bool:
        """Keep a connection at hand, as long as its pool is open."""
        return pool is self._pool and self._at_hand.keep(line)

    def _put_back(self, line: Line) -> None:
        if self._pool is not None:
            going = asyncio.ensure_future(_give_back(self._pool, line, broken=False))
            self._going_back.add(going)
            going.add_done_callback(self._going_back.discard)

    def _has_time(self) -> bool:
        """Whether nobody waits for the connection that a transaction is about to leave."""
        return not self._at_hand.waiting

    async def _check_out(self) -> tuple[pools.AsyncPool, Line]:
        pool = self._pool
        if pool is None:
            raise pools.NotOpen(hint="async with TenantDatabase(url, key=key) as database: ..")
        while (line := self._at_hand.take()) is not None:
            if line.is_alive():
                return pool, line
            await asyncio.shield(_give_back(pool, line, broken=True))
        for _ in range(self._target.connections_max + 1):
            self._at_hand.waiting += 1
            try:
                conn = await pool.getconn()
            except pools.PoolTimeout as error:
                raise self._sessions.no_connection(error) from None
            finally:
                self._at_hand.waiting -= 1
            line = Line(conn, self._sessions.of(conn), asyncio.get_running_loop().time())
            if line.is_alive():
                return pool, line
            await asyncio.shield(_give_back(pool, line, broken=True))  # the pool opens another in its place
        raise pools.NoFreeConnection("the server had closed every connection of the pool", hint="try again")


class TenantTransaction:
    """One transaction in one tenant's name. Left without an error it commits, with one it rolls back."""

    def __init__(self, database: TenantDatabase, credentials: opening.Credentials, begin: bytes) -> None:
        self._database = database
        self._credentials = credentials
        self._begin = begin
        self._hold: tuple[pools.AsyncPool, Line, pg.Exchange] | None = None
        self._cursors: list[pg.AsyncCursor] = []
        self._savepoints = 0

    async def execute(self, query: LiteralString, parameters: Parameters | None = None) -> Answer:
        """Run one statement, in one round trip; the first one takes BEGIN, role and context along.

        Placeholders are psycopg's (`%s`, `%(name)s`), without parameters a percent sign is itself. Raises psycopg's
        errors for the statement's own, and ContextRefused or one of its kinds when the context does not hold.
        """
        return await self._do(lambda exchange: exchange.run(query, parameters, last=False))

    async def execute_last(self, query: LiteralString, parameters: Parameters | None = None) -> Answer:
        """Run the last statement and commit, in one round trip; nothing can be asked afterwards."""
        return await self._do(lambda exchange: exchange.run(query, parameters, last=True))

    async def cursor(self, name: str = "") -> pg.AsyncCursor:
        """A cursor of psycopg for what needs one: COPY, streaming, executemany; with a name, one on the server.

        It ends with the transaction. A transaction longer than a seal lasts asks for a new cursor now and then: that
        renews the seal.
        """
        await self._do(lambda exchange: exchange.open())
        _, line, _ = self._held
        line.lend()
        cursor: pg.AsyncCursor = line.conn.cursor(name) if name else line.conn.cursor()
        self._cursors.append(cursor)
        return cursor

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """A part of the transaction that is taken back alone when an error leaves it."""
        self._savepoints += 1
        name = b"ringfence_%d" % self._savepoints
        await self._do(lambda exchange: exchange.savepoint(name))
        try:
            yield
            await self._do(lambda exchange: exchange.release(name))
        except BaseException:
            await self._do(lambda exchange: exchange.back_to(name))
            raise

    async def __aenter__(self) -> Self:
        if self._hold is not None:
            raise pg.TransactionOver(
                "a tenant transaction is entered once", hint="ask for another: database.tenant(..)"
            )
        await self._take_connection()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._hold is None:
            return  # no connection was to be had in the place of one that was unclean
        pool, line, exchange = self._hold
        try:
            if error is None:
                if self._cursors:
                    await self._close_cursors()
                if not exchange.over:
                    await self._do(lambda exchange: exchange.commit())
            else:
                with suppress(pg.DriverError):  # a lost connection needs no rollback, and `error` is what matters
                    await self._close_cursors()
                    await self._do(lambda exchange: exchange.rollback())
        finally:
            exchange.settle()
            if exchange.broken or not self._database._keep(pool, line):
                await _give_back(pool, line, broken=exchange.broken)
        if error is not None and (refused := pg.refusal(error)) is not None:
            raise refused from error

    @property
    def _held(self) -> tuple[pools.AsyncPool, Line, pg.Exchange]:
        if self._hold is None:
            raise pg.TransactionOver(
                "the tenant transaction has not begun", hint="async with database.tenant(..) as tx"
            )
        return self._hold

    async def _close_cursors(self) -> None:
        """Close what was handed out: who keeps one would speak in the next tenant's transaction."""
        for cursor in self._cursors:
            await cursor.close()

    async def _take_connection(self) -> None:
        pool, line = await self._database._check_out()
        exchange = pg.Exchange(line.conn, line.session, self._begin, self._credentials, self._database._has_time)
        self._hold = pool, line, exchange

    async def _do(self, step: Callable[[pg.Exchange], pg.Steps[T]]) -> T:
        tries = 0
        while True:
            pool, line, exchange = self._held
            try:
                return await line.carry(step(exchange))
            except SessionUnclean as unclean:
                # SQL of the application can raise any code, and what has run must not run twice
                if exchange.opened or tries == self._database._target.connections_max:
                    raise
                tries += 1
                _log.warning("%s; its connection is closed", unclean.message)
                self._hold = None
                await asyncio.shield(_give_back(pool, line, broken=True))
                await self._take_connection()


async def _give_back(pool: pools.AsyncPool, line: Line, *, broken: bool) -> None:
    """Return a connection, whoever is cancelled meanwhile: half returned, it would be lost to the pool for ever.

    A task of its own would see to that, at the price of two turns of the event loop in every transaction. So it is
    begun by hand, and only when it has to wait for somebody is the rest of it made a task.
    """
    if line.session.past is Past.LEAVING and not broken:
        await asyncio.shield(_left(line))
    line.hang_up()
    if broken:
        await line.conn.close()
    returning = pool.putconn(line.conn)
    try:
        waits_for = returning.send(None)
    except StopIteration:
        return
    await asyncio.shield(_rest(returning, waits_for))


async def _left(line: Line) -> None:
    """Hear whether a session could forget what was before, since the pool takes none that still speaks."""
    with suppress(pg.DriverError):
        if await line.carry(pg.left(line.conn.pgconn, line.session)):
            return
    line.hang_up()
    await line.conn.close()


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
