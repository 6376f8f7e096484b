"""The driver's side of a tenant transaction: what is said to the server, and what its answers mean.

An `Exchange` is one transaction as messages to the server. Its methods are generators that say what to wait for, as
psycopg's own are; the two faces (`database.py`, `blocking.py`) only hand them to a connection that knows how to wait.
Nothing here knows about `async`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, NoReturn, TypeAlias, TypeVar

import psycopg
from psycopg import pq
from psycopg.abc import PQGen
from psycopg.abc import Transformer as TransformerOf
from psycopg.adapt import PyFormat, Transformer

from ringfence.errors import RingfenceError
from ringfence.names import quote_ident
from ringfence.runtime import opening
from ringfence.runtime.answer import Answer
from ringfence.runtime.context import BY_SQLSTATE, ContextRefused, SessionUnclean
from ringfence.runtime.placeholders import Parameters, numbered
from ringfence.runtime.wire.pg import FAILED, TUPLES, Message, Past, Session, rest, talk

RENEW_AFTER_S = 5.0
"""A seal older than this is renewed with the next statement; it lasts three times as long."""

T = TypeVar("T")
AsyncConnection: TypeAlias = psycopg.AsyncConnection[Any]
AsyncCursor: TypeAlias = psycopg.AsyncCursor[Any]
Connection: TypeAlias = psycopg.Connection[Any]
Cursor: TypeAlias = psycopg.Cursor[Any]
AnyConnection: TypeAlias = AsyncConnection | Connection
Steps: TypeAlias = PQGen[T]
"""What to send and what to wait for, until there is a result: psycopg's own shape of it."""
DriverError: TypeAlias = psycopg.Error


class TransactionOver(RingfenceError):
    """The tenant transaction has ended, so nothing more can be asked in it."""

    code = "RF923"


class NothingCommitted(RingfenceError):
    """A statement of the transaction had failed, so there was nothing that could be committed."""

    code = "RF924"


_COMMIT = Message(b"commit")
_LEAVE = Message(opening.LEAVE)
_SHOW = (opening.SHOW, opening.SHOW_TYPES)
_IDLE, _INTRANS, _INERROR = pq.TransactionStatus.IDLE, pq.TransactionStatus.INTRANS, pq.TransactionStatus.INERROR
_FORGETTING = frozenset({b"DEALLOCATE", b"DEALLOCATE ALL", b"DISCARD ALL"})


def _never() -> bool:
    return False


class Exchange:
    """One tenant transaction. Role and context are sent with its first statement and die with it."""

    __slots__ = (
        "_begin",
        "_conn",
        "_credentials",
        "_ended",
        "_leaves",
        "_pgconn",
        "_sealed_at",
        "_session",
        "broken",
        "opened",
    )

    def __init__(
        self,
        conn: AnyConnection,
        session: Session,
        begin: bytes,
        credentials: opening.Credentials,
        leaves: Callable[[], bool] = _never,
    ) -> None:
        self._conn = conn
        self._pgconn = conn.pgconn
        self._session = session
        self._begin = begin
        self._credentials = credentials
        self._leaves = leaves
        self._sealed_at: float | None = None
        self._ended = False
        self.opened = False
        """Whether role and context have been taken by the server."""
        self.broken = False
        """Whether the connection is in a state that nobody can vouch for, and must not be used again."""

    def run(self, query: str, parameters: Parameters | None, *, last: bool) -> PQGen[Answer]:
        """Send one statement, with all that must go before it, and with COMMIT behind it when it is the last.

        Raises psycopg's errors for the statement's own, and ContextRefused or one of its kinds for the context's.
        """
        transformer = Transformer(self._conn)
        first = not self.opened
        messages = self._statement(transformer, query, parameters)
        result = yield from self._ask(messages, last=last)
        if messages[-1].name is not None and result.status in FAILED and _is_stale(result):
            self._session.forget_names()
            if first:
                # nothing of the application's has run yet, so all of it can be said again, now as text
                yield from self._begin_again()
                result = yield from self._ask(self._statement(transformer, query, parameters), last=last)
        if result.status in FAILED:
            self._refuse(result)
        return _answer(transformer, result)

    def open(self) -> PQGen[None]:
        """Begin the transaction for a cursor that will speak to the connection itself, or renew its seal."""
        self._require_usable()
        yield from self._open([])

    def savepoint(self, name: bytes) -> PQGen[None]:
        """Set a savepoint."""
        yield from self._command(b"savepoint " + name)

    def release(self, name: bytes) -> PQGen[None]:
        """Keep what was done since a savepoint."""
        yield from self._command(b"release savepoint " + name)

    def back_to(self, name: bytes) -> PQGen[None]:
        """Take back what was done since a savepoint; nothing, when the transaction is over or the connection lost."""
        if self._ended or self.broken or self._pgconn.transaction_status not in (_INTRANS, _INERROR):
            return
        self._sealed_at = None  # a seal renewed since then goes with the rest
        results, _ = yield from self._talk(
            [Message(b"rollback to savepoint " + name), Message(b"release savepoint " + name)]
        )
        for result in results:
            if result.status in FAILED:
                self._refuse(result)

    def commit(self) -> PQGen[None]:
        """End the transaction with its changes; raises NothingCommitted when a statement in it had failed."""
        if not self.opened or self._ended:
            return
        if self._pgconn.transaction_status == _INERROR:
            yield from self.rollback()
            raise NothingCommitted(hint="let the error of a statement leave the transaction, or use tx.savepoint()")
        # deferred triggers run now and ask who is asking, so the seal is to be fresh
        result = yield from self._ask([], last=True)
        if result.status in FAILED:
            self._refuse(result)

    @property
    def over(self) -> bool:
        """Whether the transaction has ended, so that there is nothing left to commit."""
        return self._ended

    def rollback(self) -> PQGen[None]:
        """End the transaction without its changes; a connection that cannot even do that is broken."""
        status = self._pgconn.transaction_status
        self._ended = True
        if self._session.past is Past.LEAVING:
            return  # it was committed already
        if status in (_INTRANS, _INERROR):
            _, failed = yield from self._talk([Message(b"rollback")])
            self.broken = self.broken or failed
        elif status != _IDLE:
            self.broken = True

    def settle(self) -> None:
        """Judge the connection at the end: only one that is at rest may be used again."""
        self._ended = True
        at_rest = self._session.past is Past.LEAVING or self._pgconn.transaction_status == _IDLE
        self.broken = self.broken or not at_rest

    def _require_usable(self) -> None:
        if self._ended:
            raise TransactionOver(hint="begin another one: async with database.tenant(context) as tx")
        if self.broken:
            raise TransactionOver("the connection of this transaction was lost or interrupted")
        if self.opened and self._pgconn.transaction_status == _IDLE:
            self._end_by_statement()

    def _end_by_statement(self) -> NoReturn:
        self._ended = True
        raise TransactionOver(
            "a statement ended the tenant transaction, and its context with it",
            hint="leave COMMIT and ROLLBACK to the end of the block, and use tx.savepoint() for parts",
        )

    def _before(self) -> list[Message]:
        """What must be said before the next statement: everything, a fresh seal, or nothing."""
        now = time.monotonic()
        if not self.opened:
            if self._pgconn.transaction_status != _IDLE:
                self.broken = True
                raise TransactionOver("the connection handed out by the pool is in the middle of something else")
            self._sealed_at = now
            return [*self._entrance(), *self._showing()]
        late = self._sealed_at is None or now - self._sealed_at > RENEW_AFTER_S
        if late and self._pgconn.transaction_status != _INERROR:  # a failed transaction takes nothing but its end
            self._sealed_at = now
            return [Message(opening.RENEW, [self._credentials.seal().encode()])]
        return []

    def _showing(self) -> Sequence[Message]:
        """Role and context, in a session without a past; any other is cleaned with the same words."""
        session, shown = self._session, self._credentials
        role, claims, seal = shown.role.encode(), shown.claims.encode(), shown.seal().encode()
        past, session.past = session.past, Past.UNKNOWN
        if past is Past.NONE:
            return session.by_name(_SHOW, [claims, seal, role], None)
        values = [role, claims, seal, b"f" if session.pooled else b"t"]
        return [Message(opening.ENTER, values, opening.ENTER_TYPES)]

    def _entrance(self) -> Sequence[Message]:
        """BEGIN: kept ready once it has a name, and as text behind a pooler, where nothing has one.

        There RESET ROLE follows at once: a second attempt would go to another session, with a role of its own.
        """
        session, begin = self._session, self._begin
        ready = session.entrances.get(begin)
        if ready is not None:
            return ready
        if session.pooled:
            ready = (Message(begin), Message(opening.RESET_ROLE))
        else:
            ready = tuple(session.by_name((begin, ()), None, None))
            if len(ready) > 1:
                return ready  # it is given its name only now
        session.entrances[begin] = ready
        return ready

    def _judge_opening(self, results: Sequence[pq.abc.PGresult], count: int) -> None:
        """Raise what an opening that failed means; role and context do not hold, and nothing after it was executed."""
        for result in results[:count]:
            if result.status in FAILED:
                # Not even rolled back: whatever made an opening fail may be the session itself, so it goes.
                self.broken = True
                error = _error(result, self._conn)
                raise refusal(error) or ContextRefused(
                    "the transaction could not be given its role and context",
                    detail=str(error.diag.message_primary or error),
                    hint=f"grant {quote_ident(self._credentials.role)} to the login, and usage on schema ringfence",
                ) from error

    def _command(self, sql: bytes) -> PQGen[None]:
        result = yield from self._ask([Message(sql)], last=False)
        if result.status in FAILED:
            self._refuse(result)

    def _ask(self, messages: Sequence[Message], *, last: bool) -> PQGen[pq.abc.PGresult]:
        """Send messages with all that goes before and behind them; the answer to the last, or the first failure."""
        if self._ended or self.broken or self.opened:
            self._require_usable()
        answers, failed = yield from self._open([*messages, _COMMIT] if last else messages, last=last)
        if failed:
            # at rest already when it was COMMIT that failed
            self._ended = self._pgconn.transaction_status == _IDLE
            return next(result for result in answers if result.status in FAILED)
        if last:
            self._ended = True
            if answers[-1].command_status != b"COMMIT":
                raise NothingCommitted
        elif self._pgconn.transaction_status == _IDLE:
            self._end_by_statement()
        answer = answers[len(messages) - 1]
        if answer.command_status in _FORGETTING:
            self._session.forget_names()
        return answer

    def _open(self, messages: Sequence[Message], *, last: bool = False) -> PQGen[tuple[list[pq.abc.PGresult], bool]]:
        """Send messages behind whatever must go before them; their answers, and whether one of them is a failure.

        Only here a transaction is opened.
        """
        session = self._session
        if session.past is Past.LEAVING:
            yield from self._hear_of_leaving()
        before = self._before()
        said = [*before, *messages]
        results, failed = yield from self._talk(said, leave=last)
        if failed:
            mending = self._mending(before, results)
            if mending is not None:
                yield from self._begin_again(*mending)
                before = self._before()
                said = [*before, *messages]
                results, failed = yield from self._talk(said, leave=last)
            if failed:
                self._judge_opening(results, len(before))
        self.opened = True
        if session.learns:
            session.learn(said, results)
        return results[len(before) :], failed

    def _hear_of_leaving(self) -> PQGen[None]:
        """Read whether the session could forget what was before; one that could not is not used again."""
        was_broken, self.broken = self.broken, True
        if not (yield from left(self._pgconn, self._session)):
            raise SessionUnclean
        self.broken = was_broken

    def _mending(self, before: Sequence[Message], results: Sequence[pq.abc.PGresult]) -> Sequence[bytes] | None:
        """What is to be said before an opening that failed is tried once more; None when that would not help."""
        for message, result in zip(before, results, strict=False):
            if result.status in FAILED:
                if message.name is not None and _is_stale(result):
                    return ()
                if self._session.pooled:
                    # a connection of our own is given up for this, a pooler's session is not ours to close
                    return (opening.UNLISTEN,) if _sqlstate(result) == opening.UNCLEAN else None
                return (opening.RESET_ROLE,) if _sqlstate(result) == opening.NOT_ALLOWED else None
        return None

    def _begin_again(self, *statements: bytes) -> PQGen[None]:
        """Forget a transaction in which nothing of the application's has run, and the names in its session."""
        self._session.forget_names()
        # one exchange, since a pooler may hand the next one to another session
        yield from self._talk([Message(b"rollback"), *(Message(s) for s in statements)])
        self.opened = False

    def _talk(self, messages: Sequence[Message], *, leave: bool = False) -> PQGen[tuple[list[pq.abc.PGresult], bool]]:
        """Send everything at once and read every answer: one round trip, whatever happens on the way.

        The answers, and whether one of them is a failure. Left half-way (the connection lost, the waiting given up),
        the connection counts as broken.
        """
        was_broken, self.broken = self.broken, True
        leave = leave and self._session.ours and self._leaves()
        results, failed = yield from talk(self._pgconn, messages, _LEAVE if leave else None)
        if leave and not failed:
            self._session.past = Past.LEAVING
        self.broken = was_broken
        return results, failed

    def _statement(self, transformer: TransformerOf, query: str, parameters: Parameters | None) -> list[Message]:
        """The application's statement: by its name, with a name being given now, or as text."""
        values: Sequence[Any] | None = None
        types: tuple[int, ...] = ()
        formats: Sequence[Any] | None = None
        if parameters is None:
            sql = query.encode()
        else:
            read = numbered(query)
            sql = read.sql
            given = read.values(parameters)
            values = transformer.dump_sequence(given, [PyFormat.AUTO] * len(given))
            types, formats = transformer.types or (), transformer.formats
        key = (sql, types)
        if self._session.deserves_name(key):
            return self._session.by_name(key, values, formats)
        return [Message(sql, values, types, formats)]

    def _refuse(self, result: pq.abc.PGresult) -> NoReturn:
        error = _error(result, self._conn)
        raise refusal(error) or error


def left(pgconn: pq.abc.PGconn, session: Session) -> PQGen[bool]:
    """Read a session's answer to being left: whether nothing of what was before is in it any more."""
    session.past = Past.UNKNOWN
    if (yield from rest(pgconn)):
        session.past = Past.NONE
    return session.past is Past.NONE


def is_alive(conn: AnyConnection) -> bool:
    """Whether the server has not hung up meanwhile, as far as the socket knows; asks nobody."""
    try:
        conn.pgconn.consume_input()  # its last words, if any
        conn.pgconn.consume_input()  # and its silence after them
    except psycopg.OperationalError:
        return False
    return conn.pgconn.status == pq.ConnStatus.OK


def refusal(error: BaseException) -> ContextRefused | None:
    """The error of ours that one of the driver's stands for, when it was the helpers in the database that raised it."""
    if not isinstance(error, psycopg.Error):
        return None
    kind = BY_SQLSTATE.get(error.sqlstate or "")
    if kind is None:
        return None
    # the helpers' own words hold nothing of the context
    return kind(hint=error.diag.message_hint or "")


def _error(result: pq.abc.PGresult, conn: AnyConnection) -> psycopg.Error:
    return psycopg.errors.error_from_result(result, encoding=conn.info.encoding)


def _sqlstate(result: pq.abc.PGresult) -> str:
    return (result.error_field(pq.DiagnosticField.SQLSTATE) or b"").decode()


def _is_stale(result: pq.abc.PGresult) -> bool:
    """Whether a statement failed before it ran, because its name is gone or its columns are others by now.

    The latter is what a migration does to a living application ("cached plan must not change result type"); its code is
    that of everything unsupported, so it is told by the place in the server that says it.
    """
    state, place = _sqlstate(result), result.error_field(pq.DiagnosticField.SOURCE_FUNCTION)
    return state == "26000" or (state == "0A000" and place == b"RevalidateCachedQuery")


def _answer(transformer: TransformerOf, result: pq.abc.PGresult) -> Answer:
    status = (result.command_status or b"").decode()
    if result.status != TUPLES:
        return Answer((), (), result.command_tuples or 0, status)
    transformer.set_pgresult(result)
    columns = tuple([(result.fname(i) or b"").decode() for i in range(result.nfields)])
    rows = tuple(transformer.load_rows(0, result.ntuples, tuple))
    return Answer(columns, rows, result.command_tuples or 0, status)
