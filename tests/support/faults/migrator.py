"""The supervisor's side: start a migrator, lead it from mark to mark, kill it exactly there."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from support.cases import ACCEPT
from support.faults.marks import Ended, Mark

PATIENCE_S = 120.0
"""Far longer than anything a migrator of these tests does between two marks; longer means that it hangs."""
TESTS = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Order:
    """What a migrator is to do, as on a command line."""

    verb: str
    url: str
    config: Path
    through: int | None = 2
    """Phase 6 waits until old clients are gone."""
    first: int = 0
    accept: Mapping[str, str] | None = None
    reconnect_wait_s: float = 0.02
    """A second in earnest; what is tested is what happens after it."""

    @property
    def text(self) -> str:
        """As the program reads it."""
        accept = dict(ACCEPT if self.accept is None else self.accept)
        values = {
            "through": self.through,
            "first": self.first,
            "accept": accept,
            "reconnect_wait_s": self.reconnect_wait_s,
        }
        return json.dumps({"verb": self.verb, "url": self.url, "config": str(self.config), **values})


class Migrator:
    """One process at work; it stands still at every mark until told to go on."""

    def __init__(self, line: socket.socket) -> None:
        line.settimeout(PATIENCE_S)
        self._line = line
        self._file = line.makefile("rw", encoding="utf-8", newline="\n")
        self.pid = int(json.loads(self._file.readline())["pid"])
        # a handle and not a number: the number may be another process's by the time it is used
        self._process = os.pidfd_open(self.pid) if hasattr(os, "pidfd_open") else None
        self.ended: Ended | None = None
        self._waits = False

    def next(self) -> Mark | Ended:
        """Let it go on to its next mark, or to its end."""
        if self._waits:
            self.go()
        text = self._file.readline()
        assert text, "the migrator died by itself"
        said = json.loads(text)
        if isinstance(said, list):
            self._waits = True
            return Mark(*said)
        assert "crashed" not in said, said["crashed"]
        self.ended = Ended(said["ended"], said["detail"])
        self._close()
        return self.ended

    def go(self) -> None:
        """Give the word to go on, and do not wait for what comes."""
        self._file.write("\n")
        self._file.flush()
        self._waits = False

    def until(self, wanted: Callable[[Mark], bool]) -> Mark | Ended:
        """Go on until a mark is wanted, and stay there; or to the end."""
        while True:
            said = self.next()
            if isinstance(said, Ended) or wanted(said):
                return said

    def finish(self) -> Ended:
        """Go on to the end."""
        said = self.until(lambda _: False)
        assert isinstance(said, Ended)
        return said

    def kill(self) -> bool:
        """Kill it without a last word, and wait until it is gone; False when it had come to its end before."""
        if self.ended is not None:
            return False
        self._signal(signal.SIGKILL)
        rest = [json.loads(text) for text in self._rest()]
        self._close()
        return not any(isinstance(said, dict) for said in rest)

    def _signal(self, number: signal.Signals) -> None:
        try:
            if self._process is None:
                os.kill(self.pid, number)
            else:
                signal.pidfd_send_signal(self._process, number)
        except ProcessLookupError:
            pass  # it has said its last word, which is read next

    def _rest(self) -> list[str]:
        try:
            return list(self._file)
        except ConnectionResetError:  # it died with our last word unread
            return []

    def _close(self) -> None:
        with suppress(BrokenPipeError):  # our last word, unread
            self._file.close()
        self._line.close()
        if self._process is not None:
            os.close(self._process)
            self._process = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self.ended is None and self._line.fileno() >= 0:
            self.kill()


class Nursery(AbstractContextManager["Nursery"]):
    """Where migrators come from: one Python that has imported everything and forks them."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        self._control = ours
        self._turn = threading.Lock()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "support.faults.program", str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            env={**os.environ, "PYTHONPATH": str(TESTS)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        theirs.close()

    def start(self, order: Order) -> Migrator:
        """A migrator that has not come to its first mark yet."""
        ours, theirs = socket.socketpair()
        with self._turn, theirs:
            socket.send_fds(self._control, [order.text.encode()], [theirs.fileno()])
            theirs.close()
            return Migrator(ours)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._control.close()
        self._process.wait(30)
