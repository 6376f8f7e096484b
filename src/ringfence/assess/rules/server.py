"""What the server itself gets wrong: releases with known ways around row security."""

from __future__ import annotations

from collections.abc import Iterable

from ringfence.assess.model import Found, Scene, Severity, rule

FIXES = (
    ("CVE-2023-2455", {14: 8, 15: 3}, Severity.HIGH, "policies of another role stay in force in an inlined function"),
    ("CVE-2023-39418", {15: 4}, Severity.HIGH, "MERGE does not ask the policies for UPDATE and SELECT"),
    ("CVE-2024-10976", {14: 14, 15: 9, 16: 5, 17: 1}, Severity.HIGH, "a plan made for one role is used for another"),
    ("CVE-2024-10978", {14: 14, 15: 9, 16: 5, 17: 1}, Severity.MEDIUM, "SET ROLE is undone to the wrong role"),
    (
        "CVE-2025-8713",
        {14: 19, 15: 14, 16: 10, 17: 6},
        Severity.MEDIUM,
        "statistics give away values that policies hide",
    ),
)
"""(number, first fixed minor release by major one, how bad it is for isolation, what it does); each has its page at
https://www.postgresql.org/support/security/. A major release that is not named was never affected."""


def server_version(scene: Scene) -> Iterable[Found]:
    """A release older than the fix of a hole in row security."""
    major, minor = divmod(scene.catalog.server_version, 10000)
    for number, fixed, severity, what in FIXES:
        if major in fixed and minor < fixed[major]:
            newest = max(f.get(major, 0) for _, f, _, _ in FIXES)
            yield Found(
                f"server {major}.{minor} and {number}",
                f"{what}; {major}.{fixed[major]} repairs it",
                hint=f"# install PostgreSQL {major}.{newest} or newer of the same major release and restart",
                severity=severity,
            )


RULES = (rule("SERVER-VERSION", "A server release with a hole in row security", Severity.HIGH, server_version),)
