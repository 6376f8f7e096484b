"""The backfill against one whole-table UPDATE and against pgroll's batches, on the same rows in the same run."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from bench.harness import SETTINGS, Database, Entry, entry
from ringfence import verbs
from ringfence.embedded import EmbeddedServer
from ringfence.observe import Observation, StepFinished, StepStarted

ROUNDS = 5
ACCEPT = {"RFG-BACKUP": "a benchmark's database"}
SPEC = """
[tenant]
users = "public.users"
assign = { rule = "email_domain" }
[backup]
mode = "none"
[tables."public.users"]
scope = "excluded"
[tables."public.parents"]
derive = ["owner_id -> public.users"]
[tables."public.children"]
derive = ["parent_id -> public.parents"]
"""
FILL_STEP = "backfill/public.children/rows"


@dataclass(frozen=True)
class Measured:
    """What one run of one candidate gave."""

    rows: int
    seconds: float
    wal_bytes: int
    growth: float
    """Table with its TOAST, after through before; indexes apart."""

    @property
    def rate(self) -> float:
        """Rows per second."""
        return self.rows / self.seconds


def fill(rows: int, *, unique_authors: bool = False) -> Any:
    """Users in 50 organizations, a parent for every ten children, children of seven columns with four indexes.

    Authors are the thousand users; with `unique_authors` each is a value of its own, so that two of the three
    secondary indexes have no repeating values and the batch may not name their columns (plan/derive.py, named_too).
    """
    author = "gen_random_uuid()" if unique_authors else "u.id"

    def load(conn: psycopg.Connection[Any]) -> None:
        conn.execute("create table public.users (id uuid primary key default gen_random_uuid(), email text not null)")
        conn.execute(
            "insert into public.users (email) select 'u' || g || '@c' || g % 50 || '.com' from generate_series(1, 1000) g"
        )
        conn.execute(
            "create table public.parents (id bigint generated always as identity primary key,"
            " owner_id uuid not null references public.users, name text)"
        )
        conn.execute(
            "insert into public.parents (owner_id, name) select u.id, 'p' from generate_series(1, %s) g"
            " join (select id, row_number() over (order by id) - 1 as n from public.users) u on u.n = g %% 1000",
            (rows // 10,),
        )
        conn.execute(
            "create table public.children (id bigint generated always as identity primary key,"
            " parent_id bigint not null references public.parents, author uuid, body text, status text,"
            " created_at timestamptz not null default now(), updated_at timestamptz not null default now())"
        )
        conn.execute(
            "insert into public.children (parent_id, author, body, status, created_at)"
            f" select 1 + g %% %s, {author}, repeat(md5(g::text), 2) || 'x', 'open', now() - g * interval '1 s'"
            " from generate_series(1, %s) g"
            " join (select id, row_number() over (order by id) - 1 as n from public.users) u on u.n = (g %% 1000) * 7 %% 1000"
            " order by g",
            (rows // 10, rows),
        )
        for column in ("parent_id", "author", "created_at"):
            conn.execute(f"create index on public.children ({column})".encode())

    return load


def size(conn: psycopg.Connection[Any]) -> int:
    """Bytes of the children's table with TOAST and maps, without indexes."""
    row = conn.execute("select pg_table_size('public.children')").fetchone()
    assert row is not None
    return int(row[0])


def wal(conn: psycopg.Connection[Any]) -> int:
    """WAL position as a number."""
    row = conn.execute("select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint").fetchone()
    assert row is not None
    return int(row[0])


def ours(database: Database, folder: Path) -> Measured:
    """`ringfence apply` up to and with the children's fill; the step is measured from its start to its journal entry."""
    config = folder / "ringfence.toml"
    config.write_text(SPEC)
    with psycopg.connect(database.url, autocommit=True) as conn:
        before = size(conn)
        seen: dict[str, float] = {}

        def watch(observation: Observation) -> None:
            match observation:
                case StepStarted(step) if step == FILL_STEP:
                    seen["wal"], seen["began"] = wal(conn), time.perf_counter()
                case StepFinished(step, _, _, _, _) if step == FILL_STEP:
                    seen["seconds"] = time.perf_counter() - seen["began"]
                    seen["wal"] = wal(conn) - seen["wal"]
                    verbs.pause(database.url, "measured")
                case _:
                    pass

        report = verbs.apply(database.url, config, accept=ACCEPT, observer=watch)
        assert report.outcome == "paused", report
        rows = next(s.rows for s in verbs.status(database.url).steps if s.id == FILL_STEP)
        return Measured(rows, seen["seconds"], int(seen["wal"]), size(conn) / before)


def _column_ready(conn: psycopg.Connection[Any]) -> None:
    """The state a competitor begins from: parents know their tenant, children have the column with the same default."""
    conn.execute("alter table public.parents add column client_id uuid")
    conn.execute(
        "update public.parents p set client_id = md5('ringfence:organization:domain:' || split_part(u.email, '@', 2))::uuid"
        " from public.users u where u.id = p.owner_id"
    )
    conn.execute("vacuum analyze public.parents")
    default = conn.execute(
        "select client_id from public.parents group by 1 order by count(*) desc, 1 limit 1"
    ).fetchone()
    assert default is not None
    conn.execute(f"alter table public.children add column client_id uuid default '{default[0]}'".encode())
    conn.execute("alter table public.children alter column client_id drop default")
    conn.execute("checkpoint")


def one_update(database: Database, _folder: Path) -> Measured:
    """The whole table in one statement."""
    with psycopg.connect(database.url, autocommit=True) as conn:
        _column_ready(conn)
        before, lsn, began = size(conn), wal(conn), time.perf_counter()
        rows = conn.execute(
            "update public.children t set client_id = p.client_id from public.parents p"
            " where p.id = t.parent_id and t.client_id is distinct from p.client_id"
        ).rowcount
        seconds = time.perf_counter() - began
        return Measured(rows, seconds, wal(conn) - lsn, size(conn) / before)


def pgroll_replayed(database: Database, _folder: Path) -> Measured:
    """Pgroll's way, replayed: a marker column, a per-row trigger that derives the value, keyset batches of 1,000.

    The shape of its statements is described in pgroll's documentation and source (pkg/backfill); the text is ours.
    """
    with psycopg.connect(database.url, autocommit=True) as conn:
        _column_ready(conn)
        conn.execute("alter table public.children add column _needs_backfill boolean default true")
        conn.execute(
            "create function public.derive() returns trigger language plpgsql as $$ begin"
            " new.client_id := (select p.client_id from public.parents p where p.id = new.parent_id);"
            " new._needs_backfill := false; return new; end $$"
        )
        conn.execute(
            "create trigger derive before insert or update on public.children for each row execute function public.derive()"
        )
        conn.execute("analyze public.children")
        before, lsn, began = size(conn), wal(conn), time.perf_counter()
        last, rows = 0, 0
        while True:
            found = conn.execute(
                "with batch as (select id from public.children where _needs_backfill = true and id > %s"
                " order by id limit 1000 for no key update),"
                " changed as (update public.children t set id = default from batch where false returning t.id),"
                " touched as (update public.children t set body = t.body from batch where t.id = batch.id returning t.id)"
                " select max(id), count(*) from touched",
                (last,),
            ).fetchone()
            assert found is not None
            if not found[1]:
                break
            last, rows = found[0], rows + found[1]
        seconds = time.perf_counter() - began
        return Measured(rows, seconds, wal(conn) - lsn, size(conn) / before)


def pgroll_binary() -> Path | None:
    """Pgroll itself, built once by Go when Go is there."""
    go = shutil.which("go")
    if go is None:
        return None
    home = Path(tempfile.gettempdir()) / "ringfence-bench-pgroll"
    binary = home / "pgroll"
    if not binary.exists():
        home.mkdir(exist_ok=True)
        built = subprocess.run(
            [go, "install", "github.com/xataio/pgroll@latest"],
            env={**os.environ, "GOBIN": str(home)},
            check=False,
            capture_output=True,
            text=True,
            timeout=900,
        )
        if built.returncode:
            print(
                f"  pgroll could not be built, its batches are replayed instead: {built.stderr.strip().splitlines()[-1:]}"
            )
            return None
    return binary


def pgroll_real(binary: Path) -> Any:
    """Pgroll's own `start`, which adds the column and fills it before it returns."""

    def run(database: Database, folder: Path) -> Measured:
        with psycopg.connect(database.url, autocommit=True) as conn:
            conn.execute("alter table public.parents add column client_id uuid")
            conn.execute(
                "update public.parents p set client_id = md5('ringfence:organization:domain:' || split_part(u.email, '@', 2))::uuid"
                " from public.users u where u.id = p.owner_id"
            )
            conn.execute("vacuum analyze public.parents")
            migration = folder / "01_client.json"
            migration.write_text(
                json.dumps(
                    {
                        "name": "01_client",
                        "operations": [
                            {
                                "add_column": {
                                    "table": "children",
                                    "up": "(SELECT p.client_id FROM public.parents p WHERE p.id = parent_id)",
                                    "column": {"name": "client_id", "type": "uuid", "nullable": True},
                                }
                            }
                        ],
                    }
                )
            )
            arguments = [str(binary), "--postgres-url", database.url, "--schema", "public"]
            subprocess.run([*arguments, "init"], check=True, capture_output=True, timeout=60)
            conn.execute("checkpoint")
            before, lsn, began = size(conn), wal(conn), time.perf_counter()
            subprocess.run([*arguments, "start", str(migration)], check=True, capture_output=True, timeout=900)
            seconds = time.perf_counter() - began
            row = conn.execute("select count(*) from public.children").fetchone()
            assert row is not None
            return Measured(int(row[0]), seconds, wal(conn) - lsn, size(conn) / before)

    return run


def run() -> dict[str, Entry]:
    """Both data shapes: authors that repeat, and authors that are each of their own."""
    return {**compare(), **{f"{name}_unique_authors": found for name, found in compare(unique_authors=True).items()}}


def compare(rounds: int = ROUNDS, rows: int = 300_000, *, unique_authors: bool = False) -> dict[str, Entry]:
    """Interleave the candidates and give the ratios."""
    binary = pgroll_binary()
    candidates = {"ours": ours, "update": one_update, "pgroll": pgroll_real(binary) if binary else pgroll_replayed}
    found: dict[str, list[Measured]] = {name: [] for name in candidates}
    with EmbeddedServer.start(major=18, durable=True, settings=SETTINGS) as server:
        base = Database.made(server, "base", fill(rows, unique_authors=unique_authors))
        for number in range(rounds):
            for name, candidate in candidates.items():
                with tempfile.TemporaryDirectory() as folder:
                    clone = base.clone("run")
                    measured = candidate(clone, Path(folder))
                    clone.drop()
                found[name].append(measured)
                print(
                    f"    round {number + 1} {name:8s} {measured.rate:9.0f} rows/s {measured.wal_bytes / measured.rows:7.0f} B WAL/row"
                    f"  table x {measured.growth:.2f}",
                    flush=True,
                )
    kind = "its real binary" if binary else "its batch SQL replayed"
    mine, update, pgroll = found["ours"], found["update"], found["pgroll"]
    authors = "each author once" if unique_authors else "authors repeat"
    note = (
        f"{rows} rows, 7 columns, 4 indexes, {authors}, tenant through a parent; one worker, whole step with its checks"
    )
    return {
        "backfill_vs_pgroll": entry(
            [a.rate / b.rate for a, b in zip(mine, pgroll, strict=True)], f"rows/s, {kind}; {note}"
        ),
        "backfill_vs_update": entry(
            [a.rate / b.rate for a, b in zip(mine, update, strict=True)],
            f"rows/s against one whole-table UPDATE; {note}",
        ),
        "backfill_wal_vs_update": entry(
            [(a.wal_bytes / a.rows) / (b.wal_bytes / b.rows) for a, b in zip(mine, update, strict=True)],
            f"WAL bytes per row; {note}",
        ),
        "backfill_growth": entry(
            [a.growth - 1.0 for a in mine],
            f"growth of table and TOAST as a share; one UPDATE grew by {update[0].growth - 1.0:.2f}; {note}",
        ),
    }


def scale(rounds: int = 3) -> dict[str, Entry]:
    """The rate at a million rows against the rate at a hundred thousand."""
    ratios: list[float] = []
    with EmbeddedServer.start(major=18, durable=True, settings=SETTINGS) as server:
        bases = {rows: Database.made(server, f"base{rows}", fill(rows)) for rows in (100_000, 1_000_000)}
        for _ in range(rounds):
            rates = {}
            for rows, base in bases.items():
                with tempfile.TemporaryDirectory() as folder:
                    clone = base.clone("run")
                    rates[rows] = ours(clone, Path(folder)).rate
                    clone.drop()
            print(f"    {rates[100_000]:.0f} rows/s at 100,000, {rates[1_000_000]:.0f} at 1,000,000", flush=True)
            ratios.append(rates[1_000_000] / rates[100_000])
    return {"backfill_1m_vs_100k": entry(ratios, "rows/s at 1,000,000 rows through the rate at 100,000")}
