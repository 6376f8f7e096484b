"""The synchronous face: `with database.tenant(context) as tx`, for threads.

The twin of `database.py`, line by line; `tests/unit/runtime/test_house.py` keeps them alike.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import LiteralString, Self, TypeVar

from ringfence.runtime import opening, pg
from ringfence.runtime.answer import Answer
from ringfence.runtime.context import TENANT_CLAIM, SessionUnclean, TenantContext
from ringfence.runtime.opening import Isolation
from ringfence.runtime.placeholders import Parameters
from ringfence.runtime.pool import pg as pools
from ringfence.runtime.pool.blocking import BlockingLine, BlockingLines
from ringfence.runtime.seal import SealKey

T = TypeVar("T")
_log = logging.getLogger(__name__)


class BlockingTenantDatabase:
    """A pool of connections on which nothing can be asked but in some tenant's name.

        with BlockingTenantDatabase(url, key=SealKey.from_text(os.environ["RINGFENCE_KEY"])) as database:
            with database.tenant(TenantContext(organization, user)) as tx:
                answer = tx.execute("select title from documents where id = %s", [document])

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
        self._lines = BlockingLines(
            pools.Target(
                url, application, connections_min, connections_max, wait_s_max, logged_seals_accepted, key is not None
            )
        )
        self._issuer = opening.Issuer(key, tuple(tenant_claim), clock)

    def open(self) -> None:
        """Connect. Raises CannotConnect, LoginTooWide and SealsWouldBeLogged."""
        self._lines.open()

    def close(self) -> None:
        """Close every connection."""
        self._lines.close()

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def tenant(
        self,
        context: TenantContext,
        *,
        isolation: Isolation = Isolation.READ_COMMITTED,
        read_only: bool = False,
    ) -> BlockingTenantTransaction:
        """A transaction for one tenant, to be entered with `with`; raises NoTenantContext before any SQL."""
        return BlockingTenantTransaction(
            self._lines, self._issuer.credentials(context), opening.begin(isolation, read_only)
        )

    def execute(self, context: TenantContext, query: LiteralString, parameters: Parameters | None = None) -> Answer:
        """A transaction of one statement, in one round trip."""
        with self.tenant(context) as tx:
            return tx.execute_last(query, parameters)


class BlockingTenantTransaction:
    """One transaction in one tenant's name. Left without an error it commits, with one it rolls back."""

    def __init__(self, lines: BlockingLines, credentials: opening.Credentials, begin: bytes) -> None:
        self._lines = lines
        self._credentials = credentials
        self._begin = begin
        self._hold: tuple[BlockingLine, pg.Exchange] | None = None
        self._cursors: list[pg.Cursor] = []
        self._savepoints = 0

    def execute(self, query: LiteralString, parameters: Parameters | None = None) -> Answer:
        """Run one statement, in one round trip; the first one takes BEGIN, role and context along.

        Placeholders are psycopg's (`%s`, `%(name)s`), without parameters a percent sign is itself. Raises psycopg's
        errors for the statement's own, and ContextRefused or one of its kinds when the context does not hold.
        """
        return self._do(lambda exchange: exchange.run(query, parameters, last=False))

    def execute_last(self, query: LiteralString, parameters: Parameters | None = None) -> Answer:
        """Run the last statement and commit, in one round trip; nothing can be asked afterwards."""
        return self._do(lambda exchange: exchange.run(query, parameters, last=True))

    def cursor(self, name: str = "") -> pg.Cursor:
        """A cursor of psycopg for what needs one: COPY, streaming, executemany; with a name, one on the server.

        It ends with the transaction. A transaction longer than a seal lasts asks for a new cursor now and then: that
        renews the seal.
        """
        self._do(lambda exchange: exchange.open())
        line, _ = self._held
        line.lend()
        cursor: pg.Cursor = line.conn.cursor(name) if name else line.conn.cursor()
        self._cursors.append(cursor)
        return cursor

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """A part of the transaction that is taken back alone when an error leaves it."""
        self._savepoints += 1
        name = b"ringfence_%d" % self._savepoints
        self._do(lambda exchange: exchange.savepoint(name))
        try:
            yield
            self._do(lambda exchange: exchange.release(name))
        except BaseException:
            self._do(lambda exchange: exchange.back_to(name))
            raise

    def __enter__(self) -> Self:
        if self._hold is not None:
            raise pg.TransactionOver(
                "a tenant transaction is entered once", hint="ask for another: database.tenant(..)"
            )
        self._take_connection()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._hold is None:
            return  # no connection was to be had in the place of one that was unclean
        line, exchange = self._hold
        try:
            if error is None:
                if self._cursors:
                    self._close_cursors()
                if not exchange.over:
                    self._do(lambda exchange: exchange.commit())
            else:
                with suppress(pg.DriverError):  # a lost connection needs no rollback, and `error` is what matters
                    self._close_cursors()
                    self._do(lambda exchange: exchange.rollback())
        finally:
            exchange.settle()
            self._lines.give_back(line, broken=exchange.broken)
        if error is not None and (refused := pg.refusal(error)) is not None:
            raise refused from error

    @property
    def _held(self) -> tuple[BlockingLine, pg.Exchange]:
        if self._hold is None:
            raise pg.TransactionOver("the tenant transaction has not begun", hint="with database.tenant(..) as tx")
        return self._hold

    def _close_cursors(self) -> None:
        """Close what was handed out: who keeps one would speak in the next tenant's transaction."""
        for cursor in self._cursors:
            cursor.close()

    def _take_connection(self) -> None:
        line = self._lines.take()
        self._hold = line, pg.Exchange(line.conn, line.session, self._begin, self._credentials, self._lines.has_time)

    def _do(self, step: Callable[[pg.Exchange], pg.Steps[T]]) -> T:
        tries = 0
        while True:
            line, exchange = self._held
            try:
                return line.carry(step(exchange))
            except SessionUnclean as unclean:
                # SQL of the application can raise any code, and what has run must not run twice
                if exchange.opened or tries == self._lines.connections_max:
                    raise
                tries += 1
                _log.warning("%s; its connection is closed", unclean.message)
                self._hold = None
                self._lines.give_back(line, broken=True)
                self._take_connection()
