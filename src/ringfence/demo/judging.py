"""From what was seen to what is reported: stalls, locks, the comparison, and whether everything held."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Self

from ringfence import db, sqltext
from ringfence.demo import pg
from ringfence.demo.processes import DeskProcess, Secrets, TrafficProcess
from ringfence.demo.report.model import (
    P99_RATIO_MAX,
    STALL_MS_MAX,
    Attacks,
    BandKind,
    ClientLine,
    EndpointMove,
    Latency,
    LatencyLines,
    LockWaits,
    Naive,
    PhaseLine,
    Report,
    Requests,
    Revert,
    Second,
    Shadow,
    TokenPart,
    Tokens,
    Writes,
)
from ringfence.demo.report.model import Judged as JudgedLine
from ringfence.demo.report.stalls import STALLS_KEPT_MAX, Asked, longest_by_phase, stalls
from ringfence.demo.show import Show
from ringfence.demo.timeline import Timeline
from ringfence.demo.traffic.model import Judged, TokenLine, TrafficResult
from ringfence.demo.traffic.model import Latency as Seen
from ringfence.errors import RingfenceError
from ringfence.reports import EndpointChange
from ringfence.runtime.sessions.model import Left

PACKAGE = "ringfence.demo"
NAIVE_DATABASE = "desk_naive"
NAIVE_CALM_S = 6.0
GROUPS = ("before", "during", "after", "enforcing", "authenticating")
"""In the order of LatencyLines."""
EXAMPLES_MAX = 20
LOOK_EVERY_S = 0.1
WAITS_SHOWN_MAX = 5


class LockWatch:
    """Asks the database ten times a second whether somebody of the application waits for a lock of ours."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._looks = 0
        self._longest: dict[str, float] = {}
        self._trouble = ""

    def _look(self) -> None:
        question = sqltext.load(PACKAGE, "waiting_for_us").encode()
        try:
            with db.connect(self._url, application="ringfence demo watch") as conn:
                while not self._over.wait(LOOK_EVERY_S):
                    self._looks += 1
                    for row in conn.execute(question).fetchall():
                        name = f"{row['application']} for {row['waits_for']}"
                        self._longest[name] = max(self._longest.get(name, 0.0), row["milliseconds"])
        except RingfenceError as error:
            self._trouble = error.message

    def found(self) -> LockWaits:
        """What was seen so far."""
        worst = sorted(self._longest.items(), key=lambda pair: -pair[1])[:WAITS_SHOWN_MAX]
        seen = [f"{name}: {ms:.0f} ms" for name, ms in worst]
        if self._trouble:
            seen.append(f"the watch ended early: {self._trouble}")
        return LockWaits(self._looks, round(worst[0][1], 1) if worst else 0.0, tuple(seen))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join(timeout=10)


def naive(url: str, rows: int, rate: float, scratch: Path, show: Show) -> Naive:
    """Run the same change as one transaction on a fresh copy of the desk, under the same traffic."""
    pg.create_database(url, NAIVE_DATABASE)
    fresh = pg.url_of(url, NAIVE_DATABASE)
    with show.waiting("loading a fresh copy"):
        pg.load(fresh, rows)
    told = Secrets(fresh, secrets.token_urlsafe(32), secrets.token_urlsafe(16))
    folder = scratch / "naive"
    folder.mkdir()
    timeline = Timeline()
    script = sqltext.load(PACKAGE, "naive")
    with (
        DeskProcess("before", folder / "files", told, folder / "before.log") as before,
        TrafficProcess(before, told, rate, folder) as users,
    ):
        timeline.began = users.began
        users.label("warm-up", "warm-up")
        _pause(show, "people come in", 3.0)
        users.label("before", "before")
        timeline.band("before", BandKind.CALM)
        _pause(show, "before", NAIVE_CALM_S)
        users.label("the transaction", "during")
        timeline.band("the transaction", BandKind.NAIVE)
        began, began_s = time.monotonic(), timeline.now()
        with show.waiting("one transaction"), db.connect(fresh, application="ringfence demo naive") as conn:
            conn.execute(script.encode())
        seconds = time.monotonic() - began
        users.label("after", "after")
        timeline.band("after", BandKind.CALM)
        _pause(show, "afterwards", NAIVE_CALM_S)
        result = users.end()
        timeline.end()
    statements = tuple(line.split("(")[0].strip() for line in script.splitlines() if line[:6] in ("alter ", "update"))
    return Naive(
        round(seconds, 3),
        result.total,
        result.failed,
        _longest_beside(result, began_s, began_s + seconds),
        _latencies(result),
        _seconds(result),
        tuple(timeline.bands),
        statements,
    )


def _longest_beside(result: TrafficResult, begins_s: float, ends_s: float) -> float:
    """The longest request that was under way at any moment of a stretch of time; 0 when none took 10 ms."""
    beside = (ms for due, ms, _ in result.slow if due < ends_s and due + ms / 1000.0 > begins_s)
    return max(beside, default=0.0)


def _pause(show: Show, text: str, seconds: float) -> None:
    with show.waiting(text):
        time.sleep(seconds)


def report(
    *,
    server_version: int,
    seconds: float,
    rows: Mapping[str, int],
    organizations: int,
    rate: float,
    traffic: TrafficResult | None,
    judged: Sequence[Judged],
    phases: Sequence[PhaseLine],
    revert: Revert | None,
    naive: Naive | None,
    attacks: Attacks | None = None,
    left: Left | None = None,
    endpoints: Sequence[EndpointChange] = (),
    shadow: Shadow | None = None,
    timeline: Timeline,
    waits: LockWaits | None,
    problems: Sequence[str],
    notes: Sequence[str],
) -> Report:
    """Put the parts together, and say what of the promise did not hold."""
    result = traffic or TrafficResult(0, 0, {}, {}, {}, {}, ())
    asked = [Asked(due, ms, what) for due, ms, what in result.slow]
    found = stalls(asked, timeline.locking)
    forward = stalls(asked, [step for step in timeline.locking if _within(step.ends_s, timeline, BandKind.FORWARD)])
    back = stalls(asked, [step for step in timeline.locking if _within(step.ends_s, timeline, BandKind.BACK)])
    lines = _with_stalls(phases, longest_by_phase(forward))
    if revert is not None:
        backwards = [b for b in timeline.bands if b.kind is BandKind.BACK]
        told = [s for s in result.seconds if any(b.begins_s <= s.second < b.ends_s + 1 for b in backwards)]
        revert = replace(
            revert,
            phases=_with_stalls(revert.phases, longest_by_phase(back)),
            requests=sum(s.requests for s in told),
            failed=sum(s.failed for s in told),
        )
    made = Report(
        server_version=server_version,
        seconds=seconds,
        rows=rows,
        organizations=organizations,
        rate=rate,
        requests=Requests(
            result.total,
            result.failed,
            {name: ClientLine(line.total, line.failed, line.p99) for name, line in result.by_client.items()},
            result.failures,
        ),
        writes=_writes(judged),
        latency_ms=_latencies(result),
        phases=lines,
        revert=revert,
        naive=naive,
        attacks=attacks,
        tokens=_tokens(result, left, timeline),
        endpoints=tuple(_move(change) for change in endpoints),
        shadow=shadow,
        bands=tuple(timeline.bands),
        timeline=_seconds(result),
        stalls=found[:STALLS_KEPT_MAX],
        lock_waits=waits or LockWaits(),
        problems=tuple(problems),
        notes=tuple(notes),
    )
    return replace(made, problems=(*made.problems, *_broken(made, traffic)), notes=(*made.notes, *_missed(made)))


def _within(moment: float, timeline: Timeline, kind: BandKind) -> bool:
    return any(b.kind is kind and b.begins_s <= moment <= b.ends_s for b in timeline.bands)


def _with_stalls(lines: Iterable[PhaseLine], longest: Mapping[int, float]) -> tuple[PhaseLine, ...]:
    return tuple(replace(line, max_stall_ms=longest.get(line.phase, 0.0)) for line in lines)


def _broken(made: Report, traffic: TrafficResult | None) -> list[str]:
    """What makes a run no success: something a user noticed, or something that is not as it was acknowledged."""
    found: list[str] = []
    if traffic is None:
        found.append("the traffic was not counted to its end")
        return found
    if made.requests.failed:
        found.append(f"{made.requests.failed:,} of {made.requests.total:,} requests failed")
    if not made.writes.acknowledged:
        found.append("nobody wrote anything, so nothing was shown about writes")
    return found


def _missed(made: Report) -> list[str]:
    """Bounds on speed that did not hold; another program on the same machine can be why, so they do not fail a run."""
    found: list[str] = []
    ratio = made.latency_ms.p99_ratio
    if ratio is not None and ratio > P99_RATIO_MAX:
        found.append(f"99 % of requests took {ratio:.2f} times as long while phases ran; promised are {P99_RATIO_MAX}")
    if made.max_stall_ms > STALL_MS_MAX:
        found.append(
            f"a request and a locking step of ours shared {made.max_stall_ms:.0f} ms; promised are {STALL_MS_MAX:.0f}"
        )
    return found


def _tokens(result: TrafficResult, left: Left | None, timeline: Timeline) -> Tokens | None:
    """None when phase 3 was never done: then there was one kind of token, and nothing to tell."""
    if left is None:
        return None
    calm = {band.label for band in timeline.bands if band.kind is BandKind.CALM}
    parts: dict[str, list[TokenLine]] = {}
    for line in result.tokens:
        parts.setdefault(line.label, []).append(line)
    return Tokens(
        tuple(
            TokenPart(
                label,
                {one.kind: one.requests for one in lines},
                {one.kind: one.failed for one in lines if one.failed},
                label in calm,
            )
            for label, lines in parts.items()
        ),
        result.upgraded,
        result.handed_back,
        left.resolved,
        left.several + left.none,
    )


def _move(change: EndpointChange) -> EndpointMove:
    return EndpointMove(
        change.endpoint,
        change.kind,
        _mode(change.mode_before or "legacy", change.percent_before),
        _mode(change.mode_after, change.percent_after),
        change.reason,
    )


def _mode(mode: str, percent: float | None) -> str:
    return mode if percent is None else f"{percent:g} % tenant"


def _writes(judged: Sequence[Judged]) -> Writes:
    examples = [name for look in judged for name in (*look.lost, *look.duplicated, *look.wrong_tenant)]
    return Writes(
        acknowledged=max((look.acknowledged for look in judged), default=0),
        lost=sum(len(look.lost) for look in judged),
        duplicated=sum(len(look.duplicated) for look in judged),
        wrong_tenant=sum(len(look.wrong_tenant) for look in judged),
        unsure=max((look.unsure for look in judged), default=0),
        judged=tuple(
            JudgedLine(look.when, look.acknowledged, len(look.lost), len(look.duplicated), len(look.wrong_tenant))
            for look in judged
        ),
        examples=tuple(examples[:EXAMPLES_MAX]),
    )


def _latencies(result: TrafficResult) -> LatencyLines:
    return LatencyLines(
        *(_latency(result.groups.get(group, Seen())) for group in GROUPS),
    )


def _latency(seen: Seen) -> Latency:
    return Latency(seen.count, round(seen.p50, 3), round(seen.p99, 3), round(seen.p999, 3), round(seen.max, 3))


def _seconds(result: TrafficResult) -> tuple[Second, ...]:
    return tuple(
        Second(
            s.second,
            s.label,
            s.requests,
            s.failed,
            round(s.p50, 3),
            round(s.p99, 3),
            round(s.max, 3),
            s.after_share,
        )
        for s in result.seconds
    )
