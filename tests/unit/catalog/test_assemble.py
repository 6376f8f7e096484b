"""Rows of the server's answers become one catalog; settings keep no secret."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.catalog.assemble import SECRET, Answers, VanishedWhileRead, catalog, namespaces, without_secret

SERVER = {"server_version": 180004, "database": "d", "current_user": "u", "current_user_superuser": False}
RELATION = {
    "oid": 1,
    "schema": "public",
    "name": "t",
    "kind": "r",
    "owner": "o",
    "acl": ["o=r/o", "anon=r/o"],
    "rls_enabled": False,
    "rls_forced": False,
    "replica_identity": "d",
    "options": [],
    "persistence": "p",
    "partition": False,
    "partition_bound": None,
    "partition_key": None,
    "definition": None,
    "access_method": "heap",
    "extension": None,
    "tablespace": None,
    "comment": None,
}
INDEX = {
    "oid": 1,
    "name": "i",
    "definition": "CREATE INDEX",
    "columns": [7],
    "keys": 1,
    "method": "btree",
    "unique": False,
    "primary": False,
    "valid": True,
    "ready": True,
    "replica_identity": False,
    "clustered": False,
    "predicate": None,
    "constraint": None,
    "partition_of_schema": None,
    "partition_of_name": None,
    "nulls_not_distinct": False,
    "ordinary": True,
    "collations": [0],
}


def test_a_table_is_put_together_and_lists_are_sorted() -> None:
    found = catalog(Answers(server=SERVER, schemas=(), relations=[RELATION]))

    assert found.tables[0].acl == ("anon=r/o", "o=r/o")
    assert found.tables[0].columns == ()


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param({"indexes": [{**INDEX, "definition": None}]}, id="definition gone"),
        pytest.param({"rules": [{"oid": 1, "name": "r", "definition": None, "enabled": "O"}]}, id="rule gone"),
    ],
)
def test_a_definition_that_is_gone_asks_for_another_reading(answers: dict[str, Any]) -> None:
    with pytest.raises(VanishedWhileRead):
        catalog(Answers(server=SERVER, schemas=(), relations=[RELATION], **answers))


def test_a_view_of_an_extension_is_left_out_and_a_table_is_marked() -> None:
    view = {**RELATION, "oid": 2, "name": "v", "kind": "v", "definition": "SELECT", "extension": "postgis"}
    table = {**RELATION, "extension": "postgis"}

    found = catalog(Answers(server=SERVER, schemas=(), relations=[view, table]))

    assert found.views == ()
    assert found.tables[0].extension == "postgis"


def test_schemas_are_chosen_by_name() -> None:
    rows = [{"oid": 1, "name": "a"}, {"oid": 2, "name": "b"}]

    assert namespaces(rows, None) == [1, 2]
    assert namespaces(rows, ["b", "missing"]) == [2]
    assert namespaces(rows, []) == []


@pytest.mark.parametrize("setting", ["statement_timeout=3s", "search_path=a, b", "pgrst.db_schemas=public,api"])
def test_ordinary_settings_stay(setting: str) -> None:
    assert without_secret(setting) == setting


@pytest.mark.parametrize("name", ["app.jwt_secret", "pgrst.jwt_secret", "pgrst.db_uri", "my.thing"])
def test_custom_settings_lose_their_value(name: str) -> None:
    assert without_secret(f"{name}=hush=hush") == f"{name}={SECRET}"


@given(st.text(alphabet="abc.", min_size=1), st.text())
def test_no_value_of_an_unknown_custom_setting_is_kept(name: str, value: str) -> None:
    kept = without_secret(f"x.{name}={value}")

    assert kept == f"x.{name}={SECRET}"
