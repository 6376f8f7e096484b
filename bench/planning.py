"""`ringfence plan` against `pg_dump --schema-only` on a database of a thousand tables, whole processes."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg

from bench.harness import Database, Entry, entry
from ringfence.embedded import EmbeddedServer, client_tool

TABLES = 1000


def fill(conn: psycopg.Connection[Any]) -> None:
    """A thousand tables of ten columns, two foreign keys, three indexes and two policies each."""
    conn.execute("create table public.users (id uuid primary key, email text)")
    for number in range(TABLES):
        parent = f"public.t{number - 1}" if number % 10 else "public.users"
        kind = "bigint" if number % 10 else "uuid"
        conn.execute(
            f"create table public.t{number} (id bigint primary key, user_id uuid references public.users,"
            f" parent_id {kind} references {parent}, a text, b text, c int, d numeric, e timestamptz default now(), f jsonb, g boolean);"
            f"create index on public.t{number} (user_id); create index on public.t{number} (e);"
            f"alter table public.t{number} enable row level security;"
            f"create policy own on public.t{number} for select using (user_id::text = current_setting('app.user', true));"
            f"create policy ins on public.t{number} for insert with check (true)".encode()
        )


def spec() -> str:
    """Every tenth table by its user, the others through their parent."""
    parts = [
        '[tenant]\nusers = "public.users"\nassign = { rule = "email_domain" }\n[backup]\nmode = "none"\n[tables."public.users"]\nscope = "excluded"\n'
    ]
    for number in range(TABLES):
        derive = f"parent_id -> public.t{number - 1}" if number % 10 else "user_id -> public.users"
        parts.append(f'[tables."public.t{number}"]\nderive = ["{derive}"]\n')
    return "".join(parts)


def run(rounds: int = 5) -> dict[str, Entry]:
    """The ratio of the whole processes' times."""
    ratios: list[float] = []
    with (
        EmbeddedServer.start(major=18, settings={"max_locks_per_transaction": "2048"}) as server,
        tempfile.TemporaryDirectory() as folder,
    ):
        database = Database.made(server, "wide", fill)
        config = Path(folder) / "ringfence.toml"
        config.write_text(spec())
        dump = [
            str(client_tool("pg_dump", 18)),
            "--schema-only",
            "--file",
            str(Path(folder) / "dump.sql"),
            database.url,
        ]
        plan = [
            str(Path(sys.executable).with_name("ringfence")),
            "plan",
            "--config",
            str(config),
            "--out",
            str(Path(folder) / "plan.txt"),
        ]
        environment = {"PATH": "/usr/bin:/bin", "RINGFENCE_DATABASE_URL": database.url}
        for _ in range(rounds):
            seconds = []
            for command in (plan, dump):
                began = time.perf_counter()
                subprocess.run(command, check=True, capture_output=True, env=environment, timeout=300)
                seconds.append(time.perf_counter() - began)
            print(f"    plan {seconds[0]:.2f} s, pg_dump {seconds[1]:.2f} s", flush=True)
            ratios.append(seconds[0] / seconds[1])
    return {"plan_vs_pg_dump": entry(ratios, f"{TABLES} tables, whole processes, plan written as text")}
