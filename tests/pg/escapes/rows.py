"""A row of the catalogue as a file: what is planted, what must find it, what must get through, and what closes it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "rows"
_SECTION = re.compile(r"^-- (after phase 6|before phase 0|spec|repair|finally)$", re.MULTILINE)
_HEAD = re.compile(r"^-- (rules|attacks|attacks before|checks|floor|step|leaves|extension): (.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Row:
    """One escape that can be planted."""

    id: str
    after: str
    """SQL that plants it in a migrated database."""
    before: str
    """SQL that plants it in the application as it was, for phase 6 to close; may be a comment where nothing is needed."""
    spec: str
    """What the spec says about it."""
    repair: str
    """What a person adds to the hint, where assess cannot know enough."""
    cleanup: str
    """SQL that takes back what belongs to the whole server."""
    rules: tuple[str, ...]
    """Rules of `assess` that find it; their hints close it."""
    attacks: tuple[str, ...]
    """Attacks of `verify` that get through, and are denied afterwards."""
    attacks_before: tuple[str, ...]
    """The same in the application as it was, where they are others."""
    checks: tuple[str, ...]
    """Checks of `verify` that fail, and hold afterwards."""
    leaves: tuple[str, ...]
    """Attacks that the repair does not stop, because they use another way in that the row opens beside its own."""
    floor: str
    """The table whose floor closes it: it is planted with the floor, and only then is the floor dropped."""
    extension: str
    """The extension that the hint needs; without it the row is only seen to be open."""
    step: str
    """The step of phase 6 that closes it."""


def load(path: Path) -> Row:
    """Read one file."""
    head, *rest = _SECTION.split(path.read_text(encoding="utf-8"))
    parts = {name: text.strip() for name, text in zip(rest[::2], rest[1::2], strict=True)}
    said = dict(_HEAD.findall(head))
    return Row(
        id=path.stem,
        after=parts.get("after phase 6", ""),
        before=parts.get("before phase 0", ""),
        spec=parts.get("spec", ""),
        repair=parts.get("repair", ""),
        cleanup=parts.get("finally", ""),
        rules=tuple(said.get("rules", "").split()),
        attacks=tuple(said.get("attacks", "").split()),
        attacks_before=tuple(said.get("attacks before", said.get("attacks", "")).split()),
        checks=tuple(said.get("checks", "").split()),
        leaves=tuple(said.get("leaves", "").split()),
        floor=said.get("floor", ""),
        extension=said.get("extension", ""),
        step=said.get("step", ""),
    )


def rows() -> tuple[Row, ...]:
    """All of them, by letter and number."""
    found = [load(path) for path in FOLDER.glob("*.sql")]
    return tuple(sorted(found, key=lambda r: (r.id[0], int(re.sub(r"\D", "", r.id)), r.id)))
