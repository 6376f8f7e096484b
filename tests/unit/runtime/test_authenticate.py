"""One token from the headers, or none; and a stream's end."""

from __future__ import annotations

import asyncio
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.runtime import ContextForged, NotAMember, TenantContext
from ringfence.runtime.integrations.authenticate import (
    TOKEN_CHARS_MAX,
    Admission,
    BearerAuthenticator,
    Headers,
    admit,
    bearer_token,
    body_of,
    brings_token,
    ends_at,
    refusal_of,
)
from ringfence.runtime.refused import CannotJudge, MembershipRefused, TokenRefused
from ringfence.runtime.verified import VerifiedToken
from support.callers import CONTEXT, Known

tokens = st.from_regex(r"[A-Za-z0-9._~+/-]{1,40}={0,2}", fullmatch=True)


@given(tokens, st.sampled_from(["Bearer", "bearer", "BEARER"]), st.integers(1, 3))
def test_a_token_is_what_stands_behind_bearer(token: str, scheme: str, spaces: int) -> None:
    assert bearer_token([("accept", "*/*"), ("authorization", f"{scheme}{' ' * spaces}{token}")]) == token


@given(st.lists(st.tuples(st.sampled_from(["authorization", "cookie", "x"]), st.text()), max_size=4))
def test_whatever_the_headers_are_there_is_a_token_or_a_refusal(headers: Headers) -> None:
    brought = [value for name, value in headers if name == "authorization"]

    assert brings_token(headers) == bool(brought)
    if len(brought) == 1 and re.fullmatch(r"(?i:bearer) +[A-Za-z0-9._~+/-]+=* *", brought[0]):
        assert bearer_token(headers) == brought[0].split()[1]
    else:
        with pytest.raises(TokenRefused) as refused:
            bearer_token(headers)
        assert refused.value.reason == ("absent", "malformed", "repeated")[min(len(brought), 2)]


@pytest.mark.parametrize(
    "value", ["", "Bearer", "Bearer ", "Basic dTpw", "Bearer a b", "Bearer a,b", "Bearer a\n", "Bearerx", "Bearer é"]
)
def test_what_is_no_bearer_token_is_refused(value: str) -> None:
    with pytest.raises(TokenRefused):
        bearer_token([("authorization", value)])


def test_of_two_tokens_none_counts() -> None:
    """One layer would take the first and another the last: whoever sends both speaks for two users."""
    with pytest.raises(TokenRefused):
        bearer_token([("authorization", "Bearer mine"), ("authorization", "Bearer yours")])


def test_a_token_has_a_size() -> None:
    with pytest.raises(TokenRefused):
        bearer_token([("authorization", "Bearer " + "a" * (TOKEN_CHARS_MAX + 1))])


expiries = st.none() | st.integers(-10, 10**12) | st.floats(allow_nan=False, allow_infinity=False) | st.booleans()


@given(expiries | st.text("0123456789.x", max_size=3), st.integers(0, 10**10), st.integers(1, 10**6))
def test_a_stream_ends_with_its_token_and_in_any_case(expires: object, now: int, stream_s_max: int) -> None:
    caller = Known({"good": TenantContext(1, 1, claims={} if expires is None else {"exp": expires})})

    at = ends_at(asyncio.run(admit(caller, [("authorization", "Bearer good")])), now, stream_s_max)

    said = isinstance(expires, int | float) and not isinstance(expires, bool)
    assert at == min(now + stream_s_max, expires if said else now + stream_s_max)  # type: ignore[type-var]
    assert ends_at(None, now, stream_s_max) == now + stream_s_max


def test_only_what_is_about_the_caller_is_an_answer_to_the_caller() -> None:
    refused = MembershipRefused("suspended")

    assert refusal_of(refused) is refused
    assert isinstance(refusal_of(NotAMember()), MembershipRefused)
    assert refusal_of(ContextForged()) is None
    assert refusal_of(ValueError()) is None


def test_answers_tell_nothing_of_what_failed() -> None:
    for kind in (TokenRefused, MembershipRefused, CannotJudge):
        one, other = (body_of(kind(reason)) for reason in ("signature", "expired"))

        assert one == other
        assert set(one) == {"error", "message"}
        assert kind("signature").headers == kind("expired").headers


class Verifier:
    """Knows one token."""

    async def verify(self, token: str | bytes) -> VerifiedToken:
        if token != "good":
            raise TokenRefused("signature")
        return VerifiedToken("a", "authenticated", expires_at=1000)


class Sessions:
    """Knows one tenant."""

    def __init__(self, context: TenantContext) -> None:
        self._context = context

    async def context_for(self, token: VerifiedToken) -> TenantContext:
        assert token.user == "a"
        return self._context


class Announcing(Sessions):
    """And has something to say."""

    def headers_for(self, token: VerifiedToken) -> dict[str, str]:
        return {"Sunset": f"of {token.user}"}


@pytest.mark.parametrize(("sessions", "said"), [(Sessions(CONTEXT), {}), (Announcing(CONTEXT), {"Sunset": "of a"})])
def test_a_token_says_when_streams_end_and_what_the_answer_carries(sessions: Sessions, said: dict[str, str]) -> None:
    authenticator = BearerAuthenticator(Verifier(), sessions)
    headers = [("authorization", "Bearer good")]

    assert asyncio.run(admit(authenticator, headers)) == Admission(CONTEXT, 1000, said)
    assert asyncio.run(authenticator.authenticate(headers)) == CONTEXT
    with pytest.raises(TokenRefused):
        asyncio.run(authenticator.authenticate([("authorization", "Bearer x")]))
