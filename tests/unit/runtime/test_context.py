"""A context is checked once, cannot be changed afterwards, and says the tenant in one voice."""

from __future__ import annotations

import dataclasses
import json
import uuid
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.runtime import InvalidContext, TenantContext
from ringfence.runtime.context import CLAIMS_BYTES_MAX, parse_uuid

ORGANIZATION, USER = uuid.UUID(int=1), uuid.UUID(int=2)
RESERVED = ("sub", "role", "org_id", "app_metadata")

plain = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | plain,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(plain, inner, max_size=3),
    max_leaves=8,
)
keys = st.uuids() | st.integers(-(2**63), 2**63 - 1) | st.from_regex(r"[a-z0-9_]{1,20}", fullmatch=True)


@given(keys, keys, st.dictionaries(plain.filter(lambda name: name not in RESERVED), values, max_size=4))
def test_the_claims_say_user_role_and_tenant_and_whatever_else_the_token_said(
    organization: Any, user: Any, claims: dict[str, object]
) -> None:
    said = json.loads(TenantContext(organization, user, "authenticated", claims).claims_json())

    assert said == claims | {
        "sub": str(user),
        "role": "authenticated",
        "org_id": str(organization),
        "app_metadata": {"org_id": str(organization)},
    }


@given(st.dictionaries(plain, values, max_size=4))
def test_the_claims_are_ascii_so_that_their_seal_is_the_same_in_every_encoding(claims: dict[str, object]) -> None:
    claims = {name: value for name, value in claims.items() if name not in RESERVED}

    assert TenantContext(ORGANIZATION, USER, claims=claims).claims_json().isascii()


def test_app_metadata_of_the_token_is_kept_beside_the_tenant() -> None:
    context = TenantContext(ORGANIZATION, USER, claims={"app_metadata": {"plan": "gold"}})

    assert json.loads(context.claims_json())["app_metadata"] == {"plan": "gold", "org_id": str(ORGANIZATION)}


def test_the_tenant_can_have_another_place() -> None:
    said = json.loads(TenantContext(ORGANIZATION, USER).claims_json(("tenant", "id")))

    assert said["tenant"] == {"id": str(ORGANIZATION)}
    assert "app_metadata" not in said


@pytest.mark.parametrize(
    "claims",
    [
        {"sub": "someone"},
        {"role": "service_role"},
        {"org_id": "other"},
        {"app_metadata": {"org_id": "other"}},
        {"a": "\0"},
        {"a": ["\ud800"]},
        {"a": {"\udfff": 1}},
        {"a": float("nan")},
        {"a": float("inf")},
        {"a": object()},
        {"a": b"bytes"},
        {"app_metadata": "text"},
        {"a": "x" * CLAIMS_BYTES_MAX},
    ],
)
def test_claims_that_contradict_or_cannot_be_read_are_refused(claims: dict[str, object]) -> None:
    with pytest.raises(InvalidContext):
        TenantContext(ORGANIZATION, USER, claims=claims)


def test_claims_that_contain_themselves_are_refused() -> None:
    claims: dict[str, object] = {}
    claims["self"] = claims

    with pytest.raises(InvalidContext):
        TenantContext(ORGANIZATION, USER, claims=claims)


@pytest.mark.parametrize(
    "key", [None, "", True, 1.5, b"x", "a b", "a/b", "x'--", "x" * 129, "é", "a\n", str(uuid.UUID(int=10)).upper()]
)
def test_what_is_no_key_names_nobody(key: Any) -> None:
    with pytest.raises(InvalidContext):
        TenantContext(key, USER)
    with pytest.raises(InvalidContext):
        TenantContext(ORGANIZATION, key)


@pytest.mark.parametrize("user", ["auth0|64b1f9", "google-oauth2|1157", "user_2abc", "ann@example.com"])
def test_whoever_a_verified_token_names_can_have_a_context(user: str) -> None:
    """Subjects as identity providers write them; what the verifier takes, the context takes too."""
    assert TenantContext(7, user).user == user
    assert f'"sub":"{user}"' in TenantContext(7, user).claims_json()


@pytest.mark.parametrize("role", ["", "none", "a\0b", None, 7])
def test_what_is_no_role_is_refused(role: Any) -> None:
    with pytest.raises(InvalidContext):
        TenantContext(ORGANIZATION, USER, role)


def test_a_context_cannot_be_changed() -> None:
    claims: dict[str, object] = {"app_metadata": {"plan": "gold"}}
    context = TenantContext(ORGANIZATION, USER, claims=claims)
    before = context.claims_json()
    claims["email"] = "someone@example.org"

    with pytest.raises(dataclasses.FrozenInstanceError):
        context.organization = uuid.UUID(int=3)  # type: ignore[misc]
    with pytest.raises(TypeError):
        context.claims["email"] = "x"  # type: ignore[index]
    assert context.claims_json() == before


def test_what_a_token_says_is_not_printed_with_the_context() -> None:
    context = TenantContext(ORGANIZATION, USER, claims={"email": "someone@example.org"})

    assert "someone@example.org" not in repr(context)


@given(st.uuids())
def test_a_uuid_is_read_in_its_canonical_form(key: uuid.UUID) -> None:
    assert parse_uuid(str(key)) == key


@given(st.uuids())
def test_a_uuid_in_any_other_form_is_refused(key: uuid.UUID) -> None:
    canonical = str(key)
    for other in (key.hex, f"{{{canonical}}}", f"urn:uuid:{canonical}", f" {canonical}", canonical + "\n"):
        with pytest.raises(InvalidContext):
            parse_uuid(other)
    if canonical.upper() != canonical:
        with pytest.raises(InvalidContext):
            parse_uuid(canonical.upper())
