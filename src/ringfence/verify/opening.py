"""Rows that a spec opens to everybody (`open_when`): which are still to be kept apart, and from what. Pure.

Reading an open row is no leak; writing one is. So a table with such a condition is attacked with two made-up rows of
the other tenant: one that is closed, for everything, and one that is open, for everything but reading.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ringfence.catalog.model import Table
from ringfence.names import QualifiedName, quote_ident
from ringfence.tenancy.model import Tenancy
from ringfence.verify.rows import MadeRow

_TEXTS = re.compile(r"'(?:[^']|'')*'")
_NUMBERS = re.compile(r"\b\d+\b")
_KINDS_OF_TIME = ("date", "timestamp with time zone", "timestamp without time zone")


def condition_of(tenancy: Tenancy, table: QualifiedName) -> str | None:
    """The condition under which the spec opens rows of a table to everybody, or None."""
    return tenancy.isolation.rules(table).open_when if tenancy.isolation is not None else None


def and_closed(condition: str | None) -> str:
    """What a reading attack adds to its own conditions, so that open rows do not count."""
    return f" and ({condition}) is not true" if condition is not None else ""


def changes(condition: str, table: Table, row: MadeRow) -> Iterator[str]:
    """Assignments that may make the condition true or false of a row: other values for the columns it names."""
    bare = _TEXTS.sub("''", condition)
    values = [*dict.fromkeys(_TEXTS.findall(condition)), *dict.fromkeys(_NUMBERS.findall(bare))]
    for column in table.columns:
        if (
            column.generated
            or column.name in table.primary_key
            or not re.search(rf"\b{re.escape(column.name)}\b", bare)
        ):
            continue
        kind = column.base_type or column.type
        tries = list(values)
        if kind == "boolean":
            tries = ["true", "false"]
        elif kind in _KINDS_OF_TIME:
            tries = ["pg_catalog.now() - interval '1 day'", "pg_catalog.now() + interval '1 day'"]
        if not column.not_null:
            tries.append("null")
        if column.name in row.values:
            tries.append(row.values[column.name])
        yield from (f"{quote_ident(column.name)} = {value}" for value in tries)
