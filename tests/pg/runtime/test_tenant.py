"""A tenant transaction: what it holds, how it ends, and what is refused."""

# ruff: noqa: PT012, SIM117  # a transaction is a block, and its end may be what raises
from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from ringfence.db import CannotConnect
from ringfence.runtime import (
    BlockingTenantDatabase,
    ClocksDiffer,
    ContextExpired,
    ContextForged,
    ContextRefused,
    Isolation,
    NotAMember,
    NoTenantContext,
    SealKey,
    TenantDatabase,
)
from ringfence.runtime.pg import NothingCommitted, TransactionOver
from ringfence.runtime.pool.pg import LoginTooWide, NoFreeConnection, NotOpen
from ringfence.runtime.wire.pg import PREPARE_FROM_USE
from support.between import pooler
from support.counting import counting
from support.databases import Database, Server, unique_name
from support.tenants import ORGANIZATION_A, ORGANIZATION_B, World, two_tenants

WAIT_S = 20


def rows(world: World, query: str = "select id, secret from documents order by id") -> list[tuple[object, ...]]:
    """What is really there."""
    with world.database.connect() as conn:
        return conn.execute(query.encode()).fetchall()


def wait_until_active(world: World, query: str) -> int:
    """The process id of a session that is executing this query, once there is one."""
    with world.database.connect() as conn:
        for _ in range(WAIT_S * 100):
            found = conn.execute(
                "select pid from pg_stat_activity where state = 'active' and query = %s", (query,)
            ).fetchone()
            if found:
                return int(found[0])
            time.sleep(0.01)
    raise AssertionError(f"nobody executes {query}")


def test_each_transaction_sees_its_tenant_and_no_other(world: World, way: str) -> None:
    async def go() -> None:
        async with TenantDatabase(way, key=world.key, connections_max=1) as database:
            for _ in range(PREPARE_FROM_USE + 2):
                async with database.tenant(world.a) as tx:
                    assert (await tx.execute("select id, secret from documents")).dicts() == [
                        {"id": 1, "secret": "A-SECRET"}
                    ]
                    assert (await tx.execute("select secret from documents where id = %s", [2])).rows == ()
                answer = await database.execute(world.b, "select secret from documents where id > %(id)s", {"id": 0})
                assert answer.value() == "B-SECRET"

    asyncio.run(go())


def test_a_gateway_needs_no_key(world: World) -> None:
    async def go() -> None:
        async with TenantDatabase(world.gateway_url) as database:
            assert (await database.execute(world.b, "select secret from documents")).value() == "B-SECRET"

    asyncio.run(go())


def test_the_synchronous_face_does_the_same(world: World, way: str) -> None:
    with BlockingTenantDatabase(way, key=world.key, connections_max=1) as database:
        with database.tenant(world.a) as tx:
            tx.execute("insert into documents (id, secret) values (%s, %s)", (3, "A-NEW"))
            with pytest.raises(psycopg.errors.UniqueViolation), tx.savepoint():
                tx.execute("insert into documents (id, secret) values (%s, %s)", (3, "A-AGAIN"))
            with tx.cursor() as cursor:
                assert cursor.execute("select count(*) from documents").fetchone() == (2,)
        with pytest.raises(ZeroDivisionError), database.tenant(world.b) as tx:
            tx.execute("delete from documents")
            raise ZeroDivisionError
        assert database.execute(world.b, "select secret from documents").value() == "B-SECRET"
        with pytest.raises(NoTenantContext):
            database.tenant(None)  # type: ignore[arg-type]
        with pytest.raises(TransactionOver):
            tx.execute("select 1")
    assert rows(world) == [(1, "A-SECRET"), (2, "B-SECRET"), (3, "A-NEW")]


def test_threads_of_the_synchronous_face_do_not_meet(world: World) -> None:
    wrong: list[object] = []
    with BlockingTenantDatabase(world.url, key=world.key, connections_max=2) as database:

        def work(mine: int) -> None:
            context, secret = ((world.a, "A-SECRET"), (world.b, "B-SECRET"))[mine % 2]
            for _ in range(25):
                found = database.execute(context, "select secret from documents").value()
                wrong.extend([found] if found != secret else [])

        threads = [threading.Thread(target=work, args=(n,)) for n in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert wrong == []


def test_left_without_an_error_it_commits_and_with_one_it_does_not(world: World) -> None:
    async def go() -> None:
        async with TenantDatabase(world.url, key=world.key, connections_max=1) as database:
            async with database.tenant(world.a) as tx:
                answer = await tx.execute("update documents set secret = 'kept'")
                assert (answer.count, answer.status, answer.rows) == (1, "UPDATE 1", ())
            with pytest.raises(ZeroDivisionError):
                async with database.tenant(world.a) as tx:
                    await tx.execute("update documents set secret = 'lost'")
                    raise ZeroDivisionError
            async with database.tenant(world.a):
                pass  # nothing was said, so nothing is committed and nothing is wrong

    asyncio.run(go())
    assert rows(world) == [(1, "kept"), (2, "B-SECRET")]


def test_a_swallowed_error_does_not_look_like_a_commit(world: World) -> None:
    async def go() -> None:
        async with TenantDatabase(world.url, key=world.key, connections_max=1) as database:
            with pytest.raises(NothingCommitted):
                async with database.tenant(world.a) as tx:
                    await tx.execute("update documents set secret = 'lost'")
                    with pytest.raises(psycopg.errors.DivisionByZero):
                        await tx.execute("select 1 / 0")
            assert (await database.execute(world.a, "select secret from documents")).value() == "A-SECRET"

    asyncio.run(go())


def test_a_transaction_that_failed_long_ago_still_says_that_it_failed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And not that its context was refused, because a fresh seal could not be set any more."""
    monkeypatch.setattr("ringfence.runtime.pg.RENEW_AFTER_S", -1.0)

    async def go() -> None:
        async with TenantDatabase(world.url, key=world.key, connections_max=1) as database:
            pid = (await database.execute(world.a, "select pg_backend_pid()")).value()
            with pytest.raises(psycopg.errors.InFailedSqlTransaction):
                async with database.tenant(world.a) as tx:
                    with pytest.raises(psycopg.errors.DivisionByZero):
                        await tx.execute("select 1 / 0")
                    await tx.execute("select 1")
            assert (await database.execute(world.a, "select pg_backend_pid()")).value() == pid

    asyncio.run(go())


def test_what_the_application_says_is_unsupported_is_not_said_twice(world: World) -> None:
    world.database.execute(
        f"""create sequence attempts; grant usage, select on attempts to "{world.request_role}";
        create function refuse() returns int language plpgsql as $$ begin
            perform nextval('attempts'); raise feature_not_supported; end $$"""
    )

    async def go() -> None:
        async with TenantDatabase(world.url, key=world.key, connections_max=1) as database:
            for _ in range(PREPARE_FROM_USE + 2):
                with pytest.raises(psycopg.errors.FeatureNotSupported):
                    await database.execute(world.a, "select refuse()")

    asyncio.run(go())
    assert rows(world, "select last_value from attempts") == [(PREPARE_FROM_USE + 2,)]


def test_sql_that_raises_our_code_is_not_run_again(world: World) -> None:
    async def go() -> None:
        async with TenantDatabase(world.url, key=world.key, connections_max=1) as database:
            with pytest.raises(ContextRefused):
                async with database.tenant(world.a) as tx:
                    await tx.execute("insert into notes (body) values ('once')")
                    await tx.execute("do $$ begin raise exception 'x' using errcode = 'RF907'; end $$")

    asyncio.run(go())
    assert rows(world, "select * from notes") == []


def test_a_commit_that_fails_says_so_and_leaves_a_usable_connection(world: World) -> None:
    world.database.execute("alter table notes add constraint one unique (body) deferrable initially deferred")

    async def go() -> None:
        async with TenantDatabase(world.url, key=world.key, connections_max=1) as database:
            for last in (False, True):
                with pytest.raises(psycopg.errors.UniqueViolation):
                    async with database.tenant(world.a) as tx:
                        ask = tx.execute_last if last else tx.execute
                        await ask("insert into notes (body) values ('twice'), ('twice')")
                pid = (await database.execute(world.a, "select pg_backend_pid()")).value()
                assert (await database.execute(world.a, "select pg_backend_pid()")).value() == pid

    asyncio.run(go())
    assert rows(world, "select * from notes") == []


def test_deferred_triggers_still_know_who_is_asking(world: World) -> None:
    """X13: they run at COMMIT, with the role and the claims of that moment."""
    world.database.execute(
        f"""
        create table seen (role text, tenant uuid, rows_seen bigint);
        grant insert on seen to "{world.request_role}";
        create function see() returns trigger language plpgsql as $$ begin
            insert into seen select current_user, new.client_id, count(*) from documents; return null; end $$;
        create constraint trigger later after insert on notes deferrable initially deferred
            for each row execute function see();
        """
    )

    async def go() -> None:
        async with TenantDatabase(world.url, key=world.key) as database:
            await database.execute(world.a, "insert into notes (body) values ('x')")

    asyncio.run(go())
    assert rows(world, "select * from seen") == [(world.request_role, ORGANIZATION_A, 1)]


def test_savepoints_take_back_their_part_alone(world: World) -> None:
    async def go() -> None:
        async with TenantDatabase(world.url, key=world.key, connections_max=1) as database:
            async with database.tenant(world.a) as tx:
                await tx.execute("insert into notes (body) values ('first')")
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    async with tx.savepoint():
                        await tx.execute("insert into notes (body) values ('second')")
                        await tx.execute(
                            "insert into documents values (9, %s, 'into another tenant')", [ORGANIZATION_B]
                        )
                async with tx.savepoint():
                    await tx.execute("insert into notes (body) values ('third')")
                    with pytest.raises(ZeroDivisionError):
                        async with tx.savepoint():
                            await tx.execute("insert into notes (body) values ('fourth')")
                            raise ZeroDivisionError
                assert (await tx.execute("select secret from documents")).value() == "A-SECRET"

    asyncio.run(go())
    assert rows(world, "select body, client_id from notes order by id") == [
        ("first", ORGANIZATION_A),
        ("third", ORGANIZATION_A),
    ]


def test_cursors_and_copy_are_inside_the_same_fence(world: World) -> None:
    async def go() -> list[object]:
        async with TenantDatabase(world.url, key=world.key, connections_max=1) as database:
            async with database.tenant(world.a) as tx:
                cursor = await tx.cursor()
                await cursor.executemany("insert into notes (body) values (%s)", [("one",), ("two",)])
                out = b""
                async with cursor.copy("copy (select client_id, secret from documents) to stdout") as copy:
                    async for block in copy:
                        out += bytes(block)
                assert out.decode() == f"{ORGANIZATION_A}\tA-SECRET\n"
                streamed = await tx.cursor("on_server")
                await streamed.execute("select body from notes order by id")
                assert await streamed.fetchmany(1) == [("one",)]
            return [cursor, streamed]

    kept = asyncio.run(go())
    assert [cursor.closed for cursor in kept] == [True, True]  # type: ignore[attr-defined]
    assert rows(world, "select body, client_id from notes order by id") == [
        ("one", ORGANIZATION_A),
        ("two", ORGANIZATION_A),
    ]


def test_copy_in_is_refused_by_the_server_under_row_security(world: World) -> None:
    async def go() -> None:
        async with TenantDatabase(world.url, key=world.key, connections_max=1) as database:
            with pytest.raises(psycopg.errors.FeatureNotSupported):
                async with database.tenant(world.a) as tx:
                    cursor = await tx.cursor()
                    async with cursor.copy("copy documents from stdin") as copy:
                        await copy.write_row((9, ORGANIZATION_B, "x"))
            assert (await database.execute(world.a, "select secret from documents")).value() == "A-SECRET"

    asyncio.run(go())


def test_copy_where_it_cannot_work_closes_the_connection(world: World) -> None:
    async def go() -> None:
        async with TenantDatabase(world.url, key=world.key, connections_max=1) as database:
            with pytest.raises(psycopg.Error):
                await database.execute(world.a, "copy (select secret from documents) to stdout")
            assert (await database.execute(world.b, "select secret from documents")).value() == "B-SECRET"

    asyncio.run(go())


def test_a_cancelled_transaction_leaves_nothing_and_the_pool_whole(world: World, way: str) -> None:
    async def go() -> None:
        async with TenantDatabase(way, key=world.key, connections_max=1) as database:
            for _ in range(3):
                task = asyncio.create_task(sleepy(database))
                await asyncio.to_thread(wait_until_active, world, "select pg_sleep(60)")
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
                assert (await database.execute(world.b, "select secret from documents")).value() == "B-SECRET"

    async def sleepy(database: TenantDatabase) -> None:
        async with database.tenant(world.a) as tx:
            await tx.execute("update documents set secret = 'half'")
            await tx.execute("select pg_sleep(60)")

    asyncio.run(go())
    assert rows(world) == [(1, "A-SECRET"), (2, "B-SECRET")]


def test_a_lost_connection_is_an_error_and_the_next_transaction_has_another(world: World) -> None:
    async def go() -> None:
        async with TenantDatabase(world.url, key=world.key, connections_max=1) as database:
            with pytest.raises(psycopg.OperationalError):
                async with database.tenant(world.a) as tx:
                    await tx.execute("update documents set secret = 'half'")
                    sleeping = asyncio.create_task(tx.execute("select pg_sleep(60)"))
                    pid = await asyncio.to_thread(wait_until_active, world, "select pg_sleep(60)")
                    with world.database.connect() as conn:
                        conn.execute("select pg_terminate_backend(%s)", (pid,))
                    await sleeping
            assert (await database.execute(world.b, "select secret from documents")).value() == "B-SECRET"

    asyncio.run(go())
    assert rows(world) == [(1, "A-SECRET"), (2, "B-SECRET")]


def test_a_connection_that_died_in_the_pool_is_not_handed_out(world: World) -> None:
    async def go() -> None:
        async with TenantDatabase(world.url, key=world.key, connections_max=1) as database:
            pid = (await database.execute(world.a, "select pg_backend_pid()")).value()
            with world.database.connect() as conn:
                conn.execute("select pg_terminate_backend(%s, 10000)", (pid,))
            assert (await database.execute(world.b, "select secret from documents")).value() == "B-SECRET"

    asyncio.run(go())


def test_a_statement_that_ends_the_transaction_ends_its_context(world: World) -> None:
    async def go() -> None:
        async with TenantDatabase(world.url, key=world.key, connections_max=1) as database:
            for statement in ("commit", "rollback"):
                with pytest.raises(TransactionOver):
                    async with database.tenant(world.a) as tx:
                        await tx.execute("select 1")
                        await tx.execute(statement)
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                async with database.tenant(world.a) as tx:
                    await tx.execute("commit and chain")
                    await tx.execute("select * from documents")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                async with database.tenant(world.a) as tx:
                    cursor = await tx.cursor()
                    await cursor.connection.commit()
                    await cursor.execute("select * from documents")
            assert (await database.execute(world.b, "select secret from documents")).value() == "B-SECRET"

    asyncio.run(go())


def test_nothing_is_asked_before_the_beginning_or_after_the_end(world: World) -> None:
    async def go() -> None:
        database = TenantDatabase(world.url, key=world.key, connections_max=1)
        with pytest.raises(NotOpen):
            await database.execute(world.a, "select 1")
        async with database:
            tx = database.tenant(world.a)
            with pytest.raises(TransactionOver):
                await tx.execute("select 1")
            async with tx:
                await tx.execute_last("select 1")
                with pytest.raises(TransactionOver):
                    await tx.execute("select 1")
                with pytest.raises(TransactionOver):
                    await tx.cursor()
            with pytest.raises(TransactionOver):
                await tx.execute("select 1")
            with pytest.raises(TransactionOver):
                await tx.__aenter__()

    asyncio.run(go())


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        (
            NotAMember,
            lambda world, database: database.execute(world.context(ORGANIZATION_B), "select * from documents"),
        ),
        (ContextRefused, lambda world, database: database.execute(replace(world.a, role="service_role"), "select 1")),
        (ContextRefused, lambda world, database: database.execute(replace(world.a, role=world.keeper), "select 1")),
    ],
)
def test_a_context_that_does_not_hold_is_an_error_of_its_own(
    world: World, kind: type[ContextRefused], change: Callable[..., object]
) -> None:
    async def go() -> None:
        async with TenantDatabase(world.url, key=world.key, connections_max=1) as database:
            with pytest.raises(ContextRefused) as refused:
                await change(world, database)  # type: ignore[misc]
            assert type(refused.value) is kind
            assert (await database.execute(world.b, "select secret from documents")).value() == "B-SECRET"

    asyncio.run(go())


@pytest.mark.parametrize(
    ("kind", "key", "ahead_s"),
    [
        (NoTenantContext, None, 0),
        (ContextForged, SealKey(7, b"x" * 32), 0),
        (ContextExpired, "right", -60),
        (ClocksDiffer, "right", 60),
    ],
)
def test_what_the_database_thinks_of_a_seal_arrives_as_an_error(
    world: World, kind: type[ContextRefused], key: SealKey | str | None, ahead_s: float
) -> None:
    async def go() -> None:
        used = world.key if isinstance(key, str) else key
        clock = lambda: time.time() + ahead_s  # noqa: E731
        async with TenantDatabase(world.url, key=used, clock=clock, connections_max=1) as database:
            with pytest.raises(kind):
                await database.execute(world.a, "select * from documents")
            with pytest.raises(kind):
                async with database.tenant(world.a) as tx:
                    cursor = await tx.cursor()
                    await cursor.execute("select * from documents")

    asyncio.run(go())


def test_a_long_transaction_renews_its_seal(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """With every statement counted as late, each brings a new seal, also after a rollback to a savepoint."""
    monkeypatch.setattr("ringfence.runtime.pg.RENEW_AFTER_S", -1.0)
    ticks = iter(range(1000))

    async def go() -> None:
        clock = lambda: time.time() - next(ticks) % 10  # noqa: E731
        async with TenantDatabase(world.url, key=world.key, clock=clock, connections_max=1) as database:
            async with database.tenant(world.a) as tx:
                seals = set()
                for _ in range(3):
                    seals.add((await tx.execute("select current_setting('ringfence.seal') from documents")).value())
                with pytest.raises(ZeroDivisionError):
                    async with tx.savepoint():
                        raise ZeroDivisionError
                seals.add((await tx.execute("select current_setting('ringfence.seal') from documents")).value())
                assert len(seals) == 4

    asyncio.run(go())


def test_isolation_and_access_are_as_asked(world: World) -> None:
    async def go() -> None:
        async with TenantDatabase(world.url, key=world.key, connections_max=1) as database:
            for isolation in Isolation:
                async with database.tenant(world.a, isolation=isolation) as tx:
                    assert (await tx.execute("show transaction_isolation")).value() == isolation.value
            with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
                async with database.tenant(world.a, read_only=True) as tx:
                    await tx.execute("delete from documents")

    asyncio.run(go())


def test_a_statement_prepared_before_the_schema_changed_is_asked_again(world: World) -> None:
    async def go() -> None:
        async with TenantDatabase(world.url, key=world.key, connections_max=1) as database:
            for _ in range(PREPARE_FROM_USE + 1):
                await database.execute(world.a, "select * from documents")
            world.database.execute("alter table documents add column added text default 'new'")
            answer = await database.execute(world.a, "select * from documents")
            assert answer.columns == ("id", "client_id", "secret", "added")
            async with database.tenant(world.a) as tx:
                await tx.execute("select * from documents")

    asyncio.run(go())


def test_a_login_that_could_do_more_is_not_used(world: World) -> None:
    wide = world.database.create_role("wide", "login bypassrls")
    member = world.database.create_role("member", "login noinherit")
    reader = world.database.create_role("reader", "login")
    owner = world.database.create_role("owner", "login")
    world.database.execute(
        f'grant "{wide}" to "{member}"; grant pg_read_all_data to "{reader}";'
        f'create table owned (); alter table owned owner to "{owner}"'
    )

    async def refused(user: str | None) -> LoginTooWide:
        url = world.database.url_as(user) if user else world.database.url
        with pytest.raises(LoginTooWide) as error:
            await TenantDatabase(url, key=world.key).open()
        return error.value

    async def go() -> None:
        assert "superuser" in (await refused(None)).detail
        assert f"BYPASSRLS role {wide}" in (await refused(wide)).detail
        assert f"BYPASSRLS role {wide}" in (await refused(member)).detail
        assert "predefined role pg_read_all_data" in (await refused(reader)).detail
        assert f"owner {owner} of tables" in (await refused(owner)).detail

    asyncio.run(go())


def test_a_login_that_became_wider_gets_no_new_connection(world: World) -> None:
    wide = world.database.create_role("wide", "nologin bypassrls")

    async def go() -> None:
        async with TenantDatabase(world.url, key=world.key, connections_max=1, wait_s_max=2.0) as database:
            pid = (await database.execute(world.a, "select pg_backend_pid()")).value()
            world.database.execute(f'grant "{wide}" to "{world.login}"')
            with world.database.connect() as conn:
                conn.execute("select pg_terminate_backend(%s, 10000)", (pid,))
            with pytest.raises(LoginTooWide):
                await database.execute(world.a, "select 1")

    asyncio.run(go())


def test_who_waits_too_long_for_a_connection_is_told(world: World) -> None:
    async def go() -> None:
        async with TenantDatabase(world.url, key=world.key, connections_max=1, wait_s_max=0.2) as database:
            async with database.tenant(world.a) as tx:
                await tx.execute("select 1")
                with pytest.raises(NoFreeConnection):
                    await database.execute(world.b, "select 1")

    asyncio.run(go())


def test_a_server_that_is_not_there_is_named_without_the_password() -> None:
    async def go() -> None:
        with pytest.raises(CannotConnect) as refused:
            await TenantDatabase("postgresql://app:hidden-word@127.0.0.1:1/none").open()
        assert "127.0.0.1:1/none" in str(refused.value)
        assert "hidden-word" not in str(refused.value)

    asyncio.run(go())


def test_one_statement_is_one_round_trip(world: World) -> None:
    async def go() -> None:
        with counting(world.url) as proxy:
            async with TenantDatabase(proxy.url, key=world.key, connections_max=1) as database:

                async def counted(statements: int, *, last: bool) -> int:
                    before = proxy.round_trips
                    async with database.tenant(world.a) as tx:
                        for n in range(statements):
                            ask = tx.execute_last if last and n == statements - 1 else tx.execute
                            await ask("select secret from documents")
                    return proxy.round_trips - before

                for _ in range(PREPARE_FROM_USE + 2):  # as text, while it gets a name, and by its name
                    before = proxy.round_trips
                    await database.execute(world.a, "select secret from documents where id = %s", [1])
                    assert proxy.round_trips - before == 1
                    assert await counted(1, last=True) == 1
                    assert await counted(1, last=False) == 2
                    assert await counted(5, last=True) == 5
                    assert await counted(0, last=False) == 0

    asyncio.run(go())


def test_text_survives_a_pooler_before_a_database_of_another_encoding(server: Server, tmp_path: Path) -> None:
    """RESET ALL goes back to the encoding that the pooler's own connection was opened with."""
    name = unique_name("rf_latin")
    with server.admin() as admin:
        admin.execute(f"create database {name} template template0 encoding 'LATIN1' locale 'C'".encode())
    world = two_tenants(Database(server, name))

    async def go(url: str) -> None:
        async with TenantDatabase(url, key=world.key) as database:
            await database.execute(world.a, "insert into notes (body) values (%s)", ["é"])
            assert (await database.execute(world.a, "select body from notes")).value() == "é"

    try:
        with pooler(world.database, tmp_path, "transaction", logins=[world.login]) as url:
            asyncio.run(go(url))
        with psycopg.connect(world.database.url, client_encoding="utf8") as conn:
            assert conn.execute("select body from notes").fetchone() == ("é",)
    finally:
        world.database.close()


def test_no_context_reaches_no_server(world: World) -> None:
    async def go() -> None:
        with counting(world.url) as proxy:
            async with TenantDatabase(proxy.url, key=world.key, connections_max=1) as database:
                await database.execute(world.a, "select 1")
                before = proxy.round_trips
                with pytest.raises(NoTenantContext):
                    await database.execute(None, "select 1")  # type: ignore[arg-type]
                assert proxy.round_trips == before

    asyncio.run(go())
