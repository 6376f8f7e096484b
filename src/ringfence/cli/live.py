"""Who watches a run: a terminal that redraws, or a log with one line per observation. Both on stderr."""

from __future__ import annotations

import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from threading import Lock
from typing import IO, TYPE_CHECKING, assert_never, cast

from ringfence.cli.lines import stamped
from ringfence.cli.scene import Lasting, PhaseLine, PhaseOver, Said, Scene, StepLine, advance
from ringfence.cli.shell import Unbreakable, is_terminal, say
from ringfence.cli.words import duration, number, plain, plain_lines
from ringfence.observe import BatchDone, LockHeld, Observation, Observer

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.text import Text

BATCH_LINE_EVERY_S = 5.0
"""How often a log hears of the batches of one step; all of them with --verbose."""
REDRAWS_PER_SECOND = 8


@contextmanager
def watching(*, as_json: bool, verbose: bool) -> Iterator[Observer]:
    """The observer for this process: live on a terminal, plain lines elsewhere and under --json."""
    if as_json or verbose or not is_terminal(sys.stderr):
        yield Log(verbose=verbose)
        return
    from rich.console import Console
    from rich.live import Live

    console = Console(file=cast("IO[str]", Unbreakable(sys.stderr)), highlight=False)
    screen = Screen(console)
    with Live(
        screen,
        console=console,
        refresh_per_second=REDRAWS_PER_SECOND,
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    ):
        yield screen.see


class Log:
    """One line per observation on stderr, with the time; of many batches only some."""

    def __init__(self, *, verbose: bool) -> None:
        self._verbose = verbose
        self._batch_told: dict[str, float] = {}

    def __call__(self, seen: Observation) -> None:
        """Write the line."""
        if isinstance(seen, BatchDone | LockHeld) and not self._verbose:
            now = time.monotonic()
            if now - self._batch_told.get(seen.step, -BATCH_LINE_EVERY_S) < BATCH_LINE_EVERY_S:
                return
            self._batch_told[seen.step] = now
        say(stamped(seen, datetime.now(UTC)) + "\n", sys.stderr)


class Screen:
    """The moving part at the foot of a terminal, and the lines that stay above it."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._scene = Scene()
        self._lock = Lock()

    def see(self, seen: Observation) -> None:
        """Take in what happened; drawing is the refresh thread's business."""
        with self._lock:
            self._scene, lasting = advance(self._scene, seen, time.monotonic())
        if lasting is not None:
            self._console.print(_lasting(lasting))

    def __rich__(self) -> RenderableType:
        """The scene as it is now."""
        with self._lock:
            scene = self._scene
        return draw(scene, time.monotonic(), self._console.width)


def _lasting(lasting: Lasting) -> RenderableType:
    from rich.text import Text

    match lasting:
        case PhaseOver(number_, name, steps, seconds, direction):
            # a run that stops at a gate or for a pause leaves its phase, too: whether it is done, the report says
            word = "" if direction == "forward" else "undo of "
            text = Text("  ").append(f"{word}{number_} {name:<14}", style="bold")
            return text.append(f"{steps:>5} steps        {duration(seconds)}", style="dim")
        case Said(words, level):
            style = {"warning": "yellow", "error": "red"}.get(level, "dim")
            return Text(_indented(plain_lines(words)), style=style)
        case _:
            assert_never(lasting)


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.split("\n"))


def draw(scene: Scene, now: float, width: int) -> RenderableType:
    """The scene as lines: the phase, the step, its progress, and what it waits for."""
    from rich.console import Group
    from rich.text import Text

    lines: list[Text] = []
    if scene.phase is not None:
        lines.append(_phase_line(scene.phase, scene.direction, now))
    if scene.step is not None:
        lines.append(
            Text(f"    {plain(scene.step.title)}").append(f"   {duration(now - scene.step.began)}", style="dim")
        )
        lines += _step_lines(scene.step, width)
    for line in lines:
        line.truncate(width - 1, overflow="ellipsis")
    waiting = scene.waiting(now)
    if waiting:
        words = f"waits {duration(now - scene.waits_since)} {plain(waiting)}"
        lines += [Text(f"    {row}", style="yellow") for row in textwrap.wrap(words, max(20, width - 6))[:3]]
    return Group(*lines)


def _phase_line(phase: PhaseLine, direction: str, now: float) -> Text:
    from rich.text import Text

    verb = "" if direction == "forward" else "undo of "
    head = Text("  ").append(f"{verb}{phase.number} {phase.name:<14}", style="bold")
    return head.append(f"{phase.done:>5} of {phase.steps} steps   {duration(now - phase.began)}", style="dim")


def _step_lines(step: StepLine, width: int) -> list[Text]:
    from rich.text import Text

    if step.batch is not None:
        return [_bar(step.batch, width)]
    return [Text(f"    {plain(step.says)}", style="dim")] if step.says else []


def _bar(batch: BatchDone, width: int) -> Text:
    from rich.text import Text

    rate = f"{number(batch.rows_per_second):>9} rows/s"
    left = f"   {duration(batch.remaining_seconds)} left" if batch.remaining_seconds is not None else ""
    if batch.rows_total <= 0:
        return Text(f"    {number(batch.rows_done)} rows   {rate}{left}")
    share = min(1.0, batch.rows_done / batch.rows_total)
    cells = max(10, min(30, width - 70))
    full = int(share * cells)
    text = Text("    ").append("━" * full, style="green").append("─" * (cells - full), style="bright_black")
    counts = f"  {number(batch.rows_done)} of about {number(batch.rows_total)} rows"
    return text.append(counts).append(f"   {rate}{left}", style="dim")
