"""Tokens that were verified a moment ago: bounded, forgotten with the token, and asked anew under other keys.

The key of an entry is a digest of what is signed, which holds user, session and organization, together with the key
set's fingerprint. The signature is no part of it: an ECDSA signature can be bent into a second valid one (r, n - s),
and a cache keyed on it is one that an attacker fills. A hit must still show the very signature that was verified.
"""

from __future__ import annotations

import hmac
from collections import OrderedDict
from dataclasses import dataclass
from hashlib import sha256

from ringfence.runtime.verified import VerifiedToken

ENTRIES_MAX = 10_000
KEEP_S_MAX = 300.0
"""The longest that an entry is believed, however long its token lives."""


@dataclass(frozen=True, slots=True)
class _Entry:
    signature: bytes
    fingerprint: str
    until: float
    token: VerifiedToken


class TokenCache:
    """The last tokens that were verified, at most `entries_max`; the one not used longest goes first."""

    def __init__(self, entries_max: int = ENTRIES_MAX, keep_s_max: float = KEEP_S_MAX) -> None:
        self.entries_max = entries_max
        self.keep_s_max = keep_s_max
        self._entries: OrderedDict[bytes, _Entry] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def find(self, signed: bytes, signature: bytes, fingerprint: str, now_s: float) -> VerifiedToken | None:
        """The token verified before, if it would be verified again with the same result."""
        key = sha256(signed).digest()
        entry = self._entries.get(key)
        if entry is None:
            return None
        if entry.fingerprint != fingerprint or now_s >= entry.until:
            del self._entries[key]
            return None
        if not hmac.compare_digest(entry.signature, signature):
            return None  # perhaps forged, perhaps bent: only a verification knows, and the entry stays as it is
        self._entries.move_to_end(key)
        return entry.token

    def keep(
        self, signed: bytes, signature: bytes, fingerprint: str, now_s: float, until: float | None, token: VerifiedToken
    ) -> None:
        """Remember a token that was verified just now."""
        if self.entries_max <= 0:
            return
        latest = now_s + self.keep_s_max
        ends = latest if until is None else min(latest, until)
        # the first signature stays: whoever bends it must not push the honest one out
        self._entries.setdefault(sha256(signed).digest(), _Entry(signature, fingerprint, ends, token))
        while len(self._entries) > self.entries_max:
            self._entries.popitem(last=False)

    def clear(self) -> None:
        """Forget everything."""
        self._entries.clear()
