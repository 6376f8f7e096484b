"""The bodies of functions that policies call, as far as their value can be said in one expression.

SQL functions of one SELECT and plpgsql functions made of IF, RETURN, assignments and SELECT INTO have such a value. Of
the others every expression is kept, so that at least what they ask the session is known.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import postgast
from postgast import pg_query_pb2 as pb

from ringfence.assess.parsing import Unreadable, parse
from ringfence.catalog.model import Routine
from ringfence.names import InvalidName, parse_ident_list

Json: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Value:
    """The function's value is that of one SELECT."""

    text: str


@dataclass(frozen=True, slots=True)
class Return:
    """RETURN expression."""

    text: str


@dataclass(frozen=True, slots=True)
class Assign:
    """A variable is worth this SELECT from here on."""

    variable: str
    text: str


@dataclass(frozen=True, slots=True)
class If:
    """IF condition THEN .. ELSE .. END IF."""

    condition: str
    then: tuple[Step, ...]
    otherwise: tuple[Step, ...]


Step: TypeAlias = Return | Assign | If


@dataclass(frozen=True, slots=True)
class Branches:
    """The function's value is where its steps lead."""

    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Body:
    """One function, read."""

    parameters: tuple[str, ...] = ()
    """Names of the input parameters in order, '' for one without a name."""
    required: int = 0
    """How many have no default."""
    variadic: bool = False
    result: Value | Branches | None = None
    expressions: tuple[str, ...] = ()
    """Every SELECT in it, when `result` is None."""
    complete: bool = True
    """False: part of it could not be read, or is put together at run time."""
    dynamic: bool = False
    """Holds EXECUTE."""
    atomic: bool = False
    """BEGIN ATOMIC or RETURN: names were bound when it was created."""
    statements: tuple[str, ...] = ()
    """The SQL texts in it, for questions about names; () for an atomic body."""

    def unpassed(self) -> tuple[str, ...]:
        """The names a call may leave out."""
        return tuple(name for name in self.parameters if name)


def takes(routine: Routine, count: int) -> bool:
    """Whether a call with that many arguments can mean the routine."""
    body = read(routine)
    return body.required <= count and (body.variadic or count <= len(body.parameters))


def search_path(routine: Routine) -> tuple[str, ...]:
    """The schemas its names are looked for in; without a setting of its own, those most sessions have."""
    for entry in routine.config:
        name, _, value = entry.partition("=")
        if name == "search_path":
            return tuple(schema for part in _list(value) for schema in part)
    return ("public", "extensions")


def _list(value: str) -> Iterator[tuple[str, ...]]:
    for part in value.split(","):
        text = part.strip()
        if text in ("", '""'):
            continue
        try:
            yield parse_ident_list(text.replace('"$user"', "public"))
        except InvalidName:
            continue


@functools.lru_cache(maxsize=16384)
def read(routine: Routine) -> Body:
    """Read one routine's definition."""
    try:
        tree = parse(routine.definition)
    except Unreadable:
        return Body(complete=False)
    function = postgast.unwrap_node(tree.stmts[0].stmt) if tree.stmts else None
    if not isinstance(function, pb.CreateFunctionStmt):
        return Body(complete=False)
    parameters = [
        postgast.unwrap_node(p)
        for p in function.parameters
        if postgast.unwrap_node(p).mode not in (pb.FUNC_PARAM_OUT, pb.FUNC_PARAM_TABLE)
    ]
    names = tuple(p.name for p in parameters)
    required = sum(not p.HasField("defexpr") for p in parameters)
    variadic = any(p.mode == pb.FUNC_PARAM_VARIADIC for p in parameters)
    if variadic:
        return Body(names, max(required - 1, 0), variadic=True, complete=False)
    options = {o.def_elem.defname: o.def_elem.arg for o in function.options}
    language = options["language"].string.sval.lower() if "language" in options else "sql"
    if function.HasField("sql_body"):
        return _atomic(names, required, function.sql_body)
    if "as" not in options:
        return Body(names, required, complete=False)
    body = options["as"].list.items[0].string.sval
    match language:
        case "sql":
            return _sql(names, required, body)
        case "plpgsql":
            return _plpgsql(names, required, routine, body)
        case _:
            return Body(names, required, complete=False)


def _sql(names: tuple[str, ...], required: int, body: str) -> Body:
    try:
        statements = parse(body).stmts
    except Unreadable:
        return Body(names, required, complete=False)
    if len(statements) == 1 and statements[0].stmt.HasField("select_stmt"):
        return Body(names, required, result=Value(body), statements=(body,))
    return Body(names, required, expressions=(body,), complete=False, statements=(body,))


def _atomic(names: tuple[str, ...], required: int, wrapped: Any) -> Body:
    statements = list(_flat(wrapped))
    if len(statements) != 1:
        return Body(names, required, complete=False, atomic=True)
    inner = postgast.unwrap_node(statements[0])
    tree = pb.ParseResult(version=180000)
    if isinstance(inner, pb.ReturnStmt):
        select = tree.stmts.add().stmt.select_stmt
        select.target_list.add().res_target.val.CopyFrom(inner.returnval)
        select.limit_option, select.op = pb.LIMIT_OPTION_DEFAULT, pb.SETOP_NONE
    elif isinstance(inner, pb.SelectStmt):
        tree.stmts.add().stmt.select_stmt.CopyFrom(inner)
    else:
        return Body(names, required, complete=False, atomic=True)
    return Body(names, required, result=Value(postgast.deparse(tree)), atomic=True)


def _flat(wrapped: Any) -> Iterator[Any]:
    inner = postgast.unwrap_node(wrapped)
    if isinstance(inner, pb.List):
        for item in inner.items:
            yield from _flat(item)
    else:
        yield wrapped


# --- plpgsql -----------------------------------------------------------------------------------------------------

_ASSIGNED = re.compile(r"\A\s*([\w\"]+)\s*:?=(.*)\Z", re.DOTALL)


def _plpgsql(names: tuple[str, ...], required: int, routine: Routine, body: str) -> Body:
    try:
        parsed = postgast.parse_plpgsql(routine.definition)
        function = parsed[0]["PLpgSQL_function"]
    except (postgast.PgQueryError, json.JSONDecodeError, KeyError, IndexError, RecursionError):
        return Body(names, required, complete=False, dynamic=bool(re.search(r"\bexecute\b", body, re.IGNORECASE)))
    kinds = [kind for kind, _ in _walk(function)]
    texts = tuple(_as_select(inner) for kind, inner in _walk(function) if kind == "PLpgSQL_expr")
    dynamic = any(kind in ("PLpgSQL_stmt_dynexecute", "PLpgSQL_stmt_dynfors") for kind in kinds)
    block = function.get("action", {}).get("PLpgSQL_stmt_block", {})
    steps = None if "exceptions" in block else _steps(block.get("body", []))
    if steps is not None and not dynamic:
        declared = _declared(function)
        return Body(names, required, result=Branches((*declared, *steps)), statements=texts)
    return Body(names, required, expressions=texts, complete=not dynamic, dynamic=dynamic, statements=texts)


def _declared(function: Json) -> tuple[Step, ...]:
    found = []
    for datum in function.get("datums", []):
        variable = datum.get("PLpgSQL_var", {})
        if "default_val" in variable:
            expression = variable["default_val"]["PLpgSQL_expr"]
            found.append(Assign(variable["refname"], _as_select(expression)))
    return tuple(found)


def _steps(statements: list[Json]) -> tuple[Step, ...] | None:
    """The statements as steps; None as soon as one is anything else."""
    found: list[Step] = []
    for wrapped in statements:
        ((kind, statement),) = wrapped.items()
        match kind:
            case "PLpgSQL_stmt_return" if "expr" in statement:
                found.append(Return(_as_select(statement["expr"]["PLpgSQL_expr"])))
            case "PLpgSQL_stmt_return":
                pass  # the empty one the parser puts at the end
            case "PLpgSQL_stmt_return_query" if "query" in statement:
                found.append(Return(_as_select(statement["query"]["PLpgSQL_expr"])))
            case "PLpgSQL_stmt_assign":
                assigned = _ASSIGNED.match(statement["expr"]["PLpgSQL_expr"]["query"])
                if assigned is None:
                    return None
                found.append(Assign(assigned[1].strip('"'), f"select {assigned[2]}"))
            case "PLpgSQL_stmt_execsql" if statement.get("into"):
                variables = _into(statement)
                if len(variables) != 1:
                    return None
                found.append(Assign(variables[0], _as_select(statement["sqlstmt"]["PLpgSQL_expr"])))
            case "PLpgSQL_stmt_if":
                made = _if(statement)
                if made is None:
                    return None
                found.append(made)
            case "PLpgSQL_stmt_raise":
                return (*found, Return("select false")) if _raises(statement) else None
            case _:
                return None
    return tuple(found)


def _raises(statement: Json) -> bool:
    return int(statement.get("elog_level", 21)) >= 21  # ERROR: nothing gets through


def _if(statement: Json) -> If | None:
    then = _steps(statement.get("then_body", []))
    otherwise = _steps(statement.get("else_body", []))
    if then is None or otherwise is None:
        return None
    for wrapped in reversed(statement.get("elsif_list", [])):
        branch = wrapped["PLpgSQL_if_elsif"]
        steps = _steps(branch.get("stmts", []))
        if steps is None:
            return None
        otherwise = (If(_as_select(branch["cond"]["PLpgSQL_expr"]), steps, otherwise),)
    return If(_as_select(statement["cond"]["PLpgSQL_expr"]), then, otherwise)


def _into(statement: Json) -> list[str]:
    target = statement.get("target", {})
    if "PLpgSQL_row" in target:
        return [field["name"] for field in target["PLpgSQL_row"].get("fields", [])]
    if "PLpgSQL_rec" in target:
        return [target["PLpgSQL_rec"]["refname"]]
    return []


def _as_select(expression: Json) -> str:
    text, mode = str(expression["query"]), expression.get("parseMode", 0)
    if mode == 0:
        return text
    if mode == 2:
        return f"select {text}"
    assigned = _ASSIGNED.match(text)
    return f"select {assigned[2] if assigned else text}"


def _walk(value: Any) -> Iterator[tuple[str, Json]]:
    if isinstance(value, list):
        for item in value:
            yield from _walk(item)
    elif isinstance(value, dict):
        for key, inner in value.items():
            if isinstance(inner, dict) and key.startswith("PLpgSQL_"):
                yield key, inner
            yield from _walk(inner)
