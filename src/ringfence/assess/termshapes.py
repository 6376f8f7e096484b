"""Small constructs of the grammar as terms, none of which looks at a name."""

from __future__ import annotations

from dataclasses import replace

import postgast
from postgast import pg_query_pb2 as pb

from ringfence.assess.parsing import Node
from ringfence.assess.terms import And, Apply, Compare, Const, Inner, IsNull, Not, Or, Own, Query, Term


def constant(node: Node) -> Const:
    """A literal."""
    if node.isnull:
        return Const(None)
    match node.WhichOneof("val"):
        case "boolval":
            return Const(bool(node.boolval.boolval))
        case "sval":
            return Const(node.sval.sval)
        case "ival":
            return Const(str(node.ival.ival))
        case "fval":
            return Const(node.fval.fval)
        case _:
            return Const(str(node))


def cast(term: Term, node: Node) -> Term:
    """A cast changes no meaning here, except that of a word that stands for a boolean."""
    name = node.type_name.names[-1].string.sval if node.type_name.names else ""
    if isinstance(term, Const) and name in ("bool", "boolean") and isinstance(term.value, str):
        return Const(term.value.lower() in ("t", "true", "yes", "on", "1"))
    return term


def plain(op: str) -> str:
    """One spelling for each operator."""
    return "<>" if op == "!=" else op


def compare(op: str, left: Term, right: Term) -> Term:
    """A comparison; rows are compared column by column, other operators only make a value."""
    op = plain(op)
    if (
        op in ("=", "<>")
        and isinstance(left, Apply)
        and isinstance(right, Apply)
        and left.name == right.name == "RowExpr"
    ):
        pairs = tuple(Compare(op, a, b) for a, b in zip(left.args, right.args, strict=False))
        return And(pairs) if op == "=" else Or(pairs)
    comparing = op in (
        "=",
        "<>",
        "<",
        ">",
        "<=",
        ">=",
        "~~",
        "~~*",
        "!~~",
        "~",
        "!~",
        "@>",
        "<@",
        "&&",
        "?",
        "?|",
        "?&",
        "^@",
    )
    return Compare(op, left, right) if comparing else Apply(op, (left, right))


def row_in(tested: Apply, query: Query) -> Query:
    """(a, b) IN (SELECT x, y ..): a row exists whose columns are equal."""
    return Query(
        "exists",
        tuple(
            replace(
                s, where=And((s.where, *(Compare("=", a, b) for a, b in zip(tested.args, s.outputs, strict=False))))
            )
            for s in query.selects
        ),
    )


def truth(term: Term, kind: int) -> Term:
    """IS TRUE and its like; null counts as it says."""
    match kind:
        case pb.IS_TRUE:
            return term
        case pb.IS_NOT_TRUE:
            return Or((Not(term), IsNull(term)))
        case pb.IS_FALSE:
            return Not(term)
        case pb.IS_NOT_FALSE:
            return Or((term, IsNull(term)))
        case pb.IS_UNKNOWN:
            return IsNull(term)
        case _:
            return Not(IsNull(term))


def called(call: Node) -> str:
    """The name of the function that is called."""
    function = postgast.unwrap_node(call)
    return function.funcname[-1].string.sval if isinstance(function, pb.FuncCall) else "function"


def name_of(value: Term) -> str:
    """What a column is called when nobody says."""
    match value:
        case Own() | Inner():
            return value.column
        case Apply():
            return value.name
        case _:
            return ""


def output_names(wrapped: Node) -> tuple[str, ...]:
    """The names of the columns a SELECT gives."""
    node = postgast.unwrap_node(wrapped)
    while isinstance(node, pb.SelectStmt) and node.HasField("larg"):
        node = node.larg
    names = []
    for target in node.target_list if isinstance(node, pb.SelectStmt) else ():
        value = postgast.unwrap_node(target.res_target.val)
        if target.res_target.name:
            names.append(target.res_target.name)
        elif isinstance(value, pb.ColumnRef):
            names.append(value.fields[-1].string.sval)
        elif isinstance(value, pb.FuncCall):
            names.append(value.funcname[-1].string.sval)
        else:
            names.append("?column?")
    return tuple(names)
