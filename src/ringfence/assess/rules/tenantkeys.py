"""Keys that do not carry the tenant: the server checks them across tenants, and its answer tells what is there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ringfence.assess import surface
from ringfence.assess.model import Found, Scene, Severity, rule
from ringfence.catalog.model import Constraint, ConstraintKind, Index, Table
from ringfence.names import QualifiedName, bounded_name, display_ident, quote_ident

RANDOM = (
    "gen_random_uuid()",
    "uuidv4()",
    "uuidv7()",
    "extensions.uuid_generate_v4()",
    "uuid_generate_v4()",
    "extensions.gen_random_uuid()",
)


def global_unique(scene: Scene) -> Iterable[Found]:
    """An error, or no row, tells that another tenant has the value: K1, K2, K3, K7."""
    for table, column in _tenant_tables(scene):
        if not scene.reach.who("aw", table):
            continue
        for index in table.indexes:
            if not (index.unique or _excludes(table, index)) or index.primary or column in index.columns:
                continue
            if index.partition_of is not None or not _speaks(table, index.columns):
                continue
            what = "overlap" if not index.unique else "value"
            yield Found(
                f"{table.name} {'constraint' if index.constraint else 'index'} {display_ident(index.name)}",
                f"is checked across all tenants: an insert tells whether another one has the same {what}",
                detail=index.definition,
                hint=_within_tenant(table, index, column),
            )


def _excludes(table: Table, index: Index) -> bool:
    constraint = table.constraint(index.constraint) if index.constraint else None
    return constraint is not None and constraint.kind is ConstraintKind.EXCLUSION


def _speaks(table: Table, columns: tuple[str, ...]) -> bool:
    """Somebody could guess a value: not where one of the columns is made at random or is another key's uuid."""
    for name in columns:
        column = table.column(name)
        if column is not None and column.base_type == "uuid":
            return False
    return True


def _within_tenant(table: Table, index: Index, column: str) -> str:
    name, tenant = quote_ident(index.name), quote_ident(column)
    constraint = table.constraint(index.constraint) if index.constraint else None
    if constraint is not None and constraint.kind is ConstraintKind.EXCLUSION:
        definition = constraint.definition.replace("(", f"({tenant} WITH =, ", 1)
        return (
            "create extension if not exists btree_gist;\n"
            f"alter table {table.name.sql} drop constraint {name};\n"
            f"alter table {table.name.sql} add constraint {name} {definition};"
        )
    if constraint is not None:
        definition = constraint.definition.replace("(", f"({tenant}, ", 1)
        return (
            f"alter table {table.name.sql} drop constraint {name};\n"
            f"alter table {table.name.sql} add constraint {name} {definition};"
        )
    keys = re.sub(r"(USING \w+ )\(", lambda m: f"{m[1]}({tenant}, ", index.definition, count=1)
    return f"drop index {quote_ident(table.name.schema)}.{name};\n{keys};"


def crossing_key(scene: Scene) -> Iterable[Found]:
    """A foreign key without the tenant refers to anybody's row: K4, K5."""
    tenant_of = {table.name: column for table, column in _tenant_tables(scene)}
    for table, column in _tenant_tables(scene):
        for key in table.foreign_keys:
            parent = scene.catalog.table(key.references) if key.references is not None else None
            if parent is None or parent.name not in tenant_of or column in key.columns or key.inherited:
                continue
            if column in _columns_to(table, parent.name) or not scene.reach.who("aw", table):
                continue  # another key to the same parent carries the tenant
            yield Found(
                f"{table.name} constraint {display_ident(key.name)}",
                f"lets a row refer to another tenant's row of {parent.name}, and tells whether there is one",
                detail=_meaning(key),
                hint=_composite(table, key, parent, column, tenant_of[parent.name]),
            )


def _columns_to(table: Table, parent: QualifiedName) -> set[str]:
    return {c for key in table.foreign_keys if key.references == parent for c in key.columns}


def _meaning(key: Constraint) -> str:
    return {
        "c": "ON DELETE CASCADE: the other tenant's delete takes the row with it",
        "n": "ON DELETE SET NULL: the other tenant's delete changes the row",
        "d": "ON DELETE SET DEFAULT: the other tenant's delete changes the row",
    }.get(key.on_delete, "the other tenant can no longer delete its row")


def _composite(table: Table, key: Constraint, parent: Table, column: str, parent_column: str) -> str:
    wanted = (parent_column, *key.referenced_columns)
    there = any(i.unique and i.predicate is None and set(i.columns) == set(wanted) and i.valid for i in parent.indexes)
    lines = []
    if not there:
        names = ", ".join(map(quote_ident, wanted))
        unique = quote_ident(bounded_name(parent.name.name, *wanted, "key"))
        lines.append(f"alter table {parent.name.sql} add constraint {unique} unique ({names});")
    rest = _rest(key)
    own = ", ".join(map(quote_ident, (column, *key.columns)))
    theirs = ", ".join(map(quote_ident, wanted))
    name = quote_ident(key.name)
    lines += [
        f"alter table {table.name.sql} drop constraint {name};",
        f"alter table {table.name.sql} add constraint {name} foreign key ({own})",
        f"  references {parent.name.sql} ({theirs}){rest};",
    ]
    return "\n".join(lines)


def _rest(key: Constraint) -> str:
    """What stands behind the columns in the old definition; SET NULL only of the columns it was about."""
    columns = ", ".join(map(quote_ident, key.columns))
    words = ""
    actions = {"r": "restrict", "c": "cascade", "n": "set null", "d": "set default"}
    if key.on_update in actions:
        words += f" on update {actions[key.on_update]}"
    if key.on_delete in actions:
        listed = f" ({columns})" if key.on_delete in "nd" else ""
        words += f" on delete {actions[key.on_delete]}{listed}"
    if key.deferrable:
        words += " deferrable" + (" initially deferred" if key.deferred else "")
    return words


def loses_tenant(scene: Scene) -> Iterable[Found]:
    """ON DELETE SET NULL without a list of columns empties the tenant, too: K6."""
    for table, column in _tenant_tables(scene):
        for key in table.foreign_keys:
            if column not in key.columns or key.on_delete not in "nd" or not key.on_delete or key.inherited:
                continue
            if len(key.columns) == 1 or re.search(r"ON DELETE SET (?:NULL|DEFAULT) \(", key.definition):
                continue
            others = ", ".join(quote_ident(c) for c in key.columns if c != column)
            changed = re.sub(r"ON DELETE SET (NULL|DEFAULT)", rf"ON DELETE SET \1 ({others})", key.definition)
            word = "null" if key.on_delete == "n" else "default"
            column_not_null = any(c.name == column and c.not_null for c in table.columns)
            yield Found(
                f"{table.name} constraint {display_ident(key.name)}",
                f"sets {display_ident(column)} to {word} with the rest of the key when the parent goes"
                + (": the parent cannot be deleted" if column_not_null and key.on_delete == "n" else ""),
                detail="a row without tenant belongs to nobody, or to everybody",
                hint=(
                    f"alter table {table.name.sql} drop constraint {quote_ident(key.name)};\n"
                    f"alter table {table.name.sql} add constraint {quote_ident(key.name)} {changed};"
                ),
            )


def nullable_key(scene: Scene) -> Iterable[Found]:
    """MATCH SIMPLE asks nothing when one column is null: K6b."""
    for table, column in _tenant_tables(scene):
        found = table.column(column)
        keys = [k for k in table.foreign_keys if column in k.columns and len(k.columns) > 1 and k.match != "f"]
        if found is not None and not found.not_null and keys:
            yield Found(
                f"{table.name} column {display_ident(column)}",
                f"may be null, and {keys[0].name} is not checked then",
                detail="a row without tenant may refer to any tenant's row",
                hint=f"alter table {table.name.sql} alter column {quote_ident(column)} set not null;",
            )


def _tenant_tables(scene: Scene) -> Iterator[tuple[Table, str]]:
    """The application's tables with a tenant column, apart from partitions, and that column."""
    for table in surface.tables(scene):
        column = scene.protection.tenant_column(table)
        if column is not None and table.partition_of is None:
            yield table, column


RULES = (
    rule("KEY-SETS-TENANT-NULL", "A foreign key that takes the tenant away", Severity.HIGH, loses_tenant),
    rule("KEY-CROSSES-TENANTS", "A foreign key that does not carry the tenant", Severity.MEDIUM, crossing_key),
    rule("KEY-SKIPPED", "A foreign key that is not checked without tenant", Severity.MEDIUM, nullable_key),
    rule("UNIQUE-ORACLE", "Uniqueness that tells of other tenants", Severity.LOW, global_unique),
)
