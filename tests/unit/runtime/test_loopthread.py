"""One event loop for the threads of a process: begun by the first question, and left by nobody."""

from __future__ import annotations

import asyncio
import gc
import os
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from ringfence.runtime.loopthread import LoopThread

NAME = "ringfence test"
WAIT_S_MAX = 20.0


def serving() -> list[threading.Thread]:
    """The threads that run such a loop."""
    return [thread for thread in threading.enumerate() if thread.name == NAME]


async def loop_id() -> int:
    """In which loop it runs."""
    return id(asyncio.get_running_loop())


def test_threads_share_one_loop_and_its_end_leaves_neither_thread_nor_task() -> None:
    cancelled = threading.Event()

    async def goes_on() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    async def begins() -> int:
        beside.append(asyncio.ensure_future(goes_on()))
        await asyncio.sleep(0)
        return await loop_id()

    beside: list[asyncio.Task[None]] = []
    loop = LoopThread(NAME)
    with ThreadPoolExecutor(8) as threads:
        found = set(threads.map(lambda _: loop.run(begins(), WAIT_S_MAX), range(8)))
    assert len(found) == len(serving()) == 1

    loop.close()

    assert cancelled.is_set()
    assert all(task.cancelled() for task in beside)
    assert not serving()
    assert loop.run(loop_id(), WAIT_S_MAX)  # the next question begins another
    loop.close()


def test_what_takes_too_long_is_given_up() -> None:
    loop = LoopThread(NAME)
    with pytest.raises(TimeoutError):
        loop.run(asyncio.Event().wait(), 0.05)
    loop.close()


def test_who_waits_while_it_ends_is_told_at_once() -> None:
    loop, begun = LoopThread(NAME), threading.Event()

    async def never() -> None:
        begun.set()
        await asyncio.Event().wait()

    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(loop.run, never(), WAIT_S_MAX * 10)
        assert begun.wait(WAIT_S_MAX)
        loop.close()
        with pytest.raises(TimeoutError):
            waiting.result(WAIT_S_MAX)


def test_one_that_nobody_holds_any_more_ends_by_itself() -> None:
    loop = LoopThread(NAME)
    loop.run(loop_id(), WAIT_S_MAX)
    (thread,) = serving()

    del loop
    gc.collect()

    thread.join(WAIT_S_MAX)
    assert not thread.is_alive()


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_worker_has_a_loop_of_its_own_and_the_parents_goes_on() -> None:
    loop = LoopThread(NAME)
    before = loop.run(loop_id(), WAIT_S_MAX)
    child = os.fork()
    if child == 0:
        code = 2
        try:
            code = 0 if loop.run(loop_id(), WAIT_S_MAX) != before and len(serving()) == 1 else 1
            loop.close()
        finally:
            os._exit(code)

    assert os.waitpid(child, 0)[1] == 0
    assert loop.run(loop_id(), WAIT_S_MAX) == before
    loop.close()
