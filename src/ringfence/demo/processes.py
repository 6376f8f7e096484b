"""The processes beside the story: the desk's versions and its users. Each ends with us, however we end."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from ringfence.demo import pg
from ringfence.demo.traffic.model import JUDGED, Judged, Second, TrafficResult
from ringfence.errors import RingfenceError
from ringfence.runtime.envelope import VARIABLE

ROLLOUT_LOGIN = "desk_rollout"
START_S_MAX = 60.0
ORDER_S_MAX = 120.0
STOP_S_MAX = 25.0


class ProcessFailed(RingfenceError):
    """A process of the demo did not start, or ended before its time."""

    code = "RF751"


@dataclass(frozen=True, slots=True)
class Secrets:
    """What the desk is told through the environment, and nowhere else."""

    url: str
    jwt_secret: str = field(repr=False)
    job_key: str = field(repr=False)
    seal_key: str = field(default="", repr=False)
    keys_secret: str = field(default="", repr=False)
    refresh_secret: str = field(default="", repr=False)

    def environment(self) -> Mapping[str, str]:
        """For a process of the demo."""
        return {
            **os.environ,
            "DESK_DATABASE_URL": self.url,
            "DESK_JWT_SECRET": self.jwt_secret,
            "DESK_JOB_KEY": self.job_key,
            "DESK_ROLLOUT_URL": pg.url_as(self.url, ROLLOUT_LOGIN),
            **({"DESK_SEAL_KEY": self.seal_key} if self.seal_key else {}),
            **({VARIABLE: self.keys_secret} if self.keys_secret else {}),
            **({"DESK_REFRESH_SECRET": self.refresh_secret} if self.refresh_secret else {}),
        }


class DeskProcess:
    """One version of the desk; `base` is its address.

    `faults` are the endpoints whose new side fails on purpose.
    """

    def __init__(
        self,
        version: str,
        storage: Path | str,
        secrets: Secrets,
        log: Path,
        arguments: Sequence[str] = (),
        *,
        faults: str = "",
    ) -> None:
        self.version = version
        self._log = log.open("ab")
        self._process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "ringfence.demo.desk",
                "--version",
                version,
                "--storage",
                str(storage),
                "--stop-with-stdin",
                *arguments,
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            env={**secrets.environment(), "DESK_FAULTS": faults},
        )
        self.base = f"http://{self._listening(log)}"

    def _listening(self, log: Path) -> str:
        lines: queue.Queue[bytes] = queue.Queue()
        stdout = self._process.stdout
        assert stdout is not None

        def listen() -> None:
            for line in stdout:
                lines.put(line)

        self._listener = threading.Thread(target=listen, daemon=True)
        self._listener.start()
        ends = time.monotonic() + START_S_MAX
        while time.monotonic() < ends and self._process.poll() is None:
            try:
                line = lines.get(timeout=0.1).decode()
            except queue.Empty:
                continue
            if line.startswith("listening on "):
                return line.split()[-1]
        self.stop()
        said = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-3:]
        raise ProcessFailed(f"the desk ({self.version}) does not serve", detail="\n".join(said))

    def stop(self) -> None:
        """End it after the requests in flight."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(STOP_S_MAX)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._listener.join(STOP_S_MAX)
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._log.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


@dataclass
class Now:
    """The last thing the users' process said of itself."""

    second: Second | None = None
    total: int = 0
    failed: int = 0
    acknowledged: int = 0
    in_flight: int = 0
    tokens: Mapping[str, int] = field(default_factory=dict)
    """People by the kind of token they hold."""


class TrafficProcess:
    """The users of the desk; orders are obeyed one by one."""

    def __init__(self, before: DeskProcess, secrets: Secrets, rate: float, folder: Path) -> None:
        self.now = Now()
        self.began = 0.0
        """time.monotonic() of the traffic's second 0, as near as we can tell."""
        self._result = folder / "traffic.json"
        self._log_path = folder / "traffic.log"
        self._log = self._log_path.open("ab")
        self._said: queue.Queue[dict[str, Any]] = queue.Queue()
        self._process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "ringfence.demo.traffic",
                "--before",
                before.base,
                "--rate",
                str(rate),
                "--result",
                str(self._result),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            env=dict(secrets.environment()),
        )
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        self._wait_for("ready", START_S_MAX)
        self.began = time.monotonic()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            document = json.loads(line)
            if "second" in document:
                self.now = Now(
                    Second(**document["second"]),
                    document["total"],
                    document["failed"],
                    document["acknowledged"],
                    document["in_flight"],
                    document["tokens"],
                )
            else:
                self._said.put(document)

    def _wait_for(self, key: str, seconds_max: float) -> Any:
        ends = time.monotonic() + seconds_max
        while time.monotonic() < ends:
            try:
                document = self._said.get(timeout=0.1)
            except queue.Empty:
                if self._process.poll() is not None:
                    break
                continue
            if key in document:
                return document[key]
        said = self._log_path.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-5:]
        raise ProcessFailed("the users of the desk do not answer", detail="\n".join(said))

    def _order(self, order: Mapping[str, Any], answer: str = "done") -> Any:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(order).encode() + b"\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            pass  # it has ended: the wait below says why
        return self._wait_for(answer, ORDER_S_MAX)

    def label(self, text: str, group: str) -> None:
        """From now on requests belong to this part of the story, and to its group of parts."""
        self._order({"label": text, "group": group})

    def roll_out(self, after: DeskProcess | Sequence[DeskProcess], share: float) -> None:
        """Send this share of the people to the new version, whose servers take turns.

        Returns when no server has a request under way that gets none any more.
        """
        servers = (after,) if isinstance(after, DeskProcess) else tuple(after)
        self._order({"after": [one.base for one in servers], "share": share, "name": servers[0].version})

    def all_refresh(self, seconds: float) -> None:
        """Let everybody who can refresh once within about so many seconds, as an hour brings it about."""
        self._order({"refresh": seconds})

    def old_programs(self, *, end: bool) -> None:
        """End the old programs, or begin them again; returns when that is so."""
        self._order({"old programs": "end" if end else "begin"})

    def served_by(self, before: DeskProcess) -> None:
        """Version 1 is somewhere else from now on; returns when the place before has no request under way."""
        self._order({"before": before.base})

    def judge(self, when: str) -> Judged:
        """In a moment of quiet, hold the database against every acknowledged write."""
        found = self._order({"judge": when}, "judged")
        self._wait_for("done", ORDER_S_MAX)
        return JUDGED.validate_python(found)

    def end(self) -> TrafficResult:
        """No more requests; everything that was seen."""
        self._order({"end": True})
        self._process.wait(STOP_S_MAX)
        return TrafficResult.read(json.loads(self._result.read_text(encoding="utf-8")))

    def stop(self) -> None:
        """End it without asking for anything."""
        if self._process.stdin is not None and not self._process.stdin.closed:
            self._process.stdin.close()
        try:
            self._process.wait(STOP_S_MAX)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._listener.join(STOP_S_MAX)
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._log.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
