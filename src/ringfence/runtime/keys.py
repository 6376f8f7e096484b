"""Keys that tokens are verified with, in a table by algorithm and key id: looked up, never tried in turn.

A key set is read once, strictly, and each key is bound to the one algorithm it is for. Trying keys until one fits is
how a public key became an HMAC secret (CVE-2015-9235) and how one issuer's token passed as another's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from ringfence.errors import RingfenceError
from ringfence.runtime import base64url
from ringfence.runtime.strictjson import Malformed, parse_object

DOCUMENT_BYTES_MAX = 64 * 1024
KEYS_MAX = 32
RSA_BITS_MIN, RSA_BITS_MAX = 2048, 8192
KID_CHARS_MAX = 256
PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})

_ALG_BY_KIND = {("EC", "P-256"): "ES256", ("RSA", None): "RS256", ("OKP", "Ed25519"): "EdDSA"}
_ALIASES = {"Ed25519": "EdDSA"}
"""RFC 9864 calls EdDSA with Ed25519 by the curve's name."""
# Discriminants of CVE-2017-15361 (ROCA): primes made by such a chip are powers of 65537 modulo each of these.
_ROCA_PRIMES = (11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157)


class InvalidKeySet(RingfenceError):
    """A document of public keys cannot be used."""

    code = "RF934"


class _Algorithm(Protocol):
    """What is used of joserfc's algorithms."""

    def verify(self, msg: bytes, sig: bytes, key: Any) -> bool: ...


@dataclass(frozen=True, slots=True)
class VerifyingKey:
    """A key bound to one algorithm."""

    alg: str
    kid: str | None
    thumbprint: str
    """RFC 7638: the same key has the same one, whatever it is called."""
    _algorithm: _Algorithm = field(repr=False, compare=False)
    _key: Any = field(repr=False, compare=False)

    def verifies(self, signed: bytes, signature: bytes) -> bool:
        """Whether this key has made the signature over these bytes."""
        try:
            return self._algorithm.verify(signed, signature, self._key)
        except (JoseError, ValueError, OverflowError):
            return False  # r or s beyond what DER or the curve can hold

    @classmethod
    def shared(cls, secret: bytes) -> VerifyingKey:
        """The old shared secret, for HS256 and nothing else; raises InvalidKeySet."""
        try:
            key = OctKey.import_key(secret)
        except (JoseError, ValueError):
            # joserfc refuses what begins like a public key: somebody put the wrong file there
            raise InvalidKeySet("the legacy secret is a key of another kind, or empty") from None
        return cls("HS256", None, hashlib.sha256(b"shared" + secret).hexdigest(), JWSRegistry.algorithms["HS256"], key)


@dataclass(frozen=True, slots=True)
class KeySet:
    """The keys of one issuer at one time."""

    by_alg_and_kid: Mapping[tuple[str, str], VerifyingKey] = field(repr=False)
    fingerprint: str
    """Over the keys and their names, in no order: what was believed under one key set is asked again under another."""
    kids: frozenset[str] = field(repr=False)
    """Every key id of the document, also of keys that are of no use to us."""
    skipped: tuple[str, ...] = ()
    """Why keys of the document are not used, for the operator."""

    def find(self, alg: str, kid: str | None) -> VerifyingKey | None:
        """The one key for this algorithm and key id."""
        return None if kid is None else self.by_alg_and_kid.get((alg, kid))


EMPTY = KeySet({}, hashlib.sha256().hexdigest(), frozenset())


def parse_key_set(document: bytes) -> KeySet:
    """The keys of a JWKS document (RFC 7517, 5); keys of other uses and unknown kinds are left out, as it says.

    Raises InvalidKeySet for a document that is none, has two keys for one (algorithm, kid), or shows a private key.
    """
    if len(document) > DOCUMENT_BYTES_MAX:
        raise InvalidKeySet(f"the key set has more than {DOCUMENT_BYTES_MAX} bytes")
    try:
        members = parse_object(document)
    except Malformed as error:
        raise InvalidKeySet("the key set is not strict JSON", detail=str(error)) from None
    entries = members.get("keys")
    if not isinstance(entries, tuple) or not all(isinstance(one, dict) for one in entries):
        raise InvalidKeySet("the key set has no list of keys")
    if len(entries) > KEYS_MAX:
        raise InvalidKeySet(f"the key set has more than {KEYS_MAX} keys")
    found: dict[tuple[str, str], VerifyingKey] = {}
    skipped = []
    for place, entry in enumerate(entries):
        if not PRIVATE_MEMBERS.isdisjoint(entry):
            raise InvalidKeySet(
                f"key {place + 1} of the key set is private or shared, and everybody can read it",
                hint="revoke it and publish its public half only",
            )
        try:
            key = read_key(entry)
        except Unusable as reason:
            skipped.append(f"key {place + 1}: {reason}")
            continue
        assert key.kid is not None
        for alg in (key.alg, *(alias for alias, name in _ALIASES.items() if name == key.alg)):
            if (alg, key.kid) in found:
                raise InvalidKeySet("two keys of the key set have the same algorithm and key id")
            found[alg, key.kid] = key
    kids = frozenset(entry["kid"] for entry in entries if isinstance(entry.get("kid"), str))
    lines = sorted(f"{key.thumbprint} {alg} {kid}\n" for (alg, kid), key in found.items())
    named = "".join(lines) + "".join(sorted(f"{kid}\n" for kid in kids))
    return KeySet(found, hashlib.sha256(named.encode()).hexdigest(), kids, tuple(skipped))


class Unusable(ValueError):
    """A key is none that tokens are verified with; the text says why and shows nothing of it."""


def read_key(entry: Mapping[str, Any]) -> VerifyingKey:
    """One public key, bound to its algorithm; raises Unusable."""
    kid = entry.get("kid")
    if not isinstance(kid, str) or not 0 < len(kid) <= KID_CHARS_MAX:
        raise Unusable("no key id")
    curve = entry.get("crv")
    kind = entry.get("kty")
    if not isinstance(kind, str) or not isinstance(curve, str | None):
        raise Unusable("no key type")
    alg = _ALG_BY_KIND.get((kind, None if kind == "RSA" else curve))
    if alg is None:
        raise Unusable("a kind that is not used")
    said = entry.get("alg", alg)
    if not isinstance(said, str) or _ALIASES.get(said, said) != alg:
        raise Unusable("another algorithm")
    if entry.get("use", "sig") != "sig":
        raise Unusable("another use")
    operations = entry.get("key_ops", ("verify",))
    if not isinstance(operations, tuple) or "verify" not in operations:
        raise Unusable("other operations")
    for name in ("n", "e", "x", "y"):
        _refuse_bent(entry, name)
    plain: dict[str, Any] = {name: entry[name] for name in ("kty", "crv", "n", "e", "x", "y") if name in entry}
    try:
        key: Any = _KINDS[kind].import_key(plain)
        native = key.public_key  # built on first use: a point that is not on its curve shows here
    except (JoseError, ValueError, TypeError, KeyError):
        raise Unusable("not a key") from None
    if kind == "RSA":
        _refuse_weak(native.public_numbers().n, native.public_numbers().e)
    return VerifyingKey(alg, kid, key.thumbprint(), JWSRegistry.algorithms[alg], key)


_KINDS: Mapping[str, Any] = {"EC": ECKey, "RSA": RSAKey, "OKP": OKPKey}


def _refuse_bent(entry: Mapping[str, Any], name: str) -> None:
    value = entry.get(name, "")
    if not isinstance(value, str):
        raise Unusable("not a text")
    try:
        base64url.decode(value.encode())
    except ValueError:
        raise Unusable("not canonical base64url") from None


def _refuse_weak(modulus: int, exponent: int) -> None:
    if not RSA_BITS_MIN <= modulus.bit_length() <= RSA_BITS_MAX:
        raise Unusable(f"not {RSA_BITS_MIN} to {RSA_BITS_MAX} bits")
    if exponent < 65537 or exponent % 2 == 0 or exponent.bit_length() > 32:
        raise Unusable("an exponent that is too small or too costly")
    if all(modulus % p in _powers(p) for p in _ROCA_PRIMES):
        raise Unusable("made by a chip whose keys can be computed (CVE-2017-15361)")


def _powers(prime: int) -> frozenset[int]:
    """What 65537 generates modulo a prime."""
    found, value = set(), 1
    while value not in found:
        found.add(value)
        value = value * 65537 % prime
    return frozenset(found)
