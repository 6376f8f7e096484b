"""Repairs of a policy clause, as SQL to paste; each is judged by the eyes that found the fault before it is shown."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import postgast
from postgast import pg_query_pb2 as pb

from ringfence.assess.facts import Flag
from ringfence.assess.policies import Clause, Protection
from ringfence.assess.rewrite import deparse, each, expression, kinds, parse, text_of, wrappers
from ringfence.assess.ways import judged
from ringfence.catalog.model import Table
from ringfence.names import quote_ident

Node: TypeAlias = Any

CANDIDATES_MAX = 8
"""Expressions of other tables that are tried before a clause is closed instead."""


def repair(protection: Protection, clause: Clause) -> str:
    """SQL after which the clause ties every row to who asks, or, where nothing says how, lets nothing through."""
    for text in (*_corrected(clause), *binding_texts(protection, clause.table)):
        if _binds(protection, clause.table, text):
            return clause.alter(text)
    return (
        "-- nothing on this table says whose a row is; closed until a policy does\n"
        f"drop policy {quote_ident(clause.policy.name)} on {clause.table.name.sql};"
    )


def with_binding(protection: Protection, clause: Clause) -> str:
    """SQL after which the clause holds as before, and ties the row to who asks besides."""
    for text in (*_bound_parts(protection, clause), *binding_texts(protection, clause.table)):
        if _binds(protection, clause.table, text):
            return clause.alter(f"({clause.text}) and ({text})")
    return repair(protection, clause)


def bind_also(protection: Protection, clause: Clause, column: str, *, by_membership: bool = False) -> str:
    """The clause and, besides, another table's condition on that column; '' when no other table has one.

    `by_membership`: only a condition that reads who belongs where.
    """
    for other in protection.elsewhere(clause.table, column):
        asks = all(way.members or way.asks_ours for way in other.ways)
        if (asks or not by_membership) and _binds(protection, clause.table, other.text):
            return clause.alter(f"({clause.text}) and ({other.text})")
    return ""


def binding(protection: Protection, table: Table) -> str | None:
    """An expression that binds the rows of a table to who asks, as other policies of the database do it."""
    return next((text for text in binding_texts(protection, table) if _binds(protection, table, text)), None)


def binding_texts(protection: Protection, table: Table) -> Iterator[str]:
    """Expressions that bind rows of a table: its own policies first, those on the tenant column before others."""
    column = protection.tenant_column(table)
    own = [c for c in protection.of(table) if c.ways and c.closed and c.bound]
    own.sort(key=lambda c: (column not in c.bound, c.policy.permissive, c.policy.name, c.kind))
    yield from (c.text for c in own)
    yield from (c.text for c in itertools.islice(protection.elsewhere(table, column), CANDIDATES_MAX))


def _binds(protection: Protection, table: Table, text: str) -> bool:
    ways = judged(protection.reader.expression(text, table).term)
    columns = {column.name for column in table.columns}
    return bool(ways) and all(way.bound and way.own <= columns and Flag.UNREAD not in way.flags for way in ways)


def _corrected(clause: Clause) -> Iterator[str]:
    """The clause without what opens it: each correction alone, then all of them."""
    if not clause.read.legible:
        return
    changes: tuple[tuple[Callable[[Node], None], tuple[type, ...]], ...] = (
        (_keep_first_argument, (pb.CoalesceExpr,)),
        (_plain_equality, (pb.A_Expr,)),
        (_straight, (pb.A_Expr, pb.BoolExpr)),
        (_claims_of_the_server, (pb.A_Const, pb.ColumnRef)),
        (_true_is_true, (pb.BooleanTest,)),
    )
    present = kinds(clause.text)
    plain = deparse(parse(clause.text))
    tried = {plain}
    yield from _arms(plain)
    everything = parse(clause.text)
    for change, touched in changes:
        if not any(kind in present for kind in touched):
            continue
        tree = parse(clause.text)
        for changed in (tree, everything):
            change(changed)
        text = deparse(tree)
        if text not in tried:
            tried.add(text)
            yield text
            yield from _arms(text)
    yield deparse(everything)


def _arms(text: str) -> Iterator[str]:
    """The arms of an OR, one by one."""
    inner = postgast.unwrap_node(expression(parse(text)))
    if isinstance(inner, pb.BoolExpr) and inner.boolop == pb.OR_EXPR:
        for arm in inner.args:
            yield text_of(arm)


def _bound_parts(protection: Protection, clause: Clause) -> Iterator[str]:
    """The conjuncts in the arms of an OR that bind the row by themselves."""
    if not clause.read.legible:
        return
    inner = postgast.unwrap_node(expression(parse(clause.text)))
    arms = inner.args if isinstance(inner, pb.BoolExpr) and inner.boolop == pb.OR_EXPR else ()
    column = protection.tenant_column(clause.table)
    found = []
    for arm in map(postgast.unwrap_node, arms):
        for part in arm.args if isinstance(arm, pb.BoolExpr) and arm.boolop == pb.AND_EXPR else ():
            text = text_of(part)
            bound = [way.bound for way in judged(protection.reader.expression(text, clause.table).term)]
            if bound and all(bound):
                found.append((not all(column in b for b in bound), text))
    yield from (text for _, text in sorted(found))


def _keep_first_argument(tree: Node) -> None:
    """coalesce(context, anything) becomes context."""
    for wrapper in wrappers(tree, "coalesce_expr"):
        first = pb.Node()
        first.CopyFrom(wrapper.coalesce_expr.args[0])
        wrapper.CopyFrom(first)


def _plain_equality(tree: Node) -> None:
    """IS NOT DISTINCT FROM becomes =, which null does not satisfy."""
    for node in each(tree, pb.A_Expr):
        if node.kind == pb.AEXPR_NOT_DISTINCT:
            node.kind = pb.AEXPR_OP


def _straight(tree: Node) -> None:
    """An inverted comparison the right way round."""
    for node in each(tree, pb.A_Expr):
        if node.kind == pb.AEXPR_OP and node.name[-1].string.sval in ("<>", "!=", ">=", "<=", "<", ">"):
            node.name[-1].string.sval = "="
        elif node.kind == pb.AEXPR_OP_ALL and node.name[-1].string.sval == "<>":
            node.kind = pb.AEXPR_OP_ANY
            node.name[-1].string.sval = "="
    for wrapper in wrappers(tree, "bool_expr"):
        if wrapper.bool_expr.boolop == pb.NOT_EXPR:
            inner = pb.Node()
            inner.CopyFrom(wrapper.bool_expr.args[0])
            wrapper.CopyFrom(inner)


def _claims_of_the_server(tree: Node) -> None:
    """user_metadata becomes app_metadata, which only the server writes."""
    for node in each(tree, pb.A_Const):
        if node.HasField("sval"):
            node.sval.sval = node.sval.sval.replace("raw_user_meta_data", "raw_app_meta_data").replace(
                "user_metadata", "app_metadata"
            )
    for node in each(tree, pb.ColumnRef):
        for field in node.fields:
            if field.string.sval == "raw_user_meta_data":
                field.string.sval = "raw_app_meta_data"


def _true_is_true(tree: Node) -> None:
    """IS NOT FALSE becomes IS TRUE."""
    for node in each(tree, pb.BooleanTest):
        if node.booltesttype == pb.IS_NOT_FALSE:
            node.booltesttype = pb.IS_TRUE
