"""report.json: the keys that others read, and nothing lost on the way back."""

from __future__ import annotations

import dataclasses
import json

import pytest
from pydantic import ValidationError

from ringfence.demo.report.document import document, read, write_json
from ringfence.demo.report.model import (
    Attack,
    Attacks,
    Comparisons,
    Difference,
    Latency,
    LatencyLines,
    Report,
    Requests,
    Shadow,
)
from support.sample_report import sample_report

SHADOW = Shadow(
    first=Comparisons(12, (Difference("GET /public/{token}", "documents", "fewer rows", 3),)),
    second=Comparisons(40),
    checks=28,
    accepted=12,
)


def test_has_the_keys_that_are_promised() -> None:
    whole = document(
        dataclasses.replace(sample_report(), attacks=Attacks(Attack(40, 12), Attack(40, 0)), shadow=SHADOW)
    )

    assert whole["ok"] is True
    assert {"total", "failed", "by_client"} <= whole["requests"].keys()
    assert {"acknowledged", "lost", "duplicated", "wrong_tenant"} <= whole["writes"].keys()
    for when in ("before", "during", "after"):
        assert {"p50", "p99", "p999", "max"} <= whole["latency_ms"][when].keys()
    assert all({"phase", "name", "seconds", "steps", "max_stall_ms"} <= phase.keys() for phase in whole["phases"])
    assert {"catalog_equal", "rows_equal", "seconds", "failed"} <= whole["revert"].keys()
    assert {"failed", "max_stall_ms", "seconds"} <= whole["naive"].keys()
    assert whole["attacks"] == {"before": {"run": 40, "leaked": 12}, "after": {"run": 40, "leaked": 0}}
    assert whole["shadow"]["first"]["differences"] == [
        {"endpoint": "GET /public/{token}", "tables": "documents", "difference": "fewer rows", "times": 3}
    ]
    assert whole["shadow"]["second"] == {"times": 40, "differences": []}
    assert whole["p99_during_vs_before"] == pytest.approx(18.2 / 14.8, abs=1e-4)
    assert whole["max_stall_ms"] == 52.9


def test_comes_back_from_its_text_as_it_was() -> None:
    report = sample_report()

    assert read(json.loads(json.dumps(document(report)))) == report


def test_what_was_not_done_is_left_out() -> None:
    whole = document(Report(180004, 1.0))

    assert not {"attacks", "naive", "revert", "shadow"} & whole.keys()
    assert whole["p99_during_vs_before"] is None
    assert read(whole) == Report(180004, 1.0)


def test_a_report_with_problems_is_not_ok() -> None:
    assert document(Report(180004, 1.0, problems=("2 writes lost",)))["ok"] is False


def test_a_number_that_json_does_not_know_is_refused() -> None:
    broken = Report(180004, 1.0, latency_ms=LatencyLines(before=Latency(1, p50=float("nan"))))

    with pytest.raises(ValueError, match="not JSON compliant"):
        document(broken)


def test_a_document_that_does_not_fit_is_refused_by_name() -> None:
    whole = document(Report(180004, 1.0, requests=Requests(3)))
    whole["requests"]["total"] = "many"

    with pytest.raises(ValidationError, match=r"requests\.total"):
        read(whole)


def test_the_file_is_replaced_whole(tmp_path) -> None:
    path = tmp_path / "report.json"
    path.write_text("old", encoding="utf-8")

    write_json(path, sample_report())

    assert json.loads(path.read_text(encoding="utf-8"))["ok"] is True
    assert [p.name for p in tmp_path.iterdir()] == ["report.json"]
