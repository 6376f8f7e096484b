"""Stored routines and statements in which the number of a table's columns counts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ringfence.assess import sqlread
from ringfence.assess.model import Found, Rule, Scene, Severity
from ringfence.assess.sqlread import Columns, Named, Reading
from ringfence.catalog.model import Routine
from ringfence.names import QualifiedName, parse_ident_list, quote_ident


def insert_star(scene: Scene) -> Iterable[Found]:
    """`INSERT .. SELECT *` and UNIONs of `*` that no longer fit once one side has a column more (H16)."""
    for routine, reading in _readings(scene):
        for table, message, hint in _misfits(scene, reading):
            yield Found(_subject(routine), message, detail=f"it takes all columns of {table}", hint=hint)
    for statement in scene.observed.statements or ():
        for table, message, hint in _misfits(scene, sqlread.read_statement(statement.text)):
            yield Found(
                str(table),
                f"a client sends it: {message}",
                detail=f"{statement.role}: {' '.join(statement.text.split())[:200]}",
                hint=hint,
                severity=Severity.WARNING,  # evidence that somebody sent it once, not that somebody still does
            )


def _misfits(scene: Scene, reading: Reading) -> Iterator[tuple[QualifiedName, str, str]]:
    for insert in reading.inserts:
        gained = _gained(scene, insert.gives)
        into = scene.resolve(insert.into.schema, insert.into.name)
        if not gained or (not insert.listed and into is not None and _fits(scene, insert.gives, gained[0], into)):
            continue
        names = ", ".join(quote_ident(c.name) for c in scene.gaining[gained[0]].columns if not c.generated)
        shown = f"{insert.into.schema}.{insert.into.name}".lstrip(".")
        when = "with the tenant column" if into is None else f"until {into} has a tenant column too"
        yield (
            gained[0],
            f"INSERT INTO {shown} takes every column of {gained[0]}: one too many {when} (42601)",
            f"-- name the columns on both sides:\n-- insert into {shown} ({names}) select {names} from ..",
        )
    for left, right in reading.unions:
        here, there = _gained(scene, left), _gained(scene, right)
        if len(here) != len(there):
            table = (here or there)[0]
            names = ", ".join(quote_ident(c.name) for c in scene.gaining[table].columns)
            yield (
                table,
                f"a UNION takes every column of {table} on one side: one too many with the tenant column (42601)",
                f"-- name the columns:\n-- select {names} from {table.sql} union ..",
            )


def _fits(scene: Scene, gives: Columns, source: QualifiedName, into: QualifiedName) -> bool:
    """The statement means the same before, between and after the two tables gain their columns.

    Values are matched from the left and missing ones at the end are filled, so all is well when the target gains its
    column first, which phase 1 does for the one that comes first in the tenancy; a revert goes the other way round.
    """
    if len(gives.stars) != 1 or gives.others or scene.tenancy is None:
        return False
    if len(scene.gaining[source].columns) != len(scene.gaining[into].columns):
        return False
    order = [entry.name for entry in scene.tenancy.tables]
    first, second = scene.entry(into), scene.entry(source)
    return first is not None and second is not None and order.index(first.name) <= order.index(second.name)


def _gained(scene: Scene, columns: Columns) -> list[QualifiedName]:
    resolved = (scene.resolve(star.schema, star.name) for star in columns.stars)
    return [table for table in resolved if table is not None]


def row_result(scene: Scene) -> Iterable[Found]:
    """Functions whose result no longer has the shape they declare."""
    for routine, reading in _readings(scene):
        named = _dotted(routine.returns.removeprefix("SETOF "))
        table = next((name for name in named if name in scene.gaining), None)
        if table is None or routine.returns.startswith("TABLE("):
            if routine.returns in NO_RESULT:
                continue
            for result in reading.results:
                for gained in _gained(scene, result)[:1]:
                    names = ", ".join(quote_ident(c.name) for c in scene.gaining[gained].columns)
                    yield Found(
                        _subject(routine),
                        f"returns every column of {gained} as a fixed list of columns: one too many once the tenant"
                        " column is there (42804, 42P13)",
                        detail=f"declared: returns {routine.returns}",
                        hint=f"-- name the columns in its query:\n-- select {names} from {gained.sql}",
                    )
            continue
        width = len(scene.gaining[table].columns)
        listed = any(not r.stars and r.others == width and width > 1 for r in reading.results)
        if listed or any(count == width for count in reading.row_returns):
            yield Found(
                _subject(routine),
                f"returns rows of {table} and lists its columns one by one: one too few once the tenant column is"
                " there (42P13, 42804)",
                detail="a BEGIN ATOMIC body counts as listed: PostgreSQL expanded its * when it was created",
                hint=f"-- return the whole row, in a body that is not BEGIN ATOMIC:\n-- select t.* from {table.sql} t",
            )


def row_cast(scene: Scene) -> Iterable[Found]:
    """`ROW(..)::table` needs one field per column."""
    for routine, reading in _readings(scene):
        tables = {scene.resolve(named.schema, named.name) for named in reading.row_casts} - {None}
        for table in sorted(str(t) for t in tables):
            yield Found(
                _subject(routine),
                f"casts a row constructor to the row type of {table}: one field too few once the tenant column is"
                " there (42846)",
                hint=(
                    "-- name the fields, which leaves new ones null:\n"
                    f"-- jsonb_populate_record(null::{table}, jsonb_build_object('column', value))"
                ),
            )


def insert_without_columns(scene: Scene) -> Iterable[Found]:
    """`INSERT INTO t VALUES (..)` goes on to work: the new column is the last one and is filled by the trigger."""
    for routine, reading in _readings(scene):
        tables = {
            str(table)
            for insert in reading.inserts
            if not insert.listed and not insert.gives.stars and insert.gives.others
            for table in (scene.resolve(insert.into.schema, insert.into.name),)
            if table is not None
        }
        if tables:
            yield Found(
                _subject(routine),
                f"inserts into {', '.join(sorted(tables))} without naming columns",
                detail=(
                    "nothing to do now: values are matched from the left, and the tenant column comes last and is"
                    " filled by the trigger"
                ),
            )


def row_type_argument(scene: Scene) -> Iterable[Found]:
    """Callers that pass a row constructor where a row of the table is expected."""
    for routine in scene.catalog.routines:
        for table in sorted(set(_dotted(routine.arguments)) & set(scene.gaining)):
            yield Found(
                _subject(routine),
                f"takes a row of {table}: calls that pass ROW(..) fail once the tenant column is there (42846),"
                " calls that pass a row of the table do not",
                detail=f"arguments: {routine.arguments}",
                hint=f"-- let callers pass the row itself:\n-- select {routine.name.sql}(t) from {table.sql} t",
            )


def unread(scene: Scene) -> Iterable[Found]:
    """Routines nobody but a person can read."""
    for routine, reading in _readings(scene):
        if reading.complete or routine.language in COMPILED:
            continue
        tables = sorted(
            str(name)
            for name in scene.gaining
            if name.name in reading.mentions or re.search(rf"\b{re.escape(name.name)}\b", routine.definition)
        )
        if tables:
            yield Found(
                _subject(routine),
                f"could not be read to its end ({routine.language}) and mentions {', '.join(tables[:5])}",
                detail="the rules about stored routines prove nothing about it",
                hint=f"-- has it * or ROW(..)?\nselect pg_catalog.pg_get_functiondef({_regprocedure(routine)});",
            )


def _regprocedure(routine: Routine) -> str:
    text = f"{routine.name.sql}({routine.arguments})".replace("'", "''")
    return f"'{text}'::pg_catalog.regprocedure"


def _readings(scene: Scene) -> Iterator[tuple[Routine, Reading]]:
    triggered: dict[QualifiedName, list[Named]] = {}
    for table in scene.gaining.values():
        for trigger in table.triggers:
            triggered.setdefault(trigger.function, []).append(Named(table.name.schema, table.name.name))
    for routine in scene.catalog.routines:
        if routine.extension is None and routine.kind in ("f", "p") and routine.name.schema != "ringfence":
            yield routine, sqlread.read_routine(routine.definition, tuple(triggered.get(routine.name, ())))


def _subject(routine: Routine) -> str:
    return f"{routine.name}({routine.arguments})"


COMPILED = ("c", "internal")
"""Nothing of what they do stands in their definition."""
NO_RESULT = ("", "void", "trigger", "event_trigger")
_DOTTED = re.compile(r'(?:"(?:[^"]|"")+"|\w+)\.(?:"(?:[^"]|"")+"|\w+)')


def _dotted(text: str) -> list[QualifiedName]:
    """Every qualified name in a piece of the server's text; types of pg_catalog come without their schema."""
    return [QualifiedName(*parse_ident_list(found)) for found in _DOTTED.findall(text)]


RULES = (
    Rule(
        "RFA-INSERT-STAR",
        "INSERT or UNION takes all columns of a table",
        Severity.ERROR,
        "reference/rules/insert-star.md",
        insert_star,
    ),
    Rule(
        "RFA-ROW-RESULT",
        "A function's result no longer fits the table's row type",
        Severity.ERROR,
        "reference/rules/row-result.md",
        row_result,
    ),
    Rule(
        "RFA-ROW-CAST",
        "A row constructor is cast to a table's row type",
        Severity.ERROR,
        "reference/rules/row-cast.md",
        row_cast,
    ),
    Rule(
        "RFA-ROW-ARGUMENT",
        "A function takes a row of a table",
        Severity.INFO,
        "reference/rules/row-argument.md",
        row_type_argument,
    ),
    Rule(
        "RFA-INSERT-NO-COLUMNS",
        "INSERT without column list",
        Severity.INFO,
        "reference/rules/insert-no-columns.md",
        insert_without_columns,
    ),
    Rule(
        "RFA-ROUTINE-UNREAD",
        "A routine could not be read",
        Severity.INFO,
        "reference/rules/routine-unread.md",
        unread,
    ),
)
