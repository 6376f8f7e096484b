"""The verifier's synchronous face, for threads: the same verifier in one event loop beside them."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from ringfence.runtime.claims import Verifier
from ringfence.runtime.loopthread import LoopThread
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
        self._loop = LoopThread("ringfence verifier")

    def verify(self, token: str | bytes) -> VerifiedToken:
        """What the token says; raises TokenRefused and CannotJudge."""
        try:
            return self._loop.run(self._verifier.verify(token), self._wait_s_max)
        except TimeoutError:
            raise CannotJudge("keys") from None

    def close(self) -> None:
        """End the thread."""
        self._loop.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()
