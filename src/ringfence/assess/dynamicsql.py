"""Which EXECUTE of a plpgsql routine puts a value into its statement as text: the way an argument becomes SQL.

A constant is safe, and so is a value through quote_ident, quote_literal, quote_nullable, or through format with %I or
%L; a value cast to a type that cannot hold SQL (a number, a uuid, regclass and its like) is safe, too. Everything else
that is joined to the text is not: whether a value was checked before cannot be seen.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, TypeAlias

import postgast
from postgast import pg_query_pb2 as pb

from ringfence.assess.parsing import Unreadable, parse

Node: TypeAlias = Any

_QUOTING = frozenset(("quote_ident", "quote_literal", "quote_nullable"))
_HARMLESS_TYPES = frozenset(
    ("bool", "date", "float4", "float8", "int2", "int4", "int8", "interval", "numeric", "oid", "regclass", "regproc",
     "regprocedure", "regrole", "regtype", "timestamp", "timestamptz", "uuid")
)  # fmt: skip
_PLACE = re.compile(r"%(?:\d+\$)?-?\d*([sIL%])")
_DYNAMIC = ("PLpgSQL_stmt_dynexecute", "PLpgSQL_stmt_dynfors", "PLpgSQL_stmt_return_query", "PLpgSQL_stmt_open")


def spliced(definition: str) -> tuple[str, ...]:
    """The expressions after EXECUTE into which something unquoted is put; a routine that cannot be read has none."""
    try:
        parsed = postgast.parse_plpgsql(definition)
    except (postgast.PgQueryError, json.JSONDecodeError):
        return ()
    names = _harmless_variables(parsed)
    return tuple(text for text in _executed(parsed) if not _is_safe_text(text, names))


def _executed(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _executed(item)
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key in _DYNAMIC:
                query = inner.get("dynquery") if "dynquery" in inner else inner.get("query")
                static = key in ("PLpgSQL_stmt_return_query", "PLpgSQL_stmt_open") and "dynquery" not in inner
                if query is not None and not static:
                    yield str(query["PLpgSQL_expr"]["query"])
            yield from _executed(inner)


def _harmless_variables(parsed: Any) -> frozenset[str]:
    """Parameters and variables of a type that cannot hold SQL."""
    found = set()
    for function in parsed:
        for datum in function.get("PLpgSQL_function", {}).get("datums", []):
            variable = datum.get("PLpgSQL_var", {})
            kind = str(variable.get("datatype", {}).get("PLpgSQL_type", {}).get("typname", ""))
            if kind.removeprefix("pg_catalog.").strip('"').lower() in _HARMLESS_TYPES | _SPELLED:
                found.add(str(variable["refname"]).lower())
    return frozenset(found)


_SPELLED = frozenset(("bigint", "boolean", "double precision", "integer", "int", "real", "smallint"))


def _is_safe_text(text: str, harmless: frozenset[str]) -> bool:
    try:
        tree = parse(f"select {text}")
    except Unreadable:
        return False  # so deep that nobody would see it in a review either
    targets = tree.stmts[0].stmt.select_stmt.target_list
    return len(targets) == 1 and _safe(targets[0].res_target.val, harmless)


def _safe(wrapped: Node, harmless: frozenset[str]) -> bool:
    node = postgast.unwrap_node(wrapped)
    match node:
        case pb.A_Const():
            return True
        case pb.TypeCast():
            return node.type_name.names[-1].string.sval in _HARMLESS_TYPES or _safe(node.arg, harmless)
        case pb.A_Expr() if node.name[-1].string.sval == "||":
            return _safe(node.lexpr, harmless) and _safe(node.rexpr, harmless)
        case pb.ColumnRef():
            return ".".join(f.string.sval for f in node.fields).lower() in harmless
        case pb.FuncCall():
            return _safe_call(node, harmless)
        case pb.CoalesceExpr():
            return all(_safe(a, harmless) for a in node.args)
        case pb.CaseExpr():
            results = [postgast.unwrap_node(w).result for w in node.args]
            if node.HasField("defresult"):
                results.append(node.defresult)
            return all(_safe(r, harmless) for r in results)
        case _:
            return False


def _safe_call(node: Node, harmless: frozenset[str]) -> bool:
    name = node.funcname[-1].string.sval
    if name in _QUOTING:
        return True
    if name in ("concat", "concat_ws", "replace", "lower", "upper", "trim", "btrim"):
        return all(_safe(a, harmless) for a in node.args)
    if name != "format" or not node.args:
        return False
    pattern = postgast.unwrap_node(node.args[0])
    if not isinstance(pattern, pb.A_Const) or "$s" in pattern.sval.sval:
        return False
    places = [kind for kind in _PLACE.findall(pattern.sval.sval) if kind != "%"]
    values = list(node.args)[1:]
    return len(places) <= len(values) and all(
        kind != "s" or _safe(value, harmless) for kind, value in zip(places, values, strict=False)
    )
