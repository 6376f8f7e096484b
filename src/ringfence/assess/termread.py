"""Policy expressions, as the server writes them, become terms; helper functions are read and put in where they stand.

`pg_get_expr` writes columns of the policy's table bare, and inside a subquery every column with the name of the row it
belongs to, so what a name was bound to can be seen, however it was meant. Helpers are followed through SQL and plpgsql
bodies, HELPERS_DEEP_MAX deep; of what cannot be followed the session's words in it are kept.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import postgast
from postgast import pg_query_pb2 as pb

from ringfence.assess import helperread
from ringfence.assess.helperread import Body
from ringfence.assess.parsing import Node, Unreadable, parse
from ringfence.assess.sessionwords import PLATFORM, builtin, json_step
from ringfence.assess.terms import (
    NULL,
    TRUE,
    And,
    Apply,
    Case,
    Coalesce,
    Compare,
    Inner,
    IsNull,
    Not,
    Opaque,
    Or,
    Own,
    Query,
    Reading,
    Same,
    Select,
    Session,
    Term,
    leaves,
)
from ringfence.assess.termshapes import called, cast, compare, constant, name_of, output_names, plain, row_in, truth
from ringfence.catalog.model import Catalog, Routine, Table
from ringfence.names import QualifiedName

HELPERS_DEEP_MAX = 8

_JSON = frozenset({"->", "->>", "#>", "#>>"})
_ROLE_WORDS = frozenset(
    {
        pb.SVFOP_CURRENT_USER,
        pb.SVFOP_CURRENT_ROLE,
        pb.SVFOP_USER,
        pb.SVFOP_SESSION_USER,
    }
)


@dataclass(frozen=True, slots=True)
class Read:
    """One expression, read: its term and the helpers it goes through, however deep."""

    term: Term
    calls: frozenset[QualifiedName]
    legible: bool = True
    """Its text could be parsed."""


@dataclass(slots=True)
class _Scope:
    """What names mean at one place of the text."""

    own: Mapping[str, Own] = field(default_factory=dict)
    """Columns of the policy's table."""
    own_name: str = ""
    rows: dict[str, _Row] = field(default_factory=dict)
    ctes: dict[str, Query] = field(default_factory=dict)
    params: Mapping[str, Term] = field(default_factory=dict)
    path: tuple[str, ...] = ()
    """Schemas in which unqualified relations are looked for (helpers only)."""
    acting: str = ""
    """Inside a SECURITY DEFINER helper its owner."""
    deep: int = 0
    stack: frozenset[QualifiedName] = frozenset()

    def inside(self) -> _Scope:
        return replace(self, rows=dict(self.rows), ctes=dict(self.ctes))


@dataclass(slots=True)
class _Row:
    alias: str
    relation: QualifiedName | None = None
    columns: frozenset[str] | None = None
    """Known columns, None when any name may be one."""
    outputs: Mapping[str, Term] | None = None
    """Of a subquery in FROM: what its columns are."""
    value: Term | None = None
    """Of a function in FROM: what its one column is."""


class Reader:
    """Reads expressions of one catalog. Equal texts over equal columns are read once."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self._numbers = itertools.count()
        self._calls: set[QualifiedName] = set()
        self._routines: dict[QualifiedName, list[Routine]] = {}
        for routine in catalog.routines:
            self._routines.setdefault(routine.name, []).append(routine)
        self._views = {view.name: view for view in catalog.views}
        self._by_bare_name: dict[str, list[QualifiedName]] = {}
        for name in (*(t.name for t in catalog.tables), *(v.name for v in catalog.views)):
            self._by_bare_name.setdefault(name.name, []).append(name)

    def expression(self, text: str, table: Table) -> Read:
        """Read one expression over the rows of a table; what PostgreSQL's parser refuses is an unread term."""
        self._calls = set()
        scope = _Scope({c.name: Own(c.name, c.not_null) for c in table.columns}, table.name.name)
        try:
            targets = parse(f"select {text}").stmts[0].stmt.select_stmt.target_list
            known = len(targets) == 1
            term = self._term(targets[0].res_target.val, scope) if known else Opaque(table.name, (), unread=True)
        except (Unreadable, RecursionError):
            return Read(Opaque(table.name, (), unread=True), frozenset(), legible=False)
        return Read(term, frozenset(self._calls))

    def value(self, routine: Routine) -> Term:
        """What a routine is worth, called with its own parameters."""
        self._calls = set()
        body = helperread.read(routine)
        return self._inlined(routine, tuple(Apply("argument", ()) for _ in body.parameters), _Scope())

    def routines(self, name: QualifiedName) -> tuple[Routine, ...]:
        """Every function of that name."""
        return tuple(self._routines.get(name, ()))

    # --- expressions ---------------------------------------------------------------------------------------------

    def _term(self, wrapped: Node, scope: _Scope) -> Term:
        node = postgast.unwrap_node(wrapped)
        match node:
            case pb.A_Const():
                return constant(node)
            case pb.ColumnRef():
                return self._column(node, scope)
            case pb.ParamRef():
                return scope.params.get(f"${node.number}", NULL)
            case pb.TypeCast():
                return cast(self._term(node.arg, scope), node)
            case pb.CollateClause():
                return self._term(node.arg, scope)
            case pb.BoolExpr():
                args = tuple(self._term(a, scope) for a in node.args)
                if node.boolop == pb.NOT_EXPR:
                    return Not(args[0])
                return And(args) if node.boolop == pb.AND_EXPR else Or(args)
            case pb.A_Expr():
                return self._operation(node, scope)
            case pb.NullTest():
                test = IsNull(self._term(node.arg, scope))
                return test if node.nulltesttype == pb.IS_NULL else Not(test)
            case pb.BooleanTest():
                return truth(self._term(node.arg, scope), node.booltesttype)
            case pb.CoalesceExpr():
                return Coalesce(tuple(self._term(a, scope) for a in node.args))
            case pb.CaseExpr():
                return self._case(node, scope)
            case pb.SubLink():
                return self._sublink(node, scope)
            case pb.FuncCall():
                return self._call(node, scope)
            case pb.SQLValueFunction():
                return Session("role") if node.op in _ROLE_WORDS else Apply("now", ())
            case pb.A_Indirection():
                return self._indirection(node, scope)
            case _:
                return Apply(type(node).__name__, tuple(self._parts(node, scope)))

    def _parts(self, node: Node, scope: _Scope) -> Iterator[Term]:
        """The expressions inside a construct that has no meaning of its own here: ARRAY[..], ROW(..), GREATEST(..)."""
        for name in ("arg", "args", "elements", "items"):
            value = getattr(node, name, None)
            if value is None:
                continue
            yield from (self._term(v, scope) for v in ([value] if isinstance(value, pb.Node) else value))

    def _column(self, node: Node, scope: _Scope) -> Term:
        fields = [f.string.sval for f in node.fields if f.WhichOneof("node") == "string"]
        name, qualifier = fields[-1] if fields else "", fields[-2] if len(fields) > 1 else ""
        if qualifier:
            row = scope.rows.get(qualifier)
            if row is not None:
                return _of_row(row, name)
            if qualifier == scope.own_name and name in scope.own:
                return scope.own[name]
            if f"{qualifier}.{name}" in scope.params:
                return scope.params[f"{qualifier}.{name}"]
            record = scope.params.get(qualifier)
            return Apply(name, (record,)) if record is not None else Apply(name, ())
        for row in reversed(scope.rows.values()):
            if (row.columns is not None and name in row.columns) or (row.outputs is not None and name in row.outputs):
                return _of_row(row, name)
            if row.value is not None and name == row.alias.partition("#")[0]:
                return row.value
        if name in scope.params:
            return scope.params[name]
        if name in scope.own:
            return scope.own[name]
        if name in scope.rows:  # a whole row
            return Inner(scope.rows[name].alias, scope.rows[name].relation, "*")
        if name == scope.own_name:
            return Apply("row", tuple(scope.own.values()))
        for row in scope.rows.values():
            if row.columns is None and row.outputs is None:
                return _of_row(row, name)
        return Apply(name, ())

    def _operation(self, node: Node, scope: _Scope) -> Term:
        op = node.name[-1].string.sval
        schema = node.name[0].string.sval if len(node.name) > 1 else "pg_catalog"
        kind = node.kind
        if kind == pb.AEXPR_IN:
            left = self._term(node.lexpr, scope)
            items = [self._term(i, scope) for i in postgast.unwrap_node(node.rexpr).items]
            if op == "=":
                return Or(tuple(Compare("=", left, item) for item in items))
            return And(tuple(Compare("<>", left, item) for item in items))
        left = self._term(node.lexpr, scope) if node.HasField("lexpr") else NULL
        if kind in (pb.AEXPR_BETWEEN, pb.AEXPR_NOT_BETWEEN, pb.AEXPR_BETWEEN_SYM, pb.AEXPR_NOT_BETWEEN_SYM):
            bounds = tuple(self._term(i, scope) for i in postgast.unwrap_node(node.rexpr).items)
            return Compare("between", left, Apply("bounds", bounds))
        right = self._term(node.rexpr, scope)
        if schema != "pg_catalog":
            called = self._named_call(QualifiedName(schema, op), (left, right), scope)
            return replace(called, unread=True) if isinstance(called, Opaque) else called
        match kind:
            case pb.AEXPR_DISTINCT:
                return Not(Same(left, right))
            case pb.AEXPR_NOT_DISTINCT:
                return Same(left, right)
            case pb.AEXPR_NULLIF:
                return left
            case pb.AEXPR_OP_ANY | pb.AEXPR_OP_ALL:
                every = kind == pb.AEXPR_OP_ALL
                if isinstance(right, Apply) and right.name == "A_ArrayExpr":
                    compared = tuple(compare(op, left, item) for item in right.args)
                    return And(compared) if every else Or(compared)
                return Compare(plain(op), left, right, all_of=every)
            case _:
                if op in _JSON:
                    return json_step(left, op, right)
                return compare(op, left, right)

    def _case(self, node: Node, scope: _Scope) -> Term:
        subject = self._term(node.arg, scope) if node.HasField("arg") else None
        branches = []
        for wrapped in node.args:
            when = postgast.unwrap_node(wrapped)
            condition = self._term(when.expr, scope)
            branches.append(
                (condition if subject is None else Compare("=", subject, condition), self._term(when.result, scope))
            )
        return Case(tuple(branches), self._term(node.defresult, scope) if node.HasField("defresult") else NULL)

    def _indirection(self, node: Node, scope: _Scope) -> Term:
        value = self._term(node.arg, scope)
        for step in map(postgast.unwrap_node, node.indirection):
            if isinstance(step, pb.A_Indices) and step.HasField("uidx"):
                value = json_step(value, "->", self._term(step.uidx, scope))
            else:
                value = Apply("field", (value,))
        return value

    # --- subqueries ----------------------------------------------------------------------------------------------

    def _sublink(self, node: Node, scope: _Scope) -> Term:
        inner = self.query(node.subselect, scope)
        match node.sub_link_type:
            case pb.EXISTS_SUBLINK:
                return replace(inner, asks="exists")
            case pb.ANY_SUBLINK | pb.ALL_SUBLINK:
                op = node.oper_name[-1].string.sval if node.oper_name else "="
                tested = self._term(node.testexpr, scope)
                every = node.sub_link_type == pb.ALL_SUBLINK
                if isinstance(tested, Apply) and tested.name == "RowExpr":
                    return row_in(tested, inner)
                return Compare(plain(op), tested, inner, all_of=every)
            case _:
                return inner

    def query(self, wrapped: Node, scope: _Scope) -> Query:
        """A SELECT as a query that gives its first column's values."""
        node = postgast.unwrap_node(wrapped)
        if not isinstance(node, pb.SelectStmt):
            return Query("value", (Select(TRUE, (Opaque(QualifiedName("?", "?"), (), unread=True),)),))
        inner = scope.inside()
        if node.HasField("with_clause"):
            for wrapped_cte in node.with_clause.ctes:
                cte = wrapped_cte.common_table_expr
                query = self.query(cte.ctequery, inner)
                inner.ctes[cte.ctename] = query
        match node.op:
            case pb.SETOP_UNION:
                return Query("value", self.query(node.larg, inner).selects + self.query(node.rarg, inner).selects)
            case pb.SETOP_INTERSECT | pb.SETOP_EXCEPT:
                return self.query(node.larg, inner)  # a part of the left side: nothing more gets through
            case _:
                pass
        if node.values_lists:
            rows = [postgast.unwrap_node(row).items for row in node.values_lists]
            return Query("value", tuple(Select(TRUE, tuple(self._term(v, inner) for v in row)) for row in rows))
        conditions: list[Term] = []
        reads: list[Reading] = []
        for item in node.from_clause:
            self._from(postgast.unwrap_node(item), inner, conditions, reads)
        if node.HasField("where_clause"):
            conditions.append(self._term(node.where_clause, inner))
        if node.HasField("having_clause"):
            conditions.append(self._term(node.having_clause, inner))
        outputs = tuple(self._term(t.res_target.val, inner) for t in node.target_list)
        return Query("value", (Select(And(tuple(conditions)) if conditions else TRUE, outputs, tuple(reads)),))

    def _from(self, item: Node, scope: _Scope, conditions: list[Term], reads: list[Reading]) -> None:
        match item:
            case pb.JoinExpr():
                self._from(postgast.unwrap_node(item.larg), scope, conditions, reads)
                self._from(postgast.unwrap_node(item.rarg), scope, conditions, reads)
                if item.HasField("quals"):
                    conditions.append(self._term(item.quals, scope))
                if item.using_clause:
                    columns = [postgast.unwrap_node(u).sval for u in item.using_clause]
                    left, right = list(scope.rows.values())[-2:]
                    conditions += [Compare("=", _of_row(left, c), _of_row(right, c)) for c in columns]
            case pb.RangeVar():
                name = item.alias.aliasname if item.HasField("alias") else item.relname
                if not item.schemaname and item.relname in scope.ctes:
                    self._derived(name, scope.ctes[item.relname], (), scope, conditions)
                    return
                relation = self._relation(item.schemaname, item.relname, scope.path)
                scope.rows[name] = _Row(f"{name}#{next(self._numbers)}", relation, self._columns(relation))
                if relation is not None:
                    reads.append(Reading(relation, scope.acting))
            case pb.RangeSubselect():
                query = self.query(item.subquery, scope)
                names = tuple(n.string.sval for n in item.alias.colnames) if item.HasField("alias") else ()
                self._derived(item.alias.aliasname, query, names, scope, conditions, output_names(item.subquery))
            case pb.RangeFunction():
                call = postgast.unwrap_node(item.functions[0]).items[0]
                name = item.alias.aliasname if item.HasField("alias") else called(call)
                columns = [n.string.sval for n in item.alias.colnames] if item.HasField("alias") else []
                value = self._term(call, scope)
                outputs = dict.fromkeys(columns, value) if columns else None
                scope.rows[name] = _Row(f"{name}#{next(self._numbers)}", outputs=outputs, value=value)
            case _:
                conditions.append(Opaque(QualifiedName("?", type(item).__name__), (), unread=True))

    def _derived(
        self,
        name: str,
        query: Query,
        names: tuple[str, ...],
        scope: _Scope,
        conditions: list[Term],
        own_names: tuple[str, ...] = (),
    ) -> None:
        """A subquery in FROM: its rows' conditions hold here, too, and its columns are what it gives."""
        first = query.selects[0]
        if len(query.selects) == 1:
            conditions.append(first.where)
            values: tuple[Term, ...] = first.outputs
        else:
            values = tuple(
                Query("value", tuple(replace(s, outputs=s.outputs[n : n + 1]) for s in query.selects))
                for n in range(len(first.outputs))
            )
        known = names or own_names or tuple(name_of(v) for v in values)
        scope.rows[name] = _Row(f"{name}#{next(self._numbers)}", outputs=dict(zip(known, values, strict=False)))

    def _relation(self, schema: str, name: str, path: Iterable[str]) -> QualifiedName | None:
        if schema:
            return QualifiedName(schema, name)
        found = self._by_bare_name.get(name, [])
        for searched in path:
            if QualifiedName(searched, name) in found:
                return QualifiedName(searched, name)
        return found[0] if len(found) == 1 else None

    @functools.lru_cache(maxsize=8192)  # noqa: B019 - one reader for one assessment
    def _columns(self, relation: QualifiedName | None) -> frozenset[str] | None:
        if relation is None:
            return None
        table = self.catalog.table(relation)
        if table is not None:
            return frozenset(c.name for c in table.columns)
        view = self._views.get(relation)
        return frozenset(view.columns) if view is not None else None

    # --- helpers -------------------------------------------------------------------------------------------------

    def _call(self, node: Node, scope: _Scope) -> Term:
        parts = [n.string.sval for n in node.funcname]
        schema, name = (parts[-2] if len(parts) > 1 else "", parts[-1])
        args = tuple(self._term(a, scope) for a in node.args)
        if schema in ("", "pg_catalog"):
            known = builtin(name, args)
            if known is not None:
                return known
            if schema == "" and scope.path:
                for searched in scope.path:
                    if QualifiedName(searched, name) in self._routines:
                        return self._named_call(QualifiedName(searched, name), args, scope)
            return Apply(name, args)
        return self._named_call(QualifiedName(schema, name), args, scope)

    def _named_call(self, name: QualifiedName, args: tuple[Term, ...], scope: _Scope) -> Term:
        if name in PLATFORM and not args:
            self._calls.add(name)
            return PLATFORM[name]
        if name.schema == "ringfence":
            return Opaque(name, args, frozenset({Session("ringfence", name.name)}))
        overloads = self._routines.get(name, [])
        if not overloads:
            # an extension's: a value like any other; whether it lets rows through on its own cannot be seen
            return Opaque(name, args, unread=True)
        self._calls.add(name)
        fitting = [r for r in overloads if helperread.takes(r, len(args))]
        if len(fitting) != 1 or scope.deep >= HELPERS_DEEP_MAX or name in scope.stack:
            return Opaque(name, args, unread=True)
        return self._inlined(fitting[0], args, scope)

    def _inlined(self, routine: Routine, args: tuple[Term, ...], scope: _Scope) -> Term:
        body = helperread.read(routine)
        params: dict[str, Term] = dict.fromkeys(body.unpassed(), NULL)
        for number, (parameter, value) in enumerate(zip(body.parameters, args, strict=False)):
            params[f"${number + 1}"] = value
            if parameter:
                # the server writes parameters of an atomic body with the function's name before them
                params[parameter] = params[f"{routine.name.name}.{parameter}"] = value
        inner = _Scope(
            params=params,
            path=helperread.search_path(routine),
            acting=routine.owner if routine.security_definer else scope.acting,
            deep=scope.deep + 1,
            stack=scope.stack | {routine.name},
        )
        term = self._body(body, inner)
        if term is not None:
            return term
        says: set[Session] = set()
        complete = body.complete
        for text in body.expressions:
            try:
                tree = parse(text)
            except Unreadable:
                complete = False
                continue
            for raw in tree.stmts:
                query = self.query(raw.stmt, inner) if raw.stmt.HasField("select_stmt") else None
                seen = leaves(query) if query is not None else frozenset()
                says |= {t for t in seen if isinstance(t, Session)}
        return Opaque(routine.name, args, frozenset(says), unread=not complete)

    def _body(self, body: Body, scope: _Scope) -> Term | None:
        """The value of a body as one term, None when it is no single value."""
        match body.result:
            case helperread.Value(text):
                return self._first(text, scope)
            case helperread.Branches():
                return self._steps(body.result.steps, scope)
            case None:
                return None

    def _steps(self, steps: tuple[helperread.Step, ...], scope: _Scope) -> Term | None:
        """IF and RETURN of plpgsql as CASE; assignments and SELECT INTO replace the variable from there on."""
        if not steps:
            return NULL
        step, rest = steps[0], steps[1:]
        match step:
            case helperread.Return(text):
                return self._first(text, scope)
            case helperread.Assign(variable, text):
                value = self._first(text, scope)
                if value is None:
                    return None
                return self._steps(rest, replace(scope, params={**scope.params, variable: value}))
            case helperread.If(condition, then, otherwise):
                tested = self._first(condition, scope)
                kept = self._steps((*then, *rest), scope)
                missed = self._steps((*otherwise, *rest), scope)
                if tested is None or kept is None or missed is None:
                    return None
                return Case(((tested, kept),), missed)

    def _first(self, text: str, scope: _Scope) -> Term | None:
        try:
            tree = parse(text)
        except Unreadable:
            return None
        if not tree.stmts or not tree.stmts[-1].stmt.HasField("select_stmt"):
            return None
        query = self.query(tree.stmts[-1].stmt, scope)
        if len(query.selects) == 1 and query.selects[0].where == TRUE and not query.selects[0].reads:
            outputs = query.selects[0].outputs
            return outputs[0] if outputs else NULL
        return query


def _of_row(row: _Row, name: str) -> Term:
    if row.outputs is not None:
        return row.outputs.get(name, Apply(name, tuple(row.outputs.values())))
    if row.value is not None:
        return row.value
    return Inner(row.alias, row.relation, name)
