"""The hash chain finds every change, and documents come back as what they were."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from ringfence import codec
from ringfence.journal import chain
from ringfence.journal.chain import StoredEntry
from ringfence.journal.model import (
    Accepted,
    BatchCommitted,
    Event,
    GateHeld,
    JournalDamaged,
    PauseRequested,
    PlanAdopted,
    RunStarted,
    StepDone,
)
from support.small_world import Kind, plan_of_kinds

TEXT = st.text(st.characters(exclude_characters="\x00", exclude_categories=("Cs",)), max_size=12)
EVENTS = st.one_of(
    st.builds(BatchCommitted, TEXT, st.integers(0, 10**12), st.dictionaries(TEXT, st.integers() | TEXT)),
    st.builds(StepDone, TEXT, st.dictionaries(TEXT, st.booleans() | st.floats(allow_nan=False, allow_infinity=False))),
    st.builds(Accepted, TEXT, TEXT),
    st.builds(GateHeld, TEXT, st.dictionaries(TEXT, TEXT)),
    st.builds(PauseRequested, TEXT),
    st.builds(RunStarted, TEXT, TEXT, st.integers(), TEXT),
    st.builds(
        PlanAdopted, TEXT, st.none() | TEXT, st.just(((0, ("a", "b")),)), st.just(((0, "entry", "g"),)), st.just(("x",))
    ),
)
TIMES = st.integers(0, 4 * 10**15).map(lambda us: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=us))


def stored(events: list[Event], at: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> list[StoredEntry]:
    rows: list[StoredEntry] = []
    previous = chain.GENESIS
    for seq, event in enumerate(events, 1):
        text = chain.text_of(event)
        rows.append(StoredEntry(seq, at, text, previous, chain.entry_hash(previous, seq, at, text)))
        previous = rows[-1].hash
    return rows


@given(st.lists(EVENTS, max_size=6), TIMES)
def test_entries_come_back_as_they_were_written(events: list[Event], at: datetime) -> None:
    """Every event survives its text, and the chain of untouched entries holds."""
    entries = list(chain.verified(stored(events, at)))

    assert events == [entry.event for entry in entries]
    assert [*range(1, len(events) + 1)] == [entry.seq for entry in entries]


@given(EVENTS)
def test_the_text_is_ascii_on_one_line(event: Event) -> None:
    """The hashed text has the same bytes in every encoding, and no line break that could move a boundary."""
    text = chain.text_of(event)

    assert text.isascii()
    assert "\n" not in text


@given(st.lists(EVENTS, min_size=2, max_size=6), st.data())
def test_every_change_is_found(events: list[Event], data: st.DataObject) -> None:
    """An entry that was changed, removed or moved is found at its place or the one after."""
    rows = stored(events)
    place = data.draw(st.integers(0, len(rows) - 1))
    row = rows[place]
    forged: list[StoredEntry] = data.draw(
        st.sampled_from(
            [
                [replace(row, event=row.event + " ")],
                [replace(row, event=chain.text_of(PauseRequested("forged" + row.event)))],
                [replace(row, at=row.at + timedelta(microseconds=1))],
                [replace(row, hash="f" * 64)],
                [replace(row, previous_hash="f" * 64)],
                [replace(row, seq=row.seq + 1)],
                [row, row],
                *([[]] if place < len(rows) - 1 else []),  # an end that was cut off cannot be seen
            ]
        )
    )
    rows[place : place + 1] = forged

    with pytest.raises(JournalDamaged) as caught:
        list(chain.verified(rows))
    assert any(f"entry {row.seq + n} " in caught.value.message for n in (0, 1))


def test_a_forged_entry_with_a_new_hash_breaks_the_next_one() -> None:
    """Recomputing the hash of a changed entry does not help: its successor names the old one."""
    rows = stored([PauseRequested("a"), PauseRequested("b"), PauseRequested("c")])
    text = chain.text_of(PauseRequested("forged"))
    old = rows[1]
    rows[1] = replace(old, event=text, hash=chain.entry_hash(old.previous_hash, old.seq, old.at, text))

    with pytest.raises(JournalDamaged, match="entry 3 is damaged"):
        list(chain.verified(rows))


@given(st.lists(EVENTS, min_size=1, max_size=6), st.data())
def test_reading_on_from_an_anchor_gives_the_rest(events: list[Event], data: st.DataObject) -> None:
    """From any position the entries after it are verified against the one that stands there."""
    rows = stored(events)
    seq = data.draw(st.integers(1, len(rows)))

    assert events[seq:] == [entry.event for entry in chain.verified(rows[seq - 1 :], seq)]


def test_an_anchor_must_be_there_and_sound() -> None:
    """A missing or changed anchor is damage, not an empty journal."""
    rows = stored([PauseRequested("a"), PauseRequested("b")])

    with pytest.raises(JournalDamaged, match="entry 2 is damaged: it is missing"):
        list(chain.verified([], 2))
    with pytest.raises(JournalDamaged, match="entry 1 is damaged: its text"):
        list(chain.verified([replace(rows[0], event="{}"), rows[1]], 1))


@given(TIMES)
def test_the_hash_is_the_same_in_every_time_zone(at: datetime) -> None:
    """A session in another zone reads the same instant, so it computes the same hash."""
    there = at.astimezone(timezone(timedelta(hours=5, minutes=30)))

    assert chain.entry_hash("x", 1, at, "{}") == chain.entry_hash("x", 1, there, "{}")


def test_a_plan_comes_back_with_its_hash() -> None:
    """A stored plan is proved by its hash and equals what was stored."""
    plan = plan_of_kinds((Kind.TRANSACTION, Kind.BACKFILL), (Kind.CONCURRENTLY,))
    text = chain.text_of(plan)
    back = chain.plan_from(type(plan), plan.hash, text)

    assert plan == back
    assert plan.hash == back.hash
    with pytest.raises(JournalDamaged):
        chain.plan_from(type(plan), plan.hash, text.replace("p0a", "p0x"))


def test_a_plan_of_an_older_version_keeps_the_hash_it_was_adopted_with() -> None:
    """A field that did not exist when the plan was stored must not change which plan it is."""

    @dataclass(frozen=True)
    class Newer:
        a: int
        added_later: int = 0

        @property
        def fresh(self) -> str:
            return codec.canonical(self)

    data: dict[str, Any] = {"$": "Newer", "a": 1}
    text = codec.canonical({"a": 1, "$": "Newer"})
    old_hash = hashlib.sha256(text.encode()).hexdigest()
    back: Any = chain.plan_from(Newer, old_hash, chain.text_of(data))  # type: ignore[type-var]

    assert old_hash == back.hash
    assert text != back.fresh
