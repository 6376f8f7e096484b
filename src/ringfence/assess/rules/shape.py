"""Shapes of tables that change what Ringfence can do with them."""

from __future__ import annotations

from collections.abc import Iterable

from ringfence.assess.model import Found, Rule, Scene, Severity, counted
from ringfence.catalog.model import ConstraintKind, Index, Table, TableKind
from ringfence.names import IDENTIFIER_BYTES_MAX, QualifiedName, quote_ident

SHOWN_MAX = 10
ROOT_FK_NOT_VALID_VERSION = 180000


def no_primary_key(scene: Scene) -> Iterable[Found]:
    """Without a primary key some of what Ringfence does has no row to hold on to."""
    for table in scene.targets:
        if table.primary_key or table.kind is TableKind.FOREIGN or table.partition_of is not None:
            continue
        unique = next((i for i in table.indexes if _could_be_key(table, i)), None)
        name = quote_ident(f"{table.name.name[:58]}_pkey")
        if unique is not None:
            index = quote_ident(unique.name)
            hint = f"alter table {table.name.sql} add constraint {name} primary key using index {index};"
        else:
            hint = (
                "-- name columns that are unique and not null, or add one; that rewrites the table under a lock:\n"
                f"alter table {table.name.sql} add column {quote_ident(_free_name(table))} bigint"
                " generated always as identity primary key;"
            )
        yield Found(
            str(table.name),
            "has no primary key",
            detail=(
                "it is filled all the same (rows are told apart by their place on disk), but: nothing can refer to"
                " (tenant, key) of it, choices that people make for single rows are not remembered by a revert, and a"
                " row written before its parent waits for the next sweep instead of being repaired at commit"
            ),
            hint=hint,
        )


def _could_be_key(table: Table, index: Index) -> bool:
    usable = index.unique and index.valid and index.plain and not index.predicate and index.constraint is None
    found = [table.column(c) for c in index.columns]
    return usable and bool(found) and all(c is not None and c.not_null for c in found)


def _free_name(table: Table) -> str:
    taken = {c.name for c in table.columns}
    return next(n for n in ("id", "row_id", "row_id_", "ringfence_row_id") if n not in taken)


def partitioned(scene: Scene) -> Iterable[Found]:
    """Partitions are indexed one by one, and on servers before 18 referenced one by one (H9)."""
    for table in scene.roots:
        if table.kind is not TableKind.PARTITIONED:
            continue
        leaves = [m for m in scene.family(table.name) if m.kind is TableKind.ORDINARY]
        keys = "" if scene.catalog.server_version >= ROOT_FK_NOT_VALID_VERSION else " and foreign key"
        yield Found(
            str(table.name),
            f"is partitioned into {len(leaves)}: column and triggers come in one moment for all of them",
            detail=f"each index{keys} is built on one partition after the other and joined at the root",
        )


def inheritance(scene: Scene) -> Iterable[Found]:
    """Inheritance children get the column by recursion, but neither triggers nor keys."""
    for table in scene.targets:
        if table.inherits and table.partition_of is None:
            parents = ", ".join(str(p) for p in table.inherits)
            yield Found(
                str(table.name),
                f"inherits from {parents}: it gets the column with its parent, and triggers and keys of its own",
                detail="a foreign key to the parent does not see its rows; that was so before",
            )


def foreign_table(scene: Scene) -> Iterable[Found]:
    """Rows that live on another server cannot be given a column here."""
    for table in scene.targets:
        if table.kind is not TableKind.FOREIGN:
            continue
        if table.partition_of is not None:
            hint = f"alter table {table.partition_of.sql} detach partition {table.name.sql};"
            message = "is a partition on another server: no unique key and no constraint trigger can cover it"
        elif table.inherits:
            hint = f"alter foreign table {table.name.sql} no inherit {table.inherits[0].sql};"
            message = "is an inheritance child on another server: its rows cannot be given a tenant from here"
        else:
            hint = f'# in ringfence.toml\n[tables."{table.name}"]\nscope = "excluded"'
            message = "is a foreign table: its rows cannot be given a tenant from here"
        yield Found(str(table.name), message, detail=", ".join(table.options), hint=hint)


def not_permanent(scene: Scene) -> Iterable[Found]:
    """Unlogged tables are emptied by a crash and missing on standbys."""
    for table in scene.targets:
        if table.persistence == "u":
            yield Found(
                str(table.name),
                "is unlogged: it is filled like any other, and empty after a crash as before",
                detail="no permanent table can refer to it",
            )


def shadowed(scene: Scene) -> Iterable[Found]:
    """A temporary table hides the real one from the session that made it."""
    for table in scene.targets:
        if table.name.name in scene.observed.temporary:
            yield Found(
                str(table.name),
                "is hidden, in some session, by a temporary table of the same name",
                detail="what that session writes there has no tenant; our own statements always name the schema",
            )


def extension_table(scene: Scene) -> Iterable[Found]:
    """A table that an extension made is not in a dump, and an update of the extension does not know our column."""
    for table in scene.targets:
        if table.extension is not None:
            yield Found(
                str(table.name),
                f"belongs to extension {table.extension}: a dump does not carry a column we add",
                hint=f'# in ringfence.toml\n[tables."{table.name}"]\nscope = "excluded"',
            )


def global_unique(scene: Scene) -> Iterable[Found]:
    """Unique and exclusion constraints that hold across all tenants."""
    for table in scene.roots:
        entry = scene.entry(table.name)
        tenant = entry.column if entry is not None else None
        scoped = {u.constraint for u in entry.uniques} if entry is not None else set()
        names = {
            c.name: c.columns for c in table.constraints if c.kind in (ConstraintKind.UNIQUE, ConstraintKind.EXCLUSION)
        }
        names.update({i.name: i.columns for i in table.indexes if i.unique and not i.primary and i.constraint is None})
        left = {
            name: columns for name, columns in sorted(names.items()) if name not in scoped and tenant not in columns
        }
        if left:
            # an expression is no column that the tenant could be put in front of
            lines = "\n".join(f'{quote_ident(name)} = "tenant"' for name, columns in left.items() if all(columns))
            yield Found(
                str(table.name),
                f"what is unique in it is unique across all tenants: {', '.join(left)}",
                detail="\n".join(f"{name} ({', '.join(c or 'expression' for c in left[name])})" for name in left),
                hint=f'# where tenants may use the same value\n[tables."{table.name}".unique]\n{lines}'
                if lines
                else "",
            )


def long_names(scene: Scene) -> Iterable[Found]:
    """Names made from long names end in a hash, because PostgreSQL keeps 63 bytes."""
    column = scene.tenancy.column if scene.tenancy is not None else "client_id"
    longest = len(f"__{column}_present")
    names = [str(t.name) for t in scene.targets if len(t.name.name.encode()) + longest > IDENTIFIER_BYTES_MAX]
    if names:
        yield Found(
            counted(len(names), "table"),
            "have names so long that constraints and indexes made for them end in a hash",
            detail=_listed(names),
        )


def taken(scene: Scene) -> Iterable[Found]:
    """What Ringfence would create is there already, and the spec does not adopt it."""
    if scene.tenancy is None or scene.observed.installed:
        return
    for created in (scene.tenancy.organizations, scene.tenancy.memberships):
        if not created.adopted and _exists(scene, created.table):
            word = "organizations" if created is scene.tenancy.organizations else "memberships"
            yield Found(
                str(created.table),
                f"is there already, and ringfence.toml would have it created for {word}",
                hint=(
                    f"# in ringfence.toml: adopt it (see ringfence init), or choose another name\n[tenant]\n"
                    f'{word} = "{created.table.schema}.tenant_{word}"'
                ),
            )


def _exists(scene: Scene, name: QualifiedName) -> bool:
    return scene.catalog.table(name) is not None or any(v.name == name for v in scene.catalog.views)


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN_MAX} more" if len(names) > SHOWN_MAX else ""
    return ", ".join(names[:SHOWN_MAX]) + more


RULES = (
    Rule(
        "RFA-NO-PRIMARY-KEY",
        "A table without primary key",
        Severity.WARNING,
        "reference/rules/no-primary-key.md",
        no_primary_key,
    ),
    Rule("RFA-PARTITIONED", "A partitioned table", Severity.INFO, "reference/rules/partitioned.md", partitioned),
    Rule("RFA-INHERITANCE", "An inheritance child", Severity.INFO, "reference/rules/inheritance.md", inheritance),
    Rule("RFA-FOREIGN-TABLE", "A foreign table", Severity.ERROR, "reference/rules/foreign-table.md", foreign_table),
    Rule("RFA-UNLOGGED", "An unlogged table", Severity.INFO, "reference/rules/unlogged.md", not_permanent),
    Rule(
        "RFA-TEMPORARY", "A temporary table of the same name", Severity.INFO, "reference/rules/temporary.md", shadowed
    ),
    Rule(
        "RFA-EXTENSION-TABLE",
        "A table of an extension",
        Severity.WARNING,
        "reference/rules/extension-table.md",
        extension_table,
    ),
    Rule(
        "RFA-GLOBAL-UNIQUE",
        "Unique across all tenants",
        Severity.INFO,
        "reference/rules/global-unique.md",
        global_unique,
    ),
    Rule("RFA-LONG-NAMES", "Names near 63 bytes", Severity.INFO, "reference/rules/long-names.md", long_names),
    Rule("RFA-NAME-TAKEN", "A name is taken", Severity.ERROR, "reference/rules/name-taken.md", taken),
)
