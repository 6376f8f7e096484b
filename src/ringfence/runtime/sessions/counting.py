"""What a worker counts between two flushes: how requests got their tenant, and which sessions came without one.

Signature and tenant are counted apart: a new token may lack the tenant, and an old signature may carry one.
"""

from __future__ import annotations

import json
import threading
from dataclasses import asdict, dataclass, field

from ringfence.runtime.sessions.model import Outcome
from ringfence.runtime.verified import VerifiedToken

SIGHTINGS_MAX = 1000
"""Sessions remembered between two flushes; more are seen again soon, and the requests are counted in any case."""


@dataclass(slots=True)
class Counts:
    """Numbers of requests."""

    with_tenant: int = 0
    resolved: int = 0
    several: int = 0
    none: int = 0
    legacy_signature: int = 0


@dataclass(slots=True)
class Tally:
    """Counts and sightings of one worker since the last flush."""

    counts: Counts = field(default_factory=Counts)
    sightings: dict[str, str] = field(default_factory=dict)
    """User by session."""

    def note(self, token: VerifiedToken, outcome: Outcome) -> None:
        """Count one request; one whose session or membership is over says nothing about old tokens, and is not."""
        counts = self.counts
        match outcome:
            case Outcome.MEMBER if token.organization is not None:
                counts.with_tenant += 1
            case Outcome.MEMBER:
                counts.resolved += 1
            case Outcome.SEVERAL:
                counts.several += 1
            case Outcome.NONE:
                counts.none += 1
            case _:
                return
        if token.legacy:
            counts.legacy_signature += 1
        if token.organization is None and token.session is not None and len(self.sightings) < SIGHTINGS_MAX:
            self.sightings[token.session] = token.user

    def add(self, other: Tally) -> None:
        """Take back what could not be told."""
        for name, number in asdict(other.counts).items():
            setattr(self.counts, name, getattr(self.counts, name) + number)
        for session, user in other.sightings.items():
            if len(self.sightings) < SIGHTINGS_MAX:
                self.sightings.setdefault(session, user)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to tell."""
        return not any(asdict(self.counts).values())

    def values(self) -> dict[str, str]:
        """As the database takes it."""
        legacy = [{"s": session, "u": user} for session, user in self.sightings.items()]
        return {"counts": json.dumps(asdict(self.counts)), "legacy": json.dumps(legacy)}


class Counting:
    """What a worker counts, between whoever counts and whoever tells; for any number of threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()  # without it, `+=` of two threads would count one request
        self._tally = Tally()

    def note(self, token: VerifiedToken, outcome: Outcome) -> None:
        """Count one request."""
        with self._lock:
            self._tally.note(token, outcome)

    def take(self) -> Tally | None:
        """What is to be told now; None when there is nothing."""
        with self._lock:
            if self._tally.empty:
                return None
            taken, self._tally = self._tally, Tally()
            return taken

    def give_back(self, tally: Tally) -> None:
        """Take back what could not be told."""
        with self._lock:
            self._tally.add(tally)
