"""The report as one JSON document, and back: report.json is what report.html and every other view is made from."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from ringfence.demo.report.model import Report

_REPORT = TypeAdapter(Report)
_OPTIONAL = ("attacks", "naive", "revert", "shadow", "tokens")


def document(report: Report) -> dict[str, Any]:
    """Every value and what follows from them (`ok`, `rows_total`, `max_stall_ms`, `p99_during_vs_before`).

    What was not done is left out: no attacks, no key `attacks`. Raises ValueError for a number that is not finite,
    which JSON does not know.
    """
    values: dict[str, Any] = _REPORT.dump_python(report, mode="json")
    for name in _OPTIONAL:
        if values[name] is None:
            del values[name]
    ratio = report.latency_ms.p99_ratio
    whole = {
        "ok": report.ok,
        **values,
        "rows_total": report.rows_total,
        "max_stall_ms": report.max_stall_ms,
        "p99_during_vs_before": None if ratio is None else round(ratio, 4),
    }
    json.dumps(whole, allow_nan=False)
    return whole


def read(values: dict[str, Any]) -> Report:
    """The report a document was made from; raises pydantic's ValidationError naming the key that does not fit."""
    return _REPORT.validate_python(values)


def write_text(path: Path, text: str) -> None:
    """Write a file whole or not at all: whoever has the old one open keeps it."""
    fresh = path.with_name(path.name + ".new")
    fresh.write_text(text, encoding="utf-8")
    os.replace(fresh, path)


def write_json(path: Path, report: Report) -> None:
    """Write report.json."""
    write_text(path, json.dumps(document(report), indent=2, ensure_ascii=False, allow_nan=False) + "\n")
