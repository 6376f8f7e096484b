"""Running pg_dump and pg_restore: no secret on the command line, a bound on time, and no orphan when we are stopped."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Self

from ringfence.backup.model import Difference

POLL_S = 0.1
NICENESS = 19
"""A backup and its proof can wait for the processor; whoever else works on this machine need not wait for them. Linux
derives the priority of their reads and writes from it too (ionice(1))."""
TERMINATE_GRACE_S = 15
LOG_TAIL_LINES = 15
RESTORE_ERRORS_MAX = 50
LINE_CHARS_MAX = 200


def dump_arguments(tool: Path, target: Path, *, snapshot: str, jobs: int, excluded_schemas: Sequence[str]) -> list[str]:
    """The pg_dump call; host, user and password come by environment, which other users cannot read."""
    return [
        str(tool),
        "--format=directory",
        f"--file={target}",
        f"--jobs={jobs}",
        f"--snapshot={snapshot}",
        "--no-password",
        # An ACCESS EXCLUSIVE lock held for long must not let a dump and its snapshot wait without end.
        "--lock-wait-timeout=60s",
        # The lowest level: a million rows in 3.0 s instead of 6.8 s for 6 % more bytes. The snapshot is held for less.
        "--compress=1",
        *(f"--exclude-schema={schema_pattern(name)}" for name in excluded_schemas),
    ]


def restore_arguments(tool: Path, dump: Path, *, jobs: int) -> list[str]:
    """The pg_restore call; subscriptions are left out, since a copy must never connect to somebody's publisher."""
    return [
        str(tool),
        "--format=directory",
        f"--jobs={jobs}",
        "--no-password",
        "--no-tablespaces",
        "--no-subscriptions",
        # pg_restore reads the environment for everything but the wish to connect at all.
        "--dbname=",
        str(dump),
    ]


def schema_pattern(name: str) -> str:
    """A schema's name as a pattern that matches it alone: inside quotes, wildcards and case mean themselves."""
    return '"' + name.replace('"', '""') + '"'


def tool_environment(connection: Mapping[str, str], inherited: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of a client program: ours without PG*, which could point it elsewhere, and the connection's."""
    own = os.environ if inherited is None else inherited
    kept = {name: value for name, value in own.items() if not name.startswith("PG")}
    return {**kept, "LC_ALL": "C", **connection}


def tool_major(tool: Path) -> int:
    """The major version a client program reports of itself."""
    said = subprocess.run([tool, "--version"], capture_output=True, text=True, check=True, timeout=10).stdout
    match = re.search(r"\(PostgreSQL\) (\d+)", said)
    assert match is not None, f"client_tool gave a program that does not know its version: {said!r}"
    return int(match[1])


@dataclass(frozen=True, slots=True)
class Ended:
    """How a program ended."""

    exit_code: int
    seconds: float


class OutOfTime(Exception):  # an event for the caller, who knows which RingfenceError it is
    """A program did not end within its bound."""


# Waits on a pipe. A word on it means that the program has ended; the end of the pipe without a word means that our
# process is gone, however it went: then the program and its workers go too. Theirs is a session, and so a group, of
# their own.
GUARD = 'read -r word && exit 0; kill -s TERM -- "-$1"'


class Running:
    """A client program at work, behind everybody else; leaving the `with` block ends it, whatever the reason.

    SIGTERM first: pg_dump and pg_restore then cancel the statements of all their connections on the server, which
    SIGKILL would leave running. The same happens when this process is killed: a guard waits for its end. Without it
    pg_dump would go on alone, for hours on a large database, and hold its locks and its snapshot in production.
    """

    def __init__(self, arguments: Sequence[str], environment: Mapping[str, str], log: Path, timeout_s: float) -> None:
        self._began = time.monotonic()
        self._deadline = self._began + timeout_s
        self.log = log
        with log.open("wb") as out:
            self._process = subprocess.Popen(
                list(arguments),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env=dict(environment),
                start_new_session=True,  # Ctrl-C is for us: we end it in good order
            )
        # its workers are forked later and inherit it; the process is ours and not yet waited for, so it is there
        os.setpriority(os.PRIO_PROCESS, self._process.pid, NICENESS)
        try:
            self._guard = subprocess.Popen(
                ["/bin/sh", "-c", GUARD, "ringfence-guard", str(self._process.pid)],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                start_new_session=True,
            )
        except BaseException:
            self._end()
            raise

    def ended(self) -> Ended | None:
        """How it ended, None while it works; raises OutOfTime after its bound."""
        code = self._process.poll()
        if code is not None:
            return Ended(code, time.monotonic() - self._began)
        if time.monotonic() > self._deadline:
            raise OutOfTime
        return None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._end()
        finally:
            with contextlib.suppress(BrokenPipeError):  # somebody killed the guard; there is nothing left to guard
                self._guard.communicate(b"over\n")

    def _end(self) -> None:
        if self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(TERMINATE_GRACE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def log_tail(log: Path) -> str:
    """The last lines a program wrote."""
    return "\n".join(log.read_text(errors="replace").splitlines()[-LOG_TAIL_LINES:])


_ERROR = re.compile(r"^pg_restore: error: (?P<text>.*)$")
_QUERY = "could not execute query: "
_COMMAND = "Command was: "


def restore_errors(text: str) -> tuple[Difference, ...]:
    """The errors in what pg_restore wrote, each with the beginning of the command it was about; at most 50 are kept.

    Only the error's own line is taken: DETAIL and CONTEXT lines can hold people's rows.
    """
    found: list[Difference] = []
    for line in text.splitlines():
        error = _ERROR.match(line)
        if error is not None:
            found.append(Difference("restore", error["text"].strip().removeprefix(_QUERY)[:LINE_CHARS_MAX]))
        elif line.startswith(_COMMAND) and found:
            found[-1] = replace(found[-1], what=line.removeprefix(_COMMAND).strip()[:LINE_CHARS_MAX])
    return tuple(found[:RESTORE_ERRORS_MAX])
