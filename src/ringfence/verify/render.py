"""A verification for people, for programs, and for test runners. Pure."""

from __future__ import annotations

import json
import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from ringfence.verify.load import attacks
from ringfence.verify.model import Outcome, Verdict, Verification

SHOWN_MAX = 30
WIDTH = 100
"""Columns of the terminal that the text keeps to; names of attacks and targets may be longer."""


def text(found: Verification, *, every: bool = False) -> str:
    """For the terminal: what leaked, which checks fail, what was not tried, then a line for each target and the sum."""
    parts = [
        *_leaks(found, every),
        *_failing(found, every),
        *_not_tried(found),
        *_left_open(found),
        *_targets(found),
        _sum(found),
    ]
    return "\n".join(parts) + "\n"


def _leaks(found: Verification, every: bool) -> Iterator[str]:
    leaks = [v for v in found.attacks if v.outcome is Outcome.LEAKED]
    if not leaks:
        return
    yield from (f"LEAKED  {_counted(len(leaks), 'attack')} reached another tenant", "")
    titles = {a.id: a.title for a in attacks()}
    for target, of_target in _by_target(leaks):
        roles: dict[tuple[str, str], list[str]] = {}
        for v in of_target:
            roles.setdefault((v.attack, v.detail), []).append(v.role)
        shown = list(roles.items())[: None if every else SHOWN_MAX]
        wide = max(len(attack) for (attack, _), _ in shown)
        yield f"  {target}"
        for (attack, detail), as_whom in shown:
            yield from _hanging(f"    {attack:{wide}}  ", f"{titles[attack]}: {detail} (as {', '.join(as_whom)})")
        if len(roles) > len(shown):
            yield f"    and {len(roles) - len(shown)} more, shown by --verbose"
        yield ""


def _failing(found: Verification, every: bool) -> Iterator[str]:
    failing = [c for c in found.checks if not c.holds]
    if not failing:
        return
    yield from (f"FAILED  {len(failing)} of {_counted(len(found.checks), 'check')}", "")
    for check in failing:
        yield f"  {check.code}  {check.title}  ({check.severity})"
        shown = check.problems if every else check.problems[:SHOWN_MAX]
        yield from (f"    {problem}" for problem in shown)
        if len(check.problems) > len(shown):
            yield f"    and {len(check.problems) - len(shown)} more, shown by --verbose"
        yield ""


def _not_tried(found: Verification) -> Iterator[str]:
    skipped: dict[tuple[str, str], list[str]] = {}
    for v in found.attacks:
        if v.outcome is Outcome.SKIPPED:
            skipped.setdefault((v.attack, v.detail), []).append(v.target)
    if found.not_tried or skipped:
        yield from (f"NOT TRIED  {found.skipped}, and so neither denied nor leaked", "")
        lines = [(target, reason) for target, reason in found.not_tried.items()]
        for (attack, detail), targets in skipped.items():
            lines.append((attack, f"{detail}, on {', '.join(dict.fromkeys(targets))}"))
        wide = min(max(len(name) for name, _ in lines), 40)
        for name, reason in lines:
            yield from _hanging(f"  {name:{wide}}  ", reason)
        yield ""
    idle = nothing_to_try(found)
    if idle:
        yield from ("NOTHING TO TRY  attacks that no table, view, function or bucket here is fit for", "")
        yield from _hanging("  ", ", ".join(idle))
        yield ""


def nothing_to_try(found: Verification) -> tuple[str, ...]:
    """Attacks that were tried nowhere: what they are about (a partition, a bucket, a seal) is not there."""
    tried = {v.attack for v in found.attacks}
    return tuple(a.id for a in attacks() if a.id not in tried and (not found.only or a.id in found.only))


def _left_open(found: Verification) -> Iterator[str]:
    residual = Counter(v.attack for v in found.attacks if v.outcome is Outcome.RESIDUAL)
    if not residual:
        return
    titles = {a.id: a.title for a in attacks()}
    yield from ("LEFT OPEN BY POSTGRESQL  no policy can close it: docs/reference/escapes.md says what helps", "")
    wide = max(len(attack) for attack in residual)
    for attack, count in residual.items():
        yield from _hanging(f"  {attack:{wide}}  ", f"{titles[attack]} ({_counted(count, 'time')})")
    yield ""


def _targets(found: Verification) -> Iterator[str]:
    """How each target fared: leaks first, for who has many tables."""
    counted = [(target, Counter(v.outcome for v in of_target)) for target, of_target in _by_target(found.attacks)]
    if not counted:
        return
    counted.sort(key=lambda item: -item[1][Outcome.LEAKED])
    wide = max(len("target"), *(len(target) for target, _ in counted))
    yield f"  {'target':{wide}}  denied  leaked  not tried"
    for target, outcomes in counted:
        numbers = (outcomes[Outcome.DENIED], outcomes[Outcome.LEAKED] or "-", outcomes[Outcome.SKIPPED] or "-")
        yield f"  {target:{wide}}  {numbers[0]:>6}  {numbers[1]:>6}  {numbers[2]:>9}"
    yield ""


def _sum(found: Verification) -> str:
    targets = len({v.target for v in found.attacks})
    asked = f" (only {', '.join(sorted(found.only))})" if found.only else ""
    return (
        f"{_counted(len(found.attacks), 'attack')} on {_counted(targets, 'target')} in {found.seconds:.1f} s{asked}:"
        f" {found.denied} denied, {found.leaked} leaked, {found.skipped} not tried;"
        f" {found.failed} of {_counted(len(found.checks), 'check')} failed"
    )


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _hanging(head: str, words: str) -> list[str]:
    """The words after the head, further lines below them."""
    return textwrap.wrap(
        words,
        width=max(WIDTH, len(head) + 40),
        initial_indent=head,
        subsequent_indent=" " * len(head),
        break_long_words=False,
        break_on_hyphens=False,
    )


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
        "only": sorted(found.only),
        "nothing_to_try": list(nothing_to_try(found)),
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
