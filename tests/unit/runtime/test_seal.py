"""Seals are HMAC-SHA256, expire, and their key shows itself nowhere."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.runtime import InvalidKey, SealKey
from ringfence.runtime.seal import SEAL_SECONDS, SEAL_SECONDS_MAX

secrets = st.binary(min_size=32, max_size=200)


@given(secrets, st.binary(max_size=300))
def test_two_hashes_over_the_pads_are_an_hmac(secret: bytes, message: bytes) -> None:
    inner, outer = SealKey(1, secret).pads()

    found = hashlib.sha256(outer + hashlib.sha256(inner + message).digest()).digest()

    assert found == hmac.digest(secret, message, "sha256")


@given(secrets, st.integers(1, 32767))
def test_a_key_is_read_as_it_was_written(secret: bytes, number: int) -> None:
    key = SealKey(number, secret)

    assert SealKey.from_text(key.to_text()) == key


@given(secrets, st.text(max_size=50), st.floats(1e9, 4e9))
def test_a_seal_is_over_key_expiry_and_claims(secret: bytes, claims: str, now_s: float) -> None:
    claims = claims.encode(errors="replace").decode()
    version, number, expiry, mac = SealKey(9, secret).seal(claims, now_s).split(".")

    message = f"ringfence 1|9|{expiry}|{claims}".encode()
    assert (version, number, mac) == ("1", "9", hmac.digest(secret, message, "sha256").hex())
    assert now_s + SEAL_SECONDS - 1 < int(expiry) <= now_s + SEAL_SECONDS


def test_a_seal_lasts_half_of_what_is_allowed_so_that_clocks_may_differ_either_way() -> None:
    assert SEAL_SECONDS_MAX <= 30
    assert SEAL_SECONDS * 2 <= SEAL_SECONDS_MAX


@pytest.mark.parametrize("number", [0, -1, 32768])
def test_a_key_has_an_id_that_fits_a_smallint(number: int) -> None:
    with pytest.raises(InvalidKey):
        SealKey(number, b"x" * 32)


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(InvalidKey):
        SealKey(1, b"x" * 31)


@pytest.mark.parametrize("text", ["", "1", "1:", "x:AAAA", "1:not base64!", ":" + "A" * 44])
def test_a_key_that_cannot_be_read_is_not_repeated(text: str) -> None:
    with pytest.raises(InvalidKey) as refused:
        SealKey.from_text(text)

    assert "not base64" not in str(refused.value)
    assert "A" * 44 not in str(refused.value)


def test_a_key_is_not_printed() -> None:
    key = SealKey.generate(3)

    assert key.secret.hex() not in repr(key)
    assert repr(key.secret) not in repr(key)


def test_no_two_generated_keys_are_alike() -> None:
    assert SealKey.generate(1) != SealKey.generate(1)
