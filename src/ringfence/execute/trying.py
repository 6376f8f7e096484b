"""What the runs of a trial say: what differs, in both figures, and what could not be tried."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias, assert_never

SHOWN_MAX = 20
NO_TENANT = "RF9"
"""What begins the codes of errors that a caller without a tenant gets."""
TOO_LONG = "57014"
FILTERED = "42501"
"""The code of `query would be affected by row-level security policy`, which a plan gets with row_security off."""


@dataclass(frozen=True, slots=True)
class Figure:
    """What a run found; `rows` is None for what was explained, `digest` for what was counted only."""

    rows: int | None
    digest: str | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """How a run ended: the server's code and message."""

    code: str
    text: str


Outcome: TypeAlias = Figure | Failed


@dataclass(frozen=True, slots=True)
class Tried:
    """A reader's two runs; None: not run."""

    subject: str
    now: Outcome | None
    then: Outcome | None
    not_tried: str = ""
    """Why there is no second run, and what to do by hand."""
    filtered: Failed | None = None
    """What the server says where row security will leave rows out, and leaves none out today."""


def problems(tried: Sequence[Tried]) -> tuple[tuple[str, str], ...]:
    """Every reader that does not read what it read before, or of which nobody knows: (subject, detail)."""
    return tuple((run.subject, said) for run in tried if (said := trouble(run)))


def figures(tried: Sequence[Tried]) -> str:
    """What was run with which figures, for the journal."""
    told = [f"{run.subject} {_told(run)}" for run in tried]
    more = f", and {len(told) - SHOWN_MAX} more" if len(told) > SHOWN_MAX else ""
    return "; ".join(told[:SHOWN_MAX]) + more


def trouble(run: Tried) -> str:
    """What is wrong with one reader, with both figures; empty when it reads what it read before."""
    match run.now, run.then:
        case None, _:
            return f"not tried: {run.not_tried}"
        case Figure(rows=0), None:
            return ""
        case Figure() as now, None:
            return f"{_rows(now)} today, not tried: {run.not_tried}"
        case Failed() as now, _:
            # also where only our run fails, for want of a right: nobody knows then what is read today
            return f"not tried: today's run fails: {_failure(now)}"
        case Figure() as now, Failed(code=code) as then if code.startswith(NO_TENANT):
            return f"{_rows(now)} today, none as it will be: {_failure(then)}"
        case Figure() as now, Failed() as then:
            return f"{_rows(now)} today, as it will be it fails: {_failure(then)}"
        case Figure() as now, Figure() as then if now == then:
            if run.filtered is None:
                return ""
            # nobody is asked for a tenant where no row is met, so the same twice is no proof
            return f"{_rows(now)} today and as it will be, but row security will filter it: {run.filtered.text}"
        case Figure() as now, Figure() as then if now.rows == then.rows:
            return f"{_rows(now)} today and as it will be, but with other values"
        case Figure() as now, Figure() as then:
            return f"{_rows(now)} today, {then.rows} as it will be"
        case _:
            raise AssertionError("every pair of outcomes is above")


def _told(run: Tried) -> str:
    return " and ".join(_outcome(outcome) for outcome in _runs(run)) or "not tried"


def _runs(run: Tried) -> Iterator[Outcome]:
    for outcome in (run.now, run.then):
        if outcome is not None:
            yield outcome


def _outcome(outcome: Outcome) -> str:
    match outcome:
        case Figure():
            return _rows(outcome)
        case Failed(code=code):
            return f"error {code}"
        case _:
            assert_never(outcome)


def _rows(figure: Figure) -> str:
    match figure.rows:
        case None:
            return "explained"
        case 1:
            return "1 row"
        case rows:
            return f"{rows} rows"


def _failure(failed: Failed) -> str:
    if failed.code == TOO_LONG:
        return f"{failed.text}; [limits] reader_run_timeout_s is the bound"
    return failed.text
