"""The rules of a rollout: which side answers whom, what counts as an error, and when an endpoint goes back. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from decimal import Decimal
from typing import TypeVar, assert_never

from ringfence.errors import RingfenceError
from ringfence.runtime.context import ContextRefused
from ringfence.runtime.rollout.model import (
    MODES,
    NAME_CHARS_MAX,
    Answered,
    Comparison,
    Declined,
    Endpoint,
    Failed,
    InvalidEndpoint,
    Kind,
    Legacy,
    Mode,
    Outcome,
    Setting,
    Shadow,
    Side,
    Tenant,
    TenantShare,
)

A = TypeVar("A")
BUCKETS = 10_000
OBSERVED_MAX = 1_000_000
FORBIDDEN = 403
SERVER_ERROR = 500


def bucket(user: object) -> int:
    """The user's place in the row of all users, 0 to 9,999; the same in every worker and at every endpoint.

    Of the user alone, so that somebody for whom the tenant side writes also reads there. SHA-256 and not `hash()`,
    which is salted anew in every process.
    """
    digest = hashlib.sha256(f"ringfence rollout {user}".encode()).digest()
    return int.from_bytes(digest[:8]) % BUCKETS


def in_share(percent: Decimal, user: object) -> bool:
    """Whether a user is among the first so many percent; who is stays so for every larger share."""
    return bucket(user) < percent * (BUCKETS // 100)


def side(mode: Mode, user: object, kind: Kind) -> Side:
    """Who is asked. Nobody in particular (None) has no place among the users and stays with the legacy side."""
    match mode:
        case Legacy():
            return Side.LEGACY
        case Shadow():
            return Side.BOTH if kind is Kind.READ else Side.LEGACY
        case TenantShare(percent):
            return Side.TENANT if user is not None and in_share(percent, user) else Side.LEGACY
        case Tenant():
            return Side.TENANT
        case _:
            assert_never(mode)


def outcome_of(error: BaseException) -> Declined | Failed:
    """Whether an error is an answer or a mistake.

    What carries an HTTP status below 500 (Starlette's HTTPException, most frameworks' and applications' own) was meant;
    so is the database's no to a user who is no member, or else anybody who was removed could make an endpoint fall
    back by asking again and again.
    """
    if isinstance(error, ContextRefused):
        return Declined(FORBIDDEN, error)
    status = getattr(error, "status_code", getattr(error, "status", None))
    if isinstance(status, int) and status < SERVER_ERROR:
        return Declined(status, error)
    return Failed(error)


def may_rescue(endpoint: Endpoint, kind: Kind, outcome: Outcome[A]) -> bool:
    """Whether the legacy side may answer after all.

    Only a mistake of a read: a no is final, since the legacy side knows no tenants and might say yes. A write may have
    been carried out, whatever its error says. Errors of Ringfence's own are about who is asking, so they are final too.
    """
    match outcome:
        case Failed(error):
            return kind is Kind.READ and endpoint.falls_back and not isinstance(error, RingfenceError)
        case Answered() | Declined():
            return False
        case _:
            assert_never(outcome)


def same(legacy: Outcome[A], tenant: Outcome[A], compared_as: Callable[[A], object]) -> bool:
    """Whether two outcomes would look the same to the user, as far as `compared_as` looks."""
    match legacy, tenant:
        case Answered(left), Answered(right):
            return bool(compared_as(left) == compared_as(right))
        case Declined(left_status), Declined(right_status):
            return left_status == right_status
        case _:
            return False


def settle(
    legacy: Outcome[A], tenant: Outcome[A], legacy_again: Outcome[A], compared_as: Callable[[A], object]
) -> Comparison:
    """Judge a tenant answer that was asked for between two legacy ones.

    A change of the data between the first two would be seen by the third, so a difference is one only when both
    legacy answers agree.
    """
    if same(legacy_again, tenant, compared_as):
        return Comparison.SAME
    return Comparison.DIFFERENT if same(legacy, legacy_again, compared_as) else Comparison.MOVED


def why_back(endpoint: Endpoint) -> str | None:
    """Why an endpoint must fall back, in words for its event; None while its bounds hold."""
    if isinstance(endpoint.mode, Legacy) or not endpoint.falls_back:
        return None
    bounds, seen = endpoint.bounds, endpoint.seen
    return _passed(
        "failed", seen.tenant_errors, seen.tenant_runs, bounds.error_share_max, bounds.observed_min
    ) or _passed("differed", seen.differed, seen.compared, bounds.difference_share_max, bounds.observed_min)


def _passed(what: str, bad: int, of: int, share_max: float, observed_min: int) -> str | None:
    if of < observed_min or bad <= of * share_max:
        return None
    return f"{bad} of {of} answers of the tenant side {what} within a minute, more than the bound of {share_max:.2%}"


def mode_of(word: str, percent: Decimal | None) -> Mode:
    """A mode from its word; raises InvalidEndpoint."""
    match word, percent:
        case "legacy", None:
            return Legacy()
        case "shadow", None:
            return Shadow()
        case "tenant_share", Decimal() if 0 <= percent <= 100:
            return TenantShare(percent)
        case "tenant", None:
            return Tenant()
        case _:
            share = "without a percentage" if percent is None else f"with {percent} percent"
            raise InvalidEndpoint(
                f"{word[:40]!r} {share} is no mode of an endpoint",
                hint="legacy, shadow, tenant, or tenant_share with 0 to 100 percent",
            )


def check_name(name: str) -> None:
    """Raise InvalidEndpoint for a name that the database would not take."""
    if not 0 < len(name) <= NAME_CHARS_MAX or "\0" in name:
        raise InvalidEndpoint(
            "this is no name of an endpoint",
            detail=f"found {name[:80]!r}",
            hint=f"1 to {NAME_CHARS_MAX} characters, such as 'GET /documents/{{id}}'; never a path with values in it",
        )


def check_setting(name: str, change: Setting) -> None:
    """Raise InvalidEndpoint for a change that the database would not take, or that changes nothing."""
    check_name(name)
    if change == Setting():
        raise InvalidEndpoint("nothing is to be changed", hint=f"name a mode ({', '.join(MODES)}) or a bound")
    if change.mode is not None or change.percent is not None:
        mode_of(change.mode or "(no mode)", change.percent)
    for share in (change.error_share_max, change.difference_share_max):
        if share is not None and not 0 <= share <= 1:
            raise InvalidEndpoint(f"{share} is no share", hint="0 to 1: 0.01 is one of a hundred")
    if change.observed_min is not None and not 0 < change.observed_min <= OBSERVED_MAX:
        raise InvalidEndpoint(f"{change.observed_min} answers are no bound", hint=f"1 to {OBSERVED_MAX}")
