"""The SQL that reduces a table to a count and a checksum, and the choice of tables and columns.

The checksum must be the same on another server of another major version, whatever order the rows lie in and whatever
attribute numbers the columns have. So every value is hashed as its output text under fixed settings, columns are taken
in name order, and the row hashes are summed (a sum, unlike an exclusive or, also sees a row that is there twice).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from ringfence.catalog.model import Catalog, Table, TableKind
from ringfence.names import QualifiedName, quote_ident

DIGEST_SETTINGS: Sequence[tuple[str, str]] = (
    # Everything PostgreSQL lets a session change about how values are written.
    ("search_path", ""),
    ("timezone", "UTC"),
    ("datestyle", "ISO, YMD"),
    ("intervalstyle", "iso_8601"),
    ("extra_float_digits", "1"),
    ("bytea_output", "hex"),
    ("lc_monetary", "C"),
    ("quote_all_identifiers", "off"),
    # A filtered table would have a plausible and wrong checksum: an error instead.
    ("row_security", "off"),
    # Compiling gains nothing worth the name on an aggregate this plain, and costs its start on every table.
    ("jit", "off"),
)


def row_digest(table: QualifiedName, columns: Collection[str]) -> str:
    """One query with one row: `rows` (bigint) and `checksum` (numeric text, '0' for an empty table).

    Each column's text is hashed with the hash of the columns before it as seed; whether it is null changes the seed
    of the hash, so null differs from an empty text and from every other text. `concat` and `num_nulls` are used
    because they call nothing but the type's output function: a cast to text could be a function that a table's owner
    wrote, run by whoever asks. ONLY, because partitions and children have digests of their own.

    `hashtextextended` is what hash partitioning stands on, so its values do not change between versions; they do
    between byte orders.
    """
    row_hash = "0::pg_catalog.int8"
    for column in sorted(set(columns)):
        quoted = quote_ident(column)
        # A nondeterministic collation would be hashed by its sort key, which is the business of the ICU version.
        text = f'pg_catalog.concat({quoted}) collate pg_catalog."C"'
        row_hash = f"pg_catalog.hashtextextended({text}, {row_hash} # pg_catalog.num_nulls({quoted}))"
    return (
        f"select pg_catalog.count(*) as rows, coalesce(pg_catalog.sum({row_hash}), 0)::pg_catalog.text as checksum"
        f" from only {table.sql}"
    )


def digest_columns(table: Table, without: Collection[str] = ()) -> tuple[str, ...]:
    """The columns of a table that hold data, in name order: all but virtual generated ones and those left out."""
    return tuple(sorted(c.name for c in table.columns if c.generated != "v" and c.name not in without))


def digest_targets(
    catalog: Catalog, *, without: Collection[str] = (), excluded_schemas: Collection[str] = ()
) -> Mapping[QualifiedName, tuple[str, ...]]:
    """Every table that holds rows of its own in a dump, with its columns.

    Partition roots hold none, foreign tables hold somebody else's, temporary ones are gone before a restore, and what
    an extension owns is restored by the extension.
    """
    return {
        table.name: digest_columns(table, without)
        for table in catalog.tables
        if table.kind is TableKind.ORDINARY
        and table.persistence != "t"
        and table.extension is None
        and table.name.schema not in excluded_schemas
    }
