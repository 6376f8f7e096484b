"""Refresh tokens: a session and a counter under an HMAC, so that the database holds one number a session and no token.

The token of a counter is the same whoever makes it, and so can be given again to a client that never got it. Pure.
"""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field

from ringfence.runtime import base64url
from ringfence.runtime.refused import TokenRefused
from ringfence.runtime.sessions.model import SESSION_CHARS_MAX, InvalidRefreshKey

SECRET_BYTES_MIN = 32
KEY_ID_MAX = 32767
COUNTER_MAX = 2**62
TOKEN_CHARS_MAX = 4 * SESSION_CHARS_MAX * 4 // 3 + 100
_SHAPE = re.compile(r"rf1\.([1-9][0-9]{0,4})\.(0|[1-9][0-9]{0,18})\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]{43})\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class RefreshKey:
    """A secret of the issuer alone; `id` tells keys apart while one follows another.

    Raises InvalidRefreshKey.
    """

    id: int
    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if not 0 < self.id <= KEY_ID_MAX:
            raise InvalidRefreshKey(f"the id of a key is a number from 1 to {KEY_ID_MAX}")
        if len(self.secret) < SECRET_BYTES_MIN:
            raise InvalidRefreshKey(
                f"the secret has {len(self.secret)} bytes, fewer than {SECRET_BYTES_MIN}",
                hint="make one with RefreshKey.generate(1)",
            )

    @classmethod
    def generate(cls, key_id: int) -> RefreshKey:
        """A fresh key from the system's randomness."""
        return cls(key_id, secrets.token_bytes(SECRET_BYTES_MIN))


class RefreshKeys:
    """The key that refresh tokens are made with, and older ones whose tokens still hold.

    Raises InvalidRefreshKey for two keys of one id.
    """

    def __init__(self, current: RefreshKey, previous: Sequence[RefreshKey] = ()) -> None:
        self._current = current
        self._by_id = {key.id: key for key in (current, *previous)}
        if len(self._by_id) != 1 + len(previous):
            raise InvalidRefreshKey("two keys have one id")

    def make(self, session: str, counter: int) -> str:
        """The token of a session and a counter."""
        key = self._current
        name = base64url.encode(session.encode())
        return f"rf1.{key.id}.{counter}.{name}.{base64url.encode(_mac(key, session, counter))}"

    def read(self, token: str) -> tuple[str, int]:
        """Session and counter of a token that one of the keys made; raises TokenRefused for any other."""
        shape = _SHAPE.match(token) if len(token) <= TOKEN_CHARS_MAX else None
        if shape is None:
            raise TokenRefused("refresh_shape")
        key = self._by_id.get(int(shape[1]))
        counter = int(shape[2])
        try:
            session = base64url.decode(shape[3].encode()).decode()
            mac = base64url.decode(shape[4].encode())
        except ValueError:
            raise TokenRefused("refresh_shape") from None
        if key is None or counter > COUNTER_MAX or not hmac.compare_digest(mac, _mac(key, session, counter)):
            raise TokenRefused("refresh_signature")
        return session, counter


def _mac(key: RefreshKey, session: str, counter: int) -> bytes:
    # numbers first, so that no session's text can be read as another number
    return hmac.digest(key.secret, f"ringfence refresh 1|{key.id}|{counter}|{session}".encode(), "sha256")
