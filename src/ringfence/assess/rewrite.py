"""Policy expressions rewritten as text: each function gives the new text, or None when there is nothing to change.

The texts must be legible: `parse` raises Unreadable otherwise.
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterator, Mapping

import postgast
from postgast import pg_query_pb2 as pb

from ringfence.assess.parsing import TREES_MAX, Node, children, nodes, parse_to_change
from ringfence.assess.parsing import parse as parse_statement
from ringfence.catalog.model import Table
from ringfence.names import QualifiedName, bounded_name, quote_ident

# --- trees -------------------------------------------------------------------------------------------------------


def parse(text: str) -> Node:
    """An expression as a tree of one's own, to be changed, that `deparse` takes back."""
    return parse_to_change(f"select {text}")


@functools.lru_cache(maxsize=TREES_MAX)
def kinds(text: str) -> Mapping[type, tuple[Node, ...]]:
    """The nodes of an expression by their kind, for looking: rules ask many things of one text."""
    found: dict[type, list[Node]] = {}
    for node in nodes(parse_statement(f"select {text}")):
        found.setdefault(type(node), []).append(node)
    return {kind: tuple(of_kind) for kind, of_kind in found.items()}


def deparse(tree: Node) -> str:
    """The text of a tree that `parse` made."""
    return str(postgast.deparse(tree)).removeprefix("SELECT ")


def expression(tree: Node) -> Node:
    """The one expression of a tree that `parse` made."""
    return tree.stmts[0].stmt.select_stmt.target_list[0].res_target.val


def text_of(node: Node) -> str:
    """The text of one expression node."""
    tree = parse("1")
    expression(tree).CopyFrom(node)
    return deparse(tree)


def each(tree: Node, kind: type) -> Iterator[Node]:
    """The nodes of one kind, listed before anything is changed."""
    yield from [node for node in nodes(tree) if isinstance(node, kind)]


def wrappers(tree: Node, kind: str) -> Iterator[Node]:
    """The places where a node of one kind stands, so that another can be put there."""
    yield from [place for place in _places(tree) if place.WhichOneof("node") == kind]


def _places(message: Node) -> Iterator[Node]:
    waiting = children(message)[::-1]
    while waiting:
        child = waiting.pop()
        if isinstance(child, pb.Node):
            yield child
        waiting.extend(reversed(children(child)))


# --- speed -------------------------------------------------------------------------------------------------------


def subqueries_as_arrays(text: str, own_name: str) -> str | None:
    """`column IN (SELECT ..)` and `EXISTS (.. m.x = t.column ..)` become `column = ANY (ARRAY(SELECT ..))`.

    Only what asks nothing else of the row: an array made once must be the same for every row.
    """
    if pb.SubLink not in kinds(text):
        return None
    tree = parse(text)
    changed = False
    for place in wrappers(tree, "sub_link"):
        link = place.sub_link
        if link.sub_link_type == pb.ANY_SUBLINK and isinstance(postgast.unwrap_node(link.testexpr), pb.ColumnRef):
            if not _mentions(link.subselect, own_name):
                _put_array(place, link.testexpr, link.subselect)
                changed = True
        elif link.sub_link_type == pb.EXISTS_SUBLINK:
            changed |= _exists_as_array(place, own_name)
    return deparse(tree) if changed else None


def _put_array(place: Node, tested: Node, subselect: Node) -> None:
    made = pb.Node()
    made.a_expr.kind = pb.AEXPR_OP_ANY
    made.a_expr.name.add().string.sval = "="
    made.a_expr.lexpr.CopyFrom(tested)
    made.a_expr.rexpr.sub_link.sub_link_type = pb.ARRAY_SUBLINK
    made.a_expr.rexpr.sub_link.subselect.CopyFrom(subselect)
    place.CopyFrom(made)


def _exists_as_array(place: Node, own_name: str) -> bool:
    select = place.sub_link.subselect.select_stmt
    condition = postgast.unwrap_node(select.where_clause)
    parts = list(condition.args) if isinstance(condition, pb.BoolExpr) and condition.boolop == pb.AND_EXPR else []
    tied = [part for part in parts if _mentions(part, own_name)]
    if len(tied) != 1 or any(_mentions(item, own_name) for item in select.from_clause):
        return False
    equality = postgast.unwrap_node(tied[0])
    if not isinstance(equality, pb.A_Expr) or equality.kind != pb.AEXPR_OP or equality.name[-1].string.sval != "=":
        return False
    sides = (equality.lexpr, equality.rexpr)
    own, theirs = sides if _mentions(sides[0], own_name) else sides[::-1]
    if not isinstance(postgast.unwrap_node(own), pb.ColumnRef) or _mentions(theirs, own_name):
        return False
    column, given = pb.Node(), pb.Node()
    column.column_ref.fields.add().string.sval = own.column_ref.fields[-1].string.sval
    given.CopyFrom(theirs)
    rest = [pb.Node.FromString(part.SerializeToString()) for part in parts if part is not tied[0]]
    made = pb.Node()
    made.CopyFrom(place.sub_link.subselect)
    del made.select_stmt.target_list[:]
    made.select_stmt.target_list.add().res_target.val.CopyFrom(given)
    if len(rest) == 1:
        made.select_stmt.where_clause.CopyFrom(rest[0])
    else:
        made.select_stmt.where_clause.bool_expr.ClearField("args")
        made.select_stmt.where_clause.bool_expr.args.extend(rest)
    _put_array(place, column, made)
    return True


def _mentions(node: Node, own_name: str) -> bool:
    """Whether a column of the policy's own table is named; inside a subquery the server always writes whose it is."""
    return any(
        len(ref.fields) > 1 and ref.fields[-2].string.sval == own_name
        for ref in nodes(node)
        if isinstance(ref, pb.ColumnRef)
    )


def calls_wrapped(text: str, table: Table) -> str | None:
    """Calls that ask nothing of the row, each as `(select call)`, which is made once."""
    seen = expression(parse_statement(f"select {text}"))
    if not any(_same_for_every_row(place, table) for place in _outside_subqueries(seen)):
        return None
    tree = parse(text)
    for place in [p for p in _outside_subqueries(expression(tree)) if _same_for_every_row(p, table)]:
        made = parse("(select 1)")
        expression(made).sub_link.subselect.select_stmt.target_list[0].res_target.val.CopyFrom(place)
        place.CopyFrom(expression(made))
    return deparse(tree)


def _outside_subqueries(place: Node) -> Iterator[Node]:
    """Function calls that stand in no subquery and are not the array of an ANY, outermost first."""
    inner = postgast.unwrap_node(place)
    if isinstance(inner, pb.SubLink):
        return
    if isinstance(inner, pb.FuncCall):
        yield place
    # `= any (f())` takes an array, `= any ((select f()))` rows: another meaning
    skipped = inner.rexpr if isinstance(inner, pb.A_Expr) and inner.kind == pb.AEXPR_OP_ANY else None
    for child in children(inner):
        if child is not skipped and not (skipped is not None and child == skipped):
            yield from _calls_below(child)


def _calls_below(child: Node) -> Iterator[Node]:
    if isinstance(child, pb.Node):
        yield from _outside_subqueries(child)
    else:
        for inner in children(child):
            yield from _calls_below(inner)


def _same_for_every_row(place: Node, table: Table) -> bool:
    call = place.func_call
    asks = len(call.funcname) > 1 or call.funcname[-1].string.sval == "current_setting"
    return asks and not _columns_of(place, table)


def calls_of_the_row(text: str, table: Table) -> tuple[str, ...]:
    """Names of functions with a schema of their own that take a column of the row."""
    return tuple(
        dict.fromkeys(
            ".".join(n.string.sval for n in node.funcname) + "()"
            for node in kinds(text).get(pb.FuncCall, ())
            if len(node.funcname) > 1 and _columns_of(node, table)
        )
    )


def _columns_of(node: Node, table: Table) -> bool:
    names = {column.name for column in table.columns}
    return any(
        (len(ref.fields) == 1 and ref.fields[0].string.sval in names)
        or (len(ref.fields) > 1 and ref.fields[-2].string.sval == table.name.name)
        for ref in nodes(node)
        if isinstance(ref, pb.ColumnRef)
    )


def compared_columns(text: str, table: Table) -> frozenset[str]:
    """Columns of the row that stand alone on one side of an equality: what an index could serve."""
    names = {column.name for column in table.columns}
    found = set()
    present = kinds(text)
    for node in present.get(pb.A_Expr, ()):
        if node.kind in (pb.AEXPR_OP, pb.AEXPR_OP_ANY, pb.AEXPR_IN) and node.name[-1].string.sval == "=":
            found |= {_bare(side) for side in (node.lexpr, node.rexpr)}
    for link in present.get(pb.SubLink, ()):
        if link.HasField("testexpr"):
            found.add(_bare(link.testexpr))
    return frozenset(found & names)


def _bare(side: Node) -> str:
    inner = postgast.unwrap_node(side)
    while isinstance(inner, pb.TypeCast):
        inner = postgast.unwrap_node(inner.arg)
    return inner.fields[-1].string.sval if isinstance(inner, pb.ColumnRef) and len(inner.fields) < 3 else ""


# --- meaning -----------------------------------------------------------------------------------------------------


def add_missing_ok(text: str) -> str | None:
    """Every `current_setting(name)` as `current_setting(name, true)`, which is null when it was never set."""
    if not any(_raises(node) for node in kinds(text).get(pb.FuncCall, ())):
        return None
    tree = parse(text)
    for node in each(tree, pb.FuncCall):
        if _raises(node):
            node.args.add().a_const.boolval.boolval = True
    return deparse(tree)


def _raises(call: Node) -> bool:
    return call.funcname[-1].string.sval == "current_setting" and len(call.args) == 1


def operators_of_the_server(text: str) -> str | None:
    """`OPERATOR(schema.=)` as `=`."""
    if not any(_is_own(node) for node in kinds(text).get(pb.A_Expr, ())):
        return None
    tree = parse(text)
    for node in each(tree, pb.A_Expr):
        if _is_own(node):
            own = node.name[-1].string.sval
            del node.name[:]
            node.name.add().string.sval = own if own in ("=", "<>", "<", ">", "<=", ">=") else "="
    return deparse(tree)


def _is_own(comparison: Node) -> bool:
    return len(comparison.name) > 1 and comparison.name[0].string.sval != "pg_catalog"


def subquery_as_function(
    text: str, table: Table, policy: str, circle: Collection[QualifiedName], column_type: str
) -> str | None:
    """`column IN (SELECT .. FROM a table of the circle ..)` with the subquery moved into a SECURITY DEFINER function.

    Whoever pastes it owns the function; that role must not be bound by the table's policies.
    """
    tree = parse(text)
    for place in wrappers(tree, "sub_link"):
        link = place.sub_link
        if link.sub_link_type != pb.ANY_SUBLINK or _mentions(link.subselect, table.name.name):
            continue
        read = {
            QualifiedName(node.schemaname, node.relname)
            for node in nodes(link.subselect)
            if isinstance(node, pb.RangeVar)
        }
        if not read & set(circle):
            continue
        function = QualifiedName(table.name.schema, bounded_name(table.name.name, policy, "of_caller"))
        body = str(postgast.deparse(_statement(link.subselect)))
        called = expression(parse(f"array(select {function.sql}())"))
        made = pb.Node()
        made.a_expr.kind = pb.AEXPR_OP_ANY
        made.a_expr.name.add().string.sval = "="
        made.a_expr.lexpr.CopyFrom(link.testexpr)
        made.a_expr.rexpr.CopyFrom(called)
        place.CopyFrom(made)
        return (
            "-- as a role that the policies of the table do not bind\n"
            f"create function {function.sql}() returns setof {column_type}\n"
            "  language sql stable parallel safe security definer set search_path = ''\n"
            f"  as $ringfence${body}$ringfence$;\n"
            f"alter policy {quote_ident(policy)} on {table.name.sql} using ({deparse(tree)});"
        )
    return None


def _statement(subselect: Node) -> Node:
    tree = pb.ParseResult(version=180000)
    tree.stmts.add().stmt.CopyFrom(subselect)
    return tree
