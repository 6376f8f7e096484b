# a transaction in a database reads better as two lines
"""What happens to a connection between two transactions: cleaned behind COMMIT where it is ours, kept at hand, given back."""

from __future__ import annotations

import asyncio
import os
import time
from asyncio import events
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from ringfence.runtime import TenantDatabase
from ringfence.runtime.pool.pg import NotOpen
from support.between import pooler
from support.counting import counting
from support.tenants import World

WAIT_S = 20
LOCK = 4711


@contextmanager
def between(kind: str, world: World, folder: Path) -> Iterator[str]:
    """The request traffic's URL with something in between that only carries bytes, or that is a pooler."""
    if kind == "proxy":
        with counting(world.url) as proxy:
            yield proxy.url
    else:
        with pooler(world.database, folder, "transaction", logins=[world.login], connections=1) as url:
            yield url


async def become_true(what: Callable[[], bool]) -> None:
    """Wait until it is so."""
    ends = time.monotonic() + WAIT_S
    while not what():
        assert time.monotonic() < ends
        await asyncio.sleep(0.005)


def locks(world: World) -> int:
    """How many sessions hold the lock."""
    with world.database.connect() as conn:
        row = conn.execute(
            "select count(*) from pg_locks where locktype = 'advisory' and objid = %s", (LOCK,)
        ).fetchone()
    assert row is not None
    return int(row[0])


def sessions(world: World) -> list[tuple[object, ...]]:
    """State and last statement of the request traffic's sessions."""
    with world.database.connect() as conn:
        return conn.execute("select state, query from pg_stat_activity where usename = %s", (world.login,)).fetchall()


def test_a_session_that_is_ours_is_clean_before_anybody_comes(world: World) -> None:
    async def go() -> None:
        async with TenantDatabase(world.url, key=world.key, connections_max=1) as database:
            await database.execute(world.a, "select pg_advisory_lock(%s)", [LOCK])
            await become_true(lambda: locks(world) == 0)
            assert sessions(world) == [("idle", "call ringfence.enter_v1(null, null, null, true)")]

    asyncio.run(go())


@pytest.mark.parametrize("kind", ["proxy", "pooler"])
def test_a_session_that_may_be_somebody_elses_by_then_is_left_alone(world: World, kind: str, tmp_path: Path) -> None:
    """What is cleaned at COMMIT may be soiled by others before we come again, so there it is cleaned when we come."""

    async def go(url: str) -> None:
        async with TenantDatabase(url, key=world.key, connections_max=1) as database:
            await database.execute(world.a, "select pg_advisory_lock(%s)", [LOCK])
            last = await database.execute(world.b, "select pg_try_advisory_lock(%s), 1", [LOCK + 1])
            assert last.rows == ((True, 1),)
            assert locks(world) == 0
            assert {query for state, query in sessions(world) if state == "idle"} == {"commit"}

    with between(kind, world, tmp_path) as url:
        asyncio.run(go(url))


def test_a_session_that_cannot_be_cleaned_is_replaced_and_nothing_is_said_in_it(world: World) -> None:
    async def go() -> None:
        async with TenantDatabase(world.url, key=world.key, connections_max=1) as database:
            soiled = (await database.execute(world.a, "select pg_backend_pid()")).value()
            await database.execute(world.a, "do $$ begin execute 'listen loot'; end $$")
            found = await database.execute(world.b, "select pg_backend_pid(), secret from documents")
            assert found.one()[0] != soiled
            assert found.one()[1] == "B-SECRET"
            assert len(sessions(world)) == 1

    asyncio.run(go())


def test_the_second_tenant_of_a_clean_session_is_not_the_first(world: World) -> None:
    """The role, the claims and the seal of the transaction before are gone, also where the next brings none that hold."""

    async def go() -> None:
        async with TenantDatabase(world.url, key=world.key, connections_max=1) as database:
            for _ in range(3):
                for context, secret in ((world.a, "A-SECRET"), (world.b, "B-SECRET")):
                    assert (await database.execute(context, "select secret from documents")).value() == secret
            pid = (await database.execute(world.a, "select pg_backend_pid()")).value()
            told = await database.execute(
                world.b,
                "select current_setting('request.jwt.claims')::json ->> 'org_id', current_user::text, pg_backend_pid()",
            )
            assert told.one() == (str(world.b.organization), world.request_role, pid)

    asyncio.run(go())


def test_a_session_whose_names_were_taken_away_gets_new_ones(world: World) -> None:
    """DEALLOCATE leaves nothing that is prepared by SQL, so the session is clean, and our names in it are gone."""

    async def go() -> None:
        async with TenantDatabase(world.url, key=world.key, connections_max=1) as database:
            for _ in range(5):
                await database.execute(world.a, "select secret from documents")
            pid = (await database.execute(world.a, "select pg_backend_pid()")).value()
            async with database.tenant(world.a) as tx:
                await (await tx.cursor()).execute("do $$ begin execute 'deallocate all'; end $$")
            for _ in range(2):
                assert (await database.execute(world.b, "select secret from documents")).value() == "B-SECRET"
            assert (await database.execute(world.a, "select pg_backend_pid()")).value() == pid

    asyncio.run(go())


def test_statements_and_cursors_take_turns_on_one_socket(world: World) -> None:
    """The loop listens to a socket for one of them at a time; left to the other, a statement would wait for ever."""

    async def go() -> None:
        async with TenantDatabase(world.url, key=world.key, connections_max=1) as database:
            for _ in range(3):
                await database.execute(world.a, "select 1")
                async with database.tenant(world.a) as tx:
                    await tx.execute("select 1")
                    cursor = await tx.cursor()
                    for _ in range(3):
                        await cursor.execute("select secret from documents")
                        assert await cursor.fetchall() == [("A-SECRET",)]
                        assert (await tx.execute("select secret from documents")).value() == "A-SECRET"

    asyncio.run(asyncio.wait_for(go(), WAIT_S))


def test_a_statement_larger_than_the_socket_takes(world: World) -> None:
    body = "x" * 20_000_000

    async def go() -> None:
        async with TenantDatabase(world.url, key=world.key, connections_max=1) as database:
            for _ in range(2):
                await database.execute(world.a, "insert into notes (body) values (%s)", [body])
            assert (await database.execute(world.a, "select sum(length(body)) from notes")).value() == 2 * len(body)

    asyncio.run(asyncio.wait_for(go(), WAIT_S))


def test_given_up_while_it_is_read_a_connection_is_not_lost(world: World) -> None:
    """A task may be cancelled at any moment: before the answer, in the middle of it, while the session is cleaned."""

    async def go() -> None:
        async with TenantDatabase(world.url, key=world.key, connections_max=2, wait_s_max=WAIT_S) as database:
            for turns in range(40):
                task = asyncio.create_task(database.execute(world.a, "select secret, pg_sleep(0.001) from documents"))
                for _ in range(turns % 8):
                    await asyncio.sleep(0)
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
            both = [database.tenant(world.b) for _ in range(2)]
            for tx in both:
                await tx.__aenter__()
                assert (await tx.execute("select secret from documents")).value() == "B-SECRET"
            for tx in both:
                await tx.__aexit__(None, None, None)

    asyncio.run(go())


def test_who_waits_at_the_pool_is_served_before_a_connection_is_kept(world: World) -> None:
    async def go() -> None:
        async with TenantDatabase(world.url, key=world.key, connections_max=2, wait_s_max=WAIT_S) as database:
            query = "select secret from documents"
            found = await asyncio.gather(*(database.execute(world.a, query) for _ in range(100)))
            assert {answer.value() for answer in found} == {"A-SECRET"}
            assert len(sessions(world)) == 2

    asyncio.run(go())


def test_what_rests_goes_back_to_the_pool(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ringfence.runtime.pool.athand.REST_S_MAX", 0.02)

    async def go() -> None:
        async with TenantDatabase(world.url, key=world.key, connections_max=2) as database:
            pool = database._lines._pool
            assert pool is not None
            await database.execute(world.a, "select 1")
            assert pool.get_stats()["pool_available"] == 0
            await become_true(lambda: pool.get_stats()["pool_available"] == 1)
            assert (await database.execute(world.b, "select secret from documents")).value() == "B-SECRET"

    asyncio.run(go())


def test_what_never_rests_goes_back_now_and_then(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only there it can be found to be too old."""
    monkeypatch.setattr("ringfence.runtime.pool.athand.AWAY_S_MAX", -1.0)

    async def go() -> None:
        async with TenantDatabase(world.url, key=world.key, connections_max=1) as database:
            pool = database._lines._pool
            assert pool is not None
            for _ in range(3):
                assert (await database.execute(world.b, "select secret from documents")).value() == "B-SECRET"
                assert pool.get_stats()["pool_available"] == 1

    asyncio.run(go())


def test_closing_ends_every_session_also_those_at_hand(world: World) -> None:
    async def go() -> None:
        database = TenantDatabase(world.url, key=world.key, connections_max=2)
        await database.open()
        late = database.tenant(world.a)
        await late.__aenter__()
        await late.execute("select 1")
        await database.execute(world.a, "select 1")
        await database.close()
        await late.__aexit__(None, None, None)
        await become_true(lambda: sessions(world) == [])
        with pytest.raises(psycopg.Error):
            await late._held[0].conn.execute("select 1")

    asyncio.run(go())


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_process_touches_none_of_those_at_hand(world: World) -> None:
    """Its loop would stop the parent's from listening, and its socket would end the parent's session."""
    query = "select secret, pg_backend_pid() from documents"

    async def parent() -> None:
        database = TenantDatabase(world.url, key=world.key, connections_max=1)
        await database.open()
        pid = (await database.execute(world.a, query)).one()[1]
        child = os.fork()
        if child == 0:
            code = 2
            try:
                code = in_the_child(database, pid)
            finally:
                os._exit(code)
        _, ended = await asyncio.to_thread(os.waitpid, child, 0)
        assert os.waitstatus_to_exitcode(ended) == 0
        assert (await database.execute(world.a, query)).one() == ("A-SECRET", pid)
        await database.close()

    def in_the_child(database: TenantDatabase, pid: int) -> int:
        """0 when the parent's are refused and one's own are others."""
        events._set_running_loop(None)  # the parent's, which goes on in the parent alone

        async def work() -> int:
            with pytest.raises(NotOpen):
                await database.execute(world.b, query)
            await database.open()
            secret, own = (await database.execute(world.b, query)).one()
            await database.close()
            return 0 if secret == "B-SECRET" and own != pid else 3

        return asyncio.run(work())

    asyncio.run(asyncio.wait_for(parent(), WAIT_S))
