"""The desk's own key set, as its verifiers know it: read from where its issuer reads it, and read anew beside requests.

An application whose tokens somebody else issues has `JwksClient` in this place, which asks over https.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import Self

from ringfence.runtime.issuer import FRESH_S, Issuer
from ringfence.runtime.keys import KeySet, parse_key_set
from ringfence.runtime.refused import CannotJudge

log = logging.getLogger(__name__)


class PublishedKeys:
    """What an issuer publishes, no older than FRESH_S; entered while somebody verifies with it."""

    def __init__(self, issuer: Issuer) -> None:
        self._issuer = issuer
        self._keys: KeySet | None = None
        self._reading: asyncio.Task[None] | None = None

    def known(self) -> KeySet | None:
        """The key set as it was read last."""
        return self._keys

    async def ask(self, kid: str | None) -> KeySet:
        """The newest there is to have; the issuer bounds how often it is read. Raises CannotJudge."""
        del kid
        self._keys = parse_key_set(await self._issuer.key_set())
        return self._keys

    async def __aenter__(self) -> Self:
        await self.ask(None)
        self._reading = asyncio.create_task(self._read_on())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._reading is not None:
            self._reading.cancel()
            with suppress(asyncio.CancelledError):
                await self._reading

    async def _read_on(self) -> None:
        """A key that was revoked is forgotten within seconds, though nobody asks for it."""
        while True:
            await asyncio.sleep(FRESH_S)
            try:
                await self.ask(None)
            except CannotJudge:
                # too old by now: whoever holds a token is told to come again
                self._keys = None
                log.warning("the signing keys cannot be read")
