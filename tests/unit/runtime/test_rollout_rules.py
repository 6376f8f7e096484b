"""The rules of a rollout: who is among the first, what is an error, when an endpoint goes back."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.errors import RingfenceError
from ringfence.runtime import NotAMember
from ringfence.runtime.rollout.decide import (
    BUCKETS,
    bucket,
    check_name,
    in_share,
    may_rescue,
    mode_of,
    outcome_of,
    settle,
    side,
    why_back,
)
from ringfence.runtime.rollout.model import (
    MODES,
    Answered,
    Bounds,
    Comparison,
    Declined,
    Endpoint,
    Failed,
    InvalidEndpoint,
    Kind,
    Legacy,
    Mode,
    Outcome,
    Seen,
    Shadow,
    Side,
    Tenant,
    TenantShare,
)

percents = st.integers(0, BUCKETS).map(lambda n: Decimal(n) / 100)
users = st.uuids() | st.integers() | st.text()
modes: st.SearchStrategy[Mode] = st.one_of(
    st.just(Legacy()), st.just(Shadow()), percents.map(TenantShare), st.just(Tenant())
)
seen = st.builds(Seen, *(st.integers(0, 10_000),) * 4)
bounds = st.builds(Bounds, st.floats(0, 1), st.floats(0, 1), st.integers(1, 1000))
endpoints = st.builds(Endpoint, st.just("GET /x"), modes, bounds, st.booleans(), st.integers(1, 9), seen)


class Answer(Exception):
    """What a framework raises to answer."""

    def __init__(self, status_code: int) -> None:
        self.status_code = status_code


class Wrong(RingfenceError):
    """Something of Ringfence's own."""


@given(users, percents, percents)
def test_a_larger_share_never_moves_a_user_back(user: object, one: Decimal, other: Decimal) -> None:
    smaller, larger = sorted((one, other))

    assert not in_share(smaller, user) or in_share(larger, user)


@given(users, percents)
def test_taking_a_share_back_gives_everybody_the_side_they_had(user: object, percent: Decimal) -> None:
    assert not in_share(Decimal(0), user)
    assert in_share(Decimal(100), user)
    assert in_share(percent, user) == in_share(percent, user)
    assert in_share(percent, user) == (bucket(user) < percent * 100)


def test_a_user_has_the_same_place_in_every_worker_for_ever() -> None:
    """Fixed numbers: another way to count would move users back and forth when workers of two versions run."""
    assert bucket(UUID("a0000000-0000-4000-8000-00000000000a")) == bucket("a0000000-0000-4000-8000-00000000000a")
    assert [bucket(user) for user in (1, "1", "a0000000-0000-4000-8000-00000000000a")] == [3129, 3129, 5502]


def test_shares_are_what_they_say() -> None:
    for percent in (1, 10, 50):
        chosen = sum(in_share(Decimal(percent), user) for user in range(20_000))

        assert abs(chosen / 200 - percent) < 1.5


@given(modes, st.none() | users, st.sampled_from(Kind))
def test_a_write_is_never_made_twice_and_only_shadow_reads_are(mode: Mode, user: object, kind: Kind) -> None:
    asked = side(mode, user, kind)

    assert (asked is Side.BOTH) == (isinstance(mode, Shadow) and kind is Kind.READ)
    assert asked is not Side.TENANT or isinstance(mode, TenantShare | Tenant)


@given(percents)
def test_nobody_in_particular_stays_with_the_legacy_side_until_everybody_moves(percent: Decimal) -> None:
    assert side(TenantShare(percent), None, Kind.READ) is Side.LEGACY
    assert side(Tenant(), None, Kind.READ) is Side.TENANT


@pytest.mark.parametrize("status", [200, 307, 401, 403, 404, 409, 422, 499])
def test_a_no_is_an_answer(status: int) -> None:
    assert outcome_of(Answer(status)) == Declined(status, Answer(status))


@pytest.mark.parametrize("error", [Answer(500), Answer(503), ValueError("x"), Wrong(), TimeoutError()])
def test_everything_else_is_a_mistake(error: Exception) -> None:
    assert isinstance(outcome_of(error), Failed)


def test_somebody_who_was_removed_cannot_make_an_endpoint_fall_back() -> None:
    assert outcome_of(NotAMember()) == Declined(403, NotAMember())


@given(endpoints, st.sampled_from(Kind), st.sampled_from([NotAMember(), Wrong(), Answer(404), Answer(401)]))
def test_the_side_without_tenants_never_answers_after_a_no(known: Endpoint, kind: Kind, error: Exception) -> None:
    """It might say yes."""
    assert not may_rescue(known, kind, outcome_of(error))


@given(endpoints)
def test_only_a_read_that_failed_is_answered_by_the_legacy_side(known: Endpoint) -> None:
    failed: Outcome[int] = Failed(ValueError("x"))

    assert may_rescue(known, Kind.READ, failed) == known.falls_back
    assert not may_rescue(known, Kind.WRITE, failed)
    assert not may_rescue(known, Kind.READ, Answered(1))


answers = st.integers(0, 2).map(Answered) | st.sampled_from([404, 403]).map(lambda s: Declined(s, Answer(s)))


@given(answers, answers, answers)
def test_a_difference_is_one_only_when_the_data_stood_still(
    first: Outcome[int], shadow: Outcome[int], again: Outcome[int]
) -> None:
    came_to = settle(first, shadow, again, lambda a: a)

    assert (came_to is Comparison.SAME) == (shadow == again)
    assert (came_to is Comparison.DIFFERENT) == (first == again != shadow)


@given(endpoints)
def test_an_endpoint_goes_back_when_and_only_when_a_bound_is_passed(known: Endpoint) -> None:
    s, b = known.seen, known.bounds
    may = known.falls_back and not isinstance(known.mode, Legacy)
    fails = s.tenant_runs >= b.observed_min and s.tenant_errors > s.tenant_runs * b.error_share_max
    differs = s.compared >= b.observed_min and s.differed > s.compared * b.difference_share_max

    reason = why_back(known)

    assert (reason is not None) == (may and (fails or differs))
    assert reason is None or ("failed" in reason if fails else "differed" in reason)


@given(endpoints, st.integers(0, 10_000))
def test_more_errors_never_keep_an_endpoint(known: Endpoint, more: int) -> None:
    worse = replace(known, seen=replace(known.seen, tenant_errors=known.seen.tenant_errors + more))

    assert why_back(known) is None or why_back(worse) is not None


def test_the_reason_says_how_many_of_how_many() -> None:
    known = Endpoint("GET /x", Tenant(), Bounds(0.01, 0.001, 50), True, 3, Seen(200, 7, 0, 0))

    assert why_back(known) == "7 of 200 answers of the tenant side failed within a minute, more than the bound of 1.00%"


@given(st.text(), st.none() | st.decimals(allow_nan=False, allow_infinity=False))
def test_a_mode_that_is_none_is_an_error(word: str, percent: Decimal | None) -> None:
    wants = word == "tenant_share"
    if word in MODES and wants == (percent is not None) and (percent is None or 0 <= percent <= 100):
        mode_of(word, percent)
    else:
        with pytest.raises(InvalidEndpoint):
            mode_of(word, percent)


@pytest.mark.parametrize("name", ["", "x" * 201, "a\0b"])
def test_a_name_that_the_database_would_not_take_is_an_error(name: str) -> None:
    with pytest.raises(InvalidEndpoint):
        check_name(name)
