"""`ringfence assess` on a thousand tables with two thousand policies of many shapes: the whole process, in seconds."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psycopg

from bench.harness import Database, Entry, entry
from ringfence.embedded import EmbeddedServer

TABLES = 1000

SHAPES = (
    "tenant_id = (select app.tenant())",
    "tenant_id in (select m.tenant_id from public.members m where m.user_id = app.who())",
    "exists (select from public.members m where m.user_id = app.who() and m.tenant_id = t{n}.tenant_id)",
    "app.is_member(tenant_id)",
    "tenant_id = any (array(select app.tenants())) and (a = 'x' or b is not null and c > {n})",
    "user_id = app.who() or a = 'public' and tenant_id = (select app.tenant())",
    "case when app.who() is null then false else tenant_id in (select app.tenants()) end",
    "tenant_id in (select p.tenant_id from public.t{p} p where p.id = t{n}.parent_id)",
    "true",
    "coalesce(tenant_id = (select app.tenant()), c = {n})",
)
"""One policy for reading and one for writing of each table, no two with the same text."""


def fill(conn: psycopg.Connection[Any]) -> None:
    """A thousand tables of ten columns, each with an index, grants and two policies; helpers in SQL and plpgsql."""
    conn.execute(
        b"create role bench_request nologin; create schema app; grant usage on schema app to bench_request;"
        b"create table public.members (user_id uuid, tenant_id uuid, role text, primary key (user_id, tenant_id));"
        b"create function app.who() returns uuid language sql stable parallel safe"
        b" return (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')::uuid;"
        b"create function app.tenant() returns uuid language sql stable parallel safe return"
        b" (nullif(current_setting('request.jwt.claims', true), '')::jsonb -> 'app_metadata' ->> 'org_id')::uuid;"
        b"create function app.tenants() returns setof uuid language sql stable parallel safe security definer"
        b" begin atomic; select m.tenant_id from public.members m where m.user_id = app.who(); end;"
        b"create function app.is_member(tenant uuid) returns boolean language plpgsql stable parallel safe"
        b" set search_path = '' as $f$ begin if app.who() is null then return false; end if; return exists (select from"
        b" public.members m where m.user_id = app.who() and m.tenant_id = tenant); end $f$"
    )
    for number in range(TABLES):
        name, condition = f"public.t{number}", SHAPES[number % len(SHAPES)].format(n=number, p=max(number - 1, 0))
        conn.execute(
            f"create table {name} (id bigint primary key, tenant_id uuid not null, user_id uuid, parent_id bigint,"
            f" a text, b text, c int, d numeric, e timestamptz default now(), f jsonb);"
            f"create index on {name} (tenant_id); alter table {name} enable row level security;"
            f"grant select, insert, update, delete on {name} to bench_request;"
            f"create policy r on {name} for select to bench_request using ({condition});"
            f"create policy w on {name} for all to bench_request using (({condition}) and id <> {number})".encode()
        )


def run(rounds: int = 5) -> dict[str, Entry]:
    """The seconds of whole processes."""
    taken: list[float] = []
    with EmbeddedServer.start(major=18, settings={"max_locks_per_transaction": "2048"}) as server:
        database = Database.made(server, "policies", fill)
        command = [str(Path(sys.executable).with_name("ringfence")), "assess", "--json"]
        environment = {"PATH": "/usr/bin:/bin", "RINGFENCE_DATABASE_URL": database.url}
        for _ in range(rounds):
            began = time.perf_counter()
            subprocess.run(command, check=True, capture_output=True, env=environment, timeout=300)
            taken.append(time.perf_counter() - began)
            print(f"    assess {taken[-1]:.2f} s", flush=True)
    return {"assess_1000_tables_s": entry(taken, f"{TABLES} tables, {2 * TABLES} policies, whole process")}
