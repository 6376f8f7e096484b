"""What the chapters of the demo's story share: what was told so far, and the acts that more than one of them has."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ringfence import verbs
from ringfence.backup.model import Digest
from ringfence.demo import judging
from ringfence.demo.processes import TrafficProcess
from ringfence.demo.report.model import (
    Attack,
    Attacks,
    BandKind,
    Naive,
    PhaseLine,
    Shadow,
)
from ringfence.demo.show import Clock, Show, counted
from ringfence.demo.timeline import Timeline
from ringfence.demo.traffic.model import Judged, TrafficResult
from ringfence.names import QualifiedName
from ringfence.observe import Observation, Observer
from ringfence.reports import EndpointChange, RunReport
from ringfence.runtime.sessions.model import Left

PROBLEMS_SHOWN_MAX = 10
LAST_PHASE = 2
"""Phase 6 takes the views for old programs away, and waits until those are gone."""
AUTHENTICATE = 3
SHADOW = 4
ENFORCE = 6
AUTHENTICATING, ENFORCING = "authenticating", "enforcing"
"""Latencies beside phases 3 and 6 are groups of their own: by then it is not version 1 alone that `before` is about."""
LOOK_EVERY_S = 0.25
HEARD_S_MAX = 5.0
"""The users say every second what they hold."""
WARM_UP_S = 5.0
"""Connections are made and caches filled; belongs to nothing."""


class Stopped(Exception):
    """The story cannot go on; no error of the program, since its problems say why."""


@dataclass(frozen=True, slots=True)
class Options:
    """What `make demo` may be told."""

    rows: int
    rate: float
    seconds: float
    """Length of the traffic; its parts have their share of it."""
    naive: bool
    storage: str = ""

    def share(self, part: float) -> float:
        """Seconds of a calm part; what the phases take comes on top."""
        return max(1.0, (self.seconds - WARM_UP_S) * part)


@dataclass
class Story:
    """One telling."""

    url: str
    options: Options
    report_dir: Path
    scratch: Path
    show: Show
    clock: Clock = field(default_factory=Clock)
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    server_version: int = 0
    phases: list[PhaseLine] = field(default_factory=list)
    back: list[PhaseLine] = field(default_factory=list)
    organizations: int = 0
    catalog_equal: bool = False
    rows_equal: bool = False
    judged: list[Judged] = field(default_factory=list)
    digests: Mapping[QualifiedName, Digest] = field(default_factory=dict)
    traffic: TrafficResult | None = None
    naive: Naive | None = None
    before_attacks: Attack = field(default_factory=lambda: Attack(0, 0))
    attacks: Attacks | None = None
    left: Left | None = None
    """What was counted of tokens when phase 3 was done."""
    endpoints: tuple[EndpointChange, ...] = ()
    """How endpoints moved, the first change first."""
    shadow: Shadow | None = None
    timeline: Timeline = field(default_factory=Timeline)
    waits: judging.LockWatch | None = None

    @property
    def config(self) -> Path:
        """The configuration the demo uses, for people to read and to try."""
        return self.report_dir / "ringfence.toml"

    def part(self, users: TrafficProcess, label: str, group: str = "after") -> None:
        """Another part begins in which no phase runs, and goes on until the next one does."""
        users.label(label, group)
        self.timeline.band(label, BandKind.CALM)

    def calm(self, users: TrafficProcess, label: str, group: str, seconds: float) -> None:
        """A part in which nothing is changed: its name, its group of latencies, its length."""
        self.part(users, label, group)
        ends = time.monotonic() + seconds
        with self.show.beside(lambda: f"{label}: {beside(users)}"):
            while time.monotonic() < ends:
                time.sleep(0.1)

    def refreshed(self, users: TrafficProcess, label: str, seconds: float) -> None:
        """Everybody who can refreshes once, and some seconds later the users have said what they hold."""
        self.part(users, label)
        with self.show.beside(lambda: f"{label}: {beside(users)}"):
            users.all_refresh(seconds)
            heard, ends = users.now.second, time.monotonic() + HEARD_S_MAX
            while users.now.second == heard and time.monotonic() < ends:
                time.sleep(LOOK_EVERY_S)

    def until(self, users: TrafficProcess, label: str, holds: Callable[[], bool], seconds_max: float = 60.0) -> None:
        """A calm part that ends when something holds; raises Stopped when it does not come to that."""
        self.part(users, label)
        ends = time.monotonic() + seconds_max
        with self.show.beside(lambda: f"{label}: {beside(users)}"):
            while not holds():
                if time.monotonic() > ends:
                    break
                time.sleep(LOOK_EVERY_S)
            else:
                return
        self.problem(f"{label}: it did not come to that in {seconds_max:.0f} s", ())
        raise Stopped

    def run(
        self, users: TrafficProcess, kind: BandKind, act: Callable[[Observer], RunReport], group: str = "during"
    ) -> RunReport:
        """Let the migrator act under traffic, show it, and keep what each phase took."""
        word = "forward" if kind is BandKind.FORWARD else "back"
        users.label(f"phases {word}", group)
        with self.show.progress(lambda: beside(users)) as observer:

            def see(observation: Observation) -> None:
                self.timeline.see(observation, kind)
                observer(observation)

            report = act(see)
        lines = self.timeline.lines(report)
        if kind is BandKind.FORWARD:
            known = {line.phase for line in lines if line.steps}
            self.phases = [*(p for p in self.phases if p.phase not in known), *(p for p in lines if p.steps)]
            self.phases.sort(key=lambda line: line.phase)
        else:
            self.back += [line for line in lines if line.steps]
        return report

    def going_on(self, see: Observer) -> RunReport:
        """Apply the phases that everybody can live with."""
        return verbs.apply(self.url, self.config, through=LAST_PHASE, observer=see)

    def through(self, phase: int, accept: Mapping[str, str]) -> Callable[[Observer], RunReport]:
        """Apply the phases up to this one, with these gates answered for by a person."""
        return lambda see: verbs.apply(self.url, self.config, through=phase, accept=accept, observer=see)

    def taking_back(self, first: int) -> Callable[[Observer], RunReport]:
        """Revert this phase and the later ones."""
        return lambda see: verbs.revert(self.url, first=first, observer=see)

    def judge(self, users: TrafficProcess, when: str) -> None:
        """Hold the database against every acknowledged write; what is wrong is a problem."""
        found = users.judge(when)
        self.judged.append(found)
        for what, names in (
            ("lost or changed", found.lost),
            ("stored twice", found.duplicated),
            ("with a wrong tenant", found.wrong_tenant),
        ):
            if names:
                self.problem(f"{counted(len(names), 'acknowledged write')} {what} {when}", names)
        if not (found.lost or found.duplicated or found.wrong_tenant):
            tenant = "" if "revert" in when else ", in the right tenant"
            self.show.good(
                f"{when}: all of {counted(found.acknowledged, 'acknowledged write')} are there, once{tenant}"
            )

    def finished(self, report: RunReport, verb: str) -> None:
        """Raises Stopped, and says why, unless the run came to its end."""
        if report.outcome == "finished":
            return
        missing = [f"{code}: {text}" for code, text in report.gates_missing.items()]
        self.problem(f"{verb} ended with {report.outcome!r}", [*missing, *report.detail.splitlines()])
        raise Stopped

    def problem(self, text: str, lines: Sequence[str]) -> None:
        """Something does not hold: it is on the page, and the exit code says so."""
        self.problems.append(text)
        self.show.bad(text)
        for line in lines[:PROBLEMS_SHOWN_MAX]:
            self.show.say(f"  {line}")
        if len(lines) > PROBLEMS_SHOWN_MAX:
            self.show.say(f"  and {len(lines) - PROBLEMS_SHOWN_MAX} more")

    def log(self, version: str) -> Path:
        """Where a process of the desk writes what it stumbles over."""
        return self.scratch / f"{version}.log"


def beside(users: TrafficProcess) -> str:
    """The traffic now, in a line."""
    now = users.now
    if now.second is None:
        return "the users begin"
    return (
        f"{now.second.requests} requests a second, half within {now.second.p50:.0f} ms, 99 % within"
        f" {now.second.p99:.0f} ms; {now.total:,} so far, {now.failed} failed; {now.acknowledged:,} writes acknowledged"
    )
