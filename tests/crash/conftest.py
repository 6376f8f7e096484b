"""What the fault tests share: a nursery of migrators, counters, and the table at the end of `make chaos`."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from support.faults import tally
from support.faults.migrator import Nursery

REPORT = "RINGFENCE_CHAOS_REPORT"
NO_FAULT = "NO FAULT"
"""A skip for this reason is said in capitals at the end: the fault could not be made on this machine."""


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    """Where migrators are started."""
    with Nursery() as made:
        yield made


@pytest.fixture
def counting(record_property: Callable[[str, object], None]) -> Iterator[tally.Counting]:
    """Counters by kind of fault; whatever they hold at the end of the test goes into the report."""
    made: dict[str, tally.Tally] = {}
    yield lambda fault: made.setdefault(fault, tally.Tally(fault))
    for text in tally.properties(made.values()):
        record_property(tally.PROPERTY, text)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print and write what the faults did, when the long form was asked for; say which could not be made."""
    reports = [r for rows in terminalreporter.stats.values() for r in rows if isinstance(r, pytest.TestReport)]
    for report in reports:
        if isinstance(report.longrepr, tuple) and NO_FAULT in report.longrepr[2]:
            terminalreporter.write_line(f"SKIPPED: {report.longrepr[2]}", red=True, bold=True)
    if tally.share() is None:
        return
    ends = [report for report in reports if report.when == "teardown"]
    texts = [str(text) for report in ends for name, text in report.user_properties if name == tally.PROPERTY]
    tallies = tally.merged(texts)
    terminalreporter.section("faults")
    for line in tally.table(tallies):
        terminalreporter.write_line(line)
    path = os.environ.get(REPORT)
    if path:
        Path(path).write_text(json.dumps(tally.document(tallies), indent=2) + "\n", encoding="utf-8")
