"""Policies that let rows through whoever they belong to: true, a session that says nothing, flags of the row."""

from __future__ import annotations

from collections.abc import Iterable

from ringfence.assess import repair
from ringfence.assess.faults import Fault, Opening
from ringfence.assess.model import Found, Scene, Severity, rule


def always_true(scene: Scene) -> Iterable[Found]:
    """USING (true) and WITH CHECK (true): P1, P2, P4, P5, P6."""
    for opening in scene.openings.get(Fault.TRUE, ()):
        theirs = scene.protection.belongs_to_somebody(opening.clause.table)
        yield Found(
            opening.clause.subject,
            f"lets every row through: {opening.what}",
            detail=_detail(opening, _WITHOUT_WHERE if opening.commands.strip("ra") else ""),
            hint=repair.repair(scene.protection, opening.clause),
            severity=None if theirs or not opening.only_reads else Severity.LOW,
        )


_WITHOUT_WHERE = "UPDATE and DELETE without WHERE are not held back by the policy for SELECT"


def unset_context(scene: Scene) -> Iterable[Found]:
    """Open when the session says nothing: P8, P8b, P8c."""
    for opening in scene.openings.get(Fault.UNSET, ()):
        yield Found(
            opening.clause.subject,
            f"is open when the session says nothing: {opening.what}",
            detail=_detail(opening, "a request without context must reach no row; here it reaches more than one with"),
            hint=repair.repair(scene.protection, opening.clause),
        )


def null_rows(scene: Scene) -> Iterable[Found]:
    """Rows without a tenant belong to everybody: P7."""
    for opening in scene.openings.get(Fault.NULL_ROWS, ()):
        columns = ", ".join(sorted({c for way in opening.ways for c in way.own}))
        yield Found(
            opening.clause.subject,
            f"gives rows whose {columns} is null to everybody: {opening.what}",
            detail=_detail(
                opening, "rows that a backfill has not reached yet, or that old code writes, are among them"
            ),
            hint=repair.repair(scene.protection, opening.clause),
        )


def unfiltered(scene: Scene) -> Iterable[Found]:
    """A subquery or helper that never asks who wants to know."""
    for opening in scene.openings.get(Fault.UNFILTERED, ()):
        yield Found(
            opening.clause.subject,
            f"looks into other tables without asking who wants to know: {opening.what}",
            detail=_detail(opening, "the subquery, or a helper it calls, compares nothing with the session"),
            hint=repair.repair(scene.protection, opening.clause),
        )


def signed_in(scene: Scene) -> Iterable[Found]:
    """Being signed in is all it asks."""
    for opening in scene.openings.get(Fault.SIGNED_IN, ()):
        yield Found(
            opening.clause.subject,
            f"asks only whether somebody is signed in: {opening.what}",
            detail=_detail(opening, "everybody who can sign up is signed in"),
            hint=repair.repair(scene.protection, opening.clause),
        )


def privileged(scene: Scene) -> Iterable[Found]:
    """A property of the user opens the rows of every tenant."""
    for opening in scene.openings.get(Fault.PRIVILEGED, ()):
        yield Found(
            opening.clause.subject,
            f"opens the rows of every tenant to users with some property: {opening.what}",
            detail=_detail(opening, "an administrator of one tenant is an administrator of all"),
            hint=repair.with_binding(scene.protection, opening.clause),
        )


def public_rows(scene: Scene) -> Iterable[Found]:
    """A property of the row opens it to everybody."""
    for opening in scene.openings.get(Fault.PUBLIC_ROWS, ()):
        columns = ", ".join(sorted({c for way in opening.ways for c in way.own}))
        yield Found(
            opening.clause.subject,
            f"opens rows to everybody by their own {columns}: {opening.what}",
            detail=_detail(opening, "if such rows are meant to be public for reading, accept it with the reason"),
            hint=repair.with_binding(scene.protection, opening.clause),
            severity=None if opening.only_reads else Severity.HIGH,
        )


def precedence(scene: Scene) -> Iterable[Found]:
    """AND binds closer than OR: P11."""
    for opening in scene.openings.get(Fault.PRECEDENCE, ()):
        yield Found(
            opening.clause.subject,
            f"has an arm of OR that the tenant's condition does not reach: {opening.what}",
            detail=_detail(opening, "AND binds closer than OR: `a or b and c` is `a or (b and c)`"),
            hint=repair.with_binding(scene.protection, opening.clause),
        )


def _detail(opening: Opening, why: str) -> str:
    return "\n".join(line for line in (opening.clause.spelled, why) if line)


RULES = (
    rule("POLICY-TRUE", "A policy that is always true", Severity.CRITICAL, always_true),
    rule("POLICY-UNSET", "A policy that is open without context", Severity.CRITICAL, unset_context),
    rule("POLICY-NULL-ROWS", "A policy that gives rows without tenant to everybody", Severity.HIGH, null_rows),
    rule("POLICY-UNFILTERED", "A policy whose subquery asks nobody", Severity.CRITICAL, unfiltered),
    rule("POLICY-SIGNED-IN", "A policy for everybody who is signed in", Severity.CRITICAL, signed_in),
    rule("POLICY-PRIVILEGED", "A policy that opens every tenant to some users", Severity.MEDIUM, privileged),
    rule("POLICY-PUBLIC-ROWS", "A policy that opens rows to everybody", Severity.MEDIUM, public_rows),
    rule("POLICY-PRECEDENCE", "A policy with an arm outside the tenant", Severity.HIGH, precedence),
)
