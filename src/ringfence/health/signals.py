"""From the answers of the server to readings: what is null because this role may not look becomes `Hidden`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from ringfence.health.locks import holder
from ringfence.health.model import (
    ArchiverBacklog,
    CheckpointPressure,
    Hidden,
    Horizon,
    HorizonHolder,
    IdleInTransaction,
    Reading,
    Replica,
    ReplicaLag,
    Slot,
    SlotsRetained,
    Vacuum,
    VacuumOnTable,
)

Rows: TypeAlias = Sequence[Mapping[str, Any]]

SEGMENT_NAME_CHARS = 24
SEGMENTS_PER_LOG = 0x1_0000_0000


def replica_lag(rows: Rows) -> Reading:
    """Replicas as rows of pg_stat_replication."""
    if any(row["state"] is None for row in rows):
        return Hidden("replica_lag", f"{len(rows)} replicas are connected and this role may not see how far they are")
    return ReplicaLag(tuple(Replica(r["application"], r["state"], r["lag_s"], r["lag_bytes"]) for r in rows))


def slots_retained(rows: Rows) -> Reading:
    """Slots as rows of pg_replication_slots."""
    return SlotsRetained(tuple(Slot(r["name"], r["active"], r["retained_bytes"]) for r in rows))


def archiver_backlog(rows: Rows) -> Reading:
    """The distance between the segment being written and the last one archived, without the one being written."""
    (row,) = rows
    if not row["archiving"]:
        return ArchiverBacklog(0, failing=False)
    last = row["last_archived_wal"]
    if last is None:
        return ArchiverBacklog(None, failing=row["failing"])
    # Backup labels and partial segments carry a suffix, timeline histories have no segment number at all.
    archived = segment_number(last, row["segment_bytes"])
    current = segment_number(row["current_wal"], row["segment_bytes"])
    if archived is None or current is None:
        return ArchiverBacklog(None, failing=row["failing"])
    return ArchiverBacklog(max(0, current - archived - 1), failing=row["failing"])


def segment_number(name: str, segment_bytes: int) -> int | None:
    """The position of a WAL file, the same for every timeline; None when the name holds none.

    A name has 8 hexadecimal digits each for timeline, log and segment; a log has 4 GiB (xlog_internal.h).
    """
    try:
        log, segment = int(name[8:16], 16), int(name[16:SEGMENT_NAME_CHARS], 16)
    except ValueError:
        return None
    return log * (SEGMENTS_PER_LOG // segment_bytes) + segment


def vacuum_on_table(rows: Rows) -> Reading:
    """Vacuums at work on the tables asked about."""
    return VacuumOnTable(tuple(Vacuum(r["table"], r["pid"], r["wraparound"]) for r in rows))


def horizon(rows: Rows) -> Reading:
    """What holds the vacuum horizon back."""
    return Horizon(tuple(HorizonHolder(r["what"], r["transactions"] or 0, r["seconds"]) for r in rows))


def idle_in_transaction(rows: Rows) -> Reading:
    """Idle transactions, and how many sessions cannot be judged."""
    visible = [row for row in rows if row["state"] is not None]
    return IdleInTransaction(tuple(holder(row) for row in visible), hidden=len(rows) - len(visible))


def checkpoint_pressure(rows: Rows) -> Reading:
    """WAL since the last checkpoint began."""
    (row,) = rows
    return CheckpointPressure(row["wal_bytes"], row["wal_bytes_max"])
