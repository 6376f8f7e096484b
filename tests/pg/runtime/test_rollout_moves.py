"""An endpoint goes all the way under traffic of two workers, falls back once because its new side breaks, and arrives."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import psycopg
import psycopg_pool

from ringfence.runtime import TenantDatabase
from ringfence.runtime.rollout import Legacy, Mode, Rollout, Tenant
from ringfence.runtime.rollout.decide import bucket
from support.databases import Database
from support.rollout import Operated, operated, until
from support.tenants import ORGANIZATION_A, World, two_tenants

READ, WRITE = "GET /notes", "POST /notes"
USERS = 200
TALKERS = 3


@dataclass
class Traffic:
    """What the users of two workers saw."""

    world: World
    legacy: psycopg_pool.AsyncConnectionPool
    tenant: TenantDatabase
    column: str = "body"
    """What the tenant side reads; a column that is not there is the mistake of a deployment."""
    reads: int = 0
    writes: int = 0
    failures: list[str] = field(default_factory=list)
    sides: list[tuple[int, str]] = field(default_factory=list)
    stopping: bool = False

    async def read(self, rollout: Rollout, user: int) -> None:
        """A list of notes, whichever side makes it."""

        async def legacy() -> list[str]:
            self.sides.append((user, "legacy"))
            async with self.legacy.connection() as conn:
                rows = await conn.execute(
                    "select body from notes where client_id = %s order by id desc limit 5", [ORGANIZATION_A]
                )
                return [row[0] for row in await rows.fetchall()]

        async def tenant() -> list[str]:
            self.sides.append((user, "tenant"))
            text = {
                "body": "select body from notes order by id desc limit 5",
                "gone": "select gone from notes order by id desc limit 5",
            }[self.column]
            return [row[0] for row in (await self.tenant.execute(self.world.a, text)).rows]

        notes = await rollout.read(READ, user, legacy=legacy, tenant=tenant)
        assert all(note.startswith("of A") for note in notes)
        self.reads += 1

    async def write(self, rollout: Rollout, user: int) -> None:
        """A new note, once."""

        async def legacy() -> None:
            async with self.legacy.connection() as conn:
                await conn.execute("insert into notes (client_id, body) values (%s, 'of A')", [ORGANIZATION_A])

        async def tenant() -> None:
            await self.tenant.execute(self.world.a, "insert into notes (body) values ('of A, by tenant')")

        await rollout.write(WRITE, user, legacy=legacy, tenant=tenant)
        self.writes += 1

    async def talk(self, rollout: Rollout, first: int) -> None:
        """One user after the other, until it is told to stop; nobody is cut off in the middle of a write."""
        for step in itertools.count(first):
            if self.stopping:
                return
            try:
                await self.read(rollout, step % USERS)
                if step % 5 == 0:
                    await self.write(rollout, step % USERS)
            except (psycopg.Error, AssertionError, ValueError) as error:
                self.failures.append(f"{type(error).__name__}: {error}")
            await asyncio.sleep(0.002)


@asynccontextmanager
async def talking(traffic: Traffic, *workers: Rollout) -> AsyncIterator[None]:
    """Users at every worker while the block lasts."""
    tasks = [
        asyncio.create_task(traffic.talk(worker, 1000 * number + 37 * talker))
        for number, worker in enumerate(workers)
        for talker in range(TALKERS)
    ]
    try:
        yield
        assert not any(task.done() for task in tasks)
    finally:
        traffic.stopping = True
        await asyncio.gather(*tasks)


def test_an_endpoint_moves_under_traffic_falls_back_once_and_arrives(database: Database) -> None:
    world = two_tenants(database)
    database.execute(f"insert into notes (client_id, body) values ('{ORGANIZATION_A}', 'of A')")
    kept = operated(database)
    traffic = asyncio.run(_scene(world, kept))

    assert traffic.failures == []
    assert traffic.reads > 500
    with database.connect() as conn:
        assert conn.execute("select count(*) from notes").fetchone() == (traffic.writes + 1,)
    told = [(e["kind"], e["mode_after"], e["percent_after"]) for e in reversed(kept.history(READ))]
    assert told == [
        ("set", "shadow", None),
        ("set", "tenant_share", 20),
        ("set", "tenant_share", 60),
        ("set", "tenant", None),
        ("fallback", "legacy", None),
        ("set", "tenant", None),
    ]
    assert "answers of the tenant side failed within a minute" in kept.history(READ)[1]["reason"]


async def _scene(world: World, kept: Operated) -> Traffic:
    async def set_and_seen(mode: str, expected: Mode | None = None, percent: int | None = None) -> None:
        before = [worker.mode(READ) for worker in workers]
        await asyncio.to_thread(kept.set, READ, mode, percent)
        await until(lambda: all(w.mode(READ) != b for w, b in zip(workers, before, strict=True)), mode)
        assert expected is None or all(worker.mode(READ) == expected for worker in workers)
        await asyncio.sleep(0)  # what was asked before the change is answered
        traffic.sides.clear()

    async with (
        psycopg_pool.AsyncConnectionPool(world.database.url, min_size=1, max_size=4, open=False) as legacy,
        TenantDatabase(world.url, key=world.key, connections_max=4) as tenant,
        Rollout(kept.url) as one,
        Rollout(kept.url) as other,
    ):
        workers = (one, other)
        traffic = Traffic(world, legacy, tenant)
        async with talking(traffic, *workers):
            await until(lambda: traffic.reads > 100, "traffic")
            await set_and_seen("shadow")
            await until(lambda: kept.listed(READ)["compared"] >= 100, "comparisons")
            assert kept.listed(READ)["differed"] == 0
            for percent in (20, 60):
                await set_and_seen("tenant_share", percent=percent)
                await until(lambda: len(traffic.sides) > 300, "traffic of a share")
                assert {user for user, side in traffic.sides if side == "tenant"} <= {
                    user for user in range(USERS) if bucket(user) < percent * 100
                }
                assert any(side == "tenant" for _, side in traffic.sides)
            await asyncio.to_thread(kept.set, WRITE, "tenant")
            await set_and_seen("tenant", Tenant())
            await until(lambda: len(traffic.sides) > 300, "traffic of everybody")
            assert {side for _, side in traffic.sides} == {"tenant"}

            traffic.column = "gone"
            await until(lambda: all(w.mode(READ) == Legacy() for w in workers), "the fallback")
            assert one.mode(WRITE) == Tenant()

            traffic.column = "body"
            await set_and_seen("tenant", Tenant())
            await until(lambda: len(traffic.sides) > 300, "traffic of everybody again")
    return traffic
