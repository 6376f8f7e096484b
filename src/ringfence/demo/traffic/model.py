"""What the traffic saw, second by second and in sum: frozen values that travel as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

FAILURES_KEPT_MAX = 40


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds from the moment a request was due to its answer, waiting in our own queue included."""

    count: int = 0
    p50: float = 0.0
    p99: float = 0.0
    p999: float = 0.0
    max: float = 0.0


@dataclass(frozen=True, slots=True)
class Second:
    """One second of traffic; `second` counts from its start, a request belongs to the second in which it was due."""

    second: int
    label: str
    """What the story was doing, as it told us."""
    requests: int
    failed: int
    p50: float
    p99: float
    max: float
    after_share: float = 0.0


@dataclass(frozen=True, slots=True)
class ClientLine:
    """One kind of client."""

    total: int
    failed: int
    p99: float


@dataclass(frozen=True, slots=True)
class TokenLine:
    """Requests with one kind of token in one part of the story."""

    label: str
    kind: str
    """In the words of held.py."""
    requests: int
    failed: int


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of every acknowledged write, at one moment of quiet."""

    when: str
    acknowledged: int
    checked: int
    lost: tuple[str, ...] = ()
    duplicated: tuple[str, ...] = ()
    wrong_tenant: tuple[str, ...] = ()
    unsure: int = 0
    """Writes whose answer never came: they may be there once or not at all."""


@dataclass(frozen=True)
class TrafficResult:
    """Everything."""

    total: int
    failed: int
    by_client: Mapping[str, ClientLine]
    by_action: Mapping[str, int]
    labels: Mapping[str, Latency]
    groups: Mapping[str, Latency]
    """Over all labels of the same group: before, during, after."""
    seconds: tuple[Second, ...]
    judged: tuple[Judged, ...] = ()
    failures: tuple[str, ...] = ()
    """The first failures, in words."""
    slow: tuple[tuple[float, float, str], ...] = ()
    """Requests that took long: when they were due (seconds since the start), how many ms, and what they were."""
    tokens: tuple[TokenLine, ...] = ()
    """In the order in which the parts began."""
    upgraded: int = 0
    """Refreshes that turned a token of before into one of the new key that names the organization."""
    handed_back: int = 0
    """The other way round."""

    def document(self) -> dict[str, Any]:
        """As one JSON object."""
        values: dict[str, Any] = _RESULT.dump_python(self, mode="json")
        return values

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> TrafficResult:
        """Back from JSON."""
        return _RESULT.validate_python(document)


_RESULT = TypeAdapter(TrafficResult)
JUDGED = TypeAdapter(Judged)
"""Reads a verdict that came as JSON."""
