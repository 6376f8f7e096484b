"""Rows of the server as readings."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.health.disk import local_free_bytes
from ringfence.health.model import ArchiverBacklog, Hidden, IdleInTransaction, ReplicaLag
from ringfence.health.signals import archiver_backlog, idle_in_transaction, replica_lag, segment_number

SEGMENT = 16 * 2**20


def archiver(last: str | None, current: str = "000000010000000000000010", *, failing: bool = False) -> object:
    row = {
        "archiving": True,
        "last_archived_wal": last,
        "current_wal": current,
        "segment_bytes": SEGMENT,
        "failing": failing,
    }
    return archiver_backlog([row])


def test_the_backlog_is_what_lies_between_the_archived_segment_and_the_one_being_written() -> None:
    assert archiver("00000001000000000000000F") == ArchiverBacklog(0, failing=False)
    assert archiver("00000001000000000000000A", failing=True) == ArchiverBacklog(5, failing=True)


def test_segments_are_counted_across_logs_and_timelines() -> None:
    assert archiver("0000000100000000000000FE", "000000020000000100000001") == ArchiverBacklog(2, failing=False)


def test_names_with_a_suffix_are_read_and_histories_are_not_guessed() -> None:
    assert archiver("00000001000000000000000A.00000028.backup") == ArchiverBacklog(5, failing=False)
    assert archiver("00000002.history") == ArchiverBacklog(None, failing=False)
    assert archiver(None, failing=True) == ArchiverBacklog(None, failing=True)


def test_without_archiving_nothing_waits() -> None:
    row = {"archiving": False, "last_archived_wal": None, "current_wal": "", "segment_bytes": 1, "failing": False}

    assert archiver_backlog([row]) == ArchiverBacklog(0, failing=False)


@given(st.integers(0, 2**40), st.sampled_from([2**20, 2**24, 2**26, 2**30]), st.integers(1, 2**31))
def test_a_segment_is_found_again_from_its_name(number: int, segment_bytes: int, timeline: int) -> None:
    per_log = 2**32 // segment_bytes
    number %= 2**32 * per_log
    name = f"{timeline:08X}{number // per_log:08X}{number % per_log:08X}"

    assert segment_number(name, segment_bytes) == number


def test_masked_replicas_are_hidden_and_no_replica_is_a_fact() -> None:
    masked = {"application": "standby", "state": None, "lag_s": None, "lag_bytes": None}

    assert isinstance(replica_lag([masked]), Hidden)
    assert replica_lag([]) == ReplicaLag(())


def test_masked_sessions_are_counted() -> None:
    row = {
        "pid": 1,
        "login": "u",
        "application": "a",
        "state": "idle in transaction",
        "transaction_s": 2.0,
        "query": "select 'x'",
        "modes": [],
        "prepared": None,
    }

    reading = idle_in_transaction([row, {**row, "state": None}])

    assert isinstance(reading, IdleInTransaction)
    assert reading.hidden == 1
    assert [holder.query for holder in reading.holders] == ["select ?"]


def test_disk_space_is_known_only_in_the_very_folder_of_the_server(tmp_path: Path) -> None:
    assert local_free_bytes(tmp_path, 1000.0) is None
    (tmp_path / "postmaster.pid").write_text("1")
    os.utime(tmp_path / "postmaster.pid", (1000.5, 1000.5))

    assert local_free_bytes(tmp_path, 2000.0) is None
    assert local_free_bytes(tmp_path, 1000.0) == pytest.approx(os.statvfs(tmp_path).f_bavail * 4096, rel=0.2)
