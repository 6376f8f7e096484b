"""One event loop in a thread of its own, for what is asynchronous and is asked from threads.

Not a loop for each question: it would end with the question, and with it what goes on beside, such as a fetch of keys.
Key sets and connection pools belong to the loop they were opened in.
"""

from __future__ import annotations

import asyncio
import os
import threading
import weakref
from collections.abc import Coroutine
from concurrent.futures import CancelledError
from contextlib import suppress
from typing import Any, TypeVar

from ringfence.runtime.perprocess import PerProcess

T = TypeVar("T")
CLOSE_S_MAX = 5.0
"""How long the end waits for what is under way, after it was cancelled."""


class LoopThread:
    """Runs coroutines for threads; begins with the first one in each process, ends with `close` or with the process."""

    def __init__(self, name: str) -> None:
        self._running = PerProcess(lambda: _Running(name))

    def run(self, work: Coroutine[Any, Any, T], s_max: float) -> T:
        """The result of a coroutine; raises what it raises, and TimeoutError when it takes longer or the loop ends."""
        running = self._running.get()
        if running.begin():
            weakref.finalize(self, running.stop)
        try:
            future = asyncio.run_coroutine_threadsafe(work, running.loop)
        except RuntimeError:  # closed by another thread just now
            work.close()
            raise TimeoutError from None
        try:
            return future.result(s_max)
        except TimeoutError:
            future.cancel()
            raise
        except CancelledError:
            raise TimeoutError from None

    def close(self) -> None:
        """Cancel what is under way and end the thread; the next question begins another."""
        running = self._running.take()
        if running is not None:
            running.stop()
            running.thread.join(CLOSE_S_MAX)


class _Running:
    """The loop of one process."""

    def __init__(self, name: str) -> None:
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=_serve, args=(self.loop,), name=name, daemon=True)
        self._process = os.getpid()
        self._beginning = threading.Lock()
        self._begun = False

    def begin(self) -> bool:
        """Start the thread; False when that was done before."""
        with self._beginning:
            if self._begun:
                return False
            self.thread.start()
            self._begun = True
            return True

    def stop(self) -> None:
        """Let the thread end; nothing in a child, whose copy of the loop would wake the parent's."""
        if self._process == os.getpid():
            with suppress(RuntimeError):  # it has ended already
                self.loop.call_soon_threadsafe(self.loop.stop)


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
        tasks = asyncio.all_tasks(loop)
        for task in tasks:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        loop.run_until_complete(loop.shutdown_asyncgens())
    finally:
        loop.close()
