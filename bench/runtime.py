"""What isolation costs an application: a tenant transaction, and row security on a million rows of a thousand tenants.

Every ratio is taken from blocks that alternate between the two sides, so that both meet the same machine.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import time
import uuid
from collections.abc import Awaitable, Callable
from typing import Any, LiteralString

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from bench.delay import delayed
from bench.harness import SETTINGS, Database, Entry, entry
from ringfence.embedded import EmbeddedServer
from ringfence.names import QualifiedName
from ringfence.plan.context import context_objects, request_login, store_key
from ringfence.runtime import SealKey, TenantContext, TenantDatabase
from ringfence.tenancy.model import AssignAdopted, Memberships, Organizations, Tenancy, Users

ROWS = 1_000_000
TENANTS = 1_000
USERS = 20_000
PAIRS = 15
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
    """Documents of a thousand tenants twice: under the floor in its final form, and without row security."""
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
        create policy everybody on documents using (true) with check (true);
        grant select on documents, plain to authenticated;
        """.encode()
    )
    for statement in (*request_login("app", ["authenticated"]), *context_objects(TENANCY, "postgres").do):
        conn.execute(statement.encode())
    statement, values = store_key(KEY)
    conn.execute(statement.encode(), values)
    conn.execute(
        "create policy floor on documents as restrictive using (client_id = (select ringfence.client_id()))"
        " with check (client_id = (select ringfence.client_id()))"
    )


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
        claims, sealed = await _ratios(*near, block=150)
        claims_far, sealed_far = await _ratios(*far, block=40)
    note = "one-statement tenant transaction / bare prepared psycopg query of the same row by primary key"
    return {
        "tenant_tx_vs_bare": entry(claims, f"{note}; claims of a gateway; loopback, no delay"),
        "tenant_tx_sealed_vs_bare": entry(sealed, f"{note}; sealed; loopback, no delay"),
        "tenant_tx_vs_bare_1ms": entry(claims_far, f"{note}; claims; 1 ms added to a round trip"),
        "tenant_tx_sealed_vs_bare_1ms": entry(sealed_far, f"{note}; sealed; 1 ms added to a round trip"),
    }


async def _ratios(owner: str, gateway: str, app: str, *, block: int) -> tuple[list[float], list[float]]:
    """Per pair of blocks, the tenant transaction's time over the bare query's: with claims, and sealed."""
    async with (
        await psycopg.AsyncConnection.connect(owner, autocommit=True) as bare,
        TenantDatabase(gateway, connections_max=1) as believed,
        TenantDatabase(app, key=KEY, connections_max=1) as sealing,
    ):

        async def ask_bare() -> None:
            cursor = await bare.execute(LOOKUP_BARE, (TENANT, ROW))
            assert len(await cursor.fetchall()) == 1

        async def ask_believed() -> None:
            assert len((await believed.execute(CONTEXT, LOOKUP, (ROW,))).rows) == 1

        async def ask_sealed() -> None:
            assert len((await sealing.execute(CONTEXT, LOOKUP, (ROW,))).rows) == 1

        for warm in (ask_bare, ask_believed, ask_sealed):
            await _block(warm, block)
        claims, seals = [], []
        for _ in range(PAIRS):
            plain = await _block(ask_bare, block)
            claims.append(await _block(ask_believed, block) / plain)
            seals.append(await _block(ask_sealed, block) / plain)
        return claims, seals


async def _block(ask: Callable[[], Awaitable[None]], times: int) -> float:
    """Seconds of one call, as four fifths of them took or more: what others do on the machine only adds to it."""
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        await ask()
        taken.append(time.perf_counter() - started)
    return statistics.quantiles(taken, n=5)[0]


LIST: LiteralString = "select id, title from documents order by created_at desc limit 50"
LIST_WHERE: LiteralString = "select id, title from plain where client_id = %s order by created_at desc limit 50"
COUNT: LiteralString = "select count(*) from documents"
COUNT_WHERE: LiteralString = "select count(*) from plain where client_id = %s"


def _row_security(server: EmbeddedServer, database: Database) -> dict[str, Entry]:
    """Row security against a WHERE written by hand: the same rows, prepared, inside a transaction that has its context."""
    url = server.url(database.name)
    with (
        _session(server.url(database.name, "gateway"), "") as gateway,
        _session(server.url(database.name, "app"), KEY.seal(CONTEXT.claims_json(), time.time())) as app,
        psycopg.connect(url, autocommit=True, prepare_threshold=0) as owner,
    ):
        owner.execute("begin")

        def ratio(under: LiteralString, where: LiteralString, *values: object, block: int) -> list[float]:
            pairs = []
            for _ in range(PAIRS + 1):
                plain = _timed(owner, where, (TENANT, *values), block)
                pairs.append(_timed(gateway, under, values, block) / plain)
            return pairs[1:]

        lists = ratio(LIST, LIST_WHERE, block=100)
        counts = ratio(COUNT, COUNT_WHERE, block=100)
        lookups = ratio(LOOKUP, LOOKUP_BARE, ROW, block=400)
        extra = []
        for _ in range(PAIRS + 1):
            believed = _timed(gateway, LOOKUP, (ROW,), 200)
            app.execute(
                "select set_config('ringfence.seal', %s, true)", (KEY.seal(CONTEXT.claims_json(), time.time()),)
            )
            extra.append((_timed(app, LOOKUP, (ROW,), 200) - believed) * 1e6)
    note = f"{ROWS} rows, {TENANTS} tenants, floor in its final form, claims of a gateway"
    return {
        "rls_vs_where": entry(
            [max(a, b) for a, b in zip(lists, counts, strict=True)], f"list of 50 and count, the worse of both; {note}"
        ),
        "rls_list_vs_where": entry(lists, f"list of 50; {note}"),
        "rls_count_vs_where": entry(counts, f"count; {note}"),
        "rls_lookup_vs_where": entry(lookups, f"one row by primary key; {note}"),
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


def _timed(conn: psycopg.Connection[Any], query: LiteralString, values: tuple[object, ...], times: int) -> float:
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        rows = conn.execute(query, values).fetchall()
        taken.append(time.perf_counter() - started)
        assert rows
    return statistics.quantiles(taken, n=5)[0]
