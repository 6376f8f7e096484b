"""What a trial says: both figures of whoever reads otherwise, and silence only where the same was read twice."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.execute.trying import Failed, Figure, Outcome, Tried, figures, problems, trouble

BY_HAND = "only its own program can"
NO_CONTEXT = Failed("RF901", "RF901 no tenant context")
figure = st.builds(Figure, st.none() | st.integers(0, 10**9), st.none() | st.text(max_size=5))
failed = st.builds(Failed, st.sampled_from(["RF901", "42501", "57014", ""]), st.text(min_size=1, max_size=9))
outcome = st.none() | figure | failed


@given(outcome, outcome)
def test_silence_is_the_same_twice_or_nothing_to_lose(now: Outcome | None, then: Outcome | None) -> None:
    """No pair of outcomes raises, and nothing else passes."""
    said = trouble(Tried("reader", now, then, BY_HAND))

    nothing_to_lose = then is None and isinstance(now, Figure) and now.rows == 0
    assert (said == "") == (nothing_to_lose or (isinstance(now, Figure) and now == then))


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_both_figures_are_named(now: int, then: int) -> None:
    """A person sees how many are gone, or came."""
    said = trouble(Tried("reader", Figure(now), Figure(then)))

    assert said == "" if now == then else (str(now) in said and str(then) in said)


@pytest.mark.parametrize(
    ("now", "then", "said"),
    [
        (Figure(1), Figure(0), "1 row today, 0 as it will be"),
        (Figure(3), NO_CONTEXT, "3 rows today, none as it will be: RF901 no tenant context"),
        (Figure(2, "a"), Figure(2, "b"), "2 rows today and as it will be, but with other values"),
        (
            Figure(None),
            Failed("42501", "42501 would filter"),
            "explained today, as it will be it fails: 42501 would filter",
        ),
        (Figure(9), None, f"9 rows today, not tried: {BY_HAND}"),
        (None, None, f"not tried: {BY_HAND}"),
        (Failed("42P01", "42P01 is gone"), Figure(1), "not tried: today's run fails: 42P01 is gone"),
        (Failed("42501", "42501 denied"), None, "not tried: today's run fails: 42501 denied"),
    ],
)
def test_what_a_person_reads(now: Outcome | None, then: Outcome | None, said: str) -> None:
    """Today first, then as it will be, then what the server says."""
    assert trouble(Tried("reader", now, then, BY_HAND)) == said


def test_the_same_twice_is_no_proof_where_row_security_will_filter() -> None:
    """Where no row is met nobody is asked for a tenant."""
    filtered = Failed("42501", "42501 query would be affected by row-level security policy")
    said = trouble(Tried("reader", Figure(0), Figure(0), filtered=filtered))

    assert said == f"0 rows today and as it will be, but row security will filter it: {filtered.text}"


def test_a_run_that_took_too_long_names_its_bound() -> None:
    """So that whoever has a larger table knows what to raise."""
    said = trouble(Tried("reader", Failed("57014", "57014 canceling statement"), Failed("57014", "again")))
    assert "[limits] reader_run_timeout_s is the bound" in said


def test_the_journal_hears_of_everybody_within_bounds() -> None:
    """Also of what was not run."""
    runs = [Tried(f"r{i}", Figure(i), Figure(i)) for i in range(25)]

    assert figures(runs).startswith("r0 0 rows and 0 rows; r1 1 row and 1 row; ")
    assert figures(runs).endswith("r19 19 rows and 19 rows, and 5 more")
    assert figures([Tried("r", None, None), Tried("s", NO_CONTEXT, None)]) == "r not tried; s error RF901"
    assert problems(runs) == ()
