"""Chunk sizes and pauses stay within their bounds, whatever is measured."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from ringfence.execute.pace import (
    CHUNK_PAGES_MIN,
    FIRST_CHUNK_PAGES,
    GROW_RATIO_MAX,
    REST_RATIO_MAX,
    STEP_REST_S_MAX,
    Pace,
    Rate,
    backoff_seconds,
    first_pace,
    first_rest,
    next_pace,
    next_rest,
    rest_seconds,
    step_rest_seconds,
)
from ringfence.tenancy.model import Limits

times = st.lists(st.floats(0.0, 60_000.0), min_size=1, max_size=16)


@given(st.integers(CHUNK_PAGES_MIN, 1000), times)
def test_a_chunk_stays_within_its_bounds(pages: int, taken: list[float]) -> None:
    """Never under the minimum, never over the limit, and never more than half again as large as before."""
    after = next_pace(Pace(pages, 8), taken, Limits())

    assert CHUNK_PAGES_MIN <= after.chunk_pages <= Limits().chunk_pages
    assert after.chunk_pages <= max(pages * GROW_RATIO_MAX, pages + 1)
    assert after.passes == 8


@given(st.integers(100, 1000))
def test_a_slow_batch_makes_the_next_chunk_small_at_once(pages: int) -> None:
    """Five times the target is trouble: the next chunk has a tenth of the pages."""
    after = next_pace(Pace(pages, 8), [1.0, 251.0], Limits(batch_target_ms=50))

    assert after.chunk_pages == max(CHUNK_PAGES_MIN, pages // 10)


def test_steady_batches_on_target_keep_their_size() -> None:
    """At the target nothing changes."""
    assert next_pace(Pace(500, 8), [50.0] * 8, Limits(batch_target_ms=50)).chunk_pages == 500


@given(st.integers(0, 10_000_000), st.integers(1, 64))
def test_the_first_chunk_is_small(pages: int, passes: int) -> None:
    """Nothing has been measured yet; a table of a few pages is done in one pass."""
    first = first_pace(Limits(), pages, passes)

    assert CHUNK_PAGES_MIN <= first.chunk_pages <= FIRST_CHUNK_PAGES
    assert first.passes == (1 if pages <= FIRST_CHUNK_PAGES else passes)


@given(st.integers(1, 10_000), st.integers(0, 2**32))
def test_backoff_is_positive_and_bounded(attempt: int, seed: int) -> None:
    """No retry is immediate and none waits longer than the limit."""
    seconds = backoff_seconds(attempt, Limits(lock_backoff_ms_max=1000), random.Random(seed))

    assert 0.0 < seconds <= 1.0


@given(st.floats(0.0, 10_000.0), st.floats(0.0, 10.0))
def test_naps_follow_the_nice_ratio(milliseconds: float, ratio: float) -> None:
    """A ratio of a half rests half as long as the batch took."""
    assert rest_seconds(milliseconds, ratio) == milliseconds / 1000.0 * ratio


SLOWER = st.floats(0.0, 100.0)
RATIOS = st.floats(0.0, REST_RATIO_MAX)


@given(RATIOS, st.lists(SLOWER, max_size=40), st.floats(0.0, 20.0))
def test_rest_stays_within_its_bounds(ratio: float, seen: list[float], floor: float) -> None:
    """Never less than the operator wants, and never more than a bound, unless the operator wants more."""
    limits = Limits(batch_nice_ratio=floor)
    for slower in seen:
        ratio = next_rest(ratio, slower, limits)

        assert floor <= ratio <= max(floor, REST_RATIO_MAX)


@given(RATIOS, SLOWER, SLOWER)
def test_who_suffers_more_is_given_no_less_room(ratio: float, one: float, other: float) -> None:
    """Rest grows with what the application suffers."""
    assert next_rest(ratio, min(one, other), Limits()) <= next_rest(ratio, max(one, other), Limits())


@given(RATIOS)
def test_an_application_that_does_not_suffer_is_hurried_past_in_the_end(ratio: float) -> None:
    """A backfill beside which nobody gets slower runs at full speed after less than a minute of looks."""
    for _ in range(50):
        ratio = next_rest(ratio, 1.0, Limits())

    assert ratio == 0.0


def test_an_application_that_suffers_soon_has_most_of_the_time() -> None:
    """Five looks, five seconds."""
    ratio = first_rest(Limits())
    for _ in range(5):
        ratio = next_rest(ratio, 2.0, Limits())

    assert ratio == REST_RATIO_MAX


@given(st.lists(st.tuples(st.integers(0, 10**6), st.floats(0.01, 10**5)), max_size=30), st.integers(0, 10**9))
def test_remaining_time_is_known_only_after_a_measurement(batches: list[tuple[int, float]], rows: int) -> None:
    """None before the first batch, never negative afterwards."""
    rate = Rate()
    assert rate.remaining_seconds(rows) is None
    for count, milliseconds in batches:
        rate = rate.after(count, milliseconds)
        left = rate.remaining_seconds(rows)
        assert left is None or left >= 0.0


@given(st.floats(0, 1e7), st.floats(0, 6), st.floats(0, 100))
def test_a_step_rests_by_its_time_and_never_for_long(milliseconds: float, ratio: float, floor: float) -> None:
    limits = Limits(step_rest_ratio=floor)
    pause = step_rest_seconds(milliseconds, ratio, limits)
    assert pause == min(STEP_REST_S_MAX, milliseconds / 1000.0 * max(ratio, floor))
