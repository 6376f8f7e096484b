"""The verifier: every vector ends as the published table says, and what was verified once is not believed for ever."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.runtime.claims import (
    CannotJudge,
    FixedKeys,
    InvalidProfile,
    LegacyProfile,
    TokenProfile,
    TokenRefused,
    VerifiedToken,
    Verifier,
)
from ringfence.runtime.context import TenantContext
from ringfence.runtime.judge import judge
from ringfence.runtime.keyform import FORMS
from ringfence.runtime.keys import KeySet, parse_key_set
from ringfence.runtime.refused import MembershipRefused
from ringfence.runtime.tokencache import KEEP_S_MAX, TokenCache
from support import token_vectors as v

KEYS = parse_key_set(v.JWKS)


class Clock:
    def __init__(self) -> None:
        self.now_s: float = v.NOW

    def __call__(self) -> float:
        return self.now_s


class Changing(FixedKeys):
    """A key set that the test replaces."""

    def change(self, keys: KeySet) -> None:
        self._keys = keys


def verifier(profile: str = "plain", **options: Any) -> Verifier:
    return Verifier(
        v.PROFILES[profile], options.pop("keys", FixedKeys(KEYS)), clock=options.pop("clock", Clock()), **options
    )


def said(verify: Verifier, token: str | bytes) -> VerifiedToken:
    return asyncio.run(verify.verify(token))


def reason(verify: Verifier, token: str | bytes) -> str:
    with pytest.raises(TokenRefused) as caught:
        said(verify, token)
    return caught.value.reason


@pytest.mark.parametrize("vector", v.VECTORS, ids=lambda vector: vector.id)
@pytest.mark.parametrize("form", ["text", "bytes"])
def test_every_vector_ends_as_the_table_says(vector: v.Vector, form: str) -> None:
    verify = verifier(vector.profile)
    token = vector.token if form == "text" else vector.token.encode()

    for _ in range(2):  # the second time from the cache, if it is there
        if vector.reason is not None:
            assert reason(verify, token) == vector.reason
        else:
            assert said(verify, token).organization == vector.organization


def test_all_refusals_look_the_same_from_outside() -> None:
    seen = set()
    for vector in v.VECTORS:
        if vector.reason not in (None, "absent"):
            with pytest.raises(TokenRefused) as caught:
                said(verifier(vector.profile), vector.token)
            error = caught.value
            seen.add((str(error), tuple(error.to_json().items()), tuple(error.headers.items()), error.status))
            assert error.__cause__ is None
    assert len(seen) == 1


def test_the_answers_have_their_status_and_headers() -> None:
    assert TokenRefused("absent").headers == {"WWW-Authenticate": "Bearer"}
    assert TokenRefused("signature").headers == {"WWW-Authenticate": 'Bearer error="invalid_token"'}
    assert CannotJudge("keys", retry_after_s=2.1).headers == {"Retry-After": "3"}
    assert CannotJudge("keys", retry_after_s=0).headers == {"Retry-After": "1"}
    assert [e.status for e in (TokenRefused("x"), MembershipRefused("x"), CannotJudge("x"))] == [401, 403, 503]


def test_a_good_token_says_what_it_says() -> None:
    found = said(verifier(), v.token())

    assert found == VerifiedToken(
        user=v.USER,
        role="authenticated",
        session=v.SESSION,
        organization=v.ORG_A,
        org_role="member",
        token_version=2,
        membership_epoch=7,
        legacy=False,
        issued_at=v.NOW - 60,
        expires_at=v.NOW + 3540,
        claims=found.claims,
    )
    assert json.loads(json.dumps(found.claims)) == v.claims()


def test_a_token_of_before_is_legacy_and_has_no_tenant() -> None:
    found = said(verifier("window"), v.token(v.old(), alg="HS256"))

    assert (found.legacy, found.organization, found.user) == (True, None, v.USER)


def test_the_legacy_signature_and_the_missing_tenant_are_two_things() -> None:
    with_tenant = said(verifier("window"), v.token(alg="HS256"))
    without = said(verifier(), v.token(v.old()))

    assert (with_tenant.legacy, with_tenant.organization) == (True, v.ORG_A)
    assert (without.legacy, without.organization) == (False, None)


def test_the_algorithm_is_called_by_its_newer_name_too() -> None:
    assert said(verifier(), v.token(header={"alg": "Ed25519"}, alg="EdDSA")).user == v.USER


def test_a_cached_token_with_another_signature_is_refused() -> None:
    verify = verifier()
    good = v.token()
    said(verify, good)
    signed, _, made = good.rpartition(".")

    forged = f"{signed}.{'A' if made[0] != 'A' else 'B'}{made[1:]}"

    assert reason(verify, forged) == "signature"
    assert said(verify, good).user == v.USER


def test_a_bent_signature_does_not_push_the_honest_one_out() -> None:
    cache = TokenCache()
    verify = verifier(cache=cache)
    honest = said(verify, v.token())
    bent = next(vector for vector in v.VECTORS if vector.id == "T90").token

    assert said(verify, bent) == honest
    assert len(cache) == 1
    assert said(verify, v.token()) is honest


def test_a_cached_token_is_refused_once_its_key_is_gone() -> None:
    keys = Changing(KEYS)
    verify = verifier(keys=keys)
    said(verify, v.token())

    keys.change(parse_key_set(json.dumps({"keys": json.loads(v.JWKS)["keys"][1:]}).encode()))

    assert reason(verify, v.token()) == "key"


def test_a_cached_token_ends_when_it_ends() -> None:
    clock = Clock()
    verify = verifier(clock=clock)
    token = v.token(v.claims(exp=v.NOW + 10))
    said(verify, token)

    clock.now_s = v.NOW + 39.9
    said(verify, token)
    clock.now_s = v.NOW + 40

    assert reason(verify, token) == "expired"


def test_a_cached_legacy_token_ends_with_the_window() -> None:
    clock = Clock()
    verify = verifier("bare window", clock=clock)
    token = v.token(v.old(), alg="HS256")
    said(verify, token)

    clock.now_s = v.NOW + 60

    assert reason(verify, token) == "legacy"


def test_the_cache_keeps_organizations_apart() -> None:
    verify = verifier()
    tokens = {
        organization: v.token(v.claims(org_id=organization, app_metadata={"org_id": organization}))
        for organization in (v.ORG_A, v.ORG_B)
    }

    for _ in range(2):
        for organization, token in tokens.items():
            assert said(verify, token).organization == organization


def test_the_cache_is_bounded_and_forgets() -> None:
    clock, cache = Clock(), TokenCache(entries_max=3)
    verify = verifier(clock=clock, cache=cache)
    for version in range(10):
        said(verify, v.token(v.claims(tv=version)))
    assert len(cache) == 3

    found = said(verify, v.token(v.claims(tv=9)))
    assert said(verify, v.token(v.claims(tv=9))) is found
    clock.now_s += KEEP_S_MAX
    assert said(verify, v.token(v.claims(tv=9))) is not found

    cache.clear()
    assert len(cache) == 0


def test_a_cache_of_nothing_keeps_nothing() -> None:
    cache = TokenCache(0)
    said(verifier(cache=cache), v.token())
    assert len(cache) == 0


class Unreachable:
    """An issuer that has not been reached yet."""

    def known(self) -> KeySet | None:
        return None

    async def ask(self, kid: str | None) -> KeySet:
        raise CannotJudge("keys")


def test_without_keys_nobody_is_logged_out() -> None:
    with pytest.raises(CannotJudge):
        said(verifier(keys=Unreachable()), v.token())


def test_without_keys_the_old_tokens_work_and_nonsense_is_refused() -> None:
    verify = verifier("window", keys=Unreachable())

    assert said(verify, v.token(v.old(), alg="HS256")).legacy
    assert reason(verify, v.token(alg="none", signature=b"x")) == "algorithm"
    assert reason(verify, "nonsense") == "malformed"


@settings(max_examples=300)
@given(st.text(max_size=40) | st.binary(max_size=60))
def test_any_text_is_refused_and_nothing_worse(token: str | bytes) -> None:
    with pytest.raises(TokenRefused):
        said(verifier("window"), token)


@settings(max_examples=300)
@given(st.integers(0, len(v.token()) - 1), st.sampled_from("AZaz09-_.=+/ \n\0\u00e9"))
def test_a_token_with_one_character_changed_is_refused(place: int, character: str) -> None:
    good = v.token()
    changed = good[:place] + character + good[place + 1 :]
    if changed == good:
        return
    with pytest.raises(TokenRefused):
        said(verifier("window"), changed)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=4,
)


@settings(max_examples=300)
@given(st.dictionaries(st.sampled_from([*v.claims(), "nbf", "act", "org_role", "client_id"]), json_values, max_size=3))
def test_signed_claims_of_any_shape_are_believed_or_refused(changes: Mapping[str, Any]) -> None:
    """No shape of a claim is an error of ours: a signed token with it would be a 500 for whoever sends it."""
    try:
        found = said(verifier(), v.token(v.claims(**changes)))
    except TokenRefused:
        return
    assert found.role == "authenticated"
    assert found.organization in (None, v.ORG_A)


@given(st.integers(-200_000, 200_000), st.integers(1, 100_000), st.integers(0, 120))
def test_a_token_is_believed_within_its_times_and_the_skew(issued: int, life: int, skew: int) -> None:
    profile = replace(v.PROFILES["plain"], skew_s=skew)
    payload = v.claims(iat=v.NOW + issued, exp=v.NOW + issued + life)
    verify = Verifier(profile, FixedKeys(KEYS), clock=lambda: v.NOW)
    good = issued <= skew and issued + life > -skew and life <= profile.lifetime_s_max

    if good:
        assert said(verify, v.token(payload)).expires_at == v.NOW + issued + life
    else:
        assert reason(verify, v.token(payload)) in ("expired", "times")


@given(st.integers(-60 * 86400, 0), st.integers(1, 90 * 86400), st.integers(-40 * 86400, 0))
def test_after_the_rotation_a_legacy_token_is_over_when_the_last_honest_one_is(
    age: int, life: int, rotated: int
) -> None:
    legacy = LegacyProfile(v.SECRET, v.ISSUER, v.AUDIENCE, lifetime_days=30, rotated_at=v.NOW + rotated)
    profile = replace(v.PROFILES["plain"], legacy=legacy)
    payload = v.old(iat=v.NOW + age, exp=v.NOW + age + life)
    try:
        said(Verifier(profile, FixedKeys(KEYS), clock=lambda: v.NOW), v.token(payload, alg="HS256"))
    except TokenRefused:
        return
    assert age <= rotated + profile.skew_s
    assert life <= legacy.lifetime_s
    assert v.NOW + rotated + legacy.lifetime_s + profile.skew_s > v.NOW


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: TokenProfile("", v.AUDIENCE),
        lambda: TokenProfile(v.ISSUER, ""),
        lambda: TokenProfile(v.ISSUER, v.AUDIENCE, algorithms=("HS256",)),
        lambda: TokenProfile(v.ISSUER, v.AUDIENCE, algorithms=()),
        lambda: TokenProfile(v.ISSUER, v.AUDIENCE, skew_s=3600),
        lambda: TokenProfile(v.ISSUER, v.AUDIENCE, skew_s=-1),
        lambda: TokenProfile(v.ISSUER, v.AUDIENCE, lifetime_s_max=0),
        lambda: TokenProfile(v.ISSUER, v.AUDIENCE, roles=frozenset({"service_role"})),
        lambda: TokenProfile(v.ISSUER, v.AUDIENCE, tenant_claim=("user_metadata", "org_id")),
        lambda: TokenProfile(v.ISSUER, v.AUDIENCE, tenant_claim=("client_id",)),
        lambda: LegacyProfile(b"short", None, None, lifetime_days=1),
        lambda: LegacyProfile(bytes(40), None, None, lifetime_days=1),
        lambda: LegacyProfile(v.SECRET, None, None, lifetime_days=0),
        lambda: LegacyProfile(v.SECRET, None, None, lifetime_days=1, lacks=frozenset({"sub"})),
        lambda: LegacyProfile(v.SECRET, None, None, lifetime_days=1, lacks=frozenset({"iat", "exp"})),
    ],
)
def test_a_profile_that_believes_too_much_is_refused(wrong: Any) -> None:
    with pytest.raises(InvalidProfile):
        wrong()


def test_the_secret_shows_itself_nowhere() -> None:
    profile = v.PROFILES["window"]

    assert "old shared secret" not in repr(profile)
    assert "old shared secret" not in repr(profile.legacy)


# --- organizations whose key is no UUID ------------------------------------------------------------------------------

LARGEST = {"smallint": 2**15 - 1, "integer": 2**31 - 1, "bigint": 2**63 - 1}
numbers_and_their_like = (
    st.integers(-(2**70), 2**70).map(str)
    | st.integers(0, 2**70).map(lambda n: f"0{n}")
    | st.sampled_from([str(largest + step) for largest in LARGEST.values() for step in (-1, 0, 1)])
    | st.from_regex(r"[-+ 0]?[0-9\u0660-\u0669]{1,20}[\n .eL_0]?", fullmatch=True)
    | st.text(max_size=30)
)


def organization_of(organization_type: str, said_organization: object) -> str | None:
    """What the judge makes of an organization that both places name; None: refused."""
    profile = replace(v.PROFILES["plain"], organization_type=organization_type)
    both = v.claims(org_id=said_organization, app_metadata={"org_id": said_organization})
    try:
        return judge(both, profile, v.NOW).token.organization
    except TokenRefused as error:
        if error.reason != "organization":
            raise
        return None


@pytest.mark.parametrize("organization_type", LARGEST)
@given(text=numbers_and_their_like)
def test_of_all_spellings_of_a_number_one_is_believed(organization_type: str, text: str) -> None:
    found = organization_of(organization_type, text)

    try:
        number = int(text)
    except ValueError:
        assert found is None
        return
    canonical = text == str(number) and 0 <= number <= LARGEST[organization_type]
    assert found == (text if canonical else None)


@pytest.mark.parametrize("organization_type", FORMS)
@given(
    value=st.none()
    | st.booleans()
    | st.integers(-(2**64), 2**64)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.lists(st.just("42"), max_size=2).map(tuple)
    | st.dictionaries(st.just("id"), st.just("42"), max_size=1)
)
def test_what_is_no_text_is_no_organization_of_any_type(organization_type: str, value: object) -> None:
    assert organization_of(organization_type, value) is None


@pytest.mark.parametrize("organization_type", FORMS)
@given(text=st.text(max_size=140) | st.from_regex(r"[A-Za-z0-9_.:@|/-]{1,130}", fullmatch=True) | st.uuids().map(str))
def test_an_organization_that_is_believed_can_be_a_context_and_means_one_key(organization_type: str, text: str) -> None:
    """So nothing that the verifier lets in fails later, or reaches another key by another spelling."""
    found = organization_of(organization_type, text)

    if found is not None:
        assert str(TenantContext(found, v.USER).organization) == text
        assert organization_of(organization_type, text.upper()) in (None, text.upper())
        if organization_type == "uuid":
            assert str(uuid.UUID(text)) == text


def test_a_profile_of_another_type_is_none() -> None:
    for wrong in ("numeric", "", "UUID", "character varying"):
        with pytest.raises(InvalidProfile) as refused:
            replace(v.PROFILES["plain"], organization_type=wrong)
        assert "bigint" in str(refused.value.message)
