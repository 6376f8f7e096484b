"""Policies that are right, and slow: one million rows of a thousand tenants took 78 ms by IN and 0.35 by an array."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ringfence.assess import rewrite
from ringfence.assess.model import Found, Scene, Severity, rule
from ringfence.assess.policies import Clause
from ringfence.names import quote_ident

ROWS_WORTH_AN_INDEX_MIN = 1000
"""A smaller table is read whole sooner than by its index."""


def in_subquery(scene: Scene) -> Iterable[Found]:
    """IN (SELECT ..) and correlated EXISTS are filters; = ANY (ARRAY(SELECT ..)) is an index condition."""
    for clause in _filters(scene):
        text = rewrite.subqueries_as_arrays(clause.text, clause.table.name.name)
        if text is not None:
            yield Found(
                clause.subject,
                "asks a subquery for every row where one array could be an index condition",
                detail=clause.spelled,
                hint=clause.alter(text),
            )


def per_row(scene: Scene) -> Iterable[Found]:
    """A call that is the same for every row, made for every row."""
    for clause in _filters(scene):
        text = rewrite.calls_wrapped(clause.text, clause.table)
        if text is not None and not _indexed(clause):
            yield Found(
                clause.subject,
                "calls for every row what is the same for all of them",
                detail=f"{clause.spelled}\nwithout an index to use, `(select f())` is called once and `f()` once a row",
                hint=clause.alter(text),
            )


def row_argument(scene: Scene) -> Iterable[Found]:
    """A helper with a column as argument: no index can help, wrapped or not."""
    for clause in _filters(scene):
        names = rewrite.calls_of_the_row(clause.text, clause.table)
        if names and not _indexed(clause):
            yield Found(
                clause.subject,
                f"calls {', '.join(names)} for every row, with a column of the row",
                detail=(
                    f"{clause.spelled}\na function that gives the caller's tenants, once, can be an index condition:"
                    " column = any (array(select f()))"
                ),
            )


def no_index(scene: Scene) -> Iterable[Found]:
    """The column that binds a row leads no index."""
    told = set()
    for clause in _filters(scene):
        rows = scene.catalog.measure(clause.table.name).rows_estimate
        plain = sorted(rewrite.compared_columns(clause.text, clause.table) & clause.bound)
        if not plain or _indexed(clause) or 0 <= rows < ROWS_WORTH_AN_INDEX_MIN or clause.table.name in told:
            continue
        told.add(clause.table.name)
        yield Found(
            str(clause.table.name),
            f"has no index that begins with {' or '.join(plain)}, by which its policies choose rows",
            detail=f"{clause.subject}: {clause.spelled}",
            hint=f"create index concurrently on {clause.table.name.sql} ({quote_ident(plain[0])});",
        )


def operator(scene: Scene) -> Iterable[Found]:
    """An operator of one's own: no index, not leakproof, and whoever owns it decides."""
    for clause in scene.protection.active:
        text = rewrite.operators_of_the_server(clause.text) if clause.read.legible else None
        if text is not None and scene.protection.exposures(clause):
            yield Found(
                clause.subject,
                "compares by an operator that is not the server's own",
                detail=f"{clause.spelled}\nits function sees every row, and whoever owns it decides who passes",
                hint=clause.alter(text),
            )


def _filters(scene: Scene) -> Iterator[Clause]:
    """The clauses that choose among stored rows, where a request role meets them."""
    for clause in scene.protection.active:
        asked = clause.kind == "using" and clause.policy.command != "a" and clause.read.legible
        if asked and scene.reach.who("rwd", clause.table):
            yield clause


def _indexed(clause: Clause) -> bool:
    leading = {index.columns[0] for index in clause.table.indexes if index.columns and index.valid}
    return bool(leading & clause.bound)


RULES = (
    rule("POLICY-IN-SUBQUERY", "A policy that no index can serve", Severity.LOW, in_subquery),
    rule("POLICY-PER-ROW", "A policy that calls for every row", Severity.LOW, per_row),
    rule("POLICY-ROW-ARGUMENT", "A policy whose helper takes the row", Severity.LOW, row_argument),
    rule("POLICY-NO-INDEX", "A policy without an index", Severity.LOW, no_index),
    rule("POLICY-OPERATOR", "A policy with an operator of one's own", Severity.LOW, operator),
)
