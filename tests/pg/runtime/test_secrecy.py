# ruff: noqa: SIM117  # a transaction in a database reads better as two lines
"""A seal is in no text that anybody reads: not in the server's log, its activity or statistics, nor in our errors."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator

import psycopg
import pytest

from ringfence.embedded import EmbeddedServer, ServerBinariesMissing
from ringfence.names import quote_ident
from ringfence.runtime import ContextForged, SealKey, TenantDatabase
from ringfence.runtime.pool.pg import SealsWouldBeLogged
from support.databases import Database, Server, unique_name
from support.tenants import World, two_tenants

EVERYTHING = {"log_statement": "all", "log_min_duration_statement": "0", "log_error_verbosity": "verbose"}


@pytest.fixture
def talkative(server: Server) -> Iterator[tuple[EmbeddedServer, World]]:
    """A server of its own that logs all it is told, with two tenants."""
    try:
        embedded = EmbeddedServer.start(major=server.major, settings=EVERYTHING)
    except ServerBinariesMissing as error:
        pytest.skip(f"no PostgreSQL {server.major}: {error.hint}")
    with embedded:
        own = Server(embedded.url(), embedded.major)
        name = unique_name("rf_secret")
        own.create_database(name)
        made = Database(own, name)
        yield embedded, two_tenants(made)
        made.close()


def _do_not_log(world: World) -> None:
    world.database.execute(f"alter role {quote_ident(world.login)} set log_parameter_max_length = 0")


async def _work(world: World, *, accepted: bool = False) -> list[str]:
    """A transaction that succeeds and one whose seal is not believed; the seals that were used."""
    seals: list[str] = []

    class Watched(SealKey):
        __slots__ = ()

        def seal(self, claims: str, now_s: float) -> str:
            seals.append(super().seal(claims, now_s))
            return seals[-1]

    for secret in (world.key.secret, b"x" * 32):
        key = Watched(world.key.id, secret)
        async with TenantDatabase(world.url, key=key, logged_seals_accepted=accepted) as database:
            for _ in range(5):
                if secret == world.key.secret:
                    await database.execute(world.a, "select secret from documents")
                    continue
                with pytest.raises(ContextForged) as refused:
                    await database.execute(world.a, "select secret from documents")
                assert seals[-1] not in f"{refused.value} {refused.value!r} {refused.value.__cause__!r}"
    return seals


def test_the_log_holds_no_seal(talkative: tuple[EmbeddedServer, World], caplog: pytest.LogCaptureFixture) -> None:
    embedded, world = talkative
    _do_not_log(world)

    with caplog.at_level(logging.DEBUG):
        seals = asyncio.run(_work(world))

    log = embedded.log_tail(100_000)
    assert len(seals) == 10
    assert "ringfence.enter_v1($1, $2, $3, $4)" in log
    assert [seal for seal in seals if seal in log or seal in caplog.text] == []


def test_a_server_that_would_log_seals_is_refused(talkative: tuple[EmbeddedServer, World]) -> None:
    embedded, world = talkative

    with pytest.raises(SealsWouldBeLogged) as refused:
        asyncio.run(_work(world))
    assert "log_statement = all" in refused.value.detail
    assert "log_min_duration_statement = 0" in refused.value.detail

    # Taken at one's own risk, it does what was refused: so the refusal is not an empty one.
    seals = asyncio.run(_work(world, accepted=True))
    assert all(seal in embedded.log_tail(100_000) for seal in seals)


def test_parameters_logged_on_error_are_found_too(world: World) -> None:
    world.database.execute(f"alter role {quote_ident(world.login)} set log_parameter_max_length_on_error = -1")

    with pytest.raises(SealsWouldBeLogged, match="RF921") as refused:
        asyncio.run(_work(world))
    assert "log_parameter_max_length_on_error = -1" in refused.value.detail


def test_activity_shows_no_seal(world: World) -> None:
    async def go() -> None:
        async with TenantDatabase(world.url, key=world.key, connections_max=1) as database:
            async with database.tenant(world.a) as tx:
                seal = (await tx.execute("select current_setting('ringfence.seal')")).value()
                with world.database.connect() as conn:
                    texts = conn.execute("select query from pg_stat_activity").fetchall()
                assert len(seal) > 64
                assert seal not in str(texts)
                with pytest.raises(psycopg.errors.UndefinedTable) as failed:
                    async with tx.savepoint():
                        await tx.execute("select * from nothing")
                said = failed.value.diag
                assert seal not in f"{failed.value} {said.message_detail} {said.context} {said.internal_query}"

    asyncio.run(go())
