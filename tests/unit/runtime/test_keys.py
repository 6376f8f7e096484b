"""Key sets: one key for one name, bound to one algorithm, and nothing that everybody could compute."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.runtime.keys import (
    EMPTY,
    KEYS_MAX,
    InvalidKeySet,
    Unusable,
    VerifyingKey,
    _powers,
    _refuse_weak,
    parse_key_set,
    read_key,
)
from support import token_vectors as v

GOOD = json.loads(v.JWKS)["keys"]
ES, RS, ED = GOOD


def document(*keys: Any) -> bytes:
    return json.dumps({"keys": keys}).encode()


def test_each_key_is_found_by_its_algorithm_and_its_name() -> None:
    keys = parse_key_set(v.JWKS)

    assert {(alg, kid) for alg, kid in keys.by_alg_and_kid} == {
        ("ES256", "es-1"),
        ("RS256", "rs-1"),
        ("EdDSA", "ed-1"),
        ("Ed25519", "ed-1"),
    }
    assert keys.find("RS256", "es-1") is None
    assert keys.find("ES256", None) is None
    assert keys.skipped == ()


def test_a_set_without_keys_is_a_set() -> None:
    """A Supabase project that has not rotated yet publishes exactly this."""
    assert parse_key_set(b'{"keys":[]}') == EMPTY


@given(st.permutations(GOOD))
def test_the_fingerprint_knows_no_order(keys: list[Any]) -> None:
    assert parse_key_set(document(*keys)).fingerprint == parse_key_set(v.JWKS).fingerprint


def test_the_fingerprint_knows_names_and_keys() -> None:
    sets = [GOOD, GOOD[1:], [*GOOD[:2]], [{**ES, "kid": "es-2"}, RS, ED], [v.ec_jwk(v.ATTACKER, "es-1"), RS, ED]]

    assert len({parse_key_set(document(*keys)).fingerprint for keys in sets}) == len(sets)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"use": "enc"}, "use"),
        ({"key_ops": ["sign"]}, "operations"),
        ({"alg": "ES384"}, "algorithm"),
        ({"alg": 1}, "algorithm"),
        ({"kid": None}, "key id"),
        ({"kid": ""}, "key id"),
        ({"kid": "k" * 300}, "key id"),
        ({"crv": "P-384"}, "kind"),
        ({"crv": "secp256k1"}, "kind"),
        ({"kty": "oct"}, "kind"),
        ({"kty": ["EC"]}, "type"),
        ({"x": v.text(bytes(32))}, "not a key"),
        ({"x": ES["x"] + "="}, "base64url"),
        ({"x": 1}, "text"),
        ({"x": ES["y"]}, "not a key"),
    ],
)
def test_a_key_of_no_use_is_left_out_and_the_others_stay(changes: dict[str, Any], why: str) -> None:
    found = parse_key_set(document({**ES, **changes}, RS))

    assert [kid for _, kid in found.by_alg_and_kid] == ["rs-1"]
    assert len(found.skipped) == 1
    assert why in found.skipped[0]


def test_a_key_that_is_left_out_still_owns_its_name() -> None:
    """Or a legacy token could come under the name of a key of the key set."""
    assert "es-1" in parse_key_set(document({**ES, "use": "enc"})).kids


@pytest.mark.parametrize("member", ["d", "k", "p"])
def test_a_private_key_in_the_set_is_refused(member: str) -> None:
    with pytest.raises(InvalidKeySet) as caught:
        parse_key_set(document({**ES, member: "c2VjcmV0"}))
    assert "c2VjcmV0" not in str(caught.value)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"{}",
        b'{"keys":{}}',
        b'{"keys":[1]}',
        b'{"keys":[],"keys":[]}',
        document(ES, ES),
        document(ES, v.ec_jwk(v.ATTACKER, "es-1")),
        document(*[{**ES, "kid": str(n)} for n in range(KEYS_MAX + 1)]),
        b'{"keys":[]' + b" " * 70_000 + b"}",
    ],
    ids=range(10),
)
def test_a_document_that_is_no_key_set_is_refused_whole(raw: bytes) -> None:
    with pytest.raises(InvalidKeySet):
        parse_key_set(raw)


@given(
    st.dictionaries(
        st.sampled_from([*ES, *RS, "key_ops"]),
        st.none() | st.integers() | st.text(max_size=5) | st.lists(st.text(max_size=3), max_size=2),
        max_size=3,
    )
)
def test_any_entry_is_a_key_or_unusable(changes: dict[str, Any]) -> None:
    for base in GOOD:
        entry = {
            name: tuple(value) if isinstance(value, list) else value for name, value in {**base, **changes}.items()
        }
        try:
            read_key(entry)
        except Unusable:
            continue


def test_short_and_odd_rsa_keys_are_left_out() -> None:
    for bits in (1024, 2047, 8193, 16384):
        with pytest.raises(Unusable):
            _refuse_weak(2 ** (bits - 1) + 1, 65537)
    for exponent in (1, 3, 65536, 2**40 + 1):
        with pytest.raises(Unusable):
            _refuse_weak(2**2047 + 1, exponent)


def test_a_key_of_the_roca_kind_is_left_out() -> None:
    """A modulus as such chips make it: a power of 65537 modulo each of the primes (Nemec and others, CCS 2017)."""
    primes = (11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157)
    product = 1
    for prime in primes:
        product *= prime
    modulus = pow(65537, 12345, product) + product * (2**2047 // product + 1)
    assert modulus.bit_length() == 2048

    with pytest.raises(Unusable, match="15361"):
        _refuse_weak(modulus, 65537)


def test_honest_keys_are_not_taken_for_such() -> None:
    """Of random moduli one in some two hundred million looks like one."""
    dice = random.Random(7)
    for _ in range(2000):
        _refuse_weak(dice.getrandbits(2047) | 1 << 2047 | 1, 65537)


def test_powers_are_what_a_number_generates() -> None:
    assert _powers(11) == {1, 10}
    assert all(pow(65537, n, 157) in _powers(157) for n in range(200))


def test_a_public_key_is_no_shared_secret() -> None:
    with pytest.raises(InvalidKeySet):
        VerifyingKey.shared(v.pem(v.ES))
    with pytest.raises(InvalidKeySet):
        VerifyingKey.shared(b"")


def test_no_signature_of_any_shape_is_an_error() -> None:
    keys = parse_key_set(v.JWKS)
    for key in keys.by_alg_and_kid.values():
        for signature in (b"", b"\0", bytes(64), bytes(256), b"\xff" * 64, b"\xff" * 256, b"\xff" * 2000):
            assert not key.verifies(b"signed", signature)
