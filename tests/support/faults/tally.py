"""Counting faults and what they did, test by test, into one table and one report."""

from __future__ import annotations

import json
import os
import statistics
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

PROPERTY = "faults"
CHAOS = "RINGFENCE_CHAOS"
"""Unset: the short form that every test run has. A number: that share of all faults; 1 is all of them."""
KILLS = "RINGFENCE_CHAOS_KILLS"
"""The share of the journal entries at which a migrator of a case is killed in the long form."""


def kills_share() -> float | None:
    """How many of the entries of every case are asked for; None for the short form."""
    return None if share() is None else float(os.environ.get(KILLS, "1"))


def share() -> float | None:
    """How much of everything is asked for; None for the short form."""
    asked = os.environ.get(CHAOS)
    return float(asked) if asked else None


def how_many(short: int, all_of_them: int) -> int:
    """A number of faults for the form that is asked for, never none."""
    wanted = share()
    return short if wanted is None else max(1, round(all_of_them * wanted))


@dataclass
class Tally:
    """What one kind of fault did in one test."""

    fault: str
    faults: int = 0
    lost: int = 0
    duplicated: int = 0
    wrong_tenant: int = 0
    different_end_states: int = 0
    left_behind: int = 0
    writes: int = 0
    """Writes of the application that were acknowledged meanwhile."""
    failed_writes: int = 0
    resume_s: list[float] = field(default_factory=list)
    """From the start of the next life to its first new journal entry."""

    @property
    def clean(self) -> bool:
        """Whether nothing was harmed."""
        harm = (self.lost, self.duplicated, self.wrong_tenant, self.different_end_states, self.left_behind)
        return not any((*harm, self.failed_writes))


Counting = Callable[[str], Tally]


def properties(tallies: Iterable[Tally]) -> list[str]:
    """As a test hands them to its report."""
    return [json.dumps(asdict(tally)) for tally in tallies]


def merged(documents: Iterable[str]) -> dict[str, Tally]:
    """One tally per kind of fault, in the order in which the kinds came."""
    found: dict[str, Tally] = {}
    for document in documents:
        one = Tally(**json.loads(document))
        whole = found.setdefault(one.fault, Tally(one.fault))
        for name, value in asdict(one).items():
            if name != "fault":
                setattr(whole, name, getattr(whole, name) + value)
    return dict(sorted(found.items()))


def total(tallies: Mapping[str, Tally]) -> Tally:
    """All kinds together."""
    return merged(p for tally in tallies.values() for p in properties([Tally(**{**asdict(tally), "fault": "all"})]))[
        "all"
    ]


COLUMNS = ("faults", "lost", "duplicated", "wrong_tenant", "different_end_states", "left_behind", "writes")


def document(tallies: Mapping[str, Tally]) -> dict[str, Any]:
    """The report, to be written as JSON."""
    return {tally.fault: _row(tally) for tally in (*tallies.values(), total(tallies))}


def _row(tally: Tally) -> dict[str, Any]:
    row: dict[str, Any] = {name: getattr(tally, name) for name in (*COLUMNS, "failed_writes")}
    if tally.resume_s:
        row["resume_s"] = {
            "p50": round(statistics.median(tally.resume_s), 3),
            "max": round(max(tally.resume_s), 3),
        }
    return row


def table(tallies: Mapping[str, Tally]) -> list[str]:
    """The report as lines of text."""
    heads = ("fault", "faults", "lost", "dupl.", "wrong tenant", "other end", "left behind", "writes", "resume p50/max")
    rows: list[tuple[str, ...]] = [heads]
    for name, row in document(tallies).items():
        resume = row.get("resume_s")
        rows.append(
            (
                name,
                *(str(row[column]) for column in COLUMNS),
                f"{resume['p50']:.2f} / {resume['max']:.2f} s" if resume else "",
            )
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(heads))]
    return [
        "  ".join(
            text.ljust(width) if column in (0, 8) else text.rjust(width)
            for column, (text, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
