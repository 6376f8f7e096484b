"""The synchronous face of a rollout, for threads: the rules and most of the text of `run.py` without its waiting.

`tests/unit/runtime/test_house.py` keeps what is common alike. What differs: a comparison has a thread of its own, which
nobody can cancel, and a server may fork after the rollout was made.
"""

from __future__ import annotations

import atexit
import contextvars
import logging
import os
import threading
import time
import weakref
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from types import TracebackType
from typing import Self, TypeVar, assert_never

from ringfence.runtime.perprocess import PerProcess
from ringfence.runtime.rollout import decide
from ringfence.runtime.rollout.board import Board
from ringfence.runtime.rollout.model import (
    Answered,
    Comparison,
    Declined,
    Difference,
    Endpoint,
    EndpointsNotInstalled,
    Failed,
    Kind,
    Mode,
    OnDifference,
    Outcome,
    Side,
)
from ringfence.runtime.rollout.pg import BlockingSource, ModesUnreadable
from ringfence.runtime.rollout.run import EXCHANGE_S_MAX, REFRESH_S, as_it_is

A = TypeVar("A")
CLOSE_S_MAX = 8.0
"""How long `close` waits, beyond the comparisons, for the thread: an exchange under way, and the last one."""
_log = logging.getLogger(__name__)


class BlockingRollout:
    """Serves each endpoint by the mode that the database says, and sends one back whose tenant side fails or differs.

        with BlockingRollout(os.environ["ROLLOUT_URL"]) as rollout:
            rows = rollout.read("GET /documents", user, legacy=old_documents, tenant=new_documents)

    Its connection and the thread that keeps the modes fresh begin with the first use in each process, so it may be made
    before a server forks its workers; they end with `close`, or with the process, which tells its last counts.

    Args:
        url: Of a login made by `rollout_login`, which is not the login of request traffic.
        shadows_max: Comparisons under way at most, each in a thread of its own; reads that come meanwhile are answered
            and counted as skipped.
        shadow_s_max: How long the tenant side may take in a comparison; longer is an error of its. Its thread goes on
            to the end, so give its statements a bound too.
        on_difference: Is handed two answers that differ, in the comparison's thread; it holds what users own.
        refresh_s: How often the modes are asked for.
        application: Shown in pg_stat_activity.
    """

    def __init__(
        self,
        url: str,
        *,
        shadows_max: int = 4,
        shadow_s_max: float = 2.0,
        on_difference: OnDifference | None = None,
        refresh_s: float = REFRESH_S,
        application: str = "ringfence rollout",
    ) -> None:
        self._shadow_s_max = shadow_s_max
        self._on_difference = on_difference
        self._closed = False
        # without self: its thread would keep this object alive, and is to end with it
        self._workers = PerProcess(
            lambda: _Worker(BlockingSource(url, application, EXCHANGE_S_MAX), refresh_s, shadows_max, shadow_s_max)
        )

    def open(self) -> None:
        """Ask for the modes once and go on asking; the first use does the same.

        A database that does not answer is no error: all is legacy then.
        """
        if self._closed:
            self._workers.take()
            self._closed = False
        self._begun()

    def close(self) -> None:
        """Wait `shadow_s_max` for comparisons under way, tell the last counts, close the connection of this process.

        Whoever asks afterwards is served by the modes that were known.
        """
        self._closed = True
        worker = self._workers.made()
        if worker is not None:
            worker.close()

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _begun(self) -> _Worker:
        worker = self._workers.get()
        if not self._closed and worker.begin():
            weakref.finalize(self, worker.stop)
        return worker

    @property
    def _board(self) -> Board:
        return self._begun().board

    def mode(self, endpoint: str) -> Mode:
        """How an endpoint is served by this worker now."""
        return self._board.known(endpoint).mode

    @property
    def age_s(self) -> float | None:
        """How old the modes are, in seconds; None while they were never heard. For a readiness probe or a metric."""
        return self._board.age_s

    def read(
        self,
        endpoint: str,
        user: object,
        *,
        legacy: Callable[[], A],
        tenant: Callable[[], A],
        compared_as: Callable[[A], object] = as_it_is,
    ) -> A:
        """Answer something that changes nothing; each side may be asked several times, also after this has returned.

        Args:
            endpoint: A name out of the code, never a path with values in it.
            user: Decides who is among the first percent; None for nobody in particular.
            legacy: The side without tenants. Must not lean on what ends with the request.
            tenant: The side with tenants; in a read-only transaction, so that a mistake cannot write.
            compared_as: What of an answer must be equal on both sides.

        Raises what the side that answers raises.
        """
        known = self._board.known(endpoint)
        match decide.side(known.mode, user, Kind.READ):
            case Side.LEGACY:
                self._board.count(known, legacy_answers=1)
                return legacy()
            case Side.BOTH:
                return self._both(known, legacy, tenant, compared_as)
            case Side.TENANT:
                return self._tenant(known, Kind.READ, legacy, tenant)
            case side:
                assert_never(side)

    def write(
        self,
        endpoint: str,
        user: object,
        *,
        legacy: Callable[[], A],
        tenant: Callable[[], A],
    ) -> A:
        """Answer something that changes data: exactly one side is asked, exactly once. Raises what it raises."""
        known = self._board.known(endpoint)
        match decide.side(known.mode, user, Kind.WRITE):
            case Side.TENANT:
                return self._tenant(known, Kind.WRITE, legacy, tenant)
            case Side.LEGACY | Side.BOTH:
                self._board.count(known, legacy_answers=1)
                return legacy()
            case side:
                assert_never(side)

    # --- asking ------------------------------------------------------------------------------------------------------

    def _tenant(
        self,
        known: Endpoint,
        kind: Kind,
        legacy: Callable[[], A],
        tenant: Callable[[], A],
    ) -> A:
        outcome = _ask(tenant)
        match outcome:
            case Answered(value):
                self._board.count(known, tenant_runs=1, tenant_answers=1)
                return value
            case Declined(_, error):
                self._board.count(known, tenant_runs=1, tenant_answers=1)
                raise error
            case Failed(error):
                first = self._board.count(known, tenant_runs=1, tenant_errors=1)
                if not decide.may_rescue(known, kind, outcome):
                    raise error
                if first:  # and not a line for each request of an outage
                    _log.warning(
                        "the tenant side of %s failed (%s); the legacy side answers", known.name, type(error).__name__
                    )
                self._board.count(known, legacy_answers=1)
                return legacy()
            case _:
                assert_never(outcome)

    def _both(
        self,
        known: Endpoint,
        legacy: Callable[[], A],
        tenant: Callable[[], A],
        compared_as: Callable[[A], object],
    ) -> A:
        """Serve the legacy answer; the other side works meanwhile, and nobody waits for it."""
        worker = self._begun()
        worker.board.count(known, legacy_answers=1)
        first: Future[Outcome[A]] = Future()
        if not worker.compare(lambda: self._compare(known, first, legacy, tenant, compared_as)):
            worker.board.count(known, skipped=1)
            return legacy()
        try:
            outcome = _ask(legacy)
        except BaseException:  # the request was given up, so there is nothing to compare with
            first.cancel()
            raise
        first.set_result(outcome)
        match outcome:
            case Answered(value):
                return value
            case Declined(_, error) | Failed(error):
                raise error
            case _:
                assert_never(outcome)

    def _compare(
        self,
        known: Endpoint,
        first: Future[Outcome[A]],
        legacy: Callable[[], A],
        tenant: Callable[[], A],
        compared_as: Callable[[A], object],
    ) -> None:
        shadow = self._in_time(tenant)
        try:
            served = first.result()
        except CancelledError:
            return
        if isinstance(served, Failed):
            self._board.count(known, skipped=1)
            return
        self._board.count(known, tenant_runs=1, tenant_errors=int(isinstance(shadow, Failed)))
        if isinstance(shadow, Failed):
            return
        try:
            comparison = self._judge(served, shadow, legacy, tenant, compared_as)
        except Exception as error:  # noqa: BLE001 - an answer that compared_as cannot even read is not the same answer
            _log.warning("answers of %s cannot be compared (%s)", known.name, type(error).__name__)
            comparison = Comparison.DIFFERENT
        match comparison:
            case Comparison.SAME:
                self._board.count(known, compared=1)
            case Comparison.MOVED:
                self._board.count(known, skipped=1)
            case Comparison.DIFFERENT:
                self._board.count(known, compared=1, differed=1)
                if self._on_difference is not None:
                    self._on_difference(Difference(known.name, served, shadow))
            case _:
                assert_never(comparison)

    def _judge(
        self,
        served: Outcome[A],
        shadow: Outcome[A],
        legacy: Callable[[], A],
        tenant: Callable[[], A],
        compared_as: Callable[[A], object],
    ) -> Comparison:
        if decide.same(served, shadow, compared_as):
            return Comparison.SAME
        # Somebody may have written between the two. So both are asked again, the legacy side last.
        shadow = self._in_time(tenant)
        again = self._in_time(legacy)
        return decide.settle(served, shadow, again, compared_as)

    def _in_time(self, ask: Callable[[], A]) -> Outcome[A]:
        began = time.monotonic()
        outcome = _ask(ask)
        return Failed(TimeoutError()) if time.monotonic() - began > self._shadow_s_max else outcome


class _Worker:
    """What one process owns: its connection, the thread that keeps the modes fresh, and room for comparisons."""

    def __init__(self, source: BlockingSource, refresh_s: float, shadows_max: int, shadow_s_max: float) -> None:
        self.board = Board()
        self._source = source
        self._refresh_s = refresh_s
        self._shadows_max = shadows_max
        self._shadow_s_max = shadow_s_max
        self._room = threading.Semaphore(shadows_max)
        self._process = os.getpid()
        self._beginning = threading.Lock()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None

    def begin(self) -> bool:
        """Ask for the modes and go on asking; False when that was done before."""
        with self._beginning:
            if self._thread is not None:
                return False
            self._refresh()
            self._thread = threading.Thread(target=self._keep_fresh, name="ringfence rollout", daemon=True)
            self._thread.start()
            atexit.register(self.close)
            return True

    def stop(self) -> None:
        """Let the thread end, without waiting: the garbage collector calls this in the midst of anything.

        Nothing in a child, where the thread is not and the connection is the parent's.
        """
        if self._process == os.getpid():
            self._closing.set()

    def close(self) -> None:
        """Let the thread end, and wait for it."""
        self.stop()
        if self._process == os.getpid() and self._thread is not None:
            self._thread.join(self._shadow_s_max + CLOSE_S_MAX)

    def compare(self, work: Callable[[], None]) -> bool:
        """Do it in a thread, with the context variables of the caller; False when there is no room for it."""
        if self._closing.is_set() or not self._room.acquire(blocking=False):
            return False
        context = contextvars.copy_context()

        def go() -> None:
            try:
                context.run(work)
            finally:
                self._room.release()

        try:
            threading.Thread(target=go, name="ringfence comparison", daemon=True).start()
        except RuntimeError:  # the system has no thread to give: a comparison less, and not a request
            self._room.release()
            return False
        return True

    def _keep_fresh(self) -> None:
        while not self._closing.wait(self._refresh_s):
            self._refresh()
        until = time.monotonic() + self._shadow_s_max
        for _ in range(self._shadows_max):
            self._room.acquire(timeout=max(0.0, until - time.monotonic()))
        self._refresh()
        self._source.close()
        atexit.unregister(self.close)

    def _refresh(self) -> None:
        try:
            _refresh(self._source, self.board)
        except Exception:  # noqa: BLE001
            # were the thread to end, the worker would never hear of a change again, and nobody of that
            _log.exception("the modes of endpoints could not be refreshed; the last known ones hold")


def _refresh(source: BlockingSource, board: Board) -> None:
    """Tell what was counted, hear the modes, and send back whatever has passed its bounds."""
    try:
        heard = source.exchange(board.take())
        board.hear(heard)
        for endpoint in heard:
            reason = decide.why_back(endpoint)
            if reason is not None and source.fall_back(endpoint, reason):
                board.fell(endpoint, reason)
    except EndpointsNotInstalled as error:
        # Phase 3 was reverted, or has not come yet. That is an answer, unlike silence: legacy everywhere.
        board.hear(())
        board.unreadable(error)
    except ModesUnreadable as error:
        board.unreadable(error)
    else:
        board.readable()


def _ask(side: Callable[[], A]) -> Outcome[A]:
    """What a side says, errors included; only what is no Exception, such as being cancelled, goes through."""
    try:
        return Answered(side())
    except Exception as error:  # noqa: BLE001 - whatever it is, it is counted, and raised to whoever is served by it
        return decide.outcome_of(error)
