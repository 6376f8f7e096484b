"""Base64url without padding (RFC 7515, appendix C), in the one spelling that each value has.

Python's own decoder skips characters it does not know and ignores the bits left over at the end: then one token has
many spellings, and whoever remembers tokens by their text (a cache, a list of revoked ones) can be walked around.
"""

from __future__ import annotations

import base64
import re
from binascii import a2b_base64

_ALPHABET = re.compile(rb"[A-Za-z0-9_-]*\Z")
_TO_STANDARD = bytes.maketrans(b"-_", b"+/")
_LAST = {0: None, 2: frozenset(b"AQgw"), 3: frozenset(b"AEIMQUYcgkosw048")}
"""By characters beyond the last whole four: the final characters whose unused bits are zero."""


def decode(text: bytes) -> bytes:
    """The value of a canonical text; raises ValueError for any other."""
    if _ALPHABET.match(text) is None:
        raise ValueError("not base64url")
    return decode_known(text)


def decode_known(text: bytes) -> bytes:
    """The same for a text whose characters were checked already."""
    beyond = len(text) & 3
    if beyond:
        last = _LAST.get(beyond)
        if last is None or text[-1] not in last:
            raise ValueError("not canonical base64url")
    return a2b_base64(text.translate(_TO_STANDARD) + b"=="[: -len(text) & 3])


def encode(value: bytes) -> str:
    """The text of a value."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
