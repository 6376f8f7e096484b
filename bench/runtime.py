"""What isolation costs an application: a tenant transaction, and row security on a million rows of a thousand tenants.

Every ratio is taken from short blocks that take turns, so that all sides meet the same machine: per round a quick call
of each side, per ratio the median of the rounds. Beside the clock stands the processors' time of client and server, to
which others on the machine add less.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, LiteralString

import psycopg
import psycopg_pool
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from bench.delay import delayed
from bench.harness import SETTINGS, Database, Entry, entry
from ringfence.embedded import EmbeddedServer
from ringfence.names import QualifiedName
from ringfence.plan import policies
from ringfence.plan.context import context_objects, request_login, store_key
from ringfence.runtime import SealKey, TenantContext, TenantDatabase
from ringfence.tenancy.model import AssignAdopted, Limits, Memberships, Organizations, Tenancy, Users

ROWS = 1_000_000
TENANTS = 1_000
USERS = 20_000
ROUNDS = 60
KEY = SealKey(1, b"k" * 32)
TENANCY = Tenancy(
    column="client_id",
    type="uuid",
    users=Users(QualifiedName("public", "users"), "id", "uuid"),
    organizations=Organizations(QualifiedName("public", "organizations"), "id", "uuid", adopted=True),
    memberships=Memberships(QualifiedName("public", "user_organizations"), "user_id", "organization_id", adopted=True),
    assignment=AssignAdopted(),
    tables=(),
    others=(),
    founding_key=None,
    founding_name="First",
    quarantine_key=None,
    gateways=("gateway",),
)
TENANT = uuid.UUID(int=7)
CONTEXT = TenantContext(TENANT, uuid.UUID(int=7))
ROW = 7_007


def fill(conn: psycopg.Connection[Any]) -> None:
    """Documents of a thousand tenants twice: as phase 6 leaves them, and without row security."""
    conn.execute(
        f"""
        create role authenticated nologin noinherit;
        create role gateway login noinherit;
        grant authenticated to gateway;
        create schema ringfence;
        grant usage on schema ringfence to gateway;
        create table user_organizations (user_id uuid, organization_id uuid, primary key (user_id, organization_id));
        insert into user_organizations select lpad(to_hex(u), 32, '0')::uuid, lpad(to_hex((u + n * 97) % {TENANTS}), 32, '0')::uuid
            from generate_series(1, {USERS}) u, generate_series(0, 2) n;
        create table documents (id bigint, client_id uuid not null, title text not null, created_at timestamptz not null);
        insert into documents select i, lpad(to_hex(i % {TENANTS}), 32, '0')::uuid, 'document ' || i, now() - i * interval '1 second'
            from generate_series(1, {ROWS}) i order by hashint8(i);
        alter table documents add primary key (id);
        create index on documents (client_id, created_at);
        create table plain as select * from documents order by hashint8(id);
        alter table plain add primary key (id);
        create index on plain (client_id, created_at);
        alter table documents enable row level security;
        alter table documents force row level security;
        grant select on documents to authenticated;
        """.encode()
    )
    for statement in (*request_login("app", ["authenticated"]), *context_objects(TENANCY, "postgres").do):
        conn.execute(statement.encode())
    statement, values = store_key(KEY)
    conn.execute(statement.encode(), values)
    limits, documents = Limits(), QualifiedName("public", "documents")
    # the same condition twice, in the floor and beside it; the server asks it once (add_security_quals in rowsecurity.c)
    for change in (
        policies.floor(limits, documents, "client_id"),
        policies.tenant_policies(limits, documents, "client_id"),
    ):
        for made in change.do:
            conn.execute(made.sql.encode())


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one call in a block, in seconds.

    By the clock what four fifths of the calls took or more, since others on the machine only add to it; of what client
    and server computed the mean.
    """

    wall_s: float
    client_cpu_s: float
    server_cpu_s: float

    @property
    def cpu_s(self) -> float:
        """Of both processes."""
        return self.client_cpu_s + self.server_cpu_s


def computed_s(pid: int) -> float:
    """The processor time of a server process, where the system says it (Linux, proc_pid_schedstat); else 0."""
    place = Path(f"/proc/{pid}/schedstat")
    return int(place.read_text().split()[0]) / 1e9 if place.exists() else 0.0


class Clock:
    """Measures a block of calls."""

    def __init__(self, backend_pid: int) -> None:
        self._pid = backend_pid
        self._taken: list[float] = []
        self._client, self._server = time.thread_time(), computed_s(backend_pid)

    def called(self, began: float) -> None:
        """A call that began then has ended."""
        self._taken.append(time.perf_counter() - began)

    def cost(self) -> Cost:
        """Of the calls so far."""
        calls = len(self._taken)
        return Cost(
            statistics.quantiles(self._taken, n=5)[0],
            (time.thread_time() - self._client) / calls,
            (computed_s(self._pid) - self._server) / calls,
        )


def wall(costs: list[Cost], against: list[Cost]) -> list[float]:
    """Ratios by the clock, round by round."""
    return [a.wall_s / b.wall_s for a, b in zip(costs, against, strict=True)]


def cpu(costs: list[Cost], against: list[Cost]) -> list[float]:
    """Ratios of what was computed, client and server together, round by round."""
    return [a.cpu_s / b.cpu_s for a, b in zip(costs, against, strict=True)]


def run() -> dict[str, Entry]:
    """Ratios of a tenant transaction to the bare query, and of row security to a WHERE written by hand."""
    with EmbeddedServer.start(major=18, settings=SETTINGS, listen_tcp=True) as server:
        database = Database.made(server, "runtime", fill)
        _keep_apart(server)
        return {**asyncio.run(_transactions(server, database)), **_row_security(server, database)}


def _keep_apart(server: EmbeddedServer) -> None:
    """Client and server on a core each, as on machines of their own, where the system can do that.

    Left alone, the scheduler puts the two on one core or on both by the length of a query, and the step between a
    wake-up on the same core and one across cores (some 50 microseconds in a virtual machine) hides all else.
    """
    if hasattr(os, "sched_setaffinity") and len(cores := sorted(os.sched_getaffinity(0))) > 1:
        postmaster = int((server.data_directory / "postmaster.pid").read_text().split("\n", 1)[0])
        os.sched_setaffinity(postmaster, {cores[1]})  # what it forks from now on stays there
        os.sched_setaffinity(0, {cores[0]})


LOOKUP: LiteralString = "select id, title from documents where id = %s"
LOOKUP_BARE: LiteralString = "select id, title from plain where client_id = %s and id = %s"


async def _transactions(server: EmbeddedServer, database: Database) -> dict[str, Entry]:
    port = int(str(conninfo_to_dict(database.url)["port"]))
    with delayed(port, 0.0005) as slow:
        near = [server.url(database.name, user) for user in ("postgres", "gateway", "app")]
        far = [make_conninfo(url, port=str(slow)) for url in near]
        bare, pooled, claims, sealed = await _sides(*near, calls=25, rounds=ROUNDS)
        bare_far, _, claims_far, sealed_far = await _sides(*far, calls=10, rounds=ROUNDS // 2)
    note = "one-statement tenant transaction / bare prepared psycopg query of the same row by primary key"
    near_note = f"{note}; loopback, no delay"
    return {
        "tenant_tx_vs_bare": entry(wall(claims, bare), f"{near_note}; claims of a gateway"),
        "tenant_tx_sealed_vs_bare": entry(wall(sealed, bare), f"{near_note}; sealed"),
        "tenant_tx_cpu_vs_bare": entry(cpu(claims, bare), f"{near_note}; claims; processor time of both processes"),
        "tenant_tx_sealed_cpu_vs_bare": entry(cpu(sealed, bare), f"{near_note}; sealed; processor time of both"),
        "pooled_vs_bare": entry(wall(pooled, bare), "the bare query through psycopg's pool / bare; loopback, no delay"),
        "tenant_tx_client_cpu_us": entry([c.client_cpu_s * 1e6 for c in claims], "of that, microseconds of the client"),
        "tenant_tx_server_cpu_us": entry([c.server_cpu_s * 1e6 for c in claims], "of that, microseconds of the server"),
        "bare_client_cpu_us": entry([c.client_cpu_s * 1e6 for c in bare], "the bare query, microseconds of the client"),
        "bare_server_cpu_us": entry([c.server_cpu_s * 1e6 for c in bare], "the bare query, microseconds of the server"),
        "tenant_tx_vs_bare_1ms": entry(wall(claims_far, bare_far), f"{note}; claims; 1 ms added to a round trip"),
        "tenant_tx_sealed_vs_bare_1ms": entry(
            wall(sealed_far, bare_far), f"{note}; sealed; 1 ms added to a round trip"
        ),
    }


async def _sides(owner: str, gateway: str, app: str, *, calls: int, rounds: int) -> tuple[list[Cost], ...]:
    """The costs of the bare query, of one through a pool, of the tenant transaction with claims, and sealed, by round."""
    async with (
        await psycopg.AsyncConnection.connect(owner, autocommit=True) as bare,
        psycopg_pool.AsyncConnectionPool(owner, min_size=1, max_size=1, kwargs={"autocommit": True}) as pool,
        TenantDatabase(gateway, connections_max=1) as believed,
        TenantDatabase(app, key=KEY, connections_max=1) as sealing,
    ):

        async def ask_bare() -> None:
            cursor = await bare.execute(LOOKUP_BARE, (TENANT, ROW))
            assert len(await cursor.fetchall()) == 1

        async def ask_pooled() -> None:
            async with pool.connection() as conn:
                cursor = await conn.execute(LOOKUP_BARE, (TENANT, ROW))
                assert len(await cursor.fetchall()) == 1

        async def ask_believed() -> None:
            assert len((await believed.execute(CONTEXT, LOOKUP, (ROW,))).rows) == 1

        async def ask_sealed() -> None:
            assert len((await sealing.execute(CONTEXT, LOOKUP, (ROW,))).rows) == 1

        async def backend_pid(database: TenantDatabase) -> int:
            return int((await database.execute(CONTEXT, "select pg_backend_pid()")).value())

        async def pooled_pid() -> int:
            async with pool.connection() as conn:
                return conn.info.backend_pid

        sides = (
            (ask_bare, bare.info.backend_pid),
            (ask_pooled, await pooled_pid()),
            (ask_believed, await backend_pid(believed)),
            (ask_sealed, await backend_pid(sealing)),
        )
        for ask, pid in sides:
            await _block(ask, pid, 10 * calls)
        costs: tuple[list[Cost], ...] = ([], [], [], [])
        for _ in range(rounds):
            for (ask, pid), of_side in zip(sides, costs, strict=True):
                await ask()  # its code and its data are those of another side
                of_side.append(await _block(ask, pid, calls))
        return costs


async def _block(ask: Callable[[], Awaitable[None]], backend_pid: int, times: int) -> Cost:
    clock = Clock(backend_pid)
    for _ in range(times):
        began = time.perf_counter()
        await ask()
        clock.called(began)
    return clock.cost()


LIST: LiteralString = "select id, title from documents order by created_at desc limit 50"
LIST_WHERE: LiteralString = "select id, title from plain where client_id = %s order by created_at desc limit 50"
COUNT: LiteralString = "select count(*) from documents"
COUNT_WHERE: LiteralString = "select count(*) from plain where client_id = %s"
MEMBER: LiteralString = "(select organization_id from user_organizations where user_id = %s and organization_id = %s)"
LIST_MEMBER: LiteralString = f"select id, title from plain where client_id = {MEMBER} order by created_at desc limit 50"
COUNT_MEMBER: LiteralString = f"select count(*) from plain where client_id = {MEMBER}"
LOOKUP_MEMBER: LiteralString = f"select id, title from plain where client_id = {MEMBER} and id = %s"


def _row_security(server: EmbeddedServer, database: Database) -> dict[str, Entry]:
    """Row security against a WHERE written by hand: the same rows, prepared, inside a transaction that has its context."""
    with (
        _session(server.url(database.name, "gateway"), "") as gateway,
        _session(server.url(database.name, "app"), KEY.seal(CONTEXT.claims_json(), time.time())) as app,
        psycopg.connect(server.url(database.name), autocommit=True, prepare_threshold=0) as owner,
    ):
        owner.execute("begin")

        def sides(
            under: LiteralString, where: LiteralString, member: LiteralString, *values: object, calls: int
        ) -> tuple[list[Cost], list[Cost], list[Cost]]:
            asked = (
                (gateway, under, values),
                (owner, where, (TENANT, *values)),
                (owner, member, (CONTEXT.user, TENANT, *values)),
            )
            costs: tuple[list[Cost], list[Cost], list[Cost]] = ([], [], [])
            for _ in range(ROUNDS + 1):
                for (conn, query, given), of_side in zip(asked, costs, strict=True):
                    of_side.append(_timed(conn, query, given, calls))
            return costs[0][1:], costs[1][1:], costs[2][1:]

        *lists, lists_member = sides(LIST, LIST_WHERE, LIST_MEMBER, calls=20)
        *counts, counts_member = sides(COUNT, COUNT_WHERE, COUNT_MEMBER, calls=20)
        *lookups, lookups_member = sides(LOOKUP, LOOKUP_BARE, LOOKUP_MEMBER, ROW, calls=40)
        extra = []
        for _ in range(ROUNDS + 1):
            believed = _timed(gateway, LOOKUP, (ROW,), 40)
            app.execute(
                "select set_config('ringfence.seal', %s, true)", (KEY.seal(CONTEXT.claims_json(), time.time()),)
            )
            extra.append((_timed(app, LOOKUP, (ROW,), 40).wall_s - believed.wall_s) * 1e6)
    note = f"{ROWS} rows, {TENANTS} tenants, policies in their final form, claims of a gateway"
    # of two medians, and not the median of what was worse in each round, which is mostly the machine's noise
    worse = max(wall(*lists), wall(*counts), key=statistics.median)
    member = max(wall(lists[0], lists_member), wall(counts[0], counts_member), key=statistics.median)
    return {
        "rls_vs_where": entry(worse, f"list of 50 and count, the worse of both; {note}"),
        "rls_list_vs_where": entry(wall(*lists), f"list of 50; {note}"),
        "rls_count_vs_where": entry(wall(*counts), f"count; {note}"),
        "rls_vs_where_and_membership": entry(member, f"the same against a WHERE that reads the membership too; {note}"),
        "rls_lookup_vs_where_and_membership": entry(
            wall(lookups[0], lookups_member), f"one row by primary key against such a WHERE; {note}"
        ),
        "rls_lookup_vs_where": entry(wall(*lookups), f"one row by primary key; {note}"),
        "rls_extra_us": entry(
            [(a.server_cpu_s - b.server_cpu_s) * 1e6 for a, b in zip(*lookups, strict=True)],
            f"one row by primary key, microseconds that the server computes more than for the WHERE; {note}",
        ),
        "sealed_extra_us": entry(extra[1:], f"microseconds a statement on top of believed claims; {note}"),
    }


def _session(url: str, seal: str) -> psycopg.Connection[Any]:
    """A connection inside a transaction that has role and context, as a gateway's would."""
    conn = psycopg.connect(url, autocommit=True, prepare_threshold=0)
    conn.execute("begin")
    conn.execute(
        "select set_config('role', 'authenticated', true), set_config('request.jwt.claims', %s, true),"
        " set_config('ringfence.seal', %s, true)",
        (CONTEXT.claims_json(), seal),
    )
    return conn


def _timed(conn: psycopg.Connection[Any], query: LiteralString, values: tuple[object, ...], calls: int) -> Cost:
    conn.execute(query, values).fetchall()  # what another side left in the caches
    clock = Clock(conn.info.backend_pid)
    for _ in range(calls):
        began = time.perf_counter()
        rows = conn.execute(query, values).fetchall()
        clock.called(began)
        assert rows
    return clock.cost()
