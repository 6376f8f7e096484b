"""What one SQL statement does, read from PostgreSQL's own parse tree: kind, lock, tables, and the names it spells.

The plan's constructors declare all this beside the text; here it is found again by another road, so that `lint` can
hold the one against the other. What cannot be judged is said to be unknown, never harmless.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

import postgast
from postgast import pg_query_pb2 as tree

from ringfence.errors import RingfenceError
from ringfence.names import QualifiedName
from ringfence.plan.model import LockMode

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
    definer_without_path: bool = False
    """A SECURITY DEFINER function without a search_path of its own."""


def parameters(sql: str) -> frozenset[str]:
    """The names of the driver's marks in a statement that takes parameters."""
    return frozenset(m.group(1) for m in _PARAMETER.finditer(sql) if m.group(1))


def bound(sql: str) -> str:
    """A statement that takes parameters, as the parser reads it: NULL for every mark, % for %%."""
    return _PARAMETER.sub(lambda m: "null" if m.group(1) else "%", sql)


def read(sql: str) -> Reading:
    """Read exactly one statement; raises UnreadableSql for none, several, or one the parser does not accept."""
    try:
        parsed = postgast.parse(sql)
    except postgast.errors.PgQueryError as error:
        raise UnreadableSql(f"not accepted by PostgreSQL's parser: {error}", detail=sql) from error
    if len(parsed.stmts) != 1:
        raise UnreadableSql(f"expected one statement, found {len(parsed.stmts)}", detail=sql)
    node = parsed.stmts[0].stmt
    kind = node.WhichOneof("node")
    assert kind is not None
    statement = getattr(node, kind)
    reader = _READERS.get(kind)
    found = reader(statement) if reader is not None else {"kind": Kind.UNKNOWN}
    return Reading(**{"relations": tuple(_relations(statement)), **found})


def _name(relation: Any) -> QualifiedName:
    return QualifiedName(relation.schemaname, relation.relname)


def _messages(message: Any) -> Iterator[Any]:
    """The message and everything inside it."""
    yield message
    for descriptor, value in message.ListFields():
        if descriptor.message_type is None:
            continue
        for one in value if isinstance(value, _sequence_types(value)) else (value,):
            yield from _messages(one)


def _sequence_types(value: Any) -> tuple[type, ...]:
    return (type(value),) if hasattr(value, "append") or hasattr(value, "add") else ()


def _relations(message: Any) -> Iterator[tuple[str, str]]:
    common = {m.ctename for m in _messages(message) if isinstance(m, tree.CommonTableExpr)}
    for inner in _messages(message):
        if isinstance(inner, tree.RangeVar) and (inner.schemaname or inner.relname not in common):
            yield inner.schemaname, inner.relname


def _strings(items: Any) -> tuple[str, ...]:
    return tuple(item.string.sval for item in items if item.HasField("string"))


# --- rows --------------------------------------------------------------------------------------------------------

_CHANGES = (tree.InsertStmt, tree.UpdateStmt, tree.DeleteStmt, tree.MergeStmt)


def _rows(statement: Any) -> dict[str, Any]:
    changes = [m for m in _messages(statement) if isinstance(m, _CHANGES)]
    skips = any(isinstance(m, tree.LockingClause) and m.wait_policy == tree.LockWaitSkip for m in _messages(statement))
    writes = tuple((_name(c.relation), _set_columns(c)) for c in changes)
    if writes:
        tables = tuple(dict.fromkeys(name for name, _ in writes))
        return {
            "kind": Kind.ROWS,
            "lock": LockMode.ROW_EXCLUSIVE,
            "tables": tables,
            "writes": writes,
            "skips_locked": skips,
        }
    locking = any(isinstance(m, tree.LockingClause) for m in _messages(statement))
    return {"kind": Kind.QUERY, "lock": LockMode.ROW_SHARE if locking else LockMode.ACCESS_SHARE}


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
    if statement.objtype == tree.OBJECT_INDEX:
        return {"kind": Kind.DEFINITION, "lock": LockMode.SHARE_UPDATE_EXCLUSIVE, "spelled": _alter_spelled(statement)}
    commands = [c.alter_table_cmd for c in statement.cmds]
    lock = max((_command_lock(c) for c in commands), key=_RANK.__getitem__)
    referenced = tuple(
        _name(c.getattr_constraint.pktable) for c in map(_Command, commands) if c.getattr_constraint is not None and c.getattr_constraint.contype == tree.CONSTR_FOREIGN
    )
    present = next((p for c in commands if (p := _present(c)) is not None), None)
    return {
        "kind": Kind.DEFINITION,
        "lock": lock,
        "tables": (_name(statement.relation),) if statement.objtype == tree.OBJECT_TABLE else (),
        "referenced": referenced,
        "spelled": _alter_spelled(statement),
        "scans": "; ".join(filter(None, map(_scan, commands))),
        "checks_present": present,
        "validates": next((c.name for c in commands if c.subtype == tree.AT_ValidateConstraint), None),
        "sets_not_null": tuple(c.name for c in commands if c.subtype == tree.AT_SetNotNull),
    }
