"""A reader run twice, as it is today and as a phase will leave it, in one transaction that is rolled back."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class RunKind(Enum):
    """What is done with a reader's SQL; the values are what `ringfence_trial.run_v1` is told."""

    ROWS = "rows"
    """Its rows are counted."""
    VALUES = "values"
    """Its rows are counted, and what is in them is compared."""
    EXPLAIN = "explain"
    """It is explained and not run; as it will be, with an error where row security would filter."""
    COMMAND = "command"
    """It is run, and the rows that it reports are compared."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What is run, and the state it will meet; the executor rolls everything back.

    In order: `scaffold`, the question `find_sql`, every run as it is today, `state`, every run as it will be.
    """

    scaffold: tuple[str, ...]
    """Makes the schema `ringfence_trial`, in it `run_v1(kind, question, unfiltered)`, which runs as its owner,
    `as_v1(role)`, which gives it one, and `let_v1(role)`, after which the migrating role may give that role more."""
    find_sql: str
    """One row per run: subject, kind, role_now, sql_now, role_then, sql_then, not_tried (texts).

    Without `role_then` there is no second run, and `not_tried` says why and what to do by hand; without `role_now`
    there is none at all.
    """
    state: tuple[str, ...]
    """What the phase will have changed, where that takes no lock on a table; copies of views for those that change."""
    runs_timeout_ms: int
    """Bound of all runs together: they share a snapshot, and it keeps every row that dies meanwhile."""
    lock_timeout_ms: int = 2000
    """Nobody waits behind us: readers' locks, and rows of pg_authid and pg_proc that a second run may hold."""
