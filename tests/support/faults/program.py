"""The migrator that can be killed to the point: the real verbs in a process of their own, stopping at every mark.

Run as a program it waits for requests on a socket and forks a migrator for each, so that one more life costs no one more
start of Python. Around the real functions it puts a line of text out and a line in, and nothing else: no function is
replaced, none is skipped, and none behaves otherwise.
"""

from __future__ import annotations

import functools
import json
import os
import signal
import socket
import sys
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NoReturn

from ringfence import codec, verbs
from ringfence.errors import RingfenceError
from ringfence.execute import pg as execute_pg
from ringfence.journal import pg as journal_pg
from ringfence.observe import ignore
from ringfence.reports import RunReport
from support.faults.marks import APPENDED, BEFORE, COMMITTED, EXECUTED, Mark, mark_of

REQUEST_BYTES_MAX = 65536


class Pipe:
    """The line to the supervisor."""

    def __init__(self, handle: int) -> None:
        self._file = socket.socket(fileno=handle).makefile("rw", encoding="utf-8", newline="\n")

    def say(self, line: str) -> None:
        """Say one line."""
        self._file.write(line + "\n")
        self._file.flush()

    def stop_at(self, mark: Mark) -> None:
        """Say where we are and wait for the word to go on; a supervisor that is gone ends this process."""
        self.say(mark.line)
        if not self._file.readline():
            os._exit(3)


def announce(pipe: Pipe) -> None:
    """Put the marks around the functions that change something."""
    written: list[Mapping[str, Any]] = []
    append = journal_pg.append

    @functools.wraps(append)
    def appending(conn: Any, event: Any) -> Any:
        document: Mapping[str, Any] = codec.to_json(event)
        pipe.stop_at(mark_of(BEFORE, document))
        entry = append(conn, event)
        pipe.stop_at(mark_of(APPENDED, document))
        written.append(document)
        return entry

    journal_pg.append = appending

    def committing(function: Callable[..., Any], kind: str | None) -> Callable[..., Any]:
        @functools.wraps(function)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            written.clear()
            result = function(*args, **kwargs)
            if written:
                pipe.stop_at(mark_of(COMMITTED, written.pop()))
            elif kind is not None:
                statements = args[1] if isinstance(args[1], tuple) else (args[1],)
                pipe.stop_at(Mark(EXECUTED, kind, "; ".join(s.sql for s in statements)))
            return result

        return wrapped

    for owner, name, kind in (
        (execute_pg, "append", None),
        (execute_pg, "batch", None),
        (execute_pg, "repeat", None),
        (execute_pg, "transaction", "transaction"),
        (execute_pg, "concurrently", "concurrently"),
        (verbs, "_adopt", None),
    ):
        setattr(owner, name, committing(getattr(owner, name), kind))


def work(request: Mapping[str, Any]) -> RunReport:
    """Carry out one verb."""
    verbs.RECONNECT_WAIT_S = request["reconnect_wait_s"]
    config = Path(request["config"])
    match request["verb"]:
        case "apply":
            return verbs.apply(
                request["url"], config, through=request["through"], accept=request["accept"], observer=ignore
            )
        case "revert":
            return verbs.revert(
                request["url"], config, first=request["first"], accept=request["accept"], observer=ignore
            )
        case other:
            raise AssertionError(f"no such verb: {other}")


def live(handle: int, request: Mapping[str, Any]) -> NoReturn:
    """One life of a migrator, from its first word to its end."""
    pipe = Pipe(handle)
    pipe.say(json.dumps({"pid": os.getpid()}))
    try:
        announce(pipe)
        report = work(request)
        said = {"ended": report.outcome, "detail": report.detail}
    except RingfenceError as error:
        said = {"ended": error.code, "detail": str(error)}
    except BaseException:  # noqa: BLE001  # what is no error of ours is the supervisor's to raise
        said = {"crashed": traceback.format_exc()}
    pipe.say(json.dumps(said))
    os._exit(0)


def main() -> None:
    """Fork a migrator for every request until the other end of the socket is closed."""
    control = socket.socket(fileno=int(sys.argv[1]))
    # imported here once instead of in every life
    import ringfence.assess.assess
    import ringfence.assess.pg  # noqa: F401

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the supervisor sees an end on the socket, nobody waits here
    while True:
        text, handles, _, _ = socket.recv_fds(control, REQUEST_BYTES_MAX, 1)
        if not text:
            return
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            control.close()
            live(handles[0], json.loads(text))
        os.close(handles[0])


if __name__ == "__main__":
    main()
