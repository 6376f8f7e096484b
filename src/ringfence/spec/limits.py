"""The bounds a person may set under `[limits]`: what each means, its unit, and between which values it makes sense."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LimitRule:
    """One limit: bounds inclusive, `whole` when only whole numbers are meant."""

    low: float
    high: float
    whole: bool
    unit: str
    meaning: str


LIMITS: dict[str, LimitRule] = {
    "lock_attempt_ms": LimitRule(
        5, 1000, True, "milliseconds", "longest wait for a table lock in one attempt; everybody else queues behind it"
    ),
    "lock_attempts_max": LimitRule(1, 10_000, True, "attempts", "attempts before a step gives up and the run stops"),
    "lock_backoff_ms_max": LimitRule(
        10, 60_000, True, "milliseconds", "longest pause between two lock attempts; each pause is drawn at random"
    ),
    "autovacuum_lock_ms": LimitRule(
        1100,
        10_000,
        True,
        "milliseconds",
        "wait for the gentle lock that makes autovacuum step aside; must exceed deadlock_timeout (1 s)",
    ),
    "batch_target_ms": LimitRule(5, 5000, True, "milliseconds", "duration that batches are sized for"),
    "batch_rows_max": LimitRule(1, 1_000_000, True, "rows", "most rows one batch may change"),
    "batch_nice_ratio": LimitRule(
        0, 100, False, "share of the batch's duration", "least pause after each batch; it grows while it slows others"
    ),
    "step_rest_ratio": LimitRule(
        0,
        100,
        False,
        "share of the step's duration",
        "pause after each step and check, 2 seconds at most, while others are connected",
    ),
    "index_workers_max": LimitRule(
        0, 64, True, "workers", "parallel workers of one index build beside the one that leads it"
    ),
    "chunk_pages": LimitRule(
        8, 1_000_000, True, "pages of 8 kB", "part of a table whose stripes are filled before the next part is begun"
    ),
    "passes": LimitRule(1, 64, True, "passes", "stripes per chunk: more of them mean less bloat and less speed"),
    "sweeps_max": LimitRule(1, 1000, True, "sweeps", "further rounds for rows that were locked or changed meanwhile"),
    "validate_timeout_s": LimitRule(1, 7 * 86_400, True, "seconds", "longest validation of one constraint"),
    "reader_run_timeout_s": LimitRule(
        1,
        86_400,
        True,
        "seconds",
        "longest time for all runs of one reader before FORCE; rows that die meanwhile are kept",
    ),
    "index_timeout_s": LimitRule(1, 7 * 86_400, True, "seconds", "longest concurrent build of one index"),
    "replica_lag_s_max": LimitRule(0, 86_400, False, "seconds", "replay lag of any replica above which batches pause"),
    "slot_retained_mb_max": LimitRule(
        1, 10_000_000, True, "megabytes", "WAL kept back by any replication slot above which batches pause"
    ),
    "archiver_backlog_max": LimitRule(
        1, 1_000_000, True, "WAL segments", "segments waiting to be archived above which batches pause"
    ),
    "throttle_wait_s_max": LimitRule(
        1, 30 * 86_400, True, "seconds", "longest uninterrupted pause before the run stops, resumable"
    ),
    "disk_free_ratio_min": LimitRule(
        0, 100, False, "times the size of the database", "free disk space that a backup must find"
    ),
    "step_attempts_max": LimitRule(
        1, 1000, True, "attempts", "tries of a step that fails with an error worth another try"
    ),
}
