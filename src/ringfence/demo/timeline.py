"""When what happened: bands of the time line, the moments our locks were held, and how long each phase took."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from ringfence.demo.report.model import Band, BandKind, PhaseLine
from ringfence.demo.report.stalls import Locking
from ringfence.observe import LockHeld, LockWaited, Observation, PhaseFinished, PhaseStarted, StepStarted
from ringfence.reports import RunReport

STANDING_IN_THE_WAY = frozenset({"SHARE", "SHARE ROW EXCLUSIVE", "EXCLUSIVE", "ACCESS EXCLUSIVE"})
"""Table locks that readers or writers of the application can have to wait for."""


@dataclass
class Timeline:
    """Written down as it happens, in seconds since the traffic began."""

    began: float = 0.0
    bands: list[Band] = field(default_factory=list)
    locking: list[Locking] = field(default_factory=list)
    _phase: int = 0
    _direction: str = "forward"

    def now(self) -> float:
        """Seconds since the traffic began."""
        return time.monotonic() - self.began

    def band(self, label: str, kind: BandKind) -> None:
        """Something else begins; what was before ends."""
        self.end()
        self.bands.append(Band(label, kind, round(self.now(), 3), round(self.now(), 3)))

    def end(self) -> None:
        """What is under way ends now."""
        if self.bands:
            last = self.bands[-1]
            self.bands[-1] = Band(last.label, last.kind, last.begins_s, round(self.now(), 3))

    def see(self, observation: Observation, kind: BandKind) -> None:
        """Remember what the time line shows of a run."""
        match observation:
            case PhaseStarted(phase, name, _, _):
                self._phase = phase
                self.band(f"{phase} {name}", kind)
            case PhaseFinished():
                self.end()
            case StepStarted(_, _, phase, _):
                self._phase = phase
            case LockHeld(step, _, lock, milliseconds) if lock in STANDING_IN_THE_WAY:
                self._locked(step, milliseconds)
            case LockWaited(step, _, milliseconds, _, _, _):
                self._locked(step, milliseconds)
            case _:
                pass

    def _locked(self, step: str, milliseconds: float) -> None:
        ends = self.now()
        self.locking.append(Locking(self._phase, step, ends - milliseconds / 1000.0, ends))

    def lines(self, report: RunReport) -> Sequence[PhaseLine]:
        """The phases of a run; their stalls are known when the requests are."""
        return [PhaseLine(p.number, p.name, round(p.seconds, 3), p.steps) for p in report.phases]
