"""The verifier's synchronous face, for threads: the same verifier in one event loop beside them.

An event loop for each request would end with it, and with it the fetch of keys that goes on beside the requests.
"""

from __future__ import annotations

import asyncio
import threading
from types import TracebackType
from typing import Self

from ringfence.runtime.claims import Verifier
from ringfence.runtime.refused import CannotJudge
from ringfence.runtime.verified import VerifiedToken

WAIT_S_MAX = 10.0


class BlockingVerifier:
    """A verifier for code without an event loop.

        with BlockingVerifier(Verifier(profile, JwksClient(url))) as verifier:
            token = verifier.verify(text)  # a VerifiedToken; TokenRefused is 401, CannotJudge 503

    Its thread starts with the first token, also after a fork, and ends with `close` or with the process.
    """

    def __init__(self, verifier: Verifier, *, wait_s_max: float = WAIT_S_MAX) -> None:
        self._verifier = verifier
        self._wait_s_max = wait_s_max
        self._starting = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def verify(self, token: str | bytes) -> VerifiedToken:
        """What the token says; raises TokenRefused and CannotJudge."""
        asked = asyncio.run_coroutine_threadsafe(self._verifier.verify(token), self._running())
        try:
            return asked.result(self._wait_s_max)
        except TimeoutError:
            asked.cancel()
            raise CannotJudge("keys") from None

    def close(self) -> None:
        """End the thread."""
        with self._starting:
            loop, thread, self._loop, self._thread = self._loop, self._thread, None, None
        if loop is not None and thread is not None and thread.is_alive():
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._starting:
            # a fork copies the object but not the thread: a loop that nobody runs would never answer
            if self._loop is None or self._thread is None or not self._thread.is_alive():
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=self._loop.run_forever, name="ringfence verifier", daemon=True)
                self._thread.start()
            return self._loop
