"""An assessment as SARIF 2.1.0 (https://docs.oasis-open.org/sarif/sarif/v2.1.0/), for code scanning and other readers.

A database has no files: a finding's place is a logical location, its subject.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from ringfence.assess.baseline import Review
from ringfence.assess.model import Finding, Rule, Severity

LEVELS: Mapping[Severity, str] = {
    Severity.ERROR: "error",
    Severity.WARNING: "warning",
    Severity.INFO: "note",
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "note",
}
SCORES: Mapping[Severity, str] = {
    Severity.CRITICAL: "9.5",
    Severity.HIGH: "8.0",
    Severity.MEDIUM: "5.5",
    Severity.LOW: "2.5",
}
"""What readers that sort by `security-severity` take for critical, high, medium and low."""


def sarif_document(review: Review, rules: Iterable[Rule], version: str) -> Mapping[str, Any]:
    """One run with every rule that looked, every finding, and the accepted ones as suppressed."""
    known = sorted(rules, key=lambda rule: rule.code)
    index = {rule.code: number for number, rule in enumerate(known)}
    results = [_result(finding, index) for finding in review.counts.findings]
    for accepted in review.accepted:
        suppression = {"kind": "external", "status": "accepted", "justification": accepted.entry.reason}
        results.append({**_result(accepted.finding, index), "suppressions": [suppression]})
    return {
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {"name": "Ringfence", "semanticVersion": version, "rules": [_rule(r) for r in known]}
                },
                "columnKind": "unicodeCodePoints",
                "results": results,
            }
        ],
    }


def _rule(rule: Rule) -> Mapping[str, Any]:
    score = {"security-severity": SCORES[rule.severity]} if rule.severity in SCORES else {}
    return {
        "id": rule.code,
        "name": "".join(part.capitalize() for part in rule.code.split("-")[1:]),
        "shortDescription": {"text": rule.title},
        "help": {"text": f"docs/{rule.page}"},
        "defaultConfiguration": {"level": LEVELS[rule.severity]},
        "properties": {"tags": [rule.severity.question.value], "severity": rule.severity.value, **score},
    }


def _result(finding: Finding, index: Mapping[str, int]) -> dict[str, Any]:
    text = "\n".join(part for part in (f"{finding.subject}: {finding.message}", finding.detail) if part)
    return {
        "ruleId": finding.code,
        "ruleIndex": index.get(finding.code, -1),
        "level": LEVELS[finding.severity],
        "message": {"text": text},
        "locations": [{"logicalLocations": [{"fullyQualifiedName": finding.subject, "kind": "object"}]}],
        "partialFingerprints": {"codeAndSubject/v1": _fingerprint(finding)},
        "properties": {
            "severity": finding.severity.value,
            "question": finding.question.value,
            "hint": finding.hint,
            "page": f"docs/{finding.page}",
        },
    }


def _fingerprint(finding: Finding) -> str:
    return hashlib.sha256(f"{finding.code}\n{finding.subject}".encode()).hexdigest()
