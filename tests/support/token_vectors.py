"""Tokens that attack, each with what must become of it: the rows of docs/reference/token-attacks.md.

Keys and clock are fixed and the signatures deterministic (RFC 6979, RFC 8032), so that the published file of vectors
(docs/reference/token-vectors.json, in the shape of C2SP wycheproof) is the same bytes whoever makes it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils

from ringfence.runtime.profile import LegacyProfile, TokenProfile

NOW = 1_800_000_000
ISSUER = "https://auth.example.com/auth/v1"
AUDIENCE = "authenticated"
USER = "6f1a3c52-0b7e-4d1c-9a51-3f6f0c8f2a11"
SESSION = "b2d7e0a4-58f3-4c3b-8d0e-7a9c1e5f6b22"
ORG_A = "0a7c2d1e-3b4f-4a5b-8c6d-9e0f1a2b3c4d"
ORG_B = "f1e2d3c4-b5a6-4978-8a6b-5c4d3e2f1a0b"
SECRET = b"an old shared secret of forty-four characters"
ROTATED = NOW - 86400
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""The order of P-256 (SEC 2, 2.4.2)."""

_P = "2xSsTIXb7VN_vQ7XDCusvBTEAdO9lHcV0hSCQ6iKQe_zJZYthYDRY12WVorrDDYq-G-EDJ4vf3QAAqzvg5PF_Y-yjlxTMXtFIIDp3c7XZ8MpMk7HVqGnpufPeGHWAZd7Ae0dqcSPm3hwqP0b0yQ13Drs7SerJPu5tsZkSd9NdLk"
_Q = "17F6gE93H7X0Zgww9cmvBQ0K9F5jlY9f5Gvq2guRS9JO27MLkQRUt3Wm1rvf97kBrfYJPTODdZdhgV_Aum60lnSQgIkmIfEId1JETFhP7kFy3J8IhawWY4zsHTFowmHHH7_AVOS8ylKBIJHANpF1RTqWxmpBJH9uNg1Te-g7fHU"


def text(raw: bytes) -> str:
    """Base64url."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _number(encoded: str) -> int:
    return int.from_bytes(base64.urlsafe_b64decode(encoded + "=="))


def _rsa() -> rsa.RSAPrivateKey:
    p, q, e = _number(_P), _number(_Q), 65537
    d = pow(e, -1, (p - 1) * (q - 1))
    public = rsa.RSAPublicNumbers(e, p * q)
    return rsa.RSAPrivateNumbers(p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p), public).private_key()


ES = ec.derive_private_key(int.from_bytes(hashlib.sha256(b"the issuer").digest()) % ORDER, ec.SECP256R1())
ATTACKER = ec.derive_private_key(int.from_bytes(hashlib.sha256(b"the attacker").digest()) % ORDER, ec.SECP256R1())
ED = ed25519.Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"the issuer, too").digest())
RS = _rsa()
Signer = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey | bytes


def ec_jwk(key: ec.EllipticCurvePrivateKey, kid: str) -> dict[str, Any]:
    """The public half of a key on P-256."""
    numbers = key.public_key().public_numbers()
    x, y = (text(n.to_bytes(32)) for n in (numbers.x, numbers.y))
    return {"kty": "EC", "crv": "P-256", "kid": kid, "use": "sig", "alg": "ES256", "x": x, "y": y}


def _jwks() -> bytes:
    numbers = RS.public_key().public_numbers()
    n = text(numbers.n.to_bytes((numbers.n.bit_length() + 7) // 8))
    x = text(ED.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw))
    keys = [
        ec_jwk(ES, "es-1"),
        {"kty": "RSA", "kid": "rs-1", "use": "sig", "alg": "RS256", "n": n, "e": "AQAB"},
        {"kty": "OKP", "crv": "Ed25519", "kid": "ed-1", "use": "sig", "alg": "EdDSA", "x": x},
    ]
    return json.dumps({"keys": keys}).encode()


JWKS = _jwks()
ALGS: Mapping[str, Signer] = {"ES256": ES, "RS256": RS, "EdDSA": ED, "HS256": SECRET}
KIDS = {"ES256": "es-1", "RS256": "rs-1", "EdDSA": "ed-1", "HS256": "IBZFPqpuE0oC+hnZ"}

_LEGACY = LegacyProfile(SECRET, issuer=ISSUER, audience=AUDIENCE, lifetime_days=30)
_BASE = TokenProfile(ISSUER, AUDIENCE)
PROFILES: Mapping[str, TokenProfile] = {
    "plain": _BASE,
    "window": replace(_BASE, legacy=_LEGACY),
    "bare window": replace(
        _BASE, legacy=replace(_LEGACY, lacks=frozenset({"iat", "exp", "session_id"}), closes_at=NOW + 60)
    ),
    "no exp": replace(_BASE, legacy=replace(_LEGACY, lacks=frozenset({"exp"}))),
    "rotated": replace(_BASE, legacy=replace(_LEGACY, rotated_at=ROTATED)),
    "closed": replace(_BASE, legacy=replace(_LEGACY, rotated_at=ROTATED, closes_at=NOW)),
    "two factors": replace(_BASE, second_factor_required=True),
    "whole numbers": replace(_BASE, organization_type="bigint"),
    "small numbers": replace(_BASE, organization_type="integer"),
    "texts": replace(_BASE, organization_type="text"),
}

DROP = object()


def claims(**changes: Any) -> dict[str, Any]:
    """The claims of a good token, changed; DROP takes one away."""
    good: dict[str, Any] = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": USER,
        "role": "authenticated",
        "iat": NOW - 60,
        "exp": NOW + 3540,
        "session_id": SESSION,
        "aal": "aal1",
        "is_anonymous": False,
        "app_metadata": {"provider": "email", "org_id": ORG_A, "org_role": "member"},
        "user_metadata": {"name": "Ada"},
        "org_id": ORG_A,
        "tv": 2,
        "mep": 7,
    }
    return {name: value for name, value in {**good, **changes}.items() if value is not DROP}


def old(**changes: Any) -> dict[str, Any]:
    """The claims of a good token of before: no tenant."""
    return claims(**{"app_metadata": {"provider": "email"}, "org_id": DROP, "tv": DROP, "mep": DROP, **changes})


def sign(signed: bytes, key: Signer) -> bytes:
    """The signature that a key makes over these bytes."""
    match key:
        case ec.EllipticCurvePrivateKey():
            made = key.sign(signed, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
            r, s = utils.decode_dss_signature(made)
            return r.to_bytes(32) + s.to_bytes(32)
        case ed25519.Ed25519PrivateKey():
            return key.sign(signed)
        case rsa.RSAPrivateKey():
            return key.sign(signed, padding.PKCS1v15(), hashes.SHA256())
        case bytes():
            return hmac.digest(key, signed, "sha256")


def token(
    payload: Mapping[str, Any] | bytes | None = None,
    header: Mapping[str, Any] | bytes | None = None,
    *,
    alg: str = "ES256",
    key: Signer | None = None,
    signature: bytes | None = None,
) -> str:
    """A token signed by the key of its algorithm, unless another key or a finished signature is given.

    `header` changes the good header (DROP takes a member away); bytes stand for themselves.
    """
    if not isinstance(header, bytes):
        members = {"alg": alg, "kid": KIDS.get(alg, "es-1"), "typ": "JWT", **(header or {})}
        header = _json({name: value for name, value in members.items() if value is not DROP})
    if not isinstance(payload, bytes):
        payload = _json(claims() if payload is None else payload)
    signed = f"{text(header)}.{text(payload)}"
    made = sign(signed.encode(), ALGS.get(alg, ES) if key is None else key) if signature is None else signature
    return f"{signed}.{text(made)}"


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def respelled(good: str, *, segment: int, change: Mapping[str, str], key: Signer = ES) -> str:
    """A token whose header or payload is spelled otherwise in base64, and signed as it is spelled."""
    parts = good.split(".")
    parts[segment] = "".join(change.get(c, c) for c in parts[segment][:-1]) + change.get("last", parts[segment][-1])
    parts[segment] += change.get("after", "")
    signed = ".".join(parts[:2])
    return f"{signed}.{text(sign(signed.encode(), key))}" if segment < 2 else ".".join(parts)


@dataclass(frozen=True)
class Vector:
    """One token, and the reason for which it is refused; None: it is accepted, with this organization."""

    id: str
    what: str
    token: str = field(repr=False)
    reason: str | None
    profile: str = "plain"
    organization: str | None = None


def _raw(changes: str) -> bytes:
    """The good claims as text with a piece of text in front of the last brace."""
    return _json(claims())[:-1] + changes.encode() + b"}"


def _flipped(good: str) -> str:
    """A second valid signature over the same bytes: (r, n - s)."""
    signed, _, made = good.rpartition(".")
    raw = base64.urlsafe_b64decode(made + "==")
    s = ORDER - int.from_bytes(raw[32:])
    return f"{signed}.{text(raw[:32] + s.to_bytes(32))}"


def _der(good: str) -> str:
    signed, _, made = good.rpartition(".")
    raw = base64.urlsafe_b64decode(made + "==")
    return f"{signed}.{text(utils.encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:])))}"


def _spare_bits(segment: str) -> str:
    """The segment with a bit set that no byte of its value comes from."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    assert len(segment) % 4, "a segment of whole fours has no spare bits"
    return segment[:-1] + alphabet[alphabet.index(segment[-1]) | 1]


def pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> bytes:
    return key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def _nested(depth: int) -> bytes:
    return _raw(',"deep":' + "[" * depth + "]" * depth)


def _metadata(**changes: Any) -> dict[str, Any]:
    """The claims with other app_metadata."""
    return claims(app_metadata={**claims()["app_metadata"], **changes})


def _both(organization: Any) -> dict[str, Any]:
    """The claims with the same organization in both places."""
    return {**_metadata(org_id=organization), "org_id": organization}


_GOOD = token()
_HEAD, _BODY, _MADE = _GOOD.split(".")
_ES_JWK = ec_jwk(ATTACKER, "es-1")
# 64 bytes end in two characters of which the last has four spare bits; the claims are padded until theirs have some
_SPARE = token(_raw(',"pad":"' + "x" * ((2 - len(_json(claims()))) % 3) + '"'))
_PREFIXED = {"iss": ISSUER[:-1]}

CONTROLS = (
    Vector("T1", "a good token, ES256", _GOOD, None, organization=ORG_A),
    Vector("T2", "a good token, RS256", token(alg="RS256"), None, organization=ORG_A),
    Vector("T3", "a good token, EdDSA", token(alg="EdDSA"), None, organization=ORG_A),
    Vector("T4", "a token of before, in its window", token(old(), alg="HS256"), None, "window"),
)
ALGORITHM = (
    Vector("T5", "`alg` none, no signature", token(alg="none", signature=b""), "malformed"),
    Vector("T6", "`alg` none with a signature", token(alg="none"), "algorithm"),
    Vector("T7", "`alg` nOnE", token(alg="nOnE"), "algorithm"),
    Vector("T8", "`alg` es256", token(alg="es256"), "algorithm"),
    Vector("T9", "`alg` missing", token(header={"alg": DROP}), "header"),
    Vector("T10", "`alg` a list with a good one", token(header={"alg": ["ES256"]}), "header"),
    Vector("T11", "`alg` HS256 where no legacy token is believed", token(alg="HS256"), "algorithm"),
    Vector("T12", "`alg` HS512 with the legacy secret", token(alg="HS512", key=SECRET), "algorithm", "window"),
    Vector("T13", "`alg` ES384", token(alg="ES384"), "algorithm"),
    Vector("T14", "`alg` PS256 under the RSA key", token(header={"kid": "rs-1"}, alg="PS256", key=RS), "algorithm"),
    Vector("T15", "`alg` RS256 under the name of an EC key", token(header={"kid": "es-1"}, alg="RS256"), "key"),
    Vector("T16", "`alg` EdDSA under the name of an EC key", token(header={"kid": "es-1"}, alg="EdDSA"), "key"),
    Vector(
        "T17",
        "key confusion: HMAC keyed with the PEM of the public EC key, under its name",
        token(old(), {"kid": "es-1"}, alg="HS256", key=pem(ES)),
        "key",
        "window",
    ),
    Vector(
        "T18",
        "key confusion without a key id",
        token(old(), {"kid": DROP}, alg="HS256", key=pem(ES)),
        "signature",
        "window",
    ),
    Vector(
        "T19",
        "key confusion with the RSA key",
        token(old(), {"kid": "x"}, alg="HS256", key=pem(RS)),
        "signature",
        "window",
    ),
    Vector(
        "T20",
        "the legacy secret used as if by the key set",
        token(header={"kid": "es-1"}, alg="HS256"),
        "key",
        "window",
    ),
)
KEYS = (
    Vector("T21", "a key id that the key set has not", token(header={"kid": "es-2"}), "key"),
    Vector("T22", "no key id", token(header={"kid": DROP}), "key"),
    Vector("T23", "a key id in other case", token(header={"kid": "ES-1"}), "key"),
    Vector("T24", "a list of key ids", token(header={"kid": ["es-1"]}), "header"),
    Vector("T25", "a key id that is null", token(header={"kid": None}), "header"),
    Vector(
        "T26",
        "a key id that is a path",
        token(header={"kid": "../../dev/null"}, key=b"", alg="HS256"),
        "signature",
        "window",
    ),
    Vector("T27", "a key id that is SQL", token(header={"kid": "x' union select 'y"}), "key"),
    Vector("T28", "a key id with a NUL", token(header={"kid": "es-1\0"}), "header"),
    Vector("T29", "a key id of many characters", token(header={"kid": "k" * 700}), "header"),
    Vector(
        "T30",
        "`jku`: the attacker's key set",
        token(header={"jku": "https://evil.example/jwks"}, key=ATTACKER),
        "header",
    ),
    Vector("T31", "`jwk`: the attacker's key", token(header={"jwk": _ES_JWK}, key=ATTACKER), "header"),
    Vector(
        "T32",
        "`x5u`: the attacker's certificate",
        token(header={"x5u": "https://evil.example/c"}, key=ATTACKER),
        "header",
    ),
    Vector("T33", "`x5c`: a certificate brought along", token(header={"x5c": ["MIIB"]}, key=ATTACKER), "header"),
    Vector("T34", "another project's key under the same key id", token(key=ATTACKER), "signature"),
)
HEADER = (
    Vector("T35", "`crit` with a known name", token(header={"crit": ["exp"]}), "header"),
    Vector("T36", "`crit` that is empty", token(header={"crit": []}), "header"),
    Vector("T37", "`b64` false, listed in `crit`", token(header={"b64": False, "crit": ["b64"]}), "header"),
    Vector("T38", "`b64` false alone", token(header={"b64": False}), "header"),
    Vector("T39", "`typ` of another kind of token", token(header={"typ": "dpop+jwt"}), "type"),
    Vector("T40", "`typ` of a logout token", token(header={"typ": "logout+jwt"}), "type"),
    Vector("T41", "`typ` that is a number", token(header={"typ": 1}), "type"),
    Vector("T42", "`cty`: a token inside a token", token(_GOOD.encode(), {"cty": "JWT"}), "header"),
    Vector("T43", "`zip`: a compressed bomb", token(header={"zip": "DEF"}), "header"),
    Vector("T44", "`enc`: a header of encryption", token(header={"enc": "A256GCM"}), "header"),
    Vector("T45", "`alg` twice", token(header=b'{"alg":"none","kid":"es-1","alg":"ES256"}'), "header"),
    Vector("T46", "a header that is a list", token(header=b'["ES256"]'), "header"),
)
JSON = (
    Vector("T47", "`sub` twice", token(_raw(f',"sub":"{USER}"')), "claims"),
    Vector("T48", "`exp` twice", token(_raw(f',"exp":{NOW + 10**6}')), "claims"),
    Vector("T49", "`org_id` twice", token(_raw(f',"org_id":"{ORG_B}"')), "claims"),
    Vector("T50", "`org_id` twice, one written with an escape", token(_raw(f',"org\\u005fid":"{ORG_B}"')), "claims"),
    Vector(
        "T51",
        "`app_metadata.org_id` twice",
        token(_json(claims()).replace(b'"provider"', f'"org_id":"{ORG_B}","provider"'.encode())),
        "claims",
    ),
    Vector("T52", "a NUL in a claim, which jsonb cannot hold", token(_raw(',"name":"a\\u0000"')), "claims"),
    Vector("T53", "half a surrogate pair", token(_raw(',"name":"\\ud800"')), "claims"),
    Vector("T54", "bytes that are not UTF-8", token(_json(claims())[:-2] + b',"a":"\xff"}'), "claims"),
    Vector("T55", "a byte order mark in front", token(b"\xef\xbb\xbf" + _json(claims())), "claims"),
    Vector("T56", "nested 5,000 deep", token(_nested(5000)), "claims"),
    Vector("T57", "nested one level too deep", token(_nested(16)), "claims"),
    Vector("T58", "a number beyond every float", token(_raw(',"n":1e400')), "claims"),
    Vector("T59", "NaN", token(_raw(',"n":NaN')), "claims"),
    Vector("T60", "a number of 5,000 digits", token(_raw(',"n":' + "9" * 5000)), "claims"),
    Vector("T61", "claims that are a list", token(b"[" + _json(claims()) + b"]"), "claims"),
    Vector("T62", "claims that are a text", token(b'"authenticated"'), "claims"),
    Vector("T63", "something after the claims", token(_json(claims()) + b"{}"), "claims"),
    Vector("T64", "no claims", token(b""), "malformed"),
)
SPELLING = (
    Vector("T65", "padding after the signature", _GOOD + "==", "malformed"),
    Vector("T66", "padding inside what is signed", respelled(_GOOD, segment=1, change={"after": "="}), "malformed"),
    Vector("T67", "a spare bit set in the signature", f"{_HEAD}.{_BODY}.{_spare_bits(_MADE)}", "malformed"),
    Vector(
        "T68",
        "a spare bit set in what is signed",
        respelled(_SPARE, segment=1, change={"last": _spare_bits(_SPARE.split(".")[1])[-1]}),
        "malformed",
    ),
    Vector("T69", "a space in the signature", f"{_HEAD}.{_BODY}.{_MADE[:9]} {_MADE[9:]}", "malformed"),
    Vector("T70", "a line end at the end", _GOOD + "\n", "malformed"),
    Vector("T71", "ordinary base64", f"{_HEAD}.{_BODY}.{'+/' + _MADE[2:]}", "malformed"),
    Vector("T72", "four segments", _GOOD + ".AAAA", "malformed"),
    Vector("T73", "two segments", f"{_HEAD}.{_BODY}", "malformed"),
    Vector("T74", "five segments: encrypted", f"{_HEAD}.AAAA.AAAA.{_BODY}.{_MADE}", "malformed"),
    Vector(
        "T75",
        "the JSON form of a signature",
        json.dumps({"payload": _BODY, "protected": _HEAD, "signature": _MADE}),
        "malformed",
    ),
    Vector("T76", "a bomb of 50,000 bytes", token(claims(pad="x" * 37000)), "size"),
    Vector("T77", "a header of 2,000 bytes", token(header={"pad": "x" * 2000}), "size"),
    Vector("T78", "letters that look like ASCII", _GOOD.replace("a", "\u0430"), "malformed"),
    Vector("T79", "nothing", "", "absent"),
)
SIGNATURE = (
    Vector("T80", "psychic signature, r = s = 0", token(signature=bytes(64)), "signature"),
    Vector("T81", "psychic signature, r = s = n", token(signature=ORDER.to_bytes(32) * 2), "signature"),
    Vector("T82", "r and s beyond the field", token(signature=b"\xff" * 64), "signature"),
    Vector("T83", "an ECDSA signature as DER", _der(_GOOD), "signature"),
    Vector("T84", "a signature cut short", token(signature=bytes(32)), "signature"),
    Vector(
        "T85",
        "a signature with a byte more",
        token(signature=sign(f"{_HEAD}.{_BODY}".encode(), ES) + b"\0"),
        "signature",
    ),
    Vector("T86", "an Ed25519 signature of zeroes", token(alg="EdDSA", signature=bytes(64)), "signature"),
    Vector("T87", "an RSA signature of zero", token(alg="RS256", signature=bytes(256)), "signature"),
    Vector("T88", "the signature of another token", f"{_HEAD}.{text(_json(claims(sub=ORG_B)))}.{_MADE}", "signature"),
    Vector(
        "T89",
        "the signature under another header",
        f"{text(_json({'kid': 'es-1', 'alg': 'ES256'}))}.{_BODY}.{_MADE}",
        "signature",
    ),
    Vector(
        "T90",
        "the signature bent into (r, n - s): as valid as the first, so nothing may be remembered by it",
        _flipped(_GOOD),
        None,
        organization=ORG_A,
    ),
)
CLAIMS = (
    Vector("T91", "another project's issuer", token(claims(iss="https://other.example.com/auth/v1")), "issuer"),
    Vector("T92", "a part of the issuer", token(claims(**_PREFIXED)), "issuer"),
    Vector("T93", "a list with the issuer", token(claims(iss=[ISSUER])), "issuer"),
    Vector("T94", "no issuer", token(claims(iss=DROP)), "issuer"),
    Vector("T95", "another audience", token(claims(aud="another")), "audience"),
    Vector("T96", "a list of other audiences", token(claims(aud=["one", "two"])), "audience"),
    Vector("T97", "a list with the audience and a number", token(claims(aud=[AUDIENCE, 1])), "audience"),
    Vector("T98", "no audience", token(claims(aud=DROP)), "audience"),
    Vector("T99", "expired", token(claims(iat=NOW - 4000, exp=NOW - 31)), "expired"),
    Vector("T100", "expired to the second, the clocks' difference granted", token(claims(exp=NOW - 30)), "expired"),
    Vector("T101", "not valid yet", token(claims(nbf=NOW + 31)), "times"),
    Vector("T102", "issued in the future", token(claims(iat=NOW + 31)), "times"),
    Vector("T103", "over before it was issued", token(claims(iat=NOW + 20, exp=NOW + 10)), "times"),
    Vector("T104", "a life of ten years", token(claims(exp=NOW + 315_360_000)), "times"),
    Vector("T105", "no `exp`", token(claims(exp=DROP)), "times"),
    Vector("T106", "no `iat`", token(claims(iat=DROP)), "times"),
    Vector("T107", "`exp` as a text", token(claims(exp=str(NOW + 60))), "times"),
    Vector("T108", "`exp` that is true", token(claims(exp=True)), "times"),
    Vector("T109", "`exp` that is null", token(claims(exp=None)), "times"),
    Vector("T110", "`exp` after the last year", token(claims(exp=10**18)), "times"),
)
TENANT = (
    Vector("T111", "organization in upper case", token(_both(ORG_A.upper())), "organization"),
    Vector("T112", "organization in braces", token(_both("{" + ORG_A + "}")), "organization"),
    Vector("T113", "organization with a space", token(_both(ORG_A + " ")), "organization"),
    Vector("T114", "organization without hyphens", token(_both(ORG_A.replace("-", ""))), "organization"),
    Vector("T115", "organization as urn:uuid:", token(_both("urn:uuid:" + ORG_A)), "organization"),
    Vector("T116", "organization in full-width digits", token(_both("\uff10" + ORG_A[1:])), "organization"),
    Vector("T117", "organization with a line end", token(_both(ORG_A + "\n")), "organization"),
    Vector("T118", "organization that is null", token(_both(None)), "organization"),
    Vector("T119", "organization that is empty", token(_both("")), "organization"),
    Vector("T120", "a list of organizations", token(_both([ORG_A, ORG_B])), "organization"),
    Vector("T121", "an organization that is an object", token(_both({"id": ORG_A})), "organization"),
    Vector("T122", "an organization that is a number", token(_both(7)), "organization"),
    Vector("T123", "an organization that is true", token(_both(True)), "organization"),
    Vector("T124", "the two places name two organizations", token(_metadata(org_id=ORG_B)), "organization"),
    Vector("T125", "the top-level one says null", token(claims(org_id=None)), "organization"),
    Vector("T126", "`app_metadata` that is no object", token(claims(app_metadata="x")), "organization"),
    Vector(
        "T127",
        "`app_metadata` that is a list of pairs",
        token(claims(app_metadata=[["org_id", ORG_A]])),
        "organization",
    ),
    Vector("T128", "the two places name two roles", token(claims(org_role="owner")), "organization"),
    Vector("T129", "a role in no organization", token(old(app_metadata={"org_role": "owner"})), "organization"),
    Vector("T130", "a list of roles", token(_metadata(org_role=["member", "owner"])), "organization"),
    Vector(
        "T131",
        "`user_metadata.org_id`, which users write themselves: it is not read",
        token(old(user_metadata={"org_id": ORG_B})),
        None,
    ),
    Vector(
        "T132",
        "`user_metadata.org_id` beside the real one: it is not read",
        token(claims(user_metadata={"org_id": ORG_B})),
        None,
        organization=ORG_A,
    ),
    Vector("T133", "`client_id`, the OAuth client: it is no tenant", token(old(client_id=ORG_B)), None),
)
USERS = (
    Vector("T134", "the anon key as a user's token", token(old(role="anon", sub=DROP)), "user"),
    Vector("T135", "the anon role with a user", token(old(role="anon")), "role"),
    Vector("T136", "the service key as a user's token", token(claims(role="service_role")), "role"),
    Vector(
        "T137",
        "the service key, HS256, in the window",
        token(old(role="service_role"), alg="HS256"),
        "role",
        "window",
    ),
    Vector("T138", "no role", token(claims(role=DROP)), "role"),
    Vector("T139", "a list of roles of the database", token(claims(role=["authenticated"])), "role"),
    Vector("T140", "an anonymous user", token(claims(is_anonymous=True)), "anonymous"),
    Vector("T141", "an anonymous user, written as a text", token(claims(is_anonymous="true")), "anonymous"),
    Vector("T142", "an id token, by its `nonce`", token(claims(nonce="n")), "type"),
    Vector("T143", "an id token, by its `at_hash`", token(claims(at_hash="h")), "type"),
    Vector("T144", "an id token, by its audience", token(claims(aud="client-7", azp="client-7")), "audience"),
    Vector("T145", "somebody acting as the user", token(claims(act={"sub": ORG_B})), "impersonation"),
    Vector("T146", "one factor where two are asked for", token(), "factor", "two factors"),
    Vector("T147", "no session", token(claims(session_id=DROP)), "session"),
    Vector("T148", "a session in upper case", token(claims(session_id=SESSION.upper())), "session"),
    Vector("T149", "a session that is null", token(claims(session_id=None)), "session"),
    Vector("T150", "no user", token(claims(sub=DROP)), "user"),
    Vector("T151", "a user who is a number", token(claims(sub=7)), "user"),
    Vector("T152", "a user in upper case", token(claims(sub=USER.upper())), "user"),
    Vector("T153", "a user with a line end, for the log", token(claims(sub=USER + "\n")), "user"),
    Vector("T154", "a token version below zero", token(claims(tv=-1)), "number"),
    Vector("T155", "a membership epoch that is true", token(claims(mep=True)), "number"),
)
LEGACY = (
    Vector("T156", "after the window has closed", token(old(iat=ROTATED - 60), alg="HS256"), "legacy", "closed"),
    Vector("T157", "forged with the leaked secret after the rotation", token(old(), alg="HS256"), "legacy", "rotated"),
    Vector(
        "T158",
        "forged and dated back, but too long",
        token(old(iat=ROTATED - 60, exp=ROTATED + 31 * 86400), alg="HS256"),
        "legacy",
        "rotated",
    ),
    Vector(
        "T159",
        "forged and dated back without `exp`",
        token(old(iat=ROTATED - 60, exp=DROP), alg="HS256"),
        "legacy",
        "rotated",
    ),
    Vector("T160", "a legacy token of ten years", token(old(exp=NOW + 315_360_000), alg="HS256"), "legacy", "window"),
    Vector("T161", "a legacy token without `iat`", token(old(iat=DROP), alg="HS256"), "legacy", "window"),
    Vector("T162", "a legacy token without session", token(old(session_id=DROP), alg="HS256"), "legacy", "window"),
    Vector(
        "T163",
        "another project's legacy token, the same secret",
        token(old(iss="https://other.example.com/auth/v1"), alg="HS256"),
        "issuer",
        "window",
    ),
    Vector("T164", "a wrong secret", token(old(), alg="HS256", key=b"guessed"), "signature", "window"),
    Vector(
        "T165",
        "a legacy token without `exp`, older than any may be",
        token(old(iat=NOW - 31 * 86400, exp=DROP), alg="HS256"),
        "legacy",
        "no exp",
    ),
    Vector(
        "T166",
        "a legacy token with user and role alone, where the profile knows such",
        token(old(iat=DROP, exp=DROP, session_id=DROP), alg="HS256"),
        None,
        "bare window",
    ),
    Vector(
        "T167",
        "an honest old token after the rotation",
        token(old(iat=ROTATED - 60, exp=NOW + 3600), alg="HS256"),
        None,
        "rotated",
    ),
)
NUMBERS = (
    Vector(
        "T198", "a good token whose organization is a whole number", token(_both("42")), None, "whole numbers", "42"
    ),
    Vector("T199", "the largest whole number", token(_both(str(2**63 - 1))), None, "whole numbers", str(2**63 - 1)),
    Vector("T200", "one more than the largest", token(_both(str(2**63))), "organization", "whole numbers"),
    Vector("T201", "a hundred digits", token(_both("4" * 100)), "organization", "whole numbers"),
    Vector(
        "T202",
        "the organization as a JSON number, which readers round above 2^53",
        token(_both(42)),
        "organization",
        "whole numbers",
    ),
    Vector("T203", "a whole number with a leading zero", token(_both("042")), "organization", "whole numbers"),
    Vector("T204", "a whole number with a plus sign", token(_both("+42")), "organization", "whole numbers"),
    Vector("T205", "a whole number below zero", token(_both("-42")), "organization", "whole numbers"),
    Vector("T206", "minus zero", token(_both("-0")), "organization", "whole numbers"),
    Vector("T207", "a whole number with a fraction of nothing", token(_both("42.0")), "organization", "whole numbers"),
    Vector("T208", "a whole number as a power of ten", token(_both("1e3")), "organization", "whole numbers"),
    Vector("T209", "a whole number in hexadecimal", token(_both("0x2a")), "organization", "whole numbers"),
    Vector(
        "T210",
        "a whole number with an underscore, as PostgreSQL 16 reads it",
        token(_both("4_2")),
        "organization",
        "whole numbers",
    ),
    Vector("T211", "a whole number with a space before it", token(_both(" 42")), "organization", "whole numbers"),
    Vector("T212", "a whole number with a line end", token(_both("42\n")), "organization", "whole numbers"),
    Vector(
        "T213", "a whole number in full-width digits", token(_both("\uff14\uff12")), "organization", "whole numbers"
    ),
    Vector("T214", "nothing where a whole number should be", token(_both("")), "organization", "whole numbers"),
    Vector(
        "T215", "a UUID where organizations are whole numbers", token(_both(ORG_A)), "organization", "whole numbers"
    ),
    Vector("T216", "a whole number where organizations are UUIDs", token(_both("42")), "organization", "plain"),
    Vector("T217", "a whole number beyond the smaller type", token(_both(str(2**31))), "organization", "small numbers"),
    Vector("T218", "a good token whose organization is a text", token(_both("acme-eu")), None, "texts", "acme-eu"),
    Vector("T219", "a text that is a path", token(_both("acme/../globex")), "organization", "texts"),
    Vector("T220", "a text that is a UUID in upper case", token(_both(ORG_A.upper())), "organization", "texts"),
    Vector(
        "T221",
        "the two places name one number as a text and as a number",
        token(claims(app_metadata={"org_id": 42}, org_id="42")),
        "organization",
        "whole numbers",
    ),
    Vector(
        "T222",
        "the two places name two whole numbers",
        token(claims(app_metadata={"org_id": "42"}, org_id="43")),
        "organization",
        "whole numbers",
    ),
)  # their ids follow those of ELSEWHERE: an id that was published stays what it was
VECTORS = (
    *CONTROLS, *ALGORITHM, *KEYS, *HEADER, *JSON, *SPELLING, *SIGNATURE, *CLAIMS, *TENANT, *USERS, *LEGACY, *NUMBERS
)  # fmt: skip


@dataclass(frozen=True)
class Elsewhere:
    """An attack that takes more than one token: what is tried, and the test that tries it."""

    id: str
    what: str
    test: str
    ends: str = "refused"


_CLAIMS_TEST = "tests/unit/runtime/test_claims.py"
ELSEWHERE = (
    Elsewhere("T168", "a cached token with another signature", f"{_CLAIMS_TEST}::test_a_cached_token_with_another_signature_is_refused"),
    Elsewhere("T169", "a cached token whose key was revoked", f"{_CLAIMS_TEST}::test_a_cached_token_is_refused_once_its_key_is_gone"),
    Elsewhere("T170", "a cached token that has expired since", f"{_CLAIMS_TEST}::test_a_cached_token_ends_when_it_ends"),
    Elsewhere("T171", "two tokens that differ in nothing but the organization, and a cache", f"{_CLAIMS_TEST}::test_the_cache_keeps_organizations_apart", "each as itself"),
    Elsewhere("T172", "a cached legacy token when the window closes", f"{_CLAIMS_TEST}::test_a_cached_legacy_token_ends_with_the_window"),
    Elsewhere("T173", "a bent signature that pushes the honest token out of the cache", f"{_CLAIMS_TEST}::test_a_bent_signature_does_not_push_the_honest_one_out", "it stays"),
    Elsewhere("T174", "a flood of unknown key ids", "tests/unit/runtime/test_jwks.py::test_a_flood_of_unknown_key_ids_is_one_fetch", "one fetch"),
    Elsewhere("T175", "a key set that is replaced by a redirect", "tests/unit/runtime/test_jwks.py::test_a_redirect_is_not_followed"),
    Elsewhere("T176", "a key set without end", "tests/unit/runtime/test_jwks.py::test_a_document_without_end_is_cut_off", "cut off"),
    Elsewhere("T177", "a key set that shows a private key", "tests/unit/runtime/test_keys.py::test_a_private_key_in_the_set_is_refused"),
    Elsewhere("T178", "an RSA key that can be computed (CVE-2017-15361)", "tests/unit/runtime/test_keys.py::test_a_key_of_the_roca_kind_is_left_out", "left out"),
    Elsewhere("T179", "a pooled connection that keeps a tenant", "tests/pg/runtime/test_many.py::test_ten_thousand_interleaved_transactions_leak_nothing", "nothing leaks"),
    Elsewhere("T180", "work without a tenant", "tests/pg/runtime/test_tenant.py::test_no_context_reaches_no_server"),
    Elsewhere("T181", "another tenant in a token with a good old signature", "tests/pg/runtime/test_sessions.py::TestFromTheHeader::test_one_of_somebody_elses_tenant_sees_nothing", "refused"),
    Elsewhere("T182", "a member who was removed since", "tests/pg/runtime/test_sessions.py::TestRequests::test_a_token_with_a_tenant_needs_no_question_and_its_removed_member_is_out_at_once", "refused at once"),
    Elsewhere("T183", "an organization that was suspended", "tests/pg/runtime/test_sessions.py::TestRequests::test_a_suspended_organization_counts_for_nothing", "refused"),
    Elsewhere("T184", "a member who was removed and added again, with the token of before", "tests/pg/runtime/test_sessions.py::TestStrict::test_a_member_who_was_added_again_needs_a_new_token", "refused"),
    Elsewhere("T185", "a token of before a switch of the organization", "tests/pg/runtime/test_sessions.py::TestStrict::test_a_token_of_before_a_switch_is_over", "refused"),
    Elsewhere("T186", "a switch to somebody else's organization, or of somebody else's session", "tests/pg/runtime/test_sessions.py::TestTheOrganizationOfASession::test_nobody_switches_to_what_is_not_his_nor_anothers_session", "refused"),
    Elsewhere("T187", "the session of another user", "tests/pg/runtime/test_sessions.py::TestTheOrganizationOfASession::test_a_session_of_one_user_is_worth_nothing_to_another", "refused"),
    Elsewhere("T188", "a session that has ended", "tests/pg/runtime/test_sessions.py::TestStrict::test_a_session_that_ended_is_over", "refused"),
    Elsewhere("T189", "a token of before signing out everywhere", "tests/pg/runtime/test_sessions.py::TestStrict::test_signing_out_everywhere_ends_tokens_of_both_kinds", "refused"),
    Elsewhere("T190", "no tenant, and several organizations to guess from", "tests/pg/runtime/test_sessions.py::TestRequests::test_with_several_and_none_nobody_guesses", "refused"),
    Elsewhere("T191", "a refresh while the organization is switched", "tests/pg/runtime/test_sessions.py::TestTheOrganizationOfASession::test_a_refresh_after_a_switch_says_so", "the session's organization"),
    Elsewhere("T192", "a stolen refresh token, used after its owner's", "tests/pg/runtime/test_sessions.py::TestRefresh::test_a_stolen_token_ends_the_session_for_everybody", "the family ends"),
    Elsewhere("T193", "claims that stand in the issuer's event already", "tests/pg/runtime/test_sessions.py::TestTheHook::test_what_stands_in_the_claims_already_is_not_believed", "not believed"),
    Elsewhere("T194", "a web socket that outlives its token", "tests/unit/runtime/test_asgi.py::test_a_socket_is_closed_when_its_token_expires_and_the_application_hears_it", "closed"),
    Elsewhere("T195", "a web socket of a member who is removed", "tests/unit/runtime/test_asgi.py::test_a_member_who_is_removed_loses_the_socket", "closed"),
    Elsewhere("T196", "two tokens in one request", "tests/unit/runtime/test_authenticate.py::test_of_two_tokens_none_counts", "refused"),
    Elsewhere("T197", "a context that comes with the request", "tests/unit/runtime/test_asgi.py::test_a_context_that_came_with_the_scope_does_not_count", "not believed"),
)  # fmt: skip
