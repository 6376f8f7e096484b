"""Whether an attack was denied: a pure function of what it expected, what came back, and what the rows look like."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from ringfence.verify.model import Attack, Expect, Outcome, Tried

TIMEOUTS = frozenset({"57014", "55P03", "40P01"})
"""The try ran into a bound of ours, or somebody held a lock: nothing was learned."""
MISUSED = frozenset({"42601", "42P01", "42703", "42883", "42804", "22P02", "42P10", "42725", "42P18"})
"""The statement itself made no sense on this target; never a denial."""
UNSUPPORTED = "0A000"
"""A denial where something was to be changed (COPY FROM under row security); no answer where one was to be read."""
STOPPED = "RF821"
"""Raised by our own brake when a statement that reads no column met more rows than the attacker owns."""


def judge(attack: Attack, tried: Sequence[Tried], marks: Sequence[str], untouched: bool) -> tuple[Outcome, str]:
    """The outcome and why; `marks` are the texts of the other tenant's rows, `untouched` what was found afterwards."""
    last = tried[-1]
    if any(t.sqlstate in TIMEOUTS for t in tried):
        return Outcome.SKIPPED, "it ran into a time limit, so nothing was learned"
    if any(t.sqlstate == STOPPED for t in tried):
        return _leak(attack, "it met rows of others and was stopped by the brake")
    # what the attacker wrote himself and gets back (in a plan, in an error's detail) tells him nothing
    if any(mark and mark in t.seen and mark not in t.statement for t in tried for mark in marks):
        return _leak(attack, "something of the other tenant came back")
    if not untouched:
        return _leak(attack, "the other tenant's rows are not what they were")
    if last.sqlstate in MISUSED and attack.expect not in (Expect.REFUSED, Expect.NOT_TRUE):
        return Outcome.SKIPPED, f"it cannot be tried here ({last.sqlstate})"
    if last.sqlstate == UNSUPPORTED and attack.expect is not Expect.UNTOUCHED:
        return Outcome.SKIPPED, "this server does not support it"
    match attack.expect:
        case Expect.UNSEEN | Expect.UNTOUCHED:
            return Outcome.DENIED, ""
        case Expect.NO_ROWS:
            return _leak(attack, "it got a row") if last.ok and last.rows else (Outcome.DENIED, "")
        case Expect.NOT_TRUE:
            if not last.ok:
                return Outcome.DENIED, ""
            return _leak(attack, "yes, it may") if last.last_value in ("t", "true", "True") else (Outcome.DENIED, "")
        case Expect.SAME:
            first, second = tried[0], tried[-1]
            alike = (first.sqlstate, first.rows) == (second.sqlstate, second.rows)
            return (
                (Outcome.DENIED, "") if alike else _leak(attack, f"the answers differ: {_said(first)}, {_said(second)}")
            )
        case Expect.REFUSED:
            refused = any(not t.ok for t in tried)
            return (Outcome.DENIED, "") if refused else _leak(attack, "it was accepted")
        case _:
            assert_never(attack.expect)


def _leak(attack: Attack, why: str) -> tuple[Outcome, str]:
    return (Outcome.RESIDUAL if attack.residual else Outcome.LEAKED), why


def _said(tried: Tried) -> str:
    return f"error {tried.sqlstate}" if not tried.ok else f"{tried.rows} rows"
