"""One signal is enough to wait, an unread one too, and what may not be seen is told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.health.judge import judge, newly_hidden
from ringfence.health.model import (
    ArchiverBacklog,
    CheckpointPressure,
    DiskFree,
    Go,
    HealthLimits,
    Hidden,
    Holder,
    Horizon,
    HorizonHolder,
    IdleInTransaction,
    Latency,
    Reading,
    Replica,
    ReplicaLag,
    Slot,
    SlotsRetained,
    Unreadable,
    Vacuum,
    VacuumOnTable,
    Wait,
)
from ringfence.tenancy.model import Limits

LIMITS = Limits()
MIB = 2**20
WELL: tuple[Reading, ...] = (
    Latency(1.0),
    ReplicaLag((Replica("standby", "streaming", 0.1, 100), Replica("idle", "streaming", None, 0))),
    SlotsRetained((Slot("s", True, MIB),)),
    ArchiverBacklog(1, failing=False),
    VacuumOnTable(()),
    Horizon((HorizonHolder("pid 1 app (u)", 10, 1.0),)),
    IdleInTransaction((Holder(1, "u", "app", "idle in transaction", 3.0, "select ?"),)),
    CheckpointPressure(10, 100),
    DiskFree(100, 10),
)
ILL: tuple[tuple[Reading, str, str], ...] = (
    (Latency(300.0), "latency", "300 ms"),
    (ReplicaLag((Replica("far", "streaming", 11.0, 1),)), "replica_lag", "far is 11.0 s behind"),
    (ReplicaLag((Replica("new", "catchup", None, 600 * MIB),)), "replica_lag", "600 MiB behind"),
    (SlotsRetained((Slot("left", False, 600 * MIB),)), "slot_retained", "nobody is connected"),
    (ArchiverBacklog(43, failing=True), "archiver", "43 WAL segments wait"),
    (ArchiverBacklog(None, failing=True), "archiver", "nothing was archived"),
    (VacuumOnTable((Vacuum("public.t", 7, True),)), "vacuum", "prevent wraparound"),
    (VacuumOnTable((Vacuum("public.t", 7, False),)), "vacuum", "a vacuum works on public.t"),
    (VacuumOnTable((Vacuum("public.t", 7, None),)), "vacuum", "may not see which kind"),
    (Horizon((HorizonHolder("pid 9 report (u)", 5, 2000.0),)), "horizon", "pid 9 report (u) holds"),
    (Horizon((HorizonHolder("replication slot s", 20_000_000, None),)), "horizon", "replication slot s"),
    (
        IdleInTransaction((Holder(1, "u", "app", "idle in transaction", 1000.0, ""),)),
        "idle_in_transaction",
        "pid 1 app",
    ),
    (CheckpointPressure(151, 100), "checkpoint", "max_wal_size"),
    (DiskFree(9, 10), "disk", "needed next"),
    (Unreadable("archiver", "canceling statement (57014)"), "archiver", "cannot be read: canceling"),
)


def test_a_well_database_goes_on() -> None:
    assert judge(WELL, LIMITS) == Go()
    assert judge((), LIMITS) == Go()


@pytest.mark.parametrize(("reading", "signal", "words"), ILL)
def test_each_signal_alone_asks_for_a_pause_and_says_why(reading: Reading, signal: str, words: str) -> None:
    judgement = judge((reading,), LIMITS)

    assert isinstance(judgement, Wait)
    assert judgement.signal == signal
    assert words in judgement.detail


@given(st.sampled_from(ILL), st.permutations(WELL), st.integers(0, len(WELL)))
def test_no_good_signal_overrules_a_bad_one(ill: tuple[Reading, str, str], well: list[Reading], position: int) -> None:
    judgement = judge((*well[:position], ill[0], *well[position:]), LIMITS)

    assert isinstance(judgement, Wait)
    assert judgement.signal == ill[1]


@given(st.lists(st.sampled_from(["replica_lag", "disk", "horizon"]), unique=True), st.permutations(WELL))
def test_what_may_not_be_seen_is_handed_back_and_neither_waits_nor_is_forgotten(
    names: list[str], well: list[Reading]
) -> None:
    hidden = [Hidden(name, "no privilege") for name in names]

    assert judge((*hidden, *well), LIMITS) == Go(tuple(hidden))


def test_what_is_hidden_is_told_once() -> None:
    go = Go((Hidden("disk", "elsewhere"), Hidden("replica_lag", "no privilege")))

    assert newly_hidden(go, frozenset()) == go.hidden
    assert newly_hidden(go, frozenset({"disk"})) == go.hidden[1:]
    assert newly_hidden(go, frozenset({"disk", "replica_lag"})) == ()


def test_sessions_without_a_visible_age_are_told() -> None:
    readings = (IdleInTransaction((), hidden=3), Horizon((HorizonHolder("pid 4 app (u)", 10, None),)))

    judgement = judge(readings, LIMITS)

    assert isinstance(judgement, Go)
    assert [h.signal for h in judgement.hidden] == ["idle_in_transaction", "horizon"]


def test_the_limits_are_the_ones_given() -> None:
    assert isinstance(judge((Latency(1.0),), LIMITS, HealthLimits(latency_ms_max=0.5)), Wait)
    assert isinstance(judge((SlotsRetained((Slot("s", True, 2 * MIB),)),), Limits(slot_retained_mb_max=1)), Wait)


def test_archiving_that_just_began_is_no_reason_to_wait() -> None:
    assert judge((ArchiverBacklog(None, failing=False),), LIMITS) == Go()
