"""Seals: how a database knows that a context was set by the application and not by SQL that somebody slipped in.

A seal is an HMAC-SHA256 (RFC 2104) over an expiry and the claims; the database checks it with a key that no role can
read. Pure: the clock is an argument.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field

from ringfence.errors import RingfenceError

SEAL_SECONDS_MAX = 30
"""The database refuses a seal that expires later than this, whoever made it."""
SEAL_SECONDS = 15
"""How long our seals last: half of what is allowed, so that the clocks may differ by as much in either direction."""
SECRET_BYTES_MIN = 32
KEY_ID_MAX = 32767
_BLOCK_BYTES = 64


class InvalidKey(RingfenceError):
    """A key for sealing contexts cannot be used."""

    code = "RF910"


@dataclass(frozen=True, slots=True)
class SealKey:
    """A secret that application and database share; `id` tells keys apart while one follows another."""

    id: int
    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if not 0 < self.id <= KEY_ID_MAX:
            raise InvalidKey(f"the id of a key is a number from 1 to {KEY_ID_MAX}")
        if len(self.secret) < SECRET_BYTES_MIN:
            raise InvalidKey(
                f"the secret has {len(self.secret)} bytes, fewer than {SECRET_BYTES_MIN}",
                hint="make one with SealKey.generate(1).to_text()",
            )

    @classmethod
    def generate(cls, key_id: int) -> SealKey:
        """A fresh key from the system's randomness."""
        return cls(key_id, secrets.token_bytes(SECRET_BYTES_MIN))

    @classmethod
    def from_text(cls, text: str) -> SealKey:
        """Read `<id>:<secret in base64url>`, the form for environment variables and vaults; raises InvalidKey."""
        number, _, secret = text.strip().partition(":")
        try:
            return cls(int(number), base64.b64decode(secret, altchars=b"-_", validate=True))
        except (ValueError, binascii.Error):
            # neither the text nor the decoder's words, which may hold parts of it
            raise InvalidKey(
                "the key cannot be read", hint="write it as <id>:<secret in base64url>, as SealKey.to_text() does"
            ) from None

    def to_text(self) -> str:
        """The key as `from_text` reads it: a secret."""
        return f"{self.id}:{base64.urlsafe_b64encode(self.secret).decode()}"

    def pads(self) -> tuple[bytes, bytes]:
        """The inner and outer pad of HMAC-SHA256, 64 bytes each, by which SQL needs two hashes and no xor."""
        key = self.secret if len(self.secret) <= _BLOCK_BYTES else hashlib.sha256(self.secret).digest()
        block = key.ljust(_BLOCK_BYTES, b"\0")
        return bytes(b ^ 0x36 for b in block), bytes(b ^ 0x5C for b in block)

    def seal(self, claims: str, now_s: float) -> str:
        """A seal over these claims that lasts SEAL_SECONDS from `now_s` (seconds since 1970)."""
        expiry = int(now_s) + SEAL_SECONDS
        message = f"ringfence 1|{self.id}|{expiry}|{claims}"
        return f"1.{self.id}.{expiry}.{hmac.digest(self.secret, message.encode(), 'sha256').hex()}"
