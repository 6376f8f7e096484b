"""What has become worse since the baseline."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence import codec
from ringfence.health.compare import OTHERS_MIN, more_errors_than, others_ms, percentile, slower_than
from ringfence.health.model import Baseline, DatabaseCounters, Ping, StatementClock, StatementCost
from ringfence.health.privileges import missing

STATEMENT = StatementCost("17", 1000, 2000.0, 2.0, 0.1, 9.0, "select * from t where id = $1")
BEFORE = Baseline(
    "2026-05-01T00:00:00+00:00",
    Ping(100, 0.2, 1.0),
    DatabaseCounters(10_000, 100, 1, 5, 50, "2026-01-01T00:00:00+00:00"),
    (STATEMENT,),
)


def after(*, calls: int, total_ms: float) -> Baseline:
    return replace(BEFORE, statements=(replace(STATEMENT, calls=calls, total_ms=total_ms),))


def counted(commits: int, rollbacks: int, deadlocks: int) -> Baseline:
    return replace(BEFORE, counters=DatabaseCounters(commits, rollbacks, deadlocks, 5, 50, BEFORE.counters.since))


clocks = st.builds(StatementClock, st.floats(0.0, 1e9), st.integers(0, 10**9))


@given(clocks, clocks)
def test_our_own_share_is_not_taken_for_theirs(theirs: StatementClock, own: StatementClock) -> None:
    """Whatever we did, the others' mean is theirs; with too few of them there is none."""
    found = others_ms(theirs + own, own)

    if theirs.transactions < OTHERS_MIN:
        assert found is None
    else:
        assert found is not None
        assert found * theirs.transactions == pytest.approx(theirs.active_ms, abs=1.0)


def test_statistics_that_were_reset_say_nothing() -> None:
    assert others_ms(StatementClock(10.0, 5) - StatementClock(9_000.0, 4_000), StatementClock()) is None


def test_nothing_is_slower_than_itself() -> None:
    assert slower_than(BEFORE, BEFORE, 1.0) == ()
    assert more_errors_than(BEFORE, BEFORE, 1.0) == ()


def test_a_statement_is_judged_by_its_calls_since_and_not_by_its_long_past() -> None:
    (worse,) = slower_than(BEFORE, after(calls=1100, total_ms=2000.0 + 100 * 8.0), 1.5)

    assert (worse.what, worse.before, worse.now) == (STATEMENT.text, 2.0, 8.0)


def test_a_reset_of_the_statistics_is_noticed() -> None:
    (worse,) = slower_than(BEFORE, after(calls=50, total_ms=50 * 9.0), 1.5)

    assert worse.now == 9.0


def test_a_few_calls_and_a_few_microseconds_say_nothing() -> None:
    assert slower_than(BEFORE, after(calls=1005, total_ms=2000.0 + 5 * 800.0), 1.5) == ()
    assert slower_than(BEFORE, replace(BEFORE, ping=Ping(100, 0.9, 1.5)), 1.2) == ()
    assert [w.what for w in slower_than(BEFORE, replace(BEFORE, ping=Ping(100, 0.2, 40.0)), 1.2)] == ["ping p99"]


def test_more_rollbacks_and_deadlocks_than_before_are_errors() -> None:
    worse = more_errors_than(BEFORE, counted(10_900, 200, 11), 2.0)

    assert [w.what for w in worse] == ["rolled-back transactions", "deadlocks"]
    assert more_errors_than(BEFORE, counted(10_990, 110, 1), 2.0) == ()
    assert more_errors_than(BEFORE, counted(10_010, 150, 9), 2.0) == ()


@given(st.lists(st.floats(0, 1e6), min_size=1), st.sampled_from([0.5, 0.9, 0.99, 1.0]))
def test_a_percentile_is_one_of_the_values_and_bounds_its_share(values: list[float], share: float) -> None:
    found = percentile(values, share)

    assert found in values
    assert sum(v <= found for v in values) >= share * len(values) - 1e-9
    assert sum(v < found for v in values) < share * len(values) + 1e-9


def test_a_baseline_can_be_kept_in_the_journal() -> None:
    assert codec.from_json(Baseline, json.loads(codec.canonical(BEFORE))) == BEFORE


def test_only_a_plain_true_is_a_privilege() -> None:
    assert missing("CREATE", True) is None
    for answer in (False, None, 1, "t", "true"):
        found = missing("CREATE", answer)
        assert found is not None
        assert found.text == "CREATE"
