"""The hash chain: one canonical text per entry, and the check that nobody changed, removed or inserted one.

Defined twice on purpose, here and in `sql/install.sql`: the server computes a hash when an entry is written, we compute
it again from what is stored, and a mistake on either side shows at the first entry.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar

from ringfence import codec
from ringfence.journal.model import Entry, Event, JournalDamaged


class Hashed(Protocol):
    """A document that knows its hash, as a plan does."""

    @property
    def hash(self) -> str:
        """SHA-256 of its canonical JSON."""
        ...


H = TypeVar("H", bound=Hashed)

GENESIS = "0" * 64
"""What the first entry names as its predecessor."""


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """One row of ringfence.journal as it is stored, not yet believed."""

    seq: int
    at: datetime
    event: str
    previous_hash: str
    hash: str


def text_of(value: object) -> str:
    """The one text of an event or document: JSON in ASCII, keys sorted, no spaces, no line break.

    ASCII because the hash is over bytes: a server in another encoding must store the very same ones.
    """
    return json.dumps(codec.to_json(value), sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def entry_hash(previous_hash: str, seq: int, at: datetime, event: str) -> str:
    """SHA-256 over predecessor, position, time (UTC, microseconds) and text, a line each."""
    utc = at.astimezone(UTC)
    when = f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond:06d}Z"
    return hashlib.sha256(f"{previous_hash}\n{seq}\n{when}\n{event}".encode()).hexdigest()


def verified(rows: Sequence[StoredEntry], seq: int = 0) -> Iterator[Entry]:
    """The entries after a position, each proved to follow the one before.

    `rows` begin with the entry at that position, which anchors the chain, unless it is 0. Raises JournalDamaged at the
    first that does not follow. An end that was cut off cannot be seen from the chain alone.
    """
    previous_hash = GENESIS
    if seq:
        if not rows or rows[0].seq != seq:
            raise _damaged(seq, "it is missing")
        _check_hash(rows[0])
        previous_hash = rows[0].hash
    for row in rows[1:] if seq else rows:
        if row.seq != seq + 1:
            raise _damaged(seq + 1, f"it is missing: the next entry found is {row.seq}")
        if row.previous_hash != previous_hash:
            raise _damaged(row.seq, "it does not name the entry before it as its predecessor")
        _check_hash(row)
        yield Entry(row.seq, row.at, _event(row.event), row.previous_hash, row.hash)
        seq, previous_hash = row.seq, row.hash


def _check_hash(row: StoredEntry) -> None:
    if entry_hash(row.previous_hash, row.seq, row.at, row.event) != row.hash:
        raise _damaged(row.seq, "its text or time is not what its hash was made of")


def _event(text: str) -> Event:
    return codec.from_json(Event, json.loads(text))


def _damaged(seq: int, why: str) -> JournalDamaged:
    return JournalDamaged(
        f"journal entry {seq} is damaged: {why}",
        subject=f"ringfence.journal, seq {seq}",
        hint="restore schema ringfence from the last backup in which `ringfence journal --verify` succeeds",
    )


def plan_from(kind: type[H], plan_hash: str, text: str) -> H:
    """A stored plan, proved to be the one of that hash; raises JournalDamaged."""
    data: Any = json.loads(text)
    canonical = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    if hashlib.sha256(canonical.encode()).hexdigest() != plan_hash:
        raise JournalDamaged(
            f"the stored plan {plan_hash[:12]} is not what its hash was made of",
            subject=f"ringfence.plans, hash {plan_hash}",
            hint="restore schema ringfence from the last backup in which `ringfence journal --verify` succeeds",
        )
    plan: H = codec.from_json(kind, data)
    # A later Ringfence may know more fields than the document has and would hash their defaults too. The plan is the
    # one that was adopted all the same, so it keeps the hash that was just verified.
    vars(plan)["hash"] = plan_hash
    return plan
