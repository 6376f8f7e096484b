"""Tables whose row type is part of something else, which PostgreSQL will not let grow."""

from __future__ import annotations

from collections.abc import Iterable

from ringfence.assess.model import Found, Rule, Scene, Severity
from ringfence.names import quote_ident

COLUMNS_MAX = 1600


def row_type_column(scene: Scene) -> Iterable[Found]:
    """A stored column holds whole rows of the table: ADD COLUMN with a default is refused (0A000)."""
    for use in scene.observed.row_types:
        if use.of in scene.gaining:
            column = quote_ident(use.column)
            yield Found(
                str(use.of),
                f"column {use.column} of {use.table} stores rows of it: a column with a default cannot be added",
                detail=f'cannot alter table because column "{use.table}.{use.column}" uses its row type (0A000)',
                hint=(
                    f"-- store the rows as jsonb instead; this rewrites {use.table} under an exclusive lock:\n"
                    f"alter table {use.table.sql} alter column {column} type jsonb"
                    f" using pg_catalog.to_jsonb({column});"
                ),
            )


def typed_table(scene: Scene) -> Iterable[Found]:
    """CREATE TABLE .. OF type: the columns are the type's, none can be added (42809)."""
    for table in scene.gaining.values():
        kind = scene.observed.facts(table.name).row_type
        if kind is not None:
            yield Found(
                str(table.name),
                f"is a typed table of {kind}: no column can be added to it",
                detail="cannot add column to typed table (42809)",
                hint=f"alter table {table.name.sql} not of;",
            )


def column_slots(scene: Scene) -> Iterable[Found]:
    """1600 columns is the end, and dropped columns count."""
    for table in scene.gaining.values():
        used = scene.observed.facts(table.name).columns_used
        if used >= COLUMNS_MAX:
            yield Found(
                str(table.name),
                f"has used {used} of {COLUMNS_MAX} column slots (dropped columns count): no column can be added",
                detail="tables can have at most 1600 columns (54011)",
                hint=(
                    "-- only a new table gives the slots back; the page says how to keep policies,\n"
                    f"-- grants and publications:\n"
                    f"-- create table {quote_ident(table.name.schema)}.{quote_ident(table.name.name[:59] + '_new')}"
                    f" (like {table.name.sql} including all)"
                ),
            )


RULES = (
    Rule(
        "RFA-ROW-TYPE-COLUMN",
        "A column stores rows of the table",
        Severity.ERROR,
        "reference/rules/row-type-column.md",
        row_type_column,
    ),
    Rule("RFA-TYPED-TABLE", "A typed table", Severity.ERROR, "reference/rules/typed-table.md", typed_table),
    Rule("RFA-COLUMN-SLOTS", "No column slot is left", Severity.ERROR, "reference/rules/column-slots.md", column_slots),
)
