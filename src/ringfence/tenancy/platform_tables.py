"""What belongs to the platform rather than to the application: Supabase's schemas, extensions, partitions."""

from __future__ import annotations

from collections.abc import Iterator

from ringfence.catalog.model import Catalog, Table
from ringfence.names import QualifiedName

AUTH_USERS = QualifiedName("auth", "users")

SUPABASE_SCHEMAS = frozenset(
    (
        "auth",
        "cron",
        "extensions",
        "graphql",
        "graphql_public",
        "net",
        "pgmq",
        "pgsodium",
        "realtime",
        "storage",
        "supabase_functions",
        "supabase_migrations",
        "vault",
    )
)

_SIGNS = frozenset(("encrypted_password", "instance_id", "raw_app_meta_data", "raw_user_meta_data"))


def is_supabase(catalog: Catalog) -> bool:
    """Whether this database is a Supabase project's: its auth.users has the columns of Supabase's auth server.

    Roles are no sign, since they belong to the whole server; and a schema called `auth` or `storage` alone may be the
    application's own, whose tables must not be passed over.
    """
    users = catalog.table(AUTH_USERS)
    return users is not None and any(c.name in _SIGNS for c in users.columns)


def platform_reason(catalog: Catalog, name: QualifiedName) -> str | None:
    """Why a table is none of the application's, None when it is."""
    table = catalog.by_name[name]
    if table.extension is not None:
        return f"belongs to the extension {table.extension}"
    if name.schema in SUPABASE_SCHEMAS and is_supabase(catalog):
        return f"belongs to Supabase (schema {name.schema})"
    return None


def roots(catalog: Catalog, name: QualifiedName) -> tuple[QualifiedName, ...]:
    """The tables at the top that a partition or inheritance child follows, itself when it is neither."""
    table = catalog.table(name)
    if table is None:
        return (name,)
    parents = (table.partition_of,) if table.partition_of else table.inherits
    if not parents:
        return (name,)
    found = {root for parent in parents for root in roots(catalog, parent)}
    return tuple(sorted(found))


def descendants(catalog: Catalog, name: QualifiedName) -> Iterator[Table]:
    """Every partition and inheritance child of a table, at any depth; one that is reached twice comes twice."""
    for child in catalog.children.get(name, ()):
        yield catalog.by_name[child]
        yield from descendants(catalog, child)


def is_child(catalog: Catalog, name: QualifiedName) -> bool:
    """Whether a table is a partition or inherits from another one."""
    table = catalog.by_name[name]
    return table.partition_of is not None or bool(table.inherits)
