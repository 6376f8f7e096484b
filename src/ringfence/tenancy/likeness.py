"""Whether two columns can hold the same values: the question behind every reference, declared or not."""

from __future__ import annotations

import re

from ringfence.catalog.model import Column, ConstraintKind, Table

_FAMILIES = {
    "smallint": "whole number",
    "integer": "whole number",
    "bigint": "whole number",
    "text": "text",
    "character varying": "text",
    "character": "text",
    "name": "text",
}


def family(type_name: str) -> str:
    """A type without its modifier, whole numbers of any width and texts of any length each as one."""
    plain = re.sub(r"\(.*?\)", "", type_name).strip()
    return _FAMILIES.get(plain, plain)


def comparable(one: Column, other: Column) -> bool:
    """Whether `one = other` compares by value: the same type, or two widths of whole numbers or of text."""
    return family(one.base_type or one.type) == family(other.base_type or other.type)


def is_unique(table: Table, columns: tuple[str, ...]) -> bool:
    """Whether at most one row can have given values in these columns."""
    wanted = set(columns)
    constraints = (c for c in table.constraints if c.kind in (ConstraintKind.PRIMARY, ConstraintKind.UNIQUE))
    if any(c.columns and set(c.columns) <= wanted for c in constraints):
        return True
    return any(
        i.unique and i.valid and i.predicate is None and "" not in i.columns and set(i.columns) <= wanted
        for i in table.indexes
    )
