"""The verifier: from the text of a token to what is believed of it, or a refusal.

Three steps, each of which can only refuse: the token is taken apart strictly (`jws.py`), its key is looked up by
algorithm and key id and its signature checked by joserfc (`keys.py`), and its claims are judged (`judge.py`). Nothing
that came with the token chooses how it is checked: the algorithm in its header is half of a name in a table of ours.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from ringfence.runtime import jws
from ringfence.runtime.judge import Judged, judge, judge_legacy
from ringfence.runtime.keys import EMPTY, KeySet, VerifyingKey
from ringfence.runtime.profile import InvalidProfile, LegacyProfile, TokenProfile
from ringfence.runtime.refused import CannotJudge, TokenRefused
from ringfence.runtime.strictjson import Malformed, parse_object
from ringfence.runtime.tokencache import TokenCache
from ringfence.runtime.verified import VerifiedToken

__all__ = [
    "CannotJudge",
    "FixedKeys",
    "InvalidProfile",
    "KeySource",
    "LegacyProfile",
    "TokenProfile",
    "TokenRefused",
    "VerifiedToken",
    "Verifier",
]

LEGACY_ALG = "HS256"


class KeySource(Protocol):
    """Where the issuer's key set comes from."""

    def known(self) -> KeySet | None:
        """The key set as it is known without waiting, or None while it is not or is too old to be believed."""

    async def ask(self, kid: str | None) -> KeySet:
        """The newest key set there is to have, fetched when `kid` is not in the known one; raises CannotJudge."""


class FixedKeys:
    """A key set that never changes, for tests and for issuers whose keys are configured by hand."""

    def __init__(self, keys: KeySet) -> None:
        self._keys = keys

    def known(self) -> KeySet | None:
        """The key set."""
        return self._keys

    async def ask(self, kid: str | None) -> KeySet:
        """The key set, whatever is asked for."""
        del kid
        return self._keys


class Verifier:
    """Verifies tokens of one profile.

        verifier = Verifier(TokenProfile(issuer=.., audience="authenticated"), JwksClient("https://.."))
        token = await verifier.verify(text)  # a VerifiedToken; TokenRefused is 401, CannotJudge 503

    Args:
        profile: What a token must say.
        keys: Where the issuer's public keys come from.
        cache: Holds tokens verified before; `TokenCache(0)` holds none.
        clock: Seconds since 1970.
    """

    def __init__(
        self,
        profile: TokenProfile,
        keys: KeySource,
        *,
        cache: TokenCache | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._profile = profile
        self._keys = keys
        self._cache = TokenCache() if cache is None else cache
        self._clock = clock
        self._algorithms = {*profile.algorithms, *(("Ed25519",) if "EdDSA" in profile.algorithms else ())}
        self._shared = None if profile.legacy is None else VerifyingKey.shared(profile.legacy.secret)

    async def verify(self, token: str | bytes) -> VerifiedToken:
        """What the token says; raises TokenRefused, and CannotJudge while there are no keys to judge it with."""
        signed, signature = jws.cut(token)
        keys = self._keys.known()
        now_s = self._clock()
        fingerprint = EMPTY.fingerprint if keys is None else keys.fingerprint
        found = self._cache.find(signed, signature, fingerprint, now_s)
        if found is not None:
            return found
        parts = jws.parse(signed, signature)
        self._check_type(parts.header.typ)
        if parts.header.alg == LEGACY_ALG:
            judged = self._legacy(parts, keys, now_s)
        else:
            keys, key = await self._key(parts.header, keys)
            fingerprint = keys.fingerprint
            now_s = self._clock()  # asking for keys may have taken a while
            judged = judge(_claims(parts, key), self._profile, now_s)
        self._cache.keep(signed, signature, fingerprint, now_s, judged.until, judged.token)
        return judged.token

    def _check_type(self, typ: str | None) -> None:
        name = "jwt" if typ is None else typ.lower().removeprefix("application/")
        if name not in self._profile.types:
            raise TokenRefused("type")

    async def _key(self, header: jws.Header, known: KeySet | None) -> tuple[KeySet, VerifyingKey]:
        """The key set and the key in it; a key id that nobody knows is asked for once."""
        if header.alg not in self._algorithms:
            raise TokenRefused("algorithm")
        if header.kid is None:
            raise TokenRefused("key")
        keys = known if known is not None and header.kid in known.kids else await self._keys.ask(header.kid)
        key = keys.find(header.alg, header.kid)
        if key is None:
            raise TokenRefused("key")
        return keys, key

    def _legacy(self, parts: jws.Compact, keys: KeySet | None, now_s: float) -> Judged:
        """A token of before: in the window, and never under the name of a key of the key set."""
        legacy = self._profile.legacy
        if legacy is None or self._shared is None:
            raise TokenRefused("algorithm")
        if keys is not None and parts.header.kid in keys.kids:
            raise TokenRefused("key")
        return judge_legacy(_claims(parts, self._shared), self._profile, legacy, now_s)


def _claims(parts: jws.Compact, key: VerifyingKey) -> dict[str, object]:
    """The claims, once the signature over them is found good."""
    if not key.verifies(parts.signed, parts.signature):
        raise TokenRefused("signature")
    try:
        return parse_object(parts.payload)
    except Malformed:
        raise TokenRefused("claims") from None
