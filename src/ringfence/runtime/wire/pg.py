"""One exchange of messages with a server: sent at once, answered at once. And what is known of a session.

Everything here is said in the driver's own terms and knows nothing of tenants. The generators say what to wait for, as
psycopg's own do.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, NamedTuple, TypeAlias, TypeVar

import psycopg
from psycopg import pq
from psycopg.abc import PQGen
from psycopg.waiting import Ready, Wait

T = TypeVar("T")

PREPARE_FROM_USE = 3
PREPARED_MAX = 100
USES_MAX = 1000

DONE, TUPLES = pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK
FAILED = frozenset({pq.ExecStatus.FATAL_ERROR, pq.ExecStatus.BAD_RESPONSE, pq.ExecStatus.NONFATAL_ERROR})
_SYNC = pq.ExecStatus.PIPELINE_SYNC
_COPYING = frozenset({pq.ExecStatus.COPY_IN, pq.ExecStatus.COPY_OUT, pq.ExecStatus.COPY_BOTH})

READING = Wait.R
"""What steps wait for when they wait for an answer."""
TAKEN = 8
"""What steps are told by who has already read from the socket; everybody else only says that it is ready."""

Key: TypeAlias = tuple[bytes, tuple[int, ...]]
"""A statement as the server tells it from others: its text and the types of its parameters."""


class Message(NamedTuple):
    """One message with its answer: a statement executed, as text or by its name, or given a name."""

    sql: bytes
    values: Sequence[Any] | None = None
    types: tuple[int, ...] = ()
    formats: Sequence[Any] | None = None
    name: bytes | None = None
    names: bool = False
    """Whether it gives the name and executes nothing."""


class Past(Enum):
    """What earlier transactions may have left in a session."""

    UNKNOWN = "unknown"
    LEAVING = "leaving"
    """Behind the last COMMIT the session was asked to forget everything, and its answer has not been read yet."""
    NONE = "none"


@dataclass(slots=True)
class Session:
    """What is known of one connection for as long as it lives."""

    pooled: bool = True
    """Whether a pooler stands in between, which may hand each transaction to another server session."""
    ours: bool = False
    """Whether nobody else can speak in the server's session between two transactions of this connection."""
    past: Past = Past.UNKNOWN
    names: dict[Key, bytes] = field(default_factory=dict)
    uses: dict[Key, int] = field(default_factory=dict)
    made: int = 0
    learns: bool = False
    """Whether a name has been given of which it is not known yet whether the server took it."""
    entrances: dict[bytes, tuple[Message, ...]] = field(default_factory=dict)
    """By its BEGIN, what a transaction says before it shows its context, ready to be sent: the same every time."""

    def forget_names(self) -> None:
        """Prepare anew, under new names."""
        self.names.clear()
        self.uses.clear()
        self.entrances.clear()

    def deserves_name(self, key: Key) -> bool:
        """Whether a statement is asked so often that the server should know it by a name; counts this use."""
        if self.pooled:
            return False
        if key in self.names:
            return True
        uses = self.uses.get(key, 0) + 1
        if len(self.uses) < USES_MAX:  # generated SQL, different every time, must not fill the memory
            self.uses[key] = uses
        return uses >= PREPARE_FROM_USE and len(self.names) < PREPARED_MAX

    def by_name(self, key: Key, values: Sequence[Any] | None, formats: Sequence[Any] | None) -> list[Message]:
        """A statement by its name, behind the message that gives it one when it has none yet."""
        sql, types = key
        name = self.names.get(key)
        if name is not None:
            return [Message(sql, values, types, formats, name)]
        self.made += 1
        self.learns = True
        name = b"ringfence_%d" % self.made
        return [Message(sql, None, types, None, name, True), Message(sql, values, types, formats, name)]

    def learn(self, messages: Sequence[Message], results: Sequence[pq.abc.PGresult]) -> None:
        """Remember the names that statements were given."""
        self.learns = False
        for message, result in zip(messages, results, strict=False):
            if message.names and message.name is not None and result.status == DONE:
                self.names[message.sql, message.types] = message.name


def talk(
    pgconn: pq.abc.PGconn, messages: Sequence[Message], afterwards: Message | None = None
) -> PQGen[tuple[list[pq.abc.PGresult], bool]]:
    """Send everything and read every answer; the answers, and whether one of them is a failure.

    What is said `afterwards` goes along, and its answer is left to be read with `rest`, whenever it comes.
    """
    pgconn.enter_pipeline_mode()
    for sql, values, types, formats, name, names in messages:
        if name is None:
            pgconn.send_query_params(sql, values, types or None, formats)
        elif names:
            pgconn.send_prepare(name, sql, types)
        else:
            pgconn.send_query_prepared(name, values, formats)
    count = -1
    if afterwards is not None:
        pgconn.send_flush_request()  # the server is not to keep its answers until it has done this too
        pgconn.send_query_params(afterwards.sql, afterwards.values)
        count = len(messages)
    pgconn.pipeline_sync()
    while pgconn.flush():  # what the socket does not take now; a server that answers meanwhile is listened to
        if ((yield Wait.RW) or 0) & Ready.R:
            pgconn.consume_input()
    answered = results, failed = yield from answers(pgconn, count)
    if failed or len(results) != count:
        pgconn.exit_pipeline_mode()
    return answered


def rest(pgconn: pq.abc.PGconn) -> PQGen[bool]:
    """Read the answer to what was said afterwards: whether it is a good one."""
    _, failed = yield from answers(pgconn)
    pgconn.exit_pipeline_mode()
    return not failed


def answers(pgconn: pq.abc.PGconn, count: int = -1) -> PQGen[tuple[list[pq.abc.PGresult], bool]]:
    """The answers, and whether one of them is a failure: so many when all are good, and otherwise up to the sync."""
    results: list[pq.abc.PGresult] = []
    failed = False
    is_busy, get_result = pgconn.is_busy, pgconn.get_result
    while True:
        while is_busy():
            while not (ready := (yield Wait.R)):
                pass
            if ready != TAKEN:
                pgconn.consume_input()
        result = get_result()
        if result is None:
            raise psycopg.OperationalError("the connection was lost")
        status = result.status
        if status != DONE and status != TUPLES:
            if status == _SYNC:
                return results, failed
            if status in _COPYING:
                raise psycopg.NotSupportedError("COPY goes through a cursor: (await tx.cursor()).copy(..)")
            failed = failed or status in FAILED
        results.append(result)
        get_result()  # None, the end of the answers to one message, for which nothing has to come (libpq, PQgetResult)
        if len(results) == count and not failed:
            return results, failed


class CalledOff(Generator[Wait, Ready | int, T]):
    """Steps that were given up while they waited: first they raise why, then they go on to what the server says to it.

    For psycopg's own waiting, which answers an interruption by cancelling on the server and hearing the steps out.
    """

    def __init__(self, steps: PQGen[T], why: BaseException) -> None:
        self._steps = steps
        self._why: BaseException | None = why

    def send(self, ready: Ready | int) -> Wait:
        """The next step."""
        why, self._why = self._why, None
        if why is not None:
            raise why
        return self._steps.send(ready)

    def throw(self, error: Any, *_: Any) -> Wait:
        """An error in the middle of them."""
        return self._steps.throw(error)
