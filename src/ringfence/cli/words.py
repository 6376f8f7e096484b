"""Numbers, times and texts as people read them on a terminal. Pure."""

from __future__ import annotations

import re
import textwrap
from datetime import datetime

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def plain(text: str) -> str:
    """Text on one line that cannot move the cursor or colour the screen: names come from a database.

    Also without the marks that reverse the direction of writing, which can make a line read as another one.
    """
    return _CONTROL.sub(lambda m: " " if m.group() in "\n\t" else f"\\x{ord(m.group()):02x}", text)


def plain_lines(text: str) -> str:
    """The same for text of several lines."""
    return "\n".join(plain(line) for line in text.split("\n"))


def folded(text: str, *, whole: bool = False, head: int = 4, tail: int = 3) -> str:
    """A text whose middle is left out when it is long: what it is about stands first, what to do about it last."""
    lines = text.split("\n")
    if whole or len(lines) <= head + tail + 1:
        return text
    left_out = f"... {len(lines) - head - tail} more lines (--verbose shows them)"
    return "\n".join([*lines[:head], left_out, *lines[-tail:]])


def indented(text: str, indent: int, width: int = 0) -> list[str]:
    """The lines of a text behind a margin; with a width, long ones are broken and hang by two."""
    margin = " " * indent
    rows: list[str] = []
    for line in plain_lines(text).split("\n"):
        broken = textwrap.wrap(
            line, max(20, width - indent), subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
        )
        rows += [margin + row for row in (broken if width and broken else [line])]
    return rows


def duration(seconds: float) -> str:
    """A span as people say it: 0.4 s, 12 s, 3 min 20 s, 2 h 5 min, 4 d 3 h."""
    if seconds < 10:
        return f"{max(seconds, 0.0):.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    for size, name, smaller, smaller_name in ((86400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s")):
        if whole >= size:
            rest = whole % size // smaller
            return f"{whole // size} {name}" + (f" {rest} {smaller_name}" if rest else "")
    raise AssertionError("a minute or more fits one of the units")


def number(value: float) -> str:
    """A count with thousands apart."""
    return f"{round(value):,}"


def counted(value: int, noun: str) -> str:
    """A count with its noun: 1 step, 2 steps."""
    return f"{value:,} {noun}{'' if value == 1 else 's'}"


def moment(at: datetime) -> str:
    """A point in time to the second, in UTC as the journal keeps it."""
    return at.strftime("%Y-%m-%d %H:%M:%S %Z").strip()


def ago(at: datetime, now: datetime) -> str:
    """How long ago something was."""
    return f"{duration((now - at).total_seconds())} ago"
