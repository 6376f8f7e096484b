"""Whether the database is well enough for the next batch: any single signal can ask for a pause, none can overrule."""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from ringfence.health.model import (
    ArchiverBacklog,
    CheckpointPressure,
    DiskFree,
    Go,
    HealthLimits,
    Hidden,
    Horizon,
    IdleInTransaction,
    Judgement,
    Latency,
    Reading,
    Replica,
    ReplicaLag,
    Signal,
    SlotsRetained,
    Unreadable,
    Vacuum,
    VacuumOnTable,
    Wait,
)
from ringfence.tenancy.model import Limits

MIB = 2**20


def judge(readings: Iterable[Reading], limits: Limits, health: HealthLimits | None = None) -> Judgement:
    """Go, or the first reason to wait.

    A signal that could not be read is a reason to wait: a database that does not answer is not well. One that this
    role may not see is not, or nothing could ever be done without the privilege; it is handed back to be told once.
    """
    bounds = health or HealthLimits()
    hidden: list[Hidden] = []
    for reading in readings:
        match reading:
            case Unreadable(signal, error):
                return Wait(signal, f"cannot be read: {error}")
            case Hidden():
                hidden.append(reading)
            case _:
                reason = _reason(reading, limits, bounds)
                if reason is not None:
                    return reason
                hidden += _hidden_parts(reading)
    return Go(tuple(hidden))


def newly_hidden(go: Go, told: frozenset[str]) -> tuple[Hidden, ...]:
    """What could not be seen and has not been told yet, by the signal's name."""
    return tuple(item for item in go.hidden if item.signal not in told)


def _reason(signal: Signal, limits: Limits, health: HealthLimits) -> Wait | None:
    match signal:
        case ReplicaLag(replicas):
            behind = (_behind(replica, limits) for replica in replicas)
            return next((Wait("replica_lag", text) for text in behind if text is not None), None)
        case SlotsRetained(slots):
            most = limits.slot_retained_mb_max * MIB
            return next(
                (
                    Wait(
                        "slot_retained",
                        f"replication slot {slot.name} keeps {slot.retained_bytes // MIB} MiB of WAL, "
                        f"limit {limits.slot_retained_mb_max}{'' if slot.active else '; nobody is connected to it'}",
                    )
                    for slot in slots
                    if slot.retained_bytes > most
                ),
                None,
            )
        case ArchiverBacklog(segments, failing):
            return _archiver(segments, failing, limits)
        case VacuumOnTable(vacuums):
            return next((Wait("vacuum", _vacuum(vacuum)) for vacuum in vacuums), None)
        case Horizon():
            return _horizon(signal, health)
        case IdleInTransaction(holders):
            old = (h for h in holders if (h.transaction_s or 0.0) > health.idle_in_transaction_s_max)
            return next((Wait("idle_in_transaction", str(holder)) for holder in old), None)
        case CheckpointPressure(wal, most):
            if wal <= most * health.checkpoint_ratio_max:
                return None
            return Wait("checkpoint", f"{wal // MIB} MiB of WAL since the last checkpoint, max_wal_size {most // MIB}")
        case DiskFree(free, needed):
            if free >= needed * limits.disk_free_ratio_min:
                return None
            return Wait("disk", f"{free // MIB} MiB free, {needed // MIB} MiB needed next")
        case Latency(milliseconds):
            if milliseconds <= health.latency_ms_max:
                return None
            return Wait("latency", f"a trivial SELECT took {milliseconds:.0f} ms, limit {health.latency_ms_max:.0f}")
        case _:
            assert_never(signal)


def _behind(replica: Replica, limits: Limits) -> str | None:
    """Why a replica is too far behind; one that reports no time is judged by the bytes it still has to take."""
    name = replica.application or "(no application name)"
    if replica.lag_s is not None and replica.lag_s > limits.replica_lag_s_max:
        return f"replica {name} is {replica.lag_s:.1f} s behind, limit {limits.replica_lag_s_max:.1f}"
    if replica.lag_s is None and (replica.lag_bytes or 0) > limits.slot_retained_mb_max * MIB:
        return f"replica {name} ({replica.state}) is {(replica.lag_bytes or 0) // MIB} MiB behind and reports no time"
    return None


def _archiver(segments: int | None, failing: bool, limits: Limits) -> Wait | None:
    if segments is None:
        return Wait("archiver", "archiving fails and nothing was archived yet") if failing else None
    if segments <= limits.archiver_backlog_max:
        return None
    tail = "; the last attempt failed" if failing else ""
    return Wait("archiver", f"{segments} WAL segments wait for the archiver, limit {limits.archiver_backlog_max}{tail}")


def _vacuum(vacuum: Vacuum) -> str:
    match vacuum.wraparound:
        case True:
            kind = "a vacuum to prevent wraparound, which must not be disturbed,"
        case False:
            kind = "a vacuum"
        case None:
            kind = "a vacuum (this role may not see which kind)"
        case _:
            assert_never(vacuum.wraparound)
    return f"{kind} works on {vacuum.table}, pid {vacuum.pid}"


def _horizon(signal: Horizon, health: HealthLimits) -> Wait | None:
    for holder in signal.holders:
        if holder.seconds is not None and holder.seconds > health.oldest_snapshot_s_max:
            return Wait(
                "horizon", f"{holder.what} holds a snapshot for {holder.seconds:.0f} s: dead rows cannot be removed"
            )
        if holder.transactions > health.oldest_snapshot_transactions_max:
            return Wait(
                "horizon", f"{holder.what} holds a snapshot {holder.transactions} transactions old: dead rows stay"
            )
    return None


def _hidden_parts(signal: Signal) -> tuple[Hidden, ...]:
    """What a signal could only show in part."""
    match signal:
        case IdleInTransaction(hidden=hidden) if hidden:
            return (Hidden("idle_in_transaction", f"this role may not see the state of {hidden} sessions"),)
        case Horizon(holders) if any(h.seconds is None and h.what.startswith("pid ") for h in holders):
            return (Hidden("horizon", "this role may not see how old some sessions' transactions are"),)
        case _:
            return ()
