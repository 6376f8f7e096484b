"""Rows of our questions to one `Catalog`: pure, so every turn of the server's answers can be tested without one.

Everything is put in name order here, by code point: the same order on every server, whatever its collation.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from ringfence.catalog.model import (
    Catalog,
    Column,
    Constraint,
    ConstraintKind,
    DefaultAcl,
    EventTrigger,
    Extension,
    Index,
    Measure,
    Membership,
    Policy,
    Publication,
    Role,
    Routine,
    Rule,
    Schema,
    Table,
    TableKind,
    Trigger,
    TypeDef,
    View,
)
from ringfence.catalog.model import Sequence as CatalogSequence
from ringfence.errors import RingfenceError
from ringfence.names import QualifiedName, display_ident

Row: TypeAlias = Mapping[str, Any]
Rows: TypeAlias = Sequence[Row]


class CatalogMoved(RingfenceError):
    """The schema was being changed by somebody else each time it was read."""

    code = "RF205"
    exit_code = 5


class CatalogLocked(RingfenceError):
    """Somebody holds a table exclusively, so its definition cannot be read."""

    code = "RF206"
    exit_code = 6


class VanishedWhileRead(Exception):
    """A definition came back empty: its object was dropped between the question's snapshot and the server's look-up."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What each question of `sql/` returned, under the name of its file."""

    server: Row
    schemas: Rows
    relations: Rows = ()
    inherits: Rows = ()
    columns: Rows = ()
    constraints: Rows = ()
    indexes: Rows = ()
    triggers: Rows = ()
    policies: Rows = ()
    rules: Rows = ()
    reads: Rows = ()
    routines: Rows = ()
    sequences: Rows = ()
    types: Rows = ()
    roles: Rows = ()
    publications: Rows = ()
    extensions: Rows = ()
    default_acls: Rows = ()
    event_triggers: Rows = ()
    measures: Rows = ()
    settings: Rows = ()


@dataclass(slots=True)
class _Parts:
    """What hangs on one relation, gathered while the rows are walked once."""

    parents: list[QualifiedName] = field(default_factory=list)
    columns: list[Column] = field(default_factory=list)
    constraints: list[Constraint] = field(default_factory=list)
    indexes: list[Index] = field(default_factory=list)
    triggers: list[Trigger] = field(default_factory=list)
    policies: list[Policy] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    reads: list[QualifiedName] = field(default_factory=list)
    numbers: dict[int, str] = field(default_factory=dict)
    collations: dict[int, int] = field(default_factory=dict)
    """Object id of the collation by column number, to see which index keys depart from it."""


def namespaces(schemas: Rows, wanted: Collection[str] | None) -> list[int]:
    """The object ids of the schemas to read: all of them, or those of the wanted names."""
    return [row["oid"] for row in schemas if wanted is None or row["name"] in wanted]


def catalog(answers: Answers) -> Catalog:
    """Put the answers together; raises VanishedWhileRead when an object was dropped in between."""
    parts = _parts(answers)
    tables, views = [], []
    for row in answers.relations:
        mine = parts[row["oid"]]
        if row["kind"] in ("v", "m"):
            if row["extension"] is None:
                views.append(_view(row, mine))
        else:
            tables.append(_table(row, mine))
    names = {row["oid"]: QualifiedName(row["schema"], row["name"]) for row in answers.relations}
    server = answers.server
    return Catalog(
        server_version=server["server_version"],
        database=server["database"],
        current_user=server["current_user"],
        current_user_superuser=server["current_user_superuser"],
        schemas=_by_name(
            Schema(r["name"], r["owner"], _sorted(r["acl"])) for r in answers.schemas if r["extension"] is None
        ),
        tables=_by_name(tables),
        views=_by_name(views),
        routines=tuple(sorted(map(_routine, answers.routines), key=lambda r: (r.name, r.arguments))),
        sequences=_by_name(map(_sequence, answers.sequences)),
        types=_by_name(map(_type, answers.types)),
        roles=_by_name(map(_role, answers.roles)),
        publications=_by_name(map(_publication, answers.publications)),
        extensions=_by_name(Extension(r["name"], r["version"], r["schema"]) for r in answers.extensions),
        default_acls=tuple(
            sorted(
                (DefaultAcl(r["role"], r["schema"], r["object_type"], _sorted(r["acl"])) for r in answers.default_acls),
                key=lambda a: (a.role, a.schema or "", a.object_type),
            )
        ),
        event_triggers=_by_name(
            EventTrigger(
                name=r["name"],
                event=r["event"],
                function=QualifiedName(r["function_schema"], r["function_name"]),
                enabled=r["enabled"],
                tags=_sorted(r["tags"]),
            )
            for r in answers.event_triggers
        ),
        measures={
            str(names[r["oid"]]): Measure(r["rows_estimate"], r["pages"], r["bytes_total"], r["frozen_age"])
            for r in answers.measures
            if r["oid"] in names
        },
        settings={r["name"]: r["setting"] for r in answers.settings},
    )


def _parts(answers: Answers) -> Mapping[int, _Parts]:
    parts: defaultdict[int, _Parts] = defaultdict(_Parts)
    for row in answers.inherits:
        parts[row["oid"]].parents.append(QualifiedName(row["schema"], row["name"]))
    for row in answers.columns:
        mine = parts[row["oid"]]
        mine.columns.append(_column(row))
        mine.numbers[row["number"]] = row["name"]
        mine.collations[row["number"]] = row["collation_id"]
    for row in answers.constraints:
        mine = parts[row["oid"]]
        mine.constraints.append(_constraint(row, mine.numbers))
    for row in answers.indexes:
        mine = parts[row["oid"]]
        mine.indexes.append(_index(row, mine))
    for row in answers.triggers:
        mine = parts[row["oid"]]
        mine.triggers.append(_trigger(row, mine.numbers))
    for row in answers.policies:
        parts[row["oid"]].policies.append(_policy(row))
    for row in answers.rules:
        parts[row["oid"]].rules.append(Rule(row["name"], _definition(row), row["enabled"]))
    for row in answers.reads:
        parts[row["oid"]].reads.append(QualifiedName(row["schema"], row["name"]))
    return parts


def _table(row: Row, parts: _Parts) -> Table:
    partition = bool(row["partition"])
    return Table(
        name=QualifiedName(row["schema"], row["name"]),
        kind=TableKind(row["kind"]),
        columns=tuple(parts.columns),
        owner=row["owner"],
        constraints=_by_name(parts.constraints),
        indexes=_by_name(parts.indexes),
        triggers=_by_name(parts.triggers),
        policies=_by_name(parts.policies),
        rules=_by_name(parts.rules),
        acl=_sorted(row["acl"]),
        rls_enabled=row["rls_enabled"],
        rls_forced=row["rls_forced"],
        replica_identity=row["replica_identity"],
        options=_sorted(row["options"]),
        persistence=row["persistence"],
        partition_of=parts.parents[0] if partition and parts.parents else None,
        partition_bound=row["partition_bound"],
        partition_key=row["partition_key"],
        inherits=() if partition else tuple(parts.parents),
        extension=row["extension"],
        tablespace=row["tablespace"],
        comment=row["comment"],
        access_method=row["access_method"],
    )


def _view(row: Row, parts: _Parts) -> View:
    return View(
        name=QualifiedName(row["schema"], row["name"]),
        kind=row["kind"],
        definition=_definition(row),
        owner=row["owner"],
        options=_sorted(row["options"]),
        acl=_sorted(row["acl"]),
        reads=tuple(sorted(parts.reads)),
        columns=tuple(c.name for c in parts.columns),
        triggers=_by_name(parts.triggers),
        rules=_by_name(parts.rules),
        indexes=_by_name(parts.indexes),
        comment=row["comment"],
    )


def _column(row: Row) -> Column:
    return Column(
        name=row["name"],
        type=row["type"],
        not_null=row["not_null"],
        default=row["default"],
        generated=row["generated"],
        identity=row["identity"],
        collation=row["collation"],
        type_schema=row["type_schema"],
        base_type=row["base_type"] or row["type"],
        acl=_sorted(row["acl"]),
        inherited=row["inherited"],
        options=_sorted(row["options"]),
        comment=row["comment"],
    )


def _constraint(row: Row, numbers: Mapping[int, str]) -> Constraint:
    definition = _definition(row)
    foreign = row["references_name"] is not None
    return Constraint(
        name=row["name"],
        kind=ConstraintKind(row["kind"]),
        definition=definition,
        columns=_columns(row["columns"], numbers),
        validated=row["validated"],
        deferrable=row["deferrable"],
        deferred=row["deferred"],
        references=QualifiedName(row["references_schema"], row["references_name"]) if foreign else None,
        referenced_columns=tuple(row["referenced_columns"] or ()),
        # The server stores a space for constraints that are no foreign keys.
        on_update=row["on_update"].strip(),
        on_delete=row["on_delete"].strip(),
        match=row["match"].strip(),
        inherited=row["inherited"],
        # NOT ENFORCED (18) is always the last word of a definition, and older servers never write it.
        enforced=not definition.endswith(" NOT ENFORCED"),
    )


def _index(row: Row, parts: _Parts) -> Index:
    numbers, columns, keys = parts.numbers, row["columns"], row["keys"]
    partition = row["partition_of_name"] is not None
    return Index(
        name=row["name"],
        definition=_definition(row),
        columns=tuple(name for n in columns[:keys] for name in (_columns((n,), numbers) or ("",))),
        include=_columns(columns[keys:], numbers),
        method=row["method"],
        unique=row["unique"],
        primary=row["primary"],
        valid=row["valid"],
        ready=row["ready"],
        predicate=row["predicate"],
        constraint=row["constraint"],
        partition_of=QualifiedName(row["partition_of_schema"], row["partition_of_name"]) if partition else None,
        nulls_not_distinct=row["nulls_not_distinct"],
        plain=row["ordinary"]
        and all(n and parts.collations.get(n) == c for n, c in zip(columns[:keys], row["collations"], strict=True)),
        replica_identity=row["replica_identity"],
        clustered=row["clustered"],
    )


_TRIGGER_EVENTS = ((8, "delete"), (4, "insert"), (32, "truncate"), (16, "update"))
"""Bits of pg_trigger.tgtype (src/include/catalog/pg_trigger.h), in the order of the words."""


def _trigger(row: Row, numbers: Mapping[int, str]) -> Trigger:
    bits = row["bits"]
    return Trigger(
        name=row["name"],
        definition=_definition(row),
        function=QualifiedName(row["function_schema"], row["function_name"]),
        timing="instead" if bits & 64 else "before" if bits & 2 else "after",
        events=tuple(word for bit, word in _TRIGGER_EVENTS if bits & bit),
        for_each_row=bool(bits & 1),
        enabled=row["enabled"],
        constraint=row["constraint"],
        deferrable=row["deferrable"],
        deferred=row["deferred"],
        inherited=row["inherited"],
        update_columns=tuple(sorted(_columns(row["columns"], numbers))),
    )


def _policy(row: Row) -> Policy:
    return Policy(
        name=row["name"],
        command=row["command"],
        permissive=row["permissive"],
        roles=_sorted(row["roles"]),
        using=row["using"],
        check=row["check"],
    )


def _routine(row: Row) -> Routine:
    acl = None if row["acl"] is None else _sorted(row["acl"])
    return Routine(
        name=QualifiedName(row["schema"], row["name"]),
        arguments=row["arguments"],
        kind=row["kind"],
        definition=_definition(row),
        owner=row["owner"],
        language=row["language"],
        security_definer=row["security_definer"],
        volatility=row["volatility"],
        config=_sorted(row["config"]),
        # Written out or not, the built-in default grants the same.
        acl=None if acl == _sorted(row["acl_default"]) else acl,
        returns=row["returns"],
    )


def _sequence(row: Row) -> CatalogSequence:
    owner = None
    if row["owned_by_table"] is not None:
        table = QualifiedName(row["owned_by_schema"], row["owned_by_table"])
        owner = f"{table}.{display_ident(row['owned_by_column'])}"
    options = (
        f"start {row['seqstart']} increment {row['seqincrement']} minvalue {row['seqmin']} maxvalue {row['seqmax']}"
        f" cache {row['seqcache']}"
        + (" cycle" if row["seqcycle"] else "")
        + (" identity" if row["identity"] else "")
        + (" unlogged" if row["persistence"] == "u" else "")
    )
    return CatalogSequence(
        name=QualifiedName(row["schema"], row["name"]),
        type=row["type"],
        owner=row["owner"],
        owned_by=owner,
        options=options,
        acl=_sorted(row["acl"]),
    )


def _type(row: Row) -> TypeDef:
    match row["kind"]:
        case "e":
            definition = "enum (" + ", ".join(_quoted(label) for label in row["labels"]) + ")"
        case "d":
            words = [f"domain {row['base']}"]
            if row["collation"]:
                words.append(f"collate {row['collation']}")
            if row["default"] is not None:
                words.append(f"default {row['default']}")
            if row["not_null"]:
                words.append("not null")
            words += [f"constraint {check}" for check in sorted(row["checks"])]
            definition = " ".join(words)
        case "c":
            definition = "composite (" + ", ".join(row["attributes"]) + ")"
        case _:
            definition = f"range ({row['range']})"
    return TypeDef(QualifiedName(row["schema"], row["name"]), row["kind"], definition, row["owner"])


def _quoted(label: str) -> str:
    return "'" + label.replace("'", "''") + "'"


def _role(row: Row) -> Role:
    memberships = tuple(
        sorted(
            {
                Membership(
                    role=m["role"],
                    admin=m["options"]["admin_option"],
                    inherit=m["options"].get("inherit_option", row["inherit"]),
                    set_role=m["options"].get("set_option", True),
                )
                for m in row["memberships"]
            },
            key=lambda m: (m.role, m.admin, m.inherit, m.set_role),
        )
    )
    return Role(
        name=row["name"],
        superuser=row["superuser"],
        bypass_rls=row["bypass_rls"],
        login=row["login"],
        inherit=row["inherit"],
        create_role=row["create_role"],
        create_db=row["create_db"],
        replication=row["replication"],
        member_of=tuple(sorted({m.role for m in memberships})),
        config=tuple(map(without_secret, row["config"])),
        database_config=tuple(map(without_secret, row["database_config"])),
        memberships=memberships,
    )


SECRET = "***"  # noqa: S105 - what is shown instead of one

_OPEN_PREFIXES = ("auto_explain.", "pg_stat_statements.", "pgaudit.", "pgrst.db_", "plpgsql.", "safeupdate.")
_CLOSED = ("pgrst.db_uri",)


def without_secret(setting: str) -> str:
    """A `name=value` setting with the value of a custom one hidden: Supabase projects keep signing keys in such ones.

    The server's own settings (no dot in the name) and those of a few known extensions stay as they are.
    """
    name, _, _value = setting.partition("=")
    is_open = "." not in name or (name.startswith(_OPEN_PREFIXES) and not name.startswith(_CLOSED))
    return setting if is_open else f"{name}={SECRET}"


def _publication(row: Row) -> Publication:
    events = [word for word in ("insert", "update", "delete", "truncate") if row[f"pub{word}"]]
    options = f"publish={','.join(events)} via_root={'on' if row['pubviaroot'] else 'off'}"
    if row["generated"] not in (None, "n"):
        options += f" generated={row['generated']}"
    return Publication(
        name=row["name"],
        all_tables=row["all_tables"],
        tables=_sorted(row["tables"]),
        schemas=_sorted(row["schemas"]),
        options=options,
    )


def _definition(row: Row) -> str:
    if row["definition"] is None:
        raise VanishedWhileRead
    return str(row["definition"])


def _columns(numbers: Iterable[int] | None, names: Mapping[int, str]) -> tuple[str, ...]:
    # 0 stands for an expression or the whole row; a number without name was added after the question for columns.
    try:
        return tuple(names[n] for n in numbers or () if n > 0)
    except KeyError:
        raise VanishedWhileRead from None


def _sorted(texts: Iterable[str] | None) -> tuple[str, ...]:
    return tuple(sorted(texts or ()))


def _by_name(items: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(sorted(items, key=lambda item: item.name))
