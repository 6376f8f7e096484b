"""Reads the SQL of clients and routines with PostgreSQL's own parser, as far as a new column matters to it.

A new last column breaks SQL in few ways: where `*` of the table (or a whole record of it) meets a fixed number of
columns, where a function's result must equal the table's row type, and where a row constructor is cast to it. This
module finds those places and names the tables; whether a table gains a column is not its business.

The parser is that of PostgreSQL 18 (libpg_query), which reads what 15 to 18 write.
"""

from __future__ import annotations

import functools
import itertools
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import postgast
from postgast import pg_query_pb2

from ringfence.assess import viewread
from ringfence.assess.parsing import Node, Unreadable, parse
from ringfence.assess.viewread import Refused


@dataclass(frozen=True, slots=True)
class Named:
    """A relation or type as the statement spells it; `schema` is '' when it does not say."""

    schema: str
    name: str


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns a query gives: `stars`, one entry for each `*` of a table in it, and how many others."""

    stars: tuple[Named, ...] = ()
    others: int = 0
    whole_rows: tuple[str, ...] = ()
    """Names of single columns that may be a whole row, such as `t` in `select t from t`."""


@dataclass(frozen=True, slots=True)
class Insert:
    """One INSERT: where to, how many columns it lists (0: none), and what its query gives (None: no query)."""

    into: Named
    listed: int
    gives: Columns


@dataclass(frozen=True, slots=True)
class Upsert:
    """One INSERT .. ON CONFLICT that names what it may meet; without a target every unique index is looked at."""

    into: Named
    columns: tuple[str, ...] = ()
    """'' for an expression."""
    constraint: str = ""
    """ON CONFLICT ON CONSTRAINT: its name, and no columns."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything in a text that a new column could matter to."""

    results: tuple[Columns, ...] = ()
    """What comes back: of a statement to the client, of a routine to its caller."""
    inserts: tuple[Insert, ...] = ()
    unions: tuple[tuple[Columns, Columns], ...] = ()
    row_casts: tuple[Named, ...] = ()
    row_returns: tuple[int, ...] = ()
    """RETURN ROW(..) of plpgsql: the number of fields."""
    copies_in: tuple[Named, ...] = ()
    """COPY .. FROM without column list."""
    mentions: frozenset[str] = frozenset()
    """Names of all relations in it."""
    refused: tuple[Refused, ...] = ()
    """What would fail or lie if a relation in it were a view."""
    upserts: tuple[Upsert, ...] = ()
    complete: bool = True
    """False: part of the text could not be parsed."""


def column_names(expression: str) -> tuple[str, ...]:
    """The columns a boolean expression of the server's own text reads."""
    try:
        tree = parse(f"select 1 where {expression}")
    except Unreadable:
        # every word of it: too many names are better than a column that nobody looked at
        return tuple(word.strip('"') for word in re.findall(r'"[^"]+"|\w+', expression))
    return tuple(
        node.fields[-1].string.sval for _, node in postgast.walk(tree) if isinstance(node, pg_query_pb2.ColumnRef)
    )


def without_literals(text: str) -> str:
    """The statement with every literal replaced by a parameter; '' when it cannot be parsed (then it may hold data)."""
    try:
        return str(postgast.normalize(text))
    except postgast.PgQueryError:
        return ""


Rows: TypeAlias = Mapping[str, Columns]
"""Record variables that hold a row of known columns, by lower-case name."""


@dataclass(slots=True)
class _Collected:
    results: list[Columns] = field(default_factory=list)
    inserts: list[Insert] = field(default_factory=list)
    unions: list[tuple[Columns, Columns]] = field(default_factory=list)
    row_casts: list[Named] = field(default_factory=list)
    row_returns: list[int] = field(default_factory=list)
    copies_in: list[Named] = field(default_factory=list)
    mentions: set[str] = field(default_factory=set)
    refused: list[Refused] = field(default_factory=list)
    upserts: list[Upsert] = field(default_factory=list)
    complete: bool = True

    def reading(self) -> Reading:
        return Reading(
            tuple(self.results),
            tuple(self.inserts),
            tuple(self.unions),
            tuple(self.row_casts),
            tuple(self.row_returns),
            tuple(self.copies_in),
            frozenset(self.mentions),
            tuple(dict.fromkeys(self.refused)),
            tuple(dict.fromkeys(self.upserts)),
            self.complete,
        )


@functools.lru_cache(maxsize=8192)
def read_statement(text: str) -> Reading:
    """Read what a client sent; a text that was cut off is read as incomplete, never an error."""
    found = _Collected()
    for statement in _parse(text, found):
        found.results.append(_columns(statement, {}, {}))
        _inside(statement, {}, found)
    return found.reading()


@functools.lru_cache(maxsize=8192)
def read_routine(definition: str, trigger_tables: tuple[Named, ...] = ()) -> Reading:
    """Read pg_get_functiondef() text of an SQL or plpgsql routine.

    `trigger_tables` are the tables on which the routine is a trigger function: NEW and OLD are rows of theirs.
    """
    found = _Collected()
    rows: dict[str, Columns] = {}
    if trigger_tables:
        rows = {"new": Columns(trigger_tables[:1]), "old": Columns(trigger_tables[:1])}
    for statement in _parse(definition, found):
        function = postgast.unwrap_node(statement)
        if not isinstance(function, pg_query_pb2.CreateFunctionStmt):
            continue
        options = {o.def_elem.defname: o.def_elem.arg for o in function.options}
        language = options["language"].string.sval.lower() if "language" in options else "sql"
        if function.HasField("sql_body"):
            _read_statements(list(_atomic(function.sql_body)), rows, found)
        elif "as" in options:
            body = options["as"].list.items[0].string.sval
            if language == "sql":
                _read_statements(list(_parse(body, found)), rows, found)
            elif language == "plpgsql":
                _read_plpgsql(definition, function, body, rows, found)
            else:
                found.complete = False
    return found.reading()


# --- SQL ---------------------------------------------------------------------------------------------------------


def _parse(text: str, found: _Collected) -> Iterator[Node]:
    try:
        tree = parse(text)
    except Unreadable:
        found.complete = False
        return
    for raw in tree.stmts:
        yield raw.stmt


def _atomic(body: Node) -> Iterator[Node]:
    # BEGIN ATOMIC comes as a list of lists, RETURN expression as a single statement
    inner = postgast.unwrap_node(body)
    if isinstance(inner, pg_query_pb2.List):
        for item in inner.items:
            yield from _atomic(item)
    else:
        yield body


def _read_statements(statements: list[Node], rows: Rows, found: _Collected) -> None:
    """An SQL function's statements: the last one's rows are its result."""
    for statement in statements:
        _inside(statement, rows, found)
    if statements:
        found.results.append(_columns(statements[-1], {}, rows))


def _inside(statement: Node, rows: Rows, found: _Collected) -> None:
    """Everything of interest at any depth of one statement."""
    inner = postgast.unwrap_node(statement)
    known = _all_ctes(inner)
    found.refused.extend(viewread.refused(statement))
    for _, node in postgast.walk(inner):
        match node:
            case pg_query_pb2.RangeVar():
                found.mentions.add(node.relname)
            case pg_query_pb2.InsertStmt():
                found.mentions.add(node.relation.relname)
                gives = Columns()
                if node.HasField("select_stmt"):
                    gives = _columns(node.select_stmt, known, rows)
                found.inserts.append(Insert(_named(node.relation), len(node.cols), gives))
                if node.on_conflict_clause.HasField("infer"):
                    infer = node.on_conflict_clause.infer
                    columns = tuple(e.index_elem.name for e in infer.index_elems)
                    found.upserts.append(Upsert(_named(node.relation), columns, infer.conname))
            case pg_query_pb2.SelectStmt() if node.op not in (0, pg_query_pb2.SETOP_NONE):
                found.unions.append((_columns(node.larg, known, rows), _columns(node.rarg, known, rows)))
            case pg_query_pb2.TypeCast() if isinstance(postgast.unwrap_node(node.arg), pg_query_pb2.RowExpr):
                names = [n.string.sval for n in node.type_name.names]
                found.row_casts.append(Named(names[-2] if len(names) > 1 else "", names[-1]))
            case pg_query_pb2.CopyStmt() if node.is_from and node.HasField("relation") and not node.attlist:
                found.copies_in.append(_named(node.relation))
            case _:
                pass


Ctes: TypeAlias = Mapping[str, Node]


def _all_ctes(statement: Node) -> dict[str, Node]:
    # one namespace for all depths: a name used twice would be rare, and only widens what is looked at
    return {
        node.ctename: node.ctequery
        for _, node in postgast.walk(statement)
        if isinstance(node, pg_query_pb2.CommonTableExpr)
    }


def _columns(statement: Node, ctes: Ctes, rows: Rows, depth: int = 0) -> Columns:
    """The columns a statement gives back."""
    node = postgast.unwrap_node(statement)
    if depth > 20:  # a recursive CTE that selects * from itself
        return Columns()
    match node:
        case pg_query_pb2.SelectStmt():
            inner = {**ctes, **_with(node)}
            if node.op not in (0, pg_query_pb2.SETOP_NONE):
                return _columns(node.larg, inner, rows, depth + 1)
            if node.values_lists:
                items = postgast.unwrap_node(node.values_lists[0]).items
                return _targets(items, [], inner, rows, depth)
            return _targets([t.res_target.val for t in node.target_list], node.from_clause, inner, rows, depth)
        case (
            pg_query_pb2.InsertStmt() | pg_query_pb2.UpdateStmt() | pg_query_pb2.DeleteStmt() | pg_query_pb2.MergeStmt()
        ):
            inner = {**ctes, **_with(node)}
            sources = [node.relation]
            match node:
                case pg_query_pb2.UpdateStmt():
                    sources += node.from_clause
                case pg_query_pb2.DeleteStmt():
                    sources += node.using_clause
                case pg_query_pb2.MergeStmt():
                    sources = [node.source_relation, node.relation]
            return _targets([t.res_target.val for t in _returning(node)], sources, inner, rows, depth)
        case _:
            return Columns()


def _returning(node: Node) -> Any:
    return node.returning_clause.exprs if node.HasField("returning_clause") else ()


def _with(node: Node) -> dict[str, Node]:
    if not node.HasField("with_clause"):
        return {}
    return {c.common_table_expr.ctename: c.common_table_expr.ctequery for c in node.with_clause.ctes}


def _targets(values: Iterable[Node], sources: Iterable[Node], ctes: Ctes, rows: Rows, depth: int) -> Columns:
    items = list(itertools.chain.from_iterable(_sources(s) for s in sources))
    stars: list[Named] = []
    whole: list[str] = []
    others = 0
    for value in values:
        target = postgast.unwrap_node(value)
        if isinstance(target, pg_query_pb2.A_Indirection) and _is_star(target.indirection):
            # (new).* and the like
            record = postgast.unwrap_node(target.arg)
            name = record.fields[-1].string.sval if isinstance(record, pg_query_pb2.ColumnRef) else ""
            stars += rows.get(name.lower(), Columns()).stars
            continue
        if not isinstance(target, pg_query_pb2.ColumnRef):
            others += 1
            continue
        fields = [postgast.unwrap_node(f) for f in target.fields]
        if not isinstance(fields[-1], pg_query_pb2.A_Star):
            others += 1
            if len(fields) == 1:
                whole.append(fields[0].sval)
            continue
        qualifier = [f.sval for f in fields[:-1]]
        chosen = [i for i in items if not qualifier or _matches(i, qualifier)]
        if qualifier and not chosen and len(qualifier) == 1:
            record_columns = rows.get(qualifier[0].lower(), Columns())
            stars += record_columns.stars
            others += record_columns.others
        for item in chosen:
            given = _item_columns(item, ctes, rows, depth)
            stars += given.stars
            others += given.others
    return Columns(tuple(stars), others, tuple(whole))


def _is_star(indirection: Any) -> bool:
    return len(indirection) == 1 and isinstance(postgast.unwrap_node(indirection[0]), pg_query_pb2.A_Star)


def _sources(source: Node) -> Iterator[Node]:
    """The single items of a FROM entry, joins taken apart."""
    node = postgast.unwrap_node(source)
    if isinstance(node, pg_query_pb2.JoinExpr):
        yield from _sources(node.larg)
        yield from _sources(node.rarg)
    else:
        yield node


def _matches(item: Node, qualifier: list[str]) -> bool:
    alias = item.alias.aliasname if item.HasField("alias") else ""
    if alias:
        return qualifier == [alias]
    if not isinstance(item, pg_query_pb2.RangeVar):
        return False
    return qualifier[-1] == item.relname and (len(qualifier) == 1 or qualifier[-2] == item.schemaname)


def _item_columns(item: Node, ctes: Ctes, rows: Rows, depth: int) -> Columns:
    match item:
        case pg_query_pb2.RangeVar():
            if not item.schemaname and item.relname in ctes:
                rest = {name: query for name, query in ctes.items() if name != item.relname}
                return _columns(ctes[item.relname], rest, rows, depth + 1)
            return Columns((_named(item),))
        case pg_query_pb2.RangeSubselect():
            return _columns(item.subquery, ctes, rows, depth + 1)
        case _:
            return Columns((), 1)


def _named(relation: Node) -> Named:
    return Named(relation.schemaname, relation.relname)


# --- plpgsql -----------------------------------------------------------------------------------------------------

_HEAD = re.compile(r"\breturns\s+(trigger|event_trigger)\b", re.IGNORECASE)
_DECLARED = re.compile(
    r"""([a-z_]\w*)\s+(?:constant\s+)?((?:"[^"]+"|\w+)(?:\.(?:"[^"]+"|\w+))?)\s*(?:%\s*rowtype\s*)?(?:;|:=|=|not\s+null|default)""",
    re.IGNORECASE,
)
_ASSIGNED = re.compile(r"\A\s*[\w.\"\[\]]+\s*:?=", re.DOTALL)
_STARTS = re.compile(
    r"\b(insert|select|with|update|delete|merge|copy|perform|values|truncate|alter|create)\b", re.IGNORECASE
)


def _read_plpgsql(definition: str, function: Node, body: str, rows: dict[str, Columns], found: _Collected) -> None:
    rows = {**_declared(body), **rows}
    try:
        parsed = postgast.parse_plpgsql(_parsable(definition, function, body))
    except (postgast.PgQueryError, json.JSONDecodeError):
        # what the parser of plpgsql cannot read (its output for some functions is no JSON) is read piece by piece
        found.complete = False
        _read_pieces(body, rows, found)
        return
    statements = list(_walk_json(parsed))
    for kind, statement in statements:
        rows.update(_filled(kind, statement, found))
    for kind, statement in statements:
        match kind:
            case "PLpgSQL_expr":
                for node in _expression(statement, found):
                    _inside(node, rows, found)
            case "PLpgSQL_stmt_return_query" if "query" in statement:
                query = statement["query"]["PLpgSQL_expr"]["query"]
                found.results += [_columns(n, {}, rows) for n in _parse(query, found)]
            case "PLpgSQL_stmt_return" if "expr" in statement:
                for node in _expression(statement["expr"]["PLpgSQL_expr"], found):
                    for target in postgast.unwrap_node(node).target_list:
                        value = postgast.unwrap_node(target.res_target.val)
                        if isinstance(value, pg_query_pb2.RowExpr):
                            found.row_returns.append(len(value.args))
            case "PLpgSQL_stmt_dynexecute":
                for text in _constants(statement["query"]["PLpgSQL_expr"], found):
                    for node in _parse(text, _Collected()):  # a piece that is only completed at run time
                        _inside(node, rows, found)
            case _:
                pass


def trigger_texts(definition: str) -> tuple[str, ...]:
    """The SQL texts in a plpgsql trigger function, expressions as a SELECT; () when it cannot be read."""
    found = _Collected()
    for statement in _parse(definition, found):
        function = postgast.unwrap_node(statement)
        if not isinstance(function, pg_query_pb2.CreateFunctionStmt):
            continue
        options = {o.def_elem.defname: o.def_elem.arg for o in function.options}
        if "as" not in options:
            continue
        body = options["as"].list.items[0].string.sval
        try:
            parsed = postgast.parse_plpgsql(_parsable(definition, function, body))
        except (postgast.PgQueryError, json.JSONDecodeError):
            return ()
        return tuple(
            text if mode == 0 else f"select {text}" if mode == 2 else "select " + _ASSIGNED.sub("", text, count=1)
            for kind, inner in _walk_json(parsed)
            if kind == "PLpgSQL_expr"
            for text, mode in ((str(inner["query"]), inner.get("parseMode", 0)),)
        )
    return ()


def _parsable(definition: str, function: Node, body: str) -> str:
    """The routine in a form the plpgsql parser can put out.

    For trigger functions it writes broken JSON (its special variables come out as empty entries), so their body is
    read as that of a function with NEW and OLD as parameters.
    """
    returned = function.return_type.names[-1].string.sval if function.return_type.names else ""
    if returned not in ("trigger", "event_trigger"):
        return definition
    quote = "$ringfence$"
    while quote in body:
        quote = quote[:-1] + "x$"
    return f"create function f(new record, old record) returns record language plpgsql as {quote}{body}{quote}"


def _declared(body: str) -> dict[str, Columns]:
    """Variables of a named type; whether it is a table's row type is for the caller's names to decide."""
    found: dict[str, Columns] = {}
    for variable, kind in _DECLARED.findall(body):
        parts = [p.strip('"') if p.startswith('"') else p.lower() for p in re.findall(r'"[^"]+"|\w+', kind)]
        found[variable.lower()] = Columns((Named(parts[-2] if len(parts) > 1 else "", parts[-1]),))
    return found


def _walk_json(value: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(value, list):
        for item in value:
            yield from _walk_json(item)
    elif isinstance(value, dict):
        for key, inner in value.items():
            if isinstance(inner, dict) and key.startswith("PLpgSQL_"):
                yield key, inner
            yield from _walk_json(inner)


def _filled(kind: str, statement: dict[str, Any], found: _Collected) -> dict[str, Columns]:
    """A record variable that a query fills has the query's columns."""
    match kind:
        case "PLpgSQL_stmt_fors":
            variable, query = statement.get("var", {}), statement.get("query", {})
        case "PLpgSQL_stmt_execsql" if statement.get("into"):
            variable, query = statement.get("target", {}), statement.get("sqlstmt", {})
        case _:
            return {}
    record = variable.get("PLpgSQL_rec")
    expression = query.get("PLpgSQL_expr")
    if record is None or expression is None:
        return {}
    gives = [_columns(n, {}, {}) for n in _parse(expression["query"], found)]
    return {record["refname"].lower(): gives[0]} if gives and gives[0].stars else {}


def _expression(expression: dict[str, Any], found: _Collected) -> Iterator[Node]:
    """The statement in a plpgsql expression; parseMode 0 is a statement, 2 an expression, 3 to 5 an assignment."""
    text, mode = expression["query"], expression.get("parseMode", 0)
    match mode:
        case 0:
            yield from _parse(text, found)
        case 2:
            yield from _parse(f"select {text}", found)
        case _:
            yield from _parse("select " + _ASSIGNED.sub("", text, count=1), found)


def _constants(expression: dict[str, Any], found: _Collected) -> Iterator[str]:
    for node in _expression(expression, found):
        for _, inner in postgast.walk(node):
            if isinstance(inner, pg_query_pb2.A_Const) and inner.HasField("sval"):
                yield inner.sval.sval


def _read_pieces(body: str, rows: Rows, found: _Collected) -> None:
    for piece in body.split(";"):
        start = _STARTS.search(piece)
        if start is None:
            continue
        text = re.sub(r"\Aperform\b", "select", piece[start.start() :], flags=re.IGNORECASE)
        for node in _parse(text, found):
            _inside(node, rows, found)
