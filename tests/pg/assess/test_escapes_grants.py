"""Grants, schemas, default privileges, sequences: what no policy filters, planted, found, taken back by the hint."""

from __future__ import annotations

import psycopg
import pytest

from pg.assess.world import ANN, World
from ringfence.assess.model import Severity
from ringfence.names import QualifiedName
from support.databases import Database

NAMES = "select name from public.projects"
BOTH, OWN = {"of A", "of B"}, {"of A"}
DENIED = psycopg.errors.InsufficientPrivilege


def test_truncate(database: Database) -> None:
    """R8: TRUNCATE asks no policy; every tenant's rows go."""
    world = World.made(database)
    world.does("grant truncate on public.projects, public.tasks to $member")
    with world.acting({"sub": ANN}) as conn:
        conn.execute("truncate public.projects, public.tasks")
        conn.execute("reset role")
        assert conn.execute("select count(*) from public.projects").fetchall() == [(0,)]

    found = world.found("RFA-GRANT-TRUNCATE")
    assert [f.subject for f in found] == ["public.projects", "public.tasks"]
    for finding in found:
        assert finding.severity is Severity.HIGH
        world.does(finding.hint)

    with world.acting({"sub": ANN}) as conn, pytest.raises(DENIED):
        conn.execute("truncate public.projects, public.tasks")
    assert world.worse_than_low() == []


def test_trigger(database: Database) -> None:
    """R10: a trigger of one tenant sees what the other one writes; the trigger left behind has a rule of its own."""
    world = World.made(database)
    world.does(
        "create schema scratch; grant create, usage on schema scratch to $member; grant trigger on public.projects to $member"
    )
    world.does(
        """
        set role $member;
        create table scratch.loot (what text);
        create function scratch.steal() returns trigger language plpgsql as
          $f$ begin insert into scratch.loot values (new.name); return new; end $f$;
        create trigger t before insert on public.projects for each row execute function scratch.steal();
        reset role;
        """
    )
    with world.acting({"sub": "b0000000-0000-0000-0000-00000000000b"}) as conn:
        conn.execute(world.sql("insert into public.projects (tenant_id, name) values ('$b', 'secret of B')").encode())
        assert conn.execute("select what from scratch.loot").fetchall() == [("secret of B",)]

    world.asked(world.member)

    world.repair("RFA-GRANT-TRIGGER")
    assert world.repair("RFA-TRIGGER-STRANGER").severity is Severity.CRITICAL
    world.does("drop table scratch.loot")  # what it had stolen
    world.repair("RFA-SCHEMA-CREATE")

    assert world.worse_than_low() == []


def test_references(database: Database) -> None:
    """R9: a foreign key of one's own tells which keys there are."""
    world = World.made(database)
    world.does(
        "create schema scratch; grant create, usage on schema scratch to $member;"
        " grant references on public.projects to $member"
    )
    with world.acting({"sub": ANN}) as conn:
        conn.execute("create table scratch.guess (id bigint references public.projects)")
        conn.execute("insert into scratch.guess values (102)")
        with pytest.raises(psycopg.errors.ForeignKeyViolation):
            conn.execute("insert into scratch.guess values (103)")

    world.repair("RFA-GRANT-REFERENCES")
    world.repair("RFA-SCHEMA-CREATE")

    assert world.worse_than_low() == []


def test_references_by_column(database: Database) -> None:
    """R9: the privilege may be granted for one column."""
    world = World.made(database)
    world.does("grant references (id) on public.projects to $member")

    assert world.repair("RFA-GRANT-REFERENCES").subject == "public.projects column id"


def test_maintain(database: Database) -> None:
    """E6: LOCK TABLE keeps everybody waiting (PostgreSQL 17 and newer)."""
    if database.server.major < 17:
        pytest.skip("MAINTAIN exists since PostgreSQL 17")
    world = World.made(database)
    world.does("grant maintain on public.projects to $member")
    with world.acting({"sub": ANN}) as conn:
        conn.execute("lock table public.projects in access exclusive mode")

    world.repair("RFA-GRANT-MAINTAIN")


def test_passing_on(database: Database) -> None:
    """E7: a grant option makes a reader of everybody."""
    world = World.made(database)
    world.does("grant select on public.projects to $member with grant option")
    world.does("set role $member; grant select on public.projects to $visitor; reset role")

    world.repair("RFA-GRANT-OPTION")

    assert world.ann_sees(NAMES) == OWN
    with world.acting({"sub": ANN}, role=world.visitor) as conn, pytest.raises(DENIED):
        conn.execute(NAMES.encode())


def test_public(database: Database) -> None:
    """E8: PUBLIC is everybody; the request role keeps what it had."""
    world = World.made(database)
    world.does("revoke select on public.projects from $member; grant select on public.projects to public")

    assert "SELECT" in world.repair("RFA-GRANT-PUBLIC").message

    assert world.ann_sees(NAMES) == OWN
    assert world.worse_than_low() == []


def test_a_column_that_was_not_taken_away(database: Database) -> None:
    """R13: a grant on the table covers the columns that were left out; the hint leaves what was listed."""
    world = World.made(database)
    world.does(
        "grant select (id, name, tenant_id) on public.projects to $member; revoke select (tag) on public.projects from $member"
    )
    assert world.ann_sees("select tag from public.projects") == {"cold"}

    world.repair("RFA-COLUMN-GRANT-IDLE")

    with pytest.raises(DENIED):
        world.ann_sees("select tag from public.projects")
    assert world.ann_sees(NAMES) == OWN
    assert world.worse_than_low() == []


def test_columns_alone_are_right(database: Database) -> None:
    """A grant by column without one on the table is how a column is hidden."""
    world = World.made(database)
    world.does(
        "revoke select on public.projects from $member; grant select (id, name, tenant_id) on public.projects to $member"
    )

    assert world.found("RFA-COLUMN-GRANT-IDLE") == []
    assert world.ann_sees(NAMES) == OWN


@pytest.mark.parametrize(("schema", "severity"), [("public", Severity.HIGH), ("corner", Severity.MEDIUM)])
def test_objects_of_ones_own(database: Database, schema: str, severity: Severity) -> None:
    """E9: worse where others look names up."""
    world = World.made(database)
    world.does(f"create schema if not exists {schema}; grant create, usage on schema {schema} to public")

    assert world.repair("RFA-SCHEMA-CREATE").severity is severity
    with world.acting({"sub": ANN}) as conn, pytest.raises(DENIED):
        conn.execute(f"create table {schema}.mine (x int)".encode())


def test_schemas_of_ones_own(database: Database) -> None:
    """E10: CREATE on the database."""
    world = World.made(database)
    world.does(f"grant create on database {database.name} to $member")

    world.repair("RFA-DATABASE-CREATE")

    with world.acting({"sub": ANN}) as conn, pytest.raises(DENIED):
        conn.execute("create schema mine")


def test_temporary_tables(database: Database) -> None:
    """O19: a temporary table of one tenant is there for the next one in the same session."""
    world = World.made(database)
    with database.connect() as conn:
        conn.execute(f"set role {world.member}".encode())
        conn.execute(
            world.sql("""begin; set local request.jwt.claims = '{"sub": "$bob"}';
            create temp table cache as select name from public.projects; commit""").encode()
        )
        conn.execute(world.sql("""begin; set local request.jwt.claims = '{"sub": "$ann"}'""").encode())
        assert conn.execute("select name from cache").fetchall() == [("of B",)]

    assert world.repair("RFA-TEMPORARY-TABLES").severity is Severity.LOW

    with world.acting({"sub": ANN}) as conn, pytest.raises(DENIED):
        conn.execute("create temp table cache (x int)")


def test_a_schema_that_is_no_api(database: Database) -> None:
    """E11: PostgREST reads its schemas from a setting of its login."""
    world = World.made(database)
    login = database.create_role("gateway", "login noinherit")
    world.does(f"alter role {login} set pgrst.db_schemas = 'public, vault, app'")

    finding = world.repair("RFA-EXPOSED-SCHEMA")

    assert "serve vault:" in finding.message
    assert "'public, app'" in finding.hint


def test_the_next_table(database: Database) -> None:
    """R11: open from its first row."""
    world = World.made(database)
    world.does("alter default privileges in schema public grant all on tables to $member, public")
    world.does(
        "create table public.invoices (tenant_id uuid, secret text); insert into public.invoices values ('$b', 'of B')"
    )
    assert world.ann_sees("select secret from public.invoices") == {"of B"}

    assert world.repair("RFA-DEFAULT-GRANT").severity is Severity.HIGH

    world.does("create table public.later (x int)")
    with pytest.raises(DENIED):
        world.ann_sees("select x from public.later")


def test_other_objects_to_come(database: Database) -> None:
    """R11: sequences and functions are low."""
    world = World.made(database)
    world.does("alter default privileges in schema public grant select, update on sequences to $member")
    world.does("alter default privileges in schema public grant execute on functions to $member")

    found = world.found("RFA-DEFAULT-GRANT")
    assert {f.severity for f in found} == {Severity.LOW}
    for finding in found:
        world.does(finding.hint)
    assert world.found("RFA-DEFAULT-GRANT") == []


def test_functions_of_everybody(database: Database) -> None:
    """O16: EXECUTE is PUBLIC's until the owner's own defaults say otherwise."""
    world = World.made(database)
    world.does("create function public.report() returns text language sql return 'for everybody'")
    assert world.ann_sees("select public.report()") == {"for everybody"}

    assert world.repair("RFA-DEFAULT-EXECUTE").severity is Severity.LOW

    world.does("create function public.later() returns text language sql return 'x'")
    with pytest.raises(DENIED):
        world.ann_sees("select public.later()")


def test_a_counter_of_all(database: Database) -> None:
    """K8: set back, it breaks the next insert of everybody."""
    world = World.made(database)
    world.does("grant all on sequence public.projects_id_seq to $member")
    with world.acting({"sub": ANN}) as conn:
        conn.execute("select setval('public.projects_id_seq', 100)")
        row = "insert into public.projects (tenant_id) values ('aaaaaaaa-0000-0000-0000-000000000001')"
        with pytest.raises(psycopg.errors.UniqueViolation):
            conn.execute(row.encode())

    assert world.repair("RFA-SEQUENCE-GRANT").severity is Severity.MEDIUM

    with world.acting({"sub": ANN}) as conn, pytest.raises(DENIED):
        conn.execute("select setval('public.projects_id_seq', 100)")
    world.does("select setval('public.projects_id_seq', 1000)")
    assert world.ann_changes("insert into public.projects (tenant_id) values ('$a')") == 1


def test_reading_a_counter(database: Database) -> None:
    """K8: last_value counts the rows of all tenants."""
    world = World.made(database)
    world.does("grant select on sequence public.projects_id_seq to $member")

    assert world.repair("RFA-SEQUENCE-GRANT").severity is Severity.LOW


def test_keys_that_count_on(database: Database) -> None:
    """K8b: gaps tell how much the others write; a uuid tells nothing."""
    world = World.made(database)
    with world.acting({"sub": ANN}) as conn:
        own = "insert into public.projects (tenant_id) values ('aaaaaaaa-0000-0000-0000-000000000001') returning id"
        (before,) = conn.execute(own.encode()).fetchall()
        conn.execute("reset role")
        conn.execute(world.sql("insert into public.projects (tenant_id) values ('$b'), ('$b'), ('$b')").encode())
        conn.execute(f"set local role {world.member}".encode())
        (after,) = conn.execute(own.encode()).fetchall()
        assert after[0] - before[0] == 4

    assert {f.subject for f in world.found("RFA-GUESSABLE-KEY")} == {"public.projects", "public.tasks"}
    world.does(
        "alter table public.tasks drop constraint tasks_project_id_fkey;"
        "alter table public.projects drop column id, add column id uuid primary key default gen_random_uuid()"
    )
    assert {f.subject for f in world.found("RFA-GUESSABLE-KEY")} == {"public.tasks"}


def test_a_platform_is_left_alone(supabase_database: Database) -> None:
    """Grants on the platform's own tables are not the application's to change."""
    world = World(supabase_database)
    supabase_database.execute("create table public.notes (id uuid primary key, body text)")

    codes = ("RFA-GRANT-TRUNCATE", "RFA-GRANT-TRIGGER", "RFA-GRANT-REFERENCES")
    found = [f for f in world.assess().findings if f.code in codes]

    assert {f.subject for f in found} == {str(QualifiedName("public", "notes"))}
    assert {f.code for f in found} == set(codes)
