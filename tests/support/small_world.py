"""Small plans and a small model of the world they change, to walk through every way a run can go.

The model knows what is really applied, whatever the journal says, and asserts what must never happen to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import assert_never

from ringfence.execute.decide import closing, next_move, opening, wish_of
from ringfence.execute.model import (
    Back,
    EndRun,
    ExecuteStep,
    ExecuteUndo,
    Forward,
    JudgeGate,
    Move,
    ProbeStep,
    ProbeUndo,
    RecordUndo,
    Refuse,
    StartStep,
    StartUndo,
    Wish,
)
from ringfence.journal.fold import fold
from ringfence.journal.model import (
    BatchCommitted,
    Event,
    GateHeld,
    GatePassed,
    PauseRequested,
    Progress,
    ResumeRequested,
    RunEnded,
    StepDone,
    StepFailed,
    StepStarted,
    UndoDone,
    UndoStarted,
)
from ringfence.names import QualifiedName
from ringfence.plan.model import (
    Action,
    Backfill,
    Check,
    Concurrently,
    Gate,
    Irreversible,
    NothingToUndo,
    Phase,
    Plan,
    Probe,
    Procedure,
    ProcedureKind,
    Repeat,
    Statement,
    Step,
    Transaction,
    Undo,
    UndoWith,
)
from ringfence.tenancy.model import AssignOne, Limits, Memberships, Organizations, Tenancy, Users

BATCHES = 2
"""How many batches a Backfill or Repeat of the model takes."""
PRESENT = BATCHES
RUN_ID = "run"
VERSION = "test"


class Kind(Enum):
    """Every kind of action, with one kind of undo each."""

    TRANSACTION = "transaction"
    CONCURRENTLY = "concurrently"
    BACKFILL = "backfill"
    REPEAT = "repeat"
    PROCEDURE = "procedure"


def _action(kind: Kind) -> Action:
    match kind:
        case Kind.TRANSACTION:
            return Transaction((Statement("select 1"),))
        case Kind.CONCURRENTLY:
            return Concurrently(Statement("select 2"), Probe("select false"), Statement("select 3"))
        case Kind.BACKFILL:
            return Backfill(QualifiedName("public", "t"), "c", (), "select 1", "select 0", "analyze")
        case Kind.REPEAT:
            return Repeat(Statement("select 4"), 100)
        case Kind.PROCEDURE:
            return Procedure(ProcedureKind.BASELINE)
        case _:
            assert_never(kind)


def _undo(kind: Kind) -> Undo:
    match kind:
        case Kind.BACKFILL:
            return NothingToUndo("the rows go with the column")
        case Kind.PROCEDURE:
            return Irreversible("what was measured stays measured")
        case Kind.TRANSACTION | Kind.CONCURRENTLY | Kind.REPEAT:
            return UndoWith((Transaction((Statement("select 5"),)),), Probe("select false"))
        case _:
            assert_never(kind)


def step(name: str, kind: Kind) -> Step:
    """A step of that kind; its id is its name."""
    probe = Probe("select false") if kind in (Kind.CONCURRENTLY, Kind.PROCEDURE) else None
    return Step(name, name, _action(kind), _undo(kind), done_when=probe)


def phase(number: int, *steps: Step) -> Phase:
    """A phase with all three gates."""
    check = (Check("C", "c", "select", "hint"),)
    return Phase(
        number,
        f"p{number}",
        f"phase {number}",
        entry=Gate(f"p{number}/entry", check),
        steps=steps,
        exit=Gate(f"p{number}/exit", check),
        back=Gate(f"p{number}/back", check),
    )


def plan_of(*phases: Phase, attempts_max: int = 2) -> Plan:
    """A plan of these phases for a tenancy without tables."""
    name = QualifiedName("public", "t")
    tenancy = Tenancy(
        column="client_id",
        type="uuid",
        users=Users(name, "id", "uuid"),
        organizations=Organizations(name, "id", "uuid", adopted=False),
        memberships=Memberships(name, "user_id", "client_id", adopted=False),
        assignment=AssignOne(),
        tables=(),
        others=(),
        founding_key=None,
        founding_name="",
        quarantine_key=None,
        limits=Limits(step_attempts_max=attempts_max),
    )
    return Plan(tenancy, 180000, "fingerprint", phases)


def plan_of_kinds(*kinds: Sequence[Kind]) -> Plan:
    """One phase per sequence, numbered from 0, one step per kind."""
    return plan_of(
        *(phase(n, *(step(f"p{n}{'abcdefgh'[i]}", kind) for i, kind in enumerate(ks))) for n, ks in enumerate(kinds))
    )


@dataclass(frozen=True)
class World:
    """What is really applied: (step, level) in the order in which it came, level PRESENT when it is all there."""

    applied: tuple[tuple[str, int], ...] = ()

    def level(self, name: str) -> int:
        """0 for absent, PRESENT for all there, between for a part or the debris of a failed build."""
        return next((level for known, level in self.applied if known == name), 0)

    def put(self, name: str, level: int) -> World:
        """The world with one step at that level; a step that was there keeps its place."""
        if level == 0:
            return World(tuple(item for item in self.applied if item[0] != name))
        if self.level(name):
            return World(tuple((known, level if known == name else old) for known, old in self.applied))
        return World((*self.applied, (name, level)))


@dataclass(frozen=True)
class State:
    """The journal's progress, the world, and whether the process of the open run lives."""

    progress: Progress
    world: World
    alive: bool = False

    @property
    def key(self) -> object:
        """Everything that can make a difference to what comes next."""
        p, o = self.progress, self.progress.open
        return (
            tuple(p.done),
            None if o is None else (type(o), o.step, o.rows, o.tries, o.doubtful, getattr(o, "was_done", None)),
            p.gates,
            p.held is None,
            p.paused,
            None if p.run is None else (p.run.direction, p.run.target),
            self.world,
            self.alive,
        )


def begin(state: State, wish: Wish) -> State:
    """A new process starts a run: it ends the one that died, if any."""
    events = (*closing(state.progress), opening(wish, RUN_ID, VERSION))
    return State(fold(events, state.progress), state.world, alive=True)


def press(state: State) -> State:
    """A person pauses, or takes the pause back."""
    event = ResumeRequested() if state.progress.paused else PauseRequested()
    return State(fold((event,), state.progress), state.world, state.alive)


def die(state: State) -> State:
    """The process of the run is killed between two entries."""
    return State(state.progress, state.world, alive=False)


def outcomes(plan: Plan, state: State) -> Iterator[State]:
    """Every way the next move of a living run can end, the good one first."""
    run = state.progress.run
    assert run is not None
    wish = wish_of(run)
    move = next_move(plan, state.progress, wish)
    _may(plan, state.progress, wish, move)
    for world, events, alive in _outcomes(plan, state.world, move):
        yield State(fold(events, state.progress), world, alive)


def _may(plan: Plan, progress: Progress, wish: Wish, move: Move) -> None:
    """What no decision may do, whatever the world looks like."""
    assert not progress.paused or isinstance(move, EndRun), f"{move} in spite of a pause"
    match move:
        case ExecuteStep() | ProbeStep() | ExecuteUndo() | ProbeUndo():
            assert move.attempt <= plan.tenancy.limits.step_attempts_max, f"{move.step.id} is tried without end"
        case StartUndo(one):
            assert isinstance(wish, Back), f"{one.id} is undone on the way forward"
            opened = progress.open is not None and progress.open.step == one.id
            assert opened or plan.steps_by_id[one.id][0].number >= wish.first_phase, f"{one.id} belongs to what stays"
        case StartStep(one):
            assert isinstance(wish, Forward), f"{one.id} is begun on the way back"
            assert plan.steps_by_id[one.id][0].number <= wish.through_phase, f"{one.id} was not asked for"
        case JudgeGate() | RecordUndo() | EndRun() | Refuse():
            pass
        case _:
            assert_never(move)


Outcome = tuple[World, tuple[Event, ...], bool]


def _outcomes(plan: Plan, world: World, move: Move) -> Iterator[Outcome]:
    match move:
        case JudgeGate(gate=gate):
            yield world, (GatePassed(gate.id),), True
            yield world, (GateHeld(gate.id, {"C": "missing"}),), True
        case StartStep(one):
            yield world, (StepStarted(one.id),), True
        case ExecuteStep(one, cursor):
            if isinstance(one.action, Backfill | Repeat):
                level = world.level(one.id)
                assert cursor == ({"batch": level} if level else None), f"{one.id} does not go on where it stopped"
            yield from _execute(plan, world, one, probed=False)
        case ProbeStep(one):
            assert one.done_when is not None
            if world.level(one.id) == PRESENT:
                yield world, (StepDone(one.id, {"found_done": True}),), True
            else:
                yield from _execute(plan, world, one, probed=True)
        case StartUndo(one):
            yield world, (UndoStarted(one.id),), True
        case ExecuteUndo(one):
            yield from _execute_undo(plan, world, one, probed=False)
        case ProbeUndo(one):
            if world.level(one.id) == 0:
                yield world, (UndoDone(one.id, {"found_done": True}),), True
            else:
                yield from _execute_undo(plan, world, one, probed=True)
        case RecordUndo(one):
            _may_go(plan, world, one)
            if isinstance(one.undo, UndoWith):
                assert world.level(one.id) == 0, f"{one.id} is recorded as undone and is there"
            yield world.put(one.id, 0), (UndoDone(one.id),), True
        case EndRun(outcome, detail):
            yield world, (RunEnded(RUN_ID, outcome, detail),), False
        case Refuse(error):
            raise AssertionError(f"a legal run was refused: {error}")
        case _:
            assert_never(move)


def _execute(plan: Plan, world: World, one: Step, *, probed: bool) -> Iterator[Outcome]:
    name, level = one.id, world.level(one.id)
    for other in plan.steps_by_id:
        if other == name:
            break
        assert world.level(other) == PRESENT, f"{name} is executed and {other} before it is not there"
    failed: tuple[Event, ...] = (StepFailed(name, "error"),)
    match one.action:
        case Transaction():
            assert level == 0, f"transaction {name} is executed twice"
            yield world.put(name, PRESENT), (StepDone(name),), True
            yield world, failed, True
        case Backfill() | Repeat():
            if level == PRESENT:
                yield world, (StepDone(name),), True
            else:
                yield world.put(name, level + 1), (BatchCommitted(name, 1, {"batch": level + 1}),), True
            yield world, failed, True
        case Concurrently() | Procedure():
            assert level < PRESENT, f"{name} is executed {'although the probe says done' if probed else 'twice'}"
            there = world.put(name, PRESENT)
            yield there, (StepDone(name),), True
            yield there, (), False  # died between doing and recording
            yield there, failed, True  # the answer was lost, the server had done it
            yield world, failed, True
            yield world.put(name, 1), failed, True  # debris
            yield world.put(name, 1), (), False
        case _:
            assert_never(one.action)


def _execute_undo(plan: Plan, world: World, one: Step, *, probed: bool) -> Iterator[Outcome]:
    name, level = one.id, world.level(one.id)
    _may_go(plan, world, one)
    if isinstance(one.action, Transaction):
        # The undo would find, and take away, something that bears the same name and is not ours.
        assert level > 0, f"undo of {name} is executed and nothing of it is there ({probed=})"
    failed: tuple[Event, ...] = (StepFailed(name, "error", undoing=True),)
    gone = world.put(name, 0)
    yield gone, (UndoDone(name),), True
    yield gone, (), False
    yield gone, failed, True
    yield world, failed, True
    if level:
        yield world.put(name, 1), failed, True
        yield world.put(name, 1), (), False


def _may_go(plan: Plan, world: World, one: Step) -> None:
    number = plan.steps_by_id[one.id][0].number
    names = [name for name, _ in world.applied]
    later = names[names.index(one.id) + 1 :] if one.id in names else []
    for other in later:
        assert plan.steps_by_id[other][0].number < number, f"{one.id} is undone under {other}, which came after it"
