"""What reaches past the schema: extensions, files, other servers, large objects, storage, the server's own views."""

from __future__ import annotations

from dataclasses import replace

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from pg.assess.world import ANN, BOB, World
from ringfence.assess.assess import assess
from ringfence.assess.model import Severity
from support.databases import Database

BOTH = {"of A", "of B"}
DENIED = psycopg.errors.InsufficientPrivilege


def needs(database: Database, extension: str) -> None:
    """Skip where the server does not bring the extension: the embedded one brings none."""
    with database.connect() as conn:
        if not conn.execute("select from pg_available_extensions where name = %s", (extension,)).fetchall():
            pytest.skip(f"no extension {extension} on this server")


def target(database: Database) -> str:
    """Where this very server listens, as dblink and postgres_fdw write it."""
    return " ".join(f"{key}={value}" for key, value in conninfo_to_dict(database.url).items() if value)


def test_a_connection_back(database: Database) -> None:
    """O9: dblink comes back as somebody whom no policy binds."""
    needs(database, "dblink")
    world = World.made(database)
    world.does("create extension dblink schema app; grant execute on function app.dblink_connect_u(text) to $member")
    with world.acting({"sub": ANN}) as conn:
        conn.execute("select app.dblink_connect_u(%s)", (target(database),))
        rows = conn.execute("select n from app.dblink('select name from public.projects') as t (n text)").fetchall()
    assert {r[0] for r in rows} == BOTH

    finding = world.repair("RFA-STRONG-FUNCTION")

    assert finding.subject == "extension dblink"
    assert finding.severity is Severity.HIGH
    with world.acting({"sub": ANN}) as conn, pytest.raises(DENIED):
        conn.execute("select app.dblink_connect_u('')")


def test_files_of_the_server(database: Database) -> None:
    """E13: one granted function is enough."""
    world = World.made(database)
    world.does("grant execute on function pg_catalog.pg_read_file(text) to $member")
    assert world.ann_sees("select length(pg_read_file('PG_VERSION')) > 0") == {True}

    assert world.repair("RFA-STRONG-FUNCTION").severity is Severity.CRITICAL

    with pytest.raises(DENIED):
        world.ann_sees("select pg_read_file('PG_VERSION')")
    assert world.worse_than_low() == []


def test_a_foreign_table(database: Database) -> None:
    """O8: row security cannot be enabled on it; the grant is all there is."""
    world = World.made(database)
    world.does(
        "create foreign data wrapper nowhere; create server elsewhere foreign data wrapper nowhere;"
        "create foreign table public.remote (tenant_id uuid, name text) server elsewhere;"
        "grant select, insert on public.remote to $member"
    )
    with pytest.raises(psycopg.errors.WrongObjectType):
        world.does("alter foreign table public.remote enable row level security")

    finding = world.repair("RFA-FOREIGN-READ")

    assert "SELECT, INSERT" in finding.message
    assert world.worse_than_low() == []


def test_rows_from_another_server(database: Database) -> None:
    """O8: what the user mapping sees is what everybody sees."""
    needs(database, "postgres_fdw")
    world = World.made(database)
    options = conninfo_to_dict(database.url)
    server = ", ".join(f"{key} '{options[key]}'" for key in ("host", "port", "dbname") if options.get(key))
    world.does(
        f"create extension postgres_fdw; create server loop foreign data wrapper postgres_fdw options ({server});"
        f"create user mapping for public server loop options (user '{options['user']}', password_required 'false');"
        "create foreign table public.remote (name text) server loop options (schema_name 'public', table_name 'projects');"
        "grant select on public.remote to $member"
    )
    assert world.ann_sees("select name from public.remote") == BOTH

    world.repair("RFA-FOREIGN-READ")

    with pytest.raises(DENIED):
        world.ann_sees("select name from public.remote")


@pytest.mark.parametrize(
    ("mapping", "severity"),
    [("create user mapping for public server elsewhere", Severity.MEDIUM), ("select 1", Severity.LOW)],
)
def test_a_foreign_server(database: Database, mapping: str, severity: Severity) -> None:
    """E12: USAGE makes foreign tables of everything there."""
    world = World.made(database)
    world.does("create foreign data wrapper nowhere; create server elsewhere foreign data wrapper nowhere;")
    world.does(f"{mapping}; grant usage on foreign server elsewhere to $member")

    assert world.repair("RFA-FOREIGN-SERVER").severity is severity


@pytest.mark.parametrize("how", ["owner", "grant", "public"])
def test_large_objects(database: Database, how: str) -> None:
    """O10: they belong to a role, and their numbers are everybody's to read."""
    world = World.made(database)
    match how:
        case "owner":
            world.does("set role $member; select lo_from_bytea(0, 'of B'); reset role")
        case "grant":
            world.does("select lo_from_bytea(4711, 'of B'); grant select on large object 4711 to $member")
        case _:
            world.does("select lo_from_bytea(4711, 'of B'); grant select on large object 4711 to public")
    read = "select convert_from(lo_get(oid), 'utf8') from pg_largeobject_metadata"
    assert world.ann_sees(read) == {"of B"}

    assert world.repair("RFA-LARGE-OBJECTS").severity is Severity.HIGH

    with pytest.raises(DENIED):
        world.ann_sees(read)


def test_large_objects_without_privileges(database: Database) -> None:
    """O10: lo_compat_privileges takes them away for the whole server; judged from what the server says."""
    world = World.made(database)
    world.does("select lo_from_bytea(0, 'of nobody')")
    catalog, observed = world.look()
    assert observed.setting("lo_compat_privileges") == "off"
    assert world.found("RFA-LARGE-OBJECTS") == []

    loose = replace(observed, settings={**observed.settings, "lo_compat_privileges": "on"})

    found = [f.subject for f in assess(catalog, None, loose).findings if f.code == "RFA-LARGE-OBJECTS"]
    assert "setting lo_compat_privileges" in found
    assert len(found) == 2


def test_a_function_in_c(database: Database) -> None:
    """E14: a language without fences."""
    world = World.made(database)
    world.does("create function public.raw() returns trigger as '$$libdir/plpgsql', 'plpgsql_call_handler' language c")
    assert world.found("RFA-UNTRUSTED-LANGUAGE") == []
    world.does(
        "drop function public.raw();"
        "create function public.raw() returns void as '$$libdir/plpgsql', 'plpgsql_call_handler' language c"
    )

    assert world.repair("RFA-UNTRUSTED-LANGUAGE").subject == "public.raw()"


AUTO = """
    create function public.enable_rls() returns event_trigger language plpgsql as $f$
    declare made record;
    begin
      for made in select * from pg_event_trigger_ddl_commands() where object_type = 'table' loop
        execute format('alter table %s enable row level security', made.objid::regclass);
      end loop;
    end $f$;
    create event trigger auto_rls on ddl_command_end when tag in ('CREATE TABLE') execute function public.enable_rls();
"""


def test_tables_that_an_event_trigger_misses(database: Database) -> None:
    """O18: CREATE TABLE AS has a tag of its own."""
    world = World.made(database)
    world.does(AUTO)

    def protected(name: str, made: str) -> bool:
        world.does(made)
        with database.connect() as conn:
            found = conn.execute("select relrowsecurity from pg_class where relname = %s", (name,)).fetchall()
        return bool(found[0][0])

    assert protected("one", "create table public.one (x int)")
    assert not protected("two", "create table public.two as select 1 as x")

    assert world.repair("RFA-AUTO-RLS").severity is Severity.MEDIUM

    assert protected("three", "create table public.three as select 1 as x")
    assert protected("four", "select 1 as x into public.four")
    world.does("alter event trigger auto_rls disable")
    world.repair("RFA-AUTO-RLS")
    world.does("drop event trigger auto_rls")


def test_statements_of_all(database: Database) -> None:
    """X14: the view shows a role its own statements, and the role is everybody's."""
    world = World.made(database)
    world.does(
        "create view public.pg_stat_statements as select 'a secret' as query; grant select on public.pg_stat_statements to public"
    )

    assert world.repair("RFA-STATEMENT-TEXTS").severity is Severity.LOW

    with pytest.raises(DENIED):
        world.ann_sees("select query from public.pg_stat_statements")


def test_the_statements_of_a_shared_login(database: Database) -> None:
    """X7: a login sees its own sessions; behind a gateway the request role sees none."""
    world = World.made(database)
    world.does("alter role $member login")
    with database.connect(user=world.member) as other:
        other.execute("select 'secret of B'")
        seen = "select query from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
        with database.connect(user=world.member) as conn:
            assert ("select 'secret of B'",) in conn.execute(seen.encode()).fetchall()

    finding = world.repair("RFA-SHARED-LOGIN")

    gateway = f"{world.member}_gateway"
    try:
        assert gateway in finding.hint
        with database.connect(user=gateway) as other:
            other.execute("select 'secret of B'")
            with database.connect(user=gateway) as conn:
                conn.execute(f"set role {world.member}".encode())
                assert ("select 'secret of B'",) not in conn.execute(seen.encode()).fetchall()
    finally:
        database.execute(f"drop role {gateway}")


def test_a_server_of_today(database: Database) -> None:
    """X6, X15, O17: the servers of these tests are repaired; an older release of each is not."""
    world = World.made(database)
    assert world.found("RFA-SERVER-VERSION") == []
    catalog, observed = world.look()

    def numbers(version: int) -> set[str]:
        found = assess(replace(catalog, server_version=version), None, observed).findings
        return {f.subject.split()[-1] for f in found if f.code == "RFA-SERVER-VERSION"}

    assert numbers(150002) == {
        "CVE-2023-2455", "CVE-2023-39418", "CVE-2024-10976", "CVE-2024-10978", "CVE-2025-8713",
    }  # fmt: skip
    assert numbers(160004) == {"CVE-2024-10976", "CVE-2024-10978", "CVE-2025-8713"}
    assert numbers(170005) == {"CVE-2025-8713"}
    assert numbers(180000) == set()


class TestStorage:
    """Files of Supabase Storage."""

    BUCKET = "insert into storage.buckets (id, name) values ('docs', 'docs');"
    FILES = (
        "insert into storage.objects (bucket_id, name, owner_id) values"
        f" ('docs', '{ANN}/of A', '{ANN}'), ('docs', '{BOB}/of B', '{BOB}');"
        "grant usage on schema storage to authenticated;"
    )

    def world(self, database: Database) -> World:
        """A project with two files and a table of its own."""
        world = World(database, member="authenticated")
        world.does(
            "create table public.notes (id uuid primary key, body text); alter table public.notes enable row level security"
        )
        world.does(self.BUCKET + self.FILES)
        return world

    def test_by_bucket_alone(self, supabase_database: Database) -> None:
        """O15: every tenant's files are listed."""
        world = self.world(supabase_database)
        world.does("create policy docs on storage.objects for select to authenticated using (bucket_id = 'docs')")
        assert len(world.ann_sees("select name from storage.objects")) == 2

        assert world.repair("RFA-STORAGE-POLICY").severity is Severity.CRITICAL

        assert world.ann_sees("select name from storage.objects") == {f"{ANN}/of A"}

    def test_written_by_bucket_alone(self, supabase_database: Database) -> None:
        """O15b: reading is bound to the folder, and writing is not."""
        world = self.world(supabase_database)
        mine = "(storage.foldername(name))[1] = (select auth.uid())::text"
        world.does(
            f"create policy see on storage.objects for select to authenticated using (bucket_id = 'docs' and {mine});"
            "create policy up on storage.objects for insert to authenticated with check (bucket_id = 'docs')"
        )
        planted = f"insert into storage.objects (bucket_id, name, owner_id) values ('docs', '{BOB}/planted', '{BOB}')"
        assert world.ann_changes(planted) == 1

        assert world.the("RFA-STORAGE-POLICY").subject == "storage.objects policy up"
        world.repair("RFA-STORAGE-POLICY")

        with world.acting({"sub": ANN}) as conn, pytest.raises(DENIED):
            conn.execute(planted.encode())

    def test_a_floor_below(self, supabase_database: Database) -> None:
        """A RESTRICTIVE policy TO PUBLIC that binds the folder makes the one above harmless."""
        world = self.world(supabase_database)
        world.does(
            "create policy docs on storage.objects for all to authenticated using (bucket_id = 'docs');"
            "create policy floor on storage.objects as restrictive for all to public"
            " using ((storage.foldername(name))[1] = (select auth.uid())::text)"
        )
        assert world.ann_sees("select name from storage.objects") == {f"{ANN}/of A"}

        assert world.found("RFA-STORAGE-POLICY") == []

    def test_without_row_security(self, supabase_database: Database) -> None:
        """E17: nothing but policies stands between files."""
        world = self.world(supabase_database)
        world.does("alter table storage.objects disable row level security")
        assert len(world.ann_sees("select name from storage.objects")) == 2

        assert world.repair("RFA-STORAGE-OPEN").severity is Severity.CRITICAL

        assert world.ann_sees("select name from storage.objects") == set()

    def test_a_public_bucket(self, supabase_database: Database) -> None:
        """E16: asked of the table of buckets itself."""
        world = self.world(supabase_database)
        world.does("update storage.buckets set public = true")

        assert world.repair("RFA-BUCKET-PUBLIC").subject == "bucket docs"

    def test_buckets_that_may_not_be_seen(self, supabase_database: Database) -> None:
        """A role without rights on the buckets gets no error, and is told nothing false."""
        world = self.world(supabase_database)
        login = supabase_database.create_role("looker", "login")

        _, observed = World(supabase_database, user=login).look()

        assert observed.surroundings.public_buckets is None
        assert world.look()[1].surroundings.public_buckets == ()
