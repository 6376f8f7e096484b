"""Private keys under a key of their own: what lies in the database is of no use to whoever copies the database.

AES-256-GCM (NIST SP 800-38D) with a fresh nonce for every envelope; key id, algorithm and the id of the secret are
authenticated with it, so that no envelope can be passed off as another key's.
"""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ringfence.errors import RingfenceError

VARIABLE, FILE_VARIABLE = "RINGFENCE_KEYS_SECRET", "RINGFENCE_KEYS_SECRET_FILE"
SECRET_BYTES = 32
NONCE_BYTES = 12
ID_MAX = 32767
_VERSION = b"\x01"


class NoKeysSecret(RingfenceError):
    """The secret that private keys are encrypted with is missing, or cannot be read."""

    code = "RF936"
    exit_code = 2


class EnvelopeRefused(RingfenceError):
    """A private key in the database was encrypted with another secret, or was changed since."""

    code = "RF937"


@dataclass(frozen=True, slots=True)
class KeysSecret:
    """The key-encryption key; `id` tells it from the one before it."""

    id: int
    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if not 0 < self.id <= ID_MAX or len(self.secret) != SECRET_BYTES:
            raise NoKeysSecret(
                f"the secret for private keys is {SECRET_BYTES} bytes with an id from 1 to {ID_MAX}",
                hint=_HINT,
            )

    @classmethod
    def generate(cls, secret_id: int) -> KeysSecret:
        """A fresh one from the system's randomness."""
        return cls(secret_id, secrets.token_bytes(SECRET_BYTES))

    @classmethod
    def from_text(cls, text: str) -> KeysSecret:
        """Read `<id>:<secret in base64url>`; raises NoKeysSecret."""
        number, _, secret = text.strip().partition(":")
        try:
            return cls(int(number), base64.b64decode(secret, altchars=b"-_", validate=True))
        except (ValueError, binascii.Error):
            # neither the text nor the decoder's words, which may hold parts of it
            raise NoKeysSecret("the secret for private keys cannot be read", hint=_HINT) from None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> KeysSecret:
        """From the variable, or from the file that another one names; raises NoKeysSecret."""
        text, path = environment.get(VARIABLE), environment.get(FILE_VARIABLE)
        if text:
            return cls.from_text(text)
        if not path:
            raise NoKeysSecret(detail=f"neither {VARIABLE} nor {FILE_VARIABLE} is set", hint=_HINT)
        try:
            return cls.from_text(Path(path).read_text(encoding="ascii"))
        except (OSError, UnicodeDecodeError) as error:
            raise NoKeysSecret(f"{FILE_VARIABLE} cannot be read", detail=type(error).__name__, hint=_HINT) from None

    def to_text(self) -> str:
        """The secret as `from_text` reads it."""
        return f"{self.id}:{base64.urlsafe_b64encode(self.secret).decode()}"

    def wrap(self, private: bytes, kid: str, alg: str) -> bytes:
        """The envelope of a private key."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return _VERSION + nonce + AESGCM(self.secret).encrypt(nonce, private, self._bound(kid, alg))

    def unwrap(self, envelope: bytes, kid: str, alg: str) -> bytes:
        """The private key in an envelope; raises EnvelopeRefused."""
        version, nonce, sealed = envelope[:1], envelope[1 : 1 + NONCE_BYTES], envelope[1 + NONCE_BYTES :]
        try:
            if version != _VERSION:
                raise InvalidTag
            return AESGCM(self.secret).decrypt(nonce, sealed, self._bound(kid, alg))
        except (InvalidTag, ValueError):
            raise EnvelopeRefused(
                subject=f"signing key {kid}",
                hint=f"give the secret it was made with in {VARIABLE}, or make a new key: ringfence keys create",
            ) from None

    def _bound(self, kid: str, alg: str) -> bytes:
        return f"ringfence signing key 1|{self.id}|{alg}|{kid}".encode()


_HINT = (
    f"export {VARIABLE}=\"1:$(head -c 32 /dev/urandom | base64 | tr '+/' '-_')\"; keep it in a vault: "
    "without it no private key in the database can be read"
)
