"""Ten thousand transactions of many tenants on five connections, with errors and cancellations among them: no leak."""

from __future__ import annotations

import asyncio
import random
import uuid
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ringfence.runtime import TenantContext, TenantDatabase
from ringfence.runtime.pg import NothingCommitted
from support.between import pooler
from support.tenants import World

TRANSACTIONS = 10_000
TENANTS = 40
CONNECTIONS = 5
WORKERS = 20
PEOPLE = [(uuid.UUID(int=0x1000 + n), uuid.UUID(int=0x2000 + n)) for n in range(TENANTS)]

SEEN = (
    "select (select string_agg(distinct client_id::text, ',') from documents), (select count(*) from documents),"
    " (select string_agg(distinct client_id::text, ',') from notes), current_user::text,"
    " current_setting('request.jwt.claims')::json ->> 'org_id', coalesce(current_setting('app.mark', true), '')"
)


@pytest.fixture(params=["direct", "pooled"])
def url(request: pytest.FixtureRequest, world: World, tmp_path: Path) -> Iterator[str]:
    """The request traffic's URL; both ways end in five sessions of the server."""
    if request.param == "direct":
        yield world.url
        return
    with pooler(world.database, tmp_path, "transaction", logins=[world.login], connections=CONNECTIONS) as through:
        yield through


def populate(world: World) -> None:
    """Each tenant has a user and as many documents as its number."""
    with world.database.connect() as conn, conn.cursor() as cursor:
        cursor.executemany("insert into users values (%s)", [(user,) for _, user in PEOPLE])
        cursor.executemany("insert into organizations values (%s)", [(org,) for org, _ in PEOPLE])
        cursor.executemany("insert into user_organizations values (%s, %s)", [(u, o) for o, u in PEOPLE])
        rows = [(1000 * n + i, org) for n, (org, _) in enumerate(PEOPLE) for i in range(n + 1)]
        cursor.executemany("insert into documents values (%s, %s, 'x')", rows)


class Boom(Exception):
    """An error of the application's."""


async def one(database: TenantDatabase, world: World, number: int, rng: random.Random, leaks: list[Any]) -> str:
    """One transaction of tenant `number`, ended in one of the ways there are; what it saw of others goes to `leaks`."""
    organization, user = PEOPLE[number]
    context = TenantContext(organization, user, world.request_role)
    mine = str(organization)

    def judge(row: tuple[Any, ...]) -> None:
        documents, count, notes, role, claimed, mark = row
        good = documents == mine and count == number + 1 and notes in (None, mine)
        if not (good and role == world.request_role and claimed == mine and mark == ""):
            leaks.append((mine, row))

    ending = rng.choice(
        ("last", "last", "commit", "raise", "error", "swallowed", "savepoint", "cursor", "foreign", "mark")
    )
    try:
        async with database.tenant(context) as tx:
            match ending:
                case "last":
                    judge((await tx.execute_last(SEEN)).one())
                case "commit":
                    await tx.execute("insert into notes (body) values (%s)", [mine])
                    judge((await tx.execute(SEEN)).one())
                case "raise":
                    await tx.execute("insert into notes (body) values ('lost')")
                    judge((await tx.execute(SEEN)).one())
                    raise Boom
                case "error":
                    judge((await tx.execute(SEEN)).one())
                    await tx.execute("select 1 / 0")
                case "swallowed":
                    try:
                        await tx.execute("select 1 / 0")
                    except psycopg.errors.DivisionByZero:
                        ending = "swallowed"
                case "savepoint":
                    try:
                        async with tx.savepoint():
                            await tx.execute("insert into notes (body) values ('lost')")
                            raise Boom
                    except Boom:
                        judge((await tx.execute(SEEN)).one())
                case "cursor":
                    cursor = await tx.cursor("streamed" if rng.random() < 0.5 else "")
                    await cursor.execute(SEEN)
                    judge(await cursor.fetchone())  # type: ignore[arg-type]
                case "foreign":
                    other = PEOPLE[(number + 1) % TENANTS][0]
                    await tx.execute("insert into notes (client_id, body) values (%s, 'planted')", [other])
                case "mark":  # what a careless application leaves in its session
                    await tx.execute("select set_config('app.mark', %s, false)", [mine])
                    await tx.execute("select set_config('request.jwt.claims', %s, false)", [context.claims_json()])
                    judge((*(await tx.execute(SEEN)).one()[:5], ""))
    except (Boom, NothingCommitted, psycopg.errors.DivisionByZero, psycopg.errors.InsufficientPrivilege):
        return ending + " refused"
    return ending


@pytest.mark.slow
def test_ten_thousand_interleaved_transactions_leak_nothing(world: World, url: str) -> None:
    populate(world)
    leaks: list[Any] = []
    endings: Counter[str] = Counter()

    async def work(database: TenantDatabase, seed: int) -> None:
        rng = random.Random(seed)
        for _ in range(TRANSACTIONS // WORKERS):
            task = asyncio.create_task(one(database, world, rng.randrange(TENANTS), rng, leaks))
            if rng.random() < 0.05:
                await asyncio.sleep(rng.random() * 0.004)
                task.cancel()
            try:
                endings[await task] += 1
            except asyncio.CancelledError:
                endings["cancelled"] += 1

    async def go() -> None:
        async with TenantDatabase(
            url, key=world.key, connections_min=CONNECTIONS, connections_max=CONNECTIONS, wait_s_max=60
        ) as database:
            await asyncio.gather(*(work(database, seed) for seed in range(WORKERS)))
            # the pool is whole: as many transactions as it has connections are open at once
            held = [database.tenant(world.a) for _ in range(CONNECTIONS)]
            for tx in held:
                await tx.__aenter__()
            for tx in held:
                await tx.__aexit__(None, None, None)

    asyncio.run(go())
    assert leaks == []
    assert sum(endings.values()) == TRANSACTIONS
    assert endings["cancelled"] > TRANSACTIONS / 100
    assert endings["foreign"] == endings["raise"] == endings["error"] == endings["swallowed"] == 0
    for ending in (
        "last",
        "commit",
        "savepoint",
        "cursor",
        "mark",
        "foreign refused",
        "raise refused",
        "error refused",
    ):
        assert endings[ending] > TRANSACTIONS / 50
    with world.database.connect() as conn:
        lost = conn.execute("select count(*) from notes where body in ('lost', 'planted')").fetchone()
        foreign = conn.execute("select count(*) from notes where body <> client_id::text").fetchone()
        committed = conn.execute("select count(*) from notes").fetchone()
    assert lost == foreign == (0,)
    assert committed is not None
    assert committed[0] >= endings["commit"]
