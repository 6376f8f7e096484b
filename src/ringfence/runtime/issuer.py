"""An issuer for applications that mint their own tokens: signs with the key in use, publishes all that are believed.

Workers hold the keys for some seconds and read them anew. A rotation needs no restart and no moment at which all
workers agree: the key that one of them still signs with is published, and so is the one another signs with already.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from typing import Any

from cryptography.hazmat.primitives.serialization import load_der_private_key
from joserfc.jwk import ECKey, OKPKey
from joserfc.jws import JWSRegistry

from ringfence.errors import RingfenceError
from ringfence.runtime import base64url
from ringfence.runtime.envelope import KeysSecret
from ringfence.runtime.refused import CannotJudge
from ringfence.runtime.signing import SigningKey, in_use, key_set_document

LIFETIME_S = 3600
FRESH_S = 5.0
"""How long keys are used without being read anew."""
STALE_S_MAX = 3600.0
"""How long an issuer goes on while its keys cannot be read."""
PUBLISHED_S = 600
"""How long others may keep the key set."""
_OURS = frozenset({"iss", "aud", "iat", "exp"})
_log = logging.getLogger(__name__)

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class NothingToSignWith(RingfenceError):
    """No signing key is in use, so no token can be issued."""

    code = "RF945"


class ClaimsTaken(RingfenceError):
    """The claims of a token to be issued say what the issuer says itself."""

    code = "RF946"


class Issuer:
    """Issues tokens of one issuer for one audience; belongs to one event loop.

        issuer = Issuer(partial(keystore.read_at, url), KeysSecret.from_environment(os.environ), issuer=.., audience=..)
        token = await issuer.issue({"sub": user, "role": "authenticated", "session_id": session, ..})

    Args:
        read: Reads the signing keys, in a thread of its own; raises RingfenceError when it cannot.
        secret: What private keys are encrypted with; several while one follows another.
        issuer: `iss` of every token.
        audience: `aud` of every token.
        lifetime_s: From `iat` to `exp`.
        fresh_s: How long keys are used without being read anew.
        clock: Seconds since 1970.
    """

    def __init__(
        self,
        read: Callable[[], Sequence[SigningKey]],
        secret: KeysSecret | Sequence[KeysSecret],
        *,
        issuer: str,
        audience: str,
        lifetime_s: int = LIFETIME_S,
        fresh_s: float = FRESH_S,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._read = read
        held = (secret,) if isinstance(secret, KeysSecret) else tuple(secret)
        self._secrets: Mapping[int, KeysSecret] = {one.id: one for one in held}
        self._issuer, self._audience = issuer, audience
        self._lifetime_s, self._fresh_s, self._clock = lifetime_s, fresh_s, clock
        self._keys: tuple[SigningKey, ...] = ()
        self._read_at = float("-inf")
        self._next_read_at = float("-inf")
        self._reading = asyncio.Lock()
        self._private: dict[str, Any] = {}

    async def issue(self, claims: Mapping[str, Any]) -> str:
        """A signed token with these claims, to which issuer, audience and times are added.

        Raises ClaimsTaken, NothingToSignWith, EnvelopeRefused, and CannotJudge when the keys cannot be read.
        """
        taken = sorted(_OURS & set(claims))
        if taken:
            raise ClaimsTaken(detail=", ".join(taken), hint="leave these to the issuer")
        key = in_use(await self._known())
        if key is None:
            raise NothingToSignWith(hint="ringfence keys create, then ringfence keys rotate")
        now_s = int(self._clock())
        payload = {
            "iss": self._issuer,
            "aud": self._audience,
            "iat": now_s,
            "exp": now_s + self._lifetime_s,
            **claims,
        }
        header = {"alg": key.alg, "kid": key.kid, "typ": "JWT"}
        signed = ".".join(base64url.encode(_json(part)) for part in (header, payload)).encode()
        signature = JWSRegistry.algorithms[key.alg].sign(signed, self._private_of(key))
        return f"{signed.decode()}.{base64url.encode(signature)}"

    async def key_set(self) -> bytes:
        """The JWKS document of all keys that are believed; raises CannotJudge when they cannot be read."""
        return key_set_document(await self._known())

    async def app(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """The key set as an ASGI application, for `/.well-known/jwks.json`: GET and HEAD, cacheable, public."""
        del receive
        if scope["type"] != "http":
            raise NotImplementedError("the key set is served over HTTP only")
        status, body, headers = 405, b"", [(b"allow", b"GET, HEAD")]
        if scope["method"] in ("GET", "HEAD"):
            try:
                status, body = 200, await self.key_set()
                headers = [
                    (b"content-type", b"application/jwk-set+json"),
                    (b"cache-control", f"public, max-age={PUBLISHED_S}".encode()),
                ]
            except CannotJudge as error:
                status, body = error.status, b""
                headers = [(name.lower().encode(), value.encode()) for name, value in error.headers.items()]
        headers.append((b"content-length", str(len(body)).encode()))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

    async def _known(self) -> tuple[SigningKey, ...]:
        """The keys, read anew when they are not fresh; those read before while they cannot be."""
        if time.monotonic() >= self._next_read_at and not (self._reading.locked() and self._usable()):
            async with self._reading:
                if time.monotonic() >= self._next_read_at:  # nobody read them while this one waited
                    await self._read_anew()
        if not self._usable():
            raise CannotJudge("keys")
        return self._keys

    def _usable(self) -> bool:
        return time.monotonic() - self._read_at <= STALE_S_MAX

    async def _read_anew(self) -> None:
        try:
            self._keys = tuple(await asyncio.to_thread(self._read))
        except RingfenceError as error:
            # the keys of before go on, for a while: a database that restarts logs nobody out
            _log.warning("the signing keys cannot be read: %s", error.message)
            return
        finally:
            # only now: whoever has no keys yet must wait for this read, not pass it by
            self._next_read_at = time.monotonic() + self._fresh_s
        self._read_at = time.monotonic()
        believed = {key.kid for key in self._keys if key.state.published}
        self._private = {kid: private for kid, private in self._private.items() if kid in believed}

    def _private_of(self, key: SigningKey) -> Any:
        """The private half, opened once."""
        known = self._private.get(key.kid)
        if known is not None:
            return known
        secret = self._secrets.get(key.secret_id)
        if secret is None:
            raise NothingToSignWith(
                f"the key in use is encrypted with the secret {key.secret_id}, which this process does not have",
                subject=f"signing key {key.kid}",
            )
        native: Any = load_der_private_key(secret.unwrap(key.envelope, key.kid, key.alg), password=None)
        opened: Any = (ECKey if key.alg == "ES256" else OKPKey).import_key(native)
        self._private[key.kid] = opened
        return opened


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), allow_nan=False).encode()
