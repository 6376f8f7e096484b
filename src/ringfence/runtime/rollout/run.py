"""`Rollout`: asks the side that an endpoint's mode names, counts what came of it, and keeps the modes fresh."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import fields
from types import TracebackType
from typing import Self, TypeVar, assert_never

from ringfence.runtime.rollout import decide
from ringfence.runtime.rollout.model import (
    ENDPOINTS_MAX,
    Answered,
    Comparison,
    Counts,
    Declined,
    Difference,
    Endpoint,
    EndpointsNotInstalled,
    Failed,
    Kind,
    Legacy,
    Mode,
    OnDifference,
    Outcome,
    Side,
    TenantShare,
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
        self._endpoints: dict[str, Endpoint] = {}
        self._counts: dict[tuple[str, int], _Tally] = {}
        self._shadows: set[asyncio.Task[None]] = set()
        self._refreshing: asyncio.Task[None] | None = None
        self._heard_at: float | None = None
        self._readable = True
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
        return self._known(endpoint).mode

    @property
    def age_s(self) -> float | None:
        """How old the modes are, in seconds; None while they were never heard. For a readiness probe or a metric."""
        return None if self._heard_at is None else time.monotonic() - self._heard_at

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
        known = self._known(endpoint)
        match decide.side(known.mode, user, Kind.READ):
            case Side.LEGACY:
                self._count(known, legacy_answers=1)
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
        known = self._known(endpoint)
        match decide.side(known.mode, user, Kind.WRITE):
            case Side.TENANT:
                return await self._tenant(known, Kind.WRITE, legacy, tenant)
            case Side.LEGACY | Side.BOTH:
                self._count(known, legacy_answers=1)
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
                self._count(known, tenant_runs=1, tenant_answers=1)
                return value
            case Declined(_, error):
                self._count(known, tenant_runs=1, tenant_answers=1)
                raise error
            case Failed(error):
                first = self._count(known, tenant_runs=1, tenant_errors=1)
                if not decide.may_rescue(known, kind, outcome):
                    raise error
                if first:  # and not a line for each request of an outage
                    _log.warning(
                        "the tenant side of %s failed (%s); the legacy side answers", known.name, type(error).__name__
                    )
                self._count(known, legacy_answers=1)
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
        self._count(known, legacy_answers=1)
        if len(self._shadows) >= self._shadows_max:
            self._count(known, skipped=1)
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
            self._count(known, skipped=1)
            return
        self._count(known, tenant_runs=1, tenant_errors=int(isinstance(shadow, Failed)))
        if isinstance(shadow, Failed):
            return
        try:
            comparison = await self._judge(served, shadow, legacy, tenant, compared_as)
        except Exception as error:  # noqa: BLE001 - an answer that compared_as cannot even read is not the same answer
            _log.warning("answers of %s cannot be compared (%s)", known.name, type(error).__name__)
            comparison = Comparison.DIFFERENT
        match comparison:
            case Comparison.SAME:
                self._count(known, compared=1)
            case Comparison.MOVED:
                self._count(known, skipped=1)
            case Comparison.DIFFERENT:
                self._count(known, compared=1, differed=1)
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

    def _known(self, endpoint: str) -> Endpoint:
        known = self._endpoints.get(endpoint)
        if known is None:
            decide.check_name(endpoint)
            known = Endpoint(endpoint)
        return known

    def _count(self, known: Endpoint, **more: int) -> bool:
        """Count; whether this is the first error since the counts were last told."""
        key = known.name, known.revision
        tally = self._counts.get(key)
        if tally is None:
            if len(self._counts) >= ENDPOINTS_MAX:  # names made of paths must not fill the memory
                return False
            tally = self._counts[key] = _Tally()
        tally.add(more)
        return "tenant_errors" in more and tally.errors == 1

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
        told, self._counts = {key: tally.counts() for key, tally in self._counts.items()}, {}
        try:
            heard = await self._source.exchange(told)
            self._hear(heard)
            for endpoint in heard:
                reason = decide.why_back(endpoint)
                if reason is not None and await self._source.fall_back(endpoint, reason):
                    _log.error("%s falls back to legacy: %s", endpoint.name, reason)
                    self._endpoints[endpoint.name] = Endpoint(
                        endpoint.name, Legacy(), endpoint.bounds, endpoint.falls_back, endpoint.revision + 1
                    )
        except EndpointsNotInstalled as error:
            # Phase 3 was reverted, or has not come yet. That is an answer, unlike silence: legacy everywhere.
            self._hear(())
            self._say(error)
        except ModesUnreadable as error:
            self._say(error)
        else:
            self._readable = True

    def _hear(self, heard: tuple[Endpoint, ...]) -> None:
        for endpoint in heard:
            before = self._endpoints.get(endpoint.name)
            if before is not None and before.mode != endpoint.mode:
                _log.info("%s is %s now, was %s", endpoint.name, _word(endpoint.mode), _word(before.mode))
        self._endpoints = {endpoint.name: endpoint for endpoint in heard}
        self._heard_at = time.monotonic()

    def _say(self, error: EndpointsNotInstalled | ModesUnreadable) -> None:
        if self._readable:  # once, not twice a second
            _log.warning("%s; endpoints stay as they were last known, or legacy", error.message)
        self._readable = False


class _Tally:
    """Counts of one endpoint that grow."""

    __slots__ = ("_by_name",)

    def __init__(self) -> None:
        self._by_name = dict.fromkeys((f.name for f in fields(Counts)), 0)

    def add(self, more: dict[str, int]) -> None:
        for name, value in more.items():
            self._by_name[name] += value

    @property
    def errors(self) -> int:
        return self._by_name["tenant_errors"]

    def counts(self) -> Counts:
        return Counts(**self._by_name)


async def _ask(side: Callable[[], Awaitable[A]]) -> Outcome[A]:
    """What a side says, errors included; only being cancelled goes through."""
    try:
        return Answered(await side())
    except Exception as error:  # noqa: BLE001 - whatever it is, it is counted, and raised to whoever is served by it
        return decide.outcome_of(error)


def _word(mode: Mode) -> str:
    match mode:
        case TenantShare(percent):
            return f"tenant for {percent} percent"
        case _:
            return type(mode).__name__.lower()
