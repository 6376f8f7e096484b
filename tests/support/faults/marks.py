"""The moments at which a migrator says where it is and waits: values that both sides of the pipe understand."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

BEFORE = "before"
"""The work of an entry was executed, the entry is about to be appended."""
APPENDED = "appended"
"""The entry is written and its transaction has not committed."""
COMMITTED = "committed"
"""The entry is in the journal."""
EXECUTED = "executed"
"""A statement without an entry of its own has ended: a concurrent build, one of several actions of an undo."""

_NAMES = ("step", "gate", "check", "outcome", "direction")


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a migrator stands."""

    point: str
    kind: str
    """The entry's kind, or what was executed."""
    subject: str
    """Step, gate, check or outcome."""
    cursor: str = ""

    @property
    def line(self) -> str:
        """One line of text."""
        return json.dumps([self.point, self.kind, self.subject, self.cursor])


def mark_of(point: str, event: Mapping[str, Any]) -> Mark:
    """The mark of a journal entry, the same in every run: no run id, no time, no measurement in it."""
    subject = next((str(event[name]) for name in _NAMES if name in event), "")
    place = {k: v for k, v in event.get("cursor", {}).items() if k in ("page", "stripe")}
    return Mark(point, event["$"], subject, json.dumps(place, sort_keys=True) if place else "")


@dataclass(frozen=True, slots=True)
class Ended:
    """A migrator came to its end by itself."""

    outcome: str
    """As in the run's report, or an error's code."""
    detail: str = ""
