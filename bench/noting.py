"""What the noting floor costs the statements it looks at, and those it does not."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import psycopg

from bench.harness import SETTINGS, Database, Entry, entry
from bench.runtime import TENANCY
from ringfence.embedded import EmbeddedServer
from ringfence.names import QualifiedName
from ringfence.plan import noting, policies
from ringfence.plan.context import context_objects
from ringfence.plan.model import Transaction
from ringfence.plan.phases import shadow
from ringfence.tenancy.isolation import Isolation

ROWS = 200_000
TENANTS = 200
PAIRS = 15
TABLES = {"noted": 100, "always": 1}
"""Tables with a noting floor, and how many statements it takes for one to be looked at; "plain" has none."""
USER = "00000000-0000-0000-0000-000000000007"
CLAIMS = f'{{"sub": "{USER}", "app_metadata": {{"org_id": "{USER}"}}}}'


def fill(conn: psycopg.Connection[Any]) -> None:
    """The same rows three times: without a noting floor, with one that samples, and with one that looks at everything."""
    conn.execute(
        f"""
        create role authenticated nologin noinherit;
        create role gateway login noinherit;
        grant authenticated to gateway;
        create schema ringfence;
        create table user_organizations (user_id uuid, organization_id uuid, primary key (user_id, organization_id));
        insert into user_organizations select lpad(to_hex(u), 32, '0')::uuid, lpad(to_hex(u % {TENANTS}), 32, '0')::uuid
            from generate_series(1, 5000) u;
        create view ringfence.active_memberships as
            select user_id as user_key, organization_id as organization_key from user_organizations;
        """.encode()
    )
    isolation = Isolation("ringfence_owner")
    for statement in context_objects(TENANCY, "postgres").do:
        conn.execute(statement.encode())
    for step in (shadow.objects(TENANCY, {}), noting.objects(TENANCY, isolation, [])):
        assert isinstance(step.action, Transaction)
        for found in step.action.statements:
            conn.execute(found.sql.encode())
    for name in ("plain", *TABLES):
        conn.execute(
            f"""
            create table {name} (id bigint, client_id uuid not null, title text not null);
            insert into {name} select i, lpad(to_hex(i % {TENANTS}), 32, '0')::uuid, 'document ' || i
                from generate_series(1, {ROWS}) i order by hashint8(i);
            alter table {name} add primary key (id);
            create index on {name} (client_id);
            alter table {name} enable row level security;
            create policy everybody on {name} using (true) with check (true);
            grant select on {name} to authenticated;
            """.encode()
        )
    for name, one_in in TABLES.items():
        change = policies.noting_floor(
            TENANCY.limits, QualifiedName("public", name), "client_id", QualifiedName("public", name), one_in
        )
        for found in change.do:
            conn.execute(found.sql.encode())


QUERIES = {
    "lookup": ("select title from {} where id = 7", 400, True),
    "unprepared": ("select title from {} where id = 7", 400, False),
    "list": (f"select count(*) from {{}} where client_id = '{USER}'", 60, True),
    "scan": ("select count(*) from {} where title <> ''", 4, True),
}
"""Query, how often in a block, and whether it is prepared."""


def run() -> dict[str, Entry]:
    """Ratios of each query with the noting floor to the same without."""
    found: dict[str, Entry] = {}
    with EmbeddedServer.start(major=18, settings=SETTINGS) as server:
        database = Database.made(server, "noting", fill)
        with psycopg.connect(server.url(database.name, "gateway"), autocommit=True) as conn:
            conn.execute("select set_config('request.jwt.claims', %s, false)", (CLAIMS,))
            conn.execute("set role authenticated")
            conn.execute("set max_parallel_workers_per_gather = 0")
            for query, (text, times, prepare) in QUERIES.items():
                for table, one_in in TABLES.items():
                    noted, plain = (_asks(conn, text.format(t), times, prepare) for t in (table, "plain"))
                    runs = _ratios(noted, plain)
                    found[f"note_{query}_one_in_{one_in}"] = entry(
                        runs,
                        f"{query} with the noting floor / without, {ROWS} rows, all but 1 in {TENANTS} of other tenants"
                        f"; one statement in {one_in} looked at",
                    )
    return found


def _asks(conn: psycopg.Connection[Any], query: str, times: int, prepare: bool) -> Callable[[], float]:
    def ask() -> float:
        began = time.perf_counter()
        for _ in range(times):
            conn.execute(query.encode(), prepare=prepare).fetchall()
        return time.perf_counter() - began

    ask()
    return ask


def _ratios(one: Callable[[], float], other: Callable[[], float]) -> list[float]:
    found = []
    for _ in range(PAIRS):
        base = other()
        found.append(one() / base)
    return found
