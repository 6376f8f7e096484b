"""The issuer's public keys over HTTPS: one fetch for all who wait, seldom, and kept while the issuer is down.

Whoever sends a token chooses its key id, so an unknown one must not cost a request each: that would turn any client
into one that floods the issuer, or empties the cache of keys that everybody else needs. And an issuer that cannot be
reached is no reason to call a token false: what cannot be judged is 503.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from urllib.parse import urlsplit

import httpx

from ringfence.errors import RingfenceError
from ringfence.runtime.keys import DOCUMENT_BYTES_MAX, InvalidKeySet, KeySet, parse_key_set
from ringfence.runtime.refused import CannotJudge

FRESH_S = 600.0
"""After this long the keys are fetched anew, beside the requests, which go on with what is known."""
STALE_S_MAX = 6 * 3600.0
"""The longest that keys are believed without having been seen: how long a revoked key lives when the issuer is down."""
COOLDOWN_S = 10.0
"""Between two fetches, whatever is asked for."""
TIMEOUT_S = 5.0
"""For the whole of one fetch."""

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_log = logging.getLogger(__name__)


class InvalidSource(RingfenceError):
    """The address of a key set is none that keys may come from."""

    code = "RF935"


class _Failed(Exception):
    """A fetch brought no key set; the text is ours and holds nothing of the answer."""


class JwksClient:
    """A key source (`claims.KeySource`) that reads a JWKS document; one for each issuer and process.

        verifier = Verifier(profile, JwksClient("https://project.supabase.co/auth/v1/.well-known/jwks.json"))

    Redirects are not followed and proxies of the environment not used. Raises InvalidSource for an address that is not
    https (plain http to this machine itself only with `loopback_http_accepted`, for tests).
    """

    def __init__(
        self,
        url: str,
        *,
        fresh_s: float = FRESH_S,
        stale_s_max: float = STALE_S_MAX,
        cooldown_s: float = COOLDOWN_S,
        timeout_s: float = TIMEOUT_S,
        proxy: str | None = None,
        loopback_http_accepted: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        _check_address(url, loopback_http_accepted)
        self._url = url
        self._fresh_s, self._stale_s_max = fresh_s, max(stale_s_max, fresh_s)
        self._cooldown_s, self._timeout_s = cooldown_s, timeout_s
        self._proxy = proxy
        self._clock = clock
        self._keys: KeySet | None = None
        self._fetched_at = 0.0
        self._next_fetch_at = float("-inf")
        self._flight: tuple[asyncio.AbstractEventLoop, asyncio.Task[None]] | None = None
        self.fetches = 0
        self.failure: str | None = None
        """Why the last fetch brought no keys, or None; for the operator."""

    @property
    def age_s(self) -> float | None:
        """For how long the keys have not been seen at the issuer; None before the first time."""
        return None if self._keys is None else self._clock() - self._fetched_at

    def known(self) -> KeySet | None:
        """The keys as they are known, at once; when they are no longer fresh, a fetch is begun beside the caller."""
        age_s = self.age_s
        if age_s is None or age_s > self._stale_s_max:
            return None
        if age_s > self._fresh_s and self._may_fetch():
            self._begin()
            # long since due: the loops that fetches were begun in have ended with their requests, or the issuer is
            # down. This caller is to wait for it, or a revoked key would live for as long as keys may be stale.
            if self._is_overdue():
                return None
        return self._keys

    def _is_overdue(self) -> bool:
        age_s = self.age_s
        return age_s is not None and age_s > 2 * self._fresh_s

    async def ask(self, kid: str | None) -> KeySet:
        """The keys, fetched first when `kid` is not among the known ones and the last fetch is a while ago.

        Raises CannotJudge when there are no keys, or when this key id may be new and the issuer cannot be asked.
        """
        keys = self.known()
        flight = self._in_flight()
        if keys is not None and (kid is None or kid in keys.kids) and not (flight is not None and self._is_overdue()):
            return keys
        if flight is None and self._may_fetch():
            flight = self._begin()
        if flight is not None:
            # shielded: the one who leaves does not take the keys from those who wait on
            await asyncio.shield(flight)
            keys = self.known()
        if keys is None or (self.failure is not None and kid is not None and kid not in keys.kids):
            raise CannotJudge("keys", retry_after_s=max(0.0, self._next_fetch_at - self._clock()))
        return keys

    def _may_fetch(self) -> bool:
        return self._in_flight() is None and self._clock() >= self._next_fetch_at

    def _in_flight(self) -> asyncio.Task[None] | None:
        """The fetch under way in this event loop; one of another loop (another thread) cannot be awaited."""
        if self._flight is None:
            return None
        loop, task = self._flight
        return task if loop is asyncio.get_running_loop() and not task.done() else None

    def _begin(self) -> asyncio.Task[None]:
        loop = asyncio.get_running_loop()
        self._next_fetch_at = self._clock() + self._cooldown_s
        task = loop.create_task(self._fetch())
        self._flight = loop, task
        return task

    async def _fetch(self) -> None:
        self.fetches += 1
        try:
            async with asyncio.timeout(self._timeout_s):
                keys = parse_key_set(await self._read())
        except InvalidKeySet as error:
            self._failed(error.message)
        except _Failed as error:
            self._failed(str(error))
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            self._failed(type(error).__name__)  # what the other side has said goes into no log
        else:
            self._keys, self._fetched_at, self.failure = keys, self._clock(), None
            for skipped in keys.skipped:
                _log.info("the key set at %s: %s is left out", urlsplit(self._url).hostname, skipped)

    def _failed(self, why: str) -> None:
        self.failure = why
        _log.warning("the key set at %s cannot be fetched: %s", urlsplit(self._url).hostname, why)

    async def _read(self) -> bytes:
        """The document, in one piece and bounded."""
        headers = {"Accept": "application/jwk-set+json, application/json", "Accept-Encoding": "identity"}
        async with (
            httpx.AsyncClient(
                follow_redirects=False, trust_env=False, proxy=self._proxy, timeout=self._timeout_s
            ) as client,
            client.stream("GET", self._url, headers=headers) as answer,
        ):
            if answer.status_code != httpx.codes.OK:
                raise _Failed(f"the answer is {answer.status_code}")
            if answer.headers.get("content-encoding", "identity") != "identity":
                raise _Failed("the answer is compressed")  # and could be a bomb
            body = bytearray()
            async for piece in answer.aiter_raw():
                body += piece
                if len(body) > DOCUMENT_BYTES_MAX:
                    raise _Failed(f"the answer has more than {DOCUMENT_BYTES_MAX} bytes")
            return bytes(body)


def _check_address(url: str, loopback_http_accepted: bool) -> None:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port, parts = None, None, urlsplit("")
    del port
    good = bool(host) and parts.username is None and not parts.fragment
    if parts.scheme == "http":
        good = good and loopback_http_accepted and host in _LOOPBACK
    elif parts.scheme != "https":
        good = False
    if not good:
        raise InvalidSource(
            "keys come over https only, without user and password in the address",
            hint="write it as https://host/path/jwks.json",
        )
