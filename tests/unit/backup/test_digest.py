"""The SQL of a digest and the choice of what is digested."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ringfence.backup.digest import digest_columns, digest_targets, row_digest
from ringfence.catalog.model import Catalog, Column, Table, TableKind
from ringfence.names import QualifiedName

NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=15)
T = QualifiedName("public", "t")


def table(name: str, **facts: Any) -> Table:
    plain = Table(
        QualifiedName("public", name), TableKind.ORDINARY, (Column("id", "integer"), Column("body", "text")), "owner"
    )
    return replace(plain, **facts)


@given(
    st.lists(NAMES, unique=True, max_size=6).flatmap(lambda names: st.tuples(st.just(names), st.permutations(names)))
)
def test_the_query_depends_on_the_set_of_columns_and_not_on_their_order(both: tuple[list[str], list[str]]) -> None:
    """Attribute numbers change when a column is dropped and added again; the digest must not."""
    assert row_digest(T, both[0]) == row_digest(T, both[1])


@given(NAMES, st.lists(NAMES, unique=True, max_size=6))
def test_every_column_is_hashed_once_and_tested_for_null_once(schema: str, columns: list[str]) -> None:
    query = row_digest(QualifiedName(schema, "t"), columns)

    assert query.count("pg_catalog.hashtextextended(pg_catalog.concat(") >= len(columns)
    assert query.count("pg_catalog.num_nulls(") >= len(columns)
    assert query.endswith(f"from only {QualifiedName(schema, 't').sql}")


def test_names_are_quoted() -> None:
    query = row_digest(QualifiedName("my schema", 'we"ird'), ["Größe", "select"])

    assert '"my schema"."we""ird"' in query
    assert 'concat("Größe")' in query
    assert 'concat("select")' in query


def test_a_table_without_columns_still_has_rows() -> None:
    assert "hashtextextended" not in row_digest(T, [])
    assert "pg_catalog.count(*)" in row_digest(T, [])


def test_virtual_columns_hold_nothing_and_stored_ones_do() -> None:
    columns = (Column("a", "integer"), Column("s", "integer", generated="s"), Column("v", "integer", generated="v"))

    assert digest_columns(table("t", columns=columns)) == ("a", "s")


def test_the_tenant_column_can_be_left_out() -> None:
    assert digest_columns(table("t"), without=["body"]) == ("id",)


def test_only_tables_with_rows_of_their_own_in_a_dump_are_digested() -> None:
    catalog = Catalog(
        server_version=180000,
        database="d",
        current_user="o",
        current_user_superuser=True,
        tables=(
            table("plain"),
            table("root", kind=TableKind.PARTITIONED),
            table("leaf", partition_of=QualifiedName("public", "root")),
            table("foreign", kind=TableKind.FOREIGN),
            table("temporary", persistence="t"),
            table("unlogged", persistence="u"),
            table("of_extension", extension="postgis"),
            replace(table("secrets"), name=QualifiedName("vault", "secrets")),
        ),
    )

    targets = digest_targets(catalog, excluded_schemas=["vault"])

    assert [name.name for name in targets] == ["plain", "leaf", "unlogged"]
