"""What it costs the server to know whether a user may act for an organization.

In the request's own transaction, and for a token without tenant.

Server time as EXPLAIN ANALYZE has it, a transaction each, so that what a transaction costs the first time is in it.
"""

from __future__ import annotations

import json
import statistics
import time
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo

from bench.harness import SETTINGS, Database, Entry, entry
from bench.runtime import CONTEXT, KEY, TENANCY
from ringfence.embedded import EmbeddedServer
from ringfence.plan.context import context_objects, request_login, store_key
from ringfence.plan.sessions import session_objects
from ringfence.tenancy.authentication import Authentication

USERS = 100_000
ASKS = 400
BLOCKS = 9
USER = "00000000-0000-0000-0000-000000000007"
SESSION = f"select ringfence.standing_v1('session 7', '{USER}', null, null, null, null)"
FRESH = f"select ringfence.standing_v1('none', '{USER}', null, null, null, null)"
TENANT = "select ringfence.client_id()"


def fill(conn: psycopg.Connection[Any]) -> None:
    """Two hundred thousand memberships: every user has one organization, and half of them a second one."""
    conn.execute(
        f"""
        create role authenticated nologin noinherit;
        create role gateway login noinherit;
        grant authenticated to gateway;
        create schema ringfence;
        grant usage on schema ringfence to gateway;
        create table organizations (id uuid primary key);
        insert into organizations select lpad(to_hex(o), 32, '0')::uuid from generate_series(0, 999) o;
        create table user_organizations (user_id uuid, organization_id uuid, primary key (user_id, organization_id));
        insert into user_organizations select lpad(to_hex(u), 32, '0')::uuid, lpad(to_hex((u + n * 97) % 1000), 32, '0')::uuid
            from generate_series(1, {USERS}) u, generate_series(0, 1) n where n = 0 or u % 2 = 0;
        """.encode()
    )
    said = Authentication(verifiers=("gateway",))
    for statement in (
        *request_login("app", ["authenticated"]),
        *context_objects(TENANCY, "postgres").do,
        *session_objects(TENANCY, said).do,
    ):
        conn.execute(statement.encode())
    statement, values = store_key(KEY)
    conn.execute(statement.encode(), values)
    conn.execute(
        "insert into ringfence.sessions (session_key, user_key, organization_key)"
        " select 'session ' || u, lpad(to_hex(u), 32, '0')::uuid, lpad(to_hex(u % 1000), 32, '0')::uuid"
        f" from generate_series(1, {USERS}) u".encode()
    )


def run() -> dict[str, Entry]:
    """Milliseconds of server time for one question."""
    with EmbeddedServer.start(major=18, settings=SETTINGS, listen_tcp=True) as server:
        database = Database.made(server, "sessions", fill)
        found: dict[str, list[float]] = {"gateway": [], "sealed": [], "session": [], "fresh": []}
        with (
            psycopg.connect(server.url(database.name, "gateway")) as gateway,
            psycopg.connect(make_conninfo(server.url(database.name, "app"))) as sealed,
        ):
            for _ in range(BLOCKS):
                found["gateway"].append(_median(gateway, TENANT, context=True))
                found["sealed"].append(_median(sealed, TENANT, context=True, seal=True))
                found["session"].append(_median(gateway, SESSION))
                found["fresh"].append(_median(gateway, FRESH))
    note = f"server time, median of {ASKS} transactions, 150000 memberships"
    return {
        "membership_check_ms": entry(
            found["gateway"], f"client_id() in the request's own transaction, gateway; {note}"
        ),
        "membership_check_sealed_ms": entry(
            found["sealed"], f"the same for a sealed context, its seal included; {note}"
        ),
        "session_standing_ms": entry(found["session"], f"standing_v1() of a session with an organization; {note}"),
        "session_resolved_ms": entry(found["fresh"], f"standing_v1() of a token resolved by membership; {note}"),
    }


def _median(conn: psycopg.Connection[Any], query: str, *, context: bool = False, seal: bool = False) -> float:
    claims = CONTEXT.claims_json()
    times: list[float] = []
    for _ in range(ASKS):
        if context:
            conn.execute("select set_config('request.jwt.claims', %s, true)", (claims,))
        if seal:
            conn.execute("select set_config('ringfence.seal', %s, true)", (KEY.seal(claims, time.time()),))
        row = conn.execute(f"explain (analyze, timing off, format json) {query}".encode()).fetchone()
        assert row is not None
        plan = row[0] if isinstance(row[0], list) else json.loads(row[0])
        times.append(float(plan[0]["Execution Time"]))
        conn.rollback()
    return statistics.median(times)
