"""The test databases are what tests believe them to be."""

from __future__ import annotations

import psycopg
import pytest

from support.databases import Database, Server


def test_each_test_has_a_database_of_its_own(database: Database, server: Server) -> None:
    conn = database.connect()

    assert conn.info.dbname == database.name
    assert conn.info.server_version // 10000 == server.major
    assert conn.execute("select count(*) from pg_class where relnamespace = 'public'::regnamespace").fetchone() == (0,)


def test_a_role_of_a_test_can_log_in_and_is_not_a_superuser(database: Database) -> None:
    role = database.create_role("owner")
    database.execute(f'create schema app authorization "{role}"')

    assert database.connect(user=role).execute(
        "select current_user, rolsuper from pg_roles where rolname = current_user"
    )


@pytest.mark.parametrize("attempt", [1, 2])
def test_a_supabase_database_has_its_roles_schemas_and_search_path(supabase_database: Database, attempt: int) -> None:
    conn = supabase_database.connect()
    conn.execute("insert into auth.users (email) values ('first@example.org')")

    assert conn.execute("select count(*) from auth.users").fetchone() == (1,)
    assert conn.execute("show search_path").fetchone() == ('"$user", public, extensions',)
    assert conn.execute("select rolbypassrls from pg_roles where rolname = 'service_role'").fetchone() == (True,)
    conn.execute("set role authenticated")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        conn.execute("delete from auth.users")
