"""`open_when`: the one place where a person's SQL becomes part of a policy, read by PostgreSQL's parser first."""

from __future__ import annotations

from ringfence.names import QualifiedName
from ringfence.plan.model import PlanRefused
from ringfence.plan.reading import Kind, UnreadableSql, read


def refuse_bad_condition(table: QualifiedName, condition: str | None) -> None:
    """Raise PlanRefused unless the text is one condition over the row's own columns.

    Another table in it would be read with the rights of whoever asks, and its own policies would decide what is open.
    """
    if condition is None:
        return
    hint = f'[tables."{table}"]\nopen_when = "is_public"    # a condition over columns of {table} alone'
    try:
        alone = read(f"select 1 where ({condition})")
        # a text that closes the bracket itself would read as a query above and as two conditions here
        again = read(f"select ({condition}) is true")
    except UnreadableSql as error:
        raise PlanRefused(
            f"open_when of {table} is no condition: {error.message}", subject=str(table), hint=hint
        ) from None
    if alone.kind is not Kind.QUERY or again.kind is not Kind.QUERY or alone.relations or again.relations:
        raise PlanRefused(f"open_when of {table} asks other tables", subject=str(table), hint=hint)
