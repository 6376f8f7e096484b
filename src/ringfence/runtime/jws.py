"""A token taken apart: the compact form of RFC 7515, before anybody looks at a key.

Whatever can be refused without a signature is refused here, cheaply and for good: sizes, alphabet, header. Signed is
not the same as sane: an attacker may have a token signed by the right issuer and still bend its spelling.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from ringfence.runtime import base64url
from ringfence.runtime.refused import TokenRefused
from ringfence.runtime.strictjson import Malformed, parse_object

TOKEN_BYTES_MAX = 16 * 1024
"""More than any server takes in one header line."""
HEADER_BYTES_MAX = 1024
SIGNATURE_BYTES_MAX = 1024
"""RSA with 8192 bits."""
KID_CHARS_MAX = 256

_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_HEADERS_KEPT_MAX = 256
_PRINTABLE = re.compile(r"[\x20-\x7e]+\Z")
_REFUSED_MEMBERS = frozenset({"crit", "b64", "jku", "jwk", "x5u", "x5c", "zip", "enc", "cty"})
"""Extensions we do not know (RFC 7515, 4.1.11), another encoding of the payload, keys brought along, encryption."""


@dataclass(frozen=True, slots=True)
class Header:
    """The three members of a header that mean anything to us."""

    alg: str
    kid: str | None
    typ: str | None


class Compact(NamedTuple):
    """A token in its parts. `signed` is what the signature is over, byte for byte as it came."""

    signed: bytes
    header: Header
    payload: bytes
    signature: bytes

    def __repr__(self) -> str:
        return f"Compact({self.header!r})"  # the rest is a secret


def cut(token: str | bytes) -> tuple[bytes, bytes]:
    """What is signed, and the signature's text, neither of them looked at yet; raises TokenRefused.

    Enough to find a token that was verified before, and cheap: this is what most requests pay.
    """
    if isinstance(token, str):
        if not token.isascii():
            raise TokenRefused("malformed")
        token = token.encode()
    if not token:
        raise TokenRefused("absent")
    if len(token) > TOKEN_BYTES_MAX:
        raise TokenRefused("size")
    signed, _, signature = token.rpartition(b".")
    return signed, signature


def parse(signed: bytes, signature: bytes) -> Compact:
    """The parts of what `cut` returned, decoded and looked at; raises TokenRefused."""
    header, _, payload = signed.partition(b".")
    # what is left without the alphabet is the point between the two; quicker than a regular expression
    if signed.translate(None, _ALPHABET) != b"." or signature.translate(None, _ALPHABET):
        raise TokenRefused("malformed")
    if not (header and payload and signature):
        raise TokenRefused("malformed")
    if len(header) > HEADER_BYTES_MAX * 4 // 3 or len(signature) > SIGNATURE_BYTES_MAX * 4 // 3 + 2:
        raise TokenRefused("size")
    try:
        return Compact(
            signed,
            _known_header(header),
            base64url.decode_known(payload),
            base64url.decode_known(signature),
        )
    except ValueError:
        raise TokenRefused("malformed") from None


@lru_cache(_HEADERS_KEPT_MAX)
def _known_header(segment: bytes) -> Header:
    """An issuer has few headers, and each is on every token of a key."""
    return read_header(base64url.decode_known(segment))


def read_header(raw: bytes) -> Header:
    """The header in these bytes; raises TokenRefused."""
    try:
        members = parse_object(raw)
    except Malformed:
        raise TokenRefused("header") from None
    alg, kid, typ = members.get("alg"), members.get("kid"), members.get("typ")
    if not isinstance(alg, str) or not _REFUSED_MEMBERS.isdisjoint(members):
        raise TokenRefused("header")
    # null is a value, and not one of these
    if "kid" in members and not (isinstance(kid, str) and len(kid) <= KID_CHARS_MAX and _PRINTABLE.match(kid)):
        raise TokenRefused("header")
    if "typ" in members and not isinstance(typ, str):
        raise TokenRefused("type")
    return Header(alg, kid, typ)
