"""What a worker knows of the endpoints and has counted of them; shared by its requests and whoever keeps it fresh."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import TypeAlias

from ringfence.errors import RingfenceError
from ringfence.runtime.rollout import decide
from ringfence.runtime.rollout.model import ENDPOINTS_MAX, Counts, Endpoint, Legacy, Mode, TenantShare

Told: TypeAlias = Mapping[tuple[str, int], Counts]
"""Counts by endpoint and revision."""

_log = logging.getLogger(__name__)


class Board:
    """The modes as they were last heard, and the counts since they were last told; for any number of threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._endpoints: dict[str, Endpoint] = {}
        self._counts: dict[tuple[str, int], _Tally] = {}
        self._heard_at: float | None = None
        self._readable = True

    @property
    def age_s(self) -> float | None:
        """How old the modes are, in seconds; None while they were never heard."""
        return None if self._heard_at is None else time.monotonic() - self._heard_at

    def known(self, endpoint: str) -> Endpoint:
        """An endpoint as it was last heard, legacy when nobody named it; raises InvalidEndpoint for what is no name."""
        known = self._endpoints.get(endpoint)
        if known is None:
            decide.check_name(endpoint)
            known = Endpoint(endpoint)
        return known

    def count(self, known: Endpoint, **more: int) -> bool:
        """Count; whether this is the first error since the counts were last told."""
        key = known.name, known.revision
        with self._lock:
            tally = self._counts.get(key)
            if tally is None:
                if len(self._counts) >= ENDPOINTS_MAX:  # names made of paths must not fill the memory
                    return False
                tally = self._counts[key] = _Tally()
            tally.add(more)
            return "tenant_errors" in more and tally.errors == 1

    def take(self) -> Told:
        """The counts that are to be told now; a new count begins."""
        with self._lock:
            taken, self._counts = self._counts, {}
        return {key: tally.counts() for key, tally in taken.items()}

    def hear(self, heard: Sequence[Endpoint]) -> None:
        """Take the modes as the database has them."""
        for endpoint in heard:
            before = self._endpoints.get(endpoint.name)
            if before is not None and before.mode != endpoint.mode:
                _log.info("%s is %s now, was %s", endpoint.name, _word(endpoint.mode), _word(before.mode))
        self._endpoints = {endpoint.name: endpoint for endpoint in heard}
        self._heard_at = time.monotonic()

    def fell(self, endpoint: Endpoint, reason: str) -> None:
        """An endpoint was just sent back: nobody here waits for the next refresh to serve it so."""
        _log.error("%s falls back to legacy: %s", endpoint.name, reason)
        back = Endpoint(endpoint.name, Legacy(), endpoint.bounds, endpoint.falls_back, endpoint.revision + 1)
        self._endpoints = {**self._endpoints, endpoint.name: back}

    def readable(self) -> None:
        """The database answers."""
        self._readable = True

    def unreadable(self, error: RingfenceError) -> None:
        """It does not: said once, and not twice a second."""
        if self._readable:
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


def _word(mode: Mode) -> str:
    match mode:
        case TenantShare(percent):
            return f"tenant for {percent} percent"
        case _:
            return type(mode).__name__.lower()
