"""What moving endpoints costs: an answer that goes through `Rollout`, a worker's exchange, and how soon all have heard."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import psycopg

from bench.harness import SETTINGS, Database, Entry, entry
from ringfence import db
from ringfence.embedded import EmbeddedServer
from ringfence.plan.endpoints import endpoint_objects, rollout_login
from ringfence.runtime.rollout import Rollout
from ringfence.runtime.rollout import pg as rollout_pg
from ringfence.runtime.rollout.model import Counts, Setting
from ringfence.runtime.rollout.pg import Source

ENDPOINTS = 50
WORKERS = 8
CHANGES = 20
READS = 20_000
PAIRS = 7
NAME = "GET /documents"


def fill(conn: psycopg.Connection[Any]) -> None:
    """The objects of phase 3, and the workers' login."""
    conn.execute("create schema ringfence")
    for statement in (*endpoint_objects().do, *rollout_login("bench_rollout")):
        conn.execute(statement.encode())


def run() -> dict[str, Entry]:
    """The three figures."""
    with EmbeddedServer.start(settings=SETTINGS) as server:
        database = Database.made(server, "rollout", fill)
        url = server.url("rollout", "bench_rollout")
        return asyncio.run(_run(database.url, url))


async def _run(operator_url: str, url: str) -> dict[str, Entry]:
    return {
        "rollout_read_us": entry(
            await _reads(url), f"microseconds that Rollout.read adds to an answer, {PAIRS} blocks of {READS}"
        ),
        "rollout_exchange_ms": entry(
            await _exchanges(url), f"one worker's exchange of {ENDPOINTS} endpoints' counts for their modes, ms"
        ),
        "rollout_heard_s": entry(
            await _heard(operator_url, url), f"until all of {WORKERS} workers serve a changed mode, s"
        ),
    }


async def _answer() -> int:
    return 1


async def _reads(url: str) -> list[float]:
    found = []
    async with Rollout(url) as rollout:
        for _ in range(PAIRS):
            began = time.perf_counter()
            for _ in range(READS):
                await _answer()
            bare = time.perf_counter() - began
            began = time.perf_counter()
            for _ in range(READS):
                await rollout.read(NAME, 1, legacy=_answer, tenant=_answer)
            found.append((time.perf_counter() - began - bare) / READS * 1e6)
    return found


async def _exchanges(url: str) -> list[float]:
    source = Source(url, "bench", 5.0)
    counts = {(f"GET /endpoint/{n}", 1): Counts(legacy_answers=1, tenant_runs=1) for n in range(ENDPOINTS)}
    await source.exchange(counts)
    found = []
    for _ in range(30):
        began = time.perf_counter()
        await source.exchange(counts)
        found.append((time.perf_counter() - began) * 1e3)
    await source.close()
    return found


async def _heard(operator_url: str, url: str) -> list[float]:
    workers = [Rollout(url) for _ in range(WORKERS)]
    found = []
    for worker in workers:
        await worker.open()
        await asyncio.sleep(0.037)  # so that they do not all ask at the same moment
    with db.connect(operator_url) as conn:
        for change in range(CHANGES):
            mode = ("tenant", "legacy")[change % 2]
            before = workers[0].mode(NAME)
            await asyncio.to_thread(rollout_pg.set_endpoint, conn, NAME, Setting(mode), "a measurement")
            began = time.perf_counter()
            while change and any(worker.mode(NAME) == before for worker in workers):  # noqa: ASYNC110
                await asyncio.sleep(0.001)
            found.append(time.perf_counter() - began)
            await asyncio.sleep(0.5 if not change else 0.0)
    for worker in workers:
        await worker.close()
    return found[1:]
