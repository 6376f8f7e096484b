"""The same migration by a superuser, by the ordinary owner of the tables, and by a role like hosted Supabase's postgres."""

from __future__ import annotations

from pathlib import Path

import pytest
from psycopg import sql

from ringfence import db, verbs
from ringfence.plan import pg as plan_pg
from support.cases import ACCEPT, Case
from support.databases import Database

CASES = Path(__file__).parents[2] / "cases"


def hand_over(database: Database, role: str, schemas: tuple[str, ...]) -> None:
    """Make a role the owner of everything in these schemas, as it would be had it made them."""
    with database.connect() as conn:
        conn.execute(
            sql.SQL("grant create on database {} to {}").format(sql.Identifier(database.name), sql.Identifier(role))
        )
        for schema in schemas:
            conn.execute(sql.SQL("grant all on schema {} to {}").format(sql.Identifier(schema), sql.Identifier(role)))
            for (table,) in conn.execute(
                "select c.oid::regclass::text from pg_class c where c.relnamespace = %s::regnamespace"
                " and c.relkind in ('r', 'p')",
                (schema,),
            ).fetchall():
                conn.execute(sql.SQL("alter table {} owner to {}").format(sql.SQL(table), sql.Identifier(role)))


def assert_forth_and_back(case: Case) -> None:
    """Forward, what old code writes, back: the catalog is restored and no row is lost."""
    report = case.apply()
    assert report.outcome == "finished", report
    case.old_writes()
    rows = case.digests()

    assert case.revert().outcome == "finished"

    assert case.catalog_differences() == ""
    assert case.digests() == rows


@pytest.mark.parametrize("name", ["documents", "triggers_of_the_application", "several_schemas", "partitions"])
def test_an_ordinary_owner_can_migrate(database: Database, tmp_path: Path, name: str) -> None:
    """No superuser is needed: owning the tables, CREATE on the database and rights on the users table are enough."""
    case = Case.load(CASES / name, database, tmp_path)
    role = database.create_role("rf_owner", "login nosuperuser")
    schemas = tuple(s.name for s in case.catalog_at_start.schemas)
    hand_over(database, role, schemas)
    case.user = role
    case.again()

    assert_forth_and_back(case)


def test_a_role_like_hosted_supabase_postgres_can_migrate(supabase_database: Database, tmp_path: Path) -> None:
    """Hosted Supabase's postgres bypasses row security, owns public and has rights on auth.users, but is no superuser."""
    case = Case.load(CASES / "supabase_project", supabase_database, tmp_path)
    role = supabase_database.create_role("rf_hosted", "login createdb createrole bypassrls nosuperuser")
    hand_over(supabase_database, role, ("public",))
    with supabase_database.connect() as conn:
        for statement in (
            "grant usage on schema auth to {}",
            "grant all on all tables in schema auth to {}",
            "grant anon, authenticated, service_role to {}",
        ):
            conn.execute(sql.SQL(statement).format(sql.Identifier(role)))
    case.user = role
    case.again()
    with db.connect(case.url) as mine:
        facts = plan_pg.gather_facts(mine, case.catalog(), case.plan().tenancy)
    assert not facts.replica_role_allowed, "the fallback is what this test is about"

    assert_forth_and_back(case)


def test_missing_privileges_are_named_before_anything_is_written(database: Database, tmp_path: Path) -> None:
    """A role without rights on the users table is told what to grant, and nothing but the journal has been written."""
    case = Case.load(CASES / "documents", database, tmp_path)
    role = database.create_role("rf_weak", "login nosuperuser")
    hand_over(database, role, ("public",))
    database.execute(f"grant usage on schema auth to {role}; grant select on auth.users to {role}")
    case.user = role
    case.again()

    with pytest.raises(verbs.BlockersLeft) as caught:
        case.apply()

    assert "auth.users" in caught.value.detail
    assert "TRIGGER" in caught.value.detail
    assert verbs.status(case.url).state == "not started"
    assert case.catalog_differences() == ""

    report = verbs.apply(case.url, case.config, accept={**ACCEPT, "RFA-TABLE-PRIVILEGE": "to see the gate behind it"})

    assert report.outcome == "gate"
    said = report.gates_missing["RFG-PRIVILEGES"]
    assert "TRIGGER on auth.users" in said
    assert "grant trigger on" in said
    assert case.catalog_differences() == ""


def test_no_right_to_create_our_schema_is_a_coded_error(database: Database, tmp_path: Path) -> None:
    """Without CREATE on the database nothing begins, and the error says what to grant."""
    case = Case.load(CASES / "documents", database, tmp_path)
    role = database.create_role("rf_nobody", "login nosuperuser")
    case.user = role

    with pytest.raises(verbs.RingfenceError) as caught:
        case.apply()

    assert caught.value.hint
