"""Catalogs written by hand in a few lines, for tests of pure code that reads one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from ringfence.catalog.model import (
    Catalog,
    Column,
    Constraint,
    ConstraintKind,
    Index,
    Measure,
    Role,
    Schema,
    Table,
    TableKind,
)
from ringfence.names import QualifiedName, parse_qualified

_COLUMN = re.compile(
    r"(?P<name>\"[^\"]+\"|\w+)\s+(?P<type>[\w ]+?)(?P<not_null> not null)?(?P<key> key)?(?P<unique> unique)?"
    r"(?:\s*->\s*(?P<parent>[\w.\"]+?)(?:\((?P<parent_column>[\w\"]+)\))?(?P<cascade> cascade)?)?\s*\Z"
)


def table(name: str, *columns: str, **changes: object) -> Table:
    """A table from lines such as 'id uuid key', 'owner_id uuid not null -> auth.users cascade', 'slug text unique'.

    A referenced column left out is `id`. `primary=("a", "b")` makes a primary key of several columns.
    """
    qualified = parse_qualified(name)
    found: list[Column] = []
    constraints: list[Constraint] = []
    primary = tuple(str(c) for c in changes.pop("primary", ()))  # type: ignore[attr-defined]
    for line in columns:
        match = _COLUMN.match(line)
        assert match is not None, f"cannot read the column {line!r}"
        column = match["name"].strip('"')
        not_null = bool(match["not_null"] or match["key"]) or column in primary
        found.append(Column(column, match["type"], not_null, base_type=match["type"]))
        if match["key"]:
            primary = (column,)
        if match["unique"]:
            constraints.append(
                Constraint(f"{qualified.name}_{column}_key", ConstraintKind.UNIQUE, f"UNIQUE ({column})", (column,))
            )
        if match["parent"]:
            parent = parse_qualified(match["parent"])
            constraints.append(
                Constraint(
                    f"{qualified.name}_{column}_fkey",
                    ConstraintKind.FOREIGN,
                    f"FOREIGN KEY ({column}) REFERENCES {parent}",
                    (column,),
                    references=parent,
                    referenced_columns=((match["parent_column"] or "id").strip('"'),),
                    on_delete="c" if match["cascade"] else "a",
                )
            )
    if primary:
        constraints.append(
            Constraint(f"{qualified.name}_pkey", ConstraintKind.PRIMARY, f"PRIMARY KEY ({', '.join(primary)})", primary)
        )
    made = Table(
        qualified,
        TableKind.ORDINARY,
        tuple(found),
        "owner",
        constraints=tuple(sorted(constraints, key=lambda c: c.name)),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def foreign_key(of: Table, columns: tuple[str, ...], parent: Table, parent_columns: tuple[str, ...]) -> Table:
    """The table with one more foreign key, of any number of columns."""
    added = Constraint(
        f"{of.name.name}_{'_'.join(columns)}_fkey",
        ConstraintKind.FOREIGN,
        "FOREIGN KEY",
        columns,
        references=parent.name,
        referenced_columns=parent_columns,
        on_delete="a",
    )
    return replace(of, constraints=tuple(sorted((*of.constraints, added), key=lambda c: c.name)))


def unique_index(of: Table, name: str, *columns: str, predicate: str | None = None) -> Table:
    """The table with one more unique index; '' stands for an expression."""
    added = Index(name, f"CREATE UNIQUE INDEX {name}", columns, unique=True, predicate=predicate)
    return replace(of, indexes=(*of.indexes, added))


def catalog(*tables: Table, roles: Iterable[str] = (), rows: dict[str, int] | None = None) -> Catalog:
    """A catalog of these tables, in the schemas they name."""
    schemas = sorted({t.name.schema for t in tables} | {"public"})
    return Catalog(
        server_version=180004,
        database="test",
        current_user="owner",
        current_user_superuser=False,
        schemas=tuple(Schema(name, "owner") for name in schemas),
        tables=tuple(sorted(tables, key=lambda t: t.name)),
        roles=tuple(Role(name) for name in roles),
        measures={str(parse_qualified(n)): Measure(r, 1, 8192) for n, r in (rows or {}).items()},
    )


def name(text: str) -> QualifiedName:
    """A qualified name as SQL writes it."""
    return parse_qualified(text)
