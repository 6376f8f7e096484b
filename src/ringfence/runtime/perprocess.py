"""What each process has to make for itself: connections must not go along when a server forks, and threads do not.

A connection used by two processes mixes their messages, so one tenant's answer could reach another's request.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Callable
from typing import Any, Generic, TypeVar

T = TypeVar("T")
_every: weakref.WeakSet[PerProcess[Any]] = weakref.WeakSet()


class PerProcess(Generic[T]):
    """Something made on its first use, by any thread, and anew in a process that was forked since.

    Args:
        make: Makes it, once a process; what it raises reaches whoever asked, and the next one tries again.
    """

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._made: T | None = None
        self._before: list[T] = []
        _every.add(self)

    def get(self) -> T:
        """This process's own."""
        made = self._made
        if made is not None:
            return made
        with self._lock:
            if self._made is None:
                self._made = self._make()
            return self._made

    def made(self) -> T | None:
        """The same, when this process has made one already."""
        return self._made

    def take(self) -> T | None:
        """Hand it out to be closed; whoever asks afterwards makes another."""
        with self._lock:
            taken, self._made = self._made, None
        return taken

    def forget(self) -> None:
        """Begin anew, in a child: another thread of the parent may have held the lock, and is not here to let it go.

        What the parent made is kept and never touched: to close it would be to speak on the parent's connections.
        """
        self._lock = threading.Lock()
        if self._made is not None:
            self._before.append(self._made)
            self._made = None


def _forget_all() -> None:
    for one in list(_every):
        one.forget()


os.register_at_fork(after_in_child=_forget_all)
