"""An assessment as text for people and as JSON for programs. No colour, no width: the terminal adds those."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

from ringfence.assess.baseline import Entry, Review
from ringfence.assess.model import Assessment, Finding, Question, Severity, counted

SAME_CODE_SHOWN_MAX = 5


def text(assessment: Assessment, *, every: bool = False) -> str:
    """Plain text, worst first; of one kind at most five are shown in full unless `every`, the rest by name."""
    return review_text(Review(assessment), every=every)


def review_text(review: Review, *, every: bool = False) -> str:
    """The same with what a baseline accepts."""
    assessment = review.counts
    blocks = ["\n".join(review_lines(review))]
    for severity in Severity:
        for _, group in itertools.groupby(assessment.of(severity), key=lambda f: f.code):
            same = list(group)
            shown = same if every else same[:SAME_CODE_SHOWN_MAX]
            blocks += [_block(f) for f in shown]
            if len(same) > len(shown):
                rest = ", ".join(f.subject for f in same[len(shown) :][:20])
                more = f" and {len(same) - len(shown) - 20} more" if len(same) - len(shown) > 20 else ""
                blocks.append(f"{severity.value.upper()}  {same[0].code}  also: {rest}{more}")
    return "\n\n".join(blocks) + "\n"


def review_lines(review: Review) -> Iterator[str]:
    """The summary, and what became of a baseline's entries, a line each."""
    yield from summary(review.counts).splitlines()
    if review.accepted:
        yield f"accepted: {counted(len(review.accepted), 'finding')}, by the baseline"
    for entry in review.expired:
        until = entry.expires.isoformat()
        yield f"{entry.where}: {entry.code} {entry.subject} was accepted until {until} and counts again"
    for entry in review.unknown:
        yield f"{entry.where}: {entry.code} {entry.subject} is accepted and not found any more; take the entry out"
    for entry in review.blockers:
        yield f"{entry.where}: {entry.code} {entry.subject} is a blocker; only ringfence apply --accept takes it"


def summary(assessment: Assessment) -> str:
    """Two lines, one for each question: how many of each, and what that means."""
    counts = {severity: len(assessment.of(severity)) for severity in Severity}
    parts = [
        f"{counts[Severity.ERROR]} blocker{'' if counts[Severity.ERROR] == 1 else 's'}",
        f"{counts[Severity.WARNING]} warning{'' if counts[Severity.WARNING] == 1 else 's'}",
        f"{counts[Severity.INFO]} to know",
    ]
    verdict = "phase 1 cannot begin" if counts[Severity.ERROR] else "nothing stands in the way of phase 1"
    scale = ", ".join(f"{counts[s]} {s.value}" for s in Severity if s.question is Question.ISOLATION)
    found = scale if assessment.about(Question.ISOLATION) else "nothing found"
    return (
        f"{', '.join(parts)} ({assessment.rules} rules): {verdict}\n"
        f"isolation: {found} ({assessment.isolation_rules} rules)"
    )


def json_document(assessment: Assessment) -> Mapping[str, Any]:
    """The assessment as what json.dumps takes; keys are stable."""
    return review_document(Review(assessment))


def review_document(review: Review) -> Mapping[str, Any]:
    """The same with what a baseline accepts."""
    assessment = review.counts
    return {
        "rules": assessment.rules + assessment.isolation_rules,
        "blockers": len(assessment.blockers),
        "warnings": len(assessment.of(Severity.WARNING)),
        "infos": len(assessment.of(Severity.INFO)),
        "isolation": {s.value: len(assessment.of(s)) for s in Severity if s.question is Question.ISOLATION},
        "findings": [_finding(f) for f in assessment.findings],
        "accepted": [{**_finding(a.finding), **_entry(a.entry)} for a in review.accepted],
        "expired": [_entry(e) for e in review.expired],
        "unknown": [_entry(e) for e in review.unknown],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "question": finding.question.value,
        "severity": finding.severity.value,
        "subject": finding.subject,
        "message": finding.message,
        "detail": finding.detail,
        "hint": finding.hint,
        "page": finding.page,
    }


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "code": entry.code,
        "subject": entry.subject,
        "reason": entry.reason,
        "expires": entry.expires.isoformat(),
        "where": str(entry.where),
    }


def _block(finding: Finding) -> str:
    lines = [f"{finding.severity.value.upper()}  {finding.code}  {finding.subject}", f"  {finding.message}"]
    lines += [f"    {line}" for line in finding.detail.splitlines()]
    if finding.hint:
        lines.append("  hint:")
        lines += [f"    {line}" for line in finding.hint.splitlines()]
    lines.append(f"  docs/{finding.page}")
    return "\n".join(lines)
