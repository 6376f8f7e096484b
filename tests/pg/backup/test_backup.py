"""A backup is taken from a database that goes on being written, restored elsewhere, and compared."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from ringfence import db
from ringfence.backup import pg
from ringfence.backup.dump import DumpLimits, take_backup
from ringfence.backup.files import load_backup
from ringfence.backup.model import (
    Backup,
    BackupExists,
    CatalogEqual,
    Comparison,
    Digest,
    DumpFailed,
    ExtensionMissing,
    NotEnoughDisk,
    NotReadable,
    Restored,
    RestoreFailed,
)
from ringfence.backup.prove import comparison_problems, describe, prove_backup
from ringfence.backup.restore import RestoreLimits, restore_and_compare, restore_in_scratch_server
from ringfence.catalog.pg import read_catalog
from ringfence.embedded import EmbeddedServer
from ringfence.names import QualifiedName
from support.databases import Database, Server

SHAPES = """
create schema "Odd schema";
create type "Odd schema".mood as enum ('sad', 'ok');
create table public.users (id bigserial primary key, email text unique, born date);
create table "Odd schema"."We""ird" (
  id uuid primary key default gen_random_uuid(), owner bigint references public.users,
  how "Odd schema".mood, note text);
create table public.events (id bigint generated always as identity, at date not null, body jsonb)
  partition by range (at);
create table public.events_2023 partition of public.events for values from ('2023-01-01') to ('2024-01-01');
create table public.events_2024 partition of public.events for values from ('2024-01-01') to ('2025-01-01');
create unlogged table public.cache (k text primary key, v bytea);
create view public.people as select id, email from public.users;
create materialized view public.counted as select count(*) from public.users;
create function public.double(i int) returns int language sql immutable as $$ select i * 2 $$;
create table public.computed (a int, b int generated always as (public.double(a)) stored);
alter table public.users enable row level security;
create policy mine on public.users using (email = current_user);
create publication all_of_it for table public.users;
insert into public.users (email, born) select 'person ' || g, '2000-01-01'::date + g from generate_series(1, 400) g;
insert into "Odd schema"."We""ird" (owner, how, note) select g, 'ok', null from generate_series(1, 400) g;
insert into public.events (at, body)
  select '2023-01-01'::date + g, jsonb_build_object('n', g) from generate_series(1, 700) g;
insert into public.cache values ('k', '\\x00'); insert into public.computed values (1), (2);
refresh materialized view public.counted;
select lo_from_bytea(0, '\\x0102');
"""


@pytest.fixture(scope="module")
def scratch(server: Server) -> Iterator[EmbeddedServer]:
    """One scratch server of the tested version for the whole file; each restore has a database of its own."""
    with EmbeddedServer.start(major=server.major) as started:
        yield started


def take(database: Database, place: Path, **more: object) -> Backup:
    url = str(more.pop("url", database.url))
    with db.connect(database.url) as conn:
        catalog = read_catalog(conn)
    return take_backup(url, place, catalog=catalog, **more)  # type: ignore[arg-type]


def names_of_scratch(scratch: EmbeddedServer) -> tuple[list[str], list[str]]:
    with psycopg.connect(scratch.url()) as conn:
        databases = [str(r[0]) for r in conn.execute("select datname from pg_database where not datistemplate")]
        roles = [str(r[0]) for r in conn.execute("select rolname from pg_roles where rolname !~ '^pg_'")]
    return databases, roles


def backends_end(database: Database) -> bool:
    """Whether every backend of a backup is gone; a server takes a moment to notice that its client left."""
    conn = database.connect()
    for _ in range(50):
        row = conn.execute("select from pg_stat_activity where application_name = %s", (pg.APPLICATION,)).fetchone()
        if row is None:
            return True
        time.sleep(0.1)
    return False


def test_a_database_of_many_shapes_is_restored_equal(
    database: Database, scratch: EmbeddedServer, tmp_path: Path
) -> None:
    """Tables, partitions, sequences, large objects, stored columns, policies, owners and grants."""
    owner = database.create_role("Owner with spaces", "nologin")
    database.execute(SHAPES)
    database.execute(f'alter table public.users owner to "{owner}"; grant select on public.people to "{owner}"')

    backup = take(database, tmp_path / "b")
    comparison = restore_and_compare(backup, scratch)

    assert comparison_problems(comparison) == ()
    assert comparison.equal
    assert isinstance(comparison.catalog, CatalogEqual)
    assert (comparison.tables, comparison.rows) == (6, 400 + 400 + 700 + 1 + 2)
    assert backup.manifest.large_objects_digest is not None
    assert load_backup(tmp_path / "b") == backup
    assert names_of_scratch(scratch) == (["postgres"], ["postgres"])


def test_rows_written_during_the_dump_do_not_disturb_the_comparison(
    database: Database, scratch: EmbeddedServer, tmp_path: Path
) -> None:
    """Dump and digests see one moment, while inserts, updates and deletes and the sequences behind them go on."""
    database.execute(SHAPES)
    stop = threading.Event()
    written = 0

    def write() -> None:
        nonlocal written
        conn = psycopg.connect(database.url, autocommit=True)
        with conn:
            while not stop.is_set():
                conn.execute("insert into public.users (email) values (gen_random_uuid()::text)")
                conn.execute("update public.computed set a = a + 1")
                conn.execute("delete from public.events where id in (select id from public.events limit 1)")
                written += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        backup = take(database, tmp_path / "b")
    finally:
        stop.set()
        writer.join()
    comparison = restore_and_compare(backup, scratch)

    assert written > 10
    assert comparison_problems(comparison) == ()
    users = next(s for s in backup.manifest.sequences if s.name.name == "users_id_seq")
    assert users.before is not None
    assert users.after is not None
    assert users.after > users.before


def test_a_difference_is_named_by_its_table(database: Database, scratch: EmbeddedServer, tmp_path: Path) -> None:
    database.execute("create table t (a int, b text); insert into t values (1, 'x'); create sequence s")
    backup = take(database, tmp_path / "b")
    wrong = tuple(
        replace(item, digest=replace(item.digest, checksum=item.digest.checksum + "0"))
        for item in backup.manifest.tables
    )

    comparison = restore_and_compare(replace(backup, manifest=replace(backup.manifest, tables=wrong)), scratch)

    assert not comparison.equal
    assert [d.what for d in comparison.differences] == ["table public.t"]
    assert "table public.t: has 1 rows as it should" in describe(Restored(comparison, 1))


def test_a_damaged_dump_is_found(database: Database, scratch: EmbeddedServer, tmp_path: Path) -> None:
    database.execute("create table t (a int); insert into t select generate_series(1, 1000)")
    backup = take(database, tmp_path / "b")
    (data,) = backup.dump.glob("*.dat.gz")
    data.write_bytes(data.read_bytes()[:200])

    try:
        problems = comparison_problems(restore_and_compare(backup, scratch))
    except RestoreFailed as error:
        problems = (error.detail,)

    assert problems
    assert names_of_scratch(scratch) == (["postgres"], ["postgres"])


def test_a_server_of_our_own_is_started_and_gone_afterwards(database: Database, tmp_path: Path) -> None:
    database.execute("create table t (a int); insert into t values (1)")
    with db.connect(database.url) as conn:
        catalog = read_catalog(conn)

    def prove() -> str:
        return describe(
            prove_backup(database.url, {"mode": "dump"}, catalog=catalog, directory=tmp_path / "b", operator="ana")
        )

    assert prove().startswith("restored and equal: 1 tables, 1 rows")
    # A run that died after the dump and before its journal entry proves the same dump again.
    assert prove().startswith("restored and equal: 1 tables, 1 rows")


def test_any_scratch_server_can_be_named_and_is_left_as_it_was(
    database: Database, scratch: EmbeddedServer, tmp_path: Path
) -> None:
    owner = database.create_role("owner", "nologin superuser")
    database.execute(f'create table t (a int); alter table t owner to "{owner}"')
    before = names_of_scratch(scratch)

    comparison = restore_and_compare(take(database, tmp_path / "b"), scratch.url())

    assert comparison.equal
    assert names_of_scratch(scratch) == before


def test_an_extension_the_scratch_server_lacks_is_named_before_the_restore(
    database: Database, scratch: EmbeddedServer, tmp_path: Path
) -> None:
    backup = take(database, tmp_path / "b")
    source = replace(backup.manifest.source, extensions=("postgis", "vector"))

    with pytest.raises(ExtensionMissing) as caught:
        restore_and_compare(replace(backup, manifest=replace(backup.manifest, source=source)), scratch)

    assert "postgis" in caught.value.subject
    assert "scratch_url" in caught.value.hint


def test_a_supabase_database_is_restored_equal(
    supabase_database: Database, scratch: EmbeddedServer, tmp_path: Path
) -> None:
    supabase_database.execute("insert into auth.users (email) select 'u' || g from generate_series(1, 50) g")

    comparison = restore_and_compare(take(supabase_database, tmp_path / "b"), scratch)

    assert comparison_problems(comparison) == ()


def test_the_role_that_hosted_supabase_gives_can_take_a_backup(
    supabase_database: Database, scratch: EmbeddedServer, tmp_path: Path
) -> None:
    """No superuser, but it bypasses row security and reads all tables."""
    role = supabase_database.create_role(
        "postgres_hosted",
        "login createdb createrole bypassrls in role pg_monitor, pg_read_all_data, anon, authenticated, service_role",
    )
    supabase_database.execute(
        "insert into auth.users (email) values ('a'); create table public.t (a int);"
        "alter table public.t enable row level security; insert into public.t values (1)"
    )
    with psycopg.connect(supabase_database.url_as(role), autocommit=True) as conn:
        conn.execute("select lo_from_bytea(0, '\\x01')")

    backup = take(supabase_database, tmp_path / "b", url=supabase_database.url_as(role))
    comparison = restore_and_compare(backup, scratch)

    assert comparison_problems(comparison) == ()
    assert backup.manifest.large_objects_digest is not None
    assert backup.manifest.large_objects == 1


def test_large_objects_of_others_are_named_before_pg_dump_stops_at_them(database: Database, tmp_path: Path) -> None:
    """A role that reads every table does not read every large object."""
    role = database.create_role("reader", "login in role pg_read_all_data")
    database.execute("select lo_from_bytea(0, '\\x01') from generate_series(1, 3)")
    with pytest.raises(NotReadable) as caught:
        take(database, tmp_path / "b", url=database.url_as(role))
    assert "no SELECT on 3 large objects" in caught.value.detail

    database.execute(
        f"""
        do $$ declare o oid; begin for o in select oid from pg_largeobject_metadata loop
          execute format('grant select on large object %s to "{role}"', o); end loop; end $$
        """
    )
    assert take(database, tmp_path / "b", url=database.url_as(role)).manifest.large_objects == 3


def test_an_ordinary_owner_can_take_a_backup(database: Database, scratch: EmbeddedServer, tmp_path: Path) -> None:
    owner = database.create_role("owner")
    database.execute(f'alter database "{database.name}" owner to "{owner}"')
    with psycopg.connect(database.url_as(owner), autocommit=True) as conn:
        conn.execute("create schema app; create table app.t (id serial primary key, a text)")
        conn.execute("insert into app.t (a) values ('x')")

    comparison = restore_and_compare(take(database, tmp_path / "b", url=database.url_as(owner)), scratch)

    assert comparison_problems(comparison) == ()
    assert comparison.rows == 1


def test_what_the_role_cannot_read_is_said_before_anything_is_written(database: Database, tmp_path: Path) -> None:
    owner = database.create_role("owner")
    database.execute(
        f"""
        create schema secrets; create table secrets.keys (k text); create sequence secrets.s;
        create schema app; grant usage on schema app to "{owner}";
        create table app.filtered (a int); alter table app.filtered enable row level security;
        create table app.open (a int); grant select on all tables in schema app to "{owner}";
        """
    )

    with pytest.raises(NotReadable) as caught:
        take(database, tmp_path / "b", url=database.url_as(owner))

    assert "secrets.keys: no USAGE on the schema" in caught.value.detail
    assert "app.filtered: row security would hide rows" in caught.value.detail
    assert "app.open" not in caught.value.detail
    assert os.listdir(tmp_path) == []


def test_a_schema_can_be_left_out_by_name(database: Database, scratch: EmbeddedServer, tmp_path: Path) -> None:
    owner = database.create_role("owner")
    database.execute(
        f"""
        create schema "se*crets"; create table "se*crets".keys (k text); create table "se*crets".more (k text);
        create schema secrets; create table secrets.kept (a int); alter schema secrets owner to "{owner}";
        grant select on secrets.kept to "{owner}";
        """
    )

    backup = take(database, tmp_path / "b", url=database.url_as(owner), excluded_schemas=["se*crets"])
    comparison = restore_and_compare(backup, scratch)

    assert comparison_problems(comparison) == ()
    assert [item.table.schema for item in backup.manifest.tables] == ["secrets"]


def test_another_encoding_is_kept(server: Server, database: Database, scratch: EmbeddedServer, tmp_path: Path) -> None:
    """A checksum is over bytes, so a copy in another encoding would differ in every umlaut."""
    name = f"{database.name}_latin"
    with server.admin() as conn:
        conn.execute(f"create database {name} template template0 encoding latin1 lc_collate 'C' lc_ctype 'C'".encode())
    latin = Database(server, name)
    try:
        latin.execute("create table t (a text); insert into t values ('Größe')")
        comparison = restore_and_compare(take(latin, tmp_path / "b"), scratch)
    finally:
        latin.close()

    assert comparison_problems(comparison) == ()


def test_a_dump_that_takes_too_long_leaves_nothing_behind(database: Database, tmp_path: Path) -> None:
    database.execute("create table t (a text); insert into t select repeat('x', 900) from generate_series(1, 100000)")

    with pytest.raises(DumpFailed) as caught:
        take(database, tmp_path / "b", limits=DumpLimits(dump_timeout_s=0))

    assert "did not finish" in caught.value.message
    assert os.listdir(tmp_path) == []
    assert backends_end(database)


def test_a_restore_that_takes_too_long_leaves_nothing_behind(
    database: Database, scratch: EmbeddedServer, tmp_path: Path
) -> None:
    database.execute("create table t (a text); insert into t select repeat('x', 900) from generate_series(1, 100000)")
    backup = take(database, tmp_path / "b")

    with pytest.raises(RestoreFailed):
        restore_and_compare(backup, scratch, limits=RestoreLimits(restore_timeout_s=0))

    assert names_of_scratch(scratch) == (["postgres"], ["postgres"])


def test_a_full_disk_is_noticed_before_the_dump(database: Database, tmp_path: Path) -> None:
    with pytest.raises(NotEnoughDisk):
        take(database, tmp_path / "b", limits=DumpLimits(disk_free_ratio_min=1e9))

    assert os.listdir(tmp_path) == []


def test_a_second_backup_at_the_same_place_is_refused(database: Database, tmp_path: Path) -> None:
    first = take(database, tmp_path / "b")

    with pytest.raises(BackupExists):
        take(database, tmp_path / "b")

    assert load_backup(tmp_path / "b") == first


def test_the_snapshot_is_not_lost_to_a_bound_on_idle_transactions(database: Database) -> None:
    with db.connect(database.url) as conn:
        conn.execute("set idle_in_transaction_session_timeout = '50ms'")
        with pg.exported_snapshot(conn):
            threading.Event().wait(0.3)
            assert pg.large_objects(conn) == (0, Digest(0, "0"))


def test_the_client_program_is_sent_to_the_very_server_we_reached(database: Database) -> None:
    """With two hosts in the URL, where the first does not answer, pg_dump must not choose anew."""
    info = psycopg.conninfo.conninfo_to_dict(database.url)
    url = psycopg.conninfo.make_conninfo(
        **{**info, "host": f"/nonexistent,{info['host']}", "port": f"5432,{info['port']}", "password": "s3cret word"}
    )
    with db.connect(url) as conn:
        environment = pg.client_environment(conn)

    assert environment["PGHOST"] == info["host"]
    assert environment["PGPORT"] == str(info["port"])
    assert environment["PGDATABASE"] == database.name
    assert environment["PGPASSWORD"] == "s3cret word"
    assert environment["PGAPPNAME"] == pg.APPLICATION


def test_a_copy_is_compared_with_what_the_source_was_and_not_with_what_it_became(
    database: Database, tmp_path: Path
) -> None:
    database.execute("create table t (a int); insert into t values (1)")
    backup = take(database, tmp_path / "b")
    database.execute("drop table t")

    comparison: Comparison = restore_in_scratch_server(backup)

    assert comparison.equal
    assert backup.manifest.tables[0].table == QualifiedName("public", "t")
