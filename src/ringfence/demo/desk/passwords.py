"""Passwords as the desk keeps them: PBKDF2, with everything needed to check one written into the hash."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets

ITERATIONS = 1000
"""Far too few for a real application (OWASP asks for 600,000): the demo signs people up all the time on two cores."""
ITERATIONS_MAX = 1_000_000
SALT_BYTES = 16
_BASE64 = "(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?"
_HASH = re.compile(rf"pbkdf2_sha256\$(?P<iterations>[1-9][0-9]{{0,6}})\$(?P<salt>{_BASE64})\$(?P<digest>{_BASE64})")


def hash_password(password: str, salt: bytes | None = None) -> str:
    """`pbkdf2_sha256$iterations$salt$hash`; a salt is given only where the same data must come out every time."""
    salt = secrets.token_bytes(SALT_BYTES) if salt is None else salt
    return f"pbkdf2_sha256${ITERATIONS}${_text(salt)}${_text(_derive(password, salt, ITERATIONS))}"


def is_password(password: str, kept: str | None) -> bool:
    """Whether the password made this hash; takes as long when there is none, so that time tells nobody who exists."""
    parts = _HASH.fullmatch(kept or "")
    if parts is None or int(parts["iterations"]) > ITERATIONS_MAX:
        _derive(password, b"nobody", ITERATIONS)
        return False
    derived = _derive(password, base64.b64decode(parts["salt"]), int(parts["iterations"]))
    return hmac.compare_digest(_text(derived), parts["digest"])


def _derive(password: str, salt: bytes, iterations: int) -> bytes:
    return hashlib.pbkdf2_hmac("sha256", password.encode(), salt, iterations)


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()
