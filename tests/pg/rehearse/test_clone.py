"""A schema clone is the same schema for the same people, without rows, passwords or a way back to the source."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from ringfence import db
from ringfence.catalog.compare import compare, describe
from ringfence.catalog.pg import read_catalog
from ringfence.embedded import EmbeddedServer, available_majors
from ringfence.names import QualifiedName
from ringfence.rehearse.clone import clone_schema, drop_clone
from ringfence.rehearse.model import CloneIncomplete, ScratchTooOld
from ringfence.rehearse.run import SCRATCH_SUPERUSER, scratch_server
from support.databases import Database, Server
from support.wild import load_wild


@pytest.fixture(scope="module")
def scratch(server: Server) -> Iterator[EmbeddedServer]:
    """A scratch server as rehearsals start it."""
    with scratch_server(server.url) as found:
        yield found


def one(url: str, query: str) -> object:
    with psycopg.connect(url) as conn:
        row = conn.execute(query.encode()).fetchone()
        assert row is not None
        return row[0]


def test_a_wild_schema_is_cloned_completely(database: Database, scratch: EmbeddedServer) -> None:
    load_wild(database)

    clone = clone_schema(database.url, scratch)

    assert describe(clone.differences) == ""
    with db.connect(database.url) as source, db.connect(clone.url) as copy:
        before, after = read_catalog(source), read_catalog(copy)
    assert describe(compare(before, after, restored=True)) == ""
    assert {r.name for r in before.roles} <= {r.name for r in after.roles}
    drop_clone(clone, scratch)
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(clone.admin_url)


def test_a_supabase_schema_is_cloned_with_its_roles(supabase_database: Database, scratch: EmbeddedServer) -> None:
    supabase_database.execute("create table public.notes (id uuid primary key, owner uuid references auth.users)")

    clone = clone_schema(supabase_database.url, scratch)

    assert describe(clone.differences) == ""
    assert one(clone.admin_url, "select rolbypassrls from pg_roles where rolname = 'service_role'") is True
    assert one(clone.admin_url, "select pg_has_role('authenticator', 'anon', 'member')") is True


def test_rows_and_our_own_schema_stay_behind(database: Database, scratch: EmbeddedServer) -> None:
    database.execute(
        "create table t (a int); insert into t values (1), (2);"
        "create schema ringfence; create table ringfence.journal (a int)"
    )

    clone = clone_schema(database.url, scratch)

    assert one(clone.admin_url, "select count(*) from public.t") == 0
    assert one(clone.admin_url, "select to_regnamespace('ringfence') is null") is True


def test_the_clone_is_worked_on_as_the_same_ordinary_role(database: Database, scratch: EmbeddedServer) -> None:
    """A superuser on the scratch server would hide every missing privilege."""
    owner, other = database.create_role("owner"), database.create_role("other", "nologin")
    database.execute(
        f'grant create on schema public to "{owner}"; create table public.foreign_one (a int);'
        f'alter table public.foreign_one owner to "{other}"; grant select on public.foreign_one to "{owner}"'
    )
    with database.connect(user=owner) as conn:
        conn.execute("create table public.own (a int)")

    clone = clone_schema(database.url_as(owner), scratch)

    with psycopg.connect(clone.url, autocommit=True) as conn:
        assert conn.info.user == owner
        conn.execute("alter table public.own add column b int")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute("alter table public.foreign_one add column b int")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute("create schema elsewhere")
    assert describe(clone.differences) == ""


def test_grants_on_the_database_are_the_source_s(database: Database, scratch: EmbeddedServer) -> None:
    owner = database.create_role("owner")
    database.execute(
        f'grant create on database "{database.name}" to "{owner}"; create table public.t (a int);'
        f'grant select on public.t to "{owner}"'
    )

    clone = clone_schema(database.url_as(owner), scratch)

    with psycopg.connect(clone.url, autocommit=True) as conn:
        conn.execute("create schema ringfence")


def test_memberships_keep_their_options(database: Database, scratch: EmbeddedServer, server: Server) -> None:
    group, member = database.create_role("group", "nologin"), database.create_role("member", "login noinherit")
    database.execute(f'grant "{group}" to "{member}" with admin option; grant pg_monitor to "{member}"')
    if server.major >= 16:
        database.execute(f'grant "{group}" to "{member}" with inherit false, set true')

    clone = clone_schema(database.url, scratch)

    with db.connect(database.url) as source, db.connect(clone.admin_url) as copy:
        before, after = (next(r for r in read_catalog(c).roles if r.name == member) for c in (source, copy))
    assert after.memberships == before.memberships
    assert after.inherit is False


def test_a_table_closed_to_the_role_is_left_out_or_asked_for(database: Database, scratch: EmbeddedServer) -> None:
    role = database.create_role("reader")
    database.execute(
        f"create table public.open (a int); grant select on public.open to {role};"
        "create table public.closed (a int); create schema locked; create table locked.away (a int)"
    )
    opened, closed = QualifiedName("public", "open"), QualifiedName("public", "closed")

    clone = clone_schema(database.url_as(role), scratch, needed=[opened])

    assert any("public.closed" in note and "locked.away" in note for note in clone.notes)
    assert {d.subject for d in clone.differences} == {"table public.closed", "table locked.away"}
    with pytest.raises(CloneIncomplete) as caught:
        clone_schema(database.url_as(role), scratch, needed=[opened, closed])
    assert caught.value.subject == "public.closed"
    assert "SELECT" in caught.value.hint


def test_a_password_is_on_no_command_line_and_in_no_clone(
    database: Database, scratch: EmbeddedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Process lists are read by everybody; pg_dump gets what it needs by environment."""
    called: list[str] = []
    real = subprocess.Popen.__init__

    def watched(self: subprocess.Popen[bytes], arguments: object, *more: object, **options: object) -> None:
        called.append(str(arguments))
        real(self, arguments, *more, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(subprocess.Popen, "__init__", watched)
    database.execute("create table public.t (a int)")

    clone = clone_schema(make_conninfo(database.url, password="hush-hush"), scratch)

    assert any("pg_dump" in arguments for arguments in called)
    assert "hush" not in "".join(called) + repr(clone)


def test_a_scratch_server_older_than_the_source_is_refused(database: Database, server: Server) -> None:
    older = [m for m in available_majors() if m < server.major]
    if not older:
        pytest.skip(f"no PostgreSQL older than {server.major} to be refused")
    with EmbeddedServer.start(major=older[0]) as old, pytest.raises(ScratchTooOld) as caught:
        clone_schema(database.url, old)

    assert caught.value.code == "RF733"


def test_a_newer_scratch_server_does(database: Database, server: Server) -> None:
    newer = [m for m in available_majors() if m > server.major]
    if not newer:
        pytest.skip(f"no PostgreSQL newer than {server.major} to clone to")
    load_wild(database)

    with EmbeddedServer.start(major=newer[-1], superuser=SCRATCH_SUPERUSER) as young:
        clone = clone_schema(database.url, young)

    assert describe(clone.differences) == ""
    assert any(f"PostgreSQL {newer[-1]}" in note for note in clone.notes)


RICH = """
create schema extensions;
create extension citext schema extensions;
create extension "uuid-ossp" schema extensions;
create extension pgcrypto schema extensions;
create extension moddatetime schema extensions;
create extension pg_trgm schema extensions;
create extension postgres_fdw schema extensions;
create extension hstore;
create server elsewhere foreign data wrapper postgres_fdw options (host 'db.example.org');
create user mapping for current_user server elsewhere options (user 'u', password 'of another server');
create foreign table public.far (a int) server elsewhere;
create table public.people (
  id uuid primary key default extensions.uuid_generate_v4(),
  email extensions.citext not null unique,
  tags public.hstore,
  secret text check (secret <> extensions.crypt('x', 'y')),
  updated_at timestamptz
);
create index by_likeness on public.people using gin (secret extensions.gin_trgm_ops);
create trigger touched before update on public.people for each row execute function extensions.moddatetime(updated_at);
create function public.same(a extensions.citext) returns boolean language sql as 'select true';
create view public.loud as select upper(email::text) as email from public.people where email = 'someone';
"""


def test_extensions_the_scratch_server_lacks_are_replaced(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Half of all databases default to uuid_generate_v4(); the embedded server has no extension but one."""
    majors = available_majors()
    if 15 not in majors or not {16, 18} & set(majors):
        pytest.skip("no PostgreSQL 15 with contrib beside an embedded one without")
    with (
        EmbeddedServer.start(major=15) as rich,
        EmbeddedServer.start(major=max(majors), superuser=SCRATCH_SUPERUSER) as poor,
    ):
        with psycopg.connect(rich.url(), autocommit=True) as conn:
            try:
                conn.execute(RICH.encode())
            except psycopg.errors.FeatureNotSupported:
                pytest.skip("no PostgreSQL 15 with contrib beside an embedded one without")
        clone = clone_schema(rich.url(), poor)
        with psycopg.connect(clone.url, autocommit=True) as conn:
            conn.execute("insert into public.people (email, secret) values ('a@example.org', 'x')")
            conn.execute("update public.people set tags = 'a=>1' where email = 'a@example.org'")
            mappings = conn.execute("select count(*) from pg_user_mapping").fetchone()
        with psycopg.connect(clone.admin_url) as conn:
            types = conn.execute("select format_type('extensions.citext'::regtype, null)").fetchone()

    assert [d.subject for d in clone.differences] == ["public.people index by_likeness"]
    assert any("citext" in note and "uuid-ossp" in note for note in clone.notes)
    assert mappings == (0,)
    assert types == ("extensions.citext",)
