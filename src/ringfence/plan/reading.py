"""What one SQL statement does, read from PostgreSQL's own parse tree: kind, lock, tables, and the names it spells.

The plan's constructors declare all this beside the text; here it is found again by another road, so that `lint` can
hold the one against the other. What cannot be judged is said to be unknown, never harmless.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

import postgast
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from postgast import pg_query_pb2 as tree

from ringfence.errors import RingfenceError
from ringfence.names import QualifiedName
from ringfence.plan.model import LockMode

OURS = "ringfence"
_PARAMETER = re.compile(r"%\((\w+)\)s|%%")


class UnreadableSql(RingfenceError):
    """PostgreSQL's parser does not accept a statement."""

    code = "RF420"


class Kind(Enum):
    """What sort of statement it is, as far as the laws care."""

    QUERY = "query"
    ROWS = "rows"
    """Changes rows: INSERT, UPDATE, DELETE, MERGE, also inside WITH."""
    DEFINITION = "definition"
    """Changes the catalog."""
    LOCK = "lock"
    SETTING = "setting"
    MAINTENANCE = "maintenance"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class PolicyRead:
    """What a CREATE POLICY says."""

    name: str
    permissive: bool
    command: str
    """all, select, insert, update or delete."""
    to_public: bool
    using: bool
    check: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """One statement as the parser sees it."""

    kind: Kind
    lock: LockMode = LockMode.NONE
    """The lock it takes on `tables`."""
    tables: tuple[QualifiedName, ...] = ()
    """The tables it changes or locks by name; an index dropped by name does not tell its table."""
    referenced: tuple[QualifiedName, ...] = ()
    """Tables locked beside them because a new foreign key points there."""
    writes: tuple[tuple[QualifiedName, tuple[str, ...]], ...] = ()
    """For changes of rows: each target with the columns an UPDATE sets."""
    relations: tuple[tuple[str, str], ...] = ()
    """Every relation named, schema and name; the schema is empty where none is written and no WITH defines the name."""
    spelled: tuple[str, ...] = ()
    """Identifiers of the application that a definition names: tables, columns, constraints, indexes, triggers."""
    concurrent: bool = False
    creates: QualifiedName | None = None
    scans: str = ""
    """Why it reads or rewrites the whole table under its lock, '' when it does not."""
    checks_present: tuple[str, str] | None = None
    """(constraint, column) when it adds a CHECK that the column is not null."""
    validates: str | None = None
    sets_not_null: tuple[str, ...] = ()
    skips_locked: bool = False
    local: bool = False
    """For a setting: SET LOCAL."""
    of_view: bool = False
    """Drops a view, which holds no rows and is never vacuumed."""
    definer_without_path: bool = False
    """A SECURITY DEFINER function without a search_path of its own."""
    policy: PolicyRead | None = None
    """For CREATE POLICY."""
    enables_row_security: bool = False


def parameters(sql: str) -> frozenset[str]:
    """The names of the driver's marks in a statement that takes parameters."""
    return frozenset(m.group(1) for m in _PARAMETER.finditer(sql) if m.group(1))


def bound(sql: str) -> str:
    """A statement that takes parameters, as the parser reads it: NULL for every mark, % for %%."""
    return _PARAMETER.sub(lambda m: "null" if m.group(1) else "%", sql)


@functools.lru_cache(maxsize=4096)
def read(sql: str) -> Reading:
    """Read exactly one statement; raises UnreadableSql for none, several, or one the parser does not accept."""
    try:
        parsed = postgast.parse(sql)
    except postgast.errors.PgQueryError as error:
        raise UnreadableSql(f"not accepted by PostgreSQL's parser: {error}", detail=sql) from error
    except DecodeError:
        # thousands of UNION ALL make a tree that is deeper than the library hands over
        return _read_deep(sql)
    if len(parsed.stmts) != 1:
        raise UnreadableSql(f"expected one statement, found {len(parsed.stmts)}", detail=sql)
    node = parsed.stmts[0].stmt
    kind = node.WhichOneof("node")
    assert kind is not None
    statement = getattr(node, kind)
    reader = _READERS.get(kind)
    found = reader(statement) if reader is not None else {"kind": Kind.UNKNOWN}
    if found.pop("plpgsql", False):
        _read_body(sql)
    return Reading(**{"relations": tuple(_relations(statement)), **found})


_CHANGING = frozenset(["INSERT", "UPDATE", "DELETE_P", "MERGE", "TRUNCATE", "LOCK_P", "SHARE", "INTO", "ASCII_59"])


def _read_deep(sql: str) -> Reading:
    """A statement judged by its words alone: a query when no word in it could change or lock anything."""
    tokens = [tree.Token.Name(t.token) for t in postgast.scan(sql).tokens]
    if tokens[0] in ("SELECT", "WITH", "ASCII_40") and not _CHANGING.intersection(tokens):
        return Reading(Kind.QUERY, LockMode.ACCESS_SHARE)
    return Reading(Kind.UNKNOWN)


def _read_body(sql: str) -> None:
    """Let PL/pgSQL's own parser read a function's body, whose text means nothing to the SQL parser."""
    try:
        postgast.parse_plpgsql(sql)
    except postgast.errors.PgQueryError as error:
        raise UnreadableSql(f"not accepted by PL/pgSQL's parser: {error}", detail=sql) from error
    except json.JSONDecodeError:
        return  # accepted: the library prints the tree of a trigger function as JSON that does not parse


def _name(relation: Any) -> QualifiedName:
    return QualifiedName(relation.schemaname, relation.relname)


def _messages(message: Any) -> list[Any]:
    """The message and everything inside it."""
    found = [message]
    for outer in found:  # grows while it is walked
        for descriptor, value in outer.ListFields():
            if descriptor.message_type is not None:
                found.extend(value if descriptor.is_repeated else (value,))
    return found


def _relations(message: Any) -> Iterator[tuple[str, str]]:
    found = _messages(message)
    common = {m.ctename for m in found if isinstance(m, tree.CommonTableExpr)}
    # FOR UPDATE OF names an alias
    common |= {i.range_var.relname for m in found if isinstance(m, tree.LockingClause) for i in m.locked_rels}
    for inner in found:
        if isinstance(inner, tree.RangeVar) and (inner.schemaname or inner.relname not in common):
            yield inner.schemaname, inner.relname


def _strings(items: Any) -> tuple[str, ...]:
    return tuple(item.string.sval for item in items if item.HasField("string"))


# --- rows --------------------------------------------------------------------------------------------------------

_CHANGES = (tree.InsertStmt, tree.UpdateStmt, tree.DeleteStmt, tree.MergeStmt)


def _rows(statement: Any) -> dict[str, Any]:
    inside = _messages(statement)
    changes = [m for m in inside if isinstance(m, _CHANGES)]
    locking = [m for m in inside if isinstance(m, tree.LockingClause)]
    if not changes:
        return {"kind": Kind.QUERY, "lock": LockMode.ROW_SHARE if locking else LockMode.ACCESS_SHARE}
    writes = tuple((_name(c.relation), _set_columns(c)) for c in changes)
    return {
        "kind": Kind.ROWS,
        "lock": LockMode.ROW_EXCLUSIVE,
        "tables": tuple(dict.fromkeys(name for name, _ in writes)),
        "writes": writes,
        "skips_locked": any(m.wait_policy == tree.LockWaitSkip for m in locking),
    }


def _set_columns(change: Any) -> tuple[str, ...]:
    if not isinstance(change, tree.UpdateStmt):
        return ()
    return tuple(target.res_target.name for target in change.target_list)


# --- definitions -------------------------------------------------------------------------------------------------

_MILD = frozenset(
    [
        tree.AT_ValidateConstraint,
        tree.AT_SetStatistics,
        tree.AT_SetRelOptions,
        tree.AT_ResetRelOptions,
        tree.AT_AttachPartition,
        tree.AT_ClusterOn,
    ]
)
_TRIGGER_SWITCHES = frozenset(
    [
        tree.AT_EnableTrig,
        tree.AT_EnableAlwaysTrig,
        tree.AT_EnableReplicaTrig,
        tree.AT_DisableTrig,
        tree.AT_EnableTrigAll,
        tree.AT_DisableTrigAll,
        tree.AT_EnableTrigUser,
        tree.AT_DisableTrigUser,
    ]
)
_RANK = {mode: place for place, mode in enumerate(LockMode)}


def _alter_table(statement: Any) -> dict[str, Any]:
    commands = [c.alter_table_cmd for c in statement.cmds]
    spelled = (*_of(statement.relation), *(n for c in commands for n in _command_names(c)))
    if statement.objtype != tree.OBJECT_TABLE:
        return {"kind": Kind.DEFINITION, "lock": LockMode.SHARE_UPDATE_EXCLUSIVE, "spelled": spelled}
    constraints = [c for c in map(_constraint, commands) if c is not None]
    return {
        "kind": Kind.DEFINITION,
        "lock": max((_command_lock(c) for c in commands), key=_RANK.__getitem__),
        "tables": (_name(statement.relation),),
        "referenced": tuple(_name(c.pktable) for c in constraints if c.contype == tree.CONSTR_FOREIGN),
        "spelled": spelled,
        "scans": "; ".join(filter(None, map(_scan, commands))),
        "checks_present": next((p for p in map(_present, constraints) if p is not None), None),
        "validates": next((c.name for c in commands if c.subtype == tree.AT_ValidateConstraint), None),
        "sets_not_null": tuple(c.name for c in commands if c.subtype == tree.AT_SetNotNull),
        "enables_row_security": any(c.subtype == tree.AT_EnableRowSecurity for c in commands),
    }


def _of(relation: Any) -> tuple[str, ...]:
    return tuple(filter(None, (relation.schemaname, relation.relname)))


def _definition(command: Any) -> Any:
    return getattr(command, "def")


def _constraint(command: Any) -> Any | None:
    body = _definition(command)
    return body.constraint if body.HasField("constraint") else None


def _column(command: Any) -> Any | None:
    body = _definition(command)
    return body.column_def if body.HasField("column_def") else None


def _command_lock(command: Any) -> LockMode:
    constraint = _constraint(command)
    if command.subtype in _MILD:
        return LockMode.SHARE_UPDATE_EXCLUSIVE
    if command.subtype in _TRIGGER_SWITCHES:
        return LockMode.SHARE_ROW_EXCLUSIVE
    if constraint is not None and constraint.contype == tree.CONSTR_FOREIGN:
        return LockMode.SHARE_ROW_EXCLUSIVE
    return LockMode.ACCESS_EXCLUSIVE


def _command_names(command: Any) -> Iterator[str]:
    if command.name:
        yield command.name
    constraint, column = _constraint(command), _column(command)
    if column is not None and command.subtype == tree.AT_AddColumn:
        yield column.colname
    if constraint is not None:
        yield from filter(None, (constraint.conname, constraint.indexname))
        for columns in (constraint.keys, constraint.fk_attrs, constraint.pk_attrs, constraint.fk_del_set_cols):
            yield from _strings(columns)
        for inner in _messages(constraint.raw_expr):
            if isinstance(inner, tree.ColumnRef):
                yield from _strings(inner.fields)


def _scan(command: Any) -> str:
    """Why a command needs the whole table under its lock (ONLINE_DDL H10, H12)."""
    constraint, column = _constraint(command), _column(command)
    if command.subtype == tree.AT_AlterColumnType:
        return "changes a column's type, which rewrites the table"
    if command.subtype in (tree.AT_SetLogged, tree.AT_SetUnLogged, tree.AT_SetTableSpace, tree.AT_SetAccessMethod):
        return "rewrites the table"
    if column is not None and command.subtype == tree.AT_AddColumn:
        return _column_scan(column)
    if constraint is None or command.subtype != tree.AT_AddConstraint:
        return ""
    if constraint.contype in (tree.CONSTR_CHECK, tree.CONSTR_FOREIGN, tree.CONSTR_NOTNULL):
        return "" if constraint.skip_validation else f"adds {constraint.conname} without NOT VALID"
    if constraint.contype in (tree.CONSTR_UNIQUE, tree.CONSTR_PRIMARY, tree.CONSTR_EXCLUSION):
        return "" if constraint.indexname else f"builds the index of {constraint.conname}"
    return ""


def _column_scan(column: Any) -> str:
    for item in column.constraints:
        constraint = item.constraint
        if constraint.contype == tree.CONSTR_DEFAULT and not _constant(constraint.raw_expr):
            return f"gives {column.colname} a default that is no constant, which rewrites the table"
        if constraint.contype in (tree.CONSTR_GENERATED, tree.CONSTR_IDENTITY):
            return f"computes {column.colname} for every row"
        if constraint.contype in (tree.CONSTR_UNIQUE, tree.CONSTR_PRIMARY):
            return f"builds an index on {column.colname}"
        if constraint.contype in (tree.CONSTR_FOREIGN, tree.CONSTR_CHECK):
            return f"checks {column.colname} for every row"
    return ""


def _constant(expression: Any) -> bool:
    if expression.HasField("type_cast"):
        return _constant(expression.type_cast.arg)
    return bool(expression.HasField("a_const"))


def _present(constraint: Any) -> tuple[str, str] | None:
    if constraint.contype != tree.CONSTR_CHECK or not constraint.raw_expr.HasField("null_test"):
        return None
    test = constraint.raw_expr.null_test
    fields = _strings(test.arg.column_ref.fields)
    if test.nulltesttype != tree.IS_NOT_NULL or len(fields) != 1:
        return None
    return constraint.conname, fields[0]


def _create_trigger(statement: Any) -> dict[str, Any]:
    columns = (*_strings(statement.columns), *_trigger_columns(statement.when_clause))
    return {
        "kind": Kind.DEFINITION,
        "lock": LockMode.SHARE_ROW_EXCLUSIVE,
        "tables": (_name(statement.relation),),
        "spelled": (*_of(statement.relation), statement.trigname, *columns, *_strings(statement.funcname)[1:]),
    }


def _trigger_columns(condition: Any) -> Iterator[str]:
    for inner in _messages(condition):
        if isinstance(inner, tree.ColumnRef):
            yield from _strings(inner.fields)[1:]  # the first is OLD or NEW


def _create_index(statement: Any) -> dict[str, Any]:
    strong = not statement.concurrent
    keys = [item.index_elem.name for item in (*statement.index_params, *statement.index_including_params)]
    # ON ONLY a partitioned table builds nothing: there are no rows in it
    builds = strong and statement.relation.inh
    return {
        "kind": Kind.DEFINITION,
        "lock": LockMode.SHARE if strong else LockMode.SHARE_UPDATE_EXCLUSIVE,
        "tables": (_name(statement.relation),),
        "spelled": tuple(filter(None, (*_of(statement.relation), statement.idxname, *keys))),
        "concurrent": statement.concurrent,
        "scans": "builds an index while writers wait" if builds else "",
    }


_DROPPED_WITH_TABLE = (tree.OBJECT_TRIGGER, tree.OBJECT_POLICY, tree.OBJECT_RULE)
_DROPPED_ALONE = (
    tree.OBJECT_FUNCTION,
    tree.OBJECT_PROCEDURE,
    tree.OBJECT_ROUTINE,
    tree.OBJECT_SCHEMA,
    tree.OBJECT_TYPE,
    tree.OBJECT_EVENT_TRIGGER,
)


def _drop(statement: Any) -> dict[str, Any]:
    paths = [_strings(item.list.items) for item in statement.objects if item.HasField("list")]
    # objects of our own schema bear names that we chose and that need no quotes
    names = tuple(name for path in paths if path[:1] != (OURS,) for name in path)
    base: dict[str, Any] = {"kind": Kind.DEFINITION, "spelled": names, "concurrent": statement.concurrent}
    if statement.remove_type in _DROPPED_WITH_TABLE:
        return {**base, "lock": LockMode.ACCESS_EXCLUSIVE, "tables": tuple(QualifiedName(*p[:2]) for p in paths)}
    if statement.remove_type == tree.OBJECT_TABLE:
        return {**base, "lock": LockMode.ACCESS_EXCLUSIVE, "tables": tuple(QualifiedName(*p) for p in paths)}
    if statement.remove_type == tree.OBJECT_INDEX:
        lock = LockMode.SHARE_UPDATE_EXCLUSIVE if statement.concurrent else LockMode.ACCESS_EXCLUSIVE
        return {**base, "lock": lock}
    if statement.remove_type == tree.OBJECT_VIEW or statement.remove_type in _DROPPED_ALONE:
        dropped = [_strings(item.object_with_args.objname) for item in statement.objects]
        functions = tuple(name for path in dropped if path[:1] != (OURS,) for name in path)
        return {**base, "spelled": (*names, *functions[1:]), "of_view": statement.remove_type == tree.OBJECT_VIEW}
    return {"kind": Kind.UNKNOWN}


def _lock_table(statement: Any) -> dict[str, Any]:
    tables = tuple(_name(item.range_var) for item in statement.relations)
    names = tuple(name for item in statement.relations for name in _of(item.range_var))
    # the grammar's number is PostgreSQL's own LOCKMODE, 1 for ACCESS SHARE
    return {"kind": Kind.LOCK, "lock": list(LockMode)[statement.mode], "tables": tables, "spelled": names}


def _create_table(statement: Any) -> dict[str, Any]:
    keys = [m for m in _messages(statement) if isinstance(m, tree.Constraint) and m.contype == tree.CONSTR_FOREIGN]
    return {
        "kind": Kind.DEFINITION,
        "lock": LockMode.SHARE_ROW_EXCLUSIVE if keys else LockMode.NONE,
        "referenced": tuple(_name(key.pktable) for key in keys),
        "creates": _name(statement.relation),
        "spelled": _of(statement.relation),
    }


def _create_function(statement: Any) -> dict[str, Any]:
    options = [item.def_elem for item in statement.options]
    definer = any(o.defname == "security" and o.arg.boolean.boolval for o in options)
    path = any(o.defname == "set" and o.arg.variable_set_stmt.name == "search_path" for o in options)
    plpgsql = any(o.defname == "language" and o.arg.string.sval == "plpgsql" for o in options)
    return {"kind": Kind.DEFINITION, "definer_without_path": definer and not path, "plpgsql": plpgsql}


def _view(statement: Any) -> dict[str, Any]:
    return {"kind": Kind.DEFINITION, "creates": _name(statement.view)}


def _rename(statement: Any) -> dict[str, Any]:
    if statement.rename_type != tree.OBJECT_TABLE:
        return {"kind": Kind.UNKNOWN}
    return {
        "kind": Kind.DEFINITION,
        "lock": LockMode.ACCESS_EXCLUSIVE,
        "tables": (_name(statement.relation),),
        "spelled": (*_of(statement.relation), statement.newname),
    }


def _policy(statement: Any) -> dict[str, Any]:
    return {
        "kind": Kind.DEFINITION,
        "lock": LockMode.ACCESS_EXCLUSIVE,
        "tables": (_name(statement.table),),
        "spelled": (*_of(statement.table), statement.policy_name),
        # the conditions of a policy that comes back are the server's own text, which quotes what needs it
        "relations": (_of_two(statement.table),),
    }


def _of_two(relation: Any) -> tuple[str, str]:
    return relation.schemaname, relation.relname


def _create_policy(statement: Any) -> dict[str, Any]:
    roles = [item.role_spec.roletype for item in statement.roles]
    return {
        **_policy(statement),
        "policy": PolicyRead(
            statement.policy_name,
            statement.permissive,
            statement.cmd_name,
            not roles or tree.ROLESPEC_PUBLIC in roles,
            statement.HasField("qual"),
            statement.HasField("with_check"),
        ),
    }


def _vacuum(statement: Any) -> dict[str, Any]:
    tables = tuple(_name(item.vacuum_relation.relation) for item in statement.rels)
    if statement.is_vacuumcmd:
        return {"kind": Kind.UNKNOWN}
    return {"kind": Kind.MAINTENANCE, "lock": LockMode.SHARE_UPDATE_EXCLUSIVE, "tables": tables}


def _comment(statement: Any) -> dict[str, Any]:
    path = _strings(statement.object.list.items)
    if statement.objtype == tree.OBJECT_TABLE and len(path) == 2:
        return {
            "kind": Kind.DEFINITION,
            "lock": LockMode.SHARE_UPDATE_EXCLUSIVE,
            "tables": (QualifiedName(*path),),
        }
    return {"kind": Kind.DEFINITION}


def _harmless(_statement: Any) -> dict[str, Any]:
    return {"kind": Kind.DEFINITION}


_ROUTINES = (tree.OBJECT_FUNCTION, tree.OBJECT_PROCEDURE, tree.OBJECT_ROUTINE)


def _routine(statement: Any) -> dict[str, Any]:
    """ALTER ROUTINE, and ALTER .. OWNER TO for what is no relation: none of it locks a table."""
    kind = getattr(statement, "object_type", None) or getattr(statement, "objtype", None)
    return {"kind": Kind.DEFINITION if kind in _ROUTINES else Kind.UNKNOWN}


def _setting(statement: Any) -> dict[str, Any]:
    return {"kind": Kind.SETTING, "local": statement.is_local}


_READERS: Mapping[str, Callable[[Any], dict[str, Any]]] = {
    "select_stmt": _rows,
    "insert_stmt": _rows,
    "update_stmt": _rows,
    "delete_stmt": _rows,
    "merge_stmt": _rows,
    "alter_table_stmt": _alter_table,
    "create_trig_stmt": _create_trigger,
    "index_stmt": _create_index,
    "drop_stmt": _drop,
    "lock_stmt": _lock_table,
    "create_stmt": _create_table,
    "create_function_stmt": _create_function,
    "view_stmt": _view,
    "rename_stmt": _rename,
    "create_policy_stmt": _create_policy,
    "alter_policy_stmt": _policy,
    "vacuum_stmt": _vacuum,
    "comment_stmt": _comment,
    "grant_stmt": _harmless,
    "grant_role_stmt": _harmless,
    "create_role_stmt": _harmless,
    "alter_role_stmt": _harmless,
    "alter_default_privileges_stmt": _harmless,
    "alter_function_stmt": _routine,
    "alter_owner_stmt": _routine,
    "create_event_trig_stmt": _harmless,
    "do_stmt": _harmless,
    "create_schema_stmt": _harmless,
    "variable_set_stmt": _setting,
}
