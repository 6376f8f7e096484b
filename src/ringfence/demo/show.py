"""What the demo prints: calm, for somebody who has never heard of it. Live on a terminal, plain lines elsewhere."""

from __future__ import annotations

import textwrap
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Self

from rich.console import Console, Group
from rich.live import Live
from rich.markup import escape
from rich.padding import Padding
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn
from rich.table import Table
from rich.text import Text

from ringfence.observe import (
    BatchDone,
    GateJudged,
    LockWaited,
    Note,
    Observation,
    Observer,
    PhaseFinished,
    PhaseStarted,
    StepFinished,
    StepStarted,
    Throttled,
)

WIDTH_PLAIN = 110
INDENT = 3


class Show:
    """The demo's voice."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False)
        if not self.console.is_terminal:
            self.console.width = WIDTH_PLAIN
        self._chapter = 0

    def title(self, name: str, text: str) -> None:
        """The first lines."""
        self.console.print()
        self.console.print(Text(name, style="bold"))
        self.console.print(Text(text, style="dim"))

    def chapter(self, title: str, text: str, command: str = "") -> None:
        """Begin a chapter: what happens now, and the command that does the same elsewhere."""
        self._chapter += 1
        head = Text(f"{self._chapter}  ", style="bold cyan").append(title, style="bold")
        if command:
            head.append(f"   $ {command}", style="cyan")
        self.console.print()
        self.console.print(head)
        if text:
            self.say(text, "dim")

    def say(self, text: str, style: str = "") -> None:
        """One paragraph."""
        self._hanging(text, " " * INDENT, style)

    def good(self, text: str) -> None:
        """Something that holds."""
        self._marked("✓", "green", text)

    def bad(self, text: str) -> None:
        """Something that does not hold."""
        self._marked("✗", "bold red", text)

    def _marked(self, sign: str, style: str, text: str) -> None:
        mark = sign if self.console.encoding.lower().startswith("utf") else ("ok" if sign == "✓" else "NO")
        self._hanging(text, " " * INDENT + mark + " ", "", style)

    def _hanging(self, text: str, first: str, style: str, first_style: str = "") -> None:
        """Lines set in by as much as the first one's mark takes, and no blanks at their ends: they go into logs too."""
        margin = first
        for line in text.splitlines() or [""]:
            for part in textwrap.wrap(line, max(20, self.console.width - len(first)), break_on_hyphens=False) or [""]:
                self.console.print(
                    Text(margin, style=first_style).append(part, style=style or "default"), soft_wrap=True
                )
                margin = " " * len(first)

    def table(self, headings: Sequence[str], rows: Sequence[Sequence[str]], numbers: Sequence[str] = ()) -> None:
        """A table; the columns in `numbers` are set to the right."""
        table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
        for heading in headings:
            table.add_column(heading, justify="right" if heading in numbers else "left", overflow="fold")
        for row in rows:
            table.add_row(*(Text(cell) for cell in row))
        set_in = Padding(table, (0, 0, 0, INDENT))
        if self.console.is_terminal:
            self.console.print(set_in)
            return
        with self.console.capture() as captured:
            self.console.print(set_in)
        for line in captured.get().splitlines():  # a file has no use for the blanks that fill a column
            self.console.print(Text(line.rstrip()), soft_wrap=True)

    @contextmanager
    def waiting(self, text: str) -> Iterator[None]:
        """Something that takes a moment."""
        if not self.console.is_terminal:
            yield
            return
        with self.console.status(Text(text, style="dim")):
            yield

    @contextmanager
    def beside(self, text: Callable[[], str]) -> Iterator[None]:
        """Something that takes a while, with what happens meanwhile on a terminal; a file gets no line of it."""
        if not self.console.is_terminal:
            yield
            return
        with Live(
            console=self.console, get_renderable=lambda: Text(" " * (INDENT + 2) + text(), style="dim"), transient=True
        ):
            yield

    @contextmanager
    def progress(self, beside: Callable[[], str]) -> Iterator[Observer]:
        """Follow a run; `beside` says in a few words what happens meanwhile."""
        held = _Held(self)
        if self.console.is_terminal:
            with _Live(self, beside, held) as live:
                yield live.see
        else:
            yield _Plain(self, beside, held).see
        held.rest()


def counted(number: int, noun: str, plural: str = "") -> str:
    """`1 row`, `2 rows`, `12,000 rows`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


HELD_SHOWN_MAX = 2
HELD_LINES_MAX = 2


class _Held:
    """Checks that hold a gate: the first in words, and how many more there are."""

    def __init__(self, show: Show) -> None:
        self._show = show
        self._number = 0

    def see(self, check: str, verdict: str, detail: str) -> None:
        """One that does not pass."""
        self._number += 1
        if self._number <= HELD_SHOWN_MAX:
            self._show.bad(f"{check}: {verdict}. " + "\n".join(detail.splitlines()[:HELD_LINES_MAX]))

    def rest(self) -> None:
        """What was not shown is counted."""
        more = self._number - HELD_SHOWN_MAX
        if more > 0:
            self._show.say(f"  and {counted(more, 'more check')}")


class _Plain:
    """A line per phase and per filled table."""

    def __init__(self, show: Show, beside: Callable[[], str], held: _Held) -> None:
        self._show = show
        self._held = held
        self._beside = beside
        self._steps = 0
        self._rows: dict[str, int] = {}
        self._attempts = 0
        self._head = ""

    def see(self, observation: Observation) -> None:
        """Print what is worth a line."""
        match observation:
            case PhaseStarted(phase, name, steps, direction):
                self._steps, self._rows, self._attempts = 0, {}, 0
                of = f" ({counted(steps, 'step')})" if direction == "forward" else ""
                self._head = f"phase {phase} {name} {'begins' if direction == 'forward' else 'is taken back'}{of}"
            case StepStarted() if self._head:
                # a phase that is only judged, or has nothing to undo, is not worth a line
                self._show.say(self._head, "dim")
                self._head = ""
            case StepFinished():
                self._steps += 1
            case BatchDone(_, table, rows, _, _, _, _, _):
                self._rows[table] = self._rows.get(table, 0) + rows
            case LockWaited():
                self._attempts += 1
            case GateJudged(_, _, check, verdict, detail) if verdict in ("failed", "unproven"):
                self._held.see(check, verdict, detail)
            case Note(text, level):
                self._show.say(text if level == "info" else f"{level}: {text}", "dim" if level == "info" else "yellow")
            case PhaseFinished(phase, name, seconds, _) if self._steps:
                self._show.good(f"phase {phase} {name}: {_sum(self._steps, seconds, self._rows, self._attempts)}")
                beside = self._beside()
                if beside:
                    self._show.say(beside, "dim")
            case _:
                pass


WHAT_AT = 54
"""Where the words behind a bar begin; they are cut at the terminal's edge, so that no bar ever wraps."""


class _Live:
    """Bars per phase, the step at work, and below them the world beside it."""

    def __init__(self, show: Show, beside: Callable[[], str], held: _Held) -> None:
        self._show = show
        self._held = held
        self._beside = beside
        self._progress = Progress(
            TextColumn("  "),
            SpinnerColumn(finished_text="[green]✓[/]"),
            TextColumn("{task.fields[label]}"),
            BarColumn(bar_width=24),
            TextColumn("[dim]{task.fields[what]}[/]"),
            console=show.console,
        )
        self._live = Live(console=show.console, get_renderable=self._picture, refresh_per_second=8)
        self._phase: TaskID | None = None
        self._label, self._total = "", 1
        self._steps = 0
        self._rows: dict[str, int] = {}
        self._attempts = 0

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def _picture(self) -> Group:
        beside = self._beside()
        return Group(self._progress, *([Text(f"{'':<{INDENT + 2}}{beside}", style="dim")] if beside else []))

    def see(self, observation: Observation) -> None:
        """Move the bars."""
        match observation:
            case PhaseStarted(phase, name, steps, _):
                self._steps, self._rows, self._attempts = 0, {}, 0
                self._label, self._total = f"phase {phase} {name:<9}", max(steps, 1)
            case StepStarted(_, title, _, _):
                if self._phase is None:
                    self._phase = self._progress.add_task("", total=self._total, label=self._label, what="")
                self._tell(title)
            case StepFinished():
                self._steps += 1
                self._advance()
            case BatchDone(_, table, rows, done, total, _, speed, _):
                self._rows[table] = self._rows.get(table, 0) + rows
                self._tell(f"{table}: {done:,} of about {max(total, done):,} rows, {speed:,.0f} a second")
            case LockWaited(_, table, _, attempt, attempts_max, _):
                self._attempts += 1
                self._tell(f"waits for a moment when {table} is free, try {attempt} of at most {attempts_max}")
            case Throttled(_, signal, detail, _):
                self._tell(f"waits for {signal}: {detail}")
            case GateJudged(_, _, check, verdict, detail) if verdict in ("failed", "unproven"):
                self._held.see(check, verdict, detail)
            case Note(text, _):
                self._tell(text)
            case PhaseFinished(_, _, seconds, _):
                self._finish(_sum(self._steps, seconds, self._rows, self._attempts))
            case _:
                pass

    def _tell(self, text: str) -> None:
        if self._phase is not None:
            self._progress.update(self._phase, what=escape(self._cut(text)))

    def _cut(self, text: str) -> str:
        room = max(8, self._show.console.width - WHAT_AT)
        return text if len(text) <= room else text[: room - 1] + "…"

    def _advance(self) -> None:
        if self._phase is not None:
            self._progress.advance(self._phase)

    def _finish(self, text: str) -> None:
        if self._phase is not None:
            (task,) = (t for t in self._progress.tasks if t.id == self._phase)
            self._progress.update(self._phase, completed=task.total, what=escape(self._cut(text)))
        self._phase = None


def _sum(steps: int, seconds: float, rows: dict[str, int], attempts: int) -> str:
    parts = [counted(steps, "step"), f"{seconds:.1f} s"]
    changed = sum(rows.values())
    if changed:
        parts.append(f"{counted(changed, 'row')} filled")
    if attempts:
        parts.append(f"stepped aside {counted(attempts, 'time')} for somebody's lock")
    return ", ".join(parts)


class Clock:
    """Seconds since it was made, or since it was last asked."""

    def __init__(self) -> None:
        self._began = self._last = time.monotonic()

    def lap(self) -> float:
        """Seconds since the last lap."""
        now = time.monotonic()
        lap, self._last = now - self._last, now
        return lap

    def total(self) -> float:
        """Seconds since the beginning."""
        return time.monotonic() - self._began
