"""Whether a query that runs with its owner's rights, in a view or a routine, ties the rows it shows to who asks.

A query over one table is judged like a policy of that table. Of any other it is only known whether the session is asked
at all: then it filters by itself, and nobody but a person can say how well.
"""

from __future__ import annotations

import re
from enum import Enum

import postgast
from postgast import pg_query_pb2 as pb

from ringfence.assess import helperread, sqlread
from ringfence.assess.model import Scene
from ringfence.assess.parsing import Unreadable, nodes, parse, parse_to_change
from ringfence.assess.terms import Session, leaves
from ringfence.assess.ways import judged
from ringfence.catalog.model import Routine, Table, View
from ringfence.names import QualifiedName, quote_ident


class Filter(Enum):
    """How the rows of a query are tied to who asks."""

    NONE = "none"
    """The session is not asked."""
    UNREAD = "unread"
    """Nothing of it could be read: another language, or nested deeper than the parser hands over."""
    ITS_OWN = "its own"
    """The session is asked; whether that is enough was not judged."""
    CLOSED = "closed"
    """Every row is tied to the session, by the eyes that judge policies."""


def of_view(scene: Scene, view: View, tables: tuple[Table, ...]) -> Filter:
    """How a view filters the tables it reads."""
    return _of_select(scene, view.definition.rstrip().rstrip(";"), tables)


def of_routine(scene: Scene, routine: Routine, tables: tuple[Table, ...]) -> Filter:
    """How a routine filters the tables it reads."""
    body = helperread.read(routine)
    if isinstance(body.result, helperread.Value):
        found = _of_select(scene, body.result.text, tables)
        if found is not Filter.NONE:
            return found
    asked = any(isinstance(t, Session) for t in leaves(scene.protection.reader.value(routine)))
    asked = asked or any(_asks(scene, text) for text in (*body.statements, *body.expressions))
    if not asked and body.result is None and not (body.statements or body.expressions or body.atomic):
        return Filter.UNREAD
    return Filter.ITS_OWN if asked else Filter.NONE


def _of_select(scene: Scene, text: str, tables: tuple[Table, ...]) -> Filter:
    select = _select(text)
    if select is None:
        return Filter.UNREAD
    condition = _condition(select)
    if len(tables) == 1 and condition is not None:
        ways = judged(scene.protection.reader.expression(_bare(condition, select), tables[0]).term)
        if all(way.safe for way in ways):
            return Filter.CLOSED
    return Filter.ITS_OWN if _answers_by_session(scene, text) else Filter.NONE


def _answers_by_session(scene: Scene, text: str) -> bool:
    routine = Routine(
        QualifiedName("public", "query"),
        "",
        "f",
        f"create function public.query() returns setof record language sql as $ringfence_query${text}$ringfence_query$",
        "",
        "sql",
    )
    return any(isinstance(t, Session) for t in leaves(scene.protection.reader.value(routine)))


def _asks(scene: Scene, text: str) -> bool:
    """Whether a statement, be it INSERT, UPDATE or DELETE, calls something that says who is asking."""
    try:
        tree = parse(text)
    except Unreadable:
        return False
    calls = {
        ".".join(quote_ident(part.string.sval) for part in node.funcname)
        for _, node in postgast.walk(tree)
        if isinstance(node, pb.FuncCall) and not node.args
    }
    return any(_answers_by_session(scene, f"select {name}()") for name in sorted(calls))


def _select(text: str) -> object | None:
    """The one statement of a text; None when the parser refuses it."""
    try:
        statements = parse(text).stmts
    except Unreadable:
        return None
    return postgast.unwrap_node(statements[0].stmt) if len(statements) == 1 else None


def _condition(select: object) -> pb.Node | None:
    """WHERE of a query over one table and nothing else, None of any other."""
    if not isinstance(select, pb.SelectStmt) or select.op not in (0, pb.SETOP_NONE) or select.HasField("with_clause"):
        return None
    if len(select.from_clause) != 1 or not select.from_clause[0].HasField("range_var"):
        return None
    return select.where_clause if select.HasField("where_clause") else None


def _bare(condition: pb.Node, select: pb.SelectStmt) -> str:
    """The condition as a policy of the table would have it: columns without the name or alias of the row."""
    item = select.from_clause[0].range_var
    alias = item.alias.aliasname if item.HasField("alias") else item.relname
    tree = parse_to_change("select 1")
    target = tree.stmts[0].stmt.select_stmt.target_list[0].res_target.val
    target.CopyFrom(condition)
    for node in nodes(tree):
        if isinstance(node, pb.ColumnRef) and len(node.fields) == 2 and node.fields[0].string.sval == alias:
            del node.fields[0]
    return str(postgast.deparse(tree)).removeprefix("SELECT ")


def is_plain(view: View) -> bool:
    """Whether a view is updatable by itself: one relation, no grouping, no set operation, no limit."""
    select = _select(view.definition.rstrip().rstrip(";"))
    return (
        isinstance(select, pb.SelectStmt)
        and select.op in (0, pb.SETOP_NONE)
        and len(select.from_clause) == 1
        and select.from_clause[0].HasField("range_var")
        and not select.group_clause
        and not select.distinct_clause
        and not select.HasField("limit_count")
        and not select.HasField("with_clause")
    )


def read_by(scene: Scene, routine: Routine) -> tuple[Table, ...]:
    """The tables whose names stand in a routine's statements, also in those put together at run time.

    Of a routine that cannot be read to its end, those whose names stand anywhere in it.
    """
    reading = sqlread.read_routine(routine.definition)
    exact = _named(helperread.read(routine).statements)
    path = helperread.search_path(routine)

    def meant(table: Table) -> bool:
        schema, name = table.name.schema, table.name.name
        if not reading.complete and re.search(rf"\b{re.escape(name)}\b", routine.definition):
            return True
        if (schema, name) in exact or (("", name) in exact and schema in path):
            return True
        return name in reading.mentions and not any(other == name for _, other in exact)

    return tuple(table for table in scene.protection.tables if meant(table))


def _named(statements: tuple[str, ...]) -> frozenset[tuple[str, str]]:
    """(schema, name) of every relation, the schema '' where none is written."""
    found = set()
    for text in statements:
        try:
            tree = parse(text)
        except Unreadable:
            continue
        found |= {(n.schemaname, n.relname) for _, n in postgast.walk(tree) if isinstance(n, pb.RangeVar)}
    return frozenset(found)
