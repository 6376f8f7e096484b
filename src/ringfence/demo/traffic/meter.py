"""Latencies as they come in become seconds, labels and clients: HDR histograms, which lose no outlier."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from hdrh.histogram import HdrHistogram

from ringfence.demo.traffic.held import TokenTally
from ringfence.demo.traffic.model import FAILURES_KEPT_MAX, ClientLine, Judged, Latency, Second, TrafficResult

MICROSECONDS_MAX = 120_000_000
DIGITS = 3
SLOW_MS = 10.0
"""Requests that took longer are remembered one by one: the report asks which of them could have waited for a lock."""
SLOW_KEPT_MAX = 50_000


def histogram() -> HdrHistogram:
    """An empty one, for 1 us to 2 minutes with three significant digits."""
    return HdrHistogram(1, MICROSECONDS_MAX, DIGITS)


def latency(of: HdrHistogram) -> Latency:
    """Its figures in milliseconds."""
    if of.get_total_count() == 0:
        return Latency()
    p50, p99, p999 = (of.get_value_at_percentile(p) / 1000.0 for p in (50.0, 99.0, 99.9))
    return Latency(of.get_total_count(), p50, p99, p999, of.get_max_value() / 1000.0)


@dataclass
class _Bucket:
    label: str
    group: str
    after_share: float
    requests: int = 0
    failed: int = 0
    taken: HdrHistogram = field(default_factory=histogram)


@dataclass
class Meter:
    """Counts every request exactly once, in the second in which it was due."""

    label: str = "start"
    group: str = "start"
    after_share: float = 0.0
    _seconds: dict[int, _Bucket] = field(default_factory=dict)
    _labels: dict[str, HdrHistogram] = field(default_factory=dict)
    _groups: dict[str, HdrHistogram] = field(default_factory=dict)
    _clients: dict[str, HdrHistogram] = field(default_factory=dict)
    _client_failed: Counter[str] = field(default_factory=Counter)
    _actions: Counter[str] = field(default_factory=Counter)
    _failures: list[str] = field(default_factory=list)
    _slow: list[tuple[float, float, str]] = field(default_factory=list)
    judged: list[Judged] = field(default_factory=list)
    tokens: TokenTally = field(default_factory=TokenTally)
    failed: int = 0
    total: int = 0

    def due(self, second: float) -> None:
        """A request is due now: its second exists, with the label of this moment."""
        self._bucket(int(second)).requests += 1

    def _bucket(self, second: int) -> _Bucket:
        return self._seconds.setdefault(second, _Bucket(self.label, self.group, self.after_share))

    def done(self, due: float, seconds: float, client: str, action: str, failure: str | None) -> None:
        """The answer is here, or will never come."""
        microseconds = max(1, min(MICROSECONDS_MAX, round(seconds * 1_000_000)))
        bucket = self._bucket(int(due))
        self.total += 1
        self._actions[action] += 1
        for taken in (
            bucket.taken,
            _of(self._labels, bucket.label),
            _of(self._groups, bucket.group),
            _of(self._clients, client),
        ):
            taken.record_value(microseconds)
        if seconds * 1000.0 >= SLOW_MS and len(self._slow) < SLOW_KEPT_MAX:
            self._slow.append((round(due, 4), round(seconds * 1000.0, 2), f"{client} {action}"))
        if failure is not None:
            self.failed += 1
            bucket.failed += 1
            self._client_failed[client] += 1
            if len(self._failures) < FAILURES_KEPT_MAX:
                self._failures.append(f"{client} {action} at {due:.1f} s ({bucket.label}): {failure}")

    def second(self, number: int) -> Second:
        """One second, as far as it is known."""
        bucket = self._bucket(number)
        told = latency(bucket.taken)
        return Second(
            number, bucket.label, bucket.requests, bucket.failed, told.p50, told.p99, told.max, bucket.after_share
        )

    def result(self) -> TrafficResult:
        """Everything so far."""
        clients: Mapping[str, ClientLine] = {
            name: ClientLine(of.get_total_count(), self._client_failed[name], latency(of).p99)
            for name, of in sorted(self._clients.items())
        }
        return TrafficResult(
            total=self.total,
            failed=self.failed,
            by_client=clients,
            by_action=dict(sorted(self._actions.items())),
            labels={name: latency(of) for name, of in self._labels.items()},
            groups={name: latency(of) for name, of in self._groups.items()},
            seconds=tuple(self.second(number) for number in sorted(self._seconds)),
            judged=tuple(self.judged),
            failures=tuple(self._failures),
            slow=tuple(self._slow),
            tokens=self.tokens.lines(),
        )


def _of(known: dict[str, HdrHistogram], name: str) -> HdrHistogram:
    if name not in known:
        known[name] = histogram()
    return known[name]
