"""A second pair of eyes: while a long statement runs, a thread with a connection of its own says what it waits for."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from ringfence import db
from ringfence.errors import RingfenceError
from ringfence.execute import pg
from ringfence.observe import LockWaited, Note, Observer

LOOK_EVERY_S = 2.0


@contextmanager
def watching(url: str, pid: int, step: str, observer: Observer) -> Iterator[None]:
    """Tell the observer every two seconds what backend `pid` does and who holds it up, until the block ends.

    A watcher that cannot connect says so once; the work does not depend on it.
    """
    over = threading.Event()
    thread = threading.Thread(target=_look, args=(url, pid, step, observer, over), daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(timeout=LOOK_EVERY_S + db.CONNECT_TIMEOUT_S)


def _look(url: str, pid: int, step: str, observer: Observer, over: threading.Event) -> None:
    if over.wait(LOOK_EVERY_S):
        return  # most builds are over before anybody would want to know
    began = time.monotonic()
    looks = 0
    try:
        with pg.spoken(), db.connect(url, application="ringfence watcher") as conn:
            while not over.is_set():
                looks += 1
                phase, percent, holders = pg.waits_for(conn, pid)
                if holders:
                    waited = (time.monotonic() - began) * 1000.0
                    observer(LockWaited(step, f"{phase} ({percent} %)", waited, looks, 0, holders))
                else:
                    observer(Note(f"{step}: {phase} ({percent} %)"))
                over.wait(LOOK_EVERY_S)
    except RingfenceError as error:
        observer(Note(f"{step}: nobody watches it: {error.message}", "warning"))
