"""What the demo says at its end: frozen values, ready for report.json."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class PhaseLine:
    """One phase that was applied."""

    phase: int
    name: str
    seconds: float
    steps: int


@dataclass(frozen=True, slots=True)
class RevertLine:
    """Whether everything is as it was."""

    catalog_equal: bool
    rows_equal: bool
    seconds: float


@dataclass(frozen=True, slots=True)
class WritesLine:
    """What the old application wrote meanwhile, and what became of it."""

    acknowledged: int
    failed: int
    lost: int
    duplicated: int
    wrong_tenant: int


@dataclass(frozen=True, slots=True)
class DemoReport:
    """The whole demo."""

    server_version: int
    rows: Mapping[str, int]
    """Rows per table of the application at the end."""
    rows_total: int
    organizations: int
    phases: tuple[PhaseLine, ...]
    revert: RevertLine
    writes: WritesLine
    seconds: float
    problems: tuple[str, ...] = ()
    """Why this is no success, in sentences; empty when it is one."""

    @property
    def ok(self) -> bool:
        """Whether everything held."""
        return not self.problems

    def document(self) -> dict[str, Any]:
        """The report as one JSON object."""
        return {"ok": self.ok, **asdict(self)}
