"""What may follow what in a journal, and what it adds up to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ringfence.journal.fold import fold, follow
from ringfence.journal.model import (
    Accepted,
    BatchCommitted,
    Done,
    Entry,
    Event,
    GateHeld,
    GatePassed,
    IllegalTransition,
    NotStarted,
    PauseRequested,
    PlanAdopted,
    Progress,
    ResumeRequested,
    RunEnded,
    RunStarted,
    Started,
    StepDone,
    StepFailed,
    StepStarted,
    UndoDone,
    Undoing,
    UndoStarted,
)

GATES = (
    (0, "entry", "in0"),
    (0, "exit", "out0"),
    (1, "entry", "in1"),
    (1, "exit", "out1"),
    (1, "back", "back1"),
)
PLAN = PlanAdopted("plan1", None, ((0, ("a", "b")), (1, ("c",))), GATES)
RUN = RunStarted("r1", "forward", 1, "0")
BACK_TO_1 = RunStarted("r2", "back", 1, "0")
BACK_TO_0 = RunStarted("r2", "back", 0, "0")
END = RunEnded("r1", "paused")
A: list[Event] = [GatePassed("in0"), StepStarted("a"), StepDone("a")]
AB: list[Event] = [*A, StepStarted("b"), StepDone("b")]
ABC: list[Event] = [*AB, GatePassed("out0"), GatePassed("in1"), StepStarted("c"), StepDone("c")]
ALL: list[Event] = [*ABC, GatePassed("out1")]


def amended(*steps: tuple[int, tuple[str, ...]], gone: tuple[str, ...] = (), previous: str | None = "plan1") -> Event:
    gates = tuple(gate for gate in GATES if gate[0] in {number for number, _ in steps})
    return PlanAdopted("plan2", previous, steps, gates, gone)


def test_the_way_of_a_step() -> None:
    """A step is started, works in batches, is done, is undone in batches, and is then as if it had never been."""
    state = fold([PLAN, RUN, GatePassed("in0")])
    assert state.state("a") == NotStarted()

    state = follow(state, StepStarted("a"))
    assert state.state("a") == Started("a")

    state = fold([BatchCommitted("a", 5, {"page": 1}), BatchCommitted("a", 2, {"page": 2})], state)
    assert state.state("a") == Started("a", {"page": 2}, rows=7)

    state = follow(state, StepDone("a", {"seconds": 1}))
    assert state.state("a") == Done({"seconds": 1}, rows=7)

    state = fold([END, BACK_TO_0, UndoStarted("a"), BatchCommitted("a", 3, {"n": 1})], state)
    assert state.state("a") == Undoing("a", was_done=True, cursor={"n": 1}, rows=3)

    state = follow(state, UndoDone("a"))
    assert state.state("a") == NotStarted()


def test_a_failed_try_counts_within_its_run_and_leaves_a_doubt() -> None:
    """Tries are counted per run; after a failure or a new run nobody knows whether the step was executed."""
    state = fold([PLAN, RUN, GatePassed("in0"), StepStarted("a"), StepFailed("a", "boom"), StepFailed("a", "bang")])
    assert state.state("a") == Started("a", tries=2, doubtful=True)
    assert state.error == StepFailed("a", "bang")

    state = fold([RunEnded("r1", "failed"), RunStarted("r3", "forward", 1, "0")], state)
    assert state.state("a") == Started("a", tries=0, doubtful=True)
    assert state.error == StepFailed("a", "bang")

    state = follow(state, StepDone("a"))
    assert state.error is None


def test_a_run_that_died_leaves_its_step_in_doubt() -> None:
    """A run without an end is ended by the next one, and the step it had open may have been executed."""
    state = fold([PLAN, RUN, GatePassed("in0"), StepStarted("a"), RunEnded("r1", "interrupted"), BACK_TO_0])

    assert state.state("a") == Started("a", doubtful=True)
    assert state.direction == "back"


def test_people_are_never_out_of_turn() -> None:
    """Pause, resume and acceptance come from other sessions at any moment, twice or before there is a plan."""
    events = [PauseRequested("lunch"), PauseRequested("dinner"), Accepted("C1", "known"), Accepted("C1", "signed off")]
    state = fold([*events, PLAN, RUN, PauseRequested("again")])

    assert state.paused
    assert state.pause_reason == "again"
    assert state.accepted == {"C1": "signed off"}
    assert not fold([ResumeRequested(), ResumeRequested()], state).paused


def test_a_phase_is_complete_with_its_exit_gate() -> None:
    """All steps done do not complete a phase before its exit gate has passed."""
    state = fold([PLAN, RUN, *AB])
    assert not state.complete(state.outline.phase(0))

    state = follow(state, GatePassed("out0"))
    assert state.complete(state.outline.phase(0))


def test_a_held_gate_is_known_until_the_next_run() -> None:
    """The gate that stopped a run is judged anew by the next one."""
    state = fold([PLAN, RUN, GateHeld("in0", {"C1": "old clients"})])
    assert state.held == GateHeld("in0", {"C1": "old clients"})

    state = fold([RunEnded("r1", "gate"), RunStarted("r2", "forward", 0, "0")], state)
    assert state.held is None


def test_undoing_a_step_reopens_its_phase_and_those_after_it() -> None:
    """A gate passed on top of a step does not outlive it; gates of earlier phases stay."""
    state = fold([PLAN, RUN, *ALL, END, BACK_TO_1, GatePassed("back1")])
    assert state.gates == {"in0", "out0", "in1", "out1", "back1"}

    state = follow(state, UndoStarted("c"))
    assert state.gates == {"in0", "out0", "back1"}

    state = fold([UndoDone("c"), RunEnded("r2", "finished")], state)
    assert state.complete(state.outline.phase(0))


def test_a_back_gate_is_passed_for_one_run() -> None:
    """Whether a revert may happen depends on who is connected now, so every run asks again."""
    state = fold([PLAN, RUN, *ALL, END, BACK_TO_1, GatePassed("back1"), RunEnded("r2", "interrupted"), BACK_TO_1])
    assert "back1" not in state.gates


def test_an_amended_plan_keeps_what_is_done_and_reopens_the_phase_it_extends() -> None:
    """New steps in a complete phase are behind: they are the next to be done, and its gates are judged again."""
    state = fold([PLAN, RUN, *ALL, END, amended((0, ("a", "new", "b")), (1, ("c", "later")))])

    assert list(state.done) == ["a", "b", "c"]
    assert state.behind() == ("new",)
    assert state.outline.order[state.frontier] == "new"
    assert state.gates == set()


def test_an_amendment_of_a_later_phase_leaves_earlier_gates_passed() -> None:
    """Only the first phase that gained a step, and those after it, are judged again."""
    state = fold([PLAN, RUN, *ALL, END, amended((0, ("a", "b")), (1, ("c", "new")))])

    assert state.gates == {"in0", "out0"}


def test_an_amendment_that_only_forgets_what_was_never_begun_reopens_nothing() -> None:
    """A step that was not begun may leave the plan without a trace."""
    state = fold([PLAN, RUN, *AB, GatePassed("out0"), END, amended((0, ("a", "b")), (1, ()))])

    assert state.gates == {"in0", "out0"}
    assert state.outline.order == ("a", "b")


def test_a_step_whose_object_was_dropped_leaves_the_plan_by_name() -> None:
    """A done step may leave an amended plan when the entry says that it is gone."""
    state = fold([PLAN, RUN, *AB, END, amended((0, ("a",)), (1, ("c",)), gone=("b",))])

    assert list(state.done) == ["a"]


def test_undo_goes_by_completion_and_not_by_plan_order() -> None:
    """A step that an amendment brought in late is undone before older steps of its phase that stand behind it."""
    late = [
        amended((0, ("new", "a", "b")), (1, ("c",))),
        RunStarted("r3", "forward", 0, "0"),
        GatePassed("in0"),
        StepStarted("new"),
        StepDone("new"),
        RunEnded("r3", "paused"),
        BACK_TO_0,
    ]
    state = fold([PLAN, RUN, *AB, END, *late])

    with pytest.raises(IllegalTransition, match="step new was completed after it and is not undone"):
        follow(state, UndoStarted("b"))
    state = fold([UndoStarted("new"), UndoDone("new"), UndoStarted("b"), UndoDone("b"), UndoStarted("a")], state)
    assert state.done == {}


def test_a_late_step_of_an_earlier_phase_stays_when_a_later_phase_is_undone() -> None:
    """Steps never rest on later phases, so a late step of phase 0 does not stand in the way of undoing phase 1."""
    late = [
        amended((0, ("a", "b", "new")), (1, ("c",))),
        RunStarted("r3", "forward", 0, "0"),
        GatePassed("in0"),
        StepStarted("new"),
        StepDone("new"),
        GatePassed("out0"),
        RunEnded("r3", "finished"),
        BACK_TO_1,
        GatePassed("back1"),
        UndoStarted("c"),
        UndoDone("c"),
        RunEnded("r2", "finished"),
    ]
    state = fold([PLAN, RUN, *ABC, END, *late])

    assert list(state.done) == ["a", "b", "new"]
    assert state.complete(state.outline.phase(0))


def test_after_a_full_revert_responsibility_is_asked_for_anew() -> None:
    """When everything is undone no gate is passed and no acceptance is left."""
    undo = [UndoStarted("b"), UndoDone("b"), UndoStarted("a"), UndoDone("a"), RunEnded("r2", "finished")]
    state = fold([PLAN, Accepted("C1", "known"), RUN, *AB, GatePassed("out0"), END, BACK_TO_0, *undo])

    assert state.gates == set()
    assert state.accepted == {}
    assert state.frontier == 0


def test_entries_are_folded_in_their_own_order() -> None:
    """An entry that is not the next one is refused: somebody skipped a part of the journal."""
    at = datetime(2026, 1, 1, tzinfo=UTC)
    entries = [Entry(n + 1, at + timedelta(seconds=n), e, "", "") for n, e in enumerate([PLAN, RUN, *A])]
    state = fold(entries)
    assert (state.seq, state.at) == (5, at + timedelta(seconds=4))
    assert state.run is not None
    assert state.run.started_at == at + timedelta(seconds=1)

    with pytest.raises(IllegalTransition, match="entry 5 was read where entry 6 belongs"):
        follow(state, entries[4])


ILLEGAL: list[tuple[str, list[Event], Event, str]] = [
    ("run before a plan", [], RUN, "no plan has been adopted"),
    ("run while one is open", [PLAN, RUN], BACK_TO_0, "run r1 has not ended"),
    ("run to nowhere", [PLAN], RunStarted("r", "sideways", 0, "0"), "direction"),
    ("end without run", [PLAN], END, "no run is open"),
    ("end of another run", [PLAN, RUN], RunEnded("r9", "paused"), "the open run is r1"),
    ("end in no known way", [PLAN, RUN], RunEnded("r1", "bored"), "outcome"),
    ("finished too early", [PLAN, RUN, *AB], RunEnded("r1", "finished"), "phase 0 is not complete"),
    ("reverted too early", [PLAN, RUN, *ABC, END, BACK_TO_1], RunEnded("r2", "finished"), "phase 1 is not undone"),
    ("step without run", [PLAN], StepStarted("a"), "no run is open"),
    ("step before its gate", [PLAN, RUN], StepStarted("a"), "gate in0 has not been passed"),
    ("step out of order", [PLAN, RUN, GatePassed("in0")], StepStarted("b"), "step a comes first"),
    ("step beside another", [PLAN, RUN, GatePassed("in0"), StepStarted("a")], StepStarted("b"), "step a is open"),
    ("step twice", [PLAN, RUN, *A], StepStarted("a"), "it is done"),
    ("unknown step", [PLAN, RUN, *A], StepStarted("z"), "no such step"),
    ("step on the way back", [PLAN, RUN, *A, END, BACK_TO_0], StepStarted("b"), "does not go forward"),
    ("next phase before the exit gate", [PLAN, RUN, *AB], StepStarted("c"), "gate in1 has not been passed"),
    ("done without start", [PLAN, RUN, GatePassed("in0")], StepDone("a"), "not the open step"),
    ("done again", [PLAN, RUN, *A], StepDone("a"), "not the open step"),
    ("batch without start", [PLAN, RUN, *A], BatchCommitted("b", 1, {}), "not the open step"),
    ("failure without start", [PLAN, RUN, *A], StepFailed("b", "x"), "not the open step"),
    (
        "failure of an undo that was not begun",
        [PLAN, RUN, GatePassed("in0"), StepStarted("a")],
        StepFailed("a", "x", undoing=True),
        "not being undone",
    ),
    ("undo on the way forward", [PLAN, RUN, *A], UndoStarted("a"), "does not go back"),
    ("undo of what is not done", [PLAN, RUN, *A, END, BACK_TO_0], UndoStarted("b"), "it is not done"),
    ("undo of an unknown step", [PLAN, RUN, *A, END, BACK_TO_0], UndoStarted("z"), "no such step"),
    ("undo before its successor", [PLAN, RUN, *AB, END, BACK_TO_0], UndoStarted("a"), "step b was completed after it"),
    (
        "undo beside an open step",
        [PLAN, RUN, *A, StepStarted("b"), END, BACK_TO_0],
        UndoStarted("a"),
        "step b is open",
    ),
    ("undo before the back gate", [PLAN, RUN, *ABC, END, BACK_TO_1], UndoStarted("c"), "gate back1 has not been"),
    ("undone without start", [PLAN, RUN, GatePassed("in0"), StepStarted("a")], UndoDone("a"), "was not started"),
    (
        "done while being undone",
        [PLAN, RUN, *A, END, BACK_TO_0, UndoStarted("a")],
        StepDone("a"),
        "does not go forward",
    ),
    (
        "done while being undone, going forward again",
        [PLAN, RUN, *A, END, BACK_TO_0, UndoStarted("a"), RunEnded("r2", "interrupted"), RUN],
        StepDone("a"),
        "it is being undone",
    ),
    ("unknown gate", [PLAN, RUN], GatePassed("z"), "no such gate"),
    ("gate twice", [PLAN, RUN, *A], GatePassed("in0"), "has been passed"),
    (
        "gate beside an open step",
        [PLAN, RUN, GatePassed("in0"), StepStarted("a")],
        GatePassed("out0"),
        "step a is open",
    ),
    ("exit gate too early", [PLAN, RUN, *A], GatePassed("out0"), "phase 0 has steps that are not done"),
    ("entry gate before the last exit", [PLAN, RUN, *AB], GateHeld("in1"), "gate out0 has not been passed"),
    ("gate on the way back", [PLAN, RUN, *AB, END, BACK_TO_0], GatePassed("out0"), "does not go forward"),
    ("back gate on the way forward", [PLAN, RUN], GatePassed("back1"), "does not go back"),
    ("plan while a run is open", [PLAN, RUN], amended((0, ("a",))), "run r1 is open"),
    ("another first plan", [PLAN], amended((0, ("a",)), previous=None), "it amends no plan"),
    ("amendment of an unknown plan", [PLAN], amended((0, ("a",)), previous="x"), "it amends plan x"),
    (
        "plan while a step is open",
        [PLAN, RUN, GatePassed("in0"), StepStarted("a"), END],
        amended((0, ("a", "b"))),
        "step a is open",
    ),
    ("plan that forgets a done step", [PLAN, RUN, *AB, END], amended((0, ("a",))), "step b is done"),
    ("plan that moves a done step", [PLAN, RUN, *AB, END], amended((0, ("a",)), (1, ("b",))), "in phase 0"),
    ("gone and in the plan", [PLAN, RUN, *A, END], amended((0, ("a",)), gone=("a",)), "step a is declared gone"),
    ("gone and never done", [PLAN], amended((0, ("a",)), gone=("b",)), "step b is declared gone"),
    ("phases out of order", [PLAN], amended((1, ()), (0, ())), "ascending"),
    ("step id twice", [PLAN], amended((0, ("a", "a"))), "step id twice"),
    ("gate id twice", [], PlanAdopted("p", None, ((0, ()),), ((0, "entry", "g"), (0, "exit", "g"))), "gate id twice"),
    ("gate of no phase", [], PlanAdopted("p", None, ((0, ()),), ((1, "entry", "g"),)), "unknown phase"),
    ("gate of no kind", [], PlanAdopted("p", None, ((0, ()),), ((0, "front", "g"),)), "kind"),
]


@pytest.mark.parametrize(("before", "event", "why"), [case[1:] for case in ILLEGAL], ids=[case[0] for case in ILLEGAL])
def test_what_cannot_follow_is_refused(before: list[Event], event: Event, why: str) -> None:
    """An illegal entry raises, naming the entry, its place and the state it cannot follow."""
    state = fold(before)

    with pytest.raises(IllegalTransition, match=why) as caught:
        follow(state, event)

    assert type(event).__name__ in caught.value.message
    assert caught.value.subject == f"journal entry {len(before) + 1}"
    assert "steps done" in caught.value.detail


def test_a_state_is_asked_for_known_steps_only() -> None:
    """A step that the plan does not know has no state, not even 'not started'."""
    with pytest.raises(KeyError):
        Progress().state("a")
