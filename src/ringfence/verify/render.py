"""A verification for people, for programs, and for test runners. Pure."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from ringfence.verify.load import attacks
from ringfence.verify.model import Outcome, Verdict, Verification

SHOWN_MAX = 30


def text(found: Verification, *, every: bool = False) -> str:
    """For the terminal: what leaked first, then what could not be tried, then how much was denied."""
    lines: list[str] = []
    titles = {a.id: a.title for a in attacks()}
    leaks = [v for v in found.attacks if v.outcome is Outcome.LEAKED]
    failing = [c for c in found.checks if not c.holds]
    if leaks:
        lines += [f"LEAKED  {len(leaks)} attacks reached another tenant", ""]
        for target, of_target in _by_target(leaks):
            lines.append(f"  {target}")
            counted = Counter((v.attack, v.detail) for v in of_target)
            for (attack, detail), _ in list(counted.items())[: None if every else SHOWN_MAX]:
                roles = ", ".join(sorted({v.role for v in of_target if v.attack == attack and v.detail == detail}))
                lines.append(f"    {titles[attack]}  ({attack}, as {roles}): {detail}")
        lines.append("")
    if failing:
        lines += [f"FAILED  {len(failing)} of {len(found.checks)} checks", ""]
        for check in failing:
            lines.append(f"  {check.code}  {check.title}  ({check.severity})")
            shown = check.problems if every else check.problems[:SHOWN_MAX]
            lines += [f"    {problem}" for problem in shown]
            if len(check.problems) > len(shown):
                lines.append(f"    and {len(check.problems) - len(shown)} more")
        lines.append("")
    skipped = Counter((v.attack, v.detail) for v in found.attacks if v.outcome is Outcome.SKIPPED)
    if found.not_tried or skipped:
        lines += [f"NOT TRIED  {found.skipped}", ""]
        lines += [f"  {target}: {reason}" for target, reason in found.not_tried.items()]
        lines += [f"  {attack}: {detail}  ({count} times)" for (attack, detail), count in skipped.items()]
        lines.append("")
    residual = Counter(v.attack for v in found.attacks if v.outcome is Outcome.RESIDUAL)
    if residual:
        lines += ["LEFT BY POSTGRESQL  what no policy can close (docs/reference/escapes.md)", ""]
        lines += [f"  {titles[attack]}  ({attack}, {count} times)" for attack, count in residual.items()]
        lines.append("")
    tables = len({v.target for v in found.attacks})
    lines.append(
        f"{len(found.attacks)} attacks on {tables} targets in {found.seconds:.1f} s: {found.denied} denied,"
        f" {found.leaked} leaked, {found.skipped} not tried; {found.failed} of {len(found.checks)} checks failed"
    )
    return "\n".join(lines) + "\n"


def _by_target(verdicts: Iterable[Verdict]) -> list[tuple[str, list[Verdict]]]:
    found: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        found.setdefault(verdict.target, []).append(verdict)
    return sorted(found.items())


def document(found: Verification) -> dict[str, Any]:
    """For programs: one JSON object."""
    catalogue = {a.id: a for a in attacks()}
    return {
        "checks": [
            {
                "code": c.code,
                "title": c.title,
                "severity": c.severity,
                "holds": c.holds,
                "problems": list(c.problems),
            }
            for c in found.checks
        ],
        "attacks": [
            {
                "id": v.attack,
                "title": catalogue[v.attack].title,
                "catalogue": list(catalogue[v.attack].catalogue),
                "table": v.target,
                "role": v.role,
                "verdict": v.outcome.value,
                "detail": v.detail,
            }
            for v in found.attacks
        ],
        "not_tried": dict(found.not_tried),
        "run": len(found.attacks),
        "denied": found.denied,
        "leaked": found.leaked,
        "failed": found.failed,
        "skipped": found.skipped,
        "seconds": round(found.seconds, 3),
    }


def json_text(found: Verification) -> str:
    """The document as text."""
    return json.dumps(document(found), indent=2, ensure_ascii=False) + "\n"


def junit(found: Verification) -> str:
    """For test runners: JUnit XML with a case for each check and each try; a leak is a failure."""
    titles = {a.id: a.title for a in attacks()}
    cases: list[str] = []
    for check in found.checks:
        inner = (
            ""
            if check.holds
            else f"<failure message={_attribute(check.title)}>{escape(chr(10).join(check.problems))}</failure>"
        )
        cases.append(f'<testcase classname="checks" name={_attribute(check.code)}>{inner}</testcase>')
    for v in found.attacks:
        match v.outcome:
            case Outcome.LEAKED:
                inner = f"<failure message={_attribute(v.detail)}/>"
            case Outcome.SKIPPED:
                inner = f"<skipped message={_attribute(v.detail)}/>"
            case Outcome.DENIED | Outcome.RESIDUAL:
                inner = ""
        name = _attribute(f"{v.attack} as {v.role}: {titles[v.attack]}")
        cases.append(f"<testcase classname={_attribute(v.target)} name={name}>{inner}</testcase>")
    for target, reason in found.not_tried.items():
        skipped = f"<skipped message={_attribute(reason)}/>"
        cases.append(f'<testcase classname={_attribute(target)} name="not tried">{skipped}</testcase>')
    head = (
        f'<testsuite name="ringfence verify" tests="{len(cases)}" failures="{found.leaked + found.failed}"'
        f' skipped="{found.skipped}" time="{found.seconds:.3f}">'
    )
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + "\n".join([head, *cases, "</testsuite>"]) + "\n"


def _attribute(text: str) -> str:
    # control characters have no place in XML 1.0, not even escaped
    return quoteattr("".join(c if c >= " " or c in "\t\n" else "?" for c in text))
