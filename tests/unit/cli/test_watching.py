"""What a run says while it works: one line each in a log, a scene on a terminal."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from ringfence.cli.lines import line, stamped
from ringfence.cli.live import Log, Screen, draw, watching
from ringfence.cli.scene import PhaseOver, Said, Scene, advance
from ringfence.observe import (
    BatchDone,
    GateJudged,
    LockWaited,
    Note,
    Observation,
    PhaseFinished,
    PhaseStarted,
    StepFinished,
    StepStarted,
    Throttled,
)

STEP = "backfill/public.documents/rows"
BATCH = BatchDone(STEP, "public.documents", 5000, 412_000, 1_000_000, 48.0, 38_100.4, 15.2)
WAIT = LockWaited(STEP, "public.documents", 50.1, 3, 120, ("pid 4711 psql (alice), idle in transaction for 131 s",))
EVERY: list[tuple[Observation, str]] = [
    (PhaseStarted(2, "backfill", 40, "forward"), "phase 2 backfill begins, 40 steps"),
    (PhaseStarted(2, "backfill", 1, "back"), "undo of phase 2 backfill begins, 1 step"),
    (PhaseFinished(2, "backfill", 75.0, "forward"), "phase 2 backfill ends after 1 min 15 s"),
    (StepStarted("a/b", "a title", 1, "forward"), "a/b: a title"),
    (StepStarted("a/b", "a title", 1, "back"), "undo a/b: a title"),
    (StepFinished("a/b", 1, 0.31, 1, "forward"), "a/b: done in 0.3 s"),
    (StepFinished("a/b", 1, 0.31, 4, "back"), "undo a/b: done in 0.3 s, 4 attempts"),
    (
        WAIT,
        f"{STEP}: waits for the lock on public.documents, attempt 3 of 120: held by {WAIT.holders[0]}",
    ),
    (
        LockWaited(STEP, "t", 50.0, 1, 120, ()),
        f"{STEP}: waits for the lock on t, attempt 1 of 120: nobody was seen holding it",
    ),
    (BATCH, f"{STEP}: 412,000 of about 1,000,000 rows, 38,100 rows/s, about 15 s left"),
    (BatchDone("a", "", 3, 3, 0, 1.0, 9.0, None), "a: 3 rows, 9 rows/s"),
    (
        Throttled(STEP, "replica lag", "14 s, at most 10 s", 2.0),
        f"{STEP}: waits 2.0 s because of replica lag: 14 s, at most 10 s",
    ),
    (GateJudged(1, "expand/exit", "RFG-FILL", "passed", ""), "gate expand/exit: RFG-FILL passed"),
    (
        GateJudged(1, "expand/exit", "RFG-FILL", "failed", "not so\nrow 1\nrow 2\nhint"),
        "gate expand/exit: RFG-FILL failed: not so row 1 (and 2 lines more)",
    ),
    (Note("restoring into scratch"), "restoring into scratch"),
    (Note("signal cannot be seen", "warning"), "warning: signal cannot be seen"),
]


@pytest.mark.parametrize(("seen", "said"), EVERY, ids=[f"{type(o).__name__}-{n}" for n, (o, _) in enumerate(EVERY)])
def test_every_observation_is_one_line(seen: Observation, said: str) -> None:
    """A log line says what happened, to which step, in numbers people read."""
    assert line(seen) == said


def test_a_log_line_begins_with_the_time() -> None:
    """The time is UTC in ISO 8601, so that logs of several machines can be merged."""
    at = datetime(2026, 11, 23, 12, 0, 1, tzinfo=UTC)

    assert stamped(Note("hello"), at) == "2026-11-23T12:00:01Z hello"


@given(st.text(), st.text())
def test_a_log_line_stays_one_line(title: str, detail: str) -> None:
    """Whatever a table is called, its line ends where we end it and colours nothing."""
    for seen in (StepStarted("s", title, 1, "forward"), GateJudged(1, "g", "c", "failed", detail), Note(title)):
        assert not re.search("[\x00-\x1f\x7f-\x9f]", line(seen))


def test_a_log_hears_of_some_batches_only(capsys: pytest.CaptureFixture[str]) -> None:
    """Thousands of batches would bury what matters; --verbose shows every one."""
    quiet, verbose = Log(verbose=False), Log(verbose=True)

    for _ in range(3):
        quiet(BATCH)
    few = capsys.readouterr().err
    for _ in range(3):
        verbose(BATCH)
    many = capsys.readouterr().err

    assert few.count("\n") == 1
    assert many.count("\n") == 3


def test_without_a_terminal_the_log_is_chosen(capsys: pytest.CaptureFixture[str]) -> None:
    """A job's stderr gets plain lines, stdout nothing at all."""
    with watching(as_json=False, verbose=False) as observer:
        observer(Note("hello"))

    captured = capsys.readouterr()
    assert captured.err.endswith("Z hello\n")
    assert captured.out == ""


# --- the scene ---------------------------------------------------------------------------------------------------


def after(*seen: Observation, now: float = 10.0) -> Scene:
    """The scene after these observations, all at one moment."""
    scene = Scene()
    for observation in seen:
        scene, _ = advance(scene, observation, now)
    return scene


def drawn(scene: Scene, now: float = 10.0, width: int = 110) -> str:
    """What a terminal of that width shows."""
    console = Console(file=io.StringIO(), width=width, force_terminal=False)
    console.print(draw(scene, now, width))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().rstrip()


BEGUN = (PhaseStarted(2, "backfill", 40, "forward"), StepStarted(STEP, "the right tenant for every row", 2, "forward"))


def test_a_backfill_shows_rows_rate_and_remaining_time() -> None:
    """Phase, step, bar, rows, rate and what is left stand on three lines."""
    assert drawn(after(*BEGUN, BATCH), 12.0).split("\n") == [
        "  2 backfill          0 of 40 steps   2.0 s",
        "    the right tenant for every row   2.0 s",
        "    ━━━━━━━━━━━━──────────────────  412,000 of about 1,000,000 rows      38,100 rows/s   15 s left",
    ]


def test_a_wait_says_for_whom_and_how_long() -> None:
    """Who holds the lock is on the screen for as long as it is waited for."""
    scene = after(*BEGUN, WAIT)
    scene, _ = advance(scene, WAIT, 12.5)

    shown = drawn(scene, 12.5)

    assert "waits 2.5 s for the lock on public.documents, attempt 3 of 120: held by pid 4711 psql (alice)" in shown


def test_a_wait_ends_with_the_next_sign_of_life() -> None:
    """A batch, the end of the step, or silence: the yellow line goes."""
    waiting = after(*BEGUN, WAIT)

    assert waiting.waiting(12.9)
    assert not waiting.waiting(13.1)
    assert not advance(waiting, BATCH, 10.5)[0].waiting(10.5)
    assert not advance(waiting, StepFinished(STEP, 2, 1.0, 1, "forward"), 10.5)[0].waiting(10.5)


def test_a_finished_phase_stays_on_the_screen() -> None:
    """Its line tells the steps of this run and the time they took."""
    scene = after(*BEGUN, StepFinished(STEP, 2, 1.0, 1, "forward"))

    _, lasting = advance(scene, PhaseFinished(2, "backfill", 41.0, "forward"), 51.0)

    assert lasting == PhaseOver(2, "backfill", 1, 41.0, "forward")


def test_a_gate_speaks_when_it_holds() -> None:
    """A check that passes is silence; one that fails or is accepted stays on the screen."""
    passed = GateJudged(1, "g", "RFG-FILL", "passed", "")

    assert advance(Scene(), passed, 0.0)[1] is None
    assert advance(Scene(), GateJudged(1, "g", "RFG-FILL", "failed", "x"), 0.0)[1] == Said(
        "gate g: RFG-FILL failed", "error"
    )
    accepted = advance(Scene(), GateJudged(1, "g", "RFG-FILL", "accepted", ""), 0.0)[1]
    assert accepted == Said("gate g: RFG-FILL accepted", "warning")


def test_a_step_says_what_it_does_and_a_warning_stays() -> None:
    """The state of an index build moves with the step; a warning is for later reading."""
    scene = after(*BEGUN)

    moving, lasting = advance(scene, Note(f"{STEP}: building index (40 %)"), 10.0)

    assert lasting is None
    assert "    building index (40 %)" in drawn(moving)
    assert advance(scene, Note("no replica can be seen", "warning"), 10.0)[1] == Said(
        "no replica can be seen", "warning"
    )


def test_a_step_taken_up_again_is_shown_without_its_phase() -> None:
    """After a crash the first thing a run says is the step it goes on with."""
    assert "the right tenant" in drawn(after(BEGUN[1], BATCH))


@given(st.lists(st.sampled_from([o for o, _ in EVERY]), max_size=30), st.integers(20, 200))
def test_any_order_of_events_can_be_drawn(seen: list[Observation], width: int) -> None:
    """No sequence breaks the screen, and no line is wider than it."""
    for row in drawn(after(*seen), 11.0, width).split("\n"):
        assert len(row) <= width


def test_a_screen_takes_observations_from_another_thread() -> None:
    """What is printed for good goes above, the scene is what rich asks for."""
    console = Console(file=io.StringIO(), width=100)
    screen = Screen(console)

    screen.see(PhaseStarted(1, "expand", 2, "forward"))
    screen.see(Note("careful", "warning"))
    console.print(screen)

    assert isinstance(console.file, io.StringIO)
    assert console.file.getvalue().split("\n")[0] == "    careful"
    assert "1 expand" in console.file.getvalue()
