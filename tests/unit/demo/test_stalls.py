"""Which request could have waited for which step."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ringfence.demo.report.model import Stall
from ringfence.demo.report.stalls import Asked, Locking, longest_by_phase, stalls

TIMES = st.integers(0, 2_000).map(lambda hundredth: hundredth / 100.0)
REQUESTS = st.builds(Asked, TIMES, st.integers(0, 5_000).map(float), st.just("read"))
STEPS = st.builds(
    lambda phase, begin, long: Locking(phase, f"step {begin}", begin, begin + long), st.integers(0, 2), TIMES, TIMES
)


def test_a_request_that_waits_behind_a_step_is_its_stall() -> None:
    step = Locking(1, "expand/documents/column", 10.0, 10.05)

    (stall,) = stalls([Asked(10.01, 45.0, "browser list")], [step])

    assert stall == Stall(10.01, 40.0, "browser list", 1, "expand/documents/column")


def test_only_the_time_that_both_were_under_way_counts() -> None:
    """A request that was slow for two seconds before the step came did not wait two seconds for it."""
    (stall,) = stalls([Asked(8.0, 2_030.0, "search")], [Locking(2, "keys", 10.0, 10.02)])

    assert stall.milliseconds == 20.0


def test_requests_beside_no_step_are_left_out() -> None:
    assert stalls([Asked(1.0, 300.0, "search")], [Locking(1, "column", 2.0, 2.1)]) == ()
    assert stalls([Asked(1.0, 300.0, "search")], []) == ()


def test_the_longest_of_every_phase() -> None:
    found = (Stall(1.0, 5.0, "a", 1, "x"), Stall(2.0, 9.0, "b", 1, "y"), Stall(3.0, 2.0, "c", 2, "z"))

    assert longest_by_phase(found) == {1: 9.0, 2: 2.0}


@given(st.lists(REQUESTS, max_size=12), st.lists(STEPS, max_size=8))
def test_agrees_with_looking_at_every_pair(requests: list[Asked], steps: list[Locking]) -> None:
    def shared_ms(asked: Asked, step: Locking) -> float:
        answered_s = asked.due_s + asked.milliseconds / 1000.0
        return (min(answered_s, step.ends_s) - max(asked.due_s, step.begins_s)) * 1000.0

    wanted = sorted(
        round(most, 1)
        for asked in requests
        if (most := max((shared_ms(asked, step) for step in steps), default=0.0)) > 0.0
    )

    found = stalls(requests, steps)

    assert sorted(stall.milliseconds for stall in found) == wanted
    assert [s.milliseconds for s in found] == sorted((s.milliseconds for s in found), reverse=True)
