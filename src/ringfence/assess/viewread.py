"""What a statement does that a view in the table's place cannot do, found in PostgreSQL's own parse tree.

The server writes through a view that selects columns of one table, but a view is no table: it has no rows of its own,
no system columns, no constraints and no sequences. The list, statement by statement, is docs/why/compatibility-view.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeAlias

import postgast
from postgast import pg_query_pb2

from ringfence.names import InvalidName, parse_ident_list

Node: TypeAlias = Any
"""A protobuf message of the parse tree; its classes are generated."""

SYSTEM_COLUMNS = frozenset({"ctid", "tableoid", "xmin", "xmax", "cmin", "cmax"})


class Refusal(Enum):
    """What a view refuses, or answers wrongly."""

    TRUNCATE = "truncate"
    COPY = "copy"
    MERGE = "merge"
    CONFLICT = "conflict"
    SYSTEM_COLUMN = "system-column"
    SEQUENCE = "sequence"
    CURSOR = "cursor"
    DDL = "ddl"


@dataclass(frozen=True, slots=True)
class Refused:
    """A relation that a statement treats as only a table can be treated; `schema` is '' when it does not say."""

    what: Refusal
    schema: str
    name: str


def refused(statement: Node) -> Iterator[Refused]:
    """Everything in one statement, at any depth, that would fail or lie on a view."""
    nodes = [node for _, node in postgast.walk(postgast.unwrap_node(statement))]
    relations = {(n.schemaname, n.relname): n for n in nodes if isinstance(n, pg_query_pb2.RangeVar)}
    for node in nodes:
        match node:
            case pg_query_pb2.TruncateStmt():
                yield from (_of(Refusal.TRUNCATE, postgast.unwrap_node(r)) for r in node.relations)
            case pg_query_pb2.CopyStmt() if node.HasField("relation") and (node.is_from or not node.attlist):
                # COPY .. (columns) TO is how pg_dump reads a table, and pg_dump knows a view when it sees one
                yield _of(Refusal.COPY, node.relation)
            case pg_query_pb2.MergeStmt():
                yield _of(Refusal.MERGE, node.relation)
            case pg_query_pb2.InsertStmt() if node.on_conflict_clause.infer.conname:
                yield _of(Refusal.CONFLICT, node.relation)
            case pg_query_pb2.UpdateStmt() | pg_query_pb2.DeleteStmt() if node.where_clause.HasField("current_of_expr"):
                yield _of(Refusal.CURSOR, node.relation)
            case pg_query_pb2.RangeTableSample():
                yield _of(Refusal.CURSOR, postgast.unwrap_node(node.relation))
            case pg_query_pb2.ColumnRef():
                yield from _system_column(node, list(relations.values()))
            case pg_query_pb2.FuncCall():
                yield from _sequence(node)
            case pg_query_pb2.AlterTableStmt() | pg_query_pb2.IndexStmt() if node.HasField("relation"):
                yield _of(Refusal.DDL, node.relation)
            case _:
                pass


def _of(what: Refusal, relation: Node) -> Refused:
    return Refused(what, relation.schemaname, relation.relname)


def _system_column(column: Node, relations: list[Node]) -> Iterator[Refused]:
    names = [f.string.sval for f in column.fields]
    if names[-1] not in SYSTEM_COLUMNS:
        return
    # without a qualifier it could be any relation's; one too many is named rather than one too few
    meant = [r for r in relations if len(names) == 1 or names[-2] in (r.relname, r.alias.aliasname)]
    yield from (_of(Refusal.SYSTEM_COLUMN, relation) for relation in meant)


def _sequence(call: Node) -> Iterator[Refused]:
    if call.funcname[-1].string.sval != "pg_get_serial_sequence" or not call.args:
        return
    argument = postgast.unwrap_node(call.args[0])
    if isinstance(argument, pg_query_pb2.TypeCast):
        argument = postgast.unwrap_node(argument.arg)
    if not isinstance(argument, pg_query_pb2.A_Const) or not argument.HasField("sval"):
        return
    try:
        parts = parse_ident_list(argument.sval.sval)
    except InvalidName:
        return
    yield Refused(Refusal.SEQUENCE, parts[-2] if len(parts) > 1 else "", parts[-1])
