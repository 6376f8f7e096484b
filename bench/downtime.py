"""The demo's own figures: how much longer requests take while phases run, and the longest stall of ours.

Each run is a whole demo; before and during come from the same run, a minute apart.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.harness import Entry, entry


def run(rounds: int = 3) -> dict[str, Entry]:
    """p99 of requests while phases ran over p99 before, the longest stall, and what failed."""
    ratios: list[float] = []
    stalls: list[float] = []
    failed: list[float] = []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(
                [sys.executable, "-m", "ringfence.demo", "--no-naive", "--seconds", "100", "--report", folder],
                stdout=subprocess.DEVNULL,
                check=False,  # a failed request is a figure here
            )
            report = json.loads((Path(folder) / "report.json").read_text(encoding="utf-8"))
        ratios.append(report["p99_during_vs_before"])
        stalls.append(report["max_stall_ms"])
        failed.append(report["requests"]["failed"])
    note = (
        "whole demo, 20,000 documents, 120 requests/s and four old programs; forward, half back and forward, all back"
    )
    return {
        "p99_during_vs_before": entry(ratios, note),
        "max_stall_ms": entry(stalls, note),
        "requests_failed": entry(failed, note),
    }
