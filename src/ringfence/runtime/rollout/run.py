"""`Rollout`: asks the side that an endpoint's mode names, counts what came of it, and keeps the modes fresh."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self, TypeVar, assert_never

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
from ringfence.runtime.rollout.pg import ModesUnreadable, Source

A = TypeVar("A")
_log = logging.getLogger(__name__)

REFRESH_S = 0.4
EXCHANGE_S_MAX = 0.5
"""Together below a second: by then every worker that reaches the database has heard of a change."""


def as_it_is(answer: object) -> object:
    """The whole answer, for comparing answers that must be equal in every part."""
    return answer


class Rollout:
    """Serves each endpoint by the mode that the database says, and sends one back whose tenant side fails or differs.

        async with Rollout(os.environ["ROLLOUT_URL"]) as rollout:
            rows = await rollout.read("GET /documents", user, legacy=old_documents, tenant=new_documents)

    Args:
        url: Of a login made by `rollout_login`, which is not the login of request traffic.
        shadows_max: Comparisons under way at most; reads that come meanwhile are answered and counted as skipped.
        shadow_s_max: How long the tenant side may take in a comparison; longer is an error of its.
        on_difference: Is handed two answers that differ; it holds what users own.
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
        self._source = Source(url, application, EXCHANGE_S_MAX)
        self._shadows_max = shadows_max
        self._shadow_s_max = shadow_s_max
        self._on_difference = on_difference
        self._refresh_s = refresh_s
        self._board = Board()
        self._shadows: set[asyncio.Task[None]] = set()
        self._refreshing: asyncio.Task[None] | None = None
        self._closing = False

    async def open(self) -> None:
        """Ask for the modes once and go on asking. A database that does not answer is no error: all is legacy then."""
        if self._refreshing is None:
            self._closing = False
            await self._refresh()
            self._refreshing = asyncio.create_task(self._keep_fresh(), name="ringfence rollout")

    async def close(self) -> None:
        """Give up comparisons under way, tell the last counts, close the connection."""
        refreshing, self._refreshing = self._refreshing, None
        if refreshing is None:
            return
        self._closing = True
        tasks = [refreshing, *self._shadows]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._refresh()
        await self._source.close()

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def mode(self, endpoint: str) -> Mode:
        """How an endpoint is served by this worker now."""
        return self._board.known(endpoint).mode

    @property
    def age_s(self) -> float | None:
        """How old the modes are, in seconds; None while they were never heard. For a readiness probe or a metric."""
        return self._board.age_s

    async def read(
        self,
        endpoint: str,
        user: object,
        *,
        legacy: Callable[[], Awaitable[A]],
        tenant: Callable[[], Awaitable[A]],
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
                return await legacy()
            case Side.BOTH:
                return await self._both(known, legacy, tenant, compared_as)
            case Side.TENANT:
                return await self._tenant(known, Kind.READ, legacy, tenant)
            case side:
                assert_never(side)

    async def write(
        self,
        endpoint: str,
        user: object,
        *,
        legacy: Callable[[], Awaitable[A]],
        tenant: Callable[[], Awaitable[A]],
    ) -> A:
        """Answer something that changes data: exactly one side is asked, exactly once. Raises what it raises."""
        known = self._board.known(endpoint)
        match decide.side(known.mode, user, Kind.WRITE):
            case Side.TENANT:
                return await self._tenant(known, Kind.WRITE, legacy, tenant)
            case Side.LEGACY | Side.BOTH:
                self._board.count(known, legacy_answers=1)
                return await legacy()
            case side:
                assert_never(side)

    # --- asking ------------------------------------------------------------------------------------------------------

    async def _tenant(
        self,
        known: Endpoint,
        kind: Kind,
        legacy: Callable[[], Awaitable[A]],
        tenant: Callable[[], Awaitable[A]],
    ) -> A:
        outcome = await _ask(tenant)
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
                return await legacy()
            case _:
                assert_never(outcome)

    async def _both(
        self,
        known: Endpoint,
        legacy: Callable[[], Awaitable[A]],
        tenant: Callable[[], Awaitable[A]],
        compared_as: Callable[[A], object],
    ) -> A:
        """Serve the legacy answer; the other side works meanwhile, and nobody waits for it."""
        self._board.count(known, legacy_answers=1)
        if len(self._shadows) >= self._shadows_max:
            self._board.count(known, skipped=1)
            return await legacy()
        first: asyncio.Future[Outcome[A]] = asyncio.get_running_loop().create_future()
        shadow = asyncio.create_task(self._compare(known, first, legacy, tenant, compared_as))
        self._shadows.add(shadow)
        shadow.add_done_callback(self._shadows.discard)
        try:
            outcome = await _ask(legacy)
        except BaseException:  # the request was given up, so there is nothing to compare with
            shadow.cancel()
            raise
        first.set_result(outcome)
        match outcome:
            case Answered(value):
                return value
            case Declined(_, error) | Failed(error):
                raise error
            case _:
                assert_never(outcome)

    async def _compare(
        self,
        known: Endpoint,
        first: asyncio.Future[Outcome[A]],
        legacy: Callable[[], Awaitable[A]],
        tenant: Callable[[], Awaitable[A]],
        compared_as: Callable[[A], object],
    ) -> None:
        shadow = await self._in_time(tenant)
        served = await first
        if isinstance(served, Failed):
            self._board.count(known, skipped=1)
            return
        self._board.count(known, tenant_runs=1, tenant_errors=int(isinstance(shadow, Failed)))
        if isinstance(shadow, Failed):
            return
        try:
            comparison = await self._judge(served, shadow, legacy, tenant, compared_as)
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

    async def _judge(
        self,
        served: Outcome[A],
        shadow: Outcome[A],
        legacy: Callable[[], Awaitable[A]],
        tenant: Callable[[], Awaitable[A]],
        compared_as: Callable[[A], object],
    ) -> Comparison:
        if decide.same(served, shadow, compared_as):
            return Comparison.SAME
        # Somebody may have written between the two. So both are asked again, the legacy side last.
        shadow = await self._in_time(tenant)
        again = await self._in_time(legacy)
        return decide.settle(served, shadow, again, compared_as)

    async def _in_time(self, ask: Callable[[], Awaitable[A]]) -> Outcome[A]:
        try:
            async with asyncio.timeout(self._shadow_s_max):
                return await _ask(ask)
        except TimeoutError as error:
            return Failed(error)

    # --- modes and counts --------------------------------------------------------------------------------------------

    async def _keep_fresh(self) -> None:
        # Not for ever: before Python 3.12 wait_for, which the driver uses, may swallow a cancellation (gh-86296)
        while not self._closing:
            await asyncio.sleep(self._refresh_s)
            try:
                await self._refresh()
            except Exception:  # noqa: BLE001
                # were this task to end, the worker would never hear of a change again, and nobody of that
                _log.exception("the modes of endpoints could not be refreshed; the last known ones hold")

    async def _refresh(self) -> None:
        await _refresh(self._source, self._board)


async def _refresh(source: Source, board: Board) -> None:
    """Tell what was counted, hear the modes, and send back whatever has passed its bounds."""
    try:
        heard = await source.exchange(board.take())
        board.hear(heard)
        for endpoint in heard:
            reason = decide.why_back(endpoint)
            if reason is not None and await source.fall_back(endpoint, reason):
                board.fell(endpoint, reason)
    except EndpointsNotInstalled as error:
        # Phase 3 was reverted, or has not come yet. That is an answer, unlike silence: legacy everywhere.
        board.hear(())
        board.unreadable(error)
    except ModesUnreadable as error:
        board.unreadable(error)
    else:
        board.readable()


async def _ask(side: Callable[[], Awaitable[A]]) -> Outcome[A]:
    """What a side says, errors included; only what is no Exception, such as being cancelled, goes through."""
    try:
        return Answered(await side())
    except Exception as error:  # noqa: BLE001 - whatever it is, it is counted, and raised to whoever is served by it
        return decide.outcome_of(error)
