"""SIGKILL after every journal entry and between every execution and its entry, forward and back, for every case.

One migration is killed many times: each life begins where the last one ended, goes on to the first place where nobody
died yet, and dies there. So every entry of the journal is somebody's last, and everything that was executed has once
been left without its entry.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from support.databases import Server
from support.faults import marks, tally
from support.faults.marks import APPENDED, BEFORE, COMMITTED, Mark
from support.faults.migrator import Nursery
from support.faults.worlds import CASES, Peace, twins

SEED = 7
SHORT_CASES = 6
SHORT_KILLS = 8
NAMES = sorted(p.parent.name for p in CASES.glob("*/before.sql"))
RESULTS = ("StepDone", "UndoDone", "BatchCommitted")
"""Entries that record something that was executed; the others are their own work."""


CLOSING = tuple(Mark(point, "RunEnded", "interrupted") for point in (BEFORE, APPENDED, COMMITTED))
"""What only a life after another has: the end of the run that died."""


def names() -> list[str]:
    """Every case, or for the short form some that differ much and some that are drawn."""
    if tally.share() is not None:
        return NAMES
    drawn = random.Random(SEED).sample(NAMES, SHORT_CASES)
    return sorted({"documents", "partitions", "triggers_of_the_application", *drawn[: SHORT_CASES - 3]})


def is_worth_a_life(mark: Mark) -> bool:
    """Every committed entry, everything that was executed without its entry, and some entries before their commit."""
    match mark.point:
        case marks.COMMITTED | marks.EXECUTED:
            return True
        case marks.BEFORE:
            return mark.kind in RESULTS
        case _:
            return mark.kind in RESULTS and random.Random(f"{SEED}-{mark.line}").random() < 0.1


def targets(peace: Peace) -> set[Mark]:
    """The marks that somebody dies at: all that are worth a life, or as many as are asked for."""
    places = [mark for mark in (*peace.marks, *CLOSING) if is_worth_a_life(mark)]
    wanted = tally.kills_share()
    number = SHORT_KILLS if wanted is None else max(1, round(len(places) * wanted))
    return set(random.Random(SEED).sample(places, min(number, len(places))))


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", names())
def test_every_entry_is_the_last_of_some_life(
    name: str,
    server: Server,
    request: pytest.FixtureRequest,
    nursery: Nursery,
    counting: tally.Counting,
    tmp_path: Path,
) -> None:
    """However often the migrator died, forward and on the way back: the end is the one of a run without a fault."""
    template = request.getfixturevalue("supabase_template") if (CASES / name / "supabase").exists() else None
    with twins(server, nursery, tmp_path, name, template) as pair:
        for verb, word in (("apply", "forward"), ("revert", "back")):
            counts = counting(f"killed {word}")
            peace = pair.in_peace(verb)
            left = targets(peace)
            wanted = len(left)
            while left and isinstance(said := pair.live(verb, left.__contains__, counts), Mark):
                left.remove(said)
            assert counts.faults == wanted - len(left)
            assert left <= set(CLOSING), left
            pair.settle(verb, peace.state, counts)
