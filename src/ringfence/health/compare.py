"""Baselines: percentiles, and what has become worse since."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ringfence.health.model import Baseline, DatabaseCounters, StatementClock, StatementCost, Worse

CALLS_MIN = 20
"""Fewer calls than this are chance."""
DIFFERENCE_MS_MIN = 1.0
"""What a person would call slower; a factor alone would report 0.02 ms against 0.01 ms."""
TRANSACTIONS_MIN = 100
OTHERS_MIN = 20
"""Transactions of others in a second or so; with fewer, nobody is there whom we could disturb much."""


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of the values does not exceed (nearest rank); needs a value."""
    ordered = sorted(values)
    rank = max(1, -(-len(ordered) * round(share * 1000) // 1000))
    return ordered[rank - 1]


def others_ms(window: StatementClock, own: StatementClock) -> float | None:
    """What a transaction of somebody else spent in statements, on average over a window of which `own` was ours.

    None when there were too few of them to say; also after a reset of the statistics, when the window is negative.
    """
    theirs = window - own
    if theirs.transactions < OTHERS_MIN:
        return None
    return max(0.0, theirs.active_ms) / theirs.transactions


def slower_than(before: Baseline, now: Baseline, factor: float) -> tuple[Worse, ...]:
    """What takes more than `factor` times as long as before, and at least a millisecond more.

    Statement statistics only ever grow, so a statement is judged by the calls since `before`.
    """
    return tuple(_slower(before, now, factor))


def _slower(before: Baseline, now: Baseline, factor: float) -> Iterator[Worse]:
    for what, was, is_ in (
        ("ping p50", before.ping.p50_ms, now.ping.p50_ms),
        ("ping p99", before.ping.p99_ms, now.ping.p99_ms),
    ):
        if _much_more(was, is_, factor):
            yield Worse(what, was, is_, "ms")
    known = {statement.query_id: statement for statement in before.statements}
    for statement in now.statements:
        old = known.get(statement.query_id)
        if old is None:
            continue
        recent = _mean_since(old, statement)
        if recent is not None and _much_more(old.mean_ms, recent, factor):
            yield Worse(statement.text, old.mean_ms, recent, "ms")


def _much_more(was: float, is_: float, factor: float) -> bool:
    return is_ > was * factor and is_ - was >= DIFFERENCE_MS_MIN


def _mean_since(old: StatementCost, new: StatementCost) -> float | None:
    """The mean of the calls since; of all of them when the statistics were reset; None when there are too few."""
    calls, total = new.calls - old.calls, new.total_ms - old.total_ms
    if calls < 0 or total < 0:
        calls, total = new.calls, new.total_ms
    return total / calls if calls >= CALLS_MIN else None


def more_errors_than(before: Baseline, now: Baseline, factor: float) -> tuple[Worse, ...]:
    """Whether the share of rolled-back transactions or deadlocks since `before` is above `factor` times the old one."""
    recent = _since(before.counters, now.counters)
    if recent.commits + recent.rollbacks < TRANSACTIONS_MIN:
        return ()
    pairs = (
        ("rolled-back transactions", _share(before.counters, "rollbacks"), _share(recent, "rollbacks")),
        ("deadlocks", _share(before.counters, "deadlocks"), _share(recent, "deadlocks")),
    )
    return tuple(Worse(what, was, is_, "of transactions") for what, was, is_ in pairs if is_ > was * factor)


def _since(before: DatabaseCounters, now: DatabaseCounters) -> DatabaseCounters:
    if now.commits < before.commits or now.rollbacks < before.rollbacks or now.since != before.since:
        return now
    return DatabaseCounters(
        now.commits - before.commits,
        now.rollbacks - before.rollbacks,
        now.deadlocks - before.deadlocks,
        now.blocks_read - before.blocks_read,
        now.blocks_hit - before.blocks_hit,
        now.since,
    )


def _share(counters: DatabaseCounters, name: str) -> float:
    count: int = getattr(counters, name)
    return count / max(1, counters.commits + counters.rollbacks)
